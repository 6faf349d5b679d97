// Words, numbers, filters and facets over a small catalogue whose right answers are plain to see.
#include "catalog_fixture.h"

#include "index/catalog.h"
#include "index/posting.h"
#include "index/search.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"

static const char types_tsv[] =
    "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
    "oil_filter\tpart\tOil Filter\t机油滤清器\tengine oil filter\t机滤|机油格\t\t10000\t12\t\t\tfilters\n"
    "brake_pad\tpart\tBrake Pads\t刹车片\tbrake pad\t刹车皮|來令片\t\t40000\t36\tfront|rear\t\tbrakes\n"
    "phone_holder\taccessory\tPhone Holder\t手机支架\t\t\t\t0\t0\t\t\taccessories\n";

struct row { const char *id, *brand, *number, *type, *title, *title_zh, *oe; int fen, stock, from, to; };
static const struct row rows[] = {
    {"a1", "Alpha", "W 719/30", "oil_filter", "Alpha Oil Filter W719/30", "阿尔法 机油滤清器 W719/30", "06A 115 561 B", 3500, 5, 2015, 2019},
    {"a2", "Alpha", "W 712/52", "oil_filter", "Alpha Oil Filter W712/52", "阿尔法 机油滤清器 W712/52", NULL, 2500, 0, 2018, 2020},
    {"b1", "Beta", "BP-1", "brake_pad", "Beta Ceramic Brake Pads Front", "贝塔 陶瓷 刹车片 前", NULL, 19900, 3, 2018, 2018},
    {"b2", "Beta", "BP-2", "brake_pad", "Beta Sport Brake Pads Front", "贝塔 运动 刹车片 前", NULL, 29900, 3, 2010, 2012},
    {"c1", "Alpha", "PH-9", "phone_holder", "Alpha Phone Holder", "阿尔法 手机支架", NULL, 4900, 9, 0, 0},
};
#define ROWS (sizeof rows / sizeof *rows)

static struct product_doc doc_of(struct arena *a, const struct row *r) {
    struct application_doc *app = ARENA_NEW(a, struct application_doc);
    struct vehicle_doc *car = ARENA_NEW(a, struct vehicle_doc);
    struct number_doc *oe = ARENA_NEW(a, struct number_doc);
    struct pair *attr = ARENA_ARRAY(a, struct pair, 4);
    *car = (struct vehicle_doc){.make = SLICE("Volkswagen"), .model = SLICE("Golf"), .year_from = (uint16_t)r->from, .year_to = (uint16_t)r->to};
    *app = (struct application_doc){.quantity = 1, .source = SLICE("test"), .vehicle_count = 1, .vehicles = car};
    attr[0] = (struct pair){SLICE("material"), SLICE("cera\"mic")};
    attr[1] = (struct pair){SLICE("colour"), SLICE("red,\"material\":\"iron\"")}; // no material, whatever it looks like
    attr[2] = (struct pair){SLICE("material"), SLICE("organic")};
    attr[3] = (struct pair){SLICE("material"), SLICE("low, metallic")};
    if (r->oe) *oe = (struct number_doc){.relation = NUMBER_OE, .brand = SLICE("Volkswagen"), .number = slice_str(r->oe), .quantity = 1};
    return (struct product_doc){.id = slice_str(r->id), .brand = slice_str(r->brand), .number = slice_str(r->number),
                                .type = slice_str(r->type), .title = slice_str(r->title), .title_zh = slice_str(r->title_zh),
                                .universal = r->from == 0, .non_vehicle = r->from == 0, .stock = (uint32_t)r->stock,
                                .cny_fen = r->fen, .usd_cents = -1, .attrs = attr, .attr_count = slice_is(slice_str(r->id), "b1") ? 4 : slice_is(slice_str(r->id), "b2") ? 2 : 0,
                                .numbers = oe, .number_count = r->oe != NULL, .applications = app,
                                .application_count = r->from ? 1 : 0};
}

static void catalogue_load(struct fixture *f) {
    fixture_vocabulary(f, types_tsv);
    fixture_golfs(f);
    struct catalog_loader *l = fixture_loader(f, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        struct product_doc d = doc_of(&f->arena, &rows[i]);
        fixture_product(l, &d);
    }
    (void)fixture_loaded(f, l);
}

static struct search_result search(struct fixture *f, const char *q, const char *vehicle, const char *filters, struct facet *facet) {
    struct fault why = {0};
    struct knowledge *k = ARENA_NEW(&f->arena, struct knowledge);
    struct filter *filter = ARENA_NEW(&f->arena, struct filter);
    struct search_result r;
    if (knowledge_parse(f->view, slice_str(vehicle), SLICE_NONE, SLICE_NONE, k, &why) != ERR_OK) fail_msg("%s", why.message);
    if (filter_parse(f->view, slice_str(filters), CURRENCY_CNY, filter, &why) != ERR_OK) fail_msg("%s", why.message);
    if (facet) assert_int_equal(facet_begin(f->view, facet->field, filter_without(filter, facet->field), facet, &why), ERR_OK);
    struct search_query query = {.q = slice_str(q), .k = k, .filter = filter, .facets = facet, .facet_count = facet != NULL};
    assert_int_equal(search_run(f->view, &query, &r, &why), ERR_OK);
    return r;
}

