#include "highlight.h"

#include <stdlib.h>

#include "text.h"

// ---- matches ----------------------------------------------------------------------------------------------------------------
enum { BUCKETS = 64 }; // of terms, by their first character
#define NO_TERM UINT16_MAX

struct found { uint32_t from, to; unsigned term; }; // bytes of the original
struct finder {
    const struct highlight_term *terms;
    unsigned term_count, word_count, count;
    bool pieces;                          // one of the terms is a piece
    struct slice text;                    // folded
    struct text_origin *origin;
    struct text_word *words;
    uint16_t *next, first[BUCKETS];       // terms of a bucket
    struct found list[4 * HIGHLIGHT_RANGES_MAX];
};

static unsigned bucket_of(struct slice s) {
    uint8_t c = s.n >= 3 && (uint8_t)s.p[0] >= 0xE0 ? (uint8_t)(s.p[1] * 7 + s.p[2]) : (uint8_t)s.p[0];
    return c % BUCKETS;
}

static void found_add(struct finder *f, size_t at, size_t end, unsigned term) {
    if (f->count == sizeof f->list / sizeof *f->list || end <= at) return;
    f->list[f->count++] = (struct found){f->origin[at].from, f->origin[end - 1].to, term};
}

static size_t offset(const struct finder *f, const char *p) { return (size_t)(p - f->text.p); }

