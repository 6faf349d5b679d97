// newer.h: vectors by content of products that a generation does not know, because they came after its training.
//
// Append-only, for as long as its generation is held: a vector is computed once, stays where it is and is read by any thread without waiting
// while one thread adds others. It says what the product was when it was taken in; a later change of its text or cars counts at the next training.
#ifndef RF_MODEL_NEWER_H
#define RF_MODEL_NEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEWER_CHUNK 1024u          // vectors taken at a time
#define NEWER_MAX (1024u * NEWER_CHUNK)
#define NEWER_NONE UINT32_MAX

struct newer;
struct newer *newer_new(unsigned stride); // floats from one vector to the next; NULL: out of memory
void newer_free(struct newer *n);

// For one thread at a time. `vector` NULL: nothing is known of the product, and it is not asked about again. false: no memory or no room.
bool newer_add(struct newer *n, uint32_t product, const float *vector, unsigned dimension);
bool newer_seen(const struct newer *n, uint32_t product); // added, with or without a vector

uint32_t newer_count(const struct newer *n);                   // vectors there are
uint32_t newer_find(const struct newer *n, uint32_t product);  // its number; NEWER_NONE
const float *newer_vector(const struct newer *n, uint32_t number); // 64-byte aligned

#endif
