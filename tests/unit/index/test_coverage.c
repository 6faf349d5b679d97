// The coverage report against counting: every person and district with every workshop.
#include "index/coverage.h"
#include "index/district.h"
#include "index/user.h"
#include "index/workshop.h"
#include "tests/unit/index/supply_fixture.h"

enum { WORKSHOPS = 120, DISTRICTS = 20, PEOPLE = 600, SERVICES = 5 };
static const char *const SERVICE_NAMES[SERVICES] = {"wash", "oil", "brake", "tyre", "rare"};

struct spot { struct geo at; bool shown, does[SERVICES]; };
struct place { struct geo at; unsigned city; };
struct world { struct supply_fixture s; struct spot shops[WORKSHOPS]; struct place districts[DISTRICTS]; struct geo homes[PEOPLE]; };

static struct geo around(unsigned city, double spread) {
    return (struct geo){30 + 2 * city + supply_draw(-spread, spread), 120 + supply_draw(-spread, spread)};
}

static void put_shop(struct world *w, unsigned i) {
    char services[128] = "";
    struct spot *s = &w->shops[i];
    *s = (struct spot){.at = around(i % 2, 0.15), .shown = lrand48() % 5 != 0};
    for (unsigned k = 0; k < SERVICES; k++) {
        s->does[k] = lrand48() % 3 == 0;
        size_t n = strlen(services);
        if (s->does[k]) snprintf(services + n, sizeof services - n, "%s\"%s\"", n ? "," : "", SERVICE_NAMES[k]);
    }
    supply_must(&w->s, "{\"kind\":\"workshop\",\"id\":\"w%u\",\"name\":\"W\",\"near\":[%.7f,%.7f],\"services\":[%s],\"hours\":\"24/7\",\"qualification\":\"%s\"}",
                i, s->at.lat, s->at.lon, services, s->shown ? "qualified" : "pending");
}

static void put_person(struct world *w, unsigned i) {
    struct arena scratch;
    char name[16];
    uint32_t id;
    snprintf(name, sizeof name, "u%u", i);
    arena_init(&scratch, 4096, 1 << 20);
    w->homes[i] = i % 50 == 0 ? (struct geo){-40, 0} : around(i % 2, 0.2); // some live in no district
    struct user u = {.external_id = slice_str(name), .has_home = i % 10 != 9, .home = w->homes[i]};
    assert_int_equal(user_put(w->s.many, &scratch, &u, &id), ERR_OK);
    arena_destroy(&scratch);
}

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    supply_open(&w->s);
    srand48(31);
    supply_begin(&w->s);
    for (unsigned i = 0; i < DISTRICTS; i++) {
        w->districts[i] = (struct place){around(i % 2, 0.15), i % 2};
        supply_must(&w->s, "{\"kind\":\"district\",\"id\":\"X/%c/%u\",\"name\":\"D\",\"near\":[%.7f,%.7f]}", 'A' + (int)(i % 2), i,
                    w->districts[i].at.lat, w->districts[i].at.lon);
    }
    for (unsigned i = 0; i < WORKSHOPS; i++) put_shop(w, i);
    for (unsigned i = 0; i < PEOPLE; i++) put_person(w, i);
    supply_commit(&w->s);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    supply_close(&w->s);
    free(w);
    return 0;
}

static bool covered(const struct world *w, struct geo at, unsigned service) {
    for (unsigned i = 0; i < WORKSHOPS; i++)
        if (w->shops[i].shown && w->shops[i].does[service] && geo_distance_m(w->shops[i].at, at) <= COVERAGE_RADIUS_M) return true;
    return false;
}

static void as_counted(void **state) {
    struct world *w = *state;
    struct coverage c;
    uint32_t people[3] = {0}, by[3][SERVICES] = {{0}}, districts[3][SERVICES] = {{0}}, with_home = 0;
    assert_int_equal(coverage_compute(w->s.f.view, &c), ERR_OK);
    for (unsigned i = 0; i < PEOPLE; i++) {
        unsigned city = i % 50 == 0 ? 2 : i % 2;
        if (i % 10 == 9) continue;
        people[city]++;
        with_home++;
        for (unsigned k = 0; k < SERVICES; k++) by[city][k] += covered(w, w->homes[i], k);
    }
    for (unsigned i = 0; i < DISTRICTS; i++)
        for (unsigned k = 0; k < SERVICES; k++) districts[i % 2][k] += covered(w, w->districts[i].at, k);
    assert_int_equal(c.users, PEOPLE);
    assert_int_equal(c.people, with_home);
    assert_int_equal(c.districts, DISTRICTS);
    assert_int_equal(c.city_count, 2);
    assert_int_equal(c.service_count, SERVICES);
    for (unsigned city = 0; city < 3; city++) {
        assert_int_equal(c.cities[city].people, people[city]);
        for (unsigned k = 0; k < SERVICES; k++) {
            unsigned at = 0;
            while (c.services[at] != supply_type(&w->s, SERVICE_NAMES[k])) at++;
            assert_int_equal(c.cities[city].service[at].people, by[city][k]);
            assert_int_equal(c.cities[city].service[at].districts, districts[city][k]);
        }
    }
    assert_true(by[0][0] > 0 && by[0][0] < people[0]);
}

static void where_a_position_belongs(void **state) {
    struct world *w = *state;
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct district d;
        double best = DISTRICT_REACH_M;
        unsigned nearest = DISTRICTS;
        for (unsigned k = 0; k < DISTRICTS; k++) {
            double m = geo_distance_m(w->homes[i], w->districts[k].at);
            if (m < best) best = m, nearest = k;
        }
        enum err e = district_of(w->s.f.view, w->homes[i], &d);
        assert_int_equal(e, nearest < DISTRICTS ? ERR_OK : ERR_NOT_FOUND);
        if (e == ERR_OK) assert_true(geo_distance_m(d.at, w->homes[i]) <= best + 0.1); // stored to a centimetre
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_counted), cmocka_unit_test(where_a_position_belongs)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
