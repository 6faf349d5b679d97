// Workshops and their supply: the nearest against a walk over all of them with every filter; those that may not be shown; what is put is
// what is exported; price bands and territories.
#include "index/assortment.h"
#include "index/dealer.h"
#include "index/price_band.h"
#include "index/stock.h"
#include "index/workshop_near.h"
#include "tests/unit/index/supply_fixture.h"

#define WORKSHOPS 1500u
#define QUERIES 400u

static const char *const SERVICES[] = {"wash", "oil", "brake", "tyre"}, *const MAKES[] = {"A", "B", "C", "D", "E"};
static const char *const HOURS[] = {"Mo-Su 08:00-20:00", "Mo-Fr 09:00-17:00", "24/7", "Sa,Su 22:00-04:00"};
static const char *const STATES[] = {"\"qualification\":\"qualified\"", "\"qualification\":\"pending\"", "\"deposit\":\"unpaid\"",
                                     "\"deposit\":\"waived\"", "\"qualification\":\"suspended\"", "\"deposit\":\"paid\""};

static const int OFFSETS[] = {480, 0, -300, 345, -570};

static size_t some(char *out, size_t size, const char *const *names, unsigned count, double chance) {
    size_t n = (size_t)snprintf(out, size, "[");
    for (unsigned i = 0; i < count; i++)
        if (drand48() < chance) n += (size_t)snprintf(out + n, size - n, "%s\"%s\"", n > 1 ? "," : "", names[i]);
    return n + (size_t)snprintf(out + n, size - n, "]");
}

static void put_random(struct supply_fixture *s, unsigned i) {
    char services[128], makes[128];
    bool far = i % 10 == 0;
    some(services, sizeof services, SERVICES, 4, 0.5);
    some(makes, sizeof makes, MAKES, 5, i % 3 ? 0 : 0.4);
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"w%u\",\"name\":\"W\",\"near\":[%.6f,%.6f],\"services\":%s,\"makes\":%s,\"hours\":\"%s\","
                "\"utc_offset\":%d,%s\"bays\":2,%s}", i, far ? supply_draw(-90, 90) : 31 + supply_draw(-0.3, 0.3),
                far ? supply_draw(-180, 180) : 121 + supply_draw(-0.3, 0.3), services, makes, HOURS[lrand48() % 4], OFFSETS[lrand48() % 5],
                i % 5 ? "" : "\"daylight_saving\":\"us\",", STATES[lrand48() % 6]);
    if (i % 4 == 0) supply_must(s, "{\"kind\":\"stock\",\"workshop\":\"w%u\",\"items\":{\"p%u\":%u,\"p1\":1}}", i, i % 10, 1 + i % 5);
}

static int setup(void **state) {
    struct supply_fixture *s = supply_group_begin(state);
    srand48(7);
    supply_begin(s);
    for (unsigned i = 0; i < WORKSHOPS; i++) put_random(s, i);
    for (unsigned i = 0; i < WORKSHOPS / 4; i++) put_random(s, (unsigned)lrand48() % WORKSHOPS); // moved and changed
    supply_commit(s);
    return 0;
}

// ---- the nearest ------------------------------------------------------------------------------------------------------------------
struct plain { struct view *v; const struct workshop_query *q; struct { uint32_t id; double chord2; } list[WORKSHOPS]; unsigned count; };

