#include "vpic.h"

#include <stdlib.h>

#include "index/vehicle.h"
#include "progress.h"
#include "vpic_core.h"
#include "vpic_facts.h"
#include "vpic_vin.h"
#include "vpic_years.h"

enum { CONFIGURATION_ATTRIBUTES = 10, SETTLE_MAX = 60000 };

// A configuration and the years it was made in.
struct span { struct vpic_core core; struct vpic_years years; };

struct import {
    const struct vpic_options *options;
    struct vpic vpic;
    struct vpic_calendar *calendar;
    struct vpic_facts *facts;
    struct vpic_deriver deriver;
    struct span *spans;
    size_t span_count, span_capacity;
    struct vpic_core *cores; // of the base vehicle being loaded
    struct vehicle_loader *loader;
    struct import_report *report;
    bool no_memory;
};

// ---- joining all schemas --------------------------------------------------------------------------------------------
static void add_span(struct import *im, const struct vpic_core *core, struct vpic_years years) {
    if (im->span_count == im->span_capacity) {
        size_t capacity = im->span_capacity == 0 ? 65536 : im->span_capacity * 2;
        struct span *grown = realloc(im->spans, capacity * sizeof *grown);
        im->no_memory |= grown == NULL;
        if (grown == NULL) return;
        im->spans = grown;
        im->span_capacity = capacity;
    }
    im->spans[im->span_count++] = (struct span){*core, years};
}

static uint64_t years_of_box(const struct vpic_box *box) { // position 10 says in which years a key holds
    uint64_t years = 0;
    for (unsigned i = 0; i < 64; i++)
        if (box->at[VPIC_YEAR_POSITION] & vpic_year_mask(VPIC_YEAR_MIN + i)) years |= 1ull << i;
    return years;
}

static int span_order(const void *a, const void *b) {
    return vpic_core_order(&((const struct span *)a)->core, &((const struct span *)b)->core);
}

// Equal configurations become one with the years of all.
static size_t merge_spans(struct span *spans, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(spans, count, sizeof *spans, span_order);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || span_order(&spans[kept - 1], &spans[i]) != 0) {
            spans[kept++] = spans[i];
            continue;
        }
        spans[kept - 1].years.evidenced |= spans[i].years.evidenced;
        spans[kept - 1].years.open |= spans[i].years.open;
    }
    return kept;
}

static enum err join_use(struct import *im, struct vpic_join *join, const struct vpic_pattern *first,
                         const struct vpic_use *use) {
    size_t before = im->span_count, companion_count;
    const uint32_t *companions = vpic_calendar_set(im->calendar, use->set, &companion_count);
    enum err err = vpic_join_run(join, &im->vpic, first, companions, companion_count);
    if (err != ERR_OK) return err;
    for (size_t i = 0; i < join->count; i++) {
        uint64_t allowed = years_of_box(&join->states[i].box);
        struct vpic_years here = {use->years.evidenced & allowed, use->years.open & allowed};
        struct vpic_core core = vpic_derive(&im->deriver, first->model, join->states[i].values);
        vpic_facts_rename(im->facts, &core);
        if ((here.evidenced | here.open) != 0) add_span(im, &core, here);
    }
    if (im->span_count > before) im->span_count = before + merge_spans(im->spans + before, im->span_count - before);
    return im->no_memory ? ERR_NO_MEMORY : ERR_OK;
}

static enum err join_model(struct import *im, struct vpic_join *join, const struct vpic_pattern *first) {
    size_t count;
    enum err err = ERR_OK;
    const struct vpic_use *uses = vpic_calendar_uses(im->calendar, first->schema, first->model, &count);
    for (size_t i = 0; err == ERR_OK && i < count; i++) err = join_use(im, join, first, &uses[i]);
    return err;
}

static enum err join_all(struct import *im) {
    struct vpic_join join;
    struct progress progress;
    enum err err = ERR_OK;
    vpic_join_init(&join);
    progress_start(&progress, "vPIC");
    for (size_t i = 0; err == ERR_OK && i < im->vpic.pattern_count; i++) {
        if (im->vpic.patterns[i].field == VPIC_MODEL) err = join_model(im, &join, &im->vpic.patterns[i]);
        progress_update(&progress, i, im->vpic.pattern_count);
    }
    progress_finish(&progress);
    vpic_join_destroy(&join);
    if (err == ERR_OK) im->span_count = merge_spans(im->spans, im->span_count);
    return err;
}

