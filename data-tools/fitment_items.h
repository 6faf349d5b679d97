// fitment_items.h: the products of a fitment table: what its rows together say about each sku. Gathered before the applications are
// handed over, because a title may stand in any row, and the rows of one sku anywhere in the file.
#ifndef RF_TOOLS_FITMENT_ITEMS_H
#define RF_TOOLS_FITMENT_ITEMS_H

#include "fitment_columns.h"
#include "index/base/map.h"
#include "sink.h"

enum { FITMENT_OE_MAX = 64 };
struct fitment_options { const char *brand, *type, *sku; }; // for rows that say none; NULL: nothing

struct fitment_oe { struct slice maker, number; struct fitment_oe *next; };
struct fitment_application { struct application_doc doc; struct fitment_application *next; };
struct fitment_item {
    struct slice sku, number, brand, type, title, title_zh, image;
    int64_t cny_fen, usd_cents, stock; // -1: not given
    uint16_t pack_quantity;
    bool universal, described;         // described: more is known than that it fits
    bool apart;                        // its number is its own, so that applications find it by brand and number
    bool delivered, refused;
    unsigned oe_count, application_count;
    struct fitment_oe *oe;
    struct fitment_application *first, *last; // of items that are not apart
};
struct fitment_items {
    struct arena arena;
    struct fitment_item **list;
    unsigned count, capacity;
    struct map by_key, by_sku, by_number;
};

void fitment_items_init(struct fitment_items *f);
void fitment_items_destroy(struct fitment_items *f);
// Takes what a row says about its product. Rows without sku or brand are left to the second reading to complain about. ERR_NO_MEMORY.
enum err fitment_items_gather(struct fitment_items *f, const struct delimited *d, const struct fitment_columns *c,
                              const struct fitment_options *o);
// The item of a row; ERR_BAD_REQUEST with what to do when it has no sku, brand or type, or a price or stock that is none.
enum err fitment_items_find(const struct fitment_items *f, const struct delimited *d, const struct fitment_columns *c,
                            const struct fitment_options *o, struct fitment_item **out, struct fault *why);
// The product as a document, with the applications it has collected; oe numbers and applications in `a`.
enum err fitment_item_document(const struct fitment_item *item, struct arena *a, struct product_doc *out);
// Whether a row says that its product fits anything: make "*", or a yes of the column universal.
bool fitment_row_universal(const struct delimited *d, const struct fitment_columns *c);

static inline struct slice fitment_cell(const struct delimited *d, const struct fitment_columns *c, enum fitment_place place) {
    return delimited_cell(d, c->at[place]);
}

#endif
