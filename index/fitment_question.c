// Choosing the next question. A candidate is a level of the car (fitment_level.h), an attribute that terms of undecided rows name, one
// that tells configurations apart some of which are excluded, or a condition left open (fitment_candidate.c).
// For each option the undecided rows are matched again as if it were the answer: the possible
// configurations shrink to those that have the value or do not know it, and the attribute's own term becomes yes or no.
#include <stdlib.h>

#include "fitment_asker.h"
#include "fitment_level.h"
#include "names.h"
#include "spec_match.h"

// ---- what an answer would leave --------------------------------------------------------------------------------------------------
static int term_index(const struct application *a, uint8_t attr) {
    for (int i = 0; i < (int)a->term_count; i++)
        if (a->terms[i].attr == attr) return i;
    return -1;
}

static bool term_allows(const struct term *t, uint16_t value) {
    for (unsigned i = 0; i < t->count; i++)
        if (t->values[i] == value) return true;
    return false;
}

static bool has_condition(const struct application *a, uint32_t condition, unsigned *others_open, const struct knowledge *k) {
    bool has = false;
    *others_open = 0;
    for (unsigned i = 0; i < a->condition_count; i++) {
        if (a->conditions[i] == condition) has = true;
        else *others_open += knowledge_condition(k, a->conditions[i]) != 'y';
    }
    return has;
}

// The row under the answer: its match in *m (may point at scratch) and whether a condition stays open.
static enum row_state row_under(struct asker *q, const struct fitment_row *row, const struct candidate *c, uint16_t value,
                                struct entry_match *m) {
    const struct knowledge_vehicle *kv = &q->f->k->vehicles[row->vehicle];
    *m = row->match;
    if (c->condition) {
        unsigned others_open;
        if (!has_condition(row->entry, c->condition, &others_open, q->f->k)) return row->match.state;
        if (value == 'n') return ROW_DEAD;
        return others_open ? ROW_OPEN : ROW_LIVE;
    }
    if (c->attr && application_has_spec(row->entry)) {
        entry_match_run(&q->under, kv, row->entry, MATCH_ALL_TERMS, &q->without);
        *m = q->without;
        return row->match.state;
    }
    int t = term_index(row->entry, c->attr);
    if (t < 0) return row->match.state;
    if (!term_allows(&row->entry->terms[t], value)) return ROW_DEAD;
    entry_match_run(q->f->k, kv, row->entry, t, &q->without);
    *m = q->without;
    return row->match.state;
}

static void narrow_to(struct asker *q, const struct knowledge_vehicle *kv, const struct candidate *c, uint16_t value, uint64_t *narrowed) {
    memcpy(narrowed, kv->possible, kv->words * sizeof *narrowed);
    const uint16_t *column = c->condition ? NULL : knowledge_column(kv, c->attr);
    if (!column) return;
    memset(q->any, 0, kv->words * sizeof *q->any);
    column_equal(column, kv->vehicle->count, value, q->any);
    column_equal(column, kv->vehicle->count, 0, q->any);
    struct slice text = value == VALUE_OTHER ? SLICE_NONE : names_text(q->view, NAMES_VALUE + c->attr, value);
    for (unsigned i = 0; text.n && i < kv->vehicle->count; i++) // "205/55R16" does not rule out "205/55R16 91V"
        if (bits_get(kv->possible, i) && column[i] && column[i] != value && spec_agrees(q->view, c->attr, column[i], text)) bits_set(q->any, i);
    for (unsigned i = 0; i < kv->words; i++) narrowed[i] &= q->any[i];
}

static void narrow_all(struct asker *q, const struct candidate *c, uint16_t value) {
    q->left_count = 0;
    for (unsigned i = 0; i < q->f->k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &q->f->k->vehicles[i];
        uint64_t any = 0;
        narrow_to(q, kv, c, value, q->narrowed[i]);
        for (unsigned w = 0; w < kv->words; w++) any |= q->narrowed[i][w];
        q->left[i] = any != 0;
        q->left_count += any != 0;
    }
}

