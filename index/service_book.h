// service_book.h: all services and rules, resolved to ids and ordered, as requests read them.
//
// Built once per view and kept while the tables of services, rules and vehicles stay as they are (names of vehicles may come later than
// the rules that mean them). A rule whose make, model, vehicle or attribute nobody knows stays in the book and matches no car.
#ifndef RF_INDEX_SERVICE_BOOK_H
#define RF_INDEX_SERVICE_BOOK_H

#include "service.h"

struct book_term {
    uint8_t attr;
    uint16_t count;
    const uint16_t *values; // alternatives
};
struct book_rule {
    struct service_rule is;
    uint32_t vehicle, make, model; // 0: any
    bool lost;                     // it names something nobody knows
    unsigned term_count;
    const struct book_term *terms;
    unsigned type_count;           // where the rule names types itself
    uint32_t types[SERVICE_TYPES_MAX], labour;
    uint64_t weight;               // more specific: greater
};
struct book_service {
    struct service is;
    uint32_t labour;               // type ids; 0: none, or nobody knows it
    unsigned type_count, item_count, rule_count;
    uint32_t types[SERVICE_TYPES_MAX];
    uint16_t items[SERVICE_ITEMS_MAX];  // places in the book; packages only
    const struct book_rule *rules;      // most specific first
};
struct service_book {
    unsigned count;
    const struct book_service *services; // by slug
    uint64_t version;                    // service_rules_version()
    uint64_t made;                       // another number for each book of a view
};

// Lives until view_end at least. Empty where nothing was imported.
enum err service_book(struct view *v, const struct service_book **out);
// NULL: nobody knows it.
const struct book_service *service_book_find(const struct service_book *book, struct slice slug);

// Plans that the last requests found, for service_plan.c alone: its own memory, freed with the cache; `made` tells books apart, whose rules
// kept plans point to. NULL inside a transaction.
struct service_plans;
struct service_plans **service_plans_of(struct view *v);
void service_plans_free(struct service_plans *p); // service_plan.c

struct service_cache *service_cache_new(void); // NULL: out of memory
void service_cache_free(struct service_cache *c);

#endif
