#include "aces_app.h"

#include <ctype.h>

#include "index/base/arena.h"
#include "index/base/limits.h"
#include "xml.h"

enum {
    ID_BYTES_MAX = 64,   // of one reference; the schema says positive integers
    PARAMS_MAX = 16,     // of one Qual
    COUNTRIES_BYTES_MAX = 1024,
};

enum { OTHER, DOCUMENT, HEADER, FOOTER, RECORD_COUNT, SUBMISSION, BRAND, SUB_BRAND, TITLE, COUNTRIES, COUNTRY, APP, ASSET, BASE_VEHICLE, YEARS,
       MAKE, MODEL, ATTRIBUTE, QUAL, QUAL_PARAM, QUAL_TEXT, NOTE, QTY, PART_TYPE, LABEL, POSITION, PART, EQUIPMENT_BASE, MFR,
       EQUIPMENT_MODEL, PRODUCTION_YEARS };

static const struct xml_name ELEMENTS[] = {
    {"ACES", DOCUMENT}, {"Header", HEADER}, {"Footer", FOOTER}, {"RecordCount", RECORD_COUNT}, {"SubmissionType", SUBMISSION},
    {"BrandAAIAID", BRAND}, {"BrandID", BRAND}, {"SubBrandAAIAID", SUB_BRAND}, {"SubBrandID", SUB_BRAND}, {"DocumentTitle", TITLE},
    {"ApprovedFor", COUNTRIES}, {"PartsApprovedFor", COUNTRIES}, {"Country", COUNTRY},
    {"App", APP}, {"Asset", ASSET}, {"BaseVehicle", BASE_VEHICLE}, {"Years", YEARS}, {"Make", MAKE}, {"Model", MODEL},
    {"EquipmentBase", EQUIPMENT_BASE}, {"Mfr", MFR}, {"EquipmentModel", EQUIPMENT_MODEL}, {"ProductionYears", PRODUCTION_YEARS},
    {"Qual", QUAL}, {"param", QUAL_PARAM}, {"text", QUAL_TEXT}, {"Note", NOTE}, {"Qty", QTY}, {"PartType", PART_TYPE},
    {"PartTerminology", PART_TYPE}, {"MfrLabel", LABEL}, {"Position", POSITION}, {"Part", PART}, {"PartNumber", PART},
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

struct param { struct slice value, uom, altvalue, altuom; };

struct document {
    const struct aces_handlers *handlers;
    struct fault *why;
    struct input *in;
    bool in_header, in_footer, in_app, in_qual, has_years, has_quantity, label_english, header_told, has_footer;
    unsigned depth, param_count;
    const struct xml_name *open[XML_DEPTH_MAX]; // the elements around this place; NULL: one of another name
    struct aces_header header;
    struct slice sub_brand;    // the header's
    struct arena header_arena; // of the whole document
    struct arena arena;        // of the App at hand
    struct slice qual_id, note_id;
    struct slice text;         // of the Qual at hand
    struct param params[PARAMS_MAX];
    struct xml_names names;
    struct aces_app app;
};

static struct slice keep(struct document *d, struct slice text) { return text.n ? arena_copy(&d->arena, text) : SLICE_NONE; }
static struct slice header_keep(struct document *d, struct slice text) {
    return text.n && text.n <= LIMIT_TEXT_BYTES ? arena_copy(&d->header_arena, text) : SLICE_NONE;
}

static void broken(struct document *d, const char *why) {
    if (!d->app.broken) d->app.broken = why;
}

// A reason made of a name; the arena outlives the callback.
static void broken_by(struct document *d, const char *format, const char *name) {
    struct slice s = arena_printf(&d->arena, format, name);
    if (s.n) broken(d, s.p);
}

static void damaged(struct xml *x, struct document *d, const char *message) {
    fault_set(d->why, ERR_DAMAGED, "", "%s:%llu: %s", input_name(d->in), (unsigned long long)xml_line(x), message);
    xml_stop(x, ERR_DAMAGED);
}

// "yes", "YES" and "Yes".
static bool says(struct slice text, const char *word) {
    size_t n = strlen(word);
    if (text.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)text.p[i]) != word[i]) return false;
    return true;
}

