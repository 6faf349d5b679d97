#include "sink_capture.h"

#include "data-tools/vehicle_words.h"

static const struct fitment_options GIVEN = {.brand = "Acme", .type = "oil_filter"};
static const struct fitment_options NOTHING = {NULL, NULL, NULL};

static void check(struct slice table, const struct fitment_options *o, const char *text, const char *reports) {
    struct capture c;
    capture_read(&c, fitment_csv_read, table, o);
    assert_string_equal(c.text.p, text);
    assert_string_equal(c.reports.p, reports);
    capture_free(&c);
}

static void the_common_convention(void **state) {
    (void)state;
    check(SLICE("sku,make,model,year_start,year_end,submodel,engine,position,qty,notes,universal\n"
                "A-1,Volkswagen,Golf,2014,2018,GTI,2.0L l4 GAS Turbocharged,Front,2,Sold individually,\n"
                "A-1,Volkswagen,*,2014,,,,,,from 05/2017; with sunroof,0\n"
                "A-2,,,,,,,,,,1\n"
                "A-3,*,,,,,,,,,\n"), &GIVEN,
          "2 Acme A-1 oil_filter @Front x2 [Volkswagen/Golf 2014-2018 displacement=2.0 cylinders=4 fuel=gasoline aspiration=turbo trim=GTI]\n"
          "3 Acme A-1 oil_filter [Volkswagen/ 2014-2100] ?production_date:from 05/2017<2017-05 ?text:with sunroof\n"
          "product |Acme|A-2|oil_filter|| universal\nproduct |Acme|A-3|oil_filter|| universal\n", "");
}

static void chinese_columns(void **state) {
    (void)state;
    // 品牌 is the product's where 车型品牌 is there, and the car's where it is not.
    check(SLICE("\xEF\xBB\xBF货号;品牌;车型品牌;车系;年款;排量;变速箱;驱动;款型;位置;数量;备注;类目;价格\r\n"
                "B1;曼牌;大众;高尔夫;18款;1.4T;手动;四驱;豪华型;左前;2;\"带\"\"天窗\"\"；从 2017-05\";机滤;29.9\r\n"), &NOTHING,
          "product |曼牌|B1|机滤|| CNY2990\n"
          "2 曼牌 B1 机滤 @front_left x2 [大众/高尔夫 2018-2018 displacement=1.4 aspiration=turbo transmission=MT transmission=MT3 transmission=MT4 "
          "transmission=MT5 transmission=MT6 transmission=MT7 drive=4wd drive=awd trim=豪华型] ?text:带\"天窗\" ?production_date:从 2017-05<2017-05\n", "");
    check(SLICE("商品编码\t品牌\t车系\t起始年份\t结束年份\t通用\nB2\t大众\t高尔夫\t2012\t2015\t\nB3\t\t\t\t\t是\n"), &GIVEN,
          "2 Acme B2 oil_filter [大众/高尔夫 2012-2015]\nproduct |Acme|B3|oil_filter|| universal\n", "");
    check(SLICE("\xBB\xF5\xBA\xC5,\xC6\xB7\xC5\xC6,\xB3\xB5\xCF\xB5,\xC4\xEA\xBF\xEE\nB4,\xB4\xF3\xD6\xDA,\xB8\xDF\xB6\xFB\xB7\xF2,2018\n"),
          &GIVEN,
          "2 Acme B4 oil_filter [大众/高尔夫 2018-2018]\n", ""); // GBK
}

