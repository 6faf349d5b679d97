#include "product.h"

#include "assortment.h"
#include "base/limits.h"
#include "fragment.h"
#include "names.h"

enum err product_find(struct view *v, struct slice external_id, uint32_t *id) {
    if (external_id.n == 0 || external_id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_PRODUCT_ID, external_id, &value));
    struct reader r = reader_of(value);
    *id = reader_u32(&r);
    if (r.bad) return ERR_DAMAGED;
    return columns_facts(v, *id)->flags & FACT_DELETED ? ERR_NOT_FOUND : ERR_OK;
}

void product_encode(struct buf *out, const struct product *p) {
    buf_u8(out, (uint8_t)p->kind);
    buf_string(out, p->external_id);
    buf_string(out, p->brand);
    buf_string(out, p->number);
    buf_string(out, p->type);
    buf_string(out, p->title);
    buf_string(out, p->title_zh);
    buf_string(out, p->image);
    buf_string(out, p->attributes);
    buf_varint(out, p->number_count);
    for (unsigned i = 0; i < p->number_count; i++) {
        const struct product_number *n = &p->numbers[i];
        buf_u8(out, (uint8_t)n->relation);
        buf_varint(out, n->brand);
        buf_varint(out, n->quantity);
        buf_string(out, n->number);
        buf_string(out, n->note);
    }
    buf_varint(out, p->pack_quantity);
    buf_varint(out, p->component_count);
    for (unsigned i = 0; i < p->component_count; i++) {
        const struct product_component *c = &p->components[i];
        buf_string(out, c->brand);
        buf_string(out, c->number);
        buf_varint(out, c->quantity);
        buf_u8(out, c->sold_separately);
        buf_varint(out, c->brand_id);
    }
}

static struct product_number decode_number(struct reader *r) {
    struct product_number n = {.relation = reader_u8(r)};
    n.brand = (uint32_t)reader_varint(r);
    n.quantity = (uint16_t)reader_varint(r);
    n.number = reader_string(r);
    n.note = reader_string(r);
    return n;
}

static enum err decode_numbers(struct arena *a, struct reader *r, struct product *out) {
    uint64_t count = reader_varint(r);
    if (r->bad || count > reader_left(r)) return ERR_DAMAGED;
    struct product_number *numbers = ARENA_ARRAY(a, struct product_number, count);
    if (!numbers && count) return ERR_NO_MEMORY;
    for (uint64_t i = 0; i < count; i++) numbers[i] = decode_number(r);
    out->numbers = numbers;
    out->number_count = (unsigned)count;
    return r->bad ? ERR_DAMAGED : ERR_OK;
}

static enum err decode_components(struct arena *a, struct reader *r, struct product *out) {
    uint64_t count = reader_varint(r);
    if (r->bad || count > reader_left(r)) return ERR_DAMAGED;
    struct product_component *list = ARENA_ARRAY(a, struct product_component, count);
    if (!list && count) return ERR_NO_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        list[i].brand = reader_string(r);
        list[i].number = reader_string(r);
        list[i].quantity = (uint16_t)reader_varint(r);
        list[i].sold_separately = reader_u8(r) != 0;
        list[i].brand_id = (uint32_t)reader_varint(r);
    }
    out->components = list;
    out->component_count = (unsigned)count;
    return r->bad ? ERR_DAMAGED : ERR_OK;
}

enum err product_decode(struct arena *a, struct slice record, struct product *out) {
    struct reader r = reader_of(record);
    *out = (struct product){0};
    out->kind = reader_u8(&r);
    out->external_id = reader_string(&r);
    out->brand = reader_string(&r);
    out->number = reader_string(&r);
    out->type = reader_string(&r);
    out->title = reader_string(&r);
    out->title_zh = reader_string(&r);
    out->image = reader_string(&r);
    out->attributes = reader_string(&r);
    TRY(decode_numbers(a, &r, out));
    out->pack_quantity = (uint16_t)reader_varint(&r);
    return decode_components(a, &r, out);
}

