// Which sizes of tyres a car takes, against the rule written out plainly over every common size; scenes as data.
#include "index_fixture.h"

#include <math.h>

#include "index/tyre.h"
#include "index/tyre_scene.h"

struct plain { unsigned width, aspect, rim, load; char speed; };

static double diameter(const struct plain *t) { return t->rim * 25.4 + 2.0 * t->width * t->aspect / 100; }

static struct plain draw(unsigned *seed) {
    static const char speeds[] = "QTHVWY";
    struct plain t;
    *seed = *seed * 1103515245 + 12345;
    t.width = 155 + 10 * ((*seed >> 16) % 15);
    *seed = *seed * 1103515245 + 12345;
    t.aspect = 35 + 5 * ((*seed >> 16) % 9);
    *seed = *seed * 1103515245 + 12345;
    t.rim = 15 + (*seed >> 16) % 3;
    *seed = *seed * 1103515245 + 12345;
    t.load = 82 + (*seed >> 16) % 20;
    *seed = *seed * 1103515245 + 12345;
    t.speed = speeds[(*seed >> 16) % 6];
    return t;
}

static void text_of(const struct plain *t, bool winter, char *out, size_t size) {
    snprintf(out, size, "%u/%uR%u %u%c%s", t->width, t->aspect, t->rim, t->load, t->speed, winter ? " WINTER" : "");
}

static int kmh(char speed) {
    switch (speed) {
    case 'Q': return 160;
    case 'T': return 190;
    case 'H': return 210;
    case 'V': return 240;
    case 'W': return 270;
    default: return 300;
    }
}

// What may never be offered, whatever else is true.
static bool forbidden(const struct plain *tyre, bool winter, const struct plain *car) {
    if (tyre->rim != car->rim || fabs(diameter(tyre) / diameter(car) - 1) > 0.03 || tyre->load < car->load) return true;
    return kmh(tyre->speed) < kmh(car->speed) && !winter;
}

static void test_relations_keep_the_rule(void **state) {
    (void)state;
    unsigned seed = 20261123, own = 0, substitutes = 0, refused = 0;
    for (unsigned i = 0; i < 200000; i++) {
        struct plain car = draw(&seed), tyre = draw(&seed);
        bool winter = i % 5 == 0;
        char text[TYRE_TEXT_MAX];
        if (i % 4 == 0) tyre = (struct plain){car.width, car.aspect, car.rim, tyre.load, tyre.speed};
        struct tyre_sizes sizes = {.count = 1, .list = {{.axle = TYRE_BOTH, .source = TYRE_OF_ANSWER}}};
        text_of(&car, false, sizes.list[0].text, sizeof sizes.list[0].text);
        text_of(&tyre, winter, text, sizeof text);
        struct spec_tyre read;
        assert_true(spec_tyre_parse(slice_str(text), &read) && spec_tyre_parse(slice_str(sizes.list[0].text), &sizes.list[0].tyre));
        struct tyre_fit fit = tyre_relate(&sizes, TYRE_BOTH, &read, slice_str(text));
        bool same = tyre.width == car.width && fabs(diameter(&tyre) - diameter(&car)) < 3;
        if (forbidden(&tyre, winter, &car)) {
            if (fit.relation != TYRE_OTHER) fail_msg("%s on a car of %s is %s", text, sizes.list[0].text, tyre_relation_name(fit.relation));
            refused++;
        } else if (same && tyre.rim == car.rim) {
            assert_int_equal(fit.relation, TYRE_OWN);
            own++;
        } else if (fit.relation != TYRE_OTHER) { // a width the rims may not take is refused beyond the plain rule
            assert_int_equal(fit.relation, TYRE_SUBSTITUTE);
            substitutes++;
        }
    }
    assert_true(own > 1000 && substitutes > 500 && refused > 1000);
}

static void test_plus_sizes_keep_the_diameter(void **state) {
    (void)state;
    unsigned seed = 7, found = 0;
    for (unsigned i = 0; i < 5000; i++) {
        struct plain car = draw(&seed);
        struct tyre_sizes own = {.count = 1, .list = {{.axle = TYRE_BOTH, .source = TYRE_OF_VEHICLE}}}, plus;
        text_of(&car, false, own.list[0].text, sizeof own.list[0].text);
        assert_true(spec_tyre_parse(slice_str(own.list[0].text), &own.list[0].tyre));
        unsigned inches = 1 + i % TYRE_PLUS_INCHES;
        tyre_plus_sizes(&own, inches, &plus);
        for (unsigned n = 0; n < plus.count; n++) {
            const struct spec_tyre *t = &plus.list[n].tyre;
            assert_true(fabs(t->rim_in - (double)(car.rim + inches)) < 0.01);
            assert_true(fabs(t->diameter_mm / diameter(&car) - 1) <= 0.03 + 1e-9);
            assert_true(t->width_mm >= car.width - 0.1 && t->load == car.load && t->speed == car.speed);
            assert_int_equal(plus.list[n].source, TYRE_PLANNED);
            found++;
        }
    }
    assert_true(found > 5000);
}

