#include "fitment.h"

#include <stdlib.h>

#include "assortment.h"
#include "base/hash.h"
#include "decoded.h"
#include "fitment_finder.h"

#define SCRATCH_FIRST_BYTES (64 * 1024)
#define SCRATCH_BYTES (16 * 1024 * 1024)

const char *verdict_name(enum verdict v) {
    static const char *const names[] = {"unknown", "no", "conditional", "universal", "fits"};
    return names[v];
}

// Rows of it are none of the answer's: a dirty product is matched anew, and what the request does not see is not there.
static inline bool passed_over(const struct finder *f, uint32_t product) {
    return finder_is_dirty(f, product) || assortment_hides(f->view, product);
}

// ---- a group ---------------------------------------------------------------------------------------------------------------------
static enum err entries_match(struct finder *f, const struct knowledge_vehicle *kv, const struct application *entries,
                              unsigned count, struct entry_match **out) {
    struct entry_match *list = arena_alloc(f->work, (count + 1) * sizeof *list);
    uint64_t *bits = arena_alloc(f->work, (size_t)count * 2 * kv->words * sizeof *bits);
    if (!list || !bits) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++, bits += 2 * (size_t)kv->words) {
        list[i] = (struct entry_match){.yes = bits, .maybe = bits + kv->words};
        entry_match_run(f->k, kv, &entries[i], MATCH_ALL_TERMS, &list[i]);
    }
    *out = list;
    return ERR_OK;
}

struct any_reader { const struct any_group *of; struct entry_match *matches; unsigned at; };

static enum err any_begin(struct finder *f, const struct knowledge_vehicle *kv, uint32_t type, struct any_reader *out) {
    *out = (struct any_reader){0};
    for (unsigned i = 0; i < f->any_count && !out->of; i++)
        if (f->any[i].type == type) out->of = &f->any[i];
    return out->of ? entries_match(f, kv, out->of->group->entries, out->of->group->entry_count, &out->matches) : ERR_OK;
}

static bool any_more(const struct any_reader *r) { return r->of && r->at < r->of->row_count; }

