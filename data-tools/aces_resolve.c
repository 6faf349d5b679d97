#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "aces.h"
#include "aces_app.h"
#include "index/base/limits.h"
#include "index/base/map.h"

enum {
    PAIRS_MAX = 160,    // vehicle attributes of one application, alternatives included
    COUNTRIES_MAX = 32, // of one document
    TICK_RECORDS = 4096,
    NOTES_KEPT_MAX = 16384,
};

// A meaning looked up a moment ago: most Apps of a document share their brand, part type and position with the one before.
struct recent { char id[32]; size_t n; const struct idmap_value *value; };
// What a note came to, kept because senders repeat a few of them millions of times.
struct kept_note { bool informational; enum condition_type type; struct slice from, to; };

struct reader_of_apps {
    const struct idmap *map;
    const struct notes *notes;
    const struct sink *sink;
    struct aces_result *result;
    struct slice source;
    struct arena arena;         // of the application at hand
    struct arena header_arena;  // of the document
    bool full;                  // FULL: every brand's set is replaced
    struct map brands;          // then: the brands that have been announced
    struct slice last_brand;    // the latest of them
    struct recent brand, part_type, position;
    struct map note_places;     // text -> place in `kept`
    struct kept_note *kept;     // [NOTES_KEPT_MAX]; texts beyond are read anew each time
    uint64_t records, assets;
    unsigned country_count;
    struct pair countries[COUNTRIES_MAX]; // market terms of every application that has none of its own
};

// One application while its ids get their meanings.
struct resolved {
    struct vehicle_doc vehicle;
    struct pair pairs[PAIRS_MAX];
    unsigned pair_count;
    struct slice type, position, brand;
    struct condition_doc conditions[LIMIT_CONDITIONS];
    unsigned condition_count;
    const char *flaw;
    size_t unknown_n;
    char unknown[LIMIT_TEXT_BYTES]; // "BaseVehicle=588822 SubModel=7": ids nobody explains
};

// ---- ids nobody explains ----------------------------------------------------------------------------------------------------
static void append(struct resolved *r, const char *text, size_t n) {
    size_t room = sizeof r->unknown - r->unknown_n;
    if (n > room) n = room;
    memcpy(r->unknown + r->unknown_n, text, n);
    r->unknown_n += n;
}

static void unknown_say(struct resolved *r, struct slice element, struct slice id) {
    if (r->unknown_n) append(r, " ", 1);
    append(r, element.p, element.n);
    append(r, "=", 1);
    append(r, id.p, id.n);
}

static void pair_add(struct resolved *r, struct pair p) {
    if (r->pair_count == PAIRS_MAX) r->flaw = "too many vehicle attributes";
    else r->pairs[r->pair_count++] = p;
}

// A pair whose name begins with '?' is never resolved, whatever else is known of the vehicle.
static void unknown_add(struct reader_of_apps *a, struct resolved *r, struct slice element, struct slice id) {
    char *name = arena_alloc(&a->arena, element.n + 1);
    unknown_say(r, element, id);
    if (!name) return;
    name[0] = '?';
    memcpy(name + 1, element.p, element.n);
    pair_add(r, (struct pair){slice_of(name, element.n + 1), id});
}

// The meaning of an id that is a word: a make, a model. "?Make=47" where there is none.
static struct slice word_of(struct reader_of_apps *a, struct resolved *r, const char *element, struct slice id) {
    const struct idmap_value *v = idmap_find(a->map, slice_str(element), id);
    if (v && v->text.n) return v->text;
    unknown_add(a, r, slice_str(element), id);
    return arena_printf(&a->arena, "?%s=%.*s", element, SLICE_ARGS(id));
}

// ---- which vehicle ----------------------------------------------------------------------------------------------------------
static void years_set(struct vehicle_doc *v, unsigned from, unsigned to) {
    v->year_from = (uint16_t)(from ? from : LIMIT_YEAR_MIN);
    v->year_to = (uint16_t)(to ? to : LIMIT_YEAR_MAX);
}

