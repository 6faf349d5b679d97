// Any bytes at all as a shop's fitment table and as eBay's: what is handed over is well formed, within the limits, and counted.
#include <assert.h>

#include "data-tools/ebay.h"
#include "index/base/limits.h"
#include "tests/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen { uint64_t products, applications, rejected, bytes; };

static void document(struct seen *seen, const struct application_doc *d) {
    assert(d->vehicle_count > 0 && d->condition_count <= LIMIT_CONDITIONS && d->quantity > 0);
    seen->bytes += touch(d->position) + touch(d->label) + touch(d->source);
    for (unsigned k = 0; k < d->vehicle_count; k++) {
        const struct vehicle_doc *v = &d->vehicles[k];
        assert(v->external.n || (v->make.n && v->year_from >= LIMIT_YEAR_MIN && v->year_from <= v->year_to &&
                                 v->year_to <= LIMIT_YEAR_MAX));
        seen->bytes += touch(v->make) + touch(v->model) + touch(v->external);
        for (unsigned i = 0; i < v->attr_count; i++) seen->bytes += touch(v->attrs[i].name) + touch(v->attrs[i].value);
    }
    for (unsigned i = 0; i < d->condition_count; i++) {
        assert(d->conditions[i].text.n <= LIMIT_TEXT_BYTES / 2);
        seen->bytes += touch(d->conditions[i].text) + touch(d->conditions[i].from) + touch(d->conditions[i].to);
    }
}

static enum err take_product(void *arg, const struct product_doc *d, struct fault *why) {
    struct seen *seen = arg;
    (void)why;
    assert(d->brand.n && d->type.n && d->number.n <= LIMIT_PART_NUMBER_BYTES);
    seen->bytes += touch(d->id) + touch(d->brand) + touch(d->number) + touch(d->title) + touch(d->title_zh) + touch(d->image);
    for (unsigned i = 0; i < d->number_count; i++) seen->bytes += touch(d->numbers[i].brand) + touch(d->numbers[i].number);
    for (unsigned i = 0; i < d->application_count; i++) document(seen, &d->applications[i]);
    seen->applications += d->application_count;
    seen->products++;
    return ERR_OK;
}

static enum err take_application(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                                 const struct application_doc *d, struct fault *why) {
    struct seen *seen = arg;
    (void)why, (void)change;
    assert(brand.n && number.n && number.n <= LIMIT_PART_NUMBER_BYTES && type.n);
    seen->bytes += touch(brand) + touch(number) + touch(type);
    document(seen, d);
    seen->applications++;
    return ERR_OK;
}

static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct seen *seen = arg;
    (void)line;
    seen->rejected += what == SINK_REJECTED && strlen(message) > 0;
}

typedef enum err reader(struct input *in, const struct attribute_words *words, const struct notes *notes,
                        const struct fitment_options *options,
                        const struct sink *sink, struct fitment_result *out, struct fault *why);

static void run(reader *read, const struct attribute_words *words, struct slice bytes, const struct fitment_options *options) {
    struct seen seen = {0};
    struct fitment_result r;
    struct fault why = {0};
    struct sink sink = {.arg = &seen, .product = take_product, .application = take_application, .report = take_report};
    struct input *in = input_of_memory(bytes);
    assert(in);
    enum err err = read(in, words, NULL, options, &sink, &r, &why);
    assert(err == ERR_OK || err == ERR_BAD_REQUEST || err == ERR_NO_MEMORY);
    assert(err != ERR_OK || (r.applications == seen.applications && r.products == seen.products && r.rejected == seen.rejected));
    input_close(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct attribute_words *words;
    static const struct fitment_options GIVEN = {"Acme", "oil_filter", NULL}, NOTHING = {NULL, NULL, NULL};
    if (!words && attribute_words_open("data-tools/facts", &words, NULL) != ERR_OK) return 0;
    if (size == 0) return 0;
    const struct fitment_options *options = data[0] & 2 ? &NOTHING : &GIVEN;
    run(data[0] & 1 ? ebay_read : fitment_csv_read, words, slice_of(data + 1, size - 1), options);
    return 0;
}
