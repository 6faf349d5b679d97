#include "eval_cold.h"

#include <math.h>
#include <stdlib.h>

#include "index/base/hash.h"
#include "index/columns.h"

#define SEED 0x434F4C44u // which products are held out is fixed for good

enum role { FITTED, CHOOSES, TESTS };

static enum role role_of(uint32_t product) {
    uint64_t hash = hash64_seed(slice_of(&product, sizeof product), SEED) % EVAL_COLD_SHARE;
    return hash == 0 ? TESTS : hash == 1 ? CHOOSES : FITTED;
}

// ---- the catalogue ------------------------------------------------------------------------------------------------

enum err eval_cold_load(struct view *v, struct eval_cold_catalogue *out) {
    uint32_t most = columns_products(v);
    *out = (struct eval_cold_catalogue){.products_max = most};
    out->type = calloc((size_t)most + 1, sizeof *out->type);
    out->brand = calloc((size_t)most + 1, sizeof *out->brand);
    if (!out->type || !out->brand) return ERR_NO_MEMORY;
    for (uint32_t p = 1; p <= most; p++) {
        out->type[p] = columns_facts(v, p)->type;
        out->brand[p] = columns_facts(v, p)->brand;
    }
    return content_rows_load(v, most, &out->features);
}

void eval_cold_free(struct eval_cold_catalogue *c) {
    free(c->type);
    free(c->brand);
    content_rows_free(&c->features);
    *c = (struct eval_cold_catalogue){0};
}

// ---- what is fitted -----------------------------------------------------------------------------------------------

struct trial {
    const struct eval_cold_catalogue *catalogue;
    const struct eval_cold_options *options;
    struct interactions all, fitted;  // in the same rows and columns
    uint32_t columns;
    uint8_t *role;       // [columns]
    uint32_t *product;   // [columns] the id; 0: newer than the catalogue
    float *touched;      // [columns] weight of events in the fit
    struct als_model als;
    float *own;          // columns x d: by the product's own events, in the fit's space
    float *vectors;      // columns x d: the fitted ones, and one way's for those held out
};

static void trial_free(struct trial *t) {
    interactions_free(&t->all);
    interactions_free(&t->fitted);
    als_free(&t->als);
    free(t->role);
    free(t->product);
    free(t->touched);
    free(t->own);
    free(t->vectors);
}

static enum err assign_roles(struct trial *t) {
    size_t n = (size_t)t->columns + 1;
    t->role = calloc(n, sizeof *t->role);
    t->product = calloc(n, sizeof *t->product);
    t->touched = calloc(n, sizeof *t->touched);
    if (!t->role || !t->product || !t->touched) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < t->columns; i++) {
        uint32_t id = t->all.product_ids[i];
        t->role[i] = (uint8_t)role_of(id);
        t->product[i] = id <= t->catalogue->products_max ? id : 0;
        for (uint64_t k = t->all.by_product.start[i]; t->role[i] == FITTED && k < t->all.by_product.start[i + 1]; k++)
            t->touched[i] += t->all.by_product.weight[k];
    }
    return ERR_OK;
}

static enum err leave_products_out(struct trial *t) {
    const struct sparse *from = &t->all.by_user;
    struct sparse *to = &t->fitted.by_user;
    uint64_t n = 0;
    if (!sparse_take(to, from->rows, from->columns, sparse_count(from))) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < from->rows; row++) {
        for (uint64_t k = from->start[row]; k < from->start[row + 1]; k++) {
            if (t->role[from->column[k]] != FITTED) continue;
            to->column[n] = from->column[k];
            to->weight[n++] = from->weight[k];
        }
        to->start[row + 1] = n;
    }
    return sparse_transpose(to, &t->fitted.by_product);
}

// Products folded into the fit as people are: the same system with the sides exchanged.
static enum err fold_products(struct trial *t) {
    struct als_model turned = {.dimension = t->als.dimension, .users = t->columns, .products = t->als.users, .product = t->als.user};
    t->own = malloc(((size_t)t->columns * t->als.dimension + 1) * sizeof *t->own);
    t->vectors = malloc(((size_t)t->columns * t->als.dimension + 1) * sizeof *t->vectors);
    if (!t->own || !t->vectors) return ERR_NO_MEMORY;
    memcpy(t->vectors, t->als.product, (size_t)t->columns * t->als.dimension * sizeof *t->vectors);
    return als_fold(&turned, &t->options->als, &t->all.by_product, t->own);
}

