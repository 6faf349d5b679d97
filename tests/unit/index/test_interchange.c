// The walk through the graph of interchange against distances computed over all edges at once, on random graphs; then a giant
// component and the report that names the entry which made it.
#include "index_fixture.h"

#include "index/catalog.h"
#include "index/interchange.h"
#include "index/names.h"
#include "index/product_variants.h"

#define BRANDS 3
#define NUMBERS 7
#define NODES (BRANDS * NUMBERS)
#define PRODUCTS 16
#define ENTRIES 3
#define FAR 1000

static const char *const brands[BRANDS] = {"alpha", "beta", "gamma"};
static unsigned draw(uint64_t *state, unsigned below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

struct plain_entry { int node, quantity; enum number_relation relation; };
struct plain_product { int brand, node, count; struct plain_entry list[ENTRIES]; }; // node -1: without a number

struct plain_edge { int from, to, course, quantity; enum number_relation relation; }; // course: 0 same, 1 newer, 2 older
struct plain_graph {
    struct plain_product products[PRODUCTS];
    struct plain_edge edges[PRODUCTS * ENTRIES * 2];
    int edge_count;
};

static int own_node(const struct plain_graph *g, int p) { return g->products[p].node >= 0 ? g->products[p].node : NODES + p; }

static void graph_random(struct plain_graph *g, uint64_t *rng) {
    memset(g, 0, sizeof *g);
    for (int p = 0; p < PRODUCTS; p++) {
        struct plain_product *x = &g->products[p];
        x->brand = (int)draw(rng, BRANDS);
        x->node = draw(rng, 8) ? x->brand * NUMBERS + (int)draw(rng, NUMBERS) : -1;
        x->count = (int)draw(rng, ENTRIES + 1);
        for (int i = 0; i < x->count; i++)
            x->list[i] = (struct plain_entry){(int)draw(rng, NODES), draw(rng, 5) ? 1 : 2, NUMBER_OE + draw(rng, 4)};
    }
    for (int p = 0; p < PRODUCTS; p++)
        for (int i = 0; i < g->products[p].count; i++) {
            const struct plain_entry *e = &g->products[p].list[i];
            int forth = e->relation == NUMBER_SUPERSEDES ? 2 : e->relation == NUMBER_SUPERSEDED_BY ? 1 : 0, back = forth ? 3 - forth : 0;
            g->edges[g->edge_count++] = (struct plain_edge){own_node(g, p), e->node, forth, e->quantity, e->relation};
            g->edges[g->edge_count++] = (struct plain_edge){e->node, own_node(g, p), back, e->quantity, e->relation};
        }
}

static void graph_load(struct fixture *f, const struct plain_graph *g) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    static const char *const spellings[] = {"N-%d", "n %d", "N%d"};
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (int p = 0; p < PRODUCTS; p++) {
        const struct plain_product *x = &g->products[p];
        struct number_doc numbers[ENTRIES];
        struct product_doc d = {.id = arena_printf(&f->arena, "p%02d", p), .brand = slice_str(brands[x->brand]), .type = SLICE("oil_filter"),
                                .title = SLICE("t"), .cny_fen = -1, .usd_cents = -1, .numbers = numbers, .number_count = (unsigned)x->count};
        if (x->node >= 0) d.number = arena_printf(&f->arena, "N-%d", x->node % NUMBERS); // the same texts in every brand
        for (int i = 0; i < x->count; i++) {
            const struct plain_entry *e = &x->list[i];
            char text[16];
            snprintf(text, sizeof text, i == 0 ? spellings[0] : i == 1 ? spellings[1] : spellings[2], e->node % NUMBERS);
            numbers[i] = (struct number_doc){.relation = e->relation, .brand = slice_str(brands[e->node / NUMBERS]),
                                             .number = arena_printf(&f->arena, "%s", text), .quantity = (uint16_t)e->quantity};
        }
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(f);
}

// ---- the plain answer: shortest distances by course, by going over all edges until nothing changes --------------------------------
struct plain_hit { int relation, quantity, steps; };

static bool plain_hit(const struct plain_graph *g, int start, int product, struct plain_hit *out) {
    int distance[3][NODES + PRODUCTS], to = own_node(g, product);
    bool oe = false, changed = true, found = false;
    for (int c = 0; c < 3; c++)
        for (int n = 0; n < NODES + PRODUCTS; n++) distance[c][n] = FAR;
    distance[0][start] = 0;
    while (changed) {
        changed = false;
        for (int i = 0; i < g->edge_count; i++)
            for (int c = 0; c < 3; c++) {
                const struct plain_edge *e = &g->edges[i];
                int then = e->course ? e->course : c;
                if (e->quantity != 1 || (e->course && c && c != e->course)) continue;
                if (distance[c][e->from] + 1 >= distance[then][e->to]) continue;
                distance[then][e->to] = distance[c][e->from] + 1;
                changed = true;
            }
    }
    for (int p = 0; p < PRODUCTS; p++)
        for (int i = 0; i < g->products[p].count; i++)
            oe |= g->products[p].list[i].node == start && g->products[p].list[i].relation == NUMBER_OE;
    struct plain_hit best = {99, 99, 0};
    for (int c = 0; c < 3; c++) {
        if (distance[c][to] >= FAR) continue;
        int direct = 99;
        for (int i = 0; i < g->edge_count; i++) {
            const struct plain_edge *e = &g->edges[i];
            if (e->from == start && e->to == to && e->quantity == 1 && e->course == 0 && (int)e->relation < direct) direct = (int)e->relation;
        }
        struct plain_hit h = {c == 1 ? NUMBER_SUPERSEDES : c == 2 ? NUMBER_SUPERSEDED_BY : distance[c][to] == 0 ? NUMBER_OWN
                              : distance[c][to] == 1 ? direct : oe ? NUMBER_OE : NUMBER_COMPETITOR, 1, distance[c][to] + 1};
        if (!found || h.relation < best.relation || (h.relation == best.relation && h.steps < best.steps)) best = h;
        found = true;
    }
    for (int i = 0; !found && i < g->edge_count; i++) { // directly, in another quantity
        const struct plain_edge *e = &g->edges[i];
        int relation = e->course == 1 ? NUMBER_SUPERSEDES : e->course == 2 ? NUMBER_SUPERSEDED_BY : (int)e->relation;
        if (e->from == start && e->to == to && e->quantity != 1 && relation < best.relation) best = (struct plain_hit){relation, e->quantity, 2};
    }
    *out = best;
    return best.steps > 0;
}

static unsigned compare(struct fixture *f, const struct plain_graph *g, int start) {
    struct interchange found;
    struct fault why = {0};
    uint32_t brand;
    unsigned expected = 0;
    assert_int_equal(names_find(f->view->snapshot, NAMES_BRAND, slice_str(brands[start / NUMBERS]), &brand), ERR_OK);
    struct slice number = arena_printf(&f->arena, "n/%d", start % NUMBERS);
    if (interchange_find(f->view, number, brand, &found, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_false(found.truncated);
    for (int p = 0; p < PRODUCTS; p++) {
        struct plain_hit want;
        uint32_t id;
        bool there = plain_hit(g, start, p, &want);
        const struct interchange_hit *hit = NULL;
        assert_int_equal(product_find(f->view, arena_printf(&f->arena, "p%02d", p), &id), ERR_OK);
        for (unsigned i = 0; i < found.count; i++)
            if (found.hits[i].product == id) hit = &found.hits[i];
        if (there != (hit != NULL)) fail_msg("start %d product %d: %s", start, p, hit ? "too much" : "missing");
        if (!hit) continue;
        expected++;
        if ((int)hit->relation != want.relation || hit->quantity != want.quantity || (int)hit->step_count != want.steps)
            fail_msg("start %d product %d: relation %d quantity %d steps %u, expected %d %d %d", start, p, (int)hit->relation,
                     hit->quantity, hit->step_count, want.relation, want.quantity, want.steps);
        assert_int_equal(hit->steps[0].relation, 0);
        assert_int_equal(hit->steps[0].brand, brand);
    }
    assert_int_equal(found.count, expected);
    return expected;
}

static void test_against_distances(void **state) {
    (void)state;
    unsigned hits = 0;
    uint64_t rng = 7;
    for (int round = 0; round < 12; round++) {
        struct fixture f;
        struct plain_graph g;
        fixture_open(&f);
        graph_random(&g, &rng);
        graph_load(&f, &g);
        for (int start = 0; start < NODES; start++) {
            bool known = false;
            for (int p = 0; p < PRODUCTS; p++) {
                known |= g.products[p].node == start;
                for (int i = 0; i < g.products[p].count; i++) known |= g.products[p].list[i].node == start;
            }
            if (known) hits += compare(&f, &g, start);
        }
        // A bare number begins at every brand that has it, and joins none of them.
        struct interchange bare;
        struct fault why = {0};
        assert_int_equal(interchange_find(f.view, SLICE("N0"), 0, &bare, &why), ERR_OK);
        for (unsigned i = 0; i < bare.count; i++) {
            bool starts = false;
            for (unsigned b = 0; b < bare.brand_count; b++) starts |= bare.hits[i].steps[0].brand == bare.brands[b];
            assert_true(starts);
        }
        fixture_close(&f);
    }
    assert_true(hits > 500);
}

// ---- too much -------------------------------------------------------------------------------------------------------------------
#define FAMILY 600

static void test_wrong_join(void **state) {
    (void)state;
    struct fixture f;
    struct catalog_loader *l;
    struct catalog_report loaded;
    struct fault why = {0};
    fixture_open(&f);
    assert_int_equal(catalog_loader_new(f.db, NULL, &l), ERR_OK);
    for (int i = 0; i <= 2 * FAMILY; i++) {
        struct number_doc both[2] = {{.relation = NUMBER_OE, .brand = SLICE("vw"), .number = SLICE("OE-A")},
                                     {.relation = NUMBER_OE, .brand = SLICE("vw"), .number = SLICE("OE-B")}};
        bool joins = i == 2 * FAMILY;
        struct product_doc d = {.id = arena_printf(&f.arena, joins ? "joiner" : "p%04d", i), .brand = SLICE("alpha"),
                                .number = arena_printf(&f.arena, "A%04d", i), .type = SLICE("oil_filter"), .title = SLICE("t"),
                                .cny_fen = -1, .usd_cents = -1, .numbers = i < FAMILY || joins ? both : both + 1, .number_count = joins ? 2 : 1};
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    assert_int_equal(catalog_loader_finish(l, &loaded, NULL, NULL, &why), ERR_OK);
    catalog_loader_free(l);
    fixture_refresh(&f);
    struct interchange found;
    assert_int_equal(interchange_find(f.view, SLICE("oe a"), 0, &found, &why), ERR_OK);
    assert_true(found.truncated);
    assert_int_equal(found.count, FAMILY + 1);
    for (unsigned i = 0; i < found.count; i++) assert_int_equal(found.hits[i].step_count, 2);
    struct interchange_report *report = calloc(1, sizeof *report);
    assert_non_null(report);
    assert_int_equal(interchange_report(f.view, report, NULL, NULL), ERR_OK);
    assert_int_equal(report->components, 1);
    assert_int_equal(report->too_large, 1);
    assert_int_equal(report->numbers, 2 * FAMILY + 3);
    assert_int_equal(report->sizes[10], 1);
    assert_int_equal(report->largest_count, 1);
    const struct interchange_bridge *b = &report->largest[0].bridges[0];
    uint32_t joiner;
    assert_int_equal(product_find(f.view, SLICE("joiner"), &joiner), ERR_OK);
    assert_int_equal(b->product, joiner);
    assert_true(b->parts[0] > FAMILY && b->parts[1] > FAMILY);
    free(report);
    fixture_close(&f);
}

// ---- kits and variants, as the bulk load writes them --------------------------------------------------------------------------------
static void test_kits_and_variants(void **state) {
    (void)state;
    struct fixture f;
    struct catalog_loader *l;
    struct catalog_report loaded;
    struct fault why = {0};
    struct component_doc held[] = {{SLICE("alpha"), SLICE("P 100-F"), 2, true}, {SLICE("beta"), SLICE("P100F"), 1, false}};
    struct pair family = {SLICE("variant_of"), SLICE("p-100")};
    struct product_doc docs[] = {
        {.id = SLICE("front"), .brand = SLICE("alpha"), .number = SLICE("P100F")},
        {.id = SLICE("rear"), .brand = SLICE("alpha"), .number = SLICE("P100-R")},
        {.id = SLICE("named"), .brand = SLICE("alpha"), .number = SLICE("Z9"), .attrs = &family, .attr_count = 1},
        {.id = SLICE("stranger"), .brand = SLICE("beta"), .number = SLICE("P100L")},
        {.id = SLICE("kit"), .brand = SLICE("alpha"), .number = SLICE("KIT"), .components = held, .component_count = 2, .pack_quantity = 3},
    };
    fixture_open(&f);
    assert_int_equal(catalog_loader_new(f.db, NULL, &l), ERR_OK);
    for (size_t i = 0; i < sizeof docs / sizeof *docs; i++) {
        docs[i].type = SLICE("brake_pad");
        docs[i].title = SLICE("t");
        if (catalog_loader_product(l, &docs[i], &why) != ERR_OK) fail_msg("%s", why.message);
    }
    assert_int_equal(catalog_loader_finish(l, &loaded, NULL, NULL, &why), ERR_OK);
    catalog_loader_free(l);
    fixture_refresh(&f);
    uint32_t ids[5], alpha, beta, kits[4], sold;
    unsigned count;
    for (size_t i = 0; i < 5; i++) assert_int_equal(product_find(f.view, docs[i].id, &ids[i]), ERR_OK);
    assert_int_equal(names_find(f.view->snapshot, NAMES_BRAND, SLICE("alpha"), &alpha), ERR_OK);
    assert_int_equal(names_find(f.view->snapshot, NAMES_BRAND, SLICE("beta"), &beta), ERR_OK);
    assert_int_equal(product_kits(f.view, alpha, SLICE("p100f"), 4, kits, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(kits[0], ids[4]);
    assert_int_equal(product_kits(f.view, alpha, SLICE("P100R"), 4, kits, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(product_of_number(f.view, alpha, SLICE("p 100 f"), &sold), ERR_OK);
    assert_int_equal(sold, ids[0]);
    assert_int_equal(product_of_number(f.view, beta, SLICE("P100F"), &sold), ERR_OK); // another brand's equal number
    assert_int_equal(sold, 0);
    struct number_hit hits[8];
    assert_int_equal(number_lookup(f.view, SLICE("P100F"), 8, hits, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(hits[0].product, ids[0]);
    struct product kit;
    assert_int_equal(product_load(f.view, ids[4], &kit), ERR_OK);
    assert_int_equal(kit.component_count, 2);
    assert_int_equal(kit.components[1].brand_id, beta);
    assert_true(columns_facts(f.view, ids[4])->flags & FACT_PACKED);
    assert_false(columns_facts(f.view, ids[0])->flags & FACT_PACKED);
    for (size_t i = 0; i < 3; i++) { // found from each of them
        struct product_variants v;
        assert_int_equal(product_variants(f.view, ids[i], &v), ERR_OK);
        if (v.count != 3) fail_msg("%s has %u variants", docs[i].id.p, v.count);
        assert_true(slice_is(v.group, "alpha P100"));
    }
    struct product_variants none;
    assert_int_equal(product_variants(f.view, ids[3], &none), ERR_OK);
    assert_int_equal(none.count, 0);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_distances),
        cmocka_unit_test(test_wrong_join),
        cmocka_unit_test(test_kits_and_variants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
