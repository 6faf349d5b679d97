// The query log against a plain reading of all that was searched.
#include "index_fixture.h"

#include <math.h>

#include "index/query_log.h"

enum { QUERIES = 700, USERS = 6, ROUNDS = 6000, BEST = 10 };
#define DAY_MS INT64_C(86400000)

struct plain { char text[24]; double mass; unsigned searches, people, last_user; };
static struct plain plain[QUERIES];

static uint64_t state = 20261123;
static unsigned below(unsigned n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state >> 33) % n);
}

// Few letters, so that many share long beginnings.
static void texts_make(void) {
    for (unsigned i = 0; i < QUERIES; i++) {
        unsigned letters = 3 + below(14);
        for (unsigned n = 0; n < letters; n++) plain[i].text[n] = (char)('a' + below(n < 4 ? 2 : 4));
        plain[i].text[letters] = 0;
        for (unsigned k = 0; k < i; k++)
            if (strcmp(plain[i].text, plain[k].text) == 0) {
                i--; // once more
                break;
            }
    }
}

static void commit(struct fixture *f, struct txn *t) {
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(f);
}

static struct txn *begin(struct fixture *f) {
    struct txn *t;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    return t;
}

static void searches_make(struct fixture *f) {
    static const double weights[] = {2, 4, 8};
    struct txn *t = begin(f);
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned at = below(QUERIES) * below(QUERIES) / QUERIES, user = 1 + below(USERS);
        struct plain *p = &plain[at];
        int64_t ms = DAY_MS * 20000 + (int64_t)i * 600000;
        double worth = exp2((double)i * 600000 / (QUERY_HALF_LIFE_DAYS * (double)DAY_MS));
        assert_int_equal(query_log_searched(t, &f->arena, user, slice_str(p->text), QUERY_RESULTS_UNKNOWN, ms), ERR_OK);
        p->mass += worth;
        p->people += p->searches++ == 0 || p->last_user != user;
        p->last_user = user;
        enum query_choice choice = below(3);
        if (below(4) > 0) continue;
        assert_int_equal(query_log_chosen(t, &f->arena, slice_str(p->text), choice, 0, ms), ERR_OK);
        p->mass += weights[choice] * worth;
    }
    commit(f, t);
}

static int by_mass(const void *a, const void *b) {
    const struct plain *x = *(struct plain *const *)a, *y = *(struct plain *const *)b;
    return x->mass < y->mass ? 1 : x->mass > y->mass ? -1 : strcmp(x->text, y->text);
}

static bool listed_length(size_t n) { return n <= 4 || n == 6 || n == 8 || n == 12 || n == 16; }

static void compare_beginning(struct fixture *f, const char *text, size_t n) {
    struct plain *wanted[QUERIES];
    struct query_stat got[BEST];
    unsigned count = 0, all = 0, found;
    for (unsigned i = 0; i < QUERIES; i++) {
        if (!plain[i].searches || strncmp(plain[i].text, text, n) != 0) continue;
        all++;
        if (plain[i].people >= QUERY_PEOPLE_MIN) wanted[count++] = &plain[i];
    }
    qsort(wanted, count, sizeof *wanted, by_mass);
    assert_int_equal(query_log_complete(f->view, slice_of(text, n), BEST, got, &found), ERR_OK);
    for (unsigned i = 1; i < found; i++) assert_true(got[i - 1].score >= got[i].score);
    if (all > QUERY_WALK && !listed_length(n)) return; // then the best of what was looked at
    assert_int_equal(found, count < BEST ? count : BEST);
    for (unsigned i = 0; i < found; i++) {
        if (!slice_is(got[i].text, wanted[i]->text)) fail_msg("%.*s: %.*s, not %s", (int)n, text, SLICE_ARGS(got[i].text), wanted[i]->text);
        assert_int_equal(got[i].searches, wanted[i]->searches);
    }
}

static void completes_as_a_plain_reading_does(void **unused) {
    struct fixture f;
    (void)unused;
    fixture_open(&f);
    texts_make();
    searches_make(&f);
    for (unsigned i = 0; i < QUERIES; i++)
        for (size_t n = 1; n <= strlen(plain[i].text); n++) compare_beginning(&f, plain[i].text, n);
    fixture_close(&f);
}

static unsigned offered(struct fixture *f, const char *text) {
    struct query_stat got[BEST];
    unsigned found;
    assert_int_equal(query_log_complete(f->view, slice_str(text), BEST, got, &found), ERR_OK);
    return found;
}

static void search(struct fixture *f, unsigned user, const char *text, uint32_t results) {
    static int64_t ms = DAY_MS * 20000;
    struct txn *t = begin(f);
    assert_int_equal(query_log_searched(t, &f->arena, user, slice_str(text), results, ++ms), ERR_OK);
    commit(f, t);
}

