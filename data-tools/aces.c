#include "aces.h"

#include <stdio.h>

#include "index/base/limits.h"
#include "xml.h"

enum {
    VEHICLE_IDS_MAX = 48,  // vehicle attributes of one App; the schema has 41
    PAIRS_MAX = 96,
    TICK_APPS = 4096,
};

enum { OTHER, APP, HEADER_BRAND, BASE_VEHICLE, YEARS, MAKE, MODEL, ATTRIBUTE, QUAL, QUAL_TEXT, NOTE, QTY, PART_TYPE, LABEL, POSITION,
                    PART, EQUIPMENT, ASSET };

static const struct xml_name ELEMENTS[] = {
    {"App", APP}, {"Asset", ASSET}, {"BrandAAIAID", HEADER_BRAND}, {"BrandID", HEADER_BRAND}, {"BaseVehicle", BASE_VEHICLE},
    {"Years", YEARS}, {"Make", MAKE}, {"Model", MODEL}, {"Qual", QUAL}, {"text", QUAL_TEXT}, {"Note", NOTE}, {"Qty", QTY}, {"MfrLabel", LABEL},
    {"PartType", PART_TYPE}, {"PartTerminology", PART_TYPE}, {"Position", POSITION}, {"Part", PART}, {"PartNumber", PART},
    {"EquipmentBase", EQUIPMENT}, {"Mfr", EQUIPMENT}, {"EquipmentModel", EQUIPMENT},
    {"SubModel", ATTRIBUTE}, {"VehicleType", ATTRIBUTE}, {"MfrBodyCode", ATTRIBUTE}, {"BodyNumDoors", ATTRIBUTE},
    {"BodyType", ATTRIBUTE}, {"DriveType", ATTRIBUTE}, {"EngineBase", ATTRIBUTE}, {"EngineBlock", ATTRIBUTE},
    {"EngineBoreStroke", ATTRIBUTE}, {"EngineDesignation", ATTRIBUTE}, {"EngineVIN", ATTRIBUTE}, {"EngineVersion", ATTRIBUTE},
    {"EngineMfr", ATTRIBUTE}, {"PowerOutput", ATTRIBUTE}, {"ValvesPerEngine", ATTRIBUTE}, {"FuelDeliveryType", ATTRIBUTE},
    {"FuelDeliverySubType", ATTRIBUTE}, {"FuelSystemControlType", ATTRIBUTE}, {"FuelSystemDesign", ATTRIBUTE},
    {"Aspiration", ATTRIBUTE}, {"CylinderHeadType", ATTRIBUTE}, {"FuelType", ATTRIBUTE}, {"IgnitionSystemType", ATTRIBUTE},
    {"TransmissionMfrCode", ATTRIBUTE}, {"TransmissionBase", ATTRIBUTE}, {"TransmissionType", ATTRIBUTE},
    {"TransmissionControlType", ATTRIBUTE}, {"TransmissionNumSpeeds", ATTRIBUTE}, {"TransElecControlled", ATTRIBUTE},
    {"TransmissionMfr", ATTRIBUTE}, {"BedLength", ATTRIBUTE}, {"BedType", ATTRIBUTE}, {"WheelBase", ATTRIBUTE},
    {"BrakeSystem", ATTRIBUTE}, {"FrontBrakeType", ATTRIBUTE}, {"RearBrakeType", ATTRIBUTE}, {"BrakeABS", ATTRIBUTE},
    {"FrontSpringType", ATTRIBUTE}, {"RearSpringType", ATTRIBUTE}, {"SteeringSystem", ATTRIBUTE}, {"SteeringType", ATTRIBUTE},
    {"Region", ATTRIBUTE},
};

struct id { struct slice element, value; };

// One App while it is being read. Slices live in the reader's arena, which is reset per App.
struct app {
    bool open, asset, deletion, equipment, not_validated, has_years;
    const char *broken; // why it must be rejected, NULL = fine so far
    uint64_t line, year_from, year_to, quantity;
    struct slice base_vehicle, make, model, part_type, position, part, brand, label;
    unsigned id_count, condition_count;
    struct id ids[VEHICLE_IDS_MAX];
    struct condition_doc conditions[LIMIT_CONDITIONS];
};

