// Spellings and what they are read as; texts that only look like them; the contract on random bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/query_pattern.h"
#include "index/text.h"

#define LAST_YEAR 2027
#define TURBO ",aspiration:turbo|twin_charged|supercharged"

// A query, the part of it (folded) that is taken, and as what. '!' before the text: certain.
static const struct { const char *query; enum pattern_kind kind; const char *taken, *text; } readings[] = {
    // years
    {"18款高尔夫1.4T机滤", PATTERN_YEAR, "18款", "!2018"}, {"2018款 高尔夫", PATTERN_YEAR, "2018款", "!2018"}, {"2018年款凌派", PATTERN_YEAR, "2018年款", "!2018"},
    {"2018年速腾", PATTERN_YEAR, "2018年", "!2018"}, {"18年飞度", PATTERN_YEAR, "18年", "!2018"}, {"09年飞度节气门清洗", PATTERN_YEAR, "09年", "!2009"},
    {"98款捷达", PATTERN_YEAR, "98款", "!1998"}, {"'18 golf", PATTERN_YEAR, "'18", "!2018"}, {"’18 civic", PATTERN_YEAR, "’18", "!2018"},
    {"MY18 golf", PATTERN_YEAR, "my18", "!2018"}, {"golf my2018", PATTERN_YEAR, "my2018", "!2018"}, {"2018 golf oil filter", PATTERN_YEAR, "2018", "!2018"},
    {"golf 2018", PATTERN_YEAR, "2018", "!2018"}, {"高尔夫2018", PATTERN_YEAR, "2018", "!2018"}, {"golf2018款", PATTERN_YEAR, "2018款", "!2018"},
    {"18 高尔夫", PATTERN_YEAR, "18", "2018"}, {"18高尔夫", PATTERN_YEAR, "18", "2018"}, {"2008 大众", PATTERN_YEAR, "2008", "2008"},
    {"2008款大众", PATTERN_YEAR, "2008款", "!2008"}, {"1967 mustang", PATTERN_YEAR, "1967", "!1967"}, {"2027款", PATTERN_YEAR, "2027款", "!2027"},
    {"2015-2018 golf", PATTERN_YEAR, "2015-2018", "!2015-2018"}, {"2015~2018", PATTERN_YEAR, "2015~2018", "!2015-2018"},
    {"2015至2018款朗逸", PATTERN_YEAR, "2015至2018款", "!2015-2018"}, {"2015年到2018年", PATTERN_YEAR, "2015年到2018年", "!2015-2018"},
    {"2015–2018", PATTERN_YEAR, "2015–2018", "!2015-2018"}, {"15-18款朗逸", PATTERN_YEAR, "15-18款", "!2015-2018"},
    {"18/19款雅阁", PATTERN_YEAR, "18/19款", "!2018-2019"}, {"2018/2019 accord", PATTERN_YEAR, "2018/2019", "2018-2019"},
    {"2018 - 2020 camry", PATTERN_YEAR, "2018 - 2020", "!2018-2020"}, {"2018年以后朗逸", PATTERN_YEAR, "2018年以后", "!2018-2027"},
    {"2018款之前", PATTERN_YEAR, "2018款之前", "!1950-2018"}, {"2018年前刹车片", PATTERN_YEAR, "2018年", "!2018"},
    {"２０１８款高尔夫", PATTERN_YEAR, "2018款", "!2018"},
    // engines
    {"18款高尔夫1.4T机滤", PATTERN_DISPLACEMENT, "1.4t", "!displacement:1.4" TURBO}, {"1.4 t 高7", PATTERN_DISPLACEMENT, "1.4 t", "!displacement:1.4" TURBO},
    {"途观L2.0T", PATTERN_DISPLACEMENT, "2.0t", "!displacement:2.0" TURBO}, {"golf1.4t", PATTERN_DISPLACEMENT, "1.4t", "!displacement:1.4" TURBO},
    {"golf 2.0l", PATTERN_DISPLACEMENT, "2.0l", "!displacement:2.0"}, {"golf 2.0 filter", PATTERN_DISPLACEMENT, "2.0", "displacement:2.0"},
    {"高尔夫1.6机滤", PATTERN_DISPLACEMENT, "1.6", "displacement:1.6"}, {"1.8TSI", PATTERN_DISPLACEMENT, "1.8tsi", "!displacement:1.8" TURBO},
    {"2.0 TDI", PATTERN_DISPLACEMENT, "2.0 tdi", "!displacement:2.0" TURBO ",fuel:diesel"}, {"2.0TFSI", PATTERN_DISPLACEMENT, "2.0tfsi", "!displacement:2.0" TURBO},
    {"1998cc", PATTERN_DISPLACEMENT, "1998cc", "!displacement:2.0"}, {"2000cc", PATTERN_DISPLACEMENT, "2000cc", "!displacement:2.0"},
    {"1498 cc", PATTERN_DISPLACEMENT, "1498 cc", "!displacement:1.5"}, {"3.6 v6", PATTERN_DISPLACEMENT, "3.6 v6", "!displacement:3.6,cylinders:6"},
    {"5.0L V8 mustang", PATTERN_DISPLACEMENT, "5.0l v8", "!displacement:5.0,cylinders:8"}, {"1.5升", PATTERN_DISPLACEMENT, "1.5升", "!displacement:1.5"},
    {"３.０Ｔ", PATTERN_DISPLACEMENT, "3.0t", "!displacement:3.0" TURBO}, {"1.5T机油", PATTERN_DISPLACEMENT, "1.5t", "!displacement:1.5" TURBO},
    // tyres
    {"205/55R16", PATTERN_TYRE, "205/55r16", "!205/55R16"}, {"205/55/16", PATTERN_TYRE, "205/55/16", "!205/55R16"},
    {"205 55 16", PATTERN_TYRE, "205 55 16", "!205/55R16"}, {"205-55-16", PATTERN_TYRE, "205-55-16", "!205/55R16"},
    {"2055516", PATTERN_TYRE, "2055516", "205/55R16"}, {"205/55r16 91v", PATTERN_TYRE, "205/55r16 91v", "!205/55R16 91V"},
    {"205/55ZR16", PATTERN_TYRE, "205/55zr16", "!205/55R16"}, {"P215/60R16", PATTERN_TYRE, "p215/60r16", "!215/60R16"},
    {"LT245/75R16 120/116S", PATTERN_TYRE, "lt245/75r16 120/116s", "!LT245/75R16 120/116S"}, {"31x10.50R15", PATTERN_TYRE, "31x10.50r15", "!31X10.5R15"},
    {"31*10.5R15LT", PATTERN_TYRE, "31*10.5r15lt", "!31X10.5R15"}, {"205/55", PATTERN_TYRE, "205/55", "205/55"},
    {"195R14C", PATTERN_TYRE, "195r14c", "!195R14C"}, {"225/45R17轮胎", PATTERN_TYRE, "225/45r17", "!225/45R17"},
    {"轮胎225 45 17", PATTERN_TYRE, "225 45 17", "!225/45R17"}, {"225/45 R17", PATTERN_TYRE, "225/45 r17", "!225/45R17"},
    {"225/45R 17 (95Y)", PATTERN_TYRE, "225/45r 17 (95y)", "!225/45R17 (95Y)"}, {"225/65R16C 112/110R", PATTERN_TYRE, "225/65r16c 112/110r", "!225/65R16C 112/110R"},
    {"225/45R17 94W XL", PATTERN_TYRE, "225/45r17 94w", "!225/45R17 94W"}, {"225*45*17", PATTERN_TYRE, "225*45*17", "!225/45R17"},
    {"225/45-17", PATTERN_TYRE, "225/45-17", "!225/45R17"}, {"205.55.16", PATTERN_TYRE, "205.55.16", "!205/55R16"},
    {"20555R16", PATTERN_TYRE, "20555r16", "!205/55R16"}, {"295/80R22.5", PATTERN_TYRE, "295/80r22.5", "!295/80R22.5"},
    {"11R22.5", PATTERN_TYRE, "11r22.5", "!11R22.5"}, {"7.00R16", PATTERN_TYRE, "7.00r16", "!7.00R16"}, {"６５５/45R17 255/45r18", PATTERN_TYRE, "255/45r18", "!255/45R18"},
    {"R16 轮毂", PATTERN_RIM, "r16", "!16"}, {"16寸轮毂", PATTERN_RIM, "16寸", "!16"}, {"17英寸", PATTERN_RIM, "17英寸", "!17"}, {"18 inch wheel", PATTERN_RIM, "18 inch", "!18"},
    {"17\" rims", PATTERN_RIM, "17\"", "!17"}, {"防爆轮胎", PATTERN_RUN_FLAT, "防爆", "!run_flat"}, {"run-flat 225/45r17", PATTERN_RUN_FLAT, "run-flat", "!run_flat"},
    {"225/45r17 防爆", PATTERN_RUN_FLAT, "防爆", "run_flat"},
    // oils
    {"5w30", PATTERN_OIL_GRADE, "5w30", "!5W-30"}, {"5W-30 全合成", PATTERN_OIL_GRADE, "5w-30", "!5W-30"}, {"5W/30", PATTERN_OIL_GRADE, "5w/30", "!5W-30"},
    {"0w-20", PATTERN_OIL_GRADE, "0w-20", "!0W-20"}, {"10w40", PATTERN_OIL_GRADE, "10w40", "!10W-40"}, {"5w 40机油", PATTERN_OIL_GRADE, "5w 40", "!5W-40"},
    {"75w90", PATTERN_OIL_GRADE, "75w90", "!75W-90"}, {"美孚0w20机油", PATTERN_OIL_GRADE, "0w20", "!0W-20"}, {"0W-8", PATTERN_OIL_GRADE, "0w-8", "!0W-8"},
    {"API SN", PATTERN_OIL_STANDARD, "api sn", "!API SN"}, {"5W-30 SN 全合成 4L", PATTERN_OIL_STANDARD, "sn", "API SN"},
    {"API SP/CF", PATTERN_OIL_STANDARD, "api sp", "!API SP"}, {"15w40 CK-4", PATTERN_OIL_STANDARD, "ck-4", "!API CK-4"},
    {"ci4", PATTERN_OIL_STANDARD, "ci4", "API CI-4"}, {"ILSAC GF-6A", PATTERN_OIL_STANDARD, "ilsac gf-6a", "!ILSAC GF-6A"},
    {"gf6", PATTERN_OIL_STANDARD, "gf6", "!ILSAC GF-6"}, {"gf-5", PATTERN_OIL_STANDARD, "gf-5", "!ILSAC GF-5"}, {"ACEA C3", PATTERN_OIL_STANDARD, "acea c3", "!ACEA C3"},
    {"5w30 c3", PATTERN_OIL_STANDARD, "c3", "ACEA C3"}, {"A3/B4", PATTERN_OIL_STANDARD, "a3/b4", "!ACEA A3/B4"}, {"acea e9", PATTERN_OIL_STANDARD, "acea e9", "!ACEA E9"},
    {"VW 504.00", PATTERN_OIL_STANDARD, "vw 504.00", "!VW 504.00"}, {"vw50400", PATTERN_OIL_STANDARD, "vw50400", "!VW 504.00"},
    {"VW 508 00", PATTERN_OIL_STANDARD, "vw 508 00", "!VW 508.00"}, {"VW 504.00/507.00", PATTERN_OIL_STANDARD, "507.00", "VW 507.00"},
    {"MB 229.5", PATTERN_OIL_STANDARD, "mb 229.5", "!MB 229.5"}, {"229.51机油", PATTERN_OIL_STANDARD, "229.51", "!MB 229.51"},
    {"LL-04", PATTERN_OIL_STANDARD, "ll-04", "!BMW LL-04"}, {"bmw longlife-04", PATTERN_OIL_STANDARD, "bmw longlife-04", "!BMW LL-04"},
    {"ll01", PATTERN_OIL_STANDARD, "ll01", "BMW LL-01"}, {"LL-17FE+", PATTERN_OIL_STANDARD, "ll-17fe+", "!BMW LL-17FE+"},
    {"dexos1", PATTERN_OIL_STANDARD, "dexos1", "!dexos1"}, {"dexos 1 gen 3", PATTERN_OIL_STANDARD, "dexos 1 gen 3", "!dexos1 GEN3"},
    {"RN0700", PATTERN_OIL_STANDARD, "rn0700", "!RN0700"},
    {"机油4L", PATTERN_VOLUME, "4l", "!4L"}, {"4升机油", PATTERN_VOLUME, "4升", "!4L"}, {"1 quart", PATTERN_VOLUME, "1 quart", "!0.95L"},
    {"5qt 5w30", PATTERN_VOLUME, "5qt", "!4.73L"}, {"500ml", PATTERN_VOLUME, "500ml", "!0.5L"}, {"500毫升", PATTERN_VOLUME, "500毫升", "!0.5L"},
    {"2.0l", PATTERN_VOLUME, "2.0l", "2L"}, {"208L", PATTERN_VOLUME, "208l", "!208L"}, {"1 gallon coolant", PATTERN_VOLUME, "1 gallon", "!3.79L"},
    // bulbs
    {"h1", PATTERN_BULB, "h1", "!H1"}, {"H4灯泡", PATTERN_BULB, "h4", "!H4"}, {"h7 大灯", PATTERN_BULB, "h7", "!H7"}, {"朗逸h11", PATTERN_BULB, "h11", "!H11"},
    {"9005", PATTERN_BULB, "9005", "!HB3"}, {"HB3", PATTERN_BULB, "hb3", "!HB3"}, {"9006", PATTERN_BULB, "9006", "!HB4"}, {"9003", PATTERN_BULB, "9003", "!H4"},
    {"D1S 氙气灯", PATTERN_BULB, "d1s", "!D1S"}, {"d3s", PATTERN_BULB, "d3s", "!D3S"}, {"t10", PATTERN_BULB, "t10", "!W5W"}, {"w5w", PATTERN_BULB, "w5w", "!W5W"},
    {"P21W", PATTERN_BULB, "p21w", "!P21W"}, {"p21/5w", PATTERN_BULB, "p21/5w", "!P21/5W"}, {"1156", PATTERN_BULB, "1156", "!P21W"}, {"194 bulb", PATTERN_BULB, "194", "W5W"},
    {"h8/h11", PATTERN_BULB, "h11", "H11"}, {"7443", PATTERN_BULB, "7443", "!W21/5W"},
    // belts, wheels, batteries, wipers
    {"6PK1733", PATTERN_BELT, "6pk1733", "!6PK1733"}, {"6pk 1733", PATTERN_BELT, "6pk 1733", "!6PK1733"}, {"7PK1885皮带", PATTERN_BELT, "7pk1885", "!7PK1885"},
    {"6pk-1733", PATTERN_BELT, "6pk-1733", "!6PK1733"}, {"5k1200", PATTERN_BELT, "5k1200", "5PK1200"}, {"6DPK1195", PATTERN_BELT, "6dpk1195", "!6DPK1195"},
    {"AVX13x1000", PATTERN_BELT, "avx13x1000", "!AVX13X1000"}, {"13x1000", PATTERN_BELT, "13x1000", "AVX13X1000"},
    {"5x114.3", PATTERN_BOLT_PATTERN, "5x114.3", "!5x114.3"}, {"5*112", PATTERN_BOLT_PATTERN, "5*112", "!5x112"}, {"5×112", PATTERN_BOLT_PATTERN, "5×112", "!5x112"},
    {"5-114.3", PATTERN_BOLT_PATTERN, "5-114.3", "!5x114.3"}, {"5-112", PATTERN_BOLT_PATTERN, "5-112", "5x112"}, {"5孔112", PATTERN_BOLT_PATTERN, "5孔112", "!5x112"},
    {"5x4.5", PATTERN_BOLT_PATTERN, "5x4.5", "!5x114.3"}, {"6 x 139.7", PATTERN_BOLT_PATTERN, "6 x 139.7", "!6x139.7"}, {"4x100轮毂", PATTERN_BOLT_PATTERN, "4x100", "!4x100"},
    {"60ah", PATTERN_BATTERY, "60ah", "!60Ah"}, {"12V 70Ah", PATTERN_BATTERY, "12v 70ah", "!70Ah"}, {"60安时", PATTERN_BATTERY, "60安时", "!60Ah"},
    {"700CCA", PATTERN_BATTERY, "700cca", "!700CCA"}, {"E300L 电瓶 AGM", PATTERN_BATTERY, "agm", "!AGM"}, {"efb", PATTERN_BATTERY, "efb", "!EFB"},
    {"group 35", PATTERN_BATTERY, "group 35", "!35"}, {"group 94R", PATTERN_BATTERY, "group 94r", "!94R"}, {"h6 battery", PATTERN_BATTERY, "h6", "L3"},
    {"电瓶 L2", PATTERN_BATTERY, "l2", "L2"}, {"80D23L", PATTERN_BATTERY, "80d23l", "!80D23L"}, {"6-QW-60", PATTERN_BATTERY, "6-qw-60", "!60Ah"},
    {"L2-400 电瓶", PATTERN_BATTERY, "l2-400", "!L2-400"}, {"H6-70", PATTERN_BATTERY, "h6-70", "!L3-70"}, {"电瓶 l3 70", PATTERN_BATTERY, "l3 70", "L3-70"},
    {"55D23L", PATTERN_BATTERY, "55d23l", "!55D23L"}, {"80D26R电瓶", PATTERN_BATTERY, "80d26r", "!80D26R"}, {"55d23 battery", PATTERN_BATTERY, "55d23", "55D23"},
    {"group 48/H6", PATTERN_BATTERY, "group 48/h6", "!48/L3"}, {"48/h6 battery", PATTERN_BATTERY, "48/h6", "!48/L3"}, {"LN2", PATTERN_BATTERY, "ln2", "L2"},
    {"6-QW-60L", PATTERN_BATTERY, "6-qw-60l", "!60Ah"}, {"6-qw-45", PATTERN_BATTERY, "6-qw-45", "!45Ah"}, {"bci 94r", PATTERN_BATTERY, "bci 94r", "!94R"},
    {"DOT4", PATTERN_BRAKE_FLUID, "dot4", "!DOT 4"}, {"刹车油 DOT 3", PATTERN_BRAKE_FLUID, "dot 3", "!DOT 3"}, {"dot-5.1 1l", PATTERN_BRAKE_FLUID, "dot-5.1", "!DOT 5.1"},
    {"dot 4 lv brake fluid", PATTERN_BRAKE_FLUID, "dot 4 lv", "!DOT 4 LV"}, {"DOT4+", PATTERN_BRAKE_FLUID, "dot4+", "!DOT 4 LV"}, {"DOT 5", PATTERN_BRAKE_FLUID, "dot 5", "!DOT 5"},
    {"26寸+16寸", PATTERN_WIPER, "26寸+16寸", "!26+16"}, {"24\"/18\"", PATTERN_WIPER, "24\"/18\"", "!24+18"}, {"26+16 雨刷", PATTERN_WIPER, "26+16", "26+16"},
    {"26寸", PATTERN_WIPER, "26寸", "!26"}, {"16寸雨刮", PATTERN_WIPER, "16寸", "16"}, {"650mm", PATTERN_WIPER, "650mm", "!26"}, {"650mm/400mm", PATTERN_WIPER, "650mm/400mm", "!26+16"},
    // distance and age
    {"4万公里保养 思域", PATTERN_DISTANCE, "4万公里", "!40000 km"}, {"6万 保养", PATTERN_DISTANCE, "6万", "60000 km"}, {"60000公里", PATTERN_DISTANCE, "60000公里", "!60000 km"},
    {"60000 km", PATTERN_DISTANCE, "60000 km", "!60000 km"}, {"60000km", PATTERN_DISTANCE, "60000km", "!60000 km"}, {"60,000 km", PATTERN_DISTANCE, "60,000 km", "!60000 km"}, {"40k miles", PATTERN_DISTANCE, "40k miles", "!64373 km"},
    {"6w公里", PATTERN_DISTANCE, "6w公里", "!60000 km"}, {"4.5万公里", PATTERN_DISTANCE, "4.5万公里", "!45000 km"}, {"四万公里", PATTERN_DISTANCE, "四万公里", "!40000 km"},
    {"十二万公里大保养", PATTERN_DISTANCE, "十二万公里", "!120000 km"}, {"5千公里", PATTERN_DISTANCE, "5千公里", "!5000 km"}, {"60k km", PATTERN_DISTANCE, "60k km", "!60000 km"},
    {"3万多公里", PATTERN_DISTANCE, "3万多公里", "!30000 km"}, {"6万km", PATTERN_DISTANCE, "6万km", "!60000 km"}, {"30000 miles service", PATTERN_DISTANCE, "30000 miles", "!48280 km"},
    {"12个月", PATTERN_MONTHS, "12个月", "!12 months"}, {"3年电瓶", PATTERN_MONTHS, "3年", "36 months"}, {"半年保养", PATTERN_MONTHS, "半年", "6 months"},
    {"三年", PATTERN_MONTHS, "三年", "36 months"}, {"6 months", PATTERN_MONTHS, "6 months", "!6 months"}, {"10年", PATTERN_MONTHS, "10年", "120 months"},
    // codes and VINs
    {"故障码P0301 卡罗拉", PATTERN_TROUBLE_CODE, "p0301", "!P0301"}, {"u0100", PATTERN_TROUBLE_CODE, "u0100", "!U0100"}, {"p0 301", PATTERN_TROUBLE_CODE, "p0 301", "P0301"},
    {"C1201", PATTERN_TROUBLE_CODE, "c1201", "C1201"}, {"P0A80混动", PATTERN_TROUBLE_CODE, "p0a80", "!P0A80"}, {"速腾P0128", PATTERN_TROUBLE_CODE, "p0128", "!P0128"},
    {"1HGCM82633A004352", PATTERN_VIN, "1hgcm82633a004352", "!1HGCM82633A004352"}, {"机滤 LSVAA49J132047678", PATTERN_VIN, "lsvaa49j132047678", "LSVAA49J132047678"},
};

