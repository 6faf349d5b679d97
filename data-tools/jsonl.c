#include "jsonl.h"

#include <stdlib.h>

#include "index/base/limits.h"

enum { TICK_LINES = 4096, OFFER_PRICES_MAX = 8 };

struct jsonl {
    const struct sink *sink;
    struct jsonl_result *result;
    struct json_parser *parser;
    struct slice source; // file name
    uint32_t line;
    struct arena arena;
};

// The kind of a line without parsing it: only where it is the first member, as no other place is beyond doubt.
static struct slice kind_peek(struct slice line) {
    static const char *const START[] = {"{", "\"kind\"", ":", "\""};
    struct slice rest = slice_trim(line);
    for (unsigned i = 0; i < sizeof START / sizeof *START; i++) {
        if (!slice_starts(rest, slice_str(START[i]))) return SLICE_NONE;
        rest = slice_from(rest, strlen(START[i]));
        if (i < 3) rest = slice_trim(rest);
    }
    return slice_cut(&rest, '"');
}

static unsigned kind_bit(struct slice kind) {
    enum product_kind product;
    if (slice_is(kind, "event")) return JSONL_EVENT;
    if (slice_is(kind, "offer")) return JSONL_OFFER;
    if (slice_is(kind, "user")) return JSONL_USER;
    if (slice_is(kind, "view")) return JSONL_ENTRY;
    if (supply_kind_parse(kind)) return JSONL_SUPPLY;
    return slice_is(kind, "product") || product_kind_parse(kind, &product) ? JSONL_PRODUCT : 0;
}

static unsigned line_bit(struct slice kind, const struct json *object) {
    bool dealers = slice_is(kind, "offer") && json_get(object, "dealer");
    return dealers ? JSONL_ENTRY : kind_bit(kind);
}

// Of a line that is not parsed yet; 0: it has to be.
static unsigned bit_peek(struct slice line) {
    unsigned bit = kind_bit(kind_peek(line));
    return bit == JSONL_OFFER && memmem(line.p, line.n, "\"dealer\"", strlen("\"dealer\"")) ? 0 : bit;
}

// The object without some members: what remains is the body the HTTP API takes.
static const struct json *without(struct arena *a, const struct json *object, const char *first, const char *second) {
    struct json *copy = ARENA_NEW(a, struct json);
    struct json *items = ARENA_ARRAY(a, struct json, object->count);
    struct slice *keys = ARENA_ARRAY(a, struct slice, object->count);
    if (!copy || !items || !keys) return NULL;
    *copy = *object;
    copy->count = 0;
    for (size_t i = 0; i < object->count; i++) {
        if (slice_is(object->keys[i], first) || (second && slice_is(object->keys[i], second))) continue;
        keys[copy->count] = object->keys[i];
        items[copy->count++] = object->items[i];
    }
    copy->keys = keys;
    copy->items = items;
    return copy;
}

static enum err product_line(struct jsonl *j, struct slice kind, const struct json *object, struct fault *why) {
    struct product_doc doc;
    struct slice id = SLICE_NONE;
    TRY(json_get_string(object, "id", &id, why));
    const struct json *body = without(&j->arena, object, "id", slice_is(kind, "product") ? "kind" : NULL);
    if (!body) return ERR_NO_MEMORY;
    TRY(product_doc_from_json(&j->arena, id, body, j->source, j->line, &doc, why));
    TRY(j->sink->product(j->sink->arg, &doc, why));
    j->result->products++;
    return ERR_OK;
}

static enum err offer_price(const struct json *price, int64_t *cny_fen, int64_t *usd_cents, struct fault *why) {
    struct slice currency = SLICE_NONE;
    int64_t amount = -1;
    enum currency which;
    TRY(json_get_integer(price, "amount", 0, INT32_MAX, &amount, why));
    TRY(json_get_string(price, "currency", &currency, why));
    if (amount < 0) return fault_set(why, ERR_BAD_REQUEST, "price", "price.amount is missing");
    if (!currency_parse(currency, &which)) return fault_set(why, ERR_BAD_REQUEST, "price", "price.currency must be CNY or USD");
    *(which == CURRENCY_CNY ? cny_fen : usd_cents) = amount;
    return ERR_OK;
}

