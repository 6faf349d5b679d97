// api_product.c: one product with everything recorded about it, and putting and deleting it.
//
// A product may have thousands of applications; those are written out by a compute thread.
#include "index/base/limits.h"
#include "index/catalog.h"
#include "index/key_view.h"
#include "index/names.h"
#include "server/api.h"
#include "server/api_hit.h"
#include "server/api_routes.h"

#define LOOP_APPLICATION_BYTES 4096 // of records that an event loop writes out by itself: about a hundred applications

// ---- reading ------------------------------------------------------------------------------------------------------------------

static enum err find(struct request *rq, struct app_worker *w, uint32_t *id, struct fault *why) {
    enum err e = product_find(w->view, rq->captures[0], id);
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(why, ERR_NOT_FOUND, "id", "no product is called '%.*s'", SLICE_ARGS(rq->captures[0]));
}

static void price_json(struct json_writer *w, uint32_t amount, enum currency currency) {
    if (amount == 0) return;
    json_open(w, '{');
    json_key_int(w, "amount", amount);
    json_key_str(w, "currency", currency_name(currency));
    json_close(w, '}');
}

static void facts_json(struct app_worker *w, struct json_writer *out, uint32_t id) {
    const struct product_facts *facts = columns_facts(w->view, id);
    const struct product_offer *offer = columns_offer(w->view, id);
    json_key_open(out, "prices", '[');
    price_json(out, offer->cny_fen, CURRENCY_CNY);
    price_json(out, offer->usd_cents, CURRENCY_USD);
    json_close(out, ']');
    json_key_bool(out, "non_vehicle", facts->flags & FACT_NON_VEHICLE);
    json_key_double(out, "popularity", (double)facts->popularity);
    char created[CLOCK_TEXT_BYTES];
    clock_format_ms((int64_t)facts->created_day * 86400000, created);
    api_key_text(out, "created", slice_of(created, facts->created_day ? strlen("2026-11-22") : 0)); // a date, as PUT takes it
}

static void numbers_json(struct app_worker *w, struct json_writer *out, const struct product *p) {
    json_key_open(out, "oe", '[');
    for (unsigned i = 0; i < p->number_count; i++) {
        if (p->numbers[i].relation != NUMBER_OE) continue;
        json_open(out, '{');
        json_key_string(out, "maker", names_text(w->view, NAMES_BRAND, p->numbers[i].brand));
        json_key_string(out, "number", p->numbers[i].number);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_key_open(out, "interchange", '[');
    for (unsigned i = 0; i < p->number_count; i++) {
        const struct product_number *n = &p->numbers[i];
        if (n->relation == NUMBER_OE || n->relation == NUMBER_OWN) continue;
        json_open(out, '{');
        json_key_string(out, "brand", names_text(w->view, NAMES_BRAND, n->brand));
        json_key_string(out, "number", n->number);
        json_key_str(out, "relation", number_relation_name(n->relation));
        json_key_int(out, "quantity", n->quantity);
        if (n->note.n) json_key_string(out, "note", n->note);
        json_close(out, '}');
    }
    json_close(out, ']');
}

#define IN_KITS_MAX 100

static enum err external_id_json(struct app_worker *w, struct json_writer *out, uint32_t product) {
    struct product p;
    TRY(product_load(w->view, product, &p));
    json_string(out, p.external_id);
    return ERR_OK;
}

// What a kit holds, with the product of each where it is sold here; and the kits that hold this product.
static enum err kits_json(struct app_worker *w, struct json_writer *out, const struct product *p) {
    uint32_t kits[IN_KITS_MAX], sold;
    unsigned count;
    json_key_int(out, "pack_quantity", p->pack_quantity ? p->pack_quantity : 1);
    json_key_open(out, "kit", '[');
    for (unsigned i = 0; i < p->component_count; i++) {
        const struct product_component *c = &p->components[i];
        TRY(product_of_number(w->view, c->brand_id, c->number, &sold));
        json_open(out, '{');
        json_key_string(out, "brand", c->brand);
        json_key_string(out, "number", c->number);
        json_key_int(out, "quantity", c->quantity);
        json_key_bool(out, "sold_separately", c->sold_separately);
        json_key(out, "product");
        if (sold) TRY(external_id_json(w, out, sold));
        else json_null(out);
        json_close(out, '}');
    }
    json_close(out, ']');
    TRY(product_kits(w->view, columns_facts(w->view, p->id)->brand, p->number, IN_KITS_MAX, kits, &count));
    json_key_open(out, "in_kits", '[');
    for (unsigned i = 0; i < count; i++) TRY(external_id_json(w, out, kits[i]));
    json_close(out, ']');
    return ERR_OK;
}

static enum err applications_json(struct app_worker *w, struct json_writer *out, uint32_t id) {
    struct application *list;
    unsigned count;
    TRY(applications_load(w->view, id, &list, &count));
    json_key_open(out, "applications", '[');
    for (unsigned i = 0; i < count; i++) application_json(w->view, out, &list[i]);
    json_close(out, ']');
    return ERR_OK;
}

static enum err write_out(struct request *rq, struct app_worker *w, struct fault *why) {
    struct product p;
    enum currency currency;
    uint32_t id;
    TRY(api_currency(rq, &currency, why));
    TRY(find(rq, w, &id, why));
    TRY(product_load(w->view, id, &p));
    struct json_writer out = json_writer_of(&rq->out);
    json_open(&out, '{');
    product_json_members(w->view, &out, &p, currency);
    facts_json(w, &out, id);
    numbers_json(w, &out, &p);
    TRY(kits_json(w, &out, &p));
    TRY(variants_json(w, &out, id));
    TRY(applications_json(w, &out, id));
    json_close(&out, '}');
    return ERR_OK;
}

// Writes the product unless that would take long; then rq->out stays empty.
static enum err write_if_short(struct request *rq, struct app_worker *w, struct fault *why) {
    uint32_t id;
    struct slice record = SLICE_NONE;
    TRY(find(rq, w, &id, why));
    uint32_t key = __builtin_bswap32(id);
    enum err e = db_get(w->view->snapshot, TABLE_APPLICATION, slice_of(&key, sizeof key), &record);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    return record.n <= LOOP_APPLICATION_BYTES ? write_out(rq, w, why) : ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, write_out);
}

