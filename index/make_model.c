// make_model.c: the records of makes and models (vehicle.h), and finding them by any of their names.
#include "base/buf.h"
#include "base/limits.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"
#include "vehicle.h"

enum { MEANINGS_MAX = 64 }; // of one phrase; a model name like "s" or "300" is shared by a dozen makes

static struct slice make_key(uint32_t *key, uint32_t make) {
    *key = __builtin_bswap32(make);
    return slice_of(key, sizeof *key);
}

static struct slice model_key(uint32_t key[2], uint32_t make, uint32_t model) {
    key[0] = __builtin_bswap32(make);
    key[1] = __builtin_bswap32(model);
    return slice_of(key, 2 * sizeof *key);
}

// ---- reading --------------------------------------------------------------------------------------------------------
enum err make_load(struct view *v, uint32_t make, struct make *out) {
    uint32_t key;
    struct slice record;
    *out = (struct make){.id = make};
    TRY(db_get(v->snapshot, TABLE_MAKE, make_key(&key, make), &record));
    struct reader r = reader_of(record);
    out->initial = (char)reader_u8(&r);
    out->cn_order = reader_u16(&r);
    out->models = reader_u32(&r);
    out->vehicles = reader_u32(&r);
    out->models_second = reader_u32(&r);
    out->vehicles_second = reader_u32(&r);
    out->markets = reader_u8(&r);
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->aliases = reader_string(&r);
    out->slug = names_text(v, NAMES_MAKE, make);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err model_load(struct view *v, uint32_t make, uint32_t model, struct model *out) {
    uint32_t key[2];
    struct slice record;
    *out = (struct model){.id = model, .make = make};
    TRY(db_get(v->snapshot, TABLE_MODEL, model_key(key, make, model), &record));
    struct reader r = reader_of(record);
    out->year_min = reader_u16(&r);
    out->year_max = reader_u16(&r);
    out->vehicles = reader_u32(&r);
    out->vehicles_second = reader_u32(&r);
    out->markets = reader_u8(&r);
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->aliases = reader_string(&r);
    struct slice path = names_text(v, NAMES_MODEL, model);
    slice_cut(&path, '/');
    out->slug = path;
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err model_make(struct view *v, uint32_t model, uint32_t *make) {
    struct slice path = names_text(v, NAMES_MODEL, model);
    return names_find(v->snapshot, NAMES_MAKE, slice_cut(&path, '/'), make);
}

// ---- finding --------------------------------------------------------------------------------------------------------
static enum err meanings(struct view *v, struct slice text, struct lexicon_entry *out, unsigned *count) {
    struct slice folded, squeezed;
    bool longer;
    TRY(text_fold(v->arena, text, &folded));
    TRY(lexicon_lookup(v, folded, out, MEANINGS_MAX, count, &longer));
    if (*count > 0) return ERR_OK;
    TRY(text_squeeze(v->arena, folded, &squeezed));
    return lexicon_lookup(v, squeezed, out, MEANINGS_MAX, count, &longer);
}

enum err make_find(struct view *v, struct slice text, uint32_t *make) {
    struct lexicon_entry found[MEANINGS_MAX];
    unsigned count;
    uint32_t weight = 0;
    enum err err = names_find(v->snapshot, NAMES_MAKE, names_slug(v->arena, text), make);
    if (err != ERR_NOT_FOUND) return err;
    TRY(meanings(v, text, found, &count));
    for (unsigned i = 0; i < count; i++) {
        if (found[i].kind != LEXICON_MAKE || found[i].weight <= weight) continue;
        weight = found[i].weight;
        *make = found[i].id;
    }
    return weight > 0 ? ERR_OK : ERR_NOT_FOUND;
}

enum err model_find(struct view *v, uint32_t make, struct slice text, uint32_t *model) {
    struct lexicon_entry found[MEANINGS_MAX];
    unsigned count;
    uint32_t weight = 0, owner;
    struct slice slug = names_slug(v->arena, text), make_slug = names_text(v, NAMES_MAKE, make);
    struct slice path = arena_printf(v->arena, "%.*s/%.*s", SLICE_ARGS(make_slug), SLICE_ARGS(slug));
    enum err err = names_find(v->snapshot, NAMES_MODEL, path, model);
    if (err != ERR_NOT_FOUND) return err;
    TRY(meanings(v, text, found, &count));
    for (unsigned i = 0; i < count; i++) {
        if (found[i].kind != LEXICON_MODEL || found[i].weight <= weight) continue;
        if (model_make(v, found[i].id, &owner) != ERR_OK || owner != make) continue;
        weight = found[i].weight;
        *model = found[i].id;
    }
    return weight > 0 ? ERR_OK : ERR_NOT_FOUND;
}

enum err model_find_named(struct view *v, uint32_t make, struct slice text, uint32_t *model) {
    struct lexicon_entry found[MEANINGS_MAX];
    struct slice folded, squeezed;
    unsigned count;
    bool longer;
    struct slice path = arena_printf(v->arena, "%.*s/%.*s", SLICE_ARGS(names_text(v, NAMES_MAKE, make)),
                                     SLICE_ARGS(names_slug(v->arena, text)));
    enum err err = names_find(v->snapshot, NAMES_MODEL, path, model);
    if (err != ERR_NOT_FOUND) return err;
    TRY(text_fold(v->arena, text, &folded));
    TRY(text_squeeze(v->arena, folded, &squeezed));
    TRY(lexicon_lookup(v, squeezed, found, MEANINGS_MAX, &count, &longer));
    for (unsigned i = 0; i < count; i++) {
        uint32_t owner;
        if (found[i].kind != LEXICON_MODEL || found[i].weight < LEXICON_NAME - LEXICON_VARIANT) continue;
        if (model_make(v, found[i].id, &owner) != ERR_OK || owner != make) continue;
        *model = found[i].id;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

// ---- writing --------------------------------------------------------------------------------------------------------
enum err make_put(struct txn *t, struct arena *scratch, struct make *make) {
    uint32_t key;
    struct buf record;
    TRY(names_intern(t, NAMES_MAKE, make->slug, &make->id));
    buf_init(&record, scratch, 256);
    buf_u8(&record, (uint8_t)make->initial);
    buf_u16(&record, make->cn_order);
    buf_u32(&record, make->models);
    buf_u32(&record, make->vehicles);
    buf_u32(&record, make->models_second);
    buf_u32(&record, make->vehicles_second);
    buf_u8(&record, make->markets);
    buf_string(&record, make->name);
    buf_string(&record, make->name_zh);
    buf_string(&record, make->aliases);
    return record.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_MAKE, make_key(&key, make->id), buf_slice(&record));
}

static enum err model_path(struct txn *t, struct arena *scratch, const struct model *model, struct slice *out) {
    struct view view;
    TRY(view_of_txn(t, scratch, &clock_system, &view));
    *out = arena_printf(scratch, "%.*s/%.*s", SLICE_ARGS(names_text(&view, NAMES_MAKE, model->make)),
                        SLICE_ARGS(model->slug));
    view_of_txn_end(&view);
    return out->p == NULL ? ERR_NO_MEMORY : ERR_OK;
}

enum err model_put(struct txn *t, struct arena *scratch, struct model *model) {
    uint32_t key[2];
    struct buf record;
    struct slice path;
    if (model->id == 0) {
        TRY(model_path(t, scratch, model, &path));
        TRY(names_intern(t, NAMES_MODEL, path, &model->id));
    }
    buf_init(&record, scratch, 256);
    buf_u16(&record, model->year_min);
    buf_u16(&record, model->year_max);
    buf_u32(&record, model->vehicles);
    buf_u32(&record, model->vehicles_second);
    buf_u8(&record, model->markets);
    buf_string(&record, model->name);
    buf_string(&record, model->name_zh);
    buf_string(&record, model->aliases);
    return record.bad ? ERR_NO_MEMORY
                      : txn_put(t, TABLE_MODEL, model_key(key, model->make, model->id), buf_slice(&record));
}
