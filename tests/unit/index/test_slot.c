// Holds against a plain model: random takes, releases, redemptions and a clock that goes on; room and stock are right at every step. And one
// by one what is refused, and why.
#include "index/columns.h"
#include "index/slot_record.h"
#include "index/stock.h"
#include "tests/unit/index/supply_fixture.h"

#define HOUR_MS INT64_C(3600000)
#define MONDAY_MS (SUPPLY_NOW_MS + 14 * HOUR_MS) // 08:00 in Shanghai

struct fixed { struct supply_fixture s; int64_t now_ms; };

static int64_t fixed_ms(void *state) { return *(const int64_t *)state; }
static uint64_t no_us(void *state) {
    (void)state;
    return 0;
}

typedef enum err change_fn(struct txn *t, struct view *v, int64_t now_ms, const void *arg, struct hold *out, struct fault *why);
static enum err take_it(struct txn *t, struct view *v, int64_t now_ms, const void *arg, struct hold *out, struct fault *why) {
    return hold_take(t, v, now_ms, arg, out, why);
}
struct named { const char *workshop; struct slice id; };
static enum err release_it(struct txn *t, struct view *v, int64_t now_ms, const void *arg, struct hold *out, struct fault *why) {
    const struct named *n = arg;
    return hold_release(t, v, now_ms, slice_str(n->workshop), n->id, out, why);
}
static enum err redeem_it(struct txn *t, struct view *v, int64_t now_ms, const void *arg, struct hold *out, struct fault *why) {
    const struct named *n = arg;
    return hold_redeem(t, v, now_ms, slice_str(n->workshop), n->id, out, why);
}

// In a transaction as the writer makes it; a refusal must have written nothing.
static enum err change(struct supply_fixture *s, int64_t now_ms, change_fn *fn, const void *arg, struct hold *out, struct fault *why) {
    struct clock clock = {fixed_ms, no_us, &now_ms};
    struct txn *t = s->many;
    struct view v;
    *why = (struct fault){0};
    arena_reset(&s->scratch);
    assert_int_equal(view_of_txn(t, &s->scratch, &clock, &v), ERR_OK);
    uint64_t before = txn_writes(t);
    enum err e = fn(t, &v, now_ms, arg, out, why);
    if (e != ERR_OK) assert_true(txn_writes(t) == before);
    view_of_txn_end(&v);
    return e;
}

static int setup(void **state) {
    struct supply_fixture *s = supply_group_begin(state);
    supply_must(s, "{\"kind\":\"depot\",\"id\":\"dep\",\"name\":\"D\",\"near\":[31,121]}");
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"one\",\"name\":\"One\",\"near\":[31,121],\"country\":\"CN\",\"services\":[\"oil\",\"wash\"],\"bays\":1,"
                "\"hours\":\"Mo-Sa 08:00-12:00,13:00-18:30\",\"depots\":[{\"id\":\"dep\",\"minutes\":90}]}");
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"three\",\"name\":\"Three\",\"near\":[31,121],\"country\":\"CN\",\"services\":[\"oil\"],\"bays\":3,"
                "\"slot_minutes\":30,\"hours\":\"24/7\"}");
    supply_must(s, "{\"kind\":\"workshop\",\"id\":\"hidden\",\"name\":\"H\",\"near\":[31,121],\"services\":[\"oil\"],\"hours\":\"24/7\",\"deposit\":\"unpaid\"}");
    fixture_refresh(&s->f);
    supply_begin(s);
    return 0;
}

static void refused(struct supply_fixture *s, const char *workshop, int64_t start_ms, uint32_t service, uint32_t product, enum err code, const char *field) {
    struct hold_request r = {.workshop = slice_str(workshop), .start_ms = start_ms, .ttl_ms = HOUR_MS, .service = service, .product = product, .quantity = 1};
    struct hold h;
    struct fault why;
    assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), code);
    assert_string_equal(why.field, field);
}

