// interchange.h: which products stand for a part number: the graph of interchange, walked from one number.
//
// Nodes are numbers of one owner: (brand or maker, canonical number). Edges are what product records say (product.h): two-way
// equivalence (oe, competitor) between the product's own number and the number it names, and supersession, which has a direction.
// A walk that has once followed a supersession to newer numbers goes on to newer ones only, and likewise to older ones: what was
// replaced by the same part is not thereby the same. An edge of a quantity other than 1 leads to its other end and no further.
// Equal numbers of two brands stay two nodes; a bare number starts one walk for each.
//
// A walk that would come across more than INTERCHANGE_NODES_MAX numbers stops at the neighbours of the number it began with and says
// so: such a component is made by wrong edges. interchange_report() shows which.
#ifndef RF_INDEX_INTERCHANGE_H
#define RF_INDEX_INTERCHANGE_H

#include "product.h"

#define INTERCHANGE_NODES_MAX 1000

struct interchange_step {          // of a path: a number, and what it is to the one before it
    uint32_t brand;
    enum number_relation relation; // 0 at the number asked for
    uint16_t quantity;
    struct slice number, note;     // as the record spells it
};
struct interchange_hit {
    uint32_t product;
    enum number_relation relation; // of the product to the number asked for; NUMBER_OWN: it is that number
    uint16_t quantity;             // pieces of the product in place of one of that number; 1 over several steps
    unsigned step_count;
    const struct interchange_step *steps; // the number asked for first, the product's own last
};
struct interchange {
    struct slice canonical;
    const uint32_t *brands;        // whose numbers were walked from, ascending
    unsigned brand_count, count;
    struct interchange_hit *hits;  // own, oe, competitor, supersedes, superseded_by; then shorter paths; then external ids
    bool truncated;
};

// `brand` 0: of any brand. A number nobody has is an empty answer; ERR_BAD_REQUEST `number` for text without a letter or digit.
enum err interchange_find(struct view *v, struct slice number, uint32_t brand, struct interchange *out, struct fault *why);

// ---- the graph as a whole ---------------------------------------------------------------------------------------------------
// Components of equivalence at quantity 1: how many of which size, the largest, and in each the single edges that hold its two
// largest parts together, which is where a wrong entry shows. Memory: some 100 bytes a number, on the heap.
#define INTERCHANGE_LARGEST 5
#define INTERCHANGE_BRIDGES 3
#define INTERCHANGE_SIZES 24 // sizes [i] are components of 2^i to 2^(i+1) - 1 numbers

struct interchange_number { uint32_t brand; char text[72]; };
struct interchange_bridge { struct interchange_number from, to; uint32_t product, parts[2]; }; // product: whose record says so
struct interchange_component {
    uint32_t numbers, edges, bridge_count;
    struct interchange_number one; // some number of it
    struct interchange_bridge bridges[INTERCHANGE_BRIDGES]; // most even split first
};
struct interchange_report {
    uint64_t numbers, edges, components, too_large; // too_large: of more than INTERCHANGE_NODES_MAX numbers
    uint64_t sizes[INTERCHANGE_SIZES];
    struct interchange_component largest[INTERCHANGE_LARGEST];
    unsigned largest_count;
};
enum err interchange_report(struct view *v, struct interchange_report *out, void (*progress)(void *, uint64_t, uint64_t), void *arg);

#endif
