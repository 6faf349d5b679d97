// Verdicts against a brute force that knows only documents and texts: random vehicles, products and knowledge; then the same
// after random puts and deletes (products evaluated from their records), and again after the merge and after a rebuild.
#include "catalog_fixture.h"

#include "index/catalog.h"
#include "index/fitment.h"
#include "index/group_build.h"
#include "index/names.h"
#include "index/vehicle.h"

#define MAKES 2
#define MODELS 3
#define YEARS 4
#define CARS (MAKES * MODELS * YEARS)
#define CONFIGURATIONS 5
#define PRODUCTS 160
#define APPLICATIONS 4
#define ATTRS 3
#define TYPES 2

static const char *const attr_names[ATTRS] = {"displacement", "fuel", "trim"};
static const char *const attr_values[ATTRS][3] = {{"1.4", "1.8", "2.0"}, {"gasoline", "diesel", "electric"}, {"base", "sport", "luxury"}};
static const char *const types[TYPES] = {"oil_filter", "brake_pad"};
static const char *const brands[2] = {"alpha", "beta"};

struct rng { uint64_t state; };
static unsigned rng_next(struct rng *r, unsigned below) {
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(r->state >> 33) % below;
}

// ---- the plain model: -1 is unknown in a configuration and "not given" in a term or an answer ------------------------------
struct plain_configuration { int value[ATTRS]; };
struct plain_application { int make, model, from, to, term[ATTRS], condition; }; // model -1: all; condition -1: none
struct plain_product { bool universal, deleted, unresolved; int type, brand, count; struct plain_application list[APPLICATIONS]; };
struct world {
    struct plain_configuration cars[CARS][CONFIGURATIONS];
    int car_count[CARS];
    struct plain_product products[PRODUCTS];
    struct rng rng;
};
struct plain_knowledge { int car, only, answer[ATTRS], condition[2]; }; // only -1: all; condition: 'y','n','?' or 0

static int make_of(int car) { return car / (MODELS * YEARS); }
static int model_of(int car) { return car / YEARS % MODELS; }
static int year_of(int car) { return 2010 + car % YEARS; }

static bool possible(const struct world *w, const struct plain_knowledge *k, int configuration) {
    if (k->only >= 0 && k->only != configuration) return false;
    for (int a = 0; a < ATTRS; a++) {
        int v = w->cars[k->car][configuration].value[a];
        if (k->answer[a] >= 0 && v >= 0 && v != k->answer[a]) return false;
    }
    return true;
}

// 0 no, 1 maybe, 2 yes
static int plain_match(const struct world *w, const struct plain_knowledge *k, const struct plain_application *p, int configuration) {
    int result = 2;
    for (int a = 0; a < ATTRS; a++) {
        int v = w->cars[k->car][configuration].value[a];
        if (v < 0) v = k->answer[a];
        if (p->term[a] < 0 || v == p->term[a]) continue;
        if (v >= 0) return 0;
        result = 1;
    }
    return result;
}

static bool plain_covers(const struct plain_application *p, int car) {
    return p->make == make_of(car) && (p->model < 0 || p->model == model_of(car)) && year_of(car) >= p->from && year_of(car) <= p->to;
}

static bool brand_lists(const struct world *w, int car, int type, int brand) {
    for (int i = 0; i < PRODUCTS; i++) {
        const struct plain_product *p = &w->products[i];
        if (p->deleted || p->universal || p->type != type || p->brand != brand) continue;
        for (int j = 0; j < p->count; j++)
            if (plain_covers(&p->list[j], car)) return true;
    }
    return false;
}

static enum verdict plain_verdict(const struct world *w, const struct plain_knowledge *k, const struct plain_product *p) {
    if (p->universal) return VERDICT_UNIVERSAL;
    bool every = true, any = false;
    for (int c = 0; c < w->car_count[k->car]; c++) {
        bool sure = false;
        if (!possible(w, k, c)) continue;
        for (int j = 0; j < p->count; j++) {
            const struct plain_application *a = &p->list[j];
            char answer = a->condition < 0 ? 'y' : (char)k->condition[a->condition];
            if (!plain_covers(a, k->car) || answer == 'n') continue;
            int m = plain_match(w, k, a, c);
            any |= m > 0;
            sure |= m == 2 && answer == 'y';
        }
        every &= sure;
    }
    if (any) return every ? VERDICT_FITS : VERDICT_CONDITIONAL;
    if (p->count == 0 || p->unresolved) return VERDICT_UNKNOWN;
    return brand_lists(w, k->car, p->type, p->brand) ? VERDICT_NO : VERDICT_UNKNOWN;
}

