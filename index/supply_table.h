// supply_table.h: the keys of TABLE_SUPPLY: one letter says whose record it is, what follows is that module's.
#ifndef RF_INDEX_SUPPLY_TABLE_H
#define RF_INDEX_SUPPLY_TABLE_H

#include "base/buf.h"
#include "base/limits.h"
#include "db.h"

enum supply_record { SUPPLY_AT_DEPOT = 'p', SUPPLY_AT_DISTRICT = 'd', SUPPLY_AT_DEALER = 'D', SUPPLY_AT_TERRITORY = 't', SUPPLY_AT_BAND = 'b',
                     SUPPLY_AT_FITTING = 'f' };

struct supply_key { char bytes[LIMIT_KEY_BYTES]; struct buf buf; };
static inline struct buf *supply_key_begin(struct supply_key *k, enum supply_record of) {
    k->buf = (struct buf){.p = k->bytes, .capacity = sizeof k->bytes};
    buf_u8(&k->buf, (uint8_t)of);
    return &k->buf;
}
static inline struct slice supply_key_u32(struct supply_key *k, enum supply_record of, uint32_t id) {
    buf_u32be(supply_key_begin(k, of), id);
    return buf_slice(&k->buf);
}
// Every record of a letter in the order of keys, `rest` being the key without it; `each` returns anything but ERR_OK to stop with that.
enum err supply_each(struct snapshot *s, enum supply_record of, enum err (*each)(void *arg, struct slice rest, struct slice value), void *arg);

#endif
