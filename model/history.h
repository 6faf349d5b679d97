// history.h: all events that say something about a product, in memory, per user in order of sequence: what training
// and evaluation both start from. 17 bytes an event.
#ifndef RF_MODEL_HISTORY_H
#define RF_MODEL_HISTORY_H

#include "bought.h"
#include "market.h"
#include "sequences.h"

struct act {
    uint32_t product;
    float weight;     // interaction_weight, not decayed
    int64_t unix_ms;
};

struct history {
    uint32_t users;
    uint32_t *user_ids; // [users] ascending
    uint64_t *start;    // [users + 1] into acts
    struct act *acts;
    uint8_t *markets;   // of the acts, enum market
    uint64_t *user_sequence; // [users] the newest event of each, of any kind; 0: not known
    struct purchase *purchases; // by user, then time; label: the product; without what was returned
    size_t purchase_count;
    uint64_t last_sequence; // of all events seen
    int64_t newest_ms;      // the newest act's time; 0 when there is none
    size_t users_held, acts_held, purchases_held;
};

// Reads every event of the snapshot. Events without weight or without a known product are left out.
enum err history_load(struct view *v, struct history *out);
// The same from a database, under a snapshot that is let go afterwards.
enum err history_read(struct db *db, struct history *out, struct fault *why);
// Adds one act; users ascending. For loaders and tests: start with a zeroed history.
enum err history_add_in(struct history *h, uint32_t user, struct act act, enum market market);
static inline enum err history_add(struct history *h, uint32_t user, struct act act) { return history_add_in(h, user, act, MARKET_ANY); }
void history_free(struct history *h);

// The matrix at `now_ms`. ERR_NO_MEMORY.
enum err history_interactions(const struct history *h, int64_t now_ms, struct interactions *out);
// The same without each user's newest product, which becomes their one entry in *held_out (rows and columns of `train`;
// products nobody else touched have no column and are left out). Users with fewer than two products keep theirs.
enum err history_split(const struct history *h, int64_t now_ms, struct interactions *train, struct sparse *held_out);

// The product the user at this place wanted last, 0 when they have wanted fewer than two.
uint32_t history_newest_product(const struct history *h, uint32_t u);

// Each row's acts that want a product, in their order with their times, by the rows and columns of `m`, a matrix of the
// same history; acts on products it does not have are left out. ERR_NO_MEMORY.
enum err history_sequences(const struct history *h, const struct interactions *m, struct sequences *out);

// The same with each product once, where the person last wanted it: so that leaving out the last leaves out all of it.
enum err history_last_sequences(const struct history *h, const struct interactions *m, struct sequences *out);

// Per product id 0..product_max: how much it is wanted, 0..1 (decayed weights, on a log scale).
void history_popularity(const struct history *h, int64_t now_ms, uint32_t product_max, float *popularity);
// How what was wanted lately in a market compares with what is usual: (recent - usual) / sqrt(usual + 1), in standard deviations of a Poisson
// count. Recent is decayed by e in a week, so that a steady flow counts as much as it brings in one; usual is the mean of the eight
// weeks before the last. Acts of no known market count in each; MARKET_ANY has all.
enum err history_trend(const struct history *h, int64_t now_ms, enum market market, uint32_t product_max, float *trend);

#endif
