// publish.h: which generation is the current one: looking at files, switching, going back, collecting.
//
// Publishing is one small write by whoever may write: the running server when there is one, the command itself when there is
// none. The pointer names a file that was opened and checked before; the one it named before is remembered, so that going
// back is the same switch once more.
#ifndef RF_MODEL_PUBLISH_H
#define RF_MODEL_PUBLISH_H

#include "generation.h"

#define GENERATION_PREVIOUS "generation_previous" // in TABLE_META: the id before the current one

// Opens the file and verifies all of it. ERR_NOT_FOUND, ERR_DAMAGED, ERR_NEWER and what reading gives.
enum err publish_verify(const char *data_dir, uint64_t id, struct fault *why);
// The same, and whether it is good enough to take the place of `current` (0, or a file that cannot be used: nothing to compare
// with): canary.h. ERR_CONFLICT when it is not.
enum err publish_check(const char *data_dir, uint64_t current, uint64_t id, unsigned threads, struct fault *why);
// Makes `id` the current generation, which the caller has verified. Publishing the current one again changes nothing.
enum err publish_switch(struct txn *t, uint64_t id);
enum err publish_current(struct snapshot *s, uint64_t *current, uint64_t *previous); // 0: none

struct publish_entry {
    uint64_t id, events, bytes;
    int64_t created_ms;
    unsigned dimension;
    uint32_t rows, users;
    struct generation_learnt learnt;
    enum err state;          // ERR_OK, or why it cannot be used; then only id and bytes are set
};
// All files, newest first, unusable ones last. free(*list). No folder: none.
enum err publish_list(const char *data_dir, struct publish_entry **list, unsigned *count, struct fault *why);
// Removes the files of all generations but `current`, `previous` (0: none) and the `keep` newest, and what an interrupted write has
// left. Those that are mapped stay readable to whoever has mapped them. ERR_IO for a folder that cannot be read.
enum err publish_prune(const char *data_dir, uint64_t current, uint64_t previous, unsigned keep, struct fault *why);
#define PUBLISH_KEEP 5

#endif
