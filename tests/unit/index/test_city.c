// Cities of workshops against counting them by hand: names from areas, else from the workshops; nobody who is not shown; the middle on
// the sphere; an area is no district.
#include "index/city.h"
#include "index/coverage.h"
#include "index/district.h"
#include "tests/unit/index/supply_fixture.h"

static int setup(void **state) {
    (void)supply_group_begin(state);
    return 0;
}

static void shop(struct supply_fixture *s, const char *id, double lat, double lon, const char *more) {
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"%s\",\"name\":\"W\",\"near\":[%.6f,%.6f],\"services\":[\"oil\"],\"hours\":\"24/7\"%s}", id, lat, lon, more);
}

static void cities(void **state) {
    struct supply_fixture *s = *state;
    struct city *list;
    unsigned count;
    assert_int_equal(cities_of(s->f.view, &list, &count), ERR_OK);
    assert_int_equal(count, 0);
    supply_begin(s);
    supply_must(s, "{\"kind\":\"district\",\"id\":\"CN/X\",\"name\":\"Xi\",\"name_zh\":\"西\"}");
    supply_must(s, "{\"kind\":\"district\",\"id\":\"CN/X/Mid\",\"name\":\"M\",\"near\":[31,121]}");
    shop(s, "a", 31, 121, ",\"district\":\"CN/X/Mid\",\"city\":\"X town\",\"country\":\"CN\"");
    shop(s, "b", 31.2, 121.2, ",\"district\":\"CN/X/Other\",\"country\":\"CN\"");
    shop(s, "c", 31.1, 121.1, ",\"district\":\"CN/X/Mid\",\"qualification\":\"pending\"");
    shop(s, "d", 10, 179.9, ",\"district\":\"FJ/Suva/One\",\"city\":\"Suva\",\"country\":\"FJ\"");
    shop(s, "e", 10, -179.9, ",\"district\":\"FJ/Suva/Two\",\"city\":\"Suva\",\"country\":\"FJ\"");
    shop(s, "f", 10, 179.9, ",\"district\":\"FJ/Suva/One\",\"city\":\"Suva\",\"country\":\"FJ\"");
    shop(s, "g", 40, -74, ",\"city\":\"New York\",\"country\":\"US\"");
    shop(s, "h", 50, 8, "");                                  // nobody says where
    shop(s, "i", 51, 9, ",\"district\":\"DE/Kassel/West\""); // only its district does
    supply_commit(s);
    assert_int_equal(cities_of(s->f.view, &list, &count), ERR_OK);
    const struct { const char *path, *name, *name_zh, *country; double lat, lon; uint32_t workshops; } WANT[] = {
        {"FJ/Suva", "Suva", "", "FJ", 10, 179.9667, 3}, {"CN/X", "Xi", "西", "CN", 31.1, 121.1, 2},
        {"DE/Kassel", "Kassel", "", "DE", 51, 9, 1}, {"US/New York", "New York", "", "US", 40, -74, 1}};
    assert_int_equal(count, sizeof WANT / sizeof *WANT);
    for (unsigned i = 0; i < count; i++) {
        assert_true(slice_is(list[i].path, WANT[i].path) && slice_is(list[i].name, WANT[i].name));
        assert_true(slice_is(list[i].name_zh, WANT[i].name_zh) && slice_is(list[i].country, WANT[i].country));
        assert_int_equal(list[i].workshops, WANT[i].workshops);
        assert_true(geo_distance_m(list[i].at, (struct geo){WANT[i].lat, WANT[i].lon}) < 100);
    }
}

static void an_area_is_no_district(void **state) {
    struct supply_fixture *s = *state;
    struct district d;
    struct coverage c;
    fixture_refresh(&s->f);
    assert_int_equal(district_of(s->f.view, (struct geo){31.01, 121}, &d), ERR_OK);
    assert_true(slice_is(d.path, "CN/X/Mid") && !d.area);
    assert_int_equal(coverage_compute(s->f.view, &c), ERR_OK);
    assert_int_equal(c.districts, 1);
    assert_int_equal(c.city_count, 1);
    // a district that becomes an area is nobody's any more, and the other way round
    supply_must(s, "{\"kind\":\"district\",\"id\":\"CN/X/Mid\",\"name\":\"M\"}");
    fixture_refresh(&s->f);
    assert_int_equal(district_of(s->f.view, (struct geo){31.01, 121}, &d), ERR_NOT_FOUND);
    supply_must(s, "{\"kind\":\"district\",\"id\":\"CN/X\",\"name\":\"Xi\",\"near\":[31,121]}");
    fixture_refresh(&s->f);
    assert_int_equal(district_of(s->f.view, (struct geo){31.01, 121}, &d), ERR_OK);
    assert_true(slice_is(d.path, "CN/X") && !d.area);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cities), cmocka_unit_test(an_area_is_no_district)};
    return cmocka_run_group_tests(tests, setup, supply_group_end);
}