// The catalogue keeps the id, and finds the vehicle when somebody brings it.
static void base_vehicle_resolve(struct reader_of_apps *a, struct resolved *r, struct slice id) {
    const struct idmap_value *v = idmap_find(a->map, SLICE("BaseVehicle"), id);
    if (v) {
        r->vehicle = (struct vehicle_doc){.make = v->make, .model = v->model, .year_from = v->year, .year_to = v->year};
        return;
    }
    unknown_say(r, SLICE("BaseVehicle"), id);
    r->vehicle.external = arena_printf(&a->arena, "vcdb:%.*s", SLICE_ARGS(id));
}

static void equipment_base_resolve(struct reader_of_apps *a, struct resolved *r, const struct aces_app *app) {
    const struct idmap_value *v = idmap_find(a->map, SLICE("EquipmentBase"), app->equipment_base);
    years_set(&r->vehicle, v && v->year ? v->year : app->year_from, v && v->year ? v->year : app->year_to);
    if (!v) r->vehicle.make = word_of(a, r, "EquipmentBase", app->equipment_base);
    else r->vehicle.make = v->make, r->vehicle.model = v->model;
}

static void identity_resolve(struct reader_of_apps *a, struct resolved *r, const struct aces_app *app) {
    switch (app->identity) {
    case ACES_BASE_VEHICLE: base_vehicle_resolve(a, r, app->base_vehicle); break;
    case ACES_YEARS:
        years_set(&r->vehicle, app->year_from, app->year_to);
        r->vehicle.make = word_of(a, r, "Make", app->make);
        if (app->model.n) r->vehicle.model = word_of(a, r, "Model", app->model);
        break;
    case ACES_EQUIPMENT_BASE: equipment_base_resolve(a, r, app); break;
    case ACES_EQUIPMENT:
        years_set(&r->vehicle, app->year_from, app->year_to);
        r->vehicle.make = word_of(a, r, "Mfr", app->mfr);
        r->vehicle.model = word_of(a, r, "EquipmentModel", app->equipment_model);
        break;
    case ACES_NO_IDENTITY: r->flaw = "no vehicle"; break;
    }
}

// ---- its attributes -----------------------------------------------------------------------------------------------------------
static bool same_text(struct slice a, struct slice b) { return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0); }

static bool has_name(const struct pair *list, unsigned count, struct slice name) {
    for (unsigned i = 0; i < count; i++)
        if (slice_eq(list[i].name, name)) return true;
    return false;
}

static bool has_pair(const struct pair *list, unsigned count, const struct pair *p) {
    for (unsigned i = 0; i < count; i++)
        if (slice_eq(list[i].name, p->name) && same_text(list[i].value, p->value)) return true;
    return false;
}

// The elements of an App are ANDed, pairs of one name are alternatives: where two elements speak of one attribute, only the values
// both allow remain. False when none does; then nothing has changed.
static bool pairs_meet(struct resolved *r, const struct pair *list, unsigned count) {
    unsigned before = r->pair_count, kept = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!has_name(r->pairs, before, list[i].name)) continue;
        bool possible = false;
        for (unsigned k = 0; k < count; k++) possible |= slice_eq(list[k].name, list[i].name) && has_pair(r->pairs, before, &list[k]);
        if (!possible) return false;
    }
    for (unsigned i = 0; i < count; i++)
        if (!has_name(r->pairs, before, list[i].name)) pair_add(r, list[i]);
    for (unsigned i = 0; i < r->pair_count; i++)
        if (i >= before || !has_name(list, count, r->pairs[i].name) || has_pair(list, count, &r->pairs[i])) r->pairs[kept++] = r->pairs[i];
    r->pair_count = kept;
    return true;
}

// The region numbers everybody uses, for maps that do not list them.
static struct slice region_of(struct slice id) {
    return slice_is(id, "1") ? SLICE("US") : slice_is(id, "2") ? SLICE("CA") : slice_is(id, "3") ? SLICE("MX") : SLICE_NONE;
}