static enum err look(void *arg, const struct workshop *w) {
    struct plain *p = arg;
    const struct workshop_query *q = p->q;
    bool does = q->any.count == 0, takes = q->make == 0 || w->make_count == 0;
    uint32_t pieces = 1;
    for (unsigned i = 0; i < w->service_count; i++)
        for (unsigned k = 0; k < q->any.count; k++) does |= workshop_service(w, i) == q->any.services[k];
    for (unsigned i = 0; i < w->make_count; i++) {
        uint32_t make;
        memcpy(&make, w->makes.p + i * sizeof make, sizeof make);
        takes |= make == q->make;
    }
    if (q->in_stock) assert_int_equal(stock_get(p->v->snapshot, stock_of_workshop(w->id), q->in_stock, &pieces), ERR_OK);
    double chord2 = geo_chord2(geo_vector_of(q->at), geo_vector_of(w->at));
    bool shown = w->qualification == QUALIFIED && w->deposit != DEPOSIT_UNPAID;
    if (!shown || !does || !takes || !pieces || chord2 > geo_chord2_of_metres(q->within_m)) return ERR_OK;
    if (q->open_at_ms && !hours_open(&w->hours, q->open_at_ms)) return ERR_OK;
    unsigned i = p->count++;
    for (; i > 0 && p->list[i - 1].chord2 > chord2; i--) p->list[i] = p->list[i - 1];
    p->list[i].id = w->id;
    p->list[i].chord2 = chord2;
    return ERR_OK;
}

// The nearest `limit` of a search of its own.
static unsigned nearest(struct view *v, const struct workshop_query *q, unsigned limit, struct workshop_near ***list) {
    struct workshops_around *around;
    unsigned count;
    assert_int_equal(workshops_around(v, q, &around), ERR_OK);
    assert_int_equal(workshops_near(around, limit, list, &count), ERR_OK);
    assert_false(workshops_partial(around));
    return count;
}

static void nearest_as_a_walk(void **state) {
    struct supply_fixture *s = *state;
    struct plain *p = calloc(1, sizeof *p);
    srand48(8);
    for (unsigned n = 0; n < QUERIES; n++) {
        struct workshop_query q = {.at = {31 + supply_draw(-0.4, 0.4), 121 + supply_draw(-0.4, 0.4)}, .within_m = n % 2 ? 5000 : NEAR_RADIUS_MAX_M};
        struct workshop_near **list;
        unsigned limit = 1 + (unsigned)lrand48() % 20;
        if (n % 3) q.any.services[q.any.count++] = supply_type(s, SERVICES[lrand48() % 4]);
        if (n % 5 == 0) q.any.services[q.any.count++] = supply_type(s, "wash");
        if (n % 2) assert_int_equal(names_find(s->f.view->snapshot, NAMES_MAKE, slice_str((const char *[]){"a", "b", "c", "d", "e"}[n % 5]), &q.make), ERR_OK);
        if (n % 4 == 0) q.open_at_ms = SUPPLY_NOW_MS + (int64_t)(drand48() * 7 * 86400000);
        if (n % 7 == 0) q.in_stock = supply_product_id(s, "p1");
        *p = (struct plain){.v = s->f.view, .q = &q};
        assert_int_equal(workshops_each(s->f.view, look, p), ERR_OK);
        unsigned count = nearest(s->f.view, &q, limit, &list);
        assert_int_equal(count, p->count < limit ? p->count : limit);
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(list[i]->shop->id, p->list[i].id);
            assert_true(fabs(list[i]->distance_m - geo_metres(p->list[i].chord2)) < 1e-6);
        }
    }
    free(p);
}

// Walks of several services, gone on with in turn, find each what a search for that service alone finds.
static void walks_share_one_search(void **state) {
    struct supply_fixture *s = *state;
    enum { WALKS = 6 };
    srand48(9);
    for (unsigned n = 0; n < QUERIES / 10; n++) {
        struct workshop_query q = {.at = {31 + supply_draw(-0.4, 0.4), 121 + supply_draw(-0.4, 0.4)}, .within_m = n % 2 ? 20000 : NEAR_RADIUS_MAX_M};
        struct workshops_around *around;
        struct workshop_walk walks[WALKS];
        struct workshop_near **alone[WALKS], *near;
        unsigned counts[WALKS], at[WALKS] = {0};
        if (n % 3 == 0) q.open_at_ms = SUPPLY_NOW_MS + (int64_t)(drand48() * 7 * 86400000);
        assert_int_equal(workshops_around(s->f.view, &q, &around), ERR_OK);
        for (unsigned i = 0; i < WALKS; i++) {
            struct workshop_query own = q;
            for (unsigned k = 0; k < i % 3; k++) own.any.services[own.any.count++] = supply_type(s, SERVICES[lrand48() % 4]);
            counts[i] = nearest(s->f.view, &own, 1000, &alone[i]);
            workshop_walk_begin(&own.any, &walks[i]);
        }
        for (unsigned step = 0; step < 200; step++) {
            unsigned i = (unsigned)lrand48() % WALKS;
            enum err e = workshop_walk_next(around, &walks[i], &near);
            assert_int_equal(e, at[i] < counts[i] ? ERR_OK : ERR_END);
            if (e == ERR_OK) assert_int_equal(near->shop->id, alone[i][at[i]++]->shop->id);
        }
        arena_reset(&s->f.arena);
    }
}

