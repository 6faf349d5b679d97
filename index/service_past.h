// service_past.h: what is known of a car's past: services done, odometer readings, and what an inspection or the car itself measured.
//
// Texts come from requests: `history` is a list of service:odometer_km:date separated by ',', of which odometer_km or date may be empty
// and further fields left out; the service `odometer` is a reading alone. `inspection` is a list of reading:value. In bodies both are JSON.
// Of several values of one reading the worst counts (four wheels, two axles).
#ifndef RF_INDEX_SERVICE_PAST_H
#define RF_INDEX_SERVICE_PAST_H

#include "base/json.h"
#include "event.h"
#include "service_book.h"
#include "service_due.h"

enum { SERVICE_RECORDS_MAX = 512, SERVICE_HISTORY_BYTES = 8192, DAY_SECONDS = 86400 };
#define DAY_MS ((int64_t)DAY_SECONDS * 1000)

struct service_past {
    unsigned record_count, reading_count;
    bool measured[READING_COUNT];
    double value[READING_COUNT];
    int64_t measured_ms[READING_COUNT];                       // when, of events; 0: in the request itself
    struct odometer_reading readings[ODOMETER_READINGS_MAX];  // the newest ones, where there are more
    struct service_record records[SERVICE_RECORDS_MAX];       // packages taken apart
};
static inline void service_past_init(struct service_past *past) { memset(past, 0, offsetof(struct service_past, readings)); }

// ERR_BAD_REQUEST names `history` or `inspection`. `past` is added to.
enum err service_past_history(const struct service_book *book, struct slice text, struct service_past *past, struct fault *why);
enum err service_past_history_json(const struct service_book *book, const struct json *list, struct service_past *past, struct fault *why);
enum err service_past_inspection(struct slice text, struct service_past *past, struct fault *why);
// One measured value; ERR_BAD_REQUEST with `field` when no such gauge can show it.
enum err service_past_measured(enum service_reading reading, double value, const char *field, struct service_past *past, struct fault *why);
// A person's events about this car (those without a vehicle count where `any_car`): service (value: the odometer), telemetry of
// odometer_km, inspection of a reading. What a request says itself goes before.
void service_past_events(const struct service_book *book, const struct event *list, unsigned count, struct slice vehicle, bool any_car,
                         struct service_past *past);

#endif
