// rerank_dictionary.h: the ids of a file of lists, resolved once: products, users, cars as they are said.
//
// One thread adds, others read what was added before they were handed their work: entries never move. Pages come as they are used.
#ifndef RF_TOOLS_RERANK_DICTIONARY_H
#define RF_TOOLS_RERANK_DICTIONARY_H

#include "model/rerank_file.h"
#include "rerank_run.h"

struct rerank_user { uint32_t user; bool mine; };               // user 0: nobody knows them; mine: of the run's shard
struct rerank_car { struct slice vehicle, attrs, market; };     // attrs in its text form

struct rerank_dictionary {
    struct rerank_sizes sizes; // entries; `found` is not used here
    uint32_t *products;        // 0: nobody knows it
    struct rerank_user *users;
    struct rerank_car *cars;
    struct arena texts;        // of the cars
};

enum err rerank_dictionary_open(struct rerank_dictionary *d); // ERR_NO_MEMORY: close it all the same
void rerank_dictionary_close(struct rerank_dictionary *d);
// The entries there are of a kind of block.
uint32_t rerank_sizes_of(const struct rerank_sizes *s, enum rerank_block_kind kind);
// Adds a block's entries, behind those of its kind; the caller has seen that they belong there. With the reader's own thread state.
enum err rerank_dictionary_add(struct rerank_dictionary *d, struct rerank_run *r, enum rerank_block_kind kind, const struct rerank_ids *ids);

#endif
