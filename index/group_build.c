// The rows of a range of vehicles at a time: as many vehicles as have the rows of a pass between them. A first pass over the
// applications counts rows by vehicle; every further one expands, sorts and writes the rows of its range, and skips the
// products that have none there. No file is written in between, so the disk cannot run out.
#include "group_build.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "fitment_match.h"
#include "vehicle.h"

#define ARENA_BYTES (1ull << 30)
#define GROUPS_PER_TXN 100000u
#define RADIX_BITS 11

struct place { uint32_t make, model, vehicle; uint16_t year; };
struct build_row { uint32_t key, product, application, entry; }; // key: (vehicle - first of the pass) * types + type
struct span { uint32_t low, high; }; // vehicles of a product; low above high: none

struct build {
    struct db *db;
    struct view *view;
    struct arena arena;               // of the product or the group at hand
    struct place *places;             // ascending by make, model, year
    size_t place_count, place_capacity;
    uint32_t types, vehicles, products;
    uint64_t *counts;                 // rows by vehicle
    struct span *spans;               // by product
    uint32_t from, to;                // vehicles of this pass: from <= vehicle < to
    struct build_row *rows, *other;
    size_t row_count;
    struct map entries;               // encoded entry -> its number; of this pass
    struct buf entry_bytes;
    uint64_t *entry_at;               // offset; entry_count + 1 of them
    uint32_t *entry_group, *entry_ordinal; // the last group an entry was in, and as which
    uint32_t entry_count, entry_capacity, group_serial;
    unsigned pass;
    uint64_t rows_per_pass;
    struct group_report *out;
    void (*progress)(void *, const char *, uint64_t, uint64_t);
    void *arg;
    struct fault *why;
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

// ---- which vehicles an application covers --------------------------------------------------------------------------------------
struct emission { struct build *b; uint32_t product, type, application, entry; };

static void vehicle_count(struct emission *e, uint32_t vehicle) {
    struct span *s = &e->b->spans[e->product];
    e->b->counts[vehicle]++;
    if (vehicle < s->low) s->low = vehicle;
    if (vehicle > s->high) s->high = vehicle;
}

static void vehicle_emit(struct emission *e, uint32_t vehicle) {
    struct build *b = e->b;
    if (vehicle < b->from || vehicle >= b->to) return;
    b->rows[b->row_count++] = (struct build_row){(vehicle - b->from) * b->types + e->type, e->product, e->application, e->entry};
}

// An application to any make, which is for any vehicle, belongs to the group of the universal products.
static inline void vehicles_each(struct emission *e, const struct application *a, void (*each)(struct emission *, uint32_t)) {
    const struct build *b = e->b;
    if (a->flags & APPLICATION_UNRESOLVED) return;
    if (a->make == 0) {
        each(e, 0);
        return;
    }
    for (size_t i = first_place(b, a->make, a->model); i < b->place_count; i++) {
        const struct place *p = &b->places[i];
        if (p->make != a->make || (a->model && p->model != a->model)) break;
        if (p->year >= a->year_from && p->year <= a->year_to) each(e, p->vehicle);
    }
}

static enum err product_count(struct build *b, uint32_t product) {
    const struct product_facts *facts = columns_facts(b->view, product);
    struct emission e = {.b = b, .product = product};
    struct application *list;
    unsigned count;
    b->spans[product] = (struct span){UINT32_MAX, 0};
    if (facts->flags & FACT_DELETED) return ERR_OK;
    if (facts->type >= LIMIT_TYPES) return ERR_DAMAGED;
    if (facts->type >= b->types) b->types = facts->type + 1;
    if (facts->flags & FACT_UNIVERSAL) {
        vehicle_count(&e, 0);
        return ERR_OK;
    }
    TRY(applications_load(b->view, product, &list, &count));
    for (unsigned i = 0; i < count; i++) vehicles_each(&e, &list[i], vehicle_count);
    return ERR_OK;
}

// ---- rows ---------------------------------------------------------------------------------------------------------------------
static bool entry_room(struct build *b) {
    if (b->entry_count + 1 < b->entry_capacity) return true;
    uint32_t capacity = b->entry_capacity ? b->entry_capacity * 2 : 4096;
    uint64_t *at = realloc(b->entry_at, capacity * sizeof *at);
    if (at) b->entry_at = at;
    uint32_t *group = realloc(b->entry_group, capacity * sizeof *group);
    if (group) b->entry_group = group;
    uint32_t *ordinal = realloc(b->entry_ordinal, capacity * sizeof *ordinal);
    if (ordinal) b->entry_ordinal = ordinal;
    if (!at || !group || !ordinal) return false;
    b->entry_capacity = capacity;
    return true;
}

static enum err entry_intern(struct build *b, const struct application *a, uint32_t *out) {
    size_t from = b->entry_bytes.n;
    group_entry_encode(&b->entry_bytes, a);
    if (b->entry_bytes.bad || !entry_room(b)) return ERR_NO_MEMORY;
    struct hash128 hash = hash128(slice_from(buf_slice(&b->entry_bytes), from));
    const uint64_t *found = map_find(&b->entries, hash);
    if (found) {
        b->entry_bytes.n = from;
        *out = (uint32_t)*found;
        return ERR_OK;
    }
    *out = b->entry_count++;
    b->entry_at[*out] = from;
    b->entry_at[*out + 1] = b->entry_bytes.n;
    b->entry_group[*out] = UINT32_MAX;
    return map_put(&b->entries, hash, *out) ? ERR_OK : ERR_NO_MEMORY;
}

// Applications that say the same in a row were decoded to the same terms (applications_decode). The years of those for every make are
// part of their entry, so they are never taken for the same.
static bool same_entry(const struct application *a, const struct application *b) {
    return a->make && b->make && a->terms == b->terms && a->conditions == b->conditions && a->term_count == b->term_count &&
           a->condition_count == b->condition_count && a->position == b->position && a->quantity == b->quantity;
}

static enum err product_emit(struct build *b, uint32_t product) {
    if (b->spans[product].low >= b->to || b->spans[product].high < b->from) return ERR_OK;
    const struct product_facts *facts = columns_facts(b->view, product);
    struct emission e = {.b = b, .product = product, .type = facts->type};
    struct application *list;
    unsigned count;
    if (facts->flags & FACT_UNIVERSAL) {
        TRY(entry_intern(b, &application_universal, &e.entry));
        vehicle_emit(&e, 0);
        return ERR_OK;
    }
    TRY(applications_load(b->view, product, &list, &count));
    for (e.application = 0; e.application < count; e.application++) {
        const struct application *a = &list[e.application];
        if (e.application == 0 || !same_entry(a, a - 1)) TRY(entry_intern(b, a, &e.entry));
        vehicles_each(&e, a, vehicle_emit);
    }
    return ERR_OK;
}

// Stable, so products stay ascending inside a key.
static void rows_sort(struct build *b) {
    uint64_t keys = (uint64_t)(b->to - b->from) * b->types;
    for (unsigned shift = 0; shift < 33 && keys >> shift; shift += RADIX_BITS) {
        size_t at[(1 << RADIX_BITS) + 1] = {0};
        for (size_t i = 0; i < b->row_count; i++) at[((b->rows[i].key >> shift) & ((1 << RADIX_BITS) - 1)) + 1]++;
        for (size_t i = 1; i <= 1 << RADIX_BITS; i++) at[i] += at[i - 1];
        for (size_t i = 0; i < b->row_count; i++)
            b->other[at[(b->rows[i].key >> shift) & ((1 << RADIX_BITS) - 1)]++] = b->rows[i];
        struct build_row *swap = b->rows;
        b->rows = b->other;
        b->other = swap;
    }
}

// ---- writing --------------------------------------------------------------------------------------------------------------------
static enum err group_write(struct build *b, struct txn *t, size_t from, size_t to, struct buf *out) {
    struct packed_row *rows = arena_alloc(&b->arena, (to - from) * sizeof *rows);
    struct slice *entries = arena_alloc(&b->arena, (to - from) * sizeof *entries);
    unsigned count = 0;
    if (!rows || !entries) return ERR_NO_MEMORY;
    for (size_t i = from; i < to; i++) {
        const struct build_row *r = &b->rows[i];
        if (b->entry_group[r->entry] != b->group_serial) {
            b->entry_group[r->entry] = b->group_serial;
            b->entry_ordinal[r->entry] = count;
            uint64_t at = b->entry_at[r->entry];
            entries[count++] = slice_of(b->entry_bytes.p + at, (size_t)(b->entry_at[r->entry + 1] - at));
        }
        rows[i - from] = (struct packed_row){r->product, b->entry_ordinal[r->entry], r->application};
    }
    b->group_serial++;
    buf_clear(out);
    group_put(out, entries, count, rows, (unsigned)(to - from));
    uint32_t vehicle = b->from + b->rows[from].key / b->types, type = b->rows[from].key % b->types;
    uint32_t key[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(type)};
    return out->bad ? ERR_NO_MEMORY : txn_append(t, TABLE_GROUP, slice_of(key, sizeof key), buf_slice(out));
}

static enum err groups_write_some(struct build *b, size_t *at, struct buf *bytes) {
    struct txn *t;
    TRY(txn_begin(b->db, &t, b->why));
    enum err e = ERR_OK;
    if (b->pass == 0 && *at == 0) {
        e = txn_clear(t, TABLE_GROUP);
        if (e == ERR_OK) e = txn_clear(t, TABLE_DIRTY);
    }
    for (unsigned n = 0; e == ERR_OK && n < GROUPS_PER_TXN && *at < b->row_count; n++) {
        size_t to = *at + 1;
        while (to < b->row_count && b->rows[to].key == b->rows[*at].key) to++;
        arena_reset(&b->arena);
        e = group_write(b, t, *at, to, bytes);
        *at = to;
        b->out->groups++;
        b->out->bytes += bytes->n;
    }
    if (e == ERR_OK) return txn_commit(t, b->why);
    txn_abort(t);
    return e;
}

// ---- passes -----------------------------------------------------------------------------------------------------------------------
static void told(const struct build *b, const char *what, uint64_t done, uint64_t total) {
    if (b->progress) b->progress(b->arg, what, done, total);
}

static enum err products_each(struct build *b, const char *what, enum err (*each)(struct build *, uint32_t)) {
    for (uint32_t p = 1; p <= b->products; p++) {
        arena_reset(&b->arena);
        TRY(each(b, p));
        if (p % 4096 == 0) told(b, what, p, b->products);
    }
    return ERR_OK;
}

static uint64_t rows_between(const struct build *b, uint32_t from, uint32_t to) {
    uint64_t n = 0;
    for (uint32_t v = from; v < to; v++) n += b->counts[v];
    return n;
}

// The end of the pass that begins with `from`.
static uint32_t pass_end(const struct build *b, uint32_t from) {
    uint64_t rows = b->counts[from], keys = UINT32_MAX / b->types;
    uint32_t to = from + 1;
    while (to <= b->vehicles && rows + b->counts[to] <= b->rows_per_pass && to - from < keys) rows += b->counts[to++];
    return to;
}

static enum err pass_run(struct build *b, struct buf *bytes) {
    uint64_t rows = rows_between(b, b->from, b->to);
    size_t at = 0;
    b->row_count = b->entry_count = b->group_serial = 0;
    b->entry_bytes.n = 0;
    map_destroy(&b->entries);
    map_init(&b->entries);
    b->rows = malloc((rows + 1) * sizeof *b->rows);
    b->other = malloc((rows + 1) * sizeof *b->other);
    if (!b->rows || !b->other) return ERR_NO_MEMORY;
    TRY(products_each(b, "matching vehicles", product_emit));
    rows_sort(b);
    do {
        TRY(groups_write_some(b, &at, bytes));
        told(b, "writing groups", b->out->rows + at, b->out->rows + b->row_count);
    } while (at < b->row_count);
    b->out->rows += b->row_count;
    return ERR_OK;
}

static void rows_free(struct build *b) {
    free(b->rows);
    free(b->other);
    b->rows = b->other = NULL;
}

static enum err build_run(struct build *b, struct buf *bytes) {
    TRY(vehicle_each(b->view, 0, 0, 0, 0, place_add, b));
    b->products = columns_products(b->view);
    b->counts = calloc((size_t)b->vehicles + 1, sizeof *b->counts);
    b->spans = malloc(((size_t)b->products + 1) * sizeof *b->spans);
    if (!b->counts || !b->spans) return ERR_NO_MEMORY;
    TRY(products_each(b, "counting vehicles", product_count));
    for (b->from = 0; b->from <= b->vehicles; b->from = b->to, b->pass++) {
        b->to = pass_end(b, b->from);
        enum err e = pass_run(b, bytes);
        rows_free(b);
        TRY(e);
    }
    return ERR_OK;
}

enum err groups_rebuild_in(struct db *db, uint64_t rows_per_pass, struct group_report *out,
                           void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why) {
    *out = (struct group_report){0};
    struct build b = {.db = db, .rows_per_pass = rows_per_pass, .types = 1, .out = out, .progress = progress, .arg = arg, .why = why};
    struct buf bytes;
    arena_init(&b.arena, 1 << 20, ARENA_BYTES);
    map_init(&b.entries);
    buf_init(&b.entry_bytes, NULL, 1 << 16);
    buf_init(&bytes, NULL, 1 << 16);
    enum err e = view_open(db, &clock_system, &b.view);
    if (e == ERR_OK) {
        e = view_begin(b.view, &b.arena);
        if (e == ERR_OK) e = build_run(&b, &bytes);
        view_end(b.view);
        view_close(b.view);
    }
    buf_free(&bytes);
    buf_free(&b.entry_bytes);
    map_destroy(&b.entries);
    arena_destroy(&b.arena);
    free(b.places);
    free(b.counts);
    free(b.spans);
    free(b.entry_at);
    free(b.entry_group);
    free(b.entry_ordinal);
    return e != ERR_OK && why && !why->code ? fault_set(why, e, "", "groups could not be built (%s)", err_name(e)) : e;
}

enum err groups_rebuild(struct db *db, struct group_report *out, void (*progress)(void *, const char *, uint64_t, uint64_t),
                        void *arg, struct fault *why) {
    return groups_rebuild_in(db, GROUP_ROWS_PER_PASS, out, progress, arg, why);
}

// ---- counting ---------------------------------------------------------------------------------------------------------------------
static enum err group_count(struct arena *a, struct slice value, struct group_report *out) {
    struct group_reader g;
    struct packed_row row;
    uint64_t seen[4] = {0}; // positions of the product at hand
    uint32_t product = 0;
    TRY(group_open(a, value, &g));
    while (group_next(&g, &row)) {
        if (row.entry >= g.entry_count) return ERR_DAMAGED;
        unsigned position = g.entries[row.entry].position;
        if (row.product != product) memset(seen, 0, sizeof seen);
        product = row.product;
        out->rows += !(seen[position / 64] >> position % 64 & 1);
        seen[position / 64] |= UINT64_C(1) << position % 64;
    }
    return ERR_OK;
}

static enum err groups_count_all(struct snapshot *s, struct arena *a, struct group_report *out) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(s, TABLE_GROUP);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, SLICE_NONE, &key, &value);
    while (e == ERR_OK) {
        struct reader r = reader_of(key);
        arena_reset(a);
        out->groups++;
        out->bytes += value.n;
        if (reader_u32be(&r)) e = group_count(a, value, out);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err groups_count(struct db *db, struct group_report *out) {
    struct arena arena;
    struct snapshot *s;
    *out = (struct group_report){0};
    TRY(snapshot_open(db, &s));
    arena_init(&arena, 1 << 20, ARENA_BYTES);
    enum err e = groups_count_all(s, &arena, out);
    arena_destroy(&arena);
    snapshot_close(s);
    return e;
}
