#include "vin.h"

#include "names.h"
#include "vehicle_external.h"

unsigned vin_newest_year(const struct clock *clock) { return 1970 + (unsigned)(clock_unix_ms(clock) / 31556952000) + 1; }

// ---- the record of a maker and year --------------------------------------------------------------------------------------
// The span that began last at or before the year, if it lasts until then. ERR_NOT_FOUND.
static enum err record_find(struct snapshot *s, const char *maker, unsigned maker_n, unsigned year, struct slice *record) {
    char key[1 + 6 + 2] = {'p'};
    struct slice found;
    uint16_t before = __builtin_bswap16((uint16_t)(UINT16_MAX - year));
    memcpy(key + 1, maker, maker_n);
    memcpy(key + 1 + maker_n, &before, sizeof before);
    struct db_cursor *c = db_cursor_begin(s, TABLE_VIN);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, slice_of(key, maker_n + 3), &found, record);
    bool ours = e == ERR_OK && found.n == maker_n + 3 && memcmp(found.p, key, maker_n + 1) == 0;
    db_cursor_end(c);
    if (e == ERR_END || (e == ERR_OK && (!ours || vin_record_last_year(*record) < year))) return ERR_NOT_FOUND;
    return e;
}

static enum err match_year(struct snapshot *s, const struct vin_text *text, unsigned year, struct vin_match *out) {
    char maker[6];
    struct slice record;
    memset(out, 0, sizeof *out);
    unsigned maker_n = vin_maker(text, maker);
    enum err e = record_find(s, maker, maker_n, year, &record);
    return e == ERR_NOT_FOUND ? ERR_OK : e != ERR_OK ? e : vin_match(record, text, out);
}

// The first of the years that leads to a model, else the first that has patterns.
static enum err match_years(struct snapshot *s, struct vin *v) {
    struct vin_match match;
    for (unsigned i = 0; i < v->year_count && v->match.model_count == 0; i++) {
        TRY(match_year(s, &v->text, v->years[i], &match));
        if (match.blocks == 0 || (v->match.blocks && match.model_count == 0)) continue;
        v->match = match;
        v->year = v->years[i];
    }
    return ERR_OK;
}

enum err vin_decode(struct snapshot *s, unsigned newest_year, const struct vin_text *text, struct vin *out) {
    char c = text->c[0];
    out->text = *text;
    out->check_ok = vin_check_ok(text);
    out->year = 0;
    memset(&out->match, 0, sizeof out->match);
    out->year_count = vin_years(text, true, newest_year, out->years);
    TRY(match_years(s, out));
    if (out->match.blocks) return ERR_OK;
    out->year_count = vin_years(text, (c >= '1' && c <= '5') || c == '7', newest_year, out->years);
    out->year = out->year_count ? out->years[0] : 0;
    return ERR_OK;
}

bool vin_valid(const struct vin *v) {
    bool american = v->match.model_count > 0 && v->match.lacks == 0;
    return v->check_ok || !(vin_check_required(&v->text) || american);
}

// ---- names ---------------------------------------------------------------------------------------------------------------
static enum err small_record(struct view *v, char letter, const void *id, size_t n, struct slice *out) {
    char key[8] = {letter};
    memcpy(key + 1, id, n);
    return db_get(v->snapshot, TABLE_VIN, slice_of(key, n + 1), out);
}

static enum err by_id(struct view *v, char letter, uint16_t id, struct slice *out) {
    uint16_t big = __builtin_bswap16(id);
    return small_record(v, letter, &big, sizeof big, out);
}

static bool list_has(const struct slice *list, unsigned count, struct slice text) {
    for (unsigned i = 0; i < count; i++)
        if (slice_eq(list[i], text)) return true;
    return false;
}

static void list_add(struct slice *list, unsigned *count, unsigned max, struct slice text) {
    if (text.n && *count < max && !list_has(list, *count, text)) list[(*count)++] = text;
}

static void make_add(struct view *v, struct vin_car *car, uint32_t make, struct slice text) {
    struct make m;
    if (make && make_load(v, make, &m) == ERR_OK) text = m.name;
    list_add(car->makes, &car->make_count, VIN_MAKES_MAX, text);
}

