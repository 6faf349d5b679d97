#include "pies_item.h"

#include "index/base/limits.h"

#define PRICE_MAX 1e9 // in whole units of money
#define QUANTITY_MAX UINT16_MAX

static bool one_of(struct slice text, const char *const *list) {
    for (; *list; list++)
        if (slice_is(text, *list)) return true;
    return false;
}

static unsigned rank_in(struct slice text, const char *const *list) {
    unsigned i = 0;
    while (list[i] && !slice_is(text, list[i])) i++;
    return i;
}

// Where a title comes from, best first. A title in a third language ranks behind every English one.
static const char *const TITLE_CODES[] = {"TLE", "DES", "SHO", "EXT", "INV", "MKT", NULL};
enum { TITLE_MARKETING = 5, TITLE_CODES_COUNT = 6 };

void pies_item_begin(struct pies_item *item, struct arena *arena, const struct idmap *map) {
    memset(item, 0, offsetof(struct pies_item, attributes));
    item->arena = arena;
    item->map = map;
    item->doc.cny_fen = item->doc.usd_cents = -1;
    item->doc.keeps_stock = true; // PIES has no place for it
    item->title_rank = item->title_zh_rank = item->picture_rank = UINT32_MAX;
    item->price_rank[0] = item->price_rank[1] = UINT32_MAX;
}

struct slice pies_item_name(const struct pies_item *item, const char *element, struct slice id) {
    const struct idmap_value *v = id.n ? idmap_find(item->map, slice_str(element), id) : NULL;
    return v ? v->text : SLICE_NONE;
}

// ---- attributes -----------------------------------------------------------------------------------------------------------
void pies_item_attribute(struct pies_item *item, struct slice name, struct slice value, struct slice unit) {
    if (!name.n || !value.n) return;
    if (unit.n) value = arena_printf(item->arena, "%.*s %.*s", SLICE_ARGS(value), SLICE_ARGS(unit));
    for (unsigned i = 0; i < item->doc.attr_count; i++)
        if (slice_eq(item->attributes[i].name, name) && slice_eq(item->attributes[i].value, value)) return;
    if (item->doc.attr_count == PIES_ATTRIBUTES_MAX) item->broken = "too many attributes";
    else item->attributes[item->doc.attr_count++] = (struct pair){name, value};
}

// What buyers think of it, from attributes that are no PAdb ones.
static bool fact_keep(struct pies_item *item, struct slice name, struct slice text) {
    static const char *const FACTS[] = {"rating", "rating_count", "popularity", NULL};
    double value = 0;
    unsigned fact = rank_in(name, FACTS);
    if (!FACTS[fact]) return false;
    if (!slice_f64(text, &value) || value < 0) item->broken = "rating, rating_count or popularity is not a number";
    else if (fact == 0) item->doc.rating_x100 = value <= 5 ? (uint16_t)(value * 100 + 0.5) : 500;
    else if (fact == 1) item->doc.rating_count = value < 1e9 ? (uint32_t)value : 1000000000;
    else item->doc.popularity = value <= 1 ? (float)value : 1;
    return true;
}

static struct slice padb_name(struct pies_item *item, struct slice id) {
    struct slice name = pies_item_name(item, "ProductAttribute", id);
    if (!name.n) name = pies_item_name(item, "Attribute", id);
    return name.n ? name : arena_printf(item->arena, "padb-%.*s", SLICE_ARGS(id));
}

void pies_item_product_attribute(struct pies_item *item, struct slice id, bool padb, enum pies_language language, struct slice value,
                                 struct slice unit) {
    if (!id.n || !value.n || language == PIES_OTHER_LANGUAGE) return;
    if (!padb && fact_keep(item, id, value)) return;
    struct slice name = padb ? padb_name(item, id) : id;
    if (language == PIES_CHINESE) name = arena_printf(item->arena, "%.*s_zh", SLICE_ARGS(name));
    pies_item_attribute(item, name, value, unit);
}

// ---- texts ----------------------------------------------------------------------------------------------------------------
static void title_keep(struct pies_item *item, unsigned rank, enum pies_language language, struct slice text) {
    bool chinese = language == PIES_CHINESE;
    unsigned *best = chinese ? &item->title_zh_rank : &item->title_rank;
    if (language == PIES_OTHER_LANGUAGE) rank += TITLE_CODES_COUNT;
    if (rank >= *best) return;
    *best = rank;
    *(chinese ? &item->doc.title_zh : &item->doc.title) = text;
}

