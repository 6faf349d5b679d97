#include "search.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/limits.h"
#include "names.h"
#include "posting.h"
#include "query_car.h"
#include "spec_tokens.h"

// ---- demands: what a candidate has to be beside fitting -------------------------------------------------------------------------------
#define DEMAND_SPECS_MAX (QUERY_SPECS_MAX * SPEC_OF_PATTERN_MAX)

// Filled anew in the same room each time a demand is given up: of thousands of candidates that room must not grow with the words.
struct universe {
    struct match *list; // ascending by product
    uint8_t *tiers;     // as many, once the demands have been met
    uint32_t *products; // for words_filter(), with what it finds of each
    uint8_t *found;
    unsigned count, capacity, met_capacity;
};

struct demands {
    unsigned word_count, number_count, spec_count;
    struct slice words[QUERY_MEANINGS_MAX]; // still required
    struct word_query *word_query;          // of those; NULL: none
    bool brands, position;
    struct spec_value specs[DEMAND_SPECS_MAX];
    struct number_found *numbers;           // where a number is sought: all it leads to, ascending by product
    bool by_number;
    struct universe numbered;               // what they lead to for the car `numbered_for`; NULL: not found yet
    const struct knowledge *numbered_for;
};

// Makes room for `more`.
static enum err universe_room(struct arena *a, struct universe *u, unsigned more) {
    if (u->capacity - u->count >= more) return ERR_OK;
    unsigned capacity = u->capacity ? u->capacity * 2 : 256;
    while (capacity - u->count < more) capacity *= 2;
    if (!u->list || !arena_extend(a, u->list, u->capacity * sizeof *u->list, capacity * sizeof *u->list)) {
        struct match *grown = arena_alloc(a, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (u->count) memcpy(grown, u->list, u->count * sizeof *grown);
        u->list = grown;
    }
    u->capacity = capacity;
    return ERR_OK;
}

static enum err universe_add(struct arena *a, struct universe *u, const struct match *m) {
    TRY(universe_room(a, u, 1));
    u->list[u->count++] = *m;
    return ERR_OK;
}

static enum err universe_add_matches(struct arena *a, struct universe *u, const struct match *list, unsigned count) {
    TRY(universe_room(a, u, count));
    if (count) memcpy(u->list + u->count, list, count * sizeof *list);
    u->count += count;
    return ERR_OK;
}

// Products of which nothing more is known yet.
static enum err universe_add_products(struct arena *a, struct universe *u, const uint32_t *products, size_t count) {
    TRY(universe_room(a, u, (unsigned)count));
    for (size_t i = 0; i < count; i++) u->list[u->count++] = (struct match){.product = products[i], .quantity = 1};
    return ERR_OK;
}

static enum err universe_meet(struct arena *a, struct universe *u) {
    if (u->met_capacity < u->count || !u->tiers) {
        u->met_capacity = u->capacity;
        u->tiers = arena_alloc(a, (size_t)u->capacity + 1);
        u->found = arena_alloc(a, (size_t)u->capacity + 1);
        u->products = arena_alloc(a, ((size_t)u->capacity + 1) * sizeof *u->products);
        if (!u->tiers || !u->found || !u->products) return ERR_NO_MEMORY;
    }
    memset(u->tiers, 0, u->count);
    return ERR_OK;
}

static int compare_matches(const void *a, const void *b) {
    const struct match *x = a, *y = b;
    return (x->product > y->product) - (x->product < y->product);
}

static int compare_found(const void *a, const void *b) {
    const struct number_found *x = a, *y = b;
    return (x->product > y->product) - (x->product < y->product);
}

static bool listed(const uint32_t *list, unsigned count, uint32_t id) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == id) return true;
    return count == 0;
}

// ---- the car ----------------------------------------------------------------------------------------------------------------------
// Every fuel an engine of so many litres can burn; a car without an engine knows no displacement, and must not pass for one that might.
#define BURNT "gasoline|diesel|hybrid|mild_hybrid|phev|erev|flex|ethanol|cng|lpg|methanol"

