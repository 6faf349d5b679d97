#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "data-tools/pies.h"
#include "index/base/limits.h"
#include "tests/idmap_lines.h"

struct capture { struct buf text, reports; };

static void product_print(struct buf *b, const struct product_doc *d) {
    buf_printf(b, "%.*s|%.*s|%.*s|%.*s|%.*s|", SLICE_ARGS(d->brand), SLICE_ARGS(d->number), SLICE_ARGS(d->type), SLICE_ARGS(d->title),
               SLICE_ARGS(d->title_zh));
    buf_printf(b, "%lld fen, %lld cents|%d|rated %u by %u, popular %.2f|day %u|pack of %u|%.*s", (long long)d->cny_fen, (long long)d->usd_cents,
               d->universal, d->rating_x100, d->rating_count, (double)d->popularity, d->created_day, d->pack_quantity, SLICE_ARGS(d->image));
    for (unsigned i = 0; i < d->attr_count; i++) buf_printf(b, "|%.*s=%.*s", SLICE_ARGS(d->attrs[i].name), SLICE_ARGS(d->attrs[i].value));
    for (unsigned i = 0; i < d->number_count; i++)
        buf_printf(b, "|%s %.*s %.*s x%u (%.*s)", number_relation_name(d->numbers[i].relation), SLICE_ARGS(d->numbers[i].brand),
                   SLICE_ARGS(d->numbers[i].number), d->numbers[i].quantity, SLICE_ARGS(d->numbers[i].note));
    for (unsigned i = 0; i < d->component_count; i++)
        buf_printf(b, "|holds %ux %.*s %.*s%s", d->components[i].quantity, SLICE_ARGS(d->components[i].brand), SLICE_ARGS(d->components[i].number),
                   d->components[i].sold_separately ? " (also sold alone)" : "");
    buf_char(b, '\n');
}

static enum err capture_product(void *arg, const struct product_doc *doc, struct fault *why) {
    struct capture *c = arg;
    if (slice_is(doc->number, "REFUSED")) return fault_set(why, ERR_BAD_REQUEST, "number", "no such thing");
    product_print(&c->text, doc);
    return ERR_OK;
}

static enum err capture_remove(void *arg, struct slice brand, struct slice number, struct fault *why) {
    struct capture *c = arg;
    (void)why;
    if (slice_is(number, "ABSENT")) return ERR_NOT_FOUND;
    buf_printf(&c->text, "remove %.*s %.*s\n", SLICE_ARGS(brand), SLICE_ARGS(number));
    return ERR_OK;
}

static void capture_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct capture *c = arg;
    buf_printf(&c->reports, "%llu %s%s\n", (unsigned long long)line, what == SINK_WARNING ? "warning: " : "", message);
}

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {{"Brand", "BBBB", "Mann-Filter"}, {"Brand", "CCCC", "Bosch"}, {"Maker", "VWAG", "Volkswagen"},
                                           {"PartType", "5340", "oil_filter"}, {"PartType", "1684", "brake_pad"}, {"Attribute", "77", "height_mm"},
                                           {"ProductAttribute", "88", "thread"}, {"ProductAttribute", "89", "finish"},
                                           {"ExtendedInformation", "XSB", "superseded_by"}, {"ExtendedInformation", "WTY", "warranty"}};
    return IDMAP_OF(LINES);
}

static int64_t june_2026(void *state) {
    (void)state;
    return 1781481600000; // 2026-06-15
}

static enum err read_text(const char *text, struct capture *c, struct pies_result *r, struct fault *why) {
    struct sink sink = {.arg = c, .product = capture_product, .remove = capture_remove, .report = capture_report};
    const struct clock clock = {.unix_ms = june_2026};
    struct idmap *map = map_make();
    struct input *in = input_of_memory(slice_str(text));
    buf_init(&c->text, NULL, 1024);
    buf_init(&c->reports, NULL, 1024);
    enum err err = pies_read_at(in, map, &sink, &clock, r, why);
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
           "Mann-Filter|W 719|oil_filter|Oil Filter & Seal|机油滤清器|3900 fen, 1235 cents|0|rated 425 by 12, popular 0.50|day 10|pack of 6|https://example.com/1.jpg"
           "|height_mm=95 MM|style=spin-on|package_weight=1.2|oe Volkswagen 06A115561B x1 ()|competitor Bosch P3318 x2 ()"
           "|competitor Hengst H90W x1 ()\n", "");
}

