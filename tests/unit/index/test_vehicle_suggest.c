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
        cmocka_unit_test(answers_are_the_same_every_time),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
