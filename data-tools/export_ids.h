// export_ids.h: ids for what an ACES document says by ids, and the side map that explains them.
//
// An id comes from the owner's side map where one of its lines means the same (by meaning, not by spelling), a base vehicle's also
// from the database's `vcdb:` ids, a part type's from its PCdb number; else it is made up, above EXPORT_PRIVATE_FIRST, a brand's as four
// letters. Every id handed out is written to the new map once, so that document and map together need nothing else.
// Ids that must stay unexplained are reserved first.
#ifndef RF_TOOLS_EXPORT_IDS_H
#define RF_TOOLS_EXPORT_IDS_H

#include "index/view.h"

#define EXPORT_PRIVATE_FIRST 1000000001u
enum { EXPORT_TERMS_MAX = 64, EXPORT_PAIRS_MAX = 96 }; // attributes of one application; values of all of them, as a reader takes

struct export_ids;
struct export_id { struct slice element, id; };
struct export_term { struct slice name, values; unsigned count; }; // values: as export_term_values() joins them

// `given` (may be NULL) is the owner's map, `path` the new one. The view's arena is used for what is looked up meanwhile; _new resets it.
enum err export_ids_new(struct view *v, const char *given, const char *path, struct export_ids **out, struct fault *why);
enum err export_ids_close(struct export_ids *ids, struct fault *why); // finishes the map; frees everything either way
void export_ids_abandon(struct export_ids *ids);                      // the same without a map
uint64_t export_ids_count(const struct export_ids *ids);              // lines of the new map

enum err export_ids_reserve(struct export_ids *ids, struct slice element, struct slice id);

// The id of what `element` calls by a word. `meaning` tells meanings apart ("make 12"); `text` is what the map is to say.
enum err export_ids_word(struct export_ids *ids, const char *element, struct slice meaning, struct slice text, struct slice *id);
bool export_ids_known(const struct export_ids *ids, const char *element, struct slice meaning); // without making one up
struct slice export_meaning_vehicle(struct arena *a, uint32_t make, uint32_t model, unsigned year); // of BaseVehicle
struct slice export_meaning_make(struct arena *a, uint32_t make);

// Values of one attribute in the map's form: sorted, joined by '|', what the form needs for itself escaped.
struct slice export_term_values(struct arena *a, struct slice *values, unsigned count);
// Ids that together say exactly these attributes, each element at most once; terms may be reordered. `model`: the vehicle has one, so
// that SubModel may stand there and VehicleType may not. `used` lists elements that are taken already.
enum err export_ids_attributes(struct export_ids *ids, struct export_term *terms, unsigned count, bool model, struct export_id *out,
                               unsigned *used, struct fault *why);

// Elements of an App that are vehicle attributes, in the order of the schema; NULL at the end.
extern const char *const export_elements[];

#endif
