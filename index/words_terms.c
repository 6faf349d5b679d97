#include "posting.h"
#include "text.h"
#include "word_tokens.h"
#include "words_plan.h"

enum { CONTINUATIONS_MAX = 1024 }; // letters that may follow a beginning

// ---- parts ------------------------------------------------------------------------------------------------------------------
static struct word_part *part_new(struct view *v, struct word_term *t, unsigned parts_max, unsigned tokens_max) {
    if (!t->parts) t->parts = ARENA_ARRAY(v->arena, struct word_part, parts_max);
    if (!t->parts) return NULL;
    struct word_part *p = &t->parts[t->part_count++];
    *p = (struct word_part){.tokens = ARENA_ARRAY(v->arena, struct slice, tokens_max)};
    return p->tokens ? p : NULL;
}

static enum err mark_add(struct view *v, struct word_term *t, unsigned marks_max, struct slice text, bool prefix) {
    if (!t->marks) t->marks = ARENA_ARRAY(v->arena, struct highlight_term, marks_max);
    if (!t->marks) return ERR_NO_MEMORY;
    t->marks[t->mark_count++] = (struct highlight_term){.text = text, .prefix = prefix};
    return ERR_OK;
}

static enum err part_token(struct view *v, struct word_part *p, struct slice token) {
    uint32_t products;
    if (!token.p) return ERR_NO_MEMORY;
    TRY(posting_estimate(v, token, &products));
    if (products) p->tokens[p->count++] = token;
    p->estimate += products;
    return ERR_OK;
}

static bool part_same(const struct word_part *a, const struct word_part *b) { // parts of one term: made of the same word in the same way
    return a->count && a->count == b->count && slice_eq(a->tokens[0], b->tokens[0]);
}

// A word said twice is one demand, however long the run that repeats it.
static void parts_unite(struct word_term *t) {
    unsigned kept = 0;
    for (unsigned i = 0; i < t->part_count; i++) {
        bool seen = false;
        for (unsigned k = 0; k < kept && !seen; k++) seen = part_same(&t->parts[k], &t->parts[i]);
        if (!seen) t->parts[kept++] = t->parts[i];
    }
    t->part_count = kept;
}

// The rarest part says how many products there can be; one without tokens says that there are none.
static void term_settle(struct word_term *t) {
    parts_unite(t);
    t->estimate = UINT32_MAX;
    for (unsigned i = 0; i < t->part_count; i++)
        if (t->parts[i].estimate < t->estimate) t->estimate = t->parts[i].estimate;
    if (t->estimate == 0) t->part_count = 0;
}

// ---- words ------------------------------------------------------------------------------------------------------------------
static enum err add_token(struct view *v, struct slice token, unsigned parts_max, struct word_term *t) {
    struct word_part *p = part_new(v, t, parts_max, 1);
    return p ? part_token(v, p, token) : ERR_NO_MEMORY;
}

static enum err add_word(struct view *v, struct slice word, unsigned parts_max, struct word_term *t) {
    TRY(mark_add(v, t, parts_max, word, false));
    return add_token(v, posting_word(v->arena, word), parts_max, t);
}

enum err term_of_word(struct view *v, struct slice word, bool joined, struct word_term *out) {
    *out = (struct word_term){0};
    TRY(mark_add(v, out, 1, word, false));
    TRY(add_token(v, joined ? posting_joined(v->arena, word) : posting_word(v->arena, word), 1, out));
    term_settle(out);
    return ERR_OK;
}

// One letter further, for beginnings of a length that is not listed: the words that end there and the beginnings of longer ones.
static enum err add_continuations(struct view *v, struct slice beginning, struct word_part *p) {
    struct slice start = posting_word(v->arena, beginning), key, value;
    char *at = arena_alloc(v->arena, start.n + 8);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_POSTING);
    enum err e = start.p && at && c ? ERR_OK : ERR_NO_MEMORY;
    if (e == ERR_OK) {
        memcpy(at, start.p, start.n);
        at[start.n] = 1; // behind the word itself
        e = db_cursor_seek(c, slice_of(at, start.n + 1), &key, &value);
    }
    while (e == ERR_OK && slice_starts(key, start) && p->count + 2 <= CONTINUATIONS_MAX) {
        size_t letter = text_char_bytes((uint8_t)key.p[start.n]);
        if (start.n + letter > key.n - 1 - sizeof(uint32_t)) letter = key.n - 1 - sizeof(uint32_t) - start.n; // a word cut off
        memcpy(at + start.n, key.p + start.n, letter);
        struct slice longer = arena_copy(v->arena, slice_of(at + 1, start.n - 1 + letter));
        e = part_token(v, p, posting_word(v->arena, longer));
        if (e == ERR_OK) e = part_token(v, p, posting_beginning(v->arena, longer));
        at[start.n + letter] = (char)0xFF;
        if (e == ERR_OK) e = db_cursor_seek(c, slice_of(at, start.n + letter + 1), &key, &value);
    }
    if (c) db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// Beginnings too long to be listed: the few words themselves.
