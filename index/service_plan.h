// service_plan.h: which services a car has, and by which rules: the plan before anything is due.
//
// Invariants
//  1. A rule matches a configuration yes (base vehicle, make, model, years and every attribute known and among the rule's values), no (one
//     known and not), else maybe; an answer of the customer stands in for what a configuration does not know.
//  2. Of the rules that match a configuration yes, the most specific one that says when gives the interval, the most specific one that says
//     what gives the amounts. A configuration whose interval rule says "none" does not have the service.
//  3. A service applies to K when some possible configuration has it. Where not all have it, or where it hangs on something unknown, it
//     is told, with the attribute that would decide.
//  4. Of configurations with different intervals the shortest one counts, and it is told that they differ.
#ifndef RF_INDEX_SERVICE_PLAN_H
#define RF_INDEX_SERVICE_PLAN_H

#include "knowledge.h"
#include "service_book.h"

enum service_applies {
    APPLIES_MAYBE, // no configuration surely has it; it hangs on what nobody told
    APPLIES_SOME,  // some of the possible configurations have it
    APPLIES_ALL,
};
struct planned_service {
    const struct book_service *service;
    const struct book_rule *interval; // the rule with the shortest interval
    const struct book_rule *amount;   // of the same configurations; NULL: nobody said
    enum service_applies applies;
    bool varies;                      // configurations differ in the interval
    bool amount_varies;
    uint8_t question;                 // attribute that would decide whether, or at what interval; 0: none
};

#define SERVICE_PLAN_VEHICLES 16 // base vehicles of one K that are looked at; more are never asked for at once

// out[SERVICES_MAX], by slug; packages are no part of it. ERR_TOO_LARGE for a K of more base vehicles.
enum err service_plan_find(struct view *v, const struct service_book *book, const struct knowledge *k, struct planned_service *out,
                           unsigned *count);

#endif
