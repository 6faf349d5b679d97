// event.h: what people did, append-only per user, idempotent by the client's event id.
//
// TABLE_EVENT is keyed by (user, sequence) so that a person's newest events are one short backward scan. Sequences are
// global and ascending: "all events after n" is also how training resumes. An event for a product that is not known
// is kept with the product's external id and resolved when read.
//
// TABLE_EVENT value: type u8, position u16, unix_ms u64, product u32, value f32, then strings: id, product id (only while
// the product is not known), service, query, query id, surface, vehicle. The user is in the key.
#ifndef RF_INDEX_EVENT_H
#define RF_INDEX_EVENT_H

#include "base/json.h"
#include "view.h"

enum event_type {
    EVENT_IMPRESSION = 1,
    EVENT_CLICK,
    EVENT_CART,
    EVENT_PURCHASE,
    EVENT_INSTALL,
    EVENT_RATING,
    EVENT_RETURN,
    EVENT_ACCEPT,
    EVENT_DISMISS,
    EVENT_SNOOZE,
    EVENT_REDEEM,
    EVENT_SERVICE,
    EVENT_SEARCH,
    EVENT_TELEMETRY,
    EVENT_INSPECTION,
    EVENT_TYPE_COUNT
};
const char *event_type_name(enum event_type type); // "" for none
bool event_type_parse(struct slice text, enum event_type *out);

struct event {
    uint64_t sequence;        // given at commit
    int64_t unix_ms;
    enum event_type type;
    uint32_t product;         // 0 = none or not known yet; then product_id may tell
    uint16_t position;        // 1-based place in the list it was shown in; 0 = not given
    float value;              // rating 1..5, amount, reading; NaN = not given
    struct slice id, user, product_id, service, query, query_id, surface, vehicle; // user: only on the way in
};

// One event object of POST /v1/events: {id, ts, user, type, product|service|query, query_id, position, surface,
// vehicle, value}. Refuses unknown members, types and out-of-range values with the field's name. `id`, `user` and
// `type` are required, and `value` (1 to 5) with a rating; without `ts` it happened now; more than a day ahead is
// refused, because decay is relative to the newest event. Slices point into the JSON tree.
enum err event_from_json(const struct json *object, int64_t now_ms, struct event *out, struct fault *why);
// Stores one, and its user when new; *duplicate is true (and nothing written) when its id is already there. Searches, and clicks, carts
// and purchases with the query id of one of the person's last searches, are counted in the query log (query_log.h).
enum err event_put(struct txn *t, struct arena *scratch, const struct event *e, bool *duplicate);

// The user's newest events, newest first, at most `max`, products resolved. Arena.
enum err event_recent(struct view *v, uint32_t user, unsigned max, struct event **out, unsigned *count);
// All events of all users in (user, sequence) order, for training and export, products resolved. Slices live until `each`
// returns; it returns false to stop.
enum err event_each(struct view *v, bool (*each)(void *arg, uint32_t user, const struct event *e), void *arg);
// Removes a user's events and their ids, for user_delete.
enum err event_delete_user(struct txn *t, struct arena *scratch, uint32_t user);

#endif
