// query_car_named.c: makes and models that phrases name, and which of those names nothing around them supports (query_car_internal.h).
#include <ctype.h>

#include "vehicle.h"
#include "query_car_internal.h"

bool car_make_among(const struct makes *m, uint32_t make) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->ids[i] == make) return true;
    return false;
}

bool car_model_beside(struct view *v, const struct car_spans *cars, unsigned at) {
    const struct query_span *s = cars->spans[at];
    for (unsigned i = 0; i < s->entry_count; i++) {
        uint32_t make;
        if (s->entries[i].kind != LEXICON_MODEL || model_make(v, s->entries[i].id, &make) != ERR_OK) continue;
        for (unsigned k = 0; k < cars->count; k++)
            if (k != at && span_means(cars->spans[k], LEXICON_MAKE, make)) return true;
    }
    return false;
}

void car_makes_named(struct view *v, const struct car_spans *cars, struct makes *out) {
    out->count = 0;
    for (unsigned s = 0; s < cars->count; s++) {
        const struct query_span *span = cars->spans[s];
        if (!span_weight(span, LEXICON_MAKE) || car_model_beside(v, cars, s)) continue;
        for (unsigned i = 0; i < span->entry_count; i++) {
            const struct lexicon_entry *e = &span->entries[i];
            if (e->kind == LEXICON_MAKE && !car_make_among(out, e->id) && out->count < CAR_READING_MODELS) out->ids[out->count++] = e->id;
        }
    }
}

void car_model_add(struct models *m, struct car_model one) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].make == one.make && m->list[i].model == one.model) return;
    if (m->count == MODELS_MAX) m->more = true;
    else m->list[m->count++] = one;
}

bool car_model_among(const struct models *m, uint32_t make, uint32_t model) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].make == make && (!m->list[i].model || !model || m->list[i].model == model)) return true;
    return false;
}

enum err car_models_named(struct view *v, const struct query_span *s, const struct makes *makes, struct models *out) {
    unsigned best = 0;
    *out = (struct models){.more = s->entry_count == SPAN_ENTRIES_MAX};
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; s->source == SPAN_PHRASE && i < s->entry_count; i++) {
            const struct lexicon_entry *e = &s->entries[i];
            uint32_t make;
            if (e->kind != LEXICON_MODEL) continue;
            enum err err = model_make(v, e->id, &make);
            if (err == ERR_NOT_FOUND) continue;
            TRY(err);
            if (makes->count && !car_make_among(makes, make)) continue;
            if (pass == 0 && e->weight > best) best = e->weight;
            if (pass == 1 && e->weight + LEXICON_VARIANT >= best) car_model_add(out, (struct car_model){make, e->id});
        }
    return ERR_OK;
}

// ---- doubts -----------------------------------------------------------------------------------------------------------------------
static bool digits_only(struct slice s) {
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.p[i])) return false;
    return true;
}

bool car_words_weak(struct slice s) {
    bool letters = span_units(s) <= 2;
    for (size_t i = 0; i < s.n; i++) letters &= isalpha((unsigned char)s.p[i]) != 0;
    return letters || digits_only(s);
}

// Whether another span names a make, or a model or car word that is not itself weak.
static bool supported(struct slice text, const struct car_spans *cars, unsigned at) {
    for (unsigned i = 0; i < cars->count; i++) {
        const struct query_span *s = cars->spans[i];
        if (i == at || s->source != SPAN_PHRASE) continue;
        if (span_weight(s, LEXICON_MAKE) || !car_words_weak(slice_of(text.p + s->at, s->n))) return true;
    }
    return false;
}

// "4l" is a chassis of Audi's and four litres, "991" a Porsche and a number: codes that begin with a digit need a car beside them.
static bool weak_code(struct slice s) { return isdigit((unsigned char)s.p[0]) && span_units(s) <= 3; }

// What else the phrase means; false: nothing.
static bool leave_out_car(struct query_span *s) {
    unsigned kept = 0;
    for (unsigned i = 0; i < s->entry_count; i++)
        if (s->entries[i].kind != LEXICON_MODEL && s->entries[i].kind != LEXICON_CAR) s->entries[kept++] = s->entries[i];
    s->entry_count = kept;
    s->role = 0;
    return kept > 0;
}

enum err query_car_doubts(struct view *v, struct slice text, const struct car_spans *cars, bool *banned_any) {
    struct makes makes;
    struct models models;
    *banned_any = false;
    car_makes_named(v, cars, &makes);
    for (unsigned i = 0; i < cars->count; i++) {
        struct query_span *s = cars->spans[i];
        struct slice words = slice_of(text.p + s->at, s->n);
        bool code = span_weight(s, LEXICON_CAR) && weak_code(words);
        if (s->source != SPAN_PHRASE || span_weight(s, LEXICON_MAKE) || !(car_words_weak(words) || code)) continue;
        bool good = supported(text, cars, i);
        if (good && span_weight(s, LEXICON_MODEL) && !span_weight(s, LEXICON_CAR)) { // and of a make that is named
            TRY(car_models_named(v, s, &makes, &models));
            good = makes.count > 0 && models.count > 0;
        }
        if (good) continue;
        s->banned = !leave_out_car(s);
        *banned_any = true;
    }
    return ERR_OK;
}
