#include "query.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "car_word.h"
#include "names.h"
#include "number.h"
#include "posting.h"
#include "query_car.h"
#include "spec_tokens.h"
#include "text.h"
#include "vehicle.h"
#include "vocabulary.h"

#define NUMBER_LENGTH 5 // canonical characters of a word that is a number rather than text
#define PATHS_MAX 8 // how often doubts may send us back for another path

const char *query_role_name(enum query_role r) {
    static const char *const names[ROLE_COUNT] = {"text", "type", "brand", "make", "model", "generation", "badge", "year", "attribute", "position",
                                                  "spec", "number", "vin", "trouble_code", "distance", "filler", "unknown_car"};
    return r < ROLE_COUNT ? names[r] : "";
}

struct sense {
    struct view *view;
    struct span_list spans;
    uint16_t order[SPANS_MAX];
    unsigned count;
    struct car_spans cars;
    bool car_named;   // a make, a model or a car word stands there
    bool car_given;   // a car is known beside the words
    struct understood *out;
};

static struct slice span_text(const struct sense *s, const struct query_span *span) {
    return slice_of(s->spans.text.p + span->at, span->n);
}

static unsigned strongest(const struct query_span *s, enum lexicon_kind kind) {
    unsigned best = 0;
    for (unsigned i = 0; s->source == SPAN_PHRASE && i < s->entry_count; i++)
        if (s->entries[i].kind == kind && s->entries[i].weight > best) best = s->entries[i].weight;
    return best;
}

static void id_add(uint32_t *list, unsigned *count, uint32_t id) {
    for (unsigned i = 0; i < *count; i++)
        if (list[i] == id) return;
    if (*count < QUERY_MEANINGS_MAX) list[(*count)++] = id;
}

// ---- roles ------------------------------------------------------------------------------------------------------------------------
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

// A phrase may mean several things: what is sought wins over who made it, a car's maker over a maker of parts, both over positions.
static enum query_role phrase_role(struct view *v, const struct query_span *span) {
    unsigned type = strongest(span, LEXICON_TYPE), model = strongest(span, LEXICON_MODEL), car = strongest(span, LEXICON_CAR);
    unsigned brand = strongest(span, LEXICON_BRAND), make = strongest(span, LEXICON_MAKE);
    if (type || (strongest(span, LEXICON_GROUP) && !make && !model)) return ROLE_TYPE;
    if (brand && !(make && builds_cars(v, span))) return ROLE_BRAND;
    if (make) return ROLE_MAKE;
    if (model && (!car || model > car)) return ROLE_MODEL;
    if (car) return car_role(v, span);
    if (model) return ROLE_MODEL;
    if (strongest(span, LEXICON_POSITION)) return ROLE_POSITION;
    return ROLE_FILLER;
}

static enum query_role form_role(enum pattern_kind kind) {
    switch (kind) {
    case PATTERN_YEAR: return ROLE_YEAR;
    case PATTERN_DISPLACEMENT: return ROLE_ATTRIBUTE;
    case PATTERN_DISTANCE: case PATTERN_MONTHS: return ROLE_DISTANCE;
    case PATTERN_TROUBLE_CODE: return ROLE_CODE;
    case PATTERN_VIN: return ROLE_VIN;
    default: return ROLE_SPEC;
    }
}

static enum query_role role_of(struct view *v, struct query_span *span) { // asked for again and again while paths are doubted
    if (span->role) return span->role;
    enum query_role role = span->source == SPAN_NUMBER ? ROLE_NUMBER : span->source == SPAN_FORM ? form_role(span->form.kind) : phrase_role(v, span);
    span->role = (uint8_t)role;
    return role;
}

static bool role_of_car(enum query_role r) {
    return r == ROLE_MAKE || r == ROLE_MODEL || r == ROLE_GENERATION || r == ROLE_BADGE || r == ROLE_YEAR || r == ROLE_ATTRIBUTE;
}