// ---- Header and Footer ------------------------------------------------------------------------------------------------------
static void header_tell(struct xml *x, struct document *d) {
    if (d->header_told) return;
    d->header_told = true;
    if (!d->handlers->header) return;
    enum err err = d->handlers->header(d->handlers->arg, &d->header, d->why);
    if (err != ERR_OK) xml_stop(x, err);
}

// 3.0 has one text of countries, later versions a list; here: "US,CA".
static void country_add(struct document *d, struct slice text) {
    struct slice all = d->header.regions;
    if (!text.n || all.n + text.n > COUNTRIES_BYTES_MAX) return;
    d->header.regions = all.n ? arena_printf(&d->header_arena, "%.*s,%.*s", SLICE_ARGS(all), SLICE_ARGS(text)) : header_keep(d, text);
}

static void header_text(struct document *d, int kind, struct slice text) {
    switch (kind) {
    case SUBMISSION: // "Full" and "UPD" are met too
        d->header.submission = says(text, "full") ? SLICE("FULL") : says(text, "test") ? SLICE("TEST")
                               : says(text, "update") || says(text, "upd") ? SLICE("UPDATE") : header_keep(d, text);
        break;
    case BRAND: d->header.brand = header_keep(d, text); break;
    case SUB_BRAND: d->sub_brand = header_keep(d, text); break;
    case TITLE: d->header.title = header_keep(d, text); break;
    case COUNTRIES: case COUNTRY: country_add(d, text); break;
    default: break;
    }
}

static void footer_text(struct xml *x, struct document *d, int kind, struct slice text) {
    if (kind != RECORD_COUNT) return;
    if (!slice_u64(text, &d->header.record_count)) damaged(x, d, "RecordCount is not a number");
    d->has_footer = true;
}

static void footer_end(struct xml *x, struct document *d) {
    header_tell(x, d);
    d->in_footer = false;
    if (!d->has_footer || !d->handlers->footer) return;
    enum err err = d->handlers->footer(d->handlers->arg, &d->header, d->why);
    if (err != ERR_OK) xml_stop(x, err);
}

// ---- the beginning of elements of an App --------------------------------------------------------------------------------------
static void app_start(struct xml *x, struct document *d, const char **attributes, bool asset) {
    struct aces_app *app = &d->app;
    header_tell(x, d);
    arena_reset(&d->arena);
    memset(app, 0, offsetof(struct aces_app, ids));
    app->quantity = 0;
    app->part_type = app->position = app->part = app->brand = app->sub_brand = app->label = SLICE_NONE;
    app->broken = NULL;
    d->in_app = true;
    d->in_qual = d->has_years = d->has_quantity = d->label_english = false;
    app->line = xml_line(x);
    app->asset = asset;
    struct slice action = xml_attribute(attributes, "action"), id = xml_attribute(attributes, "id");
    app->deletion = says(action, "d");
    if (!app->deletion && !says(action, "a")) broken(d, "action is neither A nor D");
    app->not_validated = says(xml_attribute(attributes, "validate"), "no");
    if (id.n && !slice_u64(id, &app->id)) app->id = 0; // a serial number nobody relies on
}

// The id of an element that may be there once.
static void id_read(struct document *d, struct slice *into, const char *name, const char **attributes) {
    struct slice id = xml_attribute(attributes, "id");
    if (into->n) broken_by(d, "%s is there twice", name);
    else if (!id.n) broken_by(d, "%s has no id", name);
    else if (id.n > ID_BYTES_MAX) broken_by(d, "the id of %s is too long", name);
    else *into = keep(d, id);
}

static void attribute_read(struct document *d, const char *name, const char **attributes) {
    struct aces_app *app = &d->app;
    struct slice id = SLICE_NONE;
    for (unsigned i = 0; i < app->id_count; i++)
        if (app->ids[i].element.p == name) id = app->ids[i].id;
    id_read(d, &id, name, attributes);
    if (app->broken) return;
    app->ids[app->id_count++] = (struct aces_id){slice_str(name), id}; // names are fewer than ACES_IDS_MAX, each once
}

static void years_read(struct document *d, const char **attributes, const char *from, const char *to, bool open) {
    uint64_t years[2] = {0};
    struct slice texts[2] = {xml_attribute(attributes, from), xml_attribute(attributes, to)};
    bool good = !d->has_years;
    for (unsigned i = 0; i < 2; i++) {
        if (open && !texts[i].n) continue;
        good &= slice_u64(texts[i], &years[i]) && years[i] >= LIMIT_YEAR_MIN && years[i] <= LIMIT_YEAR_MAX;
    }
    good &= !years[0] || !years[1] || years[0] <= years[1];
    d->has_years = true;
    if (!good) broken(d, open ? "ProductionYears are not years" : "Years wants from and to");
    else d->app.year_from = (unsigned)years[0], d->app.year_to = (unsigned)years[1];
}

