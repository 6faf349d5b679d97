#include <stdio.h>
#include <time.h>

#include "synth_product.h"
#include "synth_write.h"

enum { FUELS_MAX = 16, FULL_OFFERS = 3, LINE_ARENA_BYTES = 1 << 20 };

struct goods_writer {
    const struct synth_plan *plan;
    struct synth_counts *counts;
    struct output output;
    struct json_writer json;
    struct arena arena;
};

static struct slice text_of(struct goods_writer *w, void (*put)(const struct synth_plan *, const struct synth_product *, struct buf *),
                            const struct synth_product *product) {
    struct buf b;
    buf_init(&b, &w->arena, 128);
    put(w->plan, product, &b);
    return buf_slice(&b);
}

static struct slice title_of(struct goods_writer *w, const struct synth_product *product, bool chinese) {
    struct buf b;
    buf_init(&b, &w->arena, 256);
    synth_product_title(w->plan, product, chinese, &b);
    return buf_slice(&b);
}

static void price_write(struct json_writer *j, uint32_t amount, const char *currency) {
    json_open(j, '{');
    json_key_int(j, "amount", amount);
    json_key_str(j, "currency", currency);
    json_close(j, '}');
}

// ---- what a service is for --------------------------------------------------------------------------------------------------
// The fuels of a model that a service is for; `all` when that is every one it has.
struct fuels { uint16_t list[FUELS_MAX]; unsigned count; bool all; };

static bool service_takes(const struct synth_engine *e, enum synth_power power) {
    if (power == POWER_PLUG) return e->plug;
    return power == POWER_GASOLINE ? e->combustion && !e->diesel : e->combustion;
}

static void fuel_add(struct fuels *f, uint16_t fuel) {
    for (unsigned i = 0; i < f->count; i++)
        if (f->list[i] == fuel) return;
    if (f->count < FUELS_MAX) f->list[f->count++] = fuel;
}

static struct fuels fuels_of(const struct synth_world *w, const struct synth_model *m, enum synth_power power) {
    struct fuels f = {.all = true};
    for (unsigned i = 0; i < m->vehicle_count; i++) {
        const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
        for (unsigned k = 0; k < v->edge_count; k++) {
            const struct synth_engine *e = &w->engines[w->edges[v->first_edge + k].engine];
            if (!service_takes(e, power)) f.all = false;
            else fuel_add(&f, e->fuel);
        }
    }
    return f;
}

static void vehicle_write(struct goods_writer *w, const struct synth_model *m, const struct fuels *f) {
    const struct synth_vehicle *v = &w->plan->world->vehicles[m->first_vehicle];
    struct json_writer *j = &w->json;
    json_open(j, '{');
    json_key_string(j, "make", m->make_name);
    json_key_string(j, "model", m->name);
    json_key_open(j, "years", '[');
    json_int(j, v->year);
    json_int(j, v[m->vehicle_count - 1].year);
    json_close(j, ']');
    if (!f->all) {
        json_key_open(j, "attrs", '{');
        json_key_open(j, "fuel", '[');
        for (unsigned i = 0; i < f->count; i++)
            if (f->list[i]) json_string(j, synth_value(w->plan->world, WORLD_FUEL, f->list[i]));
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, '}');
    w->counts->rows += m->vehicle_count;
}

// The first offers of a service are for every car, the others for common ones.
static void applications_write(struct goods_writer *w, const struct synth_product *product, enum synth_power power) {
    const struct synth_world *world = w->plan->world;
    struct json_writer *j = &w->json;
    json_key_open(j, "applications", '[');
    json_open(j, '{');
    json_key_int(j, "quantity", 1);
    json_key_open(j, "vehicles", '[');
    for (unsigned i = 0; i < world->model_count; i++) {
        const struct synth_model *m = &world->models[i];
        struct fuels f = fuels_of(world, m, power);
        bool known = f.all || f.count > 1 || f.list[0];
        if (f.count && known && (product->variant < FULL_OFFERS || m->popular)) vehicle_write(w, m, &f);
    }
    json_close(j, ']');
    json_close(j, '}');
    json_close(j, ']');
    w->counts->applications++;
}

