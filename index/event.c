#include "event.h"

#include <math.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "query_log.h"
#include "user.h"

#define SEQUENCE_COUNTER "event_sequence"
#define QUERY_LOOK_BACK 32 // of a person's newest events, for the search a choice belongs to
#define DAY_MS (24 * 3600 * INT64_C(1000))

static const char *const type_names[EVENT_TYPE_COUNT] = {
    [EVENT_IMPRESSION] = "impression", [EVENT_CLICK] = "click",         [EVENT_CART] = "cart",
    [EVENT_PURCHASE] = "purchase",     [EVENT_INSTALL] = "install",     [EVENT_RATING] = "rating",
    [EVENT_RETURN] = "return",         [EVENT_ACCEPT] = "accept",       [EVENT_DISMISS] = "dismiss",
    [EVENT_SNOOZE] = "snooze",         [EVENT_REDEEM] = "redeem",       [EVENT_SERVICE] = "service",
    [EVENT_SEARCH] = "search",         [EVENT_TELEMETRY] = "telemetry", [EVENT_INSPECTION] = "inspection",
};

const char *event_type_name(enum event_type type) {
    return type > 0 && type < EVENT_TYPE_COUNT ? type_names[type] : "";
}

bool event_type_parse(struct slice text, enum event_type *out) {
    for (enum event_type type = EVENT_IMPRESSION; type < EVENT_TYPE_COUNT; type++) {
        if (!slice_is(text, type_names[type])) continue;
        *out = type;
        return true;
    }
    return false;
}

// ---- from JSON ----------------------------------------------------------------------------------------------------

static enum err get_text(const struct json *object, const char *key, size_t max, struct slice *out, struct fault *why) {
    TRY(json_get_string(object, key, out, why));
    if (out->n > max) return fault_set(why, ERR_BAD_REQUEST, key, "%s must be at most %zu bytes", key, max);
    return ERR_OK;
}

static enum err get_required(const struct json *object, const char *key, struct slice *out, struct fault *why) {
    TRY(get_text(object, key, LIMIT_EXTERNAL_ID_BYTES, out, why));
    return out->n ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, key, "%s is required", key);
}

static enum err get_time(const struct json *object, int64_t now_ms, int64_t *out, struct fault *why) {
    const struct json *ts = json_get(object, "ts");
    *out = now_ms;
    if (ts && ts->type == JSON_STRING) {
        if (!clock_parse_ms(ts->string, out))
            return fault_set(why, ERR_BAD_REQUEST, "ts", "ts must be RFC 3339 or Unix milliseconds");
    } else {
        TRY(json_get_integer(object, "ts", 0, INT64_MAX, out, why));
    }
    if (*out < 0 || *out > now_ms + DAY_MS)
        return fault_set(why, ERR_BAD_REQUEST, "ts", "ts must not be before 1970 nor more than a day ahead");
    return ERR_OK;
}

static enum err get_type(const struct json *object, enum event_type *out, struct fault *why) {
    struct slice text = SLICE_NONE;
    TRY(get_required(object, "type", &text, why));
    if (event_type_parse(text, out)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "type", "unknown event type \"%.*s\"", SLICE_ARGS(text));
}

static enum err get_value(const struct json *object, enum event_type type, float *out, struct fault *why) {
    double value = NAN;
    TRY(json_get_number(object, "value", &value, why));
    *out = (float)value;
    if (type == EVENT_RATING && !(value >= 1 && value <= 5))
        return fault_set(why, ERR_BAD_REQUEST, "value", "a rating's value must be 1 to 5");
    if (isinf(*out)) return fault_set(why, ERR_BAD_REQUEST, "value", "value is out of range");
    return ERR_OK;
}

