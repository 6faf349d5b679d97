// query_doubt.c: spans that mean something only beside something else, and the path once they are ruled out (query_sense.h).
#include "names.h"
#include "query_sense.h"
#include "spec_tokens.h"
#include "vehicle.h"

#define PATHS_MAX 8 // how often doubts may send us back for another path

static void cars_collect(struct sense *s) {
    s->cars.count = 0;
    s->car_named = false;
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        enum query_role role = sense_role(s->view, span);
        if (!sense_role_of_car(role) || s->cars.count == CAR_SPANS_MAX) continue;
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

// "哈弗H11": right behind a make whose model is not named, a form is rather a model nobody knows. That make, or NULL.
static const struct query_span *behind_make(const struct sense *s, const struct query_span *form) {
    const struct query_span *before = NULL;
    bool model = false;
    for (unsigned i = 0; i < s->count; i++) {
        const struct query_span *span = &s->spans.list[s->order[i]];
        enum query_role role = sense_role(s->view, span);
        model |= span->at != form->at && (role == ROLE_MODEL || role == ROLE_GENERATION);
        if (span->at < form->at) before = span;
    }
    bool behind = before && !model && sense_role(s->view, before) == ROLE_MAKE && before->at + before->n + 1u >= form->at;
    return behind ? before : NULL;
}

static bool model_of(struct view *v, const struct query_span *model, const struct query_span *make) {
    for (unsigned i = 0; i < model->entry_count; i++) {
        uint32_t of;
        if (model->entries[i].kind != LEXICON_MODEL || model_make(v, model->entries[i].id, &of) != ERR_OK) continue;
        if (span_means(make, LEXICON_MAKE, of)) return true;
    }
    return false;
}

// "标致2008": right behind a make whose model is not named, a year that is a model of that make's is the model.
static bool model_behind_make(const struct sense *s, const struct query_span *form) {
    const struct query_span *make = behind_make(s, form);
    for (unsigned k = 0; make && k < s->spans.count; k++) {
        const struct query_span *other = &s->spans.list[k];
        bool same = other->source == SPAN_PHRASE && other->at == form->at && other->n == form->n && other->how == SPAN_EXACT && !other->banned;
        if (same && model_of(s->view, other, make)) return true;
    }
    return false;
}

// "瑞虎12": two digits that touch a model's name are rather one of its kind than a year.
static bool behind_model(const struct sense *s, const struct query_span *form) {
    for (unsigned i = 0; i < s->count; i++) {
        const struct query_span *span = &s->spans.list[s->order[i]];
        if (span->at + span->n == form->at && sense_role(s->view, span) == ROLE_MODEL) return true;
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
    bool tenths = memchr(s->spans.text.p + span->at, '.', span->n) != NULL;
    switch (p->kind) {
    case PATTERN_YEAR:
        if (model_behind_make(s, span)) return 0;
        return p->certain ? 1 + car : car && !behind_model(s, span) ? 2 : 0;
    case PATTERN_DISPLACEMENT: // "2.0l" of a car's oil is its engine, "4l" a bottle
        return car && (tenths || !type_sought(s, pattern_bearers(&volume))) ? 2 : car || p->certain ? 1 : 0;
    case PATTERN_VOLUME: return beside_type ? (car && tenths ? 1 : 2) : p->certain && !car;
    case PATTERN_RIM: case PATTERN_WIPER: return beside_type ? 2 : 0;
    case PATTERN_TROUBLE_CODE: return p->certain ? 2 : !phrase_there(s, span);
    default:
        if (sense_form_role(p->kind) == ROLE_SPEC && (beside_type || kin_stands(s, p))) return 2;
        if (sense_form_role(p->kind) == ROLE_SPEC && behind_make(s, span)) return 0;
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
            if (other->form.kind == PATTERN_YEAR && span_weight(chosen, LEXICON_MODEL)) continue; // Peugeot 2008
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
        if (span->how != SPAN_NEAR || sense_role(s->view, span) != ROLE_BRAND || !behind_make(s, span)) continue;
        span->banned = banned = true;
    }
    return banned;
}

// ---- phrases that hold two things -----------------------------------------------------------------------------------------------------
static bool shares_type(const struct query_span *a, const struct query_span *b) {
    for (unsigned i = 0; i < a->entry_count; i++)
        if (a->entries[i].kind == LEXICON_TYPE && span_means(b, LEXICON_TYPE, a->entries[i].id)) return true;
    return false;
}

static bool holds_both(const struct sense *s, const struct query_span *whole, const struct query_span *a, const struct query_span *b) {
    if (a->how != SPAN_EXACT || b->how != SPAN_EXACT || a->source != SPAN_PHRASE || b->source != SPAN_PHRASE || b->banned || a->banned) return false;
    if (span_weight(whole, LEXICON_BRAND) && !span_weight(whole, LEXICON_TYPE)) // "NGK火花塞" as a name of NGK's
        return span_weight(a, LEXICON_BRAND) && span_weight(b, LEXICON_TYPE);
    // "日产奇骏" as a name of the X-Trail alone, though 奇骏 is a Rogue as well: make and model apart name all that are meant.
    unsigned model = span_weight(whole, LEXICON_MODEL), make = span_weight(whole, LEXICON_MAKE);
    if ((model || make) && model <= LEXICON_SYNONYM && make <= LEXICON_SYNONYM && !span_weight(whole, LEXICON_TYPE))
        return span_weight(a, LEXICON_MAKE) && span_weight(b, LEXICON_MODEL);
    if (!span_weight(whole, LEXICON_TYPE) || !span_weight(a, LEXICON_POSITION) || !shares_type(whole, b)) return false;
    for (unsigned i = 0; i < b->entry_count; i++) // "前刹车片" as a name of the pads
        if (b->entries[i].kind == LEXICON_TYPE && sense_type_has_position(s->view, b->entries[i].id, sense_position(s->view, a))) return true;
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

// "Chevrolet Sail": beside its make a model is no brand of the same name.
static void brands_of_models(struct sense *s) {
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        bool model = false;
        for (unsigned e = 0; span_weight(span, LEXICON_BRAND) && e < span->entry_count && !model; e++) {
            uint32_t make;
            if (span->entries[e].kind != LEXICON_MODEL || model_make(s->view, span->entries[e].id, &make) != ERR_OK) continue;
            for (unsigned k = 0; k < s->count && !model; k++) model = k != i && span_means(&s->spans.list[s->order[k]], LEXICON_MAKE, make);
        }
        unsigned kept = 0;
        for (unsigned e = 0; model && e < span->entry_count; e++)
            if (span->entries[e].kind != LEXICON_BRAND) span->entries[kept++] = span->entries[e];
        if (!model) continue;
        span->entry_count = kept;
        span->role = 0;
    }
}

// ---- the path -----------------------------------------------------------------------------------------------------------------------
enum err sense_path(struct sense *s) {
    for (unsigned i = 0; i < PATHS_MAX; i++) {
        bool doubted = false;
        TRY(span_path(&s->spans, s->order, &s->count));
        brands_of_models(s);
        cars_collect(s);
        TRY(query_car_doubts(s->view, s->spans.text, &s->cars, &doubted));
        if (doubted) continue;
        if (phrases_split(s) || brands_doubted(s)) continue;
        if (!forms_doubted(s)) break;
    }
    cars_collect(s);
    return ERR_OK;
}
