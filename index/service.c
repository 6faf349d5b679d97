#include "service.h"

#include "base/limits.h"
#include "knowledge.h"

#define VERSION_NAME "service_rules"
#define COUNT_NAME "service_rule_count"

const char *service_source_name(enum service_source s) {
    static const char *const names[] = {"", "sample", "typical", "maker", "owner"};
    return (unsigned)s < sizeof names / sizeof *names ? names[s] : "";
}

// ---- readings -------------------------------------------------------------------------------------------------------------------
static const struct {
    const char *name;
    double least, most;
    struct service_reading_words words, words_zh;
} readings[READING_COUNT] = {
    [READING_NONE] = {"", 0, 0, {"", ""}, {"", ""}},
    [READING_OIL_LIFE_PCT] = {"oil_life_pct", 0, 100, {"oil life", "%"}, {"机油寿命", "%"}},
    [READING_BRAKE_PAD_MM] = {"brake_pad_mm", 0, 30, {"brake pads", "mm"}, {"刹车片厚度", "毫米"}},
    [READING_TREAD_MM] = {"tread_mm", 0, 30, {"tread", "mm"}, {"胎纹深度", "毫米"}},
    [READING_BATTERY_SOH_PCT] = {"battery_soh_pct", 0, 100, {"battery health", "%"}, {"蓄电池健康度", "%"}},
    [READING_BRAKE_FLUID_WATER_PCT] = {"brake_fluid_water_pct", 0, 20, {"water in the brake fluid", "%"}, {"刹车油含水量", "%"}},
    [READING_COOLANT_TEST] = {"coolant_test", 0, 2, {"coolant test", "of 2"}, {"冷却液检测", "级"}},
    [READING_DRIVE_BATTERY_SOH_PCT] = {"drive_battery_soh_pct", 0, 100, {"drive battery health", "%"}, {"动力电池健康度", "%"}},
};

const char *service_reading_name(enum service_reading r) { return (unsigned)r < READING_COUNT ? readings[r].name : ""; }

struct service_reading_words service_reading_words(enum service_reading r, bool zh) {
    unsigned i = (unsigned)r < READING_COUNT ? (unsigned)r : READING_NONE;
    return zh ? readings[i].words_zh : readings[i].words;
}

bool service_reading_parse(struct slice text, enum service_reading *out) {
    for (unsigned i = 1; i < READING_COUNT; i++)
        if (slice_is(text, readings[i].name)) {
            *out = (enum service_reading)i;
            return true;
        }
    return false;
}

bool service_reading_sane(enum service_reading r, double value) {
    return r > READING_NONE && r < READING_COUNT && value >= readings[r].least && value <= readings[r].most;
}

static const char *const harms[HARM_COUNT] = {[HARM_COMFORT] = "comfort", [HARM_WEAR] = "wear", [HARM_DAMAGE] = "damage", [HARM_SAFETY] = "safety"};

const char *service_harm_name(enum service_harm h) { return (unsigned)h < HARM_COUNT ? harms[h] : ""; }

bool service_harm_parse(struct slice text, enum service_harm *out) {
    for (unsigned i = 0; i < HARM_COUNT; i++)
        if (slice_is(text, harms[i])) {
            *out = (enum service_harm)i;
            return true;
        }
    return false;
}

// ---- services -------------------------------------------------------------------------------------------------------------------
static bool slug_is(struct slice s) {
    if (s.n == 0 || s.n > SERVICE_SLUG_BYTES) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_' || s.p[i] == '-')) return false;
    return true;
}

static unsigned pieces(struct slice list) {
    unsigned n = 0;
    for (; list.p && list.n; n++) slice_cut(&list, '|');
    return n;
}

static bool one_more(void *arg, const struct service *s) {
    (void)s;
    ++*(unsigned *)arg;
    return true;
}

// A new one beyond the limit is refused.
static enum err service_room(struct txn *t, struct slice slug, struct fault *why) {
    struct slice ignored;
    struct view only = {.snapshot = txn_snapshot(t)};
    unsigned count = 0;
    enum err e = db_get(only.snapshot, TABLE_SERVICE, slug, &ignored);
    if (e != ERR_NOT_FOUND) return e;
    TRY(service_each(&only, one_more, &count));
    return count < SERVICES_MAX ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "service", "there are %d services, which is the most", SERVICES_MAX);
}