static struct slice attrs_join(struct arena *a, struct slice x, struct slice y) {
    return x.n && y.n ? arena_printf(a, "%.*s,%.*s", SLICE_ARGS(x), SLICE_ARGS(y)) : x.n ? x : y;
}

static struct slice reading_attrs(struct arena *a, struct slice attrs) {
    bool engine = memmem(attrs.p, attrs.n, "displacement:", strlen("displacement:")) != NULL;
    bool fuel = memmem(attrs.p, attrs.n, "fuel:", strlen("fuel:")) != NULL;
    return engine && !fuel ? attrs_join(a, attrs, SLICE("fuel:" BURNT)) : attrs;
}

static enum err words_car(struct view *v, const struct search_query *q, const struct car_reading *reading, struct slice own, struct knowledge *k,
                          struct fault *why) {
    struct fault first = {ERR_OK, "", ""};
    enum err e = knowledge_of_words(v, reading, own, q->market, k, &first);
    bool nowhere = e == ERR_OK && k->given && !k->resolved, not_there = e == ERR_BAD_REQUEST && strcmp(first.field, "market") == 0;
    // A car of another market is the car that is meant, whatever market was asked for.
    if (q->market.n && (not_there || (q->market_usual && (nowhere || e == ERR_BAD_REQUEST))))
        return knowledge_of_words(v, reading, own, SLICE_NONE, k, why);
    if (e != ERR_OK && why) *why = first;
    return e;
}

static bool engine_known(struct view *v, const struct knowledge *k) {
    uint32_t attr;
    if (names_find(v->snapshot, NAMES_ATTRIBUTE, SLICE("displacement"), &attr) != ERR_OK) return false;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &k->vehicles[i];
        const uint16_t *column = knowledge_column(kv, (uint8_t)attr);
        for (unsigned c = 0; column && c < kv->vehicle->count; c++)
            if (bits_get(kv->possible, c) && column[c]) return true;
    }
    return false;
}

// "golf 5.7": some Golfs' engines are not known, but where those of others are, none of so many litres was built.
static enum err engine_built(struct view *v, const struct search_query *q, struct car_reading reading, struct slice own, struct knowledge *k,
                             struct fault *why) {
    struct knowledge any;
    if (!memmem(reading.attrs.p, reading.attrs.n, "displacement:", strlen("displacement:")) || engine_known(v, k)) return ERR_OK;
    reading.attrs = SLICE_NONE;
    TRY(words_car(v, q, &reading, own, &any, why));
    if (engine_known(v, &any)) k->resolved = false;
    return ERR_OK;
}

// The terms of `all` that `some` lacks.
static struct slice attrs_without(struct arena *a, struct slice all, struct slice some) {
    struct slice out = SLICE_NONE;
    while (all.n) {
        struct slice term = slice_cut(&all, ',');
        bool there = false;
        for (struct slice rest = some; rest.n && !there;) there = slice_eq(slice_cut(&rest, ','), term);
        if (!there) out = attrs_join(a, out, term);
    }
    return out;
}

// The first reading that leads to a car that exists; then, what badges and generations stand for left aside, since our table of them may
// be wrong where the name of the car is not. The reading used comes to the front.
static enum err readings_try(struct view *v, const struct search_query *q, struct slice own, struct understood *u, struct knowledge *k,
                             struct fault *why) {
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < u->reading_count; i++) {
            struct car_reading reading = u->readings[i];
            if (reading.model_count == 0) continue;
            if (pass && slice_eq(u->certain_attrs[i], reading.attrs)) continue;
            reading.attrs = reading_attrs(v->arena, pass ? u->certain_attrs[i] : reading.attrs);
            TRY(words_car(v, q, &reading, own, k, why));
            if (k->resolved) TRY(engine_built(v, q, reading, own, k, why));
            if (!k->resolved) continue;
            if (pass) k->given_up = attrs_join(v->arena, k->given_up, attrs_without(v->arena, u->readings[i].attrs, u->certain_attrs[i]));
            for (unsigned to = i; to > 0; to--) query_reading_swap(u, to, to - 1);
            return ERR_OK;
        }
    return ERR_OK;
}

