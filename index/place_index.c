#include "place_index.h"

#include <math.h>
#include <stddef.h>

#define RADIANS (3.14159265358979323846 / 180)
#define PI 3.14159265358979323846
#define LEVEL_MAX 32 // a cell of the last level is one code
#define HEAP_FIRST 256

// ---- codes and cells -----------------------------------------------------------------------------------------------------------
static uint32_t fraction(double part) {
    double scaled = floor(part * 4294967296.0);
    return scaled <= 0 ? 0 : scaled >= 4294967295.0 ? UINT32_MAX : (uint32_t)scaled;
}

static uint64_t spread(uint32_t v) { // abcd -> 0a0b0c0d
    uint64_t x = v;
    x = (x | x << 16) & 0x0000FFFF0000FFFFu;
    x = (x | x << 8) & 0x00FF00FF00FF00FFu;
    x = (x | x << 4) & 0x0F0F0F0F0F0F0F0Fu;
    x = (x | x << 2) & 0x3333333333333333u;
    return (x | x << 1) & 0x5555555555555555u;
}

static uint32_t gather(uint64_t x) {
    x &= 0x5555555555555555u;
    x = (x | x >> 1) & 0x3333333333333333u;
    x = (x | x >> 2) & 0x0F0F0F0F0F0F0F0Fu;
    x = (x | x >> 4) & 0x00FF00FF00FF00FFu;
    x = (x | x >> 8) & 0x0000FFFF0000FFFFu;
    return (uint32_t)(x | x >> 16);
}

static uint64_t code_of(struct geo g) { return spread(fraction((g.lat + 90) / 180)) << 1 | spread(fraction((g.lon + 180) / 360)); }

struct cell { uint64_t first; uint8_t level; }; // level 0 is the earth

static uint64_t cell_codes(unsigned level) { return level == 0 ? 0 : UINT64_C(1) << (64 - 2 * level); } // 0: all of them
static struct cell ancestor(uint64_t code, unsigned level) {
    uint64_t mask = level == 0 ? 0 : ~(cell_codes(level) - 1);
    return (struct cell){code & mask, (uint8_t)level};
}
static struct cell child(struct cell c, unsigned which) {
    return (struct cell){c.first + which * cell_codes(c.level + 1u), (uint8_t)(c.level + 1)};
}

// ---- leaves ----------------------------------------------------------------------------------------------------------------------
#define KEY_BYTES 9
static struct slice key_of(char space[KEY_BYTES], enum place_space of, uint64_t first) {
    uint64_t be = __builtin_bswap64(first);
    space[0] = (char)of;
    memcpy(space + 1, &be, sizeof be);
    return slice_of(space, KEY_BYTES);
}

// A stored point; the code says into which cell it goes when a leaf is split.
struct stored { uint32_t id, unused; uint64_t code; struct geo_vector at; uint64_t bits[PLACE_WORDS]; };
_Static_assert(sizeof(struct stored) == PLACE_BYTES, "stored as it is");

struct leaf { struct cell cell; const char *points; unsigned count; };

static enum err leaf_decode(struct slice key, struct slice value, struct leaf *out) {
    struct reader k = reader_of(slice_from(key, 1)), r = reader_of(value);
    out->cell = (struct cell){reader_u64be(&k), reader_u8(&r)};
    size_t bytes = reader_left(&r);
    out->count = (unsigned)(bytes / PLACE_BYTES);
    out->points = reader_bytes(&r, bytes).p;
    bool aligned = ancestor(out->cell.first, out->cell.level).first == out->cell.first;
    return k.bad || r.bad || out->cell.level > LEVEL_MAX || bytes % PLACE_BYTES || !aligned ? ERR_DAMAGED : ERR_OK;
}

static const char *stored_at(const struct leaf *l, unsigned i) { return l->points + (size_t)i * PLACE_BYTES; }

static struct stored point_at(const struct leaf *l, unsigned i) {
    struct stored p;
    memcpy(&p, stored_at(l, i), sizeof p);
    return p;
}

// The leaf that a code lies in. ERR_NOT_FOUND: the space has no leaves.
static enum err leaf_find(struct snapshot *s, enum place_space space, uint64_t code, struct leaf *out) {
    char bytes[KEY_BYTES];
    struct slice wanted = key_of(bytes, space, code), key, value;
    struct db_cursor *c = db_cursor_begin(s, TABLE_PLACE);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, wanted, &key, &value);
    if (e == ERR_END) e = db_cursor_last(c, &key, &value);
    else if (e == ERR_OK && !slice_eq(key, wanted)) e = db_cursor_prev(c, &key, &value);
    db_cursor_end(c);
    if (e == ERR_END || (e == ERR_OK && (key.n != KEY_BYTES || key.p[0] != (char)space))) return ERR_NOT_FOUND;
    return e == ERR_OK ? leaf_decode(key, value, out) : e;
}

