// query_car.c: readings of a car, one for each way in which all of its words go together (query_car.h).
#include "base/limits.h"
#include "car_word.h"
#include "query_car_internal.h"
#include "vehicle.h"

#define FOLLOWS_MAX 64 // meanings of car words that are followed in all, so that words of many meanings cost no more

struct reader_state {
    struct models models;
    struct terms terms, certain; // certain: what the customer said outright
    unsigned from, to;
    bool impossible;
};

struct car_reader {
    struct view *view;
    const struct span_list *spans;
    const struct car_spans *cars;
    struct makes makes;
    struct understood *out;
    unsigned follows;
};

static void years_narrow(struct reader_state *r, unsigned from, unsigned to) {
    if (from && (r->from == 0 || from > r->from)) r->from = from;
    if (to && (r->to == 0 || to < r->to)) r->to = to;
    if (r->from && r->to && r->from > r->to) r->impossible = true;
}

// A car word goes with what is known so far when it names none of the models but a whole make, or one of the models, and none of the
// years is ruled out.
static bool word_goes(const struct reader_state *r, const struct makes *makes, const struct car_word *w) {
    if (w->from && r->to && w->from > r->to) return false;
    if (w->to && r->from && w->to < r->from) return false;
    if (!w->make) return true;
    if (r->models.count == 0) return makes->count == 0 || car_make_among(makes, w->make);
    if (w->model_count == 0) return car_model_among(&r->models, w->make, 0);
    for (unsigned i = 0; i < w->model_count; i++)
        if (car_model_among(&r->models, w->make, w->models[i])) return true;
    return false;
}

// The models the phrase or a part of it names: of "golf 7" those of "golf", though the generation has more.
static enum err models_within(const struct car_reader *c, const struct query_span *span, struct models *out) {
    *out = (struct models){.count = 0};
    for (unsigned i = 0; i < c->spans->count; i++) {
        const struct query_span *s = &c->spans->list[i];
        bool whole = s == span, part = s->how == SPAN_EXACT && (s->at == span->at || s->at + s->n == span->at + span->n) && s->n < span->n;
        if (!(whole || part) || !span_weight(s, LEXICON_MODEL) || car_words_weak(slice_of(c->spans->text.p + s->at, s->n))) continue;
        struct models found;
        TRY(car_models_named(c->view, s, &c->makes, &found));
        for (unsigned k = 0; k < found.count; k++) car_model_add(out, found.list[k]);
    }
    return ERR_OK;
}

static void word_use(struct arena *a, struct reader_state *r, const struct car_word *w, const struct models *within) {
    struct models kept = {.more = r->models.more}, narrow = kept;
    if (w->make && w->model_count) {
        for (unsigned i = 0; i < w->model_count; i++) {
            if (r->models.count && !car_model_among(&r->models, w->make, w->models[i])) continue;
            car_model_add(&kept, (struct car_model){w->make, w->models[i]});
            if (car_model_among(within, w->make, w->models[i])) car_model_add(&narrow, (struct car_model){w->make, w->models[i]});
        }
        r->models = narrow.count ? narrow : kept;
    } else if (w->make && r->models.count == 0) {
        car_model_add(&r->models, (struct car_model){w->make, 0});
    }
    years_narrow(r, w->from, w->to);
    car_terms_add(a, &r->terms, w->attrs);
    if (w->role == CAR_WORD_ATTRIBUTE && slice_starts(w->attrs, SLICE("fuel:"))) car_terms_add(a, &r->certain, w->attrs);
}

// The car words of a span that go with the rest, at most `max`.
static enum err words_that_go(const struct car_reader *c, const struct query_span *s, const struct reader_state *r, struct car_word *out,
                              unsigned max, unsigned *count) {
    *count = 0;
    for (unsigned i = 0; i < s->entry_count && *count < max; i++) {
        if (s->entries[i].kind != LEXICON_CAR) continue;
        enum err e = car_word_load(c->view, s->entries[i].id, &out[*count]);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        if (!out[*count].lost && word_goes(r, &c->makes, &out[*count])) ++*count;
    }
    return ERR_OK;
}

