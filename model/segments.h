// segments.h: figures of parts of the people and of the products, to see who is served well and who is not.
//
// A part of the people are those with a label; a part of the products are the held-out ones with a label, and a person counts
// in each part they want something of. Everything competes in every part: only what is asked for changes, by measure.h.
#ifndef RF_MODEL_SEGMENTS_H
#define RF_MODEL_SEGMENTS_H

#include "measure.h"

#define SEGMENT_NONE 255u        // a label: in no part
#define SEGMENTS_MAX 32u         // parts in one report
#define SEGMENT_WEIGHTS_MAX 4u   // rows of scores of each
#define SEGMENT_SHORT 5u         // a history of at most so many is short
#define SEGMENT_LONG 20u         // and one of more than that long
#define SEGMENT_COLD 5u          // a product that fewer people took is cold

struct segment_labels { // nothing here is owned
    const char *what;
    unsigned count;            // labels are 0 .. count - 1, below SEGMENT_NONE
    const char *const *names;  // [count]
    const uint8_t *of_person;  // [rows of the task], or NULL and
    const uint8_t *of_product; // [products of the model]
};
struct segment_figures {
    const char *what, *name;
    uint32_t people;
    struct measure_scores rows[SEGMENT_WEIGHTS_MAX]; // by weights, as given
};
struct segments {
    unsigned count;
    struct segment_figures list[SEGMENTS_MAX];
};

// Appends the parts of `labels` that have people to `out`, with one measure() each; parts beyond SEGMENTS_MAX are left out.
// ERR_BAD_REQUEST, ERR_NO_MEMORY.
enum err segments_measure(const struct measure_task *task, const struct segment_labels *labels, const struct mix_weights *weights,
                          size_t count, const struct measure_options *options, struct segments *out);
// Two labellings that any data has: how many products a person is known by, short, middle, long; and by how many a product was
// taken: nobody, cold, tail, and head, the most taken ones that make up half of all that was taken.
enum err segments_by_history(const struct measure_task *task, const struct mix_weights *weights, size_t count,
                             const struct measure_options *options, struct segments *out);
enum err segments_by_product(const struct measure_task *task, const struct mix_weights *weights, size_t count,
                             const struct measure_options *options, struct segments *out);

#endif
