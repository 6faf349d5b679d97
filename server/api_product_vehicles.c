// api_product_vehicles.c: what a product fits, readable: one line a model and set of attributes, years as ranges.
#include <stdlib.h>

#include "index/names.h"
#include "server/api.h"
#include "server/api_routes.h"

struct line {
    const struct application *a;
    struct slice years; // "2012-2018,2020"
};

// ---- order: make, model, terms, then years ------------------------------------------------------------------------------------

static int compare_terms(const struct application *a, const struct application *b) {
    if (a->term_count != b->term_count) return (int)a->term_count - (int)b->term_count;
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *x = &a->terms[i], *y = &b->terms[i];
        if (x->attr != y->attr) return (int)x->attr - (int)y->attr;
        if (x->count != y->count) return (int)x->count - (int)y->count;
        for (unsigned k = 0; k < x->count; k++)
            if (x->values[k] != y->values[k]) return (int)x->values[k] - (int)y->values[k];
    }
    return 0;
}

static int compare_vehicles(const struct application *a, const struct application *b) {
    if (a->make != b->make) return a->make < b->make ? -1 : 1;
    if (a->model != b->model) return a->model < b->model ? -1 : 1;
    return compare_terms(a, b);
}

static int compare(const void *x, const void *y) {
    const struct application *a = *(const struct application *const *)x, *b = *(const struct application *const *)y;
    int order = compare_vehicles(a, b);
    return order ? order : (int)a->year_from - (int)b->year_from;
}

// ---- lines --------------------------------------------------------------------------------------------------------------------

static void years_put(struct buf *out, unsigned from, unsigned to) {
    if (out->n) buf_char(out, ',');
    if (from == to) buf_printf(out, "%u", from);
    else buf_printf(out, "%u-%u", from, to);
}

// Ranges that touch become one. list[from, to) are the same vehicles in order of years.
static struct slice years_text(struct arena *a, const struct application **list, unsigned from, unsigned to) {
    struct buf out;
    buf_init(&out, a, 32);
    unsigned first = list[from]->year_from, last = list[from]->year_to;
    for (unsigned i = from + 1; i < to; i++) {
        if (list[i]->year_from > last + 1) {
            years_put(&out, first, last);
            first = list[i]->year_from;
        }
        if (list[i]->year_to > last) last = list[i]->year_to;
    }
    years_put(&out, first, last);
    return buf_slice(&out);
}

static enum err lines_of(struct view *v, uint32_t product, struct line **out, unsigned *count) {
    struct application *all;
    unsigned n, kept = 0;
    *count = 0;
    TRY(applications_load(v, product, &all, &n));
    const struct application **list = ARENA_ARRAY(v->arena, const struct application *, (size_t)n + 1);
    *out = ARENA_ARRAY(v->arena, struct line, (size_t)n + 1);
    if (!list || !*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < n; i++)
        if (!(all[i].flags & APPLICATION_UNRESOLVED)) list[kept++] = &all[i];
    qsort(list, kept, sizeof *list, compare);
    for (unsigned from = 0, to; from < kept; from = to) {
        for (to = from + 1; to < kept && compare_vehicles(list[from], list[to]) == 0;) to++;
        (*out)[(*count)++] = (struct line){list[from], years_text(v->arena, list, from, to)};
    }
    return ERR_OK;
}

// ---- output -------------------------------------------------------------------------------------------------------------------

static void value_json(struct view *v, struct json_writer *w, const struct term *term, unsigned i) {
    json_string(w, names_text(v, NAMES_VALUE + term->attr, term->values[i]));
}

static void line_json(struct view *v, struct json_writer *w, const struct line *line) {
    const struct application *a = line->a;
    struct make make;
    struct model model;
    if (make_load(v, a->make, &make) != ERR_OK) make.name = names_text(v, NAMES_MAKE, a->make);
    if (a->model == 0 || model_load(v, a->make, a->model, &model) != ERR_OK) model.name = SLICE_NONE;
    json_open(w, '{');
    json_key_string(w, "make", make.name);
    api_key_text(w, "model", model.name); // null: every model of the make
    json_key_string(w, "years", line->years);
    json_key_open(w, "attrs", '{');
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *term = &a->terms[i];
        json_key_slice(w, names_text(v, NAMES_ATTRIBUTE, term->attr));
        if (term->count > 1) json_open(w, '[');
        for (unsigned k = 0; k < term->count; k++) value_json(v, w, term, k);
        if (term->count > 1) json_close(w, ']');
    }
    json_close(w, '}');
    json_close(w, '}');
}

static enum err write_out(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_page page;
    struct line *lines;
    unsigned count;
    uint32_t id;
    TRY(api_page(rq, &page, why));
    enum err e = product_find(w->view, rq->captures[0], &id);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, e, "id", "no product is called '%.*s'", SLICE_ARGS(rq->captures[0]));
    TRY(e);
    TRY(lines_of(w->view, id, &lines, &count));
    struct json_writer out = json_writer_of(&rq->out);
    json_open(&out, '{');
    json_key_open(&out, "vehicles", '[');
    for (unsigned i = page.offset; i < count && i < page.offset + page.limit; i++) line_json(w->view, &out, &lines[i]);
    json_close(&out, ']');
    json_key_int(&out, "total", count);
    json_close(&out, '}');
    return ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, write_out);
}

static enum err answer(struct request *rq, struct fault *why) {
    (void)why;
    return rq->result != ERR_OK ? rq->result : respond_json(rq, 200);
}

// Thousands of applications are sorted for a page of them, so a loop never does it.
enum err api_product_vehicles(struct request *rq, struct fault *why) { return request_compute(rq, on_compute, answer, why); }
