#include "server/api_cockpit_sensors.h"

enum err api_cockpit_codes(struct arena *a, const struct json *body, struct cockpit_code **out, unsigned *count, struct fault *why) {
    const struct json *list = NULL;
    *count = 0;
    TRY(json_get_array(body, "dtc", &list, why));
    if (!list || list->count == 0) return ERR_OK;
    if (list->count > COCKPIT_CODES_MAX) return fault_set(why, ERR_BAD_REQUEST, "dtc", "at most %d codes", COCKPIT_CODES_MAX);
    *out = ARENA_ARRAY(a, struct cockpit_code, list->count);
    if (!*out) return ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        const struct json *one = &list->items[i];
        if (one->type != JSON_STRING || !trouble_text_parse(one->string, &(*out)[*count].sent))
            return fault_set(why, ERR_BAD_REQUEST, "dtc", "dtc[%zu] is no trouble code: P0301, or two or three bytes in hexadecimal", i);
        ++*count;
    }
    return ERR_OK;
}

static enum err gauge(double value, double least, double most, const char *name, struct fault *why) {
    if (value >= least && value <= most) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "sensors", "%s cannot be %g", name, value);
}

static enum err number_of(const struct json *o, const char *name, double least, double most, bool *has, double *out, struct fault *why) {
    const struct json *value = json_get(o, name);
    if (!value || value->type == JSON_NULL) return ERR_OK;
    if (value->type != JSON_INTEGER && value->type != JSON_NUMBER) return fault_set(why, ERR_BAD_REQUEST, "sensors", "%s is a number", name);
    *has = true;
    *out = value->number;
    return gauge(*out, least, most, name, why);
}

static enum err tyres_parse(const struct json *o, struct cockpit_sensors *out, struct fault *why) {
    const struct json *wheels = json_get(o, "tyre_kpa");
    if (!wheels || wheels->type == JSON_NULL) return ERR_OK;
    if (wheels->type != JSON_OBJECT || wheels->count > COCKPIT_WHEELS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "sensors", "tyre_kpa is an object of at most %d wheels", COCKPIT_WHEELS_MAX);
    for (size_t i = 0; i < wheels->count; i++) {
        const struct json *v = &wheels->items[i];
        if ((v->type != JSON_INTEGER && v->type != JSON_NUMBER) || wheels->keys[i].n == 0 || wheels->keys[i].n > 32)
            return fault_set(why, ERR_BAD_REQUEST, "sensors", "tyre_kpa has a number for each wheel");
        TRY(gauge(v->number, 0, 1500, "tyre_kpa", why));
        out->wheels[out->wheel_count++] = (struct cockpit_wheel){wheels->keys[i], v->number};
    }
    return ERR_OK;
}

// One number, or one for each axle or wheel: the least counts.
static enum err pads_parse(const struct json *o, struct service_past *past, struct fault *why) {
    const struct json *pads = json_get(o, "brake_pad_mm");
    if (!pads || pads->type == JSON_NULL) return ERR_OK;
    bool several = pads->type == JSON_OBJECT;
    if (several && pads->count > COCKPIT_WHEELS_MAX) return fault_set(why, ERR_BAD_REQUEST, "sensors", "brake_pad_mm has at most %d places", COCKPIT_WHEELS_MAX);
    for (size_t i = 0; i < (several ? pads->count : 1); i++) {
        const struct json *v = several ? &pads->items[i] : pads;
        if (v->type != JSON_INTEGER && v->type != JSON_NUMBER) return fault_set(why, ERR_BAD_REQUEST, "sensors", "brake_pad_mm is a number, or one for each place");
        TRY(service_past_measured(READING_BRAKE_PAD_MM, v->number, "sensors", past, why));
    }
    return ERR_OK;
}

enum err api_cockpit_sensors(const struct json *body, struct service_past *past, struct cockpit_sensors *out, struct fault *why) {
    static const char *const KEYS[] = {"oil_life_pct", "brake_pad_mm", "tyre_kpa", "battery_v", "battery_soh_pct", "outside_c", NULL};
    const struct json *o = NULL;
    struct fault inner = {0};
    bool has_oil = false, has_soh = false;
    double oil = 0, soh = 0;
    TRY(json_get_object(body, "sensors", &o, why));
    if (!o) return ERR_OK;
    if (json_only_keys(o, KEYS, &inner) != ERR_OK) return fault_set(why, ERR_BAD_REQUEST, "sensors", "sensors: %.200s", inner.message);
    TRY(number_of(o, "oil_life_pct", 0, 100, &has_oil, &oil, why));
    TRY(number_of(o, "battery_soh_pct", 0, 100, &has_soh, &soh, why));
    TRY(number_of(o, "battery_v", 0, 60, &out->has_voltage, &out->voltage, why));
    TRY(number_of(o, "outside_c", -80, 80, &out->has_outside, &out->outside_c, why));
    if (has_oil) TRY(service_past_measured(READING_OIL_LIFE_PCT, oil, "sensors", past, why));
    if (has_soh) TRY(service_past_measured(READING_BATTERY_SOH_PCT, soh, "sensors", past, why));
    TRY(pads_parse(o, past, why));
    return tyres_parse(o, out, why);
}
