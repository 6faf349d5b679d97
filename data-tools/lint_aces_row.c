#include "lint_aces_row.h"

#include <stdio.h>

void lint_aces_texts_init(struct lint_aces_texts *t) {
    struct buf *bufs[] = {&t->vehicle, &t->type, &t->position, &t->label};
    for (unsigned i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_init(bufs[i], NULL, 128);
}

void lint_aces_texts_destroy(struct lint_aces_texts *t) {
    struct buf *bufs[] = {&t->vehicle, &t->type, &t->position, &t->label};
    for (unsigned i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_free(bufs[i]);
}

// ---- the row --------------------------------------------------------------------------------------------------------
static void two_put(struct buf *b, const char *name, struct slice value) {
    buf_slice_put(b, slice_str(name));
    buf_char(b, ' ');
    buf_slice_put(b, value);
}
static void name_put(struct buf *b, struct slice make, struct slice model) {
    buf_slice_put(b, make);
    buf_char(b, ' ');
    buf_slice_put(b, model);
}

static void base_put(struct buf *b, const struct aces_app *app, const struct idmap *map, struct lint_row *row) {
    const struct idmap_value *v = idmap_find(map, SLICE("BaseVehicle"), app->base_vehicle);
    if (!v) {
        two_put(b, "BaseVehicle", app->base_vehicle);
        return;
    }
    row->year_from = row->year_to = v->year;
    name_put(b, v->make, v->model);
}

static void make_model_put(struct buf *b, const struct aces_app *app, const struct idmap *map) {
    const struct idmap_value *make = idmap_find(map, SLICE("Make"), app->make), *model = idmap_find(map, SLICE("Model"), app->model);
    if (make && model) {
        name_put(b, make->text, model->text);
        return;
    }
    two_put(b, "Make", app->make);
    if (app->model.n) two_put(b, " Model", app->model);
}

static void vehicle_put(struct buf *b, const struct aces_app *app, const struct idmap *map, struct lint_row *row) {
    row->year_from = app->year_from;
    row->year_to = app->year_to;
    switch (app->identity) {
    case ACES_BASE_VEHICLE: base_put(b, app, map, row); break;
    case ACES_YEARS: make_model_put(b, app, map); break;
    case ACES_EQUIPMENT_BASE: two_put(b, "EquipmentBase", app->equipment_base); break;
    case ACES_EQUIPMENT:
        two_put(b, "Mfr", app->mfr);
        two_put(b, " EquipmentModel", app->equipment_model);
        break;
    case ACES_NO_IDENTITY: break;
    }
}

static void part_type_put(struct buf *b, const struct aces_app *app, const struct idmap *map) {
    const struct idmap_value *type = idmap_find(map, SLICE("PartType"), app->part_type);
    if (app->part_type.n) two_put(b, "PartType", app->part_type);
    if (type && type->text.n) buf_printf(b, " (%.*s)", SLICE_ARGS(type->text));
}

// The product line: the maker's label, and the brand where that is not the document's own. Lines do not contradict each other.
static void label_put(struct buf *b, const struct aces_app *app, struct slice brand) {
    if (app->brand.n && !slice_eq(app->brand, brand)) buf_slice_put(b, app->brand);
    if (app->sub_brand.n) buf_printf(b, "/%.*s", SLICE_ARGS(app->sub_brand));
    if (app->label.n) buf_printf(b, "%s%.*s", b->n ? " " : "", SLICE_ARGS(app->label));
}

// A Qual is what its number and parameters say, whatever its text; one without either is its text, like a Note.
static struct lint_qualifier qualifier(const struct aces_text *t) {
    bool numbered = t->qual.n && !slice_is(t->qual, "-");
    return (struct lint_qualifier){numbered ? t->qual : t->text, t->text};
}

enum err lint_aces_row(struct lint_aces_texts *t, const struct aces_app *app, const struct idmap *map, struct slice brand,
                       struct lint_row *out) {
    struct buf *bufs[] = {&t->vehicle, &t->type, &t->position, &t->label};
    for (unsigned i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_clear(bufs[i]);
    *out = (struct lint_row){.line = app->line, .quantity = app->quantity, .deletion = app->deletion, .part = app->part,
                             .attributes = t->attributes, .attribute_count = app->id_count, .qualifiers = t->qualifiers,
                             .qualifier_count = app->text_count};
    vehicle_put(&t->vehicle, app, map, out);
    part_type_put(&t->type, app, map);
    if (app->position.n) two_put(&t->position, "Position", app->position);
    label_put(&t->label, app, brand);
    for (unsigned i = 0; i < app->id_count; i++) t->attributes[i] = (struct lint_attribute){app->ids[i].element, app->ids[i].id};
    for (unsigned i = 0; i < app->text_count; i++) t->qualifiers[i] = qualifier(&app->texts[i]);
    out->vehicle = buf_slice(&t->vehicle);
    out->type = buf_slice(&t->type);
    out->position = buf_slice(&t->position);
    out->label = buf_slice(&t->label);
    return t->vehicle.bad || t->type.bad || t->position.bad || t->label.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- the vehicle ----------------------------------------------------------------------------------------------------
static bool identity_doc(const struct aces_app *app, const struct idmap *map, struct lint_aces_vehicle *out) {
    if (app->identity == ACES_BASE_VEHICLE) {
        const struct idmap_value *v = idmap_find(map, SLICE("BaseVehicle"), app->base_vehicle);
        if (v) out->doc = (struct vehicle_doc){.make = v->make, .model = v->model, .year_from = v->year, .year_to = v->year};
        else if (snprintf(out->external, sizeof out->external, "vcdb:%.*s", SLICE_ARGS(app->base_vehicle)) < (int)sizeof out->external)
            out->doc = (struct vehicle_doc){.external = slice_str(out->external)};
        else return false;
        return true;
    }
    const struct idmap_value *make = idmap_find(map, SLICE("Make"), app->make), *model = idmap_find(map, SLICE("Model"), app->model);
    if (app->identity != ACES_YEARS || !make || !model) return false;
    out->doc = (struct vehicle_doc){.make = make->text, .model = model->text, .year_from = (uint16_t)app->year_from,
                                    .year_to = (uint16_t)app->year_to};
    return true;
}

bool lint_aces_vehicle(const struct aces_app *app, const struct idmap *map, struct lint_aces_vehicle *out) {
    unsigned n = 0;
    if (!identity_doc(app, map, out)) return false;
    for (unsigned i = 0; i < app->id_count; i++) {
        const struct idmap_value *v = idmap_find(map, app->ids[i].element, app->ids[i].id);
        if (!v || n + v->pair_count > LINT_ACES_PAIRS_MAX) return false;
        for (unsigned k = 0; k < v->pair_count; k++) out->pairs[n++] = v->pairs[k];
    }
    out->doc.attrs = out->pairs;
    out->doc.attr_count = n;
    return n > 0;
}
