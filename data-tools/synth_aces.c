#include <stdio.h>

#include "synth_product.h"
#include "synth_write.h"

enum { PURPOSE_APP = 20 };
enum { CHASSIS_NUMBERS = 400, OPTION_CODES = 60 };
// Of applications that are not coverage.
static const double CONDITION_SHARE = 0.12, TRIM_SHARE = 0.55, BODY_SHARE = 0.16, KEEP_SHARE = 0.94, CODE_SHARE = 0.3;

struct app_writer {
    const struct synth_plan *plan;
    struct synth_counts *counts;
    struct output output;
    struct rng rng;
    uint64_t id;
    char brand[5], type[16], number[64];
    size_t number_n;
};

static void text(struct app_writer *w, const char *s) { buf_slice_put(&w->output.buf, slice_str(s)); }
#define LITERAL(w, s) buf_slice_put(&(w)->output.buf, SLICE(s))

static void element(struct app_writer *w, const char *name, uint64_t id) {
    LITERAL(w, "<");
    text(w, name);
    LITERAL(w, " id=\"");
    synth_number_put(&w->output.buf, id);
    LITERAL(w, "\"/>");
}

// ---- terms ------------------------------------------------------------------------------------------------------------------
static const struct synth_vehicle *vehicle_in(const struct synth_world *w, const struct synth_member *m, unsigned year) {
    const struct synth_model *model = &w->models[m->model];
    for (unsigned i = 0; i < model->vehicle_count; i++)
        if (w->vehicles[model->first_vehicle + i].year == year) return &w->vehicles[model->first_vehicle + i];
    return NULL;
}

static bool has_trim(const struct synth_vehicle *v, uint16_t trim) {
    for (unsigned i = 0; v && i < WORLD_TRIMS; i++)
        if (v->trims[i] == trim) return true;
    return false;
}

// A trim of a year in the middle, and the years around it that have it.
static uint16_t trim_choose(struct app_writer *w, struct synth_member *m) {
    const struct synth_world *world = w->plan->world;
    unsigned middle = (m->from + m->to) / 2u;
    const struct synth_vehicle *v = vehicle_in(world, m, middle);
    unsigned known = 0;
    while (v && known < WORLD_TRIMS && v->trims[known]) known++;
    uint16_t trim = known ? v->trims[rng_below(&w->rng, known)] : 0;
    if (!trim) return 0;
    unsigned from = middle, to = middle;
    while (from > m->from && has_trim(vehicle_in(world, m, from - 1), trim)) from--;
    while (to < m->to && has_trim(vehicle_in(world, m, to + 1), trim)) to++;
    m->from = (uint16_t)from;
    m->to = (uint16_t)to;
    m->vehicles = (uint16_t)(to - from + 1);
    return trim;
}

static void engine_write(struct app_writer *w, const struct synth_product *product, const struct synth_member *m) {
    if (m->engine == UINT32_MAX || m->only) return;
    const struct synth_engine *e = &w->plan->world->engines[m->engine];
    w->counts->engine_terms++;
    if (m->code && !product->plain && rng_chance(&w->rng, CODE_SHARE)) {
        element(w, "EngineDesignation", m->code);
        return;
    }
    uint16_t cylinders = m->needs & NEEDS_CYLINDERS ? e->cylinders : 0;
    if (e->displacement || cylinders) element(w, "EngineBase", synth_engine_base_id(e->displacement, cylinders));
    if (e->aspiration && (m->needs & NEEDS_ASPIRATION)) element(w, "Aspiration", e->aspiration);
    if (e->fuel && (m->needs & NEEDS_FUEL)) element(w, "FuelType", e->fuel);
}

