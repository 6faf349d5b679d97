#include "number_grams.h"

#include "base/limits.h"

bool number_lookalike(struct slice canonical, char out[]) {
    bool other = false;
    for (size_t i = 0; i < canonical.n; i++) {
        char c = canonical.p[i];
        out[i] = c == 'O' ? '0' : c == 'I' ? '1' : c;
        other |= out[i] != c;
    }
    return other;
}

static void tokens_of(struct token_list *l, struct slice number) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1], folded[LIMIT_PART_NUMBER_BYTES];
    size_t n = number_canonical(number, canonical, sizeof canonical);
    for (size_t at = 1; at + NUMBER_GRAM <= n; at++)
        token_add(l, posting_number_gram(l->arena, slice_of(canonical + at, NUMBER_GRAM)));
    if (number_lookalike(slice_of(canonical, n), folded)) token_add(l, posting_number_lookalike(l->arena, slice_of(folded, n)));
}

enum err number_tokens(struct token_list *l, const struct product *p) {
    tokens_of(l, p->number);
    for (unsigned i = 0; i < p->number_count; i++)
        if (p->numbers[i].relation <= NUMBER_SUPERSEDED_BY) tokens_of(l, p->numbers[i].number);
    return l->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

// Grams side by side first, which cover the piece and share no character; then those that overlap them.
static enum err lists_open(struct view *v, struct slice canonical, struct number_grams *out) {
    size_t last = canonical.n - NUMBER_GRAM;
    for (unsigned round = 0; round < 2; round++)
        for (size_t at = 0; at <= last && out->count < NUMBER_GRAM_LISTS; at++) {
            bool side_by_side = at % NUMBER_GRAM == 0 || at == last;
            if (side_by_side != (round == 0)) continue;
            struct slice token = posting_number_gram(v->arena, slice_of(canonical.p + at, NUMBER_GRAM));
            if (!token.n) return ERR_NO_MEMORY;
            TRY(posting_open(v, token, &out->lists[out->count++]));
        }
    return ERR_OK;
}

enum err number_grams_open(struct view *v, struct slice canonical, struct number_grams *out) {
    out->count = 0;
    enum err e = lists_open(v, canonical, out);
    if (e != ERR_OK) (void)number_grams_close(out);
    return e;
}

uint32_t number_grams_next(struct number_grams *g, uint32_t at_least) {
    uint32_t at = at_least;
    unsigned agreed = 0;
    for (unsigned i = 0; agreed < g->count; i = (i + 1) % g->count) {
        posting_seek(&g->lists[i], at);
        uint32_t product = g->lists[i].product;
        if (product == UINT32_MAX) return UINT32_MAX;
        agreed = product == at ? agreed + 1 : 1;
        at = product;
    }
    return at;
}

enum err number_grams_close(struct number_grams *g) {
    enum err result = ERR_OK;
    for (unsigned i = 0; i < g->count; i++) {
        enum err e = posting_close(&g->lists[i]);
        if (e != ERR_OK) result = e;
    }
    g->count = 0;
    return result;
}
