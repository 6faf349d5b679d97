#include <stdlib.h>

#include "export.h"
#include "fitment_columns.h"
#include "index/base/limits.h"
#include "index/names.h"
#include "index/vehicle.h"

// One application in words: what a row of the table says about its vehicle.
struct words {
    struct slice make, model;
    unsigned year_from, year_to, count;
    struct slice names[LIMIT_PREDICATE_TERMS], values[LIMIT_PREDICATE_TERMS]; // alternatives joined by '|'
};
struct table_out {
    struct view *view;
    struct output *out;
    struct export_report *report;
    struct json_parser *parser;
    struct slice columns[LIMIT_ATTRIBUTES]; // names of attributes, sorted
    unsigned column_count;
};

// ---- cells ----------------------------------------------------------------------------------------------------------------------------
static void cell_put(struct buf *b, struct slice text) {
    bool quoted = false;
    for (size_t i = 0; i < text.n && !quoted; i++) quoted = strchr(",\"\r\n;\t", text.p[i]) != NULL;
    quoted |= text.n && (text.p[0] == ' ' || text.p[text.n - 1] == ' ' || text.p[0] == '#');
    if (!quoted) {
        buf_slice_put(b, text);
        return;
    }
    buf_char(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') buf_char(b, '"');
        buf_char(b, text.p[i]);
    }
    buf_char(b, '"');
}

static void next_put(struct buf *b, struct slice text) {
    buf_char(b, ',');
    cell_put(b, text);
}

static void count_put(struct buf *b, uint64_t n) {
    buf_char(b, ',');
    if (n) buf_printf(b, "%llu", (unsigned long long)n);
}

static void money_put(struct buf *b, uint32_t minor) {
    buf_char(b, ',');
    if (minor) buf_printf(b, "%u.%02u", minor / 100, minor % 100);
}

static void years_put(struct buf *b, unsigned from, unsigned to) {
    buf_char(b, ',');
    if (from <= LIMIT_YEAR_MIN && to >= LIMIT_YEAR_MAX) buf_char(b, '*');
    else if (to >= LIMIT_YEAR_MAX) buf_printf(b, "%u+", from);
    else if (from <= LIMIT_YEAR_MIN) buf_printf(b, "-%u", to);
    else if (from == to) buf_printf(b, "%u", from);
    else buf_printf(b, "%u-%u", from, to);
}

// ---- applications in words --------------------------------------------------------------------------------------------------------------
static struct slice joined(struct arena *a, const struct slice *values, unsigned count) {
    struct buf b;
    buf_init(&b, a, 64);
    for (unsigned i = 0; i < count; i++) {
        if (i) buf_char(&b, '|');
        buf_slice_put(&b, values[i]);
    }
    return b.bad ? SLICE_NONE : buf_slice(&b);
}

static enum err words_of_resolved(struct table_out *t, const struct application *a, struct words *w) {
    unsigned *order;
    struct slice *values;
    w->make = export_make(t->view, a->make);
    w->model = export_model(t->view, a->make, a->model);
    w->year_from = a->year_from;
    w->year_to = a->year_to;
    TRY(export_terms(t->view, a, &order));
    for (unsigned i = 0; i < a->term_count; i++, w->count++) {
        const struct term *term = &a->terms[order[i]];
        TRY(export_values(t->view, term, &values));
        w->names[i] = names_text(t->view, NAMES_ATTRIBUTE, term->attr);
        w->values[i] = joined(t->view->arena, values, term->count);
    }
    return ERR_OK;
}