void pies_item_description(struct pies_item *item, struct slice code, enum pies_language language, struct slice text) {
    if (!text.n) return;
    unsigned rank = rank_in(code, TITLE_CODES);
    if (rank == TITLE_MARKETING && !item->marketing[language].n) item->marketing[language] = text;
    if (rank < TITLE_CODES_COUNT) title_keep(item, rank, language, text);
    if (language == PIES_OTHER_LANGUAGE) return;
    bool chinese = language == PIES_CHINESE;
    if (slice_is(code, "KEY")) pies_item_attribute(item, chinese ? SLICE("keywords_zh") : SLICE("keywords"), text, SLICE_NONE);
    if (slice_is(code, "FAB")) pies_item_attribute(item, chinese ? SLICE("features_zh") : SLICE("features"), text, SLICE_NONE);
}

static void marketing_finish(struct pies_item *item) {
    if (item->title_rank != TITLE_MARKETING) pies_item_attribute(item, SLICE("description"), item->marketing[PIES_ENGLISH], SLICE_NONE);
    if (item->title_zh_rank != TITLE_MARKETING) pies_item_attribute(item, SLICE("description_zh"), item->marketing[PIES_CHINESE], SLICE_NONE);
}

// ---- prices ---------------------------------------------------------------------------------------------------------------
// What a customer pays before what the trade pays. A core charge is a deposit, never the price.
static const char *const PRICE_TYPES[] = {"RET", "LST", NULL};
static const char *const CORE_TYPES[] = {"COR", "CORE", NULL};

// Only a price that holds today for one piece alone can be shown.
static bool price_applies(const struct pies_price *price, int32_t today) {
    double quantity = 1, multiplier = 1;
    if (price->quantity_break.n && (!slice_f64(price->quantity_break, &quantity) || quantity > 1)) return false;
    if (price->multiplier.n && (!slice_f64(price->multiplier, &multiplier) || multiplier < 1 || multiplier > 1)) return false;
    return price->from_day <= today && today <= price->to_day;
}

void pies_item_price(struct pies_item *item, const struct pies_price *price, int32_t today) {
    bool usd = slice_is(price->currency, "USD");
    double amount = 0;
    if (!price->amount.n || (!usd && !slice_is(price->currency, "CNY"))) return; // other currencies are not shown
    if (!slice_f64(price->amount, &amount) || amount < 0 || amount > PRICE_MAX) {
        item->broken = "Price is not a number";
        return;
    }
    if (!price_applies(price, today)) return;
    if (one_of(price->type, CORE_TYPES)) {
        pies_item_attribute(item, SLICE("core_charge"), price->amount, price->currency);
        return;
    }
    unsigned rank = rank_in(price->type, PRICE_TYPES);
    if (rank > item->price_rank[usd] || (rank == item->price_rank[usd] && price->from_day <= item->price_day[usd])) return;
    item->price_rank[usd] = rank;
    item->price_day[usd] = price->from_day;
    *(usd ? &item->doc.usd_cents : &item->doc.cny_fen) = (int64_t)(amount * 100 + 0.5);
}

// ---- other numbers, components --------------------------------------------------------------------------------------------
// "2", "2.0", "2.00"; absent is 1. False for parts of a piece and for what is no number.
static bool pieces(struct slice text, uint16_t *out) {
    double value = 1;
    if (text.n && !slice_f64(text, &value)) return false;
    if (value < 1 || value > QUANTITY_MAX) return false;
    *out = (uint16_t)value;
    return (double)*out >= value;
}

static void number_add(struct pies_item *item, struct number_doc number) {
    if (!number.number.n || !number.brand.n) return;
    if (number.number.n > LIMIT_PART_NUMBER_BYTES) item->broken = "PartNumber is too long";
    else if (item->doc.number_count == PIES_NUMBERS_MAX) item->broken = "too many interchange numbers";
    else item->numbers[item->doc.number_count++] = number;
}

static struct slice interchange_note(struct pies_item *item, const struct pies_number *n) {
    static const char *const FLAGS[] = {"Y", "N", NULL}; // some senders take ReferenceItem for one
    if (!n->reference.n || one_of(n->reference, FLAGS)) return n->note;
    return arena_printf(item->arena, "%.*s%sreference item %.*s", SLICE_ARGS(n->note), n->note.n ? "; " : "", SLICE_ARGS(n->reference));
}

