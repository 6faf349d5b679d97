// Typeahead with typing errors: names of models of the first list as people write them ("volkswagen golf"), whole, each with one error
// (insert, leave out, replace, swap) at a random place. `success` is how often the model is among the first ten.
#include <stdio.h>

#include "bench/bench.h"
#include "index/picker.h"
#include "index/query_log.h"
#include "index/text.h"
#include "index/vehicle_suggest.h"

#define ASKS 20000
#define SUGGESTIONS 10
#define NAME_BYTES 96

struct ask { struct slice text; uint32_t make, model; };
enum error { ERROR_NONE, ERROR_INSERT, ERROR_LEAVE_OUT, ERROR_REPLACE, ERROR_SWAP, ERROR_ANY };
static const char *const error_names[] = {"none", "insert", "leave_out", "replace", "swap", "any"};

static unsigned models(struct bench_data *d, struct ask *out, unsigned max) {
    struct picker_filter filter = {0};
    struct make *makes;
    struct model *list;
    unsigned make_count, count, made = 0;
    if (picker_makes(d->view, &filter, &makes, &make_count) != ERR_OK) return 0;
    for (unsigned i = 0; i < make_count; i++) {
        if (picker_models(d->view, makes[i].id, &filter, &list, &count) != ERR_OK) return 0;
        for (unsigned m = 0; m < count && made < max; m++) {
            struct slice name = arena_printf(&d->arena, "%.*s %.*s", SLICE_ARGS(makes[i].name), SLICE_ARGS(list[m].name)), folded;
            if (text_fold(&d->arena, name, &folded) != ERR_OK || folded.n > NAME_BYTES) continue;
            out[made++] = (struct ask){arena_copy(&d->keep, folded), makes[i].id, list[m].id};
        }
    }
    return made;
}

static struct slice misspelt(struct bench_data *d, struct bench_random *r, struct slice text, enum error error) {
    char bytes[NAME_BYTES + 1];
    size_t at = bench_below(r, (uint32_t)text.n - (error == ERROR_SWAP)), n = 0;
    char letter = (char)('a' + bench_below(r, 26));
    memcpy(bytes, text.p, at);
    n = at;
    if (error == ERROR_SWAP) bytes[n++] = text.p[at + 1];
    if (error == ERROR_INSERT || error == ERROR_REPLACE) bytes[n++] = letter;
    if (error == ERROR_INSERT || error == ERROR_SWAP) bytes[n++] = text.p[at];
    size_t from = error == ERROR_SWAP ? at + 2 : at + 1;
    memcpy(bytes + n, text.p + from, text.n - from);
    struct slice out = arena_copy(&d->keep, slice_of(bytes, n + text.n - from));
    return slice_eq(slice_trim(out), text) ? misspelt(d, r, text, error) : out; // "ll" swapped is no error
}

static bool among(struct bench_data *d, const struct ask *ask, const struct vehicle_suggestion *list, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct vehicle *car;
        if (vehicle_load(d->view, list[i].vehicle, &car) == ERR_OK && car->model == ask->model) return true;
    }
    return false;
}

static unsigned asks_make(struct bench_data *d, enum error error, struct ask *out) {
    struct ask *all = ARENA_ARRAY(&d->keep, struct ask, ASKS);
    struct bench_random r = {error};
    unsigned count = all ? models(d, all, ASKS) : 0;
    for (unsigned i = 0; i < ASKS && count; i++) {
        enum error one = error == ERROR_ANY ? 1 + bench_below(&r, ERROR_SWAP) : error;
        out[i] = all[bench_below(&r, count)];
        if (one != ERROR_NONE) out[i].text = misspelt(d, &r, out[i].text, one);
    }
    return count ? ASKS : 0;
}

static void typing_errors(struct gbench *g, long error) {
    struct bench_data *d = bench_data(g);
    struct ask *asks = d ? ARENA_ARRAY(&d->keep, struct ask, ASKS) : NULL;
    struct vehicle_suggestion list[SUGGESTIONS];
    unsigned count = asks ? asks_make(d, (enum error)error, asks) : 0, found, hits = 0;
    char label[64];
    for (unsigned i = 0; i < count; i++) {
        bench_new_request(d);
        if (vehicle_suggest(d->view, asks[i].text, 0, SUGGESTIONS, list, &found) == ERR_OK) hits += among(d, &asks[i], list, found);
    }
    unsigned i = 0;
    while (count && gbench_next(g)) {
        bench_new_request(d);
        enum err e = vehicle_suggest(d->view, asks[i++ % count].text, 0, SUGGESTIONS, list, &found);
        if (e != ERR_OK) {
            bench_failed(g, "vehicle_suggest", e);
            return;
        }
    }
    gbench_items(g, i);
    snprintf(label, sizeof label, "success@%d %.2f %%", SUGGESTIONS, count ? 100.0 * hits / count : 0);
    gbench_label(g, label);
}

void bench_suggest_add(void) {
    for (long e = ERROR_NONE; e <= ERROR_ANY; e++) {
        char name[64];
        snprintf(name, sizeof name, "suggest/vehicle_error/%s", error_names[e]);
        gbench_add(name, typing_errors, e);
    }
}
