#include "dealer_price.h"

#include "base/hash.h"
#include "fragment.h"
#include "key_view.h"
#include "product.h"

#define KEY_MAX (KEY_VIEW_DEALER_BYTES + 1 + 4)

static struct slice key_of(char space[KEY_MAX], struct slice dealer, uint32_t block) {
    struct buf b = {.p = space, .capacity = KEY_MAX};
    buf_slice_put(&b, dealer);
    buf_u8(&b, 0);
    buf_u32be(&b, block);
    return buf_slice(&b);
}

uint32_t dealer_price_id_hash(struct slice external_id) { return (uint32_t)hash64(external_id); }

enum err dealer_prices_load(struct snapshot *s, struct slice dealer, uint32_t block, struct dealer_prices *out) {
    char space[KEY_MAX];
    struct slice value;
    out->present = 0;
    enum err e = db_get(s, TABLE_DEALER_PRICE, key_of(space, dealer, block), &value);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    struct reader r = reader_of(value);
    uint64_t present = reader_u64(&r);
    for (uint64_t left = present; left; left &= left - 1) {
        struct dealer_price *p = &out->of[__builtin_ctzll(left)];
        p->id_hash = reader_u32(&r);
        p->cny_fen = reader_u32(&r);
        p->usd_cents = reader_u32(&r);
    }
    if (r.bad) return ERR_DAMAGED;
    out->present = present;
    return ERR_OK;
}

static enum err block_put(struct txn *t, struct arena *scratch, struct slice dealer, uint32_t block, const struct dealer_prices *prices) {
    char space[KEY_MAX];
    struct buf b;
    struct slice key = key_of(space, dealer, block);
    if (!prices->present) {
        enum err e = txn_delete(t, TABLE_DEALER_PRICE, key);
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    buf_init(&b, scratch, 8 + sizeof prices->of);
    buf_u64(&b, prices->present);
    for (uint64_t left = prices->present; left; left &= left - 1) {
        const struct dealer_price *p = &prices->of[__builtin_ctzll(left)];
        buf_u32(&b, p->id_hash);
        buf_u32(&b, p->cny_fen);
        buf_u32(&b, p->usd_cents);
    }
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_DEALER_PRICE, key, buf_slice(&b));
}

static enum err product_of(struct txn *t, struct arena *scratch, struct slice id, uint32_t *product) {
    struct view v;
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = product_find(&v, id, product);
    view_of_txn_end(&v);
    return e;
}

enum err dealer_price_put(struct txn *t, struct arena *scratch, struct slice dealer, struct slice id, int64_t cny_fen, int64_t usd_cents,
                          struct fault *why) {
    struct dealer_prices prices;
    uint32_t product;
    if (!key_view_dealer_is(dealer))
        return fault_set(why, ERR_BAD_REQUEST, "dealer", "dealer is 1 to %d letters, digits, '_' or '-'", KEY_VIEW_DEALER_BYTES);
    enum err e = product_of(t, scratch, id, &product);
    if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, "id", "no product is called '%.*s'", (int)(id.n < 60 ? id.n : 60), id.p);
    TRY(e);
    uint32_t block = product / DEALER_PRICE_BLOCK, hash = dealer_price_id_hash(id);
    uint64_t bit = UINT64_C(1) << product % DEALER_PRICE_BLOCK;
    TRY(dealer_prices_load(txn_snapshot(t), dealer, block, &prices));
    struct dealer_price *p = &prices.of[product % DEALER_PRICE_BLOCK];
    if (!(prices.present & bit) || p->id_hash != hash) *p = (struct dealer_price){.id_hash = hash};
    if (cny_fen >= 0) p->cny_fen = (uint32_t)cny_fen;
    if (usd_cents >= 0) p->usd_cents = (uint32_t)usd_cents;
    prices.present |= bit;
    if (!p->cny_fen && !p->usd_cents) prices.present &= ~bit;
    TRY(block_put(t, scratch, dealer, block, &prices));
    return fragment_epoch_advance(t);
}
