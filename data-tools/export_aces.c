#include "export_aces.h"

#include <stdio.h>

#include "export_ids.h"
#include "index/base/limits.h"
#include "index/columns.h"
#include "index/names.h"
#include "index/number.h"
#include "index/product.h"
#include "index/text.h"
#include "index/vehicle.h"
#include "output.h"
#include "progress.h"

enum { PATH_BYTES = 4096, DATE_BYTES = 11, VALUES_MAX = 512, TICK_PRODUCTS = 256 };

struct exporter {
    const struct export_aces_options *options;
    struct export_aces_report *report;
    struct view *view;
    struct arena arena;            // per product
    struct json_parser *parser;
    struct notes *notes;
    struct export_ids *ids;
    struct output document;
    uint32_t brand;                // 0: all
    struct progress progress;
    char date[DATE_BYTES];
};

// One App before it is written: ids alone.
struct app {
    struct slice base_vehicle, make, model, equipment_base, mfr, equipment_model;
    unsigned year_from, year_to;
    unsigned count;
    struct export_id ids[EXPORT_TERMS_MAX];
    struct slice position;
};

// ---- XML ------------------------------------------------------------------------------------------------------------------
// Length of the UTF-8 sequence at `i`, 0 when it is none XML allows.
static unsigned sequence_length(struct slice text, size_t i) {
    const unsigned char *p = (const unsigned char *)text.p + i;
    size_t left = text.n - i;
    if (p[0] < 0x80) return 1;
    unsigned n = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : p[0] >= 0xE0 && p[0] <= 0xEF ? 3 : p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : 0;
    if (n == 0 || n > left) return 0;
    for (unsigned k = 1; k < n; k++)
        if ((p[k] & 0xC0) != 0x80) return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 0;
    return n == 3 && p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE ? 0 : n; // U+FFFE, U+FFFF
}

// Escaped; what XML cannot hold becomes a blank or U+FFFD.
static void xml_put(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.n;) {
        unsigned n = sequence_length(text, i);
        char c = text.p[i];
        if (n == 0) buf_slice_put(out, SLICE("\xEF\xBF\xBD"));
        else if (n > 1) buf_put(out, text.p + i, n);
        else if (c == '&') buf_slice_put(out, SLICE("&amp;"));
        else if (c == '<') buf_slice_put(out, SLICE("&lt;"));
        else if (c == '>') buf_slice_put(out, SLICE("&gt;"));
        else if (c == '"') buf_slice_put(out, SLICE("&quot;"));
        else if (c == '\t' || c == '\n' || c == '\r') buf_printf(out, "&#%d;", c);
        else buf_char(out, (unsigned char)c < ' ' || c == 0x7F ? ' ' : c);
        i += n ? n : 1;
    }
}

static void element_put(struct buf *out, const char *name, struct slice id) {
    if (!id.n) return;
    buf_printf(out, "<%s id=\"", name);
    xml_put(out, id);
    buf_slice_put(out, SLICE("\"/>"));
}

static void text_put(struct buf *out, const char *name, struct slice text) {
    buf_printf(out, "<%s>", name);
    xml_put(out, text);
    buf_printf(out, "</%s>", name);
}

// ---- conditions -------------------------------------------------------------------------------------------------------------
static bool types_back(struct arena *a, const struct notes *notes, struct slice note, const struct condition *c) {
    if (!note.n || (notes && notes_informational(notes, note))) return false;
    struct condition_doc doc = notes_condition(a, note);
    return doc.type == c->type && slice_eq(doc.from, c->from) && slice_eq(doc.to, c->to);
}

static struct slice condition_words(struct arena *a, const struct condition *c) {
    const char *subject = c->type == CONDITION_PRODUCTION_DATE ? "production date" : "chassis number";
    if (c->type == CONDITION_OPTION) return arena_printf(a, "option code %.*s", SLICE_ARGS(c->from));
    if (c->type == CONDITION_STEERING) return slice_is(c->from, "left") ? SLICE("left-hand drive") : SLICE("right-hand drive");
    if (c->from.n && c->to.n) return arena_printf(a, "%s from %.*s to %.*s", subject, SLICE_ARGS(c->from), SLICE_ARGS(c->to));
    return arena_printf(a, "%s %s %.*s", subject, c->from.n ? "from" : "to", SLICE_ARGS(c->from.n ? c->from : c->to));
}

