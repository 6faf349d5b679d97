#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data-tools/jsonl.h"
#include "index/base/limits.h"

struct capture { struct buf text, reports; };

static enum err take_product(void *arg, const struct product_doc *d, struct fault *why) {
    struct capture *c = arg;
    if (slice_is(d->id, "refused")) return fault_set(why, ERR_CONFLICT, "id", "taken");
    buf_printf(&c->text, "product %.*s kind %d %.*s %.*s apps %u\n", SLICE_ARGS(d->id), (int)d->kind, SLICE_ARGS(d->brand), SLICE_ARGS(d->type),
               d->application_count);
    if (d->application_count) buf_printf(&c->text, "  from %.*s:%u\n", SLICE_ARGS(d->applications[0].source), d->applications[0].line);
    return ERR_OK;
}
static enum err take_offer(void *arg, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock, struct fault *why) {
    struct capture *c = arg;
    (void)why;
    buf_printf(&c->text, "offer %.*s %lld %lld %lld\n", SLICE_ARGS(id), (long long)cny_fen, (long long)usd_cents, (long long)stock);
    return ERR_OK;
}
static enum err take_body(struct capture *c, const char *what, const struct json *body) {
    buf_printf(&c->text, "%s ", what);
    struct json_writer w = json_writer_of(&c->text);
    json_tree(&w, body);
    buf_char(&c->text, '\n');
    return ERR_OK;
}
static enum err take_supply(void *arg, enum supply_kind kind, const struct json *body, struct fault *why) {
    (void)why;
    return take_body(arg, supply_kind_name(kind), body);
}
static enum err take_event(void *arg, const struct json *body, struct fault *why) {
    (void)why;
    return take_body(arg, "event", body);
}
static enum err take_user(void *arg, struct slice id, const struct json *body, struct fault *why) {
    struct capture *c = arg;
    (void)why;
    buf_printf(&c->text, "%.*s is ", SLICE_ARGS(id));
    return take_body(c, "user", body);
}
static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct capture *c = arg;
    assert_int_equal(what, SINK_REJECTED);
    buf_printf(&c->reports, "%llu %s\n", (unsigned long long)line, message);
}

static struct jsonl_result read_lines(struct slice lines, unsigned kinds, struct capture *c) {
    struct sink sink = {.arg = c, .product = take_product, .offer = take_offer, .supply = take_supply, .user = take_user,
                        .event = take_event, .report = take_report};
    struct jsonl_result r;
    struct fault why = {0};
    struct input *in = input_of_memory(lines);
    buf_init(&c->text, NULL, 1024);
    buf_init(&c->reports, NULL, 1024);
    if (jsonl_read(in, kinds, &sink, &r, &why) != ERR_OK) fail_msg("%s", why.message);
    input_close(in);
    buf_char(&c->text, 0);
    buf_char(&c->reports, 0);
    return r;
}

static void capture_free(struct capture *c) {
    buf_free(&c->text);
    buf_free(&c->reports);
}

#define MIXED \
    "{\"kind\":\"product\",\"id\":\"p1\",\"brand\":\"B\",\"type\":\"oil_filter\",\"number\":\"1\",\"applications\":[{\"vehicles\":[{\"make\":\"VW\",\"years\":2018}]}]}\n" \
    "{\"kind\":\"service\",\"id\":\"s1\",\"brand\":\"B\",\"type\":\"oil_change\"}\r\n" \
    "\n" \
    "{\"kind\":\"offer\",\"id\":\"p1\",\"prices\":[{\"amount\":2990,\"currency\":\"CNY\"},{\"amount\":499,\"currency\":\"USD\"}],\"stock\":3}\n" \
    "{\"kind\":\"offer\",\"id\":\"p2\",\"price\":{\"amount\":1,\"currency\":\"USD\"}}\n" \
    " { \"kind\" : \"workshop\",\"id\":\"w1\"}\n" \
    "{\"id\":\"u1\",\"identities\":[{\"kind\":\"app\",\"value\":\"x\"}],\"kind\":\"user\"}\n" \
    "{\"kind\":\"event\",\"id\":\"e1\",\"user\":\"u1\",\"type\":\"click\"}"

