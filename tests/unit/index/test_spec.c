// Comparisons of specifications case by case, then products that fit by specification against a brute force over documents and
// texts: random cars, products and answers, before and after puts, deletes, merges and a rebuild.
#include "catalog_fixture.h"

#include <math.h>

#include "index/catalog.h"
#include "index/fitment.h"
#include "index/group_build.h"
#include "index/names.h"
#include "index/spec.h"
#include "index/vehicle.h"

static const struct { const char *attribute, *product, *car; enum spec_answer answer; } cases[] = {
    {"tyre_size", "225/45R17 91W", "225/45R17 91W", SPEC_YES}, {"tyre_size", "225/45 ZR17 94Y XL", "225/45R17 91W", SPEC_YES},
    {"tyre_size", "225/45R17 91V", "225/45R17 91W", SPEC_NO}, {"tyre_size", "225/45R17 88W", "225/45R17 91W", SPEC_NO},
    {"tyre_size", "225/45R17", "225/45R17 91W", SPEC_MAYBE}, {"tyre_size", "225/45R17 91W", "225/45R17", SPEC_YES},
    {"tyre_size", "225/45R18 91W", "225/45R17 91W", SPEC_NO}, {"tyre_size", "235/45R17 94W", "225/45R17 91W", SPEC_MAYBE},
    {"tyre_size", "225/50R17 94W", "225/45R17 91W", SPEC_NO}, {"tyre_size", "285/40R17 100W", "225/45R17 91W", SPEC_NO},
    {"tyre_size", "205/55R16 91T winter", "205/55R16 91V", SPEC_YES}, {"tyre_size", "205/55R16 91T", "205/55R16 91V", SPEC_NO},
    {"tyre_size", "225/45R17 91W", "225/45R17 91W RFT", SPEC_NO}, {"tyre_size", "225/45R17 (95Y)", "225/45R17 91W", SPEC_YES},
    {"tyre_size", "2254517", "225/45R17", SPEC_YES}, {"tyre_size", "P225/45R17 91H", "225/45R17 91W", SPEC_NO},
    {"tyre_size", "195/75R16C 107/105R", "195/75R16C 107/105R", SPEC_YES}, {"tyre_size", "195/75R16 107R", "195/75R16C 107/105R", SPEC_NO},
    {"tyre_size", "31x10.50R15LT", "31X10.50R15LT", SPEC_YES}, {"tyre_size", "31x10.50R15LT", "LT265/75R16", SPEC_NO},
    {"tyre_size", "round", "225/45R17", SPEC_MAYBE}, {"tyre_size", "225/45R17 91W", "black", SPEC_MAYBE},
    {"tyre_size", "225/45R17 91W", "225/45R17 91W; 205/55R16 91V", SPEC_MAYBE}, {"tyre_size", "ST225/75R15", "225/75R15", SPEC_NO},
    {"tyre_size", "215/60R15 94H", "225/45R17 91W;235/40R18", SPEC_NO}, {"tyre_size", "２２５/45R17 91W", "225/45R17 91W", SPEC_YES},
    {"bolt_pattern", "5x112", "5*112", SPEC_YES}, {"bolt_pattern", "5x114.3", "5x4.5", SPEC_YES}, {"bolt_pattern", "5x120", "5x112", SPEC_NO},
    {"bolt_pattern", "5x100/112", "5x112", SPEC_YES}, {"bolt_pattern", "4x100", "5x100", SPEC_NO}, {"bolt_pattern", "five", "5x100", SPEC_MAYBE},
    {"hub_bore", "66.6", "57.1", SPEC_YES}, {"hub_bore", "57.1", "66.6 mm", SPEC_NO}, {"hub_bore", "57.1mm", "57.1", SPEC_YES},
    {"wheel_offset", "ET45", "35-50", SPEC_YES}, {"wheel_offset", "ET30", "ET35-ET50", SPEC_NO}, {"wheel_offset", "45", "48", SPEC_MAYBE},
    {"wheel_thread", "M14x1.5", "m14*1.5", SPEC_YES}, {"wheel_thread", "M12x1.5", "M14x1.5", SPEC_NO},
    {"oil_spec", "5W-30 API SP", "5W30 API SN", SPEC_YES}, {"oil_spec", "5W-30 API SL", "5W-30 SN", SPEC_NO},
    {"oil_spec", "5W-40 API SP", "5W-30 API SN", SPEC_NO}, {"oil_spec", "5W-30", "5W-30 API SN", SPEC_MAYBE},
    {"oil_spec", "0W-16 GF-6B", "0W-16 GF-6B", SPEC_YES}, {"oil_spec", "0W-16 GF-6B", "0W-20 GF-6A", SPEC_NO},
    {"oil_spec", "0W-20 GF-6A", "0W-20 GF-5", SPEC_YES}, {"oil_spec", "0W-20 GF-5", "0W-20 GF-6A", SPEC_NO},
    {"oil_spec", "0W-20 ILSAC GF-6A", "0W-20 API SP", SPEC_YES}, {"oil_spec", "5W-30 ACEA C3 VW 504.00/507.00", "5W-30 VW 504 00", SPEC_YES},
    {"oil_spec", "5W-30 ACEA C3 MB 229.52", "5W-30 MB 229.51", SPEC_YES}, {"oil_spec", "5W-30 MB 229.31", "5W-30 MB 229.51", SPEC_NO},
    {"oil_spec", "5W-30 dexos1 Gen 3", "5W-30 dexos1 gen2", SPEC_YES}, {"oil_spec", "5W-30 dexos1 gen1", "5W-30 dexos1 gen 2", SPEC_NO},
    {"oil_spec", "5W-30 A5/B5", "5W-30 ACEA C3", SPEC_NO}, {"oil_spec", "15W-40 CK-4", "15W-40 CI-4", SPEC_YES},
    {"bulb_low_beam", "H7", "H7", SPEC_YES}, {"bulb_low_beam", "H7", "H11", SPEC_NO}, {"bulb_low_beam", "H8/H9/H11", "H11", SPEC_YES},
    {"bulb_low_beam", "H8", "H11", SPEC_NO}, {"bulb_high_beam", "9005", "HB3", SPEC_YES}, {"bulb_fog", "D1S", "D3S", SPEC_NO},
    {"drive_belt", "6PK1070", "6PK1070", SPEC_YES}, {"drive_belt", "6PK1073", "6PK1070", SPEC_YES}, {"drive_belt", "6PK1080", "6PK1070", SPEC_MAYBE},
    {"drive_belt", "5PK1070", "6PK1070", SPEC_NO}, {"drive_belt", "6PK1200", "6PK1070", SPEC_NO}, {"drive_belt", "AVX10x950", "AVX10X950", SPEC_YES},
    {"wiper_driver", "26\" hook", "650 mm hook", SPEC_YES}, {"wiper_driver", "650 bayonet", "650 hook", SPEC_NO},
    {"wiper_driver", "650", "650 hook", SPEC_MAYBE}, {"wiper_driver", "600 multi", "650 hook", SPEC_NO}, {"wiper_rear", "650 multi", "650 claw", SPEC_YES},
    {"battery_spec", "L3 AGM 70Ah 760A", "H6 EFB 70Ah 720A", SPEC_YES}, {"battery_spec", "L3 70Ah 760A", "L3 AGM 70Ah 760A", SPEC_MAYBE},
    {"battery_spec", "L3 EFB 70Ah 760A", "L3 AGM 70Ah 760A", SPEC_NO}, {"battery_spec", "L2 AGM 60Ah 680A", "L3 AGM 70Ah", SPEC_NO},
    {"coolant_spec", "G13", "G12++", SPEC_YES}, {"coolant_spec", "G12+", "G13", SPEC_NO}, {"coolant_spec", "OAT", "HOAT", SPEC_NO},
    {"brake_fluid", "DOT 4", "DOT3", SPEC_YES}, {"brake_fluid", "DOT 3", "DOT 4", SPEC_NO}, {"brake_fluid", "DOT 5", "DOT 4", SPEC_NO},
    {"brake_fluid", "DOT 5.1", "DOT 4", SPEC_YES}, {"brake_fluid", "DOT 4", "DOT 5", SPEC_NO},
    {"atf_spec", "Dexron VI, Mercon LV", "DEXRON III", SPEC_YES}, {"atf_spec", "Dexron III", "Dexron VI", SPEC_NO}, {"atf_spec", "ATF+4", "ATF+3", SPEC_YES},
    {"atf_spec", "Mercon V", "Mercon LV", SPEC_NO}, {"abs", "Yes", "yes", SPEC_YES}, {"abs", "no", "yes", SPEC_NO},
};