static struct slice fold(struct arena *a, const char *text) {
    struct slice out;
    assert_int_equal(text_fold(a, slice_str(text), &out), ERR_OK);
    return out;
}

static size_t place_of(struct slice s, const char *part) {
    char *found = memmem(s.p, s.n, part, strlen(part));
    assert_non_null(found);
    return (size_t)(found - s.p);
}

static void print_readings(struct slice s, size_t at) {
    struct pattern list[PATTERN_MAX];
    unsigned n = pattern_at(s, at, LAST_YEAR, list);
    for (unsigned i = 0; i < n; i++)
        print_message("    %s '%.*s' %s%s %u %u\n", pattern_name(list[i].kind), (int)list[i].n, s.p + at, list[i].certain ? "!" : "", list[i].text,
                      list[i].from, list[i].to);
}

static void test_readings(void **state) {
    (void)state;
    struct arena a;
    unsigned wrong = 0;
    arena_init(&a, 1 << 16, 1 << 24);
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        struct pattern list[PATTERN_MAX];
        struct slice s = fold(&a, readings[i].query);
        size_t at = place_of(s, readings[i].taken);
        unsigned n = pattern_at(s, at, LAST_YEAR, list);
        bool certain = readings[i].text[0] == '!', found = false;
        for (unsigned k = 0; k < n; k++)
            found |= list[k].kind == readings[i].kind && list[k].n == strlen(readings[i].taken) && list[k].certain == certain &&
                     strcmp(list[k].text, readings[i].text + certain) == 0;
        if (found) continue;
        wrong++;
        print_message("'%s': wanted %s '%s' %s, found\n", readings[i].query, pattern_name(readings[i].kind), readings[i].taken, readings[i].text);
        print_readings(s, at);
        arena_reset(&a);
    }
    print_message("%zu spellings\n", sizeof readings / sizeof *readings);
    assert_int_equal(wrong, 0);
    arena_destroy(&a);
}

