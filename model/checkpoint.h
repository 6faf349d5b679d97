// checkpoint.h: where training stands, so that a killed run goes on where it was and ends with the same bits.
//
// One file: a header, then the user and the product vectors as they were after an epoch, each under a checksum. It belongs
// to one matrix and one set of options (number of epochs and threads aside); a file of another run is as good as none.
#ifndef RF_MODEL_CHECKPOINT_H
#define RF_MODEL_CHECKPOINT_H

#include "als.h"

// What the vectors depend on.
uint64_t checkpoint_key(const struct interactions *m, const struct als_options *o);
// ERR_STORAGE_FULL, ERR_IO, ERR_TOO_LARGE for the path; what was there stays then.
enum err checkpoint_save(const char *path, uint64_t key, unsigned epoch, const struct als_model *model, struct fault *why);
// Fills the vectors of a started model and returns the epoch they are of; 0, with the vectors untouched, when there is no
// file of this key or it is damaged.
unsigned checkpoint_load(const char *path, uint64_t key, struct als_model *model);
// The same from bytes: what the fuzzer drives.
unsigned checkpoint_parse(struct slice bytes, uint64_t key, struct als_model *model);

#endif
