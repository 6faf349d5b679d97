// idmap_lines.h: a map of ids out of lines {element, id, meaning}, for the tests and fuzz targets of what reads ACES and PIES.
#ifndef RF_TESTS_IDMAP_LINES_H
#define RF_TESTS_IDMAP_LINES_H

#include <stdlib.h>

#include "data-tools/idmap.h"

#define IDMAP_OF(lines) idmap_of_lines(lines, sizeof(lines) / sizeof *(lines))
static inline struct idmap *idmap_of_lines(const char *const (*lines)[3], size_t count) {
    struct idmap *m = idmap_new();
    if (!m) abort();
    for (size_t i = 0; i < count; i++)
        if (idmap_add(m, slice_str(lines[i][0]), slice_str(lines[i][1]), slice_str(lines[i][2]), NULL) != ERR_OK) abort();
    return m;
}

#endif