// The rows of one vehicle, from `from` on: returns where they end. *missing: some configuration left is not surely matched.
static unsigned vehicle_under(struct asker *q, const struct candidate *c, unsigned option, unsigned from, unsigned to, bool *any,
                              bool *missing) {
    uint32_t vehicle = q->rows[from].vehicle;
    const uint64_t *narrowed = q->narrowed[vehicle];
    unsigned words = q->f->k->vehicles[vehicle].words, i = from;
    uint64_t some = 0, gap = 0;
    memset(q->united, 0, words * sizeof *q->united);
    for (; i < to && q->rows[i].vehicle == vehicle; i++) {
        struct entry_match m;
        const uint64_t *excluded = q->rows[i].excluded;
        enum row_state state = row_under(q, &q->rows[i], c, c->values[option], &m);
        if (state == ROW_DEAD) continue;
        for (unsigned w = 0; w < words; w++) {
            uint64_t counts = narrowed[w] & ~(excluded ? excluded[w] : 0);
            some |= (m.yes[w] | m.maybe[w]) & counts;
            if (state == ROW_LIVE) q->united[w] |= m.yes[w] & counts;
        }
    }
    for (unsigned w = 0; w < words; w++) gap |= narrowed[w] & ~q->united[w];
    *any = some != 0;
    *missing = gap != 0;
    return i;
}

// Under an answer to which `narrowed` has been set. A vehicle left without rows is one that it does not fit.
static void pattern_under(struct asker *q, const struct candidate *c, unsigned option, const struct pattern *p,
                          uint32_t *possible, uint32_t *undecided) {
    bool any = false;
    unsigned fits = 0;
    for (unsigned i = p->from; i < p->to;) {
        uint32_t vehicle = q->rows[i].vehicle;
        bool some, missing;
        i = vehicle_under(q, c, option, i, p->to, &some, &missing);
        any |= some;
        fits += q->left[vehicle] && !missing;
    }
    if (any) *possible += p->products;
    if (any && fits < q->left_count) *undecided += p->products;
}

// K as it would be with one more answer.
static void answer_under(struct asker *q, const struct candidate *c, uint16_t value) {
    const struct knowledge *k = q->f->k;
    unsigned n = 0;
    for (unsigned i = 0; i < k->answer_count; i++)
        if (k->answers[i].attr != c->attr) q->under_answers[n++] = k->answers[i];
    q->under = *k;
    q->under_value = value;
    if (c->attr) q->under_answers[n++] = (struct answer){.attr = c->attr, .count = 1, .values = &q->under_value};
    q->under.answers = q->under_answers;
    q->under.answer_count = n;
}

static void option_count(struct asker *q, struct candidate *c, unsigned option) {
    answer_under(q, c, c->values[option]);
    uint32_t possible = q->decided, undecided = 0;
    narrow_all(q, c, c->values[option]);
    for (unsigned i = 0; i < q->pattern_count; i++) pattern_under(q, c, option, &q->patterns[i], &possible, &undecided);
    c->possible[option] = possible;
    c->undecided[option] = undecided;
}

static double option_weight(const struct candidate *c, unsigned option) { return c->weights[option] ? c->weights[option] : 1; }

static bool decides(const struct asker *q, const struct candidate *c) {
    uint32_t all = q->decided + q->conditional;
    for (unsigned i = 0; i < c->count; i++)
        if (c->undecided[i] < q->conditional || c->possible[i] < all) return true;
    return false;
}

// With two answers possible it takes the customer on even where none of them settles anything yet.
static bool worth_asking(const struct candidate *c) { return c->shown > 0 && (c->decides || c->count > 1); }

// What settles something first, then fewer undecided; an attribute before a condition, which a person can less often answer; then the
// fixed order of ids.
static bool better(const struct candidate *c, const struct candidate *best) {
    if (c->decides != best->decides) return c->decides;
    if (c->left != best->left) return c->left < best->left;
    if ((c->attr != 0) != (best->attr != 0)) return c->attr != 0;
    return c->attr != best->attr ? c->attr < best->attr : c->condition < best->condition;
}

