// Whether candidates pass: one bit each, a block of them at a time.
#include <math.h>

#include "filter_node.h"
#include "product_class.h"

// ---- fields ---------------------------------------------------------------------------------------------------------------------
static uint32_t field_id(const struct product_block *b, unsigned i, enum field field) {
    switch (field) {
    case FIELD_BRAND: return b->facts[i]->brand;
    case FIELD_TYPE: return b->facts[i]->type;
    case FIELD_KIND: return b->facts[i]->kind;
    case FIELD_CLASS: return product_class_of(b->facts[i]);
    case FIELD_FIT: return b->matches[i].verdict;
    case FIELD_UNIVERSAL: return (b->facts[i]->flags & FACT_UNIVERSAL) != 0;
    default: return b->offers[i]->stock > 0; // FIELD_IN_STOCK
    }
}

// NAN, which is in no range, where the product has none.
static double field_number(const struct product_block *b, unsigned i, enum field field, enum currency currency) {
    if (field == FIELD_RATING) return b->facts[i]->rating_x100 ? b->facts[i]->rating_x100 / 100.0 : (double)NAN;
    const struct product_offer *offer = b->offers[i];
    if (field == FIELD_STOCK) return offer->stock;
    uint32_t price = currency == CURRENCY_USD ? offer->usd_cents : offer->cny_fen;
    return price ? price : (double)NAN;
}

// ---- numbers of attributes ------------------------------------------------------------------------------------------------------
// Whether a value is in the range of its node, remembered: few values are met by many products.
#define MEMO_SLOTS 256u
struct number_memo { struct { uint32_t value; bool in; } slots[MEMO_SLOTS]; };

static bool in_range(const struct filter_node *n, double x) {
    return (n->low_open ? x > n->low : x >= n->low) && (n->high_open ? x < n->high : x <= n->high);
}

static bool value_in_range(struct view *v, const struct filter_node *n, uint32_t value) {
    double x;
    unsigned at = (value * 2654435761u) >> 24;
    if (n->memo && n->memo->slots[at].value == value) return n->memo->slots[at].in;
    bool in = slice_f64(product_value_text(v, value), &x) && in_range(n, x);
    if (n->memo) {
        n->memo->slots[at].value = value;
        n->memo->slots[at].in = in;
    }
    return in;
}

struct number_memo *filter_memo_new(struct arena *a) { return ARENA_NEW(a, struct number_memo); }

// ---- nodes ------------------------------------------------------------------------------------------------------------------------
static bool has_value(const struct value_row *r, uint32_t value) {
    for (unsigned i = 0; i < r->n; i++)
        if (value_row_value(r, i) == value) return true;
    return false;
}

static uint64_t equal_bits(const struct filter_node *n, const struct product_block *b) {
    uint64_t bits = 0;
    bool named = n->field == FIELD_BRAND || n->field == FIELD_TYPE || n->field == FIELD_ATTRIBUTE;
    if (named && n->id == 0) return 0;
    if (n->field == FIELD_ATTRIBUTE)
        for (unsigned i = 0; i < b->n; i++) bits |= (uint64_t)has_value(&b->values[i], n->id) << i;
    else
        for (unsigned i = 0; i < b->n; i++) bits |= (uint64_t)(field_id(b, i, n->field) == n->id) << i;
    return bits;
}

static bool attribute_in_range(struct view *v, const struct filter_node *n, const struct value_row *r) {
    for (unsigned i = 0; i < r->n; i++)
        if (value_row_attribute(r, i) == n->attribute && value_in_range(v, n, value_row_value(r, i))) return true;
    return false;
}

static uint64_t range_bits(struct view *v, const struct filter *f, const struct filter_node *n, const struct product_block *b) {
    uint64_t bits = 0;
    if (n->field == FIELD_ATTRIBUTE)
        for (unsigned i = 0; n->attribute && i < b->n; i++) bits |= (uint64_t)attribute_in_range(v, n, &b->values[i]) << i;
    else
        for (unsigned i = 0; i < b->n; i++) bits |= (uint64_t)in_range(n, field_number(b, i, n->field, f->currency)) << i;
    return bits;
}

static uint64_t node_bits(struct view *v, const struct filter *f, const struct filter_node *n, const struct product_block *b) {
    uint64_t all = product_block_all(b), bits = 0;
    switch (n->kind) {
    case NODE_AND: bits = node_bits(v, f, n->left, b); return bits ? bits & node_bits(v, f, n->right, b) : 0;
    case NODE_OR: bits = node_bits(v, f, n->left, b); return bits == all ? all : bits | node_bits(v, f, n->right, b);
    case NODE_NOT: return ~node_bits(v, f, n->left, b) & all;
    case NODE_EQUAL: bits = equal_bits(n, b); break;
    case NODE_RANGE: bits = range_bits(v, f, n, b); break;
    }
    return n->negated ? ~bits & all : bits;
}

void filter_test(struct view *v, const struct filter *f, const struct product_block *b, uint64_t terms[FILTER_TERMS_MAX]) {
    for (unsigned i = 0; i < f->term_count; i++) terms[i] = node_bits(v, f, f->terms[i], b);
}

uint64_t filter_passed(const struct product_block *b, const uint64_t terms[FILTER_TERMS_MAX], uint32_t mask) {
    uint64_t bits = product_block_all(b);
    for (; mask; mask &= mask - 1) bits &= terms[__builtin_ctz(mask)];
    return bits;
}

bool filter_passes(struct view *v, const struct filter *f, const struct match *m) {
    struct product_block b;
    uint64_t terms[FILTER_TERMS_MAX];
    if (f->term_count == 0) return true;
    product_block_read(v, m, 1, f->needs, &b);
    filter_test(v, f, &b, terms);
    return filter_passed(&b, terms, filter_all(f)) != 0;
}
