// Lists as lines of JSON made binary, and binary lists or answers made lines of JSON. Memory grows with the different ids only.
#include <stdio.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/base/map.h"
#include "model/rerank_file.h"
#include "rerank_run.h"

#define BLOCK_LISTS 1024u
#define BLOCK_ITEMS 262144u
#define READ_BYTES (256u * 1024)

// ---- to binary --------------------------------------------------------------------------------------------------------------------

struct dictionary { // being written: entries by their hash, those that no block has yet
    struct map known;
    enum rerank_block_kind kind;
    uint32_t count, given; // given: in blocks
    struct buf ends, texts;
};

struct packer {
    struct rerank_run *run;
    struct rerank_file_header header;
    struct dictionary users, vehicles, products;
    struct buf user, vehicle, limit, items, product, block; // of the block being filled
    uint32_t lists;
    uint64_t done; // lists in blocks before
    struct arena arena;
    struct json_parser *parser;
};

// The index of an entry of `n` texts, RERANK_NONE when all are empty.
static enum err intern(struct dictionary *d, const struct slice *texts, unsigned n, uint32_t *index) {
    struct hash128 key = {0, 0};
    size_t bytes = 0;
    *index = RERANK_NONE;
    for (unsigned i = 0; i < n; i++) {
        struct hash128 one = hash128(texts[i].n ? texts[i] : SLICE(""));
        uint64_t both[4] = {key.low, key.high, one.low, one.high};
        key = n == 1 ? one : hash128(slice_of(both, sizeof both));
        bytes += texts[i].n;
    }
    if (bytes == 0 && d->kind != RERANK_PRODUCTS) return ERR_OK;
    const uint64_t *known = map_find(&d->known, key);
    if (known) {
        *index = (uint32_t)*known;
        return ERR_OK;
    }
    if (d->count == RERANK_DICTIONARY_MAX) return ERR_TOO_LARGE;
    for (unsigned i = 0; i < n; i++) {
        buf_slice_put(&d->texts, texts[i]);
        buf_u32(&d->ends, (uint32_t)d->texts.n);
    }
    *index = d->count++;
    return map_put(&d->known, key, *index) && !d->ends.bad && !d->texts.bad ? ERR_OK : ERR_NO_MEMORY;
}

static enum err write_block(struct packer *p, size_t at, enum rerank_block_kind kind, uint32_t count, uint64_t first, struct fault *why) {
    rerank_block_end(&p->header, &p->block, at, kind, count, first);
    if (p->block.bad) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    TRY(rerank_write(p->run, p->block.p, p->block.n, why));
    buf_clear(&p->block);
    return ERR_OK;
}

static enum err write_dictionary(struct packer *p, struct dictionary *d, struct fault *why) {
    if (d->count == d->given) return ERR_OK;
    size_t at = rerank_block_begin(&p->block);
    buf_slice_put(&p->block, buf_slice(&d->ends));
    buf_slice_put(&p->block, buf_slice(&d->texts));
    TRY(write_block(p, at, d->kind, d->count - d->given, d->given, why));
    d->given = d->count;
    buf_clear(&d->ends);
    buf_clear(&d->texts);
    return ERR_OK;
}

static enum err write_lists(struct packer *p, struct fault *why) {
    struct buf *const columns[] = {&p->user, &p->vehicle, &p->limit, &p->items, &p->product};
    TRY(write_dictionary(p, &p->users, why));
    TRY(write_dictionary(p, &p->vehicles, why));
    TRY(write_dictionary(p, &p->products, why));
    if (p->lists == 0) return ERR_OK;
    size_t at = rerank_block_begin(&p->block);
    for (unsigned i = 0; i < sizeof columns / sizeof *columns; i++) {
        p->block.bad |= columns[i]->bad;
        buf_slice_put(&p->block, buf_slice(columns[i]));
        buf_clear(columns[i]);
    }
    TRY(write_block(p, at, RERANK_LISTS, p->lists, p->done, why));
    p->done += p->lists;
    p->lists = 0;
    return ERR_OK;
}

