#include "tyre.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "names.h"
#include "product_values.h"

#define PLUS_EACH 3
#define PLUS_WIDER_MM 40 // than the own size

const char *tyre_axle_name(enum tyre_axle axle) {
    static const char *const names[TYRE_AXLES] = {"both", "front", "rear"};
    return names[axle];
}
const char *tyre_source_name(enum tyre_source source) {
    static const char *const names[TYRE_SOURCES] = {"vehicle", "answer", "catalogue", "plus"};
    return names[source];
}
const char *tyre_relation_name(enum tyre_relation relation) {
    static const char *const names[TYRE_RELATIONS] = {"other", "unknown", "substitute", "option", "own"};
    return names[relation];
}

// ---- products ---------------------------------------------------------------------------------------------------------------------
enum stated { STATED_SIZE, STATED_TYRE_SIZE, STATED_LOAD, STATED_SPEED, STATED_EXTRA_LOAD, STATED_RUN_FLAT, STATED_SEASON };

void tyre_attributes_begin(struct view *v, struct tyre_attributes *out) {
    static const char *const names[TYRE_ATTRIBUTES] = {"size", "tyre_size", "load", "speed", "extra_load", "run_flat", "season"};
    for (unsigned i = 0; i < TYRE_ATTRIBUTES; i++)
        if (names_look_up(v, NAMES_PRODUCT_ATTRIBUTE, slice_str(names[i]), &out->ids[i]) != ERR_OK) out->ids[i] = 0;
}

static void read_attributes(struct view *v, const struct tyre_attributes *a, uint32_t product, struct slice out[TYRE_ATTRIBUTES]) {
    struct value_row row;
    for (unsigned i = 0; i < TYRE_ATTRIBUTES; i++) out[i] = SLICE_NONE;
    product_values_of(v, &product, 1, &row);
    for (unsigned i = 0; i < row.n; i++)
        for (unsigned k = 0; k < TYRE_ATTRIBUTES; k++)
            if (a->ids[k] && value_row_attribute(&row, i) == a->ids[k]) out[k] = product_value_text(v, value_row_value(&row, i));
}

static bool said(struct slice value) { return slice_is(value, "yes") || slice_is(value, "true") || slice_is(value, "1"); }

bool tyre_of_product(struct view *v, const struct tyre_attributes *a, uint32_t product, struct spec_tyre *out, char text[TYRE_TEXT_MAX]) {
    struct slice s[TYRE_ATTRIBUTES];
    read_attributes(v, a, product, s);
    struct slice size = s[STATED_TYRE_SIZE].n ? s[STATED_TYRE_SIZE] : s[STATED_SIZE];
    bool service = s[STATED_LOAD].n && s[STATED_LOAD].n < 8 && s[STATED_SPEED].n < 8;
    if (size.n == 0 || size.n >= TYRE_TEXT_MAX / 2) return false;
    snprintf(text, TYRE_TEXT_MAX, "%.*s%s%.*s%.*s%s%s%s", SLICE_ARGS(size), service ? " " : "", service ? (int)s[STATED_LOAD].n : 0,
             s[STATED_LOAD].p ? s[STATED_LOAD].p : "", service ? (int)s[STATED_SPEED].n : 0, s[STATED_SPEED].p ? s[STATED_SPEED].p : "",
             said(s[STATED_EXTRA_LOAD]) ? " XL" : "", said(s[STATED_RUN_FLAT]) ? " RFT" : "", slice_is(s[STATED_SEASON], "winter") ? " WINTER" : "");
    return spec_tyre_parse(slice_str(text), out);
}

// ---- the car's own sizes --------------------------------------------------------------------------------------------------------------
static bool same_size(const struct spec_tyre *a, const struct spec_tyre *b) {
    return fabs(a->rim_in - b->rim_in) < 0.01 && fabs(a->width_mm - b->width_mm) < 2 && fabs(a->diameter_mm - b->diameter_mm) < 3;
}

static void size_add(struct tyre_sizes *s, enum tyre_axle axle, enum tyre_source source, bool open, struct slice text) {
    struct tyre_size size = {.axle = axle, .source = source, .open = open, .products = source == TYRE_OF_CATALOGUE};
    if (text.n >= TYRE_TEXT_MAX || !spec_tyre_parse(text, &size.tyre)) return;
    slice_copy(text, size.text, sizeof size.text);
    for (unsigned i = 0; i < s->count; i++) {
        struct tyre_size *old = &s->list[i];
        if (old->axle != axle || !same_size(&old->tyre, &size.tyre)) continue;
        old->products += size.products;
        old->open = old->open && open;
        return;
    }
    if (s->count < TYRE_SIZES_MAX) s->list[s->count++] = size;
}

