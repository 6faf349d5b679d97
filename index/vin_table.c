#include "vin_table.h"

const char *const vin_attr_names[VIN_ATTRS] = {"displacement", "fuel", "cylinders", "aspiration", "engine_code",
                                               "body",         "drive", "trim",     "submodel"};

// ---- walking blocks ------------------------------------------------------------------------------------------------------
struct block {
    uint16_t defined;
    uint8_t make_count, mask_count[VIN_POSITIONS];
    const uint8_t *makes, *masks[VIN_POSITIONS], *keys, *end;
    uint16_t key_count;
};

static uint16_t u16_at(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static bool block_open(struct slice bytes, struct block *b) {
    struct reader r = reader_of(bytes);
    b->defined = reader_u16(&r);
    b->make_count = reader_u8(&r);
    b->makes = (const uint8_t *)reader_bytes(&r, (size_t)b->make_count * 2).p;
    reader_take(&r, b->mask_count, sizeof b->mask_count);
    for (unsigned i = 0; i < VIN_POSITIONS; i++)
        b->masks[i] = (const uint8_t *)reader_bytes(&r, (size_t)b->mask_count[i] * VIN_MASK_BYTES).p;
    b->key_count = reader_u16(&r);
    b->keys = r.p;
    b->end = r.end;
    return !r.bad;
}

// Which of the block's masks hold the VIN's characters.
struct hits { uint8_t at[VIN_POSITIONS][256]; };

static void hits_find(const struct block *b, const struct vin_text *vin, struct hits *h) {
    static const uint8_t where[VIN_POSITIONS] = {3, 4, 5, 6, 7, 9, 10, 11};
    for (unsigned i = 0; i < VIN_POSITIONS; i++) {
        unsigned code = (unsigned)vin_code(vin->c[where[i]]);
        const uint8_t *mask = b->masks[i] + code / 8;
        for (unsigned k = 0; k < b->mask_count[i]; k++, mask += VIN_MASK_BYTES) h->at[i][k] = *mask >> (code % 8) & 1;
    }
}

struct key { uint8_t literals; struct slice values; };

// The next key that matches from *at on. ERR_END after the last.
static enum err key_next(const struct block *b, const struct hits *h, const uint8_t **at, unsigned *left, struct key *out) {
    const uint8_t *p = *at;
    while (*left > 0) {
        --*left;
        if (p == b->end) return ERR_DAMAGED;
        unsigned positions = *p++, n = (unsigned)__builtin_popcount(positions);
        if ((size_t)(b->end - p) < n + 2u) return ERR_DAMAGED;
        const uint8_t *index = p;
        size_t bytes = u16_at(p + n);
        p += n + 2;
        if ((size_t)(b->end - p) < bytes) return ERR_DAMAGED;
        bool all = true;
        for (unsigned rest = positions; rest && all; rest &= rest - 1, index++) {
            unsigned i = (unsigned)__builtin_ctz(rest);
            if (*index >= b->mask_count[i]) return ERR_DAMAGED;
            all = h->at[i][*index];
        }
        *out = (struct key){(uint8_t)n, slice_of(p, bytes)};
        p += bytes;
        *at = p;
        if (all) return ERR_OK;
    }
    return ERR_END;
}

static bool value_next(struct reader *r, enum vin_field *field, struct vin_value *out) {
    uint8_t tag = reader_u8(r);
    *field = (enum vin_field)(tag & ~VIN_MORE);
    *out = (struct vin_value){.value = reader_u16(r)};
    if (tag & VIN_MORE) {
        out->hints = reader_u16(r);
        if (*field == VIN_ENGINE) {
            out->tenths = reader_u16(r);
            out->cylinders = reader_u8(r);
            out->fuel = reader_u8(r);
            out->aspiration = reader_u8(r);
        }
        if (out->fuel >= FUEL_COUNT || out->aspiration >= ASPIRATION_COUNT) return false;
    }
    return !r->bad && *field < VIN_FIELDS;
}

// ---- sets of values ---------------------------------------------------------------------------------------------------------
static void set_add(struct vin_set *s, unsigned literals, const struct vin_value *value) {
    if (s->count && literals < s->literals) return;
    if (!s->count || literals > s->literals) *s = (struct vin_set){.literals = (uint8_t)literals};
    for (unsigned i = 0; i < s->count; i++)
        if (memcmp(&s->at[i], value, sizeof *value) == 0) return;
    if (s->count == VIN_TIES_MAX) s->many = true;
    else s->at[s->count++] = *value;
}

// Which fields some key describes, and how specific the key of the model is.
static enum err block_fields(const struct block *b, const struct hits *h, unsigned *matched, unsigned *literals) {
    const uint8_t *at = b->keys;
    unsigned left = b->key_count;
    struct key key;
    enum err e;
    *matched = *literals = 0;
    while ((e = key_next(b, h, &at, &left, &key)) == ERR_OK) {
        struct reader r = reader_of(key.values);
        enum vin_field field;
        struct vin_value value;
        while (reader_left(&r)) {
            if (!value_next(&r, &field, &value)) return ERR_DAMAGED;
            *matched |= 1u << field;
            if (field == VIN_MODEL && key.literals > *literals) *literals = key.literals;
        }
    }
    return e == ERR_END ? ERR_OK : e;
}

static enum err block_sets(const struct block *b, const struct hits *h, struct vin_set sets[VIN_FIELDS]) {
    const uint8_t *at = b->keys;
    unsigned left = b->key_count;
    struct key key;
    enum err e;
    while ((e = key_next(b, h, &at, &left, &key)) == ERR_OK) {
        struct reader r = reader_of(key.values);
        enum vin_field field;
        struct vin_value value;
        while (reader_left(&r)) {
            if (!value_next(&r, &field, &value)) return ERR_DAMAGED;
            set_add(&sets[field], key.literals, &value);
        }
    }
    return e == ERR_END ? ERR_OK : e;
}

// ---- attributes of one schema's sets ------------------------------------------------------------------------------------------
static void values_add(struct vin_values *v, uint16_t value, bool *unknown) {
    for (unsigned i = 0; i < v->count; i++)
        if (v->at[i] == value) return;
    if (value == 0 || v->count == VIN_TIES_MAX) *unknown = true;
    else v->at[v->count++] = value;
}

// Hints that every value of a field has, and those that some have.
struct hints { unsigned sure, possible; };

static void hints_of(const struct vin_set *s, bool value_is_hint, struct hints *h) {
    unsigned all = s->count ? ~0u : 0, any = 0;
    for (unsigned i = 0; i < s->count; i++) {
        unsigned bits = value_is_hint ? s->at[i].value : s->at[i].hints;
        all &= bits;
        any |= bits;
    }
    h->sure |= all;
    h->possible |= s->many ? ~0u : any;
}

static struct hints hints_all(const struct vin_set sets[VIN_FIELDS]) {
    struct hints h = {0, 0};
    hints_of(&sets[VIN_MODEL], false, &h);
    hints_of(&sets[VIN_ENGINE], false, &h);
    hints_of(&sets[VIN_TRIM], false, &h);
    hints_of(&sets[VIN_SERIES], false, &h);
    hints_of(&sets[VIN_HINT], true, &h);
    return h;
}

struct attrs { struct vin_values at[VIN_ATTRS]; bool unknown[VIN_ATTRS]; };

static void attr_add(struct attrs *a, enum vin_attr attr, uint16_t value) { values_add(&a->at[attr], value, &a->unknown[attr]); }

static void attr_of_set(struct attrs *a, enum vin_attr attr, const struct vin_set *s) {
    a->unknown[attr] |= s->many || s->count == 0;
    for (unsigned i = 0; i < s->count; i++) attr_add(a, attr, s->at[i].value);
}

// The possible combinations of hints, restricted to `bits`: every choice of what is possible but not sure.
#define EACH_HINTS(h, bits, name)                                                                                                    \
    for (unsigned open_ = (h).possible & ~(h).sure & (bits), sub_ = open_, name = 0, more_ = 1;                                         \
         more_ && ((name = (h).sure | sub_), true); more_ = sub_ != 0, sub_ = (sub_ - 1) & open_)

static void attr_fuel(struct attrs *a, const struct vin_set sets[VIN_FIELDS], struct hints h) {
    static const struct vin_value none;
    const struct vin_set *first = &sets[VIN_FUEL], *second = &sets[VIN_FUEL2], *engine = &sets[VIN_ENGINE];
    bool named = first->count > 0;
    if (!named) first = engine;
    a->unknown[VIN_A_FUEL] |= first->many || second->many;
    for (unsigned i = 0; i < (first->count ? first->count : 1u); i++)
        for (unsigned k = 0; k < (second->count ? second->count : 1u); k++) {
            const struct vin_value *one = first->count ? &first->at[i] : &none;
            EACH_HINTS(h, HINT_HYBRID | HINT_PLUG_IN | HINT_MILD, hints)
            attr_add(a, VIN_A_FUEL, vin_fuel(named ? one->value : one->fuel, second->count ? second->at[k].value : 0, hints));
        }
}

static void attr_aspiration(struct attrs *a, const struct vin_set sets[VIN_FIELDS], struct hints h) {
    const struct vin_set *turbo = &sets[VIN_TURBO], *engine = &sets[VIN_ENGINE];
    a->unknown[VIN_A_ASPIRATION] |= turbo->many || engine->many;
    for (unsigned i = 0; i < (turbo->count ? turbo->count : 1u); i++)
        for (unsigned k = 0; k < (engine->count ? engine->count : 1u); k++)
            EACH_HINTS(h, HINT_TURBO | HINT_SUPER, hints)
            attr_add(a, VIN_A_ASPIRATION,
                     vin_aspiration(turbo->count ? turbo->at[i].value : 0, engine->count ? engine->at[k].aspiration : 0, hints));
}

static void attr_drive(struct attrs *a, const struct vin_set *drive, struct hints h) {
    a->unknown[VIN_A_DRIVE] |= drive->many;
    for (unsigned i = 0; i < (drive->count ? drive->count : 1u); i++)
        EACH_HINTS(h, HINT_AWD | HINT_4WD | HINT_FWD | HINT_RWD | HINT_2WD, hints)
        attr_add(a, VIN_A_DRIVE, vin_drive(drive->count ? drive->at[i].value : 0, hints));
}

static void attr_engine(struct attrs *a, const struct vin_set sets[VIN_FIELDS]) {
    const struct vin_set *engine = &sets[VIN_ENGINE], *size = sets[VIN_LITRES].count ? &sets[VIN_LITRES] : &sets[VIN_CC];
    bool sized = size->count > 0, counted = sets[VIN_CYLINDERS].count > 0;
    if (sized) attr_of_set(a, VIN_A_DISPLACEMENT, size);
    if (counted) attr_of_set(a, VIN_A_CYLINDERS, &sets[VIN_CYLINDERS]);
    a->unknown[VIN_A_DISPLACEMENT] |= !sized && (engine->many || !engine->count);
    a->unknown[VIN_A_CYLINDERS] |= !counted && (engine->many || !engine->count);
    for (unsigned i = 0; i < engine->count; i++) {
        if (!sized) attr_add(a, VIN_A_DISPLACEMENT, engine->at[i].tenths);
        if (!counted) attr_add(a, VIN_A_CYLINDERS, engine->at[i].cylinders);
    }
    attr_of_set(a, VIN_A_ENGINE_CODE, engine);
}

// What an electric car has no use for.
static void electric_only(struct attrs *a) {
    const struct vin_values *fuel = &a->at[VIN_A_FUEL];
    bool electric = !a->unknown[VIN_A_FUEL] && fuel->count == 1 && (fuel->at[0] == FUEL_ELECTRIC || fuel->at[0] == FUEL_FCEV);
    for (unsigned i = 0; electric && i < VIN_ATTRS; i++)
        if (i == VIN_A_DISPLACEMENT || i == VIN_A_CYLINDERS || i == VIN_A_ASPIRATION || i == VIN_A_ENGINE_CODE) a->unknown[i] = true;
}

static void attrs_of_sets(struct attrs *a, const struct vin_set sets[VIN_FIELDS]) {
    struct hints h = hints_all(sets);
    attr_engine(a, sets);
    attr_fuel(a, sets, h);
    attr_aspiration(a, sets, h);
    attr_drive(a, &sets[VIN_DRIVE], h);
    attr_of_set(a, VIN_A_BODY, &sets[VIN_BODY]);
    attr_of_set(a, VIN_A_TRIM, &sets[VIN_TRIM]);
    attr_of_set(a, VIN_A_SUBMODEL, &sets[VIN_SERIES]);
    electric_only(a);
}

// ---- choosing among schemas -----------------------------------------------------------------------------------------------------
static bool has(unsigned fields, enum vin_field f) { return fields >> f & 1; }

// What the schema describes of cars but not of this one. Trim, series and turbochargers may well be absent.
static unsigned lacks(unsigned defined, unsigned matched) {
    static const enum vin_field each[] = {VIN_BODY, VIN_FUEL, VIN_PLANTS};
    const unsigned engine = 1u << VIN_LITRES | 1u << VIN_CC | 1u << VIN_CYLINDERS | 1u << VIN_ENGINE | 1u << VIN_FUEL;
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof each / sizeof *each; i++) count += has(defined, each[i]) && !has(matched, each[i]);
    return count + ((defined & engine) && !(matched & engine));
}