static void years_of_all_kinds(void **state) {
    (void)state;
    static const struct { const char *text; unsigned count; unsigned first[2], last[2]; } CASES[] = {
        {"2012", 1, {2012, 2012}, {2012, 2012}},     {"2012-2018", 1, {2012, 2018}, {2012, 2018}}, {"12-18", 1, {2012, 2018}, {2012, 2018}},
        {"98-04", 1, {1998, 2004}, {1998, 2004}},    {"2012,2014-2016", 2, {2012, 2012}, {2014, 2016}},
            {"2012+", 1, {2012, 2100}, {2012, 2100}},
        {"18款", 1, {2018, 2018}, {2018, 2018}},     {"2012年-2015年", 1, {2012, 2015}, {2012, 2015}}, {"*", 1, {1896, 2100}, {1896, 2100}},
        {"", 1, {1896, 2100}, {1896, 2100}},         {"-2015", 1, {1896, 2015}, {1896, 2015}}, {"2012至今", 1, {2012, 2100}, {2012, 2100}},
        {"2012及以后", 1, {2012, 2100}, {2012, 2100}}, {"2012、2015", 2, {2012, 2012}, {2015, 2015}},
            {"2012-18", 1, {2012, 2018}, {2012, 2018}},
        {"2018-2012", 0, {0}, {0}}, {"2012/03", 0, {0}, {0}}, {"abc", 0, {0}, {0}}, {"201", 0, {0}, {0}}, {"20123", 0, {0}, {0}},
            {"-", 0, {0}, {0}},
        {"1800", 0, {0}, {0}}, {"2012 or so", 0, {0}, {0}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct year_range out[8];
        unsigned n = vehicle_words_years(slice_str(CASES[i].text), out, 8);
        if (n != CASES[i].count) fail_msg("%s: %u ranges", CASES[i].text, n);
        if (n && (out[0].from != CASES[i].first[0] || out[0].to != CASES[i].first[1]))
            fail_msg("%s: %u-%u", CASES[i].text, out[0].from, out[0].to);
        if (n && (out[n - 1].from != CASES[i].last[0] || out[n - 1].to != CASES[i].last[1]))
            fail_msg("%s: the last is wrong", CASES[i].text);
    }
}

static void products_are_told_once_and_first(void **state) {
    (void)state;
    check(SLICE("make,model,year,sku,brand,title,price,currency,stock,type,OE号\n"
                "Ford,F-150,2015-2017,X1,Acme,,,,,oil_filter,AB12|AB 13\n"
                "Ford,Escape,2015,X1,,Acme filter,12.50,USD,7,,AB12\n"
                ",,,X2,Acme,Only a product,,,,oil_filter,\n"), &NOTHING,
          "product |Acme|X1|oil_filter|Acme filter| USD1250 stock7 oe:Ford/AB12 oe:Ford/AB 13\n"
          "2 Acme X1 oil_filter [Ford/F-150 2015-2017]\n3 Acme X1 oil_filter [Ford/Escape 2015-2015]\n"
          "product |Acme|X2|oil_filter|Only a product|\n", "");
}

// Two products of one number, and one without: their applications come with them, since no number leads to them alone.
static void products_that_share_a_number(void **state) {
    (void)state;
    check(SLICE("sku,part_number,title,make,model,year\np1,N-1,One,Ford,Escape,2015\np2,n1,Two,Ford,Focus,2016\np3,,Three,Ford,Edge,2017\np1,N-1,,Ford,Escape,2018\n"), &GIVEN,
          "product p1|Acme|N-1|oil_filter|One| [Ford/Escape 2015-2015] [Ford/Escape 2018-2018]\n"
          "product p2|Acme|n1|oil_filter|Two| [Ford/Focus 2016-2016]\nproduct p3|Acme||oil_filter|Three| [Ford/Edge 2017-2017]\n", "");
}

static void what_is_not_understood_becomes_a_question(void **state) {
    (void)state;
    check(SLICE("sku,make,model,year,engine,body,displacement,drive,Cab type\n"
                "A,Ford,F-150,2015,5.0L V8 Coyote,pickup,,fwd-ish,Crew\n"
                "B,VW,Golf,2015,EA211,,1.4T|2.0,,\n"
                "C,VW,Golf,2015,,,1.4|1.8,AWD,\n"), &GIVEN,
          "2 Acme A oil_filter [Ford/F-150 2015-2015 body=pickup displacement=5.0 cylinders=8] ?text:Drive: fwd-ish ?text:Engine: Coyote ?text:Cab type: Crew\n"
          "3 Acme B oil_filter [VW/Golf 2015-2015 engine_code=EA211] ?text:Engine size: 1.4T|2.0\n" // two engines are not crossed
          "4 Acme C oil_filter [VW/Golf 2015-2015 displacement=1.4 displacement=1.8 drive=awd]\n",
          "warning 1 column \"Cab type\" is not known: what it says becomes a condition; leave it out if it narrows nothing\n");
}

static void ids_instead_of_words(void **state) {
    (void)state;
    check(SLICE("sku,brand,KType,qty\nA,Acme,12345|678,2\nB,Acme,abc,\nC,Acme,,\n"), &GIVEN,
          "2 Acme A oil_filter x2 [ktype:12345]\n2 Acme A oil_filter x2 [ktype:678]\n",
          "3 \"abc\" is no ktype id\n4 no make: the row names no vehicle; a product that fits anything has universal=1 or make *\n");
    check(SLICE("sku,make,model,year,ktype,base_vehicle_id\nA,VW,Golf,2018,12345,99\n"), &GIVEN,
          "2 Acme A oil_filter [VW/Golf 2018-2018 ktype=12345]\n", "");
}

static void bad_rows(void **state) {
    (void)state;
    struct capture c;
    struct fitment_result r = capture_read(&c, fitment_csv_read,
        SLICE("sku,make,model,year,qty,price\n,VW,Golf,2018,1,\nA,VW,Golf,soon,1,\nB,VW,Golf,2018,none,\nC,VW,Golf,2018,1,cheap\nREFUSED,VW,Golf,2018,1,5\n"
              "REFUSED,VW,Golf,2019,1,5\nD,VW,Golf,2018,1,,with A/C\n#7,VW,Golf,2018,1,\nE,VW,\"Golf,2018\n"), &GIVEN);
    assert_string_equal(c.text.p, "9 Acme #7 oil_filter [VW/Golf 2018-2018]\n");
    assert_string_equal(c.reports.p,
        "2 no sku: the row needs one (sku, 货号), or give one for the file with --sku\n3 the year \"soon\" is not understood\n"
        "4 the quantity \"none\" is not a number of pieces\n5 the price is not an amount\n6 taken\n7 its product was refused\n"
        "8 more cells than the header has columns\n10 a quote that begins in this row is never closed\n");
    assert_int_equal(r.rejected, 8);
    assert_int_equal(r.rows, 9);
    capture_free(&c);
    check(SLICE("sku,make,model,year\nA,VW,Golf,2018\n"), &NOTHING, "",
          "2 no brand of the product: add a column (brand, 产品品牌), or give one for the file with --brand\n");
    check(SLICE("sku,brand,make,model,year\nA,Acme,VW,Golf,2018\n"), &NOTHING, "",
          "2 no type of the product: add a column (type, 类目), or give one for the file with --type\n");
    check(SLICE("sku,title\nA,x\n"), &GIVEN, "",
          "failed: no column says which vehicles: make (车型品牌), an id (ktype, vcdb), or universal (通用)\n");
    check(SLICE(""), &GIVEN, "", "failed: memory has no header line\n");
}

static void a_file_of_one_product(void **state) { // WooCommerce's
    (void)state;
    const struct fitment_options one = {.brand = "Acme", .type = "oil_filter", .sku = "W-1"};
    check(SLICE("Make,Model,Year,Engine,FitmentCode,Notes\nFord,Focus,2012-2014,2.0L,F1,\n"), &one,
          "2 Acme W-1 oil_filter [Ford/Focus 2012-2014 displacement=2.0]\n", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_common_convention), cmocka_unit_test(chinese_columns), cmocka_unit_test(years_of_all_kinds),
        cmocka_unit_test(products_are_told_once_and_first), cmocka_unit_test(products_that_share_a_number),
        cmocka_unit_test(what_is_not_understood_becomes_a_question), cmocka_unit_test(ids_instead_of_words), cmocka_unit_test(bad_rows),
        cmocka_unit_test(a_file_of_one_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
