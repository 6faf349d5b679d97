// POST /v1/recommend: what this person might want, what goes with, is like or is bought with a product, what is on the rise; for the
// car named, else the one in the garage, else (without any claim of fit) out of the whole catalogue.
#include "server/api_recommend.h"

#include "index/assortment.h"
#include "index/base/limits.h"
#include "index/filter.h"
#include "index/names.h"
#include "index/search.h"
#include "index/user.h"
#include "server/api_search.h"

#define LOOP_CANDIDATES 16384 // more than so many that fit start anew on a compute thread, as searches do
#define SURPLUS 5         // candidates ranked for every one wanted, so that variety has something to choose from,
#define POOL_MAX 300      // up to so many

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

// The same of what was bought, which may be a product that this request does not see.
static const struct match *match_bought(const struct recommend *r, uint32_t product) {
    const struct match *m = match_of(r, product);
    if (m || !assortment_hides(r->w->view, product)) return m;
    struct match *own = ARENA_NEW(&r->rq->arena, struct match);
    struct assortment *was = assortment_lift(r->w->view);
    bool fits = own && fitment_verdict(r->w->view, &r->k, product, own) == ERR_OK && own->verdict >= VERDICT_CONDITIONAL;
    assortment_put_back(r->w->view, was);
    return fits ? own : NULL;
}

// Whether something was bought for the car asked about: the event says so, or names no base vehicle (a VIN) and the product may fit it.
static bool for_this_car(const struct recommend *r, const struct replenish_item *item) {
    struct slice rest = item->vehicle, named = slice_cut(&rest, '~');
    uint32_t vehicle;
    if (!r->k.resolved) return false;
    for (unsigned i = 0; i < r->k.vehicle_count; i++)
        if (slice_eq(named, r->k.vehicles[i].vehicle->slug)) return true;
    if (named.n && vehicle_find(r->w->view, named, &vehicle) == ERR_OK) return false;
    return item->product == 0 || match_bought(r, item->product);
}

static enum err bought_load(struct recommend *r) {
    TRY(replenish_load(r->w->view, r->events, r->event_count, &r->bought));
    for (unsigned i = 0; i < r->bought.count; i++) r->bought_bits |= (uint64_t)1 << (r->bought.items[i].product % 64);
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
        const struct match *own = item->product ? match_bought(r, item->product) : NULL;
        if (!own || !own->position || !m->position || own->position == m->position) return false;
        other = true;
    }
    return other;
}

static bool of_type_bought(const struct recommend *r, const struct match *m) {
    return r->types_bought && m->type <= LIMIT_TYPES && r->types_bought[m->type];
}

static bool may_be_bought(const struct recommend *r, const struct match *m) { // most are not: for all candidates
    return (r->bought_bits >> (m->product % 64) & 1) || of_type_bought(r, m);
}

// The same of all of a list at once, a byte each: what is read for every one of thousands stands still meanwhile.
static void may_be_bought_all(const struct recommend *r, uint8_t *out) {
    static const bool none[LIMIT_TYPES + 1];
    const struct match *m = r->fitment.matches;
    const bool *types = r->types_bought ? r->types_bought : none;
    uint64_t bits = r->bought_bits;
    for (size_t i = 0, n = r->fitment.count; i < n; i++)
        out[i] = (uint8_t)((bits >> (m[i].product % 64) & 1) | (m[i].type <= LIMIT_TYPES && types[m[i].type]));
}

static bool bought_lately(const struct recommend *r, const struct match *m) {
    for (unsigned i = 0; i < r->bought.count; i++)
        if (r->bought.items[i].product == m->product) return true;
    return of_type_bought(r, m) && !for_another_position(r, m->type, m);
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
    if (m->product == r->product || (may_be_bought(r, m) && bought_lately(r, m)) || elsewhere_on_the_car(r, m)) return false;
    return r->filter.term_count == 0 || filter_passes(r->w->view, &r->filter, m);
}

static bool keep(void *arg, uint32_t product) {
    struct recommend *r = arg;
    struct match m = {.product = product, .type = columns_facts(r->w->view, product)->type};
    return passes(r, &m);
}

static bool refused_by_purchases_alone(const struct recommend *r) {
    return !r->cart_count && !r->product && r->filter.term_count == 0;
}

static enum err candidates(struct recommend *r, enum verdict least, enum verdict most) {
    uint32_t *list = arena_alloc(&r->rq->arena, (r->fitment.count + 1) * sizeof *list);
    size_t count = 0;
    if (!list) return ERR_NO_MEMORY;
    bool by_purchases = refused_by_purchases_alone(r);
    for (unsigned i = 0; i < r->fitment.count; i++) {
        const struct match *m = &r->fitment.matches[i];
        list[count] = m->product;
        count += (m->verdict >= least) & (m->verdict <= most) && ((by_purchases && !may_be_bought(r, m)) || passes(r, m));
    }
    r->q.products = list;
    r->q.count = count;
    r->q.common = (struct rank_common){0};
    return ERR_OK;
}

