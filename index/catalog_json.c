// The contract's product and application objects as documents. Every member is checked; the fault names the member.
#include <math.h>

#include "base/clock.h"
#include "base/limits.h"
#include "catalog.h"

static enum err text_member(const struct json *o, const char *key, size_t max, struct slice *out, struct fault *why) {
    TRY(json_get_string(o, key, out, why));
    if (out->n > max) return fault_set(why, ERR_BAD_REQUEST, key, "%s has at most %zu bytes", key, max);
    return ERR_OK;
}

// ---- attributes: {name: value} with strings, numbers or lists of them ---------------------------------------------------------
static enum err scalar_text(struct arena *a, const struct json *v, struct slice *out) {
    if (v->type == JSON_STRING) *out = v->string;
    else if (v->type == JSON_INTEGER) *out = arena_printf(a, "%lld", (long long)v->integer);
    else if (v->type == JSON_NUMBER) *out = arena_printf(a, "%g", v->number);
    else if (v->type == JSON_BOOL) *out = v->boolean ? SLICE("yes") : SLICE("no");
    else return ERR_BAD_REQUEST;
    return out->p ? ERR_OK : ERR_NO_MEMORY;
}

static enum err pairs_from_json(struct arena *a, const struct json *o, const char *field, struct slice market,
                                const struct pair **out, unsigned *count, struct fault *why) {
    size_t room = (market.n ? 1 : 0);
    for (size_t i = 0; o && i < o->count; i++) room += o->items[i].type == JSON_ARRAY ? o->items[i].count : 1;
    struct pair *list = ARENA_ARRAY(a, struct pair, room);
    if (!list && room) return ERR_NO_MEMORY;
    *count = 0;
    if (market.n) list[(*count)++] = (struct pair){SLICE("market"), market};
    for (size_t i = 0; o && i < o->count; i++) {
        const struct json *v = &o->items[i];
        const struct json *items = v->type == JSON_ARRAY ? v->items : v;
        size_t n = v->type == JSON_ARRAY ? v->count : 1;
        for (size_t k = 0; k < n; k++) {
            struct pair *p = &list[(*count)++];
            p->name = o->keys[i];
            if (scalar_text(a, &items[k], &p->value) != ERR_OK)
                return fault_set(why, ERR_BAD_REQUEST, field, "%.*s takes a string or a number", SLICE_ARGS(o->keys[i]));
        }
    }
    *out = list;
    return ERR_OK;
}

// ---- applications ---------------------------------------------------------------------------------------------------------------
static enum err years_from_json(const struct json *o, struct vehicle_doc *out, struct fault *why) {
    const struct json *years = json_get(o, "years");
    if ((!years || years->type == JSON_NULL) && slice_is(out->make, "*")) return ERR_OK; // of every year
    int64_t from = 0, to = 0;
    if (years && years->type == JSON_INTEGER) from = to = years->integer;
    else if (years && years->type == JSON_ARRAY && years->count == 2) from = years->items[0].integer, to = years->items[1].integer;
    if (from < LIMIT_YEAR_MIN || to > LIMIT_YEAR_MAX || from > to)
        return fault_set(why, ERR_BAD_REQUEST, "years", "years is one year or [from, to], %d to %d", LIMIT_YEAR_MIN, LIMIT_YEAR_MAX);
    out->year_from = (uint16_t)from;
    out->year_to = (uint16_t)to;
    return ERR_OK;
}

