#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data-tools/notes.h"
#include "index/base/limits.h"

static void check_condition(const char *text, enum condition_type type, const char *from, const char *to) {
    struct arena a;
    arena_init(&a, 4096, 1 << 20);
    struct condition_doc c = notes_condition(&a, slice_str(text));
    bool same = c.type == type && slice_is(c.from, from) && slice_is(c.to, to) && slice_is(c.text, text);
    if (!same) fail_msg("%s: type %d, from \"%.*s\", to \"%.*s\"", text, (int)c.type, SLICE_ARGS(c.from), SLICE_ARGS(c.to));
    arena_destroy(&a);
}

struct expected { const char *text; enum condition_type type; const char *from, *to; };
#define DATE CONDITION_PRODUCTION_DATE
#define CHASSIS CONDITION_CHASSIS
#define OPTION CONDITION_OPTION
#define STEERING CONDITION_STEERING

static const struct expected TYPED[] = {
    {"from 2017-05", DATE, "2017-05", ""}, {"Up to 03/2018", DATE, "", "2018-03"}, {"build date 05/2017 - 03/2018", DATE, "2017-05", "2018-03"},
    {"Production date from 2017-05-31.", DATE, "2017-05-31", ""}, {"built after 12.2015", DATE, "2015-12", ""}, {"From 05/2017", DATE, "2017-05", ""},
    {"Prod. Date 2014-03 to 2016-07", DATE, "2014-03", "2016-07"}, {"2014.03-2016.07", DATE, "2014-03", "2016-07"},
    {"For vehicles built before June 15, 2015", DATE, "", "2015-06-15"}, {"From May 2017 to Sept. 2018", DATE, "2017-05", "2018-09"},
    {"Built between 03/2014 and 07/2016", DATE, "2014-03", "2016-07"}, {"05/2017 onwards", DATE, "2017-05", ""}, {"05/2017 ->", DATE, "2017-05", ""},
    {"-> 05/2017", DATE, "", "2017-05"}, {">= 2017-05", DATE, "2017-05", ""}, {"Production date 06/2015 and earlier", DATE, "", "2015-06"},
    {"to 05/31/2017", DATE, "", "2017-05-31"}, {"to 31.05.2017", DATE, "", "2017-05-31"}, {"(from 05/2017)", DATE, "2017-05", ""},
    {"up to 05/2017 production", DATE, "", "2017-05"}, {"From Build Date: 05/2017", DATE, "2017-05", ""}, {"Mfg. Date 03/2014 thru 07/2016", DATE, "2014-03", "2016-07"},
    {"2015年6月以前", DATE, "", "2015-06"}, {"2015年6月之后生产的车辆", DATE, "2015-06", ""}, {"2015年06月15日起", DATE, "2015-06-15", ""},
    {"生产日期：2014年3月至2016年7月", DATE, "2014-03", "2016-07"}, {"自2014年3月起至2016年7月止", DATE, "2014-03", "2016-07"},
    {"从2014年3月开始", DATE, "2014-03", ""}, {"2014年3月-2016年7月", DATE, "2014-03", "2016-07"}, {"2015.06前", DATE, "", "2015-06"},
    {"to chassis no. 1K-8-123456", CHASSIS, "", "1K-8-123456"}, {"from VIN 8w123456 to VIN 8w200000", CHASSIS, "8W123456", "8W200000"},
    {"To VIN 1G1YY12S645112345", CHASSIS, "", "1G1YY12S645112345"}, {"VIN range 8W123456 - 8W200000", CHASSIS, "8W123456", "8W200000"},
    {"Chassis # 123456 and up", CHASSIS, "123456", ""}, {"Beginning with VIN 2C123456", CHASSIS, "2C123456", ""}, {"Up to Chassis: A123456", CHASSIS, "", "A123456"},
    {"车架号LSV123456之后", CHASSIS, "LSV123456", ""}, {"车架号 LSV123456 以前", CHASSIS, "", "LSV123456"}, {"底盘号从123456到234567", CHASSIS, "123456", "234567"},
    {"PR: 1ZP", OPTION, "1ZP", ""}, {"PR-1ZP", OPTION, "1ZP", ""}, {"Option code s7ac", OPTION, "S7AC", ""}, {"w/RPO Z51", OPTION, "Z51", ""},
    {"With RPO code FE only", OPTION, "FE", ""}, {"Option Z51", OPTION, "Z51", ""}, {"选装代码Z51", OPTION, "Z51", ""},
    {"Left-hand drive", STEERING, "left", ""}, {"RHD", STEERING, "right", ""}, {"LHD only", STEERING, "left", ""}, {"For right hand drive vehicles", STEERING, "right", ""},
    {"右舵", STEERING, "right", ""}, {"仅限左舵车型", STEERING, "left", ""}, {"(RHD)", STEERING, "right", ""},
};
// Half understood, denied, or open to two readings: a person has to say.
static const char *const TEXTS[] = {
    "from 05/2017, with sunroof", "from 13/2017", "PR: 1ZP or 1ZQ", "with air conditioning", "", "Exc. LHD", "Except built before 05/2017", "not RHD",
    "from 05/06/2017", "to 2015", "from 06/15", "05/2017", "w/o RPO Z51", "without RPO Z51", "Option package", "RPO only", "from 07/2018 to 03/2016",
    "VIN 8W123456-8W200000", "8th VIN digit L", "from VIN ******123456", "To VIN position 8", "车架号后六位123456之后", "2015年6月前轮", "2015款以前", "右舵除外",
    "except taxi versions", "from 05/2017 to chassis 123456", "built from 05/2017 or RPO Z51", "between 03/2014", "from", "VIN", "LHD or RHD", "From 2017-05-32",
    "carbon version", "OE# 1K0819644", "to 1234567", "starting 05/2017 except Canada", "With RPO Z51 package", "left", "from 02/30/2016", "production", "-", "()",
};

static void conditions_are_typed_when_all_is_understood(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof TYPED / sizeof *TYPED; i++) check_condition(TYPED[i].text, TYPED[i].type, TYPED[i].from, TYPED[i].to);
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) check_condition(TEXTS[i], CONDITION_TEXT, "", "");
}

// Whatever is understood, one more word nobody expected makes it text again.
static void half_a_text_is_never_typed(void **state) {
    (void)state;
    char text[LIMIT_TEXT_BYTES];
    for (size_t i = 0; i < sizeof TYPED / sizeof *TYPED; i++) {
        snprintf(text, sizeof text, "%s, with sunroof", TYPED[i].text);
        check_condition(text, CONDITION_TEXT, "", "");
        snprintf(text, sizeof text, "Exc. %s", TYPED[i].text);
        check_condition(text, CONDITION_TEXT, "", "");
        snprintf(text, sizeof text, "%s除外", TYPED[i].text);
        check_condition(text, CONDITION_TEXT, "", "");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(conditions_are_typed_when_all_is_understood), cmocka_unit_test(half_a_text_is_never_typed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
