// words.h: the words of a query against the words of products (titles in both languages, brand): exact, variants, typos.
//
// Every word of the query must be found; each is expanded to terms, the best of which decides how well a product has it:
//   exact    the word itself; a Chinese run as a phrase of adjacent characters, anywhere in a title
//   variant  the word goes on (the last word, while it is being typed), singular and plural, a synonym (synonym.h), two
//            words written as one or one as two ("sparkplug", "spark plug", "w 719"), a Chinese run cut where no product joins it
//   typo     only when nothing else is known for this word: the nearest words by edits (spell.h). Never for a word with a digit. A word
//            that goes on, and is only known to begin rare words, is also looked for as a common one with one edit ("filtr")
// A product's tier is that of its worst word. Lists are complete; work is bounded by the limits below and by the lists read.
#ifndef RF_INDEX_WORDS_H
#define RF_INDEX_WORDS_H

#include "view.h"

enum word_tier { WORD_EXACT, WORD_VARIANT, WORD_TYPO, WORD_MISSED = 0xFF };
// What a term made of its word: of a variant, which kind it is.
enum word_how { WORD_AS_IS, WORD_BEGUN, WORD_PLURAL, WORD_JOINED, WORD_CUT, WORD_SYNONYM, WORD_CORRECTED, WORD_HOWS };

enum {
    WORDS_MAX = 64,              // different words of one query, after cutting at punctuation; more: ERR_TOO_LARGE
    WORDS_RUN_MAX = 256,         // characters of one Chinese run: ERR_TOO_LARGE
    WORDS_TYPOS = 16,            // nearest words taken for one word
    WORDS_SYNONYMS = 32,         // phrases that stand for phrases of one query; what comes later is left out
};

struct word_correction { struct slice from, to; bool prefix; }; // prefix: `to` is the beginning of words
struct word_plan;                                               // words_plan.h
struct word_query {
    unsigned correction_count, unknown_count;
    const struct word_correction *corrections; // one for each corrected word: the nearest, most common first
    const struct slice *unknown;               // words no product has: nothing will match until the caller leaves them out
    const struct word_plan *plan;
};

// `folded_words`: pieces of folded text (text.h) in the order of the query; each is cut into words as titles are. `last_open`: the last
// word may still be going on. Everything in the arena.
enum err words_prepare(struct view *v, const struct slice *folded_words, unsigned n, bool last_open, struct word_query **out);
// The tier of each product, WORD_MISSED for those that lack a word. Without words everything is WORD_EXACT.
enum err words_filter(struct view *v, const struct word_query *q, const uint32_t *products /*ascending*/, unsigned count, uint8_t *tier);
// All products that have every word, ascending; without words none.
enum err words_find(struct view *v, const struct word_query *q, uint32_t **products, uint8_t **tiers, unsigned *count);

// Some of them, for a list of a few while it is being typed: the first `looks` products at most of the word that fewest have, filtered.
// *whole: these are all.
enum err words_some(struct view *v, const struct word_query *q, unsigned looks, uint32_t **products, uint8_t **tiers, unsigned *count,
                    bool *whole);

// Of each word of the query the best term by which a product has it. For one product at a time: explanations.
struct word_match { struct slice text; uint8_t tier, how; bool prefix; }; // text: folded, as titles write it; prefix: the beginning of a word
enum err words_matched(struct view *v, const struct word_query *q, uint32_t product, struct word_match out[WORDS_MAX], unsigned *count);

// What to mark in a title (highlight.h): the words and phrases the query's terms stand for.
struct highlight_term;
enum err words_highlight(struct view *v, const struct word_query *q, const struct highlight_term **out, unsigned *count);

#endif