static void offers_what_two_searched_and_found(void **unused) {
    struct fixture f;
    struct query_stat q;
    (void)unused;
    fixture_open(&f);
    search(&f, 1, "  Oil FILTER ", 7);
    search(&f, 1, "oil filter", 7);
    assert_int_equal(offered(&f, "oil"), 0);
    search(&f, 2, "Oil Filter", 7);
    assert_int_equal(offered(&f, "oil"), 1);
    assert_int_equal(query_log_load(f.view->snapshot, slice_str("oil filter"), &q), ERR_OK);
    assert_true(slice_is(q.text, "Oil Filter"));
    assert_int_equal(q.searches, 3);
    search(&f, 3, "oil filter", 0);
    assert_int_equal(offered(&f, "oil"), 0);
    search(&f, 3, "oil filter", 1);
    assert_int_equal(offered(&f, "oil"), 1);
    fixture_close(&f);
}

static void forgets_what_one_alone_searched(void **unused) {
    struct fixture f;
    struct query_stat q;
    (void)unused;
    fixture_open(&f);
    search(&f, 1, "mine", 1);
    search(&f, 1, "ours", 1);
    search(&f, 2, "ours", 1);
    struct txn *t = begin(&f);
    assert_int_equal(query_log_forget(t, &f.arena, 1, slice_str("mine")), ERR_OK);
    assert_int_equal(query_log_forget(t, &f.arena, 1, slice_str("ours")), ERR_OK);
    assert_int_equal(query_log_forget(t, &f.arena, 1, slice_str("never")), ERR_OK);
    commit(&f, t);
    assert_int_equal(query_log_load(f.view->snapshot, slice_str("mine"), &q), ERR_NOT_FOUND);
    assert_int_equal(query_log_load(f.view->snapshot, slice_str("ours"), &q), ERR_OK);
    fixture_close(&f);
}

static unsigned records(struct fixture *f, char kind) {
    struct slice key, value;
    unsigned count = 0;
    struct db_cursor *c = db_cursor_begin(f->view->snapshot, TABLE_QUERY);
    for (enum err e = db_cursor_seek(c, slice_of(&kind, 1), &key, &value); e == ERR_OK && key.p[0] == kind; count++)
        e = db_cursor_next(c, &key, &value);
    db_cursor_end(c);
    return count;
}

static void grows_to_a_limit(void **unused) {
    struct fixture f;
    struct arena scratch;
    struct query_stat q;
    char text[32];
    (void)unused;
    fixture_open(&f);
    arena_init(&scratch, 4096, 1 << 20);
    for (unsigned i = 0; i < 4; i++) search(&f, 1 + i, "query 0050000 popular", 1);
    struct txn *t = begin(&f);
    for (unsigned i = 0; i < QUERY_LOG_MAX + 500; i++) {
        snprintf(text, sizeof text, "query %07u", i);
        assert_int_equal(query_log_searched(t, &scratch, 1, slice_str(text), 1, DAY_MS * 20000), ERR_OK);
        struct query_miss miss = {1, DAY_MS, slice_str(text), SLICE_NONE};
        if (i < QUERY_MISSES_MAX + 500) assert_int_equal(query_miss_put(t, &scratch, &miss), ERR_OK);
        arena_reset(&scratch);
    }
    commit(&f, t);
    assert_int_equal(records(&f, QUERY_RECORD), QUERY_LOG_MAX);
    assert_int_equal(records(&f, QUERY_MISS), QUERY_MISSES_MAX);
    assert_int_equal(query_log_load(f.view->snapshot, slice_str("query 0050000 popular"), &q), ERR_OK);
    assert_int_equal(offered(&f, "query"), 1);
    arena_destroy(&scratch);
    fixture_close(&f);
}

static void odd_queries_are_let_go(void **unused) {
    struct fixture f;
    (void)unused;
    fixture_open(&f);
    char longest[600];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    static const char *const odd[] = {"", "  ", "--", "\xFF\xFE"};
    for (unsigned i = 0; i < 4; i++) search(&f, 1, odd[i], 1);
    search(&f, 1, longest, 1);
    assert_int_equal(records(&f, QUERY_RECORD), 0);
    assert_int_equal(offered(&f, longest), 0);
    fixture_close(&f);
}

static void misses_add_up_most_frequent_first(void **unused) {
    struct fixture f;
    struct query_miss *list;
    unsigned count;
    (void)unused;
    fixture_open(&f);
    struct txn *t = begin(&f);
    static const struct { const char *query, *dropped; unsigned count; } puts[] = {{"Flux", "", 2}, {"oil zz", "zz", 3}, {"FLUX", "", 5}};
    for (unsigned i = 0; i < 3; i++) {
        struct query_miss miss = {puts[i].count, 1000 + i, slice_str(puts[i].query), slice_str(puts[i].dropped)};
        assert_int_equal(query_miss_put(t, &f.arena, &miss), ERR_OK);
    }
    commit(&f, t);
    assert_int_equal(query_misses(f.view, 5, &list, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(slice_is(list[0].query, "FLUX"));
    assert_int_equal(list[0].count, 7);
    assert_int_equal(list[0].last_ms, 1002);
    assert_true(slice_is(list[1].dropped, "zz"));
    assert_int_equal(query_misses(f.view, 1, &list, &count), ERR_OK);
    assert_int_equal(count, 1);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completes_as_a_plain_reading_does), cmocka_unit_test(offers_what_two_searched_and_found),
        cmocka_unit_test(forgets_what_one_alone_searched),   cmocka_unit_test(grows_to_a_limit),
        cmocka_unit_test(odd_queries_are_let_go),            cmocka_unit_test(misses_add_up_most_frequent_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
