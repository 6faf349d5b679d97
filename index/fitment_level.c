// What an answer leaves is counted from the parts, the pairs of a product and a vehicle of K that may fit: taken vehicle by vehicle in the
// order of the answers, a product counts once for an answer, and is decided by it when it fits as many vehicles as the answer has.
#include "fitment_level.h"

#include <stdlib.h>

#include "fitment_merge.h"
#include "names.h"

struct part { uint32_t match; bool fits; };
struct counter {
    struct view *view;
    const struct fitment *f;
    struct part *parts;    // of undecided, kept products, by vehicle
    uint32_t *starts;      // of each vehicle's, [vehicle_count + 1]
    uint32_t *seen, *fits; // by match: the answer it was counted for last, and how many of its vehicles it fits
    uint32_t *pairs;       // of the level at hand: no more than parts
};

// ---- parts by vehicle -----------------------------------------------------------------------------------------------------------
static bool counts(const struct fitment *f, const uint8_t *keep, uint32_t match) {
    return f->matches[match].verdict == VERDICT_CONDITIONAL && (!keep || keep[match]);
}

static void parts_sort(struct counter *c, const uint8_t *keep) {
    const struct fitment *f = c->f;
    unsigned vehicles = f->k->vehicle_count;
    for (const struct part_chunk *chunk = f->parts.first; chunk; chunk = chunk->next)
        for (unsigned i = 0; i < chunk->count; i++) c->starts[chunk->parts[i].vehicle + 1] += counts(f, keep, chunk->parts[i].match);
    for (unsigned i = 0; i < vehicles; i++) c->starts[i + 1] += c->starts[i];
    for (const struct part_chunk *chunk = f->parts.first; chunk; chunk = chunk->next)
        for (unsigned i = 0; i < chunk->count; i++) {
            const struct fitment_part *p = &chunk->parts[i];
            if (counts(f, keep, p->match)) c->parts[c->starts[p->vehicle]++] = (struct part){p->match, p->fits};
        }
    for (unsigned i = vehicles; i > 0; i--) c->starts[i] = c->starts[i - 1]; // each start has become the next one's
    c->starts[0] = 0;
}

static enum err counter_init(struct counter *c, struct view *v, const struct fitment *f, const uint8_t *keep) {
    size_t vehicles = f->k->vehicle_count;
    *c = (struct counter){.view = v, .f = f};
    c->parts = arena_alloc(v->arena, (f->parts.count + 1) * sizeof *c->parts);
    c->starts = ARENA_ARRAY(v->arena, uint32_t, vehicles + 2);
    c->seen = arena_alloc(v->arena, (f->count + 1) * sizeof *c->seen);
    c->fits = arena_alloc(v->arena, (f->count + 1) * sizeof *c->fits);
    c->pairs = arena_alloc(v->arena, (f->parts.count + 1) * sizeof *c->pairs);
    if (!c->parts || !c->starts || !c->seen || !c->fits || !c->pairs) return ERR_NO_MEMORY;
    parts_sort(c, keep);
    return ERR_OK;
}

// ---- the answers of a level -----------------------------------------------------------------------------------------------------
static uint32_t level_value(const struct vehicle *vehicle, enum car_level level) {
    return level == CAR_MAKE ? vehicle->make : level == CAR_MODEL ? vehicle->model : vehicle->year;
}

struct valued { uint32_t value, vehicle; };

static int by_value(const void *a, const void *b) {
    const struct valued *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->vehicle > y->vehicle) - (x->vehicle < y->vehicle);
}

// The products that may fit one of the answer's vehicles, each once.
static void answer_pairs(struct counter *c, const struct valued *cars, unsigned count, uint32_t mark, struct level_answer_list *out) {
    struct level_answer *answer = &out->options[out->option_count - 1];
    answer->from = out->pair_count;
    for (unsigned i = 0; i < count; i++)
        for (uint32_t p = c->starts[cars[i].vehicle]; p < c->starts[cars[i].vehicle + 1]; p++) {
            const struct part *part = &c->parts[p];
            if (c->seen[part->match] != mark) {
                c->seen[part->match] = mark;
                c->fits[part->match] = 0;
                out->pairs[out->pair_count++] = part->match << 1;
            }
            c->fits[part->match] += part->fits;
        }
    for (unsigned p = answer->from; p < out->pair_count; p++) out->pairs[p] |= c->fits[out->pairs[p] >> 1] == count;
    for (unsigned p = answer->from; p < out->pair_count; p++) answer->undecided += !(out->pairs[p] & 1);
}

