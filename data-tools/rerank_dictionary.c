#include "rerank_dictionary.h"

#include <sys/mman.h>

#include "index/user.h"

#define TEXTS_BYTES ((size_t)8 << 30)
#define SOME 256 // ids looked up together
#define RESERVED(entries) ((size_t)RERANK_DICTIONARY_MAX * sizeof *(entries))

static void *reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

static void release(void *p, size_t bytes) {
    if (p) munmap(p, bytes);
}

enum err rerank_dictionary_open(struct rerank_dictionary *d) {
    *d = (struct rerank_dictionary){.products = reserve(RESERVED(d->products)), .users = reserve(RESERVED(d->users)),
                                    .cars = reserve(RESERVED(d->cars))};
    arena_init(&d->texts, 1 << 16, TEXTS_BYTES);
    return d->products && d->users && d->cars ? ERR_OK : ERR_NO_MEMORY;
}

void rerank_dictionary_close(struct rerank_dictionary *d) {
    release(d->products, RESERVED(d->products));
    release(d->users, RESERVED(d->users));
    release(d->cars, RESERVED(d->cars));
    arena_destroy(&d->texts);
}

static enum err add_products(struct rerank_dictionary *d, const struct rerank_run *r, const struct rerank_ids *ids) {
    struct slice texts[SOME];
    for (uint32_t done = 0, n; done < ids->count; done += n) {
        for (n = 0; n < SOME && done + n < ids->count; n++) texts[n] = rerank_ids_text(ids, done + n);
        product_ids_find(r->ids, texts, n, d->products + d->sizes.products + done);
    }
    d->sizes.products += ids->count;
    return ERR_OK;
}

static enum err add_users(struct rerank_dictionary *d, const struct rerank_run *r, const struct rerank_ids *ids) {
    struct rerank_thread *t = &r->threads[r->options.threads];
    TRY(rerank_list_begin(t));
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < ids->count; i++) {
        struct rerank_user *entry = &d->users[d->sizes.users + i];
        struct slice text = rerank_ids_text(ids, i);
        entry->mine = rerank_is_mine(&r->options, text);
        if (entry->mine) e = user_find(t->view, text, &entry->user);
        if (e == ERR_NOT_FOUND) e = ERR_OK;
    }
    rerank_list_end(t);
    d->sizes.users += ids->count;
    return e;
}

static enum err add_cars(struct rerank_dictionary *d, const struct rerank_run *r, const struct rerank_ids *ids) {
    for (uint32_t i = 0; i < ids->count; i++) {
        struct rerank_car *car = &d->cars[d->sizes.vehicles + i];
        car->vehicle = arena_copy(&d->texts, rerank_ids_text(ids, 3 * i));
        car->attrs = arena_copy(&d->texts, rerank_ids_text(ids, 3 * i + 1));
        car->market = arena_copy(&d->texts, rerank_ids_text(ids, 3 * i + 2));
        if (!car->market.p) return ERR_NO_MEMORY;
        if (car->market.n == 0) car->market = r->options.market;
    }
    d->sizes.vehicles += ids->count;
    return ERR_OK;
}

uint32_t rerank_sizes_of(const struct rerank_sizes *s, enum rerank_block_kind kind) {
    return kind == RERANK_USERS ? s->users : kind == RERANK_PRODUCTS ? s->products : kind == RERANK_VEHICLES ? s->vehicles : s->found;
}

enum err rerank_dictionary_add(struct rerank_dictionary *d, struct rerank_run *r, enum rerank_block_kind kind, const struct rerank_ids *ids) {
    if (kind == RERANK_USERS) return add_users(d, r, ids);
    return kind == RERANK_PRODUCTS ? add_products(d, r, ids) : add_cars(d, r, ids);
}
