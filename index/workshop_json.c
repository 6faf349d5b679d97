#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "depot.h"
#include "names.h"
#include "supply_text.h"
#include "workshop.h"

enum { SLOT_MINUTES_MIN = 5, SLOT_MINUTES_MAX = 24 * 60, DEPOT_MINUTES_MAX = 7 * 24 * 60, OFFSET_CHINA_MIN = 480 };

static const char *const qualification_names[] = {"qualified", "pending", "suspended"};
static const char *const deposit_names[] = {"paid", "waived", "unpaid"};

static bool name_parse(struct slice text, const char *const *names, unsigned count, unsigned *out) {
    for (unsigned i = 0; i < count; i++)
        if (slice_is(text, names[i])) {
            *out = i;
            return true;
        }
    return false;
}

bool qualification_parse(struct slice text, enum qualification *out) { return name_parse(text, qualification_names, 3, out); }
bool deposit_parse(struct slice text, enum deposit *out) { return name_parse(text, deposit_names, 3, out); }

// ---- lists of names as ids -----------------------------------------------------------------------------------------------------
static int by_id(const void *a, const void *b) {
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static enum err get_ids(struct view *v, const struct json *body, const char *key, unsigned dictionary, unsigned max, struct slice *out,
                        unsigned *count, struct fault *why) {
    const struct json *list = NULL;
    TRY(json_get_array(body, key, &list, why));
    if (!list || list->count == 0) return ERR_OK;
    if (list->count > max) return fault_set(why, ERR_BAD_REQUEST, key, "%s has at most %u entries", key, max);
    uint32_t *ids = ARENA_ARRAY(v->arena, uint32_t, list->count);
    if (!ids) return ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        struct slice text = list->items[i].string;
        if (list->items[i].type != JSON_STRING) return fault_set(why, ERR_BAD_REQUEST, key, "%s is a list of texts", key);
        if (dictionary == NAMES_MAKE) text = names_slug(v->arena, text);
        enum err e = names_find(v->snapshot, dictionary, text, &ids[i]);
        if (e == ERR_NOT_FOUND)
            return fault_set(why, ERR_BAD_REQUEST, key, "%s: nobody knows '%.*s'", key, SLICE_ARGS(list->items[i].string));
        TRY(e);
    }
    qsort(ids, list->count, sizeof *ids, by_id);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || ids[i] != ids[*count - 1]) ids[(*count)++] = ids[i];
    *out = slice_of(ids, *count * sizeof *ids);
    return ERR_OK;
}

static enum err get_depots(struct view *v, const struct json *body, struct workshop *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "minutes", NULL};
    const struct json *list = NULL;
    TRY(json_get_array(body, "depots", &list, why));
    if (!list) return ERR_OK;
    if (list->count > WORKSHOP_DEPOTS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "depots", "a workshop has at most %d depots", WORKSHOP_DEPOTS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        struct slice id = SLICE_NONE;
        int64_t minutes = -1;
        TRY(json_only_keys(&list->items[i], KEYS, why));
        TRY(json_get_string(&list->items[i], "id", &id, why));
        TRY(json_get_integer(&list->items[i], "minutes", 0, DEPOT_MINUTES_MAX, &minutes, why));
        if (minutes < 0) return fault_set(why, ERR_BAD_REQUEST, "depots", "depots: minutes are missing");
        struct workshop_depot *d = &out->depots[out->depot_count++];
        enum err e = depot_find(v->snapshot, id, &d->depot);
        if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, "depots", "no depot is called '%.*s'", SLICE_ARGS(id));
        TRY(e);
        d->minutes = (uint16_t)minutes;
    }
    return ERR_OK;
}

// ---- other members -----------------------------------------------------------------------------------------------------------------
static enum err get_texts(const struct json *body, struct workshop *out, struct fault *why) {
    TRY(supply_id(body, &out->external_id, why));
    TRY(supply_text(body, "name", LIMIT_TEXT_BYTES, true, &out->name, why));
    TRY(supply_text(body, "name_zh", LIMIT_TEXT_BYTES, false, &out->name_zh, why));
    TRY(supply_text(body, "city", LIMIT_EXTERNAL_ID_BYTES, false, &out->city, why));
    TRY(supply_text(body, "district", LIMIT_EXTERNAL_ID_BYTES, false, &out->district, why));
    TRY(supply_text(body, "country", LIMIT_EXTERNAL_ID_BYTES, false, &out->country, why));
    return supply_text(body, "dealer", LIMIT_EXTERNAL_ID_BYTES, false, &out->dealer, why);
}

static enum err get_rating(const struct json *body, struct workshop *out, struct fault *why) {
    static const char *const KEYS[] = {"value", "count", NULL};
    const struct json *rating = NULL;
    double value = 0;
    int64_t count = 0;
    TRY(json_get_object(body, "rating", &rating, why));
    if (!rating) return ERR_OK;
    TRY(json_only_keys(rating, KEYS, why));
    TRY(json_get_number(rating, "value", &value, why));
    TRY(json_get_integer(rating, "count", 0, UINT32_MAX, &count, why));
    if (!(value >= 0 && value <= 5)) return fault_set(why, ERR_BAD_REQUEST, "rating", "rating.value must be 0 to 5");
    out->rating_x100 = (uint16_t)(value * 100 + 0.5);
    out->rating_count = (uint32_t)count;
    return ERR_OK;
}