static void cars_collect(struct sense *s) {
    s->cars.count = 0;
    s->car_named = false;
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        enum query_role role = role_of(s->view, span);
        if (!role_of_car(role) || s->cars.count == CAR_SPANS_MAX) continue;
        s->cars.spans[s->cars.count++] = span;
        s->car_named |= role == ROLE_MAKE || role == ROLE_MODEL || role == ROLE_GENERATION || role == ROLE_BADGE;
    }
}

// ---- forms that mean something only beside something else ---------------------------------------------------------------------------
static bool type_sought(const struct sense *s, const char *const *slugs) {
    for (unsigned i = 0; i < s->count; i++) {
        const struct query_span *span = &s->spans.list[s->order[i]];
        for (unsigned k = 0; span->source == SPAN_PHRASE && k < span->entry_count; k++) {
            if (span->entries[k].kind != LEXICON_TYPE) continue;
            struct slice slug = names_text(s->view, NAMES_TYPE, span->entries[k].id);
            for (unsigned t = 0; slugs[t]; t++)
                if (slice_is(slug, slugs[t])) return true;
        }
    }
    return false;
}

// Another form that surely belongs to the same things: "SN" beside "5W-30".
static bool kin_stands(const struct sense *s, const struct pattern *p) {
    const char *const *mine = pattern_types(p);
    for (unsigned i = 0; i < s->count && mine[0]; i++) {
        const struct query_span *span = &s->spans.list[s->order[i]];
        if (span->source != SPAN_FORM || !span->form.certain || span->form.kind == p->kind) continue;
        const char *const *theirs = pattern_types(&span->form);
        if (theirs[0] && strcmp(theirs[0], mine[0]) == 0) return true;
    }
    return false;
}

// "哈弗H11": right behind a make whose model is not named, a form is rather a model nobody knows.
static bool behind_make(const struct sense *s, const struct query_span *form) {
    struct query_span *before = NULL;
    bool model = false;
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        enum query_role role = role_of(s->view, span);
        model |= role == ROLE_MODEL || role == ROLE_GENERATION;
        if (span->at < form->at) before = span;
    }
    return before && !model && role_of(s->view, before) == ROLE_MAKE && before->at + before->n + 1u >= form->at;
}

// "瑞虎12": two digits that touch a model's name are rather one of its kind than a year.
static bool behind_model(const struct sense *s, const struct query_span *form) {
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        if (span->at + span->n == form->at && role_of(s->view, span) == ROLE_MODEL) return true;
    }
    return false;
}

static bool phrase_there(const struct sense *s, const struct query_span *form) {
    for (unsigned k = 0; k < s->spans.count; k++) {
        const struct query_span *other = &s->spans.list[k];
        if (other->source == SPAN_PHRASE && other->at == form->at && other->n == form->n && other->how == SPAN_EXACT && !other->banned) return true;
    }
    return false;
}

// What speaks for a form here, beside the form itself: 0 nothing, 1 it may be, 2 the words around it say so.
static unsigned form_support(const struct sense *s, const struct query_span *span) {
    static const struct pattern volume = {.kind = PATTERN_VOLUME};
    const struct pattern *p = &span->form;
    bool car = s->car_named || s->car_given, beside_type = type_sought(s, pattern_bearers(p));
    switch (p->kind) {
    case PATTERN_YEAR: return p->certain ? 1 + car : car && !behind_model(s, span) ? 2 : 0;
    case PATTERN_DISPLACEMENT: return car && !type_sought(s, pattern_bearers(&volume)) ? 2 : car || p->certain ? 1 : 0;
    case PATTERN_VOLUME: return beside_type ? 2 : p->certain && !car;
    case PATTERN_RIM: case PATTERN_WIPER: return beside_type ? 2 : 0;
    case PATTERN_TROUBLE_CODE: return p->certain ? 2 : !phrase_there(s, span);
    default:
        if (form_role(p->kind) == ROLE_SPEC && (beside_type || kin_stands(s, p))) return 2;
        if (form_role(p->kind) == ROLE_SPEC && behind_make(s, span)) return 0;
        return p->certain || p->n == s->spans.text.n; // what is all of the query may be what it looks like
    }
}

