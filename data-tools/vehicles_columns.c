#include "vehicles_columns.h"

#include "index/attribute.h"
#include "index/base/limits.h"
#include "index/text.h"

enum place { PLACE_MAKE, PLACE_MAKE_ZH, PLACE_MODEL, PLACE_MODEL_ZH, PLACE_YEAR, PLACE_FROM, PLACE_TO, PLACE_NONE };

static const struct {
    const char *name;
    enum place place;
} places[] = {
    {"make", PLACE_MAKE},
    {"brand", PLACE_MAKE},
    {"品牌", PLACE_MAKE},
    {"make_zh", PLACE_MAKE_ZH},
    {"品牌中文", PLACE_MAKE_ZH},
    {"model", PLACE_MODEL},
    {"series", PLACE_MODEL},
    {"车系", PLACE_MODEL},
    {"车型", PLACE_MODEL},
    {"model_zh", PLACE_MODEL_ZH},
    {"车系中文", PLACE_MODEL_ZH},
    {"year", PLACE_YEAR},
    {"model_year", PLACE_YEAR},
    {"model year", PLACE_YEAR},
    {"years", PLACE_YEAR},
    {"年款", PLACE_YEAR},
    {"年份", PLACE_YEAR},
    {"from", PLACE_FROM},
    {"year_from", PLACE_FROM},
    {"year_start", PLACE_FROM},
    {"起始年份", PLACE_FROM},
    {"开始年份", PLACE_FROM},
    {"to", PLACE_TO},
    {"year_to", PLACE_TO},
    {"year_end", PLACE_TO},
    {"结束年份", PLACE_TO},
    {"maker_zh", PLACE_NONE},
    {"厂商", PLACE_NONE}, // who builds it decides nothing about what fits
};
// Beside names and labels of attributes.tsv.
static const struct {
    const char *name, *attribute;
} synonyms[] = {
    {"款型", "trim"},
    {"配置", "trim"},
    {"版本", "trim"},
    {"变速箱", "transmission"},
    {"变速器", "transmission"},
    {"驱动", "drive"},
    {"燃料", "fuel"},
    {"燃油类型", "fuel"},
    {"能源", "fuel"},
    {"车身", "body"},
    {"车身结构", "body"},
    {"发动机", "engine_code"},
    {"发动机型号", "engine_code"},
    {"进气", "aspiration"},
    {"气缸", "cylinders"},
    {"缸数", "cylinders"},
    {"市场", "market"},
    {"engine", "displacement"},
    {"liters", "displacement"},
    {"功率kw", "power_kw"},
    {"代", "generation"},
    {"底盘号", "generation"},
};

static const struct {
    const char *name, *scheme;
} external_columns[] = {
    {"level_id", "level"}, {"level id", "level"}, {"levelid", "level"}, {"力洋id", "level"}, {"精友id", "level"}, {"车型id", "level"},
    {"ktype", "ktype"}, {"k-type", "ktype"}, {"k_type", "ktype"}, {"ktypnr", "ktype"}, {"k-type号", "ktype"}, {"ktype号", "ktype"},
    {"vcdb", "vcdb"}, {"vcdb_id", "vcdb"}, {"base_vehicle_id", "vcdb"}, {"basevehicleid", "vcdb"}, {"base vehicle id", "vcdb"},
    {"basevehicle", "vcdb"}, {"vin_prefix", "vin"}, {"vin prefix", "vin"}, {"vin前缀", "vin"}, {"车架号前缀", "vin"},
};

const char *vehicles_external_scheme(struct slice folded) {
    for (size_t i = 0; i < sizeof external_columns / sizeof *external_columns; i++)
        if (slice_is(folded, external_columns[i].name)) return external_columns[i].scheme;
    return NULL;
}

static bool all_digits(struct slice text) {
    size_t i = 0;
    while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9') i++;
    return text.n > 0 && i == text.n;
}

// 4 to 11 characters of a VIN's alphabet, '*' for any one.
static bool vin_prefix(struct slice text, char out[]) {
    if (text.n < 4 || text.n > 11) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i] >= 'a' && text.p[i] <= 'z' ? (char)(text.p[i] - 'a' + 'A') : text.p[i];
        bool letter = c >= 'A' && c <= 'Z' && c != 'I' && c != 'O' && c != 'Q';
        if (!letter && !(c >= '0' && c <= '9') && c != '*') return false;
        out[i] = c;
    }
    return true;
}

