// db.h: the database: one LMDB environment, typed tables, read snapshots, one write transaction. The only module
// that includes lmdb.h.
//
// Invariants
//  1. Every stored value ends in a 4-byte XXH3 checksum over table, key and payload. Callers see only the payload;
//     a mismatch on any read is ERR_DAMAGED. `rightfit check` walks everything with db_check().
//  2. A snapshot or transaction belongs to one thread. Slices it returns live until snapshot_renew, _reset or commit;
//     within a transaction only until its next put, delete or clear, which may move the bytes.
//  3. One process opens for writing: DB_WRITE takes an exclusive flock on <dir>/lock.pid, a second opener gets
//     ERR_LOCKED with the holder's pid. DB_READ may join a live database (train, eval, export, check), but from another
//     process: LMDB's own locks break when one process opens an environment twice.
//  4. Write failures for lack of space (MDB_MAP_FULL, ENOSPC, and EIO while statvfs shows a full disk) are
//     ERR_STORAGE_FULL and leave the database as it was; the next transaction works once there is space.
//  5. Keys are 1 to LIMIT_KEY_BYTES; numbers inside keys are big-endian so that byte order is numeric order.
//  6. No DUPSORT, no NOSYNC: a committed transaction is on disk.
//  7. A put or delete that fails breaks its transaction: every later write and the commit answer the same error, so half
//     a change is never committed.
//  8. When the disk fails under a commit so badly that LMDB gives up (MDB_PANIC), writes answer ERR_IO until a restart
//     and reads go on.
#ifndef RF_INDEX_DB_H
#define RF_INDEX_DB_H

#include "base/arena.h"
#include "base/err.h"

#define DB_SCHEMA 7 // raised when the meaning of stored bytes changes

// The comment gives key -> value; u32/u16 in keys are big-endian. See the named module for the value's layout.
enum table {
    TABLE_META,             // name -> small values: schema, counters, current generation, settings
    TABLE_DICTIONARY,       // dictionary u8, text -> id u32                                    names.h
    TABLE_DICTIONARY_TEXT,  // dictionary u8, id u32 -> text                                    names.h
    TABLE_TYPE,             // type u32 -> record                                               vocabulary.h
    TABLE_BRAND,            // brand u32 -> record                                              vocabulary.h
    TABLE_LEXICON,          // normalised phrase, 0, kind u8, id u32 -> weight                  lexicon.h; type_suggest.h
    TABLE_MAKE,             // make u32 -> record with counts                                   vehicle.h
    TABLE_MODEL,            // make u32, model u32 -> record with counts                        vehicle.h
    TABLE_VEHICLE,          // base vehicle u32 -> record with configurations                   vehicle.h
    TABLE_VEHICLE_ID,       // slug text -> base vehicle u32                                    vehicle.h
    TABLE_PICKER,           // make u32, model u32, year u16 -> base vehicle u32                vehicle.h
    TABLE_VEHICLE_NAME,     // normalised name, 0, make u32, model u32 -> weight                vehicle_suggest.h
    TABLE_CONDITION,        // condition u32 -> record                                          application.h
    // The catalogue: from here to TABLE_UNRESOLVED every table exists twice, see "the catalogue's two slots".
    TABLE_PRODUCT_ID,       // external id -> product u32                                       product.h
    TABLE_PRODUCT,          // product u32 -> record                                            product.h
    TABLE_FACTS,            // chunk u32 -> fixed-width facts of consecutive products           columns.h
    TABLE_OFFER,            // chunk u32 -> fixed-width price and stock                         columns.h
    TABLE_VALUE,            // chunk u32 -> attributes of consecutive products as pairs of ids   product_values.h
    TABLE_APPLICATION,      // product u32 -> its applications, the truth of fitment            application.h
    TABLE_GROUP,            // base vehicle u32, type u32 -> predicates and rows, derived       fitment.h
    TABLE_DIRTY,            // type u32, product u32 -> empty: groups do not know it yet        fitment.h
    TABLE_NUMBER,           // canonical number, 0, relation u8, brand u32, product u32 -> qty  number.h
    TABLE_POSTING,          // token, 0, first product u32 -> packed products                   posting.h
    TABLE_WORD_SPELL,       // a word of titles with letters left out -> words                       words.h
    TABLE_UNRESOLVED,       // product u32 -> empty: some of its applications name vehicles nobody knows
    TABLE_WORKSHOP_ID,      // external id -> workshop u32                                      workshop.h
    TABLE_WORKSHOP,         // workshop u32 -> record                                           workshop.h
    TABLE_USER_ID,          // external id -> user u32                                          user.h
    TABLE_USER,             // user u32 -> record                                               user.h
    TABLE_EVENT,            // user u32, sequence u64 -> event                                  event.h
    TABLE_EVENT_ID,         // XXH3-128 of the client's event id -> user u32, sequence u64      event.h
    TABLE_VEHICLE_EXTERNAL, // "scheme:id" of another catalogue -> base vehicles u32 each             vehicle_external.h
    TABLE_EXCLUSION,        // base vehicle u32, product u32, configuration u32 -> record               exclusion.h
    TABLE_VIN,              // what VIN patterns say, by WMI and year                                   vin.h
    TABLE_UNDO,             // batch u32, product u32 -> the product before the batch                   batch.h
    TABLE_BATCH,            // batch u32 -> what was imported, when, from where                 batch.h
    TABLE_LEXICON_PINYIN,   // pinyin of a phrase, 0, form u8, phrase -> empty                      lexicon_sound.h
    TABLE_LEXICON_SPELL,    // form u8, a phrase less some letters, 0, phrase -> empty              lexicon_near.h
    TABLE_CAR_WORD,         // car word u32 -> what it says of a car                                car_word.h
    TABLE_TROUBLE_CODE,     // fault code text -> what it means, types                              trouble_code.h
    TABLE_SYNONYM,          // synonym rule's id -> rule                                            synonym.h
    TABLE_QUERY,            // what was searched, lists of the best, what found nothing         query_log.h
    TABLE_TYRE_SCENE,       // scene's id -> what a driver wants of tyres in it                     tyre_scene.h
    TABLE_PLACE,            // space u8, first cell code u64 -> points of the cell                      place_index.h
    TABLE_STOCK,            // place u32, chunk u32 -> products and their pieces                        stock.h
    TABLE_HOLD,             // holds by slot of a workshop; what they reserve, by place and product      slot.h
    TABLE_SUPPLY,           // depots, districts, dealers, price bands, what a type is fitted by        supply.h
    TABLE_SERVICE,          // service's slug -> what it is                                     service.h
    TABLE_SERVICE_RULE,     // rule's id -> when a service is due on which cars                  service.h
    TABLE_TROUBLE_MAKER,    // fault code text, make's slug -> the maker's own meaning           trouble_maker.h
    TABLE_KEY_VIEW,         // view's id -> what keys with it see                                       key_view.h
    TABLE_DEALER_PRICE,     // dealer, 0, block of products u32 -> the dealer's own prices              dealer_price.h
    TABLE_COUNT
};

