#include "product_tokens.h"

#include <stdlib.h>

#include "number_grams.h"
#include "posting.h"
#include "spec_tokens.h"
#include "word_tokens.h"

void token_add(struct token_list *l, struct slice token) {
    if (token.n == 0) return;
    if (l->count == l->capacity) {
        unsigned capacity = l->capacity ? l->capacity * 2 : 128;
        struct slice *grown = arena_alloc(l->arena, capacity * sizeof *grown);
        l->no_memory = l->no_memory || !grown;
        if (!grown) return;
        if (l->count) memcpy(grown, l->list, l->count * sizeof *grown);
        l->list = grown;
        l->capacity = capacity;
    }
    l->list[l->count++] = token;
}

static int compare_tokens(const void *a, const void *b) {
    return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

enum err product_tokens(struct view *v, const struct product *p, uint32_t type, uint32_t brand, struct slice applications, struct slice **out,
                        unsigned *count) {
    struct token_list l = {.arena = v->arena};
    token_add(&l, posting_type(v->arena, type));
    token_add(&l, posting_brand(v->arena, brand));
    struct slice texts[] = {p->title, p->title_zh, p->brand};
    TRY(word_tokens(&l, texts, 3));
    TRY(number_tokens(&l, p));
    TRY(spec_tokens_add(v, &l, p, applications));
    if (l.no_memory) return ERR_NO_MEMORY;
    qsort(l.list, l.count, sizeof *l.list, compare_tokens);
    unsigned kept = 0;
    for (unsigned i = 0; i < l.count; i++)
        if (kept == 0 || !slice_eq(l.list[i], l.list[kept - 1])) l.list[kept++] = l.list[i];
    *out = l.list;
    *count = kept;
    return ERR_OK;
}
