// catalogue.h: the small fixed catalogue of the contract tests, loaded from the text files beside this one.
#ifndef RF_TESTS_CONTRACT_CATALOGUE_H
#define RF_TESTS_CONTRACT_CATALOGUE_H

#include "index/attribute.h"
#include "index/catalog.h"
#include "index/delimited.h"
#include "index/text.h"
#include "index/vehicle.h"
#include "index/vehicle_stats.h"
#include "index/vocabulary.h"
#include "tests/unit/index/vin_fixture.h"

#define CONTRACT_DIR "tests/contract"

#define must(expression)                                                                                               \
    do {                                                                                                               \
        if ((expression) != ERR_OK) fail_msg("%s: %s", #expression, why.message);                                      \
    } while (0)

static void catalogue_reject(void *arg, const char *file, uint64_t line, const char *message) {
    (void)arg;
    fail_msg("%s:%llu: %s", file, (unsigned long long)line, message);
}

static inline void catalogue_vehicle_row(struct delimited *d, struct vehicle_loader *l) {
    struct vehicle_attribute attributes[DELIMITED_COLUMNS_MAX];
    struct fault why = {0};
    uint64_t from = 0, to = 0;
    struct vehicle_configuration c = {.make = delimited_cell(d, 0), .model = delimited_cell(d, 1), .source = SLICE("contract"),
                                      .attributes = attributes};
    assert_true(slice_u64(delimited_cell(d, 2), &from) && slice_u64(delimited_cell(d, 3), &to));
    if (slice_is(delimited_cell(d, 4), "2")) c.flags = VEHICLE_SECOND_LIST;
    for (int column = 5; column < (int)delimited_columns(d); column++)
        if (delimited_cell(d, column).n)
            attributes[c.attribute_count++] = (struct vehicle_attribute){delimited_column_name(d, (unsigned)column),
                                                                         delimited_cell(d, column)};
    for (c.year = (unsigned)from; c.year <= to; c.year++) must(vehicle_loader_add(l, &c, &why));
}

static inline void catalogue_vehicles(struct db *db) {
    struct fault why = {0};
    struct delimited *d;
    struct vehicle_load_report report;
    struct vehicle_loader *l = vehicle_loader_new(db);
    assert_non_null(l);
    must(delimited_open(CONTRACT_DIR "/vehicles.tsv", &d, &why));
    while (delimited_next(d)) catalogue_vehicle_row(d, l);
    must(vehicle_loader_finish(l, &report, NULL, NULL, &why));
    vehicle_loader_free(l);
    delimited_close(d);
}

static inline void catalogue_products(struct db *db) {
    struct fault why = {0};
    struct catalog_loader *l;
    struct catalog_report report;
    struct arena arena;
    struct json_parser *parser = json_parser_new();
    FILE *file = fopen(CONTRACT_DIR "/products.jsonl", "re");
    char *line = NULL;
    size_t size = 0;
    uint32_t number = 0;
    assert_non_null(file);
    arena_init(&arena, 65536, 64 * 1024 * 1024);
    must(catalog_loader_new(db, NULL, &l));
    for (ssize_t n; (n = getline(&line, &size, file)) > 0; arena_reset(&arena)) {
        const struct json *body;
        struct product_doc doc;
        must(json_parse(parser, slice_of(line, (size_t)n), &arena, &body, &why));
        must(product_doc_from_json(&arena, SLICE_NONE, body, SLICE("products.jsonl"), ++number, &doc, &why));
        must(catalog_loader_product(l, &doc, &why));
    }
    must(catalog_loader_finish(l, &report, NULL, NULL, &why));
    catalog_loader_free(l);
    arena_destroy(&arena);
    json_parser_free(parser);
    free(line);
    fclose(file);
}

static inline void catalogue_statistics(struct db *db) {
    struct fault why = {0};
    struct vehicle_stats stats;
    struct view *v;
    struct arena arena;
    arena_init(&arena, 65536, 64 * 1024 * 1024);
    must(view_open(db, &clock_system, &v));
    must(view_begin(v, &arena));
    must(vehicle_stats_count(v, &stats));
    view_end(v);
    view_close(v);
    arena_destroy(&arena);
    must(vehicle_stats_store(db, &stats, &why));
}

// The VIN patterns of vin_fixture.h.
static inline void catalogue_vins(struct db *db) {
    struct fault why = {0};
    struct view *v;
    struct arena arena;
    arena_init(&arena, 65536, 64 * 1024 * 1024);
    must(view_open(db, &clock_system, &v));
    must(view_begin(v, &arena));
    vin_fixture_write(db, v);
    view_end(v);
    view_close(v);
    arena_destroy(&arena);
}

static inline void catalogue_load(const char *dir) {
    struct fault why = {0};
    struct db *db;
    must(text_init());
    must(db_open(dir, DB_CREATE, &db, &why));
    must(vocabulary_load(db, CONTRACT_DIR "/facts", catalogue_reject, NULL, &why));
    catalogue_vehicles(db);
    catalogue_products(db);
    catalogue_vins(db);
    catalogue_statistics(db);
    db_close(db);
}

#endif
