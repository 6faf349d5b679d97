// What people type into a search box, on its way through the typeahead and the query log. A line is a query; the log keeps growing.
#include <stdlib.h>

#include "index/query_log.h"
#include "index/text.h"
#include "index/type_suggest.h"
#include "index/vehicle_suggest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct db *db;

static enum err names_write(struct txn *t, struct arena *a) {
    static const char *const models[] = {"Golf", "Golf R", "Tiguan L", "ID.4", "T-Roc", "高尔夫", "秦PLUS"};
    struct make make = {.id = 1, .name = SLICE("Volkswagen"), .name_zh = SLICE("大众")};
    struct suggest_builder *b = suggest_builder_new();
    if (!b) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < sizeof models / sizeof *models; i++) {
        struct model model = {.id = 1 + i, .make = 1, .name = slice_str(models[i]), .vehicles = 3};
        if (suggest_builder_add(b, a, &make, &model, 2026) != ERR_OK) abort();
    }
    enum err e = suggest_builder_write(b, t);
    suggest_builder_free(b);
    return e;
}

static struct view *view_once(struct arena *a) {
    static struct view *view;
    struct txn *t;
    char dir[] = "/tmp/rightfit-fuzz-XXXXXX";
    if (view) return view;
    if (text_init() != ERR_OK || !mkdtemp(dir) || db_open(dir, DB_CREATE, &db, NULL) != ERR_OK || view_open(db, &clock_system, &view) != ERR_OK)
        abort();
    if (txn_begin(db, &t, NULL) != ERR_OK || names_write(t, a) != ERR_OK) abort();
    if (type_suggest_put(t, a, SLICE("oil filter"), 1, 100) != ERR_OK || type_suggest_put(t, a, SLICE("机油滤清器"), 2, 100) != ERR_OK) abort();
    if (txn_commit(t, NULL) != ERR_OK) abort();
    return view;
}

static void typed(struct view *v, struct slice text) {
    struct vehicle_suggestion cars[5];
    struct type_suggestion types[TYPE_SUGGEST_MAX];
    struct query_stat queries[8];
    struct suggest_near near[16];
    struct slice folded, squeezed;
    unsigned count;
    if (text_fold(v->arena, text, &folded) != ERR_OK || text_squeeze(v->arena, folded, &squeezed) != ERR_OK) return;
    (void)vehicle_suggest(v, text, 0, 5, cars, &count);
    if (suggest_near(v, squeezed, 16, near, &count) != ERR_OK || count > 16) abort();
    if (type_suggest(v, folded, NULL, TYPE_SUGGEST_MAX, types, &count) != ERR_OK || count > TYPE_SUGGEST_MAX) abort();
    if (query_log_complete(v, folded, 8, queries, &count) != ERR_OK) abort();
    for (unsigned i = 0; i < count; i++)
        if (!slice_starts(queries[i].folded, folded) || !query_log_offerable(&queries[i])) abort();
}

static void searched(struct arena *a, struct slice text, unsigned user) {
    struct query_miss miss = {1, 1, text, text};
    struct txn *t;
    if (txn_begin(db, &t, NULL) != ERR_OK) abort();
    if (query_log_searched(t, a, user, text, user % 5, 1000 * (int64_t)user) != ERR_OK) abort();
    if (query_log_chosen(t, a, text, QUERY_CART, 0, 1) != ERR_OK || query_miss_put(t, a, &miss) != ERR_OK) abort();
    if (user % 7 == 0 && query_log_forget(t, a, user, text) != ERR_OK) abort();
    if (txn_commit(t, NULL) != ERR_OK) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena arena;
    struct slice rest = slice_of(data, size);
    if (!arena.limit_bytes) arena_init(&arena, 1 << 16, 64 << 20);
    arena_reset(&arena);
    struct view *v = view_once(&arena);
    for (unsigned i = 0; rest.p && rest.n && i < 4; i++) searched(&arena, slice_cut(&rest, '\n'), 1 + i + (unsigned)size % 9);
    rest = slice_of(data, size);
    arena_reset(&arena);
    if (view_begin(v, &arena) != ERR_OK) abort();
    for (unsigned i = 0; rest.p && rest.n && i < 4; i++) typed(v, slice_cut(&rest, '\n'));
    view_end(v);
    return 0;
}
