// Lists of products: a term's list, what a term has of given products, and the two together.
#include "base/buf.h"
#include "columns.h"
#include "posting.h"
#include "product.h"
#include "text.h"
#include "words_plan.h"

struct set { uint32_t *ids; unsigned count; }; // ascending

// ---- narrowing --------------------------------------------------------------------------------------------------------------
// The first place from `at` on that holds `id` or more.
static unsigned gallop(const uint32_t *ids, unsigned at, unsigned count, uint32_t id) {
    unsigned step = 1, low = at;
    while (low + step < count && ids[low + step] < id) {
        low += step;
        step *= 2;
    }
    unsigned high = low + step < count ? low + step : count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (ids[middle] < id) low = middle + 1;
        else high = middle;
    }
    return low;
}

static enum err mark_token(struct view *v, struct slice token, const struct set *s, uint8_t *marks) {
    struct posting p;
    TRY(posting_open(v, token, &p));
    for (unsigned i = 0; i < s->count && p.product != UINT32_MAX;) {
        if (p.product < s->ids[i]) {
            posting_seek(&p, s->ids[i]);
        } else if (p.product > s->ids[i]) {
            i = gallop(s->ids, i, s->count, p.product);
        } else {
            marks[i++] = 1;
        }
    }
    return posting_close(&p);
}

static void keep_marked(struct set *s, const uint8_t *marks) {
    unsigned kept = 0;
    for (unsigned i = 0; i < s->count; i++)
        if (marks[i]) s->ids[kept++] = s->ids[i];
    s->count = kept;
}

static enum err part_keep(struct view *v, const struct word_part *part, struct set *s, uint8_t *marks) {
    memset(marks, 0, s->count);
    for (unsigned i = 0; i < part->count; i++) TRY(mark_token(v, part->tokens[i], s, marks));
    keep_marked(s, marks);
    return ERR_OK;
}

// ---- runs of Han ------------------------------------------------------------------------------------------------------------
static enum err text_has(struct view *v, struct slice text, struct slice run, bool *out) {
    struct slice folded;
    if (*out || text.n == 0) return ERR_OK;
    TRY(text_fold(v->arena, text, &folded));
    *out = folded.n >= run.n && memmem(folded.p, folded.n, run.p, run.n) != NULL;
    return ERR_OK;
}

static enum err product_has(struct view *v, uint32_t product, struct slice run, bool *out) {
    struct product p;
    *out = false;
    enum err e = product_load(v, product, &p);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e; // not seen by the request
    TRY(text_has(v, p.title, run, out));
    TRY(text_has(v, p.title_zh, run, out));
    return text_has(v, p.brand, run, out);
}

static bool character_before(const struct word_run *run, unsigned at) { // an inner one, the same
    for (unsigned i = 1; i < at; i++)
        if (slice_eq(run->characters[i], run->characters[at])) return true;
    return false;
}

// All pairs are there. Products without an inner character in a second context have the run; the others are read.
static enum err run_keep(struct view *v, const struct word_run *run, struct set *s, uint8_t *marks) {
    memset(marks, 0, s->count);
    for (unsigned i = 1; i + 1 < run->character_count; i++)
        if (!character_before(run, i)) TRY(mark_token(v, posting_crossing(v->arena, run->characters[i]), s, marks));
    unsigned kept = 0;
    for (unsigned i = 0; i < s->count; i++) {
        bool has = true;
        if (marks[i]) TRY(product_has(v, s->ids[i], run->text, &has));
        if (has) s->ids[kept++] = s->ids[i];
    }
    s->count = kept;
    return ERR_OK;
}

// ---- terms ------------------------------------------------------------------------------------------------------------------
// Narrows by every part but `done`, the ones with few products first would not be read faster: each is read by seeking.
static enum err term_keep(struct view *v, const struct word_term *t, const struct word_part *done, struct set *s, uint8_t *marks) {
    for (unsigned i = 0; i < t->part_count && s->count; i++)
        if (&t->parts[i] != done) TRY(part_keep(v, &t->parts[i], s, marks));
    for (unsigned i = 0; i < t->run_count && s->count; i++) TRY(run_keep(v, &t->runs[i], s, marks));
    return ERR_OK;
}

