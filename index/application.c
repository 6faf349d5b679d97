#include "application.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/limits.h"
#include "names.h"
#include "vehicle.h"

// ---- records --------------------------------------------------------------------------------------------------------------
void predicate_encode(struct buf *out, const struct application *a) {
    buf_u8(out, a->term_count);
    for (unsigned i = 0; i < a->term_count; i++) {
        buf_u8(out, a->terms[i].spec ? a->terms[i].attr | TERM_SPEC : a->terms[i].attr);
        buf_u8(out, a->terms[i].count);
        buf_put(out, a->terms[i].values, a->terms[i].count * sizeof(uint16_t));
    }
    buf_u8(out, a->condition_count);
    for (unsigned i = 0; i < a->condition_count; i++) buf_varint(out, a->conditions[i]);
}

void application_encode(struct buf *out, const struct application *a) {
    buf_u8(out, (uint8_t)(a->label ? a->flags | APPLICATION_LABELLED : a->flags & ~APPLICATION_LABELLED));
    if (a->label) buf_varint(out, a->label);
    buf_u8(out, a->position);
    buf_varint(out, a->quantity);
    buf_varint(out, a->source);
    buf_varint(out, a->line);
    buf_varint(out, a->make);
    buf_varint(out, a->model);
    buf_u16(out, a->year_from);
    buf_varint(out, (uint64_t)(a->year_to - a->year_from));
    predicate_encode(out, a);
    if (a->flags & APPLICATION_UNRESOLVED) buf_string(out, a->raw);
}

static bool decode_terms(struct arena *arena, struct reader *r, struct application *a) {
    a->term_count = reader_u8(r);
    if (a->term_count > LIMIT_PREDICATE_TERMS) return false;
    struct term *terms = arena_alloc(arena, a->term_count * sizeof *terms);
    if (!terms) return false;
    for (unsigned i = 0; i < a->term_count; i++) {
        uint8_t attr = reader_u8(r);
        terms[i].attr = attr & (TERM_SPEC - 1);
        terms[i].spec = (attr & TERM_SPEC) != 0;
        terms[i].count = reader_u8(r);
        uint16_t *values = arena_alloc(arena, terms[i].count * sizeof *values);
        if (!values || !reader_take(r, values, terms[i].count * sizeof(uint16_t))) return false;
        terms[i].values = values;
    }
    a->terms = terms;
    return true;
}

static bool decode_conditions(struct arena *arena, struct reader *r, struct application *a) {
    a->condition_count = reader_u8(r);
    if (a->condition_count > LIMIT_CONDITIONS) return false;
    uint32_t *conditions = arena_alloc(arena, a->condition_count * sizeof *conditions);
    if (!conditions) return false;
    for (unsigned i = 0; i < a->condition_count; i++) conditions[i] = (uint32_t)reader_varint(r);
    a->conditions = conditions;
    return true;
}

bool predicate_decode(struct arena *arena, struct reader *r, struct application *a) {
    return decode_terms(arena, r, a) && decode_conditions(arena, r, a);
}

static bool decode_one(struct arena *arena, struct reader *r, struct application *a) {
    a->flags = reader_u8(r);
    a->label = a->flags & APPLICATION_LABELLED ? (uint32_t)reader_varint(r) : 0;
    a->position = reader_u8(r);
    a->quantity = (uint16_t)reader_varint(r);
    a->source = (uint32_t)reader_varint(r);
    a->line = (uint32_t)reader_varint(r);
    a->make = (uint32_t)reader_varint(r);
    a->model = (uint32_t)reader_varint(r);
    a->year_from = reader_u16(r);
    a->year_to = (uint16_t)(a->year_from + reader_varint(r));
    if (!predicate_decode(arena, r, a)) return false;
    if (a->flags & APPLICATION_UNRESOLVED) a->raw = reader_string(r);
    return !r->bad;
}

