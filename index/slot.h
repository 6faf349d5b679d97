// slot.h: the times a workshop can be booked for, and holds on them: taken, released, redeemed, and gone by themselves when they expire.
//
// A slot begins on the workshop's grid (slot_minutes from the beginning of each span of its hours) and has room for `bays` holds. A hold
// may bring a product; the pieces are reserved where they lie: in the workshop, in a depot that reaches it by then, or with the shop
// itself (SHIP_DAYS ahead). Redeeming closes the room in the slot for good and takes the pieces out of that stock.
//
// All changes run in transactions of the one writer, so of two that want the last room one comes second and is refused; what was
// answered is on disk. Nothing has to run for a hold to expire: a hold is looked at together with the time, which is the caller's.
//
// TABLE_HOLD 's', workshop u32, start in Unix minutes u32 -> holds of the slot. 'r', place u32, product u32 -> (sequence u32, pieces u32,
// expires i64)*: pieces that holds have reserved there. 'u', hash of a user u64, workshop u32, start u32 -> empty: where that user's holds are.
#ifndef RF_INDEX_SLOT_H
#define RF_INDEX_SLOT_H

#include "workshop.h"

enum { HOLD_QUANTITY_MAX = 100, HOLD_CLIENT_ID_BYTES = 64, SLOT_AHEAD_DAYS = 60, SHIP_DAYS = 2, SLOTS_OF_DAY_MAX = 288 };
#define HOLD_TTL_DEFAULT_MS (15 * INT64_C(60000))
#define HOLD_TTL_MAX_MS (24 * 3600 * INT64_C(1000))
#define SHIP_MINUTES (SHIP_DAYS * 24 * 60)

enum hold_state { HOLD_HELD = 1, HOLD_REDEEMED };
enum part_source { PART_NONE, PART_LOCAL, PART_DEPOT, PART_SHIPPED };
const char *part_source_name(enum part_source s); // NULL for none

struct hold {
    uint32_t sequence; // of all holds
    enum hold_state state;
    int64_t start_ms, taken_ms, expires_ms;
    uint32_t service, product, quantity;
    enum part_source source;
    uint32_t depot;               // of PART_DEPOT
    struct slice user, client_id; // client_id: the caller's own, so that a repeated take finds the first one
};
// "29922600-17": what a hold is called; leads to its slot and its sequence.
struct slice hold_id(struct arena *a, const struct hold *h);
bool hold_id_parse(struct slice id, int64_t *start_ms, uint32_t *sequence);

// ---- reading -------------------------------------------------------------------------------------------------------------------
// Whether a slot begins at this moment.
bool slot_begins(const struct workshop *w, int64_t start_ms);
// The first slot that begins at or after `from_ms` and has room; -1: none within SLOT_AHEAD_DAYS.
enum err slot_first_free(struct snapshot *s, const struct workshop *w, int64_t from_ms, int64_t now_ms, int64_t *out);
struct slot { int64_t start_ms; unsigned taken; }; // taken: of w->bays
// Slots that begin within a day of the workshop's wall clock; `day_ms`: any moment of that date taken as UTC. Past ones are left out.
enum err slots_of_day(struct snapshot *s, const struct workshop *w, int64_t day_ms, int64_t now_ms, struct slot out[SLOTS_OF_DAY_MAX],
                      unsigned *count);
// Pieces of a place that no hold has reserved.
enum err stock_free(struct snapshot *s, uint32_t place, uint32_t product, uint32_t pieces, int64_t now_ms, uint32_t *out);

// ---- writing -------------------------------------------------------------------------------------------------------------------
struct hold_request {
    struct slice workshop; // external id
    int64_t start_ms, ttl_ms;
    uint32_t service, product, quantity; // service or product, or both
    struct slice user, client_id;
};
// ERR_NOT_FOUND: no such workshop is shown. ERR_BAD_REQUEST `service`, `product` (it cannot), `start` (no slot begins then, or too soon
// or too far). ERR_CONFLICT `start` (no room is left) or `product` (no pieces are there by then). `v` is a view of the transaction.
enum err hold_take(struct txn *t, struct view *v, int64_t now_ms, const struct hold_request *r, struct hold *out, struct fault *why);
// ERR_NOT_FOUND; ERR_CONFLICT for one that was redeemed. Releasing what has expired is no failure.
enum err hold_release(struct txn *t, struct view *v, int64_t now_ms, struct slice workshop, struct slice id, struct hold *out, struct fault *why);
// ERR_NOT_FOUND; ERR_CONFLICT for one that has expired. Redeeming again changes nothing.
enum err hold_redeem(struct txn *t, struct view *v, int64_t now_ms, struct slice workshop, struct slice id, struct hold *out, struct fault *why);
// Takes a user's id out of all holds; the holds stay. For a person who is erased.
enum err holds_forget_user(struct txn *t, struct arena *scratch, struct slice user);

#endif