static enum err token_list(struct view *v, struct slice token, struct set *out) {
    struct posting p;
    size_t capacity = 128;
    *out = (struct set){.ids = arena_alloc(v->arena, capacity * sizeof(uint32_t))};
    TRY(posting_open(v, token, &p));
    while (out->ids && p.product != UINT32_MAX) {
        if (out->count == capacity) {
            if (!arena_extend(v->arena, out->ids, capacity * sizeof(uint32_t), capacity * 2 * sizeof(uint32_t))) {
                uint32_t *grown = arena_alloc(v->arena, capacity * 2 * sizeof(uint32_t));
                if (grown) memcpy(grown, out->ids, capacity * sizeof(uint32_t));
                out->ids = grown;
                if (!grown) break;
            }
            capacity *= 2;
        }
        out->count += (unsigned)posting_take(&p, out->ids + out->count, capacity - out->count);
    }
    enum err e = posting_close(&p);
    return out->ids ? e : ERR_NO_MEMORY;
}

// A byte for each product, the best tier any list gave it.
struct board { uint8_t *tier; uint32_t highest, lowest; };

static enum err board_new(struct view *v, struct board *b) {
    uint32_t products = columns_products(v);
    *b = (struct board){arena_alloc(v->arena, (size_t)products + 9), 0, products + 1};
    if (!b->tier) return ERR_NO_MEMORY;
    memset(b->tier, WORD_MISSED, (size_t)products + 9);
    return ERR_OK;
}

static void board_put(struct board *b, const struct set *s, uint8_t tier, uint32_t products) {
    for (unsigned i = 0; i < s->count; i++) {
        uint32_t id = s->ids[i];
        if (id > products) break; // of a record that is damaged
        if (tier < b->tier[id]) b->tier[id] = tier;
    }
    if (s->count && s->ids[0] < b->lowest) b->lowest = s->ids[0];
    if (s->count && s->ids[s->count - 1] > b->highest) b->highest = s->ids[s->count - 1];
}

static bool eight_missed(const uint8_t *tier) {
    uint64_t eight;
    memcpy(&eight, tier, sizeof eight);
    return eight == UINT64_MAX;
}

static enum err board_read(struct view *v, const struct board *b, struct set *out, uint8_t **tiers) {
    uint32_t products = columns_products(v), last = b->highest < products ? b->highest : products;
    size_t room = b->lowest > last ? 1 : (size_t)last - b->lowest + 2;
    *out = (struct set){.ids = arena_alloc(v->arena, room * sizeof(uint32_t))};
    if (tiers) *tiers = arena_alloc(v->arena, room);
    if (!out->ids || (tiers && !*tiers)) return ERR_NO_MEMORY;
    for (uint32_t id = b->lowest; id <= last; id++) {
        uint8_t tier = b->tier[id];
        while (tier == WORD_MISSED && id + 8 <= last && eight_missed(b->tier + id)) tier = b->tier[id += 8];
        out->ids[out->count] = id;
        if (tiers) (*tiers)[out->count] = tier;
        out->count += tier != WORD_MISSED;
    }
    return ERR_OK;
}

static enum err part_list(struct view *v, const struct word_part *part, struct set *out) {
    struct board b;
    if (part->count == 1) return token_list(v, part->tokens[0], out);
    TRY(board_new(v, &b));
    for (unsigned i = 0; i < part->count; i++) {
        TRY(token_list(v, part->tokens[i], out));
        board_put(&b, out, WORD_EXACT, columns_products(v));
    }
    return board_read(v, &b, out, NULL);
}

