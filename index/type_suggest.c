#include "type_suggest.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "lexicon_near.h"
#include "posting.h"
#include "text.h"

enum { KEY = 1, FORM_PHRASE = 'p', FORM_WORD = 'w', FORM_SOUND = 's', FORM_INITIALS = 'i' };
enum { TEXT_BYTES_MAX = 96, SUFFIX_BYTES = 9, WORDS_MAX = 6, NEAR_WORDS = 3, INITIALS_MIN = 2, NEAR_PHRASES = 8, CAR_BORDERS = 40 };

struct type_key { char bytes[2 + TEXT_BYTES_MAX + SUFFIX_BYTES]; };

static struct slice key_begin(struct type_key *k, char form, struct slice text) {
    k->bytes[0] = KEY;
    k->bytes[1] = form;
    memcpy(k->bytes + 2, text.p, text.n);
    return slice_of(k->bytes, 2 + text.n);
}

// ---- writing ------------------------------------------------------------------------------------------------------------------------
static enum err put(struct txn *t, struct arena *scratch, char form, struct slice text, struct slice phrase, uint32_t type, uint32_t weight) {
    struct type_key k;
    struct buf value;
    uint32_t id = __builtin_bswap32(type), which = (uint32_t)hash64(phrase);
    if (text.n == 0 || text.n > TEXT_BYTES_MAX || phrase.n > TEXT_BYTES_MAX) return ERR_OK;
    struct slice key = key_begin(&k, form, text);
    k.bytes[key.n++] = 0;
    memcpy(k.bytes + key.n, &id, sizeof id);
    key.n += sizeof id;
    memcpy(k.bytes + key.n, &which, sizeof which);
    key.n += sizeof which;
    buf_init(&value, scratch, 1 + phrase.n);
    buf_u8(&value, (uint8_t)(weight > UINT8_MAX ? UINT8_MAX : weight));
    buf_slice_put(&value, phrase);
    return value.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_LEXICON, key, buf_slice(&value));
}

enum err type_suggest_put(struct txn *t, struct arena *scratch, struct slice folded, uint32_t type, uint32_t weight) {
    struct slice full, initials;
    TRY(put(t, scratch, FORM_PHRASE, folded, folded, type, weight));
    for (size_t i = 1; i < folded.n; i++)
        if (folded.p[i - 1] == ' ') TRY(put(t, scratch, FORM_WORD, slice_from(folded, i), folded, type, weight));
    TRY(text_pinyin(scratch, folded, &full, &initials));
    TRY(put(t, scratch, FORM_SOUND, full, folded, type, weight));
    return initials.n >= INITIALS_MIN ? put(t, scratch, FORM_INITIALS, initials, folded, type, weight) : ERR_OK;
}

// ---- candidates -----------------------------------------------------------------------------------------------------------------------
struct found { uint32_t type, products; uint8_t tier; bool elsewhere; }; // elsewhere: the car has none
struct finder {
    struct view *view;
    struct db_cursor *cursor;
    struct found list[TYPE_SUGGEST_FOUND];
    unsigned count, looks;
};

static void found_add(struct finder *f, uint32_t type, uint8_t tier) {
    for (unsigned i = 0; i < f->count; i++) {
        if (f->list[i].type != type) continue;
        if (tier < f->list[i].tier) f->list[i].tier = tier;
        return;
    }
    if (f->count < TYPE_SUGGEST_FOUND) f->list[f->count++] = (struct found){.type = type, .tier = tier};
}

// Whether every word begins some word of the phrase.
static bool words_begin(struct slice phrase, const struct slice *words, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct slice rest = phrase;
        bool found = false;
        while (rest.p && !found) found = slice_starts(slice_cut(&rest, ' '), words[i]);
        if (!found) return false;
    }
    return true;
}

