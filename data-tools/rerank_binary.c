// Lists in the binary form (model/rerank_file.h). A piece is one block. Blocks of ids are resolved by whoever reads, in order, before a
// list can need them, and passed on to the output; each block of lists becomes one of answers.
#include <stdlib.h>

#include "rerank_binary.h"
#include "rerank_dictionary.h"

struct columns { // of one block's answers
    struct buf list, user, error, hits, drops, product, score, dropped, verdict, why;
};

struct work { // a thread's memory
    struct buf products; // of a block's lists, resolved
    struct columns columns;
};

struct binary {
    struct rerank_run *run;
    struct rerank_file_header in, out;
    struct rerank_taken_up old;          // what the output has
    struct rerank_dictionary ids;
    struct work *work;                   // by thread
    uint32_t *found;                     // of each product, its index of FOUND + 1; NULL until one is
    uint64_t lists, answers, written;    // lists read, answers given out to be made, answers written
    bool end;
};

struct piece {
    struct rerank_piece bytes;
    struct rerank_block_header header;
    uint64_t skip;    // answers of this block that the output has
    bool passed_on;   // a dictionary: `in` is what is written
    bool finds;       // answers of the whole catalogue: the writer gives them their places in FOUND
    uint32_t answers;
};

// Adds a block of ids; whether the output needs it.
static enum err take_ids(struct binary *b, struct piece *p, struct fault *why) {
    const struct rerank_block_header *h = &p->header;
    struct rerank_ids ids;
    uint32_t size = rerank_sizes_of(&b->ids.sizes, h->kind);
    if (h->first != size || h->count > RERANK_DICTIONARY_MAX - size)
        return fault_set(why, ERR_DAMAGED, "", "a block of ids stands where another belongs");
    p->passed_on = size >= rerank_sizes_of(&b->old.sizes, h->kind);
    enum err e = rerank_ids_load(h, p->bytes.in.p, &ids);
    if (e == ERR_OK) e = rerank_dictionary_add(&b->ids, b->run, h->kind, &ids);
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot use a block of ids: %s", err_name(e));
}

// ---- reading ----------------------------------------------------------------------------------------------------------------------

static enum err read_whole(struct binary *b, void *to, size_t n, struct fault *why) {
    size_t got;
    TRY(rerank_read(b->run, to, n, &got, why));
    return got == n ? ERR_OK : fault_set(why, ERR_DAMAGED, "", "the lists are cut short");
}

static enum err read_block(struct binary *b, struct piece *p, struct fault *why) {
    TRY(read_whole(b, &p->header, sizeof p->header, why));
    TRY(rerank_block_header_check(&b->in, &p->header, why));
    buf_clear(&p->bytes.in);
    if (!buf_room(&p->bytes.in, p->header.bytes + 8)) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    p->bytes.in.n = p->header.bytes;
    return read_whole(b, p->bytes.in.p, p->bytes.in.n, why);
}

static bool list_is_mine(const struct binary *b, uint32_t user) {
    return user == RERANK_NONE ? rerank_is_mine(&b->run->options, SLICE_NONE) : b->ids.users[user].mine;
}

// Counts the answers that a block of lists brings, and finds out how many of them are there already.
static enum err take_lists(struct binary *b, struct piece *p, struct fault *why) {
    struct rerank_lists lists;
    if (p->header.first != b->lists || rerank_lists_load(&p->header, p->bytes.in.p, &lists) != ERR_OK ||
        rerank_lists_validate(&lists, &b->ids.sizes) != ERR_OK)
        return fault_set(why, ERR_DAMAGED, "", "a block of lists makes no sense");
    uint64_t mine = 0, left = b->old.answers - (b->old.answers < b->answers ? b->old.answers : b->answers);
    for (uint32_t i = 0; i < lists.count; i++) mine += list_is_mine(b, lists.user[i]);
    p->skip = left < mine ? left : mine;
    b->run->skipped += p->skip;
    b->answers += mine;
    b->lists += lists.count;
    return ERR_OK;
}

static enum err take_end(struct binary *b, const struct piece *p, struct fault *why) {
    char more;
    size_t got;
    b->end = true;
    if (p->header.first != b->lists) return fault_set(why, ERR_DAMAGED, "", "the file has %llu lists, its end says %llu",
                                                      (unsigned long long)b->lists, (unsigned long long)p->header.first);
    TRY(rerank_read(b->run, &more, 1, &got, why));
    return got ? fault_set(why, ERR_DAMAGED, "", "something stands behind the end of the lists") : ERR_OK;
}