static void attributes_resolve(struct reader_of_apps *a, struct resolved *r, const struct aces_app *app) {
    for (unsigned i = 0; i < app->id_count; i++) {
        const struct aces_id *id = &app->ids[i];
        const struct idmap_value *v = idmap_find(a->map, id->element, id->id);
        if (v && v->text.n && !v->pair_count) v = NULL; // a word that says nothing about a vehicle
        struct slice region = v || !slice_is(id->element, "Region") ? SLICE_NONE : region_of(id->id);
        struct pair market = {SLICE("market"), region};
        if (v ? pairs_meet(r, v->pairs, v->pair_count) : region.n && pairs_meet(r, &market, 1)) continue;
        unknown_add(a, r, id->element, id->id);
        if (v) append(r, " (contradicts another attribute)", 32);
    }
    bool own = has_name(r->pairs, r->pair_count, SLICE("market"));
    for (unsigned i = 0; i < a->country_count && !own; i++) {
        pair_add(r, a->countries[i]);
        if (a->countries[i].name.p[0] == '?') unknown_say(r, SLICE("ApprovedFor"), a->countries[i].value);
    }
    r->vehicle.attrs = r->pairs;
}

// ---- the part, its place, the conditions ------------------------------------------------------------------------------------------
static const struct idmap_value *find_recent(const struct reader_of_apps *a, struct recent *last, const char *element, struct slice id) {
    if (id.n == last->n && id.n && memcmp(id.p, last->id, id.n) == 0) return last->value;
    const struct idmap_value *v = idmap_find(a->map, slice_str(element), id);
    last->n = id.n <= sizeof last->id ? id.n : 0;
    if (last->n) memcpy(last->id, id.p, id.n);
    last->value = v;
    return v;
}

static void part_resolve(struct reader_of_apps *a, struct resolved *r, const struct aces_app *app) {
    const struct idmap_value *type = find_recent(a, &a->part_type, "PartType", app->part_type);
    r->type = type ? type->text : arena_printf(&a->arena, "pcdb-%.*s", SLICE_ARGS(app->part_type));
    const struct idmap_value *position = app->position.n ? find_recent(a, &a->position, "Position", app->position) : NULL;
    if (position) r->position = position->text;
    else if (app->position.n) unknown_add(a, r, SLICE("Position"), app->position);
    const struct idmap_value *brand = find_recent(a, &a->brand, "Brand", app->brand);
    r->brand = brand && brand->text.n ? brand->text : app->brand; // a code nobody named is still the brand
    if (!r->brand.n) r->flaw = "neither the Part nor the Header names a brand";
}

static bool said_before(const struct aces_app *app, unsigned at) {
    for (unsigned i = 0; i < at; i++)
        if (slice_eq(app->texts[i].text, app->texts[at].text)) return true;
    return false;
}

// What a note comes to, read once per text as long as there is room to keep it.
static struct kept_note note_read(struct reader_of_apps *a, struct slice text) {
    struct hash128 key = hash128(text);
    const uint64_t *place = map_find(&a->note_places, key);
    if (place) return a->kept[*place];
    struct kept_note note = {.informational = notes_informational(a->notes, text)};
    struct condition_doc c = {.type = CONDITION_TEXT};
    if (!note.informational) c = notes_condition(&a->arena, text);
    note.type = c.type;
    note.from = c.from.n ? arena_copy(&a->header_arena, c.from) : SLICE_NONE;
    note.to = c.to.n ? arena_copy(&a->header_arena, c.to) : SLICE_NONE;
    if (a->header_arena.full) note.from = c.from, note.to = c.to;
    else if (a->note_places.count < NOTES_KEPT_MAX) {
        a->kept[a->note_places.count] = note;
        (void)map_put(&a->note_places, key, a->note_places.count);
    }
    return note;
}

