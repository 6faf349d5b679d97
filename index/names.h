// names.h: dictionaries of short texts: text -> dense id and back. Ids start at 1, are never reused, and a text's id
// never changes, so id -> text is cached for the life of a view. 0 always means "none" or "unknown".
//
// The text of NAMES_MAKE is the make's slug ("volkswagen"), of NAMES_MODEL make slug + '/' + model slug
// ("volkswagen/golf"), of NAMES_BRAND the lower-cased brand, of NAMES_TYPE the type's slug ("oil_filter"). What people
// read is in the records of vehicle.h and vocabulary.h. Attribute values have one dictionary per attribute; the text
// is the normalised value itself ("1.4", "gasoline").
#ifndef RF_INDEX_NAMES_H
#define RF_INDEX_NAMES_H

#include "view.h"

enum {
    NAMES_MAKE = 1,
    NAMES_MODEL = 2,
    NAMES_BRAND = 3,
    NAMES_TYPE = 4,
    NAMES_ATTRIBUTE = 5, // ids 1..LIMIT_ATTRIBUTES-1 fit a u8
    NAMES_POSITION = 6,  // ids fit a u8; "front", "rear_left"
    NAMES_SOURCE = 7,    // file name or message a record came from
    NAMES_CONDITION = 8, // canonical text of a condition, see application.h
    NAMES_CONFIG_SOURCE = 9, // where configurations come from: "vpic", "cn-table", "owner"
    NAMES_GROUP = 10,    // type groups: "filters"
    NAMES_SEGMENT = 11,  // customer segments: "pioneer"
    NAMES_LABEL = 12,    // product lines of applications (ACES MfrLabel)
    NAMES_DEPOT = 13,    // external ids of depots
    NAMES_DISTRICT = 14, // paths of districts: "CN/Shanghai/Pudong"
    NAMES_PRODUCT_ATTRIBUTE = 16, // names of products' own attributes, ids fit a u16; see product_values.h
    NAMES_PRODUCT_VALUE = 17,     // attribute id in decimal, ':' and the value
    NAMES_VALUE = 64,    // + attribute id: the attribute's values, ids fit a u16
};

enum err names_find(struct snapshot *s, unsigned dictionary, struct slice text, uint32_t *id); // ERR_NOT_FOUND
// Finds or adds. ERR_BAD_REQUEST for an empty text, ERR_TOO_LARGE when the dictionary's ids are used up.
enum err names_intern(struct txn *t, unsigned dictionary, struct slice text, uint32_t *id);
// The same for requests: what the view has found before is not looked up again. Ids of texts never change, so nothing outdates it.
enum err names_look_up(struct view *v, unsigned dictionary, struct slice text, uint32_t *id);
uint32_t names_count(struct snapshot *s, unsigned dictionary); // ids are 1..count
// The text of an id; empty for 0 and for ids that are not there. Valid as long as the view, of a product's value until view_end.
struct slice names_text(struct view *v, unsigned dictionary, uint32_t id);

struct names_cache *names_cache_new(void);
void names_cache_free(struct names_cache *c);

// "Mercedes-Benz" -> "mercedes-benz", "途观L" -> "途观l", "Citroën C3" -> "citroen-c3": folded (text.h), runs of anything
// but letters and digits become one '-', none at the ends. Result in the arena; empty for text without letters or
// digits, and when the arena is full.
struct slice names_slug(struct arena *a, struct slice text);

#endif
