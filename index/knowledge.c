#include <ctype.h>

#include "base/limits.h"
#include "group_cache.h"
#include "knowledge_internal.h"
#include "names.h"
#include "spec_match.h"

// ---- what has been answered ------------------------------------------------------------------------------------------------
const struct answer *knowledge_answer(const struct knowledge *k, uint8_t attr) {
    for (unsigned i = 0; i < k->answer_count; i++)
        if (k->answers[i].attr == attr) return &k->answers[i];
    return NULL;
}

char knowledge_condition(const struct knowledge *k, uint32_t condition) {
    for (unsigned i = 0; i < k->condition_count; i++)
        if (k->conditions[i].condition == condition) return k->conditions[i].answer;
    return 0;
}

// ---- vehicles --------------------------------------------------------------------------------------------------------------
const uint16_t *knowledge_column(const struct knowledge_vehicle *kv, uint8_t attr) {
    for (unsigned i = 0; i < kv->vehicle->attr_count; i++)
        if (kv->vehicle->attrs[i] == attr) return kv->columns + (size_t)i * kv->vehicle->count;
    return NULL;
}

static bool answer_has(struct view *v, const struct answer *a, uint16_t value) {
    for (unsigned i = 0; i < a->count; i++)
        if (a->values[i] == value || spec_agrees(v, a->attr, value, a->texts ? a->texts[i] : SLICE_NONE)) return true;
    return false;
}

// Neighbours are mostly alike, so a value is compared when it changes.
unsigned knowledge_narrow_vehicle(struct view *v, struct knowledge_vehicle *kv, uint64_t *possible, const struct answer *a) {
    const uint16_t *column = a->dont_know ? NULL : knowledge_column(kv, a->attr);
    uint16_t last = 0;
    bool stays = true;
    unsigned left = 0;
    for (unsigned i = 0; column && i < kv->vehicle->count; i++) {
        if (column[i] != last) stays = column[i] == 0 || answer_has(v, a, column[i]);
        last = column[i];
        if (!stays) possible[i / 64] &= ~((uint64_t)1 << (i % 64));
    }
    for (unsigned w = 0; w < kv->words; w++) left += (unsigned)__builtin_popcountll(possible[w]);
    return left;
}

enum err knowledge_enter(struct view *v, const struct car *car, int only, struct knowledge_vehicle *kv, uint64_t **possible) {
    const struct vehicle *vehicle = &car->vehicle;
    kv->vehicle = vehicle;
    kv->words = (vehicle->count + 63) / 64;
    kv->count = only >= 0 ? 1 : vehicle->count;
    *possible = ARENA_ARRAY(v->arena, uint64_t, kv->words ? kv->words : 1);
    if (!*possible) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < vehicle->count; i++)
        if (only < 0 || (unsigned)only == i) bits_set(*possible, i);
    kv->columns = car->columns;
    kv->possible = *possible;
    return ERR_OK;
}

struct slice knowledge_values_left(struct view *v, const struct knowledge_vehicle *list, unsigned count, const uint64_t *const *before,
                                   uint8_t attr) {
    struct buf out;
    uint16_t seen[LIMIT_TERM_VALUES];
    unsigned seen_count = 0;
    buf_init(&out, v->arena, 128);
    for (unsigned n = 0; n < count; n++) {
        const uint16_t *column = knowledge_column(&list[n], attr);
        for (unsigned i = 0; column && i < list[n].vehicle->count && out.n < 120 && seen_count < LIMIT_TERM_VALUES; i++) {
            bool again = !bits_get(before[n], i) || !column[i];
            for (unsigned j = 0; j < seen_count && !again; j++) again = seen[j] == column[i];
            if (again) continue;
            seen[seen_count++] = column[i];
            if (out.n) buf_put(&out, ", ", 2);
            buf_slice_put(&out, names_text(v, NAMES_VALUE + attr, column[i]));
        }
    }
    return buf_slice(&out);
}

