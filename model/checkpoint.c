#include "checkpoint.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/base/hash.h"
#include "whole_file.h"

#define MAGIC 0x0100544B43464Cu // the bytes "LFCKT", 0, 1

struct header {
    uint64_t magic, key;
    uint32_t dimension, users, products, epoch;
    uint64_t user_hash, product_hash;
    uint64_t hash; // of this header with the field 0
};

static uint64_t mix_in(uint64_t key, const void *bytes, size_t size) {
    return hash64_seed(slice_of(bytes, size), key);
}

uint64_t checkpoint_key(const struct interactions *m, const struct als_options *o) {
    const struct sparse *s = &m->by_user;
    const unsigned whole[] = {o->dimension, o->exact_max, o->block, s->rows, s->columns};
    const float real[] = {o->alpha0, o->lambda, o->nu, o->init};
    uint64_t key = mix_in(o->seed, whole, sizeof whole), count = sparse_count(s);
    key = mix_in(key, real, sizeof real);
    if (s->start) key = mix_in(key, s->start, ((size_t)s->rows + 1) * sizeof *s->start);
    if (count == 0) return key;
    return mix_in(mix_in(key, s->column, count * sizeof *s->column), s->weight, count * sizeof *s->weight);
}

static struct slice rows_of(const float *vectors, uint32_t rows, unsigned dimension) {
    return slice_of(vectors, (size_t)rows * dimension * sizeof *vectors);
}

static uint64_t header_hash(struct header h) {
    h.hash = 0;
    return hash64(slice_of(&h, sizeof h));
}

enum err checkpoint_save(const char *path, uint64_t key, unsigned epoch, const struct als_model *model, struct fault *why) {
    struct slice users = rows_of(model->user, model->users, model->dimension);
    struct slice products = rows_of(model->product, model->products, model->dimension);
    struct header h = {MAGIC, key, model->dimension, model->users, model->products, epoch, hash64(users), hash64(products), 0};
    const char *slash = strrchr(path, '/');
    struct slice pieces[] = {slice_of(&h, sizeof h), users, products};
    char folder[4096] = ".";
    h.hash = header_hash(h);
    if (slash) slice_copy(slice_of(path, (size_t)(slash - path)), folder, sizeof folder);
    TRY(whole_file_folder(folder, why));
    return whole_file_write(folder, path, pieces, sizeof pieces / sizeof pieces[0], why);
}

unsigned checkpoint_parse(struct slice bytes, uint64_t key, struct als_model *model) {
    struct header h;
    struct slice users = rows_of(model->user, model->users, model->dimension);
    struct slice products = rows_of(model->product, model->products, model->dimension);
    if (bytes.n != sizeof h + users.n + products.n) return 0;
    memcpy(&h, bytes.p, sizeof h);
    if (h.magic != MAGIC || h.hash != header_hash(h) || h.key != key || h.dimension != model->dimension) return 0;
    if (h.users != model->users || h.products != model->products) return 0;
    struct slice kept_users = slice_of(bytes.p + sizeof h, users.n);
    struct slice kept_products = slice_of(bytes.p + sizeof h + users.n, products.n);
    if (hash64(kept_users) != h.user_hash || hash64(kept_products) != h.product_hash) return 0;
    memcpy(model->user, kept_users.p, users.n);
    memcpy(model->product, kept_products.p, products.n);
    return h.epoch;
}

unsigned checkpoint_load(const char *path, uint64_t key, struct als_model *model) {
    struct stat stat;
    unsigned epoch = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    if (fstat(fd, &stat) == 0 && stat.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            epoch = checkpoint_parse(slice_of(bytes, (size_t)stat.st_size), key, model);
            munmap(bytes, (size_t)stat.st_size);
        }
    }
    close(fd);
    return epoch;
}
