// wmi_facts.h: facts/wmi.tsv, our own table of makers' codes, into TABLE_VIN (index/vin_table.h). It replaces itself; vPIC's stay.
#ifndef RF_TOOLS_WMI_FACTS_H
#define RF_TOOLS_WMI_FACTS_H

#include "index/db.h"
#include "report.h"

// ERR_NOT_FOUND when the folder has no such file; rows that cannot be used are reported.
enum err wmi_facts_import(struct db *db, const char *facts_dir, struct import_report *report, struct fault *why);

#endif