// Nothing at all is read anywhere in these.
static const char *const nothing[] = {
    "06A115561B", "06a 115 561 b", "90915-YZZE1", "W719/30", "16-07", "136/14", "8E0-121-251-L", "308", "408", "3008", "500", "86", "911", "626", "W 712/95",
    "HU7020z", "OC1196", "15400-PLM-A02", "04152-YZZA6", "1K0615301AA", "0986424724", "5Q0698451", "BKR6EIX-11", "SMP-W22894", "SP2018B", "X-2018-77",
    "ABC-18-2018", "12345678", "1.4.2", "v1.4.2", "dot 6", "dotz 4", "l2400", "h670", "n2", "ln", "l2-4", "48/x6", "6-qw-x", "a4", "a6", "a8", "c8", "a6l", "q5l", "es300h", "f150", "r8", "cr-v", "x5", "3系", "model3", "c200k", "320li",
    "glc260l", "W205", "E90", "06L115562", "21-2055516", "205555516", "LF-2015", "K2018", "1-2018-5", "2018-5", "2018/5", "5w5w", "9005-ab1", "p0301-b",
    "防爆膜", "2万元", "18寸2", "h20", "5pk12", "9999款", "1900年款", "60a", "api", "gf", "199", "12v", "万公里", "3a", "4la", "la4l", "100x100",
};

