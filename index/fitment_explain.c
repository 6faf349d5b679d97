#include "base/limits.h"
#include "exclusion.h"
#include "fitment_level.h"
#include "fitment_match.h"
#include "fragment.h"
#include "names.h"
#include "spec_match.h"
#include "vocabulary.h"

// ---- one application -----------------------------------------------------------------------------------------------------------
// Where one term of an application stands against K: 'y' all possible configurations, 'n' none, 'm' else.
static char term_standing(const struct knowledge *plain, const struct term *t) {
    struct application one = {.term_count = 1, .terms = t};
    bool all = true, any = false;
    for (unsigned i = 0; i < plain->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &plain->vehicles[i];
        uint64_t bits[2 * LIMIT_CONFIGURATIONS / 64];
        struct entry_match m = {.yes = bits, .maybe = bits + LIMIT_CONFIGURATIONS / 64};
        entry_match_run(plain, kv, &one, MATCH_ALL_TERMS, &m);
        any |= entry_any(&m, kv->words);
        for (unsigned w = 0; w < kv->words; w++) all &= (kv->possible[w] & ~m.yes[w]) == 0;
    }
    return all ? 'y' : any ? 'm' : 'n';
}

// The terms' standings, whatever the position and quantity: how many are 'n'.
static unsigned standings(const struct knowledge *k, const struct application *a, char out[LIMIT_PREDICATE_TERMS]) {
    struct knowledge plain = *k;
    unsigned failed = 0;
    plain.position_given = false;
    plain.quantity_count = 0;
    for (unsigned t = 0; t < a->term_count; t++) {
        out[t] = term_standing(&plain, &a->terms[t]);
        failed += out[t] == 'n';
    }
    return failed;
}

static unsigned names_of_standing(struct view *v, struct json_writer *w, const struct application *a, const char *standing,
                                  char wanted) { // how many
    unsigned count = 0;
    for (unsigned t = 0; t < a->term_count; t++) {
        if (standing[t] != wanted) continue;
        json_string(w, names_text(v, NAMES_ATTRIBUTE, a->terms[t].attr));
        count++;
    }
    return count;
}

static bool covers_some(const struct knowledge *k, const struct application *a) {
    for (unsigned i = 0; i < k->vehicle_count; i++)
        if (application_covers(a, k->vehicles[i].vehicle->make, k->vehicles[i].vehicle->model, k->vehicles[i].vehicle->year))
            return true;
    return false;
}

static void source_json(struct view *v, struct json_writer *w, const struct application *a) {
    struct slice source = names_text(v, NAMES_SOURCE, a->source);
    json_key_string(w, "source", a->line ? arena_printf(v->arena, "%.*s:%u", SLICE_ARGS(source), a->line) : source);
}

static void words_json(struct view *v, struct json_writer *w, const struct application *a) {
    json_key(w, "application");
    application_json(v, w, a);
    source_json(v, w, a);
}

static void conditions_json(struct view *v, struct json_writer *w, const struct knowledge *k, const struct application *a) {
    json_key_open(w, "open", '[');
    for (unsigned i = 0; i < a->condition_count; i++) {
        struct condition c;
        if (knowledge_condition(k, a->conditions[i]) == 'y' || condition_load(v, a->conditions[i], &c) != ERR_OK) continue;
        json_string(w, c.text);
    }
    json_close(w, ']');
}

// Why an application is a no. Where no term alone rules out every configuration, each rules out some.
static void failed_json(struct view *v, struct json_writer *w, const struct knowledge *k, const struct application *a,
                        const char *standing) {
    json_key_open(w, "failed", '[');
    bool car = k->vehicle_count > 0, covers = covers_some(k, a);
    if (car && a->make && a->make != k->vehicles[0].vehicle->make) json_str(w, "make");
    else if (car && a->make && a->model && a->model != k->vehicles[0].vehicle->model) json_str(w, "model");
    else if (!covers) json_str(w, "year");
    unsigned named = names_of_standing(v, w, a, standing, 'n');
    bool elsewhere = !knowledge_position(k, a->position), another = !knowledge_quantity(k, a->quantity);
    if (elsewhere) json_str(w, "position");
    if (another) json_str(w, "quantity");
    for (unsigned i = 0; i < a->condition_count; i++) {
        struct condition c;
        if (knowledge_condition(k, a->conditions[i]) != 'n' || condition_load(v, a->conditions[i], &c) != ERR_OK) continue;
        json_string(w, c.text);
        named++;
    }
    if (covers && !elsewhere && !another && named == 0) (void)names_of_standing(v, w, a, standing, 'm');
    json_close(w, ']');
}

