#include "vpic_read.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { IDS_MAX = 10 * 1000 * 1000 }; // vPIC's ids are row numbers; a larger one is damage

struct reading {
    sqlite3 *sqlite;
    struct vpic *v;
    uint8_t *light; // [schema_max + 1]: schemas that light vehicles use
};

static bool grow(void **array, size_t *capacity, size_t wanted, size_t item_bytes) {
    if (wanted <= *capacity) return true;
    size_t more = *capacity == 0 ? 4096 : *capacity * 2;
    if (more < wanted) more = wanted;
    void *grown = realloc(*array, more * item_bytes);
    if (grown == NULL) return false;
    *array = grown;
    *capacity = more;
    return true;
}

static struct slice column_text(sqlite3_stmt *row, int column) {
    const unsigned char *p = sqlite3_column_text(row, column);
    return p == NULL ? SLICE("") : slice_of(p, (size_t)sqlite3_column_bytes(row, column));
}

// Runs a query and hands every row to `each`.
static enum err query(struct reading *r, const char *sql, enum err (*each)(struct reading *, sqlite3_stmt *),
                      struct fault *why) {
    sqlite3_stmt *row = NULL;
    enum err err = ERR_OK;
    if (sqlite3_prepare_v2(r->sqlite, sql, -1, &row, NULL) != SQLITE_OK)
        return fault_set(why, ERR_DAMAGED, "", "not vPIC: %s", sqlite3_errmsg(r->sqlite));
    int step;
    while (err == ERR_OK && (step = sqlite3_step(row)) != SQLITE_DONE)
        err =
            step == SQLITE_ROW ? each(r, row) : fault_set(why, ERR_DAMAGED, "", "vPIC: %s", sqlite3_errmsg(r->sqlite));
    sqlite3_finalize(row);
    if (err == ERR_NO_MEMORY) return fault_set(why, err, "", "out of memory while reading vPIC");
    return err;
}

// ---- rows -----------------------------------------------------------------------------------------------------------
static enum err link_row(struct reading *r, sqlite3_stmt *row) {
    struct vpic *v = r->v;
    int wmi = sqlite3_column_int(row, 0), schema = sqlite3_column_int(row, 1), from = sqlite3_column_int(row, 2);
    int to = sqlite3_column_type(row, 3) == SQLITE_NULL ? 0 : sqlite3_column_int(row, 3);
    if (schema <= 0 || schema > IDS_MAX || from < 1980 || from > 2100 || to > 2100 || to < 0)
        return ERR_OK; // nothing to go by
    if (!grow((void **)&v->links, &v->link_capacity, v->link_count + 1, sizeof *v->links)) return ERR_NO_MEMORY;
    v->links[v->link_count++] = (struct vpic_link){(uint32_t)wmi, (uint32_t)schema, (uint16_t)from, (uint16_t)to};
    if ((uint32_t)schema > v->schema_max) v->schema_max = (uint32_t)schema;
    return ERR_OK;
}

// Chassis for upfitters (type 10) become no configurations, but their VINs are decoded like the others.
static enum err schema_max_row(struct reading *r, sqlite3_stmt *row) {
    int most = sqlite3_column_int(row, 0);
    if (most > 0 && most <= IDS_MAX && (uint32_t)most > r->v->schema_max) r->v->schema_max = (uint32_t)most;
    return ERR_OK;
}

static enum err incomplete_row(struct reading *r, sqlite3_stmt *row) {
    int schema = sqlite3_column_int(row, 0);
    if (schema > 0 && (uint32_t)schema <= r->v->schema_max) r->light[schema] = 1;
    return ERR_OK;
}

static uint32_t kept(struct vpic *v, struct slice text) {
    text = slice_trim(text);
    uint32_t id = text.n == 0 ? INTERNER_FULL : interner_id(&v->strings, text);
    return id == INTERNER_FULL ? 0 : id + 1;
}

