// dealer_price.h: a dealer's own price list. To keys whose view names the dealer (key_view.h) it is shown, moved into the brand's band
// (price_band.h), instead of what his factor (dealer.h) makes of the shop's prices.
//
// TABLE_DEALER_PRICE: dealer, 0, block u32 -> which of the DEALER_PRICE_BLOCK consecutive products have a price u64, then of each of
// those {hash of its external id u32, CNY fen u32, US cents u32}. The hash tells a price of a product that was taken back with its
// import from one of the product that got its number later.
#ifndef RF_INDEX_DEALER_PRICE_H
#define RF_INDEX_DEALER_PRICE_H

#include "view.h"

#define DEALER_PRICE_BLOCK 64 // as BLOCK_PRODUCTS

struct dealer_price { uint32_t id_hash, cny_fen, usd_cents; }; // 0: the shop's price in that currency stands
struct dealer_prices {
    uint64_t present; // bit i: of product block * DEALER_PRICE_BLOCK + i
    struct dealer_price of[DEALER_PRICE_BLOCK];
};

// All zero where the dealer has none. ERR_DAMAGED.
enum err dealer_prices_load(struct snapshot *s, struct slice dealer, uint32_t block, struct dealer_prices *out);
uint32_t dealer_price_id_hash(struct slice external_id);
// -1: as it is; with both 0 the dealer has no price of its own any more. ERR_BAD_REQUEST: `dealer`, or `id` of no product.
enum err dealer_price_put(struct txn *t, struct arena *scratch, struct slice dealer, struct slice product, int64_t cny_fen, int64_t usd_cents,
                          struct fault *why);

#endif
