// rerank.h: one line of batch re-ranking: a user, perhaps a car, and a list of products -> the list in this person's order.
//
// A pure function of the database and the line, used by POST /v1/rerank and by `rightfit rerank` alike:
//   in   {"user":"u1","vehicle":"2018-volkswagen-golf","attrs":{...},"market":"CN","items":["p1","p2"]}
//   out  {"user":"u1","items":[{"id":"p2","score":0.81,"verdict":"fits"}],"dropped":[{"id":"p1","why":"no"}]}
// Fitment is a hard filter first: what does not fit the car is dropped with its reason. Without a car no fit is claimed.
// Order: fits before universal before conditional before unknown, then score, then id.
#ifndef RF_MODEL_RERANK_H
#define RF_MODEL_RERANK_H

#include "index/base/buf.h"
#include "rank.h"

struct rerank {
    struct view *view;          // between view_begin and view_end
    struct ranker *ranker;
    struct json_parser *parser;
    struct slice market;        // when the line names none; may be empty
};

// Appends the answer line with its newline. ERR_BAD_REQUEST with the field for a line that cannot be used; then nothing
// is appended.
enum err rerank_line(const struct rerank *r, struct slice line, struct buf *out, struct fault *why);

#endif
