#include "index/assortment.h"
#include "index/attribute.h"
#include "index/base/limits.h"
#include "index/user.h"
#include "model/interactions.h"
#include "server/api_recommend.h"
#include "server/api_search.h"

#define REASONS_PER_HIT 1 // all of them are at /v1/fitment
#define DIVERSITY_DEFAULT 0.1
#define ABOUT_GUESSED 5   // of a session's newest, where nothing is said to be in view

static enum err product_list(struct recommend *r, const char *field, uint32_t *out, unsigned max, unsigned *count, struct fault *why) {
    const struct json *list = NULL;
    TRY(json_get_array(r->body, field, &list, why));
    *count = 0;
    if (list && list->count > max) return fault_set(why, ERR_BAD_REQUEST, field, "%s has at most %u products", field, max);
    for (size_t i = 0; list && i < list->count; i++) {
        if (list->items[i].type != JSON_STRING) return fault_set(why, ERR_BAD_REQUEST, field, "%s is a list of product ids", field);
        TRY(api_product(r->w, field, list->items[i].string, &out[(*count)++], why));
    }
    return ERR_OK;
}

static enum err model_parse(struct recommend *r, struct fault *why) {
    struct slice model = SLICE("for_you"), surface = SLICE("storefront"), product = SLICE_NONE;
    TRY(json_get_string(r->body, "model", &model, why));
    TRY(json_get_string(r->body, "surface", &surface, why));
    TRY(json_get_string(r->body, "product", &product, why));
    if (!recommend_model_parse(model, &r->q.model))
        return fault_set(why, ERR_BAD_REQUEST, "model", "model is for_you, related, similar, bought_together or trending");
    if (!rank_surface_parse(surface, &r->q.surface))
        return fault_set(why, ERR_BAD_REQUEST, "surface", "surface is storefront, cockpit or batch");
    if (product.n) TRY(api_product(r->w, "product", product, &r->product, why));
    if (r->q.model == RECOMMEND_SIMILAR && !r->product)
        return fault_set(why, ERR_BAD_REQUEST, "product", "similar needs the product it is about");
    return ERR_OK;
}

// The car named in the body; without one the first of the person's garage.
static enum err car_parse(struct recommend *r, struct slice user, struct fault *why) {
    TRY(api_knowledge_json(r->rq, r->w, r->body, &r->k, why));
    if (r->k.given || !r->user || user.n == 0) return ERR_OK;
    struct user *person;
    TRY(user_load(r->w->view, r->user, &person));
    if (person->garage_count == 0) return ERR_OK;
    struct fault ignored = {0}; // a garage car that is gone is as good as none
    enum err e = api_knowledge_of(r->rq, r->w, person->garage[0].vehicle, person->garage[0].attrs, SLICE_NONE, &r->k, &ignored);
    if (e == ERR_BAD_REQUEST) r->k = (struct knowledge){0};
    return e == ERR_BAD_REQUEST ? ERR_OK : e;
}

// Whose trends: of the market asked for, else of the car's, else of the server's.
static enum err market_parse(struct recommend *r, struct fault *why) {
    struct slice asked = SLICE_NONE, market;
    struct knowledge *k = &r->k;
    uint8_t of_cars = 0;
    if (r->q.model != RECOMMEND_TRENDING) return ERR_OK;
    TRY(api_market(r->rq, r->w, &market, why));
    TRY(json_get_string(r->body, "market", &asked, why));
    if (asked.n && attribute_normalise(r->w->view, SLICE("market"), asked, &market) != ERR_OK)
        return fault_set(why, ERR_BAD_REQUEST, "market", "no market is called '%.*s'", SLICE_ARGS(asked));
    r->q.market = market_of_bits(api_market_bit(market));
    for (unsigned i = 0; i < k->vehicle_count; i++) of_cars |= vehicle_markets(r->w->view, k->vehicles[i].vehicle, k->vehicles[i].possible);
    bool said = asked.n || request_param(r->rq, "market").p || (assortment_view(r->w->view) && assortment_view(r->w->view)->market.n);
    if (!said && market_of_bits(of_cars) != MARKET_ANY) r->q.market = market_of_bits(of_cars);
    return ERR_OK;
}

