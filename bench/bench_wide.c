// A car of which only the model or the make is known: K over all its base vehicles, the products of one type for it, and the question.
#include <stdio.h>

#include "bench/bench.h"
#include "index/knowledge_words.h"
#include "index/names.h"

struct wide { const char *name, *make, *model, *type, *attrs, *market; };
static const struct wide asks[] = {
    {"golf/oil_filter", "volkswagen", "golf", "oil_filter", "", ""},
    {"golf/oil_filter_cn_1.4", "volkswagen", "golf", "oil_filter", "displacement:1.4", "CN"},
    {"civic/brake_pad", "honda", "civic", "brake_pad", "", ""},
    {"golf/tyre", "volkswagen", "golf", "tyre", "", ""},
    {"honda/oil_filter", "honda", NULL, "oil_filter", "", ""},
    {"honda/oil_filter_cn", "honda", NULL, "oil_filter", "", "CN"},
    {"ford/engine_oil", "ford", NULL, "engine_oil", "", ""},
    {"honda/tyre", "honda", NULL, "tyre", "", ""},
    {"golf/all", "volkswagen", "golf", NULL, "", ""},
    {"honda/all", "honda", NULL, NULL, "", ""},
};

static bool reading_of(struct gbench *g, struct bench_data *d, const struct wide *w, struct car_reading *out, uint32_t *type) {
    *out = (struct car_reading){.model_count = 1, .attrs = slice_str(w->attrs)};
    enum err e = make_find(d->view, slice_str(w->make), &out->models[0].make);
    if (e == ERR_OK && w->model) e = model_find(d->view, out->models[0].make, slice_str(w->model), &out->models[0].model);
    *type = 0;
    if (e == ERR_OK && w->type) e = names_find(d->view->snapshot, NAMES_TYPE, slice_str(w->type), type);
    if (e != ERR_OK) bench_failed(g, w->name, e);
    return e == ERR_OK;
}

enum { STEP_KNOWLEDGE, STEP_FIND, STEP_QUESTION };

static void run(struct gbench *g, const struct wide *w, int steps) {
    struct bench_data *d = bench_data(g);
    struct car_reading reading;
    uint32_t type;
    double vehicles = 0, products = 0;
    if (!d || !reading_of(g, d, w, &reading, &type)) return;
    while (gbench_next(g)) {
        struct knowledge k;
        struct fitment found = {0};
        struct question *q = NULL;
        struct fault why = {ERR_OK, "", ""};
        bench_new_request(d);
        enum err e = knowledge_of_words(d->view, &reading, SLICE_NONE, slice_str(w->market), &k, &why);
        if (e == ERR_OK && steps >= STEP_FIND) e = fitment_find(d->view, &k, type, true, &found);
        if (e == ERR_OK && steps >= STEP_QUESTION) e = fitment_question(d->view, &found, NULL, &q);
        if (e != ERR_OK) {
            bench_failed(g, w->name, e);
            return;
        }
        gbench_use(found.matches);
        vehicles += k.vehicle_count;
        products += found.count;
    }
    gbench_average(g, "vehicles", vehicles);
    gbench_average(g, "products", products);
}

static void knowledge(struct gbench *g, long at) { run(g, &asks[at], STEP_KNOWLEDGE); }
static void of_type(struct gbench *g, long at) { run(g, &asks[at], STEP_FIND); }
static void question(struct gbench *g, long at) { run(g, &asks[at], STEP_QUESTION); }

void bench_wide_add(void) {
    static const struct { const char *name; gbench_fn *fn; } rows[] = {{"knowledge", knowledge}, {"find", of_type}, {"find_and_question", question}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (long a = 0; a < (long)(sizeof asks / sizeof *asks); a++) {
            char name[64];
            snprintf(name, sizeof name, "wide/%s/%s", rows[i].name, asks[a].name);
            gbench_add(name, rows[i].fn, a);
        }
}
