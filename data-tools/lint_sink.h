// lint_sink.h: the lint as a sink (sink.h), for the readers that hand over products and applications in words: JSON lines, tables.
//
// Brands are lines of their own here: two brands' parts for one car compete, they do not contradict each other.
#ifndef RF_TOOLS_LINT_SINK_H
#define RF_TOOLS_LINT_SINK_H

#include "lint.h"
#include "lint_positions.h"
#include "lint_vehicles.h"
#include "sink.h"

struct lint_sink_options {
    const struct lint_positions *positions; // may be NULL
    struct lint_vehicles *vehicles;         // NULL: no database
    void (*tick)(void *arg);                // may be NULL
    void *arg;
};
struct lint_sink_result { uint64_t applications, parts; };

struct lint_sink;
struct lint_sink *lint_sink_new(const struct lint_sink_options *options, struct lint *l); // NULL: out of memory
void lint_sink_free(struct lint_sink *s);
struct sink lint_sink_of(struct lint_sink *s);
// After the last row; an error of the lint that the reader could not be told.
enum err lint_sink_end(const struct lint_sink *s, struct lint_sink_result *out);

#endif
