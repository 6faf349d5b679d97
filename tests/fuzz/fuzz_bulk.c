// Lines of POST /v1/bulk and of files handed over; what is understood is written out again and must be understood again.
#include <stdlib.h>

#include "index/bulk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void written(struct buf *out, const struct bulk_op *op) {
    if (op->kind == BULK_PRODUCT && !op->delete) bulk_product_line(out, &op->product);
    else if (op->kind == BULK_PRODUCT && op->id.n == 0) bulk_remove_line(out, op->brand, op->number);
    else if (op->kind == BULK_APPLICATION)
        bulk_application_line(out, op->delete ? CATALOG_REMOVE : CATALOG_ADD, op->brand, op->number, op->type, &op->application);
    else if (op->kind == BULK_OFFER) bulk_offer_line(out, op->id, op->cny_fen, op->usd_cents, op->stock);
    else if (op->kind == BULK_FULL) bulk_full_line(out, op->brand);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena arena;
    static struct json_parser *parser;
    struct bulk_op op, again;
    struct buf line;
    struct fault why = {0};
    if (!parser) {
        parser = json_parser_new();
        arena_init(&arena, 1 << 16, 64 << 20);
    }
    arena_reset(&arena);
    if (bulk_decode(&arena, parser, slice_of(data, size), SLICE("fuzz"), 1, &op, &why) != ERR_OK) return 0;
    buf_init(&line, &arena, 1024);
    written(&line, &op);
    if (line.n == 0 || line.bad) return 0;
    struct slice text = slice_of(line.p, line.n - 1); // without its line feed
    enum err e = bulk_decode(&arena, parser, text, SLICE("again"), 2, &again, &why);
    if (e != ERR_NO_MEMORY && (e != ERR_OK || again.kind != op.kind || again.delete != op.delete)) abort();
    return 0;
}
