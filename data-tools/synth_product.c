#include "synth_product.h"

#include <stdio.h>

#include "index/number.h"

enum { PURPOSE_ATTRIBUTES = 10, PURPOSE_OE = 11 };
enum { OIL_PACKS = 2, OIL_GRADES = 3 };

static const struct synth_kind *kind_of(const struct synth_plan *p, const struct synth_product *product) { return &p->kinds[product->kind]; }

// ---- numbers ----------------------------------------------------------------------------------------------------------------
static unsigned permuted(uint32_t serial) { return 10000 + (unsigned)((uint64_t)serial * 48271 % 90000); } // one to one below 90,000

static void number_text(const struct synth_plan *p, const struct synth_product *product, const char *dash, struct buf *out) {
    const struct synth_kind *k = kind_of(p, product);
    unsigned lap = product->serial / 90000;
    if (k->spec->rule == RULE_TYRE) {
        const struct synth_tyre_size *size = &SYNTH_TYRE_SIZES[p->families.families[product->family].engine];
        buf_printf(out, "SMP%s%c%u%u%u%s%u", dash, "CTQSWA"[product->variant], size->width, size->aspect, size->rim, dash, permuted(product->serial));
    } else if (k->spec->rule == RULE_SERVICE) {
        buf_printf(out, "SMP%s%.*s%s%u", dash, SLICE_ARGS(k->fact->slug), dash, product->serial + 1);
    } else {
        buf_printf(out, "SMP%s%s%u", dash, k->spec->letters, permuted(product->serial));
    }
    if (lap) buf_printf(out, "%s%u", dash, lap);
}

void synth_product_number(const struct synth_plan *p, const struct synth_product *product, struct buf *out) {
    number_text(p, product, "-", out);
}

void synth_product_id(const struct synth_plan *p, const struct synth_product *product, struct buf *out) {
    char canonical[128], space[128];
    struct buf number = {.p = space, .capacity = sizeof space};
    number_text(p, product, "", &number);
    size_t n = number_canonical(buf_slice(&number), canonical, sizeof canonical);
    buf_slice_put(out, p->brand_ids[product->brand]);
    buf_char(out, '-');
    buf_put(out, canonical, n);
}

