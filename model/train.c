#include "train.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "canary.h"
#include "generation_write.h"
#include "history.h"
#include "index/base/limits.h"
#include "index/columns.h"

#define HALF_LIFE_OF_A_STEP_MS (30 * 24 * 3600 * INT64_C(1000)) // two acts a month apart belong together half as much

struct train_options train_defaults(void) {
    struct item_item_options items = {.user = 0.5f, .from = 0.5f, .to = 0.3f, .keep = 50, .window = 5, .step_decay = 0.7f,
                                      .half_life_ms = HALF_LIFE_OF_A_STEP_MS};
    return (struct train_options){.als = als_defaults(), .similar = items, .next = items, .content = content_defaults(),
                                  .shape = {.similar_decay = 1.0f, .next_decay = 0.5f}};
}

struct catalogue { // what training has to know of the products
    uint32_t products_max;
    struct generation_item *items;
    struct content_rows features;   // by product id
};

struct run {
    const struct train_options *options;
    struct history history;
    struct catalogue catalogue;
    struct interactions interactions, fitted; // of all, and without the canaries (canary.h), in the same rows and columns
    bool *left_out;           // rows of theirs
    struct generation_canaries teachers, canaries;
    struct als_model model;
    struct sparse similar, next;
    struct bought bought, type_bought;
    uint64_t *user_sequences; // of the model's users
    struct content_map content;
    float *content_vectors;
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
        if (e == ERR_OK && run->history.users > 0) e = content_rows_load(v, run->catalogue.products_max, &run->catalogue.features);
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
    float *values = malloc(n * sizeof *values);
    if (!values) return ERR_NO_MEMORY;
    enum err e = ERR_OK;
    history_popularity(&run->history, run->history.newest_ms, c->products_max, values);
    for (size_t p = 0; p < n; p++) c->items[p].popularity = values[p];
    for (enum market m = MARKET_ANY; e == ERR_OK && m < MARKETS; m++) {
        e = history_trend(&run->history, run->history.newest_ms, m, c->products_max, values);
        for (size_t p = 0; e == ERR_OK && p < n; p++) c->items[p].trend[m] = values[p];
    }
    free(values);
    return e;
}

static enum err leave_canaries_out(struct run *run) {
    const struct interactions *m = &run->interactions;
    const struct history *h = &run->history;
    run->left_out = calloc((size_t)m->by_user.rows + 1, sizeof *run->left_out);
    if (run->left_out == NULL) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < m->by_user.rows; row++) run->left_out[row] = canary_role(m->user_ids[row], h->users) != CANARY_NONE;
    TRY(interactions_without(m, run->left_out, &run->fitted));
    TRY(canary_collect(h, h->newest_ms, CANARY_TEACHES, &run->teachers));
    return canary_collect(h, h->newest_ms, CANARY_MEASURES, &run->canaries);
}

static void drop_rows(struct sequences *s, const bool *left_out) {
    uint64_t n = 0, from = 0;
    for (uint32_t row = 0; row < s->rows; row++) {
        uint64_t end = s->start[row + 1], count = left_out[row] ? 0 : end - from;
        if (count) memmove(s->item + n, s->item + from, count * sizeof *s->item);
        if (count && s->unix_ms) memmove(s->unix_ms + n, s->unix_ms + from, count * sizeof *s->unix_ms);
        n += count;
        from = end;
        s->start[row + 1] = n;
    }
}

