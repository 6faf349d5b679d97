#include "attribute.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "names.h"
#include "text.h"

#define META_VERSION "attributes.version"

enum { VALUES_MAX = 256, CACHE_BYTES = 4 * 1024 * 1024 };
static const double CC_AT_LEAST = 50; // a "displacement in litres" this large is cubic centimetres
static const double NUMBER_MAX = 1e9;

struct enum_value { struct slice value, label, label_zh, folded[3]; };

struct known {
    bool loaded;
    struct attribute_info info;
    struct slice folded_label, folded_label_zh;
    struct enum_value *values;
    unsigned value_count;
};

struct attribute_cache {
    struct arena arena;
    struct known known[LIMIT_ATTRIBUTES];
    uint64_t snapshot, version; // version of the descriptions seen in that snapshot
};

struct attribute_cache *attribute_cache_new(void) {
    struct attribute_cache *c = calloc(1, sizeof *c);
    if (c != NULL) arena_init(&c->arena, 16 * 1024, CACHE_BYTES);
    return c;
}

void attribute_cache_free(struct attribute_cache *c) {
    if (c == NULL) return;
    arena_destroy(&c->arena);
    free(c);
}

// ---- records, in TABLE_META under "attribute." and the id -----------------------------------------------------------
static struct slice record_key(struct arena *a, uint32_t attribute) {
    return arena_printf(a, "attribute.%u", attribute);
}

enum err attribute_put(struct txn *t, struct arena *scratch, const struct attribute_info *info) {
    uint32_t id;
    uint64_t version = 0;
    struct buf record;
    TRY(names_intern(t, NAMES_ATTRIBUTE, info->name, &id));
    buf_init(&record, scratch, 256);
    buf_u8(&record, (uint8_t)info->kind);
    buf_u16(&record, info->order);
    buf_string(&record, info->label);
    buf_string(&record, info->label_zh);
    buf_string(&record, info->unit);
    buf_string(&record, info->values);
    struct slice key = record_key(scratch, id);
    if (record.bad || key.p == NULL) return ERR_NO_MEMORY;
    TRY(txn_put(t, TABLE_META, key, buf_slice(&record)));
    enum err err = db_meta_u64(txn_snapshot(t), META_VERSION, &version);
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    return txn_set_meta_u64(t, META_VERSION, version + 1);
}

static struct slice fold(struct arena *a, struct slice text) {
    struct slice folded;
    return text_fold(a, text, &folded) == ERR_OK ? folded : SLICE_NONE;
}

static enum err parse_values(struct arena *a, struct known *k) {
    struct slice rest = k->info.values;
    k->values = ARENA_ARRAY(a, struct enum_value, VALUES_MAX);
    if (k->values == NULL) return ERR_NO_MEMORY;
    while (rest.n > 0 && k->value_count < VALUES_MAX) {
        struct slice triple = slice_cut(&rest, '|');
        struct enum_value *value = &k->values[k->value_count++];
        value->value = slice_cut(&triple, '=');
        value->label = slice_cut(&triple, '=');
        value->label_zh = triple;
        value->folded[0] = fold(a, value->value);
        value->folded[1] = fold(a, value->label);
        value->folded[2] = fold(a, value->label_zh);
    }
    return ERR_OK;
}

static enum err read_known(struct view *v, uint32_t attribute, struct known *k) {
    struct arena *a = &v->attributes->arena;
    struct slice record;
    k->info = (struct attribute_info){.id = attribute, .kind = 't', .order = UINT16_MAX};
    k->info.name = names_text(v, NAMES_ATTRIBUTE, attribute);
    if (k->info.name.n == 0) return ERR_NOT_FOUND;
    k->info.label = k->info.label_zh = k->info.name;
    enum err err = db_get(v->snapshot, TABLE_META, record_key(v->arena, attribute), &record);
    if (err == ERR_NOT_FOUND) return ERR_OK;
    if (err != ERR_OK) return err;
    struct reader r = reader_of(arena_copy(a, record));
    k->info.kind = (char)reader_u8(&r);
    k->info.order = reader_u16(&r);
    k->info.label = reader_string(&r);
    k->info.label_zh = reader_string(&r);
    k->info.unit = reader_string(&r);
    k->info.values = reader_string(&r);
    k->folded_label = fold(a, k->info.label);
    k->folded_label_zh = fold(a, k->info.label_zh);
    if (r.bad) return ERR_DAMAGED;
    return k->info.kind == 'e' ? parse_values(a, k) : ERR_OK;
}

// Descriptions read from an older snapshot are forgotten when the vocabulary has changed since.
static void refresh(struct view *v) {
    struct attribute_cache *c = v->attributes;
    uint64_t id = snapshot_id(v->snapshot), version = 0;
    if (c->snapshot == id) return;
    (void)db_meta_u64(v->snapshot, META_VERSION, &version);
    c->snapshot = id;
    if (c->version == version) return;
    c->version = version;
    memset(c->known, 0, sizeof c->known);
    arena_reset(&c->arena);
}

static enum err known_attribute(struct view *v, uint32_t attribute, const struct known **out) {
    if (attribute == 0 || attribute >= LIMIT_ATTRIBUTES) return ERR_NOT_FOUND;
    refresh(v);
    struct known *k = &v->attributes->known[attribute];
    if (!k->loaded) {
        memset(k, 0, sizeof *k);
        TRY(read_known(v, attribute, k));
        k->loaded = true;
    }
    *out = k;
    return ERR_OK;
}

// ---- reading --------------------------------------------------------------------------------------------------------
enum err attribute_load(struct view *v, uint32_t attribute, struct attribute_info *out) {
    const struct known *k;
    TRY(known_attribute(v, attribute, &k));
    *out = k->info;
    return ERR_OK;
}

