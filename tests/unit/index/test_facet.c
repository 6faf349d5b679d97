// Filters and facets against a brute force over the documents themselves: random products with several values of an attribute, prices,
// stock and ratings; random filters with groups, NOT and ranges; before and after random puts, deletions, offers and a bulk load.
#include "index_fixture.h"

#include <math.h>

#include "index/catalog.h"
#include "index/search.h"
#include "index/vocabulary.h"

enum { PRODUCTS = 700, BRANDS = 4, TYPES = 2, ATTRIBUTES = 4, VALUES = 9, HELD = 5, QUERIES = 400, CHANGES = 250 };

static const char types_tsv[] =
    "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
    "oil_filter\tpart\tOil Filter\t机油滤清器\t\t\t\t\t\t\t\t\n"
    "brake_pad\tpart\tBrake Pads\t刹车片\t\t\t\t\t\t\t\t\n";
static const char *const types[TYPES] = {"oil_filter", "brake_pad"};
static const char *const brands[BRANDS] = {"Alpha", "Beta", "Gamma", "Delta"};
static const char *const attributes[ATTRIBUTES] = {"width", "material", "odd \"name\"", "note"};
// Numbers, what only looks like one, and what JSON escapes.
static const char *const values[VALUES] = {"205", "22.5", "-3", "205 ", "cera\"mic", "a\\b, c", "line\nbreak\x01", "陶瓷", "9"};

// A document, as plain as can be.
struct doc {
    bool there;
    unsigned brand, type, stock, rating_x100, fen, cents, held;
    struct { unsigned attribute, value; } pairs[HELD];
};
struct shop { struct fixture f; struct doc docs[PRODUCTS]; uint32_t ids[PRODUCTS]; uint64_t seed; };

static unsigned below(struct shop *s, unsigned n) {
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((s->seed >> 33) % n);
}

static void draw(struct shop *s, struct doc *d) {
    *d = (struct doc){.there = true, .brand = below(s, BRANDS), .type = below(s, TYPES), .stock = below(s, 3), .rating_x100 = below(s, 2) * below(s, 501),
                      .fen = below(s, 4) ? below(s, 20000) + 1 : 0, .cents = below(s, 4) ? below(s, 3000) + 1 : 0, .held = below(s, HELD + 1)};
    for (unsigned i = 0; i < d->held; i++) {
        d->pairs[i].attribute = below(s, ATTRIBUTES);
        d->pairs[i].value = below(s, VALUES);
    }
}

static struct product_doc doc_of(struct arena *a, const struct doc *d, unsigned i) {
    struct pair *pairs = ARENA_ARRAY(a, struct pair, HELD);
    for (unsigned k = 0; k < d->held; k++)
        pairs[k] = (struct pair){slice_str(attributes[d->pairs[k].attribute]), slice_str(values[d->pairs[k].value])};
    return (struct product_doc){.id = arena_printf(a, "p%u", i), .brand = slice_str(brands[d->brand]), .number = arena_printf(a, "N%u", i),
                                .type = slice_str(types[d->type]), .title = SLICE("A product"), .universal = true, .stock = d->stock,
                                .rating_x100 = (uint16_t)d->rating_x100, .rating_count = d->rating_x100 > 0, .cny_fen = d->fen,
                                .usd_cents = d->cents, .attrs = pairs, .attr_count = d->held};
}

