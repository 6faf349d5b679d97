// service.h: what is done to a car (an oil change, a brake fluid flush, 小保养) and the rules that say when, on which cars.
//
// A *service* names the labour (a product type of kind service), the product types it takes, the reading that settles its state, and what
// a driver is told; one with `items` is a package of services. A *rule* is one row of facts for one service: which cars it is about (base
// vehicle, make, model, years, attributes) and either the interval or the amounts, or both. Of the rules about a car the most specific
// one that says a thing wins, each thing by itself (service_book.h). Every rule tells whose figures these are; who uses one shows it.
//
// TABLE_SERVICE: slug -> name, name_zh, labour, types, items, reading, 4 f32 limits, harm u8, advice, advice_zh.
// TABLE_SERVICE_RULE: id -> service, source u8, flags u8, vehicle, make, model, from u16, to u16, attrs, first_km u32, km u32, first_months u16,
// months u16, severe u8, highway u8, amount u32, unit, fluid, types, labour, note, note_zh, version u64.
// TABLE_META "service_rules": how often rules changed; "service_rule_count": how many there are.
#ifndef RF_INDEX_SERVICE_H
#define RF_INDEX_SERVICE_H

#include "base/json.h"
#include "view.h"

enum {
    SERVICE_SLUG_BYTES = 64,
    SERVICES_MAX = 128,
    SERVICE_RULES_MAX = 20000,
    SERVICE_TYPES_MAX = 8,      // product types of one service
    SERVICE_ITEMS_MAX = 16,     // services of one package
};

// Readings of a car that say more than any calendar: what they are called in requests and in services.tsv.
enum service_reading {
    READING_NONE, READING_OIL_LIFE_PCT, READING_BRAKE_PAD_MM, READING_TREAD_MM, READING_BATTERY_SOH_PCT, READING_BRAKE_FLUID_WATER_PCT,
    READING_COOLANT_TEST,
    READING_DRIVE_BATTERY_SOH_PCT, // of a car driven by it; battery_soh_pct means this one there
    READING_COUNT
};
const char *service_reading_name(enum service_reading r); // "oil_life_pct", ...; "" for none
struct service_reading_words { const char *what, *unit; };                              // for people: "brake pads", "mm"
struct service_reading_words service_reading_words(enum service_reading r, bool chinese);
bool service_reading_parse(struct slice text, enum service_reading *out);
bool service_reading_sane(enum service_reading r, double value); // within what such a gauge can show

// From the best to the worst: `fresh` is what a new part shows, then it becomes soon, due, overdue. Falling where fresh > overdue.
struct reading_limits { float fresh, soon, due, overdue; };

// What putting a service off costs: comfort, wear or fuel, damage or a breakdown, safety.
enum service_harm { HARM_COMFORT, HARM_WEAR, HARM_DAMAGE, HARM_SAFETY, HARM_COUNT };
const char *service_harm_name(enum service_harm h); // "comfort", ...
bool service_harm_parse(struct slice text, enum service_harm *out);

struct service {
    struct slice slug, name, name_zh;
    struct slice labour;             // product type of the work; empty: nothing is charged
    struct slice types, items;       // product types it takes; services it stands for: slugs joined by '|'
    enum service_reading reading;
    struct reading_limits limits;
    enum service_harm harm;
    struct slice advice, advice_zh;  // one sentence a driver understands
};

enum service_source { SERVICE_SAMPLE = 1, SERVICE_TYPICAL, SERVICE_MAKER, SERVICE_OWNER }; // of two equally specific rules the higher one wins
const char *service_source_name(enum service_source s);

enum { // flags of a rule
    RULE_INTERVAL = 1,  // says when
    RULE_AMOUNT = 2,    // says what and how much
    RULE_NONE = 4,      // says that there is no such service on these cars (with RULE_INTERVAL)
};

struct service_rule {
    struct slice id, service;
    enum service_source source;
    unsigned flags;
    struct slice vehicle, make, model; // base vehicle's slug; names as written; empty: any
    uint16_t from, to;                 // model years, 0: open
    struct slice attrs;                // "fuel:gasoline|flex,market:CN", the form of attrs=
    uint32_t first_km, km;             // first_km 0: as km; km 0: not by distance
    uint16_t first_months, months;
    uint8_t severe_pct, highway_pct;   // of the interval when the car is used so
    uint32_t amount_milli;             // thousandths of `unit`; 0: as the product's application says
    struct slice unit, fluid;          // "l" or "piece"; "5W-30"
    struct slice types, labour;        // instead of the service's own; empty: those
    struct slice note, note_zh;
    uint64_t version;                  // of all rules when this one was written
};

// ---- records ------------------------------------------------------------------------------------------------------------------
// ERR_BAD_REQUEST with the field. A rule's service must be there; attrs are checked against the attributes known.
enum err service_put(struct txn *t, struct arena *scratch, const struct service *s, struct fault *why);
enum err service_rule_put(struct txn *t, struct view *v, const struct service_rule *rule, struct fault *why);
// The same on the writer's thread, with a view of its own.
enum err service_rule_apply(struct txn *t, struct arena *scratch, const struct service_rule *rule, struct fault *why);
enum err service_rule_delete(struct txn *t, struct slice id, struct fault *why); // ERR_NOT_FOUND
enum err service_rule_get(struct view *v, struct slice id, struct service_rule *out);
uint64_t service_rules_version(struct view *v);
// All by slug, by id; slices live as long as the snapshot; `each` returns false to stop. ERR_DAMAGED.
enum err service_each(struct view *v, bool (*each)(void *arg, const struct service *s), void *arg);
enum err service_rule_each(struct view *v, bool (*each)(void *arg, const struct service_rule *rule), void *arg);

// ---- JSON ------------------------------------------------------------------------------------------------------------------------
// {id, service, vehicle?, make?, model?, years?:[from,to], attrs?:{}, scheduled?:bool, km?, months?, first_km?, first_months?, severe?, highway?,
// fluid?, amount?, unit?, types?:[], labour?, source?, note?, note_zh?}; source is owner unless said; slices into the tree or the arena.
enum err service_rule_from_json(struct arena *a, const struct json *body, struct service_rule *out, struct fault *why);
void service_rule_json(struct json_writer *w, struct arena *a, const struct service_rule *rule);

// ---- rows of services.tsv and service_rules.tsv, for the vocabulary's load -----------------------------------------------------------
// Cells in the order of the columns that vocabulary_load.c lists.
enum err service_row(struct txn *t, struct arena *scratch, const struct slice *cells, struct fault *why);
enum err service_rule_row(struct txn *t, struct view *v, const struct slice *cells, struct fault *why);

#endif
