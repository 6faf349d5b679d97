#include "export_ids.h"

#include <ctype.h>
#include <stdlib.h>

#include "idmap.h"
#include "index/attribute.h"
#include "index/base/limits.h"
#include "index/base/map.h"
#include "index/names.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"
#include "input.h"
#include "output.h"

enum { SUBSET_TERMS_MAX = 8 }; // all subsets are tried up to here
#define ANY_ELEMENT "=" // meanings of attributes in the owner's map, whatever element says them

const char *const export_elements[] = {
    "SubModel", "VehicleType", "MfrBodyCode", "BodyNumDoors", "BodyType", "DriveType", "EngineBase", "EngineBlock", "EngineBoreStroke",
    "EngineDesignation", "EngineVIN", "EngineVersion", "EngineMfr", "PowerOutput", "ValvesPerEngine", "FuelDeliveryType", "FuelDeliverySubType",
    "FuelSystemControlType", "FuelSystemDesign", "Aspiration", "CylinderHeadType", "FuelType", "IgnitionSystemType", "TransmissionMfrCode",
    "TransmissionBase", "TransmissionType", "TransmissionControlType", "TransmissionNumSpeeds", "TransElecControlled", "TransmissionMfr",
    "BedLength", "BedType", "WheelBase", "BrakeSystem", "FrontBrakeType", "RearBrakeType", "BrakeABS", "FrontSpringType", "RearSpringType",
    "SteeringSystem", "SteeringType", "Region", NULL};

// Elements that can carry attributes no element has for its own.
static const char *const CARRIERS[] = {"EngineBase", "TransmissionBase", "EngineBlock", "EngineBoreStroke", "FuelSystemDesign", NULL};

struct entry { struct slice element, id, text; bool written; };

struct export_ids {
    struct view *view;
    struct arena arena;   // of the entries
    struct idmap *given;
    struct map meanings;  // element and meaning -> entry
    struct map taken;     // element and id: not for making up
    struct entry *entries;
    size_t count, capacity;
    uint64_t next, next_brand, lines;
    bool composites;      // the given map explains attributes
    struct output map;
};

static struct hash128 key_of(struct slice element, struct slice text) {
    struct hash128 h = hash128(text);
    h.low ^= hash64(element) * 0x9E3779B97F4A7C15u;
    return h;
}

static bool is_taken(const struct export_ids *ids, struct slice element, struct slice id) { return map_find(&ids->taken, key_of(element, id)) != NULL; }

enum err export_ids_reserve(struct export_ids *ids, struct slice element, struct slice id) {
    return map_put(&ids->taken, key_of(element, id), 1) ? ERR_OK : ERR_NO_MEMORY;
}

static struct entry *entry_find(const struct export_ids *ids, struct slice element, struct slice meaning) {
    const uint64_t *at = map_find(&ids->meanings, key_of(element, meaning));
    return at ? &ids->entries[*at] : NULL;
}

// The first one of a meaning stays. `key`: the element, or ANY_ELEMENT.
static enum err entry_add(struct export_ids *ids, struct slice key, struct slice meaning, struct entry entry) {
    if (entry_find(ids, key, meaning)) return ERR_OK;
    if (ids->count == ids->capacity) {
        size_t capacity = ids->capacity ? ids->capacity * 2 : 256;
        struct entry *entries = realloc(ids->entries, capacity * sizeof *entries);
        if (!entries) return ERR_NO_MEMORY;
        ids->entries = entries;
        ids->capacity = capacity;
    }
    entry.element = arena_copy(&ids->arena, entry.element);
    entry.id = arena_copy(&ids->arena, entry.id);
    if (entry.text.n) entry.text = arena_copy(&ids->arena, entry.text);
    if (ids->arena.full || !map_put(&ids->meanings, key_of(key, meaning), ids->count)) return ERR_NO_MEMORY;
    ids->entries[ids->count++] = entry;
    return ERR_OK;
}