static enum err get_texts(const struct json *object, struct event *out, struct fault *why) {
    TRY(get_required(object, "id", &out->id, why));
    TRY(get_required(object, "user", &out->user, why));
    TRY(get_text(object, "product", LIMIT_EXTERNAL_ID_BYTES, &out->product_id, why));
    TRY(get_text(object, "service", LIMIT_EXTERNAL_ID_BYTES, &out->service, why));
    TRY(get_text(object, "query", LIMIT_QUERY_BYTES, &out->query, why));
    TRY(get_text(object, "query_id", LIMIT_EXTERNAL_ID_BYTES, &out->query_id, why));
    TRY(get_text(object, "surface", LIMIT_EXTERNAL_ID_BYTES, &out->surface, why));
    return get_text(object, "vehicle", LIMIT_EXTERNAL_ID_BYTES, &out->vehicle, why);
}

enum err event_from_json(const struct json *object, int64_t now_ms, struct event *out, struct fault *why) {
    static const char *const keys[] = {"id",       "ts",       "user",    "type",    "product", "service", "query",
                                       "query_id", "position", "surface", "vehicle", "value",   NULL};
    int64_t position = 0;
    *out = (struct event){0};
    TRY(json_only_keys(object, keys, why));
    TRY(get_texts(object, out, why));
    TRY(get_type(object, &out->type, why));
    TRY(get_time(object, now_ms, &out->unix_ms, why));
    TRY(get_value(object, out->type, &out->value, why));
    TRY(json_get_integer(object, "position", 1, UINT16_MAX, &position, why));
    out->position = (uint16_t)position;
    return ERR_OK;
}

// ---- records ------------------------------------------------------------------------------------------------------

struct event_key { uint8_t bytes[12]; };

static struct event_key event_key(uint32_t user, uint64_t sequence) {
    struct event_key key;
    uint32_t user_be = __builtin_bswap32(user);
    uint64_t sequence_be = __builtin_bswap64(sequence);
    memcpy(key.bytes, &user_be, sizeof user_be);
    memcpy(key.bytes + sizeof user_be, &sequence_be, sizeof sequence_be);
    return key;
}

static void event_encode(struct buf *out, const struct event *e) {
    buf_u8(out, (uint8_t)e->type);
    buf_u16(out, e->position);
    buf_u64(out, (uint64_t)e->unix_ms);
    buf_u32(out, e->product);
    buf_f32(out, e->value);
    buf_string(out, e->id);
    buf_string(out, e->product ? SLICE_NONE : e->product_id);
    buf_string(out, e->service);
    buf_string(out, e->query);
    buf_string(out, e->query_id);
    buf_string(out, e->surface);
    buf_string(out, e->vehicle);
}

static enum err event_decode(struct slice key, struct slice value, uint32_t *user, struct event *out) {
    struct reader k = reader_of(key), r = reader_of(value);
    *user = reader_u32be(&k);
    *out = (struct event){.sequence = reader_u64be(&k)};
    out->type = reader_u8(&r);
    out->position = reader_u16(&r);
    out->unix_ms = (int64_t)reader_u64(&r);
    out->product = reader_u32(&r);
    out->value = reader_f32(&r);
    out->id = reader_string(&r);
    out->product_id = reader_string(&r);
    out->service = reader_string(&r);
    out->query = reader_string(&r);
    out->query_id = reader_string(&r);
    out->surface = reader_string(&r);
    out->vehicle = reader_string(&r);
    bool whole = !k.bad && !r.bad && reader_left(&k) == 0 && reader_left(&r) == 0;
    return whole && event_type_name(out->type)[0] ? ERR_OK : ERR_DAMAGED;
}

// Deleted products keep their id: what people did with them still says what they like.
static uint32_t product_of(struct snapshot *s, struct slice external_id) {
    struct slice value;
    if (external_id.n == 0 || db_get(s, TABLE_PRODUCT_ID, external_id, &value) != ERR_OK) return 0;
    struct reader r = reader_of(value);
    return reader_u32(&r);
}

static void resolve(struct snapshot *s, struct event *e) {
    if (e->product == 0) e->product = product_of(s, e->product_id);
}