static enum err offer_line(struct jsonl *j, const struct json *object, struct fault *why) {
    static const char *const KEYS[] = {"kind", "id", "price", "prices", "stock", NULL};
    struct slice id = SLICE_NONE;
    int64_t cny_fen = -1, usd_cents = -1, stock = -1;
    const struct json *price = NULL, *prices = NULL;
    TRY(json_only_keys(object, KEYS, why));
    TRY(json_get_string(object, "id", &id, why));
    TRY(json_get_object(object, "price", &price, why));
    TRY(json_get_array(object, "prices", &prices, why));
    TRY(json_get_integer(object, "stock", 0, UINT32_MAX, &stock, why));
    if (id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    if (price) TRY(offer_price(price, &cny_fen, &usd_cents, why));
    if (prices && prices->count > OFFER_PRICES_MAX) return fault_set(why, ERR_BAD_REQUEST, "prices", "too many prices");
    for (size_t i = 0; prices && i < prices->count; i++) TRY(offer_price(&prices->items[i], &cny_fen, &usd_cents, why));
    TRY(j->sink->offer(j->sink->arg, id, cny_fen, usd_cents, stock, why));
    j->result->offers++;
    return ERR_OK;
}

static enum err user_line(struct jsonl *j, const struct json *object, struct fault *why) {
    struct slice id = SLICE_NONE;
    TRY(json_get_string(object, "id", &id, why));
    if (id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    const struct json *body = without(&j->arena, object, "kind", "id");
    if (!body) return ERR_NO_MEMORY;
    TRY(j->sink->user(j->sink->arg, id, body, why));
    j->result->users++;
    return ERR_OK;
}

static enum err body_line(struct jsonl *j, enum err (*take)(void *, const struct json *, struct fault *), const struct json *object,
                          uint64_t *count, struct fault *why) {
    const struct json *body = without(&j->arena, object, "kind", NULL);
    if (!body) return ERR_NO_MEMORY;
    TRY(take(j->sink->arg, body, why));
    ++*count;
    return ERR_OK;
}

static enum err supply_line(struct jsonl *j, enum supply_kind kind, const struct json *object, struct fault *why) {
    const struct json *body = without(&j->arena, object, "kind", NULL);
    if (!body) return ERR_NO_MEMORY;
    TRY(j->sink->supply(j->sink->arg, kind, body, why));
    j->result->supplies++;
    return ERR_OK;
}

static enum err entry_line(struct jsonl *j, const char *kind, const struct json *object, struct fault *why) {
    const struct json *body = without(&j->arena, object, "kind", NULL);
    if (!body) return ERR_NO_MEMORY;
    TRY(j->sink->entry(j->sink->arg, kind, body, why));
    j->result->entries++;
    return ERR_OK;
}

// *bit: the line's kind, as soon as that is known.
static enum err line_take(struct jsonl *j, unsigned kinds, struct slice line, unsigned *bit, struct fault *why) {
    const struct json *object;
    struct slice kind = SLICE_NONE;
    TRY(json_parse(j->parser, line, &j->arena, &object, why));
    if (object->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a line must be one JSON object");
    TRY(json_get_string(object, "kind", &kind, why));
    *bit = line_bit(kind, object);
    switch (*bit & kinds) {
    case JSONL_ENTRY: return entry_line(j, slice_is(kind, "view") ? "view" : "offer", object, why);
    case JSONL_PRODUCT: return product_line(j, kind, object, why);
    case JSONL_OFFER: return offer_line(j, object, why);
    case JSONL_SUPPLY: return supply_line(j, supply_kind_parse(kind), object, why);
    case JSONL_USER: return user_line(j, object, why);
    case JSONL_EVENT: return body_line(j, j->sink->event, object, &j->result->events, why);
    default: break;
    }
    if (*bit || !(kinds & JSONL_CATALOGUE)) return ERR_OK; // asked for, or complained about, in another pass
    return fault_set(why, ERR_BAD_REQUEST, "kind", "kind must be product, offer, view, user, event, workshop, depot, district, dealer, price_band or stock");
}

static enum err lines_read(struct jsonl *j, struct input *in, unsigned kinds, struct fault *why) {
    struct slice line;
    uint64_t number;
    for (;;) {
        struct fault row = {0};
        enum err err = input_line(in, &line, &number, &row);
        if (err == ERR_END) return ERR_OK;
        unsigned bit = err == ERR_OK ? bit_peek(line) : 0;
        if (err == ERR_OK && (slice_trim(line).n == 0 || (bit && !(bit & kinds)))) continue;
        arena_reset(&j->arena);
        j->line = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
        if (err == ERR_OK) err = line_take(j, kinds, line, &bit, &row);
        if (sink_rejects(err) && !bit && !(kinds & JSONL_CATALOGUE)) continue; // the other pass has reported it
        if (sink_rejects(err)) {
            j->result->rejected++;
            j->sink->report(j->sink->arg, SINK_REJECTED, number, row.message);
        } else if (err != ERR_OK) {
            if (why) *why = row;
            return err;
        }
        if (j->sink->tick && number % TICK_LINES == 0) j->sink->tick(j->sink->arg);
    }
}

enum err jsonl_read(struct input *in, unsigned kinds, const struct sink *sink, struct jsonl_result *out, struct fault *why) {
    struct jsonl j = {.sink = sink, .result = out, .parser = json_parser_new(), .source = slice_str(input_name(in))};
    memset(out, 0, sizeof *out);
    if (!j.parser) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    arena_init(&j.arena, 256 * 1024, 64u << 20);
    enum err err = lines_read(&j, in, kinds, why);
    arena_destroy(&j.arena);
    json_parser_free(j.parser);
    return err;
}
