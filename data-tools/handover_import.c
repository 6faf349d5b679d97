// Imports through a running server: handing a file over and waiting for it, the list, the way back.
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "handover.h"
#include "imports.h"
#include "index/base/json.h"
#include "progress.h"
#include "report.h"

enum { POLL_MS = 100, PATH_BYTES = 128, ARENA_BYTES = 256 << 20 };

// A conversation: the parser and the memory of one answer at a time.
struct talk {
    const char *server, *key;
    struct json_parser *parser;
    struct arena arena;
    struct buf answer;
};

static enum err talk_begin(struct talk *t, const char *server, const char *key, struct fault *why) {
    *t = (struct talk){.server = server, .key = key, .parser = json_parser_new()};
    arena_init(&t->arena, 64 * 1024, ARENA_BYTES);
    buf_init(&t->answer, NULL, 0);
    return t->parser ? ERR_OK : fault_set(why, ERR_NO_MEMORY, "", "out of memory");
}

static void talk_end(struct talk *t) {
    json_parser_free(t->parser);
    arena_destroy(&t->arena);
    buf_free(&t->answer);
}

static enum err say(struct talk *t, const char *path, const char *body, const struct json **out, struct fault *why) {
    TRY(handover_call(t->server, t->key, path, body, &t->answer, why));
    arena_reset(&t->arena);
    return json_parse(t->parser, buf_slice(&t->answer), &t->arena, out, why);
}

static uint64_t number(const struct json *object, const char *key) {
    int64_t value = 0;
    (void)json_get_integer(object, key, 0, INT64_MAX, &value, NULL);
    return (uint64_t)value;
}

static struct slice text(const struct json *object, const char *key) {
    struct slice value = SLICE_NONE;
    (void)json_get_string(object, key, &value, NULL);
    return value;
}

// ---- a job ------------------------------------------------------------------------------------------------------------------------
static enum err order(struct talk *t, const struct handover_import *h, uint64_t *job, struct fault *why) {
    const struct json *answer;
    struct buf body;
    buf_init(&body, NULL, 256);
    struct json_writer w = json_writer_of(&body);
    json_open(&w, '{');
    json_key_str(&w, "path", h->file);
    json_key_str(&w, "sources", h->sources);
    json_key_bool(&w, "dry_run", h->dry_run);
    json_close(&w, '}');
    buf_char(&body, 0);
    enum err err = body.bad ? ERR_NO_MEMORY : say(t, "/v1/imports", body.p, &answer, why);
    buf_free(&body);
    TRY(err);
    *job = number(answer, "job");
    return ERR_OK;
}

struct bar { struct progress progress; char what[64]; bool quiet; };

static void bar_show(struct bar *b, const struct json *job) {
    struct slice what = text(job, "what");
    if (b->quiet || what.n == 0) return;
    if (!slice_eq(what, slice_str(b->what))) {
        if (b->what[0]) progress_finish(&b->progress);
        slice_copy(what, b->what, sizeof b->what);
        progress_start(&b->progress, b->what);
    }
    progress_update(&b->progress, number(job, "done"), number(job, "total"));
}

