// Plain tables of ratings: any separator, any ids, in order of time; and the split by time.
#include "planted.h"

#include <string.h>

#include "model/ratings.h"

static void parse(const char *text, double least, struct sequences *out) {
    struct fault why = {0};
    if (ratings_parse(slice_of(text, strlen(text)), "file", least, out, &why) != ERR_OK) fail_msg("%s", why.message);
}

static void test_formats(void **state) {
    (void)state;
    static const char *const texts[] = {"userId,movieId,rating,timestamp\n7,a,5,30\n7,b,4,10\n9,a,3,20\n7,c,1,20\n",
                                        "7\ta\t5\t30\r\n7\tb\t4\t10\r\n9\ta\t3\t20\r\n7\tc\t1\t20\r\n",
                                        "7::a::5::30\n7::b::4::10\n9::a::3::20\n7::c::1::20"};
    for (unsigned i = 0; i < 3; i++) {
        struct sequences s;
        parse(texts[i], 0, &s);
        assert_true(s.rows == 2 && s.columns == 3 && sequences_count(&s) == 4);
        assert_true(s.item[0] == 1 && s.item[1] == 2 && s.item[2] == 0 && s.item[3] == 0); // b at 10, c at 20, a at 30
        assert_true(s.unix_ms[0] == 10000);
        sequences_free(&s);
        parse(texts[i], 3, &s);
        assert_int_equal(sequences_count(&s), 3);
        sequences_free(&s);
    }
}

static void refused(const char *text) {
    struct sequences s;
    struct fault why = {0};
    assert_int_equal(ratings_parse(slice_of(text, strlen(text)), "file", 0, &s, &why), ERR_BAD_REQUEST);
    assert_non_null(strstr(why.message, "file:2"));
}

static void test_refused(void **state) {
    (void)state;
    struct sequences s;
    refused("1 2 3 4\n1 2 nan 4\n");
    refused("1 2 3 4\n1 2\n");
    refused("1 2 3 4\n1 2 3 inf\n");
    parse("", 0, &s); // nothing is nothing
    assert_int_equal(sequences_count(&s), 0);
    sequences_free(&s);
}

static void test_split_by_time(void **state) {
    (void)state;
    struct sequences s, older, newer;
    parse("1 a 5 1\n1 b 5 2\n1 a 5 9\n1 c 5 10\n2 a 5 3\n2 b 5 4\n2 c 5 5\n2 d 5 8\n", 0, &s);
    assert_ok(ratings_split(&s, 0.375, &older, &newer)); // three of eight: from 8 on
    assert_int_equal(sequences_count(&older), 5);
    assert_int_equal(sequences_count(&newer), 2); // the first had taken a before
    assert_true(sequences_length(&newer, 0) == 1 && newer.item[0] == 2 && newer.item[1] == 3);
    sequences_free(&older);
    sequences_free(&newer);
    assert_int_equal(ratings_split(&s, 1, &older, &newer), ERR_BAD_REQUEST);
    sequences_free(&s);
    parse("1 a 5\n", 0, &s);
    assert_int_equal(ratings_split(&s, 0.5, &older, &newer), ERR_BAD_REQUEST); // without times
    sequences_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats), cmocka_unit_test(test_refused), cmocka_unit_test(test_split_by_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
