// interner.h: texts of one bulk load as dense ids 0, 1, 2, ... in memory. Not thread-safe, never shrinks.
#ifndef RF_INDEX_INTERNER_H
#define RF_INDEX_INTERNER_H

#include "base/arena.h"

#define INTERNER_FULL UINT32_MAX

struct interner {
    struct arena bytes;
    struct slice *texts;
    uint32_t count, capacity;
    uint32_t *slots; // open addressing, id + 1
    uint32_t slot_count;
};

void interner_init(struct interner *in);
void interner_destroy(struct interner *in);
uint32_t interner_id(struct interner *in, struct slice text);         // finds or adds; INTERNER_FULL: out of memory
uint32_t interner_find(const struct interner *in, struct slice text); // INTERNER_FULL: not there
static inline struct slice interner_text(const struct interner *in, uint32_t id) { return in->texts[id]; }

#endif
