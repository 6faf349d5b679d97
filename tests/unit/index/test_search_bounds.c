// What one query may cost: the longest and most repetitive texts, pieces of numbers that very many products have, and the bound of a loop.
#include "catalog_fixture.h"

#include "index/base/limits.h"
#include "index/catalog.h"
#include "index/search.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"

#define PRODUCTS 300
#define FITTING 150 // the first of them fit the car of 2018, the rest another year's
#define QUERY_ARENA_BYTES ((size_t)4 << 20)
#define CAR "2018-volkswagen-golf"

static const char types_tsv[] =
    "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
    "oil_filter\tpart\tOil Filter\t机油滤清器\tengine oil filter\t机滤|机油格\t\t10000\t12\t\t\tfilters\n"
    "brake_pad\tpart\tBrake Pads\t刹车片\tbrake pad\t刹车皮|來令片\t\t40000\t36\tfront|rear\t\tbrakes\n";

// ---- a catalogue whose products differ in little but their numbers -----------------------------------------------------------------
static void product_add(struct fixture *f, struct catalog_loader *l, unsigned n) {
    uint16_t year = n < FITTING ? 2018 : 2016;
    struct vehicle_doc car = {.make = SLICE("Volkswagen"), .model = SLICE("Golf"), .year_from = year, .year_to = year};
    struct application_doc app = {.quantity = 1, .source = SLICE("test"), .vehicle_count = 1, .vehicles = &car};
    struct slice number = arena_printf(&f->arena, "ZN1000-%03u", n);
    struct product_doc d = {.id = number, .brand = SLICE("Zeta"), .number = number, .type = SLICE("oil_filter"),
                            .title = arena_printf(&f->arena, "Zeta Oil Filter %.*s", SLICE_ARGS(number)), .title_zh = SLICE("泽塔 机油滤清器 刹车"),
                            .cny_fen = 1000, .usd_cents = -1, .applications = &app, .application_count = 1};
    fixture_product(l, &d);
}

static int setup(void **state) {
    struct fixture *f = fixture_begin(state);
    fixture_vocabulary(f, types_tsv);
    fixture_golfs(f);
    struct catalog_loader *l = fixture_loader(f, NULL);
    for (unsigned i = 0; i < PRODUCTS; i++) product_add(f, l, i);
    (void)fixture_loaded(f, l);
    return 0;
}

// In an arena of its own size; the result lives in it.
static enum err search_in(struct fixture *f, struct arena *a, struct slice q, const char *vehicle, unsigned work_max, struct search_result *out) {
    struct fault why = {0};
    struct knowledge *k = ARENA_NEW(a, struct knowledge);
    struct filter *filter = ARENA_NEW(a, struct filter);
    f->view->arena = a;
    enum err e = knowledge_parse(f->view, slice_str(vehicle), SLICE_NONE, SLICE_NONE, k, &why);
    struct search_query query = {.q = q, .k = k, .filter = filter, .vehicle = slice_str(vehicle), .work_max = work_max};
    if (e == ERR_OK) e = search_run(f->view, &query, out, &why);
    f->view->arena = &f->arena;
    return e;
}

// ---- long texts ---------------------------------------------------------------------------------------------------------------------
static const char *const repeated[] = {
    "a ", "1 ", "12 ", "1234567890", "1-", "a-b-", "e", "x ", "golf ", "golfx ", "oil filter ", "oill filtre ", "oli ", "abc ", "zeta ", "刹", "机滤", "刹车皮前",
    "机", "刹片", "郎逸", "kaimeirui ", "kaimeirui", "kai mei rui ", "shi ", "jilv ", "zn1000 ", "zn1000-001 ", "2018 ", "18款", "4万公里", "205 55 16 ", "5w30 ",
    "p0301 ", "1.4t ", "vw golf ", "前", "é ", "qwertyu "};

static struct slice repeat(char space[LIMIT_QUERY_BYTES], const char *piece) {
    size_t n = 0, bytes = strlen(piece);
    for (; n + bytes <= LIMIT_QUERY_BYTES; n += bytes) memcpy(space + n, piece, bytes);
    return slice_of(space, n);
}

// Words of so many letters that nobody knows, all different.
static struct slice gibberish(char space[LIMIT_QUERY_BYTES], unsigned letters) {
    uint32_t state = letters;
    for (size_t i = 0; i < LIMIT_QUERY_BYTES; i++) {
        state = state * 1664525u + 1013904223u;
        space[i] = i % (letters + 1) == letters ? ' ' : (char)('a' + (state >> 24) % 26);
    }
    return slice_of(space, LIMIT_QUERY_BYTES);
}

