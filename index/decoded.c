#include "decoded.h"

#include <sys/mman.h>

#define BUCKETS 65536u // of four places, one cache line each
#define WAYS 4
#define EXPECT_LINES 8 // cache lines of a block that its reader will want: most are not longer
#define QUARTER (DECODED_RING_BYTES / 4)

struct place { uint64_t key, at; }; // at: bytes written before it since the start; 0: empty

struct decoded {
    char *ring;
    uint64_t head;     // bytes written since the start, from DECODED_RING_BYTES
    uint64_t oldest;   // what was written before it is not found
    uint64_t limit;    // head may not go beyond it in this request
    uint64_t snapshot; // the snapshot id that was looked at last
    uint64_t records;  // versions of VEHICLE, VEHICLE_ID and GROUP, added up; none of them ever goes back
    uint64_t dirty;    // version of DIRTY
    uint64_t epoch_at; // the head when the records were last seen to change
    bool usable;       // false: the versions cannot be read
    uint8_t clean[LIMIT_TYPES + 1];
    struct place places[BUCKETS][WAYS] __attribute__((aligned(64)));
};

static void forget(struct decoded *d) {
    d->epoch_at = d->head;
}

// Mapped, so that a view that asks little takes little; in huge pages where the system has them, because what is kept is read
// here and there, and finding the page would cost as much as reading it.
static void *map(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

struct decoded *decoded_new(void) {
    struct decoded *d = map(sizeof *d);
    if (!d) return NULL;
    d->ring = map(DECODED_RING_BYTES);
    if (!d->ring) {
        munmap(d, sizeof *d);
        return NULL;
    }
    d->head = DECODED_RING_BYTES;
    forget(d);
    return d;
}

void decoded_free(struct decoded *d) {
    if (!d) return;
    munmap(d->ring, DECODED_RING_BYTES);
    munmap(d, sizeof *d);
}

static bool versions(struct view *v, uint64_t *records, uint64_t *dirty) {
    static const enum table tables[] = {TABLE_VEHICLE, TABLE_VEHICLE_ID, TABLE_GROUP};
    *records = 0;
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) {
        uint64_t one;
        if (snapshot_version(v->snapshot, tables[i], &one) != ERR_OK) return false;
        *records += one;
    }
    return snapshot_version(v->snapshot, TABLE_DIRTY, dirty) == ERR_OK;
}

static void follow(struct view *v, struct decoded *d) {
    uint64_t id = snapshot_id(v->snapshot), records, dirty;
    if (d->snapshot == id) return;
    bool usable = versions(v, &records, &dirty);
    if (!usable || !d->usable || records != d->records) forget(d);
    if (!usable || !d->usable || dirty != d->dirty) memset(d->clean, 0, sizeof d->clean);
    d->snapshot = id;
    d->usable = usable;
    if (!usable) return;
    d->records = records;
    d->dirty = dirty;
}

void decoded_begin(struct view *v) {
    struct decoded *d = v->decoded;
    if (!d) return;
    follow(v, d);
    uint64_t kept = d->head - 3 * QUARTER;
    d->oldest = kept > d->epoch_at ? kept : d->epoch_at;
    d->limit = d->head + QUARTER;
}

static struct place *bucket_of(struct decoded *d, uint64_t key) {
    return d->places[(key * 0x9E3779B97F4A7C15ull) >> 48 & (BUCKETS - 1)];
}

const void *decoded_find(struct view *v, uint64_t key) {
    struct decoded *d = v->decoded;
    if (!d || !d->usable) return NULL;
    const struct place *p = bucket_of(d, key);
    for (unsigned i = 0; i < WAYS; i++)
        if (p[i].key == key && p[i].at >= d->oldest) {
            const char *block = d->ring + p[i].at % DECODED_RING_BYTES;
            for (unsigned line = 1; line < EXPECT_LINES; line++) __builtin_prefetch(block + (size_t)line * 64);
            return block;
        }
    return NULL;
}

void decoded_expect(struct view *v, uint64_t first, uint64_t second) {
    if (!v->decoded) return;
    __builtin_prefetch(bucket_of(v->decoded, second));
    (void)decoded_find(v, first);
    (void)decoded_find(v, second);
}

void *decoded_place(struct view *v, uint64_t key, size_t bytes) {
    struct decoded *d = v->decoded;
    if (!d || !d->usable || bytes == 0 || bytes > DECODED_BLOCK_MAX) return NULL;
    uint64_t size = (bytes + 15) & ~(uint64_t)15, at = d->head;
    uint64_t left = DECODED_RING_BYTES - at % DECODED_RING_BYTES;
    if (left < size) at += left; // never in two pieces
    if (at + size > d->limit) return NULL;
    struct place *p = bucket_of(d, key), *to = p;
    for (unsigned i = 1; i < WAYS; i++)
        if (p[i].at < to->at) to = &p[i];
    *to = (struct place){key, at};
    d->head = at + size;
    return d->ring + at % DECODED_RING_BYTES;
}

bool decoded_clean(const struct view *v, uint32_t type) {
    return v->decoded && v->decoded->usable && type <= LIMIT_TYPES && v->decoded->clean[type];
}

void decoded_set_clean(struct view *v, uint32_t type) {
    if (v->decoded && v->decoded->usable && type <= LIMIT_TYPES) v->decoded->clean[type] = 1;
}
