// odometer.h: what a car's odometer readings are worth: which of them belong together, and how far the car goes in a year.
//
// Readings come from people and workshops and are wrong in known ways: gaps of years, an odometer replaced, a number of another car,
// miles written where kilometres are meant. The current reading is believed. Of the others the largest set is kept that leads up to it:
// never falling with time, never faster than a car can go, each taken as it stands or, at some cost, as miles.
#ifndef RF_INDEX_ODOMETER_H
#define RF_INDEX_ODOMETER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ODOMETER_READINGS_MAX = 64,
    ODOMETER_KM_MAX = 3000000,
    ODOMETER_DAY_KM_MAX = 1500,    // more than that a day is another car's reading
    ODOMETER_RATE_DAYS_MIN = 30,   // readings nearer to now say nothing about a year
    ODOMETER_RATE_DAYS_MAX = 1095, // and older ones less than newer ones
    ODOMETER_KEPT = 4,             // worth of a reading kept,
    ODOMETER_MILES = 1,            // less this when it has to be miles
};

struct odometer_reading {
    int32_t day;  // since 1970-01-01
    uint32_t km;  // as it was written
    bool kept, miles;
    uint32_t real_km; // of those kept
};

static inline uint32_t odometer_miles(uint32_t miles) { return (uint32_t)(((uint64_t)miles * 1609344 + 500000) / 1000000); }
// Whether one reading can precede another of the same car.
static inline bool odometer_follows(int32_t day, uint32_t km, int32_t later_day, uint32_t later_km) {
    return later_day >= day && later_km >= km && (uint64_t)(later_km - km) <= (uint64_t)ODOMETER_DAY_KM_MAX * (uint64_t)((int64_t)later_day - day + 1);
}

// Sorts `list` by day, then by km, and settles kept, miles and real_km. Sets worth the same differ first in their latest reading: kept is
// preferred, as it stands to as miles. Readings after `today` are not kept.
void odometer_settle(struct odometer_reading *list, unsigned count, int32_t today, uint32_t now_km);
// Kilometres a year by the kept readings: since the oldest of the last ODOMETER_RATE_DAYS_MAX days, else since the newest before them.
// 0: they do not say.
uint32_t odometer_rate(const struct odometer_reading *list, unsigned count, int32_t today, uint32_t now_km);

#endif
