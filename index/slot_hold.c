// slot_hold.c: taking, releasing and redeeming. Every check comes before the first write, so that a refusal leaves its transaction
// clean and the writer goes on with the others.
#include "base/limits.h"
#include "catalog.h"
#include "product.h"
#include "slot_record.h"
#include "stock.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (1440 * MINUTE_MS)
#define HOLD_COUNTER "holds"
#define SLOT_KEPT_DAYS 400 // what was redeemed is looked up by bookkeepers for a year

// ---- a slot's holds in memory ----------------------------------------------------------------------------------------------------
// Out of the pages, which are about to change; expired ones are left behind.
struct slot_list { unsigned count; struct hold *holds; };

static enum err slot_read(struct view *v, uint32_t workshop, int64_t start_ms, int64_t now_ms, struct slot_list *out) {
    struct slot_holds holds;
    struct hold h;
    unsigned count = 0;
    TRY(slot_holds_open(v->snapshot, workshop, start_ms, &holds));
    struct slice bytes = arena_copy(v->arena, slice_of(holds.rest.p, reader_left(&holds.rest)));
    if (!bytes.p) return ERR_NO_MEMORY;
    holds.rest = reader_of(bytes);
    struct slot_holds again = holds;
    while (slot_holds_next(&holds, &h)) count++;
    if (holds.rest.bad) return ERR_DAMAGED;
    *out = (struct slot_list){0, ARENA_ARRAY(v->arena, struct hold, count + 1u)}; // room for one more
    if (!out->holds) return ERR_NO_MEMORY;
    while (slot_holds_next(&again, &h))
        if (hold_counts(&h, now_ms)) out->holds[out->count++] = h;
    return ERR_OK;
}

static enum err slot_write(struct txn *t, struct view *v, uint32_t workshop, int64_t start_ms, const struct slot_list *list) {
    char bytes[SLOT_KEY_BYTES];
    struct buf value;
    struct slice key = slot_key(bytes, workshop, start_ms);
    if (list->count == 0) {
        enum err e = txn_delete(t, TABLE_HOLD, key);
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    buf_init(&value, v->arena, 256);
    for (unsigned i = 0; i < list->count; i++) hold_encode(&value, &list->holds[i]);
    return value.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_HOLD, key, buf_slice(&value));
}

// ---- reservations --------------------------------------------------------------------------------------------------------------------
static uint32_t place_of(uint32_t workshop, const struct hold *h) {
    return h->source == PART_LOCAL ? stock_of_workshop(workshop) : h->source == PART_DEPOT ? stock_of_depot(h->depot) : PLACE_SHOP;
}

