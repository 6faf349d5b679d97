#include "imports.h"

#include <inttypes.h>
#include <stdio.h>

#include "index/base/clock.h"

void imports_line(uint32_t id, int64_t at_ms, bool stands, uint32_t products_new, uint32_t changed, uint32_t removed, struct slice sources) {
    char at[CLOCK_TEXT_BYTES];
    clock_format_ms(at_ms, at);
    printf("%6" PRIu32 "  %s  %" PRIu32 " new, %" PRIu32 " changed, %" PRIu32 " removed%s  %.*s\n", id, at, products_new, changed, removed,
           stands ? "" : ", taken back", SLICE_ARGS(sources));
}

void imports_taken_back(uint32_t id, uint32_t restored, uint32_t kept) {
    printf("import %" PRIu32 " is taken back: %" PRIu32 " products as they were, %" PRIu32 " changed since and left as they are\n", id, restored, kept);
}