static void part_read(struct xml *x, struct document *d, const char **attributes) {
    struct aces_app *app = &d->app;
    struct slice brand = xml_attribute(attributes, "BrandAAIAID"), sub = xml_attribute(attributes, "SubBrandAAIAID");
    if (!brand.n) brand = xml_attribute(attributes, "BrandID");
    if (!sub.n) sub = xml_attribute(attributes, "SubBrandID");
    if (brand.n > LIMIT_TEXT_BYTES || sub.n > LIMIT_TEXT_BYTES) broken(d, "the brand of the part is too long");
    else if (app->part.n) broken(d, "Part is there twice");
    else {
        app->brand = brand.n ? keep(d, brand) : d->header.brand;
        app->sub_brand = sub.n ? keep(d, sub) : brand.n ? SLICE_NONE : d->sub_brand;
    }
    xml_collect(x);
}

static void label_start(struct xml *x, struct document *d, const char **attributes) {
    struct slice language = xml_attribute(attributes, "lang");
    bool english = !language.n || says(language, "en");
    if (d->app.label.n && (!english || d->label_english)) return; // 5.0 repeats it in other languages
    d->label_english = english;
    xml_collect(x);
}

// ---- Qual and Note --------------------------------------------------------------------------------------------------------------
static void qual_start(struct document *d, const char **attributes) {
    struct slice id = xml_attribute(attributes, "id");
    d->in_qual = true;
    d->param_count = 0;
    d->text = SLICE_NONE;
    if (id.n > ID_BYTES_MAX) broken(d, "the id of Qual is too long");
    else d->qual_id = keep(d, id);
}

static void param_read(struct document *d, const char **attributes) {
    struct param p = {xml_attribute(attributes, "value"), xml_attribute(attributes, "uom"), xml_attribute(attributes, "altvalue"),
                      xml_attribute(attributes, "altuom")};
    if (!d->in_qual || !(p.value.n + p.altvalue.n)) return;
    if (d->param_count == PARAMS_MAX || p.value.n + p.uom.n + p.altvalue.n + p.altuom.n > LIMIT_TEXT_BYTES) {
        broken(d, "the parameters of a Qual are too many or too long");
        return;
    }
    d->params[d->param_count++] = (struct param){keep(d, p.value), keep(d, p.uom), keep(d, p.altvalue), keep(d, p.altuom)};
}

static void text_add(struct document *d, struct slice qual, struct slice text) {
    struct aces_app *app = &d->app;
    if (text.n > LIMIT_TEXT_BYTES) broken(d, "a qualifier or note is longer than the limit");
    else if (app->text_count == ACES_TEXTS_MAX) broken(d, "too many qualifiers and notes");
    else app->texts[app->text_count++] = (struct aces_text){qual, text};
}

// As a word of its own: "1" is not in "12 V".
static bool mentions(struct slice text, struct slice word) {
    for (size_t i = 0; word.n && i + word.n <= text.n; i++) {
        if (memcmp(text.p + i, word.p, word.n) != 0) continue;
        bool begins = i == 0 || !isalnum((unsigned char)text.p[i - 1]), ends = i + word.n == text.n || !isalnum((unsigned char)text.p[i + word.n]);
        if (begins && ends) return true;
    }
    return false;
}

// "12 V", "3.5 in/89 mm"
static struct slice param_text(struct document *d, const struct param *p) {
    return arena_printf(&d->arena, "%.*s%s%.*s%s%.*s%s%.*s", SLICE_ARGS(p->value), p->value.n && p->uom.n ? " " : "", SLICE_ARGS(p->uom),
                        p->value.n && p->altvalue.n ? "/" : "", SLICE_ARGS(p->altvalue), p->altvalue.n && p->altuom.n ? " " : "", SLICE_ARGS(p->altuom));
}

