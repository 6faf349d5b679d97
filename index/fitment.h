// fitment.h: what fits: three-valued match of applications with configurations, the five verdicts, reasons, questions.
//
// Invariants
//  1. An application matches a configuration yes (every term known and satisfied), no (one term known and not), else maybe.
//  2. A product `fits` K when every possible configuration of every vehicle in K is a yes under some application without an
//     open condition; it is `conditional` when that is not so but some application is yes or maybe; `no` when all are no and
//     its brand lists this type for every vehicle of K and none of its applications is unresolved; `universal` when the record says so; else `unknown`.
//  3. Groups (TABLE_GROUP, by base vehicle and type; vehicle 0 holds the universal products and applications for every make, which
//     are matched with each car like its own; years stand before their terms as one of attribute 0) are derived from TABLE_APPLICATION.
//     A product in TABLE_DIRTY is not to be believed in groups: its applications are evaluated instead. Both ways
//     run through the same match.
//  4. The predicate of a group's dictionary entry is evaluated once per request however many rows refer to it.
//
// TABLE_GROUP value: row count varint; entry count varint, first product varint, width of a product delta u8, width of an
// application u8, entries {position varint (doubled; one more says that a quantity other than 1 follows), {quantity varint}, predicate
// (application.h)}, then rows ascending by product, then application, as bits, low ones first: {product delta, entry,
// application}. Widths are in bits, the same in all rows of a group; an entry takes as many as the highest entry needs.
#ifndef RF_INDEX_FITMENT_H
#define RF_INDEX_FITMENT_H

#include "columns.h"
#include "knowledge.h"

enum verdict { VERDICT_UNKNOWN = 0, VERDICT_NO, VERDICT_CONDITIONAL, VERDICT_UNIVERSAL, VERDICT_FITS };
const char *verdict_name(enum verdict v);

struct match {
    uint32_t product, type;
    uint32_t application;  // ordinal of the best one in the product's record
    uint16_t quantity;     // of the best application
    uint8_t position;      // NAMES_POSITION of the best application
    uint8_t verdict;
    uint8_t whole;         // the best one matches every configuration of K's one vehicle, none of its conditions is open, and it
                           // compares no specification, whose reason names what the car has
};

#define QUESTION_VEHICLES 16 // a K of more base vehicles than that
#define QUESTION_ROWS 1024   // and of more rows is asked about make, model and year only

// What fits or may fit K, ascending by product, one match per product. Keeps what a question needs.
struct part_chunk;
struct fitment_parts { unsigned count; struct part_chunk *first, *last; };
struct level_answers;
struct fitment {
    const struct knowledge *k;
    struct match *matches;
    unsigned count, capacity;
    struct fitment_row *open_rows; // rows of conditional products, for questions
    unsigned open_count, open_capacity;
    bool rows_left_out;            // there are more than QUESTION_ROWS of them: none is believed
    struct fitment_parts parts;    // of several vehicles: which products may fit which of them (fitment_merge.h)
    const struct level_answers *levels; // made of the parts already (fitment_level.h); NULL: not yet
    uint64_t universal;            // which list of universal goods those of VERDICT_UNIVERSAL are, of a K of one vehicle without exclusions: all of it,
                                   // and equal numbers are equal lists; 0: cannot be said
};

// type 0 = all types. A K that is not given or not resolved yields an empty set. With `universal`, universal products
// of the type are in the set too.
enum err fitment_find(struct view *v, const struct knowledge *k, uint32_t type, bool universal, struct fitment *out);
// Of some types, which differ; without any, of all.
enum err fitment_find_types(struct view *v, const struct knowledge *k, const uint32_t *types, unsigned count, bool universal,
                            struct fitment *out);
// The verdict of one product; the match may be VERDICT_NO or VERDICT_UNKNOWN.
enum err fitment_verdict(struct view *v, const struct knowledge *k, uint32_t product, struct match *out);
// The same, with the set of just that product, so that fitment_question() can ask what would decide it.
enum err fitment_of_product(struct view *v, const struct knowledge *k, uint32_t product, struct match *out,
                            struct fitment *found);
// The same for a product that need not be stored: as it was, or as it would be. The database is asked for exclusions and, where
// `listed` is NULL, for the rest of the brand.
struct fitment_subject {
    uint32_t product;               // whose exclusions count; 0: none
    const struct product_facts *facts;
    const struct application *list; // its applications
    unsigned count;
    const bool *listed;             // whether the brand lists the type for every vehicle of K even without this product
};
enum err fitment_of_applications(struct view *v, const struct knowledge *k, const struct fitment_subject *s, struct match *out,
                                 struct fitment *found);

// ---- questions --------------------------------------------------------------------------------------------------------
struct question_option { uint32_t value; char answer; uint32_t count; }; // count: products still possible after it
struct question {
    uint8_t attr;            // 0: it asks for a condition, or (condition 0 too) for a level, the position or the quantity
    bool asks_level;         // then: for the level of the car: option values are ids of makes or models, or years
    enum car_level level;
    bool quantity;           // then: for the quantity
    uint32_t condition;      // 0: it asks for an attribute
    unsigned option_count;
    struct question_option *options;
};
// The attribute or condition whose answer leaves the fewest products undecided; *out is NULL when nothing is left to ask. `keep`
// (a byte per match, may be NULL) restricts it to the matches that survived the request's filters.
enum err fitment_question(struct view *v, const struct fitment *f, const uint8_t *keep, struct question **out);

// Where applications that match K differ in position, or else in quantity, only the person can say which is meant; *out is NULL when
// they do not differ or it has been answered. Option values are NAMES_POSITION ids (0: an application names none), or quantities.
enum err fitment_choice_question(struct view *v, const struct knowledge *k, uint32_t product, struct question **out);

// ---- explanation --------------------------------------------------------------------------------------------------------
// {verdict, because:[{application, source, matched, maybe, open, position, quantity}], question} for one product. For `no`
// the nearest application and the attribute that failed.
enum err fitment_explain(struct view *v, const struct knowledge *k, const struct match *m, unsigned max_reasons,
                         struct question *question, bool chinese, struct json_writer *w);
void question_json(struct view *v, struct json_writer *w, const struct question *q, bool chinese);

// ---- shared with the writers of groups ------------------------------------------------------------------------------------
extern const struct application application_universal; // the entry of universal products: no terms, quantity 1
struct group_row { uint32_t product, application; const struct application *entry; };
void group_encode(struct buf *out, const struct group_row *rows, unsigned count, struct arena *scratch);
bool application_covers(const struct application *a, uint32_t make, uint32_t model, unsigned year);

#endif
