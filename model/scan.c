#include "scan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "gather.h"
#include "lanes.h"
#include "shortlist.h"

#define TILE_ROWS (LANES * LANES_TILE)
#define PREFETCH_BYTES 8192 // ahead; 4096 and 16384 are a tenth slower
#define WORD sizeof(int32_t)

struct scan_user {
    const struct score_query *query;
    struct shortlist *list;
    struct quantised_user user; // by floats only scale, the weight, is used,
    float error;                // and this, the error of any score. By bytes 0
    size_t at;                  // in the queries
};

struct scan {
    size_t users_max, k_max;
    unsigned d_max;
    struct shortlist *lists;  // [users_max]
    struct scan_user *users;  // [users_max]
    int32_t *packed;          // the users' floats or four bytes each: group by group, in a group by dimension
    int32_t *tile;            // TILE_ROWS rows, by dimension
};

// What a pass needs to know of its rows.
struct pass {
    const struct vectors *vectors;
    const struct quantised *bytes; // NULL: floats
    const char *rows;
    size_t stride, words; // bytes from row to row; words that count
    size_t users;
    bool masked;          // all users have a set of rows
};

static void *aligned_new(size_t bytes) {
    return aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
}

struct scan *scan_new(size_t users, size_t k, unsigned d) {
    struct scan *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    size_t words = (d + 15u) / 16u * 16u, ready = 0;
    *s = (struct scan){.users_max = users, .k_max = k, .d_max = d};
    s->lists = calloc(users, sizeof *s->lists);
    s->users = calloc(users, sizeof *s->users);
    s->packed = aligned_new((users + LANES_USERS) * words * WORD);
    s->tile = aligned_new(TILE_ROWS * words * WORD);
    while (s->lists && ready < users && shortlist_init(&s->lists[ready], k)) ready++;
    if (s->users && s->packed && s->tile && ready == users) return s;
    scan_free(s);
    return NULL;
}

void scan_free(struct scan *s) {
    if (!s) return;
    for (size_t i = 0; s->lists && i < s->users_max; i++) shortlist_destroy(&s->lists[i]);
    free(s->lists);
    free(s->users);
    free(s->packed);
    free(s->tile);
    free(s);
}

// ---- users --------------------------------------------------------------------------------------------------------

// Users are multiplied in groups of four sizes; the last group is filled up with zeros.
static unsigned group_size(size_t left) {
    unsigned most = LANES_USERS, less = LANES_USERS * 2 / 3, few = LANES_USERS / 3;
    return left > less ? most : left > few ? less : left > 1 ? few : 1;
}

static bool user_prepare(const struct pass *p, struct scan_user *u, int8_t *bytes) {
    float length;
    if (p->bytes) return quantised_user(p->bytes, u->query, bytes, &u->user);
    if (!score_is_bounded(u->query, p->vectors->d, p->vectors->longest, &length)) return false;
    double weight = fabs((double)u->query->weight);
    u->user = (struct quantised_user){.scale = u->query->weight};
    u->error = (float)((double)length * (double)p->vectors->longest * weight * score_sum_error(p->vectors->d) * 1.001);
    return true;
}

static void user_pack(const struct pass *p, const void *x, int32_t *group, unsigned group_users, unsigned at) {
    const char *words = x;
    for (size_t w = 0; w < p->words; w++) memcpy(&group[w * group_users + at], words + w * WORD, WORD);
}

// Takes the users that bounds can be given for; the others are answered by gather_top at once.
static void users_prepare(struct scan *s, struct pass *p, const struct score_query *queries, size_t users, size_t k, struct topk_entry *out,
                          size_t *counts) {
    int8_t bytes[QUANTISED_STRIDE_MAX] __attribute__((aligned(64)));
    p->users = 0;
    p->masked = true;
    for (size_t i = 0; i < users; i++) {
        struct scan_user *u = &s->users[p->users];
        assert(queries[i].rows == NULL);
        *u = (struct scan_user){.query = &queries[i], .list = &s->lists[p->users], .at = i};
        if (!user_prepare(p, u, bytes)) {
            counts[i] = gather_top(p->vectors, &queries[i], k, out + i * k);
            continue;
        }
        shortlist_begin(u->list, p->vectors, u->query, k, out + i * k);
        p->masked = p->masked && u->query->eligible;
        p->users++;
    }
    int32_t *group = s->packed;
    for (size_t first = 0; first < p->users;) {
        unsigned size = group_size(p->users - first);
        memset(group, 0, size * p->words * WORD);
        for (unsigned i = 0; i < size && first + i < p->users; i++) {
            const struct score_query *q = s->users[first + i].query;
            struct quantised_user again;
            if (p->bytes) (void)quantised_user(p->bytes, q, bytes, &again);
            user_pack(p, p->bytes ? (const void *)bytes : q->x, group, size, i);
        }
        group += size * p->words;
        first += size;
    }
}

