// Words of a query, rules of synonyms, and marks in texts, against an empty database that learns the rules. First byte chooses.
#include <stdlib.h>

#include "index/highlight.h"
#include "index/synonym.h"
#include "index/text.h"
#include "index/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct db *db;

static struct view *view_once(void) {
    static struct view *view;
    if (view) return view;
    char dir[] = "/tmp/rightfit-fuzz-XXXXXX";
    if (text_init() != ERR_OK || !mkdtemp(dir) || db_open(dir, DB_CREATE, &db, NULL) != ERR_OK ||
        view_open(db, &clock_system, &view) != ERR_OK)
        abort();
    return view;
}

static void rule(struct arena *arena, struct slice text) {
    static struct json_parser *parser;
    const struct json *body;
    struct synonym_rule r;
    struct fault why;
    struct txn *t;
    if (!parser) parser = json_parser_new();
    if (!parser || json_parse(parser, text, arena, &body, &why) != ERR_OK) return;
    if (synonym_from_json(arena, body, &r, &why) != ERR_OK || txn_begin(db, &t, &why) != ERR_OK) return;
    if (synonym_put(t, arena, &r, &why) != ERR_OK) abort(); // what was accepted can be stored
    if (synonym_delete(t, arena, r.id, &why) != ERR_OK) abort();
    txn_abort(t);
}

// The first line is the text, the others are terms.
static void marks(struct arena *arena, struct slice text) {
    struct highlight_term terms[8];
    struct highlight_range *ranges;
    struct highlight_snippet snippet;
    unsigned n = 0, count;
    struct slice title = slice_cut(&text, '\n');
    for (; text.p && n < 8; n++) terms[n] = (struct highlight_term){slice_cut(&text, '\n'), n % 2, n % 3 == 0};
    if (highlight(arena, title, terms, n, &ranges, &count) == ERR_OK)
        for (unsigned i = 0; i < count; i++)
            if (ranges[i].length == 0 || ranges[i].at + ranges[i].length > title.n) abort();
    (void)highlight_snippet(arena, title, terms, n, 40, &snippet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena arena;
    struct view *v = view_once();
    struct slice folded;
    struct word_query *q;
    uint32_t *products;
    uint8_t *tiers;
    unsigned count;
    if (size == 0) return 0;
    if (!arena.limit_bytes) arena_init(&arena, 1 << 16, 64 << 20);
    arena_reset(&arena);
    if (view_begin(v, &arena) != ERR_OK) abort();
    struct slice text = slice_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        if (!text_valid_utf8(text) || text_fold(&arena, text, &folded) != ERR_OK) break;
        if (words_prepare(v, &folded, 1, data[0] & 4, &q) == ERR_OK) (void)words_find(v, q, &products, &tiers, &count);
        break;
    case 1: rule(&arena, text); break;
    default: marks(&arena, text); break;
    }
    view_end(v);
    return 0;
}
