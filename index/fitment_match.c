#include "fitment_match.h"

#include "base/hash.h"
#include "base/limits.h"
#include "spec_match.h"

#define WORDS_MAX (LIMIT_CONFIGURATIONS / 64)

// ---- one term --------------------------------------------------------------------------------------------------------------
void column_equal(const uint16_t *column, unsigned count, uint16_t value, uint64_t *out) {
    unsigned i = 0, word = 0;
    for (; i + 64 <= count; i += 64, word++) {
        uint64_t bits = 0;
        for (unsigned j = 0; j < 64; j++) bits |= (uint64_t)(column[i + j] == value) << j;
        out[word] |= bits;
    }
    for (; i < count; i++) out[word] |= (uint64_t)(column[i] == value) << (i % 64);
}

static bool term_has(const struct term *t, uint16_t value) {
    for (unsigned i = 0; i < t->count; i++)
        if (t->values[i] == value) return true;
    return false;
}

enum tri { TRI_NO, TRI_MAYBE, TRI_YES };

// What an unknown value counts as: the answers stand in for it, and without any it is a maybe.
static enum tri term_of_unknown(const struct knowledge *k, const struct term *t) {
    const struct answer *a = knowledge_answer(k, t->attr);
    if (!a || a->dont_know) return TRI_MAYBE;
    unsigned in = 0;
    for (unsigned i = 0; i < a->count; i++) in += term_has(t, a->values[i]);
    return in == a->count ? TRI_YES : in == 0 ? TRI_NO : TRI_MAYBE;
}

// ---- a term that the car's specification decides --------------------------------------------------------------------------------
static enum spec_answer spec_any(struct view *v, const struct term *t, uint8_t car_attr, uint16_t car, struct slice text) {
    enum spec_answer best = SPEC_NO;
    for (unsigned i = 0; i < t->count && best != SPEC_YES; i++) {
        enum spec_answer one = car != VALUE_UNHEARD ? spec_match(v, t->attr, t->values[i], car_attr, car)
                               : text.n ? spec_match_text(v, t->attr, t->values[i], text) : SPEC_NO;
        if (one > best) best = one;
    }
    return best;
}

static enum spec_answer spec_of_unknown(const struct knowledge *k, const struct term *t) {
    const struct answer *a = knowledge_answer(k, t->attr);
    if (!a) a = knowledge_answer(k, spec_stand_in(k->view, t->attr));
    if (!a || a->dont_know || a->count == 0) return SPEC_MAYBE;
    unsigned answers[3] = {0};
    for (unsigned i = 0; i < a->count; i++) answers[spec_any(k->view, t, a->attr, a->values[i], a->texts ? a->texts[i] : SLICE_NONE)]++;
    return answers[SPEC_YES] == a->count ? SPEC_YES : answers[SPEC_NO] == a->count ? SPEC_NO : SPEC_MAYBE;
}

// A car has few distinct values of an attribute: each is compared once a term.
#define SEEN_MAX 8
struct seen { unsigned count; uint32_t keys[SEEN_MAX]; enum spec_answer answers[SEEN_MAX]; };

static enum spec_answer seen_match(struct view *v, const struct term *t, uint8_t car_attr, uint16_t value, struct seen *s) {
    uint32_t key = (uint32_t)car_attr << 16 | value;
    for (unsigned i = 0; i < s->count; i++)
        if (s->keys[i] == key) return s->answers[i];
    enum spec_answer answer = spec_any(v, t, car_attr, value, SLICE_NONE);
    if (s->count < SEEN_MAX) {
        s->keys[s->count] = key;
        s->answers[s->count++] = answer;
    }
    return answer;
}