// ---- specifications: what the product is, what the car asks for, and why that fits or not ------------------------------------------
#define CAR_VALUES_MAX 8 // of one attribute in one reason

struct car_values { struct slice text[CAR_VALUES_MAX]; unsigned count; };

static void car_value_add(struct car_values *list, struct slice text) {
    for (unsigned i = 0; i < list->count; i++)
        if (slice_eq(list->text[i], text)) return;
    if (list->count < CAR_VALUES_MAX) list->text[list->count++] = text;
}

static void answer_values(struct view *v, const struct answer *a, struct car_values *out) {
    for (unsigned i = 0; a && i < a->count; i++) {
        struct slice heard = names_text(v, NAMES_VALUE + a->attr, a->values[i] == VALUE_UNHEARD ? 0 : a->values[i]);
        car_value_add(out, heard.n || !a->texts ? heard : a->texts[i]);
    }
}

// As the match takes them: a configuration's own, else that of the attribute that stands in, else the answer; empty: not known.
static void car_values(struct view *v, const struct knowledge *k, uint8_t attr, struct car_values *out) {
    uint8_t other = spec_stand_in(v, attr);
    const struct answer *answer = knowledge_answer(k, attr);
    out->count = 0;
    for (unsigned n = 0; n < k->vehicle_count; n++) {
        const struct knowledge_vehicle *kv = &k->vehicles[n];
        const uint16_t *own = knowledge_column(kv, attr), *instead = answer ? NULL : knowledge_column(kv, other);
        for (unsigned i = 0; i < kv->vehicle->count; i++) {
            if (!bits_get(kv->possible, i)) continue;
            if (own && own[i]) car_value_add(out, names_text(v, NAMES_VALUE + attr, own[i]));
            else if (instead && instead[i]) car_value_add(out, names_text(v, NAMES_VALUE + other, instead[i]));
            else if (answer && answer->count) answer_values(v, answer, out);
            else if (knowledge_answer(k, other) && knowledge_answer(k, other)->count) answer_values(v, knowledge_answer(k, other), out);
            else car_value_add(out, SLICE_NONE);
        }
    }
}

static void spec_json(struct view *v, struct json_writer *w, const struct term *t, struct slice car) {
    static const char *const answers[] = {"no", "maybe", "yes"};
    struct spec_result best = {SPEC_MAYBE, "not known of the car", "该车此项未知"};
    struct slice product = names_text(v, NAMES_VALUE + t->attr, t->values[0]);
    for (unsigned i = 0; i < t->count && car.n; i++) {
        struct spec_result r = spec_explain(v, t->attr, t->values[i], car);
        if (i == 0 || r.answer > best.answer) {
            best = r;
            product = names_text(v, NAMES_VALUE + t->attr, t->values[i]);
        }
    }
    json_open(w, '{');
    json_key_string(w, "attribute", names_text(v, NAMES_ATTRIBUTE, t->attr));
    json_key_string(w, "product", product);
    json_key(w, "vehicle");
    if (car.n) json_string(w, car);
    else json_null(w);
    json_key_str(w, "match", answers[best.answer]);
    json_key_str(w, "why", best.reason);
    json_key_str(w, "why_zh", best.reason_zh);
    json_close(w, '}');
}

static void specs_json(struct view *v, struct json_writer *w, const struct knowledge *k, const struct application *a) {
    struct car_values values;
    json_key_open(w, "spec", '[');
    for (unsigned t = 0; t < a->term_count; t++) {
        if (!a->terms[t].spec) continue;
        car_values(v, k, a->terms[t].attr, &values);
        for (unsigned i = 0; i < values.count; i++) spec_json(v, w, &a->terms[t], values.text[i]);
    }
    json_close(w, ']');
}

