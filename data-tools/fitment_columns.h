// fitment_columns.h: what the columns of a shop's fitment table are, by their English or Chinese names.
//
// "brand" and 品牌 are the product's where another column names the vehicle's (make, 车型品牌, 车品牌); where none does, they are the
// vehicle's, and the product's brand has to be given from outside. 车型 is the model, or the trim where 车系 is there as well.
#ifndef RF_TOOLS_FITMENT_COLUMNS_H
#define RF_TOOLS_FITMENT_COLUMNS_H

#include "attribute_words.h"
#include "index/delimited.h"

enum fitment_place {
    FITMENT_SKU, FITMENT_NUMBER, FITMENT_OE, FITMENT_BRAND, FITMENT_MAKE, FITMENT_MODEL, FITMENT_YEAR, FITMENT_FROM, FITMENT_TO,
        FITMENT_TYPE,
    FITMENT_TITLE, FITMENT_TITLE_ZH, FITMENT_PRICE, FITMENT_PRICE_CNY, FITMENT_PRICE_USD, FITMENT_CURRENCY, FITMENT_STOCK, FITMENT_IMAGE,
    FITMENT_POSITION, FITMENT_QUANTITY, FITMENT_NOTES, FITMENT_UNIVERSAL, FITMENT_LABEL, FITMENT_ENGINE, FITMENT_TRIM, FITMENT_PACK,
    FITMENT_PLACES
};
enum { FITMENT_COLUMNS_MAX = 48 };

struct fitment_columns {
    int at[FITMENT_PLACES]; // index of the column, -1: there is none
    unsigned attribute_count, external_count, unknown_count;
    struct { int column; bool verbatim; struct slice name; } attributes[FITMENT_COLUMNS_MAX];
    struct { int column; const char *scheme; } externals[FITMENT_COLUMNS_MAX];
    int unknown[FITMENT_COLUMNS_MAX]; // nobody knows what they say: their cells become questions
};

// `a` keeps folded names as long as *out is used. ERR_BAD_REQUEST when no column can name a vehicle or a universal product, and for too
// many columns.
enum err fitment_columns_read(struct arena *a, const struct delimited *d, const struct attribute_words *words, struct fitment_columns *out,
                              struct fault *why);
// Whether a header line of these cells is a fitment table (and not a list of vehicles): it names a product and a model, or is universal.
bool fitment_columns_header(struct arena *a, const struct delimited *d);

// "attr.transmission" holds values of attributes.tsv as they stand. Whether a column named like the attribute alone brings back each of its
// values whatever the vocabulary.
#define FITMENT_ATTRIBUTE_PREFIX "attr."
bool fitment_columns_plain(struct slice attribute);

#endif
