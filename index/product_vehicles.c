#include "product_vehicles.h"

#include <stdlib.h>

#include "base/limits.h"
#include "fitment_match.h"

struct covered { uint32_t vehicle, make, model; uint16_t year; };
struct row { uint32_t make, model, shape, vehicle; uint16_t year; bool whole; };

struct lines {
    struct view *view;
    uint32_t product;
    const struct application **list; // resolved ones, by make and model, then as in the record
    uint32_t *shapes;            // of each: the first application of the same terms, conditions, position, quantity and label
    unsigned count;
    struct covered *cars;
    size_t car_count, car_capacity;
    struct row *rows;
    size_t row_count, row_capacity;
    bool excludes;               // there are exclusions at all
    enum err failed;
};

static bool room(void **list, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return true;
    size_t more = *capacity ? *capacity * 2 : 256;
    void *grown = realloc(*list, more * size);
    if (!grown) return false;
    *list = grown;
    *capacity = more;
    return true;
}

// ---- shapes -------------------------------------------------------------------------------------------------------------------
struct encoded { struct slice bytes; uint32_t index; };

static int compare_encoded(const void *x, const void *y) {
    const struct encoded *a = x, *b = y;
    int order = slice_cmp(a->bytes, b->bytes);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static enum err shapes_find(struct lines *l) {
    struct arena *arena = l->view->arena;
    struct encoded *all = ARENA_ARRAY(arena, struct encoded, l->count + 1u);
    l->shapes = ARENA_ARRAY(arena, uint32_t, l->count + 1u);
    if (!all || !l->shapes) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < l->count; i++) {
        struct buf b;
        buf_init(&b, arena, 32);
        buf_u8(&b, l->list[i]->position);
        buf_u16(&b, l->list[i]->quantity);
        buf_u32(&b, l->list[i]->label);
        predicate_encode(&b, l->list[i]);
        if (b.bad) return ERR_NO_MEMORY;
        all[i] = (struct encoded){buf_slice(&b), i};
    }
    if (l->count) qsort(all, l->count, sizeof *all, compare_encoded);
    for (uint32_t i = 0; i < l->count; i++)
        l->shapes[all[i].index] = i && slice_eq(all[i].bytes, all[i - 1].bytes) ? l->shapes[all[i - 1].index] : all[i].index;
    return ERR_OK;
}

// ---- the vehicles that the words cover ------------------------------------------------------------------------------------------
static int compare_applications(const void *x, const void *y) {
    const struct application *a = *(const struct application *const *)x, *b = *(const struct application *const *)y;
    if (a->make != b->make) return a->make < b->make ? -1 : 1;
    if (a->model != b->model) return a->model < b->model ? -1 : 1;
    return (a > b) - (a < b); // both lie in the record's array
}

static bool car_add(void *arg, const struct picker_row *row) {
    struct lines *l = arg;
    void *list = l->cars;
    bool fits = room(&list, l->car_count, &l->car_capacity, sizeof *l->cars);
    l->cars = list;
    if (!fits) {
        l->failed = ERR_NO_MEMORY;
        return false;
    }
    l->cars[l->car_count++] = (struct covered){row->is.vehicle, row->make, row->model, (uint16_t)row->year};
    return true;
}

static int compare_cars(const void *x, const void *y) {
    const struct covered *a = x, *b = y;
    return (a->vehicle > b->vehicle) - (a->vehicle < b->vehicle);
}

static enum err cars_collect(struct lines *l) {
    for (unsigned i = 0; i < l->count; i++) {
        const struct application *a = l->list[i];
        if (a->make == 0) continue;
        TRY(vehicle_each(l->view, a->make, a->model, a->year_from, a->year_to, car_add, l));
        TRY(l->failed);
    }
    if (l->car_count) qsort(l->cars, l->car_count, sizeof *l->cars, compare_cars);
    size_t kept = 0;
    for (size_t i = 0; i < l->car_count; i++)
        if (kept == 0 || l->cars[i].vehicle != l->cars[kept - 1].vehicle) l->cars[kept++] = l->cars[i];
    l->car_count = kept;
    return ERR_OK;
}