static void what_is_refused(void **state) {
    struct supply_fixture *s = *state;
    uint32_t oil = supply_type(s, "oil"), brake = supply_type(s, "brake");
    refused(s, "nobody", MONDAY_MS, oil, 0, ERR_NOT_FOUND, "id");
    refused(s, "hidden", MONDAY_MS, oil, 0, ERR_NOT_FOUND, "id");
    refused(s, "one", MONDAY_MS, brake, 0, ERR_BAD_REQUEST, "service");
    refused(s, "one", MONDAY_MS, 0, supply_product_id(s, "p3"), ERR_BAD_REQUEST, "product"); // a pad
    refused(s, "one", MONDAY_MS, 0, supply_product_id(s, "p9"), ERR_BAD_REQUEST, "product"); // a mat: nobody fits it
    refused(s, "one", MONDAY_MS, 0, supply_product_id(s, "p1"), ERR_CONFLICT, "product");    // nowhere in stock
    refused(s, "one", MONDAY_MS + 1800000, oil, 0, ERR_BAD_REQUEST, "start");                // between slots
    refused(s, "one", MONDAY_MS + 4 * HOUR_MS, oil, 0, ERR_BAD_REQUEST, "start");            // lunch
    refused(s, "one", MONDAY_MS + 10 * HOUR_MS, oil, 0, ERR_BAD_REQUEST, "start");           // half an hour is left
    refused(s, "one", MONDAY_MS - 24 * HOUR_MS, oil, 0, ERR_BAD_REQUEST, "start");           // past
    refused(s, "one", MONDAY_MS + 70 * 24 * HOUR_MS, oil, 0, ERR_BAD_REQUEST, "start");      // too far
}

static void where_pieces_come_from(void **state) {
    struct supply_fixture *s = *state;
    struct hold h;
    struct fault why;
    uint32_t p1 = supply_product_id(s, "p1"), p8 = supply_product_id(s, "p8"), depot, workshop, left;
    struct hold_request r = {.workshop = SLICE("one"), .start_ms = MONDAY_MS, .ttl_ms = HOUR_MS, .product = p1, .quantity = 2};
    supply_must(s, "{\"kind\":\"stock\",\"depot\":\"dep\",\"items\":{\"p1\":5}}");
    supply_must(s, "{\"kind\":\"stock\",\"workshop\":\"one\",\"items\":{\"p1\":3}}");
    assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), ERR_OK);
    assert_int_equal(h.source, PART_LOCAL);
    r.start_ms += HOUR_MS; // one is left on the shelf, two are needed
    assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), ERR_OK);
    assert_int_equal(h.source, PART_DEPOT);
    struct named n = {"one", SLICE_NONE};
    n.id = hold_id(&s->f.arena, &h);
    assert_int_equal(change(s, SUPPLY_NOW_MS, redeem_it, &n, &h, &why), ERR_OK);
    assert_int_equal(change(s, SUPPLY_NOW_MS + 2 * HOUR_MS, redeem_it, &n, &h, &why), ERR_OK); // again: nothing happens
    assert_int_equal(names_find(txn_snapshot(s->many), NAMES_DEPOT, SLICE("dep"), &depot), ERR_OK);
    assert_int_equal(stock_get(txn_snapshot(s->many), stock_of_depot(depot), p1, &left), ERR_OK);
    assert_int_equal(left, 3);
    r.start_ms += 2 * HOUR_MS;
    assert_int_equal(change(s, r.start_ms - HOUR_MS, take_it, &r, &h, &why), ERR_OK); // the first hold has expired: the shelf has three
    assert_int_equal(h.source, PART_LOCAL);
    n.id = hold_id(&s->f.arena, &h);
    assert_int_equal(change(s, r.start_ms, redeem_it, &n, &h, &why), ERR_CONFLICT); // it has expired as well
    assert_int_equal(change(s, r.start_ms - 1, redeem_it, &n, &h, &why), ERR_OK);
    assert_int_equal(workshop_find(txn_snapshot(s->many), SLICE("one"), &workshop), ERR_OK);
    assert_int_equal(stock_get(txn_snapshot(s->many), stock_of_workshop(workshop), p1, &left), ERR_OK);
    assert_int_equal(left, 1);
    // the shop's own 80 pieces are days away
    r = (struct hold_request){.workshop = SLICE("three"), .start_ms = MONDAY_MS, .ttl_ms = HOUR_MS, .product = p8, .quantity = 80};
    assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), ERR_CONFLICT);
    r.start_ms = MONDAY_MS + 48 * HOUR_MS;
    assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), ERR_OK);
    assert_int_equal(h.source, PART_SHIPPED);
    r.quantity = 1;
    assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), ERR_CONFLICT);
    n = (struct named){"three", hold_id(&s->f.arena, &h)};
    assert_int_equal(change(s, SUPPLY_NOW_MS, release_it, &n, &h, &why), ERR_NOT_FOUND); // h is what was refused
    assert_string_equal(why.field, "hold");
}

