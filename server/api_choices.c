#include "server/api_choices.h"

#define SCRATCH_BYTES (64 * 1024)

// ---- counting values ---------------------------------------------------------------------------------------------------------------

static bool tally_grow(struct arena *a, struct tally *t) {
    unsigned capacity = t->capacity ? t->capacity * 2 : 8;
    struct tally_row *rows = ARENA_ARRAY(a, struct tally_row, capacity);
    if (!rows) return false;
    if (t->count) memcpy(rows, t->rows, t->count * sizeof *rows);
    t->rows = rows;
    t->capacity = capacity;
    return true;
}

static enum err tally_add(struct arena *a, struct tally *t, uint32_t value, unsigned most) {
    if (t->too_many) return ERR_OK;
    for (unsigned i = t->count; i-- > 0;) // neighbours are mostly alike
        if (t->rows[i].value == value) {
            t->rows[i].count++;
            return ERR_OK;
        }
    t->too_many = t->count == most;
    if (t->too_many) return ERR_OK;
    if (t->count == t->capacity && !tally_grow(a, t)) return ERR_NO_MEMORY;
    t->rows[t->count++] = (struct tally_row){value, 1};
    return ERR_OK;
}

bool choices_possible(const struct choices *o, const struct vehicle *vehicle, unsigned configuration) {
    const struct knowledge *k = &o->answers;
    for (unsigned i = 0; i < k->answer_count; i++) {
        const struct answer *a = &k->answers[i];
        uint16_t value = vehicle_value(vehicle, configuration, a->attr);
        bool listed = a->dont_know || value == 0;
        for (unsigned n = 0; n < a->count && !listed; n++) listed = a->values[n] == value;
        if (!listed) return false;
    }
    return true;
}

static enum err count_configuration(struct choices *o, const struct vehicle *vehicle, unsigned configuration) {
    const uint16_t *row = vehicle->values + (size_t)configuration * vehicle->attr_count;
    for (unsigned i = 0; i < vehicle->attr_count; i++)
        if (row[i] && vehicle->attrs[i] < LIMIT_ATTRIBUTES)
            TRY(tally_add(o->view->arena, &o->attrs[vehicle->attrs[i]], row[i], LIMIT_FACET_VALUES));
    return ERR_OK;
}

// Sets *left to how many configurations the answers leave, and counts them.
static enum err count_vehicle(struct choices *o, uint32_t id, unsigned *left) {
    struct vehicle *vehicle;
    *left = 0;
    arena_reset(&o->scratch);
    TRY(vehicle_load(&o->loader, id, &vehicle));
    for (unsigned i = 0; i < vehicle->count; i++) {
        if (!choices_possible(o, vehicle, i)) continue;
        ++*left;
        TRY(count_configuration(o, vehicle, i));
    }
    return ERR_OK;
}

static enum err take(struct choices *o, const struct picker_row *row) {
    struct found found = {row->is.vehicle, row->year};
    unsigned left = 1;
    if (o->deep) TRY(count_vehicle(o, row->is.vehicle, &left));
    if (left == 0) return ERR_OK;
    o->total++;
    buf_put(&o->vehicles, &found, sizeof found);
    TRY(tally_add(o->view->arena, &o->models, row->model, UINT32_MAX));
    return tally_add(o->view->arena, &o->years, row->year, UINT32_MAX);
}

static bool each_row(void *arg, const struct picker_row *row) {
    struct choices *o = arg;
    if (!api_choice_admits(&o->choice, &row->is)) return true;
    o->failed = take(o, row);
    return o->failed == ERR_OK;
}

enum err choices_count(struct choices *o) {
    const struct api_choice *c = &o->choice;
    buf_init(&o->vehicles, o->view->arena, 64 * sizeof(struct found));
    arena_init(&o->scratch, SCRATCH_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    o->loader = *o->view;
    o->loader.arena = &o->scratch;
    enum err e = vehicle_each(o->view, c->make, c->model, c->year, c->year, each_row, o);
    arena_destroy(&o->scratch);
    if (e == ERR_OK) e = o->failed;
    return e == ERR_OK && o->vehicles.bad ? ERR_NO_MEMORY : e;
}

// ---- how much work it is --------------------------------------------------------------------------------------------------

struct weight {
    const struct api_choice *choice;
    uint64_t configurations, most;
};

static bool weigh(void *arg, const struct picker_row *row) {
    struct weight *weight = arg;
    if (api_choice_admits(weight->choice, &row->is)) weight->configurations += row->is.configurations;
    return weight->configurations <= weight->most;
}

enum err choices_weigh(struct choices *c, uint64_t most, uint64_t *out) {
    const struct api_choice *choice = &c->choice;
    struct weight weight = {.choice = choice, .most = most};
    *out = 0;
    if (!c->deep) return ERR_OK;
    TRY(vehicle_each(c->view, choice->make, choice->model, choice->year, choice->year, weigh, &weight));
    *out = weight.configurations > most ? most + 1 : weight.configurations;
    return ERR_OK;
}
