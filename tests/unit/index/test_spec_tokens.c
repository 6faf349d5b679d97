// What products are by specification: case by case, and the tokens' lists against every product's record, on random products, loaded in
// bulk and then put and deleted one by one.
#include "index_fixture.h"

#include "index/catalog.h"
#include "index/posting.h"
#include "index/spec.h"
#include "index/spec_tokens.h"
#include "index/vocabulary.h"

static const char types_tsv[] =
    "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
    "tyre\ttyre\tTire\t轮胎\t\t\t\t0\t0\t\t\ttyres\n"
    "engine_oil\tfluid\tEngine Oil\t机油\t\t\t\t0\t0\t\t\tfluids\n"
    "headlight_bulb\tpart\tHeadlight Bulb\t大灯灯泡\t\t\t\t0\t0\t\t\tlighting\n"
    "serpentine_belt\tpart\tSerpentine Belt\t发动机皮带\t\t\t\t0\t0\t\t\tbelts\n"
    "battery\tpart\tCar Battery\t蓄电池\t\t\t\t0\t0\t\t\telectric\n"
    "wheel\tpart\tWheel\t轮毂\t\t\t\t0\t0\t\t\twheels\n"
    "wiper_blade\tpart\tWiper Blade\t雨刮器\t\t\t\t0\t0\t\t\twipers\n"
    "hose\tpart\tHose\t软管\t\t\t\t0\t0\t\t\thoses\n";

// ---- case by case ---------------------------------------------------------------------------------------------------------------
// `specs`: class letter and text of all that is said, in any order, parted by '|'.
static const struct { const char *type, *attributes, *title, *specs; } cases[] = {
    {"tyre", "{\"size\":\"205/55R16\",\"load\":\"91\",\"speed\":\"V\"}", "", "T205/55R16|S91V|R16|N205/55"},
    {"tyre", "{\"tyre_size\":\"LT245/75R16 120/116S\"}", "", "TLT245/75R16|T245/75R16|S120/116S|R16|N245/75"},
    {"tyre", "{}", "Michelin Primacy 225/45R17 94W XL", "T225/45R17|S94W|R17|N225/45"},
    {"tyre", "{}", "马牌 195R14C 轮胎 SMP-2055516", "T195R14C|T195R14|R14"},
    {"tyre", "{\"size\":\"205/55R16\"}", "for rims like 225/45R17", "T205/55R16|R16|N205/55"},
    {"tyre", "{\"size\":\"31x10.50R15\",\"run_flat\":\"true\"}", "", "T31X10.5R15|R15|Frun_flat"},
    {"tyre", "{\"size\":\"205/55R16\",\"run_flat\":\"no\"}", "", "T205/55R16|R16|N205/55"},
    {"hose", "{\"size\":\"205/55R16\",\"length_mm\":\"650\",\"technology\":\"AGM\"}", "Hose 205/55R16 5W-30", ""},
    {"engine_oil", "{\"viscosity\":\"5W-30\",\"api\":\"SP\",\"litres\":\"4\"}", "", "G5W-30|OAPI SP|V4L"},
    {"engine_oil", "{\"oil_spec\":\"5W-30 API SN/CF ACEA C3 VW 504.00/507.00 MB 229.51\"}", "",
     "G5W-30|OAPI SN|OACEA C3|OVW 504.00|OVW 507.00|OMB 229.51"},
    {"engine_oil", "{\"api\":[\"SP\",\"SN PLUS\"],\"ilsac\":\"GF-6A\"}", "全合成机油 0W-20 4L", "OAPI SP|OAPI SN|OILSAC GF-6A|OILSAC GF-6|G0W-20|V4L"},
    {"engine_oil", "{\"approvals\":\"dexos1 Gen 3\"}", "Oil 5 qt", "Odexos1 GEN3|Odexos1|V4.73L"},
    {"headlight_bulb", "{\"base\":\"9005\",\"technology\":\"LED\"}", "", "BHB3"},
    {"headlight_bulb", "{\"base\":\"H8/H11\"}", "", "BH8|BH11"},
    {"headlight_bulb", "{}", "Osram H7 bulb", "BH7"},
    {"serpentine_belt", "{}", "Gates 6PK1733", "L6PK1733"},
    {"serpentine_belt", "{\"size\":\"6PK 1733\"}", "", "L6PK1733"},
    {"battery", "{\"capacity_ah\":\"60\",\"technology\":\"AGM\",\"cca\":\"680\"}", "", "A60Ah|AAGM|A680CCA"},
    {"battery", "{\"battery_spec\":\"H6 70Ah 760A AGM\"}", "", "AL3|A70Ah|AAGM"},
    {"battery", "{\"case\":\"55D23L\",\"group\":\"35\"}", "", "A55D23L|A55D23|A35"},
    {"battery", "{\"case\":\"L2\"}", "Battery L2-400", "AL2"},
    {"battery", "{}", "Varta 48/H6 70Ah", "A48|AL3|A70Ah"},
    {"brake_fluid", "{\"brake_fluid\":\"DOT 4 LV\"}", "", "DDOT 4 LV"},
    {"brake_fluid", "{\"dot\":\"5.1\"}", "Brake fluid", "DDOT 5.1"},
    {"brake_fluid", "{}", "刹车油 DOT4 500ml", "DDOT 4|V0.5L"},
    {"wheel", "{\"bolt_pattern\":\"5x112\",\"diameter_in\":\"17\"}", "", "P5x112|R17"},
    {"wheel", "{\"pcd\":\"5×114.3\"}", "18寸轮毂", "P5x114.3|R18"},
    {"wiper_blade", "{\"length_mm\":\"650\"}", "", "W26"},
    {"wiper_blade", "{\"length_in\":\"24\"}", "", "W24"},
    {"wiper_blade", "{}", "雨刮 26寸+16寸", "W26|W16"},
};

