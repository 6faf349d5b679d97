#include "code_list.h"

#include "index/base/limits.h"
#include "index/text.h"
#include "index/trouble_maker.h"
#include "input.h"

#define SCRATCH_BYTES (64u << 20)
#define CELLS_MAX 3

// One cell of a line; in quotes, two of which stand for one, where it begins with one.
static struct slice cell_cut(struct arena *a, struct slice *rest, char separator) {
    if (rest->n == 0 || rest->p[0] != '"') return slice_trim(slice_cut(rest, separator));
    char *out = arena_alloc(a, rest->n);
    size_t n = 0, i = 1;
    if (!out) return SLICE_NONE;
    for (; i < rest->n; i++) {
        if (rest->p[i] == '"' && (i + 1 >= rest->n || rest->p[++i] != '"')) break;
        out[n++] = rest->p[i];
    }
    *rest = slice_from(*rest, i);
    (void)slice_cut(rest, separator);
    return slice_of(out, n);
}

static unsigned cells_of(struct arena *a, struct slice line, struct slice cells[CELLS_MAX]) {
    char separator = line.n && memchr(line.p, '\t', line.n) ? '\t' : ',';
    unsigned n = 0;
    while (n < CELLS_MAX && line.p) cells[n++] = cell_cut(a, &line, separator);
    return n;
}

bool code_list_begins(struct slice line) {
    struct arena a;
    struct slice cells[CELLS_MAX];
    arena_init(&a, 4096, 1 << 20);
    unsigned n = cells_of(&a, slice_trim(line), cells);
    bool yes = n >= 2 && (trouble_code_is(cells[0]) || (slice_is(cells[0], "code") && (slice_is(cells[1], "manufacturer") || slice_is(cells[1], "maker"))));
    arena_destroy(&a);
    return yes;
}

struct load { struct txn *t; struct view *view; struct arena *scratch; struct input *in; const char *path; struct import_report *report; };

static enum err line_put(struct load *l, struct slice line, uint64_t number) {
    struct slice cells[CELLS_MAX] = {SLICE_NONE, SLICE_NONE, SLICE_NONE};
    struct fault reason = {0};
    unsigned n = cells_of(l->scratch, line, cells);
    if (number == 1 && slice_is(cells[0], "code")) return ERR_OK;
    l->report->rows++;
    enum err e = n < 2 ? fault_set(&reason, ERR_BAD_REQUEST, "", "a line is a code, a maker and a text")
                       : trouble_maker_put(l->t, l->view, cells[0], n > 2 ? cells[1] : SLICE_NONE, cells[n > 2 ? 2 : 1],
                                           slice_str(input_name(l->in)), &reason);
    if (e != ERR_BAD_REQUEST) return e;
    report_reject(l->report, l->path, number, "%s", reason.message);
    return ERR_OK;
}

static enum err lines_put(struct load *l, struct fault *why) {
    struct slice line;
    uint64_t number;
    for (;;) {
        enum err e = input_line(l->in, &line, &number, why);
        if (e == ERR_END) return ERR_OK;
        if (e == ERR_TOO_LARGE) {
            report_reject(l->report, l->path, number, "the line is too long");
            continue;
        }
        TRY(e);
        if (slice_trim(line).n) TRY(line_put(l, line, number));
        arena_reset(l->scratch);
    }
}

enum err code_list_import(struct db *db, const char *path, struct import_report *report, struct fault *why) {
    struct arena scratch;
    struct view view;
    struct load l = {.scratch = &scratch, .view = &view, .path = path, .report = report};
    TRY(text_init());
    TRY(input_open(path, &l.in, why));
    arena_init(&scratch, 64 * 1024, SCRATCH_BYTES);
    enum err e = txn_begin(db, &l.t, why);
    if (e == ERR_OK) {
        e = view_of_txn(l.t, &scratch, &clock_system, &view);
        if (e == ERR_OK) e = lines_put(&l, why);
        view_of_txn_end(&view);
        if (e == ERR_OK) e = txn_commit(l.t, why);
        else txn_abort(l.t);
    }
    arena_destroy(&scratch);
    input_close(l.in);
    return e;
}
