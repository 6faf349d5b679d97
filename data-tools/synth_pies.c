#include <stdio.h>
#include <time.h>

#include "synth_product.h"
#include "synth_write.h"

enum { PURPOSE_INTERCHANGE = 30, INTERCHANGE_MAX = 3, ITEM_ARENA_BYTES = 1 << 20 };

struct item_writer {
    const struct synth_plan *plan;
    struct output output;
    struct arena arena;
};

static void date_put(struct buf *out, uint32_t day) {
    time_t seconds = (time_t)day * 86400;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    buf_printf(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void title_write(struct item_writer *w, const struct synth_product *product, bool chinese) {
    struct buf title, *out = &w->output.buf;
    buf_init(&title, &w->arena, 256);
    synth_product_title(w->plan, product, chinese, &title);
    buf_printf(out, "<Description MaintenanceType=\"A\" DescriptionCode=\"DES\" LanguageCode=\"%s\">", chinese ? "ZH" : "EN");
    synth_xml_put(out, buf_slice(&title));
    buf_slice_put(out, SLICE("</Description>"));
}

static void price_write(struct item_writer *w, const char *currency, uint32_t minor) {
    buf_printf(&w->output.buf, "<Pricing MaintenanceType=\"A\" PriceType=\"RET\"><CurrencyCode>%s</CurrencyCode><Price UOM=\"PE\">%u.%02u</Price></Pricing>",
               currency, minor / 100, minor % 100);
}

static void attribute_write(struct item_writer *w, struct slice name, struct slice value) {
    struct buf *out = &w->output.buf;
    buf_slice_put(out, SLICE("<ProductAttribute MaintenanceType=\"A\" AttributeID=\""));
    synth_xml_put(out, name);
    buf_slice_put(out, SLICE("\" PADBAttribute=\"N\">"));
    synth_xml_put(out, value);
    buf_slice_put(out, SLICE("</ProductAttribute>"));
}

static void attributes_write(struct item_writer *w, const struct synth_product *product) {
    struct pair list[SYNTH_ATTRIBUTES_MAX];
    unsigned n = synth_product_attributes(w->plan, product, &w->arena, list);
    buf_slice_put(&w->output.buf, SLICE("<ProductAttributes>"));
    for (unsigned i = 0; i < n; i++) attribute_write(w, list[i].name, list[i].value);
    if (product->rating_count) {
        attribute_write(w, SLICE("rating"), arena_printf(&w->arena, "%u.%02u", product->rating_x100 / 100u, product->rating_x100 % 100u));
        attribute_write(w, SLICE("rating_count"), arena_printf(&w->arena, "%u", product->rating_count));
    }
    double popularity = 1 - exp(-(double)product->demand);
    attribute_write(w, SLICE("popularity"), arena_printf(&w->arena, "%.4f", popularity));
    buf_slice_put(&w->output.buf, SLICE("</ProductAttributes>"));
}

// A pack costs a little less than its pieces.
static uint32_t pack_price(uint32_t minor, unsigned pack) { return pack > 1 ? (uint32_t)((uint64_t)minor * pack * 23 / 25) : minor; }

static void package_write(struct item_writer *w, unsigned pack) {
    if (pack > 1)
        buf_printf(&w->output.buf, "<Packages><Package MaintenanceType=\"A\"><PackageUOM>PK</PackageUOM><QuantityofEaches>%u</QuantityofEaches></Package></Packages>",
                   pack);
}

static void interchange_number(struct item_writer *w, const char *code, struct slice number) {
    buf_printf(&w->output.buf, "<PartInterchange MaintenanceType=\"A\" BrandAAIAID=\"%s\"><PartNumber InterchangeQuantity=\"1\">%.*s</PartNumber></PartInterchange>",
               code, SLICE_ARGS(number));
}

// A few products of other brands that fit the same cars at the same place.
static void competitors_write(struct item_writer *w, const struct synth_product *product, uint32_t index) {
    const struct synth_plan *p = w->plan;
    uint32_t first, count;
    struct rng r = rng_of(p->seed, PURPOSE_INTERCHANGE, index);
    char code[5];
    unsigned wanted = rng_below(&r, INTERCHANGE_MAX + 1);
    synth_plan_range(p, product->family, product->kind, &first, &count);
    for (unsigned i = 0, put = 0; i < count && put < wanted; i++) {
        const struct synth_product *other = &p->products[first + (index - first + 1 + i) % count];
        if (other->brand == product->brand || other->position != product->position || other->variant != product->variant) continue;
        struct buf number;
        buf_init(&number, &w->arena, 64);
        synth_product_number(p, other, &number);
        synth_brand_code(other->brand, code);
        interchange_number(w, code, buf_slice(&number));
        put++;
    }
}

static void interchange_write(struct item_writer *w, const struct synth_product *product, uint32_t index) {
    char number[SYNTH_NUMBER_BYTES], code[5];
    struct slice maker;
    const struct synth_families *f = &w->plan->families;
    if (!synth_product_oe(w->plan, product, number, &maker)) return;
    buf_slice_put(&w->output.buf, SLICE("<PartInterchangeInfo>"));
    synth_maker_code(f->families[product->family].make, code);
    interchange_number(w, code, slice_str(number));
    competitors_write(w, product, index);
    buf_slice_put(&w->output.buf, SLICE("</PartInterchangeInfo>"));
}

static void item_write(struct item_writer *w, uint32_t index) {
    const struct synth_plan *p = w->plan;
    const struct synth_product *product = &p->products[index];
    struct buf *out = &w->output.buf;
    char brand[5], type[16];
    arena_reset(&w->arena);
    synth_brand_code(product->brand, brand);
    synth_type_id(p, product->kind, type);
    buf_slice_put(out, SLICE("<Item MaintenanceType=\"A\"><PartNumber>"));
    synth_product_number(p, product, out);
    buf_printf(out, "</PartNumber><BrandAAIAID>%s</BrandAAIAID><ACESApplications>Y</ACESApplications><PartTerminologyID>%s</PartTerminologyID><AvailableDate>",
               brand, type);
    date_put(out, product->created_day);
    buf_slice_put(out, SLICE("</AvailableDate><Descriptions>"));
    title_write(w, product, false);
    title_write(w, product, true);
    buf_slice_put(out, SLICE("</Descriptions><Prices>"));
    unsigned pack = synth_product_pack(p, product);
    price_write(w, "CNY", pack_price(product->cny_fen, pack));
    price_write(w, "USD", pack_price(product->usd_cents, pack));
    buf_slice_put(out, SLICE("</Prices>"));
    attributes_write(w, product);
    package_write(w, pack);
    interchange_write(w, product, index);
    buf_slice_put(out, SLICE("</Item>\n"));
    output_flush(&w->output);
}

enum err synth_pies_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why) {
    struct item_writer w = {.plan = p};
    TRY(output_open(path, &w.output, why));
    arena_init(&w.arena, 64 * 1024, ITEM_ARENA_BYTES);
    buf_slice_put(&w.output.buf, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PIES xmlns=\"http://www.autocare.org\"><Header><PIESVersion>7.2</PIESVersion>"
                                       "<SubmissionType>FULL</SubmissionType><BlanketEffectiveDate>2026-01-01</BlanketEffectiveDate>"
                                       "<TechnicalContact>rightfit sample data</TechnicalContact><CurrencyCode>USD</CurrencyCode></Header>\n<Items>\n"));
    for (uint32_t i = 0; i < p->product_count; i++) {
        if (p->products[i].family == SYNTH_NO_FAMILY) continue;
        item_write(&w, i);
        counts->items++;
    }
    buf_printf(&w.output.buf, "</Items><Trailer><ItemCount>%llu</ItemCount></Trailer></PIES>\n", (unsigned long long)counts->items);
    arena_destroy(&w.arena);
    return output_close(&w.output, why);
}