static enum err fit(const struct history *h, struct trial *t, struct fault *why) {
    enum err e = history_interactions(h, h->newest_ms, &t->all);
    t->columns = e == ERR_OK ? t->all.by_user.columns : 0;
    if (e == ERR_OK) e = assign_roles(t);
    if (e == ERR_OK) e = leave_products_out(t);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the matrix of %u users", h->users);
    if (sparse_count(&t->fitted.by_user) == 0 || sparse_count(&t->fitted.by_user) == sparse_count(&t->all.by_user))
        return fault_set(why, ERR_BAD_REQUEST, "", "there are too few products with events to hold some out");
    TRY(als_train(&t->fitted, &t->options->als, &t->als, why));
    e = fold_products(t);
    return e == ERR_OK ? e : fault_set(why, e, "", "no memory for the vectors of %u products", t->columns);
}

// ---- ways to a vector ---------------------------------------------------------------------------------------------

static enum err by_ridge(struct trial *t, float ridge) {
    struct content_options o = t->options->content;
    const struct content_rows *f = &t->catalogue->features;
    struct content_map map;
    o.ridge = ridge;
    TRY(content_fit(f, t->product, t->touched, t->als.product, t->columns, t->als.dimension, &o, &map));
    for (uint32_t i = 0; i < t->columns; i++) {
        uint64_t from = f->start[t->product[i]], to = f->start[t->product[i] + 1];
        if (t->role[i] != FITTED) content_apply(&map, f->list + from, (size_t)(to - from), t->vectors + (size_t)i * t->als.dimension);
    }
    content_map_free(&map);
    return ERR_OK;
}

struct kin { uint64_t key; uint32_t column; }; // key: type and brand, or the type alone

static uint64_t key_of(const struct trial *t, uint32_t column, bool brand) {
    uint32_t p = t->product[column];
    return (uint64_t)t->catalogue->type[p] << 32 | (brand ? t->catalogue->brand[p] : 0);
}

static int by_key(const void *a, const void *b) {
    const struct kin *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

// Writes the mean of the fitted among list[0 .. n) to the others; nothing when none is fitted.
static void spread_mean(struct trial *t, const struct kin *list, size_t n) {
    unsigned d = t->als.dimension, members = 0;
    double mean[ALS_DIMENSION_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        if (!(t->touched[list[i].column] > 0.0f)) continue;
        members++;
        for (unsigned k = 0; k < d; k++) mean[k] += (double)t->als.product[(size_t)list[i].column * d + k];
    }
    for (size_t i = 0; members && i < n; i++)
        for (unsigned k = 0; t->role[list[i].column] != FITTED && k < d; k++)
            t->vectors[(size_t)list[i].column * d + k] = (float)(mean[k] / members);
}

static enum err by_mean(struct trial *t, bool brand) {
    struct kin *list = malloc(((size_t)t->columns + 1) * sizeof *list);
    if (list == NULL) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < t->columns; i++) list[i] = (struct kin){key_of(t, i, brand), i};
    if (t->columns) qsort(list, t->columns, sizeof *list, by_key);
    for (size_t i = 0, end; i < t->columns; i = end) {
        for (end = i + 1; end < t->columns && list[end].key == list[i].key;) end++;
        spread_mean(t, list + i, end - i);
    }
    free(list);
    return ERR_OK;
}

static enum err go(struct trial *t, enum eval_cold_way way, float ridge) {
    unsigned d = t->als.dimension;
    for (uint32_t i = 0; i < t->columns; i++)
        if (t->role[i] != FITTED) memset(t->vectors + (size_t)i * d, 0, d * sizeof *t->vectors);
    if (way == EVAL_COLD_RIDGE) return by_ridge(t, ridge);
    TRY(by_mean(t, false)); // the type's, where its brand has none
    return way == EVAL_COLD_BRAND ? by_mean(t, true) : ERR_OK;
}

// ---- asking -------------------------------------------------------------------------------------------------------

struct asked {
    struct sequences history, held_out;
    float *vectors, *taken; // of what competes
    uint32_t *place;        // [columns] + 1 among what competes; 0: does not
    uint32_t count;
};

static void asked_free(struct asked *a) {
    sequences_free(&a->history);
    sequences_free(&a->held_out);
    free(a->vectors);
    free(a->taken);
    free(a->place);
}

static bool asked_take(const struct trial *t, struct asked *a) {
    const struct sparse *m = &t->all.by_user;
    a->vectors = malloc(((size_t)t->columns * t->als.dimension + 1) * sizeof *a->vectors);
    a->taken = calloc((size_t)t->columns + 1, sizeof *a->taken);
    a->place = calloc((size_t)t->columns + 1, sizeof *a->place);
    return a->vectors && a->taken && a->place && sequences_take(&a->history, m->rows, t->columns, sparse_count(m), false) &&
           sequences_take(&a->held_out, m->rows, t->columns, sparse_count(m), false);
}

