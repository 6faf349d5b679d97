#include "server/api_near.h"

#include "index/names.h"

// ---- parameters ------------------------------------------------------------------------------------------------------------------
static enum err radius_check(struct api_near *out, struct fault *why) {
    if (out->within_m > 0 && out->within_m <= NEAR_RADIUS_MAX_M) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "radius_m", "radius_m is above 0 and at most %.0f", NEAR_RADIUS_MAX_M);
}

enum err api_near_params(const struct request *rq, struct api_near *out, struct fault *why) {
    struct slice near = request_param(rq, "near");
    *out = (struct api_near){.given = near.n > 0, .within_m = NEAR_RADIUS_DEFAULT_M};
    if (!geo_datum_parse(request_param(rq, "datum"), &out->datum)) return fault_set(why, ERR_BAD_REQUEST, "datum", "datum is wgs84 or gcj02");
    TRY(request_param_number(rq, "radius_m", &out->within_m, why));
    TRY(radius_check(out, why));
    if (!out->given) return near.p ? fault_set(why, ERR_BAD_REQUEST, "near", "near is empty; it is lat,lon") : ERR_OK;
    if (!geo_parse(near, &out->at)) return fault_set(why, ERR_BAD_REQUEST, "near", "near is lat,lon within -90..90 and -180..180 degrees");
    out->at = geo_read(out->at, out->datum);
    return ERR_OK;
}

enum err api_near_json(const struct json *body, struct api_near *out, struct fault *why) {
    struct slice datum = SLICE_NONE;
    *out = (struct api_near){.within_m = NEAR_RADIUS_DEFAULT_M};
    TRY(geo_from_json(body, &out->at, &out->given, why));
    TRY(json_get_string(body, "datum", &datum, why));
    (void)geo_datum_parse(datum, &out->datum); // geo_from_json has checked it
    TRY(json_get_number(body, "radius_m", &out->within_m, why));
    return radius_check(out, why);
}

uint32_t api_make_of(const struct knowledge *k) {
    for (unsigned i = 1; i < k->vehicle_count; i++)
        if (k->vehicles[i].vehicle->make != k->vehicles[0].vehicle->make) return 0;
    return k->vehicle_count ? k->vehicles[0].vehicle->make : 0;
}

// ---- a request --------------------------------------------------------------------------------------------------------------------
static float nearness(void *fulfilment, uint32_t product) { return fulfilment_nearness(fulfilment, product); }

enum err api_near_begin(struct app_worker *w, const struct request *rq, const struct knowledge *k, const struct fitting *any,
                        enum currency currency, struct api_near *near) {
    struct fulfilment_query q = {.at = near->at, .within_m = near->within_m, .make = api_make_of(k), .now_ms = clock_unix_ms(rq->clock),
                                 .limit = near->limit, .currency = currency};
    if (!near->given) return ERR_OK;
    if (any) q.any = *any;
    TRY(fulfilment_begin(w->view, &q, &near->fulfilment));
    ranker_set_nearby(w->ranker, nearness, near->fulfilment);
    return ERR_OK;
}

void api_near_end(struct app_worker *w) { ranker_set_nearby(w->ranker, NULL, NULL); }

// ---- a workshop -------------------------------------------------------------------------------------------------------------------
static bool wanted(const struct fitting *services, uint32_t service) {
    for (unsigned i = 0; services && i < services->count; i++)
        if (services->services[i] == service) return true;
    return services == NULL;
}

static void services_json(struct app_worker *w, struct json_writer *j, const struct workshop *shop, const struct fitting *services) {
    json_key_open(j, "services", '[');
    for (unsigned i = 0; i < shop->service_count; i++) {
        uint32_t service = workshop_service(shop, i);
        if (wanted(services, service)) json_string(j, names_text(w->view, NAMES_TYPE, service));
    }
    json_close(j, ']');
}

// When it has room first, and how far its wall clock is from UTC then; without a free slot, how far it is now.
static void earliest_members(struct app_worker *w, struct json_writer *j, const struct workshop *shop, int64_t earliest_ms) {
    if (earliest_ms >= 0) json_key_int(j, "earliest", earliest_ms);
    else json_key_null(j, "earliest");
    json_key_int(j, "utc_offset", hours_offset_min(&shop->hours, earliest_ms >= 0 ? earliest_ms : clock_unix_ms(w->view->clock)));
}

static void money(struct json_writer *j, const char *key, uint32_t amount, enum currency currency) {
    json_key_open(j, key, '{');
    json_key_int(j, "amount", amount);
    json_key_str(j, "currency", currency_name(currency));
    json_close(j, '}');
}