static enum err leaf_write(struct txn *t, struct arena *scratch, enum place_space space, struct cell cell, const struct stored *list,
                           unsigned count) {
    char bytes[KEY_BYTES];
    struct buf value;
    buf_init(&value, scratch, 1 + (size_t)count * PLACE_BYTES);
    buf_u8(&value, cell.level);
    buf_put(&value, list, (size_t)count * PLACE_BYTES);
    return value.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_PLACE, key_of(bytes, space, cell.first), buf_slice(&value));
}

// All four children are written, the empty ones too, so that the leaves go on tiling the space.
static enum err leaf_split(struct txn *t, struct arena *scratch, enum place_space space, struct cell cell, const struct stored *list,
                           unsigned count) {
    if (count <= PLACE_LEAF || cell.level == LEVEL_MAX) return leaf_write(t, scratch, space, cell, list, count);
    struct stored *part = ARENA_ARRAY(scratch, struct stored, count);
    if (!part) return ERR_NO_MEMORY;
    for (unsigned which = 0; which < 4; which++) {
        struct cell c = child(cell, which);
        unsigned n = 0;
        for (unsigned i = 0; i < count; i++)
            if (ancestor(list[i].code, c.level).first == c.first) part[n++] = list[i];
        TRY(leaf_split(t, scratch, space, c, part, n));
    }
    return ERR_OK;
}

// The leaf's points out of the database's pages, with room for one more.
static enum err leaf_copy(struct arena *scratch, const struct leaf *l, struct stored **out) {
    *out = ARENA_ARRAY(scratch, struct stored, l->count + 1u);
    if (!*out) return ERR_NO_MEMORY;
    if (l->count) memcpy(*out, l->points, (size_t)l->count * PLACE_BYTES);
    return ERR_OK;
}

enum err place_put(struct txn *t, struct arena *scratch, enum place_space space, uint32_t id, struct geo at, const uint64_t bits[PLACE_WORDS]) {
    struct leaf l = {.count = 0};
    struct stored *list, added = {.id = id, .code = code_of(at), .at = geo_vector_of(at)};
    memcpy(added.bits, bits, sizeof added.bits);
    enum err e = leaf_find(txn_snapshot(t), space, added.code, &l);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    TRY(leaf_copy(scratch, &l, &list));
    list[l.count] = added;
    return leaf_split(t, scratch, space, l.cell, list, l.count + 1);
}

enum err place_remove(struct txn *t, struct arena *scratch, enum place_space space, uint32_t id, struct geo at) {
    struct leaf l;
    struct stored *list;
    unsigned kept = 0;
    TRY(leaf_find(txn_snapshot(t), space, code_of(at), &l));
    TRY(leaf_copy(scratch, &l, &list));
    for (unsigned i = 0; i < l.count; i++)
        if (list[i].id != id) list[kept++] = list[i];
    return kept == l.count ? ERR_NOT_FOUND : leaf_write(t, scratch, space, l.cell, list, kept);
}

// ---- the least distance to a rectangle -----------------------------------------------------------------------------------------------
// The largest cosine of the angle between the centre and a meridian's piece. Along a meridian it is R cos(lat - peak), so the best place is
// the peak where the piece holds it, else one of the ends.
static double meridian_cosine(const struct place_search *s, double lon, double low, double high) {
    double a = s->sin_lat, b = s->cos_lat * cos(lon - s->lon), peak = atan2(a, b);
    if (peak >= low && peak <= high) return sqrt(a * a + b * b);
    double x = a * sin(low) + b * cos(low), y = a * sin(high) + b * cos(high);
    return x > y ? x : y;
}

// A little less than the square of the least chord to anything in the cell: the slack (some 60 cm) is for rounding.
static double cell_bound(const struct place_search *s, struct cell c) {
    static const double SLACK = 1e-14;
    double side = 1 / (double)(UINT64_C(1) << c.level);
    double low = ((double)gather(c.first >> 1) / 4294967296.0 * 180 - 90) * RADIANS, high = low + side * PI;
    double west = ((double)gather(c.first) / 4294967296.0 * 360 - 180) * RADIANS, east = west + side * 2 * PI, cosine;
    if (s->lon >= west && s->lon <= east) {
        double off = s->lat < low ? low - s->lat : s->lat > high ? s->lat - high : 0;
        double chord = 2 * sin(off / 2);
        return chord * chord - SLACK;
    }
    double w = meridian_cosine(s, west, low, high), e = meridian_cosine(s, east, low, high);
    cosine = w > e ? w : e;
    return 2 - 2 * cosine - SLACK;
}

// ---- the heap --------------------------------------------------------------------------------------------------------------------------
struct place_heap_entry {
    double key;
    union {
        uint64_t first;     // a cell's first code
        const char *stored; // a point's record, in the snapshot's pages
    };
    uint32_t id;            // a point's; 0 for a cell
    uint8_t level;
};

