#include "vpic_values.h"

#include <stdlib.h>

void vpic_values_init(struct vpic_values *v) {
    *v = (struct vpic_values){0};
    interner_init(&v->engines);
    interner_init(&v->trims);
    interner_init(&v->series);
    interner_init(&v->engine_names);
}

void vpic_values_destroy(struct vpic_values *v) {
    interner_destroy(&v->engines);
    interner_destroy(&v->trims);
    interner_destroy(&v->series);
    interner_destroy(&v->engine_names);
    free(v->engine_facts);
}

int vpic_field_of_element(int element) {
    static const struct { int element, field;
    } fields[] = {
        {28, VPIC_MODEL}, {5, VPIC_BODY},      {24, VPIC_FUEL},   {66, VPIC_FUEL2},  {13, VPIC_LITRES},
        {11, VPIC_CC},    {9, VPIC_CYLINDERS}, {18, VPIC_ENGINE}, {135, VPIC_TURBO}, {129, VPIC_HINT},
        {15, VPIC_DRIVE}, {38, VPIC_TRIM},     {34, VPIC_SERIES},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].element == element) return fields[i].field;
    return -1;
}

// ---- vPIC's look-up tables ------------------------------------------------------------------------------------------
struct lookup { int from; uint8_t to; };
static const struct lookup bodies[] = {
    // BodyStyle
    {1, BODY_CONVERTIBLE}, {2, BODY_MPV},      {3, BODY_COUPE},        {5, BODY_HATCHBACK}, {7, BODY_SUV},
    {8, BODY_SUV},         {9, BODY_VAN},      {10, BODY_CONVERTIBLE}, {13, BODY_SEDAN},    {15, BODY_WAGON},
    {60, BODY_PICKUP},     {95, BODY_VAN},     {117, BODY_LIMOUSINE},  {119, BODY_PICKUP},  {62, BODY_CHASSIS},
    {63, BODY_CHASSIS},    {70, BODY_CHASSIS}, {74, BODY_CHASSIS},     {16, BODY_HEAVY},    {73, BODY_HEAVY},
    {128, BODY_HEAVY},     {130, BODY_HEAVY},  {65, BODY_HEAVY},       {107, BODY_HEAVY},   {72, BODY_HEAVY},
    {112, BODY_HEAVY},     {64, BODY_HEAVY},   {76, BODY_HEAVY},       {78, BODY_HEAVY},    {71, BODY_HEAVY},
    {77, BODY_HEAVY},      {67, BODY_HEAVY},   {116, BODY_HEAVY},      {75, BODY_HEAVY},    {4, BODY_HEAVY},
    {108, BODY_HEAVY},     {111, BODY_HEAVY},  {129, BODY_HEAVY},      {68, BODY_HEAVY},    {61, BODY_HEAVY},
    {66, BODY_HEAVY},      {127, BODY_HEAVY},
};
static const struct lookup fuels[] = {
    // FuelType
    {1, FUEL_DIESEL},    {2, FUEL_ELECTRIC}, {4, FUEL_GASOLINE}, {6, FUEL_CNG},      {7, FUEL_CNG},
    {8, FUEL_FCEV},      {9, FUEL_LPG},      {10, FUEL_ETHANOL}, {11, FUEL_ETHANOL}, {13, FUEL_METHANOL},
    {14, FUEL_METHANOL}, {15, FUEL_FLEX},    {17, FUEL_CNG},     {18, FUEL_FCEV},
};
static const struct lookup drives[] = { // DriveType
    {1, DRIVE_FWD}, {2, DRIVE_4WD}, {3, DRIVE_AWD}, {4, DRIVE_RWD}, {7, DRIVE_2WD},
};
#define LOOKUP(table, text) look_up(table, sizeof table / sizeof *table, text)

static uint16_t look_up(const struct lookup *table, size_t count, struct slice text) {
    uint64_t id;
    if (!slice_u64(slice_trim(text), &id)) return 0;
    for (size_t i = 0; i < count; i++)
        if ((uint64_t)table[i].from == id) return table[i].to;
    return 0;
}

