// Patterns of queries on any bytes, at every place, folded or not.
#include <stdlib.h>

#include "index/query_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pattern list[PATTERN_MAX];
    struct slice text = slice_of(data, size);
    if (size > 4096) return 0;
    for (size_t at = 0; at <= size; at++) {
        unsigned count = pattern_at(text, at, 2027, list);
        if (count > PATTERN_MAX) abort();
        for (unsigned i = 0; i < count; i++) {
            size_t n = strnlen(list[i].text, PATTERN_TEXT);
            if (list[i].n == 0 || list[i].n > size - at || (i && list[i].n > list[i - 1].n)) abort();
            if (n == 0 || n == PATTERN_TEXT || !*pattern_name(list[i].kind)) abort();
        }
    }
    return 0;
}
