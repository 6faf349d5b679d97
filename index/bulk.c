#include "bulk.h"

#include "base/limits.h"
#include "dealer_price.h"
#include "exclusion.h"
#include "names.h"

// ---- reading ----------------------------------------------------------------------------------------------------------------
static enum err kind_parse(const struct json *o, struct bulk_op *out, struct slice *kind, struct fault *why) {
    static const struct { const char *name; enum bulk_kind kind; } KINDS[] = {
        {"product", BULK_PRODUCT}, {"application", BULK_APPLICATION}, {"vehicle", BULK_VEHICLE}, {"offer", BULK_OFFER},
        {"exclusion", BULK_EXCLUSION}, {"synonym", BULK_SYNONYM}, {"service_rule", BULK_SERVICE_RULE}, {"view", BULK_VIEW},
    };
    struct slice op = SLICE_NONE;
    TRY(json_get_string(o, "op", &op, why));
    TRY(json_get_string(o, "kind", kind, why));
    if (slice_is(op, "full")) {
        out->kind = BULK_FULL;
        return ERR_OK;
    }
    out->delete = slice_is(op, "delete");
    if (!out->delete && !slice_is(op, "put")) return fault_set(why, ERR_BAD_REQUEST, "op", "op is put or delete");
    for (unsigned i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (slice_is(*kind, KINDS[i].name)) out->kind = KINDS[i].kind;
    enum product_kind product;
    if (!out->kind && product_kind_parse(*kind, &product)) out->kind = BULK_PRODUCT;
    out->supply = supply_kind_parse(*kind);
    if (out->supply) out->kind = BULK_SUPPLY;
    if (out->kind) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "kind",
                     "kind is product, application, vehicle, offer, exclusion, synonym, service_rule, view, workshop, depot, district, dealer, price_band or stock");
}

// The object without the members of the line: what remains is the body the HTTP API takes.
enum { KEEP_KIND = 1, KEEP_ID = 2, KEEP_SOURCE = 4 };
static const struct json *body_of(struct arena *a, const struct json *object, unsigned keep) {
    struct json *copy = ARENA_NEW(a, struct json);
    struct json *items = ARENA_ARRAY(a, struct json, object->count);
    struct slice *keys = ARENA_ARRAY(a, struct slice, object->count);
    if (!copy || !items || !keys) return NULL;
    *copy = *object;
    copy->count = 0;
    for (size_t i = 0; i < object->count; i++) {
        struct slice key = object->keys[i];
        if (slice_is(key, "op") || slice_is(key, "source_line") || (!(keep & KEEP_SOURCE) && slice_is(key, "source"))) continue;
        if ((!(keep & KEEP_KIND) && slice_is(key, "kind")) || (!(keep & KEEP_ID) && slice_is(key, "id"))) continue;
        keys[copy->count] = key;
        items[copy->count++] = object->items[i];
    }
    copy->keys = keys;
    copy->items = items;
    return copy;
}

struct line { struct arena *a; const struct json *object; struct slice kind, source; uint32_t source_line; };

static enum err need(struct slice value, const char *field, struct fault *why) {
    if (value.n && value.n <= LIMIT_EXTERNAL_ID_BYTES) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, field, "%s is missing or longer than %d bytes", field, LIMIT_EXTERNAL_ID_BYTES);
}

static enum err brand_and_number(const struct line *l, struct bulk_op *out, struct fault *why) {
    TRY(json_get_string(l->object, "brand", &out->brand, why));
    TRY(json_get_string(l->object, "number", &out->number, why));
    TRY(json_get_string(l->object, "type", &out->type, why));
    TRY(need(out->brand, "brand", why));
    if (out->number.n > LIMIT_PART_NUMBER_BYTES) return fault_set(why, ERR_BAD_REQUEST, "number", "number is too long");
    return need(out->number, "number", why);
}

