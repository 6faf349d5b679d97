// The generator over our own table of China-market cars: the same bytes for the same seed, counts, and a load by the importer
// that everything in it survives.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data-tools/cn_vehicles.h"
#include "data-tools/import.h"
#include "data-tools/synth.h"
#include "data-tools/synth_product.h"
#include "index/product.h"

#define FACTS "data-tools/facts"
enum { PATH_BYTES = 512 };
static const char *const FILES[] = {"sample-aces.xml.zst", "sample-pies.xml.zst", "map.tsv", "goods.jsonl.zst", "offers.jsonl.zst",
                                    "workshops.jsonl.zst", "users.jsonl.zst", "events.jsonl.zst"};
enum { FILE_COUNT = sizeof FILES / sizeof *FILES };

struct world { char dir[PATH_BYTES]; struct db *db; struct synth_counts counts; };

static void path_of(const struct world *w, const char *sub, const char *name, char out[2 * PATH_BYTES]) {
    snprintf(out, 2 * PATH_BYTES, "%s/%s/%s", w->dir, sub, name);
}

static void generate(struct world *w, const char *sub, uint64_t seed, struct synth_counts *counts) {
    char out[2 * PATH_BYTES], command[3 * PATH_BYTES];
    struct fault why = {0};
    path_of(w, sub, "", out);
    snprintf(command, sizeof command, "mkdir -p %s", out);
    assert_int_equal(system(command), 0);
    struct synth_options o = {.scale = synth_scale_find("tiny"), .facts_dir = FACTS, .out_dir = out, .seed = seed, .today = 20000};
    if (synth_run(w->db, &o, counts, &why) != ERR_OK) fail_msg("%s", why.message);
}

