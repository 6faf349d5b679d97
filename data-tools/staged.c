#include "staged.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/bulk.h"

enum { PATH_BYTES = 4096, LINE_FIRST_BYTES = 64 * 1024 };

struct staged {
    FILE *file;
    struct buf line; // heap
    char path[PATH_BYTES];
    uint64_t lines;
    bool dry_run;
    struct sink report_to;
};

enum err staged_open(const char *data, bool dry_run, struct staged **out, struct fault *why) {
    struct staged *s = calloc(1, sizeof *s);
    if (!s) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    buf_init(&s->line, NULL, LINE_FIRST_BYTES);
    s->dry_run = dry_run;
    *out = s;
    int n = snprintf(s->path, sizeof s->path, "%s/staging", data);
    if (n < 0 || n > PATH_BYTES - 32) return fault_set(why, ERR_BAD_REQUEST, "data", "%.100s: the path is too long", data);
    if (mkdir(s->path, 0700) != 0 && errno != EEXIST) return fault_set(why, ERR_IO, "data", "%.150s cannot be made: %s", s->path, strerror(errno));
    snprintf(s->path + n, sizeof s->path - (size_t)n, "/XXXXXX.ndjson");
    int fd = mkstemps(s->path, sizeof ".ndjson" - 1);
    s->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    return s->file ? ERR_OK : fault_set(why, ERR_IO, "data", "no file can be made in %.150s: %s", data, strerror(errno));
}

void staged_close(struct staged *s, bool keep) {
    if (!s) return;
    if (s->file) (void)fclose(s->file);
    if (!keep) (void)unlink(s->path);
    buf_free(&s->line);
    free(s);
}

enum err staged_finish(struct staged *s, struct fault *why) {
    bool ok = fclose(s->file) == 0;
    s->file = NULL;
    return ok ? ERR_OK : fault_set(why, ERR_IO, "", "%.200s cannot be written: %s", s->path, strerror(errno));
}

const char *staged_name(const struct staged *s) { return strrchr(s->path, '/') + 1; }
uint64_t staged_lines(const struct staged *s) { return s->lines; }

// ---- the sink -------------------------------------------------------------------------------------------------------------------
static enum err line_out(struct staged *s, struct fault *why) {
    bool ok = !s->line.bad && fwrite(s->line.p, 1, s->line.n, s->file) == s->line.n;
    buf_clear(&s->line);
    s->lines++;
    return ok ? ERR_OK : fault_set(why, ERR_IO, "", "%.200s cannot be written: %s", s->path, strerror(errno));
}

static enum err take_product(void *arg, const struct product_doc *doc, struct fault *why) {
    struct staged *s = arg;
    bulk_product_line(&s->line, doc);
    return line_out(s, why);
}
static enum err take_application(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                                 const struct application_doc *doc, struct fault *why) {
    struct staged *s = arg;
    bulk_application_line(&s->line, change, brand, number, type, doc);
    return line_out(s, why);
}
static enum err take_full(void *arg, struct slice brand, struct fault *why) {
    struct staged *s = arg;
    bulk_full_line(&s->line, brand);
    return line_out(s, why);
}
static enum err take_remove(void *arg, struct slice brand, struct slice number, struct fault *why) {
    struct staged *s = arg;
    bulk_remove_line(&s->line, brand, number);
    return line_out(s, why);
}
static enum err take_offer(void *arg, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock, struct fault *why) {
    struct staged *s = arg;
    bulk_offer_line(&s->line, id, cny_fen, usd_cents, stock);
    return line_out(s, why);
}
static enum err take_entry(void *arg, const char *kind, const struct json *body, struct fault *why) {
    struct staged *s = arg;
    struct json_writer w = json_writer_of(&s->line);
    json_open(&w, '{');
    json_key_str(&w, "op", "put");
    json_key_str(&w, "kind", kind);
    for (size_t i = 0; i < body->count; i++) {
        json_key_slice(&w, body->keys[i]);
        json_tree(&w, &body->items[i]);
    }
    json_close(&w, '}');
    buf_char(&s->line, '\n');
    return line_out(s, why);
}

static enum err take_supply(void *arg, enum supply_kind kind, const struct json *body, struct fault *why) {
    return take_entry(arg, supply_kind_name(kind), body, why);
}

static enum err refuse(const char *what, const char *call, struct fault *why) {
    return fault_set(why, ERR_LOCKED, "", "%s are not imported while a server runs: send them to %s, or stop the server first", what, call);
}
static enum err take_user(void *arg, struct slice id, const struct json *body, struct fault *why) {
    (void)id, (void)body;
    if (((const struct staged *)arg)->dry_run) return ERR_OK;
    return refuse("users", "PUT /v1/users/{id}", why);
}
static enum err take_event(void *arg, const struct json *body, struct fault *why) {
    (void)body;
    if (((const struct staged *)arg)->dry_run) return ERR_OK;
    return refuse("events", "POST /v1/events", why);
}

static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    const struct sink *to = &((struct staged *)arg)->report_to;
    to->report(to->arg, what, line, message);
}
static void take_tick(void *arg) {
    const struct sink *to = &((struct staged *)arg)->report_to;
    if (to->tick) to->tick(to->arg);
}

struct sink staged_sink(struct staged *s, const struct sink *report_to) {
    s->report_to = *report_to;
    return (struct sink){s, take_product, take_application, take_full, take_remove, take_offer, take_supply, take_entry, take_user, take_event, take_report, take_tick};
}
