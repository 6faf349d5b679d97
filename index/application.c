#include "application.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/limits.h"
#include "names.h"
#include "vehicle.h"

// ---- predicates -----------------------------------------------------------------------------------------------------------
#define MORE 0x80 // in the count of terms: conditions follow; in a term's attribute: it has not just one value
#define SPEC 0x80 // in the count of a term's values: they are specifications to be compared

_Static_assert(LIMIT_ATTRIBUTES <= MORE && LIMIT_PREDICATE_TERMS < MORE && LIMIT_TERM_VALUES <= SPEC, "the top bit is free");

void predicate_encode(struct buf *out, const struct application *a) {
    buf_u8(out, (uint8_t)(a->term_count | (a->condition_count ? MORE : 0)));
    if (a->condition_count) buf_u8(out, a->condition_count);
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *t = &a->terms[i];
        bool one = t->count == 1 && !t->spec;
        buf_u8(out, (uint8_t)(t->attr | (one ? 0 : MORE)));
        if (!one) buf_u8(out, (uint8_t)(t->count | (t->spec ? SPEC : 0)));
        for (unsigned k = 0; k < t->count; k++) buf_varint(out, t->values[k]);
    }
    for (unsigned i = 0; i < a->condition_count; i++) buf_varint(out, a->conditions[i]);
}

static bool decode_terms(struct arena *arena, struct reader *r, struct application *a) {
    struct term *terms = arena_alloc(arena, a->term_count * sizeof *terms);
    if (!terms) return false;
    for (unsigned i = 0; i < a->term_count; i++) {
        uint8_t attr = reader_u8(r);
        terms[i].attr = attr & (uint8_t)~MORE;
        uint8_t count = attr & MORE ? reader_u8(r) : 1;
        terms[i].spec = (count & SPEC) != 0;
        terms[i].count = count & (uint8_t)~SPEC;
        uint16_t *values = arena_alloc(arena, terms[i].count * sizeof *values);
        if (!values) return false;
        for (unsigned k = 0; k < terms[i].count; k++) values[k] = (uint16_t)reader_varint(r);
        terms[i].values = values;
    }
    a->terms = terms;
    return !r->bad;
}

static bool decode_conditions(struct arena *arena, struct reader *r, struct application *a) {
    uint32_t *conditions = arena_alloc(arena, a->condition_count * sizeof *conditions);
    if (!conditions) return false;
    for (unsigned i = 0; i < a->condition_count; i++) conditions[i] = (uint32_t)reader_varint(r);
    a->conditions = conditions;
    return !r->bad;
}

bool predicate_decode(struct arena *arena, struct reader *r, struct application *a) {
    uint8_t terms = reader_u8(r);
    a->condition_count = terms & MORE ? reader_u8(r) : 0;
    a->term_count = terms & (uint8_t)~MORE;
    if (a->term_count > LIMIT_PREDICATE_TERMS + 1 || a->condition_count > LIMIT_CONDITIONS) return false;
    return (a->term_count == 0 || decode_terms(arena, r, a)) && (a->condition_count == 0 || decode_conditions(arena, r, a));
}

static unsigned values_read(struct reader *r) {
    return reader_u8(r) & MORE ? reader_u8(r) & ~(unsigned)SPEC : 1;
}

// The bytes of the predicate `r` stands at.
static struct slice predicate_bytes(struct reader *r) {
    const uint8_t *from = r->p;
    unsigned terms = reader_u8(r), conditions = terms & MORE ? reader_u8(r) : 0;
    for (terms &= ~(unsigned)MORE; terms > 0; terms--)
        for (unsigned values = values_read(r); values > 0; values--) (void)reader_varint(r);
    for (; conditions > 0; conditions--) (void)reader_varint(r);
    return slice_of(from, (size_t)(r->p - from));
}

// ---- records --------------------------------------------------------------------------------------------------------------
// High bits of a stored record's flags: what it has in common with the record before it is not written again.
enum {
    SAME_ROLE = 0x10, // position, quantity, source and label
    SAME_MAKE = 0x20,
    SAME_YEARS = 0x40,
    SAME_PREDICATE = 0x80,
    SAME_ANY = 0xF0,
};

struct record { // an application but for its predicate, which stays bytes
    struct application a;
    struct slice predicate;
};

static const struct record nothing_before = {.predicate = {"", 1}}; // one byte 0: no terms, no conditions

