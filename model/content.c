#include "content.h"

#include <math.h>
#include <stdlib.h>

#include "index/application.h"
#include "index/base/hash.h"
#include "index/product.h"

// ---- features -----------------------------------------------------------------------------------------------------

enum kind { KIND_ALL = 1, KIND_TYPE, KIND_BRAND, KIND_TYPE_AND_BRAND, KIND_MAKE, KIND_MODEL, KIND_WORD };

static uint64_t number_hash(enum kind kind, uint32_t a, uint32_t b) {
    uint32_t key[2] = {a, b};
    return hash64_seed(slice_of(key, sizeof key), kind);
}

static void add(struct content_features *f, uint64_t hash) {
    if (f->count < CONTENT_FEATURES_MAX) f->list[f->count++] = (struct content_feature){hash, 1.0f};
}

static int by_hash(const void *a, const void *b) {
    uint64_t x = ((const struct content_feature *)a)->hash, y = ((const struct content_feature *)b)->hash;
    return x < y ? -1 : x > y;
}

// Those from `first` on are of one kind: each once, together of length 1.
static void share(struct content_features *f, unsigned first) {
    unsigned kept = first;
    if (f->count > first) qsort(f->list + first, f->count - first, sizeof *f->list, by_hash);
    for (unsigned i = first; i < f->count; i++)
        if (kept == first || f->list[kept - 1].hash != f->list[i].hash) f->list[kept++] = f->list[i];
    f->count = kept;
    for (unsigned i = first; i < kept; i++) f->list[i].value = 1.0f / sqrtf((float)(kept - first));
}

static void add_models(struct content_features *f, const struct application *list, unsigned count) {
    uint32_t last = 0;
    for (unsigned i = 0, models = 0; i < count && models < CONTENT_MODELS_MAX; i++) {
        if (list[i].model == 0 || list[i].model == last) continue; // neighbours are mostly years of one model
        last = list[i].model;
        add(f, number_hash(KIND_MODEL, last, 0));
        models++;
    }
}

static void add_makes(struct content_features *f, const struct application *list, unsigned count) {
    uint32_t last = 0;
    for (unsigned i = 0, makes = 0; i < count && makes < CONTENT_MAKES_MAX; i++) {
        if (list[i].make == 0 || list[i].make == last) continue;
        last = list[i].make;
        add(f, number_hash(KIND_MAKE, last, 0));
        makes++;
    }
}

static enum err add_cars(struct content_features *f, struct view *v, uint32_t product) {
    struct application *list;
    unsigned count, first = f->count;
    TRY(applications_load(v, product, &list, &count));
    add_models(f, list, count);
    share(f, first);
    first = f->count;
    add_makes(f, list, count);
    share(f, first);
    return ERR_OK;
}

static bool in_word(uint8_t c) {
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_words(struct content_features *f, struct slice text) {
    unsigned first = f->count;
    for (size_t i = 0; i < text.n && f->count - first < CONTENT_WORDS_MAX;) {
        char word[32];
        size_t n = 0;
        while (i < text.n && !in_word((uint8_t)text.p[i])) i++;
        for (; i < text.n && in_word((uint8_t)text.p[i]); i++) {
            char c = text.p[i];
            if (n < sizeof word) word[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        if (n > 1) add(f, hash64_seed(slice_of(word, n), KIND_WORD));
    }
    share(f, first);
}

enum err content_features(struct view *v, uint32_t product, struct content_features *out) {
    const struct product_facts *facts = columns_facts(v, product);
    struct product p = {.title = SLICE_NONE};
    out->count = 0;
    if (facts->flags & FACT_DELETED) return ERR_NOT_FOUND;
    enum err e = product_load(v, product, &p); // what has no record is known by its columns alone
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    add(out, CONTENT_ALL);
    add(out, number_hash(KIND_TYPE, facts->type, 0));
    add(out, number_hash(KIND_BRAND, facts->brand, 0));
    add(out, number_hash(KIND_TYPE_AND_BRAND, facts->type, facts->brand));
    TRY(add_cars(out, v, product));
    add_words(out, p.title);
    qsort(out->list, out->count, sizeof *out->list, by_hash);
    return ERR_OK;
}

bool content_vector(const struct generation *g, struct view *v, uint32_t product, float *out) {
    struct content_features f;
    unsigned known = 0, d = generation_dimension(g);
    memset(out, 0, d * sizeof *out);
    if (!generation_has_content(g) || content_features(v, product, &f) != ERR_OK) return false;
    for (unsigned i = 0; i < f.count; i++) {
        const float *vector = generation_feature(g, f.list[i].hash);
        if (vector == NULL) continue;
        if (f.list[i].hash != CONTENT_ALL) known++;
        for (unsigned k = 0; k < d; k++) out[k] += f.list[i].value * vector[k];
    }
    if (known == 0) memset(out, 0, d * sizeof *out);
    return known > 0;
}