// The same of what certainly fits, and apart in it the universal goods, most of it for most cars, of which the ranker keeps what it needs.
static enum err candidates_with_common(struct recommend *r) {
    const struct match *matches = r->fitment.matches;
    size_t n = r->fitment.count, count = 0, beside_count = 0, common_count = 0, refused_count = 0;
    uint32_t *list = arena_alloc(&r->rq->arena, (n + 1) * sizeof *list), *beside = arena_alloc(&r->rq->arena, (n + 1) * sizeof *beside);
    uint32_t *common = arena_alloc(&r->rq->arena, (n + 1) * sizeof *common), *refused_at = arena_alloc(&r->rq->arena, (n + 1) * sizeof *refused_at);
    uint8_t *bought = arena_alloc(&r->rq->arena, n + 1);
    if (!list || !beside || !common || !refused_at || !bought) return ERR_NO_MEMORY;
    may_be_bought_all(r, bought);
    for (size_t i = 0; i < n; i++) {
        bool universal = matches[i].verdict == VERDICT_UNIVERSAL, wanted = matches[i].verdict >= VERDICT_UNIVERSAL;
        if (__builtin_expect(bought[i], 0)) wanted = wanted && passes(r, &matches[i]);
        list[count] = beside[beside_count] = common[common_count] = matches[i].product;
        refused_at[refused_count] = (uint32_t)common_count;
        count += wanted;
        beside_count += wanted & !universal;
        refused_count += universal & !wanted;
        common_count += universal;
    }
    r->q.products = list;
    r->q.count = count;
    r->q.common = (struct rank_common){r->fitment.universal, common, common_count, refused_at, refused_count};
    r->q.beside = beside;
    r->q.beside_count = beside_count;
    return ERR_OK;
}

// What certainly fits comes first; what may fit fills up the rest.
static enum err fitting_list(struct recommend *r, size_t pool) {
    static const enum verdict ranges[][2] = {{VERDICT_UNIVERSAL, VERDICT_FITS}, {VERDICT_CONDITIONAL, VERDICT_CONDITIONAL}};
    bool common = r->fitment.universal && r->q.model == RECOMMEND_FOR_YOU && refused_by_purchases_alone(r);
    for (unsigned i = 0; i < 2 && r->count < r->limit; i++) {
        size_t added;
        TRY(i == 0 && common ? candidates_with_common(r) : candidates(r, ranges[i][0], ranges[i][1]));
        r->q.limit = pool - r->count;
        TRY(recommend_list(&r->q, r->list + r->count, &added));
        r->count += added;
        if (i == 0) r->certain = added;
    }
    return ERR_OK;
}

// Who is left out when nobody is asked about each: without a car that is what is in the cart or in view and what was bought.
static enum err refused(struct recommend *r) {
    uint32_t *list = ARENA_ARRAY(&r->rq->arena, uint32_t, r->cart_count + r->bought.count + 1);
    size_t n = 0;
    if (!list) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < r->cart_count; i++) list[n++] = r->cart[i];
    for (unsigned i = 0; i < r->bought.count; i++)
        if (r->bought.items[i].product) list[n++] = r->bought.items[i].product;
    if (r->product) list[n++] = r->product;
    r->q.refused = list;
    r->q.refused_count = n;
    return ERR_OK;
}

