#include "synth_plan.h"

#include <stdlib.h>

#include "index/names.h"
#include "index/text.h"

enum { PURPOSE_PRODUCT = 1, PURPOSE_PAIR = 2, PURPOSE_SPEC = 3, PURPOSE_GOODS = 4 };
enum { COMMON_FROM = 5, PLAIN_FIRST = 6, PLAIN_FIRST_POSITIONS = 10 }; // of a type's products in a common family
static const double UNIVERSAL_SHARE = 0.065, NEW_SHARE = 0.03, SOLD_OUT_SHARE = 0.05;

static const struct synth_scale SCALES[] = {
    {"tiny", 1000, 5000, 2000, 50000, 240, 3.0f, 0.45f, 0.2f, 1.0f, false},
    {"S", 0, 204000, 60000, 2000000, 4000, 1.0f, 0.45f, 0.2f, 1.0f, false},
    {"M", 0, 1000000, 200000, 5000000, 40000, 12.0f, 0.1f, 1.0f, 2.2f, true},
};

const struct synth_scale *synth_scale_find(const char *name) {
    for (size_t i = 0; i < sizeof SCALES / sizeof *SCALES; i++)
        if (strcmp(SCALES[i].name, name) == 0) return &SCALES[i];
    return NULL;
}

// ---- kinds ------------------------------------------------------------------------------------------------------------------
static bool has_position(struct slice list, const char *name) {
    while (list.p)
        if (slice_is(slice_cut(&list, '|'), name)) return true;
    return false;
}

// Parts for an axle come front and rear; for the rest the first few places. Accessories fit as a set.
static void positions_set(struct synth_kind *k) {
    struct slice list = k->fact->positions;
    if (k->fact->kind == KIND_ACCESSORY || k->fact->kind == KIND_SERVICE || k->fact->kind == KIND_PACKAGE) return;
    if (has_position(list, "front") && has_position(list, "rear")) {
        k->positions[k->position_count++] = SLICE("front");
        k->positions[k->position_count++] = SLICE("rear");
        return;
    }
    while (list.n && k->position_count < SYNTH_POSITIONS) k->positions[k->position_count++] = slice_cut(&list, '|');
}

static enum err brands_set(struct synth_plan *p, struct synth_kind *k) {
    for (unsigned market = 1; market < SYNTH_MARKET_LISTS; market++) {
        uint16_t *list = ARENA_ARRAY(&p->arena, uint16_t, k->fact->brand_count + 1);
        if (!list) return ERR_NO_MEMORY;
        for (unsigned i = 0; i < k->fact->brand_count; i++) {
            const struct fact_brand *b = &p->facts->brands[k->fact->brands[i]];
            if ((b->us && (market & 1)) || (b->cn && (market & 2))) list[k->brand_count[market]++] = k->fact->brands[i];
        }
        k->brands[market] = list;
    }
    return ERR_OK;
}

// The catalogue makes ids of brand and number where a source gives none; offers and events have to say the same.
static enum err brand_ids_set(struct synth_plan *p) {
    p->brand_ids = ARENA_ARRAY(&p->arena, struct slice, p->facts->brand_count);
    if (!p->brand_ids) return ERR_NO_MEMORY;
    TRY(text_init());
    for (unsigned i = 0; i < p->facts->brand_count; i++) p->brand_ids[i] = names_slug(&p->arena, p->facts->brands[i].name);
    return ERR_OK;
}

static enum err kinds_set(struct synth_plan *p) {
    p->kinds = ARENA_ARRAY(&p->arena, struct synth_kind, SYNTH_TYPE_COUNT);
    if (!p->kinds) return ERR_NO_MEMORY;
    for (size_t i = 0; i < SYNTH_TYPE_COUNT; i++) {
        int fact = facts_type(p->facts, SYNTH_TYPES[i].slug);
        if (fact < 0) continue; // an owner's own table may leave types out
        struct synth_kind *k = &p->kinds[p->kind_count];
        *k = (struct synth_kind){.spec = &SYNTH_TYPES[i], .fact = &p->facts->types[fact], .fact_index = (unsigned)fact};
        TRY(brands_set(p, k));
        positions_set(k);
        if (k->brand_count[3]) p->kind_count++;
    }
    p->serials = ARENA_ARRAY(&p->arena, uint32_t, (size_t)p->kind_count * p->facts->brand_count);
    return p->serials ? ERR_OK : ERR_NO_MEMORY;
}

