#include "spec_tokens.h"

#include <stdio.h>

#include "application.h"
#include "names.h"
#include "posting.h"
#include "text.h"

#define BATTERY_HOURS_MAX 250

// ---- what a pattern says of a product -------------------------------------------------------------------------------------------
struct values { struct spec_value *list; unsigned count, max; };

static void value_add(struct values *v, enum spec_class class, struct slice text) {
    struct spec_value one = {.class = class};
    if (text.n == 0 || text.n >= sizeof one.text) return;
    memcpy(one.text, text.p, text.n);
    for (unsigned i = 0; i < v->count; i++)
        if (v->list[i].class == class && strcmp(v->list[i].text, one.text) == 0) return;
    if (v->count < v->max) v->list[v->count++] = one;
}

// "205/55R16 91V": the size, then load and speed. "205/55" has no size.
static void tyre_add(struct values *v, struct slice text) {
    struct slice size = slice_cut(&text, ' ');
    if (!memchr(size.p, 'R', size.n)) {
        value_add(v, SPEC_CLASS_TYRE_SECTION, size);
        return;
    }
    value_add(v, SPEC_CLASS_TYRE, size);
    if (text.n > 2 && text.p[0] == '(') text = slice_of(text.p + 1, text.n - 2);
    if (text.p) value_add(v, SPEC_CLASS_TYRE_SERVICE, text);
}

static enum spec_class class_of(enum pattern_kind kind) {
    switch (kind) {
    case PATTERN_TYRE: return SPEC_CLASS_TYRE;
    case PATTERN_RIM: return SPEC_CLASS_RIM;
    case PATTERN_RUN_FLAT: return SPEC_CLASS_RUN_FLAT;
    case PATTERN_OIL_GRADE: return SPEC_CLASS_OIL_GRADE;
    case PATTERN_OIL_STANDARD: return SPEC_CLASS_OIL_STANDARD;
    case PATTERN_VOLUME: return SPEC_CLASS_VOLUME;
    case PATTERN_BULB: return SPEC_CLASS_BULB;
    case PATTERN_BELT: return SPEC_CLASS_BELT;
    case PATTERN_BOLT_PATTERN: return SPEC_CLASS_BOLT_PATTERN;
    case PATTERN_BATTERY: return SPEC_CLASS_BATTERY;
    case PATTERN_BRAKE_FLUID: return SPEC_CLASS_BRAKE_FLUID;
    case PATTERN_WIPER: return SPEC_CLASS_WIPER;
    case PATTERN_YEAR: case PATTERN_DISPLACEMENT: case PATTERN_DISTANCE: case PATTERN_MONTHS: case PATTERN_TROUBLE_CODE: case PATTERN_VIN: break;
    }
    return 0;
}

// "L3-70": the case and what it holds, "70Ah" or, of more than any battery's hours, "400CCA"; "48/L3": one case by two names.
static void battery_add(struct values *v, struct slice text) {
    char power[16];
    struct slice first = slice_cut(&text, memchr(text.p, '/', text.n) ? '/' : '-');
    value_add(v, SPEC_CLASS_BATTERY, first);
    if (!text.p) return;
    int64_t value;
    bool number = slice_i64(text, &value);
    int n = number ? snprintf(power, sizeof power, "%d%s", (int)value, value > BATTERY_HOURS_MAX ? "CCA" : "Ah") : 0;
    value_add(v, SPEC_CLASS_BATTERY, number ? slice_of(power, (size_t)n) : text);
}

static void pattern_values(const struct pattern *p, struct values *out) {
    enum spec_class class = class_of(p->kind);
    struct slice text = slice_str(p->text);
    if (class == SPEC_CLASS_TYRE) tyre_add(out, text);
    else if (class == SPEC_CLASS_BATTERY) battery_add(out, text);
    else if (class == SPEC_CLASS_WIPER)
        while (text.p) value_add(out, class, slice_cut(&text, '+'));
    else if (class) value_add(out, class, text);
}

unsigned pattern_specs(const struct pattern *p, struct spec_value out[SPEC_OF_PATTERN_MAX]) {
    struct values v = {out, 0, SPEC_OF_PATTERN_MAX};
    pattern_values(p, &v);
    return v.count;
}

