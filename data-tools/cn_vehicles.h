// cn_vehicles.h: our own table of vehicles sold in China: facts/cn_vehicles_*.tsv, market CN, source "cn-table".
#ifndef RF_TOOLS_CN_VEHICLES_H
#define RF_TOOLS_CN_VEHICLES_H

#include "vehicles_import.h"

// ERR_NOT_FOUND when the folder holds no such file.
enum err cn_vehicles_import(struct db *db, const char *facts_dir, struct import_report *report, struct fault *why);

#endif
