// api_options.c: what is left to choose, in any order: make, model, year, and every attribute that still varies.
//
// How much is looked at depends on what was chosen. Without a make only makes are offered, and the other choices do not
// narrow them yet. With a make alone, models and years come from the picker's table. With a model, or with attributes
// given, the configurations of every vehicle in question are read and narrowed by the answers; where those are thousands, a
// compute thread does it.
#include <stdlib.h>

#include "index/attribute.h"
#include "index/names.h"
#include "server/api_choices.h"
#include "server/api_routes.h"

#define LOOP_CONFIGURATIONS 1000 // that an event loop reads for one request

// ---- output -------------------------------------------------------------------------------------------------------------------

static void option_open(struct json_writer *w, struct slice attribute, struct slice label) {
    json_open(w, '{');
    json_key_string(w, "attribute", attribute);
    json_key_string(w, "label", label);
    json_key_open(w, "values", '[');
}

static void option_value(struct json_writer *w, struct slice value, struct slice label, uint32_t count) {
    json_open(w, '{');
    json_key_string(w, "value", value);
    json_key_string(w, "label", label);
    json_key_int(w, "count", count);
    json_close(w, '}');
}

static void option_close(struct json_writer *w) {
    json_close(w, ']');
    json_close(w, '}');
}

static enum err makes_option(struct request *rq, struct choices *o, struct json_writer *w) {
    struct make *list;
    unsigned count;
    TRY(picker_makes(o->view, &o->choice.filter, &list, &count));
    option_open(w, SLICE("make"), api_zh(rq) ? SLICE("品牌") : SLICE("Make"));
    for (unsigned i = 0; i < count; i++) {
        uint32_t vehicles = o->choice.filter.second ? list[i].vehicles_second : list[i].vehicles;
        option_value(w, list[i].name, api_name(rq, list[i].name, list[i].name_zh), vehicles);
        o->total += vehicles;
    }
    option_close(w);
    return ERR_OK;
}

static enum err models_option(struct request *rq, struct choices *o, struct json_writer *w) {
    struct model *list;
    unsigned count;
    if (o->choice.model || o->models.count < 2) return ERR_OK;
    TRY(picker_models(o->view, o->choice.make, &o->choice.filter, &list, &count));
    option_open(w, SLICE("model"), api_zh(rq) ? SLICE("车系") : SLICE("Model"));
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < o->models.count; k++)
            if (o->models.rows[k].value == list[i].id)
                option_value(w, list[i].name, api_name(rq, list[i].name, list[i].name_zh), o->models.rows[k].count);
    option_close(w);
    return ERR_OK;
}

static int newest_first(const void *a, const void *b) {
    uint32_t x = ((const struct tally_row *)a)->value, y = ((const struct tally_row *)b)->value;
    return (x < y) - (x > y);
}

static void years_option(struct request *rq, struct choices *o, struct json_writer *w) {
    if (o->choice.year || o->years.count < 2) return;
    qsort(o->years.rows, o->years.count, sizeof *o->years.rows, newest_first);
    option_open(w, SLICE("year"), api_zh(rq) ? SLICE("年款") : SLICE("Year"));
    for (unsigned i = 0; i < o->years.count; i++) {
        struct slice year = arena_printf(o->view->arena, "%u", o->years.rows[i].value);
        option_value(w, year, year, o->years.rows[i].count);
    }
    option_close(w);
}

struct shown { // a value as it is sorted and written
    struct slice text;
    double number;
    uint32_t count;
};

static int by_number(const void *a, const void *b) {
    const struct shown *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static int by_count(const void *a, const void *b) {
    const struct shown *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return slice_cmp(x->text, y->text);
}

static enum err attribute_option(struct request *rq, struct choices *o, const struct attribute_info *info,
                                 struct json_writer *w) {
    const struct tally *t = &o->attrs[info->id];
    struct shown *list = ARENA_ARRAY(o->view->arena, struct shown, t->count);
    if (!list) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < t->count; i++) {
        list[i].text = names_text(o->view, NAMES_VALUE + info->id, t->rows[i].value);
        list[i].count = t->rows[i].count;
        (void)slice_f64(list[i].text, &list[i].number);
    }
    qsort(list, t->count, sizeof *list, info->kind == 'n' ? by_number : by_count);
    option_open(w, info->name, api_name(rq, info->label.n ? info->label : info->name, info->label_zh));
    for (unsigned i = 0; i < t->count; i++)
        option_value(w, list[i].text, attribute_value_label(o->view, info->id, list[i].text, api_zh(rq)), list[i].count);
    option_close(w);
    return ERR_OK;
}

