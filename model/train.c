#include "train.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "generation_write.h"
#include "history.h"
#include "index/base/limits.h"
#include "index/columns.h"

#define HALF_LIFE_OF_A_STEP_MS (30 * 24 * 3600 * INT64_C(1000)) // two acts a month apart belong together half as much

struct train_options train_defaults(void) {
    struct item_item_options items = {.user = 0.5f, .from = 0.5f, .to = 0.3f, .keep = 50, .window = 5, .step_decay = 0.7f,
                                      .half_life_ms = HALF_LIFE_OF_A_STEP_MS};
    return (struct train_options){.als = als_defaults(), .similar = items, .next = items};
}

struct catalogue { // what training has to know of the products
    uint32_t products_max;
    struct generation_item *items;
};

struct run {
    const struct train_options *options;
    struct history history;
    struct catalogue catalogue;
    struct interactions interactions;
    struct als_model model;
    struct sparse similar, next;
    struct bought bought, type_bought;
    uint64_t *user_sequences; // of the model's users
};

static double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// ---- loading ------------------------------------------------------------------------------------------------------

static enum err load_catalogue(struct view *v, struct catalogue *out) {
    out->products_max = columns_products(v);
    out->items = calloc((size_t)out->products_max + 1, sizeof *out->items);
    if (out->items == NULL) return ERR_NO_MEMORY;
    for (uint32_t p = 1; p <= out->products_max; p++) {
        const struct product_facts *facts = columns_facts(v, p);
        const struct product_offer *offer = columns_offer(v, p);
        out->items[p] = (struct generation_item){.type = facts->type,
                                                 .brand = facts->brand,
                                                 .cny_fen = offer->cny_fen,
                                                 .usd_cents = offer->usd_cents,
                                                 .present = !(facts->flags & FACT_DELETED)};
    }
    return ERR_OK;
}

static enum err load_through(struct view *v, struct run *run) {
    struct arena arena;
    arena_init(&arena, 64 * 1024, LIMIT_REQUEST_ARENA_BYTES);
    enum err e = view_begin(v, &arena);
    if (e == ERR_OK) {
        e = load_catalogue(v, &run->catalogue);
        if (e == ERR_OK) e = history_load(v, &run->history);
        view_end(v);
    }
    arena_destroy(&arena);
    return e;
}

static enum err load(struct db *db, struct run *run, struct fault *why) {
    struct view *v;
    enum err e = view_open(db, &clock_system, &v);
    if (e == ERR_OK) {
        e = load_through(v, run);
        view_close(v);
    }
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot read the events: %s", err_name(e));
}

// ---- learning -----------------------------------------------------------------------------------------------------

static enum err fill_popularity(struct run *run) {
    struct catalogue *c = &run->catalogue;
    size_t n = (size_t)c->products_max + 1;
    float *popularity = malloc(n * sizeof *popularity), *trend = malloc(n * sizeof *trend);
    enum err e = popularity && trend ? ERR_OK : ERR_NO_MEMORY;
    if (e == ERR_OK) e = history_popularity(&run->history, run->history.newest_ms, c->products_max, popularity, trend);
    for (size_t p = 0; e == ERR_OK && p < n; p++) {
        c->items[p].popularity = popularity[p];
        c->items[p].trend = trend[p];
    }
    free(popularity);
    free(trend);
    return e;
}

static enum err learn_neighbours(struct run *run, struct fault *why) {
    struct item_item_options similar = run->options->similar, next = run->options->next;
    struct sequences s;
    similar.threads = next.threads = run->options->als.threads;
    TRY(item_item_similar(&run->interactions, &similar, &run->similar, why));
    enum err e = history_sequences(&run->history, &run->interactions, &s);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the sequences of %u users", run->history.users);
    e = item_item_next(&s, &next, &run->next, why);
    sequences_free(&s);
    return e;
}

static uint32_t most_type(const struct catalogue *c) {
    uint32_t most = 0;
    for (uint32_t p = 1; p <= c->products_max; p++)
        if (c->items[p].type > most) most = c->items[p].type;
    return most;
}

static enum err learn_bought(struct run *run) {
    const struct history *h = &run->history;
    const struct catalogue *c = &run->catalogue;
    struct purchase *known = malloc((h->purchase_count + 1) * sizeof *known);
    size_t n = 0;
    if (known == NULL) return ERR_NO_MEMORY;
    for (size_t i = 0; i < h->purchase_count; i++) // products come before their columns: one may be newer than these
        if (h->purchases[i].label <= c->products_max) known[n++] = h->purchases[i];
    enum err e = bought_learn(known, n, c->products_max + 1, GENERATION_BOUGHT_MAX, &run->bought);
    for (size_t i = 0; i < n; i++) known[i].label = c->items[known[i].label].type;
    if (e == ERR_OK) e = bought_learn(known, n, most_type(c) + 1, GENERATION_BOUGHT_MAX, &run->type_bought);
    free(known);
    return e;
}

static enum err find_sequences(struct run *run) {
    const struct interactions *m = &run->interactions;
    run->user_sequences = malloc(((size_t)m->by_user.rows + 1) * sizeof *run->user_sequences);
    if (run->user_sequences == NULL) return ERR_NO_MEMORY;
    for (uint32_t row = 0, user = 0; row < m->by_user.rows; row++) {
        while (run->history.user_ids[user] != m->user_ids[row]) user++;
        run->user_sequences[row] = run->history.user_sequence[user];
    }
    return ERR_OK;
}

