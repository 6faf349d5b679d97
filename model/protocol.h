// protocol.h: what is trained on what and asked for what, so that figures compare with published ones.
//
//   given split       fit on train, learn the mix's weights on valid, fit on train and valid, ask for test
//   leave last out    a person's last product is test, the one before valid; fit on the rest, learn the weights on valid, then
//                     `as_published`: the same fit, people known by all but the last (what S3-Rec, SASRec and others do)
//                     `strict`:       the same fit, people known by what was trained on only
//                     `as_served`:    fitted on all but the last, people known by the same: what a shop would do
//
// The test part is touched once per setting, after every choice has been made.
#ifndef RF_MODEL_PROTOCOL_H
#define RF_MODEL_PROTOCOL_H

#include "als.h"
#include "item_item.h"
#include "segments.h"

struct protocol_options {
    struct als_options als;
    struct item_item_options similar, next;
    bool ordered;             // sequences mean something: use `next`
    struct mix_shape shape;
    struct measure_options measure;
    uint32_t learn_users;     // at most so many for learning the weights; 0 = all
    bool validation_only;     // stop before test, and show the validation figures
    bool no_refit;            // given split: do not fit on train and valid together
    bool segments;            // figures of parts of people and products (segments.h), of `test` or `as_served`
    const struct segment_labels *labels; // of the rows, beside those that any data has
    unsigned labels_count;
};
struct protocol_options protocol_defaults(void);

enum protocol_row { PROTOCOL_POPULARITY, PROTOCOL_VECTORS, PROTOCOL_ITEMS, PROTOCOL_MIX, PROTOCOL_ROWS };
struct protocol_result {
    uint32_t people, products; // measured, competing
    struct measure_scores rows[PROTOCOL_ROWS];
};
struct protocol_report {
    struct mix_weights weights;            // learnt; of parts as mix.h has them
    struct protocol_result validation;     // with those weights
    struct protocol_result test;           // given split
    struct protocol_result strict, as_published, as_served; // leave last out
    struct segments segments;              // rows as enum protocol_row
    double train_seconds, train_processor_seconds; // of the vectors in the last fit; the second of all threads together
    unsigned epochs;
};

// `valid` NULL: the options' default weights are used. ERR_BAD_REQUEST, ERR_NO_MEMORY.
enum err protocol_given_split(const struct sequences *train, const struct sequences *valid, const struct sequences *test,
                              const struct protocol_options *o, struct protocol_report *out, struct fault *why);
enum err protocol_leave_last_out(const struct sequences *all, const struct protocol_options *o,
                                 struct protocol_report *out, struct fault *why);

#endif
