#include "segments.h"

#include <assert.h>
#include <stdlib.h>

// ---- one part -----------------------------------------------------------------------------------------------------

static uint8_t label_of(const struct measure_task *t, const struct segment_labels *l, uint32_t row, uint32_t item) {
    if (l->of_person) return l->of_person[row];
    return item < t->model->products ? l->of_product[item] : (uint8_t)SEGMENT_NONE;
}

// What is held out of the part; `out` has room for everything.
static void select_part(const struct measure_task *t, const struct segment_labels *l, unsigned label, struct sequences *out) {
    const struct sequences *from = t->held_out;
    uint64_t n = 0;
    for (uint32_t row = 0; row < from->rows; row++) {
        for (uint64_t i = from->start[row]; row < t->history->rows && i < from->start[row + 1]; i++)
            if (label_of(t, l, row, from->item[i]) == label) out->item[n++] = from->item[i];
        out->start[row + 1] = n;
    }
}

enum err segments_measure(const struct measure_task *task, const struct segment_labels *l, const struct mix_weights *weights,
                          size_t count, const struct measure_options *options, struct segments *out) {
    const struct sequences *all = task->held_out;
    struct sequences part;
    enum err e = sequences_take(&part, all->rows, all->columns, sequences_count(all), false) ? ERR_OK : ERR_NO_MEMORY;
    assert(count <= SEGMENT_WEIGHTS_MAX && l->count < SEGMENT_NONE);
    for (unsigned label = 0; e == ERR_OK && label < l->count && out->count < SEGMENTS_MAX; label++) {
        struct segment_figures *figures = &out->list[out->count];
        struct measure_task own = *task;
        select_part(task, l, label, &part);
        own.held_out = &part;
        *figures = (struct segment_figures){.what = l->what, .name = l->names[label]};
        if (sequences_count(&part) == 0) continue;
        e = measure(&own, weights, count, options, figures->rows, &figures->people);
        out->count += e == ERR_OK;
    }
    sequences_free(&part);
    return e;
}

// ---- labels of any data -------------------------------------------------------------------------------------------

enum err segments_by_history(const struct measure_task *task, const struct mix_weights *weights, size_t count,
                             const struct measure_options *options, struct segments *out) {
    static const char *const names[] = {"short, at most 5", "middle", "long, over 20"};
    _Static_assert(SEGMENT_SHORT == 5 && SEGMENT_LONG == 20, "the names say the limits");
    uint8_t *labels = malloc((size_t)task->history->rows + 1);
    if (labels == NULL) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < task->history->rows; row++) {
        uint64_t n = sequences_length(task->history, row);
        labels[row] = n <= SEGMENT_SHORT ? 0 : n <= SEGMENT_LONG ? 1 : 2;
    }
    struct segment_labels l = {.what = "known by", .count = 3, .names = names, .of_person = labels};
    enum err e = segments_measure(task, &l, weights, count, options, out);
    free(labels);
    return e;
}

static int descending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x > y ? -1 : x < y;
}

// The least count of the most taken products that together make up half of all that was taken.
static enum err least_of_head(const float *taken, uint32_t products, float *out) {
    float *sorted = malloc(((size_t)products + 1) * sizeof *sorted);
    double all = 0, sum = 0;
    if (sorted == NULL) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < products; i++) all += (double)(sorted[i] = taken[i]);
    if (products) qsort(sorted, products, sizeof *sorted, descending);
    *out = 0.0f;
    for (uint32_t i = 0; i < products && sum < all / 2; i++) sum += (double)(*out = sorted[i]);
    free(sorted);
    return ERR_OK;
}

enum err segments_by_product(const struct measure_task *task, const struct mix_weights *weights, size_t count,
                             const struct measure_options *options, struct segments *out) {
    static const char *const names[] = {"new, nobody", "cold, 1 to 4", "tail", "head, half of all"};
    _Static_assert(SEGMENT_COLD == 5, "the names say the limit");
    uint32_t products = task->model->products;
    float head;
    TRY(least_of_head(task->taken, products, &head));
    uint8_t *labels = malloc((size_t)products + 1);
    if (labels == NULL) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < products; i++) {
        float taken = task->taken[i];
        labels[i] = taken < 1 ? 0 : taken < (float)SEGMENT_COLD ? 1 : taken < head ? 2 : 3;
    }
    struct segment_labels l = {.what = "taken by", .count = 4, .names = names, .of_product = labels};
    enum err e = segments_measure(task, &l, weights, count, options, out);
    free(labels);
    return e;
}
