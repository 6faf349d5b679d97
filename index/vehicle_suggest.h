// vehicle_suggest.h: typeahead over vehicles: prefixes of English, Chinese and pinyin names (full and initials), with
// or without make, year in any place ("18 golf", "2018 高尔夫", "gaoerfu", "gef", "vw go").
//
// TABLE_VEHICLE_NAME holds every name of every (make, model) squeezed to letters and digits (text.h); a query scans
// the range of its prefix, ranks by market, evidence and number of vehicles, and expands the best to base vehicles,
// newest year first. Prefixes shared by more than SUGGEST_SCAN_MAX names have their best models listed beforehand
// under the key 1, prefix, so that a look-up is bounded and still exact. Windows of names under the key 2, window, form lead from a
// text with one typing error to the names (vehicle_suggest_near.c).
//
// In this order, each only when those before found nothing: what is said of a car beside names ("高7", "f30", "golf mk7", as query.h
// reads it), where a phrase surely does; the text as typed; its words turned; how it sounds; one typing error (also behind a
// few models that only begin so); what the whole text says of a car, engine and all ("18款朗逸 1.5L"); fewer words.
#ifndef RF_INDEX_VEHICLE_SUGGEST_H
#define RF_INDEX_VEHICLE_SUGGEST_H

#include "vehicle.h"

struct vehicle_suggestion { uint32_t vehicle; float score; };

struct suggest_query {
    struct slice text;
    uint8_t prefer_market;   // a VEHICLE_MARKET_* bit or 0
    unsigned max;            // up to LIMIT_HITS_MAX
    const uint32_t *garage;  // base vehicles of the one who asks: first, where the text leads to their model
    unsigned garage_count;
    bool as_typed;           // neither by sound nor with typing errors: the text means something else already
};
// Best first, into out[max]. Nothing found is ERR_OK with a count of 0. A few microseconds once warm, some tens where a typing error or
// the words' meaning has to be found.
enum err vehicle_suggest_for(struct view *v, const struct suggest_query *query, struct vehicle_suggestion *out, unsigned *count);
// The same for nobody in particular.
enum err vehicle_suggest(struct view *v, struct slice query, uint8_t prefer_market, unsigned max,
                         struct vehicle_suggestion *out, unsigned *count);

// ---- what is said beside names (vehicle_suggest_words.c) ---------------------------------------------------------------
enum { SUGGEST_WORDS_MAX = 6 };
enum err suggest_says_car(struct view *v, struct slice folded, bool *out); // some phrase of it surely does
enum err suggest_by_words(struct view *v, struct slice query, unsigned max, uint32_t *out, unsigned *count); // newest first

// ---- one typing error ------------------------------------------------------------------------------------------------
struct suggest_near { struct slice text; int penalty; }; // begins a name; the arena's
// Texts one error away from a squeezed one, itself excluded, at most `max`.
enum err suggest_near(struct view *v, struct slice squeezed, unsigned max, struct suggest_near *out, unsigned *count);

// ---- the table, for vehicle_names.c and vehicle_suggest*.c ----------------------------------------------------------
enum { SUGGEST_LISTED_KEY = 1, SUGGEST_NEAR = 2 }; // first bytes of keys that are no names
enum { SUGGEST_WINDOW_SHORT = 4, SUGGEST_WINDOW_LONG = 6 }; // characters
struct suggest_form { char bytes[32]; size_t n; }; // 2, window, a window's characters but for one, 0
struct slice suggest_form_key(struct suggest_form *f, unsigned window, struct slice a, struct slice b); // a and b joined
typedef enum err suggest_form_fn(void *arg, const struct suggest_form *form, struct slice whole);
enum err suggest_forms(struct slice name, unsigned window, suggest_form_fn *each, void *arg); // none of names that are too short

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
