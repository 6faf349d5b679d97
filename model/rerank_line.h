// rerank_line.h: rerank.h's lists as lines of JSON:
//   in   {"user":"u1","vehicle":"2018-volkswagen-golf","attrs":{...},"market":"CN","items":["p1","p2"],"limit":10}
//   out  {"user":"u1","items":[{"id":"p2","score":0.81,"verdict":"fits"}],"dropped":[{"id":"p1","why":"no"}]}
// Without `items` the whole catalogue is meant; then `limit` is needed. An empty list stays empty.
#ifndef RF_MODEL_RERANK_LINE_H
#define RF_MODEL_RERANK_LINE_H

#include "index/base/buf.h"
#include "index/base/json.h"
#include "rerank.h"

struct rerank_line { // as it stands; slices live in the arena it was read into
    struct slice user, vehicle, attrs, market;
    struct slice *items;
    size_t count;
    bool whole;
    unsigned limit; // 0: all
};

// Reads a line; asks no database. `market`: when the line names none, may be empty. ERR_BAD_REQUEST with the field.
enum err rerank_line_read(struct json_parser *parser, struct arena *arena, struct slice text, struct slice market, struct rerank_line *out,
                          struct fault *why);
// A line that reads as this one, with its end. `arena`: scratch.
void rerank_line_write(const struct rerank_line *line, struct arena *arena, struct buf *out);
// About how long its answer takes at most, in microseconds. The errors are those of its car.
enum err rerank_line_us(const struct rerank *r, const struct rerank_line *line, unsigned *us, struct fault *why);
// Appends the answer with its newline. ERR_BAD_REQUEST for a car that cannot be; then nothing is appended.
enum err rerank_line_answer(const struct rerank *r, const struct rerank_line *line, struct buf *out, struct fault *why);

// {"line":n,"error":{"code","message","field"}}, what stands for the answer of a line that cannot be used.
void rerank_line_error(uint64_t number, const struct fault *why, struct buf *out);

// An answer of ids: what rerank_line_answer ends in, for those who have ids and verdicts from elsewhere.
struct rerank_line_out { struct json_writer w; };
void rerank_line_begin(struct rerank_line_out *o, struct slice user, struct buf *out); // an empty user is null
void rerank_line_hit(struct rerank_line_out *o, struct slice id, float score, uint32_t verdict);
void rerank_line_dropped(struct rerank_line_out *o); // after the hits, before what was dropped
void rerank_line_drop(struct rerank_line_out *o, struct slice id, uint32_t why);
void rerank_line_end(struct rerank_line_out *o);

#endif
