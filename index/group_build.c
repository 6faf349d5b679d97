#include "group_build.h"

#include <stdlib.h>

#include "base/limits.h"
#include "vehicle.h"

#define ARENA_BYTES (16ull << 30)
#define GROUPS_PER_TXN 100000u
#define RADIX_BITS 11

struct place { uint32_t make, model, vehicle; uint16_t year; };
struct build_row { uint32_t key, product, application; }; // key: vehicle * types + type

struct build {
    struct view *view;
    struct arena *keep;               // decoded applications live here until the end
    struct place *places;             // ascending by make, model, year
    size_t place_count, place_capacity;
    struct build_row *rows, *other;
    size_t row_count, row_capacity;
    struct application **applications; // by product
    uint32_t types, vehicles, products;
};

// ---- the picker as an array --------------------------------------------------------------------------------------------------
static bool place_add(void *arg, const struct picker_row *row) {
    struct build *b = arg;
    if (b->place_count == b->place_capacity) {
        size_t capacity = b->place_capacity ? b->place_capacity * 2 : 65536;
        struct place *grown = realloc(b->places, capacity * sizeof *grown);
        if (!grown) return false;
        b->places = grown;
        b->place_capacity = capacity;
    }
    b->places[b->place_count++] = (struct place){row->make, row->model, row->is.vehicle, (uint16_t)row->year};
    if (row->is.vehicle > b->vehicles) b->vehicles = row->is.vehicle;
    return true;
}

static size_t first_place(const struct build *b, uint32_t make, uint32_t model) {
    size_t low = 0, high = b->place_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct place *p = &b->places[mid];
        if (p->make < make || (p->make == make && p->model < model)) low = mid + 1;
        else high = mid;
    }
    return low;
}

