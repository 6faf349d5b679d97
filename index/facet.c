#include "facet.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "names.h"
#include "product_class.h"
#include "text.h"

enum facet_kind { FACET_BRAND, FACET_TYPE, FACET_KIND, FACET_CLASS, FACET_FIT, FACET_RATING, FACET_IN_STOCK, FACET_PRICE, FACET_ATTRIBUTE };
static const char *const facet_names[] = {"brand", "type", "kind", "class", "fit", "rating", "in_stock", "price"};
static const uint8_t facet_needs[] = {BLOCK_FACTS, BLOCK_FACTS, BLOCK_FACTS, BLOCK_FACTS, 0, BLOCK_FACTS, BLOCK_OFFERS, BLOCK_OFFERS, BLOCK_VALUES};
#define ATTRIBUTE_PREFIX SLICE("attributes.")
#define FIRST_SLOTS 64u
#define PRICE_RANGES 10 // at most so many
#define DIRECT_FROM 512u // ids of one facet: of fewer, clearing the tables would cost more than they spare
#define DIRECT_IDS 4096u

struct slot { uint32_t id, count; }; // count 0: free
struct facet_table {
    enum facet_kind kind;
    uint32_t attribute;  // of FACET_ATTRIBUTE; 0: no product has it
    unsigned shift;      // 32 less the bits of a place: open addressing by id
    uint32_t used, seen; // seen: ids counted
    struct slot *slots;
    uint32_t *direct;    // [2][DIRECT_IDS], once many were seen: counts by id that are not in the slots yet
    uint32_t *prices;    // of FACET_PRICE: of every product that has one
    uint32_t price_count, price_capacity;
};

// ---- counting -------------------------------------------------------------------------------------------------------------------
static uint32_t capacity_of(const struct facet_table *t) { return UINT32_C(1) << (32 - t->shift); }

enum err facet_begin(struct view *v, struct slice field, uint32_t mask, struct facet *out, struct fault *why) {
    struct facet_table *t = ARENA_NEW(v->arena, struct facet_table);
    if (!t) return ERR_NO_MEMORY;
    *out = (struct facet){.field = field, .mask = mask, .limit = LIMIT_FACET_VALUES, .table = t};
    while (t->kind < FACET_ATTRIBUTE && !slice_is(field, facet_names[t->kind])) t->kind++;
    out->needs = facet_needs[t->kind];
    if (t->kind == FACET_ATTRIBUTE) {
        if (!slice_starts(field, ATTRIBUTE_PREFIX) || field.n == ATTRIBUTE_PREFIX.n)
            return fault_set(why, ERR_BAD_REQUEST, "facets",
                             "'%.*s' is no facet; brand, type, kind, class, fit, rating, in_stock, price and attributes.<name> are",
                             SLICE_ARGS(field));
        TRY(product_attribute_find(v, slice_from(field, ATTRIBUTE_PREFIX.n), &t->attribute));
    }
    t->shift = 32 - (unsigned)__builtin_ctz(FIRST_SLOTS);
    t->slots = ARENA_ARRAY(v->arena, struct slot, FIRST_SLOTS);
    return t->slots ? ERR_OK : ERR_NO_MEMORY;
}

static struct slot *slot_of(const struct facet_table *t, uint32_t id) {
    uint32_t mask = capacity_of(t) - 1;
    for (uint32_t i = (id * 2654435761u) >> t->shift;; i = (i + 1) & mask)
        if (t->slots[i].count == 0 || t->slots[i].id == id) return &t->slots[i];
}

static enum err table_grow(struct view *v, struct facet_table *t) {
    struct facet_table old = *t;
    t->shift -= 2;
    t->slots = ARENA_ARRAY(v->arena, struct slot, capacity_of(t));
    if (!t->slots) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < capacity_of(&old); i++)
        if (old.slots[i].count) *slot_of(t, old.slots[i].id) = old.slots[i];
    return ERR_OK;
}

static inline enum err count_id(struct view *v, struct facet_table *t, uint32_t id, uint32_t times) {
    struct slot *s = slot_of(t, id);
    bool known = s->count > 0;
    s->count += times;
    if (known) return ERR_OK;
    s->id = id;
    return ++t->used * 2 >= capacity_of(t) ? table_grow(v, t) : ERR_OK;
}

