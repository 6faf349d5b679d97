// synth_plan.h: which products the sample has: brand, type, family of cars, price, stock, ratings. Everything that is
// written later (ACES, PIES, JSONL, events) follows from this list and the seed.
//
// First the coverage: every common type of every common family gets several products of different brands, without
// conditions. Then the long tail, as many as the scale asks for.
#ifndef RF_TOOLS_SYNTH_PLAN_H
#define RF_TOOLS_SYNTH_PLAN_H

#include "facts.h"
#include "synth_family.h"
#include "synth_random.h"

enum { SYNTH_POSITIONS = 4, SYNTH_MARKET_LISTS = 4 };
#define SYNTH_NO_FAMILY UINT32_MAX

struct synth_kind { // a product type that is in the sample
    const struct synth_type *spec;
    const struct fact_type *fact;
    unsigned fact_index;
    unsigned brand_count[SYNTH_MARKET_LISTS]; // by markets sold in: 1 US, 2 China, 3 either
    const uint16_t *brands[SYNTH_MARKET_LISTS];
    unsigned position_count;
    struct slice positions[SYNTH_POSITIONS];
    uint32_t first_goods, goods_count;       // universal products and services of this kind
};
struct synth_product {
    uint32_t family;          // SYNTH_NO_FAMILY for universal goods and services
    uint32_t serial;          // within brand and type: makes the number
    uint16_t kind, brand;
    uint16_t variant;         // tyre line; oil grade and pack; service class
    uint8_t position;         // 1-based into the kind's positions, 0 = none
    uint8_t tier;
    bool plain;               // coverage: fits without conditions or trims
    bool rare_too;            // by specification: also for rare cars
    float quality;            // -2..2, what ratings and choices follow
    float demand;             // relative, for popularity and events
    uint32_t cny_fen, usd_cents, stock, rating_count, created_day;
    uint16_t rating_x100;
};
struct synth_scale {
    const char *name;
    uint32_t vehicles, products, users, events, workshops; // vehicles 0 = all
    float reach;       // of families, see synth_family.h
    float popular;     // share of the products by vehicle that is for common cars
    float rare_too;    // share of tyres and oils that are also for rare cars
    float more_spec;   // tyres and oils of a size or a viscosity, times those of S
    bool second_list;  // also heavy trucks, buses and upfitters
};
const struct synth_scale *synth_scale_find(const char *name); // NULL: no such scale

struct synth_plan {
    struct arena arena;
    const struct synth_scale *scale;
    const struct facts *facts;
    struct synth_world *world;
    struct synth_families families;
    uint64_t seed;
    uint32_t today;               // days since 1970-01-01
    unsigned kind_count;
    struct synth_kind *kinds;
    uint32_t product_count, product_capacity;
    struct synth_product *products; // by family, then kind; goods at the end, by kind
    uint32_t *family_first;       // [family_count + 1] into products
    uint32_t *serials;            // next per (kind, brand)
    struct slice *brand_ids;      // first part of product ids, per brand
};

enum err synth_plan_make(const struct synth_scale *scale, const struct facts *facts, struct synth_world *world, uint64_t seed,
                         uint32_t today, struct synth_plan **out, struct fault *why);
void synth_plan_free(struct synth_plan *p);

// The products of a kind in a family, as a range.
void synth_plan_range(const struct synth_plan *p, uint32_t family, unsigned kind, uint32_t *first, uint32_t *count);
// Whether a product of this kind can go on a member at all (no oil filter on an electric car).
bool synth_member_takes(const struct synth_plan *p, const struct synth_kind *kind, const struct synth_member *m);

#endif