// A text usually has its parameters filled in already; one that mentions none of them gets them at its end.
static void qual_end(struct document *d) {
    struct slice list = SLICE_NONE, text = d->text;
    bool mentioned = false;
    d->in_qual = false;
    for (unsigned i = 0; i < d->param_count; i++) {
        const struct param *p = &d->params[i];
        struct slice one = param_text(d, p);
        mentioned |= mentions(text, p->value) || mentions(text, p->altvalue);
        list = list.n ? arena_printf(&d->arena, "%.*s, %.*s", SLICE_ARGS(list), SLICE_ARGS(one)) : one;
    }
    struct slice qual = list.n ? arena_printf(&d->arena, "%.*s;%.*s", SLICE_ARGS(d->qual_id), SLICE_ARGS(list)) : d->qual_id;
    if (!text.n && !qual.n) return;
    if (!text.n) text = arena_printf(&d->arena, "Qualifier %.*s", SLICE_ARGS(d->qual_id)); // says something, nobody knows what
    if (list.n && !mentioned) text = arena_printf(&d->arena, "%.*s (%.*s)", SLICE_ARGS(text), SLICE_ARGS(list));
    text_add(d, qual.n ? qual : SLICE("-"), text);
}

static void note_end(struct document *d, struct slice text) {
    if (text.n) text_add(d, SLICE_NONE, keep(d, text));
    else if (d->note_id.n) text_add(d, SLICE_NONE, arena_printf(&d->arena, "Note %.*s", SLICE_ARGS(d->note_id)));
}

static void note_start(struct xml *x, struct document *d, const char **attributes) {
    struct slice id = xml_attribute(attributes, "id");
    d->note_id = id.n <= ID_BYTES_MAX ? keep(d, id) : SLICE_NONE;
    xml_collect(x);
}

// ---- the end of an App ------------------------------------------------------------------------------------------------------------
static enum aces_identity identity_of(struct document *d) {
    struct aces_app *app = &d->app;
    bool base = app->base_vehicle.n, years = d->has_years && app->make.n, equipment = app->equipment_base.n, mfr = app->mfr.n && app->equipment_model.n;
    if ((base && (app->make.n || app->model.n || d->has_years)) || (app->make.n && (app->mfr.n || app->equipment_model.n)) || base + years + equipment + mfr > 1)
        broken(d, "more than one vehicle");
    return base ? ACES_BASE_VEHICLE : years ? ACES_YEARS : equipment ? ACES_EQUIPMENT_BASE : mfr ? ACES_EQUIPMENT : ACES_NO_IDENTITY;
}

static void app_check(struct document *d) {
    struct aces_app *app = &d->app;
    app->identity = identity_of(d);
    if (!app->asset && !app->part.n) broken(d, "Part is missing");
    if (!app->asset && !app->part_type.n) broken(d, "PartType is missing");
    if (app->identity == ACES_NO_IDENTITY) broken(d, "BaseVehicle, or Years and Make, are missing");
    if (!d->has_quantity) app->quantity = 1;
    if (d->arena.full) app->broken = "the application is too large";
}

static void app_end(struct xml *x, struct document *d) {
    d->in_app = false;
    app_check(d);
    enum err err = d->handlers->app(d->handlers->arg, &d->app, d->why);
    if (err != ERR_OK) xml_stop(x, err);
}

// ---- elements -------------------------------------------------------------------------------------------------------------
static void app_element(struct xml *x, struct document *d, const struct xml_name *e, const char **attributes) {
    struct aces_app *app = &d->app;
    switch (e->kind) {
    case APP: case ASSET: damaged(x, d, "an App inside an App"); break;
    case BASE_VEHICLE: id_read(d, &app->base_vehicle, e->name, attributes); break;
    case YEARS: years_read(d, attributes, "from", "to", false); break;
    case PRODUCTION_YEARS: years_read(d, attributes, "ProductionStart", "ProductionEnd", true); break;
    case MAKE: id_read(d, &app->make, e->name, attributes); break;
    case MODEL: id_read(d, &app->model, e->name, attributes); break;
    case EQUIPMENT_BASE: id_read(d, &app->equipment_base, e->name, attributes); break;
    case MFR: id_read(d, &app->mfr, e->name, attributes); break;
    case EQUIPMENT_MODEL: id_read(d, &app->equipment_model, e->name, attributes); break;
    case ATTRIBUTE: attribute_read(d, e->name, attributes); break;
    case PART_TYPE: id_read(d, &app->part_type, e->name, attributes); break;
    case POSITION: id_read(d, &app->position, e->name, attributes); break;
    case PART: part_read(x, d, attributes); break;
    case LABEL: label_start(x, d, attributes); break;
    case QUAL: qual_start(d, attributes); break;
    case QUAL_PARAM: param_read(d, attributes); break;
    case NOTE: note_start(x, d, attributes); break;
    case QUAL_TEXT: case QTY: xml_collect(x); break;
    default: break;
    }
}

