// knowledge.h: K, what is still possible for this customer's car: base vehicles with the configurations that remain, and
// the answers given. Words, a VIN, a garage entry or an answered question only ever narrow it.
//
// Answers about attributes that a configuration does not carry do not remove it; they stand in for the unknown value when
// applications are matched. An answer may list alternatives; "?" is "don't know": it keeps every possibility and stops
// the question. make, model and year are answered like attributes, but they choose among the base vehicles.
#ifndef RF_INDEX_KNOWLEDGE_H
#define RF_INDEX_KNOWLEDGE_H

#include "application.h"
#include "vehicle.h"

#define VALUE_UNHEARD 0xFFFF // a value no record knows: equal to nothing

struct answer {
    uint8_t attr;
    bool dont_know;
    uint16_t count;
    const uint16_t *values; // ascending; 0xFFFF stands for a value no record knows
    const struct slice *texts; // of the values, for those no record knows; NULL: none has a text
};
struct condition_answer { uint32_t condition; char answer; }; // 'y', 'n' or '?'

struct knowledge_vehicle {
    const struct vehicle *vehicle;
    unsigned words;            // of each bit set over the configurations
    unsigned count;            // configurations still possible
    const uint64_t *possible;
    const uint16_t *columns;   // vehicle->values by attribute: [attr_count][count of the vehicle], so that a test is one pass
};

// The levels of a base vehicle: pseudo attributes, whose answers are no struct answer.
enum car_level { CAR_MAKE, CAR_MODEL, CAR_YEAR, CAR_LEVELS };
extern const char *const car_level_names[CAR_LEVELS]; // "make", "model", "year", as attrs= says them
extern const char *const car_level_labels[CAR_LEVELS], *const car_level_labels_zh[CAR_LEVELS];
struct car_answer {
    bool asked, dont_know;      // asked: answered, be it with "?"
    uint16_t count, slug_count; // both 0: anything
    const uint32_t *values;     // ids of makes or models, or years
    const struct slice *slugs;  // of models: without the make's
};

struct knowledge {
    struct view *view;         // in which specifications are compared; NULL: they stay a maybe
    bool given;                // false: no car was named, fitment is not asked
    bool resolved;             // false with given: the name is well-formed but leads to no base vehicle (a VIN, words)
    unsigned vehicle_count, answer_count, condition_count;
    struct knowledge_vehicle *vehicles;
    const struct answer *answers;
    const struct condition_answer *conditions;
    struct car_answer car[CAR_LEVELS];
    struct slice unknown, unknown_zh; // given by words and not resolved: what nobody knows of, as a sentence's part
    struct slice given_up;            // words' terms that were not heeded, "displacement:1.4,...": the customer says otherwise
    bool position_given;          // attrs=position:front: applications at other positions do not count
    bool position_asked;          // answered, be it with "?": not asked again
    bool quantity_asked;          // the same of attrs=quantity:2
    uint64_t positions[4];        // where position_given: the NAMES_POSITION ids that do; 0, "none", is no position
    unsigned quantity_count;      // applications with other quantities do not count; 0: all do
    const uint16_t *quantities;
};

// vehicle: base vehicle id, configuration id, or VIN; attrs: "displacement:1.4|2.0,abs:?,cond.<hash>:yes"; market: one
// value or empty. All may be empty: then *out is not `given`. Errors name the field `vehicle`, `attrs` or `market`; when
// answers leave nothing, the message lists the values that would.
enum err knowledge_parse(struct view *v, struct slice vehicle, struct slice attrs, struct slice market,
                         struct knowledge *out, struct fault *why);
// Whether the answers about make, model and year let a base vehicle be it.
bool knowledge_admits(const struct knowledge *k, const struct vehicle *vehicle);
// K of one base vehicle with all its configurations and nothing else known.
enum err knowledge_of_vehicle(struct view *v, uint32_t vehicle, struct knowledge *out);
// *out is k as it would be with another value of a specification, whatever its configurations say: what a customer plans ("18 inch
// wheels"), not what the car has. k stays as it is, and must outlive *out.
enum err knowledge_assume(struct view *v, const struct knowledge *k, uint8_t attr, struct slice value, struct knowledge *out);
// In the text form ',', ':', '|' and '%' inside a value stand as %2C, %3A, %7C and %25; knowledge_unescape undoes that.
struct slice knowledge_unescape(struct arena *a, struct slice value);
// A JSON object {"displacement":"1.4","fuel":["gasoline","diesel"],"abs":"?"} in the text form above.
enum err knowledge_attrs_from_json(struct arena *a, const struct json *object, struct slice *out, struct fault *why);

const struct answer *knowledge_answer(const struct knowledge *k, uint8_t attr);       // NULL: not answered
char knowledge_condition(const struct knowledge *k, uint32_t condition);              // 'y', 'n', '?' or 0
// The column of an attribute in one vehicle of K, [count of the vehicle]; NULL when no configuration carries it.
const uint16_t *knowledge_column(const struct knowledge_vehicle *kv, uint8_t attr);

static inline bool bits_get(const uint64_t *bits, unsigned i) { return (bits[i / 64] >> (i % 64)) & 1; }
static inline void bits_set(uint64_t *bits, unsigned i) { bits[i / 64] |= (uint64_t)1 << (i % 64); }

// Whether the answers about position and quantity let an application's count.
static inline bool knowledge_position(const struct knowledge *k, uint8_t position) {
    return !k->position_given || bits_get(k->positions, position);
}

static inline bool knowledge_quantity(const struct knowledge *k, unsigned quantity) {
    bool among = k->quantity_count == 0;
    for (unsigned i = 0; i < k->quantity_count && !among; i++) among = k->quantities[i] == quantity;
    return among;
}

#endif
