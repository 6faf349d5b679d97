// aces.h: fitment in ACES XML, versions 3.0 to 5.0, as a stream into a sink. aces.c reads the document (aces_app.h), aces_resolve.c
// gives its ids their meanings by the side map (idmap.h).
//
// Per App: one vehicle (BaseVehicle; Years + Make with or without Model; EquipmentBase; Mfr + EquipmentModel), its attributes as terms,
// Qual and Note as conditions unless they are on the list of informational notes, Qty, PartType, Position, Part, MfrLabel. Elements
// are ANDed: where two of them speak of one attribute, the values both allow remain. Countries of ApprovedFor become market terms of
// every App without a Region. Memory does not grow with the file; nothing is allocated per App.
//
// An id nobody explains is never guessed and never dropped. An unknown BaseVehicle becomes the external id "vcdb:588822", which
// resolves when vehicles with such ids are imported; any other unknown id becomes an attribute that begins with '?', which
// never does ("?SubModel" = "20"). Either way the App is handed over, matches nothing yet, and is reported as parked.
//
// action="D" is handed over as CATALOG_REMOVE. FULL: sink.full once per brand, before its first App. TEST: reported, nothing handed over.
#ifndef RF_TOOLS_ACES_H
#define RF_TOOLS_ACES_H

#include "idmap.h"
#include "input.h"
#include "notes.h"
#include "sink.h"

struct aces_result { uint64_t applications, removed, parked, rejected, informational; }; // applications: removals among them

// `map`, `notes` and the sink's members other than application and report may be NULL. ERR_BAD_REQUEST when the document is not ACES,
// ERR_DAMAGED when it is not well formed or has no Footer; see sink.h for rows.
enum err aces_read(struct input *in, const struct idmap *map, const struct notes *notes, const struct sink *sink,
                   struct aces_result *out, struct fault *why);

#endif
