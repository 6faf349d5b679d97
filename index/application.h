// application.h: the truth of fitment: this product, at this position, in this quantity, fits vehicles matching this
// predicate, under these conditions. Everything else about fitment is derived from these records.
//
// A record is one (make, model, years) with the terms that narrow it. Terms are ANDed; an attribute without a term applies to
// all its values; the values of one term are alternatives. Records of one product are ORed. An application over several
// vehicles is several records that share ordinal-independent content.
//
// TABLE_APPLICATION value (per product): count varint, the offset u32 of every APPLICATIONS_STRIDE-th application after the
// first (so that a reason is found without reading the thousands before it), then per application: flags u8, {label varint where
// there is one, position u8, quantity varint, source varint}, line varint (zigzag, less the line before), {make varint}, model
// varint, {year_from varint (zigzag, less the year before), years varint (to - from)}, {predicate}, and for unresolved ones the raw
// vehicle. Each part in braces is left out when a high bit of the flags says that it is the application before's; the one
// before an APPLICATIONS_STRIDE-th one counts as all zeros.
//
// A predicate is: term count u8 (0x80: conditions follow), {condition count u8}, {attr u8 (0x80: not one value), {value
// count u8 (0x80: specifications)}, value varint...}..., condition varint...
#ifndef RF_INDEX_APPLICATION_H
#define RF_INDEX_APPLICATION_H

#include "base/json.h"
#include "view.h"

enum { // flags; the four high bits belong to the stored form
    APPLICATION_UNRESOLVED = 1, // make, model or value not known: never matches, parked with its raw text
    APPLICATION_NOT_VALIDATED = 2, // ACES validate="no"
    APPLICATION_LABELLED = 4, // a label follows the flags; set by application_encode()
};

#define TERM_SPEC 0x80 // bit of the stored attribute, whose ids stay below it
struct term {
    uint8_t attr;
    uint8_t count;
    bool spec;              // values are what the product is, compared with what the car asks for (spec.h), not what the car is
    const uint16_t *values; // ascending
};

#define APPLICATION_ANY_YEAR UINT16_MAX // year_to, with year_from 0: every year

struct application {
    uint8_t flags, position, term_count, condition_count; // position: NAMES_POSITION, 0 = none
    uint16_t quantity, year_from, year_to;
    uint32_t make, model;       // model 0 = every model of the make, make 0 = every make
    uint32_t source, line;      // NAMES_SOURCE
    const struct term *terms;   // ascending by attr
    const uint32_t *conditions; // ascending
    uint32_t label;             // NAMES_LABEL, 0 = none
    struct slice raw;           // of unresolved ones: the vehicle as a document said it, members of the contract's object without the years
};

// ---- conditions: what a vehicle's attributes cannot decide --------------------------------------------------------------
enum condition_type { CONDITION_TEXT = 1, CONDITION_PRODUCTION_DATE, CONDITION_CHASSIS, CONDITION_OPTION, CONDITION_STEERING };
struct condition {
    uint32_t id;
    enum condition_type type;
    struct slice text, from, to;
    char hash[11]; // 10 hex digits: the `cond.<hash>` of questions and answers
};
const char *condition_type_name(enum condition_type type);
bool condition_type_parse(struct slice text, enum condition_type *out);
enum err condition_load(struct view *v, uint32_t id, struct condition *out);
enum err condition_find(struct view *v, struct slice hash, uint32_t *id); // ERR_NOT_FOUND
enum err condition_intern(struct txn *t, enum condition_type type, struct slice text, struct slice from, struct slice to,
                          uint32_t *id);

// ---- records ------------------------------------------------------------------------------------------------------------
// The predicate alone (terms, conditions), as records and groups both store it. decode: false for damaged bytes or a full arena.
void predicate_encode(struct buf *out, const struct application *a);
bool predicate_decode(struct arena *arena, struct reader *r, struct application *a);

#define APPLICATIONS_STRIDE 16
void application_encode(struct buf *out, const struct application *a);
// The stored record out of `count` encoded applications, one after the other in `list`.
void applications_frame(struct buf *out, struct slice list, unsigned count);
// One application as application_encode() wrote it; arena.
enum err application_decode(struct arena *a, struct slice bytes, struct application *out);
// One application by its ordinal; arena. ERR_NOT_FOUND when there are fewer.
enum err application_load(struct view *v, uint32_t product, unsigned ordinal, struct application *out);
// Steps over one encoded application: its bytes, a hash of all but years, source and line, and its years.
enum err application_content(struct reader *r, struct slice *bytes, uint64_t *content, uint16_t *year_from, uint16_t *year_to);
// Whether any of a stored record is about this model, or about all models of this make.
enum err applications_name_model(struct slice record, uint32_t make, uint32_t model, bool *out);
enum err applications_unresolved(struct slice record, bool *out); // whether any of a stored record names vehicles nobody knows
enum err applications_list_unresolved(struct slice list, bool *out);       // the same of a list of encoded ones
// A stored record as a list of encoded applications again, and how many there are; arena. Without a record there are none.
enum err applications_list(struct arena *a, struct slice record, struct slice *list, unsigned *count);
// The applications of a product, in stored order; arena. *count is 0 for a product without any.
enum err applications_load(struct view *v, uint32_t product, struct application **out, unsigned *count);
enum err applications_decode(struct arena *a, struct slice record, struct application **out, unsigned *count);

// Whether the car's own specification decides.
bool application_has_spec(const struct application *a);
static inline bool application_any_year(const struct application *a) { return a->year_from == 0 && a->year_to == APPLICATION_ANY_YEAR; }

// {position, quantity, vehicles:[{make, model, years:[from,to], market, attrs:{}, spec:{}}], conditions:[{type,text,from,to}]}: the
// contract's one object, here with exactly one vehicle.
void application_json(struct view *v, struct json_writer *w, const struct application *a);

#endif
