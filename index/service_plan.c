#include "service_plan.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"

#define WORDS_MAX (LIMIT_CONFIGURATIONS / 64)

enum match3 { MATCH_NO, MATCH_MAYBE, MATCH_YES };

// ---- one term ---------------------------------------------------------------------------------------------------------------------
static bool term_has(const struct book_term *t, uint16_t value) {
    bool has = false;
    for (unsigned i = 0; i < t->count && !has; i++) has = t->values[i] == value && value != VALUE_UNHEARD;
    return has;
}

// What the customer's answer says where the configuration knows nothing.
static enum match3 by_answer(const struct knowledge *k, const struct book_term *t) {
    const struct answer *a = knowledge_answer(k, t->attr);
    unsigned among = 0;
    if (!a || a->dont_know || a->count == 0) return MATCH_MAYBE;
    for (unsigned i = 0; i < a->count; i++) among += term_has(t, a->values[i]);
    return among == 0 ? MATCH_NO : among == a->count ? MATCH_YES : MATCH_MAYBE;
}

struct sets { uint64_t yes[WORDS_MAX], maybe[WORDS_MAX]; };

static void drop(struct sets *s, unsigned i, enum match3 m) {
    if (m == MATCH_YES) return;
    uint64_t bit = (uint64_t)1 << (i % 64);
    if (m == MATCH_MAYBE && (s->yes[i / 64] & bit)) s->maybe[i / 64] |= bit;
    if (m == MATCH_NO) s->maybe[i / 64] &= ~bit;
    s->yes[i / 64] &= ~bit;
}

// Neighbours are mostly alike, so a value is compared when it changes.
static void narrow(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct book_term *t, struct sets *s) {
    const uint16_t *column = knowledge_column(kv, t->attr);
    enum match3 unknown = by_answer(k, t), now = unknown;
    uint16_t last = 0;
    for (unsigned i = 0; i < kv->vehicle->count; i++) {
        uint16_t value = column ? column[i] : 0;
        if (value != last) now = value == 0 ? unknown : term_has(t, value) ? MATCH_YES : MATCH_NO;
        last = value;
        drop(s, i, now);
    }
}

static bool about(const struct book_rule *r, const struct vehicle *vehicle) {
    if (r->lost || (r->vehicle && r->vehicle != vehicle->id)) return false;
    if ((r->make && r->make != vehicle->make) || (r->model && r->model != vehicle->model)) return false;
    return (!r->is.from || vehicle->year >= r->is.from) && (!r->is.to || vehicle->year <= r->is.to);
}

// Whether any configuration is a yes or a maybe.
static bool match(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct book_rule *r, struct sets *s) {
    if (!about(r, kv->vehicle)) return false;
    memcpy(s->yes, kv->possible, kv->words * sizeof *s->yes);
    memset(s->maybe, 0, kv->words * sizeof *s->maybe);
    for (unsigned i = 0; i < r->term_count; i++) narrow(k, kv, &r->terms[i], s);
    uint64_t any = 0;
    for (unsigned w = 0; w < kv->words; w++) any |= s->yes[w] | s->maybe[w];
    return any != 0;
}

// ---- one service --------------------------------------------------------------------------------------------------------------------
struct finding {
    struct planned_service *out;
    unsigned have, lack, maybe;      // configurations
    const struct book_rule *perhaps; // a rule that would apply if something unknown were known
    const struct book_rule *differs; // one of another interval, or of none
};

static bool shorter(const struct book_rule *a, const struct book_rule *b) {
    uint64_t km_a = a->is.km ? a->is.km : UINT32_MAX, km_b = b->is.km ? b->is.km : UINT32_MAX;
    if (km_a != km_b) return km_a < km_b;
    return (a->is.months ? a->is.months : UINT16_MAX) < (b->is.months ? b->is.months : UINT16_MAX);
}

static bool same_interval(const struct book_rule *a, const struct book_rule *b) {
    return a->is.km == b->is.km && a->is.months == b->is.months && a->is.first_km == b->is.first_km && a->is.first_months == b->is.first_months;
}

