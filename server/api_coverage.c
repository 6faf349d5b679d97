// api_coverage.c: GET /v1/reports/coverage: who has a workshop near, by service and city (index/coverage.h).
#include "index/coverage.h"

#include "index/names.h"
#include "server/api.h"
#include "server/api_routes.h"

// Which counts are asked for: of one service (its place), or of any; of one city, or of all.
struct selection { int service; struct slice city; };

static struct coverage_count counts_of(const struct coverage_city *city, int service) {
    return service < 0 ? city->any : city->service[service];
}

static void share(struct json_writer *j, const char *key, uint32_t part, uint32_t whole) {
    if (whole) json_key_double(j, key, (double)part / whole);
    else json_key_null(j, key);
}

static bool selected(const struct selection *s, const struct coverage_city *city) { return s->city.n == 0 || slice_eq(s->city, city->path); }

// One row over the selected cities.
static void totals_json(struct json_writer *j, const struct coverage *c, const struct selection *s, int service) {
    uint32_t people = 0, districts = 0;
    struct coverage_count covered = {0, 0};
    for (unsigned i = 0; i <= c->city_count; i++) {
        const struct coverage_city *city = &c->cities[i];
        struct coverage_count n = counts_of(city, service);
        if (!selected(s, city)) continue;
        people += city->people;
        districts += city->districts;
        covered.people += n.people;
        covered.districts += n.districts;
    }
    json_key_int(j, "users", people);
    share(j, "users_share", covered.people, people);
    json_key_int(j, "districts", districts);
    share(j, "districts_share", covered.districts, districts);
}

static void services_json(struct request *rq, struct app_worker *w, struct json_writer *j, const struct coverage *c, const struct selection *s) {
    json_key_open(j, "services", '[');
    for (unsigned i = 0; i < c->service_count; i++) {
        struct type_info info;
        if (s->service >= 0 && (int)i != s->service) continue;
        if (type_load(w->view, c->services[i], &info) != ERR_OK) continue;
        json_open(j, '{');
        json_key_string(j, "service", info.slug);
        json_key_string(j, "name", api_name(rq, info.name, info.name_zh));
        totals_json(j, c, s, (int)i);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void cities_json(struct json_writer *j, const struct coverage *c, const struct selection *s) {
    json_key_open(j, "cities", '[');
    for (unsigned i = 0; i <= c->city_count; i++) {
        const struct coverage_city *city = &c->cities[i];
        struct coverage_count n = counts_of(city, s->service);
        if (!selected(s, city) || city->people + city->districts == 0) continue;
        json_open(j, '{');
        api_key_text(j, "city", city->path);
        json_key_int(j, "users", city->people);
        share(j, "users_share", n.people, city->people);
        json_key_int(j, "districts", city->districts);
        share(j, "districts_share", n.districts, city->districts);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static enum err selection_parse(struct request *rq, struct app_worker *w, const struct coverage *c, struct selection *out, struct fault *why) {
    struct slice service = request_param(rq, "service");
    uint32_t type;
    *out = (struct selection){-1, request_param(rq, "city")};
    bool known = out->city.n == 0;
    for (unsigned i = 0; i < c->city_count; i++) known |= slice_eq(c->cities[i].path, out->city);
    if (!known) return fault_set(why, ERR_BAD_REQUEST, "city", "no district lies in '%.*s'", SLICE_ARGS(out->city));
    if (service.n == 0) return ERR_OK;
    TRY(api_type(w, "service", service, &type, why));
    for (unsigned i = 0; i < c->service_count; i++)
        if (c->services[i] == type) out->service = (int)i;
    return out->service >= 0 ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "service", "'%.*s' is no service", SLICE_ARGS(service));
}

static enum err report(struct request *rq, struct app_worker *w, struct fault *why) {
    struct coverage c;
    struct selection s;
    TRY(coverage_compute(w->view, &c));
    TRY(selection_parse(rq, w, &c, &s, why));
    struct json_writer j = api_begin(rq);
    json_key_int(&j, "radius_m", (int64_t)COVERAGE_RADIUS_M);
    json_key_int(&j, "users_known", c.users);
    totals_json(&j, &c, &s, s.service);
    services_json(rq, w, &j, &c, &s);
    cities_json(&j, &c, &s);
    api_query_members(rq, &j);
    json_close(&j, '}');
    return rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err work(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, report); }

enum err api_coverage(struct request *rq, struct fault *why) { return request_compute(rq, work, api_answered, why); }
