// supply.h: what stands between a product and the car it goes on: workshops, depots, districts, dealers, price bands and local stock, put
// and deleted by the lines of index/bulk.h and of JSONL files.
//
//   {"kind":"workshop","id":"w1","name":"...","near":[31.23,121.47],"hours":"Mo-Su 08:30-19:00","services":["oil_change"], ...}   workshop.h
//   {"kind":"depot","id":"p1","name":"...","near":[...]}                                    depot.h
//   {"kind":"district","id":"CN/Shanghai/Pudong","name":"...","near":[...]}                 district.h
//   {"kind":"district","id":"CN/Shanghai","name":"...","name_zh":"..."}                      the same: a city's names
//   {"kind":"dealer","id":"d1","name":"...","territory":["CN/Shanghai"],"brands":[],"price_factor":0.97}    dealer.h
//   {"kind":"price_band","brand":"Mann","type":"oil_filter","floor":0.95,"ceiling":1.1}     price_band.h
//   {"kind":"stock","workshop":"w1","items":{"product":4, ...}}    or "depot"; 0 takes away, what is not named stays
//
// Deleting names the record by its id, a price band by brand and type; stock is put as 0.
#ifndef RF_INDEX_SUPPLY_H
#define RF_INDEX_SUPPLY_H

#include "base/json.h"
#include "view.h"

enum supply_kind { SUPPLY_NONE, SUPPLY_WORKSHOP, SUPPLY_DEPOT, SUPPLY_DISTRICT, SUPPLY_DEALER, SUPPLY_PRICE_BAND, SUPPLY_STOCK, SUPPLY_KINDS };
const char *supply_kind_name(enum supply_kind k);
enum supply_kind supply_kind_parse(struct slice text); // SUPPLY_NONE: another kind

// `body` is the line without op, kind and what says where it came from. ERR_BAD_REQUEST with the member, ERR_NOT_FOUND `id` for a
// deletion, ERR_CONFLICT. All checks come before the first write.
enum err supply_put(struct txn *t, struct arena *scratch, enum supply_kind k, const struct json *body, struct fault *why);
enum err supply_delete(struct txn *t, struct arena *scratch, enum supply_kind k, const struct json *body, struct fault *why);

// Every record as a line that puts it, in an order in which they can be put: what is named stands before what names it.
// `each` gets the line with its line feed; the view's arena is its own between calls.
enum err supply_lines(struct view *v, enum err (*each)(void *arg, struct slice line), void *arg);

#endif