static enum err count_price(struct view *v, struct facet_table *t, uint32_t price) {
    if (price == 0) return ERR_OK;
    if (t->price_count == t->price_capacity) {
        uint32_t capacity = t->price_capacity ? t->price_capacity * 2 : FIRST_SLOTS;
        uint32_t *grown = arena_alloc(v->arena, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (t->price_count) memcpy(grown, t->prices, t->price_count * sizeof *grown);
        t->prices = grown;
        t->price_capacity = capacity;
    }
    t->prices[t->price_count++] = price;
    return ERR_OK;
}

// Of many candidates low ids are counted in place, two tables in turn so that an id said again does not wait for the count before it.
static enum err count_ids(struct view *v, struct facet_table *t, const uint32_t *ids, unsigned n) {
    t->seen += n;
    if (!t->direct && t->seen > DIRECT_FROM) {
        t->direct = ARENA_ARRAY(v->arena, uint32_t, 2 * DIRECT_IDS);
        if (!t->direct) return ERR_NO_MEMORY;
    }
    for (unsigned i = 0; i < n; i++) {
        if (t->direct && ids[i] < DIRECT_IDS) t->direct[(i & 1) * DIRECT_IDS + ids[i]]++;
        else TRY(count_id(v, t, ids[i], 1));
    }
    return ERR_OK;
}

static enum err direct_gather(struct view *v, struct facet_table *t) {
    for (uint32_t id = 0; t->direct && id < DIRECT_IDS; id++) {
        uint32_t count = t->direct[id] + t->direct[DIRECT_IDS + id];
        if (count) TRY(count_id(v, t, id, count));
    }
    t->direct = NULL;
    return ERR_OK;
}

static enum err count_values(struct view *v, struct facet_table *t, const struct product_block *b, uint64_t products) {
    uint32_t ids[BLOCK_PRODUCTS];
    unsigned n = 0;
    for (uint64_t rest = products; rest && t->attribute; rest &= rest - 1) {
        const struct value_row *r = &b->values[__builtin_ctzll(rest)];
        for (unsigned i = 0; i < r->n; i++) {
            if (value_row_attribute(r, i) != t->attribute) continue;
            if (n == BLOCK_PRODUCTS) {
                TRY(count_ids(v, t, ids, n));
                n = 0;
            }
            ids[n++] = value_row_value(r, i);
        }
    }
    return count_ids(v, t, ids, n);
}

static enum err count_prices(struct view *v, const struct facet *f, const struct product_block *b, uint64_t products) {
    for (uint64_t rest = products; rest; rest &= rest - 1) {
        const struct product_offer *offer = b->offers[__builtin_ctzll(rest)];
        TRY(count_price(v, f->table, f->currency == CURRENCY_USD ? offer->usd_cents : offer->cny_fen));
    }
    return ERR_OK;
}

static uint32_t id_of(enum facet_kind kind, const struct product_block *b, unsigned i) {
    switch (kind) {
    case FACET_BRAND: return b->facts[i]->brand;
    case FACET_TYPE: return b->facts[i]->type;
    case FACET_KIND: return b->facts[i]->kind;
    case FACET_CLASS: return product_class_of(b->facts[i]);
    case FACET_FIT: return b->matches[i].verdict;
    case FACET_RATING: return b->facts[i]->rating_x100 / 100u;
    case FACET_IN_STOCK: return b->offers[i]->stock > 0;
    case FACET_PRICE: case FACET_ATTRIBUTE: break;
    }
    return 0;
}

enum err facet_add(struct view *v, struct facet *f, const struct product_block *b, uint64_t products) {
    uint32_t ids[BLOCK_PRODUCTS];
    unsigned n = 0;
    enum facet_kind kind = f->table->kind;
    if (kind == FACET_ATTRIBUTE) return count_values(v, f->table, b, products);
    if (kind == FACET_PRICE) return count_prices(v, f, b, products);
    for (uint64_t rest = products; rest; rest &= rest - 1) ids[n++] = id_of(kind, b, (unsigned)__builtin_ctzll(rest));
    return count_ids(v, f->table, ids, n);
}

// ---- ranges of prices -------------------------------------------------------------------------------------------------------------
static uint32_t step_of(uint32_t least, uint32_t greatest) {
    static const uint8_t rounds[] = {1, 2, 5};
    uint64_t power = 1;
    for (unsigned i = 0;; i++) {
        uint64_t step = rounds[i % 3] * power;
        if (greatest / step - least / step < PRICE_RANGES) return (uint32_t)step;
        if (i % 3 == 2) power *= 10;
    }
}

static enum err finish_prices(struct view *v, struct facet *f) {
    const struct facet_table *t = f->table;
    uint32_t least = UINT32_MAX, greatest = 0, counts[PRICE_RANGES] = {0};
    f->values = ARENA_ARRAY(v->arena, struct facet_value, PRICE_RANGES);
    if (!f->values) return ERR_NO_MEMORY;
    if (t->price_count == 0) return ERR_OK;
    for (uint32_t i = 0; i < t->price_count; i++) {
        if (t->prices[i] < least) least = t->prices[i];
        if (t->prices[i] > greatest) greatest = t->prices[i];
    }
    f->has_range = true;
    f->least = least;
    f->greatest = greatest;
    uint32_t step = step_of(least, greatest), first = least / step;
    for (uint32_t i = 0; i < t->price_count; i++) counts[t->prices[i] / step - first]++;
    for (unsigned i = 0; i < PRICE_RANGES && f->count < f->limit; i++) {
        uint64_t from = ((uint64_t)first + i) * step;
        if (counts[i] == 0) continue;
        f->values[f->count++] = (struct facet_value){
            arena_printf(v->arena, "%llu TO %llu", (unsigned long long)from, (unsigned long long)(from + step - 1)), (double)from, counts[i]};
    }
    return ERR_OK;
}

// ---- naming and sorting -------------------------------------------------------------------------------------------------------------
static struct slice value_text(struct view *v, enum facet_kind kind, uint32_t id) {
    struct brand_info brand;
    switch (kind) {
    case FACET_BRAND: return brand_load(v, id, &brand) == ERR_OK && brand.name.n ? brand.name : names_text(v, NAMES_BRAND, id);
    case FACET_TYPE: return names_text(v, NAMES_TYPE, id);
    case FACET_KIND: return slice_str(product_kind_name(id));
    case FACET_CLASS: return slice_str(product_class_name(id));
    case FACET_FIT: return slice_str(verdict_name(id));
    case FACET_RATING: return arena_printf(v->arena, "%u", id);
    case FACET_IN_STOCK: return id ? SLICE("true") : SLICE("false");
    case FACET_PRICE: break;
    case FACET_ATTRIBUTE: return product_value_text(v, id);
    }
    return SLICE_NONE;
}

static int compare_text(const struct facet_value *x, const struct facet_value *y) {
    if (isnan(x->number) != isnan(y->number)) return isnan(x->number) ? 1 : -1;
    if (x->number < y->number || x->number > y->number) return x->number < y->number ? -1 : 1;
    return slice_cmp(x->text, y->text);
}

static int compare_values(const void *a, const void *b) { return compare_text(a, b); }

static int compare_counts(const void *a, const void *b) {
    const struct facet_value *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return compare_text(x, y);
}

static int compare_slots(const void *a, const void *b) {
    const struct slot *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

// The used slots, and of more than can be named the most frequent, to the front.
static uint32_t slots_gather(struct facet_table *t) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < capacity_of(t); i++)
        if (t->slots[i].count) t->slots[n++] = t->slots[i];
    if (n <= FACET_NAMED_MAX) return n;
    qsort(t->slots, n, sizeof *t->slots, compare_slots);
    return FACET_NAMED_MAX;
}

