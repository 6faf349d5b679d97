#include "index/event.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/user.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)
#define NOW_MS INT64_C(1790000000000)

struct place {
    char dir[64];
    struct db *db;
    struct view *view;
    struct arena arena;
    struct json_parser *parser;
};

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    *state = p;
    strcpy(p->dir, "/tmp/rightfit-test-event-XXXXXX");
    if (!mkdtemp(p->dir)) return -1;
    arena_init(&p->arena, 4096, 1 << 22);
    p->parser = json_parser_new();
    assert_ok(db_open(p->dir, DB_CREATE, &p->db, NULL));
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
    snprintf(command, sizeof command, "rm -rf %s", p->dir);
    int removed = system(command);
    free(p);
    return removed;
}

static enum err parse(struct place *p, const char *text, struct event *out, struct fault *why) {
    const struct json *tree;
    *why = (struct fault){0};
    assert_ok(json_parse(p->parser, slice_str(text), &p->arena, &tree, why));
    return event_from_json(tree, NOW_MS, out, why);
}

static bool put(struct place *p, const struct event *e) { // true: stored, false: a duplicate
    struct txn *t;
    bool duplicate;
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(event_put(t, &p->arena, e, &duplicate));
    assert_ok(txn_commit(t, NULL));
    return !duplicate;
}

static struct event click(const char *id, const char *user, const char *product, int64_t unix_ms) {
    return (struct event){.type = EVENT_CLICK,
                          .unix_ms = unix_ms,
                          .value = NAN,
                          .id = slice_str(id),
                          .user = slice_str(user),
                          .product_id = slice_str(product)};
}

static void name_product(struct place *p, const char *external_id, uint32_t id) {
    struct txn *t;
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(txn_put(t, TABLE_PRODUCT_ID, slice_str(external_id), slice_of(&id, sizeof id)));
    assert_ok(txn_commit(t, NULL));
}

static unsigned recent(struct place *p, const char *user, unsigned max,
                       struct event **out) { // within view_begin .. view_end
    uint32_t id;
    unsigned count;
    assert_ok(user_find(p->view, slice_str(user), &id));
    assert_ok(event_recent(p->view, id, max, out, &count));
    return count;
}

// ---- JSON ---------------------------------------------------------------------------------------------------------

static void test_all_members(void **state) {
    struct event e;
    struct fault why;
    assert_ok(
        parse(*state,
              "{\"id\":\"e1\",\"user\":\"u1\",\"type\":\"rating\",\"ts\":\"2026-09-21T13:33:20Z\",\"product\":\"p1\","
              "\"service\":\"s\",\"query\":\"q\",\"query_id\":\"qi\",\"position\":3,\"surface\":\"storefront\","
              "\"vehicle\":\"2018-volkswagen-golf\",\"value\":4.5}",
              &e, &why));
    assert_int_equal(e.type, EVENT_RATING);
    assert_int_equal(e.unix_ms, INT64_C(1789997600000));
    assert_int_equal(e.position, 3);
    assert_true(e.value == 4.5f);
    assert_true(slice_is(e.id, "e1") && slice_is(e.user, "u1") && slice_is(e.product_id, "p1") &&
                slice_is(e.service, "s"));
    assert_true(slice_is(e.query, "q") && slice_is(e.query_id, "qi") && slice_is(e.surface, "storefront"));
    assert_true(slice_is(e.vehicle, "2018-volkswagen-golf"));
}

static void test_few_members(void **state) {
    struct event e;
    struct fault why;
    assert_ok(parse(*state, "{\"id\":\"e\",\"user\":\"u\",\"type\":\"search\",\"ts\":5}", &e, &why));
    assert_int_equal(e.unix_ms, 5);
    assert_true(isnan(e.value));
    assert_int_equal(e.position, 0);
    assert_ok(parse(*state, "{\"id\":\"e\",\"user\":\"u\",\"type\":\"search\",\"product\":null}", &e, &why));
    assert_int_equal(e.unix_ms, NOW_MS);
}