// A tyre of one axle is compared with that axle's size alone.
static void test_axles(void **state) {
    (void)state;
    struct tyre_sizes s = {.count = 2, .list = {{.axle = TYRE_FRONT, .source = TYRE_OF_VEHICLE, .text = "245/35R20 95Y"},
                                                {.axle = TYRE_REAR, .source = TYRE_OF_VEHICLE, .text = "305/30R20 103Y"}}};
    struct spec_tyre tyre;
    for (unsigned i = 0; i < 2; i++) assert_true(spec_tyre_parse(slice_str(s.list[i].text), &s.list[i].tyre));
    assert_true(tyre_sizes_staggered(&s));
    struct slice rear = SLICE("305/30R20 103Y");
    assert_true(spec_tyre_parse(rear, &tyre));
    assert_int_equal(tyre_relate(&s, TYRE_REAR, &tyre, rear).relation, TYRE_OWN);
    assert_int_equal(tyre_relate(&s, TYRE_FRONT, &tyre, rear).relation, TYRE_OTHER);
    assert_ptr_equal(tyre_relate(&s, TYRE_BOTH, &tyre, rear).at, &s.list[1]);
}

// ---- scenes -----------------------------------------------------------------------------------------------------------------------
static struct tyre_scene parsed(struct fixture *f, const char *text, enum err expected, const char *field) {
    struct tyre_scene scene = {.own = false};
    struct fault why = {0};
    const struct json *body;
    struct json_parser *parser = json_parser_new();
    assert_int_equal(json_parse(parser, slice_str(text), &f->arena, &body, &why), ERR_OK);
    assert_int_equal(tyre_scene_from_json(&f->arena, body, &scene, &why), expected);
    if (expected != ERR_OK) assert_string_equal(why.field, field);
    json_parser_free(parser);
    return scene;
}

static void test_scene_round_trip(void **state) {
    (void)state;
    struct fixture f;
    struct fault why = {0};
    struct txn *t;
    struct tyre_scene back;
    fixture_open(&f);
    struct tyre_scene scene = parsed(&f, "{\"id\":\"rain\",\"name\":\"Rain\",\"name_zh\":\"雨天\",\"rules\":[{\"attribute\":\"wet_grip\","
                                         "\"value\":\"A|B\",\"weight\":1.5,\"reason\":\"grips\"},{\"attribute\":\"noise_db\",\"value\":\">= 73\",\"weight\":-1}]}",
                                     ERR_OK, NULL);
    assert_int_equal(txn_begin(f.db, &t, &why), ERR_OK);
    assert_int_equal(tyre_scene_put(t, &f.arena, &scene, &why), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(&f);
    assert_int_equal(tyre_scene_load(f.view, SLICE("rain"), &back), ERR_OK);
    assert_true(back.own && back.rule_count == 2 && slice_is(back.name_zh, "雨天") && slice_is(back.rules[0].value, "A|B"));
    assert_true(fabsf(back.rules[1].weight + 1) < 1e-6f);
    assert_int_equal(tyre_scene_load(f.view, SLICE("snow"), &back), ERR_NOT_FOUND);
    assert_int_equal(tyre_scene_load(f.view, SLICE_NONE, &back), ERR_NOT_FOUND);
    fixture_close(&f);
}

static void test_scene_refusals(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    parsed(&f, "{\"id\":\"a b\",\"name\":\"X\",\"rules\":[]}", ERR_BAD_REQUEST, "id");
    parsed(&f, "{\"id\":\"a\",\"rules\":[]}", ERR_BAD_REQUEST, "name");
    parsed(&f, "{\"id\":\"a\",\"name\":\"X\",\"rules\":[]}", ERR_BAD_REQUEST, "rules");
    parsed(&f, "{\"id\":\"a\",\"name\":\"X\",\"rules\":[3]}", ERR_BAD_REQUEST, "rules");
    parsed(&f, "{\"id\":\"a\",\"name\":\"X\",\"rules\":[{\"value\":\"x\",\"weight\":1}]}", ERR_BAD_REQUEST, "attribute");
    parsed(&f, "{\"id\":\"a\",\"name\":\"X\",\"rules\":[{\"attribute\":\"x\",\"value\":\"1|2|3|4|5|6|7|8|9\",\"weight\":1}]}", ERR_BAD_REQUEST, "value");
    parsed(&f, "{\"id\":\"a\",\"name\":\"X\",\"rules\":[{\"attribute\":\"x\",\"value\":\"<=\",\"weight\":1}]}", ERR_BAD_REQUEST, "value");
    parsed(&f, "{\"id\":\"a\",\"name\":\"X\",\"rules\":[{\"attribute\":\"x\",\"value\":\"y\",\"weight\":11}]}", ERR_BAD_REQUEST, "weight");
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relations_keep_the_rule), cmocka_unit_test(test_plus_sizes_keep_the_diameter), cmocka_unit_test(test_axles),
        cmocka_unit_test(test_scene_round_trip), cmocka_unit_test(test_scene_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