enum err vehicle_doc_from_json(struct arena *a, const struct json *o, struct vehicle_doc *out, struct fault *why) {
    static const char *const allowed[] = {"make", "model", "years", "market", "attrs", "spec", "external", "unresolved", NULL};
    struct slice market = SLICE_NONE;
    const struct json *attrs = NULL, *specs = NULL;
    bool unresolved = false;
    if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "vehicles", "a vehicle is an object");
    TRY(json_only_keys(o, allowed, why));
    TRY(text_member(o, "make", LIMIT_EXTERNAL_ID_BYTES, &out->make, why));
    TRY(text_member(o, "model", LIMIT_EXTERNAL_ID_BYTES, &out->model, why));
    TRY(text_member(o, "market", 16, &market, why));
    TRY(text_member(o, "external", LIMIT_EXTERNAL_ID_BYTES, &out->external, why));
    if (slice_is(out->make, "*") && out->model.n) return fault_set(why, ERR_BAD_REQUEST, "model", "a vehicle of every make has no model");
    TRY(json_get_object(o, "attrs", &attrs, why));
    TRY(json_get_object(o, "spec", &specs, why));
    TRY(pairs_from_json(a, specs, "spec", SLICE_NONE, &out->specs, &out->spec_count, why));
    if (out->make.n == 0 && out->external.n == 0) return fault_set(why, ERR_BAD_REQUEST, "make", "a vehicle needs a make");
    TRY(json_get_bool(o, "unresolved", &unresolved, why));
    // A parked vehicle may have come without years: its id, which nobody knows, would have told them.
    if ((out->external.n == 0 && !unresolved) || json_get(o, "years")) TRY(years_from_json(o, out, why));
    return pairs_from_json(a, attrs, "attrs", market, &out->attrs, &out->attr_count, why);
}

static enum err condition_doc_from_json(const struct json *o, struct condition_doc *out, struct fault *why) {
    static const char *const allowed[] = {"type", "text", "from", "to", NULL};
    struct slice type = SLICE("text");
    if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "conditions", "a condition is an object");
    TRY(json_only_keys(o, allowed, why));
    TRY(text_member(o, "type", 32, &type, why));
    TRY(text_member(o, "text", LIMIT_TEXT_BYTES / 2, &out->text, why));
    TRY(text_member(o, "from", 64, &out->from, why));
    TRY(text_member(o, "to", 64, &out->to, why));
    if (!condition_type_parse(type, &out->type))
        return fault_set(why, ERR_BAD_REQUEST, "type", "a condition is text, production_date, chassis, option_code or steering");
    return out->text.n ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "text", "a condition needs its text");
}

enum err application_doc_from_json(struct arena *a, const struct json *o, struct slice source, uint32_t line,
                                   struct application_doc *out, struct fault *why) {
    static const char *const allowed[] = {"position", "quantity", "label", "vehicles", "conditions", "validated", NULL};
    const struct json *vehicles = NULL, *conditions = NULL;
    int64_t quantity = 1;
    bool validated = true;
    if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "applications", "an application is an object");
    TRY(json_only_keys(o, allowed, why));
    *out = (struct application_doc){.source = source, .line = line};
    TRY(text_member(o, "position", 64, &out->position, why));
    TRY(text_member(o, "label", 256, &out->label, why));
    TRY(json_get_integer(o, "quantity", 1, UINT16_MAX, &quantity, why));
    TRY(json_get_bool(o, "validated", &validated, why));
    out->flags = validated ? 0 : APPLICATION_NOT_VALIDATED;
    TRY(json_get_array(o, "vehicles", &vehicles, why));
    TRY(json_get_array(o, "conditions", &conditions, why));
    if (!vehicles || vehicles->count == 0)
        return fault_set(why, ERR_BAD_REQUEST, "vehicles", "an application names at least one vehicle");
    struct vehicle_doc *cars = ARENA_ARRAY(a, struct vehicle_doc, vehicles->count);
    struct condition_doc *terms = ARENA_ARRAY(a, struct condition_doc, (conditions ? conditions->count : 0) + 1);
    if (!cars || !terms) return ERR_NO_MEMORY;
    for (size_t i = 0; i < vehicles->count; i++) TRY(vehicle_doc_from_json(a, &vehicles->items[i], &cars[i], why));
    for (size_t i = 0; conditions && i < conditions->count; i++)
        TRY(condition_doc_from_json(&conditions->items[i], &terms[i], why));
    out->quantity = (uint16_t)quantity;
    out->vehicles = cars;
    out->vehicle_count = (unsigned)vehicles->count;
    out->conditions = terms;
    out->condition_count = conditions ? (unsigned)conditions->count : 0;
    return ERR_OK;
}

