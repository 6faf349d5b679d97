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
    if (!knowledge_position(k, a->position) || !knowledge_quantity(k, a->quantity)) return ROW_DEAD;
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

void entry_match_grade(const struct knowledge_vehicle *kv, struct entry_match *m) {
    uint64_t yes = 0, maybe = 0, missing = 0;
    for (unsigned i = 0; i < kv->words; i++) {
        yes |= m->yes[i];
        maybe |= m->maybe[i];
        missing |= kv->possible[i] & ~m->yes[i];
    }
    if (m->state == ROW_DEAD || !(yes | maybe)) m->grade = GRADE_NONE;
    else if (!yes) m->grade = GRADE_MAYBE;
    else if (m->state == ROW_OPEN) m->grade = GRADE_OPEN;
    else m->grade = missing ? GRADE_PART : GRADE_WHOLE;
}

void entry_match_run(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct application *a, int skip_term,
                     struct entry_match *out) {
    out->state = entry_state(k, a);
    memcpy(out->yes, kv->possible, kv->words * sizeof *out->yes);
    memset(out->maybe, 0, kv->words * sizeof *out->maybe);
    if (out->state == ROW_DEAD) {
        memset(out->yes, 0, kv->words * sizeof *out->yes);
        out->grade = GRADE_NONE;
        return;
    }
    for (int i = 0; i < (int)a->term_count; i++)
        if (i != skip_term) term_match(k, kv, &a->terms[i], out->yes, out->maybe);
    entry_match_grade(kv, out);
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

void group_entry_encode(struct buf *out, const struct application *a) {
    struct term terms[LIMIT_PREDICATE_TERMS + 1];
    uint16_t years[2] = {a->year_from, a->year_to};
    struct application with = *a;
    buf_varint(out, a->position * 2u + (a->quantity != 1));
    if (a->quantity != 1) buf_varint(out, a->quantity);
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

static unsigned width_of(uint32_t highest) { return highest ? 32u - (unsigned)__builtin_clz(highest) : 0; }

static uint64_t low_bits(unsigned width) { return (UINT64_C(1) << width) - 1; }

static void bits_or(char *bits, size_t at, uint64_t value) { // value of at most 57 bits
    uint64_t word;
    memcpy(&word, bits + at / 8, sizeof word);
    word |= value << at % 8;
    memcpy(bits + at / 8, &word, sizeof word);
}

// Rows as bits behind what `out` has; the eight bytes more are room for whole words.
static void rows_put(struct buf *out, const struct packed_row *rows, unsigned count, const struct group_reader *g) {
    size_t width = g->delta_width + g->entry_width + g->application_width, bytes = (count * width + 7) / 8;
    if (!buf_room(out, bytes + sizeof(uint64_t))) return;
    char *bits = out->p + out->n;
    memset(bits, 0, bytes + sizeof(uint64_t));
    uint32_t last = rows[0].product;
    for (size_t i = 0; i < count; i++) {
        bits_or(bits, i * width, rows[i].product - last);
        bits_or(bits, i * width + g->delta_width, rows[i].entry | (uint64_t)rows[i].application << g->entry_width);
        last = rows[i].product;
    }
    out->n += bytes;
}

void group_put(struct buf *out, const struct slice *entries, unsigned entry_count, const struct packed_row *rows, unsigned count) {
    uint32_t delta = 0, application = 0;
    buf_varint(out, count);
    if (count == 0) return;
    for (unsigned i = 0; i < count; i++) {
        if (i && rows[i].product - rows[i - 1].product > delta) delta = rows[i].product - rows[i - 1].product;
        if (rows[i].application > application) application = rows[i].application;
    }
    struct group_reader g = {.delta_width = width_of(delta), .entry_width = width_of(entry_count - 1), .application_width = width_of(application)};
    out->bad |= g.entry_width > GROUP_WIDTH_MAX || g.application_width > GROUP_WIDTH_MAX;
    buf_varint(out, entry_count);
    buf_varint(out, rows[0].product);
    buf_u8(out, (uint8_t)g.delta_width);
    buf_u8(out, (uint8_t)g.application_width);
    for (unsigned e = 0; e < entry_count; e++) buf_slice_put(out, entries[e]);
    if (!out->bad) rows_put(out, rows, count, &g);
}

void group_encode(struct buf *out, const struct group_row *rows, unsigned count, struct arena *scratch) {
    struct slice *distinct = ARENA_ARRAY(scratch, struct slice, count);
    struct packed_row *packed = ARENA_ARRAY(scratch, struct packed_row, count);
    uint32_t size = 16;
    while (size < 2 * count) size *= 2;
    uint32_t *slots = ARENA_ARRAY(scratch, uint32_t, size);
    struct buf bytes;
    if (!distinct || !packed || !slots) {
        out->bad = true;
        return;
    }
    unsigned entries = 0;
    for (unsigned i = 0; i < count; i++) {
        buf_init(&bytes, scratch, 32);
        group_entry_encode(&bytes, rows[i].entry);
        out->bad |= bytes.bad;
        unsigned e = entry_number(distinct, &entries, slots, size - 1, buf_slice(&bytes));
        packed[i] = (struct packed_row){rows[i].product, e, rows[i].application};
    }
    group_put(out, distinct, entries, packed, count);
}

static bool entry_decode(struct arena *arena, struct reader *r, struct application *a) {
    uint64_t head = reader_varint(r);
    *a = (struct application){.position = (uint8_t)(head / 2)};
    a->quantity = head & 1 ? (uint16_t)reader_varint(r) : 1;
    if (!predicate_decode(arena, r, a) || r->bad) return false;
    years_decode(a);
    return true;
}

static enum err entries_decode(struct arena *a, struct reader *r, uint64_t count, struct group_reader *out) {
    if (r->bad || count == 0 || count > reader_left(r) || count > low_bits(GROUP_WIDTH_MAX)) return ERR_DAMAGED;
    out->entry_count = (unsigned)count;
    out->entry_width = width_of(out->entry_count - 1);
    out->entries = arena_alloc(a, count * sizeof *out->entries);
    if (!out->entries) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->entry_count; i++)
        if (!entry_decode(a, r, &out->entries[i])) return a->full ? ERR_NO_MEMORY : ERR_DAMAGED;
    return ERR_OK;
}

// The bits are copied to where whole words can be read behind them.
static enum err rows_open(struct arena *a, struct reader *r, uint64_t count, struct group_reader *out) {
    size_t bytes = reader_left(r), width = out->delta_width + out->entry_width + out->application_width;
    if (width == 0 ? count != 1 || bytes : count > bytes * 8 || (count * width + 7) / 8 != bytes) return ERR_DAMAGED;
    uint8_t *bits = arena_alloc(a, bytes + sizeof(uint64_t));
    if (!bits) return ERR_NO_MEMORY;
    memcpy(bits, r->p, bytes);
    memset(bits + bytes, 0, sizeof(uint64_t));
    out->row_count = (uint32_t)count;
    out->bits = bits;
    out->width = (unsigned)width;
    out->delta_mask = low_bits(out->delta_width);
    out->entry_mask = low_bits(out->entry_width);
    out->application_mask = low_bits(out->application_width);
    return ERR_OK;
}

enum err group_open(struct arena *a, struct slice value, struct group_reader *out) {
    struct reader r = reader_of(value);
    uint64_t count = reader_varint(&r);
    *out = (struct group_reader){0};
    if (r.bad || count > UINT32_MAX) return ERR_DAMAGED;
    if (count == 0) return ERR_OK;
    uint64_t entries = reader_varint(&r);
    out->product = (uint32_t)reader_varint(&r);
    out->delta_width = reader_u8(&r);
    out->application_width = reader_u8(&r);
    if (out->delta_width > 32 || out->application_width > GROUP_WIDTH_MAX) return ERR_DAMAGED;
    TRY(entries_decode(a, &r, entries, out));
    return rows_open(a, &r, count, out);
}