enum err product_numbers_open(struct view *v, uint32_t product, struct product_numbers *out) {
    uint32_t key = __builtin_bswap32(product);
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_PRODUCT, slice_of(&key, sizeof key), &value));
    *out = (struct product_numbers){.rest = reader_of(value)};
    reader_u8(&out->rest);     // kind
    reader_string(&out->rest); // external id
    reader_string(&out->rest); // brand
    out->own = (struct product_number){.relation = NUMBER_OWN, .brand = columns_facts(v, product)->brand, .quantity = 1};
    out->own.number = reader_string(&out->rest);
    for (unsigned i = 0; i < 5; i++) reader_string(&out->rest); // type, titles, image, attributes
    out->left = reader_varint(&out->rest);
    return out->rest.bad ? ERR_DAMAGED : ERR_OK;
}

bool product_numbers_next(struct product_numbers *i, struct product_number *out) {
    if (i->began && (i->left == 0 || i->rest.bad)) return false;
    *out = i->began ? decode_number(&i->rest) : i->own;
    i->left -= i->began;
    i->began = true;
    return !i->rest.bad;
}

#define OF_NUMBER_MAX 64 // products of one number that are looked at

static enum err of_relation(struct view *v, uint32_t brand, struct slice number, enum number_relation relation, unsigned max,
                            uint32_t *products, unsigned *count) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(number, canonical, sizeof canonical);
    struct number_hit *hits = arena_alloc(v->arena, max * sizeof *hits);
    unsigned found;
    *count = 0;
    if (!hits) return ERR_NO_MEMORY;
    TRY(number_related(v, slice_of(canonical, n), brand, relation, max, hits, &found));
    for (unsigned i = 0; i < found; i++)
        if (!(columns_facts(v, hits[i].product)->flags & FACT_DELETED)) products[(*count)++] = hits[i].product;
    return ERR_OK;
}

enum err product_of_number(struct view *v, uint32_t brand, struct slice number, uint32_t *product) {
    uint32_t list[OF_NUMBER_MAX];
    unsigned count;
    TRY(of_relation(v, brand, number, NUMBER_OWN, OF_NUMBER_MAX, list, &count));
    *product = count ? list[0] : 0;
    return ERR_OK;
}

enum err product_kits(struct view *v, uint32_t brand, struct slice number, unsigned max, uint32_t *kits, unsigned *count) {
    return of_relation(v, brand, number, NUMBER_COMPONENT, max, kits, count);
}

enum err product_load(struct view *v, uint32_t id, struct product *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    if (assortment_hides(v, id)) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_PRODUCT, slice_of(&key, sizeof key), &value));
    enum err e = product_decode(v->arena, value, out);
    out->id = id;
    return e;
}

