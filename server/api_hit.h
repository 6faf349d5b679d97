// api_hit.h: products as the items of a list: the contract's `hit`, the same in search, recommendations and wherever lists come.
#ifndef RF_SERVER_API_HIT_H
#define RF_SERVER_API_HIT_H

#include "index/fitment.h"
#include "server/api.h"

struct api_near; // api_near.h

struct hit {
    struct match match;
    float score;
};

// The members of a hit a caller may ask for with fields=. HIT_VERDICT comes with every car: nothing is shown for a car without it.
enum hit_field { HIT_ID = 1, HIT_SCORE = 2, HIT_VERDICT = 4, HIT_POSITION = 8, HIT_QUANTITY = 16 };
// "id,score" as a set of hit_field; an absent or empty text is 0, the whole hit. ERR_BAD_REQUEST `fields`.
enum err hit_fields_parse(struct slice text, unsigned *out, struct fault *why);

struct hit_style {
    const struct knowledge *k;
    unsigned fields; // of the short form; 0: the whole hit
    enum currency currency;
    bool zh;
    unsigned reasons; // applications named in fit.because
    bool variants;    // group=variants: `group` and `variants`
    const struct api_near *near; // near=: each hit's best workshop; NULL: the member is null
};

// Writes the object and leaves it open, so that the caller can add `reason` or `explain`; the caller closes it with '}'.
enum err hit_json(struct app_worker *w, struct json_writer *j, const struct hit *hit, const struct hit_style *style);

// The members group and variants:[{id, position}] of a product: the same article for other positions (index/product_variants.h).
enum err variants_json(struct app_worker *w, struct json_writer *j, uint32_t product);

// Before hit_json is called for each of them: starts to fetch what it will need. Only for speed.
void hits_expect(struct view *v, const struct hit *hits, size_t count, const struct hit_style *style);

// Sorts hits best first: `rank` descending (a tier or class; NULL = the verdict's class), score descending, external id.
// Only the first `wanted` places are settled.
enum err hits_order(struct view *v, struct hit *hits, size_t count, const uint32_t *ranks, size_t wanted);
// fits > universal > conditional > the rest, as a number that grows with preference.
uint32_t hit_class(enum verdict verdict);

#endif
