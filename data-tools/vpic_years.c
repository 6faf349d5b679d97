#include "vpic_years.h"

#include <stdlib.h>

enum { LAST_YEAR = VPIC_YEAR_MIN + 63, MASS_ENTRY_END = 2017 };

// One use of a model: at a plant (WMI) under a schema for some years.
struct use { uint32_t wmi, model, schema; uint16_t from, to; };

struct vpic_calendar {
    const struct vpic *v;
    struct use *uses; // by WMI, model, from
    size_t count;
    struct vpic_use *merged; // by schema, model, set
    size_t merged_count, merged_capacity;
    struct interner sets;    // arrays of schema ids, as bytes
    struct vpic_link *companions; // links of schemas without models, by WMI
    size_t companion_count;
    uint64_t *closed;  // [model_count]: years closed links cover
    uint16_t *entered; // [schema_max + 1]: last year patterns were entered
};

static uint64_t year_range(unsigned from, unsigned to) {
    if (from < VPIC_YEAR_MIN) from = VPIC_YEAR_MIN;
    if (to > LAST_YEAR) to = LAST_YEAR;
    if (from > to) return 0;
    return (~0ull >> (63 - (to - from))) << (from - VPIC_YEAR_MIN);
}

// ---- uses -----------------------------------------------------------------------------------------------------------
// Calls for each distinct model of a schema; patterns of a field are not sorted by model, so models seen are
// remembered.
static size_t schema_models(const struct vpic *v, uint32_t schema, uint32_t *models, size_t max) {
    size_t count = 0;
    for (uint32_t i = v->schema_at[schema]; i < v->schema_at[schema + 1] && v->patterns[i].field == VPIC_MODEL; i++) {
        size_t k = 0;
        while (k < count && models[k] != v->patterns[i].model) k++;
        if (k == count && count < max) models[count++] = v->patterns[i].model;
    }
    return count;
}

static enum err collect_uses(struct vpic_calendar *c) {
    enum { MODELS_MAX = 4096 };
    size_t capacity = 0;
    uint32_t *models = malloc(MODELS_MAX * sizeof *models);
    if (models == NULL) return ERR_NO_MEMORY;
    for (size_t i = 0; i < c->v->link_count; i++) {
        const struct vpic_link *link = &c->v->links[i];
        size_t count = schema_models(c->v, link->schema, models, MODELS_MAX);
        if (c->count + count > capacity) {
            capacity = (c->count + count) * 2;
            struct use *grown = realloc(c->uses, capacity * sizeof *grown);
            if (grown == NULL) {
                free(models);
                return ERR_NO_MEMORY;
            }
            c->uses = grown;
        }
        for (size_t k = 0; k < count; k++)
            c->uses[c->count++] = (struct use){link->wmi, models[k], link->schema, link->from, link->to};
    }
    free(models);
    return ERR_OK;
}

static int by_plant(const void *a, const void *b) {
    const struct use *x = a, *y = b;
    if (x->wmi != y->wmi) return x->wmi < y->wmi ? -1 : 1;
    if (x->model != y->model) return x->model < y->model ? -1 : 1;
    if (x->from != y->from) return (int)x->from - (int)y->from;
    return x->schema < y->schema ? -1 : x->schema > y->schema;
}

static int by_schema_and_model(const void *a, const void *b) {
    const struct vpic_use *x = a, *y = b;
    if (x->schema != y->schema) return x->schema < y->schema ? -1 : 1;
    return x->model < y->model ? -1 : x->model > y->model;
}

static int by_all(const void *a, const void *b) {
    const struct vpic_use *x = a, *y = b;
    int order = by_schema_and_model(a, b);
    return order != 0 ? order : x->set < y->set ? -1 : x->set > y->set;
}

