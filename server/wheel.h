// wheel.h: deadlines of many connections, cheap to move.
//
// Moving a deadline later is one store: the entry stays in its slot and is put on when the slot comes round. Only a
// deadline that moves earlier is relinked. One coarse timer a worker turns the wheel; nothing here is exact.
#ifndef RF_SERVER_WHEEL_H
#define RF_SERVER_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_SLOTS 512 // a power of two
#define WHEEL_NEVER UINT64_MAX

struct wheel_entry {
    struct wheel_entry *prev, *next; // NULL while not linked
    uint64_t deadline_us;            // monotonic
    uint64_t slot_tick;              // where it is linked
};

struct wheel {
    struct wheel_entry slots[WHEEL_SLOTS]; // list heads
    uint64_t tick_us, done_tick;
};

void wheel_init(struct wheel *w, uint64_t tick_us, uint64_t now_us);
void wheel_set(struct wheel *w, struct wheel_entry *e, uint64_t deadline_us); // WHEEL_NEVER parks it
void wheel_remove(struct wheel_entry *e);
// Calls `expired` for each entry whose deadline has passed, unlinked. It may set or remove any entry.
void wheel_advance(struct wheel *w, uint64_t now_us, void (*expired)(struct wheel_entry *e, void *arg), void *arg);

#endif
