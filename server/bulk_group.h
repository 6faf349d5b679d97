// bulk_group.h: decoded lines of index/bulk.h that are handed to the writer together, so that they share its commits, and are
// answered in their order. What POST /v1/bulk and the lines of an import that go around the catalogue's load have in common.
//
// A group belongs to one thread at a time: who adds, then a thread that prepares vehicles, then the writer until `done`. A line that
// fails leaves the others as they are. The commands are in the writer's queue in the order of the lines, so they are applied in it;
// from the first that the full queue refuses on, all are refused.
#ifndef RF_SERVER_BULK_GROUP_H
#define RF_SERVER_BULK_GROUP_H

#include <stdatomic.h>

#include "index/bulk.h"
#include "index/writer.h"

#define BULK_GROUP_LINES 256u
#define BULK_GROUP_BYTES (256u * 1024)

struct jobs;
struct bulk_group;
struct bulk_line {
    struct command command; // `result` and `why` are the line's
    struct bulk_group *group;
    struct bulk_op op;
    uint64_t number;
};
struct bulk_group {
    struct writer *writer;
    struct jobs *jobs;          // asked whether vehicles may change; told when they have
    struct json_parser *parser;
    struct arena arena;         // of all decoded lines
    void (*done)(void *arg);    // once per submit, on the writer's or the caller's thread
    void *arg;
    int64_t at_ms;              // the time exclusions are said
    unsigned count, vehicles;
    size_t bytes;
    uint64_t placed;            // jobs_placed() when the vehicles were prepared
    atomic_uint left;
    struct bulk_line lines[BULK_GROUP_LINES];
};

struct bulk_group *bulk_group_new(struct writer *writer, struct jobs *jobs); // NULL: no memory
void bulk_group_free(struct bulk_group *g);
// Decodes one line; what is wrong with it becomes its result. `who` stands for who in an exclusion that names nobody. True: the group is
// full and has to be submitted before the next.
bool bulk_group_add(struct bulk_group *g, struct slice text, struct slice source, uint64_t number, struct slice who);
void bulk_group_refuse(struct bulk_group *g, uint64_t number, const struct fault *why); // a line that cannot be decoded
// Vehicle lines need one of these before the group is submitted: looks up what may fit them, on a thread that may take its time; or says
// why they were not.
void bulk_group_prepare(struct bulk_group *g, struct db *db, const struct clock *clock);
void bulk_group_fail_vehicles(struct bulk_group *g, const struct fault *why);
void bulk_group_submit(struct bulk_group *g);
void bulk_group_clear(struct bulk_group *g); // ready for the next lines
// Applies a prepared vehicle where nothing stands in the way, for others that put one. On the writer thread.
enum err bulk_vehicle_apply(struct txn *t, struct arena *scratch, struct jobs *jobs, uint64_t placed, const struct vehicle_put *put,
                            struct fault *why);

#endif
