// sequences.h: what each person took, in their order, as row and column numbers: the plain form of public data sets and of
// a database's events once their ids are dense.
#ifndef RF_MODEL_SEQUENCES_H
#define RF_MODEL_SEQUENCES_H

#include "interactions.h"

#define SEQUENCES_NUMBER_MAX (1u << 24) // of users and items in a file: ids are numbers, and rows exist for all below

struct sequences {
    uint32_t rows, columns;
    uint64_t *start;   // [rows + 1]
    uint32_t *item;    // [start[rows]] columns, oldest first
    int64_t *unix_ms;  // as item; NULL when only the order is known
};
static inline uint64_t sequences_count(const struct sequences *s) { return s->start ? s->start[s->rows] : 0; }
static inline uint64_t sequences_length(const struct sequences *s, uint32_t row) { return s->start[row + 1] - s->start[row]; }
// Room for `count` items, every row empty, with times when `timed`; false, with nothing to free: no memory.
bool sequences_take(struct sequences *s, uint32_t rows, uint32_t columns, uint64_t count, bool timed);
void sequences_free(struct sequences *s);

// "user item item ...\n", numbers from 0, users ascending, gaps allowed: LightGCN's lists and S3-Rec's sequences.
// ERR_BAD_REQUEST names the line, ERR_NO_MEMORY. `name` is for messages.
enum err sequences_parse(struct slice text, const char *name, struct sequences *out, struct fault *why);
enum err sequences_read(const char *path, struct sequences *out, struct fault *why); // also ERR_NOT_FOUND, ERR_IO

// Each of these makes new ones without times. ERR_NO_MEMORY.
// Every row without its last `last`, but never fewer than `keep`.
enum err sequences_before(const struct sequences *s, uint64_t last, uint64_t keep, struct sequences *out);
// The `nth` item from the end (1: the last) as a row of one, for rows longer than `keep` that have one beyond those kept.
enum err sequences_from_end(const struct sequences *s, uint64_t nth, uint64_t keep, struct sequences *out);
// `a`'s row followed by `b`'s.
enum err sequences_append(const struct sequences *a, const struct sequences *b, struct sequences *out);

// The matrix of who took what, every weight 1, in both directions; columns as in `s`, ids not set.
enum err sequences_interactions(const struct sequences *s, uint32_t columns, struct interactions *out);

#endif
