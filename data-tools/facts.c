#include "facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "index/delimited.h"

enum { ROWS_MAX = 65535 };

const char *brand_tier_name(enum brand_tier tier) {
    static const char *const NAMES[TIER_COUNT] = {"good", "better", "best"};
    return tier < TIER_COUNT ? NAMES[tier] : "";
}

int facts_type(const struct facts *f, const char *slug) {
    for (unsigned i = 0; i < f->type_count; i++)
        if (slice_is(f->types[i].slug, slug)) return (int)i;
    return -1;
}

// ---- reading a table --------------------------------------------------------------------------------------------------------
struct fact_table {
    struct facts *facts;
    struct delimited *rows;
    int columns[16]; // as asked for in table_open
    const char *const *names;
};

static enum err table_open(struct facts *f, const char *dir, const char *file, const char *const *names, struct fact_table *t, struct fault *why) {
    char path[4096];
    struct slice name = arena_printf(&f->arena, "%s/%s", dir, file);
    slice_copy(name, path, sizeof path);
    *t = (struct fact_table){.facts = f, .names = names};
    TRY(delimited_open(path, &t->rows, why));
    for (unsigned i = 0; names[i]; i++) {
        t->columns[i] = delimited_column(t->rows, names[i]);
        if (t->columns[i] >= 0) continue;
        delimited_close(t->rows);
        return fault_set(why, ERR_BAD_REQUEST, names[i], "%s has no column %s", path, names[i]);
    }
    return ERR_OK;
}

static struct slice cell(const struct fact_table *t, unsigned i) {
    return arena_copy(&t->facts->arena, delimited_cell(t->rows, t->columns[i]));
}

// Room for all rows of a table: counted by walking it once.
static enum err rows_count(const char *dir, const char *file, unsigned *count, struct fault *why) {
    char path[4096];
    struct delimited *rows;
    int n = snprintf(path, sizeof path, "%s/%s", dir, file);
    if (n < 0 || (size_t)n >= sizeof path) return fault_set(why, ERR_BAD_REQUEST, "facts", "the path is too long");
    TRY(delimited_open(path, &rows, why));
    for (*count = 0; delimited_next(rows);) ++*count;
    delimited_close(rows);
    return *count <= ROWS_MAX ? ERR_OK : fault_set(why, ERR_TOO_LARGE, "facts", "%s has more than %d rows", path, ROWS_MAX);
}

static enum err types_read(struct facts *f, const char *dir, struct fault *why) {
    static const char *const COLUMNS[] = {"id", "kind", "name", "name_zh", "parent", "pcdb", "positions", "attributes", NULL};
    struct fact_table t;
    unsigned count;
    TRY(rows_count(dir, "types.tsv", &count, why));
    f->types = ARENA_ARRAY(&f->arena, struct fact_type, count);
    if (!f->types) return ERR_NO_MEMORY;
    TRY(table_open(f, dir, "types.tsv", COLUMNS, &t, why));
    while (delimited_next(t.rows)) {
        struct fact_type *type = &f->types[f->type_count];
        *type = (struct fact_type){.slug = cell(&t, 0), .name = cell(&t, 2), .name_zh = cell(&t, 3), .group = cell(&t, 4),
                                   .pcdb = cell(&t, 5), .positions = cell(&t, 6), .attributes = cell(&t, 7)};
        if (product_kind_parse(delimited_cell(t.rows, t.columns[1]), &type->kind)) f->type_count++;
    }
    delimited_close(t.rows);
    return f->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

static enum brand_tier tier_parse(struct slice text) {
    for (enum brand_tier tier = TIER_GOOD; tier < TIER_COUNT; tier++)
        if (slice_is(text, brand_tier_name(tier))) return tier;
    return TIER_GOOD;
}

// "oil_filter|group:services": a type by its own id or its group's.
static bool makes_type(struct slice list, const struct fact_type *type) {
    while (list.p) {
        struct slice item = slice_cut(&list, '|');
        if (slice_eq(item, type->slug)) return true;
        if (slice_starts(item, SLICE("group:")) && slice_eq(slice_from(item, 6), type->group)) return true;
    }
    return false;
}

static enum err brands_read(struct facts *f, const char *dir, struct slice **made, struct fault *why) {
    static const char *const COLUMNS[] = {"id", "name", "name_zh", "types", "tier", "markets", NULL};
    struct fact_table t;
    unsigned count;
    TRY(rows_count(dir, "brands.tsv", &count, why));
    f->brands = ARENA_ARRAY(&f->arena, struct fact_brand, count);
    *made = ARENA_ARRAY(&f->arena, struct slice, count);
    if (!f->brands || !*made) return ERR_NO_MEMORY;
    TRY(table_open(f, dir, "brands.tsv", COLUMNS, &t, why));
    while (delimited_next(t.rows)) {
        struct slice markets = cell(&t, 5);
        (*made)[f->brand_count] = cell(&t, 3);
        f->brands[f->brand_count++] = (struct fact_brand){
            .slug = cell(&t, 0), .name = cell(&t, 1), .name_zh = cell(&t, 2), .tier = tier_parse(cell(&t, 4)),
            .us = !slice_is(markets, "CN"), .cn = !slice_is(markets, "US")};
    }
    delimited_close(t.rows);
    return f->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

static enum err makers_index(struct facts *f, const struct slice *made) {
    for (unsigned i = 0; i < f->type_count; i++) {
        uint16_t *list = ARENA_ARRAY(&f->arena, uint16_t, f->brand_count);
        if (!list) return ERR_NO_MEMORY;
        for (unsigned k = 0; k < f->brand_count; k++)
            if (makes_type(made[k], &f->types[i])) list[f->types[i].brand_count++] = (uint16_t)k;
        f->types[i].brands = list;
    }
    return ERR_OK;
}

static enum err cities_read(struct facts *f, const char *dir, struct fault *why) {
    static const char *const COLUMNS[] = {"city", "city_zh", "country", "lat", "lon", "weight", "utc_offset", "daylight_saving", NULL};
    struct fact_table t;
    unsigned count;
    TRY(rows_count(dir, "workshop_cities.tsv", &count, why));
    f->cities = ARENA_ARRAY(&f->arena, struct fact_city, count);
    if (!f->cities) return ERR_NO_MEMORY;
    TRY(table_open(f, dir, "workshop_cities.tsv", COLUMNS, &t, why));
    while (delimited_next(t.rows)) {
        struct fact_city *city = &f->cities[f->city_count];
        *city = (struct fact_city){.name = cell(&t, 0), .name_zh = cell(&t, 1), .country = cell(&t, 2), .daylight_saving = cell(&t, 7)};
        if (slice_f64(cell(&t, 3), &city->lat) && slice_f64(cell(&t, 4), &city->lon) && slice_f64(cell(&t, 5), &city->weight) &&
            slice_i64(cell(&t, 6), &city->utc_offset))
            f->city_count++;
    }
    delimited_close(t.rows);
    return f->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

enum err facts_open(const char *dir, struct facts **out, struct fault *why) {
    struct slice *made;
    struct facts *f = calloc(1, sizeof *f);
    if (!f) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    arena_init(&f->arena, 256 * 1024, 256u << 20);
    enum err err = types_read(f, dir, why);
    if (err == ERR_OK) err = brands_read(f, dir, &made, why);
    if (err == ERR_OK) err = makers_index(f, made);
    if (err == ERR_OK) err = cities_read(f, dir, why);
    if (err == ERR_OK) *out = f;
    else facts_close(f);
    return err;
}

void facts_close(struct facts *f) {
    if (!f) return;
    arena_destroy(&f->arena);
    free(f);
}
