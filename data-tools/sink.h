// sink.h: where the readers of ACES, PIES and JSONL put what they have understood. They know nothing of the database;
// the importer, a dry run and the tests each bring their own sink.
//
// Everything handed over lives until the callback returns. ERR_BAD_REQUEST, ERR_NOT_FOUND, ERR_CONFLICT and ERR_TOO_LARGE
// reject that one row, which the reader reports with its line; any other error ends the import.
#ifndef RF_TOOLS_SINK_H
#define RF_TOOLS_SINK_H

#include "index/catalog.h"
#include "index/supply.h"

enum sink_report {
    SINK_REJECTED, // the row was left out
    SINK_PARKED,   // kept, but an id in it is not known: matches nothing until it is
    SINK_WARNING,  // about the file as a whole
};

struct sink {
    void *arg;
    enum err (*product)(void *arg, const struct product_doc *doc, struct fault *why);
    // One application beside its product; REMOVE: the one of the same content goes (catalog.h). ERR_NOT_FOUND rejects the row.
    enum err (*application)(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                            const struct application_doc *doc, struct fault *why);
    // The document brings the brand's whole set of applications. Called before the first application of that brand.
    enum err (*full)(void *arg, struct slice brand, struct fault *why);
    enum err (*remove)(void *arg, struct slice brand, struct slice number, struct fault *why); // the product goes
    enum err (*offer)(void *arg, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock, struct fault *why);
    enum err (*supply)(void *arg, enum supply_kind kind, const struct json *body, struct fault *why); // a workshop, a depot, ... (index/supply.h)
    // A view, or an offer of a dealer's: the kind of its bulk line (index/bulk.h), and the other members.
    enum err (*entry)(void *arg, const char *kind, const struct json *body, struct fault *why);
    enum err (*user)(void *arg, struct slice id, const struct json *body, struct fault *why);
    enum err (*event)(void *arg, const struct json *body, struct fault *why);
    void (*report)(void *arg, enum sink_report what, uint64_t line, const char *message);
    void (*tick)(void *arg); // every few thousand rows, for progress; may be NULL
};

static inline bool sink_rejects(enum err err) {
    return err == ERR_BAD_REQUEST || err == ERR_NOT_FOUND || err == ERR_CONFLICT || err == ERR_TOO_LARGE;
}

#endif
