#include "vocabulary.h"

#include "base/buf.h"
#include "base/limits.h"
#include "names.h"

static const char *const kind_names[KIND_COUNT] = {
    [KIND_PART] = "part", [KIND_FLUID] = "fluid", [KIND_TYRE] = "tyre",
    [KIND_ACCESSORY] = "accessory", [KIND_SERVICE] = "service", [KIND_PACKAGE] = "package",
};

const char *product_kind_name(enum product_kind kind) {
    return kind > 0 && kind < KIND_COUNT ? kind_names[kind] : "";
}

bool product_kind_parse(struct slice text, enum product_kind *out) {
    for (unsigned kind = 1; kind < KIND_COUNT; kind++)
        if (slice_is(text, kind_names[kind])) {
            *out = (enum product_kind)kind;
            return true;
        }
    return false;
}

static enum err record_of(struct view *v, enum table table, uint32_t id, struct reader *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    TRY(db_get(v->snapshot, table, slice_of(&key, sizeof key), &value));
    *out = reader_of(value);
    return ERR_OK;
}

static enum err put_record(struct txn *t, enum table table, uint32_t id, const struct buf *record) {
    uint32_t key = __builtin_bswap32(id);
    if (record->bad) return ERR_NO_MEMORY;
    return txn_put(t, table, slice_of(&key, sizeof key), buf_slice(record));
}

// ---- types ----------------------------------------------------------------------------------------------------------
enum err type_load(struct view *v, uint32_t type, struct type_info *out) {
    struct reader r;
    *out = (struct type_info){.id = type};
    TRY(record_of(v, TABLE_TYPE, type, &r));
    out->kind = (enum product_kind)reader_u8(&r);
    out->pcdb = reader_u32(&r);
    out->interval_km = reader_u32(&r);
    out->interval_months = reader_u16(&r);
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->group = reader_string(&r);
    out->synonyms = reader_string(&r);
    out->synonyms_zh = reader_string(&r);
    out->attributes = reader_string(&r);
    out->positions = reader_string(&r);
    out->slug = names_text(v, NAMES_TYPE, type);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static enum err type_phrases(struct txn *t, struct arena *a, const struct type_info *type) {
    TRY(lexicon_put(t, a, type->name, LEXICON_TYPE, type->id, LEXICON_NAME));
    TRY(lexicon_put(t, a, type->name_zh, LEXICON_TYPE, type->id, LEXICON_NAME));
    TRY(lexicon_put(t, a, type->slug, LEXICON_TYPE, type->id, LEXICON_SLUG));
    TRY(lexicon_put_list(t, a, type->synonyms, LEXICON_TYPE, type->id, LEXICON_SYNONYM));
    return lexicon_put_list(t, a, type->synonyms_zh, LEXICON_TYPE, type->id, LEXICON_SYNONYM);
}

enum err type_put(struct txn *t, struct arena *scratch, struct type_info *type) {
    struct buf record;
    TRY(names_intern(t, NAMES_TYPE, type->slug, &type->id));
    if (type->id >= LIMIT_TYPES) return ERR_TOO_LARGE;
    buf_init(&record, scratch, 512);
    buf_u8(&record, (uint8_t)type->kind);
    buf_u32(&record, type->pcdb);
    buf_u32(&record, type->interval_km);
    buf_u16(&record, type->interval_months);
    buf_string(&record, type->name);
    buf_string(&record, type->name_zh);
    buf_string(&record, type->group);
    buf_string(&record, type->synonyms);
    buf_string(&record, type->synonyms_zh);
    buf_string(&record, type->attributes);
    buf_string(&record, type->positions);
    TRY(put_record(t, TABLE_TYPE, type->id, &record));
    return type_phrases(t, scratch, type);
}

// ---- brands ---------------------------------------------------------------------------------------------------------
enum err brand_load(struct view *v, uint32_t brand, struct brand_info *out) {
    struct reader r;
    *out = (struct brand_info){.id = brand};
    TRY(record_of(v, TABLE_BRAND, brand, &r));
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->aliases = reader_string(&r);
    out->tier = reader_string(&r);
    out->types = reader_string(&r);
    out->country = reader_string(&r);
    out->slug = names_text(v, NAMES_BRAND, brand);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static enum err brand_phrases(struct txn *t, struct arena *a, const struct brand_info *brand) {
    TRY(lexicon_put(t, a, brand->name, LEXICON_BRAND, brand->id, LEXICON_NAME));
    TRY(lexicon_put(t, a, brand->name_zh, LEXICON_BRAND, brand->id, LEXICON_NAME));
    TRY(lexicon_put(t, a, brand->slug, LEXICON_BRAND, brand->id, LEXICON_SLUG));
    return lexicon_put_list(t, a, brand->aliases, LEXICON_BRAND, brand->id, LEXICON_SYNONYM);
}

enum err brand_put(struct txn *t, struct arena *scratch, struct brand_info *brand) {
    struct buf record;
    TRY(names_intern(t, NAMES_BRAND, brand->slug, &brand->id));
    buf_init(&record, scratch, 256);
    buf_string(&record, brand->name);
    buf_string(&record, brand->name_zh);
    buf_string(&record, brand->aliases);
    buf_string(&record, brand->tier);
    buf_string(&record, brand->types);
    buf_string(&record, brand->country);
    TRY(put_record(t, TABLE_BRAND, brand->id, &record));
    return brand_phrases(t, scratch, brand);
}

// ---- groups and segments, few and small: in TABLE_META --------------------------------------------------------------
static enum err meta_record(struct view *v, const char *family, uint32_t id, struct reader *out) {
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_META, arena_printf(v->arena, "%s.%u", family, id), &value));
    *out = reader_of(value);
    return ERR_OK;
}

enum err group_load(struct view *v, uint32_t group, struct group_info *out) {
    struct reader r;
    *out = (struct group_info){.id = group};
    TRY(meta_record(v, "group", group, &r));
    out->order = reader_u16(&r);
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->slug = names_text(v, NAMES_GROUP, group);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err segment_load(struct view *v, uint32_t segment, struct segment_info *out) {
    struct reader r;
    *out = (struct segment_info){.id = segment};
    TRY(meta_record(v, "segment", segment, &r));
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->description = reader_string(&r);
    out->description_zh = reader_string(&r);
    out->slug = names_text(v, NAMES_SEGMENT, segment);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

// ---- phrases --------------------------------------------------------------------------------------------------------
enum err vocabulary_phrases(struct txn *t, struct view *v) {
    uint32_t types = names_count(v->snapshot, NAMES_TYPE), brands = names_count(v->snapshot, NAMES_BRAND);
    uint32_t groups = names_count(v->snapshot, NAMES_GROUP);
    for (uint32_t id = 1; id <= types; id++) {
        struct type_info type;
        if (type_load(v, id, &type) == ERR_OK) TRY(type_phrases(t, v->arena, &type));
    }
    for (uint32_t id = 1; id <= brands; id++) {
        struct brand_info brand;
        if (brand_load(v, id, &brand) == ERR_OK) TRY(brand_phrases(t, v->arena, &brand));
    }
    for (uint32_t id = 1; id <= groups; id++) {
        struct group_info group;
        if (group_load(v, id, &group) != ERR_OK) continue;
        TRY(lexicon_put(t, v->arena, group.name, LEXICON_GROUP, id, LEXICON_NAME));
        TRY(lexicon_put(t, v->arena, group.name_zh, LEXICON_GROUP, id, LEXICON_NAME));
    }
    return ERR_OK;
}