static enum err answer_out(struct asker *q, const struct candidate *c, struct question **out) {
    struct question *question = ARENA_NEW(q->view->arena, struct question);
    struct question_option *options = ARENA_ARRAY(q->view->arena, struct question_option, c->shown);
    if (!question || !options) return ERR_NO_MEMORY;
    question->attr = c->attr;
    question->condition = c->condition;
    for (unsigned i = 0; i < c->shown; i++)
        options[i] = (struct question_option){.value = c->condition ? 0 : c->values[i],
                                              .answer = (char)(c->condition ? c->values[i] : 0),
                                              .count = c->possible[i]};
    question->options = options;
    question->option_count = c->shown;
    *out = question;
    return ERR_OK;
}

// ---- entry ---------------------------------------------------------------------------------------------------------------------
static bool undecided(const struct fitment *f, const uint8_t *keep, uint32_t product) { // and kept
    unsigned low = 0, high = f->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (f->matches[mid].product < product) low = mid + 1;
        else high = mid;
    }
    return low < f->count && f->matches[low].product == product && f->matches[low].verdict == VERDICT_CONDITIONAL && (!keep || keep[low]);
}

static bool same_rows(const struct fitment_row *a, const struct fitment_row *b, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (a[i].entry != b[i].entry || a[i].vehicle != b[i].vehicle || a[i].excluded || b[i].excluded) return false;
    return true;
}

// The rows of one product: to the pattern they repeat, or as a new one.
static void pattern_add(struct asker *q, const struct fitment_row *rows, unsigned count) {
    for (unsigned back = 1; back <= PATTERNS_BACK && back <= q->pattern_count; back++) {
        struct pattern *p = &q->patterns[q->pattern_count - back];
        if (p->to - p->from == count && same_rows(q->rows + p->from, rows, count)) {
            p->products++;
            return;
        }
    }
    memcpy(q->rows + q->row_count, rows, count * sizeof *rows);
    q->patterns[q->pattern_count++] = (struct pattern){q->row_count, q->row_count + count, 1};
    q->row_count += count;
}

static void patterns_collect(struct asker *q, const struct fitment_row *rows, unsigned count, const uint8_t *keep) {
    for (unsigned from = 0, to; from < count; from = to) {
        const struct fitment_row *first = &rows[from];
        for (to = from + 1; to < count; to++)
            if (rows[to].product != first->product) break;
        if (undecided(q->f, keep, first->product)) pattern_add(q, first, to - from);
    }
}

static int by_product(const void *a, const void *b) {
    const struct fitment_row *const *x = a, *const *y = b;
    if ((*x)->product != (*y)->product) return (*x)->product < (*y)->product ? -1 : 1;
    return (*x > *y) - (*x < *y); // as they were found: ascending by vehicle
}

// With several vehicles the rows of a product are brought together.
static enum err rows_together(struct view *v, const struct fitment *f, const struct fitment_row **out) {
    *out = f->open_rows;
    if (f->k->vehicle_count < 2 || f->open_count == 0) return ERR_OK;
    const struct fitment_row **order = arena_alloc(v->arena, f->open_count * sizeof(struct fitment_row *));
    struct fitment_row *rows = arena_alloc(v->arena, f->open_count * sizeof *rows);
    if (!order || !rows) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < f->open_count; i++) order[i] = &f->open_rows[i];
    qsort((void *)order, f->open_count, sizeof *order, by_product);
    for (unsigned i = 0; i < f->open_count; i++) rows[i] = *order[i];
    *out = rows;
    return ERR_OK;
}