static struct slice entry_use(struct export_ids *ids, struct entry *entry, struct slice text) {
    if (!entry->written) {
        if (entry->text.n) text = entry->text;
        buf_slice_put(&ids->map.buf, entry->element);
        buf_char(&ids->map.buf, '\t');
        buf_slice_put(&ids->map.buf, entry->id);
        buf_char(&ids->map.buf, '\t');
        for (size_t i = 0; i < text.n; i++) buf_char(&ids->map.buf, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
        buf_char(&ids->map.buf, '\n');
        output_flush(&ids->map);
        entry->written = true;
        ids->lines++;
    }
    return entry->id;
}

// ---- meanings -------------------------------------------------------------------------------------------------------------
struct slice export_meaning_vehicle(struct arena *a, uint32_t make, uint32_t model, unsigned year) {
    return arena_printf(a, "%u %u %u", make, model, year);
}
struct slice export_meaning_make(struct arena *a, uint32_t make) { return arena_printf(a, "%u", make); }

static void escaped_put(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (strchr("%;=|\t\n\r", c)) buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
        else buf_char(out, c);
    }
}

static int compare_slices(const void *a, const void *b) { return slice_cmp(*(const struct slice *)a, *(const struct slice *)b); }

struct slice export_term_values(struct arena *a, struct slice *values, unsigned count) {
    struct buf out;
    buf_init(&out, a, 64);
    if (count) qsort(values, count, sizeof *values, compare_slices);
    for (unsigned i = 0; i < count; i++) {
        if (i && slice_eq(values[i], values[i - 1])) continue;
        if (i) buf_char(&out, '|');
        escaped_put(&out, values[i]);
    }
    return buf_slice(&out);
}

// "displacement=1.4;fuel=gasoline|hybrid" of the terms in `mask`, which are ordered by name.
static struct slice composite_text(struct arena *a, const struct export_term *terms, unsigned count, uint64_t mask) {
    struct buf out;
    buf_init(&out, a, 128);
    for (unsigned i = 0; i < count; i++) {
        if (!(mask >> i & 1)) continue;
        if (out.n) buf_char(&out, ';');
        escaped_put(&out, terms[i].name);
        buf_char(&out, '=');
        buf_slice_put(&out, terms[i].values);
    }
    return buf_slice(&out);
}

static int compare_terms(const void *a, const void *b) { return slice_cmp(((const struct export_term *)a)->name, ((const struct export_term *)b)->name); }

// What a line of the given map says about attributes, spelled as the database spells it; empty when it cannot.
static struct slice pairs_meaning(struct view *v, const struct idmap_value *value) {
    struct export_term terms[EXPORT_TERMS_MAX];
    struct slice values[EXPORT_PAIRS_MAX];
    unsigned count = 0, first = 0;
    bool done[EXPORT_PAIRS_MAX] = {0};
    if (value->pair_count > EXPORT_PAIRS_MAX) return SLICE_NONE;
    for (; first < value->pair_count; first++) {
        unsigned n = 0;
        if (done[first]) continue;
        for (unsigned i = first; i < value->pair_count; i++) {
            if (!slice_eq(value->pairs[i].name, value->pairs[first].name)) continue;
            if (attribute_normalise(v, value->pairs[i].name, value->pairs[i].value, &values[n++]) != ERR_OK) return SLICE_NONE;
            done[i] = true;
        }
        if (count == EXPORT_TERMS_MAX) return SLICE_NONE;
        terms[count++] = (struct export_term){value->pairs[first].name, export_term_values(v->arena, values, n), n};
    }
    qsort(terms, count, sizeof *terms, compare_terms);
    return composite_text(v->arena, terms, count, UINT64_MAX);
}

static struct slice position_meaning(struct arena *a, struct slice text) {
    struct slice s = arena_copy(a, text);
    char *p = (char *)(uintptr_t)s.p;
    for (size_t i = 0; p && i < s.n; i++) p[i] = p[i] == ' ' || p[i] == '-' ? '_' : (char)tolower((unsigned char)p[i]);
    return s;
}

