// handover.h: telling a running server over HTTP what a command has made for it.
#ifndef RF_TOOLS_HANDOVER_H
#define RF_TOOLS_HANDOVER_H

#include "index/base/err.h"
#include "index/base/slice.h"

// POSTs {"id":"<16 hex digits>"} to <server>/v1/generations; `key` may be NULL. ERR_IO when nobody answers or the answer is
// not a success; `why` carries the server's own words.
enum err handover_generation(const char *server, const char *key, uint64_t id, struct fault *why);

#endif
