// vin_batch.h: many VINs to lines of text in several threads: VIN, valid, check digit right, year, make, model, displacement, cylinders,
// fuel, body, drive; separated by tabs, empty where unknown. The model is as the patterns name it. Decoding takes no memory; names are
// looked up in tables made once.
#ifndef RF_TOOLS_VIN_BATCH_H
#define RF_TOOLS_VIN_BATCH_H

#include "index/vin.h"

enum { VIN_BATCH_THREADS_MAX = 64, VIN_BATCH_LINES = 65536 };
#define VIN_BATCH_HEADER "vin\tvalid\tcheck_digit_ok\tyear\tmake\tmodel\tdisplacement\tcylinders\tfuel\tbody\tdrive\n"

struct vin_batch;
enum err vin_batch_new(struct db *db, unsigned threads, struct vin_batch **out, struct fault *why);
void vin_batch_free(struct vin_batch *b);
// One line of output per VIN, in order, valid until the next call; texts are read as they are. At most VIN_BATCH_LINES.
// out[threads]: the pieces of the output, in order.
enum err vin_batch_run(struct vin_batch *b, const struct slice *vins, unsigned count, struct slice *out, struct fault *why);

#endif
