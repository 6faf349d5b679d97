// export_aces.h: the catalogue's fitment as an ACES 4.2 document, with the side map that explains its ids.
//
// The ids of VCdb and PCdb are licensed; where neither the owner's map nor the database has one, a private one is made up
// (export_ids.h). Document and map are a pair: NAME.xml and NAME.map.tsv beside it, imported together into a database with the same
// vehicles, give the same applications again: vehicles, attributes with all their alternatives, position, quantity, product line,
// conditions, not-validated marks, and vehicles nobody knows with the ids or words they came with.
//
// One App per application record: BaseVehicle where it has an id and one year, else Years, Make and Model; attributes as elements,
// those ACES has no element for as composite entries of the map. Brands are named per Part; the document is FULL.
//
// What ACES has no form for: universal products (PIES says so) and products without a part number are not written; a condition
// typed by somebody in words notes.h would not understand is written in words it does; a text it would take for something else
// (informational, or typed) is written behind "Condition:", so that it never stops being one; an unresolved vehicle named by a
// scheme other than VCdb is left out and counted.
#ifndef RF_TOOLS_EXPORT_ACES_H
#define RF_TOOLS_EXPORT_ACES_H

#include "index/application.h"
#include "index/base/clock.h"
#include "notes.h"

struct export_aces_options {
    const char *path;          // of the document; ".zst" compresses. The map goes beside it.
    const char *map_path;      // the owner's map; NULL: none
    const char *facts_dir;     // informational notes; NULL: none
    struct slice brand;        // only this brand's products, by name or slug; empty: all
    const struct clock *clock; // dates the document
    bool quiet;
};
struct export_aces_report {
    uint64_t products, applications, unresolved; // written; unresolved ones among the applications
    uint64_t map_lines;
    uint64_t left_out_products;                  // without a part number
    uint64_t left_out_applications;              // of those, and those no ACES document can say
};

// `db` may be open for reading only, beside a running server. ERR_NOT_FOUND `brand`: there is no such brand.
enum err export_aces(struct db *db, const struct export_aces_options *options, struct export_aces_report *out, struct fault *why);

// "dir/name.xml.zst" -> "dir/name.map.tsv", where the importer looks for it. ERR_BAD_REQUEST when it does not fit.
enum err export_aces_map_path(const char *path, char *out, size_t size, struct fault *why);

// The Note that notes_condition() types back to this condition; arena. See above for those that have none.
struct slice export_aces_note(struct arena *a, const struct notes *notes, const struct condition *c);

#endif
