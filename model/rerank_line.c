#include "rerank_line.h"

#include "index/base/limits.h"
#include "index/product.h"
#include "index/user.h"

// ---- in -----------------------------------------------------------------------------------------------------------

static enum err read_items(struct arena *arena, const struct json *items, struct rerank_line *out, struct fault *why) {
    out->whole = items == NULL;
    if (out->whole && out->limit == 0)
        return fault_set(why, ERR_BAD_REQUEST, "items", "a line needs its items, or a limit for the whole catalogue");
    out->count = items ? items->count : 0;
    if (out->count > LIMIT_RERANK_ITEMS)
        return fault_set(why, ERR_BAD_REQUEST, "items", "a line has at most %d items", LIMIT_RERANK_ITEMS);
    out->items = ARENA_ARRAY(arena, struct slice, out->count + 1);
    if (!out->items) return fault_set(why, ERR_NO_MEMORY, "", "the line needs more memory than allowed");
    for (size_t i = 0; i < out->count; i++) {
        if (items->items[i].type != JSON_STRING) return fault_set(why, ERR_BAD_REQUEST, "items", "items are product ids");
        out->items[i] = items->items[i].string;
    }
    return ERR_OK;
}

enum err rerank_line_read(struct json_parser *parser, struct arena *arena, struct slice text, struct slice market, struct rerank_line *out,
                          struct fault *why) {
    static const char *const keys[] = {"user", "vehicle", "attrs", "market", "items", "limit", NULL};
    const struct json *body, *attrs = NULL, *items = NULL;
    int64_t limit = 0;
    *out = (struct rerank_line){.market = market};
    TRY(json_parse(parser, text, arena, &body, why));
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a line is an object");
    TRY(json_only_keys(body, keys, why));
    TRY(json_get_string(body, "user", &out->user, why));
    TRY(json_get_string(body, "vehicle", &out->vehicle, why));
    TRY(json_get_string(body, "market", &out->market, why));
    TRY(json_get_object(body, "attrs", &attrs, why));
    TRY(json_get_array(body, "items", &items, why));
    TRY(json_get_integer(body, "limit", 1, LIMIT_RERANK_ITEMS, &limit, why));
    TRY(knowledge_attrs_from_json(arena, attrs, &out->attrs, why));
    out->limit = (unsigned)limit;
    return read_items(arena, items, out, why);
}

// ---- the answer ---------------------------------------------------------------------------------------------------

