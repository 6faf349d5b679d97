// product_tokens.h: every token (posting.h) under which a product is found: its type, brand, words of titles, numbers,
// specifications. The one place that says so, for single puts and bulk loads alike.
#ifndef RF_INDEX_PRODUCT_TOKENS_H
#define RF_INDEX_PRODUCT_TOKENS_H

#include "product.h"

struct token_list { struct arena *arena; struct slice *list; unsigned count, capacity; bool no_memory; };
void token_add(struct token_list *l, struct slice token); // an empty one is none

// Ascending, without duplicates, in the arena.
// `applications`: as TABLE_APPLICATION stores them; needed where spec_type_bears().
enum err product_tokens(struct view *v, const struct product *p, uint32_t type, uint32_t brand, struct slice applications, struct slice **out,
                        unsigned *count);

#endif
