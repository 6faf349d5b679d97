#include "spell.h"

#include <stdlib.h>

#include "letters.h"
#include "posting.h"

#define KEY_MAX (LETTERS_PREFIX * 4 + 1 + POSTING_TOKEN_BYTES)
enum { FOUND_MAX = 256 };

bool spell_keeps(struct slice folded_word) {
    struct letters l;
    letters_of(folded_word, &l);
    return l.count >= SPELL_LETTERS_MIN;
}

// ---- keys -------------------------------------------------------------------------------------------------------------------
static void deletions_kept(struct slice word, struct deletions *out) {
    struct letters l;
    letters_of(word, &l);
    out->count = 0;
    if (l.count >= SPELL_LETTERS_MIN) deletions_of(word, &l, letters_edits_found(l.count), out);
}

static struct slice key_of(char space[KEY_MAX], const struct deletions *d, unsigned i, struct slice word) {
    memcpy(space, d->bytes[i], d->n[i]);
    space[d->n[i]] = 0;
    if (word.n) memcpy(space + d->n[i] + 1, word.p, word.n);
    return slice_of(space, (size_t)d->n[i] + 1 + word.n);
}

enum err spell_put(struct txn *t, struct slice folded_word) {
    struct deletions deletions;
    char space[KEY_MAX];
    struct slice value;
    deletions_kept(folded_word, &deletions);
    for (unsigned i = 0; i < deletions.count; i++) {
        struct slice key = key_of(space, &deletions, i, folded_word);
        enum err e = db_get(txn_snapshot(t), TABLE_WORD_SPELL, key, &value);
        if (e == ERR_OK && i == 0) return ERR_OK; // it is there, with the others
        TRY(txn_put(t, TABLE_WORD_SPELL, key, SLICE("")));
    }
    return ERR_OK;
}

enum err spell_delete(struct txn *t, struct slice folded_word) {
    struct deletions deletions;
    char space[KEY_MAX];
    deletions_kept(folded_word, &deletions);
    for (unsigned i = 0; i < deletions.count; i++) {
        enum err e = txn_delete(t, TABLE_WORD_SPELL, key_of(space, &deletions, i, folded_word));
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    }
    return ERR_OK;
}

// ---- bulk -------------------------------------------------------------------------------------------------------------------
enum err spell_keys_add(struct spell_keys *k, struct slice folded_word) {
    struct deletions deletions;
    char space[KEY_MAX];
    deletions_kept(folded_word, &deletions);
    for (unsigned i = 0; i < deletions.count; i++) {
        if (k->count == k->capacity) {
            size_t capacity = k->capacity ? k->capacity * 2 : 4096;
            uint32_t *grown = realloc(k->at, capacity * sizeof *grown);
            if (!grown) return ERR_NO_MEMORY;
            k->at = grown;
            k->capacity = capacity;
        }
        struct slice key = key_of(space, &deletions, i, folded_word);
        if (k->bytes.n > UINT32_MAX - sizeof space) return ERR_TOO_LARGE;
        k->at[k->count++] = (uint32_t)k->bytes.n;
        buf_u8(&k->bytes, (uint8_t)key.n);
        buf_slice_put(&k->bytes, key);
    }
    return k->bytes.bad ? ERR_NO_MEMORY : ERR_OK;
}

struct slice spell_key(const struct spell_keys *k, size_t i) {
    const char *p = k->bytes.p + k->at[i];
    return slice_of(p + 1, (uint8_t)*p);
}

static int compare_keys(const void *a, const void *b, void *arg) {
    const struct spell_keys *k = arg;
    const char *x = k->bytes.p + *(const uint32_t *)a, *y = k->bytes.p + *(const uint32_t *)b;
    return slice_cmp(slice_of(x + 1, (uint8_t)*x), slice_of(y + 1, (uint8_t)*y));
}