static void take_interval(struct finding *f, const struct book_rule *r, unsigned configurations) {
    struct planned_service *o = f->out;
    if (r->is.flags & RULE_NONE) {
        f->lack += configurations;
        f->differs = r;
        return;
    }
    f->have += configurations;
    if (o->interval && !same_interval(o->interval, r)) {
        o->varies = true;
        f->differs = r;
    }
    if (!o->interval || shorter(r, o->interval)) o->interval = r;
}

static void may_take(struct finding *f, const struct book_rule *r) {
    if (r->is.flags & RULE_NONE) f->differs = f->differs ? f->differs : r;
    else if (!f->perhaps) f->perhaps = r;
}

// Hands the configurations of `left` to the first rule that is a yes; `taken` hears of each rule that took some. What no rule
// took and one may is counted in *maybe.
static unsigned hand_out(const struct knowledge *k, const struct knowledge_vehicle *kv, unsigned flag, struct finding *f,
                         void (*taken)(struct finding *f, const struct book_rule *r, unsigned configurations), unsigned *maybe) {
    uint64_t left[WORDS_MAX], open[WORDS_MAX];
    struct sets s;
    unsigned rest = 0;
    const struct book_service *service = f->out->service;
    memcpy(left, kv->possible, kv->words * sizeof *left);
    memset(open, 0, kv->words * sizeof *open);
    *maybe = 0;
    bool more = true;
    for (unsigned i = 0; more && i < service->rule_count; i++) {
        const struct book_rule *r = &service->rules[i];
        if (!(r->is.flags & flag) || !match(k, kv, r, &s)) continue;
        unsigned took = 0;
        bool perhaps = false;
        more = false;
        for (unsigned w = 0; w < kv->words; w++) {
            took += (unsigned)__builtin_popcountll(s.yes[w] & left[w]);
            perhaps |= (s.maybe[w] & left[w]) != 0;
            if (!(r->is.flags & RULE_NONE)) open[w] |= s.maybe[w] & left[w];
            left[w] &= ~s.yes[w];
            more |= left[w] != 0;
        }
        if (perhaps && flag == RULE_INTERVAL) may_take(f, r);
        if (took) taken(f, r, took);
    }
    for (unsigned w = 0; w < kv->words; w++) {
        *maybe += (unsigned)__builtin_popcountll(left[w] & open[w]);
        rest += (unsigned)__builtin_popcountll(left[w] & ~open[w]);
    }
    return rest;
}

static void take_amount(struct finding *f, const struct book_rule *r, unsigned configurations) {
    (void)configurations;
    struct planned_service *o = f->out;
    if (o->amount && (o->amount->is.amount_milli != r->is.amount_milli || !slice_eq(o->amount->is.fluid, r->is.fluid))) o->amount_varies = true;
    if (!o->amount || r->is.amount_milli > o->amount->is.amount_milli) o->amount = r;
}

// An attribute of the rule whose value is unknown somewhere or differs among the possible configurations.
static uint8_t undecided(const struct knowledge *k, const struct book_rule *r) {
    for (unsigned t = 0; r && t < r->term_count; t++) {
        const struct answer *answered = knowledge_answer(k, r->terms[t].attr);
        if (answered && (answered->dont_know || answered->count == 1)) continue;
        bool yes = false, no = false;
        for (unsigned i = 0; i < k->vehicle_count; i++) {
            const uint16_t *column = knowledge_column(&k->vehicles[i], r->terms[t].attr);
            for (unsigned c = 0; c < k->vehicles[i].vehicle->count; c++) {
                if (!bits_get(k->vehicles[i].possible, c)) continue;
                uint16_t value = column ? column[c] : 0;
                yes |= value == 0 || term_has(&r->terms[t], value);
                no |= value == 0 || !term_has(&r->terms[t], value);
            }
        }
        if (yes && no) return r->terms[t].attr;
    }
    return 0;
}

static bool settle(const struct knowledge *k, struct finding *f) {
    struct planned_service *o = f->out;
    if (f->have == 0 && f->maybe == 0) return false;
    o->applies = f->have == 0 ? APPLIES_MAYBE : f->lack || f->maybe ? APPLIES_SOME : APPLIES_ALL;
    if (o->applies == APPLIES_MAYBE) o->interval = f->perhaps;
    if (o->applies != APPLIES_ALL || o->varies) o->question = undecided(k, o->interval);
    if (!o->question && (o->applies != APPLIES_ALL || o->varies)) o->question = undecided(k, f->differs);
    return o->interval != NULL;
}

