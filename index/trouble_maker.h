// trouble_maker.h: what a maker itself says a trouble code means, beside the standard's meanings (trouble_code.h): brought by import, as
// lists that are published under a licence of their own.
//
// TABLE_TROUBLE_MAKER: code in upper case, make's slug -> text, source. Without a make: the list's generic meaning; with the make "other": one
// of some maker the list does not name, which is told only as such.
#ifndef RF_INDEX_TROUBLE_MAKER_H
#define RF_INDEX_TROUBLE_MAKER_H

#include "trouble_code.h"

enum trouble_origin {
    TROUBLE_OF_FAMILY,  // nobody described it: what its structure says
    TROUBLE_OF_SOME,    // some maker's, which need not be this car's
    TROUBLE_OF_LIST,    // an imported list's generic meaning
    TROUBLE_OF_TABLE,   // our own table's
    TROUBLE_OF_MAKER,   // the car's maker's own
};
const char *trouble_origin_name(enum trouble_origin o);

struct trouble_meaning {
    struct trouble_code code; // types and urgency: of our own table where it knows the code; texts: the best there is
    enum trouble_origin origin;
    struct slice source;      // of an imported text; empty
};

// `make`: the car's, 0: not known. ERR_BAD_REQUEST when it is no code.
enum err trouble_meaning_load(struct view *v, struct slice code, uint32_t make, struct trouble_meaning *out);
// `maker`: a make by any name, "GENERIC" or empty, "OTHER". ERR_BAD_REQUEST with a message.
enum err trouble_maker_put(struct txn *t, struct view *v, struct slice code, struct slice maker, struct slice text, struct slice source,
                           struct fault *why);

// ---- codes as cars send them ------------------------------------------------------------------------------------------------------------
struct trouble_text {
    char code[TROUBLE_CODE_LENGTH + 1];
    bool has_failure;
    uint8_t failure; // failure type byte of a 3-byte code (ISO 14229-1, SAE J2012-DA)
};
// "P0301", "p0301", "P0301-00"; two bytes in hexadecimal, "0301" or "0x0301"; three, "030100" or "0x030100". False: none of these.
bool trouble_text_parse(struct slice text, struct trouble_text *out);
// What the failure type's group says; empty for one the standard leaves open.
struct slice trouble_failure_text(uint8_t failure, bool chinese);

#endif
