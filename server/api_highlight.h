// api_highlight.h: the members `highlights` and `snippets` of a hit: where in its texts what was searched for stands, and the stretch around it.
//
// Marked are the words as they were matched, every name of the hit's type and of the brands sought, the names of the car, numbers in any
// spelling and specifications. Places are UTF-16 code units of the texts as the hit shows them (index/highlight.h).
#ifndef RF_SERVER_API_HIGHLIGHT_H
#define RF_SERVER_API_HIGHLIGHT_H

#include "index/highlight.h"
#include "index/search.h"

struct highlight_terms { struct highlight_term *list; unsigned count, capacity; };

struct highlights {
    struct view *view;
    const struct search_result *result;
    unsigned snippet_units; // 0: no snippets; set by the caller after highlights_begin
    struct highlight_terms common, of_type[QUERY_MEANINGS_MAX]; // with the names of a type sought, when a hit first needs them
};

// What all hits of an answer share. In the view's arena.
enum err highlights_begin(struct view *v, const struct search_result *r, struct highlights *out);
// "highlights":{title:[[at,length],...], title_zh:[...], number:[...]}, each empty where nothing is marked.
// With `snippet_units`, also "snippets":{title, title_zh, attributes:{name}}: of each text the stretch of at most so many units that shows most
// of what was searched for, {text, at, length, cut_before, cut_after, highlights:[[at,length],...]}, with places of the marks within it. A
// title the product lacks is null; of the attributes those are there that something was found in, of several values the first such one.
enum err highlights_json(struct highlights *h, struct json_writer *j, uint32_t product, uint32_t type);
// "key":[[at, length], ...] in UTF-16 code units.
void highlight_ranges_json(struct json_writer *j, const char *key, const struct highlight_range *ranges, unsigned count);

#endif