static enum err decode_product(const struct line *l, struct bulk_op *out, struct fault *why) {
    static const char *const DELETE_KEYS[] = {"op", "kind", "id", "brand", "number", "source", "source_line", NULL};
    if (out->delete) {
        TRY(json_only_keys(l->object, DELETE_KEYS, why));
        return out->id.n ? need(out->id, "id", why) : brand_and_number(l, out, why);
    }
    const struct json *body = body_of(l->a, l->object, slice_is(l->kind, "product") ? 0 : KEEP_KIND);
    if (!body) return ERR_NO_MEMORY;
    return product_doc_from_json(l->a, out->id, body, l->source, l->source_line, &out->product, why);
}

static enum err decode_application(const struct line *l, struct bulk_op *out, struct fault *why) {
    static const char *const KEYS[] = {"op", "kind", "brand", "number", "type", "application", "source", "source_line", NULL};
    const struct json *application = NULL;
    TRY(json_only_keys(l->object, KEYS, why));
    TRY(brand_and_number(l, out, why));
    TRY(need(out->type, "type", why));
    TRY(json_get_object(l->object, "application", &application, why));
    if (!application) return fault_set(why, ERR_BAD_REQUEST, "application", "application is missing");
    return application_doc_from_json(l->a, application, l->source, l->source_line, &out->application, why);
}

static enum err decode_vehicle(const struct line *l, struct bulk_op *out, struct fault *why) {
    if (out->delete) return fault_set(why, ERR_BAD_REQUEST, "op", "a vehicle is not deleted: put it with the configurations it shall have");
    const struct json *body = body_of(l->a, l->object, 0);
    if (!body) return ERR_NO_MEMORY;
    return vehicle_put_from_json(l->a, out->id, body, &out->vehicle, why);
}

static enum err decode_offer(const struct line *l, struct bulk_op *out, struct fault *why) {
    static const char *const KEYS[] = {"op", "kind", "dealer", "id", "price", "prices", "stock", "source", "source_line", NULL};
    if (out->delete) return fault_set(why, ERR_BAD_REQUEST, "op", "an offer is not deleted: put a price of 0 or a stock of 0");
    TRY(json_only_keys(l->object, KEYS, why));
    TRY(need(out->id, "id", why));
    out->stock = -1;
    TRY(json_get_integer(l->object, "stock", 0, UINT32_MAX, &out->stock, why));
    TRY(json_get_string(l->object, "dealer", &out->dealer, why));
    if (out->dealer.p) out->kind = BULK_DEALER_PRICE;
    if (out->dealer.p && out->stock >= 0) return fault_set(why, ERR_BAD_REQUEST, "stock", "a dealer's offer has prices and no stock");
    return prices_from_json(l->object, &out->cny_fen, &out->usd_cents, why);
}

static enum err decode_exclusion(const struct line *l, struct bulk_op *out, struct fault *why) {
    static const char *const KEYS[] = {"op", "kind", "product", "vehicle", "who", "why", "source", "source_line", NULL};
    TRY(json_only_keys(l->object, KEYS, why));
    TRY(json_get_string(l->object, "product", &out->id, why));
    TRY(json_get_string(l->object, "vehicle", &out->vehicle_id, why));
    TRY(json_get_string(l->object, "who", &out->who, why));
    TRY(json_get_string(l->object, "why", &out->why, why));
    TRY(need(out->id, "product", why));
    TRY(need(out->vehicle_id, "vehicle", why));
    if (out->who.n + out->why.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "why", "who and why are too long");
    return ERR_OK;
}

// Names in it are looked up when it is applied: an earlier line may bring them.
static enum err decode_supply(const struct line *l, struct bulk_op *out) {
    out->body = body_of(l->a, l->object, KEEP_ID);
    return out->body ? ERR_OK : ERR_NO_MEMORY;
}

static enum err delete_by_id(const struct line *l, const struct bulk_op *out, struct fault *why) {
    static const char *const KEYS[] = {"op", "kind", "id", "source", "source_line", NULL};
    TRY(json_only_keys(l->object, KEYS, why));
    return need(out->id, "id", why);
}

static enum err decode_synonym(const struct line *l, struct bulk_op *out, struct fault *why) {
    if (out->delete) return delete_by_id(l, out, why);
    const struct json *body = body_of(l->a, l->object, KEEP_ID);
    return body ? synonym_from_json(l->a, body, &out->synonym, why) : ERR_NO_MEMORY;
}