static void test_nothing(void **state) {
    (void)state;
    struct arena a;
    unsigned wrong = 0;
    arena_init(&a, 1 << 16, 1 << 24);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        struct pattern list[PATTERN_MAX];
        struct slice s = fold(&a, nothing[i]);
        for (size_t at = 0; at < s.n; at++) {
            if (pattern_at(s, at, LAST_YEAR, list) == 0) continue;
            wrong++;
            print_message("'%s' at %zu:\n", nothing[i], at);
            print_readings(s, at);
        }
    }
    assert_int_equal(wrong, 0);
    arena_destroy(&a);
}

// Random pieces put together: what comes back keeps the header's promises, and a prefix of the text never reads further than it goes.
static void test_promises(void **state) {
    (void)state;
    static const char *const pieces[] = {"18", "2018", "款", "年", " ", "-", "/", ".", "1.4", "t", "l", "205", "55", "r", "16", "x", "w", "30", "寸", "+", "万", "公里",
                                         "h7", "pk", "1733", "p0301", "'", "my", "ah", "×", "v6", "高尔夫", "(", ")", "api", "sn", "gf", "vw", "504", "00", "c", "\xE6",
                                         "防爆", "胎", "半", "十", "1hgcm82633a004352", "dexos", "1", "gen", "mm", "*", "5", "114.3"};
    srand(7);
    for (unsigned round = 0; round < 200000; round++) {
        char text[256];
        size_t n = 0;
        unsigned count = 1 + (unsigned)rand() % 8;
        for (unsigned i = 0; i < count; i++) {
            const char *piece = pieces[(unsigned)rand() % (sizeof pieces / sizeof *pieces)];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        for (size_t at = 0; at <= n; at++) {
            struct pattern list[PATTERN_MAX];
            unsigned found = pattern_at(slice_of(text, n), at, LAST_YEAR, list);
            assert_true(found <= PATTERN_MAX);
            for (unsigned i = 0; i < found; i++) {
                assert_true(list[i].n > 0 && at + list[i].n <= n);
                assert_true(i == 0 || list[i].n <= list[i - 1].n);
                assert_true(list[i].kind >= PATTERN_YEAR && list[i].kind <= PATTERN_VIN);
                assert_true(strlen(list[i].text) > 0);
                assert_true(text_valid_utf8(slice_str(list[i].text)));
            }
        }
    }
}

static int setup(void **state) {
    (void)state;
    return text_init() == ERR_OK ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readings), cmocka_unit_test(test_nothing), cmocka_unit_test(test_promises)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
