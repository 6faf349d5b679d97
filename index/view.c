#include "view.h"

#include <stdlib.h>

#include "assortment.h"
#include "attribute.h"
#include "columns.h"
#include "decoded.h"
#include "fragment.h"
#include "names.h"
#include "service_book.h"
#include "spec_match.h"
#include "user.h"
#include "workshop_kept.h"

static enum err caches_new(struct view *v) {
    v->names = names_cache_new();
    v->attributes = attribute_cache_new();
    v->columns = columns_cache_new();
    v->specs = spec_cache_new();
    return v->names != NULL && v->attributes != NULL && v->columns != NULL && v->specs != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static void caches_free(struct view *v) {
    names_cache_free(v->names);
    attribute_cache_free(v->attributes);
    columns_cache_free(v->columns);
    spec_cache_free(v->specs);
    fragments_free(v->fragments);
    decoded_free(v->decoded);
    user_cache_free(v->users);
    service_cache_free(v->services);
    workshop_cache_free(v->workshops);
    assortments_free(v->assortments);
}

enum err view_open(struct db *db, const struct clock *clock, struct view **out) {
    struct view *v = calloc(1, sizeof *v);
    *out = NULL;
    if (v == NULL) return ERR_NO_MEMORY;
    v->db = db;
    v->clock = clock;
    enum err err = caches_new(v);
    v->fragments = fragments_new();
    v->decoded = decoded_new();
    v->users = user_cache_new();
    v->services = service_cache_new();
    v->workshops = workshop_cache_new();
    if (v->fragments == NULL || v->decoded == NULL || v->users == NULL || v->services == NULL || v->workshops == NULL) err = ERR_NO_MEMORY;
    if (err == ERR_OK) err = snapshot_open(db, &v->snapshot);
    if (err != ERR_OK) {
        view_close(v);
        return err;
    }
    snapshot_reset(v->snapshot);
    *out = v;
    return ERR_OK;
}

void view_close(struct view *v) {
    if (v == NULL) return;
    if (v->snapshot != NULL) snapshot_close(v->snapshot);
    caches_free(v);
    free(v);
}

enum err view_begin(struct view *v, struct arena *arena) {
    v->arena = arena;
    v->requests++;
    enum err err = v->keeps && snapshot_is_newest(v->snapshot) ? ERR_OK : snapshot_renew(v->snapshot);
    if (err == ERR_OK) decoded_begin(v);
    return err;
}

void view_end(struct view *v) {
    if (!v->keeps) snapshot_reset(v->snapshot);
    v->arena = NULL;
    v->assortment = NULL;
}

void view_keep(struct view *v) { v->keeps = true; }

void view_rest(struct view *v) {
    if (v->arena == NULL) snapshot_reset(v->snapshot);
}

enum err view_of_txn(struct txn *t, struct arena *arena, const struct clock *clock, struct view *out) {
    *out = (struct view){.snapshot = txn_snapshot(t), .arena = arena, .clock = clock};
    enum err err = caches_new(out);
    if (err != ERR_OK) view_of_txn_end(out);
    return err;
}

void view_of_txn_end(struct view *v) {
    caches_free(v);
    *v = (struct view){0};
}
