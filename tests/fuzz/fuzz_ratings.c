// fuzz_ratings.c: bytes from outside as a table of ratings; what is read can be split by time.
#include <stdlib.h>

#include "model/ratings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sequences all, older, newer;
    if (ratings_parse(slice_of(data, size), "ratings", 1, &all, NULL) != ERR_OK) return 0;
    for (uint64_t i = 0; i < sequences_count(&all); i++)
        if (all.item[i] >= all.columns) abort();
    if (ratings_split(&all, 0.3, &older, &newer) == ERR_OK) {
        if (sequences_count(&older) + sequences_count(&newer) > sequences_count(&all)) abort();
        sequences_free(&older);
        sequences_free(&newer);
    }
    sequences_free(&all);
    return 0;
}
