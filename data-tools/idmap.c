#include "idmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "index/base/hash.h"
#include "index/base/limits.h"
#include "index/delimited.h"
#include "input.h"

#define PAIRS_MAX 160 // of one id

struct entry {
    uint64_t hash; // 0 = free slot
    struct idmap_value value;
};
struct idmap {
    struct arena arena;
    struct entry *entries; // open addressing, at most half full
    size_t capacity, count;
};

// Elements whose plain value is one attribute of a vehicle.
static const struct { const char *element, *attribute; } ELEMENT_ATTRIBUTES[] = {
    {"SubModel", "trim"}, {"VehicleType", "vehicle_type"}, {"MfrBodyCode", "mfr_body_code"}, {"BodyNumDoors", "doors"},
    {"BodyType", "body"}, {"DriveType", "drive"}, {"EngineDesignation", "engine_code"}, {"EngineVIN", "engine_vin"},
    {"EngineVersion", "engine_version"}, {"EngineMfr", "engine_make"}, {"PowerOutput", "power_kw"}, {"ValvesPerEngine", "valves"},
    {"FuelDeliveryType", "fuel_delivery"}, {"FuelDeliverySubType", "fuel_delivery_sub"}, {"FuelSystemDesign", "fuel_design"},
    {"TransElecControlled", "transmission_electronic"}, {"FuelSystemControlType", "fuel_control"}, {"Aspiration", "aspiration"},
    {"CylinderHeadType", "cylinder_head"}, {"FuelType", "fuel"}, {"IgnitionSystemType", "ignition"},
    {"TransmissionMfrCode", "transmission_code"}, {"TransmissionType", "transmission_type"},
    {"TransmissionControlType", "transmission_type"}, {"TransmissionNumSpeeds", "transmission_speeds"},
    {"TransmissionMfr", "transmission_make"}, {"BedLength", "bed_length"}, {"BedType", "bed_type"}, {"WheelBase", "wheel_base"},
    {"BrakeSystem", "brake"}, {"FrontBrakeType", "front_brake"}, {"RearBrakeType", "rear_brake"}, {"BrakeABS", "abs"},
    {"FrontSpringType", "front_spring"}, {"RearSpringType", "rear_spring"}, {"SteeringSystem", "steering_system"},
    {"SteeringType", "steering_type"}, {"Region", "market"},
};

// Elements that stand for several attributes: a plain value would say nothing, and so fit everything.
static bool is_composite(struct slice element) {
    static const char *const LIST[] = {"EngineBase", "EngineBlock", "EngineBoreStroke", "TransmissionBase"};
    for (size_t i = 0; i < sizeof LIST / sizeof *LIST; i++)
        if (slice_is(element, LIST[i])) return true;
    return false;
}

struct slice idmap_attribute(struct slice element) {
    for (size_t i = 0; i < sizeof ELEMENT_ATTRIBUTES / sizeof *ELEMENT_ATTRIBUTES; i++)
        if (slice_is(element, ELEMENT_ATTRIBUTES[i].element)) return slice_str(ELEMENT_ATTRIBUTES[i].attribute);
    return SLICE_NONE;
}

struct idmap *idmap_new(void) {
    struct idmap *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    arena_init(&m->arena, 64 * 1024, (size_t)1 << 30);
    m->capacity = 1024;
    m->entries = calloc(m->capacity, sizeof *m->entries);
    if (m->entries) return m;
    idmap_free(m);
    return NULL;
}

void idmap_free(struct idmap *m) {
    if (!m) return;
    arena_destroy(&m->arena);
    free(m->entries);
    free(m);
}

static uint64_t key_hash(struct slice element, struct slice id) {
    uint64_t hash = hash64_seed(id, hash64(element));
    return hash ? hash : 1;
}

// 64 bits over at most some hundred thousand ids: equal hashes are taken as equal keys.
static struct entry *slot_of(struct entry *entries, size_t capacity, uint64_t hash) {
    size_t i = hash & (capacity - 1);
    while (entries[i].hash && entries[i].hash != hash) i = (i + 1) & (capacity - 1);
    return &entries[i];
}

