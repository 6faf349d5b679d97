#include "fitment_row.h"

#include "index/text.h"

void fitment_row_start(struct fitment_row *r, struct arena *a, const struct attribute_words *words, const struct notes *notes) {
    r->arena = a;
    r->words = words;
    r->notes = notes;
    r->make = r->model = r->external = r->position = r->label = SLICE_NONE;
    r->quantity = 1;
    r->year_count = r->pair_count = r->condition_count = 0;
}

enum err fitment_row_years(struct fitment_row *r, struct slice text, struct fault *why) {
    r->year_count = vehicle_words_years(text, r->years, FITMENT_YEARS_MAX);
    return r->year_count ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "year", "the year \"%.*s\" is not understood",
                                              (int)(text.n < 60 ? text.n : 60), text.p);
}

enum err fitment_row_quantity(struct fitment_row *r, struct slice text, struct fault *why) {
    uint64_t n = 1;
    if (text.n && (!slice_u64(text, &n) || n < 1 || n > UINT16_MAX))
        return fault_set(why, ERR_BAD_REQUEST, "qty", "the quantity \"%.*s\" is not a number of pieces", (int)(text.n < 60 ? text.n : 60),
                         text.p);
    r->quantity = (uint16_t)n;
    return ERR_OK;
}

// ---- conditions -----------------------------------------------------------------------------------------------------------------
static enum err condition_add(struct fitment_row *r, struct condition_doc c, struct fault *why) {
    if (c.text.n > LIMIT_TEXT_BYTES / 2)
        return fault_set(why, ERR_BAD_REQUEST, "notes", "a note has at most %d bytes", LIMIT_TEXT_BYTES / 2);
    for (unsigned i = 0; i < r->condition_count; i++)
        if (slice_eq(r->conditions[i].text, c.text)) return ERR_OK;
    if (r->condition_count == LIMIT_CONDITIONS)
        return fault_set(why, ERR_BAD_REQUEST, "notes", "more than %d conditions", LIMIT_CONDITIONS);
    r->conditions[r->condition_count++] = c;
    return ERR_OK;
}

static size_t note_end(struct slice text, bool bars_only) {
    static const char WIDE_SEMICOLON[] = "\xEF\xBC\x9B";
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '|' || text.p[i] == '\n') return i;
        if (!bars_only && (text.p[i] == ';' || slice_starts(slice_from(text, i), slice_str(WIDE_SEMICOLON)))) return i;
    }
    return text.n;
}

