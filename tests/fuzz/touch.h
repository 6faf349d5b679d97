// touch.h: reads every byte of a text, so that a slice beyond its memory is found.
#ifndef RF_FUZZ_TOUCH_H
#define RF_FUZZ_TOUCH_H

#include "index/base/slice.h"

static inline uint64_t touch(struct slice s) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s.n; i++) sum += (uint8_t)s.p[i];
    return sum;
}

#endif
