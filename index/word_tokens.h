// word_tokens.h: the tokens (posting.h) a product's texts give, so that words.h finds it.
//
//   'w' every word; of a run of Han each pair of neighbours and its last character alone
//   'v' the beginning of a longer word, of 1, 2, 3, 4, 6, 8, ... 32 characters: a list for whoever types the first letters, and
//       never more lists to join than there are letters that may follow. Of a pair of Han its first character
//   'j' two neighbouring words written as one, neither Han: "spark plug" is found as "sparkplug"
//   'h' a Han character that stands in more than one context (neighbours before and after) in this product's texts. Where
//       every inner character of a phrase has but one, having all its pairs means having the phrase; only the others are read
#ifndef RF_INDEX_WORD_TOKENS_H
#define RF_INDEX_WORD_TOKENS_H

#include "product_tokens.h"
#include "text.h"

enum {
    WORD_BEGINNING_MAX = 32,     // characters
    WORD_JOINED_BYTES = 24,
    WORD_JOINED_DIGIT_BYTES = 10 // with a digit in it
};

// Whether words that go on are listed under a beginning of that many characters.
static inline bool word_beginning_listed(unsigned characters) {
    return characters <= 4 || (characters % 2 == 0 && characters <= WORD_BEGINNING_MAX);
}
bool word_joined_listed(struct slice joined); // whether two words that make this are kept
unsigned word_characters(struct slice text);

// A piece of folded text: a word of letters and digits, or a whole run of Han.
struct word_piece { struct slice text; bool han; };
enum err word_pieces(struct arena *a, struct slice folded, struct word_piece **out, unsigned *count);

enum err word_tokens(struct token_list *l, const struct slice *texts, unsigned count); // texts as they are, not folded

#endif
