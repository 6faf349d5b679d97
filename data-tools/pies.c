#include "pies.h"

#include <ctype.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "pies_item.h"
#include "xml.h"

enum { TICK_ITEMS = 1024, SHEETS_MAX = 256, SHEET_NUMBER_BYTES = 48, DAY_MS = 24 * 3600 * 1000 };

// Elements. What a segment is made of are texts kept in `field` until the segment ends; the fields of one segment stand together.
enum {
    OTHER, PIES, HEADER, PRICE_SHEET, ITEM, PRICING, PACKAGE, HAZARD, COMPONENT, INTERCHANGE, DIGITAL_FILE, // with children
    DESCRIPTION, ATTRIBUTE, EXTENDED, PART_NUMBER, SIZE, PER_APPLICATION, MINIMUM_ORDER, WEIGHTS, DIMENSIONS, // with attributes
    SUBMISSION, LANGUAGE, ITEM_FIRST, BRAND = ITEM_FIRST, BRAND_LABEL, SUB_BRAND, SUB_BRAND_LABEL, PART_TYPE, ACES_APPLICATIONS, AVAILABLE, GTIN,
    PRICING_FIRST, SHEET_NUMBER = PRICING_FIRST, CURRENCY, EFFECTIVE, EXPIRATION, PRICE, PRICE_BREAK, MULTIPLIER,
    PACKAGE_FIRST, PACKAGE_GTIN = PACKAGE_FIRST, PACKAGE_UNIT, EACHES, ORDERABLE, WEIGHT, MERCHANDISING_HEIGHT, MERCHANDISING_WIDTH,
    MERCHANDISING_LENGTH, SHIPPING_HEIGHT, SHIPPING_WIDTH, SHIPPING_LENGTH, WEIGHT_UNIT, DIMENSIONS_UNIT, // the units: attributes of Weights, Dimensions
    HAZARD_FIRST, REGULATED = HAZARD_FIRST, UN_NUMBER,
    COMPONENT_FIRST, COMPONENT_NUMBER = COMPONENT_FIRST, COMPONENT_BRAND, COMPONENT_LABEL, COMPONENT_QUANTITY, SOLD_SEPARATELY,
    DIGITAL_FIRST, ASSET_TYPE = DIGITAL_FIRST, FILE_TYPE, URI, FIELD_COUNT
};

static const struct xml_name ELEMENTS[] = {
    {"PIES", PIES}, {"Header", HEADER}, {"PriceSheet", PRICE_SHEET}, {"Item", ITEM}, {"Pricing", PRICING}, {"Package", PACKAGE},
    {"HazardousMaterial", HAZARD}, {"KitComponent", COMPONENT}, {"PartInterchange", INTERCHANGE}, {"DigitalFileInformation", DIGITAL_FILE},
    {"Description", DESCRIPTION}, {"ProductAttribute", ATTRIBUTE}, {"ExtendedProductInformation", EXTENDED}, {"PartNumber", PART_NUMBER},
    {"ItemQuantitySize", SIZE}, {"QuantityPerApplication", PER_APPLICATION}, {"MinimumOrderQuantity", MINIMUM_ORDER}, {"Weights", WEIGHTS},
    {"Dimensions", DIMENSIONS}, {"SubmissionType", SUBMISSION}, {"LanguageCode", LANGUAGE}, {"BrandAAIAID", BRAND}, {"BrandID", BRAND},
    {"BrandLabel", BRAND_LABEL}, {"SubBrandAAIAID", SUB_BRAND}, {"SubBrandID", SUB_BRAND}, {"SubBrandLabel", SUB_BRAND_LABEL},
    {"PartTerminologyID", PART_TYPE}, {"ACESApplications", ACES_APPLICATIONS}, {"AvailableDate", AVAILABLE}, {"ItemLevelGTIN", GTIN},
    {"PriceSheetNumber", SHEET_NUMBER}, {"CurrencyCode", CURRENCY}, {"EffectiveDate", EFFECTIVE}, {"ExpirationDate", EXPIRATION}, {"Price", PRICE},
    {"PriceBreak", PRICE_BREAK}, {"PriceMultiplier", MULTIPLIER}, {"PackageLevelGTIN", PACKAGE_GTIN}, {"PackageUOM", PACKAGE_UNIT},
    {"QuantityofEaches", EACHES}, {"Orderable", ORDERABLE}, {"Weight", WEIGHT}, {"MerchandisingHeight", MERCHANDISING_HEIGHT},
    {"MerchandisingWidth", MERCHANDISING_WIDTH}, {"MerchandisingLength", MERCHANDISING_LENGTH}, {"ShippingHeight", SHIPPING_HEIGHT},
    {"ShippingWidth", SHIPPING_WIDTH}, {"ShippingLength", SHIPPING_LENGTH}, {"Regulated", REGULATED}, {"UNNAIDCode", UN_NUMBER},
    {"ComponentPartNumber", COMPONENT_NUMBER}, {"ComponentBrand", COMPONENT_BRAND}, {"ComponentBrandID", COMPONENT_BRAND},
    {"ComponentBrandLabel", COMPONENT_LABEL}, {"QuantityInKit", COMPONENT_QUANTITY}, {"SoldSeparately", SOLD_SEPARATELY},
    {"AssetType", ASSET_TYPE}, {"FileType", FILE_TYPE}, {"URI", URI},
};

