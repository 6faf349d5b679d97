// api_highlight.h: the member `highlights` of a hit: where in its texts what was searched for stands.
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
    struct highlight_terms common, of_type[QUERY_MEANINGS_MAX]; // with the names of a type sought, when a hit first needs them
};

// What all hits of an answer share. In the view's arena.
enum err highlights_begin(struct view *v, const struct search_result *r, struct highlights *out);
// "highlights":{title:[[at,length],...], title_zh:[...], number:[...]}, each empty where nothing is marked.
enum err highlights_json(struct highlights *h, struct json_writer *j, uint32_t product, uint32_t type);
// "key":[[at, length], ...] in UTF-16 code units.
void highlight_ranges_json(struct json_writer *j, const char *key, const struct highlight_range *ranges, unsigned count);

#endif