enum err service_put(struct txn *t, struct arena *scratch, const struct service *s, struct fault *why) {
    struct buf b;
    if (!slug_is(s->slug)) return fault_set(why, ERR_BAD_REQUEST, "service", "a service is named by small letters, digits and _");
    if (!s->name.n || !s->name_zh.n) return fault_set(why, ERR_BAD_REQUEST, "name", "a service needs a name in both languages");
    if (pieces(s->types) > SERVICE_TYPES_MAX || pieces(s->items) > SERVICE_ITEMS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "types", "a service has at most %d types and %d items", SERVICE_TYPES_MAX, SERVICE_ITEMS_MAX);
    TRY(service_room(t, s->slug, why));
    buf_init(&b, scratch, 512);
    buf_string(&b, s->name);
    buf_string(&b, s->name_zh);
    buf_string(&b, s->labour);
    buf_string(&b, s->types);
    buf_string(&b, s->items);
    buf_u8(&b, (uint8_t)s->reading);
    buf_f32(&b, s->limits.fresh);
    buf_f32(&b, s->limits.soon);
    buf_f32(&b, s->limits.due);
    buf_f32(&b, s->limits.overdue);
    buf_u8(&b, (uint8_t)s->harm);
    buf_string(&b, s->advice);
    buf_string(&b, s->advice_zh);
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_SERVICE, s->slug, buf_slice(&b));
}

