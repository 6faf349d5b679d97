// fitting.h: which services fit what: a workshop that changes oil can fit an oil filter. Facts of the trade, one row per product type in
// facts/fitting_services.tsv; types without a row need no workshop. A service or a package is fitted by itself.
//
// TABLE_SUPPLY 'f', type u32 -> service types u32 each.
#ifndef RF_INDEX_FITTING_H
#define RF_INDEX_FITTING_H

#include "view.h"

enum { FITTING_SERVICES_MAX = 8 };
struct fitting { unsigned count; uint32_t services[FITTING_SERVICES_MAX]; }; // any one of them will do; none: needs no workshop

enum err fitting_of(struct view *v, uint32_t type, struct fitting *out);
bool fitting_needs_pieces(struct view *v, uint32_t product); // a thing; false for services, packages and 0
// `services`: slugs joined by '|'. Replaces; no services take the row away. ERR_BAD_REQUEST: a type nobody knows, or too many.
enum err fitting_put(struct txn *t, struct arena *scratch, struct slice type, struct slice services, struct fault *why);

#endif
