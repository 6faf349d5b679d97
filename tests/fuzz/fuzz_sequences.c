// fuzz_sequences.c: bytes from outside as a list of public data. What is read must hold together and survive its parts.
#include <stdlib.h>

#include "model/sequences.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sequences *s) {
    uint64_t at = 0;
    for (uint32_t row = 0; row < s->rows; row++) {
        if (s->start[row] < at || s->start[row + 1] < s->start[row]) abort();
        at = s->start[row];
    }
    for (uint64_t i = 0; i < sequences_count(s); i++)
        if (s->item[i] >= s->columns) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sequences s, part;
    struct interactions m;
    if (sequences_parse(slice_of(data, size), "fuzz", &s, NULL) != ERR_OK) return 0;
    check(&s);
    if (s.rows < 100000 && s.columns < 100000) {
        if (sequences_before(&s, 2, 1, &part) == ERR_OK) {
            check(&part);
            sequences_free(&part);
        }
        if (sequences_interactions(&s, s.columns, &m) == ERR_OK) interactions_free(&m);
    }
    sequences_free(&s);
    return 0;
}
