// Any bytes at all as an ACES file, or, when the first byte is odd, as the content of an App: every application handed over is well formed,
// within the limits, and counted; one with an unknown id carries what keeps it from matching.
#include <assert.h>

#include "data-tools/aces.h"
#include "index/base/buf.h"
#include "index/base/limits.h"
#include "tests/fuzz/touch.h"
#include "tests/idmap_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen { uint64_t applications, reports, warnings, parked, bytes; };

static bool has_unknown(const struct vehicle_doc *v) {
    for (unsigned i = 0; i < v->attr_count; i++)
        if (v->attrs[i].name.p[0] == '?') return true;
    return false;
}

static enum err take_application(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
    const struct application_doc *doc,
                                 struct fault *why) {
    struct seen *seen = arg;
    const struct vehicle_doc *v = doc->vehicles;
    (void)why;
    assert(change == CATALOG_ADD || change == CATALOG_REMOVE);
    assert(brand.n && (v->external.n || v->make.n) && (v->external.n || (v->year_from && v->year_from <= v->year_to)));
    for (unsigned i = 0; i < v->attr_count; i++) assert(v->attrs[i].name.n && (v->attrs[i].value.n || v->attrs[i].name.p[0] != '?'));
    if (v->make.n && v->make.p[0] == '?') assert(has_unknown(v));
    if (v->model.n && v->model.p[0] == '?') assert(has_unknown(v));
    seen->parked += v->external.n || has_unknown(v);
    seen->bytes += touch(v->external) + touch(doc->label);
    assert(number.n && number.n <= LIMIT_PART_NUMBER_BYTES && type.n);
    assert(doc->vehicle_count == 1 && doc->condition_count <= LIMIT_CONDITIONS);
    seen->bytes += touch(brand) + touch(number) + touch(type) + touch(doc->position) + touch(doc->vehicles->make) +
        touch(doc->vehicles->model);
    for (unsigned i = 0; i < doc->vehicles->attr_count; i++)
        seen->bytes += touch(doc->vehicles->attrs[i].name) + touch(doc->vehicles->attrs[i].value);
    for (unsigned i = 0; i < doc->condition_count; i++)
        seen->bytes += touch(doc->conditions[i].text) + touch(doc->conditions[i].from) + touch(doc->conditions[i].to);
    seen->applications++;
    return ERR_OK;
}

static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct seen *seen = arg;
    (void)line;
    assert(strlen(message) > 0);
    seen->warnings += what == SINK_WARNING;
    seen->reports += what != SINK_WARNING;
}

static enum err take_full(void *arg, struct slice brand, struct fault *why) {
    struct seen *seen = arg;
    (void)why;
    assert(brand.n);
    seen->bytes += touch(brand);
    return ERR_OK;
}

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {{"BaseVehicle", "1", "2018|Volkswagen|Golf"}, {"Make", "1", "Volkswagen"}, {"Model", "1",
        "Golf"},
                                           {"EngineBase", "1", "displacement=1.4;cylinders=4;fuel=gasoline|hybrid"},
                                           {"FuelType", "1", "gasoline"}, {"FuelType", "2", "diesel"}, {"SubModel", "1", "SE"},
                                           {"EquipmentBase", "1", "Kubota|L2501"},
                                           {"Mfr", "1", "Kubota"}, {"EquipmentModel", "1", "L2501"}, {"Region", "9", "US|CA"},
                                           {"PartType", "1", "oil_filter"}, {"Position", "1", ""}};
    return IDMAP_OF(LINES);
}

static void document_make(struct buf *b, const uint8_t *data, size_t size) {
    static const char BEFORE[] = "<ACES version=\"4.2\"><Header><BrandAAIAID>BBBB</BrandAAIAID><SubmissionType>FULL</SubmissionType>"
           "</Header><App action=\"A\">",
                      BEHIND[] = "</App><Footer><RecordCount>1</RecordCount></Footer></ACES>";
    bool content = size && (data[0] & 1);
    buf_init(b, NULL, size + 512);
    if (content) buf_slice_put(b, slice_str(BEFORE));
    buf_slice_put(b, content ? slice_of(data + 1, size - 1) : slice_of(data, size));
    if (content) buf_slice_put(b, slice_str(BEHIND));
    assert(!b->bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen seen = {0};
    struct aces_result result;
    struct fault why = {0};
    struct buf document;
    struct sink sink = {.arg = &seen, .application = take_application, .full = take_full, .report = take_report};
    struct idmap *map = map_make();
    document_make(&document, data, size);
    struct input *in = input_of_memory(buf_slice(&document));
    assert(in);
    enum err err = aces_read(in, map, NULL, &sink, &result, &why);
    assert(err == ERR_OK || err == ERR_DAMAGED || err == ERR_BAD_REQUEST || err == ERR_NO_MEMORY);
    assert(result.applications == seen.applications && result.parked + result.rejected == seen.reports && result.parked == seen.parked);
    input_close(in);
    buf_free(&document);
    idmap_free(map);
    return 0;
}
