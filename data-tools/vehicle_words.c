#include "vehicle_words.h"

#include <ctype.h>
#include <math.h>

#include "index/base/limits.h"
#include "index/text.h"

enum { TOKENS_MAX = 64 };

static bool has(const struct vehicle_words *w, const char *name) {
    for (unsigned i = 0; i < w->count; i++)
        if (slice_is(w->pairs[i].name, name)) return true;
    return false;
}

static struct slice value_of(const struct vehicle_words *w, const char *name) {
    for (unsigned i = 0; i < w->count; i++)
        if (slice_is(w->pairs[i].name, name)) return w->pairs[i].value;
    return SLICE_NONE;
}

static bool add(struct vehicle_words *w, const char *name, struct slice value) {
    if (w->count == VEHICLE_WORDS_MAX || value.p == NULL) return false;
    w->pairs[w->count++] = (struct pair){slice_str(name), value};
    return true;
}

// One value only: the same again is fine, another one is a contradiction nobody may resolve but the customer.
static bool say(struct vehicle_words *w, const char *name, struct slice value) {
    return has(w, name) ? slice_eq(value_of(w, name), value) : add(w, name, value);
}

static bool say_number(struct arena *a, struct vehicle_words *w, const char *name, unsigned value) {
    return say(w, name, arena_printf(a, "%u", value));
}

// ---- tokens -------------------------------------------------------------------------------------------------------------------
struct tokens { struct slice folded[TOKENS_MAX], given[TOKENS_MAX]; unsigned count; bool too_many; };

static enum err tokens_read(struct arena *a, struct slice text, struct tokens *t) {
    t->count = 0;
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        while (at < text.n && !strchr(" \t\r\n,;()", text.p[at])) at++;
        struct slice token = slice_of(text.p + from, at - from);
        while (at < text.n && strchr(" \t\r\n,;()", text.p[at])) at++;
        if (token.n == 0) continue;
        t->too_many = t->count == TOKENS_MAX;
        if (t->too_many) return ERR_OK;
        t->given[t->count] = token;
        TRY(text_fold(a, token, &t->folded[t->count]));
        if (t->folded[t->count].n == 0) t->folded[t->count] = token;
        t->count++;
    }
    return ERR_OK;
}

static enum err unknown_add(struct arena *a, struct vehicle_words *w, struct slice token) {
    w->unknown = w->unknown.n ? arena_printf(a, "%.*s %.*s", SLICE_ARGS(w->unknown), SLICE_ARGS(token)) : arena_copy(a, token);
    return w->unknown.p ? ERR_OK : ERR_NO_MEMORY;
}

// "1395cc" -> 1395 and "cc"; false when it does not begin with a digit.
static bool number_split(struct slice token, double *number, struct slice *rest) {
    size_t n = 0;
    while (n < token.n && (isdigit((unsigned char)token.p[n]) || token.p[n] == '.')) n++;
    struct slice digits = slice_of(token.p, n);
    *rest = slice_from(token, n);
    if (slice_ends(digits, SLICE("."))) digits.n--;
    return n > 0 && slice_f64(digits, number);
}

static bool one_of(struct slice token, const char *const *list) {
    for (; *list; list++)
        if (slice_is(token, *list)) return true;
    return false;
}

// ---- engines ------------------------------------------------------------------------------------------------------------------
static bool say_litres(struct arena *a, struct vehicle_words *w, double litres) {
    double known;
    if (!(litres >= 0.3 && litres < 30)) return false;
    if (!has(w, "displacement")) return add(w, "displacement", arena_printf(a, "%.1f", floor(litres * 10 + 0.5 + 1e-9) / 10));
    return slice_f64(value_of(w, "displacement"), &known) && fabs(known - litres) < 0.11; // 1395 cc are sold as 1.4 litres
}

static bool say_aspiration(struct vehicle_words *w, const char *value) {
    struct slice old = value_of(w, "aspiration");
    bool both = (slice_is(old, "turbo") && strcmp(value, "supercharged") == 0) ||
        (slice_is(old, "supercharged") && strcmp(value, "turbo") == 0);
    for (unsigned i = 0; both && i < w->count; i++)
        if (slice_is(w->pairs[i].name, "aspiration")) w->pairs[i].value = SLICE("twin_charged");
    return both || say(w, "aspiration", slice_str(value));
}