// A parked vehicle whose make or model nobody knows; others were parked for what a table says in another way.
static enum err words_of_parked(struct table_out *t, const struct application *a, struct words *w, bool *can) {
    const struct json *o;
    uint32_t make, model;
    *can = false;
    if (a->raw.n == 0) return ERR_OK;
    struct slice object = arena_printf(t->view->arena, "{%.*s}", SLICE_ARGS(a->raw));
    if (!object.p) return ERR_NO_MEMORY;
    TRY(json_parse(t->parser, object, t->view->arena, &o, NULL));
    TRY(json_get_string(o, "make", &w->make, NULL));
    TRY(json_get_string(o, "model", &w->model, NULL));
    if (json_get(o, "external") || a->year_from == 0 || w->make.n == 0 || w->make.p[0] == '?')
        return ERR_OK;
    w->year_from = a->year_from;
    w->year_to = a->year_to;
    if (make_find(t->view, w->make, &make) == ERR_OK && (w->model.n == 0 || model_find(t->view, make, w->model, &model) == ERR_OK))
        return ERR_OK;
    const struct json *attrs = json_get(o, "attrs");
    *can = !attrs || attrs->count <= LIMIT_PREDICATE_TERMS;
    for (size_t i = 0; *can && attrs && i < attrs->count; i++) {
        struct slice *values = ARENA_ARRAY(t->view->arena, struct slice, attrs->items[i].count + 1);
        if (!values) return ERR_NO_MEMORY;
        for (size_t k = 0; k < attrs->items[i].count; k++) values[k] = attrs->items[i].items[k].string;
        w->names[w->count] = attrs->keys[i];
        w->values[w->count++] = joined(t->view->arena, values, (unsigned)attrs->items[i].count);
    }
    return ERR_OK;
}

static enum err application_words(struct table_out *t, const struct application *a, struct words *w, bool *can) {
    *w = (struct words){.count = 0};
    if (a->flags & APPLICATION_UNRESOLVED) return words_of_parked(t, a, w, can);
    *can = a->make != 0;
    return *can ? words_of_resolved(t, a, w) : ERR_OK;
}

// ---- first reading: which attributes there are
// --------------------------------------------------------------------------------------------
static enum err column_add(struct table_out *t, struct slice name, struct arena *keep) {
    unsigned at = 0;
    while (at < t->column_count && slice_cmp(t->columns[at], name) < 0) at++;
    if (at < t->column_count && slice_eq(t->columns[at], name)) return ERR_OK;
    if (t->column_count == LIMIT_ATTRIBUTES) return ERR_TOO_LARGE;
    struct slice kept = arena_copy(keep, name);
    if (!kept.p) return ERR_NO_MEMORY;
    memmove(&t->columns[at + 1], &t->columns[at], (t->column_count - at) * sizeof *t->columns);
    t->columns[at] = kept;
    t->column_count++;
    return ERR_OK;
}

struct gather { struct table_out *table; struct arena *keep; };

static enum err columns_gather(void *arg, const struct product *p) {
    struct gather *g = arg;
    struct application *list;
    unsigned count;
    struct words w;
    bool can;
    TRY(applications_load(g->table->view, p->id, &list, &count));
    for (unsigned i = 0; i < count; i++) {
        TRY(application_words(g->table, &list[i], &w, &can));
        for (unsigned k = 0; can && k < w.count; k++) TRY(column_add(g->table, w.names[k], g->keep));
    }
    return ERR_OK;
}

static void header_put(struct table_out *t) {
    struct buf *b = &t->out->buf;
    buf_slice_put(b, SLICE("sku,brand,part_number,type,title,title_zh,image,price_cny,price_usd,stock,pack_quantity,universal,make,model,years"));
    for (unsigned i = 0; i < t->column_count; i++) {
        struct slice name = fitment_columns_plain(t->columns[i]) ? t->columns[i]
                                                                 : arena_printf(t->view->arena, FITMENT_ATTRIBUTE_PREFIX "%.*s",
                                                                                SLICE_ARGS(t->columns[i]));
        next_put(b, name);
    }
    buf_slice_put(b, SLICE(",position,qty,label,notes\n"));
}