struct slice export_aces_note(struct arena *a, const struct notes *notes, const struct condition *c) {
    struct slice text = slice_trim(c->text);
    if (types_back(a, notes, text, c)) return text;
    struct slice words = c->type == CONDITION_TEXT ? SLICE_NONE : condition_words(a, c);
    if (types_back(a, notes, words, c)) return words;
    if (!text.n) text = words; // a date without a month is not typed back: a question is better than nothing
    return arena_printf(a, "Condition: %.*s", SLICE_ARGS(text));
}

static enum err conditions_put(struct exporter *x, const struct application *a) {
    for (unsigned i = 0; i < a->condition_count; i++) {
        struct condition c;
        TRY(condition_load(x->view, a->conditions[i], &c));
        struct slice note = export_aces_note(&x->arena, x->notes, &c);
        if (!note.n) return ERR_NO_MEMORY;
        text_put(&x->document.buf, "Note", note);
    }
    return ERR_OK;
}

// ---- the vehicle of a resolved application ------------------------------------------------------------------------------------
// A word that finds this make again: its name, else its slug.
static struct slice make_word(struct exporter *x, uint32_t make) {
    struct make record;
    uint32_t found;
    bool named = make_load(x->view, make, &record) == ERR_OK && record.name.n;
    if (named && make_find(x->view, record.name, &found) == ERR_OK && found == make) return record.name;
    return names_text(x->view, NAMES_MAKE, make);
}

static struct slice model_word(struct exporter *x, uint32_t make, uint32_t model) {
    struct model record;
    uint32_t found;
    bool named = model_load(x->view, make, model, &record) == ERR_OK && record.name.n;
    if (named && model_find(x->view, make, record.name, &found) == ERR_OK && found == model) return record.name;
    struct slice slug = names_text(x->view, NAMES_MODEL, model);
    (void)slice_cut(&slug, '/');
    return slug;
}

static enum err identity_of(struct exporter *x, const struct application *a, struct app *app) {
    if (!a->make) return export_ids_word(x->ids, "Make", SLICE("*"), SLICE("*"), &app->make);
    struct slice make = make_word(x, a->make), model = a->model ? model_word(x, a->make, a->model) : SLICE_NONE;
    struct slice meaning = export_meaning_vehicle(&x->arena, a->make, a->model, a->year_from);
    if (a->model && a->year_from == a->year_to && export_ids_known(x->ids, "BaseVehicle", meaning)) {
        struct slice text = arena_printf(&x->arena, "%u|%.*s|%.*s", a->year_from, SLICE_ARGS(make), SLICE_ARGS(model));
        return export_ids_word(x->ids, "BaseVehicle", meaning, text, &app->base_vehicle);
    }
    TRY(export_ids_word(x->ids, "Make", export_meaning_make(&x->arena, a->make), make, &app->make));
    return a->model ? export_ids_word(x->ids, "Model", names_slug(&x->arena, model), model, &app->model) : ERR_OK;
}

static enum err terms_of(struct exporter *x, const struct application *a, struct app *app, struct fault *why) {
    struct export_term terms[LIMIT_PREDICATE_TERMS];
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *t = &a->terms[i];
        struct slice *values = ARENA_ARRAY(&x->arena, struct slice, t->count + 1u);
        if (!values) return ERR_NO_MEMORY;
        for (unsigned k = 0; k < t->count; k++) values[k] = names_text(x->view, NAMES_VALUE + t->attr, t->values[k]);
        terms[i] = (struct export_term){names_text(x->view, NAMES_ATTRIBUTE, t->attr), export_term_values(&x->arena, values, t->count), t->count};
    }
    return export_ids_attributes(x->ids, terms, a->term_count, app->model.n || app->base_vehicle.n, app->ids, &app->count, why);
}

static enum err app_of_known(struct exporter *x, const struct application *a, struct app *app, struct fault *why) {
    if (application_has_spec(a)) return fault_set(why, ERR_BAD_REQUEST, "", "ACES has no form for what fits by specification");
    app->year_from = a->year_from;
    app->year_to = a->year_to;
    TRY(identity_of(x, a, app));
    return terms_of(x, a, app, why);
}

