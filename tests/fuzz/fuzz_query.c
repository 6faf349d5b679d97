// What people type: search words, filters, attrs, part numbers, against an empty database. First byte chooses the parser.
#include <stdlib.h>

#include "index/filter.h"
#include "index/knowledge.h"
#include "index/lexicon_near.h"
#include "index/lexicon_sound.h"
#include "index/number_search.h"
#include "index/query.h"
#include "index/text.h"
#include "index/trouble_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct view *view_once(void) {
    static struct view *view;
    if (view) return view;
    char dir[] = "/tmp/rightfit-fuzz-XXXXXX";
    struct db *db;
    if (text_init() != ERR_OK || !mkdtemp(dir) || db_open(dir, DB_CREATE, &db, NULL) != ERR_OK ||
        view_open(db, &clock_system, &view) != ERR_OK)
        abort();
    return view;
}

// Text as it comes out of folding: what a phrase may sound like or be misspelt for.
static void lexicon_ask(struct view *v, struct slice text) {
    struct slice folded;
    struct lexicon_near near[8];
    struct lexicon_sound sounds[8];
    struct trouble_code code;
    unsigned count;
    bool longer;
    if (text_fold(v->arena, text, &folded) != ERR_OK) return;
    (void)lexicon_near(v, folded, NEAR_EDITS_MAX, near, 8, &count);
    (void)lexicon_sounds(v, folded, sounds, 8, &count, &longer);
    (void)trouble_code_load(v, folded, &code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena arena;
    struct view *v = view_once();
    struct fault why = {0};
    if (size == 0) return 0;
    if (!arena.limit_bytes) arena_init(&arena, 1 << 16, 64 << 20);
    arena_reset(&arena);
    if (view_begin(v, &arena) != ERR_OK) abort();
    struct slice text = slice_of(data + 1, size - 1);
    struct understood understood;
    struct filter filter;
    struct knowledge k;
    struct number_answer numbers;
    bool known;
    switch (data[0] % 5) {
    case 0:
        if (text_valid_utf8(text)) (void)query_understand(v, text, data[0] & 64, &understood);
        break;
    case 1:
        if (filter_parse(v, text, CURRENCY_CNY, &filter, &why) == ERR_OK)
            (void)filter_passes(v, &filter, &(struct match){.product = 1});
        break;
    case 2: (void)knowledge_parse(v, SLICE("2018-volkswagen-golf"), text, SLICE_NONE, &k, &why); break;
    case 3: lexicon_ask(v, text); break;
    default:
        (void)number_find(v, &(struct number_query){.text = text, .partial = true}, &numbers);
        (void)number_known(v, text, &known);
        break;
    }
    view_end(v);
    return 0;
}