// ---- making it ---------------------------------------------------------------------------------------------------------------
static void product_random(struct world *w, struct plain_product *p) {
    struct rng *r = &w->rng;
    *p = (struct plain_product){.universal = rng_next(r, 12) == 0, .type = (int)rng_next(r, TYPES), .brand = (int)rng_next(r, 2)};
    p->count = p->universal ? 0 : (int)rng_next(r, APPLICATIONS + 1);
    p->unresolved = p->count > 0 && rng_next(r, 15) == 0;
    for (int i = 0; i < p->count; i++) {
        struct plain_application *a = &p->list[i];
        a->make = (int)rng_next(r, MAKES);
        a->model = rng_next(r, 5) ? (int)rng_next(r, MODELS) : -1;
        a->from = 2010 + (int)rng_next(r, YEARS);
        a->to = a->from + (int)rng_next(r, YEARS);
        for (int k = 0; k < ATTRS; k++) a->term[k] = rng_next(r, 3) ? -1 : (int)rng_next(r, 3);
        a->condition = rng_next(r, 5) ? -1 : (int)rng_next(r, 2);
    }
}

static void world_random(struct world *w, uint64_t seed) {
    memset(w, 0, sizeof *w);
    w->rng.state = seed;
    for (int c = 0; c < CARS; c++) {
        w->car_count[c] = 1 + (int)rng_next(&w->rng, CONFIGURATIONS);
        for (int i = 0; i < w->car_count[c]; i++)
            for (int a = 0; a < ATTRS; a++) w->cars[c][i].value[a] = rng_next(&w->rng, 4) ? (int)rng_next(&w->rng, 3) : -1;
    }
    for (int i = 0; i < PRODUCTS; i++) product_random(w, &w->products[i]);
}

static struct slice make_name(struct arena *a, int make) { return arena_printf(a, "make%d", make); }
static struct slice model_name(struct arena *a, int model) { return arena_printf(a, "model%d", model); }

static void vehicles_load(struct fixture *f, const struct world *w) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    assert_non_null(l);
    for (int c = 0; c < CARS; c++)
        for (int i = 0; i < w->car_count[c]; i++) {
            struct vehicle_attribute attrs[ATTRS];
            struct vehicle_configuration v = {.make = make_name(&f->arena, make_of(c)), .model = model_name(&f->arena, model_of(c)),
                                              .source = SLICE("test"), .year = (unsigned)year_of(c), .attributes = attrs};
            for (int a = 0; a < ATTRS; a++) {
                int x = w->cars[c][i].value[a];
                if (x >= 0) attrs[v.attribute_count++] = (struct vehicle_attribute){slice_str(attr_names[a]), slice_str(attr_values[a][x])};
            }
            assert_int_equal(vehicle_loader_add(l, &v, &why), ERR_OK);
        }
    assert_int_equal(vehicle_loader_finish(l, &report, NULL, NULL, &why), ERR_OK);
    vehicle_loader_free(l);
}

static struct product_doc doc_of(struct arena *a, const struct plain_product *p, int number) {
    struct application_doc *apps = ARENA_ARRAY(a, struct application_doc, APPLICATIONS + 1);
    struct product_doc d = {.id = arena_printf(a, "p%03d", number), .brand = slice_str(brands[p->brand]),
                            .number = arena_printf(a, "NR-%03d", number), .type = slice_str(types[p->type]),
                            .title = arena_printf(a, "title %d", number), .universal = p->universal, .cny_fen = 100,
                            .usd_cents = 100, .applications = apps};
    for (int i = 0; i < p->count; i++) {
        const struct plain_application *x = &p->list[i];
        struct vehicle_doc *car = ARENA_NEW(a, struct vehicle_doc);
        struct pair *attrs = ARENA_ARRAY(a, struct pair, ATTRS);
        struct condition_doc *condition = ARENA_NEW(a, struct condition_doc);
        *car = (struct vehicle_doc){.make = make_name(a, x->make), .model = x->model < 0 ? SLICE_NONE : model_name(a, x->model),
                                    .year_from = (uint16_t)x->from, .year_to = (uint16_t)x->to, .attrs = attrs};
        for (int k = 0; k < ATTRS; k++)
            if (x->term[k] >= 0) attrs[car->attr_count++] = (struct pair){slice_str(attr_names[k]), slice_str(attr_values[k][x->term[k]])};
        *condition = (struct condition_doc){CONDITION_TEXT, x->condition ? SLICE("with tow bar") : SLICE("with A/C"), SLICE_NONE, SLICE_NONE};
        apps[d.application_count++] = (struct application_doc){.quantity = 1, .source = SLICE("test.xml"), .line = 1, .vehicle_count = 1,
                                                               .condition_count = x->condition >= 0, .vehicles = car,
                                                               .conditions = condition};
    }
    if (p->unresolved) {
        struct vehicle_doc *car = ARENA_NEW(a, struct vehicle_doc);
        *car = (struct vehicle_doc){.make = SLICE("nobody"), .model = SLICE("nothing"), .year_from = 2010, .year_to = 2012};
        apps[d.application_count++] = (struct application_doc){.quantity = 1, .source = SLICE("test.xml"), .vehicle_count = 1, .vehicles = car};
    }
    return d;
}