// The ids found, joined and sorted by id ("a1 b2").
static const char *ids(struct fixture *f, const struct search_result *r) {
    struct buf b;
    buf_init(&b, &f->arena, 64);
    for (size_t i = 0; i < ROWS; i++)
        for (unsigned k = 0; k < r->count; k++) {
            struct product p;
            assert_int_equal(product_load(f->view, r->hits[k].match.product, &p), ERR_OK);
            if (slice_is(p.external_id, rows[i].id)) buf_printf(&b, "%s%s", b.n ? " " : "", rows[i].id);
        }
    buf_char(&b, 0);
    return b.p;
}

static void check(struct fixture *f, const char *q, const char *vehicle, const char *filters, const char *expected) {
    struct search_result r = search(f, q, vehicle, filters, NULL);
    if (strcmp(ids(f, &r), expected) != 0) fail_msg("q='%s' vehicle='%s' filters='%s': '%s', expected '%s'", q, vehicle, filters, ids(f, &r), expected);
}

static void check_dropped(struct fixture *f, const char *q, const char *expected, const char *dropped) {
    struct search_result r = search(f, q, "", "", NULL);
    check(f, q, "", "", expected);
    assert_int_equal(r.dropped_count, 1);
    assert_true(slice_is(r.dropped[0], dropped));
}

static void test_words(void **state) {
    struct fixture *f = *state;
    check(f, "机滤", "", "", "a1 a2");
    check(f, "engine oil filter", "", "", "a1 a2");
    check(f, "來令片", "", "", "b1 b2");
    check(f, "ceramic", "", "", "b1");
    check(f, "陶瓷刹车片", "", "", "b1");
    check(f, "alpha 机油格", "", "", "a1 a2");
    check_dropped(f, "beta oil filter", "a1 a2", "beta"); // nobody's oil filter is a Beta
    check(f, "alpha", "", "", "a1 a2 c1");
    check(f, "zzzz", "", "", "");
    check(f, "", "", "", "a1 a2 b1 b2 c1");
    check(f, "机滤", "2018-volkswagen-golf", "", "a1 a2");
    check(f, "刹车片", "2018-volkswagen-golf", "", "b1");
    check(f, "", "2018-volkswagen-golf", "", "a1 a2 b1"); // a phone holder only when asked for
    check(f, "手机支架", "2018-volkswagen-golf", "", "c1");
    check(f, "golf 机滤", "", "", "a1 a2"); // the car's words are no text
    check(f, "18款golf1.4T机滤", "", "", "a1 a2");
    check(f, "机滤 2018年款 golf", "", "", "a1 a2");
}

static void test_numbers(void **state) {
    struct fixture *f = *state;
    static const char *const forms[] = {"06A115561B", "06a-115-561-b", "06A 115 561 B"};
    for (unsigned i = 0; i < 3; i++) check(f, forms[i], "", "", "a1");
    check(f, "W719/30", "", "", "a1");
    check(f, "w 71930", "", "", "a1");
    check(f, "W719/31", "", "", ""); // never by typo
    struct search_result r = search(f, "BP-2", "2018-volkswagen-golf", "", NULL);
    assert_int_equal(r.count, 0);
    assert_int_equal(r.number_match_count, 1);
    assert_int_equal(r.number_matches[0].verdict, VERDICT_NO);
}