static enum err wait_for(struct talk *t, uint64_t id, bool quiet, const struct json **job, struct fault *why) {
    char path[PATH_BYTES];
    struct bar bar = {.quiet = quiet};
    snprintf(path, sizeof path, "/v1/imports?job=%" PRIu64, id);
    enum err err;
    for (;;) {
        const struct json *answer, *jobs = NULL;
        err = say(t, path, NULL, &answer, why);
        if (err == ERR_OK) err = json_get_array(answer, "jobs", &jobs, why);
        if (err == ERR_OK && (!jobs || jobs->count != 1))
            err = fault_set(why, ERR_NOT_FOUND, "server", "the server no longer knows of import job %" PRIu64 "; was it restarted?", id);
        if (err != ERR_OK) break;
        *job = &jobs->items[0];
        bar_show(&bar, *job);
        if (slice_is(text(*job, "state"), "done") || slice_is(text(*job, "state"), "failed")) break;
        struct timespec pause = {0, POLL_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
    if (bar.what[0]) progress_finish(&bar.progress);
    return err;
}

static void errors_print(const struct json *job) {
    const struct json *errors = NULL;
    (void)json_get_array(job, "errors", &errors, NULL);
    for (size_t i = 0; errors && i < errors->count && i < REPORT_SHOWN_MAX; i++) {
        struct slice source = text(&errors->items[i], "source"), message = text(&errors->items[i], "message");
        fprintf(stderr, "%.*s:%" PRIu64 ": %.*s\n", SLICE_ARGS(source), number(&errors->items[i], "line"), SLICE_ARGS(message));
    }
}

static void job_print(const struct json *job, bool dry_run) {
    const struct json *r = NULL;
    (void)json_get_object(job, "report", &r, NULL);
    if (!r) return;
    printf("%s: %" PRIu64 " products new, %" PRIu64 " changed, %" PRIu64 " removed, %" PRIu64 " the same; %" PRIu64
           " applications, %" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " unresolved; %" PRIu64 " rejected by the server\n",
           dry_run ? "would be" : "server", number(r, "products_new"), number(r, "products_changed"), number(r, "products_removed"),
           number(r, "products_same"), number(r, "applications"), number(r, "applications_added"), number(r, "applications_removed"),
           number(r, "applications_unresolved"), number(r, "rejected"));
    if (number(r, "batch")) printf("import %" PRIu64 "\n", number(r, "batch"));
}

static enum err import_with(struct talk *t, struct handover_import *h, struct fault *why) {
    const struct json *job = NULL, *report = NULL;
    uint64_t id = 0;
    TRY(order(t, h, &id, why));
    h->taken = true;
    TRY(wait_for(t, id, h->quiet, &job, why));
    errors_print(job);
    (void)json_get_object(job, "report", &report, NULL);
    h->rejected = number(report, "rejected");
    if (slice_is(text(job, "state"), "failed")) {
        struct slice message = text(job, "message");
        return fault_set(why, ERR_IO, "server", "%.*s", SLICE_ARGS(message));
    }
    job_print(job, h->dry_run);
    return ERR_OK;
}

enum err handover_import(struct handover_import *h, struct fault *why) {
    struct talk t;
    enum err err = talk_begin(&t, h->server, h->key, why);
    if (err == ERR_OK) err = import_with(&t, h, why);
    talk_end(&t);
    return err;
}

// ---- the list, the way back ---------------------------------------------------------------------------------------------------------
static void batch_line(const struct json *b) {
    imports_line((uint32_t)number(b, "id"), (int64_t)number(b, "at"), slice_is(text(b, "state"), "done"), (uint32_t)number(b, "products_new"),
                 (uint32_t)number(b, "products_changed"), (uint32_t)number(b, "products_removed"), text(b, "sources"));
}

static enum err list_print(struct talk *t, struct fault *why) {
    const struct json *answer, *batches = NULL, *jobs = NULL;
    TRY(say(t, "/v1/imports", NULL, &answer, why));
    TRY(json_get_array(answer, "batches", &batches, why));
    TRY(json_get_array(answer, "jobs", &jobs, why));
    for (size_t i = 0; batches && i < batches->count; i++) batch_line(&batches->items[i]);
    for (size_t i = 0; jobs && i < jobs->count; i++) {
        struct slice state = text(&jobs->items[i], "state"), sources = text(&jobs->items[i], "sources");
        if (slice_is(state, "done")) continue;
        printf("job %" PRIu64 " %.*s: %.*s\n", number(&jobs->items[i], "id"), SLICE_ARGS(state), SLICE_ARGS(sources));
    }
    return ERR_OK;
}

enum err handover_imports_print(const char *server, const char *key, struct fault *why) {
    struct talk t;
    enum err err = talk_begin(&t, server, key, why);
    if (err == ERR_OK) err = list_print(&t, why);
    talk_end(&t);
    return err;
}

enum err handover_rollback(const char *server, const char *key, uint32_t batch, struct fault *why) {
    struct talk t;
    char path[PATH_BYTES];
    const struct json *answer;
    snprintf(path, sizeof path, "/v1/imports/%" PRIu32 "/rollback", batch);
    enum err err = talk_begin(&t, server, key, why);
    if (err == ERR_OK) err = say(&t, path, "", &answer, why);
    if (err == ERR_OK) imports_taken_back(batch, (uint32_t)number(answer, "restored"), (uint32_t)number(answer, "kept"));
    talk_end(&t);
    return err;
}
