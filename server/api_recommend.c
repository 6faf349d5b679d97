// POST /v1/recommend: what this person might want, what goes with, is like or is bought with a product, what is on the rise; for the
// car named, else the one in the garage, else (without any claim of fit) out of the whole catalogue.
#include "server/api_recommend.h"

#include "index/base/limits.h"
#include "index/filter.h"
#include "index/names.h"
#include "index/search.h"
#include "index/user.h"
#include "model/interactions.h"
#include "model/replenish.h"
#include "server/api_near.h"
#include "server/api_search.h"

#define REASONS_PER_HIT 1 // all of them are at /v1/fitment
#define SURPLUS 5         // candidates ranked for every one wanted, so that variety has something to choose from,
#define POOL_MAX 300      // up to so many
#define DIVERSITY_DEFAULT 0.1
#define ABOUT_GUESSED 5   // of a session's newest, where nothing is said to be in view

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
    uint32_t user, product;
    uint32_t session[RANK_SESSION_MAX];
    uint32_t *cart;
    unsigned event_count, session_count, cart_count, limit;
    bool explain, tiered;
    struct recommendation *list;
    uint8_t *tiers;             // of the list's, by place
    size_t count, certain;      // of the list; of those that certainly fit, which come first
};

// ---- parameters -----------------------------------------------------------------------------------------------------------------
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

static enum err params(struct recommend *r, struct fault *why) {
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
    TRY(style_parse(r, why));
    r->cart = ARENA_ARRAY(&r->rq->arena, uint32_t, LIMIT_HITS_MAX);
    if (!r->cart) return ERR_NO_MEMORY;
    TRY(product_list(r, "cart", r->cart, LIMIT_HITS_MAX, &r->cart_count, why));
    TRY(product_list(r, "session", r->session, RANK_SESSION_MAX, &r->session_count, why));
    if (r->user) TRY(event_recent(r->w->view, r->user, LIMIT_USER_EVENTS, &r->events, &r->event_count));
    return about_gather(r, why);
}

// ---- what is not needed again yet --------------------------------------------------------------------------------------------------
static const struct match *match_of(const struct recommend *r, uint32_t product) {
    size_t low = 0, high = r->fitment.count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->fitment.matches[mid].product < product) low = mid + 1;
        else high = mid;
    }
    return low < r->fitment.count && r->fitment.matches[low].product == product ? &r->fitment.matches[low] : NULL;
}

// Whether something was bought for the car asked about: the event says so, or names no base vehicle (a VIN) and the product may fit it.
static bool for_this_car(const struct recommend *r, const struct replenish_item *item) {
    struct slice rest = item->vehicle, named = slice_cut(&rest, '~');
    uint32_t vehicle;
    if (!r->k.resolved) return false;
    for (unsigned i = 0; i < r->k.vehicle_count; i++)
        if (slice_eq(named, r->k.vehicles[i].vehicle->slug)) return true;
    if (named.n && vehicle_find(r->w->view, named, &vehicle) == ERR_OK) return false;
    return item->product == 0 || match_of(r, item->product);
}

static enum err bought_load(struct recommend *r) {
    TRY(replenish_load(r->w->view, r->events, r->event_count, &r->bought));
    if (r->bought.count == 0 || r->q.model == RECOMMEND_SIMILAR) return ERR_OK; // who looks at one wants to see its like
    r->types_bought = ARENA_ARRAY(&r->rq->arena, bool, LIMIT_TYPES + 1);
    if (!r->types_bought) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < r->bought.count; i++) {
        const struct replenish_item *item = &r->bought.items[i];
        if (item->wears && item->type <= LIMIT_TYPES && for_this_car(r, item)) r->types_bought[item->type] = true;
    }
    return ERR_OK;
}

// Whether what was bought of this type is for another place on the car than the candidate.
static bool for_another_position(const struct recommend *r, uint32_t type, const struct match *m) {
    bool other = false;
    for (unsigned i = 0; i < r->bought.count; i++) {
        const struct replenish_item *item = &r->bought.items[i];
        if (item->type != type || !item->wears || !for_this_car(r, item)) continue;
        const struct match *own = item->product ? match_of(r, item->product) : NULL;
        if (!own || !own->position || !m->position || own->position == m->position) return false;
        other = true;
    }
    return other;
}

static bool bought_lately(const struct recommend *r, const struct match *m) {
    for (unsigned i = 0; i < r->bought.count; i++)
        if (r->bought.items[i].product == m->product) return true;
    return r->types_bought && m->type <= LIMIT_TYPES && r->types_bought[m->type] && !for_another_position(r, m->type, m);
}

