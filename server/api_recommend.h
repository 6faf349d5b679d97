// api_recommend.h: one request of /v1/recommend, and why a product is recommended, in words and in numbers. Private to that route.
#ifndef RF_SERVER_API_RECOMMEND_H
#define RF_SERVER_API_RECOMMEND_H

#include "index/filter.h"
#include "model/recommend.h"
#include "model/replenish.h"
#include "server/api_hit.h"
#include "server/api_near.h"

struct recommend {
    struct request *rq;
    struct app_worker *w;
    const struct json *body;
    struct knowledge k;
    struct filter filter;
    struct hit_style style;
    struct api_near near;
    struct fitment fitment;
    struct recommend_query q;
    struct recommend_variety variety;
    struct rank_person person;
    struct event *events;       // the person's newest
    struct replenish bought;    // what of it is not needed again yet,
    bool *types_bought;         // [LIMIT_TYPES + 1] for this car, alternatives included
    uint64_t bought_bits;       // a bit for each product of it, by the lowest bits: most candidates are none of them
    uint32_t user, product;
    uint32_t session[RANK_SESSION_MAX];
    uint32_t *cart;
    unsigned event_count, session_count, cart_count, limit;
    bool explain, tiered;
    bool on_loop, beyond;       // beyond: it is more than a loop may do, and nothing was done
    struct recommendation *list;
    uint8_t *tiers;             // of the list's, by place
    size_t pool;                // how many are asked for
    bool joined;                // its list comes of a pass made for several
    size_t count, certain;      // of the list; of those that certainly fit, which come first
};
// The body into `r`, whose rq, w and body are set: everything up to events.
enum err recommend_params(struct recommend *r, struct fault *why);

struct reason_style {
    bool zh, all;           // all: every part and every piece of evidence
    uint32_t about;         // the first product the list is about; 0: none
    bool (*fits_car)(void *arg, uint32_t product); // whether a product certainly fits the car asked about
    void *arg;
};

// The members reason and evidence of an open hit, and with `all` explain.
enum err recommend_reason_json(struct app_worker *w, struct json_writer *j, const struct recommendation *hit,
                               const struct recommend_why *why, const struct reason_style *style);

#endif