static void check_long(struct fixture *f, const char *what, struct slice q) {
    static const char *const cars[] = {"", CAR};
    for (unsigned i = 0; i < 2; i++) {
        struct arena a;
        struct search_result r;
        arena_init(&a, 64 * 1024, QUERY_ARENA_BYTES);
        enum err e = search_in(f, &a, q, cars[i], 0, &r);
        if (e != ERR_OK) fail_msg("'%s' repeated, car '%s': error %d", what, cars[i], e);
        arena_destroy(&a);
    }
    struct span_list l;
    struct slice folded;
    assert_int_equal(text_fold(&f->arena, q, &folded), ERR_OK);
    assert_int_equal(span_list_begin(f->view, folded, &l), ERR_OK);
    for (size_t at = 0; at + 3 <= folded.n; at += 3) assert_int_equal(span_list_guess(&l, at, at + 3), ERR_OK);
    assert_true(l.looks <= SPAN_LOOKS_MAX + LIMIT_QUERY_BYTES); // a step that has begun is ended
    assert_true(l.count <= SPANS_MAX);
}

static void test_long_texts(void **state) {
    struct fixture *f = *state;
    char space[LIMIT_QUERY_BYTES];
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) check_long(f, repeated[i], repeat(space, repeated[i]));
    for (unsigned letters = 2; letters <= 12; letters++) check_long(f, "gibberish", gibberish(space, letters));
}

// ---- numbers of many products ---------------------------------------------------------------------------------------------------------
static void test_number_of_many(void **state) {
    struct fixture *f = *state;
    struct search_result r;
    unsigned at = 0;
    assert_int_equal(search_in(f, &f->arena, SLICE("zn1000"), CAR, 0, &r), ERR_OK);
    assert_int_equal(r.count, FITTING); // the total stays exact
    assert_int_equal(r.number_match_count, SEARCH_NUMBER_MATCHES_MAX);
    for (uint32_t product = 1; product <= PRODUCTS; product++) { // as judged one by one
        struct match m;
        assert_int_equal(fitment_verdict(f->view, r.k, product, &m), ERR_OK);
        bool fits = m.verdict >= VERDICT_CONDITIONAL;
        if (fits) assert_memory_equal(&r.hits[at].match, &m, sizeof m);
        at += fits;
    }
    assert_int_equal(at, r.count);
    for (unsigned i = 0; i < r.number_match_count; i++) assert_true(r.number_matches[i].verdict < VERDICT_CONDITIONAL);
    assert_int_equal(search_in(f, &f->arena, SLICE("zn1000"), "", 0, &r), ERR_OK);
    assert_int_equal(r.count, PRODUCTS);
    assert_int_equal(search_in(f, &f->arena, SLICE("zn1000-299"), CAR, 0, &r), ERR_OK); // one: judged for itself
    assert_int_equal(r.count, 0);
    assert_int_equal(r.number_match_count, 1);
}

// ---- the bound of a loop ----------------------------------------------------------------------------------------------------------------
static void check_beyond(struct fixture *f, const char *q, const char *vehicle, unsigned work_max, bool beyond, unsigned count) {
    struct search_result r;
    assert_int_equal(search_in(f, &f->arena, slice_str(q), vehicle, work_max, &r), ERR_OK);
    if (r.beyond != beyond || r.count != count) fail_msg("'%s' for '%s' in %u: beyond %d, %u found", q, vehicle, work_max, r.beyond, r.count);
}

static void test_work(void **state) {
    struct fixture *f = *state;
    check_beyond(f, "机滤", "", PRODUCTS, false, PRODUCTS);
    check_beyond(f, "机滤", "", PRODUCTS - 1, true, 0);
    check_beyond(f, "机滤", CAR, FITTING, false, FITTING);
    check_beyond(f, "机滤", CAR, FITTING - 1, true, 0);
    check_beyond(f, "golf 机滤", "", 4096, false, PRODUCTS);
    check_beyond(f, "golf", "", 4096, true, 0); // all types of six cars are seen to be too much before they are read
    check_beyond(f, "golf", "", 0, false, PRODUCTS);
    check_beyond(f, "zn1000-001", CAR, 4096, false, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_long_texts), cmocka_unit_test(test_number_of_many), cmocka_unit_test(test_work)};
    return cmocka_run_group_tests(tests, setup, fixture_end);
}
