#include "service_book.h"

#include <stdlib.h>

#include "base/limits.h"
#include "knowledge.h"
#include "names.h"

#define BOOK_BYTES (64u << 20)
#define ENGINE_WEIGHT 3 // an engine code says more than any other attribute

struct service_cache {
    struct arena arena;
    struct service_book *book; // NULL: none kept
    struct service_plans *plans;
    uint64_t made;             // books so far
    uint64_t services, rules, vehicles; // versions of the tables it was made from
};

struct service_cache *service_cache_new(void) {
    struct service_cache *c = calloc(1, sizeof *c);
    if (c) arena_init(&c->arena, 256 * 1024, BOOK_BYTES);
    return c;
}

void service_cache_free(struct service_cache *c) {
    if (!c) return;
    service_plans_free(c->plans);
    arena_destroy(&c->arena);
    free(c);
}

// ---- building -------------------------------------------------------------------------------------------------------------------
struct build {
    struct view *v;
    struct arena *a;
    struct service_book *book;
    struct book_service *services;
    struct book_rule *rules;
    uint32_t rule_count, rule_capacity;
    uint32_t engine_code;
    enum err failed;
};

static struct slice keep(struct build *b, struct slice s) { return s.n ? arena_copy(b->a, s) : SLICE_NONE; }

static uint32_t type_id(struct build *b, struct slice slug) {
    uint32_t id = 0;
    return slug.n && names_find(b->v->snapshot, NAMES_TYPE, slug, &id) == ERR_OK ? id : 0;
}

static unsigned type_ids(struct build *b, struct slice list, uint32_t out[SERVICE_TYPES_MAX]) {
    unsigned n = 0;
    while (list.p && list.n && n < SERVICE_TYPES_MAX) {
        out[n] = type_id(b, slice_cut(&list, '|'));
        n += out[n] != 0;
    }
    return n;
}

static bool collect_service(void *arg, const struct service *s) {
    struct build *b = arg;
    if (b->book->count == SERVICES_MAX) return false;
    struct book_service *o = &b->services[b->book->count++];
    *o = (struct book_service){.is = *s};
    o->is.slug = keep(b, s->slug);
    o->is.name = keep(b, s->name);
    o->is.name_zh = keep(b, s->name_zh);
    o->is.items = keep(b, s->items);
    o->is.advice = keep(b, s->advice);
    o->is.advice_zh = keep(b, s->advice_zh);
    o->is.labour = keep(b, s->labour);
    o->is.types = keep(b, s->types);
    o->labour = type_id(b, s->labour);
    o->type_count = type_ids(b, s->types, o->types);
    return true;
}

static void resolve_car(struct build *b, struct book_rule *r) {
    const struct service_rule *s = &r->is;
    if (s->vehicle.n) r->lost |= vehicle_find(b->v, s->vehicle, &r->vehicle) != ERR_OK;
    if (s->make.n) r->lost |= make_find(b->v, s->make, &r->make) != ERR_OK;
    if (s->model.n && !r->lost) r->lost |= model_find_named(b->v, r->make, s->model, &r->model) != ERR_OK;
}

static enum err resolve_terms(struct build *b, struct book_rule *r) {
    struct knowledge k;
    struct fault ignored = {0};
    enum err e = knowledge_parse(b->v, SLICE_NONE, r->is.attrs, SLICE_NONE, &k, &ignored);
    if (e == ERR_BAD_REQUEST) { // an attribute is no more what it was
        r->lost = true;
        return ERR_OK;
    }
    TRY(e);
    struct book_term *terms = ARENA_ARRAY(b->a, struct book_term, k.answer_count + 1);
    if (!terms) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < k.answer_count; i++) {
        const struct answer *answer = &k.answers[i];
        uint16_t *values = ARENA_ARRAY(b->a, uint16_t, answer->count + 1u);
        if (!values) return ERR_NO_MEMORY;
        if (answer->dont_know) continue;
        if (answer->count) memcpy(values, answer->values, answer->count * sizeof *values);
        terms[r->term_count++] = (struct book_term){answer->attr, answer->count, values};
    }
    r->terms = terms;
    return ERR_OK;
}

static void weigh(const struct build *b, struct book_rule *r) {
    uint64_t terms = 0;
    for (unsigned i = 0; i < r->term_count; i++) terms += r->terms[i].attr == b->engine_code ? ENGINE_WEIGHT : 1;
    r->weight = (uint64_t)(r->vehicle != 0) << 50 | (uint64_t)(r->model != 0) << 49 | (uint64_t)(r->make != 0) << 48 | terms << 16 |
                (uint64_t)(r->is.from || r->is.to) << 12 | (uint64_t)r->is.source;
}

static void resolve_rule(struct build *b, const struct service_rule *s, struct book_rule *r) {
    *r = (struct book_rule){.is = *s};
    struct slice *texts[] = {&r->is.id, &r->is.service, &r->is.vehicle, &r->is.make, &r->is.model, &r->is.attrs, &r->is.unit, &r->is.fluid,
                             &r->is.types, &r->is.labour, &r->is.note, &r->is.note_zh};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = keep(b, *texts[i]);
    resolve_car(b, r);
    b->failed = resolve_terms(b, r);
    r->type_count = type_ids(b, r->is.types, r->types);
    r->labour = type_id(b, r->is.labour);
    weigh(b, r);
}

