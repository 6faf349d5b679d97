#include "generation_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "generation_format.h"
#include "whole_file.h"

#define PRICES_MIN 5 // fewer say nothing about what a type usually costs

struct building {
    const struct generation_input *in;
    uint32_t *order;      // product of each row, by (type, product)
    uint64_t *keys;       // (type, brand) of each content mean, ascending
    uint32_t *members;    // products behind each mean
    uint32_t rows, types, contents;
    struct generation_header header;
    uint8_t *file;
};

static const struct generation_item *item_of(const struct building *b, uint32_t row) {
    return &b->in->items[b->order[row]];
}

static void *section(const struct building *b, enum generation_section s) {
    return b->file + b->header.sections[s].offset;
}

// ---- the order of rows --------------------------------------------------------------------------------------------

static int by_type_and_product(const void *a, const void *b, void *arg) {
    const struct generation_item *items = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (items[x].type != items[y].type) return items[x].type < items[y].type ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void order_rows(struct building *b) {
    const struct generation_item *items = b->in->items;
    for (uint32_t p = 1; p <= b->in->products_max; p++)
        if (items[p].present || items[p].trained) b->order[b->rows++] = p;
    qsort_r(b->order, b->rows, sizeof *b->order, by_type_and_product, (void *)(uintptr_t)items);
    for (uint32_t row = 0; row < b->rows; row++)
        if (row == 0 || item_of(b, row)->type != item_of(b, row - 1)->type) b->types++;
}

// ---- content means ------------------------------------------------------------------------------------------------

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t key_of(uint32_t type, uint32_t brand) {
    return (uint64_t)type << 32 | brand;
}

static void collect_keys(struct building *b) {
    uint32_t n = 0;
    for (uint32_t row = 0; row < b->rows; row++) {
        const struct generation_item *item = item_of(b, row);
        if (!item->trained) continue;
        b->keys[n++] = key_of(item->type, item->brand);
        b->keys[n++] = key_of(item->type, 0);
    }
    qsort(b->keys, n, sizeof *b->keys, by_key);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || b->keys[i] != b->keys[i - 1]) b->keys[b->contents++] = b->keys[i];
}

static uint32_t find_key(const struct building *b, uint64_t key) { // contents when it is not there
    const uint64_t *found = bsearch(&key, b->keys, b->contents, sizeof key, by_key);
    return found ? (uint32_t)(found - b->keys) : b->contents;
}

static void add_member(const struct building *b, uint64_t key, const float *vector) {
    uint32_t at = find_key(b, key);
    float *mean = (float *)section(b, SECTION_MEANS) + (size_t)at * b->header.stride;
    for (unsigned i = 0; i < b->in->dimension; i++) mean[i] += vector[i];
    b->members[at]++;
}

static void fill_means(const struct building *b) {
    struct generation_content *contents = section(b, SECTION_CONTENT);
    for (uint32_t row = 0; row < b->rows; row++) {
        const struct generation_item *item = item_of(b, row);
        if (!item->trained) continue;
        const float *vector = b->in->vectors + (size_t)(item->trained - 1) * b->in->dimension;
        add_member(b, key_of(item->type, 0), vector);
        if (item->brand != 0) add_member(b, key_of(item->type, item->brand), vector);
    }
    for (uint32_t i = 0; i < b->contents; i++) {
        float *mean = (float *)section(b, SECTION_MEANS) + (size_t)i * b->header.stride;
        contents[i] = (struct generation_content){(uint32_t)(b->keys[i] >> 32), (uint32_t)b->keys[i]};
        for (unsigned k = 0; k < b->in->dimension; k++) mean[k] /= (float)b->members[i];
    }
}

// ---- rows ---------------------------------------------------------------------------------------------------------

static const float *vector_for(const struct building *b, const struct generation_item *item) { // NULL: nothing is known
    if (item->trained) return b->in->vectors + (size_t)(item->trained - 1) * b->in->dimension;
    if (item->content) return b->in->content_vectors + (size_t)(item->content - 1) * b->in->dimension;
    uint32_t at = find_key(b, key_of(item->type, item->brand));
    if (at == b->contents) at = find_key(b, key_of(item->type, 0));
    return at == b->contents ? NULL : (float *)section(b, SECTION_MEANS) + (size_t)at * b->header.stride;
}