static void on_start(struct xml *x, struct slice name, const char **attributes) {
    struct document *d = xml_arg(x);
    const struct xml_name *e = xml_name_find(&d->names, name);
    d->open[d->depth++] = e; // xml.h goes no deeper than XML_DEPTH_MAX
    if (d->depth == 1 && !(e && e->kind == DOCUMENT)) {
        fault_set(d->why, ERR_BAD_REQUEST, "", "%s is not an ACES document", input_name(d->in));
        xml_stop(x, ERR_BAD_REQUEST);
        return;
    }
    if (!e) return;
    if (d->in_app) {
        app_element(x, d, e, attributes);
        return;
    }
    if (e->kind == APP || e->kind == ASSET) {
        if (d->depth == 2) app_start(x, d, attributes, e->kind == ASSET); // elsewhere it is a part of something else
    } else if (e->kind == HEADER) d->in_header = true;
    else if (e->kind == FOOTER) d->in_footer = true;
    else if (d->in_header || d->in_footer) xml_collect(x);
    else if (e->kind == DOCUMENT) d->header.version = header_keep(d, xml_attribute(attributes, "version"));
}

static void app_text(struct xml *x, struct document *d, int kind, struct slice text) {
    struct aces_app *app = &d->app;
    bool cut = xml_overflow(x);
    switch (kind) {
    case QUAL_TEXT:
        if (cut) broken(d, "a qualifier is longer than the limit");
        d->text = d->text.n ? arena_printf(&d->arena, "%.*s / %.*s", SLICE_ARGS(d->text), SLICE_ARGS(text)) : keep(d, text);
        break;
    case QUAL: qual_end(d); break;
    case NOTE:
        if (cut) broken(d, "a note is longer than the limit");
        note_end(d, text);
        break;
    case QTY:
        if (d->has_quantity || !slice_u64(text, &app->quantity) || app->quantity > UINT16_MAX) broken(d, "Qty is not a number");
        d->has_quantity = true;
        break;
    case LABEL:
        if (cut) broken(d, "MfrLabel is longer than the limit");
        if (text.n) app->label = keep(d, text);
        break;
    case PART:
        if (text.n > LIMIT_PART_NUMBER_BYTES) broken(d, "Part is too long");
        app->part = keep(d, text);
        break;
    default: break;
    }
}

static void on_end(struct xml *x, struct slice name, struct slice text) {
    struct document *d = xml_arg(x);
    const struct xml_name *e = d->open[--d->depth];
    (void)name;
    if (!e) return;
    if (d->in_app && d->depth == 1) app_end(x, d);
    else if (d->in_app) app_text(x, d, e->kind, text);
    else if (e->kind == HEADER) d->in_header = false;
    else if (e->kind == FOOTER) footer_end(x, d);
    else if (d->in_header) header_text(d, e->kind, text);
    else if (d->in_footer) footer_text(x, d, e->kind, text);
}

// What a document that was read to its end still lacks.
static enum err document_check(const struct document *d) {
    if (!d->has_footer) return fault_set(d->why, ERR_DAMAGED, "", "%s: the Footer with its RecordCount is missing: the document is cut short", input_name(d->in));
    return ERR_OK;
}

enum err aces_parse(struct input *in, const struct aces_handlers *handlers, struct fault *why) {
    struct document d = {.handlers = handlers, .why = why, .in = in};
    struct xml_handlers events = {on_start, on_end, &d};
    xml_names_init(&d.names, ELEMENTS, sizeof ELEMENTS / sizeof *ELEMENTS);
    arena_init(&d.arena, 64 * 1024, 4u << 20);
    arena_init(&d.header_arena, 4096, 4u << 20);
    enum err err = xml_read(in, &events, why);
    if (err == ERR_OK) err = document_check(&d);
    arena_destroy(&d.arena);
    arena_destroy(&d.header_arena);
    return err;
}
