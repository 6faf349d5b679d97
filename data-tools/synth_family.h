// synth_family.h: which cars share a part. A family is a set of members, each a model over some years: the cars of one make
// with related engines, the generations on one platform, all generations with one tyre size, all engines with one oil.
//
// Families of common cars are small (many products of their own), those of rare cars large (few products, many cars),
// so that a product fits about fifty base vehicles on average and the skew is that of a real catalogue. Which cars are put
// together is made up, deterministically, from make, class and years.
#ifndef RF_TOOLS_SYNTH_FAMILY_H
#define RF_TOOLS_SYNTH_FAMILY_H

#include "synth_world.h"

struct synth_member {
    uint32_t model;
    uint16_t from, to;
    uint32_t engine;   // families by engine and by oil
    uint16_t code;     // engine code all of them share, else 0
    uint8_t needs;     // NEEDS_* of any of them
    bool only;         // their only engine, or
    bool whole;        // all their engines take the same parts
    bool electric;     // no car of these years burns anything
    bool optional;     // tyre size of the upper trims only
    uint8_t axle;      // of a tyre: 1 front, 2 rear, where they differ; 0 both
    bool popular;
    uint16_t vehicles; // base vehicles in the years
};
struct synth_family {
    enum synth_rule rule; // RULE_ENGINE, RULE_PLATFORM, RULE_TYRE, RULE_OIL
    uint32_t make;        // engine and platform
    uint32_t engine;      // engine: one of them; tyre: index into SYNTH_TYRE_SIZES; oil: into SYNTH_OILS
    uint32_t first_member, member_count, vehicles;
    enum synth_class class_of;
    bool popular, us, cn, all_electric;
    float weight;         // of its cars on the road
};
struct synth_families {
    struct synth_world *world;
    struct synth_member *members;
    struct synth_family *families;
    unsigned member_count, member_capacity, family_count, family_capacity;
    unsigned first_tyre, first_oil; // tyre family of size i is first_tyre + i, likewise oils
};

// Also tells every vehicle its platform's family and tyre sizes, and every edge its engine's family and oil. `reach` scales
// how many cars share a part; 1 for about fifty.
enum err synth_families_build(struct synth_world *w, float reach, struct synth_families *out);
void synth_families_free(struct synth_families *f);

// Estimated sizes of a model's generation: indices into SYNTH_TYRE_SIZES. The second is that of upper trims, or equal.
void synth_tyre_sizes_of(const struct synth_model *m, unsigned year, unsigned *base, unsigned *upper);
unsigned synth_oil_of(const struct synth_engine *e, unsigned year); // index into SYNTH_OILS

#endif
