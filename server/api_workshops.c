// api_workshops.c: GET /v1/workshops: the nearest that can do what is asked, each with when. GET /v1/workshops/{id}: one of them as it was
// put; its slots of a day.
#include "index/base/limits.h"
#include "server/api_near.h"
#include "server/api_routes.h"

struct finding {
    struct request *rq;
    struct app_worker *w;
    struct api_near near;
    struct fulfilment_query query;
    uint32_t product;
    unsigned quantity;
    struct api_page page;
};

// ---- parameters --------------------------------------------------------------------------------------------------------------------
static enum err service_param(struct finding *f, struct fault *why) {
    struct slice text = request_param(f->rq, "service");
    struct type_info info;
    uint32_t type;
    if (text.n == 0) return ERR_OK;
    TRY(api_type(f->w, "service", text, &type, why));
    enum err e = type_load(f->w->view, type, &info);
    if (e == ERR_OK && (info.kind == KIND_SERVICE || info.kind == KIND_PACKAGE)) {
        f->query.any = (struct fitting){1, {type}};
        return ERR_OK;
    }
    return e == ERR_OK ? fault_set(why, ERR_BAD_REQUEST, "service", "'%.*s' is no service", SLICE_ARGS(text)) : e;
}

// A product without a service means those that fit it; with one, that must be among them.
static enum err product_param(struct finding *f, struct fault *why) {
    struct fitting fits;
    bool among = f->query.any.count == 0;
    if (request_param(f->rq, "product").n == 0) return ERR_OK;
    TRY(api_product(f->w, "product", request_param(f->rq, "product"), &f->product, why));
    TRY(fitting_of(f->w->view, columns_facts(f->w->view, f->product)->type, &fits));
    if (fits.count == 0) return fault_set(why, ERR_BAD_REQUEST, "product", "no service fits this product; it needs no workshop");
    for (unsigned i = 0; i < fits.count; i++) among |= f->query.any.count && fits.services[i] == f->query.any.services[0];
    if (!among) return fault_set(why, ERR_BAD_REQUEST, "service", "this service does not fit the product");
    if (f->query.any.count == 0) f->query.any = fits;
    return ERR_OK;
}

static enum err make_param(struct finding *f, struct fault *why) {
    struct slice make = request_param(f->rq, "make");
    struct knowledge k;
    if (request_param(f->rq, "vehicle").n) {
        if (make.n) return fault_set(why, ERR_BAD_REQUEST, "make", "a vehicle has its make already");
        TRY(api_knowledge(f->rq, f->w, &k, why));
        f->query.make = api_make_of(&k);
        return ERR_OK;
    }
    if (make.n == 0) return ERR_OK;
    enum err e = make_find(f->w->view, make, &f->query.make);
    return e == ERR_NOT_FOUND ? fault_set(why, ERR_BAD_REQUEST, "make", "no make is called '%.*s'", SLICE_ARGS(make)) : e;
}

static enum err time_param(const struct request *rq, const char *name, int64_t *out, struct fault *why) {
    struct slice text = request_param(rq, name);
    if (!text.p || clock_parse_ms(text, out)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, name, "%s is RFC 3339 or Unix milliseconds", name);
}

static enum err params(struct finding *f, struct fault *why) {
    int64_t in_stock = 0, quantity = 1;
    f->query = (struct fulfilment_query){.now_ms = clock_unix_ms(f->rq->clock)};
    TRY(api_near_params(f->rq, &f->near, why));
    if (!f->near.given) return fault_set(why, ERR_BAD_REQUEST, "near", "near is missing; it is lat,lon");
    TRY(service_param(f, why));
    TRY(product_param(f, why));
    TRY(make_param(f, why));
    TRY(time_param(f->rq, "open_at", &f->query.open_at_ms, why));
    TRY(request_param_int(f->rq, "in_stock", 0, 1, &in_stock, why));
    TRY(request_param_int(f->rq, "quantity", 1, HOLD_QUANTITY_MAX, &quantity, why));
    if (in_stock && !f->product) return fault_set(why, ERR_BAD_REQUEST, "in_stock", "in_stock needs a product");
    TRY(api_page(f->rq, &f->page, why));
    TRY(api_currency(f->rq, &f->query.currency, why));
    f->query.in_stock = in_stock ? f->product : 0;
    f->quantity = (unsigned)quantity;
    f->query.at = f->near.at;
    f->query.within_m = f->near.within_m;
    // Those that have no free slot, or no way to the pieces, are left out; so a few more are looked at.
    f->query.limit = f->page.limit + f->page.limit / 2 + 4;
    return ERR_OK;
}

