#include "words.h"

#include "base/buf.h"
#include "posting.h"
#include "spell.h"
#include "synonym.h"
#include "word_tokens.h"
#include "words_plan.h"

enum { ATOMS_MAX = 4 * WORDS_MAX, JOINED_MAX = 3, COMMON_TIMES = 10 };

// The query as it stands: `atoms` in its order, each leading to its slot; equal words share one.
struct atom { struct word_piece piece; unsigned slot; };
struct prepare {
    struct view *v;
    struct word_query *q;
    struct word_plan *plan;
    unsigned atom_count, slot_count, synonym_count;
    struct atom atoms[ATOMS_MAX];
    struct word_piece slots[WORDS_MAX];
    uint64_t found;   // slots that have a term
    uint64_t sure;    // and not only as the beginning of words
    uint64_t begun;   // how many products have such words, roughly
    unsigned open;    // the slot that may go on; WORDS_MAX: none
    struct word_correction corrections[WORDS_MAX];
    struct slice unknown[WORDS_MAX];
};

static uint64_t slot_bit(unsigned slot) { return UINT64_C(1) << slot; }

// ---- the query's words ------------------------------------------------------------------------------------------------------
static enum err atom_add(struct prepare *p, struct word_piece piece) {
    unsigned slot = 0;
    while (slot < p->slot_count && !slice_eq(p->slots[slot].text, piece.text)) slot++;
    if (slot == WORDS_MAX || p->atom_count == ATOMS_MAX) return ERR_TOO_LARGE;
    if (slot == p->slot_count) p->slots[p->slot_count++] = piece;
    p->atoms[p->atom_count++] = (struct atom){piece, slot};
    return ERR_OK;
}

static enum err atoms_read(struct prepare *p, const struct slice *words, unsigned n, bool last_open) {
    for (unsigned i = 0; i < n; i++) {
        struct word_piece *pieces;
        unsigned count;
        TRY(word_pieces(p->v->arena, words[i], &pieces, &count));
        for (unsigned k = 0; k < count; k++) TRY(atom_add(p, pieces[k]));
    }
    p->open = WORDS_MAX;
    if (last_open && p->atom_count && !p->atoms[p->atom_count - 1].piece.han) p->open = p->atoms[p->atom_count - 1].slot;
    return ERR_OK;
}