void pies_item_number(struct pies_item *item, const struct pies_number *n) {
    struct number_doc number = {.relation = NUMBER_COMPETITOR, .number = n->number, .note = interchange_note(item, n)};
    struct slice maker = pies_item_name(item, "Maker", n->brand), brand = pies_item_name(item, "Brand", n->brand);
    if (!pieces(n->quantity, &number.quantity)) {
        item->left_out = "an interchange number whose quantity is no whole number of pieces is left out";
        return;
    }
    if (maker.n) number.relation = NUMBER_OE;
    number.brand = maker.n ? maker : brand.n ? brand : n->label.n ? n->label : n->brand;
    if (!number.brand.n) item->left_out = "an interchange number without a brand is left out";
    number_add(item, number);
}

void pies_item_component(struct pies_item *item, const struct pies_component *c) {
    struct component_doc component = {.number = c->number, .sold_separately = slice_is(c->sold_separately, "Y")};
    struct slice brand = pies_item_name(item, "Brand", c->brand);
    component.brand = brand.n ? brand : c->label.n ? c->label : c->brand; // none: the kit's own, once that is known
    if (!c->number.n) item->left_out = "a kit component without a number is left out";
    else if (c->number.n > LIMIT_PART_NUMBER_BYTES) item->broken = "ComponentPartNumber is too long";
    else if (!pieces(c->quantity, &component.quantity)) item->broken = "QuantityInKit is not a whole number of pieces";
    else if (item->doc.component_count == PIES_COMPONENTS_MAX) item->broken = "too many kit components";
    else item->components[item->doc.component_count++] = component;
}

// ---- packages -------------------------------------------------------------------------------------------------------------
static const char *const SHIPPING_UNITS[] = {"CA", "CS", "CT", "PL", "SK", NULL}; // cases and pallets are not what a customer buys
static const char *const PIECE_UNITS[] = {"EA", "PC", "PCS", "UN", NULL};

static struct slice dimensions_text(struct pies_item *item, const struct pies_package *p) {
    const struct slice *d = p->merchandising[0].n ? p->merchandising : p->shipping;
    if (!d[0].n || !d[1].n || !d[2].n) return SLICE_NONE;
    return arena_printf(item->arena, "%.*s x %.*s x %.*s%s%.*s", SLICE_ARGS(d[0]), SLICE_ARGS(d[1]), SLICE_ARGS(d[2]), p->dimensions_unit.n ? " " : "",
                        SLICE_ARGS(p->dimensions_unit));
}

void pies_item_package(struct pies_item *item, const struct pies_package *p) {
    uint64_t eaches = 1;
    if (p->eaches.n && (!slice_u64(p->eaches, &eaches) || eaches == 0)) item->broken = "QuantityofEaches is not a number";
    if (one_of(p->unit, SHIPPING_UNITS) || slice_is(p->orderable, "N")) return;
    if (eaches > QUANTITY_MAX || (item->package_eaches && eaches >= item->package_eaches)) return;
    item->package_eaches = (uint32_t)eaches;
    item->package_gtin = p->gtin;
    item->package_dimensions = dimensions_text(item, p);
    item->package_weight = p->weight;
    if (p->weight.n && p->weight_unit.n) item->package_weight = arena_printf(item->arena, "%.*s %.*s", SLICE_ARGS(p->weight), SLICE_ARGS(p->weight_unit));
}

void pies_item_size(struct pies_item *item, struct slice quantity, struct slice unit) {
    uint16_t count = 0;
    if (!quantity.n) return;
    bool pair = slice_is(unit, "PR"), counts = (pair || !unit.n || one_of(unit, PIECE_UNITS)) && pieces(quantity, &count) && count < QUANTITY_MAX / 2;
    if (counts) item->size_pieces = pair ? 2u * count : count;
    else pies_item_attribute(item, SLICE("content"), quantity, unit); // 500 ML
}

static void package_finish(struct pies_item *item) {
    uint64_t quantity = item->package_eaches > item->size_pieces ? item->package_eaches : item->size_pieces;
    item->doc.pack_quantity = (uint16_t)(quantity ? quantity : 1);
    pies_item_attribute(item, SLICE("package_weight"), item->package_weight, SLICE_NONE);
    pies_item_attribute(item, SLICE("package_dimensions"), item->package_dimensions, SLICE_NONE);
    bool has_gtin = false;
    for (unsigned i = 0; i < item->doc.attr_count; i++) has_gtin |= slice_is(item->attributes[i].name, "gtin");
    if (!has_gtin) pies_item_attribute(item, SLICE("gtin"), item->package_gtin, SLICE_NONE);
}

