// product.h: product records: what is shown. What is filtered and ranked is in columns.h, what fits in application.h,
// numbers in number.h, words in posting.h. catalog.h writes them all together.
//
// TABLE_PRODUCT value: kind u8, then strings: external id, brand name, number, type slug, title, title_zh, image, attributes as
// a finished JSON object; interchange: count varint {relation u8, brand-or-maker id varint, quantity varint, number, note}; pack
// quantity varint; kit: count varint {brand, number, quantity varint, sold separately u8, brand id varint}.
#ifndef RF_INDEX_PRODUCT_H
#define RF_INDEX_PRODUCT_H

#include "base/json.h"
#include "columns.h"
#include "number.h"
#include "vocabulary.h"

struct product_number { enum number_relation relation; uint32_t brand; uint16_t quantity; struct slice number, note; };
struct product_component { struct slice brand, number; uint32_t brand_id; uint16_t quantity; bool sold_separately; }; // of a kit

struct product {
    uint32_t id;
    enum product_kind kind;
    struct slice external_id, brand, number, type, title, title_zh, image, attributes;
    uint16_t pack_quantity;      // pieces one purchase brings, at least 1
    unsigned number_count, component_count;
    const struct product_number *numbers;
    const struct product_component *components;
};

enum err product_find(struct view *v, struct slice external_id, uint32_t *id); // ERR_NOT_FOUND, also for deleted ones
enum err product_load(struct view *v, uint32_t id, struct product *out);       // slices into the snapshot; numbers in the arena
enum err product_external_id(struct view *v, uint32_t id, struct slice *out);  // the same, its id alone
enum err product_decode(struct arena *a, struct slice record, struct product *out); // all but the id
// The product of a brand and number, the lowest id of several; 0 when nobody sells it here. ERR_OK for both.
enum err product_of_number(struct view *v, uint32_t brand, struct slice number, uint32_t *product);
// The kits that hold a number of a brand: ids ascending, at most `max`.
enum err product_kits(struct view *v, uint32_t brand, struct slice number, unsigned max, uint32_t *kits, unsigned *count);
void product_encode(struct buf *out, const struct product *p);

// The numbers of a stored product one by one, its own first (brand: its brand), for those who compare many products' numbers
// and keep none: nothing is copied.
struct product_numbers { struct reader rest; struct product_number own; uint64_t left; bool began; };
enum err product_numbers_open(struct view *v, uint32_t product, struct product_numbers *out);
bool product_numbers_next(struct product_numbers *i, struct product_number *out); // false: no more, or damaged (rest.bad)

// The texts of one attribute as the record has them: the object has a string, or a list of strings where there are several.
// For those who have a record in hand; what is stored of all products is in product_values.h.
struct attribute_texts { struct slice attributes, key; size_t at; bool list; };
// `key`: as json_key_slice() writes it, with the colon.
static inline struct attribute_texts attribute_texts_of(const struct product *p, struct slice key) {
    return (struct attribute_texts){p->attributes, key, 0, false};
}
bool attribute_texts_next(struct attribute_texts *i, struct slice *json); // one JSON string, quotes included; false: no more

enum currency { CURRENCY_CNY, CURRENCY_USD };
const char *currency_name(enum currency c);
bool currency_parse(struct slice text, enum currency *out);

// The members of the contract's product object, without the braces, so that a hit can add its own. product_json writes those
// of a stored product, out of the view's fragments when they are there.
enum err product_json(struct view *v, struct json_writer *w, uint32_t product, enum currency currency);
void product_json_members(struct view *v, struct json_writer *w, const struct product *p, enum currency currency);
// The value alone: the product's external id as a JSON string.
enum err product_id_json(struct view *v, struct json_writer *w, uint32_t product);

#endif