// A schema that lacks less is better; of equals, the one whose key of the model is more specific, as among keys of one schema.
enum { LACKS_NO_MODEL = 64, LACKS_STEP = 16 };

struct choice { uint16_t lacks[VIN_BLOCKS_MAX]; unsigned best; };

static bool next_block(struct reader *r, struct block *b) { // false at the end and at damage, which sets r->bad
    if (r->bad || reader_left(r) == 0) return false;
    uint32_t bytes = reader_u32(r);
    struct slice block = reader_bytes(r, bytes);
    if (!r->bad && !block_open(block, b)) r->bad = true;
    return !r->bad;
}

static enum err choose(struct reader r, const struct vin_text *vin, struct hits *h, struct choice *c) {
    struct block b;
    c->best = UINT16_MAX;
    for (unsigned i = 0; next_block(&r, &b); i++) {
        unsigned matched, literals;
        if (i == VIN_BLOCKS_MAX) return ERR_DAMAGED;
        c->lacks[i] = UINT16_MAX; // a companion: it names no models, and goes with every schema
        if (!has(b.defined, VIN_MODEL)) continue;
        hits_find(&b, vin, h);
        TRY(block_fields(&b, h, &matched, &literals));
        unsigned wanting = lacks(b.defined, matched) + (has(matched, VIN_MODEL) ? 0 : LACKS_NO_MODEL);
        c->lacks[i] = (uint16_t)(wanting * LACKS_STEP + VIN_POSITIONS - literals);
        if (c->lacks[i] < c->best) c->best = c->lacks[i];
    }
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static void makes_add(struct vin_match *m, const struct block *b) {
    for (unsigned i = 0; i < b->make_count; i++) {
        uint16_t make = u16_at(b->makes + 2 * (size_t)i);
        unsigned k = 0;
        while (k < m->make_count && m->makes[k] != make) k++;
        if (k == m->make_count && k < VIN_MAKES_MAX) m->makes[m->make_count++] = make;
    }
}

static void models_add(struct vin_match *m, const struct vin_set *s) {
    m->too_many |= s->many;
    for (unsigned i = 0; i < s->count; i++) {
        unsigned k = 0;
        while (k < m->model_count && m->models[k] != s->at[i].value) k++;
        if (k < m->model_count) continue;
        if (k == VIN_MODELS_MAX) m->too_many = true;
        else m->models[m->model_count++] = s->at[i].value;
    }
}

// The blocks chosen, each with the companions; what they say differently becomes several values, what one does not say is unknown.
static enum err gather(struct reader r, const struct vin_text *vin, struct hits *h, const struct choice *c, struct vin_match *out) {
    struct vin_set common[VIN_FIELDS] = {0}, sets[VIN_FIELDS];
    struct reader again = r;
    struct attrs attrs = {0};
    struct block b;
    bool plants = true;
    for (unsigned i = 0; next_block(&again, &b); i++) {
        if (c->lacks[i] != UINT16_MAX) continue;
        hits_find(&b, vin, h);
        TRY(block_sets(&b, h, common));
    }
    for (unsigned i = 0; next_block(&r, &b); i++) {
        if (c->lacks[i] != c->best || c->best == UINT16_MAX) continue;
        memcpy(sets, common, sizeof sets);
        hits_find(&b, vin, h);
        TRY(block_sets(&b, h, sets));
        makes_add(out, &b);
        models_add(out, &sets[VIN_MODEL]);
        attrs_of_sets(&attrs, sets);
        const struct vin_set *p = &sets[VIN_PLANTS];
        uint16_t plant = p->count == 1 && !p->many ? p->at[0].value : 0;
        plants &= plant && (!out->plant || out->plant == plant);
        out->plant = plant;
    }
    if (!plants) out->plant = 0;
    for (unsigned i = 0; i < VIN_ATTRS; i++)
        if (!attrs.unknown[i]) out->attrs[i] = attrs.at[i];
    return ERR_OK;
}

unsigned vin_record_last_year(struct slice record) {
    struct reader r = reader_of(record);
    unsigned year = reader_u16(&r);
    return r.bad ? 0 : year;
}

enum err vin_match(struct slice record, const struct vin_text *vin, struct vin_match *out) {
    struct reader r = reader_of(record);
    struct choice choice;
    struct hits hits;
    memset(out, 0, sizeof *out);
    (void)reader_u16(&r);
    unsigned blocks = reader_u16(&r);
    if (r.bad) return ERR_DAMAGED;
    TRY(choose(r, vin, &hits, &choice));
    TRY(gather(r, vin, &hits, &choice, out));
    out->blocks = blocks;
    out->lacks = choice.best / LACKS_STEP % LACKS_NO_MODEL;
    if (out->too_many) out->model_count = 0;
    return ERR_OK;
}

// ---- the small records -----------------------------------------------------------------------------------------------------------
enum err vin_model_decode(struct slice record, struct vin_model *out) {
    struct reader r = reader_of(record);
    out->make = reader_u32(&r);
    out->model = reader_u32(&r);
    out->make_name = reader_string(&r);
    out->model_name = reader_string(&r);
    out->rename_count = reader_u8(&r);
    if (r.bad || out->rename_count > VIN_RENAMES_MAX) return ERR_DAMAGED;
    for (unsigned i = 0; i < out->rename_count; i++) {
        struct vin_rename *n = &out->renames[i];
        n->series = reader_u16(&r);
        n->becomes = reader_u16(&r);
        n->make = reader_u32(&r);
        n->model = reader_u32(&r);
    }
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}

enum err vin_wmi_decode(struct slice record, struct vin_wmi *out) {
    struct reader r = reader_of(record);
    out->kind = reader_u8(&r);
    out->maker = reader_string(&r);
    out->maker_zh = reader_string(&r);
    out->country = reader_string(&r);
    out->makes = reader_string(&r);
    out->plants = reader_string(&r);
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}
