#include "err.h"

#include <stdio.h>

enum err fault_set(struct fault *why, enum err code, const char *field, const char *format, ...) {
    if (!why) return code;
    why->code = code;
    snprintf(why->field, sizeof why->field, "%s", field ? field : "");
    va_list args;
    va_start(args, format);
    vsnprintf(why->message, sizeof why->message, format, args);
    va_end(args);
    return code;
}

const char *err_name(enum err code) {
    switch (code) {
    case ERR_OK: return "ok";
    case ERR_BAD_REQUEST: return "bad_request";
    case ERR_UNAUTHORIZED: return "unauthorized";
    case ERR_FORBIDDEN: return "forbidden";
    case ERR_NOT_FOUND: return "not_found";
    case ERR_CONFLICT: return "conflict";
    case ERR_TOO_LARGE: return "too_large";
    case ERR_RATE_LIMITED: return "rate_limited";
    case ERR_INTERNAL: return "internal";
    case ERR_STORAGE_FULL: return "storage_full";
    case ERR_NO_MEMORY: return "no_memory";
    case ERR_IO: return "io";
    case ERR_DAMAGED: return "damaged";
    case ERR_NEWER: return "newer";
    case ERR_LOCKED: return "locked";
    case ERR_END: return "end";
    }
    return "internal";
}
