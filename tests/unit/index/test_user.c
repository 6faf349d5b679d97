#include "index/user.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/base/limits.h"
#include "index/event.h"
#include "index/text.h"
#include "index/vehicle.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)

struct place {
    char dir[64];
    struct db *db;
    struct view *view;
    struct arena arena, scratch;
    struct json_parser *parser;
};

static void add_vehicle(struct db *db) {
    const struct vehicle_attribute attributes[] = {{SLICE("fuel"), SLICE("gasoline")},
                                                   {SLICE("displacement"), SLICE("1.4")}};
    struct vehicle_configuration c = {.make = SLICE("Volkswagen"),
                                      .model = SLICE("Golf"),
                                      .source = SLICE("test"),
                                      .year = 2018,
                                      .attribute_count = 2,
                                      .attributes = attributes};
    struct vehicle_load_report report;
    struct vehicle_loader *loader = vehicle_loader_new(db);
    struct fault why = {0};
    if (vehicle_loader_add(loader, &c, &why) != ERR_OK) fail_msg("%s", why.message);
    if (vehicle_loader_finish(loader, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicle_loader_free(loader);
}

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    *state = p;
    strcpy(p->dir, "/tmp/rightfit-test-user-XXXXXX");
    if (!mkdtemp(p->dir)) return -1;
    assert_ok(text_init());
    arena_init(&p->arena, 4096, 1 << 22);
    arena_init(&p->scratch, 4096, 1 << 22);
    p->parser = json_parser_new();
    assert_ok(db_open(p->dir, DB_CREATE, &p->db, NULL));
    add_vehicle(p->db);
    assert_ok(view_open(p->db, &clock_system, &p->view));
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    char command[128];
    view_close(p->view);
    db_close(p->db);
    json_parser_free(p->parser);
    arena_destroy(&p->arena);
    arena_destroy(&p->scratch);
    snprintf(command, sizeof command, "rm -rf %s", p->dir);
    int removed = system(command);
    free(p);
    return removed;
}

static enum err parse(struct place *p, const char *id, const char *text, struct user *out, struct fault *why) {
    const struct json *tree;
    *why = (struct fault){0};
    assert_ok(json_parse(p->parser, slice_str(text), &p->arena, &tree, why));
    return user_from_json(p->view, slice_str(id), tree, out, why);
}

static uint32_t put(struct place *p, const char *id, const char *text) {
    struct user user;
    struct fault why;
    struct txn *t;
    uint32_t dense;
    assert_ok(view_begin(p->view, &p->arena));
    if (parse(p, id, text, &user, &why) != ERR_OK) fail_msg("%s: %s", why.field, why.message);
    view_end(p->view);
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(user_put(t, &p->scratch, &user, &dense));
    assert_ok(txn_commit(t, NULL));
    arena_reset(&p->scratch);
    return dense;
}

static struct user *load(struct place *p, uint32_t id) { // within view_begin .. view_end
    struct user *user;
    assert_ok(user_load(p->view, id, &user));
    return user;
}

static const char full[] =
    "{\"identities\":[{\"kind\":\"app\",\"value\":\"a1\"},{\"kind\":\"phone_hash\",\"value\":\"ff\"}],"
    "\"garage\":[{\"vehicle\":\"2018-volkswagen-golf\",\"attrs\":{\"displacement\":\"1.4\"},"
    "\"odometer_km\":48000,\"since\":\"2020-01-01\"}],\"consent\":{\"ads\":true,\"mail\":false}}";

static void test_stored_as_given(void **state) {
    struct place *p = *state;
    uint32_t id = put(p, "u1", full);
    assert_int_not_equal(id, 0);
    assert_ok(view_begin(p->view, &p->arena));
    const struct user *u = load(p, id);
    assert_true(slice_is(u->external_id, "u1"));
    assert_int_equal(u->identity_count, 2);
    assert_true(slice_is(u->identities[1].kind, "phone_hash") && slice_is(u->identities[1].value, "ff"));
    assert_int_equal(u->garage_count, 1);
    assert_true(slice_is(u->garage[0].vehicle, "2018-volkswagen-golf"));
    assert_true(slice_is(u->garage[0].attrs, "displacement:1.4"));
    assert_int_equal(u->garage[0].odometer_km, 48000);
    assert_int_equal(u->garage[0].since_ms, INT64_C(1577836800000));
    assert_int_equal(u->consent_count, 2);
    assert_true(u->consents[0].granted && !u->consents[1].granted);
    assert_int_equal(u->last_sequence, 0);
    view_end(p->view);
}

static void test_absent_members_keep_what_is_stored(void **state) {
    struct place *p = *state;
    uint32_t id = put(p, "u1", full);
    assert_int_equal(put(p, "u1", "{\"consent\":{}}"), id);
    assert_ok(view_begin(p->view, &p->arena));
    const struct user *u = load(p, id);
    assert_int_equal(u->identity_count, 2);
    assert_int_equal(u->garage_count, 1);
    assert_int_equal(u->consent_count, 0);
    view_end(p->view);
    put(p, "u1", "{\"garage\":[]}");
    assert_ok(view_begin(p->view, &p->arena));
    u = load(p, id);
    assert_int_equal(u->garage_count, 0);
    assert_true(slice_is(u->identities[0].value, "a1"));
    view_end(p->view);
}

static void test_two_puts_at_once_do_not_undo_each_other(void **state) {
    struct place *p = *state;
    struct user a, b;
    struct fault why;
    struct txn *t;
    uint32_t id;
    put(p, "u1", "{}");
    assert_ok(view_begin(p->view, &p->arena));
    assert_ok(parse(p, "u1", "{\"identities\":[{\"kind\":\"app\",\"value\":\"x\"}]}", &a, &why));
    assert_ok(parse(p, "u1", "{\"consent\":{\"ads\":true}}", &b, &why));
    view_end(p->view);
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(user_put(t, &p->scratch, &a, &id));
    assert_ok(user_put(t, &p->scratch, &b, &id));
    assert_ok(txn_commit(t, NULL));
    assert_ok(view_begin(p->view, &p->arena));
    const struct user *u = load(p, id);
    assert_int_equal(u->identity_count, 1);
    assert_int_equal(u->consent_count, 1);
    view_end(p->view);
}

static void test_wrong_members_are_named(void **state) {
    static const char *const cases[][2] = {
        {"{\"garge\":[]}", "garge"},
        {"{\"garage\":{}}", "garage"},
        {"{\"garage\":[{\"vehicle\":\"2018-volkswagen-gulf\"}]}", "garage"},
        {"{\"garage\":[{\"vehicle\":\"\"}]}", "garage"},
        {"{\"garage\":[{\"odometer_km\":5}]}", "garage"},
        {"{\"garage\":[{\"vehicle\":\"2018-volkswagen-golf\",\"odometer_km\":-5}]}", "odometer_km"},
        {"{\"garage\":[{\"vehicle\":\"2018-volkswagen-golf\",\"since\":\"then\"}]}", "garage"},
        {"{\"garage\":[{\"vehicle\":\"2018-volkswagen-golf\",\"attrs\":{\"wheels\":\"4\"}}]}", "garage"},
        {"{\"identities\":[{\"kind\":\"app\"}]}", "identities"},
        {"{\"identities\":[7]}", ""},
        {"{\"consent\":{\"ads\":\"yes\"}}", "consent"},
        {"{\"consent\":[]}", "consent"},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct user user;
        struct fault why;
        assert_ok(view_begin(p->view, &p->arena));
        assert_int_equal(parse(p, "u1", cases[i][0], &user, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, cases[i][1]);
        view_end(p->view);
    }
}

static void test_too_many_cars(void **state) {
    struct place *p = *state;
    struct user user;
    struct fault why;
    char text[4096] = "{\"garage\":[";
    for (unsigned i = 0; i < 33; i++)
        strcat(text, i ? ",{\"vehicle\":\"2018-volkswagen-golf\"}" : "{\"vehicle\":\"2018-volkswagen-golf\"}");
    strcat(text, "]}");
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(parse(p, "u1", text, &user, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "garage");
    view_end(p->view);
}

static void put_event(struct place *p, const char *id, const char *user) {
    struct event e = {
        .type = EVENT_CLICK, .value = NAN, .id = slice_str(id), .user = slice_str(user), .product_id = SLICE("p")};
    struct txn *t;
    bool duplicate;
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(event_put(t, &p->scratch, &e, &duplicate));
    assert_false(duplicate);
    assert_ok(txn_commit(t, NULL));
}

static void test_events_make_users(void **state) {
    struct place *p = *state;
    uint32_t id;
    put_event(p, "e1", "walk-in");
    assert_ok(view_begin(p->view, &p->arena));
    assert_ok(user_find(p->view, SLICE("walk-in"), &id));
    const struct user *u = load(p, id);
    assert_int_equal(u->garage_count, 0);
    assert_int_equal(u->last_sequence, 1);
    view_end(p->view);
    assert_int_equal(put(p, "walk-in", full), id);
}

static void test_erased_with_everything(void **state) {
    struct place *p = *state;
    struct txn *t;
    uint32_t id = put(p, "u1", full), other = put(p, "u2", full), found;
    put_event(p, "e1", "u1");
    put_event(p, "e2", "u2");
    put_event(p, "e3", "u1");
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(user_delete(t, &p->scratch, SLICE("u1")));
    assert_int_equal(user_delete(t, &p->scratch, SLICE("u1")), ERR_NOT_FOUND);
    assert_ok(txn_commit(t, NULL));
    struct db_stats stats;
    assert_ok(db_stats(p->db, &stats));
    assert_int_equal(stats.entries[TABLE_EVENT], 1);
    assert_int_equal(stats.entries[TABLE_EVENT_ID], 1);
    assert_int_equal(stats.entries[TABLE_USER], 1);
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(user_find(p->view, SLICE("u1"), &found), ERR_NOT_FOUND);
    assert_int_equal(load(p, other)->last_sequence, 2);
    view_end(p->view);
    put_event(p, "e1", "u1"); // forgotten, so it is new
    uint32_t again = put(p, "u1", "{}");
    assert_true(again > id && again > other);
}

static void check_found(struct place *p, const char *external_id, uint32_t expected) { // 0: is not to be found
    uint32_t found;
    assert_ok(view_begin(p->view, &p->arena));
    for (unsigned round = 0; round < 2; round++) { // looked up, then kept
        assert_int_equal(user_find(p->view, slice_str(external_id), &found), expected ? ERR_OK : ERR_NOT_FOUND);
        assert_int_equal(found, expected);
    }
    view_end(p->view);
}

static void erase(struct place *p, const char *external_id) {
    struct txn *t;
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(user_delete(t, &p->scratch, slice_str(external_id)));
    assert_ok(txn_commit(t, NULL));
}

// What the view keeps of ids follows whoever comes, goes and comes again.
static void test_kept_ids_follow(void **state) {
    struct place *p = *state;
    char longest[LIMIT_EXTERNAL_ID_BYTES + 1], name[16];
    memset(longest, 'x', LIMIT_EXTERNAL_ID_BYTES);
    longest[LIMIT_EXTERNAL_ID_BYTES] = 0;
    check_found(p, "u1", 0);
    uint32_t first = put(p, "u1", "{}"), other = put(p, longest, "{}");
    check_found(p, "u1", first);
    check_found(p, longest, other);
    put_event(p, "e1", "u1"); // writes, but no id
    check_found(p, "u1", first);
    erase(p, "u1");
    check_found(p, "u1", 0);
    check_found(p, longest, other);
    uint32_t again = put(p, "u1", "{}");
    assert_int_not_equal(again, first);
    check_found(p, "u1", again);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "many%u", i);
        uint32_t id = put(p, name, "{}");
        check_found(p, name, id);
        check_found(p, "u1", again);
        if (i % 3 == 0) {
            erase(p, name);
            check_found(p, name, 0);
        }
    }
}

static void test_unusable_ids(void **state) {
    struct place *p = *state;
    struct txn *t;
    char long_id[200];
    uint32_t id;
    memset(long_id, 'x', sizeof long_id);
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_int_equal(user_intern(t, SLICE_NONE, &id), ERR_BAD_REQUEST);
    assert_int_equal(user_intern(t, slice_of(long_id, 129), &id), ERR_BAD_REQUEST);
    assert_ok(user_intern(t, slice_of(long_id, 128), &id));
    txn_abort(t);
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(user_find(p->view, SLICE_NONE, &id), ERR_NOT_FOUND);
    assert_int_equal(user_find(p->view, slice_of(long_id, 200), &id), ERR_NOT_FOUND);
    struct user *user;
    assert_int_equal(user_load(p->view, 77, &user), ERR_NOT_FOUND);
    view_end(p->view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stored_as_given, setup, teardown),
        cmocka_unit_test_setup_teardown(test_absent_members_keep_what_is_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_puts_at_once_do_not_undo_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_members_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_cars, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events_make_users, setup, teardown),
        cmocka_unit_test_setup_teardown(test_erased_with_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kept_ids_follow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unusable_ids, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
