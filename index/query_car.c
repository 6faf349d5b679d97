#include "query_car.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "car_word.h"
#include "vehicle.h"

#define MODELS_MAX (2 * CAR_READING_MODELS) // before those of no cars are left out (models_of_cars)
#define TERMS_MAX 12
#define FOLLOWS_MAX 64 // meanings of car words that are followed in all, so that words of many meanings cost no more

// ---- makes and models named -----------------------------------------------------------------------------------------------------
struct makes { uint32_t ids[CAR_READING_MODELS]; unsigned count; };

static bool make_named(const struct makes *m, uint32_t make) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->ids[i] == make) return true;
    return false;
}

// "vw jetta": beside its make a name that is also a make's is the model.
static bool model_beside(struct view *v, const struct car_spans *cars, unsigned at) {
    const struct query_span *s = cars->spans[at];
    for (unsigned i = 0; i < s->entry_count; i++) {
        uint32_t make;
        if (s->entries[i].kind != LEXICON_MODEL || model_make(v, s->entries[i].id, &make) != ERR_OK) continue;
        for (unsigned k = 0; k < cars->count; k++)
            for (unsigned e = 0; k != at && cars->spans[k]->source == SPAN_PHRASE && e < cars->spans[k]->entry_count; e++)
                if (cars->spans[k]->entries[e].kind == LEXICON_MAKE && cars->spans[k]->entries[e].id == make) return true;
    }
    return false;
}

static void makes_of(struct view *v, const struct car_spans *cars, struct makes *out) {
    out->count = 0;
    for (unsigned s = 0; s < cars->count; s++) {
        const struct query_span *span = cars->spans[s];
        if (!span_weight(span, LEXICON_MAKE) || model_beside(v, cars, s)) continue;
        for (unsigned i = 0; i < span->entry_count; i++) {
            const struct lexicon_entry *e = &span->entries[i];
            if (e->kind == LEXICON_MAKE && !make_named(out, e->id) && out->count < CAR_READING_MODELS) out->ids[out->count++] = e->id;
        }
    }
}

struct car_model { uint32_t make, model; };
struct models { struct car_model list[MODELS_MAX]; unsigned count; bool more; }; // more: there was no room for another

static void model_add(struct models *m, struct car_model one) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].make == one.make && m->list[i].model == one.model) return;
    if (m->count == MODELS_MAX) m->more = true;
    else m->list[m->count++] = one;
}

static bool model_among(const struct models *m, uint32_t make, uint32_t model) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->list[i].make == make && (!m->list[i].model || !model || m->list[i].model == model)) return true;
    return false;
}

// The models a phrase names with its greatest weight, of the makes named where any is.
static enum err models_of(struct view *v, const struct query_span *s, const struct makes *makes, struct models *out) {
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
        if (span_weight(s, LEXICON_MAKE) || !weak(slice_of(text.p + s->at, s->n))) return true;
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
    makes_of(v, cars, &makes);
    for (unsigned i = 0; i < cars->count; i++) {
        struct query_span *s = cars->spans[i];
        struct slice words = slice_of(text.p + s->at, s->n);
        bool code = span_weight(s, LEXICON_CAR) && weak_code(words);
        if (s->source != SPAN_PHRASE || span_weight(s, LEXICON_MAKE) || !(weak(words) || code)) continue;
        bool good = supported(text, cars, i);
        if (good && span_weight(s, LEXICON_MODEL) && !span_weight(s, LEXICON_CAR)) { // and of a make that is named
            TRY(models_of(v, s, &makes, &models));
            good = makes.count > 0 && models.count > 0;
        }
        if (good) continue;
        s->banned = !leave_out_car(s);
        *banned_any = true;
    }
    return ERR_OK;
}

// ---- attributes ---------------------------------------------------------------------------------------------------------------------
// What the words say of attributes: one list of alternatives per name; words that say different things of one attribute leave what they
// have in common, or all of it where that is nothing (a badge's engine and the engine named may be rounded differently): what K holds
// then is more, never another.
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
    return b.n ? buf_slice(&b) : arena_printf(a, "%.*s|%.*s", SLICE_ARGS(x), SLICE_ARGS(y));
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
    if (r->models.count == 0) return makes->count == 0 || make_named(makes, w->make);
    if (w->model_count == 0) return model_among(&r->models, w->make, 0);
    for (unsigned i = 0; i < w->model_count; i++)
        if (model_among(&r->models, w->make, w->models[i])) return true;
    return false;
}