static void conditions_resolve(struct reader_of_apps *a, struct resolved *r, const struct aces_app *app) {
    for (unsigned i = 0; i < app->text_count; i++) {
        struct slice text = app->texts[i].text;
        if (said_before(app, i)) continue;
        struct kept_note note = note_read(a, text);
        if (note.informational) a->result->informational++;
        else if (r->condition_count == LIMIT_CONDITIONS) r->flaw = "too many qualifiers and notes";
        else r->conditions[r->condition_count++] = (struct condition_doc){note.type, text, note.from, note.to};
    }
}

// ---- one application -----------------------------------------------------------------------------------------------------------
// In a FULL document, a brand's first application announces that all of them follow.
static enum err brand_announce(struct reader_of_apps *a, struct slice brand, struct fault *row) {
    if (!a->full || !a->sink->full || slice_eq(brand, a->last_brand)) return ERR_OK;
    struct hash128 key = hash128(brand);
    if (map_find(&a->brands, key)) return ERR_OK;
    TRY(a->sink->full(a->sink->arg, brand, row));
    a->last_brand = arena_copy(&a->header_arena, brand); // stays empty when the arena is full: the map knows
    return map_put(&a->brands, key, 1) ? ERR_OK : ERR_NO_MEMORY;
}

static enum err app_deliver(struct reader_of_apps *a, const struct aces_app *app, struct resolved *r, struct fault *row) {
    identity_resolve(a, r, app);
    attributes_resolve(a, r, app);
    part_resolve(a, r, app);
    conditions_resolve(a, r, app);
    r->vehicle.attr_count = r->pair_count;
    if (r->flaw) return fault_set(row, ERR_BAD_REQUEST, "", "%s", r->flaw);
    if (a->arena.full) return fault_set(row, ERR_TOO_LARGE, "", "the application is too large");
    TRY(brand_announce(a, r->brand, row));
    struct application_doc doc = {
        .position = r->position, .label = app->label, .quantity = (uint16_t)app->quantity,
        .flags = app->not_validated ? APPLICATION_NOT_VALIDATED : 0, .source = a->source,
        .line = app->line > UINT32_MAX ? UINT32_MAX : (uint32_t)app->line, .vehicle_count = 1, .condition_count = r->condition_count,
        .vehicles = &r->vehicle, .conditions = r->conditions,
    };
    return a->sink->application(a->sink->arg, app->deletion ? CATALOG_REMOVE : CATALOG_ADD, r->brand, app->part, r->type, &doc, row);
}

static void reject(struct reader_of_apps *a, uint64_t line, const char *message) {
    a->result->rejected++;
    a->sink->report(a->sink->arg, SINK_REJECTED, line, message);
}

static void park(struct reader_of_apps *a, uint64_t line, const struct resolved *r) {
    char message[LIMIT_TEXT_BYTES + 32];
    snprintf(message, sizeof message, "unknown id: %.*s", (int)r->unknown_n, r->unknown);
    a->result->parked++;
    a->sink->report(a->sink->arg, SINK_PARKED, line, message);
}

static enum err on_app(void *arg, const struct aces_app *app, struct fault *why) {
    struct reader_of_apps *a = arg;
    struct resolved r;
    struct fault row = {0};
    if (a->sink->tick && ++a->records % TICK_RECORDS == 0) a->sink->tick(a->sink->arg);
    else if (!a->sink->tick) a->records++;
    a->assets += app->asset;
    if (app->asset) return ERR_OK;
    if (app->broken) {
        reject(a, app->line, app->broken);
        return ERR_OK;
    }
    arena_reset(&a->arena);
    r.vehicle = (struct vehicle_doc){.attr_count = 0};
    r.position = SLICE_NONE;
    r.pair_count = r.condition_count = 0;
    r.unknown_n = 0;
    r.flaw = NULL;
    enum err err = app_deliver(a, app, &r, &row);
    if (err == ERR_OK) {
        a->result->applications++;
        a->result->removed += app->deletion;
        if (r.unknown_n) park(a, app->line, &r);
    } else if (sink_rejects(err)) {
        reject(a, app->line, row.message);
    } else {
        if (why) *why = row;
        return err;
    }
    return ERR_OK;
}

