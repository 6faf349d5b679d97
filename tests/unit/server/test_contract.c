// The HTTP contract, over a real socket: every tests/contract/*.case against a server of its own, and a few checks that a text
// file cannot express.
#include <dirent.h>

#include "tests/contract/case.h"
#include "tests/contract/catalogue.h"

#include "model/publish.h"
#include "model/train.h"
#include "server/app.h"
#include "server/openapi.h"

#define CASES_MAX 64
#define NOW_MS INT64_C(1795341600000) // 2026-11-22T10:00:00Z

// ---- a server over the small catalogue ------------------------------------------------------------------------------------------

static int64_t fixed_unix_ms(void *state) {
    (void)state;
    return NOW_MS;
}
static uint64_t running_us(void *state) {
    (void)state;
    return clock_monotonic_us(&clock_system);
}
static const struct clock test_clock = {fixed_unix_ms, running_us, NULL};

struct site {
    char dir[64];
    struct options options;
    struct app *app;
    struct server *server;
};

static void site_open_in(struct site *s, const char *market) {
    struct fault why = {0};
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/rightfit-test-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    catalogue_load(s->dir);
    options_init(&s->options);
    snprintf(s->options.listen, sizeof s->options.listen, "127.0.0.1:0");
    snprintf(s->options.data, sizeof s->options.data, "%s", s->dir);
    snprintf(s->options.market, sizeof s->options.market, "%s", market);
    s->options.workers = 1;
    s->options.clock = &test_clock;
    must(app_open(&s->options, CONTRACT_DIR "/web", &s->app, &why));
    const struct server_app callbacks = app_callbacks(s->app);
    must(server_start(&s->options, routes, routes_count, &callbacks, &s->server, &why));
    must(app_register_metrics(s->app, server_metrics(s->server)));
}

static void site_open(struct site *s) { site_open_in(s, ""); }

static void site_close(struct site *s) {
    char command[128];
    server_stop(s->server);
    app_close(s->app);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    assert_int_equal(system(command), 0);
}

static void test_case_file(void **state) {
    struct site s;
    unsigned steps = 0;
    site_open(&s);
    case_run_file(*state, server_port(s.server), &steps);
    print_message("           %u requests\n", steps);
    site_close(&s);
}

// ---- what needs code ------------------------------------------------------------------------------------------------------------

static int ask(struct site *s, const char *request, const char *body, struct answer *a) {
    struct client c = client_open(server_port(s->server));
    char head[1024];
    snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", request, strlen(body));
    client_say(&c, head);
    client_say(&c, body);
    client_answer(&c, a, false);
    client_close(&c);
    return a->status;
}

static void test_every_route_is_described(void **state) {
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        const struct openapi_call *call = openapi_find(&routes[i]);
        if (!call) fail_msg("%s %s has no row in openapi_calls.c", method_name(routes[i].method), routes[i].pattern);
        bool body = routes[i].method == METHOD_POST || routes[i].method == METHOD_PUT;
        assert_int_equal(body, call->body != NULL);
        for (const char *const *p = routes[i].params; p && *p; p++)
            if (!openapi_param(*p)) fail_msg("parameter %s of %s has no sentence in openapi_calls.c", *p, routes[i].pattern);
    }
}

static void test_pages_of_a_bad_database_are_clear(void **state) {
    (void)state;
    struct fault why = {0};
    struct options options;
    struct app *app;
    char dir[64] = "/tmp/rightfit-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    options_init(&options);
    snprintf(options.data, sizeof options.data, "%s/none", dir);
    assert_int_equal(app_open(&options, NULL, &app, &why), ERR_NOT_FOUND);
    assert_non_null(strstr(why.message, "rightfit import"));
    assert_int_equal(rmdir(dir), 0);
}

static const char events[] =
    "[{\"id\":\"g1\",\"user\":\"ann\",\"type\":\"purchase\",\"product\":\"of-golf18\"},"
    "{\"id\":\"g2\",\"user\":\"ann\",\"type\":\"click\",\"product\":\"af-golf\"},"
    "{\"id\":\"g3\",\"user\":\"bob\",\"type\":\"purchase\",\"product\":\"of-golf18\"},"
    "{\"id\":\"g4\",\"user\":\"bob\",\"type\":\"cart\",\"product\":\"bp-golf-front\"}]";

static void test_a_generation_is_taken_up(void **state) {
    (void)state;
    struct site s;
    struct answer a = {.body = NULL};
    struct fault why = {0};
    struct train_options options = train_defaults();
    struct train_report report;
    char body[64];
    site_open(&s);
    assert_int_equal(ask(&s, "POST /v1/events", events, &a), 200);
    options.als.dimension = 16;
    must(train_run(s.app->db, &options, &report, &why));
    assert_true(report.id != 0);
    snprintf(body, sizeof body, "{\"id\":\"%016llx\"}", (unsigned long long)report.id);
    assert_int_equal(ask(&s, "POST /v1/generations", body, &a), 200);
    struct generation *g = generations_acquire(s.app->generations);
    assert_non_null(g);
    assert_int_equal(generation_id(g), report.id);
    generations_release(s.app->generations, g);
    assert_int_equal(ask(&s, "GET /metrics", "", &a), 200);
    assert_non_null(strstr(a.body, "rightfit_generation_products 11"));
    free(a.body);
    site_close(&s);
}