static enum err any_rows(struct finder *f, const struct vehicle *car, struct any_reader *r, uint32_t product) {
    for (; any_more(r) && r->of->rows[r->at].product == product; r->at++) {
        const struct group_line *line = &r->of->rows[r->at];
        const struct application *entry = &r->of->group->entries[line->entry];
        if (application_covers(entry, car->make, car->model, car->year))
            TRY(finder_row_add(f, line->application, entry, &r->matches[line->entry]));
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
    while (any_more(r) && r->of->rows[r->at].product < product) {
        uint32_t at = r->of->rows[r->at].product;
        f->row_count = 0;
        TRY(any_rows(f, f->k->vehicles[ordinal].vehicle, r, at));
        if (f->row_count) TRY(finder_product_close(f, ordinal, at, type));
    }
    f->row_count = 0;
    return ERR_OK;
}

// A product of one row is decided by the grade of its entry alone.
static inline enum err row_close(struct finder *f, uint32_t ordinal, uint32_t type, const struct group_line *line,
                                 const struct application *entry, const struct entry_match *match) {
    if (match->grade == GRADE_NONE) return ERR_OK;
    struct match m = {.product = line->product, .type = type, .application = line->application, .quantity = entry->quantity,
                      .position = entry->position, .verdict = VERDICT_FITS, .whole = !application_has_spec(entry)};
    bool decided = match->grade == GRADE_WHOLE;
    if (decided && f->k->vehicle_count < 2) return finder_match_add(f->view->arena, f->out, &m);
    if (!decided) {
        m.verdict = VERDICT_CONDITIONAL;
        m.whole = 0;
    }
    struct fitment_row open = {.product = line->product, .vehicle = ordinal, .decided = decided, .entry = entry, .match = *match};
    TRY(finder_vehicle_match(f, ordinal, &m));
    return finder_open_row_add(f, &open);
}

static enum err group_rows(struct finder *f, uint32_t ordinal, uint32_t type, const struct group *g) {
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    struct entry_match *matches;
    struct any_reader any;
    TRY(any_begin(f, kv, type, &any));
    TRY(entries_match(f, kv, g->entries, g->entry_count, &matches));
    for (unsigned i = 0, end; i < g->row_count; i = end) {
        const struct group_line *line = &g->rows[i];
        for (end = i + 1; end < g->row_count && g->rows[end].product == line->product;) end++;
        if (any.of) TRY(any_before(f, ordinal, type, &any, line->product));
        if (passed_over(f, line->product)) continue;
        if (end == i + 1 && !f->excluded && !any.of) {
            TRY(row_close(f, ordinal, type, line, &g->entries[line->entry], &matches[line->entry]));
            continue;
        }
        f->row_count = 0;
        for (unsigned k = i; k < end; k++)
            TRY(finder_row_add(f, g->rows[k].application, &g->entries[g->rows[k].entry], &matches[g->rows[k].entry]));
        TRY(any_rows(f, kv->vehicle, &any, line->product));
        TRY(finder_product_close(f, ordinal, line->product, type));
    }
    return any_before(f, ordinal, type, &any, UINT32_MAX);
}

// Types below `type` of which the car has no group of its own.
static enum err any_types_before(struct finder *f, uint32_t ordinal, uint32_t type) {
    static const struct group NOTHING = {0};
    for (; f->any_at < f->any_count && f->any[f->any_at].type < type; f->any_at++)
        TRY(group_rows(f, ordinal, f->any[f->any_at].type, &NOTHING));
    if (f->any_at < f->any_count && f->any[f->any_at].type == type) f->any_at++;
    return ERR_OK;
}

// The group of vehicle 0: universal products are matches, the rest is kept for each car. `g` lives as long as the request.
static enum err group_of_all(struct finder *f, uint32_t type, const struct group *g) {
    struct any_group any = {.type = type, .group = g};
    for (unsigned i = 0; i < g->row_count; i++) {
        const struct group_line *line = &g->rows[i];
        const struct application *entry = &g->entries[line->entry];
        struct match m = {.product = line->product, .type = type, .verdict = VERDICT_UNIVERSAL, .application = line->application,
                          .quantity = entry->quantity, .position = entry->position};
        if (passed_over(f, line->product)) continue;
        if (columns_facts(f->view, line->product)->flags & FACT_UNIVERSAL) {
            if (f->universal) TRY(finder_match_add(f->view->arena, f->out, &m));
            continue;
        }
        if (!any.rows) any.rows = ARENA_ARRAY(f->view->arena, struct group_line, g->row_count);
        if (!any.rows) return ERR_NO_MEMORY;
        any.rows[any.row_count++] = *line;
    }
    if (any.row_count == 0) return ERR_OK;
    void *list = f->any;
    TRY(finder_list_room(f->view->arena, &list, f->any_count, &f->any_capacity, sizeof *f->any));
    f->any = list;
    f->any[f->any_count++] = any;
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
        TRY(finder_row_add(f, i, &list[i], m));
    }
    return ERR_OK;
}

static enum err dirty_product(struct finder *f, uint32_t product, uint32_t type, bool universal) {
    const struct product_facts *facts = columns_facts(f->view, product);
    if (facts->flags & FACT_DELETED || (type && facts->type != type)) return ERR_OK;
    if (facts->flags & FACT_UNIVERSAL) {
        struct match m = {.product = product, .type = facts->type, .verdict = VERDICT_UNIVERSAL, .quantity = 1};
        return universal ? finder_match_add(f->view->arena, f->out, &m) : ERR_OK;
    }
    struct application *list;
    unsigned count;
    TRY(applications_load(f->view, product, &list, &count));
    for (uint32_t i = 0; i < f->k->vehicle_count; i++) {
        TRY(applications_rows(f, i, list, count));
        if (f->row_count) TRY(finder_product_close(f, i, product, facts->type));
    }
    return ERR_OK;
}

