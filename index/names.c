#include "names.h"

#include <assert.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "text.h"

enum { DICTIONARIES = NAMES_VALUE + LIMIT_ATTRIBUTES, KEY_TEXT_MAX = LIMIT_KEY_BYTES - 1, VALUES_KEPT = 65536 };

static_assert(DICTIONARIES <= UINT8_MAX + 1, "a dictionary's number is the first byte of its keys");

// ---- keys -----------------------------------------------------------------------------------------------------------
struct text_key { char bytes[LIMIT_KEY_BYTES]; size_t n; };

// Texts too long for a key stand there as 0 and their hash; no text of ours begins with a zero byte.
static struct slice text_key(struct text_key *key, unsigned dictionary, struct slice text) {
    key->bytes[0] = (char)dictionary;
    if (text.n <= KEY_TEXT_MAX) {
        if (text.n > 0) memcpy(key->bytes + 1, text.p, text.n);
        return slice_of(key->bytes, text.n + 1);
    }
    struct hash128 hash = hash128(text);
    key->bytes[1] = 0;
    memcpy(key->bytes + 2, &hash, sizeof hash);
    return slice_of(key->bytes, 2 + sizeof hash);
}

struct id_key { uint8_t bytes[5]; };

static struct id_key id_key(unsigned dictionary, uint32_t id) {
    return (struct id_key){
        {(uint8_t)dictionary, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id}};
}

static uint32_t id_limit(unsigned dictionary) {
    if (dictionary == NAMES_ATTRIBUTE) return LIMIT_ATTRIBUTES - 1;
    if (dictionary == NAMES_PRODUCT_ATTRIBUTE) return UINT16_MAX;
    if (dictionary == NAMES_POSITION || dictionary == NAMES_CONFIG_SOURCE) return UINT8_MAX;
    return dictionary >= NAMES_VALUE ? LIMIT_ATTRIBUTE_VALUES : UINT32_MAX - 1;
}

// ---- text -> id -----------------------------------------------------------------------------------------------------
enum err names_find(struct snapshot *s, unsigned dictionary, struct slice text, uint32_t *id) {
    struct text_key key;
    struct slice value;
    *id = 0;
    if (dictionary >= DICTIONARIES || text.n == 0) return ERR_NOT_FOUND;
    TRY(db_get(s, TABLE_DICTIONARY, text_key(&key, dictionary, text), &value));
    struct reader r = reader_of(value);
    uint32_t found = reader_u32(&r);
    if (r.bad || found == 0) return ERR_DAMAGED;
    *id = found;
    return ERR_OK;
}

uint32_t names_count(struct snapshot *s, unsigned dictionary) {
    struct id_key end = id_key(dictionary + 1, 0);
    struct slice key, value;
    uint32_t count = 0;
    struct db_cursor *c = db_cursor_begin(s, TABLE_DICTIONARY_TEXT);
    if (c == NULL) return 0;
    enum err err = db_cursor_seek(c, slice_of(end.bytes, sizeof end.bytes), &key, &value);
    err = err == ERR_END ? db_cursor_last(c, &key, &value) : db_cursor_prev(c, &key, &value);
    struct reader r = reader_of(key);
    if (err == ERR_OK && reader_u8(&r) == dictionary) count = reader_u32be(&r);
    db_cursor_end(c);
    return r.bad ? 0 : count;
}

enum err names_intern(struct txn *t, unsigned dictionary, struct slice text, uint32_t *id) {
    struct text_key key;
    struct snapshot *s = txn_snapshot(t);
    if (dictionary >= DICTIONARIES || text.n == 0 || text.p[0] == 0) return ERR_BAD_REQUEST;
    enum err err = names_find(s, dictionary, text, id);
    if (err != ERR_NOT_FOUND) return err;
    uint32_t next = names_count(s, dictionary) + 1;
    if (next > id_limit(dictionary)) return ERR_TOO_LARGE;
    struct id_key by_id = id_key(dictionary, next);
    TRY(txn_put(t, TABLE_DICTIONARY, text_key(&key, dictionary, text), slice_of(&next, sizeof next)));
    TRY(txn_put(t, TABLE_DICTIONARY_TEXT, slice_of(by_id.bytes, sizeof by_id.bytes), text));
    *id = next;
    return ERR_OK;
}