static enum err get_state(const struct json *body, struct workshop *out, struct fault *why) {
    struct slice qualification = SLICE("qualified"), deposit = SLICE("paid");
    TRY(json_get_string(body, "qualification", &qualification, why));
    TRY(json_get_string(body, "deposit", &deposit, why));
    if (!qualification_parse(qualification, &out->qualification))
        return fault_set(why, ERR_BAD_REQUEST, "qualification", "qualification is qualified, pending or suspended");
    if (deposit_parse(deposit, &out->deposit)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "deposit", "deposit is paid, waived or unpaid");
}

static enum err get_times(const struct json *body, struct workshop *out, struct fault *why) {
    struct slice hours = SLICE_NONE, saving = SLICE_NONE;
    int64_t bays = 1, slot = 60, offset = slice_is(out->country, "CN") ? OFFSET_CHINA_MIN : (int64_t)round(out->at.lon / 15) * 60;
    TRY(json_get_integer(body, "bays", 0, WORKSHOP_BAYS_MAX, &bays, why));
    TRY(json_get_integer(body, "slot_minutes", SLOT_MINUTES_MIN, SLOT_MINUTES_MAX, &slot, why));
    TRY(json_get_integer(body, "utc_offset", -HOURS_OFFSET_MAX, HOURS_OFFSET_MAX, &offset, why));
    TRY(json_get_string(body, "hours", &hours, why));
    TRY(json_get_string(body, "daylight_saving", &saving, why));
    TRY(hours_parse(hours, &out->hours, why));
    if (!hours_saving_parse(saving, &out->hours.saving))
        return fault_set(why, ERR_BAD_REQUEST, "daylight_saving", "daylight_saving is eu or us");
    out->bays = (uint16_t)bays;
    out->slot_minutes = (uint16_t)slot;
    out->hours.utc_offset_min = (int16_t)offset;
    return ERR_OK;
}

enum err workshop_from_json(struct view *v, const struct json *body, struct workshop *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "name", "name_zh", "city", "district", "country", "near", "datum", "services", "makes", "bays",
                                       "slot_minutes", "hours", "utc_offset", "daylight_saving", "rating", "qualification", "deposit",
                                       "dealer", "depots", NULL};
    bool given;
    *out = (struct workshop){.id = 0};
    TRY(json_only_keys(body, KEYS, why));
    TRY(get_texts(body, out, why));
    TRY(geo_from_json(body, &out->at, &given, why));
    if (!given) return fault_set(why, ERR_BAD_REQUEST, "near", "near must be [lat,lon]");
    TRY(get_times(body, out, why));
    TRY(get_rating(body, out, why));
    TRY(get_state(body, out, why));
    TRY(get_ids(v, body, "services", NAMES_TYPE, WORKSHOP_SERVICES_MAX, &out->services, &out->service_count, why));
    TRY(get_ids(v, body, "makes", NAMES_MAKE, WORKSHOP_MAKES_MAX, &out->makes, &out->make_count, why));
    return get_depots(v, body, out, why);
}

// ---- back to JSON ---------------------------------------------------------------------------------------------------------------------
static void text_member(struct json_writer *w, const char *key, struct slice text) {
    if (text.n) json_key_string(w, key, text);
}

static void ids_member(struct view *v, struct json_writer *w, const char *key, unsigned dictionary, struct slice packed, unsigned count) {
    json_key_open(w, key, '[');
    for (unsigned i = 0; i < count; i++) {
        uint32_t id;
        memcpy(&id, packed.p + i * sizeof id, sizeof id);
        json_string(w, names_text(v, dictionary, id));
    }
    json_close(w, ']');
}

static void times_members(struct view *v, struct json_writer *w, const struct hours *h) {
    struct buf text;
    buf_init(&text, v->arena, 128);
    hours_put_text(h, &text);
    json_key_string(w, "hours", buf_slice(&text));
    json_key_int(w, "utc_offset", h->utc_offset_min);
    if (h->saving != SAVING_NONE) json_key_str(w, "daylight_saving", hours_saving_name(h->saving));
}

void workshop_json_members(struct view *v, struct json_writer *w, const struct workshop *shop) {
    json_key_string(w, "id", shop->external_id);
    json_key_string(w, "name", shop->name);
    text_member(w, "name_zh", shop->name_zh);
    text_member(w, "city", shop->city);
    text_member(w, "district", shop->district);
    text_member(w, "country", shop->country);
    geo_json(w, "near", shop->at);
    ids_member(v, w, "services", NAMES_TYPE, shop->services, shop->service_count);
    ids_member(v, w, "makes", NAMES_MAKE, shop->makes, shop->make_count);
    json_key_int(w, "bays", shop->bays);
    json_key_int(w, "slot_minutes", shop->slot_minutes);
    times_members(v, w, &shop->hours);
    json_key_open(w, "rating", '{');
    json_key_double(w, "value", shop->rating_x100 / 100.0);
    json_key_int(w, "count", shop->rating_count);
    json_close(w, '}');
    json_key_str(w, "qualification", qualification_names[shop->qualification % 3]);
    json_key_str(w, "deposit", deposit_names[shop->deposit % 3]);
    text_member(w, "dealer", shop->dealer);
    json_key_open(w, "depots", '[');
    for (unsigned i = 0; i < shop->depot_count; i++) {
        json_open(w, '{');
        json_key_string(w, "id", names_text(v, NAMES_DEPOT, shop->depots[i].depot));
        json_key_int(w, "minutes", shop->depots[i].minutes);
        json_close(w, '}');
    }
    json_close(w, ']');
}
