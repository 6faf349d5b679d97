#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "index/base/limits.h"
#include "index/text.h"
#include "vin_batch.h"

static const char HELP[] =
    "usage: rightfit vin [OPTION...] VIN...\n"
    "       rightfit vin [OPTION...] < list\n\n"
    "Says what a VIN stands for: year, make, model, attributes, vehicle, and repairs of one wrong character; one JSON object a line, as\n"
    "GET /v1/vin/{vin} answers, in the order given. A list has one VIN a line. Exit status 1 when some are not valid. Only reads.\n\n"
    "  --tsv          a short form, much faster: VIN, valid, check digit right, year, make, model, displacement, cylinders, fuel,\n"
    "                 body, drive\n"
    "  --threads N    for --tsv; by default one per core\n" COMMON_HELP;

struct run {
    struct db *db;
    struct view *view;
    struct arena arena;
    struct buf out;
    struct vin_batch *batch;
    unsigned threads;
    uint64_t not_valid;
};

// ---- JSON --------------------------------------------------------------------------------------------------------------------
static enum err one_json(struct run *r, struct slice text) {
    struct vin_text read;
    buf_clear(&r->out);
    arena_reset(&r->arena);
    TRY(view_begin(r->view, &r->arena));
    struct json_writer w = json_writer_of(&r->out);
    enum err e = vin_json(r->view, &w, text);
    view_end(r->view);
    TRY(e);
    buf_char(&r->out, '\n');
    r->not_valid += !vin_read(text, &read) || memmem(r->out.p, r->out.n, "\"valid\":false", 13) != NULL;
    return !r->out.bad && fwrite(r->out.p, 1, r->out.n, stdout) == r->out.n ? ERR_OK : ERR_IO;
}

static enum err lines_json(struct run *r) {
    char *text = NULL;
    size_t room = 0;
    ssize_t n;
    enum err e = ERR_OK;
    while (e == ERR_OK && (n = getline(&text, &room, stdin)) > 0) {
        struct slice line = slice_trim(slice_of(text, (size_t)n));
        if (line.n > LIMIT_TEXT_BYTES) line.n = LIMIT_TEXT_BYTES;
        if (line.n) e = one_json(r, line);
    }
    free(text);
    return e;
}

// ---- the short form ------------------------------------------------------------------------------------------------------------
static enum err batch_write(struct run *r, const struct slice *vins, unsigned count, struct fault *why) {
    struct slice out[VIN_BATCH_THREADS_MAX];
    TRY(vin_batch_run(r->batch, vins, count, out, why));
    for (unsigned i = 0; i < r->threads; i++) {
        for (struct slice rest = out[i]; rest.n;) {
            struct slice line = slice_cut(&rest, '\n'), valid = line;
            slice_cut(&valid, '\t');
            r->not_valid += line.n && !slice_starts(valid, SLICE("1"));
        }
        if (fwrite(out[i].p, 1, out[i].n, stdout) != out[i].n) return ERR_IO;
    }
    return ERR_OK;
}

// Cuts what has been read into lines; *rest is where the last, unfinished one begins.
static unsigned cut_lines(char *text, size_t n, bool last, struct slice *vins, size_t *rest) {
    unsigned count = 0;
    size_t at = 0;
    while (at < n && count < VIN_BATCH_LINES) {
        char *end = memchr(text + at, '\n', n - at);
        if (!end && !last) break;
        struct slice line = slice_trim(slice_of(text + at, end ? (size_t)(end - text) - at : n - at));
        if (line.n) vins[count++] = line;
        at = end ? (size_t)(end - text) + 1 : n;
    }
    *rest = at;
    return count;
}

static enum err lines_tsv(struct run *r, struct fault *why) {
    const size_t room = (size_t)VIN_BATCH_LINES * 32;
    char *text = malloc(room);
    struct slice *vins = malloc(VIN_BATCH_LINES * sizeof *vins);
    size_t have = 0, rest;
    enum err e = text && vins ? ERR_OK : ERR_NO_MEMORY;
    for (bool last = false; e == ERR_OK && (!last || have);) {
        if (!last) {
            size_t n = fread(text + have, 1, room - have, stdin);
            last = n < room - have;
            have += n;
        }
        unsigned count = cut_lines(text, have, last, vins, &rest);
        if (count) e = batch_write(r, vins, count, why);
        else if (rest == 0 && have == room) e = fault_set(why, ERR_TOO_LARGE, "", "a line has more than %zu bytes", room);
        memmove(text, text + rest, have - rest);
        have -= rest;
    }
    free(text);
    free(vins);
    return e;
}

static enum err arguments_tsv(struct run *r, char **vins, unsigned count, struct fault *why) {
    enum err e = ERR_OK;
    for (unsigned i = 0; e == ERR_OK && i < count; i++) {
        struct slice one = slice_trim(slice_str(vins[i]));
        e = batch_write(r, &one, 1, why);
    }
    return e;
}

static enum err run_tsv(struct run *r, char **vins, unsigned count, struct fault *why) {
    TRY(vin_batch_new(r->db, r->threads, &r->batch, why));
    fputs(VIN_BATCH_HEADER, stdout);
    enum err e = count ? arguments_tsv(r, vins, count, why) : lines_tsv(r, why);
    vin_batch_free(r->batch);
    return e;
}

static enum err run_json(struct run *r, char **vins, unsigned count) {
    TRY(text_init()); // makes are found by their names
    TRY(view_open(r->db, &clock_system, &r->view));
    arena_init(&r->arena, 1 << 18, LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&r->out, NULL, 1 << 14);
    enum err e = ERR_OK;
    for (unsigned i = 0; e == ERR_OK && i < count; i++) e = one_json(r, slice_str(vins[i]));
    if (e == ERR_OK && !count) e = lines_json(r);
    buf_free(&r->out);
    arena_destroy(&r->arena);
    view_close(r->view);
    return e;
}

int command_vin(int argc, char **argv) {
    enum { TSV = OPTION_OWN, THREADS };
    static const struct option OPTIONS[] = {
        COMMON_OPTIONS, {"tsv", no_argument, NULL, TSV}, {"threads", required_argument, NULL, THREADS}, {0}};
    struct common common = common_defaults();
    struct run r = {0};
    struct fault why = {0};
    bool tsv = false;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t threads = cores > 0 && cores <= VIN_BATCH_THREADS_MAX ? (uint64_t)cores : 1;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == TSV) tsv = true;
        else if (o == THREADS && !command_number(optarg, 1, VIN_BATCH_THREADS_MAX, &threads)) return command_usage("vin");
        else if (o != THREADS && !common_take(&common, o)) return command_usage("vin");
    }
    r.threads = (unsigned)threads;
    enum err e = command_open(common.data, DB_READ, &r.db, &why);
    if (e != ERR_OK) return command_failed(&why, e);
    e = tsv ? run_tsv(&r, argv + optind, (unsigned)(argc - optind), &why) : run_json(&r, argv + optind, (unsigned)(argc - optind));
    if (e == ERR_OK && fflush(stdout) != 0) e = ERR_IO;
    db_close(r.db);
    return e != ERR_OK ? command_failed(&why, e) : r.not_valid ? EXIT_LOOK : EXIT_DONE;
}
