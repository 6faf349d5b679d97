// words_plan.h: what a query's words were expanded to. Private to words*.c.
//
//   words.c         cuts the query into slots (words), finds each one's terms
//   words_terms.c   makes terms: words, beginnings, Chinese runs, phrases of synonyms
//   words_match.c   lists of products
//
// A term answers for one slot, or for several (a synonym, a joined word). It is an "and" of parts; a part is an "or" of tokens
// (posting.h). A run of three and more Han is also checked in the texts of those products where its pairs do not prove it.
#ifndef RF_INDEX_WORDS_PLAN_H
#define RF_INDEX_WORDS_PLAN_H

#include "highlight.h"
#include "words.h"

struct word_part { unsigned count; struct slice *tokens; uint32_t estimate; };
struct word_run { struct slice text; unsigned character_count; struct slice *characters; };
struct word_term {
    uint64_t slots;                // a bit for each it answers for
    uint8_t tier, how;             // enum word_how, which decides the tier
    unsigned part_count, run_count, mark_count;
    struct word_part *parts;
    struct word_run *runs;         // of three and more characters
    struct highlight_term *marks;  // what of a title it stands for
    uint32_t estimate;             // products, roughly, at most
};
struct word_plan {
    unsigned slot_count, term_count, term_capacity;
    struct word_term *terms;
};

// ---- words_terms.c: each fills `out` but for tier, how and slots; part_count 0: no product has it ------------------------------------
// A word as it is. `joined`: two words of titles written as one.
enum err term_of_word(struct view *v, struct slice word, bool joined, struct word_term *out);
enum err term_of_beginning(struct view *v, struct slice beginning, struct word_term *out); // of longer words
enum err term_of_run(struct view *v, struct slice run, struct word_term *out);
// A run cut wherever no product has the pair; part_count 0 as well when there is no such place.
enum err term_of_cut_run(struct view *v, struct slice run, struct word_term *out);
// Every word and run of a folded phrase.
enum err term_of_phrase(struct view *v, struct slice phrase, struct word_term *out);

#endif