// ---- types ----------------------------------------------------------------------------------------------------------------------
// `implied`: what a query means that names no type. `titles`: types whose titles are read for it, and attributes with general names.
struct kind_types { enum pattern_kind kind; const char *implied[5], *titles[9]; };
static const struct kind_types kinds[] = {
    {PATTERN_TYRE, {"tyre", "spare_tyre"}, {"tyre", "spare_tyre", "tyre_package"}},
    {PATTERN_RIM, {NULL}, {"tyre", "spare_tyre", "wheel", "wheel_cover"}},
    {PATTERN_RUN_FLAT, {"tyre"}, {"tyre", "spare_tyre"}},
    {PATTERN_OIL_GRADE, {"engine_oil"}, {"engine_oil", "mtf", "diff_fluid", "transfer_case_fluid"}},
    {PATTERN_OIL_STANDARD, {"engine_oil"}, {"engine_oil"}},
    {PATTERN_VOLUME, {NULL}, {"engine_oil", "coolant", "atf", "mtf", "diff_fluid", "brake_fluid", "washer_fluid", "adblue"}},
    {PATTERN_BULB, {"headlight_bulb", "fog_lamp_bulb", "signal_bulb"}, {"headlight_bulb", "fog_lamp_bulb", "signal_bulb"}},
    {PATTERN_BELT, {"serpentine_belt"}, {"serpentine_belt"}},
    {PATTERN_BOLT_PATTERN, {"wheel", "wheel_spacer"}, {"wheel", "wheel_spacer"}},
    {PATTERN_BRAKE_FLUID, {"brake_fluid"}, {"brake_fluid"}},
    {PATTERN_BATTERY, {"battery"}, {"battery"}},
    {PATTERN_WIPER, {"wiper_blade"}, {"wiper_blade"}},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const struct kind_types *types_of(enum pattern_kind kind) {
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == kind) return &kinds[i];
    return NULL;
}

const char *const *pattern_types(const struct pattern *p) {
    static const char *const none[] = {NULL}, *const gears[] = {"diff_fluid", "mtf", "transfer_case_fluid", NULL};
    const struct kind_types *types = types_of(p->kind);
    if (!types) return none;
    if (p->kind == PATTERN_OIL_GRADE && p->text[0] >= '7' && p->text[1] != 'W') return gears; // 75W-90
    return types->implied;
}

const char *const *pattern_bearers(const struct pattern *p) {
    static const char *const none[] = {NULL};
    const struct kind_types *types = types_of(p->kind);
    return types ? types->titles : none;
}

static bool among(struct slice type, const char *const *list) {
    for (; *list; list++)
        if (slice_is(type, *list)) return true;
    return false;
}

// ---- reading a product ----------------------------------------------------------------------------------------------------------
// Attributes that say what a product is, and what makes of their value what people would write.
static const struct { const char *name, *before, *after; enum pattern_kind kind; bool general; } attributes[] = {
    {"tyre_size", "", "", PATTERN_TYRE, false}, {"tire_size", "", "", PATTERN_TYRE, false}, {"size", "", "", PATTERN_TYRE, true},
    {"rim", "r", "", PATTERN_RIM, true}, {"diameter_in", "r", "", PATTERN_RIM, true}, {"wheel_size", "r", "", PATTERN_RIM, true},
    {"rim_diameter", "r", "", PATTERN_RIM, true},
    {"run_flat", "run flat ", "", PATTERN_RUN_FLAT, true},
    {"viscosity", "", "", PATTERN_OIL_GRADE, true}, {"sae", "", "", PATTERN_OIL_GRADE, true}, {"oil_spec", "", "", PATTERN_OIL_GRADE, false},
    {"oil_spec", "", "", PATTERN_OIL_STANDARD, false}, {"api", "api ", "", PATTERN_OIL_STANDARD, true}, {"ilsac", "ilsac ", "", PATTERN_OIL_STANDARD, true},
    {"acea", "acea ", "", PATTERN_OIL_STANDARD, true}, {"approvals", "", "", PATTERN_OIL_STANDARD, true}, {"approval", "", "", PATTERN_OIL_STANDARD, true},
    {"litres", "", "l", PATTERN_VOLUME, false}, {"volume", "", "", PATTERN_VOLUME, false}, {"volume_l", "", "l", PATTERN_VOLUME, false},
    {"volume_ml", "", "ml", PATTERN_VOLUME, false},
    {"base", "", "", PATTERN_BULB, true}, {"bulb_base", "", "", PATTERN_BULB, false}, {"bulb_low_beam", "", "", PATTERN_BULB, false},
    {"bulb_high_beam", "", "", PATTERN_BULB, false}, {"bulb_fog", "", "", PATTERN_BULB, false},
    {"drive_belt", "", "", PATTERN_BELT, false}, {"belt_size", "", "", PATTERN_BELT, false}, {"size", "", "", PATTERN_BELT, true},
    {"bolt_pattern", "", "", PATTERN_BOLT_PATTERN, false}, {"wheel_pcd", "", "", PATTERN_BOLT_PATTERN, false}, {"pcd", "", "", PATTERN_BOLT_PATTERN, true},
    {"brake_fluid", "", "", PATTERN_BRAKE_FLUID, false}, {"dot", "dot ", "", PATTERN_BRAKE_FLUID, true}, {"spec", "", "", PATTERN_BRAKE_FLUID, true},
    {"battery_spec", "", "", PATTERN_BATTERY, false}, {"capacity_ah", "", "ah", PATTERN_BATTERY, true}, {"cca", "", "cca", PATTERN_BATTERY, true},
    {"technology", "", "", PATTERN_BATTERY, true}, {"group", "group ", "", PATTERN_BATTERY, true}, {"case", "", "", PATTERN_BATTERY, true}, {"case_code", "", "", PATTERN_BATTERY, true},
    {"length_mm", "", "mm", PATTERN_WIPER, true}, {"length_in", "", "\"", PATTERN_WIPER, true}, {"wiper_driver", "", "", PATTERN_WIPER, false},
    {"wiper_passenger", "", "", PATTERN_WIPER, false}, {"wiper_rear", "", "", PATTERN_WIPER, false},
};

