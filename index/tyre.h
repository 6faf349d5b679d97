// tyre.h: which sizes of tyres a car takes, and how a tyre's size stands to them.
//
// The car's own sizes are what its configurations or the customer's answers say (tyre_size, tyre_size_rear); where neither knows, the
// sizes of those tyres that fit it by the catalogue's word, which is then said. Axles with sizes of their own are told apart. What else
// is permitted on an axle is spec.h's rule: equal rim, overall diameter within 3 %, load and speed at least the car's, run-flat and
// extra load where it has them. Larger wheels (plus sizes) come only where somebody asks for them.
#ifndef RF_INDEX_TYRE_H
#define RF_INDEX_TYRE_H

#include "fitment.h"
#include "spec.h"

#define TYRE_TYPE "tyre"   // the vocabulary's slug
#define TYRE_SIZES_MAX 16
#define TYRE_TEXT_MAX 64
#define TYRE_PLUS_INCHES 2 // the most a wheel may grow

enum tyre_axle { TYRE_BOTH, TYRE_FRONT, TYRE_REAR, TYRE_AXLES };
enum tyre_source {
    TYRE_OF_VEHICLE,   // a configuration says so
    TYRE_OF_ANSWER,    // the customer does
    TYRE_OF_CATALOGUE, // tyres of this size fit by their applications
    TYRE_PLANNED,      // a plus size
    TYRE_SOURCES
};
const char *tyre_axle_name(enum tyre_axle axle);       // "both", "front", "rear"
enum tyre_axle tyre_axle_of(struct view *v, uint8_t position); // of a match's position
const char *tyre_source_name(enum tyre_source source); // "vehicle", "answer", "catalogue", "plus"

struct tyre_size {
    enum tyre_axle axle;
    enum tyre_source source;
    bool open;                // under a condition: a size this car may have
    unsigned products;        // of the catalogue that have it; 0 where it comes from elsewhere
    struct spec_tyre tyre;
    char text[TYRE_TEXT_MAX]; // "225/45R17 91W"
};
struct tyre_sizes {
    unsigned count;
    struct tyre_size list[TYRE_SIZES_MAX]; // the car's own before open ones, then by how many products have them
};

// How a product's size stands to an axle's.
enum tyre_relation {
    TYRE_OTHER,      // not permitted there
    TYRE_UNREAD,     // the product states no size that can be read
    TYRE_SUBSTITUTE, // permitted; `why` says what differs
    TYRE_OPTION,     // a size this car may have been delivered with
    TYRE_OWN,        // the car's own
    TYRE_RELATIONS
};
const char *tyre_relation_name(enum tyre_relation relation); // "own", "option", "substitute", "unknown", "other"

// The size a product states by its attributes: size (or tyre_size), load, speed, extra_load, run_flat, season. False: none can be read.
enum { TYRE_ATTRIBUTES = 7 };
struct tyre_attributes { uint32_t ids[TYRE_ATTRIBUTES]; }; // looked up once for a request
void tyre_attributes_begin(struct view *v, struct tyre_attributes *out);
bool tyre_of_product(struct view *v, const struct tyre_attributes *a, uint32_t product, struct spec_tyre *out, char text[TYRE_TEXT_MAX]);
// `f` is fitment_find() of tyres for k. Nothing known of the car's tyres: none.
enum err tyre_sizes_of(struct view *v, const struct knowledge *k, const struct fitment *f, struct tyre_sizes *out);
bool tyre_sizes_staggered(const struct tyre_sizes *s); // the rear axle has its own
// A product at an axle (TYRE_BOTH: any of them) against all sizes there; *at is the one it relates to, *why lives in it.
struct tyre_fit { enum tyre_relation relation; const struct tyre_size *at; struct spec_result why; };
struct tyre_fit tyre_relate(const struct tyre_sizes *s, enum tyre_axle axle, const struct spec_tyre *tyre, struct slice text);
// Sizes for wheels `inches` larger than those of an own size, nearest in diameter first; at most 3 for each own size.
void tyre_plus_sizes(const struct tyre_sizes *own, unsigned inches, struct tyre_sizes *out);

#endif