// A hybrid burns petrol too: the narrower word wins.
static bool say_fuel(struct vehicle_words *w, const char *value) {
    struct slice old = value_of(w, "fuel");
    bool gas_first = slice_is(old, "gasoline") && (strstr(value, "hybrid") || strcmp(value, "phev") == 0 || strcmp(value, "flex") == 0);
    bool gas_later = strcmp(value, "gasoline") == 0 && (slice_ends(old, SLICE("hybrid")) || slice_is(old, "phev") || slice_is(old, "flex"));
    for (unsigned i = 0; gas_first && i < w->count; i++)
        if (slice_is(w->pairs[i].name, "fuel")) w->pairs[i].value = slice_str(value);
    return gas_first || gas_later || say(w, "fuel", slice_str(value));
}

static const struct { const char *word, *fuel, *aspiration; } ENGINE_WORDS[] = {
    {"gas", "gasoline", NULL}, {"gasoline", "gasoline", NULL}, {"petrol", "gasoline", NULL}, {"汽油", "gasoline", NULL},
    {"diesel", "diesel", NULL}, {"柴油", "diesel", NULL}, {"flex", "flex", NULL}, {"ffv", "flex", NULL}, {"flexible", "flex", NULL},
    {"electric", "electric", NULL}, {"纯电", "electric", NULL}, {"纯电动", "electric", NULL}, {"ethanol", "ethanol", NULL},
    {"hybrid", "hybrid", NULL}, {"混动", "hybrid", NULL}, {"油电混动", "hybrid", NULL}, {"electric/gas", "hybrid", NULL},
    {"gas/electric", "hybrid", NULL}, {"phev", "phev", NULL}, {"插电混动", "phev", NULL}, {"cng", "cng", NULL}, {"lpg", "lpg", NULL},
    {"turbocharged", NULL, "turbo"}, {"turbo", NULL, "turbo"}, {"涡轮增压", NULL, "turbo"}, {"涡轮", NULL, "turbo"},
    {"tsi", NULL, "turbo"}, {"tfsi", NULL, "turbo"}, {"tdi", "diesel", "turbo"}, {"supercharged", NULL, "supercharged"},
    {"机械增压", NULL, "supercharged"}, {"自然吸气", NULL, "na"}, {"na", NULL, "na"},
};
// Said, and nothing to match with.
static const char *const ENGINE_SILENT[] = {"dohc", "sohc", "ohv", "ohc", "engine", "发动机", "&", "+", "-", "l", NULL};

static bool engine_word(struct vehicle_words *w, struct slice token) {
    for (size_t i = 0; i < sizeof ENGINE_WORDS / sizeof *ENGINE_WORDS; i++) {
        if (!slice_is(token, ENGINE_WORDS[i].word)) continue;
        return (!ENGINE_WORDS[i].fuel || say_fuel(w, ENGINE_WORDS[i].fuel)) &&
               (!ENGINE_WORDS[i].aspiration || say_aspiration(w, ENGINE_WORDS[i].aspiration));
    }
    return one_of(token, ENGINE_SILENT);
}

// "l4", "i6", "v8", "h4", "w12".
static bool layout_word(struct arena *a, struct vehicle_words *w, struct slice token) {
    uint64_t cylinders;
    if (token.n < 2 || token.n > 3 || !strchr("livhfbw", token.p[0])) return false;
    return slice_u64(slice_from(token, 1), &cylinders) && cylinders >= 2 && cylinders <= 16 &&
        say_number(a, w, "cylinders", (unsigned)cylinders);
}

