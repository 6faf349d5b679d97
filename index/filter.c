#include "filter_node.h"

#include <ctype.h>

#include "base/limits.h"
#include "names.h"
#include "product_class.h"
#include "text.h"

static const char *const field_names[] = {"brand", "type", "kind", "class", "fit", "universal", "in_stock", "price", "rating", "stock"};
static const uint8_t field_needs[] = {BLOCK_FACTS, BLOCK_FACTS, BLOCK_FACTS, BLOCK_FACTS, BLOCK_FIT, BLOCK_FACTS, BLOCK_OFFERS, BLOCK_OFFERS,
                                      BLOCK_FACTS, BLOCK_OFFERS, BLOCK_VALUES};
#define FIELD_NAMED (sizeof field_names / sizeof *field_names)
#define ATTRIBUTE_PREFIX SLICE("attributes.")

// ---- words of the grammar ---------------------------------------------------------------------------------------------------
struct parser {
    struct view *view;
    struct slice rest;
    struct fault *why;
    unsigned needs;
    unsigned depth;
};

static void skip_space(struct parser *p) {
    while (p->rest.n && isspace((unsigned char)*p->rest.p)) p->rest = slice_from(p->rest, 1);
}

static bool take_char(struct parser *p, char c) {
    skip_space(p);
    if (p->rest.n == 0 || *p->rest.p != c) return false;
    p->rest = slice_from(p->rest, 1);
    return true;
}

static bool word_char(char c) {
    return !isspace((unsigned char)c) && !strchr("():<>=!\"", c);
}

static struct slice peek_word(struct parser *p) {
    skip_space(p);
    size_t n = 0;
    while (n < p->rest.n && word_char(p->rest.p[n])) n++;
    return slice_of(p->rest.p, n);
}

static bool take_keyword(struct parser *p, const char *keyword) {
    struct slice w = peek_word(p);
    if (!slice_is(w, keyword)) return false;
    p->rest = slice_from(p->rest, w.n);
    return true;
}

static enum err fail(struct parser *p, const char *what) {
    struct slice near = slice_of(p->rest.p, p->rest.n < 20 ? p->rest.n : 20);
    return fault_set(p->why, ERR_BAD_REQUEST, "filters", "%s before '%.*s'", what, SLICE_ARGS(near));
}

// A value: quoted, or a run that ends at white space or a bracket (so that sizes like 225/45R17 and names with ':' work).
static enum err take_value(struct parser *p, struct slice *out) {
    skip_space(p);
    if (take_char(p, '"')) {
        size_t n = 0;
        while (n < p->rest.n && p->rest.p[n] != '"') n++;
        if (n == p->rest.n) return fail(p, "a quoted value does not end");
        *out = slice_of(p->rest.p, n);
        p->rest = slice_from(p->rest, n + 1);
        return ERR_OK;
    }
    size_t n = 0;
    while (n < p->rest.n && !isspace((unsigned char)p->rest.p[n]) && p->rest.p[n] != ')' && p->rest.p[n] != '(') n++;
    if (n == 0) return fail(p, "a value is missing");
    *out = slice_of(p->rest.p, n);
    p->rest = slice_from(p->rest, n);
    return ERR_OK;
}

static struct filter_node *node_new(struct parser *p, enum node_kind kind) {
    struct filter_node *n = ARENA_NEW(p->view->arena, struct filter_node);
    if (n) n->kind = kind;
    return n;
}

// ---- conditions ---------------------------------------------------------------------------------------------------------------
static enum err field_parse(struct parser *p, struct filter_node *n, struct slice name) {
    n->name = name;
    for (unsigned i = 0; i < FIELD_NAMED; i++)
        if (slice_is(name, field_names[i])) {
            n->field = i;
            p->needs |= field_needs[i];
            return ERR_OK;
        }
    if (slice_starts(name, ATTRIBUTE_PREFIX) && name.n > ATTRIBUTE_PREFIX.n) {
        n->field = FIELD_ATTRIBUTE;
        p->needs |= field_needs[FIELD_ATTRIBUTE];
        return product_attribute_find(p->view, slice_from(name, ATTRIBUTE_PREFIX.n), &n->attribute);
    }
    return fault_set(p->why, ERR_BAD_REQUEST, "filters", "no filter field is called '%.*s'", SLICE_ARGS(name));
}

static bool field_is_number(enum field f) {
    return f == FIELD_PRICE || f == FIELD_RATING || f == FIELD_STOCK;
}

