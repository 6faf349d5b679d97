// Any bytes at all as an ACES file to the lint: every finding has lines, a message that ends, and the totals are those of the findings;
// what is printed as JSON parses.
#include <assert.h>
#include <stdlib.h>

#include "data-tools/lint_aces.h"
#include "data-tools/lint_print.h"
#include "index/base/json.h"
#include "tests/idmap_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {{"BaseVehicle", "1", "2018|Volkswagen|Golf"}, {"Make", "1", "Volkswagen"},
                                           {"Model", "1", "Golf"}, {"EngineBase", "1", "displacement=1.4;cylinders=4"},
                                           {"PartType", "1", "oil_filter"}, {"Position", "1", "front"}};
    return IDMAP_OF(LINES);
}

static void findings_check(const struct lint *l) {
    size_t n;
    uint64_t rows = 0, total = 0;
    struct buf message;
    const struct lint_finding *f = lint_findings(l, &n);
    buf_init(&message, NULL, 64);
    for (size_t i = 0; i < n; i++) {
        assert(f[i].count > 0 && f[i].check < LINT_CHECKS);
        for (uint32_t k = 1; k < f[i].count; k++) assert(lint_line(l, &f[i], k - 1) <= lint_line(l, &f[i], k));
        buf_clear(&message);
        lint_message(l, &f[i], &message);
        assert(message.n > 0 && !message.bad);
        rows += f[i].count;
    }
    for (enum lint_check c = 0; c < LINT_CHECKS; c++) total += lint_total(l, c).rows;
    assert(total == rows);
    buf_free(&message);
}

static void json_check(const struct lint *l) {
    char *text = NULL;
    size_t n;
    struct arena arena;
    const struct json *j;
    struct fault why = {0};
    struct lint_subject s = {.file = "fuzz", .format = "aces", .max = LINT_PRINT_ALL};
    struct json_parser *parser = json_parser_new();
    FILE *out = open_memstream(&text, &n);
    assert(parser && out);
    enum err err = lint_print_json(l, &s, out);
    assert(err == ERR_OK);
    fclose(out);
    arena_init(&arena, 4096, 64 << 20);
    err = json_parse(parser, slice_of(text, n), &arena, &j, &why);
    assert(err == ERR_OK);
    arena_destroy(&arena);
    json_parser_free(parser);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fault why = {0};
    struct lint_aces_result result;
    struct idmap *map = map_make();
    struct lint_aces_options options = {.map = map, .map_is_whole = size % 2, .year_max = 2028};
    struct lint *l = lint_new();
    struct lint_aces *a = lint_aces_new(&options, l);
    struct aces_handlers handlers = lint_aces_handlers(a);
    struct input *in = input_of_memory(slice_of(data, size));
    assert(l && a && in);
    aces_parse(in, &handlers, &why); // what came before the damage is looked at all the same
    enum err err = lint_aces_end(a, &result);
    if (err == ERR_OK) err = lint_finish(l);
    assert(err == ERR_OK);
    findings_check(l);
    json_check(l);
    lint_aces_free(a);
    lint_free(l);
    input_close(in);
    idmap_free(map);
    return 0;
}