static struct slice given_meaning(struct view *v, struct slice element, const struct idmap_value *value) {
    uint32_t make, model;
    if (slice_is(element, "BaseVehicle"))
        return make_find(v, value->make, &make) == ERR_OK && model_find(v, make, value->model, &model) == ERR_OK
                   ? export_meaning_vehicle(v->arena, make, model, value->year) : SLICE_NONE;
    if (slice_is(element, "Make")) return make_find(v, value->text, &make) == ERR_OK ? export_meaning_make(v->arena, make) : SLICE_NONE;
    if (slice_is(element, "Model") || slice_is(element, "Brand")) return names_slug(v->arena, value->text);
    if (slice_is(element, "Position")) return position_meaning(v->arena, value->text);
    if (slice_is(element, "PartType")) return value->text;
    return value->pair_count ? pairs_meaning(v, value) : SLICE_NONE;
}

// ---- what there is already ------------------------------------------------------------------------------------------------
static enum err given_line(struct export_ids *ids, struct slice line) {
    struct slice rest = line, element = slice_trim(slice_cut(&rest, '\t')), id = slice_trim(slice_cut(&rest, '\t'));
    const struct idmap_value *value = idmap_find(ids->given, element, id);
    if (!value || is_taken(ids, element, id)) return ERR_OK;
    arena_reset(ids->view->arena);
    TRY(export_ids_reserve(ids, element, id));
    struct slice meaning = given_meaning(ids->view, element, value);
    if (!meaning.n) return ERR_OK;
    bool attributes = value->pair_count && !slice_is(element, "Make") && !slice_is(element, "Model") && !slice_is(element, "Brand") &&
                      !slice_is(element, "Position") && !slice_is(element, "PartType");
    ids->composites |= attributes;
    return entry_add(ids, attributes ? SLICE(ANY_ELEMENT) : element, meaning, (struct entry){element, id, value->text, false});
}

static enum err given_load(struct export_ids *ids, const char *path, struct fault *why) {
    struct input *in;
    struct slice line;
    uint64_t number;
    TRY(idmap_load(ids->given, path, NULL, NULL, why));
    TRY(input_open(path, &in, why));
    enum err err;
    while ((err = input_line(in, &line, &number, why)) == ERR_OK || err == ERR_TOO_LARGE)
        if (err == ERR_OK && line.n && line.p[0] != '#' && (err = given_line(ids, line)) != ERR_OK) break;
    input_close(in);
    return err == ERR_END ? ERR_OK : err;
}

// Ids of VCdb base vehicles that stand for one vehicle of ours.
static enum err vcdb_add(struct export_ids *ids, struct slice key, struct slice value) {
    struct vehicle *car;
    uint32_t vehicle;
    struct slice id = slice_from(key, 5);
    uint64_t number;
    if (value.n != sizeof vehicle || !slice_u64(id, &number) || is_taken(ids, SLICE("BaseVehicle"), id)) return ERR_OK;
    memcpy(&vehicle, value.p, sizeof vehicle);
    enum err err = vehicle_load(ids->view, vehicle, &car);
    if (err != ERR_OK) return err == ERR_NOT_FOUND ? ERR_OK : err;
    struct slice meaning = export_meaning_vehicle(ids->view->arena, car->make, car->model, car->year);
    return entry_add(ids, SLICE("BaseVehicle"), meaning, (struct entry){SLICE("BaseVehicle"), id, SLICE_NONE, false});
}

