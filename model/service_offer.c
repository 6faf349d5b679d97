#include "service_offer.h"

#include "index/base/limits.h"
#include "index/names.h"

#define CANDIDATES_MAX 2048

const char *offer_tier_name(enum offer_tier t) {
    static const char *const names[OFFER_TIERS] = {"good", "better", "best"};
    return t < OFFER_TIERS ? names[t] : "";
}

// ---- facts about a candidate ---------------------------------------------------------------------------------------------------------
static enum err tier_of(struct offer_query *q, uint32_t product, enum offer_tier *out) {
    enum { UNKNOWN, ASKED };
    uint32_t brand = columns_facts(q->view, product)->brand, most = names_count(q->view->snapshot, NAMES_BRAND);
    *out = OFFER_BETTER;
    if (!q->brand_tiers) q->brand_tiers = ARENA_ARRAY(q->view->arena, uint8_t, most + 1);
    if (!q->brand_tiers) return ERR_NO_MEMORY;
    if (brand == 0 || brand > most) return ERR_OK;
    uint8_t *known = &q->brand_tiers[brand];
    if (*known == UNKNOWN) {
        struct brand_info info;
        enum err e = brand_load(q->view, brand, &info);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        *known = ASKED + OFFER_BETTER;
        for (unsigned t = 0; t < OFFER_TIERS && e == ERR_OK; t++)
            if (slice_is(info.tier, offer_tier_name((enum offer_tier)t))) *known = (uint8_t)(ASKED + t);
    }
    *out = (enum offer_tier)(*known - ASKED);
    return ERR_OK;
}

static uint32_t price_of(struct offer_query *q, uint32_t product) {
    const struct product_offer *o = columns_offer(q->view, product);
    return q->currency == CURRENCY_USD ? o->usd_cents : o->cny_fen;
}

static struct slice attribute_text(const struct product *p, const char *key) {
    char name[32];
    struct slice value = SLICE_NONE;
    size_t n = slice_copy(slice_str(key), name + 1, sizeof name - 4);
    name[0] = '"';
    name[n + 1] = '"';
    name[n + 2] = ':';
    struct attribute_texts i = attribute_texts_of(p, slice_of(name, n + 3));
    if (!attribute_texts_next(&i, &value) || value.n < 2) return SLICE_NONE;
    return slice_of(value.p + 1, value.n - 2);
}

static uint32_t litres_milli(const struct product *p) {
    double litres = 0;
    if (!slice_f64(attribute_text(p, "litres"), &litres) || !(litres > 0 && litres < 1000)) return 0;
    return (uint32_t)(litres * 1000 + 0.5);
}

// ---- packs ----------------------------------------------------------------------------------------------------------------------------
static bool same_fluid(const struct product *a, const struct product *b) {
    static const char *const keys[] = {"viscosity", "grade", "specification", "api"};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!slice_eq(attribute_text(a, keys[i]), attribute_text(b, keys[i]))) return false;
    return true;
}

struct candidates { unsigned count; struct match *list; float *scores; uint16_t *order; };

// Packs of the same brand and specification among the candidates, the product's own first.
static enum err packs_of(struct offer_query *q, const struct candidates *c, const struct product *own, uint32_t *products, struct pack *packs, unsigned *count) {
    uint32_t brand = columns_facts(q->view, own->id)->brand;
    products[0] = own->id;
    packs[0] = (struct pack){litres_milli(own), price_of(q, own->id)};
    *count = 1;
    for (unsigned i = 0; i < c->count && *count < PACKS_MAX; i++) {
        uint32_t id = c->list[i].product;
        struct product other;
        if (id == own->id || columns_facts(q->view, id)->brand != brand || c->list[i].verdict < VERDICT_UNIVERSAL) continue;
        TRY(product_load(q->view, id, &other));
        uint32_t size = litres_milli(&other);
        if (size == 0 || !same_fluid(own, &other)) continue;
        products[*count] = id;
        packs[(*count)++] = (struct pack){size, price_of(q, id)};
    }
    return ERR_OK;
}

static enum err buy_litres(struct offer_query *q, const struct candidates *c, const struct product *own, uint32_t amount_milli, struct offer_choice *out) {
    uint32_t products[PACKS_MAX];
    struct pack packs[PACKS_MAX];
    struct pack_choice chosen;
    unsigned count;
    TRY(packs_of(q, c, own, products, packs, &count));
    if (!pack_choose(packs, count, amount_milli, &chosen)) { // without prices: as many of its own as it takes
        uint32_t size = packs[0].amount_milli, n = (amount_milli + size - 1) / size;
        out->packs[out->pack_count++] = (struct offer_pack){own->id, n};
        out->amount_milli = n * size;
        return ERR_OK;
    }
    for (unsigned i = 0; i < count; i++)
        if (chosen.count[i]) out->packs[out->pack_count++] = (struct offer_pack){products[i], chosen.count[i]};
    out->amount_milli = chosen.amount_milli;
    out->cost = chosen.price;
    return ERR_OK;
}

