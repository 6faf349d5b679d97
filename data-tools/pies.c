#include "pies.h"

#include <ctype.h>

#include "index/base/clock.h"
#include "index/base/limits.h"
#include "xml.h"

enum { ATTRIBUTES_MAX = 128, NUMBERS_MAX = 512, TICK_ITEMS = 1024 };
enum { DAY_MS = 24 * 3600 * 1000 };
#define PRICE_MAX 1e9 // in whole units of money

enum { OTHER, PIES, ITEM, PART_NUMBER, BRAND, BRAND_LABEL, PART_TYPE, ACES_APPLICATIONS, DESCRIPTION, PRICING, PRICE, CURRENCY,
       ATTRIBUTE, INTERCHANGE, PACKAGE, EACHES, WEIGHT, URI, AVAILABLE };
static const struct xml_name ELEMENTS[] = {
    {"PIES", PIES}, {"Item", ITEM}, {"PartNumber", PART_NUMBER}, {"BrandAAIAID", BRAND}, {"BrandID", BRAND},
    {"BrandLabel", BRAND_LABEL}, {"PartTerminologyID", PART_TYPE}, {"ACESApplications", ACES_APPLICATIONS},
    {"Description", DESCRIPTION}, {"Pricing", PRICING}, {"Price", PRICE}, {"CurrencyCode", CURRENCY},
    {"ProductAttribute", ATTRIBUTE}, {"PartInterchange", INTERCHANGE}, {"Package", PACKAGE}, {"QuantityofEaches", EACHES},
    {"Weight", WEIGHT}, {"URI", URI}, {"AvailableDate", AVAILABLE},
};

// Where a title comes from, best first.
static const char *const TITLE_CODES[] = {"DES", "SHO", "EXT", "INV", "MKT"};
enum { TITLE_CODES_COUNT = sizeof TITLE_CODES / sizeof *TITLE_CODES };

struct item {
    bool open, in_interchange, deletion;
    const char *broken;
    uint64_t line;
    struct product_doc doc;
    struct slice brand, brand_label, type_id;
    unsigned title_rank, title_zh_rank; // of the texts kept so far
    unsigned description_rank;          // of the element being read
    bool description_zh, pricing_retail, cny_retail, usd_retail;
    struct slice currency;
    struct slice attribute_name, attribute_unit;
    struct slice interchange_brand, interchange_label;
    uint64_t interchange_quantity;
    struct pair attributes[ATTRIBUTES_MAX];
    struct number_doc numbers[NUMBERS_MAX];
};

struct pies {
    const struct idmap *map;
    const struct sink *sink;
    struct pies_result *result;
    struct fault *why;
    struct arena arena;
    struct item item;
    struct xml_names names;
    bool is_pies;
    char default_currency[8];
};

static struct slice keep(struct pies *p, struct slice text) { return text.n ? arena_copy(&p->arena, text) : SLICE_NONE; }

static struct slice name_of(const struct pies *p, const char *element, struct slice id) {
    const struct idmap_value *v = idmap_find(p->map, slice_str(element), id);
    return v ? v->text : SLICE_NONE;
}

// ---- an item's end --------------------------------------------------------------------------------------------------------
static void item_names(struct pies *p) {
    struct item *item = &p->item;
    struct slice brand = name_of(p, "Brand", item->brand), type = name_of(p, "PartType", item->type_id);
    item->doc.brand = brand.n ? brand : item->brand_label.n ? item->brand_label : item->brand;
    item->doc.type = type.n || !item->type_id.n ? type : arena_printf(&p->arena, "pcdb-%.*s", SLICE_ARGS(item->type_id));
    item->doc.attrs = item->attributes;
    item->doc.numbers = item->numbers;
}

static const char *item_flaw(const struct item *item) {
    if (item->broken) return item->broken;
    if (item->deletion) return "MaintenanceType=\"D\" is not supported: delete the product by its id";
    if (!item->doc.number.n) return "PartNumber is missing";
    if (!item->brand.n && !item->brand_label.n) return "BrandAAIAID is missing";
    if (!item->type_id.n) return "PartTerminologyID is missing";
    return NULL;
}

static void item_end(struct xml *x, struct pies *p) {
    struct item *item = &p->item;
    struct fault row = {0};
    item->open = false;
    item_names(p);
    const char *flaw = p->arena.full ? "the item is too large" : item_flaw(item);
    enum err err = flaw ? ERR_BAD_REQUEST : p->sink->product(p->sink->arg, &item->doc, &row);
    if (err == ERR_OK) p->result->items++;
    else if (sink_rejects(err)) {
        p->result->rejected++;
        p->sink->report(p->sink->arg, SINK_REJECTED, item->line, flaw ? flaw : row.message);
    } else {
        if (p->why) *p->why = row;
        xml_stop(x, err);
    }
    if (p->sink->tick && p->result->items % TICK_ITEMS == 0) p->sink->tick(p->sink->arg);
}