static enum err term_list(struct view *v, const struct word_term *t, struct set *out) {
    const struct word_part *rarest = &t->parts[0];
    for (unsigned i = 1; i < t->part_count; i++)
        if (t->parts[i].estimate < rarest->estimate) rarest = &t->parts[i];
    TRY(part_list(v, rarest, out));
    uint8_t *marks = arena_alloc(v->arena, out->count + 1);
    return marks ? term_keep(v, t, rarest, out, marks) : ERR_NO_MEMORY;
}

// ---- queries ----------------------------------------------------------------------------------------------------------------
static bool term_of(const struct word_term *t, unsigned slot) { return t->slots >> slot & 1; }

struct estimates { uint64_t of[WORDS_MAX]; };

static void slots_estimate(const struct word_plan *plan, struct estimates *out) {
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < plan->term_count; i++)
        for (uint64_t slots = plan->terms[i].slots; slots; slots &= slots - 1)
            out->of[__builtin_ctzll(slots)] += plan->terms[i].estimate;
}

static unsigned slot_rarest(const struct word_plan *plan, const struct estimates *e, uint64_t done) { // WORDS_MAX: all are done
    unsigned rarest = WORDS_MAX;
    for (unsigned slot = 0; slot < plan->slot_count; slot++)
        if (!(done >> slot & 1) && (rarest == WORDS_MAX || e->of[slot] < e->of[rarest])) rarest = slot;
    return rarest;
}

// Every product of one slot with its best tier there.
static enum err slot_list(struct view *v, const struct word_plan *plan, unsigned slot, struct set *out, uint8_t **tiers) {
    const struct word_term *only = NULL;
    struct board b;
    unsigned terms = 0;
    for (unsigned i = 0; i < plan->term_count; i++)
        if (term_of(&plan->terms[i], slot) && ++terms) only = &plan->terms[i];
    if (terms == 1) {
        TRY(term_list(v, only, out));
        *tiers = arena_alloc(v->arena, out->count + 1);
        if (!*tiers) return ERR_NO_MEMORY;
        memset(*tiers, only->tier, out->count);
        return ERR_OK;
    }
    TRY(board_new(v, &b));
    for (unsigned i = 0; i < plan->term_count; i++) {
        if (!term_of(&plan->terms[i], slot)) continue;
        TRY(term_list(v, &plan->terms[i], out));
        board_put(&b, out, plan->terms[i].tier, columns_products(v));
    }
    return board_read(v, &b, out, tiers);
}

// The products still in: their ids, worst tier so far, and places in the caller's list.
struct remaining { struct set s; uint8_t *tier; uint32_t *place; };
struct scratch { uint32_t *ids; uint8_t *marks, *best; };

static void terms_note(const struct set *s, const struct set *has, uint8_t tier, uint8_t *best) {
    for (unsigned i = 0, at = 0; i < has->count; i++, at++) {
        at = gallop(s->ids, at, s->count, has->ids[i]);
        if (tier < best[at]) best[at] = tier;
    }
}

static enum err slot_keep(struct view *v, const struct word_plan *plan, unsigned slot, struct remaining *r, struct scratch *x) {
    memset(x->best, WORD_MISSED, r->s.count);
    for (unsigned i = 0; i < plan->term_count; i++) {
        const struct word_term *t = &plan->terms[i];
        struct set has = {x->ids, r->s.count};
        if (!term_of(t, slot)) continue;
        memcpy(x->ids, r->s.ids, r->s.count * sizeof *x->ids);
        TRY(term_keep(v, t, NULL, &has, x->marks));
        terms_note(&r->s, &has, t->tier, x->best);
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < r->s.count; i++) {
        if (x->best[i] == WORD_MISSED) continue;
        r->s.ids[kept] = r->s.ids[i];
        r->place[kept] = r->place[i];
        r->tier[kept++] = x->best[i] > r->tier[i] ? x->best[i] : r->tier[i];
    }
    r->s.count = kept;
    return ERR_OK;
}

