// query_role.c: what part a span plays in a query (query_sense.h).
#include "car_word.h"
#include "query_sense.h"
#include "vehicle.h"
#include "vocabulary.h"

const char *query_role_name(enum query_role r) {
    static const char *const names[ROLE_COUNT] = {"text", "type", "brand", "make", "model", "generation", "badge", "year", "attribute", "position",
                                                  "spec", "number", "vin", "trouble_code", "distance", "filler", "unknown_car"};
    return r < ROLE_COUNT ? names[r] : "";
}

// A make that builds cars of today's lists; a brand of parts may share its name with a builder of trailers.
static bool builds_cars(struct view *v, const struct query_span *span) {
    for (unsigned i = 0; i < span->entry_count; i++) {
        struct make make;
        if (span->entries[i].kind == LEXICON_MAKE && make_load(v, span->entries[i].id, &make) == ERR_OK && make.vehicles) return true;
    }
    return false;
}

static enum query_role car_role(struct view *v, const struct query_span *span) {
    for (unsigned i = 0; i < span->entry_count; i++) {
        enum car_word_role role;
        if (span->entries[i].kind != LEXICON_CAR || car_word_role_load(v, span->entries[i].id, &role) != ERR_OK) continue;
        return role == CAR_WORD_BADGE ? ROLE_BADGE : role == CAR_WORD_ATTRIBUTE ? ROLE_ATTRIBUTE : ROLE_GENERATION;
    }
    return ROLE_GENERATION;
}

// A phrase may mean several things: what is sought wins over who made it, a car's maker over a maker of parts of no more direct name (Mopar is
// a by-name of Chrysler), both over positions.
static enum query_role phrase_role(struct view *v, const struct query_span *span) {
    unsigned type = span_weight(span, LEXICON_TYPE), model = span_weight(span, LEXICON_MODEL), car = span_weight(span, LEXICON_CAR);
    unsigned brand = span_weight(span, LEXICON_BRAND), make = span_weight(span, LEXICON_MAKE);
    if (type || (span_weight(span, LEXICON_GROUP) && !make && !model)) return ROLE_TYPE;
    if (brand > make || (brand && !builds_cars(v, span))) return ROLE_BRAND;
    if (make) return ROLE_MAKE;
    if (model && (!car || model > car)) return ROLE_MODEL;
    if (car) return car_role(v, span);
    if (model) return ROLE_MODEL;
    if (span_weight(span, LEXICON_POSITION)) return ROLE_POSITION;
    return ROLE_FILLER;
}

enum query_role sense_form_role(enum pattern_kind kind) {
    switch (kind) {
    case PATTERN_YEAR: return ROLE_YEAR;
    case PATTERN_DISPLACEMENT: return ROLE_ATTRIBUTE;
    case PATTERN_DISTANCE: case PATTERN_MONTHS: return ROLE_DISTANCE;
    case PATTERN_TROUBLE_CODE: return ROLE_CODE;
    case PATTERN_VIN: return ROLE_VIN;
    default: return ROLE_SPEC;
    }
}

enum query_role sense_role(struct view *v, const struct query_span *span) {
    if (span->source == SPAN_NUMBER) return ROLE_NUMBER;
    if (span->source == SPAN_FORM) return sense_form_role(span->form.kind);
    if (!span->role) ((struct query_span *)(uintptr_t)span)->role = (uint8_t)phrase_role(v, span); // a memo, no property of its own
    return span->role;
}

bool sense_role_of_car(enum query_role r) {
    return r == ROLE_MAKE || r == ROLE_MODEL || r == ROLE_GENERATION || r == ROLE_BADGE || r == ROLE_YEAR || r == ROLE_ATTRIBUTE;
}

struct slice sense_position(struct view *v, const struct query_span *span) {
    for (unsigned i = 0; i < span->entry_count; i++) {
        struct car_word w;
        if (span->entries[i].kind != LEXICON_POSITION || car_word_load(v, span->entries[i].id, &w) != ERR_OK) continue;
        struct slice value = w.attrs;
        (void)slice_cut(&value, ':');
        return value;
    }
    return SLICE_NONE;
}

// Whether products of a type this phrase names are told apart by a position of that list.
bool sense_type_has_position(struct view *v, uint32_t type, struct slice positions) {
    struct type_info t;
    if (type_load(v, type, &t) != ERR_OK) return false;
    for (struct slice mine = t.positions; mine.n > 0;) {
        struct slice one = slice_cut(&mine, '|');
        for (struct slice rest = positions; rest.n > 0;)
            if (slice_eq(slice_cut(&rest, '|'), one)) return true;
    }
    return false;
}
