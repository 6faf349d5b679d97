// GET /v1/search: words, number or nothing; a car or none; a person or none. Candidates from index, order from model.
#include "index/base/limits.h"
#include "index/search.h"
#include "index/vehicle_suggest.h"

#include "server/api_facets.h"
#include "server/api_highlight.h"
#include "server/api_hit.h"
#include "server/api_near.h"
#include "server/api_search.h"
#include "server/api_understood.h"
#include "server/misses.h"

// What takes more than so many candidates starts anew on a compute thread: they cost about a millisecond, more than a loop may spend on one
// request. Less would have a shared core go back and forth between two threads for requests that end sooner than their turns.
#define LOOP_CANDIDATES 16384
#define LOOP_CANDIDATES_NEAR 1024 // where it is looked up for each candidate who has it nearby
#define VEHICLE_OPTIONS 10
enum { SNIPPET_LEAST = 16, SNIPPET_MOST = 1000 }; // units
#define ANSWER_BYTES 4096 // usual sizes
#define HIT_BYTES 1200
#define REASONS_PER_HIT 1 // all of them are at /v1/fitment
#define NUMBER_MATCHES 20 // shown: the beginning of a number may lead to thousands that do not fit

enum sort { SORT_RELEVANCE, SORT_PRICE_ASC, SORT_PRICE_DESC, SORT_RATING, SORT_NEWEST, SORT_COUNT };
static const char *const sort_names[SORT_COUNT] = {"relevance", "price_asc", "price_desc", "rating", "newest"};

struct search {
    struct request *rq;
    struct app_worker *w;
    struct knowledge k;
    struct filter filter;
    struct api_facets facets;
    struct search_query query;
    struct search_result result;
    struct hit_style style;
    struct api_page page;
    uint32_t user;
    enum rank_surface surface;
    enum sort sort;
    bool explain, highlight;
    unsigned snippet_units; // 0: none
    struct highlights highlights;
    struct hit *hits;
    struct question *question;
    struct rank_person person;
    struct api_near near;
};

// ---- parameters -----------------------------------------------------------------------------------------------------------------
static enum err sort_parse(struct search *s, struct fault *why) {
    struct slice text = request_param(s->rq, "sort");
    for (unsigned i = 0; i < SORT_COUNT; i++)
        if (text.n == 0 || slice_is(text, sort_names[i])) {
            s->sort = text.n ? i : SORT_RELEVANCE;
            return ERR_OK;
        }
    return fault_set(why, ERR_BAD_REQUEST, "sort", "sort is relevance, price_asc, price_desc, rating or newest");
}

static enum err surface_parse(struct search *s, struct fault *why) {
    struct slice text = request_param(s->rq, "surface");
    s->surface = RANK_STOREFRONT;
    if (text.n == 0 || rank_surface_parse(text, &s->surface)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "surface", "surface is storefront, cockpit or batch");
}

// Without a vehicle the answers are about the car the words name, which search_run finds out.
static enum err car_params(struct search *s, struct fault *why) {
    s->query.vehicle = request_param(s->rq, "vehicle");
    s->query.attrs = request_param(s->rq, "attrs");
    if (s->query.vehicle.n || !s->query.q.n) {
        TRY(api_market(s->rq, s->w, &s->query.market, why));
        return api_knowledge(s->rq, s->w, &s->k, why);
    }
    s->query.market_usual = !request_param(s->rq, "market").p;
    return api_market(s->rq, s->w, &s->query.market, why);
}

static enum err params(struct search *s, struct fault *why) {
    struct request *rq = s->rq;
    int64_t explain = 0, marked = 1, snippet = 0;
    s->query.q = slice_trim(request_param(rq, "q"));
    if (s->query.q.n > LIMIT_QUERY_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "q", "q has at most %d bytes", LIMIT_QUERY_BYTES);
    TRY(api_page(rq, &s->page, why));
    TRY(api_currency(rq, &s->style.currency, why));
    TRY(car_params(s, why));
    TRY(api_user(s->w, request_param(rq, "user"), &s->user, why));
    TRY(filter_parse(s->w->view, request_param(rq, "filters"), s->style.currency, &s->filter, why));
    if (request_param(rq, "type").n) TRY(api_type(s->w, "type", request_param(rq, "type"), &s->query.type, why));
    TRY(request_param_int(rq, "explain", 0, 1, &explain, why));
    TRY(sort_parse(s, why));
    TRY(surface_parse(s, why));
    TRY(api_near_params(rq, &s->near, why));
    TRY(hit_fields_parse(request_param(rq, "fields"), &s->style.fields, why));
    TRY(request_param_int(rq, "highlight", 0, 1, &marked, why));
    TRY(request_param_int(rq, "snippet", SNIPPET_LEAST, SNIPPET_MOST, &snippet, why));
    s->explain = explain != 0;
    s->highlight = marked && s->query.q.n && !s->style.fields;
    s->snippet_units = (unsigned)snippet;
    struct slice group = request_param(rq, "group");
    if (group.n && !slice_is(group, "variants")) return fault_set(why, ERR_BAD_REQUEST, "group", "group is variants");
    s->style.variants = group.n > 0;
    s->query.k = &s->k;
    s->query.filter = &s->filter;
    TRY(api_facets_begin(rq, s->w, &s->filter, &s->facets, why));
    s->query.facets = s->facets.list;
    s->query.facet_count = s->facets.count;
    s->style.k = &s->k;
    s->style.zh = api_zh(rq);
    s->style.reasons = REASONS_PER_HIT;
    s->style.near = &s->near;
    return ERR_OK;
}