static float inverse_norm(const float *vector, unsigned d) {
    double sum = 0;
    for (unsigned i = 0; i < d; i++) sum += (double)vector[i] * (double)vector[i];
    return sum > 0 ? (float)(1.0 / sqrt(sum)) : 0.0f;
}

static void fill_rows(const struct building *b) {
    uint32_t *products = section(b, SECTION_PRODUCTS), *row_of = section(b, SECTION_ROW_OF);
    float *vectors = section(b, SECTION_VECTORS), *norms = section(b, SECTION_NORMS);
    float *popularity = section(b, SECTION_POPULARITY), *trend = section(b, SECTION_TREND);
    for (uint32_t row = 0; row < b->rows; row++) {
        const struct generation_item *item = item_of(b, row);
        const float *vector = vector_for(b, item);
        products[row] = b->order[row];
        row_of[b->order[row]] = row + 1;
        popularity[row] = item->popularity;
        for (unsigned m = 0; m < MARKETS; m++) trend[(size_t)m * b->rows + row] = item->trend[m];
        if (vector == NULL) continue;
        memcpy(vectors + (size_t)row * b->header.stride, vector, sizeof(float) * b->in->dimension);
        norms[row] = inverse_norm(vector, b->in->dimension);
    }
}

// ---- types --------------------------------------------------------------------------------------------------------

struct price_sum { double sum, squares; uint32_t count; };

static void add_price(struct price_sum *s, uint32_t amount) {
    if (amount == 0) return;
    double x = log((double)amount);
    s->sum += x;
    s->squares += x * x;
    s->count++;
}

static struct generation_price price_of(const struct price_sum *s) {
    if (s->count < PRICES_MIN) return (struct generation_price){0};
    double mean = s->sum / s->count, variance = s->squares / s->count - mean * mean;
    return (struct generation_price){(float)mean, variance > 1e-6 ? (float)sqrt(variance) : 0.0f};
}

static void fill_types(const struct building *b) {
    struct generation_type *types = section(b, SECTION_TYPES);
    uint32_t n = 0;
    for (uint32_t row = 0; row < b->rows;) {
        struct price_sum cny = {0}, usd = {0};
        struct generation_type t = {.type = item_of(b, row)->type, .first_row = row};
        for (; row < b->rows && item_of(b, row)->type == t.type; row++) {
            add_price(&cny, item_of(b, row)->cny_fen);
            add_price(&usd, item_of(b, row)->usd_cents);
        }
        t.rows = row - t.first_row;
        t.cny = price_of(&cny);
        t.usd = price_of(&usd);
        types[n++] = t;
    }
}

// ---- neighbours ---------------------------------------------------------------------------------------------------

static int by_row(const void *a, const void *b) {
    uint32_t x = ((const struct generation_neighbour *)a)->row, y = ((const struct generation_neighbour *)b)->row;
    return x < y ? -1 : x > y;
}

// Trained products are numbered one way, rows another: the entries are renumbered and put in order again.
static void fill_neighbours(const struct building *b, const uint32_t *row_of_trained, const struct sparse *m,
                            enum generation_section starts, enum generation_section entries) {
    uint32_t *start = section(b, starts), n = 0;
    struct generation_neighbour *list = section(b, entries);
    for (uint32_t row = 0; row < b->rows; row++) {
        uint32_t trained = item_of(b, row)->trained, first = n;
        for (uint64_t i = trained ? m->start[trained - 1] : 0; trained && i < m->start[trained]; i++)
            list[n++] = (struct generation_neighbour){row_of_trained[m->column[i]], m->weight[i]};
        qsort(list + first, n - first, sizeof *list, by_row);
        start[row + 1] = n;
    }
}