// ---- numbers --------------------------------------------------------------------------------------------------------
static uint16_t tenths_of_litre(struct slice text, double per_litre) {
    double number, most = 30;
    if (!slice_f64(slice_trim(text), &number)) return 0;
    number /= per_litre;
    return number >= 0.1 && number < most ? (uint16_t)(number * 10 + 0.5 + 1e-9) : 0;
}

static uint16_t cylinders(struct slice text) {
    uint64_t count, most = 18;
    return slice_u64(slice_trim(text), &count) && count <= most ? (uint16_t)count : 0;
}

// ---- words in free text ---------------------------------------------------------------------------------------------
static bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static size_t lower(struct slice text, char *out, size_t size) {
    size_t n = text.n < size - 1 ? text.n : size - 1;
    for (size_t i = 0; i < n; i++) out[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] | 0x20) : text.p[i];
    out[n] = 0;
    return n;
}

static bool has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word))
        if ((p == text || !letter_or_digit(p[-1])) && !letter_or_digit(p[n])) return true;
    return false;
}

unsigned vpic_text_hints(struct slice text) {
    static const struct { const char *word; unsigned hint;
    } words[] = {
        {"turbo", HINT_TURBO},
        {"turbocharged", HINT_TURBO},
        {"turbocharger", HINT_TURBO},
        {"biturbo", HINT_TURBO},
        {"tc", HINT_TURBO},
        {"ecoboost", HINT_TURBO},
        {"gtdi", HINT_TURBO},
        {"tsi", HINT_TURBO},
        {"tfsi", HINT_TURBO},
        {"tdi", HINT_TURBO},
        {"turbodiesel", HINT_TURBO},
        {"supercharged", HINT_SUPER},
        {"supercharger", HINT_SUPER},
        {"s/c", HINT_SUPER},
        {"kompressor", HINT_SUPER},
        {"hybrid", HINT_HYBRID},
        {"phev", HINT_PLUG_IN},
        {"plug-in", HINT_PLUG_IN},
        {"plugin", HINT_PLUG_IN},
        {"plug in", HINT_PLUG_IN},
        {"energi", HINT_PLUG_IN},
        {"4xe", HINT_PLUG_IN},
        {"prime", HINT_PLUG_IN},
        {"recharge", HINT_PLUG_IN},
        {"mild", HINT_MILD},
        {"mhev", HINT_MILD},
        {"etorque", HINT_MILD},
        {"awd", HINT_AWD},
        {"xdrive", HINT_AWD},
        {"quattro", HINT_AWD},
        {"4matic", HINT_AWD},
        {"4motion", HINT_AWD},
        {"4wd", HINT_4WD},
        {"4x4", HINT_4WD},
        {"fwd", HINT_FWD},
        {"rwd", HINT_RWD},
        {"sdrive", HINT_2WD},
        {"2wd", HINT_2WD},
        {"4x2", HINT_2WD},
    };
    char low[256];
    unsigned hints = 0;
    lower(text, low, sizeof low);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has_word(low, words[i].word)) hints |= words[i].hint;
    return hints;
}

// ---- texts ----------------------------------------------------------------------------------------------------------
static uint16_t interned(struct interner *in, struct slice text) {
    uint32_t id = text.n == 0 || in->count >= UINT16_MAX - 1 ? INTERNER_FULL : interner_id(in, text);
    return id == INTERNER_FULL ? 0 : (uint16_t)(id + 1);
}

// White space made one blank; upper-case words of more than four letters become capitalised ("TOURING" -> "Touring"),
// so that two spellings of one trim do not become two trims.
static struct slice tidy(struct slice text, char *out, size_t size) {
    size_t n = 0, word = 0;
    bool shouting = true;
    text = slice_trim(text);
    for (size_t i = 0; i <= text.n && n + 1 < size; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter) {
            for (size_t k = word + 1; shouting && n - word > 4 && k < n; k++) out[k] = (char)(out[k] | 0x20);
            shouting = true;
            word = n + 1;
        } else if (c >= 'a') {
            shouting = false;
        }
        if ((uint8_t)c <= ' ' && (n == 0 || out[n - 1] == ' ')) {
            word = n;
            continue;
        }
        out[n++] = (uint8_t)c <= ' ' ? ' ' : c;
    }
    return slice_trim(slice_of(out, n));
}