// ---- order ----------------------------------------------------------------------------------------------------------------------
static float sort_key(const struct search *s, uint32_t product) {
    const struct product_offer *offer = columns_offer(s->w->view, product);
    const struct product_facts *facts = columns_facts(s->w->view, product);
    float price = (float)(s->style.currency == CURRENCY_USD ? offer->usd_cents : offer->cny_fen);
    switch (s->sort) {
    case SORT_PRICE_ASC: return price > 0 ? -price : -1e30f; // without a price: last
    case SORT_PRICE_DESC: return price;
    case SORT_RATING: return facts->rating_x100;
    case SORT_NEWEST: return (float)facts->created_day;
    default: return 0;
    }
}

static enum err score(struct search *s) {
    const struct search_result *r = &s->result;
    struct arena *a = s->w->view->arena;
    uint32_t *products = arena_alloc(a, (r->count + 1) * sizeof *products);
    uint32_t *ranks = arena_alloc(a, (r->count + 1) * sizeof *ranks);
    float *scores = arena_alloc(a, (r->count + 1) * sizeof *scores);
    s->hits = arena_alloc(a, (r->count + 1) * sizeof *s->hits);
    if (!products || !ranks || !scores || !s->hits) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < r->count; i++) products[i] = r->hits[i].match.product;
    TRY(rank_person_load(s->w->ranker, s->w->view, s->user, NULL, 0, &s->person));
    TRY(rank_score(s->w->ranker, s->w->view, &s->person, s->surface, products, r->count, scores, NULL));
    for (unsigned i = 0; i < r->count; i++) {
        bool sorted = s->sort != SORT_RELEVANCE;
        s->hits[i] = (struct hit){r->hits[i].match, sorted ? sort_key(s, products[i]) : scores[i]};
        ranks[i] = sorted ? 0 : (uint32_t)(UINT8_MAX - r->hits[i].tier) << 8 | hit_class(r->hits[i].match.verdict);
    }
    return hits_order(s->w->view, s->hits, r->count, ranks, (size_t)s->page.offset + s->page.limit);
}

// ---- output ---------------------------------------------------------------------------------------------------------------------
// The base vehicles the words may mean, for a person to pick from: those of K where it holds several, or of a car that
// contradicts the one given; newest first.
static enum err vehicle_options_json(struct search *s, struct json_writer *j) {
    struct vehicle_suggestion list[VEHICLE_OPTIONS];
    const struct knowledge *k = s->result.k;
    unsigned count = 0;
    struct slice market;
    json_key_open(j, "vehicle_options", '[');
    if (k != &s->k && k->vehicle_count > 1) {
        for (unsigned i = k->vehicle_count; i-- > 0 && count < VEHICLE_OPTIONS;) list[count++].vehicle = k->vehicles[i].vehicle->id;
    } else if (s->result.understood.car.n && ((!k->resolved && !s->result.understood.unknown_car.n) || s->result.car_conflict)) {
        TRY(api_market(s->rq, s->w, &market, NULL));
        TRY(vehicle_suggest(s->w->view, s->result.understood.car, api_market_bit(market), VEHICLE_OPTIONS, list, &count));
    }
    TRY(api_suggested(s->w, j, list, count));
    json_close(j, ']');
    return ERR_OK;
}

// The candidate of a hit, for what the order took from it.
static const struct candidate_hit *candidate(const struct search_result *r, uint32_t product) {
    unsigned low = 0, high = r->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (r->hits[middle].match.product < product) low = middle + 1;
        else high = middle;
    }
    return low < r->count && r->hits[low].match.product == product ? &r->hits[low] : NULL;
}