// Of all meanings with the same extent the one the context supports best takes the place; a form without support goes.
static bool forms_doubted(struct sense *s) {
    bool banned = false;
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *chosen = &s->spans.list[s->order[i]];
        unsigned best = chosen->source == SPAN_FORM ? form_support(s, chosen) : 0, place = s->order[i];
        for (unsigned k = 0; k < s->spans.count; k++) {
            struct query_span *other = &s->spans.list[k];
            if (other->at != chosen->at || other->n != chosen->n || other->source != SPAN_FORM || other->banned) continue;
            unsigned support = form_support(s, other);
            other->banned = support == 0;
            banned |= other == chosen && other->banned;
            if (support > best && (support == 2 || chosen->source == SPAN_FORM) && chosen->source != SPAN_NUMBER) {
                best = support;
                place = k;
            }
        }
        s->order[i] = (uint16_t)place;
    }
    return banned;
}

// "volkswagen amarok" is a car nobody here knows, not a misspelt Amaron battery.
static bool brands_doubted(struct sense *s) {
    bool banned = false;
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        if (span->how != SPAN_NEAR || role_of(s->view, span) != ROLE_BRAND || !behind_make(s, span)) continue;
        span->banned = banned = true;
    }
    return banned;
}

// ---- phrases that hold two things -----------------------------------------------------------------------------------------------------
static bool shares_type(const struct query_span *a, const struct query_span *b) {
    for (unsigned i = 0; i < a->entry_count; i++)
        for (unsigned k = 0; k < b->entry_count; k++)
            if (a->entries[i].kind == LEXICON_TYPE && b->entries[k].kind == LEXICON_TYPE && a->entries[i].id == b->entries[k].id) return true;
    return false;
}

// Whether products of a type this phrase names are told apart by a position of that list.
static bool type_has_position(struct view *v, uint32_t type, struct slice positions) {
    struct type_info t;
    if (type_load(v, type, &t) != ERR_OK) return false;
    for (struct slice mine = t.positions; mine.n > 0;) {
        struct slice one = slice_cut(&mine, '|');
        for (struct slice rest = positions; rest.n > 0;)
            if (slice_eq(slice_cut(&rest, '|'), one)) return true;
    }
    return false;
}

static struct slice position_of(struct view *v, const struct query_span *span) {
    for (unsigned i = 0; i < span->entry_count; i++) {
        struct car_word w;
        if (span->entries[i].kind != LEXICON_POSITION || car_word_load(v, span->entries[i].id, &w) != ERR_OK) continue;
        struct slice value = w.attrs;
        (void)slice_cut(&value, ':');
        return value;
    }
    return SLICE_NONE;
}

static bool holds_both(const struct sense *s, const struct query_span *whole, const struct query_span *a, const struct query_span *b) {
    if (a->how != SPAN_EXACT || b->how != SPAN_EXACT || a->source != SPAN_PHRASE || b->source != SPAN_PHRASE || b->banned || a->banned) return false;
    if (strongest(whole, LEXICON_BRAND) && !strongest(whole, LEXICON_TYPE)) // "NGK火花塞" as a name of NGK's
        return strongest(a, LEXICON_BRAND) && strongest(b, LEXICON_TYPE);
    if (!strongest(whole, LEXICON_TYPE) || !strongest(a, LEXICON_POSITION) || !shares_type(whole, b)) return false;
    for (unsigned i = 0; i < b->entry_count; i++) // "前刹车片" as a name of the pads
        if (b->entries[i].kind == LEXICON_TYPE && type_has_position(s->view, b->entries[i].id, position_of(s->view, a))) return true;
    return false;
}

static bool phrases_split(struct sense *s) {
    bool banned = false;
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *whole = &s->spans.list[s->order[i]];
        if (whole->source != SPAN_PHRASE || whole->how != SPAN_EXACT) continue;
        for (unsigned x = 0; x < s->spans.count && !whole->banned; x++) {
            const struct query_span *a = &s->spans.list[x];
            if (a->at != whole->at || a->n >= whole->n) continue;
            for (unsigned y = 0; y < s->spans.count && !whole->banned; y++) {
                const struct query_span *b = &s->spans.list[y];
                unsigned end = a->at + a->n;
                if (b->at < end || b->at > end + 1 || b->at + b->n != whole->at + whole->n) continue;
                whole->banned = holds_both(s, whole, a, b);
            }
        }
        banned |= whole->banned;
    }
    return banned;
}

