#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "data-tools/pies.h"

struct capture { struct buf text, reports; };

static void product_print(struct buf *b, const struct product_doc *d) {
    buf_printf(b, "%.*s|%.*s|%.*s|%.*s|%.*s|", SLICE_ARGS(d->brand), SLICE_ARGS(d->number), SLICE_ARGS(d->type), SLICE_ARGS(d->title),
               SLICE_ARGS(d->title_zh));
    buf_printf(b, "%lld fen, %lld cents|%d|rated %u by %u, popular %.2f|day %u|%.*s", (long long)d->cny_fen, (long long)d->usd_cents, d->universal,
               d->rating_x100, d->rating_count, (double)d->popularity, d->created_day, SLICE_ARGS(d->image));
    for (unsigned i = 0; i < d->attr_count; i++) buf_printf(b, "|%.*s=%.*s", SLICE_ARGS(d->attrs[i].name), SLICE_ARGS(d->attrs[i].value));
    for (unsigned i = 0; i < d->number_count; i++)
        buf_printf(b, "|%s %.*s %.*s x%u", number_relation_name(d->numbers[i].relation), SLICE_ARGS(d->numbers[i].brand),
                   SLICE_ARGS(d->numbers[i].number), d->numbers[i].quantity);
    buf_char(b, '\n');
}

static enum err capture_product(void *arg, const struct product_doc *doc, struct fault *why) {
    struct capture *c = arg;
    if (slice_is(doc->number, "REFUSED")) return fault_set(why, ERR_BAD_REQUEST, "number", "no such thing");
    product_print(&c->text, doc);
    return ERR_OK;
}

static void capture_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct capture *c = arg;
    assert_int_equal(what, SINK_REJECTED);
    buf_printf(&c->reports, "%llu %s\n", (unsigned long long)line, message);
}

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {{"Brand", "BBBB", "Mann-Filter"}, {"Brand", "CCCC", "Bosch"}, {"Maker", "VWAG", "Volkswagen"},
                                           {"PartType", "5340", "oil_filter"}, {"Attribute", "77", "height_mm"}};
    struct idmap *m = idmap_new();
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
        assert_int_equal(idmap_add(m, slice_str(LINES[i][0]), slice_str(LINES[i][1]), slice_str(LINES[i][2]), NULL), ERR_OK);
    return m;
}

static enum err read_text(const char *text, struct capture *c, struct pies_result *r, struct fault *why) {
    struct sink sink = {.arg = c, .product = capture_product, .report = capture_report};
    struct idmap *map = map_make();
    struct input *in = input_of_memory(slice_str(text));
    buf_init(&c->text, NULL, 1024);
    buf_init(&c->reports, NULL, 1024);
    enum err err = pies_read(in, map, &sink, r, why);
    buf_char(&c->text, 0);
    buf_char(&c->reports, 0);
    input_close(in);
    idmap_free(map);
    return err;
}

