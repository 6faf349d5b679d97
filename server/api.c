#include "server/api.h"

#include <assert.h>

#include "index/assortment.h"
#include "index/attribute.h"
#include "index/base/limits.h"
#include "index/names.h"

// ---- reading --------------------------------------------------------------------------------------------------------------

static enum err restrict_to_view(struct request *rq, struct app_worker *w, struct fault *why) {
    enum err e = view_restrict(w->view, slice_str(rq->view));
    return e == ERR_NOT_FOUND ? fault_set(why, ERR_FORBIDDEN, "", "the view \"%s\" of this key is not there", rq->view) : e;
}

enum err api_view_begin(struct request *rq, struct app_worker *w, struct fault *why) {
    if (!w) return fault_set(why, ERR_INTERNAL, "", "this thread could not open the database");
    TRY(view_begin(w->view, &rq->arena));
    enum err e = rq->view[0] ? restrict_to_view(rq, w, why) : ERR_OK;
    if (e != ERR_OK) view_end(w->view);
    return e;
}

enum err api_admit(struct request *rq, struct fault *why) {
    struct app_worker *w = app_worker_of(rq->worker_state);
    TRY(api_view_begin(rq, w, why));
    view_end(w->view);
    return ERR_OK;
}

enum err api_read_on(void *thread_state, struct request *rq, struct fault *why, api_read_fn fn) {
    struct app_worker *w = app_worker_of(thread_state);
    TRY(api_view_begin(rq, w, why));
    enum err e = fn(rq, w, why);
    view_end(w->view);
    return e;
}

void api_read_many_on(void *thread_state, struct request **rqs, unsigned n, api_read_many_fn fn) {
    struct app_worker *w = app_worker_of(thread_state);
    enum err e = w ? view_begin(w->view, &rqs[0]->arena) : ERR_INTERNAL;
    if (e == ERR_OK) {
        fn(rqs, n, w);
        view_end(w->view);
    }
    for (unsigned i = 0; i < n && e != ERR_OK; i++) rqs[i]->result = e;
}

enum err api_read(struct request *rq, struct fault *why, api_read_fn fn) {
    return api_read_on(rq->worker_state, rq, why, fn);
}

// ---- writing --------------------------------------------------------------------------------------------------------------

static void committed(struct command *self) {
    struct api_write *write = (struct api_write *)(void *)self;
    struct request *rq = write->rq;
    rq->result = self->result;
    rq->fault = self->why;
    request_complete(rq);
}

enum err api_submit(struct request *rq, struct api_write *write, api_apply_fn apply, request_fn resume) {
    write->command = (struct command){.apply = apply, .done = committed};
    write->rq = rq;
    request_defer(rq, resume);
    enum err e = writer_submit(app_of(rq)->writer, &write->command);
    if (e == ERR_OK) return ERR_OK;
    rq->result = fault_set(&rq->fault, e, "", "too many writes are waiting, try again later");
    request_complete(rq);
    return ERR_OK;
}

enum err api_owned(struct request *rq, const char *field, struct slice id, struct fault *why) {
    struct app_worker *w = app_worker_of(rq->worker_state);
    if (!rq->view[0]) return ERR_OK;
    TRY(api_view_begin(rq, w, why));
    struct slice dealer = assortment_view(w->view)->dealer;
    bool own = dealer.n && slice_eq(key_view_owner(id), dealer);
    enum err e = own ? ERR_OK
                     : fault_set(why, ERR_FORBIDDEN, field, dealer.n ? "this key changes what has an id that begins with \"%.*s:\"" :
                                 "this key's view is of no dealer and changes nothing%.*s", SLICE_ARGS(dealer));
    view_end(w->view);
    return e;
}

enum err api_written(struct request *rq, struct fault *why) {
    (void)why;
    return rq->result != ERR_OK ? rq->result : respond_empty(rq, 204);
}

enum err api_answered(struct request *rq, struct fault *why) {
    (void)why;
    return rq->result != ERR_OK ? rq->result : respond_json(rq, 200);
}