// Narrows by every slot but `done`, rarest first.
static enum err slots_keep(struct view *v, const struct word_plan *plan, uint64_t done, struct remaining *r) {
    struct scratch x = {arena_alloc(v->arena, (r->s.count + 1) * sizeof(uint32_t)), arena_alloc(v->arena, r->s.count + 1),
                        arena_alloc(v->arena, r->s.count + 1)};
    struct estimates estimates;
    if (!x.ids || !x.marks || !x.best) return ERR_NO_MEMORY;
    slots_estimate(plan, &estimates);
    for (unsigned rarest; r->s.count && (rarest = slot_rarest(plan, &estimates, done)) != WORDS_MAX;) {
        done |= UINT64_C(1) << rarest;
        TRY(slot_keep(v, plan, rarest, r, &x));
    }
    return ERR_OK;
}

static enum err remaining_new(struct view *v, unsigned count, struct remaining *r) {
    r->place = arena_alloc(v->arena, (count + 1) * sizeof(uint32_t));
    if (!r->place) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) r->place[i] = i;
    return ERR_OK;
}

enum err words_filter(struct view *v, const struct word_query *q, const uint32_t *products, unsigned count, uint8_t *tier) {
    struct remaining r = {0};
    if (count == 0) return ERR_OK;
    memset(tier, q->plan->slot_count ? WORD_MISSED : WORD_EXACT, count);
    if (q->plan->slot_count == 0 || q->unknown_count) return ERR_OK;
    r.s = (struct set){arena_alloc(v->arena, count * sizeof(uint32_t)), count};
    r.tier = arena_alloc(v->arena, count);
    if (!r.s.ids || !r.tier) return ERR_NO_MEMORY;
    memcpy(r.s.ids, products, count * sizeof *products);
    memset(r.tier, WORD_EXACT, count);
    TRY(remaining_new(v, count, &r));
    TRY(slots_keep(v, q->plan, 0, &r));
    for (unsigned i = 0; i < r.s.count; i++) tier[r.place[i]] = r.tier[i];
    return ERR_OK;
}

enum err words_find(struct view *v, const struct word_query *q, uint32_t **products, uint8_t **tiers, unsigned *count) {
    const struct word_plan *plan = q->plan;
    struct remaining r = {0};
    struct estimates estimates;
    *products = NULL;
    *tiers = NULL;
    *count = 0;
    if (plan->slot_count == 0 || q->unknown_count) return ERR_OK;
    slots_estimate(plan, &estimates);
    unsigned rarest = slot_rarest(plan, &estimates, 0);
    TRY(slot_list(v, plan, rarest, &r.s, &r.tier));
    if (plan->slot_count > 1) {
        TRY(remaining_new(v, r.s.count, &r));
        TRY(slots_keep(v, plan, UINT64_C(1) << rarest, &r));
    }
    *products = r.s.ids;
    *tiers = r.tier;
    *count = r.s.count;
    return ERR_OK;
}

enum err words_matched(struct view *v, const struct word_query *q, uint32_t product, struct word_match out[WORDS_MAX], unsigned *count) {
    const struct word_plan *plan = q->plan;
    uint64_t done = 0;
    *count = 0;
    for (uint8_t tier = WORD_EXACT; tier <= WORD_TYPO; tier++)
        for (unsigned i = 0; i < plan->term_count && *count < WORDS_MAX; i++) {
            const struct word_term *t = &plan->terms[i];
            uint32_t id = product;
            uint8_t mark;
            struct set s = {&id, 1};
            if (t->tier != tier || (t->slots & ~done) == 0 || !t->mark_count) continue;
            TRY(term_keep(v, t, NULL, &s, &mark));
            if (!s.count) continue;
            done |= t->slots;
            out[(*count)++] = (struct word_match){t->marks[0].text, tier, t->how, t->marks[0].prefix};
        }
    return ERR_OK;
}