// The bits of `yes` and `maybe` where the term is.
static void spec_bits(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct term *t, uint64_t *yes, uint64_t *maybe) {
    const uint16_t *column = knowledge_column(kv, t->attr), *other = NULL;
    uint8_t stand_in = spec_stand_in(k->view, t->attr);
    if (knowledge_answer(k, t->attr) == NULL) other = knowledge_column(kv, stand_in);
    enum spec_answer gap = spec_of_unknown(k, t);
    struct seen seen = {0};
    for (unsigned i = 0; i < kv->vehicle->count; i++) {
        if (!bits_get(kv->possible, i)) continue;
        uint16_t value = column && column[i] ? column[i] : other ? other[i] : 0;
        uint8_t attr = column && column[i] ? t->attr : stand_in;
        enum spec_answer answer = value ? seen_match(k->view, t, attr, value, &seen) : gap;
        if (answer == SPEC_YES) bits_set(yes, i);
        if (answer == SPEC_MAYBE) bits_set(maybe, i);
    }
}

static void spec_term_match(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct term *t, uint64_t *yes,
                            uint64_t *maybe) {
    uint64_t term_yes[WORDS_MAX], term_maybe[WORDS_MAX];
    memset(term_yes, 0, kv->words * sizeof *term_yes);
    memset(term_maybe, k->view ? 0 : 0xFF, kv->words * sizeof *term_maybe);
    if (k->view) spec_bits(k, kv, t, term_yes, term_maybe);
    for (unsigned i = 0; i < kv->words; i++) {
        uint64_t both = yes[i] & term_yes[i];
        maybe[i] = ((yes[i] | maybe[i]) & (term_yes[i] | term_maybe[i])) & ~both;
        yes[i] = both;
    }
}

static void term_match(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct term *t, uint64_t *yes,
                       uint64_t *maybe) {
    if (t->spec) {
        spec_term_match(k, kv, t, yes, maybe);
        return;
    }
    uint64_t known[WORDS_MAX], unknown[WORDS_MAX];
    const uint16_t *column = knowledge_column(kv, t->attr);
    memset(known, 0, kv->words * sizeof *known);
    memset(unknown, column ? 0 : 0xFF, kv->words * sizeof *unknown);
    for (unsigned i = 0; column && i < t->count; i++) column_equal(column, kv->vehicle->count, t->values[i], known);
    if (column) column_equal(column, kv->vehicle->count, 0, unknown);
    enum tri gap = term_of_unknown(k, t);
    for (unsigned i = 0; i < kv->words; i++) {
        uint64_t term_yes = known[i] | (gap == TRI_YES ? unknown[i] : 0);
        uint64_t term_maybe = gap == TRI_MAYBE ? unknown[i] : 0;
        uint64_t both = yes[i] & term_yes;
        maybe[i] = ((yes[i] | maybe[i]) & (term_yes | term_maybe)) & ~both;
        yes[i] = both;
    }
}

// ---- one application ---------------------------------------------------------------------------------------------------------
enum row_state entry_state(const struct knowledge *k, const struct application *a) {
    if (k->position_given && !bits_get(k->positions, a->position)) return ROW_DEAD;
    enum row_state state = ROW_LIVE;
    for (unsigned i = 0; i < a->condition_count; i++) {
        char answer = knowledge_condition(k, a->conditions[i]);
        if (answer == 'n') return ROW_DEAD;
        if (answer != 'y') state = ROW_OPEN;
    }
    return state;
}

enum err entry_match_new(struct arena *a, const struct knowledge_vehicle *kv, struct entry_match *out) {
    out->yes = ARENA_ARRAY(a, uint64_t, 2 * (size_t)kv->words + 1);
    if (!out->yes) return ERR_NO_MEMORY;
    out->maybe = out->yes + kv->words;
    return ERR_OK;
}

void entry_match_run(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct application *a, int skip_term,
                     struct entry_match *out) {
    out->state = entry_state(k, a);
    memcpy(out->yes, kv->possible, kv->words * sizeof *out->yes);
    memset(out->maybe, 0, kv->words * sizeof *out->maybe);
    if (out->state == ROW_DEAD) {
        memset(out->yes, 0, kv->words * sizeof *out->yes);
        return;
    }
    for (int i = 0; i < (int)a->term_count; i++)
        if (i != skip_term) term_match(k, kv, &a->terms[i], out->yes, out->maybe);
}

const struct application application_universal = {.quantity = 1};

bool application_covers(const struct application *a, uint32_t make, uint32_t model, unsigned year) {
    bool car = a->make == 0 || (a->make == make && (a->model == 0 || a->model == model));
    return !(a->flags & APPLICATION_UNRESOLVED) && car && year >= a->year_from && year <= a->year_to;
}