static char letter_of(enum spec_class class) { return "TNSRFGOVBLPAWD"[class - SPEC_CLASS_TYRE]; }

static void test_cases(void **state) {
    (void)state;
    struct arena a;
    unsigned wrong = 0;
    arena_init(&a, 1 << 16, 1 << 24);
    assert_int_equal(text_init(), ERR_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct product p = {.type = slice_str(cases[i].type), .attributes = slice_str(cases[i].attributes), .title = slice_str(cases[i].title)};
        struct spec_value values[SPEC_OF_PRODUCT_MAX];
        unsigned count, wanted = 0, found = 0;
        assert_int_equal(product_specs(NULL, &a, &p, SLICE_NONE, values, &count), ERR_OK);
        for (struct slice rest = slice_str(cases[i].specs); rest.n;) {
            struct slice one = slice_cut(&rest, '|');
            wanted++;
            for (unsigned k = 0; k < count; k++)
                found += letter_of(values[k].class) == one.p[0] && slice_is(slice_from(one, 1), values[k].text);
        }
        if (found == wanted && count == wanted) continue;
        wrong++;
        print_message("%s %s '%s': wanted %s, found", cases[i].type, cases[i].attributes, cases[i].title, cases[i].specs);
        for (unsigned k = 0; k < count; k++) print_message(" %c%s", letter_of(values[k].class), values[k].text);
        print_message("\n");
    }
    assert_int_equal(wrong, 0);
    arena_destroy(&a);
}

// A size in any spelling is the one the comparison of specifications reads, and what a query and a product make of it is one text.
static void test_tyres_against_comparison(void **state) {
    (void)state;
    static const char *const spellings[] = {"%u/%ur%u", "%u/%u/%u", "%u %u %u", "%u-%u-%u", "%u%u%u", "%u/%u zr%u", "p%u/%ur%u", "%u*%u*%u", "%u/%u r %u 91v"};
    for (unsigned width = 135; width <= 325; width += 10)
        for (unsigned aspect = 30; aspect <= 80; aspect += 5)
            for (unsigned rim = 13; rim <= 22; rim++)
                for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
                    char text[40];
                    struct pattern list[PATTERN_MAX];
                    struct spec_value specs[SPEC_OF_PATTERN_MAX];
                    struct spec_tyre tyre;
                    int n = snprintf(text, sizeof text, spellings[i], width, aspect, rim); // NOLINT
                    unsigned count = pattern_at(slice_of(text, (size_t)n), 0, 2027, list);
                    assert_true(count > 0 && list[0].kind == PATTERN_TYRE && list[0].n == (size_t)n);
                    assert_true(pattern_specs(&list[0], specs) >= 1 && specs[0].class == SPEC_CLASS_TYRE);
                    assert_true(spec_tyre_parse(slice_str(specs[0].text), &tyre));
                    assert_true((unsigned)tyre.width_mm == width && (unsigned)tyre.aspect == aspect && (unsigned)tyre.rim_in == rim);
                }
}

// ---- random products ------------------------------------------------------------------------------------------------------------
#define PRODUCTS 300
static uint32_t rng = 11;
static unsigned draw(unsigned below) {
    rng = rng * 1664525 + 1013904223;
    return (rng >> 8) % below;
}

