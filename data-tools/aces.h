// aces.h: reads fitment in ACES XML, versions 3.0 to 4.2 (5.0's renamed elements are understood too), as a stream.
//
// Per App: one vehicle (BaseVehicle, or Years + Make + Model), its optional vehicle attributes as terms, Qual and Note as
// conditions unless they are on the list of informational notes, Qty, PartType, Position, Part, MfrLabel. Memory does not grow
// with the file; nothing is allocated per App. MfrLabel tells product lines apart in overlap checks only and is not kept.
//
// An id the side map (idmap.h) does not know is never guessed: the App is handed over with a vehicle nobody has,
// "?BaseVehicle=588822", so that the catalogue keeps it as unresolved, and it is reported as parked. What is not
// a vehicle fitment at all (equipment, deletions of an UPDATE file) is rejected with its line.
#ifndef RF_TOOLS_ACES_H
#define RF_TOOLS_ACES_H

#include "idmap.h"
#include "input.h"
#include "notes.h"
#include "sink.h"

struct aces_result { uint64_t applications, parked, rejected, informational; };

// `map` and `notes` may be NULL. ERR_BAD_REQUEST when the document is not ACES; see sink.h for rows.
enum err aces_read(struct input *in, const struct idmap *map, const struct notes *notes, const struct sink *sink,
                   struct aces_result *out, struct fault *why);

#endif
