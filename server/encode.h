// encode.h: the head of a response as bytes.
#ifndef RF_SERVER_ENCODE_H
#define RF_SERVER_ENCODE_H

#include "server/request.h"

#define ENCODE_FIXED_BYTES 512 // a head is at most this and the request's own header lines

enum encode_framing { ENCODE_LENGTH, ENCODE_CHUNKED, ENCODE_UNTIL_CLOSE };

// Writes the head of rq->response with `length` as Content-Length; returns its length. `date_line` is "Date: ...\r\n".
// `to` has room for ENCODE_FIXED_BYTES + rq->response.headers.n.
size_t encode_head(const struct request *rq, enum encode_framing framing, size_t length, bool keep_alive,
                   struct slice date_line, char *to);
#define ENCODE_DATE_BYTES 40
size_t encode_date_line(int64_t unix_ms, char to[ENCODE_DATE_BYTES]);
size_t encode_decimal(uint64_t value, char *to); // up to 20 digits
size_t encode_hex(uint64_t value, char *to);     // up to 16 digits, no leading zeros

#endif
