// attribute.h: what is known about attributes (displacement, fuel, trim, ...): how they are labelled, asked for,
// ordered, and how a value is spelled once and for all.
//
// Attributes come from attributes.tsv (vocabulary.h). One that a source brings along and nobody described is text
// without a label. Records are parsed once per view and kept until the vocabulary changes.
#ifndef RF_INDEX_ATTRIBUTE_H
#define RF_INDEX_ATTRIBUTE_H

#include "view.h"

struct attribute_info {
    uint32_t id;
    struct slice name, label, label_zh, unit;
    char kind;               // 'e' enum, 'n' number, 't' text, 'i' another catalogue's id: nobody is asked for it, see attribute_is_id()
    uint16_t order;          // question and picker order; UINT16_MAX where nobody said
    struct slice values;     // value=label=label_zh triples joined by '|', enums only
};

// Strings live as long as the view's cache: until view_end at least. ERR_NOT_FOUND for an id that names nothing.
enum err attribute_load(struct view *v, uint32_t attribute, struct attribute_info *out);
// Ids of other catalogues (ktype, level, vin) tell configurations apart for files that use them; they are no question for people and
// no choice in a picker.
bool attribute_is_id(struct view *v, uint32_t attribute);
enum err attribute_find(struct view *v, struct slice name, uint32_t *attribute); // by name, label or Chinese label
// The label of a value in one language; the value itself where there is none.
struct slice attribute_value_label(struct view *v, uint32_t attribute, struct slice value, bool chinese);

// One spelling per value, in the arena: "2", "2.0", "2.00", "2.0L", "1984" (cc) -> "2.0" for attributes in litres (one
// decimal, half up); other numbers without leading or trailing zeros; enums by their value, label or Chinese label,
// case folded; text trimmed with runs of white space made one. ERR_BAD_REQUEST for a number that is none or out of
// range, for an enum value that is not in the list, and for empty text; ERR_TOO_LARGE beyond LIMIT_TEXT_BYTES.
enum err attribute_normalise(struct view *v, struct slice name, struct slice value, struct slice *out);

// Writes the description of an attribute (vocabulary loading).
enum err attribute_put(struct txn *t, struct arena *scratch, const struct attribute_info *info);

struct attribute_cache *attribute_cache_new(void);
void attribute_cache_free(struct attribute_cache *c);

#endif
