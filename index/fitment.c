#include "fitment.h"

#include <stdlib.h>

#include "fitment_match.h"

const char *verdict_name(enum verdict v) {
    static const char *const names[] = {"unknown", "no", "conditional", "universal", "fits"};
    return names[v];
}

// ---- growing lists in the arena --------------------------------------------------------------------------------------------
static enum err list_room(struct arena *a, void **list, unsigned count, unsigned *capacity, size_t size) {
    if (count < *capacity) return ERR_OK;
    unsigned more = *capacity ? *capacity * 2 : 64;
    void *grown = arena_alloc(a, more * size);
    if (!grown) return ERR_NO_MEMORY;
    if (count) memcpy(grown, *list, count * size);
    *list = grown;
    *capacity = more;
    return ERR_OK;
}

static enum err match_add(struct arena *a, struct fitment *f, const struct match *m) {
    void *list = f->matches;
    TRY(list_room(a, &list, f->count, &f->capacity, sizeof *f->matches));
    f->matches = list;
    f->matches[f->count++] = *m;
    return ERR_OK;
}

static enum err open_row_add(struct arena *a, struct fitment *f, const struct fitment_row *row) {
    void *list = f->open_rows;
    TRY(list_room(a, &list, f->open_count, &f->open_capacity, sizeof *f->open_rows));
    f->open_rows = list;
    f->open_rows[f->open_count++] = *row;
    return ERR_OK;
}

// ---- the rows of one product for one vehicle of K ----------------------------------------------------------------------------
struct row {
    uint32_t application;
    const struct application *entry;
    const struct entry_match *match;
};

enum { BEST_NONE, BEST_MAYBE, BEST_OPEN, BEST_PART, BEST_WHOLE };

static bool whole(const struct knowledge_vehicle *kv, const uint64_t *yes) {
    uint64_t missing = 0;
    for (unsigned i = 0; i < kv->words; i++) missing |= kv->possible[i] & ~yes[i];
    return missing == 0;
}

static int row_grade(const struct knowledge_vehicle *kv, const struct row *row) {
    if (row->match->state == ROW_DEAD || !entry_any(row->match, kv->words)) return BEST_NONE;
    uint64_t yes = 0;
    for (unsigned i = 0; i < kv->words; i++) yes |= row->match->yes[i];
    if (!yes) return BEST_MAYBE;
    if (row->match->state == ROW_OPEN) return BEST_OPEN;
    return whole(kv, row->match->yes) ? BEST_WHOLE : BEST_PART;
}

// Folds the rows into m: VERDICT_FITS, VERDICT_CONDITIONAL or VERDICT_NO. `united` is scratch of kv->words.
static void rows_fold(const struct knowledge_vehicle *kv, const struct row *rows, unsigned count, uint64_t *united, struct match *m) {
    int best = BEST_NONE;
    bool spec = false;
    memset(united, 0, kv->words * sizeof *united);
    for (unsigned i = 0; i < count; i++) {
        int grade = row_grade(kv, &rows[i]);
        if (grade > best) {
            best = grade;
            m->application = rows[i].application;
            m->quantity = rows[i].entry->quantity;
            m->position = rows[i].entry->position;
            spec = application_has_spec(rows[i].entry);
        }
        if (rows[i].match->state == ROW_LIVE)
            for (unsigned w = 0; w < kv->words; w++) united[w] |= rows[i].match->yes[w];
    }
    m->whole = best == BEST_WHOLE && !spec;
    m->verdict = best == BEST_NONE ? VERDICT_NO : whole(kv, united) ? VERDICT_FITS : VERDICT_CONDITIONAL;
}

struct any_row { uint32_t product, application; const struct application *entry; unsigned ordinal; };
struct any_group { // what of one type applies to every make
    uint32_t type;
    const struct application *entries;
    unsigned entry_count, row_count;
    struct any_row *rows; // ascending by product
};

