// price_band.h: within what a brand's products may be sold, so that one channel does not undercut another: a floor and a ceiling as
// factors of the catalogue's price, for all of a brand or for one type of it. Whatever a channel asks, by a factor or by a price list of
// its own, the band stays that of the catalogue's price; what a dealer lists for himself moves nothing but his own price inside it.
//
// TABLE_SUPPLY 'b', brand u32, type u32 (0: all types) -> floor u16, ceiling u16, in thousandths.
#ifndef RF_INDEX_PRICE_BAND_H
#define RF_INDEX_PRICE_BAND_H

#include "base/json.h"
#include "view.h"

struct price_band { uint32_t brand, type; uint16_t floor_permille, ceiling_permille; };
// The band of a type, else of its brand. ERR_NOT_FOUND: the brand leaves prices free.
enum err price_band_of(struct snapshot *s, uint32_t brand, uint32_t type, struct price_band *out);

struct banded_price { uint32_t amount, floor, ceiling; }; // minor units; without a band floor is 0 and ceiling UINT32_MAX
// What a channel asks for a product of catalogue price `list`, moved into the band (NULL: none). The floor is rounded up and the ceiling
// down, so that the result never leaves the band. A product without a catalogue price (0) has no band to be in.
struct banded_price price_banded(uint32_t list, uint32_t asked, const struct price_band *band);
// What a dealer asks who has a factor of the catalogue's price and no price of his own, to the nearest minor unit.
uint32_t price_by_factor(uint32_t list, uint16_t dealer_permille);

// {brand, type, floor, ceiling}: floor and ceiling are factors such as 0.95 and 1.1. ERR_BAD_REQUEST with the member.
enum err price_band_from_json(struct snapshot *s, struct arena *a, const struct json *body, struct price_band *out, struct fault *why);
enum err price_band_put(struct txn *t, const struct price_band *b);
enum err price_band_delete(struct txn *t, const struct price_band *b); // ERR_NOT_FOUND
void price_band_json_members(struct view *v, struct json_writer *w, const struct price_band *b);
enum err price_band_each(struct snapshot *s, enum err (*each)(void *arg, const struct price_band *b), void *arg);

#endif