// Of the product similar is about and a candidate of its type: whether they are for different places on the car.
static bool elsewhere_on_the_car(const struct recommend *r, const struct match *m) {
    const struct match *own = r->q.model == RECOMMEND_SIMILAR ? match_of(r, r->product) : NULL;
    return own && own->type == m->type && own->position && m->position && own->position != m->position;
}

// ---- candidates -----------------------------------------------------------------------------------------------------------------
static bool passes(const struct recommend *r, const struct match *m) {
    for (unsigned i = 0; i < r->cart_count; i++)
        if (r->cart[i] == m->product) return false;
    if (m->product == r->product || (r->bought.count && bought_lately(r, m)) || elsewhere_on_the_car(r, m)) return false;
    return r->filter.term_count == 0 || filter_passes(r->w->view, &r->filter, m);
}

static bool keep(void *arg, uint32_t product) {
    struct recommend *r = arg;
    struct match m = {.product = product, .type = columns_facts(r->w->view, product)->type};
    return passes(r, &m);
}

static enum err candidates(struct recommend *r, enum verdict least, enum verdict most) {
    uint32_t *list = arena_alloc(&r->rq->arena, (r->fitment.count + 1) * sizeof *list);
    if (!list) return ERR_NO_MEMORY;
    r->q.count = 0;
    for (unsigned i = 0; i < r->fitment.count; i++) {
        const struct match *m = &r->fitment.matches[i];
        if (m->verdict >= least && m->verdict <= most && passes(r, m)) list[r->q.count++] = m->product;
    }
    r->q.products = list;
    return ERR_OK;
}

// What certainly fits comes first; what may fit fills up the rest.
static enum err fitting_list(struct recommend *r, size_t pool) {
    static const enum verdict ranges[][2] = {{VERDICT_UNIVERSAL, VERDICT_FITS}, {VERDICT_CONDITIONAL, VERDICT_CONDITIONAL}};
    for (unsigned i = 0; i < 2 && r->count < r->limit; i++) {
        size_t added;
        TRY(candidates(r, ranges[i][0], ranges[i][1]));
        r->q.limit = pool - r->count;
        TRY(recommend_list(&r->q, r->list + r->count, &added));
        r->count += added;
        if (i == 0) r->certain = added;
    }
    return ERR_OK;
}

static enum err whole_list(struct recommend *r, size_t pool) {
    r->q.whole_catalogue = true;
    r->q.keep = keep;
    r->q.keep_arg = r;
    r->q.limit = pool;
    TRY(recommend_list(&r->q, r->list, &r->count));
    r->certain = r->count;
    return ERR_OK;
}

// ---- the list ---------------------------------------------------------------------------------------------------------------------
static bool of_one_type(const struct recommend *r) {
    for (size_t i = 1; i < r->count; i++)
        if (columns_facts(r->w->view, r->list[i].product)->type != columns_facts(r->w->view, r->list[0].product)->type) return false;
    return r->count > 0;
}

// Similar: those of its type come before all others, whatever variety says.
static size_t leading_of_type(const struct recommend *r, uint32_t type) {
    size_t n = 0;
    while (n < r->certain && columns_facts(r->w->view, r->list[n].product)->type == type) n++;
    return n;
}

static enum err order(struct recommend *r) {
    bool one_type = of_one_type(r);
    if (one_type) r->variety.per_type = UINT32_MAX;
    if (r->q.model == RECOMMEND_SIMILAR) r->certain = leading_of_type(r, columns_facts(r->w->view, r->product)->type);
    TRY(recommend_vary(&r->q, &r->variety, r->list, r->count, r->certain, r->limit));
    bool single = one_type && r->filter.term_count > 0;
    if (r->tiered || single) {
        r->tiers = ARENA_ARRAY(&r->rq->arena, uint8_t, r->count + 1);
        if (!r->tiers) return ERR_NO_MEMORY;
        TRY(recommend_tiers(&r->q, r->list, r->count, r->tiers));
    }
    if (single && r->variety.lambda > 0.0f) recommend_tiers_lead(r->list, r->tiers, r->certain); // diversity 0: by score alone
    r->count = r->count < r->limit ? r->count : r->limit;
    return ERR_OK;
}