// ---- numbers ----------------------------------------------------------------------------------------------------------------------
static enum err relation_parse(struct slice text, enum number_relation *out, struct fault *why) {
    for (unsigned r = NUMBER_OE; r <= NUMBER_SUPERSEDED_BY; r++)
        if (slice_is(text, number_relation_name(r))) {
            *out = r;
            return ERR_OK;
        }
    return fault_set(why, ERR_BAD_REQUEST, "relation", "a relation is oe, competitor, supersedes or superseded_by");
}

static enum err number_doc_from_json(const struct json *o, bool oe, struct number_doc *out, struct fault *why) {
    static const char *const oe_keys[] = {"maker", "number", NULL};
    static const char *const keys[] = {"brand", "number", "relation", "quantity", "note", NULL};
    struct slice relation = SLICE("competitor");
    int64_t quantity = 1;
    const char *field = oe ? "oe" : "interchange";
    if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, field, "%s is a list of objects", field);
    TRY(json_only_keys(o, oe ? oe_keys : keys, why));
    TRY(text_member(o, oe ? "maker" : "brand", LIMIT_EXTERNAL_ID_BYTES, &out->brand, why));
    TRY(text_member(o, "number", LIMIT_PART_NUMBER_BYTES, &out->number, why));
    TRY(text_member(o, "note", 256, &out->note, why));
    out->relation = NUMBER_OE;
    if (!oe) {
        TRY(text_member(o, "relation", 32, &relation, why));
        TRY(relation_parse(relation, &out->relation, why));
        TRY(json_get_integer(o, "quantity", 1, UINT16_MAX, &quantity, why));
    }
    out->quantity = (uint16_t)quantity;
    if (out->brand.n && out->number.n) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, field, "an entry of %s needs %s and number", field, oe ? "maker" : "brand");
}

static enum err components_from_json(struct arena *a, const struct json *body, struct product_doc *out, struct fault *why) {
    static const char *const keys[] = {"brand", "number", "quantity", "sold_separately", NULL};
    const struct json *kit = NULL;
    TRY(json_get_array(body, "kit", &kit, why));
    struct component_doc *list = ARENA_ARRAY(a, struct component_doc, kit ? kit->count : 0);
    if (!list && kit && kit->count) return ERR_NO_MEMORY;
    for (size_t i = 0; kit && i < kit->count; i++) {
        const struct json *o = &kit->items[i];
        int64_t quantity = 1;
        if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "kit", "kit is a list of objects");
        TRY(json_only_keys(o, keys, why));
        TRY(text_member(o, "brand", LIMIT_EXTERNAL_ID_BYTES, &list[i].brand, why));
        TRY(text_member(o, "number", LIMIT_PART_NUMBER_BYTES, &list[i].number, why));
        TRY(json_get_integer(o, "quantity", 1, UINT16_MAX, &quantity, why));
        TRY(json_get_bool(o, "sold_separately", &list[i].sold_separately, why));
        list[i].quantity = (uint16_t)quantity;
        if (list[i].brand.n == 0 || list[i].number.n == 0)
            return fault_set(why, ERR_BAD_REQUEST, "kit", "an entry of kit needs brand and number");
    }
    out->components = list;
    out->component_count = kit ? (unsigned)kit->count : 0;
    return ERR_OK;
}