enum err knowledge_no_value_left(struct view *v, const struct knowledge_vehicle *kv, const uint64_t *before, const struct answer *a,
                                 bool by_market, struct fault *why) {
    struct slice list = knowledge_values_left(v, kv, 1, &before, a->attr), name = names_text(v, NAMES_ATTRIBUTE, a->attr);
    return fault_set(why, ERR_BAD_REQUEST, by_market ? "market" : "attrs", "%.*s of %.*s can be: %.*s", SLICE_ARGS(name),
                     SLICE_ARGS(kv->vehicle->slug), SLICE_ARGS(list));
}

// "2018-volkswagen-golf~1a2b3c4d" names one configuration; *only stays -1 for a base vehicle.
static enum err find_configuration(const struct vehicle *vehicle, struct slice hash, int *only, struct fault *why) {
    uint32_t wanted = 0;
    for (size_t i = 0; i < hash.n && hash.n == 8; i++) {
        int c = tolower((unsigned char)hash.p[i]);
        if (!isxdigit(c)) break;
        wanted = wanted << 4 | (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
    }
    for (unsigned i = 0; i < vehicle->count; i++)
        if (hash.n == 8 && vehicle->hashes[i] == wanted) {
            *only = (int)i;
            return ERR_OK;
        }
    return fault_set(why, ERR_BAD_REQUEST, "vehicle", "%.*s has no configuration '%.*s'", SLICE_ARGS(vehicle->slug),
                     SLICE_ARGS(hash));
}

static enum err add_vehicle(struct view *v, struct slice slug, struct slice hash, struct slice market, struct knowledge *out,
                            struct fault *why) {
    const struct car *car;
    enum err e = car_of(v, slug, &car);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, ERR_BAD_REQUEST, "vehicle", "no vehicle is called '%.*s'", SLICE_ARGS(slug));
    TRY(e);
    int only = -1;
    if (hash.p) TRY(find_configuration(&car->vehicle, hash, &only, why));
    struct knowledge_vehicle *kv = ARENA_NEW(v->arena, struct knowledge_vehicle);
    uint64_t *possible;
    if (!kv) return ERR_NO_MEMORY;
    TRY(knowledge_enter(v, car, only, kv, &possible));
    uint64_t *before = ARENA_ARRAY(v->arena, uint64_t, kv->words + 1);
    if (!before) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->answer_count; i++) {
        memcpy(before, possible, kv->words * sizeof *before);
        kv->count = knowledge_narrow_vehicle(v, kv, possible, &out->answers[i]);
        bool by_market = market.n && slice_is(names_text(v, NAMES_ATTRIBUTE, out->answers[i].attr), "market");
        if (kv->count == 0) return knowledge_no_value_left(v, kv, before, &out->answers[i], by_market, why);
    }
    out->vehicles = kv;
    out->vehicle_count = 1;
    return ERR_OK;
}

// ---- entry ------------------------------------------------------------------------------------------------------------------
enum err knowledge_of_vehicle(struct view *v, uint32_t vehicle, struct knowledge *out) {
    struct vehicle *plain;
    const struct car *car;
    uint64_t *possible;
    *out = (struct knowledge){.view = v, .given = true, .resolved = true, .vehicle_count = 1};
    TRY(vehicle_load(v, vehicle, &plain));
    TRY(car_of(v, plain->slug, &car));
    out->vehicles = ARENA_NEW(v->arena, struct knowledge_vehicle);
    return out->vehicles ? knowledge_enter(v, car, -1, out->vehicles, &possible) : ERR_NO_MEMORY;
}

enum err knowledge_parse(struct view *v, struct slice vehicle, struct slice attrs, struct slice market,
                         struct knowledge *out, struct fault *why) {
    *out = (struct knowledge){.view = v};
    struct vin_car *car = NULL;
    struct answer *answers;
    vehicle = slice_trim(vehicle);
    TRY(knowledge_find_vin(v, vehicle, &car));
    TRY(knowledge_answers_parse(v, attrs, knowledge_vin_says(v, car, "market") ? SLICE_NONE : market, out, &answers, why));
    if (vehicle.n == 0) return ERR_OK;
    out->given = true;
    if (car) {
        TRY(knowledge_add_vin(v, car, answers, market, out, why));
    } else {
        struct slice hash = vehicle, slug = slice_cut(&hash, '~');
        TRY(add_vehicle(v, slug, hash, market, out, why));
        out->resolved = true;
    }
    return knowledge_levels_narrow(out, why);
}