struct sheet { char number[SHEET_NUMBER_BYTES], currency[4]; int32_t from_day, to_day; };

struct pies {
    const struct sink *sink;
    struct pies_result *result;
    struct fault *why;
    struct arena arena; // of the item, or of the header
    struct xml_names names;
    bool is_pies, open, deletion;
    int segment, outer;    // being read, and what it stands in: dangerous goods are declared inside packages
    int dropped;           // the outermost segment marked D, inside which nothing counts
    int32_t today;
    uint64_t line;         // of the item
    struct slice code, language, unit, quantity, note, reference; // attributes of the element being read
    bool padb;
    struct slice price_type, interchange_brand, interchange_label; // attributes of the segment
    struct slice field[FIELD_COUNT];
    char default_currency[4], default_language[8];
    struct sheet sheets[SHEETS_MAX];
    unsigned sheet_count;
    struct pies_item item;
};

static struct slice keep(struct pies *p, struct slice text) { return text.n ? arena_copy(&p->arena, text) : SLICE_NONE; }

static struct slice kept_attribute(struct pies *p, const char **attributes, const char *name) { return keep(p, xml_attribute(attributes, name)); }

static struct slice either_attribute(struct pies *p, const char **attributes, const char *old_name, const char *new_name) {
    struct slice value = xml_attribute(attributes, old_name);
    return keep(p, value.n ? value : xml_attribute(attributes, new_name));
}

static void fields_clear(struct pies *p, unsigned from, unsigned to) { memset(p->field + from, 0, (to - from) * sizeof *p->field); }

static int32_t day_of(struct slice date, int32_t otherwise) {
    int64_t ms;
    return date.n && clock_parse_ms(date, &ms) ? (int32_t)((ms - (ms < 0 ? DAY_MS - 1 : 0)) / DAY_MS) : otherwise;
}

static enum pies_language language_of(const struct pies *p, struct slice code) {
    if (code.n < 2) code = slice_str(p->default_language);
    if (code.n < 2) return PIES_ENGLISH;
    int a = toupper((unsigned char)code.p[0]), b = toupper((unsigned char)code.p[1]);
    return a == 'E' && b == 'N' ? PIES_ENGLISH : a == 'Z' && b == 'H' ? PIES_CHINESE : PIES_OTHER_LANGUAGE;
}

