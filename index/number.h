// number.h: part numbers: one canonical form and the table from canonical number to products.
//
// Canonical: upper case ASCII letters and digits only ("06A 115 561 B", "06a-115-561-b" -> "06A115561B"). Full-width forms are
// folded first. Numbers are never matched by typo, and equal numbers of two brands stay two numbers: the key carries the
// brand, OE numbers that of their maker.
//
// TABLE_NUMBER key: canonical text, 0, relation u8, brand u32, product u32; value: quantity u16.
#ifndef RF_INDEX_NUMBER_H
#define RF_INDEX_NUMBER_H

#include "view.h"

enum number_relation { NUMBER_OWN = 1, NUMBER_OE, NUMBER_COMPETITOR, NUMBER_SUPERSEDES, NUMBER_SUPERSEDED_BY,
                       // these two are no other name of the product, so look-ups leave them out:
                       NUMBER_COMPONENT,  // it is a kit that holds this number
                       NUMBER_VARIANT };  // its attribute variant_of (product_variants.h)
const char *number_relation_name(enum number_relation r); // "own", "oe", "competitor", "supersedes", "superseded_by", "component", "variant"

// Writes the canonical form into out (terminated); returns its length, 0 when nothing is left or it is too long.
size_t number_canonical(struct slice text, char out[], size_t size);
// Whether a word may be a part number at all: has a digit and at least 3 canonical characters.
bool number_plausible(struct slice text);

struct number_hit { uint32_t product, brand; uint16_t quantity; uint8_t relation; };
// A record of TABLE_NUMBER taken apart, for those who walk the table; *canonical points into the key. False: it is none.
bool number_record_read(struct slice key, struct slice value, struct slice *canonical, struct number_hit *out);
// All products this canonical number leads to, kits that hold it and variants left out, own numbers first, then by relation; at most `max`.
enum err number_lookup(struct view *v, struct slice canonical, unsigned max, struct number_hit *out, unsigned *count);

// Products that have or name this number of one brand: own first, then by relation, each at most once a relation; at most `max`.
enum err number_of_brand(struct view *v, struct slice canonical, uint32_t brand, unsigned max, struct number_hit *out,
                         unsigned *count);

// Of one relation only; ascending by product.
enum err number_related(struct view *v, struct slice canonical, uint32_t brand, enum number_relation relation, unsigned max,
                        struct number_hit *out, unsigned *count);

// The products of a brand whose own number this text is, in whatever spelling; at most `max`.
enum err number_own(struct view *v, struct slice text, uint32_t brand, unsigned max, struct number_hit *out, unsigned *count);

enum err number_put(struct txn *t, struct slice canonical, enum number_relation r, uint32_t brand, uint32_t product,
                    uint16_t quantity);
enum err number_delete(struct txn *t, struct slice canonical, enum number_relation r, uint32_t brand, uint32_t product);

#endif
