// trouble_code.h: what a diagnostic trouble code of OBD-II says (SAE J2012, ISO 15031-6): a sentence in two languages, the part
// types it usually leads to, and how urgent it is. Facts are in facts/trouble_codes.tsv; of a code that is not there only
// what its structure says is told: the system (P, B, C, U), whether the standard or the maker defined it, and the subsystem.
//
// TABLE_TROUBLE_CODE: code in upper case -> urgency u8, text, text_zh, type slugs joined by '|'.
#ifndef RF_INDEX_TROUBLE_CODE_H
#define RF_INDEX_TROUBLE_CODE_H

#include "view.h"

enum { TROUBLE_CODE_LENGTH = 5, TROUBLE_CODE_TYPES_MAX = 16 };
enum trouble_urgency { TROUBLE_UNRATED, TROUBLE_ROUTINE, TROUBLE_SOON, TROUBLE_STOP, TROUBLE_URGENCY_COUNT };

struct trouble_code {
    char code[TROUBLE_CODE_LENGTH + 1]; // upper case
    bool known;                         // false: the texts say its family only
    enum trouble_urgency urgency;
    struct slice text, text_zh;
    unsigned type_count;
    uint32_t types[TROUBLE_CODE_TYPES_MAX]; // those the vocabulary has, most likely first
};

// A letter of P, B, C, U, a digit 0 to 3, three hexadecimal digits; nothing else beside them.
bool trouble_code_is(struct slice text);
const char *trouble_urgency_name(enum trouble_urgency urgency); // "stop", "soon", "routine"; "" for unrated
bool trouble_urgency_parse(struct slice text, enum trouble_urgency *out);
// In any case of letters. ERR_BAD_REQUEST when it is no code; ERR_DAMAGED. A code nobody described is ERR_OK, not `known`.
enum err trouble_code_load(struct view *v, struct slice code, struct trouble_code *out);
// ERR_BAD_REQUEST when it is no code or a text is missing; types: slugs joined by '|', which need not be known yet.
enum err trouble_code_put(struct txn *t, struct arena *scratch, struct slice code, enum trouble_urgency urgency, struct slice text,
                          struct slice text_zh, struct slice types, struct fault *why);

#endif