// ---- against a model ------------------------------------------------------------------------------------------------------------------
enum { KEPT = 400, STEPS = 6000, HOURS = 24 };
struct kept { int64_t start_ms, expires_ms; unsigned pieces; bool redeemed, gone; char id[32]; };
struct model { struct kept list[KEPT]; unsigned count; unsigned shelf; };

static unsigned taken(const struct model *m, int64_t start_ms, int64_t now_ms) {
    unsigned n = 0;
    for (unsigned i = 0; i < m->count; i++) {
        const struct kept *k = &m->list[i];
        n += !k->gone && k->start_ms == start_ms && (k->redeemed || k->expires_ms > now_ms);
    }
    return n;
}

static unsigned reserved(const struct model *m, int64_t now_ms) {
    unsigned n = 0;
    for (unsigned i = 0; i < m->count; i++) {
        const struct kept *k = &m->list[i];
        if (!k->gone && !k->redeemed && k->expires_ms > now_ms) n += k->pieces;
    }
    return n;
}

static void step_take(struct supply_fixture *s, struct model *m, uint32_t product, int64_t now_ms) {
    struct hold_request r = {.workshop = SLICE("three"), .ttl_ms = 1 + lrand48() % (4 * HOUR_MS), .quantity = 1 + (uint32_t)lrand48() % 3,
                             .start_ms = (now_ms / 1800000 + 1 + lrand48() % 6) * 1800000};
    struct hold h;
    struct fault why;
    if (lrand48() % 2) r.product = product;
    else r.service = supply_type(s, "oil");
    bool room = taken(m, r.start_ms, now_ms) < 3;
    bool pieces = r.product == 0 || reserved(m, now_ms) + r.quantity <= m->shelf;
    enum err e = change(s, now_ms, take_it, &r, &h, &why);
    assert_int_equal(e, room && pieces ? ERR_OK : ERR_CONFLICT);
    if (e != ERR_OK) {
        assert_string_equal(why.field, room ? "product" : "start");
        return;
    }
    struct kept *k = &m->list[m->count++];
    *k = (struct kept){.start_ms = r.start_ms, .expires_ms = now_ms + r.ttl_ms, .pieces = r.product ? r.quantity : 0};
    slice_copy(hold_id(&s->scratch, &h), k->id, sizeof k->id);
}

static void step_end(struct supply_fixture *s, struct model *m, int64_t now_ms) {
    struct kept *k = &m->list[(unsigned)lrand48() % m->count];
    struct named n = {"three", slice_str(k->id)};
    struct hold h;
    struct fault why;
    bool redeem = lrand48() % 2;
    enum err e = change(s, now_ms, redeem ? redeem_it : release_it, &n, &h, &why);
    if (k->gone) assert_int_equal(e, ERR_NOT_FOUND);
    else if (k->redeemed) assert_int_equal(e, redeem ? ERR_OK : ERR_CONFLICT);
    else if (!redeem && e == ERR_NOT_FOUND) assert_true(k->expires_ms <= now_ms); // swept away by another's take
    else if (redeem && k->expires_ms <= now_ms) assert_true(e == ERR_CONFLICT || e == ERR_NOT_FOUND);
    else {
        assert_int_equal(e, ERR_OK);
        k->redeemed = redeem;
        k->gone = !redeem;
        if (redeem) m->shelf -= k->pieces;
    }
}

static void as_a_plain_model(void **state) {
    struct supply_fixture *s = *state;
    struct model *m = calloc(1, sizeof *m);
    uint32_t product = supply_product_id(s, "p2"), workshop, pieces;
    int64_t now_ms = SUPPLY_NOW_MS;
    srand48(11);
    m->shelf = 60;
    supply_must(s, "{\"kind\":\"stock\",\"workshop\":\"three\",\"items\":{\"p2\":60}}");
    assert_int_equal(workshop_find(txn_snapshot(s->many), SLICE("three"), &workshop), ERR_OK);
    for (unsigned i = 0; i < STEPS; i++) {
        now_ms += lrand48() % 200000;
        if (m->count == 0 || (lrand48() % 3 && m->count < KEPT)) step_take(s, m, product, now_ms);
        else step_end(s, m, now_ms);
        if (m->count == KEPT) { // the old ones are forgotten by the model: all of them lie in the past
            now_ms += HOURS * HOUR_MS;
            m->count = 0;
        }
        assert_int_equal(stock_get(txn_snapshot(s->many), stock_of_workshop(workshop), product, &pieces), ERR_OK);
        assert_int_equal(pieces, m->shelf);
        if (m->shelf < 5) {
            m->shelf = 60;
            supply_must(s, "{\"kind\":\"stock\",\"workshop\":\"three\",\"items\":{\"p2\":60}}");
        }
    }
    free(m);
}