struct db;
struct snapshot;
struct txn;
struct db_cursor;

enum db_mode { DB_READ, DB_WRITE, DB_CREATE }; // DB_CREATE: make it when missing, then as DB_WRITE

// Defaults are zeros.
struct db_options {
    uint64_t map_bytes; // the most the data file can grow to; 0: LIMIT_MAP_BYTES
    // For tests: asked before every commit; anything but ERR_OK makes that commit fail with it.
    enum err (*commit_fault)(void *arg);
    void *arg;
};

// ERR_NOT_FOUND: there is none (the message says how to make one); ERR_LOCKED, ERR_NEWER, ERR_DAMAGED, ERR_IO.
enum err db_open(const char *dir, enum db_mode mode, struct db **out, struct fault *why);
enum err db_open_with(const char *dir, enum db_mode mode, const struct db_options *options, struct db **out,
                      struct fault *why);
void db_close(struct db *db); // all snapshots closed before; NULL is ignored
const char *db_dir(const struct db *db);
const char *db_table_name(enum table table);

// ---- reading -----------------------------------------------------------------------------------------------------
enum err snapshot_open(struct db *db, struct snapshot **out); // ERR_RATE_LIMITED: all LIMIT_READERS are taken
void snapshot_close(struct snapshot *s); // NULL is ignored
enum err snapshot_renew(struct snapshot *s); // a fresh view of the latest commit; the old slices are gone
void snapshot_reset(struct snapshot *s);     // lets go of pages between requests
bool snapshot_is_newest(const struct snapshot *s); // live, and nothing was committed since it was opened or renewed
uint64_t snapshot_id(const struct snapshot *s); // equal ids show equal data
// How often a table was written by committed transactions, for those who keep what they decoded from one snapshot to the
// next: equal versions show equal tables, whatever else was written meanwhile. Counted for VEHICLE, VEHICLE_ID, GROUP,
// DIRTY, FACTS, OFFER, USER_ID, EXCLUSION, SERVICE and SERVICE_RULE; not for the reads of a write transaction.
enum err snapshot_version(struct snapshot *s, enum table table, uint64_t *out);

enum err db_get(struct snapshot *s, enum table table, struct slice key, struct slice *value); // ERR_NOT_FOUND
bool db_table_empty(struct snapshot *s, enum table table); // cheap enough to ask before every look-up
// A cursor over one table. begin takes one from the snapshot's pool (no allocation once warm); every begin needs an end
// before snapshot_reset, _renew or commit. A fresh cursor stands before the first record and after the last: next gives
// the first, prev the last. seek with an empty key goes to the first record. After ERR_DAMAGED, next goes on behind the
// damaged record. In a transaction, next after the deletion of the record stood on gives the one that followed it.
struct db_cursor *db_cursor_begin(struct snapshot *s, enum table table); // NULL: out of memory
void db_cursor_end(struct db_cursor *c);
enum err db_cursor_seek(struct db_cursor *c, struct slice at_least, struct slice *key, struct slice *value); // ERR_END
enum err db_cursor_next(struct db_cursor *c, struct slice *key, struct slice *value);                        // ERR_END
enum err db_cursor_prev(struct db_cursor *c, struct slice *key, struct slice *value);                        // ERR_END
enum err db_cursor_last(struct db_cursor *c, struct slice *key, struct slice *value);                        // ERR_END