static void alternatives_add(struct tyre_sizes *s, enum tyre_axle axle, enum tyre_source source, bool open, struct slice text) {
    struct slice rest = text;
    bool several = memchr(text.p ? text.p : "", ';', text.n) || memchr(text.p ? text.p : "", '|', text.n);
    while (rest.p) {
        size_t n = 0;
        while (n < rest.n && rest.p[n] != ';' && rest.p[n] != '|') n++;
        size_add(s, axle, source, open || several, slice_trim(slice_of(rest.p, n)));
        rest = n < rest.n ? slice_from(rest, n + 1) : SLICE_NONE;
    }
}

static void by_answer(struct view *v, const struct answer *a, enum tyre_axle axle, struct tyre_sizes *out) {
    for (unsigned i = 0; i < a->count; i++) {
        struct slice text = a->values[i] != VALUE_UNHEARD ? names_text(v, NAMES_VALUE + a->attr, a->values[i]) : a->texts ? a->texts[i] : SLICE_NONE;
        alternatives_add(out, axle, TYRE_OF_ANSWER, a->count > 1, text);
    }
}

// Configurations that differ make each of their sizes one the car may have.
static void by_configurations(struct view *v, const struct knowledge *k, uint8_t attr, enum tyre_axle axle, struct tyre_sizes *out) {
    struct tyre_sizes found = {0};
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &k->vehicles[i];
        const uint16_t *column = knowledge_column(kv, attr);
        for (unsigned c = 0; column && c < kv->vehicle->count; c++)
            if (column[c] && bits_get(kv->possible, c))
                alternatives_add(&found, axle, TYRE_OF_VEHICLE, false, names_text(v, NAMES_VALUE + attr, column[c]));
    }
    for (unsigned i = 0; i < found.count; i++) size_add(out, axle, TYRE_OF_VEHICLE, found.list[i].open || found.count > 1, slice_str(found.list[i].text));
}

static uint8_t attribute_id(struct view *v, const char *name) { // 0: no record has it
    uint32_t id;
    return names_look_up(v, NAMES_ATTRIBUTE, slice_str(name), &id) == ERR_OK ? (uint8_t)id : 0;
}

static void by_car(struct view *v, const struct knowledge *k, struct tyre_sizes *out) {
    uint8_t attr[2] = {attribute_id(v, "tyre_size"), attribute_id(v, "tyre_size_rear")};
    struct tyre_sizes found[2] = {{0}, {0}};
    for (unsigned i = 0; i < 2; i++) {
        const struct answer *a = attr[i] ? knowledge_answer(k, attr[i]) : NULL;
        enum tyre_axle axle = i ? TYRE_REAR : TYRE_FRONT;
        if (a && !a->dont_know && a->count) by_answer(v, a, axle, &found[i]);
        else if (attr[i]) by_configurations(v, k, attr[i], axle, &found[i]);
    }
    bool rear = found[1].count > 0;
    for (unsigned i = 0; i < found[0].count; i++) // an equal size behind is no size of its own
        for (unsigned n = 0; n < found[1].count; n++)
            if (found[0].count == 1 && found[1].count == 1) rear = !same_size(&found[0].list[i].tyre, &found[1].list[n].tyre);
    for (unsigned axle = 0; axle < (rear ? 2u : 1u); axle++)
        for (unsigned i = 0; i < found[axle].count && out->count < TYRE_SIZES_MAX; i++) {
            out->list[out->count] = found[axle].list[i];
            out->list[out->count++].axle = rear ? (axle ? TYRE_REAR : TYRE_FRONT) : TYRE_BOTH;
        }
}

enum tyre_axle tyre_axle_of(struct view *v, uint8_t position) {
    struct slice name = names_text(v, NAMES_POSITION, position);
    return slice_is(name, "front") ? TYRE_FRONT : slice_is(name, "rear") ? TYRE_REAR : TYRE_BOTH;
}

static int before(const void *a, const void *b) {
    const struct tyre_size *x = a, *y = b;
    if (x->open != y->open) return x->open ? 1 : -1;
    if (x->axle != y->axle) return (int)x->axle - (int)y->axle;
    if (x->products != y->products) return x->products > y->products ? -1 : 1;
    return strcmp(x->text, y->text);
}