// What the words say of a car that is known beside them: the first reading that it can be narrows it, a car that none of them can be
// stands as it is.
static enum err readings_narrow(struct view *v, struct understood *u, struct search_result *r) {
    struct knowledge *k = ARENA_NEW(v->arena, struct knowledge);
    if (!k) return ERR_NO_MEMORY;
    r->car_conflict = u->unknown_car.n > 0;
    for (unsigned i = 0; i < u->reading_count && r->k->resolved && !u->unknown_car.n; i++) {
        struct car_reading reading = u->readings[i];
        reading.attrs = reading_attrs(v->arena, reading.attrs);
        TRY(knowledge_narrow(v, r->k, &reading, k, &r->car_conflict));
        if (r->car_conflict) continue;
        for (unsigned to = i; to > 0; to--) query_reading_swap(u, to, to - 1);
        r->k = k;
        return ERR_OK;
    }
    return ERR_OK;
}

static bool vehicles_shared(const struct knowledge *a, const struct knowledge *b) {
    for (unsigned i = 0; i < a->vehicle_count; i++)
        for (unsigned k = 0; k < b->vehicle_count; k++)
            if (a->vehicles[i].vehicle->id == b->vehicles[k].vehicle->id) return true;
    return false;
}

// The words hold the VIN of another car than the one given. One that says nothing contradicts nothing.
static enum err vin_conflict(struct view *v, struct slice vin, const struct knowledge *given, bool *out) {
    struct knowledge k;
    enum err e = knowledge_parse(v, vin, SLICE_NONE, SLICE_NONE, &k, NULL);
    *out = e == ERR_OK && k.resolved && given->resolved && !vehicles_shared(given, &k);
    return e == ERR_BAD_REQUEST ? ERR_OK : e;
}

// K of the words, or the K given as far as they narrow it.
static enum err find_car(struct view *v, const struct search_query *q, bool position, struct search_result *r, struct fault *why) {
    struct understood *u = &r->understood;
    struct knowledge *k = ARENA_NEW(v->arena, struct knowledge);
    if (!k) return ERR_NO_MEMORY;
    r->k = q->k;
    r->car_conflict = false;
    struct slice at = position && u->position_tells ? arena_printf(v->arena, "position:%.*s", SLICE_ARGS(u->position)) : SLICE_NONE;
    struct slice own = attrs_join(v->arena, q->attrs, at);
    if (q->k->given) {
        if (at.n && q->vehicle.n) { // the words' position is an answer like those of attrs=
            struct knowledge *placed = ARENA_NEW(v->arena, struct knowledge);
            if (!placed) return ERR_NO_MEMORY;
            enum err e = knowledge_parse(v, q->vehicle, own, q->market, placed, NULL);
            if (e == ERR_OK) r->k = placed; // else no application says so: it is not asked for
            else if (e != ERR_BAD_REQUEST) return e;
        }
        if (u->vin.n) TRY(vin_conflict(v, u->vin, r->k, &r->car_conflict));
        return r->car_conflict ? ERR_OK : readings_narrow(v, u, r);
    }
    bool named = u->reading_count && u->readings[0].model_count;
    if (u->vin.n) {
        TRY(knowledge_parse(v, u->vin, own, SLICE_NONE, k, why));
        r->k = k;
        return readings_narrow(v, u, r);
    } else if (u->unknown_car.n) {
        k->given = true;
    } else if (named) {
        TRY(readings_try(v, q, own, u, k, why));
        if (k->given && !k->resolved) u->unknown_car = u->car;
    } else if (q->attrs.n) {
        TRY(knowledge_parse(v, SLICE_NONE, q->attrs, q->market, k, why)); // says that answers need a car
    } else {
        return ERR_OK;
    }
    r->k = k;
    return ERR_OK;
}