static void a_mixed_file_in_two_passes(void **state) {
    (void)state;
    struct capture c;
    struct jsonl_result r = read_lines(SLICE(MIXED), JSONL_CATALOGUE, &c);
    assert_string_equal(c.text.p, "product p1 kind 0 B oil_filter apps 1\n  from memory:1\nproduct s1 kind 5 B oil_change apps 0\n"
                                  "offer p1 2990 499 3\noffer p2 -1 1 -1\n");
    assert_string_equal(c.reports.p, "");
    assert_int_equal(r.products, 2);
    assert_int_equal(r.offers, 2);
    capture_free(&c);
    r = read_lines(SLICE(MIXED), JSONL_PEOPLE, &c);
    assert_string_equal(c.text.p, "workshop {\"id\":\"w1\"}\nu1 is user {\"identities\":[{\"kind\":\"app\",\"value\":\"x\"}]}\n"
                                  "event {\"id\":\"e1\",\"user\":\"u1\",\"type\":\"click\"}\n");
    assert_string_equal(c.reports.p, "");
    assert_int_equal(r.supplies + r.users + r.events, 3);
    capture_free(&c);
}

#define BAD \
    "{\"kind\":\"product\",\"id\":\"p1\",\"brand\":\"B\"}\n" \
    "{\"kind\":\"product\",\"id\":\"refused\",\"brand\":\"B\",\"type\":\"t\"}\n" \
    "{\"kind\":\"product\",\"id\":\"p1\",\"brand\":\"B\",\"type\":\"t\",\"colour\":1}\n" \
    "{\"kind\":\"potato\"}\n" \
    "[1]\n" \
    "{\"kind\":\n" \
    "{\"kind\":\"offer\",\"stock\":1}\n" \
    "{\"kind\":\"offer\",\"id\":\"p\",\"price\":{\"amount\":1,\"currency\":\"XAU\"}}\n" \
    "{\"kind\":\"user\"}\n"

static void lines_that_cannot_be_used_are_reported_once(void **state) {
    (void)state;
    struct capture c;
    struct jsonl_result r = read_lines(SLICE(BAD), JSONL_CATALOGUE, &c);
    assert_int_equal(r.rejected, 8);
    assert_int_equal(r.products + r.offers, 0);
    assert_non_null(strstr(c.reports.p, "1 a product needs a type\n2 taken\n3 "));
    assert_non_null(strstr(c.reports.p, "4 kind must be product, offer, view, user, event, workshop, depot, district, dealer, price_band or stock\n5 a line must be one JSON object\n6 "));
    assert_non_null(strstr(c.reports.p, "7 id is missing\n8 price.currency must be CNY or USD\n"));
    capture_free(&c);
    r = read_lines(SLICE(BAD), JSONL_PEOPLE, &c);
    assert_string_equal(c.reports.p, "9 id is missing\n");
    assert_int_equal(r.rejected, 1);
    capture_free(&c);
}

static void a_line_beyond_the_limit_is_skipped_whole(void **state) {
    (void)state;
    struct capture c;
    size_t long_n = LIMIT_BULK_BODY_BYTES + 400000;
    struct buf text;
    buf_init(&text, NULL, long_n + 256);
    for (size_t i = 0; i < long_n; i++) buf_char(&text, 'x');
    buf_slice_put(&text, SLICE("\n{\"kind\":\"offer\",\"id\":\"p1\",\"stock\":1}\n"));
    struct jsonl_result r = read_lines(buf_slice(&text), JSONL_CATALOGUE, &c);
    assert_int_equal(r.rejected, 1);
    assert_string_equal(c.text.p, "offer p1 -1 -1 1\n");
    assert_true(strncmp(c.reports.p, "1 ", 2) == 0);
    capture_free(&c);
    buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mixed_file_in_two_passes), cmocka_unit_test(lines_that_cannot_be_used_are_reported_once),
        cmocka_unit_test(a_line_beyond_the_limit_is_skipped_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
