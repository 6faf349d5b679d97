#include "key_view.h"

#include "attribute.h"
#include "base/limits.h"
#include "filter.h"

bool key_view_dealer_is(struct slice text) { return text.n <= KEY_VIEW_DEALER_BYTES && key_view_name_is(text); }

struct slice key_view_owner(struct slice id) {
    struct slice rest = id, owner = slice_cut(&rest, ':');
    return rest.p ? owner : SLICE_NONE;
}

// ---- records ----------------------------------------------------------------------------------------------------------------------
enum err key_view_decode(struct slice id, struct slice record, struct key_view *out) {
    struct reader r = reader_of(record);
    *out = (struct key_view){.id = id};
    out->name = reader_string(&r);
    out->filters = reader_string(&r);
    out->market = reader_string(&r);
    out->dealer = reader_string(&r);
    out->currency = reader_u8(&r) ? CURRENCY_USD : CURRENCY_CNY;
    uint64_t count = reader_varint(&r);
    if (r.bad || count > KEY_VIEW_TERRITORIES_MAX) return ERR_DAMAGED;
    for (; out->territory_count < count; out->territory_count++) out->territories[out->territory_count] = reader_string(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err key_view_load(struct view *v, struct slice id, struct key_view *out) {
    struct slice value;
    if (!key_view_name_is(id)) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_KEY_VIEW, id, &value));
    return key_view_decode(id, value, out);
}

enum err key_view_each(struct view *v, enum err (*each)(void *arg, const struct key_view *view), void *arg) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_KEY_VIEW);
    struct slice key, value;
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, SLICE_NONE, &key, &value);
    for (; e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        struct key_view view;
        if ((e = key_view_decode(key, value, &view)) != ERR_OK || (e = each(arg, &view)) != ERR_OK) break;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// ---- JSON -------------------------------------------------------------------------------------------------------------------------
static enum err territories_from(const struct json *body, struct key_view *out, struct fault *why) {
    const struct json *list = NULL;
    TRY(json_get_array(body, "territories", &list, why));
    if (list && list->count > KEY_VIEW_TERRITORIES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "territories", "a view has at most %d territories", KEY_VIEW_TERRITORIES_MAX);
    for (size_t i = 0; list && i < list->count; i++) {
        if (list->items[i].type != JSON_STRING || list->items[i].string.n == 0 || list->items[i].string.n > LIMIT_EXTERNAL_ID_BYTES)
            return fault_set(why, ERR_BAD_REQUEST, "territories", "territories are texts of 1 to %d bytes", LIMIT_EXTERNAL_ID_BYTES);
        if (slice_starts(list->items[i].string, SLICE("/")) || slice_ends(list->items[i].string, SLICE("/")))
            return fault_set(why, ERR_BAD_REQUEST, "territories", "a territory is a path as those of districts, without '/' at its ends");
        out->territories[out->territory_count++] = list->items[i].string;
    }
    return ERR_OK;
}

enum err key_view_from_json(const struct json *body, struct key_view *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "name", "filters", "market", "currency", "dealer", "territories", NULL};
    struct slice currency = SLICE_NONE;
    *out = (struct key_view){.currency = CURRENCY_CNY};
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a view is an object");
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "id", &out->id, why));
    TRY(json_get_string(body, "name", &out->name, why));
    TRY(json_get_string(body, "filters", &out->filters, why));
    TRY(json_get_string(body, "market", &out->market, why));
    TRY(json_get_string(body, "currency", &currency, why));
    TRY(json_get_string(body, "dealer", &out->dealer, why));
    TRY(territories_from(body, out, why));
    if (!key_view_name_is(out->id)) return fault_set(why, ERR_BAD_REQUEST, "id", "id is 1 to %d letters, digits, '_' or '-'", KEY_VIEW_BYTES);
    if (out->name.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "name", "name is longer than %d bytes", LIMIT_TEXT_BYTES);
    if (out->filters.n > KEY_VIEW_FILTER_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "filters", "filters are longer than %d bytes", KEY_VIEW_FILTER_BYTES);
    if (currency.n && !currency_parse(currency, &out->currency))
        return fault_set(why, ERR_BAD_REQUEST, "currency", "currency is CNY or USD");
    if (out->dealer.n && !key_view_dealer_is(out->dealer))
        return fault_set(why, ERR_BAD_REQUEST, "dealer", "dealer is at most %d letters, digits, '_' or '-'", KEY_VIEW_DEALER_BYTES);
    return ERR_OK;
}

void key_view_json(struct json_writer *w, const struct key_view *view) {
    json_open(w, '{');
    json_key_string(w, "id", view->id);
    json_key_string(w, "name", view->name);
    json_key_string(w, "filters", view->filters);
    json_key_string(w, "market", view->market);
    json_key_str(w, "currency", currency_name(view->currency));
    json_key_string(w, "dealer", view->dealer);
    json_key_open(w, "territories", '[');
    for (unsigned i = 0; i < view->territory_count; i++) json_string(w, view->territories[i]);
    json_close(w, ']');
    json_close(w, '}');
}

// ---- writing ----------------------------------------------------------------------------------------------------------------------
static enum err check(struct view *v, const struct key_view *view, struct slice *market, struct fault *why) {
    struct filter filter;
    TRY(filter_parse(v, view->filters, view->currency, &filter, why));
    if (filter.needs & BLOCK_FIT) return fault_set(why, ERR_BAD_REQUEST, "filters", "fit depends on a car and is no part of a view");
    *market = SLICE_NONE;
    if (view->market.n == 0) return ERR_OK;
    enum err e = attribute_normalise(v, SLICE("market"), view->market, market);
    if (e != ERR_BAD_REQUEST && e != ERR_TOO_LARGE) return e;
    return fault_set(why, ERR_BAD_REQUEST, "market", "no market is called '%.*s'", (int)(view->market.n < 60 ? view->market.n : 60), view->market.p);
}

enum err key_view_put(struct txn *t, struct arena *scratch, const struct key_view *view, struct fault *why) {
    struct view v;
    struct slice market;
    struct buf b;
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = check(&v, view, &market, why);
    if (e == ERR_OK) market = arena_copy(scratch, market);
    view_of_txn_end(&v);
    TRY(e);
    buf_init(&b, scratch, 512);
    buf_string(&b, view->name);
    buf_string(&b, view->filters);
    buf_string(&b, market);
    buf_string(&b, view->dealer);
    buf_u8(&b, view->currency == CURRENCY_USD);
    buf_varint(&b, view->territory_count);
    for (unsigned i = 0; i < view->territory_count; i++) buf_string(&b, view->territories[i]);
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_KEY_VIEW, view->id, buf_slice(&b));
}

enum err key_view_delete(struct txn *t, struct slice id, struct fault *why) {
    enum err e = key_view_name_is(id) ? txn_delete(t, TABLE_KEY_VIEW, id) : ERR_NOT_FOUND;
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(why, e, "id", "there is no view \"%.*s\"", (int)(id.n < 60 ? id.n : 60), id.p);
}