static bool plan_one(const struct knowledge *k, const struct book_service *s, struct planned_service *out) {
    struct finding f = {.out = out};
    *out = (struct planned_service){.service = s};
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        unsigned maybe;
        f.lack += hand_out(k, &k->vehicles[i], RULE_INTERVAL, &f, take_interval, &maybe);
        f.maybe += maybe;
    }
    if (!settle(k, &f)) return false;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        unsigned ignored;
        hand_out(k, &k->vehicles[i], RULE_AMOUNT, &f, take_amount, &ignored);
    }
    return true;
}

static void plan_all(const struct service_book *book, const struct knowledge *k, struct planned_service *out, unsigned *count) {
    *count = 0;
    for (unsigned i = 0; i < book->count && *count < SERVICES_MAX; i++)
        if (book->services[i].rule_count && book->services[i].item_count == 0) *count += plan_one(k, &book->services[i], &out[*count]);
}

// ---- plans kept -----------------------------------------------------------------------------------------------------------------------
// A plan follows from the book, the configurations that are possible and the answers: equal keys, equal plans.
enum { KEPT_PLANS = 1024, KEPT_SERVICES = 48, KEY_BYTES = 1024 };
struct kept_plan { struct hash128 key; uint64_t book; unsigned count; struct planned_service list[KEPT_SERVICES]; };
struct service_plans { struct kept_plan slots[KEPT_PLANS]; };

void service_plans_free(struct service_plans *p) { free(p); }

// False: too much to know it again.
static bool key_of(const struct knowledge *k, struct hash128 *out) {
    char space[KEY_BYTES];
    struct buf b = {.p = space, .capacity = sizeof space};
    size_t bytes = 0;
    for (unsigned i = 0; i < k->vehicle_count; i++) bytes += 4 + k->vehicles[i].words * sizeof(uint64_t);
    for (unsigned i = 0; i < k->answer_count; i++) bytes += 4 + k->answers[i].count * sizeof(uint16_t);
    if (bytes > sizeof space) return false;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        buf_u32(&b, k->vehicles[i].vehicle->id);
        buf_put(&b, k->vehicles[i].possible, k->vehicles[i].words * sizeof(uint64_t));
    }
    for (unsigned i = 0; i < k->answer_count; i++) {
        const struct answer *a = &k->answers[i];
        buf_u8(&b, a->attr);
        buf_u8(&b, a->dont_know);
        buf_u16(&b, a->count);
        buf_put(&b, a->values, a->count * sizeof(uint16_t));
    }
    *out = hash128(buf_slice(&b));
    return true;
}

static struct kept_plan *slot_of(struct view *v, struct hash128 key) {
    struct service_plans **plans = service_plans_of(v);
    if (!plans) return NULL;
    if (!*plans) *plans = calloc(1, sizeof **plans);
    return *plans ? &(*plans)->slots[key.low % KEPT_PLANS] : NULL;
}

enum err service_plan_find(struct view *v, const struct service_book *book, const struct knowledge *k, struct planned_service *out,
                           unsigned *count) {
    struct hash128 key;
    *count = 0;
    if (!k->resolved) return ERR_OK;
    if (k->vehicle_count > SERVICE_PLAN_VEHICLES) return ERR_TOO_LARGE;
    struct kept_plan *kept = key_of(k, &key) ? slot_of(v, key) : NULL;
    if (kept && kept->book == book->made && kept->key.low == key.low && kept->key.high == key.high) {
        *count = kept->count;
        if (*count) memcpy(out, kept->list, *count * sizeof *out);
        return ERR_OK;
    }
    plan_all(book, k, out, count);
    if (!kept || *count > KEPT_SERVICES) return ERR_OK;
    kept->key = key;
    kept->book = book->made;
    kept->count = *count;
    if (*count) memcpy(kept->list, out, *count * sizeof *out);
    return ERR_OK;
}
