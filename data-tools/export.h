// export.h: products and what they fit, out of a live database, read-only and in one snapshot.
//
// Products come in the order of their ids, and what has no order of its own (conditions, attributes) is sorted by its text, so that the
// same catalogue gives the same bytes whatever the order it was loaded in.
#ifndef RF_TOOLS_EXPORT_H
#define RF_TOOLS_EXPORT_H

#include "index/application.h"
#include "index/product.h"
#include "output.h"
#include "progress.h"

struct export_options {
    const char *brand, *type; // only these; NULL: all
    bool quiet;
};
struct export_report {
    uint64_t products, applications;
    uint64_t too_long; // JSON lines longer than an import takes (LIMIT_BULK_BODY_BYTES)
    uint64_t lines;    // of supply
    uint64_t left_out; // applications a table cannot say; JSON lines can
};

// JSON lines: products as the body of PUT /v1/products/{id} with kind and id. Importing them gives the same products and applications; the
// applications then name the file they came from as their source.
enum err export_jsonl(struct view *v, const struct export_options *o, struct output *out, struct export_report *report, struct fault *why);
// JSON lines of index/supply.h: districts, depots, dealers, price bands, workshops and all stock. Importing them into a database with the same
// products gives the same again.
enum err export_supply(struct view *v, const struct export_options *o, struct output *out, struct export_report *report, struct fault *why);
// The fitment table of fitment_csv.h, a row per application. Ratings, attributes of products, numbers of others, kits and typed conditions
// whose text does not say their type have no place in it.
enum err export_csv(struct view *v, const struct export_options *o, struct output *out, struct export_report *report, struct fault *why);

// Calls `each` for every product asked for, in the order of ids, the view's arena reset in between. ERR_BAD_REQUEST with the field for a
// brand or type nobody knows.
typedef enum err export_each_fn(void *arg, const struct product *p);
enum err export_each(struct view *v, const struct export_options *o, const char *what, export_each_fn *each, void *arg, struct fault *why);
// What applications call a make and a model: the name, or the slug where the name leads to another one; arena. SLICE_NONE for 0.
struct slice export_make(struct view *v, uint32_t make);
struct slice export_model(struct view *v, uint32_t make, uint32_t model);
// The conditions of an application, by text; arena.
enum err export_conditions(struct view *v, const struct application *a, struct condition **out, unsigned *count);
// Ordinals of an application's terms by the names of their attributes, and of a term's values by theirs; arena.
enum err export_terms(struct view *v, const struct application *a, unsigned **order);
enum err export_values(struct view *v, const struct term *t, struct slice **out);

#endif
