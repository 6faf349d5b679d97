// vehicle_json.c: base vehicles and configurations in the shapes of the HTTP contract (vehicle.h).
#include "attribute.h"
#include "names.h"
#include "vehicle.h"

static bool possible_at(const uint64_t *possible, unsigned i) {
    return possible == NULL || (possible[i / 64] >> (i % 64) & 1);
}

static unsigned possible_count(const struct vehicle *vehicle, const uint64_t *possible) {
    unsigned count = 0;
    for (unsigned i = 0; i < vehicle->count; i++) count += possible_at(possible, i);
    return count;
}

// The value of a column that all possible configurations share; 0 when they differ or do not know it.
static uint16_t shared_value(const struct vehicle *vehicle, const uint64_t *possible, unsigned column) {
    uint16_t shared = 0;
    bool first = true;
    for (unsigned i = 0; i < vehicle->count; i++) {
        if (!possible_at(possible, i)) continue;
        uint16_t value = vehicle->values[(size_t)i * vehicle->attr_count + column];
        if (!first && value != shared) return 0;
        shared = value;
        first = false;
    }
    return shared;
}

static struct slice value_text(struct view *v, uint8_t attr, uint16_t value) {
    return names_text(v, NAMES_VALUE + attr, value);
}

static struct slice shared_market(struct view *v, const struct vehicle *vehicle, const uint64_t *possible) {
    for (unsigned i = 0; i < vehicle->attr_count; i++)
        if (slice_is(names_text(v, NAMES_ATTRIBUTE, vehicle->attrs[i]), "market"))
            return value_text(v, vehicle->attrs[i], shared_value(vehicle, possible, i));
    return SLICE_NONE;
}

static void shared_attributes(struct view *v, struct json_writer *w, const struct vehicle *vehicle,
                              const uint64_t *possible) {
    json_key_open(w, "attrs", '{');
    for (unsigned i = 0; i < vehicle->attr_count; i++) {
        uint16_t value = shared_value(vehicle, possible, i);
        if (value == 0) continue;
        json_key_slice(w, names_text(v, NAMES_ATTRIBUTE, vehicle->attrs[i]));
        json_string(w, value_text(v, vehicle->attrs[i], value));
    }
    json_close(w, '}');
}

static void optional_string(struct json_writer *w, const char *key, struct slice text) {
    if (text.n > 0) json_key_string(w, key, text);
    else json_key_null(w, key);
}

static struct slice first_of(struct slice a, struct slice b) { return a.n > 0 ? a : b; }

void vehicle_json(struct view *v, struct json_writer *w, const struct vehicle *vehicle, const uint64_t *possible,
                  bool leave_open) {
    struct make make;
    struct model model;
    if (make_load(v, vehicle->make, &make) != ERR_OK) make.name = make.slug = names_text(v, NAMES_MAKE, vehicle->make);
    if (model_load(v, vehicle->make, vehicle->model, &model) != ERR_OK)
        model.name = names_text(v, NAMES_MODEL, vehicle->model);
    struct slice make_zh = first_of(make.name_zh, make.name), model_zh = first_of(model.name_zh, model.name);
    json_open(w, '{');
    json_key_string(w, "id", vehicle->slug);
    optional_string(w, "market", shared_market(v, vehicle, possible));
    json_key_string(w, "make", make.name);
    json_key_string(w, "model", model.name);
    json_key_int(w, "year", vehicle->year);
    json_key_string(
        w, "name",
        arena_printf(v->arena, "%u %.*s %.*s", vehicle->year, SLICE_ARGS(make.name), SLICE_ARGS(model.name)));
    json_key_string(w, "name_zh",
                    arena_printf(v->arena, "%u款 %.*s %.*s", vehicle->year, SLICE_ARGS(make_zh), SLICE_ARGS(model_zh)));
    shared_attributes(v, w, vehicle, possible);
    json_key_int(w, "configurations", possible_count(vehicle, possible));
    if (!leave_open) json_close(w, '}');
}

// ---- configurations -------------------------------------------------------------------------------------------------
static void configuration_json(struct view *v, struct json_writer *w, const struct vehicle *vehicle, unsigned i) {
    json_open(w, '{');
    json_key_string(w, "id", vehicle_configuration_id(v, vehicle, i));
    json_key_string(w, "source", names_text(v, NAMES_CONFIG_SOURCE, vehicle->sources[i]));
    json_key_open(w, "attrs", '{');
    for (unsigned column = 0; column < vehicle->attr_count; column++) {
        uint16_t value = vehicle->values[(size_t)i * vehicle->attr_count + column];
        if (value == 0) continue;
        json_key_slice(w, names_text(v, NAMES_ATTRIBUTE, vehicle->attrs[column]));
        json_string(w, value_text(v, vehicle->attrs[column], value));
    }
    json_close(w, '}');
    json_close(w, '}');
}

static bool column_varies(const struct vehicle *vehicle, unsigned column) {
    for (unsigned i = 1; i < vehicle->count; i++)
        if (vehicle->values[(size_t)i * vehicle->attr_count + column] != vehicle->values[column]) return true;
    return false;
}

void vehicle_configurations_json(struct view *v, struct json_writer *w, const struct vehicle *vehicle) {
    json_key_open(w, "configuration_list", '[');
    for (unsigned i = 0; i < vehicle->count; i++) configuration_json(v, w, vehicle, i);
    json_close(w, ']');
    json_key_open(w, "varies", '[');
    for (unsigned column = 0; column < vehicle->attr_count; column++)
        if (column_varies(vehicle, column) && !attribute_is_id(v, vehicle->attrs[column])) json_string(w, names_text(v, NAMES_ATTRIBUTE, vehicle->attrs[column]));
    json_close(w, ']');
}