static struct slice one_of(const char *const *list, unsigned count) { return slice_str(list[draw(count)]); }
#define ONE_OF(...) one_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static struct product_doc random_doc(struct arena *a, unsigned which) {
    struct pair *attrs = ARENA_ARRAY(a, struct pair, 4);
    unsigned n = 0;
    struct slice type = ONE_OF("tyre", "engine_oil", "headlight_bulb", "serpentine_belt", "battery", "wheel", "wiper_blade", "hose");
    struct slice size = ONE_OF("205/55R16", "205 55 16", "225/45R17 91W", "LT245/75R16", "195R14C", "6PK1733", "nothing");
    if (draw(3)) attrs[n++] = (struct pair){SLICE("size"), size};
    if (draw(2)) attrs[n++] = (struct pair){ONE_OF("viscosity", "oil_spec"), ONE_OF("5W-30", "5w30 SN", "0W-20 SP GF-6A", "10W-40 A3/B4")};
    if (draw(2)) attrs[n++] = (struct pair){ONE_OF("base", "technology", "pcd"), ONE_OF("H7", "9005", "HB3", "AGM", "EFB", "5x112", "5*114.3")};
    if (draw(2)) attrs[n++] = (struct pair){ONE_OF("capacity_ah", "length_mm", "diameter_in", "litres"), ONE_OF("4", "60", "650", "16", "17", "26")};
    struct application_doc *fits = ARENA_ARRAY(a, struct application_doc, 1);
    struct pair *specs = ARENA_ARRAY(a, struct pair, 1);
    specs[0] = (struct pair){ONE_OF("tyre_size", "oil_spec", "battery_spec"), ONE_OF("225/45R17", "205/55R16 91V", "5W-30 SN", "60Ah AGM", "H6 70Ah")};
    struct vehicle_doc *any = ARENA_ARRAY(a, struct vehicle_doc, 1);
    any[0] = (struct vehicle_doc){.make = SLICE("*"), .specs = specs, .spec_count = 1};
    fits[0] = (struct application_doc){.quantity = 1, .vehicle_count = 1, .vehicles = any};
    bool universal = draw(2) == 0; // the others fit by specification
    return (struct product_doc){.id = arena_printf(a, "p%03u", which), .brand = SLICE("Alpha"), .number = arena_printf(a, "N-%u", which), .type = type,
                                .applications = universal ? NULL : fits, .application_count = !universal,
                                .title = arena_printf(a, "Alpha %s", (const char *[]){"205/55R16 91V", "5W-30 4L", "H7", "6PK1885", "16寸", "thing"}[draw(6)]),
                                .title_zh = SLICE("阿尔法"), .universal = universal, .cny_fen = -1, .usd_cents = -1, .attrs = attrs, .attr_count = n};
}

// Whether the product says so, by reading its record: the plain reference of the tokens. A deleted one says nothing.
static enum err product_spec_matches(struct view *v, uint32_t product, enum spec_class class, struct slice canonical, bool *out) {
    struct product p;
    struct spec_value values[SPEC_OF_PRODUCT_MAX];
    uint32_t key = __builtin_bswap32(product);
    struct slice applications = SLICE_NONE;
    unsigned count;
    *out = false;
    if (columns_facts(v, product)->flags & FACT_DELETED) return ERR_OK;
    TRY(product_load(v, product, &p));
    enum err e = db_get(v->snapshot, TABLE_APPLICATION, slice_of(&key, sizeof key), &applications);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    TRY(product_specs(v, v->arena, &p, applications, values, &count));
    for (unsigned i = 0; i < count; i++) *out |= values[i].class == class && slice_is(canonical, values[i].text);
    return ERR_OK;
}

