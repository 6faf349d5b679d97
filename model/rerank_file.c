#include "rerank_file.h"

#include "index/base/hash.h"
#include "index/base/limits.h"
#include "index/fitment.h"
#include "rerank.h"

// ---- hashes -------------------------------------------------------------------------------------------------------------------------

static uint64_t file_hash(const struct rerank_file_header *h) {
    struct rerank_file_header copy = *h;
    copy.hash = 0;
    return hash64(slice_of(&copy, sizeof copy));
}

static uint64_t block_hash(const struct rerank_file_header *file, const struct rerank_block_header *h, const void *payload) {
    struct rerank_block_header copy = *h;
    copy.hash = 0;
    uint64_t seed = hash64_seed(slice_of(&copy, sizeof copy), file->hash);
    return hash64_seed(slice_of(payload, (size_t)h->bytes), seed);
}

void rerank_file_seal(struct rerank_file_header *h) { h->hash = file_hash(h); }

enum err rerank_file_check(const struct rerank_file_header *h, struct fault *why) {
    if (h->magic != RERANK_FILE_MAGIC) return fault_set(why, ERR_BAD_REQUEST, "", "this is no file of lists in the binary form");
    if (h->version != RERANK_FILE_VERSION) return fault_set(why, ERR_NEWER, "", "the file's version is %u, this program reads %d", h->version, RERANK_FILE_VERSION);
    if (h->hash != file_hash(h)) return fault_set(why, ERR_DAMAGED, "", "the file's header is damaged");
    if ((h->kind != RERANK_REQUESTS && h->kind != RERANK_ANSWERS) || (h->shards && h->shard >= h->shards))
        return fault_set(why, ERR_DAMAGED, "", "the file's header makes no sense");
    return ERR_OK;
}

void rerank_block_seal(const struct rerank_file_header *file, struct rerank_block_header *h, const void *payload) {
    h->hash = block_hash(file, h, payload);
}

static bool kind_belongs(uint32_t file, uint32_t block) {
    if (block == RERANK_LISTS) return file == RERANK_REQUESTS;
    if (block == RERANK_ANSWER || block == RERANK_FOUND_PRODUCTS) return file == RERANK_ANSWERS;
    return block >= RERANK_USERS && block <= RERANK_END;
}

enum err rerank_block_header_check(const struct rerank_file_header *file, const struct rerank_block_header *h, struct fault *why) {
    if (kind_belongs(file->kind, h->kind) && h->bytes <= RERANK_BLOCK_MAX && h->bytes % 8 == 0) return ERR_OK;
    return fault_set(why, ERR_DAMAGED, "", "a block's header is damaged");
}

enum err rerank_block_check(const struct rerank_file_header *file, const struct rerank_block_header *h, const void *payload, struct fault *why) {
    TRY(rerank_block_header_check(file, h, why));
    if (h->hash == block_hash(file, h, payload)) return ERR_OK;
    return fault_set(why, ERR_DAMAGED, "", "a block is damaged: its checksum is wrong");
}

// ---- reading ------------------------------------------------------------------------------------------------------------------------

struct cursor { // over an aligned payload
    const char *p;
    uint64_t left;
    bool bad;
};

static const void *take(struct cursor *c, uint64_t count, uint64_t size) {
    const void *p = c->p;
    if (c->bad || count > c->left / size) {
        c->bad = true;
        return NULL;
    }
    c->p += count * size;
    c->left -= count * size;
    return p;
}

static uint64_t sum(const uint32_t *counts, uint32_t n, uint32_t none) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++) total += counts[i] == none ? 0 : counts[i];
    return total;
}

enum err rerank_ids_load(const struct rerank_block_header *h, const void *payload, struct rerank_ids *out) {
    struct cursor c = {payload, h->bytes, false};
    uint64_t texts = (uint64_t)h->count * (h->kind == RERANK_VEHICLES ? 3 : 1);
    *out = (struct rerank_ids){.count = h->count, .end = take(&c, texts, sizeof(uint32_t))};
    if (c.bad) return ERR_DAMAGED;
    out->texts = (uint32_t)texts;
    out->bytes = c.p;
    for (uint32_t i = 0, before = 0; i < out->texts; before = out->end[i++])
        if (out->end[i] < before || out->end[i] > c.left) return ERR_DAMAGED;
    return ERR_OK;
}

struct slice rerank_ids_text(const struct rerank_ids *ids, uint32_t text) {
    uint32_t from = text ? ids->end[text - 1] : 0;
    return slice_of(ids->bytes + from, ids->end[text] - from);
}

