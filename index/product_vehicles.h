// product_vehicles.h: which base vehicles a product fits, readable: lines of one model, one set of terms and one way of fitting, with
// the years of the base vehicles that exist, have a configuration the application does not rule out, and are not excluded.
//
// Years are those vehicles and no others: a year the words cover, but of which there is no such car, is not among them.
// Applications for every make are lines without a make and not spread over all cars.
#ifndef RF_INDEX_PRODUCT_VEHICLES_H
#define RF_INDEX_PRODUCT_VEHICLES_H

#include "fitment.h"

struct product_line {
    const struct application *a; // terms, position, quantity, conditions and label of the line; its make, model and years are words
    uint32_t make, model;        // make 0: every make
    struct slice years;          // "2012-2018,2020"; of a line for every make the application's own, empty for all
    uint32_t vehicles;           // base vehicles; 0 for every make
    bool whole;                  // each of them with all its configurations and without a condition
};
struct product_lines {
    struct product_line *list;   // by make, model, then as in the record
    unsigned count, unresolved;  // unresolved: applications that name cars nobody knows
    uint32_t vehicles;           // distinct base vehicles of all lines
};
// Reads every vehicle the applications cover, so not for an event loop.
enum err product_lines(struct view *v, uint32_t product, struct product_lines *out);

#endif
