// The spatial index against a walk over all points: 40,000 of them, in cities, over the date line, at the poles and many at one spot;
// with filters and radii, and again after points were taken out and moved.
#include <math.h>

#include "index/place_index.h"
#include "tests/unit/index/index_fixture.h"

#define POINTS 40000u
#define QUERIES 500u
#define NEAREST 12u

struct point { struct geo at; uint64_t bits[PLACE_WORDS]; bool there; };
struct world { struct fixture f; struct point *points; struct place_found *all; };

static double draw(double from, double to) { return from + (to - from) * drand48(); }
static double bell(void) { return draw(-1, 1) + draw(-1, 1) + draw(-1, 1); }

static struct geo wrapped(double lat, double lon) {
    if (lat > 90) lat = 90;
    if (lat < -90) lat = -90;
    while (lon > 180) lon -= 360;
    while (lon < -180) lon += 360;
    return (struct geo){lat, lon};
}

// Most in some cities, one of them on the date line and one around each pole, the rest anywhere.
static struct geo somewhere(void) {
    static const struct geo CITIES[] = {{31.2, 121.5}, {39.9, 116.4}, {40.7, -74}, {-17.8, 179.99}, {89.99, 0}, {-89.99, 50}, {0, 0}, {51.5, -0.1}};
    switch (lrand48() % 10) {
    case 0: return wrapped(draw(-90, 90), draw(-180, 180));
    case 1: return (struct geo){22.5, 114.1};                                                        // all at one spot
    case 2: return wrapped((double)(lrand48() % 19 - 9) * 10, (double)(lrand48() % 37 - 18) * 10); // on the lines of cells
    default: break;
    }
    struct geo c = CITIES[lrand48() % 8];
    return wrapped(c.lat + 0.1 * bell(), c.lon + 0.1 * bell());
}

static void commit_point(struct txn *t, struct arena *a, struct world *w, unsigned i, bool put) {
    struct point *p = &w->points[i];
    enum err e = put ? place_put(t, a, PLACE_WORKSHOPS, i + 1, p->at, p->bits) : place_remove(t, a, PLACE_WORKSHOPS, i + 1, p->at);
    assert_int_equal(e, ERR_OK);
    p->there = put;
    arena_reset(a);
}

static void draw_point(struct point *p) {
    p->at = somewhere();
    for (unsigned i = 0; i < PLACE_WORDS; i++) p->bits[i] = (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();
}

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    struct txn *t;
    struct arena a;
    w->points = calloc(POINTS, sizeof *w->points);
    w->all = calloc(POINTS, sizeof *w->all);
    fixture_open(&w->f);
    srand48(5);
    arena_init(&a, 1 << 20, 64u << 20);
    assert_int_equal(txn_begin(w->f.db, &t, NULL), ERR_OK);
    for (unsigned i = 0; i < POINTS; i++) {
        draw_point(&w->points[i]);
        commit_point(t, &a, w, i, true);
    }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    arena_destroy(&a);
    fixture_refresh(&w->f);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    fixture_close(&w->f);
    free(w->points);
    free(w->all);
    free(w);
    return 0;
}

// ---- the plain reference --------------------------------------------------------------------------------------------------------
static int nearer(const void *a, const void *b) {
    const struct place_found *x = a, *y = b;
    if (x->chord2 != y->chord2) return x->chord2 < y->chord2 ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static bool passes(const struct point *p, const struct place_filter *f) {
    bool any = false, choosy = false;
    for (unsigned i = 0; i < PLACE_WORDS; i++) {
        if (f->all[i] & ~p->bits[i]) return false;
        choosy |= f->any[i] != 0;
        any |= (f->any[i] & p->bits[i]) != 0;
    }
    return any || !choosy;
}

static unsigned brute_force(struct world *w, struct geo centre, double within_m, const struct place_filter *f) {
    struct geo_vector v = geo_vector_of(centre);
    double limit = geo_chord2_of_metres(within_m);
    unsigned n = 0;
    for (unsigned i = 0; i < POINTS; i++) {
        if (!w->points[i].there || !passes(&w->points[i], f)) continue;
        struct place_found found = {.id = i + 1, .chord2 = geo_chord2(v, geo_vector_of(w->points[i].at))};
        if (found.chord2 <= limit) w->all[n++] = found;
    }
    qsort(w->all, n, sizeof *w->all, nearer);
    return n;
}

static struct place_filter filter_draw(void) {
    struct place_filter f = {{0}, {0}};
    if (lrand48() % 2) f.all[lrand48() % PLACE_WORDS] = UINT64_C(1) << lrand48() % 64;
    if (lrand48() % 3 == 0) f.any[lrand48() % PLACE_WORDS] = UINT64_C(3) << lrand48() % 62;
    return f;
}

static void compare(struct world *w) {
    static const double RADII_M[] = {INFINITY, 3000, 50000, 1e6, INFINITY};
    for (unsigned q = 0; q < QUERIES; q++) {
        struct geo centre = q % 4 == 0 ? wrapped(draw(-90, 90), draw(-180, 180)) : somewhere();
        struct place_filter f = filter_draw();
        double within_m = RADII_M[q % 5];
        unsigned expected = brute_force(w, centre, within_m, &f), wanted = q % 100 == 0 ? POINTS : NEAREST;
        struct place_search s;
        struct place_found found;
        assert_int_equal(place_search_begin(w->f.view, PLACE_WORKSHOPS, centre, within_m, &f, &s), ERR_OK);
        for (unsigned i = 0; i < wanted; i++) {
            enum err e = place_search_next(&s, &found);
            if (i >= expected) {
                assert_int_equal(e, ERR_END);
                break;
            }
            assert_int_equal(e, ERR_OK);
            if (found.id != w->all[i].id || found.chord2 != w->all[i].chord2)
                fail_msg("query %u at %f,%f: place %u is %u (%g), not %u (%g)", q, centre.lat, centre.lon, i, found.id, found.chord2,
                         w->all[i].id, w->all[i].chord2);
            assert_memory_equal(found.bits, w->points[found.id - 1].bits, sizeof found.bits);
        }
        fixture_refresh(&w->f);
        arena_reset(&w->f.arena);
    }
}

static void as_brute_force(void **state) { compare(*state); }

static void as_brute_force_after_changes(void **state) {
    struct world *w = *state;
    struct txn *t;
    struct arena a;
    arena_init(&a, 1 << 20, 64u << 20);
    assert_int_equal(txn_begin(w->f.db, &t, NULL), ERR_OK);
    for (unsigned n = 0; n < POINTS / 2; n++) {
        unsigned i = (unsigned)lrand48() % POINTS;
        if (w->points[i].there) commit_point(t, &a, w, i, false);
        if (n % 3 == 0) continue;
        draw_point(&w->points[i]);
        commit_point(t, &a, w, i, true);
    }
    assert_int_equal(place_remove(t, &a, PLACE_WORKSHOPS, POINTS + 7, (struct geo){1, 1}), ERR_NOT_FOUND);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    arena_destroy(&a);
    fixture_refresh(&w->f);
    compare(w);
}

static void an_empty_space_has_nothing(void **state) {
    struct world *w = *state;
    struct place_search s;
    struct place_found found;
    assert_int_equal(place_search_begin(w->f.view, PLACE_DISTRICTS, (struct geo){31, 121}, INFINITY, NULL, &s), ERR_OK);
    assert_int_equal(place_search_next(&s, &found), ERR_END);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_brute_force),
        cmocka_unit_test(as_brute_force_after_changes),
        cmocka_unit_test(an_empty_space_has_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