static void test_a_damaged_generation_costs_no_service(void **state) {
    (void)state;
    struct site s;
    struct fault why = {0};
    struct txn *t;
    struct db *db;
    site_open(&s);
    server_stop(s.server);
    app_close(s.app);
    must(db_open(s.dir, DB_WRITE, &db, &why));
    must(txn_begin(db, &t, &why));
    must(publish_switch(t, 0x1234));
    must(txn_commit(t, &why));
    db_close(db);
    log_set_level(LOG_ERROR + 1);
    must(app_open(&s.options, NULL, &s.app, &why));
    log_set_level(LOG_WARN);
    assert_null(generations_acquire(s.app->generations));
    const struct server_app callbacks = app_callbacks(s.app);
    must(server_start(&s.options, routes, routes_count, &callbacks, &s.server, &why));
    struct answer a = {.body = NULL};
    assert_int_equal(ask(&s, "GET /v1/makes", "", &a), 200);
    free(a.body);
    site_close(&s);
}

// A product of many applications is written out by a compute thread; the answer is the same.
static void test_a_product_of_many_applications(void **state) {
    (void)state;
    struct site s;
    struct answer a = {.body = NULL};
    struct buf body;
    buf_init(&body, NULL, 0);
    buf_printf(&body, "{\"brand\":\"mann\",\"type\":\"oil_filter\",\"title\":\"Many\",\"applications\":[");
    for (unsigned i = 0; i < 2000; i++)
        buf_printf(&body, "%s{\"quantity\":%u,\"vehicles\":[{\"make\":\"Volkswagen\",\"model\":\"Golf\",\"years\":[2016,2019],"
                          "\"attrs\":{\"displacement\":\"1.8\"}}]}", i ? "," : "", i + 1);
    buf_printf(&body, "]}");
    buf_char(&body, 0);
    site_open(&s);
    assert_int_equal(ask(&s, "PUT /v1/products/many", body.p, &a), 200);
    assert_int_equal(ask(&s, "GET /v1/products/many", "", &a), 200);
    assert_non_null(strstr(a.body, "\"quantity\":2000"));
    assert_int_equal(ask(&s, "GET /v1/fitment?product=many&vehicle=2018-volkswagen-golf&attrs=displacement:1.8", "", &a), 200);
    assert_non_null(strstr(a.body, "\"verdict\":\"fits\""));
    buf_free(&body);
    free(a.body);
    site_close(&s);
}

// The server's default market narrows, and gives way where the car has nothing in that market or the request says otherwise.
static void test_the_default_market(void **state) {
    (void)state;
    struct site s;
    struct answer a = {.body = NULL};
    site_open_in(&s, "CN");
    assert_int_equal(ask(&s, "GET /v1/makes", "", &a), 200);
    assert_non_null(strstr(a.body, "BYD"));
    assert_null(strstr(a.body, "Toyota"));
    assert_int_equal(ask(&s, "GET /v1/makes?market=", "", &a), 200);
    assert_non_null(strstr(a.body, "Toyota"));
    assert_int_equal(ask(&s, "GET /v1/fitment?product=of-golf18&vehicle=2018-volkswagen-golf", "", &a), 200);
    assert_non_null(strstr(a.body, "\"verdict\":\"no\""));
    assert_int_equal(ask(&s, "GET /v1/fitment?product=of-golf18&vehicle=2018-volkswagen-golf&attrs=market:US", "", &a), 200);
    assert_non_null(strstr(a.body, "\"verdict\":\"fits\""));
    assert_int_equal(ask(&s, "GET /v1/fitment?product=of-camry&vehicle=2019-toyota-camry", "", &a), 200);
    assert_non_null(strstr(a.body, "\"verdict\":\"fits\""));
    free(a.body);
    site_close(&s);
}

// ---- all of it ------------------------------------------------------------------------------------------------------------------

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct CMUnitTest *)a)->name, ((const struct CMUnitTest *)b)->name);
}

static size_t add_cases(struct CMUnitTest *tests) {
    DIR *dir = opendir(CONTRACT_DIR);
    size_t count = 0;
    if (!dir) return 0;
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        if (!slice_ends(slice_str(d->d_name), SLICE(".case")) || count == CASES_MAX) continue;
        size_t n = sizeof CONTRACT_DIR + 1 + strlen(d->d_name);
        char *path = malloc(n);
        if (!path) break;
        snprintf(path, n, "%s/%s", CONTRACT_DIR, d->d_name);
        tests[count++] = (struct CMUnitTest){.name = path, .test_func = test_case_file, .initial_state = path};
    }
    closedir(dir);
    qsort(tests, count, sizeof *tests, by_name);
    return count;
}

int main(void) {
    static struct CMUnitTest tests[CASES_MAX + 8] = {
        cmocka_unit_test(test_every_route_is_described),
        cmocka_unit_test(test_pages_of_a_bad_database_are_clear),
        cmocka_unit_test(test_a_generation_is_taken_up),
        cmocka_unit_test(test_a_damaged_generation_costs_no_service),
        cmocka_unit_test(test_a_product_of_many_applications),
        cmocka_unit_test(test_the_default_market),
    };
    size_t coded = 6, count = coded + add_cases(tests + coded);
    log_set_level(LOG_WARN);
    int failed = count > coded ? _cmocka_run_group_tests("contract", tests, count, NULL, NULL) : 1;
    for (size_t i = coded; i < count; i++) free((char *)(uintptr_t)tests[i].name);
    return failed;
}
