// Stored records with a right checksum and wrong contents: decoders must refuse them, never overrun.
#include "index/fitment_match.h"
#include "index/product.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena arena;
    if (size == 0) return 0;
    if (!arena.limit_bytes) arena_init(&arena, 1 << 16, 64 << 20);
    arena_reset(&arena);
    struct slice record = slice_of(data + 1, size - 1);
    struct group_reader group;
    struct packed_row row;
    struct application *list;
    struct product product;
    unsigned count;
    switch (data[0] % 3) {
    case 0: (void)applications_decode(&arena, record, &list, &count); break;
    case 1: (void)product_decode(&arena, record, &product); break;
    default:
        if (group_open(&arena, record, &group) == ERR_OK)
            while (group_next(&group, &row)) count = row.entry;
        break;
    }
    return 0;
}