// ---- one product -------------------------------------------------------------------------------------------------------------
static struct synth_product *product_new(struct synth_plan *p, uint32_t family, unsigned kind, uint16_t brand) {
    if (p->product_count == p->product_capacity) {
        uint32_t capacity = p->product_capacity ? p->product_capacity * 2 : 65536;
        struct synth_product *list = realloc(p->products, capacity * sizeof *list);
        if (!list) return NULL;
        p->products = list;
        p->product_capacity = capacity;
    }
    struct synth_product *product = &p->products[p->product_count++];
    uint32_t *serial = &p->serials[(size_t)kind * p->facts->brand_count + brand];
    *product = (struct synth_product){.family = family, .kind = (uint16_t)kind, .brand = brand, .serial = (*serial)++,
                                      .tier = (uint8_t)p->facts->brands[brand].tier};
    return product;
}

static void price_draw(const struct synth_plan *p, struct synth_product *product, double factor, struct rng *r) {
    const struct synth_type *t = p->kinds[product->kind].spec;
    const struct fact_brand *brand = &p->facts->brands[product->brand];
    double at = (product->tier + rng_unit(r)) / TIER_COUNT;
    double usd = t->usd_low * pow(t->usd_high / t->usd_low, at) * factor * exp(0.08 * rng_normal(r));
    double cny = usd * (brand->us ? 5.6 : 4.2); // brands made for China only are cheaper there
    product->usd_cents = usd < 1 ? 99 : (uint32_t)usd * 100 + 99;
    product->cny_fen = cny < 10 ? (uint32_t)(cny + 1) * 100 : (uint32_t)(cny / 2) * 200 + 100;
}

static void facts_draw(const struct synth_plan *p, struct synth_product *product, double demand, struct rng *r) {
    enum { DAYS = 2200, DAYS_NEW = 45 };
    product->quality = (float)(0.45 * (product->tier - 1) + 0.7 * rng_normal(r));
    product->demand = (float)(demand * exp(0.8 * rng_normal(r)));
    double rating = 4.25 + 0.28 * product->quality + 0.08 * rng_normal(r);
    product->rating_x100 = (uint16_t)(100 * (rating > 4.95 ? 4.95 : rating < 2.6 ? 2.6 : rating));
    product->rating_count = (uint32_t)(4 * exp(1.1 * rng_normal(r)) * (1 + 30 * sqrt(product->demand)));
    if (!product->rating_count) product->rating_x100 = 0;
    product->stock = rng_chance(r, SOLD_OUT_SHARE) ? 0 : 1 + (uint32_t)(30 * exp(1.1 * rng_normal(r)));
    product->created_day = p->today - (rng_chance(r, NEW_SHARE) ? rng_below(r, DAYS_NEW) : DAYS_NEW + rng_below(r, DAYS));
}

// ---- how many of what ---------------------------------------------------------------------------------------------------------
static bool engine_takes(const struct synth_engine *e, enum synth_power power) {
    switch (power) {
    case POWER_COMBUSTION: return e->combustion;
    case POWER_GASOLINE: return e->combustion && !e->diesel;
    case POWER_DIESEL: return e->diesel;
    case POWER_TURBO: return e->combustion && e->turbo;
    case POWER_PLUG: return e->plug;
    default: return true;
    }
}

bool synth_member_takes(const struct synth_plan *p, const struct synth_kind *kind, const struct synth_member *m) {
    if (m->engine != UINT32_MAX) return engine_takes(&p->world->engines[m->engine], kind->spec->power);
    return kind->spec->power == POWER_ANY || !m->electric;
}

static bool family_takes(const struct synth_plan *p, const struct synth_family *f, const struct synth_kind *k) {
    static const char *const TRUCK_ONLY[] = {"bed_cover", "side_step"};
    if (f->rule != k->spec->rule || f->weight <= 0) return false;
    for (unsigned i = 0; i < 2; i++)
        if (slice_is(k->fact->slug, TRUCK_ONLY[i]) && f->class_of != CLASS_TRUCK && !(i == 1 && f->class_of == CLASS_SUV)) return false;
    if (f->rule == RULE_ENGINE) return engine_takes(&p->world->engines[f->engine], k->spec->power);
    return k->spec->power == POWER_ANY || !f->all_electric;
}