// ---- which of them match ----------------------------------------------------------------------------------------------------------
// Takes the configurations that someone said it does not fit out of the possible ones (exclusion.h has the key).
static enum err exclude(struct lines *l, const struct vehicle *car, uint64_t *possible) {
    uint32_t from[3] = {__builtin_bswap32(car->id), __builtin_bswap32(l->product), 0};
    struct slice prefix = slice_of(from, 2 * sizeof *from), key, value;
    struct db_cursor *c = db_cursor_begin(l->view->snapshot, TABLE_EXCLUSION);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, slice_of(from, sizeof from), &key, &value);
    while (e == ERR_OK && slice_starts(key, prefix)) {
        struct reader r = reader_of(slice_from(key, prefix.n));
        uint32_t hash = reader_u32be(&r);
        for (unsigned i = 0; i < car->count; i++)
            if (hash == 0 || car->hashes[i] == hash) possible[i / 64] &= ~((uint64_t)1 << (i % 64));
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

static enum err row_add(struct lines *l, const struct covered *car, uint32_t shape, bool whole) {
    void *list = l->rows;
    bool fits = room(&list, l->row_count, &l->row_capacity, sizeof *l->rows);
    l->rows = list;
    if (!fits) return ERR_NO_MEMORY;
    l->rows[l->row_count++] = (struct row){car->make, car->model, shape, car->vehicle, car->year, whole};
    return ERR_OK;
}

// The first application of this make and model, 0 for all its models; l->list is ascending by both.
static unsigned first_of(const struct lines *l, uint32_t make, uint32_t model) {
    unsigned low = 0, high = l->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        const struct application *a = l->list[mid];
        if (a->make < make || (a->make == make && a->model < model)) low = mid + 1;
        else high = mid;
    }
    return low;
}

static enum err applications_match(struct lines *l, const struct knowledge *k, const struct covered *car, uint32_t model) {
    const struct knowledge_vehicle *kv = &k->vehicles[0];
    struct entry_match m;
    TRY(entry_match_new(l->view->arena, kv, &m));
    for (unsigned i = first_of(l, car->make, model); i < l->count; i++) {
        const struct application *a = l->list[i];
        if (a->make != car->make || a->model != model) break;
        if (!application_covers(a, car->make, car->model, car->year)) continue;
        entry_match_run(k, kv, a, MATCH_ALL_TERMS, &m);
        if (!entry_any(&m, kv->words)) continue;
        bool whole = m.state == ROW_LIVE;
        for (unsigned w = 0; w < kv->words; w++) whole &= (kv->vehicle->count ? kv->possible[w] & ~m.yes[w] : 0) == 0;
        TRY(row_add(l, car, l->shapes[i], whole));
    }
    return ERR_OK;
}

static enum err car_match(struct lines *l, const struct covered *car) {
    struct knowledge k;
    TRY(knowledge_of_vehicle(l->view, car->vehicle, &k));
    if (l->excludes) TRY(exclude(l, k.vehicles[0].vehicle, (uint64_t *)(uintptr_t)k.vehicles[0].possible));
    TRY(applications_match(l, &k, car, 0));
    return applications_match(l, &k, car, car->model);
}

static bool any_exclusion(struct view *v) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_EXCLUSION);
    bool any = c && db_cursor_seek(c, SLICE_NONE, &key, &value) == ERR_OK;
    if (c) db_cursor_end(c);
    return any;
}

// Vehicles are read one after the other and not kept.
static enum err cars_match(struct lines *l) {
    struct arena *request = l->view->arena, scratch;
    enum err e = ERR_OK;
    arena_init(&scratch, 1 << 18, LIMIT_REQUEST_ARENA_BYTES);
    l->view->arena = &scratch;
    for (size_t i = 0; i < l->car_count && e == ERR_OK; i++) {
        arena_reset(&scratch);
        e = car_match(l, &l->cars[i]);
    }
    l->view->arena = request;
    arena_destroy(&scratch);
    return e;
}

// ---- lines ------------------------------------------------------------------------------------------------------------------------
static int compare_rows(const void *x, const void *y) {
    const struct row *a = x, *b = y;
    if (a->make != b->make) return a->make < b->make ? -1 : 1;
    if (a->model != b->model) return a->model < b->model ? -1 : 1;
    if (a->shape != b->shape) return a->shape < b->shape ? -1 : 1;
    return (int)a->year - (int)b->year;
}

