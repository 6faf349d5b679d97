// imports.h: how imports and taking one back are told of, whether the database was asked or a server.
#ifndef RF_TOOLS_IMPORTS_H
#define RF_TOOLS_IMPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "index/base/slice.h"

// "  12  2026-11-23T02:10:00.000Z  3 new, 4 changed, 0 removed  a.xml" on stdout.
void imports_line(uint32_t id, int64_t at_ms, bool stands, uint32_t products_new, uint32_t changed, uint32_t removed, struct slice sources);
void imports_taken_back(uint32_t id, uint32_t restored, uint32_t kept);

#endif
