#include "interchange.h"

#include <stdlib.h>

#include "assortment.h"
#include "base/limits.h"
#include "base/map.h"
#include "names.h"

#define HITS_PER_NODE 1024 // products that have or name one number
#define NO_PARENT UINT32_MAX

enum course { SAME = 0, NEWER = 1, OLDER = 2 };

struct place { // a number as the walk came to it
    uint32_t brand, product; // product: of a node that is a product without a number
    uint32_t parent;         // index of the place before it
    uint16_t depth, quantity;
    uint8_t course, last;    // last: reached by a quantity other than 1
    enum number_relation relation;
    struct slice canonical, number, note;
};

struct walk {
    struct view *view;
    struct arena *arena;
    struct place *places;    // a queue: places[done, count) are to be walked from
    unsigned done, count, capacity;
    uint16_t depth_max;
    struct map seen;         // what a place is -> its index
    struct map products;     // product and walk -> index of its best hit
    struct interchange *out;
    unsigned hit_capacity;
    bool oe;                 // the number begun with is a maker's
    bool full;
};

static struct hash128 place_key(const struct place *p) {
    char space[LIMIT_PART_NUMBER_BYTES + 16];
    struct buf b = {.p = space, .capacity = sizeof space};
    buf_u32(&b, p->brand);
    buf_u32(&b, p->product);
    buf_u8(&b, p->course);
    buf_u8(&b, p->last);
    buf_slice_put(&b, p->canonical);
    return hash128(buf_slice(&b));
}

// Of several edges between the same two numbers the plainest counts. All of them are met before either is walked from.
static bool plainer(const struct place *a, const struct place *b) {
    if (a->depth != 1 || b->depth != 1) return false;
    return a->relation != b->relation ? a->relation < b->relation : a->quantity < b->quantity;
}

static enum err place_add(struct walk *w, const struct place *p) {
    struct hash128 key = place_key(p);
    const uint64_t *known = map_find(&w->seen, key);
    if (known && plainer(p, &w->places[*known])) w->places[*known] = *p;
    if (known) return ERR_OK;
    if (w->count >= INTERCHANGE_NODES_MAX) {
        w->full = true;
        return ERR_OK;
    }
    if (w->count == w->capacity) {
        unsigned capacity = w->capacity ? w->capacity * 2 : 32;
        struct place *grown = ARENA_ARRAY(w->arena, struct place, capacity);
        if (!grown) return ERR_NO_MEMORY;
        if (w->count) memcpy(grown, w->places, w->count * sizeof *grown);
        w->places = grown;
        w->capacity = capacity;
    }
    w->places[w->count] = *p;
    return map_put(&w->seen, key, w->count++) ? ERR_OK : ERR_NO_MEMORY;
}

static struct slice canonical_of(struct arena *a, struct slice number) {
    char text[LIMIT_PART_NUMBER_BYTES + 1];
    return arena_copy(a, slice_of(text, number_canonical(number, text, sizeof text)));
}

// ---- edges --------------------------------------------------------------------------------------------------------------------
// Where an edge leads when the record's own number is `from_own` or the number it names is. 0: not from here.
static bool edge_course(enum number_relation r, bool from_own, uint8_t now, uint8_t *course, enum number_relation *relation) {
    if (r == NUMBER_OE || r == NUMBER_COMPETITOR) {
        *course = now;
        *relation = r;
        return true;
    }
    // The record's own number supersedes the one it names: from there it is newer, from here that one is older.
    bool newer = (r == NUMBER_SUPERSEDES) != from_own;
    *course = newer ? NEWER : OLDER;
    *relation = newer ? NUMBER_SUPERSEDES : NUMBER_SUPERSEDED_BY;
    return now == SAME || now == *course;
}

static enum err edge_follow(struct walk *w, uint32_t from, const struct product_number *n, bool from_own, struct place to) {
    const struct place *at = &w->places[from];
    if (!edge_course(n->relation, from_own, at->course, &to.course, &to.relation)) return ERR_OK;
    if (n->quantity != 1 && at->depth > 0) return ERR_OK; // transitive only at quantity 1
    to.parent = from;
    to.depth = (uint16_t)(at->depth + 1);
    to.quantity = n->quantity;
    to.note = n->note;
    to.last = n->quantity != 1;
    return place_add(w, &to);
}

static struct place own_place(struct arena *a, const struct product *p, uint32_t brand) {
    struct place own = {.brand = brand, .canonical = canonical_of(a, p->number), .number = p->number};
    if (own.canonical.n == 0) own.product = p->id;
    return own;
}

