// Lists as lines of JSON. A piece is some hundred kilobytes of whole lines; an answer is a line of its own for each that is not empty.
#include <stdlib.h>
#include <unistd.h>

#include "index/base/limits.h"
#include "rerank_run.h"

#define PIECE_BYTES (256u * 1024)
#define TAIL_BYTES (64u * 1024)

struct lines {
    struct rerank_run *run;
    struct buf rest;         // what was read and is not given out yet
    struct json_parser *parser; // for the lines that are passed over
    struct arena arena;
    uint64_t line;           // lines given out
    uint64_t to_skip;        // answers that the output has already
    bool end, cutting;       // cutting: within a line that is too long
};

struct piece {
    struct rerank_piece bytes;
    uint64_t line; // lines before it
};

// ---- reading ------------------------------------------------------------------------------------------------------

static enum err fill(struct lines *l, struct fault *why) {
    size_t got;
    if (!buf_room(&l->rest, PIECE_BYTES)) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    TRY(rerank_read_some(l->run, l->rest.p + l->rest.n, PIECE_BYTES, &got, why));
    l->rest.n += got;
    l->end = got == 0;
    return ERR_OK;
}

static void drop_front(struct buf *b, size_t n) {
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

// The rest of a line that is too long is thrown away as it comes.
static enum err cut_long_line(struct lines *l, struct fault *why) {
    while (l->cutting) {
        const char *end = l->rest.n ? memchr(l->rest.p, '\n', l->rest.n) : NULL;
        drop_front(&l->rest, end ? (size_t)(end - l->rest.p) + 1 : l->rest.n);
        l->cutting = !end && !l->end;
        if (l->cutting) TRY(fill(l, why));
    }
    return ERR_OK;
}

// How much of `rest` are whole lines; 0: more has to be read.
static size_t whole_lines(struct lines *l) {
    const char *last = l->rest.n ? memrchr(l->rest.p, '\n', l->rest.n) : NULL;
    if (last) return (size_t)(last - l->rest.p) + 1;
    if (l->end) return l->rest.n;
    l->cutting = l->rest.n > LIMIT_STREAM_LINE_BYTES;
    return l->cutting ? l->rest.n : 0;
}

static enum err next_lines(struct lines *l, struct piece *p, struct fault *why) {
    size_t n = 0;
    buf_clear(&p->bytes.in);
    TRY(cut_long_line(l, why));
    while (n == 0 && !(l->end && l->rest.n == 0)) {
        if (!l->end) TRY(fill(l, why));
        n = whole_lines(l);
    }
    buf_put(&p->bytes.in, l->rest.p, n);
    drop_front(&l->rest, n);
    p->line = l->line;
    for (const char *at = p->bytes.in.p, *end = at + n; at < end; l->line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return p->bytes.in.bad ? fault_set(why, ERR_NO_MEMORY, "", "out of memory") : ERR_OK;
}

static struct slice cut_line(struct slice *rest) {
    struct slice line = slice_cut(rest, '\n');
    return slice_trim(line);
}

// Whether a line of this text is answered by this run. One that cannot be read has no user.
static bool is_answered(struct lines *l, struct json_parser *parser, struct slice text) {
    struct rerank_line line = {0};
    if (text.n == 0) return false;
    if (l->run->options.shards < 2) return true;
    arena_reset(&l->arena);
    if (text.n <= LIMIT_STREAM_LINE_BYTES) (void)rerank_line_read(parser, &l->arena, text, SLICE_NONE, &line, NULL);
    return rerank_is_mine(&l->run->options, line.user);
}

static void skip_answered(struct lines *l, struct piece *p) {
    struct slice rest = buf_slice(&p->bytes.in);
    while (l->to_skip && rest.p && rest.n) {
        p->line++;
        if (!is_answered(l, l->parser, cut_line(&rest))) continue;
        l->to_skip--;
        l->run->skipped++;
    }
    drop_front(&p->bytes.in, p->bytes.in.n - (rest.p ? rest.n : 0));
}

static enum err read_piece(void *arg, void *piece, bool *more, struct fault *why) {
    struct lines *l = arg;
    struct piece *p = piece;
    TRY(next_lines(l, p, why));
    *more = p->bytes.in.n > 0;
    if (l->to_skip) skip_answered(l, p);
    return ERR_OK;
}

// ---- answering ----------------------------------------------------------------------------------------------------

static enum err answer(struct rerank_run *r, struct rerank_thread *t, const struct rerank_line *line, struct piece *p, struct fault *why) {
    TRY(view_begin(t->view, &t->arena));
    enum err e = rerank_line_answer(&t->rerank, line, &p->bytes.out, why);
    view_end(t->view);
    r->pairs += line->count;
    return e;
}

static void answer_line(struct rerank_run *r, struct rerank_thread *t, struct slice text, uint64_t number, struct piece *p) {
    struct rerank_line line = {0};
    struct fault why = {0};
    enum err e = fault_set(&why, ERR_TOO_LARGE, "", "a line has at most %d bytes", LIMIT_STREAM_LINE_BYTES);
    uint64_t began_us = rerank_now_us(r);
    arena_reset(&t->arena);
    if (text.n <= LIMIT_STREAM_LINE_BYTES) e = rerank_line_read(t->parser, &t->arena, text, r->options.market, &line, &why);
    t->parse_us += rerank_now_us(r) - began_us;
    if (!rerank_is_mine(&r->options, e == ERR_OK ? line.user : SLICE_NONE)) return;
    r->lists++;
    if (e == ERR_OK) e = answer(r, t, &line, p, &why);
    if (e == ERR_OK) return;
    if (why.code != e) (void)fault_set(&why, e, "", "%s", err_name(e));
    rerank_line_error(number, &why, &p->bytes.out);
    r->failed++;
}

static enum err work_piece(void *arg, unsigned thread, void *piece, struct fault *why) {
    struct rerank_run *r = ((struct lines *)arg)->run;
    struct rerank_thread *t = &r->threads[thread];
    struct piece *p = piece;
    struct slice rest = buf_slice(&p->bytes.in);
    uint64_t number = p->line;
    buf_clear(&p->bytes.out);
    while (rest.p && rest.n) {
        struct slice text = cut_line(&rest);
        number++;
        if (text.n) answer_line(r, t, text, number, p);
    }
    rerank_thread_rest(t);
    return p->bytes.out.bad ? fault_set(why, ERR_NO_MEMORY, "", "out of memory") : ERR_OK;
}

static enum err write_piece(void *arg, void *piece, struct fault *why) {
    struct rerank_run *r = ((struct lines *)arg)->run;
    const struct piece *p = piece;
    TRY(rerank_write(r, p->bytes.out.p, p->bytes.out.n, why));
    rerank_progress(r);
    return ERR_OK;
}

// ---- going on -----------------------------------------------------------------------------------------------------

// Counts the answers of an output that was cut, and cuts it behind the last whole one.
static enum err take_up(struct lines *l, struct fault *why) {
    char *bytes = malloc(TAIL_BYTES);
    off_t at = 0, whole = 0;
    ssize_t n = 0;
    if (!bytes) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    while ((n = pread(l->run->out_fd, bytes, TAIL_BYTES, at)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (bytes[i] != '\n') continue;
            whole = at + i + 1;
            l->to_skip++;
        }
        at += n;
    }
    free(bytes);
    if (n < 0 || ftruncate(l->run->out_fd, whole) != 0 || lseek(l->run->out_fd, whole, SEEK_SET) < 0)
        return fault_set(why, ERR_IO, "", "cannot go on with %s: it has to be a file", l->run->options.out);
    return ERR_OK;
}

// ---- all of it ----------------------------------------------------------------------------------------------------

enum err rerank_ndjson(struct rerank_run *r, struct fault *why) {
    struct lines l = {.run = r, .parser = json_parser_new()};
    arena_init(&l.arena, 1 << 16, LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&l.rest, NULL, 2 * PIECE_BYTES);
    enum err e = l.parser && !l.rest.bad ? ERR_OK : fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    if (e == ERR_OK && r->options.resume) e = take_up(&l, why);
    if (e == ERR_OK) e = rerank_run_prepare(r, why);
    if (e == ERR_OK) e = rerank_run_pieces(r, (struct ordered){read_piece, work_piece, write_piece, &l, .piece_bytes = sizeof(struct piece)}, why);
    if (e == ERR_OK && l.to_skip)
        e = fault_set(why, ERR_CONFLICT, "", "%s has %llu answers more than there are lists: it is of another input", r->options.out,
                      (unsigned long long)l.to_skip);
    progress_finish(&r->progress);
    json_parser_free(l.parser);
    arena_destroy(&l.arena);
    buf_free(&l.rest);
    return e;
}
