#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data-tools/ordered.h"

#define SLOTS 7

struct piece { uint64_t number, made; };
struct file { // pieces 0 .. count - 1; what fails at which number
    uint64_t count, read, written, fail_read, fail_work, fail_write;
    atomic_int readers, writers, in_hand, most;
};

static enum err read_piece(void *arg, void *piece, bool *more, struct fault *why) {
    struct file *f = arg;
    assert_int_equal(atomic_fetch_add(&f->readers, 1), 0); // one at a time
    *more = f->read < f->count;
    bool fails = f->read == f->fail_read;
    if (*more && !fails) {
        ((struct piece *)piece)->number = f->read++;
        int now = atomic_fetch_add(&f->in_hand, 1) + 1;
        if (now > f->most) f->most = now;
    }
    atomic_fetch_sub(&f->readers, 1);
    return fails ? fault_set(why, ERR_IO, "", "reading") : ERR_OK;
}

static enum err work_piece(void *arg, unsigned thread, void *piece, struct fault *why) {
    struct file *f = arg;
    struct piece *p = piece;
    (void)thread;
    volatile uint64_t x = p->number; // pieces of very different length
    for (uint64_t i = 0; i < p->number % 13 * 3000; i++) x = x * 31 + i;
    p->made = p->number * 2;
    return p->number == f->fail_work ? fault_set(why, ERR_DAMAGED, "", "working") : ERR_OK;
}

static enum err write_piece(void *arg, void *piece, struct fault *why) {
    struct file *f = arg;
    const struct piece *p = piece;
    assert_int_equal(atomic_fetch_add(&f->writers, 1), 0);
    assert_int_equal(p->number, f->written); // in the order they were read, none left out
    assert_int_equal(p->made, p->number * 2);
    bool fails = p->number == f->fail_write;
    if (!fails) f->written++;
    atomic_fetch_sub(&f->in_hand, 1);
    atomic_fetch_sub(&f->writers, 1);
    return fails ? fault_set(why, ERR_STORAGE_FULL, "", "writing") : ERR_OK;
}

static enum err run(struct file *f, unsigned threads, struct fault *why) {
    struct piece list[SLOTS];
    struct ordered o = {read_piece, work_piece, write_piece, f, threads, list, sizeof *list, SLOTS};
    return ordered_run(&o, why);
}

static void test_order(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= 8; threads++)
        for (uint64_t count = 0; count < 400; count += 57) {
            struct file f = {.count = count, .fail_read = UINT64_MAX, .fail_work = UINT64_MAX, .fail_write = UINT64_MAX};
            assert_int_equal(run(&f, threads, NULL), ERR_OK);
            assert_int_equal(f.written, count);
            assert_true(f.most <= SLOTS);
        }
}

static void test_failures_end_it(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++)
        for (uint64_t at = 0; at < 40; at += 3) {
            struct fault why = {0};
            struct file f = {.count = 200, .fail_read = at, .fail_work = UINT64_MAX, .fail_write = UINT64_MAX};
            assert_int_equal(run(&f, threads, &why), ERR_IO);
            assert_int_equal(f.written, at); // all that was read before it is written
            f = (struct file){.count = 200, .fail_read = UINT64_MAX, .fail_work = at, .fail_write = UINT64_MAX};
            assert_int_equal(run(&f, threads, &why), ERR_DAMAGED);
            assert_true(f.written <= at); // nothing behind it
            f = (struct file){.count = 200, .fail_read = UINT64_MAX, .fail_work = UINT64_MAX, .fail_write = at};
            assert_int_equal(run(&f, threads, &why), ERR_STORAGE_FULL);
            assert_int_equal(f.written, at);
            assert_string_equal(why.message, "writing");
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_failures_end_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
