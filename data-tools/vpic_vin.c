#include "vpic_vin.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "index/names.h"
#include "index/vehicle.h"
#include "index/vin_build.h"

_Static_assert((int)VIN_MODEL == (int)VPIC_MODEL && (int)VIN_LITRES == (int)VPIC_LITRES && (int)VIN_ENGINE == (int)VPIC_ENGINE &&
                   (int)VIN_HINT == (int)VPIC_HINT && (int)VIN_SERIES == (int)VPIC_SERIES && (int)VIN_PLANTS == (int)VPIC_FIELDS,
               "the fields of a VIN are numbered like vPIC's");
_Static_assert(VIN_MASK_ANY == VPIC_ANY && (int)VIN_POSITIONS == (int)VPIC_POSITIONS, "sets of characters are the same");

struct maker { uint32_t id; char code[6]; uint8_t code_n, kind; uint32_t name, country; struct slice makes; };
struct link { uint32_t maker, schema; uint16_t from, to; };
struct plant { uint32_t schema, city; struct vpic_box box; };

struct compile {
    struct db *db;
    const struct vpic *v;
    const struct vpic_deriver *d;
    const struct vpic_facts *facts;
    struct import_report *report;
    struct fault *why;
    sqlite3 *sqlite;
    struct interner strings, cities; // makers and countries; plants
    struct arena texts;
    struct maker *makers;
    size_t maker_count, maker_capacity;
    struct link *links;
    size_t link_count, link_capacity;
    struct plant *plants;
    size_t plant_count, plant_capacity;
    // while writing
    struct txn *txn;
    struct view view;
    struct arena scratch;
    struct buf record;
    uint32_t attr_trim, attr_series, attr_engine;
    uint16_t *trims, *series, *engines; // vpic value -> NAMES_VALUE id
    uint16_t *models;                   // vPIC model -> 'm' id, 0: not yet
    uint32_t model_ids;
    struct slice *blocks; // [schema_max + 1], p NULL: not yet
    struct arena block_bytes;
    struct vin_pattern *patterns;
    size_t pattern_capacity;
};

static enum err grow(void **array, size_t *capacity, size_t wanted, size_t item_bytes) {
    if (wanted <= *capacity) return ERR_OK;
    size_t more = wanted * 2 < 1024 ? 1024 : wanted * 2;
    void *grown = realloc(*array, more * item_bytes);
    if (!grown) return ERR_NO_MEMORY;
    *array = grown;
    *capacity = more;
    return ERR_OK;
}

// ---- reading -----------------------------------------------------------------------------------------------------------------
static struct slice cell(sqlite3_stmt *row, int column) {
    const unsigned char *p = sqlite3_column_text(row, column);
    return p ? slice_trim(slice_of(p, (size_t)sqlite3_column_bytes(row, column))) : SLICE_NONE;
}

static enum err query(struct compile *c, const char *sql, enum err (*each)(struct compile *, sqlite3_stmt *)) {
    sqlite3_stmt *row = NULL;
    enum err e = ERR_OK;
    int step = SQLITE_ERROR;
    if (sqlite3_prepare_v2(c->sqlite, sql, -1, &row, NULL) == SQLITE_OK)
        while (e == ERR_OK && (step = sqlite3_step(row)) == SQLITE_ROW) e = each(c, row);
    sqlite3_finalize(row);
    if (e == ERR_OK && step != SQLITE_DONE) e = fault_set(c->why, ERR_DAMAGED, "", "vPIC: %s", sqlite3_errmsg(c->sqlite));
    return e;
}

static enum err keep(struct compile *c, struct slice text, uint32_t *id) { // id + 1; 0 for an empty text
    uint32_t at = text.n ? interner_id(&c->strings, text) : INTERNER_FULL;
    *id = at == INTERNER_FULL ? 0 : at + 1;
    return text.n && at == INTERNER_FULL ? ERR_NO_MEMORY : ERR_OK;
}

static struct slice kept(const struct compile *c, uint32_t id) { return id ? interner_text(&c->strings, id - 1) : SLICE_NONE; }