// The place's reservations without that of this hold and without expired ones, and with it where `keep`.
static enum err reservation_change(struct txn *t, struct view *v, uint32_t workshop, const struct hold *h, int64_t now_ms, bool keep) {
    char bytes[SLOT_KEY_BYTES];
    struct reservations list;
    struct reservation r;
    struct buf value;
    if (h->source == PART_NONE) return ERR_OK;
    uint32_t place = place_of(workshop, h);
    struct slice key = reservation_key(bytes, place, h->product);
    TRY(reservations_open(v->snapshot, place, h->product, &list));
    buf_init(&value, v->arena, reader_left(&list.rest) + sizeof r);
    while (reservations_next(&list, &r))
        if (r.sequence != h->sequence && r.expires_ms > now_ms) reservation_encode(&value, &r);
    if (list.rest.bad) return ERR_DAMAGED;
    if (keep) reservation_encode(&value, &(struct reservation){h->sequence, h->quantity, h->expires_ms});
    if (value.bad) return ERR_NO_MEMORY;
    if (value.n) return txn_put(t, TABLE_HOLD, key, buf_slice(&value));
    enum err e = txn_delete(t, TABLE_HOLD, key);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err pieces_at(struct view *v, uint32_t place, uint32_t product, int64_t now_ms, uint32_t *out) {
    uint32_t pieces = 0;
    if (place == PLACE_SHOP) pieces = columns_offer(v, product)->stock;
    else TRY(stock_get(v->snapshot, place, product, &pieces));
    return stock_free(v->snapshot, place, product, pieces, now_ms, out);
}

// From where the pieces can be there when the slot begins: the nearest source first.
static enum err source_find(struct view *v, const struct workshop *w, int64_t now_ms, struct hold *h, struct fault *why) {
    uint32_t pieces;
    h->source = PART_LOCAL;
    TRY(pieces_at(v, place_of(w->id, h), h->product, now_ms, &pieces));
    if (pieces >= h->quantity) return ERR_OK;
    h->source = PART_DEPOT;
    for (unsigned i = 0; i < w->depot_count; i++) {
        h->depot = w->depots[i].depot;
        if (h->start_ms < now_ms + w->depots[i].minutes * MINUTE_MS) continue;
        TRY(pieces_at(v, place_of(w->id, h), h->product, now_ms, &pieces));
        if (pieces >= h->quantity) return ERR_OK;
    }
    h->source = PART_SHIPPED;
    h->depot = 0;
    TRY(pieces_at(v, PLACE_SHOP, h->product, now_ms, &pieces));
    if (pieces >= h->quantity && h->start_ms >= now_ms + SHIP_MINUTES * MINUTE_MS) return ERR_OK;
    return fault_set(why, ERR_CONFLICT, "product", "the product cannot be there by then");
}

// ---- taking ----------------------------------------------------------------------------------------------------------------------------
static enum err able(struct view *v, const struct workshop *w, const struct hold_request *r, struct fault *why) {
    struct fitting service = {r->service != 0, {r->service}}, product = {0};
    if (!workshop_does(w, &service)) return fault_set(why, ERR_BAD_REQUEST, "service", "the workshop does not offer this service");
    if (r->product == 0) return ERR_OK;
    TRY(fitting_of(v, columns_facts(v, r->product)->type, &product));
    if (product.count && workshop_does(w, &product)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "product", "the workshop does not fit this product");
}

static enum err start_check(const struct workshop *w, int64_t start_ms, int64_t now_ms, struct fault *why) {
    if (start_ms < now_ms) return fault_set(why, ERR_BAD_REQUEST, "start", "start is in the past");
    if (start_ms > now_ms + SLOT_AHEAD_DAYS * DAY_MS)
        return fault_set(why, ERR_BAD_REQUEST, "start", "start is more than %d days ahead", SLOT_AHEAD_DAYS);
    if (slot_begins(w, start_ms)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "start", "no slot of the workshop begins then; its slots are at /v1/workshops/{id}/slots");
}

static const struct hold *known(const struct slot_list *list, struct slice client_id) {
    for (unsigned i = 0; client_id.n && i < list->count; i++)
        if (slice_eq(list->holds[i].client_id, client_id)) return &list->holds[i];
    return NULL;
}

// A few of the workshop's slots that are long past go with each new hold, so that records do not pile up.
static enum err forget_old(struct txn *t, uint32_t workshop, int64_t now_ms) {
    for (unsigned i = 0; i < 4; i++) {
        char bytes[SLOT_KEY_BYTES], limit[SLOT_KEY_BYTES];
        struct slice key, value, end = slot_key(limit, workshop, now_ms > SLOT_KEPT_DAYS * DAY_MS ? now_ms - SLOT_KEPT_DAYS * DAY_MS : 0);
        struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_HOLD);
        if (!c) return ERR_NO_MEMORY;
        enum err e = db_cursor_seek(c, slot_key(bytes, workshop, 0), &key, &value);
        bool old = e == ERR_OK && key.n == SLOT_KEY_BYTES && slice_cmp(key, end) < 0;
        if (old) memcpy(bytes, key.p, SLOT_KEY_BYTES);
        db_cursor_end(c);
        if (e == ERR_END || !old) return e == ERR_END ? ERR_OK : e;
        TRY(txn_delete(t, TABLE_HOLD, slice_of(bytes, SLOT_KEY_BYTES)));
    }
    return ERR_OK;
}

enum err hold_take(struct txn *t, struct view *v, int64_t now_ms, const struct hold_request *r, struct hold *out, struct fault *why) {
    struct workshop w;
    struct slot_list list;
    TRY(workshop_shown_named(v, r->workshop, &w, why));
    TRY(able(v, &w, r, why));
    TRY(start_check(&w, r->start_ms, now_ms, why));
    TRY(slot_read(v, w.id, r->start_ms, now_ms, &list));
    const struct hold *again = known(&list, r->client_id);
    if (again) {
        *out = *again;
        return ERR_OK;
    }
    if (list.count >= w.bays) return fault_set(why, ERR_CONFLICT, "start", "the slot is taken");
    *out = (struct hold){.state = HOLD_HELD, .start_ms = r->start_ms, .taken_ms = now_ms, .expires_ms = now_ms + r->ttl_ms,
                         .service = r->service, .product = r->product, .quantity = r->quantity, .user = r->user, .client_id = r->client_id};
    if (fitting_needs_pieces(v, r->product)) TRY(source_find(v, &w, now_ms, out, why));
    uint32_t workshop = w.id; // nothing of the record may be used once the transaction writes
    TRY(txn_next_id(t, HOLD_COUNTER, 1, &out->sequence));
    list.holds[list.count++] = *out;
    TRY(slot_write(t, v, workshop, out->start_ms, &list));
    TRY(reservation_change(t, v, workshop, out, now_ms, true));
    if (r->user.n) {
        char bytes[USER_KEY_BYTES];
        TRY(txn_put(t, TABLE_HOLD, hold_user_key(bytes, r->user, workshop, out->start_ms), SLICE_NONE));
    }
    return forget_old(t, workshop, now_ms);
}

