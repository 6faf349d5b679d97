// slot_record.h: how holds and reservations are stored; for slot.c, which reads them, and slot_hold.c, which changes them.
#ifndef RF_INDEX_SLOT_RECORD_H
#define RF_INDEX_SLOT_RECORD_H

#include "slot.h"

#define PLACE_SHOP 1u // where reservations of shipped pieces stand: no depot has the number 0

enum { SLOT_KEY_BYTES = 9 };
struct slice slot_key(char space[SLOT_KEY_BYTES], uint32_t workshop, int64_t start_ms);
struct slice reservation_key(char space[SLOT_KEY_BYTES], uint32_t place, uint32_t product);

enum { USER_KEY_BYTES = 17, USER_PREFIX_BYTES = 9 };
struct slice hold_user_key(char space[USER_KEY_BYTES], struct slice user, uint32_t workshop, int64_t start_ms);
bool hold_user_key_read(struct slice key, uint32_t *workshop, int64_t *start_ms);

// Holds that take room: redeemed ones, and held ones until they expire.
static inline bool hold_counts(const struct hold *h, int64_t now_ms) { return h->state == HOLD_REDEEMED || h->expires_ms > now_ms; }

// The holds of a slot, one after the other; a slot without a record has none.
struct slot_holds { struct reader rest; int64_t start_ms; };
enum err slot_holds_open(struct snapshot *s, uint32_t workshop, int64_t start_ms, struct slot_holds *out);
bool slot_holds_next(struct slot_holds *h, struct hold *out); // false: no more, or damaged (rest.bad)
void hold_encode(struct buf *out, const struct hold *h);

struct reservation { uint32_t sequence, pieces; int64_t expires_ms; };
struct reservations { struct reader rest; };
enum err reservations_open(struct snapshot *s, uint32_t place, uint32_t product, struct reservations *out);
bool reservations_next(struct reservations *r, struct reservation *out);
void reservation_encode(struct buf *out, const struct reservation *r);

#endif