// The models the phrase or a part of it names: of "golf 7" those of "golf", though the generation has more.
static enum err models_within(const struct car_reader *c, const struct query_span *span, struct models *out) {
    *out = (struct models){.count = 0};
    for (unsigned i = 0; i < c->spans->count; i++) {
        const struct query_span *s = &c->spans->list[i];
        bool whole = s == span, part = s->how == SPAN_EXACT && (s->at == span->at || s->at + s->n == span->at + span->n) && s->n < span->n;
        if (!(whole || part) || !span_weight(s, LEXICON_MODEL) || weak(slice_of(c->spans->text.p + s->at, s->n))) continue;
        struct models found;
        TRY(models_of(c->view, s, &c->makes, &found));
        for (unsigned k = 0; k < found.count; k++) model_add(out, found.list[k]);
    }
    return ERR_OK;
}

static void word_use(struct arena *a, struct reader_state *r, const struct car_word *w, const struct models *within) {
    struct models kept = {.more = r->models.more}, narrow = kept;
    if (w->make && w->model_count) {
        for (unsigned i = 0; i < w->model_count; i++) {
            if (r->models.count && !model_among(&r->models, w->make, w->models[i])) continue;
            model_add(&kept, (struct car_model){w->make, w->models[i]});
            if (model_among(within, w->make, w->models[i])) model_add(&narrow, (struct car_model){w->make, w->models[i]});
        }
        r->models = narrow.count ? narrow : kept;
    } else if (w->make && r->models.count == 0) {
        model_add(&r->models, (struct car_model){w->make, 0});
    }
    years_narrow(r, w->from, w->to);
    terms_add(a, &r->terms, w->attrs);
    if (w->role == CAR_WORD_ATTRIBUTE && slice_starts(w->attrs, SLICE("fuel:"))) terms_add(a, &r->certain, w->attrs);
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
    out->certain_attrs[out->reading_count] = terms_text(c->view->arena, &r->certain);
    struct car_reading *reading = &out->readings[out->reading_count++];
    unsigned models = r->models.count < CAR_READING_MODELS ? r->models.count : CAR_READING_MODELS;
    *reading = (struct car_reading){.model_count = models, .from = (uint16_t)r->from, .to = (uint16_t)(r->from && !r->to ? LIMIT_YEAR_MAX : r->to),
                                    .attrs = terms_text(c->view->arena, &r->terms)};
    for (unsigned i = 0; i < models; i++) {
        reading->models[i].make = r->models.list[i].make;
        reading->models[i].model = r->models.list[i].model;
    }
}

// What all rows of a badge say of an attribute, as alternatives; what one of them leaves open stays open.
static void badge_terms(struct arena *a, const struct car_word *words, unsigned count, struct terms *out) {
    struct terms first = {.count = 0};
    terms_add(a, &first, words[0].attrs);
    for (unsigned t = 0; t < first.count; t++) {
        struct slice values = first.values[t];
        bool all = true;
        for (unsigned i = 1; i < count && all; i++) {
            struct terms other = {.count = 0};
            terms_add(a, &other, words[i].attrs);
            all = false;
            for (unsigned k = 0; k < other.count && !all; k++) {
                all = slice_eq(other.names[k], first.names[t]);
                if (all && !slice_eq(other.values[k], values)) values = arena_printf(a, "%.*s|%.*s", SLICE_ARGS(values), SLICE_ARGS(other.values[k]));
            }
        }
        if (all) term_add(a, out, first.names[t], values);
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
        if (err == ERR_NOT_FOUND || (c->makes.count && !make_named(&c->makes, make))) continue;
        TRY(err);
        bool among = false, spoken_of = false;
        for (unsigned i = 0; i < count; i++) {
            spoken_of |= !words[i].make || words[i].make == make;
            for (unsigned k = 0; k < words[i].model_count; k++) among |= words[i].models[k] == span->entries[e].id;
        }
        if (spoken_of && !among) model_add(out, (struct car_model){make, span->entries[e].id});
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
        for (unsigned k = 0; k < one.models.count; k++) model_add(&all, one.models.list[k]);
    }
    for (unsigned i = 0; i < namesakes.count; i++) model_add(&all, namesakes.list[i]);
    r->models = all;
    bool model_itself = false; // "328i" is a badge of the 3 Series, and a model elsewhere: its engines are the model's own business
    for (unsigned e = 0; e < span->entry_count; e++)
        model_itself |= span->entries[e].kind == LEXICON_MODEL && span->entries[e].weight >= LEXICON_NAME - LEXICON_VARIANT;
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
    for (unsigned i = 1; i < out->reading_count; i++) {
        uint64_t weight = weights[i];
        unsigned to = i;
        for (; to > 0 && weight > weights[to - 1]; to--) weights[to] = weights[to - 1];
        weights[to] = weight;
        query_reading_move(out, i, to);
    }
    return ERR_OK;
}

