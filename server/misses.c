#include "server/misses.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "index/base/hash.h"

enum { WORDS_BYTES = 240 };

struct note {
    uint64_t hash; // of query and words
    uint32_t count;
    int64_t last_ms;
    uint8_t query_n, words_n;
    char query[2 * QUERY_LOG_BYTES], words[WORDS_BYTES];
};
struct misses {
    pthread_mutex_t lock; // guards the notes
    unsigned count;
    struct note list[MISSES_WAITING];
    _Atomic uint64_t nothing, rescued, dropped_notes;
};

struct misses *misses_new(void) {
    struct misses *m = calloc(1, sizeof *m);
    if (m) pthread_mutex_init(&m->lock, NULL);
    return m;
}

void misses_free(struct misses *m) {
    if (!m) return;
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static void count_one(_Atomic uint64_t *counter) { atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); }

// Words that have no room are left out.
static void words_join(struct note *n, const struct slice *words, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (words[i].n == 0 || n->words_n + words[i].n + 1 > sizeof n->words) continue;
        if (n->words_n) n->words[n->words_n++] = '|';
        memcpy(n->words + n->words_n, words[i].p, words[i].n);
        n->words_n = (uint8_t)(n->words_n + words[i].n);
    }
}

static bool add(struct misses *m, const struct note *note) {
    for (unsigned i = 0; i < m->count; i++) {
        if (m->list[i].hash != note->hash) continue;
        m->list[i].count++;
        m->list[i].last_ms = note->last_ms;
        return true;
    }
    if (m->count == MISSES_WAITING) return false;
    m->list[m->count++] = *note;
    return true;
}

void misses_note(struct misses *m, struct slice query, const struct slice *words, unsigned count, int64_t now_ms) {
    struct note note = {.count = 1, .last_ms = now_ms};
    count_one(count ? &m->rescued : &m->nothing);
    if (query.n == 0 || query.n > sizeof note.query) return;
    memcpy(note.query, query.p, query.n);
    note.query_n = (uint8_t)query.n;
    words_join(&note, words, count);
    note.hash = hash64_seed(query, hash64(slice_of(note.words, note.words_n)));
    bool kept = false;
    if (pthread_mutex_trylock(&m->lock) == 0) {
        kept = add(m, &note);
        pthread_mutex_unlock(&m->lock);
    }
    if (!kept) count_one(&m->dropped_notes);
}

void misses_stats(const struct misses *m, struct misses_stats *out) {
    out->nothing = atomic_load_explicit(&m->nothing, memory_order_relaxed);
    out->rescued = atomic_load_explicit(&m->rescued, memory_order_relaxed);
    out->dropped_notes = atomic_load_explicit(&m->dropped_notes, memory_order_relaxed);
}

enum err misses_take(struct misses *m, struct arena *a, struct query_miss **out, unsigned *count) {
    *count = 0;
    pthread_mutex_lock(&m->lock);
    *out = ARENA_ARRAY(a, struct query_miss, m->count + 1);
    for (unsigned i = 0; *out && i < m->count; i++) {
        const struct note *n = &m->list[i];
        struct slice query = arena_copy(a, slice_of(n->query, n->query_n)), words = arena_copy(a, slice_of(n->words, n->words_n));
        if (query.p && words.p) (*out)[(*count)++] = (struct query_miss){n->count, n->last_ms, query, words};
    }
    m->count = 0;
    pthread_mutex_unlock(&m->lock);
    return *out ? ERR_OK : ERR_NO_MEMORY;
}

enum err misses_write(struct txn *t, struct arena *scratch, const struct query_miss *list, unsigned count) {
    for (unsigned i = 0; i < count; i++) TRY(query_miss_put(t, scratch, &list[i]));
    return ERR_OK;
}

enum err misses_flush(struct misses *m, struct db *db, struct arena *scratch) {
    struct query_miss *list;
    struct txn *t;
    unsigned count;
    TRY(misses_take(m, scratch, &list, &count));
    if (count == 0) return ERR_OK;
    TRY(txn_begin(db, &t, NULL));
    enum err e = misses_write(t, scratch, list, count);
    if (e == ERR_OK) return txn_commit(t, NULL);
    txn_abort(t);
    return e;
}