static enum err find_products(const struct rerank *r, const struct rerank_line *line, uint32_t *products) {
    if (r->batch) {
        product_ids_find(r->batch->ids, line->items, line->count, products);
        return ERR_OK;
    }
    for (size_t i = 0; i < line->count; i++) {
        enum err e = product_find(r->view, line->items[i], &products[i]);
        if (e == ERR_NOT_FOUND) products[i] = 0;
        else if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

static enum err write_answer(const struct rerank *r, const struct rerank_line *line, const struct rerank_list *l, struct buf *out) {
    struct rerank_line_out o;
    struct slice id;
    rerank_line_begin(&o, line->user, out);
    for (unsigned i = 0; i < l->hit_count; i++) {
        TRY(rerank_id(r, l, &l->hits[i], &id));
        rerank_line_hit(&o, id, l->hits[i].score, l->hits[i].verdict);
    }
    rerank_line_dropped(&o);
    for (unsigned i = 0; i < l->dropped_count; i++) rerank_line_drop(&o, line->items[l->dropped[i].at], l->dropped[i].why);
    rerank_line_end(&o);
    return out->bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err rerank_line_us(const struct rerank *r, const struct rerank_line *line, unsigned *us, struct fault *why) {
    struct knowledge k;
    TRY(knowledge_parse(r->view, line->vehicle, line->attrs, line->market, &k, why));
    struct rerank_list l = {.k = &k, .whole = line->whole, .limit = line->limit, .count = line->count};
    *us = rerank_list_us(&l, columns_products(r->view));
    return ERR_OK;
}

enum err rerank_line_answer(const struct rerank *r, const struct rerank_line *line, struct buf *out, struct fault *why) {
    struct knowledge k;
    struct rerank_list l = {.k = &k, .whole = line->whole, .limit = line->limit, .count = line->count, .ids = line->items};
    uint32_t *products = arena_alloc(r->view->arena, (line->count + 1) * sizeof *products);
    size_t before = out->n;
    if (!products) return ERR_NO_MEMORY;
    TRY(knowledge_parse(r->view, line->vehicle, line->attrs, line->market, &k, why));
    TRY(find_products(r, line, products));
    enum err e = line->user.n ? user_find(r->view, line->user, &l.user) : ERR_NOT_FOUND;
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e; // a user nobody knows is anonymous
    l.products = products;
    e = rerank_list(r, &l);
    if (e == ERR_OK) e = write_answer(r, line, &l, out);
    if (e != ERR_OK) out->n = before;
    return e;
}

// ---- out ----------------------------------------------------------------------------------------------------------

void rerank_line_begin(struct rerank_line_out *o, struct slice user, struct buf *out) {
    o->w = json_writer_of(out);
    json_open(&o->w, '{');
    json_key(&o->w, "user");
    if (user.n) json_string(&o->w, user);
    else json_null(&o->w);
    json_key_open(&o->w, "items", '[');
}

void rerank_line_hit(struct rerank_line_out *o, struct slice id, float score, uint32_t verdict) {
    json_open(&o->w, '{');
    json_key_string(&o->w, "id", id);
    json_key_double(&o->w, "score", (double)score);
    json_key_str(&o->w, "verdict", verdict_name((enum verdict)verdict));
    json_close(&o->w, '}');
}

void rerank_line_dropped(struct rerank_line_out *o) {
    json_close(&o->w, ']');
    json_key_open(&o->w, "dropped", '[');
}

void rerank_line_drop(struct rerank_line_out *o, struct slice id, uint32_t why) {
    json_open(&o->w, '{');
    json_key_string(&o->w, "id", id);
    json_key_str(&o->w, "why", rerank_why_name((enum rerank_why)why));
    json_close(&o->w, '}');
}

void rerank_line_end(struct rerank_line_out *o) {
    json_close(&o->w, ']');
    json_close(&o->w, '}');
    buf_char(o->w.out, '\n');
}

void rerank_line_error(uint64_t number, const struct fault *why, struct buf *out) {
    struct json_writer w = json_writer_of(out);
    json_open(&w, '{');
    json_key_int(&w, "line", (int64_t)number);
    json_key_open(&w, "error", '{');
    json_key_str(&w, "code", err_name(why->code));
    json_key_str(&w, "message", why->message);
    json_key_str(&w, "field", why->field);
    json_close(&w, '}');
    json_close(&w, '}');
    buf_char(out, '\n');
}

// From the text form of attrs= back to the object that it came from.
static void write_attrs(struct json_writer *w, struct arena *arena, struct slice attrs) {
    json_key_open(w, "attrs", '{');
    while (attrs.n) {
        struct slice values = slice_cut(&attrs, ','), name = slice_cut(&values, ':');
        json_key_slice(w, knowledge_unescape(arena, name));
        json_open(w, '[');
        while (values.p) json_string(w, knowledge_unescape(arena, slice_cut(&values, '|')));
        json_close(w, ']');
    }
    json_close(w, '}');
}

void rerank_line_write(const struct rerank_line *line, struct arena *arena, struct buf *out) {
    struct json_writer w = json_writer_of(out);
    json_open(&w, '{');
    if (line->user.n) json_key_string(&w, "user", line->user);
    if (line->vehicle.n) json_key_string(&w, "vehicle", line->vehicle);
    if (line->attrs.n) write_attrs(&w, arena, line->attrs);
    if (line->market.n) json_key_string(&w, "market", line->market);
    if (line->limit) json_key_int(&w, "limit", line->limit);
    if (!line->whole) {
        json_key_open(&w, "items", '[');
        for (size_t i = 0; i < line->count; i++) json_string(&w, line->items[i]);
        json_close(&w, ']');
    }
    json_close(&w, '}');
    buf_char(out, '\n');
}
