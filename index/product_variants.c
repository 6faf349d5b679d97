#include "product_variants.h"

#include "application.h"
#include "base/limits.h"
#include "names.h"

static const char *const suffixes[] = {"", "FL", "FR", "RL", "RR", "LF", "RF", "LR", "LH", "RH", "F", "R", "L"};
#define SUFFIXES (sizeof suffixes / sizeof *suffixes)

struct slice product_variant_of(const struct product *p) {
    static const char pattern[] = "\"variant_of\":\"";
    const char *at = p->attributes.n ? memmem(p->attributes.p, p->attributes.n, pattern, sizeof pattern - 1) : NULL;
    if (!at || at == p->attributes.p || (at[-1] != '{' && at[-1] != ',')) return SLICE_NONE;
    const char *from = at + sizeof pattern - 1, *end = memchr(from, '"', (size_t)(slice_end(p->attributes) - from));
    return end ? slice_of(from, (size_t)(end - from)) : SLICE_NONE;
}

static enum err add(struct view *v, uint32_t type, uint32_t product, struct product_variants *out) {
    const struct product_facts *facts = columns_facts(v, product);
    if (facts->flags & FACT_DELETED || facts->type != type || out->count == VARIANTS_MAX) return ERR_OK;
    unsigned at = out->count;
    for (unsigned i = 0; i < out->count; i++)
        if (out->list[i].product == product) return ERR_OK;
    struct application first;
    struct product_variant one = {.product = product};
    enum err e = application_load(v, product, 0, &first);
    if (e == ERR_OK) one.position = first.position;
    else if (e != ERR_NOT_FOUND) return e;
    for (; at > 0 && out->list[at - 1].product > product; at--) out->list[at] = out->list[at - 1];
    out->list[at] = one;
    out->count++;
    return ERR_OK;
}

static enum err add_all(struct view *v, uint32_t brand, uint32_t type, struct slice canonical, enum number_relation relation,
                        struct product_variants *out) {
    struct number_hit hits[VARIANTS_MAX];
    unsigned count;
    TRY(number_related(v, canonical, brand, relation, VARIANTS_MAX, hits, &count));
    for (unsigned i = 0; i < count; i++) TRY(add(v, type, hits[i].product, out));
    return ERR_OK;
}

static bool stem_enough(const char *text, size_t n) { return n >= 4 && slice_has_digit(slice_of(text, n)); }

// The number without its suffix, itself where what is left would say too little ("6R").
static size_t stem_length(const char *text, size_t n) {
    for (size_t i = 1; i < SUFFIXES; i++) {
        size_t length = strlen(suffixes[i]);
        if (n > length && memcmp(text + n - length, suffixes[i], length) == 0 && stem_enough(text, n - length)) return n - length;
    }
    return n;
}

// All that have or name the stem, with or without a suffix.
static enum err by_stem(struct view *v, const struct product_facts *facts, char *text, size_t stem, struct product_variants *out) {
    size_t tried = stem_enough(text, stem) ? SUFFIXES : 1; // the first suffix is none
    for (size_t i = 0; i < tried; i++) {
        size_t length = strlen(suffixes[i]);
        if (stem + length > LIMIT_PART_NUMBER_BYTES) continue;
        memcpy(text + stem, suffixes[i], length);
        TRY(add_all(v, facts->brand, facts->type, slice_of(text, stem + length), NUMBER_OWN, out));
        TRY(add_all(v, facts->brand, facts->type, slice_of(text, stem + length), NUMBER_VARIANT, out));
    }
    return ERR_OK;
}

enum err product_variants(struct view *v, uint32_t product, struct product_variants *out) {
    char text[LIMIT_PART_NUMBER_BYTES + 4];
    struct product p;
    const struct product_facts facts = *columns_facts(v, product);
    *out = (struct product_variants){0};
    if (facts.flags & FACT_DELETED) return ERR_OK;
    TRY(product_load(v, product, &p));
    struct slice named = product_variant_of(&p);
    size_t n = number_canonical(named.n ? named : p.number, text, LIMIT_PART_NUMBER_BYTES + 1);
    if (n == 0) return ERR_OK;
    size_t stem = stem_length(text, n);
    TRY(by_stem(v, &facts, text, stem, out));
    if (out->count < 2) out->count = 0;
    if (out->count) out->group = arena_printf(v->arena, "%.*s %.*s", SLICE_ARGS(names_text(v, NAMES_BRAND, facts.brand)), (int)stem, text);
    return out->count && !out->group.p ? ERR_NO_MEMORY : ERR_OK;
}
