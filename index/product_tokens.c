#include "product_tokens.h"

#include <stdlib.h>

#include "posting.h"
#include "spec_tokens.h"
#include "text.h"

void token_add(struct token_list *l, struct slice token) {
    if (token.n == 0 || l->count == PRODUCT_TOKENS_MAX) return;
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

static enum err add_words(struct token_list *l, struct slice text) {
    struct slice folded;
    struct text_word *words;
    unsigned n;
    TRY(text_fold(l->arena, text, &folded));
    TRY(text_words(l->arena, folded, &words, &n));
    for (unsigned i = 0; i < n; i++) token_add(l, posting_word(l->arena, words[i].word));
    return ERR_OK;
}

enum err product_tokens(struct view *v, const struct product *p, uint32_t type, uint32_t brand, struct slice **out, unsigned *count) {
    struct token_list l = {.arena = v->arena};
    token_add(&l, posting_type(v->arena, type));
    token_add(&l, posting_brand(v->arena, brand));
    TRY(add_words(&l, p->title));
    TRY(add_words(&l, p->title_zh));
    TRY(add_words(&l, p->brand));
    TRY(spec_tokens_add(&l, p));
    if (l.no_memory) return ERR_NO_MEMORY;
    qsort(l.list, l.count, sizeof *l.list, compare_tokens);
    unsigned kept = 0;
    for (unsigned i = 0; i < l.count; i++)
        if (kept == 0 || !slice_eq(l.list[i], l.list[kept - 1])) l.list[kept++] = l.list[i];
    *out = l.list;
    *count = kept;
    return ERR_OK;
}
