// api_interchange.c: the products that stand for a part number, each with how the graph of interchange led there.
#include "index/interchange.h"
#include "index/names.h"
#include "index/text.h"
#include "server/api.h"
#include "server/api_routes.h"

static struct slice brand_text(struct view *v, uint32_t brand) {
    struct brand_info info;
    return brand_load(v, brand, &info) == ERR_OK && info.name.n ? info.name : names_text(v, NAMES_BRAND, brand);
}

static enum err brand_param(struct request *rq, struct app_worker *w, uint32_t *brand, struct fault *why) {
    struct slice text = slice_trim(request_param(rq, "brand")), folded;
    struct lexicon_entry found[16];
    unsigned count;
    bool longer;
    *brand = 0;
    if (!request_param(rq, "brand").p) return ERR_OK;
    enum err e = text.n ? names_find(w->view->snapshot, NAMES_BRAND, text, brand) : ERR_NOT_FOUND;
    if (e != ERR_NOT_FOUND) return e;
    TRY(text_fold(w->view->arena, text, &folded));
    TRY(lexicon_lookup(w->view, folded, found, 16, &count, &longer));
    for (unsigned i = 0; i < count && !*brand; i++)
        if (found[i].kind == LEXICON_BRAND) *brand = found[i].id;
    if (*brand) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "brand", "no brand or maker is called '%.*s'", SLICE_ARGS(text));
}

static void step_json(struct view *v, struct json_writer *j, const struct interchange_step *s) {
    json_open(j, '{');
    json_key_string(j, "brand", brand_text(v, s->brand));
    json_key_string(j, "number", s->number);
    json_key_str(j, "relation", s->relation ? number_relation_name(s->relation) : NULL);
    json_key_int(j, "quantity", s->quantity);
    api_key_text(j, "note", s->note);
    json_close(j, '}');
}

static enum err hit_out(struct view *v, struct json_writer *j, const struct interchange_hit *hit, enum currency currency) {
    json_open(j, '{');
    TRY(product_json(v, j, hit->product, currency));
    json_key_str(j, "relation", number_relation_name(hit->relation));
    json_key_int(j, "quantity", hit->quantity);
    api_key_text(j, "note", hit->steps[hit->step_count - 1].note);
    json_key_open(j, "path", '[');
    for (unsigned i = 0; i < hit->step_count; i++) step_json(v, j, &hit->steps[i]);
    json_close(j, ']');
    json_close(j, '}');
    return ERR_OK;
}

static enum err write_out(struct request *rq, struct app_worker *w, struct fault *why) {
    struct interchange found;
    struct api_page page;
    enum currency currency;
    uint32_t brand;
    TRY(api_page(rq, &page, why));
    TRY(api_currency(rq, &currency, why));
    TRY(brand_param(rq, w, &brand, why));
    TRY(interchange_find(w->view, rq->captures[0], brand, &found, why));
    struct json_writer j = json_writer_of(&rq->out);
    json_open(&j, '{');
    json_key_string(&j, "number", rq->captures[0]);
    json_key_string(&j, "canonical", found.canonical);
    json_key_open(&j, "brands", '[');
    for (unsigned i = 0; i < found.brand_count; i++) json_string(&j, brand_text(w->view, found.brands[i]));
    json_close(&j, ']');
    json_key_open(&j, "products", '[');
    for (unsigned i = page.offset; i < found.count && i < page.offset + page.limit; i++)
        TRY(hit_out(w->view, &j, &found.hits[i], currency));
    json_close(&j, ']');
    json_key_int(&j, "total", found.count);
    json_key_bool(&j, "truncated", found.truncated);
    json_close(&j, '}');
    return ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, write_out);
}

// A walk may read a thousand records, so a loop never does it.
enum err api_interchange(struct request *rq, struct fault *why) { return request_compute(rq, on_compute, api_answered, why); }
