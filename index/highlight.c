#include "highlight.h"

#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include "base/buf.h"
#include "text.h"

// ---- folded text that knows where it comes from -----------------------------------------------------------------------------
struct mapped {
    struct slice text;      // folded
    uint32_t *from, *to;    // by byte of it: the stretch of the original it comes from
};

// The characters from `at` on that fold together: a letter with its accents, syllables from their parts.
static size_t cluster_end(const UNormalizer2 *fold, struct slice s, size_t at) {
    size_t i = at;
    UChar32 c;
    U8_NEXT((const uint8_t *)s.p, i, s.n, c);
    while (i < s.n && (uint8_t)s.p[i] >= 0x80) {
        size_t next = i;
        U8_NEXT((const uint8_t *)s.p, next, s.n, c);
        if (c < 0 || unorm2_hasBoundaryBefore(fold, c)) break;
        i = next;
    }
    return i;
}

// A cluster is folded behind a digit, since text without letters or digits folds to nothing.
static enum err map_cluster(struct arena *a, struct slice s, size_t at, size_t end, struct buf *out, struct mapped *m) {
    struct slice folded;
    char *text = arena_alloc(a, 1 + end - at);
    if (!text) return ERR_NO_MEMORY;
    text[0] = '1';
    memcpy(text + 1, s.p + at, end - at);
    TRY(text_fold(a, slice_of(text, 1 + end - at), &folded));
    folded = folded.n > 1 ? slice_from(folded, 1) : SLICE(" ");
    size_t from = out->n;
    buf_slice_put(out, folded);
    for (size_t i = from; i < out->n; i++) {
        m->from[i] = (uint32_t)at;
        m->to[i] = (uint32_t)end;
    }
    return ERR_OK;
}

// A character may fold to several ("㎞" to "km", at most 18 of them), which the arrays have room for.
enum { FOLDS_TO_BYTES = 24 };

static enum err map_text(struct arena *a, struct slice s, struct mapped *m) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&status);
    struct buf out;
    size_t room = s.n + 64;
    for (size_t i = 0; i < s.n; i++) room += (uint8_t)s.p[i] >= 0xC0 ? FOLDS_TO_BYTES : 0;
    if (U_FAILURE(status)) return ERR_INTERNAL;
    buf_init(&out, a, room);
    *m = (struct mapped){.from = arena_alloc(a, room * sizeof *m->from), .to = arena_alloc(a, room * sizeof *m->to)};
    if (!m->from || !m->to || out.bad) return ERR_NO_MEMORY;
    for (size_t at = 0; at < s.n;) {
        size_t end = cluster_end(fold, s, at);
        if (out.n + (end - at) * FOLDS_TO_BYTES > room || out.n >= UINT16_MAX - 64) break; // text_words() takes no more
        TRY(map_cluster(a, s, at, end, &out, m));
        at = end;
    }
    m->text = buf_slice(&out);
    return out.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- matches ----------------------------------------------------------------------------------------------------------------
struct found { uint32_t from, to; unsigned term; }; // bytes of the original
struct finder {
    const struct highlight_term *terms;
    unsigned term_count, word_count, count;
    struct mapped m;
    struct text_word *words;
    struct found list[4 * HIGHLIGHT_RANGES_MAX];
};

static void found_add(struct finder *f, size_t at, size_t end, unsigned term) {
    if (f->count == sizeof f->list / sizeof *f->list || end <= at) return;
    f->list[f->count++] = (struct found){f->m.from[at], f->m.to[end - 1], term};
}

static size_t offset(const struct finder *f, const char *p) { return (size_t)(p - f->m.text.p); }

// Words from `i` on, written as one.
static void match_words(struct finder *f, unsigned i, unsigned term) {
    struct slice wanted = f->terms[term].text;
    size_t done = 0;
    for (unsigned k = i; k < f->word_count && k < i + HIGHLIGHT_JOINED && !f->words[k].han; k++) {
        struct slice word = f->words[k].word, rest = slice_from(wanted, done);
        size_t same = word.n < rest.n ? word.n : rest.n;
        if (memcmp(word.p, rest.p, same) != 0) return;
        done += same;
        if (done < wanted.n) continue;
        if (same == word.n || f->terms[term].prefix) found_add(f, offset(f, f->words[i].word.p), offset(f, word.p) + same, term);
        return;
    }
}

static void match_run(struct finder *f, size_t at, unsigned term) {
    struct slice wanted = f->terms[term].text;
    if (slice_starts(slice_from(f->m.text, at), wanted)) found_add(f, at, at + wanted.n, term);
}

static void match_at(struct finder *f, unsigned i) {
    for (unsigned term = 0; term < f->term_count; term++) {
        if (f->terms[term].text.n == 0) continue;
        if (!f->words[i].han) {
            match_words(f, i, term);
            continue;
        }
        size_t at = offset(f, f->words[i].word.p), second = at + text_char_bytes((uint8_t)f->words[i].word.p[0]);
        bool last = i + 1 == f->word_count || f->words[i + 1].word.p >= slice_end(f->words[i].word);
        match_run(f, at, term);
        if (last && second < offset(f, slice_end(f->words[i].word))) match_run(f, second, term); // no pair begins there
    }
}

static enum err find(struct arena *a, struct slice text, const struct highlight_term *terms, unsigned term_count, struct finder **out) {
    struct finder *f = *out = ARENA_NEW(a, struct finder);
    if (!f) return ERR_NO_MEMORY;
    f->terms = terms;
    f->term_count = term_count;
    if (text.n > HIGHLIGHT_TEXT_BYTES) text.n = HIGHLIGHT_TEXT_BYTES;
    TRY(map_text(a, text, &f->m));
    TRY(text_words(a, f->m.text, &f->words, &f->word_count));
    for (unsigned i = 0; i < f->word_count; i++) match_at(f, i);
    return ERR_OK;
}

// ---- ranges -----------------------------------------------------------------------------------------------------------------
// Code units of text[at, end). What is no UTF-8 becomes one replacement character a byte.
static uint32_t units(struct slice text, size_t at, size_t end) {
    uint32_t n = 0;
    while (at < end) {
        UChar32 c;
        size_t next = at;
        U8_NEXT((const uint8_t *)text.p, next, end, c);
        n += c > 0xFFFF ? 2 : 1;
        at = c < 0 ? at + 1 : next;
    }
    return n;
}

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

static uint32_t word_from(const struct finder *f, unsigned i) { return f->m.from[offset(f, f->words[i].word.p)]; }
static uint32_t word_to(const struct finder *f, unsigned i) { return f->m.to[offset(f, slice_end(f->words[i].word)) - 1]; }

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
