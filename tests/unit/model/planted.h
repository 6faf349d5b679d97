// planted.h: small data with a known answer: users and products belong to hidden groups, users mostly want products of
// their own group, and within a group everything is equally popular. Popularity therefore knows nothing; a factor model
// must.
#ifndef RF_TESTS_PLANTED_H
#define RF_TESTS_PLANTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/history.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)

static inline uint32_t planted_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static inline void planted_history(struct history *out, uint32_t users, uint32_t products, uint32_t groups,
                                   unsigned acts) {
    uint64_t state = 42;
    *out = (struct history){0};
    for (uint32_t u = 0; u < users; u++) {
        for (unsigned i = 0; i < acts; i++) {
            uint32_t random = planted_random(&state), product = random % products;
            if (random % 10 != 0) product = product / groups * groups + u % groups; // one in ten wants anything
            if (product >= products) product = u % groups;
            struct act act = {product + 1, 1.0f + (float)(i % 3), (int64_t)1700000000000 + i * 1000};
            assert_ok(history_add(out, u + 1, act));
        }
    }
}

#endif
