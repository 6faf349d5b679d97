// diff_print.h: a finished comparison (diff.h) as text for people or as members of a JSON object.
#ifndef RF_TOOLS_DIFF_PRINT_H
#define RF_TOOLS_DIFF_PRINT_H

#include <stdio.h>

#include "diff.h"
#include "index/base/json.h"

enum err diff_print_text(const struct diff *d, FILE *out);
// products, applications, offers, verdicts, changes: into an open object.
void diff_json_members(const struct diff *d, struct json_writer *w);

#endif