static enum err learn(const char *data_dir, struct run *run, struct fault *why) {
    struct interactions *m = &run->interactions;
    struct als_options als = run->options->als;
    char checkpoint[GENERATION_PATH_MAX];
    if ((size_t)snprintf(checkpoint, sizeof checkpoint, "%s/generations/training.checkpoint", data_dir) < sizeof checkpoint)
        als.checkpoint = checkpoint;
    enum err e = history_interactions(&run->history, run->history.newest_ms, m);
    if (e == ERR_OK) e = fill_popularity(run);
    if (e == ERR_OK) e = find_sequences(run);
    if (e == ERR_OK) e = learn_bought(run);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the matrix of %u users", run->history.users);
    TRY(learn_neighbours(run, why));
    return als_train(m, &als, &run->model, why);
}

// Products the columns do not reach cannot be: events resolve through the product table, which grows with the columns.
static void mark_trained(const struct interactions *m, struct catalogue *c) {
    for (uint32_t i = 0; i < m->by_user.columns; i++)
        if (m->product_ids[i] <= c->products_max) c->items[m->product_ids[i]].trained = i + 1;
}

static enum err write_generation(const char *data_dir, struct run *run, uint64_t *id, struct fault *why) {
    const struct als_options *o = &run->options->als;
    const struct clock *clock = run->options->clock ? run->options->clock : &clock_system;
    mark_trained(&run->interactions, &run->catalogue);
    struct generation_input in = {
        .dimension = o->dimension, .alpha0 = o->alpha0, .lambda = o->lambda, .nu = o->nu,
        .trained_products = run->model.products, .vectors = run->model.product, .gram = run->model.gram,
        .similar = &run->similar, .next = &run->next, .bought = &run->bought, .type_bought = &run->type_bought,
        .users = run->model.users, .user_ids = run->interactions.user_ids, .user_sequences = run->user_sequences,
        .user_vectors = run->model.user, .events = run->history.start[run->history.users],
        .products_max = run->catalogue.products_max, .items = run->catalogue.items,
        .last_sequence = run->history.last_sequence, .created_ms = clock_unix_ms(clock),
    };
    return generation_write(data_dir, &in, id, why);
}

static enum err run_all(struct db *db, struct run *run, struct train_report *out, struct fault *why) {
    double began = now_seconds();
    TRY(load(db, run, why));
    double loaded = now_seconds();
    out->acts = run->history.users ? run->history.start[run->history.users] : 0;
    if (out->acts == 0) return ERR_OK;
    TRY(learn(db_dir(db), run, why));
    double learnt = now_seconds();
    TRY(write_generation(db_dir(db), run, &out->id, why));
    out->pairs = sparse_count(&run->interactions.by_user);
    out->users = run->interactions.by_user.rows;
    out->neighbours = sparse_count(&run->similar) + sparse_count(&run->next);
    out->products_touched = run->interactions.by_user.columns;
    out->products = run->catalogue.products_max;
    out->load_seconds = loaded - began;
    out->train_seconds = learnt - loaded;
    out->write_seconds = now_seconds() - learnt;
    return ERR_OK;
}

enum err train_run(struct db *db, const struct train_options *options, struct train_report *out, struct fault *why) {
    struct run run = {.options = options};
    *out = (struct train_report){0};
    enum err e = run_all(db, &run, out, why);
    history_free(&run.history);
    interactions_free(&run.interactions);
    als_free(&run.model);
    sparse_free(&run.similar);
    sparse_free(&run.next);
    bought_free(&run.bought);
    bought_free(&run.type_bought);
    free(run.user_sequences);
    free(run.catalogue.items);
    return e;
}

// ---- publishing ---------------------------------------------------------------------------------------------------

enum err train_verify(const char *data_dir, uint64_t id, struct fault *why) {
    char path[GENERATION_PATH_MAX];
    struct generation *g;
    TRY(generation_path(data_dir, id, path));
    TRY(generation_open(path, &g, why));
    bool same = generation_id(g) == id;
    generation_close(g);
    return same ? ERR_OK : fault_set(why, ERR_DAMAGED, "", "%s holds another generation", path);
}

enum err train_publish(struct txn *t, uint64_t id) {
    return txn_set_meta_u64(t, GENERATION_POINTER, id);
}

static void prune_entry(const char *folder, const char *name, const char *current, const char *previous) {
    char path[GENERATION_PATH_MAX];
    size_t n = strlen(name);
    bool ours = slice_ends(slice_of(name, n), SLICE(".gen")) || slice_ends(slice_of(name, n), SLICE(".tmp"));
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!ours || length < 0 || (size_t)length >= sizeof path) return;
    if (strcmp(path, current) != 0 && strcmp(path, previous) != 0) unlink(path);
}

enum err train_prune(const char *data_dir, uint64_t current, uint64_t previous, struct fault *why) {
    char folder[GENERATION_PATH_MAX], keep[2][GENERATION_PATH_MAX];
    TRY(generation_path(data_dir, current, keep[0]));
    TRY(generation_path(data_dir, previous, keep[1]));
    slice_copy(slice_of(keep[0], (size_t)(strrchr(keep[0], '/') - keep[0])), folder, sizeof folder);
    DIR *entries = opendir(folder);
    if (entries == NULL) return fault_set(why, ERR_IO, "", "%s: %s", folder, strerror(errno));
    for (const struct dirent *e; (e = readdir(entries)) != NULL;) prune_entry(folder, e->d_name, keep[0], keep[1]);
    closedir(entries);
    return ERR_OK;
}