static enum err recommend_run(struct recommend *r) {
    size_t pool = (size_t)r->limit * SURPLUS < POOL_MAX ? (size_t)r->limit * SURPLUS : POOL_MAX;
    r->list = ARENA_ARRAY(&r->rq->arena, struct recommendation, pool + 1);
    if (!r->list) return ERR_NO_MEMORY;
    TRY(rank_person_load(r->w->ranker, r->w->view, r->user, r->session, r->session_count, &r->person));
    r->q.ranker = r->w->ranker;
    r->q.view = r->w->view;
    r->q.person = &r->person;
    TRY(recommend_prepare(&r->q));
    if (r->k.resolved) TRY(fitment_find(r->w->view, &r->k, 0, true, &r->fitment));
    TRY(bought_load(r));
    if (r->k.resolved) TRY(fitting_list(r, pool));
    else if (!r->k.given) TRY(whole_list(r, pool));
    return order(r);
}

// ---- output ---------------------------------------------------------------------------------------------------------------------
static bool fits_car(void *arg, uint32_t product) {
    const struct match *m = match_of(arg, product);
    return m && m->verdict == VERDICT_FITS;
}

static enum err hits(struct recommend *r, struct json_writer *j) {
    struct recommend_why *why = ARENA_ARRAY(&r->rq->arena, struct recommend_why, r->count + 1);
    struct reason_style style = {r->style.zh, r->explain, r->q.about_count ? r->q.about[0] : 0, fits_car, r};
    if (!why) return ERR_NO_MEMORY;
    TRY(recommend_explain(&r->q, r->list, r->count, why));
    json_key_open(j, "hits", '[');
    for (size_t i = 0; i < r->count; i++) {
        const struct match *m = match_of(r, r->list[i].product);
        struct hit hit = {.match = {.product = r->list[i].product, .quantity = 1}, .score = r->list[i].score};
        if (m) hit.match = *m;
        TRY(hit_json(r->w, j, &hit, &r->style));
        TRY(recommend_reason_json(r->w, j, &r->list[i], &why[i], &style));
        if (r->tiers) api_key_text(j, "tier", slice_str(recommend_tier_name(r->tiers[i]) ? recommend_tier_name(r->tiers[i]) : ""));
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

// What was left out because it was bought and is not due again.
static enum err excluded_json(const struct recommend *r, struct json_writer *j) {
    json_key_open(j, "excluded", '[');
    for (unsigned i = 0; i < r->bought.count; i++) {
        const struct replenish_item *item = &r->bought.items[i];
        json_open(j, '{');
        json_key(j, "product");
        if (item->product && !(columns_facts(r->w->view, item->product)->flags & FACT_DELETED)) TRY(product_id_json(r->w->view, j, item->product));
        else json_null(j);
        api_key_text(j, "type", names_text(r->w->view, NAMES_TYPE, item->type));
        json_key_bool(j, "alternatives", item->type <= LIMIT_TYPES && r->types_bought && r->types_bought[item->type] && for_this_car(r, item));
        json_key_str(j, "why", r->style.zh ? "已购买，尚未到更换周期" : "Bought, and not worn out yet");
        json_key_int(j, "bought_at", item->bought_ms);
        json_key_int(j, "due_at", item->due_ms);
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

static enum err answer(struct recommend *r) {
    struct json_writer j = api_begin(r->rq);
    json_key_str(&j, "model", recommend_model_name(r->q.model));
    TRY(hits(r, &j));
    if (r->explain) TRY(excluded_json(r, &j));
    api_query_members(r->rq, &j);
    json_close(&j, '}');
    return r->rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- the handler ------------------------------------------------------------------------------------------------------------------
static enum err recommend_read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct recommend *r = ARENA_NEW(&rq->arena, struct recommend);
    if (!r) return ERR_NO_MEMORY;
    r->rq = rq;
    r->w = w;
    TRY(request_json(rq, &r->body, why)); // parsed on the loop already
    TRY(params(r, why));
    rank_begin(w->ranker);
    enum err e = api_near_begin(w, rq, &r->k, NULL, r->style.currency, &r->near);
    if (e == ERR_OK) e = recommend_run(r);
    if (e == ERR_OK) e = answer(r);
    api_near_end(w);
    rank_end(w->ranker);
    return e;
}

static enum err recommend_work(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, recommend_read);
}

const char *const api_recommend_params[] = {"lang", "currency", "market", NULL};

// All that fits a car, or the whole catalogue, is scored: more than a loop may spend on one request.
enum err api_recommend(struct request *rq, struct fault *why) {
    const struct json *body;
    TRY(request_json(rq, &body, why));
    return request_compute(rq, recommend_work, api_answered, why);
}
