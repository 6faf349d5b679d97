#include "server/api_car.h"

enum err api_car_begin(const struct request *rq, struct app_worker *w, struct slice user, struct api_car *out, struct fault *why) {
    struct user *person;
    *out = (struct api_car){.past = arena_alloc(w->view->arena, sizeof *out->past)};
    if (!out->past) return ERR_NO_MEMORY;
    service_past_init(out->past);
    TRY(service_book(w->view, &out->book));
    TRY(api_user(w, user, &out->user, why));
    out->state = (struct car_state){.past = out->past, .now_ms = clock_unix_ms(rq->clock)};
    if (!out->user) return ERR_OK;
    enum err e = user_load(w->view, out->user, &person);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    out->person = person;
    return event_recent(w->view, out->user, CAR_EVENTS_MAX, &out->events, &out->event_count);
}

static void odometer_of_garage(struct api_car *car, const struct garage_entry *g) {
    if (car->state.has_km || g->odometer_km == 0 || g->odometer_km > ODOMETER_KM_MAX) return;
    car->state.has_km = true;
    car->state.km = g->odometer_km;
}

enum err api_car_of_garage(const struct request *rq, struct app_worker *w, unsigned entry, struct api_car *car, struct fault *why) {
    const struct garage_entry *g = &car->person->garage[entry];
    TRY(api_knowledge_of(rq, w, g->vehicle, g->attrs, SLICE_NONE, &car->k, why));
    odometer_of_garage(car, g);
    return ERR_OK;
}

// A newer reading than the garage's, of the person's events, is the odometer where the request has none.
static void odometer_of_readings(struct api_car *car) {
    const struct service_past *past = car->past;
    const struct odometer_reading *newest = NULL;
    for (unsigned i = 0; i < past->reading_count; i++)
        if (past->readings[i].day <= car->state.now_ms / DAY_MS && (!newest || past->readings[i].day > newest->day)) newest = &past->readings[i];
    if (car->state.has_km || !newest) return;
    car->state.has_km = true;
    car->state.km = newest->km;
}

void api_car_settle(struct app_worker *w, struct api_car *car) {
    const struct user *p = car->person;
    car->state.k = &car->k;
    car->vehicle = car->k.resolved && car->k.vehicle_count == 1 ? car->k.vehicles[0].vehicle->slug : SLICE_NONE;
    for (unsigned i = 0; p && car->vehicle.n && i < p->garage_count; i++)
        if (slice_eq(p->garage[i].vehicle, car->vehicle)) odometer_of_garage(car, &p->garage[i]);
    if (car->event_count) {
        bool only = p && p->garage_count <= 1 && (p->garage_count == 0 || slice_eq(p->garage[0].vehicle, car->vehicle));
        service_past_events(car->book, car->events, car->event_count, car->vehicle, only, car->past);
        odometer_of_readings(car);
    }
    car->car = car_of_state(w->view, &car->state);
}

enum err api_car_services(struct app_worker *w, const struct api_car *car, struct car_service *out, unsigned *count, struct fault *why) {
    enum err e = car_services(w->view, car->book, &car->state, &car->car, out, count);
    if (e != ERR_TOO_LARGE) return e;
    return fault_set(why, ERR_BAD_REQUEST, "vehicle", "that could be more than %d base vehicles; name the make, model or year", SERVICE_PLAN_VEHICLES);
}
