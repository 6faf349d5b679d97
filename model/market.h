// market.h: which market an event or a car belongs to, as far as trends are kept apart.
//
// An event is of the market of the car it names; where that is none, or sold in several, of the first car in its person's garage that tells.
// What nothing tells the market of is of MARKET_ANY: it counts in every market, and who asks without one is shown the trends of all.
#ifndef RF_MODEL_MARKET_H
#define RF_MODEL_MARKET_H

#include "index/view.h"

enum market { MARKET_ANY, MARKET_US, MARKET_CN, MARKETS };
enum market market_of_bits(uint8_t bits); // VEHICLE_MARKET_*: the one there is alone, else MARKET_ANY
enum market market_of_attrs(struct slice attrs); // "displacement:1.4,market:CN", as a garage has them

// For many events, persons in any order but each one's events together.
struct market_reader;
struct market_reader *market_reader_new(struct view *v); // within view_begin and view_end; NULL: out of memory
void market_reader_free(struct market_reader *m);
// `vehicle`: the event's, a base vehicle, a configuration, a VIN or empty. ERR_NO_MEMORY, ERR_DAMAGED.
enum err market_of_event(struct market_reader *m, uint32_t user, struct slice vehicle, enum market *out);

#endif