static void catalogue_load(struct fixture *f, const struct world *w) {
    struct catalog_loader *l = fixture_loader(f, NULL);
    for (int i = 0; i < PRODUCTS; i++) {
        struct product_doc d = doc_of(&f->arena, &w->products[i], i);
        fixture_product(l, &d);
    }
    assert_int_equal(fixture_loaded(f, l).products_new, PRODUCTS);
}

// ---- comparing -----------------------------------------------------------------------------------------------------------------
static void knowledge_random(struct world *w, struct plain_knowledge *k) {
    struct rng *r = &w->rng;
    k->car = (int)rng_next(r, CARS);
    k->only = rng_next(r, 4) ? -1 : (int)rng_next(r, (unsigned)w->car_count[k->car]);
    for (int a = 0; a < ATTRS; a++) k->answer[a] = rng_next(r, 4) ? -1 : (int)rng_next(r, 3);
    for (int c = 0; c < 2; c++) k->condition[c] = (int)"\0\0yn?"[rng_next(r, 5)];
}

static bool anything_possible(const struct world *w, const struct plain_knowledge *k) {
    for (int c = 0; c < w->car_count[k->car]; c++)
        if (possible(w, k, c)) return true;
    return false;
}

static struct slice condition_hash_of(struct fixture *f, const char *text) {
    for (uint32_t id = 1; id <= names_count(f->view->snapshot, NAMES_CONDITION); id++) {
        struct condition c;
        assert_int_equal(condition_load(f->view, id, &c), ERR_OK);
        if (slice_is(c.text, text)) return arena_printf(&f->arena, "%s", c.hash);
    }
    return SLICE_NONE;
}

// The configuration's id by its values: loaders drop duplicates and may change the order.
static struct slice car_words(struct fixture *f, const struct world *w, const struct plain_knowledge *k) {
    struct slice slug = arena_printf(&f->arena, "%d-make%d-model%d", year_of(k->car), make_of(k->car), model_of(k->car));
    if (k->only < 0) return slug;
    uint32_t id;
    struct vehicle *v;
    assert_int_equal(vehicle_find(f->view, slug, &id), ERR_OK);
    assert_int_equal(vehicle_load(f->view, id, &v), ERR_OK);
    for (unsigned i = 0; i < v->count; i++) {
        bool same = true;
        for (int a = 0; a < ATTRS && same; a++) {
            uint32_t attr = 0;
            int x = w->cars[k->car][k->only].value[a];
            (void)names_find(f->view->snapshot, NAMES_ATTRIBUTE, slice_str(attr_names[a]), &attr);
            uint16_t value = attr ? vehicle_value(v, i, (uint8_t)attr) : 0;
            struct slice text = names_text(f->view, NAMES_VALUE + attr, value);
            same = x < 0 ? value == 0 : slice_is(text, attr_values[a][x]);
        }
        if (same) return vehicle_configuration_id(f->view, v, i);
    }
    fail_msg("a configuration is missing");
    return SLICE_NONE;
}

static struct slice attrs_words(struct fixture *f, const struct plain_knowledge *k) {
    struct buf b;
    buf_init(&b, &f->arena, 128);
    for (int a = 0; a < ATTRS; a++)
        if (k->answer[a] >= 0) buf_printf(&b, "%s%s:%s", b.n ? "," : "", attr_names[a], attr_values[a][k->answer[a]]);
    for (int c = 0; c < 2; c++) {
        struct slice hash = condition_hash_of(f, c ? "with tow bar" : "with A/C");
        if (k->condition[c] && hash.n)
            buf_printf(&b, "%scond.%.*s:%s", b.n ? "," : "", SLICE_ARGS(hash), k->condition[c] == 'y' ? "yes" : k->condition[c] == 'n' ? "no" : "?");
    }
    return buf_slice(&b);
}