// ---- one tile -----------------------------------------------------------------------------------------------------

// The sixteen words at `word` of sixteen rows become sixteen words of one dimension each.
LANES_INLINE void turn_block(const char *from, size_t stride, int32_t *tile) {
    lanes_i block[LANES];
#pragma GCC unroll 16
    for (size_t i = 0; i < LANES; i++) block[i] = lanes_load_words(from + i * stride);
    lanes_transpose(block);
#pragma GCC unroll 16
    for (size_t w = 0; w < LANES; w++) memcpy(tile + w * TILE_ROWS, &block[w], sizeof *block);
}

// The same at the edges, where rows or words are fewer; what is missing is 0.
static void turn_part(const char *from, size_t stride, size_t rows, size_t words, int32_t *tile) {
    for (size_t w = 0; w < words; w++)
        for (size_t i = 0; i < LANES; i++) {
            int32_t word = 0;
            if (i < rows) memcpy(&word, from + i * stride + w * WORD, WORD);
            tile[w * TILE_ROWS + i] = word;
        }
}

// Rows ahead are asked for in their order, a few with each block: the blocks themselves jump from row to row.
static void turn_tile(const struct pass *p, size_t row, size_t rows, int32_t *tile) {
    const char *from = p->rows + row * p->stride, *ahead = from + PREFETCH_BYTES, *end = p->rows + p->vectors->n * p->stride;
    for (size_t t = 0; t < LANES_TILE; t++, from += LANES * p->stride, tile += LANES) {
        size_t left = rows > t * LANES ? rows - t * LANES : 0;
        for (size_t word = 0; word < p->words; word += LANES) {
            size_t words = p->words - word;
            for (size_t i = 0; i < LANES; i++, ahead += 64)
                if (ahead < end) __builtin_prefetch(ahead);
            if (left >= LANES && words >= LANES) turn_block(from + word * WORD, p->stride, tile + word * TILE_ROWS);
            else turn_part(from + word * WORD, p->stride, left, words < LANES ? words : LANES, tile + word * TILE_ROWS);
        }
    }
}

LANES_INLINE void multiply_floats(const int32_t *tile, const int32_t *group, size_t words, unsigned users, lanes_f *out) {
    lanes_f sums[LANES_USERS][LANES_TILE] = {0};
    const float *items = (const float *)(const void *)tile, *x = (const float *)(const void *)group;
    for (size_t w = 0; w < words; w++, items += TILE_ROWS, x += users) {
        lanes_f item[LANES_TILE];
#pragma GCC unroll 2
        for (unsigned t = 0; t < LANES_TILE; t++) item[t] = lanes_load(items + t * LANES);
#pragma GCC unroll 16
        for (unsigned u = 0; u < users; u++)
#pragma GCC unroll 2
            for (unsigned t = 0; t < LANES_TILE; t++) sums[u][t] = lanes_fma(lanes_all(x[u]), item[t], sums[u][t]);
    }
#pragma GCC unroll 16
    for (unsigned u = 0; u < users; u++)
#pragma GCC unroll 2
        for (unsigned t = 0; t < LANES_TILE; t++) out[u * LANES_TILE + t] = sums[u][t];
}

LANES_INLINE void multiply_bytes(const int32_t *tile, const int32_t *group, size_t words, unsigned users, lanes_f *out) {
    lanes_i sums[LANES_USERS][LANES_TILE] = {0};
    for (size_t w = 0; w < words; w++, tile += TILE_ROWS, group += users) {
        lanes_i item[LANES_TILE];
#pragma GCC unroll 2
        for (unsigned t = 0; t < LANES_TILE; t++) item[t] = lanes_load_words(tile + t * LANES);
#pragma GCC unroll 16
        for (unsigned u = 0; u < users; u++)
#pragma GCC unroll 2
            for (unsigned t = 0; t < LANES_TILE; t++) sums[u][t] = lanes_dot_bytes(sums[u][t], item[t], lanes_all_words(group[u]));
    }
#pragma GCC unroll 16
    for (unsigned u = 0; u < users; u++)
#pragma GCC unroll 2
        for (unsigned t = 0; t < LANES_TILE; t++) out[u * LANES_TILE + t] = (lanes_f)sums[u][t];
}

#define MULTIPLY(kind)                                                                                                             \
    static void multiply_##kind##_group(const int32_t *tile, const int32_t *group, size_t words, unsigned users, lanes_f *out) {  \
        if (users == LANES_USERS) multiply_##kind(tile, group, words, LANES_USERS, out);                                           \
        else if (users == LANES_USERS * 2 / 3) multiply_##kind(tile, group, words, LANES_USERS * 2 / 3, out);                     \
        else if (users == LANES_USERS / 3) multiply_##kind(tile, group, words, LANES_USERS / 3, out);                             \
        else multiply_##kind(tile, group, words, 1, out);                                                                         \
    }
MULTIPLY(floats)
MULTIPLY(bytes)

