// staged.h: what the readers have understood, as a file of bulk lines (index/bulk.h) in the folder `staging` beside the database, for
// the server that holds it to import.
#ifndef RF_TOOLS_STAGED_H
#define RF_TOOLS_STAGED_H

#include "sink.h"

struct staged;
// Makes <data>/staging/<random>.ndjson, readable by its owner alone. ERR_IO.
// In a dry run users and events are passed over, else they are refused.
enum err staged_open(const char *data, bool dry_run, struct staged **out, struct fault *why);
void staged_close(struct staged *s, bool keep); // keep: the file stays, it is somebody else's now; NULL is fine
enum err staged_finish(struct staged *s, struct fault *why); // all of it is on its way to the disk
const char *staged_name(const struct staged *s);             // in the folder
uint64_t staged_lines(const struct staged *s);
// Products, applications, whole sets, removals, offers, workshops and their supply, and views become lines; a user or an event is refused with ERR_LOCKED, which
// ends the import: those a server takes over HTTP. What is reported goes to `report_to`.
struct sink staged_sink(struct staged *s, const struct sink *report_to);

#endif
