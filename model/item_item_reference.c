#include "item_item.h"

#include <math.h>
#include <stdlib.h>

// The `keep` largest of a dense row, ties to the lower column, as row `row` of out.
static void keep_row(const double *dense, uint32_t row, unsigned keep, struct sparse *out) {
    uint64_t at = out->start[row];
    for (uint32_t j = 0; j < out->columns; j++) {
        unsigned better = 0;
        for (uint32_t k = 0; k < out->columns; k++) {
            float other = (float)dense[k], own = (float)dense[j];
            if (k != row && (other > own || (k < j && other == own))) better++;
        }
        if (j == row || dense[j] <= 0 || better >= keep) continue;
        out->column[at] = j;
        out->weight[at++] = (float)dense[j];
    }
    out->start[row + 1] = at;
}

static enum err keep_all(const double *dense, const double *size, uint32_t items, const struct item_item_options *o,
                         struct sparse *out) {
    size_t square = (size_t)items * items;
    *out = (struct sparse){.rows = items, .columns = items};
    out->start = calloc((size_t)items + 1, sizeof *out->start);
    out->column = malloc((square + 1) * sizeof *out->column);
    out->weight = malloc((square + 1) * sizeof *out->weight);
    double *row = malloc((items + 1) * sizeof *row);
    bool good = out->start && out->column && out->weight && row;
    for (uint32_t i = 0; good && i < items; i++) {
        for (uint32_t j = 0; j < items; j++) {
            double scale = pow(size[i], (double)o->from) * pow(size[j], (double)o->to);
            row[j] = scale > 0 ? dense[(size_t)i * items + j] / scale : 0;
        }
        keep_row(row, i, o->keep, out);
    }
    free(row);
    if (!good) sparse_free(out);
    return good ? ERR_OK : ERR_NO_MEMORY;
}

static void add_user(const struct sparse *m, uint32_t user, double exponent, double *dense, double *size) {
    double sum = 0;
    for (uint64_t a = m->start[user]; a < m->start[user + 1]; a++) sum += (double)m->weight[a];
    for (uint64_t a = m->start[user]; a < m->start[user + 1]; a++) {
        size[m->column[a]] += (double)m->weight[a];
        for (uint64_t b = m->start[user]; b < m->start[user + 1]; b++)
            dense[(size_t)m->column[a] * m->columns + m->column[b]] +=
                (double)m->weight[a] * (double)m->weight[b] / pow(sum, exponent);
    }
}

enum err item_item_similar_reference(const struct interactions *m, const struct item_item_options *o, struct sparse *out) {
    uint32_t items = m->by_user.columns;
    double *dense = calloc((size_t)items * items + 1, sizeof *dense), *size = calloc((size_t)items + 1, sizeof *size);
    enum err e = dense && size ? ERR_OK : ERR_NO_MEMORY;
    for (uint32_t u = 0; e == ERR_OK && u < m->by_user.rows; u++) add_user(&m->by_user, u, (double)o->user, dense, size);
    if (e == ERR_OK) e = keep_all(dense, size, items, o, out);
    free(dense);
    free(size);
    return e;
}

static void add_sequence(const struct sequences *s, uint32_t row, const struct item_item_options *o, double *dense,
                         double *size) {
    for (uint64_t a = s->start[row]; a < s->start[row + 1]; a++) {
        size[s->item[a]] += 1;
        for (uint64_t b = a + 1; b < s->start[row + 1] && b - a <= o->window; b++) {
            double weight = pow((double)o->step_decay, (double)(b - a - 1));
            if (s->unix_ms && o->half_life_ms && s->unix_ms[b] > s->unix_ms[a])
                weight *= pow(0.5, (double)(s->unix_ms[b] - s->unix_ms[a]) / (double)o->half_life_ms);
            dense[(size_t)s->item[a] * s->columns + s->item[b]] += weight;
        }
    }
}

enum err item_item_next_reference(const struct sequences *s, const struct item_item_options *o, struct sparse *out) {
    double *dense = calloc((size_t)s->columns * s->columns + 1, sizeof *dense);
    double *size = calloc((size_t)s->columns + 1, sizeof *size);
    enum err e = dense && size ? ERR_OK : ERR_NO_MEMORY;
    for (uint32_t row = 0; e == ERR_OK && row < s->rows; row++) add_sequence(s, row, o, dense, size);
    if (e == ERR_OK) e = keep_all(dense, size, s->columns, o, out);
    free(dense);
    free(size);
    return e;
}
