// vehicle_stats.h: how many vehicles the database knows, honestly: by market, by how certain their years are, by list.
//
// Counted by a walk over all base vehicles after an import and kept in TABLE_META, so that /metrics reads one record.
#ifndef RF_INDEX_VEHICLE_STATS_H
#define RF_INDEX_VEHICLE_STATS_H

#include "vehicle.h"

enum stats_market { STATS_US, STATS_CN, STATS_OTHER, STATS_ANY, STATS_MARKETS }; // ANY: each vehicle once
extern const char *const stats_market_names[STATS_MARKETS];

struct vehicle_counts { uint64_t vehicles, configurations; };
struct vehicle_stats {
    uint32_t makes, models, makes_first_list, models_first_list; // with a vehicle
    // [market][years evidenced = 0, only open-ended = 1][first list = 0, second = 1]
    struct vehicle_counts counts[STATS_MARKETS][2][2];
};

enum err vehicle_stats_count(struct view *v, struct vehicle_stats *out); // walks everything: seconds, not for requests
enum err vehicle_stats_store(struct db *db, const struct vehicle_stats *stats, struct fault *why);
enum err vehicle_stats_load(struct view *v, struct vehicle_stats *out);  // ERR_NOT_FOUND before the first store
struct vehicle_counts vehicle_stats_sum(const struct vehicle_stats *stats, enum stats_market market);

#endif
