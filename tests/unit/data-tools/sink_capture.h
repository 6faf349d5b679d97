// sink_capture.h: a sink that writes down what it is given, one line each, for the tests of the table readers.
#ifndef RF_TESTS_SINK_CAPTURE_H
#define RF_TESTS_SINK_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data-tools/fitment_csv.h"

struct capture { struct buf text, reports; };

static inline void capture_condition(struct buf *b, const struct condition_doc *c) {
    buf_printf(b, " ?%s:%.*s", condition_type_name(c->type), SLICE_ARGS(c->text));
    if (c->from.n) buf_printf(b, "<%.*s", SLICE_ARGS(c->from));
    if (c->to.n) buf_printf(b, ">%.*s", SLICE_ARGS(c->to));
}

static inline void capture_vehicle(struct buf *b, const struct vehicle_doc *v) {
    if (v->external.n) buf_printf(b, " [%.*s", SLICE_ARGS(v->external));
    else buf_printf(b, " [%.*s/%.*s %u-%u", SLICE_ARGS(v->make), SLICE_ARGS(v->model), v->year_from, v->year_to);
    for (unsigned i = 0; i < v->attr_count; i++) buf_printf(b, " %.*s=%.*s", SLICE_ARGS(v->attrs[i].name), SLICE_ARGS(v->attrs[i].value));
    buf_char(b, ']');
}

static inline void capture_document(struct buf *b, const struct application_doc *d) {
    if (d->position.n) buf_printf(b, " @%.*s", SLICE_ARGS(d->position));
    if (d->quantity != 1) buf_printf(b, " x%u", d->quantity);
    for (unsigned i = 0; i < d->vehicle_count; i++) capture_vehicle(b, &d->vehicles[i]);
    for (unsigned i = 0; i < d->condition_count; i++) capture_condition(b, &d->conditions[i]);
}

static inline enum err capture_product(void *arg, const struct product_doc *d, struct fault *why) {
    struct capture *c = arg;
    if (slice_is(d->number, "REFUSED")) return fault_set(why, ERR_CONFLICT, "id", "taken");
    buf_printf(&c->text, "product %.*s|%.*s|%.*s|%.*s|%.*s|%.*s", SLICE_ARGS(d->id), SLICE_ARGS(d->brand), SLICE_ARGS(d->number),
               SLICE_ARGS(d->type),
               SLICE_ARGS(d->title), SLICE_ARGS(d->title_zh));
    if (d->cny_fen >= 0) buf_printf(&c->text, " CNY%lld", (long long)d->cny_fen);
    if (d->usd_cents >= 0) buf_printf(&c->text, " USD%lld", (long long)d->usd_cents);
    if (d->universal) buf_printf(&c->text, " universal");
    if (d->stock) buf_printf(&c->text, " stock%u", d->stock);
    for (unsigned i = 0; i < d->number_count; i++) buf_printf(&c->text, " oe:%.*s/%.*s", SLICE_ARGS(d->numbers[i].brand),
                                                              SLICE_ARGS(d->numbers[i].number));
    for (unsigned i = 0; i < d->application_count; i++) capture_document(&c->text, &d->applications[i]);
    buf_char(&c->text, '\n');
    return ERR_OK;
}

static inline enum err capture_application(void *arg, enum catalog_change change, struct slice brand, struct slice number,
                                           struct slice type,
                                           const struct application_doc *d, struct fault *why) {
    struct capture *c = arg;
    (void)why;
    assert_int_equal(change, CATALOG_ADD);
    buf_printf(&c->text, "%u %.*s %.*s %.*s", d->line, SLICE_ARGS(brand), SLICE_ARGS(number), SLICE_ARGS(type));
    capture_document(&c->text, d);
    buf_char(&c->text, '\n');
    return ERR_OK;
}

static inline void capture_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct capture *c = arg;
    buf_printf(&c->reports, "%s%llu %s\n", what == SINK_WARNING ? "warning " : "", (unsigned long long)line, message);
}

typedef enum err capture_reader(struct input *in, const struct attribute_words *words, const struct notes *notes,
                                const struct fitment_options *options,
                                const struct sink *sink, struct fitment_result *out, struct fault *why);

static inline struct fitment_result capture_read(struct capture *c, capture_reader *read, struct slice bytes,
                                                 const struct fitment_options *options) {
    struct sink sink = {.arg = c, .product = capture_product, .application = capture_application, .report = capture_report};
    struct attribute_words *words;
    struct notes *notes;
    struct fitment_result r;
    struct fault why = {0};
    struct input *in = input_of_memory(bytes);
    buf_init(&c->text, NULL, 1024);
    buf_init(&c->reports, NULL, 1024);
    if (attribute_words_open("data-tools/facts", &words, &why) != ERR_OK) fail_msg("%s", why.message);
    if (notes_open("data-tools/facts/informational_notes.txt", &notes, &why) != ERR_OK) fail_msg("%s", why.message);
    if (read(in, words, notes, options, &sink, &r, &why) != ERR_OK) buf_printf(&c->reports, "failed: %s\n", why.message);
    notes_close(notes);
    attribute_words_close(words);
    input_close(in);
    buf_char(&c->text, 0);
    buf_char(&c->reports, 0);
    return r;
}

static inline void capture_free(struct capture *c) {
    buf_free(&c->text);
    buf_free(&c->reports);
}

#endif
