// train.h: `rightfit train`: events -> vectors -> a generation file. Switching to it is another matter (publish.h).
//
// Training only reads the database (DB_READ beside a live server is fine) and holds a snapshot only while it loads. The
// file is complete and on disk before anybody is told its id. A few people are left out of the fit to measure it on (canary.h).
#ifndef RF_MODEL_TRAIN_H
#define RF_MODEL_TRAIN_H

#include "als.h"
#include "content.h"
#include "item_item.h"

struct train_options {
    struct als_options als;
    struct item_item_options similar, next; // threads are those of als
    struct content_options content;         // likewise
    struct mix_shape shape;
    const struct clock *clock; // NULL: the system's; stamps the file. Ages count from the newest event, not from now
};
struct train_options train_defaults(void);

struct train_report {
    uint64_t id;                 // of the generation; 0 = there were no events to learn from, nothing was written
    uint64_t acts, pairs;        // events that count, and user x product pairs they make
    uint32_t users, products_touched, products;
    uint64_t neighbours;         // entries of both kinds
    uint32_t features;           // of content
    struct generation_learnt learnt; // weights of the mix, and figures on canaries
    double load_seconds, train_seconds, write_seconds;
};

// ERR_BAD_REQUEST for options, ERR_NO_MEMORY, ERR_STORAGE_FULL, ERR_IO, and what reading gives (ERR_DAMAGED).
enum err train_run(struct db *db, const struct train_options *options, struct train_report *out, struct fault *why);

#endif