// ---- the document ----------------------------------------------------------------------------------------------------------------
static void warn(struct reader_of_apps *a, const char *message) {
    a->sink->report(a->sink->arg, SINK_WARNING, 0, message);
}

// What the market of a country is called: the map's word, or one that vehicles here are known by.
static struct slice country_of(const struct reader_of_apps *a, struct slice text) {
    static const char *const NAMES[][2] = {{"usa", "US"}, {"united states", "US"}, {"can", "CA"}, {"canada", "CA"}, {"mex", "MX"},
        {"mexico", "MX"}, {"chn", "CN"}, {"china", "CN"}, {"us", "US"}, {"ca", "CA"}, {"mx", "MX"}, {"cn", "CN"}, {"jp", "JP"},
        {"kr", "KR"}, {"hk", "HK"}, {"tw", "TW"}, {"au", "AU"}};
    const struct idmap_value *v = idmap_find(a->map, SLICE("Country"), text);
    if (v && v->text.n) return v->text;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (same_text(text, slice_str(NAMES[i][0]))) return slice_str(NAMES[i][1]);
    return SLICE_NONE;
}

// Countries nobody knows are left out as long as one is known: too narrow is safe. A list of none but such parks everything.
static void countries_read(struct reader_of_apps *a, struct slice list) {
    struct slice rest = list;
    while (rest.p) {
        struct slice text = slice_trim(slice_cut(&rest, ',')), country = country_of(a, text);
        struct pair p = {SLICE("market"), country};
        if (text.n && !country.n) warn(a, "ApprovedFor names a country without a market; see Country in the side map");
        if (country.n && !has_pair(a->countries, a->country_count, &p) && a->country_count < COUNTRIES_MAX) a->countries[a->country_count++] = p;
    }
    if (a->country_count == 0) a->countries[a->country_count++] = (struct pair){SLICE("?ApprovedFor"), arena_copy(&a->header_arena, list)};
}

static enum err on_header(void *arg, const struct aces_header *h, struct fault *why) {
    struct reader_of_apps *a = arg;
    (void)why;
    a->full = slice_is(h->submission, "FULL");
    if (h->regions.n) countries_read(a, h->regions);
    if (slice_is(h->submission, "TEST")) {
        warn(a, "SubmissionType is TEST: nothing of it is imported");
        return ERR_END;
    }
    if (!a->full && !slice_is(h->submission, "UPDATE")) warn(a, "SubmissionType is not FULL, UPDATE or TEST: read as an UPDATE");
    return ERR_OK;
}

// Senders count applications alone, or diagrams (Asset) with them.
static enum err on_footer(void *arg, const struct aces_header *h, struct fault *why) {
    struct reader_of_apps *a = arg;
    char message[128];
    (void)why;
    if (h->record_count == a->records || h->record_count == a->records - a->assets) return ERR_OK;
    snprintf(message, sizeof message, "RecordCount says %llu, the document has %llu", (unsigned long long)h->record_count,
             (unsigned long long)a->records);
    warn(a, message);
    return ERR_OK;
}

enum err aces_read(struct input *in, const struct idmap *map, const struct notes *notes, const struct sink *sink,
                   struct aces_result *out, struct fault *why) {
    struct reader_of_apps a = {.map = map, .notes = notes, .sink = sink, .result = out, .source = slice_str(input_name(in))};
    struct aces_handlers handlers = {on_header, on_app, on_footer, &a};
    memset(out, 0, sizeof *out);
    a.kept = malloc(NOTES_KEPT_MAX * sizeof *a.kept);
    if (!a.kept) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    map_init(&a.brands);
    map_init(&a.note_places);
    arena_init(&a.arena, 64 * 1024, 4u << 20);
    arena_init(&a.header_arena, 4096, 4u << 20);
    enum err err = aces_parse(in, &handlers, why);
    arena_destroy(&a.arena);
    arena_destroy(&a.header_arena);
    map_destroy(&a.note_places);
    map_destroy(&a.brands);
    free(a.kept);
    return err == ERR_END ? ERR_OK : err; // a TEST
}
