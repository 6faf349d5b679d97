// catalog.h: writing products with everything that belongs to them, one by one (HTTP) or in bulk (import).
//
// Both ways take the same documents, texts as a source gives them; resolving names to ids, canonical numbers, postings and
// groups happens here. A single put marks the product dirty (fitment.h) instead of rewriting its groups, so a product
// of 5,000 vehicles changes as cheaply as one of five; catalog_merge() folds dirty products in later.
#ifndef RF_INDEX_CATALOG_H
#define RF_INDEX_CATALOG_H

#include "application.h"
#include "product.h"

struct pair { struct slice name, value; };
struct number_doc { enum number_relation relation; struct slice brand, number, note; uint16_t quantity; }; // brand: maker for OE
struct component_doc { struct slice brand, number; uint16_t quantity; bool sold_separately; }; // of a kit
struct condition_doc { enum condition_type type; struct slice text, from, to; };

struct vehicle_doc {                 // which vehicles: the words of the source
    struct slice make, model;        // model empty: all models of the make; make "*": every make, then years may be 0 for all
    struct slice external;           // "vcdb:588822", "ktype:12345": instead of make, model and years (vehicle_external_find)
    uint16_t year_from, year_to;
    unsigned attr_count;             // market is an attribute like any other
    const struct pair *attrs;        // several pairs of one name are alternatives
    unsigned spec_count;
    const struct pair *specs;        // what the product is, to be compared with what the car asks for (spec.h)
};
struct application_doc {
    struct slice position;           // empty: none
    struct slice label;              // the maker's product line (ACES MfrLabel); empty: none
    uint16_t quantity;               // 0 is read as 1
    uint8_t flags;                   // APPLICATION_NOT_VALIDATED
    struct slice source;             // file name or message
    uint32_t line;
    unsigned vehicle_count, condition_count;
    const struct vehicle_doc *vehicles;
    const struct condition_doc *conditions; // informational notes are already left out
};
struct product_doc {
    struct slice id, brand, number, type, title, title_zh, image; // id empty: "<brand slug>-<canonical number>"
    enum product_kind kind;          // 0: the type's
    bool universal, non_vehicle;
    uint16_t rating_x100;
    uint16_t pack_quantity;          // pieces one purchase brings; 0 is read as 1
    uint32_t rating_count, created_day, stock;
    bool keeps_stock;                // the document says nothing of stock: what is known stays
    float popularity;
    int64_t cny_fen, usd_cents;      // -1 = not given
    unsigned attr_count, number_count, application_count, component_count;
    const struct pair *attrs;
    const struct number_doc *numbers;
    const struct application_doc *applications;
    const struct component_doc *components; // of a kit
};

// ---- one product -----------------------------------------------------------------------------------------------------
// Body of PUT /v1/products/{id}. Refuses unknown members and wrong values with the field's name; unknown vehicles are kept
// as unresolved applications, never guessed.
// `source` and `line` are what the applications will name as theirs ("products.jsonl", 17 or "PUT", 0).
enum err product_doc_from_json(struct arena *a, struct slice id, const struct json *body, struct slice source, uint32_t line,
                               struct product_doc *out, struct fault *why);
// One `application` object of the contract.
enum err application_doc_from_json(struct arena *a, const struct json *body, struct slice source, uint32_t line,
                                   struct application_doc *out, struct fault *why);
// The members price or prices of a body; -1 what is not given.
enum err prices_from_json(const struct json *body, int64_t *cny_fen, int64_t *usd_cents, struct fault *why);
// The other way: members into an open object (kind is the caller's), one whole object, the member prices.
void product_doc_json_members(struct json_writer *w, const struct product_doc *doc);
void application_doc_json(struct json_writer *w, const struct application_doc *doc);
// A member that is an object; several pairs of one name are a list, with `lists` one alone is too.
void pairs_json(struct json_writer *w, const char *key, const struct pair *list, unsigned count, bool lists);
void prices_json(struct json_writer *w, int64_t cny_fen, int64_t usd_cents);
enum err vehicle_doc_from_json(struct arena *a, const struct json *body, struct vehicle_doc *out, struct fault *why);
enum catalog_change { CATALOG_ADD, CATALOG_REMOVE };
enum err catalog_put(struct txn *t, struct arena *scratch, const struct product_doc *doc, uint32_t *id, struct fault *why);
// One application of a product found by brand and number; adding makes a bare product where there is none, removing what is not there is
// ERR_NOT_FOUND.
enum err catalog_put_application(struct txn *t, struct arena *scratch, enum catalog_change change, struct slice brand, struct slice number,
                                 struct slice type, const struct application_doc *doc, struct fault *why);
