// service_offer.h: what a service costs this person: the products that fit, best first, in the packs that cost least, and the labour.
//
// Only what `fits` or is `universal` is chosen; where a type has neither, what is `conditional` is shown with its question and no sum is
// made of it. A fluid whose amount is known is bought in the cheapest packs of one brand and specification that hold the amount
// (index/pack_choice.h); anything else in the quantity its application says. `good`, `better` and `best` are the brand's class.
#ifndef RF_MODEL_SERVICE_OFFER_H
#define RF_MODEL_SERVICE_OFFER_H

#include "index/fitment.h"
#include "index/pack_choice.h"
#include "index/product.h"
#include "index/service_plan.h"
#include "rank.h"

enum offer_tier { OFFER_GOOD, OFFER_BETTER, OFFER_BEST, OFFER_TIERS };
const char *offer_tier_name(enum offer_tier t);

enum { OFFER_CHOICES = 3 };

struct offer_pack { uint32_t product, count; };
struct offer_choice {
    struct match match;
    float score;
    enum offer_tier tier;
    unsigned pack_count;
    struct offer_pack packs[PACKS_MAX]; // what to buy; the chosen product first
    uint64_t cost;               // of them; 0: a price is not told
    uint32_t amount_milli;       // litres bought, in thousandths; 0 where pieces are bought
    unsigned pieces;
};
struct offer_line {              // one product type of the service, or its labour
    uint32_t type;
    bool labour, conditional;    // conditional: nothing surely fits; then `question` decides
    unsigned fitting;            // how many products were to choose from
    unsigned choice_count;
    struct offer_choice choices[OFFER_CHOICES]; // the person's own order
    unsigned tiers;              // bits: which of the next are there
    struct offer_choice tier[OFFER_TIERS];
    struct question *question;   // NULL: none
};
struct service_offer {
    unsigned line_count;
    struct offer_line *lines;    // arena
    uint64_t cost;               // of each line's first choice
    bool complete;               // every line has one with a price
    uint64_t tier_cost[OFFER_TIERS]; // the class's own choice, else of the nearest class below, else above
};

struct offer_query {
    struct ranker *ranker;       // between rank_begin and rank_end
    struct view *view;
    const struct rank_person *person;
    enum rank_surface surface;
    const struct knowledge *k;
    enum currency currency;
    unsigned choices;            // 1 to OFFER_CHOICES
    bool tiers, conditionals;    // what else is wanted
    uint8_t *brand_tiers;        // by brand id, filled as needed; NULL at first
};

// The type of the work: the rule's own, else the service's; 0: none is charged.
uint32_t service_labour(const struct planned_service *s);
enum err service_offer_make(struct offer_query *q, const struct planned_service *s, struct service_offer *out);
// What a package is sold for as one product, pieces and labour together. Without lines where no type sells it.
enum err service_offer_package(struct offer_query *q, const struct book_service *package, struct service_offer *out);

#endif
