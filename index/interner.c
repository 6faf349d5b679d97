#include "interner.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_SLOTS = 1024 }; // a power of two, as are all sizes

void interner_init(struct interner *in) {
    *in = (struct interner){0};
    arena_init(&in->bytes, 16 * 1024, SIZE_MAX);
}

void interner_destroy(struct interner *in) {
    arena_destroy(&in->bytes);
    free(in->texts);
    free(in->slots);
    *in = (struct interner){0};
}

// The slot of the text, or the free one where it belongs.
static uint32_t *slot_of(const struct interner *in, struct slice text) {
    uint32_t mask = in->slot_count - 1, at = (uint32_t)hash64(text) & mask;
    while (in->slots[at] != 0 && !slice_eq(in->texts[in->slots[at] - 1], text)) at = (at + 1) & mask;
    return &in->slots[at];
}

static bool grow_slots(struct interner *in) {
    uint32_t count = in->slot_count == 0 ? FIRST_SLOTS : in->slot_count * 2;
    uint32_t *slots = count > in->slot_count ? calloc(count, sizeof *slots) : NULL;
    if (slots == NULL) return false;
    free(in->slots);
    in->slots = slots;
    in->slot_count = count;
    for (uint32_t id = 0; id < in->count; id++) *slot_of(in, in->texts[id]) = id + 1;
    return true;
}

static bool grow_texts(struct interner *in) {
    uint32_t capacity = in->capacity == 0 ? FIRST_SLOTS / 2 : in->capacity * 2;
    struct slice *texts = realloc(in->texts, capacity * sizeof *texts);
    if (texts == NULL) return false;
    in->texts = texts;
    in->capacity = capacity;
    return true;
}

uint32_t interner_find(const struct interner *in, struct slice text) {
    if (in->slot_count == 0) return INTERNER_FULL;
    uint32_t slot = *slot_of(in, text);
    return slot == 0 ? INTERNER_FULL : slot - 1;
}

uint32_t interner_id(struct interner *in, struct slice text) {
    if (in->count >= in->slot_count / 2 && !grow_slots(in)) return INTERNER_FULL;
    uint32_t *slot = slot_of(in, text);
    if (*slot != 0) return *slot - 1;
    if (in->count == in->capacity && !grow_texts(in)) return INTERNER_FULL;
    struct slice copy = arena_copy(&in->bytes, text);
    if (copy.p == NULL) return INTERNER_FULL;
    in->texts[in->count] = copy;
    *slot = ++in->count;
    return in->count - 1;
}