static enum err pack_line(struct packer *p, const struct rerank_line *line, struct fault *why) {
    struct slice car[3] = {line->vehicle, line->attrs, line->market};
    uint32_t user, vehicle, product;
    enum err e = intern(&p->users, &line->user, 1, &user);
    if (e == ERR_OK) e = intern(&p->vehicles, car, 3, &vehicle);
    for (size_t i = 0; e == ERR_OK && i < line->count; i++) {
        e = intern(&p->products, &line->items[i], 1, &product);
        buf_u32(&p->product, product);
    }
    if (e != ERR_OK) return fault_set(why, e, "", "too many different ids for one file");
    buf_u32(&p->user, user);
    buf_u32(&p->vehicle, vehicle);
    buf_u32(&p->limit, line->limit);
    buf_u32(&p->items, line->whole ? RERANK_NONE : (uint32_t)line->count);
    p->run->pairs += line->count;
    p->run->lists++;
    bool full = ++p->lists == BLOCK_LISTS || p->product.n >= BLOCK_ITEMS * sizeof(uint32_t) || p->products.texts.n + p->users.texts.n >= RERANK_BLOCK_MAX / 4;
    return full ? write_lists(p, why) : ERR_OK;
}

static enum err pack_text(struct packer *p, struct slice text, uint64_t number, struct fault *why) {
    struct rerank_line line;
    struct fault wrong = {0};
    arena_reset(&p->arena);
    enum err e = text.n > LIMIT_STREAM_LINE_BYTES ? fault_set(&wrong, ERR_TOO_LARGE, "", "a line has at most %d bytes", LIMIT_STREAM_LINE_BYTES)
                                                  : rerank_line_read(p->parser, &p->arena, text, p->run->options.market, &line, &wrong);
    if (e == ERR_OK) return pack_line(p, &line, why);
    fprintf(stderr, "rightfit: line %llu left out: %s\n", (unsigned long long)number, wrong.message);
    p->run->failed++;
    return ERR_OK;
}

static enum err pack_lines(struct packer *p, struct buf *rest, struct fault *why) {
    uint64_t number = 0;
    size_t got = 1;
    while (got > 0) {
        if (!buf_room(rest, READ_BYTES)) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
        TRY(rerank_read_some(p->run, rest->p + rest->n, READ_BYTES, &got, why));
        rest->n += got;
        struct slice left = buf_slice(rest);
        while (left.n && (got == 0 || memchr(left.p, '\n', left.n))) {
            struct slice text = slice_trim(slice_cut(&left, '\n'));
            number++;
            if (text.n) TRY(pack_text(p, text, number, why));
        }
        if (left.n > 16 * (size_t)LIMIT_STREAM_LINE_BYTES) return fault_set(why, ERR_TOO_LARGE, "", "line %llu has no end", (unsigned long long)number + 1);
        memmove(rest->p, left.p ? left.p : rest->p, left.n);
        rest->n = left.n;
        rerank_progress(p->run);
    }
    return ERR_OK;
}

static void dictionary_init(struct dictionary *d, enum rerank_block_kind kind) {
    *d = (struct dictionary){.kind = kind};
    map_init(&d->known);
    buf_init(&d->ends, NULL, 0);
    buf_init(&d->texts, NULL, 0);
}

static void dictionary_free(struct dictionary *d) {
    map_destroy(&d->known);
    buf_free(&d->ends);
    buf_free(&d->texts);
}

