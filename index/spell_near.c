// spell_near.c: beginnings of words one edit away: a walk over the words of TABLE_POSTING that follows only those which may still come
// close enough (spell.h).
#include <unicode/utf8.h>

#include "letters.h"
#include "posting.h"
#include "spell.h"
#include "text_tables.h"

struct walk { struct letters wanted; letters_row rows[LETTERS_MAX + 2]; };

// How far into `word` the walk must look. True: its first *end bytes are one edit away. False: nothing that begins with them is.
static bool walk_word(struct walk *w, struct slice word, size_t *end) {
    int32_t before = 0, c;
    size_t i = 0;
    for (unsigned depth = 0; i < word.n; depth++, before = c) {
        U8_NEXT((const uint8_t *)word.p, i, word.n, c);
        *end = i;
        bool letter = c >= 0 && !(c >= '0' && c <= '9') && !text_is_han(c);
        if (!letter || depth == LETTERS_MAX || (depth == 0 && c != w->wanted.letter[0])) return false;
        unsigned lowest = letters_row_next(&w->wanted, before, c, depth ? w->rows[depth - 1] : NULL, w->rows[depth], w->rows[depth + 1]);
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
    letters_of(folded, &w.wanted);
    if (w.wanted.count < 4) return ERR_OK;
    letters_row_first(&w.wanted, w.rows[0]);
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
