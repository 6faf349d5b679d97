#include "catalog.h"

#include "base/limits.h"
#include "batch.h"
#include "catalog_resolve.h"
#include "fitment.h"
#include "fragment.h"
#include "names.h"
#include "posting.h"
#include "product_class.h"
#include "product_tokens.h"
#include "product_values.h"
#include "product_variants.h"
#include "spell.h"

static struct slice id_key(uint32_t *space, uint32_t id) {
    *space = __builtin_bswap32(id);
    return slice_of(space, sizeof *space);
}

// ---- what the groups still believe -------------------------------------------------------------------------------------------
// TABLE_DIRTY keeps, under the type the groups know, the applications they were built from, so that a merge can find the old
// rows. Under a new type it keeps nothing: there are no old rows there. A product whose rows stay the same needs no mark.
static bool same_rows(const struct product_version *old, const struct product_version *new) {
    return old->exists && new->exists && old->facts.type == new->facts.type &&
           (old->facts.flags & FACT_UNIVERSAL) == (new->facts.flags & FACT_UNIVERSAL) && slice_eq(old->applications, new->applications);
}

static enum err mark_dirty(struct txn *t, struct view *v, uint32_t product, const struct product_version *old, uint32_t new_type) {
    uint32_t key[2] = {__builtin_bswap32(old->facts.type), __builtin_bswap32(product)};
    struct slice value;
    if (old->exists && db_get(v->snapshot, TABLE_DIRTY, slice_of(key, sizeof key), &value) == ERR_NOT_FOUND)
        TRY(txn_put(t, TABLE_DIRTY, slice_of(key, sizeof key), old->applications));
    if (old->exists && new_type == old->facts.type) return ERR_OK;
    key[0] = __builtin_bswap32(new_type);
    if (db_get(v->snapshot, TABLE_DIRTY, slice_of(key, sizeof key), &value) != ERR_NOT_FOUND) return ERR_OK;
    return txn_put(t, TABLE_DIRTY, slice_of(key, sizeof key), SLICE(""));
}

// ---- words and numbers ---------------------------------------------------------------------------------------------------------
// A word that comes, or goes with its last product, does so in the speller as well.
static enum err token_enter(struct txn *t, struct slice token, uint32_t product) {
    TRY(posting_add(t, token, product));
    return token.p[0] == 'w' ? spell_put(t, slice_from(token, 1)) : ERR_OK;
}

static enum err token_leave(struct txn *t, struct arena *scratch, struct slice token, uint32_t product) {
    uint32_t left;
    TRY(posting_remove(t, token, product));
    if (token.p[0] != 'w') return ERR_OK;
    struct view v = {.snapshot = txn_snapshot(t), .arena = scratch, .clock = &clock_system};
    TRY(posting_estimate(&v, token, &left));
    return left ? ERR_OK : spell_delete(t, slice_from(token, 1));
}

static enum err tokens_change(struct txn *t, struct arena *scratch, const struct slice *old, unsigned old_count,
                              const struct slice *new, unsigned new_count, uint32_t product) {
    unsigned i = 0, j = 0;
    while (i < old_count || j < new_count) {
        int order = i == old_count ? 1 : j == new_count || !new ? -1 : slice_cmp(old[i], new[j]);
        if (order < 0) TRY(token_leave(t, scratch, old[i], product));
        if (order > 0) TRY(token_enter(t, new[j], product));
        i += order <= 0;
        j += order >= 0;
    }
    return ERR_OK;
}

static enum err number_change(struct txn *t, struct slice number, enum number_relation r, uint32_t brand, uint32_t product,
                              uint16_t quantity, bool add) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(number, canonical, sizeof canonical);
    if (n == 0) return ERR_OK;
    if (add) return number_put(t, slice_of(canonical, n), r, brand, product, quantity);
    enum err e = number_delete(t, slice_of(canonical, n), r, brand, product);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err numbers_change(struct txn *t, const struct product *p, uint32_t brand, uint32_t product, bool add) {
    TRY(number_change(t, p->number, NUMBER_OWN, brand, product, 1, add));
    for (unsigned i = 0; i < p->number_count; i++) {
        const struct product_number *n = &p->numbers[i];
        TRY(number_change(t, n->number, n->relation, n->brand, product, n->quantity, add));
    }
    for (unsigned i = 0; i < p->component_count; i++) {
        const struct product_component *c = &p->components[i];
        TRY(number_change(t, c->number, NUMBER_COMPONENT, c->brand_id, product, c->quantity, add));
    }
    return number_change(t, product_variant_of(p), NUMBER_VARIANT, brand, product, 1, add);
}