static bool is_common(const struct synth_kind *k) { return k->spec->popular >= COMMON_FROM; }

struct share { double common, popular, rare; }; // products per unit of the types table: common types, other types, rare cars

// Shares that give about `wanted` products; common types of common cars keep their number as long as there is room.
static struct share shares_for(const struct synth_plan *p, double wanted) {
    double common = 0, other = 0, rare = 0;
    for (unsigned f = 0; f < p->families.family_count; f++)
        for (unsigned k = 0; k < p->kind_count; k++) {
            const struct synth_family *family = &p->families.families[f];
            if (!family_takes(p, family, &p->kinds[k])) continue;
            if (!family->popular) rare += p->kinds[k].spec->tail;
            else *(is_common(&p->kinds[k]) ? &common : &other) += p->kinds[k].spec->popular;
        }
    struct share s = {.common = 1, .popular = other > 0 ? (p->scale->popular * wanted - common) / other : 1};
    if (s.popular < 0.15) s.popular = 0.15;
    if (s.popular > 1.5) s.common = s.popular = p->scale->popular * wanted / (common + other); // a large scale: more of everything
    double left = wanted - s.common * common - s.popular * other;
    if (left > 0) s.rare = rare > 0 ? left / rare : 0;
    else s.common = s.popular = wanted / (common + other); // a small scale: less of everything
    return s;
}

static unsigned count_draw(const struct synth_family *f, const struct synth_kind *k, struct share s, struct rng *r) {
    double n = !f->popular ? k->spec->tail * s.rare : k->spec->popular * (is_common(k) ? s.common : s.popular);
    return (unsigned)n + rng_chance(r, n - floor(n));
}

// ---- parts by family -------------------------------------------------------------------------------------------------------
static double size_factor(enum synth_class c) {
    static const double FACTOR[CLASS_COUNT] = {0.85, 0.95, 1.1, 1.15, 1.25, 1.0};
    return FACTOR[c];
}

static unsigned market_list(const struct synth_family *f, const struct synth_kind *k) {
    unsigned list = (f->us ? 1u : 0u) | (f->cn ? 2u : 0u);
    return list == 0 || k->brand_count[list] == 0 ? 3 : list;
}

static unsigned gcd(unsigned a, unsigned b) { return b ? gcd(b, a % b) : a; }

static enum err pair_make(struct synth_plan *p, uint32_t family, unsigned kind, struct share s) {
    const struct synth_family *f = &p->families.families[family];
    const struct synth_kind *k = &p->kinds[kind];
    struct rng r = rng_of(p->seed, PURPOSE_PAIR, (uint64_t)family << 16 | kind);
    unsigned n = count_draw(f, k, s, &r), list = market_list(f, k), brands = k->brand_count[list];
    unsigned at = rng_below(&r, brands), step = 1 + rng_below(&r, brands); // walks all brands before one comes again
    while (gcd(step, brands) != 1) step++;
    unsigned plain = f->popular && is_common(k) ? k->position_count > 1 ? PLAIN_FIRST_POSITIONS : PLAIN_FIRST : n / 2;
    for (unsigned i = 0; i < n; i++, at = (at + step) % brands) {
        struct synth_product *product = product_new(p, family, kind, k->brands[list][at]);
        if (!product) return ERR_NO_MEMORY;
        if (k->position_count) product->position = (uint8_t)(1 + (i + family) % k->position_count);
        product->plain = i < plain;
        price_draw(p, product, size_factor(f->class_of), &r);
        facts_draw(p, product, f->weight * k->spec->need / 1000, &r);
    }
    return ERR_OK;
}

// ---- tyres and oils: by specification -----------------------------------------------------------------------------------------
enum { OIL_GRADES = 3, OIL_PACKS = 2 };

// Of all brands times lines, how many are in the sample.
static double spec_keep(const struct synth_plan *p, enum synth_rule rule) {
    double keep = rule == RULE_TYRE ? 0.45 : 0.25;
    keep *= (double)p->scale->more_spec;
    return p->scale->products >= 100000 ? keep : keep / 12;
}

