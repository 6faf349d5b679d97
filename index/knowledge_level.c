// knowledge_level.c: answers about make, model and year, which choose among base vehicles.
#include <stdlib.h>

#include "base/limits.h"
#include "knowledge_internal.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"

#define MEANINGS_MAX 64
#define LEGAL_BYTES 160 // of a message's list of what would be an answer

const char *const car_level_names[CAR_LEVELS] = {"make", "model", "year"};
const char *const car_level_labels[CAR_LEVELS] = {"Make", "Model", "Model year"};
const char *const car_level_labels_zh[CAR_LEVELS] = {"品牌", "车系", "年款"};

bool knowledge_level(struct slice name, enum car_level *out) {
    for (unsigned i = 0; i < CAR_LEVELS; i++)
        if (slice_is(name, car_level_names[i])) {
            *out = (enum car_level)i;
            return true;
        }
    return false;
}

// ---- reading --------------------------------------------------------------------------------------------------------------
struct values { uint32_t *ids; struct slice *slugs; unsigned count, slug_count; };

static enum err values_add(struct values *to, uint32_t id, struct fault *why) {
    if (to->count == LIMIT_TERM_VALUES * MEANINGS_MAX) return fault_set(why, ERR_BAD_REQUEST, "attrs", "too many models");
    to->ids[to->count++] = id;
    return ERR_OK;
}

static enum err make_value(struct view *v, struct slice one, struct values *to, struct fault *why) {
    uint32_t id;
    enum err e = make_find(v, one, &id);
    if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, "attrs", "no make is called '%.*s'", SLICE_ARGS(one));
    return e == ERR_OK ? values_add(to, id, why) : e;
}

// "volkswagen/golf" is one model; a name or a slug is every model called so, of any make.
static enum err model_value(struct view *v, struct slice one, struct values *to, struct fault *why) {
    struct lexicon_entry found[MEANINGS_MAX];
    struct slice folded;
    uint32_t id;
    unsigned count = 0;
    bool longer;
    enum err e = memchr(one.p, '/', one.n) ? names_look_up(v, NAMES_MODEL, one, &id) : ERR_NOT_FOUND;
    if (e == ERR_OK) return values_add(to, id, why);
    if (e != ERR_NOT_FOUND) return e;
    if (text_fold(v->arena, one, &folded) == ERR_OK) TRY(lexicon_lookup(v, folded, found, MEANINGS_MAX, &count, &longer));
    for (unsigned i = 0; i < count; i++)
        if (found[i].kind == LEXICON_MODEL) TRY(values_add(to, found[i].id, why));
    struct slice slug = names_slug(v->arena, one);
    if (slug.n) to->slugs[to->slug_count++] = slug;
    return ERR_OK;
}

static enum err year_value(struct slice one, struct values *to, struct fault *why) {
    uint64_t year;
    if (!slice_u64(one, &year) || year < LIMIT_YEAR_MIN || year > LIMIT_YEAR_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "attrs", "year takes years from %d to %d or ?, not '%.*s'", LIMIT_YEAR_MIN, LIMIT_YEAR_MAX,
                         SLICE_ARGS(one));
    return values_add(to, (uint32_t)year, why);
}

enum err knowledge_level_parse(struct view *v, enum car_level level, struct slice values, struct car_answer *out, struct fault *why) {
    const char *name = car_level_names[level];
    if (out->asked) return fault_set(why, ERR_BAD_REQUEST, "attrs", "%s is given twice", name);
    size_t room = level == CAR_MODEL ? LIMIT_TERM_VALUES * MEANINGS_MAX : LIMIT_TERM_VALUES;
    struct values to = {.ids = ARENA_ARRAY(v->arena, uint32_t, room), .slugs = ARENA_ARRAY(v->arena, struct slice, LIMIT_TERM_VALUES)};
    if (!to.ids || !to.slugs) return ERR_NO_MEMORY;
    *out = (struct car_answer){.asked = true};
    for (unsigned n = 0; values.p; n++) {
        struct slice one = slice_trim(slice_cut(&values, '|'));
        if (n == LIMIT_TERM_VALUES) return fault_set(why, ERR_BAD_REQUEST, "attrs", "more than %d values of one attribute", LIMIT_TERM_VALUES);
        if (slice_is(one, "?")) {
            out->dont_know = true;
            continue;
        }
        one = knowledge_unescape(v->arena, one);
        if (one.n == 0) return fault_set(why, ERR_BAD_REQUEST, "attrs", "%s cannot be empty", name);
        if (level == CAR_MAKE) TRY(make_value(v, one, &to, why));
        else if (level == CAR_MODEL) TRY(model_value(v, one, &to, why));
        else TRY(year_value(one, &to, why));
    }
    if (out->dont_know) return ERR_OK;
    out->count = (uint16_t)to.count;
    out->values = to.ids;
    out->slug_count = (uint16_t)to.slug_count;
    out->slugs = to.slugs;
    return ERR_OK;
}

