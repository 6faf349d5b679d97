// diff.h: what an import would change: products, applications, offers, and verdicts on the cars that matter most.
//
// Fed by catalog_load_options.compare of a dry run: every product that would change, as it is and as it would be. Keeps counts and, of
// the products whose verdicts change, the most serious ones with their changes and a few applications in words; what is kept is bounded by
// `shown` and the number of cars, not by the files (but for 16 bytes a pair between `no` and `unknown`, which the end decides). index/fitment_change.h says which verdicts are judged.
#ifndef RF_TOOLS_DIFF_H
#define RF_TOOLS_DIFF_H

#include "common_cars.h"
#include "index/application_diff.h"
#include "index/base/buf.h"
#include "index/catalog.h"
#include "index/fitment_change.h"

enum { DIFF_SHOWN_DEFAULT = 50, DIFF_SHOWN_MAX = 10000, DIFF_APPLICATIONS_SHOWN = 3 };

// How serious a change of verdict is, worst first. LOST: it fitted and will not. DOUBT: what was sure or possible is less so. LOOK: said not
// to fit, and now might. GAINED: it will fit. OTHER: between no, unknown and absent.
enum diff_weight { DIFF_LOST, DIFF_DOUBT, DIFF_LOOK, DIFF_GAINED, DIFF_OTHER };
enum diff_weight diff_weight_of(unsigned from, unsigned to); // states of fitment_change.h

struct diff_options {
    unsigned cars, shown;
    const char *cars_path; // NULL: the most common ones
};
struct diff_product {
    struct arena memory;         // of all that follows
    struct slice id, brand, number, type;
    enum diff_weight worst;
    uint64_t reach;              // cars with a change of that weight, each counted as many times as garages hold it, at least once
    const struct fitment_change *changes;
    unsigned change_count;
    struct application_difference applications;
    struct slice removed[DIFF_APPLICATIONS_SHOWN], added[DIFF_APPLICATIONS_SHOWN]; // in words; empty: no more
};
struct diff_counts {
    uint64_t of_applications, of_facts, of_offer; // products that were there and will be, by what changes; one may be in several
    uint64_t of_source;                           // in none of these: their applications name another file or line
    uint64_t added, removed, parked_added, parked_removed; // applications
    uint64_t products_shifted;                    // products with a change of verdict
};
struct diff {
    struct diff_options options;
    struct common_cars cars;
    struct fitment_changes *verdicts;
    struct diff_counts counts;
    struct catalog_report report; // after diff_finish()
    struct diff_product **products; // the most serious first
    unsigned product_count;
    uint32_t serial;             // products compared
    enum err err;                // the first failure; diff_finish() reports it
    struct buf waiting;          // heap: struct waiting of diff.c, changes of products that may turn out to have none
    struct arena scratch;
};

// Chooses the cars and opens a view on what is stored. `db` must not be written to before diff_free().
enum err diff_new(struct db *db, const struct diff_options *options, struct diff **out, struct fault *why);
void diff_free(struct diff *d);
// The callback; `v` knows the names the load would add.
void diff_compare(struct diff *d, struct view *v, uint32_t product, const struct product_version *before, const struct product_version *after);
enum err diff_finish(struct diff *d, const struct catalog_report *report, struct fault *why);

#endif
