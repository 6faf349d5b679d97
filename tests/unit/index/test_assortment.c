// What a view shows of a catalogue, and at whose prices, against the documents themselves: random products of brands, prices and dealers,
// several views taking turns in one view of the database, before and after random puts, deletions, offers and dealers' prices.
#include "index_fixture.h"

#include "index/assortment.h"
#include "index/catalog.h"
#include "index/dealer.h"
#include "index/dealer_price.h"
#include "index/names.h"
#include "index/price_band.h"
#include "index/product.h"
#include "index/vocabulary.h"

enum { PRODUCTS = 500, BRANDS = 4, DEALERS = 2, VIEWS = 4, ROUNDS = 60, CHANGES = 8 };

static const char types_tsv[] =
    "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
    "oil_filter\tpart\tOil Filter\t机油滤清器\t\t\t\t\t\t\t\t\n";
static const char *const brands[BRANDS] = {"Alpha", "Beta", "Gamma", "Delta"};
static const char *const dealers[DEALERS] = {"acme", "rival"};

struct doc { bool there; unsigned brand, fen, dealer, own_fen[DEALERS]; }; // dealer: of the attribute, DEALERS for none
struct terms { unsigned permille[DEALERS], floor[BRANDS], ceiling[BRANDS]; }; // in force; a ceiling of 0: no band
struct shop { struct fixture f; struct doc docs[PRODUCTS]; uint64_t seed; struct terms terms; };

static bool alpha_or_beta(const struct doc *d) { return d->brand < 2; }
static bool not_gamma_below_500(const struct doc *d) { return d->fen && d->fen < 500 && d->brand != 2; }
static bool everything(const struct doc *d) { return d->there; }
static bool nothing(const struct doc *d) { return d->brand == BRANDS; }
static const struct { const char *id, *filters; unsigned dealer; bool (*inside)(const struct doc *d); } tested[VIEWS] = {
    {"v1", "brand:Alpha OR brand:Beta", DEALERS, alpha_or_beta},
    {"v2", "price < 500 AND NOT brand:Gamma", 0, not_gamma_below_500},
    {"v3", "", 1, everything},
    {"v4", "brand:Epsilon", 0, nothing},
};

static unsigned below(struct shop *s, unsigned n) {
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((s->seed >> 33) % n);
}

static void draw(struct shop *s, struct doc *d) {
    d->there = true;
    d->brand = below(s, BRANDS);
    d->fen = below(s, 4) ? below(s, 1000) + 1 : 0;
    d->dealer = below(s, 5) ? DEALERS : below(s, DEALERS);
}

static struct product_doc doc_of(struct arena *a, const struct doc *d, unsigned i) {
    struct pair *pair = ARENA_NEW(a, struct pair);
    if (d->dealer < DEALERS) *pair = (struct pair){SLICE("dealer"), slice_str(dealers[d->dealer])};
    return (struct product_doc){.id = arena_printf(a, "p%u", i), .brand = slice_str(brands[d->brand]), .number = arena_printf(a, "N%u", i),
                                .type = SLICE("oil_filter"), .title = SLICE("A product"), .universal = true, .stock = 1, .cny_fen = d->fen,
                                .usd_cents = -1, .attrs = pair, .attr_count = d->dealer < DEALERS};
}

static enum err change(struct shop *s, struct txn *t, struct arena *scratch, unsigned i) {
    struct doc *d = &s->docs[i];
    struct fault why = {0};
    struct slice id = arena_printf(scratch, "p%u", i);
    unsigned what = below(s, 4), dealer = below(s, DEALERS);
    uint32_t product;
    if (!d->there || what == 0) {
        draw(s, d);
        struct product_doc doc = doc_of(scratch, d, i);
        return catalog_put(t, scratch, &doc, &product, &why);
    }
    if (what == 1) {
        d->there = false;
        return catalog_delete(t, scratch, id);
    }
    if (what == 2) {
        d->fen = below(s, 1000) + 1;
        return catalog_put_offer(t, scratch, id, d->fen, -1, -1, &why);
    }
    d->own_fen[dealer] = below(s, 3) ? below(s, 1000) + 1 : 0;
    return dealer_price_put(t, scratch, slice_str(dealers[dealer]), id, d->own_fen[dealer], 0, &why);
}