// `words`: what words_json() says, when it is at hand.
static void reason_json(struct view *v, struct json_writer *w, const struct knowledge *k, const struct application *a, struct slice words,
                        bool failed) {
    char standing[LIMIT_PREDICATE_TERMS];
    (void)standings(k, a, standing);
    json_open(w, '{');
    if (words.n) json_raw_members(w, words);
    else words_json(v, w, a);
    json_key_open(w, "matched", '[');
    if (covers_some(k, a)) {
        json_str(w, a->make ? "make" : "any make");
        json_str(w, a->model ? "model" : "any model");
        json_str(w, "year");
    }
    (void)names_of_standing(v, w, a, standing, 'y');
    json_close(w, ']');
    json_key_open(w, "maybe", '[');
    (void)names_of_standing(v, w, a, standing, 'm');
    json_close(w, ']');
    conditions_json(v, w, k, a);
    if (application_has_spec(a)) specs_json(v, w, k, a);
    if (failed) failed_json(v, w, k, a, standing);
    json_key(w, "position");
    if (a->position) json_string(w, names_text(v, NAMES_POSITION, a->position));
    else json_null(w);
    json_key_int(w, "quantity", a->quantity);
    json_close(w, '}');
}

// ---- which applications explain ----------------------------------------------------------------------------------------------------
// How close an application that does not match comes: make, model, year distance, then failed terms.
static int distance(const struct knowledge *k, const struct application *a) {
    if (a->flags & APPLICATION_UNRESOLVED || k->vehicle_count == 0) return 1 << 30;
    const struct vehicle *car = k->vehicles[0].vehicle;
    if (a->make && a->make != car->make) return 1 << 20;
    if (a->make && a->model && a->model != car->model) return 1 << 16;
    int years = car->year < a->year_from ? a->year_from - car->year : car->year > a->year_to ? car->year - a->year_to : 0;
    char standing[LIMIT_PREDICATE_TERMS];
    return years * 16 + (int)standings(k, a, standing);
}

static enum err nearest_json(struct view *v, struct json_writer *w, const struct knowledge *k, uint32_t product) {
    struct application *list;
    unsigned count;
    TRY(applications_load(v, product, &list, &count));
    int best = -1, best_distance = 1 << 30;
    for (unsigned i = 0; i < count; i++) {
        int d = distance(k, &list[i]);
        if (d < best_distance) {
            best_distance = d;
            best = (int)i;
        }
    }
    if (best >= 0) reason_json(v, w, k, &list[best], SLICE_NONE, true);
    return ERR_OK;
}

// Whether it matches some configuration with all its terms together: each of them may match one alone.
static bool explains(const struct knowledge *k, const struct application *a) {
    bool any = false;
    if (entry_state(k, a) == ROW_DEAD) return false;
    for (unsigned i = 0; i < k->vehicle_count && !any; i++) {
        const struct knowledge_vehicle *kv = &k->vehicles[i];
        uint64_t bits[2 * LIMIT_CONFIGURATIONS / 64];
        struct entry_match m = {.yes = bits, .maybe = bits + LIMIT_CONFIGURATIONS / 64};
        if (!application_covers(a, kv->vehicle->make, kv->vehicle->model, kv->vehicle->year)) continue;
        entry_match_run(k, kv, a, MATCH_ALL_TERMS, &m);
        any = entry_any(&m, kv->words);
    }
    return any;
}

// The application of a match and its words. Kept together as a fragment: the length u16 and bytes of the record, then the words.
static enum err best_load(struct view *v, const struct match *m, struct application *out, struct slice *words) {
    uint64_t key = fragment_key(FRAGMENT_APPLICATION, m->product, m->application);
    struct slice kept;
    if (!fragment_find(v, key, &kept)) {
        struct buf record, b;
        TRY(application_load(v, m->product, m->application, out));
        buf_init(&record, v->arena, 64);
        application_encode(&record, out);
        buf_init(&b, v->arena, 512);
        buf_u16(&b, (uint16_t)record.n);
        buf_slice_put(&b, buf_slice(&record));
        struct json_writer w = json_writer_of(&b);
        words_json(v, &w, out);
        if (b.bad || record.bad || record.n > UINT16_MAX) return ERR_NO_MEMORY;
        kept = buf_slice(&b);
        fragment_keep(v, key, kept);
    }
    struct reader r = reader_of(kept);
    struct slice record = reader_bytes(&r, reader_u16(&r));
    *words = slice_of(r.p, reader_left(&r));
    return application_decode(v->arena, record, out);
}