static int64_t unzigzag(uint64_t v) { return (int64_t)(v >> 1) ^ -(int64_t)(v & 1); }
static uint64_t zigzag(int64_t v) { return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0); }

static unsigned same_as(const struct record *before, const struct record *now) {
    const struct application *a = &before->a, *b = &now->a;
    bool role = a->position == b->position && a->quantity == b->quantity && a->source == b->source && a->label == b->label;
    return (role ? SAME_ROLE : 0u) | (a->make == b->make ? SAME_MAKE : 0u) |
           (a->year_from == b->year_from && a->year_to == b->year_to ? SAME_YEARS : 0u) |
           (slice_eq(before->predicate, now->predicate) ? SAME_PREDICATE : 0u);
}

static void record_write(struct buf *out, const struct record *before, const struct record *now) {
    const struct application *a = &now->a;
    unsigned same = same_as(before, now), flags = a->flags & ~(unsigned)(SAME_ANY | APPLICATION_LABELLED);
    buf_u8(out, (uint8_t)(flags | same | (a->label ? APPLICATION_LABELLED : 0)));
    if (!(same & SAME_ROLE)) {
        if (a->label) buf_varint(out, a->label);
        buf_u8(out, a->position);
        buf_varint(out, a->quantity);
        buf_varint(out, a->source);
    }
    buf_varint(out, zigzag((int64_t)a->line - before->a.line));
    if (!(same & SAME_MAKE)) buf_varint(out, a->make);
    buf_varint(out, a->model);
    if (!(same & SAME_YEARS)) {
        buf_varint(out, zigzag(a->year_from - before->a.year_from));
        buf_varint(out, (uint64_t)(a->year_to - a->year_from));
    }
    if (!(same & SAME_PREDICATE)) buf_slice_put(out, now->predicate);
    if (a->flags & APPLICATION_UNRESOLVED) buf_string(out, a->raw);
}

// *now may be what *before points to.
static bool record_read(struct reader *r, const struct record *before, struct record *now) {
    struct record n = *before;
    unsigned flags = reader_u8(r);
    n.a.flags = (uint8_t)(flags & ~(unsigned)SAME_ANY);
    if (!(flags & SAME_ROLE)) {
        n.a.label = flags & APPLICATION_LABELLED ? (uint32_t)reader_varint(r) : 0;
        n.a.position = reader_u8(r);
        n.a.quantity = (uint16_t)reader_varint(r);
        n.a.source = (uint32_t)reader_varint(r);
    }
    n.a.line = (uint32_t)(before->a.line + unzigzag(reader_varint(r)));
    if (!(flags & SAME_MAKE)) n.a.make = (uint32_t)reader_varint(r);
    n.a.model = (uint32_t)reader_varint(r);
    if (!(flags & SAME_YEARS)) {
        n.a.year_from = (uint16_t)(before->a.year_from + unzigzag(reader_varint(r)));
        n.a.year_to = (uint16_t)(n.a.year_from + reader_varint(r));
    }
    if (!(flags & SAME_PREDICATE)) n.predicate = predicate_bytes(r);
    n.a.raw = n.a.flags & APPLICATION_UNRESOLVED ? reader_string(r) : SLICE_NONE;
    *now = n;
    return !r->bad;
}

void application_encode(struct buf *out, const struct application *a) {
    char space[1 + 1 + LIMIT_PREDICATE_TERMS * (2 + 3 * (size_t)UINT8_MAX) + LIMIT_CONDITIONS * 5];
    struct buf predicate = {.p = space, .capacity = sizeof space};
    predicate_encode(&predicate, a);
    struct record now = {.a = *a, .predicate = buf_slice(&predicate)};
    record_write(out, &nothing_before, &now);
}

static unsigned marks_of(uint64_t count) {
    return count ? (unsigned)((count - 1) / APPLICATIONS_STRIDE) : 0;
}

void applications_frame(struct buf *out, struct slice list, unsigned count) {
    struct reader r = reader_of(list);
    struct record before, now;
    buf_varint(out, count);
    size_t marks = out->n;
    for (unsigned i = 0; i < marks_of(count); i++) buf_u32(out, 0);
    size_t first = out->n;
    for (unsigned i = 0; i < count; i++, before = now) {
        bool fresh = i % APPLICATIONS_STRIDE == 0;
        uint32_t at = (uint32_t)(out->n - first);
        if (!record_read(&r, &nothing_before, &now)) break;
        if (fresh && i && !out->bad) memcpy(out->p + marks + (i / APPLICATIONS_STRIDE - 1) * sizeof at, &at, sizeof at);
        record_write(out, fresh ? &nothing_before : &before, &now);
    }
    out->bad |= r.bad;
}

