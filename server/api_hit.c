#include "server/api_hit.h"

#include <stdlib.h>

#include "index/fragment.h"
#include "index/names.h"
#include "index/product.h"
#include "index/product_variants.h"
#include "server/api_near.h"

uint32_t hit_class(enum verdict verdict) {
    static const uint32_t classes[] = {[VERDICT_UNKNOWN] = 1, [VERDICT_NO] = 0, [VERDICT_CONDITIONAL] = 2,
                                       [VERDICT_UNIVERSAL] = 3, [VERDICT_FITS] = 4};
    return classes[verdict];
}

// ---- order --------------------------------------------------------------------------------------------------------------------
struct place { uint32_t rank, product, index; float score; };

static bool before(struct view *v, const struct place *a, const struct place *b) {
    if (a->rank != b->rank) return a->rank > b->rank;
    if (a->score != b->score) return a->score > b->score;
    if (a->product == b->product) return false;
    struct product x, y;
    if (product_load(v, a->product, &x) != ERR_OK || product_load(v, b->product, &y) != ERR_OK) return a->product < b->product;
    return slice_cmp(x.external_id, y.external_id) < 0;
}

// A heap of the best `wanted` with the worst of them on top.
static void sift_down(struct view *v, struct place *heap, size_t n, size_t i) {
    for (;;) {
        size_t worst = i, left = 2 * i + 1, right = left + 1;
        if (left < n && before(v, &heap[worst], &heap[left])) worst = left;
        if (right < n && before(v, &heap[worst], &heap[right])) worst = right;
        if (worst == i) return;
        struct place t = heap[i];
        heap[i] = heap[worst];
        heap[worst] = t;
        i = worst;
    }
}

enum err hits_order(struct view *v, struct hit *hits, size_t count, const uint32_t *ranks, size_t wanted) {
    if (wanted > count) wanted = count;
    struct place *heap = arena_alloc(v->arena, (wanted + 1) * sizeof *heap);
    struct hit *best = arena_alloc(v->arena, (wanted + 1) * sizeof *best);
    if (!heap || !best) return ERR_NO_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t rank = ranks ? ranks[i] : hit_class(hits[i].match.verdict);
        struct place p = {rank, hits[i].match.product, (uint32_t)i, hits[i].score};
        if (n < wanted) {
            heap[n++] = p;
            if (n == wanted)
                for (size_t k = wanted / 2; k-- > 0;) sift_down(v, heap, n, k);
        } else if (wanted && before(v, &p, &heap[0])) {
            heap[0] = p;
            sift_down(v, heap, n, 0);
        }
    }
    for (size_t left = n; left > 0; left--) {
        best[left - 1] = hits[heap[0].index];
        heap[0] = heap[left - 1];
        sift_down(v, heap, left - 1, 0);
    }
    if (n) memcpy(hits, best, n * sizeof *hits);
    return ERR_OK;
}

// ---- output -------------------------------------------------------------------------------------------------------------------
#define EXPECT_MAX 32 // hits; fetching more ahead would push out the first before they are used

void hits_expect(struct view *v, const struct hit *hits, size_t count, const struct hit_style *style) {
    uint64_t keys[2 * EXPECT_MAX];
    unsigned n = 0;
    enum fragment_kind members = style->currency == CURRENCY_USD ? FRAGMENT_PRODUCT_USD : FRAGMENT_PRODUCT_CNY;
    for (size_t i = 0; i < count && i < EXPECT_MAX; i++) {
        const struct match *m = &hits[i].match;
        if (style->fields) {
            keys[n++] = fragment_key(FRAGMENT_PRODUCT_ID, m->product, 0);
            continue;
        }
        keys[n++] = fragment_key(members, m->product, 0);
        keys[n++] = fragment_key(m->whole ? FRAGMENT_REASON : FRAGMENT_APPLICATION, m->product, m->application);
    }
    fragments_expect(v, keys, n);
}

