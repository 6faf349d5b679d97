// Bodies of PUT /v1/products and lines of JSONL files.
#include "index/base/json.h"
#include "index/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena arena;
    static struct json_parser *parser;
    const struct json *body;
    struct product_doc doc;
    struct fault why = {0};
    if (!parser) {
        parser = json_parser_new();
        arena_init(&arena, 1 << 16, 64 << 20);
    }
    arena_reset(&arena);
    if (json_parse(parser, slice_of(data, size), &arena, &body, &why) == ERR_OK)
        (void)product_doc_from_json(&arena, SLICE("p1"), body, SLICE("fuzz"), 1, &doc, &why);
    return 0;
}
