// Which attributes and conditions are worth asking: those that terms of undecided rows name, and those that tell configurations apart some
// of which are excluded.
#include "attribute.h"
#include "fitment_asker.h"

static struct candidate *candidate_find(struct candidate *list, unsigned *count, uint8_t attr, uint32_t condition) {
    for (unsigned i = 0; i < *count; i++)
        if (list[i].attr == attr && list[i].condition == condition) return &list[i];
    if (*count == CANDIDATES_MAX) return NULL;
    list[*count] = (struct candidate){.attr = attr, .condition = condition};
    return &list[(*count)++];
}

// What the customer has said already stays true: only one of the values they named can be the answer.
static bool consistent(const struct knowledge *k, uint8_t attr, uint16_t value) {
    const struct answer *a = knowledge_answer(k, attr);
    bool named = !a || a->dont_know;
    for (unsigned i = 0; a && i < a->count; i++) named |= a->values[i] == value;
    return named;
}

static void option_add(const struct asker *q, struct candidate *c, uint16_t value, uint32_t weight) {
    if (!value || !consistent(q->f->k, c->attr, value)) return;
    for (unsigned i = 0; i < c->count; i++)
        if (c->values[i] == value) {
            c->weights[i] += weight;
            return;
        }
    if (c->count == OPTIONS_MAX) return;
    c->values[c->count] = value;
    c->weights[c->count++] = weight;
}

// Legal answers: what the configurations say, and where one does not know, what the applications name.
static void options_from_vehicles(const struct asker *q, struct candidate *c) {
    for (unsigned i = 0; i < q->f->k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &q->f->k->vehicles[i];
        const uint16_t *column = knowledge_column(kv, c->attr);
        for (unsigned j = 0; column && j < kv->vehicle->count; j++)
            if (bits_get(kv->possible, j)) option_add(q, c, column[j], 1);
    }
}

static bool somewhere_unknown(const struct asker *q, uint8_t attr) {
    for (unsigned i = 0; i < q->f->k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &q->f->k->vehicles[i];
        const uint16_t *column = knowledge_column(kv, attr);
        if (!column) return true;
        for (unsigned j = 0; j < kv->vehicle->count; j++)
            if (bits_get(kv->possible, j) && !column[j]) return true;
    }
    return false;
}

static bool answered(const struct knowledge *k, uint8_t attr) {
    const struct answer *a = knowledge_answer(k, attr);
    return a && (a->dont_know || a->count == 1);
}

static void options_from_terms(const struct asker *q, struct candidate *c) {
    for (unsigned r = 0; r < q->row_count; r++)
        for (unsigned t = 0; t < q->rows[r].entry->term_count; t++) {
            const struct term *term = &q->rows[r].entry->terms[t];
            for (unsigned k = 0; term->attr == c->attr && k < term->count; k++) option_add(q, c, term->values[k], 0);
        }
}

static void options_collect(const struct asker *q, struct candidate *c) {
    if (c->condition) {
        c->values[0] = 'y', c->values[1] = 'n';
        c->weights[0] = c->weights[1] = 1;
        c->shown = c->count = 2;
        return;
    }
    bool unknown = somewhere_unknown(q, c->attr);
    options_from_vehicles(q, c);
    if (unknown) options_from_terms(q, c);
    c->shown = c->count;
    if (unknown && consistent(q->f->k, c->attr, VALUE_OTHER)) c->values[c->count++] = VALUE_OTHER;
}

// Nobody knows the K-type of their car: what else tells its configurations apart is asked instead.
static void collect_instead(const struct asker *q, const struct knowledge_vehicle *kv, struct candidate *list, unsigned *count) {
    for (unsigned i = 0; i < kv->vehicle->attr_count; i++) {
        uint8_t attr = kv->vehicle->attrs[i];
        const uint16_t *column = knowledge_column(kv, attr);
        uint16_t first = 0;
        bool varies = false;
        for (unsigned j = 0; column && j < kv->vehicle->count && !varies; j++) {
            if (!bits_get(kv->possible, j) || !column[j]) continue;
            varies = first && column[j] != first;
            first = column[j];
        }
        if (varies && !answered(q->f->k, attr) && !attribute_is_id(q->view, attr)) candidate_find(list, count, attr, 0);
    }
}

// Whether some of the possible configurations are ruled out by an owner: then what tells them apart is worth asking.
static bool excludes(const struct asker *q, const struct fitment_row *row) {
    const struct knowledge_vehicle *kv = &q->f->k->vehicles[row->vehicle];
    uint64_t hit = 0;
    for (unsigned w = 0; row->excluded && w < kv->words; w++) hit |= kv->possible[w] & row->excluded[w];
    return hit != 0;
}

void candidates_collect(const struct asker *q, struct candidate *list, unsigned *count) {
    for (unsigned i = 0; i < q->row_count; i++) {
        const struct application *e = q->rows[i].entry;
        if (q->rows[i].decided) continue;
        if (!entry_any(&q->rows[i].match, q->f->k->vehicles[q->rows[i].vehicle].words)) continue; // ruled out: not worth a word
        if (excludes(q, &q->rows[i])) collect_instead(q, &q->f->k->vehicles[q->rows[i].vehicle], list, count);
        for (unsigned t = 0; t < e->term_count; t++)
            if (attribute_is_id(q->view, e->terms[t].attr)) collect_instead(q, &q->f->k->vehicles[q->rows[i].vehicle], list, count);
            else if (!answered(q->f->k, e->terms[t].attr)) candidate_find(list, count, e->terms[t].attr, 0);
        for (unsigned c = 0; c < e->condition_count; c++)
            if (!knowledge_condition(q->f->k, e->conditions[c])) candidate_find(list, count, 0, e->conditions[c]);
    }
    for (unsigned i = 0; i < *count; i++) options_collect(q, &list[i]);
}
