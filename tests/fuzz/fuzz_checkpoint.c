// fuzz_checkpoint.c: bytes from outside as a training's checkpoint: taken whole or not at all.
#include <stdlib.h>

#include "model/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    float user[2 * 16] = {0}, product[3 * 16] = {0}, nothing[3 * 16] = {0};
    struct als_model model = {.dimension = 16, .users = 2, .products = 3, .user = user, .product = product};
    if (checkpoint_parse(slice_of(data, size), 7, &model) == 0 && memcmp(product, nothing, sizeof product) != 0) abort();
    return 0;
}
