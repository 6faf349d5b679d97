// What a view keeps decoded: found again until its tables are written, never moved or overwritten within a request, bounded.
#include "index_fixture.h"

#include "index/decoded.h"
#include "index/group_cache.h"

static void write_to(struct fixture *f, enum table table, const char *key, bool commit) {
    struct txn *t;
    struct fault why = {0};
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    assert_int_equal(txn_put(t, table, slice_str(key), SLICE("x")), ERR_OK);
    if (commit) assert_int_equal(txn_commit(t, &why), ERR_OK);
    else txn_abort(t);
}

static uint64_t version(struct fixture *f, enum table table) {
    uint64_t v = 0;
    assert_int_equal(snapshot_version(f->view->snapshot, table, &v), ERR_OK);
    return v;
}

static void test_versions(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    uint64_t group = version(&f, TABLE_GROUP), vehicle = version(&f, TABLE_VEHICLE);
    write_to(&f, TABLE_GROUP, "aaaaaaaa", true);
    assert_int_equal(version(&f, TABLE_GROUP), group); // the old snapshot
    fixture_refresh(&f);
    assert_int_equal(version(&f, TABLE_GROUP), group + 1);
    assert_int_equal(version(&f, TABLE_VEHICLE), vehicle);
    write_to(&f, TABLE_GROUP, "aaaaaaab", false);
    write_to(&f, TABLE_USER, "aaaa", true);
    fixture_refresh(&f);
    assert_int_equal(version(&f, TABLE_GROUP), group + 1);
    // Taking away counts as well.
    struct txn *t;
    struct fault why = {0};
    assert_int_equal(txn_begin(f.db, &t, &why), ERR_OK);
    assert_int_equal(txn_delete(t, TABLE_GROUP, SLICE("aaaaaaaa")), ERR_OK);
    assert_int_equal(txn_clear(t, TABLE_VEHICLE), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(&f);
    assert_int_equal(version(&f, TABLE_GROUP), group + 2);
    assert_int_equal(version(&f, TABLE_VEHICLE), vehicle + 1);
    fixture_close(&f);
}

static void keep(struct fixture *f, uint64_t key) {
    uint64_t *p = decoded_place(f->view, key, sizeof key);
    assert_non_null(p);
    *p = key;
}

static bool kept(struct fixture *f, uint64_t key) {
    const uint64_t *p = decoded_find(f->view, key);
    if (p) assert_int_equal(*p, key);
    return p != NULL;
}

static void test_gone_when_written(void **state) {
    (void)state;
    static const enum table tables[] = {TABLE_GROUP, TABLE_VEHICLE, TABLE_VEHICLE_ID};
    struct fixture f;
    fixture_open(&f);
    for (unsigned i = 0; i < 3; i++) {
        fixture_refresh(&f);
        assert_false(kept(&f, 77));
        keep(&f, 77);
        assert_true(kept(&f, 77));
        write_to(&f, TABLE_USER, "aaaa", true);
        write_to(&f, TABLE_DIRTY, "aaaaaaaa", true);
        write_to(&f, tables[i], "aaaaaaaa", false);
        fixture_refresh(&f);
        assert_true(kept(&f, 77));
        write_to(&f, tables[i], "aaaaaaaa", true);
        fixture_refresh(&f);
    }
    assert_false(kept(&f, 77));
    fixture_close(&f);
}

static void test_clean(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_refresh(&f);
    assert_false(decoded_clean(f.view, 5));
    decoded_set_clean(f.view, 5);
    assert_true(decoded_clean(f.view, 5));
    assert_false(decoded_clean(f.view, 6));
    write_to(&f, TABLE_GROUP, "aaaaaaaa", true);
    fixture_refresh(&f);
    assert_true(decoded_clean(f.view, 5));
    write_to(&f, TABLE_DIRTY, "aaaaaaaa", true);
    fixture_refresh(&f);
    assert_false(decoded_clean(f.view, 5));
    fixture_close(&f);
}

// Three turns of the ring, in blocks of all sizes: whatever is found is whole, the last quarter always is, and a request's own stay.
static void test_ring(void **state) {
    (void)state;
    struct fixture f;
    uint64_t key = 1, placed = 0, found = 0, refused = 0;
    fixture_open(&f);
    for (unsigned request = 0; placed < 3 * DECODED_RING_BYTES; request++) {
        uint64_t first = key;
        fixture_refresh(&f);
        for (unsigned i = 0; i < DECODED_RING_BYTES / (3u << 20); i++, key++) { // a third of the ring: more than a request may place
            size_t bytes = 16 + (size_t)(key * 2654435761u % (2u << 20));
            char *p = decoded_place(f.view, key, bytes);
            if (!p) {
                refused++;
                continue;
            }
            assert_int_equal((uintptr_t)p % 16, 0);
            memcpy(p, &key, sizeof key);
            memcpy(p + bytes - sizeof key, &key, sizeof key);
            placed += bytes;
        }
        for (uint64_t k = first > 200 ? first - 200 : 1; k < key; k++) {
            size_t bytes = 16 + (size_t)(k * 2654435761u % (2u << 20));
            const char *p = decoded_find(f.view, k);
            if (!p) continue;
            assert_memory_equal(p, &k, sizeof k);
            assert_memory_equal(p + bytes - sizeof k, &k, sizeof k);
            found += k >= first;
        }
    }
    assert_true(refused > 0);
    assert_int_equal(found + refused, key - 1);
    assert_null(decoded_place(f.view, key, DECODED_BLOCK_MAX + 1));
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_gone_when_written),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