static enum err equal_boolean(struct parser *p, struct filter_node *n, struct slice value) {
    bool yes = slice_is(value, "true") || slice_is(value, "1");
    if (!yes && !slice_is(value, "false") && !slice_is(value, "0"))
        return fault_set(p->why, ERR_BAD_REQUEST, "filters", "%.*s is true or false", SLICE_ARGS(n->name));
    n->id = yes;
    return ERR_OK;
}

static enum err equal_fit(struct parser *p, struct filter_node *n, struct slice value) {
    for (unsigned i = VERDICT_UNKNOWN; i <= VERDICT_FITS; i++)
        if (slice_is(value, verdict_name(i))) {
            n->id = i;
            return ERR_OK;
        }
    return fault_set(p->why, ERR_BAD_REQUEST, "filters", "fit is fits, conditional, universal, no or unknown");
}

static enum err equal_brand(struct parser *p, struct filter_node *n, struct slice value) {
    struct lexicon_entry found[16];
    struct slice folded;
    unsigned count;
    bool longer;
    enum err e = names_find(p->view->snapshot, NAMES_BRAND, value, &n->id);
    if (e != ERR_NOT_FOUND) return e;
    TRY(text_fold(p->view->arena, value, &folded));
    TRY(lexicon_lookup(p->view, folded, found, 16, &count, &longer));
    for (unsigned i = 0; i < count && !n->id; i++)
        if (found[i].kind == LEXICON_BRAND) n->id = found[i].id;
    return ERR_OK; // a brand nobody knows matches nothing
}