static enum err spec_product(struct synth_plan *p, uint32_t family, unsigned kind, uint16_t brand, unsigned variant, double price,
                             struct rng *r) {
    const struct synth_family *f = &p->families.families[family];
    struct synth_product *product = product_new(p, family, kind, brand);
    if (!product) return ERR_NO_MEMORY;
    product->variant = (uint16_t)variant;
    product->rare_too = rng_chance(r, (double)p->scale->rare_too);
    product->plain = true;
    price_draw(p, product, price, r);
    facts_draw(p, product, f->weight * p->kinds[kind].spec->need / 20000, r);
    return ERR_OK;
}

static enum err tyres_make(struct synth_plan *p, uint32_t family, unsigned kind) {
    const struct synth_family *f = &p->families.families[family];
    const struct synth_tyre_size *size = &SYNTH_TYRE_SIZES[f->engine];
    const struct synth_kind *k = &p->kinds[kind];
    bool axle = size->class_of == CLASS_STAGGERED; // a brand has a line in both axles' sizes or in neither
    struct rng r = rng_of(p->seed, PURPOSE_SPEC, (uint64_t)(axle ? UINT32_MAX : family) << 16 | kind);
    for (unsigned b = 0; b < k->brand_count[3]; b++)
        for (unsigned line = 0; line < SYNTH_TYRE_LINE_COUNT; line++) {
            bool truck = size->class_of == CLASS_SUV || size->class_of == CLASS_TRUCK;
            if (!rng_chance(&r, spec_keep(p, RULE_TYRE)) || (SYNTH_TYRE_LINES[line].truck_only && !truck)) continue;
            double price = SYNTH_TYRE_LINES[line].price * (0.55 + 0.09 * (size->rim - 13));
            TRY(spec_product(p, family, kind, k->brands[3][b], line, price, &r));
        }
    return ERR_OK;
}

static enum err oils_make(struct synth_plan *p, uint32_t family, unsigned kind) {
    const struct synth_kind *k = &p->kinds[kind];
    const char *viscosity = SYNTH_OILS[p->families.families[family].engine].viscosity;
    bool thin = strncmp(viscosity, "0W", 2) == 0, common = strcmp(viscosity, "5W-30") == 0;
    struct rng r = rng_of(p->seed, PURPOSE_SPEC, (uint64_t)family << 16 | kind);
    bool sold = false; // a brand's grade comes in both packs
    for (unsigned b = 0; b < k->brand_count[3]; b++)
        for (unsigned variant = 0; variant < OIL_GRADES * OIL_PACKS; variant++) {
            unsigned grade = variant / OIL_PACKS;
            bool usual = common && grade + 1 == OIL_GRADES; // every brand of oil has this one
            if (variant % OIL_PACKS == 0) sold = rng_chance(&r, spec_keep(p, RULE_OIL)) || usual;
            if (!sold || (thin && grade + 1 < OIL_GRADES)) continue; // thin oils are fully synthetic
            double price = (0.6 + 0.3 * grade) * (variant % OIL_PACKS ? 1 : 0.33);
            TRY(spec_product(p, family, kind, k->brands[3][b], variant, price, &r));
        }
    return ERR_OK;
}

static enum err family_make(struct synth_plan *p, uint32_t family, struct share s) {
    const struct synth_family *f = &p->families.families[family];
    for (unsigned kind = 0; kind < p->kind_count; kind++) {
        enum synth_rule rule = p->kinds[kind].spec->rule;
        if (rule != f->rule || !f->member_count) continue;
        if (rule == RULE_TYRE) TRY(tyres_make(p, family, kind));
        else if (rule == RULE_OIL) TRY(oils_make(p, family, kind));
        else if (family_takes(p, f, &p->kinds[kind])) TRY(pair_make(p, family, kind, s));
    }
    return ERR_OK;
}

// ---- universal goods and services ---------------------------------------------------------------------------------------------
enum { SERVICE_VARIANTS = 6 };

