// vin_json.c: a decoded VIN in the shape of the HTTP contract (vin.h).
#include "names.h"
#include "vin.h"

static void optional(struct json_writer *w, const char *key, struct slice text) {
    if (text.n) json_key_string(w, key, text);
    else json_key_null(w, key);
}

static void list(struct json_writer *w, const char *key, const struct slice *texts, unsigned count) {
    json_key_open(w, key, '[');
    for (unsigned i = 0; i < count; i++) json_string(w, texts[i]);
    json_close(w, ']');
}

static const struct vin_values *said(const struct vin *vin, unsigned attr) { return &vin->match.attrs[attr]; }

static bool decided(struct view *v, const struct vin *vin, unsigned attr) {
    const struct vin_values *values = said(vin, attr);
    return vin->match.model_count && values->count == 1 && vin_value_text(v, (enum vin_attr)attr, values->at[0]).n > 0;
}

static void attributes(struct view *v, struct json_writer *w, const struct vin *vin) {
    json_key_open(w, "attrs", '{');
    for (unsigned a = 0; a < VIN_ATTRS; a++)
        if (decided(v, vin, a)) json_key_string(w, vin_attr_names[a], vin_value_text(v, (enum vin_attr)a, said(vin, a)->at[0]));
    json_close(w, '}');
    json_key_open(w, "possible", '{');
    for (unsigned a = 0; a < VIN_ATTRS; a++) {
        if (vin->match.model_count == 0 || said(vin, a)->count < 2) continue;
        json_key_open(w, vin_attr_names[a], '[');
        for (unsigned i = 0; i < said(vin, a)->count; i++) json_string(w, vin_value_text(v, (enum vin_attr)a, said(vin, a)->at[i]));
        json_close(w, ']');
    }
    json_close(w, '}');
}

static void vehicles(struct view *v, struct json_writer *w, const struct knowledge *k, const struct vin_car *car) {
    unsigned configurations = 0;
    for (unsigned i = 0; i < k->vehicle_count; i++) configurations += k->vehicles[i].count;
    json_key(w, "vehicle");
    if (k->vehicle_count && car->model_count == 1) vehicle_json(v, w, k->vehicles[0].vehicle, k->vehicles[0].possible, false);
    else json_null(w);
    json_key_open(w, "vehicles", '[');
    for (unsigned i = 0; i < k->vehicle_count; i++) vehicle_json(v, w, k->vehicles[i].vehicle, k->vehicles[i].possible, false);
    json_close(w, ']');
    json_key_int(w, "configurations", configurations);
}

static enum err suggestions(struct view *v, struct json_writer *w, const struct vin_text *text) {
    struct vin_suggestion found[VIN_SUGGESTIONS];
    unsigned count = 0;
    if (text) TRY(vin_repair(v->snapshot, vin_newest_year(v->clock), text, found, &count));
    json_key_open(w, "suggestions", '[');
    for (unsigned i = 0; i < count; i++) json_string(w, slice_of(found[i].text.c, VIN_CHARS));
    json_close(w, ']');
    return ERR_OK;
}

// What is not known, in the names of the answer's own members and of attributes.
static void unknown(struct view *v, struct json_writer *w, const struct vin *vin, const struct vin_car *car, bool vehicle) {
    json_key_open(w, "unknown", '[');
    if (!vin || vin->year == 0) json_str(w, "year");
    if (car->make_count != 1) json_str(w, "make");
    if (car->model_count != 1) json_str(w, "model");
    if (!vehicle) json_str(w, "vehicle");
    for (unsigned a = 0; vin && vin->match.model_count && a < VIN_ATTRS; a++)
        if (!decided(v, vin, a)) json_str(w, vin_attr_names[a]);
    json_close(w, ']');
}

static void car_names(struct json_writer *w, const struct vin *vin, const struct vin_car *car) {
    optional(w, "make", car->make);
    list(w, "makes", car->makes, car->make_count);
    optional(w, "model", car->model);
    list(w, "models", car->models, car->model_count);
    optional(w, "series", car->series);
    optional(w, "maker", car->maker);
    optional(w, "maker_zh", car->maker_zh);
    optional(w, "plant", car->plant);
    json_key_str(w, "region", vin ? vin_region(&vin->text) : NULL);
    optional(w, "country", car->country);
}

// A text that is no VIN: the same members, with nothing in them.
static enum err no_vin(struct view *v, struct json_writer *w, const struct vin_text *loose, bool vin_like) {
    static const struct vin_car nothing;
    static const struct knowledge none;
    static const struct vin empty;
    json_key_bool(w, "valid", false);
    json_key_bool(w, "check_digit_ok", false);
    json_key_null(w, "year");
    car_names(w, NULL, &nothing);
    attributes(v, w, &empty);
    vehicles(v, w, &none, &nothing);
    TRY(suggestions(v, w, vin_like ? loose : NULL));
    unknown(v, w, NULL, &nothing, false);
    return ERR_OK;
}

static enum err good_vin(struct view *v, struct json_writer *w, const struct vin_text *text) {
    struct vin vin;
    struct vin_car *car = ARENA_NEW(v->arena, struct vin_car);
    struct knowledge k;
    if (!car) return ERR_NO_MEMORY;
    TRY(vin_decode(v->snapshot, vin_newest_year(v->clock), text, &vin));
    TRY(vin_resolve(v, &vin, car));
    TRY(knowledge_parse(v, slice_of(text->c, VIN_CHARS), SLICE_NONE, SLICE_NONE, &k, NULL));
    json_key_bool(w, "valid", vin_valid(&vin));
    json_key_bool(w, "check_digit_ok", vin.check_ok);
    if (vin.year) json_key_int(w, "year", vin.year);
    else json_key_null(w, "year");
    car_names(w, &vin, car);
    attributes(v, w, &vin);
    vehicles(v, w, &k, car);
    TRY(suggestions(v, w, text));
    unknown(v, w, &vin, car, k.vehicle_count > 0);
    return ERR_OK;
}

enum err vin_json(struct view *v, struct json_writer *w, struct slice text) {
    struct vin_text read, loose;
    bool good = vin_read(text, &read), vin_like = vin_read_loose(text, &loose);
    json_open(w, '{');
    json_key_string(w, "vin", vin_like ? slice_of(loose.c, VIN_CHARS) : text);
    TRY(good ? good_vin(v, w, &read) : no_vin(v, w, &loose, vin_like));
    json_close(w, '}');
    return ERR_OK;
}
