#include "knowledge_words.h"

#include "attribute.h"
#include "base/limits.h"
#include "knowledge_internal.h"
#include "names.h"

// ---- what the words say of attributes ---------------------------------------------------------------------------------------
struct words {
    struct view *view;
    const struct car_reading *reading;
    struct knowledge *k;
    struct answer *answers;    // of K: the customer's own, then the words'; room for LIMIT_ATTRIBUTES + 1
    struct slice *terms;       // of the words' answers: as the reading has them
    unsigned own;              // the customer's
    bool contradicted;         // a term says otherwise than they
    struct buf given_up;
    uint64_t **possible;       // by vehicle of K, to be narrowed
    uint64_t **before;         // the same before the answer at hand
    unsigned *left;            // configurations after it
};

static void give_up(struct words *w, struct slice term) {
    if (w->given_up.n) buf_char(&w->given_up, ',');
    buf_slice_put(&w->given_up, term);
}

static bool has_value(const struct answer *a, const struct answer *of, unsigned at) {
    bool has = false;
    for (unsigned i = 0; i < a->count; i++)
        has |= a->values[i] == of->values[at] && (a->values[i] != VALUE_UNHEARD || slice_eq(a->texts[i], of->texts[at]));
    return has;
}

static unsigned values_shared(const struct answer *a, const struct answer *b) {
    unsigned shared = 0;
    for (unsigned i = 0; i < b->count; i++) shared += has_value(a, b, i);
    return shared;
}

// One term, "displacement:1.4|1.6". What cannot be read, or is answered otherwise, is given up. An attribute that the customer has
// answered more widely is narrowed by both answers; a customer who does not know has said so, and the words do.
static enum err term_read(struct words *w, struct slice term) {
    struct knowledge alone = {.view = w->view};
    struct answer *answer;
    enum err e = knowledge_answers_parse(w->view, term, SLICE_NONE, &alone, &answer, NULL);
    if (e != ERR_OK && e != ERR_BAD_REQUEST) return e;
    if (e == ERR_BAD_REQUEST || alone.answer_count != 1 || answer->dont_know || w->k->answer_count > LIMIT_ATTRIBUTES) {
        give_up(w, term);
        return ERR_OK;
    }
    const struct answer *said = knowledge_answer(w->k, answer->attr);
    unsigned shared = said ? values_shared(said, answer) : 0;
    if (said && !said->dont_know && shared == 0) {
        give_up(w, term);
        w->contradicted = true;
    } else if (!said || said->dont_know || shared < said->count) {
        w->terms[w->k->answer_count] = term;
        w->answers[w->k->answer_count++] = *answer;
    }
    return ERR_OK;
}

static enum err terms_read(struct words *w) {
    struct slice rest = w->reading->attrs;
    w->own = w->k->answer_count;
    w->terms = ARENA_ARRAY(w->view->arena, struct slice, LIMIT_ATTRIBUTES + 2);
    if (!w->terms) return ERR_NO_MEMORY;
    buf_init(&w->given_up, w->view->arena, 64);
    while (rest.p && rest.n) {
        struct slice term = slice_trim(slice_cut(&rest, ','));
        if (term.n) TRY(term_read(w, term));
    }
    if (w->reading->market.n == 0) return ERR_OK;
    struct slice market = arena_printf(w->view->arena, "market:%.*s", SLICE_ARGS(w->reading->market));
    return market.p ? term_read(w, market) : ERR_NO_MEMORY;
}

// ---- what is unknown, in words ------------------------------------------------------------------------------------------------
static void year_range_put(struct buf *b, unsigned from, unsigned to, const char *zh) {
    if (from == to) buf_printf(b, "%u%s", from, zh);
    else buf_printf(b, "%u-%u%s", from, to, zh);
}

static unsigned year_from(const struct car_reading *r) { return r->from ? r->from : r->to; }
static unsigned year_to(const struct car_reading *r) { return r->to ? r->to : r->from; }

// "2018 Volkswagen Golf"; of several models the first speaks for all.
static void car_put(struct words *w, struct buf *b, bool chinese, bool year) {
    const struct car_reading *r = w->reading;
    struct make make;
    struct model model;
    if (year && year_from(r)) {
        year_range_put(b, year_from(r), year_to(r), chinese ? "款" : " ");
    }
    if (make_load(w->view, r->models[0].make, &make) != ERR_OK) make.name = names_text(w->view, NAMES_MAKE, r->models[0].make), make.name_zh = SLICE_NONE;
    buf_slice_put(b, chinese && make.name_zh.n ? make.name_zh : make.name);
    if (!r->models[0].model) return;
    if (model_load(w->view, r->models[0].make, r->models[0].model, &model) != ERR_OK) return;
    if (!chinese || !model.name_zh.n) buf_char(b, ' ');
    buf_slice_put(b, chinese && model.name_zh.n ? model.name_zh : model.name);
}

