// facts.h: the trade's tables as the sample generator needs them: product types, aftermarket brands and who makes what, cities.
// Read once from a facts folder (types.tsv, brands.tsv, workshop_cities.tsv), then read-only.
#ifndef RF_TOOLS_FACTS_H
#define RF_TOOLS_FACTS_H

#include "index/vocabulary.h"

enum brand_tier { TIER_GOOD, TIER_BETTER, TIER_BEST, TIER_COUNT };
const char *brand_tier_name(enum brand_tier tier);

struct fact_type {
    struct slice slug, name, name_zh, group, pcdb, positions, attributes; // lists joined by '|'
    enum product_kind kind;
    unsigned brand_count;
    const uint16_t *brands; // who makes it, in the order of brands.tsv
};
struct fact_brand {
    struct slice slug, name, name_zh;
    enum brand_tier tier;
    bool us, cn; // where it is sold
};
struct fact_city { struct slice name, name_zh, country, daylight_saving; double lat, lon, weight; int64_t utc_offset; };

struct facts {
    struct arena arena;
    unsigned type_count, brand_count, city_count;
    struct fact_type *types;
    struct fact_brand *brands;
    struct fact_city *cities;
};

// ERR_NOT_FOUND or ERR_BAD_REQUEST when a table is missing or lacks a column.
enum err facts_open(const char *dir, struct facts **out, struct fault *why);
void facts_close(struct facts *f);
int facts_type(const struct facts *f, const char *slug); // -1: no such type

#endif