// What competes: those with `role`, and the fitted ones when `everything`.
static void number_places(const struct trial *t, enum role role, bool everything, struct asked *a) {
    unsigned d = t->als.dimension;
    for (uint32_t i = 0; i < t->columns; i++) {
        if (t->role[i] != role && !(everything && t->role[i] == FITTED)) continue;
        memcpy(a->vectors + (size_t)a->count * d, t->vectors + (size_t)i * d, d * sizeof *a->vectors);
        a->taken[a->count] = (float)(t->all.by_product.start[i + 1] - t->all.by_product.start[i]);
        a->place[i] = ++a->count;
    }
}

// People who wanted something of the fit and something held out.
static void fill_people(const struct trial *t, enum role role, struct asked *a) {
    const struct sparse *m = &t->all.by_user, *fitted = &t->fitted.by_user;
    uint64_t known = 0, wanted = 0;
    for (uint32_t row = 0; row < m->rows; row++) {
        bool somebody = fitted->start[row + 1] > fitted->start[row];
        for (uint64_t k = m->start[row]; somebody && k < m->start[row + 1]; k++) {
            uint32_t column = m->column[k];
            if (t->role[column] == role) a->held_out.item[wanted++] = a->place[column] - 1;
            else if (a->place[column]) a->history.item[known++] = a->place[column] - 1;
        }
        a->history.start[row + 1] = known;
        a->held_out.start[row + 1] = wanted;
    }
}

static enum err ask(const struct trial *t, enum role role, bool everything, struct measure_scores *out, uint32_t *people) {
    static const struct mix_weights vectors_alone = {.of = {[MIX_VECTOR] = 1.0f}};
    struct asked a = {0};
    enum err e = asked_take(t, &a) ? ERR_OK : ERR_NO_MEMORY;
    if (e == ERR_OK) {
        number_places(t, role, everything, &a);
        fill_people(t, role, &a);
        struct mix_model model = {.products = a.count, .dimension = t->als.dimension, .stride = t->als.dimension, .vectors = a.vectors};
        struct measure_task task = {&model, t->als.user, &a.history, &a.held_out, a.taken, t->als.users};
        e = measure(&task, &vectors_alone, 1, &t->options->measure, out, people);
    }
    asked_free(&a);
    return e;
}

static double cosine(const float *a, const float *b, unsigned d) {
    double ab = 0, aa = 0, bb = 0;
    for (unsigned k = 0; k < d; k++) {
        ab += (double)a[k] * (double)b[k];
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static double mean_cosine(const struct trial *t, uint32_t *judged) {
    double sum = 0;
    *judged = 0;
    for (uint32_t i = 0; i < t->columns; i++) {
        if (t->role[i] != TESTS || t->all.by_product.start[i + 1] - t->all.by_product.start[i] < EVAL_COLD_PEOPLE_LEAST) continue;
        ++*judged;
        sum += cosine(t->own + (size_t)i * t->als.dimension, t->vectors + (size_t)i * t->als.dimension, t->als.dimension);
    }
    return *judged ? sum / *judged : 0;
}

static enum err choose_ridge(struct trial *t, struct eval_cold_report *out) {
    struct measure_scores scores;
    uint32_t people;
    double best = -1;
    for (unsigned i = 0; i < EVAL_COLD_RIDGES; i++) {
        out->ridges[i] = ldexpf(2.0f, -(int)i);
        TRY(go(t, EVAL_COLD_RIDGE, out->ridges[i]));
        TRY(ask(t, CHOOSES, false, &scores, &people));
        out->tried[i] = scores.mean[0][MEASURE_NDCG];
        if (out->tried[i] <= best) continue;
        best = out->tried[i];
        out->ridge = out->ridges[i];
    }
    return ERR_OK;
}

static enum err ask_all(struct trial *t, struct eval_cold_report *out) {
    TRY(choose_ridge(t, out));
    for (unsigned way = 0; way < EVAL_COLD_WAYS; way++) {
        TRY(go(t, way, out->ridge));
        out->cosine[way] = mean_cosine(t, &out->judged);
        TRY(ask(t, TESTS, false, &out->among_new[way], &out->people));
        TRY(ask(t, TESTS, true, &out->among_all[way], &out->people));
    }
    for (uint32_t i = 0; i < t->columns; i++) {
        out->held_out += t->role[i] == TESTS;
        out->products += t->role[i] != CHOOSES;
    }
    return ERR_OK;
}

enum err eval_cold(const struct history *h, const struct eval_cold_catalogue *c, const struct eval_cold_options *o,
                   struct eval_cold_report *out, struct fault *why) {
    struct trial t = {.catalogue = c, .options = o};
    *out = (struct eval_cold_report){0};
    enum err e = fit(h, &t, why);
    if (e == ERR_OK) {
        e = ask_all(&t, out);
        if (e != ERR_OK) fault_set(why, e, "k", "measuring takes cut-offs up to %d and memory", MEASURE_K_MAX);
    }
    trial_free(&t);
    return e;
}
