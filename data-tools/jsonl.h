// jsonl.h: reads one JSON object per line: everything PIES and ACES have no place for.
//
//   {"kind":"product","id":"p1", ...the body of PUT /v1/products/{id}}     also "kind":"service", "package", "accessory", ...:
//                                                                          the same with the product's own kind
//   {"kind":"offer","id":"p1","prices":[{"amount":2990,"currency":"CNY"}],"stock":12}      minor units; or one "price"
//   {"kind":"offer","dealer":"acme","id":"p1","prices":[...]}      in a dealer's own price list
//   {"kind":"view","id":"v1", ...the body of PUT /v1/views}
//   {"kind":"workshop","id":"w1","name":"...","near":[31.23,121.47],"hours":"Mo-Su 08:30-19:00","services":["oil_change"], ...}
//                                                                          also depot, district, dealer, price_band, stock: index/supply.h
//   {"kind":"user","id":"u1", ...the body of PUT /v1/users/{id}}
//   {"kind":"event", ...one event of POST /v1/events}
//
// A reader is asked for the kinds it should hand over, so that a mixed file can be read once for the catalogue and again
// for people, who refer to it; lines of other kinds are skipped without being parsed.
#ifndef RF_TOOLS_JSONL_H
#define RF_TOOLS_JSONL_H

#include "input.h"
#include "sink.h"

enum { JSONL_PRODUCT = 1, JSONL_OFFER = 2, JSONL_SUPPLY = 4, JSONL_USER = 8, JSONL_EVENT = 16, JSONL_ENTRY = 32 };
#define JSONL_CATALOGUE (JSONL_PRODUCT | JSONL_OFFER)
#define JSONL_PEOPLE (JSONL_SUPPLY | JSONL_ENTRY | JSONL_USER | JSONL_EVENT)

struct jsonl_result { uint64_t products, offers, supplies, entries, users, events, rejected; };

enum err jsonl_read(struct input *in, unsigned kinds, const struct sink *sink, struct jsonl_result *out, struct fault *why);

#endif