enum err fitment_row_notes(struct fitment_row *r, struct slice text, struct fault *why) {
    bool bars_only = text.n && memchr(text.p, '|', text.n) != NULL;
    for (struct slice rest = text; rest.n;) {
        size_t n = note_end(rest, bars_only);
        struct slice one = slice_trim(slice_of(rest.p, n));
        size_t separator = n < rest.n && (unsigned char)rest.p[n] == 0xEF ? 3 : 1;
        rest = slice_from(rest, n + separator);
        if (one.n && one.n <= LIMIT_TEXT_BYTES / 2 && notes_informational(r->notes, one)) continue;
        if (one.n) TRY(condition_add(r, notes_condition(r->arena, one), why));
    }
    return r->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

enum err fitment_row_unknown(struct fitment_row *r, struct slice label, struct slice text, struct fault *why) {
    if (text.n == 0) return ERR_OK;
    struct slice note = arena_printf(r->arena, "%.*s: %.*s", SLICE_ARGS(label), SLICE_ARGS(text));
    if (!note.p) return ERR_NO_MEMORY;
    return condition_add(r, (struct condition_doc){.type = CONDITION_TEXT, .text = note}, why);
}

// ---- attributes -----------------------------------------------------------------------------------------------------------------
static bool has(const struct fitment_row *r, struct slice name) {
    for (unsigned i = 0; i < r->pair_count; i++)
        if (slice_eq(r->pairs[i].name, name)) return true;
    return false;
}

// Pairs of one source; where another cell has said an attribute before, both must hold: the row means cars that satisfy the two, so
// what is new and different becomes a question.
static enum err pairs_add(struct fitment_row *r, struct slice label, const struct pair *pairs, unsigned count, struct fault *why) {
    unsigned before = r->pair_count;
    for (unsigned i = 0; i < count; i++) {
        bool known = false, same = false;
        for (unsigned k = 0; k < before; k++) {
            if (!slice_eq(r->pairs[k].name, pairs[i].name)) continue;
            known = true;
            same |= slice_eq(r->pairs[k].value, pairs[i].value);
        }
        if (known && !same) TRY(fitment_row_unknown(r, label, pairs[i].value, why));
        if (known) continue;
        if (r->pair_count == FITMENT_PAIRS_MAX)
            return fault_set(why, ERR_BAD_REQUEST, "attributes", "more than %d attributes", FITMENT_PAIRS_MAX);
        r->pairs[r->pair_count++] = pairs[i];
    }
    return ERR_OK;
}

enum err fitment_row_words(struct fitment_row *r, struct slice label, const struct vehicle_words *w, struct fault *why) {
    TRY(pairs_add(r, label, w->pairs, w->count, why));
    return fitment_row_unknown(r, label, w->unknown, why);
}

// What a cell of an attribute means: a value of its list, else words people use for it.
static enum err value_read(struct fitment_row *r, struct slice name, struct slice text, struct vehicle_words *out) {
    *out = (struct vehicle_words){.count = 1, .pairs = {{name, text}}};
    // A shop's "manual" is any manual, its "4WD" any driven four: wider than the values of that name.
    bool gearbox = slice_is(name, "transmission"), drive = slice_is(name, "drive"), words_first = slice_is(name, "displacement");
    struct vehicle_words w = {0};
    if (gearbox) TRY(vehicle_words_transmission(r->arena, text, &w));
    if (drive) TRY(vehicle_words_drive(r->arena, text, &w));
    if (w.count) *out = w;
    if (w.count || (!words_first && attribute_words_value(r->words, r->arena, name, text))) return ERR_OK;
    if (slice_is(name, "displacement") || slice_is(name, "fuel") || slice_is(name, "aspiration") || slice_is(name, "cylinders"))
        return vehicle_words_engine(r->arena, text, out);
    *out = (struct vehicle_words){0};
    if (slice_is(name, "body")) {
        TRY(vehicle_words_trim(r->arena, text, out));
        for (unsigned i = 0; i < out->count; i++)
            if (slice_is(out->pairs[i].name, "trim")) *out = (struct vehicle_words){0};
    }
    if (out->count == 0) out->unknown = text;
    return ERR_OK;
}

// Alternatives may only differ in the one attribute: "1.4T|2.0" is two engines, and their values must not be crossed.
static bool alternatives_agree(const struct pair *pairs, unsigned count, struct slice name) {
    for (unsigned i = 0; i < count; i++)
        if (!slice_eq(pairs[i].name, name)) return false;
    return true;
}

enum err fitment_row_attribute(struct fitment_row *r, struct slice name, struct slice text, struct fault *why) {
    struct slice label = attribute_words_label(r->words, name);
    struct pair pairs[FITMENT_PAIRS_MAX];
    unsigned count = 0, cells = 0;
    bool understood = true;
    if (text.n == 0 || slice_is(text, "*")) return ERR_OK;
    for (struct slice rest = text; rest.n && understood; cells++) {
        struct vehicle_words w = {0};
        struct slice one = slice_trim(slice_cut(&rest, '|'));
        if (one.n) TRY(value_read(r, name, one, &w));
        understood = w.unknown.n == 0 && count + w.count <= FITMENT_PAIRS_MAX;
        for (unsigned i = 0; understood && i < w.count; i++) pairs[count++] = w.pairs[i];
        if (!understood && rest.n == 0 && cells == 0)
            return fitment_row_words(r, label, &w, why); // one value: keep the half that is understood
    }
    if (!understood || (cells > 1 && !alternatives_agree(pairs, count, name))) return fitment_row_unknown(r, label, text, why);
    return pairs_add(r, label, pairs, count, why);
}

enum err fitment_row_verbatim(struct fitment_row *r, struct slice name, struct slice text, struct fault *why) {
    struct pair pairs[FITMENT_PAIRS_MAX];
    unsigned count = 0;
    for (struct slice rest = text; rest.n;) {
        struct slice one = slice_trim(slice_cut(&rest, '|'));
        if (one.n == 0) continue;
        if (count == FITMENT_PAIRS_MAX) return fault_set(why, ERR_BAD_REQUEST, "attributes", "more than %d values", FITMENT_PAIRS_MAX);
        pairs[count++] = (struct pair){name, one};
    }
    return pairs_add(r, name, pairs, count, why);
}

// A single word of letters and digits that is no measure is the maker's name for the engine: "EA211", "B48B20".
static bool is_engine_code(struct slice text) {
    bool letter = false, digit = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool upper = c >= 'A' && c <= 'Z', number = c >= '0' && c <= '9';
        if (!upper && !number && c != '-') return false;
        letter |= upper;
        digit |= number;
    }
    return letter && digit && text.n >= 3 && text.n <= 12;
}

