#include "query.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/limits.h"
#include "posting.h"

#define PHRASE_CHARS_MAX 24
#define NUMBER_HITS_MAX 256

// ---- part numbers -------------------------------------------------------------------------------------------------------------
static enum err number_try(struct view *v, struct slice text, struct understood *out) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    if (!number_plausible(text)) return ERR_OK;
    size_t n = number_canonical(text, canonical, sizeof canonical);
    if (n == 0) return ERR_OK;
    if (!out->numbers) out->numbers = ARENA_ARRAY(v->arena, struct number_hit, NUMBER_HITS_MAX);
    if (!out->numbers) return ERR_NO_MEMORY;
    TRY(number_lookup(v, slice_of(canonical, n), NUMBER_HITS_MAX, out->numbers, &out->number_count));
    if (out->number_count) memcpy(out->part_number, canonical, n + 1);
    return ERR_OK;
}

// The whole query first ("06A 115 561 B" is one number with blanks), then each word of its own.
static enum err find_number(struct view *v, struct slice query, struct understood *out) {
    TRY(number_try(v, query, out));
    struct slice rest = query;
    while (rest.p && !out->number_count) {
        struct slice word = slice_cut(&rest, ' ');
        if (word.n && word.n < query.n) TRY(number_try(v, word, out));
    }
    return ERR_OK;
}

// ---- phrases --------------------------------------------------------------------------------------------------------------------
static bool is_ascii_word(char c) {
    return isalnum((unsigned char)c);
}

static bool starts_displacement(struct slice s, size_t at) {
    return at + 3 <= s.n && isdigit((unsigned char)s.p[at]) && s.p[at + 1] == '.' && isdigit((unsigned char)s.p[at + 2]);
}

// A word's edge; "golf1.4t" has one before its displacement.
static bool border(struct slice s, size_t at) {
    if (at == 0 || at >= s.n) return true;
    if (!is_ascii_word(s.p[at - 1]) || !is_ascii_word(s.p[at])) return true;
    return isalpha((unsigned char)s.p[at - 1]) && starts_displacement(s, at);
}

static void meaning_add(uint32_t *list, unsigned *count, uint32_t id) {
    for (unsigned i = 0; i < *count; i++)
        if (list[i] == id) return;
    if (*count < QUERY_MEANINGS_MAX) list[(*count)++] = id;
}

struct phrase { size_t n; struct lexicon_entry entries[QUERY_MEANINGS_MAX]; unsigned count; };

// The longest phrase that starts at `at`; n 0 when there is none.
static enum err phrase_at(struct view *v, struct slice s, size_t at, struct phrase *out) {
    out->n = 0;
    size_t end = at;
    for (unsigned chars = 0; chars < PHRASE_CHARS_MAX && end < s.n; chars++) {
        end += text_char_bytes((uint8_t)s.p[end]);
        if (end > s.n || !border(s, end)) continue;
        struct lexicon_entry found[QUERY_MEANINGS_MAX];
        unsigned count;
        bool longer;
        TRY(lexicon_lookup(v, slice_of(s.p + at, end - at), found, QUERY_MEANINGS_MAX, &count, &longer));
        if (count) {
            out->n = end - at;
            out->count = count;
            memcpy(out->entries, found, count * sizeof *found);
        }
        if (!count && !longer) break;
    }
    return ERR_OK;
}

static unsigned strongest(const struct phrase *p, enum lexicon_kind kind) {
    unsigned best = 0;
    for (unsigned i = 0; i < p->count; i++)
        if (p->entries[i].kind == kind && p->entries[i].weight > best) best = p->entries[i].weight;
    return best;
}

// A phrase may mean several things; product types win over brands, brands over cars, and of one kind the most direct.
static bool phrase_use(const struct phrase *p, struct slice text, struct buf *car, struct understood *out) {
    enum lexicon_kind kinds[] = {LEXICON_TYPE, LEXICON_BRAND};
    for (unsigned k = 0; k < 2; k++) {
        unsigned best = strongest(p, kinds[k]);
        for (unsigned i = 0; best && i < p->count; i++) {
            if (p->entries[i].kind != kinds[k] || p->entries[i].weight < best) continue;
            if (kinds[k] == LEXICON_TYPE) meaning_add(out->types, &out->type_count, p->entries[i].id);
            else meaning_add(out->brands, &out->brand_count, p->entries[i].id);
        }
        if (best) return true;
    }
    if (!strongest(p, LEXICON_MAKE) && !strongest(p, LEXICON_MODEL)) return false;
    if (car->n) buf_char(car, ' ');
    buf_slice_put(car, text);
    return true;
}

// Details of a car that stand beside its name: "18款", "2018年", "1.4t", "2.0". Their length at `at`, 0 when there is none.
static size_t year_at(struct slice s, size_t at) {
    size_t digits = 0;
    while (at + digits < s.n && isdigit((unsigned char)s.p[at + digits])) digits++;
    struct slice after = slice_from(s, at + digits);
    bool said = slice_starts(after, SLICE("款")) || slice_starts(after, SLICE("年"));
    return (digits == 2 || digits == 4) && said ? digits : 0;
}

