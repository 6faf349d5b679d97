// aces_app.h: one App (or Asset) of an ACES document as the file says it: ids and texts, nothing resolved. What aces.c reads, and what
// both the importer (aces_resolve.c) and the lint (lint.c) start from.
//
// 5.0 renamed elements; here they have one name, that of 4.2. Slices live until the callback returns.
#ifndef RF_TOOLS_ACES_APP_H
#define RF_TOOLS_ACES_APP_H

#include "input.h"

enum { ACES_IDS_MAX = 48, ACES_TEXTS_MAX = 32 }; // attributes of one App (the schema has 41); Quals and Notes

enum aces_identity { ACES_NO_IDENTITY, ACES_BASE_VEHICLE, ACES_YEARS, ACES_EQUIPMENT_BASE, ACES_EQUIPMENT };
struct aces_id { struct slice element, id; };
struct aces_text { struct slice qual, text; }; // qual: the id and parameters of a Qual; empty for a Note

struct aces_app {
    uint64_t line;               // where the element begins
    uint64_t id;                 // its number in the file; 0: none
    bool asset, deletion, not_validated;
    enum aces_identity identity;
    struct slice base_vehicle, make, model, equipment_base, mfr, equipment_model; // ids
    unsigned year_from, year_to; // Years or ProductionYears; 0: none
    unsigned id_count, text_count;
    struct aces_id ids[ACES_IDS_MAX]; // vehicle attributes in document order, SubModel and VehicleType among them
    struct aces_text texts[ACES_TEXTS_MAX]; // in document order
    uint64_t quantity;           // 1 where there is none
    struct slice part_type, position, part, brand, sub_brand, label; // label: MfrLabel
    const char *broken;          // why no application can be made of it; NULL: fine
};
struct aces_header {
    struct slice version, submission, brand, title, regions; // submission: FULL, UPDATE, TEST; brand: the default of every Part
    uint64_t record_count;       // the footer's; 0 until it has been read
};
struct aces_handlers {
    enum err (*header)(void *arg, const struct aces_header *h, struct fault *why); // before the first App; may be NULL
    enum err (*app)(void *arg, const struct aces_app *app, struct fault *why);     // an error ends the reading
    enum err (*footer)(void *arg, const struct aces_header *h, struct fault *why); // may be NULL
    void *arg;
};

// Streams a document in bounded memory. ERR_DAMAGED with the line for XML that is not well formed (what came before has been handed
// over), ERR_BAD_REQUEST for another kind of document.
enum err aces_parse(struct input *in, const struct aces_handlers *handlers, struct fault *why);

#endif
