#include "lexicon.h"

#include "base/buf.h"
#include "base/limits.h"
#include "lexicon_near.h"
#include "lexicon_sound.h"
#include "text.h"
#include "type_suggest.h"

enum { SUFFIX_BYTES = 6, PHRASE_BYTES_MAX = LIMIT_KEY_BYTES - SUFFIX_BYTES }; // 0, kind, id

struct key { char bytes[LIMIT_KEY_BYTES]; size_t n; };

static struct slice key_of(struct key *k, struct slice phrase, enum lexicon_kind kind, uint32_t id) {
    uint8_t suffix[SUFFIX_BYTES] = {
        0, (uint8_t)kind, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};
    memcpy(k->bytes, phrase.p, phrase.n);
    memcpy(k->bytes + phrase.n, suffix, sizeof suffix);
    k->n = phrase.n + sizeof suffix;
    return slice_of(k->bytes, k->n);
}

enum err lexicon_lookup(struct view *v, struct slice folded, struct lexicon_entry *out, unsigned max, unsigned *count,
                        bool *longer) {
    struct slice key, value;
    *count = 0;
    *longer = false;
    if (folded.n == 0 || folded.n > PHRASE_BYTES_MAX) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_LEXICON);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = db_cursor_seek(c, folded, &key, &value);
    while (err == ERR_OK && slice_starts(key, folded)) {
        if (key.n != folded.n + SUFFIX_BYTES || key.p[folded.n] != 0) {
            *longer = true;
            break;
        }
        struct reader suffix = reader_of(slice_from(key, folded.n + 1)), weight = reader_of(value);
        enum lexicon_kind kind = (enum lexicon_kind)reader_u8(&suffix);
        if (*count < max) out[(*count)++] = (struct lexicon_entry){kind, reader_u32be(&suffix), reader_u32(&weight)};
        err = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

enum { PREFIX_LOOKS = 400 }; // phrases of makes and models lie between those of types

static void id_add(uint32_t *list, unsigned *count, uint32_t id) {
    for (unsigned i = 0; i < *count; i++)
        if (list[i] == id) return;
    list[(*count)++] = id;
}

enum err lexicon_prefix(struct view *v, struct slice folded, enum lexicon_kind kind, uint32_t *out, unsigned max, unsigned *count) {
    struct slice key, value;
    *count = 0;
    if (folded.n == 0 || folded.n > PHRASE_BYTES_MAX) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_LEXICON);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = db_cursor_seek(c, folded, &key, &value);
    for (unsigned i = 0; err == ERR_OK && i < PREFIX_LOOKS && *count < max && slice_starts(key, folded); i++) {
        if (key.n < SUFFIX_BYTES) break;
        struct reader suffix = reader_of(slice_from(key, key.n - SUFFIX_BYTES + 1));
        struct reader weight = reader_of(value);
        enum lexicon_kind of = reader_u8(&suffix);
        if (of == kind && reader_u32(&weight) > LEXICON_SOUND) id_add(out, count, reader_u32be(&suffix));
        err = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

static enum err put_one(struct txn *t, struct slice phrase, enum lexicon_kind kind, uint32_t id, uint32_t weight) {
    struct key key;
    struct slice old = SLICE_NONE;
    if (phrase.n == 0 || phrase.n > PHRASE_BYTES_MAX) return ERR_OK; // nothing a query could match
    struct slice k = key_of(&key, phrase, kind, id);
    enum err err = db_get(txn_snapshot(t), TABLE_LEXICON, k, &old);
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    struct reader r = reader_of(old);
    if (err == ERR_OK && reader_u32(&r) >= weight) return ERR_OK;
    return txn_put(t, TABLE_LEXICON, k, slice_of(&weight, sizeof weight));
}

// "f-150" -> "f 150": separators as blanks.
static struct slice spaced(struct arena *a, struct slice folded) {
    struct buf b;
    buf_init(&b, a, folded.n + 1);
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        bool separator = c == '-' || c == '/' || c == '_' || c == ' ' || c == '.' || c == '(' || c == ')' || c == ',' || c == '+';
        if (!separator) buf_char(&b, c);
        else if (b.n > 0 && b.p[b.n - 1] != ' ') buf_char(&b, ' ');
    }
    return slice_trim(buf_slice(&b));
}

enum err lexicon_put(struct txn *t, struct arena *scratch, struct slice phrase, enum lexicon_kind kind, uint32_t id,
                     uint32_t weight) {
    struct slice folded, squeezed;
    uint32_t variant = weight > LEXICON_VARIANT ? weight - LEXICON_VARIANT : weight;
    TRY(text_fold(scratch, phrase, &folded));
    TRY(text_squeeze(scratch, folded, &squeezed));
    TRY(put_one(t, folded, kind, id, weight));
    if (weight > LEXICON_SOUND) TRY(lexicon_sound_put(t, scratch, folded, kind, id, weight));
    if (weight > LEXICON_SOUND) TRY(lexicon_near_put(t, folded, kind));
    if (weight > LEXICON_SOUND && kind == LEXICON_TYPE) TRY(type_suggest_put(t, scratch, folded, id, weight));
    TRY(put_one(t, spaced(scratch, folded), kind, id, variant));
    return put_one(t, squeezed, kind, id, variant);
}

enum err lexicon_put_list(struct txn *t, struct arena *scratch, struct slice list, enum lexicon_kind kind, uint32_t id,
                          uint32_t weight) {
    while (list.n > 0) TRY(lexicon_put(t, scratch, slice_cut(&list, '|'), kind, id, weight));
    return ERR_OK;
}

enum err lexicon_clear(struct txn *t) {
    TRY(txn_clear(t, TABLE_LEXICON));
    TRY(txn_clear(t, TABLE_LEXICON_PINYIN));
    return txn_clear(t, TABLE_LEXICON_SPELL);
}