static enum err numbers_from_json(struct arena *a, const struct json *body, struct product_doc *out, struct fault *why) {
    const struct json *oe = NULL, *interchange = NULL;
    TRY(json_get_array(body, "oe", &oe, why));
    TRY(json_get_array(body, "interchange", &interchange, why));
    size_t count = (oe ? oe->count : 0) + (interchange ? interchange->count : 0), n = 0;
    struct number_doc *list = ARENA_ARRAY(a, struct number_doc, count);
    if (!list && count) return ERR_NO_MEMORY;
    for (size_t i = 0; oe && i < oe->count; i++) TRY(number_doc_from_json(&oe->items[i], true, &list[n++], why));
    for (size_t i = 0; interchange && i < interchange->count; i++)
        TRY(number_doc_from_json(&interchange->items[i], false, &list[n++], why));
    out->numbers = list;
    out->number_count = (unsigned)count;
    return ERR_OK;
}

// ---- price, rating ------------------------------------------------------------------------------------------------------------------
static enum err price_from_json(const struct json *o, int64_t *cny_fen, int64_t *usd_cents, struct fault *why) {
    static const char *const keys[] = {"amount", "currency", NULL};
    struct slice text = SLICE("CNY");
    int64_t amount = -1;
    enum currency currency;
    if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "price", "price is {amount, currency}");
    TRY(json_only_keys(o, keys, why));
    TRY(json_get_integer(o, "amount", 0, UINT32_MAX, &amount, why));
    TRY(json_get_string(o, "currency", &text, why));
    if (!currency_parse(text, &currency)) return fault_set(why, ERR_BAD_REQUEST, "currency", "currency is CNY or USD");
    if (amount < 0) return fault_set(why, ERR_BAD_REQUEST, "amount", "a price needs its amount in minor units");
    *(currency == CURRENCY_USD ? usd_cents : cny_fen) = amount;
    return ERR_OK;
}

enum err prices_from_json(const struct json *body, int64_t *cny_fen, int64_t *usd_cents, struct fault *why) {
    const struct json *price = json_get(body, "price"), *prices = NULL;
    *cny_fen = *usd_cents = -1;
    if (price && price->type != JSON_NULL) TRY(price_from_json(price, cny_fen, usd_cents, why));
    TRY(json_get_array(body, "prices", &prices, why));
    for (size_t i = 0; prices && i < prices->count; i++) TRY(price_from_json(&prices->items[i], cny_fen, usd_cents, why));
    return ERR_OK;
}

static enum err rating_from_json(const struct json *body, struct product_doc *out, struct fault *why) {
    static const char *const keys[] = {"value", "count", NULL};
    const struct json *rating = NULL;
    double value = 0;
    int64_t count = 0;
    TRY(json_get_object(body, "rating", &rating, why));
    if (!rating) return ERR_OK;
    TRY(json_only_keys(rating, keys, why));
    TRY(json_get_number(rating, "value", &value, why));
    TRY(json_get_integer(rating, "count", 0, UINT32_MAX, &count, why));
    if (!(value >= 0 && value <= 5)) return fault_set(why, ERR_BAD_REQUEST, "rating", "a rating is 0 to 5");
    out->rating_x100 = (uint16_t)lround(value * 100);
    out->rating_count = (uint32_t)count;
    return ERR_OK;
}

// ---- the product --------------------------------------------------------------------------------------------------------------------
static enum err texts_from_json(const struct json *body, struct product_doc *out, struct fault *why) {
    struct slice kind = SLICE_NONE;
    TRY(text_member(body, "brand", LIMIT_EXTERNAL_ID_BYTES, &out->brand, why));
    TRY(text_member(body, "number", LIMIT_PART_NUMBER_BYTES, &out->number, why));
    TRY(text_member(body, "type", LIMIT_EXTERNAL_ID_BYTES, &out->type, why));
    TRY(text_member(body, "title", LIMIT_TEXT_BYTES, &out->title, why));
    TRY(text_member(body, "title_zh", LIMIT_TEXT_BYTES, &out->title_zh, why));
    TRY(text_member(body, "image", LIMIT_TEXT_BYTES, &out->image, why));
    TRY(text_member(body, "kind", 16, &kind, why));
    if (kind.n && !product_kind_parse(kind, &out->kind))
        return fault_set(why, ERR_BAD_REQUEST, "kind", "kind is part, fluid, tyre, accessory, service or package");
    return ERR_OK;
}