static bool measure_word(struct arena *a, struct vehicle_words *w, struct slice token) {
    static const char *const LITRES[] = {"l", "升", "", NULL}, *const TURBO[] = {"t", "tsi", "tfsi", NULL};
    static const char *const CYLINDERS[] = {"cyl", "-cyl", "cylinder", "-cylinder", "cyl.", "-cyl.", "缸", NULL};
    double number;
    struct slice unit;
    if (!number_split(token, &number, &unit)) return false;
    bool small = number > 0.3 && number < 15, point = memchr(token.p, '.', token.n) != NULL;
    if (one_of(unit, LITRES) && small && (unit.n || point)) return say_litres(a, w, number);
    if (one_of(unit, TURBO) && small) return say_litres(a, w, number) && say_aspiration(w, "turbo");
    if (slice_is(unit, "tdi") && small) return say_litres(a, w, number) && say_aspiration(w, "turbo") && say_fuel(w, "diesel");
    if (slice_is(unit, "cc") || slice_is(unit, "ml")) return say_litres(a, w, number / 1000);
    if (slice_is(unit, "cu.") || slice_is(unit, "cu") || slice_is(unit, "cid")) return say_litres(a, w, number * 0.016387064);
    if (one_of(unit, CYLINDERS) && !point && number >= 1 && number <= 16) return say_number(a, w, "cylinders", (unsigned)number);
    return slice_is(unit, "v") && !point && number >= 4 && number <= 64 && say_number(a, w, "valves", (unsigned)number);
}

// Two words that mean one thing; how many tokens were taken.
static unsigned engine_phrase(struct vehicle_words *w, struct slice one, struct slice two) {
    static const char *const PLUG_IN[] = {"plug-in", "plugin", NULL};
    if (slice_is(one, "naturally") && slice_is(two, "aspirated")) return say_aspiration(w, "na") ? 2 : 0;
    if (slice_is(one, "natural") && slice_is(two, "gas")) return say(w, "fuel", SLICE("cng")) ? 2 : 0;
    if (slice_is(one, "mild") && slice_is(two, "hybrid")) return say_fuel(w, "mild_hybrid") ? 2 : 0;
    if (one_of(one, PLUG_IN) && slice_is(two, "hybrid")) return say_fuel(w, "phev") ? 2 : 0;
    return 0;
}