static enum err model_row(struct reading *r, sqlite3_stmt *row) {
    struct vpic *v = r->v;
    int id = sqlite3_column_int(row, 0);
    if (id <= 0 || id > IDS_MAX) return ERR_OK;
    size_t capacity = v->model_count;
    if (!grow((void **)&v->models, &capacity, (size_t)id + 1, sizeof *v->models)) return ERR_NO_MEMORY;
    if (capacity > v->model_count)
        memset(v->models + v->model_count, 0, (capacity - v->model_count) * sizeof *v->models);
    v->model_count = capacity;
    v->models[id] = (struct vpic_model){kept(v, column_text(row, 1)), kept(v, column_text(row, 2))};
    return ERR_OK;
}

static enum err engine_row(struct reading *r, sqlite3_stmt *row) {
    struct vpic_values *values = &r->v->values;
    uint16_t value[VPIC_TRIMS_MAX];
    int field = vpic_field_of_element(sqlite3_column_int(row, 1));
    uint32_t before = values->engine_names.count, id = interner_id(&values->engine_names, column_text(row, 0));
    if (id == INTERNER_FULL ||
        !grow((void **)&values->engine_facts, &values->engine_capacity, (size_t)id + 1, sizeof *values->engine_facts))
        return ERR_NO_MEMORY;
    struct vpic_engine *facts = &values->engine_facts[id];
    if (id == before) *facts = (struct vpic_engine){0};
    if (field < 0 || vpic_field_values(values, (enum vpic_field)field, column_text(row, 2), value) == 0) return ERR_OK;
    if (field == VPIC_LITRES || (field == VPIC_CC && facts->tenths == 0)) facts->tenths = value[0];
    if (field == VPIC_CYLINDERS) facts->cylinders = (uint8_t)value[0];
    if (field == VPIC_FUEL) facts->fuel = (uint8_t)value[0];
    if (field == VPIC_TURBO) facts->aspiration = (uint8_t)value[0];
    return ERR_OK;
}

static enum err add_pattern(struct vpic *v, const struct vpic_pattern *pattern) {
    if (!grow((void **)&v->patterns, &v->pattern_capacity, v->pattern_count + 1, sizeof *v->patterns))
        return ERR_NO_MEMORY;
    v->patterns[v->pattern_count++] = *pattern;
    return ERR_OK;
}

