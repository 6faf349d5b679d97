// The text form of answers: what is escaped comes back as it was.
#include "index_fixture.h"

#include "index/base/json.h"
#include "index/knowledge.h"

static void test_values_with_separators(void **state) {
    struct fixture f;
    struct slice text, back;
    const struct json *object;
    struct json_parser *parser = json_parser_new();
    (void)state;
    fixture_open(&f);
    assert_int_equal(json_parse(parser, SLICE("{\"trim\":[\"D,J: x|y\",\"50%\"],\"doors\":4}"), &f.arena, &object, NULL), ERR_OK);
    assert_int_equal(knowledge_attrs_from_json(&f.arena, object, &text, NULL), ERR_OK);
    assert_true(slice_is(text, "trim:D%2CJ%3A x%7Cy|50%25,doors:4"));
    back = knowledge_unescape(&f.arena, SLICE("D%2CJ%3A x%7Cy"));
    assert_true(slice_is(back, "D,J: x|y"));
    assert_true(slice_is(knowledge_unescape(&f.arena, SLICE("50%")), "50%"));
    assert_true(slice_is(knowledge_unescape(&f.arena, SLICE("%2")), "%2"));
    json_parser_free(parser);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_with_separators)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