// The years there are, as ranges: "2013-2018, 2020".
static void years_put(struct buf *b, const uint64_t *years) {
    bool first = true;
    for (unsigned y = LIMIT_YEAR_MIN; y <= LIMIT_YEAR_MAX; y++) {
        unsigned from = y;
        if (!bits_get(years, y - LIMIT_YEAR_MIN)) continue;
        while (y < LIMIT_YEAR_MAX && bits_get(years, y + 1 - LIMIT_YEAR_MIN)) y++;
        if (!first) buf_put(b, ", ", 2);
        year_range_put(b, from, y, "");
        first = false;
    }
}

static enum err unknown_out(struct words *w, const struct buf *en, const struct buf *zh) {
    w->k->resolved = false;
    w->k->vehicle_count = 0;
    w->k->unknown = buf_slice(en);
    w->k->unknown_zh = buf_slice(zh);
    return en->bad || zh->bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err unknown_year(struct words *w, const uint64_t *years, bool any) {
    struct buf en, zh;
    buf_init(&en, w->view->arena, 128);
    buf_init(&zh, w->view->arena, 128);
    buf_printf(&en, "no ");
    car_put(w, &en, false, true);
    buf_printf(&en, " is known");
    buf_printf(&zh, "没有");
    car_put(w, &zh, true, true);
    buf_printf(&zh, "的资料");
    if (any) {
        buf_printf(&en, "; years: ");
        years_put(&en, years);
        buf_printf(&zh, "，已有年款：");
        years_put(&zh, years);
    }
    return unknown_out(w, &en, &zh);
}

static void value_put(struct words *w, struct buf *b, const struct answer *a, bool chinese) {
    struct attribute_info info;
    if (attribute_load(w->view, a->attr, &info) != ERR_OK) info.label = info.label_zh = names_text(w->view, NAMES_ATTRIBUTE, a->attr);
    struct slice label = chinese && info.label_zh.n ? info.label_zh : info.label;
    buf_slice_put(b, label);
    for (unsigned i = 0; i < a->count; i++) {
        buf_char(b, i ? '/' : ' ');
        buf_slice_put(b, attribute_value_label(w->view, a->attr, a->texts[i], chinese));
    }
}

// Every configuration that was left knows this attribute, and none as the words say. `list` has the values it could be.
static enum err unknown_value(struct words *w, const struct answer *a, struct slice list) {
    struct buf en, zh;
    buf_init(&en, w->view->arena, 160);
    buf_init(&zh, w->view->arena, 160);
    buf_printf(&en, "no ");
    car_put(w, &en, false, true);
    buf_printf(&en, " with ");
    value_put(w, &en, a, false);
    buf_printf(&en, " is known; it can be: %.*s", SLICE_ARGS(list));
    buf_printf(&zh, "没有");
    value_put(w, &zh, a, true);
    buf_printf(&zh, "的");
    car_put(w, &zh, true, true);
    buf_printf(&zh, "的资料，可选：%.*s", SLICE_ARGS(list));
    return unknown_out(w, &en, &zh);
}

// ---- the cars meant -----------------------------------------------------------------------------------------------------------
struct meant { uint32_t *ids; unsigned count; bool any; uint64_t years[(LIMIT_YEAR_MAX - LIMIT_YEAR_MIN) / 64 + 1]; };

static bool repeated(const struct car_reading *r, unsigned at) { // an earlier pair has all of this one
    bool again = false;
    for (unsigned i = 0; i < r->model_count && !again; i++) {
        bool covers = r->models[i].make == r->models[at].make && (r->models[i].model == 0 || r->models[i].model == r->models[at].model);
        again = i != at && covers && (i < at || (r->models[i].model == 0 && r->models[at].model != 0));
    }
    return again;
}

static bool year_meant(const struct car_reading *r, unsigned year) {
    return !year_from(r) || (year >= year_from(r) && year <= year_to(r));
}

static void lines_take(const struct car_reading *r, const struct car_lines *lines, bool first_list, struct meant *m) {
    for (size_t i = 0; i < lines->count; i++) {
        const struct car_line *line = &lines->lines[i];
        if (first_list && line->flags & VEHICLE_SECOND_LIST) continue;
        m->any = true;
        if (line->year >= LIMIT_YEAR_MIN && line->year <= LIMIT_YEAR_MAX) bits_set(m->years, line->year - LIMIT_YEAR_MIN);
        if (!year_meant(r, line->year)) continue;
        if (m->count < LIMIT_WORDS_VEHICLES) m->ids[m->count] = line->vehicle;
        m->count++;
    }
}

static enum err meant_collect(struct words *w, bool first_list, struct meant *m) {
    uint32_t *ids = m->ids;
    *m = (struct meant){.ids = ids};
    for (unsigned i = 0; i < w->reading->model_count; i++) {
        const struct car_lines *lines;
        if (repeated(w->reading, i)) continue;
        TRY(car_lines_of(w->view, w->reading->models[i].make, w->reading->models[i].model, &lines));
        lines_take(w->reading, lines, first_list, m);
    }
    return ERR_OK;
}

static enum err room_for(struct words *w, unsigned count) {
    struct arena *a = w->view->arena;
    w->k->vehicles = arena_alloc(a, (count + 1) * sizeof *w->k->vehicles);
    w->possible = arena_alloc(a, (count + 1) * sizeof *w->possible);
    w->before = arena_alloc(a, (count + 1) * sizeof *w->before);
    w->left = arena_alloc(a, (count + 1) * sizeof *w->left);
    return w->k->vehicles && w->possible && w->before && w->left ? ERR_OK : ERR_NO_MEMORY;
}

static enum err vehicle_take(struct words *w, const struct knowledge_vehicle *from) {
    unsigned n = w->k->vehicle_count++;
    size_t words = from->words ? from->words : 1;
    struct knowledge_vehicle *kv = &w->k->vehicles[n];
    w->possible[n] = arena_alloc(w->view->arena, 2 * words * sizeof(uint64_t));
    if (!w->possible[n]) return ERR_NO_MEMORY;
    w->before[n] = w->possible[n] + words;
    *kv = *from;
    kv->possible = memcpy(w->possible[n], from->possible, from->words * sizeof(uint64_t));
    return ERR_OK;
}

// Those that the answers about make, model and year admit; all of them where they admit none, for the error's list.
static enum err vehicles_enter(struct words *w, const struct meant *m, bool asked) {
    TRY(room_for(w, m->count));
    w->k->vehicle_count = 0;
    for (unsigned i = 0; i < m->count; i++) {
        const struct car *car;
        struct knowledge_vehicle kv;
        uint64_t *all;
        TRY(car_of_id(w->view, m->ids[i], &car));
        if (asked && !knowledge_admits(w->k, &car->vehicle)) continue;
        TRY(knowledge_enter(w->view, car, -1, &kv, &all));
        TRY(vehicle_take(w, &kv));
    }
    return asked && w->k->vehicle_count == 0 ? vehicles_enter(w, m, false) : ERR_OK;
}

// ---- narrowing ----------------------------------------------------------------------------------------------------------------
static void keep_before(struct words *w) {
    for (unsigned i = 0; i < w->k->vehicle_count; i++) memcpy(w->before[i], w->possible[i], w->k->vehicles[i].words * sizeof(uint64_t));
}

static void put_back(struct words *w) {
    for (unsigned i = 0; i < w->k->vehicle_count; i++) memcpy(w->possible[i], w->before[i], w->k->vehicles[i].words * sizeof(uint64_t));
}

// Takes an answer into every vehicle and leaves out those of which nothing remains. False, and all is as before, where nothing
// remains of any.
static bool answer_take(struct words *w, const struct answer *a) {
    struct knowledge *k = w->k;
    unsigned kept = 0;
    if (a->dont_know || k->vehicle_count == 0) return true;
    keep_before(w);
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        w->left[i] = knowledge_narrow_vehicle(w->view, &k->vehicles[i], w->possible[i], a);
        kept += w->left[i] > 0;
    }
    if (kept == 0) put_back(w);
    if (kept == 0) return false;
    kept = 0;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        if (w->left[i] == 0) continue;
        k->vehicles[kept] = k->vehicles[i];
        k->vehicles[kept].count = w->left[i];
        w->possible[kept] = w->possible[i];
        w->before[kept++] = w->before[i];
    }
    k->vehicle_count = kept;
    return true;
}

