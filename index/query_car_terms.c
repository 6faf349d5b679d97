// query_car_terms.c: what the words of a query say of a car's attributes (query_car_internal.h).
#include "base/buf.h"
#include "query_car_internal.h"

static bool value_among(struct slice list, struct slice value) {
    while (list.n > 0)
        if (slice_eq(slice_cut(&list, '|'), value)) return true;
    return false;
}

static struct slice values_common(struct arena *a, struct slice x, struct slice y) {
    struct buf b;
    buf_init(&b, a, x.n + y.n + 2);
    for (struct slice rest = x; rest.n > 0;) {
        struct slice one = slice_cut(&rest, '|');
        if (!value_among(y, one)) continue;
        if (b.n) buf_char(&b, '|');
        buf_slice_put(&b, one);
    }
    return b.n ? buf_slice(&b) : arena_printf(a, "%.*s|%.*s", SLICE_ARGS(x), SLICE_ARGS(y));
}

void car_term_add(struct arena *a, struct terms *t, struct slice name, struct slice values) {
    for (unsigned i = 0; i < t->count; i++)
        if (slice_eq(t->names[i], name)) {
            t->values[i] = values_common(a, t->values[i], values);
            return;
        }
    if (t->count == TERMS_MAX) return;
    t->names[t->count] = name;
    t->values[t->count++] = values;
}

void car_terms_add(struct arena *a, struct terms *t, struct slice attrs) {
    while (attrs.n > 0) {
        struct slice one = slice_cut(&attrs, ','), name = slice_cut(&one, ':');
        if (name.n && one.n) car_term_add(a, t, name, one);
    }
}

struct slice car_terms_text(struct arena *a, const struct terms *t) {
    struct buf b;
    buf_init(&b, a, 128);
    for (unsigned i = 0; i < t->count; i++) {
        if (i) buf_char(&b, ',');
        buf_slice_put(&b, t->names[i]);
        buf_char(&b, ':');
        buf_slice_put(&b, t->values[i]);
    }
    return buf_slice(&b);
}
