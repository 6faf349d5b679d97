// service_due.h: when a service is due: the earlier of distance and time since it was last done. Pure arithmetic on whole kilometres
// and days.
//
// Invariants
//  1. With a record of the service: last + interval. Where the record lacks the distance or the day, it is estimated from the other by the
//     car's usage, and said so.
//  2. Without a record the schedule is believed to have been kept: the points are first, first + interval, ...; the nearest one not further
//     back than a quarter of the interval counts. Such a service is never overdue, because nobody knows.
//  3. A reading (pad and tread in mm, battery state, fluid tests, oil life) settles the state whatever the calendar says.
//  4. overdue: past by more than a tenth of the interval; due: reached; soon: within a fifth of the interval, 2,000 km and 45 days at most.
#ifndef RF_INDEX_SERVICE_DUE_H
#define RF_INDEX_SERVICE_DUE_H

#include "odometer.h"
#include "service.h"

enum due_state { DUE_LATER, DUE_SOON, DUE_NOW, DUE_OVERDUE };
const char *due_state_name(enum due_state s); // "later", "soon", "due", "overdue"

enum due_use { USE_NORMAL, USE_SEVERE, USE_HIGHWAY };
bool due_use_parse(struct slice text, enum due_use *out);
const char *due_use_name(enum due_use use);

struct due_interval { uint32_t first_km, km; uint16_t first_months, months; uint8_t severe_pct, highway_pct; }; // as in service_rule
static inline struct due_interval due_interval_of(const struct service_rule *r) {
    return (struct due_interval){r->first_km, r->km, r->first_months, r->months, r->severe_pct, r->highway_pct};
}

#define DUE_MONTH_DAYS(months) ((int32_t)((int64_t)(months) * 487 / 16)) // 30.4375 days

struct due_car {
    bool has_km, has_age;
    uint32_t km;
    int32_t today, first_day;  // days since 1970-01-01; first_day: when it came on the road
    uint32_t km_per_year;      // greater than 0
    bool typical;              // km_per_year is not the car's own
    enum due_use use;
};
struct due_record {            // when the service was last done
    bool known, has_km, has_day;
    uint32_t km;               // not above the car's
    int32_t day;               // not after today
};

enum due_reason { DUE_BY_NOTHING, DUE_BY_DISTANCE, DUE_BY_TIME, DUE_BY_READING }; // BY_NOTHING: neither mileage nor age is known
struct due {
    enum due_state state;
    enum due_reason reason;
    bool has_km, has_day;
    int64_t km;                // odometer at which it is due
    int32_t day;               // when: the earlier of time and of distance at the car's usage
    int64_t left_km;           // of has_km, negative when past
    int32_t left_days;         // to `day`
    int32_t left_time_days;    // to the day of the calendar alone, with DUE_BY_TIME
    bool assumed;              // no record: the schedule is believed to have been kept
    bool estimated;            // part of the record was estimated
    bool forecast;             // `day` follows from the usage, not from the calendar
};

struct due due_by_schedule(const struct due_interval *i, const struct due_car *car, const struct due_record *last);
struct due due_by_reading(const struct reading_limits *limits, double value, const struct due_car *car, const struct due_record *last);

// ---- a car's service history ------------------------------------------------------------------------------------------------------
struct service_record {
    uint16_t service;          // place in the book
    bool has_km, has_day;
    uint32_t km;
    int32_t day;
};
// The last record of a service: the latest by day, or of those without a day the highest not above the car's odometer. `readings` are
// settled ones; a distance that is not among those kept is not believed.
struct due_record due_last(const struct service_record *list, unsigned count, uint16_t service, const struct odometer_reading *readings,
                           unsigned reading_count, const struct due_car *car);

#endif
