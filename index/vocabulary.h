// vocabulary.h: the words of the trade as data: product types, type groups, aftermarket brands, customer segments.
// Attributes have a header of their own (attribute.h), and so have phrases (lexicon.h) and makes and models
// (vehicle.h).
//
// Loaded from data-tools/facts/*.tsv by the importer, or from an owner's own files, and read by search, picker and
// output. Ids are those of names.h; records that a later file no longer names stay, since products refer to them.
#ifndef RF_INDEX_VOCABULARY_H
#define RF_INDEX_VOCABULARY_H

#include "attribute.h"
#include "lexicon.h"
#include "view.h"

enum product_kind { KIND_PART = 1, KIND_FLUID, KIND_TYRE, KIND_ACCESSORY, KIND_SERVICE, KIND_PACKAGE, KIND_COUNT };
const char *product_kind_name(enum product_kind kind); // "" for none
bool product_kind_parse(struct slice text, enum product_kind *out);

struct type_info {
    uint32_t id;
    struct slice slug, name, name_zh, group, synonyms, synonyms_zh, attributes, positions; // lists joined by '|'
    enum product_kind kind;
    uint32_t pcdb;          // 0 = not known
    uint32_t interval_km;
    uint16_t interval_months;
};
struct brand_info {
    uint32_t id;
    struct slice slug, name, name_zh, aliases, tier, types, country; // types: slugs joined by '|'
};
struct group_info { uint32_t id; struct slice slug, name, name_zh; uint16_t order; };
struct segment_info { uint32_t id; struct slice slug, name, name_zh, description, description_zh; };

// Slices point into the snapshot's pages. ERR_NOT_FOUND, ERR_DAMAGED.
enum err type_load(struct view *v, uint32_t type, struct type_info *out);
enum err brand_load(struct view *v, uint32_t brand, struct brand_info *out);
enum err group_load(struct view *v, uint32_t group, struct group_info *out);
enum err segment_load(struct view *v, uint32_t segment, struct segment_info *out);

// Write a record under its slug, set its id, and make its names phrases of the lexicon.
enum err type_put(struct txn *t, struct arena *scratch, struct type_info *type);
enum err brand_put(struct txn *t, struct arena *scratch, struct brand_info *brand);

// Phrases of all types, brands and groups (part of vehicle_names_rebuild).
enum err vocabulary_phrases(struct txn *t, struct view *v);

// ---- loading --------------------------------------------------------------------------------------------------------
// Reads the TSV files of a facts folder (types.tsv, type_groups.tsv, brands.tsv, makes.tsv, models_zh.tsv,
// attributes.tsv, segments.tsv) in one transaction, then rebuilds the lexicon. A file that is not there is skipped; a
// folder with none of them is ERR_NOT_FOUND. Lines that cannot be used are reported through `reject` (may be NULL)
// with file and line.
typedef void reject_fn(void *arg, const char *file, uint64_t line, const char *message);
// One file alone, wherever it lies, read as the folder's `name`; for files that bring no phrases: the lexicon is left as it is.
enum err vocabulary_load_file(struct db *db, const char *path, const char *name, reject_fn *reject, void *arg, struct fault *why);
enum err vocabulary_load(struct db *db, const char *facts_dir, reject_fn *reject, void *arg, struct fault *why);

#endif