static void test_comparisons(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec_result r = spec_compare(spec_kind_of(slice_str(cases[i].attribute)), slice_str(cases[i].product), slice_str(cases[i].car));
        if (r.answer != cases[i].answer)
            fail_msg("%s: %s for %s is %d (%s)", cases[i].attribute, cases[i].product, cases[i].car, (int)r.answer, r.reason);
        assert_true(r.reason[0] != 0 && r.reason_zh[0] != 0);
        if (i == 0) assert_string_equal(r.reason_zh, "规格、负荷与速度级别满足原车要求");
    }
    struct spec_tyre t;
    assert_true(spec_tyre_parse(SLICE("225/45R17 91W"), &t));
    assert_true(fabs(t.diameter_mm - 634.3) < 0.01 && t.load == 91 && t.speed == 'W');
    assert_false(spec_tyre_parse(SLICE("225/45R175"), &t));
    assert_true(spec_same(SPEC_TYRE, SLICE("205/55R16"), SLICE("205/55 R16 91V")));
    assert_false(spec_same(SPEC_TYRE, SLICE("205/55R16 94V"), SLICE("205/55R16 91V")));
}

// Both languages have the same figures; what is left of ASCII letters in the Chinese is a name or a unit of the texts compared.
static void test_reasons_are_in_both_languages(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec_result r = spec_compare(spec_kind_of(slice_str(cases[i].attribute)), slice_str(cases[i].product), slice_str(cases[i].car));
        bool chinese = false;
        for (const char *c = r.reason_zh; *c; c++) chinese |= (unsigned char)*c >= 0xE3;
        if (!chinese && strcmp(r.reason, r.reason_zh) != 0) fail_msg("%s: %s", r.reason, r.reason_zh);
        for (const char *word = r.reason_zh; (word = strstr(word, "the ")); word++) fail_msg("%s", r.reason_zh);
    }
    struct spec_result wiper = spec_compare(SPEC_WIPER, SLICE("650 bayonet"), SLICE("650 hook"));
    assert_string_equal(wiper.reason, "connector bayonet, the car has hook");
    assert_string_equal(wiper.reason_zh, "接口为直插式，原车为U型钩");
    struct spec_result oil = spec_compare(SPEC_OIL, SLICE("5W-40 API SP"), SLICE("5W-30 API SN"));
    assert_string_equal(oil.reason_zh, "原车要求粘度5W30");
}