// ---- the rest -------------------------------------------------------------------------------------------------------------
// The primary photo, the one out of its package, any other photo, a picture that does not say.
static unsigned picture_rank(struct slice asset_type) {
    if (slice_is(asset_type, "P04")) return 0;
    if (slice_is(asset_type, "P01")) return 1;
    if (asset_type.n == 3 && asset_type.p[0] == 'P') return 2;
    return asset_type.n ? UINT32_MAX : 3; // logos, drawings, instructions
}

void pies_item_picture(struct pies_item *item, struct slice asset_type, struct slice file_type, struct slice uri) {
    static const char *const SHOWN[] = {"JPG", "JPEG", "PNG", "GIF", "WEBP", "SVG", "BMP", "jpg", "jpeg", "png", "gif", "webp", "svg", "bmp", NULL};
    unsigned rank = picture_rank(asset_type);
    if (!uri.n || (file_type.n && !one_of(file_type, SHOWN)) || rank >= item->picture_rank) return;
    item->picture_rank = rank;
    item->doc.image = uri;
}

void pies_item_hazard(struct pies_item *item, struct slice regulated, struct slice un_number) {
    if (slice_is(regulated, "N")) return;
    pies_item_attribute(item, SLICE("hazardous"), SLICE("yes"), SLICE_NONE);
    pies_item_attribute(item, SLICE("un_number"), un_number, SLICE_NONE);
}

static struct slice life_cycle_name(struct slice code) {
    static const char *const NAMES[] = {"proposed", "released", "available", "announced", "announced", "temporarily_unavailable", "renumbered",
                                        "superseded", "discontinued", "obsolete"};
    if (code.n == 1 && code.p[0] >= '0' && code.p[0] <= '9') return slice_str(NAMES[code.p[0] - '0']);
    if (slice_is(code, "A")) return SLICE("while_supplies_last");
    if (slice_is(code, "B")) return SLICE("not_yet_available");
    return code;
}

void pies_item_extended(struct pies_item *item, struct slice code, struct slice text) {
    struct slice name = pies_item_name(item, "ExtendedInformation", code);
    if (!name.n && slice_is(code, "CTO")) name = SLICE("country_of_origin");
    if (!name.n && slice_is(code, "LIS")) name = SLICE("life_cycle");
    if (!name.n || !text.n) return;
    bool old = slice_is(name, "supersedes"), replaced = slice_is(name, "superseded_by");
    if (old || replaced) // of the item's own brand, which is filled in at its end
        number_add(item, (struct number_doc){.relation = old ? NUMBER_SUPERSEDES : NUMBER_SUPERSEDED_BY, .brand = SLICE("="), .number = text, .quantity = 1});
    else pies_item_attribute(item, name, slice_is(name, "life_cycle") ? life_cycle_name(text) : text, SLICE_NONE);
}

void pies_item_per_application(struct pies_item *item, struct slice quantity, struct slice unit, struct slice qualifier) {
    static const char *const EXACT[] = {"", "NOR", "EXA", NULL};
    if (!quantity.n) return;
    if (one_of(unit, PIECE_UNITS)) unit = SLICE_NONE;
    if (!one_of(qualifier, EXACT)) quantity = arena_printf(item->arena, "%.*s %.*s", SLICE_ARGS(qualifier), SLICE_ARGS(quantity));
    pies_item_attribute(item, SLICE("quantity_per_application"), quantity, unit);
}

void pies_item_finish(struct pies_item *item) {
    struct product_doc *doc = &item->doc;
    struct slice brand = pies_item_name(item, "Brand", item->brand), type = pies_item_name(item, "PartType", item->type_id);
    doc->brand = brand.n ? brand : item->brand_label.n ? item->brand_label : item->brand;
    doc->type = type.n || !item->type_id.n ? type : arena_printf(item->arena, "pcdb-%.*s", SLICE_ARGS(item->type_id));
    marketing_finish(item);
    package_finish(item);
    for (unsigned i = 0; i < doc->number_count; i++)
        if (item->numbers[i].relation >= NUMBER_SUPERSEDES) item->numbers[i].brand = doc->brand;
    for (unsigned i = 0; i < doc->component_count; i++)
        if (!item->components[i].brand.n) item->components[i].brand = doc->brand;
    doc->attrs = item->attributes;
    doc->numbers = item->numbers;
    doc->components = item->components;
}