static bool letter_at(struct slice s, size_t at) { // of folded text, whose signs and blanks are ASCII for the most part
    uint8_t c = (uint8_t)s.p[at];
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Letters and digits from `at` on, whatever stands between them.
static void match_piece(struct finder *f, size_t at, unsigned term) {
    struct slice wanted = f->terms[term].text;
    size_t done = 0, i = at, end = at;
    for (; i < f->text.n && done < wanted.n; i++) {
        if (!letter_at(f->text, i)) continue;
        if (f->text.p[i] != wanted.p[done]) return;
        done++;
        end = i + 1;
    }
    if (done == wanted.n) found_add(f, at, end, term);
}

// The last pair of the run of Han that word k stands in; k itself for others.
static unsigned run_last(const struct finder *f, unsigned k) {
    while (f->words[k].han && k + 1 < f->word_count && f->words[k + 1].word.p < slice_end(f->words[k].word)) k++;
    return k;
}

// Words from the k-th on, the first of them from `from` on, written as one; of a run of Han any beginning will do.
static void match_words(struct finder *f, unsigned k, size_t from, unsigned term) {
    struct slice wanted = f->terms[term].text;
    size_t at = from, done = 0;
    for (unsigned joined = 0; k < f->word_count && joined < HIGHLIGHT_JOINED; joined++) {
        bool han = f->words[k].han;
        if (joined) at = offset(f, f->words[k].word.p);
        k = run_last(f, k);
        size_t word = offset(f, slice_end(f->words[k++].word)) - at, rest = wanted.n - done, same = word < rest ? word : rest;
        if (memcmp(f->text.p + at, wanted.p + done, same) != 0) return;
        done += same;
        if (done < wanted.n) continue;
        if (same == word || han || f->terms[term].prefix) found_add(f, from, at + same, term);
        return;
    }
}

static void match_at(struct finder *f, unsigned k, size_t at) {
    for (unsigned i = f->first[bucket_of(slice_from(f->text, at))]; i != NO_TERM; i = f->next[i])
        if (!f->terms[i].piece) match_words(f, k, at, i);
}

static void match_pieces(struct finder *f) {
    for (size_t at = 0; at < f->text.n; at++) {
        if (((uint8_t)f->text.p[at] & 0xC0) == 0x80 || !letter_at(f->text, at)) continue;
        for (unsigned i = f->first[bucket_of(slice_from(f->text, at))]; i != NO_TERM; i = f->next[i])
            if (f->terms[i].piece) match_piece(f, at, i);
    }
}

static int compare_found(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static enum err terms_sort(struct arena *a, struct finder *f) {
    f->next = arena_alloc(a, (f->term_count + 1) * sizeof *f->next);
    if (!f->next) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < BUCKETS; i++) f->first[i] = NO_TERM;
    for (unsigned i = f->term_count; i-- > 0;) {
        struct slice text = f->terms[i].text;
        if (text.n == 0) continue;
        f->next[i] = f->first[bucket_of(text)];
        f->first[bucket_of(text)] = (uint16_t)i;
        f->pieces |= f->terms[i].piece;
    }
    return ERR_OK;
}

static enum err find(struct arena *a, struct slice text, const struct highlight_term *terms, unsigned term_count, struct finder **out) {
    struct finder *f = *out = arena_alloc(a, sizeof *f);
    if (!f) return ERR_NO_MEMORY;
    f->terms = terms;
    f->term_count = term_count < HIGHLIGHT_TERMS_MAX ? term_count : HIGHLIGHT_TERMS_MAX;
    f->count = 0;
    f->pieces = false;
    if (text.n > HIGHLIGHT_TEXT_BYTES) text.n = HIGHLIGHT_TEXT_BYTES;
    TRY(terms_sort(a, f));
    TRY(text_fold_mapped(a, text, &f->text, &f->origin));
    if (f->text.n > UINT16_MAX) { // text_words() takes no more
        f->text.n = UINT16_MAX;
        while (f->text.n && ((uint8_t)f->text.p[f->text.n] & 0xC0) == 0x80) f->text.n--;
    }
    TRY(text_words(a, f->text, &f->words, &f->word_count));
    for (unsigned i = 0; i < f->word_count; i++) {
        struct slice word = f->words[i].word;
        size_t at = offset(f, word.p), second = at + text_char_bytes((uint8_t)word.p[0]);
        match_at(f, i, at);
        if (f->words[i].han && run_last(f, i) == i && second < at + word.n) match_at(f, i, second); // no pair begins there
    }
    if (f->pieces) match_pieces(f);
    if (f->pieces && f->count) qsort(f->list, f->count, sizeof *f->list, compare_found);
    return ERR_OK;
}

// ---- ranges -----------------------------------------------------------------------------------------------------------------
static uint32_t units(struct slice text, size_t at, size_t end) { return text_utf16_units(slice_of(text.p + at, end - at)); }

// Found stretches are ascending by their beginning, since words are.
enum err highlight(struct arena *a, struct slice text, const struct highlight_term *terms, unsigned term_count,
                   struct highlight_range **out, unsigned *count) {
    struct finder *f;
    uint32_t end = 0, end_units = 0;
    *count = 0;
    TRY(find(a, text, terms, term_count, &f));
    *out = ARENA_ARRAY(a, struct highlight_range, HIGHLIGHT_RANGES_MAX);
    if (!*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < f->count; i++) {
        const struct found *m = &f->list[i];
        struct highlight_range *last = *count ? &(*out)[*count - 1] : NULL;
        if (m->to <= end && last) continue;
        if (last && m->from <= end) {
            uint32_t more = units(text, end, m->to);
            last->length += more;
            end_units += more;
        } else {
            if (*count == HIGHLIGHT_RANGES_MAX) break;
            uint32_t at = end_units + units(text, end, m->from), length = units(text, m->from, m->to);
            (*out)[(*count)++] = (struct highlight_range){at, length};
            end_units = at + length;
        }
        end = m->to;
    }
    return ERR_OK;
}

// ---- snippets ---------------------------------------------------------------------------------------------------------------
// Borders a snippet may begin and end at: of words, in bytes of the original.
static unsigned different_terms(const struct finder *f, uint32_t from, uint32_t to) {
    unsigned n = 0;
    for (unsigned term = 0; term < f->term_count; term++)
        for (unsigned i = 0; i < f->count; i++)
            if (f->list[i].term == term && f->list[i].from >= from && f->list[i].to <= to) {
                n++;
                break;
            }
    return n;
}

static uint32_t word_from(const struct finder *f, unsigned i) { return f->origin[offset(f, f->words[i].word.p)].from; }
static uint32_t word_to(const struct finder *f, unsigned i) { return f->origin[offset(f, slice_end(f->words[i].word)) - 1].to; }

// The last border within `limit` code units from `from`.
static uint32_t reach(const struct finder *f, struct slice text, unsigned word, uint32_t from, uint32_t limit) {
    uint32_t end = from, used = 0;
    for (unsigned i = word; i < f->word_count; i++) {
        uint32_t to = word_to(f, i);
        if (to <= end) continue;
        used += units(text, end, to);
        if (used > limit) break;
        end = to;
    }
    return end;
}

enum err highlight_snippet(struct arena *a, struct slice text, const struct highlight_term *terms, unsigned term_count, uint32_t limit,
                           struct highlight_snippet *out) {
    struct finder *f;
    uint32_t from = 0, to, total = units(text, 0, text.n);
    unsigned best = 0;
    *out = (struct highlight_snippet){.text = text, .length = total};
    if (total <= limit) return ERR_OK;
    TRY(find(a, text, terms, term_count, &f));
    to = reach(f, text, 0, 0, limit);
    best = different_terms(f, 0, to);
    uint32_t last = UINT32_MAX;
    for (unsigned i = 0, w = 0; i < f->count; i++) { // a window that begins with a match
        if (f->list[i].from == last) continue;
        last = f->list[i].from;
        while (w < f->word_count && word_to(f, w) <= last) w++;
        uint32_t start = w < f->word_count && word_from(f, w) < last ? word_from(f, w) : last;
        uint32_t end = reach(f, text, w, start, limit);
        unsigned n = different_terms(f, start, end);
        if (n <= best) continue;
        best = n;
        from = start;
        to = end;
    }
    out->text = slice_of(text.p + from, to - from);
    out->at = units(text, 0, from);
    out->length = units(text, from, to);
    out->cut_before = from > 0;
    out->cut_after = to < text.n;
    return ERR_OK;
}