static void compare_lists(struct fixture *f, const struct world *w, const struct plain_knowledge *plain, const struct knowledge *k) {
    struct fitment all;
    unsigned expected = 0;
    assert_int_equal(fitment_find(f->view, k, 0, true, &all), ERR_OK);
    for (int i = 0; i < PRODUCTS; i++)
        expected += !w->products[i].deleted && plain_verdict(w, plain, &w->products[i]) >= VERDICT_CONDITIONAL;
    assert_int_equal(all.count, expected);
    for (unsigned i = 1; i < all.count; i++) assert_true(all.matches[i - 1].product < all.matches[i].product);
    for (int t = 0; t < TYPES; t++) {
        uint32_t type;
        struct fitment some;
        unsigned of_type = 0, in_all = 0;
        assert_int_equal(names_find(f->view->snapshot, NAMES_TYPE, slice_str(types[t]), &type), ERR_OK);
        assert_int_equal(fitment_find(f->view, k, type, true, &some), ERR_OK);
        for (int i = 0; i < PRODUCTS; i++)
            of_type += !w->products[i].deleted && w->products[i].type == t &&
                       plain_verdict(w, plain, &w->products[i]) >= VERDICT_CONDITIONAL;
        for (unsigned i = 0; i < all.count; i++) in_all += all.matches[i].type == type;
        assert_int_equal(some.count, of_type);
        assert_int_equal(in_all, of_type);
    }
}

static unsigned compare(struct fixture *f, struct world *w, unsigned rounds) {
    unsigned compared = 0;
    for (unsigned n = 0; n < rounds; n++) {
        struct plain_knowledge plain;
        struct knowledge k;
        struct fault why = {0};
        arena_reset(&f->arena);
        knowledge_random(w, &plain);
        enum err e = knowledge_parse(f->view, car_words(f, w, &plain), attrs_words(f, &plain), SLICE_NONE, &k, &why);
        if (!anything_possible(w, &plain)) {
            assert_int_equal(e, ERR_BAD_REQUEST);
            continue;
        }
        if (e != ERR_OK) fail_msg("%s", why.message);
        for (int i = 0; i < PRODUCTS; i++) {
            uint32_t id;
            struct match m;
            struct slice name = arena_printf(&f->arena, "p%03d", i);
            e = product_find(f->view, name, &id);
            assert_int_equal(e, w->products[i].deleted ? ERR_NOT_FOUND : ERR_OK);
            if (e != ERR_OK) continue;
            assert_int_equal(fitment_verdict(f->view, &k, id, &m), ERR_OK);
            enum verdict expected = plain_verdict(w, &plain, &w->products[i]);
            if (m.verdict != expected)
                fail_msg("round %u product %d: %s, expected %s", n, i, verdict_name(m.verdict), verdict_name(expected));
            compared++;
        }
        compare_lists(f, w, &plain, &k);
    }
    return compared;
}

static void change_some(struct fixture *f, struct world *w, unsigned count) {
    struct arena scratch;
    arena_init(&scratch, 1 << 20, 64 << 20);
    for (unsigned n = 0; n < count; n++) {
        int i = (int)rng_next(&w->rng, PRODUCTS);
        struct plain_product *p = &w->products[i];
        struct txn *t;
        struct fault why = {0};
        assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
        arena_reset(&scratch);
        if (rng_next(&w->rng, 4) == 0) {
            assert_int_equal(catalog_delete(t, &scratch, arena_printf(&scratch, "p%03d", i)), p->deleted ? ERR_NOT_FOUND : ERR_OK);
            p->deleted = true;
        } else {
            uint32_t id;
            product_random(w, p);
            struct product_doc d = doc_of(&scratch, p, i);
            if (catalog_put(t, &scratch, &d, &id, &why) != ERR_OK) fail_msg("%s", why.message);
        }
        assert_int_equal(txn_commit(t, &why), ERR_OK);
    }
    arena_destroy(&scratch);
    fixture_refresh(f);
}

// A few groups a transaction, so that products go in parts; each part is followed by changes, of products half folded in as well, and by
// questions. What is left behind of an earlier version would show when the product is clean again.
static void merge_between_changes(struct fixture *f, struct world *w) {
    struct arena scratch;
    unsigned parts = 0;
    arena_init(&scratch, 1 << 20, 64 << 20);
    for (bool more = true; more; parts++) {
        assert_int_equal(catalog_merge_some(f->db, &scratch, 1 + rng_next(&w->rng, 6), &more), ERR_OK);
        arena_reset(&scratch);
        fixture_refresh(f);
        if (parts < 120 && rng_next(&w->rng, 3) == 0) change_some(f, w, 1 + rng_next(&w->rng, 3));
        if (parts % 8 == 0) compare(f, w, 1);
    }
    assert_true(parts > 60);
    arena_destroy(&scratch);
}

