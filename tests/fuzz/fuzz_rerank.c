// fuzz_rerank.c: bytes from outside as a file of lists or of answers. What is taken must hold together: every index within its dictionary.
// Checksums are mended on the way, as a fuzzer does not find them.
#include <stdlib.h>
#include <string.h>

#include "model/rerank_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool good) {
    if (!good) abort();
}

static void take_ids(const struct rerank_block_header *h, const void *payload, struct rerank_sizes *sizes) {
    struct rerank_ids ids;
    volatile char last = 0;
    if (rerank_ids_load(h, payload, &ids) != ERR_OK) return;
    for (uint32_t i = 0; i < ids.texts; i++) {
        struct slice text = rerank_ids_text(&ids, i);
        if (text.n) last = text.p[text.n - 1];
    }
    (void)last;
    if (h->kind == RERANK_USERS) sizes->users = ids.count;
    else if (h->kind == RERANK_PRODUCTS) sizes->products = ids.count;
    else if (h->kind == RERANK_VEHICLES) sizes->vehicles = ids.count;
    else sizes->found = ids.count;
}

static void take_lists(const struct rerank_block_header *h, const void *payload, const struct rerank_sizes *sizes) {
    struct rerank_lists lists;
    uint64_t products = 0;
    if (rerank_lists_load(h, payload, &lists) != ERR_OK || rerank_lists_validate(&lists, sizes) != ERR_OK) return;
    for (uint32_t i = 0; i < lists.count; i++) {
        expect(lists.user[i] == RERANK_NONE || lists.user[i] < sizes->users);
        expect(lists.vehicle[i] == RERANK_NONE || lists.vehicle[i] < sizes->vehicles);
        if (lists.items[i] != RERANK_NONE) products += lists.items[i];
    }
    expect(products == lists.products);
    for (uint64_t i = 0; i < products; i++) expect(lists.product[i] < sizes->products);
}

static void take_answers(const struct rerank_block_header *h, const void *payload, const struct rerank_sizes *sizes) {
    struct rerank_answers a;
    volatile float sum = 0;
    if (rerank_answers_load(h, payload, &a) != ERR_OK || rerank_answers_validate(&a, sizes) != ERR_OK) return;
    for (uint64_t i = 0; i < a.hits; i++) {
        expect(a.product[i] & RERANK_FOUND ? (a.product[i] ^ RERANK_FOUND) < sizes->found : a.product[i] < sizes->products);
        sum += a.score[i];
    }
    for (uint64_t i = 0; i < a.drops; i++) expect(a.why[i] <= 2);
    (void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rerank_file_header file;
    struct rerank_sizes sizes = {0};
    if (size < sizeof file) return 0;
    memcpy(&file, data, sizeof file);
    file.magic = RERANK_FILE_MAGIC;
    file.version = RERANK_FILE_VERSION;
    rerank_file_seal(&file);
    if (rerank_file_check(&file, NULL) != ERR_OK) return 0;
    for (size_t at = sizeof file; size - at >= sizeof(struct rerank_block_header);) {
        struct rerank_block_header h;
        memcpy(&h, data + at, sizeof h);
        at += sizeof h;
        if (h.bytes > size - at) h.bytes = (size - at) / 8 * 8;
        if (rerank_block_header_check(&file, &h, NULL) != ERR_OK) return 0;
        char *payload = malloc(h.bytes + 1); // of its own, so that a read beyond it is seen
        if (!payload) return 0;
        memcpy(payload, data + at, h.bytes);
        rerank_block_seal(&file, &h, payload);
        expect(rerank_block_check(&file, &h, payload, NULL) == ERR_OK);
        if (h.kind == RERANK_LISTS) take_lists(&h, payload, &sizes);
        else if (h.kind == RERANK_ANSWER) take_answers(&h, payload, &sizes);
        else if (h.kind != RERANK_END) take_ids(&h, payload, &sizes);
        free(payload);
        at += h.bytes;
    }
    return 0;
}
