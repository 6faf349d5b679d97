// vin_build.h: writing what vin_table.h reads. For importers; runs inside a write transaction.
#ifndef RF_INDEX_VIN_BUILD_H
#define RF_INDEX_VIN_BUILD_H

#include "base/buf.h"
#include "db.h"
#include "vin_table.h"

// VINs whose characters are in all eight sets (bit = vin_code, all bits: any) have this value of the field.
struct vin_pattern { uint64_t mask[VIN_POSITIONS]; enum vin_field field; struct vin_value value; };
#define VIN_MASK_ANY ((1ull << 36) - 1)

// Appends the block of one schema to a record; sorts `patterns`. ERR_TOO_LARGE: more sets or values than a block can hold.
enum err vin_block_add(struct buf *out, struct vin_pattern *patterns, size_t count, const uint16_t *makes, unsigned make_count);
// A record of `block_count` finished blocks for the model years [from, to] of a maker's code (3 or 6 bytes).
enum err vin_patterns_put(struct txn *t, struct buf *scratch, struct slice maker, unsigned from, unsigned to, const struct slice *blocks,
                          unsigned block_count);
enum err vin_model_put(struct txn *t, struct buf *scratch, uint16_t id, const struct vin_model *model);
enum err vin_text_put(struct txn *t, uint16_t id, struct slice text);
// `own`: from our own table, which wins over vPIC's.
enum err vin_wmi_put(struct txn *t, struct buf *scratch, bool own, struct slice maker, const struct vin_wmi *wmi);
// Removes all records whose key begins with one of the letters.
enum err vin_clear(struct txn *t, const char *letters);

#endif