// ---- one configuration to the loader --------------------------------------------------------------------------------
struct texts { struct vehicle_attribute at[CONFIGURATION_ATTRIBUTES]; unsigned count; char tenths[8], cylinders[8]; };

static void put_text(struct texts *t, struct slice name, struct slice value) {
    if (value.n > 0) t->at[t->count++] = (struct vehicle_attribute){name, value};
}

static struct slice interned(const struct interner *in, uint16_t id_plus_1) {
    return id_plus_1 == 0 ? SLICE_NONE : interner_text(in, id_plus_1 - 1u);
}

static void texts_of(const struct vpic *v, const struct vpic_core *c, struct texts *t) {
    t->count = 0;
    put_text(t, SLICE("market"), SLICE("US"));
    put_text(t, SLICE("body"), slice_str(vpic_body_names[c->body]));
    put_text(t, SLICE("fuel"), slice_str(vpic_fuel_names[c->fuel]));
    put_text(t, SLICE("aspiration"), slice_str(vpic_aspiration_names[c->aspiration]));
    put_text(t, SLICE("drive"), slice_str(vpic_drive_names[c->drive]));
    if (c->tenths != 0) {
        snprintf(t->tenths, sizeof t->tenths, "%u.%u", c->tenths / 10u, c->tenths % 10u);
        put_text(t, SLICE("displacement"), slice_str(t->tenths));
    }
    if (c->cylinders != 0) {
        snprintf(t->cylinders, sizeof t->cylinders, "%u", c->cylinders);
        put_text(t, SLICE("cylinders"), slice_str(t->cylinders));
    }
    put_text(t, SLICE("engine_code"), interned(&v->values.engines, c->engine));
    put_text(t, SLICE("trim"), interned(&v->values.trims, c->trim));
    put_text(t, SLICE("submodel"), interned(&v->values.series, c->series));
}

static bool is_commercial(const struct vpic_core *c) {
    return c->body == BODY_HEAVY || c->body == BODY_CHASSIS || c->body == BODY_LIMOUSINE;
}

static enum err load_core(struct import *im, const struct vpic_core *core, unsigned year, uint16_t flags,
                          struct fault *why) {
    struct texts texts;
    texts_of(&im->vpic, core, &texts);
    if (is_commercial(core)) flags |= VEHICLE_SECOND_LIST;
    const struct vehicle_configuration c = {.make = vpic_string(&im->vpic, core->make),
                                            .model = vpic_string(&im->vpic, core->model),
                                            .source = SLICE("vpic"),
                                            .year = year,
                                            .flags = flags,
                                            .attribute_count = texts.count,
                                            .attributes = texts.at};
    im->report->rows++;
    return vehicle_loader_add(im->loader, &c, why);
}

// ---- base vehicles --------------------------------------------------------------------------------------------------
struct span_range { const struct span *from, *end; }; // of one make and model

