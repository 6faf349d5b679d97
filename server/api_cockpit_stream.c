// GET /v1/cockpit/stream: server-sent events, for a fleet: what becomes due when telemetry or an inspection comes in (fleet.h).
//
//   id: 1795341600000001
//   event: suggestion
//   data: {"user":"u1","suggestions":[the short form of POST /v1/cockpit/suggest],"more":0}
//
// A service is told once, until it stops being due. `event: gap`: some were lost; ask for your cars with the POST.
#include "server/api_cockpit.h"
#include "server/api_routes.h"
#include "server/encode.h"
#include "server/fleet.h"
#include "server/push.h"

static void id_line(struct request *rq, uint64_t id, const char *event) {
    char digits[24];
    buf_slice_put(&rq->out, SLICE("id: "));
    buf_slice_put(&rq->out, slice_of(digits, encode_decimal(id, digits)));
    buf_slice_put(&rq->out, SLICE("\nevent: "));
    buf_slice_put(&rq->out, slice_str(event));
    buf_slice_put(&rq->out, SLICE("\ndata: "));
}

struct telling { struct fleet_note note; struct fleet_stream *stream; }; // the one at hand

static enum err tell(struct request *rq, struct app_worker *w, struct fault *why) {
    const struct telling *t = rq->stream_state;
    struct slice user = slice_str(t->note.user);
    struct fleet_told *told = fleet_told(t->stream, user);
    bool any = false;
    id_line(rq, t->note.id, "suggestion");
    struct json_writer j = api_begin(rq);
    json_key_string(&j, "user", user);
    TRY(api_cockpit_news(rq, w, user, slice_str(t->note.vehicle), told->services, &j, &any, why));
    json_close(&j, '}');
    buf_slice_put(&rq->out, SLICE("\n\n"));
    if (!any) rq->out.n = 0;
    return ERR_OK;
}

static bool take(struct request *rq) {
    struct fleet *f = app_of(rq)->fleet;
    struct telling *t = rq->stream_state;
    struct fault why = {ERR_OK, "", ""};
    uint64_t id;
    if (fleet_gap(f, t->stream, &id)) {
        id_line(rq, id, "gap");
        buf_slice_put(&rq->out, SLICE("{}\n\n"));
        return true;
    }
    if (!fleet_take(f, t->stream, &t->note)) return false;
    if (api_read(rq, &why, tell) != ERR_OK) rq->out.n = 0; // a person who is gone, a car nobody knows
    return true;
}

static void closed(struct request *rq) { fleet_close(app_of(rq)->fleet, ((const struct telling *)rq->stream_state)->stream); }

static const struct push stream = {take, closed};

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