// ---- releasing and redeeming ---------------------------------------------------------------------------------------------------------------
static enum err no_hold(struct slice id, struct fault *why) {
    return fault_set(why, ERR_NOT_FOUND, "hold", "no hold is called '%.*s'", (int)(id.n < 60 ? id.n : 60), id.p);
}

struct found { uint32_t workshop; struct slot_list slot; unsigned at; };

// The slot of a hold, and which it is there; expired ones are looked for as well.
static enum err hold_find(struct view *v, struct slice workshop, struct slice id, struct found *out, struct fault *why) {
    int64_t start_ms;
    uint32_t sequence;
    *out = (struct found){0};
    enum err e = workshop_find(v->snapshot, workshop, &out->workshop);
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "id", "no workshop is called '%.*s'", SLICE_ARGS(workshop));
    TRY(e);
    if (!hold_id_parse(id, &start_ms, &sequence)) return no_hold(id, why);
    TRY(slot_read(v, out->workshop, start_ms, INT64_MIN, &out->slot));
    for (unsigned i = 0; i < out->slot.count; i++)
        if (out->slot.holds[i].sequence == sequence) {
            out->at = i;
            return ERR_OK;
        }
    return no_hold(id, why);
}

enum err hold_release(struct txn *t, struct view *v, int64_t now_ms, struct slice workshop, struct slice id, struct hold *out, struct fault *why) {
    struct found f;
    TRY(hold_find(v, workshop, id, &f, why));
    *out = f.slot.holds[f.at];
    if (out->state == HOLD_REDEEMED) return fault_set(why, ERR_CONFLICT, "hold", "the hold was redeemed");
    f.slot.holds[f.at] = f.slot.holds[--f.slot.count];
    TRY(slot_write(t, v, f.workshop, out->start_ms, &f.slot));
    return reservation_change(t, v, f.workshop, out, now_ms, false);
}

static enum err pieces_take(struct txn *t, struct view *v, uint32_t workshop, const struct hold *h, struct fault *why) {
    struct product p;
    uint32_t pieces = 0;
    if (h->source == PART_NONE) return ERR_OK;
    if (h->source == PART_SHIPPED) {
        pieces = columns_offer(v, h->product)->stock;
        TRY(product_load(v, h->product, &p));
        return catalog_put_offer(t, v->arena, arena_copy(v->arena, p.external_id), -1, -1, pieces > h->quantity ? pieces - h->quantity : 0, why);
    }
    uint32_t place = place_of(workshop, h);
    TRY(stock_get(v->snapshot, place, h->product, &pieces));
    struct stock_item item = {h->product, pieces > h->quantity ? pieces - h->quantity : 0};
    return stock_set(t, v->arena, place, &item, 1);
}

enum err hold_redeem(struct txn *t, struct view *v, int64_t now_ms, struct slice workshop, struct slice id, struct hold *out, struct fault *why) {
    struct found f;
    TRY(hold_find(v, workshop, id, &f, why));
    struct hold *h = &f.slot.holds[f.at];
    *out = *h;
    if (h->state == HOLD_REDEEMED) return ERR_OK;
    if (h->expires_ms <= now_ms) return fault_set(why, ERR_CONFLICT, "hold", "the hold has expired");
    h->state = HOLD_REDEEMED;
    *out = *h;
    TRY(slot_write(t, v, f.workshop, h->start_ms, &f.slot));
    TRY(reservation_change(t, v, f.workshop, h, now_ms, false));
    return pieces_take(t, v, f.workshop, h, why);
}

// ---- people who are erased -------------------------------------------------------------------------------------------------------------------
static enum err user_key_next(struct txn *t, struct slice user, char bytes[USER_KEY_BYTES], bool *found) {
    struct slice key, value, prefix = hold_user_key(bytes, user, 0, 0);
    struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_HOLD);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, prefix, &key, &value);
    *found = e == ERR_OK && key.n == USER_KEY_BYTES && slice_starts(key, slice_of(prefix.p, USER_PREFIX_BYTES));
    if (*found) memcpy(bytes, key.p, USER_KEY_BYTES);
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err holds_forget_user(struct txn *t, struct arena *scratch, struct slice user) {
    struct view v = {.snapshot = txn_snapshot(t), .arena = scratch};
    for (;;) {
        char bytes[USER_KEY_BYTES];
        struct slot_list list;
        uint32_t workshop;
        int64_t start_ms;
        bool found;
        TRY(user_key_next(t, user, bytes, &found));
        if (!found) return ERR_OK;
        if (!hold_user_key_read(slice_of(bytes, USER_KEY_BYTES), &workshop, &start_ms)) return ERR_DAMAGED;
        TRY(slot_read(&v, workshop, start_ms, INT64_MIN, &list));
        for (unsigned i = 0; i < list.count; i++)
            if (slice_eq(list.holds[i].user, user)) list.holds[i].user = SLICE_NONE;
        TRY(slot_write(t, &v, workshop, start_ms, &list));
        TRY(txn_delete(t, TABLE_HOLD, slice_of(bytes, USER_KEY_BYTES)));
    }
}