static enum err load_year(struct import *im, struct span_range r, uint32_t make, uint32_t model, unsigned year,
                          struct fault *why) {
    uint64_t bit = vpic_year_bit(year);
    size_t count = 0;
    bool evidenced = false;
    for (const struct span *s = r.from; s < r.end && count < SETTLE_MAX; s++) {
        if (!((s->years.evidenced | s->years.open) & bit)) continue;
        im->cores[count++] = s->core;
        evidenced |= (s->years.evidenced & bit) != 0;
    }
    size_t found = count;
    count = vpic_facts_correct(im->facts, year, make, model, im->cores, count, SETTLE_MAX);
    if (count == 0) return ERR_OK;
    count = vpic_cores_settle(im->cores, count, VPIC_CONFIGURATIONS_MAX);
    uint16_t flags = vpic_facts_second_list(im->facts, make, model) ? VEHICLE_SECOND_LIST : 0;
    if (!evidenced && found > 0) flags |= VEHICLE_OPEN_YEARS;
    for (size_t i = 0; i < count; i++) {
        enum err err = load_core(im, &im->cores[i], year, flags, why);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static enum err load_model(struct import *im, struct span_range r, struct fault *why) {
    uint64_t years = 0;
    enum err err = ERR_OK;
    for (const struct span *s = r.from; s < r.end; s++) years |= s->years.evidenced | s->years.open;
    for (unsigned i = 0; err == ERR_OK && i < 64; i++)
        if ((years >> i & 1) && VPIC_YEAR_MIN + i >= im->options->year_from)
            err = load_year(im, r, r.from->core.make, r.from->core.model, VPIC_YEAR_MIN + i, why);
    return err;
}

static enum err load_spans(struct import *im, struct fault *why) {
    const struct span *end = im->spans + im->span_count;
    enum err err = ERR_OK;
    for (const struct span *from = im->spans; err == ERR_OK && from < end;) {
        const struct span *next = from;
        while (next < end && next->core.make == from->core.make && next->core.model == from->core.model) next++;
        err = load_model(im, (struct span_range){from, next}, why);
        from = next;
    }
    return err;
}

// ---- base vehicles only our corrections know ------------------------------------------------------------------------
struct adding { struct import *im; struct fault *why; enum err err; };

static bool vpic_knows(const struct import *im, uint32_t make, uint32_t model, unsigned year) {
    for (size_t i = 0; i < im->span_count; i++) {
        const struct span *s = &im->spans[i];
        if (s->core.make == make && s->core.model == model &&
            ((s->years.evidenced | s->years.open) & vpic_year_bit(year)))
            return true;
    }
    return false;
}

static void load_added(void *arg, uint32_t make, uint32_t model, unsigned from, unsigned to) {
    struct adding *a = arg;
    for (unsigned year = from; a->err == ERR_OK && year <= to && year < VPIC_YEAR_MIN + 64; year++)
        if (year >= VPIC_YEAR_MIN && year >= a->im->options->year_from && !vpic_knows(a->im, make, model, year))
            a->err = load_year(a->im, (struct span_range){NULL, NULL}, make, model, year, a->why);
}

// ---- all of it ------------------------------------------------------------------------------------------------------
static enum err load_all(struct import *im, struct db *db, struct fault *why) {
    struct adding adding = {im, why, ERR_OK};
    im->loader = vehicle_loader_new(db);
    im->cores = malloc((SETTLE_MAX + 1) * sizeof *im->cores);
    if (im->loader == NULL || im->cores == NULL) return ERR_NO_MEMORY;
    TRY(load_spans(im, why));
    vpic_facts_each_added(im->facts, load_added, &adding);
    return adding.err;
}

static enum err finish(struct import *im, struct fault *why) {
    struct progress progress;
    struct vehicle_load_report done;
    progress_start(&progress, "vehicles");
    enum err err = vehicle_loader_finish(im->loader, &done, progress_callback, &progress, why);
    progress_finish(&progress);
    im->report->vehicles_new += done.vehicles_new;
    im->report->vehicles_changed += done.vehicles_changed;
    im->report->configurations += done.configurations;
    return err;
}

static enum err run(struct import *im, struct db *db, const char *path, struct fault *why) {
    TRY(vpic_calendar_new(&im->vpic, &im->calendar));
    TRY(vpic_facts_open(im->options->facts_dir, &im->vpic, im->report, &im->facts, why));
    TRY(vpic_deriver_init(&im->deriver, &im->vpic));
    TRY(join_all(im));
    TRY(load_all(im, db, why));
    free(im->spans); // the loader has its own copies; finishing wants the memory
    im->spans = NULL;
    TRY(finish(im, why));
    return vpic_vin_compile(db, path, &im->vpic, &im->deriver, im->facts, im->report, why);
}

enum err vpic_import(struct db *db, const struct vpic_options *options, struct import_report *report,
                     struct fault *why) {
    char path[4096];
    struct import im = {.options = options, .report = report};
    TRY(vpic_unpack(options, path, sizeof path, why));
    TRY(vpic_read(path, &im.vpic, why));
    enum err err = run(&im, db, path, why);
    vehicle_loader_free(im.loader);
    vpic_deriver_destroy(&im.deriver);
    vpic_facts_close(im.facts);
    vpic_calendar_free(im.calendar);
    vpic_free(&im.vpic);
    free(im.spans);
    free(im.cores);
    return err;
}
