// api_near.h: near= in lists of products: where the customer is, and for each hit the workshop that fits it first.
//
// A handler that ranks products does three things: api_near_params() (or api_near_json() for a body), api_near_begin() between
// rank_begin() and its scoring, and `style.near = &near` for its hits. api_near_end() before rank_end(). All are no-ops without near=, so
// no handler asks whether it was given. One search per request, gone on with as far as its products and services need (index/fulfilment.h).
#ifndef RF_SERVER_API_NEAR_H
#define RF_SERVER_API_NEAR_H

#include "index/fulfilment.h"
#include "server/api.h"

struct api_near {
    bool given;
    struct geo at; // WGS-84, whatever it came in
    enum geo_datum datum;
    double within_m;
    unsigned limit; // workshops of a type to know; 0: FULFILMENT_WORKSHOPS
    struct fulfilment *fulfilment; // between api_near_begin and the end of the request; NULL without near
};
#define API_NEAR_PARAMS "near", "datum", "radius_m"

// near=lat,lon, datum=wgs84|gcj02, radius_m=. ERR_BAD_REQUEST with the parameter.
enum err api_near_params(const struct request *rq, struct api_near *out, struct fault *why);
// The members near:[lat,lon], datum and radius_m of a body.
enum err api_near_json(const struct json *body, struct api_near *out, struct fault *why);

// Finds the workshops around and makes the worker's ranker count how near each product is. `k`: the car, whose make they must take; `any`:
// the services meant where one type is sought, else NULL. Runs on any thread that has the worker.
enum err api_near_begin(struct app_worker *w, const struct request *rq, const struct knowledge *k, const struct fitting *any,
                        enum currency currency, struct api_near *near);
void api_near_end(struct app_worker *w);

// The value of a hit's member workshop: null without near, or where no workshop around can.
enum err api_near_hit_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, uint32_t product, unsigned quantity,
                           enum currency currency);
// One workshop as the contract has it, as an object left open. Its times are Unix ms; `utc_offset` is how many minutes its wall clock is from
// UTC at `earliest`. `services`: only these, as far as it offers them; NULL lists all. `f`: what it can do
// about a product; f->near is not looked at.
enum err api_workshop_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, const struct workshop_near *shop,
                           const struct fitting *services, const struct fulfilled *f, bool product, enum currency currency);
// The elements of `workshops` of a service: at most API_NEAR_SERVICE_WORKSHOPS of the nearest that do `labour` (a type; 0: nobody is
// needed) and have a free slot, which is `earliest`, nearest first. None without near.
enum { API_NEAR_SERVICE_WORKSHOPS = 3, API_NEAR_SERVICES_KNOWN = 48 };
enum err api_near_service_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, uint32_t labour, enum currency currency);
// The member `workshop`, the first of them as {id, distance_m, earliest, utc_offset}, or null.
enum err api_near_service_short_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, uint32_t labour);
// The make that all cars of K have; 0: none, or several.
uint32_t api_make_of(const struct knowledge *k);

#endif
