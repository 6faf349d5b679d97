// A request as handlers see it: parameters, bodies, the error table, static files.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/base/clock.h"
#include "server/gzip.h"
#include "server/respond.h"
#include "server/router.h"

static const char *const params[] = {"q", "limit", "near", "lang", NULL};
static const struct route route = {METHOD_GET, "/v1/search", .params = params};
static const struct route any_route = {METHOD_POST, "/1/events", .flags = ROUTE_ANY_PARAMS};

static int setup(void **state) {
    struct request *rq = request_new();
    if (!rq) return -1;
    rq->route = &route;
    rq->path = SLICE("/v1/search");
    rq->parser = json_parser_new();
    memset(&rq->head, 0, sizeof rq->head);
    *state = rq;
    return rq->parser ? 0 : -1;
}

static int teardown(void **state) {
    struct request *rq = *state;
    json_parser_free(rq->parser);
    request_free(rq);
    return 0;
}

static enum err prepare(struct request *rq, const char *query, struct fault *why) {
    rq->head.query = slice_str(query);
    return request_prepare(rq, why);
}

static void test_decodes(void **state) {
    struct request *rq = *state;
    struct fault why;
    assert_int_equal(prepare(rq, "q=%E6%9C%BA%E6%BB%A4+oil%2B&limit=5&&near", &why), ERR_OK);
    assert_true(slice_is(request_param(rq, "q"), "机滤 oil+"));
    assert_true(slice_is(request_param(rq, "near"), ""));
    assert_non_null(request_param(rq, "near").p);
    assert_null(request_param(rq, "lang").p);
    int64_t limit = 20;
    assert_int_equal(request_param_int(rq, "limit", 1, 100, &limit, &why), ERR_OK);
    assert_int_equal(limit, 5);
    assert_int_equal(request_param_int(rq, "limit", 1, 4, &limit, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "limit");
    int64_t offset = 7;
    assert_int_equal(request_param_int(rq, "offset", 0, 100, &offset, &why), ERR_OK);
    assert_int_equal(offset, 7);
}

static void test_bad_queries(void **state) {
    static const struct { const char *query, *field; } bad[] = {
        {"q=%", "q"},          {"q=%4", "q"},        {"q=%zz", "q"},   {"q=%FF", "q"},         {"q=%00", "q"},
        {"q=%ED%A0%80", "q"},  {"q=%C1%81", "q"},    {"%=1", ""},      {"q=1&q=2", "q"},       {"q=1&%71=2", "q"},
        {"vehcile=x", "vehcile"}, {"q=1&Q=2", "Q"},  {"lang=fr", "lang"}, {"lang=", "lang"},   {"=1", ""},
        {"q=%F4%90%80%80", "q"}, {"q=%E0%80%AF", "q"}, {"q=\xe6\x9c", "q"},
    };
    struct request *rq = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault why = {ERR_OK, "", ""};
        assert_int_equal(prepare(rq, bad[i].query, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, bad[i].field);
    }
    char many[1024] = "";
    for (unsigned i = 0; i <= LIMIT_QUERY_PARAMS; i++) sprintf(many + strlen(many), "p%u=1&", i);
    struct fault why;
    assert_int_equal(prepare(rq, many, &why), ERR_BAD_REQUEST);
}

static void test_lang_and_any(void **state) {
    struct request *rq = *state;
    struct fault why;
    assert_int_equal(prepare(rq, "lang=zh", &why), ERR_OK);
    assert_int_equal(rq->lang, LANG_ZH);
    rq->route = &any_route;
    assert_int_equal(prepare(rq, "X-Algolia-Agent=a&whatever=1", &why), ERR_OK);
    assert_true(slice_is(request_param_fold(rq, "x-algolia-agent"), "a"));
    assert_null(request_param(rq, "x-algolia-agent").p);
}

static void test_json_body(void **state) {
    struct request *rq = *state;
    struct fault why;
    const struct json *json = NULL;
    rq->body = SLICE("");
    assert_int_equal(request_json(rq, &json, &why), ERR_BAD_REQUEST);
    rq->body = SLICE("{\"a\":");
    assert_int_equal(request_json(rq, &json, &why), ERR_BAD_REQUEST);
    rq->body = SLICE("{\"a\":[1,2]}");
    assert_int_equal(request_json(rq, &json, &why), ERR_OK);
    assert_int_equal(json_get(json, "a")->count, 2);
    const struct json *again = NULL;
    assert_int_equal(request_json(rq, &again, &why), ERR_OK);
    assert_ptr_equal(json, again);
}

static void test_gzip_body(void **state) {
    struct request *rq = *state;
    struct fault why;
    struct slice packed, text;
    assert_int_equal(gzip_deflate(SLICE("{\"q\":\"oil filter\"}"), &rq->arena, &packed), ERR_OK);
    rq->head.known[HEADER_CONTENT_ENCODING] = SLICE("gzip");
    rq->body = packed;
    assert_int_equal(request_body(rq, &text, &why), ERR_OK);
    assert_true(slice_is(text, "{\"q\":\"oil filter\"}"));
    rq->body.n--;
    assert_int_equal(request_body(rq, &text, &why), ERR_BAD_REQUEST);
    rq->body = SLICE("not gzip");
    assert_int_equal(request_body(rq, &text, &why), ERR_BAD_REQUEST);
    struct slice zeros = slice_of(calloc(1, LIMIT_BODY_BYTES + 1), LIMIT_BODY_BYTES + 1);
    assert_int_equal(gzip_deflate(zeros, &rq->arena, &rq->body), ERR_OK);
    assert_int_equal(request_body(rq, &text, &why), ERR_TOO_LARGE);
    zeros.n--;
    assert_int_equal(gzip_deflate(zeros, &rq->arena, &rq->body), ERR_OK);
    assert_int_equal(request_body(rq, &text, &why), ERR_OK);
    assert_int_equal(text.n, LIMIT_BODY_BYTES);
    free((void *)(uintptr_t)zeros.p);
    rq->head.known[HEADER_CONTENT_ENCODING] = SLICE("br");
    assert_int_equal(request_body(rq, &text, &why), ERR_BAD_REQUEST);
}

static void test_status_table(void **state) {
    (void)state;
    static const struct { enum err code; int status; } rows[] = {
        {ERR_BAD_REQUEST, 400}, {ERR_UNAUTHORIZED, 401}, {ERR_FORBIDDEN, 403}, {ERR_NOT_FOUND, 404}, {ERR_CONFLICT, 409},
        {ERR_TOO_LARGE, 413},   {ERR_RATE_LIMITED, 429}, {ERR_INTERNAL, 500},  {ERR_STORAGE_FULL, 507}, {ERR_DAMAGED, 500},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(respond_status(rows[i].code, false), rows[i].status);
    assert_int_equal(respond_status(ERR_STORAGE_FULL, true), 429);
    assert_int_equal(respond_status((enum err)999, false), 500);
}

static void test_fault_bodies(void **state) {
    struct request *rq = *state;
    struct fault why;
    buf_put(&rq->out, "half an answer", 14);
    fault_set(&why, ERR_BAD_REQUEST, "limit", "limit must be \"small\"");
    assert_int_equal(respond_fault(rq, &why), ERR_OK);
    assert_int_equal(rq->response.status, 400);
    assert_true(slice_is(buf_slice(&rq->out),
                         "{\"error\":{\"code\":\"bad_request\",\"message\":\"limit must be \\\"small\\\"\",\"field\":\"limit\"}}"));
    fault_set(&why, ERR_DAMAGED, "", "a checksum is wrong");
    respond_fault(rq, &why);
    assert_int_equal(rq->response.status, 500);
    assert_true(slice_is(buf_slice(&rq->out),
                         "{\"error\":{\"code\":\"internal\",\"message\":\"a checksum is wrong\",\"field\":null}}"));
    rq->path = SLICE("/1/indexes/a/query");
    fault_set(&why, ERR_STORAGE_FULL, "", "full");
    respond_fault(rq, &why);
    assert_true(slice_is(buf_slice(&rq->out), "{\"message\":\"full\",\"status\":429}"));
    assert_true(slice_starts(buf_slice(&rq->response.headers), SLICE("Retry-After: 1\r\n")));
}

static void test_static_files(void **state) {
    struct request *rq = *state;
    const struct static_file file = {"text/css", SLICE("body{}"), SLICE("GZIP"), "\"v1\"", "max-age=60"};
    respond_file(rq, &file);
    assert_int_equal(rq->response.status, 200);
    assert_true(slice_is(rq->response.body, "body{}"));
    request_reset(rq);
    rq->head.known[HEADER_ACCEPT_ENCODING] = SLICE("br, gzip");
    respond_file(rq, &file);
    assert_true(slice_is(rq->response.body, "GZIP"));
    request_reset(rq);
    rq->head.known[HEADER_IF_NONE_MATCH] = SLICE("\"v0\", W/\"v1\"");
    respond_file(rq, &file);
    assert_int_equal(rq->response.status, 304);
    assert_true(rq->response.head_only);
}

static uint64_t told_us(void *state) { return *(uint64_t *)state; }

// took_us is what threads worked; the queue before a compute thread and the way back are not in it.
static void test_took(void **state) {
    struct request *rq = *state;
    uint64_t now = 1000;
    const struct clock clock = {.monotonic_us = told_us, .state = &now};
    rq->clock = &clock;
    request_work_begin(rq);
    now += 70;
    assert_int_equal(request_took_us(rq), 70);
    request_defer(rq, NULL);
    now += 5000; // other requests
    request_work_begin(rq);
    now += 300;
    assert_int_equal(request_took_us(rq), 370);
    request_work_end(rq);
    now += 2000;
    request_work_begin(rq);
    now += 5;
    assert_int_equal(request_took_us(rq), 375);
    rq->deferred = false;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decodes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_queries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lang_and_any, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gzip_body, setup, teardown),
        cmocka_unit_test(test_status_table),
        cmocka_unit_test_setup_teardown(test_fault_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_static_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_took, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