// ---- narrowing ------------------------------------------------------------------------------------------------------------
static uint32_t level_of(const struct vehicle *vehicle, enum car_level level) {
    return level == CAR_MAKE ? vehicle->make : level == CAR_MODEL ? vehicle->model : vehicle->year;
}

static bool admits(const struct knowledge *k, enum car_level level, const struct vehicle *vehicle) {
    const struct car_answer *a = &k->car[level];
    if (a->count == 0 && a->slug_count == 0) return true;
    for (unsigned i = 0; i < a->count; i++)
        if (a->values[i] == level_of(vehicle, level)) return true;
    if (a->slug_count == 0) return false;
    struct slice path = names_text(k->view, NAMES_MODEL, vehicle->model);
    slice_cut(&path, '/');
    for (unsigned i = 0; i < a->slug_count; i++)
        if (slice_eq(a->slugs[i], path)) return true;
    return false;
}

bool knowledge_admits(const struct knowledge *k, const struct vehicle *vehicle) {
    bool all = true;
    for (unsigned i = 0; i < CAR_LEVELS && all; i++) all = admits(k, (enum car_level)i, vehicle);
    return all;
}

bool knowledge_levels_asked(const struct knowledge *k) {
    bool asked = false;
    for (unsigned i = 0; i < CAR_LEVELS; i++) asked |= k->car[i].count > 0 || k->car[i].slug_count > 0;
    return asked;
}

static struct slice level_text(struct view *v, enum car_level level, const struct vehicle *vehicle) {
    if (level == CAR_MAKE) return names_text(v, NAMES_MAKE, vehicle->make);
    if (level == CAR_YEAR) return arena_printf(v->arena, "%u", vehicle->year);
    struct slice path = names_text(v, NAMES_MODEL, vehicle->model);
    slice_cut(&path, '/');
    return path;
}

// What the vehicles of K are, of one level; those before it are answered well.
static enum err none_left(const struct knowledge *k, enum car_level level, struct fault *why) {
    struct buf list;
    buf_init(&list, k->view->arena, LEGAL_BYTES);
    for (unsigned i = 0; i < k->vehicle_count && list.n < LEGAL_BYTES; i++) {
        const struct vehicle *vehicle = k->vehicles[i].vehicle;
        bool seen = false;
        for (unsigned j = 0; j < i && !seen; j++) seen = level_of(k->vehicles[j].vehicle, level) == level_of(vehicle, level);
        if (seen) continue;
        if (list.n) buf_put(&list, ", ", 2);
        buf_slice_put(&list, level_text(k->view, level, vehicle));
    }
    return fault_set(why, ERR_BAD_REQUEST, "attrs", "%s can be: %.*s", car_level_names[level], (int)list.n, list.p);
}

enum err knowledge_levels_narrow(struct knowledge *k, struct fault *why) {
    for (unsigned level = 0; level < CAR_LEVELS; level++) {
        unsigned kept = 0;
        for (unsigned i = 0; i < k->vehicle_count; i++) kept += admits(k, (enum car_level)level, k->vehicles[i].vehicle);
        if (kept == 0 && k->vehicle_count) return none_left(k, (enum car_level)level, why);
        if (kept == k->vehicle_count) continue;
        kept = 0;
        for (unsigned i = 0; i < k->vehicle_count; i++)
            if (admits(k, (enum car_level)level, k->vehicles[i].vehicle)) k->vehicles[kept++] = k->vehicles[i];
        k->vehicle_count = kept;
    }
    return ERR_OK;
}