struct finder {
    struct view *view;
    const struct knowledge *k;
    struct fitment *out;
    uint64_t *united;             // scratch, words of the largest vehicle
    const uint32_t *dirty;        // of the type at hand, ascending
    unsigned dirty_count;
    struct row *rows;             // of the product at hand
    unsigned row_count, row_capacity;
    struct any_group *any;        // ascending by type
    unsigned any_count, any_capacity, any_at;
    bool universal;               // universal products are wanted
};

static enum err product_close(struct finder *f, uint32_t ordinal, uint32_t product, uint32_t type) {
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    struct match m = {.product = product, .type = type};
    rows_fold(kv, f->rows, f->row_count, f->united, &m);
    if (m.verdict == VERDICT_NO) return ERR_OK;
    TRY(match_add(f->view->arena, f->out, &m));
    for (unsigned i = 0; m.verdict == VERDICT_CONDITIONAL && i < f->row_count; i++) {
        struct fitment_row open = {.product = product, .vehicle = ordinal, .entry = f->rows[i].entry, .match = *f->rows[i].match};
        TRY(open_row_add(f->view->arena, f->out, &open));
    }
    return ERR_OK;
}

static enum err row_add(struct finder *f, uint32_t application, const struct application *entry, const struct entry_match *m) {
    void *list = f->rows;
    TRY(list_room(f->view->arena, &list, f->row_count, &f->row_capacity, sizeof *f->rows));
    f->rows = list;
    f->rows[f->row_count++] = (struct row){application, entry, m};
    return ERR_OK;
}

static bool is_dirty(const struct finder *f, uint32_t product) {
    unsigned low = 0, high = f->dirty_count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (f->dirty[mid] < product) low = mid + 1;
        else high = mid;
    }
    return low < f->dirty_count && f->dirty[low] == product;
}

// ---- a group ---------------------------------------------------------------------------------------------------------------------
static enum err entries_match(struct finder *f, const struct knowledge_vehicle *kv, const struct application *entries,
                              unsigned count, struct entry_match **out) {
    struct entry_match *list = arena_alloc(f->view->arena, (count + 1) * sizeof *list);
    uint64_t *bits = arena_alloc(f->view->arena, (size_t)count * 2 * kv->words * sizeof *bits);
    if (!list || !bits) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++, bits += 2 * (size_t)kv->words) {
        list[i] = (struct entry_match){.yes = bits, .maybe = bits + kv->words};
        entry_match_run(f->k, kv, &entries[i], MATCH_ALL_TERMS, &list[i]);
    }
    *out = list;
    return ERR_OK;
}

struct any_reader { const struct any_group *group; struct entry_match *matches; unsigned at; };

static enum err any_begin(struct finder *f, const struct knowledge_vehicle *kv, uint32_t type, struct any_reader *out) {
    *out = (struct any_reader){0};
    for (unsigned i = 0; i < f->any_count && !out->group; i++)
        if (f->any[i].type == type) out->group = &f->any[i];
    return out->group ? entries_match(f, kv, out->group->entries, out->group->entry_count, &out->matches) : ERR_OK;
}

static bool any_more(const struct any_reader *r) { return r->group && r->at < r->group->row_count; }

static enum err any_rows(struct finder *f, const struct vehicle *car, struct any_reader *r, uint32_t product) {
    for (; any_more(r) && r->group->rows[r->at].product == product; r->at++) {
        const struct any_row *row = &r->group->rows[r->at];
        if (application_covers(row->entry, car->make, car->model, car->year))
            TRY(row_add(f, row->application, row->entry, &r->matches[row->ordinal]));
        for (unsigned i = f->row_count; i > 1 && f->rows[i - 2].application > f->rows[i - 1].application; i--) { // as in the record
            struct row t = f->rows[i - 1];
            f->rows[i - 1] = f->rows[i - 2];
            f->rows[i - 2] = t;
        }
    }
    return ERR_OK;
}

// Products of which nothing but applications for every make is known, below `product`.
static enum err any_before(struct finder *f, uint32_t ordinal, uint32_t type, struct any_reader *r, uint32_t product) {
    while (any_more(r) && r->group->rows[r->at].product < product) {
        uint32_t at = r->group->rows[r->at].product;
        f->row_count = 0;
        TRY(any_rows(f, f->k->vehicles[ordinal].vehicle, r, at));
        if (f->row_count) TRY(product_close(f, ordinal, at, type));
    }
    f->row_count = 0;
    return ERR_OK;
}

