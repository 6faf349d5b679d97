// words_some.c: a few products that have a query's words, for the price of a few (words.h).
#include <stdlib.h>

#include "posting.h"
#include "words_plan.h"

// The word whose terms have fewest products; terms that answer for several words count for each.
static unsigned rarest_slot(const struct word_plan *p) {
    unsigned best = 0;
    uint64_t least = UINT64_MAX;
    for (unsigned slot = 0; slot < p->slot_count; slot++) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < p->term_count; i++)
            if (p->terms[i].slots & UINT64_C(1) << slot) sum += p->terms[i].estimate;
        if (sum < least) {
            least = sum;
            best = slot;
        }
    }
    return best;
}

static const struct word_part *rarest_part(const struct word_term *t) {
    const struct word_part *best = t->parts;
    for (unsigned i = 1; i < t->part_count; i++)
        if (t->parts[i].estimate < best->estimate) best = &t->parts[i];
    return best;
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

struct some { uint32_t *ids; unsigned count, looks; bool whole; };

static enum err token_take(struct view *v, struct slice token, struct some *s) {
    struct posting p;
    TRY(posting_open(v, token, &p));
    s->count += (unsigned)posting_take(&p, s->ids + s->count, s->looks - s->count);
    if (p.product != UINT32_MAX) s->whole = false;
    return posting_close(&p);
}

// Better terms first, so that what is written in full is among what is looked at.
static enum err slot_take(struct view *v, const struct word_plan *p, unsigned slot, struct some *s) {
    for (unsigned tier = WORD_EXACT; tier <= WORD_TYPO; tier++)
        for (unsigned i = 0; i < p->term_count; i++) {
            const struct word_term *t = &p->terms[i];
            if (t->tier != tier || t->part_count == 0 || !(t->slots & UINT64_C(1) << slot)) continue;
            const struct word_part *part = rarest_part(t);
            for (unsigned k = 0; k < part->count; k++) TRY(token_take(v, part->tokens[k], s));
        }
    return ERR_OK;
}

enum err words_some(struct view *v, const struct word_query *q, unsigned looks, uint32_t **products, uint8_t **tiers, unsigned *count,
                    bool *whole) {
    struct some s = {.ids = arena_alloc(v->arena, (looks + 1) * sizeof(uint32_t)), .looks = looks, .whole = true};
    unsigned kept = 0;
    *count = 0;
    *products = s.ids;
    *tiers = arena_alloc(v->arena, looks + 1);
    if (!s.ids || !*tiers) return ERR_NO_MEMORY;
    if (q->plan && q->plan->slot_count && q->unknown_count == 0) TRY(slot_take(v, q->plan, rarest_slot(q->plan), &s));
    *whole = s.whole;
    if (s.count > 1) qsort(s.ids, s.count, sizeof *s.ids, ascending);
    for (unsigned i = 0; i < s.count; i++)
        if (kept == 0 || s.ids[kept - 1] != s.ids[i]) s.ids[kept++] = s.ids[i];
    TRY(words_filter(v, q, s.ids, kept, *tiers));
    for (unsigned i = 0; i < kept; i++) {
        if ((*tiers)[i] == WORD_MISSED) continue;
        s.ids[*count] = s.ids[i];
        (*tiers)[(*count)++] = (*tiers)[i];
    }
    return ERR_OK;
}