static void changes(struct shop *s) {
    struct arena scratch;
    struct fault why = {0};
    struct txn *t;
    arena_init(&scratch, 64 * 1024, 64 * 1024 * 1024);
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    for (unsigned i = 0; i < CHANGES; i++) {
        assert_int_equal(change(s, t, &scratch, below(s, PRODUCTS)), ERR_OK);
        arena_reset(&scratch);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    arena_destroy(&scratch);
}

static void views_put(struct shop *s, const char *filters_of_v1) {
    struct fault why = {0};
    struct txn *t;
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    for (unsigned i = 0; i < VIEWS; i++) {
        struct key_view view = {.id = slice_str(tested[i].id), .filters = slice_str(i ? tested[i].filters : filters_of_v1)};
        if (tested[i].dealer < DEALERS) view.dealer = slice_str(dealers[tested[i].dealer]);
        if (key_view_put(t, &s->f.arena, &view, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
}

static void band_put(struct shop *s, struct txn *t, unsigned brand, const char *type, unsigned floor, unsigned ceiling) {
    struct price_band b = {.floor_permille = (uint16_t)floor, .ceiling_permille = (uint16_t)ceiling};
    char name[16];
    slice_copy(slice_str(brands[brand]), name, sizeof name);
    name[0] = (char)(name[0] + 'a' - 'A');
    assert_int_equal(names_find(txn_snapshot(t), NAMES_BRAND, slice_str(name), &b.brand), ERR_OK);
    if (type) assert_int_equal(names_find(txn_snapshot(t), NAMES_TYPE, slice_str(type), &b.type), ERR_OK);
    assert_int_equal(ceiling ? price_band_put(t, &b) : price_band_delete(t, &b), ERR_OK);
    s->terms.floor[brand] = floor;
    s->terms.ceiling[brand] = ceiling;
}

// Dealers' factors and brands' bands, which count from the next request on.
static void terms_put(struct shop *s, unsigned acme_permille, bool banded) {
    struct fault why = {0};
    struct txn *t;
    struct dealer d = {.external_id = slice_str(dealers[0]), .name = SLICE("A"), .price_permille = (uint16_t)acme_permille};
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    if (acme_permille != 1000) assert_int_equal(dealer_put(t, &s->f.arena, &d, &why), ERR_OK);
    else assert_int_equal(dealer_delete(t, &s->f.arena, d.external_id), ERR_OK);
    s->terms.permille[0] = acme_permille;
    if (banded) {
        band_put(s, t, 0, NULL, 900, 1100);
        band_put(s, t, 1, NULL, 100, 200); // the band of the type stands before it
        band_put(s, t, 1, "oil_filter", 1050, 1200);
        band_put(s, t, 2, "oil_filter", 1000, 1000);
    } else {
        band_put(s, t, 0, NULL, 0, 0);
        band_put(s, t, 1, "oil_filter", 0, 0);
        band_put(s, t, 1, NULL, 100, 200);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
}

static unsigned price_seen(const struct shop *s, const struct doc *d, unsigned dealer) {
    const struct terms *t = &s->terms;
    if (dealer == DEALERS) return d->fen;
    unsigned asked = d->own_fen[dealer] ? d->own_fen[dealer] : (d->fen * t->permille[dealer] + 500) / 1000;
    unsigned floor = (d->fen * t->floor[d->brand] + 999) / 1000, ceiling = d->fen * t->ceiling[d->brand] / 1000;
    if (d->fen == 0 || t->ceiling[d->brand] == 0) return asked;
    if (ceiling < floor) ceiling = floor;
    return asked < floor ? floor : asked > ceiling ? ceiling : asked;
}

// ---- what is seen -------------------------------------------------------------------------------------------------------------------
static void product_check(struct shop *s, uint32_t id, unsigned i, unsigned view, bool expected) {
    struct view *v = s->f.view;
    const struct doc *d = &s->docs[i];
    const struct product_facts *facts = columns_facts(v, id), *same;
    const struct product_offer *offer = columns_offer(v, id), *again;
    uint32_t found;
    struct product p;
    columns_facts_of(v, &id, 1, &same);
    columns_offers_of(v, &id, 1, &again);
    assert_ptr_equal(facts, same);
    assert_memory_equal(offer, again, sizeof *offer);
    if (!(facts->flags & FACT_DELETED) != expected) fail_msg("product %u in %s: should be %d", i, view < VIEWS ? tested[view].id : "all", expected);
    assert_int_equal(product_find(v, arena_printf(&s->f.arena, "p%u", i), &found), expected ? ERR_OK : ERR_NOT_FOUND);
    if (view < VIEWS) assert_int_equal(product_load(v, id, &p), expected ? ERR_OK : ERR_NOT_FOUND);
    if (!expected && view < VIEWS) assert_int_equal(offer->stock + offer->cny_fen + facts->brand + facts->type, 0);
    if (!expected) return;
    assert_int_equal(offer->cny_fen, price_seen(s, d, view < VIEWS ? tested[view].dealer : DEALERS));
    assert_int_equal(offer->stock, 1);
    assert_int_equal(assortment_shop_offer(v, id)->cny_fen, d->fen);
}

static void views_check(struct shop *s, const uint32_t *ids) {
    for (unsigned k = 0; k < 3 * VIEWS; k++) {
        unsigned view = below(s, VIEWS + 1); // the last: no view
        fixture_refresh(&s->f);
        arena_reset(&s->f.arena);
        if (view < VIEWS) assert_int_equal(view_restrict(s->f.view, slice_str(tested[view].id)), ERR_OK);
        for (unsigned i = 0; i < PRODUCTS; i++) {
            const struct doc *d = &s->docs[i];
            bool inside = view == VIEWS || (d->dealer < DEALERS ? d->dealer == tested[view].dealer : tested[view].inside(d));
            product_check(s, ids[i], i, view, d->there && inside);
        }
    }
}

static void ids_find(struct shop *s, uint32_t *ids) {
    fixture_refresh(&s->f);
    for (unsigned i = 0; i < PRODUCTS; i++) assert_int_equal(product_find(s->f.view, arena_printf(&s->f.arena, "p%u", i), &ids[i]), ERR_OK);
}

static void load_all(struct shop *s) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    const struct catalog_load_options options = {.rebuild = true};
    assert_int_equal(catalog_loader_new(s->f.db, &options, &l), ERR_OK);
    for (unsigned i = 0; i < PRODUCTS; i++) {
        draw(s, &s->docs[i]);
        struct product_doc doc = doc_of(&s->f.arena, &s->docs[i], i);
        if (catalog_loader_product(l, &doc, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
}

static struct shop *shop_new(void) {
    struct shop *s = calloc(1, sizeof *s);
    struct fault why = {0};
    assert_non_null(s);
    s->seed = 20261123;
    s->terms = (struct terms){.permille = {1000, 1000}};
    fixture_open(&s->f);
    if (vocabulary_load(s->f.db, fixture_fact(&s->f, "types.tsv", types_tsv), NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    return s;
}

static void shop_free(struct shop *s) {
    fixture_close(&s->f);
    free(s);
}

static void test_views_show_their_part(void **state) {
    (void)state;
    struct shop *s = shop_new();
    uint32_t ids[PRODUCTS];
    views_put(s, tested[0].filters); // before there is any brand
    load_all(s);
    ids_find(s, ids);
    for (unsigned round = 0; round < ROUNDS; round++) {
        views_check(s, ids);
        changes(s);
        if (round == ROUNDS / 3) terms_put(s, 800, true);
        if (round == ROUNDS * 2 / 3) terms_put(s, 1000, false);
    }
    views_put(s, "brand:Gamma");
    fixture_refresh(&s->f);
    assert_int_equal(view_restrict(s->f.view, SLICE("v1")), ERR_OK);
    for (unsigned i = 0; i < PRODUCTS; i++)
        if (s->docs[i].dealer == DEALERS) assert_int_equal(assortment_shows(s->f.view, ids[i]), s->docs[i].there && s->docs[i].brand == 2);
    assert_int_equal(view_restrict(s->f.view, SLICE("v5")), ERR_NOT_FOUND);
    shop_free(s);
}

// More views than are kept: each comes back as it was.
static void test_many_views(void **state) {
    (void)state;
    struct shop *s = shop_new();
    struct fault why = {0};
    struct txn *t;
    uint32_t ids[PRODUCTS];
    load_all(s);
    ids_find(s, ids);
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    for (unsigned i = 0; i < 2 * ASSORTMENTS_KEPT; i++) {
        struct key_view view = {.id = arena_printf(&s->f.arena, "v%u", i), .filters = arena_printf(&s->f.arena, "brand:%s", brands[i % BRANDS])};
        assert_int_equal(key_view_put(t, &s->f.arena, &view, &why), ERR_OK);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    for (unsigned i = 0; i < 8 * ASSORTMENTS_KEPT; i++) {
        unsigned view = below(s, 2 * ASSORTMENTS_KEPT), at = below(s, PRODUCTS);
        fixture_refresh(&s->f);
        assert_int_equal(view_restrict(s->f.view, arena_printf(&s->f.arena, "v%u", view)), ERR_OK);
        assert_int_equal(assortment_shows(s->f.view, ids[at]), s->docs[at].dealer == DEALERS && s->docs[at].brand == view % BRANDS);
    }
    shop_free(s);
}

// A price of a product that was taken back with its import is not that of the one that got its number.
static void test_a_price_is_of_one_product(void **state) {
    (void)state;
    struct shop *s = shop_new();
    struct fault why = {0};
    struct txn *t;
    uint32_t id, first;
    struct dealer_prices prices;
    struct doc d = {.brand = 0, .fen = 700, .dealer = DEALERS};
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    for (unsigned i = 1; i <= 2; i++) {
        struct product_doc doc = doc_of(&s->f.arena, &d, i);
        assert_int_equal(catalog_put(t, &s->f.arena, &doc, i == 1 ? &first : &id, &why), ERR_OK);
    }
    assert_int_equal(dealer_price_put(t, &s->f.arena, SLICE("acme"), SLICE("p1"), 300, -1, &why), ERR_OK);
    assert_int_equal(dealer_prices_load(txn_snapshot(t), SLICE("acme"), first / DEALER_PRICE_BLOCK, &prices), ERR_OK);
    assert_int_equal(prices.of[first % DEALER_PRICE_BLOCK].cny_fen, 300);
    assert_int_equal(prices.of[first % DEALER_PRICE_BLOCK].id_hash, dealer_price_id_hash(SLICE("p1")));
    // what is stored under the number of p1 is a price of another product
    char key[] = "acme\0\0\0\0";
    uint64_t present = UINT64_C(1) << first % DEALER_PRICE_BLOCK;
    uint32_t row[3] = {dealer_price_id_hash(SLICE("gone")), 300, 0};
    struct buf b;
    buf_init(&b, &s->f.arena, 64);
    buf_u64(&b, present);
    buf_put(&b, row, sizeof row);
    uint32_t block = __builtin_bswap32(first / DEALER_PRICE_BLOCK);
    memcpy(key + 5, &block, sizeof block);
    assert_int_equal(txn_put(t, TABLE_DEALER_PRICE, slice_of(key, 9), buf_slice(&b)), ERR_OK);
    struct key_view view = {.id = SLICE("v"), .dealer = SLICE("acme")};
    assert_int_equal(key_view_put(t, &s->f.arena, &view, &why), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(&s->f);
    assert_int_equal(view_restrict(s->f.view, SLICE("v")), ERR_OK);
    assert_int_equal(columns_offer(s->f.view, first)->cny_fen, 700);
    shop_free(s);
}

static void test_what_is_refused(void **state) {
    (void)state;
    const struct { struct key_view view; const char *field; } bad[] = {
        {{.id = SLICE("v"), .filters = SLICE("brand:")}, "filters"},
        {{.id = SLICE("v"), .filters = SLICE("NOT (fit:fits OR kind:part)")}, "filters"},
        {{.id = SLICE("v"), .market = SLICE("\n")}, "market"},
    };
    struct shop *s = shop_new();
    struct txn *t;
    struct fault why = {0};
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why = (struct fault){0};
        assert_int_equal(key_view_put(t, &s->f.arena, &bad[i].view, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, bad[i].field);
    }
    assert_int_equal(dealer_price_put(t, &s->f.arena, SLICE("a b"), SLICE("p"), 1, 1, &why), ERR_BAD_REQUEST);
    assert_int_equal(dealer_price_put(t, &s->f.arena, SLICE("a"), SLICE("nobody"), 1, 1, &why), ERR_BAD_REQUEST);
    assert_int_equal(key_view_delete(t, SLICE("v"), &why), ERR_NOT_FOUND);
    txn_abort(t);
    shop_free(s);
}

static void test_things_of_dealers(void **state) {
    (void)state;
    struct shop *s = shop_new();
    struct txn *t;
    struct fault why = {0};
    struct key_view view = {.id = SLICE("v"), .dealer = SLICE("acme"), .territory_count = 3, .territories = {SLICE("Pudong"), SLICE("Suzhou"), SLICE("CN/J")}};
    static const struct { const char *district; bool admitted; } paths[] = {{"CN/J", true}, {"CN/J/Suzhou", true}, {"CN/J/Suzhou/East", true}, {"CN", false},
        {"CN/J2", false}, {"CN/J2/Suzhou", false}, {"XCN/J", false}, {"US/CN/J", false}, {"CN/", false}, {"Suzhou/East", true}, {"Suzhou2", false}};
    struct slice there[] = {SLICE("Pudong"), SLICE("Shanghai"), SLICE("")}, elsewhere[] = {SLICE("Chaoyang"), SLICE("Beijing"), SLICE("")};
    assert_int_equal(txn_begin(s->f.db, &t, &why), ERR_OK);
    assert_int_equal(key_view_put(t, &s->f.arena, &view, &why), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(&s->f);
    assert_true(assortment_admits_workshop(s->f.view, SLICE("rival"), elsewhere, 3));
    assert_true(assortment_admits_id(s->f.view, SLICE("rival:x")));
    assert_int_equal(view_restrict(s->f.view, SLICE("v")), ERR_OK);
    assert_true(assortment_admits_workshop(s->f.view, SLICE("acme"), there, 3));
    assert_false(assortment_admits_workshop(s->f.view, SLICE("acme"), elsewhere, 3));
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct slice place[] = {slice_str(paths[i].district), SLICE(""), SLICE("CN")};
        if (assortment_admits_workshop(s->f.view, SLICE("acme"), place, 3) != paths[i].admitted) fail_msg("%s", paths[i].district);
    }
    assert_false(assortment_admits_workshop(s->f.view, SLICE("rival"), there, 3));
    assert_false(assortment_admits_workshop(s->f.view, SLICE(""), there, 3));
    assert_true(assortment_admits_id(s->f.view, SLICE("acme:x")));
    assert_true(assortment_admits_id(s->f.view, SLICE("x")));
    assert_false(assortment_admits_id(s->f.view, SLICE("rival:x")));
    assert_false(assortment_admits_id(s->f.view, SLICE("acm:x")));
    shop_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_show_their_part), cmocka_unit_test(test_many_views), cmocka_unit_test(test_a_price_is_of_one_product),
        cmocka_unit_test(test_what_is_refused), cmocka_unit_test(test_things_of_dealers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
