// search_by_number.c: searches for a part number: what it leads to, and of that what fits the car (search_internal.h).
#include <stdlib.h>

#include "search_internal.h"

// A number that exists; or else words with digits that are the beginning, the end or the inside of one.
enum err search_numbers(struct view *v, const struct understood *u, struct demands *d) {
    struct slice text = u->part_number;
    if (text.n) {
        TRY(number_search(v, text, false, &d->numbers, &d->number_count));
        d->by_number = true;
    } else if (u->number_like.n) {
        TRY(number_search(v, u->number_like, true, &d->numbers, &d->number_count));
        d->by_number = d->number_count > 0;
        if (!d->by_number && d->word_count < QUERY_MEANINGS_MAX) d->words[d->word_count++] = u->number_like; // then a word like others
    }
    // "B1756" has the form of a fault code; where nobody knows that code it may be the piece of a number.
    if (u->code_count == 1 && !u->codes[0].known && !u->type_count && !u->car.n && !text.n && !u->number_like.n) {
        TRY(number_search(v, slice_str(u->codes[0].code), true, &d->numbers, &d->number_count));
        d->by_number = d->number_count > 0;
    }
    return ERR_OK;
}

// A verdict looks at every car of K, so a wide K is told of fewer products that do not fit it.
unsigned search_number_matches_max(const struct knowledge *k) {
    unsigned few = SEARCH_NUMBER_MATCHES_MAX / 8, fair = SEARCH_NUMBER_MATCHES_MAX * QUESTION_VEHICLES / (k->vehicle_count + 1);
    return fair < few ? few : fair < SEARCH_NUMBER_MATCHES_MAX ? fair : SEARCH_NUMBER_MATCHES_MAX;
}

// The piece of a number that many products have: what of them fits is found at once, what does not is judged only as far as it is
// shown, the most direct first.
static enum err many_numbers(struct view *v, const struct demands *d, struct search_result *r, struct universe *out) {
    struct fitment fits;
    unsigned at = 0, others = 0, max = search_number_matches_max(r->k);
    struct number_found *rest = arena_alloc(v->arena, d->number_count * sizeof *rest);
    if (!rest) return ERR_NO_MEMORY;
    TRY(fitment_find_types(v, r->k, NULL, 0, true, &fits));
    for (unsigned i = 0; i < d->number_count; i++) {
        while (at < fits.count && fits.matches[at].product < d->numbers[i].product) at++;
        if (at < fits.count && fits.matches[at].product == d->numbers[i].product) TRY(universe_add(v->arena, out, &fits.matches[at]));
        else rest[others++] = d->numbers[i];
    }
    for (unsigned tier = NUMBER_EXACT; tier <= NUMBER_INFIX; tier++)
        for (unsigned i = 0; i < others && r->number_match_count < max; i++) {
            if (rest[i].tier != tier) continue;
            enum err e = fitment_verdict(v, r->k, rest[i].product, &r->number_matches[r->number_match_count]);
            if (e != ERR_NOT_FOUND) TRY(e);
            r->number_match_count += e == ERR_OK;
        }
    return ERR_OK;
}

static enum err by_number(struct view *v, const struct demands *d, struct search_result *r, struct universe *out) {
    r->number_matches = ARENA_ARRAY(v->arena, struct match, SEARCH_NUMBER_MATCHES_MAX + 1);
    if (!r->number_matches) return ERR_NO_MEMORY;
    if (r->k->resolved && d->number_count > search_number_matches_max(r->k)) return many_numbers(v, d, r, out);
    for (unsigned i = 0; i < d->number_count; i++) {
        uint32_t product = d->numbers[i].product;
        const struct product_facts *facts = columns_facts(v, product);
        struct match m = {.product = product, .quantity = 1, .type = facts->type};
        enum err e = r->k->given ? fitment_verdict(v, r->k, product, &m) : facts->flags & FACT_DELETED ? ERR_NOT_FOUND : ERR_OK;
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        bool beside = r->k->resolved && m.verdict < VERDICT_CONDITIONAL;
        if (beside) r->number_matches[r->number_match_count++] = m;
        else TRY(universe_add(v->arena, out, &m));
    }
    return ERR_OK;
}

enum err search_numbered(struct view *v, struct demands *d, struct search_result *r, struct universe *out) {
    if (d->numbered_for != r->k) {
        d->numbered = (struct universe){0};
        r->number_match_count = 0;
        TRY(by_number(v, d, r, &d->numbered));
        d->numbered_for = r->k;
    }
    return universe_add_matches(v->arena, out, d->numbered.list, d->numbered.count);
}

static int compare_found(const void *a, const void *b) {
    const struct number_found *x = a, *y = b;
    return (x->product > y->product) - (x->product < y->product);
}

uint8_t search_number_tier(const struct demands *d, uint32_t product) {
    struct number_found key = {.product = product}, *found = bsearch(&key, d->numbers, d->number_count, sizeof key, compare_found);
    if (!found) return 0;
    bool others = found->relation > NUMBER_OWN;
    return (uint8_t)(found->tier * SEARCH_NUMBER_STEP + others * SEARCH_WORD_TIERS);
}