enum err hit_fields_parse(struct slice text, unsigned *out, struct fault *why) {
    static const struct { const char *name; enum hit_field is; } names[] = {
        {"id", HIT_ID}, {"score", HIT_SCORE}, {"verdict", HIT_VERDICT}, {"position", HIT_POSITION}, {"quantity", HIT_QUANTITY}};
    *out = 0;
    while (text.p && text.n) {
        struct slice one = slice_trim(slice_cut(&text, ','));
        unsigned known = 0;
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            if (slice_is(one, names[i].name)) known = names[i].is;
        if (!known) return fault_set(why, ERR_BAD_REQUEST, "fields", "fields are id, score, verdict, position and quantity");
        *out |= known;
    }
    return ERR_OK;
}

static enum err hit_short_json(struct app_worker *w, struct json_writer *j, const struct hit *hit, const struct hit_style *style) {
    const struct match *m = &hit->match;
    json_open(j, '{');
    if (style->fields & HIT_ID) {
        json_key(j, "id");
        TRY(product_id_json(w->view, j, m->product));
    }
    if (style->fields & HIT_SCORE) json_key_double(j, "score", (double)hit->score);
    if (style->k->given) {
        api_count_verdict(w, m->verdict);
        json_key_str(j, "verdict", verdict_name(m->verdict));
    } else if (style->fields & HIT_VERDICT) {
        json_key_null(j, "verdict");
    }
    if (style->fields & HIT_POSITION) api_key_text(j, "position", names_text(w->view, NAMES_POSITION, m->position));
    if (style->fields & HIT_QUANTITY) json_key_int(j, "quantity", m->quantity ? m->quantity : 1);
    return ERR_OK;
}

enum err variants_json(struct app_worker *w, struct json_writer *j, uint32_t product) {
    struct product_variants found;
    TRY(product_variants(w->view, product, &found));
    api_key_text(j, "group", found.group);
    json_key_open(j, "variants", '[');
    for (unsigned i = 0; i < found.count; i++) {
        struct product p;
        TRY(product_load(w->view, found.list[i].product, &p));
        json_open(j, '{');
        json_key_string(j, "id", p.external_id);
        api_key_text(j, "position", names_text(w->view, NAMES_POSITION, found.list[i].position));
        json_close(j, '}');
    }
    json_close(j, ']');
    return ERR_OK;
}

// How many purchases bring the pieces a car needs; only where one brings several.
static enum err packs_json(struct app_worker *w, struct json_writer *j, const struct match *m) {
    struct product p;
    if (!(columns_facts(w->view, m->product)->flags & FACT_PACKED)) return ERR_OK;
    TRY(product_load(w->view, m->product, &p));
    unsigned quantity = m->quantity ? m->quantity : 1, pack = p.pack_quantity ? p.pack_quantity : 1;
    json_key_int(j, "pack_quantity", pack);
    json_key_int(j, "packs", (quantity + pack - 1) / pack);
    return ERR_OK;
}

enum err hit_json(struct app_worker *w, struct json_writer *j, const struct hit *hit, const struct hit_style *style) {
    if (style->fields) return hit_short_json(w, j, hit, style);
    json_open(j, '{');
    TRY(product_json(w->view, j, hit->match.product, style->currency));
    json_key(j, "fit");
    if (style->k->given) {
        api_count_verdict(w, hit->match.verdict);
        TRY(fitment_explain(w->view, style->k, &hit->match, style->reasons, NULL, style->zh, j));
    } else {
        json_null(j);
    }
    api_key_text(j, "position", names_text(w->view, NAMES_POSITION, hit->match.position));
    json_key_int(j, "quantity", hit->match.quantity ? hit->match.quantity : 1);
    if (style->k->given) TRY(packs_json(w, j, &hit->match));
    if (style->variants) TRY(variants_json(w, j, hit->match.product));
    json_key_double(j, "score", (double)hit->score);
    json_key(j, "workshop");
    return api_near_hit_json(w, j, style->near, hit->match.product, hit->match.quantity ? hit->match.quantity : 1, style->currency);
}