#define NO_YEAR 2000         // years are not asked for
#define SPEC_VALUE_BYTES 400 // longer values of attributes are prose

static void text_read(struct slice folded, enum pattern_kind kind, bool certain, struct values *out) {
    for (size_t at = 0; at < folded.n;) {
        struct pattern list[PATTERN_MAX];
        unsigned count = pattern_at(folded, at, NO_YEAR, list);
        size_t taken = 1;
        for (unsigned i = 0; i < count; i++) {
            if (list[i].kind != kind || (certain && !list[i].certain)) continue;
            pattern_values(&list[i], out);
            if (list[i].n > taken) taken = list[i].n;
        }
        at += taken;
    }
}

static bool no_value(struct slice text) { return slice_is(text, "no") || slice_is(text, "false") || slice_is(text, "0"); }

static enum err value_read(struct arena *a, struct slice json, size_t which, struct values *out) {
    struct slice folded;
    struct buf b;
    buf_init(&b, a, json.n + 16);
    buf_put(&b, attributes[which].before, strlen(attributes[which].before));
    struct slice text = json.n >= 2 && json.p[0] == '"' ? slice_of(json.p + 1, json.n - 2) : json;
    if (attributes[which].kind == PATTERN_RUN_FLAT && no_value(text)) return ERR_OK;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\\') buf_char(&b, text.p[i]); // of \" the quote
    buf_put(&b, attributes[which].after, strlen(attributes[which].after));
    if (b.bad) return ERR_NO_MEMORY;
    if (b.n > SPEC_VALUE_BYTES) return ERR_OK;
    TRY(text_fold(a, buf_slice(&b), &folded));
    text_read(folded, attributes[which].kind, false, out);
    return ERR_OK;
}

// What an application compares with the car's own specification is what the product is.
static enum err term_read(struct view *v, const struct term *term, struct values *out) {
    struct slice name = names_text(v, NAMES_ATTRIBUTE, term->attr);
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        for (unsigned k = 0; k < term->count && slice_is(name, attributes[i].name); k++)
            TRY(value_read(v->arena, names_text(v, NAMES_VALUE + term->attr, term->values[k]), i, out));
    return ERR_OK;
}

static enum err applications_read(struct view *v, struct slice record, struct values *out) {
    struct application *list;
    unsigned count;
    TRY(applications_decode(v->arena, record, &list, &count));
    for (unsigned i = 0; i < count; i++)
        for (unsigned t = 0; t < list[i].term_count; t++) {
            bool again = i && list[i].terms == list[i - 1].terms;
            if (list[i].terms[t].spec && !again) TRY(term_read(v, &list[i].terms[t], out));
        }
    return ERR_OK;
}

static enum err attribute_read(struct arena *a, const struct product *p, size_t which, struct values *out) {
    char key[40];
    struct slice json;
    int n = snprintf(key, sizeof key, "\"%s\":", attributes[which].name);
    for (struct attribute_texts i = attribute_texts_of(p, slice_of(key, (size_t)n)); attribute_texts_next(&i, &json);)
        TRY(value_read(a, json, which, out));
    return ERR_OK;
}

