// pies.h: reads products in PIES XML 6.7, 7.0 to 7.2 and 8.0 (whose renamed elements, BrandID for BrandAAIAID, are understood in
// any of them), as a stream. What an item's segments come to is pies_item.h's; here:
//
//   MaintenanceType  A and C hand over the product as the file has it, D takes it away (sink.remove). A C in a net-change file
//                    (SubmissionType UPDATE) replaces the product too: the standard sends a changed item with all its segments.
//                    A segment that is itself marked D is left out.
//   Brand, type      by the side map (idmap.h: Brand, PartType), else BrandLabel or the code, "pcdb-<id>"; never guessed.
//   Titles           English and Chinese, from TLE, else DES, SHO, EXT, INV, MKT; another language only where there is no English
//                    one. KEY, FAB and MKT become the attributes keywords, features, description (with _zh in Chinese).
//   Price            CNY and USD: type RET, else LST, else another; only one that holds today, for one piece and without a
//                    multiplier. Dates and currency come from the price sheet and the header where the price has none.
//   Attributes       PAdb ids by the map (ProductAttribute; unknown: "padb-<id>"), others by name, units behind the value, several
//                    values of one name as several pairs; rating (0..5), rating_count, popularity (0..1) that are no PAdb
//                    attributes go to the product's facts. Also: gtin, content, quantity_per_application (ACES demands a Qty of its own,
//                    so this one decides nothing), minimum_order_quantity, sub_brand, hazardous and un_number, package_weight,
//                    package_dimensions, core_charge; of the extended information country_of_origin, life_cycle and what the map
//                    names (ExtendedInformation; `supersedes` and `superseded_by` are numbers of the same brand).
//   Pack quantity    pieces in the smallest package a customer can buy (cases and pallets are none), or ItemQuantitySize in pieces.
//   Interchange      an interchange brand the map calls Maker makes it an OE number; a ReferenceItem is kept in the note.
//   Kits             components, of the item's own brand unless said otherwise.
//   ACESApplications N: the item fits anything.
//   Picture          the first of AssetType P04, else P01, other photos, a file of no type; never drawings, logos, documents.
//
// Memory does not grow with the file: one arena per item. Texts beyond a limit: a description is left out (reported as a warning),
// anything else refuses the item with its line.
#ifndef RF_TOOLS_PIES_H
#define RF_TOOLS_PIES_H

#include "idmap.h"
#include "index/base/clock.h"
#include "input.h"
#include "sink.h"

struct pies_result { uint64_t items, removed, rejected; }; // items: handed over, of which `removed` are deletions

// `clock` says which prices hold. ERR_BAD_REQUEST when the document is not PIES; see sink.h for rows.
enum err pies_read_at(struct input *in, const struct idmap *map, const struct sink *sink, const struct clock *clock,
                      struct pies_result *out, struct fault *why);
static inline enum err pies_read(struct input *in, const struct idmap *map, const struct sink *sink, struct pies_result *out,
                                 struct fault *why) {
    return pies_read_at(in, map, sink, &clock_system, out, why);
}

#endif