static enum err answers_collect(struct counter *c, enum car_level level, struct level_answer_list *out) {
    const struct knowledge *k = c->f->k;
    struct valued *list = arena_alloc(c->view->arena, (k->vehicle_count + 1) * sizeof *list);
    out->options = ARENA_ARRAY(c->view->arena, struct level_answer, k->vehicle_count + 1);
    out->pairs = c->pairs;
    if (!list || !out->options) return ERR_NO_MEMORY;
    memset(c->seen, 0, c->f->count * sizeof *c->seen);
    for (unsigned i = 0; i < k->vehicle_count; i++) list[i] = (struct valued){level_value(k->vehicles[i].vehicle, level), i};
    qsort(list, k->vehicle_count, sizeof *list, by_value);
    for (unsigned i = 0, end; i < k->vehicle_count; i = end) {
        struct level_answer *answer = &out->options[out->option_count++];
        answer->value = list[i].value;
        for (end = i; end < k->vehicle_count && list[end].value == list[i].value; end++) answer->weight += k->vehicles[list[end].vehicle].count;
        answer->vehicles = end - i;
        answer_pairs(c, list + i, end - i, out->option_count, out);
    }
    out->pairs = arena_alloc(c->view->arena, (out->pair_count + (size_t)1) * sizeof *out->pairs);
    if (!out->pairs) return ERR_NO_MEMORY;
    if (out->pair_count) memcpy(out->pairs, c->pairs, out->pair_count * sizeof *out->pairs);
    return ERR_OK;
}

enum err level_answers_of(struct view *v, const struct fitment *f, const uint8_t *keep, struct level_answers **out) {
    struct counter c;
    *out = ARENA_NEW(v->arena, struct level_answers);
    if (!*out) return ERR_NO_MEMORY;
    TRY(counter_init(&c, v, f, keep));
    for (uint32_t i = 0; i < f->count; i++) (*out)->conditional += counts(f, keep, i);
    for (unsigned level = 0; level < CAR_LEVELS; level++) TRY(answers_collect(&c, (enum car_level)level, &(*out)->of[level]));
    return ERR_OK;
}

// What the answers leave of the kept matches; `whole`: those are all that were counted before.
static enum err options_count(struct view *v, const struct level_answer_list *l, const uint8_t *keep, bool whole, uint32_t decided,
                              struct level_question *q) {
    q->options = ARENA_ARRAY(v->arena, struct level_option, l->option_count + 1);
    if (!q->options) return ERR_NO_MEMORY;
    q->count = l->option_count;
    for (unsigned i = 0; i < l->option_count; i++) {
        const struct level_answer *answer = &l->options[i];
        struct level_option *option = &q->options[i];
        uint32_t end = i + 1 < l->option_count ? answer[1].from : l->pair_count;
        *option = (struct level_option){.value = answer->value, .weight = answer->weight, .possible = decided};
        if (whole) {
            option->possible += end - answer->from;
            option->undecided = answer->undecided;
        }
        for (uint32_t p = answer->from; p < end && !whole; p++) {
            uint32_t kept = !keep || keep[l->pairs[p] >> 1];
            option->possible += kept;
            option->undecided += kept & ~l->pairs[p] & 1;
        }
    }
    return ERR_OK;
}

// ---- the best level -------------------------------------------------------------------------------------------------------------
static void judge(struct level_question *q, uint32_t decided, uint32_t conditional) {
    double sum = 0, weight = 0;
    q->decides = false;
    for (unsigned i = 0; i < q->count; i++) {
        const struct level_option *o = &q->options[i];
        sum += (double)o->weight * o->undecided;
        weight += o->weight;
        q->decides |= o->undecided < conditional || o->possible < decided + conditional;
    }
    q->left = weight > 0 ? sum / weight : 1e30;
}