// ---- conditions --------------------------------------------------------------------------------------------------------------
static void note_fill(struct app_writer *w, const struct synth_member *m, char fill, char out[32]) {
    struct rng *r = &w->rng;
    unsigned x = rng_below(r, OPTION_CODES), years = m->to - m->from + 1u;
    if (fill == 'd') snprintf(out, 32, "%04u-%02u", m->from + rng_below(r, years), 1 + rng_below(r, 12));
    else if (fill == 'c') snprintf(out, 32, "SMP-%07u", 1000 * (100 + rng_below(r, CHASSIS_NUMBERS)));
    else snprintf(out, 32, "%u%c%c", 1 + x % 9, 'A' + (char)(x % 23), 'A' + (char)(x * 7 % 25));
}

static void condition_write(struct app_writer *w, const struct synth_member *m) {
    const struct synth_note *note = &SYNTH_NOTES[rng_below(&w->rng, (uint32_t)SYNTH_NOTE_COUNT)];
    char fill[32] = "";
    struct slice before = slice_str(note->text), after = SLICE_NONE;
    const char *hole = strstr(note->text, "%s");
    if (hole) {
        before.n = (size_t)(hole - note->text);
        after = slice_str(hole + 2);
        note_fill(w, m, note->fill, fill);
    }
    bool qualifier = rng_chance(&w->rng, 0.5);
    text(w, qualifier ? "<Qual id=\"1\"><text>" : "<Note>");
    buf_slice_put(&w->output.buf, before);
    text(w, fill);
    buf_slice_put(&w->output.buf, after);
    text(w, qualifier ? "</text></Qual>" : "</Note>");
    w->counts->conditional++;
}

static void tyre_note_write(struct app_writer *w, const struct synth_product *product) {
    const struct synth_tyre_size *size = &SYNTH_TYRE_SIZES[w->plan->families.families[product->family].engine];
    buf_printf(&w->output.buf, "<Note>with original tyre size %u/%uR%u</Note>", size->width, size->aspect, size->rim);
    w->counts->conditional++;
}

// ---- one application ------------------------------------------------------------------------------------------------------------
static uint64_t quantity_of(const struct app_writer *w, const struct synth_product *product, const struct synth_member *m) {
    enum synth_quantity q = w->plan->kinds[product->kind].spec->quantity;
    const struct synth_engine *e = m->engine == UINT32_MAX ? NULL : &w->plan->world->engines[m->engine];
    if (m->axle) return 2;
    if (q == QUANTITY_CYLINDERS) return e && e->cylinder_count ? e->cylinder_count : 4;
    if (q != QUANTITY_OIL) return (uint64_t)q;
    double litres = e && e->litres > 0 ? 1.6 + 1.4 * (double)e->litres : 4.5; // estimated filling
    unsigned pack = synth_oil_litres(product);
    return ((uint64_t)(litres + 0.5) + pack - 1) / pack;
}

static void vehicle_write(struct app_writer *w, const struct synth_member *m, uint16_t trim) {
    const struct synth_model *model = &w->plan->world->models[m->model];
    LITERAL(w, "<Years from=\"");
    synth_number_put(&w->output.buf, m->from);
    LITERAL(w, "\" to=\"");
    synth_number_put(&w->output.buf, m->to);
    LITERAL(w, "\"/>");
    element(w, "Make", model->make);
    element(w, "Model", model->model);
    if (trim) element(w, "SubModel", trim);
}

static void body_write(struct app_writer *w, const struct synth_member *m) {
    const struct synth_vehicle *v = vehicle_in(w->plan->world, m, m->from);
    bool drive = rng_chance(&w->rng, 0.5);
    if (!v || !(drive ? v->drive : v->body)) return;
    element(w, drive ? "DriveType" : "BodyType", drive ? v->drive : v->body);
    w->counts->body_terms++;
}