// ---- writing ------------------------------------------------------------------------------------------------------

// 128 bits of the id stand for the id: two different ones among 10^12 meet with a chance of 10^-15.
static enum err is_stored(struct txn *t, struct slice id_key, bool *stored) {
    struct slice value;
    enum err e = db_get(txn_snapshot(t), TABLE_EVENT_ID, id_key, &value);
    *stored = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err next_sequence(struct txn *t, uint64_t *out) {
    *out = 0;
    enum err e = db_meta_u64(txn_snapshot(t), SEQUENCE_COUNTER, out);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    return txn_set_meta_u64(t, SEQUENCE_COUNTER, ++*out);
}

static enum err store(struct txn *t, struct arena *scratch, uint32_t user, const struct event *e, struct slice id_key) {
    struct event_key key = event_key(user, e->sequence);
    struct buf record, pointer;
    buf_init(&record, scratch, 256);
    buf_init(&pointer, scratch, 16);
    event_encode(&record, e);
    buf_u32(&pointer, user);
    buf_u64(&pointer, e->sequence);
    if (record.bad || pointer.bad) return ERR_NO_MEMORY;
    TRY(txn_put(t, TABLE_EVENT, slice_of(key.bytes, sizeof key.bytes), buf_slice(&record)));
    return txn_put(t, TABLE_EVENT_ID, id_key, buf_slice(&pointer));
}

static enum err seek_newest(struct db_cursor *c, uint32_t user, struct slice *key, struct slice *value);

// The query a person searched with, not long ago, under this query id; empty when there is none.
static enum err query_of(struct txn *t, struct arena *scratch, uint32_t user, struct slice query_id, struct slice *out) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_EVENT);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = seek_newest(c, user, &key, &value);
    *out = SLICE_NONE;
    for (unsigned i = 0; err == ERR_OK && i < QUERY_LOOK_BACK; i++) {
        struct event e;
        uint32_t whose;
        err = event_decode(key, value, &whose, &e);
        if (err != ERR_OK || whose != user) break;
        if (e.type == EVENT_SEARCH && slice_eq(e.query_id, query_id)) {
            *out = arena_copy(scratch, e.query);
            break;
        }
        err = db_cursor_prev(c, &key, &value);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

static enum err learn(struct txn *t, struct arena *scratch, uint32_t user, const struct event *e) {
    struct slice query;
    if (e->type == EVENT_SEARCH && e->query.n > 0) {
        uint32_t results = e->value >= 0 && e->value < 4e9F ? (uint32_t)e->value : QUERY_RESULTS_UNKNOWN;
        return query_log_searched(t, scratch, user, e->query, results, e->unix_ms);
    }
    bool chosen = e->type == EVENT_CLICK || e->type == EVENT_CART || e->type == EVENT_PURCHASE;
    if (!chosen || e->query_id.n == 0) return ERR_OK;
    enum query_choice choice = e->type == EVENT_CLICK ? QUERY_CLICK : e->type == EVENT_CART ? QUERY_CART : QUERY_PURCHASE;
    TRY(query_of(t, scratch, user, e->query_id, &query));
    return query.n > 0 ? query_log_chosen(t, scratch, query, choice, e->product, e->unix_ms) : ERR_OK;
}

enum err event_put(struct txn *t, struct arena *scratch, const struct event *e, bool *duplicate) {
    struct hash128 hash = hash128(e->id);
    struct slice id_key = slice_of(&hash, sizeof hash);
    struct event stored = *e;
    uint32_t user;
    TRY(is_stored(t, id_key, duplicate));
    if (*duplicate) return ERR_OK;
    TRY(user_intern(t, e->user, &user));
    TRY(next_sequence(t, &stored.sequence));
    resolve(txn_snapshot(t), &stored);
    TRY(learn(t, scratch, user, &stored));
    return store(t, scratch, user, &stored, id_key);
}

// The oldest event of the user; slices live until the transaction writes.
static enum err first_event(struct snapshot *s, uint32_t user, struct event *out) {
    struct event_key from = event_key(user, 0);
    struct slice key, value;
    uint32_t whose = 0;
    struct db_cursor *c = db_cursor_begin(s, TABLE_EVENT);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, slice_of(from.bytes, sizeof from.bytes), &key, &value);
    if (e == ERR_OK) e = event_decode(key, value, &whose, out);
    db_cursor_end(c);
    return e == ERR_OK && whose != user ? ERR_END : e;
}