// ---- writing: one thread at a time, see writer.h ------------------------------------------------------------------
enum err txn_begin(struct db *db, struct txn **out, struct fault *why);
enum err txn_commit(struct txn *t, struct fault *why); // durable when it returns; `t` is gone either way
void txn_abort(struct txn *t);
// What a transaction has written itself is visible through it: reads inside use the same functions on this snapshot.
struct snapshot *txn_snapshot(struct txn *t);
// `key` and `value` must not point into what this transaction's own reads returned (invariant 2): copy first.
enum err txn_put(struct txn *t, enum table table, struct slice key, struct slice value);
// Bulk load: a key that is not above all others of its table is ERR_CONFLICT, and breaks the transaction.
enum err txn_append(struct txn *t, enum table table, struct slice key, struct slice value);
enum err txn_delete(struct txn *t, enum table table, struct slice key); // ERR_NOT_FOUND breaks nothing
enum err txn_clear(struct txn *t, enum table table);                   // empties a table
uint64_t txn_writes(const struct txn *t); // puts, deletes and clears so far, the failed ones too

// ---- keeping it healthy -------------------------------------------------------------------------------------------
struct db_stats {
    uint64_t map_bytes, used_bytes, free_pages, page_bytes;
    uint64_t entries[TABLE_COUNT], pages[TABLE_COUNT]; // of the live slot; pages: leaves, overflow and the tree above them
    uint64_t oldest_reader_lag; // commits since the oldest live snapshot of any process
    uint64_t damaged_reads;     // records of this process's reads whose checksum was wrong
    uint32_t readers;           // slots taken, live or reset
};
enum err db_stats(struct db *db, struct db_stats *out);
// Random changes leave pages half empty; this fills those of the catalogue's tables again, a stretch in a short transaction of its own.
// Goes round: `at` is zeros at first. *more is false when a round is done. For the one who writes, in idle time.
struct db_pack { enum table table; size_t leaves, key_bytes; char key[512]; }; // leaves: to try next, 0 as many as may be
enum err db_pack_some(struct db *db, struct db_pack *at, bool *more);
int db_reader_check(struct db *db); // clears slots of dead processes; returns how many

struct db_check_report {
    uint64_t records, damaged; // damaged counts records, and once each table whose structure broke the walk
    enum table first_table;    // of the first damage, when there is any
    char first_key[64];        // its key, bytes that do not print as \xNN; empty when the structure is broken
};
// Verifies every record of every table; `progress` (may be NULL) is called now and then with done and total records.
// ERR_DAMAGED when anything is, with the report filled all the same.
enum err db_check(struct db *db, struct db_check_report *out, void (*progress)(void *, uint64_t, uint64_t), void *arg);
// A consistent, compacted copy into an existing directory without a database, while others write. On disk when it
// returns; a failed copy is removed. ERR_CONFLICT: there is a database already.
enum err db_copy(struct db *db, const char *to_dir, struct fault *why);

// ---- the catalogue's two slots ------------------------------------------------------------------------------------
// One slot is live: every snapshot and transaction sees it. Large loads build the other one in many short transactions, while
// the live one serves and changes, and then switch; the slot left behind stays as it was until the next load clears it, so
// that a switch can be taken back. A load cut short leaves the live slot untouched.
static inline bool db_table_of_catalogue(enum table t) { return t >= TABLE_PRODUCT_ID && t <= TABLE_UNRESOLVED; }
// The same database, seen and written with the slot that is not live now. Not for db_copy and db_check; closed by db_close,
// before the database itself.
enum err db_staged(struct db *db, struct db **out);
unsigned snapshot_slot(const struct snapshot *s); // 0 or 1: where it reads the catalogue
// Within one transaction: the other slot, and back. Cursors must not be open across it.
void txn_use_slot(struct txn *t, unsigned slot);
enum err txn_switch_slot(struct txn *t); // what is not live becomes live when this transaction commits

// A counter in TABLE_META, from 0: hands out `count` values from *first on, and advances it within the transaction.
// ERR_TOO_LARGE when u32 is used up.
enum err txn_next_id(struct txn *t, const char *counter, uint32_t count, uint32_t *first);
enum err db_meta_u64(struct snapshot *s, const char *name, uint64_t *out); // ERR_NOT_FOUND leaves *out alone
enum err txn_set_meta_u64(struct txn *t, const char *name, uint64_t value);

#endif