static void oe_write(unsigned style, struct rng *r, char number[SYNTH_NUMBER_BYTES]) {
    static const char LETTERS[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
    char a = LETTERS[rng_below(r, 23)], b = LETTERS[rng_below(r, 23)], c = LETTERS[rng_below(r, 23)];
    unsigned x = rng_below(r, 100000), y = rng_below(r, 100000), z = rng_below(r, 100);
    switch (style) {
    case 0: snprintf(number, SYNTH_NUMBER_BYTES, "SMP-%02u%c%03u%03u%c", z, a, x % 1000, y % 1000, b); break;
    case 1: snprintf(number, SYNTH_NUMBER_BYTES, "SMP-%05u-%c%c%c%c%u", x, a, b, c, a, y % 10); break;
    case 2: snprintf(number, SYNTH_NUMBER_BYTES, "SMP-%05u-%c%02u%c-%c%02u", x, a, z, b, c, y % 100); break;
    case 3: snprintf(number, SYNTH_NUMBER_BYTES, "SMP-%c%03u-%c%c%u", a, x % 1000, b, c, y % 1000); break;
    default: snprintf(number, SYNTH_NUMBER_BYTES, "SMP-%05u%05u", x, y); break;
    }
}

bool synth_product_oe(const struct synth_plan *p, const struct synth_product *product, char number[SYNTH_NUMBER_BYTES],
                      struct slice *maker) {
    enum { STYLES = 5 };
    enum synth_rule rule = kind_of(p, product)->spec->rule;
    if (rule != RULE_ENGINE && rule != RULE_PLATFORM) return false;
    const struct synth_family *f = &p->families.families[product->family];
    struct rng r = rng_of(p->seed, PURPOSE_OE, (uint64_t)product->family << 24 | (uint64_t)product->kind << 8 | product->position);
    *maker = p->world->models[p->families.members[f->first_member].model].make_name;
    oe_write(f->make % STYLES, &r, number);
    return true;
}

// ---- titles -----------------------------------------------------------------------------------------------------------------
static const struct { const char *slug, *name, *name_zh; } POSITIONS[] = {
    {"front", "Front", "前"}, {"rear", "Rear", "后"}, {"left", "Left", "左"}, {"right", "Right", "右"},
    {"front_left", "Front Left", "左前"}, {"front_right", "Front Right", "右前"}, {"rear_left", "Rear Left", "左后"},
    {"rear_right", "Rear Right", "右后"}, {"upper", "Upper", "上"}, {"lower", "Lower", "下"}, {"inner", "Inner", "内"},
    {"outer", "Outer", "外"}, {"upstream", "Upstream", "前级"}, {"downstream", "Downstream", "后级"}, {"intake", "Intake", "进气侧"},
    {"exhaust", "Exhaust", "排气侧"}, {"center", "Center", "中"},
};

static void position_put(const struct synth_kind *k, const struct synth_product *product, bool chinese, struct buf *out) {
    if (!product->position) return;
    struct slice slug = k->positions[product->position - 1];
    for (size_t i = 0; i < sizeof POSITIONS / sizeof *POSITIONS; i++)
        if (slice_is(slug, POSITIONS[i].slug)) buf_printf(out, chinese ? "%s" : "%s ", chinese ? POSITIONS[i].name_zh : POSITIONS[i].name);
}

static void tyre_title(const struct synth_plan *p, const struct synth_product *product, bool chinese, struct buf *out) {
    const struct synth_tyre_size *size = &SYNTH_TYRE_SIZES[p->families.families[product->family].engine];
    const struct synth_tyre_line *line = &SYNTH_TYRE_LINES[product->variant];
    const char *name = chinese ? line->name_zh : line->name;
    buf_printf(out, chinese ? "%s轮胎 %u/%uR%u" : "%s Tire %u/%uR%u", name, size->width, size->aspect, size->rim);
}

static const char *const OIL_GRADE_NAMES[OIL_GRADES] = {"Mineral", "Semi-Synthetic", "Full Synthetic"};
static const char *const OIL_GRADE_NAMES_ZH[OIL_GRADES] = {"矿物", "半合成", "全合成"};

unsigned synth_oil_litres(const struct synth_product *product) { return product->variant % OIL_PACKS ? 4 : 1; }

static void oil_title(const struct synth_plan *p, const struct synth_product *product, bool chinese, struct buf *out) {
    const char *viscosity = SYNTH_OILS[p->families.families[product->family].engine].viscosity;
    unsigned grade = product->variant / OIL_PACKS;
    buf_printf(out, chinese ? "%s机油 %s %uL" : "%s Engine Oil %s %uL", chinese ? OIL_GRADE_NAMES_ZH[grade] : OIL_GRADE_NAMES[grade], viscosity,
               synth_oil_litres(product));
}

// Goods of one type differ by something to tell them apart.
static const char *const STYLES[] = {"Classic", "Plus", "Pro", "Mini", "Max", "Premium", "Compact", "Sport", "Travel", "Home", "Eco", "Ultra"};
static const char *const STYLES_ZH[] = {"经典款", "升级款", "专业款", "迷你款", "大号", "豪华款", "便携款", "运动款", "旅行款", "家用款", "环保款", "旗舰款"};
enum { STYLE_COUNT = sizeof STYLES / sizeof *STYLES };
static const char *const SERVICE_LEVELS[] = {"Standard", "Plus", "Premium"}, *const SERVICE_LEVELS_ZH[] = {"标准", "升级", "尊享"};

static void goods_title(const struct synth_plan *p, const struct synth_product *product, bool chinese, struct buf *out) {
    const struct synth_kind *k = kind_of(p, product);
    struct slice name = chinese ? k->fact->name_zh : k->fact->name;
    bool service = k->spec->rule == RULE_SERVICE;
    unsigned i = service ? product->tier : product->serial % STYLE_COUNT;
    const char *style = service ? (chinese ? SERVICE_LEVELS_ZH : SERVICE_LEVELS)[i] : (chinese ? STYLES_ZH : STYLES)[i];
    if (chinese) buf_printf(out, "%.*s %s", SLICE_ARGS(name), style);
    else buf_printf(out, "%.*s, %s", SLICE_ARGS(name), style);
}

unsigned synth_product_pack(const struct synth_plan *p, const struct synth_product *product) {
    struct slice slug = kind_of(p, product)->fact->slug;
    if (slice_is(slug, "spark_plug")) return product->serial % 4 == 3 ? 4 : 1;
    bool bulb = slice_is(slug, "headlight_bulb") || slice_is(slug, "fog_lamp_bulb") || slice_is(slug, "signal_bulb");
    return bulb && product->serial % 3 ? 2 : 1;
}

static void pack_title(unsigned pack, bool chinese, struct buf *out) {
    if (pack > 1) buf_printf(out, chinese ? " %u只装" : ", %u-Pack", pack);
}

void synth_product_title(const struct synth_plan *p, const struct synth_product *product, bool chinese, struct buf *out) {
    const struct synth_kind *k = kind_of(p, product);
    const struct fact_brand *brand = &p->facts->brands[product->brand];
    enum synth_rule rule = k->spec->rule;
    buf_slice_put(out, chinese && brand->name_zh.n ? brand->name_zh : brand->name);
    buf_char(out, ' ');
    if (rule == RULE_TYRE) tyre_title(p, product, chinese, out);
    else if (rule == RULE_OIL) oil_title(p, product, chinese, out);
    else if (rule == RULE_UNIVERSAL || rule == RULE_SERVICE) goods_title(p, product, chinese, out);
    else {
        position_put(k, product, chinese, out);
        buf_slice_put(out, chinese ? k->fact->name_zh : k->fact->name);
        pack_title(synth_product_pack(p, product), chinese, out);
    }
    if (rule == RULE_SERVICE) return;
    buf_char(out, ' ');
    synth_product_number(p, product, out);
}

// ---- attributes ---------------------------------------------------------------------------------------------------------------
struct attributes {
    struct arena *arena;
    struct pair *list;
    unsigned count;
};

static void attribute(struct attributes *a, const char *name, struct slice value) {
    if (a->count < SYNTH_ATTRIBUTES_MAX && value.n) a->list[a->count++] = (struct pair){slice_str(name), value};
}
static void attribute_number(struct attributes *a, const char *name, unsigned value) {
    attribute(a, name, arena_printf(a->arena, "%u", value));
}
static void attribute_choice(struct attributes *a, const char *name, const char *const *choices, unsigned n, struct rng *r) {
    attribute(a, name, slice_str(choices[rng_below(r, n)]));
}
#define CHOICE(a, name, r, ...) \
    do { \
        static const char *const choices_[] = {__VA_ARGS__}; \
        attribute_choice(a, name, choices_, sizeof choices_ / sizeof *choices_, r); \
    } while (0)

static void tyre_attributes(const struct synth_plan *p, const struct synth_product *product, struct attributes *a, struct rng *r) {
    const struct synth_tyre_size *size = &SYNTH_TYRE_SIZES[p->families.families[product->family].engine];
    const struct synth_tyre_line *line = &SYNTH_TYRE_LINES[product->variant];
    attribute(a, "size", arena_printf(a->arena, "%u/%uR%u", size->width, size->aspect, size->rim));
    attribute_number(a, "width", size->width);
    attribute_number(a, "aspect", size->aspect);
    attribute_number(a, "rim", size->rim);
    attribute_number(a, "load", 80u + (size->width - 155u) / 4 + rng_below(r, 4));
    attribute(a, "speed", slice_str(strcmp(line->scene, "sport") == 0 ? "W" : strcmp(line->scene, "winter") == 0 ? "T" : "V"));
    attribute(a, "season", slice_str(line->season));
    attribute(a, "scene", slice_str(line->scene));
    attribute_number(a, "noise_db", line->noise_db - 1 + rng_below(r, 3));
    attribute(a, "wet_grip", slice_str(product->tier == TIER_GOOD ? "C" : rng_chance(r, 0.5) ? "A" : "B"));
    if (strcmp(line->scene, "winter") == 0) attribute(a, "snowflake", SLICE("yes"));
    attribute(a, "size_source", SLICE("estimated"));
}

static void oil_attributes(const struct synth_plan *p, const struct synth_product *product, struct attributes *a) {
    static const char *const GRADES[OIL_GRADES] = {"mineral", "semi_synthetic", "full_synthetic"};
    attribute(a, "viscosity", slice_str(SYNTH_OILS[p->families.families[product->family].engine].viscosity));
    attribute(a, "grade", slice_str(GRADES[product->variant / OIL_PACKS]));
    attribute_number(a, "litres", synth_oil_litres(product));
    attribute(a, "api", slice_str(product->tier == TIER_GOOD ? "SN" : "SP"));
    attribute(a, "viscosity_source", SLICE("estimated"));
}

// The case that takes about so many ampere hours, by its European and American name or its Japanese one, and the cold current.
static void battery_case(struct attributes *a, unsigned capacity_ah, struct rng *r) {
    static const struct { unsigned up_to_ah; const char *european, *group, *japanese; } cases[] = {
        {50, "L1", "140R", "46B24L"}, {62, "L2", "47", "55D23L"}, {75, "L3", "48", "80D26R"}, {85, "L4", "94R", "95D31L"}, {UINT32_MAX, "L5", "49", "115D31R"}};
    unsigned i = 0;
    while (capacity_ah > cases[i].up_to_ah) i++;
    attribute_number(a, "cca", (capacity_ah * 7 + 20 * rng_below(r, 8)) / 50 * 50);
    bool japanese = rng_below(r, 4) == 0;
    attribute(a, "case", slice_str(japanese ? cases[i].japanese : cases[i].european));
    if (!japanese) attribute(a, "group", slice_str(cases[i].group));
}

static void part_attributes(const struct synth_kind *k, struct attributes *a, struct rng *r) {
    struct slice slug = k->fact->slug, group = k->fact->group;
    if (slice_is(slug, "brake_pad")) CHOICE(a, "material", r, "ceramic", "semi-metallic", "low-metallic", "organic");
    else if (slice_is(slug, "cabin_filter")) CHOICE(a, "material", r, "particulate", "carbon", "carbon with PM2.5");
    else if (slice_is(slug, "spark_plug")) CHOICE(a, "material", r, "nickel", "platinum", "iridium", "double iridium");
    else if (slice_is(slug, "wiper_blade")) {
        CHOICE(a, "style", r, "beam", "conventional", "hybrid");
        attribute_number(a, "length_mm", 350 + 25 * rng_below(r, 14));
    } else if (slice_is(slug, "battery")) {
        unsigned capacity_ah = 45 + 5 * rng_below(r, 11);
        attribute_number(a, "capacity_ah", capacity_ah);
        CHOICE(a, "technology", r, "flooded", "EFB", "AGM");
        battery_case(a, capacity_ah, r);
    } else if (slice_is(slug, "brake_fluid")) {
        CHOICE(a, "brake_fluid", r, "DOT 3", "DOT 4", "DOT 4", "DOT 4 LV", "DOT 5.1");
        CHOICE(a, "volume_ml", r, "500", "1000");
    } else if (slice_is(slug, "headlight_bulb") || slice_is(slug, "fog_lamp_bulb")) {
        CHOICE(a, "base", r, "H1", "H4", "H7", "H11", "9005", "9006");
        CHOICE(a, "technology", r, "halogen", "LED", "xenon");
    } else if (slice_is(slug, "shock")) CHOICE(a, "technology", r, "gas", "oil", "adaptive");
    else if (slice_is(slug, "wheel")) attribute_number(a, "diameter_in", 15 + rng_below(r, 7));
    else if (slice_is(group, "filters")) CHOICE(a, "style", r, "spin-on", "cartridge", "panel");
    else if (slice_is(group, "accessories")) CHOICE(a, "colour", r, "black", "grey", "beige", "brown", "red");
    else attribute_number(a, "warranty_months", 12 * (1 + rng_below(r, 3)));
}

unsigned synth_product_attributes(const struct synth_plan *p, const struct synth_product *product, struct arena *arena,
                                  struct pair out[SYNTH_ATTRIBUTES_MAX]) {
    const struct synth_kind *k = kind_of(p, product);
    struct attributes a = {arena, out, 0};
    struct rng r = rng_of(p->seed, PURPOSE_ATTRIBUTES, (uint64_t)(product - p->products));
    attribute(&a, "source", SLICE("sample"));
    attribute(&a, "tier", slice_str(brand_tier_name((enum brand_tier)product->tier)));
    if (k->spec->rule == RULE_TYRE) tyre_attributes(p, product, &a, &r);
    else if (k->spec->rule == RULE_OIL) oil_attributes(p, product, &a);
    else if (k->spec->rule != RULE_SERVICE) part_attributes(k, &a, &r);
    return a.count;
}
