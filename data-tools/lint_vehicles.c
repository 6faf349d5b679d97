#include "lint_vehicles.h"

#include <stdlib.h>

#include "index/attribute.h"
#include "index/base/limits.h"
#include "index/base/map.h"
#include "index/interner.h"
#include "index/names.h"
#include "index/vehicle_external.h"

enum { VEHICLES_MAX = 256, SHOWN_VALUES_MAX = 8, NOWHERE = 0 }; // NOWHERE: a value no vehicle has

struct lint_vehicles {
    struct arena arena; // of one check
    struct view *view;
    struct map answers; // what was asked -> index of its complaint
    struct interner complaints;
    struct buf key;
    bool has_ids;
};

// ---- opening --------------------------------------------------------------------------------------------------------
static enum err ids_look(struct lint_vehicles *v) {
    struct slice key, value;
    TRY(view_begin(v->view, &v->arena));
    struct db_cursor *c = db_cursor_begin(v->view->snapshot, TABLE_VEHICLE_EXTERNAL);
    enum err err = c ? db_cursor_seek(c, SLICE("vcdb:"), &key, &value) : ERR_NO_MEMORY;
    v->has_ids = err == ERR_OK && slice_starts(key, SLICE("vcdb:"));
    if (c) db_cursor_end(c);
    view_end(v->view);
    return err == ERR_END ? ERR_OK : err;
}

enum err lint_vehicles_open(struct db *db, struct lint_vehicles **out, struct fault *why) {
    struct lint_vehicles *v = calloc(1, sizeof *v);
    if (!v) return ERR_NO_MEMORY;
    arena_init(&v->arena, 64 * 1024, 256u << 20);
    map_init(&v->answers);
    interner_init(&v->complaints);
    buf_init(&v->key, NULL, 256);
    enum err err = view_open(db, &clock_system, &v->view);
    if (err == ERR_OK) err = interner_id(&v->complaints, SLICE("")) == 0 ? ids_look(v) : ERR_NO_MEMORY;
    if (err == ERR_OK) *out = v;
    else lint_vehicles_close(v);
    return err == ERR_OK ? ERR_OK : fault_set(why, err, "data", "the database's vehicles cannot be read");
}

void lint_vehicles_close(struct lint_vehicles *v) {
    if (!v) return;
    if (v->view) view_close(v->view);
    map_destroy(&v->answers);
    interner_destroy(&v->complaints);
    buf_free(&v->key);
    arena_destroy(&v->arena);
    free(v);
}

bool lint_vehicles_has_ids(const struct lint_vehicles *v) { return v->has_ids; }

enum err lint_vehicles_id(struct lint_vehicles *v, struct slice base_vehicle, bool *known) {
    const uint32_t *vehicles;
    unsigned count;
    arena_reset(&v->arena);
    TRY(view_begin(v->view, &v->arena));
    struct slice id = arena_printf(&v->arena, "vcdb:%.*s", SLICE_ARGS(base_vehicle));
    enum err err = id.p ? vehicle_external_find(v->view, id, &vehicles, &count) : ERR_NO_MEMORY;
    view_end(v->view);
    *known = err == ERR_OK;
    return err == ERR_NOT_FOUND || err == ERR_BAD_REQUEST ? ERR_OK : err;
}

// ---- what is asked, as ids ------------------------------------------------------------------------------------------
struct wish { // one attribute
    uint8_t attr;
    struct slice name;
    unsigned count;
    struct slice texts[LIMIT_TERM_VALUES];
    uint16_t values[LIMIT_TERM_VALUES];
};
struct question {
    struct view *view;
    unsigned wish_count, vehicle_count, best_away;
    struct wish *wishes; // [LIMIT_PREDICATE_TERMS]
    struct vehicle *vehicles[VEHICLES_MAX];
    const struct vehicle *best; // the nearest configuration: it has most of what is wished, and tells the rest
    unsigned best_configuration, best_no;
};

// ERR_NOT_FOUND: nothing can be said about this attribute.
static enum err wish_add(struct question *q, const struct pair *p) {
    uint32_t attr, value = NOWHERE;
    struct slice normal;
    unsigned at = 0;
    TRY(attribute_find(q->view, p->name, &attr));
    enum err err = attribute_normalise(q->view, p->name, p->value, &normal);
    if (err == ERR_BAD_REQUEST || err == ERR_TOO_LARGE) return ERR_NOT_FOUND;
    TRY(err);
    err = names_find(q->view->snapshot, NAMES_VALUE + attr, normal, &value);
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    while (at < q->wish_count && q->wishes[at].attr != attr) at++;
    if (at == LIMIT_PREDICATE_TERMS) return ERR_NOT_FOUND;
    struct wish *w = &q->wishes[at];
    if (at == q->wish_count) {
        *w = (struct wish){.attr = (uint8_t)attr, .name = p->name};
        q->wish_count++;
    }
    if (w->count == LIMIT_TERM_VALUES) return ERR_NOT_FOUND;
    w->texts[w->count] = normal;
    w->values[w->count++] = (uint16_t)value;
    return ERR_OK;
}

