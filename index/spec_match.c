#include "spec_match.h"

#include <stdlib.h>

#include "names.h"

#define SLOT_BITS 16 // half a megabyte, where specifications are compared at all
#define KIND_NOT_ASKED 0xFF

struct spec_cache {
    uint64_t *slots;       // key << 2 | answer + 1; made on first use
    uint8_t kinds[256];
    uint8_t rear, front;   // attribute ids once they are there
};

struct spec_cache *spec_cache_new(void) {
    struct spec_cache *c = calloc(1, sizeof *c);
    if (c) memset(c->kinds, KIND_NOT_ASKED, sizeof c->kinds);
    return c;
}

void spec_cache_free(struct spec_cache *c) {
    if (c) free(c->slots);
    free(c);
}

static enum spec_kind kind_of(struct view *v, uint8_t attr) {
    uint8_t *kind = &v->specs->kinds[attr];
    if (*kind == KIND_NOT_ASKED) *kind = (uint8_t)spec_kind_of(names_text(v, NAMES_ATTRIBUTE, attr));
    return *kind;
}

struct spec_result spec_explain(struct view *v, uint8_t attr, uint16_t product, struct slice car) {
    return spec_compare(kind_of(v, attr), names_text(v, NAMES_VALUE + attr, product), car);
}

enum spec_answer spec_match_text(struct view *v, uint8_t attr, uint16_t product, struct slice car) {
    return spec_explain(v, attr, product, car).answer;
}

enum spec_answer spec_match(struct view *v, uint8_t attr, uint16_t product, uint8_t car_attr, uint16_t car) {
    struct spec_cache *c = v->specs;
    uint64_t key = (uint64_t)car_attr << 40 | (uint64_t)attr << 32 | (uint64_t)product << 16 | car;
    if (!c->slots) c->slots = calloc((size_t)1 << SLOT_BITS, sizeof *c->slots);
    uint64_t *slot = c->slots ? &c->slots[(key * 0x9E3779B97F4A7C15ull) >> (64 - SLOT_BITS) & ~1ull] : NULL; // a pair of slots
    for (unsigned i = 0; slot && i < 2; i++)
        if (slot[i] >> 2 == key && slot[i] & 3) return (enum spec_answer)((slot[i] & 3) - 1);
    enum spec_answer answer = spec_match_text(v, attr, product, names_text(v, NAMES_VALUE + car_attr, car));
    if (slot) {
        slot[1] = slot[0];
        slot[0] = key << 2 | (uint64_t)(answer + 1);
    }
    return answer;
}

bool spec_agrees(struct view *v, uint8_t attr, uint16_t value, struct slice answer) {
    enum spec_kind kind = kind_of(v, attr);
    return kind != SPEC_TEXT && spec_same(kind, names_text(v, NAMES_VALUE + attr, value), answer);
}

static uint8_t attribute_id(struct view *v, struct slice name) {
    uint32_t id = 0;
    return names_find(v->snapshot, NAMES_ATTRIBUTE, name, &id) == ERR_OK && id < 128 ? (uint8_t)id : 0;
}

uint8_t spec_stand_in(struct view *v, uint8_t attr) {
    struct spec_cache *c = v->specs;
    if (kind_of(v, attr) != SPEC_TYRE) return 0;
    if (!c->rear) c->rear = attribute_id(v, SLICE("tyre_size_rear"));
    if (!c->front) c->front = attribute_id(v, SLICE("tyre_size"));
    return c->rear == attr ? c->front : 0;
}
