// pack_choice.h: which packs to buy for an amount: 4.5 l as 4 + 1, whichever way costs least.
#ifndef RF_INDEX_PACK_CHOICE_H
#define RF_INDEX_PACK_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

enum { PACKS_MAX = 8, PACK_UNIT_MILLI = 50, PACK_AMOUNT_MAX = 200000 }; // amounts in thousandths: up to 200 l

struct pack { uint32_t amount_milli, price; }; // price 0: not told; then such a pack is never chosen
struct pack_choice {
    uint32_t count[PACKS_MAX]; // of each pack
    uint64_t price;
    uint32_t amount_milli, packs; // bought altogether
};
// The cheapest packs that hold at least `amount_milli`; of equal prices the fewest packs, then the least left over, then the earliest in
// the list. Sizes count in steps of PACK_UNIT_MILLI, rounded down, the amount rounded up. False: no pack has a price and a size, or the
// amount is beyond PACK_AMOUNT_MAX.
bool pack_choose(const struct pack *list, unsigned count, uint32_t amount_milli, struct pack_choice *out);

#endif