static enum err group_read(struct finder *f, uint32_t ordinal, uint32_t type, struct slice value) {
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    struct reader r = reader_of(value);
    struct application *entries;
    struct entry_match *matches;
    struct any_reader any;
    unsigned entry_count;
    TRY(any_begin(f, kv, type, &any));
    TRY(group_entries(f->view->arena, &r, &entries, &entry_count));
    TRY(entries_match(f, kv, entries, entry_count, &matches));
    uint64_t count = reader_varint(&r);
    uint32_t product = 0;
    f->row_count = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t delta = (uint32_t)reader_varint(&r), entry = (uint32_t)reader_varint(&r),
                 application = (uint32_t)reader_varint(&r);
        if (r.bad || entry >= entry_count) return ERR_DAMAGED;
        if (delta && f->row_count) {
            TRY(any_rows(f, kv->vehicle, &any, product));
            TRY(product_close(f, ordinal, product, type));
            f->row_count = 0;
        }
        product += delta;
        if (delta) TRY(any_before(f, ordinal, type, &any, product));
        if (!is_dirty(f, product)) TRY(row_add(f, application, &entries[entry], &matches[entry]));
    }
    if (f->row_count) {
        TRY(any_rows(f, kv->vehicle, &any, product));
        TRY(product_close(f, ordinal, product, type));
    }
    return any_before(f, ordinal, type, &any, UINT32_MAX);
}

static const struct slice no_group = {"\0\0", 2}; // no entries, no rows

// Types below `type` of which the car has no group of its own.
static enum err any_types_before(struct finder *f, uint32_t ordinal, uint32_t type) {
    for (; f->any_at < f->any_count && f->any[f->any_at].type < type; f->any_at++)
        TRY(group_read(f, ordinal, f->any[f->any_at].type, no_group));
    if (f->any_at < f->any_count && f->any[f->any_at].type == type) f->any_at++;
    return ERR_OK;
}

// The group of vehicle 0: universal products are matches, the rest is kept for each car.
static enum err group_universal(struct finder *f, uint32_t type, struct slice value) {
    struct reader r = reader_of(value);
    struct application *entries;
    unsigned entry_count;
    TRY(group_entries(f->view->arena, &r, &entries, &entry_count));
    uint64_t count = reader_varint(&r);
    if (r.bad || count > reader_left(&r)) return ERR_DAMAGED;
    void *list = f->any;
    TRY(list_room(f->view->arena, &list, f->any_count, &f->any_capacity, sizeof *f->any));
    f->any = list;
    struct any_group *any = &f->any[f->any_count];
    *any = (struct any_group){.type = type, .entries = entries, .entry_count = entry_count};
    any->rows = arena_alloc(f->view->arena, (count + 1) * sizeof *any->rows);
    if (!any->rows) return ERR_NO_MEMORY;
    struct match m = {.type = type, .verdict = VERDICT_UNIVERSAL};
    for (uint64_t i = 0; i < count; i++) {
        m.product += (uint32_t)reader_varint(&r);
        uint32_t entry = (uint32_t)reader_varint(&r);
        m.application = (uint32_t)reader_varint(&r);
        if (r.bad || entry >= entry_count) return ERR_DAMAGED;
        if (is_dirty(f, m.product)) continue;
        if (!(columns_facts(f->view, m.product)->flags & FACT_UNIVERSAL)) {
            any->rows[any->row_count++] = (struct any_row){m.product, m.application, &entries[entry], entry};
            continue;
        }
        m.quantity = entries[entry].quantity;
        m.position = entries[entry].position;
        if (f->universal) TRY(match_add(f->view->arena, f->out, &m));
    }
    if (any->row_count) f->any_count++;
    return ERR_OK;
}

