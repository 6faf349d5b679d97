// Filling half-empty pages: after random puts and deletes a round of packing leaves every record as it was, in fewer pages; and again when
// puts go on between its steps.
#include "index_fixture.h"

#define RECORDS 40000u

struct model { uint16_t bytes[RECORDS]; uint8_t first[RECORDS]; uint64_t random; }; // bytes 0: there is none

static unsigned draw(struct model *m, unsigned below) {
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(m->random >> 33) % below;
}

static void put_one(struct txn *t, struct model *m, uint32_t i, unsigned bytes) {
    char value[3000];
    uint32_t key = __builtin_bswap32(i);
    if (bytes == 0) {
        enum err e = txn_delete(t, TABLE_APPLICATION, slice_of(&key, sizeof key));
        assert_int_equal(e, m->bytes[i] ? ERR_OK : ERR_NOT_FOUND);
    } else {
        m->first[i] = (uint8_t)draw(m, 256);
        memset(value, m->first[i], bytes);
        assert_int_equal(txn_put(t, TABLE_APPLICATION, slice_of(&key, sizeof key), slice_of(value, bytes)), ERR_OK);
    }
    m->bytes[i] = (uint16_t)bytes;
}

static void put_some(struct fixture *f, struct model *m, unsigned count) {
    struct txn *t;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    for (unsigned n = 0; n < count; n++) {
        unsigned kind = draw(m, 100);
        put_one(t, m, draw(m, RECORDS), kind < 5 ? 0 : kind == 5 ? 2500 : 20 + draw(m, 80)); // 2500: on pages of its own
    }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
}

static void compare(struct fixture *f, const struct model *m) {
    fixture_refresh(f);
    unsigned there = 0;
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint32_t key = __builtin_bswap32(i);
        struct slice value;
        enum err e = db_get(f->view->snapshot, TABLE_APPLICATION, slice_of(&key, sizeof key), &value);
        assert_int_equal(e, m->bytes[i] ? ERR_OK : ERR_NOT_FOUND);
        if (e != ERR_OK) continue;
        there++;
        assert_int_equal(value.n, m->bytes[i]);
        assert_int_equal((uint8_t)value.p[0], m->first[i]);
        assert_int_equal((uint8_t)value.p[value.n - 1], m->first[i]);
    }
    assert_true(there > RECORDS / 2);
    struct db_check_report report;
    assert_int_equal(db_check(f->db, &report, NULL, NULL), ERR_OK);
}

static uint64_t pages(struct fixture *f) {
    struct db_stats stats;
    assert_int_equal(db_stats(f->db, &stats), ERR_OK);
    return stats.pages[TABLE_APPLICATION];
}

static void test_pack(void **state) {
    (void)state;
    struct fixture f;
    struct model *m = calloc(1, sizeof *m);
    struct db_pack at = {0};
    struct txn *t;
    bool more = true;
    assert_non_null(m);
    fixture_open(&f);
    assert_int_equal(txn_begin(f.db, &t, NULL), ERR_OK);
    for (uint32_t i = 0; i < RECORDS; i++) put_one(t, m, i, 20 + draw(m, 80));
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    for (unsigned i = 0; i < 100; i++) put_some(&f, m, 1000);
    uint64_t loose = pages(&f);
    while (more) assert_int_equal(db_pack_some(f.db, &at, &more), ERR_OK);
    uint64_t packed = pages(&f);
    if (packed * 100 > loose * 85) fail_msg("%llu pages, %llu before", (unsigned long long)packed, (unsigned long long)loose);
    compare(&f, m);
    for (unsigned round = 0; round < 2; round++)
        for (more = true; more;) {
            put_some(&f, m, 20);
            assert_int_equal(db_pack_some(f.db, &at, &more), ERR_OK);
        }
    compare(&f, m);
    fixture_close(&f);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pack)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