static struct slice values_left(const struct words *w, uint8_t attr) {
    return knowledge_values_left(w->view, w->k->vehicles, w->k->vehicle_count, (const uint64_t *const *)w->possible, attr);
}

static enum err own_narrow(struct words *w, struct slice market, struct fault *why) {
    for (unsigned i = 0; i < w->own; i++) {
        const struct answer *a = &w->answers[i];
        if (answer_take(w, a)) continue;
        struct slice name = names_text(w->view, NAMES_ATTRIBUTE, a->attr);
        bool by_market = market.n && slice_is(name, "market");
        return fault_set(why, ERR_BAD_REQUEST, by_market ? "market" : "attrs", "%.*s can be: %.*s", SLICE_ARGS(name),
                         SLICE_ARGS(values_left(w, a->attr)));
    }
    return ERR_OK;
}

// The first answer of the words that leaves nothing; NULL: none does.
static const struct answer *words_narrow(struct words *w) {
    for (unsigned i = w->own; i < w->k->answer_count; i++)
        if (!answer_take(w, &w->answers[i])) return &w->answers[i];
    return NULL;
}

// ---- entry --------------------------------------------------------------------------------------------------------------------
static enum err unknown_crowd(struct words *w) {
    struct buf en, zh;
    buf_init(&en, w->view->arena, 128);
    buf_init(&zh, w->view->arena, 128);
    buf_printf(&en, "more than %d cars are meant: a model or a year is wanted", LIMIT_WORDS_VEHICLES);
    buf_printf(&zh, "符合的车型超过%d个，请补充车系或年款", LIMIT_WORDS_VEHICLES);
    return unknown_out(w, &en, &zh);
}