static enum err whole_prepare(struct recommend *r, size_t pool) {
    r->q.whole_catalogue = true;
    r->q.limit = pool;
    if (r->filter.term_count == 0) return refused(r);
    r->q.keep = keep;
    r->q.keep_arg = r;
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

// How long it takes is known once it is known what fits; a loop does what ends sooner than a turn of another thread would come.
static bool too_much_for_a_loop(const struct recommend *r) {
    return r->fitment.count > LOOP_CANDIDATES;
}

static enum err person_load(struct recommend *r) {
    TRY(rank_person_load(r->w->ranker, r->w->view, r->user, r->session, r->session_count, &r->person));
    r->person.events = r->events;
    r->person.event_count = r->event_count;
    return ERR_OK;
}

// All but the list. Where that is one of the whole catalogue, r->q asks for it.
static enum err recommend_ready(struct recommend *r) {
    size_t pool = (size_t)r->limit * SURPLUS < POOL_MAX ? (size_t)r->limit * SURPLUS : POOL_MAX;
    r->list = ARENA_ARRAY(&r->rq->arena, struct recommendation, pool + 1);
    if (!r->list) return ERR_NO_MEMORY;
    if (r->k.resolved) TRY(fitment_find(r->w->view, &r->k, 0, true, &r->fitment));
    r->beyond = r->on_loop && too_much_for_a_loop(r);
    if (r->beyond) return ERR_OK;
    TRY(person_load(r));
    r->q.ranker = r->w->ranker;
    r->q.view = r->w->view;
    r->q.person = &r->person;
    r->pool = pool;
    TRY(recommend_prepare(&r->q));
    TRY(bought_load(r));
    return r->k.given ? ERR_OK : whole_prepare(r, pool);
}

static enum err recommend_run(struct recommend *r) {
    TRY(recommend_ready(r));
    if (r->beyond) return ERR_OK;
    if (r->k.resolved) TRY(fitting_list(r, r->pool));
    else if (!r->k.given) {
        TRY(recommend_list(&r->q, r->list, &r->count));
        r->certain = r->count;
    }
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
static enum err recommend_new(struct request *rq, struct app_worker *w, struct recommend **out, struct fault *why) {
    struct recommend *r = ARENA_NEW(&rq->arena, struct recommend);
    *out = r;
    if (!r) return ERR_NO_MEMORY;
    r->rq = rq;
    r->w = w;
    TRY(request_json(rq, &r->body, why)); // parsed on the loop already
    return recommend_params(r, why);
}

static enum err run_and_answer(struct recommend *r) {
    rank_begin(r->w->ranker);
    enum err e = api_near_begin(r->w, r->rq, &r->k, NULL, r->style.currency, &r->near);
    if (e == ERR_OK) e = recommend_run(r);
    if (e == ERR_OK && !r->beyond) e = answer(r);
    api_near_end(r->w);
    rank_end(r->w->ranker);
    return e;
}

static enum err recommend_read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct recommend *r;
    TRY(recommend_new(rq, w, &r, why));
    return run_and_answer(r);
}

static enum err recommend_work(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, recommend_read);
}

// ---- several at once ----------------------------------------------------------------------------------------------------------------
// Each is got ready with its person, all lists are made in one pass, and each is answered with its person at hand again.
static enum err join(struct recommend *r) {
    TRY(recommend_ready(r));
    r->joined = !r->k.given && recommend_can_join(&r->q);
    if (r->joined) return recommend_join(&r->q);
    if (r->k.resolved) TRY(fitting_list(r, r->pool)); // a car since the loop looked
    else if (!r->k.given) TRY(recommend_list(&r->q, r->list, &r->count));
    if (!r->k.given) r->certain = r->count;
    TRY(order(r));
    return answer(r);
}

static enum err answer_joined(struct recommend *r, unsigned place) {
    TRY(person_load(r));
    recommend_joined(r->w->ranker, place, r->list, &r->count);
    r->certain = r->count;
    TRY(order(r));
    return answer(r);
}

static void recommend_read_many(struct request **rqs, unsigned n, struct app_worker *w) {
    struct recommend *of[REQUEST_TOGETHER_MAX] = {0};
    unsigned place = 0;
    rank_begin(w->ranker);
    recommend_join_begin(w->ranker);
    for (unsigned i = 0; i < n; i++) {
        w->view->arena = &rqs[i]->arena;
        rqs[i]->result = recommend_new(rqs[i], w, &of[i], &rqs[i]->fault);
        if (rqs[i]->result == ERR_OK) rqs[i]->result = join(of[i]);
    }
    recommend_join_run(w->ranker);
    for (unsigned i = 0; i < n; i++) {
        if (rqs[i]->result != ERR_OK || !of[i]->joined) continue;
        w->view->arena = &rqs[i]->arena;
        rqs[i]->result = answer_joined(of[i], place++);
    }
    rank_end(w->ranker);
}

static void recommend_work_many(struct request **rqs, unsigned n, void *thread_state) {
    api_read_many_on(thread_state, rqs, n, recommend_read_many);
}

// ---- on the loop ----------------------------------------------------------------------------------------------------------------------
// Of those with a view each sees a catalogue of its own; those with a position each have an order of their own.
static bool may_join(const struct recommend *r) {
    return r->rq->view[0] == 0 && !r->near.given && !r->k.given && r->filter.term_count == 0 && (r->q.model == RECOMMEND_FOR_YOU || r->q.model == RECOMMEND_TRENDING);
}

static enum err recommend_on_loop(struct request *rq, struct app_worker *w, struct fault *why) {
    struct recommend *r;
    TRY(recommend_new(rq, w, &r, why));
    r->on_loop = true;
    if (r->k.resolved && r->q.model == RECOMMEND_FOR_YOU && !r->near.given) TRY(run_and_answer(r));
    else r->beyond = true;
    if (may_join(r)) return request_compute_together(rq, recommend_work_many, api_answered, why);
    return r->beyond ? request_compute(rq, recommend_work, api_answered, why) : respond_json(rq, 200);
}

const char *const api_recommend_params[] = {"lang", "currency", "market", NULL};

// What fits a car and is ordered by the person alone is done at once, but where every candidate is looked up nearby. The other models score everything that fits in several ways, and
// without a car it is the whole catalogue: more than a loop may spend on one request.
enum err api_recommend(struct request *rq, struct fault *why) {
    return api_read(rq, why, recommend_on_loop);
}