// ---- lists, language, money -------------------------------------------------------------------------------------------------

enum err api_page_of(int64_t limit, int64_t offset, struct api_page *out, struct fault *why) {
    if (limit == 0) limit = LIMIT_HITS_DEFAULT;
    if (limit < 1 || limit > LIMIT_HITS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "limit", "limit must be 1 to %d", LIMIT_HITS_MAX);
    if (offset < 0 || offset + limit > LIMIT_WINDOW_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "offset", "offset + limit must be at most %d", LIMIT_WINDOW_MAX);
    *out = (struct api_page){(unsigned)limit, (unsigned)offset};
    return ERR_OK;
}

enum err api_page(const struct request *rq, struct api_page *out, struct fault *why) {
    int64_t limit = LIMIT_HITS_DEFAULT, offset = 0;
    TRY(request_param_int(rq, "limit", 1, LIMIT_HITS_MAX, &limit, why));
    TRY(request_param_int(rq, "offset", 0, LIMIT_WINDOW_MAX, &offset, why));
    return api_page_of(limit, offset, out, why);
}

bool api_zh(const struct request *rq) { return rq->lang == LANG_ZH; }

enum err api_currency(const struct request *rq, enum currency *out, struct fault *why) {
    struct slice text = request_param(rq, "currency");
    *out = api_zh(rq) ? CURRENCY_CNY : CURRENCY_USD;
    if (!text.p || currency_parse(text, out)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "currency", "currency must be CNY or USD");
}

// ---- markets and vehicles -----------------------------------------------------------------------------------------------------

static enum err market_allowed(const struct key_view *only, struct slice market, struct fault *why) {
    if (!only || only->market.n == 0 || slice_eq(only->market, market)) return ERR_OK;
    return fault_set(why, ERR_FORBIDDEN, "market", "this key is for the market %.*s", SLICE_ARGS(only->market));
}

enum err api_market(const struct request *rq, struct app_worker *w, struct slice *out, struct fault *why) {
    const struct key_view *only = assortment_view(w->view);
    struct slice asked = request_param(rq, "market");
    bool forced = only && only->market.n;
    *out = forced ? only->market : slice_str(w->app->options->market);
    if (!asked.p || (forced && asked.n == 0)) return ERR_OK;
    *out = SLICE_NONE;
    if (asked.n == 0) return ERR_OK;
    enum err e = attribute_normalise(w->view, SLICE("market"), asked, out);
    if (e == ERR_OK && forced) return market_allowed(only, *out, why);
    if (e != ERR_BAD_REQUEST && e != ERR_TOO_LARGE) return e;
    return fault_set(why, ERR_BAD_REQUEST, "market", "no market is called '%.*s'", SLICE_ARGS(asked));
}

uint8_t api_market_bit(struct slice market) {
    return market.n == 0 ? 0 : vehicle_market_bit(market);
}

enum err api_knowledge_of(const struct request *rq, struct app_worker *w, struct slice vehicle, struct slice attrs,
                          struct slice market, struct knowledge *out, struct fault *why) {
    const struct key_view *only = assortment_view(w->view);
    bool asked = market.n > 0 || request_param(rq, "market").p || (only && only->market.n);
    if (market.n == 0) TRY(api_market(rq, w, &market, why));
    TRY(market_allowed(only, market, why));
    struct fault first = {ERR_OK, "", ""};
    enum err e = knowledge_parse(w->view, vehicle, attrs, market, out, &first);
    if (e == ERR_BAD_REQUEST && !asked && market.n > 0)
        e = knowledge_parse(w->view, vehicle, attrs, SLICE_NONE, out, &first);
    if (e != ERR_OK) *why = first;
    return e;
}

enum err api_knowledge(const struct request *rq, struct app_worker *w, struct knowledge *out, struct fault *why) {
    return api_knowledge_of(rq, w, request_param(rq, "vehicle"), request_param(rq, "attrs"), SLICE_NONE, out, why);
}

