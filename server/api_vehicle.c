// api_vehicle.c: one vehicle, what fits it by type, and typeahead over vehicles.
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/fitment.h"
#include "index/names.h"
#include "index/vehicle_suggest.h"
#include "server/api.h"
#include "server/api_routes.h"

// ---- one vehicle ------------------------------------------------------------------------------------------------------------

static enum err not_found(enum err e, struct slice id, struct fault *why) {
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(why, ERR_NOT_FOUND, "id", "no vehicle is called '%.*s'", SLICE_ARGS(id));
}

// A base vehicle's id or a configuration's; *only is -1 for a base vehicle.
static enum err find(struct app_worker *w, struct slice id, struct vehicle **out, int *only, struct fault *why) {
    uint32_t base;
    unsigned configuration;
    *only = -1;
    if (memchr(id.p, '~', id.n)) {
        TRY(not_found(vehicle_find_configuration(w->view, id, out, &configuration), id, why));
        *only = (int)configuration;
        return ERR_OK;
    }
    TRY(not_found(vehicle_find(w->view, id, &base), id, why));
    return vehicle_load(w->view, base, out);
}

static enum err get(struct request *rq, struct app_worker *w, struct fault *why) {
    struct vehicle *vehicle;
    int only;
    TRY(find(w, rq->captures[0], &vehicle, &only, why));
    uint64_t *bits = NULL;
    if (only >= 0) {
        bits = ARENA_ARRAY(&rq->arena, uint64_t, vehicle->count / 64 + 1);
        if (!bits) return ERR_NO_MEMORY;
        bits_set(bits, (unsigned)only);
    }
    struct json_writer out = json_writer_of(&rq->out);
    vehicle_json(w->view, &out, vehicle, bits, true);
    vehicle_configurations_json(w->view, &out, vehicle);
    return api_end(rq, &out);
}
enum err api_vehicle_get(struct request *rq, struct fault *why) { return api_read(rq, why, get); }

// ---- types that fit ---------------------------------------------------------------------------------------------------------

struct type_count {
    struct type_info type;
    struct group_info group;
    uint32_t fits, count;
};

// By group as the vocabulary orders them, the largest first; what has no group comes last.
static int in_order(const void *a, const void *b) {
    const struct type_count *x = a, *y = b;
    if (x->group.order != y->group.order) return x->group.order < y->group.order ? -1 : 1;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return slice_cmp(x->type.slug, y->type.slug);
}

// Universal goods are counted, but not those that have nothing to do with a car: they say nothing about this one.
static bool counts(struct view *v, const struct match *m) {
    return m->verdict != VERDICT_UNIVERSAL || !(columns_facts(v, m->product)->flags & FACT_NON_VEHICLE);
}

static void describe(struct view *v, struct type_count *t, uint32_t type) {
    uint32_t group;
    if (type_load(v, type, &t->type) != ERR_OK) t->type = (struct type_info){.slug = names_text(v, NAMES_TYPE, type)};
    t->group.order = UINT16_MAX;
    if (t->type.group.n && names_find(v->snapshot, NAMES_GROUP, t->type.group, &group) == ERR_OK)
        (void)group_load(v, group, &t->group);
}

static enum err count_types(struct view *v, const struct fitment *f, struct type_count **out, unsigned *count) {
    uint32_t *all = ARENA_ARRAY(v->arena, uint32_t, LIMIT_TYPES), *fits = ARENA_ARRAY(v->arena, uint32_t, LIMIT_TYPES);
    unsigned types = 0;
    if (!all || !fits) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < f->count; i++) {
        const struct match *m = &f->matches[i];
        if (m->type >= LIMIT_TYPES || !counts(v, m)) continue;
        types += all[m->type]++ == 0;
        fits[m->type] += m->verdict == VERDICT_FITS;
    }
    *count = 0;
    *out = ARENA_ARRAY(v->arena, struct type_count, types + 1);
    if (!*out) return ERR_NO_MEMORY;
    for (uint32_t type = 0; type < LIMIT_TYPES; type++) {
        if (all[type] == 0) continue;
        struct type_count *t = &(*out)[(*count)++];
        t->count = all[type];
        t->fits = fits[type];
        describe(v, t, type);
    }
    return ERR_OK;
}

static void type_count_json(struct json_writer *w, const struct type_count *t) {
    json_open(w, '{');
    json_key_string(w, "id", t->type.slug);
    json_key_string(w, "name", t->type.name.n ? t->type.name : t->type.slug);
    api_key_text(w, "name_zh", t->type.name_zh);
    json_key_str(w, "kind", product_kind_name(t->type.kind));
    api_key_text(w, "group", t->type.group);
    json_key_int(w, "count", t->count);
    json_key_int(w, "fits", t->fits);
    json_close(w, '}');
}

static enum err types(struct request *rq, struct app_worker *w, struct fault *why) {
    struct slice id = rq->captures[0];
    struct vehicle *vehicle;
    struct knowledge k;
    struct fitment f;
    struct type_count *list;
    unsigned count;
    int only;
    TRY(find(w, id, &vehicle, &only, why));
    TRY(api_knowledge_of(rq, w, id, request_param(rq, "attrs"), SLICE_NONE, &k, why));
    TRY(fitment_find(w->view, &k, 0, true, &f));
    TRY(count_types(w->view, &f, &list, &count));
    qsort(list, count, sizeof *list, in_order);
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "types", '[');
    for (unsigned i = 0; i < count; i++) type_count_json(&out, &list[i]);
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_vehicle_types(struct request *rq, struct fault *why) { return api_read(rq, why, types); }

// ---- typeahead ----------------------------------------------------------------------------------------------------------------

static enum err suggest(struct request *rq, struct app_worker *w, struct fault *why) {
    struct slice q = request_param(rq, "q"), market;
    struct api_page page;
    uint32_t user, garage[LIMIT_GARAGE];
    struct suggest_query query = {.text = q, .garage = garage};
    unsigned count;
    if (!q.p) return fault_set(why, ERR_BAD_REQUEST, "q", "q is required");
    if (q.n > LIMIT_QUERY_BYTES) return fault_set(why, ERR_BAD_REQUEST, "q", "q must be at most %d bytes", LIMIT_QUERY_BYTES);
    TRY(api_page(rq, &page, why));
    TRY(api_market(rq, w, &market, why));
    TRY(api_user(w, request_param(rq, "user"), &user, why));
    TRY(api_garage(w, user, garage, &query.garage_count));
    query.prefer_market = market.n || !api_zh(rq) ? api_market_bit(market) : VEHICLE_MARKET_CN;
    query.max = page.limit;
    struct vehicle_suggestion *list = ARENA_ARRAY(&rq->arena, struct vehicle_suggestion, page.limit);
    if (!list) return ERR_NO_MEMORY;
    TRY(vehicle_suggest_for(w->view, &query, list, &count));
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "vehicles", '[');
    TRY(api_suggested(w, &out, list, count));
    json_close(&out, ']');
    json_key_int(&out, "took_us", (int64_t)request_took_us(rq));
    return api_end(rq, &out);
}
enum err api_vehicle_suggest(struct request *rq, struct fault *why) { return api_read(rq, why, suggest); }
