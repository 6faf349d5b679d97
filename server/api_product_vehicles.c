// api_product_vehicles.c: what a product fits, readable: one line a model and way of fitting, years as ranges.
#include "index/names.h"
#include "index/product_class.h"
#include "index/product_vehicles.h"
#include "server/api.h"
#include "server/api_routes.h"

static void terms_json(struct view *v, struct json_writer *w, const char *key, const struct application *a, bool spec) {
    json_key_open(w, key, '{');
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *term = &a->terms[i];
        if (term->spec != spec) continue;
        json_key_slice(w, names_text(v, NAMES_ATTRIBUTE, term->attr));
        if (term->count > 1) json_open(w, '[');
        for (unsigned k = 0; k < term->count; k++) json_string(w, names_text(v, NAMES_VALUE + term->attr, term->values[k]));
        if (term->count > 1) json_close(w, ']');
    }
    json_close(w, '}');
}

static void conditions_json(struct view *v, struct json_writer *w, const struct application *a) {
    json_key_open(w, "conditions", '[');
    for (unsigned i = 0; i < a->condition_count; i++) {
        struct condition c;
        if (condition_load(v, a->conditions[i], &c) == ERR_OK) json_string(w, c.text);
    }
    json_close(w, ']');
}

// A line without a make is for every make; without a model it has no make.
static void line_json(struct view *v, struct json_writer *w, const struct product_line *line) {
    struct make make = {0};
    struct model model = {0};
    if (line->make && make_load(v, line->make, &make) != ERR_OK) make.name = names_text(v, NAMES_MAKE, line->make);
    if (line->model && model_load(v, line->make, line->model, &model) != ERR_OK) model.name = names_text(v, NAMES_MODEL, line->model);
    json_open(w, '{');
    api_key_text(w, "make", make.name);
    api_key_text(w, "model", model.name);
    api_key_text(w, "years", line->years);
    terms_json(v, w, "attrs", line->a, false);
    if (application_has_spec(line->a)) terms_json(v, w, "spec", line->a, true);
    api_key_text(w, "position", names_text(v, NAMES_POSITION, line->a->position));
    json_key_int(w, "quantity", line->a->quantity);
    api_key_text(w, "label", names_text(v, NAMES_LABEL, line->a->label));
    conditions_json(v, w, line->a);
    json_key_int(w, "vehicles", line->vehicles);
    json_key_bool(w, "whole", line->whole);
    json_close(w, '}');
}

static enum err write_out(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_page page;
    struct product_lines lines;
    uint32_t id;
    TRY(api_page(rq, &page, why));
    enum err e = product_find(w->view, rq->captures[0], &id);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, e, "id", "no product is called '%.*s'", SLICE_ARGS(rq->captures[0]));
    TRY(e);
    TRY(product_lines(w->view, id, &lines));
    const struct product_facts *facts = columns_facts(w->view, id);
    struct json_writer out = json_writer_of(&rq->out);
    json_open(&out, '{');
    json_key_open(&out, "vehicles", '[');
    for (unsigned i = page.offset; i < lines.count && i < page.offset + page.limit; i++) line_json(w->view, &out, &lines.list[i]);
    json_close(&out, ']');
    json_key_int(&out, "total", lines.count);
    json_key_int(&out, "total_vehicles", lines.vehicles);
    json_key_str(&out, "class", product_class_name(product_class_of(facts)));
    json_key_bool(&out, "universal", facts->flags & FACT_UNIVERSAL);
    json_key_bool(&out, "by_specification", lines.count && lines.list[0].make == 0 && application_has_spec(lines.list[0].a));
    json_key_int(&out, "unresolved", lines.unresolved);
    json_close(&out, '}');
    return ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, write_out);
}

// Every vehicle that the applications cover is read for a page of them, so a loop never does it.
enum err api_product_vehicles(struct request *rq, struct fault *why) { return request_compute(rq, on_compute, api_answered, why); }
