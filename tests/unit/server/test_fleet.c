// Who hears of whom, in which order, what waits and what is lost: the queue alone, without sockets.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/fleet.h"
#include "server/push.h"

#define KEY_A "aaaaaaaa"
#define KEY_B "bbbbbbbb"

struct fixture {
    struct fleet *fleet;
    struct listener { struct request *rq; struct fleet_stream *stream; } all[FLEET_STREAMS_MAX + 2];
    unsigned count;
};

void request_poke(struct request *rq) { atomic_store(&rq->poked, true); } // no worker is here to wake

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->fleet = fleet_new(&clock_system);
    *state = f;
    return f->fleet ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < f->count; i++) {
        if (f->all[i].stream) fleet_close(f->fleet, f->all[i].stream);
        request_free(f->all[i].rq);
    }
    fleet_free(f->fleet);
    free(f);
    return 0;
}

static enum err try_open(struct fixture *f, const char *key, const char *users, bool has_since, uint64_t since, struct listener **out) {
    struct fault why;
    struct listener *l = &f->all[f->count++];
    l->rq = request_new();
    memcpy(l->rq->key_id, key, strlen(key) + 1);
    enum err e = fleet_open(f->fleet, l->rq, slice_str(users), has_since, since, &l->stream, &why);
    if (e != ERR_OK) l->stream = NULL;
    *out = l;
    return e;
}

static struct fleet_stream *open_since(struct fixture *f, const char *key, const char *users, uint64_t since) {
    struct listener *l;
    assert_int_equal(try_open(f, key, users, since > 0, since, &l), ERR_OK);
    return l->stream;
}

static struct fleet_stream *open_one(struct fixture *f, const char *key, const char *users) { return open_since(f, key, users, 0); }

static void publish(struct fixture *f, const char *key, const char *user, const char *vehicle) {
    char id[KEY_ID_CHARS + 1] = "";
    memcpy(id, key, strlen(key));
    struct event e = {.type = EVENT_TELEMETRY, .user = slice_str(user), .vehicle = slice_str(vehicle)};
    fleet_publish(f->fleet, id, &e, 1);
}

static uint64_t expect_note(struct fixture *f, struct fleet_stream *s, const char *user, const char *vehicle) {
    struct fleet_note n;
    assert_int_equal(fleet_next(f->fleet, s, &n), FLEET_NOTE);
    assert_string_equal(n.user, user);
    assert_string_equal(n.vehicle, vehicle);
    return n.id;
}

static void expect(struct fixture *f, struct fleet_stream *s, enum fleet_news news) {
    struct fleet_note n;
    assert_int_equal(fleet_next(f->fleet, s, &n), news);
}

// ---- who hears of whom ----------------------------------------------------------------------------------------------

static void test_keys_and_users(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *a = open_one(f, KEY_A, ""), *b = open_one(f, KEY_B, "u1, u2");
    publish(f, KEY_A, "u1", "");
    publish(f, KEY_B, "u2", "car");
    publish(f, KEY_B, "u3", "");
    expect_note(f, a, "u1", "");
    expect(f, a, FLEET_NOTHING);
    expect_note(f, b, "u2", "car");
    expect(f, b, FLEET_NOTHING);
}

static void test_types_of_events(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *s = open_one(f, "", "u");
    static const enum event_type types[] = {EVENT_SEARCH, EVENT_INSPECTION, EVENT_SERVICE};
    struct event list[3];
    for (unsigned i = 0; i < 3; i++) list[i] = (struct event){.type = types[i], .user = SLICE("u"), .vehicle = SLICE("v")};
    fleet_publish(f->fleet, (char[KEY_ID_CHARS + 1]){0}, list, 3);
    expect_note(f, s, "u", "v");
    expect(f, s, FLEET_NOTHING);
}

