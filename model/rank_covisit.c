#include "rank_covisit.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WEIGHT_LEAST 1e-6f // of an event by its age; mix.c stops there too
#define SLOTS_LEAST 64u
#define LISTS_AHEAD 2      // lists on their way while one is taken
#define NEIGHBOURS_OF_LINE (64 / sizeof(struct generation_neighbour))
#define ALWAYS_INLINE static inline __attribute__((always_inline))

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
    uint32_t at = covisit_hash(row) & c->mask;
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
    for (unsigned age = 0; age < count && sum < COVISIT_ROWS_MAX; age++) {
        if (rows[age] == UINT32_MAX) continue;
        __builtin_prefetch(generation_similar(g, rows[age], &n));
        sum += n;
        __builtin_prefetch(generation_next(g, rows[age], &n));
        sum += n;
    }
    return sum < COVISIT_ROWS_MAX ? sum : COVISIT_ROWS_MAX;
}

static void expect_list(const struct generation *g, neighbours_fn *list_of, uint32_t row) {
    uint32_t n;
    const struct generation_neighbour *list = row == UINT32_MAX ? NULL : list_of(g, row, &n);
    for (uint32_t i = 0; list && i < n; i += NEIGHBOURS_OF_LINE) __builtin_prefetch(&list[i]);
}

// Takes a list, its weights times `weight`; false, with nothing taken: there is no room for all of it.
typedef bool take_list(void *table, const struct generation_neighbour *list, uint32_t n, float weight);

// Gives the lists of the events, each weighing `decay` of the one after it, to `take` until that has no room. Returns the decays' sum.
ALWAYS_INLINE float each_list(const struct generation *g, neighbours_fn *list_of, const uint32_t *rows, unsigned count, float decay,
                              take_list *take, void *table, unsigned *events) {
    float weight = 1.0f, sum = 0.0f;
    unsigned age = 0;
    for (; age < count && weight > WEIGHT_LEAST; age++, weight *= decay) {
        uint32_t n = 0;
        const struct generation_neighbour *list = rows[age] == UINT32_MAX ? NULL : list_of(g, rows[age], &n);
        if (age + LISTS_AHEAD < count) expect_list(g, list_of, rows[age + LISTS_AHEAD]);
        if (!take(table, list, n, weight)) break;
        sum += weight;
    }
    *events = age;
    return sum;
}

static float length_scale(float length, float sum) {
    return length == 0.0f || sum <= 0.0f ? 1.0f : powf(sum, -length);
}

static bool take_similar(void *table, const struct generation_neighbour *list, uint32_t n, float weight) {
    struct covisit *c = table;
    if (!room_for(c, n)) return false;
    for (uint32_t i = 0; i < n; i++) slot_of(c, list[i].row)->similar += weight * list[i].weight;
    return true;
}

static bool take_next(void *table, const struct generation_neighbour *list, uint32_t n, float weight) {
    struct covisit *c = table;
    if (!room_for(c, n)) return false;
    for (uint32_t i = 0; i < n; i++) slot_of(c, list[i].row)->next += weight * list[i].weight;
    return true;
}

void covisit_fill(struct covisit *c, const struct generation *g, const struct covisit_scale *scale, const uint32_t *rows, unsigned count) {
    covisit_clear(c, expected_rows(g, rows, count));
    c->shape = scale->shape;
    float sum = each_list(g, generation_similar, rows, count, c->shape.similar_decay, take_similar, c, &c->similar_events);
    (void)each_list(g, generation_next, rows, count, c->shape.next_decay, take_next, c, &c->next_events);
    c->similar_scale = scale->similar * length_scale(c->shape.length, sum);
    c->next_scale = scale->next;
    for (uint32_t i = 0; i <= c->mask; i++) {
        c->slots[i].similar *= c->similar_scale;
        c->slots[i].next *= c->next_scale;
    }
}

// ---- as one number a row --------------------------------------------------------------------------------------------