static enum err fill_both_neighbours(const struct building *b) {
    uint32_t *row_of_trained = calloc((size_t)b->in->trained_products + 1, sizeof *row_of_trained);
    if (row_of_trained == NULL) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < b->rows; row++)
        if (item_of(b, row)->trained) row_of_trained[item_of(b, row)->trained - 1] = row;
    if (b->in->similar) fill_neighbours(b, row_of_trained, b->in->similar, SECTION_SIMILAR_START, SECTION_SIMILAR);
    if (b->in->next) fill_neighbours(b, row_of_trained, b->in->next, SECTION_NEXT_START, SECTION_NEXT);
    free(row_of_trained);
    return ERR_OK;
}

// ---- bought together ----------------------------------------------------------------------------------------------

// Purchased products that are neither trained nor in the catalogue have no row; they are left out.
static bool has_row(const struct building *b, uint32_t product) {
    return product <= b->in->products_max && (b->in->items[product].present || b->in->items[product].trained);
}

static uint32_t pairs_of_row(const struct building *b, uint32_t row, struct generation_pair *out) { // out NULL: only counts
    const struct bought *m = b->in->bought;
    uint32_t product = b->order[row], n = 0;
    const uint32_t *row_of = out ? section(b, SECTION_ROW_OF) : NULL;
    for (uint32_t i = product < m->labels ? m->start[product] : 0; product < m->labels && i < m->start[product + 1]; i++) {
        const struct bought_pair *p = &m->pair[i];
        if (!has_row(b, p->label)) continue;
        if (out) out[n] = (struct generation_pair){row_of[p->label] - 1, p->lift, p->support};
        n++;
    }
    return n;
}

static uint32_t count_bought(const struct building *b) {
    uint32_t n = 0;
    for (uint32_t row = 0; b->in->bought && row < b->rows; row++) n += pairs_of_row(b, row, NULL);
    return n;
}

static uint32_t count_type_bought(const struct building *b) {
    const struct bought *m = b->in->type_bought;
    uint32_t n = 0;
    for (uint32_t row = 0; m && row < b->rows; row++) {
        uint32_t type = item_of(b, row)->type;
        if (row > 0 && item_of(b, row - 1)->type == type) continue;
        if (type < m->labels) n += m->start[type + 1] - m->start[type];
    }
    return n;
}

static void fill_bought(const struct building *b) { // after rows and types
    uint32_t *start = section(b, SECTION_BOUGHT_START), n = 0;
    for (uint32_t row = 0; b->in->bought && row < b->rows; row++) {
        n += pairs_of_row(b, row, (struct generation_pair *)section(b, SECTION_BOUGHT) + n);
        start[row + 1] = n;
    }
    const struct bought *m = b->in->type_bought;
    const struct generation_type *types = section(b, SECTION_TYPES);
    struct generation_type_pair *list = section(b, SECTION_TYPE_BOUGHT);
    start = section(b, SECTION_TYPE_BOUGHT_START);
    n = 0;
    for (uint32_t t = 0; m && t < b->types; t++) {
        uint32_t type = types[t].type;
        for (uint32_t i = type < m->labels ? m->start[type] : 0; type < m->labels && i < m->start[type + 1]; i++)
            list[n++] = (struct generation_type_pair){m->pair[i].label, m->pair[i].lift, m->pair[i].support};
        start[t + 1] = n;
    }
}

// ---- people, features, canaries -----------------------------------------------------------------------------------

static void fill_vectors(const struct building *b, enum generation_section to, const float *rows, uint32_t count) {
    float *out = section(b, to);
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * b->header.stride, rows + i * b->in->dimension, sizeof(float) * b->in->dimension);
}

static void fill_as_it_is(const struct building *b, enum generation_section to, const void *list) {
    if (b->header.sections[to].bytes) memcpy(section(b, to), list, b->header.sections[to].bytes);
}

static void fill_people(const struct building *b) {
    const struct generation_input *in = b->in;
    fill_as_it_is(b, SECTION_USERS, in->user_ids);
    fill_as_it_is(b, SECTION_USER_SEQUENCES, in->user_sequences);
    fill_vectors(b, SECTION_USER_VECTORS, in->user_vectors, in->users);
    fill_as_it_is(b, SECTION_FEATURES, in->feature_hashes);
    fill_vectors(b, SECTION_FEATURE_VECTORS, in->feature_vectors, in->features);
    fill_as_it_is(b, SECTION_CANARIES, in->canaries.list);
    fill_as_it_is(b, SECTION_CANARY_ACTS, in->canaries.acts);
}