void query_reading_move(struct understood *u, unsigned from, unsigned to) {
    struct car_reading reading = u->readings[from];
    struct slice attrs = u->certain_attrs[from];
    memmove(&u->readings[to + 1], &u->readings[to], (from - to) * sizeof reading);
    memmove(&u->certain_attrs[to + 1], &u->certain_attrs[to], (from - to) * sizeof attrs);
    u->readings[to] = reading;
    u->certain_attrs[to] = attrs;
}

// One name of several makes' models is one reading, of all of them; the others say which it might be alone.
static void readings_split(struct understood *out) {
    const struct car_reading all = out->readings[0];
    const struct slice certain = out->certain_attrs[0];
    if (out->reading_count != 1) return;
    for (unsigned i = 0; i < all.model_count && out->reading_count < QUERY_READINGS_MAX; i++) {
        bool seen = false, others = false;
        for (unsigned k = 0; k < all.model_count; k++) {
            seen |= k < i && all.models[k].make == all.models[i].make;
            others |= all.models[k].make != all.models[i].make;
        }
        if (seen || !others) continue;
        out->certain_attrs[out->reading_count] = certain;
        struct car_reading *one = &out->readings[out->reading_count++];
        *one = all;
        one->model_count = 0;
        for (unsigned k = i; k < all.model_count; k++)
            if (all.models[k].make == all.models[i].make) one->models[one->model_count++] = all.models[k];
    }
}

// Builders of trailers and fire engines count only where nobody else is meant.
static enum err models_of_cars(struct view *v, struct models *m) {
    struct models kept = {.count = 0};
    for (unsigned i = 0; i < m->count; i++) {
        struct model model;
        enum err e = m->list[i].model ? model_load(v, m->list[i].make, m->list[i].model, &model) : ERR_NOT_FOUND;
        if (e != ERR_NOT_FOUND) TRY(e);
        if (e == ERR_NOT_FOUND || model.vehicles) model_add(&kept, m->list[i]);
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
                for (unsigned m = 0; m < a->entry_count; m++)
                    if (a->entries[m].kind == LEXICON_MAKE && a->entries[m].id == make) model_add(out, (struct car_model){make, b->entries[e].id});
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
            terms_add(c->view->arena, &r->terms, slice_str(s->form.text));
            terms_add(c->view->arena, &r->certain, slice_str(s->form.text));
        }
    }
    years_narrow(r, from, to);
    for (unsigned i = 0; i < c->cars->count; i++) {
        const struct query_span *s = c->cars->spans[i];
        struct models models;
        *named |= span_weight(s, LEXICON_MAKE) || span_weight(s, LEXICON_MODEL) || span_weight(s, LEXICON_CAR);
        if (!span_weight(s, LEXICON_MODEL) || (span_weight(s, LEXICON_MAKE) && !model_beside(c->view, c->cars, i))) continue;
        bool otherwise;
        TRY(car_word_meant(c, s, r, &otherwise));
        if (otherwise) continue;
        TRY(models_of(c->view, s, &c->makes, &models));
        TRY(models_apart(c, s, &models));
        other_make |= models.count == 0;
        model_named |= models.count > 0;
        for (unsigned k = 0; k < models.count; k++) model_add(&r->models, models.list[k]);
        r->models.more |= models.more;
    }
    TRY(models_of_cars(c->view, &r->models));
    for (unsigned i = 0; !model_named && i < c->makes.count; i++) model_add(&r->models, (struct car_model){c->makes.ids[i], 0});
    for (unsigned i = 0; !model_named && i < c->cars->count; i++) { // "捷达" is a make and a Volkswagen
        const struct makes none = {.count = 0};
        struct models models;
        if (!span_weight(c->cars->spans[i], LEXICON_MAKE)) continue;
        TRY(models_of(c->view, c->cars->spans[i], &none, &models));
        for (unsigned k = 0; k < models.count; k++) model_add(&r->models, models.list[k]);
        r->models.more |= models.more;
    }
    r->impossible |= other_make && !model_named;
    return ERR_OK;
}

enum err query_car_read(const struct span_list *spans, const struct car_spans *cars, struct understood *out) {
    struct car_reader c = {.view = spans->view, .spans = spans, .cars = cars, .out = out};
    struct reader_state r = {.from = 0};
    bool named = false;
    makes_of(c.view, cars, &c.makes);
    if (cars->count == 0) return ERR_OK;
    TRY(begin(&c, &r, &named));
    if (!r.impossible) TRY(follow(&c, 0, r));
    if (out->reading_count == 0) { // the words exclude each other: no car has all of them
        if (named) out->unknown_car = out->car;
        reading_add(&c, &r);
        return ERR_OK;
    }
    TRY(readings_order(c.view, out));
    readings_split(out);
    return ERR_OK;
}
