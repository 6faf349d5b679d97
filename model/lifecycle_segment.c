// lifecycle_segment.c: what kind of driver somebody is: signals from their cars and from what they look at, and the table of
// what each signal says.
#include <stdio.h>

#include "index/columns.h"
#include "index/knowledge.h"
#include "index/names.h"
#include "index/vocabulary.h"
#include "lifecycle.h"

#define YEAR_MS (31556952 * INT64_C(1000))

enum signal {
    LUXURY_MAKE, PREMIUM_MAKE, SPORTY_BODY, ELECTRIC, PICKUP, OFF_ROADER, MICRO_CAR, FAMILY_CAR, COMPACT, MID_SIZE,
    NEW_CAR, OLD_CAR, HIGH_MILEAGE,                                                                     // from the garage
    OUTDOOR_GOODS, TECH_GOODS, STYLE_GOODS, FAMILY_GOODS, MAINTENANCE, BEST_BRANDS, MIDDLE_BRANDS, CHEAP_BRANDS, // from events
    SIGNALS
};

static const struct segment_rule {
    const char *segment;
    enum signal signal;
    unsigned points;
    const char *why, *why_zh;
} rules[] = {
    {"pioneer", SPORTY_BODY, 3, "a coupe or convertible", "双门或敞篷车"},
    {"pioneer", ELECTRIC, 2, "an electric car", "新能源车"},
    {"pioneer", TECH_GOODS, 3, "looks for electronics and tuning", "关注车载电子与改装"},
    {"outdoor", PICKUP, 3, "a pickup", "皮卡"},
    {"outdoor", OFF_ROADER, 2, "an SUV with four-wheel drive", "四驱SUV"},
    {"outdoor", OUTDOOR_GOODS, 3, "looks for outdoor gear", "关注户外装备"},
    {"mini-commuter", MICRO_CAR, 4, "a micro car", "微型车"},
    {"luxury", LUXURY_MAKE, 5, "a luxury make", "超豪华品牌"},
    {"luxury", PREMIUM_MAKE, 2, "a premium make", "豪华品牌"},
    {"luxury", BEST_BRANDS, 2, "prefers the best brands", "偏好顶级品牌"},
    {"rising-middle", PREMIUM_MAKE, 3, "a premium make", "豪华品牌"},
    {"rising-middle", MID_SIZE, 2, "a mid-size car", "中型车"},
    {"rising-middle", MIDDLE_BRANDS, 1, "balances brand and price", "兼顾品牌与价格"},
    {"refined-entry", COMPACT, 1, "a compact car", "紧凑型车"},
    {"refined-entry", NEW_CAR, 1, "a car of the last four years", "四年内新车"},
    {"refined-entry", STYLE_GOODS, 3, "looks for styling and interior", "关注内饰与外观"},
    {"thrifty-family", FAMILY_CAR, 3, "a family car", "家用MPV或七座车"},
    {"thrifty-family", FAMILY_GOODS, 2, "looks for packages and child safety", "关注套餐与儿童安全"},
    {"thrifty-family", CHEAP_BRANDS, 1, "buys with an eye on the price", "看重价格"},
    {"practical-commuter", COMPACT, 1, "a compact car", "紧凑型车"},
    {"practical-commuter", OLD_CAR, 2, "a car of eight years or more", "车龄八年以上"},
    {"practical-commuter", HIGH_MILEAGE, 2, "over 120,000 km", "里程超过12万公里"},
    {"practical-commuter", MAINTENANCE, 1, "looks for maintenance parts", "关注保养件"},
};

#define LUXURY "|porsche|bentley|rolls-royce|ferrari|lamborghini|maserati|maybach|aston-martin|mclaren|bugatti|land-rover|yangwang|maextro|"
#define PREMIUM "|audi|bmw|mercedes-benz|lexus|volvo|cadillac|infiniti|acura|lincoln|genesis|jaguar|alfa-romeo|tesla|li-auto|nio|" \
                "zeekr|avatr|aito|denza|hongqi|polestar|lucid|"
#define OUTDOOR "|roof_rack|roof_box|roof_tent|bike_rack|car_fridge|winch|led_light_bar|side_step|tow_hitch|snow_chain|bed_cover|"
#define TECH "|dash_cam|head_unit|obd_scanner|reverse_camera|car_speaker|spoiler|turbocharger|intercooler|wheel_spacer|charging_cable|"
#define STYLE "|floor_mat|seat_cover|steering_cover|air_freshener|paint_film|window_tint|car_pillow|key_cover|film_install|detailing|"
#define FAMILY "|child_seat|emergency_kit|storage_box|sun_shade|road_trip_package|minor_service|major_service|"
#define UPKEEP "|filters|fluids|brakes|wipers_lighting|ignition|services|" // groups

static bool listed(const char *list, struct slice word) {
    char key[64];
    int n = snprintf(key, sizeof key, "|%.*s|", SLICE_ARGS(word));
    return word.n > 0 && n < (int)sizeof key && strstr(list, key) != NULL;
}

// ---- from the garage ----------------------------------------------------------------------------------------------------------

// The value of an attribute in the first possible configuration that knows it.
static struct slice value_of(struct view *v, const struct knowledge_vehicle *kv, struct slice name) {
    uint32_t attr;
    if (names_find(v->snapshot, NAMES_ATTRIBUTE, name, &attr) != ERR_OK) return SLICE_NONE;
    const uint16_t *column = knowledge_column(kv, (uint8_t)attr);
    for (unsigned i = 0; column && i < kv->vehicle->count; i++)
        if (column[i] && bits_get(kv->possible, i)) return names_text(v, NAMES_VALUE + attr, column[i]);
    return SLICE_NONE;
}