// ---- a line --------------------------------------------------------------------------------------------------------------------
static void attributes_write(struct goods_writer *w, const struct synth_product *product) {
    struct pair list[SYNTH_ATTRIBUTES_MAX];
    unsigned n = synth_product_attributes(w->plan, product, &w->arena, list);
    json_key_open(&w->json, "attributes", '{');
    for (unsigned i = 0; i < n; i++) {
        json_key_slice(&w->json, list[i].name);
        json_string(&w->json, list[i].value);
    }
    json_close(&w->json, '}');
}

static void facts_write(struct goods_writer *w, const struct synth_product *product) {
    struct json_writer *j = &w->json;
    json_key_open(j, "prices", '[');
    price_write(j, product->cny_fen, "CNY");
    price_write(j, product->usd_cents, "USD");
    json_close(j, ']');
    json_key_open(j, "rating", '{');
    json_key_double(j, "value", product->rating_x100 / 100.0);
    json_key_int(j, "count", product->rating_count);
    json_close(j, '}');
    json_key_int(j, "stock", product->stock);
    json_key_double(j, "popularity", 1 - exp(-(double)product->demand));
    time_t seconds = (time_t)product->created_day * 86400;
    struct tm tm;
    char date[16];
    strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&seconds, &tm));
    json_key_str(j, "created", date);
}

static void line_end(struct goods_writer *w) {
    json_close(&w->json, '}');
    buf_char(&w->output.buf, '\n');
    w->json = json_writer_of(&w->output.buf);
    output_flush(&w->output);
    arena_reset(&w->arena);
}

// Goods that have nothing to do with a car at all.
static bool is_non_vehicle(const struct synth_kind *k) {
    static const char *const SLUGS[] = {"phone_holder", "air_freshener", "microfiber_towel", "car_pillow", "car_fridge", "roof_tent", "child_seat",
                                        "storage_box", "emergency_kit"};
    for (size_t i = 0; i < sizeof SLUGS / sizeof *SLUGS; i++)
        if (slice_is(k->fact->slug, SLUGS[i])) return true;
    return false;
}

static void goods_write(struct goods_writer *w, const struct synth_product *product) {
    const struct synth_kind *k = &w->plan->kinds[product->kind];
    struct json_writer *j = &w->json;
    bool universal = k->spec->rule == RULE_UNIVERSAL || k->spec->power == POWER_ANY;
    json_open(j, '{');
    json_key_str(j, "kind", product_kind_name(k->fact->kind));
    json_key_string(j, "id", text_of(w, synth_product_id, product));
    json_key_string(j, "brand", w->plan->facts->brands[product->brand].name);
    json_key_string(j, "number", text_of(w, synth_product_number, product));
    json_key_string(j, "type", k->fact->slug);
    json_key_string(j, "title", title_of(w, product, false));
    json_key_string(j, "title_zh", title_of(w, product, true));
    facts_write(w, product);
    attributes_write(w, product);
    if (universal) json_key_bool(j, "universal", true);
    if (is_non_vehicle(k)) json_key_bool(j, "non_vehicle", true);
    if (!universal) applications_write(w, product, k->spec->power);
    line_end(w);
}

static enum err writer_open(struct goods_writer *w, const char *path, struct fault *why) {
    TRY(output_open(path, &w->output, why));
    w->json = json_writer_of(&w->output.buf);
    arena_init(&w->arena, 64 * 1024, LINE_ARENA_BYTES);
    return ERR_OK;
}

enum err synth_goods_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why) {
    struct goods_writer w = {.plan = p, .counts = counts};
    TRY(writer_open(&w, path, why));
    for (uint32_t i = 0; i < p->product_count; i++) {
        if (p->products[i].family != SYNTH_NO_FAMILY) continue;
        goods_write(&w, &p->products[i]);
        counts->goods++;
    }
    arena_destroy(&w.arena);
    return output_close(&w.output, why);
}

enum err synth_offers_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why) {
    struct goods_writer w = {.plan = p, .counts = counts};
    TRY(writer_open(&w, path, why));
    for (uint32_t i = 0; i < p->product_count; i++) {
        if (p->products[i].family == SYNTH_NO_FAMILY) continue;
        json_open(&w.json, '{');
        json_key_str(&w.json, "kind", "offer");
        json_key_string(&w.json, "id", text_of(&w, synth_product_id, &p->products[i]));
        json_key_int(&w.json, "stock", p->products[i].stock);
        line_end(&w);
        counts->offers++;
    }
    arena_destroy(&w.arena);
    return output_close(&w.output, why);
}
