// query_car.h: from the spans that speak of a car to readings of that car.
#ifndef RF_INDEX_QUERY_CAR_H
#define RF_INDEX_QUERY_CAR_H

#include "query.h"

#define CAR_SPANS_MAX 24

struct car_spans { // collected from a path, in the order of the text
    unsigned count;
    struct query_span *spans[CAR_SPANS_MAX];
};

// Which spans are to be ruled out because nothing around them says that they mean a car: "s" without its make, the model 2008
// beside a Civic. Sets `banned` and *banned_any; the path is sought again then.
enum err query_car_doubts(struct view *v, struct slice text, const struct car_spans *cars, bool *banned_any);
// Readings into out->readings, best first; out->unknown_car where the words exclude each other.
enum err query_car_read(const struct span_list *spans, const struct car_spans *cars, struct understood *out);

// The reading at `from` comes to `to`, which is not behind it; those between go one place further.
void query_reading_move(struct understood *u, unsigned from, unsigned to);

#endif