// ---- the plain model -------------------------------------------------------------------------------------------------------------
#define CARS 12
#define CONFIGURATIONS 4
#define PRODUCTS 120
#define APPLICATIONS 3
#define ATTRS 4 // fuel is a plain attribute, the rest are specifications
#define VALUES 5

static const char *const attr_names[ATTRS] = {"fuel", "tyre_size", "tyre_size_rear", "oil_spec"};
static const char *const attr_values[ATTRS][VALUES] = {
    {"gasoline", "diesel", "electric", "hybrid", "cng"},
    {"225/45R17 91W", "225/45R17", "225/45R17 94Y XL", "235/45R17 94W", "205/55R16 91V"},
    {"225/45R17 91W", "225/45R17", "255/40R17 94W", "235/45R17 94W", "205/55R16 91V"},
    {"5W-30 API SN", "5W-30 API SP ACEA C3", "5W-30", "0W-20 GF-6A", "5W-40 API SP"},
};
static const char *const types[2] = {"tyre", "engine_oil"};

static unsigned draw(uint64_t *state, unsigned below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

struct plain_application { int car, from, to, term[ATTRS], second; }; // car -1: every make; from 0: every year; second: an alternative tyre
struct plain_product { bool universal, deleted; int type, brand, count; struct plain_application list[APPLICATIONS]; };
struct world { int cars[CARS][CONFIGURATIONS][ATTRS]; struct plain_product products[PRODUCTS]; uint64_t rng; };
struct plain_knowledge { int car, answer[ATTRS]; }; // VALUES: a value no record knows

static int year_of(int car) { return 2010 + car % 3; }

static const char *answer_text(int attr, int value) {
    static const char *const unheard[ATTRS] = {"steam", "225/45R17 91Y", "255/40R17 98Y", "5W-30 API SP ACEA A3/B4"};
    return value == VALUES ? unheard[attr] : attr_values[attr][value];
}

static bool agrees(int attr, int value, int answer) {
    if (value == answer) return true;
    if (attr == 0) return false;
    return spec_same(spec_kind_of(slice_str(attr_names[attr])), slice_str(attr_values[attr][value]), slice_str(answer_text(attr, answer)));
}

static bool possible(const struct world *w, const struct plain_knowledge *k, int c) {
    for (int a = 0; a < ATTRS; a++) {
        int v = w->cars[k->car][c][a];
        if (k->answer[a] >= 0 && v >= 0 && !agrees(a, v, k->answer[a])) return false;
    }
    return true;
}

// What the car has, as far as known: its own, the front tyre's for the rear, an answer's.
static const char *known_of(const struct world *w, const struct plain_knowledge *k, int c, int a) {
    int v = w->cars[k->car][c][a];
    if (v >= 0) return attr_values[a][v];
    if (k->answer[a] >= 0) return answer_text(a, k->answer[a]);
    return a == 2 ? known_of(w, k, c, 1) : NULL;
}

static int plain_match(const struct world *w, const struct plain_knowledge *k, const struct plain_application *p, int c) {
    int result = 2;
    for (int a = 0; a < ATTRS; a++) {
        if (p->term[a] < 0) continue;
        const char *car = known_of(w, k, c, a);
        int one = 1;
        if (car && a == 0) one = strcmp(car, attr_values[0][p->term[0]]) == 0 ? 2 : 0;
        else if (car) {
            enum spec_kind kind = spec_kind_of(slice_str(attr_names[a]));
            one = (int)spec_compare(kind, slice_str(attr_values[a][p->term[a]]), slice_str(car)).answer;
            if (a == 1 && p->second >= 0) {
                int other = (int)spec_compare(kind, slice_str(attr_values[a][p->second]), slice_str(car)).answer;
                if (other > one) one = other;
            }
        }
        if (one < result) result = one;
    }
    return result;
}

static bool covers(const struct plain_application *p, int car) {
    return (p->car < 0 || p->car == car) && (p->from == 0 || (year_of(car) >= p->from && year_of(car) <= p->to));
}

static enum verdict plain_verdict(const struct world *w, const struct plain_knowledge *k, const struct plain_product *p) {
    bool every = true, any = false, lists = false;
    if (p->universal) return VERDICT_UNIVERSAL;
    for (int c = 0; c < CONFIGURATIONS; c++) {
        bool sure = false;
        if (!possible(w, k, c)) continue;
        for (int i = 0; i < p->count; i++) {
            int m = covers(&p->list[i], k->car) ? plain_match(w, k, &p->list[i], c) : 0;
            any |= m > 0;
            sure |= m == 2;
        }
        every &= sure;
    }
    if (any) return every ? VERDICT_FITS : VERDICT_CONDITIONAL;
    if (p->count == 0) return VERDICT_UNKNOWN;
    for (int i = 0; i < PRODUCTS; i++) {
        const struct plain_product *q = &w->products[i];
        for (int j = 0; j < q->count && !q->deleted && !q->universal && q->type == p->type && q->brand == p->brand; j++)
            lists |= covers(&q->list[j], k->car);
    }
    return lists ? VERDICT_NO : VERDICT_UNKNOWN;
}

// ---- making it -------------------------------------------------------------------------------------------------------------------
static void product_random(struct world *w, struct plain_product *p) {
    *p = (struct plain_product){.universal = draw(&w->rng, 15) == 0, .type = (int)draw(&w->rng, 2), .brand = (int)draw(&w->rng, 3)};
    p->count = p->universal ? 0 : (int)draw(&w->rng, APPLICATIONS + 1);
    for (int i = 0; i < p->count; i++) {
        struct plain_application *a = &p->list[i];
        *a = (struct plain_application){.car = draw(&w->rng, 3) ? -1 : (int)draw(&w->rng, CARS), .second = -1};
        if (a->car >= 0 || draw(&w->rng, 3) == 0) a->from = 2010 + (int)draw(&w->rng, 3), a->to = a->from + (int)draw(&w->rng, 2);
        for (int k = 0; k < ATTRS; k++) a->term[k] = draw(&w->rng, k == 1 ? 2 : 4) == 0 ? (int)draw(&w->rng, VALUES) : -1;
        if (a->term[1] >= 0 && draw(&w->rng, 3) == 0) a->second = (a->term[1] + 1) % VALUES;
    }
}

static struct product_doc doc_of(struct arena *a, const struct plain_product *p, int number) {
    static const char *const brands[] = {"alpha", "beta", "gamma"};
    struct application_doc *apps = ARENA_ARRAY(a, struct application_doc, APPLICATIONS);
    struct product_doc d = {.id = arena_printf(a, "p%03d", number), .brand = slice_str(brands[p->brand]), .number = arena_printf(a, "N%03d", number),
                            .type = slice_str(types[p->type]), .title = SLICE("t"), .universal = p->universal, .cny_fen = -1, .usd_cents = -1,
                            .applications = apps, .application_count = (unsigned)p->count};
    for (int i = 0; i < p->count; i++) {
        const struct plain_application *x = &p->list[i];
        struct vehicle_doc *car = ARENA_NEW(a, struct vehicle_doc);
        struct pair *attrs = ARENA_ARRAY(a, struct pair, 1), *specs = ARENA_ARRAY(a, struct pair, ATTRS);
        *car = (struct vehicle_doc){.make = SLICE("*"), .year_from = (uint16_t)x->from, .year_to = (uint16_t)x->to, .attrs = attrs, .specs = specs};
        if (x->car >= 0) car->make = SLICE("make"), car->model = arena_printf(a, "model%d", x->car);
        if (x->term[0] >= 0) attrs[car->attr_count++] = (struct pair){SLICE("fuel"), slice_str(attr_values[0][x->term[0]])};
        for (int k = 1; k < ATTRS; k++)
            if (x->term[k] >= 0) specs[car->spec_count++] = (struct pair){slice_str(attr_names[k]), slice_str(attr_values[k][x->term[k]])};
        if (x->second >= 0) specs[car->spec_count++] = (struct pair){slice_str(attr_names[1]), slice_str(attr_values[1][x->second])};
        apps[i] = (struct application_doc){.quantity = (uint16_t)(i + 1), .source = SLICE("t.jsonl"), .vehicle_count = 1, .vehicles = car};
    }
    return d;
}

static void world_load(struct fixture *f, struct world *w, uint64_t seed) {
    struct vehicle_loader *vl = vehicle_loader_new(f->db);
    struct vehicle_load_report vehicles;
    struct fault why = {0};
    memset(w, 0, sizeof *w);
    w->rng = seed;
    for (int c = 0; c < CARS; c++)
        for (int i = 0; i < CONFIGURATIONS; i++) {
            struct vehicle_attribute attrs[ATTRS + 1] = {{SLICE("trim"), arena_printf(&f->arena, "t%d", i)}}; // keeps them apart
            struct vehicle_configuration v = {.make = SLICE("make"), .model = arena_printf(&f->arena, "model%d", c), .source = SLICE("test"),
                                              .year = (unsigned)year_of(c), .attributes = attrs, .attribute_count = 1};
            for (int a = 0; a < ATTRS; a++) {
                int x = w->cars[c][i][a] = draw(&w->rng, 3) ? (int)draw(&w->rng, VALUES) : -1;
                if (x >= 0) attrs[v.attribute_count++] = (struct vehicle_attribute){slice_str(attr_names[a]), slice_str(attr_values[a][x])};
            }
            assert_int_equal(vehicle_loader_add(vl, &v, &why), ERR_OK);
        }
    assert_int_equal(vehicle_loader_finish(vl, &vehicles, NULL, NULL, &why), ERR_OK);
    vehicle_loader_free(vl);
    struct catalog_loader *l = fixture_loader(f, NULL);
    for (int i = 0; i < PRODUCTS; i++) {
        product_random(w, &w->products[i]);
        struct product_doc d = doc_of(&f->arena, &w->products[i], i);
        fixture_product(l, &d);
    }
    (void)fixture_loaded(f, l);
}

// ---- comparing -------------------------------------------------------------------------------------------------------------------
static struct slice car_id(struct fixture *f, int car) { return arena_printf(&f->arena, "%d-make-model%d", year_of(car), car); }

static bool knowledge_random(struct fixture *f, struct world *w, struct plain_knowledge *plain, struct knowledge *k) {
    struct fault why = {0};
    struct buf b;
    bool any = false;
    plain->car = (int)draw(&w->rng, CARS);
    buf_init(&b, &f->arena, 128);
    for (int a = 0; a < ATTRS; a++) {
        plain->answer[a] = draw(&w->rng, 3) ? -1 : (int)draw(&w->rng, VALUES + 1);
        if (plain->answer[a] >= 0) buf_printf(&b, "%s%s:%s", b.n ? "," : "", attr_names[a], answer_text(a, plain->answer[a]));
    }
    for (int c = 0; c < CONFIGURATIONS; c++) any |= possible(w, plain, c);
    enum err e = knowledge_parse(f->view, car_id(f, plain->car), buf_slice(&b), SLICE_NONE, k, &why);
    assert_int_equal(e, any ? ERR_OK : ERR_BAD_REQUEST);
    return any;
}

static void compare(struct fixture *f, struct world *w, unsigned rounds, unsigned seen[VERDICT_FITS + 1]) {
    for (unsigned n = 0; n < rounds; n++) {
        struct plain_knowledge plain;
        struct knowledge k;
        struct fitment all;
        unsigned expected = 0;
        arena_reset(&f->arena);
        if (!knowledge_random(f, w, &plain, &k)) continue;
        assert_int_equal(fitment_find(f->view, &k, 0, true, &all), ERR_OK);
        for (int i = 0; i < PRODUCTS; i++) {
            uint32_t id;
            struct match m, *listed = NULL;
            if (w->products[i].deleted) continue;
            enum verdict want = plain_verdict(w, &plain, &w->products[i]);
            assert_int_equal(product_find(f->view, arena_printf(&f->arena, "p%03d", i), &id), ERR_OK);
            assert_int_equal(fitment_verdict(f->view, &k, id, &m), ERR_OK);
            if (m.verdict != want) fail_msg("round %u product %d: %s, expected %s", n, i, verdict_name(m.verdict), verdict_name(want));
            seen[want]++;
            for (unsigned j = 0; j < all.count; j++)
                if (all.matches[j].product == id) listed = &all.matches[j];
            assert_true((listed != NULL) == (want >= VERDICT_CONDITIONAL));
            if (!listed) continue;
            expected++;
            assert_int_equal(listed->verdict, want);
            assert_int_equal(listed->quantity, m.quantity); // the same application is the best in both
        }
        assert_int_equal(all.count, expected);
        for (int t = 0; t < 2; t++) {
            struct fitment some;
            uint32_t type;
            unsigned of_type = 0;
            assert_int_equal(names_find(f->view->snapshot, NAMES_TYPE, slice_str(types[t]), &type), ERR_OK);
            assert_int_equal(fitment_find(f->view, &k, type, true, &some), ERR_OK);
            for (unsigned i = 0; i < all.count; i++) of_type += all.matches[i].type == type;
            assert_int_equal(some.count, of_type);
        }
    }
}

static void change_some(struct fixture *f, struct world *w, unsigned count) {
    struct arena scratch;
    arena_init(&scratch, 1 << 20, 64 << 20);
    for (unsigned n = 0; n < count; n++) {
        int i = (int)draw(&w->rng, PRODUCTS);
        struct plain_product *p = &w->products[i];
        struct txn *t;
        struct fault why = {0};
        uint32_t id;
        arena_reset(&scratch);
        assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
        if (draw(&w->rng, 4) == 0) {
            assert_int_equal(catalog_delete(t, &scratch, arena_printf(&scratch, "p%03d", i)), p->deleted ? ERR_NOT_FOUND : ERR_OK);
            p->deleted = true;
        } else {
            product_random(w, p);
            struct product_doc d = doc_of(&scratch, p, i);
            if (catalog_put(t, &scratch, &d, &id, &why) != ERR_OK) fail_msg("%s", why.message);
        }
        assert_int_equal(txn_commit(t, &why), ERR_OK);
    }
    arena_destroy(&scratch);
    fixture_refresh(f);
}

static void test_against_brute_force(void **state) {
    (void)state;
    unsigned seen[VERDICT_FITS + 1] = {0};
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fixture f;
        struct group_report groups;
        struct world *w = malloc(sizeof *w);
        assert_non_null(w);
        fixture_open(&f);
        world_load(&f, w, seed);
        compare(&f, w, 60, seen);
        change_some(&f, w, 80);
        compare(&f, w, 60, seen);
        fixture_merge_all(&f);
        compare(&f, w, 60, seen);
        change_some(&f, w, 30);
        assert_int_equal(groups_rebuild(f.db, &groups, NULL, NULL, NULL), ERR_OK);
        fixture_refresh(&f);
        compare(&f, w, 60, seen);
        fixture_close(&f);
        free(w);
    }
    for (enum verdict v = VERDICT_NO; v <= VERDICT_FITS; v++) assert_true(seen[v] > 300);
}

