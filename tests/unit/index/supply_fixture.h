// supply_fixture.h: a database with a few services, makes and products, and lines of index/supply.h put into it.
#ifndef RF_TESTS_SUPPLY_FIXTURE_H
#define RF_TESTS_SUPPLY_FIXTURE_H

#include <math.h>

#include "index/catalog.h"
#include "index/names.h"
#include "index/supply.h"
#include "index/vocabulary.h"
#include "tests/unit/index/index_fixture.h"

#define SUPPLY_NOW_MS INT64_C(1795341600000) // Sunday 2026-11-22T10:00:00Z, 18:00 in Shanghai

struct supply_fixture {
    struct fixture f;
    struct json_parser *parser;
    struct arena scratch;
    struct txn *many; // between supply_begin and supply_commit: lines share it
};

static inline void supply_begin(struct supply_fixture *s) { assert_int_equal(txn_begin(s->f.db, &s->many, NULL), ERR_OK); }
static inline void supply_commit(struct supply_fixture *s) {
    assert_int_equal(txn_commit(s->many, NULL), ERR_OK);
    s->many = NULL;
    fixture_refresh(&s->f);
}

static inline double supply_draw(double from, double to) { return from + (to - from) * drand48(); }

// Applies one line, in a transaction of its own unless one is open; ERR_OK, or what it is refused with.
static inline enum err supply_line(struct supply_fixture *s, const char *text, struct fault *why) {
    const struct json *line;
    struct json body;
    struct slice kind = SLICE_NONE;
    struct txn *t;
    arena_reset(&s->scratch);
    if (json_parse(s->parser, slice_str(text), &s->scratch, &line, why) != ERR_OK) fail_msg("%s: %s", text, why->message);
    assert_int_equal(json_get_string(line, "kind", &kind, why), ERR_OK);
    body = *line; // the kind stands first
    body.items++, body.keys++, body.count--;
    if (s->many) return supply_put(s->many, &s->scratch, supply_kind_parse(kind), &body, why);
    assert_int_equal(txn_begin(s->f.db, &t, why), ERR_OK);
    enum err e = supply_put(t, &s->scratch, supply_kind_parse(kind), &body, why);
    if (e == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return e;
}

static inline void supply_must(struct supply_fixture *s, const char *format, ...) {
    struct fault why = {0};
    char text[4096];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (supply_line(s, text, &why) != ERR_OK) fail_msg("%s: %s", text, why.message);
}

static inline void supply_product(struct supply_fixture *s, const char *text) {
    const struct json *body;
    struct product_doc doc;
    struct fault why = {0};
    struct txn *t;
    uint32_t id;
    arena_reset(&s->scratch);
    assert_int_equal(json_parse(s->parser, slice_str(text), &s->scratch, &body, &why), ERR_OK);
    if (product_doc_from_json(&s->scratch, SLICE_NONE, body, SLICE("test"), 1, &doc, &why) != ERR_OK) fail_msg("%s: %s", text, why.message);
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    if (catalog_put(t, &s->scratch, &doc, &id, &why) != ERR_OK) fail_msg("%s: %s", text, why.message);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
}

static inline uint32_t supply_type(struct supply_fixture *s, const char *slug) {
    uint32_t id;
    assert_int_equal(names_find(s->f.view->snapshot, NAMES_TYPE, slice_str(slug), &id), ERR_OK);
    return id;
}

static inline uint32_t supply_product_id(struct supply_fixture *s, const char *external_id) {
    uint32_t id;
    assert_int_equal(product_find(s->f.view, slice_str(external_id), &id), ERR_OK);
    return id;
}

// Services wash, oil, brake, tyre, rare; a part `filter` fitted by oil, `pad` by brake, `mat` by nobody; makes A to E; products p0 to p9.
static inline void supply_open(struct supply_fixture *s) {
    struct fault why = {0};
    fixture_open(&s->f);
    s->parser = json_parser_new();
    arena_init(&s->scratch, 1 << 16, 64u << 20);
    fixture_fact(&s->f, "types.tsv", "id\tkind\tname\nwash\tservice\tWash\noil\tservice\tOil\nbrake\tservice\tBrake\ntyre\tservice\tTyre\nrare\tservice\tRare\n"
                                     "filter\tpart\tFilter\npad\tpart\tPad\nmat\taccessory\tMat\n");
    fixture_fact(&s->f, "fitting_services.tsv", "type\tservices\nfilter\toil\npad\tbrake|tyre\n");
    fixture_fact(&s->f, "brands.tsv", "id\tname\nacme\tAcme\nzeta\tZeta\n");
    const char *dir = fixture_fact(&s->f, "makes.tsv", "make\nA\nB\nC\nD\nE\n");
    if (vocabulary_load(s->f.db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    for (unsigned i = 0; i < 10; i++) {
        char text[512];
        snprintf(text, sizeof text, "{\"id\":\"p%u\",\"brand\":\"%s\",\"number\":\"N%u\",\"type\":\"%s\",\"title\":\"T\",\"universal\":true,"
                 "\"prices\":[{\"amount\":%u,\"currency\":\"CNY\"}],\"stock\":%u}", i, i % 2 ? "zeta" : "acme", i,
                 i == 9 ? "mat" : i % 3 ? "filter" : "pad", 1000 + 337 * i, i < 5 ? 0 : i * 10);
        supply_product(s, text);
    }
    fixture_refresh(&s->f);
}

static inline void supply_close(struct supply_fixture *s) {
    if (s->many) txn_abort(s->many);
    arena_destroy(&s->scratch);
    json_parser_free(s->parser);
    fixture_close(&s->f);
}

// For a group of tests: *state is a fixture of its own until supply_group_end().
static inline struct supply_fixture *supply_group_begin(void **state) {
    struct supply_fixture *s = calloc(1, sizeof *s);
    assert_non_null(s);
    supply_open(s);
    *state = s;
    return s;
}

static inline int supply_group_end(void **state) {
    supply_close(*state);
    free(*state);
    return 0;
}

#endif
