// GET /v1/cockpit/stream: server-sent events, for a fleet: what becomes due when telemetry or an inspection comes in (fleet.h).
//
//   id: 1795341600000001
//   event: suggestion
//   data: {"user":"u1","suggestions":[the short form of POST /v1/cockpit/suggest],"more":0}
//
// A service is told once, until it stops being due. `event: gap`: some were lost; ask for your cars with the POST. `event: replaced` is the last:
// another stream was opened with the same key; whoever comes back all the same is told to wait for a minute, so that two do not fight.
// An id alone comes with the first silence and with every beat: a client that was told nothing goes on from there.
#include "server/api_cockpit.h"
#include "server/api_routes.h"
#include "server/encode.h"
#include "server/fleet.h"
#include "server/push.h"

#define REPLACED SLICE("retry: 60000\nevent: replaced\ndata: {\"message\":\"another stream was opened with this key\"}\n\n")
#define GAP SLICE("event: gap\ndata: {}\n\n")

static void id_line(struct request *rq, uint64_t id) {
    char digits[24];
    if (id == 0) return; // the client keeps the one it has
    buf_slice_put(&rq->out, SLICE("id: "));
    buf_slice_put(&rq->out, slice_of(digits, encode_decimal(id, digits)));
    buf_slice_put(&rq->out, SLICE("\n"));
}

struct telling {
    struct fleet_note note; // the one at hand
    struct fleet_stream *stream;
    bool caught_up; // the client has an id that it can go on from
};

static void reached(struct request *rq) {
    struct telling *t = rq->stream_state;
    uint64_t id = fleet_reached(app_of(rq)->fleet, t->stream);
    if (id == 0) return;
    id_line(rq, id);
    buf_slice_put(&rq->out, SLICE("\n"));
    t->caught_up = true;
}

static enum err tell(struct request *rq, struct app_worker *w, struct fault *why) {
    const struct telling *t = rq->stream_state;
    struct slice user = slice_str(t->note.user);
    struct fleet_told *slot = fleet_told(t->stream, user), told = *slot; // kept when all is written
    bool any = false;
    id_line(rq, t->note.id);
    buf_slice_put(&rq->out, SLICE("event: suggestion\ndata: "));
    struct json_writer j = api_begin(rq);
    json_key_string(&j, "user", user);
    TRY(api_cockpit_news(rq, w, user, slice_str(t->note.vehicle), told.services, &j, &any, why));
    json_close(&j, '}');
    buf_slice_put(&rq->out, SLICE("\n\n"));
    if (!any) rq->out.n = 0;
    *slot = told;
    return ERR_OK;
}

static enum push_step take(struct request *rq) {
    struct telling *t = rq->stream_state;
    struct fault why = {ERR_OK, "", ""};
    switch (fleet_next(app_of(rq)->fleet, t->stream, &t->note)) {
    case FLEET_NOTHING:
        if (!t->caught_up) reached(rq);
        return PUSH_WAIT;
    case FLEET_NOTE:
        if (api_read(rq, &why, tell) != ERR_OK) rq->out.n = 0; // a person who is gone, a car nobody knows
        return PUSH_MORE;
    case FLEET_GAP:
        buf_slice_put(&rq->out, GAP);
        t->caught_up = false;
        return PUSH_MORE;
    case FLEET_REPLACED: break;
    }
    buf_slice_put(&rq->out, REPLACED);
    return PUSH_END;
}

static void closed(struct request *rq) { fleet_close(app_of(rq)->fleet, ((const struct telling *)rq->stream_state)->stream); }

static const struct push stream = {take, reached, closed};

enum err api_cockpit_stream(struct request *rq, struct fault *why) {
    struct slice last = http_header(&rq->head, "last-event-id");
    uint64_t since = 0;
    if (rq->method == METHOD_HEAD) return respond_empty(rq, 204);
    struct telling *t = ARENA_NEW(&rq->arena, struct telling);
    if (!t) return ERR_NO_MEMORY;
    for (size_t i = 0; i < last.n; i++) {
        if (last.p[i] < '0' || last.p[i] > '9' || i >= 19) return fault_set(why, ERR_BAD_REQUEST, "last-event-id", "Last-Event-ID is a number this server gave");
        since = since * 10 + (uint64_t)(last.p[i] - '0');
    }
    TRY(fleet_open(app_of(rq)->fleet, rq, request_param(rq, "users"), last.n > 0, since, &t->stream, why));
    rq->stream_state = t;
    request_push(rq, &stream);
    return ERR_OK;
}