enum meets { WISH_MET, WISH_OPEN, WISH_REFUSED };
static enum meets meets(const struct vehicle *v, unsigned configuration, const struct wish *w) {
    uint16_t has = vehicle_value(v, configuration, w->attr);
    if (has == 0) return WISH_OPEN;
    for (unsigned i = 0; i < w->count; i++)
        if (w->values[i] == has) return WISH_MET;
    return WISH_REFUSED;
}

// ---- the vehicles ---------------------------------------------------------------------------------------------------
struct ids { uint32_t list[VEHICLES_MAX]; unsigned count; bool too_many; };
static bool id_take(void *arg, const struct picker_row *row) {
    struct ids *ids = arg;
    ids->too_many = ids->count == VEHICLES_MAX;
    if (!ids->too_many) ids->list[ids->count++] = row->is.vehicle;
    return !ids->too_many;
}

static enum err ids_find(struct view *view, const struct vehicle_doc *doc, struct ids *ids) {
    uint32_t make, model;
    if (doc->external.n) {
        const uint32_t *list;
        unsigned n;
        TRY(vehicle_external_find(view, doc->external, &list, &n));
        if (n > VEHICLES_MAX) return ERR_NOT_FOUND;
        memcpy(ids->list, list, n * sizeof *list);
        ids->count = n;
        return ERR_OK;
    }
    if (doc->model.n == 0) return ERR_NOT_FOUND; // all models of a make: some car will have it
    TRY(make_find(view, doc->make, &make));
    TRY(model_find(view, make, doc->model, &model));
    TRY(vehicle_each(view, make, model, doc->year_from, doc->year_to, id_take, ids));
    return ids->too_many ? ERR_NOT_FOUND : ERR_OK;
}

static enum err vehicles_load(struct question *q, const struct vehicle_doc *doc) {
    struct ids ids = {.count = 0};
    TRY(ids_find(q->view, doc, &ids));
    for (unsigned i = 0; i < ids.count; i++) TRY(vehicle_load(q->view, ids.list[i], &q->vehicles[q->vehicle_count++]));
    return ERR_OK;
}

// Leaves out what no configuration says anything about.
static void wishes_known(struct question *q) {
    unsigned kept = 0;
    for (unsigned w = 0; w < q->wish_count; w++) {
        bool known = false;
        for (unsigned i = 0; i < q->vehicle_count && !known; i++)
            for (unsigned c = 0; c < q->vehicles[i]->count && !known; c++) known = meets(q->vehicles[i], c, &q->wishes[w]) != WISH_OPEN;
        if (known) q->wishes[kept++] = q->wishes[w];
    }
    q->wish_count = kept;
}

// True: the configuration contradicts nothing. Else remembers it when it is the nearest so far.
static bool configuration_possible(struct question *q, const struct vehicle *v, unsigned c) {
    unsigned no = 0, away = 0;
    for (unsigned w = 0; w < q->wish_count; w++) {
        enum meets m = meets(v, c, &q->wishes[w]);
        no += m == WISH_REFUSED;
        away += m != WISH_MET;
    }
    if (no == 0) return true;
    if (q->best && (away > q->best_away || (away == q->best_away && no <= q->best_no))) return false;
    q->best = v;
    q->best_configuration = c;
    q->best_away = away;
    q->best_no = no;
    return false;
}

static bool possible(struct question *q) {
    for (unsigned i = 0; i < q->vehicle_count; i++)
        for (unsigned c = 0; c < q->vehicles[i]->count; c++)
            if (configuration_possible(q, q->vehicles[i], c)) return true;
    return q->best == NULL; // no vehicle, no verdict
}

// ---- the complaint --------------------------------------------------------------------------------------------------
static bool meets_all_but(const struct question *q, const struct vehicle *v, unsigned configuration, unsigned but) {
    for (unsigned w = 0; w < q->wish_count; w++)
        if (w != but && meets(v, configuration, &q->wishes[w]) != WISH_MET) return false;
    return true;
}