// The head of a record: leaves `r` at the list and gives the marks before it.
static enum err head_read(struct reader *r, uint64_t *count, struct reader *marks) {
    *count = reader_varint(r);
    if (r->bad || *count > LIMIT_APPLICATIONS) return ERR_DAMAGED;
    *marks = reader_of(reader_bytes(r, marks_of(*count) * sizeof(uint32_t)));
    return r->bad ? ERR_DAMAGED : ERR_OK;
}

static enum err record_decode(struct arena *arena, const struct record *record, struct application *out) {
    struct reader r = reader_of(record->predicate);
    *out = record->a;
    return predicate_decode(arena, &r, out) ? ERR_OK : arena->full ? ERR_NO_MEMORY : ERR_DAMAGED;
}

// The applications of a stored record, one after the other; none for no bytes.
struct walk {
    struct reader r;
    struct record at;
    uint64_t count, next;
};

static enum err walk_begin(struct walk *w, struct slice record) {
    struct reader marks;
    *w = (struct walk){.r = reader_of(record)};
    return record.n ? head_read(&w->r, &w->count, &marks) : ERR_OK;
}

static bool walk_next(struct walk *w) { // false: at the end, or the bytes are bad
    if (w->next == w->count) return false;
    return record_read(&w->r, w->next++ % APPLICATIONS_STRIDE ? &w->at : &nothing_before, &w->at);
}

