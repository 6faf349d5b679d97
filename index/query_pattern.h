// query_pattern.h: what a query's text means by its form alone, without the database: years, engine sizes, tyre sizes, oil grades, bulbs,
// belts, kilometres, trouble codes, VINs.
//
// pattern_at() gives every reading of the text that begins at one byte, the longest first. It decides nothing: "16寸" is a rim and a
// wiper's length, "2.0l" an engine and a bottle. Runs of Latin letters and digits begin and end at borders, where a number joined by
// - / . to more of the same kind is one run ("90915-yzze1", "136/14"); Chinese may touch on either side ("高尔夫1.4t机滤").
#ifndef RF_INDEX_QUERY_PATTERN_H
#define RF_INDEX_QUERY_PATTERN_H

#include "base/slice.h"

enum pattern_kind {
    // kind              text, and what `from` and `to` hold (0 where nothing is said)
    PATTERN_YEAR = 1,     // "2018", "2015-2018"; model years
    PATTERN_DISPLACEMENT, // "displacement:1.4,aspiration:turbo|twin_charged|supercharged", as knowledge_parse reads it
                          // (a T on the boot is said of all three); from = to = cubic centimetres, rounded to 100
    PATTERN_TYRE,         // "205/55R16 91V", "31X10.5R15", "195R14C"; without a rim "205/55"; from = rim in tenths of an inch
    PATTERN_RIM,          // "16"; from = to = inches
    PATTERN_RUN_FLAT,     // "run_flat"
    PATTERN_OIL_GRADE,    // "5W-30", "75W-90"
    PATTERN_OIL_STANDARD, // "API SN", "API CK-4", "ILSAC GF-6A", "ACEA A3/B4", "VW 504.00", "MB 229.5", "BMW LL-04", "dexos1 GEN3"
    PATTERN_VOLUME,       // "4L", "0.5L", "4.73L" (5 quarts); from = to = millilitres, rounded to 10
    PATTERN_BULB,         // base by its first name: "H7", "HB3" (9005), "W5W" (T10), "P21W" (1156)
    PATTERN_BELT,         // "6PK1733"; from = to = millimetres
    PATTERN_BOLT_PATTERN, // "5x114.3"; from = holes, to = tenths of a millimetre
    PATTERN_BRAKE_FLUID,  // "DOT 3", "DOT 4", "DOT 4 LV", "DOT 5", "DOT 5.1"
    PATTERN_BATTERY,      // "60Ah", "700CCA", "AGM", "EFB", "80D23L"; a case of European (H6 = L3) or American name: "L2", "35", "48/L3"; with what
                          // it holds: "L2-400" (CCA), "L3-70" (Ah); from = to = ampere hours or amperes
    PATTERN_WIPER,        // "26+16", "24"; from and to = inches, of one blade equal
    PATTERN_DISTANCE,     // "40000 km"; from = to = kilometres
    PATTERN_MONTHS,       // "36 months"; from = to = months
    PATTERN_TROUBLE_CODE, // "P0301"
    PATTERN_VIN,          // upper case; from = 1: the check digit is right
};
enum { PATTERN_MAX = 8, PATTERN_TEXT = 96 };

struct pattern {
    enum pattern_kind kind;
    size_t n;         // bytes of the query it takes
    unsigned from, to;
    bool certain;     // hardly anything else is written like this; else only something beside it (a car, a type) makes it so
    char text[PATTERN_TEXT];
};

// `folded`: of text_fold. `last_year`: the newest model year that can be meant, next year's at most one later than the calendar's next.
// Returns how many there are. Any bytes are safe; the work is bounded by a few hundred bytes from `at`.
unsigned pattern_at(struct slice folded, size_t at, unsigned last_year, struct pattern out[PATTERN_MAX]);

const char *pattern_name(enum pattern_kind kind); // "year", "displacement", "tyre", ...

#endif