static enum err service_decode(struct slice slug, struct slice value, struct service *out) {
    struct reader r = reader_of(value);
    *out = (struct service){.slug = slug};
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->labour = reader_string(&r);
    out->types = reader_string(&r);
    out->items = reader_string(&r);
    unsigned reading = reader_u8(&r);
    out->reading = reading < READING_COUNT ? (enum service_reading)reading : READING_NONE;
    out->limits.fresh = reader_f32(&r);
    out->limits.soon = reader_f32(&r);
    out->limits.due = reader_f32(&r);
    out->limits.overdue = reader_f32(&r);
    unsigned harm = reader_u8(&r);
    out->harm = harm < HARM_COUNT ? (enum service_harm)harm : HARM_WEAR;
    out->advice = reader_string(&r);
    out->advice_zh = reader_string(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err service_each(struct view *v, bool (*each)(void *arg, const struct service *s), void *arg) {
    struct slice key, value;
    struct service s;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_SERVICE);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_next(c, &key, &value);
    for (; e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        e = service_decode(key, value, &s);
        if (e != ERR_OK || !each(arg, &s)) break;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// ---- rules ----------------------------------------------------------------------------------------------------------------------
uint64_t service_rules_version(struct view *v) {
    uint64_t version = 0;
    (void)db_meta_u64(v->snapshot, VERSION_NAME, &version);
    return version;
}

static enum err version_raise(struct txn *t, uint64_t *out) {
    *out = 0;
    enum err e = db_meta_u64(txn_snapshot(t), VERSION_NAME, out);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    return txn_set_meta_u64(t, VERSION_NAME, ++*out);
}

// How many rules there are, counted with each change so that a new one beyond the limit is refused.
static enum err count_change(struct txn *t, int by, struct fault *why) {
    uint64_t count = 0;
    enum err e = db_meta_u64(txn_snapshot(t), COUNT_NAME, &count);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    if (by > 0 && count >= SERVICE_RULES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "id", "there are %d rules, which is the most", SERVICE_RULES_MAX);
    return txn_set_meta_u64(t, COUNT_NAME, count + (uint64_t)(int64_t)by);
}

static enum err rule_check(struct txn *t, struct view *v, const struct service_rule *r, struct fault *why) {
    struct slice ignored;
    struct knowledge k;
    if (r->id.n == 0 || r->id.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "id", "id must be 1 to %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    enum err e = slug_is(r->service) ? db_get(txn_snapshot(t), TABLE_SERVICE, r->service, &ignored) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, "service", "no service is called '%.*s'", SLICE_ARGS(r->service));
    TRY(e);
    if (r->model.n && !r->make.n) return fault_set(why, ERR_BAD_REQUEST, "make", "a model needs its make");
    if (r->from && r->to && r->from > r->to) return fault_set(why, ERR_BAD_REQUEST, "years", "the years run backwards");
    if (!(r->flags & (RULE_INTERVAL | RULE_AMOUNT)))
        return fault_set(why, ERR_BAD_REQUEST, "km", "a rule says km, months, an amount, types, or that nothing is scheduled");
    if (pieces(r->types) > SERVICE_TYPES_MAX) return fault_set(why, ERR_BAD_REQUEST, "types", "at most %d types", SERVICE_TYPES_MAX);
    e = knowledge_parse(v, SLICE_NONE, r->attrs, SLICE_NONE, &k, why);
    if (e == ERR_OK && (k.condition_count || k.position_asked || k.quantity_asked))
        return fault_set(why, ERR_BAD_REQUEST, "attrs", "a rule is about attributes of the car");
    return e;
}

enum err service_rule_put(struct txn *t, struct view *v, const struct service_rule *r, struct fault *why) {
    struct buf b;
    struct slice ignored;
    uint64_t version;
    TRY(rule_check(t, v, r, why));
    enum err e = db_get(txn_snapshot(t), TABLE_SERVICE_RULE, r->id, &ignored);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    if (e == ERR_NOT_FOUND) TRY(count_change(t, 1, why));
    TRY(version_raise(t, &version));
    buf_init(&b, v->arena, 512);
    buf_string(&b, r->service);
    buf_u8(&b, (uint8_t)r->source);
    buf_u8(&b, (uint8_t)r->flags);
    buf_string(&b, r->vehicle);
    buf_string(&b, r->make);
    buf_string(&b, r->model);
    buf_u16(&b, r->from);
    buf_u16(&b, r->to);
    buf_string(&b, r->attrs);
    buf_u32(&b, r->first_km);
    buf_u32(&b, r->km);
    buf_u16(&b, r->first_months);
    buf_u16(&b, r->months);
    buf_u8(&b, r->severe_pct);
    buf_u8(&b, r->highway_pct);
    buf_u32(&b, r->amount_milli);
    buf_string(&b, r->unit);
    buf_string(&b, r->fluid);
    buf_string(&b, r->types);
    buf_string(&b, r->labour);
    buf_string(&b, r->note);
    buf_string(&b, r->note_zh);
    buf_u64(&b, version);
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_SERVICE_RULE, r->id, buf_slice(&b));
}

enum err service_rule_apply(struct txn *t, struct arena *scratch, const struct service_rule *rule, struct fault *why) {
    struct view view;
    TRY(view_of_txn(t, scratch, &clock_system, &view));
    enum err e = service_rule_put(t, &view, rule, why);
    view_of_txn_end(&view);
    return e;
}

static enum err rule_decode(struct slice id, struct slice value, struct service_rule *out) {
    struct reader r = reader_of(value);
    *out = (struct service_rule){.id = id};
    out->service = reader_string(&r);
    unsigned source = reader_u8(&r);
    out->source = source >= SERVICE_SAMPLE && source <= SERVICE_OWNER ? (enum service_source)source : SERVICE_SAMPLE;
    out->flags = reader_u8(&r);
    out->vehicle = reader_string(&r);
    out->make = reader_string(&r);
    out->model = reader_string(&r);
    out->from = reader_u16(&r);
    out->to = reader_u16(&r);
    out->attrs = reader_string(&r);
    out->first_km = reader_u32(&r);
    out->km = reader_u32(&r);
    out->first_months = reader_u16(&r);
    out->months = reader_u16(&r);
    out->severe_pct = reader_u8(&r);
    out->highway_pct = reader_u8(&r);
    out->amount_milli = reader_u32(&r);
    out->unit = reader_string(&r);
    out->fluid = reader_string(&r);
    out->types = reader_string(&r);
    out->labour = reader_string(&r);
    out->note = reader_string(&r);
    out->note_zh = reader_string(&r);
    out->version = reader_u64(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err service_rule_delete(struct txn *t, struct slice id, struct fault *why) {
    uint64_t version;
    enum err e = id.n && id.n <= LIMIT_EXTERNAL_ID_BYTES ? txn_delete(t, TABLE_SERVICE_RULE, id) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "id", "no rule is called '%.*s'", (int)(id.n < 100 ? id.n : 100), id.p);
    TRY(e);
    TRY(count_change(t, -1, why));
    return version_raise(t, &version);
}

enum err service_rule_get(struct view *v, struct slice id, struct service_rule *out) {
    struct slice value;
    if (id.n == 0 || id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_SERVICE_RULE, id, &value));
    return rule_decode(id, value, out);
}

enum err service_rule_each(struct view *v, bool (*each)(void *arg, const struct service_rule *rule), void *arg) {
    struct slice key, value;
    struct service_rule rule;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_SERVICE_RULE);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_next(c, &key, &value);
    for (; e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        e = rule_decode(key, value, &rule);
        if (e != ERR_OK || !each(arg, &rule)) break;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}
