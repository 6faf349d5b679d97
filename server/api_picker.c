// api_picker.c: the picker's cascade: makes, models of a make, years of a model, vehicles.
#include "server/api_picker.h"

#include "index/base/limits.h"
#include "server/api_routes.h"

// ---- parameters -----------------------------------------------------------------------------------------------------------

static enum err unknown(const char *field, struct slice text, struct fault *why) {
    return fault_set(why, ERR_BAD_REQUEST, field, "no %s is called '%.*s'", field, SLICE_ARGS(text));
}

static enum err choose_model(struct request *rq, struct app_worker *w, struct api_choice *out, struct fault *why) {
    struct slice make = request_param(rq, "make"), model = request_param(rq, "model");
    enum err e = make.n ? make_find(w->view, make, &out->make) : ERR_OK;
    if (e == ERR_NOT_FOUND) return unknown("make", make, why);
    TRY(e);
    if (model.n == 0) return ERR_OK;
    if (make.n == 0) return fault_set(why, ERR_BAD_REQUEST, "make", "a model needs its make");
    e = model_find(w->view, out->make, model, &out->model);
    return e == ERR_NOT_FOUND ? unknown("model", model, why) : e;
}

enum err api_choice(struct request *rq, struct app_worker *w, struct api_choice *out, struct fault *why) {
    int64_t all = 0, year = 0;
    *out = (struct api_choice){0};
    TRY(request_param_int(rq, "all", 0, 1, &all, why));
    TRY(request_param_int(rq, "year", LIMIT_YEAR_MIN, LIMIT_YEAR_MAX, &year, why));
    TRY(api_market(rq, w, &out->market, why));
    out->year = (unsigned)year;
    out->filter = (struct picker_filter){.markets = api_market_bit(out->market), .second = all != 0};
    if (api_zh(rq) || out->filter.markets == VEHICLE_MARKET_CN) out->filter.order = PICKER_CHINESE;
    return choose_model(rq, w, out, why);
}

enum err api_choice_needs_make(const struct api_choice *c, struct fault *why) {
    return c->make ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "make", "make is required");
}

// ---- makes and models -------------------------------------------------------------------------------------------------------

static enum err makes(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_choice c;
    struct make *list;
    unsigned count;
    TRY(api_choice(rq, w, &c, why));
    TRY(picker_makes(w->view, &c.filter, &list, &count));
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "makes", '[');
    for (unsigned i = 0; i < count; i++) {
        const struct make *m = &list[i];
        json_open(&out, '{');
        json_key_string(&out, "make", m->name);
        api_key_text(&out, "name_zh", m->name_zh);
        json_key_string(&out, "slug", m->slug);
        json_key_string(&out, "initial", slice_of(&m->initial, m->initial ? 1 : 0));
        json_key_int(&out, "models", c.filter.second ? m->models_second : m->models);
        json_key_int(&out, "vehicles", c.filter.second ? m->vehicles_second : m->vehicles);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_makes(struct request *rq, struct fault *why) { return api_read(rq, why, makes); }

static enum err models(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_choice c;
    struct model *list;
    unsigned count;
    TRY(api_choice(rq, w, &c, why));
    TRY(api_choice_needs_make(&c, why));
    TRY(picker_models(w->view, c.make, &c.filter, &list, &count));
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "models", '[');
    for (unsigned i = 0; i < count; i++) {
        const struct model *m = &list[i];
        json_open(&out, '{');
        json_key_string(&out, "model", m->name);
        api_key_text(&out, "name_zh", m->name_zh);
        json_key_string(&out, "slug", m->slug);
        json_key_int(&out, "year_min", m->year_min);
        json_key_int(&out, "year_max", m->year_max);
        json_key_int(&out, "vehicles", c.filter.second ? m->vehicles_second : m->vehicles);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_models(struct request *rq, struct fault *why) { return api_read(rq, why, models); }

// ---- years and vehicles -------------------------------------------------------------------------------------------------------

static enum err years(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_choice c;
    struct picker_year *list;
    unsigned count;
    TRY(api_choice(rq, w, &c, why));
    TRY(api_choice_needs_make(&c, why));
    if (!c.model) return fault_set(why, ERR_BAD_REQUEST, "model", "model is required");
    TRY(picker_years(w->view, c.make, c.model, &c.filter, &list, &count));
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "years", '[');
    for (unsigned i = 0; i < count; i++) {
        struct vehicle *vehicle;
        TRY(vehicle_load(w->view, list[i].is.vehicle, &vehicle));
        json_open(&out, '{');
        json_key_int(&out, "year", list[i].year);
        json_key_string(&out, "vehicle", vehicle->slug);
        json_key_int(&out, "configurations", list[i].is.configurations);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_years(struct request *rq, struct fault *why) { return api_read(rq, why, years); }

static unsigned only_year(struct picker_year *list, unsigned count, unsigned year) {
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++)
        if (year == 0 || list[i].year == year) list[kept++] = list[i];
    return kept;
}

static enum err vehicles(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_choice c;
    struct api_page page;
    struct picker_year *list;
    unsigned count;
    TRY(api_choice(rq, w, &c, why));
    TRY(api_page(rq, &page, why));
    TRY(api_choice_needs_make(&c, why));
    TRY(picker_years(w->view, c.make, c.model, &c.filter, &list, &count));
    count = only_year(list, count, c.year);
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "vehicles", '[');
    for (unsigned i = page.offset; i < count && i < page.offset + page.limit; i++) {
        struct vehicle *vehicle;
        TRY(vehicle_load(w->view, list[i].is.vehicle, &vehicle));
        vehicle_json(w->view, &out, vehicle, NULL, false);
    }
    json_close(&out, ']');
    json_key_int(&out, "total", count);
    return api_end(rq, &out);
}
enum err api_vehicles(struct request *rq, struct fault *why) { return api_read(rq, why, vehicles); }
