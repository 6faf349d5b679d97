#include "cn_vehicles.h"

#include <glob.h>

enum err cn_vehicles_import(struct db *db, const char *facts_dir, struct import_report *report, struct fault *why) {
    static const struct vehicles_options options = {.market = "CN", .source = "cn-table"};
    char pattern[4096];
    glob_t found;
    if ((size_t)snprintf(pattern, sizeof pattern, "%s/cn_vehicles_*.tsv", facts_dir) >= sizeof pattern)
        return fault_set(why, ERR_TOO_LARGE, "", "the facts folder's path is too long");
    if (glob(pattern, 0, NULL, &found) != 0) return fault_set(why, ERR_NOT_FOUND, "", "no file matches %s", pattern);
    enum err err =
        vehicles_import(db, (const char *const *)found.gl_pathv, (unsigned)found.gl_pathc, &options, report, why);
    globfree(&found);
    return err;
}
