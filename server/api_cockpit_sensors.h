// api_cockpit_sensors.h: what a car reports of itself, out of the body of POST /v1/cockpit/suggest: its trouble codes and its sensors.
#ifndef RF_SERVER_API_COCKPIT_SENSORS_H
#define RF_SERVER_API_COCKPIT_SENSORS_H

#include "index/base/json.h"
#include "model/cockpit.h"

// The member dtc, as they were sent; in the arena. ERR_BAD_REQUEST `dtc`.
enum err api_cockpit_codes(struct arena *a, const struct json *body, struct cockpit_code **out, unsigned *count, struct fault *why);
// The member sensors: oil life, pads and battery state into `past`, which settles what is due; the rest into `out`. ERR_BAD_REQUEST `sensors`.
enum err api_cockpit_sensors(const struct json *body, struct service_past *past, struct cockpit_sensors *out, struct fault *why);

#endif