static void expect(const char *document, const char *products, const char *reports) {
    struct capture c;
    struct pies_result r;
    struct fault why = {0};
    if (read_text(document, &c, &r, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_string_equal(c.text.p, products);
    assert_string_equal(c.reports.p, reports);
    buf_free(&c.text);
    buf_free(&c.reports);
}

#define HEAD "<PIES xmlns=\"http://www.autocare.org\"><Header><PIESVersion>7.2</PIESVersion><CurrencyCode>USD</CurrencyCode></Header><Items>\n"
#define TAIL "</Items></PIES>"
#define ITEM(content) "<Item MaintenanceType=\"A\">" content "</Item>\n"
#define IDENTITY "<PartNumber>W 719</PartNumber><BrandAAIAID>BBBB</BrandAAIAID><PartTerminologyID>5340</PartTerminologyID>"

static void a_whole_item(void **state) {
    (void)state;
    expect(HEAD ITEM(IDENTITY "<ACESApplications>Y</ACESApplications><AvailableDate>1970-01-11</AvailableDate>"
           "<Descriptions><Description DescriptionCode=\"SHO\" LanguageCode=\"EN\">Short</Description>"
           "<Description DescriptionCode=\"DES\" LanguageCode=\"EN\">Oil Filter &amp; Seal</Description>"
           "<Description DescriptionCode=\"DES\" LanguageCode=\"ZH\">机油滤清器</Description></Descriptions>"
           "<Prices><Pricing PriceType=\"JBR\"><Price UOM=\"PE\">9.99</Price></Pricing><Pricing PriceType=\"RET\"><CurrencyCode>USD</CurrencyCode>"
           "<Price UOM=\"PE\">12.345</Price></Pricing><Pricing PriceType=\"JBR\"><Price>5</Price></Pricing>"
           "<Pricing PriceType=\"RET\"><CurrencyCode>CNY</CurrencyCode><Price>39</Price></Pricing></Prices>"
           "<ProductAttributes><ProductAttribute AttributeID=\"77\" PADBAttribute=\"Y\" AttributeUOM=\"MM\">95</ProductAttribute>"
           "<ProductAttribute AttributeID=\"style\" PADBAttribute=\"N\">spin-on</ProductAttribute>"
           "<ProductAttribute AttributeID=\"rating\" PADBAttribute=\"N\">4.25</ProductAttribute>"
           "<ProductAttribute AttributeID=\"rating_count\" PADBAttribute=\"N\">12</ProductAttribute>"
           "<ProductAttribute AttributeID=\"popularity\" PADBAttribute=\"N\">0.5</ProductAttribute></ProductAttributes>"
           "<Packages><Package><QuantityofEaches>6</QuantityofEaches><Weights><Weight>1.2</Weight></Weights></Package></Packages>"
           "<PartInterchangeInfo><PartInterchange BrandAAIAID=\"VWAG\"><PartNumber>06A115561B</PartNumber></PartInterchange>"
           "<PartInterchange BrandAAIAID=\"CCCC\"><PartNumber InterchangeQuantity=\"2\">P3318</PartNumber></PartInterchange>"
           "<PartInterchange BrandLabel=\"Hengst\"><PartNumber>H90W</PartNumber></PartInterchange></PartInterchangeInfo>"
           "<DigitalAssets><DigitalFileInformation><URI>https://example.com/1.jpg</URI></DigitalFileInformation></DigitalAssets>") TAIL,
           "Mann-Filter|W 719|oil_filter|Oil Filter & Seal|机油滤清器|3900 fen, 1235 cents|0|rated 425 by 12, popular 0.50|day 10|https://example.com/1.jpg"
           "|height_mm=95 MM|style=spin-on|package_quantity=6|package_weight=1.2|oe Volkswagen 06A115561B x1|competitor Bosch P3318 x2"
           "|competitor Hengst H90W x1\n", "");
}

static void what_is_not_said(void **state) {
    (void)state;
    expect(HEAD ITEM("<PartNumber>1</PartNumber><BrandAAIAID>QQQQ</BrandAAIAID><BrandLabel>Quick</BrandLabel><PartTerminologyID>9</PartTerminologyID>"
                     "<ACESApplications>N</ACESApplications><Prices><Pricing><CurrencyCode>EUR</CurrencyCode><Price>1</Price></Pricing></Prices>") TAIL,
           "Quick|1|pcdb-9|||-1 fen, -1 cents|1|rated 0 by 0, popular 0.00|day 0|\n", "");
}

static void items_that_cannot_be_used(void **state) {
    (void)state;
    expect(HEAD ITEM("<BrandAAIAID>BBBB</BrandAAIAID><PartTerminologyID>5340</PartTerminologyID>")
           ITEM("<PartNumber>1</PartNumber><PartTerminologyID>5340</PartTerminologyID>") ITEM("<PartNumber>1</PartNumber><BrandAAIAID>BBBB</BrandAAIAID>")
           ITEM(IDENTITY "<Prices><Pricing><Price>dear</Price></Pricing></Prices>") "<Item MaintenanceType=\"D\">" IDENTITY "</Item>\n"
           ITEM("<PartNumber>REFUSED</PartNumber><BrandAAIAID>BBBB</BrandAAIAID><PartTerminologyID>5340</PartTerminologyID>") TAIL, "",
           "2 PartNumber is missing\n3 BrandAAIAID is missing\n4 PartTerminologyID is missing\n5 Price is not a number\n"
           "6 MaintenanceType=\"D\" is not supported: delete the product by its id\n7 no such thing\n");
}

static void one_item_leaves_nothing_to_the_next(void **state) {
    (void)state;
    expect(HEAD ITEM(IDENTITY "<ProductAttributes><ProductAttribute AttributeID=\"a\">1</ProductAttribute></ProductAttributes>"
                     "<PartInterchangeInfo><PartInterchange BrandLabel=\"X\"><PartNumber>Y</PartNumber></PartInterchange></PartInterchangeInfo>")
           ITEM(IDENTITY) TAIL,
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0||a=1|competitor X Y x1\n"
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|\n", "");
}

static void broken_documents(void **state) {
    (void)state;
    struct capture c;
    struct pies_result r;
    struct fault why = {0};
    assert_int_equal(read_text("<PIES><Items>", &c, &r, &why), ERR_DAMAGED);
    buf_free(&c.text);
    buf_free(&c.reports);
    assert_int_equal(read_text("<ACES/>", &c, &r, &why), ERR_BAD_REQUEST);
    buf_free(&c.text);
    buf_free(&c.reports);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_item), cmocka_unit_test(what_is_not_said), cmocka_unit_test(items_that_cannot_be_used),
        cmocka_unit_test(one_item_leaves_nothing_to_the_next), cmocka_unit_test(broken_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