enum err applications_decode(struct arena *arena, struct slice record, struct application **out, unsigned *count) {
    struct walk w;
    *count = 0;
    if (record.n == 0) return ERR_DAMAGED;
    TRY(walk_begin(&w, record));
    struct application *list = arena_alloc(arena, (w.count ? w.count : 1) * sizeof *list);
    const char *predicate = NULL; // of the one before
    if (!list) return ERR_NO_MEMORY;
    for (struct application *a = list; walk_next(&w); a++, predicate = w.at.predicate.p) {
        if (a == list || w.at.predicate.p != predicate) {
            TRY(record_decode(arena, &w.at, a));
            continue;
        }
        *a = w.at.a;
        a->terms = a[-1].terms;
        a->conditions = a[-1].conditions;
        a->term_count = a[-1].term_count;
        a->condition_count = a[-1].condition_count;
    }
    *out = list;
    *count = (unsigned)w.count;
    return w.r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err applications_list(struct arena *arena, struct slice record, struct slice *list, unsigned *count) {
    struct walk w;
    struct buf out;
    TRY(walk_begin(&w, record));
    buf_init(&out, arena, record.n * 2 + 1);
    while (walk_next(&w)) record_write(&out, &nothing_before, &w.at);
    *count = (unsigned)w.count;
    *list = buf_slice(&out);
    return w.r.bad ? ERR_DAMAGED : out.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err applications_list_unresolved(struct slice list, bool *out) {
    struct reader r = reader_of(list);
    struct record at;
    *out = false;
    while (reader_left(&r) && !*out) {
        if (!record_read(&r, &nothing_before, &at)) return ERR_DAMAGED;
        *out = at.a.flags & APPLICATION_UNRESOLVED;
    }
    return ERR_OK;
}

enum err applications_name_model(struct slice record, uint32_t make, uint32_t model, bool *out) {
    struct walk w;
    *out = false;
    TRY(walk_begin(&w, record));
    while (!*out && walk_next(&w)) *out = make && w.at.a.make == make && (w.at.a.model == 0 || w.at.a.model == model);
    return w.r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err applications_unresolved(struct slice record, bool *out) {
    struct walk w;
    *out = false;
    TRY(walk_begin(&w, record));
    while (!*out && walk_next(&w)) *out = w.at.a.flags & APPLICATION_UNRESOLVED;
    return w.r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err application_content(struct reader *r, struct slice *bytes, uint64_t *content, uint16_t *year_from, uint16_t *year_to) {
    struct record at;
    const uint8_t *start = r->p;
    if (!record_read(r, &nothing_before, &at)) return ERR_DAMAGED;
    *bytes = slice_of(start, (size_t)(r->p - start));
    *year_from = at.a.year_from;
    *year_to = at.a.year_to;
    uint32_t head[] = {at.a.flags, at.a.label, at.a.position, at.a.quantity, at.a.make, at.a.model};
    *content = hash64_seed(at.a.raw, hash64_seed(at.predicate, hash64(slice_of(head, sizeof head))));
    return ERR_OK;
}

static enum err record_load(struct view *v, uint32_t product, struct slice *out) {
    uint32_t key = __builtin_bswap32(product);
    return db_get(v->snapshot, TABLE_APPLICATION, slice_of(&key, sizeof key), out);
}

enum err applications_load(struct view *v, uint32_t product, struct application **out, unsigned *count) {
    struct slice value;
    *count = 0;
    *out = NULL;
    enum err e = record_load(v, product, &value);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    return e != ERR_OK ? e : applications_decode(v->arena, value, out, count);
}

enum err application_decode(struct arena *a, struct slice bytes, struct application *out) {
    struct reader r = reader_of(bytes);
    struct record record;
    return record_read(&r, &nothing_before, &record) ? record_decode(a, &record, out) : ERR_DAMAGED;
}

enum err application_load(struct view *v, uint32_t product, unsigned ordinal, struct application *out) {
    struct slice value;
    struct reader r, marks;
    struct record at = nothing_before;
    uint64_t count;
    TRY(record_load(v, product, &value));
    r = reader_of(value);
    TRY(head_read(&r, &count, &marks));
    if (ordinal >= count) return ERR_NOT_FOUND;
    unsigned mark = ordinal / APPLICATIONS_STRIDE;
    if (mark) {
        (void)reader_bytes(&marks, (mark - 1) * sizeof(uint32_t));
        (void)reader_bytes(&r, reader_u32(&marks));
    }
    for (unsigned i = mark * APPLICATIONS_STRIDE; i <= ordinal; i++)
        if (!record_read(&r, &at, &at)) return ERR_DAMAGED;
    return record_decode(v->arena, &at, out);
}

// ---- conditions -------------------------------------------------------------------------------------------------------------
static const char *const condition_types[] = {"", "text", "production_date", "chassis", "option_code", "steering"};

const char *condition_type_name(enum condition_type type) {
    return type <= CONDITION_STEERING ? condition_types[type] : "";
}

bool condition_type_parse(struct slice text, enum condition_type *out) {
    for (unsigned i = CONDITION_TEXT; i <= CONDITION_STEERING; i++)
        if (slice_is(text, condition_types[i])) {
            *out = i;
            return true;
        }
    return false;
}

// The canonical text is the record: type digit, from, to, text, each but the last ended by a unit separator.
#define CONDITION_SEPARATOR '\x1f'

static void condition_hash(struct slice canonical, char out[11]) {
    snprintf(out, 11, "%010llx", (unsigned long long)(hash64(canonical) & 0xFFFFFFFFFFull));
}

enum err condition_load(struct view *v, uint32_t id, struct condition *out) {
    struct slice canonical = names_text(v, NAMES_CONDITION, id);
    if (canonical.n < 2) return ERR_NOT_FOUND;
    struct slice rest = slice_from(canonical, 1);
    *out = (struct condition){.id = id, .type = (enum condition_type)(canonical.p[0] - '0')};
    out->from = slice_cut(&rest, CONDITION_SEPARATOR);
    out->to = slice_cut(&rest, CONDITION_SEPARATOR);
    out->text = rest;
    condition_hash(canonical, out->hash);
    return ERR_OK;
}

enum err condition_find(struct view *v, struct slice hash, uint32_t *id) {
    struct slice value;
    if (hash.n != 10) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_CONDITION, hash, &value));
    struct reader r = reader_of(value);
    *id = reader_u32(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err condition_intern(struct txn *t, enum condition_type type, struct slice text, struct slice from, struct slice to,
                          uint32_t *id) {
    char space[LIMIT_TEXT_BYTES];
    struct buf b = {.p = space, .capacity = sizeof space};
    if (text.n + from.n + to.n + 4 > sizeof space) return ERR_TOO_LARGE;
    buf_char(&b, (char)('0' + type));
    buf_slice_put(&b, from);
    buf_char(&b, CONDITION_SEPARATOR);
    buf_slice_put(&b, to);
    buf_char(&b, CONDITION_SEPARATOR);
    buf_slice_put(&b, text);
    enum err e = names_find(txn_snapshot(t), NAMES_CONDITION, buf_slice(&b), id);
    if (e != ERR_NOT_FOUND) return e;
    TRY(names_intern(t, NAMES_CONDITION, buf_slice(&b), id));
    char hash[11];
    condition_hash(buf_slice(&b), hash);
    uint32_t stored = *id;
    return txn_put(t, TABLE_CONDITION, slice_of(hash, 10), slice_of(&stored, sizeof stored));
}

bool application_has_spec(const struct application *a) {
    for (unsigned i = 0; i < a->term_count; i++)
        if (a->terms[i].spec) return true;
    return false;
}

// ---- output -------------------------------------------------------------------------------------------------------------------
static void terms_json(struct view *v, struct json_writer *w, const struct application *a, bool spec, struct slice *market) {
    json_key_open(w, spec ? "spec" : "attrs", '{');
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *term = &a->terms[i];
        if (term->spec != spec) continue;
        struct slice name = names_text(v, NAMES_ATTRIBUTE, term->attr);
        if (!spec && slice_is(name, "market") && term->count == 1) {
            *market = names_text(v, NAMES_VALUE + term->attr, term->values[0]);
            continue;
        }
        json_key_slice(w, name);
        if (term->count == 1) {
            json_string(w, names_text(v, NAMES_VALUE + term->attr, term->values[0]));
            continue;
        }
        json_open(w, '[');
        for (unsigned k = 0; k < term->count; k++) json_string(w, names_text(v, NAMES_VALUE + term->attr, term->values[k]));
        json_close(w, ']');
    }
    json_close(w, '}');
}

static void years_json(struct json_writer *w, const struct application *a) {
    json_key_open(w, "years", '[');
    json_int(w, a->year_from);
    json_int(w, a->year_to);
    json_close(w, ']');
}

static void vehicle_words_json(struct view *v, struct json_writer *w, const struct application *a) {
    struct slice market = SLICE_NONE;
    struct make make;
    struct model model;
    json_open(w, '{');
    if (a->flags & APPLICATION_UNRESOLVED) {
        if (a->raw.n) json_raw_members(w, a->raw);
        if (a->year_from) years_json(w, a);
        json_key_bool(w, "unresolved", true);
        json_close(w, '}');
        return;
    }
    if (a->make) {
        json_key_string(w, "make", make_load(v, a->make, &make) == ERR_OK ? make.name : names_text(v, NAMES_MAKE, a->make));
    } else {
        json_key_str(w, "make", "*");
    }
    json_key(w, "model");
    if (a->model && model_load(v, a->make, a->model, &model) == ERR_OK) json_string(w, model.name);
    else json_null(w);
    if (application_any_year(a)) json_key_null(w, "years");
    else years_json(w, a);
    terms_json(v, w, a, false, &market);
    if (application_has_spec(a)) terms_json(v, w, a, true, &market);
    json_key(w, "market");
    if (market.n) json_string(w, market);
    else json_null(w);
    json_close(w, '}');
}

void application_json(struct view *v, struct json_writer *w, const struct application *a) {
    json_open(w, '{');
    json_key(w, "position");
    if (a->position) json_string(w, names_text(v, NAMES_POSITION, a->position));
    else json_null(w);
    json_key_int(w, "quantity", a->quantity);
    if (a->flags & APPLICATION_NOT_VALIDATED) json_key_bool(w, "validated", false);
    if (a->label) json_key_string(w, "label", names_text(v, NAMES_LABEL, a->label));
    json_key_open(w, "vehicles", '[');
    vehicle_words_json(v, w, a);
    json_close(w, ']');
    json_key_open(w, "conditions", '[');
    for (unsigned i = 0; i < a->condition_count; i++) {
        struct condition c;
        if (condition_load(v, a->conditions[i], &c) != ERR_OK) continue;
        json_open(w, '{');
        json_key_str(w, "type", condition_type_name(c.type));
        json_key_string(w, "text", c.text);
        json_key(w, "from");
        if (c.from.n) json_string(w, c.from);
        else json_null(w);
        json_key(w, "to");
        if (c.to.n) json_string(w, c.to);
        else json_null(w);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}