// "L/LE/SE/XLE" is four trims; "R/T" and "S/C" are one each.
static unsigned trim_values(struct vpic_values *v, struct slice text, uint16_t out[VPIC_TRIMS_MAX]) {
    char spelled[128];
    unsigned count = 0;
    struct slice rest = text.n <= 3 ? SLICE_NONE : text;
    if (rest.p == NULL) out[count++] = interned(&v->trims, tidy(text, spelled, sizeof spelled));
    while (rest.p != NULL) {
        size_t at = 0;
        while (at < rest.n && rest.p[at] != '/' && rest.p[at] != ',' && rest.p[at] != ';') at++;
        struct slice piece = tidy(slice_of(rest.p, at), spelled, sizeof spelled);
        rest = at < rest.n ? slice_from(rest, at + 1) : SLICE_NONE;
        if (piece.n == 0) continue;
        if (count == VPIC_TRIMS_MAX) return 0;
        out[count++] = interned(&v->trims, piece);
    }
    return count;
}

// A code has letters and digits and no decimal point; "4-Valve" and "2BBL" describe, they do not name.
static bool is_engine_code(struct slice text) {
    bool letters = false, digits = false;
    char low[32];
    if (text.n < 3 || text.n > 16) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        letters |= (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        digits |= c >= '0' && c <= '9';
        if (c == '.' || c == '/') return false;
    }
    lower(text, low, sizeof low);
    return letters && digits && strstr(low, "val") == NULL && strstr(low, "bbl") == NULL && strstr(low, "cyl") == NULL;
}

struct slice vpic_engine_code(struct slice name) {
    size_t n = 0;
    name = slice_trim(name);
    while (n < name.n && strchr(" ,;(", name.p[n]) == NULL) n++;
    struct slice first = slice_of(name.p, n);
    bool general_motors = n == 3 && slice_starts(slice_from(name, n), SLICE(" - ")); // "LFX - SIDI, VVT, E85 MAX"
    return is_engine_code(first) || general_motors ? first : SLICE_NONE;
}

// The engine's value carries both its code and what its name implies, so one that is no code is kept when it implies
// something.
static uint16_t engine_value(struct vpic_values *v, struct slice text) {
    char low[64];
    size_t n = lower(text, low, sizeof low);
    bool known = interner_find(&v->engine_names, slice_of(low, n)) != INTERNER_FULL;
    return vpic_engine_code(text).n > 0 || known || vpic_text_hints(text) != 0 ? interned(&v->engines, text) : 0;
}

unsigned vpic_field_values(struct vpic_values *v, enum vpic_field field, struct slice text,
                           uint16_t out[VPIC_TRIMS_MAX]) {
    char spelled[128];
    uint64_t id;
    text = slice_trim(text);
    out[0] = 0;
    switch (field) {
    case VPIC_MODEL: return 1;
    case VPIC_BODY: out[0] = LOOKUP(bodies, text); break;
    case VPIC_FUEL:
    case VPIC_FUEL2: out[0] = LOOKUP(fuels, text); break;
    case VPIC_DRIVE: out[0] = LOOKUP(drives, text); break;
    case VPIC_LITRES: out[0] = tenths_of_litre(text, 1); break;
    case VPIC_CC: out[0] = tenths_of_litre(text, 1000); break;
    case VPIC_CYLINDERS: out[0] = cylinders(text); break;
    case VPIC_TURBO: out[0] = slice_u64(text, &id) && id == 1 ? ASPIRATION_TURBO : ASPIRATION_NA; break;
    case VPIC_HINT: out[0] = (uint16_t)vpic_text_hints(text); return 1; // text without a hint rules out text with one
    case VPIC_ENGINE: out[0] = engine_value(v, text); break;
    case VPIC_SERIES: out[0] = interned(&v->series, tidy(text, spelled, sizeof spelled)); break;
    case VPIC_TRIM: return trim_values(v, text, out);
    case VPIC_FIELDS: break;
    }
    return out[0] != 0;
}
