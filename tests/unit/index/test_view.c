// A view that keeps its snapshot from request to request: it sees every commit before its request, and lets go when told to.
#include "index_fixture.h"

static void write_one(struct fixture *f, const char *key) {
    struct txn *t;
    struct fault why = {0};
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    assert_int_equal(txn_put(t, TABLE_USER, slice_str(key), SLICE("x")), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
}

static bool seen(struct fixture *f, const char *key) {
    struct slice value;
    return db_get(f->view->snapshot, TABLE_USER, slice_str(key), &value) == ERR_OK;
}

static uint64_t lag(struct fixture *f) {
    struct db_stats stats;
    assert_int_equal(db_stats(f->db, &stats), ERR_OK);
    return stats.oldest_reader_lag;
}

static void test_keeps(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    view_keep(f.view);
    fixture_refresh(&f);
    uint64_t id = snapshot_id(f.view->snapshot);
    fixture_refresh(&f);
    assert_int_equal(snapshot_id(f.view->snapshot), id);
    assert_true(snapshot_is_newest(f.view->snapshot));
    write_one(&f, "aaaa"); // while a request runs: it goes on with what it saw
    assert_false(seen(&f, "aaaa"));
    assert_false(snapshot_is_newest(f.view->snapshot));
    fixture_refresh(&f);
    assert_true(seen(&f, "aaaa"));
    view_end(f.view);
    write_one(&f, "bbbb"); // between two
    assert_int_equal(lag(&f), 1);
    assert_int_equal(view_begin(f.view, &f.arena), ERR_OK);
    assert_true(seen(&f, "bbbb"));
    assert_int_equal(lag(&f), 0);
    fixture_close(&f);
}

static void test_rests(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    view_keep(f.view);
    fixture_refresh(&f);
    view_rest(f.view); // within a request: nothing
    assert_true(snapshot_is_newest(f.view->snapshot));
    view_end(f.view);
    view_rest(f.view);
    view_rest(f.view);
    assert_false(snapshot_is_newest(f.view->snapshot)); // not even live
    write_one(&f, "aaaa");
    write_one(&f, "bbbb");
    assert_int_equal(lag(&f), 0);
    assert_int_equal(view_begin(f.view, &f.arena), ERR_OK);
    assert_true(seen(&f, "bbbb"));
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keeps), cmocka_unit_test(test_rests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
