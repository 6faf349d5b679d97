// rank_batch.h: rank.h's scores for millions of lists: what does not depend on the person lies beside the product's vector, so that a
// candidate is one stretch of memory, and the rows of the candidates ahead are on their way while one is scored.
//
// A table holds all products as one snapshot shows them, with the vectors of one generation and the weights of one surface; ages are
// counted to the view's clock. Scores equal rank_score's up to the last bits of single precision, with what the ranker's boost and nearness
// said of each product when the table was made. The table is immutable and shared by threads; each brings its scratch. 64 + 4 d bytes a
// product, rounded up to 64.
#ifndef RF_MODEL_RANK_BATCH_H
#define RF_MODEL_RANK_BATCH_H

#include "person.h"
#include "rank.h"
#include "rank_covisit.h"

struct rank_batch;
struct rank_batch_scratch;

// Between rank_begin and rank_end; neither is needed afterwards. ERR_NO_MEMORY.
enum err rank_batch_open(struct ranker *r, struct view *v, enum rank_surface surface, struct rank_batch **out);
void rank_batch_close(struct rank_batch *b); // NULL is fine
uint64_t rank_batch_generation(const struct rank_batch *b); // id, 0 = none
uint32_t rank_batch_products(const struct rank_batch *b);   // ids are 0..that; 0 is nobody
bool rank_batch_has(const struct rank_batch *b, uint32_t product); // there and not deleted

struct rank_batch_scratch *rank_batch_scratch_new(const struct rank_batch *b); // one per thread; NULL: out of memory
void rank_batch_scratch_free(struct rank_batch_scratch *t);

// ---- persons ------------------------------------------------------------------------------------------------------
// A person as a batch keeps them, in one piece of memory: what rank_person_load knows, and for each product that goes with what they
// took or comes after it what that adds to its score.
struct batch_person {
    bool has_vector;
    struct covisit_lifts lifts;
    struct rank_tastes tastes;                   // of nobody: all zeros
    float vector[] __attribute__((aligned(64))); // of the table's row length, zeros behind the dimension; the lifts follow
};

// Persons are kept once they have been computed, shared by all threads, up to `limit_bytes`; those beyond are computed each
// time. One with 20 events and 800 neighbours of them takes 10 KB.
struct batch_persons;
struct batch_persons *batch_persons_new(size_t limit_bytes); // NULL: out of memory
void batch_persons_free(struct batch_persons *p);
// The one place a batch gets a person from; user 0 is nobody. Any thread, with its own scratch, its own ranker (between rank_begin and
// rank_end, all with the table's generation pinned) and view. Valid until the same thread's next person, or longer.
enum err batch_person(struct batch_persons *p, struct rank_batch_scratch *t, struct ranker *r, struct view *v, uint32_t user,
                      const struct batch_person **out);
void batch_person_expect(struct batch_persons *p, uint32_t user); // starts to fetch one who is kept; only for speed

// scores[n] of products[n]. The `ahead` ids that follow products[n] will be asked for next: their rows are started. `person` is of the
// table's generation; ids beyond the table score as product 0, which is nobody.
void rank_batch_score(const struct rank_batch *b, struct rank_batch_scratch *t, const struct batch_person *person, const uint32_t *products,
                      size_t n, size_t ahead, float *scores);

#endif
