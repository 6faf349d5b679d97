// dealer.h: dealers and their territories: who is credited with a sale, wherever it is fitted.
//
// A territory is a list of areas, paths as those of districts ("CN/Shanghai"), for all brands or for those the dealer names. The dealer
// of the smallest area around the customer is credited, one who names the brand before one for all brands. Two dealers cannot hold one
// area for one brand: the second is refused, so that credit is never a matter of luck.
//
// TABLE_SUPPLY 'D', external id -> strings name, name_zh, territory and brands as given (joined by '|'), price factor u16.
// TABLE_SUPPLY 't', area, 0, brand u32 (0: all) -> the dealer's external id.
#ifndef RF_INDEX_DEALER_H
#define RF_INDEX_DEALER_H

#include "view.h"
#include "base/json.h"

enum { DEALER_AREAS_MAX = 1024, DEALER_BRANDS_MAX = 64 };

struct dealer {
    struct slice external_id, name, name_zh;
    struct slice territory, brands;  // joined by '|'; no brands: all
    uint16_t price_permille;         // what the dealer asks where his own list (dealer_price.h) has no price, in thousandths of the catalogue's
};
enum err dealer_load(struct snapshot *s, struct slice external_id, struct dealer *out); // ERR_NOT_FOUND
// The dealer credited for a brand in an area, by its id. ERR_NOT_FOUND: the area is nobody's.
enum err dealer_of_area(struct snapshot *s, struct slice area, uint32_t brand, struct slice *external_id);
// {id, name, name_zh, territory:[], brands:[], price_factor}; id and name are required.
enum err dealer_from_json(struct arena *a, const struct json *body, struct dealer *out, struct fault *why);
// ERR_CONFLICT `territory`: an area is another's; ERR_BAD_REQUEST `brands`: nobody knows one of them.
enum err dealer_put(struct txn *t, struct arena *scratch, const struct dealer *d, struct fault *why);
enum err dealer_delete(struct txn *t, struct arena *scratch, struct slice external_id); // ERR_NOT_FOUND
void dealer_json_members(struct json_writer *w, const struct dealer *d);

#endif
