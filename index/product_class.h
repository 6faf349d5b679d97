// product_class.h: what kind of result a product is, by what is recorded of its fitment: the facet and filter `class`.
//
// vehicle_specific: named for some cars. many_fitments: named for more than PRODUCT_CLASS_MANY model years, for whole makes, or for
// every make by specification: its fit says less about the car. no_data: nothing recorded, or only cars nobody knows. universal and
// non_vehicle: the record says so; the latter comes first. Counted over the words of the applications when they are written, so it
// costs a search nothing and does not change with the vehicles.
#ifndef RF_INDEX_PRODUCT_CLASS_H
#define RF_INDEX_PRODUCT_CLASS_H

#include "columns.h"

#define PRODUCT_CLASS_MANY 200 // model years: a make, a model and a year

enum product_class { CLASS_VEHICLE_SPECIFIC, CLASS_MANY_FITMENTS, CLASS_NO_DATA, CLASS_UNIVERSAL, CLASS_NON_VEHICLE, CLASS_COUNT };
const char *product_class_name(enum product_class c);
bool product_class_parse(struct slice text, enum product_class *out);

static inline enum product_class product_class_of(const struct product_facts *f) {
    if (f->flags & FACT_NON_VEHICLE) return CLASS_NON_VEHICLE;
    if (f->flags & FACT_UNIVERSAL) return CLASS_UNIVERSAL;
    if (f->flags & FACT_NO_FITMENT) return CLASS_NO_DATA;
    return f->flags & FACT_MANY_FITMENTS ? CLASS_MANY_FITMENTS : CLASS_VEHICLE_SPECIFIC;
}

// Sets FACT_NO_FITMENT and FACT_MANY_FITMENTS by a record of TABLE_APPLICATION (may be empty).
enum err product_class_count(struct arena *scratch, struct slice applications, struct product_facts *facts);

#endif