// Cells go before points of the same distance, so that all points of a distance are known before the first of them comes out.
static bool nearer(const struct place_heap_entry *a, const struct place_heap_entry *b) {
    return a->key != b->key ? a->key < b->key : a->id < b->id;
}

static bool heap_grow(struct place_search *s) {
    size_t capacity = s->capacity ? s->capacity * 2 : HEAP_FIRST;
    struct place_heap_entry *bigger = arena_alloc(s->v->arena, capacity * sizeof *bigger);
    if (!bigger) return false;
    if (s->count) memcpy(bigger, s->heap, s->count * sizeof *bigger);
    s->heap = bigger;
    s->capacity = capacity;
    return true;
}

static enum err heap_push(struct place_search *s, struct place_heap_entry e) {
    if (s->count == s->capacity && !heap_grow(s)) return ERR_NO_MEMORY;
    size_t i = s->count++;
    while (i > 0 && nearer(&e, &s->heap[(i - 1) / 2])) {
        s->heap[i] = s->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    s->heap[i] = e;
    return ERR_OK;
}

static struct place_heap_entry heap_pop(struct place_search *s) {
    struct place_heap_entry top = s->heap[0], last = s->heap[--s->count];
    size_t i = 0;
    for (;;) {
        size_t least = 2 * i + 1;
        if (least >= s->count) break;
        if (least + 1 < s->count && nearer(&s->heap[least + 1], &s->heap[least])) least++;
        if (!nearer(&s->heap[least], &last)) break;
        s->heap[i] = s->heap[least];
        i = least;
    }
    if (s->count) s->heap[i] = last;
    return top;
}

// ---- searching ---------------------------------------------------------------------------------------------------------------------------
static enum err push_cell(struct place_search *s, struct cell c) {
    double bound = cell_bound(s, c);
    if (bound > s->limit) return ERR_OK;
    return heap_push(s, (struct place_heap_entry){.key = bound, .first = c.first, .level = c.level});
}

static bool passes(const struct place_search *s, const struct stored *p) {
    uint64_t lacks = 0, has = 0;
    for (unsigned i = 0; i < PLACE_WORDS; i++) {
        lacks |= s->filter.all[i] & ~p->bits[i];
        has |= s->filter.any[i] & p->bits[i];
    }
    return lacks == 0 && (has || !s->choosy);
}

static enum err push_points(struct place_search *s, const struct leaf *l) {
    for (unsigned i = 0; i < l->count; i++) {
        struct stored p = point_at(l, i);
        if (!passes(s, &p)) continue;
        double chord2 = geo_chord2(s->centre, p.at);
        if (chord2 <= s->limit) TRY(heap_push(s, (struct place_heap_entry){.key = chord2, .stored = stored_at(l, i), .id = p.id}));
    }
    return ERR_OK;
}

enum err place_search_begin(struct view *v, enum place_space space, struct geo centre, double within_m, const struct place_filter *filter,
                            struct place_search *out) {
    struct leaf l;
    *out = (struct place_search){.v = v, .space = space, .limit = geo_chord2_of_metres(within_m), .centre = geo_vector_of(centre),
                                 .lat = centre.lat * RADIANS, .lon = centre.lon * RADIANS};
    out->sin_lat = sin(out->lat);
    out->cos_lat = cos(out->lat);
    if (filter) out->filter = *filter;
    for (unsigned i = 0; i < PLACE_WORDS; i++) out->choosy |= out->filter.any[i] != 0;
    enum err e = leaf_find(v->snapshot, space, code_of(centre), &l);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    TRY(push_points(out, &l));
    for (unsigned level = l.cell.level; level > 0; level--) {
        struct cell own = ancestor(l.cell.first, level), parent = ancestor(l.cell.first, level - 1);
        for (unsigned which = 0; which < 4; which++)
            if (child(parent, which).first != own.first) TRY(push_cell(out, child(parent, which)));
    }
    return ERR_OK;
}

// A leaf of just this cell, or a cell whose leaves are smaller: its children are looked at when their turn comes.
static enum err open_cell(struct place_search *s, struct cell c) {
    struct leaf l;
    TRY(leaf_find(s->v->snapshot, s->space, c.first, &l));
    if (l.cell.level == c.level) return push_points(s, &l);
    if (l.cell.level < c.level || c.level == LEVEL_MAX) return ERR_DAMAGED; // the leaves do not tile the space
    for (unsigned which = 0; which < 4; which++) TRY(push_cell(s, child(c, which)));
    return ERR_OK;
}

enum err place_search_next(struct place_search *s, struct place_found *out) {
    while (s->count) {
        struct place_heap_entry top = heap_pop(s);
        if (top.id) {
            *out = (struct place_found){.id = top.id, .chord2 = top.key};
            memcpy(out->bits, top.stored + offsetof(struct stored, bits), sizeof out->bits);
            return ERR_OK;
        }
        enum err e = open_cell(s, (struct cell){top.first, top.level});
        if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_DAMAGED : e;
    }
    return ERR_END;
}
