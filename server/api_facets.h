// api_facets.h: the parameters facets, facet_limit, facet_sort and facet_prefix, and what an answer says of them.
#ifndef RF_SERVER_API_FACETS_H
#define RF_SERVER_API_FACETS_H

#include "index/base/limits.h"
#include "index/facet.h"
#include "index/filter.h"
#include "server/api.h"

#define API_FACET_PARAMS "facets", "facet_limit", "facet_sort", "facet_prefix"

struct api_facets { unsigned count; struct facet list[LIMIT_FACETS]; };

// facets=brand,attributes.tier begun, each without the filter's terms about itself; facet_sort=count|value and facet_limit hold for all of
// them, facet_prefix=brand:mi for the one it names. ERR_BAD_REQUEST with the parameter's name.
enum err api_facets_begin(struct request *rq, struct app_worker *w, const struct filter *filter, struct api_facets *out, struct fault *why);
// The members facets and facet_stats, after facet_finish.
void api_facets_json(const struct api_facets *f, struct json_writer *j);

#endif