// "matched":{number, words:[{text, tier, how}]}: by what of the query this product was found, number: the tier's name.
static enum err matched_json(struct search *s, struct json_writer *j, uint32_t product, unsigned tier) {
    static const char *const numbers[NUMBER_TIERS] = {"exact", "canonical", "cross", "lookalike", "prefix", "infix"};
    static const char *const words[] = {[WORD_EXACT] = "exact", [WORD_VARIANT] = "variant", [WORD_TYPO] = "typo"};
    static const char *const hows[WORD_HOWS] = {"exact", "prefix", "plural", "joined", "cut", "synonym", "typo"};
    struct word_match list[WORDS_MAX];
    unsigned count = 0, number = tier / SEARCH_NUMBER_STEP;
    if (s->result.words) TRY(words_matched(s->w->view, s->result.words, product, list, &count));
    json_key_open(j, "matched", '{');
    json_key_str(j, "number", s->result.by_number && number < NUMBER_TIERS ? numbers[number] : NULL);
    json_key_open(j, "words", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(j, '{');
        json_key_string(j, "text", list[i].text);
        json_key_str(j, "tier", list[i].tier == WORD_VARIANT && list[i].prefix ? "prefix" : words[list[i].tier]);
        json_key_str(j, "how", hows[list[i].how]);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
    return ERR_OK;
}

// Everything behind a position, in the order in which it decides: tier, class, then the sort's key or the score with its parts.
static enum err explain_json(struct search *s, struct json_writer *j, const struct hit *hit) {
    float values[RANK_FEATURES], total;
    const float *weights = rank_weights(s->w->ranker, s->surface);
    const struct candidate_hit *found = candidate(&s->result, hit->match.product);
    TRY(rank_score(s->w->ranker, s->w->view, &s->person, s->surface, &hit->match.product, 1, &total, values));
    json_key_open(j, "explain", '{');
    json_key_str(j, "sort", sort_names[s->sort]);
    if (s->sort != SORT_RELEVANCE) json_key_double(j, "sort_key", (double)hit->score);
    json_key_int(j, "tier", found ? found->tier : 0);
    TRY(matched_json(s, j, hit->match.product, found ? found->tier : 0));
    json_key_str(j, "verdict", verdict_name(hit->match.verdict));
    json_key_int(j, "class", hit_class(hit->match.verdict));
    json_key_int(j, "generation", (int64_t)rank_generation(s->w->ranker));
    json_key_str(j, "surface", rank_surface_name(s->surface));
    json_key_double(j, "score", (double)total);
    json_key_open(j, "features", '{');
    for (unsigned i = 0; i < RANK_FEATURES; i++) {
        json_key_open(j, rank_feature_name(i), '{');
        json_key_double(j, "value", (double)values[i]);
        json_key_double(j, "weight", (double)weights[i]);
        json_key_double(j, "part", (double)(values[i] * weights[i]));
        json_close(j, '}');
    }
    json_close(j, '}');
    json_close(j, '}');
    return ERR_OK;
}

static enum err hits_json(struct search *s, struct json_writer *j) {
    if (s->highlight) TRY(highlights_begin(s->w->view, &s->result, &s->highlights));
    s->highlights.snippet_units = s->snippet_units;
    json_key_open(j, "hits", '[');
    size_t first = s->page.offset, end = first + s->page.limit;
    if (end > s->result.count) end = s->result.count;
    if (first < end) hits_expect(s->w->view, s->hits + first, end - first, &s->style);
    for (size_t i = first; i < end; i++) {
        TRY(hit_json(s->w, j, &s->hits[i], &s->style));
        if (s->highlight) TRY(highlights_json(&s->highlights, j, s->hits[i].match.product, s->hits[i].match.type));
        if (s->explain) TRY(explain_json(s, j, &s->hits[i]));
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key_open(j, "number_matches", '[');
    for (unsigned i = 0; i < s->result.number_match_count && i < NUMBER_MATCHES; i++) {
        struct hit hit = {.match = s->result.number_matches[i]};
        TRY(hit_json(s->w, j, &hit, &s->style));
        if (s->highlight) TRY(highlights_json(&s->highlights, j, hit.match.product, hit.match.type));
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

// With fields=: what was asked for and nothing around it.
static enum err answer_short(struct search *s) {
    struct json_writer j = api_begin(s->rq);
    json_key_int(&j, "total", s->result.count);
    TRY(hits_json(s, &j));
    if (s->facets.count) api_facets_json(&s->facets, &j);
    api_query_members(s->rq, &j);
    json_close(&j, '}');
    return s->rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

// Demands given up, then what was said of the car and is not heeded, "displacement:1.4"; K may have given up what nobody said as well.
static void dropped_json(const struct search_result *r, struct json_writer *j) {
    struct slice said = r->understood.reading_count ? r->understood.readings[0].attrs : SLICE_NONE;
    struct slice unheeded = r->k->resolved ? r->k->given_up : SLICE_NONE;
    json_key_open(j, "dropped", '[');
    for (unsigned i = 0; i < r->dropped_count; i++) json_string(j, r->dropped[i]);
    while (unheeded.n) {
        struct slice term = slice_cut(&unheeded, ',');
        if (said.n && memmem(said.p, said.n, term.p, term.n)) json_string(j, term);
    }
    json_close(j, ']');
}

static enum err answer(struct search *s) {
    (void)buf_room(&s->rq->out, ANSWER_BYTES + (size_t)s->page.limit * HIT_BYTES); // one allocation instead of growing in steps
    struct json_writer j = api_begin(s->rq);
    TRY(understood_json(s->w, &j, &s->result, request_param(s->rq, "q"), s->style.zh));
    TRY(readings_json(s->w, &j, &s->result));
    TRY(vehicle_options_json(s, &j));
    json_key_int(&j, "total", s->result.count);
    TRY(hits_json(s, &j));
    api_facets_json(&s->facets, &j);
    json_key(&j, "question");
    question_json(s->w->view, &j, s->question, s->style.zh);
    dropped_json(&s->result, &j);
    api_query_members(s->rq, &j);
    json_close(&j, '}');
    return s->rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- searches that found nothing ------------------------------------------------------------------------------------------------------
static void note_miss(struct search *s) {
    const struct search_result *r = &s->result;
    bool nothing = r->count == 0 && r->number_match_count == 0;
    if (s->query.q.n == 0 || s->page.offset || s->filter.term_count || s->w->view->assortment || (!nothing && r->dropped_count == 0)) return;
    misses_note(s->w->app->misses, s->query.q, r->dropped, nothing ? 0 : r->dropped_count, clock_unix_ms(s->rq->clock));
}

// ---- the handler ------------------------------------------------------------------------------------------------------------------
// Where one type is sought, only workshops that can fit it take one of the places.
static enum err near_begin(struct search *s) {
    struct fitting any = {0};
    const struct understood *u = &s->result.understood;
    uint32_t type = s->query.type ? s->query.type : u->type_count == 1 ? u->types[0] : 0;
    if (s->near.given && type) TRY(fitting_of(s->w->view, type, &any));
    return api_near_begin(s->w, s->rq, s->result.k, &any, s->style.currency, &s->near);
}

static enum err ranked_answer(struct search *s) {
    note_miss(s);
    rank_begin(s->w->ranker);
    enum err e = near_begin(s);
    if (e == ERR_OK) e = score(s);
    bool whole = s->style.fields == 0;
    if (e == ERR_OK && whole) e = fitment_question(s->w->view, &s->result.fitment, s->result.kept, &s->question);
    if (e == ERR_OK) e = whole ? answer(s) : answer_short(s);
    api_near_end(s->w);
    rank_end(s->w->ranker);
    return e;
}

static struct search *search_new(struct request *rq, struct app_worker *w) {
    struct search *s = ARENA_NEW(&rq->arena, struct search);
    if (s) {
        s->rq = rq;
        s->w = w;
    }
    return s;
}

static enum err search_whole(struct request *rq, struct app_worker *w, struct fault *why) {
    struct search *s = search_new(rq, w);
    if (!s) return ERR_NO_MEMORY;
    TRY(params(s, why));
    TRY(search_run(w->view, &s->query, &s->result, why));
    s->style.k = s->result.k;
    return ranked_answer(s);
}

static enum err search_work(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, search_whole);
}

// Neither words nor a type means all types of a car, or the whole catalogue; that never starts on a loop.
static bool surely_large(const struct request *rq) {
    return slice_trim(request_param(rq, "q")).n == 0 && request_param(rq, "type").n == 0;
}

static enum err search_on_loop(struct request *rq, struct app_worker *w, struct fault *why) {
    struct search *s = search_new(rq, w);
    if (!s) return ERR_NO_MEMORY;
    TRY(params(s, why));
    s->query.work_max = s->near.given ? LOOP_CANDIDATES_NEAR : LOOP_CANDIDATES;
    TRY(search_run(w->view, &s->query, &s->result, why));
    s->style.k = s->result.k;
    if (s->result.beyond) return request_compute(rq, search_work, api_answered, why);
    TRY(ranked_answer(s));
    return respond_json(rq, 200);
}

const char *const api_search_params[] = {"q", "vehicle", "attrs", "market", "user", "type", "filters", API_FACET_PARAMS, "sort", API_NEAR_PARAMS,
                                         "limit", "offset", "lang", "currency", "surface", "explain", "highlight", "snippet", "fields", "group", NULL};

enum err api_search(struct request *rq, struct fault *why) {
    if (surely_large(rq)) return request_compute(rq, search_work, api_answered, why);
    return api_read(rq, why, search_on_loop);
}
