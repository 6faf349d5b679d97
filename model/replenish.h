// replenish.h: what a person bought and does not need again yet: not worth recommending until it wears out.
//
// A type with an interval in the vocabulary wears: after a purchase it is due again when 80 % of the interval has passed, in months, or
// in kilometres at 1,250 a month, whichever is first. Until then nothing of that type is needed for the same car. What has no
// interval is left out by itself, not its alternatives, for six months. A return takes the purchase back.
// "Bought" is a purchase, installation, service or redeemed voucher (lifecycle.h).
#ifndef RF_MODEL_REPLENISH_H
#define RF_MODEL_REPLENISH_H

#include "index/event.h"

#define REPLENISH_KM_PER_MONTH 1250
#define REPLENISH_DEFAULT_MONTHS 6
#define REPLENISH_DUE_SHARE 0.8

struct replenish_item {
    uint32_t product;       // 0: a service known by its type only
    uint32_t type;
    bool wears;             // the type has an interval: alternatives are not needed either
    int64_t bought_ms, due_ms;
    struct slice vehicle;   // of the event; empty when it named none
};
struct replenish { unsigned count; struct replenish_item *items; };

// How long a type lasts, in months; *wears: its interval is known.
enum err replenish_months(struct view *v, uint32_t type, double *months, bool *wears);
// From a person's newest events, newest first, as event_recent gives them: what is not due at the view's time, the newest purchase of
// each product. Arena. ERR_NO_MEMORY, ERR_DAMAGED.
enum err replenish_load(struct view *v, const struct event *events, unsigned count, struct replenish *out);

#endif