static void compare_lists(struct fixture *f) {
    static const struct { enum spec_class class; const char *text; } asked[] = {
        {SPEC_CLASS_TYRE, "205/55R16"}, {SPEC_CLASS_TYRE, "225/45R17"}, {SPEC_CLASS_TYRE, "245/75R16"}, {SPEC_CLASS_TYRE, "LT245/75R16"},
        {SPEC_CLASS_TYRE, "195R14C"}, {SPEC_CLASS_TYRE, "999/99R99"}, {SPEC_CLASS_TYRE_SECTION, "205/55"}, {SPEC_CLASS_TYRE_SERVICE, "91W"},
        {SPEC_CLASS_TYRE_SERVICE, "91V"}, {SPEC_CLASS_RIM, "16"}, {SPEC_CLASS_RIM, "17"}, {SPEC_CLASS_OIL_GRADE, "5W-30"}, {SPEC_CLASS_OIL_GRADE, "0W-20"},
        {SPEC_CLASS_OIL_STANDARD, "API SN"}, {SPEC_CLASS_OIL_STANDARD, "ILSAC GF-6"}, {SPEC_CLASS_OIL_STANDARD, "ACEA A3/B4"}, {SPEC_CLASS_VOLUME, "4L"},
        {SPEC_CLASS_BULB, "H7"}, {SPEC_CLASS_BULB, "HB3"}, {SPEC_CLASS_BELT, "6PK1733"}, {SPEC_CLASS_BELT, "6PK1885"}, {SPEC_CLASS_BOLT_PATTERN, "5x112"},
        {SPEC_CLASS_BATTERY, "60Ah"}, {SPEC_CLASS_BATTERY, "AGM"}, {SPEC_CLASS_WIPER, "26"}};
    unsigned met = 0;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct posting list;
        struct slice text = slice_str(asked[i].text);
        assert_int_equal(posting_open(f->view, posting_spec(&f->arena, (uint8_t)asked[i].class, text), &list), ERR_OK);
        for (uint32_t product = 1; product <= 2 * PRODUCTS; product++) {
            bool says = false;
            enum err e = product_spec_matches(f->view, product, asked[i].class, text, &says);
            assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
            posting_seek(&list, product);
            if ((list.product == product) != says) fail_msg("product %u and %c %s: record says %d, error %d", product, asked[i].class, asked[i].text, says, e);
            met += says;
        }
        assert_int_equal(posting_close(&list), ERR_OK);
    }
    if (met < 100) fail_msg("only %u products met", met);
}

// A put changes what only the application says.
static void test_application_alone(void **state) {
    (void)state;
    static const char *const sizes[] = {"225/45R17", "205/55R16"};
    struct fixture f;
    struct fault why = {0};
    fixture_open(&f);
    if (vocabulary_load(f.db, fixture_fact(&f, "types.tsv", types_tsv), NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    for (unsigned n = 0; n < 2; n++) {
        struct txn *t;
        uint32_t id;
        struct pair spec = {SLICE("tyre_size"), slice_str(sizes[n])};
        struct vehicle_doc any = {.make = SLICE("*"), .specs = &spec, .spec_count = 1};
        struct application_doc fits = {.quantity = 4, .vehicle_count = 1, .vehicles = &any};
        struct product_doc d = {.id = SLICE("p"), .brand = SLICE("Alpha"), .number = SLICE("N-1"), .type = SLICE("tyre"), .title = SLICE("A tyre"),
                                .cny_fen = -1, .usd_cents = -1, .applications = &fits, .application_count = 1};
        assert_int_equal(txn_begin(f.db, &t, &why), ERR_OK);
        if (catalog_put(t, &f.arena, &d, &id, &why) != ERR_OK) fail_msg("%s", why.message);
        assert_int_equal(txn_commit(t, &why), ERR_OK);
        fixture_refresh(&f);
        for (unsigned k = 0; k < 2; k++) {
            struct posting list;
            assert_int_equal(posting_open(f.view, posting_spec(&f.arena, SPEC_CLASS_TYRE, slice_str(sizes[k])), &list), ERR_OK);
            posting_seek(&list, id);
            assert_int_equal(list.product == id, k == n);
            assert_int_equal(posting_close(&list), ERR_OK);
        }
    }
    fixture_close(&f);
}

static void test_tokens(void **state) {
    (void)state;
    struct fixture f;
    struct arena scratch;
    struct fault why = {0};
    struct catalog_loader *l;
    struct catalog_report report;
    fixture_open(&f);
    arena_init(&scratch, 1 << 20, 64 << 20);
    if (vocabulary_load(f.db, fixture_fact(&f, "types.tsv", types_tsv), NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(catalog_loader_new(f.db, NULL, &l), ERR_OK);
    for (unsigned i = 0; i < PRODUCTS; i++) {
        struct product_doc d = random_doc(&f.arena, i);
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(&f);
    compare_lists(&f);
    for (unsigned round = 0; round < 400; round++) {
        struct txn *t;
        uint32_t id;
        unsigned which = draw(PRODUCTS + 50);
        arena_reset(&scratch);
        assert_int_equal(txn_begin(f.db, &t, &why), ERR_OK);
        if (draw(4) == 0) {
            enum err e = catalog_delete(t, &scratch, arena_printf(&scratch, "p%03u", which));
            assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
        } else {
            struct product_doc d = random_doc(&scratch, which);
            if (catalog_put(t, &scratch, &d, &id, &why) != ERR_OK) fail_msg("%s", why.message);
        }
        assert_int_equal(txn_commit(t, &why), ERR_OK);
        if (round % 100 == 99) {
            fixture_refresh(&f);
            compare_lists(&f);
        }
    }
    arena_destroy(&scratch);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_tyres_against_comparison), cmocka_unit_test(test_application_alone),
                                       cmocka_unit_test(test_tokens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