enum err fitment_row_engine(struct fitment_row *r, struct slice text, struct fault *why) {
    struct vehicle_words w;
    if (text.n == 0 || slice_is(text, "*")) return ERR_OK;
    if (memchr(text.p, '|', text.n)) return fitment_row_attribute(r, SLICE("displacement"), text, why);
    TRY(vehicle_words_engine(r->arena, text, &w));
    if (!is_engine_code(w.unknown)) return fitment_row_words(r, SLICE("Engine"), &w, why);
    if (has(r, SLICE("engine_code"))) return fitment_row_words(r, SLICE("Engine"), &w, why);
    w.pairs[w.count < VEHICLE_WORDS_MAX ? w.count++ : w.count - 1] = (struct pair){SLICE("engine_code"), w.unknown};
    return pairs_add(r, SLICE("Engine"), w.pairs, w.count, why);
}

enum err fitment_row_trim(struct fitment_row *r, struct slice text, struct fault *why) {
    struct vehicle_words w;
    struct slice folded;
    if (text.n == 0 || slice_is(text, "*")) return ERR_OK;
    TRY(text_fold(r->arena, text, &folded));
    if (memchr(text.p, '|', text.n) || !slice_ends(folded, SLICE("door"))) return fitment_row_attribute(r, SLICE("trim"), text, why);
    TRY(vehicle_words_trim(r->arena, text, &w));
    return fitment_row_words(r, SLICE("Body"), &w, why);
}

// ---- the application --------------------------------------------------------------------------------------------------------------
enum err fitment_row_application(const struct fitment_row *r, struct slice source, uint64_t line, struct application_doc *out) {
    unsigned count = r->external.n ? 1 : r->year_count;
    struct vehicle_doc *vehicles = ARENA_ARRAY(r->arena, struct vehicle_doc, count + 1);
    struct pair *pairs = ARENA_ARRAY(r->arena, struct pair, r->pair_count + 1);
    struct condition_doc *conditions = ARENA_ARRAY(r->arena, struct condition_doc, r->condition_count + 1);
    if (!vehicles || !pairs || !conditions) return ERR_NO_MEMORY;
    memcpy(pairs, r->pairs, r->pair_count * sizeof *pairs);
    memcpy(conditions, r->conditions, r->condition_count * sizeof *conditions);
    for (unsigned i = 0; i < count; i++) {
        vehicles[i] = (struct vehicle_doc){.make = r->make, .model = r->model, .attr_count = r->pair_count, .attrs = pairs};
        if (r->external.n) vehicles[i] = (struct vehicle_doc){.external = r->external, .attr_count = r->pair_count, .attrs = pairs};
        else vehicles[i].year_from = r->years[i].from, vehicles[i].year_to = r->years[i].to;
    }
    *out = (struct application_doc){.position = r->position, .label = r->label, .quantity = r->quantity, .source = source,
                                    .line = line > UINT32_MAX ? UINT32_MAX : (uint32_t)line, .vehicle_count = count, .vehicles = vehicles,
                                    .condition_count = r->condition_count, .conditions = conditions};
    return ERR_OK;
}
