// cockpit.h: the few services that matter to a car now: out of fault codes, sensors and the plan, by urgency, confidence and what the
// person is interested in.
//
// Invariants
//  1. One cause gives one suggestion: everything that leads to the same service is one (a misfire code and due spark plugs), and a code goes
//     to one service alone: the first of its parts that the car has and that is not as good as new.
//  2. What nobody described stays undescribed: an unknown code leads to having it read out, with what its structure says.
//  3. Of two services that are due, the one whose neglect costs more and the one that is later come first.
//  4. A person who dismissed, snoozed or accepted a service is not asked again before the time is over, whatever the cause.
#ifndef RF_MODEL_COCKPIT_H
#define RF_MODEL_COCKPIT_H

#include "index/car_service.h"
#include "index/event.h"
#include "index/trouble_maker.h"

enum {
    COCKPIT_CODES_MAX = 64, COCKPIT_WHEELS_MAX = 16, COCKPIT_CAUSES_MAX = 16, COCKPIT_SUGGESTIONS_MAX = SERVICES_MAX,
    COCKPIT_DISMISS_DAYS = 30, COCKPIT_SNOOZE_DAYS = 7, COCKPIT_ACCEPT_DAYS = 14, // where an event's value says nothing else
};

enum cockpit_severity { COCKPIT_ROUTINE, COCKPIT_SOON, COCKPIT_STOP };
const char *cockpit_severity_name(enum cockpit_severity s);

struct cockpit_code { struct trouble_text sent; struct trouble_meaning meaning; };
struct cockpit_wheel { struct slice name; double kpa; };
struct cockpit_sensors {
    bool has_voltage, has_outside;
    double voltage, outside_c;
    unsigned wheel_count;
    struct cockpit_wheel wheels[COCKPIT_WHEELS_MAX];
    // oil life, pads and battery state are readings, which settle the states of `services`
};

struct cockpit_input {
    struct view *view;
    const struct service_book *book;
    const struct knowledge *k;
    const struct car_service *services; // of the car; none without a car
    unsigned service_count;
    const struct cockpit_code *codes;
    unsigned code_count;
    const struct cockpit_sensors *sensors;
    const struct event *events;         // the person's, newest first
    unsigned event_count;
    struct slice vehicle;               // base vehicle's id; may be empty
    int64_t now_ms;
};

enum cockpit_cause_kind { CAUSE_CODE, CAUSE_SENSOR, CAUSE_DUE };
struct cockpit_cause {
    enum cockpit_cause_kind kind;
    const struct cockpit_code *code;
    const char *sensor;                 // "tyre_kpa", "battery_v", a reading's name
    struct slice wheel;                 // of tyre_kpa
    double value;
};
struct cockpit_suggestion {
    const struct book_service *service;
    const struct car_service *due;      // of the car's plan; NULL: not part of it
    uint32_t type;                      // the part a code leads to; 0: the service's own
    enum cockpit_severity severity;
    double urgency;                     // of the worst cause; within a step of severity, of what is due: what waiting costs, how late it is
    double confidence, relevance, score; // score is the product of the three
    unsigned cause_count;               // those beyond COCKPIT_CAUSES_MAX are counted in the confidence only
    struct cockpit_cause causes[COCKPIT_CAUSES_MAX];
};

// out[COCKPIT_SUGGESTIONS_MAX], best first. Pure but for the book's vocabulary; arena.
enum err cockpit_suggest(const struct cockpit_input *in, struct cockpit_suggestion *out, unsigned *count);
// One sentence a driver understands; arena.
struct slice cockpit_reason(struct arena *a, const struct cockpit_suggestion *s, bool chinese);

#endif