struct aces {
    const struct idmap *map;
    const struct notes *notes;
    const struct sink *sink;
    struct aces_result *result;
    struct fault *why;
    struct arena arena;
    struct app app;
    bool is_aces;
    struct slice source;
    char default_brand[32];
    struct xml_names names;
};

// ---- reports --------------------------------------------------------------------------------------------------------------
static void report(struct aces *a, enum sink_report what, const char *message) {
    if (what == SINK_REJECTED) a->result->rejected++;
    if (what == SINK_PARKED) a->result->parked++;
    a->sink->report(a->sink->arg, what, a->app.line, message);
}

// ---- one App to one application_doc ---------------------------------------------------------------------------------------
struct resolved {
    struct vehicle_doc vehicle;
    struct pair pairs[PAIRS_MAX];
    struct slice type, position, brand;
    char unknown[LIMIT_TEXT_BYTES]; // "BaseVehicle=588822 SubModel=7": ids the map does not know
    size_t unknown_n;
};

static const struct idmap_value *resolve(struct aces *a, struct resolved *r, const char *element, struct slice id) {
    const struct idmap_value *value = idmap_find(a->map, slice_str(element), id);
    if (value) return value;
    int n = snprintf(r->unknown + r->unknown_n, sizeof r->unknown - r->unknown_n, "%s%s=%.*s", r->unknown_n ? " " : "", element,
                     SLICE_ARGS(id));
    if (n > 0 && (size_t)n < sizeof r->unknown - r->unknown_n) r->unknown_n += (size_t)n;
    return NULL;
}

static void resolve_identity(struct aces *a, struct resolved *r) {
    struct app *app = &a->app;
    if (app->base_vehicle.n) {
        const struct idmap_value *v = resolve(a, r, "BaseVehicle", app->base_vehicle);
        if (v) r->vehicle = (struct vehicle_doc){.make = v->make, .model = v->model, .year_from = v->year, .year_to = v->year};
        return;
    }
    r->vehicle.year_from = (uint16_t)app->year_from;
    r->vehicle.year_to = (uint16_t)app->year_to;
    const struct idmap_value *make = resolve(a, r, "Make", app->make);
    if (make) r->vehicle.make = make->text;
    const struct idmap_value *model = app->model.n ? resolve(a, r, "Model", app->model) : NULL;
    if (model) r->vehicle.model = model->text;
}

static void resolve_attributes(struct aces *a, struct resolved *r) {
    struct app *app = &a->app;
    unsigned n = 0;
    for (unsigned i = 0; i < app->id_count; i++) {
        const struct idmap_value *v = idmap_find(a->map, app->ids[i].element, app->ids[i].value);
        if (!v) {
            char element[64];
            slice_copy(app->ids[i].element, element, sizeof element);
            resolve(a, r, element, app->ids[i].value);
            continue;
        }
        for (unsigned k = 0; k < v->pair_count && n < PAIRS_MAX; k++) r->pairs[n++] = v->pairs[k];
    }
    r->vehicle.attrs = r->pairs;
    r->vehicle.attr_count = n;
}

static void resolve_part(struct aces *a, struct resolved *r) {
    struct app *app = &a->app;
    const struct idmap_value *type = idmap_find(a->map, SLICE("PartType"), app->part_type);
    r->type = type ? type->text : arena_printf(&a->arena, "pcdb-%.*s", SLICE_ARGS(app->part_type));
    const struct idmap_value *position = app->position.n ? resolve(a, r, "Position", app->position) : NULL;
    r->position = position ? position->text : SLICE_NONE;
    struct slice brand = app->brand.n ? app->brand : slice_str(a->default_brand);
    const struct idmap_value *name = idmap_find(a->map, SLICE("Brand"), brand);
    r->brand = name ? name->text : brand; // a code nobody named is still the brand
}

