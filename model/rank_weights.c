#include <stdio.h>
#include <stdlib.h>

#include "rank.h"

static const char *const feature_names[RANK_FEATURES] = {
    [RANK_AFFINITY] = "affinity",         [RANK_POPULARITY] = "popularity", [RANK_RATING] = "rating",
    [RANK_AVAILABILITY] = "availability", [RANK_PRICE] = "price",           [RANK_FRESHNESS] = "freshness",
    [RANK_BRAND_TASTE] = "brand_taste",   [RANK_BOOST] = "boost",
    [RANK_SIMILAR] = "similar",           [RANK_NEXT] = "next",
};
static const char *const surface_names[RANK_SURFACES] = {
    [RANK_STOREFRONT] = "storefront", [RANK_COCKPIT] = "cockpit", [RANK_BATCH] = "batch",
};

const char *rank_feature_name(enum rank_feature f) {
    return f < RANK_FEATURES ? feature_names[f] : "";
}

const char *rank_surface_name(enum rank_surface s) {
    return s < RANK_SURFACES ? surface_names[s] : "";
}

static bool find_name(struct slice text, const char *const *names, unsigned count, unsigned *out) {
    for (*out = 0; *out < count; ++*out)
        if (slice_is(text, names[*out])) return true;
    return false;
}

bool rank_surface_parse(struct slice text, enum rank_surface *out) {
    unsigned found;
    if (!find_name(text, surface_names, RANK_SURFACES, &found)) return false;
    *out = found;
    return true;
}

struct rank_weights
rank_weights_default(void) { // the order of enum rank_feature; weights.tsv says the same, and a test compares
    return (struct rank_weights){{
        [RANK_STOREFRONT] = {2.0f, 0.30f, 0.30f, 0.40f, 0.10f, 0.05f, 0.50f, 1.0f, 2.0f, 2.0f},
        [RANK_COCKPIT] = {1.0f, 0.30f, 0.40f, 0.80f, 0.05f, 0.0f, 0.40f, 1.0f, 1.0f, 1.0f},
        [RANK_BATCH] = {2.0f, 0.30f, 0.20f, 0.20f, 0.10f, 0.05f, 0.50f, 1.0f, 2.0f, 2.0f},
    }};
}

static bool read_line(struct slice line, struct rank_weights *out) {
    unsigned surface, feature;
    double weight;
    struct slice rest = line;
    if (!find_name(slice_trim(slice_cut(&rest, '\t')), surface_names, RANK_SURFACES, &surface)) return false;
    if (!find_name(slice_trim(slice_cut(&rest, '\t')), feature_names, RANK_FEATURES, &feature)) return false;
    if (!slice_f64(slice_trim(rest), &weight)) return false;
    out->of[surface][feature] = (float)weight;
    return true;
}

enum err rank_weights_read(const char *path, struct rank_weights *out, struct fault *why) {
    FILE *file = fopen(path, "re");
    *out = rank_weights_default();
    if (file == NULL) return fault_set(why, ERR_NOT_FOUND, "", "cannot open %s", path);
    char *bytes = NULL;
    size_t size = 0;
    unsigned number = 0;
    enum err e = ERR_OK;
    for (ssize_t n; e == ERR_OK && (n = getline(&bytes, &size, file)) > 0;) {
        struct slice line = slice_trim(slice_of(bytes, (size_t)n));
        number++;
        if (line.n == 0 || line.p[0] == '#' || read_line(line, out)) continue;
        e = fault_set(why, ERR_BAD_REQUEST, "", "%s:%u: not \"surface<tab>feature<tab>weight\"", path, number);
    }
    free(bytes);
    fclose(file);
    return e;
}
