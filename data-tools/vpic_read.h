// vpic_read.h: the part of NHTSA's vPIC we use, read from its SQLite file into memory: schemas of light vehicles
// (types 2, 3 and 7), their patterns by schema, where and when a schema is used, and what engine models imply.
//
// Pattern values become small numbers on the way in (vpic_values.h); patterns of elements we do not use, and values
// that say nothing, are left out. Memory: about 40 MB for the whole of vPIC.
#ifndef RF_TOOLS_VPIC_READ_H
#define RF_TOOLS_VPIC_READ_H

#include "index/base/err.h"
#include "index/interner.h"
#include "vpic_keys.h"
#include "vpic_values.h"

struct vpic_pattern {
    uint32_t schema;
    uint16_t value;       // its meaning depends on the field
    uint8_t field;        // enum vpic_field
    uint8_t literals;
    uint16_t created;     // year it was entered
    uint32_t model;       // VPIC_MODEL: index of the model
    struct vpic_box box;
};
struct vpic_link { uint32_t wmi, schema; uint16_t from, to; }; // to 0: open
struct vpic_model { uint32_t make, name; };          // ids in strings, plus 1; 0: no such model

struct vpic {
    struct vpic_pattern *patterns; // by schema, then field
    size_t pattern_count, pattern_capacity;
    struct vpic_link *links;       // of light vehicles
    size_t link_count, link_capacity;
    struct vpic_model *models;     // index = vPIC's model id
    size_t model_count;
    uint32_t schema_max;
    uint32_t *schema_at;           // [schema_max + 2]: first pattern of a schema
    unsigned newest;               // last model year somebody entered patterns for
    struct interner strings;       // names
    struct vpic_values values;
};

static inline struct slice vpic_string(const struct vpic *v, uint32_t id_plus_1) {
    return id_plus_1 == 0 ? SLICE_NONE : interner_text(&v->strings, id_plus_1 - 1);
}

enum err vpic_read(const char *sqlite_path, struct vpic *out, struct fault *why);
void vpic_free(struct vpic *v);

#endif