static enum err best_path(struct sense *s) {
    for (unsigned i = 0; i < PATHS_MAX; i++) {
        bool doubted = false;
        TRY(span_path(&s->spans, s->order, &s->count));
        cars_collect(s);
        TRY(query_car_doubts(s->view, s->spans.text, &s->cars, &doubted));
        if (doubted) continue;
        if (phrases_split(s) || brands_doubted(s)) continue;
        if (!forms_doubted(s)) break;
    }
    cars_collect(s);
    return ERR_OK;
}

// ---- what stays over --------------------------------------------------------------------------------------------------------------
static enum err word_exists(struct view *v, struct slice word, bool *out) {
    struct posting p;
    TRY(posting_open(v, posting_word(v->arena, word), &p));
    *out = p.product != UINT32_MAX;
    return posting_close(&p);
}

// The stretches no span covers, with the words in them.
typedef enum err stretch_fn(struct sense *s, size_t from, size_t to);

static enum err each_stretch(struct sense *s, stretch_fn *each) {
    size_t at = 0;
    for (unsigned i = 0; i <= s->count; i++) {
        const struct query_span *span = i < s->count ? &s->spans.list[s->order[i]] : NULL;
        size_t end = span ? span->at : s->spans.text.n;
        if (end > at) TRY(each(s, at, end));
        if (span) at = span->at + span->n;
    }
    return ERR_OK;
}

static bool has_digit(struct slice word) {
    for (size_t i = 0; i < word.n; i++)
        if (isdigit((unsigned char)word.p[i])) return true;
    return false;
}

// A word as people type it: up to a blank or a Han character, "8e0-121/2".
static struct slice typed_word(struct slice rest) {
    size_t n = 0;
    while (n < rest.n && rest.p[n] != ' ' && ((uint8_t)rest.p[n] < 0x80) == ((uint8_t)rest.p[0] < 0x80)) n++;
    return slice_of(rest.p, n);
}

// Whether products have all of it, or, of a run of Han characters, every two neighbours.
static enum err typed_word_exists(struct sense *s, struct slice typed, bool *out, unsigned *count) {
    struct text_word *words;
    *out = true;
    TRY(text_words(s->view->arena, typed, &words, count));
    for (unsigned i = 0; i < *count && *out; i++) TRY(word_exists(s->view, words[i].word, out));
    return ERR_OK;
}

// Words no title has may be misspelt or pinyin.
static enum err guess_stretch(struct sense *s, size_t from, size_t to) {
    for (size_t at = from; at < to;) {
        struct slice typed = typed_word(slice_of(s->spans.text.p + at, to - at));
        bool exists;
        unsigned count;
        if (typed.n) {
            TRY(typed_word_exists(s, typed, &exists, &count));
            bool crumb = (uint8_t)typed.p[0] >= 0x80 && typed.n <= 6; // one or two characters may be the end of a misspelt word
            if (!exists || crumb) TRY(span_list_guess(&s->spans, at, at + typed.n));
        }
        at += typed.n ? typed.n : 1;
    }
    return ERR_OK;
}

// ---- meanings ---------------------------------------------------------------------------------------------------------------------
static enum err group_types(struct sense *s, uint32_t group) {
    struct group_info g;
    enum err e = group_load(s->view, group, &g);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    for (uint32_t id = 1, n = names_count(s->view->snapshot, NAMES_TYPE); id <= n; id++) {
        struct type_info t;
        if (type_load(s->view, id, &t) == ERR_OK && slice_eq(t.group, g.slug)) id_add(s->out->types, &s->out->type_count, id);
    }
    return ERR_OK;
}

