#include <stdlib.h>
#include <unistd.h>

#include "rerank_binary.h"

struct walk {
    struct rerank_run *run;
    struct rerank_taken_up *taken;
    off_t at; // behind the last whole block
    enum err (*found)(void *arg, const struct rerank_ids *ids, uint32_t first); // NULL: not asked
    void *arg;
};

static bool read_at(int fd, off_t at, void *to, size_t n) {
    for (size_t done = 0; done < n;) {
        ssize_t k = pread(fd, (char *)to + done, n - done, at + (off_t)done);
        if (k <= 0) return false;
        done += (size_t)k;
    }
    return true;
}

static enum err take_block(struct walk *w, const struct rerank_block_header *h, const void *payload) {
    struct rerank_sizes *s = &w->taken->sizes;
    struct rerank_ids ids;
    if (h->kind == RERANK_USERS) s->users += h->count;
    else if (h->kind == RERANK_PRODUCTS) s->products += h->count;
    else if (h->kind == RERANK_VEHICLES) s->vehicles += h->count;
    else if (h->kind == RERANK_ANSWER) w->taken->answers += h->count;
    else if (h->kind == RERANK_END) w->taken->complete = true;
    if (h->kind != RERANK_FOUND_PRODUCTS) return ERR_OK;
    if (w->found) {
        TRY(rerank_ids_load(h, payload, &ids));
        TRY(w->found(w->arg, &ids, s->found));
    }
    s->found += h->count;
    return ERR_OK;
}

static enum err walk_blocks(struct walk *w) {
    struct rerank_block_header h;
    int fd = w->run->out_fd;
    enum err e = ERR_OK;
    while (e == ERR_OK && !w->taken->complete && read_at(fd, w->at, &h, sizeof h)) {
        if (rerank_block_header_check(&w->taken->header, &h, NULL) != ERR_OK) break;
        char *payload = malloc(h.bytes + 8);
        if (!payload) return ERR_NO_MEMORY;
        bool whole = read_at(fd, w->at + (off_t)sizeof h, payload, h.bytes) && rerank_block_check(&w->taken->header, &h, payload, NULL) == ERR_OK;
        if (whole) e = take_block(w, &h, payload);
        free(payload);
        if (!whole) break;
        w->at += (off_t)(sizeof h + h.bytes);
    }
    return e;
}

enum err rerank_take_up(struct rerank_run *r, struct rerank_taken_up *out, struct fault *why) {
    struct walk w = {.run = r, .taken = out};
    *out = (struct rerank_taken_up){0};
    bool there = read_at(r->out_fd, 0, &out->header, sizeof out->header);
    if (there) {
        TRY(rerank_file_check(&out->header, why));
        if (out->header.kind != RERANK_ANSWERS) return fault_set(why, ERR_CONFLICT, "", "%s holds no answers", r->options.out);
        if (r->options.as_of_given && r->options.as_of_ms != out->header.as_of_ms)
            return fault_set(why, ERR_CONFLICT, "", "%s was begun as of another time", r->options.out);
        if (out->header.shard != r->options.shard || out->header.shards != r->options.shards)
            return fault_set(why, ERR_CONFLICT, "", "%s is of another shard; begin anew, without --resume", r->options.out);
        out->whole = true;
        w.at = sizeof out->header;
        r->options.as_of_ms = out->header.as_of_ms;
        enum err e = walk_blocks(&w);
        if (e != ERR_OK) return fault_set(why, e, "", "cannot read %s: %s", r->options.out, err_name(e));
    }
    if (ftruncate(r->out_fd, w.at) != 0 || lseek(r->out_fd, w.at, SEEK_SET) < 0)
        return fault_set(why, ERR_IO, "", "cannot go on with %s: it has to be a file", r->options.out);
    return ERR_OK;
}

enum err rerank_taken_up_check(const struct rerank_taken_up *t, const struct rerank_file_header *now, struct fault *why) {
    if (t->header.hash == now->hash) return ERR_OK;
    return fault_set(why, ERR_CONFLICT, "", "the answers that are there were made by another generation; begin anew, without --resume");
}

struct finding {
    struct rerank_run *run;
    uint32_t *found;
};

static enum err find(void *arg, const struct rerank_ids *ids, uint32_t first) {
    struct finding *f = arg;
    for (uint32_t i = 0; i < ids->count; i++) {
        struct slice text = rerank_ids_text(ids, i);
        uint32_t product;
        product_ids_find(f->run->ids, &text, 1, &product);
        if (product) f->found[product] = first + i + 1; // one that is gone is not found again either
    }
    return ERR_OK;
}

enum err rerank_taken_up_found(const struct rerank_taken_up *t, struct rerank_run *r, uint32_t *found, struct fault *why) {
    struct rerank_taken_up again = {.header = t->header};
    struct finding f = {r, found};
    struct walk w = {.run = r, .taken = &again, .at = sizeof t->header, .found = find, .arg = &f};
    enum err e = walk_blocks(&w);
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot read %s: %s", r->options.out, err_name(e));
}
