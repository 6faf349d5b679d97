#include "vehicle_fixture.h"

#include "index/base/limits.h"
#include "index/vehicle_suggest.h"

static struct fixture fixture;

static int setup(void **state) {
    fixture_open(&fixture);
    fixture_vocabulary(&fixture);
    struct vehicle_loader *l = vehicle_loader_new(fixture.db);
    for (unsigned year = 2010; year <= 2020; year++) {
        fixture_add(l, "Volkswagen", "Golf", year, "market=US", "vpic", 0);
        fixture_add(l, "Volkswagen", "Golf SportWagen", year, "market=US", "vpic", 0);
        fixture_add(l, "Volkswagen", "Tiguan L", year, "market=CN", "cn-table", 0);
        fixture_add(l, "Honda", "CR-V", year, "market=US", "vpic", 0);
        fixture_add(l, "Ford", "F-150", year, "market=US", "vpic", 0);
        fixture_add(l, "Tesla", "Model 3", year, "market=US", "vpic", 0);
        fixture_add(l, "Peugeot", "2008", year, "market=CN", "cn-table", 0);
        fixture_add(l, "BYD", "Qin PLUS", year, "market=CN", "cn-table", 0);
        fixture_add(l, "Mack", "Golfer", year, "market=US", "vpic", VEHICLE_SECOND_LIST);
    }
    for (unsigned i = 0; i < 400; i++) { // enough names for listed prefixes
        char model[32];
        snprintf(model, sizeof model, "Zeta %u", i);
        fixture_add(l, "Honda", model, 2015, "market=US", "vpic", 0);
    }
    fixture_add(l, "Honda", "Zeta 399", 2016, "market=US", "vpic", 0);
    fixture_finish(&fixture, l);
    *state = &fixture;
    return 0;
}
static int teardown(void **state) {
    fixture_close(*state);
    return 0;
}

static unsigned suggest(const char *query, uint8_t market, unsigned max, const char **slugs) {
    struct vehicle_suggestion found[LIMIT_HITS_MAX];
    unsigned count;
    assert_int_equal(vehicle_suggest(fixture.view, slice_str(query), market, max, found, &count), ERR_OK);
    for (unsigned i = 0; i < count; i++) {
        struct vehicle *v;
        assert_int_equal(vehicle_load(fixture.view, found[i].vehicle, &v), ERR_OK);
        slugs[i] = fixture_string(&fixture, v->slug);
    }
    return count;
}

static void assert_first(const char *query, const char *slug) {
    const char *slugs[LIMIT_HITS_MAX] = {NULL};
    if (suggest(query, 0, 8, slugs) == 0) fail_msg("nothing for %s", query);
    if (strcmp(slugs[0], slug) != 0) fail_msg("%s gives %s, not %s", query, slugs[0], slug);
}

static void what_people_type(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"18 golf", "2018-volkswagen-golf"},
        {"golf 2018", "2018-volkswagen-golf"},
        {"2018款高尔夫", "2018-volkswagen-golf"},
        {"18款高尔夫", "2018-volkswagen-golf"},
        {"2018年大众高尔夫", "2018-volkswagen-golf"},
        {"gaoerfu", "2020-volkswagen-golf"},
        {"gef", "2020-volkswagen-golf"},
        {"vw go", "2020-volkswagen-golf"},
        {"大众高", "2020-volkswagen-golf"},
        {"dazhonggao", "2020-volkswagen-golf"},
        {"dzgef", "2020-volkswagen-golf"},
        {"model 3", "2020-tesla-model-3"},
        {"特斯拉model3", "2020-tesla-model-3"},
        {"f150", "2020-ford-f-150"},
        {"f-150", "2020-ford-f-150"},
        {"F 150", "2020-ford-f-150"},
        {"crv", "2020-honda-cr-v"},
        {"2015 cr-v", "2015-honda-cr-v"},
        {"golf vw", "2020-volkswagen-golf"},
        {"peugeot 2008", "2020-peugeot-2008"},
        {"标致2008", "2020-peugeot-2008"},
        {"秦plus", "2020-byd-qin-plus"},
        {"qinplus", "2020-byd-qin-plus"},
        {"途觀L", "2020-volkswagen-tiguan-l"},
        {"tgl", "2020-volkswagen-tiguan-l"},
        {"小钢炮", "2020-volkswagen-golf"},
        {"GOLF  sportw", "2020-volkswagen-golf-sportwagen"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_first(cases[i][0], cases[i][1]);
}