static enum err types_take(struct sense *s, const struct query_span *span) {
    unsigned best = strongest(span, LEXICON_TYPE);
    for (unsigned i = 0; i < span->entry_count; i++) {
        const struct lexicon_entry *e = &span->entries[i];
        if (best && e->kind == LEXICON_TYPE && e->weight == best) id_add(s->out->types, &s->out->type_count, e->id);
        if (!best && e->kind == LEXICON_GROUP) TRY(group_types(s, e->id));
    }
    return ERR_OK;
}

static void brands_take(struct sense *s, const struct query_span *span) {
    unsigned best = strongest(span, LEXICON_BRAND);
    for (unsigned i = 0; i < span->entry_count; i++)
        if (span->entries[i].kind == LEXICON_BRAND && span->entries[i].weight == best)
            id_add(s->out->brands, &s->out->brand_count, span->entries[i].id);
}

static enum err form_take(struct sense *s, struct query_span *span) {
    struct understood *out = s->out;
    struct slice text = slice_str(span->form.text);
    switch (form_role(span->form.kind)) {
    case ROLE_CODE:
        if (out->code_count == QUERY_CODES_MAX) return ERR_OK;
        TRY(trouble_code_load(s->view, text, &out->codes[out->code_count]));
        out->code_count++;
        return ERR_OK;
    case ROLE_VIN: out->vin = text; return ERR_OK;
    case ROLE_DISTANCE:
        if (span->form.kind == PATTERN_DISTANCE) out->distance_km = span->form.from;
        return ERR_OK;
    case ROLE_SPEC:
        if (out->spec_count < QUERY_SPECS_MAX) out->specs[out->spec_count++] = span->form;
        return ERR_OK;
    default: return ERR_OK;
    }
}

static struct slice meaning_of(const struct sense *s, const struct query_span *span, enum query_role role) {
    if (span->source == SPAN_FORM) return slice_str(span->form.text);
    if (span->how != SPAN_EXACT) return span->means;
    for (unsigned i = 0; i < span->entry_count; i++) {
        const struct lexicon_entry *e = &span->entries[i];
        if (role == ROLE_TYPE && e->kind == LEXICON_TYPE) return names_text(s->view, NAMES_TYPE, e->id);
        if (role == ROLE_BRAND && e->kind == LEXICON_BRAND) return names_text(s->view, NAMES_BRAND, e->id);
        if (role == ROLE_MAKE && e->kind == LEXICON_MAKE) return names_text(s->view, NAMES_MAKE, e->id);
        if (role == ROLE_MODEL && e->kind == LEXICON_MODEL) return names_text(s->view, NAMES_MODEL, e->id);
    }
    return span_text(s, span);
}

// A car word as its row writes it: "280TSI" for "280tsi".
static struct slice car_word_name(struct sense *s, const struct query_span *span) {
    struct slice text = span->how == SPAN_EXACT ? span_text(s, span) : span->means;
    for (unsigned i = 0; i < span->entry_count; i++) {
        struct car_word w;
        if (span->entries[i].kind != LEXICON_CAR || car_word_load(s->view, span->entries[i].id, &w) != ERR_OK) continue;
        for (struct slice rest = w.phrases; rest.n > 0;) {
            struct slice one = slice_cut(&rest, '|'), folded;
            if (text_fold(s->view->arena, one, &folded) == ERR_OK && slice_eq(folded, text)) return one;
        }
    }
    return text;
}

static void chip_add(struct sense *s, const struct query_span *span, enum query_role role) {
    struct understood *out = s->out;
    if (out->chip_count < QUERY_MEANINGS_MAX)
        out->chips[out->chip_count++] =
            (struct query_chip){(uint8_t)role, span->how, span->at, span->n, meaning_of(s, span, role)};
    if ((span->how >= SPAN_NEAR) && out->correction_count < QUERY_MEANINGS_MAX)
        out->corrections[out->correction_count++] = (struct query_correction){span_text(s, span), span->means};
}

// "4万公里保养" is the name of a service and says the kilometres as well.
static void distance_within(struct sense *s, const struct query_span *span) {
    for (unsigned i = 0; i < s->spans.count; i++) {
        const struct query_span *form = &s->spans.list[i];
        if (form->source == SPAN_FORM && form->form.kind == PATTERN_DISTANCE && form->at >= span->at && form->at + form->n <= span->at + span->n)
            s->out->distance_km = form->form.from;
    }
}

