// synth.h: the sample generator: real cars from the database, made-up products, workshops, people and events around them.
//
// The same database, facts, scale, seed and date give the same bytes. Files in `dir`: sample-aces.xml.zst, sample-pies.xml.zst,
// map.tsv (what the ids of both mean), goods.jsonl.zst, offers.jsonl.zst, workshops.jsonl.zst, users.jsonl.zst, events.jsonl.zst.
#ifndef RF_TOOLS_SYNTH_H
#define RF_TOOLS_SYNTH_H

#include "synth_write.h"

struct synth_options {
    const struct synth_scale *scale;
    const char *facts_dir, *out_dir; // out_dir exists
    uint64_t seed;
    uint32_t today;                  // last day of the events, days since 1970-01-01
    void (*progress)(void *arg, uint64_t done, uint64_t total); // may be NULL
    void *arg;
};

enum err synth_run(struct db *db, const struct synth_options *options, struct synth_counts *out, struct fault *why);

#endif