static void reading_add(struct car_reader *c, const struct reader_state *r) {
    struct understood *out = c->out;
    if (out->reading_count == QUERY_READINGS_MAX) return;
    out->certain_attrs[out->reading_count] = car_terms_text(c->view->arena, &r->certain);
    struct car_reading *reading = &out->readings[out->reading_count++];
    unsigned models = r->models.count < CAR_READING_MODELS ? r->models.count : CAR_READING_MODELS;
    *reading = (struct car_reading){.model_count = models, .from = (uint16_t)r->from, .to = (uint16_t)(r->from && !r->to ? LIMIT_YEAR_MAX : r->to),
                                    .attrs = car_terms_text(c->view->arena, &r->terms)};
    for (unsigned i = 0; i < models; i++) {
        reading->models[i].make = r->models.list[i].make;
        reading->models[i].model = r->models.list[i].model;
    }
}

// What all rows of a badge say of an attribute, as alternatives; what one of them leaves open stays open.
static void badge_terms(struct arena *a, const struct car_word *words, unsigned count, struct terms *out) {
    struct terms first = {.count = 0};
    car_terms_add(a, &first, words[0].attrs);
    for (unsigned t = 0; t < first.count; t++) {
        struct slice values = first.values[t];
        bool all = true;
        for (unsigned i = 1; i < count && all; i++) {
            struct terms other = {.count = 0};
            car_terms_add(a, &other, words[i].attrs);
            all = false;
            for (unsigned k = 0; k < other.count && !all; k++) {
                all = slice_eq(other.names[k], first.names[t]);
                if (all && !slice_eq(other.values[k], values)) values = arena_printf(a, "%.*s|%.*s", SLICE_ARGS(values), SLICE_ARGS(other.values[k]));
            }
        }
        if (all) car_term_add(a, out, first.names[t], values);
    }
}

static bool model_known(const struct models *m) { // a model, not only a make
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].model) return true;
    return false;
}

// Models that this phrase is the name of, of the makes its car words speak of: those names mean them too.
static enum err namesakes_of(const struct car_reader *c, const struct query_span *span, const struct car_word *words, unsigned count,
                             bool badge, struct models *out) {
    *out = (struct models){.count = 0};
    for (unsigned e = 0; e < span->entry_count; e++) {
        uint32_t make;
        if (span->entries[e].kind != LEXICON_MODEL || (!badge && span->entries[e].weight < LEXICON_NAME - LEXICON_VARIANT)) continue;
        enum err err = model_make(c->view, span->entries[e].id, &make);
        if (err == ERR_NOT_FOUND || (c->makes.count && !car_make_among(&c->makes, make))) continue;
        TRY(err);
        bool among = false, spoken_of = false;
        for (unsigned i = 0; i < count; i++) {
            spoken_of |= !words[i].make || words[i].make == make;
            for (unsigned k = 0; k < words[i].model_count; k++) among |= words[i].models[k] == span->entries[e].id;
        }
        if (spoken_of && !among) car_model_add(out, (struct car_model){make, span->entries[e].id});
    }
    return ERR_OK;
}

// A badge is worn for many years and with many engines, of which our table may lack some: it names models, and engines where all its rows
// agree that they have one, but no years. And what is a badge or a generation of one model may be the name of another: "440i" is a 4 Series in
// one market and a model of its own in another, 发现3 a Discovery and the LR3. Then either is meant, of any year and with any engine.
static enum err broadly_use(const struct car_reader *c, const struct query_span *span, const struct car_word *words, unsigned count,
                            const struct models *within, struct reader_state *r, bool *used) {
    struct models namesakes = {.count = 0}, all = {.count = 0};
    bool badge = count > 0;
    for (unsigned i = 0; i < count; i++) badge &= words[i].role == CAR_WORD_BADGE && words[i].make;
    if (count && !model_known(&r->models) && (c->makes.count || words[0].make)) TRY(namesakes_of(c, span, words, count, badge, &namesakes));
    *used = badge || namesakes.count;
    if (!*used) return ERR_OK;
    bool attributes = true;
    for (unsigned i = 0; i < count; i++) attributes &= words[i].role == CAR_WORD_ATTRIBUTE;
    if (attributes) { // "Isuzu Pickup", "三菱 Wagon": a model of the make named has that word for its name
        r->models = namesakes;
        return ERR_OK;
    }
    for (unsigned i = 0; i < count; i++) {
        struct reader_state one = *r;
        struct car_word word = words[i];
        word.from = word.to = 0;
        word.attrs = SLICE_NONE;
        word_use(c->view->arena, &one, &word, within);
        for (unsigned k = 0; k < one.models.count; k++) car_model_add(&all, one.models.list[k]);
    }
    for (unsigned i = 0; i < namesakes.count; i++) car_model_add(&all, namesakes.list[i]);
    r->models = all;
    // "328i" is a badge of the 3 Series, and a model elsewhere: its engines are the model's own business.
    bool model_itself = span_weight(span, LEXICON_MODEL) >= LEXICON_NAME - LEXICON_VARIANT;
    if (namesakes.count == 0 && !model_itself) badge_terms(c->view->arena, words, count, &r->terms);
    return ERR_OK;
}