static enum err pack(struct rerank_run *r, struct fault *why) {
    struct packer p = {.run = r, .parser = json_parser_new()};
    struct buf *const bufs[] = {&p.user, &p.vehicle, &p.limit, &p.items, &p.product, &p.block};
    struct buf rest;
    p.header = (struct rerank_file_header){.magic = RERANK_FILE_MAGIC, .version = RERANK_FILE_VERSION, .kind = RERANK_REQUESTS};
    rerank_file_seal(&p.header);
    arena_init(&p.arena, 1 << 16, LIMIT_REQUEST_ARENA_BYTES);
    dictionary_init(&p.users, RERANK_USERS);
    dictionary_init(&p.vehicles, RERANK_VEHICLES);
    dictionary_init(&p.products, RERANK_PRODUCTS);
    for (unsigned i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_init(bufs[i], NULL, 0);
    buf_init(&rest, NULL, 2 * READ_BYTES);
    enum err e = p.parser && !rest.bad ? rerank_write(r, &p.header, sizeof p.header, why) : fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    if (e == ERR_OK) e = pack_lines(&p, &rest, why);
    if (e == ERR_OK) e = write_lists(&p, why);
    if (e == ERR_OK) e = write_block(&p, rerank_block_begin(&p.block), RERANK_END, 0, p.done, why);
    buf_free(&rest);
    for (unsigned i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_free(bufs[i]);
    dictionary_free(&p.users);
    dictionary_free(&p.vehicles);
    dictionary_free(&p.products);
    arena_destroy(&p.arena);
    json_parser_free(p.parser);
    return e;
}

// ---- to lines of JSON ---------------------------------------------------------------------------------------------------------------

struct texts {
    struct slice *list;
    uint32_t count; // texts
    size_t held;
};

struct unpacker {
    struct rerank_run *run;
    struct rerank_file_header header;
    struct texts users, products, vehicles, found;
    struct arena arena, line; // of the dictionaries, of a line
    struct buf out;
    uint64_t lists, answers;
    bool end;
};

static enum err add_texts(struct unpacker *u, struct texts *t, const struct rerank_ids *ids, uint64_t first) {
    unsigned each = ids->count ? ids->texts / ids->count : 1;
    if (first * each != t->count || t->count + (uint64_t)ids->texts > (uint64_t)RERANK_DICTIONARY_MAX * 3) return ERR_DAMAGED;
    if (t->count + (size_t)ids->texts > t->held) {
        size_t held = (t->count + (size_t)ids->texts) * 2;
        struct slice *grown = realloc(t->list, held * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        t->list = grown;
        t->held = held;
    }
    for (uint32_t i = 0; i < ids->texts; i++) {
        t->list[t->count] = arena_copy(&u->arena, rerank_ids_text(ids, i));
        if (!t->list[t->count++].p) return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

static struct rerank_sizes sizes_of(const struct unpacker *u) {
    return (struct rerank_sizes){u->users.count, u->vehicles.count / 3, u->products.count, u->found.count};
}

static struct slice product_text(const struct unpacker *u, uint32_t product) {
    return product & RERANK_FOUND ? u->found.list[product ^ RERANK_FOUND] : u->products.list[product];
}

static struct slice user_text(const struct unpacker *u, uint32_t user) {
    return user == RERANK_NONE ? SLICE_NONE : u->users.list[user];
}

static enum err unpack_lists(struct unpacker *u, const struct rerank_block_header *h, const void *payload) {
    struct rerank_lists lists;
    struct rerank_sizes sizes = sizes_of(u);
    TRY(rerank_lists_load(h, payload, &lists));
    TRY(rerank_lists_validate(&lists, &sizes));
    if (h->first != u->lists) return ERR_DAMAGED;
    for (uint32_t i = 0, at = 0; i < lists.count; i++) {
        struct rerank_line line = {.user = user_text(u, lists.user[i]), .limit = lists.limit[i], .whole = lists.items[i] == RERANK_NONE};
        arena_reset(&u->line);
        if (lists.vehicle[i] != RERANK_NONE) {
            const struct slice *car = u->vehicles.list + (size_t)lists.vehicle[i] * 3;
            line.vehicle = car[0], line.attrs = car[1], line.market = car[2];
        }
        line.count = line.whole ? 0 : lists.items[i];
        line.items = ARENA_ARRAY(&u->line, struct slice, line.count + 1);
        if (!line.items) return ERR_NO_MEMORY;
        for (size_t k = 0; k < line.count; k++) line.items[k] = u->products.list[lists.product[at++]];
        rerank_line_write(&line, &u->line, &u->out);
    }
    u->lists += lists.count;
    return ERR_OK;
}

static enum err unpack_answers(struct unpacker *u, const struct rerank_block_header *h, const void *payload) {
    struct rerank_answers a;
    struct rerank_sizes sizes = sizes_of(u);
    TRY(rerank_answers_load(h, payload, &a));
    TRY(rerank_answers_validate(&a, &sizes));
    if (h->first != u->answers) return ERR_DAMAGED;
    uint64_t hit = 0, drop = 0;
    for (uint32_t i = 0; i < a.count; i++) {
        struct rerank_line_out o;
        struct fault why = {0};
        if (a.error[i]) {
            (void)fault_set(&why, (enum err)a.error[i], "", "%s", err_name((enum err)a.error[i]));
            rerank_line_error(a.base + a.list[i] + 1, &why, &u->out);
            continue;
        }
        rerank_line_begin(&o, user_text(u, a.user[i]), &u->out);
        for (uint32_t k = 0; k < a.hit_count[i]; k++, hit++) rerank_line_hit(&o, product_text(u, a.product[hit]), a.score[hit], a.verdict[hit]);
        rerank_line_dropped(&o);
        for (uint32_t k = 0; k < a.drop_count[i]; k++, drop++) rerank_line_drop(&o, product_text(u, a.dropped[drop]), a.why[drop]);
        rerank_line_end(&o);
    }
    u->answers += a.count;
    return ERR_OK;
}

static enum err unpack_block(struct unpacker *u, const struct rerank_block_header *h, const void *payload) {
    struct rerank_ids ids;
    if (h->kind == RERANK_LISTS) return unpack_lists(u, h, payload);
    if (h->kind == RERANK_ANSWER) return unpack_answers(u, h, payload);
    if (h->kind == RERANK_END) {
        u->end = true;
        return h->first == u->lists + u->answers ? ERR_OK : ERR_DAMAGED;
    }
    TRY(rerank_ids_load(h, payload, &ids));
    struct texts *t = h->kind == RERANK_USERS ? &u->users : h->kind == RERANK_PRODUCTS ? &u->products : h->kind == RERANK_VEHICLES ? &u->vehicles : &u->found;
    return add_texts(u, t, &ids, h->first);
}

static enum err read_whole(struct unpacker *u, void *to, size_t n, struct fault *why) {
    size_t got;
    TRY(rerank_read(u->run, to, n, &got, why));
    return got == n ? ERR_OK : fault_set(why, ERR_DAMAGED, "", "the file is cut short");
}

static enum err unpack_next(struct unpacker *u, struct fault *why) {
    struct rerank_block_header h;
    TRY(read_whole(u, &h, sizeof h, why));
    TRY(rerank_block_header_check(&u->header, &h, why));
    char *payload = malloc(h.bytes + 8);
    if (!payload) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    enum err e = read_whole(u, payload, h.bytes, why);
    if (e == ERR_OK) e = rerank_block_check(&u->header, &h, payload, why);
    bool sound = e == ERR_OK;
    if (sound) e = unpack_block(u, &h, payload);
    free(payload);
    if (sound && e != ERR_OK) return fault_set(why, e, "", "a block makes no sense");
    TRY(e);
    if (u->out.bad) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    TRY(rerank_write(u->run, u->out.p, u->out.n, why));
    buf_clear(&u->out);
    rerank_progress(u->run);
    return ERR_OK;
}

static enum err unpack(struct rerank_run *r, struct fault *why) {
    struct unpacker u = {.run = r};
    arena_init(&u.arena, 1 << 20, (size_t)64 << 30);
    arena_init(&u.line, 1 << 16, LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&u.out, NULL, 0);
    enum err e = read_whole(&u, &u.header, sizeof u.header, why);
    if (e == ERR_OK) e = rerank_file_check(&u.header, why);
    while (e == ERR_OK && !u.end) e = unpack_next(&u, why);
    r->lists = u.lists + u.answers;
    struct texts *const all[] = {&u.users, &u.products, &u.vehicles, &u.found};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) free(all[i]->list);
    buf_free(&u.out);
    arena_destroy(&u.line);
    arena_destroy(&u.arena);
    return e;
}

enum err rerank_convert(struct rerank_run *r, struct fault *why) {
    progress_start(&r->progress, "convert");
    enum err e = r->binary ? unpack(r, why) : pack(r, why);
    progress_finish(&r->progress);
    return e;
}