// ---- evidence -------------------------------------------------------------------------------------------------------
static enum err gather_evidence(struct vpic_calendar *c) {
    c->closed = calloc(c->v->model_count + 1, sizeof *c->closed);
    c->entered = calloc((size_t)c->v->schema_max + 1, sizeof *c->entered);
    if (c->closed == NULL || c->entered == NULL) return ERR_NO_MEMORY;
    for (size_t i = 0; i < c->count; i++)
        if (c->uses[i].to != 0) c->closed[c->uses[i].model] |= year_range(c->uses[i].from, c->uses[i].to);
    for (size_t i = 0; i < c->v->pattern_count; i++) {
        const struct vpic_pattern *p = &c->v->patterns[i];
        if (p->created > c->entered[p->schema]) c->entered[p->schema] = p->created;
    }
    return ERR_OK;
}

// First year of a later schema for the same plant and model; 0: there is none.
static unsigned successor(const struct vpic_calendar *c, size_t i) {
    const struct use *u = &c->uses[i];
    for (size_t k = i + 1; k < c->count && c->uses[k].wmi == u->wmi && c->uses[k].model == u->model; k++)
        if (c->uses[k].from > u->from && c->uses[k].schema != u->schema) return c->uses[k].from;
    return 0;
}

static struct vpic_years years_of(const struct vpic_calendar *c, size_t i) {
    const struct use *u = &c->uses[i];
    if (u->to != 0) return (struct vpic_years){year_range(u->from, u->to), 0};
    unsigned horizon = u->from + VPIC_OPEN_YEARS, next = successor(c, i), entered = c->entered[u->schema];
    unsigned newest = c->v->newest > u->from ? c->v->newest : u->from;
    uint64_t evidenced = year_range(u->from, u->from);
    if (entered > MASS_ENTRY_END && entered > u->from) {
        evidenced |= year_range(u->from, entered);
        if (entered > horizon) horizon = entered;
    }
    if (horizon > newest) horizon = newest;
    if (next != 0 && horizon >= next) horizon = next - 1;
    uint64_t possible = year_range(u->from, horizon);
    evidenced |= next != 0 ? possible : possible & c->closed[u->model];
    return (struct vpic_years){evidenced & possible, possible & ~evidenced};
}

// ---- companions -----------------------------------------------------------------------------------------------------
static bool is_companion(const struct vpic *v, uint32_t schema) {
    uint32_t first = v->schema_at[schema];
    return first < v->schema_at[schema + 1] && v->patterns[first].field != VPIC_MODEL; // models come first
}

static int by_wmi(const void *a, const void *b) {
    const struct vpic_link *x = a, *y = b;
    if (x->wmi != y->wmi) return x->wmi < y->wmi ? -1 : 1;
    return x->schema < y->schema ? -1 : x->schema > y->schema;
}

static enum err collect_companions(struct vpic_calendar *c) {
    c->companions = malloc((c->v->link_count + 1) * sizeof *c->companions);
    if (c->companions == NULL) return ERR_NO_MEMORY;
    for (size_t i = 0; i < c->v->link_count; i++)
        if (is_companion(c->v, c->v->links[i].schema)) c->companions[c->companion_count++] = c->v->links[i];
    if (c->companion_count > 0) qsort(c->companions, c->companion_count, sizeof *c->companions, by_wmi);
    return ERR_OK;
}

static size_t first_companion(const struct vpic_calendar *c, uint32_t wmi) {
    size_t low = 0, high = c->companion_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->companions[middle].wmi < wmi) low = middle + 1;
        else high = middle;
    }
    return low;
}

// The companions of a plant in one year, as a set.
static uint32_t companions_of(struct vpic_calendar *c, uint32_t wmi, unsigned year) {
    enum { SET_MAX = 32 };
    uint32_t set[SET_MAX];
    size_t count = 0;
    for (size_t i = first_companion(c, wmi); i < c->companion_count && c->companions[i].wmi == wmi && count < SET_MAX;
         i++) {
        const struct vpic_link *link = &c->companions[i];
        unsigned to = link->to != 0 ? link->to : link->from + VPIC_OPEN_YEARS;
        if (year >= link->from && year <= to && (count == 0 || set[count - 1] != link->schema))
            set[count++] = link->schema;
    }
    return interner_id(&c->sets, slice_of(set, count * sizeof *set));
}

