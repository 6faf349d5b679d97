// catalog_fixture.h: what tests with a catalogue do alike: a vocabulary of types, a few Golfs, products loaded in bulk, everything merged.
#ifndef RF_TESTS_CATALOG_FIXTURE_H
#define RF_TESTS_CATALOG_FIXTURE_H

#include "index/catalog.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"
#include "tests/unit/index/index_fixture.h"

static inline void fixture_vocabulary(struct fixture *f, const char *types_tsv) {
    struct fault why = {0};
    if (vocabulary_load(f->db, fixture_fact(f, "types.tsv", types_tsv), NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
}

// The Volkswagen Golf of 2015 to 2020, a base vehicle a year of which nothing more is known.
static inline void fixture_golfs(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (unsigned year = 2015; year <= 2020; year++) {
        struct vehicle_configuration c = {.make = SLICE("Volkswagen"), .model = SLICE("Golf"), .source = SLICE("test"), .year = year};
        assert_int_equal(vehicle_loader_add(l, &c, &why), ERR_OK);
    }
    assert_int_equal(vehicle_loader_finish(l, &report, NULL, NULL, &why), ERR_OK);
    vehicle_loader_free(l);
}

static inline struct catalog_loader *fixture_loader(struct fixture *f, const struct catalog_load_options *options) {
    struct catalog_loader *l;
    assert_int_equal(catalog_loader_new(f->db, options, &l), ERR_OK);
    return l;
}

static inline void fixture_product(struct catalog_loader *l, const struct product_doc *d) {
    struct fault why = {0};
    if (catalog_loader_product(l, d, &why) != ERR_OK) fail_msg("%s", why.message);
}

// Frees the loader; the view sees what it loaded.
static inline struct catalog_report fixture_loaded(struct fixture *f, struct catalog_loader *l) {
    struct catalog_report report;
    struct fault why = {0};
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(f);
    return report;
}

// Until nothing is left to fold in; the view sees that.
static inline void fixture_merge_all(struct fixture *f) {
    struct arena scratch;
    bool more = true;
    arena_init(&scratch, 1 << 20, 64 << 20);
    while (more) assert_int_equal(catalog_merge(f->db, &scratch, &more), ERR_OK);
    arena_destroy(&scratch);
    fixture_refresh(f);
}

#endif