// What is kept from request to request is what the database says, whatever changes in between; what a request was given stays as it was.
static void kept_as_stored(void **state) {
    struct supply_fixture *s = *state;
    enum { STEPS = 400, ASKED = 30 };
    struct workshop_kept *held;
    uint32_t first, id;
    srand48(10);
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"k0\",\"name\":\"K\",\"near\":[-40,-90],\"hours\":\"24/7\"}");
    fixture_refresh(&s->f);
    assert_int_equal(workshop_find(s->f.view->snapshot, SLICE("k0"), &first), ERR_OK);
    for (unsigned n = 0; n < STEPS; n++) {
        if (n % 3 == 0)
            supply_must(s, "{\"kind\":\"workshop\",\"id\":\"k%ld\",\"name\":\"K%u\",\"near\":[-40,-90],\"hours\":\"24/7\",\"bays\":%ld}", lrand48() % 9, n, 1 + lrand48() % 9);
        if (n % 4 == 0)
            supply_must(s, "{\"kind\":\"stock\",\"workshop\":\"k0\",\"items\":{\"p%ld\":%ld}}", lrand48() % 10, lrand48() % 4);
        fixture_refresh(&s->f);
        assert_int_equal(workshop_keep(s->f.view, first, &held), ERR_OK);
        uint16_t bays = held->shop.bays;
        for (unsigned i = 0; i < ASKED; i++) {
            struct workshop_kept *kept;
            struct workshop stored;
            char product[8];
            uint32_t pieces;
            id = i % 5 == 0 ? first : 1 + (unsigned)lrand48() % (first + 12);
            enum err e = workshop_load(s->f.view, id, &stored);
            assert_int_equal(workshop_keep(s->f.view, id, &kept), e);
            if (e != ERR_OK) continue;
            assert_true(slice_eq(kept->shop.name, stored.name) && kept->shop.id == id && kept->shop.bays == stored.bays);
            snprintf(product, sizeof product, "p%ld", lrand48() % 10);
            assert_int_equal(stock_get(s->f.view->snapshot, stock_of_workshop(id), supply_product_id(s, product), &pieces), ERR_OK);
            assert_int_equal(workshop_shelf(s->f.view, kept, supply_product_id(s, product)), pieces);
        }
        assert_true(held->shop.id == first && held->shop.bays == bays);
        arena_reset(&s->f.arena);
    }
    // More of one set than it has places: the last ones are read for this request alone.
    struct workshop_kept places[KEPT_WAYS + 1], *of[KEPT_WAYS + 1];
    supply_begin(s);
    for (unsigned i = 0; i < KEPT_SETS * (KEPT_WAYS + 1); i++)
        supply_must(s, "{\"kind\":\"workshop\",\"id\":\"m%u\",\"name\":\"M\",\"near\":[-40,-90],\"hours\":\"24/7\",\"qualification\":\"pending\"}", i);
    supply_commit(s);
    for (unsigned i = 0; i <= KEPT_WAYS; i++) {
        assert_int_equal(workshop_keep(s->f.view, first + 20 + i * KEPT_SETS, &of[i]), ERR_OK);
        places[i] = *of[i];
    }
    for (unsigned i = 0; i <= KEPT_WAYS; i++) {
        assert_int_equal(of[i]->shop.id, first + 20 + i * KEPT_SETS);
        assert_true(slice_eq(of[i]->shop.external_id, places[i].shop.external_id));
    }
}

