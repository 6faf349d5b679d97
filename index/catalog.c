#include "catalog.h"

#include "base/limits.h"
#include "catalog_resolve.h"
#include "fitment.h"
#include "fragment.h"
#include "names.h"
#include "posting.h"
#include "product_class.h"
#include "product_variants.h"

static struct slice id_key(uint32_t *space, uint32_t id) {
    *space = __builtin_bswap32(id);
    return slice_of(space, sizeof *space);
}

// ---- what the groups still believe -------------------------------------------------------------------------------------------
// TABLE_DIRTY keeps, under the type the groups know, the applications they were built from, so that a merge can find the old
// rows. Under a new type it keeps nothing: there are no old rows there.
static enum err mark_dirty(struct txn *t, struct view *v, uint32_t product, uint32_t old_type, uint32_t new_type, bool existed) {
    uint32_t key[2] = {__builtin_bswap32(old_type), __builtin_bswap32(product)}, space;
    struct slice value, old = SLICE_NONE;
    if (existed && db_get(v->snapshot, TABLE_DIRTY, slice_of(key, sizeof key), &value) == ERR_NOT_FOUND) {
        enum err e = db_get(v->snapshot, TABLE_APPLICATION, id_key(&space, product), &old);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        old = arena_copy(v->arena, old); // the page may move under the put
        TRY(txn_put(t, TABLE_DIRTY, slice_of(key, sizeof key), old));
    }
    key[0] = __builtin_bswap32(new_type);
    if (existed && new_type == old_type) return ERR_OK;
    if (db_get(v->snapshot, TABLE_DIRTY, slice_of(key, sizeof key), &value) != ERR_NOT_FOUND) return ERR_OK;
    return txn_put(t, TABLE_DIRTY, slice_of(key, sizeof key), SLICE(""));
}