static void range_add(struct facet *f, double x) {
    if (isnan(x)) return;
    if (!f->has_range || x < f->least) f->least = x;
    if (!f->has_range || x > f->greatest) f->greatest = x;
    f->has_range = true;
}

static bool begins(struct view *v, struct slice text, struct slice prefix) {
    struct slice folded;
    return prefix.n == 0 || (text_fold(v->arena, text, &folded) == ERR_OK && slice_starts(folded, prefix));
}

enum err facet_finish(struct view *v, struct facet *f) {
    struct facet_table *t = f->table;
    if (t->kind == FACET_PRICE) return finish_prices(v, f);
    TRY(direct_gather(v, t));
    uint32_t all = t->used, n = slots_gather(t);
    f->values = arena_alloc(v->arena, (n + 1) * sizeof *f->values);
    if (!f->values) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        struct facet_value x = {value_text(v, t->kind, t->slots[i].id), (double)NAN, t->slots[i].count};
        if (t->kind == FACET_ATTRIBUTE || t->kind == FACET_RATING) (void)slice_f64(x.text, &x.number);
        if (t->kind == FACET_ATTRIBUTE && all == n) range_add(f, x.number);
        if (begins(v, x.text, f->prefix)) f->values[f->count++] = x;
    }
    if (f->count) qsort(f->values, f->count, sizeof *f->values, f->order == FACET_BY_VALUE ? compare_values : compare_counts);
    if (f->count > f->limit) f->count = f->limit;
    return ERR_OK;
}