static enum err buy(struct offer_query *q, const struct candidates *c, unsigned at, uint32_t amount_milli, struct offer_choice *out) {
    const struct match *m = &c->list[at];
    struct product p;
    *out = (struct offer_choice){.match = *m, .score = c->scores[at]};
    TRY(tier_of(q, m->product, &out->tier));
    if (amount_milli || (columns_facts(q->view, m->product)->flags & FACT_PACKED)) {
        TRY(product_load(q->view, m->product, &p));
        if (amount_milli && litres_milli(&p)) return buy_litres(q, c, &p, amount_milli, out);
    } else {
        p.pack_quantity = 1;
    }
    unsigned pack = p.pack_quantity ? p.pack_quantity : 1;
    out->pieces = m->quantity ? m->quantity : 1;
    out->packs[0] = (struct offer_pack){m->product, (out->pieces + pack - 1) / pack};
    out->pack_count = 1;
    out->cost = (uint64_t)price_of(q, m->product) * out->packs[0].count;
    return ERR_OK;
}

// ---- candidates -----------------------------------------------------------------------------------------------------------------------
static unsigned keep(struct offer_query *q, const struct fitment *found, enum verdict least, enum verdict most, struct match *out) {
    unsigned count = 0;
    for (unsigned i = 0; i < found->count && count < CANDIDATES_MAX; i++) {
        const struct match *m = &found->matches[i];
        if (m->verdict < least || m->verdict > most || (columns_facts(q->view, m->product)->flags & FACT_DELETED)) continue;
        out[count++] = *m;
    }
    return count;
}

static bool comes_before(const struct candidates *c, unsigned a, unsigned b) {
    const struct match *x = &c->list[a], *y = &c->list[b];
    if (x->verdict != y->verdict) return x->verdict > y->verdict;
    if (c->scores[a] != c->scores[b]) return c->scores[a] > c->scores[b];
    return x->product < y->product;
}

// The `wanted` best of those that `admits`, into c->order; how many there are.
static unsigned best_of(const struct candidates *c, unsigned wanted, bool (*admits)(void *arg, unsigned i), void *arg) {
    unsigned n = 0;
    for (unsigned i = 0; i < c->count; i++) {
        if (admits && !admits(arg, i)) continue;
        unsigned at = n < wanted ? n++ : comes_before(c, i, c->order[n - 1]) ? n - 1 : wanted;
        if (at == wanted) continue;
        for (; at > 0 && comes_before(c, i, c->order[at - 1]); at--) c->order[at] = c->order[at - 1];
        c->order[at] = (uint16_t)i;
    }
    return n;
}

static enum err candidates_find(struct offer_query *q, const struct fitment *found, bool conditional, struct candidates *c) {
    struct arena *a = q->view->arena;
    *c = (struct candidates){.list = arena_alloc(a, (found->count + 1) * sizeof *c->list)};
    if (!c->list) return ERR_NO_MEMORY;
    c->count = conditional ? keep(q, found, VERDICT_CONDITIONAL, VERDICT_CONDITIONAL, c->list) : keep(q, found, VERDICT_UNIVERSAL, VERDICT_FITS, c->list);
    c->scores = arena_alloc(a, (c->count + 1) * sizeof *c->scores);
    c->order = arena_alloc(a, (c->count + OFFER_CHOICES * PACKS_MAX) * sizeof *c->order);
    uint32_t *products = arena_alloc(a, (c->count + 1) * sizeof *products);
    if (!c->scores || !c->order || !products) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < c->count; i++) products[i] = c->list[i].product;
    return c->count ? rank_score(q->ranker, q->view, q->person, q->surface, products, c->count, c->scores, NULL) : ERR_OK;
}

// ---- one line ---------------------------------------------------------------------------------------------------------------------------
// What sits in front is meant where a part sits in several places: it wears first.
struct place { const struct candidates *c; uint8_t position; };
static bool at_place(void *arg, unsigned i) {
    const struct place *p = arg;
    return p->c->list[i].position == p->position;
}

static uint8_t place_of(struct offer_query *q, const struct candidates *c) {
    uint8_t first = c->list[0].position;
    for (unsigned i = 0; i < c->count; i++)
        if (slice_is(names_text(q->view, NAMES_POSITION, c->list[i].position), "front")) return c->list[i].position;
    return first;
}

struct of_tier { struct offer_query *q; struct place place; enum offer_tier tier; enum err failed; };
static bool of_the_tier(void *arg, unsigned i) {
    struct of_tier *t = arg;
    enum offer_tier tier;
    if (!at_place(&t->place, i)) return false;
    enum err e = tier_of(t->q, t->place.c->list[i].product, &tier);
    if (e != ERR_OK) t->failed = e;
    return e == ERR_OK && tier == t->tier;
}

