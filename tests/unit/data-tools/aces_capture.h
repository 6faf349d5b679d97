// aces_capture.h: what the ACES reader hands over, written down as text, for tests that read documents out of strings.
#ifndef RF_TESTS_ACES_CAPTURE_H
#define RF_TESTS_ACES_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data-tools/aces.h"
#include "index/base/map.h"
#include "tests/idmap_lines.h"

// ---- a sink that writes down what it gets, one line per application --------------------------------------------------------
struct capture {
    struct buf text, reports;
    struct map parts; // distinct numbers
    uint64_t parked, rejected, conditions;
    enum err answer;
};

static inline enum err capture_application(void *arg, enum catalog_change change, struct slice brand, struct slice number,
    struct slice type, const struct application_doc *doc,
                                    struct fault *why) {
    struct capture *c = arg;
    const struct vehicle_doc *v = doc->vehicles;
    if (change == CATALOG_REMOVE) buf_printf(&c->text, "- ");
    if (c->answer != ERR_OK) return fault_set(why, c->answer, "", "the sink says no");
    buf_printf(&c->text, "%.*s %.*s %.*s %u x%u @%.*s %u-%u %.*s/%.*s", SLICE_ARGS(brand), SLICE_ARGS(number), SLICE_ARGS(type), doc->line,
               doc->quantity, SLICE_ARGS(doc->position), v->year_from, v->year_to, SLICE_ARGS(v->make), SLICE_ARGS(v->model));
    if (v->external.n) buf_printf(&c->text, "<%.*s>", SLICE_ARGS(v->external));
    if (doc->label.n) buf_printf(&c->text, " \"%.*s\"", SLICE_ARGS(doc->label));
    for (unsigned i = 0; i < v->attr_count; i++)
        buf_printf(&c->text, " %.*s=%.*s", SLICE_ARGS(v->attrs[i].name), SLICE_ARGS(v->attrs[i].value));
    for (unsigned i = 0; i < doc->condition_count; i++) {
        const struct condition_doc *k = &doc->conditions[i];
        buf_printf(&c->text, " [%d %.*s|%.*s|%.*s]", (int)k->type, SLICE_ARGS(k->text), SLICE_ARGS(k->from), SLICE_ARGS(k->to));
    }
    if (doc->flags & APPLICATION_NOT_VALIDATED) buf_printf(&c->text, " not_validated");
    c->conditions += doc->condition_count;
    assert_true(map_put(&c->parts, hash128(number), 1));
    buf_char(&c->text, '\n');
    return ERR_OK;
}

static inline enum err capture_full(void *arg, struct slice brand, struct fault *why) {
    struct capture *c = arg;
    (void)why;
    buf_printf(&c->text, "full %.*s\n", SLICE_ARGS(brand));
    return ERR_OK;
}

static inline void capture_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct capture *c = arg;
    c->parked += what == SINK_PARKED;
    c->rejected += what == SINK_REJECTED;
    buf_printf(&c->reports, "%llu %s\n", (unsigned long long)line, message);
}

static inline void capture_start(struct capture *c) {
    memset(c, 0, sizeof *c);
    buf_init(&c->text, NULL, 1024);
    buf_init(&c->reports, NULL, 1024);
    map_init(&c->parts);
}
static inline void capture_end(struct capture *c) {
    buf_free(&c->text);
    buf_free(&c->reports);
    map_destroy(&c->parts);
}

static inline struct idmap *map_make(void) {
    static const char *const LINES[][3] = {
        {"Make", "47", "Volkswagen"}, {"Model", "9", "Golf"}, {"BaseVehicle", "5911", "2018|Volkswagen|Golf"}, {"PartType", "5340", "oil_filter"},
        {"Position", "22", "front"}, {"Position", "1", ""}, {"Brand", "BBBB", "Mann-Filter"}, {"SubModel", "20", "SE"},
        {"FuelType", "5", "gasoline"}, {"FuelType", "6", "diesel"}, {"VehicleType", "5", "car"}, {"EquipmentBase", "70", "2018|Kubota|L2501"},
        {"EquipmentBase", "71", "Kubota|B2601"}, {"Mfr", "3", "Kubota"}, {"EquipmentModel", "12", "L2501"}, {"Region", "9", "US|CA"},
        {"EngineBase", "311", "displacement=1.4;cylinders=4;fuel=gasoline|hybrid"}};
    return IDMAP_OF(LINES);
}

static inline enum err read_text(struct capture *c, const struct idmap *map, const struct notes *notes, const char *text,
    struct aces_result *r,
                          struct fault *why) {
    struct sink sink = {.arg = c, .application = capture_application, .full = capture_full, .report = capture_report};
    struct input *in = input_of_memory(slice_str(text));
    assert_non_null(in);
    enum err err = aces_read(in, map, notes, &sink, r, why);
    input_close(in);
    return err;
}

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ACES version=\"4.2\"><Header><BrandAAIAID>BBBB</BrandAAIAID>" \
           "<SubmissionType>UPDATE</SubmissionType></Header>\n"
#define APP(content) "<App action=\"A\" id=\"1\">" content "</App>\n"
#define TAIL_OF(count) "<Footer><RecordCount>" #count "</RecordCount></Footer></ACES>\n"
#define TAIL TAIL_OF(1)
#define PART "<Qty>1</Qty><PartType id=\"5340\"/><Part>W 712/94</Part>"

static inline void expect(const char *document, const char *applications, const char *reports) {
    struct capture c;
    struct aces_result r;
    struct fault why = {0};
    struct idmap *map = map_make();
    capture_start(&c);
    if (read_text(&c, map, NULL, document, &r, &why) != ERR_OK) fail_msg("%s", why.message);
    buf_char(&c.text, 0);
    buf_char(&c.reports, 0);
    assert_string_equal(c.text.p, applications);
    assert_string_equal(c.reports.p, reports);
    capture_end(&c);
    idmap_free(map);
}

#endif
