// api_cities.c: GET /v1/cities: where there are workshops (index/city.h), for whoever is to say where the customer is.
#include "index/city.h"
#include "server/api.h"
#include "server/api_routes.h"

static enum err cities(struct request *rq, struct app_worker *w, struct fault *why) {
    struct city *list;
    unsigned count;
    (void)why;
    TRY(cities_of(w->view, &list, &count));
    struct json_writer j = api_begin(rq);
    json_key_open(&j, "cities", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(&j, '{');
        json_key_string(&j, "city", list[i].path);
        json_key_string(&j, "name", list[i].name);
        api_key_text(&j, "name_zh", list[i].name_zh);
        api_key_text(&j, "country", list[i].country);
        geo_json(&j, "near", list[i].at);
        json_key_int(&j, "workshops", list[i].workshops);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    return rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err work(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, cities); }

enum err api_cities(struct request *rq, struct fault *why) { return request_compute(rq, work, api_answered, why); }
