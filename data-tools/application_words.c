#include "application_words.h"

#include "index/base/limits.h"
#include "index/names.h"

static void years_put(const struct application *a, struct buf *out) {
    bool from = a->year_from > LIMIT_YEAR_MIN, to = a->year_to < LIMIT_YEAR_MAX;
    if (!from && !to) buf_slice_put(out, SLICE("all years"));
    else if (from && a->year_from == a->year_to) buf_printf(out, "%u", a->year_from);
    else if (from && to) buf_printf(out, "%u-%u", a->year_from, a->year_to);
    else if (from) buf_printf(out, "from %u", a->year_from);
    else buf_printf(out, "to %u", a->year_to);
}

static void vehicle_put(struct view *v, const struct application *a, struct buf *out) {
    if (a->flags & APPLICATION_UNRESOLVED) {
        buf_printf(out, "parked {%.*s} ", SLICE_ARGS(a->raw));
    } else if (a->model) {
        struct slice rest = names_text(v, NAMES_MODEL, a->model), make = slice_cut(&rest, '/');
        buf_printf(out, "%.*s %.*s ", SLICE_ARGS(make), SLICE_ARGS(rest));
    } else {
        buf_printf(out, "%.*s, all models, ", SLICE_ARGS(names_text(v, NAMES_MAKE, a->make)));
    }
    years_put(a, out);
}

static void term_put(struct view *v, const struct term *t, struct buf *out) {
    buf_printf(out, ", %.*s ", SLICE_ARGS(names_text(v, NAMES_ATTRIBUTE, t->attr)));
    for (unsigned i = 0; i < t->count; i++) {
        if (i) buf_char(out, '|');
        buf_slice_put(out, names_text(v, NAMES_VALUE + t->attr, t->values[i]));
    }
}

static void condition_put(struct view *v, uint32_t id, struct buf *out) {
    struct condition c;
    if (condition_load(v, id, &c) != ERR_OK) return;
    buf_printf(out, "; if %s", c.text.n ? "" : condition_type_name(c.type));
    buf_slice_put(out, c.text);
    if (c.from.n) buf_printf(out, " from %.*s", SLICE_ARGS(c.from));
    if (c.to.n) buf_printf(out, " to %.*s", SLICE_ARGS(c.to));
}

void application_words(struct view *v, const struct application *a, struct buf *out) {
    vehicle_put(v, a, out);
    for (unsigned i = 0; i < a->term_count; i++) term_put(v, &a->terms[i], out);
    if (a->position) buf_printf(out, "; %.*s", SLICE_ARGS(names_text(v, NAMES_POSITION, a->position)));
    if (a->quantity > 1) buf_printf(out, "; %u pieces", a->quantity);
    if (a->label) buf_printf(out, "; line %.*s", SLICE_ARGS(names_text(v, NAMES_LABEL, a->label)));
    for (unsigned i = 0; i < a->condition_count; i++) condition_put(v, a->conditions[i], out);
}
