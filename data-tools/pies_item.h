// pies_item.h: what one Item of a PIES file comes to: the product document, put together from its segments, whatever the order
// they stand in. Knows what codes mean and which of several prices, titles, packages and pictures counts; knows no XML.
//
// Slices given to it must live as long as the item (the reader's arena). What cannot be used sets `broken` (the whole item is refused)
// or `left_out` (only that piece is missing).
#ifndef RF_TOOLS_PIES_ITEM_H
#define RF_TOOLS_PIES_ITEM_H

#include "idmap.h"
#include "index/base/arena.h"

enum { PIES_ATTRIBUTES_MAX = 128, PIES_NUMBERS_MAX = 512, PIES_COMPONENTS_MAX = 256 };

enum pies_language { PIES_ENGLISH, PIES_CHINESE, PIES_OTHER_LANGUAGE, PIES_LANGUAGES };

struct pies_item {
    struct arena *arena;
    const struct idmap *map;
    const char *broken, *left_out;
    struct product_doc doc;
    struct slice brand, brand_label, type_id; // codes as the file has them
    unsigned title_rank, title_zh_rank, picture_rank;
    struct slice marketing[PIES_LANGUAGES];
    unsigned price_rank[2];    // CNY, USD: of what `doc` has
    int32_t price_day[2];
    uint32_t package_eaches;   // of the smallest package for sale; 0: none seen
    uint64_t size_pieces;      // ItemQuantitySize where it counts pieces
    struct slice package_weight, package_dimensions, package_gtin;
    struct pair attributes[PIES_ATTRIBUTES_MAX];
    struct number_doc numbers[PIES_NUMBERS_MAX];
    struct component_doc components[PIES_COMPONENTS_MAX];
};

struct pies_price {
    struct slice type, currency, amount, quantity_break, multiplier;
    int32_t from_day, to_day; // since 1970; INT32_MIN, INT32_MAX: open
};
struct pies_number { // of another brand that does the same
    struct slice brand, label, number, quantity, note, reference;
};
struct pies_component { struct slice brand, label, number, quantity, sold_separately; };
struct pies_package {
    struct slice unit, eaches, orderable, gtin, weight, weight_unit, dimensions_unit;
    struct slice merchandising[3], shipping[3]; // height, width, length
};

void pies_item_begin(struct pies_item *item, struct arena *arena, const struct idmap *map);
// The name the side map has for an id, else empty.
struct slice pies_item_name(const struct pies_item *item, const char *element, struct slice id);
// One of several values of a name; what is there already is not added again.
void pies_item_attribute(struct pies_item *item, struct slice name, struct slice value, struct slice unit);
// A ProductAttribute: `padb` when `id` is one of the attribute database's.
void pies_item_product_attribute(struct pies_item *item, struct slice id, bool padb, enum pies_language language, struct slice value,
                                 struct slice unit);
void pies_item_description(struct pies_item *item, struct slice code, enum pies_language language, struct slice text);
void pies_item_price(struct pies_item *item, const struct pies_price *price, int32_t today);
void pies_item_number(struct pies_item *item, const struct pies_number *number);
void pies_item_component(struct pies_item *item, const struct pies_component *component);
void pies_item_package(struct pies_item *item, const struct pies_package *package);
void pies_item_picture(struct pies_item *item, struct slice asset_type, struct slice file_type, struct slice uri);
void pies_item_hazard(struct pies_item *item, struct slice regulated, struct slice un_number);
void pies_item_extended(struct pies_item *item, struct slice code, struct slice text); // EXPI
void pies_item_size(struct pies_item *item, struct slice quantity, struct slice unit); // ItemQuantitySize
void pies_item_per_application(struct pies_item *item, struct slice quantity, struct slice unit, struct slice qualifier);
void pies_item_finish(struct pies_item *item); // names, what depends on all segments; then `doc` is whole

#endif