static void typing_errors_and_homophones(void **state) {
    (void)state;
    assert_first("volkswgaen golf", "2020-volkswagen-golf");
    assert_first("tiguna l", "2020-volkswagen-tiguan-l");
    assert_first("高而夫", "2020-volkswagen-golf");
    assert_first("golf gti 2018", "2018-volkswagen-golf"); // words nobody knows are let go
}

// Every correction of suggest_near is one error away and begins a name; and the right one is among them, wherever the error stands.
static unsigned random_below(uint64_t *state, unsigned n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((*state >> 33) % n);
}

struct made { char bytes[128]; unsigned n; };
static void made_add(struct made *m, struct slice text, unsigned from, unsigned end) {
    for (unsigned i = from; i < end; i++) m->bytes[m->n++] = text.p[i];
}
static bool made_is(const struct made *m, struct slice text) { return slice_eq(slice_of(m->bytes, m->n), text); }

static bool one_error_apart(struct slice a, struct slice b) { // plainly: every error of `a` is made
    unsigned n = (unsigned)a.n;
    for (unsigned at = 0; at <= n; at++)
        for (unsigned c = 1; c < 128 * 2; c++) { // put in, or in place of another
            struct made m = {.n = 0};
            made_add(&m, a, 0, at);
            m.bytes[m.n++] = (char)(c % 128);
            made_add(&m, a, c < 128 ? at : at + 1, n);
            if (made_is(&m, b)) return true;
        }
    for (unsigned at = 0; at < n; at++)
        for (unsigned swap = 0; swap < 2; swap++) { // left out, or swapped with the next
            struct made m = {.n = 0};
            made_add(&m, a, 0, at);
            if (swap) made_add(&m, a, at + 1, at + 2 > n ? n : at + 2);
            if (swap) made_add(&m, a, at, at + 1);
            made_add(&m, a, swap ? at + 2 : at + 1, n);
            if (made_is(&m, b)) return true;
        }
    return false;
}

static void one_error_at_random_places(void **state) {
    (void)state;
    static const char *const names[] = {"volkswagengolf", "golfsportwagen", "tiguanl", "hondacrv", "fordf150", "teslamodel3", "peugeot2008", "bydqinplus",
                                        "volkswagentiguanl"};
    uint64_t seed = 7;
    for (unsigned i = 0; i < 4000; i++) {
        struct slice whole = slice_str(names[random_below(&seed, 9)]);
        size_t n = 7 + random_below(&seed, (unsigned)whole.n - 6), at = random_below(&seed, (unsigned)n);
        struct slice right = slice_of(whole.p, n < whole.n ? n : whole.n);
        struct suggest_near near[64];
        unsigned count, how = random_below(&seed, 4);
        bool found = false;
        char typed[64];
        size_t length = at;
        if (at >= right.n || (how == 3 && (at + 1 >= right.n || right.p[at] == right.p[at + 1])) || (how == 1 && at + 1 == right.n)) continue;
        memcpy(typed, right.p, at);
        if (how == 0 || how == 2) typed[length++] = (char)('a' + random_below(&seed, 26));
        if (how == 3) typed[length++] = right.p[at + 1];
        if (how == 0 || how == 3) typed[length++] = right.p[at];
        size_t from = how == 3 ? at + 2 : at + 1;
        memcpy(typed + length, right.p + from, right.n - from);
        length += right.n - from;
        struct slice text = slice_of(typed, length);
        assert_int_equal(suggest_near(fixture.view, text, 64, near, &count), ERR_OK);
        for (unsigned k = 0; k < count; k++) {
            bool ascii = true;
            for (size_t b = 0; b < near[k].text.n; b++) ascii &= (uint8_t)near[k].text.p[b] < 0x80;
            if (ascii && !one_error_apart(text, near[k].text)) fail_msg("%.*s is not one error from %.*s", SLICE_ARGS(near[k].text), SLICE_ARGS(text));
            found |= slice_eq(near[k].text, right);
        }
        if (!found && !slice_eq(text, right)) fail_msg("%.*s does not lead to %.*s", SLICE_ARGS(text), SLICE_ARGS(right));
    }
}