static void hidden_until_it_may_be_shown(void **state) {
    struct supply_fixture *s = *state;
    struct workshop_query q = {.at = {-50, -100}, .within_m = 1000};
    static const struct { const char *more; unsigned shown; } STEPS[] = {
        {"", 1}, {",\"qualification\":\"pending\"", 0}, {",\"qualification\":\"suspended\"", 0}, {",\"deposit\":\"unpaid\"", 0},
        {",\"deposit\":\"waived\"", 1}, {",\"qualification\":\"pending\",\"deposit\":\"waived\"", 0}, {",\"qualification\":\"qualified\"", 1}};
    for (unsigned i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        struct workshop_near **list;
        supply_must(s, "{\"kind\":\"workshop\",\"id\":\"state\",\"name\":\"S\",\"near\":[-50,-100],\"hours\":\"24/7\"%s}", STEPS[i].more);
        fixture_refresh(&s->f);
        assert_int_equal(nearest(s->f.view, &q, 5, &list), STEPS[i].shown);
    }
}

// ---- those of a view ------------------------------------------------------------------------------------------------------------------
static bool belongs(const struct workshop *w) { // to the view below, said by hand
    return slice_is(w->dealer, "acme") && (slice_is(w->city, "Suzhou") || slice_is(w->district, "CN/X/Pudong"));
}

static enum err count_belonging(void *arg, const struct workshop *w) {
    assert_true(belongs(w));
    ++*(unsigned *)arg;
    return ERR_OK;
}

static void a_view_has_its_own(void **state) {
    static const char *const DEALERS[] = {"acme", "rival", ""}, *const CITIES[] = {"Suzhou", "Shanghai"}, *const DISTRICTS[] = {"CN/X/Pudong", "Pudong", ""};
    struct supply_fixture *s = *state;
    struct key_view view = {.id = SLICE("v"), .dealer = SLICE("acme"), .territory_count = 2, .territories = {SLICE("CN/X/Pudong"), SLICE("Suzhou")}};
    struct workshop_query q = {.at = {-60, 10}, .within_m = 100000};
    struct workshop_near **all, **mine;
    unsigned each_count = 0, at = 0;
    struct fault why = {0};
    supply_begin(s);
    for (unsigned i = 0; i < 60; i++)
        supply_must(s, "{\"kind\":\"workshop\",\"id\":\"o%u\",\"name\":\"O\",\"near\":[-60,%.3f],\"hours\":\"24/7\",\"dealer\":\"%s\",\"city\":\"%s\","
                    "\"district\":\"%s\",\"country\":\"CN\"}", i, 10 + i * 0.001, DEALERS[i % 3], CITIES[i / 3 % 2], DISTRICTS[i / 6 % 3]);
    assert_int_equal(key_view_put(s->many, &s->scratch, &view, &why), ERR_OK);
    supply_commit(s);
    unsigned all_count = nearest(s->f.view, &q, 60, &all);
    assert_int_equal(all_count, 60);
    assert_int_equal(view_restrict(s->f.view, SLICE("v")), ERR_OK);
    unsigned mine_count = nearest(s->f.view, &q, 60, &mine);
    for (unsigned i = 0; i < all_count; i++) {
        struct workshop w;
        enum err e = workshop_named(s->f.view, all[i]->shop->external_id, &w, &why);
        assert_int_equal(e, belongs(all[i]->shop) ? ERR_OK : ERR_NOT_FOUND);
        if (e != ERR_OK) continue;
        assert_true(at < mine_count);
        assert_int_equal(mine[at++]->shop->id, all[i]->shop->id);
    }
    assert_int_equal(at, mine_count);
    assert_true(mine_count > 0);
    assert_int_equal(workshops_each(s->f.view, count_belonging, &each_count), ERR_OK);
    assert_int_equal(each_count, mine_count);
    fixture_refresh(&s->f); // another request, which sees everything
    assert_int_equal(nearest(s->f.view, &q, 60, &all), 60);
}