static enum err vcdb_load(struct export_ids *ids) {
    struct slice key, value, prefix = SLICE("vcdb:");
    struct db_cursor *c = db_cursor_begin(ids->view->snapshot, TABLE_VEHICLE_EXTERNAL);
    if (!c) return ERR_NO_MEMORY;
    enum err err = db_cursor_seek(c, prefix, &key, &value);
    for (; err == ERR_OK && slice_starts(key, prefix); err = db_cursor_next(c, &key, &value)) {
        arena_reset(ids->view->arena);
        if ((err = vcdb_add(ids, key, value)) != ERR_OK) break;
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

enum err export_ids_new(struct view *v, const char *given, const char *path, struct export_ids **out, struct fault *why) {
    struct export_ids *ids = calloc(1, sizeof *ids);
    if (!ids) return ERR_NO_MEMORY;
    ids->view = v;
    ids->next = EXPORT_PRIVATE_FIRST;
    map_init(&ids->meanings);
    map_init(&ids->taken);
    arena_init(&ids->arena, 64 * 1024, (size_t)1 << 30);
    ids->given = idmap_new();
    enum err err = ids->given ? output_open(path, &ids->map, why) : ERR_NO_MEMORY;
    if (err == ERR_OK && given) err = given_load(ids, given, why);
    if (err == ERR_OK) err = vcdb_load(ids);
    if (err == ERR_OK) *out = ids;
    else export_ids_abandon(ids);
    return err;
}

void export_ids_abandon(struct export_ids *ids) {
    ids->map.buf.bad = true; // the file does not appear
    (void)export_ids_close(ids, NULL);
}

enum err export_ids_close(struct export_ids *ids, struct fault *why) {
    if (!ids) return ERR_OK;
    enum err err = ids->map.file ? output_close(&ids->map, why) : ERR_OK;
    idmap_free(ids->given);
    map_destroy(&ids->meanings);
    map_destroy(&ids->taken);
    arena_destroy(&ids->arena);
    free(ids->entries);
    free(ids);
    return err;
}

uint64_t export_ids_count(const struct export_ids *ids) { return ids->lines; }

// ---- words ----------------------------------------------------------------------------------------------------------------
// A code in the shape of the reference's: four capitals without vowels.
static struct slice brand_code(struct arena *a, uint64_t n) {
    static const char LETTERS[] = "BCDFGHJKLMNPQRSTVWXZ";
    enum { BASE = sizeof LETTERS - 1 };
    return arena_printf(a, "%c%c%c%c", LETTERS[(BASE - 2 + n / (BASE * BASE * BASE)) % BASE], LETTERS[n / (BASE * BASE) % BASE],
                        LETTERS[n / BASE % BASE], LETTERS[n % BASE]);
}

static struct slice private_id(struct export_ids *ids, struct slice element) {
    bool brand = slice_is(element, "Brand");
    for (;;) {
        struct slice id = brand ? brand_code(ids->view->arena, ids->next_brand++) : arena_printf(ids->view->arena, "%llu", (unsigned long long)ids->next++);
        if (!id.n || !is_taken(ids, element, id)) return id;
    }
}

bool export_ids_known(const struct export_ids *ids, const char *element, struct slice meaning) {
    return entry_find(ids, slice_str(element), meaning) != NULL;
}

// PCdb's number of a type, as the vocabulary has it or as the slug of an unnamed one says; empty when it is another's here.
static struct slice part_type_number(struct export_ids *ids, struct slice slug) {
    struct type_info type;
    uint32_t id;
    struct slice number = slice_starts(slug, SLICE("pcdb-")) ? slice_from(slug, 5) : SLICE_NONE;
    uint64_t value;
    if (names_find(ids->view->snapshot, NAMES_TYPE, slug, &id) == ERR_OK && type_load(ids->view, id, &type) == ERR_OK && type.pcdb)
        number = arena_printf(ids->view->arena, "%u", type.pcdb);
    return slice_u64(number, &value) && !is_taken(ids, SLICE("PartType"), number) ? number : SLICE_NONE;
}

enum err export_ids_word(struct export_ids *ids, const char *element, struct slice meaning, struct slice text, struct slice *id) {
    struct slice name = slice_str(element);
    struct entry *entry = entry_find(ids, name, meaning);
    if (!entry) {
        struct slice made = slice_is(name, "PartType") ? part_type_number(ids, text) : SLICE_NONE;
        if (!made.n) made = private_id(ids, name);
        if (!made.n) return ERR_NO_MEMORY;
        TRY(export_ids_reserve(ids, name, made));
        TRY(entry_add(ids, name, meaning, (struct entry){name, made, text, false}));
        entry = entry_find(ids, name, meaning);
    }
    *id = entry_use(ids, entry, text);
    return ERR_OK;
}

// ---- attributes -----------------------------------------------------------------------------------------------------------
struct choice {
    struct export_ids *ids;
    struct export_term *terms;
    unsigned count, *used;
    bool model;
    uint64_t left; // terms not said yet
    struct export_id *out;
};

static bool element_free(const struct choice *c, struct slice element) {
    if (slice_is(element, "SubModel") && !c->model) return false;
    if (slice_is(element, "VehicleType") && c->model) return false;
    for (unsigned i = 0; i < *c->used; i++)
        if (slice_eq(c->out[i].element, element)) return false;
    return true;
}

static void say(struct choice *c, uint64_t mask, struct slice element, struct slice id) {
    c->out[(*c->used)++] = (struct export_id){element, id};
    c->left &= ~mask;
}

static void say_by_given(struct choice *c, uint64_t mask) {
    struct slice meaning = composite_text(c->ids->view->arena, c->terms, c->count, mask);
    struct entry *entry = entry_find(c->ids, SLICE(ANY_ELEMENT), meaning);
    if (entry && element_free(c, entry->element)) say(c, mask, entry->element, entry_use(c->ids, entry, meaning));
}

// The owner's ids, those that say most first. Of very many attributes only all together and each alone are tried.
static void by_given(struct choice *c) {
    if (!c->ids->composites) return;
    bool all = c->count <= SUBSET_TERMS_MAX;
    if (!all) say_by_given(c, c->left);
    for (unsigned size = c->count; all && size > 1; size--)
        for (uint64_t mask = 1; mask < (uint64_t)1 << c->count; mask++)
            if ((mask & ~c->left) == 0 && (unsigned)__builtin_popcountll(mask) == size) say_by_given(c, mask);
    for (unsigned i = 0; i < c->count; i++)
        if (c->left >> i & 1) say_by_given(c, (uint64_t)1 << i);
}

static enum err say_by_own(struct choice *c, unsigned i) {
    const struct export_term *term = &c->terms[i];
    struct slice id, meaning = composite_text(c->ids->view->arena, c->terms, c->count, (uint64_t)1 << i);
    for (const char *const *element = export_elements; *element; element++) {
        struct slice name = slice_str(*element);
        if (!slice_eq(idmap_attribute(name), term->name) || !element_free(c, name)) continue;
        TRY(export_ids_word(c->ids, *element, meaning, term->count == 1 && term->values.n ? term->values : meaning, &id));
        say(c, (uint64_t)1 << i, name, id);
        return ERR_OK;
    }
    return ERR_OK;
}

static enum err say_the_rest(struct choice *c, struct fault *why) {
    struct slice id, meaning = composite_text(c->ids->view->arena, c->terms, c->count, c->left);
    for (const char *const *element = CARRIERS; *element; element++) {
        if (!element_free(c, slice_str(*element))) continue;
        TRY(export_ids_word(c->ids, *element, meaning, meaning, &id));
        say(c, c->left, slice_str(*element), id);
        return ERR_OK;
    }
    return fault_set(why, ERR_TOO_LARGE, "", "no element is left for '%.*s'", SLICE_ARGS(meaning));
}

enum err export_ids_attributes(struct export_ids *ids, struct export_term *terms, unsigned count, bool model, struct export_id *out,
                               unsigned *used, struct fault *why) {
    unsigned pairs = 0;
    for (unsigned i = 0; i < count; i++) pairs += terms[i].count;
    if (pairs > EXPORT_PAIRS_MAX || count >= EXPORT_TERMS_MAX) return fault_set(why, ERR_TOO_LARGE, "", "more than %d attribute values", EXPORT_PAIRS_MAX);
    if (count) qsort(terms, count, sizeof *terms, compare_terms);
    struct choice c = {ids, terms, count, used, model, ((uint64_t)1 << count) - 1, out};
    by_given(&c);
    for (unsigned i = 0; i < count; i++)
        if (c.left >> i & 1) TRY(say_by_own(&c, i));
    return c.left ? say_the_rest(&c, why) : ERR_OK;
}
