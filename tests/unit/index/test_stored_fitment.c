// The stored forms of applications and groups: what goes in comes out, and cut or changed bytes are refused or read as something
// else, never beyond their end.
#include <stdlib.h>

#include "index_fixture.h"

#include "index/base/limits.h"
#include "index/fitment_match.h"
#include "tests/xorshift.h"

#define LISTS 300
#define GROUPS 400

static uint64_t state_of_draw;
static uint32_t draw(uint32_t below) { return xorshift(&state_of_draw, below); }

// ---- applications -----------------------------------------------------------------------------------------------------------
static void terms_draw(struct arena *a, struct application *out) {
    struct term *terms = ARENA_ARRAY(a, struct term, LIMIT_PREDICATE_TERMS);
    uint32_t *conditions = ARENA_ARRAY(a, uint32_t, LIMIT_CONDITIONS);
    out->term_count = (uint8_t)(draw(4) ? draw(3) : draw(LIMIT_PREDICATE_TERMS + 1));
    out->condition_count = (uint8_t)(draw(4) ? 0 : draw(LIMIT_CONDITIONS + 1));
    for (unsigned i = 0; i < out->term_count; i++) {
        uint16_t *values = ARENA_ARRAY(a, uint16_t, LIMIT_TERM_VALUES);
        terms[i] = (struct term){.attr = (uint8_t)(1 + i * 7 + draw(7)), .count = (uint8_t)(draw(3) ? 1 : 1 + draw(LIMIT_TERM_VALUES)),
                                 .spec = draw(5) == 0, .values = values};
        for (unsigned k = 0; k < terms[i].count; k++) values[k] = (uint16_t)draw(draw(2) ? 200 : 65536);
    }
    for (unsigned i = 0; i < out->condition_count; i++) conditions[i] = draw(1u << 30);
    out->terms = terms;
    out->conditions = conditions;
}

// Like the one before in some things, as applications of one product are.
static void application_draw(struct arena *a, const struct application *before, struct application *out) {
    *out = before ? *before : (struct application){.quantity = 1};
    if (!before || draw(8) == 0) {
        out->position = (uint8_t)draw(256);
        out->quantity = (uint16_t)(draw(2) ? 1 : draw(65536));
        out->source = draw(1u << 20);
        out->label = draw(3) ? 0 : 1 + draw(5000);
    }
    out->line = draw(3) ? out->line + draw(40) : draw(UINT32_MAX);
    if (draw(4) == 0) out->make = draw(100000);
    out->model = draw(100000);
    if (draw(3) == 0) {
        out->year_from = (uint16_t)draw(2200);
        out->year_to = (uint16_t)(out->year_from + draw(300));
    }
    if (!before || draw(3) == 0) terms_draw(a, out);
    out->flags = (uint8_t)((draw(6) ? 0 : APPLICATION_NOT_VALIDATED) | (draw(6) ? 0 : APPLICATION_UNRESOLVED));
    out->raw = out->flags & APPLICATION_UNRESOLVED ? arena_printf(a, "{\"make\":\"%u\"}", draw(1000)) : SLICE_NONE;
}

static void assert_same(const struct application *a, const struct application *b) {
    assert_int_equal(a->flags, (b->flags & ~APPLICATION_LABELLED) | (b->label ? APPLICATION_LABELLED : 0));
    assert_true(a->position == b->position && a->quantity == b->quantity && a->source == b->source && a->line == b->line);
    assert_true(a->make == b->make && a->model == b->model && a->year_from == b->year_from && a->year_to == b->year_to);
    assert_true(a->label == b->label && slice_eq(a->raw, b->raw));
    assert_true(a->term_count == b->term_count && a->condition_count == b->condition_count);
    for (unsigned i = 0; i < a->term_count; i++) {
        assert_true(a->terms[i].attr == b->terms[i].attr && a->terms[i].count == b->terms[i].count && a->terms[i].spec == b->terms[i].spec);
        assert_memory_equal(a->terms[i].values, b->terms[i].values, a->terms[i].count * sizeof(uint16_t));
    }
    for (unsigned i = 0; i < a->condition_count; i++) assert_int_equal(a->conditions[i], b->conditions[i]);
}