void spell_keys_sort(struct spell_keys *k) {
    if (k->count) qsort_r(k->at, k->count, sizeof *k->at, compare_keys, k);
}

void spell_keys_free(struct spell_keys *k) {
    buf_free(&k->bytes);
    free(k->at);
    *k = (struct spell_keys){0};
}

// ---- look-up ----------------------------------------------------------------------------------------------------------------
struct near { struct view *v; struct slice word; struct letters letters; unsigned edits, looks, count; struct spell_word *found; };

static void near_try(struct near *n, struct slice candidate) {
    if (n->count == FOUND_MAX) return;
    for (unsigned i = 0; i < n->count; i++)
        if (slice_eq(n->found[i].word, candidate)) return;
    struct letters l;
    letters_of(candidate, &l);
    unsigned edits = letters_distance(&n->letters, &l, n->edits);
    if (edits > n->edits) return;
    bool differs = l.count == 0 || l.letter[0] != n->letters.letter[0];
    n->found[n->count++] = (struct spell_word){arena_copy(n->v->arena, candidate), (uint8_t)edits, differs, 0};
}

static enum err near_deletion(struct near *n, struct db_cursor *c, const struct deletions *deletions, unsigned i) {
    char space[KEY_MAX];
    struct slice start = key_of(space, deletions, i, SLICE_NONE), key, value;
    enum err e = db_cursor_seek(c, start, &key, &value);
    for (; e == ERR_OK && slice_starts(key, start) && n->looks < SPELL_LOOKS; n->looks++) {
        near_try(n, slice_from(key, start.n));
        e = db_cursor_next(c, &key, &value);
    }
    return e == ERR_END ? ERR_OK : e;
}

static unsigned cost_of(const struct spell_word *w) { return w->edits * 2u + w->first_differs; }

static int compare_costs(const void *a, const void *b) {
    unsigned x = cost_of(a), y = cost_of(b);
    return (x > y) - (x < y);
}

static int compare_common(const void *a, const void *b) {
    const struct spell_word *x = a, *y = b;
    if (x->products != y->products) return x->products > y->products ? -1 : 1;
    return slice_cmp(x->word, y->word);
}

// Of what was found the cheapest that products really have.
static enum err near_settle(struct near *n, struct spell_word *out, unsigned max, unsigned *count) {
    unsigned kept = 0, cost = 0;
    if (n->count) qsort(n->found, n->count, sizeof *n->found, compare_costs);
    for (unsigned i = 0; i < n->count; i++) {
        struct spell_word *w = &n->found[i];
        if (kept && cost_of(w) > cost) break;
        TRY(posting_estimate(n->v, posting_word(n->v->arena, w->word), &w->products));
        if (!w->products) continue;
        cost = cost_of(w);
        n->found[kept++] = *w;
    }
    if (kept) qsort(n->found, kept, sizeof *n->found, compare_common);
    *count = kept < max ? kept : max;
    if (*count) memcpy(out, n->found, *count * sizeof *out);
    return ERR_OK;
}

enum err spell_near(struct view *v, struct slice folded_word, struct spell_word *out, unsigned max, unsigned *count) {
    struct near n = {.v = v, .word = folded_word};
    struct deletions deletions;
    *count = 0;
    letters_of(folded_word, &n.letters);
    n.edits = letters_edits(n.letters.count);
    if (n.edits == 0) return ERR_OK;
    n.found = ARENA_ARRAY(v->arena, struct spell_word, FOUND_MAX);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_WORD_SPELL);
    enum err e = n.found && c ? ERR_OK : ERR_NO_MEMORY;
    deletions_of(folded_word, &n.letters, n.edits, &deletions);
    for (unsigned i = 0; e == ERR_OK && i < deletions.count; i++) e = near_deletion(&n, c, &deletions, i);
    if (c) db_cursor_end(c);
    TRY(e);
    TRY(near_settle(&n, out, max, count));
    return v->arena->full ? ERR_NO_MEMORY : ERR_OK;
}
