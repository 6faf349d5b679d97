// Folding dirty products into groups.
//
// The marks that come first are taken together: what their old and new applications cover is listed as touches (vehicle, type, product),
// brought into the groups' own order and applied in one pass, so that a group several of them share is written once, and not at
// all when its rows stay the same. A transaction takes about TOUCHES_PER_TXN of them, so that events are never held up for long.
//
// A product that covers more is taken alone and in parts. Between parts it stays dirty, so nobody reads its rows; its mark then names
// what it had and what it has, since the groups may hold rows of both, and TABLE_META "folding" says how far it came. When the
// product has changed meanwhile, or anyone else has written groups, it begins again from the first vehicle.
#include <stdlib.h>

#include "application_set.h"
#include "base/hash.h"
#include "catalog.h"
#include "fitment_match.h"
#include "vehicle.h"

#define PRODUCTS_PER_TXN 256
#define TOUCHES_PER_TXN 1500
#define GROUP_ARENA_BYTES (256u << 20)
#define FOLDING_NAME "folding"
#define NO_APPLICATION UINT32_MAX // a touch that only takes out

struct touch { uint32_t vehicle, type, product, application, item; };
struct item { // one mark
    uint32_t type, product;
    struct slice record;       // the mark's: applications the groups may know
    struct application *now;   // to be in the groups of `type`; none when the product has left the type
    unsigned now_count;
    bool here, universal;      // universal: in the group of vehicle 0 whatever its applications say
};
struct folding { uint64_t groups_version, applications; uint32_t type, product, flags, next; }; // applications: hash of the record

struct merge {
    struct txn *txn;
    struct view *view;
    struct arena *kept, *scratch; // this transaction's, the group's at hand
    struct item items[PRODUCTS_PER_TXN];
    unsigned item_count;
    struct touch *touches;
    size_t touch_count, touch_capacity;
    unsigned limit;            // touches of a transaction
    uint32_t from;             // vehicles below are done: of a product taken in parts
    unsigned written;          // groups
    // Of the application whose vehicles are being listed:
    const struct application *application;
    uint32_t ordinal;
    bool failed;
};

// ---- what a mark touches ------------------------------------------------------------------------------------------------------
static bool touch_add(struct merge *m, uint32_t vehicle, uint32_t application) {
    if (vehicle < m->from) return true;
    if (m->touch_count == m->touch_capacity) {
        size_t capacity = m->touch_capacity ? m->touch_capacity * 2 : 4 * TOUCHES_PER_TXN;
        struct touch *grown = realloc(m->touches, capacity * sizeof *grown);
        if (!grown) {
            m->failed = true;
            return false;
        }
        m->touches = grown;
        m->touch_capacity = capacity;
    }
    const struct item *item = &m->items[m->item_count];
    m->touches[m->touch_count++] = (struct touch){vehicle, item->type, item->product, application, m->item_count};
    return true;
}

static bool picked(void *arg, const struct picker_row *row) {
    struct merge *m = arg;
    bool covered = application_covers(m->application, row->make, row->model, row->year);
    return touch_add(m, row->is.vehicle, covered ? m->ordinal : NO_APPLICATION);
}

// Applications for every make are with vehicle 0.
static enum err touches_of(struct merge *m, const struct application *list, unsigned count, bool insert) {
    for (unsigned i = 0; i < count && !m->failed; i++) {
        const struct application *a = &list[i];
        if (a->flags & APPLICATION_UNRESOLVED) continue;
        m->application = a;
        m->ordinal = insert ? i : NO_APPLICATION;
        if (a->make == 0) (void)touch_add(m, 0, m->ordinal);
        else TRY(vehicle_each(m->view, a->make, a->model, a->year_from, a->year_to, picked, m));
    }
    return m->failed ? ERR_NO_MEMORY : ERR_OK;
}

