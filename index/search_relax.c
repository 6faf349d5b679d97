// search_relax.c: giving up demands one by one, in the order search.h states, and saying which (search_internal.h).
#include "names.h"
#include "search_internal.h"

static void drop(struct search_result *r, struct slice what) {
    if (r->dropped_count < SEARCH_DROPPED_MAX) r->dropped[r->dropped_count++] = what;
}

static void word_drop(struct demands *d, struct search_result *r, unsigned at) {
    drop(r, d->words[at]);
    memmove(&d->words[at], &d->words[at + 1], (d->word_count - at - 1) * sizeof *d->words);
    d->word_count--;
}

enum err demands_words(struct view *v, struct search_result *r, struct demands *d) {
    const struct understood *u = &r->understood;
    enum err e = ERR_TOO_LARGE;
    d->word_query = NULL;
    while (d->word_count && e == ERR_TOO_LARGE) {
        bool open = u->word_open && slice_end(d->words[d->word_count - 1]) == slice_end(u->folded);
        e = words_prepare(v, d->words, d->word_count, open, &d->word_query);
        if (e == ERR_TOO_LARGE) word_drop(d, r, d->word_count - 1);
    }
    if (d->word_count == 0) d->word_query = NULL;
    return d->word_count ? e : ERR_OK;
}

#define NUMBER_WORD 5 // bytes from which a word with digits is a number's

static bool number_word(struct slice word) { return word.n >= NUMBER_WORD && slice_has_digit(word); }

// "W719/31" must not find W719/30 because nobody knows the word "31": what has digits is not given up for want of a product.
static bool unknown_word(const struct demands *d, struct slice word) {
    for (unsigned i = 0; d->word_query && i < d->word_query->unknown_count; i++)
        if (slice_eq(d->word_query->unknown[i], word)) return !number_word(word);
    return false; // (a piece that is cut into several words is given up with the others)
}

static bool anything_else(const struct search_query *q, const struct search_result *r, const struct demands *d) {
    const struct understood *u = &r->understood;
    return d->by_number || u->type_count || q->type || (d->brands && u->brand_count) || d->spec_count || r->k->resolved || d->word_count > 1;
}

// All that nobody knows at once: with one of them left there would be nothing still.
static bool unknown_words_drop(const struct search_query *q, struct search_result *r, struct demands *d) {
    unsigned before = d->word_count;
    for (unsigned i = 0; i < d->word_count;) {
        if (unknown_word(d, d->words[i]) && anything_else(q, r, d)) word_drop(d, r, i);
        else i++;
    }
    return d->word_count < before;
}

enum err demands_relax(struct view *v, const struct search_query *q, struct search_result *r, struct demands *d, bool *again,
                      struct fault *why) {
    const struct understood *u = &r->understood;
    *again = true;
    if (unknown_words_drop(q, r, d)) return demands_words(v, r, d);
    if (d->position && u->position_tells && r->k->resolved) {
        d->position = false;
        drop(r, u->position);
        return search_car(v, q, false, r, why);
    }
    for (unsigned i = d->word_count; i-- > 0;)
        if (!number_word(d->words[i]) && anything_else(q, r, d)) {
            word_drop(d, r, i);
            return demands_words(v, r, d);
        }
    if (d->brands && u->brand_count && (u->type_count || q->type || d->by_number || d->spec_count)) {
        d->brands = false;
        for (unsigned i = 0; i < u->brand_count; i++) drop(r, names_text(v, NAMES_BRAND, u->brands[i]));
        return ERR_OK;
    }
    if (d->spec_count && (u->type_count || q->type) && (!u->types_implied || d->spec_count > 1)) {
        drop(r, arena_copy(v->arena, slice_str(d->specs[--d->spec_count].text)));
        return ERR_OK;
    }
    *again = false;
    return ERR_OK;
}
