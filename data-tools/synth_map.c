// synth_map.c: the ids of the sample's ACES and PIES, and the side map that explains them.
#include <stdio.h>

#include "index/names.h"
#include "synth_write.h"

enum { TYPE_ID_FIRST = 900000, POSITION_ID_FIRST = 1000, ENGINE_BASE_CYLINDERS = 1000 };

static void code_put(char first, uint32_t number, char code[5]) {
    static const char LETTERS[] = "BCDFGHJKLMNPQRSTVWXZ";
    enum { BASE = sizeof LETTERS - 1 };
    code[0] = (char)(first - (char)(number / (BASE * BASE * BASE)));
    for (int i = 3; i > 0; i--, number /= BASE) code[i] = LETTERS[number % BASE];
    code[4] = 0;
}

void synth_brand_code(unsigned brand, char code[5]) { code_put('Z', brand, code); }
void synth_maker_code(uint32_t make, char code[5]) { code_put('Y', make, code); }
uint32_t synth_position_id(unsigned kind, unsigned position) { return POSITION_ID_FIRST + kind * SYNTH_POSITIONS + position; }

uint32_t synth_type_id(const struct synth_plan *p, unsigned kind, char text[16]) {
    uint64_t id = 0;
    if (!slice_u64(p->kinds[kind].fact->pcdb, &id)) id = TYPE_ID_FIRST + kind;
    snprintf(text, 16, "%u", (unsigned)id);
    return (uint32_t)id;
}

uint32_t synth_engine_base_id(uint16_t displacement, uint16_t cylinders) { return (uint32_t)displacement * ENGINE_BASE_CYLINDERS + cylinders; }

void synth_number_put(struct buf *out, uint64_t value) {
    char digits[20];
    size_t n = sizeof digits;
    do digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    buf_put(out, digits + n, sizeof digits - n);
}

void synth_xml_put(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.n; i++) {
        const char *escape = text.p[i] == '&' ? "&amp;" : text.p[i] == '<' ? "&lt;" : text.p[i] == '>' ? "&gt;" : text.p[i] == '"' ? "&quot;" : NULL;
        if (escape) buf_slice_put(out, slice_str(escape));
        else buf_char(out, text.p[i]);
    }
}

// ---- the map ----------------------------------------------------------------------------------------------------------------
static void line(struct output *o, const char *element, uint64_t id, struct slice value) {
    buf_printf(&o->buf, "%s\t%llu\t%.*s\n", element, (unsigned long long)id, SLICE_ARGS(value));
    output_flush(o);
}

static void code_line(struct output *o, const char *element, const char *code, struct slice value) {
    buf_printf(&o->buf, "%s\t%s\t%.*s\n", element, code, SLICE_ARGS(value));
}

static void catalogue_lines(const struct synth_plan *p, struct output *o) {
    char code[5], id[16];
    for (unsigned i = 0; i < p->facts->brand_count; i++) {
        synth_brand_code(i, code);
        code_line(o, "Brand", code, p->facts->brands[i].name);
    }
    for (unsigned k = 0; k < p->kind_count; k++) {
        synth_type_id(p, k, id);
        code_line(o, "PartType", id, p->kinds[k].fact->slug);
        for (unsigned i = 0; i < p->kinds[k].position_count; i++) line(o, "Position", synth_position_id(k, i), p->kinds[k].positions[i]);
    }
}

static void model_lines(const struct synth_plan *p, struct output *o) {
    uint32_t make = 0;
    char code[5];
    for (unsigned i = 0; i < p->world->model_count; i++) {
        const struct synth_model *m = &p->world->models[i];
        line(o, "Model", m->model, m->name);
        if (m->make == make) continue;
        make = m->make;
        line(o, "Make", make, m->make_name);
        synth_maker_code(make, code);
        code_line(o, "Maker", code, m->make_name);
    }
}

static void value_lines(const struct synth_plan *p, struct output *o, const char *element, enum world_attribute attribute) {
    uint32_t count = names_count(p->world->view->snapshot, NAMES_VALUE + p->world->attribute[attribute]);
    for (uint32_t id = 1; id <= count && id <= UINT16_MAX; id++) line(o, element, id, synth_value(p->world, attribute, (uint16_t)id));
}

static void engine_line(const struct synth_plan *p, struct output *o, uint16_t displacement_id, uint16_t cylinders_id) {
    struct slice displacement = synth_value(p->world, WORLD_DISPLACEMENT, displacement_id);
    struct slice cylinders = synth_value(p->world, WORLD_CYLINDERS, cylinders_id);
    char text[64] = "";
    int n = 0;
    if (displacement.n) n = snprintf(text, sizeof text, "displacement=%.*s", SLICE_ARGS(displacement));
    if (cylinders.n) n += snprintf(text + n, sizeof text - (size_t)n, "%scylinders=%.*s", n ? ";" : "", SLICE_ARGS(cylinders));
    if (n) line(o, "EngineBase", synth_engine_base_id(displacement_id, cylinders_id), slice_of(text, (size_t)n));
}

static void engine_lines(const struct synth_plan *p, struct output *o) {
    for (unsigned i = 0; i < p->world->engine_count; i++) {
        const struct synth_engine *e = &p->world->engines[i];
        engine_line(p, o, e->displacement, e->cylinders);
        if (e->displacement && e->cylinders) engine_line(p, o, e->displacement, 0);
    }
}

enum err synth_map_write(const struct synth_plan *p, const char *path, struct fault *why) {
    struct output o;
    TRY(output_open(path, &o, why));
    buf_slice_put(&o.buf, SLICE("element\tid\tvalue\n"));
    catalogue_lines(p, &o);
    model_lines(p, &o);
    engine_lines(p, &o);
    value_lines(p, &o, "FuelType", WORLD_FUEL);
    value_lines(p, &o, "Aspiration", WORLD_ASPIRATION);
    value_lines(p, &o, "EngineDesignation", WORLD_CODE);
    value_lines(p, &o, "SubModel", WORLD_TRIM);
    value_lines(p, &o, "BodyType", WORLD_BODY);
    value_lines(p, &o, "DriveType", WORLD_DRIVE);
    return output_close(&o, why);
}
