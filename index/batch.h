// batch.h: what was imported, when and from where, and the way back.
//
// A batch is one import, atomic to readers: small ones are one transaction, large ones build the catalogue's other slot and switch
// (db.h). A small batch keeps every product it changed as it was before; a large one leaves the slot it replaced. The newest
// batch can be taken back, then the one before it; of small ones the last BATCHES_KEPT, of large ones the last.
//
// Every change of a product also notes its number in the sequence of changes (TABLE_UNDO under batch 0), so that a load can carry
// over what changed while it was building, and taking back leaves alone what has changed since.
//
// TABLE_BATCH value: state u8, kind u8, when i64, changes u64 (the sequence at its end), counts u32 x 4, sources.
// TABLE_UNDO value: under 0 the sequence u64 of the product's last change; under a batch that sequence before it, then the product's
// version before it (catalog_version.h).
#ifndef RF_INDEX_BATCH_H
#define RF_INDEX_BATCH_H

#include "catalog_version.h"

#define BATCHES_KEPT 16u
#define BATCH_NONE 0u // a change outside of any batch
#define BATCH_OFFERS UINT32_MAX // in TABLE_UNDO: changes of price and stock alone, which no batch takes back

enum batch_state { BATCH_DONE = 1, BATCH_TAKEN_BACK };
enum batch_kind { BATCH_IN_PLACE = 1, BATCH_SWITCHED };

struct batch {
    uint32_t id;
    enum batch_state state;
    enum batch_kind kind;
    int64_t at_ms;
    uint64_t changes;
    uint32_t products_new, products_changed, products_removed, applications;
    struct slice sources;
};

// ---- writing ----------------------------------------------------------------------------------------------------------------
enum err batch_begin(struct txn *t, uint32_t *id); // its number; forgets the undo of old ones
enum err batch_put(struct txn *t, struct arena *scratch, const struct batch *b);
// To be called with what a product was before each change. A batch keeps the first version it meets.
enum err batch_note(struct txn *t, struct view *v, uint32_t batch, uint32_t product, const struct product_version *before);
// What the slot that is not live holds: the catalogue as it was before this batch switched; BATCH_NONE: nothing to go back to.
enum err batch_slot_before(struct txn *t, uint32_t batch);
enum err batch_changes(struct snapshot *s, uint64_t *out); // how many changes there have been
// Price and stock alone have changed.
enum err batch_note_offer(struct txn *t, uint32_t product);
enum err batch_offers_since(struct view *v, uint64_t changes, uint32_t **out, unsigned *count);
// Products changed since, ascending; arena.
enum err batch_changed_since(struct view *v, uint64_t changes, uint32_t **out, unsigned *count);

// Vehicles have come: slots of before lack what fits them, so batches that switched before now cannot be taken back.
enum err batch_note_vehicles(struct txn *t);

// ---- reading -----------------------------------------------------------------------------------------------------------------
// Newest first. `each` returns false to stop.
enum err batch_each(struct view *v, bool (*each)(void *arg, const struct batch *b), void *arg);
void batch_json(struct json_writer *w, const struct batch *b);

// ---- the way back --------------------------------------------------------------------------------------------------------------
struct batch_undo_report { uint32_t restored, kept; }; // kept: changed since, left as they are
// Takes the newest batch back. ERR_NOT_FOUND: no such batch; ERR_CONFLICT: it is not the newest, or too old to be taken back.
enum err batch_take_back(struct txn *t, struct arena *scratch, uint32_t id, struct batch_undo_report *out, struct fault *why);

#endif