static enum err walk(struct finder *f, char form, struct slice text, const struct slice *words, unsigned word_count, uint8_t tier) {
    struct type_key k;
    struct slice key, value;
    if (text.n == 0 || text.n > TEXT_BYTES_MAX) return ERR_OK;
    struct slice start = key_begin(&k, form, text);
    enum err e = db_cursor_seek(f->cursor, start, &key, &value);
    for (; e == ERR_OK && f->looks > 0 && slice_starts(key, start); f->looks--) {
        struct reader r = reader_of(slice_from(key, key.n < SUFFIX_BYTES ? 0 : key.n - SUFFIX_BYTES + 1));
        if (words_begin(slice_from(value, 1), words, word_count)) found_add(f, reader_u32be(&r), tier);
        e = db_cursor_next(f->cursor, &key, &value);
    }
    return e == ERR_END ? ERR_OK : e;
}

static unsigned split(struct slice text, struct slice *words) {
    unsigned count = 0;
    while (text.p && text.n > 0 && count < WORDS_MAX) {
        struct slice word = slice_cut(&text, ' ');
        if (word.n) words[count++] = word;
    }
    return count;
}

static enum err as_typed(struct finder *f, struct slice folded) {
    struct slice words[WORDS_MAX];
    unsigned count = split(folded, words), longest = 0;
    TRY(walk(f, FORM_PHRASE, folded, NULL, 0, TYPE_BEGINS));
    TRY(walk(f, FORM_WORD, folded, NULL, 0, TYPE_WORD));
    if (f->count > 0 || count < 2) return ERR_OK;
    for (unsigned i = 1; i < count; i++)
        if (words[i].n > words[longest].n) longest = i;
    TRY(walk(f, FORM_PHRASE, words[longest], words, count, TYPE_WORD));
    return walk(f, FORM_WORD, words[longest], words, count, TYPE_WORD);
}

// What follows the name of a car: "golf oil fil", "18款高尔夫机". The longest name that stands at the beginning, behind a year or not.
static struct slice behind_year(struct slice text) {
    size_t n = 0;
    while (n < text.n && n < 4 && text.p[n] >= '0' && text.p[n] <= '9') n++;
    struct slice rest = slice_from(text, n);
    if (n < 2) return text;
    if (slice_starts(rest, SLICE("年"))) rest = slice_from(rest, 3);
    if (slice_starts(rest, SLICE("款"))) rest = slice_from(rest, 3);
    return rest.n < text.n - n || slice_starts(rest, SLICE(" ")) ? slice_trim(rest) : text;
}

static enum err names_car(struct view *v, struct slice phrase, bool *out) {
    struct lexicon_entry found[NEAR_PHRASES];
    unsigned count;
    bool longer;
    *out = false;
    TRY(lexicon_lookup(v, phrase, found, NEAR_PHRASES, &count, &longer));
    for (unsigned i = 0; i < count; i++) *out |= found[i].kind == LEXICON_MAKE || found[i].kind == LEXICON_MODEL || found[i].kind == LEXICON_CAR;
    return ERR_OK;
}

static enum err behind_car(struct finder *f, struct slice folded) {
    struct slice text = behind_year(folded);
    size_t best = 0, at = 0;
    for (unsigned i = 0; i < CAR_BORDERS && at < text.n; i++) {
        at += text_char_bytes((uint8_t)text.p[at]);
        bool border = at < text.n && (text.p[at] == ' ' || (uint8_t)text.p[at] >= 0x80), car = false;
        if (border) TRY(names_car(f->view, slice_of(text.p, at), &car));
        if (car) best = at;
    }
    if (best == 0 && text.n == folded.n) return ERR_OK;
    TRY(walk(f, FORM_PHRASE, slice_trim(slice_from(text, best)), NULL, 0, TYPE_WORD));
    return walk(f, FORM_WORD, slice_trim(slice_from(text, best)), NULL, 0, TYPE_WORD);
}

static enum err by_sound(struct finder *f, struct slice folded) {
    struct slice squeezed;
    TRY(text_squeeze(f->view->arena, folded, &squeezed));
    TRY(walk(f, FORM_SOUND, squeezed, NULL, 0, TYPE_SOUNDS));
    return squeezed.n >= INITIALS_MIN ? walk(f, FORM_INITIALS, squeezed, NULL, 0, TYPE_SOUNDS) : ERR_OK;
}

