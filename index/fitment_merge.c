#include "fitment_merge.h"

#define SLOTS_FIRST 256

static uint32_t slot_of(uint32_t product, uint32_t mask) { return (product * 0x9E3779B1u) >> 7 & mask; }

enum err merge_init(struct merge *m, struct arena *a) {
    *m = (struct merge){.arena = a, .slots = ARENA_ARRAY(a, uint32_t, SLOTS_FIRST), .mask = SLOTS_FIRST - 1};
    return m->slots ? ERR_OK : ERR_NO_MEMORY;
}

static uint32_t *find(const struct merge *m, uint32_t product) {
    uint32_t i = slot_of(product, m->mask);
    while (m->slots[i] && m->list[m->slots[i] - 1].best.product != product) i = (i + 1) & m->mask;
    return &m->slots[i];
}

// At most half of the slots are taken.
static enum err room(struct merge *m) {
    if (m->count < m->capacity) return ERR_OK;
    unsigned capacity = m->capacity ? m->capacity * 2 : SLOTS_FIRST / 2;
    struct merged *list = arena_alloc(m->arena, capacity * sizeof *list);
    uint32_t *slots = ARENA_ARRAY(m->arena, uint32_t, 2 * (size_t)capacity);
    if (!list || !slots) return ERR_NO_MEMORY;
    if (m->count) memcpy(list, m->list, m->count * sizeof *list);
    m->list = list;
    m->slots = slots;
    m->mask = 2 * capacity - 1;
    m->capacity = capacity;
    for (unsigned i = 0; i < m->count; i++) *find(m, list[i].best.product) = i + 1;
    return ERR_OK;
}

static enum err part_add(struct merge *m, const struct fitment_part *part) {
    struct part_chunk *c = m->parts.last;
    if (!c || c->count == c->capacity) {
        unsigned capacity = !c ? PARTS_FIRST : c->capacity < PARTS_CHUNK ? c->capacity * 2 : PARTS_CHUNK;
        struct part_chunk *more = arena_alloc(m->arena, sizeof *more + capacity * sizeof more->parts[0]);
        if (!more) return ERR_NO_MEMORY;
        *more = (struct part_chunk){.capacity = capacity};
        if (c) c->next = more;
        else m->parts.first = more;
        m->parts.last = c = more;
    }
    c->parts[c->count++] = *part;
    m->parts.count++;
    return ERR_OK;
}

enum err merge_add(struct merge *m, unsigned vehicle, const struct match *match) {
    TRY(room(m));
    uint32_t *slot = find(m, match->product);
    if (!*slot) {
        m->list[m->count] = (struct merged){.best = *match};
        *slot = ++m->count;
    }
    struct merged *at = &m->list[*slot - 1];
    bool fits = match->verdict == VERDICT_FITS;
    at->fits += fits;
    if (match->verdict > at->best.verdict) at->best = *match;
    struct fitment_part part = {*slot - 1, (uint16_t)vehicle, fits};
    return part_add(m, &part);
}

// Where the products of the merge stand among the sorted matches.
static enum err parts_point(struct merge *m, const struct fitment *out) {
    uint32_t *at = arena_alloc(m->arena, (m->count + 1) * sizeof *at);
    if (!at) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < out->count; i++) {
        uint32_t one = *find(m, out->matches[i].product);
        if (one) at[one - 1] = i;
    }
    for (struct part_chunk *c = m->parts.first; c; c = c->next)
        for (unsigned i = 0; i < c->count; i++) c->parts[i].match = at[c->parts[i].match];
    return ERR_OK;
}

enum err merge_finish(struct merge *m, unsigned vehicles, struct fitment *out, enum err (*sort)(struct arena *, struct fitment *)) {
    unsigned before = out->count, capacity = before + m->count;
    struct match *all = arena_alloc(m->arena, (capacity + 1) * sizeof *all);
    if (!all) return ERR_NO_MEMORY;
    if (before) memcpy(all, out->matches, before * sizeof *all);
    for (unsigned i = 0; i < m->count; i++) {
        struct match *match = &all[before + i];
        *match = m->list[i].best;
        match->verdict = m->list[i].fits == vehicles ? VERDICT_FITS : VERDICT_CONDITIONAL;
        match->whole = 0;
    }
    out->matches = all;
    out->count = capacity;
    out->capacity = capacity + 1;
    TRY(sort(m->arena, out));
    TRY(parts_point(m, out));
    out->parts = m->parts;
    return ERR_OK;
}
