// GET /v1/suggest: one typeahead for everything: completed queries, vehicles, product types, products. Every part looks at a bounded
// number of candidates, so that one key stroke costs tens of microseconds on any catalogue.
#include "index/base/limits.h"
#include "index/names.h"
#include "index/number_search.h"
#include "index/query_suggest.h"
#include "index/text.h"
#include "index/type_suggest.h"
#include "index/vocabulary.h"
#include "index/words.h"
#include "server/api_highlight.h"
#include "server/api_hit.h"
#include "server/api_search.h"

#define EACH_MAX 10
#define EACH_DEFAULT 5
#define PRODUCTS_LOOKED_AT 512 // of a word, a number's beginning or a type the first so many compete
#define VERDICTS_MAX 12        // of a car, for products found by words
#define MARKS_MAX 8

struct suggest {
    struct request *rq;
    struct app_worker *w;
    struct slice q, folded;
    struct knowledge k;
    enum currency currency;
    uint8_t market;
    uint32_t user;
    unsigned limit;
    unsigned type_count, mark_count;
    struct type_suggestion types[EACH_MAX];
    struct highlight_term marks[MARKS_MAX]; // the words typed
};

// ---- what is marked ---------------------------------------------------------------------------------------------------------------
static void marks_make(struct suggest *s) {
    struct slice rest = s->folded;
    while (rest.p && rest.n > 0 && s->mark_count < MARKS_MAX) {
        struct slice word = slice_cut(&rest, ' ');
        if (word.n > 0) s->marks[s->mark_count++] = (struct highlight_term){.text = word, .prefix = true};
    }
}

// As in a hit's highlights, but left out where nothing stands.
static enum err marked(struct suggest *s, struct json_writer *j, const char *name, struct slice text) {
    struct highlight_range *ranges;
    unsigned count;
    if (text.n == 0) return ERR_OK;
    TRY(highlight(s->w->view->arena, text, s->marks, s->mark_count, &ranges, &count));
    if (count) highlight_ranges_json(j, name, ranges, count);
    return ERR_OK;
}