static int by_order(const void *a, const void *b) {
    const struct attribute_info *x = a, *y = b;
    return x->order != y->order ? (int)x->order - (int)y->order : (x->id > y->id) - (x->id < y->id);
}

static enum err attribute_options(struct request *rq, struct choices *o, struct json_writer *w) {
    struct attribute_info *list = ARENA_ARRAY(o->view->arena, struct attribute_info, LIMIT_ATTRIBUTES);
    unsigned count = 0;
    if (!list) return ERR_NO_MEMORY;
    for (uint32_t id = 1; id < LIMIT_ATTRIBUTES; id++) {
        if (o->attrs[id].count < 2 || o->attrs[id].too_many || attribute_is_id(o->view, id)) continue;
        TRY(attribute_load(o->view, id, &list[count++]));
    }
    qsort(list, count, sizeof *list, by_order);
    for (unsigned i = 0; i < count; i++) TRY(attribute_option(rq, o, &list[i], w));
    return ERR_OK;
}

static int newest_vehicle(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->year != y->year) return x->year > y->year ? -1 : 1;
    return (x->vehicle > y->vehicle) - (x->vehicle < y->vehicle);
}

static enum err vehicle_list(struct choices *o, struct json_writer *w) {
    struct found *list = (struct found *)(void *)o->vehicles.p; // an arena's allocation is aligned for anything
    if (o->choice.make && o->total) qsort(list, o->total, sizeof *list, newest_vehicle);
    json_key_open(w, "vehicles", '[');
    for (unsigned i = o->page.offset; o->choice.make && i < o->total && i < o->page.offset + o->page.limit; i++) {
        struct vehicle *vehicle;
        TRY(vehicle_load(o->view, list[i].vehicle, &vehicle));
        uint64_t *bits = ARENA_ARRAY(o->view->arena, uint64_t, vehicle->count / 64 + 1);
        if (!bits) return ERR_NO_MEMORY;
        for (unsigned k = 0; k < vehicle->count; k++)
            if (choices_possible(o, vehicle, k)) bits_set(bits, k);
        vehicle_json(o->view, w, vehicle, bits, false);
    }
    json_close(w, ']');
    return ERR_OK;
}

// ---- the call -----------------------------------------------------------------------------------------------------------------

static enum err read_parameters(struct request *rq, struct app_worker *w, struct choices **out, struct fault *why) {
    struct choices *o = ARENA_NEW(&rq->arena, struct choices);
    if (!o) return ERR_NO_MEMORY;
    *out = o;
    o->view = w->view;
    TRY(api_choice(rq, w, &o->choice, why));
    TRY(api_page(rq, &o->page, why));
    o->deep = o->choice.make && (o->choice.model || request_param(rq, "attrs").n > 0);
    return knowledge_parse(w->view, SLICE_NONE, request_param(rq, "attrs"), o->choice.market, &o->answers, why);
}

static enum err write_out(struct request *rq, struct choices *o) {
    if (o->choice.make) TRY(choices_count(o));
    struct json_writer out = json_writer_of(&rq->out);
    json_open(&out, '{');
    json_key_open(&out, "options", '[');
    if (o->choice.make) {
        TRY(models_option(rq, o, &out));
        years_option(rq, o, &out);
        TRY(attribute_options(rq, o, &out));
    } else {
        TRY(makes_option(rq, o, &out));
    }
    json_close(&out, ']');
    TRY(vehicle_list(o, &out));
    json_key_int(&out, "total", o->total);
    json_close(&out, '}');
    return ERR_OK;
}

static enum err options(struct request *rq, struct app_worker *w, struct fault *why) {
    struct choices *o;
    TRY(read_parameters(rq, w, &o, why));
    return write_out(rq, o);
}

// Answers unless that would take long; then rq->out stays empty.
static enum err options_if_short(struct request *rq, struct app_worker *w, struct fault *why) {
    struct choices *o;
    TRY(read_parameters(rq, w, &o, why));
    uint64_t configurations;
    TRY(choices_weigh(o, LOOP_CONFIGURATIONS, &configurations));
    return configurations <= LOOP_CONFIGURATIONS ? write_out(rq, o) : ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, options);
}

enum err api_vehicle_options(struct request *rq, struct fault *why) {
    TRY(api_read(rq, why, options_if_short));
    return rq->out.n > 0 ? respond_json(rq, 200) : request_compute(rq, on_compute, api_answered, why);
}