// An application that matches all of K says the same of itself whatever K is: make, model, year and every term matched.
static enum err best_json(struct view *v, struct json_writer *w, const struct knowledge *k, const struct match *m) {
    uint64_t key = fragment_key(FRAGMENT_REASON, m->product, m->application);
    struct application best;
    struct slice words, reason;
    if (m->whole && fragment_find(v, key, &reason)) {
        json_raw(w, reason);
        return ERR_OK;
    }
    TRY(best_load(v, m, &best, &words));
    size_t from = w->out->n + w->comma;
    reason_json(v, w, k, &best, words, false);
    if (m->whole && !w->out->bad) fragment_keep(v, key, slice_from(buf_slice(w->out), from));
    return ERR_OK;
}

// The best application, and further ones when more than one reason is wanted.
static enum err matching_json(struct view *v, struct json_writer *w, const struct knowledge *k, const struct match *m, unsigned max_reasons) {
    struct application *list;
    unsigned count;
    TRY(best_json(v, w, k, m));
    if (max_reasons < 2) return ERR_OK;
    TRY(applications_load(v, m->product, &list, &count));
    for (unsigned i = 0, written = 1; i < count && written < max_reasons; i++) {
        if (i == m->application || !explains(k, &list[i])) continue;
        reason_json(v, w, k, &list[i], SLICE_NONE, false);
        written++;
    }
    return ERR_OK;
}

// What an owner has ruled out, with who, when and why.
static enum err exclusions_json(struct view *v, struct json_writer *w, const struct knowledge *k, uint32_t product) {
    bool opened = false;
    if (db_table_empty(v->snapshot, TABLE_EXCLUSION)) return ERR_OK;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const struct exclusion *list;
        unsigned count;
        TRY(exclusions_of_vehicle(v, k->vehicles[i].vehicle->id, &list, &count));
        for (unsigned e = 0; e < count; e++) {
            if (list[e].product != product) continue;
            if (!opened) json_key_open(w, "exclusions", '[');
            opened = true;
            exclusion_json(v, w, &list[e]);
        }
    }
    if (opened) json_close(w, ']');
    return ERR_OK;
}

enum err fitment_explain(struct view *v, const struct knowledge *k, const struct match *m, unsigned max_reasons,
                         struct question *question, bool chinese, struct json_writer *w) {
    json_open(w, '{');
    json_key_str(w, "verdict", verdict_name(m->verdict));
    json_key_open(w, "because", '[');
    bool universal = columns_facts(v, m->product)->flags & FACT_UNIVERSAL; // it has no applications
    if (!universal && (m->verdict == VERDICT_FITS || m->verdict == VERDICT_CONDITIONAL)) TRY(matching_json(v, w, k, m, max_reasons));
    else if (m->verdict == VERDICT_NO) TRY(nearest_json(v, w, k, m->product));
    json_close(w, ']');
    if (m->verdict == VERDICT_NO || m->verdict == VERDICT_CONDITIONAL) TRY(exclusions_json(v, w, k, m->product));
    json_key(w, "question");
    question_json(v, w, question, chinese);
    json_close(w, '}');
    return ERR_OK;
}

// ---- position and quantity -----------------------------------------------------------------------------------------------------
static void option_once(struct question *q, struct question_option *list, uint32_t value) {
    unsigned at = q->option_count;
    for (unsigned i = 0; i < q->option_count; i++)
        if (list[i].value == value) return;
    for (; q->quantity && at > 0 && list[at - 1].value > value; at--) list[at] = list[at - 1];
    list[at] = (struct question_option){.value = value, .count = 1};
    q->option_count++;
}