// ---- out and in ---------------------------------------------------------------------------------------------------------------------
static enum err gather(void *arg, struct slice line) {
    buf_slice_put(arg, line);
    return ERR_OK;
}

static void exported_and_put_again(void **state) {
    struct supply_fixture *s = *state, other = {.many = NULL};
    struct buf first, second;
    supply_must(s, "{\"kind\":\"district\",\"id\":\"CN/X\",\"name\":\"X\",\"name_zh\":\"城\"}");
    supply_must(s, "{\"kind\":\"district\",\"id\":\"CN/X/Y\",\"name\":\"Y\",\"name_zh\":\"歪\",\"near\":[31,121]}");
    supply_must(s, "{\"kind\":\"depot\",\"id\":\"dep\",\"name\":\"D\",\"city\":\"X\",\"near\":[31.1234567,-121]}");
    supply_must(s, "{\"kind\":\"stock\",\"depot\":\"dep\",\"items\":{\"p3\":4,\"p4\":5}}");
    supply_must(s, "{\"kind\":\"dealer\",\"id\":\"d1\",\"name\":\"D\",\"territory\":[\"CN/X\",\"CN/X/Y\"],\"brands\":[\"Acme\"],\"price_factor\":0.9}");
    supply_must(s, "{\"kind\":\"price_band\",\"brand\":\"acme\",\"type\":\"filter\",\"floor\":0.5,\"ceiling\":1.25}");
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"full\",\"name\":\"F\",\"name_zh\":\"全\",\"city\":\"X\",\"district\":\"CN/X/Y\",\"country\":\"CN\","
                "\"near\":[31,121],\"services\":[\"oil\",\"oil\",\"wash\"],\"makes\":[\"B\",\"A\"],\"bays\":3,\"slot_minutes\":45,\"hours\":\"Mo-We 08:00-12:00\","
                "\"utc_offset\":-300,\"daylight_saving\":\"us\",\"rating\":{\"value\":4.25,\"count\":7},\"deposit\":\"waived\",\"dealer\":\"d1\","
                "\"depots\":[{\"id\":\"dep\",\"minutes\":30}]}");
    fixture_refresh(&s->f);
    buf_init(&first, NULL, 1 << 20);
    buf_init(&second, NULL, 1 << 20);
    assert_int_equal(supply_lines(s->f.view, gather, &first), ERR_OK);
    supply_open(&other);
    supply_begin(&other);
    buf_char(&first, 0);
    for (char *line = first.p, *end; *line; line = end + 1) {
        struct fault why = {0};
        end = strchr(line, '\n');
        *end = 0;
        if (supply_line(&other, line, &why) != ERR_OK) fail_msg("%s: %s", line, why.message);
        *end = '\n';
    }
    supply_commit(&other);
    assert_int_equal(supply_lines(other.f.view, gather, &second), ERR_OK);
    buf_char(&second, 0);
    assert_string_equal(first.p, second.p);
    assert_non_null(strstr(first.p, "\"services\":[\"wash\",\"oil\"],\"makes\":[\"a\",\"b\"],\"bays\":3,\"slot_minutes\":45"));
    supply_close(&other);
    buf_free(&first);
    buf_free(&second);
}

