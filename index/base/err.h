// err.h: every way an operation can fail, as one enum with fixed values, and the sentence that goes with it.
//
// A function that can fail returns `enum err` and, where a person will read the reason, takes a `struct fault *`
// (may be NULL) that it fills with the message and the name of the offending field. server/ maps the codes to
// HTTP status in one table; data-tools/ maps them to exit status.
#ifndef RF_BASE_ERR_H
#define RF_BASE_ERR_H

#include <stdarg.h>

enum err {
    ERR_OK = 0,
    ERR_BAD_REQUEST = 1,   // the caller's input is wrong; `field` says where
    ERR_UNAUTHORIZED = 2,
    ERR_FORBIDDEN = 3,
    ERR_NOT_FOUND = 4,
    ERR_CONFLICT = 5,
    ERR_TOO_LARGE = 6,
    ERR_RATE_LIMITED = 7,  // a bounded queue is full; try again later
    ERR_INTERNAL = 8,
    ERR_STORAGE_FULL = 9,  // disk or map full: nothing was written
    ERR_NO_MEMORY = 10,    // an arena's or the heap's limit
    ERR_IO = 11,           // the operating system refused; the message carries strerror
    ERR_DAMAGED = 12,      // a checksum or a bound in stored bytes is wrong
    ERR_NEWER = 13,        // written by a newer schema than this program knows
    ERR_LOCKED = 14,       // another process has the database open for writing
    ERR_END = 15,          // an iterator is at its end; not a failure
};

#define FAULT_FIELD_MAX 48
#define FAULT_MESSAGE_MAX 256

struct fault {
    enum err code;
    char field[FAULT_FIELD_MAX];     // query parameter, body field or empty
    char message[FAULT_MESSAGE_MAX]; // one English sentence, no trailing newline
};

// Fills `why` (if not NULL) and returns `code`, so that a failure is one statement:
//     return fault_set(why, ERR_BAD_REQUEST, "limit", "limit must be 1 to %d", LIMIT_HITS_MAX);
enum err fault_set(struct fault *why, enum err code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// "bad_request", "storage_full", ...: the `code` of the HTTP error body. Never NULL.
const char *err_name(enum err code);

// Forwards a failure to the caller.
#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        enum err try_err_ = (expression);                                                                              \
        if (try_err_ != ERR_OK) return try_err_;                                                                       \
    } while (0)

#endif
