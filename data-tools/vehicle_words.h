// vehicle_words.h: what the words of shops and marketplaces say about a car: "1.4L 1395CC l4 GAS DOHC Turbocharged",
// "Base Wagon 4-Door", "6-speed automatic", "4x4".
//
// What is understood becomes attributes; the words that are not are handed back, so that the caller asks about them instead of
// dropping them. Of an engine the number of cylinders stands for its layout (no model year has a V6 and an in-line six of one size),
// and the valve train, which no vehicle table of ours carries, is read over.
#ifndef RF_TOOLS_VEHICLE_WORDS_H
#define RF_TOOLS_VEHICLE_WORDS_H

#include "index/catalog.h"

enum { VEHICLE_WORDS_MAX = 24 };
struct vehicle_words {
    unsigned count;
    struct pair pairs[VEHICLE_WORDS_MAX]; // names and values of attributes.tsv; several of one name are alternatives
    struct slice unknown;                 // the words not understood, blanks between; arena
};

// Each fills *out; texts live in the arena. ERR_NO_MEMORY.
enum err vehicle_words_engine(struct arena *a, struct slice text, struct vehicle_words *out);
// eBay's Trim: a trim, a body and doors in one text. Doors of a body with a tailgate are counted with and without it.
enum err vehicle_words_trim(struct arena *a, struct slice text, struct vehicle_words *out);
// "manual" without gears stands for every manual of attributes.tsv.
enum err vehicle_words_transmission(struct arena *a, struct slice text, struct vehicle_words *out);
enum err vehicle_words_drive(struct arena *a, struct slice text, struct vehicle_words *out);

// "前轮" -> "front", "右后" -> "rear_right"; else the text itself.
struct slice vehicle_words_position(struct slice text);

struct year_range { uint16_t from, to; };
// "2012", "2012-2018", "12-18", "2012,2014-2016", "2012+", "18款", "*"; open ends and "*" reach to LIMIT_YEAR_MIN and _MAX. The number of
// ranges, 0 for what is not understood, for ends in the wrong order and for more than `max`.
unsigned vehicle_words_years(struct slice text, struct year_range *out, unsigned max);

#endif
