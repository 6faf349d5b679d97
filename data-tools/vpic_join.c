#include "vpic_join.h"

#include <stdlib.h>

#include "index/base/hash.h"

enum { LEFTOVER_MAX = 64 };

void vpic_join_init(struct vpic_join *j) { *j = (struct vpic_join){0}; }

void vpic_join_destroy(struct vpic_join *j) {
    free(j->states);
    free(j->next);
    free(j->slots);
    free(j->chosen);
    *j = (struct vpic_join){0};
}

// ---- the set of states being made: j->next, without duplicates ------------------------------------------------------
struct growing { struct vpic_join *j; size_t count; bool no_memory; };

static bool make_room(struct growing *g) {
    struct vpic_join *j = g->j;
    size_t capacity = j->capacity == 0 ? 1024 : j->capacity * 2, slots = capacity * 2;
    struct vpic_state *states = realloc(j->states, capacity * sizeof *states);
    if (states != NULL) j->states = states;
    struct vpic_state *next = realloc(j->next, capacity * sizeof *next);
    if (next != NULL) j->next = next;
    uint32_t *table = malloc(slots * sizeof *table);
    if (states == NULL || next == NULL || table == NULL) {
        free(table);
        return false;
    }
    free(j->slots);
    j->slots = table;
    j->slot_count = slots;
    j->capacity = capacity;
    memset(table, 0, slots * sizeof *table);
    for (size_t i = 0; i < g->count; i++) {
        size_t at = hash64(slice_of(&j->next[i], sizeof *j->next)) & (slots - 1);
        while (table[at] != 0) at = (at + 1) & (slots - 1);
        table[at] = (uint32_t)i + 1;
    }
    return true;
}

static void add_state(struct growing *g, const struct vpic_state *state) {
    struct vpic_join *j = g->j;
    if (g->no_memory) return;
    if (g->count == j->capacity && !make_room(g)) {
        g->no_memory = true;
        return;
    }
    size_t at = hash64(slice_of(state, sizeof *state)) & (j->slot_count - 1);
    for (; j->slots[at] != 0; at = (at + 1) & (j->slot_count - 1))
        if (memcmp(&j->next[j->slots[at] - 1], state, sizeof *state) == 0) return;
    j->next[g->count++] = *state;
    j->slots[at] = (uint32_t)g->count;
}

// ---- joining one field ----------------------------------------------------------------------------------------------
struct field_patterns { const struct vpic_pattern **at; size_t count; };

// What of the box only this pattern decides: more specific keys of the same field take their part first. false:
// nothing.
static bool won_by(const struct field_patterns *f, const struct vpic_pattern *p, struct vpic_box *box) {
    for (size_t i = 0; i < f->count; i++) {
        const struct vpic_pattern *other = f->at[i];
        if (other->literals <= p->literals) break; // most specific first
        if (other->value == p->value) continue;
        struct vpic_box rest;
        if (!vpic_box_without(box, &other->box, &rest)) return false;
        *box = rest;
    }
    return true;
}

// What no pattern of the field covers, as disjoint boxes.
struct leftover { struct vpic_box boxes[LEFTOVER_MAX]; unsigned count; };

// Takes `b` out of box i: what is outside in the first position, then inside there and outside in the second, and so
// on.
static void cut_box(struct leftover *l, unsigned i, const struct vpic_box *b) {
    struct vpic_box rest = l->boxes[i];
    l->boxes[i] = l->boxes[--l->count];
    for (unsigned k = 0; k < VPIC_POSITIONS; k++) {
        if ((rest.at[k] & ~b->at[k]) == 0) continue;
        struct vpic_box piece = rest;
        piece.at[k] &= ~b->at[k];
        rest.at[k] &= b->at[k];
        l->boxes[l->count++] = piece;
    }
}

static void cut_leftover(struct leftover *l, const struct vpic_box *b) {
    struct vpic_box met;
    for (unsigned i = l->count; i-- > 0;)
        if (l->count + VPIC_POSITIONS <= LEFTOVER_MAX && vpic_box_meet(&l->boxes[i], b, &met)) cut_box(l, i, b);
}

static void join_state(struct growing *g, const struct field_patterns *f, enum vpic_field field,
                       const struct vpic_state *state, const struct vpic_box *forgotten) {
    struct leftover left = {.boxes = {state->box}, .count = 1};
    for (size_t i = 0; i < f->count; i++) {
        struct vpic_state joined = *state;
        if (!vpic_box_meet(&state->box, &f->at[i]->box, &joined.box)) continue;
        cut_leftover(&left, &f->at[i]->box);
        if (!won_by(f, f->at[i], &joined.box)) continue;
        joined.values[field] = f->at[i]->value;
        for (unsigned k = 0; k < VPIC_POSITIONS; k++) joined.box.at[k] |= forgotten->at[k];
        add_state(g, &joined);
    }
    for (unsigned i = 0; i < left.count; i++) {
        struct vpic_state unknown = *state;
        for (unsigned k = 0; k < VPIC_POSITIONS; k++) unknown.box.at[k] = left.boxes[i].at[k] | forgotten->at[k];
        add_state(g, &unknown);
    }
}