static enum err rest_from_json(struct arena *a, const struct json *body, struct product_doc *out, struct fault *why) {
    const struct json *attributes = NULL;
    struct slice created = SLICE_NONE;
    int64_t stock = 0, created_ms = 0, pack = 1;
    double popularity = 0;
    TRY(json_get_bool(body, "universal", &out->universal, why));
    TRY(json_get_bool(body, "non_vehicle", &out->non_vehicle, why));
    TRY(json_get_integer(body, "stock", 0, UINT32_MAX, &stock, why));
    out->keeps_stock = json_get(body, "stock") == NULL;
    TRY(json_get_integer(body, "pack_quantity", 1, UINT16_MAX, &pack, why));
    TRY(json_get_number(body, "popularity", &popularity, why));
    TRY(json_get_object(body, "attributes", &attributes, why));
    TRY(json_get_string(body, "created", &created, why));
    if (created.n && !clock_parse_ms(created, &created_ms))
        return fault_set(why, ERR_BAD_REQUEST, "created", "created is a date, 2026-11-22");
    if (!(popularity >= 0 && popularity <= 1)) return fault_set(why, ERR_BAD_REQUEST, "popularity", "popularity is 0 to 1");
    out->stock = (uint32_t)stock;
    out->pack_quantity = (uint16_t)pack;
    out->popularity = (float)popularity;
    out->created_day = (uint32_t)(created_ms / 86400000);
    return pairs_from_json(a, attributes, "attributes", SLICE_NONE, &out->attrs, &out->attr_count, why);
}

enum err product_doc_from_json(struct arena *a, struct slice id, const struct json *body, struct slice source, uint32_t line,
                               struct product_doc *out, struct fault *why) {
    static const char *const allowed[] = {"id", "kind", "brand", "number", "type", "title", "title_zh", "price", "prices",
                                          "rating", "image", "attributes", "universal", "non_vehicle", "stock", "popularity",
                                          "created", "oe", "interchange", "kit", "pack_quantity", "applications", NULL};
    struct slice own_id = SLICE_NONE;
    const struct json *applications = NULL;
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a product is an object");
    TRY(json_only_keys(body, allowed, why));
    *out = (struct product_doc){0};
    TRY(text_member(body, "id", LIMIT_EXTERNAL_ID_BYTES, &own_id, why));
    if (id.n && own_id.n && !slice_eq(id, own_id)) return fault_set(why, ERR_BAD_REQUEST, "id", "id differs from the path's");
    out->id = id.n ? id : own_id;
    TRY(texts_from_json(body, out, why));
    if (out->brand.n == 0) return fault_set(why, ERR_BAD_REQUEST, "brand", "a product needs a brand");
    if (out->type.n == 0) return fault_set(why, ERR_BAD_REQUEST, "type", "a product needs a type");
    TRY(prices_from_json(body, &out->cny_fen, &out->usd_cents, why));
    TRY(rating_from_json(body, out, why));
    TRY(rest_from_json(a, body, out, why));
    TRY(numbers_from_json(a, body, out, why));
    TRY(components_from_json(a, body, out, why));
    TRY(json_get_array(body, "applications", &applications, why));
    if (applications && applications->count > LIMIT_APPLICATIONS)
        return fault_set(why, ERR_BAD_REQUEST, "applications", "more than %d applications", LIMIT_APPLICATIONS);
    size_t count = applications ? applications->count : 0;
    struct application_doc *docs = ARENA_ARRAY(a, struct application_doc, count);
    if (!docs && count) return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        TRY(application_doc_from_json(a, &applications->items[i], source, line, &docs[i], why));
    out->applications = docs;
    out->application_count = (unsigned)count;
    return ERR_OK;
}