enum err api_knowledge_json(const struct request *rq, struct app_worker *w, const struct json *body, struct knowledge *out,
                            struct fault *why) {
    struct slice vehicle = SLICE_NONE, attrs = SLICE_NONE, market = SLICE_NONE;
    const struct json *object = NULL;
    TRY(json_get_string(body, "vehicle", &vehicle, why));
    TRY(json_get_string(body, "market", &market, why));
    TRY(json_get_object(body, "attrs", &object, why));
    if (object) TRY(knowledge_attrs_from_json(w->view->arena, object, &attrs, why));
    return api_knowledge_of(rq, w, vehicle, attrs, market, out, why);
}

// ---- ids ----------------------------------------------------------------------------------------------------------------------

static enum err check_id(const char *field, struct slice id, struct fault *why) {
    if (id.n > 0 && id.n <= LIMIT_EXTERNAL_ID_BYTES) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, field, "%s must be 1 to %d bytes", field, LIMIT_EXTERNAL_ID_BYTES);
}

enum err api_user(struct app_worker *w, struct slice external_id, uint32_t *out, struct fault *why) {
    *out = 0;
    if (external_id.n == 0) return ERR_OK;
    TRY(check_id("user", external_id, why));
    enum err e = user_find(w->view, external_id, out);
    if (e != ERR_NOT_FOUND) return e;
    *out = 0;
    return ERR_OK;
}

enum err api_garage(struct app_worker *w, uint32_t user, uint32_t *out, unsigned *count) {
    struct user *person;
    *count = 0;
    if (user == 0) return ERR_OK;
    enum err e = user_load(w->view, user, &person);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    for (unsigned i = 0; i < person->garage_count && *count < LIMIT_GARAGE; i++) {
        e = vehicle_find(w->view, person->garage[i].vehicle, &out[*count]);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        *count += e == ERR_OK;
    }
    return ERR_OK;
}

enum err api_product(struct app_worker *w, const char *field, struct slice external_id, uint32_t *out, struct fault *why) {
    TRY(check_id(field, external_id, why));
    enum err e = product_find(w->view, external_id, out);
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(why, ERR_BAD_REQUEST, field, "no product is called '%.*s'", SLICE_ARGS(external_id));
}

enum err api_type(struct app_worker *w, const char *field, struct slice slug, uint32_t *out, struct fault *why) {
    TRY(check_id(field, slug, why));
    enum err e = names_look_up(w->view, NAMES_TYPE, slug, out);
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(why, ERR_BAD_REQUEST, field, "no type is called '%.*s'; /v1/types lists them", SLICE_ARGS(slug));
}

// ---- answers --------------------------------------------------------------------------------------------------------------------

struct json_writer api_begin(struct request *rq) {
    struct json_writer w = json_writer_of(&rq->out);
    json_open(&w, '{');
    return w;
}

enum err api_end(struct request *rq, struct json_writer *w) {
    json_close(w, '}');
    return respond_json(rq, 200);
}

void api_query_members(struct request *rq, struct json_writer *w) {
    json_key_str(w, "query_id", rq->id);
    json_key_int(w, "took_us", (int64_t)request_took_us(rq));
}

struct slice api_name(const struct request *rq, struct slice name, struct slice name_zh) {
    return api_zh(rq) && name_zh.n > 0 ? name_zh : name;
}

void api_key_text(struct json_writer *w, const char *key, struct slice text) {
    if (text.n > 0) json_key_string(w, key, text);
    else json_key_null(w, key);
}

void api_list(struct json_writer *w, const char *key, struct slice joined) {
    json_key_open(w, key, '[');
    while (joined.p && joined.n > 0) json_string(w, slice_cut(&joined, '|'));
    json_close(w, ']');
}

enum err api_suggested(struct app_worker *w, struct json_writer *j, const struct vehicle_suggestion *list, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct vehicle *car;
        TRY(vehicle_load(w->view, list[i].vehicle, &car));
        vehicle_json(w->view, j, car, NULL, false);
    }
    return ERR_OK;
}