static bool same_node(const struct place *a, const struct place *b) {
    return a->brand == b->brand && a->product == b->product && slice_eq(a->canonical, b->canonical);
}

// ---- what is found ------------------------------------------------------------------------------------------------------------
static enum number_relation hit_relation(const struct walk *w, const struct place *p) {
    if (p->course != SAME) return p->course == NEWER ? NUMBER_SUPERSEDES : NUMBER_SUPERSEDED_BY;
    if (p->depth == 0) return NUMBER_OWN;
    return p->depth == 1 ? p->relation : w->oe ? NUMBER_OE : NUMBER_COMPETITOR;
}

static bool better(const struct interchange_hit *a, const struct interchange_hit *b) {
    if ((a->quantity == 1) != (b->quantity == 1)) return a->quantity == 1;
    if (a->relation != b->relation) return a->relation < b->relation;
    return a->step_count < b->step_count;
}

static enum err steps_of(struct walk *w, uint32_t index, struct interchange_hit *hit) {
    hit->step_count = w->places[index].depth + 1u;
    struct interchange_step *steps = ARENA_ARRAY(w->arena, struct interchange_step, hit->step_count);
    if (!steps) return ERR_NO_MEMORY;
    for (unsigned i = hit->step_count; i-- > 0; index = w->places[index].parent) {
        const struct place *p = &w->places[index];
        steps[i] = (struct interchange_step){p->brand, p->relation, p->quantity, p->number, p->note};
    }
    hit->steps = steps;
    return ERR_OK;
}

static enum err hit_add(struct walk *w, uint32_t index, uint32_t product) {
    const struct place *p = &w->places[index];
    struct interchange *out = w->out;
    struct interchange_hit hit = {.product = product, .relation = hit_relation(w, p), .quantity = p->quantity};
    if (p->depth > 1) hit.quantity = 1;
    TRY(steps_of(w, index, &hit));
    struct hash128 key = {product, 0};
    const uint64_t *known = map_find(&w->products, key);
    if (known) {
        if (better(&hit, &out->hits[*known])) out->hits[*known] = hit;
        return ERR_OK;
    }
    if (out->count == w->hit_capacity) {
        unsigned capacity = w->hit_capacity ? w->hit_capacity * 2 : 32;
        struct interchange_hit *grown = ARENA_ARRAY(w->arena, struct interchange_hit, capacity);
        if (!grown) return ERR_NO_MEMORY;
        if (out->count) memcpy(grown, out->hits, out->count * sizeof *grown);
        out->hits = grown;
        w->hit_capacity = capacity;
    }
    out->hits[out->count] = hit;
    return map_put(&w->products, key, out->count++) ? ERR_OK : ERR_NO_MEMORY;
}