static void damage_is_harmless(struct arena *a, struct slice bytes, void (*read)(struct arena *, struct slice)) {
    char *copy = malloc(bytes.n + 1); // on the heap, so that address sanitizer sees its end
    assert_non_null(copy);
    for (unsigned i = 0; i < 8 && bytes.n; i++) {
        memcpy(copy, bytes.p, bytes.n);
        size_t n = draw(2) ? bytes.n : draw((uint32_t)bytes.n);
        if (n) copy[draw((uint32_t)n)] ^= (char)(1 + draw(255));
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, copy, n);
        read(a, slice_of(exact, n));
        free(exact);
    }
    free(copy);
}

static void record_read_any(struct arena *a, struct slice bytes) {
    struct application *list;
    struct slice out;
    unsigned count;
    bool unresolved;
    (void)applications_decode(a, bytes, &list, &count);
    (void)applications_list(a, bytes, &out, &count);
    (void)applications_unresolved(bytes, &unresolved);
}

static void record_round_trip(struct arena *a, unsigned count) {
    struct application *in = ARENA_ARRAY(a, struct application, count + 1), *out, one;
    struct buf list, record;
    struct slice again;
    unsigned n, parked = 0;
    bool unresolved;
    buf_init(&list, a, 4096);
    buf_init(&record, a, 4096);
    for (unsigned i = 0; i < count; i++) {
        size_t at = list.n;
        application_draw(a, i ? &in[i - 1] : NULL, &in[i]);
        application_encode(&list, &in[i]);
        assert_int_equal(application_decode(a, slice_from(buf_slice(&list), at), &one), ERR_OK);
        assert_same(&one, &in[i]);
        parked += (in[i].flags & APPLICATION_UNRESOLVED) != 0;
    }
    applications_frame(&record, buf_slice(&list), count);
    assert_false(record.bad);
    assert_int_equal(applications_decode(a, buf_slice(&record), &out, &n), ERR_OK);
    assert_int_equal(n, count);
    for (unsigned i = 0; i < count; i++) assert_same(&out[i], &in[i]);
    assert_int_equal(applications_list(a, buf_slice(&record), &again, &n), ERR_OK);
    assert_true(n == count && slice_eq(again, buf_slice(&list)));
    assert_int_equal(applications_unresolved(buf_slice(&record), &unresolved), ERR_OK);
    assert_int_equal(unresolved, parked > 0);
    damage_is_harmless(a, buf_slice(&record), record_read_any);
}

static void test_records(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20, 256 << 20);
    state_of_draw = 20261123;
    for (unsigned i = 0; i < LISTS; i++) {
        arena_reset(&a);
        record_round_trip(&a, i < 70 ? i : draw(200));
    }
    arena_destroy(&a);
}

// By ordinal out of the database, the marks included.
static void test_one_of_many(void **state) {
    (void)state;
    enum { COUNT = 100, PRODUCT = 7 };
    struct fixture f;
    struct txn *t;
    struct buf list, record;
    struct application in[COUNT], out;
    fixture_open(&f);
    state_of_draw = 5;
    buf_init(&list, &f.arena, 4096);
    buf_init(&record, &f.arena, 4096);
    for (unsigned i = 0; i < COUNT; i++) {
        application_draw(&f.arena, i ? &in[i - 1] : NULL, &in[i]);
        application_encode(&list, &in[i]);
    }
    applications_frame(&record, buf_slice(&list), COUNT);
    uint32_t key = __builtin_bswap32(PRODUCT);
    assert_int_equal(txn_begin(f.db, &t, NULL), ERR_OK);
    assert_int_equal(txn_put(t, TABLE_APPLICATION, slice_of(&key, sizeof key), buf_slice(&record)), ERR_OK);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    struct view *v;
    struct arena own;
    arena_init(&own, 1 << 20, 64 << 20);
    assert_int_equal(view_open(f.db, &clock_system, &v), ERR_OK);
    assert_int_equal(view_begin(v, &own), ERR_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(application_load(v, PRODUCT, i, &out), ERR_OK);
        assert_same(&out, &in[i]);
    }
    assert_int_equal(application_load(v, PRODUCT, COUNT, &out), ERR_NOT_FOUND);
    view_end(v);
    view_close(v);
    arena_destroy(&own);
    fixture_close(&f);
}