// Whole phrases one error away; and where words are complete, each of them corrected and the last one still open.
static enum err by_typo(struct finder *f, struct slice folded) {
    struct lexicon_near near[NEAR_PHRASES];
    struct slice words[WORDS_MAX];
    unsigned count, word_count = split(folded, words);
    TRY(lexicon_near(f->view, folded, 1, near, NEAR_PHRASES, &count));
    for (unsigned i = 0; i < count; i++)
        if (near[i].entry.kind == LEXICON_TYPE) found_add(f, near[i].entry.id, TYPE_TYPO);
    for (unsigned w = 0; w < word_count; w++) {
        struct near_word list[NEAR_WORDS];
        struct slice typed = words[w];
        TRY(lexicon_near_words(f->view, typed, 1, list, NEAR_WORDS, &count));
        for (unsigned i = 0; i < count; i++) {
            words[w] = list[i].word;
            if (list[i].edits == 0) continue;
            TRY(walk(f, FORM_PHRASE, words[w], words, word_count, TYPE_TYPO));
            TRY(walk(f, FORM_WORD, words[w], words, word_count, TYPE_TYPO));
        }
        words[w] = typed;
    }
    return ERR_OK;
}

// ---- order ------------------------------------------------------------------------------------------------------------------------------
static int compare(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->elsewhere != y->elsewhere) return x->elsewhere ? 1 : -1;
    if (x->tier != y->tier) return (int)x->tier - (int)y->tier;
    if (x->products != y->products) return x->products > y->products ? -1 : 1;
    return (x->type > y->type) - (x->type < y->type);
}

static enum err count_products(struct finder *f) {
    for (unsigned i = 0; i < f->count; i++)
        TRY(posting_estimate(f->view, posting_type(f->view->arena, f->list[i].type), &f->list[i].products));
    return ERR_OK;
}

// Of the first ones only: what is more than that is not shown in any case.
static enum err count_fitting(struct finder *f, const struct knowledge *k) {
    unsigned n = f->count < TYPE_SUGGEST_MAX ? f->count : TYPE_SUGGEST_MAX;
    for (unsigned i = 0; i < n; i++) {
        struct fitment found;
        TRY(fitment_find_types(f->view, k, &f->list[i].type, 1, true, &found));
        f->list[i].products = found.count;
        f->list[i].elsewhere = found.count == 0;
    }
    f->count = n;
    return ERR_OK;
}

static enum err find(struct finder *f, struct slice folded) {
    TRY(as_typed(f, folded));
    if ((uint8_t)folded.p[0] < 0x80) TRY(by_sound(f, folded));
    if (f->count == 0) TRY(behind_car(f, folded));
    return f->count == 0 ? by_typo(f, folded) : ERR_OK;
}

enum err type_suggest(struct view *v, struct slice folded, const struct knowledge *k, unsigned max, struct type_suggestion *out,
                      unsigned *count) {
    struct finder f = {.view = v, .looks = TYPE_SUGGEST_LOOKS};
    *count = 0;
    if (folded.n == 0 || folded.n > TEXT_BYTES_MAX) return ERR_OK;
    f.cursor = db_cursor_begin(v->snapshot, TABLE_LEXICON);
    if (!f.cursor) return ERR_NO_MEMORY;
    enum err e = find(&f, folded);
    db_cursor_end(f.cursor);
    TRY(e);
    TRY(count_products(&f));
    qsort(f.list, f.count, sizeof *f.list, compare);
    bool car = k && k->given && k->resolved && k->vehicle_count == 1;
    if (car) {
        TRY(count_fitting(&f, k));
        qsort(f.list, f.count, sizeof *f.list, compare);
    }
    for (; *count < f.count && *count < max && *count < TYPE_SUGGEST_MAX; ++*count)
        out[*count] = (struct type_suggestion){f.list[*count].type, f.list[*count].products, f.list[*count].tier};
    return ERR_OK;
}
