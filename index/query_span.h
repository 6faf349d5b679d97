// query_span.h: what any stretch of a query may mean, and the best way to cut the query into such stretches.
//
// Spans come from the lexicon (every phrase at every border, not only the longest), from forms (query_pattern.h) and from part
// numbers that exist. They overlap. span_path() then chooses those that together explain most of the text with fewest and most direct
// meanings: a dynamic programme over the text's bytes. Where the exact spans leave words that no product knows, spans by sound
// and by likeness are added around those words, at a price, and the path is sought again.
#ifndef RF_INDEX_QUERY_SPAN_H
#define RF_INDEX_QUERY_SPAN_H

#include "lexicon_near.h"
#include "query_pattern.h"

#define SPANS_MAX 768          // of one query; what comes later is not looked at
#define SPAN_ENTRIES_MAX 32    // meanings of one phrase
#define SPAN_LOOKS_MAX 1200    // look-ups of one query, so that no text can cost more; what people type takes 12, hardly ever 200

enum span_source { SPAN_PHRASE, SPAN_FORM, SPAN_NUMBER };
enum span_how { SPAN_EXACT, SPAN_BEGUN, SPAN_NEAR, SPAN_SOUND, SPAN_INITIALS, SPAN_HOWS }; // as it stands; its beginning; misspelt;
                                                                                           // in pinyin; by its initials

struct query_span {
    uint16_t at, n;               // bytes of the folded query
    uint8_t source, how, edits;
    uint8_t role;                 // enum query_role, once it has been asked for; 0: not yet, or its entries changed
    bool banned;                  // a later step ruled it out
    int value;                    // what covering the text this way is worth
    struct slice means;           // of other than exact ones: the phrase meant
    unsigned entry_count;
    struct lexicon_entry *entries; // SPAN_PHRASE
    struct pattern form;          // SPAN_FORM
};

struct span_list {
    struct view *view;
    struct slice text;            // folded
    struct query_span *list;
    unsigned count, looks, last_year;
    struct near_memo *near;       // words that windows of the query have in common
    size_t run_walked;            // end of the last run of words that was read as pinyin; 0: none
};

// Whether a word may begin or end at this byte.
bool span_border(struct slice text, size_t at);
// Units of text a stretch explains: two for a Han character, one for any other, none for a blank.
unsigned span_units(struct slice s);
// The greatest weight of a meaning of that kind; 0: it has none.
unsigned span_weight(const struct query_span *s, enum lexicon_kind kind);
bool span_means(const struct query_span *s, enum lexicon_kind kind, uint32_t id); // whether that one is among its meanings

enum err span_list_begin(struct view *v, struct slice folded, struct span_list *out); // and adds phrases, forms and numbers
// Adds spans for the stretch of text [from, to) that nothing explains, and for it with its neighbour words: phrases it may be
// a misspelling of, phrases in pinyin and, at the end of the query, phrases that begin so.
enum err span_list_guess(struct span_list *l, size_t from, size_t to);
// Adds one phrase; for query_guess.c.
enum err span_phrase_add(struct span_list *l, size_t at, size_t n, const struct lexicon_entry *entries, unsigned count,
                         enum span_how how, unsigned edits, struct slice means);
// The spans of the best path, ascending; ERR_OK with none when nothing explains anything. `order` has SPANS_MAX places.
enum err span_path(const struct span_list *l, uint16_t *order, unsigned *count);

#endif