// ---- queries, types, vehicles -------------------------------------------------------------------------------------------------------
static enum err queries_json(struct suggest *s, struct json_writer *j) {
    struct query_suggestion list[EACH_MAX];
    unsigned count;
    TRY(query_suggest(s->w->view, s->user, s->folded, s->limit, list, &count));
    json_key_open(j, "queries", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(j, '{');
        json_key_string(j, "q", list[i].text);
        json_key_int(j, "count", list[i].count);
        if (list[i].own) json_key_bool(j, "own", true);
        json_key_open(j, "types", '[');
        if (list[i].type) json_string(j, names_text(s->w->view, NAMES_TYPE, list[i].type));
        json_close(j, ']');
        json_key_open(j, "highlights", '{');
        TRY(marked(s, j, "q", list[i].text));
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

static enum err types_json(struct suggest *s, struct json_writer *j) {
    TRY(type_suggest(s->w->view, s->folded, &s->k, s->limit, s->types, &s->type_count));
    json_key_open(j, "types", '[');
    for (unsigned i = 0; i < s->type_count; i++) {
        struct type_info type;
        if (type_load(s->w->view, s->types[i].type, &type) != ERR_OK) continue;
        json_open(j, '{');
        json_key_string(j, "id", type.slug);
        json_key_string(j, "name", type.name);
        json_key_string(j, "name_zh", type.name_zh);
        json_key_open(j, "highlights", '{');
        TRY(marked(s, j, "name", type.name));
        TRY(marked(s, j, "name_zh", type.name_zh));
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

static enum err vehicles_json(struct suggest *s, struct json_writer *j) {
    struct vehicle_suggestion list[EACH_MAX];
    uint32_t garage[LIMIT_GARAGE];
    struct suggest_query query = {.text = s->q, .prefer_market = s->market, .max = s->limit, .garage = garage};
    unsigned count;
    query.as_typed = s->type_count && s->types[0].tier <= TYPE_WORD;
    TRY(api_garage(s->w, s->user, garage, &query.garage_count));
    TRY(vehicle_suggest_for(s->w->view, &query, list, &count));
    json_key_open(j, "vehicles", '[');
    for (unsigned i = 0; i < count; i++) {
        struct vehicle *car;
        struct make make;
        struct model model;
        TRY(vehicle_load(s->w->view, list[i].vehicle, &car));
        vehicle_json(s->w->view, j, car, NULL, true);
        json_key_open(j, "highlights", '{');
        if (make_load(s->w->view, car->make, &make) == ERR_OK) TRY(marked(s, j, "make", make.name));
        if (model_load(s->w->view, car->make, car->model, &model) == ERR_OK) TRY(marked(s, j, "model", model.name));
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

// ---- products -------------------------------------------------------------------------------------------------------------------------
struct candidates { struct match list[PRODUCTS_LOOKED_AT]; uint32_t ranks[PRODUCTS_LOOKED_AT]; unsigned count; };

static bool digit_among(struct slice text) {
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= '0' && text.p[i] <= '9') return true;
    return false;
}

static void candidate_add(struct suggest *s, struct candidates *c, uint32_t product, uint32_t rank) {
    const struct product_facts *facts = columns_facts(s->w->view, product);
    if (c->count == PRODUCTS_LOOKED_AT || (facts->flags & FACT_DELETED)) return;
    c->ranks[c->count] = rank;
    c->list[c->count++] = (struct match){.product = product, .quantity = 1, .type = facts->type};
}

static enum err by_number(struct suggest *s, struct candidates *c) {
    struct number_found found[PRODUCTS_LOOKED_AT];
    unsigned count;
    if (!digit_among(s->q)) return ERR_OK;
    TRY(number_begins(s->w->view, s->q, PRODUCTS_LOOKED_AT, found, EACH_MAX * 4, &count));
    for (unsigned i = 0; i < count; i++) candidate_add(s, c, found[i].product, (uint32_t)(NUMBER_TIERS - found[i].tier));
    return ERR_OK;
}

static enum err by_words(struct suggest *s, struct candidates *c) {
    struct word_query *words;
    uint32_t *products;
    uint8_t *tiers;
    unsigned count;
    bool whole;
    enum err e = words_prepare(s->w->view, &s->folded, 1, true, &words);
    if (e == ERR_TOO_LARGE) return ERR_OK;
    TRY(e);
    TRY(words_some(s->w->view, words, PRODUCTS_LOOKED_AT, &products, &tiers, &count, &whole));
    for (unsigned i = 0; i < count; i++) candidate_add(s, c, products[i], (uint32_t)(WORD_TYPO - tiers[i]));
    return ERR_OK;
}

// What fits the car, of the type that is meant first of all.
static enum err by_type(struct suggest *s, struct candidates *c) {
    struct fitment fits;
    TRY(fitment_find_types(s->w->view, &s->k, &s->types[0].type, 1, true, &fits));
    for (unsigned i = 0; i < fits.count && c->count < PRODUCTS_LOOKED_AT; i++) {
        if (fits.matches[i].verdict < VERDICT_CONDITIONAL) continue;
        c->ranks[c->count] = hit_class(fits.matches[i].verdict);
        c->list[c->count++] = fits.matches[i];
    }
    return ERR_OK;
}

static enum err candidates_find(struct suggest *s, struct candidates *c) {
    TRY(by_number(s, c));
    if (c->count == 0 && s->k.given && s->k.resolved && s->type_count) TRY(by_type(s, c));
    if (c->count == 0) TRY(by_words(s, c));
    return ERR_OK;
}

static enum err candidates_rank(struct suggest *s, const struct candidates *c, unsigned wanted, struct hit **out) {
    struct arena *a = s->w->view->arena;
    struct rank_person person;
    uint32_t *products = arena_alloc(a, (c->count + 1) * sizeof *products);
    float *scores = arena_alloc(a, (c->count + 1) * sizeof *scores);
    *out = arena_alloc(a, (c->count + 1) * sizeof **out);
    if (!products || !scores || !*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < c->count; i++) products[i] = c->list[i].product;
    TRY(rank_person_load(s->w->ranker, s->w->view, s->user, NULL, 0, &person));
    TRY(rank_score(s->w->ranker, s->w->view, &person, RANK_STOREFRONT, products, c->count, scores, NULL));
    for (unsigned i = 0; i < c->count; i++) (*out)[i] = (struct hit){c->list[i], scores[i]};
    return hits_order(s->w->view, *out, c->count, c->ranks, wanted);
}

// With a car nothing is shown that does not fit it or may not.
static enum err suits(struct suggest *s, struct hit *hit, bool *out) {
    *out = true;
    if (!s->k.given || hit->match.verdict >= VERDICT_CONDITIONAL) return ERR_OK;
    enum err e = fitment_verdict(s->w->view, &s->k, hit->match.product, &hit->match);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    *out = e == ERR_OK && hit->match.verdict >= VERDICT_CONDITIONAL;
    return ERR_OK;
}

static enum err product_out(struct suggest *s, struct json_writer *j, const struct hit *hit) {
    struct product p;
    TRY(product_load(s->w->view, hit->match.product, &p));
    json_open(j, '{');
    product_json_members(s->w->view, j, &p, s->currency);
    if (s->k.given) json_key_str(j, "verdict", verdict_name(hit->match.verdict));
    json_key_open(j, "highlights", '{');
    TRY(marked(s, j, "title", p.title));
    TRY(marked(s, j, "title_zh", p.title_zh));
    TRY(marked(s, j, "number", p.number));
    json_close(j, '}');
    json_close(j, '}');
    return ERR_OK;
}

static enum err products_json(struct suggest *s, struct json_writer *j) {
    struct candidates *c = ARENA_NEW(s->w->view->arena, struct candidates);
    struct hit *hits;
    unsigned written = 0, looked = s->k.given ? VERDICTS_MAX : s->limit;
    if (!c) return ERR_NO_MEMORY;
    TRY(candidates_find(s, c));
    TRY(candidates_rank(s, c, looked, &hits));
    json_key_open(j, "products", '[');
    for (unsigned i = 0; i < c->count && i < looked && written < s->limit; i++) {
        bool ok;
        TRY(suits(s, &hits[i], &ok));
        if (!ok) continue;
        TRY(product_out(s, j, &hits[i]));
        written++;
    }
    json_close(j, ']');
    return ERR_OK;
}

// ---- the handler ------------------------------------------------------------------------------------------------------------------------
static enum err suggest_json(struct suggest *s) {
    struct json_writer j = api_begin(s->rq);
    TRY(queries_json(s, &j));
    TRY(types_json(s, &j));
    TRY(vehicles_json(s, &j)); // text that names a type is no misspelt car
    TRY(products_json(s, &j));
    json_key_int(&j, "took_us", (int64_t)request_took_us(s->rq));
    return api_end(s->rq, &j);
}

static enum err suggest_read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct suggest *s = ARENA_NEW(&rq->arena, struct suggest);
    struct slice market;
    int64_t limit = EACH_DEFAULT;
    if (!s) return ERR_NO_MEMORY;
    s->rq = rq;
    s->w = w;
    s->q = slice_trim(request_param(rq, "q"));
    if (s->q.n == 0 || s->q.n > LIMIT_QUERY_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "q", "q has 1 to %d bytes", LIMIT_QUERY_BYTES);
    TRY(request_param_int(rq, "limit", 1, EACH_MAX, &limit, why));
    TRY(api_market(rq, w, &market, why));
    TRY(api_knowledge(rq, w, &s->k, why));
    TRY(api_currency(rq, &s->currency, why));
    TRY(api_user(w, request_param(rq, "user"), &s->user, why));
    TRY(text_fold(w->view->arena, s->q, &s->folded));
    s->limit = (unsigned)limit;
    s->market = market.n || !api_zh(rq) ? api_market_bit(market) : VEHICLE_MARKET_CN;
    marks_make(s);
    rank_begin(w->ranker);
    enum err e = suggest_json(s);
    rank_end(w->ranker);
    return e;
}

const char *const api_suggest_params[] = {"q", "vehicle", "attrs", "user", "market", "limit", "lang", "currency", NULL};

enum err api_suggest(struct request *rq, struct fault *why) {
    return api_read(rq, why, suggest_read);
}