static enum err variety_parse(struct recommend *r, struct fault *why) {
    double diversity = DIVERSITY_DEFAULT;
    TRY(json_get_number(r->body, "diversity", &diversity, why));
    if (!(diversity >= 0 && diversity <= 1)) return fault_set(why, ERR_BAD_REQUEST, "diversity", "diversity is 0 to 1");
    r->variety = (struct recommend_variety){(float)diversity, UINT32_MAX, UINT32_MAX};
    if (diversity <= 0) return ERR_OK;
    r->variety.per_brand = r->limit / 3 + 2;
    if (r->q.model != RECOMMEND_SIMILAR) r->variety.per_type = r->limit / 5 + 2; // the same kind is what similar was asked for
    return ERR_OK;
}

static enum err style_parse(struct recommend *r, struct fault *why) {
    struct slice filters = SLICE_NONE, currency = SLICE_NONE;
    TRY(json_get_string(r->body, "filters", &filters, why));
    TRY(json_get_string(r->body, "currency", &currency, why));
    TRY(json_get_bool(r->body, "explain", &r->explain, why));
    TRY(json_get_bool(r->body, "tiers", &r->tiered, why));
    TRY(api_currency(r->rq, &r->style.currency, why));
    if (currency.n && !currency_parse(currency, &r->style.currency))
        return fault_set(why, ERR_BAD_REQUEST, "currency", "currency is CNY or USD");
    r->style.k = &r->k;
    r->style.zh = api_zh(r->rq);
    r->style.reasons = REASONS_PER_HIT;
    r->style.near = &r->near;
    TRY(api_near_json(r->body, &r->near, why));
    return filter_parse(r->w->view, filters, r->style.currency, &r->filter, why);
}

// What related and bought_together are about: the product in view and the cart, else the session's newest, else what the person did last.
static enum err about_gather(struct recommend *r, struct fault *why) {
    uint32_t *about = ARENA_ARRAY(&r->rq->arena, uint32_t, RECOMMEND_ABOUT_MAX);
    unsigned n = 0;
    if (!about) return ERR_NO_MEMORY;
    r->q.about = about;
    if (r->q.model == RECOMMEND_FOR_YOU || r->q.model == RECOMMEND_TRENDING) return ERR_OK;
    if (r->product) about[n++] = r->product;
    for (unsigned i = 0; i < r->cart_count && r->q.model != RECOMMEND_SIMILAR; i++) about[n++] = r->cart[i];
    for (unsigned i = r->session_count; n < ABOUT_GUESSED && i > 0 && !r->product && !r->cart_count; i--) about[n++] = r->session[i - 1];
    for (unsigned i = 0; n == 0 && i < r->event_count; i++)
        if (r->events[i].product && interaction_weight(r->events[i].type, r->events[i].value) > 0.0f) about[n++] = r->events[i].product;
    r->q.about_count = n;
    if (n == 0)
        return fault_set(why, ERR_BAD_REQUEST, "product", "%s needs a product, a cart or a session", recommend_model_name(r->q.model));
    return ERR_OK;
}

enum err recommend_params(struct recommend *r, struct fault *why) {
    static const char *const keys[] = {"user", "session", "vehicle", "attrs", "market", "surface", "model", "product", "cart",
                                       "filters", "limit", "diversity", "currency", "explain", "tiers", API_NEAR_PARAMS, NULL};
    struct slice user = SLICE_NONE;
    int64_t limit = LIMIT_HITS_DEFAULT;
    TRY(json_only_keys(r->body, keys, why));
    TRY(json_get_string(r->body, "user", &user, why));
    TRY(json_get_integer(r->body, "limit", 1, LIMIT_HITS_MAX, &limit, why));
    r->limit = (unsigned)limit;
    TRY(model_parse(r, why));
    TRY(variety_parse(r, why));
    TRY(api_user(r->w, user, &r->user, why));
    TRY(car_parse(r, user, why));
    TRY(market_parse(r, why));
    TRY(style_parse(r, why));
    r->cart = ARENA_ARRAY(&r->rq->arena, uint32_t, LIMIT_HITS_MAX);
    if (!r->cart) return ERR_NO_MEMORY;
    TRY(product_list(r, "cart", r->cart, LIMIT_HITS_MAX, &r->cart_count, why));
    TRY(product_list(r, "session", r->session, RANK_SESSION_MAX, &r->session_count, why));
    if (r->user) TRY(event_recent(r->w->view, r->user, LIMIT_USER_EVENTS, &r->events, &r->event_count));
    return about_gather(r, why);
}