static enum err meanings(struct sense *s) {
    struct buf car;
    buf_init(&car, s->view->arena, s->spans.text.n + 8);
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        enum query_role role = role_of(s->view, span);
        chip_add(s, span, role);
        if (role == ROLE_BADGE) s->out->badge = car_word_name(s, span);
        if (role == ROLE_GENERATION) s->out->generation = car_word_name(s, span);
        if (role_of_car(role)) {
            if (car.n) buf_char(&car, ' ');
            buf_slice_put(&car, span->how == SPAN_EXACT || !span->means.n ? span_text(s, span) : span->means);
        } else if (role == ROLE_TYPE) {
            TRY(types_take(s, span));
            distance_within(s, span);
        } else if (role == ROLE_BRAND) brands_take(s, span);
        else if (role == ROLE_POSITION && !s->out->position.n) s->out->position = position_of(s->view, span);
        else if (role == ROLE_NUMBER && !s->out->part_number.n) s->out->part_number = span_text(s, span);
        else if (span->source == SPAN_FORM) TRY(form_take(s, span));
    }
    s->out->car = buf_slice(&car);
    return car.bad ? ERR_NO_MEMORY : ERR_OK;
}

// A size, a grade or a code stands for what it belongs to where nothing else is said.
static enum err types_imply(struct sense *s) {
    struct understood *out = s->out;
    if (out->type_count || out->part_number.n) return ERR_OK;
    for (unsigned i = 0; i < out->spec_count; i++) {
        const char *const *slugs = pattern_types(&out->specs[i]);
        uint32_t id;
        for (unsigned t = 0; slugs[t]; t++)
            if (names_find(s->view->snapshot, NAMES_TYPE, slice_str(slugs[t]), &id) == ERR_OK) id_add(out->types, &out->type_count, id);
    }
    for (unsigned i = 0; i < out->code_count; i++)
        for (unsigned t = 0; t < out->codes[i].type_count; t++) id_add(out->types, &out->type_count, out->codes[i].types[t]);
    out->types_implied = out->type_count > 0;
    return ERR_OK;
}

// ---- cars nobody knows -----------------------------------------------------------------------------------------------------------------
// "2031 golf": a year no pattern takes for one, because nothing was built then. It makes the car one that nobody knows.
static bool impossible_year(struct slice typed, unsigned *year) {
    uint64_t n;
    if (typed.n != 4 || !slice_u64(typed, &n) || n < 1800 || n >= 2100) return false;
    *year = (unsigned)n;
    return true;
}

static enum err impossible_years(struct sense *s, size_t from, size_t to) {
    struct slice rest = slice_of(s->spans.text.p + from, to - from);
    while (rest.n > 0 && s->car_named) {
        struct slice typed = typed_word(rest);
        unsigned year;
        if (impossible_year(typed, &year) && s->cars.count < CAR_SPANS_MAX) {
            struct query_span *span = ARENA_NEW(s->view->arena, struct query_span);
            if (!span) return ERR_NO_MEMORY;
            *span = (struct query_span){.at = (uint16_t)(typed.p - s->spans.text.p), .n = 4, .source = SPAN_FORM};
            span->form = (struct pattern){.kind = PATTERN_YEAR, .n = 4, .from = year, .to = year};
            slice_copy(typed, span->form.text, sizeof span->form.text);
            s->cars.spans[s->cars.count++] = span;
            chip_add(s, span, ROLE_YEAR);
        }
        rest = slice_from(rest, typed.n ? typed.n : 1);
    }
    return ERR_OK;
}

// The span of a car that ends right before this byte, fillers and blanks between left out; NULL when something else stands there.
static const struct query_span *car_before(const struct sense *s, size_t at) {
    for (unsigned i = s->count; i-- > 0;) {
        struct query_span *span = &s->spans.list[s->order[i]];
        if (span->at >= at) continue;
        if (span->at + span->n + 1u < at) return NULL;
        enum query_role role = role_of(s->view, span);
        if (role == ROLE_MAKE || role == ROLE_MODEL) return span;
        if (role != ROLE_FILLER) return NULL;
        at = span->at;
    }
    return NULL;
}

