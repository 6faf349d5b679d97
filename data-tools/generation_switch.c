#include "generation_switch.h"

#include <stdlib.h>

#include "handover.h"
#include "model/publish.h"

#define THREADS 2

enum err generation_pointers(struct db *db, uint64_t *current, uint64_t *previous, struct fault *why) {
    struct snapshot *s;
    enum err err = snapshot_open(db, &s);
    if (err == ERR_OK) {
        err = publish_current(s, current, previous);
        snapshot_close(s);
    }
    return err == ERR_OK ? err : fault_set(why, err, "", "cannot read which generation is the current one");
}

static enum err switch_here(const char *data, struct db *db, uint64_t id, bool force, struct fault *why) {
    uint64_t current, previous;
    struct txn *t;
    TRY(generation_pointers(db, &current, &previous, why));
    TRY(force ? publish_verify(data, id, why) : publish_check(data, current, id, THREADS, why));
    TRY(txn_begin(db, &t, why));
    enum err err = publish_switch(t, id);
    if (err == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return fault_set(why, err, "", "cannot write which generation is the current one");
}

enum err generation_switch(const char *data, struct db *db, const char *address, uint64_t id, bool force, struct fault *why) {
    enum err err = address ? handover_generation(address, getenv("RIGHTFIT_KEY"), id, force, why) : switch_here(data, db, id, force, why);
    if (err != ERR_CONFLICT) return err;
    struct fault inner = *why;
    return fault_set(why, err, "", "%s; the current generation stays (--force overrides)", inner.message);
}

enum err generation_collect(const char *data, struct db *db, unsigned keep, struct fault *why) {
    uint64_t current, previous;
    TRY(generation_pointers(db, &current, &previous, why));
    return publish_prune(data, current, previous, keep, why);
}
