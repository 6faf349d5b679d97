// GET /v1/suggest: one typeahead for everything: vehicles, product types, products. Completed queries are learnt from search
// events and stay empty until some are.
#include "index/base/limits.h"
#include "index/lexicon.h"
#include "index/names.h"
#include "index/search.h"
#include "index/text.h"
#include "index/vehicle_suggest.h"
#include "index/vocabulary.h"
#include "server/api_hit.h"
#include "server/api_search.h"

#define EACH_MAX 10
#define EACH_DEFAULT 5
#define PRODUCTS_RANKED 2000 // of a word's many products, the first so many compete

struct suggest {
    struct request *rq;
    struct app_worker *w;
    struct slice q;
    struct knowledge k;
    enum currency currency;
    uint8_t market;
    uint32_t user;
    unsigned limit;
};

static enum err vehicles_json(struct suggest *s, struct json_writer *j) {
    struct vehicle_suggestion list[EACH_MAX];
    unsigned count;
    TRY(vehicle_suggest(s->w->view, s->q, s->market, s->limit, list, &count));
    json_key_open(j, "vehicles", '[');
    TRY(api_suggested(s->w, j, list, count));
    json_close(j, ']');
    return ERR_OK;
}

static enum err types_json(struct suggest *s, struct json_writer *j) {
    uint32_t types[EACH_MAX];
    unsigned count;
    struct slice folded;
    TRY(text_fold(s->w->view->arena, s->q, &folded));
    TRY(lexicon_prefix(s->w->view, folded, LEXICON_TYPE, types, s->limit, &count));
    json_key_open(j, "types", '[');
    for (unsigned i = 0; i < count; i++) {
        struct type_info type;
        if (type_load(s->w->view, types[i], &type) != ERR_OK) continue;
        json_open(j, '{');
        json_key_string(j, "id", type.slug);
        json_key_string(j, "name", type.name);
        json_key_string(j, "name_zh", type.name_zh);
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

static enum err products_rank(struct suggest *s, const struct search_result *r, struct hit **out, size_t *count) {
    struct arena *a = s->w->view->arena;
    struct rank_person person;
    *count = r->count < PRODUCTS_RANKED ? r->count : PRODUCTS_RANKED;
    uint32_t *products = arena_alloc(a, (*count + 1) * sizeof *products);
    float *scores = arena_alloc(a, (*count + 1) * sizeof *scores);
    *out = arena_alloc(a, (*count + 1) * sizeof **out);
    if (!products || !scores || !*out) return ERR_NO_MEMORY;
    for (size_t i = 0; i < *count; i++) products[i] = r->hits[i].match.product;
    TRY(rank_person_load(s->w->ranker, s->w->view, s->user, NULL, 0, &person));
    TRY(rank_score(s->w->ranker, s->w->view, &person, RANK_STOREFRONT, products, *count, scores, NULL));
    for (size_t i = 0; i < *count; i++) (*out)[i] = (struct hit){r->hits[i].match, scores[i]};
    return hits_order(s->w->view, *out, *count, NULL, s->limit);
}

static enum err products_json(struct suggest *s, struct json_writer *j, struct fault *why) {
    struct filter none = {0};
    struct search_query query = {.q = s->q, .k = &s->k, .filter = &none};
    struct search_result result;
    struct hit *hits;
    size_t count;
    TRY(search_run(s->w->view, &query, &result, why));
    TRY(products_rank(s, &result, &hits, &count));
    json_key_open(j, "products", '[');
    for (size_t i = 0; i < count && i < s->limit; i++) {
        struct product p;
        TRY(product_load(s->w->view, hits[i].match.product, &p));
        json_open(j, '{');
        product_json_members(s->w->view, j, &p, s->currency);
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

static enum err suggest_json(struct suggest *s, struct fault *why) {
    struct json_writer j = api_begin(s->rq);
    json_key_open(&j, "queries", '[');
    json_close(&j, ']');
    TRY(vehicles_json(s, &j));
    TRY(types_json(s, &j));
    TRY(products_json(s, &j, why));
    json_key_int(&j, "took_us", (int64_t)request_took_us(s->rq));
    return api_end(s->rq, &j);
}

static enum err suggest_read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct suggest s = {.rq = rq, .w = w, .q = slice_trim(request_param(rq, "q"))};
    struct slice market;
    int64_t limit = EACH_DEFAULT;
    if (s.q.n == 0 || s.q.n > LIMIT_QUERY_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "q", "q has 1 to %d bytes", LIMIT_QUERY_BYTES);
    TRY(request_param_int(rq, "limit", 1, EACH_MAX, &limit, why));
    TRY(api_market(rq, w, &market, why));
    TRY(api_knowledge(rq, w, &s.k, why));
    TRY(api_currency(rq, &s.currency, why));
    TRY(api_user(w, request_param(rq, "user"), &s.user, why));
    s.limit = (unsigned)limit;
    s.market = api_market_bit(market);
    rank_begin(w->ranker);
    enum err e = suggest_json(&s, why);
    rank_end(w->ranker);
    return e;
}

const char *const api_suggest_params[] = {"q", "vehicle", "attrs", "user", "market", "limit", "lang", "currency", NULL};

enum err api_suggest(struct request *rq, struct fault *why) {
    return api_read(rq, why, suggest_read);
}