static enum err decode_service_rule(const struct line *l, struct bulk_op *out, struct fault *why) {
    if (out->delete) return delete_by_id(l, out, why);
    const struct json *body = body_of(l->a, l->object, KEEP_ID | KEEP_SOURCE);
    return body ? service_rule_from_json(l->a, body, &out->service_rule, why) : ERR_NO_MEMORY;
}

static enum err decode_view(const struct line *l, struct bulk_op *out, struct fault *why) {
    if (out->delete) return delete_by_id(l, out, why);
    const struct json *body = body_of(l->a, l->object, KEEP_ID);
    return body ? key_view_from_json(body, &out->view, why) : ERR_NO_MEMORY;
}

static enum err decode_full(const struct line *l, struct bulk_op *out, struct fault *why) {
    static const char *const KEYS[] = {"op", "brand", NULL};
    TRY(json_only_keys(l->object, KEYS, why));
    TRY(json_get_string(l->object, "brand", &out->brand, why));
    return need(out->brand, "brand", why);
}

enum err bulk_decode(struct arena *a, struct json_parser *parser, struct slice text, struct slice source, uint32_t source_line,
                     struct bulk_op *out, struct fault *why) {
    struct line l = {.a = a, .source = source, .source_line = source_line};
    int64_t number = source_line;
    *out = (struct bulk_op){0};
    TRY(json_parse(parser, text, a, &l.object, why));
    if (l.object->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a line is one JSON object");
    TRY(kind_parse(l.object, out, &l.kind, why));
    TRY(json_get_string(l.object, "source", &l.source, why));
    TRY(json_get_integer(l.object, "source_line", 0, UINT32_MAX, &number, why));
    l.source_line = (uint32_t)number;
    TRY(json_get_string(l.object, "id", &out->id, why));
    switch (out->kind) {
    case BULK_PRODUCT: return decode_product(&l, out, why);
    case BULK_APPLICATION: return decode_application(&l, out, why);
    case BULK_VEHICLE: return decode_vehicle(&l, out, why);
    case BULK_OFFER: return decode_offer(&l, out, why);
    case BULK_SUPPLY: return decode_supply(&l, out);
    case BULK_EXCLUSION: return decode_exclusion(&l, out, why);
    case BULK_SYNONYM: return decode_synonym(&l, out, why);
    case BULK_SERVICE_RULE: return decode_service_rule(&l, out, why);
    case BULK_VIEW: return decode_view(&l, out, why);
    case BULK_FULL: return decode_full(&l, out, why);
    case BULK_DEALER_PRICE: break; // an offer says of itself that it is one
    }
    return ERR_INTERNAL;
}

// ---- alone ---------------------------------------------------------------------------------------------------------------------
static enum err delete_product(struct txn *t, struct arena *scratch, struct slice id, struct fault *why) {
    enum err e = catalog_delete(t, scratch, id);
    return e == ERR_NOT_FOUND ? fault_set(why, e, "id", "no product is called '%.*s'", SLICE_ARGS(id)) : e;
}

enum err bulk_apply(struct txn *t, struct arena *scratch, const struct bulk_op *op, int64_t at_ms, struct fault *why) {
    uint32_t id;
    switch (op->kind) {
    case BULK_PRODUCT:
        if (!op->delete) return catalog_put(t, scratch, &op->product, &id, why);
        if (op->id.n == 0) return catalog_delete_number(t, scratch, op->brand, op->number, why);
        return delete_product(t, scratch, op->id, why);
    case BULK_APPLICATION:
        return catalog_put_application(t, scratch, op->delete ? CATALOG_REMOVE : CATALOG_ADD, op->brand, op->number, op->type,
                                       &op->application, why);
    case BULK_OFFER: return catalog_put_offer(t, scratch, op->id, op->cny_fen, op->usd_cents, op->stock, why);
    case BULK_VEHICLE: return vehicle_put_apply(t, scratch, &op->vehicle, why);
    case BULK_SUPPLY:
        return op->delete ? supply_delete(t, scratch, op->supply, op->body, why) : supply_put(t, scratch, op->supply, op->body, why);
    case BULK_EXCLUSION:
        if (op->delete) return exclusion_delete(t, scratch, op->id, op->vehicle_id, why);
        return exclusion_put(t, scratch, op->id, op->vehicle_id, at_ms, op->who, op->why, why);
    case BULK_SYNONYM:
        return op->delete ? synonym_delete(t, scratch, op->id, why) : synonym_put(t, scratch, &op->synonym, why);
    case BULK_SERVICE_RULE:
        return op->delete ? service_rule_delete(t, op->id, why) : service_rule_apply(t, scratch, &op->service_rule, why);
    case BULK_DEALER_PRICE: return dealer_price_put(t, scratch, op->dealer, op->id, op->cny_fen, op->usd_cents, why);
    case BULK_VIEW: return op->delete ? key_view_delete(t, op->id, why) : key_view_put(t, scratch, &op->view, why);
    case BULK_FULL: return fault_set(why, ERR_BAD_REQUEST, "op", "a whole set comes by file: rightfit import");
    }
    return ERR_INTERNAL;
}

enum err bulk_load(struct catalog_loader *l, const struct bulk_op *op, struct fault *why) {
    switch (op->kind) {
    case BULK_PRODUCT:
        if (!op->delete) return catalog_loader_product(l, &op->product, why);
        if (op->id.n) return fault_set(why, ERR_BAD_REQUEST, "id", "a file deletes products by brand and number");
        return catalog_loader_remove(l, op->brand, op->number, why);
    case BULK_APPLICATION:
        return catalog_loader_application(l, op->delete ? CATALOG_REMOVE : CATALOG_ADD, op->brand, op->number, op->type, &op->application, why);
    case BULK_OFFER: return catalog_loader_offer(l, op->id, op->cny_fen, op->usd_cents, op->stock, why);
    case BULK_FULL: return catalog_loader_full(l, op->brand, why);
    default:
        return fault_set(why, ERR_BAD_REQUEST, "kind",
                         "vehicles, workshops and their supply, exclusions, synonyms, service rules, views and dealers' offers are not part of a catalogue's load");
    }
}

// ---- writing ------------------------------------------------------------------------------------------------------------------
static struct json_writer line_begin(struct buf *out, const char *op, const char *kind) {
    struct json_writer w = json_writer_of(out);
    json_open(&w, '{');
    json_key_str(&w, "op", op);
    if (kind) json_key_str(&w, "kind", kind);
    return w;
}

static void line_end(struct json_writer *w) {
    json_close(w, '}');
    buf_char(w->out, '\n');
}

void bulk_product_line(struct buf *out, const struct product_doc *doc) {
    struct json_writer w = line_begin(out, "put", doc->kind ? product_kind_name(doc->kind) : "product");
    product_doc_json_members(&w, doc);
    if (doc->application_count) json_key_string(&w, "source", doc->applications[0].source);
    if (doc->application_count) json_key_int(&w, "source_line", doc->applications[0].line);
    line_end(&w);
}

void bulk_application_line(struct buf *out, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                           const struct application_doc *doc) {
    struct json_writer w = line_begin(out, change == CATALOG_REMOVE ? "delete" : "put", "application");
    json_key_string(&w, "brand", brand);
    json_key_string(&w, "number", number);
    json_key_string(&w, "type", type);
    json_key(&w, "application");
    application_doc_json(&w, doc);
    json_key_string(&w, "source", doc->source);
    json_key_int(&w, "source_line", doc->line);
    line_end(&w);
}

void bulk_offer_line(struct buf *out, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock) {
    struct json_writer w = line_begin(out, "put", "offer");
    json_key_string(&w, "id", id);
    prices_json(&w, cny_fen, usd_cents);
    if (stock >= 0) json_key_int(&w, "stock", stock);
    line_end(&w);
}

void bulk_full_line(struct buf *out, struct slice brand) {
    struct json_writer w = line_begin(out, "full", NULL);
    json_key_string(&w, "brand", brand);
    line_end(&w);
}

void bulk_remove_line(struct buf *out, struct slice brand, struct slice number) {
    struct json_writer w = line_begin(out, "delete", "product");
    json_key_string(&w, "brand", brand);
    json_key_string(&w, "number", number);
    line_end(&w);
}