// ---- the group's bytes ---------------------------------------------------------------------------------------------------------
// An application for every make is in the group of vehicle 0, which knows no years: they stand as a term of attribute 0.
static bool years_encoded(const struct application *a) {
    return a->make == 0 && a->year_to && !application_any_year(a);
}

static void entry_encode(struct buf *out, const struct application *a) {
    struct term terms[LIMIT_PREDICATE_TERMS + 1];
    uint16_t years[2] = {a->year_from, a->year_to};
    struct application with = *a;
    buf_u8(out, a->position);
    buf_varint(out, a->quantity);
    if (years_encoded(a)) {
        terms[0] = (struct term){.spec = true, .count = 2, .values = years};
        if (a->term_count) memcpy(terms + 1, a->terms, a->term_count * sizeof *terms);
        with.terms = terms;
        with.term_count++;
    }
    predicate_encode(out, &with);
}

static void years_decode(struct application *a) {
    a->year_to = APPLICATION_ANY_YEAR;
    if (a->term_count == 0 || a->terms[0].attr || !a->terms[0].spec || a->terms[0].count != 2) return;
    a->year_from = a->terms[0].values[0];
    a->year_to = a->terms[0].values[1];
    a->terms++;
    a->term_count--;
}

// The number of an entry among the distinct ones, a new one at the end: the group of vehicle 0 has thousands.
static unsigned entry_number(struct slice *distinct, unsigned *entries, uint32_t *slots, uint32_t mask, struct slice bytes) {
    uint32_t i = (uint32_t)hash64(bytes) & mask;
    for (; slots[i]; i = (i + 1) & mask)
        if (slice_eq(distinct[slots[i] - 1], bytes)) return slots[i] - 1;
    distinct[*entries] = bytes;
    slots[i] = ++*entries;
    return *entries - 1;
}

void group_encode(struct buf *out, const struct group_row *rows, unsigned count, struct arena *scratch) {
    struct slice *distinct = ARENA_ARRAY(scratch, struct slice, count);
    uint32_t *entry_of = ARENA_ARRAY(scratch, uint32_t, count);
    uint32_t size = 16;
    while (size < 2 * count) size *= 2;
    uint32_t *slots = ARENA_ARRAY(scratch, uint32_t, size);
    struct buf bytes;
    if (!distinct || !entry_of || !slots) {
        out->bad = true;
        return;
    }
    unsigned entries = 0;
    for (unsigned i = 0; i < count; i++) {
        buf_init(&bytes, scratch, 32);
        entry_encode(&bytes, rows[i].entry);
        out->bad |= bytes.bad;
        entry_of[i] = entry_number(distinct, &entries, slots, size - 1, buf_slice(&bytes));
    }
    buf_varint(out, entries);
    for (unsigned e = 0; e < entries; e++) buf_slice_put(out, distinct[e]);
    buf_varint(out, count);
    uint32_t last = 0;
    for (unsigned i = 0; i < count; i++) {
        buf_varint(out, rows[i].product - last);
        buf_varint(out, entry_of[i]);
        buf_varint(out, rows[i].application);
        last = rows[i].product;
    }
}

static bool entry_decode(struct arena *arena, struct reader *r, struct application *a) {
    a->position = reader_u8(r);
    a->quantity = (uint16_t)reader_varint(r);
    if (!predicate_decode(arena, r, a) || r->bad) return false;
    years_decode(a);
    return true;
}

enum err group_entries(struct arena *a, struct reader *r, struct application **out, unsigned *count) {
    uint64_t n = reader_varint(r);
    if (r->bad || n > reader_left(r)) return ERR_DAMAGED;
    struct application *list = ARENA_ARRAY(a, struct application, n ? n : 1);
    if (!list) return ERR_NO_MEMORY;
    for (uint64_t i = 0; i < n; i++)
        if (!entry_decode(a, r, &list[i])) return a->full ? ERR_NO_MEMORY : ERR_DAMAGED;
    *out = list;
    *count = (unsigned)n;
    return ERR_OK;
}