static void erased_people_leave_their_holds(void **state) {
    struct supply_fixture *s = *state;
    struct workshop w;
    struct view v = {.snapshot = txn_snapshot(s->many)};
    struct hold h;
    struct fault why;
    unsigned named = 0, count = 0;
    for (unsigned i = 0; i < 6; i++) {
        struct hold_request r = {.workshop = SLICE("three"), .start_ms = MONDAY_MS + 30 * 24 * HOUR_MS + i / 3 * HOUR_MS, .ttl_ms = HOUR_MS,
                                 .service = supply_type(s, "oil"), .quantity = 1, .user = i % 3 ? SLICE("anna") : SLICE("bert")};
        assert_int_equal(change(s, SUPPLY_NOW_MS, take_it, &r, &h, &why), ERR_OK);
    }
    assert_int_equal(holds_forget_user(s->many, &s->scratch, SLICE("anna")), ERR_OK);
    assert_int_equal(holds_forget_user(s->many, &s->scratch, SLICE("nobody")), ERR_OK);
    assert_int_equal(workshop_find(v.snapshot, SLICE("three"), &w.id), ERR_OK);
    for (unsigned slot = 0; slot < 2; slot++) {
        struct slot_holds holds;
        assert_int_equal(slot_holds_open(v.snapshot, w.id, MONDAY_MS + 30 * 24 * HOUR_MS + slot * HOUR_MS, &holds), ERR_OK);
        for (; slot_holds_next(&holds, &h); count++) {
            assert_false(slice_is(h.user, "anna"));
            named += slice_is(h.user, "bert");
        }
    }
    assert_true(count == 6 && named == 2);
}

static void the_first_free_slot(void **state) {
    struct supply_fixture *s = *state;
    struct snapshot *snap = txn_snapshot(s->many);
    struct view v = {.snapshot = snap};
    struct workshop w;
    struct slot list[SLOTS_OF_DAY_MAX];
    unsigned count;
    uint32_t id;
    assert_int_equal(workshop_find(snap, SLICE("one"), &id), ERR_OK);
    assert_int_equal(workshop_load(&v, id, &w), ERR_OK);
    srand48(12);
    for (unsigned i = 0; i < 2000; i++) {
        int64_t now_ms = SUPPLY_NOW_MS - 24 * HOUR_MS, from = now_ms + lrand48() % (6 * 24 * HOUR_MS), found, expected;
        assert_int_equal(slot_first_free(snap, &w, from, now_ms, &found), ERR_OK);
        for (expected = (from + 59999) / 60000 * 60000;; expected += 60000) {
            unsigned taken_then = 0;
            if (!slot_begins(&w, expected)) continue;
            int64_t day = expected + 8 * HOUR_MS;
            assert_int_equal(slots_of_day(snap, &w, day, now_ms, list, &count), ERR_OK);
            for (unsigned k = 0; k < count; k++)
                if (list[k].start_ms == expected) taken_then = list[k].taken;
            if (taken_then < w.bays) break;
        }
        assert_true(found == expected);
    }
    assert_int_equal(slots_of_day(snap, &w, SUPPLY_NOW_MS + 24 * HOUR_MS, SUPPLY_NOW_MS, list, &count), ERR_OK);
    assert_int_equal(count, 9); // 08, 09, 10, 11, 13, 14, 15, 16, 17
    assert_true(list[0].start_ms == MONDAY_MS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused), cmocka_unit_test(where_pieces_come_from), cmocka_unit_test(as_a_plain_model), cmocka_unit_test(erased_people_leave_their_holds),
        cmocka_unit_test(the_first_free_slot),
    };
    return cmocka_run_group_tests(tests, setup, supply_group_end);
}
