// Finding routes: literals before captures, 404 against 405, decoding, and tables that must not start.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/router.h"

static enum err handler(struct request *rq, struct fault *why) {
    (void)rq, (void)why;
    return ERR_OK;
}

static const struct route table[] = {
    {METHOD_GET, "/", .handler = handler},
    {METHOD_GET, "/v1/makes", .handler = handler},
    {METHOD_GET, "/v1/vehicles", .handler = handler},
    {METHOD_GET, "/v1/vehicles/options", .handler = handler},
    {METHOD_GET, "/v1/vehicles/{id}", .handler = handler},
    {METHOD_PUT, "/v1/vehicles/{id}", .handler = handler},
    {METHOD_GET, "/v1/vehicles/{id}/types", .handler = handler},
    {METHOD_POST, "/1/indexes/*/queries", .handler = handler},
    {METHOD_POST, "/1/indexes/{index}/query", .handler = handler},
    {METHOD_POST, "/1/indexes/{index}/facets/{facet}/query", .handler = handler},
    {METHOD_GET, "/assets/{path...}", .handler = handler},
    {METHOD_POST, "/v1/events", .flags = ROUTE_BULK, .handler = handler},
};

struct fixture {
    struct router *router;
    struct arena arena;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct fault why;
    if (!f || router_new(table, sizeof table / sizeof *table, &f->router, &why) != ERR_OK) return -1;
    arena_init(&f->arena, 1024, 1 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    router_free(f->router);
    arena_destroy(&f->arena);
    free(f);
    return 0;
}

static enum router_outcome find(struct fixture *f, enum method method, const char *path, struct router_match *m) {
    struct fault why;
    arena_reset(&f->arena);
    return router_find(f->router, method, slice_str(path), &f->arena, m, &why);
}

static void expect(struct fixture *f, enum method method, const char *path, const char *pattern, const char *c0,
                   const char *c1) {
    struct router_match m;
    assert_int_equal(find(f, method, path, &m), ROUTER_FOUND);
    assert_string_equal(m.route->pattern, pattern);
    if (c0) assert_true(slice_is(m.captures[0], c0));
    if (c1) assert_true(slice_is(m.captures[1], c1));
}

static void test_finds(void **state) {
    struct fixture *f = *state;
    expect(f, METHOD_GET, "/", "/", NULL, NULL);
    expect(f, METHOD_HEAD, "/v1/makes", "/v1/makes", NULL, NULL);
    expect(f, METHOD_GET, "/v1/vehicles/options", "/v1/vehicles/options", NULL, NULL);
    expect(f, METHOD_GET, "/v1/vehicles/2018-volkswagen-golf", "/v1/vehicles/{id}", "2018-volkswagen-golf", NULL);
    expect(f, METHOD_PUT, "/v1/vehicles/x", "/v1/vehicles/{id}", "x", NULL);
    expect(f, METHOD_GET, "/v1/vehicles/x/types", "/v1/vehicles/{id}/types", "x", NULL);
    // a literal that leads nowhere falls back to the capture beside it
    expect(f, METHOD_GET, "/v1/vehicles/options/types", "/v1/vehicles/{id}/types", "options", NULL);
    expect(f, METHOD_POST, "/1/indexes/*/queries", "/1/indexes/*/queries", NULL, NULL);
    expect(f, METHOD_POST, "/1/indexes/%2A/queries", "/1/indexes/*/queries", NULL, NULL);
    expect(f, METHOD_POST, "/1/indexes/p/facets/brand/query", "/1/indexes/{index}/facets/{facet}/query", "p", "brand");
    expect(f, METHOD_GET, "/assets/a/b.js", "/assets/{path...}", "a/b.js", NULL);
    expect(f, METHOD_GET, "/v1/vehicles/%E9%AB%98%E5%B0%94%E5%A4%AB", "/v1/vehicles/{id}", "高尔夫", NULL);
    expect(f, METHOD_GET, "/v1/vehicles/a%2Fb", "/v1/vehicles/{id}", "a/b", NULL);
    expect(f, METHOD_GET, "/v1/vehicles/a+b", "/v1/vehicles/{id}", "a+b", NULL);
}

static void test_no_path(void **state) {
    static const char *const paths[] = {"/v1", "/v1/", "/v1/makes/", "/v1/vehicles/", "/v1/vehicles/x/", "//", "/assets",
                                        "/v1/vehicles//types", "/1/indexes/p/queries", "/V1/makes", "/v1/make", "/v1/makess",
                                        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"};
    struct fixture *f = *state;
    struct router_match m;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(find(f, METHOD_GET, paths[i], &m), ROUTER_NO_PATH);
}

static void test_no_method(void **state) {
    struct fixture *f = *state;
    struct router_match m;
    assert_int_equal(find(f, METHOD_POST, "/v1/vehicles/x", &m), ROUTER_NO_METHOD);
    assert_string_equal(m.allow, "GET, HEAD, PUT, OPTIONS");
    assert_int_equal(find(f, METHOD_HEAD, "/v1/events", &m), ROUTER_NO_METHOD);
    assert_string_equal(m.allow, "POST, OPTIONS");
}

static void test_bad_path(void **state) {
    static const char *const paths[] = {"/v1/%", "/v1/%4", "/v1/%zz", "/v1/vehicles/%00", "/v1/vehicles/%ff",
                                        "/v1/vehicles/%C0%80", "/v1/vehicles/%ED%A0%80", "/v1/\xff"};
    struct fixture *f = *state;
    struct router_match m;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(find(f, METHOD_GET, paths[i], &m), ROUTER_BAD_PATH);
}

static void refused(const struct route *routes, size_t count) {
    struct router *router = NULL;
    struct fault why;
    assert_int_equal(router_new(routes, count, &router, &why), ERR_BAD_REQUEST);
    assert_null(router);
}

static void test_bad_tables(void **state) {
    (void)state;
    static const struct stream stream = {.line = NULL};
    const struct route twice[] = {{METHOD_GET, "/a/{x}", .handler = handler}, {METHOD_GET, "/a/{y}", .handler = handler}};
    const struct route relative[] = {{METHOD_GET, "a", .handler = handler}};
    const struct route hole[] = {{METHOD_GET, "/a//b", .handler = handler}};
    const struct route behind[] = {{METHOD_GET, "/a/{x...}/b", .handler = handler}};
    const struct route idle[] = {{METHOD_GET, "/a", .flags = 0}};
    const struct route both[] = {{METHOD_POST, "/a", .handler = handler, .stream = &stream}};
    refused(twice, 2);
    refused(relative, 1);
    refused(hole, 1);
    refused(behind, 1);
    refused(idle, 1);
    refused(both, 1);
}

static void test_body_limits(void **state) {
    struct fixture *f = *state;
    struct router_match m;
    assert_int_equal(find(f, METHOD_POST, "/v1/events", &m), ROUTER_FOUND);
    assert_int_equal(router_body_limit(m.route), LIMIT_BULK_BODY_BYTES);
    assert_int_equal(find(f, METHOD_GET, "/v1/makes", &m), ROUTER_FOUND);
    assert_int_equal(router_body_limit(m.route), LIMIT_BODY_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_finds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_method, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_path, setup, teardown),
        cmocka_unit_test(test_bad_tables),
        cmocka_unit_test_setup_teardown(test_body_limits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
