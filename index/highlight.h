// highlight.h: where in a text as it is written the words of a query stand, for a page to mark them.
//
// Text is compared folded (text.h) and the places are told in the original: full-width and Traditional characters, accents
// and capitals count as what they fold to. A term matches a whole word, the beginning of one, a stretch of a run of Han, or up to
// HIGHLIGHT_JOINED neighbouring words that make it when written as one ("06A 115 561 B" for "06a115561b", "ABS 传感器" for "abs传感器"). A
// piece is looked for at every letter and digit, whatever stands between them, since numbers are found by their inside as well.
#ifndef RF_INDEX_HIGHLIGHT_H
#define RF_INDEX_HIGHLIGHT_H

#include "base/arena.h"
#include "base/err.h"

enum {
    HIGHLIGHT_RANGES_MAX = 128, // of one text; later ones are left out
    HIGHLIGHT_JOINED = 6,
    HIGHLIGHT_TERMS_MAX = 2048, // later ones are left out
    HIGHLIGHT_TEXT_BYTES = 16 * 1024, // of a text; what comes later is not looked at
};

// Folded, letters and digits only. prefix: marks the beginning of longer words too; piece: stands anywhere.
struct highlight_term { struct slice text; bool prefix, piece; };
struct highlight_range { uint32_t at, length; };               // UTF-16 code units of the original text

// Ranges ascending, apart from each other, in the arena. Bytes that are no UTF-8 count as one unit each, as when shown replaced.
enum err highlight(struct arena *a, struct slice text, const struct highlight_term *terms, unsigned term_count,
                   struct highlight_range **out, unsigned *count);

// The stretch of at most `units` that shows most different terms, from a word's border to a word's border; the whole text when it is no
// longer, its beginning when it has none of them. *ranges are within the text, as above.
struct highlight_snippet { struct slice text; uint32_t at, length; bool cut_before, cut_after; };
enum err highlight_snippet(struct arena *a, struct slice text, const struct highlight_term *terms, unsigned term_count, uint32_t units,
                           struct highlight_snippet *out);

#endif
