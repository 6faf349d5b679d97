#include "picker.h"

#include <stdlib.h>

#include "base/buf.h"
#include "names.h"

static bool wanted(const struct picker_filter *f, uint32_t first_list, uint32_t all, uint8_t markets) {
    return (f->second ? all : first_list) > 0 && (f->markets == 0 || (f->markets & markets));
}

// ---- makes ----------------------------------------------------------------------------------------------------------
static int by_slug(const void *a, const void *b) {
    return slice_cmp(((const struct make *)a)->slug, ((const struct make *)b)->slug);
}

static int chinese_order(const void *a, const void *b) {
    const struct make *x = a, *y = b;
    unsigned rank_x = x->cn_order ? x->cn_order : UINT16_MAX + 1u, rank_y = y->cn_order ? y->cn_order : UINT16_MAX + 1u;
    if (rank_x != rank_y) return rank_x < rank_y ? -1 : 1;
    if (x->initial != y->initial) return x->initial < y->initial ? -1 : 1;
    return by_slug(a, b);
}

enum err picker_makes(struct view *v, const struct picker_filter *filter, struct make **out, unsigned *count) {
    uint32_t all = names_count(v->snapshot, NAMES_MAKE);
    *count = 0;
    *out = ARENA_ARRAY(v->arena, struct make, all + 1);
    if (*out == NULL) return ERR_NO_MEMORY;
    for (uint32_t id = 1; id <= all; id++) {
        struct make *make = &(*out)[*count];
        enum err err = make_load(v, id, make);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
        if (err == ERR_OK && wanted(filter, make->vehicles, make->vehicles_second, make->markets)) ++*count;
    }
    if (*count > 0) qsort(*out, *count, sizeof **out, filter->order == PICKER_CHINESE ? chinese_order : by_slug);
    return ERR_OK;
}

// ---- models ---------------------------------------------------------------------------------------------------------
static int by_model_slug(const void *a, const void *b) {
    return slice_cmp(((const struct model *)a)->slug, ((const struct model *)b)->slug);
}

// Those with a Chinese name first: the ones sold there under a name people know.
static int chinese_models(const void *a, const void *b) {
    const struct model *x = a, *y = b;
    bool cn_x = x->markets & VEHICLE_MARKET_CN, cn_y = y->markets & VEHICLE_MARKET_CN;
    if (cn_x != cn_y) return cn_x ? -1 : 1;
    return by_model_slug(a, b);
}

struct model_ids { struct buf ids; uint32_t last; };

static bool collect_model(void *arg, const struct picker_row *row) {
    struct model_ids *m = arg;
    if (row->model != m->last) buf_u32(&m->ids, row->model);
    m->last = row->model;
    return !m->ids.bad;
}

enum err picker_models(struct view *v, uint32_t make, const struct picker_filter *filter, struct model **out,
                       unsigned *count) {
    struct model_ids found = {.last = 0};
    uint32_t id;
    *count = 0;
    buf_init(&found.ids, v->arena, 1024);
    TRY(vehicle_each(v, make, 0, 0, 0, collect_model, &found));
    *out = ARENA_ARRAY(v->arena, struct model, found.ids.n / sizeof id + 1);
    if (found.ids.bad || *out == NULL) return ERR_NO_MEMORY;
    for (struct reader r = reader_of(buf_slice(&found.ids)); reader_take(&r, &id, sizeof id);) {
        struct model *model = &(*out)[*count];
        TRY(model_load(v, make, id, model));
        if (wanted(filter, model->vehicles, model->vehicles_second, model->markets)) ++*count;
    }
    if (*count > 0) qsort(*out, *count, sizeof **out, filter->order == PICKER_CHINESE ? chinese_models : by_model_slug);
    return ERR_OK;
}

// ---- years ----------------------------------------------------------------------------------------------------------
struct year_list { const struct picker_filter *filter; struct buf rows; };

static bool collect_year(void *arg, const struct picker_row *row) {
    struct year_list *l = arg;
    bool second = row->is.flags & VEHICLE_SECOND_LIST;
    if (!wanted(l->filter, !second, 1, row->is.markets)) return true;
    struct picker_year year = {row->year, row->is};
    buf_put(&l->rows, &year, sizeof year);
    return !l->rows.bad;
}

static int newest_first(const void *a, const void *b) {
    const struct picker_year *x = a, *y = b;
    if (x->year != y->year) return x->year > y->year ? -1 : 1;
    return x->is.vehicle < y->is.vehicle ? -1 : x->is.vehicle > y->is.vehicle;
}

enum err picker_years(struct view *v, uint32_t make, uint32_t model, const struct picker_filter *filter,
                      struct picker_year **out, unsigned *count) {
    struct year_list list = {.filter = filter};
    *count = 0;
    buf_init(&list.rows, v->arena, 64 * sizeof **out);
    TRY(vehicle_each(v, make, model, 0, 0, collect_year, &list));
    if (list.rows.bad) return ERR_NO_MEMORY;
    *out = (struct picker_year *)(void *)list.rows.p; // an arena's allocation is aligned for anything
    *count = (unsigned)(list.rows.n / sizeof **out);
    if (*count > 0) qsort(*out, *count, sizeof **out, newest_first);
    return ERR_OK;
}
