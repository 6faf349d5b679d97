#include "vpic_core.h"

#include <stdlib.h>

// ---- what texts imply -----------------------------------------------------------------------------------------------
static enum err hints_of(const struct interner *texts, uint16_t **out) {
    *out = calloc((size_t)texts->count + 1, sizeof **out);
    if (*out == NULL) return ERR_NO_MEMORY;
    for (uint32_t id = 0; id < texts->count; id++) (*out)[id + 1] = (uint16_t)vpic_text_hints(interner_text(texts, id));
    return ERR_OK;
}

static struct vpic_engine engine_facts(struct vpic_values *values, struct slice name) {
    struct vpic_engine facts = {0};
    struct slice code = vpic_engine_code(name);
    char low[64];
    if (name.n > sizeof low) return facts;
    for (size_t i = 0; i < name.n; i++)
        low[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
    uint32_t id = interner_find(&values->engine_names, slice_of(low, name.n));
    if (id != INTERNER_FULL) facts = values->engine_facts[id];
    id = code.n == 0 || values->engines.count >= UINT16_MAX - 1 ? INTERNER_FULL : interner_id(&values->engines, code);
    facts.code = id == INTERNER_FULL ? 0 : (uint16_t)(id + 1);
    return facts;
}

enum err vpic_deriver_init(struct vpic_deriver *d, struct vpic *v) {
    struct interner *engines = &v->values.engines;
    uint32_t names = engines->count; // codes are interned behind the names patterns use
    *d = (struct vpic_deriver){.v = v};
    d->engines = calloc((size_t)names + 1, sizeof *d->engines);
    if (d->engines == NULL) return ERR_NO_MEMORY;
    for (uint32_t id = 0; id < names; id++) d->engines[id + 1] = engine_facts(&v->values, interner_text(engines, id));
    TRY(hints_of(engines, &d->engine_hints));
    TRY(hints_of(&v->values.trims, &d->trim_hints));
    return hints_of(&v->values.series, &d->series_hints);
}

void vpic_deriver_destroy(struct vpic_deriver *d) {
    free(d->engines);
    free(d->engine_hints);
    free(d->trim_hints);
    free(d->series_hints);
}

// ---- one configuration ----------------------------------------------------------------------------------------------
static uint16_t first_known(uint16_t a, uint16_t b, uint16_t c) { return a != 0 ? a : b != 0 ? b : c; }

struct vpic_core vpic_derive(const struct vpic_deriver *d, uint32_t model, const uint16_t values[VPIC_FIELDS]) {
    const struct vpic_model *names = &d->v->models[model];
    const struct vpic_engine *engine = &d->engines[values[VPIC_ENGINE]];
    // A model's name says what drives it, but "tC" is no turbocharger.
    unsigned named = vpic_text_hints(vpic_string(d->v, names->name)) &
                     (HINT_HYBRID | HINT_PLUG_IN | HINT_MILD | HINT_AWD | HINT_4WD);
    unsigned hints = named | values[VPIC_HINT] | d->engine_hints[values[VPIC_ENGINE]] |
                     d->trim_hints[values[VPIC_TRIM]] | d->series_hints[values[VPIC_SERIES]];
    uint16_t fuel = first_known(values[VPIC_FUEL], engine->fuel, 0);
    struct vpic_core c = {.make = names->make,
                          .model = names->name,
                          .body = (uint8_t)values[VPIC_BODY],
                          .fuel = vin_fuel(fuel, values[VPIC_FUEL2], hints),
                          .drive = vin_drive(values[VPIC_DRIVE], hints),
                          .trim = values[VPIC_TRIM],
                          .series = values[VPIC_SERIES]};
    if (c.fuel == FUEL_ELECTRIC || c.fuel == FUEL_FCEV) return c;
    c.tenths = first_known(values[VPIC_LITRES], values[VPIC_CC], engine->tenths);
    c.cylinders = (uint8_t)first_known(values[VPIC_CYLINDERS], engine->cylinders, 0);
    c.aspiration = vin_aspiration(values[VPIC_TURBO], engine->aspiration, hints);
    c.engine = engine->code;
    return c;
}

// ---- one base vehicle -----------------------------------------------------------------------------------------------
int vpic_core_order(const void *a, const void *b) {
    const struct vpic_core *x = a, *y = b;
    if (x->make != y->make) return x->make < y->make ? -1 : 1;
    if (x->model != y->model) return x->model < y->model ? -1 : 1;
    return memcmp(x, y, sizeof *x);
}

static size_t unique(struct vpic_core *cores, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(cores, count, sizeof *cores, vpic_core_order);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || memcmp(&cores[kept - 1], &cores[i], sizeof *cores) != 0) cores[kept++] = cores[i];
    return kept;
}

static bool has_engine(const struct vpic_core *c) {
    return c->tenths != 0 || c->fuel == FUEL_ELECTRIC || c->fuel == FUEL_FCEV;
}
static bool lacks_engine(const struct vpic_core *c) { return !has_engine(c); }
static bool has_body(const struct vpic_core *c) { return vpic_body_names[c->body][0] != 0 && c->body != BODY_CHASSIS; }
static bool lacks_body(const struct vpic_core *c) { return c->body == BODY_NONE; }

// Drops those that do not know when some do.
static size_t keep_known(struct vpic_core *cores, size_t count, bool (*knows)(const struct vpic_core *),
                         bool (*lacks)(const struct vpic_core *)) {
    size_t knowing = 0, kept = 0;
    for (size_t i = 0; i < count; i++) knowing += knows(&cores[i]);
    for (size_t i = 0; i < count; i++)
        if (knowing == 0 || !lacks(&cores[i])) cores[kept++] = cores[i];
    return kept;
}

// What all configurations with a displacement that know `at` agree on; 0 when they do not.
static uint8_t agreed(const struct vpic_core *cores, size_t count, uint16_t tenths, size_t at) {
    uint8_t value = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t other = ((const uint8_t *)&cores[i])[at];
        if (cores[i].tenths != tenths || other == 0) continue;
        if (value != 0 && other != value) return 0;
        value = other;
    }
    return value;
}

static void fill_in(struct vpic_core *cores, size_t count, size_t at) {
    for (size_t i = 0; i < count; i++) {
        uint8_t *value = (uint8_t *)&cores[i] + at;
        if (*value == 0 && cores[i].tenths != 0) *value = agreed(cores, count, cores[i].tenths, at);
    }
}

size_t vpic_cores_settle(struct vpic_core *cores, size_t count, size_t max) {
    count = keep_known(cores, count, has_engine, lacks_engine);
    count = keep_known(cores, count, has_body, lacks_body);
    fill_in(cores, count, offsetof(struct vpic_core, cylinders));
    fill_in(cores, count, offsetof(struct vpic_core, fuel));
    count = unique(cores, count);
    for (unsigned step = 0; step < 3 && count > max; step++) {
        for (size_t i = 0; i < count; i++) {
            if (step == 0) cores[i].trim = 0;
            if (step == 1) cores[i].series = 0;
            if (step == 2) cores[i].engine = 0;
        }
        count = unique(cores, count);
    }
    return count < max ? count : max;
}