bool attribute_is_id(struct view *v, uint32_t attribute) {
    const struct known *k;
    return known_attribute(v, attribute, &k) == ERR_OK && k->info.kind == 'i';
}

static bool by_cached_name(struct view *v, struct slice name, uint32_t *attribute) {
    refresh(v);
    for (uint32_t id = 1; id < LIMIT_ATTRIBUTES; id++) {
        const struct known *k = &v->attributes->known[id];
        if (!k->loaded || !slice_eq(k->info.name, name)) continue;
        *attribute = id;
        return true;
    }
    return false;
}

enum err attribute_find(struct view *v, struct slice name, uint32_t *attribute) {
    if (by_cached_name(v, name, attribute)) return ERR_OK;
    enum err err = names_find(v->snapshot, NAMES_ATTRIBUTE, name, attribute);
    if (err != ERR_NOT_FOUND) return err;
    struct slice folded = fold(v->arena, name);
    const struct known *k;
    for (uint32_t id = 1; folded.n > 0 && known_attribute(v, id, &k) == ERR_OK; id++)
        if (slice_eq(folded, k->folded_label) || slice_eq(folded, k->folded_label_zh) ||
            slice_eq(folded, k->info.name)) {
            *attribute = id;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

struct slice attribute_value_label(struct view *v, uint32_t attribute, struct slice value, bool chinese) {
    const struct known *k;
    if (known_attribute(v, attribute, &k) != ERR_OK) return value;
    for (unsigned i = 0; i < k->value_count; i++) {
        if (!slice_eq(k->values[i].value, value)) continue;
        struct slice label = chinese ? k->values[i].label_zh : k->values[i].label;
        return label.n > 0 ? label : value;
    }
    return value;
}

// ---- normal spelling ------------------------------------------------------------------------------------------------
static bool ends_in_unit(struct slice folded, struct slice unit, size_t *digits) {
    size_t n = 0;
    while (n < folded.n && ((folded.p[n] >= '0' && folded.p[n] <= '9') || folded.p[n] == '.')) n++;
    *digits = n;
    struct slice rest = slice_trim(slice_from(folded, n));
    return rest.n == 0 || slice_eq(rest, unit);
}

// Litres are also written with the letter that means a turbocharger ("1.4T") and in Chinese.
static bool litre_suffix(struct slice folded, size_t digits) {
    struct slice rest = slice_trim(slice_from(folded, digits));
    return slice_is(rest, "t") || slice_is(rest, "升") || slice_is(rest, "cc") || slice_is(rest, "ml");
}

static enum err normal_number(struct arena *a, const struct attribute_info *info, struct slice value,
                              struct slice *out) {
    struct slice folded, unit;
    double number;
    size_t digits;
    TRY(text_fold(a, value, &folded));
    TRY(text_fold(a, info->unit, &unit));
    bool litres = slice_is(unit, "l");
    if (!ends_in_unit(folded, unit, &digits) && !(litres && litre_suffix(folded, digits))) return ERR_BAD_REQUEST;
    if (!slice_f64(slice_of(folded.p, digits), &number) || number < 0 || number > NUMBER_MAX) return ERR_BAD_REQUEST;
    if (litres && number >= CC_AT_LEAST) number /= 1000;
    if (litres && (number < 0.05 || number >= CC_AT_LEAST)) return ERR_BAD_REQUEST;
    if (litres) {
        *out = arena_printf(a, "%.1f", (double)(int64_t)(number * 10 + 0.5 + 1e-9) / 10);
        return out->p == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    *out = arena_printf(a, "%.2f", number);
    if (out->p == NULL) return ERR_NO_MEMORY;
    while (slice_ends(*out, SLICE("0"))) out->n--; // there is a point: the digits before it stay
    if (slice_ends(*out, SLICE("."))) out->n--;
    return ERR_OK;
}

static enum err normal_enum(struct arena *a, const struct known *k, struct slice value, struct slice *out) {
    struct slice folded;
    TRY(text_fold(a, value, &folded));
    for (unsigned i = 0; folded.n > 0 && i < k->value_count; i++)
        for (unsigned j = 0; j < 3; j++)
            if (slice_eq(folded, k->values[i].folded[j])) {
                *out = k->values[i].value;
                return ERR_OK;
            }
    return ERR_BAD_REQUEST;
}

static enum err normal_text(struct arena *a, struct slice value, struct slice *out) {
    struct buf text;
    value = slice_trim(value);
    if (value.n == 0) return ERR_BAD_REQUEST;
    buf_init(&text, a, value.n + 1);
    for (size_t i = 0; i < value.n; i++) {
        bool blank = (uint8_t)value.p[i] <= ' ';
        if (blank && text.p[text.n - 1] == ' ') continue; // a trimmed value does not begin with a blank
        buf_char(&text, blank ? ' ' : value.p[i]);
    }
    *out = buf_slice(&text);
    return text.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err attribute_normalise(struct view *v, struct slice name, struct slice value, struct slice *out) {
    const struct known *k = NULL;
    uint32_t attribute;
    *out = SLICE_NONE;
    if (value.n > LIMIT_TEXT_BYTES) return ERR_TOO_LARGE;
    enum err err = attribute_find(v, name, &attribute);
    if (err == ERR_OK) err = known_attribute(v, attribute, &k);
    if (err == ERR_NOT_FOUND) return normal_text(v->arena, value, out);
    if (err != ERR_OK) return err;
    if (k->info.kind == 'n') return normal_number(v->arena, &k->info, value, out);
    if (k->info.kind == 'e' && k->value_count > 0) return normal_enum(v->arena, k, value, out);
    return normal_text(v->arena, value, out);
}
