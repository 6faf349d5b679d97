// Distances, and a walk over the words of TABLE_POSTING that follows only beginnings which may still come close enough.
#include <unicode/utf8.h>

#include "posting.h"
#include "spell_internal.h"
#include "text_tables.h"

// ---- distance ---------------------------------------------------------------------------------------------------------------
void spell_first_row(const struct letters *other, spell_row out) {
    for (unsigned j = 0; j <= other->count; j++) out[j] = (uint8_t)j;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

unsigned spell_next_row(const struct letters *other, int32_t before, int32_t letter, const uint8_t *previous2, const uint8_t *previous,
                        spell_row out) {
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

unsigned spell_distance(struct slice a, struct slice b, unsigned max) {
    struct letters x, y;
    spell_row rows[3];
    spell_letters(a, &x);
    spell_letters(b, &y);
    if (x.count == 0 || y.count == 0) return max + 1;
    if ((x.count > y.count ? x.count - y.count : y.count - x.count) > max) return max + 1;
    spell_first_row(&y, rows[0]);
    for (unsigned i = 0; i < x.count; i++)
        if (spell_next_row(&y, i ? x.letter[i - 1] : 0, x.letter[i], i ? rows[(i + 2) % 3] : NULL, rows[i % 3], rows[(i + 1) % 3]) > max)
            return max + 1;
    return rows[x.count % 3][y.count];
}

// ---- beginnings -------------------------------------------------------------------------------------------------------------
struct walk { struct letters wanted; spell_row rows[SPELL_LETTERS_MAX + 2]; };

// How far into `word` the walk must look. True: its first *end bytes are one edit away. False: nothing that begins with them is.
static bool walk_word(struct walk *w, struct slice word, size_t *end) {
    int32_t before = 0, c;
    size_t i = 0;
    for (unsigned depth = 0; i < word.n; depth++, before = c) {
        U8_NEXT((const uint8_t *)word.p, i, word.n, c);
        *end = i;
        bool letter = c >= 0 && !(c >= '0' && c <= '9') && !text_is_han(c);
        if (!letter || depth == SPELL_LETTERS_MAX || (depth == 0 && c != w->wanted.letter[0])) return false;
        unsigned lowest = spell_next_row(&w->wanted, before, c, depth ? w->rows[depth - 1] : NULL, w->rows[depth], w->rows[depth + 1]);
        if (w->rows[depth + 1][w->wanted.count] <= 1) return true;
        if (lowest > 1) return false;
    }
    return false;
}

// The key behind everything that begins with `beginning`; behind the word alone when it is whole and may go on.
static struct slice behind(char space[POSTING_TOKEN_BYTES + 2], struct slice word, size_t end, bool goes_on) {
    space[0] = 'w';
    memcpy(space + 1, word.p, end);
    space[1 + end] = goes_on ? 1 : (char)0xFF;
    return slice_of(space, end + 2);
}

enum err spell_near_beginning(struct view *v, struct slice folded, struct spell_word *out, unsigned max, unsigned *count) {
    struct walk w;
    char space[POSTING_TOKEN_BYTES + 2] = {'w'};
    struct slice key, value;
    *count = 0;
    spell_letters(folded, &w.wanted);
    if (w.wanted.count < 4) return ERR_OK;
    spell_first_row(&w.wanted, w.rows[0]);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_POSTING);
    if (!c) return ERR_NO_MEMORY;
    memcpy(space + 1, folded.p, w.wanted.at[1]);
    struct slice first = slice_of(space, 1 + (size_t)w.wanted.at[1]);
    enum err e = db_cursor_seek(c, first, &key, &value);
    for (unsigned seeks = 0; e == ERR_OK && seeks < SPELL_SEEKS && *count < max; seeks++) {
        if (key.n < 1 + 1 + sizeof(uint32_t) || key.p[0] != 'w') break;
        struct slice word = slice_of(key.p + 1, key.n - 1 - 1 - sizeof(uint32_t)); // token, 0, product
        size_t end = 0;
        if (word.n < w.wanted.at[1] || memcmp(word.p, folded.p, w.wanted.at[1]) != 0) break;
        bool near = walk_word(&w, word, &end);
        bool whole = !near && end == word.n && word.n < POSTING_TOKEN_BYTES;
        if (near) out[(*count)++] = (struct spell_word){arena_copy(v->arena, slice_of(word.p, end)), 1, false, 0};
        char next[POSTING_TOKEN_BYTES + 2];
        e = db_cursor_seek(c, behind(next, word, end, whole), &key, &value);
    }
    db_cursor_end(c);
    if (v->arena->full) return ERR_NO_MEMORY;
    return e == ERR_END ? ERR_OK : e;
}