// A vehicle no catalogue has: keeps the application, with the ids as the file wrote them, and matches nothing.
static void park(struct aces *a, struct resolved *r) {
    char message[LIMIT_TEXT_BYTES + 32];
    snprintf(message, sizeof message, "unknown id: %s", r->unknown);
    report(a, SINK_PARKED, message);
    r->vehicle.make = arena_printf(&a->arena, "?%s", r->unknown);
    r->vehicle.model = SLICE_NONE;
    r->vehicle.attr_count = 0;
}

static enum err app_deliver(struct aces *a, struct fault *row) {
    struct app *app = &a->app;
    struct resolved r = {.unknown_n = 0};
    r.unknown[0] = 0;
    resolve_identity(a, &r);
    resolve_attributes(a, &r);
    resolve_part(a, &r);
    if (r.unknown_n) park(a, &r);
    if (a->arena.full) return fault_set(row, ERR_TOO_LARGE, "", "the application is too large");
    struct application_doc doc = {
        .position = r.position, .label = app->label, .quantity = (uint16_t)app->quantity, .flags = app->not_validated ? APPLICATION_NOT_VALIDATED : 0,
        .source = a->source, .line = app->line > UINT32_MAX ? UINT32_MAX : (uint32_t)app->line, .vehicle_count = 1,
        .condition_count = app->condition_count, .vehicles = &r.vehicle, .conditions = app->conditions,
    };
    return a->sink->application(a->sink->arg, CATALOG_ADD, r.brand, app->part, r.type, &doc, row);
}

static const char *app_flaw(const struct app *app) {
    if (app->broken) return app->broken;
    if (app->deletion) return "action=\"D\" is not supported: import the product's full applications again";
    if (app->equipment) return "equipment is not a vehicle";
    if (!app->part.n) return "Part is missing";
    if (!app->part_type.n) return "PartType is missing";
    if (!app->base_vehicle.n && !(app->has_years && app->make.n)) return "BaseVehicle, or Years and Make, are missing";
    return NULL;
}

static void app_end(struct xml *x, struct aces *a) {
    struct app *app = &a->app;
    struct fault row = {0};
    app->open = false;
    if (app->asset) return;
    const char *flaw = app_flaw(app);
    enum err err = flaw ? ERR_BAD_REQUEST : app_deliver(a, &row);
    if (err == ERR_OK) a->result->applications++;
    else if (sink_rejects(err)) report(a, SINK_REJECTED, flaw ? flaw : row.message);
    else {
        if (a->why) *a->why = row;
        xml_stop(x, err);
    }
    if (a->sink->tick && a->result->applications % TICK_APPS == 0) a->sink->tick(a->sink->arg);
}

// ---- elements -------------------------------------------------------------------------------------------------------------
static struct slice keep(struct aces *a, struct slice text) { return text.n ? arena_copy(&a->arena, text) : SLICE_NONE; }

static void app_start(struct xml *x, struct aces *a, const char **attributes, bool asset) {
    arena_reset(&a->arena);
    struct app *app = &a->app;
    memset(app, 0, offsetof(struct app, ids));
    app->open = true;
    app->asset = asset;
    app->quantity = 1;
    app->line = xml_line(x);
    app->deletion = slice_is(xml_attribute(attributes, "action"), "D");
    app->not_validated = slice_is(xml_attribute(attributes, "validate"), "no");
}

static void years_read(struct app *app, const char **attributes) {
    app->has_years = slice_u64(xml_attribute(attributes, "from"), &app->year_from) && slice_u64(xml_attribute(attributes, "to"), &app->year_to);
    if (!app->has_years || app->year_from < LIMIT_YEAR_MIN || app->year_to > LIMIT_YEAR_MAX || app->year_from > app->year_to)
        app->broken = "Years wants from and to";
}

