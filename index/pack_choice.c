#include "pack_choice.h"

#include <assert.h>
#include <string.h>

#define STEPS (PACK_AMOUNT_MAX / PACK_UNIT_MILLI)

// The best way to hold at least so many steps.
struct way { uint64_t price; uint32_t packs, steps; int last; };

static bool better(const struct way *a, const struct way *b) {
    if (a->price != b->price) return a->price < b->price;
    if (a->packs != b->packs) return a->packs < b->packs;
    return a->steps < b->steps;
}

bool pack_choose(const struct pack *list, unsigned count, uint32_t amount_milli, struct pack_choice *out) {
    static const struct way NO_WAY = {UINT64_MAX, UINT32_MAX, UINT32_MAX, -1};
    assert(count <= PACKS_MAX);
    memset(out, 0, sizeof *out);
    if (amount_milli > PACK_AMOUNT_MAX) return false;
    uint32_t wanted = (amount_milli + PACK_UNIT_MILLI - 1) / PACK_UNIT_MILLI;
    struct way ways[STEPS + 1];
    ways[0] = (struct way){0, 0, 0, -1};
    for (uint32_t s = 1; s <= wanted; s++) {
        ways[s] = NO_WAY;
        for (unsigned i = 0; i < count; i++) {
            uint32_t size = list[i].amount_milli / PACK_UNIT_MILLI;
            if (size == 0 || list[i].price == 0) continue;
            const struct way *rest = &ways[s > size ? s - size : 0];
            if (rest->price == UINT64_MAX) continue;
            struct way w = {rest->price + list[i].price, rest->packs + 1, rest->steps + size, (int)i};
            if (better(&w, &ways[s])) ways[s] = w;
        }
    }
    if (ways[wanted].price == UINT64_MAX) return false;
    for (uint32_t s = wanted; s > 0;) {
        unsigned i = (unsigned)ways[s].last;
        uint32_t size = list[i].amount_milli / PACK_UNIT_MILLI;
        out->count[i]++;
        out->packs++;
        out->amount_milli += list[i].amount_milli;
        out->price += list[i].price;
        s = s > size ? s - size : 0;
    }
    return true;
}