static size_t displacement_at(struct slice s, size_t at) {
    if (!starts_displacement(s, at)) return 0;
    size_t n = 3;
    if (at + n < s.n && (s.p[at + n] == 't' || s.p[at + n] == 'l')) n++;
    return border(s, at + n) ? n : 0;
}

struct details { struct slice years[4], displacements[4]; unsigned year_count, displacement_count; };

static size_t detail_take(struct slice s, size_t at, struct details *d) {
    size_t year = year_at(s, at), displacement = year ? 0 : displacement_at(s, at);
    if (year && d->year_count < 4) {
        d->years[d->year_count++] = slice_of(s.p + at, year);
        year += strlen("款");
        return slice_starts(slice_from(s, at + year), SLICE("款")) ? year + strlen("款") : year;
    }
    if (displacement && d->displacement_count < 4) d->displacements[d->displacement_count++] = slice_of(s.p + at, displacement);
    else displacement = 0;
    return displacement;
}

// ---- what stays over ----------------------------------------------------------------------------------------------------------------
static enum err word_exists(struct view *v, struct slice word, bool *out) {
    struct posting p;
    TRY(posting_open(v, posting_word(v->arena, word), &p));
    *out = p.product != UINT32_MAX;
    return posting_close(&p);
}

static bool year_word(struct slice word) {
    uint64_t n;
    return slice_u64(word, &n) && ((word.n == 4 && n >= 1950 && n < 2100) || word.n == 2);
}

// "W719/31" must not find W719/30 because nobody knows the word "31": what has digits is required, known or not.
static bool has_digit(struct slice word) {
    for (size_t i = 0; i < word.n; i++)
        if (isdigit((unsigned char)word.p[i])) return true;
    return false;
}

// Details belong to the car when the query names one; else they are words like others.
static void details_settle(const struct details *d, struct buf *left, struct buf *car, struct understood *out) {
    bool named = car->n > 0;
    for (unsigned i = 0; i < d->year_count; i++) {
        buf_char(named ? car : left, ' ');
        buf_slice_put(named ? car : left, d->years[i]);
    }
    for (unsigned i = 0; i < d->displacement_count; i++) {
        if (named && out->dropped_count < QUERY_MEANINGS_MAX) out->dropped[out->dropped_count++] = d->displacements[i];
        if (named) continue;
        buf_char(left, ' ');
        buf_slice_put(left, d->displacements[i]);
    }
}

// Years name a car too, once something else does.
static enum err keep_words(struct view *v, struct slice left, struct buf *car, struct understood *out) {
    struct text_word *words;
    unsigned count;
    TRY(text_words(v->arena, left, &words, &count));
    for (unsigned i = 0; i < count && i < LIMIT_QUERY_WORDS; i++) {
        bool exists;
        TRY(word_exists(v, words[i].word, &exists));
        if (car->n && year_word(words[i].word)) {
            buf_char(car, ' ');
            buf_slice_put(car, words[i].word);
        } else if ((exists || has_digit(words[i].word)) && out->word_count < QUERY_MEANINGS_MAX) {
            out->words[out->word_count++] = words[i].word;
        } else if (out->dropped_count < QUERY_MEANINGS_MAX) {
            out->dropped[out->dropped_count++] = words[i].word;
        }
    }
    return ERR_OK;
}

enum err query_understand(struct view *v, struct slice query, struct understood *out) {
    struct slice s;
    struct buf left, car;
    struct details details = {.year_count = 0};
    *out = (struct understood){0};
    TRY(find_number(v, query, out));
    if (out->number_count) return ERR_OK;
    TRY(text_fold(v->arena, query, &s));
    buf_init(&left, v->arena, s.n + 16);
    buf_init(&car, v->arena, s.n + 16);
    for (size_t at = 0; at < s.n;) {
        struct phrase p;
        p.n = 0;
        if (border(s, at) && s.p[at] != ' ') TRY(phrase_at(v, s, at, &p));
        if (p.n && phrase_use(&p, slice_of(s.p + at, p.n), &car, out)) {
            buf_char(&left, ' ');
            at += p.n;
            continue;
        }
        size_t n = border(s, at) ? detail_take(s, at, &details) : 0;
        if (n) {
            buf_char(&left, ' ');
            at += n;
            continue;
        }
        n = text_char_bytes((uint8_t)s.p[at]);
        buf_put(&left, s.p + at, n);
        at += n;
    }
    details_settle(&details, &left, &car, out);
    if (left.bad || car.bad) return ERR_NO_MEMORY;
    TRY(keep_words(v, buf_slice(&left), &car, out));
    out->car = buf_slice(&car);
    return car.bad ? ERR_NO_MEMORY : ERR_OK;
}
