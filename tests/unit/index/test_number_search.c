// Tiers of part numbers against a plain reading of every number of every product, on random catalogues that change; the numbers
// users of other engines miss; and what bounds the work.
#include "index_fixture.h"

#include <ctype.h>

#include "index/base/limits.h"
#include "index/catalog.h"
#include "index/names.h"
#include "index/number_grams.h"
#include "index/number_search.h"

#define PRODUCTS 60
#define NUMBERS 5
#define BRANDS 4
#define ROUNDS 40
#define QUERIES 300

static const char *const brands[BRANDS] = {"alpha", "beta", "gamma", "delta"};

static unsigned draw(uint64_t *state, unsigned below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

// ---- the plain catalogue --------------------------------------------------------------------------------------------------------
struct plain_number { char text[80]; int brand, quantity; enum number_relation relation; };
struct plain_product { bool exists; int brand, count; uint32_t id; struct plain_number list[NUMBERS]; }; // list[0]: its own

struct plain_hit { uint32_t product, brand; int tier, relation; };

// Few letters, so that numbers share grams, look alike and begin alike.
static void text_random(uint64_t *rng, char out[80]) {
    static const char letters[] = "0O1Ia2", separators[] = "- ./";
    unsigned n = 1 + draw(rng, draw(rng, 20) ? 9 : 60);
    size_t at = 0;
    for (unsigned i = 0; i < n; i++) {
        char c = letters[draw(rng, sizeof letters - 1)];
        out[at++] = draw(rng, 4) ? c : (char)tolower(c);
        if (at < 70 && draw(rng, 6) == 0) out[at++] = separators[draw(rng, 4)];
    }
    out[at] = 0;
}

static void canonical_plain(const char *text, char out[80]) {
    size_t n = 0;
    for (; *text; text++)
        if (isalnum((unsigned char)*text)) out[n++] = (char)toupper((unsigned char)*text);
    out[n <= LIMIT_PART_NUMBER_BYTES ? n : 0] = 0;
}

static void lookalike_plain(const char *text, char out[80]) {
    for (; *text; text++) *out++ = *text == 'O' ? '0' : *text == 'I' ? '1' : *text;
    *out = 0;
}

static int tier_plain(const struct plain_number *n, const char *typed, bool partial) {
    char number[80], text[80], a[80], b[80];
    canonical_plain(n->text, number);
    canonical_plain(typed, text);
    if (!*text || !*number) return NUMBER_TIERS;
    lookalike_plain(number, a);
    lookalike_plain(text, b);
    struct slice stored = slice_trim(slice_str(n->text)), query = slice_trim(slice_str(typed));
    if (!strcmp(number, text) && n->relation != NUMBER_OWN) return NUMBER_CROSS;
    if (!strcmp(number, text)) return stored.n == query.n && !strncasecmp(stored.p, query.p, query.n) ? NUMBER_EXACT : NUMBER_CANONICAL;
    if (!strcmp(a, b)) return NUMBER_LOOKALIKE;
    if (!partial || strlen(text) < 3) return NUMBER_TIERS;
    if (!strncmp(number, text, strlen(text))) return NUMBER_PREFIX;
    return strlen(text) >= 4 && strstr(number, text) ? NUMBER_INFIX : NUMBER_TIERS;
}

struct plain_world { struct plain_product products[PRODUCTS]; uint32_t brand_ids[BRANDS]; };

static void product_random(uint64_t *rng, struct plain_product *p) {
    p->exists = true;
    p->brand = (int)draw(rng, BRANDS);
    p->count = 1 + (int)draw(rng, NUMBERS);
    for (int i = 0; i < p->count; i++) {
        struct plain_number *n = &p->list[i];
        text_random(rng, n->text);
        n->relation = i == 0 ? NUMBER_OWN : NUMBER_OE + draw(rng, 5); // the last of these: a component
        n->brand = i == 0 ? p->brand : (int)draw(rng, BRANDS);
        n->quantity = i == 0 ? 1 : 1 + (int)draw(rng, 3);
    }
    if (draw(rng, 10) == 0) p->list[0].text[0] = 0; // without one of its own
}

static struct product_doc doc_of(struct arena *a, const struct plain_product *p, int index) {
    struct number_doc *numbers = ARENA_ARRAY(a, struct number_doc, NUMBERS);
    struct component_doc *components = ARENA_ARRAY(a, struct component_doc, NUMBERS);
    struct product_doc d = {.id = arena_printf(a, "p%02d", index), .brand = slice_str(brands[p->brand]), .type = SLICE("oil_filter"),
                            .title = SLICE("t"), .cny_fen = -1, .usd_cents = -1, .numbers = numbers, .components = components};
    d.number = arena_copy(a, slice_str(p->list[0].text));
    for (int i = 1; i < p->count; i++) {
        const struct plain_number *n = &p->list[i];
        struct slice brand = slice_str(brands[n->brand]), number = arena_copy(a, slice_str(n->text));
        if (n->relation == NUMBER_COMPONENT) components[d.component_count++] = (struct component_doc){brand, number, (uint16_t)n->quantity, false};
        else numbers[d.number_count++] = (struct number_doc){n->relation, brand, number, SLICE_NONE, (uint16_t)n->quantity};
    }
    return d;
}

static void world_load(struct fixture *f, struct plain_world *w) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (int i = 0; i < PRODUCTS; i++) {
        if (!w->products[i].exists) continue;
        struct product_doc d = doc_of(&f->arena, &w->products[i], i);
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
}

static void world_change(struct fixture *f, struct plain_world *w, uint64_t *rng) {
    struct txn *t;
    struct arena scratch;
    struct fault why = {0};
    arena_init(&scratch, 1 << 16, LIMIT_REQUEST_ARENA_BYTES);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    for (int n = 0; n < 8; n++) {
        int i = (int)draw(rng, PRODUCTS);
        uint32_t id;
        arena_reset(&scratch);
        if (w->products[i].exists && draw(rng, 3) == 0) {
            w->products[i].exists = false;
            assert_int_equal(catalog_delete(t, &scratch, arena_printf(&scratch, "p%02d", i)), ERR_OK);
        } else {
            product_random(rng, &w->products[i]);
            struct product_doc d = doc_of(&scratch, &w->products[i], i);
            if (catalog_put(t, &scratch, &d, &id, &why) != ERR_OK) fail_msg("%s", why.message);
        }
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    arena_destroy(&scratch);
}

static void world_ids(struct fixture *f, struct plain_world *w) {
    for (int b = 0; b < BRANDS; b++)
        assert_int_equal(names_find(f->view->snapshot, NAMES_BRAND, slice_str(brands[b]), &w->brand_ids[b]), ERR_OK);
    for (int i = 0; i < PRODUCTS; i++)
        if (w->products[i].exists)
            assert_int_equal(product_find(f->view, arena_printf(&f->arena, "p%02d", i), &w->products[i].id), ERR_OK);
}

// ---- comparing ----------------------------------------------------------------------------------------------------------------------
static bool before(const struct plain_hit *a, const struct plain_hit *b) {
    if (a->tier != b->tier) return a->tier < b->tier;
    if (a->relation != b->relation) return a->relation < b->relation;
    return a->brand < b->brand;
}

static bool best_plain(const struct plain_world *w, const struct plain_product *p, const struct number_query *q, const char *typed,
                       struct plain_hit *best) {
    *best = (struct plain_hit){.tier = NUMBER_TIERS};
    for (int i = 0; p->exists && i < p->count; i++) {
        const struct plain_number *n = &p->list[i];
        struct plain_hit hit = {p->id, w->brand_ids[n->brand], tier_plain(n, typed, q->partial), (int)n->relation};
        bool asked = q->brand_count == 0;
        for (unsigned b = 0; b < q->brand_count; b++) asked |= q->brands[b] == hit.brand || q->brands[b] == w->brand_ids[p->brand];
        if (n->relation != NUMBER_COMPONENT && asked && before(&hit, best)) *best = hit;
    }
    return best->tier < NUMBER_TIERS;
}

static bool quantity_is_said(const struct plain_world *w, const struct number_found *found, const char *typed) {
    for (int i = 0; i < PRODUCTS; i++) {
        const struct plain_product *p = &w->products[i];
        for (int k = 0; p->exists && p->id == found->product && k < p->count; k++)
            if ((unsigned)p->list[k].quantity == found->quantity && tier_plain(&p->list[k], typed, true) == found->tier) return true;
    }
    return false;
}

static unsigned seen[NUMBER_TIERS]; // how often a tier was expected: random texts that meet none of it would show nothing

static void compare(struct fixture *f, const struct plain_world *w, const struct number_query *q, const char *typed) {
    struct number_answer answer;
    unsigned expected = 0;
    char canonical[80];
    canonical_plain(typed, canonical);
    bool proven = strlen(canonical) == NUMBER_GRAM && q->brand_count == 0; // by its only gram, so nothing more is known
    assert_int_equal(number_find(f->view, q, &answer), ERR_OK);
    assert_false(answer.truncated);
    for (unsigned i = 1; i < answer.count; i++) assert_true(answer.list[i - 1].product < answer.list[i].product);
    for (int i = 0; i < PRODUCTS; i++) {
        struct plain_hit best;
        const struct number_found *found = NULL;
        if (!best_plain(w, &w->products[i], q, typed, &best)) continue;
        expected++;
        seen[best.tier]++;
        for (unsigned k = 0; k < answer.count; k++)
            if (answer.list[k].product == best.product) found = &answer.list[k];
        if (!found) fail_msg("'%s' misses p%02d, tier %d by '%s'", typed, i, best.tier, w->products[i].list[0].text);
        if (found->tier != best.tier) fail_msg("'%s' p%02d: tier %d, expected %d", typed, i, found->tier, best.tier);
        if (proven && found->tier == NUMBER_INFIX && found->relation == 0 && found->brand == 0 && found->quantity == 1) continue;
        if (found->relation != best.relation || found->brand != best.brand)
            fail_msg("'%s' p%02d: relation %d brand %u, expected %d %u", typed, i, found->relation, found->brand, best.relation, best.brand);
        if (!quantity_is_said(w, found, typed)) fail_msg("'%s' p%02d: quantity %d", typed, i, found->quantity);
    }
    if (answer.count != expected) fail_msg("'%s': %u products, expected %u", typed, answer.count, expected);
    bool whole = false;
    for (unsigned i = 0; i < answer.count; i++) whole |= answer.list[i].tier <= NUMBER_LOOKALIKE;
    bool known;
    assert_int_equal(number_known(f->view, q->text, &known), ERR_OK);
    if (q->brand_count == 0 && known != whole) fail_msg("'%s': known %d", typed, known);
}

// Random, a number of the catalogue as it is or spelt anew, or a piece of one.
static void query_random(const struct plain_world *w, uint64_t *rng, char out[80]) {
    const struct plain_product *p = &w->products[draw(rng, PRODUCTS)];
    unsigned way = draw(rng, 4);
    if (way == 0 || p->count == 0) {
        text_random(rng, out);
        return;
    }
    const struct plain_number *from_number = &p->list[draw(rng, 3) ? draw(rng, (unsigned)p->count) : 0];
    snprintf(out, 80, "%s", from_number->text);
    if (way == 1) return;
    char number[80];
    canonical_plain(out, number);
    size_t n = strlen(number), from = way == 3 && n ? draw(rng, (unsigned)n) : 0, length = n - from;
    if (length && draw(rng, 3)) length = 1 + draw(rng, (unsigned)length);
    memcpy(out, number + from, length);
    out[length] = 0;
    for (size_t i = 0; i < length; i++)
        if (draw(rng, 12) == 0) out[i] = out[i] == '0' ? 'o' : out[i] == 'I' ? '1' : out[i];
}

static void test_against_plain(void **state) {
    (void)state;
    const char *given = getenv("RIGHTFIT_TEST_SEED");
    uint64_t rng = given ? strtoull(given, NULL, 10) : 20261123;
    print_message("seed %llu\n", (unsigned long long)rng);
    struct fixture f;
    struct plain_world w;
    memset(&w, 0, sizeof w);
    fixture_open(&f);
    for (int i = 0; i < PRODUCTS; i++) {
        if (i < BRANDS || draw(&rng, 5)) product_random(&rng, &w.products[i]);
        if (i < BRANDS) w.products[i].brand = w.products[i].list[0].brand = i;
    }
    world_load(&f, &w);
    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(&f.arena);
        fixture_refresh(&f);
        world_ids(&f, &w);
        for (int i = 0; i < QUERIES; i++) {
            char typed[80];
            query_random(&w, &rng, typed);
            uint32_t asked[2] = {w.brand_ids[draw(&rng, BRANDS)], w.brand_ids[draw(&rng, BRANDS)]};
            struct number_query q = {slice_str(typed), draw(&rng, 4) > 0, asked, draw(&rng, 3) ? 0 : 1 + draw(&rng, 2)};
            compare(&f, &w, &q, typed);
        }
        world_change(&f, &w, &rng);
    }
    for (int tier = 0; tier < NUMBER_TIERS; tier++)
        if (seen[tier] < 100) fail_msg("tier %d was met %u times", tier, seen[tier]);
    fixture_close(&f);
}

// ---- the numbers users of other engines miss --------------------------------------------------------------------------------------
struct sample { const char *id, *number, *oe, *competitor; };
static const struct sample samples[] = {
    {"slash13", "13/14", NULL, NULL},
    {"slash136", "136/14", NULL, NULL},
    {"m5799", "M5799", NULL, NULL},
    {"n15799", "15799", NULL, NULL},
    {"ml5790", "ML5790", NULL, NULL},
    {"vbp2", "VBPEN002", NULL, NULL},
    {"vbp3", "VBPEN003", NULL, NULL},
    {"z123", "z123", NULL, NULL},
    {"n1234", "123-4", NULL, NULL},
    {"infix", "157B2210", NULL, NULL},
    {"dashes", "54-OR323014", NULL, NULL},
    {"bushing", "K83913.39F29.59444AT", NULL, NULL},
    {"nor", "NOR.0707-60", NULL, NULL},
    {"c5", "C53208", NULL, NULL},
    {"c6", "C53209", NULL, NULL},
    {"zeros", "0064314", NULL, NULL},
    {"n66", "66314", NULL, NULL},
    {"short", "16-07", NULL, NULL},
    {"ferodo", "FDB5220", NULL, NULL},
    {"d3", "311992D3", NULL, NULL},
    {"mann", "HU 816 x", "06L 115 562 B", NULL},
    {"bosch", "F 026 407 181", "06L 115 562 B", "HU 816 x"},
    {"oil", "OIL0815", NULL, NULL},
};
#define SAMPLES (sizeof samples / sizeof *samples)

static void samples_load(struct fixture *f) {
    struct txn *t;
    struct arena scratch;
    struct fault why = {0};
    arena_init(&scratch, 1 << 16, LIMIT_REQUEST_ARENA_BYTES);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        struct number_doc numbers[2];
        struct product_doc d = {.id = slice_str(s->id), .brand = slice_str(s->id), .number = slice_str(s->number), .type = SLICE("oil_filter"),
                                .title = SLICE("t"), .cny_fen = -1, .usd_cents = -1, .numbers = numbers};
        if (s->oe) numbers[d.number_count++] = (struct number_doc){NUMBER_OE, SLICE("Volkswagen"), slice_str(s->oe), SLICE_NONE, 1};
        if (s->competitor) numbers[d.number_count++] = (struct number_doc){NUMBER_COMPETITOR, SLICE("mann"), slice_str(s->competitor), SLICE_NONE, 1};
        uint32_t id;
        arena_reset(&scratch);
        if (catalog_put(t, &scratch, &d, &id, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    arena_destroy(&scratch);
    fixture_refresh(f);
}

// "id:tier id:tier", the most direct first, then by product.
static const char *found_text(struct fixture *f, const struct number_query *q) {
    struct number_answer answer;
    struct buf b;
    buf_init(&b, &f->arena, 128);
    assert_int_equal(number_find(f->view, q, &answer), ERR_OK);
    for (unsigned place = 0; place < answer.count * NUMBER_TIERS; place++) {
        unsigned tier = place / answer.count, i = place % answer.count;
        struct product p;
        if (answer.list[i].tier != tier) continue;
        assert_int_equal(product_load(f->view, answer.list[i].product, &p), ERR_OK);
        buf_printf(&b, "%s%.*s:%d", b.n ? " " : "", SLICE_ARGS(p.external_id), answer.list[i].tier);
    }
    buf_char(&b, 0);
    return b.p;
}

static void check(struct fixture *f, const char *typed, bool partial, const char *expected) {
    struct number_query q = {.text = slice_str(typed), .partial = partial};
    const char *found = found_text(f, &q);
    if (strcmp(found, expected) != 0) fail_msg("'%s': '%s', expected '%s'", typed, found, expected);
}

static void test_samples(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    samples_load(&f);
    check(&f, "136/14", true, "slash136:0");
    check(&f, "13614", true, "slash136:1");
    check(&f, "13/14", true, "slash13:0");
    check(&f, "13 14", true, "slash13:1");
    check(&f, "m5799", true, "m5799:0"); // neither 15799 nor ML5790
    check(&f, "5799", true, "m5799:5 n15799:5");
    check(&f, "VBPEN002", true, "vbp2:0");
    check(&f, "VBPEN004", true, "");
    check(&f, "VBPEN", true, "vbp2:4 vbp3:4");
    check(&f, "vbpen-00", true, "vbp2:4 vbp3:4");
    check(&f, "123", true, "n1234:4"); // three characters are looked for where numbers begin, so not in z123
    check(&f, "z12", true, "z123:4");
    check(&f, "Z123", true, "z123:0");
    check(&f, "B2210", true, "infix:5");
    check(&f, "7B22", true, "infix:5");
    check(&f, "57b-2210", true, "infix:5");
    check(&f, "B2211", true, "");
    check(&f, "54-OR323014", true, "dashes:0");
    check(&f, "54OR323014", false, "dashes:1");
    check(&f, "540R323O14", false, "dashes:3"); // look-alikes
    check(&f, "OR323014", true, "dashes:5");
    check(&f, "0R323014", true, ""); // in whole numbers only
    check(&f, "K83913.39F29.59444AT", true, "bushing:0");
    check(&f, "k8391339f2959444at", true, "bushing:1");
    check(&f, "K83913.39F29", true, "bushing:4");
    check(&f, "39F29", true, "bushing:5");
    check(&f, "59444AT", true, "bushing:5");
    check(&f, "NOR.0707-60", true, "nor:0");
    check(&f, "NOR0707", true, "nor:4");
    check(&f, "0707-60", true, "nor:5");
    check(&f, "C53208", true, "c5:0"); // no flood of what begins with C
    check(&f, "C5320", true, "c5:4 c6:4");
    check(&f, "64314", true, "zeros:5"); // not 66314
    check(&f, "16-07", true, "short:0");
    check(&f, "1607", true, "short:1");
    check(&f, "FDB5220", true, "ferodo:0");
    check(&f, "fdb 5220", true, "ferodo:1");
    check(&f, "311992D3", true, "d3:0");
    check(&f, "311992D", true, "d3:4");
    check(&f, "992D3", true, "d3:5");
    check(&f, "hu 816 X", true, "mann:0 bosch:2");
    check(&f, "HU816X", true, "mann:1 bosch:2");
    check(&f, "06L115562B", false, "mann:2 bosch:2");
    check(&f, "O6L115562B", false, "mann:3 bosch:3");
    check(&f, "115562", true, "mann:5 bosch:5");
    check(&f, "0IL0815", true, "oil:3");
    check(&f, "OILO8I5", true, "oil:3");
    check(&f, "06L 115 562 C", true, "");
    check(&f, "x", true, "");
    check(&f, "", true, "");
    check(&f, "机油", true, "");
    check(&f, "ＦＤＢ５２２０", true, "ferodo:1"); // full width
    fixture_close(&f);
}

static void test_brand_and_words(void **state) {
    (void)state;
    struct fixture f;
    uint32_t mann, bosch, vw;
    fixture_open(&f);
    samples_load(&f);
    assert_int_equal(names_find(f.view->snapshot, NAMES_BRAND, SLICE("mann"), &mann), ERR_OK);
    assert_int_equal(names_find(f.view->snapshot, NAMES_BRAND, SLICE("bosch"), &bosch), ERR_OK);
    assert_int_equal(names_find(f.view->snapshot, NAMES_BRAND, SLICE("volkswagen"), &vw), ERR_OK);
    struct number_query q = {SLICE("HU 816 x"), true, &mann, 1};
    assert_string_equal(found_text(&f, &q), "mann:0 bosch:2"); // mann's number, in whosever record
    q.brands = &bosch;
    assert_string_equal(found_text(&f, &q), "bosch:2");
    q.brands = &vw;
    assert_string_equal(found_text(&f, &q), "");
    q.text = SLICE("5562B");
    assert_string_equal(found_text(&f, &q), "mann:5 bosch:5");
    static const struct { const char *text; unsigned used; } lines[] = { // of so many words is the longest number somebody has
        {"06l 115 562 b golf", 4}, {"o6l 115 562 b", 4}, {"06l 115 562", 0}, {"hu 816 x mann", 3}, {"fdb5220 ferodo", 1}, {"ferodo fdb5220", 0},
        {"hu - 816 x", 4},         {"205 55 16", 0},     {"16 07 2", 2},     {"136 14", 2},        {"", 0},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct slice text = slice_str(lines[i].text), rest = text;
        unsigned count = 0, used = 0;
        bool known;
        while (rest.p) {
            (void)slice_cut(&rest, ' ');
            count++;
            struct slice beginning = slice_of(text.p, rest.p ? (size_t)(rest.p - text.p) : text.n);
            assert_int_equal(number_known(f.view, beginning, &known), ERR_OK);
            if (known && number_plausible(beginning)) used = count;
        }
        if (used != lines[i].used) fail_msg("'%s': %u", lines[i].text, used);
    }
    fixture_close(&f);
}

// ---- bounds ---------------------------------------------------------------------------------------------------------------------------
// Every product has XAAAA and BBBBY and their joints among its numbers, so every gram of AAAABBBB, and none has AAAABBBB but one.
#define MANY (NUMBER_COMPARED_MAX + 500)

static void many_load(struct fixture *f) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    static const char *const joints[] = {"XAAAABY", "XAAABBY", "XAABBBY", "XABBBBY"};
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (unsigned i = 0; i < MANY; i++) {
        struct number_doc numbers[4];
        struct product_doc d = {.id = arena_printf(&f->arena, "m%u", i), .brand = SLICE("many"), .number = arena_printf(&f->arena, "N%07u", i),
                                .type = SLICE("oil_filter"), .title = SLICE("t"), .cny_fen = -1, .usd_cents = -1, .numbers = numbers, .number_count = 4};
        for (unsigned k = 0; k < 4; k++) numbers[k] = (struct number_doc){NUMBER_OE, SLICE("maker"), slice_str(joints[k]), SLICE_NONE, 1};
        if (i == 77) numbers[0].number = SLICE("XAAAABBBB7777Y");
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(f);
}

static struct number_answer answer_of(struct fixture *f, struct slice text) {
    struct number_answer answer;
    arena_reset(&f->arena);
    assert_int_equal(number_find(f->view, &(struct number_query){.text = text, .partial = true}, &answer), ERR_OK);
    assert_true(f->arena.used_bytes < (answer.count + 10000) * sizeof *answer.list); // however many numbers lead to a product
    return answer;
}

static void test_bounds(void **state) {
    (void)state;
    struct fixture f;
    struct number_grams grams;
    fixture_open(&f);
    many_load(&f);
    struct number_answer all = answer_of(&f, SLICE("ABBB"));
    assert_int_equal(all.count, MANY); // one gram proves the match, so all are found
    assert_false(all.truncated);
    assert_int_equal(answer_of(&f, SLICE("XAAA")).count, MANY); // a beginning everybody has
    struct number_answer cut = answer_of(&f, SLICE("AAAABBBB"));
    assert_true(cut.truncated);
    assert_int_equal(cut.count, 1);
    struct number_answer rare = answer_of(&f, SLICE("AAAABBBB7777")); // with one rare gram nothing but it is looked at
    assert_false(rare.truncated);
    assert_int_equal(rare.count, 1);
    assert_int_equal(number_grams_open(f.view, SLICE("AAAABBBB7777"), &grams), ERR_OK);
    uint32_t only = number_grams_next(&grams, 0);
    assert_int_equal(only, rare.list[0].product);
    assert_int_equal(number_grams_next(&grams, only + 1), UINT32_MAX);
    assert_int_equal(number_grams_close(&grams), ERR_OK);
    static char text[10240];
    memset(text, 'A', sizeof text);
    assert_int_equal(answer_of(&f, slice_of(text, sizeof text)).count, 0);
    assert_int_equal(answer_of(&f, slice_of(text, LIMIT_PART_NUMBER_BYTES)).count, 0);
    memset(text, '-', sizeof text);
    assert_int_equal(answer_of(&f, slice_of(text, sizeof text)).count, 0);
    memcpy(text + sizeof text - 8, "N0000077", 8);
    assert_int_equal(answer_of(&f, slice_of(text, sizeof text)).count, 1);
    fixture_close(&f);
}

static enum err put_with_numbers(struct fixture *f, unsigned count) {
    struct txn *t;
    struct arena scratch;
    struct fault why = {0};
    struct number_doc *numbers = ARENA_ARRAY(&f->arena, struct number_doc, count);
    struct product_doc d = {.id = SLICE("much"), .brand = SLICE("b"), .number = SLICE("N1"), .type = SLICE("oil_filter"), .title = SLICE("t"),
                            .cny_fen = -1, .usd_cents = -1, .numbers = numbers, .number_count = count};
    for (unsigned i = 0; i < count; i++)
        numbers[i] = (struct number_doc){NUMBER_OE, SLICE("maker"), arena_printf(&f->arena, "%06u-%06u", i * 7919, i * 104729 % 1000000), SLICE_NONE, 1};
    uint32_t id;
    arena_init(&scratch, 1 << 16, LIMIT_REQUEST_ARENA_BYTES);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    enum err e = catalog_put(t, &scratch, &d, &id, &why);
    if (e == ERR_OK) assert_int_equal(txn_commit(t, &why), ERR_OK);
    else txn_abort(t);
    arena_destroy(&scratch);
    fixture_refresh(f);
    return e;
}

static void test_many_numbers(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_int_equal(put_with_numbers(&f, LIMIT_PRODUCT_NUMBERS + 1), ERR_BAD_REQUEST);
    assert_int_equal(put_with_numbers(&f, LIMIT_PRODUCT_NUMBERS), ERR_OK);
    char last[16];
    unsigned i = LIMIT_PRODUCT_NUMBERS - 1;
    snprintf(last, sizeof last, "%06u", i * 104729 % 1000000);
    assert_int_equal(answer_of(&f, slice_str(last)).count, 1);
    assert_int_equal(put_with_numbers(&f, 0), ERR_OK);
    assert_int_equal(answer_of(&f, slice_str(last)).count, 0);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_plain), cmocka_unit_test(test_samples), cmocka_unit_test(test_brand_and_words),
                                       cmocka_unit_test(test_bounds), cmocka_unit_test(test_many_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