// ---- element starts ---------------------------------------------------------------------------------------------------------
static void item_start(struct xml *x, struct pies *p, const char **attributes) {
    arena_reset(&p->arena);
    struct item *item = &p->item;
    memset(item, 0, offsetof(struct item, attributes));
    item->open = true;
    item->line = xml_line(x);
    item->doc.cny_fen = item->doc.usd_cents = -1;
    item->title_rank = item->title_zh_rank = TITLE_CODES_COUNT;
    item->deletion = slice_is(xml_attribute(attributes, "MaintenanceType"), "D");
}

static void description_start(struct item *item, const char **attributes) {
    struct slice code = xml_attribute(attributes, "DescriptionCode"), language = xml_attribute(attributes, "LanguageCode");
    item->description_zh = language.n == 2 && toupper((unsigned char)language.p[0]) == 'Z';
    for (item->description_rank = 0; item->description_rank < TITLE_CODES_COUNT; item->description_rank++)
        if (slice_is(code, TITLE_CODES[item->description_rank])) return;
}

static void interchange_start(struct pies *p, const char **attributes) {
    struct item *item = &p->item;
    struct slice brand = xml_attribute(attributes, "BrandAAIAID");
    item->in_interchange = true;
    item->interchange_brand = keep(p, brand.n ? brand : xml_attribute(attributes, "BrandID"));
    item->interchange_label = keep(p, xml_attribute(attributes, "BrandLabel"));
}

static void element_start(struct xml *x, struct pies *p, int kind, const char **attributes) {
    struct item *item = &p->item;
    switch (kind) {
    case DESCRIPTION: description_start(item, attributes); break;
    case PRICING:
        item->currency = SLICE_NONE;
        item->pricing_retail = slice_is(xml_attribute(attributes, "PriceType"), "RET");
        return;
    case ATTRIBUTE:
        item->attribute_name = keep(p, xml_attribute(attributes, "AttributeID"));
        item->attribute_unit = keep(p, xml_attribute(attributes, "AttributeUOM"));
        break;
    case INTERCHANGE: interchange_start(p, attributes); return;
    case PART_NUMBER:
        item->interchange_quantity = 1;
        if (item->in_interchange) slice_u64(xml_attribute(attributes, "InterchangeQuantity"), &item->interchange_quantity);
        break;
    case OTHER: case PACKAGE: return;
    default: break;
    }
    xml_collect(x);
}

static void on_start(struct xml *x, struct slice name, const char **attributes) {
    struct pies *p = xml_arg(x);
    int kind = xml_name_kind(&p->names, name);
    if (kind == PIES) p->is_pies = true;
    else if (kind == ITEM) item_start(x, p, attributes);
    else if (p->item.open) element_start(x, p, kind, attributes);
    else if (kind == CURRENCY) xml_collect(x);
}

// ---- element ends ---------------------------------------------------------------------------------------------------------
static void title_keep(struct pies *p, struct slice text) {
    struct item *item = &p->item;
    unsigned *rank = item->description_zh ? &item->title_zh_rank : &item->title_rank;
    if (item->description_rank >= *rank) return;
    *rank = item->description_rank;
    *(item->description_zh ? &item->doc.title_zh : &item->doc.title) = keep(p, text);
}

static void price_keep(struct pies *p, struct slice text) {
    struct item *item = &p->item;
    struct slice currency = item->currency.n ? item->currency : slice_str(p->default_currency);
    bool cny = slice_is(currency, "CNY"), usd = slice_is(currency, "USD");
    double amount = 0;
    if (!cny && !usd) return; // other currencies are not shown
    if (!slice_f64(text, &amount) || amount < 0 || amount > PRICE_MAX) {
        item->broken = "Price is not a number";
        return;
    }
    int64_t *minor = cny ? &item->doc.cny_fen : &item->doc.usd_cents;
    bool *retail = cny ? &item->cny_retail : &item->usd_retail;
    if (*minor >= 0 && (*retail || !item->pricing_retail)) return;
    *minor = (int64_t)(amount * 100 + 0.5);
    *retail = item->pricing_retail;
}

static bool fact_keep(struct item *item, struct slice text) {
    double value = 0;
    struct slice name = item->attribute_name;
    if (!slice_is(name, "rating") && !slice_is(name, "rating_count") && !slice_is(name, "popularity")) return false;
    if (!slice_f64(text, &value) || value < 0) item->broken = "rating, rating_count or popularity is not a number";
    else if (slice_is(name, "rating")) item->doc.rating_x100 = value <= 5 ? (uint16_t)(value * 100 + 0.5) : 500;
    else if (slice_is(name, "rating_count")) item->doc.rating_count = value < 1e9 ? (uint32_t)value : 1000000000;
    else item->doc.popularity = value <= 1 ? (float)value : 1;
    return true;
}