static void what_is_not_said(void **state) {
    (void)state;
    expect(HEAD ITEM("<PartNumber>1</PartNumber><BrandAAIAID>QQQQ</BrandAAIAID><BrandLabel>Quick</BrandLabel><PartTerminologyID>9</PartTerminologyID>"
                     "<ACESApplications>N</ACESApplications><Prices><Pricing><CurrencyCode>EUR</CurrencyCode><Price>1</Price></Pricing></Prices>") TAIL,
           "Quick|1|pcdb-9|||-1 fen, -1 cents|1|rated 0 by 0, popular 0.00|day 0|pack of 1|\n", "");
}

static void items_that_cannot_be_used(void **state) {
    (void)state;
    expect(HEAD ITEM("<BrandAAIAID>BBBB</BrandAAIAID><PartTerminologyID>5340</PartTerminologyID>")
           ITEM("<PartNumber>1</PartNumber><PartTerminologyID>5340</PartTerminologyID>") ITEM("<PartNumber>1</PartNumber><BrandAAIAID>BBBB</BrandAAIAID>")
           ITEM(IDENTITY "<Prices><Pricing><Price>dear</Price></Pricing></Prices>") "<Item MaintenanceType=\"D\"><PartNumber>1</PartNumber></Item>\n"
           ITEM("<PartNumber>REFUSED</PartNumber><BrandAAIAID>BBBB</BrandAAIAID><PartTerminologyID>5340</PartTerminologyID>") TAIL, "",
           "2 PartNumber is missing\n3 BrandAAIAID is missing\n4 PartTerminologyID is missing\n5 Price is not a number\n"
           "6 BrandAAIAID is missing\n7 no such thing\n");
}