// ---- numbers ----------------------------------------------------------------------------------------------------------------------
// A number that exists; or else words with digits that are the beginning, the end or the inside of one.
static enum err find_numbers(struct view *v, const struct understood *u, struct demands *d) {
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
    if (d->number_count) qsort(d->numbers, d->number_count, sizeof *d->numbers, compare_found);
    return ERR_OK;
}

// A verdict looks at every car of K, so a wide K is told of fewer products that do not fit it.
static unsigned number_matches_max(const struct knowledge *k) {
    unsigned few = SEARCH_NUMBER_MATCHES_MAX / 8, fair = SEARCH_NUMBER_MATCHES_MAX * QUESTION_VEHICLES / (k->vehicle_count + 1);
    return fair < few ? few : fair < SEARCH_NUMBER_MATCHES_MAX ? fair : SEARCH_NUMBER_MATCHES_MAX;
}

// The piece of a number that many products have: what of them fits is found at once, what does not is judged only as far as it is
// shown, the most direct first.
static enum err many_numbers(struct view *v, const struct demands *d, struct search_result *r, struct universe *out) {
    struct fitment fits;
    unsigned at = 0, others = 0, max = number_matches_max(r->k);
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
    if (r->k->resolved && d->number_count > number_matches_max(r->k)) return many_numbers(v, d, r, out);
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

// The same however many other demands are given up.
static enum err numbered(struct view *v, struct demands *d, struct search_result *r, struct universe *out) {
    if (d->numbered_for != r->k) {
        d->numbered = (struct universe){0};
        r->number_match_count = 0;
        TRY(by_number(v, d, r, &d->numbered));
        d->numbered_for = r->k;
    }
    return universe_add_matches(v->arena, out, d->numbered.list, d->numbered.count);
}

// ---- the universe -------------------------------------------------------------------------------------------------------------------
static void facts_of(struct view *v, const struct match *list, unsigned n, const struct product_facts **out) {
    uint32_t products[BLOCK_PRODUCTS];
    for (unsigned i = 0; i < n; i++) products[i] = list[i].product;
    columns_facts_of(v, products, n, out);
}

static unsigned block_at(const struct universe *u, unsigned from) { return u->count - from < BLOCK_PRODUCTS ? u->count - from : BLOCK_PRODUCTS; }

static void leave_out_non_vehicle(struct view *v, struct universe *u) {
    const struct product_facts *facts[BLOCK_PRODUCTS];
    unsigned kept = 0;
    for (unsigned from = 0; from < u->count; from += BLOCK_PRODUCTS) {
        unsigned n = block_at(u, from);
        facts_of(v, u->list + from, n, facts);
        for (unsigned i = 0; i < n; i++)
            if (!(facts[i]->flags & FACT_NON_VEHICLE)) u->list[kept++] = u->list[from + i];
    }
    u->count = kept;
}

// A phone holder fits any car and is not what someone who has just picked one wants to see; asked for, it stays.
static enum err fitting(struct view *v, const struct search_query *q, struct search_result *r, struct universe *out) {
    const struct understood *u = &r->understood;
    bool asked = u->type_count || u->word_count || u->brand_count || u->spec_count || q->type || q->filter->term_count;
    if (r->fitment.k != r->k) // else found already, when more was demanded
        TRY(fitment_find_types(v, r->k, q->type ? &q->type : u->types, q->type ? 1 : u->type_count, true, &r->fitment));
    TRY(universe_add_matches(v->arena, out, r->fitment.matches, r->fitment.count));
    if (!asked) leave_out_non_vehicle(v, out);
    return ERR_OK;
}

#define LIST_PRODUCTS 512 // read from a list at a time

static enum err add_list(struct view *v, struct slice token, struct universe *out) {
    struct posting p;
    uint32_t products[LIST_PRODUCTS];
    TRY(posting_open(v, token, &p));
    enum err e = ERR_OK;
    for (size_t n; e == ERR_OK && (n = posting_take(&p, products, LIST_PRODUCTS)) > 0;) e = universe_add_products(v->arena, out, products, n);
    enum err closed = posting_close(&p);
    return e != ERR_OK ? e : closed;
}

static enum err everything(struct view *v, struct universe *out) {
    uint32_t products = columns_products(v);
    TRY(universe_room(v->arena, out, products));
    for (uint32_t id = 1; id <= products; id++) out->list[out->count++] = (struct match){.product = id, .quantity = 1};
    return ERR_OK;
}

static enum err named_by_words(struct view *v, const struct demands *d, struct universe *out) {
    uint32_t *products;
    uint8_t *tiers;
    unsigned count;
    TRY(words_find(v, d->word_query, &products, &tiers, &count));
    return universe_add_products(v->arena, out, products, count);
}

// Lists of alternatives are joined; every product is in one of a kind only.
struct alternatives { struct slice tokens[QUERY_MEANINGS_MAX]; unsigned count; uint64_t estimate; };

static enum err alternative_add(struct view *v, struct alternatives *l, struct slice token) {
    uint32_t products;
    if (!token.p) return ERR_NO_MEMORY;
    TRY(posting_estimate(v, token, &products));
    l->tokens[l->count++] = token;
    l->estimate += products;
    return ERR_OK;
}

static enum err alternatives_read(struct view *v, const struct alternatives *l, struct universe *out) {
    for (unsigned i = 0; i < l->count; i++) TRY(add_list(v, l->tokens[i], out));
    if (l->count > 1 && out->count) qsort(out->list, out->count, sizeof *out->list, compare_matches);
    return ERR_OK;
}

// A list that no other demand takes from need not be read to know that it is too long.
static bool list_beyond(const struct search_query *q, const struct demands *d, const struct alternatives *types, const struct alternatives *brands) {
    bool alone = !d->word_query && !(types->count && brands->count);
    return alone && q->work_max && types->estimate + brands->estimate > 2 * (uint64_t)q->work_max; // an estimate may be twice as many
}

// Without a car, from the demand that names fewest: a specification, or types or brands, else words.
static enum err named(struct view *v, const struct search_query *q, const struct demands *d, struct search_result *r, struct universe *out) {
    const struct understood *u = &r->understood;
    struct alternatives types = {.count = 0}, brands = {.count = 0};
    if (d->spec_count) return add_list(v, posting_spec(v->arena, (uint8_t)d->specs[0].class, slice_str(d->specs[0].text)), out);
    if (q->type) TRY(alternative_add(v, &types, posting_type(v->arena, q->type)));
    for (unsigned i = 0; !q->type && i < u->type_count; i++) TRY(alternative_add(v, &types, posting_type(v->arena, u->types[i])));
    for (unsigned i = 0; d->brands && i < u->brand_count; i++) TRY(alternative_add(v, &brands, posting_brand(v->arena, u->brands[i])));
    r->beyond = list_beyond(q, d, &types, &brands);
    if (r->beyond) return ERR_OK;
    if (types.count && (!brands.count || types.estimate <= brands.estimate)) return alternatives_read(v, &types, out);
    if (brands.count) return alternatives_read(v, &brands, out);
    return d->word_query ? named_by_words(v, d, out) : q->q.n ? ERR_OK : everything(v, out);
}

// A universal product is so without a car as well; the rest has no verdict yet. Leaves out what is deleted or of another type.
static void verdicts_without_car(struct view *v, const struct search_query *q, const struct search_result *r, struct universe *u) {
    const struct product_facts *facts[BLOCK_PRODUCTS];
    const struct understood *meant = &r->understood;
    unsigned kept = 0;
    for (unsigned from = 0; from < u->count; from += BLOCK_PRODUCTS) {
        unsigned n = block_at(u, from);
        facts_of(v, u->list + from, n, facts);
        for (unsigned i = 0; i < n; i++) {
            struct match m = u->list[from + i];
            bool other_type = q->type ? facts[i]->type != q->type : !listed(meant->types, meant->type_count, facts[i]->type);
            if (facts[i]->flags & FACT_DELETED || other_type) continue;
            m.type = facts[i]->type;
            m.verdict = r->k->given && facts[i]->flags & FACT_UNIVERSAL ? VERDICT_UNIVERSAL : VERDICT_UNKNOWN;
            u->list[kept++] = m;
        }
    }
    u->count = kept;
}

// ---- meeting the demands -------------------------------------------------------------------------------------------------------------
static enum err keep_listed(struct view *v, struct slice token, struct universe *u) {
    struct posting p;
    TRY(posting_open(v, token, &p));
    unsigned kept = 0;
    for (unsigned i = 0; i < u->count; i++) {
        posting_seek(&p, u->list[i].product);
        if (p.product == u->list[i].product) u->list[kept++] = u->list[i];
    }
    u->count = kept;
    return posting_close(&p);
}

static void keep_brands(struct view *v, const struct understood *u, struct universe *list) {
    const struct product_facts *facts[BLOCK_PRODUCTS];
    unsigned kept = 0;
    for (unsigned from = 0; from < list->count; from += BLOCK_PRODUCTS) {
        unsigned n = block_at(list, from);
        facts_of(v, list->list + from, n, facts);
        for (unsigned i = 0; i < n; i++)
            if (listed(u->brands, u->brand_count, facts[i]->brand)) list->list[kept++] = list->list[from + i];
    }
    list->count = kept;
}

static void keep_types(const struct understood *u, struct universe *list) {
    unsigned kept = 0;
    for (unsigned i = 0; i < list->count; i++)
        if (listed(u->types, u->type_count, list->list[i].type)) list->list[kept++] = list->list[i];
    list->count = kept;
}

static enum err keep_words(struct view *v, const struct demands *d, struct universe *u) {
    for (unsigned i = 0; i < u->count; i++) u->products[i] = u->list[i].product;
    TRY(words_filter(v, d->word_query, u->products, u->count, u->found));
    unsigned kept = 0;
    for (unsigned i = 0; i < u->count; i++) {
        if (u->found[i] == WORD_MISSED) continue;
        u->list[kept] = u->list[i];
        u->tiers[kept++] = (uint8_t)(u->tiers[i] + u->found[i]);
    }
    u->count = kept;
    return ERR_OK;
}

static uint8_t number_tier(const struct demands *d, uint32_t product) {
    struct number_found key = {.product = product}, *found = bsearch(&key, d->numbers, d->number_count, sizeof key, compare_found);
    if (!found) return 0;
    bool others = found->relation > NUMBER_OWN;
    return (uint8_t)(found->tier * SEARCH_NUMBER_STEP + others * SEARCH_WORD_TIERS);
}

static enum err meet(struct view *v, const struct understood *u, const struct demands *d, struct universe *list) {
    if (d->brands && u->brand_count) keep_brands(v, u, list);
    if (d->by_number) keep_types(u, list);
    for (unsigned i = 0; i < d->spec_count; i++) TRY(keep_listed(v, posting_spec(v->arena, (uint8_t)d->specs[i].class, slice_str(d->specs[i].text)), list));
    TRY(universe_meet(v->arena, list));
    for (unsigned i = 0; d->by_number && i < list->count; i++)
        list->tiers[i] = number_tier(d, list->list[i].product);
    return d->word_query && list->count ? keep_words(v, d, list) : ERR_OK;
}

// What finding the universe costs, in candidates: the groups of every car, a verdict of every number for every car. Lists of words and
// types cost little against what is done with those who stay.
enum { WORK_CAR_ALL_TYPES = 2048, WORK_CAR_TYPE = 16, WORK_VERDICT = 128 };

static uint64_t work_of(const struct search_query *q, const struct demands *d, const struct search_result *r) {
    uint64_t cars = r->k->resolved ? r->k->vehicle_count : 0, types = q->type ? 1 : r->understood.type_count;
    if (!d->by_number) return cars * (types ? types * WORK_CAR_TYPE : WORK_CAR_ALL_TYPES);
    if (d->number_count > number_matches_max(r->k)) return cars * WORK_CAR_ALL_TYPES + d->number_count;
    return cars * d->number_count * WORK_VERDICT;
}

// What has the words' meanings, before any other demand.
static enum err universe_find(struct view *v, const struct search_query *q, struct demands *d, struct search_result *r, struct universe *out) {
    if (!d->by_number && r->k->resolved) return fitting(v, q, r, out);
    r->fitment = (struct fitment){.k = r->k};
    if (d->by_number) return numbered(v, d, r, out);
    TRY(named(v, q, d, r, out));
    verdicts_without_car(v, q, r, out);
    return ERR_OK;
}

static enum err candidates(struct view *v, const struct search_query *q, struct demands *d, struct search_result *r,
                           struct universe *out) {
    out->count = 0;
    r->beyond = q->work_max && work_of(q, d, r) > q->work_max;
    if (r->beyond) return ERR_OK;
    TRY(universe_find(v, q, d, r, out));
    if (r->beyond) return ERR_OK;
    TRY(meet(v, &r->understood, d, out));
    r->beyond = q->work_max && out->count > q->work_max;
    return ERR_OK;
}

// ---- giving up --------------------------------------------------------------------------------------------------------------------
static void drop(struct search_result *r, struct slice what) {
    if (r->dropped_count < SEARCH_DROPPED_MAX) r->dropped[r->dropped_count++] = what;
}

static void word_drop(struct demands *d, struct search_result *r, unsigned at) {
    drop(r, d->words[at]);
    memmove(&d->words[at], &d->words[at + 1], (d->word_count - at - 1) * sizeof *d->words);
    d->word_count--;
}

// Of more words than are matched (WORDS_MAX) the last are given up.
static enum err words_ready(struct view *v, struct search_result *r, struct demands *d) {
    const struct understood *u = &r->understood;
    enum err e = ERR_TOO_LARGE;
    d->word_query = NULL;
    while (d->word_count && e == ERR_TOO_LARGE) {
        bool open = u->word_open && slice_end(d->words[d->word_count - 1]) == slice_end(u->folded);
        e = words_prepare(v, d->words, d->word_count, open, &d->word_query);
        if (e == ERR_TOO_LARGE) word_drop(d, r, d->word_count - 1);
    }
    if (d->word_count == 0) d->word_query = NULL;
    return d->word_count ? e : ERR_OK;
}

#define NUMBER_WORD 5 // bytes from which a word with digits is a number's

static bool number_word(struct slice word) {
    for (size_t i = 0; i < word.n && word.n >= NUMBER_WORD; i++)
        if (isdigit((unsigned char)word.p[i])) return true;
    return false;
}

// "W719/31" must not find W719/30 because nobody knows the word "31": what has digits is not given up for want of a product.
static bool unknown_word(const struct demands *d, struct slice word) {
    for (unsigned i = 0; d->word_query && i < d->word_query->unknown_count; i++)
        if (slice_eq(d->word_query->unknown[i], word)) return !number_word(word);
    return false; // (a piece that is cut into several words is given up with the others)
}

static bool anything_else(const struct search_query *q, const struct search_result *r, const struct demands *d) {
    const struct understood *u = &r->understood;
    return d->by_number || u->type_count || q->type || (d->brands && u->brand_count) || d->spec_count || r->k->resolved || d->word_count > 1;
}

// All that nobody knows at once: with one of them left there would be nothing still.
static bool unknown_words_drop(const struct search_query *q, struct search_result *r, struct demands *d) {
    unsigned before = d->word_count;
    for (unsigned i = 0; i < d->word_count;) {
        if (unknown_word(d, d->words[i]) && anything_else(q, r, d)) word_drop(d, r, i);
        else i++;
    }
    return d->word_count < before;
}

// The next demand to give up, in the order search.h states. False: there is none.
static enum err relax(struct view *v, const struct search_query *q, struct search_result *r, struct demands *d, bool *again,
                      struct fault *why) {
    const struct understood *u = &r->understood;
    *again = true;
    if (unknown_words_drop(q, r, d)) return words_ready(v, r, d);
    if (d->position && u->position_tells && r->k->resolved) {
        d->position = false;
        drop(r, u->position);
        return find_car(v, q, false, r, why);
    }
    for (unsigned i = d->word_count; i-- > 0;)
        if (!number_word(d->words[i]) && anything_else(q, r, d)) {
            word_drop(d, r, i);
            return words_ready(v, r, d);
        }
    if (d->brands && u->brand_count && (u->type_count || q->type || d->by_number || d->spec_count)) {
        d->brands = false;
        for (unsigned i = 0; i < u->brand_count; i++) drop(r, names_text(v, NAMES_BRAND, u->brands[i]));
        return ERR_OK;
    }
    if (d->spec_count && (u->type_count || q->type) && (!u->types_implied || d->spec_count > 1)) {
        drop(r, arena_copy(v->arena, slice_str(d->specs[--d->spec_count].text)));
        return ERR_OK;
    }
    *again = false;
    return ERR_OK;
}

// ---- filters, facets ----------------------------------------------------------------------------------------------------------------
static void mark_kept(struct search_result *r, uint32_t product, unsigned *at) {
    while (*at < r->fitment.count && r->fitment.matches[*at].product < product) ++*at;
    if (*at < r->fitment.count && r->fitment.matches[*at].product == product) r->kept[*at] = 1;
}

static enum err settle(struct view *v, const struct search_query *q, const struct universe *u, struct search_result *r) {
    unsigned at = 0, needs = q->filter->needs;
    r->hits = arena_alloc(v->arena, (u->count + 1) * sizeof *r->hits);
    r->kept = ARENA_ARRAY(v->arena, uint8_t, r->fitment.count + 1);
    if (!r->hits || !r->kept) return ERR_NO_MEMORY;
    for (unsigned f = 0; f < q->facet_count; f++) needs |= q->facets[f].needs;
    for (unsigned from = 0; from < u->count; from += BLOCK_PRODUCTS) {
        const struct match *list = u->list + from;
        struct product_block block;
        uint64_t terms[FILTER_TERMS_MAX];
        product_block_read(v, list, u->count - from < BLOCK_PRODUCTS ? u->count - from : BLOCK_PRODUCTS, needs, &block);
        filter_test(v, q->filter, &block, terms);
        for (unsigned f = 0; f < q->facet_count; f++)
            TRY(facet_add(v, &q->facets[f], &block, filter_passed(&block, terms, q->facets[f].mask)));
        for (uint64_t passed = filter_passed(&block, terms, filter_all(q->filter)); passed; passed &= passed - 1) {
            const struct match *m = &list[__builtin_ctzll(passed)];
            r->hits[r->count++] = (struct candidate_hit){*m, u->tiers[m - u->list]};
            mark_kept(r, m->product, &at);
        }
    }
    for (unsigned f = 0; f < q->facet_count; f++) TRY(facet_finish(v, &q->facets[f]));
    return ERR_OK;
}

enum err search_run(struct view *v, const struct search_query *q, struct search_result *r, struct fault *why) {
    struct universe u = {0};
    struct demands d = {.brands = true, .position = true};
    *r = (struct search_result){.k = q->k};
    if (q->q.n) TRY(query_understand(v, q->q, q->k->given, &r->understood));
    TRY(find_car(v, q, true, r, why));
    d.word_count = r->understood.word_count;
    memcpy(d.words, r->understood.words, sizeof d.words);
    for (unsigned i = 0; i < r->understood.spec_count; i++)
        d.spec_count += pattern_specs(&r->understood.specs[i], &d.specs[d.spec_count]);
    TRY(find_numbers(v, &r->understood, &d));
    TRY(words_ready(v, r, &d));
    TRY(candidates(v, q, &d, r, &u));
    for (bool again = q->q.n > 0; u.count == 0 && again && !r->beyond;) {
        TRY(relax(v, q, r, &d, &again, why));
        if (again) TRY(candidates(v, q, &d, r, &u));
    }
    r->words = d.word_query;
    r->by_number = d.by_number;
    if (r->beyond) return ERR_OK;
    return settle(v, q, &u, r);
}
