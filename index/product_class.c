#include "product_class.h"

#include <stdlib.h>

#include "application.h"

static const char *const names[CLASS_COUNT] = {"vehicle_specific", "many_fitments", "no_data", "universal", "non_vehicle"};

const char *product_class_name(enum product_class c) { return c < CLASS_COUNT ? names[c] : ""; }

bool product_class_parse(struct slice text, enum product_class *out) {
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        if (slice_is(text, names[i])) {
            *out = i;
            return true;
        }
    return false;
}

static int compare(const void *x, const void *y) {
    const struct application *a = x, *b = y;
    if (a->make != b->make) return a->make < b->make ? -1 : 1;
    if (a->model != b->model) return a->model < b->model ? -1 : 1;
    return (int)a->year_from - (int)b->year_from;
}

enum err product_class_count(struct arena *scratch, struct slice applications, struct product_facts *facts) {
    struct application *list = NULL;
    unsigned count = 0, kept = 0, years = 0;
    bool many = false;
    facts->flags &= (uint8_t)~(FACT_NO_FITMENT | FACT_MANY_FITMENTS);
    if (applications.n) TRY(applications_decode(scratch, applications, &list, &count));
    for (unsigned i = 0; i < count; i++)
        if (!(list[i].flags & APPLICATION_UNRESOLVED)) list[kept++] = list[i];
    if (kept) qsort(list, kept, sizeof *list, compare);
    unsigned reached = 0; // the last year counted of the model at hand
    for (unsigned i = 0; i < kept && !many; i++) {
        const struct application *a = &list[i];
        bool same = i && a->make == list[i - 1].make && a->model == list[i - 1].model;
        unsigned from = same && a->year_from <= reached ? reached + 1 : a->year_from;
        if (a->year_to >= from) years += a->year_to - from + 1;
        if (!same || a->year_to > reached) reached = a->year_to;
        many = a->make == 0 || a->model == 0 || years > PRODUCT_CLASS_MANY;
    }
    if (kept == 0) facts->flags |= FACT_NO_FITMENT;
    if (many) facts->flags |= FACT_MANY_FITMENTS;
    return ERR_OK;
}