static enum err item_open(struct merge *m, struct item *item) {
    const struct product_facts facts = *columns_facts(m->view, item->product);
    struct application *old = NULL;
    unsigned old_count = 0;
    item->here = !(facts.flags & FACT_DELETED) && facts.type == item->type;
    item->universal = item->here && facts.flags & FACT_UNIVERSAL;
    if (item->record.n) TRY(applications_decode(m->kept, item->record, &old, &old_count));
    if (item->here && !item->universal) TRY(applications_load(m->view, item->product, &item->now, &item->now_count));
    TRY(touches_of(m, old, old_count, false));
    TRY(touches_of(m, item->now, item->now_count, true));
    // The mark does not say whether the product was universal.
    return touch_add(m, 0, item->universal ? 0 : NO_APPLICATION) ? ERR_OK : ERR_NO_MEMORY;
}

static int by_group(const void *a, const void *b) {
    const struct touch *x = a, *y = b;
    if (x->vehicle != y->vehicle) return x->vehicle > y->vehicle ? 1 : -1;
    if (x->type != y->type) return x->type > y->type ? 1 : -1;
    if (x->product != y->product) return x->product > y->product ? 1 : -1;
    return (x->application > y->application) - (x->application < y->application);
}

// ---- one group ------------------------------------------------------------------------------------------------------------------
struct rows { struct group_row *list; unsigned count, taken_out, put_in; };

static void row_put_in(const struct merge *m, const struct touch *t, struct rows *out) {
    const struct item *item = &m->items[t->item];
    if (t->application == NO_APPLICATION) return;
    const struct application *entry = item->universal ? &application_universal : &item->now[t->application];
    out->list[out->count++] = (struct group_row){t->product, t->application, entry};
    out->put_in++;
}

// Rows and touches both ascend by product, then application.
static enum err rows_of(struct merge *m, struct slice value, const struct touch *touches, size_t count, struct rows *out) {
    struct group_reader g;
    struct packed_row row;
    TRY(group_open(m->scratch, value, &g));
    *out = (struct rows){.list = arena_alloc(m->scratch, (g.row_count + count + 1) * sizeof *out->list)};
    if (!out->list) return ERR_NO_MEMORY;
    size_t at = 0, touched = 0;
    while (group_next(&g, &row)) {
        if (row.entry >= g.entry_count) return ERR_DAMAGED;
        for (; at < count && touches[at].product < row.product; at++) row_put_in(m, &touches[at], out);
        while (touched < count && touches[touched].product < row.product) touched++;
        if (touched < count && touches[touched].product == row.product) out->taken_out++;
        else out->list[out->count++] = (struct group_row){row.product, row.application, &g.entries[row.entry]};
    }
    for (; at < count; at++) row_put_in(m, &touches[at], out);
    return ERR_OK;
}

static enum err group_change(struct merge *m, const struct touch *touches, size_t count) {
    uint32_t key[2] = {__builtin_bswap32(touches->vehicle), __builtin_bswap32(touches->type)};
    struct slice value = SLICE("\0"); // no rows
    struct rows rows;
    struct buf bytes;
    arena_reset(m->scratch);
    enum err e = db_get(m->view->snapshot, TABLE_GROUP, slice_of(key, sizeof key), &value);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    TRY(rows_of(m, value, touches, count, &rows));
    if (rows.taken_out + rows.put_in == 0) return ERR_OK;
    if (rows.count) {
        buf_init(&bytes, m->scratch, value.n + 64);
        group_encode(&bytes, rows.list, rows.count, m->scratch);
        if (bytes.bad) return ERR_NO_MEMORY;
        if (slice_eq(buf_slice(&bytes), value)) return ERR_OK;
    }
    m->written++;
    return rows.count ? txn_put(m->txn, TABLE_GROUP, slice_of(key, sizeof key), buf_slice(&bytes))
                      : txn_delete(m->txn, TABLE_GROUP, slice_of(key, sizeof key));
}