static bool bought(const struct offer_line *l, uint32_t product) {
    for (unsigned i = 0; i < l->choice_count; i++)
        for (unsigned p = 0; p < l->choices[i].pack_count; p++)
            if (l->choices[i].packs[p].product == product) return true;
    return false;
}

static enum err choose(struct offer_query *q, struct candidates *c, uint32_t amount_milli, struct offer_line *out) {
    struct place place = {c, place_of(q, c)};
    out->fitting = c->count;
    unsigned n = best_of(c, amount_milli ? q->choices * PACKS_MAX : q->choices, at_place, &place);
    for (unsigned i = 0; i < n && out->choice_count < q->choices; i++) {
        if (bought(out, c->list[c->order[i]].product)) continue; // another pack of a fluid that is among the choices
        TRY(buy(q, c, c->order[i], amount_milli, &out->choices[out->choice_count++]));
    }
    for (unsigned t = 0; q->tiers && t < OFFER_TIERS; t++) {
        struct of_tier of = {q, place, (enum offer_tier)t, ERR_OK};
        n = best_of(c, 1, of_the_tier, &of);
        TRY(of.failed);
        if (n == 0) continue;
        TRY(buy(q, c, c->order[0], amount_milli, &out->tier[t]));
        out->tiers |= 1u << t;
    }
    return ERR_OK;
}

static enum err line_make(struct offer_query *q, uint32_t type, bool labour, uint32_t amount_milli, struct offer_line *out) {
    struct fitment found;
    struct candidates c;
    out->type = type; // the choices are filled as far as they are counted
    out->labour = labour;
    out->conditional = false;
    out->fitting = out->choice_count = out->tiers = 0;
    out->question = NULL;
    TRY(fitment_find(q->view, q->k, type, true, &found));
    TRY(candidates_find(q, &found, false, &c));
    if (c.count) return choose(q, &c, amount_milli, out);
    if (!q->conditionals) return ERR_OK;
    TRY(candidates_find(q, &found, true, &c));
    if (c.count == 0) return ERR_OK;
    out->conditional = true;
    TRY(fitment_question(q->view, &found, NULL, &out->question));
    return choose(q, &c, amount_milli, out);
}

// ---- the whole --------------------------------------------------------------------------------------------------------------------------
// A class's own choice, else that of the nearest class below, else above, else the person's first.
static uint64_t tier_cost(const struct offer_line *l, unsigned tier) {
    for (unsigned t = tier + 1; t-- > 0;)
        if ((l->tiers >> t & 1) && l->tier[t].cost) return l->tier[t].cost;
    for (unsigned t = tier + 1; t < OFFER_TIERS; t++)
        if ((l->tiers >> t & 1) && l->tier[t].cost) return l->tier[t].cost;
    return l->choices[0].cost;
}

static void sum(struct service_offer *o) {
    o->complete = true;
    for (unsigned i = 0; i < o->line_count; i++) {
        const struct offer_line *l = &o->lines[i];
        bool sure = !l->conditional && l->choice_count && l->choices[0].cost;
        o->complete &= sure;
        if (!sure) continue;
        o->cost += l->choices[0].cost;
        for (unsigned t = 0; t < OFFER_TIERS; t++) o->tier_cost[t] += tier_cost(l, t);
    }
}

uint32_t service_labour(const struct planned_service *s) { return s->amount && s->amount->labour ? s->amount->labour : s->service->labour; }

enum err service_offer_make(struct offer_query *q, const struct planned_service *s, struct service_offer *out) {
    const struct book_rule *amount = s->amount;
    const uint32_t *types = amount && amount->type_count ? amount->types : s->service->types;
    unsigned count = amount && amount->type_count ? amount->type_count : s->service->type_count;
    uint32_t labour = service_labour(s);
    uint32_t litres = amount && slice_is(amount->is.unit, "l") ? amount->is.amount_milli : 0;
    *out = (struct service_offer){.lines = arena_alloc(q->view->arena, (count + 1) * sizeof *out->lines)};
    if (!out->lines) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) TRY(line_make(q, types[i], false, i == 0 ? litres : 0, &out->lines[out->line_count++]));
    if (labour) TRY(line_make(q, labour, true, 0, &out->lines[out->line_count++]));
    sum(out);
    return ERR_OK;
}

enum err service_offer_package(struct offer_query *q, const struct book_service *package, struct service_offer *out) {
    *out = (struct service_offer){.lines = arena_alloc(q->view->arena, sizeof *out->lines)};
    if (!out->lines) return ERR_NO_MEMORY;
    if (package->labour) TRY(line_make(q, package->labour, false, 0, &out->lines[out->line_count++]));
    sum(out);
    out->complete &= out->line_count > 0;
    return ERR_OK;
}