// A reading that lacks some of the cars meant would say that something fits when it does not fit those.
static bool too_many(const struct models *m) { return m->more || m->count > CAR_READING_MODELS; }

// Several meanings of one car word ("B9") are several readings: each is followed to the end of the words.
static enum err follow(struct car_reader *c, unsigned at, struct reader_state r) {
    if (c->out->reading_count == QUERY_READINGS_MAX || c->follows++ == FOLLOWS_MAX) return ERR_OK;
    for (; at < c->cars->count; at++) {
        const struct query_span *s = c->cars->spans[at];
        struct car_word words[QUERY_READINGS_MAX];
        struct models within;
        unsigned count;
        if (!span_weight(s, LEXICON_CAR)) continue;
        TRY(words_that_go(c, s, &r, words, QUERY_READINGS_MAX, &count));
        TRY(models_within(c, s, &within));
        bool named_otherwise = span_weight(s, LEXICON_MODEL) || span_weight(s, LEXICON_MAKE);
        if (count == 0 && !named_otherwise) r.impossible = true;
        bool used;
        TRY(broadly_use(c, s, words, count, &within, &r, &used));
        if (used) continue;
        for (unsigned i = 1; i < count; i++) {
            struct reader_state other = r;
            word_use(c->view->arena, &other, &words[i], &within);
            TRY(follow(c, at + 1, other));
        }
        if (count) word_use(c->view->arena, &r, &words[0], &within);
    }
    if (!r.impossible && !too_many(&r.models)) reading_add(c, &r);
    return ERR_OK;
}

// Builders of trailers and fire engines count only where nobody else is meant.
static enum err models_of_cars(struct view *v, struct models *m) {
    struct models kept = {.count = 0};
    for (unsigned i = 0; i < m->count; i++) {
        struct model model;
        enum err e = m->list[i].model ? model_load(v, m->list[i].make, m->list[i].model, &model) : ERR_NOT_FOUND;
        if (e != ERR_NOT_FOUND) TRY(e);
        if (e == ERR_NOT_FOUND || model.vehicles) car_model_add(&kept, m->list[i]);
    }
    kept.more = m->more;
    if (kept.count) *m = kept;
    return ERR_OK;
}

// What a car word says of a model is more than the same phrase as another name of it; of another make than those named it says nothing
// ("BYD F3" is no BMW), nor of a year it does not reach.
static enum err car_word_meant(const struct car_reader *c, const struct query_span *s, const struct reader_state *r, bool *out) {
    struct car_word word;
    unsigned count = 0;
    if (span_weight(s, LEXICON_CAR) >= span_weight(s, LEXICON_MODEL)) TRY(words_that_go(c, s, r, &word, 1, &count));
    *out = count > 0;
    return ERR_OK;
}