static enum err maker_row(struct compile *c, sqlite3_stmt *row) {
    struct slice code = cell(row, 1);
    if (code.n != 3 && code.n != 6) return ERR_OK;
    TRY(grow((void **)&c->makers, &c->maker_capacity, c->maker_count + 1, sizeof *c->makers));
    struct maker *m = &c->makers[c->maker_count++];
    *m = (struct maker){.id = (uint32_t)sqlite3_column_int(row, 0), .code_n = (uint8_t)code.n, .kind = (uint8_t)sqlite3_column_int(row, 2)};
    memcpy(m->code, code.p, code.n);
    TRY(keep(c, cell(row, 3), &m->name));
    TRY(keep(c, cell(row, 4), &m->country));
    m->makes = arena_copy(&c->texts, cell(row, 5));
    return m->makes.p || !cell(row, 5).n ? ERR_OK : ERR_NO_MEMORY;
}

static int by_id(const void *a, const void *b) {
    const struct maker *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static enum err link_row(struct compile *c, sqlite3_stmt *row) {
    struct maker wanted = {.id = (uint32_t)sqlite3_column_int(row, 0)};
    const struct maker *maker = c->maker_count ? bsearch(&wanted, c->makers, c->maker_count, sizeof wanted, by_id) : NULL;
    int schema = sqlite3_column_int(row, 1), from = sqlite3_column_int(row, 2);
    int to = sqlite3_column_type(row, 3) == SQLITE_NULL ? (int)c->v->newest + 2 : sqlite3_column_int(row, 3);
    if (!maker || schema <= 0 || (uint32_t)schema > c->v->schema_max || from < 1980 || from > 2100 || to < from || to > 2100) return ERR_OK;
    if (c->v->schema_at[schema] == c->v->schema_at[schema + 1]) return ERR_OK;
    TRY(grow((void **)&c->links, &c->link_capacity, c->link_count + 1, sizeof *c->links));
    c->links[c->link_count++] = (struct link){(uint32_t)(maker - c->makers), (uint32_t)schema, (uint16_t)from, (uint16_t)to};
    return ERR_OK;
}

static enum err plant_row(struct compile *c, sqlite3_stmt *row) {
    struct plant p = {.schema = (uint32_t)sqlite3_column_int(row, 0)};
    if (!vpic_key_compile(cell(row, 1), &p.box)) return ERR_OK;
    uint32_t city = cell(row, 2).n ? interner_id(&c->cities, cell(row, 2)) : INTERNER_FULL;
    if (city >= UINT16_MAX - 1) return ERR_OK;
    p.city = city + 1;
    TRY(grow((void **)&c->plants, &c->plant_capacity, c->plant_count + 1, sizeof *c->plants));
    c->plants[c->plant_count++] = p;
    return ERR_OK;
}

static int by_schema(const void *a, const void *b) {
    const struct plant *x = a, *y = b;
    return x->schema < y->schema ? -1 : x->schema > y->schema;
}

static int by_maker(const void *a, const void *b) {
    const struct link *x = a, *y = b;
    if (x->maker != y->maker) return x->maker < y->maker ? -1 : 1;
    return x->schema < y->schema ? -1 : x->schema > y->schema;
}

static enum err read_all(struct compile *c) {
    TRY(query(c,
              "SELECT w.Id, w.Wmi, w.VehicleTypeId, m.Name, n.Name, g.names FROM Wmi w LEFT JOIN Manufacturer m ON m.Id = w.ManufacturerId "
              "LEFT JOIN Country n ON n.Id = w.CountryId LEFT JOIN (SELECT wm.WmiId AS id, group_concat(k.Name, '|') AS names FROM Wmi_Make wm "
              "JOIN Make k ON k.Id = wm.MakeId GROUP BY wm.WmiId) g ON g.id = w.Id ORDER BY w.Id", maker_row));
    TRY(query(c, "SELECT wv.WmiId, wv.VinSchemaId, wv.YearFrom, wv.YearTo FROM Wmi_VinSchema wv JOIN Wmi w ON w.Id = wv.WmiId "
                 "WHERE w.VehicleTypeId IN (2, 3, 7, 10)", link_row));
    TRY(query(c, "SELECT VinSchemaId, Keys, AttributeId FROM Pattern WHERE ElementId = 31", plant_row));
    if (c->link_count) qsort(c->links, c->link_count, sizeof *c->links, by_maker);
    if (c->plant_count) qsort(c->plants, c->plant_count, sizeof *c->plants, by_schema);
    return ERR_OK;
}

// ---- models ------------------------------------------------------------------------------------------------------------------
static void find_model(struct compile *c, uint32_t make_text, uint32_t model_text, uint32_t *make, uint32_t *model) {
    *make = *model = 0;
    arena_reset(&c->scratch);
    if (make_find(&c->view, vpic_string(c->v, make_text), make) != ERR_OK) *make = 0;
    if (!*make || model_find_named(&c->view, *make, vpic_string(c->v, model_text), model) != ERR_OK) *model = 0;
}

static enum err value_of(struct compile *c, uint32_t attr, const struct interner *texts, uint16_t *ids, uint16_t value, uint16_t *out) {
    *out = 0;
    if (value == 0) return ERR_OK;
    if (ids[value] == 0) {
        uint32_t id;
        TRY(names_intern(c->txn, NAMES_VALUE + attr, interner_text(texts, value - 1u), &id));
        ids[value] = (uint16_t)id;
    }
    *out = ids[value];
    return ERR_OK;
}

// What catalogues call the model when its series is this one.
static enum err rename_add(struct compile *c, struct vin_model *m, const struct vpic_model *names, uint16_t series) {
    struct vpic_core core = {.make = names->make, .model = names->name, .series = series}, before = core;
    struct vin_rename n = {0};
    vpic_facts_rename(c->facts, &core);
    if ((core.make == before.make && core.model == before.model) || m->rename_count == VIN_RENAMES_MAX) return ERR_OK;
    find_model(c, core.make, core.model, &n.make, &n.model);
    TRY(value_of(c, c->attr_series, &c->v->values.series, c->series, series, &n.series));
    TRY(value_of(c, c->attr_series, &c->v->values.series, c->series, core.series, &n.becomes));
    for (unsigned i = 0; i < m->rename_count; i++)
        if (m->renames[i].series == n.series) return ERR_OK;
    m->renames[m->rename_count++] = n;
    return ERR_OK;
}

static enum err model_write(struct compile *c, uint32_t model, uint16_t id) {
    const struct vpic_model *names = &c->v->models[model];
    struct vin_model m = {.make_name = vpic_string(c->v, names->make), .model_name = vpic_string(c->v, names->name)};
    find_model(c, names->make, names->name, &m.make, &m.model);
    TRY(rename_add(c, &m, names, 0));
    bool renamed = vpic_facts_renames(c->facts, names->make, names->name);
    for (uint32_t s = 1; renamed && s <= c->v->values.series.count; s++) TRY(rename_add(c, &m, names, (uint16_t)s));
    return vin_model_put(c->txn, &c->record, id, &m);
}

static enum err model_id(struct compile *c, uint32_t model, uint16_t *out) {
    if (c->models[model] == 0) {
        if (c->model_ids == UINT16_MAX) return fault_set(c->why, ERR_TOO_LARGE, "", "vPIC names more than %d models", UINT16_MAX);
        c->models[model] = (uint16_t)++c->model_ids;
        TRY(model_write(c, model, c->models[model]));
    }
    *out = c->models[model];
    return ERR_OK;
}

// ---- blocks ------------------------------------------------------------------------------------------------------------------
static enum err pattern_value(struct compile *c, const struct vpic_pattern *p, struct vin_value *out) {
    const struct vpic_values *values = &c->v->values;
    const unsigned model_hints = HINT_HYBRID | HINT_PLUG_IN | HINT_MILD | HINT_AWD | HINT_4WD;
    memset(out, 0, sizeof *out);
    out->value = p->value;
    switch (p->field) {
    case VPIC_MODEL:
        out->hints = (uint16_t)(vpic_text_hints(vpic_string(c->v, c->v->models[p->model].name)) & model_hints);
        return model_id(c, p->model, &out->value);
    case VPIC_TRIM: out->hints = c->d->trim_hints[p->value]; return value_of(c, c->attr_trim, &values->trims, c->trims, p->value, &out->value);
    case VPIC_SERIES:
        out->hints = c->d->series_hints[p->value];
        return value_of(c, c->attr_series, &values->series, c->series, p->value, &out->value);
    case VPIC_ENGINE: {
        const struct vpic_engine *e = &c->d->engines[p->value];
        out->hints = c->d->engine_hints[p->value];
        out->tenths = e->tenths;
        out->cylinders = e->cylinders;
        out->fuel = e->fuel;
        out->aspiration = e->aspiration;
        return value_of(c, c->attr_engine, &values->engines, c->engines, e->code, &out->value);
    }
    default: return ERR_OK;
    }
}

static size_t plants_of(const struct compile *c, uint32_t schema, const struct plant **first) {
    struct plant wanted = {.schema = schema};
    const struct plant *end = c->plants + c->plant_count, *at;
    at = c->plant_count ? bsearch(&wanted, c->plants, c->plant_count, sizeof wanted, by_schema) : NULL;
    if (!at) return 0;
    while (at > c->plants && at[-1].schema == schema) at--;
    *first = at;
    size_t n = 0;
    while (at + n < end && at[n].schema == schema) n++;
    return n;
}

enum { BLOCK_MAKES_MAX = 64 };

static enum err makes_add(struct compile *c, uint32_t model, uint16_t makes[BLOCK_MAKES_MAX], unsigned *count) {
    struct slice key, record;
    struct vin_model m;
    char bytes[3] = {'m', (char)(c->models[model] >> 8), (char)c->models[model]};
    key = slice_of(bytes, sizeof bytes);
    TRY(db_get(txn_snapshot(c->txn), TABLE_VIN, key, &record));
    TRY(vin_model_decode(record, &m));
    for (unsigned r = 0; r <= m.rename_count; r++) {
        uint32_t make = r == m.rename_count ? m.make : m.renames[r].make;
        bool always = m.rename_count && m.renames[0].series == 0; // all of it goes by another name
        unsigned i = 0;
        if (make == 0 || make > UINT16_MAX || (r == m.rename_count && always)) continue;
        while (i < *count && makes[i] != make) i++;
        if (i == *count && i < BLOCK_MAKES_MAX) makes[(*count)++] = (uint16_t)make;
    }
    return ERR_OK;
}

static enum err block_of(struct compile *c, uint32_t schema, struct slice *out) {
    uint32_t from = c->v->schema_at[schema], to = c->v->schema_at[schema + 1];
    const struct plant *plants = NULL;
    size_t plant_count = plants_of(c, schema, &plants), n = 0;
    uint16_t makes[BLOCK_MAKES_MAX];
    unsigned make_count = 0;
    struct buf block;
    TRY(grow((void **)&c->patterns, &c->pattern_capacity, to - from + plant_count + 1, sizeof *c->patterns));
    for (uint32_t i = from; i < to; i++, n++) {
        const struct vpic_pattern *p = &c->v->patterns[i];
        c->patterns[n].field = (enum vin_field)p->field;
        memcpy(c->patterns[n].mask, p->box.at, sizeof p->box.at);
        TRY(pattern_value(c, p, &c->patterns[n].value));
        if (p->field == VPIC_MODEL) TRY(makes_add(c, p->model, makes, &make_count));
    }
    for (size_t i = 0; i < plant_count; i++, n++) {
        c->patterns[n] = (struct vin_pattern){.field = VIN_PLANTS};
        memcpy(c->patterns[n].mask, plants[i].box.at, sizeof plants[i].box.at);
        memset(&c->patterns[n].value, 0, sizeof c->patterns[n].value);
        c->patterns[n].value.value = (uint16_t)plants[i].city;
    }
    buf_init(&block, &c->block_bytes, 256 + n * 12);
    enum err e = vin_block_add(&block, c->patterns, n, makes, make_count);
    *out = e == ERR_OK ? buf_slice(&block) : SLICE("");
    if (e != ERR_TOO_LARGE) return e;
    report_notice(c->report, "vPIC", "schema %u has more patterns than a VIN record can hold; its VINs are not decoded", schema);
    return ERR_OK;
}

// ---- records -----------------------------------------------------------------------------------------------------------------
static enum err span_write(struct compile *c, const struct maker *m, const struct link *links, size_t count, unsigned from, unsigned to) {
    struct slice blocks[VIN_BLOCKS_MAX];
    unsigned n = 0;
    for (size_t i = 0; i < count; i++) {
        if (links[i].from > from || links[i].to < from || (i > 0 && links[i].schema == links[i - 1].schema && links[i - 1].from <= from && links[i - 1].to >= from)) continue;
        struct slice *block = &c->blocks[links[i].schema];
        if (!block->p) TRY(block_of(c, links[i].schema, block));
        if (block->n && n < VIN_BLOCKS_MAX) blocks[n++] = *block;
    }
    return n ? vin_patterns_put(c->txn, &c->record, slice_of(m->code, m->code_n), from, to, blocks, n) : ERR_OK;
}

// A maker's years fall into spans within which the same schemas hold.
static enum err maker_write(struct compile *c, const struct maker *m, const struct link *links, size_t count) {
    enum { FIRST = 1980, LAST = 2101 };
    bool starts[LAST - FIRST + 1] = {false};
    for (size_t i = 0; i < count; i++) starts[links[i].from - FIRST] = starts[links[i].to + 1 - FIRST] = true;
    for (unsigned from = FIRST; from < LAST;) {
        unsigned to = from;
        while (to + 1 < LAST && !starts[to + 1 - FIRST]) to++;
        TRY(span_write(c, m, links, count, from, to));
        from = to + 1;
    }
    return ERR_OK;
}

static enum err makers_write(struct compile *c) {
    for (size_t i = 0, end; i < c->link_count; i = end) {
        for (end = i; end < c->link_count && c->links[end].maker == c->links[i].maker;) end++;
        TRY(maker_write(c, &c->makers[c->links[i].maker], c->links + i, end - i));
    }
    for (size_t i = 0; i < c->maker_count; i++) {
        const struct maker *m = &c->makers[i];
        const struct vin_wmi wmi = {.kind = m->kind, .maker = kept(c, m->name), .country = kept(c, m->country), .makes = m->makes};
        TRY(vin_wmi_put(c->txn, &c->record, false, slice_of(m->code, m->code_n), &wmi));
    }
    for (uint32_t city = 0; city < c->cities.count && city < UINT16_MAX - 1; city++)
        TRY(vin_text_put(c->txn, (uint16_t)(city + 1), interner_text(&c->cities, city)));
    return ERR_OK;
}

static enum err tables_make(struct compile *c) {
    const struct vpic_values *values = &c->v->values;
    c->trims = calloc((size_t)values->trims.count + 2, sizeof *c->trims);
    c->series = calloc((size_t)values->series.count + 2, sizeof *c->series);
    c->engines = calloc((size_t)values->engines.count + 2, sizeof *c->engines);
    c->models = calloc(c->v->model_count + 1, sizeof *c->models);
    c->blocks = calloc((size_t)c->v->schema_max + 2, sizeof *c->blocks);
    if (!c->trims || !c->series || !c->engines || !c->models || !c->blocks) return ERR_NO_MEMORY;
    TRY(names_intern(c->txn, NAMES_ATTRIBUTE, SLICE("trim"), &c->attr_trim));
    TRY(names_intern(c->txn, NAMES_ATTRIBUTE, SLICE("submodel"), &c->attr_series));
    return names_intern(c->txn, NAMES_ATTRIBUTE, SLICE("engine_code"), &c->attr_engine);
}

static enum err write_all(struct compile *c) {
    TRY(txn_begin(c->db, &c->txn, c->why));
    enum err e = view_of_txn(c->txn, &c->scratch, &clock_system, &c->view);
    if (e == ERR_OK) {
        e = vin_clear(c->txn, "pmtw");
        if (e == ERR_OK) e = tables_make(c);
        if (e == ERR_OK) e = makers_write(c);
        view_of_txn_end(&c->view);
    }
    if (e == ERR_OK) return txn_commit(c->txn, c->why);
    txn_abort(c->txn);
    return e;
}

enum err vpic_vin_compile(struct db *db, const char *sqlite_path, const struct vpic *v, const struct vpic_deriver *d,
                          const struct vpic_facts *facts, struct import_report *report, struct fault *why) {
    enum { SCRATCH_BYTES = 16 << 20, TEXTS_BYTES = 256 << 20 };
    struct compile c = {.db = db, .v = v, .d = d, .facts = facts, .report = report, .why = why};
    interner_init(&c.strings);
    interner_init(&c.cities);
    arena_init(&c.texts, 1 << 16, TEXTS_BYTES);
    arena_init(&c.block_bytes, 1 << 20, TEXTS_BYTES);
    arena_init(&c.scratch, 1 << 16, SCRATCH_BYTES);
    buf_init(&c.record, NULL, 1 << 16);
    enum err e = ERR_OK;
    if (sqlite3_open_v2(sqlite_path, &c.sqlite, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        e = fault_set(why, ERR_IO, "", "%s: %s", sqlite_path, sqlite3_errmsg(c.sqlite));
    if (e == ERR_OK) e = read_all(&c);
    sqlite3_close(c.sqlite);
    if (e == ERR_OK) e = write_all(&c);
    buf_free(&c.record);
    arena_destroy(&c.scratch);
    arena_destroy(&c.block_bytes);
    arena_destroy(&c.texts);
    interner_destroy(&c.cities);
    interner_destroy(&c.strings);
    void *all[] = {c.makers, c.links, c.plants, c.trims, c.series, c.engines, c.models, c.blocks, c.patterns};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    return e;
}