// ---- versions --------------------------------------------------------------------------------------------------------------------
void catalog_version_encode(struct buf *out, const struct product_version *version) {
    buf_u8(out, version->exists);
    if (!version->exists) return;
    buf_put(out, &version->facts, sizeof version->facts);
    buf_put(out, &version->offer, sizeof version->offer);
    buf_string(out, version->record);
    buf_string(out, version->applications);
}

enum err catalog_version_decode(struct slice bytes, struct product_version *out) {
    struct reader r = reader_of(bytes);
    *out = (struct product_version){.exists = reader_u8(&r) != 0};
    if (!out->exists) return r.bad ? ERR_DAMAGED : ERR_OK;
    bool whole = reader_take(&r, &out->facts, sizeof out->facts) && reader_take(&r, &out->offer, sizeof out->offer);
    out->record = reader_string(&r);
    out->applications = reader_string(&r);
    return whole && !r.bad ? ERR_OK : ERR_DAMAGED;
}

enum err catalog_version_load(struct view *v, uint32_t product, struct product_version *out) {
    uint32_t space;
    *out = (struct product_version){.facts = *columns_facts(v, product)};
    if (out->facts.flags & FACT_DELETED) return ERR_OK;
    out->exists = true;
    out->offer = *columns_offer(v, product);
    TRY(db_get(v->snapshot, TABLE_PRODUCT, id_key(&space, product), &out->record));
    enum err e = db_get(v->snapshot, TABLE_APPLICATION, id_key(&space, product), &out->applications);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    // A copy, since the pages it lies in may be about to be rewritten.
    out->record = arena_copy(v->arena, out->record);
    if (out->applications.n) out->applications = arena_copy(v->arena, out->applications);
    return v->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

static enum err derived_change(struct txn *t, struct view *v, uint32_t id, const struct product_version *old,
                               const struct product_version *new) {
    struct product was, is;
    struct slice *old_tokens = NULL, *tokens = NULL;
    unsigned old_count = 0, count = 0;
    if (old->exists) {
        TRY(product_decode(v->arena, old->record, &was));
        TRY(product_tokens(v, &was, old->facts.type, old->facts.brand, old->applications, &old_tokens, &old_count));
    }
    if (new->exists) {
        TRY(product_decode(v->arena, new->record, &is));
        TRY(product_tokens(v, &is, new->facts.type, new->facts.brand, new->applications, &tokens, &count));
    }
    TRY(tokens_change(t, v->arena, old_tokens, old_count, tokens, count, id));
    TRY(product_values_put(t, v->arena, id, new->exists ? is.attributes : SLICE_NONE));
    if (old->exists) TRY(numbers_change(t, &was, old->facts.brand, id, false));
    return new->exists ? numbers_change(t, &is, new->facts.brand, id, true) : ERR_OK;
}

static enum err unresolved_note(struct txn *t, uint32_t id, struct slice applications) {
    uint32_t space;
    bool unresolved;
    TRY(applications_unresolved(applications, &unresolved));
    if (unresolved) return txn_put(t, TABLE_UNRESOLVED, id_key(&space, id), SLICE(""));
    enum err e = txn_delete(t, TABLE_UNRESOLVED, id_key(&space, id));
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

// A product this slot does not have, or no longer.
static enum err id_enter(struct txn *t, struct view *v, struct slice record, uint32_t id) {
    struct product p;
    TRY(product_decode(v->arena, record, &p));
    if (id > columns_products(v)) TRY(columns_set_products(t, id));
    return txn_put(t, TABLE_PRODUCT_ID, p.external_id, slice_of(&id, sizeof id));
}

enum err catalog_version_put(struct txn *t, struct view *v, uint32_t batch, const struct product_version *version, uint32_t *id) {
    struct product_version old;
    uint32_t space;
    columns_cache_forget(v);
    if (*id == 0) *id = columns_products(v) + 1;
    TRY(catalog_version_load(v, *id, &old));
    if (!old.exists && version->exists) TRY(id_enter(t, v, version->record, *id));
    TRY(batch_note(t, v, batch, *id, &old));
    TRY(fragment_epoch_advance(t));
    if (!old.exists && !version->exists) return ERR_OK;
    if (!same_rows(&old, version)) TRY(mark_dirty(t, v, *id, &old, version->exists ? version->facts.type : old.facts.type));
    TRY(derived_change(t, v, *id, &old, version));
    TRY(unresolved_note(t, *id, version->exists ? version->applications : SLICE_NONE));
    columns_cache_forget(v);
    if (!version->exists) {
        struct product_facts gone = old.facts;
        gone.flags |= FACT_DELETED;
        return columns_set_facts(t, *id, &gone);
    }
    struct product_facts facts = version->facts;
    TRY(product_class_count(v->arena, version->applications, &facts));
    TRY(txn_put(t, TABLE_PRODUCT, id_key(&space, *id), version->record));
    TRY(txn_put(t, TABLE_APPLICATION, id_key(&space, *id), version->applications.n ? version->applications : SLICE("\0")));
    TRY(columns_set_facts(t, *id, &facts));
    return columns_set_offer(t, *id, &version->offer);
}

// ---- one product ------------------------------------------------------------------------------------------------------------------
static enum err applications_encode(struct resolver *r, const struct product_doc *doc, struct slice *out, struct fault *why) {
    struct buf list, record;
    unsigned count = 0, unresolved = 0;
    buf_init(&list, r->view.arena, 1024);
    for (unsigned i = 0; i < doc->application_count; i++)
        TRY(resolve_application(r, &doc->applications[i], &list, &count, &unresolved, why));
    if (count > LIMIT_APPLICATIONS)
        return fault_set(why, ERR_BAD_REQUEST, "applications", "more than %d applications", LIMIT_APPLICATIONS);
    buf_init(&record, r->view.arena, list.n + 8);
    applications_frame(&record, buf_slice(&list), count);
    *out = buf_slice(&record);
    return record.bad ? ERR_NO_MEMORY : ERR_OK;
}

// The dense id an external id has, also when its product is deleted; 0: none yet.
static enum err id_of(struct view *v, struct slice external_id, uint32_t *id) {
    struct slice value;
    *id = 0;
    enum err e = db_get(v->snapshot, TABLE_PRODUCT_ID, external_id, &value);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    struct reader r = reader_of(value);
    *id = reader_u32(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err catalog_put_in(struct resolver *r, uint32_t batch, const struct product_doc *doc, uint32_t *id, struct fault *why) {
    struct resolved n;
    struct product_version version = {.exists = true};
    struct buf record;
    TRY(resolve_product(r, doc, &n, why));
    TRY(applications_encode(r, doc, &version.applications, why));
    TRY(id_of(&r->view, n.record.external_id, id));
    columns_cache_forget(&r->view);
    const struct product_facts *old = columns_facts(&r->view, *id);
    const struct product_offer *offer = columns_offer(&r->view, *id);
    bool existed = *id && !(old->flags & FACT_DELETED);
    if (existed && doc->cny_fen < 0) n.offer.cny_fen = offer->cny_fen;
    if (existed && doc->usd_cents < 0) n.offer.usd_cents = offer->usd_cents;
    if (existed && doc->keeps_stock) n.offer.stock = offer->stock;
    buf_init(&record, r->view.arena, 512);
    product_encode(&record, &n.record);
    if (record.bad) return ERR_NO_MEMORY;
    version.record = buf_slice(&record);
    version.facts = n.facts;
    version.offer = n.offer;
    return catalog_version_put(r->txn, &r->view, batch, &version, id);
}

enum err catalog_put(struct txn *t, struct arena *scratch, const struct product_doc *doc, uint32_t *id, struct fault *why) {
    struct resolver r;
    enum err e = resolver_init(&r, t, scratch);
    if (e == ERR_OK) e = catalog_put_in(&r, BATCH_NONE, doc, id, why);
    resolver_destroy(&r);
    return e;
}

enum err catalog_delete(struct txn *t, struct arena *scratch, struct slice id) {
    struct view v;
    uint32_t product;
    enum err e = view_of_txn(t, scratch, &clock_system, &v);
    if (e == ERR_OK) e = product_find(&v, id, &product);
    if (e == ERR_OK) e = catalog_version_put(t, &v, BATCH_NONE, &(struct product_version){0}, &product);
    view_of_txn_end(&v);
    return e;
}
