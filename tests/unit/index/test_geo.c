// Positions: distances against great circles by another formula, GCJ-02 against published pairs and back again, and what is read from text.
#include <math.h>

#include "index/geo.h"
#include "tests/unit/index/index_fixture.h"

#define RADIANS (3.14159265358979323846 / 180)

static double draw(double from, double to) { return from + (to - from) * drand48(); }

// The haversine formula, which shares nothing with chords of unit vectors.
static double haversine_m(struct geo a, struct geo b) {
    double s = sin((b.lat - a.lat) * RADIANS / 2), t = sin((b.lon - a.lon) * RADIANS / 2);
    double h = s * s + cos(a.lat * RADIANS) * cos(b.lat * RADIANS) * t * t;
    return 2 * GEO_EARTH_RADIUS_M * asin(sqrt(h > 1 ? 1 : h));
}

static void distances_are_great_circles(void **state) {
    (void)state;
    srand48(1);
    for (unsigned i = 0; i < 100000; i++) {
        struct geo a = {draw(-90, 90), draw(-180, 180)}, b = {draw(-90, 90), draw(-180, 180)};
        if (i % 2) b = (struct geo){fmax(-90, fmin(90, a.lat + draw(-0.01, 0.01))), a.lon + draw(-0.01, 0.01)};
        double m = geo_distance_m(a, b), expected = haversine_m(a, b);
        if (fabs(m - expected) > 1e-3 + expected * 1e-7) fail_msg("%f,%f %f,%f: %f, not %f", a.lat, a.lon, b.lat, b.lon, m, expected);
    }
    assert_true(fabs(geo_distance_m((struct geo){0, 179.9}, (struct geo){0, -179.9}) - 22239) < 5);
    assert_true(fabs(geo_distance_m((struct geo){89.9, 0}, (struct geo){89.9, 180}) - 22239) < 5);
    for (double m = 1; m < 2e7; m *= 3) assert_true(fabs(geo_metres(geo_chord2_of_metres(m)) - m) < 1e-3 + m * 1e-9);
}

static void gcj02_is_as_published(void **state) {
    static const struct { struct geo wgs84, gcj02; } PAIRS[] = {
        {{39.915, 116.404}, {39.91640428150164, 116.41024449916938}},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        struct geo g = geo_to_gcj02(PAIRS[i].wgs84), back = geo_from_gcj02(PAIRS[i].gcj02);
        assert_true(fabs(g.lat - PAIRS[i].gcj02.lat) < 1e-8 && fabs(g.lon - PAIRS[i].gcj02.lon) < 1e-8);
        assert_true(fabs(back.lat - PAIRS[i].wgs84.lat) < 1e-7 && fabs(back.lon - PAIRS[i].wgs84.lon) < 1e-7);
    }
}

static void gcj02_and_back(void **state) {
    double worst_m = 0, most_m = 0;
    (void)state;
    srand48(2);
    for (unsigned i = 0; i < 100000; i++) {
        struct geo g = {draw(18, 53.5), draw(73.6, 135)}, shifted = geo_to_gcj02(g);
        double back_m = geo_distance_m(geo_from_gcj02(shifted), g), off_m = geo_distance_m(shifted, g);
        if (back_m > worst_m) worst_m = back_m;
        if (off_m > most_m) most_m = off_m;
    }
    print_message("           there and back within %.2g m; offsets up to %.0f m\n", worst_m, most_m);
    assert_true(worst_m < 0.01);
    assert_true(most_m > 300 && most_m < 1500);
    struct geo paris = {48.8566, 2.3522}, same = geo_to_gcj02(paris);
    assert_true(same.lat == paris.lat && same.lon == paris.lon);
}

static void texts(void **state) {
    static const char *const BAD[] = {"", ",", "1", "1,", ",1", "a,b", "91,0", "-91,0", "0,181", "1e1,2", "nan,0", "1,2,3", "31.2;121.4"};
    struct geo g;
    enum geo_datum datum;
    (void)state;
    assert_true(geo_parse(SLICE("31.23,121.47"), &g) && g.lat == 31.23 && g.lon == 121.47);
    assert_true(geo_parse(SLICE(" -33.5 , -70 "), &g) && g.lat == -33.5 && g.lon == -70);
    assert_true(geo_parse(SLICE("90,-180"), &g));
    for (unsigned i = 0; i < sizeof BAD / sizeof *BAD; i++)
        if (geo_parse(slice_str(BAD[i]), &g)) fail_msg("'%s' was taken for a position", BAD[i]);
    assert_true(geo_datum_parse(SLICE("gcj02"), &datum) && datum == GEO_GCJ02);
    assert_true(geo_datum_parse(SLICE_NONE, &datum) && datum == GEO_WGS84);
    assert_true(geo_datum_parse(SLICE("wgs84"), &datum) && datum == GEO_WGS84);
    assert_false(geo_datum_parse(SLICE("bd09"), &datum));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_great_circles),
        cmocka_unit_test(gcj02_is_as_published),
        cmocka_unit_test(gcj02_and_back),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
