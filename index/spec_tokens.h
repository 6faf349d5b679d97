// spec_tokens.h: what a product is by specification, as posting tokens ('s', class, canonical text), so that "205 55 16" is one list.
//
// Both sides are read by the same patterns (query_pattern.h): of a product its attributes, each with the sign its unit stands for, in the
// table of spec_tokens.c, and what its applications compare with the car's; for what neither says, its titles, of types that have such a specification, where the pattern is certain.
// An attribute with a general name ("size", "base") counts for these types alone. What a more exact statement includes is a token as
// well: a tyre's rim and section, "dexos1" of "dexos1 GEN3", "55D23" of "55D23L". Whether another value would do for a car is spec.h's business, not this.
#ifndef RF_INDEX_SPEC_TOKENS_H
#define RF_INDEX_SPEC_TOKENS_H

#include "product_tokens.h"
#include "query_pattern.h"

enum spec_class {
    SPEC_CLASS_TYRE = 'a',     // "205/55R16", "LT245/75R16" and then "245/75R16" as well; no load or speed
    SPEC_CLASS_TYRE_SECTION,   // "205/55"
    SPEC_CLASS_TYRE_SERVICE,   // "91V", "104/102R"
    SPEC_CLASS_RIM,            // "16": of tyres and wheels
    SPEC_CLASS_RUN_FLAT,       // "run_flat"
    SPEC_CLASS_OIL_GRADE,      // the rest as PATTERN_* of the same name says it
    SPEC_CLASS_OIL_STANDARD,
    SPEC_CLASS_VOLUME,
    SPEC_CLASS_BULB,
    SPEC_CLASS_BELT,
    SPEC_CLASS_BOLT_PATTERN,
    SPEC_CLASS_BATTERY,
    SPEC_CLASS_WIPER,          // one blade's inches: "26"
    SPEC_CLASS_BRAKE_FLUID,
};

struct spec_value { enum spec_class class; char text[PATTERN_TEXT]; };

#define SPEC_OF_PATTERN_MAX 4
// What a product must be to meet a pattern: all of them, each one token. 0: the pattern is none of a product's.
unsigned pattern_specs(const struct pattern *p, struct spec_value out[SPEC_OF_PATTERN_MAX]);
// The types a pattern means where a query names none: slugs, the list ends with NULL; empty where it leaves that open.
const char *const *pattern_types(const struct pattern *p);
// All types that have such a specification: beside one of them a pattern that could be many things is one.
const char *const *pattern_bearers(const struct pattern *p);

#define SPEC_OF_PRODUCT_MAX 64 // what comes later is left out
// Everything a product says of itself, and what its applications say in `spec` (names of the trade compared with the car's own), as
// TABLE_APPLICATION stores them; empty: none, then `v` may be NULL. Without duplicates. ERR_NO_MEMORY.
enum err product_specs(struct view *v, struct arena *a, const struct product *p, struct slice applications,
                       struct spec_value out[SPEC_OF_PRODUCT_MAX], unsigned *count);
enum err spec_tokens_add(struct view *v, struct token_list *l, const struct product *p, struct slice applications);
bool spec_type_bears(struct slice type); // its products have a specification of some kind: applications of others are not read for one

#endif
