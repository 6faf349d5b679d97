#include "model/rerank.h"

#include <stdlib.h>

#include "index/assortment.h"
#include "index/base/json.h"
#include "index/base/limits.h"
#include "index/fitment.h"
#include "index/product.h"
#include "index/user.h"

struct item {
    struct slice id;
    uint32_t product;
    float score;
    uint8_t verdict;
};
struct dropped { struct slice id; const char *why; };

struct line {
    struct slice user, vehicle, attrs, market;
    const struct json *items;
    struct knowledge k;
    struct item *kept;
    struct dropped *dropped;
    unsigned kept_count, dropped_count;
};

static enum err line_parse(const struct rerank *r, struct slice text, struct line *out, struct fault *why) {
    static const char *const keys[] = {"user", "vehicle", "attrs", "market", "items", NULL};
    const struct json *body, *attrs = NULL;
    TRY(json_parse(r->parser, text, r->view->arena, &body, why));
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a line is an object");
    TRY(json_only_keys(body, keys, why));
    *out = (struct line){.market = r->market};
    TRY(json_get_string(body, "user", &out->user, why));
    TRY(json_get_string(body, "vehicle", &out->vehicle, why));
    TRY(json_get_string(body, "market", &out->market, why));
    TRY(json_get_object(body, "attrs", &attrs, why));
    TRY(json_get_array(body, "items", &out->items, why));
    TRY(knowledge_attrs_from_json(r->view->arena, attrs, &out->attrs, why));
    if (!out->items) return fault_set(why, ERR_BAD_REQUEST, "items", "a line needs its items");
    if (out->items->count > LIMIT_RERANK_ITEMS)
        return fault_set(why, ERR_BAD_REQUEST, "items", "a line has at most %d items", LIMIT_RERANK_ITEMS);
    for (size_t i = 0; i < out->items->count; i++)
        if (out->items->items[i].type != JSON_STRING) return fault_set(why, ERR_BAD_REQUEST, "items", "items are product ids");
    return ERR_OK;
}

static enum err item_judge(const struct rerank *r, struct line *l, struct slice id) {
    struct item item = {.id = id};
    enum err e = product_find(r->view, id, &item.product);
    if (e == ERR_NOT_FOUND) {
        l->dropped[l->dropped_count++] = (struct dropped){id, "unknown_product"};
        return ERR_OK;
    }
    TRY(e);
    struct match m = {.verdict = VERDICT_UNKNOWN};
    if (l->k.given) TRY(fitment_verdict(r->view, &l->k, item.product, &m));
    item.verdict = m.verdict;
    if (m.verdict == VERDICT_NO) l->dropped[l->dropped_count++] = (struct dropped){id, "no"};
    else l->kept[l->kept_count++] = item;
    return ERR_OK;
}

static enum err items_judge(const struct rerank *r, struct line *l) {
    size_t n = l->items->count;
    l->kept = ARENA_ARRAY(r->view->arena, struct item, n + 1);
    l->dropped = ARENA_ARRAY(r->view->arena, struct dropped, n + 1);
    if (!l->kept || !l->dropped) return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) TRY(item_judge(r, l, l->items->items[i].string));
    return ERR_OK;
}

static enum err items_score(const struct rerank *r, struct line *l) {
    uint32_t *products = ARENA_ARRAY(r->view->arena, uint32_t, l->kept_count + 1), user = 0;
    float *scores = ARENA_ARRAY(r->view->arena, float, l->kept_count + 1);
    struct rank_person person;
    if (!products || !scores) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < l->kept_count; i++) products[i] = l->kept[i].product;
    enum err e = l->user.n ? user_find(r->view, l->user, &user) : ERR_NOT_FOUND;
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e; // a user nobody knows is anonymous
    TRY(rank_person_load(r->ranker, r->view, user, NULL, 0, &person));
    TRY(rank_score(r->ranker, r->view, &person, RANK_BATCH, products, l->kept_count, scores, NULL));
    for (unsigned i = 0; i < l->kept_count; i++) l->kept[i].score = scores[i];
    return ERR_OK;
}

static int compare_items(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->verdict != y->verdict) return x->verdict < y->verdict ? 1 : -1;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return slice_cmp(x->id, y->id);
}

static void line_write(const struct line *l, struct buf *out) {
    struct json_writer w = json_writer_of(out);
    json_open(&w, '{');
    json_key(&w, "user");
    if (l->user.n) json_string(&w, l->user);
    else json_null(&w);
    json_key_open(&w, "items", '[');
    for (unsigned i = 0; i < l->kept_count; i++) {
        json_open(&w, '{');
        json_key_string(&w, "id", l->kept[i].id);
        json_key_double(&w, "score", (double)l->kept[i].score);
        json_key_str(&w, "verdict", verdict_name(l->kept[i].verdict));
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_key_open(&w, "dropped", '[');
    for (unsigned i = 0; i < l->dropped_count; i++) {
        json_open(&w, '{');
        json_key_string(&w, "id", l->dropped[i].id);
        json_key_str(&w, "why", l->dropped[i].why);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    buf_char(out, '\n');
}

enum err rerank_line(const struct rerank *r, struct slice line, struct buf *out, struct fault *why) {
    const struct key_view *only = assortment_view(r->view);
    struct line l;
    TRY(line_parse(r, line, &l, why));
    if (only && only->market.n) l.market = only->market;
    TRY(knowledge_parse(r->view, l.vehicle, l.attrs, l.market, &l.k, why));
    TRY(items_judge(r, &l));
    rank_begin(r->ranker);
    enum err e = items_score(r, &l);
    rank_end(r->ranker);
    TRY(e);
    qsort(l.kept, l.kept_count, sizeof *l.kept, compare_items);
    line_write(&l, out);
    return out->bad ? ERR_NO_MEMORY : ERR_OK;
}
