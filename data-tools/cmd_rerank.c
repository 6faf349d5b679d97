#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "index/base/json.h"
#include "index/base/limits.h"
#include "model/rerank.h"

static const char HELP[] =
    "usage: rightfit rerank [OPTION...] < in.ndjson > out.ndjson\n\n"
    "Puts lists in their people's order, one line in, one line out, in order; what does not fit the line's car is dropped.\n"
    "  in   {\"user\":\"u1\",\"vehicle\":\"2018-volkswagen-golf\",\"attrs\":{...},\"market\":\"CN\",\"items\":[\"p1\",\"p2\"]}\n"
    "  out  {\"user\":\"u1\",\"items\":[{\"id\":\"p2\",\"score\":0.81,\"verdict\":\"fits\"}],\"dropped\":[{\"id\":\"p1\",\"why\":\"no\"}]}\n"
    "A line that cannot be used is answered by {\"line\":n,\"error\":{...}} and makes the exit status 1. Only reads.\n\n"
    "  --market NAME  for lines that name none\n" COMMON_HELP;

struct filter_run {
    struct rerank rerank;
    struct arena arena;
    struct buf out;
    uint64_t line, failed;
};

static void error_write(struct filter_run *f, const struct fault *why) {
    struct json_writer w = json_writer_of(&f->out);
    buf_clear(&f->out);
    json_open(&w, '{');
    json_key_int(&w, "line", (int64_t)f->line);
    json_key_open(&w, "error", '{');
    json_key_str(&w, "code", err_name(why->code));
    json_key_str(&w, "message", why->message);
    json_key_str(&w, "field", why->field);
    json_close(&w, '}');
    json_close(&w, '}');
    buf_char(&f->out, '\n');
    f->failed++;
}

static enum err line_run(struct filter_run *f, struct slice line) {
    struct fault why = {0};
    enum err e = fault_set(&why, ERR_TOO_LARGE, "", "a line has at most %d bytes", LIMIT_STREAM_LINE_BYTES);
    buf_clear(&f->out);
    if (line.n <= LIMIT_STREAM_LINE_BYTES) {
        arena_reset(&f->arena);
        TRY(view_begin(f->rerank.view, &f->arena));
        e = rerank_line(&f->rerank, line, &f->out, &why);
        view_end(f->rerank.view);
    }
    if (e != ERR_OK) {
        if (why.code != e) (void)fault_set(&why, e, "", "%s", err_name(e));
        error_write(f, &why);
    }
    return fwrite(f->out.p, 1, f->out.n, stdout) == f->out.n ? ERR_OK : ERR_IO;
}

static enum err lines_run(struct filter_run *f) {
    char *text = NULL;
    size_t room = 0;
    ssize_t n;
    enum err e = ERR_OK;
    while (e == ERR_OK && (n = getline(&text, &room, stdin)) > 0) {
        struct slice line = slice_trim(slice_of(text, (size_t)n));
        f->line++;
        if (line.n) e = line_run(f, line);
    }
    free(text);
    return e == ERR_OK && fflush(stdout) != 0 ? ERR_IO : e;
}

static enum err run_with(struct filter_run *f, struct db *db, struct fault *why) {
    struct generations *generations;
    TRY(generations_open(db, &generations, why));
    enum err e = view_open(db, &clock_system, &f->rerank.view);
    if (e == ERR_OK) e = ranker_open(generations, &f->rerank.ranker);
    f->rerank.parser = json_parser_new();
    if (e == ERR_OK && !f->rerank.parser) e = ERR_NO_MEMORY;
    if (e == ERR_OK) e = lines_run(f);
    json_parser_free(f->rerank.parser);
    if (f->rerank.ranker) ranker_close(f->rerank.ranker);
    if (f->rerank.view) view_close(f->rerank.view);
    generations_close(generations);
    return e;
}

int command_rerank(int argc, char **argv) {
    enum { MARKET = OPTION_OWN };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"market", required_argument, NULL, MARKET}, {0}};
    struct common common = common_defaults();
    struct filter_run f = {0};
    struct fault why = {0};
    struct db *db;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == MARKET) f.rerank.market = slice_str(optarg);
        else if (!common_take(&common, o)) return command_usage("rerank");
    }
    if (optind != argc) return command_usage("rerank");
    enum err e = command_open(common.data, DB_READ, &db, &why);
    if (e != ERR_OK) return command_failed(&why, e);
    arena_init(&f.arena, 1 << 18, LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&f.out, NULL, 1 << 16);
    e = run_with(&f, db, &why);
    buf_free(&f.out);
    arena_destroy(&f.arena);
    db_close(db);
    return e != ERR_OK ? command_failed(&why, e) : f.failed ? EXIT_LOOK : EXIT_DONE;
}
