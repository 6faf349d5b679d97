// Any bytes at all as an ACES file: every application handed over is well formed, within the limits, and counted.
#include <assert.h>

#include "data-tools/aces.h"
#include "index/base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen { uint64_t applications, reports, bytes; };

static uint64_t touch(struct slice s) { // reads every byte, so that a slice beyond its memory is found
    uint64_t sum = 0;
    for (size_t i = 0; i < s.n; i++) sum += (uint8_t)s.p[i];
    return sum;
}

static enum err take_application(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type, const struct application_doc *doc,
                                 struct fault *why) {
    struct seen *seen = arg;
    (void)why, (void)change;
    assert(number.n && number.n <= LIMIT_PART_NUMBER_BYTES && type.n);
    assert(doc->vehicle_count == 1 && doc->condition_count <= LIMIT_CONDITIONS);
    seen->bytes += touch(brand) + touch(number) + touch(type) + touch(doc->position) + touch(doc->vehicles->make) + touch(doc->vehicles->model);
    for (unsigned i = 0; i < doc->vehicles->attr_count; i++)
        seen->bytes += touch(doc->vehicles->attrs[i].name) + touch(doc->vehicles->attrs[i].value);
    for (unsigned i = 0; i < doc->condition_count; i++)
        seen->bytes += touch(doc->conditions[i].text) + touch(doc->conditions[i].from) + touch(doc->conditions[i].to);
    seen->applications++;
    return ERR_OK;
}

static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct seen *seen = arg;
    (void)what, (void)line;
    seen->reports += strlen(message) > 0;
}

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {{"BaseVehicle", "1", "2018|Volkswagen|Golf"}, {"Make", "1", "Volkswagen"}, {"Model", "1", "Golf"},
                                           {"EngineBase", "1", "displacement=1.4;cylinders=4"}, {"PartType", "1", "oil_filter"}, {"Position", "1", ""}};
    struct idmap *m = idmap_new();
    assert(m);
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        enum err err = idmap_add(m, slice_str(LINES[i][0]), slice_str(LINES[i][1]), slice_str(LINES[i][2]), NULL);
        assert(err == ERR_OK);
    }
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen seen = {0};
    struct aces_result result;
    struct fault why = {0};
    struct sink sink = {.arg = &seen, .application = take_application, .report = take_report};
    struct idmap *map = map_make();
    struct input *in = input_of_memory(slice_of(data, size));
    assert(in);
    enum err err = aces_read(in, map, NULL, &sink, &result, &why);
    assert(err == ERR_OK || err == ERR_DAMAGED || err == ERR_BAD_REQUEST || err == ERR_NO_MEMORY);
    assert(result.applications == seen.applications && result.parked + result.rejected == seen.reports);
    input_close(in);
    idmap_free(map);
    return 0;
}
