// From the rows of one product to its match: the best application, the parts that unite, what an owner has ruled out.
#include "fitment_finder.h"

// ---- growing lists in the arena --------------------------------------------------------------------------------------------
enum err finder_list_room(struct arena *a, void **list, unsigned count, unsigned *capacity, size_t size) {
    if (count < *capacity) return ERR_OK;
    unsigned more = *capacity ? *capacity * 2 : 64;
    void *grown = arena_alloc(a, more * size);
    if (!grown) return ERR_NO_MEMORY;
    if (count) memcpy(grown, *list, count * size);
    *list = grown;
    *capacity = more;
    return ERR_OK;
}

enum err finder_match_add(struct arena *a, struct fitment *f, const struct match *m) {
    void *list = f->matches;
    TRY(finder_list_room(a, &list, f->count, &f->capacity, sizeof *f->matches));
    f->matches = list;
    f->matches[f->count++] = *m;
    return ERR_OK;
}

enum err finder_vehicle_match(struct finder *f, uint32_t ordinal, const struct match *m) {
    return f->k->vehicle_count < 2 ? finder_match_add(f->view->arena, f->out, m) : merge_add(&f->merge, ordinal, m);
}

enum err finder_open_row_add(struct finder *f, const struct fitment_row *row) {
    struct fitment *out = f->out;
    void *list = out->open_rows;
    out->rows_left_out |= !f->keep_rows || (f->k->vehicle_count > QUESTION_VEHICLES && out->open_count == QUESTION_ROWS);
    if (out->rows_left_out) return ERR_OK;
    TRY(finder_list_room(f->view->arena, &list, out->open_count, &out->open_capacity, sizeof *out->open_rows));
    out->open_rows = list;
    out->open_rows[out->open_count++] = *row;
    return ERR_OK;
}

// ---- the rows of one product for one vehicle of K ----------------------------------------------------------------------------

static bool whole(const struct knowledge_vehicle *kv, const uint64_t *yes) {
    uint64_t missing = 0;
    for (unsigned i = 0; i < kv->words; i++) missing |= kv->possible[i] & ~yes[i];
    return missing == 0;
}

// Whether applications that each match a part of the configurations match all of them together. `united` is scratch of kv->words.
static bool parts_unite(const struct knowledge_vehicle *kv, const struct row *rows, unsigned count, uint64_t *united) {
    memset(united, 0, kv->words * sizeof *united);
    for (unsigned i = 0; i < count; i++)
        if (rows[i].match->state == ROW_LIVE)
            for (unsigned w = 0; w < kv->words; w++) united[w] |= rows[i].match->yes[w];
    return whole(kv, united);
}

// Folds the rows into m: VERDICT_FITS, VERDICT_CONDITIONAL or VERDICT_NO. The first of the best rows is the one that speaks.
static void rows_fold(const struct knowledge_vehicle *kv, const struct row *rows, unsigned count, uint64_t *united, struct match *m) {
    const struct application *best_entry = NULL;
    int best = GRADE_NONE;
    unsigned parts = 0;
    for (unsigned i = 0; i < count; i++) {
        int grade = rows[i].match->grade;
        parts += grade == GRADE_PART;
        if (grade <= best) continue;
        best = grade;
        best_entry = rows[i].entry;
        m->application = rows[i].application;
        m->quantity = rows[i].entry->quantity;
        m->position = rows[i].entry->position;
    }
    // What a specification's reason says depends on the car, so it is not the same for all it matches wholly.
    m->whole = best == GRADE_WHOLE && !application_has_spec(best_entry);
    bool fits = best == GRADE_WHOLE || (parts > 1 && parts_unite(kv, rows, count, united));
    m->verdict = best == GRADE_NONE ? VERDICT_NO : fits ? VERDICT_FITS : VERDICT_CONDITIONAL;
}

// ---- what an owner has ruled out (exclusion.h) ----------------------------------------------------------------------------------
enum err finder_excluded_load(struct finder *f) {
    f->excluded = NULL;
    if (db_table_empty(f->view->snapshot, TABLE_EXCLUSION) || f->k->vehicle_count == 0) return ERR_OK;
    struct excluded *all = ARENA_ARRAY(f->view->arena, struct excluded, f->k->vehicle_count);
    if (!all) return ERR_NO_MEMORY;
    unsigned found = 0;
    for (uint32_t i = 0; i < f->k->vehicle_count; i++) {
        TRY(exclusions_of_vehicle(f->view, f->k->vehicles[i].vehicle->id, &all[i].list, &all[i].count));
        found += all[i].count;
    }
    if (found) f->excluded = all;
    return ERR_OK;
}

// The configurations of a vehicle of K that a product is excluded from, in `out`; false: from none.
static bool excluded_bits(const struct finder *f, uint32_t ordinal, uint32_t product, uint64_t *out) {
    if (!f->excluded) return false;
    const struct excluded *x = &f->excluded[ordinal];
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    unsigned low = 0, high = x->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (x->list[mid].product < product) low = mid + 1;
        else high = mid;
    }
    if (low == x->count || x->list[low].product != product) return false;
    memset(out, 0, kv->words * sizeof *out);
    for (; low < x->count && x->list[low].product == product; low++)
        for (unsigned i = 0; i < kv->vehicle->count; i++)
            if (x->list[low].configuration == 0 || kv->vehicle->hashes[i] == x->list[low].configuration) bits_set(out, i);
    return true;
}

