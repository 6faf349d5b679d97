#include "server/api_facets.h"

#include "index/text.h"

static enum err list_begin(struct request *rq, struct app_worker *w, const struct filter *filter, struct api_facets *out, struct fault *why) {
    struct slice rest = request_param(rq, "facets");
    while (rest.p && rest.n) {
        struct slice field = slice_trim(slice_cut(&rest, ','));
        if (field.n == 0) continue;
        if (out->count == LIMIT_FACETS) return fault_set(why, ERR_BAD_REQUEST, "facets", "at most %d facets", LIMIT_FACETS);
        TRY(facet_begin(w->view, field, filter_without(filter, field), &out->list[out->count++], why));
    }
    return ERR_OK;
}

static enum err prefix_set(struct request *rq, struct api_facets *f, struct fault *why) {
    struct slice text = request_param(rq, "facet_prefix"), field = slice_cut(&text, ':');
    if (field.n == 0) return ERR_OK;
    for (unsigned i = 0; i < f->count; i++)
        if (slice_eq(f->list[i].field, slice_trim(field))) return text_fold(&rq->arena, slice_trim(text), &f->list[i].prefix);
    return fault_set(why, ERR_BAD_REQUEST, "facet_prefix", "facet_prefix is one of the facets, ':' and how its values begin");
}

enum err api_facets_begin(struct request *rq, struct app_worker *w, const struct filter *filter, struct api_facets *out, struct fault *why) {
    struct slice sort = request_param(rq, "facet_sort");
    int64_t limit = LIMIT_FACET_VALUES;
    out->count = 0;
    TRY(list_begin(rq, w, filter, out, why));
    TRY(request_param_int(rq, "facet_limit", 1, LIMIT_FACET_VALUES, &limit, why));
    if (sort.n && !slice_is(sort, "count") && !slice_is(sort, "value"))
        return fault_set(why, ERR_BAD_REQUEST, "facet_sort", "facet_sort is count or value");
    for (unsigned i = 0; i < out->count; i++) {
        out->list[i].limit = (unsigned)limit;
        out->list[i].order = slice_is(sort, "value") ? FACET_BY_VALUE : FACET_BY_COUNT;
        out->list[i].currency = filter->currency;
    }
    return prefix_set(rq, out, why);
}

void api_facets_json(const struct api_facets *f, struct json_writer *j) {
    json_key_open(j, "facets", '{');
    for (unsigned i = 0; i < f->count; i++) {
        json_key_slice(j, f->list[i].field);
        json_open(j, '[');
        for (unsigned k = 0; k < f->list[i].count; k++) {
            json_open(j, '{');
            json_key_string(j, "value", f->list[i].values[k].text);
            json_key_int(j, "count", f->list[i].values[k].count);
            json_close(j, '}');
        }
        json_close(j, ']');
    }
    json_close(j, '}');
    json_key_open(j, "facet_stats", '{');
    for (unsigned i = 0; i < f->count; i++) {
        if (!f->list[i].has_range) continue;
        json_key_slice(j, f->list[i].field);
        json_open(j, '{');
        json_key_double(j, "min", f->list[i].least);
        json_key_double(j, "max", f->list[i].greatest);
        json_close(j, '}');
    }
    json_close(j, '}');
}