// ---- the vehicle of an unresolved one: as its document said it ----------------------------------------------------------------
static void identity_set(struct app *app, struct slice element, struct slice id) {
    const struct { const char *name; struct slice *at; } PLACES[] = {
        {"BaseVehicle", &app->base_vehicle}, {"Make", &app->make}, {"Model", &app->model}, {"EquipmentBase", &app->equipment_base},
        {"Mfr", &app->mfr}, {"EquipmentModel", &app->equipment_model}, {"Position", &app->position}};
    for (unsigned i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
        if (slice_is(element, PLACES[i].name)) *PLACES[i].at = id;
}

static bool is_vehicle_attribute(struct slice element) {
    for (const char *const *e = export_elements; *e; e++)
        if (slice_is(element, *e)) return true;
    return false;
}

// "?BaseVehicle=588822 SubModel=7": words where a make or model should be.
static void words_each(struct slice text, void (*each)(void *arg, struct slice element, struct slice id), void *arg) {
    if (!slice_starts(text, SLICE("?"))) return;
    struct slice rest = slice_from(text, 1);
    while (rest.p) {
        struct slice id = slice_cut(&rest, ' '), element = slice_cut(&id, '=');
        if (element.n && id.n) each(arg, element, id);
    }
}

static void word_take(void *arg, struct slice element, struct slice id) {
    struct app *app = arg;
    identity_set(app, element, id);
    for (unsigned i = 0; i < app->count; i++)
        if (slice_eq(app->ids[i].element, element)) return;
    if (is_vehicle_attribute(element) && app->count < EXPORT_TERMS_MAX) app->ids[app->count++] = (struct export_id){element, id};
}

static bool has_identity(const struct app *app) {
    return app->base_vehicle.n || app->make.n || app->equipment_base.n || app->mfr.n || app->equipment_model.n;
}

struct raw { struct slice make, model, external; const struct json *attrs; };

static void ids_of_raw(const struct raw *raw, struct app *app) {
    for (size_t i = 0; raw->attrs && i < raw->attrs->count; i++) {
        const struct json *v = &raw->attrs->items[i];
        if (!slice_starts(raw->attrs->keys[i], SLICE("?"))) continue;
        for (size_t k = 0; k < v->count && v->type == JSON_ARRAY; k++) word_take(app, slice_from(raw->attrs->keys[i], 1), v->items[k].string);
    }
    words_each(raw->make, word_take, app);
    words_each(raw->model, word_take, app);
    struct slice external = raw->external;
    if (slice_is(slice_cut(&external, ':'), "vcdb")) app->base_vehicle = external;
}

// Words where there is no id, for the form the ids ask for.
static enum err identity_of_raw(struct exporter *x, const struct raw *raw, struct app *app) {
    struct slice make = raw->make.n ? raw->make : SLICE("?"), model = raw->model;
    if (app->base_vehicle.n || app->equipment_base.n) return ERR_OK;
    if (!has_identity(app) && slice_starts(raw->make, SLICE("?"))) app->count = 0; // the make's own words say it all
    bool equipment = app->mfr.n || app->equipment_model.n;
    const char *maker = equipment ? "Mfr" : "Make", *kind = equipment ? "EquipmentModel" : "Model";
    struct slice *make_id = equipment ? &app->mfr : &app->make, *model_id = equipment ? &app->equipment_model : &app->model;
    if (!make_id->n) TRY(export_ids_word(x->ids, maker, arena_printf(&x->arena, "words %.*s", SLICE_ARGS(make)), make, make_id));
    if (!model_id->n && model.n) TRY(export_ids_word(x->ids, kind, arena_printf(&x->arena, "words %.*s", SLICE_ARGS(model)), model, model_id));
    return ERR_OK;
}

static enum err terms_of_raw(struct exporter *x, const struct raw *raw, struct app *app, struct fault *why) {
    struct export_term terms[EXPORT_TERMS_MAX];
    unsigned count = 0;
    for (size_t i = 0; raw->attrs && i < raw->attrs->count; i++) {
        const struct json *v = &raw->attrs->items[i];
        if (slice_starts(raw->attrs->keys[i], SLICE("?")) || v->type != JSON_ARRAY) continue;
        struct slice *values = ARENA_ARRAY(&x->arena, struct slice, v->count + 1);
        if (!values) return ERR_NO_MEMORY;
        if (count == EXPORT_TERMS_MAX || v->count > VALUES_MAX) return fault_set(why, ERR_TOO_LARGE, "", "too many attributes");
        for (size_t k = 0; k < v->count; k++) values[k] = v->items[k].string;
        terms[count++] = (struct export_term){raw->attrs->keys[i], export_term_values(&x->arena, values, (unsigned)v->count), (unsigned)v->count};
    }
    return export_ids_attributes(x->ids, terms, count, app->model.n || app->base_vehicle.n, app->ids, &app->count, why);
}

static enum err raw_read(struct exporter *x, const struct application *a, struct raw *raw, struct fault *why) {
    const struct json *o;
    struct slice object = arena_printf(&x->arena, "{%.*s}", SLICE_ARGS(a->raw));
    if (!object.p) return ERR_NO_MEMORY;
    TRY(json_parse(x->parser, object, &x->arena, &o, why));
    TRY(json_get_string(o, "make", &raw->make, why));
    TRY(json_get_string(o, "model", &raw->model, why));
    TRY(json_get_string(o, "external", &raw->external, why));
    return json_get_object(o, "attrs", &raw->attrs, why);
}

static enum err app_of_unknown(struct exporter *x, const struct application *a, struct app *app, struct fault *why) {
    struct raw raw = {.make = SLICE_NONE};
    TRY(raw_read(x, a, &raw, why));
    if (raw.external.n && !slice_starts(raw.external, SLICE("vcdb:")))
        return fault_set(why, ERR_BAD_REQUEST, "", "ACES has no form for '%.*s'", SLICE_ARGS(raw.external));
    app->year_from = a->year_from ? a->year_from : LIMIT_YEAR_MIN;
    app->year_to = a->year_from ? a->year_to : LIMIT_YEAR_MAX;
    ids_of_raw(&raw, app);
    TRY(identity_of_raw(x, &raw, app));
    return terms_of_raw(x, &raw, app, why);
}

// ---- ids that must stay unexplained -------------------------------------------------------------------------------------------
struct reserving { struct export_ids *ids; enum err err; };

static void reserve_word(void *arg, struct slice element, struct slice id) {
    struct reserving *r = arg;
    if (r->err == ERR_OK) r->err = export_ids_reserve(r->ids, element, id);
}

static enum err reserve_raw(struct exporter *x, const struct application *a, struct fault *why) {
    struct raw raw = {.make = SLICE_NONE};
    struct app app = {.year_from = 0};
    struct reserving r = {x->ids, ERR_OK};
    TRY(raw_read(x, a, &raw, why));
    ids_of_raw(&raw, &app);
    for (unsigned i = 0; i < app.count; i++) reserve_word(&r, app.ids[i].element, app.ids[i].id);
    const struct { const char *element; struct slice id; } OTHERS[] = {{"BaseVehicle", app.base_vehicle}, {"Make", app.make}, {"Model", app.model},
        {"EquipmentBase", app.equipment_base}, {"Mfr", app.mfr}, {"EquipmentModel", app.equipment_model}, {"Position", app.position}};
    for (unsigned i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        if (OTHERS[i].id.n) reserve_word(&r, slice_str(OTHERS[i].element), OTHERS[i].id);
    return r.err;
}

// ---- an App -------------------------------------------------------------------------------------------------------------------
static void identity_put(struct buf *out, const struct app *app) {
    if (app->base_vehicle.n) element_put(out, "BaseVehicle", app->base_vehicle);
    else if (app->equipment_base.n) element_put(out, "EquipmentBase", app->equipment_base);
    else if (app->mfr.n) {
        element_put(out, "Mfr", app->mfr);
        element_put(out, "EquipmentModel", app->equipment_model);
        if (app->year_from > LIMIT_YEAR_MIN || app->year_to < LIMIT_YEAR_MAX)
            buf_printf(out, "<ProductionYears ProductionStart=\"%u\" ProductionEnd=\"%u\"/>", app->year_from, app->year_to);
    } else {
        buf_printf(out, "<Years from=\"%u\" to=\"%u\"/>", app->year_from, app->year_to);
        element_put(out, "Make", app->make);
        element_put(out, "Model", app->model);
    }
}

static void attributes_put(struct buf *out, const struct app *app) {
    for (const char *const *e = export_elements; *e; e++)
        for (unsigned i = 0; i < app->count; i++)
            if (slice_is(app->ids[i].element, *e)) element_put(out, *e, app->ids[i].id);
}

struct part { struct slice number, brand, type; }; // the brand's code, the type's id

static enum err app_put(struct exporter *x, const struct part *part, const struct application *a, struct app *app) {
    struct buf *out = &x->document.buf;
    struct slice position = names_text(x->view, NAMES_POSITION, a->position);
    if (a->position) TRY(export_ids_word(x->ids, "Position", position, position, &app->position));
    buf_printf(out, "<App action=\"A\" id=\"%llu\"%s>", (unsigned long long)x->report->applications + 1,
               a->flags & APPLICATION_NOT_VALIDATED ? " validate=\"no\"" : "");
    identity_put(out, app);
    attributes_put(out, app);
    TRY(conditions_put(x, a));
    buf_printf(out, "<Qty>%u</Qty>", a->quantity);
    element_put(out, "PartType", part->type);
    if (a->label) text_put(out, "MfrLabel", names_text(x->view, NAMES_LABEL, a->label));
    element_put(out, "Position", app->position);
    buf_slice_put(out, SLICE("<Part BrandAAIAID=\""));
    xml_put(out, part->brand);
    buf_slice_put(out, SLICE("\">"));
    xml_put(out, part->number);
    buf_slice_put(out, SLICE("</Part></App>\n"));
    output_flush(&x->document);
    x->report->applications++;
    x->report->unresolved += (a->flags & APPLICATION_UNRESOLVED) != 0;
    return ERR_OK;
}

static enum err application_write(struct exporter *x, const struct part *part, const struct application *a) {
    struct app app = {.year_from = 0};
    struct fault row = {0};
    enum err err = a->flags & APPLICATION_UNRESOLVED ? app_of_unknown(x, a, &app, &row) : app_of_known(x, a, &app, &row);
    if (err == ERR_BAD_REQUEST || err == ERR_TOO_LARGE) {
        x->report->left_out_applications++;
        return ERR_OK;
    }
    return err != ERR_OK ? err : app_put(x, part, a, &app);
}

// ---- products -------------------------------------------------------------------------------------------------------------------
static enum err product_write(struct exporter *x, uint32_t id, const struct application *list, unsigned count) {
    struct product product;
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    enum err err = product_load(x->view, id, &product);
    if (err == ERR_NOT_FOUND) return ERR_OK; // deleted
    TRY(err);
    if (x->brand && columns_facts(x->view, id)->brand != x->brand) return ERR_OK;
    if (number_canonical(product.number, canonical, sizeof canonical) == 0) {
        x->report->left_out_products++;
        x->report->left_out_applications += count;
        return ERR_OK;
    }
    struct part part = {.number = product.number};
    struct slice brand = names_slug(&x->arena, product.brand);
    TRY(export_ids_word(x->ids, "Brand", brand.n ? brand : product.brand, product.brand, &part.brand));
    TRY(export_ids_word(x->ids, "PartType", product.type, product.type, &part.type));
    for (unsigned i = 0; i < count; i++) TRY(application_write(x, &part, &list[i]));
    x->report->products++;
    return ERR_OK;
}

static enum err product_reserve(struct exporter *x, uint32_t id, const struct application *list, unsigned count) {
    struct fault row = {0};
    (void)id;
    for (unsigned i = 0; i < count; i++) {
        if (!(list[i].flags & APPLICATION_UNRESOLVED)) continue;
        enum err err = reserve_raw(x, &list[i], &row);
        if (err != ERR_OK && err != ERR_BAD_REQUEST) return err;
    }
    return ERR_OK;
}

typedef enum err product_fn(struct exporter *x, uint32_t id, const struct application *list, unsigned count);

// Every product with applications; the arena is empty before each.
static enum err products_each(struct exporter *x, product_fn *each, bool tell) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(x->view->snapshot, TABLE_APPLICATION);
    uint64_t done = 0, total = 0;
    if (!c) return ERR_NO_MEMORY;
    (void)db_meta_u64(x->view->snapshot, "products", &total);
    enum err err = db_cursor_seek(c, SLICE_NONE, &key, &value);
    for (; err == ERR_OK; err = db_cursor_next(c, &key, &value)) {
        struct reader r = reader_of(key);
        uint32_t id = reader_u32be(&r);
        struct application *list;
        unsigned count;
        arena_reset(&x->arena);
        if ((err = applications_decode(&x->arena, value, &list, &count)) != ERR_OK) break;
        if (count && (err = each(x, id, list, count)) != ERR_OK) break;
        if (x->arena.full && (err = ERR_NO_MEMORY)) break;
        if (tell && ++done % TICK_PRODUCTS == 0) progress_update(&x->progress, done, total);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

// ---- the document -----------------------------------------------------------------------------------------------------------------
static void header_put(struct exporter *x) {
    buf_printf(&x->document.buf,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ACES version=\"4.2\"><Header><Company>rightfit</Company><SenderName>rightfit export</SenderName>"
               "<SenderPhone>000-000-0000</SenderPhone><TransferDate>%s</TransferDate><DocumentTitle>Applications</DocumentTitle>"
               "<EffectiveDate>%s</EffectiveDate><SubmissionType>FULL</SubmissionType><VcdbVersionDate>%s</VcdbVersionDate>"
               "<QdbVersionDate>%s</QdbVersionDate><PcdbVersionDate>%s</PcdbVersionDate></Header>\n", x->date, x->date, x->date, x->date, x->date);
}

static enum err document_write(struct exporter *x, struct fault *why) {
    TRY(output_open(x->options->path, &x->document, why));
    header_put(x);
    enum err err = products_each(x, product_write, !x->options->quiet);
    buf_printf(&x->document.buf, "<Footer><RecordCount>%llu</RecordCount></Footer></ACES>\n", (unsigned long long)x->report->applications);
    if (err != ERR_OK) x->document.buf.bad = true; // half a document does not take the place of a whole one
    enum err closed = output_close(&x->document, err == ERR_OK ? why : NULL);
    return err != ERR_OK ? err : closed;
}

static enum err pair_write(struct exporter *x, struct fault *why) {
    char map[PATH_BYTES];
    TRY(export_aces_map_path(x->options->path, map, sizeof map, why));
    TRY(export_ids_new(x->view, x->options->map_path, map, &x->ids, why));
    enum err err = products_each(x, product_reserve, false);
    if (err == ERR_OK) err = document_write(x, why);
    x->report->map_lines = export_ids_count(x->ids);
    if (err == ERR_OK) return export_ids_close(x->ids, why);
    export_ids_abandon(x->ids);
    return err;
}

static enum err brand_choose(struct exporter *x, struct fault *why) {
    struct slice brand = x->options->brand;
    if (!brand.n) return ERR_OK;
    enum err err = names_find(x->view->snapshot, NAMES_BRAND, brand, &x->brand);
    if (err == ERR_NOT_FOUND) err = names_find(x->view->snapshot, NAMES_BRAND, names_slug(&x->arena, brand), &x->brand);
    return err == ERR_NOT_FOUND ? fault_set(why, err, "brand", "no brand is called '%.*s'", SLICE_ARGS(brand)) : err;
}

static enum err export_in_view(struct exporter *x, struct fault *why) {
    TRY(brand_choose(x, why));
    progress_start(&x->progress, "export");
    enum err err = pair_write(x, why);
    progress_finish(&x->progress);
    return err;
}

static void date_of(const struct clock *clock, char out[DATE_BYTES]) {
    char text[CLOCK_TEXT_BYTES];
    clock_format_ms(clock_unix_ms(clock), text);
    slice_copy(slice_of(text, DATE_BYTES - 1), out, DATE_BYTES);
}

enum err export_aces(struct db *db, const struct export_aces_options *options, struct export_aces_report *out, struct fault *why) {
    struct exporter x = {.options = options, .report = out};
    char notes_path[PATH_BYTES];
    *out = (struct export_aces_report){0};
    TRY(text_init());
    date_of(options->clock ? options->clock : &clock_system, x.date);
    snprintf(notes_path, sizeof notes_path, "%s/informational_notes.txt", options->facts_dir ? options->facts_dir : "");
    TRY(notes_open(options->facts_dir ? notes_path : NULL, &x.notes, why));
    arena_init(&x.arena, 256 * 1024, (size_t)1 << 30);
    x.parser = json_parser_new();
    enum err err = x.parser ? view_open(db, &clock_system, &x.view) : ERR_NO_MEMORY;
    if (err == ERR_OK && (err = view_begin(x.view, &x.arena)) == ERR_OK) {
        err = export_in_view(&x, why);
        view_end(x.view);
    }
    view_close(x.view);
    json_parser_free(x.parser);
    arena_destroy(&x.arena);
    notes_close(x.notes);
    return err;
}

enum err export_aces_map_path(const char *path, char *out, size_t size, struct fault *why) {
    static const char *const ENDINGS[] = {".zst", ".xml"};
    struct slice stem = slice_str(path);
    for (unsigned i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (slice_ends(stem, slice_str(ENDINGS[i]))) stem.n -= strlen(ENDINGS[i]);
    int n = snprintf(out, size, "%.*s.map.tsv", SLICE_ARGS(stem));
    return n > 0 && (size_t)n < size ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "out", "the path is too long");
}