static int newest_first(const void *a, const void *b) {
    const struct level_option *x = a, *y = b;
    return (x->value < y->value) - (x->value > y->value);
}

static int most_products_first(const void *a, const void *b) {
    const struct level_option *x = a, *y = b;
    if (x->possible != y->possible) return x->possible > y->possible ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

enum err level_question_best(struct view *v, const struct fitment *f, const uint8_t *keep, uint32_t decided, uint32_t conditional,
                             struct level_question *out) {
    const struct level_answers *answers = f->levels;
    *out = (struct level_question){0};
    if (f->k->vehicle_count < 2 || conditional == 0) return ERR_OK;
    if (!answers) {
        struct level_answers *made;
        TRY(level_answers_of(v, f, keep, &made));
        answers = made;
    }
    for (unsigned level = 0; level < CAR_LEVELS; level++) {
        struct level_question q = {.level = (enum car_level)level};
        if (f->k->car[level].dont_know || answers->of[level].option_count < 2) continue;
        TRY(options_count(v, &answers->of[level], keep, answers->conditional == conditional, decided, &q));
        judge(&q, decided, conditional);
        bool better = q.decides != out->decides ? q.decides : q.left < out->left;
        if (out->count == 0 || better) *out = q;
    }
    if (out->count) qsort(out->options, out->count, sizeof *out->options, out->level == CAR_YEAR ? newest_first : most_products_first);
    return ERR_OK;
}

// ---- as JSON --------------------------------------------------------------------------------------------------------------------
struct option_text { struct slice value, label; };

static struct slice name_in(bool chinese, struct slice name, struct slice name_zh) { return chinese && name_zh.n ? name_zh : name; }

static void make_text(struct view *v, uint32_t id, bool chinese, struct option_text *out) {
    struct make make;
    out->value = out->label = names_text(v, NAMES_MAKE, id);
    if (make_load(v, id, &make) == ERR_OK && make.name.n) out->label = name_in(chinese, make.name, make.name_zh);
}

// With several makes among the options a model's slug may not be enough.
static void model_text(struct view *v, uint32_t id, bool several, bool chinese, struct option_text *out) {
    struct slice path = names_text(v, NAMES_MODEL, id), slug = path;
    struct option_text maker;
    struct model model;
    uint32_t make;
    slice_cut(&slug, '/');
    out->value = several ? path : slug;
    out->label = slug;
    if (model_make(v, id, &make) != ERR_OK || model_load(v, make, id, &model) != ERR_OK || !model.name.n) return;
    out->label = name_in(chinese, model.name, model.name_zh);
    if (!several) return;
    make_text(v, make, chinese, &maker);
    out->label = arena_printf(v->arena, "%.*s %.*s", SLICE_ARGS(maker.label), SLICE_ARGS(out->label));
}

static bool several_makes(struct view *v, const struct question *q) {
    uint32_t first = 0, make;
    bool several = false;
    for (unsigned i = 0; q->level == CAR_MODEL && i < q->option_count && !several; i++) {
        if (model_make(v, q->options[i].value, &make) != ERR_OK) continue;
        several = first && make != first;
        first = make;
    }
    return several;
}

void level_question_json(struct view *v, struct json_writer *w, const struct question *q, bool chinese) {
    static const char *const texts[CAR_LEVELS][2] = {{"Which make is the car?", "您的车是什么品牌？"},
                                                     {"Which model is the car?", "您的车是什么车系？"},
                                                     {"Which model year is the car?", "您的车是哪一年款？"}};
    bool several = several_makes(v, q);
    json_key_str(w, "attribute", car_level_names[q->level]);
    json_key_str(w, "text", texts[q->level][chinese]);
    json_key_open(w, "options", '[');
    for (unsigned i = 0; i < q->option_count; i++) {
        struct option_text text;
        if (q->level == CAR_MAKE) make_text(v, q->options[i].value, chinese, &text);
        else if (q->level == CAR_MODEL) model_text(v, q->options[i].value, several, chinese, &text);
        else text.value = text.label = arena_printf(v->arena, "%u", q->options[i].value);
        json_open(w, '{');
        json_key_string(w, "value", text.value);
        json_key_string(w, "label", text.label);
        json_key_int(w, "count", q->options[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
}