// ---- second reading: rows
// -------------------------------------------------------------------------------------------------------------------
static void product_put(struct table_out *t, const struct product *p, bool universal) {
    const struct product_offer *offer = columns_offer(t->view, p->id);
    struct buf *b = &t->out->buf;
    cell_put(b, p->external_id);
    next_put(b, p->brand);
    next_put(b, p->number);
    next_put(b, p->type);
    next_put(b, p->title);
    next_put(b, p->title_zh);
    next_put(b, p->image);
    money_put(b, offer->cny_fen);
    money_put(b, offer->usd_cents);
    count_put(b, offer->stock);
    count_put(b, p->pack_quantity > 1 ? p->pack_quantity : 0);
    count_put(b, universal);
}

// Notes joined by '|'; one that has a ';' is kept whole by a last '|'.
static enum err notes_put(struct table_out *t, const struct application *a) {
    struct condition *list;
    unsigned count;
    struct buf b;
    buf_init(&b, t->view->arena, 128);
    TRY(export_conditions(t->view, a, &list, &count));
    for (unsigned i = 0; i < count; i++) {
        if (i) buf_char(&b, '|');
        buf_slice_put(&b, list[i].text);
    }
    bool semicolon = count == 1 && (memchr(list[0].text.p, ';', list[0].text.n) ||
                                    memmem(list[0].text.p, list[0].text.n, "\xEF\xBC\x9B", 3));
    if (semicolon) buf_char(&b, '|');
    next_put(&t->out->buf, b.bad ? SLICE_NONE : buf_slice(&b));
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err row_put(struct table_out *t, const struct product *p, const struct application *a, const struct words *w) {
    struct buf *b = &t->out->buf;
    product_put(t, p, false);
    next_put(b, w->make);
    next_put(b, w->model);
    years_put(b, w->year_from, w->year_to);
    for (unsigned i = 0, k = 0; i < t->column_count; i++) {
        for (k = 0; k < w->count && !slice_eq(w->names[k], t->columns[i]); k++) {}
        next_put(b, k < w->count ? w->values[k] : SLICE_NONE);
    }
    next_put(b, names_text(t->view, NAMES_POSITION, a->position));
    count_put(b, a->quantity);
    next_put(b, names_text(t->view, NAMES_LABEL, a->label));
    TRY(notes_put(t, a));
    buf_char(b, '\n');
    t->report->applications++;
    return ERR_OK;
}

static enum err rows_put(void *arg, const struct product *p) {
    struct table_out *t = arg;
    struct application *list;
    unsigned count;
    struct words w;
    bool can, universal = columns_facts(t->view, p->id)->flags & FACT_UNIVERSAL;
    TRY(applications_load(t->view, p->id, &list, &count));
    if (universal || count == 0) { // a row about the product alone
        product_put(t, p, universal);
        for (unsigned i = 0; i < t->column_count + 7; i++) buf_char(&t->out->buf, ',');
        buf_char(&t->out->buf, '\n');
    }
    for (unsigned i = 0; i < count; i++) {
        TRY(application_words(t, &list[i], &w, &can));
        if (can) TRY(row_put(t, p, &list[i], &w));
        else t->report->left_out++;
        output_flush(t->out);
    }
    t->report->products++;
    output_flush(t->out);
    return ERR_OK;
}

enum err export_csv(struct view *v, const struct export_options *o, struct output *out, struct export_report *report, struct fault *why) {
    struct table_out t = {.view = v, .out = out, .report = report, .parser = json_parser_new()};
    struct arena keep;
    struct gather gather = {&t, &keep};
    if (!t.parser) return ERR_NO_MEMORY;
    arena_init(&keep, 4096, 1 << 20);
    enum err err = export_each(v, o, "columns", columns_gather, &gather, why);
    if (err == ERR_OK) {
        header_put(&t);
        err = export_each(v, o, "rows", rows_put, &t, why);
    }
    arena_destroy(&keep);
    json_parser_free(t.parser);
    return err;
}