// "Geo Spectrum" is a model of Chevrolet's and the Spectrum of the make Geo: read apart, a name of make and model means that as well.
static enum err models_apart(const struct car_reader *c, const struct query_span *whole, struct models *out) {
    for (unsigned i = 0; i < c->spans->count; i++) {
        const struct query_span *a = &c->spans->list[i];
        if (a->at != whole->at || a->n >= whole->n || a->how != SPAN_EXACT || !span_weight(a, LEXICON_MAKE)) continue;
        for (unsigned k = 0; k < c->spans->count; k++) {
            const struct query_span *b = &c->spans->list[k];
            unsigned end = a->at + a->n;
            if (b->at < end || b->at > end + 1 || b->at + b->n != whole->at + whole->n || b->how != SPAN_EXACT) continue;
            for (unsigned e = 0; b->source == SPAN_PHRASE && e < b->entry_count; e++) {
                uint32_t make;
                if (b->entries[e].kind != LEXICON_MODEL || model_make(c->view, b->entries[e].id, &make) != ERR_OK) continue;
                if (span_means(a, LEXICON_MAKE, make)) car_model_add(out, (struct car_model){make, b->entries[e].id});
            }
        }
    }
    return ERR_OK;
}

// Makes, models, years and engines as they are named, before car words narrow them.
static enum err begin(struct car_reader *c, struct reader_state *r, bool *named) {
    unsigned from = 0, to = 0;
    bool model_named = false, other_make = false;
    for (unsigned i = 0; i < c->cars->count; i++) {
        const struct query_span *s = c->cars->spans[i];
        if (s->source == SPAN_FORM && s->form.kind == PATTERN_YEAR) {
            if (!from || s->form.from < from) from = s->form.from;
            if (s->form.to > to) to = s->form.to;
        }
        if (s->source == SPAN_FORM && s->form.kind == PATTERN_DISPLACEMENT) {
            car_terms_add(c->view->arena, &r->terms, slice_str(s->form.text));
            car_terms_add(c->view->arena, &r->certain, slice_str(s->form.text));
        }
    }
    years_narrow(r, from, to);
    for (unsigned i = 0; i < c->cars->count; i++) {
        const struct query_span *s = c->cars->spans[i];
        struct models models;
        *named |= span_weight(s, LEXICON_MAKE) || span_weight(s, LEXICON_MODEL) || span_weight(s, LEXICON_CAR);
        if (!span_weight(s, LEXICON_MODEL) || (span_weight(s, LEXICON_MAKE) && !car_model_beside(c->view, c->cars, i))) continue;
        bool otherwise;
        TRY(car_word_meant(c, s, r, &otherwise));
        if (otherwise) continue;
        TRY(car_models_named(c->view, s, &c->makes, &models));
        TRY(models_apart(c, s, &models));
        other_make |= models.count == 0;
        model_named |= models.count > 0;
        for (unsigned k = 0; k < models.count; k++) car_model_add(&r->models, models.list[k]);
        r->models.more |= models.more;
    }
    TRY(models_of_cars(c->view, &r->models));
    for (unsigned i = 0; !model_named && i < c->makes.count; i++) car_model_add(&r->models, (struct car_model){c->makes.ids[i], 0});
    for (unsigned i = 0; !model_named && i < c->cars->count; i++) { // "捷达" is a make and a Volkswagen
        const struct makes none = {.count = 0};
        struct models models;
        if (!span_weight(c->cars->spans[i], LEXICON_MAKE)) continue;
        TRY(car_models_named(c->view, c->cars->spans[i], &none, &models));
        for (unsigned k = 0; k < models.count; k++) car_model_add(&r->models, models.list[k]);
        r->models.more |= models.more;
    }
    r->impossible |= other_make && !model_named;
    return ERR_OK;
}

enum err query_car_read(const struct span_list *spans, const struct car_spans *cars, struct understood *out) {
    struct car_reader c = {.view = spans->view, .spans = spans, .cars = cars, .out = out};
    struct reader_state r = {.from = 0};
    bool named = false;
    car_makes_named(c.view, cars, &c.makes);
    if (cars->count == 0) return ERR_OK;
    TRY(begin(&c, &r, &named));
    if (!r.impossible) TRY(follow(&c, 0, r));
    if (out->reading_count == 0) { // the words exclude each other: no car has all of them
        if (named) out->unknown_car = out->car;
        reading_add(&c, &r);
        return ERR_OK;
    }
    TRY(car_readings_order(c.view, out));
    car_readings_split(out);
    return ERR_OK;
}
