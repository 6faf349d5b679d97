// xorshift.h: draws that are the same in every run, from a seed that is not 0.
#ifndef RF_TESTS_XORSHIFT_H
#define RF_TESTS_XORSHIFT_H

#include <stdint.h>

static inline uint32_t xorshift(uint64_t *seed, uint32_t below) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 33) % below;
}

#endif
