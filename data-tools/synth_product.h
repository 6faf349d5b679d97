// synth_product.h: what a planned product is called: id, number, titles, attributes, interchange.
//
// Every number begins with "SMP-", also the OE-style ones (maker Volkswagen, "SMP-06A115561B"), so that nothing synthetic
// can pass for a real maker's number. Every product carries the attribute source=sample.
#ifndef RF_TOOLS_SYNTH_PRODUCT_H
#define RF_TOOLS_SYNTH_PRODUCT_H

#include "index/catalog.h"
#include "synth_plan.h"

enum { SYNTH_ATTRIBUTES_MAX = 16, SYNTH_NUMBER_BYTES = 32 };

void synth_product_id(const struct synth_plan *p, const struct synth_product *product, struct buf *out);
void synth_product_number(const struct synth_plan *p, const struct synth_product *product, struct buf *out);
void synth_product_title(const struct synth_plan *p, const struct synth_product *product, bool chinese, struct buf *out);
// Attributes in the arena; returns how many.
unsigned synth_product_attributes(const struct synth_plan *p, const struct synth_product *product, struct arena *a,
                                  struct pair out[SYNTH_ATTRIBUTES_MAX]);
// The OE-style number of a part: the same for all products of a family, kind and position. False when it has none.
bool synth_product_oe(const struct synth_plan *p, const struct synth_product *product, char number[SYNTH_NUMBER_BYTES],
                      struct slice *maker);
// Pieces in one pack: some spark plugs come by four, most bulbs in pairs, everything else alone.
unsigned synth_product_pack(const struct synth_plan *p, const struct synth_product *product);
// Litres of an oil pack.
unsigned synth_oil_litres(const struct synth_product *product);

#endif