// ---- changes --------------------------------------------------------------------------------------------------------------------
static void load_all(struct shop *s, unsigned from, unsigned to) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    const struct catalog_load_options options = {.rebuild = true};
    assert_int_equal(catalog_loader_new(s->f.db, &options, &l), ERR_OK);
    for (unsigned i = from; i < to; i++) {
        draw(s, &s->docs[i]);
        struct product_doc doc = doc_of(&s->f.arena, &s->docs[i], i);
        if (catalog_loader_product(l, &doc, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
}

static void change(struct shop *s, struct txn *t, struct arena *scratch, unsigned i) {
    struct doc *d = &s->docs[i];
    struct fault why = {0};
    uint32_t id;
    arena_reset(scratch);
    struct slice name = arena_printf(scratch, "p%u", i);
    unsigned what = below(s, 4);
    enum err e = ERR_OK;
    if (what == 0 && d->there) {
        e = catalog_delete(t, scratch, name);
        d->there = false;
    } else if (what == 1 && d->there) {
        d->fen = below(s, 9000) + 1;
        d->stock = below(s, 2);
        e = catalog_put_offer(t, scratch, name, d->fen, -1, d->stock, &why);
    } else {
        bool was = d->there;
        struct doc old = *d;
        draw(s, d);
        if (was && !d->fen) d->fen = old.fen; // a document without a price leaves the one that is known
        if (was && !d->cents) d->cents = old.cents;
        struct product_doc doc = doc_of(scratch, d, i);
        if (!d->fen) doc.cny_fen = -1;
        if (!d->cents) doc.usd_cents = -1;
        e = catalog_put(t, scratch, &doc, &id, &why);
    }
    if (e != ERR_OK) fail_msg("%s", why.message);
}

static void change_some(struct shop *s) {
    struct arena scratch;
    struct txn *t;
    struct fault why = {0};
    arena_init(&scratch, 1 << 16, 16 << 20);
    for (unsigned i = 0; i < CHANGES; i++) {
        if (i % 10 == 0) assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
        change(s, t, &scratch, below(s, PRODUCTS));
        if (i % 10 == 9) assert_int_equal(txn_commit(t, &why), ERR_OK);
    }
    arena_destroy(&scratch);
}

static void ids_find(struct shop *s) {
    arena_reset(&s->f.arena);
    fixture_refresh(&s->f);
    for (unsigned i = 0; i < PRODUCTS; i++) {
        enum err e = product_find(s->f.view, arena_printf(&s->f.arena, "p%u", i), &s->ids[i]);
        assert_int_equal(e, s->docs[i].there ? ERR_OK : ERR_NOT_FOUND);
        if (e != ERR_OK) s->ids[i] = 0;
    }
}

// ---- filters of both kinds -------------------------------------------------------------------------------------------------------
enum kind { AND, OR, NOT, BRAND, TYPE, IN_STOCK, STOCK, PRICE, RATING, TEXT, NUMBER };
struct node { enum kind kind; unsigned left, right, a, b; bool negated; double low, high; }; // left, right: places in `nodes`
struct tree { struct node nodes[64]; unsigned count; enum currency currency; };

static unsigned leaf(struct shop *s, struct tree *t, struct buf *out) {
    struct node *n = &t->nodes[t->count];
    *n = (struct node){.kind = BRAND + below(s, NUMBER - BRAND + 1), .a = below(s, ATTRIBUTES), .b = below(s, VALUES), .low = -1e9, .high = 1e9};
    struct buf name;
    buf_init(&name, &s->f.arena, 64);
    buf_printf(&name, "attributes.%s", n->a == 2 ? "width" : attributes[n->a]); // a quoted name is no word of the grammar
    if (n->a == 2) n->a = 0;
    n->negated = below(s, 4) == 0;
    const char *equal = n->negated ? " != " : ":";
    switch (n->kind) {
    case BRAND: buf_printf(out, "brand%s%s", equal, brands[n->a]); break;
    case TYPE: buf_printf(out, "type%s%s", equal, types[n->a %= TYPES]); break;
    case IN_STOCK: buf_printf(out, "in_stock%s%s", equal, (n->a %= 2) ? "true" : "false"); break;
    case TEXT:
        if (strchr(values[n->b], '"')) n->b = 0; // nor does a quoted value hold a quote
        buf_printf(out, "%.*s%s\"%s\"", (int)name.n, name.p, equal, values[n->b]);
        break;
    default: {
        const char *field = n->kind == STOCK ? "stock" : n->kind == PRICE ? "price" : n->kind == RATING ? "rating" : NULL;
        unsigned top = n->kind == STOCK ? 3 : n->kind == PRICE ? 12000 : n->kind == RATING ? 6 : 210;
        double x = below(s, top), y = x + below(s, top);
        struct slice f = field ? slice_str(field) : buf_slice(&name);
        n->negated = false;
        switch (below(s, 3)) {
        case 0: buf_printf(out, "%.*s:%g TO %g", SLICE_ARGS(f), n->low = x, n->high = y); break;
        case 1: buf_printf(out, "%.*s >= %g", SLICE_ARGS(f), n->low = x); break;
        default: buf_printf(out, "%.*s < %g", SLICE_ARGS(f), y); n->high = nextafter(y, -1e9); break;
        }
    }
    }
    return t->count++;
}

static unsigned grow(struct shop *s, struct tree *t, struct buf *out, unsigned depth) {
    unsigned what = depth == 0 || t->count > 40 ? 9 : below(s, 6);
    if (what > 3) return leaf(s, t, out);
    unsigned at = t->count++;
    t->nodes[at].kind = what == 0 ? NOT : what == 1 ? AND : OR;
    if (what == 0) buf_printf(out, "NOT ");
    buf_char(out, '(');
    t->nodes[at].left = grow(s, t, out, depth - 1);
    if (what) {
        buf_printf(out, what == 1 ? " AND " : " OR ");
        t->nodes[at].right = grow(s, t, out, depth - 1);
    }
    buf_char(out, ')');
    return at;
}

static bool in(const struct node *n, double x) { return x >= n->low && x <= n->high; }

static bool attribute_holds(const struct node *n, const struct doc *d) {
    for (unsigned i = 0; i < d->held; i++) {
        char *end;
        const char *text = values[d->pairs[i].value];
        if (d->pairs[i].attribute != n->a) continue;
        if (n->kind == TEXT && d->pairs[i].value == n->b) return true;
        double x = strtod(text, &end);
        if (n->kind == NUMBER && end != text && !*end && in(n, x)) return true;
    }
    return false;
}

static bool holds(const struct tree *t, unsigned at, const struct doc *d) {
    const struct node *n = &t->nodes[at];
    unsigned price = t->currency == CURRENCY_USD ? d->cents : d->fen;
    switch (n->kind) {
    case AND: return holds(t, n->left, d) && holds(t, n->right, d);
    case OR: return holds(t, n->left, d) || holds(t, n->right, d);
    case NOT: return !holds(t, n->left, d);
    case BRAND: return (d->brand == n->a) != n->negated;
    case TYPE: return (d->type == n->a) != n->negated;
    case IN_STOCK: return ((d->stock > 0) == (n->a != 0)) != n->negated;
    case STOCK: return in(n, d->stock);
    case PRICE: return price && in(n, price);
    case RATING: return d->rating_x100 && in(n, d->rating_x100 / 100.0);
    case TEXT:
    case NUMBER: return attribute_holds(n, d) != n->negated;
    }
    return false;
}

// ---- one question, both ways -------------------------------------------------------------------------------------------------------
enum { FACETS = 5 };
static const char *const facet_fields[FACETS] = {"brand", "attributes.width", "attributes.material", "price", "type"};

// A filter of terms joined by AND, each about one of the facets' fields or about anything.
struct asked { struct tree trees[4]; unsigned roots[4]; int about[4]; unsigned terms; struct buf text; };

static void ask(struct shop *s, struct asked *q) {
    q->terms = below(s, 4);
    buf_init(&q->text, &s->f.arena, 1024);
    enum currency currency = below(s, 2) ? CURRENCY_USD : CURRENCY_CNY;
    for (unsigned i = 0; i < q->terms; i++) {
        struct tree *t = &q->trees[i];
        *t = (struct tree){.currency = currency};
        if (i) buf_printf(&q->text, " AND ");
        q->about[i] = -1;
        buf_char(&q->text, '(');
        if (below(s, 2)) { // selected values of one facet
            static const enum kind kinds[] = {BRAND, TEXT, TEXT, PRICE, TYPE};
            unsigned facet = below(s, FACETS), a = below(s, 2), b = below(s, 2);
            q->about[i] = (int)facet;
            t->nodes[0] = (struct node){.kind = OR, .left = 1, .right = 2};
            t->count = 3;
            for (unsigned k = 1; k <= 2; k++) {
                struct node *n = &t->nodes[k];
                *n = (struct node){.kind = kinds[facet], .a = k == 1 ? a : b, .low = k * 3000, .high = k * 4000};
                if (facet == 1 || facet == 2) n->a = facet - 1, n->b = k == 1 ? a : 7;
                if (k == 2) buf_printf(&q->text, " OR ");
                if (facet == 0) buf_printf(&q->text, "brand:%s", brands[n->a]);
                else if (facet == 4) buf_printf(&q->text, "type:%s", types[n->a]);
                else if (facet == 3) buf_printf(&q->text, "price:%u TO %u", k * 3000, k * 4000);
                else buf_printf(&q->text, "%s:\"%s\"", facet_fields[facet], values[n->b]);
            }
        } else {
            q->roots[i] = grow(s, t, &q->text, 3);
        }
        buf_char(&q->text, ')');
        if (q->about[i] >= 0) q->roots[i] = 0;
    }
    buf_char(&q->text, 0);
    for (unsigned i = 0; i < 4; i++) q->trees[i].currency = currency;
}

static unsigned count_of(const struct facet *f, struct slice text) {
    for (unsigned i = 0; i < f->count; i++)
        if (slice_eq(f->values[i].text, text)) return f->values[i].count;
    return 0;
}

static bool has(const struct doc *d, unsigned attribute, unsigned value) {
    for (unsigned i = 0; i < d->held; i++)
        if (d->pairs[i].attribute == attribute && d->pairs[i].value == value) return true;
    return false;
}

// Every value's count, that there is no other value, and the range of numbers, over the products in `set`.
static void check_facet(struct shop *s, const struct facet *f, unsigned which, const bool *set, const char *text) {
    unsigned expected = 0, sum = 0, distinct = 0;
    double least = 1e300, greatest = -1e300;
    unsigned n = which == 0 ? BRANDS : which == 4 ? TYPES : which == 3 ? 0 : VALUES;
    for (unsigned x = 0; x < n; x++) {
        expected = 0;
        for (unsigned i = 0; i < PRODUCTS; i++) {
            const struct doc *d = &s->docs[i];
            expected += set[i] && (which == 0 ? d->brand == x : which == 4 ? d->type == x : has(d, which - 1, x));
        }
        const char *name = which == 0 ? brands[x] : which == 4 ? types[x] : values[x];
        if (count_of(f, slice_str(name)) != expected) fail_msg("%s of %s under '%s': %u, expected %u", name, facet_fields[which], text, count_of(f, slice_str(name)), expected);
        distinct += expected > 0;
        char *end;
        double number = strtod(name, &end);
        if (!expected || n != VALUES || *end) continue;
        least = number < least ? number : least;
        greatest = number > greatest ? number : greatest;
    }
    for (unsigned i = 0; which == 3 && i < PRODUCTS; i++) {
        unsigned price = f->currency == CURRENCY_USD ? s->docs[i].cents : s->docs[i].fen;
        if (!set[i] || !price) continue;
        sum++;
        least = price < least ? price : least;
        greatest = price > greatest ? price : greatest;
    }
    if (which != 3) assert_int_equal(f->count, distinct);
    for (unsigned k = 0; which == 3 && k < f->count; k++) {
        unsigned from, to, here = 0;
        assert_int_equal(sscanf(f->values[k].text.p, "%u TO %u", &from, &to), 2);
        for (unsigned i = 0; i < PRODUCTS; i++) {
            unsigned price = f->currency == CURRENCY_USD ? s->docs[i].cents : s->docs[i].fen;
            here += set[i] && price && price >= from && price <= to;
        }
        assert_int_equal(f->values[k].count, here);
        sum -= here;
    }
    assert_int_equal(sum, 0);
    assert_int_equal(f->has_range, least <= greatest);
    if (f->has_range) assert_true(f->least == least && f->greatest == greatest);
}

static unsigned check_question(struct shop *s) {
    struct asked q = {0};
    struct knowledge none = {0};
    struct filter filter;
    struct fault why = {0};
    struct search_result r;
    struct facet facets[FACETS];
    static bool set[PRODUCTS];
    arena_reset(&s->f.arena);
    fixture_refresh(&s->f);
    ask(s, &q);
    enum currency currency = q.trees[0].currency;
    if (filter_parse(s->f.view, slice_str(q.text.p), currency, &filter, &why) != ERR_OK) fail_msg("'%s': %s", q.text.p, why.message);
    for (unsigned f = 0; f < FACETS; f++) {
        struct slice field = slice_str(facet_fields[f]);
        assert_int_equal(facet_begin(s->f.view, field, filter_without(&filter, field), &facets[f], &why), ERR_OK);
        facets[f].currency = currency;
    }
    struct search_query query = {.k = &none, .filter = &filter, .facets = facets, .facet_count = FACETS};
    assert_int_equal(search_run(s->f.view, &query, &r, NULL), ERR_OK);
    for (int f = -1; f < FACETS; f++) {
        unsigned total = 0;
        for (unsigned i = 0; i < PRODUCTS; i++) {
            set[i] = s->docs[i].there;
            for (unsigned k = 0; k < q.terms; k++) { // which terms are about the facet is told by the filter itself
                bool own = f >= 0 && slice_is(filter.fields[k], facet_fields[f]) && filter.term_count == q.terms;
                if (!own) set[i] = set[i] && holds(&q.trees[k], q.roots[k], &s->docs[i]);
            }
            total += set[i];
        }
        if (f >= 0 && filter.term_count == q.terms) check_facet(s, &facets[f], (unsigned)f, set, q.text.p);
        if (f >= 0) continue;
        if (r.count != total) fail_msg("'%s': %u products, expected %u", q.text.p, r.count, total);
        for (unsigned i = 0; i < PRODUCTS; i++) {
            struct match m = {.product = s->ids[i]};
            if (s->ids[i] && filter_passes(s->f.view, &filter, &m) != set[i]) fail_msg("'%s': product %u", q.text.p, i);
        }
    }
    for (unsigned k = 0; k < q.terms && filter.term_count == q.terms; k++)
        if (q.about[k] >= 0) assert_true(slice_is(filter.fields[k], facet_fields[q.about[k]]));
    return filter.term_count == q.terms && q.terms > 0;
}

static void test_filters_and_facets(void **state) {
    struct shop *s = *state;
    unsigned whole = 0;
    for (unsigned round = 0; round < 4; round++) {
        if (round == 2) load_all(s, 0, PRODUCTS / 3); // documents anew in the other slot, the rest carried over
        else if (round) change_some(s);
        ids_find(s);
        for (unsigned i = 0; i < QUERIES; i++) whole += check_question(s);
    }
    assert_true(whole > QUERIES); // enough of them had facets compared
}

// ---- limits, order, prefix ---------------------------------------------------------------------------------------------------------
static void test_order_and_limit(void **state) {
    struct shop *s = *state;
    struct knowledge none = {0};
    struct filter filter = {0};
    struct search_result r;
    struct facet f[4];
    fixture_refresh(&s->f);
    for (unsigned i = 0; i < 4; i++) assert_int_equal(facet_begin(s->f.view, SLICE("attributes.width"), 0, &f[i], NULL), ERR_OK);
    f[1].order = FACET_BY_VALUE;
    f[2].limit = 2;
    f[3].prefix = SLICE("cera");
    struct search_query query = {.k = &none, .filter = &filter, .facets = f, .facet_count = 4};
    assert_int_equal(search_run(s->f.view, &query, &r, NULL), ERR_OK);
    for (unsigned i = 1; i < f[0].count; i++) assert_true(f[0].values[i - 1].count >= f[0].values[i].count);
    static const char *const ordered[] = {"-3", "9", "22.5", "205", "205 ", "a\\b, c", "cera\"mic", "line\nbreak\x01", "陶瓷"};
    assert_int_equal(f[1].count, VALUES);
    for (unsigned i = 0; i < VALUES; i++) assert_true(slice_is(f[1].values[i].text, ordered[i]));
    assert_int_equal(f[2].count, 2);
    assert_true(slice_eq(f[2].values[1].text, f[0].values[1].text));
    assert_true(f[3].count == 1 && slice_is(f[3].values[0].text, "cera\"mic"));
    assert_true(f[3].has_range && f[3].least == -3 && f[3].greatest == 205); // whatever the prefix
}

// Attributes of many different values: the table grows, the most frequent are named.
static void test_many_values(void **state) {
    struct shop *s = *state;
    enum { MANY = 6000, EACH = 500 };
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    struct knowledge none = {0};
    struct filter filter;
    struct search_result r;
    struct facet f;
    assert_int_equal(catalog_loader_new(s->f.db, NULL, &l), ERR_OK);
    for (unsigned i = 0; i < MANY / EACH; i++) {
        struct pair *pairs = ARENA_ARRAY(&s->f.arena, struct pair, EACH + 1);
        for (unsigned k = 0; k < EACH; k++) pairs[k] = (struct pair){SLICE("serial"), arena_printf(&s->f.arena, "%u", i * EACH + k)};
        pairs[EACH] = (struct pair){SLICE("serial"), SLICE("common")};
        struct product_doc doc = {.id = arena_printf(&s->f.arena, "many%u", i), .brand = SLICE("Many"), .number = arena_printf(&s->f.arena, "M%u", i),
                                  .type = SLICE("oil_filter"), .cny_fen = -1, .usd_cents = -1, .attrs = pairs, .attr_count = EACH + 1};
        if (catalog_loader_product(l, &doc, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    struct pair *pairs = ARENA_ARRAY(&s->f.arena, struct pair, 1025);
    for (unsigned k = 0; k < 1025; k++) pairs[k] = (struct pair){SLICE("serial"), SLICE("x")};
    struct product_doc much = {.id = SLICE("much"), .brand = SLICE("Many"), .number = SLICE("1"), .type = SLICE("oil_filter"), .cny_fen = -1,
                               .usd_cents = -1, .attrs = pairs, .attr_count = 1025};
    assert_int_equal(catalog_loader_product(l, &much, &why), ERR_BAD_REQUEST);
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(&s->f);
    assert_int_equal(filter_parse(s->f.view, SLICE("brand:Many"), CURRENCY_CNY, &filter, &why), ERR_OK);
    assert_int_equal(facet_begin(s->f.view, SLICE("attributes.serial"), 1, &f, &why), ERR_OK);
    struct search_query query = {.k = &none, .filter = &filter, .facets = &f, .facet_count = 1};
    assert_int_equal(search_run(s->f.view, &query, &r, NULL), ERR_OK);
    assert_int_equal(r.count, MANY / EACH);
    assert_int_equal(f.count, 100);
    assert_true(slice_is(f.values[0].text, "common") && f.values[0].count == MANY / EACH);
    assert_false(f.has_range);
    assert_int_equal(filter_parse(s->f.view, SLICE("attributes.serial:10 TO 499 AND NOT attributes.serial:x"), CURRENCY_CNY, &filter, &why), ERR_OK);
    query.facet_count = 0;
    assert_int_equal(search_run(s->f.view, &query, &r, NULL), ERR_OK);
    assert_int_equal(r.count, 1);
}

static int setup(void **state) {
    struct shop *s = calloc(1, sizeof *s);
    struct fault why = {0};
    s->seed = 20261123;
    fixture_open(&s->f);
    const char *dir = fixture_fact(&s->f, "types.tsv", types_tsv);
    if (vocabulary_load(s->f.db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    load_all(s, 0, PRODUCTS);
    *state = s;
    return 0;
}

static int teardown(void **state) {
    struct shop *s = *state;
    fixture_close(&s->f);
    free(s);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters_and_facets),
        cmocka_unit_test(test_order_and_limit),
        cmocka_unit_test(test_many_values),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
