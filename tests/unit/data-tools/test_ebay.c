#include "sink_capture.h"

#include "data-tools/ebay.h"
#include "data-tools/vehicle_words.h"

static const struct fitment_options GIVEN = {.brand = "Acme", .type = "oil_filter"};
static const struct fitment_options NOTHING = {NULL, NULL, NULL};

static void check(struct slice table, const struct fitment_options *o, const char *text, const char *reports) {
    struct capture c;
    capture_read(&c, ebay_read, table, o);
    assert_string_equal(c.text.p, text);
    assert_string_equal(c.reports.p, reports);
    capture_free(&c);
}

// File Exchange: compatibility rows follow their listing. Seller Hub: they repeat its custom label.
static void compatibility_rows(void **state) {
    (void)state;
    check(SLICE("#INFO,Version=1.0\n*Action(SiteID=US),CustomLabel,*Title,C:Brand,C:Manufacturer Part Number,C:Type,*StartPrice,Relationship,RelationshipDetails\n"
                "Add,L1,Oil filter,Mann,W 719/30,Oil Filter,9.99,,\n"
                ",,,,,,,Compatibility,Year=2018|Make=Volkswagen|Model=Golf|Trim=Base Wagon 4-Door|Engine=1.4L 1395CC l4 GAS DOHC Turbocharged|Notes=With sunroof\n"
                ",,,,,,,Compatibility,Year=2017|Make=Volkswagen|Model=Golf\n"), &NOTHING,
          "product |Mann|W 719/30|Oil Filter|Oil filter| USD999\n"
          "4 Mann W 719/30 Oil Filter [Volkswagen/Golf 2018-2018 body=wagon doors=4 doors=5 trim=Base displacement=1.4 cylinders=4 fuel=gasoline "
          "aspiration=turbo] ?text:With sunroof\n5 Mann W 719/30 Oil Filter [Volkswagen/Golf 2017-2017]\n", "");
    check(SLICE("Custom label (SKU),Relationship,RelationshipDetails,CompatibilityNotes\nA-1,Compatibility,KType=12345,Front axle\n"
                "A-2,Compatibility,ePID=77,\nA-1,compatibility,Year=2012|Make=Ford|Model=F-150|Trim=XLT Extended Crew Cab Pickup 4-Door|Cab=Long,\n"), &GIVEN,
          "2 Acme A-1 oil_filter [ktype:12345] ?text:Front axle\n3 Acme A-2 oil_filter [epid:77]\n"
          "4 Acme A-1 oil_filter [Ford/F-150 2012-2012 body=pickup doors=4 trim=XLT] ?text:Body: Extended Crew Cab Pickup ?text:Cab: Long\n", "");
}

static void rows_that_cannot_be_used(void **state) {
    (void)state;
    check(SLICE("CustomLabel,Relationship,RelationshipDetails\n,Compatibility,Year=2012|Make=Ford\nA,Variation,Color=Red\nA,Compatibility,\nA,Compatibility,Model=Golf\n"
                "A,Compatibility,Year=soon|Make=VW\nA,Compatibility,KType=x\nA,Compatibility,Year=2012|Make=Ford\n"), &GIVEN,
          "8 Acme A oil_filter [Ford/ 2012-2012]\n",
          "2 a compatibility row before any listing\n3 Relationship \"Variation\" is not Compatibility\n4 RelationshipDetails says no Name=Value\n"
          "5 RelationshipDetails names no Make, KType or ePID\n6 the year \"soon\" is not understood\n7 \"x\" is no ktype\n");
    check(SLICE("SKU,RelationshipDetails\nA,Year=2012|Make=Ford\n"), &NOTHING, "",
          "2 no brand of the product: add the column C:Brand, or give one for the file with --brand\n");
    check(SLICE("SKU,Make\nA,Ford\n"), &GIVEN, "", "failed: memory has no column RelationshipDetails\n");
}

// ---- words ------------------------------------------------------------------------------------------------------------------------------
typedef enum err words_fn(struct arena *a, struct slice text, struct vehicle_words *out);

static void check_words(words_fn *read, const char *text, const char *expected) {
    struct arena a;
    struct buf b;
    struct vehicle_words w;
    arena_init(&a, 4096, 1 << 20);
    buf_init(&b, &a, 256);
    assert_int_equal(read(&a, slice_str(text), &w), ERR_OK);
    for (unsigned i = 0; i < w.count; i++) buf_printf(&b, "%s%.*s=%.*s", i ? " " : "", SLICE_ARGS(w.pairs[i].name),
                                                      SLICE_ARGS(w.pairs[i].value));
    if (w.unknown.n) buf_printf(&b, " ? %.*s", SLICE_ARGS(w.unknown));
    buf_char(&b, 0);
    if (strcmp(b.p, expected) != 0) fail_msg("%s: %s, not %s", text, b.p, expected);
    arena_destroy(&a);
}

