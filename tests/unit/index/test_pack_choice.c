// Packs for an amount, against trying every combination.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/pack_choice.h"
#include "tests/xorshift.h"

static uint32_t rnd(uint32_t below) {
    static uint64_t x = 88172645463325252ull;
    return xorshift(&x, below);
}

struct best { uint64_t price; uint32_t packs, amount; };

static void try_all(const struct pack *list, unsigned count, unsigned at, uint32_t wanted, struct best so_far, struct best *best) {
    if (so_far.amount >= wanted) {
        bool better = so_far.price < best->price || (so_far.price == best->price && so_far.packs < best->packs) ||
                      (so_far.price == best->price && so_far.packs == best->packs && so_far.amount < best->amount);
        if (better) *best = so_far;
        return;
    }
    for (unsigned i = at; i < count; i++) {
        if (!list[i].price || !list[i].amount_milli) continue;
        try_all(list, count, i, wanted, (struct best){so_far.price + list[i].price, so_far.packs + 1, so_far.amount + list[i].amount_milli}, best);
    }
}

static void test_four_and_one(void **state) {
    (void)state;
    const struct pack list[] = {{1000, 6000}, {4000, 19900}};
    struct pack_choice c;
    assert_true(pack_choose(list, 2, 4500, &c));
    assert_int_equal(c.count[0], 1);
    assert_int_equal(c.count[1], 1);
    assert_int_equal(c.price, 25900);
    assert_true(pack_choose(list, 2, 7600, &c)); // 39,800 twice against 43,900
    assert_int_equal(c.count[1], 2);
    assert_true(pack_choose(list, 2, 0, &c));
    assert_int_equal(c.packs, 0);
    assert_false(pack_choose(list, 0, 1000, &c));
    const struct pack unpriced[] = {{1000, 0}, {0, 100}};
    assert_false(pack_choose(unpriced, 2, 1000, &c));
    assert_false(pack_choose(list, 2, PACK_AMOUNT_MAX + 1, &c));
}

static void test_against_every_combination(void **state) {
    (void)state;
    static const uint32_t sizes[] = {250, 500, 946, 1000, 1500, 2000, 3785, 4000, 4730, 5000};
    for (unsigned round = 0; round < 3000; round++) {
        struct pack list[4];
        unsigned count = 1 + rnd(4);
        for (unsigned i = 0; i < count; i++)
            list[i] = (struct pack){sizes[rnd(10)] / PACK_UNIT_MILLI * PACK_UNIT_MILLI, rnd(10) ? 100 + rnd(40) * 50 : 0};
        uint32_t wanted = (1 + rnd(120)) * PACK_UNIT_MILLI;
        struct best best = {UINT64_MAX, UINT32_MAX, 0};
        try_all(list, count, 0, wanted, (struct best){0}, &best);
        struct pack_choice c;
        bool found = pack_choose(list, count, wanted, &c);
        assert_int_equal(found, best.price != UINT64_MAX);
        if (!found) continue;
        assert_true(c.amount_milli >= wanted);
        assert_int_equal(c.price, best.price);
        assert_int_equal(c.packs, best.packs);
        assert_int_equal(c.amount_milli, best.amount);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_four_and_one), cmocka_unit_test(test_against_every_combination)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