enum err product_external_id(struct view *v, uint32_t id, struct slice *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    if (assortment_hides(v, id)) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_PRODUCT, slice_of(&key, sizeof key), &value));
    struct reader r = reader_of(value);
    reader_u8(&r); // kind
    *out = reader_string(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

const char *currency_name(enum currency c) {
    return c == CURRENCY_USD ? "USD" : "CNY";
}

bool currency_parse(struct slice text, enum currency *out) {
    if (slice_is(text, "CNY")) *out = CURRENCY_CNY;
    else if (slice_is(text, "USD")) *out = CURRENCY_USD;
    else return false;
    return true;
}

static void json_slice_or_null(struct json_writer *w, const char *key, struct slice s) {
    json_key(w, key);
    if (s.n) json_string(w, s);
    else json_null(w);
}

static void price_json(struct json_writer *w, const struct product_offer *offer, enum currency currency) {
    uint32_t amount = currency == CURRENCY_USD ? offer->usd_cents : offer->cny_fen;
    json_key(w, "price");
    if (amount == 0) {
        json_null(w);
        return;
    }
    json_open(w, '{');
    json_key_int(w, "amount", amount);
    json_key_str(w, "currency", currency_name(currency));
    json_close(w, '}');
}

void product_json_members(struct view *v, struct json_writer *w, const struct product *p, enum currency currency) {
    const struct product_facts *facts = columns_facts(v, p->id);
    const struct product_offer *offer = columns_offer(v, p->id);
    json_key_string(w, "id", p->external_id);
    json_key_str(w, "kind", product_kind_name(p->kind));
    json_key_string(w, "brand", p->brand);
    json_slice_or_null(w, "number", p->number);
    json_key_string(w, "type", p->type);
    json_key_string(w, "title", p->title);
    json_slice_or_null(w, "title_zh", p->title_zh);
    price_json(w, offer, currency);
    json_key(w, "rating");
    if (facts->rating_count) {
        json_open(w, '{');
        json_key_double(w, "value", facts->rating_x100 / 100.0);
        json_key_int(w, "count", facts->rating_count);
        json_close(w, '}');
    } else {
        json_null(w);
    }
    json_slice_or_null(w, "image", p->image);
    json_key(w, "attributes");
    json_raw(w, p->attributes.n ? p->attributes : SLICE("{}"));
    json_key_bool(w, "universal", facts->flags & FACT_UNIVERSAL);
    json_key_int(w, "stock", offer->stock);
}

enum err product_json(struct view *v, struct json_writer *w, uint32_t product, enum currency currency) {
    uint64_t key = fragment_key(currency == CURRENCY_USD ? FRAGMENT_PRODUCT_USD : FRAGMENT_PRODUCT_CNY, product, 0);
    struct slice members;
    bool shared = !assortment_prices(v); // else they are this dealer's alone
    if (assortment_hides(v, product)) return ERR_NOT_FOUND;
    if (!shared || !fragment_find(v, key, &members)) {
        struct product p;
        struct buf b;
        TRY(product_load(v, product, &p));
        buf_init(&b, v->arena, 768);
        struct json_writer own = json_writer_of(&b);
        product_json_members(v, &own, &p, currency);
        if (b.bad) return ERR_NO_MEMORY;
        members = buf_slice(&b);
        if (shared) fragment_keep(v, key, members);
    }
    json_raw_members(w, members);
    return ERR_OK;
}

enum err product_id_json(struct view *v, struct json_writer *w, uint32_t product) {
    uint64_t key = fragment_key(FRAGMENT_PRODUCT_ID, product, 0);
    struct slice id;
    if (assortment_hides(v, product)) return ERR_NOT_FOUND;
    if (!fragment_find(v, key, &id)) {
        struct product p;
        struct buf b;
        TRY(product_load(v, product, &p));
        buf_init(&b, v->arena, p.external_id.n + 16);
        struct json_writer own = json_writer_of(&b);
        json_string(&own, p.external_id);
        if (b.bad) return ERR_NO_MEMORY;
        id = buf_slice(&b);
        fragment_keep(v, key, id);
    }
    json_raw(w, id);
    return ERR_OK;
}

// ---- texts of an attribute -------------------------------------------------------------------------------------------------
// Where the JSON string that begins at `at` ends, its quote included; `at` itself when there is none.
static size_t string_end(struct slice s, size_t at) {
    if (at >= s.n || s.p[at] != '"') return at;
    for (size_t i = at + 1; i < s.n; i++) {
        if (s.p[i] == '\\') i++;
        else if (s.p[i] == '"') return i + 1;
    }
    return at;
}

// Behind the next mention of the key. Inside strings quotes are escaped, so that a key cannot stand there.
static bool key_find(struct attribute_texts *i) {
    struct slice s = i->attributes;
    while (i->at < s.n) {
        const char *found = memmem(s.p + i->at, s.n - i->at, i->key.p, i->key.n);
        if (!found) return false;
        i->at = (size_t)(found - s.p) + i->key.n;
        if (found > s.p && (found[-1] == '{' || found[-1] == ',')) return true;
    }
    return false;
}

bool attribute_texts_next(struct attribute_texts *i, struct slice *json) {
    struct slice s = i->attributes;
    if (i->list && i->at < s.n && s.p[i->at] == ',') {
        i->at++;
    } else {
        if (!key_find(i)) return false;
        i->list = i->at < s.n && s.p[i->at] == '[';
        i->at += i->list;
    }
    size_t end = string_end(s, i->at);
    *json = slice_of(s.p + i->at, end - i->at);
    i->at = end;
    return json->n > 0;
}