static void attribute_read(struct aces *a, struct slice name, const char **attributes) {
    struct app *app = &a->app;
    if (app->id_count == VEHICLE_IDS_MAX) {
        app->broken = "too many vehicle attributes";
        return;
    }
    app->ids[app->id_count++] = (struct id){keep(a, name), keep(a, xml_attribute(attributes, "id"))};
}

static void part_read(struct aces *a, const char **attributes) {
    struct slice brand = xml_attribute(attributes, "BrandAAIAID");
    a->app.brand = keep(a, brand.n ? brand : xml_attribute(attributes, "BrandID"));
}

static void on_start(struct xml *x, struct slice name, const char **attributes) {
    struct aces *a = xml_arg(x);
    struct app *app = &a->app;
    int kind = xml_name_kind(&a->names, name);
    if (slice_is(name, "ACES")) a->is_aces = true;
    if (kind == APP || kind == ASSET) app_start(x, a, attributes, kind == ASSET);
    if (kind == HEADER_BRAND) xml_collect(x);
    if (!app->open) return;
    switch (kind) {
    case BASE_VEHICLE: app->base_vehicle = keep(a, xml_attribute(attributes, "id")); break;
    case YEARS: years_read(app, attributes); break;
    case MAKE: app->make = keep(a, xml_attribute(attributes, "id")); break;
    case MODEL: app->model = keep(a, xml_attribute(attributes, "id")); break;
    case ATTRIBUTE: attribute_read(a, name, attributes); break;
    case PART_TYPE: app->part_type = keep(a, xml_attribute(attributes, "id")); break;
    case POSITION: app->position = keep(a, xml_attribute(attributes, "id")); break;
    case EQUIPMENT: app->equipment = true; break;
    case PART: part_read(a, attributes); xml_collect(x); break;
    case QUAL_TEXT: case NOTE: case QTY: case LABEL: xml_collect(x); break;
    default: break;
    }
}

static void condition_read(struct aces *a, struct slice text, bool overflow) {
    struct app *app = &a->app;
    if (text.n == 0) return;
    if (overflow) app->broken = "a note is longer than the limit";
    else if (notes_informational(a->notes, text)) a->result->informational++;
    else if (app->condition_count == LIMIT_CONDITIONS) app->broken = "too many notes";
    else app->conditions[app->condition_count++] = notes_condition(&a->arena, keep(a, text));
}

static void on_end(struct xml *x, struct slice name, struct slice text) {
    struct aces *a = xml_arg(x);
    struct app *app = &a->app;
    int kind = xml_name_kind(&a->names, name);
    if (kind == HEADER_BRAND && !app->open) slice_copy(text, a->default_brand, sizeof a->default_brand);
    if (!app->open) return;
    switch (kind) {
    case QUAL_TEXT: case NOTE: condition_read(a, text, xml_overflow(x)); break;
    case QTY:
        if (!slice_u64(text, &app->quantity) || app->quantity > UINT16_MAX) app->broken = "Qty is not a number";
        break;
    case LABEL: app->label = keep(a, text); break;
    case PART:
        if (text.n > LIMIT_PART_NUMBER_BYTES) app->broken = "Part is too long";
        app->part = keep(a, text);
        break;
    case APP: case ASSET: app_end(x, a); break;
    default: break;
    }
}

enum err aces_read(struct input *in, const struct idmap *map, const struct notes *notes, const struct sink *sink,
                   struct aces_result *out, struct fault *why) {
    struct aces a = {.map = map, .notes = notes, .sink = sink, .result = out, .why = why, .source = slice_str(input_name(in))};
    struct xml_handlers handlers = {on_start, on_end, &a};
    memset(out, 0, sizeof *out);
    xml_names_init(&a.names, ELEMENTS, sizeof ELEMENTS / sizeof *ELEMENTS);
    arena_init(&a.arena, 64 * 1024, 4u << 20);
    enum err err = xml_read(in, &handlers, why);
    arena_destroy(&a.arena);
    if (err == ERR_OK && !a.is_aces) return fault_set(why, ERR_BAD_REQUEST, "", "%s is not an ACES document", input_name(in));
    return err;
}