// ---- prices and territories -------------------------------------------------------------------------------------------------------------
static void prices_stay_in_the_band(void **state) {
    (void)state;
    srand48(9);
    for (unsigned i = 0; i < 100000; i++) {
        struct price_band band = {.floor_permille = (uint16_t)(1 + lrand48() % 1500), .ceiling_permille = 0};
        band.ceiling_permille = (uint16_t)(band.floor_permille + lrand48() % 500);
        uint32_t list = (uint32_t)(lrand48() % 1000000);
        uint16_t factor = (uint16_t)(500 + lrand48() % 1000);
        uint32_t asked = lrand48() % 2 ? price_by_factor(list, factor) : (uint32_t)(lrand48() % 1000000); // by a factor, or by a list of one's own
        struct banded_price p = price_banded(list, asked, &band), free = price_banded(list, asked, NULL);
        assert_int_equal(price_by_factor(list, factor), ((uint64_t)list * factor + 500) / 1000);
        assert_int_equal(free.amount, asked);
        if (list == 0) {
            assert_int_equal(p.amount, asked); // no catalogue price, no band
            continue;
        }
        assert_true(p.floor <= p.amount && p.amount <= p.ceiling);
        assert_true((uint64_t)p.floor * 1000 >= (uint64_t)list * band.floor_permille && (uint64_t)p.floor * 1000 < (uint64_t)list * band.floor_permille + 1000);
        if (free.amount >= p.floor && free.amount <= p.ceiling) assert_int_equal(p.amount, free.amount);
    }
}

static void credit_goes_to_the_smallest_area(void **state) {
    struct supply_fixture *s = *state;
    struct slice dealer;
    struct fault why = {0};
    uint32_t acme, zeta;
    supply_must(s, "{\"kind\":\"dealer\",\"id\":\"land\",\"name\":\"L\",\"territory\":[\"US\"]}");
    supply_must(s, "{\"kind\":\"dealer\",\"id\":\"town\",\"name\":\"T\",\"territory\":[\"US/T\"],\"brands\":[\"zeta\"]}");
    supply_must(s, "{\"kind\":\"dealer\",\"id\":\"side\",\"name\":\"S\",\"territory\":[\"US/T/East\"]}");
    assert_int_equal(supply_line(s, "{\"kind\":\"dealer\",\"id\":\"thief\",\"name\":\"X\",\"territory\":[\"US/Q\",\"US\"]}", &why), ERR_CONFLICT);
    assert_string_equal(why.field, "territory");
    assert_int_equal(supply_line(s, "{\"kind\":\"dealer\",\"id\":\"thief\",\"name\":\"X\",\"brands\":[\"nobody\"],\"territory\":[\"US/Q\"]}", &why), ERR_BAD_REQUEST);
    fixture_refresh(&s->f);
    assert_int_equal(names_find(s->f.view->snapshot, NAMES_BRAND, SLICE("acme"), &acme), ERR_OK);
    assert_int_equal(names_find(s->f.view->snapshot, NAMES_BRAND, SLICE("zeta"), &zeta), ERR_OK);
    const struct { const char *area; uint32_t brand; const char *dealer; } CASES[] = {
        {"US", acme, "land"}, {"US/T", acme, "land"}, {"US/T", zeta, "town"}, {"US/T/West", zeta, "town"}, {"US/T/West", acme, "land"},
        {"US/T/East", zeta, "side"}, {"USA", acme, NULL}, {"", acme, NULL}};
    for (unsigned i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        enum err e = dealer_of_area(s->f.view->snapshot, slice_str(CASES[i].area), CASES[i].brand, &dealer);
        assert_int_equal(e, CASES[i].dealer ? ERR_OK : ERR_NOT_FOUND);
        if (CASES[i].dealer && !slice_is(dealer, CASES[i].dealer)) fail_msg("%s: %.*s", CASES[i].area, SLICE_ARGS(dealer));
    }
    supply_must(s, "{\"kind\":\"dealer\",\"id\":\"land\",\"name\":\"L\",\"territory\":[\"CA\"]}"); // gives the land up
    supply_must(s, "{\"kind\":\"dealer\",\"id\":\"thief\",\"name\":\"X\",\"territory\":[\"US\"]}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_as_a_walk), cmocka_unit_test(walks_share_one_search), cmocka_unit_test(kept_as_stored),         cmocka_unit_test(hidden_until_it_may_be_shown), cmocka_unit_test(exported_and_put_again),
        cmocka_unit_test(prices_stay_in_the_band),   cmocka_unit_test(credit_goes_to_the_smallest_area),
        cmocka_unit_test(a_view_has_its_own),
    };
    return cmocka_run_group_tests(tests, setup, supply_group_end);
}
