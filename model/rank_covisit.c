#include "rank_covisit.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WEIGHT_LEAST 1e-6f // of an event by its age; mix.c stops there too
#define SLOTS_LEAST 64u

typedef const struct generation_neighbour *neighbours_fn(const struct generation *g, uint32_t row, uint32_t *count);

void covisit_clear(struct covisit *c, uint32_t expected) {
    uint32_t slots = SLOTS_LEAST;
    while (slots < COVISIT_SLOTS_MAX && slots < 2 * expected) slots *= 2;
    c->mask = slots - 1;
    c->count = 0;
    memset(c->filter, 0, sizeof c->filter);
    memset(c->slots, 0, slots * sizeof *c->slots);
}

static struct covisit_slot *slot_of(struct covisit *c, uint32_t row) {
    uint32_t at = row * 2654435769u >> 7 & c->mask;
    while (c->slots[at].row_1 != row + 1) {
        if (c->slots[at].row_1 == 0) {
            c->slots[at].row_1 = row + 1;
            c->filter[row / 64 % (COVISIT_FILTER_BITS / 64)] |= (uint64_t)1 << (row % 64);
            c->count++;
            break;
        }
        at = (at + 1) & c->mask;
    }
    return &c->slots[at];
}

static bool room_for(const struct covisit *c, uint32_t n) {
    return c->count + n <= (c->mask + 1) / 4 * 3;
}

struct covisit_slot *covisit_slot_of(struct covisit *c, uint32_t row) {
    if (room_for(c, 1)) return slot_of(c, row);
    return (struct covisit_slot *)(uintptr_t)covisit_find(c, row);
}

static uint32_t expected_rows(const struct generation *g, const uint32_t *rows, unsigned count) {
    uint32_t sum = 0, n;
    for (unsigned age = 0; age < count && sum < COVISIT_SLOTS_MAX; age++) {
        if (rows[age] == UINT32_MAX) continue;
        __builtin_prefetch(generation_similar(g, rows[age], &n));
        sum += n;
        __builtin_prefetch(generation_next(g, rows[age], &n));
        sum += n;
    }
    return sum;
}

// Adds the lists of the events, each weighing `decay` of the one after it. Returns the decays' sum.
static float add_lists(struct covisit *c, const struct generation *g, neighbours_fn *list_of, bool next, const uint32_t *rows,
                       unsigned count, float decay, unsigned *events) {
    float weight = 1.0f, sum = 0.0f;
    unsigned age = 0;
    for (; age < count && weight > WEIGHT_LEAST; age++, weight *= decay) {
        uint32_t n = 0;
        const struct generation_neighbour *list = rows[age] == UINT32_MAX ? NULL : list_of(g, rows[age], &n);
        if (!room_for(c, n)) break;
        sum += weight;
        for (uint32_t i = 0; i < n; i++) {
            struct covisit_slot *slot = slot_of(c, list[i].row);
            *(next ? &slot->next : &slot->similar) += weight * list[i].weight;
        }
    }
    *events = age;
    return sum;
}

static float length_scale(float length, float sum) {
    return length == 0.0f || sum <= 0.0f ? 1.0f : powf(sum, -length);
}

void covisit_fill(struct covisit *c, const struct generation *g, const struct covisit_scale *scale, const uint32_t *rows, unsigned count) {
    covisit_clear(c, expected_rows(g, rows, count));
    c->shape = scale->shape;
    float sum = add_lists(c, g, generation_similar, false, rows, count, c->shape.similar_decay, &c->similar_events);
    (void)add_lists(c, g, generation_next, true, rows, count, c->shape.next_decay, &c->next_events);
    c->similar_scale = scale->similar * length_scale(c->shape.length, sum);
    c->next_scale = scale->next;
    for (uint32_t i = 0; i <= c->mask; i++) {
        c->slots[i].similar *= c->similar_scale;
        c->slots[i].next *= c->next_scale;
    }
}

// ---- shares -------------------------------------------------------------------------------------------------------

// Halves without a branch to guess wrong: the searches of one product in many lists overlap.
static float weight_in(neighbours_fn *list_of, const struct generation *g, uint32_t from, uint32_t row) {
    uint32_t count;
    const struct generation_neighbour *at = list_of(g, from, &count);
    if (count == 0) return 0.0f;
    while (count > 1) {
        uint32_t half = count / 2;
        at += at[half].row <= row ? half : 0;
        count -= half;
    }
    return at->row == row ? at->weight : 0.0f;
}

struct covisit_share covisit_share_of(const struct covisit *c, const struct generation *g, unsigned age, uint32_t from, uint32_t row) {
    struct covisit_share share = {0};
    if (from == UINT32_MAX || row == UINT32_MAX) return share;
    if (age < c->similar_events)
        share.similar = c->similar_scale * powf(c->shape.similar_decay, (float)age) * weight_in(generation_similar, g, from, row);
    if (age < c->next_events)
        share.next = c->next_scale * powf(c->shape.next_decay, (float)age) * weight_in(generation_next, g, from, row);
    return share;
}

void covisit_shares_of(const struct covisit *c, const struct generation *g, const uint32_t *rows, unsigned count, uint32_t row,
                       struct covisit_share *out) {
    float similar = c->similar_scale, next = c->next_scale;
    memset(out, 0, count * sizeof *out);
    if (row == UINT32_MAX || !covisit_find(c, row)) return;
    for (unsigned age = 0; age < count; age++, similar *= c->shape.similar_decay, next *= c->shape.next_decay) {
        if (rows[age] == UINT32_MAX) continue;
        if (age < c->similar_events) out[age].similar = similar * weight_in(generation_similar, g, rows[age], row);
        if (age < c->next_events) out[age].next = next * weight_in(generation_next, g, rows[age], row);
    }
}

// ---- cache --------------------------------------------------------------------------------------------------------

struct covisit *covisit_tables(unsigned count) {
    void *tables = mmap(NULL, count * sizeof(struct covisit), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return tables == MAP_FAILED ? NULL : tables;
}

void covisit_tables_free(struct covisit *tables, unsigned count) {
    if (tables) munmap(tables, count * sizeof *tables);
}

struct covisit_cache {
    uint64_t stamps[COVISIT_PLACES];
    struct covisit *tables;
};

struct covisit_cache *covisit_cache_new(void) {
    struct covisit_cache *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->tables = covisit_tables(COVISIT_PLACES);
    if (c->tables) return c;
    free(c);
    return NULL;
}

void covisit_cache_free(struct covisit_cache *c) {
    if (!c) return;
    covisit_tables_free(c->tables, COVISIT_PLACES);
    free(c);
}

struct covisit *covisit_cache_entry(struct covisit_cache *c, uint64_t stamp, bool *found) {
    unsigned place = (unsigned)(stamp % COVISIT_PLACES);
    *found = c->stamps[place] == stamp;
    c->stamps[place] = stamp;
    return &c->tables[place];
}
