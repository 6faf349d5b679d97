// Small changes of one product in a transaction of the caller's: one application, price and stock, deletion by number.
#include "application_set.h"
#include "batch.h"
#include "base/limits.h"
#include "catalog_resolve.h"
#include "fragment.h"

// The products of a brand that have this number as their own.
static enum err by_number(struct resolver *r, struct slice brand, struct slice number, struct number_hit out[LIMIT_SAME_NUMBER], unsigned *count) {
    uint32_t id;
    *count = 0;
    columns_cache_forget(&r->view);
    TRY(resolve_brand(r, brand, &id, NULL));
    return number_own(&r->view, number, id, LIMIT_SAME_NUMBER, out, count);
}

// ---- one application -------------------------------------------------------------------------------------------------------------
static enum err bare_product(struct resolver *r, struct slice brand, struct slice number, struct slice type, uint32_t *id, struct fault *why) {
    struct product_doc bare = {.brand = brand, .number = number, .type = type, .cny_fen = -1, .usd_cents = -1};
    return catalog_put_in(r, BATCH_NONE, &bare, id, why);
}

static enum err application_change(struct resolver *r, enum catalog_change change, uint32_t product, const struct application_doc *doc,
                                   struct fault *why) {
    struct product_version version;
    struct application_set set;
    struct buf given, list, record;
    struct slice stored;
    unsigned count = 0, unresolved = 0;
    buf_init(&given, r->view.arena, 256);
    TRY(resolve_application(r, doc, &given, &count, &unresolved, why));
    columns_cache_forget(&r->view);
    TRY(catalog_version_load(&r->view, product, &version));
    TRY(applications_list(r->view.arena, version.applications, &stored, &count));
    application_set_init(&set, r->view.arena);
    TRY(application_set_add(&set, stored));
    enum err e = change == CATALOG_ADD ? application_set_add(&set, buf_slice(&given)) : application_set_remove(&set, buf_slice(&given));
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "application", "there is no such application to delete");
    TRY(e);
    buf_init(&list, r->view.arena, stored.n + given.n + 64);
    TRY(application_set_list(&set, &list, &count, &unresolved));
    if (count > LIMIT_APPLICATIONS)
        return fault_set(why, ERR_BAD_REQUEST, "application", "more than %d applications", LIMIT_APPLICATIONS);
    buf_init(&record, r->view.arena, list.n + 64);
    applications_frame(&record, buf_slice(&list), count);
    if (record.bad) return ERR_NO_MEMORY;
    version.applications = buf_slice(&record);
    return catalog_version_put(r->txn, &r->view, BATCH_NONE, &version, &product);
}

static enum err application_put(struct resolver *r, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                                const struct application_doc *doc, struct fault *why) {
    struct number_hit found[LIMIT_SAME_NUMBER];
    unsigned count;
    TRY(by_number(r, brand, number, found, &count));
    if (count == 0 && change == CATALOG_REMOVE) return fault_set(why, ERR_NOT_FOUND, "number", "there is no such product");
    if (count == 0) TRY(bare_product(r, brand, number, type, &found[0].product, why));
    return application_change(r, change, found[0].product, doc, why);
}

enum err catalog_put_application(struct txn *t, struct arena *scratch, enum catalog_change change, struct slice brand, struct slice number,
                                 struct slice type, const struct application_doc *doc, struct fault *why) {
    struct resolver r;
    enum err e = resolver_init(&r, t, scratch);
    if (e == ERR_OK) e = application_put(&r, change, brand, number, type, doc, why);
    resolver_destroy(&r);
    return e;
}

// ---- price and stock ----------------------------------------------------------------------------------------------------------------
static enum err offer_put(struct txn *t, struct view *v, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock, struct fault *why) {
    uint32_t product;
    if (product_find(v, id, &product) != ERR_OK)
        return fault_set(why, ERR_BAD_REQUEST, "id", "no product is called '%.*s'", SLICE_ARGS(id));
    struct product_offer offer = *columns_offer(v, product);
    if (cny_fen >= 0) offer.cny_fen = (uint32_t)cny_fen;
    if (usd_cents >= 0) offer.usd_cents = (uint32_t)usd_cents;
    if (stock >= 0) offer.stock = (uint32_t)stock;
    TRY(columns_set_offer(t, product, &offer));
    TRY(fragment_epoch_advance(t));
    return batch_note_offer(t, product);
}

enum err catalog_put_offer(struct txn *t, struct arena *scratch, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock,
                           struct fault *why) {
    struct view v;
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = offer_put(t, &v, id, cny_fen, usd_cents, stock, why);
    view_of_txn_end(&v);
    return e;
}

// ---- deletion -------------------------------------------------------------------------------------------------------------------------
enum err catalog_delete_number(struct txn *t, struct arena *scratch, struct slice brand, struct slice number, struct fault *why) {
    struct resolver r;
    struct number_hit found[LIMIT_SAME_NUMBER];
    unsigned count = 0;
    enum err e = resolver_init(&r, t, scratch);
    if (e == ERR_OK) e = by_number(&r, brand, number, found, &count);
    for (unsigned i = 0; e == ERR_OK && i < count; i++)
        e = catalog_version_put(t, &r.view, BATCH_NONE, &(struct product_version){0}, &found[i].product);
    resolver_destroy(&r);
    return e == ERR_OK && count == 0 ? fault_set(why, ERR_NOT_FOUND, "number", "there is no such product") : e;
}
