#include "query_car.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "car_word.h"
#include "vehicle.h"

#define MODELS_MAX CAR_READING_MODELS
#define TERMS_MAX 12

static bool entry_is(const struct query_span *s, enum lexicon_kind kind) {
    for (unsigned i = 0; s->source == SPAN_PHRASE && i < s->entry_count; i++)
        if (s->entries[i].kind == kind) return true;
    return false;
}

// ---- makes and models named -----------------------------------------------------------------------------------------------------
struct makes { uint32_t ids[MODELS_MAX]; unsigned count; };

static bool make_named(const struct makes *m, uint32_t make) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->ids[i] == make) return true;
    return false;
}

static void makes_of(const struct car_spans *cars, struct makes *out) {
    out->count = 0;
    for (unsigned s = 0; s < cars->count; s++)
        for (unsigned i = 0; cars->spans[s]->source == SPAN_PHRASE && i < cars->spans[s]->entry_count; i++) {
            const struct lexicon_entry *e = &cars->spans[s]->entries[i];
            if (e->kind == LEXICON_MAKE && !make_named(out, e->id) && out->count < MODELS_MAX) out->ids[out->count++] = e->id;
        }
}

struct car_model { uint32_t make, model; };
struct models { struct car_model list[MODELS_MAX]; unsigned count; };

static void model_add(struct models *m, struct car_model one) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].make == one.make && m->list[i].model == one.model) return;
    if (m->count < MODELS_MAX) m->list[m->count++] = one;
}

static bool model_among(const struct models *m, uint32_t make, uint32_t model) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].make == make && (!m->list[i].model || !model || m->list[i].model == model)) return true;
    return false;
}

// The models a phrase names with its greatest weight, of the makes named where any is.
static enum err models_of(struct view *v, const struct query_span *s, const struct makes *makes, struct models *out) {
    unsigned best = 0;
    out->count = 0;
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; s->source == SPAN_PHRASE && i < s->entry_count; i++) {
            const struct lexicon_entry *e = &s->entries[i];
            uint32_t make;
            if (e->kind != LEXICON_MODEL) continue;
            enum err err = model_make(v, e->id, &make);
            if (err == ERR_NOT_FOUND) continue;
            TRY(err);
            if (makes->count && !make_named(makes, make)) continue;
            if (pass == 0 && e->weight > best) best = e->weight;
            if (pass == 1 && e->weight + LEXICON_VARIANT >= best) model_add(out, (struct car_model){make, e->id});
        }
    return ERR_OK;
}

// ---- doubts -----------------------------------------------------------------------------------------------------------------------
static bool digits_only(struct slice s) {
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.p[i])) return false;
    return true;
}

// "3", "s", "es": words that mean many things. "a4" and "h6" do not.
static bool weak(struct slice s) {
    bool letters = span_units(s) <= 2;
    for (size_t i = 0; i < s.n; i++) letters &= isalpha((unsigned char)s.p[i]) != 0;
    return letters || digits_only(s);
}

// Whether another span names a make, or a model or car word that is not itself weak.
static bool supported(struct slice text, const struct car_spans *cars, unsigned at) {
    for (unsigned i = 0; i < cars->count; i++) {
        const struct query_span *s = cars->spans[i];
        if (i == at || s->source != SPAN_PHRASE) continue;
        if (entry_is(s, LEXICON_MAKE) || !weak(slice_of(text.p + s->at, s->n))) return true;
    }
    return false;
}

enum err query_car_doubts(struct view *v, struct slice text, const struct car_spans *cars, bool *banned_any) {
    struct makes makes;
    struct models models;
    *banned_any = false;
    makes_of(cars, &makes);
    for (unsigned i = 0; i < cars->count; i++) {
        struct query_span *s = cars->spans[i];
        struct slice words = slice_of(text.p + s->at, s->n);
        if (s->source != SPAN_PHRASE || entry_is(s, LEXICON_MAKE) || !weak(words)) continue;
        bool good = supported(text, cars, i);
        if (entry_is(s, LEXICON_MODEL) && good) { // and of a make that is named, if it is but digits or a letter
            TRY(models_of(v, s, &makes, &models));
            good = makes.count > 0 && models.count > 0;
        }
        if (entry_is(s, LEXICON_CAR)) good = good || !digits_only(words);
        s->banned = !good;
        *banned_any |= !good;
    }
    return ERR_OK;
}