static enum err join_field(struct vpic_join *j, const struct field_patterns *f, enum vpic_field field,
                           const struct vpic_box *forgotten) {
    struct growing g = {.j = j};
    size_t before = j->count;
    memset(j->slots, 0, j->slot_count * sizeof *j->slots);
    for (size_t i = 0; i < before; i++) {
        struct vpic_state state = j->states[i]; // the array moves when it grows
        join_state(&g, f, field, &state, forgotten);
        if (g.no_memory) return ERR_NO_MEMORY;
        if (g.count > VPIC_BOXES_MAX && field >= VPIC_TRIM) return ERR_OK; // leave the states as they were
    }
    struct vpic_state *states = j->states;
    j->states = j->next;
    j->next = states;
    j->count = g.count;
    return ERR_OK;
}

// ---- one model pattern ----------------------------------------------------------------------------------------------
struct source {
    const struct vpic *v;
    const struct vpic_pattern *first;
    const uint32_t *companions;
    size_t companion_count;
};

// A schema's patterns of a field that meet the model's box, into j->chosen from `at` on.
static size_t choose_from(struct vpic_join *j, const struct source *s, uint32_t schema, enum vpic_field field,
                          size_t at) {
    struct vpic_box met;
    for (uint32_t i = s->v->schema_at[schema]; i < s->v->schema_at[schema + 1]; i++) {
        const struct vpic_pattern *p = &s->v->patterns[i];
        if (p->field == field && vpic_box_meet(&p->box, &s->first->box, &met)) j->chosen[at++] = p;
    }
    return at;
}

static int specific_first(const void *a, const void *b) {
    const struct vpic_pattern *const *x = a, *const *y = b;
    if ((*x)->literals != (*y)->literals) return (int)(*y)->literals - (int)(*x)->literals;
    return *x < *y ? -1 : *x > *y;
}

static size_t choose(struct vpic_join *j, const struct source *s, enum vpic_field field, size_t at) {
    size_t end = choose_from(j, s, s->first->schema, field, at);
    for (size_t i = 0; i < s->companion_count; i++) end = choose_from(j, s, s->companions[i], field, end);
    if (s->companion_count > 0 && end > at) qsort(j->chosen + at, end - at, sizeof *j->chosen, specific_first);
    return end;
}

// Positions that later fields do not look at may be forgotten: all ones there. The year's stays.
static void forget_after(const struct field_patterns *fields, unsigned last, struct vpic_box *out) {
    *out = vpic_any;
    for (unsigned field = last + 1; field < VPIC_FIELDS; field++)
        for (size_t i = 0; i < fields[field].count; i++)
            for (unsigned k = 0; k < VPIC_POSITIONS; k++)
                if (fields[field].at[i]->box.at[k] != VPIC_ANY) out->at[k] = 0;
    out->at[VPIC_YEAR_POSITION] = 0;
}

static size_t schema_size(const struct vpic *v, uint32_t schema) {
    return v->schema_at[schema + 1] - v->schema_at[schema];
}

static enum err start(struct vpic_join *j, const struct source *s) {
    size_t patterns = schema_size(s->v, s->first->schema);
    struct growing g = {.j = j};
    for (size_t i = 0; i < s->companion_count; i++) patterns += schema_size(s->v, s->companions[i]);
    if (patterns > j->chosen_capacity) {
        const struct vpic_pattern **grown = realloc(j->chosen, patterns * sizeof *grown);
        if (grown == NULL) return ERR_NO_MEMORY;
        j->chosen = grown;
        j->chosen_capacity = patterns;
    }
    if (j->capacity == 0 && !make_room(&g)) return ERR_NO_MEMORY;
    memset(&j->states[0], 0, sizeof j->states[0]); // states are compared bytewise
    j->states[0].box = s->first->box;
    j->count = 1;
    return ERR_OK;
}

// A more specific key of another model takes its part of this model's box.
static bool cut_other_models(struct vpic_join *j, const struct vpic *v, const struct vpic_pattern *first) {
    for (uint32_t i = v->schema_at[first->schema]; i < v->schema_at[first->schema + 1]; i++) {
        const struct vpic_pattern *p = &v->patterns[i];
        if (p->field != VPIC_MODEL || p->model == first->model || p->literals <= first->literals) continue;
        if (!vpic_box_without(&j->states[0].box, &p->box, &j->states[0].box)) return false;
    }
    return true;
}

enum err vpic_join_run(struct vpic_join *j, const struct vpic *v, const struct vpic_pattern *first,
                       const uint32_t *companions, size_t companion_count) {
    const struct source source = {v, first, companions, companion_count};
    struct field_patterns fields[VPIC_FIELDS] = {{NULL, 0}};
    size_t at = 0;
    TRY(start(j, &source));
    if (!cut_other_models(j, v, first)) {
        j->count = 0;
        return ERR_OK;
    }
    for (unsigned field = VPIC_BODY; field < VPIC_FIELDS; field++) {
        size_t end = choose(j, &source, (enum vpic_field)field, at);
        fields[field] = (struct field_patterns){j->chosen + at, end - at};
        at = end;
    }
    for (unsigned field = VPIC_BODY; field < VPIC_FIELDS; field++) {
        struct vpic_box forgotten;
        if (fields[field].count == 0) continue;
        forget_after(fields, field, &forgotten);
        TRY(join_field(j, &fields[field], (enum vpic_field)field, &forgotten));
    }
    return ERR_OK;
}