// ---- the header and its price sheets ----------------------------------------------------------------------------------------
static void header_end(struct pies *p) {
    slice_copy(p->field[CURRENCY], p->default_currency, sizeof p->default_currency);
    slice_copy(p->field[LANGUAGE], p->default_language, sizeof p->default_language);
}

// Sheets beyond the limit, and those with longer numbers, are not remembered: their prices go by what they say themselves.
static void sheet_end(struct pies *p) {
    struct slice number = p->field[SHEET_NUMBER];
    if (p->dropped || !number.n || number.n >= SHEET_NUMBER_BYTES || p->sheet_count == SHEETS_MAX) return;
    struct sheet *s = &p->sheets[p->sheet_count++];
    slice_copy(number, s->number, sizeof s->number);
    slice_copy(p->field[CURRENCY], s->currency, sizeof s->currency);
    s->from_day = day_of(p->field[EFFECTIVE], INT32_MIN);
    s->to_day = day_of(p->field[EXPIRATION], INT32_MAX);
}

static const struct sheet *sheet_of(const struct pies *p, struct slice number) {
    static const struct sheet NONE = {.from_day = INT32_MIN, .to_day = INT32_MAX};
    for (unsigned i = 0; number.n && i < p->sheet_count; i++)
        if (slice_is(number, p->sheets[i].number)) return &p->sheets[i];
    return &NONE;
}

// ---- segments of an item that end ---------------------------------------------------------------------------------------------
static void pricing_end(struct pies *p) {
    const struct sheet *sheet = sheet_of(p, p->field[SHEET_NUMBER]);
    struct pies_price price = {
        .type = p->price_type, .currency = p->field[CURRENCY], .amount = p->field[PRICE], .quantity_break = p->field[PRICE_BREAK],
        .multiplier = p->field[MULTIPLIER], .from_day = day_of(p->field[EFFECTIVE], sheet->from_day),
        .to_day = day_of(p->field[EXPIRATION], sheet->to_day),
    };
    if (!price.currency.n) price.currency = slice_str(sheet->currency[0] ? sheet->currency : p->default_currency);
    pies_item_price(&p->item, &price, p->today);
}

static void package_end(struct pies *p) {
    const struct slice *f = p->field;
    struct pies_package package = {
        .unit = f[PACKAGE_UNIT], .eaches = f[EACHES], .orderable = f[ORDERABLE], .gtin = f[PACKAGE_GTIN], .weight = f[WEIGHT],
        .weight_unit = f[WEIGHT_UNIT], .dimensions_unit = f[DIMENSIONS_UNIT],
        .merchandising = {f[MERCHANDISING_HEIGHT], f[MERCHANDISING_WIDTH], f[MERCHANDISING_LENGTH]},
        .shipping = {f[SHIPPING_HEIGHT], f[SHIPPING_WIDTH], f[SHIPPING_LENGTH]},
    };
    pies_item_package(&p->item, &package);
}

static void component_end(struct pies *p) {
    const struct slice *f = p->field;
    struct pies_component component = {f[COMPONENT_BRAND], f[COMPONENT_LABEL], f[COMPONENT_NUMBER], f[COMPONENT_QUANTITY], f[SOLD_SEPARATELY]};
    pies_item_component(&p->item, &component);
}

static void segment_end(struct pies *p, int kind) {
    switch (kind) {
    case PRICING: pricing_end(p); break;
    case PACKAGE: package_end(p); break;
    case HAZARD: pies_item_hazard(&p->item, p->field[REGULATED], p->field[UN_NUMBER]); break;
    case COMPONENT: component_end(p); break;
    case DIGITAL_FILE: pies_item_picture(&p->item, p->field[ASSET_TYPE], p->field[FILE_TYPE], p->field[URI]); break;
    default: break;
    }
    p->segment = kind == HAZARD ? p->outer : OTHER;
}