static enum err asker_init(struct asker *q, struct view *v, const struct fitment *f, const uint8_t *keep) {
    unsigned words = 1;
    size_t cars = f->k->vehicle_count;
    for (unsigned i = 0; i < cars; i++)
        if (f->k->vehicles[i].words > words) words = f->k->vehicles[i].words;
    *q = (struct asker){.view = v, .f = f};
    q->narrowed = ARENA_ARRAY(v->arena, uint64_t *, cars + 1);
    q->left = ARENA_ARRAY(v->arena, bool, cars + 1);
    uint64_t *scratch = ARENA_ARRAY(v->arena, uint64_t, (cars + 4) * words);
    q->rows = arena_alloc(v->arena, f->open_count * sizeof *q->rows);
    q->patterns = arena_alloc(v->arena, f->open_count * sizeof *q->patterns);
    q->under_answers = arena_alloc(v->arena, (f->k->answer_count + 1) * sizeof *q->under_answers);
    if (!q->narrowed || !q->left || !scratch || !q->rows || !q->patterns || !q->under_answers) return ERR_NO_MEMORY;
    for (size_t i = 0; i < cars; i++) q->narrowed[i] = scratch + i * words;
    q->united = scratch + cars * words;
    q->any = q->united + words;
    q->without.yes = q->any + words;
    q->without.maybe = q->without.yes + words;
    const struct fitment_row *rows;
    TRY(rows_together(v, f, &rows));
    patterns_collect(q, rows, f->open_count, keep);
    return ERR_OK;
}

static enum err level_out(struct view *v, const struct level_question *from, struct question **out) {
    struct question *question = ARENA_NEW(v->arena, struct question);
    struct question_option *options = ARENA_ARRAY(v->arena, struct question_option, from->count);
    if (!question || !options) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < from->count; i++)
        options[i] = (struct question_option){.value = from->options[i].value, .count = from->options[i].possible};
    *question = (struct question){.asks_level = true, .level = from->level, .option_count = from->count, .options = options};
    *out = question;
    return ERR_OK;
}

// A person knows the year of a car sooner than its brakes: where both leave as much, the level is asked for.
static bool level_goes_first(const struct level_question *level, const struct candidate *best) {
    if (level->count == 0 || !best) return level->count > 0;
    return level->decides != best->decides ? level->decides : level->left <= best->left;
}

// Products still undecided on average after the answer; every option counts at least as one configuration. False: they are more than
// `most`, seen as soon as the options counted so far say it.
static bool expected_undecided(struct asker *q, struct candidate *c, double most) {
    double sum = 0, weight = 0;
    for (unsigned o = 0; o < c->count; o++) weight += option_weight(c, o);
    for (unsigned o = 0; o < c->count; o++) {
        option_count(q, c, o);
        sum += option_weight(c, o) * c->undecided[o];
        if (sum / weight > most) return false;
    }
    c->left = weight > 0 ? sum / weight : NOTHING_LEFT_OUT;
    return true;
}

// The best of attributes and conditions; NULL: none is worth asking. What settles something and leaves fewer than `most` beats the rest.
static enum err candidate_best(struct asker *q, double most, const struct candidate **out) {
    struct candidate *list = ARENA_ARRAY(q->view->arena, struct candidate, CANDIDATES_MAX);
    if (!list) return ERR_NO_MEMORY;
    unsigned count = 0;
    candidates_collect(q, list, &count);
    for (unsigned i = 0; i < count; i++) {
        if (!expected_undecided(q, &list[i], most)) continue;
        list[i].decides = decides(q, &list[i]);
        if (!worth_asking(&list[i]) || (*out && !better(&list[i], *out))) continue;
        *out = &list[i];
        if (list[i].decides && list[i].left < most) most = list[i].left;
    }
    return ERR_OK;
}

enum err fitment_question(struct view *v, const struct fitment *f, const uint8_t *keep, struct question **out) {
    struct asker q = {.view = v, .f = f};
    struct level_question level;
    const struct candidate *best = NULL;
    uint32_t decided = 0, conditional = 0;
    *out = NULL;
    if (f->open_count == 0 && !f->rows_left_out) return ERR_OK;
    for (unsigned i = 0; i < f->count; i++) {
        if (keep && !keep[i]) continue;
        if (f->matches[i].verdict == VERDICT_CONDITIONAL) conditional++;
        else decided++;
    }
    TRY(level_question_best(v, f, keep, decided, conditional, &level));
    if (!f->rows_left_out) {
        TRY(asker_init(&q, v, f, keep));
        q.decided = decided;
        q.conditional = conditional;
        TRY(candidate_best(&q, level.decides ? level.left : NOTHING_LEFT_OUT, &best));
    }
    if (level_goes_first(&level, best)) return level_out(v, &level, out);
    return best ? answer_out(&q, best, out) : ERR_OK;
}