// ---- terms ------------------------------------------------------------------------------------------------------------------
// Kept when some product may have it.
static enum err keep(struct prepare *p, struct word_term *t, uint64_t slots, enum word_how how) {
    struct word_plan *plan = p->plan;
    if (t->part_count == 0) return ERR_OK;
    if (plan->term_count == plan->term_capacity) {
        unsigned capacity = plan->term_capacity ? plan->term_capacity * 2 : 16;
        struct word_term *grown = arena_alloc(p->v->arena, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (plan->term_count) memcpy(grown, plan->terms, plan->term_count * sizeof *grown);
        plan->terms = grown;
        plan->term_capacity = capacity;
    }
    t->slots = slots;
    t->how = (uint8_t)how;
    t->tier = how == WORD_AS_IS ? WORD_EXACT : how == WORD_CORRECTED ? WORD_TYPO : WORD_VARIANT;
    plan->terms[plan->term_count++] = *t;
    p->found |= slots;
    if (t->marks[0].prefix) p->begun += t->estimate;
    else p->sure |= slots;
    return ERR_OK;
}

static enum err keep_word(struct prepare *p, struct slice word, uint64_t slots, enum word_how how) {
    struct word_term t;
    TRY(term_of_word(p->v, word, false, &t));
    return keep(p, &t, slots, how);
}

static enum err keep_beginning(struct prepare *p, struct slice beginning, uint64_t slots, enum word_how how) {
    struct word_term t;
    TRY(term_of_beginning(p->v, beginning, &t));
    return keep(p, &t, slots, how);
}

// One of several: English only, and both ways, since a title says "pads" where a query says "pad".
static enum err keep_numbers_of(struct prepare *p, struct slice word, unsigned slot) {
    if (word.n < 3 || !spell_keeps(word) || (uint8_t)word.p[word.n - 1] >= 0x80) return ERR_OK;
    struct buf longer;
    buf_init(&longer, p->v->arena, word.n + 2);
    buf_slice_put(&longer, word);
    buf_put(&longer, "es", 2);
    if (longer.bad) return ERR_NO_MEMORY;
    TRY(keep_word(p, buf_slice(&longer), slot_bit(slot), WORD_PLURAL));
    struct slice with_s = arena_printf(p->v->arena, "%.*ss", SLICE_ARGS(word));
    TRY(keep_word(p, with_s, slot_bit(slot), WORD_PLURAL));
    if (word.n >= 4 && slice_ends(word, SLICE("s"))) TRY(keep_word(p, slice_of(word.p, word.n - 1), slot_bit(slot), WORD_PLURAL));
    if (word.n >= 5 && slice_ends(word, SLICE("es"))) TRY(keep_word(p, slice_of(word.p, word.n - 2), slot_bit(slot), WORD_PLURAL));
    return ERR_OK;
}

static enum err keep_run(struct prepare *p, struct slice run, unsigned slot) {
    struct word_term t;
    TRY(term_of_run(p->v, run, &t));
    TRY(keep(p, &t, slot_bit(slot), WORD_AS_IS));
    TRY(term_of_cut_run(p->v, run, &t));
    return keep(p, &t, slot_bit(slot), WORD_CUT);
}

static enum err keep_slot(struct prepare *p, unsigned slot) {
    struct slice word = p->slots[slot].text;
    struct word_term t;
    if (p->slots[slot].han) return keep_run(p, word, slot);
    TRY(keep_word(p, word, slot_bit(slot), WORD_AS_IS));
    TRY(keep_numbers_of(p, word, slot));
    if (slot == p->open) TRY(keep_beginning(p, word, slot_bit(slot), WORD_BEGUN));
    if (!word_joined_listed(word)) return ERR_OK;
    TRY(term_of_word(p->v, word, true, &t));
    return keep(p, &t, slot_bit(slot), WORD_JOINED);
}

// Two or three neighbours that titles write as one word.
static enum err keep_joined(struct prepare *p, unsigned from) {
    struct buf joined;
    uint64_t slots = 0;
    buf_init(&joined, p->v->arena, 64);
    for (unsigned i = from; i < p->atom_count && i < from + JOINED_MAX && !p->atoms[i].piece.han; i++) {
        buf_slice_put(&joined, p->atoms[i].piece.text);
        slots |= slot_bit(p->atoms[i].slot);
        if (joined.bad) return ERR_NO_MEMORY;
        if (joined.n >= POSTING_TOKEN_BYTES) return ERR_OK;
        if (i == from) continue;
        struct slice word = arena_copy(p->v->arena, buf_slice(&joined));
        TRY(keep_word(p, word, slots, WORD_JOINED));
        if (i + 1 == p->atom_count && p->atoms[i].slot == p->open) TRY(keep_beginning(p, word, slots, WORD_JOINED));
    }
    return ERR_OK;
}

// ---- synonyms ---------------------------------------------------------------------------------------------------------------
static enum err keep_meanings(struct prepare *p, struct slice phrase, uint64_t slots) {
    struct slice meant[WORDS_SYNONYMS];
    unsigned count;
    TRY(synonym_lookup(p->v, phrase, meant, WORDS_SYNONYMS - p->synonym_count, &count));
    for (unsigned i = 0; i < count; i++) {
        struct word_term t;
        TRY(term_of_phrase(p->v, meant[i], &t));
        TRY(keep(p, &t, slots, WORD_SYNONYM));
    }
    p->synonym_count += count;
    return ERR_OK;
}

static enum err keep_synonyms(struct prepare *p, unsigned from) {
    struct buf phrase;
    uint64_t slots = 0;
    buf_init(&phrase, p->v->arena, SYNONYM_PHRASE_BYTES);
    for (unsigned i = from; i < p->atom_count && i < from + SYNONYM_WORDS_MAX && p->synonym_count < WORDS_SYNONYMS; i++) {
        if (i > from) buf_char(&phrase, ' ');
        buf_slice_put(&phrase, p->atoms[i].piece.text);
        slots |= slot_bit(p->atoms[i].slot);
        if (phrase.bad) return ERR_NO_MEMORY;
        if (phrase.n > SYNONYM_PHRASE_BYTES) return ERR_OK;
        TRY(keep_meanings(p, buf_slice(&phrase), slots));
    }
    return ERR_OK;
}

// ---- typos ------------------------------------------------------------------------------------------------------------------
static unsigned cost_of(const struct spell_word *w) { return w->edits * 2u + w->first_differs; }

// Whole words and, of the word that goes on, beginnings: the cheaper kind, or both.
static enum err keep_corrections(struct prepare *p, unsigned slot) {
    struct spell_word words[WORDS_TYPOS], beginnings[WORDS_TYPOS];
    unsigned word_count, beginning_count = 0;
    struct slice from = p->slots[slot].text;
    if (p->slots[slot].han) return ERR_OK;
    TRY(spell_near(p->v, from, words, WORDS_TYPOS, &word_count));
    if (slot == p->open) TRY(spell_near_beginning(p->v, from, beginnings, WORDS_TYPOS, &beginning_count));
    if (word_count && beginning_count && cost_of(words) > cost_of(beginnings)) word_count = 0;
    for (unsigned i = 0; i < word_count; i++) TRY(keep_word(p, words[i].word, slot_bit(slot), WORD_CORRECTED));
    for (unsigned i = 0; i < beginning_count; i++) {
        TRY(keep_word(p, beginnings[i].word, slot_bit(slot), WORD_CORRECTED));
        TRY(keep_beginning(p, beginnings[i].word, slot_bit(slot), WORD_CORRECTED));
    }
    if (word_count) p->corrections[p->q->correction_count++] = (struct word_correction){from, words[0].word, false};
    else if (beginning_count) p->corrections[p->q->correction_count++] = (struct word_correction){from, beginnings[0].word, true};
    return ERR_OK;
}

// "filtr" begins "filtron", a rare brand, and is one letter short of "filter": what is begun comes first, what is that much more
// common is not hidden by it.
static enum err keep_common(struct prepare *p, unsigned slot) {
    struct spell_word words[WORDS_TYPOS];
    unsigned count, kept = 0;
    struct slice from = p->slots[slot].text;
    TRY(spell_near(p->v, from, words, WORDS_TYPOS, &count));
    for (unsigned i = 0; i < count && words[i].edits == 1 && !words[i].first_differs; i++) {
        if (words[i].products < COMMON_TIMES * p->begun) break; // most common first
        TRY(keep_word(p, words[i].word, slot_bit(slot), WORD_CORRECTED));
        kept++;
    }
    if (kept) p->corrections[p->q->correction_count++] = (struct word_correction){from, words[0].word, false};
    return ERR_OK;
}

// ---- together ---------------------------------------------------------------------------------------------------------------
static enum err expand(struct prepare *p) {
    bool synonyms = !db_table_empty(p->v->snapshot, TABLE_SYNONYM);
    for (unsigned slot = 0; slot < p->slot_count; slot++) TRY(keep_slot(p, slot));
    for (unsigned i = 0; i < p->atom_count; i++) {
        TRY(keep_joined(p, i));
        if (synonyms) TRY(keep_synonyms(p, i));
    }
    for (unsigned slot = 0; slot < p->slot_count; slot++) {
        if (slot == p->open && p->found & ~p->sure & slot_bit(slot)) TRY(keep_common(p, slot));
        if (p->found & slot_bit(slot)) continue;
        TRY(keep_corrections(p, slot));
        if (!(p->found & slot_bit(slot))) p->unknown[p->q->unknown_count++] = p->slots[slot].text;
    }
    return ERR_OK;
}

enum err words_prepare(struct view *v, const struct slice *folded_words, unsigned n, bool last_open, struct word_query **out) {
    struct prepare *p = ARENA_NEW(v->arena, struct prepare);
    *out = ARENA_NEW(v->arena, struct word_query);
    struct word_plan *plan = ARENA_NEW(v->arena, struct word_plan);
    if (!p || !*out || !plan) return ERR_NO_MEMORY;
    p->v = v;
    p->q = *out;
    p->plan = plan;
    TRY(atoms_read(p, folded_words, n, last_open));
    TRY(expand(p));
    plan->slot_count = p->slot_count;
    **out = (struct word_query){p->q->correction_count, p->q->unknown_count, p->corrections, p->unknown, plan};
    return v->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

enum err words_highlight(struct view *v, const struct word_query *q, const struct highlight_term **out, unsigned *count) {
    const struct word_plan *plan = q->plan;
    unsigned total = 0;
    for (unsigned i = 0; i < plan->term_count; i++) total += plan->terms[i].mark_count;
    struct highlight_term *marks = ARENA_ARRAY(v->arena, struct highlight_term, total + 1);
    if (!marks) return ERR_NO_MEMORY;
    *count = 0;
    for (unsigned i = 0; i < plan->term_count; i++)
        for (unsigned k = 0; k < plan->terms[i].mark_count; k++) marks[(*count)++] = plan->terms[i].marks[k];
    *out = marks;
    return ERR_OK;
}