// Decoded for each question anew: what a view keeps must not be needed for a right answer.
static void compare_nothing_kept(struct fixture *f, struct world *w, unsigned rounds) {
    struct decoded *kept = f->view->decoded;
    f->view->decoded = NULL;
    compare(f, w, rounds);
    f->view->decoded = kept;
}

static void test_against_brute_force(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fixture f;
        struct world *w = malloc(sizeof *w);
        struct group_report groups;
        assert_non_null(w);
        fixture_open(&f);
        world_random(w, seed);
        vehicles_load(&f, w);
        catalogue_load(&f, w);
        fixture_refresh(&f);
        assert_true(compare(&f, w, 60) > 2000);
        change_some(&f, w, 120);
        compare(&f, w, 60);
        fixture_merge_all(&f);
        compare(&f, w, 60);
        compare_nothing_kept(&f, w, 20);
        change_some(&f, w, 40);
        fixture_merge_all(&f);
        change_some(&f, w, 40);
        merge_between_changes(&f, w);
        compare(&f, w, 60);
        change_some(&f, w, 20);
        compare(&f, w, 40);
        assert_int_equal(groups_rebuild(f.db, &groups, NULL, NULL, NULL), ERR_OK);
        fixture_refresh(&f);
        compare(&f, w, 60);
        struct group_report piecemeal;
        assert_int_equal(groups_rebuild_in(f.db, seed, &piecemeal, NULL, NULL, NULL), ERR_OK); // a few rows at a time
        assert_true(groups.rows > 100);
        assert_int_equal(piecemeal.rows, groups.rows);
        assert_true(piecemeal.groups == groups.groups && piecemeal.bytes == groups.bytes);
        fixture_refresh(&f);
        compare(&f, w, 60);
        fixture_close(&f);
        free(w);
    }
}

// ---- questions -----------------------------------------------------------------------------------------------------------------
static void test_question_decides(void **state) {
    (void)state;
    struct fixture f;
    struct world *w = malloc(sizeof *w);
    assert_non_null(w);
    fixture_open(&f);
    world_random(w, 99);
    vehicles_load(&f, w);
    catalogue_load(&f, w);
    fixture_refresh(&f);
    unsigned asked = 0;
    for (int car = 0; car < CARS; car++) {
        struct plain_knowledge plain = {.car = car, .only = -1, .answer = {-1, -1, -1}};
        struct knowledge k;
        struct fitment found;
        struct question *q;
        struct fault why = {0};
        arena_reset(&f.arena);
        assert_int_equal(knowledge_parse(f.view, car_words(&f, w, &plain), SLICE_NONE, SLICE_NONE, &k, &why), ERR_OK);
        assert_int_equal(fitment_find(f.view, &k, 0, true, &found), ERR_OK);
        assert_int_equal(fitment_question(f.view, &found, NULL, &q), ERR_OK);
        unsigned open = 0;
        for (unsigned i = 0; i < found.count; i++) open += found.matches[i].verdict == VERDICT_CONDITIONAL;
        if (open == 0) assert_null(q);
        if (!q) continue;
        asked++;
        // The count an option promises is what the answer then finds.
        for (unsigned o = 0; o < q->option_count; o++) {
            struct fitment after;
            struct slice name, value;
            if (q->attr) {
                name = names_text(f.view, NAMES_ATTRIBUTE, q->attr);
                value = names_text(f.view, NAMES_VALUE + q->attr, q->options[o].value);
            } else {
                struct condition c;
                assert_int_equal(condition_load(f.view, q->condition, &c), ERR_OK);
                name = arena_printf(&f.arena, "cond.%s", c.hash);
                value = q->options[o].answer == 'y' ? SLICE("yes") : SLICE("no");
            }
            struct slice attrs = arena_printf(&f.arena, "%.*s:%.*s", SLICE_ARGS(name), SLICE_ARGS(value));
            assert_int_equal(knowledge_parse(f.view, car_words(&f, w, &plain), attrs, SLICE_NONE, &k, &why), ERR_OK);
            assert_int_equal(fitment_find(f.view, &k, 0, true, &after), ERR_OK);
            assert_int_equal(after.count, q->options[o].count);
        }
    }
    assert_true(asked > CARS / 2);
    fixture_close(&f);
    free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_brute_force),
        cmocka_unit_test(test_question_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