enum err catalog_delete(struct txn *t, struct arena *scratch, struct slice id);
// Every product of this brand and number. ERR_NOT_FOUND when there is none.
enum err catalog_delete_number(struct txn *t, struct arena *scratch, struct slice brand, struct slice number, struct fault *why);
enum err catalog_put_offer(struct txn *t, struct arena *scratch, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock,
                           struct fault *why); // -1: as it is

// ---- bulk: an import into the catalogue -------------------------------------------------------------------------------
// Documents are collected in compact form; finish() writes. Products that exist are replaced; one that comes without applications keeps
// those it has. Applications may arrive apart from their product (ACES beside PIES): they are joined by brand and canonical number,
// and those that find no product by the end make a bare one of that brand, number and type.
//
// A load is one batch (batch.h): readers see all of it or nothing, and it can be taken back. A small one is one transaction; a large one
// builds the catalogue's other slot in short transactions, carries over what has changed meanwhile, and switches. One cut
// short changes nothing. Prices and stock alone (offers of products that were there) are not part of it: they are written as they come.
struct catalog_loader;
struct product_version; // catalog_version.h
struct catalog_load_options {
    struct slice sources;            // file names, for the batch's record
    bool dry_run;                    // finish() compares and writes nothing
    bool polite;                     // others write meanwhile: give way to them
    bool rebuild;                    // builds the other slot whatever the size
    bool vehicles_changed;           // does so too, and what was before cannot come back
    void (*reject)(void *arg, const char *source, uint64_t line, const char *message); // removals that found nothing; may be NULL
    void *arg;
    void (*compare)(void *arg, struct view *v, uint32_t product, const struct product_version *before,
                    const struct product_version *after); // dry run: every product that would change; may be NULL
};
struct catalog_report {
    uint64_t products, products_new, products_changed, products_removed, products_same;
    uint64_t applications, applications_unresolved, applications_added, applications_removed, removals_missed;
    uint64_t conditions, rows, groups, numbers, postings;
    uint64_t offers_changed;         // price or stock alone, of products that were there
    uint32_t batch;                  // 0: nothing changed, or a dry run
    bool switched;                   // it built the other slot
};
enum err catalog_loader_new(struct db *db, const struct catalog_load_options *options, struct catalog_loader **out); // options NULL: zeros
// Tries again every application whose vehicle was not known; to be called when vehicles have come.
enum err catalog_loader_parked(struct catalog_loader *l, struct fault *why);
enum err catalog_loader_product(struct catalog_loader *l, const struct product_doc *doc, struct fault *why);
// With CATALOG_REMOVE an application of the same content (vehicle, position, quantity, conditions, label; not source and line)
// is taken away; ERR_NOT_FOUND when there is none.
enum err catalog_loader_application(struct catalog_loader *l, enum catalog_change change, struct slice brand, struct slice number,
                                    struct slice type, const struct application_doc *doc, struct fault *why);
// What follows is the brand's whole set of applications: those it has now go, unless this load has brought them itself.
enum err catalog_loader_full(struct catalog_loader *l, struct slice brand, struct fault *why);
// The products of this brand and number are deleted. ERR_NOT_FOUND when there is none.
enum err catalog_loader_remove(struct catalog_loader *l, struct slice brand, struct slice number, struct fault *why);
// Price and stock alone ("id" of a known product).
enum err catalog_loader_offer(struct catalog_loader *l, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock,
                              struct fault *why);
enum err catalog_loader_finish(struct catalog_loader *l, struct catalog_report *out,
                               void (*progress)(void *, const char *what, uint64_t, uint64_t), void *arg, struct fault *why);
void catalog_loader_free(struct catalog_loader *l);

// Folds dirty products into groups, a bounded part of the work in one short transaction. *more: call again.
enum err catalog_merge(struct db *db, struct arena *scratch, bool *more);
// The same with about `limit` changes of groups in the transaction: a product that has more goes in parts.
enum err catalog_merge_some(struct db *db, struct arena *scratch, unsigned limit, bool *more);

#endif
