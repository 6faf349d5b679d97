// lint_aces_row.h: an App in the lint's terms: the row to compare with others, and the vehicle to ask the database about.
#ifndef RF_TOOLS_LINT_ACES_ROW_H
#define RF_TOOLS_LINT_ACES_ROW_H

#include "aces_app.h"
#include "idmap.h"
#include "lint.h"

struct lint_aces_texts { // what a row points into; used again for the next
    struct buf vehicle, type, position, label;
    struct lint_attribute attributes[ACES_IDS_MAX];
    struct lint_qualifier qualifiers[ACES_TEXTS_MAX];
};
void lint_aces_texts_init(struct lint_aces_texts *t);
void lint_aces_texts_destroy(struct lint_aces_texts *t);

// "Volkswagen Golf" and its year, however the file says it, where the map (may be NULL) knows; else the ids. `brand` is the document's.
// ERR_NO_MEMORY.
enum err lint_aces_row(struct lint_aces_texts *t, const struct aces_app *app, const struct idmap *map, struct slice brand,
                       struct lint_row *out);

enum { LINT_ACES_PAIRS_MAX = 96 };
struct lint_aces_vehicle {
    struct vehicle_doc doc;
    struct pair pairs[LINT_ACES_PAIRS_MAX];
    char external[64];
};
// False: an id is not known or there is no attribute, so there is nothing to ask.
bool lint_aces_vehicle(const struct aces_app *app, const struct idmap *map, struct lint_aces_vehicle *out);

#endif
