#include "server/api_understood.h"

#include "index/base/limits.h"
#include "index/names.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"

static void types_json(struct view *v, struct json_writer *j, const struct understood *u) {
    json_key_open(j, "types", '[');
    for (unsigned i = 0; i < u->type_count; i++) {
        struct type_info t = {0};
        (void)type_load(v, u->types[i], &t);
        json_open(j, '{');
        json_key_string(j, "id", names_text(v, NAMES_TYPE, u->types[i]));
        json_key_string(j, "name", t.name);
        json_key_string(j, "name_zh", t.name_zh);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void brands_json(struct view *v, struct json_writer *j, const struct understood *u) {
    json_key_open(j, "brands", '[');
    for (unsigned i = 0; i < u->brand_count; i++) {
        struct brand_info b = {0};
        json_string(j, brand_load(v, u->brands[i], &b) == ERR_OK && b.name.n ? b.name : names_text(v, NAMES_BRAND, u->brands[i]));
    }
    json_close(j, ']');
}

// ---- the car ----------------------------------------------------------------------------------------------------------------------
static void attrs_json(struct view *v, struct json_writer *j, struct slice attrs) {
    json_key_open(j, "attrs", '{');
    while (attrs.n > 0) {
        struct slice value = slice_cut(&attrs, ','), name = slice_cut(&value, ':');
        json_key_slice(j, name);
        json_string(j, knowledge_unescape(v->arena, value));
    }
    json_close(j, '}');
}

static enum err reading_json(struct view *v, struct json_writer *j, const struct car_reading *r) {
    json_key_open(j, "makes", '[');
    for (unsigned i = 0; i < r->model_count; i++) {
        struct make make;
        bool seen = false;
        for (unsigned k = 0; k < i; k++) seen |= r->models[k].make == r->models[i].make;
        if (!seen && make_load(v, r->models[i].make, &make) == ERR_OK) json_string(j, make.name);
    }
    json_close(j, ']');
    json_key_open(j, "models", '[');
    for (unsigned i = 0; i < r->model_count; i++) {
        struct make make;
        struct model model;
        if (!r->models[i].model || make_load(v, r->models[i].make, &make) != ERR_OK) continue;
        if (model_load(v, r->models[i].make, r->models[i].model, &model) != ERR_OK) continue;
        json_open(j, '{');
        json_key_string(j, "make", make.name);
        json_key_string(j, "make_zh", make.name_zh);
        json_key_string(j, "model", model.name);
        json_key_string(j, "name_zh", model.name_zh);
        json_close(j, '}');
    }
    json_close(j, ']');
    if (r->from || r->to) {
        json_key_open(j, "years", '[');
        json_int(j, r->from);
        if (r->to && r->to < LIMIT_YEAR_MAX) json_int(j, r->to);
        else json_null(j);
        json_close(j, ']');
    } else {
        json_key_null(j, "years");
    }
    attrs_json(v, j, r->attrs);
    return ERR_OK;
}

static enum err car_json(struct view *v, struct json_writer *j, const struct search_result *r) {
    const struct understood *u = &r->understood;
    json_key(j, "car");
    if (!u->car.n && !u->unknown_car.n) {
        json_null(j);
        return ERR_OK;
    }
    json_open(j, '{');
    TRY(reading_json(v, j, &u->readings[0]));
    api_key_text(j, "generation", u->generation);
    api_key_text(j, "badge", u->badge);
    api_key_text(j, "unknown", u->unknown_car);
    json_key_bool(j, "conflict", r->car_conflict);
    json_close(j, '}');
    return ERR_OK;
}

enum err readings_json(struct app_worker *w, struct json_writer *j, const struct search_result *r) {
    const struct understood *u = &r->understood;
    struct view *v = w->view;
    json_key_open(j, "readings", '[');
    for (unsigned i = 0; i < u->reading_count && u->reading_count > 1; i++) {
        json_open(j, '{');
        TRY(reading_json(v, j, &u->readings[i]));
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

// ---- the rest ---------------------------------------------------------------------------------------------------------------------
static struct slice spec_of(const struct understood *u, enum pattern_kind kind) {
    for (unsigned i = 0; i < u->spec_count; i++)
        if (u->specs[i].kind == kind) return slice_str(u->specs[i].text);
    return SLICE_NONE;
}

// In canonical form, whether anybody has it or not.
static void number_json(struct json_writer *j, const struct understood *u) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(u->part_number.n ? u->part_number : u->number_like, canonical, sizeof canonical);
    api_key_text(j, "part_number", slice_of(canonical, n));
}

static void specs_json(struct json_writer *j, const struct understood *u) {
    api_key_text(j, "tyre", spec_of(u, PATTERN_TYRE));
    api_key_text(j, "oil", spec_of(u, PATTERN_OIL_GRADE));
    json_key_open(j, "specs", '{');
    for (unsigned i = 0; i < u->spec_count; i++) {
        bool seen = false;
        for (unsigned k = 0; k < i; k++) seen |= u->specs[k].kind == u->specs[i].kind;
        if (seen) continue;
        json_key_open(j, pattern_name(u->specs[i].kind), '[');
        for (unsigned k = i; k < u->spec_count; k++)
            if (u->specs[k].kind == u->specs[i].kind) json_string(j, slice_str(u->specs[k].text));
        json_close(j, ']');
    }
    json_close(j, '}');
}

static void codes_json(struct json_writer *j, const struct understood *u, bool zh) {
    json_key_open(j, "dtc", '[');
    for (unsigned i = 0; i < u->code_count; i++) {
        json_open(j, '{');
        json_key_string(j, "code", slice_str(u->codes[i].code));
        json_key_string(j, "text", zh ? u->codes[i].text_zh : u->codes[i].text);
        json_key_bool(j, "known", u->codes[i].known);
        json_close(j, '}');
    }
    json_close(j, ']');
}

// The service asked for, where a type sought is one.
static void service_json(struct view *v, struct json_writer *j, const struct understood *u) {
    struct slice service = SLICE_NONE;
    for (unsigned i = 0; i < u->type_count && !service.n; i++) {
        struct type_info t;
        if (type_load(v, u->types[i], &t) == ERR_OK && (t.kind == KIND_SERVICE || t.kind == KIND_PACKAGE)) service = t.slug;
    }
    api_key_text(j, "service", service);
    json_key(j, "distance_km");
    if (u->distance_km) json_int(j, u->distance_km);
    else json_null(j);
}

// Where a chip stands in the parameter as it was sent; `q` is the part of it that was understood.
static void chip_place_json(struct json_writer *j, const struct understood *u, const struct query_chip *c, struct slice sent, struct slice q) {
    const char *from = q.p + u->origin[c->at].from, *to = q.p + u->origin[c->at + c->n - 1u].to;
    json_key_int(j, "at", text_utf16_units(slice_of(sent.p, (size_t)(from - sent.p))));
    json_key_int(j, "length", text_utf16_units(slice_of(from, (size_t)(to - from))));
}

static void chips_json(struct json_writer *j, const struct understood *u, struct slice sent) {
    static const char *const hows[SPAN_HOWS] = {"exact", "prefix", "typo", "pinyin", "initials"};
    json_key_open(j, "chips", '[');
    for (unsigned i = 0; i < u->chip_count; i++) {
        const struct query_chip *c = &u->chips[i];
        json_open(j, '{');
        json_key_string(j, "text", slice_of(u->folded.p + c->at, c->n));
        chip_place_json(j, u, c, sent, slice_trim(sent));
        json_key_string(j, "role", slice_str(query_role_name(c->role)));
        json_key_string(j, "value", c->means);
        json_key_string(j, "match", slice_str(hows[c->how]));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void words_json(struct json_writer *j, const struct search_result *r) {
    const struct understood *u = &r->understood;
    json_key_open(j, "words", '[');
    for (unsigned i = 0; i < u->word_count; i++) json_string(j, u->words[i]);
    json_close(j, ']');
    json_key_open(j, "corrections", '[');
    for (unsigned i = 0; i < u->correction_count; i++) {
        json_open(j, '{');
        json_key_string(j, "from", u->corrections[i].from);
        json_key_string(j, "to", u->corrections[i].to);
        json_close(j, '}');
    }
    for (unsigned i = 0; r->words && i < r->words->correction_count; i++) {
        json_open(j, '{');
        json_key_string(j, "from", r->words->corrections[i].from);
        json_key_string(j, "to", r->words->corrections[i].to);
        json_close(j, '}');
    }
    json_close(j, ']');
}

enum err understood_json(struct app_worker *w, struct json_writer *j, const struct search_result *r, struct slice sent, bool zh) {
    const struct understood *u = &r->understood;
    struct view *v = w->view;
    json_key_open(j, "understood", '{');
    json_key(j, "vehicle");
    if (r->k->resolved && r->k->vehicle_count == 1) vehicle_json(v, j, r->k->vehicles[0].vehicle, r->k->vehicles[0].possible, false);
    else json_null(j);
    TRY(car_json(v, j, r));
    types_json(v, j, u);
    brands_json(v, j, u);
    number_json(j, u);
    specs_json(j, u);
    struct slice position = u->position;
    api_key_text(j, "position", slice_cut(&position, '|'));
    codes_json(j, u, zh);
    service_json(v, j, u);
    words_json(j, r);
    chips_json(j, u, sent);
    json_close(j, '}');
    return ERR_OK;
}