static void attribute_keep(struct pies *p, struct slice name, struct slice value, struct slice unit) {
    struct item *item = &p->item;
    if (!name.n || !value.n) return;
    if (item->doc.attr_count == ATTRIBUTES_MAX) {
        item->broken = "too many attributes";
        return;
    }
    struct slice known = name_of(p, "Attribute", name);
    struct slice text = unit.n ? arena_printf(&p->arena, "%.*s %.*s", SLICE_ARGS(value), SLICE_ARGS(unit)) : keep(p, value);
    item->attributes[item->doc.attr_count++] = (struct pair){known.n ? known : name, text};
}

static void interchange_keep(struct pies *p, struct slice number) {
    struct item *item = &p->item;
    if (item->doc.number_count == NUMBERS_MAX) {
        item->broken = "too many interchange numbers";
        return;
    }
    struct slice maker = name_of(p, "Maker", item->interchange_brand), brand = name_of(p, "Brand", item->interchange_brand);
    if (!brand.n) brand = item->interchange_label.n ? item->interchange_label : item->interchange_brand;
    uint64_t quantity = item->interchange_quantity ? item->interchange_quantity : 1;
    item->numbers[item->doc.number_count++] = (struct number_doc){
        .relation = maker.n ? NUMBER_OE : NUMBER_COMPETITOR, .brand = maker.n ? maker : brand, .number = keep(p, number),
        .quantity = quantity > UINT16_MAX ? UINT16_MAX : (uint16_t)quantity};
}

static void part_number_keep(struct pies *p, struct slice text) {
    if (text.n > LIMIT_PART_NUMBER_BYTES) p->item.broken = "PartNumber is too long";
    else if (p->item.in_interchange) interchange_keep(p, text);
    else p->item.doc.number = keep(p, text);
}

static void element_end(struct pies *p, int kind, struct slice text) {
    struct item *item = &p->item;
    int64_t ms;
    switch (kind) {
    case PART_NUMBER: part_number_keep(p, text); break;
    case BRAND: item->brand = keep(p, text); break;
    case BRAND_LABEL: item->brand_label = keep(p, text); break;
    case PART_TYPE: item->type_id = keep(p, text); break;
    case ACES_APPLICATIONS: item->doc.universal = slice_is(text, "N"); break;
    case DESCRIPTION: title_keep(p, text); break;
    case CURRENCY: item->currency = keep(p, text); break;
    case PRICE: price_keep(p, text); break;
    case ATTRIBUTE:
        if (!fact_keep(item, text)) attribute_keep(p, item->attribute_name, text, item->attribute_unit);
        break;
    case INTERCHANGE: item->in_interchange = false; break;
    case EACHES:
        if (!slice_is(text, "1")) attribute_keep(p, SLICE("package_quantity"), text, SLICE_NONE);
        break;
    case WEIGHT: attribute_keep(p, SLICE("package_weight"), text, SLICE_NONE); break;
    case URI:
        if (!item->doc.image.n) item->doc.image = keep(p, text);
        break;
    case AVAILABLE:
        if (clock_parse_ms(text, &ms) && ms > 0) item->doc.created_day = (uint32_t)(ms / DAY_MS);
        break;
    default: break;
    }
}

static void on_end(struct xml *x, struct slice name, struct slice text) {
    struct pies *p = xml_arg(x);
    int kind = xml_name_kind(&p->names, name);
    if (!p->item.open) {
        if (kind == CURRENCY) slice_copy(text, p->default_currency, sizeof p->default_currency);
        return;
    }
    if (xml_overflow(x)) p->item.broken = "a text is longer than the limit";
    if (kind == ITEM) item_end(x, p);
    else element_end(p, kind, text);
}

enum err pies_read(struct input *in, const struct idmap *map, const struct sink *sink, struct pies_result *out,
                   struct fault *why) {
    struct pies p = {.map = map, .sink = sink, .result = out, .why = why};
    struct xml_handlers handlers = {on_start, on_end, &p};
    memset(out, 0, sizeof *out);
    xml_names_init(&p.names, ELEMENTS, sizeof ELEMENTS / sizeof *ELEMENTS);
    arena_init(&p.arena, 64 * 1024, 16u << 20);
    enum err err = xml_read(in, &handlers, why);
    arena_destroy(&p.arena);
    if (err == ERR_OK && !p.is_pies) return fault_set(why, ERR_BAD_REQUEST, "", "%s is not a PIES document", input_name(in));
    return err;
}
