#include "workshop.h"

#include "assortment.h"
#include "base/limits.h"
#include "stock.h"

#define WORKSHOP_COUNTER "workshops"
#define DEPOT_BYTES 6
enum { SERVICE_BITS = 128, MAKE_WORD = 2, MAKE_BITS = 64, HOUR_WORD = 3, HOURS_OF_WEEK = 168 };
_Static_assert(HOUR_WORD + (HOURS_OF_WEEK + 63) / 64 == PLACE_WORDS, "services, makes, hours");

// ---- records -----------------------------------------------------------------------------------------------------------------
static void workshop_encode(struct buf *out, struct arena *scratch, const struct workshop *w) {
    struct buf depots;
    buf_init(&depots, scratch, DEPOT_BYTES * WORKSHOP_DEPOTS_MAX);
    for (unsigned i = 0; i < w->depot_count; i++) {
        buf_u32(&depots, w->depots[i].depot);
        buf_u16(&depots, w->depots[i].minutes);
    }
    buf_u8(out, (uint8_t)w->qualification);
    buf_u8(out, (uint8_t)w->deposit);
    buf_u16(out, w->bays);
    buf_u16(out, w->slot_minutes);
    buf_put(out, &w->at, sizeof w->at);
    buf_u16(out, w->rating_x100);
    buf_u32(out, w->rating_count);
    hours_encode(out, &w->hours);
    buf_string(out, w->services);
    buf_string(out, w->makes);
    buf_string(out, buf_slice(&depots));
    const struct slice texts[] = {w->external_id, w->name, w->name_zh, w->city, w->district, w->country, w->dealer};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) buf_string(out, texts[i]);
    out->bad |= depots.bad;
}

static void depots_decode(struct slice packed, struct workshop *out) {
    struct reader r = reader_of(packed);
    while (reader_left(&r) >= DEPOT_BYTES && out->depot_count < WORKSHOP_DEPOTS_MAX) {
        struct workshop_depot *d = &out->depots[out->depot_count++];
        d->depot = reader_u32(&r);
        d->minutes = reader_u16(&r);
    }
}

enum err workshop_decode(struct slice value, struct workshop *out) {
    struct reader r = reader_of(value);
    out->qualification = (enum qualification)reader_u8(&r);
    out->deposit = (enum deposit)reader_u8(&r);
    out->bays = reader_u16(&r);
    out->slot_minutes = reader_u16(&r);
    reader_take(&r, &out->at, sizeof out->at);
    out->rating_x100 = reader_u16(&r);
    out->rating_count = reader_u32(&r);
    hours_decode(&r, &out->hours);
    out->services = reader_string(&r);
    out->makes = reader_string(&r);
    out->depot_count = 0;
    depots_decode(reader_string(&r), out);
    struct slice *const texts[] = {&out->external_id, &out->name, &out->name_zh, &out->city, &out->district, &out->country, &out->dealer};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = reader_string(&r);
    out->service_count = (unsigned)(out->services.n / sizeof(uint32_t));
    out->make_count = (unsigned)(out->makes.n / sizeof(uint32_t));
    bool sound = out->services.n % sizeof(uint32_t) == 0 && out->makes.n % sizeof(uint32_t) == 0 && out->slot_minutes > 0;
    return r.bad || reader_left(&r) || !sound ? ERR_DAMAGED : ERR_OK;
}

