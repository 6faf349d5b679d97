// keyfile.h: API keys at rest: `<public id>.<secret>` is shown once, the file keeps only the SHA-256 of the secret.
//
// One key a line: the id, the digest in hex, then one or more scopes, and `view=NAME` for a key that sees the catalogue through
// that view only (index/key_view.h); '#' starts a comment. The file must belong to the user who reads it and be closed to others
// (mode 0600). Shared by the server, which checks, and the tools, which make.
#ifndef RF_BASE_KEYFILE_H
#define RF_BASE_KEYFILE_H

#include "err.h"
#include "slice.h"

#define KEY_ID_CHARS 8
#define KEY_SECRET_CHARS 43 // 256 random bits in base64url
#define KEY_DIGEST_BYTES 32
#define KEY_TEXT_BYTES (KEY_ID_CHARS + 1 + KEY_SECRET_CHARS + 1)
#define KEY_SECRET_BYTES_MAX 256 // of keys made elsewhere
#define KEY_VIEW_BYTES 40         // letters, digits, '_' and '-'

enum key_scope {
    SCOPE_SEARCH = 1,
    SCOPE_EVENTS = 2,
    SCOPE_WRITE = 4,
    SCOPE_ADMIN = 8,
    SCOPE_ALL = 15,
};

struct key {
    char id[KEY_ID_CHARS + 1];
    uint8_t digest[KEY_DIGEST_BYTES];
    uint32_t scopes; // SCOPE_*
    char view[KEY_VIEW_BYTES + 1]; // empty: all is seen
};

struct keyfile {
    struct key *keys; // heap, in the order of the file
    size_t count;
};

// ERR_IO: cannot be read, or its mode or owner is wrong; ERR_BAD_REQUEST names the line that is malformed.
enum err keyfile_load(const char *path, struct keyfile *out, struct fault *why);
void keyfile_destroy(struct keyfile *f);
enum err keyfile_add(const char *path, const struct key *key, struct fault *why); // makes the file when it is missing
enum err keyfile_remove(const char *path, const char *id, struct fault *why);     // ERR_NOT_FOUND

// A new key without a view: *out for the file, `text` for the user. ERR_INTERNAL when the system has no randomness.
enum err key_generate(uint32_t scopes, struct key *out, char text[KEY_TEXT_BYTES], struct fault *why);
// Cuts "<id>.<secret>". False when it cannot be a key.
bool key_split(struct slice text, struct slice *id, struct slice *secret);
void key_digest(struct slice secret, uint8_t out[KEY_DIGEST_BYTES]);
bool key_digest_equal(const uint8_t *a, const uint8_t *b); // constant time

bool key_scope_parse(struct slice name, uint32_t *scope);
const char *key_scope_name(enum key_scope scope); // of one bit
bool key_view_name_is(struct slice text);         // whether it can be a view's

#endif
