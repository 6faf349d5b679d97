// synth_write.h: the files of a sample, each written from the plan alone.
#ifndef RF_TOOLS_SYNTH_WRITE_H
#define RF_TOOLS_SYNTH_WRITE_H

#include "index/geo.h"
#include "output.h"
#include "synth_plan.h"

struct synth_counts {
    uint64_t products, applications, conditional, engine_terms, trim_terms, body_terms, rows;
    uint64_t items, goods, offers, workshops, supply_lines, users, events;
};

// ACES 4.2: fitment of everything that belongs to cars by family.
enum err synth_aces_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why);
// PIES 7.2: the products themselves, beside their ACES.
enum err synth_pies_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why);
// What the ids in both mean, see idmap.h.
enum err synth_map_write(const struct synth_plan *p, const char *path, struct fault *why);
// JSONL: universal goods, services and packages, whose fitment is by fuel; then stock of everything.
enum err synth_goods_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why);
enum err synth_offers_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why);
// JSONL: districts, depots, dealers, price bands and workshops in the cities of the facts table, with what lies on their shelves; users
// with homes and garages; 90 days of what they did.
enum err synth_supply_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why);
enum err synth_people_write(const struct synth_plan *p, const char *users_path, const char *events_path, struct synth_counts *counts,
                            struct fault *why);

// Shared by ACES, PIES and the map.
struct geo synth_around(const struct fact_city *city, double spread_km, struct rng *r); // a position in or around the city
void synth_brand_code(unsigned brand, char code[5]);   // "ZBCD"
void synth_maker_code(uint32_t make, char code[5]);    // "YBCD"
uint32_t synth_type_id(const struct synth_plan *p, unsigned kind, char text[16]);
uint32_t synth_position_id(unsigned kind, unsigned position);
uint32_t synth_engine_base_id(uint16_t displacement, uint16_t cylinders); // 0: not said
void synth_number_put(struct buf *out, uint64_t value); // decimal digits
void synth_xml_put(struct buf *out, struct slice text); // escaped

#endif