static void garage_comes_first(void **state) {
    (void)state;
    uint32_t garage[2];
    struct vehicle_suggestion found[5];
    unsigned count;
    assert_int_equal(vehicle_find(fixture.view, slice_str("2012-volkswagen-golf"), &garage[0]), ERR_OK);
    assert_int_equal(vehicle_find(fixture.view, slice_str("2015-honda-cr-v"), &garage[1]), ERR_OK);
    struct suggest_query query = {.text = SLICE("golf"), .max = 5, .garage = garage, .garage_count = 2};
    assert_int_equal(vehicle_suggest_for(fixture.view, &query, found, &count), ERR_OK);
    assert_int_equal(count, 5);
    assert_int_equal(found[0].vehicle, garage[0]);
    for (unsigned i = 1; i < count; i++) assert_true(found[i].vehicle != garage[0] && found[i].vehicle != garage[1]);
    query.text = SLICE("18 golf"); // another year is another car
    assert_int_equal(vehicle_suggest_for(fixture.view, &query, found, &count), ERR_OK);
    assert_int_not_equal(found[0].vehicle, garage[0]);
    query = (struct suggest_query){.text = SLICE("glof"), .max = 5, .as_typed = true};
    assert_int_equal(vehicle_suggest_for(fixture.view, &query, found, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void years_newest_first_and_other_models_after(void **state) {
    (void)state;
    const char *slugs[LIMIT_HITS_MAX];
    unsigned count = suggest("golf", 0, 6, slugs);
    assert_int_equal(count, 6);
    assert_string_equal(slugs[0], "2020-volkswagen-golf");
    assert_string_equal(slugs[1], "2019-volkswagen-golf");
    bool wagon = false, truck = false;
    for (unsigned i = 0; i < count; i++) {
        wagon |= strcmp(slugs[i], "2020-volkswagen-golf-sportwagen") == 0;
        truck |= strstr(slugs[i], "mack") != NULL && i < 4;
    }
    assert_true(wagon);
    assert_false(truck);
}

static void preferred_market_comes_first(void **state) {
    (void)state;
    const char *slugs[LIMIT_HITS_MAX];
    assert_true(suggest("volkswagen", VEHICLE_MARKET_CN, 5, slugs) > 0);
    assert_string_equal(slugs[0], "2020-volkswagen-tiguan-l");
    assert_true(suggest("volkswagen", VEHICLE_MARKET_US, 5, slugs) > 0);
    assert_string_equal(slugs[0], "2020-volkswagen-golf");
}

static void listed_prefixes_are_exact(void **state) {
    (void)state;
    const char *slugs[LIMIT_HITS_MAX];
    assert_int_equal(suggest("z", 0, 10, slugs), 10); // 400 names begin so: the list of the prefix answers
    assert_string_equal(slugs[0], "2016-honda-zeta-399");
    assert_first("zeta 123", "2015-honda-zeta-123");
    assert_first("zeta12", "2015-honda-zeta-12"); // a name in full stands before those it begins
}

static void nothing_to_find(void **state) {
    (void)state;
    const char *slugs[LIMIT_HITS_MAX];
    static const char *const queries[] = {"", "  ", "-", "xyzzy", "18", "\xFF\xFE", "1234567890"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        assert_int_equal(suggest(queries[i], 0, 10, slugs), 0);
    assert_int_equal(suggest("golf", 0, 0, slugs), 0);
    assert_int_equal(suggest("golf 1985", 0, 10, slugs), 0);
    char longest[LIMIT_QUERY_BYTES + 2];
    memset(longest, 'a', sizeof longest);
    struct vehicle_suggestion found[4];
    unsigned count;
    assert_int_equal(vehicle_suggest(fixture.view, slice_of(longest, sizeof longest), 0, 4, found, &count),
                     ERR_TOO_LARGE);
}

static void answers_are_the_same_every_time(void **state) {
    (void)state;
    const char *first[LIMIT_HITS_MAX], *again[LIMIT_HITS_MAX];
    unsigned count = suggest("z", 0, 50, first);
    assert_int_equal(suggest("z", 0, 50, again), count);
    for (unsigned i = 0; i < count; i++) assert_string_equal(first[i], again[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type),           cmocka_unit_test(typing_errors_and_homophones),
        cmocka_unit_test(years_newest_first_and_other_models_after), cmocka_unit_test(preferred_market_comes_first),
        cmocka_unit_test(listed_prefixes_are_exact),  cmocka_unit_test(nothing_to_find),
        cmocka_unit_test(answers_are_the_same_every_time), cmocka_unit_test(one_error_at_random_places),
        cmocka_unit_test(garage_comes_first),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