#define FILTER_BITS_OF_ROW 8     // at least: one in twenty of those that are not there gets past
#define FILTER_BITS_MAX 10       // as covisit_lifts.filter_bits: 8 KB

static uint32_t slots_for(uint32_t rows) { return rows + rows / 3 + 1; }
static size_t whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

static uint32_t filter_bits_for(uint32_t rows) {
    uint32_t bits = 0;
    while (bits < FILTER_BITS_MAX && (uint32_t)64 << bits < rows * FILTER_BITS_OF_ROW) bits++;
    return bits;
}

struct lifts_taking {
    struct covisit_sums *sums;
    float scale; // of the lists that are being taken
};

static bool take_lifts(void *table, const struct generation_neighbour *list, uint32_t n, float weight) {
    const struct lifts_taking *t = table;
    struct covisit_lift *lifts = t->sums->list;
    uint32_t slots = t->sums->slots, count = t->sums->count;
    weight *= t->scale;
    if (count + n > COVISIT_ROWS_MAX) return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row_1 = list[i].row + 1, at = (uint32_t)((uint64_t)covisit_hash(list[i].row) * slots >> COVISIT_HASH_BITS);
        while (lifts[at].row_1 != row_1 && lifts[at].row_1) at = at + 1 < slots ? at + 1 : 0;
        count += lifts[at].row_1 == 0;
        lifts[at].row_1 = row_1;
        lifts[at].lift += weight * list[i].weight;
    }
    t->sums->count = count;
    return true;
}

// Without a branch for each slot, which nobody could foretell.
static void close_ranks(struct covisit_sums *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->slots; i++) {
        s->list[n] = s->list[i];
        n += s->list[n].row_1 != 0;
    }
}

void covisit_sum_up(struct covisit_sums *s, const struct generation *g, const struct covisit_scale *scale, const uint32_t *rows, unsigned count,
                    float similar_weight, float next_weight) {
    const struct mix_shape *shape = &scale->shape;
    struct lifts_taking t = {s, scale->similar * similar_weight};
    unsigned events;
    s->slots = slots_for(expected_rows(g, rows, count));
    s->count = 0;
    memset(s->list, 0, s->slots * sizeof *s->list);
    float sum = each_list(g, generation_similar, rows, count, shape->similar_decay, take_lifts, &t, &events);
    float length = length_scale(shape->length, sum); // known only now: what does not find room does not count
    for (uint32_t i = 0; length != 1.0f && i < s->slots; i++) s->list[i].lift *= length;
    t.scale = scale->next * next_weight;
    (void)each_list(g, generation_next, rows, count, shape->next_decay, take_lifts, &t, &events);
    close_ranks(s);
}

static size_t filter_bytes(uint32_t count) { return whole_lines(sizeof(uint64_t) << filter_bits_for(count)); }

size_t covisit_lifts_bytes(uint32_t count) {
    return filter_bytes(count) + whole_lines(slots_for(count) * sizeof(struct covisit_lift));
}

// Sums stand about where their hashes are among all, so what is read in order is written in order.
void covisit_pack(const struct covisit_sums *s, void *memory, struct covisit_lifts *out) {
    uint64_t *filter = memory;
    struct covisit_lift *list = (void *)((char *)memory + filter_bytes(s->count));
    uint32_t bits = filter_bits_for(s->count), slots = slots_for(s->count);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct covisit_lift *lift = &s->list[i];
        uint32_t hash = covisit_hash(lift->row_1 - 1), at = (uint32_t)((uint64_t)hash * slots >> COVISIT_HASH_BITS);
        filter[hash >> (COVISIT_HASH_BITS - bits)] |= (uint64_t)1 << (hash % 64) | (uint64_t)1 << (hash / 64 % 64);
        while (list[at].row_1) at = at + 1 < slots ? at + 1 : 0;
        list[at] = *lift;
    }
    *out = (struct covisit_lifts){.slots = slots, .count = s->count, .filter_bits = bits, .filter = filter, .list = list};
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