static enum err add_words_from(struct view *v, struct slice beginning, struct word_part *p) {
    struct slice start = posting_word(v->arena, beginning), key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_POSTING);
    enum err e = start.p && c ? db_cursor_seek(c, start, &key, &value) : ERR_NO_MEMORY;
    while (e == ERR_OK && slice_starts(key, start) && p->count < CONTINUATIONS_MAX) {
        struct slice token = slice_of(key.p, key.n - 1 - sizeof(uint32_t));
        if (p->count == 0 || !slice_eq(p->tokens[p->count - 1], token)) e = part_token(v, p, arena_copy(v->arena, token));
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    if (c) db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err term_of_beginning(struct view *v, struct slice beginning, struct word_term *out) {
    unsigned n = word_characters(beginning);
    bool listed = word_beginning_listed(n), one = listed && n <= WORD_BEGINNING_MAX;
    *out = (struct word_term){0};
    TRY(mark_add(v, out, 1, beginning, true));
    struct word_part *p = part_new(v, out, 1, one ? 1 : CONTINUATIONS_MAX);
    if (!p) return ERR_NO_MEMORY;
    if (one) TRY(part_token(v, p, posting_beginning(v->arena, beginning)));
    else if (n < WORD_BEGINNING_MAX) TRY(add_continuations(v, beginning, p));
    else TRY(add_words_from(v, beginning, p));
    term_settle(out);
    return ERR_OK;
}

// ---- runs of Han ------------------------------------------------------------------------------------------------------------
static enum err characters_of(struct view *v, struct slice run, struct word_run *out) {
    *out = (struct word_run){.text = run, .characters = ARENA_ARRAY(v->arena, struct slice, word_characters(run) + 1)};
    if (!out->characters) return ERR_NO_MEMORY;
    for (size_t at = 0; at < run.n;) {
        size_t n = text_char_bytes((uint8_t)run.p[at]);
        if (n > run.n - at) n = run.n - at;
        out->characters[out->character_count++] = slice_of(run.p + at, n);
        at += n;
    }
    return out->character_count > WORDS_RUN_MAX ? ERR_TOO_LARGE : ERR_OK;
}

static struct slice pair_at(const struct word_run *r, unsigned i) {
    return slice_of(r->characters[i].p, r->characters[i].n + r->characters[i + 1].n);
}

static enum err add_run(struct view *v, const struct word_run *r, unsigned parts_max, struct word_term *t) {
    TRY(mark_add(v, t, parts_max, r->text, false));
    if (r->character_count == 1) {
        struct word_part *p = part_new(v, t, parts_max, 2);
        if (!p) return ERR_NO_MEMORY;
        TRY(part_token(v, p, posting_word(v->arena, r->text)));
        return part_token(v, p, posting_beginning(v->arena, r->text));
    }
    for (unsigned i = 0; i + 1 < r->character_count; i++) TRY(add_token(v, posting_word(v->arena, pair_at(r, i)), parts_max, t));
    if (r->character_count < 3) return ERR_OK;
    if (!t->runs) t->runs = ARENA_ARRAY(v->arena, struct word_run, parts_max);
    if (!t->runs) return ERR_NO_MEMORY;
    t->runs[t->run_count++] = *r;
    return ERR_OK;
}

enum err term_of_run(struct view *v, struct slice run, struct word_term *out) {
    struct word_run r;
    *out = (struct word_term){0};
    TRY(characters_of(v, run, &r));
    TRY(add_run(v, &r, r.character_count, out));
    term_settle(out);
    return ERR_OK;
}

static enum err add_stretch(struct view *v, const struct word_run *r, unsigned from, unsigned to, struct word_term *t) {
    struct word_run piece = {.characters = r->characters + from, .character_count = to - from};
    piece.text = slice_of(r->characters[from].p, (size_t)(slice_end(r->characters[to - 1]) - r->characters[from].p));
    return add_run(v, &piece, r->character_count, t);
}

enum err term_of_cut_run(struct view *v, struct slice run, struct word_term *out) {
    struct word_run r;
    unsigned from = 0;
    *out = (struct word_term){0};
    TRY(characters_of(v, run, &r));
    for (unsigned i = 0; i + 1 < r.character_count; i++) {
        uint32_t products;
        TRY(posting_estimate(v, posting_word(v->arena, pair_at(&r, i)), &products));
        if (products) continue;
        TRY(add_stretch(v, &r, from, i + 1, out));
        from = i + 1;
    }
    if (from == 0) return ERR_OK;
    TRY(add_stretch(v, &r, from, r.character_count, out));
    term_settle(out);
    return ERR_OK;
}

// ---- phrases ----------------------------------------------------------------------------------------------------------------
enum err term_of_phrase(struct view *v, struct slice phrase, struct word_term *out) {
    struct word_piece *pieces;
    unsigned count, parts_max = word_characters(phrase) + 1;
    *out = (struct word_term){0};
    TRY(word_pieces(v->arena, phrase, &pieces, &count));
    for (unsigned i = 0; i < count; i++) {
        struct word_run r;
        if (!pieces[i].han) {
            TRY(add_word(v, pieces[i].text, parts_max, out));
            continue;
        }
        TRY(characters_of(v, pieces[i].text, &r));
        TRY(add_run(v, &r, parts_max, out));
    }
    term_settle(out);
    return ERR_OK;
}
