// Stored records with a right checksum and wrong contents: decoders must refuse them, never overrun.
#include "index/fitment_match.h"
#include "index/key_view.h"
#include "index/product.h"
#include "index/product_values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A row's ids stand at any address.
static void read_chunk(struct slice chunk) {
    uint64_t seen = 0;
    if (!product_values_sound(chunk)) return;
    for (unsigned row = 0; row < PRODUCT_VALUES_CHUNK; row++) {
        struct value_row r = product_values_of_chunk(chunk.p, row);
        for (unsigned i = 0; i < r.n; i++) seen += value_row_attribute(&r, i) > UINT16_MAX || value_row_value(&r, i) == 0;
    }
    if (seen > chunk.n) __builtin_trap();
}

static void read_pairs(struct arena *arena, struct slice attributes) {
    struct slice name, value;
    for (struct product_pairs i = product_pairs_of(attributes); product_pairs_next(arena, &i, &name, &value);)
        if (name.n + value.n > attributes.n) __builtin_trap();
}

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
    struct key_view view;
    unsigned count;
    switch (data[0] % 6) {
    case 0: (void)applications_decode(&arena, record, &list, &count); break;
    case 1: (void)product_decode(&arena, record, &product); break;
    case 2: read_chunk(record); break;
    case 3: read_pairs(&arena, record); break;
    case 4: (void)key_view_decode(record, record, &view); break;
    default:
        if (group_open(&arena, record, &group) == ERR_OK)
            while (group_next(&group, &row)) count = row.entry;
        break;
    }
    return 0;
}
