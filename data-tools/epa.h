// epa.h: EPA's fuel economy file (`--format epa`): which drive and which gearbox the cars of a model year were sold with, jointly.
//
// vPIC knows a car's engine, mostly not what is behind it. A configuration of the US market, or of an unknown one, whose drive or
// transmission is unknown becomes the joint alternatives EPA lists for exactly its year, make, model, displacement, cylinders and fuel,
// where EPA lists any; else it stays as it is. Models match by name with EPA's suffixes taken off (epa_rows.h). Rows whose name goes on
// with other words ("Golf R") never establish an alternative, but join those of the model with the same engine, since they may be a trim of it.
// The configurations it makes are of the source "epa".
#ifndef RF_TOOLS_EPA_H
#define RF_TOOLS_EPA_H

#include "index/db.h"
#include "report.h"

// .gz, .zst and .zip are unpacked. Importing the same again changes nothing. Base vehicles that would go beyond LIMIT_CONFIGURATIONS are
// left alone and counted. Prints what was joined.
enum err epa_import(struct db *db, const char *path, bool quiet, struct import_report *report, struct fault *why);
bool epa_header(struct slice header); // whether a header line is EPA's

#endif
