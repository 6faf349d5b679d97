// api_choices.h: which vehicles of a make or model are still possible, and how many have each value of each attribute: what
// /v1/vehicles/options is written from. Private to api_options.c and api_choices.c.
#ifndef RF_SERVER_API_CHOICES_H
#define RF_SERVER_API_CHOICES_H

#include "index/base/limits.h"
#include "server/api_picker.h"

// Values and how many configurations (or vehicles) have each, kept small: more distinct values are not a choice.
struct tally_row { uint32_t value, count; };
struct tally {
    unsigned count, capacity;
    bool too_many;
    struct tally_row *rows;
};

struct choices {
    struct api_choice choice;
    struct api_page page;
    struct knowledge answers;                 // no vehicle: just what attrs and market say
    struct view *view;
    struct view loader;                       // the same, loading vehicles into `scratch`: a whole make fills no request's arena
    struct arena scratch;
    bool deep;                                // configurations are read
    struct tally models, years, attrs[LIMIT_ATTRIBUTES];
    unsigned total;                           // vehicles with something left
    struct buf vehicles;                      // struct found, in the order of the table
    enum err failed;
};

struct found {
    uint32_t vehicle;
    unsigned year;
};

// Counts over all vehicles of the choice's make; `choice`, `answers`, `view` and `deep` are set. Ends with what is counted.
enum err choices_count(struct choices *c);
// How many configurations choices_count() would read, `most` + 1 at most.
enum err choices_weigh(struct choices *c, uint64_t most, uint64_t *out);
bool choices_possible(const struct choices *c, const struct vehicle *vehicle, unsigned configuration);

#endif