static void one_item_leaves_nothing_to_the_next(void **state) {
    (void)state;
    expect(HEAD ITEM(IDENTITY "<ProductAttributes><ProductAttribute AttributeID=\"a\">1</ProductAttribute></ProductAttributes>"
                     "<PartInterchangeInfo><PartInterchange BrandLabel=\"X\"><PartNumber>Y</PartNumber></PartInterchange></PartInterchangeInfo>")
           ITEM(IDENTITY) TAIL,
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1||a=1|competitor X Y x1 ()\n"
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|\n", "");
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

// ---- by version -------------------------------------------------------------------------------------------------------------
static void version_6_7(void **state) {
    (void)state;
    expect("<PIES xmlns=\"http://www.autocare.org\"><TestFile>false</TestFile><Header><PIESVersion>6.7</PIESVersion><SubmissionType>FULL</SubmissionType>"
           "<CurrencyCode>USD</CurrencyCode><LanguageCode>EN</LanguageCode></Header><Items>"
           "<Item MaintenanceType=\"A\"><PartNumber>KIT-9</PartNumber><BrandAAIAID>BBBB</BrandAAIAID><BrandLabel>Mann</BrandLabel>"
           "<ACESApplications>Y</ACESApplications><PartTerminologyID>1684</PartTerminologyID>"
           "<Descriptions><Description MaintenanceType=\"A\" DescriptionCode=\"DES\">Brake kit</Description></Descriptions>"
           "<Prices><Pricing MaintenanceType=\"A\" PriceType=\"RET\"><PriceSheetNumber>1</PriceSheetNumber><Price UOM=\"PE\">80.00</Price></Pricing></Prices>"
           "<ExtendedInformation><ExtendedProductInformation MaintenanceType=\"A\" EXPICode=\"CTO\">DE</ExtendedProductInformation>"
           "<ExtendedProductInformation MaintenanceType=\"A\" EXPICode=\"LIS\">9</ExtendedProductInformation></ExtendedInformation>"
           "<Packages><Package MaintenanceType=\"A\"><PackageLevelGTIN>04012345678901</PackageLevelGTIN><PackageUOM>EA</PackageUOM>"
           "<QuantityofEaches>1</QuantityofEaches><Dimensions UOM=\"CM\"><Height>1</Height><ShippingHeight>10</ShippingHeight><ShippingWidth>20</ShippingWidth>"
           "<ShippingLength>30</ShippingLength></Dimensions><Weights UOM=\"KG\"><Weight>4.5</Weight></Weights>"
           "<HazardousMaterial MaintenanceType=\"A\"><Regulated>Y</Regulated><Description>airbag parts</Description><UNNAIDCode>UN3268</UNNAIDCode></HazardousMaterial>"
           "</Package></Packages>"
           "<Kits><KitComponent MaintenanceType=\"A\"><ComponentPartNumber IDQualifier=\"MG\">PAD-1</ComponentPartNumber><ComponentBrand>BBBB</ComponentBrand>"
           "<Description DescriptionCode=\"TLE\">Pads</Description><QuantityInKit UOM=\"EA\">1</QuantityInKit></KitComponent>"
           "<KitComponent MaintenanceType=\"A\"><ComponentPartNumber>DISC-1</ComponentPartNumber><ComponentBrand>QQQQ</ComponentBrand>"
           "<ComponentBrandLabel>Quick</ComponentBrandLabel><QuantityInKit UOM=\"EA\">2.00</QuantityInKit></KitComponent></Kits>"
           "<PartInterchangeInfo><PartInterchange MaintenanceType=\"A\" BrandAAIAID=\"CCCC\"><PartNumber InterchangeQuantity=\"2.0\" InterchangeNotes=\"long type\""
           " ReferenceItem=\"A-7\">BP1</PartNumber></PartInterchange><PartInterchange BrandAAIAID=\"VWAG\"><PartNumber ReferenceItem=\"Y\">5Q0698151</PartNumber>"
           "</PartInterchange></PartInterchangeInfo></Item></Items></PIES>",
           "Mann-Filter|KIT-9|brake_pad|Brake kit||-1 fen, 8000 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|"
           "|country_of_origin=DE|life_cycle=obsolete|hazardous=yes|un_number=UN3268|package_weight=4.5 KG|package_dimensions=10 x 20 x 30 CM"
           "|gtin=04012345678901|competitor Bosch BP1 x2 (long type; reference item A-7)|oe Volkswagen 5Q0698151 x1 ()"
           "|holds 1x Mann-Filter PAD-1|holds 2x Quick DISC-1\n", "");
}

static void version_7_2(void **state) {
    (void)state;
    expect(HEAD "<Item MaintenanceType=\"C\"><ItemLevelGTIN GTINQualifier=\"UP\">00012345678905</ItemLevelGTIN><PartNumber>PLUG-4</PartNumber>"
           "<BrandAAIAID>CCCC</BrandAAIAID><SubBrandAAIAID>SSSS</SubBrandAAIAID><SubBrandLabel>Bosch Double Platinum</SubBrandLabel>"
           "<ACESApplications>Y</ACESApplications><ItemQuantitySize UOM=\"EA\">4</ItemQuantitySize>"
           "<QuantityPerApplication Qualifier=\"MAX\" UOM=\"EA\">8</QuantityPerApplication><MinimumOrderQuantity UOM=\"EA\">2</MinimumOrderQuantity>"
           "<PartTerminologyID>5340</PartTerminologyID>"
           "<Descriptions><Description MaintenanceType=\"A\" DescriptionCode=\"MKT\" LanguageCode=\"EN\">The best of plugs.</Description>"
           "<Description MaintenanceType=\"A\" DescriptionCode=\"DES\" LanguageCode=\"ES\">Bujía</Description>"
           "<Description MaintenanceType=\"A\" DescriptionCode=\"INV\" LanguageCode=\"EN\">PLUG 4PK</Description>"
           "<Description MaintenanceType=\"A\" DescriptionCode=\"TLE\" LanguageCode=\"EN\">Spark Plugs, 4-Pack</Description>"
           "<Description MaintenanceType=\"D\" DescriptionCode=\"TLE\" LanguageCode=\"ZH\">旧名</Description>"
           "<Description MaintenanceType=\"A\" DescriptionCode=\"MKT\" LanguageCode=\"ZH\">四支装火花塞</Description>"
           "<Description MaintenanceType=\"A\" DescriptionCode=\"KEY\" LanguageCode=\"EN\" Sequence=\"1\">ignition</Description>"
           "<Description MaintenanceType=\"A\" DescriptionCode=\"KEY\" LanguageCode=\"EN\" Sequence=\"2\">tune up</Description></Descriptions>"
           "<Packages><Package MaintenanceType=\"A\"><PackageUOM>CA</PackageUOM><QuantityofEaches>48</QuantityofEaches><Weights UOM=\"PG\"><Weight>9</Weight></Weights>"
           "</Package></Packages></Item>\n"
           "<Item MaintenanceType=\"D\">" IDENTITY "</Item>\n<Item MaintenanceType=\"D\"><PartNumber>ABSENT</PartNumber><BrandAAIAID>BBBB</BrandAAIAID></Item>" TAIL,
           "Bosch|PLUG-4|oil_filter|Spark Plugs, 4-Pack|四支装火花塞|-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 4|"
           "|quantity_per_application=MAX 8|minimum_order_quantity=2|keywords=ignition|keywords=tune up|gtin=00012345678905|sub_brand=Bosch Double Platinum"
           "|description=The best of plugs.\nremove Mann-Filter W 719\n", "4 there is no such product\n");
}

static void version_8_0(void **state) {
    (void)state;
    expect("<PIES xmlns=\"http://www.autocare.org\"><Header><PIESVersion>8.0</PIESVersion><SubmissionType>UPDATE</SubmissionType><CurrencyCode>USD</CurrencyCode>"
           "<LanguageCode>ZH</LanguageCode></Header><Items>\n"
           "<Item MaintenanceType=\"A\"><PartNumber>B-2</PartNumber><BrandID>BBBB</BrandID><SubBrandID>CCCC</SubBrandID><ACESApplications>N</ACESApplications>"
           "<ItemQuantitySize UOM=\"ML\">500</ItemQuantitySize><PartTerminologyID>99</PartTerminologyID>"
           "<Descriptions><Description MaintenanceType=\"A\" DescriptionCode=\"DES\">灯泡</Description></Descriptions>"
           "<ProductAttributes><ProductAttribute AttributeID=\"88\" PADBAttribute=\"Y\" RecordNumber=\"1\">M14</ProductAttribute>"
           "<ProductAttribute AttributeID=\"88\" PADBAttribute=\"Y\" RecordNumber=\"2\">M16</ProductAttribute>"
           "<ProductAttribute AttributeID=\"88\" PADBAttribute=\"Y\" RecordNumber=\"3\">M16</ProductAttribute>"
           "<ProductAttribute AttributeID=\"90\" PADBAttribute=\"Y\" AttributeUOM=\"LM\" LanguageCode=\"EN\">1500</ProductAttribute>"
           "<ProductAttribute AttributeID=\"89\" PADBAttribute=\"Y\" LanguageCode=\"EN\">Black</ProductAttribute>"
           "<ProductAttribute AttributeID=\"89\" PADBAttribute=\"Y\" LanguageCode=\"ZH\">黑</ProductAttribute>"
           "<ProductAttribute AttributeID=\"89\" PADBAttribute=\"Y\" LanguageCode=\"FR\">Noir</ProductAttribute>"
           "<ProductAttribute AttributeID=\"gone\" PADBAttribute=\"N\" MaintenanceType=\"D\">x</ProductAttribute></ProductAttributes>"
           "<ExtendedInformation><ExtendedProductInformation EXPICode=\"XSB\">B-3</ExtendedProductInformation>"
           "<ExtendedProductInformation EXPICode=\"WTY\">24</ExtendedProductInformation><ExtendedProductInformation EXPICode=\"ZZZ\">?</ExtendedProductInformation>"
           "</ExtendedInformation>"
           "<Packages><Package><PackageUOM>EA</PackageUOM><QuantityofEaches>1</QuantityofEaches><Orderable>N</Orderable></Package>"
           "<Package><PackageUOM>PK</PackageUOM><QuantityofEaches>2</QuantityofEaches><Orderable>Y</Orderable><PackagingItems><PackagingItem>"
           "<PackagingItemWeight UOM=\"KG\">7</PackagingItemWeight></PackagingItem></PackagingItems></Package>"
           "<Package><PackageUOM>PK</PackageUOM><QuantityofEaches>10</QuantityofEaches></Package></Packages>"
           "<Kits><KitComponent><ComponentPartNumber>LEFT</ComponentPartNumber><ComponentBrandID>CCCC</ComponentBrandID><Description DescriptionCode=\"DES\">"
           "Left one</Description><QuantityInKit UOM=\"EA\">1</QuantityInKit><SoldSeparately>Y</SoldSeparately></KitComponent>"
           "<KitComponent><ComponentPartNumber>RIGHT</ComponentPartNumber><QuantityInKit UOM=\"EA\">1</QuantityInKit><SoldSeparately>N</SoldSeparately></KitComponent>"
           "<KitComponent MaintenanceType=\"D\"><ComponentPartNumber>OLD</ComponentPartNumber><QuantityInKit UOM=\"EA\">0</QuantityInKit></KitComponent></Kits>"
           "<PartInterchangeInfo><PartInterchange BrandID=\"CCCC\" MaintenanceType=\"A\"><PartNumber>X1</PartNumber><PartNumber InterchangeQuantity=\"3\">X2</PartNumber>"
           "</PartInterchange><PartInterchange BrandID=\"CCCC\" MaintenanceType=\"D\"><PartNumber>X3</PartNumber></PartInterchange></PartInterchangeInfo>"
           "<DigitalAssets><DigitalFileInformation><FileName>a.pdf</FileName><AssetType>INS</AssetType><URI>https://e/ins.pdf</URI></DigitalFileInformation>"
           "<DigitalFileInformation><FileName>b.jpg</FileName><AssetType>P03</AssetType><FileType>JPG</FileType><URI>https://e/3.jpg</URI></DigitalFileInformation>"
           "<DigitalFileInformation><FileName>c.jpg</FileName><AssetType>P04</AssetType><FileType>TIF</FileType><URI>https://e/4.tif</URI></DigitalFileInformation>"
           "<DigitalFileInformation><FileName>d.jpg</FileName><AssetType>P01</AssetType><FileType>PNG</FileType><URI>https://e/1.png</URI></DigitalFileInformation>"
           "<DigitalFileInformation MaintenanceType=\"D\"><AssetType>P04</AssetType><FileType>PNG</FileType><URI>https://e/old.png</URI></DigitalFileInformation>"
           "</DigitalAssets></Item></Items></PIES>",
           "Mann-Filter|B-2|pcdb-99||灯泡|-1 fen, -1 cents|1|rated 0 by 0, popular 0.00|day 0|pack of 2|https://e/1.png"
           "|content=500 ML|thread=M14|thread=M16|padb-90=1500 LM|finish=Black|finish_zh=黑|warranty=24|sub_brand=Bosch"
           "|superseded_by Mann-Filter B-3 x1 ()|competitor Bosch X1 x1 ()|competitor Bosch X2 x3 ()|holds 1x Bosch LEFT (also sold alone)|holds 1x Mann-Filter RIGHT\n",
           "");
}

// ---- which price ------------------------------------------------------------------------------------------------------------
#define PRICE(attributes, content) "<Pricing MaintenanceType=\"A\" " attributes ">" content "</Pricing>"
static void expect_cents(const char *sheets, const char *prices, long cents, const char *attributes) {
    char document[8192], wanted[512];
    snprintf(document, sizeof document, "<PIES><Header><CurrencyCode>USD</CurrencyCode></Header><PriceSheets>%s</PriceSheets><Items>" ITEM(IDENTITY "<Prices>%s</Prices>") TAIL,
             sheets, prices);
    snprintf(wanted, sizeof wanted, "Mann-Filter|W 719|oil_filter|||-1 fen, %ld cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|%s\n", cents, attributes);
    expect(document, wanted, "");
}

static void prices_of_today_for_one(void **state) {
    (void)state;
    expect_cents("", PRICE("PriceType=\"RET\"", "<ExpirationDate>2026-06-14</ExpirationDate><Price>1</Price>"), -1, "");
    expect_cents("", PRICE("PriceType=\"RET\"", "<ExpirationDate>2026-06-15</ExpirationDate><Price>1</Price>"), 100, "");
    expect_cents("", PRICE("PriceType=\"RET\"", "<EffectiveDate>2026-06-16</EffectiveDate><Price>1</Price>"), -1, "");
    expect_cents("", PRICE("PriceType=\"RET\"", "<EffectiveDate>2025-01-01</EffectiveDate><Price>2</Price>")
                     PRICE("PriceType=\"RET\"", "<EffectiveDate>2026-01-01</EffectiveDate><Price>3</Price>")
                     PRICE("PriceType=\"RET\"", "<EffectiveDate>2024-01-01</EffectiveDate><Price>4</Price>"), 300, "");
    expect_cents("", PRICE("PriceType=\"RET\"", "<Price>5</Price><PriceBreak UOM=\"EA\">10</PriceBreak>")
                     PRICE("PriceType=\"RET\"", "<Price>6</Price><PriceBreak UOM=\"EA\">1</PriceBreak>"), 600, "");
    expect_cents("", PRICE("PriceType=\"RET\"", "<Price>7</Price><PriceMultiplier>0.5</PriceMultiplier>"), -1, "");
    expect_cents("", PRICE("PriceType=\"JBR\"", "<Price>8</Price>") PRICE("PriceType=\"LST\"", "<Price>9</Price>"), 900, "");
    expect_cents("", PRICE("PriceType=\"COR\"", "<Price>10</Price>"), -1, "|core_charge=10 USD");
    expect_cents("", PRICE("PriceType=\"RET\"", "<CurrencyCode>EUR</CurrencyCode><Price>11</Price>"), -1, "");
}

static void price_sheets_say_what_prices_do_not(void **state) {
    (void)state;
    static const char SHEETS[] =
        "<PriceSheet MaintenanceType=\"A\"><PriceSheetNumber>OLD</PriceSheetNumber><ExpirationDate>2025-12-31</ExpirationDate></PriceSheet>"
        "<PriceSheet MaintenanceType=\"A\"><PriceSheetNumber>EURO</PriceSheetNumber><CurrencyCode>EUR</CurrencyCode></PriceSheet>"
        "<PriceSheet MaintenanceType=\"D\"><PriceSheetNumber>NEW</PriceSheetNumber><ExpirationDate>2025-12-31</ExpirationDate></PriceSheet>";
    expect_cents(SHEETS, PRICE("PriceType=\"RET\"", "<PriceSheetNumber>OLD</PriceSheetNumber><Price>1</Price>"), -1, "");
    expect_cents(SHEETS, PRICE("PriceType=\"RET\"", "<PriceSheetNumber>OLD</PriceSheetNumber><ExpirationDate>2027-01-01</ExpirationDate><Price>2</Price>"), 200, "");
    expect_cents(SHEETS, PRICE("PriceType=\"RET\"", "<PriceSheetNumber>EURO</PriceSheetNumber><Price>3</Price>"), -1, "");
    expect_cents(SHEETS, PRICE("PriceType=\"RET\"", "<PriceSheetNumber>NEW</PriceSheetNumber><Price>4</Price>"), 400, ""); // the header's currency
}

// ---- what cannot be used ------------------------------------------------------------------------------------------------------
static void a_long_description_is_left_out(void **state) {
    (void)state;
    static char document[8192], text[LIMIT_TEXT_BYTES + 2];
    memset(text, 'x', sizeof text - 1);
    snprintf(document, sizeof document, HEAD ITEM(IDENTITY "<Descriptions><Description DescriptionCode=\"TLE\">%s</Description><Description DescriptionCode=\"DES\">Short"
             "</Description></Descriptions>") TAIL, text);
    expect(document, "Mann-Filter|W 719|oil_filter|Short||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|\n",
           "2 warning: a description longer than the limit is left out\n");
    snprintf(document, sizeof document, HEAD ITEM(IDENTITY "<ItemLevelGTIN>%s</ItemLevelGTIN>") TAIL, text);
    expect(document, "", "2 a text is longer than the limit\n");
}

static void pieces_that_are_left_out(void **state) {
    (void)state;
    expect(HEAD ITEM(IDENTITY "<PartInterchangeInfo><PartInterchange BrandID=\"CCCC\"><PartNumber InterchangeQuantity=\"0.5\">H</PartNumber></PartInterchange></PartInterchangeInfo>")
           ITEM(IDENTITY "<PartInterchangeInfo><PartInterchange><PartNumber>H</PartNumber></PartInterchange></PartInterchangeInfo>")
           ITEM(IDENTITY "<Kits><KitComponent><QuantityInKit>1</QuantityInKit></KitComponent></Kits>")
           ITEM(IDENTITY "<Kits><KitComponent><ComponentPartNumber>A</ComponentPartNumber><QuantityInKit>1.5</QuantityInKit></KitComponent></Kits>")
           ITEM(IDENTITY "<Packages><Package><QuantityofEaches>many</QuantityofEaches></Package></Packages>") ITEM(ITEM(IDENTITY)) TAIL,
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|\n"
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|\n"
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|\n",
           "2 warning: an interchange number whose quantity is no whole number of pieces is left out\n3 warning: an interchange number without a brand is left out\n"
           "4 warning: a kit component without a number is left out\n5 QuantityInKit is not a whole number of pieces\n6 QuantityofEaches is not a number\n"
           "7 an Item inside an Item\n");
}

static void the_exempt_are_not_dangerous(void **state) {
    (void)state;
    expect(HEAD ITEM(IDENTITY "<Packages><Package MaintenanceType=\"D\"><QuantityofEaches>4</QuantityofEaches><HazardousMaterial><Regulated>Y</Regulated></HazardousMaterial>"
                     "</Package><Package><HazardousMaterial><Regulated>N</Regulated><UNNAIDCode>UN1</UNNAIDCode></HazardousMaterial></Package></Packages>") TAIL,
           "Mann-Filter|W 719|oil_filter|||-1 fen, -1 cents|0|rated 0 by 0, popular 0.00|day 0|pack of 1|\n", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_item), cmocka_unit_test(what_is_not_said), cmocka_unit_test(items_that_cannot_be_used),
        cmocka_unit_test(one_item_leaves_nothing_to_the_next), cmocka_unit_test(broken_documents), cmocka_unit_test(version_6_7),
        cmocka_unit_test(version_7_2), cmocka_unit_test(version_8_0), cmocka_unit_test(prices_of_today_for_one),
        cmocka_unit_test(price_sheets_say_what_prices_do_not), cmocka_unit_test(a_long_description_is_left_out),
        cmocka_unit_test(pieces_that_are_left_out), cmocka_unit_test(the_exempt_are_not_dangerous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
