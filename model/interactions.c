#include "interactions.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define DAY_MS (24.0 * 3600 * 1000)

static float rating_weight(float value) {
    if (isnan(value)) return 0.0f;
    return value >= 4.0f ? 2.0f : value <= 2.0f ? -2.0f : 0.0f;
}

float interaction_weight(enum event_type type, float value) {
    static const float weights[EVENT_TYPE_COUNT] = {
        [EVENT_CLICK] = 1.0f,    [EVENT_CART] = 3.0f,    [EVENT_PURCHASE] = 5.0f, [EVENT_INSTALL] = 5.0f,
        [EVENT_SERVICE] = 5.0f,  [EVENT_REDEEM] = 5.0f,  [EVENT_ACCEPT] = 3.0f,   [EVENT_RETURN] = -5.0f,
        [EVENT_DISMISS] = -1.0f, [EVENT_SNOOZE] = -0.5f,
    };
    if (type == EVENT_RATING) return rating_weight(value);
    return type < EVENT_TYPE_COUNT ? weights[type] : 0.0f;
}

float interaction_decay(int64_t age_ms) {
    if (age_ms <= 0) return 1.0f;
    return (float)exp2(-(double)age_ms / (INTERACTION_HALF_LIFE_DAYS * DAY_MS));
}

static int by_product_id(const void *a, const void *b) {
    const struct interaction *x = a, *y = b;
    if (x->product != y->product) return x->product < y->product ? -1 : 1;
    return x->weight < y->weight ? 1 : x->weight > y->weight ? -1 : 0;
}

size_t interaction_merge(struct interaction *list, size_t count) {
    qsort(list, count, sizeof *list, by_product_id);
    size_t kept = 0;
    for (size_t i = 0; i < count;) {
        struct interaction sum = {list[i].product, 0.0f};
        for (; i < count && list[i].product == sum.product; i++) sum.weight += list[i].weight;
        if (sum.weight > INTERACTION_WEIGHT_MAX) sum.weight = INTERACTION_WEIGHT_MAX;
        if (sum.weight >= INTERACTION_WEIGHT_MIN) list[kept++] = sum;
    }
    return kept;
}

// ---- sparse -------------------------------------------------------------------------------------------------------

void sparse_free(struct sparse *m) {
    free(m->start);
    free(m->column);
    free(m->weight);
    *m = (struct sparse){0};
}

bool sparse_take(struct sparse *m, uint32_t rows, uint32_t columns, uint64_t count) {
    *m = (struct sparse){.rows = rows, .columns = columns};
    m->start = calloc((size_t)rows + 1, sizeof *m->start);
    m->column = malloc((count + 1) * sizeof *m->column); // + 1: an empty matrix is not an allocation failure
    m->weight = malloc((count + 1) * sizeof *m->weight);
    if (m->start && m->column && m->weight) return true;
    sparse_free(m);
    return false;
}

enum err sparse_transpose(const struct sparse *m, struct sparse *out) {
    uint64_t count = sparse_count(m);
    if (!sparse_take(out, m->columns, m->rows, count)) return ERR_NO_MEMORY;
    uint64_t *at = calloc((size_t)m->columns + 1, sizeof *at);
    if (at == NULL) {
        sparse_free(out);
        return ERR_NO_MEMORY;
    }
    for (uint64_t i = 0; i < count; i++) out->start[m->column[i] + 1]++;
    for (uint32_t c = 0; c < m->columns; c++) out->start[c + 1] += out->start[c];
    memcpy(at, out->start, (size_t)m->columns * sizeof *at);
    for (uint32_t row = 0; row < m->rows; row++) {
        for (uint64_t i = m->start[row]; i < m->start[row + 1]; i++) {
            uint64_t to = at[m->column[i]]++;
            out->column[to] = row;
            out->weight[to] = m->weight[i];
        }
    }
    free(at);
    return ERR_OK;
}

void interactions_free(struct interactions *m) {
    sparse_free(&m->by_user);
    sparse_free(&m->by_product);
    free(m->user_ids);
    free(m->product_ids);
    *m = (struct interactions){0};
}

