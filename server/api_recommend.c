// POST /v1/recommend: what this person might want, what is like a product, what is on the rise; for the car named, else the
// one in the garage, else (without any claim of fit) out of the whole catalogue.
#include "model/recommend.h"

#include "index/base/limits.h"
#include "index/filter.h"
#include "index/names.h"
#include "index/search.h"
#include "index/user.h"
#include "server/api_hit.h"
#include "server/api_search.h"

#define REASONS_PER_HIT 1 // all of them are at /v1/fitment
#define SURPLUS 10 // candidates ranked for every one wanted, so that the cap per type has something to choose from

enum recommend_model { MODEL_FOR_YOU, MODEL_SIMILAR, MODEL_TRENDING, MODEL_COUNT };
static const char *const model_names[MODEL_COUNT] = {"for_you", "similar", "trending"};

struct recommend {
    struct request *rq;
    struct app_worker *w;
    const struct json *body;
    struct knowledge k;
    struct filter filter;
    struct hit_style style;
    struct fitment fitment;
    enum recommend_model model;
    enum rank_surface surface;
    uint32_t user, product;
    uint32_t session[RANK_SESSION_MAX];
    unsigned session_count, limit, per_type;
    uint32_t *excluded;             // already in the cart
    unsigned excluded_count;
    struct recommendation *list;
    size_t count;
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
    while (r->model < MODEL_COUNT && !slice_is(model, model_names[r->model])) r->model++;
    if (r->model == MODEL_COUNT) return fault_set(why, ERR_BAD_REQUEST, "model", "model is for_you, similar or trending");
    if (!rank_surface_parse(surface, &r->surface))
        return fault_set(why, ERR_BAD_REQUEST, "surface", "surface is storefront, cockpit or batch");
    if (product.n) TRY(api_product(r->w, "product", product, &r->product, why));
    if (r->model == MODEL_SIMILAR && !r->product)
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

static enum err params(struct recommend *r, struct fault *why) {
    static const char *const keys[] = {"user", "session", "vehicle", "attrs", "market", "surface", "model", "product", "cart",
                                       "filters", "limit", "diversity", "currency", NULL};
    struct slice user = SLICE_NONE, filters = SLICE_NONE, currency = SLICE_NONE;
    int64_t limit = LIMIT_HITS_DEFAULT;
    double diversity = 1;
    TRY(json_only_keys(r->body, keys, why));
    TRY(json_get_string(r->body, "user", &user, why));
    TRY(json_get_string(r->body, "filters", &filters, why));
    TRY(json_get_string(r->body, "currency", &currency, why));
    TRY(json_get_integer(r->body, "limit", 1, LIMIT_HITS_MAX, &limit, why));
    TRY(json_get_number(r->body, "diversity", &diversity, why));
    TRY(api_currency(r->rq, &r->style.currency, why));
    if (currency.n && !currency_parse(currency, &r->style.currency))
        return fault_set(why, ERR_BAD_REQUEST, "currency", "currency is CNY or USD");
    if (!(diversity >= 0 && diversity <= 1)) return fault_set(why, ERR_BAD_REQUEST, "diversity", "diversity is 0 to 1");
    r->limit = (unsigned)limit;
    r->per_type = diversity > 0 ? (unsigned)limit / 5 + 2 : UINT32_MAX;
    TRY(model_parse(r, why));
    TRY(api_user(r->w, user, &r->user, why));
    TRY(car_parse(r, user, why));
    TRY(filter_parse(r->w->view, filters, r->style.currency, &r->filter, why));
    r->excluded = ARENA_ARRAY(&r->rq->arena, uint32_t, LIMIT_HITS_MAX);
    if (!r->excluded) return ERR_NO_MEMORY;
    TRY(product_list(r, "cart", r->excluded, LIMIT_HITS_MAX, &r->excluded_count, why));
    TRY(product_list(r, "session", r->session, RANK_SESSION_MAX, &r->session_count, why));
    r->style.k = &r->k;
    r->style.zh = api_zh(r->rq);
    r->style.reasons = REASONS_PER_HIT;
    return ERR_OK;
}

// ---- candidates -----------------------------------------------------------------------------------------------------------------
static bool excluded(const struct recommend *r, uint32_t product) {
    for (unsigned i = 0; i < r->excluded_count; i++)
        if (r->excluded[i] == product) return true;
    return product == r->product;
}

static bool keep(void *arg, uint32_t product) {
    struct recommend *r = arg;
    struct match m = {.product = product, .type = columns_facts(r->w->view, product)->type};
    return !excluded(r, product) && filter_passes(r->w->view, &r->filter, &m);
}

static enum err candidates(struct recommend *r, enum verdict least, enum verdict most, uint32_t **out, size_t *count) {
    uint32_t *list = arena_alloc(&r->rq->arena, (r->fitment.count + 1) * sizeof *list);
    if (!list) return ERR_NO_MEMORY;
    *count = 0;
    for (unsigned i = 0; i < r->fitment.count; i++) {
        const struct match *m = &r->fitment.matches[i];
        if (m->verdict < least || m->verdict > most || excluded(r, m->product)) continue;
        if (!filter_passes(r->w->view, &r->filter, m)) continue;
        list[(*count)++] = m->product;
    }
    *out = list;
    return ERR_OK;
}

static enum err list_run(struct recommend *r, struct recommend_query *q, struct recommendation *out, size_t *count) {
    switch (r->model) {
    case MODEL_SIMILAR: return recommend_similar(q, r->product, out, count);
    case MODEL_TRENDING: return recommend_trending(q, out, count);
    default: return recommend_for_you(q, out, count);
    }
}

// What certainly fits comes first; what may fit fills up the rest.
static enum err fitting_list(struct recommend *r, struct recommend_query *q) {
    static const enum verdict ranges[][2] = {{VERDICT_UNIVERSAL, VERDICT_FITS}, {VERDICT_CONDITIONAL, VERDICT_CONDITIONAL}};
    TRY(fitment_find(r->w->view, &r->k, 0, true, &r->fitment));
    for (unsigned i = 0; i < 2 && r->count < r->limit; i++) {
        uint32_t *products;
        size_t added;
        TRY(candidates(r, ranges[i][0], ranges[i][1], &products, &q->count));
        q->products = products;
        q->limit = (size_t)r->limit * SURPLUS - r->count;
        TRY(list_run(r, q, r->list + r->count, &added));
        r->count += added;
    }
    return ERR_OK;
}

// At most so many of one type, so that ten oil filters are not the whole answer; what is left over returns when the list is short.
static enum err thin_out(struct recommend *r) {
    struct recommendation *rest = arena_alloc(&r->rq->arena, (r->count + 1) * sizeof *rest);
    uint16_t *seen = ARENA_ARRAY(&r->rq->arena, uint16_t, LIMIT_TYPES);
    size_t kept = 0, left = 0;
    if (!rest || !seen) return ERR_NO_MEMORY;
    for (size_t i = 0; i < r->count; i++) {
        uint32_t type = columns_facts(r->w->view, r->list[i].product)->type % LIMIT_TYPES;
        if (seen[type] >= r->per_type) {
            rest[left++] = r->list[i];
            continue;
        }
        seen[type]++;
        r->list[kept++] = r->list[i];
    }
    for (size_t i = 0; i < left && kept < r->limit; i++) r->list[kept++] = rest[i];
    r->count = kept < r->limit ? kept : r->limit;
    return ERR_OK;
}

static enum err recommend_run(struct recommend *r) {
    struct rank_person person;
    r->list = ARENA_ARRAY(&r->rq->arena, struct recommendation, (size_t)r->limit * SURPLUS);
    if (!r->list) return ERR_NO_MEMORY;
    TRY(rank_person_load(r->w->ranker, r->w->view, r->user, r->session, r->session_count, &person));
    struct recommend_query q = {.ranker = r->w->ranker, .view = r->w->view, .person = &person, .surface = r->surface,
                                .limit = (size_t)r->limit * SURPLUS};
    if (r->k.resolved) {
        TRY(fitting_list(r, &q));
    } else if (!r->k.given) {
        q.whole_catalogue = true;
        q.keep = keep;
        q.keep_arg = r;
        TRY(list_run(r, &q, r->list, &r->count));
    }
    if (r->model == MODEL_SIMILAR) r->per_type = UINT32_MAX; // the same kind is what was asked for
    return thin_out(r);
}

// ---- output ---------------------------------------------------------------------------------------------------------------------
static const char *reason_text(enum recommend_reason reason, bool zh) {
    static const char *const texts[RECOMMEND_REASONS][2] = {
        [RECOMMEND_TASTE] = {"Like what you looked at and bought", "和您看过、买过的相近"},
        [RECOMMEND_BRAND] = {"A brand you chose before", "您选过的品牌"},
        [RECOMMEND_POPULAR] = {"Popular with other owners", "车主热销"},
        [RECOMMEND_RATED] = {"Rated highly", "好评居多"},
        [RECOMMEND_IN_STOCK] = {"In stock now", "现货"},
        [RECOMMEND_PRICE] = {"In the price range you usually choose", "符合您常选的价位"},
        [RECOMMEND_NEW] = {"New", "新品"},
        [RECOMMEND_PROMOTED] = {"Recommended by the shop", "店铺推荐"},
        [RECOMMEND_SIMILAR] = {"Often chosen by the same people", "选它的人也常选"},
        [RECOMMEND_SAME_TYPE] = {"An alternative of the same kind", "同类可替换"},
        [RECOMMEND_TRENDING] = {"On the rise", "近期上升"},
    };
    return texts[reason][zh];
}

static const struct match *match_of(const struct recommend *r, uint32_t product) {
    size_t low = 0, high = r->fitment.count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->fitment.matches[mid].product < product) low = mid + 1;
        else high = mid;
    }
    return low < r->fitment.count && r->fitment.matches[low].product == product ? &r->fitment.matches[low] : NULL;
}

static enum err answer(struct recommend *r) {
    struct json_writer j = api_begin(r->rq);
    json_key_str(&j, "model", model_names[r->model]);
    json_key_open(&j, "hits", '[');
    for (size_t i = 0; i < r->count; i++) {
        const struct match *m = match_of(r, r->list[i].product);
        struct hit hit = {.match = {.product = r->list[i].product, .quantity = 1}, .score = r->list[i].score};
        if (m) hit.match = *m;
        TRY(hit_json(r->w, &j, &hit, &r->style));
        json_key_str(&j, "reason", reason_text(r->list[i].reason, r->style.zh));
        json_close(&j, '}');
    }
    json_close(&j, ']');
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
    enum err e = recommend_run(r);
    if (e == ERR_OK) e = answer(r);
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