static void engines(void **state) {
    (void)state;
    static const char *const CASES[][2] = {
        {"1.4L 1395CC l4 GAS DOHC Turbocharged", "displacement=1.4 cylinders=4 fuel=gasoline aspiration=turbo"},
        {"5.3L 5328CC 325Cu. In. V8 FLEX OHV Naturally Aspirated", "displacement=5.3 cylinders=8 fuel=flex aspiration=na"},
        {"2.5L 2457CC 150Cu. In. H4 GAS SOHC Turbocharged", "displacement=2.5 cylinders=4 fuel=gasoline aspiration=turbo"},
        {"1.8L ELECTRIC/GAS", "displacement=1.8 fuel=hybrid"}, {"2.0L GAS Hybrid", "displacement=2.0 fuel=hybrid"},
        {"2.0TDI", "displacement=2.0 aspiration=turbo fuel=diesel"}, {"1.4T 涡轮增压 汽油", "displacement=1.4 aspiration=turbo fuel=gasoline"},
        {"1984cc", "displacement=2.0"}, {"3.0L Turbocharged & Supercharged", "displacement=3.0 aspiration=twin_charged"},
        {"1.4L 16V", "displacement=1.4 valves=16"}, {"Hemi 5.7L", "displacement=5.7 ? Hemi"},
        {"1.4L 2000CC", "displacement=1.4 ? 2000CC"}, // a contradiction is not settled here
        {"2.0L V6 4-cyl", "displacement=2.0 cylinders=6 ? 4-cyl"}, {"", ""}, {"99.9L", " ? 99.9L"},
            {"GAS DIESEL", "fuel=gasoline ? DIESEL"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) check_words(vehicle_words_engine, CASES[i][0], CASES[i][1]);
}

static void trims(void **state) {
    (void)state;
    static const char *const CASES[][2] = {
        {"Base Wagon 4-Door", "body=wagon doors=4 doors=5 trim=Base"},
            {"GTI Autobahn Hatchback 2-Door", "body=hatchback body=liftback doors=2 doors=3 trim=GTI Autobahn"},
        {"LX Sedan 4-Door", "body=sedan doors=4 trim=LX"}, {"Sedan 4-Door", "body=sedan doors=4"}, {"Sport", "trim=Sport"},
        {"Limited Sport Utility 4-Door", "body=suv doors=4 doors=5 trim=Limited"},
            {"XL Standard Cab Pickup 2-Door", "body=pickup doors=2 trim=XL ? Standard Cab Pickup"},
        {"LT Extended Cargo Van 3-Door", "body=van body=mpv doors=3 doors=4 trim=LT ? Extended Cargo Van"}, {"", ""}, {"4-Door", "doors=4"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) check_words(vehicle_words_trim, CASES[i][0], CASES[i][1]);
}

static void gearboxes_and_drives(void **state) {
    (void)state;
    static const char *const BOXES[][2] = {
        {"6-speed automatic", "transmission=AT6"}, {"6挡手自一体", "transmission=AT6"}, {"MT5", "transmission=MT5"},
            {"7-speed DSG", "transmission=DCT7"},
        {"CVT", "transmission=CVT"}, {"manual",
            "transmission=MT transmission=MT3 transmission=MT4 transmission=MT5 transmission=MT6 transmission=MT7"},
        {"12-speed manual", " ? 12-speed manual"}, {"5 or 6 speed manual", " ? 5 or 6 speed manual"}, {"steam", " ? steam"},
    };
    for (size_t i = 0; i < sizeof BOXES / sizeof *BOXES; i++) check_words(vehicle_words_transmission, BOXES[i][0], BOXES[i][1]);
    check_words(vehicle_words_drive, "AWD", "drive=awd");
    check_words(vehicle_words_drive, "四驱", "drive=4wd drive=awd");
    check_words(vehicle_words_drive, "2WD", "drive=2wd drive=fwd drive=rwd");
    check_words(vehicle_words_drive, "tracks", " ? tracks");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compatibility_rows), cmocka_unit_test(rows_that_cannot_be_used), cmocka_unit_test(engines),
            cmocka_unit_test(trims),
        cmocka_unit_test(gearboxes_and_drives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
