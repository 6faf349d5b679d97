// peer.h: FAISS for C. peer_faiss.cc is the only file that knows it. One thread; inner products.
#ifndef RF_BENCH_VECTORS_PEER_H
#define RF_BENCH_VECTORS_PEER_H

#ifdef __cplusplus
extern "C" {
#endif
#include <stddef.h>
#include <stdint.h>

struct peer;
// Copies n rows of d floats. `kind`: "Flat", or any other description that faiss::index_factory reads.
struct peer *peer_new(const char *kind, const float *rows, size_t n, unsigned d);
void peer_free(struct peer *p);
// nprobe of an inverted file, efSearch of a graph.
void peer_effort(struct peer *p, unsigned effort);
// The best k for each of `users` vectors: ids[users * k] of rows, -1 where there are fewer.
void peer_search(struct peer *p, const float *x, size_t users, size_t k, float *scores, int64_t *ids);
// The best k of the given rows: by a hash set of ids, or by a bitmap of all rows made beforehand.
void peer_search_list(struct peer *p, const float *x, const int64_t *rows, size_t n, size_t k, float *scores, int64_t *ids);
void peer_search_bitmap(struct peer *p, const float *x, const uint8_t *bits, size_t bytes, size_t k, float *scores, int64_t *ids);
#ifdef __cplusplus
}
#endif

#endif
