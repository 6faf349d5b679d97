#include "server/wheel.h"

#include <stddef.h>

void wheel_init(struct wheel *w, uint64_t tick_us, uint64_t now_us) {
    w->tick_us = tick_us;
    w->done_tick = now_us / tick_us;
    for (unsigned i = 0; i < WHEEL_SLOTS; i++) w->slots[i].prev = w->slots[i].next = &w->slots[i];
}

void wheel_remove(struct wheel_entry *e) {
    if (!e->next) return;
    e->prev->next = e->next;
    e->next->prev = e->prev;
    e->prev = e->next = NULL;
}

// A deadline beyond the wheel's reach waits in its farthest slot and is looked at again there.
static uint64_t tick_for(const struct wheel *w, uint64_t deadline_us) {
    uint64_t tick = deadline_us / w->tick_us + 1, farthest = w->done_tick + WHEEL_SLOTS - 1;
    if (tick <= w->done_tick) return w->done_tick + 1;
    return tick < farthest ? tick : farthest;
}

void wheel_set(struct wheel *w, struct wheel_entry *e, uint64_t deadline_us) {
    e->deadline_us = deadline_us;
    uint64_t tick = tick_for(w, deadline_us);
    if (e->next && tick >= e->slot_tick) return;
    wheel_remove(e);
    struct wheel_entry *head = &w->slots[tick & (WHEEL_SLOTS - 1)];
    e->slot_tick = tick;
    e->next = head;
    e->prev = head->prev;
    head->prev->next = e;
    head->prev = e;
}

// The slot's list is cut off first, as `expired` and relinking may touch the slot itself.
static void turn_slot(struct wheel *w, struct wheel_entry *head, uint64_t now_us,
                      void (*expired)(struct wheel_entry *e, void *arg), void *arg) {
    struct wheel_entry due = *head;
    if (due.next == head) return;
    due.next->prev = due.prev->next = &due;
    head->prev = head->next = head;
    while (due.next != &due) {
        struct wheel_entry *e = due.next;
        wheel_remove(e);
        if (e->deadline_us > now_us) wheel_set(w, e, e->deadline_us);
        else expired(e, arg);
    }
}

void wheel_advance(struct wheel *w, uint64_t now_us, void (*expired)(struct wheel_entry *e, void *arg), void *arg) {
    uint64_t tick = now_us / w->tick_us;
    // After a long pause one round visits every slot; more would visit them again.
    if (tick > w->done_tick + WHEEL_SLOTS) w->done_tick = tick - WHEEL_SLOTS;
    while (w->done_tick < tick) {
        w->done_tick++;
        turn_slot(w, &w->slots[w->done_tick & (WHEEL_SLOTS - 1)], now_us, expired, arg);
    }
}