enum err event_delete_user(struct txn *t, struct arena *scratch, uint32_t user) {
    for (;;) {
        struct event e;
        enum err found = first_event(txn_snapshot(t), user, &e);
        if (found == ERR_END) return ERR_OK;
        TRY(found);
        struct hash128 hash = hash128(e.id);
        struct event_key key = event_key(user, e.sequence);
        struct slice query = e.type == EVENT_SEARCH ? arena_copy(scratch, e.query) : SLICE_NONE;
        if (query.n > 0) TRY(query_log_forget(t, scratch, user, query));
        TRY(txn_delete(t, TABLE_EVENT_ID, slice_of(&hash, sizeof hash)));
        TRY(txn_delete(t, TABLE_EVENT, slice_of(key.bytes, sizeof key.bytes)));
    }
}

// ---- reading ------------------------------------------------------------------------------------------------------

// Stands on the last event at or before (user, newest); ERR_END when there is none.
static enum err seek_newest(struct db_cursor *c, uint32_t user, struct slice *key, struct slice *value) {
    struct event_key after = event_key(user, UINT64_MAX); // sequences never get there
    enum err e = db_cursor_seek(c, slice_of(after.bytes, sizeof after.bytes), key, value);
    return e == ERR_END ? db_cursor_last(c, key, value) : e == ERR_OK ? db_cursor_prev(c, key, value) : e;
}

static enum err read_back(struct view *v, struct db_cursor *c, uint32_t user, unsigned max, struct event *out,
                          unsigned *count) {
    struct slice key, value;
    enum err e = seek_newest(c, user, &key, &value);
    for (; e == ERR_OK && *count < max; e = db_cursor_prev(c, &key, &value)) {
        uint32_t whose;
        TRY(event_decode(key, value, &whose, &out[*count]));
        if (whose != user) break;
        resolve(v->snapshot, &out[(*count)++]);
    }
    return e == ERR_END ? ERR_OK : e;
}

enum err event_recent(struct view *v, uint32_t user, unsigned max, struct event **out, unsigned *count) {
    *count = 0;
    *out = ARENA_ARRAY(v->arena, struct event, max);
    if (*out == NULL && max > 0) return ERR_NO_MEMORY;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_EVENT);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err e = read_back(v, c, user, max, *out, count);
    db_cursor_end(c);
    return e;
}

uint64_t user_last_sequence(struct view *v, uint32_t id) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_EVENT);
    if (c == NULL) return 0;
    bool found = seek_newest(c, id, &key, &value) == ERR_OK;
    struct reader r = reader_of(found ? key : SLICE_NONE);
    uint32_t whose = reader_u32be(&r);
    uint64_t sequence = reader_u64be(&r);
    db_cursor_end(c);
    return found && whose == id && !r.bad ? sequence : 0;
}

enum err event_each(struct view *v, bool (*each)(void *arg, uint32_t user, const struct event *e), void *arg) {
    struct slice key, value;
    struct event_key from = event_key(0, 0);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_EVENT);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, slice_of(from.bytes, sizeof from.bytes), &key, &value);
    for (; e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        struct event event;
        uint32_t user;
        e = event_decode(key, value, &user, &event);
        if (e != ERR_OK) break;
        resolve(v->snapshot, &event);
        if (!each(arg, user, &event)) break;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}
