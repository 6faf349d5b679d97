#include "epa_rows.h"

#include <ctype.h>
#include <strings.h>

#include "index/base/limits.h"

static int first_column(const struct delimited *d, const char *one, const char *two) {
    int at = delimited_column(d, one);
    return at >= 0 ? at : delimited_column(d, two);
}

enum err epa_columns_read(const struct delimited *d, struct epa_columns *out, struct fault *why) {
    *out = (struct epa_columns){
        .year = delimited_column(d, "year"), .make = delimited_column(d, "make"), .model = delimited_column(d, "model"),
        .displacement = delimited_column(d, "displ"), .cylinders = first_column(d, "cylinders", "cyl"),
        .transmission = first_column(d, "trany", "trans"), .drive = delimited_column(d, "drive"),
            .fuel = first_column(d, "fuelType", "fuel"),
        .technology = delimited_column(d, "atvType"), .turbo = delimited_column(d, "tCharger"),
            .supercharger = delimited_column(d, "sCharger")};
    if (out->year < 0 || out->make < 0 || out->model < 0 || out->displacement < 0 || out->cylinders < 0 || out->transmission < 0 ||
        out->drive < 0)
        return fault_set(why, ERR_BAD_REQUEST, "", "EPA's file needs the columns year, make, model, displ, cylinders, trany and drive");
    return ERR_OK;
}

static bool contains(struct slice text, const char *word) {
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++)
        if (strncasecmp(text.p + i, word, n) == 0) return true;
    return false;
}

// ---- fuel -----------------------------------------------------------------------------------------------------------------------
static uint8_t fuels_of(struct slice fuel, struct slice technology) {
    uint8_t gas = contains(technology, "hybrid") ? EPA_HYBRID : EPA_GASOLINE;
    if (contains(technology, "plug-in")) return EPA_PHEV;
    if (contains(fuel, "E85")) return EPA_FLEX;
    if (contains(fuel, "natural gas")) return EPA_GASOLINE | EPA_CNG;
    if (contains(fuel, "propane")) return EPA_GASOLINE | EPA_LPG;
    if (contains(fuel, "diesel")) return EPA_DIESEL;
    if (contains(fuel, "CNG")) return EPA_CNG;
    bool electric = contains(fuel, "electricity"), liquid = contains(fuel, "regular") || contains(fuel, "premium") ||
        contains(fuel, "midgrade") ||
                                                            contains(fuel, "gasoline");
    if (electric) return liquid ? EPA_PHEV : EPA_ELECTRIC;
    return liquid ? gas : 0;
}

bool epa_fuel_matches(uint8_t fuels, struct slice fuel) {
    static const struct { const char *fuel; uint8_t bits; } OURS[] = {
        {"gasoline", EPA_GASOLINE | EPA_FLEX}, {"flex", EPA_FLEX}, {"ethanol", EPA_FLEX}, {"diesel", EPA_DIESEL}, {"hybrid", EPA_HYBRID},
        {"mild_hybrid", EPA_HYBRID | EPA_GASOLINE}, {"phev", EPA_PHEV}, {"erev", EPA_PHEV}, {"electric", EPA_ELECTRIC}, {"cng", EPA_CNG},
            {"lpg", EPA_LPG},
    };
    if (fuel.n == 0 || fuels == 0) return true;
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
        if (slice_is(fuel, OURS[i].fuel)) return fuels & OURS[i].bits;
    return false;
}

// ---- driven wheels ----------------------------------------------------------------------------------------------------------------
static void drives_set(struct epa_row *row, const char *one, const char *two) {
    row->drive_count = two ? 2 : 1;
    row->drives[0] = one;
    row->drives[1] = two;
}

static void drive_read(struct slice text, struct epa_row *row) {
    row->drive_count = 0;
    if (contains(text, "front-wheel")) drives_set(row, "fwd", NULL);
    else if (contains(text, "rear-wheel")) drives_set(row, "rwd", NULL);
    else if (contains(text, "4-wheel or all-wheel")) drives_set(row, "4wd", "awd");
    else if (contains(text, "all-wheel")) drives_set(row, "awd", NULL);
    else if (contains(text, "4-wheel")) drives_set(row, "4wd", NULL);
    else if (contains(text, "2-wheel")) drives_set(row, "fwd", "rwd");
}

// ---- gearboxes ----------------------------------------------------------------------------------------------------------------------
static unsigned gears_of(struct slice text) {
    unsigned gears = 0;
    size_t i = 0;
    while (i < text.n && !isdigit((unsigned char)text.p[i])) i++;
    for (; i < text.n && isdigit((unsigned char)text.p[i]) && gears < 100; i++) gears = gears * 10 + (unsigned)(text.p[i] - '0');
    return gears;
}