// ---- words and numbers ---------------------------------------------------------------------------------------------------------
static enum err tokens_change(struct txn *t, struct arena *scratch, const struct slice *old, unsigned old_count,
                              const struct slice *new, unsigned new_count, uint32_t product) {
    unsigned i = 0, j = 0;
    while (i < old_count || j < new_count) {
        int order = i == old_count ? 1 : j == new_count || !new ? -1 : slice_cmp(old[i], new[j]);
        if (order < 0) TRY(posting_remove(t, scratch, old[i], product));
        if (order > 0) TRY(posting_add(t, scratch, new[j], product));
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

static enum err numbers_change(struct txn *t, const struct product *p, uint32_t brand, bool add) {
    TRY(number_change(t, p->number, NUMBER_OWN, brand, p->id, 1, add));
    for (unsigned i = 0; i < p->number_count; i++) {
        const struct product_number *n = &p->numbers[i];
        TRY(number_change(t, n->number, n->relation, n->brand, p->id, n->quantity, add));
    }
    for (unsigned i = 0; i < p->component_count; i++) {
        const struct product_component *c = &p->components[i];
        TRY(number_change(t, c->number, NUMBER_COMPONENT, c->brand_id, p->id, c->quantity, add));
    }
    return number_change(t, product_variant_of(p), NUMBER_VARIANT, brand, p->id, 1, add);
}

// A copy of what is stored, since the pages it lies in are about to be rewritten.
static enum err old_load(struct view *v, uint32_t id, struct product *out) {
    TRY(product_load(v, id, out));
    struct slice *fields[] = {&out->external_id, &out->brand, &out->number, &out->type, &out->title, &out->title_zh,
                              &out->image, &out->attributes};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) *fields[i] = arena_copy(v->arena, *fields[i]);
    struct product_number *numbers = (struct product_number *)(uintptr_t)out->numbers;
    for (unsigned i = 0; i < out->number_count; i++) numbers[i].number = arena_copy(v->arena, numbers[i].number);
    struct product_component *components = (struct product_component *)(uintptr_t)out->components;
    for (unsigned i = 0; i < out->component_count; i++) components[i].number = arena_copy(v->arena, components[i].number);
    return v->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

// ---- one product ------------------------------------------------------------------------------------------------------------------
struct change {
    struct txn *t;
    struct view *v;
    uint32_t id;
    bool existed;              // with all its rows; a deleted product has none left but keeps its id
    struct product old;
    struct product_facts old_facts;
};

static enum err change_begin(struct change *c, struct slice external_id) {
    struct slice value;
    enum err e = db_get(c->v->snapshot, TABLE_PRODUCT_ID, external_id, &value);
    if (e == ERR_NOT_FOUND) return ERR_NOT_FOUND;
    TRY(e);
    struct reader r = reader_of(value);
    c->id = reader_u32(&r);
    c->old_facts = *columns_facts(c->v, c->id);
    c->existed = !(c->old_facts.flags & FACT_DELETED);
    return c->existed ? old_load(c->v, c->id, &c->old) : ERR_OK;
}

static enum err id_new(struct change *c, struct slice external_id) {
    c->id = columns_products(c->v) + 1;
    uint32_t stored = c->id;
    TRY(columns_set_products(c->t, c->id));
    return txn_put(c->t, TABLE_PRODUCT_ID, external_id, slice_of(&stored, sizeof stored));
}

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

static enum err tables_write(struct change *c, struct resolved *n, struct slice applications) {
    struct buf record;
    uint32_t space;
    buf_init(&record, c->v->arena, 512);
    product_encode(&record, &n->record);
    if (record.bad) return ERR_NO_MEMORY;
    struct slice *old_tokens = NULL, *tokens;
    unsigned old_count = 0, count;
    if (c->existed) TRY(product_tokens(c->v, &c->old, c->old_facts.type, c->old_facts.brand, &old_tokens, &old_count));
    TRY(product_tokens(c->v, &n->record, n->facts.type, n->facts.brand, &tokens, &count));
    TRY(mark_dirty(c->t, c->v, c->id, c->old_facts.type, n->facts.type, c->existed));
    TRY(tokens_change(c->t, c->v->arena, old_tokens, old_count, tokens, count, c->id));
    if (c->existed) TRY(numbers_change(c->t, &c->old, c->old_facts.brand, false));
    TRY(numbers_change(c->t, &n->record, n->facts.brand, true));
    TRY(txn_put(c->t, TABLE_PRODUCT, id_key(&space, c->id), buf_slice(&record)));
    TRY(txn_put(c->t, TABLE_APPLICATION, id_key(&space, c->id), applications));
    TRY(columns_set_facts(c->t, c->id, &n->facts));
    TRY(fragment_epoch_advance(c->t));
    return columns_set_offer(c->t, c->id, &n->offer);
}

static enum err applications_keep(struct change *c, struct slice *out) {
    uint32_t space;
    enum err e = db_get(c->v->snapshot, TABLE_APPLICATION, id_key(&space, c->id), out);
    if (e == ERR_OK) *out = arena_copy(c->v->arena, *out);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err catalog_put_with(struct resolver *r, const struct product_doc *doc, bool keep_applications, uint32_t *id, struct fault *why) {
    struct resolved n;
    struct slice applications;
    struct change c = {.t = r->txn, .v = &r->view};
    TRY(resolve_product(r, doc, &n, why));
    TRY(applications_encode(r, doc, &applications, why));
    enum err e = change_begin(&c, n.record.external_id);
    if (e == ERR_NOT_FOUND) e = id_new(&c, n.record.external_id);
    TRY(e);
    n.record.id = c.id;
    *id = c.id;
    if (c.existed && keep_applications && doc->application_count == 0) TRY(applications_keep(&c, &applications));
    TRY(product_class_count(c.v->arena, applications, &n.facts));
    if (c.existed && doc->cny_fen < 0) n.offer.cny_fen = columns_offer(c.v, c.id)->cny_fen;
    if (c.existed && doc->usd_cents < 0) n.offer.usd_cents = columns_offer(c.v, c.id)->usd_cents;
    return tables_write(&c, &n, applications);
}

enum err catalog_put(struct txn *t, struct arena *scratch, const struct product_doc *doc, uint32_t *id, struct fault *why) {
    struct resolver r;
    enum err e = resolver_init(&r, t, scratch);
    if (e == ERR_OK) e = catalog_put_with(&r, doc, false, id, why);
    resolver_destroy(&r);
    return e;
}

enum err catalog_put_applications(struct resolver *r, uint32_t product, struct slice record) {
    struct product_facts facts = *columns_facts(&r->view, product);
    uint32_t space, type = facts.type;
    TRY(product_class_count(r->view.arena, record, &facts));
    TRY(mark_dirty(r->txn, &r->view, product, type, type, true));
    TRY(fragment_epoch_advance(r->txn));
    if (facts.flags != columns_facts(&r->view, product)->flags) TRY(columns_set_facts(r->txn, product, &facts));
    return txn_put(r->txn, TABLE_APPLICATION, id_key(&space, product), record);
}

static enum err delete_found(struct change *c) {
    struct slice *tokens;
    unsigned count;
    TRY(mark_dirty(c->t, c->v, c->id, c->old_facts.type, c->old_facts.type, true));
    TRY(product_tokens(c->v, &c->old, c->old_facts.type, c->old_facts.brand, &tokens, &count));
    TRY(tokens_change(c->t, c->v->arena, tokens, count, NULL, 0, c->id));
    TRY(numbers_change(c->t, &c->old, c->old_facts.brand, false));
    struct product_facts gone = c->old_facts;
    gone.flags |= FACT_DELETED;
    TRY(fragment_epoch_advance(c->t));
    return columns_set_facts(c->t, c->id, &gone);
}

enum err catalog_delete(struct txn *t, struct arena *scratch, struct slice id) {
    struct view v;
    enum err e = view_of_txn(t, scratch, &clock_system, &v);
    struct change c = {.t = t, .v = &v};
    if (e == ERR_OK) e = change_begin(&c, id);
    if (e == ERR_OK) e = c.existed ? delete_found(&c) : ERR_NOT_FOUND;
    view_of_txn_end(&v);
    return e;
}
