// ebay.h: eBay's compatibility by application (`--format ebay`): the tables of File Exchange and Seller Hub.
//
// A row with Relationship=Compatibility belongs to the listing it names by SKU (custom label), else to the listing above it, and says in
// RelationshipDetails "Year=2018|Make=Volkswagen|Model=Golf|Trim=Base Wagon 4-Door|Engine=1.4L 1395CC l4 GAS DOHC Turbocharged", or
// "KType=12345"; notes as "Notes=..." or in CompatibilityNotes. Of listings: title, brand (C:Brand), part number (C:Manufacturer Part
// Number, else the custom label), type (C:Type) and start price. Words that are not understood become open conditions (fitment_row.h); an
// ePID nobody knows is parked.
#ifndef RF_TOOLS_EBAY_H
#define RF_TOOLS_EBAY_H

#include "fitment_csv.h"

// Rows that cannot be used are reported. ERR_BAD_REQUEST when there is no column RelationshipDetails.
enum err ebay_read(struct input *in, const struct attribute_words *words, const struct notes *notes, const struct fitment_options *options,
                   const struct sink *sink, struct fitment_result *out, struct fault *why);
bool ebay_header(struct slice header); // whether a header line is eBay's

#endif