// How much of K a product is excluded from: 0 nothing, 1 some, 2 all of it.
int finder_excluded_from(const struct finder *f, uint32_t product) {
    bool all = f->k->vehicle_count > 0, some = false;
    for (uint32_t i = 0; f->excluded && i < f->k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &f->k->vehicles[i];
        uint64_t left = 0, hit = 0;
        bool any = excluded_bits(f, i, product, f->united);
        for (unsigned w = 0; w < kv->words; w++) {
            left |= kv->possible[w] & ~(any ? f->united[w] : 0);
            hit |= kv->possible[w] & (any ? f->united[w] : 0);
        }
        all &= !left;
        some |= hit != 0;
    }
    return !f->excluded || !some ? 0 : all ? 2 : 1;
}

// The same in the arena; *out is NULL when there are none.
static enum err excluded_keep(struct finder *f, uint32_t ordinal, uint32_t product, const uint64_t **out) {
    *out = NULL;
    if (!excluded_bits(f, ordinal, product, f->united)) return ERR_OK;
    size_t bytes = f->k->vehicles[ordinal].words * sizeof(uint64_t);
    uint64_t *bits = arena_alloc(f->view->arena, bytes);
    if (!bits) return ERR_NO_MEMORY;
    memcpy(bits, f->united, bytes);
    *out = bits;
    return ERR_OK;
}

// Takes the excluded configurations out of the rows at hand: there they are a no.
static enum err rows_exclude(struct finder *f, uint32_t ordinal, const uint64_t *excluded) {
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    for (unsigned i = 0; i < f->row_count; i++) {
        struct entry_match *m = arena_alloc(f->view->arena, sizeof *m);
        if (!m) return ERR_NO_MEMORY;
        TRY(entry_match_new(f->view->arena, kv, m));
        m->state = f->rows[i].match->state;
        for (unsigned w = 0; w < kv->words; w++) {
            m->yes[w] = f->rows[i].match->yes[w] & ~excluded[w];
            m->maybe[w] = f->rows[i].match->maybe[w] & ~excluded[w];
        }
        entry_match_grade(kv, m);
        f->rows[i].match = m;
    }
    return ERR_OK;
}

// What fits anything but some configurations: a row for each vehicle, for the question that tells them apart.
enum err finder_universal_rows(struct finder *f, const struct match *m) {
    for (uint32_t i = 0; i < f->k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &f->k->vehicles[i];
        struct fitment_row row = {.product = m->product, .vehicle = i, .entry = &application_universal};
        struct match one = *m;
        TRY(entry_match_new(f->view->arena, kv, &row.match));
        TRY(excluded_keep(f, i, m->product, &row.excluded));
        for (unsigned w = 0; w < kv->words; w++) row.match.yes[w] = kv->possible[w] & ~(row.excluded ? row.excluded[w] : 0);
        row.match.state = ROW_LIVE;
        entry_match_grade(kv, &row.match);
        row.decided = row.match.grade == GRADE_WHOLE;
        TRY(finder_open_row_add(f, &row));
        one.verdict = row.decided ? VERDICT_FITS : VERDICT_CONDITIONAL;
        if (f->k->vehicle_count > 1 && row.match.grade != GRADE_NONE) TRY(finder_vehicle_match(f, i, &one));
    }
    return ERR_OK;
}

// What fits anything still does not fit what it is excluded from.
enum err finder_universal_exclude(struct finder *f) {
    struct fitment *out = f->out;
    unsigned kept = 0;
    for (unsigned i = 0; f->excluded && i < out->count; i++) {
        int from = out->matches[i].verdict == VERDICT_UNIVERSAL ? finder_excluded_from(f, out->matches[i].product) : 0;
        if (from == 2) continue;
        if (from == 1) {
            out->matches[i].verdict = VERDICT_CONDITIONAL;
            TRY(finder_universal_rows(f, &out->matches[i]));
            if (f->k->vehicle_count > 1) continue; // among those found by vehicle now
        }
        out->matches[kept++] = out->matches[i];
    }
    if (f->excluded) out->count = kept;
    return ERR_OK;
}

enum err finder_product_close(struct finder *f, uint32_t ordinal, uint32_t product, uint32_t type) {
    const struct knowledge_vehicle *kv = &f->k->vehicles[ordinal];
    struct match m = {.product = product, .type = type};
    const uint64_t *excluded;
    TRY(excluded_keep(f, ordinal, product, &excluded));
    if (excluded) TRY(rows_exclude(f, ordinal, excluded));
    rows_fold(kv, f->rows, f->row_count, f->united, &m);
    if (m.verdict == VERDICT_NO) return ERR_OK;
    TRY(finder_vehicle_match(f, ordinal, &m));
    bool decided = m.verdict == VERDICT_FITS;
    if (decided && f->k->vehicle_count < 2) return ERR_OK;
    for (unsigned i = 0; i < f->row_count; i++) {
        struct fitment_row open = {.product = product, .vehicle = ordinal, .decided = decided, .entry = f->rows[i].entry,
                                   .match = *f->rows[i].match, .excluded = excluded};
        TRY(finder_open_row_add(f, &open));
    }
    return ERR_OK;
}

enum err finder_row_add(struct finder *f, uint32_t application, const struct application *entry, const struct entry_match *m) {
    void *list = f->rows;
    TRY(finder_list_room(f->view->arena, &list, f->row_count, &f->row_capacity, sizeof *f->rows));
    f->rows = list;
    f->rows[f->row_count++] = (struct row){application, entry, m};
    return ERR_OK;
}

bool finder_is_dirty(const struct finder *f, uint32_t product) {
    unsigned low = 0, high = f->dirty_count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (f->dirty[mid] < product) low = mid + 1;
        else high = mid;
    }
    return low < f->dirty_count && f->dirty[low] == product;
}