// Whole vehicles, as many as a transaction takes; *next is the first that is left, UINT32_MAX when none is.
static enum err groups_change(struct merge *m, bool in_parts, uint32_t *next) {
    size_t kept = 0;
    *next = UINT32_MAX;
    if (m->touch_count) qsort(m->touches, m->touch_count, sizeof *m->touches, by_group);
    for (size_t i = 0; i < m->touch_count; i++)
        if (kept == 0 || by_group(&m->touches[kept - 1], &m->touches[i])) m->touches[kept++] = m->touches[i];
    for (size_t from = 0, to; from < kept; from = to) {
        const struct touch *first = &m->touches[from];
        if (in_parts && from >= m->limit && first->vehicle != first[-1].vehicle) {
            *next = first->vehicle;
            return ERR_OK;
        }
        for (to = from + 1; to < kept && m->touches[to].vehicle == first->vehicle && m->touches[to].type == first->type;) to++;
        TRY(group_change(m, first, to - from));
    }
    return ERR_OK;
}

// ---- marks ------------------------------------------------------------------------------------------------------------------------
static struct slice mark_key(uint32_t space[2], const struct item *item) {
    space[0] = __builtin_bswap32(item->type);
    space[1] = __builtin_bswap32(item->product);
    return slice_of(space, 2 * sizeof *space);
}

