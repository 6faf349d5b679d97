// view.h: the index as one request sees it: a snapshot of the database, the request's arena, and caches that survive
// from request to request because what they hold never changes (texts of dictionary ids) or is keyed by snapshot id.
//
// One view per worker thread. view_begin/view_end bracket a request; everything a read function returns lives in the
// arena or in the snapshot's pages, so it is valid until view_end. Read functions of index/ take a view; functions that
// write take a `struct txn` and run on the writer thread or in the importer.
#ifndef RF_INDEX_VIEW_H
#define RF_INDEX_VIEW_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "db.h"

struct assortment;
struct assortments;
struct attribute_cache;
struct names_cache;
struct columns_cache;
struct fragments;
struct decoded;
struct service_cache;
struct spec_cache;
struct user_cache;
struct workshop_cache;

struct view {
    struct db *db;
    struct snapshot *snapshot;
    struct arena *arena;                // the current request's
    struct names_cache *names;          // names.h
    struct attribute_cache *attributes; // attribute.h
    struct columns_cache *columns;      // columns.h
    struct fragments *fragments;        // fragment.h; NULL inside a transaction
    struct decoded *decoded;            // decoded.h; NULL inside a transaction
    struct spec_cache *specs;           // spec_match.h
    struct user_cache *users;           // user.h; NULL inside a transaction
    struct service_cache *services;     // service_book.h; NULL inside a transaction
    struct workshop_cache *workshops;   // workshop_kept.h; NULL inside a transaction
    struct assortments *assortments;    // assortment.h; made by the first view_restrict
    struct assortment *assortment;      // what this request sees; NULL: everything
    const struct clock *clock;
    bool keeps;                         // view_keep
    uint64_t requests;                  // view_begin, so far
};

enum err view_open(struct db *db, const struct clock *clock, struct view **out);
void view_close(struct view *v);
enum err view_begin(struct view *v, struct arena *arena);
void view_end(struct view *v);
// For threads that answer many small requests: from now on view_end keeps the snapshot, and view_begin takes it again when nothing
// was committed meanwhile, which spares looking up the tables anew. A kept snapshot keeps pages from being used again, so whoever
// asks for this calls view_rest now and then, also when nothing is asked; within a request that does nothing.
void view_keep(struct view *v);
void view_rest(struct view *v);

// A view inside a write transaction, for code that reads what it has just written. Lives on the caller's stack; its
// caches are its own, because an aborted transaction takes its ids back.
enum err view_of_txn(struct txn *t, struct arena *arena, const struct clock *clock, struct view *out);
void view_of_txn_end(struct view *v);

#endif