static void test_users_are_checked(void **state) {
    struct fixture *f = *state;
    struct listener *l;
    char many[FLEET_USERS_MAX * 2 + 2], longer[FLEET_ID_BYTES + 2];
    for (unsigned i = 0; i < sizeof many - 1; i++) many[i] = i % 2 ? ',' : 'u';
    many[sizeof many - 1] = 0;
    memset(longer, 'u', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_int_equal(try_open(f, "", "", false, 0, &l), ERR_BAD_REQUEST);
    assert_int_equal(try_open(f, KEY_A, many, false, 0, &l), ERR_BAD_REQUEST);
    assert_int_equal(try_open(f, KEY_A, longer, false, 0, &l), ERR_BAD_REQUEST);
    assert_int_equal(try_open(f, KEY_A, "u,,v", false, 0, &l), ERR_BAD_REQUEST);
    assert_int_equal(try_open(f, KEY_A, longer + 1, false, 0, &l), ERR_OK);
}

static void test_limit_of_streams(void **state) {
    struct fixture *f = *state;
    struct listener *l;
    struct fleet_stream *first = open_one(f, KEY_A, "");
    for (unsigned i = 1; i < FLEET_STREAMS_MAX; i++) open_one(f, "", "u");
    assert_int_equal(try_open(f, "", "u", false, 0, &l), ERR_RATE_LIMITED);
    assert_int_equal(try_open(f, KEY_A, "", false, 0, &l), ERR_OK); // takes the place of the first
    expect(f, first, FLEET_REPLACED);
    struct fleet_stats stats;
    fleet_stats(f->fleet, &stats);
    assert_int_equal(stats.streams, FLEET_STREAMS_MAX);
    assert_int_equal(stats.replaced, 1);
}

// ---- order, once each, and too many --------------------------------------------------------------------------------------

static void test_order_and_once(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *s = open_one(f, KEY_A, "");
    uint64_t before = fleet_reached(f->fleet, s);
    publish(f, KEY_A, "u1", "");
    publish(f, KEY_A, "u2", "");
    publish(f, KEY_A, "u1", "other");
    publish(f, KEY_A, "u1", "");
    assert_int_equal(fleet_reached(f->fleet, s), 0);
    uint64_t id = expect_note(f, s, "u1", "");
    assert_true(id > before);
    publish(f, KEY_A, "u1", ""); // again: what it was told is older
    uint64_t second = expect_note(f, s, "u2", ""), third = expect_note(f, s, "u1", "other"), fourth = expect_note(f, s, "u1", "");
    assert_true(id < second && second < third && third < fourth);
    expect(f, s, FLEET_NOTHING);
    assert_int_equal(fleet_reached(f->fleet, s), fourth);
}

static void test_overflow(void **state) {
    struct fixture *f = *state;
    char user[16];
    struct fleet_stream *s = open_one(f, KEY_A, "");
    for (unsigned round = 0; round < 3; round++) { // the ring of what waits goes round as well
        for (unsigned i = 0; i < FLEET_WAITING_MAX + 100; i++) {
            snprintf(user, sizeof user, "u%u", i);
            publish(f, KEY_A, user, "");
        }
        assert_int_equal(fleet_reached(f->fleet, s), 0);
        expect(f, s, FLEET_GAP);
        assert_int_equal(fleet_reached(f->fleet, s), 0);
        for (unsigned i = 0; i < FLEET_WAITING_MAX; i++) {
            snprintf(user, sizeof user, "u%u", i);
            expect_note(f, s, user, "");
        }
        expect(f, s, FLEET_NOTHING);
        assert_true(fleet_reached(f->fleet, s) > 0);
        publish(f, KEY_A, "alone", "");
        expect_note(f, s, "alone", "");
    }
    struct fleet_stats stats;
    fleet_stats(f->fleet, &stats);
    assert_int_equal(stats.gaps, 3);
}

// ---- coming back -------------------------------------------------------------------------------------------------------------

static void test_resume(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *s = open_one(f, KEY_A, "");
    uint64_t at_first = fleet_reached(f->fleet, s);
    publish(f, KEY_A, "u1", "");
    publish(f, KEY_B, "u1", "");
    publish(f, KEY_A, "u2", "");
    uint64_t first = expect_note(f, s, "u1", ""), second = expect_note(f, s, "u2", "");
    fleet_close(f->fleet, s);
    f->all[0].stream = NULL;
    publish(f, KEY_A, "u3", "");
    s = open_since(f, KEY_A, "", first);
    assert_int_equal(expect_note(f, s, "u2", ""), second);
    expect_note(f, s, "u3", "");
    expect(f, s, FLEET_NOTHING);
    s = open_since(f, KEY_A, "u3", at_first); // was told nothing, and has still missed nothing
    expect_note(f, s, "u3", "");
    expect(f, s, FLEET_NOTHING);
}

static void test_resume_too_late(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *s = open_one(f, KEY_A, "");
    publish(f, KEY_A, "early", "");
    uint64_t id = expect_note(f, s, "early", "");
    for (unsigned i = 0; i <= FLEET_RING; i++) publish(f, KEY_B, "others", "");
    s = open_since(f, KEY_A, "", fleet_reached(f->fleet, s)); // an id of a silent beat is never too old
    expect(f, s, FLEET_NOTHING);
    s = open_since(f, KEY_A, "", id);
    expect(f, s, FLEET_GAP);
    expect(f, s, FLEET_NOTHING);
}

// Ids this process did not give, of one before it or of another server: a gap, and those named; they carry no id to go on from.
static void test_resume_unknown_id(void **state) {
    struct fixture *f = *state;
    uint64_t now = fleet_reached(f->fleet, open_one(f, KEY_B, ""));
    publish(f, KEY_A, "u1", "car");
    for (unsigned i = 0; i < 2; i++) {
        struct fleet_stream *s = open_since(f, KEY_A, "u1,u2", i ? now + 1000000000 : now - 1000000000);
        expect(f, s, FLEET_GAP);
        assert_true(expect_note(f, s, "u1", "car") > now);
        assert_int_equal(expect_note(f, s, "u1", ""), 0);
        assert_int_equal(fleet_reached(f->fleet, s), 0);
        assert_int_equal(expect_note(f, s, "u2", ""), 0);
        expect(f, s, FLEET_NOTHING);
        assert_int_equal(fleet_reached(f->fleet, s), now + 1);
    }
}

// ---- a second stream of a key ----------------------------------------------------------------------------------------------------

static void test_replaced(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *old = open_one(f, KEY_A, ""), *other = open_one(f, KEY_B, "");
    publish(f, KEY_A, "u1", "");
    publish(f, KEY_A, "u2", "");
    assert_true(atomic_exchange(&f->all[0].rq->poked, false));
    expect_note(f, old, "u1", "");
    struct fleet_stream *new = open_one(f, KEY_A, "");
    assert_true(atomic_load(&f->all[0].rq->poked)); // it learns of it at once
    expect(f, old, FLEET_REPLACED);
    publish(f, KEY_A, "u3", "");
    expect(f, old, FLEET_REPLACED);
    assert_int_equal(fleet_reached(f->fleet, old), 0);
    expect_note(f, new, "u2", ""); // what waited is not lost
    expect_note(f, new, "u3", "");
    expect(f, new, FLEET_NOTHING);
    expect(f, other, FLEET_NOTHING);
}

static void test_replaced_with_resume(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *old = open_one(f, KEY_A, "");
    publish(f, KEY_A, "u1", "");
    publish(f, KEY_A, "u2", "");
    uint64_t id = expect_note(f, old, "u1", "");
    struct fleet_stream *new = open_since(f, KEY_A, "", id);
    expect(f, old, FLEET_REPLACED);
    expect_note(f, new, "u2", "");
    expect(f, new, FLEET_NOTHING);
}

static void test_without_keys_nobody_is_replaced(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *a = open_one(f, "", "u"), *b = open_one(f, "", "u");
    publish(f, "", "u", "");
    expect_note(f, a, "u", "");
    expect_note(f, b, "u", "");
}

static void test_told(void **state) {
    struct fixture *f = *state;
    struct fleet_stream *s = open_one(f, KEY_A, "");
    fleet_told(s, SLICE("u1"))->services[1] = 5;
    assert_int_equal(fleet_told(s, SLICE("u1"))->services[1], 5);
    assert_int_equal(fleet_told(s, SLICE("u2"))->services[1], 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_keys_and_users), T(test_types_of_events), T(test_users_are_checked), T(test_limit_of_streams), T(test_order_and_once),
        T(test_overflow), T(test_resume), T(test_resume_too_late), T(test_resume_unknown_id), T(test_replaced), T(test_replaced_with_resume),
        T(test_without_keys_nobody_is_replaced), T(test_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