// ---- an item's end --------------------------------------------------------------------------------------------------------------
static const char *item_flaw(const struct pies *p) {
    const struct pies_item *item = &p->item;
    if (p->arena.full) return "the item is too large";
    if (item->broken) return item->broken;
    if (!item->doc.number.n) return "PartNumber is missing";
    if (!item->doc.brand.n) return "BrandAAIAID is missing";
    if (!p->deletion && !item->type_id.n) return "PartTerminologyID is missing";
    return NULL;
}

static enum err item_deliver(struct pies *p, struct fault *row) {
    const struct product_doc *doc = &p->item.doc;
    return p->deletion ? p->sink->remove(p->sink->arg, doc->brand, doc->number, row) : p->sink->product(p->sink->arg, doc, row);
}

static void item_end(struct xml *x, struct pies *p) {
    struct pies_item *item = &p->item;
    struct fault row = {0};
    const struct sink *sink = p->sink;
    p->open = false;
    p->segment = p->dropped = OTHER;
    item->brand = p->field[BRAND];
    item->brand_label = p->field[BRAND_LABEL];
    item->type_id = p->field[PART_TYPE];
    pies_item_attribute(item, SLICE("gtin"), p->field[GTIN], SLICE_NONE);
    struct slice sub_brand = pies_item_name(item, "Brand", p->field[SUB_BRAND]);
    pies_item_attribute(item, SLICE("sub_brand"), sub_brand.n ? sub_brand : p->field[SUB_BRAND_LABEL], SLICE_NONE);
    item->doc.universal = slice_is(p->field[ACES_APPLICATIONS], "N");
    int32_t available = day_of(p->field[AVAILABLE], 0);
    item->doc.created_day = available > 0 ? (uint32_t)available : 0;
    pies_item_finish(item);
    const char *flaw = item_flaw(p);
    enum err err = flaw ? ERR_BAD_REQUEST : item_deliver(p, &row);
    if (err == ERR_OK) {
        p->result->items++;
        p->result->removed += p->deletion;
        if (item->left_out) sink->report(sink->arg, SINK_WARNING, p->line, item->left_out);
    } else if (sink_rejects(err)) {
        p->result->rejected++;
        sink->report(sink->arg, SINK_REJECTED, p->line, flaw ? flaw : row.message[0] ? row.message : "there is no such product");
    } else {
        if (p->why) *p->why = row;
        xml_stop(x, err);
    }
    if (sink->tick && p->result->items % TICK_ITEMS == 0) sink->tick(sink->arg);
}

// ---- element starts ---------------------------------------------------------------------------------------------------------------
static void item_start(struct xml *x, struct pies *p, const char **attributes) {
    if (p->open) {
        p->item.broken = "an Item inside an Item";
        return;
    }
    arena_reset(&p->arena);
    pies_item_begin(&p->item, &p->arena, p->item.map);
    fields_clear(p, 0, FIELD_COUNT);
    p->open = true;
    p->segment = p->dropped = OTHER;
    p->line = xml_line(x);
    p->deletion = slice_is(xml_attribute(attributes, "MaintenanceType"), "D");
}

