#include "bench/vectors/peer.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/index_factory.h>
#include <omp.h>

#include <memory>

struct peer {
    std::unique_ptr<faiss::Index> index;
};

extern "C" {

peer *peer_new(const char *kind, const float *rows, size_t n, unsigned d) {
    omp_set_num_threads(1);
    auto p = std::make_unique<peer>();
    p->index.reset(faiss::index_factory(static_cast<int>(d), kind, faiss::METRIC_INNER_PRODUCT));
    if (!p->index->is_trained) p->index->train(static_cast<faiss::Index::idx_t>(n < 200000 ? n : 200000), rows);
    p->index->add(static_cast<faiss::Index::idx_t>(n), rows);
    return p.release();
}

void peer_free(peer *p) { delete p; }

void peer_effort(peer *p, unsigned effort) {
    if (auto *ivf = dynamic_cast<faiss::IndexIVF *>(p->index.get())) ivf->nprobe = effort;
    if (auto *graph = dynamic_cast<faiss::IndexHNSW *>(p->index.get())) graph->hnsw.efSearch = static_cast<int>(effort);
}

void peer_search(peer *p, const float *x, size_t users, size_t k, float *scores, int64_t *ids) {
    p->index->search(static_cast<faiss::Index::idx_t>(users), x, static_cast<faiss::Index::idx_t>(k), scores, ids);
}

static void search_selected(peer *p, const float *x, faiss::IDSelector *selector, size_t k, float *scores, int64_t *ids) {
    faiss::SearchParameters parameters;
    parameters.sel = selector;
    p->index->search(1, x, static_cast<faiss::Index::idx_t>(k), scores, ids, &parameters);
}

void peer_search_list(peer *p, const float *x, const int64_t *rows, size_t n, size_t k, float *scores, int64_t *ids) {
    faiss::IDSelectorBatch selector(n, rows);
    search_selected(p, x, &selector, k, scores, ids);
}

void peer_search_bitmap(peer *p, const float *x, const uint8_t *bits, size_t bytes, size_t k, float *scores, int64_t *ids) {
    faiss::IDSelectorBitmap selector(bytes, bits);
    search_selected(p, x, &selector, k, scores, ids);
}
}
