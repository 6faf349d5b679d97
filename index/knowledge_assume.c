// knowledge_assume.c: K with another value of one specification.
#include "knowledge.h"
#include "names.h"

static enum err forget(struct view *v, uint8_t attr, const struct knowledge_vehicle *from, struct knowledge_vehicle *out) {
    size_t cells = (size_t)from->vehicle->attr_count * from->vehicle->count;
    uint16_t *columns = arena_alloc(v->arena, (cells + 1) * sizeof *columns); // those of `from` are everybody's
    if (!columns) return ERR_NO_MEMORY;
    if (cells) memcpy(columns, from->columns, cells * sizeof *columns);
    *out = *from;
    out->columns = columns;
    for (unsigned i = 0; i < from->vehicle->attr_count; i++)
        if (from->vehicle->attrs[i] == attr) memset(columns + (size_t)i * from->vehicle->count, 0, from->vehicle->count * sizeof *columns);
    return ERR_OK;
}

static enum err answer_new(struct view *v, uint8_t attr, struct slice value, struct answer *out) {
    uint16_t *values = ARENA_ARRAY(v->arena, uint16_t, 1);
    struct slice *texts = ARENA_ARRAY(v->arena, struct slice, 1);
    uint32_t id = VALUE_UNHEARD;
    if (!values || !texts) return ERR_NO_MEMORY;
    enum err e = names_look_up(v, NAMES_VALUE + attr, value, &id);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    values[0] = e == ERR_OK ? (uint16_t)id : VALUE_UNHEARD;
    texts[0] = value;
    *out = (struct answer){.attr = attr, .count = 1, .values = values, .texts = texts};
    return ERR_OK;
}

enum err knowledge_assume(struct view *v, const struct knowledge *k, uint8_t attr, struct slice value, struct knowledge *out) {
    struct knowledge_vehicle *vehicles = ARENA_ARRAY(v->arena, struct knowledge_vehicle, k->vehicle_count + 1);
    struct answer *answers = ARENA_ARRAY(v->arena, struct answer, k->answer_count + 1);
    if (!vehicles || !answers) return ERR_NO_MEMORY;
    *out = *k;
    out->vehicles = vehicles;
    out->answers = answers;
    out->answer_count = 0;
    for (unsigned i = 0; i < k->vehicle_count; i++) TRY(forget(v, attr, &k->vehicles[i], &vehicles[i]));
    for (unsigned i = 0; i < k->answer_count; i++)
        if (k->answers[i].attr != attr) answers[out->answer_count++] = k->answers[i];
    return answer_new(v, attr, value, &answers[out->answer_count++]);
}
