// vin_text.h: a VIN as text (ISO 3779, 49 CFR 565, GB 16735): alphabet, check digit, year code, region. Pure functions.
//
// Positions count from 1 in comments, as the standards do, and from 0 in code.
#ifndef RF_INDEX_VIN_TEXT_H
#define RF_INDEX_VIN_TEXT_H

#include "base/slice.h"

enum {
    VIN_CHARS = 17,
    VIN_CHECK = 8,   // position 9: the check digit
    VIN_YEAR = 9,    // position 10: the year code
    VIN_PLANT = 10,  // position 11
    VIN_SERIAL = 11, // position 12: the first that only numbers
    VIN_YEARS_MAX = 3,
};

struct vin_text { char c[VIN_CHARS + 1]; }; // upper case, terminated

// Trims, and folds ASCII case. False: not 17 characters of 0-9 and A-Z without I, O and Q; *out then holds what there is.
bool vin_read(struct slice text, struct vin_text *out);
// 17 letters and digits, I, O and Q allowed: what somebody meant as a VIN.
bool vin_read_loose(struct slice text, struct vin_text *out);

static inline int vin_code(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1; } // 0 to 35
int vin_value(char c);                          // transliterated for the check digit, 0 to 9; -1: not of the alphabet
unsigned vin_weight(unsigned position);         // of the check digit's sum, by index
unsigned vin_sum(const struct vin_text *v);     // modulo 11
char vin_check_digit(const struct vin_text *v); // what position 9 should be
bool vin_check_ok(const struct vin_text *v);

// Model years the VIN can mean, likeliest first, up to `newest`; 0 for a character that is no year code.
//  - by_position_7: American light vehicles say the cycle in position 7: a letter is 2010 to 2039, a digit 1980 to 2009. The other
//    cycle comes second, for heavy trucks, which do not.
//  - made in China: the code may be that of the year of production, so the model year may be the next one, or the one before.
//    Chinese cars have VINs since 1997.
//  - else the newer cycle, then the older.
unsigned vin_years(const struct vin_text *v, bool by_position_7, unsigned newest, unsigned out[VIN_YEARS_MAX]);

static inline bool vin_chinese(const struct vin_text *v) { return v->c[0] == 'L'; }
const char *vin_region(const struct vin_text *v); // "asia", "europe", "north_america", ...; NULL: assigned to nobody
// North America and China want a right check digit by law; elsewhere position 9 may hold anything.
bool vin_check_required(const struct vin_text *v);

// Small makers (third character 9) are told apart by positions 12 to 14 as well. Bytes of the maker's code: 3 or 6.
unsigned vin_maker(const struct vin_text *v, char out[6]);

// How easily one character is taken for the other: 0 look alike, 1 neighbours on a keyboard or sound alike, 2 both letters or both
// digits, 3 else.
unsigned vin_confusion(char typed, char meant);

#endif