static uint32_t count_canary_acts(const struct generation_canaries *c) {
    return c->count ? c->list[c->count - 1].first + c->list[c->count - 1].count : 0;
}

// ---- the file -----------------------------------------------------------------------------------------------------

static struct generation_header header_of(const struct building *b) {
    const struct generation_input *in = b->in;
    return (struct generation_header){
        .magic = GENERATION_MAGIC, .version = GENERATION_VERSION, .dimension = in->dimension,
        .stride = (in->dimension + 15) / 16 * 16, .rows = b->rows, .products_max = in->products_max, .types = b->types,
        .contents = b->contents, .alpha0 = in->alpha0, .lambda = in->lambda, .nu = in->nu,
        .trained_products = in->trained_products, .similar = in->similar ? (uint32_t)sparse_count(in->similar) : 0,
        .next = in->next ? (uint32_t)sparse_count(in->next) : 0, .last_sequence = in->last_sequence, .created_ms = in->created_ms,
        .bought = count_bought(b), .type_bought = count_type_bought(b), .users = in->users, .features = in->features,
        .canaries = in->canaries.count, .canary_acts = count_canary_acts(&in->canaries), .learnt = in->learnt,
        .events = in->events,
    };
}

static enum err assemble(struct building *b, size_t *size) {
    order_rows(b);
    collect_keys(b);
    b->members = calloc((size_t)b->contents + 1, sizeof *b->members);
    b->header = header_of(b);
    *size = generation_place(&b->header);
    b->file = aligned_alloc(64, *size);
    if (b->members == NULL || b->file == NULL) return ERR_NO_MEMORY;
    memset(b->file, 0, *size);
    memcpy(b->file, &b->header, sizeof b->header);
    fill_means(b);
    fill_rows(b);
    fill_types(b);
    memcpy(section(b, SECTION_GRAM), b->in->gram, sizeof(float) * b->in->dimension * b->in->dimension);
    TRY(fill_both_neighbours(b));
    fill_bought(b);
    fill_people(b);
    generation_seal(b->file);
    return ERR_OK;
}

enum err generation_build(const struct generation_input *in, void **file, size_t *size) {
    size_t products = (size_t)in->products_max + 1;
    struct building b = {
        .in = in, .order = calloc(products, sizeof *b.order), .keys = calloc(2 * products, sizeof *b.keys)};
    enum err e = b.order && b.keys ? assemble(&b, size) : ERR_NO_MEMORY;
    if (e != ERR_OK) {
        free(b.file);
        b.file = NULL;
    }
    *file = b.file;
    free(b.order);
    free(b.keys);
    free(b.members);
    return e;
}

// ---- to disk ------------------------------------------------------------------------------------------------------

void generation_learn(void *file, const struct generation_learnt *learnt) {
    ((struct generation_header *)file)->learnt = *learnt;
    generation_seal(file);
}

struct generation_learnt generation_learnt_of(const void *file) {
    return ((const struct generation_header *)file)->learnt;
}

enum err generation_store(const char *data_dir, const void *file, size_t size, uint64_t *id, struct fault *why) {
    char folder[GENERATION_PATH_MAX], path[GENERATION_PATH_MAX];
    if ((size_t)snprintf(folder, sizeof folder, "%s/generations", data_dir) >= sizeof folder)
        return fault_set(why, ERR_TOO_LARGE, "", "the data folder's path is too long");
    TRY(whole_file_folder(folder, why));
    *id = ((const struct generation_header *)file)->id;
    TRY(generation_path(data_dir, *id, path));
    struct slice bytes = slice_of(file, size);
    return whole_file_write(folder, path, &bytes, 1, why);
}

enum err generation_write(const char *data_dir, const struct generation_input *in, uint64_t *id, struct fault *why) {
    void *file;
    size_t size;
    if (generation_build(in, &file, &size) != ERR_OK)
        return fault_set(why, ERR_NO_MEMORY, "", "no memory for the generation");
    enum err e = generation_store(data_dir, file, size, id, why);
    free(file);
    return e;
}
