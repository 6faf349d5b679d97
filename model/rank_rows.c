#include "rank_rows.h"

#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK_BYTES (RANK_ROWS_CHUNK * sizeof(struct rank_row))

struct rank_rows *rank_rows_new(void) {
    struct rank_rows *r = calloc(1, sizeof *r);
    if (r) r->stamp = 1;
    return r;
}

static void chunks_free(struct rank_rows *r) {
    for (unsigned i = 0; i < RANK_ROWS_CHUNKS; i++) {
        free(r->chunks[i]);
        r->chunks[i] = NULL;
    }
}

void rank_rows_free(struct rank_rows *r) {
    if (!r) return;
    chunks_free(r);
    free(r);
}

static bool same_key(const struct rank_rows_key *a, const struct rank_rows_key *b) {
    return a->view == b->view && a->columns == b->columns && a->generation == b->generation && a->generation_id == b->generation_id &&
           a->newer == b->newer && a->day == b->day && a->weights == b->weights;
}

uint16_t rank_rows_begin(struct rank_rows *r, const struct rank_rows_key *key) {
    if (key->columns == 0) return 0;
    if (same_key(&r->key, key)) return r->stamp;
    r->key = *key;
    if (++r->stamp == 0) { // the stamps of old would seem new
        chunks_free(r);
        r->stamp = 1;
    }
    return r->stamp;
}

static struct rank_row *chunk_new(void) {
    struct rank_row *chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
    if (!chunk) return NULL;
    (void)madvise(chunk, CHUNK_BYTES, MADV_HUGEPAGE); // read here and there: finding the page would cost as much as reading it
    memset(chunk, 0, CHUNK_BYTES);
    return chunk;
}

struct rank_row *rank_rows_make(struct rank_rows *r, uint32_t product) {
    uint32_t at = product / RANK_ROWS_CHUNK;
    if (at >= RANK_ROWS_CHUNKS) return NULL;
    if (!r->chunks[at]) r->chunks[at] = chunk_new();
    return r->chunks[at] ? &r->chunks[at][product % RANK_ROWS_CHUNK] : NULL;
}
