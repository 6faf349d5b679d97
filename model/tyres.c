#include "tyres.h"

#include <stdlib.h>

#include "index/names.h"
#include "index/product.h"
#include "index/product_values.h"

struct placed {
    struct tyre_hit hit;
    uint32_t rank;  // relation, then the verdict's class
    uint32_t group; // of the pair: brand and line
    enum tyre_axle axle;
    bool used;
};

static uint32_t class_of(enum verdict verdict) {
    static const uint32_t classes[] = {[VERDICT_CONDITIONAL] = 1, [VERDICT_UNIVERSAL] = 2, [VERDICT_FITS] = 3};
    return verdict < sizeof classes / sizeof *classes ? classes[verdict] : 0;
}

// ---- candidates -----------------------------------------------------------------------------------------------------------------
// What the catalogue says fits stands, also in a size that cannot be read; what may fit must at least be of a permitted size.
static bool offered(const struct tyres_query *q, const struct tyre_attributes *attributes, const struct match *m, enum tyre_axle axle, struct tyre_hit *out) {
    char text[TYRE_TEXT_MAX];
    *out = (struct tyre_hit){.match = *m, .relation = TYRE_UNREAD};
    if (q->sizes->count == 0) return true;
    if (!tyre_of_product(q->view, attributes, m->product, &out->tyre, text)) return m->verdict == VERDICT_FITS;
    struct tyre_fit fit = tyre_relate(q->sizes, axle, &out->tyre, slice_str(text));
    out->relation = fit.relation;
    out->size = fit.at;
    out->why = fit.why;
    return fit.relation != TYRE_OTHER;
}

static enum err collect(const struct tyres_query *q, struct placed **list, unsigned *count, unsigned *left_out) {
    *list = ARENA_ARRAY(q->view->arena, struct placed, q->fitment->count + 1);
    struct tyre_attributes attributes;
    *count = *left_out = 0;
    if (!*list) return ERR_NO_MEMORY;
    tyre_attributes_begin(q->view, &attributes);
    for (unsigned i = 0; i < q->fitment->count; i++) {
        const struct match *m = &q->fitment->matches[i];
        struct placed *p = &(*list)[*count];
        if (class_of(m->verdict) == 0 || (q->keep && !q->keep(q->keep_arg, m))) continue;
        p->axle = tyre_axle_of(q->view, m->position);
        if (!offered(q, &attributes, m, p->axle, &p->hit)) continue;
        if (q->scene) p->hit.scene = tyre_scene_score(q->view, q->scene, m->product, &p->hit.because);
        if (p->hit.scene < 0) {
            ++*left_out;
            continue;
        }
        p->rank = (uint32_t)p->hit.relation << 2 | class_of(m->verdict);
        ++*count;
    }
    return ERR_OK;
}

static enum err score(const struct tyres_query *q, struct placed *list, unsigned count) {
    uint32_t *products = ARENA_ARRAY(q->view->arena, uint32_t, count + 1);
    float *scores = ARENA_ARRAY(q->view->arena, float, count + 1);
    if (!products || !scores) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) products[i] = list[i].hit.match.product;
    TRY(rank_score(q->ranker, q->view, q->person, q->surface, products, count, scores, NULL));
    for (unsigned i = 0; i < count; i++) list[i].hit.score = scores[i] + TYRES_SCENE_WEIGHT * list[i].hit.scene;
    return ERR_OK;
}

static int best_first(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    if (x->rank != y->rank) return x->rank > y->rank ? -1 : 1;
    if (x->hit.score < y->hit.score || x->hit.score > y->hit.score) return x->hit.score > y->hit.score ? -1 : 1;
    return (x->hit.match.product > y->hit.match.product) - (x->hit.match.product < y->hit.match.product);
}

// ---- pairs ----------------------------------------------------------------------------------------------------------------------
// One brand's tyres of one line: the attribute `line`, else the scene they were made for and their season.
enum { LINE, GROUP_ATTRIBUTES = 3 };
struct group_attributes { uint32_t ids[GROUP_ATTRIBUTES]; }; // 0: no product has it

static void group_attributes_begin(struct view *v, struct group_attributes *out) {
    static const char *const names[GROUP_ATTRIBUTES] = {"line", "scene", "season"};
    for (unsigned n = 0; n < GROUP_ATTRIBUTES; n++)
        if (names_look_up(v, NAMES_PRODUCT_ATTRIBUTE, slice_str(names[n]), &out->ids[n]) != ERR_OK) out->ids[n] = 0;
}

static uint32_t group_of(struct view *v, const struct group_attributes *a, uint32_t product) {
    struct value_row row;
    uint32_t group = columns_facts(v, product)->brand;
    bool line = false;
    product_values_of(v, &product, 1, &row);
    for (unsigned n = 0; n < GROUP_ATTRIBUTES && !line; n++)
        for (unsigned i = 0; a->ids[n] && i < row.n; i++) {
            if (value_row_attribute(&row, i) != a->ids[n]) continue;
            group = group * 0x9E3779B1u + value_row_value(&row, i);
            line = line || n == LINE;
        }
    return group;
}

// Each tyre is followed by the best one of its pair on the other axle; what has no pair comes last.
static void pair_up(struct view *v, struct placed *list, unsigned count, struct tyre_hit *out) {
    struct group_attributes attributes;
    unsigned n = 0;
    group_attributes_begin(v, &attributes);
    for (unsigned i = 0; i < count; i++) list[i].group = group_of(v, &attributes, list[i].hit.match.product);
    for (unsigned i = 0; i < count; i++) {
        struct placed *a = &list[i], *b = NULL;
        for (unsigned k = i + 1; k < count && !b && !a->used && a->axle != TYRE_BOTH; k++)
            if (!list[k].used && list[k].group == a->group && list[k].axle != TYRE_BOTH && list[k].axle != a->axle) b = &list[k];
        if (!b) continue;
        a->used = b->used = true;
        struct placed *front = a->axle == TYRE_FRONT ? a : b, *rear = front == a ? b : a;
        front->hit.pair = rear->hit.match.product;
        rear->hit.pair = front->hit.match.product;
        out[n++] = front->hit;
        out[n++] = rear->hit;
    }
    for (unsigned i = 0; i < count; i++)
        if (!list[i].used) out[n++] = list[i].hit;
}

enum err tyres_rank(const struct tyres_query *q, struct tyre_hit **out, unsigned *count, unsigned *left_out) {
    struct placed *list;
    TRY(collect(q, &list, count, left_out));
    TRY(score(q, list, *count));
    qsort(list, *count, sizeof *list, best_first);
    *out = ARENA_ARRAY(q->view->arena, struct tyre_hit, *count + 1);
    if (!*out) return ERR_NO_MEMORY;
    if (tyre_sizes_staggered(q->sizes)) pair_up(q->view, list, *count, *out);
    else for (unsigned i = 0; i < *count; i++) (*out)[i] = list[i].hit;
    return ERR_OK;
}