// Tyres that fit by a vehicle's own specification say nothing of the car; those under a condition are of sizes it may have.
static enum err by_catalogue(struct view *v, const struct fitment *f, struct tyre_sizes *out) {
    struct tyre_attributes attributes;
    tyre_attributes_begin(v, &attributes);
    for (unsigned i = 0; i < f->count; i++) {
        const struct match *m = &f->matches[i];
        struct application a;
        struct spec_tyre tyre;
        char text[TYRE_TEXT_MAX];
        if (m->verdict != VERDICT_FITS && m->verdict != VERDICT_CONDITIONAL) continue;
        if (!tyre_of_product(v, &attributes, m->product, &tyre, text)) continue;
        enum err e = m->verdict == VERDICT_CONDITIONAL ? application_load(v, m->product, m->application, &a) : ERR_NOT_FOUND;
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        if (e == ERR_OK && application_has_spec(&a)) continue;
        char *service = strchr(text, ' '); // a product's load and speed are no demand of the car
        if (service) *service = 0;
        size_add(out, tyre_axle_of(v, m->position), TYRE_OF_CATALOGUE, m->verdict == VERDICT_CONDITIONAL, slice_str(text));
    }
    return ERR_OK;
}

enum err tyre_sizes_of(struct view *v, const struct knowledge *k, const struct fitment *f, struct tyre_sizes *out) {
    *out = (struct tyre_sizes){0};
    by_car(v, k, out);
    if (out->count == 0) TRY(by_catalogue(v, f, out));
    qsort(out->list, out->count, sizeof *out->list, before);
    return ERR_OK;
}

bool tyre_sizes_staggered(const struct tyre_sizes *s) {
    for (unsigned i = 0; i < s->count; i++)
        if (s->list[i].axle == TYRE_REAR) return true;
    return false;
}

// ---- products against sizes -------------------------------------------------------------------------------------------------------------
static struct tyre_fit relate_one(const struct tyre_size *size, const struct spec_tyre *tyre, struct slice text) {
    struct tyre_fit fit = {.at = size, .why = spec_compare(SPEC_TYRE, text, slice_str(size->text))};
    if (fit.why.answer == SPEC_NO) fit.relation = TYRE_OTHER;
    else if (!same_size(tyre, &size->tyre)) fit.relation = TYRE_SUBSTITUTE;
    else fit.relation = size->open ? TYRE_OPTION : TYRE_OWN;
    return fit;
}

struct tyre_fit tyre_relate(const struct tyre_sizes *s, enum tyre_axle axle, const struct spec_tyre *tyre, struct slice text) {
    struct tyre_fit best = {.relation = TYRE_OTHER};
    for (unsigned i = 0; i < s->count; i++) {
        const struct tyre_size *size = &s->list[i];
        if (axle != TYRE_BOTH && size->axle != TYRE_BOTH && size->axle != axle) continue;
        struct tyre_fit fit = relate_one(size, tyre, text);
        if (!best.at || fit.relation > best.relation) best = fit;
    }
    return best;
}

// ---- larger wheels -------------------------------------------------------------------------------------------------------------------------
struct plus { unsigned width, aspect; double off; };

static int nearest(const void *a, const void *b) {
    const struct plus *x = a, *y = b;
    if (x->off < y->off || x->off > y->off) return x->off < y->off ? -1 : 1;
    return (int)x->width - (int)y->width;
}

void tyre_plus_sizes(const struct tyre_sizes *own, unsigned inches, struct tyre_sizes *out) {
    *out = (struct tyre_sizes){0};
    for (unsigned i = 0; i < own->count; i++) {
        const struct spec_tyre *t = &own->list[i].tyre;
        struct plus found[64];
        unsigned count = 0, rim = (unsigned)lround(t->rim_in) + inches, width = (unsigned)lround(t->width_mm);
        if (own->list[i].open || t->aspect <= 0) continue;
        for (unsigned w = width; w <= width + PLUS_WIDER_MM && w <= 355; w += 10)
            for (unsigned aspect = 25; aspect < (unsigned)t->aspect && count < 64; aspect += 5) {
                double off = (rim * 25.4 + 2.0 * w * aspect / 100) / t->diameter_mm - 1;
                if (fabs(off) <= 0.03) found[count++] = (struct plus){w, aspect, fabs(off)};
            }
        qsort(found, count, sizeof *found, nearest);
        const char *service = strchr(own->list[i].text, ' ');
        for (unsigned n = 0; n < count && n < PLUS_EACH; n++) {
            char text[TYRE_TEXT_MAX];
            snprintf(text, sizeof text, "%u/%uR%u%.24s", found[n].width, found[n].aspect, rim, service ? service : "");
            size_add(out, own->list[i].axle, TYRE_PLANNED, false, slice_str(text));
        }
    }
}
