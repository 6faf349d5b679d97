#include "index_fixture.h"

#include "index/base/limits.h"
#include "index/names.h"

static int setup(void **state) {
    return fixture_begin(state) ? 0 : -1;
}

static uint32_t intern(struct fixture *f, unsigned dictionary, struct slice text, enum err expected) {
    struct txn *t;
    uint32_t id = 0;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    assert_int_equal(names_intern(t, dictionary, text, &id), expected);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(f);
    return id;
}

static void ids_are_dense_and_stay(void **state) {
    struct fixture *f = *state;
    uint32_t id;
    assert_int_equal(intern(f, NAMES_MAKE, SLICE("volkswagen"), ERR_OK), 1);
    assert_int_equal(intern(f, NAMES_MAKE, SLICE("byd"), ERR_OK), 2);
    assert_int_equal(intern(f, NAMES_MAKE, SLICE("volkswagen"), ERR_OK), 1);
    assert_int_equal(intern(f, NAMES_MODEL, SLICE("volkswagen"), ERR_OK), 1);
    assert_int_equal(names_count(f->view->snapshot, NAMES_MAKE), 2);
    assert_int_equal(names_count(f->view->snapshot, NAMES_BRAND), 0);
    assert_int_equal(names_find(f->view->snapshot, NAMES_MAKE, SLICE("byd"), &id), ERR_OK);
    assert_int_equal(id, 2);
    assert_int_equal(names_find(f->view->snapshot, NAMES_MAKE, SLICE("by"), &id), ERR_NOT_FOUND);
    assert_int_equal(id, 0);
}

static void looking_up_equals_finding(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < 9000; i++) { // more than are kept
        uint32_t found, id;
        unsigned dictionary = i % 2 ? NAMES_MAKE : NAMES_MODEL;
        struct slice text = arena_printf(&f->arena, "name %u", i * 7919 % 1500);
        if (i % 30 == 0) intern(f, dictionary, text, ERR_OK);
        if (i % 30 == 0) text = arena_printf(&f->arena, "name %u", i * 7919 % 1500); // the arena is another request's now
        for (unsigned round = 0; round < 2; round++) {
            enum err e = names_find(f->view->snapshot, dictionary, text, &found);
            assert_int_equal(names_look_up(f->view, dictionary, text, &id), e);
            assert_int_equal(id, found);
        }
    }
}

static void texts_come_back(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < 500; i++) {
        struct slice text = arena_printf(&f->arena, "part %u", i);
        assert_int_equal(intern(f, NAMES_SOURCE, text, ERR_OK), i + 1);
    }
    assert_string_equal(fixture_string(f, names_text(f->view, NAMES_SOURCE, 500)), "part 499");
    assert_string_equal(fixture_string(f, names_text(f->view, NAMES_SOURCE, 500)), "part 499"); // from the cache
    assert_int_equal(names_text(f->view, NAMES_SOURCE, 501).n, 0);
    assert_int_equal(names_text(f->view, NAMES_SOURCE, 0).n, 0);
}

static void long_texts_keep_their_end(void **state) {
    struct fixture *f = *state;
    char text[2000];
    memset(text, 'x', sizeof text);
    uint32_t first = intern(f, NAMES_CONDITION, slice_of(text, sizeof text), ERR_OK), id;
    text[sizeof text - 1] = 'y';
    uint32_t second = intern(f, NAMES_CONDITION, slice_of(text, sizeof text), ERR_OK);
    assert_int_not_equal(first, second);
    assert_int_equal(names_find(f->view->snapshot, NAMES_CONDITION, slice_of(text, sizeof text), &id), ERR_OK);
    assert_int_equal(id, second);
    assert_true(slice_eq(names_text(f->view, NAMES_CONDITION, second), slice_of(text, sizeof text)));
}

static void full_dictionary_is_an_error(void **state) {
    struct fixture *f = *state;
    struct txn *t;
    uint32_t id;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    for (unsigned i = 1; i < LIMIT_ATTRIBUTES; i++)
        assert_int_equal(names_intern(t, NAMES_ATTRIBUTE, arena_printf(&f->arena, "a%u", i), &id), ERR_OK);
    assert_int_equal(names_intern(t, NAMES_ATTRIBUTE, SLICE("one too many"), &id), ERR_TOO_LARGE);
    assert_int_equal(names_intern(t, NAMES_ATTRIBUTE, SLICE("a7"), &id), ERR_OK);
    assert_int_equal(id, 7);
    assert_int_equal(names_intern(t, NAMES_MAKE, SLICE(""), &id), ERR_BAD_REQUEST);
    txn_abort(t);
}

static void aborted_ids_do_not_stick(void **state) {
    struct fixture *f = *state;
    struct txn *t;
    struct view v;
    uint32_t id;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    assert_int_equal(names_intern(t, NAMES_BRAND, SLICE("lost"), &id), ERR_OK);
    assert_int_equal(view_of_txn(t, &f->arena, &clock_system, &v), ERR_OK);
    assert_string_equal(fixture_string(f, names_text(&v, NAMES_BRAND, id)), "lost");
    view_of_txn_end(&v);
    txn_abort(t);
    fixture_refresh(f);
    assert_int_equal(names_text(f->view, NAMES_BRAND, id).n, 0);
    assert_int_equal(intern(f, NAMES_BRAND, SLICE("kept"), ERR_OK), id);
    assert_string_equal(fixture_string(f, names_text(f->view, NAMES_BRAND, id)), "kept");
}

static void slugs(void **state) {
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"Mercedes-Benz", "mercedes-benz"},
        {"途观L", "途观l"},
        {"Citroën C3", "citroen-c3"},
        {"  F-150 / XLT  ", "f-150-xlt"},
        {"長安 CS75", "长安-cs75"},
        {"ID.4 CROZZ", "id-4-crozz"},
        {"---", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(fixture_string(f, names_slug(&f->arena, slice_str(cases[i][0]))), cases[i][1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ids_are_dense_and_stay, setup, fixture_end),
        cmocka_unit_test_setup_teardown(looking_up_equals_finding, setup, fixture_end),
        cmocka_unit_test_setup_teardown(texts_come_back, setup, fixture_end),
        cmocka_unit_test_setup_teardown(long_texts_keep_their_end, setup, fixture_end),
        cmocka_unit_test_setup_teardown(full_dictionary_is_an_error, setup, fixture_end),
        cmocka_unit_test_setup_teardown(aborted_ids_do_not_stick, setup, fixture_end),
        cmocka_unit_test_setup_teardown(slugs, setup, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
