// pies.h: reads products in PIES XML 7.2 (6.7 to 8.0 have the same elements where it matters), as a stream.
//
// Per Item: number, brand, type, titles in English and Chinese (description DES, else SHO, EXT, INV, MKT), prices in CNY and USD (price
// type RET before any other), product attributes, interchange with quantity, package quantity and weight, the first picture.
// ACESApplications N means that the item fits anything. Brand and type ids are resolved by the side map (idmap.h); an
// interchange brand the map calls Maker makes the number an OE number. Attributes rating (0..5), rating_count and
// popularity (0..1) that are no PAdb attributes go to the product's facts.
#ifndef RF_TOOLS_PIES_H
#define RF_TOOLS_PIES_H

#include "idmap.h"
#include "input.h"
#include "sink.h"

struct pies_result { uint64_t items, rejected; };

enum err pies_read(struct input *in, const struct idmap *map, const struct sink *sink, struct pies_result *out,
                   struct fault *why);

#endif