const struct idmap_value *idmap_find(const struct idmap *m, struct slice element, struct slice id) {
    if (!m) return NULL;
    const struct entry *e = slot_of(m->entries, m->capacity, key_hash(element, id));
    return e->hash ? &e->value : NULL;
}

static enum err table_grow(struct idmap *m) {
    size_t capacity = m->capacity * 2;
    struct entry *entries = calloc(capacity, sizeof *entries);
    if (!entries) return ERR_NO_MEMORY;
    for (size_t i = 0; i < m->capacity; i++)
        if (m->entries[i].hash) *slot_of(entries, capacity, m->entries[i].hash) = m->entries[i];
    free(m->entries);
    m->entries = entries;
    m->capacity = capacity;
    return ERR_OK;
}

// "%3B", "%3D", "%7C", "%25" and the codes of tab and line ends stand for what the form needs for itself; any other '%' is itself.
static struct slice unescaped(struct idmap *m, struct slice text) {
    static const struct { const char *code; char is; } CODES[] = {{"%3B", ';'}, {"%3D", '='}, {"%7C", '|'}, {"%25", '%'}, {"%09", '\t'},
                                                                  {"%0A", '\n'}, {"%0D", '\r'}};
    if (!text.n || !memchr(text.p, '%', text.n)) return text;
    char *out = arena_alloc(&m->arena, text.n);
    size_t n = 0;
    for (size_t i = 0; out && i < text.n; i++) {
        unsigned k = 0;
        while (k < sizeof CODES / sizeof *CODES && !slice_starts(slice_from(text, i), slice_str(CODES[k].code))) k++;
        bool code = k < sizeof CODES / sizeof *CODES;
        out[n++] = code ? CODES[k].is : text.p[i];
        i += code ? 2 : 0;
    }
    return slice_of(out, out ? n : 0);
}

static enum err value_base_vehicle(struct idmap_value *v, struct fault *why) {
    struct slice rest = v->text;
    uint64_t year = 0;
    bool number = slice_u64(slice_cut(&rest, '|'), &year);
    v->make = slice_cut(&rest, '|');
    v->model = rest;
    if (!number || year < LIMIT_YEAR_MIN || year > LIMIT_YEAR_MAX || v->make.n == 0 || v->model.n == 0)
        return fault_set(why, ERR_BAD_REQUEST, "value", "BaseVehicle wants year|make|model");
    v->year = (uint16_t)year;
    return ERR_OK;
}

// "2018|Kubota|L2501", or "Kubota|L2501" where a machine has no model years.
static enum err value_equipment(struct idmap_value *v, struct fault *why) {
    struct slice rest = v->text, first = slice_cut(&rest, '|');
    uint64_t year = 0;
    if (slice_u64(first, &year) && year >= LIMIT_YEAR_MIN && year <= LIMIT_YEAR_MAX) {
        v->year = (uint16_t)year;
        first = slice_cut(&rest, '|');
    }
    v->make = first;
    v->model = rest;
    return v->make.n && v->model.n ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "value", "EquipmentBase wants year|make|model or make|model");
}

// "a=1;b=x|y": alternatives become several pairs of one name.
static enum err value_pairs(struct idmap *m, struct idmap_value *v, struct slice element, struct fault *why) {
    struct pair pairs[PAIRS_MAX];
    unsigned n = 0;
    struct slice rest = v->text;
    bool composite = memchr(rest.p, '=', rest.n) != NULL;
    while (rest.p) {
        struct slice values = slice_cut(&rest, ';'), name = idmap_attribute(element);
        if (composite) name = slice_trim(slice_cut(&values, '='));
        if (name.n == 0) return composite || is_composite(element) ? fault_set(why, ERR_BAD_REQUEST, "value",
            "wants attribute=value;...") : ERR_OK;
        while (values.p) {
            if (n == PAIRS_MAX) return fault_set(why, ERR_TOO_LARGE, "value", "more than %d attributes", PAIRS_MAX);
            pairs[n++] = (struct pair){unescaped(m, name), unescaped(m, slice_trim(slice_cut(&values, '|')))};
        }
    }
    struct pair *kept = ARENA_ARRAY(&m->arena, struct pair, n);
    if (!kept) return ERR_NO_MEMORY;
    memcpy(kept, pairs, n * sizeof *kept);
    v->pairs = kept;
    v->pair_count = n;
    return ERR_OK;
}