// ---- walking ------------------------------------------------------------------------------------------------------------------
static enum err product_at(struct walk *w, uint32_t index, uint32_t product) {
    struct product p;
    const struct product_facts *facts = columns_facts(w->view, product);
    if (facts->flags & FACT_DELETED) return ERR_OK;
    TRY(product_load(w->view, product, &p));
    struct place own = own_place(w->arena, &p, facts->brand);
    bool here = same_node(&own, &w->places[index]), on = w->places[index].depth < w->depth_max && !w->places[index].last;
    if (here) TRY(hit_add(w, index, product));
    for (unsigned i = 0; on && i < p.number_count; i++) {
        const struct product_number *n = &p.numbers[i];
        struct place named = {.brand = n->brand, .canonical = canonical_of(w->arena, n->number), .number = n->number};
        if (n->relation < NUMBER_OE || n->relation > NUMBER_SUPERSEDED_BY || named.canonical.n == 0) continue;
        if (here) TRY(edge_follow(w, index, n, true, named));
        if (same_node(&named, &w->places[index])) TRY(edge_follow(w, index, n, false, own));
    }
    return w->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

static enum err place_walk(struct walk *w, uint32_t index) {
    if (w->places[index].product) return product_at(w, index, w->places[index].product);
    struct number_hit *found = arena_alloc(w->arena, HITS_PER_NODE * sizeof *found);
    unsigned count;
    if (!found) return ERR_NO_MEMORY;
    TRY(number_of_brand(w->view, w->places[index].canonical, w->places[index].brand, HITS_PER_NODE, found, &count));
    w->full |= count == HITS_PER_NODE;
    for (unsigned i = 0; i < count; i++) {
        bool again = false;
        for (unsigned j = 0; j < i && !again; j++) again = found[j].product == found[i].product;
        if (index == 0) w->oe |= found[i].relation == NUMBER_OE;
        if (!again) TRY(product_at(w, index, found[i].product));
    }
    return ERR_OK;
}

static enum err walk_once(struct walk *w, uint32_t brand, struct slice number, uint16_t depth_max) {
    struct place start = {.brand = brand, .parent = NO_PARENT, .quantity = 1, .canonical = w->out->canonical, .number = number};
    w->count = w->done = 0;
    w->depth_max = depth_max;
    w->oe = w->full = false;
    map_destroy(&w->seen);
    map_init(&w->seen);
    TRY(place_add(w, &start));
    for (; w->done < w->count && (!w->full || depth_max == 1); w->done++) TRY(place_walk(w, w->done));
    return ERR_OK;
}

// Everything, or when that is too much the neighbours alone. What the first attempt found is forgotten with its count.
static enum err walk_from(struct walk *w, uint32_t brand, struct slice number) {
    struct interchange *out = w->out;
    struct interchange_hit *before = ARENA_ARRAY(w->arena, struct interchange_hit, out->count + 1u);
    unsigned count = out->count;
    if (!before) return ERR_NO_MEMORY;
    if (count) memcpy(before, out->hits, count * sizeof *before);
    TRY(walk_once(w, brand, number, UINT16_MAX));
    if (!w->full) return ERR_OK;
    out->truncated = true;
    map_destroy(&w->products);
    map_init(&w->products);
    out->count = count;
    if (count) memcpy(out->hits, before, count * sizeof *before);
    for (unsigned i = 0; i < count; i++)
        if (!map_put(&w->products, (struct hash128){before[i].product, 0}, i)) return ERR_NO_MEMORY;
    return walk_once(w, brand, number, 1);
}

// ---- beginnings and order -----------------------------------------------------------------------------------------------------
static enum err brands_of(struct view *v, uint32_t only, struct interchange *out) {
    struct number_hit *found = arena_alloc(v->arena, HITS_PER_NODE * sizeof *found);
    uint32_t *brands = ARENA_ARRAY(v->arena, uint32_t, HITS_PER_NODE);
    unsigned count;
    if (!found || !brands) return ERR_NO_MEMORY;
    TRY(number_lookup(v, out->canonical, HITS_PER_NODE, found, &count));
    out->truncated = count == HITS_PER_NODE;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = 0;
        if (assortment_hides(v, found[i].product)) continue;
        while (at < out->brand_count && brands[at] < found[i].brand) at++;
        if ((only && found[i].brand != only) || (at < out->brand_count && brands[at] == found[i].brand)) continue;
        memmove(brands + at + 1, brands + at, (out->brand_count++ - at) * sizeof *brands);
        brands[at] = found[i].brand;
    }
    out->brands = brands;
    return ERR_OK;
}

struct sorted { struct interchange_hit hit; struct slice id; };

static int compare_hits(const void *x, const void *y) {
    const struct sorted *a = x, *b = y;
    if (a->hit.relation != b->hit.relation) return (int)a->hit.relation - (int)b->hit.relation;
    if (a->hit.step_count != b->hit.step_count) return a->hit.step_count < b->hit.step_count ? -1 : 1;
    return slice_cmp(a->id, b->id);
}

static enum err hits_sort(struct view *v, struct interchange *out) {
    struct sorted *list = ARENA_ARRAY(v->arena, struct sorted, out->count);
    if (!list && out->count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->count; i++) {
        struct product p;
        TRY(product_load(v, out->hits[i].product, &p));
        list[i] = (struct sorted){out->hits[i], p.external_id};
    }
    if (out->count) qsort(list, out->count, sizeof *list, compare_hits);
    for (unsigned i = 0; i < out->count; i++) out->hits[i] = list[i].hit;
    return ERR_OK;
}

enum err interchange_find(struct view *v, struct slice number, uint32_t brand, struct interchange *out, struct fault *why) {
    *out = (struct interchange){.canonical = canonical_of(v->arena, number)};
    if (out->canonical.n == 0)
        return fault_set(why, ERR_BAD_REQUEST, "number", "a part number has letters or digits, at most %d", LIMIT_PART_NUMBER_BYTES);
    struct walk w = {.view = v, .arena = v->arena, .out = out};
    map_init(&w.seen);
    map_init(&w.products);
    enum err e = brands_of(v, brand, out);
    for (unsigned i = 0; i < out->brand_count && e == ERR_OK; i++) e = walk_from(&w, out->brands[i], number);
    map_destroy(&w.seen);
    map_destroy(&w.products);
    return e == ERR_OK ? hits_sort(v, out) : e;
}