// ---- id -> text -----------------------------------------------------------------------------------------------------
struct dictionary_texts { struct slice *texts; uint32_t size; };

#define FOUND_SLOTS 4096u

struct names_cache {
    struct dictionary_texts dictionaries[DICTIONARIES];
    uint32_t found[FOUND_SLOTS]; // by hash of dictionary and text, the id that was found last; the text tells whether it is the one
    struct arena bytes;
};

struct names_cache *names_cache_new(void) {
    struct names_cache *c = calloc(1, sizeof *c);
    if (c != NULL) arena_init(&c->bytes, 64 * 1024, SIZE_MAX); // as large as the dictionaries themselves at most
    return c;
}

void names_cache_free(struct names_cache *c) {
    if (c == NULL) return;
    for (unsigned i = 0; i < DICTIONARIES; i++) free(c->dictionaries[i].texts);
    arena_destroy(&c->bytes);
    free(c);
}

static bool make_room(struct dictionary_texts *d, uint32_t id) {
    if (id < d->size) return true;
    size_t size = d->size < 32 ? 64 : (size_t)d->size * 2;
    if (size <= id) size = (size_t)id + 1;
    struct slice *texts = realloc(d->texts, size * sizeof *texts);
    if (texts == NULL) return false;
    memset(texts + d->size, 0, (size - d->size) * sizeof *texts);
    d->texts = texts;
    d->size = (uint32_t)size;
    return true;
}

static struct slice load_text(struct view *v, unsigned dictionary, uint32_t id) {
    struct id_key key = id_key(dictionary, id);
    struct slice text;
    if (db_get(v->snapshot, TABLE_DICTIONARY_TEXT, slice_of(key.bytes, sizeof key.bytes), &text) != ERR_OK)
        return SLICE_NONE;
    if (dictionary == NAMES_PRODUCT_VALUE && id > VALUES_KEPT) return text; // those come in any number
    struct dictionary_texts *d = &v->names->dictionaries[dictionary];
    struct slice copy = arena_copy(&v->names->bytes, text);
    if (copy.p == NULL || !make_room(d, id)) return text; // not kept, but good until view_end
    return d->texts[id] = copy;
}

struct slice names_text(struct view *v, unsigned dictionary, uint32_t id) {
    if (dictionary >= DICTIONARIES || id == 0) return SLICE_NONE;
    const struct dictionary_texts *d = &v->names->dictionaries[dictionary];
    if (id < d->size && d->texts[id].p != NULL) return d->texts[id];
    return load_text(v, dictionary, id);
}

enum err names_look_up(struct view *v, unsigned dictionary, struct slice text, uint32_t *id) {
    uint32_t *found = &v->names->found[hash64_seed(text, dictionary) % FOUND_SLOTS];
    *id = *found;
    if (*id && slice_eq(names_text(v, dictionary, *id), text)) return ERR_OK;
    TRY(names_find(v->snapshot, dictionary, text, id));
    *found = *id;
    return ERR_OK;
}

// ---- slugs ----------------------------------------------------------------------------------------------------------
struct slice names_slug(struct arena *a, struct slice text) {
    struct slice folded;
    struct buf slug;
    bool gap = false;
    if (text_fold(a, text, &folded) != ERR_OK) return SLICE_NONE;
    buf_init(&slug, a, folded.n + 1);
    for (size_t i = 0; i < folded.n;) {
        size_t start = i;
        UChar32 c;
        U8_NEXT((const uint8_t *)folded.p, i, folded.n, c);
        if (c < 0 || !u_isalnum(c)) {
            gap = slug.n > 0;
            continue;
        }
        if (gap) buf_char(&slug, '-');
        gap = false;
        buf_put(&slug, folded.p + start, i - start);
    }
    return slug.bad ? SLICE_NONE : buf_slice(&slug);
}