enum err knowledge_of_words(struct view *v, const struct car_reading *reading, struct slice attrs, struct slice market,
                            struct knowledge *out, struct fault *why) {
    *out = (struct knowledge){.view = v};
    struct words w = {.view = v, .reading = reading, .k = out};
    struct meant m = {.ids = arena_alloc(v->arena, LIMIT_WORDS_VEHICLES * sizeof *m.ids)};
    if (!m.ids) return ERR_NO_MEMORY;
    TRY(knowledge_answers_parse(v, attrs, market, out, &w.answers, why));
    if (reading->model_count == 0) return ERR_OK;
    out->given = true;
    TRY(terms_read(&w));
    out->given_up = buf_slice(&w.given_up);
    TRY(meant_collect(&w, false, &m));
    if (m.count > LIMIT_WORDS_VEHICLES) TRY(meant_collect(&w, true, &m));
    if (m.count > LIMIT_WORDS_VEHICLES) return unknown_crowd(&w);
    if (m.count == 0) return unknown_year(&w, m.years, m.any);
    TRY(vehicles_enter(&w, &m, knowledge_levels_asked(out)));
    TRY(knowledge_levels_narrow(out, why)); // nothing more to leave out, unless nothing is left
    TRY(own_narrow(&w, market, why));
    const struct answer *failed = words_narrow(&w);
    out->resolved = !failed;
    return failed ? unknown_value(&w, failed, values_left(&w, failed->attr)) : ERR_OK;
}

static bool names_vehicle(const struct car_reading *r, const struct vehicle *vehicle, bool model) {
    bool named = r->model_count == 0;
    for (unsigned i = 0; i < r->model_count && !named; i++)
        named = r->models[i].make == vehicle->make && (!model || r->models[i].model == 0 || r->models[i].model == vehicle->model);
    return named;
}

// What of the car contradicts the given one; NULL: nothing.
static const char *level_conflict(const struct car_reading *r, const struct knowledge *k) {
    unsigned makes = 0, models = 0, all = 0;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const struct vehicle *vehicle = k->vehicles[i].vehicle;
        makes += names_vehicle(r, vehicle, false);
        models += names_vehicle(r, vehicle, true);
        all += names_vehicle(r, vehicle, true) && year_meant(r, vehicle->year);
    }
    return makes == 0 ? "make" : models == 0 ? "model" : all == 0 ? "year" : NULL;
}

static enum err conflict_out(const struct knowledge *given, struct slice term, struct knowledge *out, bool *conflict) {
    *out = *given;
    out->given_up = term;
    *conflict = true;
    return ERR_OK;
}

enum err knowledge_narrow(struct view *v, const struct knowledge *given, const struct car_reading *reading, struct knowledge *out,
                          bool *conflict) {
    *out = *given;
    *conflict = false;
    if (!given->resolved) return ERR_OK;
    const char *level = level_conflict(reading, given);
    if (level) return conflict_out(given, slice_str(level), out, conflict);
    struct words w = {.view = v, .reading = reading, .k = out, .answers = ARENA_ARRAY(v->arena, struct answer, LIMIT_ATTRIBUTES + 2)};
    if (!w.answers) return ERR_NO_MEMORY;
    if (given->answer_count) memcpy(w.answers, given->answers, given->answer_count * sizeof *w.answers);
    out->answers = w.answers;
    TRY(terms_read(&w));
    if (w.contradicted) return conflict_out(given, buf_slice(&w.given_up), out, conflict);
    out->given_up = buf_slice(&w.given_up);
    TRY(room_for(&w, given->vehicle_count));
    out->vehicle_count = 0;
    for (unsigned i = 0; i < given->vehicle_count; i++) {
        const struct vehicle *vehicle = given->vehicles[i].vehicle;
        if (names_vehicle(reading, vehicle, true) && year_meant(reading, vehicle->year)) TRY(vehicle_take(&w, &given->vehicles[i]));
    }
    const struct answer *failed = words_narrow(&w);
    return failed ? conflict_out(given, w.terms[failed - w.answers], out, conflict) : ERR_OK;
}