static enum err dirty_load(struct view *v, uint32_t type, const uint32_t **out, unsigned *count) {
    *out = NULL;
    *count = 0;
    if (decoded_clean(v, type)) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_DIRTY);
    if (!c) return ERR_NO_MEMORY;
    void *list = NULL;
    unsigned capacity = 0;
    uint32_t from = __builtin_bswap32(type);
    struct slice key, value;
    enum err e = db_cursor_seek(c, slice_of(&from, type ? sizeof from : 0), &key, &value);
    while (e == ERR_OK) {
        struct reader r = reader_of(key);
        if (reader_u32be(&r) != type && type) break;
        uint32_t product = reader_u32be(&r);
        e = finder_list_room(v->arena, &list, *count, &capacity, sizeof product);
        if (e != ERR_OK) break;
        ((uint32_t *)list)[(*count)++] = product;
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    *out = list;
    if (e == ERR_END) e = ERR_OK;
    if (e == ERR_OK && *count == 0) decoded_set_clean(v, type);
    return e;
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

static uint32_t highest_product(const struct match *list, unsigned count) {
    uint32_t highest = 0;
    for (unsigned i = 0; i < count; i++)
        if (list[i].product > highest) highest = list[i].product;
    return highest;
}

// In place, or in `spare`: where they are then.
static struct match *matches_sort_runs(struct match *list, struct match *spare, unsigned count) {
    uint32_t highest = highest_product(list, count);
    for (unsigned shift = 0; shift < 32 && highest >> shift; shift += DIGIT_BITS) {
        matches_by_digit(list, spare, count, shift);
        struct match *t = list;
        list = spare;
        spare = t;
    }
    return list;
}

// The first of a run whose product is above; few come before it.
static const struct match *run_end(const struct match *at, const struct match *end, uint32_t product) {
    while (at < end && at->product <= product) at++;
    return at;
}

// What is ascending at the front stays, since that is mostly the universal goods, many times the rest: the rest is sorted and merged into it,
// so that runs of the front are copied whole.
static enum err matches_sort(struct arena *a, struct fitment *f) {
    unsigned front = f->count > 0;
    while (front < f->count && f->matches[front].product >= f->matches[front - 1].product) front++;
    unsigned rest = f->count - front;
    if (rest == 0) return ERR_OK;
    struct match *spare = arena_alloc(a, f->count * sizeof *spare), *merged = arena_alloc(a, f->capacity * sizeof *merged), *out = merged;
    if (!spare || !merged) return ERR_NO_MEMORY;
    const struct match *more = matches_sort_runs(f->matches + front, spare, rest), *more_end = more + rest;
    const struct match *x = f->matches, *x_end = f->matches + front;
    for (; more < more_end; more++) {
        const struct match *end = run_end(x, x_end, more->product);
        memcpy(out, x, (size_t)(end - x) * sizeof *out);
        out += end - x;
        x = end;
        *out++ = *more;
    }
    memcpy(out, x, (size_t)(x_end - x) * sizeof *out);
    f->matches = merged;
    return ERR_OK;
}

static enum err group_take(struct finder *f, uint32_t vehicle, uint32_t ordinal, uint32_t type, const struct group *g) {
    return vehicle ? group_rows(f, ordinal, type, g) : group_of_all(f, type, g);
}

static enum err group_of_type(struct finder *f, uint32_t vehicle, uint32_t ordinal, uint32_t type) {
    const struct group *g;
    TRY(group_of(f->view, vehicle, type, &g));
    return group_take(f, vehicle, ordinal, type, g);
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
        struct arena *to = vehicle ? f->work : f->view->arena; // those of all cars are needed for each
        struct group *g = ARENA_NEW(to, struct group);
        e = g ? group_decode(to, value, g) : ERR_NO_MEMORY;
        if (e == ERR_OK && vehicle) e = any_types_before(f, ordinal, of);
        if (e == ERR_OK) e = group_take(f, vehicle, ordinal, of, g);
        if (f->work == &f->scratch) arena_reset(&f->scratch);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    if (e != ERR_OK && e != ERR_END) return e;
    return vehicle ? any_types_before(f, ordinal, UINT32_MAX) : ERR_OK;
}

// The universal goods of all types are the same for every car: kept as one list while none of them is dirty and nothing else stands
// beside them, and everything is seen.
struct universal_list { size_t count; uint64_t id; struct match matches[]; };

static uint64_t list_id(const struct match *matches, size_t count) {
    uint64_t so_far[2] = {count};
    for (size_t i = 0; i < count; i++) {
        so_far[1] = matches[i].product;
        so_far[0] = hash64(slice_of(so_far, sizeof so_far));
    }
    return so_far[0] | 1;
}

static enum err universal_repeat(struct finder *f, const struct universal_list *kept) {
    struct fitment *out = f->out;
    if (out->capacity - out->count < kept->count) {
        size_t capacity = out->count + kept->count;
        struct match *grown = arena_alloc(f->view->arena, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (out->count) memcpy(grown, out->matches, out->count * sizeof *grown);
        out->matches = grown;
        out->capacity = (unsigned)capacity;
    }
    if (kept->count) memcpy(out->matches + out->count, kept->matches, kept->count * sizeof *kept->matches);
    out->count += (unsigned)kept->count;
    if (f->k->vehicle_count == 1 && !f->excluded) out->universal = kept->id;
    return ERR_OK;
}

static enum err groups_of_all(struct finder *f) {
    uint64_t key = decoded_group_key(0, 0);
    bool whole = f->dirty_count == 0 && !f->view->assortment;
    const struct universal_list *kept = whole ? decoded_find(f->view, key) : NULL;
    if (kept) return f->universal ? universal_repeat(f, kept) : ERR_OK;
    unsigned before = f->out->count;
    TRY(groups_of_vehicle(f, 0, 0, 0));
    if (!whole || f->any_count || !f->universal) return ERR_OK;
    if (before == 0) TRY(matches_sort(f->view->arena, f->out)); // kept in the order in which they are wanted
    size_t count = f->out->count - before, bytes = count * sizeof *f->out->matches;
    struct universal_list *list = decoded_place(f->view, key, sizeof *list + bytes);
    if (!list) return ERR_OK;
    list->count = count;
    list->id = list_id(f->out->matches + before, count);
    if (count) memcpy(list->matches, f->out->matches + before, bytes);
    return ERR_OK;
}

static enum err finder_init(struct finder *f, struct view *v, const struct knowledge *k, struct fitment *out) {
    unsigned words = 1;
    for (unsigned i = 0; i < k->vehicle_count; i++)
        if (k->vehicles[i].words > words) words = k->vehicles[i].words;
    *f = (struct finder){.view = v, .k = k, .out = out, .work = v->arena, .keep_rows = true};
    f->united = ARENA_ARRAY(v->arena, uint64_t, words);
    if (!f->united) return ERR_NO_MEMORY;
    if (k->vehicle_count > 1) TRY(merge_init(&f->merge, v->arena));
    return finder_excluded_load(f);
}

static enum err finder_finish(struct finder *f) {
    if (f->k->vehicle_count < 2) return matches_sort(f->view->arena, f->out);
    return merge_finish(&f->merge, f->k->vehicle_count, f->out, matches_sort);
}

static enum err vehicles_walk(struct finder *f, uint32_t type, bool universal) {
    TRY(type ? groups_of_vehicle(f, 0, 0, type) : groups_of_all(f));
    for (uint32_t i = 0; f->k->resolved && i < f->k->vehicle_count; i++)
        TRY(groups_of_vehicle(f, f->k->vehicles[i].vehicle->id, i, type));
    for (unsigned i = 0; i < f->dirty_count; i++)
        if (i == 0 || f->dirty[i] != f->dirty[i - 1]) TRY(dirty_product(f, f->dirty[i], type, universal));
    TRY(finder_universal_exclude(f));
    return finder_finish(f);
}

// All types of many cars: their groups are decoded one after the other in the same room, and no row of them is kept.
static enum err vehicles_walk_all(struct finder *f, bool universal) {
    arena_init(&f->scratch, SCRATCH_FIRST_BYTES, SCRATCH_BYTES);
    f->work = &f->scratch;
    f->keep_rows = false;
    enum err e = vehicles_walk(f, 0, universal);
    arena_destroy(&f->scratch);
    return e;
}

enum err fitment_find(struct view *v, const struct knowledge *k, uint32_t type, bool universal, struct fitment *out) {
    struct finder f;
    *out = (struct fitment){.k = k};
    if (type && k->resolved && k->vehicle_count)
        decoded_expect(v, decoded_group_key(k->vehicles[0].vehicle->id, type), decoded_group_key(0, type));
    TRY(finder_init(&f, v, k, out));
    TRY(dirty_load(v, type, &f.dirty, &f.dirty_count));
    if (!type && f.dirty_count) qsort((void *)(uintptr_t)f.dirty, f.dirty_count, sizeof *f.dirty, compare_u32);
    f.universal = universal;
    return !type && k->vehicle_count > QUESTION_VEHICLES ? vehicles_walk_all(&f, universal) : vehicles_walk(&f, type, universal);
}

// ---- one product ---------------------------------------------------------------------------------------------------------------
// Whether the brand lists this type for the vehicle at all, so that a missing product is a `no` and not a gap: in the group,
// or among the products the group does not know yet.
static bool of_brand(struct view *v, uint32_t product, uint32_t type, uint32_t brand) {
    const struct product_facts *facts = columns_facts(v, product);
    return facts->brand == brand && facts->type == type && !(facts->flags & (FACT_DELETED | FACT_UNIVERSAL));
}

static enum err group_lists_brand(struct finder *f, const struct vehicle *car, uint32_t vehicle, uint32_t type, uint32_t brand, bool *out) {
    const struct group *g;
    TRY(group_of(f->view, vehicle, type, &g));
    for (unsigned i = 0; i < g->row_count && !*out; i++) {
        const struct group_line *line = &g->rows[i];
        *out = !finder_is_dirty(f, line->product) && of_brand(f->view, line->product, type, brand) &&
               application_covers(&g->entries[line->entry], car->make, car->model, car->year);
    }
    return ERR_OK;
}

static enum err brand_lists(struct finder *f, const struct vehicle *car, uint32_t type, uint32_t brand, bool *out) {
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

// A verdict is the same whatever part of the catalogue is seen: a brand's gap is one in all that it lists.
static enum err brand_covers(struct finder *f, const struct vehicle *car, uint32_t type, uint32_t brand, bool *out) {
    struct assortment *was = assortment_lift(f->view);
    enum err e = brand_lists(f, car, type, brand, out);
    assortment_put_back(f->view, was);
    return e;
}

// An application whose vehicle is not known might be this one: it is no ground for a `no`.
static bool all_resolved(const struct application *list, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (list[i].flags & APPLICATION_UNRESOLVED) return false;
    return count > 0;
}

enum err fitment_of_applications(struct view *v, const struct knowledge *k, const struct fitment_subject *s, struct match *out,
                                 struct fitment *found) {
    *out = (struct match){.product = s->product, .type = s->facts->type, .quantity = 1, .verdict = VERDICT_UNKNOWN};
    *found = (struct fitment){.k = k};
    struct finder f;
    TRY(finder_init(&f, v, k, found));
    int excluded = k->resolved ? finder_excluded_from(&f, s->product) : 0;
    if (excluded == 2) out->verdict = VERDICT_NO;
    else if (s->facts->flags & FACT_UNIVERSAL) out->verdict = excluded ? VERDICT_CONDITIONAL : VERDICT_UNIVERSAL;
    if (out->verdict == VERDICT_CONDITIONAL) {
        if (k->vehicle_count < 2) TRY(finder_match_add(v->arena, found, out));
        TRY(finder_universal_rows(&f, out));
        return finder_finish(&f);
    }
    if (out->verdict != VERDICT_UNKNOWN) return ERR_OK;
    if (!k->resolved || k->vehicle_count == 0 || s->count == 0) return ERR_OK;
    uint32_t covered = 0;
    for (uint32_t i = 0; i < k->vehicle_count; i++) {
        TRY(applications_rows(&f, i, s->list, s->count));
        bool covers = f.row_count > 0;
        if (f.row_count) TRY(finder_product_close(&f, i, s->product, s->facts->type));
        if (!covers && s->listed) covers = *s->listed;
        else if (!covers) TRY(brand_covers(&f, k->vehicles[i].vehicle, s->facts->type, s->facts->brand, &covers));
        covered += covers;
    }
    TRY(finder_finish(&f));
    if (found->count) *out = found->matches[0];
    else if (covered == k->vehicle_count && all_resolved(s->list, s->count)) out->verdict = VERDICT_NO;
    return ERR_OK;
}

enum err fitment_of_product(struct view *v, const struct knowledge *k, uint32_t product, struct match *out,
                            struct fitment *found) {
    struct fitment_subject s = {.product = product, .facts = columns_facts(v, product)};
    struct application *list = NULL;
    *out = (struct match){.product = product, .type = s.facts->type, .quantity = 1, .verdict = VERDICT_UNKNOWN};
    *found = (struct fitment){.k = k};
    if (s.facts->flags & FACT_DELETED) return ERR_NOT_FOUND;
    if (!(s.facts->flags & FACT_UNIVERSAL)) TRY(applications_load(v, product, &list, &s.count));
    s.list = list;
    return fitment_of_applications(v, k, &s, out, found);
}

enum err fitment_verdict(struct view *v, const struct knowledge *k, uint32_t product, struct match *out) {
    struct fitment found;
    return fitment_of_product(v, k, product, out, &found);
}