static enum err learn_neighbours(struct run *run, struct fault *why) {
    struct item_item_options similar = run->options->similar, next = run->options->next;
    struct sequences s;
    similar.threads = next.threads = run->options->als.threads;
    TRY(item_item_similar(&run->fitted, &similar, &run->similar, why));
    enum err e = history_sequences(&run->history, &run->interactions, &s);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the sequences of %u users", run->history.users);
    drop_rows(&s, run->left_out);
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

// Products the columns do not reach cannot be: events resolve through the product table, which grows with the columns.
// What only canaries have touched is left to its content.
static void mark_trained(const struct sparse *fitted, const uint32_t *ids, struct catalogue *c) {
    uint32_t columns = fitted->rows;
    for (uint32_t i = 0; i < columns; i++)
        if (ids[i] <= c->products_max && fitted->start[i + 1] > fitted->start[i]) c->items[ids[i]].trained = i + 1;
}

static bool wants_content(const struct generation_item *item) { return item->present && !item->trained; }

static enum err fill_content_vectors(struct run *run) {
    struct catalogue *c = &run->catalogue;
    unsigned d = run->content.dimension;
    uint32_t n = 0;
    for (uint32_t p = 1; p <= c->products_max; p++) n += wants_content(&c->items[p]);
    run->content_vectors = malloc(((size_t)n * d + 1) * sizeof *run->content_vectors);
    if (run->content_vectors == NULL) return ERR_NO_MEMORY;
    n = 0;
    for (uint32_t p = 1; p <= c->products_max; p++) {
        const struct content_rows *f = &c->features;
        if (!wants_content(&c->items[p])) continue;
        if (content_apply(&run->content, f->list + f->start[p], f->start[p + 1] - f->start[p], run->content_vectors + (size_t)n * d))
            c->items[p].content = ++n;
    }
    return ERR_OK;
}

static enum err learn_content(struct run *run) {
    const struct interactions *m = &run->interactions;
    struct content_options o = run->options->content;
    const struct sparse *fitted = &run->fitted.by_product;
    uint32_t columns = fitted->rows;
    float *touched = calloc((size_t)columns + 1, sizeof *touched);
    uint32_t *row_of = calloc((size_t)columns + 1, sizeof *row_of);
    enum err e = touched && row_of ? ERR_OK : ERR_NO_MEMORY;
    for (uint32_t i = 0; e == ERR_OK && i < columns; i++) {
        bool known = m->product_ids[i] <= run->catalogue.products_max;
        row_of[i] = known ? m->product_ids[i] : 0;
        for (uint64_t k = fitted->start[i]; known && k < fitted->start[i + 1]; k++) touched[i] += fitted->weight[k];
    }
    o.threads = run->options->als.threads;
    if (e == ERR_OK)
        e = content_fit(&run->catalogue.features, row_of, touched, run->model.product, columns, run->model.dimension, &o, &run->content);
    free(touched);
    free(row_of);
    return e == ERR_OK ? fill_content_vectors(run) : e;
}

static enum err learn(const char *data_dir, struct run *run, struct fault *why) {
    struct interactions *m = &run->interactions;
    struct als_options als = run->options->als;
    char checkpoint[GENERATION_PATH_MAX];
    if ((size_t)snprintf(checkpoint, sizeof checkpoint, "%s/generations/training.checkpoint", data_dir) < sizeof checkpoint)
        als.checkpoint = checkpoint;
    enum err e = history_interactions(&run->history, run->history.newest_ms, m);
    if (e == ERR_OK) e = fill_popularity(run);
    if (e == ERR_OK) e = leave_canaries_out(run);
    if (e == ERR_OK) e = find_sequences(run);
    if (e == ERR_OK) e = learn_bought(run);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the matrix of %u users", run->history.users);
    TRY(learn_neighbours(run, why));
    TRY(als_train(&run->fitted, &als, &run->model, why));
    e = als_fold(&run->model, &als, &m->by_user, run->model.user); // the canaries' as well
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the vectors of %u users", run->history.users);
    mark_trained(&run->fitted.by_product, m->product_ids, &run->catalogue);
    e = learn_content(run);
    return e == ERR_OK ? e : fault_set(why, e, "", "no memory for the features of %u products", run->catalogue.products_max);
}

static enum err build_generation(const struct run *run, void **file, size_t *size) {
    const struct als_options *o = &run->options->als;
    const struct clock *clock = run->options->clock ? run->options->clock : &clock_system;
    struct generation_input in = {
        .dimension = o->dimension, .alpha0 = o->alpha0, .lambda = o->lambda, .nu = o->nu,
        .trained_products = run->model.products, .vectors = run->model.product, .gram = run->model.gram,
        .similar = &run->similar, .next = &run->next, .bought = &run->bought, .type_bought = &run->type_bought,
        .users = run->model.users, .user_ids = run->interactions.user_ids, .user_sequences = run->user_sequences,
        .user_vectors = run->model.user, .content_vectors = run->content_vectors,
        .features = run->content.features, .feature_hashes = run->content.hashes, .feature_vectors = run->content.vectors,
        .events = run->history.start[run->history.users],
        .products_max = run->catalogue.products_max, .items = run->catalogue.items,
        .canaries = run->canaries,
        .last_sequence = run->history.last_sequence, .created_ms = clock_unix_ms(clock),
    };
    return generation_build(&in, file, size);
}

// What is measured is the very file that will be served.
static enum err learn_mix(const struct run *run, void *file, size_t size) {
    struct generation *g;
    struct generation_learnt learnt;
    TRY(generation_load(file, size, &g, NULL));
    enum err e = canary_learn(g, &run->teachers, run->options->shape, run->options->als.threads, &learnt);
    generation_close(g);
    if (e == ERR_OK) generation_learn(file, &learnt);
    return e;
}

static enum err write_generation(const char *data_dir, const struct run *run, struct train_report *out, struct fault *why) {
    void *file;
    size_t size;
    enum err e = build_generation(run, &file, &size);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the generation");
    e = learn_mix(run, file, size);
    if (e != ERR_OK) fault_set(why, e, "", "cannot learn the weights of the mix: %s", err_name(e));
    else e = generation_store(data_dir, file, size, &out->id, why);
    if (e == ERR_OK) out->learnt = generation_learnt_of(file);
    free(file);
    return e;
}

static enum err run_all(struct db *db, struct run *run, struct train_report *out, struct fault *why) {
    double began = now_seconds();
    TRY(load(db, run, why));
    double loaded = now_seconds();
    out->acts = run->history.users ? run->history.start[run->history.users] : 0;
    if (out->acts == 0) return ERR_OK;
    TRY(learn(db_dir(db), run, why));
    double learnt = now_seconds();
    TRY(write_generation(db_dir(db), run, out, why));
    out->pairs = sparse_count(&run->interactions.by_user);
    out->users = run->interactions.by_user.rows;
    out->neighbours = sparse_count(&run->similar) + sparse_count(&run->next);
    out->features = run->content.features;
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
    interactions_free(&run.fitted);
    free(run.left_out);
    canary_free(&run.teachers);
    canary_free(&run.canaries);
    als_free(&run.model);
    sparse_free(&run.similar);
    sparse_free(&run.next);
    bought_free(&run.bought);
    bought_free(&run.type_bought);
    free(run.user_sequences);
    content_map_free(&run.content);
    free(run.content_vectors);
    content_rows_free(&run.catalogue.features);
    free(run.catalogue.items);
    return e;
}