static bool first_value(const struct product *p, const char *key, char out[8]) {
    struct attribute_texts i = attribute_texts_of(p, slice_str(key));
    struct slice json;
    if (!attribute_texts_next(&i, &json) || json.n < 3 || json.n - 2 >= 8) return false;
    slice_copy(slice_of(json.p + 1, json.n - 2), out, 8);
    return true;
}

// A tyre's load and speed in attributes of their own: "93", "V".
static void service_read(const struct product *p, struct values *out) {
    char load[8], speed[8], text[16];
    if (!first_value(p, "\"load\":", load) || !first_value(p, "\"speed\":", speed)) return;
    snprintf(text, sizeof text, "%s%s", load, speed);
    value_add(out, SPEC_CLASS_TYRE_SERVICE, slice_str(text));
}

// What the statements include: a tyre's rim and section, its size without the letters around it; standards without their last word.
static void included_add(struct values *out) {
    unsigned stated = out->count;
    for (unsigned i = 0; i < stated; i++) {
        struct slice text = slice_str(out->list[i].text);
        enum spec_class class = out->list[i].class;
        const char *r = class == SPEC_CLASS_TYRE ? memrchr(text.p, 'R', text.n) : NULL;
        if (r) {
            struct slice plain = slice_starts(text, SLICE("LT")) ? slice_from(text, 2) : text, rim = slice_of(r + 1, (size_t)(text.p + text.n - r - 1));
            if (rim.n && rim.p[rim.n - 1] == 'C') rim.n--, plain.n--;
            value_add(out, SPEC_CLASS_TYRE, plain);
            value_add(out, SPEC_CLASS_RIM, rim);
            if (memchr(plain.p, '/', plain.n)) value_add(out, SPEC_CLASS_TYRE_SECTION, slice_of(plain.p, (size_t)(r - plain.p)));
        } else if (class == SPEC_CLASS_OIL_STANDARD && slice_starts(text, SLICE("ILSAC GF-")) && text.n == strlen("ILSAC GF-6A")) {
            value_add(out, class, slice_of(text.p, text.n - 1));
        } else if (class == SPEC_CLASS_OIL_STANDARD && slice_starts(text, SLICE("dexos"))) {
            value_add(out, class, slice_of(text.p, strlen("dexos1")));
        } else if (class == SPEC_CLASS_BATTERY && memchr(text.p, 'D', text.n) && (text.p[text.n - 1] == 'L' || text.p[text.n - 1] == 'R')) {
            value_add(out, class, slice_of(text.p, text.n - 1)); // whichever side its plus is on
        }
    }
}

static bool has_class(const struct values *v, enum spec_class class) {
    for (unsigned i = 0; i < v->count; i++)
        if (v->list[i].class == class) return true;
    return false;
}

bool spec_type_bears(struct slice type) {
    for (size_t i = 0; i < KINDS; i++)
        if (among(type, kinds[i].titles)) return true;
    return false;
}

enum err product_specs(struct view *view, struct arena *a, const struct product *p, struct slice applications,
                       struct spec_value out[SPEC_OF_PRODUCT_MAX], unsigned *count) {
    struct values v = {out, 0, SPEC_OF_PRODUCT_MAX};
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (!attributes[i].general || among(p->type, types_of(attributes[i].kind)->titles)) TRY(attribute_read(a, p, i, &v));
    if (applications.n && spec_type_bears(p->type)) TRY(applications_read(view, applications, &v));
    if (among(p->type, types_of(PATTERN_TYRE)->titles)) service_read(p, &v);
    for (size_t i = 0; i < KINDS; i++) {
        if (!among(p->type, kinds[i].titles) || has_class(&v, class_of(kinds[i].kind))) continue;
        const struct slice titles[] = {p->title, p->title_zh};
        for (unsigned k = 0; k < 2; k++) {
            struct slice folded;
            TRY(text_fold(a, titles[k], &folded));
            text_read(folded, kinds[i].kind, true, &v);
        }
    }
    included_add(&v);
    *count = v.count;
    return ERR_OK;
}

// ---- tokens ---------------------------------------------------------------------------------------------------------------------
enum err spec_tokens_add(struct view *v, struct token_list *l, const struct product *p, struct slice applications) {
    struct spec_value values[SPEC_OF_PRODUCT_MAX];
    unsigned count;
    TRY(product_specs(v, l->arena, p, applications, values, &count));
    for (unsigned i = 0; i < count; i++) token_add(l, posting_spec(l->arena, (uint8_t)values[i].class, slice_str(values[i].text)));
    return ERR_OK;
}