// ---- products whose groups are not to be believed -----------------------------------------------------------------------------
static enum err applications_rows(struct finder *f, uint32_t ordinal, const struct application *list, unsigned count) {
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    f->row_count = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!application_covers(&list[i], kv->vehicle->make, kv->vehicle->model, kv->vehicle->year)) continue;
        struct entry_match *m = arena_alloc(f->view->arena, sizeof *m);
        if (!m) return ERR_NO_MEMORY;
        TRY(entry_match_new(f->view->arena, kv, m));
        entry_match_run(f->k, kv, &list[i], MATCH_ALL_TERMS, m);
        TRY(row_add(f, i, &list[i], m));
    }
    return ERR_OK;
}

static enum err dirty_product(struct finder *f, uint32_t product, uint32_t type, bool universal) {
    const struct product_facts *facts = columns_facts(f->view, product);
    if (facts->flags & FACT_DELETED || (type && facts->type != type)) return ERR_OK;
    if (facts->flags & FACT_UNIVERSAL) {
        struct match m = {.product = product, .type = facts->type, .verdict = VERDICT_UNIVERSAL, .quantity = 1};
        return universal ? match_add(f->view->arena, f->out, &m) : ERR_OK;
    }
    struct application *list;
    unsigned count;
    TRY(applications_load(f->view, product, &list, &count));
    for (uint32_t i = 0; i < f->k->vehicle_count; i++) {
        TRY(applications_rows(f, i, list, count));
        if (f->row_count) TRY(product_close(f, i, product, facts->type));
    }
    return ERR_OK;
}

