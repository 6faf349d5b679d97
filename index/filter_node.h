// filter_node.h: a parsed filter as a tree. Private to filter.c, which makes it, and filter_test.c, which answers it.
#ifndef RF_INDEX_FILTER_NODE_H
#define RF_INDEX_FILTER_NODE_H

#include "filter.h"

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_EQUAL, NODE_RANGE };
enum field { FIELD_BRAND, FIELD_TYPE, FIELD_KIND, FIELD_CLASS, FIELD_FIT, FIELD_UNIVERSAL, FIELD_IN_STOCK, FIELD_PRICE, FIELD_RATING,
             FIELD_STOCK, FIELD_ATTRIBUTE };

struct number_memo;                                   // which values are in a range, as far as they were met
struct number_memo *filter_memo_new(struct arena *a); // NULL: out of memory, and nothing is remembered

struct filter_node {
    enum node_kind kind;
    enum field field;
    struct slice name;         // of the field as written
    const struct filter_node *left, *right;
    uint32_t attribute;        // FIELD_ATTRIBUTE: 0 when no product has it
    uint32_t id;               // NODE_EQUAL: of the brand, type, kind, verdict, boolean, value; 0 of a brand, type or value nobody has
    double low, high;          // NODE_RANGE, both inclusive unless open
    bool low_open, high_open, negated;
    struct number_memo *memo;  // NODE_RANGE on attributes
};

#endif
