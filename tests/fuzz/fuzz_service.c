// Whatever a request says of a car's past, of what was measured and of fault codes is refused or understood, and what is understood gives
// dates and distances within bounds.
#include <assert.h>
#include <stdlib.h>

#include "index/service_past.h"
#include "index/trouble_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct book_service services[] = {
    {.is = {.slug = {"brake_service", 13}}}, {.is = {.slug = {"oil_change", 10}}}, {.is = {.slug = {"pkg", 3}}, .item_count = 2, .items = {0, 1}}};
static const struct service_book book = {.count = 3, .services = services, .version = 1};

static void check_due(struct service_past *past, uint32_t km) {
    struct due_car car = {.has_km = true, .km = km, .today = 20780, .has_age = true, .first_day = 18000};
    const struct due_interval interval = {.km = 10000, .months = 12, .severe_pct = 60, .highway_pct = 120};
    odometer_settle(past->readings, past->reading_count, car.today, km);
    car.km_per_year = odometer_rate(past->readings, past->reading_count, car.today, km);
    if (!car.km_per_year) car.km_per_year = 12000;
    for (uint16_t s = 0; s < 2; s++) {
        struct due_record last = due_last(past->records, past->record_count, s, past->readings, past->reading_count, &car);
        assert(!last.has_day || last.day <= car.today);
        assert(!last.has_km || last.km <= car.km);
        struct due d = due_by_schedule(&interval, &car, &last);
        assert(!d.has_km || (d.km >= 0 && d.km <= (int64_t)ODOMETER_KM_MAX + 20000));
    }
}

static void check_rule(struct arena *a, struct json_parser *parser, struct slice text) {
    const struct json *tree;
    struct fault why = {0};
    struct service_rule rule;
    struct service_past past = {0};
    struct buf out;
    if (json_parse(parser, text, a, &tree, &why) != ERR_OK) return;
    if (tree->type == JSON_ARRAY) (void)service_past_history_json(&book, tree, &past, &why);
    if (service_rule_from_json(a, tree, &rule, &why) != ERR_OK) return;
    buf_init(&out, a, 256);
    struct json_writer w = json_writer_of(&out);
    service_rule_json(&w, a, &rule);
    assert(out.bad || json_parse(parser, buf_slice(&out), a, &tree, &why) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct json_parser *parser;
    struct fault why = {0};
    struct trouble_text code;
    struct arena a;
    if (!parser) parser = json_parser_new();
    struct service_past *past = calloc(1, sizeof *past);
    if (!past || !parser || size < 4) {
        free(past);
        return 0;
    }
    uint32_t km = (uint32_t)(data[0] | data[1] << 8 | data[2] << 16) % (ODOMETER_KM_MAX + 1);
    struct slice text = slice_of(data + 3, size - 3), rest = text, history = slice_cut(&rest, '\n');
    arena_init(&a, 4096, 1 << 20);
    (void)service_past_history(&book, history, past, &why);
    if (rest.p) (void)service_past_inspection(rest, past, &why);
    for (unsigned r = 1; r < READING_COUNT; r++) assert(!past->measured[r] || service_reading_sane((enum service_reading)r, past->value[r]));
    assert(past->record_count <= SERVICE_RECORDS_MAX && past->reading_count <= ODOMETER_READINGS_MAX);
    check_due(past, km);
    if (trouble_text_parse(text, &code)) assert(trouble_code_is(slice_str(code.code)));
    check_rule(&a, parser, text);
    arena_destroy(&a);
    free(past);
    return 0;
}
