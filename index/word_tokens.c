#include "word_tokens.h"

#include <stdlib.h>

#include "posting.h"
#include "text.h"

struct context { struct slice character, before, after; }; // of one Han character; before, after: empty at the run's ends
struct contexts { struct context *list; unsigned count, capacity; };

unsigned word_characters(struct slice text) {
    unsigned n = 0;
    for (size_t i = 0; i < text.n; i++) n += ((uint8_t)text.p[i] & 0xC0) != 0x80;
    return n;
}

bool word_joined_listed(struct slice joined) {
    return joined.n <= (size_t)(slice_has_digit(joined) ? WORD_JOINED_DIGIT_BYTES : WORD_JOINED_BYTES);
}

// ---- pieces -----------------------------------------------------------------------------------------------------------------
enum err word_pieces(struct arena *a, struct slice folded, struct word_piece **out, unsigned *count) {
    struct text_word *words;
    unsigned n;
    *count = 0;
    TRY(text_words(a, folded, &words, &n));
    *out = ARENA_ARRAY(a, struct word_piece, n + 1);
    if (!*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < n; i++) {
        struct word_piece *last = *count ? &(*out)[*count - 1] : NULL;
        bool overlaps = last && last->han && words[i].han && words[i].word.p < slice_end(last->text);
        if (overlaps) last->text.n = (size_t)(slice_end(words[i].word) - last->text.p);
        else (*out)[(*count)++] = (struct word_piece){words[i].word, words[i].han};
    }
    return ERR_OK;
}

// ---- words of letters and digits -----------------------------------------------------------------------------------------
static void add_beginnings(struct token_list *l, struct slice word) {
    unsigned characters = 0;
    for (size_t end = 0; end < word.n && characters <= WORD_BEGINNING_MAX;) {
        end += text_char_bytes((uint8_t)word.p[end]);
        characters++;
        if (end < word.n && word_beginning_listed(characters)) token_add(l, posting_beginning(l->arena, slice_of(word.p, end)));
    }
}

static void add_joined(struct token_list *l, struct slice a, struct slice b) {
    char space[WORD_JOINED_BYTES];
    if (a.n + b.n > sizeof space) return;
    memcpy(space, a.p, a.n);
    memcpy(space + a.n, b.p, b.n);
    struct slice joined = slice_of(space, a.n + b.n);
    if (word_joined_listed(joined)) token_add(l, posting_joined(l->arena, joined));
}

// ---- runs of Han ----------------------------------------------------------------------------------------------------------
static struct slice first_character(struct slice text) {
    size_t n = text.n ? text_char_bytes((uint8_t)text.p[0]) : 0;
    return slice_of(text.p, n < text.n ? n : text.n);
}

static bool context_add(struct token_list *l, struct contexts *c, struct context one) {
    if (c->count == c->capacity) {
        unsigned capacity = c->capacity ? c->capacity * 2 : 32;
        struct context *grown = arena_alloc(l->arena, capacity * sizeof *grown);
        l->no_memory = l->no_memory || !grown;
        if (!grown) return false;
        if (c->count) memcpy(grown, c->list, c->count * sizeof *grown);
        c->list = grown;
        c->capacity = capacity;
    }
    c->list[c->count++] = one;
    return true;
}

// Pair `i` of a run, or its only character; the last pair brings the run's last character too.
static void add_pair(struct token_list *l, const struct text_word *words, unsigned count, unsigned i, struct contexts *contexts) {
    struct slice pair = words[i].word, first = first_character(pair), second = slice_from(pair, first.n);
    bool goes_on = i + 1 < count && words[i + 1].han && words[i + 1].at == words[i].at + first.n;
    bool went_on = i > 0 && words[i - 1].han && words[i - 1].at + first_character(words[i - 1].word).n == words[i].at && second.n;
    struct slice before = went_on ? first_character(words[i - 1].word) : SLICE_NONE;
    token_add(l, posting_word(l->arena, pair));
    context_add(l, contexts, (struct context){first, before, second});
    if (second.n == 0) return;
    token_add(l, posting_beginning(l->arena, first));
    if (goes_on) return;
    token_add(l, posting_word(l->arena, second));
    context_add(l, contexts, (struct context){second, first, SLICE_NONE});
}

static int compare_contexts(const void *a, const void *b) {
    return slice_cmp(((const struct context *)a)->character, ((const struct context *)b)->character);
}

static void add_crossings(struct token_list *l, struct contexts *c) {
    if (c->count) qsort(c->list, c->count, sizeof *c->list, compare_contexts);
    for (unsigned i = 1; i < c->count; i++) {
        const struct context *a = &c->list[i - 1], *b = &c->list[i];
        if (slice_eq(a->character, b->character) && !(slice_eq(a->before, b->before) && slice_eq(a->after, b->after)))
            token_add(l, posting_crossing(l->arena, a->character));
    }
}

// ---- a product's texts ----------------------------------------------------------------------------------------------------
static enum err add_text(struct token_list *l, struct slice text, struct contexts *contexts) {
    struct slice folded;
    struct text_word *words;
    unsigned n;
    TRY(text_fold(l->arena, text, &folded));
    TRY(text_words(l->arena, folded, &words, &n));
    for (unsigned i = 0; i < n; i++) {
        if (words[i].han) {
            add_pair(l, words, n, i, contexts);
            continue;
        }
        token_add(l, posting_word(l->arena, words[i].word));
        add_beginnings(l, words[i].word);
        if (i > 0 && !words[i - 1].han) add_joined(l, words[i - 1].word, words[i].word);
    }
    return ERR_OK;
}

enum err word_tokens(struct token_list *l, const struct slice *texts, unsigned count) {
    struct contexts contexts = {0};
    for (unsigned i = 0; i < count; i++) TRY(add_text(l, texts[i], &contexts));
    add_crossings(l, &contexts);
    return l->no_memory ? ERR_NO_MEMORY : ERR_OK;
}
