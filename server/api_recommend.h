// api_recommend.h: why a product is recommended, in words and in numbers. Private to /v1/recommend.
#ifndef RF_SERVER_API_RECOMMEND_H
#define RF_SERVER_API_RECOMMEND_H

#include "model/recommend.h"
#include "server/api_hit.h"

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