// ---- groups -------------------------------------------------------------------------------------------------------------------
static void group_read_any(struct arena *a, struct slice bytes) {
    struct group_reader g;
    struct packed_row row;
    if (group_open(a, bytes, &g) != ERR_OK) return;
    for (unsigned i = 0; i < 100000 && group_next(&g, &row); i++) assert_true(row.entry <= g.entry_mask);
}

static void group_round_trip(struct arena *a, unsigned count) {
    unsigned entry_count = 1 + draw(count < 300 ? count : 300);
    struct application *entries = ARENA_ARRAY(a, struct application, entry_count);
    struct slice *encoded = ARENA_ARRAY(a, struct slice, entry_count);
    struct packed_row *rows = ARENA_ARRAY(a, struct packed_row, count), row;
    struct group_reader g;
    struct buf bytes;
    for (unsigned i = 0; i < entry_count; i++) {
        application_draw(a, NULL, &entries[i]);
        buf_init(&bytes, a, 64);
        group_entry_encode(&bytes, &entries[i]);
        encoded[i] = buf_slice(&bytes);
    }
    uint32_t product = draw(draw(3) ? 1000 : UINT32_MAX), step = draw(2) ? 1 : draw(3) ? 1 + draw(1000) : 1 + (UINT32_MAX - product) / count;
    uint32_t applications = draw(2) ? 1 : 1 + draw(LIMIT_APPLICATIONS);
    for (unsigned i = 0; i < count; i++) {
        rows[i] = (struct packed_row){product, draw(entry_count), draw(applications)};
        uint32_t delta = draw(step);
        product = product > UINT32_MAX - delta ? UINT32_MAX : product + delta;
    }
    if (count > 1 && applications == 1) rows[1].application = 1; // rows are distinct
    buf_init(&bytes, a, 64);
    group_put(&bytes, encoded, entry_count, rows, count);
    assert_false(bytes.bad);
    assert_int_equal(group_open(a, buf_slice(&bytes), &g), ERR_OK);
    assert_true(g.entry_count == entry_count && g.row_count == count);
    for (unsigned i = 0; i < entry_count; i++) {
        assert_true(g.entries[i].position == entries[i].position && g.entries[i].quantity == entries[i].quantity);
        struct buf again;
        buf_init(&again, a, 64);
        group_entry_encode(&again, &g.entries[i]);
        assert_true(slice_eq(buf_slice(&again), encoded[i]));
    }
    for (unsigned i = 0; i < count; i++) {
        assert_true(group_next(&g, &row));
        assert_memory_equal(&row, &rows[i], sizeof row);
    }
    assert_false(group_next(&g, &row));
    damage_is_harmless(a, buf_slice(&bytes), group_read_any);
}

static void test_groups(void **state) {
    (void)state;
    struct arena a;
    struct group_reader g;
    struct packed_row row;
    arena_init(&a, 1 << 20, 256 << 20);
    state_of_draw = 17;
    for (unsigned i = 0; i < GROUPS; i++) {
        arena_reset(&a);
        group_round_trip(&a, i < 100 ? 1 + i : 1 + draw(3000));
    }
    assert_int_equal(group_open(&a, SLICE("\0"), &g), ERR_OK); // no rows
    assert_false(group_next(&g, &row));
    assert_int_equal(group_open(&a, SLICE_NONE, &g), ERR_DAMAGED);
    arena_destroy(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_one_of_many),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
