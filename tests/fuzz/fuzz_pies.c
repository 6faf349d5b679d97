// Any bytes at all as a PIES file: every product handed over is well formed, within the limits, and counted.
#include <assert.h>

#include "data-tools/pies.h"
#include "data-tools/pies_item.h"
#include "index/base/limits.h"
#include "tests/fuzz/touch.h"
#include "tests/idmap_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen { uint64_t products, removed, rejected, bytes; };

static uint64_t touch_lists(const struct product_doc *doc) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < doc->attr_count; i++) {
        assert(doc->attrs[i].name.n && doc->attrs[i].value.n);
        sum += touch(doc->attrs[i].name) + touch(doc->attrs[i].value);
    }
    for (unsigned i = 0; i < doc->number_count; i++) {
        const struct number_doc *n = &doc->numbers[i];
        assert(n->number.n && n->number.n <= LIMIT_PART_NUMBER_BYTES && n->brand.n && n->quantity);
        sum += touch(n->brand) + touch(n->number) + touch(n->note);
    }
    for (unsigned i = 0; i < doc->component_count; i++) {
        const struct component_doc *c = &doc->components[i];
        assert(c->number.n && c->number.n <= LIMIT_PART_NUMBER_BYTES && c->brand.n && c->quantity);
        sum += touch(c->brand) + touch(c->number);
    }
    return sum;
}

static enum err take_product(void *arg, const struct product_doc *doc, struct fault *why) {
    struct seen *seen = arg;
    (void)why;
    assert(doc->number.n && doc->number.n <= LIMIT_PART_NUMBER_BYTES && doc->brand.n && doc->type.n && doc->pack_quantity);
    assert(doc->attr_count <= PIES_ATTRIBUTES_MAX && doc->number_count <= PIES_NUMBERS_MAX && doc->component_count <= PIES_COMPONENTS_MAX);
    assert(doc->cny_fen >= -1 && doc->usd_cents >= -1 && doc->rating_x100 <= 500);
    seen->bytes += touch(doc->brand) + touch(doc->number) + touch(doc->type) + touch(doc->title) + touch(doc->title_zh) + touch(doc->image);
    seen->bytes += touch_lists(doc);
    seen->products++;
    return ERR_OK;
}

static enum err take_remove(void *arg, struct slice brand, struct slice number, struct fault *why) {
    struct seen *seen = arg;
    (void)why;
    assert(brand.n && number.n && number.n <= LIMIT_PART_NUMBER_BYTES);
    seen->bytes += touch(brand) + touch(number);
    seen->removed++;
    return ERR_OK;
}

static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct seen *seen = arg;
    (void)line;
    assert(*message && what != SINK_PARKED);
    seen->rejected += what == SINK_REJECTED;
}

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {{"Brand", "BBBB", "Mann"}, {"Maker", "VWAG", "Volkswagen"}, {"PartType", "1", "oil_filter"},
                                           {"ProductAttribute", "1", "height"}, {"ExtendedInformation", "X", "superseded_by"}};
    return IDMAP_OF(LINES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen seen = {0};
    struct pies_result result;
    struct fault why = {0};
    struct sink sink = {.arg = &seen, .product = take_product, .remove = take_remove, .report = take_report};
    struct idmap *map = map_make();
    struct input *in = input_of_memory(slice_of(data, size));
    assert(in);
    enum err err = pies_read(in, map, &sink, &result, &why);
    assert(err == ERR_OK || err == ERR_DAMAGED || err == ERR_BAD_REQUEST || err == ERR_NO_MEMORY);
    assert(result.items == seen.products + seen.removed && result.removed == seen.removed && result.rejected == seen.rejected);
    input_close(in);
    idmap_free(map);
    return 0;
}