static enum err goods_make(struct synth_plan *p, unsigned kind, unsigned n) {
    struct synth_kind *k = &p->kinds[kind];
    struct rng r = rng_of(p->seed, PURPOSE_GOODS, kind);
    k->first_goods = p->product_count;
    k->goods_count = n;
    for (unsigned i = 0; i < n; i++) {
        struct synth_product *product = product_new(p, SYNTH_NO_FAMILY, kind, k->brands[3][i % k->brand_count[3]]);
        if (!product) return ERR_NO_MEMORY;
        product->variant = (uint16_t)i;
        price_draw(p, product, exp(0.25 * rng_normal(&r)), &r);
        facts_draw(p, product, k->spec->need / 4, &r);
    }
    return ERR_OK;
}

static unsigned goods_per_kind(const struct synth_plan *p, enum synth_rule rule) {
    unsigned kinds = 0;
    for (unsigned k = 0; k < p->kind_count; k++) kinds += p->kinds[k].spec->rule == rule;
    if (rule == RULE_SERVICE) return p->scale->products >= 100000 ? SERVICE_VARIANTS : 2;
    return kinds ? (unsigned)(UNIVERSAL_SHARE * p->scale->products / kinds) + 1 : 0;
}

// ---- all of it ----------------------------------------------------------------------------------------------------------------
static double spec_products_expected(const struct synth_plan *p) {
    double n = 0;
    for (unsigned k = 0; k < p->kind_count; k++) {
        if (p->kinds[k].spec->rule == RULE_TYRE) n += spec_keep(p, RULE_TYRE) * 5.4 * p->kinds[k].brand_count[3] * (double)SYNTH_TYRE_SIZE_COUNT;
        if (p->kinds[k].spec->rule == RULE_OIL) n += spec_keep(p, RULE_OIL) * 5 * p->kinds[k].brand_count[3] * (double)SYNTH_OIL_COUNT;
        if (p->kinds[k].spec->rule == RULE_UNIVERSAL || p->kinds[k].spec->rule == RULE_SERVICE) n += goods_per_kind(p, p->kinds[k].spec->rule);
    }
    return n;
}

static enum err products_make(struct synth_plan *p) {
    struct share s = shares_for(p, p->scale->products - spec_products_expected(p));
    p->family_first = ARENA_ARRAY(&p->arena, uint32_t, p->families.family_count + 1);
    if (!p->family_first) return ERR_NO_MEMORY;
    for (uint32_t f = 0; f < p->families.family_count; f++) {
        p->family_first[f] = p->product_count;
        TRY(family_make(p, f, s));
    }
    p->family_first[p->families.family_count] = p->product_count;
    for (unsigned k = 0; k < p->kind_count; k++) {
        enum synth_rule rule = p->kinds[k].spec->rule;
        if (rule == RULE_UNIVERSAL || rule == RULE_SERVICE) TRY(goods_make(p, k, goods_per_kind(p, rule)));
    }
    return ERR_OK;
}

void synth_plan_range(const struct synth_plan *p, uint32_t family, unsigned kind, uint32_t *first, uint32_t *count) {
    uint32_t low = p->family_first[family], end = p->family_first[family + 1], high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->products[middle].kind < kind) low = middle + 1;
        else high = middle;
    }
    *first = low;
    while (low < end && p->products[low].kind == kind) low++;
    *count = low - *first;
}

enum err synth_plan_make(const struct synth_scale *scale, const struct facts *facts, struct synth_world *world, uint64_t seed,
                         uint32_t today, struct synth_plan **out, struct fault *why) {
    struct synth_plan *p = calloc(1, sizeof *p);
    if (!p) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    *p = (struct synth_plan){.scale = scale, .facts = facts, .world = world, .seed = seed, .today = today};
    arena_init(&p->arena, 1 << 20, (size_t)1 << 30);
    enum err err = brand_ids_set(p);
    if (err == ERR_OK) err = kinds_set(p);
    if (err == ERR_OK) err = synth_families_build(world, scale->reach, &p->families);
    if (err == ERR_OK) err = products_make(p);
    if (err == ERR_OK) *out = p;
    else synth_plan_free(p);
    return err == ERR_OK ? ERR_OK : fault_set(why, err, "", "cannot plan the sample");
}

void synth_plan_free(struct synth_plan *p) {
    if (!p) return;
    synth_families_free(&p->families);
    free(p->products);
    arena_destroy(&p->arena);
    free(p);
}
