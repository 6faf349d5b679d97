#include "letters.h"

#include <unicode/utf8.h>

#include "posting.h"
#include "text_tables.h"

void letters_of(struct slice word, struct letters *out) {
    out->count = 0;
    if (word.n >= POSTING_TOKEN_BYTES) return;
    size_t i = 0;
    unsigned n = 0;
    while (i < word.n) {
        if (n == LETTERS_MAX) return;
        out->at[n] = (uint8_t)i;
        U8_NEXT((const uint8_t *)word.p, i, word.n, out->letter[n]);
        int32_t c = out->letter[n++];
        if (c < 0 || (c >= '0' && c <= '9') || text_is_han(c)) return;
    }
    out->at[n] = (uint8_t)word.n;
    out->count = n;
}

// ---- distance ---------------------------------------------------------------------------------------------------------------
void letters_row_first(const struct letters *other, letters_row out) {
    for (unsigned j = 0; j <= other->count; j++) out[j] = (uint8_t)j;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

unsigned letters_row_next(const struct letters *other, int32_t before, int32_t letter, const uint8_t *previous2, const uint8_t *previous, letters_row out) {
    unsigned lowest = out[0] = (uint8_t)(previous[0] + 1);
    for (unsigned j = 1; j <= other->count; j++) {
        unsigned edits = least(least(previous[j], out[j - 1]) + 1u, previous[j - 1] + (unsigned)(other->letter[j - 1] != letter));
        bool swapped = previous2 && j >= 2 && other->letter[j - 2] == letter && other->letter[j - 1] == before;
        if (swapped) edits = least(edits, previous2[j - 2] + 1u);
        out[j] = (uint8_t)edits;
        lowest = least(lowest, edits);
    }
    return lowest;
}

unsigned letters_distance(const struct letters *a, const struct letters *b, unsigned most) {
    letters_row rows[3];
    if ((a->count > b->count ? a->count - b->count : b->count - a->count) > most) return most + 1;
    letters_row_first(b, rows[0]);
    for (unsigned i = 0; i < a->count; i++)
        if (letters_row_next(b, i ? a->letter[i - 1] : 0, a->letter[i], i ? rows[(i + 2) % 3] : NULL, rows[i % 3], rows[(i + 1) % 3]) > most)
            return most + 1;
    return least(rows[a->count % 3][b->count], most + 1);
}

// ---- deletions --------------------------------------------------------------------------------------------------------------
// The prefix without letters i and j (either may be past the end: nothing is left out).
static void deletion_add(struct slice word, const struct letters *l, unsigned prefix, unsigned i, unsigned j, struct deletions *out) {
    char *to = out->bytes[out->count];
    size_t n = 0;
    for (unsigned k = 0; k < prefix; k++) {
        if (k == i || k == j) continue;
        size_t bytes = (size_t)l->at[k + 1] - l->at[k];
        memcpy(to + n, word.p + l->at[k], bytes);
        n += bytes;
    }
    for (unsigned k = 0; k < out->count; k++)
        if (slice_eq(deletion(out, k), slice_of(to, n))) return;
    out->n[out->count++] = (uint8_t)n;
}

void deletions_of(struct slice word, const struct letters *l, unsigned edits, struct deletions *out) {
    unsigned prefix = l->count < LETTERS_PREFIX ? l->count : LETTERS_PREFIX;
    out->count = 0;
    deletion_add(word, l, prefix, prefix, prefix, out);
    for (unsigned i = 0; edits >= 1 && i < prefix; i++) deletion_add(word, l, prefix, i, i, out);
    for (unsigned i = 0; edits >= 2 && i < prefix; i++)
        for (unsigned j = i + 1; j < prefix; j++) deletion_add(word, l, prefix, i, j, out);
}