static void segment_start(struct pies *p, int kind, const char **attributes) {
    static const unsigned RANGES[][3] = {{PRICE_SHEET, PRICING_FIRST, PACKAGE_FIRST}, {PRICING, PRICING_FIRST, PACKAGE_FIRST},
                                         {PACKAGE, PACKAGE_FIRST, HAZARD_FIRST}, {HAZARD, HAZARD_FIRST, COMPONENT_FIRST},
                                         {COMPONENT, COMPONENT_FIRST, DIGITAL_FIRST}, {DIGITAL_FILE, DIGITAL_FIRST, FIELD_COUNT}};
    if (kind == HAZARD) p->outer = p->segment;
    p->segment = kind;
    for (unsigned i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (RANGES[i][0] == (unsigned)kind) fields_clear(p, RANGES[i][1], RANGES[i][2]);
    if (slice_is(xml_attribute(attributes, "MaintenanceType"), "D")) p->dropped = kind;
    if (kind == PRICING) p->price_type = kept_attribute(p, attributes, "PriceType");
    if (kind != INTERCHANGE) return;
    p->interchange_brand = either_attribute(p, attributes, "BrandAAIAID", "BrandID");
    p->interchange_label = kept_attribute(p, attributes, "BrandLabel");
}

static void description_start(struct xml *x, struct pies *p, const char **attributes) {
    if (p->segment) return; // of a component, of dangerous goods
    p->code = kept_attribute(p, attributes, "DescriptionCode");
    p->language = kept_attribute(p, attributes, "LanguageCode");
    xml_collect(x);
}

static void product_attribute_start(struct xml *x, struct pies *p, const char **attributes) {
    p->code = kept_attribute(p, attributes, "AttributeID");
    p->language = kept_attribute(p, attributes, "LanguageCode");
    p->unit = kept_attribute(p, attributes, "AttributeUOM");
    p->padb = slice_is(xml_attribute(attributes, "PADBAttribute"), "Y");
    xml_collect(x);
}

static void number_start(struct xml *x, struct pies *p, const char **attributes) {
    p->quantity = kept_attribute(p, attributes, "InterchangeQuantity");
    p->note = kept_attribute(p, attributes, "InterchangeNotes");
    p->reference = kept_attribute(p, attributes, "ReferenceItem");
    xml_collect(x);
}

static void quantity_start(struct xml *x, struct pies *p, const char **attributes) {
    p->unit = kept_attribute(p, attributes, "UOM");
    p->code = kept_attribute(p, attributes, "Qualifier");
    xml_collect(x);
}

static bool is_leaf_segment(int kind) { return kind == DESCRIPTION || kind == ATTRIBUTE || kind == EXTENDED; }

static void element_start(struct xml *x, struct pies *p, int kind, const char **attributes) {
    if (p->dropped || (is_leaf_segment(kind) && slice_is(xml_attribute(attributes, "MaintenanceType"), "D"))) return;
    switch (kind) {
    case PRICING: case PACKAGE: case HAZARD: case COMPONENT: case INTERCHANGE: case DIGITAL_FILE: segment_start(p, kind, attributes); break;
    case DESCRIPTION: description_start(x, p, attributes); break;
    case ATTRIBUTE: product_attribute_start(x, p, attributes); break;
    case EXTENDED:
        p->code = kept_attribute(p, attributes, "EXPICode");
        xml_collect(x);
        break;
    case PART_NUMBER: number_start(x, p, attributes); break;
    case SIZE: case PER_APPLICATION: case MINIMUM_ORDER: quantity_start(x, p, attributes); break;
    case WEIGHTS: p->field[WEIGHT_UNIT] = kept_attribute(p, attributes, "UOM"); break;
    case DIMENSIONS: p->field[DIMENSIONS_UNIT] = kept_attribute(p, attributes, "UOM"); break;
    default:
        if (kind >= ITEM_FIRST) xml_collect(x);
    }
}

static void on_start(struct xml *x, struct slice name, const char **attributes) {
    struct pies *p = xml_arg(x);
    int kind = xml_name_kind(&p->names, name);
    if (kind == PIES) p->is_pies = true;
    else if (kind == ITEM) item_start(x, p, attributes);
    else if (p->open) element_start(x, p, kind, attributes);
    else if (kind == HEADER || kind == PRICE_SHEET) {
        arena_reset(&p->arena);
        segment_start(p, PRICE_SHEET, attributes);
        p->field[LANGUAGE] = SLICE_NONE;
    } else if (p->segment && (kind == LANGUAGE || kind >= PRICING_FIRST)) xml_collect(x);
}

// ---- element ends ---------------------------------------------------------------------------------------------------------------
static void part_number_end(struct pies *p, struct slice text) {
    if (p->segment == INTERCHANGE) {
        struct pies_number number = {p->interchange_brand, p->interchange_label, keep(p, text), p->quantity, p->note, p->reference};
        pies_item_number(&p->item, &number);
    } else if (text.n > LIMIT_PART_NUMBER_BYTES) p->item.broken = "PartNumber is too long";
    else p->item.doc.number = keep(p, text);
}

// A value that names no language belongs to none: "1500 LM".
static void attribute_end(struct pies *p, struct slice value) {
    enum pies_language language = p->language.n ? language_of(p, p->language) : PIES_ENGLISH;
    pies_item_product_attribute(&p->item, p->code, p->padb, language, value, p->unit);
}

static void leaf_end(struct pies *p, int kind, struct slice text) {
    struct pies_item *item = &p->item;
    switch (kind) {
    case DESCRIPTION: pies_item_description(item, p->code, language_of(p, p->language), keep(p, text)); break;
    case ATTRIBUTE: attribute_end(p, keep(p, text)); break;
    case EXTENDED: pies_item_extended(item, p->code, keep(p, text)); break;
    case PART_NUMBER: part_number_end(p, text); break;
    case SIZE: pies_item_size(item, keep(p, text), p->unit); break;
    case PER_APPLICATION: pies_item_per_application(item, keep(p, text), p->unit, p->code); break;
    case MINIMUM_ORDER: pies_item_attribute(item, SLICE("minimum_order_quantity"), keep(p, text), slice_is(p->unit, "EA") ? SLICE_NONE : p->unit); break;
    default:
        if (kind >= ITEM_FIRST && kind < FIELD_COUNT) p->field[kind] = keep(p, text);
    }
}

static void element_end(struct pies *p, int kind, struct slice text) {
    bool segment = kind >= PRICING && kind <= DIGITAL_FILE;
    if (p->dropped) {
        if (kind == p->dropped) p->segment = p->dropped = OTHER;
    } else if (segment) segment_end(p, kind);
    else if (text.n) leaf_end(p, kind, text);
}

static void header_element_end(struct pies *p, int kind, struct slice text) {
    if (kind == HEADER) header_end(p);
    else if (kind == PRICE_SHEET) sheet_end(p);
    if (kind == HEADER || kind == PRICE_SHEET) p->segment = p->dropped = OTHER;
    else if (p->segment && text.n && kind) p->field[kind] = keep(p, text);
}

static void on_end(struct xml *x, struct slice name, struct slice text) {
    struct pies *p = xml_arg(x);
    int kind = xml_name_kind(&p->names, name);
    bool overflow = xml_overflow(x);
    if (!p->open) header_element_end(p, kind, text);
    else if (overflow && kind == DESCRIPTION) p->item.left_out = "a description longer than the limit is left out";
    else if (kind == ITEM) item_end(x, p);
    else {
        if (overflow) p->item.broken = "a text is longer than the limit";
        element_end(p, kind, text);
    }
}

enum err pies_read_at(struct input *in, const struct idmap *map, const struct sink *sink, const struct clock *clock,
                      struct pies_result *out, struct fault *why) {
    struct pies *p = calloc(1, sizeof *p);
    memset(out, 0, sizeof *out);
    if (!p) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    *p = (struct pies){.sink = sink, .result = out, .why = why, .today = (int32_t)(clock_unix_ms(clock) / DAY_MS), .item.map = map};
    struct xml_handlers handlers = {on_start, on_end, p};
    xml_names_init(&p->names, ELEMENTS, sizeof ELEMENTS / sizeof *ELEMENTS);
    arena_init(&p->arena, 64 * 1024, 16u << 20);
    enum err err = xml_read(in, &handlers, why);
    bool is_pies = p->is_pies;
    arena_destroy(&p->arena);
    free(p);
    if (err == ERR_OK && !is_pies) return fault_set(why, ERR_BAD_REQUEST, "", "%s is not a PIES document", input_name(in));
    return err;
}