// ---- who may be among the best --------------------------------------------------------------------------------------

struct tile_rows {
    size_t row, rows;
    lanes_f scale[LANES_TILE];
    float error, length; // the largest of the rows, by bytes
};

static void tile_begin(const struct pass *p, size_t row, size_t rows, struct tile_rows *t) {
    *t = (struct tile_rows){.row = row, .rows = rows};
    for (size_t i = 0; p->bytes && i < rows; i++) {
        struct quantised_bound b = p->bytes->bounds[row + i];
        t->scale[i / LANES][i % LANES] = b.scale;
        t->error = quantised_error(b) > t->error ? quantised_error(b) : t->error;
        t->length = quantised_length(b) > t->length ? quantised_length(b) : t->length;
    }
}

static uint32_t eligible_rows(const struct score_query *q, size_t row, size_t rows) {
    uint32_t all = rows >= LANES ? 0xFFFF : (1u << rows) - 1;
    return q->eligible ? all & (uint32_t)(q->eligible[row / 64] >> (row % 64)) : all;
}

static void offer_lanes(const struct pass *p, struct scan_user *u, size_t row, lanes_f scores, uint32_t mask) {
    float score[LANES];
    lanes_store(score, scores);
    for (; mask; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctz(mask);
        float error = u->error;
        if (p->bytes) {
            struct quantised_bound b = p->bytes->bounds[row + i];
            error = quantised_error(b) * u->user.length + quantised_length(b) * u->user.rest;
        }
        shortlist_offer(u->list, (uint32_t)(row + i), score[i], error);
    }
}

LANES_INLINE void filter(const struct pass *p, const struct tile_rows *t, struct scan_user *u, const lanes_f *sums) {
    float error = p->bytes ? t->error * u->user.length + t->length * u->user.rest : u->error;
    lanes_f cut = lanes_all(shortlist_cut(u->list) - error), scale = lanes_all(u->user.scale);
    for (unsigned i = 0; i < LANES_TILE && i * LANES < t->rows; i++) {
        size_t row = t->row + i * LANES, rows = t->rows - i * LANES;
        lanes_f score = p->bytes ? lanes_float((lanes_i)sums[i] - u->user.bias) * t->scale[i] * scale : sums[i] * scale;
        const float *fixed = u->query->fixed;
        if (fixed) score += rows >= LANES ? lanes_load(fixed + row) : lanes_load_some(fixed + row, (unsigned)rows);
        uint32_t mask = lanes_not_below(score, cut);
        if (__builtin_expect(mask != 0, 0)) offer_lanes(p, u, row, score, mask & eligible_rows(u->query, row, rows));
    }
}

static bool nobody_wants(const struct scan *s, const struct pass *p, size_t row, size_t rows) {
    for (size_t u = 0; u < p->users; u++)
        for (size_t i = 0; i < rows; i += LANES)
            if (eligible_rows(s->users[u].query, row + i, rows - i)) return false;
    return true;
}

static void scan_tile(struct scan *s, const struct pass *p, size_t row, size_t rows) {
    lanes_f sums[LANES_USERS * LANES_TILE];
    struct tile_rows t;
    const int32_t *group = s->packed;
    tile_begin(p, row, rows, &t);
    turn_tile(p, row, rows, s->tile);
    for (size_t first = 0; first < p->users;) {
        unsigned size = group_size(p->users - first);
        if (p->bytes) multiply_bytes_group(s->tile, group, p->words, size, sums);
        else multiply_floats_group(s->tile, group, p->words, size, sums);
        for (unsigned i = 0; i < size && first + i < p->users; i++) filter(p, &t, &s->users[first + i], sums + i * LANES_TILE);
        group += size * p->words;
        first += size;
    }
}

void scan_top(struct scan *s, const struct vectors *v, const struct quantised *bytes, const struct score_query *queries, size_t users,
              size_t k, struct topk_entry *out, size_t *counts) {
    assert(users <= s->users_max && k <= s->k_max && v->d <= s->d_max);
    struct pass p = {.vectors = v, .bytes = bytes, .rows = (const char *)v->rows, .stride = v->stride * sizeof(float), .words = v->d};
    if (bytes) {
        p.rows = (const char *)bytes->rows;
        p.stride = bytes->stride;
        p.words = (v->d + 3u) / 4u;
    }
    for (size_t i = 0; i < users; i++) counts[i] = 0;
    if (k == 0) return;
    users_prepare(s, &p, queries, users, k, out, counts);
    for (size_t row = 0; p.users > 0 && row < v->n; row += TILE_ROWS) {
        size_t rows = v->n - row < TILE_ROWS ? v->n - row : TILE_ROWS;
        if (!p.masked || !nobody_wants(s, &p, row, rows)) scan_tile(s, &p, row, rows);
    }
    for (size_t i = 0; i < p.users; i++) counts[s->users[i].at] = shortlist_finish(s->users[i].list);
}