static void part_write(struct app_writer *w, const struct synth_product *product, const struct synth_member *m) {
    LITERAL(w, "<Qty>");
    synth_number_put(&w->output.buf, quantity_of(w, product, m));
    LITERAL(w, "</Qty><PartType id=\"");
    text(w, w->type);
    LITERAL(w, "\"/>");
    unsigned position = m->axle ? m->axle : product->position; // a tyre's positions are front and rear
    if (position) element(w, "Position", synth_position_id(product->kind, position - 1u));
    LITERAL(w, "<Part BrandAAIAID=\"");
    text(w, w->brand);
    LITERAL(w, "\">");
    buf_put(&w->output.buf, w->number, w->number_n);
    LITERAL(w, "</Part></App>\n");
}

static void app_write(struct app_writer *w, const struct synth_product *product, struct synth_member m) {
    bool platform = w->plan->kinds[product->kind].spec->rule == RULE_PLATFORM;
    uint16_t trim = platform && !product->plain && rng_chance(&w->rng, TRIM_SHARE) ? trim_choose(w, &m) : 0;
    bool body = platform && !trim && !product->plain && rng_chance(&w->rng, BODY_SHARE);
    bool condition = !product->plain && rng_chance(&w->rng, CONDITION_SHARE);
    LITERAL(w, "<App action=\"A\" id=\"");
    synth_number_put(&w->output.buf, ++w->id);
    LITERAL(w, "\">");
    vehicle_write(w, &m, trim);
    if (body) body_write(w, &m);
    engine_write(w, product, &m);
    if (condition) condition_write(w, &m);
    else if (m.optional) tyre_note_write(w, product);
    part_write(w, product, &m);
    w->counts->applications++;
    w->counts->trim_terms += trim != 0;
    w->counts->rows += m.vehicles;
    output_flush(&w->output);
}

static void product_write(struct app_writer *w, uint32_t index) {
    const struct synth_plan *p = w->plan;
    const struct synth_product *product = &p->products[index];
    if (product->family == SYNTH_NO_FAMILY) return;
    const struct synth_family *f = &p->families.families[product->family];
    struct buf number = {.p = w->number, .capacity = sizeof w->number};
    synth_product_number(p, product, &number);
    w->number_n = number.n;
    w->rng = rng_of(p->seed, PURPOSE_APP, index);
    synth_brand_code(product->brand, w->brand);
    synth_type_id(p, product->kind, w->type);
    bool by_specification = f->rule == RULE_TYRE || f->rule == RULE_OIL;
    for (unsigned i = 0; i < f->member_count; i++) {
        const struct synth_member *m = &p->families.members[f->first_member + i];
        if (by_specification && !m->popular && !m->axle && !product->rare_too) continue;
        if (!synth_member_takes(p, &p->kinds[product->kind], m)) continue;
        if (!product->plain && i && !rng_chance(&w->rng, KEEP_SHARE)) continue;
        app_write(w, product, *m);
    }
    w->counts->products++;
}

static void header_write(struct app_writer *w) {
    text(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ACES version=\"4.2\">\n<Header><Company>rightfit sample data</Company>"
            "<SenderName>rightfit synth</SenderName><SenderPhone>000-000-0000</SenderPhone><TransferDate>2026-01-01</TransferDate>"
            "<BrandAAIAID>ZBBB</BrandAAIAID><DocumentTitle>Sample fitment, not for real cars</DocumentTitle>"
            "<EffectiveDate>2026-01-01</EffectiveDate><SubmissionType>FULL</SubmissionType><VcdbVersionDate>2026-01-01</VcdbVersionDate>"
            "<QdbVersionDate>2026-01-01</QdbVersionDate><PcdbVersionDate>2026-01-01</PcdbVersionDate></Header>\n");
}

enum err synth_aces_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why) {
    struct app_writer w = {.plan = p, .counts = counts};
    TRY(output_open(path, &w.output, why));
    header_write(&w);
    for (uint32_t i = 0; i < p->product_count; i++) product_write(&w, i);
    buf_printf(&w.output.buf, "<Footer><RecordCount>%llu</RecordCount></Footer>\n</ACES>\n", (unsigned long long)w.id);
    return output_close(&w.output, why);
}