static enum err equal_value(struct parser *p, struct filter_node *n, struct slice value) {
    enum product_kind kind;
    switch (n->field) {
    case FIELD_BRAND: return equal_brand(p, n, value);
    case FIELD_FIT: return equal_fit(p, n, value);
    case FIELD_UNIVERSAL:
    case FIELD_IN_STOCK: return equal_boolean(p, n, value);
    case FIELD_ATTRIBUTE: return product_value_find(p->view, n->attribute, value, &n->id);
    case FIELD_TYPE: {
        enum err e = names_find(p->view->snapshot, NAMES_TYPE, value, &n->id);
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    case FIELD_CLASS: {
        enum product_class class;
        if (!product_class_parse(value, &class))
            return fault_set(p->why, ERR_BAD_REQUEST, "filters",
                             "class is vehicle_specific, many_fitments, no_data, universal or non_vehicle");
        n->id = class;
        return ERR_OK;
    }
    case FIELD_KIND:
        if (!product_kind_parse(value, &kind))
            return fault_set(p->why, ERR_BAD_REQUEST, "filters", "'%.*s' is no kind of product", SLICE_ARGS(value));
        n->id = kind;
        return ERR_OK;
    default: return ERR_INTERNAL;
    }
}

static enum err number_value(struct parser *p, struct slice text, double *out) {
    if (slice_f64(text, out)) return ERR_OK;
    return fault_set(p->why, ERR_BAD_REQUEST, "filters", "'%.*s' is not a number", SLICE_ARGS(text));
}

static void range_begin(struct parser *p, struct filter_node *n) {
    n->kind = NODE_RANGE;
    if (n->field == FIELD_ATTRIBUTE) n->memo = filter_memo_new(p->view->arena);
}

// `field:value` or, for numbers, `field:1 TO 9`.
static enum err colon_condition(struct parser *p, struct filter_node *n) {
    struct slice value, last = SLICE_NONE;
    TRY(take_value(p, &value));
    bool number = field_is_number(n->field);
    bool span = (number || n->field == FIELD_ATTRIBUTE) && take_keyword(p, "TO");
    if (span) TRY(take_value(p, &last));
    if (!number && !span) return equal_value(p, n, value);
    range_begin(p, n);
    TRY(number_value(p, value, &n->low));
    return number_value(p, span ? last : value, &n->high);
}

static enum err operator_condition(struct parser *p, struct filter_node *n) {
    char op = *p->rest.p;
    bool equal = p->rest.n > 1 && p->rest.p[1] == '=';
    if (!strchr("<>=!", op) || (op == '!' && !equal)) return fail(p, "an operator is missing");
    p->rest = slice_from(p->rest, equal ? 2 : 1);
    struct slice value;
    TRY(take_value(p, &value));
    bool order = op == '<' || op == '>';
    n->negated = op == '!';
    if (order && !field_is_number(n->field) && n->field != FIELD_ATTRIBUTE)
        return fault_set(p->why, ERR_BAD_REQUEST, "filters", "%.*s is not a number", SLICE_ARGS(n->name));
    if (!order && !field_is_number(n->field)) return equal_value(p, n, value);
    double number;
    TRY(number_value(p, value, &number));
    range_begin(p, n);
    n->low = op == '<' ? -1e300 : number;
    n->high = op == '>' ? 1e300 : number;
    n->low_open = op == '>' && !equal;
    n->high_open = op == '<' && !equal;
    return ERR_OK;
}

// ---- groups -------------------------------------------------------------------------------------------------------------------
static enum err parse_or(struct parser *p, const struct filter_node **out);

static enum err parse_condition(struct parser *p, const struct filter_node **out) {
    struct slice name = peek_word(p);
    if (name.n == 0) return fail(p, "a field is missing");
    p->rest = slice_from(p->rest, name.n);
    struct filter_node *n = node_new(p, NODE_EQUAL);
    if (!n) return ERR_NO_MEMORY;
    *out = n;
    TRY(field_parse(p, n, name));
    if (take_char(p, ':')) return colon_condition(p, n);
    skip_space(p);
    return p->rest.n ? operator_condition(p, n) : fail(p, "a condition does not end");
}

static enum err parse_unary(struct parser *p, const struct filter_node **out) {
    if (++p->depth > LIMIT_JSON_DEPTH) return fail(p, "brackets are nested too deep");
    enum err e;
    if (take_keyword(p, "NOT")) {
        struct filter_node *n = node_new(p, NODE_NOT);
        *out = n;
        e = n ? parse_unary(p, &n->left) : ERR_NO_MEMORY;
    } else if (take_char(p, '(')) {
        e = parse_or(p, out);
        if (e == ERR_OK && !take_char(p, ')')) e = fail(p, "a bracket is not closed");
    } else {
        e = parse_condition(p, out);
    }
    p->depth--;
    return e;
}

static enum err parse_chain(struct parser *p, const char *keyword, enum node_kind kind,
                            enum err (*part)(struct parser *, const struct filter_node **), const struct filter_node **out) {
    TRY(part(p, out));
    while (take_keyword(p, keyword)) {
        struct filter_node *n = node_new(p, kind);
        if (!n) return ERR_NO_MEMORY;
        n->left = *out;
        *out = n;
        TRY(part(p, &n->right));
    }
    return ERR_OK;
}

static enum err parse_and(struct parser *p, const struct filter_node **out) {
    return parse_chain(p, "AND", NODE_AND, parse_unary, out);
}

static enum err parse_or(struct parser *p, const struct filter_node **out) {
    return parse_chain(p, "OR", NODE_OR, parse_and, out);
}

// The field a term is about when it is about one only.
static struct slice one_field(const struct filter_node *n) {
    if (n->kind == NODE_EQUAL || n->kind == NODE_RANGE) return n->name;
    struct slice left = one_field(n->left);
    if (n->kind == NODE_NOT) return left;
    return slice_eq(left, one_field(n->right)) ? left : SLICE_NONE;
}

static enum err terms_collect(struct filter *f, const struct filter_node *n, struct fault *why) {
    if (n->kind == NODE_AND) {
        TRY(terms_collect(f, n->left, why));
        return terms_collect(f, n->right, why);
    }
    if (f->term_count == FILTER_TERMS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "filters", "more than %d terms joined by AND", FILTER_TERMS_MAX);
    f->fields[f->term_count] = one_field(n);
    f->terms[f->term_count++] = n;
    return ERR_OK;
}

enum err filter_parse(struct view *v, struct slice text, enum currency currency, struct filter *out, struct fault *why) {
    *out = (struct filter){.currency = currency};
    struct parser p = {.view = v, .rest = slice_trim(text), .why = why};
    if (p.rest.n == 0) return ERR_OK;
    const struct filter_node *root;
    TRY(parse_or(&p, &root));
    skip_space(&p);
    if (p.rest.n) return fail(&p, "AND or OR is missing");
    out->needs = p.needs;
    return terms_collect(out, root, why);
}

uint32_t filter_without(const struct filter *f, struct slice field) {
    uint32_t bits = filter_all(f);
    for (unsigned i = 0; i < f->term_count; i++)
        if (slice_eq(f->fields[i], field)) bits &= ~((uint32_t)1 << i);
    return bits;
}