// vPIC's record of the maker's code, and our own, which wins.
static enum err maker_resolve(struct view *v, const struct vin *vin, struct vin_car *out) {
    static const char letters[] = "wf";
    char code[6];
    struct vin_wmi wmi;
    struct slice record, makes = SLICE_NONE, plants = SLICE_NONE;
    size_t n = vin_maker(&vin->text, code);
    for (unsigned i = 0; i < 2; i++) {
        enum err e = small_record(v, letters[i], code, n, &record);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        TRY(vin_wmi_decode(record, &wmi));
        out->maker = wmi.maker;
        out->maker_zh = wmi.maker_zh;
        if (wmi.country.n) out->country = wmi.country;
        if (wmi.makes.n) makes = wmi.makes;
        plants = wmi.plants;
    }
    while (plants.n && !out->plant.n) { // "S=Shenyang|D=Dadong"
        struct slice name = slice_cut(&plants, '|'), which = slice_cut(&name, '=');
        if (which.n == 1 && which.p[0] == vin->text.c[VIN_PLANT]) out->plant = name;
    }
    if (out->make_count) makes = SLICE_NONE;
    while (makes.n) {
        struct slice one = slice_cut(&makes, '|');
        uint32_t make = 0;
        if (make_find(v, one, &make) != ERR_OK) make = 0;
        make_add(v, out, make, one);
    }
    return ERR_OK;
}

// "4-Series" -> "4 Series", for a model that is a badge of the series: 435i. Empty for other submodels.
static struct slice series_name(struct view *v, struct slice text, struct slice model) {
    const size_t n = sizeof "Series" - 1;
    if (text.n < n + 2 || memcmp(text.p + text.n - n, "Series", n) != 0 || !strchr("- ", text.p[text.n - n - 1])) return SLICE_NONE;
    if (model.n == 0 || !slice_starts(model, slice_of(text.p, text.n - n - 1))) return SLICE_NONE;
    return arena_printf(v->arena, "%.*s Series", (int)(text.n - n - 1), text.p);
}

// ---- vehicles ------------------------------------------------------------------------------------------------------------
struct wanted { uint32_t vehicle; };
static bool take_vehicle(void *arg, const struct picker_row *row) {
    ((struct wanted *)arg)->vehicle = row->is.vehicle;
    return false;
}

static enum err vehicle_add(struct view *v, uint32_t make, uint32_t model, unsigned year, struct vin_car *out) {
    struct wanted wanted = {0};
    if (!make || !model) return ERR_OK;
    TRY(vehicle_each(v, make, model, year, year, take_vehicle, &wanted));
    for (unsigned i = 0; i < out->vehicle_count; i++)
        if (out->vehicles[i] == wanted.vehicle) return ERR_OK;
    if (wanted.vehicle && out->vehicle_count < LIMIT_VIN_VEHICLES) out->vehicles[out->vehicle_count++] = wanted.vehicle;
    return ERR_OK;
}

static bool values_have(const struct vin_values *values, uint16_t value) {
    for (unsigned i = 0; i < values->count; i++)
        if (values->at[i] == value) return true;
    return false;
}

static struct slice model_name(struct view *v, uint32_t make, uint32_t model, struct slice otherwise) {
    struct model m;
    return make && model && model_load(v, make, model, &m) == ERR_OK && m.name.n ? m.name : otherwise;
}

static enum err named(struct view *v, const struct vin *vin, uint32_t make, uint32_t model, struct slice make_text, struct slice model_text,
                      struct vin_car *out) {
    make_add(v, out, make, make_text);
    list_add(out->models, &out->model_count, VIN_MODELS_MAX * 2, model_name(v, make, model, model_text));
    return vehicle_add(v, make, model, vin->year, out);
}

