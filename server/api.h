// api.h: what the handlers of the application share: reading in a snapshot, writing through the writer, and the
// parameters that mean the same everywhere.
//
// A handler is three short steps: parameters into a struct, index and model calls, JSON out. It runs on an event loop, so
// it stays well under a millisecond; what may take longer goes through request_compute() and api_read_on().
#ifndef RF_SERVER_API_H
#define RF_SERVER_API_H

#include "index/event.h"
#include "index/fitment.h"
#include "index/product.h"
#include "index/user.h"
#include "index/vehicle_suggest.h"
#include "server/app.h"
#include "server/respond.h"

// ---- reading --------------------------------------------------------------------------------------------------------------
// `fn` sees w->view at one snapshot, its results in rq->arena. What it writes to rq->out must be bytes of its own: nothing of
// the snapshot may be used afterwards.
typedef enum err (*api_read_fn)(struct request *rq, struct app_worker *w, struct fault *why);
// A key with a view sees no more than that (index/assortment.h); ERR_FORBIDDEN when its view is not there.
enum err api_read(struct request *rq, struct fault *why, api_read_fn fn);
// The same on a compute thread; `thread_state` is what the work function was given.
enum err api_read_on(void *thread_state, struct request *rq, struct fault *why, api_read_fn fn);
// The same for several requests at one snapshot (request_compute_together): `fn` gives each its result and fault. While it works on a
// request w->view->arena is to be that request's.
typedef void (*api_read_many_fn)(struct request **rqs, unsigned n, struct app_worker *w);
void api_read_many_on(void *thread_state, struct request **rqs, unsigned n, api_read_many_fn fn);
// What both begin with, for those who read in another way; view_end(w->view) after ERR_OK.
enum err api_view_begin(struct request *rq, struct app_worker *w, struct fault *why);
enum err api_admit(struct request *rq, struct fault *why); // server_app.admit
// A resume for answers that were written on a compute thread: 200 with rq->out, or the failure.
enum err api_answered(struct request *rq, struct fault *why);

// ---- writing --------------------------------------------------------------------------------------------------------------
// One write, made in rq->arena and usually the first member of the handler's own struct. `apply` runs on the writer thread,
// perhaps twice, and may read the struct and the request's body but not touch rq.
struct api_write {
    struct command command;
    struct request *rq;
};
typedef enum err (*api_apply_fn)(struct command *self, struct txn *t, struct arena *scratch);
// Defers the request; `resume` runs after the commit is on disk, or with rq->result set to why it is not (ERR_RATE_LIMITED
// when the queue is full): it begins with `if (rq->result != ERR_OK) return rq->result;`. Always ERR_OK.
enum err api_submit(struct request *rq, struct api_write *write, api_apply_fn apply, request_fn resume);
// A resume for writes that have nothing to tell: 204, or the failure.
enum err api_written(struct request *rq, struct fault *why);

// Whether the request may change the thing of this id: a key with a view changes only what is its dealer's, ids that begin with the
// dealer's and ':'. ERR_FORBIDDEN with `field`.
enum err api_owned(struct request *rq, const char *field, struct slice id, struct fault *why);

// ---- common parameters ------------------------------------------------------------------------------------------------------
struct api_page { unsigned limit, offset; };
enum err api_page(const struct request *rq, struct api_page *out, struct fault *why); // limit=, offset=
// The same checks for values from a body; `limit` 0 is the default.
enum err api_page_of(int64_t limit, int64_t offset, struct api_page *out, struct fault *why);

bool api_zh(const struct request *rq); // texts for people are wanted in Chinese
enum err api_currency(const struct request *rq, enum currency *out, struct fault *why); // currency=, else by language

// market= as its attribute's value (an empty one is any), else the server's default; of a key whose view has a market always that.
// ERR_BAD_REQUEST `market`, ERR_FORBIDDEN where it is another than the view's.
enum err api_market(const struct request *rq, struct app_worker *w, struct slice *out, struct fault *why);
uint8_t api_market_bit(struct slice market); // VEHICLE_MARKET_*, 0 for none

// K of vehicle=, attrs= and market=. The server's default market gives way where the vehicle has nothing in that market.
enum err api_knowledge(const struct request *rq, struct app_worker *w, struct knowledge *out, struct fault *why);
// K of texts from elsewhere (a body, a garage); an empty `market` is the request's.
enum err api_knowledge_of(const struct request *rq, struct app_worker *w, struct slice vehicle, struct slice attrs,
                          struct slice market, struct knowledge *out, struct fault *why);
// K of the members vehicle (string), attrs (object) and market (string) of a body.
enum err api_knowledge_json(const struct request *rq, struct app_worker *w, const struct json *body, struct knowledge *out,
                            struct fault *why);

// A user's dense id; 0 for an empty text and for users nobody has heard of. ERR_BAD_REQUEST `user` when it is too long.
enum err api_user(struct app_worker *w, struct slice external_id, uint32_t *out, struct fault *why);
// The base vehicles of a user's garage that are known, the user's own order, into out[LIMIT_GARAGE]; none for user 0.
enum err api_garage(struct app_worker *w, uint32_t user, uint32_t *out, unsigned *count);
// Ids in a query or body: an unknown one is ERR_BAD_REQUEST with `field`.
enum err api_product(struct app_worker *w, const char *field, struct slice external_id, uint32_t *out, struct fault *why);
enum err api_type(struct app_worker *w, const char *field, struct slice slug, uint32_t *out, struct fault *why);

// ---- answers ----------------------------------------------------------------------------------------------------------------
struct json_writer api_begin(struct request *rq);                // '{' is written
enum err api_end(struct request *rq, struct json_writer *w);     // '}' and 200
void api_query_members(struct request *rq, struct json_writer *w); // query_id and took_us
struct slice api_name(const struct request *rq, struct slice name, struct slice name_zh); // in the language asked for
void api_key_text(struct json_writer *w, const char *key, struct slice text); // null when empty
static inline void api_count_verdict(struct app_worker *w, unsigned verdict) { // for /metrics, once for each fit that is shown
    _Static_assert(APP_VERDICTS == VERDICT_FITS + 1, "a counter for each");
    metrics_bump(&w->verdicts[verdict], 1);
}
// The elements of a list of suggested vehicles; the caller has opened the array.
enum err api_suggested(struct app_worker *w, struct json_writer *j, const struct vehicle_suggestion *list, unsigned count);
void api_list(struct json_writer *w, const char *key, struct slice joined);   // "a|b" -> ["a","b"]

#endif
