// api_holds.c: POST /v1/workshops/{id}/holds: a slot taken, released or redeemed (index/slot.h), through the one writer.
#include "index/base/limits.h"
#include "index/names.h"
#include "index/slot.h"
#include "server/api.h"
#include "server/api_routes.h"

enum action { TAKE, RELEASE, REDEEM, ACTIONS };
static const char *const action_names[ACTIONS] = {"take", "release", "redeem"};

struct change {
    struct api_write write;
    const struct clock *clock;
    enum action action;
    struct slice workshop, id;
    struct hours hours; // of the workshop
    struct hold_request take;
    struct hold hold; // what became of it; its texts are the request's, see keep_texts()
};

// ---- the body ---------------------------------------------------------------------------------------------------------------------
static enum err action_parse(const struct json *body, struct change *c, struct fault *why) {
    struct slice text = SLICE_NONE;
    TRY(json_get_string(body, "action", &text, why));
    for (unsigned i = 0; i < ACTIONS; i++)
        if (slice_is(text, action_names[i]) || text.n == 0) {
            c->action = (enum action)i;
            return ERR_OK;
        }
    return fault_set(why, ERR_BAD_REQUEST, "action", "action is take, release or redeem");
}

static enum err start_parse(const struct json *body, struct change *c, struct fault *why) {
    const struct json *start = json_get(body, "start");
    c->take.start_ms = -1;
    if (start && start->type == JSON_STRING && clock_parse_ms(start->string, &c->take.start_ms)) return ERR_OK;
    if (start && start->type == JSON_INTEGER) c->take.start_ms = start->integer;
    if (c->take.start_ms >= 0) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "start", "start is RFC 3339 or Unix milliseconds");
}

static enum err take_parse(struct app_worker *w, const struct json *body, struct change *c, struct fault *why) {
    static const char *const KEYS[] = {"action", "service", "product", "quantity", "start", "user", "ttl_s", "id", NULL};
    struct slice service = SLICE_NONE, product = SLICE_NONE;
    int64_t quantity = 1, ttl_s = HOLD_TTL_DEFAULT_MS / 1000;
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "service", &service, why));
    TRY(json_get_string(body, "product", &product, why));
    TRY(json_get_integer(body, "quantity", 1, HOLD_QUANTITY_MAX, &quantity, why));
    TRY(json_get_integer(body, "ttl_s", 1, HOLD_TTL_MAX_MS / 1000, &ttl_s, why));
    TRY(json_get_string(body, "user", &c->take.user, why));
    TRY(json_get_string(body, "id", &c->take.client_id, why));
    TRY(start_parse(body, c, why));
    if (c->take.user.n > LIMIT_EXTERNAL_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "user", "user has at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    if (c->take.client_id.n > HOLD_CLIENT_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "id", "id has at most %d bytes", HOLD_CLIENT_ID_BYTES);
    if (service.n == 0 && product.n == 0) return fault_set(why, ERR_BAD_REQUEST, "service", "a hold is for a service or a product");
    if (service.n) TRY(api_type(w, "service", service, &c->take.service, why));
    if (product.n) TRY(api_product(w, "product", product, &c->take.product, why));
    c->take.workshop = c->workshop;
    c->take.quantity = (uint32_t)quantity;
    c->take.ttl_ms = ttl_s * 1000;
    return ERR_OK;
}

static enum err other_parse(const struct json *body, struct change *c, struct fault *why) {
    static const char *const KEYS[] = {"action", "hold", NULL};
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "hold", &c->id, why));
    return c->id.n ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "hold", "hold is missing");
}

// ---- writing ------------------------------------------------------------------------------------------------------------------------
static enum err change_apply(struct txn *t, struct view *v, struct change *c, struct fault *why) {
    int64_t now_ms = clock_unix_ms(c->clock);
    switch (c->action) {
    case TAKE: return hold_take(t, v, now_ms, &c->take, &c->hold, why);
    case RELEASE: return hold_release(t, v, now_ms, c->workshop, c->id, &c->hold, why);
    case REDEEM: return hold_redeem(t, v, now_ms, c->workshop, c->id, &c->hold, why);
    default: return ERR_INTERNAL;
    }
}

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    struct change *c = (struct change *)(void *)self;
    struct view v;
    TRY(view_of_txn(t, scratch, c->clock, &v));
    enum err e = change_apply(t, &v, c, &self->why);
    c->hold.user = c->hold.client_id = SLICE_NONE; // they lie in the writer's memory
    view_of_txn_end(&v);
    return e;
}

// ---- the answer ------------------------------------------------------------------------------------------------------------------------
static enum err hold_json(struct request *rq, struct app_worker *w, struct fault *why) {
    const struct change *c = rq->stream_state;
    const struct hold *h = &c->hold;
    struct product p;
    (void)why;
    struct json_writer j = api_begin(rq);
    json_key_string(&j, "hold", hold_id(&rq->arena, h));
    json_key_string(&j, "workshop", c->workshop);
    json_key_str(&j, "state", c->action == RELEASE ? "released" : h->state == HOLD_REDEEMED ? "redeemed" : "held");
    json_key_int(&j, "start", h->start_ms);
    json_key_int(&j, "utc_offset", hours_offset_min(&c->hours, h->start_ms));
    json_key_int(&j, "expires", h->expires_ms);
    api_key_text(&j, "service", names_text(w->view, NAMES_TYPE, h->service));
    api_key_text(&j, "product", h->product && product_load(w->view, h->product, &p) == ERR_OK ? p.external_id : SLICE_NONE);
    json_key_int(&j, "quantity", h->product ? h->quantity : 0);
    json_key_str(&j, "parts", part_source_name(h->source));
    api_key_text(&j, "depot", names_text(w->view, NAMES_DEPOT, h->depot));
    return api_end(rq, &j);
}

static enum err done(struct request *rq, struct fault *why) { return rq->result != ERR_OK ? rq->result : api_read(rq, why, hold_json); }

static enum err parse(struct request *rq, struct app_worker *w, struct fault *why) {
    const struct json *body;
    struct workshop shop;
    struct change *c = rq->stream_state;
    TRY(request_json(rq, &body, why));
    TRY(workshop_named(w->view, c->workshop, &shop, why)); // the transaction knows nothing of what the key may see
    c->hours = shop.hours;
    TRY(action_parse(body, c, why));
    return c->action == TAKE ? take_parse(w, body, c, why) : other_parse(body, c, why);
}

enum err api_holds_post(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    rq->stream_state = c;
    c->clock = rq->clock;
    c->workshop = rq->captures[0];
    TRY(api_read(rq, why, parse));
    return api_submit(rq, &c->write, apply, done);
}
