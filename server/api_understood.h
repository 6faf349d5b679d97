// api_understood.h: the member `understood` of /v1/search: what every word of the query was taken for.
#ifndef RF_SERVER_API_UNDERSTOOD_H
#define RF_SERVER_API_UNDERSTOOD_H

#include "index/search.h"
#include "server/api.h"

// "understood":{vehicle, car, types, brands, part_number, tyre, oil, specs, position, dtc, service, distance_km, words, corrections, chips}
// `sent`: the parameter q as the caller sent it; what was searched for is slice_trim() of it. Chips' places are UTF-16 code units of `sent`.
enum err understood_json(struct app_worker *w, struct json_writer *j, const struct search_result *r, struct slice sent, bool zh);
// "readings":[{makes, models, years, attrs}]: what else the words may mean, the one used first; empty where they mean one thing.
enum err readings_json(struct app_worker *w, struct json_writer *j, const struct search_result *r);

#endif
