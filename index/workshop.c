#include "workshop.h"

#include "base/limits.h"

#define WORKSHOP_COUNTER "workshops"
enum { SERVICES_BYTES_MAX = 4096 };

// TABLE_WORKSHOP value: strings external id, name, name_zh, city, country, services; lat, lon as f64 bits, rating u16, count u32.
static void workshop_encode(struct buf *out, const struct workshop *w) {
    uint64_t lat, lon;
    memcpy(&lat, &w->lat, sizeof lat);
    memcpy(&lon, &w->lon, sizeof lon);
    buf_string(out, w->external_id);
    buf_string(out, w->name);
    buf_string(out, w->name_zh);
    buf_string(out, w->city);
    buf_string(out, w->country);
    buf_string(out, w->services);
    buf_u64(out, lat);
    buf_u64(out, lon);
    buf_u16(out, w->rating_x100);
    buf_u32(out, w->rating_count);
}

enum err workshop_load(struct view *v, uint32_t id, struct workshop *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_WORKSHOP, slice_of(&key, sizeof key), &value));
    struct reader r = reader_of(value);
    *out = (struct workshop){.id = id};
    out->external_id = reader_string(&r);
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->city = reader_string(&r);
    out->country = reader_string(&r);
    out->services = reader_string(&r);
    uint64_t lat = reader_u64(&r), lon = reader_u64(&r);
    memcpy(&out->lat, &lat, sizeof lat);
    memcpy(&out->lon, &lon, sizeof lon);
    out->rating_x100 = reader_u16(&r);
    out->rating_count = reader_u32(&r);
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}

uint32_t workshops_count(struct view *v) {
    uint64_t next = 0;
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_WORKSHOP);
    if (c && db_cursor_last(c, &key, &value) == ERR_OK) {
        struct reader r = reader_of(key);
        next = reader_u32be(&r);
    }
    if (c) db_cursor_end(c);
    return (uint32_t)next;
}

enum err workshop_put(struct txn *t, struct arena *scratch, const struct workshop *w, uint32_t *id) {
    struct slice known;
    enum err err = db_get(txn_snapshot(t), TABLE_WORKSHOP_ID, w->external_id, &known);
    if (err == ERR_OK) {
        struct reader r = reader_of(known);
        *id = reader_u32(&r);
    } else if (err == ERR_NOT_FOUND) {
        TRY(txn_next_id(t, WORKSHOP_COUNTER, 1, id));
        TRY(txn_put(t, TABLE_WORKSHOP_ID, w->external_id, slice_of(id, sizeof *id)));
    } else {
        return err;
    }
    struct buf record;
    buf_init(&record, scratch, 512);
    workshop_encode(&record, w);
    if (record.bad) return ERR_NO_MEMORY;
    uint32_t key = __builtin_bswap32(*id);
    return txn_put(t, TABLE_WORKSHOP, slice_of(&key, sizeof key), buf_slice(&record));
}

// ---- from JSON ----------------------------------------------------------------------------------------------------------
static enum err get_text(const struct json *body, const char *key, size_t max_bytes, struct slice *out, struct fault *why) {
    TRY(json_get_string(body, key, out, why));
    if (out->n <= max_bytes) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, key, "%s must have at most %zu bytes", key, max_bytes);
}

static enum err get_near(const struct json *body, struct workshop *out, struct fault *why) {
    const struct json *near = NULL;
    TRY(json_get_array(body, "near", &near, why));
    bool pair = near && near->count == 2 && near->items[0].type >= JSON_INTEGER && near->items[0].type <= JSON_NUMBER &&
                near->items[1].type >= JSON_INTEGER && near->items[1].type <= JSON_NUMBER;
    if (!pair) return fault_set(why, ERR_BAD_REQUEST, "near", "near must be [lat,lon]");
    out->lat = near->items[0].number;
    out->lon = near->items[1].number;
    if (out->lat >= -90 && out->lat <= 90 && out->lon >= -180 && out->lon <= 180) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "near", "near must be within -90..90 and -180..180 degrees");
}

static enum err get_rating(const struct json *body, struct workshop *out, struct fault *why) {
    const struct json *rating = NULL;
    double value = 0;
    int64_t count = 0;
    TRY(json_get_object(body, "rating", &rating, why));
    if (!rating) return ERR_OK;
    TRY(json_get_number(rating, "value", &value, why));
    TRY(json_get_integer(rating, "count", 0, UINT32_MAX, &count, why));
    if (!(value >= 0 && value <= 5)) return fault_set(why, ERR_BAD_REQUEST, "rating", "rating.value must be 0 to 5");
    out->rating_x100 = (uint16_t)(value * 100 + 0.5);
    out->rating_count = (uint32_t)count;
    return ERR_OK;
}

static enum err get_services(struct arena *a, const struct json *body, struct workshop *out, struct fault *why) {
    const struct json *list = NULL;
    struct buf joined;
    TRY(json_get_array(body, "services", &list, why));
    if (!list) return ERR_OK;
    buf_init(&joined, a, 256);
    for (size_t i = 0; i < list->count; i++) {
        struct slice slug = list->items[i].string;
        if (list->items[i].type != JSON_STRING || slug.n == 0 || memchr(slug.p, '|', slug.n))
            return fault_set(why, ERR_BAD_REQUEST, "services", "services must be a list of type ids");
        if (i) buf_char(&joined, '|');
        buf_slice_put(&joined, slug);
    }
    if (joined.bad) return ERR_NO_MEMORY;
    out->services = buf_slice(&joined);
    if (out->services.n <= SERVICES_BYTES_MAX) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "services", "services are more than %d bytes", SERVICES_BYTES_MAX);
}

enum err workshop_from_json(struct arena *a, const struct json *body, struct workshop *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "name", "name_zh", "city", "country", "near", "services", "rating", NULL};
    *out = (struct workshop){0};
    TRY(json_only_keys(body, KEYS, why));
    TRY(get_text(body, "id", LIMIT_EXTERNAL_ID_BYTES, &out->external_id, why));
    TRY(get_text(body, "name", LIMIT_TEXT_BYTES, &out->name, why));
    TRY(get_text(body, "name_zh", LIMIT_TEXT_BYTES, &out->name_zh, why));
    TRY(get_text(body, "city", LIMIT_TEXT_BYTES, &out->city, why));
    TRY(get_text(body, "country", LIMIT_TEXT_BYTES, &out->country, why));
    if (out->external_id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    if (out->name.n == 0) return fault_set(why, ERR_BAD_REQUEST, "name", "name is missing");
    TRY(get_near(body, out, why));
    TRY(get_rating(body, out, why));
    return get_services(a, body, out, why);
}
