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
    uint32_t *order;       // vehicles by answer
    uint32_t *answer;      // of each vehicle
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
    c->order = arena_alloc(v->arena, (vehicles + 1) * sizeof *c->order);
    c->answer = arena_alloc(v->arena, (vehicles + 1) * sizeof *c->answer);
    if (!c->parts || !c->starts || !c->seen || !c->fits || !c->order || !c->answer) return ERR_NO_MEMORY;
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

static enum err answers_collect(struct counter *c, struct level_question *q) {
    const struct knowledge *k = c->f->k;
    struct valued *list = arena_alloc(c->view->arena, (k->vehicle_count + 1) * sizeof *list);
    q->options = ARENA_ARRAY(c->view->arena, struct level_option, k->vehicle_count + 1);
    if (!list || !q->options) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < k->vehicle_count; i++) list[i] = (struct valued){level_value(k->vehicles[i].vehicle, q->level), i};
    qsort(list, k->vehicle_count, sizeof *list, by_value);
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        if (i == 0 || list[i].value != list[i - 1].value) q->options[q->count++].value = list[i].value;
        struct level_option *option = &q->options[q->count - 1];
        option->weight += k->vehicles[list[i].vehicle].count;
        option->vehicles++;
        c->order[i] = list[i].vehicle;
        c->answer[list[i].vehicle] = q->count;
    }
    return ERR_OK;
}

static void answers_count(struct counter *c, struct level_question *q, uint32_t decided) {
    const struct fitment *f = c->f;
    memset(c->seen, 0, f->count * sizeof *c->seen);
    for (unsigned i = 0; i < f->k->vehicle_count; i++) {
        uint32_t vehicle = c->order[i], answer = c->answer[vehicle];
        struct level_option *option = &q->options[answer - 1];
        for (uint32_t p = c->starts[vehicle]; p < c->starts[vehicle + 1]; p++) {
            const struct part *part = &c->parts[p];
            if (c->seen[part->match] != answer) {
                c->seen[part->match] = answer;
                c->fits[part->match] = 0;
                option->possible++;
                option->undecided++;
            }
            c->fits[part->match] += part->fits;
            option->undecided -= part->fits && c->fits[part->match] == option->vehicles;
        }
    }
    for (unsigned i = 0; i < q->count; i++) q->options[i].possible += decided;
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
    struct counter c;
    *out = (struct level_question){0};
    if (f->k->vehicle_count < 2 || conditional == 0) return ERR_OK;
    TRY(counter_init(&c, v, f, keep));
    for (unsigned level = 0; level < CAR_LEVELS; level++) {
        struct level_question q = {.level = (enum car_level)level};
        if (f->k->car[level].dont_know) continue;
        TRY(answers_collect(&c, &q));
        if (q.count < 2) continue;
        answers_count(&c, &q, decided);
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