// ---- rows ---------------------------------------------------------------------------------------------------------------------
static enum err row_emit(struct build *b, uint32_t vehicle, uint32_t type, uint32_t product, uint32_t application) {
    if (b->row_count == b->row_capacity) {
        size_t capacity = b->row_capacity ? b->row_capacity * 2 : 1 << 20;
        struct build_row *grown = realloc(b->rows, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        b->rows = grown;
        b->row_capacity = capacity;
    }
    b->rows[b->row_count++] = (struct build_row){vehicle * b->types + type, product, application};
    return ERR_OK;
}

static enum err application_emit(struct build *b, const struct application *a, uint32_t type, uint32_t product, uint32_t ordinal) {
    if (a->flags & APPLICATION_UNRESOLVED) return ERR_OK;
    if (a->make == 0) return row_emit(b, 0, type, product, ordinal); // for every make
    for (size_t i = first_place(b, a->make, a->model); i < b->place_count; i++) {
        const struct place *p = &b->places[i];
        if (p->make != a->make || (a->model && p->model != a->model)) break;
        if (p->year >= a->year_from && p->year <= a->year_to) TRY(row_emit(b, p->vehicle, type, product, ordinal));
    }
    return ERR_OK;
}

static enum err product_emit(struct build *b, uint32_t product) {
    const struct product_facts *facts = columns_facts(b->view, product);
    if (facts->flags & FACT_DELETED) return ERR_OK;
    if (facts->type >= b->types) return ERR_DAMAGED;
    if (facts->flags & FACT_UNIVERSAL) return row_emit(b, 0, facts->type, product, 0);
    struct application *list;
    unsigned count;
    TRY(applications_load(b->view, product, &list, &count));
    b->applications[product] = list;
    for (unsigned i = 0; i < count; i++) TRY(application_emit(b, &list[i], facts->type, product, i));
    return ERR_OK;
}

// Stable, so products stay ascending inside a key.
static enum err rows_sort(struct build *b) {
    b->other = malloc((b->row_count ? b->row_count : 1) * sizeof *b->other);
    if (!b->other) return ERR_NO_MEMORY;
    for (unsigned shift = 0; shift < 33; shift += RADIX_BITS) {
        size_t at[(1 << RADIX_BITS) + 1] = {0};
        for (size_t i = 0; i < b->row_count; i++) at[((b->rows[i].key >> shift) & ((1 << RADIX_BITS) - 1)) + 1]++;
        for (size_t i = 1; i <= 1 << RADIX_BITS; i++) at[i] += at[i - 1];
        for (size_t i = 0; i < b->row_count; i++)
            b->other[at[(b->rows[i].key >> shift) & ((1 << RADIX_BITS) - 1)]++] = b->rows[i];
        struct build_row *swap = b->rows;
        b->rows = b->other;
        b->other = swap;
    }
    return ERR_OK;
}

// ---- writing --------------------------------------------------------------------------------------------------------------------
static enum err group_write(struct build *b, struct txn *t, size_t from, size_t to, struct arena *scratch, struct buf *out) {
    struct group_row *rows = ARENA_ARRAY(scratch, struct group_row, to - from);
    if (!rows) return ERR_NO_MEMORY;
    uint32_t vehicle = b->rows[from].key / b->types, type = b->rows[from].key % b->types;
    for (size_t i = from; i < to; i++) {
        const struct build_row *r = &b->rows[i];
        rows[i - from] = (struct group_row){r->product, r->application,
                                            b->applications[r->product] ? &b->applications[r->product][r->application]
                                                                        : &application_universal};
    }
    buf_clear(out);
    group_encode(out, rows, (unsigned)(to - from), scratch);
    uint32_t key[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(type)};
    return out->bad ? ERR_NO_MEMORY : txn_append(t, TABLE_GROUP, slice_of(key, sizeof key), buf_slice(out));
}

static enum err groups_write_some(struct build *b, struct db *db, size_t *at, struct arena *scratch, struct buf *bytes,
                                  struct group_report *out, struct fault *why) {
    struct txn *t;
    TRY(txn_begin(db, &t, why));
    enum err e = *at == 0 ? txn_clear(t, TABLE_GROUP) : ERR_OK;
    if (e == ERR_OK && *at == 0) e = txn_clear(t, TABLE_DIRTY);
    for (unsigned n = 0; e == ERR_OK && n < GROUPS_PER_TXN && *at < b->row_count; n++) {
        size_t to = *at + 1;
        while (to < b->row_count && b->rows[to].key == b->rows[*at].key) to++;
        arena_reset(scratch);
        e = group_write(b, t, *at, to, scratch, bytes);
        *at = to;
        out->groups++;
        out->bytes += bytes->n;
    }
    if (e == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return e;
}

static enum err collect(struct build *b, void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg) {
    TRY(vehicle_each(b->view, 0, 0, 0, 0, place_add, b));
    b->products = columns_products(b->view);
    b->applications = calloc((size_t)b->products + 1, sizeof *b->applications);
    if (!b->applications) return ERR_NO_MEMORY;
    if ((uint64_t)(b->vehicles + 1) * b->types > UINT32_MAX) return ERR_TOO_LARGE;
    for (uint32_t p = 1; p <= b->products; p++) {
        TRY(product_emit(b, p));
        if (progress && p % 4096 == 0) progress(arg, "matching vehicles", p, b->products);
    }
    return rows_sort(b);
}

static enum err build_run(struct build *b, struct db *db, struct group_report *out,
                          void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why) {
    TRY(collect(b, progress, arg));
    out->rows = b->row_count;
    struct arena scratch;
    struct buf bytes;
    arena_init(&scratch, 1 << 20, LIMIT_REQUEST_ARENA_BYTES * 8ull);
    buf_init(&bytes, NULL, 1 << 16);
    enum err e = ERR_OK;
    size_t at = 0;
    do {
        e = groups_write_some(b, db, &at, &scratch, &bytes, out, why);
        if (progress) progress(arg, "writing groups", at, b->row_count);
    } while (e == ERR_OK && at < b->row_count);
    buf_free(&bytes);
    arena_destroy(&scratch);
    return e;
}

enum err groups_rebuild(struct db *db, struct group_report *out, void (*progress)(void *, const char *, uint64_t, uint64_t),
                        void *arg, struct fault *why) {
    *out = (struct group_report){0};
    struct build b = {.types = LIMIT_TYPES};
    struct arena keep;
    arena_init(&keep, 1 << 20, ARENA_BYTES);
    b.keep = &keep;
    enum err e = view_open(db, &clock_system, &b.view);
    if (e == ERR_OK) {
        e = view_begin(b.view, &keep);
        if (e == ERR_OK) e = build_run(&b, db, out, progress, arg, why);
        view_end(b.view);
        view_close(b.view);
    }
    free(b.places);
    free(b.rows);
    free(b.other);
    free(b.applications);
    arena_destroy(&keep);
    return e != ERR_OK && why && !why->code ? fault_set(why, e, "", "groups could not be built (%s)", err_name(e)) : e;
}