static double number_of(struct view *v, const struct knowledge_vehicle *kv, struct slice name) {
    double number = 0;
    (void)slice_f64(value_of(v, kv, name), &number);
    return number;
}

static void signals_of_body(struct view *v, const struct knowledge_vehicle *kv, bool *on) {
    struct slice body = value_of(v, kv, SLICE("body")), fuel = value_of(v, kv, SLICE("fuel")), drive = value_of(v, kv, SLICE("drive"));
    double litres = number_of(v, kv, SLICE("displacement"));
    bool suv = slice_is(body, "suv"), family = listed("|mpv|wagon|", body) || number_of(v, kv, SLICE("seats")) >= 7;
    bool plain = !suv && !family;
    on[SPORTY_BODY] |= listed("|coupe|convertible|", body);
    on[ELECTRIC] |= listed("|electric|phev|erev|fcev|", fuel);
    on[PICKUP] |= slice_is(body, "pickup");
    on[OFF_ROADER] |= suv && listed("|4wd|awd|", drive);
    on[MICRO_CAR] |= slice_is(body, "microcar") || (litres > 0 && litres <= 1.0 && plain);
    on[FAMILY_CAR] |= family;
    on[COMPACT] |= plain && litres > 1.0 && litres <= 1.6;
    on[MID_SIZE] |= !family && litres >= 1.8 && litres <= 3.0;
}

static enum err signals_of_car(struct view *v, const struct garage_entry *car, int64_t now_ms, bool *on) {
    struct knowledge k;
    enum err e = knowledge_parse(v, car->vehicle, car->attrs, SLICE_NONE, &k, NULL);
    if (e == ERR_BAD_REQUEST) return ERR_OK; // the data has changed since
    TRY(e);
    for (unsigned i = 0; i < k.vehicle_count; i++) {
        const struct vehicle *vehicle = k.vehicles[i].vehicle;
        struct slice make = names_text(v, NAMES_MAKE, vehicle->make);
        int64_t age = 1970 + now_ms / YEAR_MS - vehicle->year;
        on[LUXURY_MAKE] |= listed(LUXURY, make);
        on[PREMIUM_MAKE] |= listed(PREMIUM, make);
        on[NEW_CAR] |= age <= 4;
        on[OLD_CAR] |= age >= 8;
        signals_of_body(v, &k.vehicles[i], on);
    }
    on[HIGH_MILEAGE] |= car->odometer_km >= 120000;
    return ERR_OK;
}

// ---- from events --------------------------------------------------------------------------------------------------------------

struct brand_tiers { unsigned best, better, good; };

static void signals_of_product(struct view *v, uint32_t product, bool *on, struct brand_tiers *tiers) {
    const struct product_facts *facts = columns_facts(v, product);
    struct type_info type;
    struct brand_info brand;
    if (type_load(v, facts->type, &type) == ERR_OK) {
        on[OUTDOOR_GOODS] |= listed(OUTDOOR, type.slug);
        on[TECH_GOODS] |= listed(TECH, type.slug);
        on[STYLE_GOODS] |= listed(STYLE, type.slug);
        on[FAMILY_GOODS] |= listed(FAMILY, type.slug);
        on[MAINTENANCE] |= listed(UPKEEP, type.group);
    }
    if (brand_load(v, facts->brand, &brand) != ERR_OK) return;
    tiers->best += slice_is(brand.tier, "best");
    tiers->better += slice_is(brand.tier, "better");
    tiers->good += slice_is(brand.tier, "good");
}

static void signals_of_events(struct view *v, const struct event *events, unsigned count, bool *on) {
    struct brand_tiers tiers = {0, 0, 0};
    for (unsigned i = 0; i < count; i++) {
        enum event_type type = events[i].type;
        bool wanted = type == EVENT_CLICK || type == EVENT_CART || type == EVENT_ACCEPT || lifecycle_bought(type);
        if (wanted && events[i].product) signals_of_product(v, events[i].product, on, &tiers);
    }
    unsigned all = tiers.best + tiers.better + tiers.good;
    if (all < 3) return; // too few to speak of a preference
    on[BEST_BRANDS] |= tiers.best * 2 > all;
    on[MIDDLE_BRANDS] |= tiers.better * 2 > all;
    on[CHEAP_BRANDS] |= tiers.good * 2 > all;
}

// ---- the choice ---------------------------------------------------------------------------------------------------------------

static unsigned points_of(const char *segment, const bool *on) {
    unsigned points = 0;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (on[rules[i].signal] && strcmp(rules[i].segment, segment) == 0) points += rules[i].points;
    return points;
}

static struct slice why_of(struct view *v, const char *segment, const bool *on, bool chinese) {
    struct buf out;
    buf_init(&out, v->arena, 128);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!on[rules[i].signal] || strcmp(rules[i].segment, segment) != 0) continue;
        if (out.n) buf_slice_put(&out, chinese ? SLICE("；") : SLICE("; "));
        buf_slice_put(&out, slice_str(chinese ? rules[i].why_zh : rules[i].why));
    }
    return buf_slice(&out);
}

enum err lifecycle_segment(struct view *v, const struct user *user, const struct event *events, unsigned count, bool chinese,
                           struct lifecycle *out) {
    bool on[SIGNALS] = {false};
    for (unsigned i = 0; i < user->garage_count; i++)
        TRY(signals_of_car(v, &user->garage[i], clock_unix_ms(v->clock), on));
    signals_of_events(v, events, count, on);
    const char *best = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        unsigned points = points_of(rules[i].segment, on);
        if (points <= most) continue;
        most = points;
        best = rules[i].segment;
    }
    if (!best) return ERR_OK;
    out->segment = slice_str(best);
    out->segment_why = why_of(v, best, on, chinese);
    return ERR_OK;
}