enum err interactions_without(const struct interactions *m, const bool *left_out, struct interactions *out) {
    const struct sparse *all = &m->by_user;
    struct sparse *some = &out->by_user;
    *out = (struct interactions){0};
    if (!sparse_take(some, all->rows, all->columns, sparse_count(all))) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < all->rows; row++) {
        uint64_t from = all->start[row], n = left_out[row] ? 0 : all->start[row + 1] - from;
        if (n) memcpy(some->column + some->start[row], all->column + from, n * sizeof *all->column);
        if (n) memcpy(some->weight + some->start[row], all->weight + from, n * sizeof *all->weight);
        some->start[row + 1] = some->start[row] + n;
    }
    if (sparse_transpose(some, &out->by_product) == ERR_OK) return ERR_OK;
    interactions_free(out);
    return ERR_NO_MEMORY;
}

// ---- builder ------------------------------------------------------------------------------------------------------

struct interaction_builder {
    uint32_t *user_ids;        // [users]
    uint64_t *ends;            // [users] end of each user's entries
    struct interaction *entries;
    size_t users, users_held, count, held;
    uint32_t product_max;
};

struct interaction_builder *interaction_builder_new(void) {
    return calloc(1, sizeof(struct interaction_builder));
}

void interaction_builder_free(struct interaction_builder *b) {
    if (b == NULL) return;
    free(b->user_ids);
    free(b->ends);
    free(b->entries);
    free(b);
}

static bool grow(void **array, size_t *held, size_t needed, size_t size_bytes) {
    if (needed <= *held) return true;
    size_t more = *held * 2 > needed ? *held * 2 : needed + 1024;
    void *p = realloc(*array, more * size_bytes);
    if (p == NULL) return false;
    *array = p;
    *held = more;
    return true;
}

static bool grow_users(struct interaction_builder *b) {
    size_t held = b->users_held;
    if (!grow((void **)&b->user_ids, &held, b->users + 1, sizeof *b->user_ids)) return false;
    return grow((void **)&b->ends, &b->users_held, b->users + 1, sizeof *b->ends);
}

enum err interaction_builder_add(struct interaction_builder *b, uint32_t user, const struct interaction *list,
                                 size_t count) {
    assert(b->users == 0 || user > b->user_ids[b->users - 1]);
    if (count == 0) return ERR_OK;
    if (!grow_users(b) || !grow((void **)&b->entries, &b->held, b->count + count, sizeof *b->entries))
        return ERR_NO_MEMORY;
    memcpy(b->entries + b->count, list, count * sizeof *list);
    b->count += count;
    b->user_ids[b->users] = user;
    b->ends[b->users++] = b->count;
    uint32_t last = list[count - 1].product; // the list ascends
    if (last > b->product_max) b->product_max = last;
    return ERR_OK;
}

// column_of[product] = column + 1, 0 for products nobody touched. Returns the number of columns.
static uint32_t number_columns(const struct interaction_builder *b, uint32_t *column_of) {
    for (size_t i = 0; i < b->count; i++) column_of[b->entries[i].product] = 1;
    uint32_t columns = 0;
    for (size_t p = 0; p <= b->product_max; p++)
        if (column_of[p]) column_of[p] = ++columns;
    return columns;
}

static enum err fill(const struct interaction_builder *b, const uint32_t *column_of, uint32_t columns,
                     struct interactions *out) {
    struct sparse *m = &out->by_user;
    out->user_ids = malloc((b->users + 1) * sizeof *out->user_ids);
    out->product_ids = malloc(((size_t)columns + 1) * sizeof *out->product_ids);
    if (!out->user_ids || !out->product_ids || !sparse_take(m, (uint32_t)b->users, columns, b->count))
        return ERR_NO_MEMORY;
    if (b->users > 0) {
        memcpy(out->user_ids, b->user_ids, b->users * sizeof *out->user_ids);
        memcpy(m->start + 1, b->ends, b->users * sizeof *m->start);
    }
    for (size_t p = 0; p <= b->product_max; p++)
        if (column_of[p]) out->product_ids[column_of[p] - 1] = (uint32_t)p;
    for (size_t i = 0; i < b->count; i++) {
        m->column[i] = column_of[b->entries[i].product] - 1;
        m->weight[i] = b->entries[i].weight;
    }
    return sparse_transpose(m, &out->by_product);
}

enum err interaction_builder_finish(struct interaction_builder *b, struct interactions *out) {
    *out = (struct interactions){0};
    uint32_t *column_of = calloc((size_t)b->product_max + 1, sizeof *column_of);
    if (column_of == NULL) return ERR_NO_MEMORY;
    enum err e = fill(b, column_of, number_columns(b, column_of), out);
    free(column_of);
    if (e != ERR_OK) interactions_free(out);
    return e;
}
