// api_car.h: the car a call about services is about, with what is known of its past: shared by maintenance, cockpit and needs.
#ifndef RF_SERVER_API_CAR_H
#define RF_SERVER_API_CAR_H

#include "index/car_service.h"
#include "server/api.h"

enum { CAR_EVENTS_MAX = 2000 }; // newest events of a person that are looked through for services done, readings and refusals

struct api_car {
    const struct service_book *book;
    struct knowledge k;
    struct slice vehicle;          // the base vehicle's id; empty where K has none or several
    struct service_past *past;     // of the request; events are added by api_car_settle
    struct car_state state;
    struct due_car car;            // after api_car_settle
    uint32_t user;
    const struct user *person;     // NULL: unknown
    struct event *events;          // the person's newest ones, newest first
    unsigned event_count;
};

// The user, the book and an empty past. Then the caller sets K (api_car_garage where no vehicle was named), mileage, age, use, past.
enum err api_car_begin(const struct request *rq, struct app_worker *w, struct slice user, struct api_car *out, struct fault *why);
// K of one car of the person's garage, with its odometer where the request has none.
enum err api_car_of_garage(const struct request *rq, struct app_worker *w, unsigned entry, struct api_car *car, struct fault *why);
// Adds what the garage and the person's events say of this car, and settles its usage.
void api_car_settle(struct app_worker *w, struct api_car *car);
// The state of its services; out[SERVICES_MAX]. ERR_BAD_REQUEST `vehicle` where too many cars are meant.
enum err api_car_services(struct app_worker *w, const struct api_car *car, struct car_service *out, unsigned *count, struct fault *why);

#endif