enum err workshop_find(struct snapshot *s, struct slice external_id, uint32_t *id) {
    struct slice value;
    if (external_id.n == 0 || external_id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(s, TABLE_WORKSHOP_ID, external_id, &value));
    struct reader r = reader_of(value);
    *id = reader_u32(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err workshop_record(struct snapshot *s, uint32_t id, struct slice *out) {
    uint32_t key = __builtin_bswap32(id);
    return db_get(s, TABLE_WORKSHOP, slice_of(&key, sizeof key), out);
}

static enum err load(struct snapshot *s, uint32_t id, struct workshop *out) {
    struct slice value;
    TRY(workshop_record(s, id, &value));
    out->id = id;
    return workshop_decode(value, out);
}

bool workshop_admitted(const struct view *v, const struct workshop *w) {
    const struct slice places[] = {w->district, w->city, w->country};
    return assortment_admits_workshop(v, w->dealer, places, sizeof places / sizeof *places);
}

enum err workshop_load(struct view *v, uint32_t id, struct workshop *out) {
    TRY(load(v->snapshot, id, out));
    return workshop_admitted(v, out) ? ERR_OK : ERR_NOT_FOUND;
}

static enum err unknown(struct slice external_id, struct fault *why) {
    return fault_set(why, ERR_NOT_FOUND, "id", "no workshop is called '%.*s'", SLICE_ARGS(external_id));
}

enum err workshop_named(struct view *v, struct slice external_id, struct workshop *out, struct fault *why) {
    uint32_t id;
    enum err e = workshop_find(v->snapshot, external_id, &id);
    if (e == ERR_OK) e = workshop_load(v, id, out);
    return e == ERR_NOT_FOUND ? unknown(external_id, why) : e;
}

enum err workshop_shown_named(struct view *v, struct slice external_id, struct workshop *out, struct fault *why) {
    TRY(workshop_named(v, external_id, out, why));
    return workshop_shown(out) ? ERR_OK : unknown(external_id, why);
}

enum err workshops_each(struct view *v, enum err (*each)(void *arg, const struct workshop *w), void *arg) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_WORKSHOP);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_next(c, &key, &value);
    while (e == ERR_OK) {
        struct reader r = reader_of(key);
        struct workshop w;
        w.id = reader_u32be(&r);
        e = workshop_decode(value, &w);
        if (e == ERR_OK && workshop_admitted(v, &w)) e = each(arg, &w);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// ---- what it can do ------------------------------------------------------------------------------------------------------------
static uint32_t u32_at(struct slice packed, unsigned i) {
    uint32_t v;
    memcpy(&v, packed.p + i * sizeof v, sizeof v);
    return v;
}

uint32_t workshop_service(const struct workshop *w, unsigned i) { return u32_at(w->services, i); }

static bool holds(struct slice packed, unsigned count, uint32_t id) {
    for (unsigned i = 0; i < count; i++)
        if (u32_at(packed, i) == id) return true;
    return false;
}

bool workshop_does(const struct workshop *w, const struct fitting *any) {
    for (unsigned i = 0; i < any->count; i++)
        if (holds(w->services, w->service_count, any->services[i])) return true;
    return any->count == 0;
}

bool workshop_takes(const struct workshop *w, uint32_t make) { return make == 0 || w->make_count == 0 || holds(w->makes, w->make_count, make); }

static void service_bit(uint64_t bits[PLACE_WORDS], uint32_t service) {
    bits[service % SERVICE_BITS / 64] |= UINT64_C(1) << (service % 64);
}

static void hour_bit(uint64_t bits[PLACE_WORDS], unsigned hour) { bits[HOUR_WORD + hour / 64] |= UINT64_C(1) << (hour % 64); }

// The hours of a week of UTC that a span of the wall clock touches, with and without daylight saving time.
static void span_bits(const struct hours *h, const struct hours_span *span, uint64_t bits[PLACE_WORDS]) {
    int most = h->saving == SAVING_NONE ? 0 : 60;
    for (int saving = 0; saving <= most; saving += 60) {
        int from = span->from - h->utc_offset_min - saving + 4 * HOURS_WEEK_MINUTES; // above 0 for any offset
        int to = from + span->to - span->from;
        for (int hour = from / 60; hour <= (to - 1) / 60; hour++) hour_bit(bits, (unsigned)hour % HOURS_OF_WEEK);
    }
}

struct place_filter workshop_filter(const struct fitting *any, uint32_t make, int64_t open_at_ms) {
    static const struct hours UTC = {.count = 0};
    struct place_filter f = {{0}, {0}};
    for (unsigned i = 0; i < any->count; i++) service_bit(f.any, any->services[i]);
    if (make) f.all[MAKE_WORD] = UINT64_C(1) << (make % MAKE_BITS);
    if (open_at_ms) hour_bit(f.all, hours_week_minute(&UTC, open_at_ms) / 60);
    return f;
}

static void bits_of(const struct workshop *w, uint64_t bits[PLACE_WORDS]) {
    memset(bits, 0, PLACE_WORDS * sizeof *bits);
    for (unsigned i = 0; i < w->service_count; i++) service_bit(bits, u32_at(w->services, i));
    for (unsigned i = 0; i < w->make_count; i++) bits[MAKE_WORD] |= UINT64_C(1) << (u32_at(w->makes, i) % MAKE_BITS);
    if (w->make_count == 0) bits[MAKE_WORD] = UINT64_MAX;
    for (unsigned i = 0; i < w->hours.count; i++) span_bits(&w->hours, &w->hours.spans[i], bits);
}

// ---- writing ---------------------------------------------------------------------------------------------------------------------
static enum err unplace(struct txn *t, struct arena *scratch, uint32_t id) {
    struct workshop old;
    TRY(load(txn_snapshot(t), id, &old));
    return workshop_shown(&old) ? place_remove(t, scratch, PLACE_WORKSHOPS, id, old.at) : ERR_OK;
}

enum err workshop_put(struct txn *t, struct arena *scratch, const struct workshop *w, uint32_t *id) {
    uint64_t bits[PLACE_WORDS];
    struct buf record;
    enum err e = workshop_find(txn_snapshot(t), w->external_id, id);
    if (e == ERR_NOT_FOUND) {
        TRY(txn_next_id(t, WORKSHOP_COUNTER, 1, id));
        ++*id; // counters begin at 0, which no point of the index can have
        TRY(txn_put(t, TABLE_WORKSHOP_ID, w->external_id, slice_of(id, sizeof *id)));
    } else {
        TRY(e);
        TRY(unplace(t, scratch, *id));
    }
    buf_init(&record, scratch, 1024);
    workshop_encode(&record, scratch, w);
    if (record.bad) return ERR_NO_MEMORY;
    uint32_t key = __builtin_bswap32(*id);
    TRY(txn_put(t, TABLE_WORKSHOP, slice_of(&key, sizeof key), buf_slice(&record)));
    if (!workshop_shown(w)) return ERR_OK;
    bits_of(w, bits);
    return place_put(t, scratch, PLACE_WORKSHOPS, *id, w->at, bits);
}

enum err workshop_delete(struct txn *t, struct arena *scratch, struct slice external_id) {
    uint32_t id;
    TRY(workshop_find(txn_snapshot(t), external_id, &id));
    TRY(unplace(t, scratch, id));
    uint32_t key = __builtin_bswap32(id);
    TRY(txn_delete(t, TABLE_WORKSHOP, slice_of(&key, sizeof key)));
    TRY(txn_delete(t, TABLE_WORKSHOP_ID, external_id));
    return stock_clear(t, stock_of_workshop(id));
}
