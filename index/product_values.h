// product_values.h: the attributes of products as pairs of ids, so that filters and facets over thousands of candidates never
// read and parse records. Derived from the record's attributes with every put and every bulk load.
//
// Names of attributes and values have dictionaries (NAMES_PRODUCT_ATTRIBUTE, NAMES_PRODUCT_VALUE): a value's id tells its
// attribute as well. TABLE_VALUE: chunk u32 -> the rows of PRODUCT_VALUES_CHUNK consecutive products: where each row begins u32, one
// more for the end; then all attribute ids u16, then all value ids u32, native little-endian. A row ascends by attribute, then
// value, without duplicates. A chunk without a value need not be there.
#ifndef RF_INDEX_PRODUCT_VALUES_H
#define RF_INDEX_PRODUCT_VALUES_H

#include "base/buf.h"
#include "base/map.h"
#include "view.h"

#define PRODUCT_VALUES_CHUNK 256
#define PRODUCT_VALUES_EMPTY_BYTES ((PRODUCT_VALUES_CHUNK + 1) * sizeof(uint32_t)) // of a chunk, all zero, without a value

// ---- reading ------------------------------------------------------------------------------------------------------------------
struct value_row { unsigned n; const char *attributes, *values; }; // n of each, not aligned

static inline uint32_t value_row_attribute(const struct value_row *r, unsigned i) {
    uint16_t id;
    memcpy(&id, r->attributes + i * sizeof id, sizeof id);
    return id;
}
static inline uint32_t value_row_value(const struct value_row *r, unsigned i) {
    uint32_t id;
    memcpy(&id, r->values + i * sizeof id, sizeof id);
    return id;
}

void product_values_of(struct view *v, const uint32_t *products, unsigned count, struct value_row *out); // valid until view_end
bool product_values_sound(struct slice chunk); // whether the rows of a stored chunk lie within it
struct value_row product_values_of_chunk(const char *chunk, unsigned row); // row < PRODUCT_VALUES_CHUNK, the chunk sound

// 0 for what no product has ever had; ERR_NO_MEMORY, ERR_DAMAGED.
enum err product_attribute_find(struct view *v, struct slice name, uint32_t *attribute);
enum err product_value_find(struct view *v, uint32_t attribute, struct slice text, uint32_t *value);
struct slice product_value_text(struct view *v, uint32_t value); // valid until view_end

// The pairs of a record's attributes, {"name":"text","name":["text","text"]}, unescaped; in the arena where that changed anything.
struct product_pairs { struct slice json; size_t at; struct slice name; bool list; };
static inline struct product_pairs product_pairs_of(struct slice attributes) { return (struct product_pairs){.json = attributes}; }
bool product_pairs_next(struct arena *a, struct product_pairs *i, struct slice *name, struct slice *value); // false: no more

// ---- writing ------------------------------------------------------------------------------------------------------------------
// The row of one product; `attributes` as its record has them, empty: it has none.
enum err product_values_put(struct txn *t, struct arena *scratch, uint32_t product, struct slice attributes);

// Bulk: rows of ascending products into an empty table, in any number of transactions.
struct product_values_loader {
    struct map ids; // of values, by attribute and text
    uint32_t chunk; // at hand
    uint32_t starts[PRODUCT_VALUES_CHUNK + 1];
    unsigned rows;  // of it that are there
    struct buf attributes, values;
};
void product_values_loader_init(struct product_values_loader *l);
void product_values_loader_destroy(struct product_values_loader *l);
enum err product_values_loader_add(struct product_values_loader *l, struct txn *t, struct arena *scratch, uint32_t product, struct slice attributes);
enum err product_values_loader_finish(struct product_values_loader *l, struct txn *t);

#endif
