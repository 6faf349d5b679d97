// vehicle_suggest.h: typeahead over vehicles: prefixes of English, Chinese and pinyin names (full and initials), with
// or without make, year in any place ("18 golf", "2018 高尔夫", "gaoerfu", "gef", "vw go").
//
// TABLE_VEHICLE_NAME holds every name of every (make, model) squeezed to letters and digits (text.h); a query scans
// the range of its prefix, ranks by market, evidence and number of vehicles, and expands the best to base vehicles,
// newest year first. Prefixes shared by more than SUGGEST_SCAN_MAX names have their best models listed beforehand
// under the key 1, prefix, so that a look-up is bounded and still exact.
#ifndef RF_INDEX_VEHICLE_SUGGEST_H
#define RF_INDEX_VEHICLE_SUGGEST_H

#include "vehicle.h"

struct vehicle_suggestion { uint32_t vehicle; float score; };

// Fills at most `max` (up to LIMIT_HITS_MAX) suggestions, best first; prefer_market is a VEHICLE_MARKET_* bit or 0.
// Nothing found is ERR_OK with a count of 0. Some tens of microseconds once warm.
enum err vehicle_suggest(struct view *v, struct slice query, uint8_t prefer_market, unsigned max,
                         struct vehicle_suggestion *out, unsigned *count);

// ---- the table, for vehicle_names.c and vehicle_suggest.c -----------------------------------------------------------
enum { SUGGEST_SCAN_MAX = 128, SUGGEST_LIST_MAX = 128, SUGGEST_KEY_MAX = 96 };
enum { SUGGEST_SECOND_LIST = 1, SUGGEST_EXACT = 2 }; // flags; EXACT in lists only: the prefix is the whole name

struct suggest_value { uint16_t weight; uint8_t markets, flags; };       // of a name
struct suggest_listed { uint32_t make, model; struct suggest_value is; }; // of a list, SUGGEST_LIST_MAX at most

struct suggest_builder;
struct suggest_builder *suggest_builder_new(void);
void suggest_builder_free(struct suggest_builder *b);
// The names of one model; `a` is scratch, `last_year` the newest year of the database.
enum err suggest_builder_add(struct suggest_builder *b, struct arena *a, const struct make *make,
                             const struct model *model, unsigned last_year);
enum err suggest_builder_write(struct suggest_builder *b, struct txn *t); // replaces the table

#endif