static bool model_named(const struct sense *s) {
    for (unsigned i = 0; i < s->count; i++) {
        enum query_role role = role_of(s->view, &s->spans.list[s->order[i]]);
        if (role == ROLE_MODEL || role == ROLE_GENERATION || role == ROLE_BADGE) return true;
    }
    return false;
}

// "toyota hilux", "golf 9", "奥迪Q9": a word right behind a make or a model that means nothing else is a model or a generation that is not
// known here. A word being typed may still become one that is.
static enum err unknown_model(struct sense *s, struct slice typed, bool exists, bool *out) {
    size_t at = (size_t)(typed.p - s->spans.text.p);
    const struct query_span *before = car_before(s, at);
    *out = false;
    if (!before || s->car_given) return ERR_OK;
    bool named = model_named(s), short_number = typed.n <= 2 && has_digit(typed), short_word = typed.n <= 2 && (uint8_t)typed.p[0] < 0x80;
    if (named ? !short_number : exists && !short_word) return ERR_OK;
    if (slice_end(typed) == slice_end(s->spans.text)) {
        uint32_t model;
        unsigned count;
        TRY(lexicon_prefix(s->view, typed, LEXICON_MODEL, &model, 1, &count));
        if (count) return ERR_OK;
    }
    *out = true;
    if (!s->out->unknown_car.n)
        s->out->unknown_car = slice_of(s->spans.text.p + before->at, at + typed.n - before->at);
    return ERR_OK;
}

// ---- what stays over is text --------------------------------------------------------------------------------------------------------------
// Long enough for a number, even where a title repeats it as a word.
static bool number_looks(struct slice typed) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    return has_digit(typed) && number_canonical(typed, canonical, sizeof canonical) >= NUMBER_LENGTH;
}

static enum err typed_word_keep(struct sense *s, struct slice typed) {
    struct understood *out = s->out;
    unsigned count;
    bool known;
    unsigned year;
    if (s->car_named && impossible_year(typed, &year)) return ERR_OK; // impossible_years() took it
    TRY(typed_word_exists(s, typed, &known, &count));
    if (count) {
        bool unknown;
        TRY(unknown_model(s, typed, known, &unknown));
        if (unknown) return ERR_OK;
    }
    known = known && !number_looks(typed);
    if (!known && !out->number_like.n && !out->part_number.n && number_plausible(typed)) {
        out->number_like = typed;
        return ERR_OK;
    }
    if (count && out->word_count < QUERY_MEANINGS_MAX) {
        out->words[out->word_count++] = typed;
        out->word_open = slice_end(typed) == slice_end(s->spans.text);
    }
    return ERR_OK;
}

// "06a 115 561 b": short words, some of digits, that are nothing else, are taken for one number.
static bool number_in_words(struct slice stretch) {
    unsigned words = 0, with_digits = 0;
    for (struct slice rest = slice_trim(stretch); rest.n > 0;) {
        struct slice word = slice_cut(&rest, ' ');
        bool digits = has_digit(word);
        for (size_t i = 0; i < word.n; i++)
            if ((uint8_t)word.p[i] >= 0x80) return false;
        if (word.n > 8 || (!digits && word.n > 2)) return false;
        words++;
        with_digits += digits;
    }
    return words > 1 && with_digits > 1;
}

static enum err keep_stretch(struct sense *s, size_t from, size_t to) {
    struct slice rest = slice_of(s->spans.text.p + from, to - from);
    if (!s->out->number_like.n && !s->out->part_number.n && number_in_words(rest)) {
        s->out->number_like = slice_trim(rest);
        return ERR_OK;
    }
    while (rest.n > 0) {
        struct slice typed = typed_word(rest);
        if (typed.n) TRY(typed_word_keep(s, typed));
        rest = slice_from(rest, typed.n ? typed.n : 1);
    }
    return ERR_OK;
}

