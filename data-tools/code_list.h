// code_list.h: lists of trouble codes with makers' own meanings: columns code, maker and text, or code and text, by tab or comma, with or
// without a header line. See index/trouble_maker.h.
#ifndef RF_TOOLS_CODE_LIST_H
#define RF_TOOLS_CODE_LIST_H

#include "index/db.h"
#include "report.h"

bool code_list_begins(struct slice first_line); // whether such a list may begin so
enum err code_list_import(struct db *db, const char *path, struct import_report *report, struct fault *why);

#endif