// A model under the names catalogues know it by, as far as the VIN tells the series. `submodel` holds the series that are left.
static enum err model_resolve(struct view *v, const struct vin *vin, const struct vin_model *m, struct vin_values *submodel,
                              struct vin_car *out) {
    const struct vin_values series = *submodel; // as the VIN gives them
    bool known = series.count > 0, whole = true;
    for (unsigned i = 0; i < m->rename_count; i++) {
        const struct vin_rename *n = &m->renames[i];
        if (n->series && known && !values_have(&series, n->series)) continue;
        TRY(named(v, vin, n->make, n->model, m->make_name, m->model_name, out));
        whole &= n->series != 0 && !(known && series.count == 1);
        if (known && n->series) *submodel = (struct vin_values){n->becomes != 0 && series.count == 1, {n->becomes}};
    }
    return whole ? named(v, vin, m->make, m->model, m->make_name, m->model_name, out) : ERR_OK;
}

static enum err models_resolve(struct view *v, const struct vin *vin, struct vin_values *submodel, struct vin_car *out) {
    for (unsigned i = 0; i < vin->match.model_count; i++) {
        struct vin_model m;
        struct slice record;
        TRY(by_id(v, 'm', vin->match.models[i], &record));
        TRY(vin_model_decode(record, &m));
        TRY(model_resolve(v, vin, &m, submodel, out));
    }
    for (unsigned i = 0; vin->match.model_count == 0 && i < vin->match.make_count; i++)
        make_add(v, out, vin->match.makes[i], SLICE_NONE);
    return ERR_OK;
}

// ---- prefixes of vehicle tables ------------------------------------------------------------------------------------------
static enum err prefix_find(struct view *v, const struct vin_text *text, struct vin_car *out, const uint32_t **list, unsigned *count) {
    enum { SHORTEST = 4, LONGEST = 11 };
    char id[4 + VIN_CHARS + 1] = "vin:";
    memcpy(id + 4, text->c, LONGEST);
    for (unsigned n = LONGEST; n >= SHORTEST; n--)
        for (unsigned wild = n > VIN_CHECK; wild < 2; wild--) { // with the check digit as '*', then as it stands
            id[4 + VIN_CHECK] = wild ? '*' : text->c[VIN_CHECK];
            enum err e = vehicle_external_find(v, slice_of(id, 4 + n), list, count);
            if (e == ERR_NOT_FOUND) continue;
            out->prefix = arena_copy(v->arena, slice_of(id + 4, n));
            return e != ERR_OK ? e : out->prefix.p ? ERR_OK : ERR_NO_MEMORY;
        }
    return ERR_NOT_FOUND;
}

static enum err prefix_vehicle(struct view *v, uint32_t id, unsigned year, struct vin_car *out) {
    struct vehicle *car;
    enum err e = vehicle_load(v, id, &car);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && car->year != year)) return ERR_OK;
    TRY(e);
    make_add(v, out, car->make, SLICE_NONE);
    list_add(out->models, &out->model_count, VIN_MODELS_MAX * 2, model_name(v, car->make, car->model, SLICE_NONE));
    if (out->vehicle_count < LIMIT_VIN_VEHICLES) out->vehicles[out->vehicle_count++] = id;
    return ERR_OK;
}

// The year code may mean the year of production: a car made in 2017 is of model year 2017 or 2018. Only where a table knows neither is
// it the year before.
static enum err prefix_resolve(struct view *v, const struct vin *vin, struct vin_car *out) {
    const uint32_t *list;
    unsigned count;
    enum err e = prefix_find(v, &vin->text, out, &list, &count);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    for (unsigned y = 0; y < vin->year_count; y++) {
        if (vin->years[y] < vin->years[0] && out->vehicle_count) break;
        for (unsigned i = 0; i < count; i++) TRY(prefix_vehicle(v, list[i], vin->years[y], out));
    }
    return ERR_OK;
}

// ---- answers --------------------------------------------------------------------------------------------------------------
static struct slice number_text(struct view *v, enum vin_attr attr, uint16_t value) {
    if (attr == VIN_A_DISPLACEMENT) return arena_printf(v->arena, "%u.%u", value / 10u, value % 10u);
    return arena_printf(v->arena, "%u", value);
}