static enum err dirty_load(struct view *v, uint32_t type, const uint32_t **out, unsigned *count) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_DIRTY);
    if (!c) return ERR_NO_MEMORY;
    void *list = NULL;
    unsigned capacity = 0;
    uint32_t from = __builtin_bswap32(type);
    struct slice key, value;
    *count = 0;
    enum err e = db_cursor_seek(c, slice_of(&from, type ? sizeof from : 0), &key, &value);
    while (e == ERR_OK) {
        struct reader r = reader_of(key);
        if (reader_u32be(&r) != type && type) break;
        uint32_t product = reader_u32be(&r);
        e = list_room(v->arena, &list, *count, &capacity, sizeof product);
        if (e != ERR_OK) break;
        ((uint32_t *)list)[(*count)++] = product;
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    *out = list;
    return e == ERR_END ? ERR_OK : e;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// ---- the whole set -------------------------------------------------------------------------------------------------------------
// All types of a car are some ten thousand matches in runs of one type each: counted into place by the low digit of the
// product, then by the next, which keeps the order within a digit. `spare` has room for `count`.
#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

static void matches_by_digit(const struct match *from, struct match *to, unsigned count, unsigned shift) {
    unsigned at[DIGITS] = {0}, start = 0;
    for (unsigned i = 0; i < count; i++) at[from[i].product >> shift & (DIGITS - 1)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        unsigned n = at[d];
        at[d] = start;
        start += n;
    }
    for (unsigned i = 0; i < count; i++) to[at[from[i].product >> shift & (DIGITS - 1)]++] = from[i];
}

static enum err matches_sort(struct arena *a, struct fitment *f) {
    uint32_t highest = 0;
    bool sorted = true;
    for (unsigned i = 0; i < f->count; i++) {
        sorted &= f->matches[i].product >= highest;
        if (f->matches[i].product > highest) highest = f->matches[i].product;
    }
    if (sorted) return ERR_OK;
    struct match *spare = arena_alloc(a, f->capacity * sizeof *spare);
    if (!spare) return ERR_NO_MEMORY;
    for (unsigned shift = 0; shift < 32 && highest >> shift; shift += DIGIT_BITS) {
        matches_by_digit(f->matches, spare, f->count, shift);
        struct match *t = f->matches;
        f->matches = spare;
        spare = t;
    }
    return ERR_OK;
}

// With several vehicles in K one match per product: it fits when it fits every one.
static void matches_settle(struct fitment *f) {
    if (f->k->vehicle_count < 2) return;
    unsigned kept = 0;
    for (unsigned i = 0; i < f->count;) {
        struct match m = f->matches[i];
        unsigned fits = 0, first = i;
        for (; i < f->count && f->matches[i].product == m.product; i++) {
            fits += f->matches[i].verdict == VERDICT_FITS;
            if (f->matches[i].verdict > m.verdict) m = f->matches[i];
        }
        if (f->matches[first].verdict != VERDICT_UNIVERSAL)
            m.verdict = fits == f->k->vehicle_count ? VERDICT_FITS : VERDICT_CONDITIONAL;
        m.whole = 0;
        f->matches[kept++] = m;
    }
    f->count = kept;
}

static enum err group_take(struct finder *f, uint32_t vehicle, uint32_t ordinal, uint32_t type, struct slice value) {
    return vehicle ? group_read(f, ordinal, type, value) : group_universal(f, type, value);
}

static enum err group_of_type(struct finder *f, uint32_t vehicle, uint32_t ordinal, uint32_t type) {
    uint32_t key[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(type)};
    struct slice value;
    enum err e = db_get(f->view->snapshot, TABLE_GROUP, slice_of(key, sizeof key), &value);
    if (e == ERR_NOT_FOUND && vehicle == 0) return ERR_OK;
    if (e == ERR_NOT_FOUND) return group_read(f, ordinal, type, no_group);
    return e == ERR_OK ? group_take(f, vehicle, ordinal, type, value) : e;
}

static enum err groups_of_vehicle(struct finder *f, uint32_t vehicle, uint32_t ordinal, uint32_t type) {
    if (type) return group_of_type(f, vehicle, ordinal, type);
    struct db_cursor *c = db_cursor_begin(f->view->snapshot, TABLE_GROUP);
    if (!c) return ERR_NO_MEMORY;
    uint32_t prefix = __builtin_bswap32(vehicle);
    struct slice key, value;
    enum err e = db_cursor_seek(c, slice_of(&prefix, sizeof prefix), &key, &value);
    f->any_at = 0;
    while (e == ERR_OK) {
        struct reader r = reader_of(key);
        uint32_t at = reader_u32be(&r), of = reader_u32be(&r);
        if (at != vehicle) break;
        if (vehicle) e = any_types_before(f, ordinal, of);
        if (e == ERR_OK) e = group_take(f, vehicle, ordinal, of, value);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    if (e != ERR_OK && e != ERR_END) return e;
    return vehicle ? any_types_before(f, ordinal, UINT32_MAX) : ERR_OK;
}

static enum err finder_init(struct finder *f, struct view *v, const struct knowledge *k, struct fitment *out) {
    unsigned words = 1;
    for (unsigned i = 0; i < k->vehicle_count; i++)
        if (k->vehicles[i].words > words) words = k->vehicles[i].words;
    *f = (struct finder){.view = v, .k = k, .out = out};
    f->united = ARENA_ARRAY(v->arena, uint64_t, words);
    return f->united ? ERR_OK : ERR_NO_MEMORY;
}

enum err fitment_find(struct view *v, const struct knowledge *k, uint32_t type, bool universal, struct fitment *out) {
    struct finder f;
    *out = (struct fitment){.k = k};
    TRY(finder_init(&f, v, k, out));
    TRY(dirty_load(v, type, &f.dirty, &f.dirty_count));
    if (!type && f.dirty_count) qsort((void *)(uintptr_t)f.dirty, f.dirty_count, sizeof *f.dirty, compare_u32);
    f.universal = universal;
    TRY(groups_of_vehicle(&f, 0, 0, type));
    for (uint32_t i = 0; k->resolved && i < k->vehicle_count; i++)
        TRY(groups_of_vehicle(&f, k->vehicles[i].vehicle->id, i, type));
    for (unsigned i = 0; i < f.dirty_count; i++)
        if (i == 0 || f.dirty[i] != f.dirty[i - 1]) TRY(dirty_product(&f, f.dirty[i], type, universal));
    TRY(matches_sort(v->arena, out));
    matches_settle(out);
    return ERR_OK;
}

// ---- one product ---------------------------------------------------------------------------------------------------------------
// Whether the brand lists this type for the vehicle at all, so that a missing product is a `no` and not a gap: in the group,
// or among the products the group does not know yet.
static bool of_brand(struct view *v, uint32_t product, uint32_t type, uint32_t brand) {
    const struct product_facts *facts = columns_facts(v, product);
    return facts->brand == brand && facts->type == type && !(facts->flags & (FACT_DELETED | FACT_UNIVERSAL));
}

static enum err group_lists_brand(struct finder *f, const struct vehicle *car, uint32_t vehicle, uint32_t type, uint32_t brand, bool *out) {
    uint32_t prefix[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(type)};
    struct slice value;
    enum err e = db_get(f->view->snapshot, TABLE_GROUP, slice_of(prefix, sizeof prefix), &value);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    struct reader r = reader_of(value);
    struct application *entries;
    unsigned entry_count;
    TRY(group_entries(f->view->arena, &r, &entries, &entry_count));
    uint64_t count = reader_varint(&r);
    uint32_t product = 0;
    for (uint64_t i = 0; i < count && !*out && !r.bad; i++) {
        product += (uint32_t)reader_varint(&r);
        uint64_t entry = reader_varint(&r);
        (void)reader_varint(&r);
        if (r.bad || entry >= entry_count) return ERR_DAMAGED;
        *out = !is_dirty(f, product) && of_brand(f->view, product, type, brand) &&
               application_covers(&entries[entry], car->make, car->model, car->year);
    }
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static enum err brand_covers(struct finder *f, const struct vehicle *car, uint32_t type, uint32_t brand, bool *out) {
    TRY(dirty_load(f->view, type, &f->dirty, &f->dirty_count));
    TRY(group_lists_brand(f, car, car->id, type, brand, out));
    if (!*out) TRY(group_lists_brand(f, car, 0, type, brand, out));
    for (unsigned i = 0; i < f->dirty_count && !*out; i++) {
        struct application *list;
        unsigned count;
        if (!of_brand(f->view, f->dirty[i], type, brand)) continue;
        TRY(applications_load(f->view, f->dirty[i], &list, &count));
        for (unsigned k = 0; k < count && !*out; k++) *out = application_covers(&list[k], car->make, car->model, car->year);
    }
    return ERR_OK;
}

// An application whose vehicle is not known might be this one: it is no ground for a `no`.
static bool all_resolved(const struct application *list, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (list[i].flags & APPLICATION_UNRESOLVED) return false;
    return count > 0;
}

enum err fitment_of_product(struct view *v, const struct knowledge *k, uint32_t product, struct match *out,
                            struct fitment *found) {
    const struct product_facts *facts = columns_facts(v, product);
    *out = (struct match){.product = product, .type = facts->type, .quantity = 1, .verdict = VERDICT_UNKNOWN};
    *found = (struct fitment){.k = k};
    if (facts->flags & FACT_DELETED) return ERR_NOT_FOUND;
    if (facts->flags & FACT_UNIVERSAL) {
        out->verdict = VERDICT_UNIVERSAL;
        return ERR_OK;
    }
    struct application *list;
    unsigned count;
    TRY(applications_load(v, product, &list, &count));
    if (!k->resolved || k->vehicle_count == 0 || count == 0) return ERR_OK;
    struct finder f;
    TRY(finder_init(&f, v, k, found));
    uint32_t covered = 0;
    for (uint32_t i = 0; i < k->vehicle_count; i++) {
        TRY(applications_rows(&f, i, list, count));
        bool covers = f.row_count > 0;
        if (f.row_count) TRY(product_close(&f, i, product, facts->type));
        if (!covers) TRY(brand_covers(&f, k->vehicles[i].vehicle, facts->type, facts->brand, &covers));
        covered += covers;
    }
    TRY(matches_sort(v->arena, found));
    matches_settle(found);
    if (found->count) *out = found->matches[0];
    else if (covered == k->vehicle_count && all_resolved(list, count)) out->verdict = VERDICT_NO;
    return ERR_OK;
}

enum err fitment_verdict(struct view *v, const struct knowledge *k, uint32_t product, struct match *out) {
    struct fitment found;
    return fitment_of_product(v, k, product, out, &found);
}