// A rule about a package is one about each of its services.
static bool collect_rule(void *arg, const struct service_rule *s) {
    struct build *b = arg;
    const struct book_service *service = service_book_find(b->book, s->service);
    if (!service) return true;
    unsigned copies = service->item_count ? service->item_count : 1;
    if (b->rule_count + copies > b->rule_capacity) return false;
    struct book_rule *first = &b->rules[b->rule_count];
    resolve_rule(b, s, first);
    for (unsigned i = 0; i < copies; i++) {
        first[i] = *first;
        if (service->item_count) first[i].is.service = b->services[service->items[i]].is.slug;
    }
    b->rule_count += copies;
    return b->failed == ERR_OK;
}

static int by_service(const void *x, const void *y) {
    const struct book_rule *a = x, *b = y;
    int c = slice_cmp(a->is.service, b->is.service);
    if (c) return c;
    if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
    return slice_cmp(a->is.id, b->is.id);
}

static void items_resolve(struct build *b, struct book_service *s) {
    struct slice rest = s->is.items;
    while (rest.p && rest.n && s->item_count < SERVICE_ITEMS_MAX) {
        const struct book_service *item = service_book_find(b->book, slice_cut(&rest, '|'));
        if (item && item != s && item->is.items.n == 0) s->items[s->item_count++] = (uint16_t)(item - b->services);
    }
}

static void rules_hand_out(struct build *b) {
    if (b->rule_count) qsort(b->rules, b->rule_count, sizeof *b->rules, by_service);
    for (uint32_t from = 0, to; from < b->rule_count; from = to) {
        for (to = from + 1; to < b->rule_count && slice_eq(b->rules[to].is.service, b->rules[from].is.service);) to++;
        const struct book_service *s = service_book_find(b->book, b->rules[from].is.service);
        if (!s) continue;
        b->services[s - b->services].rules = &b->rules[from];
        b->services[s - b->services].rule_count = to - from;
    }
}

static bool count_rule(void *arg, const struct service_rule *s) {
    struct build *b = arg;
    const struct book_service *service = service_book_find(b->book, s->service);
    if (service) b->rule_capacity += service->item_count ? service->item_count : 1;
    return true;
}

static enum err book_build(struct view *v, struct arena *a, struct service_book **out) {
    struct build b = {.v = v, .a = a, .book = ARENA_NEW(a, struct service_book)};
    b.services = ARENA_ARRAY(a, struct book_service, SERVICES_MAX);
    if (!b.book || !b.services) return ERR_NO_MEMORY;
    (void)names_find(v->snapshot, NAMES_ATTRIBUTE, SLICE("engine_code"), &b.engine_code);
    b.book->services = b.services;
    b.book->version = service_rules_version(v);
    TRY(service_each(v, collect_service, &b));
    for (unsigned i = 0; i < b.book->count; i++) items_resolve(&b, &b.services[i]);
    TRY(service_rule_each(v, count_rule, &b));
    b.rules = ARENA_ARRAY(a, struct book_rule, b.rule_capacity + 1);
    if (!b.rules) return ERR_NO_MEMORY;
    TRY(service_rule_each(v, collect_rule, &b));
    TRY(b.failed);
    rules_hand_out(&b);
    *out = b.book;
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

// ---- reading --------------------------------------------------------------------------------------------------------------------
enum err service_book(struct view *v, const struct service_book **out) {
    struct service_cache *c = v->services;
    struct service_book *book;
    if (!c) {
        TRY(book_build(v, v->arena, &book));
        *out = book;
        return ERR_OK;
    }
    uint64_t services, rules, vehicles;
    TRY(snapshot_version(v->snapshot, TABLE_SERVICE, &services));
    TRY(snapshot_version(v->snapshot, TABLE_SERVICE_RULE, &rules));
    TRY(snapshot_version(v->snapshot, TABLE_VEHICLE, &vehicles));
    if (!c->book || c->services != services || c->rules != rules || c->vehicles != vehicles) {
        c->book = NULL;
        arena_reset(&c->arena);
        TRY(book_build(v, &c->arena, &c->book));
        c->book->made = ++c->made;
        c->services = services;
        c->rules = rules;
        c->vehicles = vehicles;
    }
    *out = c->book;
    return ERR_OK;
}

struct service_plans **service_plans_of(struct view *v) { return v->services ? &v->services->plans : NULL; }

const struct book_service *service_book_find(const struct service_book *book, struct slice slug) {
    unsigned low = 0, high = book->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (slice_cmp(book->services[mid].is.slug, slug) < 0) low = mid + 1;
        else high = mid;
    }
    return low < book->count && slice_eq(book->services[low].is.slug, slug) ? &book->services[low] : NULL;
}
