// rerank_binary.h: an output in the binary form that was cut short, taken up again.
#ifndef RF_TOOLS_RERANK_BINARY_H
#define RF_TOOLS_RERANK_BINARY_H

#include "model/rerank_file.h"
#include "rerank_run.h"

struct rerank_taken_up {
    bool whole;    // its header is there; else the output begins anew
    bool complete; // its end as well
    struct rerank_file_header header;
    struct rerank_sizes sizes; // entries of the dictionaries that are there
    uint64_t answers;
};

// Reads the output up to the last whole block, cuts the rest off, and stands behind it. Its `as_of_ms` becomes the run's.
enum err rerank_take_up(struct rerank_run *r, struct rerank_taken_up *out, struct fault *why);
// Whether what would be written now is what was being written: ERR_CONFLICT.
enum err rerank_taken_up_check(const struct rerank_taken_up *t, const struct rerank_file_header *now, struct fault *why);
// found[product] = index + 1 of all entries of FOUND that are there.
enum err rerank_taken_up_found(const struct rerank_taken_up *t, struct rerank_run *r, uint32_t *found, struct fault *why);

#endif