static void transmission_read(struct slice text, struct epa_row *row) {
    static const char *const MANUAL[] = {"MT3", "MT4", "MT5", "MT6", "MT7"}; // what attributes.tsv lists
    static const char *const AUTOMATIC[] = {"AT3", "AT4", "AT5", "AT6", "AT7", "AT8", "AT9", "AT10"};
    static const char *const AUTOMATED[][2] = {{"DCT5", "AMT5"}, {"DCT6", "AMT6"}};
    unsigned gears = gears_of(text), n = 0;
    if (contains(text, "variable") || contains(text, "AV")) {
        if (!(row->fuels & (EPA_HYBRID | EPA_PHEV))) row->transmissions[n++] = "CVT"; // a hybrid's may be an electric one
    } else if (contains(text, "(AM") || contains(text, "AM-")) { // automated manual: one clutch or two, EPA does not say
        if (gears == 5 || gears == 6) row->transmissions[n++] = AUTOMATED[gears - 5][0], row->transmissions[n++] = AUTOMATED[gears - 5][1];
    } else if (contains(text, "manual")) {
        if (gears >= 3 && gears <= 7) row->transmissions[n++] = MANUAL[gears - 3];
    } else if (contains(text, "auto")) {
        if (gears >= 3 && gears <= 10) row->transmissions[n++] = AUTOMATIC[gears - 3];
        if (gears == 1 && row->fuels == EPA_ELECTRIC) row->transmissions[n++] = "EV1";
    }
    row->transmission_count = n;
}

// ---- models -------------------------------------------------------------------------------------------------------------------------
bool epa_suffix(struct slice word, struct epa_row *row) {
    static const char *const DRIVES[][3] = {
        {"AWD", "awd", NULL}, {"xDrive", "awd", NULL}, {"quattro", "awd", NULL}, {"4matic", "awd", NULL}, {"4motion", "awd", NULL},
        {"4WD", "4wd", "awd"}, {"4x4", "4wd", "awd"}, {"FWD", "fwd", NULL}, {"RWD", "rwd", NULL}, {"2WD", "fwd", "rwd"},
    };
    static const char *const BODIES[] = {"Convertible", "Cabriolet", "Roadster", "Wagon", "Coupe", "Sedan", "Hatchback", "Pickup", "Truck",
        "Van", "FFV"};
    for (size_t i = 0; i < sizeof DRIVES / sizeof *DRIVES; i++) {
        if (word.n != strlen(DRIVES[i][0]) || strncasecmp(word.p, DRIVES[i][0], word.n) != 0) continue;
        if (row->drive_count == 0 || (row->drive_count == 2 && !DRIVES[i][2])) drives_set(row, DRIVES[i][1], DRIVES[i][2]);
        return true;
    }
    if (word.n == 6 && strncasecmp(word.p, "hybrid", 6) == 0) {
        if (row->fuels == EPA_GASOLINE) row->fuels = EPA_HYBRID;
        return true;
    }
    for (size_t i = 0; i < sizeof BODIES / sizeof *BODIES; i++)
        if (word.n == strlen(BODIES[i]) && strncasecmp(word.p, BODIES[i], word.n) == 0) return true;
    return false;
}

bool epa_row_read(struct arena *a, const struct delimited *d, const struct epa_columns *c, struct epa_row *out) {
    uint64_t year, cylinders = 0;
    double litres;
    *out = (struct epa_row){.make = delimited_cell(d, c->make), .model = delimited_cell(d, c->model)};
    if (!slice_u64(delimited_cell(d, c->year), &year) || year < LIMIT_YEAR_MIN || year > LIMIT_YEAR_MAX || !out->make.n || !out->model.n)
        return false;
    (void)slice_u64(delimited_cell(d, c->cylinders), &cylinders);
    out->year = (unsigned)year;
    out->cylinders = cylinders <= 16 ? (unsigned)cylinders : 0;
    if (slice_f64(delimited_cell(d, c->displacement), &litres) && litres > 0.05 && litres < 50)
        out->displacement = arena_printf(a, "%.1f", (double)(int64_t)(litres * 10 + 0.5 + 1e-9) / 10);
    out->fuels = fuels_of(delimited_cell(d, c->fuel), delimited_cell(d, c->technology));
    if (out->fuels == EPA_GASOLINE && contains(out->model, "hybrid")) out->fuels = EPA_HYBRID;
    out->turbo = delimited_cell(d, c->turbo).n > 0;
    out->supercharged = delimited_cell(d, c->supercharger).n > 0;
    drive_read(delimited_cell(d, c->drive), out);
    transmission_read(delimited_cell(d, c->transmission), out);
    return true;
}