// ---- attributes ---------------------------------------------------------------------------------------------------------------------
// What the words say of attributes: one list of alternatives per name; words that say different things of one attribute leave what they
// have in common, or all of it where that is nothing (a badge's engine and the engine named may be rounded differently).
struct terms { struct slice names[TERMS_MAX], values[TERMS_MAX]; unsigned count; };

static bool value_among(struct slice list, struct slice value) {
    while (list.n > 0)
        if (slice_eq(slice_cut(&list, '|'), value)) return true;
    return false;
}

static struct slice values_common(struct arena *a, struct slice x, struct slice y) {
    struct buf b;
    buf_init(&b, a, x.n + y.n + 2);
    for (struct slice rest = x; rest.n > 0;) {
        struct slice one = slice_cut(&rest, '|');
        if (!value_among(y, one)) continue;
        if (b.n) buf_char(&b, '|');
        buf_slice_put(&b, one);
    }
    return b.n ? buf_slice(&b) : y;
}

static void term_add(struct arena *a, struct terms *t, struct slice name, struct slice values) {
    for (unsigned i = 0; i < t->count; i++)
        if (slice_eq(t->names[i], name)) {
            t->values[i] = values_common(a, t->values[i], values);
            return;
        }
    if (t->count == TERMS_MAX) return;
    t->names[t->count] = name;
    t->values[t->count++] = values;
}

static void terms_add(struct arena *a, struct terms *t, struct slice attrs) {
    while (attrs.n > 0) {
        struct slice one = slice_cut(&attrs, ','), name = slice_cut(&one, ':');
        if (name.n && one.n) term_add(a, t, name, one);
    }
}

static struct slice terms_text(struct arena *a, const struct terms *t) {
    struct buf b;
    buf_init(&b, a, 128);
    for (unsigned i = 0; i < t->count; i++) {
        if (i) buf_char(&b, ',');
        buf_slice_put(&b, t->names[i]);
        buf_char(&b, ':');
        buf_slice_put(&b, t->values[i]);
    }
    return buf_slice(&b);
}

// ---- reading --------------------------------------------------------------------------------------------------------------------------
struct reader_state { struct models models; struct terms terms; unsigned from, to; bool impossible; };

static void years_narrow(struct reader_state *r, unsigned from, unsigned to) {
    if (from == 0) return;
    if (r->from == 0 || from > r->from) r->from = from;
    if (r->to == 0 || to < r->to) r->to = to;
    if (r->from > r->to) r->impossible = true;
}

// A car word goes with what is known so far when it names none of the models but a whole make, or one of the models.
static bool word_goes(const struct reader_state *r, const struct makes *makes, const struct car_word *w) {
    if (!w->make) return true;
    if (r->models.count == 0) return makes->count == 0 || make_named(makes, w->make);
    if (w->model_count == 0) return model_among(&r->models, w->make, 0);
    for (unsigned i = 0; i < w->model_count; i++)
        if (model_among(&r->models, w->make, w->models[i])) return true;
    return false;
}

static void word_use(struct arena *a, struct reader_state *r, const struct car_word *w) {
    struct models kept = {.count = 0};
    if (w->make && w->model_count) {
        for (unsigned i = 0; i < w->model_count; i++)
            if (r->models.count == 0 || model_among(&r->models, w->make, w->models[i]))
                model_add(&kept, (struct car_model){w->make, w->models[i]});
        r->models = kept;
    } else if (w->make && r->models.count == 0) {
        model_add(&r->models, (struct car_model){w->make, 0});
    }
    years_narrow(r, w->from, w->to);
    terms_add(a, &r->terms, w->attrs);
}

static void form_use(struct arena *a, struct reader_state *r, const struct pattern *p) {
    if (p->kind == PATTERN_YEAR) years_narrow(r, p->from, p->to);
    if (p->kind == PATTERN_DISPLACEMENT) terms_add(a, &r->terms, slice_str(p->text));
}

// The car words of a span that go with the rest, at most `max`; without any, the span contradicts it.
static enum err words_that_go(struct view *v, const struct query_span *s, const struct reader_state *r, const struct makes *makes,
                              struct car_word *out, unsigned max, unsigned *count) {
    *count = 0;
    for (unsigned i = 0; i < s->entry_count && *count < max; i++) {
        if (s->entries[i].kind != LEXICON_CAR) continue;
        enum err e = car_word_load(v, s->entries[i].id, &out[*count]);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        if (word_goes(r, makes, &out[*count])) ++*count;
    }
    return ERR_OK;
}