// ---- the text as it is read -------------------------------------------------------------------------------------------------------------
// Chinese numerals of a year, "二零一八": four of them before 款 or 年 become digits.
static size_t year_in_han(struct slice s, size_t at, char digits[4]) {
    static const char *const numerals[] = {"零〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    size_t i = at;
    for (unsigned n = 0; n < 4; n++, i += 3) {
        if (i + 3 > s.n) return 0;
        unsigned value = 0;
        while (value < 10 && !memmem(numerals[value], strlen(numerals[value]), s.p + i, 3)) value++;
        if (value == 10) return 0;
        digits[n] = (char)('0' + value);
    }
    struct slice after = slice_from(s, i);
    return slice_starts(after, SLICE("款")) || slice_starts(after, SLICE("年")) ? i - at : 0;
}

// "2018golf", "golf2018": a year that touches a name of letters only; where it stands apart from it, and 0 where it does not.
static bool year_touches(struct slice s, size_t at) {
    size_t from = at, to = at;
    while (from > 0 && isalnum((unsigned char)s.p[from - 1])) from--;
    while (to < s.n && isalnum((unsigned char)s.p[to])) to++;
    bool digits_first = at - from == 4;
    size_t year = digits_first ? from : at, letters = digits_first ? at : from, letters_end = digits_first ? to : at;
    if (to - from < 7 || (!digits_first && to - at != 4) || (s.p[year] != '1' && s.p[year] != '2')) return false;
    for (size_t i = year; i < year + 4; i++)
        if (!isdigit((unsigned char)s.p[i])) return false;
    for (size_t i = letters; i < letters_end; i++)
        if (!isalpha((unsigned char)s.p[i])) return false;
    return (s.p[year] == '1' && s.p[year + 1] == '9') || (s.p[year] == '2' && s.p[year + 1] == '0');
}

// Punctuation between words is none to us (full-width signs have been folded to these); years are set apart and written in digits.
static enum err text_read(struct arena *a, struct slice folded, struct slice *out) {
    static const char signs[] = "+,;:!?()[]{}<>|\"=~`^$@";
    struct buf b;
    buf_init(&b, a, folded.n * 2 + 1);
    for (size_t i = 0; i < folded.n; i++) {
        char digits[4];
        size_t han = (uint8_t)folded.p[i] >= 0xE0 ? year_in_han(folded, i, digits) : 0;
        if (han) {
            buf_put(&b, digits, sizeof digits);
            i += han - 1;
            continue;
        }
        bool apart = i && isalnum((unsigned char)folded.p[i - 1]) && isalnum((unsigned char)folded.p[i]) &&
                     !isdigit((unsigned char)folded.p[i - 1]) != !isdigit((unsigned char)folded.p[i]) && year_touches(folded, i);
        char c = folded.p[i] && strchr(signs, folded.p[i]) ? ' ' : folded.p[i];
        if (apart) buf_char(&b, ' ');
        if (c != ' ' || (b.n && b.p[b.n - 1] != ' ')) buf_char(&b, c);
    }
    while (b.n && b.p[b.n - 1] == ' ') b.n--;
    *out = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err query_understand(struct view *v, struct slice query, bool car_given, struct understood *out) {
    struct sense *s = ARENA_NEW(v->arena, struct sense);
    *out = (struct understood){0};
    if (!s) return ERR_NO_MEMORY;
    *s = (struct sense){.view = v, .out = out, .car_given = car_given};
    TRY(text_fold(v->arena, query, &out->folded));
    TRY(text_read(v->arena, out->folded, &out->folded));
    TRY(span_list_begin(v, out->folded, &s->spans));
    TRY(best_path(s));
    unsigned before = s->spans.count;
    TRY(each_stretch(s, guess_stretch));
    if (s->spans.count > before) TRY(best_path(s));
    TRY(meanings(s));
    TRY(each_stretch(s, impossible_years));
    TRY(query_car_read(&s->spans, &s->cars, out));
    TRY(types_imply(s));
    for (unsigned i = 0; i < out->type_count; i++) out->position_tells |= type_has_position(v, out->types[i], out->position);
    return each_stretch(s, keep_stretch);
}