// The count an option promises is what the answer then finds.
static void test_question(void **state) {
    (void)state;
    struct fixture f;
    struct world *w = malloc(sizeof *w);
    unsigned asked = 0;
    assert_non_null(w);
    fixture_open(&f);
    world_load(&f, w, 42);
    for (int car = 0; car < CARS; car++) {
        struct knowledge k;
        struct fitment found, after;
        struct question *q;
        struct fault why = {0};
        assert_int_equal(knowledge_parse(f.view, car_id(&f, car), SLICE_NONE, SLICE_NONE, &k, &why), ERR_OK);
        assert_int_equal(fitment_find(f.view, &k, 0, true, &found), ERR_OK);
        assert_int_equal(fitment_question(f.view, &found, NULL, &q), ERR_OK);
        for (unsigned o = 0; q && o < q->option_count; o++) {
            struct slice name = names_text(f.view, NAMES_ATTRIBUTE, q->attr), value = names_text(f.view, NAMES_VALUE + q->attr, q->options[o].value);
            struct slice attrs = arena_printf(&f.arena, "%.*s:%.*s", SLICE_ARGS(name), SLICE_ARGS(value));
            assert_int_equal(knowledge_parse(f.view, car_id(&f, car), attrs, SLICE_NONE, &k, &why), ERR_OK);
            assert_int_equal(fitment_find(f.view, &k, 0, true, &after), ERR_OK);
            assert_int_equal(after.count, q->options[o].count);
            asked++;
        }
    }
    assert_true(asked > CARS);
    fixture_close(&f);
    free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons), cmocka_unit_test(test_reasons_are_in_both_languages),
        cmocka_unit_test(test_against_brute_force),
        cmocka_unit_test(test_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