static int setup(void **state) {
    static struct world w;
    struct import_report report;
    struct fault why = {0};
    snprintf(w.dir, sizeof w.dir, "/tmp/rightfit-synth-XXXXXX");
    assert_non_null(mkdtemp(w.dir));
    char data[2 * PATH_BYTES];
    path_of(&w, "data", "", data);
    report_init(&report, NULL);
    if (db_open(data, DB_CREATE, &w.db, &why) != ERR_OK) fail_msg("%s", why.message);
    if (vocabulary_load(w.db, FACTS, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    if (cn_vehicles_import(w.db, FACTS, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    generate(&w, "one", 1, &w.counts);
    *state = &w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    char command[2 * PATH_BYTES];
    db_close(w->db);
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    return system(command);
}

// ---- the same and other seeds ----------------------------------------------------------------------------------------------
static bool same_file(const struct world *w, const char *a, const char *b, const char *name) {
    char first[2 * PATH_BYTES], second[2 * PATH_BYTES], command[5 * PATH_BYTES];
    path_of(w, a, name, first);
    path_of(w, b, name, second);
    snprintf(command, sizeof command, "cmp -s %s %s", first, second);
    return system(command) == 0;
}

static void same_seed_same_bytes(void **state) {
    struct world *w = *state;
    struct synth_counts counts;
    generate(w, "two", 1, &counts);
    for (unsigned i = 0; i < FILE_COUNT; i++)
        if (!same_file(w, "one", "two", FILES[i])) fail_msg("%s differs", FILES[i]);
    generate(w, "three", 2, &counts);
    assert_false(same_file(w, "one", "three", "sample-aces.xml.zst"));
    assert_false(same_file(w, "one", "three", "events.jsonl.zst"));
}

// ---- counts -----------------------------------------------------------------------------------------------------------------
static void about(const char *what, uint64_t is, double wanted, double tolerance) {
    if ((double)is < wanted * (1 - tolerance) || (double)is > wanted * (1 + tolerance)) fail_msg("%s: %llu", what, (unsigned long long)is);
}

static void counts_at_tiny(void **state) {
    const struct synth_counts *c = &((struct world *)*state)->counts;
    about("products", c->products, 5000, 0.1);
    about("users", c->users, 2000, 0);
    about("events", c->events, 50000, 0.2);
    assert_int_equal(c->products, c->items + c->goods);
    assert_int_equal(c->offers, c->items);
    assert_true(c->goods * 100 >= c->products * 5); // universal ones and services
    assert_true(c->workshops >= 240);
    assert_true(c->rows >= c->applications);
}

static void enough_conditions_and_terms(void **state) {
    const struct synth_counts *c = &((struct world *)*state)->counts;
    assert_true(c->conditional * 100 >= c->applications * 5);
    assert_true(c->engine_terms * 100 >= c->applications * 15);
    assert_true(c->trim_terms > 0);
    assert_true(c->body_terms > 0);
}

// ---- what is planned ---------------------------------------------------------------------------------------------------------
static struct synth_plan *plan_open(struct world *w, struct facts **facts, struct synth_world **world) {
    struct synth_plan *p;
    struct synth_world_options options = {.max_vehicles = 1000, .year_now = 2024};
    struct fault why = {0};
    if (facts_open(FACTS, facts, &why) != ERR_OK) fail_msg("%s", why.message);
    if (synth_world_open(w->db, &options, world, &why) != ERR_OK) fail_msg("%s", why.message);
    if (synth_plan_make(synth_scale_find("tiny"), *facts, *world, 1, 20000, &p, &why) != ERR_OK) fail_msg("%s", why.message);
    return p;
}

// No oil filter for a car that burns nothing, no charge-port service for one that does.
static void members_suit_their_products(void **state) {
    struct facts *facts;
    struct synth_world *world;
    struct synth_plan *p = plan_open(*state, &facts, &world);
    for (uint32_t i = 0; i < p->product_count; i++) {
        const struct synth_product *product = &p->products[i];
        const struct synth_kind *k = &p->kinds[product->kind];
        if (k->spec->rule != RULE_ENGINE) continue;
        const struct synth_family *f = &p->families.families[product->family];
        for (unsigned m = 0; m < f->member_count; m++) {
            const struct synth_engine *e = &world->engines[p->families.members[f->first_member + m].engine];
            if (k->spec->power == POWER_COMBUSTION) assert_true(e->combustion);
            if (k->spec->power == POWER_PLUG) assert_true(e->plug);
            if (k->spec->power == POWER_DIESEL) assert_true(e->diesel);
        }
    }
    synth_plan_free(p);
    synth_world_close(world);
    facts_close(facts);
}

static void ranges_agree_with_a_scan(void **state) {
    struct facts *facts;
    struct synth_world *world;
    struct synth_plan *p = plan_open(*state, &facts, &world);
    uint64_t in_ranges = 0, by_family = 0;
    for (uint32_t f = 0; f < p->families.family_count; f++)
        for (unsigned k = 0; k < p->kind_count; k++) {
            uint32_t first, count;
            synth_plan_range(p, f, k, &first, &count);
            for (uint32_t i = first; i < first + count; i++) assert_true(p->products[i].family == f && p->products[i].kind == k);
            in_ranges += count;
        }
    for (uint32_t i = 0; i < p->product_count; i++) by_family += p->products[i].family != SYNTH_NO_FAMILY;
    assert_int_equal(in_ranges, by_family);
    synth_plan_free(p);
    synth_world_close(world);
    facts_close(facts);
}

// ---- through the importer -----------------------------------------------------------------------------------------------------
static void everything_loads(void **state) {
    struct world *w = *state;
    char dir[2 * PATH_BYTES];
    struct import_report report;
    struct import_counts counts;
    struct fault why = {0};
    path_of(w, "one", "", dir);
    const char *paths[] = {dir};
    struct import_options options = {.paths = paths, .path_count = 1, .facts_dir = FACTS, .quiet = true};
    report_init(&report, stderr);
    if (import_run(w->db, &options, &report, &counts, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(report.rejected, 0);
    assert_int_equal(counts.aces_parked, 0);
    assert_int_equal(counts.catalogue.applications_unresolved, 0);
    assert_int_equal(counts.catalogue.products, w->counts.products); // so every application found its product
    assert_int_equal(counts.pies_items, w->counts.items);
    assert_int_equal(counts.supplies, w->counts.supply_lines);
    assert_int_equal(counts.users, w->counts.users);
    assert_int_equal(counts.events, w->counts.events);
    assert_int_equal(counts.duplicate_events, 0);
}

// What is sold in packs is loaded as packs; runs after everything_loads.
static void packs_are_packs(void **state) {
    struct world *w = *state;
    struct facts *facts;
    struct synth_world *world;
    struct synth_plan *p = plan_open(w, &facts, &world);
    struct view *v;
    struct arena arena;
    unsigned packs = 0, single_plugs = 0;
    arena_init(&arena, 1 << 20, 1u << 30);
    assert_int_equal(view_open(w->db, &clock_system, &v), ERR_OK);
    assert_int_equal(view_begin(v, &arena), ERR_OK);
    for (uint32_t i = 0; i < p->product_count; i++) {
        unsigned pack = synth_product_pack(p, &p->products[i]);
        single_plugs += pack == 1 && slice_is(p->kinds[p->products[i].kind].fact->slug, "spark_plug");
        if (pack == 1) continue;
        struct buf id;
        uint32_t product;
        struct product record;
        buf_init(&id, &arena, 64);
        synth_product_id(p, &p->products[i], &id);
        if (product_find(v, buf_slice(&id), &product) != ERR_OK) continue; // this plan is of other vehicles than the file's
        assert_int_equal(product_load(v, product, &record), ERR_OK);
        if (record.pack_quantity != pack) fail_msg("%.*s comes by %u", SLICE_ARGS(record.external_id), record.pack_quantity);
        packs++;
    }
    assert_true(packs > 20 && single_plugs > 0);
    view_end(v);
    view_close(v);
    arena_destroy(&arena);
    synth_plan_free(p);
    synth_world_close(world);
    facts_close(facts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_bytes), cmocka_unit_test(counts_at_tiny), cmocka_unit_test(enough_conditions_and_terms),
        cmocka_unit_test(members_suit_their_products), cmocka_unit_test(ranges_agree_with_a_scan), cmocka_unit_test(everything_loads),
        cmocka_unit_test(packs_are_packs),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