struct slice vin_value_text(struct view *v, enum vin_attr attr, uint16_t value) {
    uint32_t id;
    switch (attr) {
    case VIN_A_DISPLACEMENT:
    case VIN_A_CYLINDERS: return number_text(v, attr, value);
    case VIN_A_FUEL: return value < FUEL_COUNT ? slice_str(vpic_fuel_names[value]) : SLICE_NONE;
    case VIN_A_BODY: return value < BODY_COUNT ? slice_str(vpic_body_names[value]) : SLICE_NONE;
    case VIN_A_DRIVE: return value < DRIVE_COUNT ? slice_str(vpic_drive_names[value]) : SLICE_NONE;
    case VIN_A_ASPIRATION: return value < ASPIRATION_COUNT ? slice_str(vpic_aspiration_names[value]) : SLICE_NONE;
    default: break;
    }
    if (names_find(v->snapshot, NAMES_ATTRIBUTE, slice_str(vin_attr_names[attr]), &id) != ERR_OK) return SLICE_NONE;
    return names_text(v, NAMES_VALUE + id, value);
}

// One answer of texts; values no record knows stand as 0xFFFF. Nothing where the attribute has no name, or a value has no text.
static enum err answer_add(struct view *v, const char *name, const struct slice *texts, unsigned count, struct vin_car *out) {
    enum { UNHEARD = 0xFFFF };
    uint32_t attr, id;
    uint16_t *values = ARENA_ARRAY(v->arena, uint16_t, count + 1);
    if (!values) return ERR_NO_MEMORY;
    enum err e = count ? names_find(v->snapshot, NAMES_ATTRIBUTE, slice_str(name), &attr) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;
        if (texts[i].n == 0) return ERR_OK;
        e = names_find(v->snapshot, NAMES_VALUE + attr, texts[i], &id);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        uint16_t value = e == ERR_OK ? (uint16_t)id : UNHEARD;
        for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
        values[at] = value;
    }
    out->answers[out->answer_count++] = (struct answer){.attr = (uint8_t)attr, .count = (uint16_t)count, .values = values};
    return ERR_OK;
}

static enum err answers_resolve(struct view *v, const struct vin *vin, const struct vin_values *submodel, struct vin_car *out) {
    bool american = vin->match.model_count && (vin->check_ok || vin_check_required(&vin->text)) && !out->prefix.n;
    struct slice texts[VIN_TIES_MAX], market = american ? SLICE("US") : vin_chinese(&vin->text) && out->prefix.n ? SLICE("CN") : SLICE_NONE;
    if (market.n) TRY(answer_add(v, "market", &market, 1, out));
    if (out->prefix.n) TRY(answer_add(v, "vin", &out->prefix, 1, out));
    for (unsigned a = 0; a < VIN_ATTRS && vin->match.model_count; a++) {
        const struct vin_values *values = a == VIN_A_SUBMODEL ? submodel : &vin->match.attrs[a];
        for (unsigned i = 0; i < values->count; i++) texts[i] = vin_value_text(v, (enum vin_attr)a, values->at[i]);
        TRY(answer_add(v, vin_attr_names[a], texts, values->count, out));
    }
    return ERR_OK;
}

enum err vin_resolve(struct view *v, const struct vin *vin, struct vin_car *out) {
    struct vin_values submodel = vin->match.attrs[VIN_A_SUBMODEL];
    memset(out, 0, sizeof *out);
    if (vin->match.plant) {
        enum err e = by_id(v, 't', vin->match.plant, &out->plant);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    }
    TRY(prefix_resolve(v, vin, out));
    if (out->vehicle_count == 0) out->prefix = SLICE_NONE;
    if (!out->prefix.n) TRY(models_resolve(v, vin, &submodel, out));
    TRY(maker_resolve(v, vin, out));
    if (out->make_count == 1) out->make = out->makes[0];
    if (out->model_count == 1) out->model = out->models[0];
    const struct vin_values *series = &vin->match.attrs[VIN_A_SUBMODEL];
    if (series->count == 1) out->series = series_name(v, vin_value_text(v, VIN_A_SUBMODEL, series->at[0]), out->model);
    return answers_resolve(v, vin, &submodel, out);
}
