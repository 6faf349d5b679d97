#ifndef RF_STUB
#define RF_STUB
#include "posting.h"
static inline struct slice posting_spec(struct arena *a, unsigned kind, struct slice v) { return arena_printf(a, "s%u=%.*s", kind, SLICE_ARGS(v)); }
#endif