enum err idmap_add(struct idmap *m, struct slice element, struct slice id, struct slice value, struct fault *why) {
    if (element.n == 0 || id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "", "wants element, id and value");
    if (2 * (m->count + 1) > m->capacity) TRY(table_grow(m));
    struct idmap_value v = {.text = arena_copy(&m->arena, value)};
    if (slice_is(element, "BaseVehicle")) TRY(value_base_vehicle(&v, why));
    else if (slice_is(element, "EquipmentBase")) TRY(value_equipment(&v, why));
    else if (v.text.n) TRY(value_pairs(m, &v, element, why));
    if (m->arena.full) return ERR_NO_MEMORY;
    uint64_t hash = key_hash(element, id);
    struct entry *e = slot_of(m->entries, m->capacity, hash);
    if (!e->hash) m->count++;
    *e = (struct entry){hash, v};
    return ERR_OK;
}

enum err idmap_load(struct idmap *m, const char *path, reject_fn *reject, void *arg, struct fault *why) {
    struct input *in;
    TRY(input_open(path, &in, why));
    struct slice line;
    uint64_t number;
    enum err err;
    while ((err = input_line(in, &line, &number, why)) == ERR_OK) {
        if (line.n == 0 || line.p[0] == '#') continue;
        struct slice rest = line, element = slice_trim(slice_cut(&rest, '\t')), id = slice_trim(slice_cut(&rest, '\t'));
        if (number == 1 && slice_is(element, "element")) continue;
        struct fault row = {0};
        err = idmap_add(m, element, id, slice_trim(rest), &row);
        if (err != ERR_OK && !(err == ERR_BAD_REQUEST || err == ERR_TOO_LARGE)) break;
        if (err != ERR_OK && reject) reject(arg, path, number, row.message);
    }
    input_close(in);
    return err == ERR_END ? ERR_OK : err;
}

static bool beside(char out[IDMAP_PATH_BYTES], size_t n, const char *path, const char *name) {
    struct stat st;
    int length = snprintf(out, IDMAP_PATH_BYTES, "%.*s%s", (int)n, path, name);
    return length > 0 && length < IDMAP_PATH_BYTES && stat(out, &st) == 0;
}

bool idmap_beside(const char *path, char out[IDMAP_PATH_BYTES]) {
    static const char *const ENDINGS[] = {".zst", ".gz", ".zip", ".xml"};
    size_t n = strlen(path);
    if (n >= IDMAP_PATH_BYTES) return false;
    for (unsigned i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (slice_ends(slice_of(path, n), slice_str(ENDINGS[i]))) n -= strlen(ENDINGS[i]);
    const char *slash = strrchr(path, '/');
    return beside(out, n, path, ".map.tsv") || beside(out, slash ? (size_t)(slash - path + 1) : 0, path, "map.tsv");
}

enum err idmap_load_types(struct idmap *m, const char *facts_dir, struct fault *why) {
    struct slice path = arena_printf(&m->arena, "%s/types.tsv", facts_dir);
    struct delimited *table;
    if (m->arena.full) return ERR_NO_MEMORY;
    enum err err = delimited_open(path.p, &table, why);
    if (err != ERR_OK) return err == ERR_NOT_FOUND ? ERR_OK : err;
    int id = delimited_column(table, "id"), pcdb = delimited_column(table, "pcdb");
    while (err == ERR_OK && delimited_next(table)) {
        struct slice code = delimited_cell(table, pcdb);
        if (code.n) err = idmap_add(m, SLICE("PartType"), code, delimited_cell(table, id), why);
    }
    delimited_close(table);
    return err;
}