enum err vehicle_words_engine(struct arena *a, struct slice text, struct vehicle_words *out) {
    struct tokens t = {.count = 0};
    *out = (struct vehicle_words){0};
    TRY(tokens_read(a, text, &t));
    if (t.too_many) return unknown_add(a, out, text);
    for (unsigned i = 0; i < t.count;) {
        unsigned taken = i + 1 < t.count ? engine_phrase(out, t.folded[i], t.folded[i + 1]) : 0;
        bool inches = i > 0 && (slice_is(t.folded[i], "in.") || slice_is(t.folded[i], "in")) && slice_starts(t.folded[i - 1], SLICE("cu"));
        struct slice previous = i > 0 ? t.folded[i - 1] : SLICE_NONE;
        inches |= (slice_is(t.folded[i], "in.") || slice_is(t.folded[i], "in")) &&
            (slice_ends(previous, SLICE("cu.")) || slice_ends(previous, SLICE("cu")));
        if (!taken && (inches || engine_word(out, t.folded[i]) || layout_word(a, out, t.folded[i]) || measure_word(a, out, t.folded[i])))
            taken = 1;
        if (!taken) TRY(unknown_add(a, out, t.given[i]));
        i += taken ? taken : 1;
    }
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

// ---- eBay's trims ---------------------------------------------------------------------------------------------------------------
static const struct { const char *words, *body, *other; bool tailgate; } BODIES[] = { // longer ones first
    {"cab & chassis", "cab_chassis", NULL, false}, {"sport utility", "suv", NULL, true}, {"pickup", "pickup", NULL, false},
    {"mini passenger van", "mpv", "van", true}, {"mini cargo van", "mpv", "van", true}, {"van", "van", "mpv", true},
        {"sedan", "sedan", NULL, false},
    {"hatchback", "hatchback", "liftback", true}, {"wagon", "wagon", NULL, true}, {"coupe", "coupe", NULL, false},
    {"convertible", "convertible", NULL, false}, {"limousine", "limousine", NULL, false},
};
// In front of a body, narrowing it in a way no vehicle table of ours carries.
static const char *const BODY_KINDS[] = {"crew cab", "extended cab", "standard cab", "club cab", "quad cab", "double cab", "king cab",
    "mega cab",
                                         "supercab", "extended crew cab", "passenger", "cargo", "standard", "extended", NULL};

// Whether the folded tokens before `end` end in these words; how many tokens that is.
static unsigned ends_in(const struct tokens *t, unsigned end, const char *words) {
    unsigned n = 1;
    for (const char *p = words; *p; p++) n += *p == ' ';
    if (n > end) return 0;
    struct slice rest = slice_str(words);
    for (unsigned i = end - n; i < end; i++)
        if (!slice_eq(slice_cut(&rest, ' '), t->folded[i])) return 0;
    return n;
}

static unsigned doors_of(struct slice token) {
    double number;
    struct slice unit;
    bool doors = number_split(token, &number, &unit) && number >= 1 && number <= 6 &&
                 (slice_is(unit, "-door") || slice_is(unit, "door") || slice_is(unit, "dr") || slice_is(unit, "-dr"));
    return doors ? (unsigned)number : 0;
}

static struct slice given_span(const struct tokens *t, unsigned from, unsigned to) {
    const char *start = t->given[from].p;
    return slice_of(start, (size_t)(slice_end(t->given[to - 1]) - start));
}

// The body at the end of the first `end` tokens, and what narrows it; the tokens that are left.
static enum err body_take(struct arena *a, struct vehicle_words *w, const struct tokens *t, unsigned end, unsigned *left, bool *tailgate) {
    unsigned n = 0, i;
    *left = end;
    for (i = 0; i < sizeof BODIES / sizeof *BODIES && !(n = ends_in(t, end, BODIES[i].words)); i++) {}
    if (!n) return ERR_OK;
    add(w, "body", slice_str(BODIES[i].body));
    if (BODIES[i].other) add(w, "body", slice_str(BODIES[i].other));
    *tailgate = BODIES[i].tailgate;
    *left = end - n;
    for (bool more = true; more;) {
        more = false;
        for (unsigned k = 0; BODY_KINDS[k] && !more; k++)
            if ((n = ends_in(t, *left, BODY_KINDS[k]))) *left -= n, more = true;
    }
    unsigned body_n = ends_in(t, end, BODIES[i].words);
    return *left + body_n < end ? unknown_add(a, w, given_span(t, *left, end)) : ERR_OK;
}

enum err vehicle_words_trim(struct arena *a, struct slice text, struct vehicle_words *out) {
    struct tokens t = {.count = 0};
    bool tailgate = false;
    *out = (struct vehicle_words){0};
    TRY(tokens_read(a, text, &t));
    if (t.too_many) return unknown_add(a, out, text);
    unsigned doors = t.count ? doors_of(t.folded[t.count - 1]) : 0, left = t.count - (doors ? 1 : 0);
    TRY(body_take(a, out, &t, left, &left, &tailgate));
    if (doors) say_number(a, out, "doors", doors);
    if (doors && tailgate) add(out, "doors", arena_printf(a, "%u", doors + 1));
    if (left) add(out, "trim", given_span(&t, 0, left));
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

// ---- gearboxes, driven wheels -----------------------------------------------------------------------------------------------------
static bool contains(struct slice text, const char *word) { return memmem(text.p, text.n, word, strlen(word)) != NULL; }

static const struct { const char *word, *kind; } GEARBOXES[] = { // the first that is in the text counts
    {"ecvt", "ECVT"}, {"e-cvt", "ECVT"}, {"dht", "DHT"}, {"cvt", "CVT"}, {"无级", "CVT"}, {"dct", "DCT"}, {"dsg", "DCT"}, {"双离合", "DCT"},
    {"dual-clutch", "DCT"}, {"dual clutch", "DCT"}, {"pdk", "DCT"}, {"amt", "AMT"}, {"automated manual", "AMT"}, {"手自一体", "AT"},
    {"automatic", "AT"}, {"自动", "AT"}, {"auto", "AT"}, {"manual", "MT"}, {"手动", "MT"}, {"mt", "MT"}, {"at", "AT"},
};
static const struct { const char *kind; unsigned from, to; bool bare; } GEARS[] = { // what attributes.tsv lists
    {"MT", 3, 7, true}, {"AT", 3, 10, true}, {"DCT", 5, 9, true}, {"AMT", 5, 6, false}, {"CVT", 0, 0, true}, {"ECVT", 0, 0, true},
        {"DHT", 0, 0, true},
};

static void gearboxes_add(struct arena *a, struct vehicle_words *w, const char *kind, unsigned gears) {
    for (size_t i = 0; i < sizeof GEARS / sizeof *GEARS; i++) {
        if (strcmp(GEARS[i].kind, kind) != 0) continue;
        if (GEARS[i].to == 0) add(w, "transmission", slice_str(kind)); // a CVT has the gears its maker pretends
        else if (gears >= GEARS[i].from && gears <= GEARS[i].to) add(w, "transmission", arena_printf(a, "%s%u", kind, gears));
        if (gears || GEARS[i].to == 0) return;
        if (GEARS[i].bare) add(w, "transmission", slice_str(kind));
        for (unsigned n = GEARS[i].from; n <= GEARS[i].to; n++) add(w, "transmission", arena_printf(a, "%s%u", kind, n));
    }
}

enum err vehicle_words_transmission(struct arena *a, struct slice text, struct vehicle_words *out) {
    struct slice folded;
    unsigned gears = 0, numbers = 0;
    *out = (struct vehicle_words){0};
    TRY(text_fold(a, text, &folded));
    for (size_t i = 0; i < folded.n; i++) {
        if (!isdigit((unsigned char)folded.p[i])) continue;
        numbers++;
        for (gears = 0; i < folded.n && isdigit((unsigned char)folded.p[i]) &&
             gears < 100; i++) gears = gears * 10 + (unsigned)(folded.p[i] - '0');
    }
    for (size_t i = 0; numbers < 2 && out->count == 0 && i < sizeof GEARBOXES / sizeof *GEARBOXES; i++)
        if (contains(folded, GEARBOXES[i].word)) {
            gearboxes_add(a, out, GEARBOXES[i].kind, gears);
            break;
        }
    if (out->count == 0) TRY(unknown_add(a, out, text));
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

enum err vehicle_words_drive(struct arena *a, struct slice text, struct vehicle_words *out) {
    static const struct { const char *word, *values; } DRIVES[] = {
        {"fwd", "fwd"}, {"front wheel drive", "fwd"}, {"front-wheel drive", "fwd"}, {"前驱", "fwd"}, {"前置前驱", "fwd"}, {"前轮驱动", "fwd"},
        {"rwd", "rwd"}, {"rear wheel drive", "rwd"}, {"rear-wheel drive", "rwd"}, {"后驱", "rwd"}, {"前置后驱", "rwd"}, {"后轮驱动", "rwd"},
        {"awd", "awd"}, {"all wheel drive", "awd"}, {"all-wheel drive", "awd"}, {"全时四驱", "awd"}, {"quattro", "awd"}, {"xdrive", "awd"},
        {"4matic", "awd"}, {"4motion", "awd"}, {"4wd", "4wd|awd"}, {"4x4", "4wd|awd"}, {"四驱", "4wd|awd"}, {"前置四驱", "4wd|awd"},
        {"四轮驱动", "4wd|awd"}, {"four wheel drive", "4wd|awd"}, {"four-wheel drive", "4wd|awd"}, {"4-wheel drive", "4wd|awd"},
        {"分时四驱", "4wd"}, {"2wd", "2wd|fwd|rwd"}, {"4x2", "2wd|fwd|rwd"}, {"两驱", "2wd|fwd|rwd"}, {"two wheel drive", "2wd|fwd|rwd"},
    };
    struct slice folded;
    *out = (struct vehicle_words){0};
    TRY(text_fold(a, text, &folded));
    for (size_t i = 0; i < sizeof DRIVES / sizeof *DRIVES; i++)
        if (slice_is(folded, DRIVES[i].word))
            for (struct slice rest = slice_str(DRIVES[i].values); rest.n;) add(out, "drive", slice_cut(&rest, '|'));
    return out->count ? ERR_OK : unknown_add(a, out, text);
}

struct slice vehicle_words_position(struct slice text) {
    static const struct { const char *word, *slug; } POSITIONS[] = {
        {"前", "front"}, {"前轮", "front"}, {"前桥", "front"}, {"后", "rear"}, {"后轮", "rear"}, {"后桥", "rear"}, {"左", "left"}, {"右", "right"},
        {"左前", "front_left"}, {"前左", "front_left"}, {"右前", "front_right"}, {"前右", "front_right"}, {"左后", "rear_left"},
        {"后左", "rear_left"}, {"右后", "rear_right"}, {"后右", "rear_right"}, {"上", "upper"}, {"下", "lower"}, {"内", "inner"}, {"外", "outer"},
    };
    text = slice_trim(text);
    for (size_t i = 0; i < sizeof POSITIONS / sizeof *POSITIONS; i++)
        if (slice_is(text, POSITIONS[i].word)) return slice_str(POSITIONS[i].slug);
    return text;
}

// ---- years ------------------------------------------------------------------------------------------------------------------------
static bool take(struct slice *rest, const char *word) {
    if (!slice_starts(*rest, slice_str(word))) return false;
    *rest = slice_trim(slice_from(*rest, strlen(word)));
    return true;
}

static bool take_any(struct slice *rest, const char *const *words) {
    for (; *words; words++)
        if (take(rest, *words)) return true;
    return false;
}

// Four digits, or two as people write them ("18款").
static bool year_take(struct slice *rest, unsigned *year) {
    static const char *const UNITS[] = {"年款", "款", "年", NULL};
    unsigned digits = 0;
    *year = 0;
    for (; digits < rest->n && digits < 5 &&
         isdigit((unsigned char)rest->p[digits]); digits++) *year = *year * 10 + (unsigned)(rest->p[digits] - '0');
    if (digits == 2) *year += *year < 60 ? 2000 : 1900;
    else if (digits != 4) return false;
    *rest = slice_trim(slice_from(*rest, digits));
    (void)take_any(rest, UNITS);
    return *year >= LIMIT_YEAR_MIN && *year <= LIMIT_YEAR_MAX;
}

static bool range_take(struct slice *rest, struct year_range *out) {
    static const char *const DASHES[] = {"-", "~", "–", "—", "－", "～", "至", "到", "to ", NULL};
    static const char *const OPEN[] = {"+", "以后", "及以后", "后", "起", "onwards", "on", "up", "and up", NULL};
    static const char *const NOW[] = {"今", "至今", "现在", "present", "now", "current", NULL};
    unsigned from = LIMIT_YEAR_MIN, to = LIMIT_YEAR_MAX;
    bool started = year_take(rest, &from);
    if (started && take_any(rest, OPEN)) {
        *out = (struct year_range){(uint16_t)from, LIMIT_YEAR_MAX};
        return true;
    }
    bool dash = take_any(rest, DASHES);
    if (!started && !dash) return false;
    if (!dash) to = from;
    else if (!take_any(rest, NOW) && rest->n && rest->p[0] != ',' && !year_take(rest, &to)) return false;
    if (!started && to == LIMIT_YEAR_MAX) return false;
    *out = (struct year_range){(uint16_t)(started ? from : LIMIT_YEAR_MIN), (uint16_t)to};
    return to >= out->from;
}

unsigned vehicle_words_years(struct slice text, struct year_range *out, unsigned max) {
    static const char *const SEPARATORS[] = {",", "，", "、", ";", "；", "|", "&", NULL};
    static const char *const ALL[] = {"*", "all", "All", "ALL", "全部", "所有", "全系", NULL};
    struct slice rest = slice_trim(text);
    unsigned count = 0;
    if (rest.n == 0 || one_of(rest, ALL)) {
        out[0] = (struct year_range){LIMIT_YEAR_MIN, LIMIT_YEAR_MAX};
        return 1;
    }
    for (;;) {
        if (count == max || !range_take(&rest, &out[count])) return 0;
        count++;
        if (rest.n == 0) return count;
        if (!take_any(&rest, SEPARATORS)) return 0;
    }
}