// Where the pieces come from, who fits and who is credited, and for how much.
static void product_members(struct app_worker *w, struct json_writer *j, const struct fulfilled *f, enum currency currency) {
    json_key_str(j, "parts", part_source_name(f->source));
    api_key_text(j, "depot", names_text(w->view, NAMES_DEPOT, f->depot));
    api_key_text(j, "fulfilled_by", f->fulfilled_by);
    api_key_text(j, "credited_to", f->credited_to);
    if (!f->priced) {
        json_key_null(j, "price");
        return;
    }
    money(j, "price", f->price.amount, currency);
    if (!f->banded) return;
    money(j, "price_floor", f->price.floor, currency);
    money(j, "price_ceiling", f->price.ceiling, currency);
}

enum err api_workshop_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, const struct workshop_near *shop,
                           const struct fitting *services, const struct fulfilled *f, bool product, enum currency currency) {
    const struct workshop *s = shop->shop;
    json_open(j, '{');
    json_key_string(j, "id", s->external_id);
    json_key_string(j, "name", s->name);
    api_key_text(j, "name_zh", s->name_zh);
    api_key_text(j, "city", s->city);
    api_key_text(j, "district", s->district);
    geo_json(j, "near", s->at);
    if (near->datum == GEO_GCJ02) geo_json(j, "near_gcj02", geo_to_gcj02(s->at));
    json_key(j, "distance_m");
    json_int(j, (int64_t)(shop->distance_m + 0.5));
    services_json(w, j, s, services);
    json_key_open(j, "rating", '{');
    json_key_double(j, "value", s->rating_x100 / 100.0);
    json_key_int(j, "count", s->rating_count);
    json_close(j, '}');
    if (product && f->source != PART_NONE) json_key_int(j, "stock", f->stock);
    else json_key_null(j, "stock");
    earliest_members(w, j, s, f->earliest_ms);
    if (product) json_key_int(j, "eta_min", f->parts_minutes);
    else json_key_null(j, "eta_min");
    if (product) product_members(w, j, f, currency);
    return ERR_OK;
}

enum err api_near_hit_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, uint32_t product, unsigned quantity,
                           enum currency currency) {
    struct fulfilled f = {.near = NULL};
    if (near && near->fulfilment) TRY(fulfilment_of(near->fulfilment, product, quantity, &f));
    if (!f.near) {
        json_null(j);
        return ERR_OK;
    }
    TRY(api_workshop_json(w, j, near, f.near, &f.services, &f, true, currency));
    json_close(j, '}');
    return ERR_OK;
}

// ---- the workshops of a service ---------------------------------------------------------------------------------------------------------
// The next that does it, from `at` on, and has a free slot; f->near is NULL when there is no further one.
static enum err next_able(const struct api_near *near, uint32_t labour, unsigned *at, struct fulfilled *f) {
    for (;; ++*at) {
        TRY(fulfilment_workshop(near->fulfilment, labour, *at, &f->near));
        if (!f->near) return ERR_OK;
        TRY(fulfilment_earliest(near->fulfilment, f->near, &f->earliest_ms));
        if (f->earliest_ms >= 0) return ERR_OK;
    }
}

enum err api_near_service_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, uint32_t labour, enum currency currency) {
    struct fitting fit;
    struct fulfilled f = {.near = NULL};
    if (!near->fulfilment || !labour) return ERR_OK;
    TRY(fitting_of(w->view, labour, &fit));
    for (unsigned at = 0, told = 0; told < API_NEAR_SERVICE_WORKSHOPS; at++, told++) {
        TRY(next_able(near, labour, &at, &f));
        if (!f.near) break;
        TRY(api_workshop_json(w, j, near, f.near, &fit, &f, false, currency));
        json_close(j, '}');
    }
    return ERR_OK;
}

enum err api_near_service_short_json(struct app_worker *w, struct json_writer *j, const struct api_near *near, uint32_t labour) {
    struct fulfilled f = {.near = NULL};
    json_key(j, "workshop");
    if (near->fulfilment && labour) TRY(next_able(near, labour, &(unsigned){0}, &f));
    if (!f.near) {
        json_null(j);
        return ERR_OK;
    }
    json_open(j, '{');
    json_key_string(j, "id", f.near->shop->external_id);
    json_key(j, "distance_m");
    json_int(j, (int64_t)(f.near->distance_m + 0.5));
    earliest_members(w, j, f.near->shop, f.earliest_ms);
    json_close(j, '}');
    return ERR_OK;
}