static void test_wrong_members_are_named(void **state) {
    static const char *const cases[][2] = {
        {"{\"user\":\"u\",\"type\":\"click\"}", "id"},
        {"{\"id\":\"e\",\"type\":\"click\"}", "user"},
        {"{\"id\":\"e\",\"user\":\"\",\"type\":\"click\"}", "user"},
        {"{\"id\":\"e\",\"user\":\"u\"}", "type"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"clicked\"}", "type"},
        {"{\"id\":7,\"user\":\"u\",\"type\":\"click\"}", "id"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"click\",\"prodcut\":\"p\"}", "prodcut"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"click\",\"position\":0}", "position"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"click\",\"position\":65536}", "position"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"click\",\"ts\":-1}", "ts"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"click\",\"ts\":\"yesterday\"}", "ts"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"click\",\"ts\":1790086400001}", "ts"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"rating\"}", "value"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"rating\",\"value\":6}", "value"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"telemetry\",\"value\":1e300}", "value"},
        {"{\"id\":\"e\",\"user\":\"u\",\"type\":\"telemetry\",\"value\":\"1\"}", "value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event e;
        struct fault why;
        assert_int_equal(parse(*state, cases[i][0], &e, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, cases[i][1]);
    }
}

static void test_too_long_texts_are_refused(void **state) {
    char text[400], id[130];
    struct event e;
    struct fault why;
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = 0;
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"user\":\"u\",\"type\":\"click\"}", id);
    assert_int_equal(parse(*state, text, &e, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "id");
    id[128] = 0;
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"user\":\"u\",\"type\":\"click\"}", id);
    assert_ok(parse(*state, text, &e, &why));
}

static void test_type_names(void **state) {
    (void)state;
    for (enum event_type type = EVENT_IMPRESSION; type < EVENT_TYPE_COUNT; type++) {
        enum event_type back;
        assert_true(event_type_parse(slice_str(event_type_name(type)), &back));
        assert_int_equal(back, type);
    }
    assert_string_equal(event_type_name(0), "");
    assert_string_equal(event_type_name(EVENT_TYPE_COUNT), "");
}

// ---- storage ------------------------------------------------------------------------------------------------------

static void test_stored_as_given(void **state) {
    struct place *p = *state;
    struct event e, *out;
    struct fault why;
    name_product(p, "p1", 42);
    assert_ok(parse(
        p,
        "{\"id\":\"e1\",\"user\":\"u1\",\"type\":\"rating\",\"ts\":77,\"product\":\"p1\",\"service\":\"s\","
        "\"query\":\"q\",\"query_id\":\"qi\",\"position\":3,\"surface\":\"cockpit\",\"vehicle\":\"v\",\"value\":2}",
        &e, &why));
    assert_true(put(p, &e));
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(recent(p, "u1", 10, &out), 1);
    assert_int_equal(out->sequence, 1);
    assert_int_equal(out->product, 42);
    assert_int_equal(out->unix_ms, 77);
    assert_int_equal(out->position, 3);
    assert_true(out->value == 2.0f && out->type == EVENT_RATING);
    assert_true(slice_is(out->id, "e1") && slice_is(out->service, "s") && slice_is(out->query, "q"));
    assert_true(slice_is(out->query_id, "qi") && slice_is(out->surface, "cockpit") && slice_is(out->vehicle, "v"));
    view_end(p->view);
}

static void test_the_same_id_counts_once(void **state) {
    struct place *p = *state;
    struct event *out, first = click("e1", "u1", "p1", 1), other_user = click("e1", "u2", "p2", 2);
    assert_true(put(p, &first));
    assert_false(put(p, &first));
    assert_false(put(p, &other_user)); // ids are the client's, not the user's
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(recent(p, "u1", 10, &out), 1);
    uint32_t id;
    assert_int_equal(user_find(p->view, SLICE("u2"), &id), ERR_NOT_FOUND);
    view_end(p->view);
}

static void test_newest_first_and_only_own(void **state) {
    struct place *p = *state;
    struct event *out;
    char id[16];
    for (int i = 0; i < 30; i++) {
        snprintf(id, sizeof id, "e%d", i);
        struct event e = click(id, i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c", "p", i);
        assert_true(put(p, &e));
    }
    assert_ok(view_begin(p->view, &p->arena));
    for (unsigned u = 0; u < 3; u++) {
        const char user[] = {(char)('a' + (int)u), 0};
        assert_int_equal(recent(p, user, 4, &out), 4);
        for (unsigned i = 0; i < 4; i++) assert_int_equal(out[i].unix_ms, 27 + u - 3 * i);
        assert_int_equal(recent(p, user, 100, &out), 10);
        assert_int_equal(out[9].unix_ms, u);
        assert_int_equal(recent(p, user, 0, &out), 0);
        uint32_t user_id;
        assert_ok(user_find(p->view, slice_str(user), &user_id));
        assert_int_equal(user_last_sequence(p->view, user_id), 28 + u);
    }
    assert_int_equal(user_last_sequence(p->view, 999), 0);
    view_end(p->view);
}

static void test_unknown_product_is_resolved_later(void **state) {
    struct place *p = *state;
    struct event *out, e = click("e1", "u1", "late", 1);
    assert_true(put(p, &e));
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(recent(p, "u1", 1, &out), 1);
    assert_int_equal(out->product, 0);
    assert_true(slice_is(out->product_id, "late"));
    view_end(p->view);
    name_product(p, "late", 9);
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(recent(p, "u1", 1, &out), 1);
    assert_int_equal(out->product, 9);
    view_end(p->view);
}

struct seen { unsigned count, stop_at; uint32_t last_user; uint64_t last_sequence; };

static bool see(void *arg, uint32_t user, const struct event *e) {
    struct seen *s = arg;
    assert_true(user > s->last_user || (user == s->last_user && e->sequence > s->last_sequence));
    s->last_user = user;
    s->last_sequence = e->sequence;
    return ++s->count != s->stop_at;
}

static void test_each_in_order(void **state) {
    struct place *p = *state;
    char id[16];
    struct seen none = {0};
    assert_ok(view_begin(p->view, &p->arena));
    assert_ok(event_each(p->view, see, &none));
    assert_int_equal(none.count, 0);
    view_end(p->view);
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "e%d", i);
        struct event e = click(id, i % 2 ? "a" : "b", "p", i);
        assert_true(put(p, &e));
    }
    struct seen all = {0}, some = {.stop_at = 7};
    assert_ok(view_begin(p->view, &p->arena));
    assert_ok(event_each(p->view, see, &all));
    assert_ok(event_each(p->view, see, &some));
    view_end(p->view);
    assert_int_equal(all.count, 20);
    assert_int_equal(some.count, 7);
}

static void test_damaged_records_are_refused(void **state) {
    struct place *p = *state;
    struct event *out, e = click("e1", "u1", "p", 1);
    const uint8_t key[12] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    struct txn *t;
    unsigned count;
    assert_true(put(p, &e));
    assert_ok(txn_begin(p->db, &t, NULL));
    assert_ok(txn_put(t, TABLE_EVENT, slice_of(key, sizeof key), SLICE("\x02 short")));
    assert_ok(txn_commit(t, NULL));
    assert_ok(view_begin(p->view, &p->arena));
    assert_int_equal(event_recent(p->view, 1, 5, &out, &count), ERR_DAMAGED);
    struct seen s = {0};
    assert_int_equal(event_each(p->view, see, &s), ERR_DAMAGED);
    view_end(p->view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_members, setup, teardown),
        cmocka_unit_test_setup_teardown(test_few_members, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_members_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_long_texts_are_refused, setup, teardown),
        cmocka_unit_test(test_type_names),
        cmocka_unit_test_setup_teardown(test_stored_as_given, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_same_id_counts_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newest_first_and_only_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_product_is_resolved_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_records_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