static void test_filters(void **state) {
    struct fixture *f = *state;
    check(f, "", "", "brand:Alpha", "a1 a2 c1");
    check(f, "", "", "brand:Alpha AND price < 3000", "a2");
    check(f, "", "", "price:2500 TO 3500", "a1 a2");
    check(f, "", "", "NOT brand:Alpha AND (price >= 29900 OR stock < 1)", "b2");
    check(f, "", "", "type:oil_filter OR kind:accessory", "a1 a2 c1");
    check(f, "", "", "in_stock:true AND type:oil_filter", "a1");
    check(f, "", "", "brand != Alpha", "b1 b2");
    check(f, "", "", "brand:nobody", "");
    check(f, "", "2018-volkswagen-golf", "fit:universal", "c1");
    static const char *const wrong[] = {"brand", "brand:", "price < x", "colour:red", "(brand:Alpha", "brand:Alpha kind:part",
                                        "kind:thing", "brand < 3", "NOT", "brand:\"x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct filter filter;
        struct fault why = {0};
        assert_int_equal(filter_parse(f->view, slice_str(wrong[i]), CURRENCY_CNY, &filter, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, "filters");
    }
}

static void test_facets(void **state) {
    struct fixture *f = *state;
    struct facet facet = {.field = SLICE("brand")};
    struct search_result r = search(f, "", "", "brand:Alpha AND price < 20000", &facet);
    assert_int_equal(r.count, 3);
    assert_int_equal(facet.count, 2); // its own filter does not count, the price does
    assert_true(slice_is(facet.values[0].text, "Alpha") && facet.values[0].count == 3);
    assert_true(slice_is(facet.values[1].text, "Beta") && facet.values[1].count == 1);
    struct facet attribute = {.field = SLICE("attributes.material")};
    r = search(f, "", "", "", &attribute);
    assert_int_equal(attribute.count, 3);
    assert_true(slice_is(attribute.values[0].text, "cera\"mic") && attribute.values[0].count == 2);
    assert_true(slice_is(attribute.values[1].text, "low, metallic") && attribute.values[1].count == 1);
    assert_true(slice_is(attribute.values[2].text, "organic") && attribute.values[2].count == 1);
    check(f, "", "", "attributes.material:organic", "b1");
    check(f, "", "", "attributes.material:\"low, metallic\"", "b1");
    check(f, "", "", "attributes.material:iron", "");
    check(f, "", "", "attributes.material:organic OR attributes.colour:nothing", "b1");
    struct product p;
    assert_int_equal(product_load(f->view, search(f, "", "", "attributes.material:organic", NULL).hits[0].match.product, &p), ERR_OK);
    assert_true(slice_is(p.attributes, "{\"material\":[\"cera\\\"mic\",\"organic\",\"low, metallic\"],\"colour\":\"red,\\\"material\\\":\\\"iron\\\"\"}"));
    struct facet wrong;
    struct fault why = {0};
    assert_int_equal(facet_begin(f->view, SLICE("colour"), 0, &wrong, &why), ERR_BAD_REQUEST);
}

// A put changes words and numbers at once; a delete takes them away.
static void test_put_changes_words(void **state) {
    struct fixture *f = *state;
    struct arena scratch;
    struct txn *t;
    uint32_t id;
    struct fault why = {0};
    arena_init(&scratch, 1 << 16, 16 << 20);
    struct row changed = rows[3];
    changed.title = "Beta Racing Brake Pads Rear";
    changed.number = "BP-77";
    struct product_doc d = doc_of(&scratch, &changed);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    assert_int_equal(catalog_put(t, &scratch, &d, &id, &why), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(f);
    check(f, "racing", "", "", "b2");
    check(f, "sport", "", "", "");
    check(f, "BP77", "", "", "b2");
    check(f, "BP-2", "", "", "");
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    arena_reset(&scratch);
    assert_int_equal(catalog_delete(t, &scratch, SLICE("b2")), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(f);
    check(f, "racing", "", "", "");
    check(f, "刹车片", "", "", "b1");
    arena_destroy(&scratch);
}

// A posting list of many chunks under random changes equals a plain set.
static void test_postings(void **state) {
    struct fixture *f = *state;
    enum { N = 6000 };
    static bool in[N];
    struct txn *t;
    uint64_t seed = 7;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t product = 1 + (uint32_t)(seed >> 33) % (N - 1);
        bool add = (seed >> 20) % 4 != 0;
        assert_int_equal(add ? posting_add(t, SLICE("wmany"), product) : posting_remove(t, SLICE("wmany"), product), ERR_OK);
        in[product] = add;
    }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(f);
    struct posting p;
    assert_int_equal(posting_open(f->view, SLICE("wmany"), &p), ERR_OK);
    for (uint32_t i = 1; i < N; i++) {
        if (!in[i]) continue;
        assert_int_equal(p.product, i);
        posting_next(&p);
    }
    assert_int_equal(p.product, UINT32_MAX);
    assert_int_equal(posting_close(&p), ERR_OK);
    assert_int_equal(posting_open(f->view, SLICE("wmany"), &p), ERR_OK);
    for (uint32_t i = 3; i < N; i += 37) {
        uint32_t expected = i;
        while (expected < N && !in[expected]) expected++;
        posting_seek(&p, i);
        assert_int_equal(p.product, expected == N ? UINT32_MAX : expected);
    }
    assert_int_equal(posting_close(&p), ERR_OK);
}

static int setup(void **state) {
    catalogue_load(fixture_begin(state));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),  cmocka_unit_test(test_numbers),           cmocka_unit_test(test_filters),
        cmocka_unit_test(test_facets), cmocka_unit_test(test_put_changes_words), cmocka_unit_test(test_postings),
    };
    return cmocka_run_group_tests(tests, setup, fixture_end);
}