// The values of one attribute where everything else is met; of all configurations when that is nowhere so.
static void values_put(const struct question *q, unsigned wish, struct buf *out) {
    uint16_t seen[SHOWN_VALUES_MAX];
    unsigned n = 0;
    uint8_t attr = q->wishes[wish].attr;
    for (unsigned i = 0; i < q->vehicle_count; i++) {
        for (unsigned c = 0; c < q->vehicles[i]->count; c++) {
            uint16_t value = vehicle_value(q->vehicles[i], c, attr);
            unsigned at = 0;
            if (value == 0 || (q->best_away == 1 && !meets_all_but(q, q->vehicles[i], c, wish))) continue;
            while (at < n && seen[at] != value) at++;
            if (at < n) continue;
            if (n == SHOWN_VALUES_MAX) {
                buf_slice_put(out, SLICE(" or others"));
                return;
            }
            seen[n++] = value;
            buf_printf(out, "%s%.*s", n > 1 ? " or " : "", SLICE_ARGS(names_text(q->view, NAMES_VALUE + attr, value)));
        }
    }
}

static void wish_put(const struct wish *w, struct buf *out) {
    buf_printf(out, "%.*s=", SLICE_ARGS(w->name));
    for (unsigned i = 0; i < w->count; i++) buf_printf(out, "%s%.*s", i ? "|" : "", SLICE_ARGS(w->texts[i]));
}

static void complain(const struct question *q, struct buf *out) {
    buf_slice_put(out, q->vehicles[0]->slug);
    if (q->vehicle_count > 1) buf_printf(out, " to %.*s", SLICE_ARGS(q->vehicles[q->vehicle_count - 1]->slug));
    buf_slice_put(out, SLICE(": no configuration has "));
    for (unsigned w = 0; w < q->wish_count; w++) {
        if (w) buf_slice_put(out, SLICE(" and "));
        wish_put(&q->wishes[w], out);
    }
    for (unsigned w = 0, n = 0; w < q->wish_count; w++) {
        if (meets(q->best, q->best_configuration, &q->wishes[w]) != WISH_REFUSED) continue;
        buf_printf(out, "%s %.*s is ", n++ ? "," : q->best_away == 1 && q->wish_count > 1 ? "; with the rest" : ";",
                   SLICE_ARGS(q->wishes[w].name));
        values_put(q, w, out);
    }
}

static enum err question_answer(struct question *q, const struct vehicle_doc *doc, struct buf *out) {
    q->wishes = ARENA_ARRAY(q->view->arena, struct wish, LIMIT_PREDICATE_TERMS);
    if (!q->wishes) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < doc->attr_count; i++) {
        enum err err = wish_add(q, &doc->attrs[i]);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    }
    if (q->wish_count == 0) return ERR_OK;
    TRY(vehicles_load(q, doc));
    wishes_known(q);
    if (!possible(q)) complain(q, out);
    return ERR_OK;
}

// ---- asking ---------------------------------------------------------------------------------------------------------
static void key_make(struct buf *key, const struct vehicle_doc *doc) {
    buf_clear(key);
    buf_string(key, doc->make);
    buf_string(key, doc->model);
    buf_string(key, doc->external);
    buf_u16(key, doc->year_from);
    buf_u16(key, doc->year_to);
    for (unsigned i = 0; i < doc->attr_count; i++) {
        buf_string(key, doc->attrs[i].name);
        buf_string(key, doc->attrs[i].value);
    }
}

static enum err answer_make(struct lint_vehicles *v, const struct vehicle_doc *doc, uint32_t *complaint) {
    struct buf text;
    arena_reset(&v->arena);
    TRY(view_begin(v->view, &v->arena));
    buf_init(&text, &v->arena, 256);
    struct question *q = ARENA_NEW(&v->arena, struct question);
    if (q) q->view = v->view;
    enum err err = q ? question_answer(q, doc, &text) : ERR_NO_MEMORY;
    if (err == ERR_NOT_FOUND) err = ERR_OK; // a vehicle nobody knows
    *complaint = err == ERR_OK && !text.bad ? interner_id(&v->complaints, buf_slice(&text)) : INTERNER_FULL;
    view_end(v->view);
    return err == ERR_OK && *complaint == INTERNER_FULL ? ERR_NO_MEMORY : err;
}

enum err lint_vehicles_check(struct lint_vehicles *v, const struct vehicle_doc *doc, struct slice *complaint) {
    uint32_t id;
    *complaint = SLICE_NONE;
    if (doc->attr_count == 0) return ERR_OK;
    key_make(&v->key, doc);
    if (v->key.bad) return ERR_NO_MEMORY;
    struct hash128 key = hash128(buf_slice(&v->key));
    const uint64_t *known = map_find(&v->answers, key);
    if (known) {
        *complaint = interner_text(&v->complaints, (uint32_t)*known);
        return ERR_OK;
    }
    TRY(answer_make(v, doc, &id));
    if (!map_put(&v->answers, key, id)) return ERR_NO_MEMORY;
    *complaint = interner_text(&v->complaints, id);
    return ERR_OK;
}