enum err vehicles_external_id(struct arena *a, const char *scheme, struct slice text, struct slice *out) {
    char vin[11];
    bool number = strcmp(scheme, "ktype") == 0 || strcmp(scheme, "vcdb") == 0;
    text = slice_trim(text);
    if (number && !all_digits(text)) return ERR_BAD_REQUEST;
    if (strcmp(scheme, "vin") == 0) {
        if (!vin_prefix(text, vin)) return ERR_BAD_REQUEST;
        text = slice_of(vin, text.n);
    }
    if (text.n == 0 || text.n + strlen(scheme) + 1 > LIMIT_EXTERNAL_ID_BYTES) return ERR_BAD_REQUEST;
    *out = arena_printf(a, "%s:%.*s", scheme, SLICE_ARGS(text));
    return out->p ? ERR_OK : ERR_NO_MEMORY;
}

static bool as_external(struct vehicles_columns *c, struct slice folded, int column) {
    const char *scheme = vehicles_external_scheme(folded);
    if (!scheme || c->external_count == VEHICLES_EXTERNALS_MAX) return false;
    c->externals[c->external_count].column = column;
    c->externals[c->external_count++].scheme = scheme;
    return true;
}

static int *place_of(struct vehicles_columns *c, enum place place) {
    switch (place) {
    case PLACE_MAKE: return &c->make;
    case PLACE_MAKE_ZH: return &c->make_zh;
    case PLACE_MODEL: return &c->model;
    case PLACE_MODEL_ZH: return &c->model_zh;
    case PLACE_YEAR: return &c->year;
    case PLACE_FROM: return &c->from;
    case PLACE_TO: return &c->to;
    case PLACE_NONE: break;
    }
    return NULL;
}

static bool as_place(struct vehicles_columns *c, struct slice folded, int column) {
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!slice_is(folded, places[i].name)) continue;
        int *at = place_of(c, places[i].place);
        if (at != NULL && *at < 0) *at = column;
        return true;
    }
    return false;
}

static bool as_attribute(struct view *v, struct vehicles_columns *c, struct slice folded, int column) {
    struct slice name = folded;
    uint32_t attribute;
    struct attribute_info info;
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (slice_is(folded, synonyms[i].name)) name = slice_str(synonyms[i].attribute);
    if (attribute_find(v, name, &attribute) != ERR_OK || attribute_load(v, attribute, &info) != ERR_OK) return false;
    if (c->attribute_count == VEHICLES_ATTRIBUTES_MAX) return false;
    c->attributes[c->attribute_count].column = column;
    c->attributes[c->attribute_count++].name = info.name;
    return true;
}

enum err vehicles_columns_read(struct view *v, const struct delimited *d, const char *path,
                               struct import_report *report, struct vehicles_columns *out, struct fault *why) {
    *out = (struct vehicles_columns){.make = -1, .make_zh = -1, .model = -1, .model_zh = -1, .year = -1, .from = -1, .to = -1};
    for (unsigned i = 0; i < delimited_columns(d); i++) {
        struct slice folded, name = delimited_column_name(d, i);
        enum err err = text_fold(v->arena, name, &folded);
        if (err != ERR_OK) return err;
        if (folded.n == 0 || as_external(out, folded, (int)i) || as_place(out, folded, (int)i) || as_attribute(v, out, folded, (int)i)) continue;
        report_notice(report, path, "column \"%.*s\" is not known and not used", SLICE_ARGS(name));
    }
    if (out->make < 0) out->make = out->make_zh;
    if (out->model < 0) out->model = out->model_zh;
    if (out->make < 0) return fault_set(why, ERR_BAD_REQUEST, "make", "%s has no column make or 品牌", path);
    if (out->model < 0) return fault_set(why, ERR_BAD_REQUEST, "model", "%s has no column model or 车系", path);
    if (out->year < 0 && out->from < 0)
        return fault_set(why, ERR_BAD_REQUEST, "year", "%s has no column year, from or 年款", path);
    return ERR_OK;
}