// ---- the list -----------------------------------------------------------------------------------------------------------------------
// What one of them can do, and when; *able is false when it has nothing to offer.
static enum err ability(struct finding *f, const struct workshop_near *shop, struct fulfilled *out, bool *able) {
    if (f->product) {
        TRY(fulfilment_at(f->near.fulfilment, shop, f->product, f->quantity, out));
        *able = out->near != NULL;
        return ERR_OK;
    }
    *out = (struct fulfilled){.near = NULL};
    TRY(fulfilment_earliest(f->near.fulfilment, shop, &out->earliest_ms));
    *able = out->earliest_ms >= 0;
    return ERR_OK;
}

static enum err one_json(struct finding *f, struct json_writer *j, const struct workshop_near *shop, const struct fulfilled *does) {
    TRY(api_workshop_json(f->w, j, &f->near, shop, NULL, does, f->product != 0, f->query.currency));
    json_key_bool(j, "open", hours_open(&shop->shop->hours, f->query.now_ms));
    json_close(j, '}');
    return ERR_OK;
}

static enum err list(struct request *rq, struct app_worker *w, struct fault *why) {
    struct finding f = {.rq = rq, .w = w};
    const struct workshop_near *shop;
    unsigned shown = 0;
    TRY(params(&f, why));
    TRY(fulfilment_begin(w->view, &f.query, &f.near.fulfilment));
    struct json_writer j = api_begin(rq);
    json_key_open(&j, "workshops", '[');
    for (unsigned i = 0; shown < f.page.limit; i++) {
        struct fulfilled does;
        bool able;
        TRY(fulfilment_workshop(f.near.fulfilment, 0, i, &shop));
        if (!shop) break;
        TRY(ability(&f, shop, &does, &able));
        if (!able) continue;
        TRY(one_json(&f, &j, shop, &does));
        shown++;
    }
    json_close(&j, ']');
    json_key_bool(&j, "partial", fulfilment_partial(f.near.fulfilment));
    api_query_members(rq, &j);
    return api_end(rq, &j);
}
enum err api_workshops_list(struct request *rq, struct fault *why) { return api_read(rq, why, list); }

// ---- one ------------------------------------------------------------------------------------------------------------------------------
static enum err get(struct request *rq, struct app_worker *w, struct fault *why) {
    struct workshop shop;
    TRY(workshop_shown_named(w->view, rq->captures[0], &shop, why));
    struct json_writer j = api_begin(rq);
    workshop_json_members(w->view, &j, &shop);
    return api_end(rq, &j);
}
enum err api_workshop_get(struct request *rq, struct fault *why) { return api_read(rq, why, get); }

static enum err slots(struct request *rq, struct app_worker *w, struct fault *why) {
    struct workshop shop;
    struct slot *list_of_day = ARENA_ARRAY(&rq->arena, struct slot, SLOTS_OF_DAY_MAX);
    int64_t now_ms = clock_unix_ms(rq->clock), day_ms;
    unsigned count;
    if (!list_of_day) return ERR_NO_MEMORY;
    TRY(workshop_shown_named(w->view, rq->captures[0], &shop, why));
    day_ms = now_ms + hours_offset_min(&shop.hours, now_ms) * INT64_C(60000); // today on its wall
    TRY(time_param(rq, "date", &day_ms, why));
    if (day_ms < 0 || day_ms > now_ms + (SLOT_AHEAD_DAYS + 1) * INT64_C(86400000))
        return fault_set(why, ERR_BAD_REQUEST, "date", "date is at most %d days ahead", SLOT_AHEAD_DAYS);
    TRY(slots_of_day(w->view->snapshot, &shop, day_ms, now_ms, list_of_day, &count));
    struct json_writer j = api_begin(rq);
    json_key_string(&j, "workshop", shop.external_id);
    json_key_int(&j, "slot_minutes", shop.slot_minutes);
    json_key_int(&j, "utc_offset", hours_offset_min(&shop.hours, day_ms));
    json_key_open(&j, "slots", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(&j, '{');
        json_key_int(&j, "start", list_of_day[i].start_ms);
        json_key_int(&j, "utc_offset", hours_offset_min(&shop.hours, list_of_day[i].start_ms)); // it may change within the day
        json_key_int(&j, "capacity", shop.bays);
        json_key_int(&j, "free", list_of_day[i].taken < shop.bays ? shop.bays - list_of_day[i].taken : 0);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    return api_end(rq, &j);
}
enum err api_workshop_slots(struct request *rq, struct fault *why) { return api_read(rq, why, slots); }