enum err fitment_choice_question(struct view *v, const struct knowledge *k, uint32_t product, struct question **out) {
    struct application *list;
    unsigned count;
    *out = NULL;
    if (k->position_asked && k->quantity_asked) return ERR_OK;
    TRY(applications_load(v, product, &list, &count));
    struct question *q = ARENA_ARRAY(v->arena, struct question, 2);
    struct question_option *places = ARENA_ARRAY(v->arena, struct question_option, count + 1u),
                           *numbers = ARENA_ARRAY(v->arena, struct question_option, count + 1u);
    if (!q || !places || !numbers) return ERR_NO_MEMORY;
    q[0] = (struct question){.options = places};
    q[1] = (struct question){.quantity = true, .options = numbers};
    for (unsigned i = 0; i < count; i++) {
        if (!explains(k, &list[i])) continue;
        option_once(&q[0], places, list[i].position);
        option_once(&q[1], numbers, list[i].quantity);
    }
    if (!k->position_asked && q[0].option_count > 1) *out = &q[0];
    else if (!k->quantity_asked && q[1].option_count > 1) *out = &q[1];
    return ERR_OK;
}

// ---- questions -----------------------------------------------------------------------------------------------------------------
static void condition_question(struct view *v, struct json_writer *w, const struct question *q, bool chinese) {
    struct condition c;
    if (condition_load(v, q->condition, &c) != ERR_OK) c = (struct condition){0};
    struct slice name = arena_printf(v->arena, "cond.%s", c.hash);
    json_key_string(w, "attribute", name);
    json_key_string(w, "text", c.text);
    json_key_open(w, "options", '[');
    for (unsigned i = 0; i < q->option_count; i++) {
        bool yes = q->options[i].answer == 'y';
        json_open(w, '{');
        json_key_str(w, "value", yes ? "yes" : "no");
        json_key_str(w, "label", chinese ? (yes ? "是" : "否") : (yes ? "Yes" : "No"));
        json_key_int(w, "count", q->options[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void position_question(struct view *v, struct json_writer *w, const struct question *q, bool chinese) {
    json_key_str(w, "attribute", "position");
    json_key_str(w, "text", chinese ? "装在哪个位置？" : "At which position?");
    json_key_open(w, "options", '[');
    for (unsigned i = 0; i < q->option_count; i++) {
        bool none = q->options[i].value == 0;
        struct slice position = none ? SLICE("none") : names_text(v, NAMES_POSITION, q->options[i].value);
        json_open(w, '{');
        json_key_string(w, "value", position);
        json_key_string(w, "label", !none ? position : chinese ? SLICE("不分位置") : SLICE("No particular position"));
        json_key_int(w, "count", q->options[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void quantity_question(struct view *v, struct json_writer *w, const struct question *q, bool chinese) {
    json_key_str(w, "attribute", "quantity");
    json_key_str(w, "text", chinese ? "需要几个？" : "How many does the car need?");
    json_key_open(w, "options", '[');
    for (unsigned i = 0; i < q->option_count; i++) {
        struct slice number = arena_printf(v->arena, "%u", q->options[i].value);
        json_open(w, '{');
        json_key_string(w, "value", number);
        json_key_string(w, "label", number);
        json_key_int(w, "count", q->options[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void attribute_question(struct view *v, struct json_writer *w, const struct question *q, bool chinese) {
    struct attribute_info info;
    struct slice name = names_text(v, NAMES_ATTRIBUTE, q->attr), label = name;
    if (attribute_load(v, q->attr, &info) == ERR_OK) label = chinese && info.label_zh.n ? info.label_zh : info.label;
    struct slice text = chinese ? arena_printf(v->arena, "您的车%.*s是？", SLICE_ARGS(label))
                                : arena_printf(v->arena, "Which %.*s does the car have?", SLICE_ARGS(label));
    json_key_string(w, "attribute", name);
    json_key_string(w, "text", text);
    json_key_open(w, "options", '[');
    for (unsigned i = 0; i < q->option_count; i++) {
        struct slice value = names_text(v, NAMES_VALUE + q->attr, q->options[i].value);
        json_open(w, '{');
        json_key_string(w, "value", value);
        json_key_string(w, "label", attribute_value_label(v, q->attr, value, chinese));
        json_key_int(w, "count", q->options[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void question_json(struct view *v, struct json_writer *w, const struct question *q, bool chinese) {
    if (!q) {
        json_null(w);
        return;
    }
    json_open(w, '{');
    if (q->condition) condition_question(v, w, q, chinese);
    else if (q->asks_level) level_question_json(v, w, q, chinese);
    else if (q->quantity) quantity_question(v, w, q, chinese);
    else if (!q->attr) position_question(v, w, q, chinese);
    else attribute_question(v, w, q, chinese);
    json_close(w, '}');
}