static enum err pattern_row(struct reading *r, sqlite3_stmt *row) {
    struct vpic *v = r->v;
    int schema = sqlite3_column_int(row, 0), field = vpic_field_of_element(sqlite3_column_int(row, 2));
    if (schema <= 0 || (uint32_t)schema > v->schema_max || !r->light[schema] || field < 0) return ERR_OK;
    struct vpic_pattern p = {.schema = (uint32_t)schema, .field = (uint8_t)field};
    if (!vpic_key_compile(column_text(row, 1), &p.box)) return ERR_OK;
    p.literals = (uint8_t)vpic_box_literals(&p.box);
    struct slice created = column_text(row, 4); // "2019-03-04 10:33:34"
    uint64_t year;
    if (created.n >= 4 && slice_u64(slice_of(created.p, 4), &year)) p.created = (uint16_t)year;
    if (p.created > v->newest && p.created < 2100) v->newest = p.created;
    uint16_t values[VPIC_TRIMS_MAX];
    struct slice text = column_text(row, 3);
    unsigned count = vpic_field_values(&v->values, (enum vpic_field)field, text, values);
    if (field == VPIC_MODEL) {
        uint64_t id;
        if (!slice_u64(slice_trim(text), &id) || id >= v->model_count || v->models[id].name == 0) return ERR_OK;
        p.model = (uint32_t)id;
    }
    for (unsigned i = 0; i < count; i++) {
        p.value = values[i];
        enum err err = add_pattern(v, &p);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

// ---- all of it ------------------------------------------------------------------------------------------------------
static int by_schema(const void *a, const void *b) {
    const struct vpic_pattern *x = a, *y = b;
    if (x->schema != y->schema) return x->schema < y->schema ? -1 : 1;
    if (x->field != y->field) return (int)x->field - (int)y->field;
    if (x->literals != y->literals) return (int)y->literals - (int)x->literals;
    if (x->model != y->model) return x->model < y->model ? -1 : 1;
    if (x->value != y->value) return (int)x->value - (int)y->value;
    return memcmp(&x->box, &y->box, sizeof x->box);
}

static enum err index_schemas(struct vpic *v) {
    v->schema_at = calloc((size_t)v->schema_max + 2, sizeof *v->schema_at);
    if (v->schema_at == NULL) return ERR_NO_MEMORY;
    if (v->pattern_count > 0) qsort(v->patterns, v->pattern_count, sizeof *v->patterns, by_schema);
    size_t at = 0;
    for (uint32_t schema = 0; schema <= v->schema_max + 1; schema++) {
        while (at < v->pattern_count && v->patterns[at].schema < schema) at++;
        v->schema_at[schema] = (uint32_t)at;
    }
    return ERR_OK;
}

static enum err read_tables(struct reading *r, struct fault *why) {
    TRY(query(
        r,
        "SELECT wv.WmiId, wv.VinSchemaId, wv.YearFrom, wv.YearTo FROM Wmi_VinSchema wv JOIN Wmi w ON w.Id = wv.WmiId "
        "WHERE w.VehicleTypeId IN (2, 3, 7)",
        link_row, why));
    if (r->v->link_count == 0) return fault_set(why, ERR_DAMAGED, "", "vPIC holds no light vehicles");
    TRY(query(r, "SELECT max(VinSchemaId) FROM Wmi_VinSchema", schema_max_row, why));
    r->light = calloc((size_t)r->v->schema_max + 1, 1);
    if (r->light == NULL) return ERR_NO_MEMORY;
    for (size_t i = 0; i < r->v->link_count; i++) r->light[r->v->links[i].schema] = 1;
    TRY(query(r, "SELECT wv.VinSchemaId FROM Wmi_VinSchema wv JOIN Wmi w ON w.Id = wv.WmiId WHERE w.VehicleTypeId = 10",
              incomplete_row, why));
    TRY(query(r, "SELECT mm.ModelId, k.Name, m.Name FROM Make_Model mm JOIN Make k ON k.Id = mm.MakeId "
                 "JOIN Model m ON m.Id = mm.ModelId", model_row, why));
    TRY(query(r, "SELECT lower(m.Name), p.ElementId, p.AttributeId FROM EngineModelPattern p "
                 "JOIN EngineModel m ON m.Id = p.EngineModelId", engine_row, why));
    TRY(query(r, "SELECT VinSchemaId, Keys, ElementId, AttributeId, CreatedOn FROM Pattern "
                 "WHERE ElementId IN (28, 5, 24, 66, 13, 11, 9, 18, 135, 129, 15, 38, 34)", pattern_row, why));
    return index_schemas(r->v);
}

enum err vpic_read(const char *sqlite_path, struct vpic *out, struct fault *why) {
    *out = (struct vpic){0};
    interner_init(&out->strings);
    vpic_values_init(&out->values);
    struct reading r = {.v = out};
    enum err err = ERR_OK;
    if (sqlite3_open_v2(sqlite_path, &r.sqlite, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        err = fault_set(why, ERR_IO, "", "%s: %s", sqlite_path, sqlite3_errmsg(r.sqlite));
    if (err == ERR_OK) err = read_tables(&r, why);
    sqlite3_close(r.sqlite);
    free(r.light);
    if (err != ERR_OK) vpic_free(out);
    return err;
}

void vpic_free(struct vpic *v) {
    free(v->patterns);
    free(v->links);
    free(v->models);
    free(v->schema_at);
    interner_destroy(&v->strings);
    vpic_values_destroy(&v->values);
    *v = (struct vpic){0};
}