static void years_put(struct buf *out, unsigned from, unsigned to) {
    if (out->n) buf_char(out, ',');
    if (from == to) buf_printf(out, "%u", from);
    else buf_printf(out, "%u-%u", from, to);
}

static enum err line_of_rows(struct lines *l, const struct row *rows, size_t count, struct product_line *out) {
    struct buf years;
    *out = (struct product_line){.a = l->list[rows[0].shape], .make = rows[0].make, .model = rows[0].model, .whole = true};
    buf_init(&years, l->view->arena, 32);
    unsigned first = rows[0].year, last = first;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].year > last + 1) {
            years_put(&years, first, last);
            first = rows[i].year;
        }
        if (i == 0 || rows[i].vehicle != rows[i - 1].vehicle) out->vehicles++;
        last = rows[i].year;
        out->whole &= rows[i].whole;
    }
    years_put(&years, first, last);
    out->years = buf_slice(&years);
    return years.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err line_of_any(struct lines *l, uint32_t index, struct product_line *out) {
    const struct application *a = l->list[index];
    *out = (struct product_line){.a = a};
    if (application_any_year(a)) return ERR_OK;
    struct buf years;
    buf_init(&years, l->view->arena, 16);
    years_put(&years, a->year_from, a->year_to);
    out->years = buf_slice(&years);
    return years.bad ? ERR_NO_MEMORY : ERR_OK;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum err vehicles_count(struct lines *l, uint32_t *out) {
    uint32_t *ids = malloc((l->row_count + 1) * sizeof *ids);
    if (!ids) return ERR_NO_MEMORY;
    for (size_t i = 0; i < l->row_count; i++) ids[i] = l->rows[i].vehicle;
    if (l->row_count) qsort(ids, l->row_count, sizeof *ids, compare_u32);
    for (size_t i = 0; i < l->row_count; i++) *out += i == 0 || ids[i] != ids[i - 1];
    free(ids);
    return ERR_OK;
}

static enum err lines_make(struct lines *l, struct product_lines *out) {
    size_t any = 0, n = 0;
    while (any < l->count && l->list[any]->make == 0) any++;
    if (l->row_count) qsort(l->rows, l->row_count, sizeof *l->rows, compare_rows);
    for (size_t i = 0; i < l->row_count; i++)
        n += i == 0 || l->rows[i].make != l->rows[i - 1].make || l->rows[i].model != l->rows[i - 1].model || l->rows[i].shape != l->rows[i - 1].shape;
    out->list = ARENA_ARRAY(l->view->arena, struct product_line, any + n + 1);
    if (!out->list) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < any; i++) TRY(line_of_any(l, i, &out->list[out->count++]));
    for (size_t from = 0, to; from < l->row_count; from = to) {
        const struct row *r = &l->rows[from];
        for (to = from + 1; to < l->row_count; to++)
            if (l->rows[to].make != r->make || l->rows[to].model != r->model || l->rows[to].shape != r->shape) break;
        TRY(line_of_rows(l, r, to - from, &out->list[out->count++]));
    }
    return vehicles_count(l, &out->vehicles);
}

static enum err lines_find(struct lines *l, struct product_lines *out) {
    struct application *all;
    unsigned count;
    TRY(applications_load(l->view, l->product, &all, &count));
    l->list = ARENA_ARRAY(l->view->arena, const struct application *, count + 1u);
    if (!l->list) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++)
        if (!(all[i].flags & APPLICATION_UNRESOLVED)) l->list[l->count++] = &all[i];
    out->unresolved = count - l->count;
    if (l->count) qsort((void *)l->list, l->count, sizeof *l->list, compare_applications);
    TRY(shapes_find(l));
    TRY(cars_collect(l));
    TRY(cars_match(l));
    return lines_make(l, out);
}

enum err product_lines(struct view *v, uint32_t product, struct product_lines *out) {
    struct lines l = {.view = v, .product = product, .excludes = any_exclusion(v)};
    *out = (struct product_lines){0};
    enum err e = columns_facts(v, product)->flags & FACT_UNIVERSAL ? ERR_OK : lines_find(&l, out);
    free(l.cars);
    free(l.rows);
    return e;
}
