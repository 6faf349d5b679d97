// api_cockpit.h: what the cockpit's stream takes from the cockpit.
#ifndef RF_SERVER_API_COCKPIT_H
#define RF_SERVER_API_COCKPIT_H

#include "server/api.h"

// The members suggestions and more of the short form for a person's car: `vehicle`, else the first of the garage; only services that are not
// in `told` (bits by place in the book), which becomes those of now. *any: there was one. Within api_read.
enum err api_cockpit_news(struct request *rq, struct app_worker *w, struct slice user, struct slice vehicle, uint64_t told[2], struct json_writer *j,
                          bool *any, struct fault *why);

#endif
