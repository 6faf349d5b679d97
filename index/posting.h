// posting.h: token -> products, ascending, in chunks, so that adding one product to a common word rewrites a few hundred bytes.
//
// Tokens are one letter for the field and the bytes: 'w' + folded word of titles and brand, 'v', 'j' and 'h' + what else is kept
// of them (word_tokens.h); 't' + type id; 'b' + brand id (u32 big-endian); 'n' + gram and 'o' + look-alike form of part numbers
// (number_grams.h); 's' + class + canonical value of a specification (spec_tokens.h). TABLE_POSTING key: token, 0, first product u32; value: deltas as varints from that first one.
#ifndef RF_INDEX_POSTING_H
#define RF_INDEX_POSTING_H

#include "view.h"

#define POSTING_TOKEN_BYTES 64 // longer words are cut there

struct slice posting_word(struct arena *a, struct slice folded_word);
struct slice posting_beginning(struct arena *a, struct slice folded); // 'v'
struct slice posting_joined(struct arena *a, struct slice folded);    // 'j'
struct slice posting_crossing(struct arena *a, struct slice folded);  // 'h'
struct slice posting_type(struct arena *a, uint32_t type);
struct slice posting_brand(struct arena *a, uint32_t brand);
struct slice posting_number_gram(struct arena *a, struct slice gram);
struct slice posting_number_lookalike(struct arena *a, struct slice folded);
struct slice posting_spec(struct arena *a, uint8_t class, struct slice canonical);

// An iterator over the union of one or more tokens' lists would be built from these: one token, forward only.
struct posting {
    struct db_cursor *cursor;
    struct slice token;
    struct reader rest;  // of the chunk at hand
    uint32_t product;    // the current one; UINT32_MAX at the end
    bool failed;         // damaged or unreadable: treated as the end, reported by posting_close
};
enum err posting_open(struct view *v, struct slice token, struct posting *out); // stands on the first product
void posting_seek(struct posting *p, uint32_t at_least);
void posting_next(struct posting *p);
enum err posting_close(struct posting *p);
// About how many products a token has: 0 only when none; exact up to a chunk, and of long lists no more than that they are long.
enum err posting_estimate(struct view *v, struct slice token, uint32_t *out);
// Takes what is left of the list, at most `max`; returns how many.
size_t posting_take(struct posting *p, uint32_t *out, size_t max);

enum err posting_add(struct txn *t, struct slice token, uint32_t product);
enum err posting_remove(struct txn *t, struct slice token, uint32_t product);
// Bulk: a whole list, in ascending token order over all calls, into an empty table.
enum err posting_append(struct txn *t, struct slice token, const uint32_t *products, size_t count);

#endif