// Several meanings of one car word ("B9") are several readings: each is followed to the end of the words.
static enum err follow(struct view *v, const struct car_spans *cars, unsigned at, struct reader_state r, const struct makes *makes,
                       struct understood *out) {
    for (; at < cars->count; at++) {
        const struct query_span *s = cars->spans[at];
        struct car_word words[QUERY_READINGS_MAX];
        unsigned count;
        if (s->source == SPAN_FORM) form_use(v->arena, &r, &s->form);
        if (!entry_is(s, LEXICON_CAR)) continue;
        TRY(words_that_go(v, s, &r, makes, words, QUERY_READINGS_MAX, &count));
        bool named_otherwise = entry_is(s, LEXICON_MODEL) || entry_is(s, LEXICON_MAKE);
        if (count == 0 && !named_otherwise) r.impossible = true;
        for (unsigned i = 1; i < count; i++) {
            struct reader_state other = r;
            word_use(v->arena, &other, &words[i]);
            TRY(follow(v, cars, at + 1, other, makes, out));
        }
        if (count) word_use(v->arena, &r, &words[0]);
    }
    if (r.impossible || out->reading_count == QUERY_READINGS_MAX) return ERR_OK;
    struct car_reading *reading = &out->readings[out->reading_count++];
    *reading = (struct car_reading){.model_count = r.models.count, .from = (uint16_t)r.from, .to = (uint16_t)r.to,
                                    .attrs = terms_text(v->arena, &r.terms)};
    for (unsigned i = 0; i < r.models.count; i++) {
        reading->models[i].make = r.models.list[i].make;
        reading->models[i].model = r.models.list[i].model;
    }
    return ERR_OK;
}

static enum err vehicles_of(struct view *v, const struct car_reading *r, uint64_t *out) {
    *out = 0;
    for (unsigned i = 0; i < r->model_count; i++) {
        struct model model;
        struct make make;
        enum err e = r->models[i].model ? model_load(v, r->models[i].make, r->models[i].model, &model)
                                        : make_load(v, r->models[i].make, &make);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        // What China drives comes first, then what has been built longest.
        *out += r->models[i].model ? model.vehicles + (model.markets & VEHICLE_MARKET_CN ? 100u : 0) : make.vehicles;
    }
    return ERR_OK;
}

static enum err readings_order(struct view *v, struct understood *out) {
    uint64_t weights[QUERY_READINGS_MAX];
    for (unsigned i = 0; i < out->reading_count; i++) TRY(vehicles_of(v, &out->readings[i], &weights[i]));
    for (unsigned i = 1; i < out->reading_count; i++)
        for (unsigned k = i; k > 0 && weights[k] > weights[k - 1]; k--) {
            struct car_reading t = out->readings[k];
            uint64_t w = weights[k];
            out->readings[k] = out->readings[k - 1];
            weights[k] = weights[k - 1];
            out->readings[k - 1] = t;
            weights[k - 1] = w;
        }
    return ERR_OK;
}

enum err query_car_read(struct view *v, struct slice text, const struct car_spans *cars, struct understood *out) {
    struct makes makes;
    struct reader_state r = {.from = 0};
    bool named = false;
    (void)text;
    makes_of(cars, &makes);
    for (unsigned i = 0; i < cars->count; i++) {
        struct models models;
        const struct query_span *s = cars->spans[i];
        named |= entry_is(s, LEXICON_MAKE) || entry_is(s, LEXICON_MODEL) || entry_is(s, LEXICON_CAR);
        TRY(models_of(v, s, &makes, &models));
        if (models.count == 0 && entry_is(s, LEXICON_MODEL) && !entry_is(s, LEXICON_CAR) && !entry_is(s, LEXICON_MAKE))
            r.impossible = true; // a model of a make other than the one named
        if (entry_is(s, LEXICON_CAR) && cars->count > 1) { // more than a model's name: "F30", "320i"
            bool others = false;
            for (unsigned k = 0; k < cars->count; k++) others |= k != i && entry_is(cars->spans[k], LEXICON_MODEL);
            if (others) continue;
        }
        for (unsigned k = 0; k < models.count; k++) model_add(&r.models, models.list[k]);
    }
    if (r.models.count == 0)
        for (unsigned i = 0; i < makes.count; i++) model_add(&r.models, (struct car_model){makes.ids[i], 0});
    if (!named) return ERR_OK;
    if (!r.impossible) TRY(follow(v, cars, 0, r, &makes, out));
    if (out->reading_count == 0) out->unknown_car = out->car;
    return readings_order(v, out);
}