enum err rerank_lists_load(const struct rerank_block_header *h, const void *payload, struct rerank_lists *out) {
    struct cursor c = {payload, h->bytes, false};
    *out = (struct rerank_lists){.count = h->count};
    out->user = take(&c, h->count, sizeof(uint32_t));
    out->vehicle = take(&c, h->count, sizeof(uint32_t));
    out->limit = take(&c, h->count, sizeof(uint32_t));
    out->items = take(&c, h->count, sizeof(uint32_t));
    if (c.bad) return ERR_DAMAGED;
    out->products = sum(out->items, h->count, RERANK_NONE);
    out->product = take(&c, out->products, sizeof(uint32_t));
    return c.bad || c.left >= 8 ? ERR_DAMAGED : ERR_OK;
}

static bool all_within(const uint32_t *values, uint64_t n, uint32_t size) {
    uint32_t most = 0;
    for (uint64_t i = 0; i < n; i++) most = values[i] > most ? values[i] : most;
    return n == 0 || most < size;
}

static bool within_or_none(const uint32_t *values, uint32_t n, uint32_t size) {
    for (uint32_t i = 0; i < n; i++)
        if (values[i] != RERANK_NONE && values[i] >= size) return false;
    return true;
}

enum err rerank_lists_validate(const struct rerank_lists *lists, const struct rerank_sizes *sizes) {
    for (uint32_t i = 0; i < lists->count; i++) {
        bool whole = lists->items[i] == RERANK_NONE;
        if (lists->limit[i] > LIMIT_RERANK_ITEMS || (whole && lists->limit[i] == 0)) return ERR_DAMAGED;
        if (!whole && lists->items[i] > LIMIT_RERANK_ITEMS) return ERR_DAMAGED;
    }
    bool good = within_or_none(lists->user, lists->count, sizes->users) && within_or_none(lists->vehicle, lists->count, sizes->vehicles) &&
                all_within(lists->product, lists->products, sizes->products);
    return good ? ERR_OK : ERR_DAMAGED;
}

enum err rerank_answers_load(const struct rerank_block_header *h, const void *payload, struct rerank_answers *out) {
    struct cursor c = {payload, h->bytes, false};
    *out = (struct rerank_answers){.count = h->count};
    const uint64_t *base = take(&c, 1, sizeof *base);
    const uint32_t **const columns[] = {&out->list, &out->user, &out->error, &out->hit_count, &out->drop_count};
    for (unsigned i = 0; i < sizeof columns / sizeof *columns; i++) *columns[i] = take(&c, h->count, sizeof(uint32_t));
    if (c.bad) return ERR_DAMAGED;
    out->base = *base;
    out->hits = sum(out->hit_count, h->count, 0);
    out->drops = sum(out->drop_count, h->count, 0);
    out->product = take(&c, out->hits, sizeof(uint32_t));
    out->score = take(&c, out->hits, sizeof(float));
    out->dropped = take(&c, out->drops, sizeof(uint32_t));
    out->verdict = take(&c, out->hits, 1);
    out->why = take(&c, out->drops, 1);
    return c.bad || c.left >= 8 ? ERR_DAMAGED : ERR_OK;
}

static bool is_product(uint32_t product, const struct rerank_sizes *sizes) {
    return product & RERANK_FOUND ? (product ^ RERANK_FOUND) < sizes->found : product < sizes->products;
}

enum err rerank_answers_validate(const struct rerank_answers *a, const struct rerank_sizes *sizes) {
    for (uint64_t i = 0; i < a->hits; i++)
        if (!is_product(a->product[i], sizes) || a->verdict[i] > VERDICT_FITS) return ERR_DAMAGED;
    for (uint64_t i = 0; i < a->drops; i++)
        if (!is_product(a->dropped[i], sizes) || a->why[i] >= RERANK_WHYS) return ERR_DAMAGED;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->error[i] && (a->hit_count[i] || a->drop_count[i])) return ERR_DAMAGED;
    return within_or_none(a->user, a->count, sizes->users) ? ERR_OK : ERR_DAMAGED;
}

// ---- writing ------------------------------------------------------------------------------------------------------------------------

size_t rerank_block_begin(struct buf *out) {
    static const struct rerank_block_header none;
    size_t at = out->n;
    buf_put(out, &none, sizeof none);
    return at;
}

void rerank_block_end(const struct rerank_file_header *file, struct buf *out, size_t at, enum rerank_block_kind kind, uint32_t count, uint64_t first) {
    static const char zeros[8];
    buf_put(out, zeros, (8 - (out->n - at) % 8) % 8);
    if (out->bad) return;
    struct rerank_block_header h = {.kind = kind, .count = count, .first = first, .bytes = out->n - at - sizeof h};
    rerank_block_seal(file, &h, out->p + at + sizeof h);
    memcpy(out->p + at, &h, sizeof h);
}

void rerank_put_u32s(struct buf *out, const uint32_t *values, size_t n) { buf_put(out, values, n * sizeof *values); }
