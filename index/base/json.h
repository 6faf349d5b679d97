// json.h: JSON in and out.
//
// In: a maintained parser (simdjson, behind json_parse.cc) turns bytes into a tree of plain C nodes in an arena.
// Strings are UTF-8, unescaped, and point into the arena; the source may be freed. Depth is limited to LIMIT_JSON_DEPTH;
// duplicate keys are refused (a second "vehicle" must not silently win). An integer beyond int64 becomes JSON_NUMBER,
// one beyond a finite double is refused.
// Out: our own writer onto a `struct buf`; it places commas and escapes, and never produces invalid JSON from any input
// (bad UTF-8 becomes U+FFFD, NaN and infinities become null).
#ifndef RF_BASE_JSON_H
#define RF_BASE_JSON_H

#include "buf.h"
#include "err.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_INTEGER, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    bool boolean;
    int64_t integer;          // JSON_INTEGER
    double number;            // JSON_INTEGER and JSON_NUMBER
    struct slice string;      // JSON_STRING
    size_t count;             // members of JSON_ARRAY and JSON_OBJECT
    const struct json *items; // count values, in order
    const struct slice *keys; // JSON_OBJECT: count keys
};

struct json_parser; // reusable, one per thread
struct json_parser *json_parser_new(void);
void json_parser_free(struct json_parser *parser);

// Parses exactly one JSON text. ERR_BAD_REQUEST with a message that names the byte's neighbourhood, ERR_NO_MEMORY.
enum err json_parse(struct json_parser *parser, struct slice text, struct arena *arena, const struct json **out,
                    struct fault *why);

const struct json *json_get(const struct json *object, const char *key); // NULL: absent, or not an object
// Typed access for handlers: absent or null leaves *out alone and is ERR_OK; a wrong type is ERR_BAD_REQUEST naming key.
enum err json_get_string(const struct json *object, const char *key, struct slice *out, struct fault *why);
// 5.0 counts as the integer 5.
enum err json_get_integer(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *out,
                          struct fault *why);
enum err json_get_number(const struct json *object, const char *key, double *out, struct fault *why);
enum err json_get_bool(const struct json *object, const char *key, bool *out, struct fault *why);
enum err json_get_array(const struct json *object, const char *key, const struct json **out, struct fault *why);
enum err json_get_object(const struct json *object, const char *key, const struct json **out, struct fault *why);
// ERR_BAD_REQUEST for a member whose key is not in `allowed` (NULL-terminated list).
enum err json_only_keys(const struct json *object, const char *const *allowed, struct fault *why);

struct json_writer {
    struct buf *out;
    bool comma; // a value stands before this place
};

static inline struct json_writer json_writer_of(struct buf *out) { return (struct json_writer){out, false}; }
void json_key_plain(struct json_writer *w, const char *key, size_t n); // plain ASCII of ours, not escaped
static inline void json_key(struct json_writer *w, const char *key) { json_key_plain(w, key, strlen(key)); }
void json_key_slice(struct json_writer *w, struct slice key);
void json_open(struct json_writer *w, char bracket);   // '{' or '['
void json_close(struct json_writer *w, char bracket);  // '}' or ']'
void json_string(struct json_writer *w, struct slice s);
void json_str(struct json_writer *w, const char *text); // NULL writes null
void json_int(struct json_writer *w, int64_t v);
// Rounded to six decimals, no trailing zeros ("0.81", "12"); below 0.001 and from 1e9 up nine significant digits.
void json_double(struct json_writer *w, double v);
void json_boolean(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, struct slice json); // a finished JSON value, trusted
void json_raw_members(struct json_writer *w, struct slice members); // finished "key":value pairs inside an object, trusted
void json_tree(struct json_writer *w, const struct json *value); // a copy: numbers keep every digit that matters

// key + value in one call, the common case
static inline void json_key_string(struct json_writer *w, const char *k, struct slice s) { json_key(w, k); json_string(w, s); }
static inline void json_key_str(struct json_writer *w, const char *k, const char *s) { json_key(w, k); json_str(w, s); }
static inline void json_key_int(struct json_writer *w, const char *k, int64_t v) { json_key(w, k); json_int(w, v); }
static inline void json_key_double(struct json_writer *w, const char *k, double v) { json_key(w, k); json_double(w, v); }
static inline void json_key_bool(struct json_writer *w, const char *k, bool v) { json_key(w, k); json_boolean(w, v); }
static inline void json_key_null(struct json_writer *w, const char *k) { json_key(w, k); json_null(w); }
static inline void json_key_open(struct json_writer *w, const char *k, char bracket) { json_key(w, k); json_open(w, bracket); }

#endif