// ---- uses by schema, model and companions ---------------------------------------------------------------------------
static enum err add_merged(struct vpic_calendar *c, const struct vpic_use *use) {
    if (use->set == INTERNER_FULL) return ERR_NO_MEMORY;
    struct vpic_use *last = c->merged_count > 0 ? &c->merged[c->merged_count - 1] : NULL;
    if (last != NULL && by_all(last, use) == 0) { // the next year of the same use
        last->years.evidenced |= use->years.evidenced;
        last->years.open |= use->years.open;
        return ERR_OK;
    }
    if (c->merged_count == c->merged_capacity) {
        size_t capacity = c->merged_capacity == 0 ? 4096 : c->merged_capacity * 2;
        struct vpic_use *grown = realloc(c->merged, capacity * sizeof *grown);
        if (grown == NULL) return ERR_NO_MEMORY;
        c->merged = grown;
        c->merged_capacity = capacity;
    }
    c->merged[c->merged_count++] = *use;
    return ERR_OK;
}

static enum err split_years(struct vpic_calendar *c, size_t i) {
    struct vpic_years years = years_of(c, i);
    for (unsigned y = 0; y < 64; y++) {
        uint64_t bit = 1ull << y;
        if (!((years.evidenced | years.open) & bit)) continue;
        const struct vpic_use use = {c->uses[i].schema,
                                     c->uses[i].model,
                                     companions_of(c, c->uses[i].wmi, VPIC_YEAR_MIN + y),
                                     {years.evidenced & bit, years.open & bit}};
        enum err err = add_merged(c, &use);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static enum err merge_uses(struct vpic_calendar *c) {
    for (size_t i = 0; i < c->count; i++) {
        enum err err = split_years(c, i);
        if (err != ERR_OK) return err;
    }
    size_t count = c->merged_count;
    c->merged_count = 0;
    if (count > 0) qsort(c->merged, count, sizeof *c->merged, by_all);
    for (size_t i = 0; i < count; i++) { // in place: what is written lies behind what is read
        struct vpic_use use = c->merged[i];
        enum err err = add_merged(c, &use);
        if (err != ERR_OK) return err;
    }
    for (size_t i = 0; i < c->merged_count; i++) c->merged[i].years.open &= ~c->merged[i].years.evidenced;
    return ERR_OK;
}

enum err vpic_calendar_new(const struct vpic *v, struct vpic_calendar **out) {
    struct vpic_calendar *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL) return ERR_NO_MEMORY;
    c->v = v;
    interner_init(&c->sets);
    enum err err = collect_uses(c);
    if (err == ERR_OK && c->count > 0) qsort(c->uses, c->count, sizeof *c->uses, by_plant);
    if (err == ERR_OK) err = gather_evidence(c);
    if (err == ERR_OK) err = collect_companions(c);
    if (err == ERR_OK) err = merge_uses(c);
    if (err == ERR_OK) *out = c;
    else vpic_calendar_free(c);
    return err;
}

void vpic_calendar_free(struct vpic_calendar *c) {
    if (c == NULL) return;
    free(c->uses);
    free(c->merged);
    free(c->companions);
    interner_destroy(&c->sets);
    free(c->closed);
    free(c->entered);
    free(c);
}

const struct vpic_use *vpic_calendar_uses(const struct vpic_calendar *c, uint32_t schema, uint32_t model,
                                          size_t *count) {
    struct vpic_use wanted = {.schema = schema, .model = model};
    const struct vpic_use *end = c->merged + c->merged_count, *first = NULL;
    *count = 0;
    if (c->merged_count > 0)
        first = bsearch(&wanted, c->merged, c->merged_count, sizeof *c->merged, by_schema_and_model);
    if (first == NULL) return NULL;
    while (first > c->merged && by_schema_and_model(first - 1, &wanted) == 0) first--;
    while (first + *count < end && by_schema_and_model(first + *count, &wanted) == 0) ++*count;
    return first;
}

const uint32_t *vpic_calendar_set(const struct vpic_calendar *c, uint32_t set, size_t *count) {
    struct slice bytes = interner_text(&c->sets, set);
    *count = bytes.n / sizeof(uint32_t);
    return (const uint32_t *)(const void *)bytes.p; // the interner's arena aligns
}