static enum err read_piece(void *arg, void *piece, bool *more, struct fault *why) {
    struct binary *b = arg;
    struct piece *p = piece;
    *more = !b->end;
    if (b->end) return ERR_OK;
    TRY(read_block(b, p, why));
    TRY(rerank_block_check(&b->in, &p->header, p->bytes.in.p, why));
    p->passed_on = p->finds = false;
    p->answers = 0;
    buf_clear(&p->bytes.out);
    if (p->header.kind == RERANK_LISTS) return take_lists(b, p, why);
    if (p->header.kind == RERANK_END) return take_end(b, p, why);
    return take_ids(b, p, why);
}

// ---- answering --------------------------------------------------------------------------------------------------------------------

static struct buf *column(struct columns *c, unsigned i) {
    struct buf *all[] = {&c->list, &c->user, &c->error, &c->hits, &c->drops, &c->product, &c->score, &c->dropped, &c->verdict, &c->why};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

static void columns_clear(struct columns *c) {
    for (unsigned i = 0; column(c, i); i++) buf_clear(column(c, i));
}

static void columns_free(struct columns *c) {
    for (unsigned i = 0; column(c, i); i++) buf_free(column(c, i));
}

static enum err find_car(const struct binary *b, struct rerank_thread *t, uint32_t vehicle, struct knowledge *k) {
    struct fault why = {0};
    const struct rerank_car *v = vehicle == RERANK_NONE ? NULL : &b->ids.cars[vehicle];
    *k = (struct knowledge){0};
    return v ? knowledge_parse(t->view, v->vehicle, v->attrs, v->market, k, &why) : ERR_OK;
}

static void put_hits(struct columns *c, const struct rerank_list *l, const uint32_t *indexes) {
    size_t n = l->hit_count;
    if (!buf_room(&c->product, n * 4) || !buf_room(&c->score, n * 4) || !buf_room(&c->verdict, n)) return;
    uint32_t *product = (uint32_t *)(void *)(c->product.p + c->product.n);
    float *score = (float *)(void *)(c->score.p + c->score.n);
    for (size_t i = 0; i < n; i++) {
        const struct rerank_hit *hit = &l->hits[i];
        product[i] = l->whole ? hit->product | RERANK_FOUND : indexes[hit->at];
        score[i] = hit->score;
        c->verdict.p[c->verdict.n + i] = (char)hit->verdict;
    }
    c->product.n += n * 4;
    c->score.n += n * 4;
    c->verdict.n += n;
}

static void put_answer(struct columns *c, const struct rerank_list *l, const uint32_t *indexes, enum err e) {
    buf_u32(&c->error, e);
    buf_u32(&c->hits, e == ERR_OK ? l->hit_count : 0);
    buf_u32(&c->drops, e == ERR_OK ? l->dropped_count : 0);
    if (e != ERR_OK) return;
    put_hits(c, l, indexes);
    for (unsigned i = 0; i < l->dropped_count; i++) {
        buf_u32(&c->dropped, indexes[l->dropped[i].at]);
        buf_u8(&c->why, (uint8_t)l->dropped[i].why);
    }
}

struct block { // of lists, being answered
    const struct binary *binary;
    struct rerank_thread *thread;
    struct rerank_lists lists;
    const uint32_t *products; // of all lists, resolved
    struct columns *columns;
    uint64_t pairs, dropped, failed;
};

static uint32_t user_of(const struct block *k, uint32_t i) {
    uint32_t user = k->lists.user[i];
    return user == RERANK_NONE ? 0 : k->binary->ids.users[user].user;
}

static enum err answer_list(struct block *k, uint32_t i, uint64_t at) {
    struct rerank_thread *t = k->thread;
    const struct rerank_lists *lists = &k->lists;
    bool whole = lists->items[i] == RERANK_NONE;
    struct knowledge car;
    struct rerank_list l = {.k = &car, .whole = whole, .limit = lists->limit[i], .products = k->products + at};
    l.count = whole ? 0 : lists->items[i];
    l.ahead = (size_t)(lists->products - at - l.count);
    l.user = user_of(k, i);
    if (i + 1 < lists->count) batch_person_expect(k->binary->run->persons, user_of(k, i + 1));
    TRY(rerank_list_begin(t));
    enum err e = find_car(k->binary, t, lists->vehicle[i], &car);
    if (e == ERR_OK) e = rerank_list(&t->rerank, &l);
    put_answer(k->columns, &l, lists->product + at, e);
    rerank_list_end(t);
    k->pairs += l.count;
    k->dropped += e == ERR_OK ? l.dropped_count : 0;
    k->failed += e != ERR_OK;
    return e == ERR_NO_MEMORY || e == ERR_DAMAGED || e == ERR_IO ? e : ERR_OK; // the list's own failure is an answer
}

static enum err answer_lists(struct block *k, struct piece *p) {
    uint64_t at = 0, skip = p->skip;
    for (uint32_t i = 0; i < k->lists.count; i++) {
        bool mine = list_is_mine(k->binary, k->lists.user[i]);
        if (mine && skip) {
            skip--;
        } else if (mine) {
            buf_u32(&k->columns->list, i);
            buf_u32(&k->columns->user, k->lists.user[i]);
            TRY(answer_list(k, i, at));
            p->answers++;
            p->finds |= k->lists.items[i] == RERANK_NONE;
        }
        if (k->lists.items[i] != RERANK_NONE) at += k->lists.items[i];
    }
    return ERR_OK;
}

static void put_block(struct block *k, struct piece *p) {
    size_t at = rerank_block_begin(&p->bytes.out);
    buf_u64(&p->bytes.out, p->header.first);
    for (unsigned i = 0; column(k->columns, i); i++) {
        buf_slice_put(&p->bytes.out, buf_slice(column(k->columns, i)));
        p->bytes.out.bad |= column(k->columns, i)->bad;
    }
    rerank_block_end(&k->binary->out, &p->bytes.out, at, RERANK_ANSWER, p->answers, 0); // its place is known when it is written
}

static enum err resolve(struct block *k, struct buf *products) {
    const uint32_t *known = k->binary->ids.products;
    buf_clear(products);
    if (!buf_room(products, k->lists.products * sizeof(uint32_t) + 1)) return ERR_NO_MEMORY;
    uint32_t *out = (uint32_t *)(void *)products->p;
    for (uint64_t i = 0; i < k->lists.products; i++) out[i] = known[k->lists.product[i]];
    k->products = out;
    return ERR_OK;
}

static enum err answer_block(struct block *k, struct piece *p, struct buf *products) {
    TRY(rerank_lists_load(&p->header, p->bytes.in.p, &k->lists));
    TRY(resolve(k, products));
    columns_clear(k->columns);
    TRY(answer_lists(k, p));
    if (p->answers) put_block(k, p);
    return p->bytes.out.bad ? ERR_NO_MEMORY : p->bytes.out.n > RERANK_BLOCK_MAX ? ERR_TOO_LARGE : ERR_OK;
}

static enum err work_piece(void *arg, unsigned thread, void *piece, struct fault *why) {
    struct binary *b = arg;
    struct rerank_run *r = b->run;
    struct piece *p = piece;
    struct block k = {.binary = b, .thread = &r->threads[thread], .columns = &b->work[thread].columns};
    if (p->header.kind != RERANK_LISTS) return ERR_OK;
    enum err e = answer_block(&k, p, &b->work[thread].products);
    rerank_thread_rest(k.thread);
    r->lists += p->answers;
    r->pairs += k.pairs;
    r->dropped += k.dropped;
    r->failed += k.failed;
    if (e == ERR_TOO_LARGE) return fault_set(why, e, "", "the answers of a block are larger than a block may be: give fewer lists in one");
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot answer a block of lists: %s", err_name(e));
}

// ---- writing ----------------------------------------------------------------------------------------------------------------------

// Gives products found in the catalogue their indexes of FOUND, in the order in which they come, and writes the block that names new ones.
static enum err write_found(struct binary *b, struct piece *p, struct fault *why) {
    struct rerank_block_header h;
    struct rerank_answers a;
    struct buf ends, texts;
    uint32_t first = b->old.sizes.found, count = 0;
    if (!b->found) b->found = calloc((size_t)rank_batch_products(b->run->table) + 1, sizeof *b->found);
    memcpy(&h, p->bytes.out.p, sizeof h);
    if (!b->found || rerank_answers_load(&h, p->bytes.out.p + sizeof h, &a) != ERR_OK) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    buf_init(&ends, NULL, 0);
    buf_init(&texts, NULL, 0);
    uint32_t *products = (uint32_t *)(uintptr_t)a.product;
    for (uint64_t i = 0; i < a.hits; i++) {
        uint32_t product = products[i] & ~RERANK_FOUND;
        if (!(products[i] & RERANK_FOUND)) continue;
        if (!b->found[product]) {
            b->found[product] = first + ++count;
            buf_slice_put(&texts, product_ids_text(b->run->ids, product));
            buf_u32(&ends, (uint32_t)texts.n);
        }
        products[i] = (b->found[product] - 1) | RERANK_FOUND;
    }
    struct buf block;
    buf_init(&block, NULL, 0);
    size_t at = rerank_block_begin(&block);
    buf_slice_put(&block, buf_slice(&ends));
    buf_slice_put(&block, buf_slice(&texts));
    rerank_block_end(&b->out, &block, at, RERANK_FOUND_PRODUCTS, count, first);
    bool bad = block.bad || ends.bad || texts.bad;
    enum err e = bad ? fault_set(why, ERR_NO_MEMORY, "", "out of memory") : count ? rerank_write(b->run, block.p, block.n, why) : ERR_OK;
    b->old.sizes.found += count;
    buf_free(&ends);
    buf_free(&texts);
    buf_free(&block);
    return e;
}

static enum err write_block(struct binary *b, struct rerank_block_header *h, const struct buf *payload, struct fault *why) {
    rerank_block_seal(&b->out, h, payload->p);
    TRY(rerank_write(b->run, h, sizeof *h, why));
    return rerank_write(b->run, payload->p, payload->n, why);
}

static enum err write_answers(struct binary *b, struct piece *p, struct fault *why) {
    struct rerank_block_header h;
    if (p->finds) TRY(write_found(b, p, why));
    memcpy(&h, p->bytes.out.p, sizeof h);
    h.first = b->written;
    rerank_block_seal(&b->out, &h, p->bytes.out.p + sizeof h);
    memcpy(p->bytes.out.p, &h, sizeof h);
    b->written += h.count;
    return rerank_write(b->run, p->bytes.out.p, p->bytes.out.n, why);
}

static enum err write_piece(void *arg, void *piece, struct fault *why) {
    struct binary *b = arg;
    struct piece *p = piece;
    if (p->header.kind == RERANK_END) p->header.first = b->written;
    if (p->passed_on || p->header.kind == RERANK_END) TRY(write_block(b, &p->header, &p->bytes.in, why));
    else if (p->answers) TRY(write_answers(b, p, why));
    rerank_progress(b->run);
    return ERR_OK;
}

// ---- all of it --------------------------------------------------------------------------------------------------------------------

static enum err write_header(struct binary *b, struct fault *why) {
    const struct rerank_options *o = &b->run->options;
    b->out = (struct rerank_file_header){.magic = RERANK_FILE_MAGIC, .version = RERANK_FILE_VERSION, .kind = RERANK_ANSWERS, .as_of_ms = o->as_of_ms,
                                         .generation = rerank_run_generation(b->run), .shard = o->shard, .shards = o->shards};
    rerank_file_seal(&b->out);
    if (b->old.whole) return rerank_taken_up_check(&b->old, &b->out, why);
    return rerank_write(b->run, &b->out, sizeof b->out, why);
}

static enum err remember_found(struct binary *b, struct fault *why) { // those that the output names already
    if (b->old.sizes.found == 0) return ERR_OK;
    b->found = calloc((size_t)rank_batch_products(b->run->table) + 1, sizeof *b->found);
    return b->found ? rerank_taken_up_found(&b->old, b->run, b->found, why) : fault_set(why, ERR_NO_MEMORY, "", "out of memory");
}

static enum err run(struct binary *b, struct fault *why) {
    struct rerank_run *r = b->run;
    TRY(read_whole(b, &b->in, sizeof b->in, why));
    TRY(rerank_file_check(&b->in, why));
    if (b->in.kind != RERANK_REQUESTS) return fault_set(why, ERR_BAD_REQUEST, "", "these are answers, not lists");
    if (r->options.resume) TRY(rerank_take_up(r, &b->old, why));
    if (b->old.complete) return ERR_OK;
    TRY(rerank_run_prepare(r, why));
    b->work = calloc(r->options.threads, sizeof *b->work);
    if (!b->work || rerank_dictionary_open(&b->ids) != ERR_OK) return fault_set(why, ERR_NO_MEMORY, "", "no memory for the dictionaries");
    TRY(write_header(b, why));
    TRY(remember_found(b, why));
    b->written = b->old.answers;
    TRY(rerank_run_pieces(r, (struct ordered){read_piece, work_piece, write_piece, b, .piece_bytes = sizeof(struct piece)}, why));
    if (b->answers < b->old.answers) return fault_set(why, ERR_CONFLICT, "", "%s has more answers than there are lists: it is of another input", r->options.out);
    return ERR_OK;
}

enum err rerank_binary(struct rerank_run *r, struct fault *why) {
    struct binary b = {.run = r};
    enum err e = run(&b, why);
    progress_finish(&r->progress);
    for (unsigned i = 0; b.work && i < r->options.threads; i++) {
        columns_free(&b.work[i].columns);
        buf_free(&b.work[i].products);
    }
    free(b.work);
    free(b.found);
    rerank_dictionary_close(&b.ids);
    return e;
}
