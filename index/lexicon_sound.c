#include "lexicon_sound.h"

#include "base/buf.h"
#include "base/limits.h"
#include "text.h"

// TABLE_LEXICON_PINYIN: sound, 0, form u8, kind u8, id u32 -> weight u32, the phrase.
enum { FORM_FULL = 1, FORM_INITIALS = 2, SUFFIX_BYTES = 7, SOUND_BYTES_MAX = 96, INITIALS_MIN = 2 };

enum err lexicon_sounds(struct view *v, struct slice latin, struct lexicon_sound *out, unsigned max, unsigned *count, bool *longer) {
    struct slice key, value;
    *count = 0;
    *longer = false;
    if (latin.n == 0 || latin.n > SOUND_BYTES_MAX) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_LEXICON_PINYIN);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = db_cursor_seek(c, latin, &key, &value);
    for (; err == ERR_OK && slice_starts(key, latin); err = db_cursor_next(c, &key, &value)) {
        *longer = key.n != latin.n + SUFFIX_BYTES || key.p[latin.n] != 0;
        if (*longer || *count == max) break;
        struct reader suffix = reader_of(slice_from(key, latin.n + 1)), record = reader_of(value);
        struct lexicon_sound *sound = &out[(*count)++];
        sound->initials = reader_u8(&suffix) == FORM_INITIALS;
        sound->entry.kind = (enum lexicon_kind)reader_u8(&suffix);
        sound->entry.id = reader_u32be(&suffix);
        sound->entry.weight = reader_u32(&record);
        sound->phrase = slice_from(value, sizeof(uint32_t));
    }
    if (err == ERR_OK && *count == max && !*longer) { // the sounds beyond `max` are passed over to see what follows
        char after[SOUND_BYTES_MAX + 1];
        memcpy(after, latin.p, latin.n);
        after[latin.n] = 1;
        err = db_cursor_seek(c, slice_of(after, latin.n + 1), &key, &value);
        *longer = err == ERR_OK && slice_starts(key, latin);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

static enum err put_one(struct txn *t, struct slice sound, uint8_t form, struct slice phrase, const struct lexicon_entry *entry) {
    char bytes[SOUND_BYTES_MAX + SUFFIX_BYTES], record[LIMIT_KEY_BYTES + sizeof(uint32_t)];
    uint32_t id = __builtin_bswap32(entry->id), weight = entry->weight;
    struct slice old = SLICE_NONE;
    if (sound.n > SOUND_BYTES_MAX || phrase.n > LIMIT_KEY_BYTES) return ERR_OK; // nobody types that much
    memcpy(bytes, sound.p, sound.n);
    memcpy(bytes + sound.n, (uint8_t[]){0, form, (uint8_t)entry->kind}, 3);
    memcpy(bytes + sound.n + 3, &id, sizeof id);
    struct slice key = slice_of(bytes, sound.n + SUFFIX_BYTES);
    enum err err = db_get(txn_snapshot(t), TABLE_LEXICON_PINYIN, key, &old);
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    struct reader r = reader_of(old);
    if (err == ERR_OK && reader_u32(&r) >= weight) return ERR_OK;
    memcpy(record, &weight, sizeof weight);
    memcpy(record + sizeof weight, phrase.p, phrase.n);
    return txn_put(t, TABLE_LEXICON_PINYIN, key, slice_of(record, sizeof weight + phrase.n));
}

// "lü" is written lv here; many type lu ("kongtiao luxin"). Empty where it makes no difference.
static struct slice without_umlaut(struct arena *a, struct slice full) {
    struct slice typed = arena_copy(a, full);
    bool any = false;
    for (size_t i = 1; i < typed.n; i++) {
        if (typed.p[i] != 'v' || (typed.p[i - 1] != 'l' && typed.p[i - 1] != 'n')) continue;
        ((char *)(uintptr_t)typed.p)[i] = 'u';
        any = true;
    }
    return any ? typed : SLICE_NONE;
}

enum err lexicon_sound_put(struct txn *t, struct arena *scratch, struct slice folded, enum lexicon_kind kind, uint32_t id, uint32_t weight) {
    struct lexicon_entry entry = {kind, id, weight};
    struct slice full, initials;
    if (kind == LEXICON_FILLER) return ERR_OK;
    TRY(text_pinyin(scratch, folded, &full, &initials));
    if (full.n == 0) return ERR_OK;
    TRY(put_one(t, full, FORM_FULL, folded, &entry));
    struct slice typed = without_umlaut(scratch, full);
    if (typed.n) TRY(put_one(t, typed, FORM_FULL, folded, &entry));
    return initials.n >= INITIALS_MIN && initials.n < full.n ? put_one(t, initials, FORM_INITIALS, folded, &entry) : ERR_OK;
}