// The mark behind the one at hand, or the first; *found is false when there is none.
static enum err mark_after(struct merge *m, const struct item *last, struct item *out, bool *found) {
    uint32_t space[2] = {0};
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(m->view->snapshot, TABLE_DIRTY);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, last ? mark_key(space, last) : SLICE_NONE, &key, &value);
    if (e == ERR_OK && last) e = db_cursor_next(c, &key, &value);
    *found = e == ERR_OK;
    if (*found) {
        struct reader r = reader_of(key);
        *out = (struct item){.type = reader_u32be(&r), .product = reader_u32be(&r)};
        out->record = value.n ? arena_copy(m->kept, value) : SLICE_NONE;
        if (value.n && !out->record.p) e = ERR_NO_MEMORY;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

static struct slice stored_applications(struct merge *m, const struct item *item) {
    uint32_t id = __builtin_bswap32(item->product);
    struct slice value = SLICE_NONE;
    return db_get(m->view->snapshot, TABLE_APPLICATION, slice_of(&id, sizeof id), &value) == ERR_OK ? value : SLICE_NONE;
}

static enum err folding_now(struct merge *m, const struct item *item, struct folding *out) {
    const struct product_facts *facts = columns_facts(m->view, item->product);
    *out = (struct folding){.applications = hash64(stored_applications(m, item)), .type = item->type, .product = item->product,
                            .flags = facts->type << 8 | facts->flags};
    return snapshot_version(m->view->snapshot, TABLE_GROUP, &out->groups_version);
}

// The product that was begun, when it is as it was then: it goes first, since writing other groups would make it begin again.
static enum err folding_resume(struct merge *m, struct item *item, bool *found) {
    struct folding now, then;
    struct slice value;
    uint32_t space[2];
    *found = false;
    enum err e = db_get(m->view->snapshot, TABLE_META, slice_str(FOLDING_NAME), &value);
    if (e != ERR_OK || value.n != sizeof then) return e == ERR_NOT_FOUND || e == ERR_OK ? ERR_OK : e;
    memcpy(&then, value.p, sizeof then);
    *item = (struct item){.type = then.type, .product = then.product};
    e = db_get(m->view->snapshot, TABLE_DIRTY, mark_key(space, item), &value);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    TRY(folding_now(m, item, &now));
    now.next = then.next;
    if (memcmp(&now, &then, sizeof now) != 0) return ERR_OK;
    item->record = value.n ? arena_copy(m->kept, value) : SLICE_NONE;
    m->from = then.next;
    *found = true;
    return value.n && !item->record.p ? ERR_NO_MEMORY : ERR_OK;
}

// What the groups may hold while only a part is done: all it had and all it has.
static enum err mark_widen(struct merge *m, const struct item *item) {
    struct application_set set;
    struct slice had, has = SLICE_NONE;
    struct buf list, record;
    uint32_t space[2];
    unsigned count, unresolved;
    application_set_init(&set, m->kept);
    TRY(applications_list(m->kept, item->record, &had, &count));
    if (item->here) TRY(applications_list(m->kept, stored_applications(m, item), &has, &count));
    TRY(application_set_add(&set, had));
    TRY(application_set_add(&set, has));
    buf_init(&list, m->kept, had.n + has.n + 64);
    TRY(application_set_list(&set, &list, &count, &unresolved));
    buf_init(&record, m->kept, list.n + 64 + count / 2);
    applications_frame(&record, buf_slice(&list), count);
    if (record.bad) return ERR_NO_MEMORY;
    return txn_put(m->txn, TABLE_DIRTY, mark_key(space, item), buf_slice(&record));
}

static enum err folding_leave(struct merge *m, const struct item *item, uint32_t next) {
    struct folding now;
    TRY(folding_now(m, item, &now));
    now.next = next;
    now.groups_version += m->written > 0; // as this commit leaves it
    if (m->from == 0) TRY(mark_widen(m, item));
    return txn_put(m->txn, TABLE_META, slice_str(FOLDING_NAME), slice_of(&now, sizeof now));
}

// ---- one transaction ------------------------------------------------------------------------------------------------------------------
// The rest of a product that was begun, or the first marks, as many as go together; *more when others are left.
static enum err items_open(struct merge *m, bool *more) {
    bool found;
    TRY(folding_resume(m, &m->items[0], &found));
    *more = found;
    if (found) {
        TRY(item_open(m, &m->items[0]));
        m->item_count = 1;
        return ERR_OK;
    }
    for (; m->item_count < PRODUCTS_PER_TXN; m->item_count++) {
        struct item *item = &m->items[m->item_count];
        size_t before = m->touch_count;
        TRY(mark_after(m, m->item_count ? item - 1 : NULL, item, &found));
        if (!found) return ERR_OK;
        TRY(item_open(m, item));
        if (m->item_count == 0 || m->touch_count <= m->limit) continue;
        m->touch_count = before; // for the next transaction
        break;
    }
    *more = true; // perhaps: the next call finds out
    return ERR_OK;
}

static enum err merge_some(struct merge *m, bool *more) {
    uint32_t next, space[2];
    TRY(items_open(m, more));
    TRY(groups_change(m, m->item_count == 1, &next));
    if (next != UINT32_MAX) {
        *more = true;
        return folding_leave(m, &m->items[0], next);
    }
    for (unsigned i = 0; i < m->item_count; i++) TRY(txn_delete(m->txn, TABLE_DIRTY, mark_key(space, &m->items[i])));
    return m->from ? txn_delete(m->txn, TABLE_META, slice_str(FOLDING_NAME)) : ERR_OK;
}

static enum err merge_in(struct txn *t, struct arena *kept, unsigned limit, bool *more) {
    struct view v;
    struct arena scratch;
    struct merge *m = calloc(1, sizeof *m);
    if (!m) return ERR_NO_MEMORY;
    arena_init(&scratch, 64 * 1024, GROUP_ARENA_BYTES);
    *m = (struct merge){.txn = t, .view = &v, .kept = kept, .scratch = &scratch, .limit = limit};
    enum err e = view_of_txn(t, kept, &clock_system, &v);
    if (e == ERR_OK) e = merge_some(m, more);
    view_of_txn_end(&v);
    arena_destroy(&scratch);
    free(m->touches);
    free(m);
    return e;
}

enum err catalog_merge_some(struct db *db, struct arena *scratch, unsigned limit, bool *more) {
    struct txn *t;
    *more = false;
    TRY(txn_begin(db, &t, NULL));
    enum err e = merge_in(t, scratch, limit, more);
    if (e != ERR_OK || txn_writes(t) == 0) {
        txn_abort(t);
        *more = false;
        return e;
    }
    return txn_commit(t, NULL);
}

enum err catalog_merge(struct db *db, struct arena *scratch, bool *more) {
    return catalog_merge_some(db, scratch, TOUCHES_PER_TXN, more);
}