enum err api_product_get(struct request *rq, struct fault *why) {
    TRY(api_read(rq, why, write_if_short));
    return rq->out.n > 0 ? respond_json(rq, 200) : request_compute(rq, on_compute, api_answered, why);
}

// ---- writing ------------------------------------------------------------------------------------------------------------------

struct put {
    struct api_write write;
    struct product_doc doc;
};

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    struct put *p = (struct put *)(void *)self;
    uint32_t id;
    return catalog_put(t, scratch, &p->doc, &id, &self->why);
}

static enum err put_done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    struct json_writer out = api_begin(rq);
    json_key_string(&out, "id", rq->captures[0]);
    return api_end(rq, &out);
}

static enum err check_id(struct slice id, struct fault *why) {
    if (id.n <= LIMIT_EXTERNAL_ID_BYTES) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "id", "id must be at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
}

// What a key with a view may put: a package of its dealer's that says whose it is, as the views of others go by that.
static enum err check_package(struct request *rq, const struct product_doc *doc, struct fault *why) {
    struct slice owner = key_view_owner(rq->captures[0]);
    unsigned said = 0;
    if (!rq->view[0]) return ERR_OK;
    TRY(api_owned(rq, "id", rq->captures[0], why));
    if (doc->kind != KIND_PACKAGE) return fault_set(why, ERR_FORBIDDEN, "kind", "this key puts products of kind package");
    for (unsigned i = 0; i < doc->attr_count; i++) {
        if (!slice_is(doc->attrs[i].name, "dealer")) continue;
        if (!slice_eq(doc->attrs[i].value, owner)) said = doc->attr_count;
        said++;
    }
    if (said == 1) return ERR_OK;
    return fault_set(why, ERR_FORBIDDEN, "attributes", "this key puts products whose attribute dealer is \"%.*s\"", SLICE_ARGS(owner));
}

enum err api_product_put(struct request *rq, struct fault *why) {
    const struct json *body;
    struct put *p = ARENA_NEW(&rq->arena, struct put);
    if (!p) return ERR_NO_MEMORY;
    TRY(check_id(rq->captures[0], why));
    TRY(request_json(rq, &body, why));
    TRY(product_doc_from_json(&rq->arena, rq->captures[0], body, SLICE("PUT"), 0, &p->doc, why));
    TRY(check_package(rq, &p->doc, why));
    return api_submit(rq, &p->write, apply_put, put_done);
}

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    const struct request *rq = ((struct api_write *)(void *)self)->rq;
    enum err e = catalog_delete(t, scratch, rq->captures[0]);
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(&self->why, e, "id", "no product is called '%.*s'", SLICE_ARGS(rq->captures[0]));
}

enum err api_product_delete(struct request *rq, struct fault *why) {
    struct api_write *write = ARENA_NEW(&rq->arena, struct api_write);
    if (!write) return ERR_NO_MEMORY;
    TRY(check_id(rq->captures[0], why));
    TRY(api_owned(rq, "id", rq->captures[0], why));
    return api_submit(rq, write, apply_delete, api_written);
}