static void skip_one(struct reader *r) {
    uint8_t flags = reader_u8(r);
    if (flags & APPLICATION_LABELLED) (void)reader_varint(r);
    (void)reader_u8(r);
    for (unsigned i = 0; i < 5; i++) (void)reader_varint(r); // quantity, source, line, make, model
    (void)reader_u16(r);
    (void)reader_varint(r);
    for (unsigned terms = reader_u8(r); terms > 0; terms--) {
        (void)reader_u8(r);
        (void)reader_bytes(r, reader_u8(r) * sizeof(uint16_t));
    }
    for (unsigned conditions = reader_u8(r); conditions > 0; conditions--) (void)reader_varint(r);
    if (flags & APPLICATION_UNRESOLVED) (void)reader_string(r);
}

static unsigned marks_of(uint64_t count) {
    return count ? (unsigned)((count - 1) / APPLICATIONS_STRIDE) : 0;
}

void applications_frame(struct buf *out, struct slice list, unsigned count) {
    struct reader r = reader_of(list);
    buf_varint(out, count);
    for (unsigned i = 0; i < marks_of(count); i++) {
        for (unsigned k = 0; k < APPLICATIONS_STRIDE; k++) skip_one(&r);
        buf_u32(out, (uint32_t)((const char *)r.p - list.p));
    }
    out->bad |= r.bad;
    buf_slice_put(out, list);
}

// The head of a record: leaves `r` at the list and gives the marks before it.
static enum err head_read(struct reader *r, uint64_t *count, struct reader *marks) {
    *count = reader_varint(r);
    if (r->bad || *count > LIMIT_APPLICATIONS) return ERR_DAMAGED;
    *marks = reader_of(reader_bytes(r, marks_of(*count) * sizeof(uint32_t)));
    return r->bad ? ERR_DAMAGED : ERR_OK;
}

enum err applications_decode(struct arena *arena, struct slice record, struct application **out, unsigned *count) {
    struct reader r = reader_of(record), marks;
    uint64_t n;
    *count = 0;
    TRY(head_read(&r, &n, &marks));
    struct application *list = ARENA_ARRAY(arena, struct application, n);
    if (!list && n) return ERR_NO_MEMORY;
    for (uint64_t i = 0; i < n; i++)
        if (!decode_one(arena, &r, &list[i])) return arena->full ? ERR_NO_MEMORY : ERR_DAMAGED;
    *out = list;
    *count = (unsigned)n;
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
    *out = (struct application){0};
    return decode_one(a, &r, out) ? ERR_OK : a->full ? ERR_NO_MEMORY : ERR_DAMAGED;
}

enum err application_load(struct view *v, uint32_t product, unsigned ordinal, struct application *out) {
    struct slice value;
    struct reader r, marks;
    uint64_t count;
    TRY(record_load(v, product, &value));
    r = reader_of(value);
    TRY(head_read(&r, &count, &marks));
    if (ordinal >= count) return ERR_NOT_FOUND;
    *out = (struct application){0};
    unsigned mark = ordinal / APPLICATIONS_STRIDE;
    if (mark) {
        (void)reader_bytes(&marks, (mark - 1) * sizeof(uint32_t));
        (void)reader_bytes(&r, reader_u32(&marks));
    }
    for (unsigned i = mark * APPLICATIONS_STRIDE; i < ordinal; i++) skip_one(&r);
    return decode_one(v->arena, &r, out) ? ERR_OK : v->arena->full ? ERR_NO_MEMORY : ERR_DAMAGED;
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

static void vehicle_words_json(struct view *v, struct json_writer *w, const struct application *a) {
    struct slice market = SLICE_NONE;
    if (a->flags & APPLICATION_UNRESOLVED) {
        json_raw(w, a->raw.n ? a->raw : SLICE("{}"));
        return;
    }
    struct make make;
    struct model model;
    json_open(w, '{');
    if (a->make) {
        json_key_string(w, "make", make_load(v, a->make, &make) == ERR_OK ? make.name : names_text(v, NAMES_MAKE, a->make));
    } else {
        json_key_str(w, "make", "*");
    }
    json_key(w, "model");
    if (a->model && model_load(v, a->make, a->model, &model) == ERR_OK) json_string(w, model.name);
    else json_null(w);
    if (application_any_year(a)) {
        json_key_null(w, "years");
    } else {
        json_key_open(w, "years", '[');
        json_int(w, a->year_from);
        json_int(w, a->year_to);
        json_close(w, ']');
    }
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
