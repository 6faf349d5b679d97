// Whatever json_parse accepts, the writer must write as JSON that parses to the same tree; and any bytes at all, as a
// string, must come out as JSON.
#include <assert.h>

#include "index/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct json *a, const struct json *b) {
    bool both_numbers = (a->type == JSON_INTEGER || a->type == JSON_NUMBER) && (b->type == JSON_INTEGER || b->type == JSON_NUMBER);
    assert(both_numbers || a->type == b->type);
    assert(a->number == b->number && a->boolean == b->boolean && a->count == b->count);
    assert(slice_eq(a->string, b->string));
    for (size_t i = 0; i < a->count; i++) {
        if (a->type == JSON_OBJECT) assert(slice_eq(a->keys[i], b->keys[i]));
        same(&a->items[i], &b->items[i]);
    }
}

static void tree_round_trip(struct json_parser *parser, struct arena *arena, struct slice text) {
    const struct json *tree, *again;
    struct fault why;
    struct buf out;
    if (json_parse(parser, text, arena, &tree, &why)) return;
    buf_init(&out, arena, text.n);
    struct json_writer w = json_writer_of(&out);
    json_tree(&w, tree);
    enum err err = json_parse(parser, buf_slice(&out), arena, &again, &why);
    assert(!err);
    same(tree, again);
}

static void string_round_trip(struct json_parser *parser, struct arena *arena, struct slice bytes) {
    const struct json *again;
    struct buf out;
    buf_init(&out, arena, bytes.n);
    struct json_writer w = json_writer_of(&out);
    json_open(&w, '{');
    json_key_slice(&w, bytes);
    json_string(&w, bytes);
    json_close(&w, '}');
    enum err err = json_parse(parser, buf_slice(&out), arena, &again, NULL);
    assert(!err && again->count == 1 && slice_eq(again->keys[0], again->items[0].string));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct json_parser *parser = json_parser_new();
    struct arena arena;
    arena_init(&arena, 4096, 256u << 20);
    tree_round_trip(parser, &arena, slice_of(data, size));
    string_round_trip(parser, &arena, slice_of(data, size));
    arena_destroy(&arena);
    json_parser_free(parser);
    return 0;
}
