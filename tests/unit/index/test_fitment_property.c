// Fitment against a plain model that shares nothing with index/: exclusions of cars and of single configurations, several base vehicles
// in K, positions and quantities, specifications, both directions, the choice of the question, and where questions lead.
#include "catalog_fixture.h"

#include "index/application.h"
#include "index/catalog.h"
#include "index/exclusion.h"
#include "index/fitment.h"
#include "index/knowledge_words.h"
#include "index/names.h"
#include "index/product_vehicles.h"

#define MAKES 2
#define MODELS 2
#define YEARS 5
#define CARS (MAKES * MODELS * YEARS)
#define CONFIGURATIONS 4
#define PRODUCTS 60
#define APPLICATIONS 5
#define ATTRS 4 // the last is a specification to the products that compare one
#define SPEC 3
#define TYPES 2
#define CONDITIONS 2
#define OTHER 7 // a value nobody names
#define K_CARS CARS // more of them than QUESTION_VEHICLES

static const char *const attr_names[ATTRS] = {"displacement", "fuel", "trim", "tyre_size"};
static const char *const attr_values[ATTRS][3] = {
    {"1.4", "1.8", "2.0"}, {"gasoline", "diesel", "electric"}, {"base", "sport", "luxury"}, {"205/55R16", "225/45R17", "235/40R18"}};
static const char *const types[TYPES] = {"oil_filter", "brake_pad"};
static const char *const brands[2] = {"alpha", "beta"};
static const char *const positions[3] = {"", "front", "rear"};
static const char *const condition_texts[CONDITIONS] = {"with A/C", "with tow bar"};

static unsigned draw(uint64_t *state, unsigned below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

// ---- the plain model: values as bits, 0 is unknown in a car and "any" in a term or an answer --------------------------------------
struct plain_application { int make, model, from, to, position, quantity, condition, line; unsigned term[ATTRS]; }; // make -1: every make
struct plain_product { bool universal, unresolved; int type, brand, count, lines; struct plain_application list[2 * APPLICATIONS]; };
struct world {
    unsigned cars[CARS][CONFIGURATIONS][ATTRS]; // one bit, or 0: not known
    int counts[CARS];
    struct plain_product products[PRODUCTS];
    bool excluded[PRODUCTS][CARS][CONFIGURATIONS + 1]; // the last: the whole car
    uint64_t rng;
};
struct plain_k {
    int count, cars[K_CARS], only; // only: of a single car, -1 all
    unsigned answer[ATTRS], position, quantity; // bits; of quantity: bit n is n; of position 0: none is bit 0
    bool dont_know[ATTRS], position_asked, quantity_asked;
    char condition[CONDITIONS];
};

static int make_of(int car) { return car / (MODELS * YEARS); }
static int model_of(int car) { return car / YEARS % MODELS; }
static int year_of(int car) { return 2010 + car % YEARS; }

static bool possible(const struct world *w, const struct plain_k *k, int car, int c) {
    if (k->only >= 0 && k->only != c) return false;
    for (int a = 0; a < ATTRS; a++)
        if (w->cars[car][c][a] && k->answer[a] && !(w->cars[car][c][a] & k->answer[a])) return false;
    return true;
}

static bool excluded(const struct world *w, int p, int car, int c) { return w->excluded[p][car][c] || w->excluded[p][car][CONFIGURATIONS]; }

// 0 no, 1 maybe, 2 yes: the words of one application against one configuration
static int plain_terms(const struct world *w, const struct plain_k *k, const struct plain_application *p, int car, int c) {
    int result = 2;
    for (int a = 0; a < ATTRS; a++) {
        unsigned known = w->cars[car][c][a] ? w->cars[car][c][a] : k->answer[a];
        if (!p->term[a] || (known && !(known & ~p->term[a]))) continue;
        if (known && !(known & p->term[a])) return 0;
        result = 1;
    }
    return result;
}

static bool plain_covers(const struct plain_application *p, int car) {
    if (p->make < 0) return true;
    return p->make == make_of(car) && (p->model < 0 || p->model == model_of(car)) && year_of(car) >= p->from && year_of(car) <= p->to;
}

// The same with conditions, position, quantity and exclusions; *open: a condition is.
static int plain_match(const struct world *w, const struct plain_k *k, int product, const struct plain_application *p, int car, int c, bool *open) {
    char answer = p->condition < 0 ? 'y' : k->condition[p->condition];
    *open = answer != 'y';
    if (!plain_covers(p, car) || answer == 'n' || excluded(w, product, car, c)) return 0;
    if (k->position && !(k->position >> p->position & 1)) return 0;
    if (k->quantity && !(k->quantity >> p->quantity & 1)) return 0;
    return plain_terms(w, k, p, car, c);
}

static bool brand_lists(const struct world *w, int car, int type, int brand) {
    for (int i = 0; i < PRODUCTS; i++) {
        const struct plain_product *p = &w->products[i];
        if (p->universal || p->type != type || p->brand != brand) continue;
        for (int j = 0; j < p->count; j++)
            if (plain_covers(&p->list[j], car)) return true;
    }
    return false;
}

static enum verdict plain_verdict(const struct world *w, const struct plain_k *k, int product) {
    const struct plain_product *p = &w->products[product];
    bool every = true, any = false, covered = true, left = false, out = false;
    for (int n = 0; n < k->count; n++) {
        int car = k->cars[n];
        covered &= brand_lists(w, car, p->type, p->brand);
        for (int c = 0; c < w->counts[car]; c++) {
            if (!possible(w, k, car, c)) continue;
            bool sure = false, is_out = excluded(w, product, car, c);
            out |= is_out;
            left |= !is_out;
            for (int j = 0; j < p->count; j++) {
                bool open;
                int m = plain_match(w, k, product, &p->list[j], car, c, &open);
                any |= m > 0;
                sure |= m == 2 && !open;
            }
            every &= sure;
        }
    }
    if (!left) return VERDICT_NO;
    if (p->universal) return out ? VERDICT_CONDITIONAL : VERDICT_UNIVERSAL;
    if (any) return every ? VERDICT_FITS : VERDICT_CONDITIONAL;
    return p->count == 0 || p->unresolved || !covered ? VERDICT_UNKNOWN : VERDICT_NO;
}

// ---- making it ----------------------------------------------------------------------------------------------------------------------
static void application_random(struct world *w, struct plain_product *p, struct plain_application *a) {
    uint64_t *r = &w->rng;
    *a = (struct plain_application){.make = (int)draw(r, MAKES), .model = draw(r, 5) ? (int)draw(r, MODELS) : -1, .from = 2010 + (int)draw(r, YEARS),
                                    .position = draw(r, 3) ? 0 : (int)draw(r, 3), .quantity = draw(r, 3) ? 1 : 2,
                                    .condition = draw(r, 6) ? -1 : (int)draw(r, CONDITIONS), .line = ++p->lines};
    a->to = a->from + (int)draw(r, YEARS);
    for (int i = 0; i < SPEC; i++)
        if (draw(r, 3) == 0) a->term[i] = 1u << draw(r, 3) | (draw(r, 4) == 0 ? 1u << draw(r, 3) : 0);
    if (draw(r, 12)) return;
    a->make = -1; // by specification, for every make
    a->term[0] = a->term[1] = a->term[2] = 0;
    a->term[SPEC] = 1u << draw(r, 3);
}

static bool same_content(const struct plain_application *a, const struct plain_application *b) {
    struct plain_application x = *a;
    x.line = b->line;
    return memcmp(&x, b, sizeof x) == 0;
}

static bool application_new(struct world *w, struct plain_product *p) {
    struct plain_application *a = &p->list[p->count];
    application_random(w, p, a);
    for (int i = 0; i < p->count; i++)
        if (same_content(a, &p->list[i])) return false;
    p->count++;
    return true;
}

static void car_random(struct world *w, int car) {
    int n = 1 + (int)draw(&w->rng, CONFIGURATIONS);
    while (w->counts[car] < n) { // distinct ones: a loader keeps one of two alike
        int c = w->counts[car];
        bool again = false;
        for (int a = 0; a < ATTRS; a++) w->cars[car][c][a] = draw(&w->rng, 4) ? 1u << draw(&w->rng, 3) : 0;
        for (int i = 0; i < c; i++) again |= memcmp(w->cars[car][i], w->cars[car][c], sizeof w->cars[car][c]) == 0;
        w->counts[car] += !again;
    }
}

static void world_random(struct world *w, uint64_t seed) {
    memset(w, 0, sizeof *w);
    w->rng = seed;
    for (int car = 0; car < CARS; car++) car_random(w, car);
    for (int i = 0; i < PRODUCTS; i++) {
        struct plain_product *p = &w->products[i];
        *p = (struct plain_product){.universal = draw(&w->rng, 10) == 0, .type = (int)draw(&w->rng, TYPES), .brand = (int)draw(&w->rng, 2)};
        for (int n = p->universal ? 0 : (int)draw(&w->rng, APPLICATIONS + 1); n > 0; n--) (void)application_new(w, p);
        p->unresolved = p->count > 0 && draw(&w->rng, 15) == 0;
        for (int car = 0; car < CARS; car++)
            for (int c = 0; c <= CONFIGURATIONS; c++)
                w->excluded[i][car][c] = c == CONFIGURATIONS ? draw(&w->rng, 25) == 0 : c < w->counts[car] && draw(&w->rng, 15) == 0;
    }
}

static struct slice make_name(struct arena *a, int make) { return make < 0 ? SLICE("*") : arena_printf(a, "make%d", make); }
static struct slice model_name(struct arena *a, int model) { return model < 0 ? SLICE_NONE : arena_printf(a, "model%d", model); }
static struct slice product_name(struct arena *a, int p) { return arena_printf(a, "p%03d", p); }
static struct slice number_name(struct arena *a, int p) { return arena_printf(a, "NR-%03d", p); }

static int bit_index(unsigned bit) { return __builtin_ctz(bit); }

static void vehicles_load(struct fixture *f, const struct world *w) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    assert_non_null(l);
    for (int car = 0; car < CARS; car++)
        for (int c = 0; c < w->counts[car]; c++) {
            struct vehicle_attribute attrs[ATTRS];
            struct vehicle_configuration v = {.make = make_name(&f->arena, make_of(car)), .model = model_name(&f->arena, model_of(car)),
                                              .source = SLICE("test"), .year = (unsigned)year_of(car), .attributes = attrs};
            for (int a = 0; a < ATTRS; a++) {
                unsigned bit = w->cars[car][c][a];
                if (bit) attrs[v.attribute_count++] = (struct vehicle_attribute){slice_str(attr_names[a]), slice_str(attr_values[a][bit_index(bit)])};
            }
            assert_int_equal(vehicle_loader_add(l, &v, &why), ERR_OK);
        }
    if (vehicle_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicle_loader_free(l);
}

static struct application_doc application_doc(struct arena *arena, const struct plain_application *x) {
    struct vehicle_doc *car = ARENA_NEW(arena, struct vehicle_doc);
    struct pair *attrs = ARENA_ARRAY(arena, struct pair, 3 * ATTRS), *specs = ARENA_ARRAY(arena, struct pair, 3);
    struct condition_doc *condition = ARENA_NEW(arena, struct condition_doc);
    *car = (struct vehicle_doc){.make = make_name(arena, x->make), .attrs = attrs, .specs = specs};
    if (x->make >= 0) {
        car->model = model_name(arena, x->model);
        car->year_from = (uint16_t)x->from;
        car->year_to = (uint16_t)x->to;
    }
    for (int a = 0; a < ATTRS; a++)
        for (int v = 0; v < 3; v++) {
            struct pair pair = {slice_str(attr_names[a]), slice_str(attr_values[a][v])};
            if (!(x->term[a] >> v & 1)) continue;
            if (a == SPEC) specs[car->spec_count++] = pair;
            else attrs[car->attr_count++] = pair;
        }
    *condition = (struct condition_doc){CONDITION_TEXT, SLICE_NONE, SLICE_NONE, SLICE_NONE};
    if (x->condition >= 0) condition->text = slice_str(condition_texts[x->condition]);
    return (struct application_doc){.position = slice_str(positions[x->position]), .quantity = (uint16_t)x->quantity, .source = SLICE("test.xml"),
                                    .line = (uint32_t)x->line, .vehicle_count = 1, .vehicles = car, .condition_count = x->condition >= 0,
                                    .conditions = condition};
}

static struct product_doc product_doc(struct arena *a, const struct plain_product *p, int number) {
    struct application_doc *apps = ARENA_ARRAY(a, struct application_doc, 2 * APPLICATIONS + 1);
    struct product_doc d = {.id = product_name(a, number), .brand = slice_str(brands[p->brand]), .number = number_name(a, number),
                            .type = slice_str(types[p->type]), .title = SLICE("title"), .universal = p->universal, .cny_fen = 100,
                            .usd_cents = 100, .applications = apps};
    for (int i = 0; i < p->count; i++) apps[d.application_count++] = application_doc(a, &p->list[i]);
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
        struct product_doc d = product_doc(&f->arena, &w->products[i], i);
        fixture_product(l, &d);
    }
    assert_int_equal(fixture_loaded(f, l).products_new, PRODUCTS);
}

static struct slice car_slug(struct arena *a, int car) {
    return arena_printf(a, "%d-make%d-model%d", year_of(car), make_of(car), model_of(car));
}

// The configuration's id by its values: loaders may change the order.
static struct slice configuration_name(struct fixture *f, const struct world *w, int car, int c) {
    uint32_t id;
    struct vehicle *v;
    assert_int_equal(vehicle_find(f->view, car_slug(&f->arena, car), &id), ERR_OK);
    assert_int_equal(vehicle_load(f->view, id, &v), ERR_OK);
    assert_int_equal(v->count, w->counts[car]);
    for (unsigned i = 0; i < v->count; i++) {
        bool same = true;
        for (int a = 0; a < ATTRS && same; a++) {
            uint32_t attr = 0;
            unsigned bit = w->cars[car][c][a];
            (void)names_find(f->view->snapshot, NAMES_ATTRIBUTE, slice_str(attr_names[a]), &attr);
            uint16_t value = attr ? vehicle_value(v, i, (uint8_t)attr) : 0;
            same = !bit ? value == 0 : slice_is(names_text(f->view, NAMES_VALUE + attr, value), attr_values[a][bit_index(bit)]);
        }
        if (same) return vehicle_configuration_id(f->view, v, i);
    }
    fail_msg("a configuration is missing");
    return SLICE_NONE;
}

static unsigned exclusions_put(struct fixture *f, const struct world *w) {
    struct txn *t;
    struct fault why = {0};
    unsigned count = 0;
    struct slice names[CARS][CONFIGURATIONS + 1];
    struct arena scratch;
    for (int car = 0; car < CARS; car++) {
        names[car][CONFIGURATIONS] = car_slug(&f->arena, car);
        for (int c = 0; c < w->counts[car]; c++) names[car][c] = configuration_name(f, w, car, c);
    }
    arena_init(&scratch, 1 << 18, 64 << 20);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    for (int p = 0; p < PRODUCTS; p++)
        for (int car = 0; car < CARS; car++)
            for (int c = 0; c <= CONFIGURATIONS; c++) {
                if (!w->excluded[p][car][c]) continue;
                if (exclusion_put(t, &scratch, product_name(&scratch, p), names[car][c], 1, SLICE("me"), SLICE("tried it"), &why) != ERR_OK)
                    fail_msg("%s", why.message);
                count++;
            }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    arena_destroy(&scratch);
    fixture_refresh(f);
    return count;
}

// ---- K -------------------------------------------------------------------------------------------------------------------------------
static struct slice condition_name(struct fixture *f, int condition) {
    for (uint32_t id = 1; id <= names_count(f->view->snapshot, NAMES_CONDITION); id++) {
        struct condition c;
        assert_int_equal(condition_load(f->view, id, &c), ERR_OK);
        if (slice_is(c.text, condition_texts[condition])) return arena_printf(&f->arena, "cond.%s", c.hash);
    }
    return SLICE_NONE;
}

static void values_put(struct buf *b, const char *name, bool dont_know, unsigned bits, const char *const *values, unsigned count) {
    if (!dont_know && !bits) return;
    buf_printf(b, "%s%s:", b->n ? "," : "", name);
    if (dont_know) buf_char(b, '?');
    for (unsigned i = 0, n = 0; i < count && !dont_know; i++)
        if (bits >> i & 1) buf_printf(b, "%s%s", n++ ? "|" : "", values[i]);
}

static struct slice attrs_words(struct fixture *f, const struct plain_k *k) {
    static const char *const places[] = {"none", "front", "rear"}, *const numbers[] = {"0", "1", "2"};
    struct buf b;
    buf_init(&b, &f->arena, 128);
    for (int a = 0; a < ATTRS; a++) values_put(&b, attr_names[a], k->dont_know[a], k->answer[a], attr_values[a], 3);
    values_put(&b, "position", k->position_asked && !k->position, k->position, places, 3);
    values_put(&b, "quantity", k->quantity_asked && !k->quantity, k->quantity, numbers, 3);
    for (int c = 0; c < CONDITIONS; c++) {
        struct slice name = condition_name(f, c);
        char is = k->condition[c];
        if (is && name.n) buf_printf(&b, "%s%.*s:%s", b.n ? "," : "", SLICE_ARGS(name), is == 'y' ? "yes" : is == 'n' ? "no" : "?");
    }
    return buf_slice(&b);
}

static bool anything_left(const struct world *w, const struct plain_k *k, int car) {
    for (int c = 0; c < w->counts[car]; c++)
        if (possible(w, k, car, c)) return true;
    return false;
}

// Cars that no configuration is left of are not in K any more.
static void cars_drop(const struct world *w, struct plain_k *k) {
    int kept = 0;
    for (int n = 0; n < k->count; n++)
        if (anything_left(w, k, k->cars[n])) k->cars[kept++] = k->cars[n];
    k->count = kept;
}

static void k_random(struct world *w, struct plain_k *k) {
    uint64_t *r = &w->rng;
    *k = (struct plain_k){.count = 1 + (draw(r, 3) ? 0 : (int)draw(r, K_CARS)), .only = -1};
    int first = (int)draw(r, CARS);
    for (int i = 0; i < k->count; i++) k->cars[i] = (first + i * 7) % CARS; // all different
    if (k->count == 1 && draw(r, 5) == 0) k->only = (int)draw(r, (unsigned)w->counts[first]);
    for (int a = 0; a < ATTRS; a++) {
        if (draw(r, 4)) continue;
        k->answer[a] = 1u << draw(r, 3) | (draw(r, 3) == 0 && a != SPEC ? 1u << draw(r, 3) : 0);
        k->dont_know[a] = draw(r, 4) == 0;
        if (k->dont_know[a]) k->answer[a] = 0;
    }
    for (int c = 0; c < CONDITIONS; c++) k->condition[c] = "\0\0yn?"[draw(r, 5)];
    k->position_asked = draw(r, 6) == 0;
    if (k->position_asked) k->position = draw(r, 8);
    k->quantity_asked = draw(r, 6) == 0;
    if (k->quantity_asked) k->quantity = draw(r, 4) << 1;
}

// Put together by hand where there are several cars, as a VIN's is. False: nothing is left, and the parse refused it for each.
static bool k_build(struct fixture *f, const struct world *w, struct plain_k *plain, struct knowledge *out) {
    struct knowledge_vehicle *list = ARENA_ARRAY(&f->arena, struct knowledge_vehicle, K_CARS);
    unsigned n = 0;
    for (int i = 0; i < plain->count; i++) {
        struct knowledge k;
        struct fault why = {0};
        int car = plain->cars[i];
        struct slice name = plain->only >= 0 ? configuration_name(f, w, car, plain->only) : car_slug(&f->arena, car);
        enum err e = knowledge_parse(f->view, name, attrs_words(f, plain), SLICE_NONE, &k, &why);
        assert_int_equal(e, anything_left(w, plain, car) ? ERR_OK : ERR_BAD_REQUEST);
        if (e != ERR_OK) assert_true(slice_is(slice_str(why.field), "attrs"));
        if (e != ERR_OK) continue;
        *out = k;
        list[n++] = k.vehicles[0];
    }
    cars_drop(w, plain);
    assert_int_equal(n, plain->count);
    out->vehicles = list;
    out->vehicle_count = n;
    return n > 0;
}

// ---- verdicts, lists, and whose quantity and position a match says ---------------------------------------------------------------------
static uint32_t product_id(struct fixture *f, int p) {
    uint32_t id;
    assert_int_equal(product_find(f->view, product_name(&f->arena, p), &id), ERR_OK);
    return id;
}

// 0: matches nothing; 1: something; 2: every possible configuration, nothing open
static int application_standing(const struct world *w, const struct plain_k *k, int p, const struct plain_application *a) {
    bool any = false, all = true;
    for (int n = 0; n < k->count; n++)
        for (int c = 0; c < w->counts[k->cars[n]]; c++) {
            bool open;
            if (!possible(w, k, k->cars[n], c)) continue;
            int m = plain_match(w, k, p, a, k->cars[n], c, &open);
            any |= m > 0;
            all &= m == 2 && !open;
        }
    return any ? 1 + all : 0;
}

static void match_check(struct fixture *f, const struct world *w, const struct plain_k *k, int p, const struct match *m) {
    const struct plain_product *x = &w->products[p];
    const struct plain_application *named = NULL;
    struct application a;
    int best = 0;
    if (x->universal || m->verdict < VERDICT_CONDITIONAL) return;
    assert_int_equal(application_load(f->view, m->product, m->application, &a), ERR_OK);
    for (int i = 0; i < x->count; i++) {
        int standing = application_standing(w, k, p, &x->list[i]);
        if (standing > best) best = standing;
        if (x->list[i].line == (int)a.line) named = &x->list[i];
    }
    assert_non_null(named);
    int standing = application_standing(w, k, p, named);
    assert_true(standing > 0);
    if (k->count == 1 && m->verdict == VERDICT_FITS) assert_int_equal(standing, best);
    if (m->whole) assert_int_equal(standing, 2);
    assert_int_equal(m->quantity, named->quantity);
    assert_true(slice_is(m->position ? names_text(f->view, NAMES_POSITION, m->position) : SLICE(""), positions[named->position]));
}

static void list_check(struct fixture *f, const struct world *w, const struct plain_k *plain, const struct knowledge *k, int type, bool universal) {
    struct fitment found;
    uint32_t type_id = 0;
    unsigned at = 0;
    if (type >= 0) assert_int_equal(names_find(f->view->snapshot, NAMES_TYPE, slice_str(types[type]), &type_id), ERR_OK);
    assert_int_equal(fitment_find(f->view, k, type_id, universal, &found), ERR_OK);
    for (unsigned i = 1; i < found.count; i++) assert_true(found.matches[i - 1].product < found.matches[i].product);
    for (int p = 0; p < PRODUCTS; p++) {
        enum verdict v = plain_verdict(w, plain, p);
        if (v < VERDICT_CONDITIONAL || (type >= 0 && w->products[p].type != type) || (w->products[p].universal && !universal)) continue;
        uint32_t id = product_id(f, p);
        for (at = 0; at < found.count && found.matches[at].product != id;) at++;
        if (at == found.count) fail_msg("product %d is missing, expected %s", p, verdict_name(v));
        if (found.matches[at].verdict != v) fail_msg("product %d is %s, expected %s", p, verdict_name(found.matches[at].verdict), verdict_name(v));
        match_check(f, w, plain, p, &found.matches[at]);
        found.matches[at].product = 0; // found
    }
    for (unsigned i = 0; i < found.count; i++)
        if (found.matches[i].product) fail_msg("product id %u should not be there", found.matches[i].product);
}

struct seen { unsigned verdicts[5], compared, excluded, several; };

static void explanation_check(struct fixture *f, const struct knowledge *k, const struct match *m) {
    struct buf b;
    buf_init(&b, &f->arena, 1024);
    struct json_writer json = json_writer_of(&b);
    assert_int_equal(fitment_explain(f->view, k, m, 10, NULL, false, &json), ERR_OK);
    assert_false(b.bad);
}

static void compare(struct fixture *f, struct world *w, unsigned rounds, struct seen *seen) {
    for (unsigned n = 0; n < rounds; n++) {
        struct plain_k plain;
        struct knowledge k;
        arena_reset(&f->arena);
        k_random(w, &plain);
        if (!k_build(f, w, &plain, &k)) continue;
        seen->several += plain.count > 1;
        for (int p = 0; p < PRODUCTS; p++) {
            struct match m;
            enum verdict expected = plain_verdict(w, &plain, p);
            assert_int_equal(fitment_verdict(f->view, &k, product_id(f, p), &m), ERR_OK);
            if (m.verdict != expected)
                fail_msg("round %u product %d, %d cars: %s, expected %s", n, p, plain.count, verdict_name(m.verdict), verdict_name(expected));
            match_check(f, w, &plain, p, &m);
            explanation_check(f, &k, &m);
            seen->verdicts[m.verdict]++;
            seen->compared++;
        }
        list_check(f, w, &plain, &k, -1, true);
        list_check(f, w, &plain, &k, -1, false);
        for (int t = 0; t < TYPES; t++) list_check(f, w, &plain, &k, t, true);
    }
}

// Net changes through a load: applications added and taken away, the rest of the product as it was.
static void change_some(struct fixture *f, struct world *w, unsigned count) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    unsigned done = 0;
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (unsigned n = 0; n < count; n++) {
        int i = (int)draw(&w->rng, PRODUCTS);
        struct plain_product *p = &w->products[i];
        struct application_doc d;
        enum catalog_change change = draw(&w->rng, 2) ? CATALOG_ADD : CATALOG_REMOVE;
        if (p->universal || (change == CATALOG_ADD ? p->count == 2 * APPLICATIONS : p->count < 2)) continue;
        if (change == CATALOG_ADD) {
            if (!application_new(w, p)) continue;
            d = application_doc(&f->arena, &p->list[p->count - 1]);
        } else {
            int at = (int)draw(&w->rng, (unsigned)p->count);
            d = application_doc(&f->arena, &p->list[at]);
            d.line = 999;
            for (p->count--; at < p->count; at++) p->list[at] = p->list[at + 1];
        }
        enum err e = catalog_loader_application(l, change, slice_str(brands[p->brand]), number_name(&f->arena, i), slice_str(types[p->type]), &d, &why);
        if (e != ERR_OK) fail_msg("%s", why.message);
        done++;
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    assert_true(done > count / 4);
    fixture_refresh(f);
}

static struct world *world_open(struct fixture *f, uint64_t seed) {
    struct world *w = malloc(sizeof *w);
    assert_non_null(w);
    fixture_open(f);
    world_random(w, seed);
    vehicles_load(f, w);
    catalogue_load(f, w);
    assert_true(exclusions_put(f, w) > 100);
    return w;
}

static void world_close(struct fixture *f, struct world *w) {
    fixture_close(f);
    free(w);
}

// `one` is asked `rounds` times in each of the worlds, with an empty arena; it counts what it met.
struct counts { unsigned asked, several, wide, nothing_left, kept, questions, fits; };
typedef void world_fn(struct fixture *f, struct world *w, int n, struct counts *counts);
static void worlds_each(uint64_t first, uint64_t last, int rounds, world_fn *one, struct counts *counts) {
    for (uint64_t seed = first; seed <= last; seed++) {
        struct fixture f;
        struct world *w = world_open(&f, seed);
        for (int n = 0; n < rounds; n++) {
            arena_reset(&f.arena);
            one(&f, w, n, counts);
        }
        world_close(&f, w);
    }
}

static void test_verdicts(void **state) {
    (void)state;
    struct seen seen = {0};
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fixture f;
        struct world *w = world_open(&f, seed);
        compare(&f, w, 60, &seen);
        change_some(&f, w, 60);
        compare(&f, w, 40, &seen);
        fixture_merge_all(&f);
        compare(&f, w, 30, &seen);
        world_close(&f, w);
    }
    assert_true(seen.compared > 10000 && seen.several > 20);
    for (int v = 0; v < 5; v++) assert_true(seen.verdicts[v] > 100);
}

// ---- both directions ----------------------------------------------------------------------------------------------------------------------
// "2012-2014,2016" names a year
static bool years_name(struct slice years, int year) {
    while (years.p && years.n) {
        struct slice to = slice_cut(&years, ','), from = slice_cut(&to, '-');
        uint64_t a, b;
        assert_true(slice_u64(from, &a));
        if (to.p) assert_true(slice_u64(to, &b));
        else b = a;
        if ((uint64_t)year >= a && (uint64_t)year <= b) return true;
    }
    return false;
}

static void test_both_directions(void **state) {
    (void)state;
    unsigned listed = 0, not_listed = 0;
    for (uint64_t seed = 11; seed <= 14; seed++) {
        struct fixture f;
        struct world *w = world_open(&f, seed);
        for (int p = 0; p < PRODUCTS; p++) {
            struct product_lines lines;
            arena_reset(&f.arena);
            assert_int_equal(product_lines(f.view, product_id(&f, p), &lines), ERR_OK);
            for (int car = 0; car < CARS; car++) {
                struct plain_k plain = {.count = 1, .cars = {car}, .only = -1};
                struct knowledge k;
                struct match m;
                bool expected = false, got = false, any_make = false;
                struct slice model = arena_printf(&f.arena, "make%d/model%d", make_of(car), model_of(car));
                for (int j = 0; j < w->products[p].count; j++) {
                    const struct plain_application *a = &w->products[p].list[j];
                    any_make |= a->make < 0;
                    expected |= a->make >= 0 && application_standing(w, &plain, p, a) > 0;
                }
                for (unsigned i = 0; i < lines.count; i++)
                    got |= lines.list[i].make && slice_eq(names_text(f.view, NAMES_MODEL, lines.list[i].model), model) &&
                           years_name(lines.list[i].years, year_of(car));
                if (got != expected) fail_msg("seed %d product %d car %d: listed %d, expected %d", (int)seed, p, car, got, expected);
                assert_true(k_build(&f, w, &plain, &k));
                assert_int_equal(fitment_verdict(f.view, &k, product_id(&f, p), &m), ERR_OK);
                bool fits = m.verdict == VERDICT_FITS || m.verdict == VERDICT_CONDITIONAL;
                if (!w->products[p].universal && !any_make) assert_int_equal(fits, got);
                listed += got;
                not_listed += !got;
            }
        }
        world_close(&f, w);
    }
    assert_true(listed > 300 && not_listed > 300);
}

// ---- the question ------------------------------------------------------------------------------------------------------------------------
// The measure: for each attribute that terms of undecided products name (or that tells configurations apart some of which are excluded) and
// each condition they leave open, the products still undecided after the answer, on average over its options, each weighing as many
// configurations as have it and at least one; where a configuration does not know the value, "none of those named" is an option too. What
// settles something at all goes first, then the fewest undecided, then levels of the car before attributes before conditions, then the order
// of ids. A level is make, model or year, where the cars of K differ in it; its options are theirs.
enum { NO_LEVEL = -1, LEVEL_MAKE, LEVEL_MODEL, LEVEL_YEAR, LEVELS };
struct plain_candidate {
    int level, attr, condition; // -1: another is meant
    unsigned shown, weights[8], possible[8], undecided[8]; // shown: bits of the values; OTHER is one more where it has a weight
    bool decides;
    double left;
};

static unsigned attr_id(struct fixture *f, int attr) {
    uint32_t id = 0;
    (void)names_find(f->view->snapshot, NAMES_ATTRIBUTE, slice_str(attr_names[attr]), &id);
    return id;
}

static unsigned condition_id(struct fixture *f, int condition) {
    uint32_t id = 0;
    (void)condition_find(f->view, slice_from(condition_name(f, condition), 5), &id);
    return id;
}

static void count_products(const struct world *w, const struct plain_k *k, const bool *keep, unsigned *possible_out, unsigned *undecided) {
    *possible_out = *undecided = 0;
    for (int p = 0; p < PRODUCTS; p++) {
        enum verdict v = keep[p] ? plain_verdict(w, k, p) : VERDICT_NO;
        *possible_out += v >= VERDICT_CONDITIONAL;
        *undecided += v == VERDICT_CONDITIONAL;
    }
}

static int level_value(int level, int car) {
    return level == LEVEL_MAKE ? make_of(car) : level == LEVEL_MODEL ? make_of(car) * MODELS + model_of(car) : year_of(car) - 2010;
}

static struct plain_k k_with(const struct world *w, const struct plain_k *k, const struct plain_candidate *c, int option) {
    struct plain_k with = *k;
    if (c->level != NO_LEVEL) {
        with.count = 0;
        for (int n = 0; n < k->count; n++)
            if (level_value(c->level, k->cars[n]) == option) with.cars[with.count++] = k->cars[n];
    } else if (c->attr < 0) with.condition[c->condition] = option ? 'n' : 'y';
    else {
        with.answer[c->attr] = 1u << option;
        with.dont_know[c->attr] = false;
    }
    cars_drop(w, &with);
    return with;
}

// What of one car is undecided about a product: which attributes and conditions it hangs on, and the values its applications name.
static void candidates_of_car(const struct world *w, const struct plain_k *k, int p, int car, bool *attrs, bool *conditions, unsigned *named) {
    const struct plain_product *x = &w->products[p];
    struct plain_k alone = *k;
    alone.cars[0] = car;
    alone.count = 1;
    enum verdict v = plain_verdict(w, &alone, p);
    if (v < VERDICT_CONDITIONAL) return;
    bool is_out = false;
    unsigned known[ATTRS] = {0};
    for (int c = 0; c < w->counts[car]; c++) {
        if (!possible(w, k, car, c)) continue;
        is_out |= excluded(w, p, car, c);
        for (int a = 0; a < ATTRS; a++) known[a] |= w->cars[car][c][a];
    }
    for (int a = 0; a < ATTRS && v == VERDICT_CONDITIONAL && is_out; a++) attrs[a] |= __builtin_popcount(known[a]) > 1;
    for (int j = 0; j < x->count; j++) {
        const struct plain_application *app = &x->list[j];
        if (!plain_covers(app, car)) continue;
        bool matches = v == VERDICT_CONDITIONAL && application_standing(w, &alone, p, app) > 0;
        for (int a = 0; a < ATTRS; a++) {
            named[a] |= app->term[a];
            attrs[a] |= matches && app->term[a];
        }
        if (matches && app->condition >= 0) conditions[app->condition] = true;
    }
}

static void candidate_weigh(const struct world *w, const struct plain_k *k, const bool *keep, unsigned named, struct plain_candidate *c) {
    unsigned all, open, options = 0;
    double sum = 0, weight = 0;
    bool unknown = false;
    for (int n = 0; n < k->count && c->attr >= 0; n++)
        for (int i = 0; i < w->counts[k->cars[n]]; i++) {
            unsigned bit = w->cars[k->cars[n]][i][c->attr];
            if (!possible(w, k, k->cars[n], i)) continue;
            unknown |= !bit;
            if (bit) c->weights[bit_index(bit)]++;
            c->shown |= bit;
        }
    for (int n = 0; n < k->count && c->level != NO_LEVEL; n++)
        for (int i = 0; i < w->counts[k->cars[n]]; i++) {
            int value = level_value(c->level, k->cars[n]);
            c->shown |= 1u << value;
            c->weights[value] += possible(w, k, k->cars[n], i);
        }
    if (c->level == NO_LEVEL && c->attr < 0) c->shown = 3;
    else if (c->attr >= 0 && unknown) c->shown |= named & (k->answer[c->attr] ? k->answer[c->attr] : ~0u);
    count_products(w, k, keep, &all, &open);
    for (int o = 0; o < 8; o++) {
        if (!(c->shown >> o & 1) && !(o == OTHER && c->attr >= 0 && unknown && !k->answer[c->attr])) continue;
        struct plain_k with = k_with(w, k, c, o);
        double weighs = c->weights[o] ? c->weights[o] : 1;
        count_products(w, &with, keep, &c->possible[o], &c->undecided[o]);
        c->decides |= c->undecided[o] < open || c->possible[o] < all;
        sum += weighs * c->undecided[o];
        weight += weighs;
        options++;
    }
    c->left = weight > 0 ? sum / weight : 1e30;
    if (!c->shown || (!c->decides && options < 2)) c->left = -1; // not worth asking
    if (c->level != NO_LEVEL && options < 2) c->left = -1;
}

static bool goes_before(struct fixture *f, const struct plain_candidate *a, const struct plain_candidate *b) {
    if (a->decides != b->decides) return a->decides;
    if (a->left < b->left || a->left > b->left) return a->left < b->left;
    if (a->level != b->level) return b->level == NO_LEVEL || (a->level != NO_LEVEL && a->level < b->level);
    if ((a->attr < 0) != (b->attr < 0)) return a->attr >= 0;
    return a->attr >= 0 ? attr_id(f, a->attr) < attr_id(f, b->attr) : condition_id(f, a->condition) < condition_id(f, b->condition);
}

// False: there is nothing to ask.
static bool plain_question(struct fixture *f, const struct world *w, const struct plain_k *k, const bool *keep, struct plain_candidate *best) {
    bool attrs[ATTRS] = {false}, conditions[CONDITIONS] = {false}, any = false;
    unsigned named[ATTRS] = {0}, all, open;
    for (int p = 0; p < PRODUCTS; p++)
        for (int n = 0; n < k->count; n++)
            if (keep[p] && plain_verdict(w, k, p) == VERDICT_CONDITIONAL) candidates_of_car(w, k, p, k->cars[n], attrs, conditions, named);
    count_products(w, k, keep, &all, &open);
    for (int level = 0; level < LEVELS && open; level++) {
        struct plain_candidate c = {.level = level, .attr = -1, .condition = -1};
        candidate_weigh(w, k, keep, 0, &c);
        if (c.left < 0) continue;
        if (!any || goes_before(f, &c, best)) *best = c;
        any = true;
    }
    for (int i = 0; i < ATTRS + CONDITIONS && k->count <= QUESTION_VEHICLES; i++) {
        struct plain_candidate c = {.level = NO_LEVEL, .attr = i < ATTRS ? i : -1, .condition = i < ATTRS ? -1 : i - ATTRS};
        bool asked = i < ATTRS ? k->dont_know[i] || __builtin_popcount(k->answer[i]) == 1 : k->condition[i - ATTRS] != 0;
        if (asked || !(i < ATTRS ? attrs[i] : conditions[i - ATTRS])) continue;
        candidate_weigh(w, k, keep, i < ATTRS ? named[i] : 0, &c);
        if (c.left < 0) continue;
        if (!any || goes_before(f, &c, best)) *best = c;
        any = true;
    }
    return any;
}

static int level_option(struct fixture *f, const struct question *q, unsigned i) {
    uint32_t value = q->options[i].value;
    for (int car = 0; car < CARS && q->level != CAR_YEAR; car++) {
        struct slice make = make_name(&f->arena, make_of(car)), model = arena_printf(&f->arena, "make%d/model%d", make_of(car), model_of(car));
        if (q->level == CAR_MAKE && slice_eq(names_text(f->view, NAMES_MAKE, value), make)) return level_value(LEVEL_MAKE, car);
        if (q->level == CAR_MODEL && slice_eq(names_text(f->view, NAMES_MODEL, value), model)) return level_value(LEVEL_MODEL, car);
    }
    return (int)value - 2010;
}

static int option_of(struct fixture *f, const struct question *q, int attr, unsigned i) {
    if (q->asks_level) return level_option(f, q, i);
    if (attr < 0) return q->options[i].answer == 'y' ? 0 : 1;
    for (int v = 0; v < 3; v++)
        if (slice_is(names_text(f->view, NAMES_VALUE + q->attr, q->options[i].value), attr_values[attr][v])) return v;
    fail_msg("an option nobody named");
    return -1;
}

// Its options say what asking again with the answer finds.
static void options_check(struct fixture *f, const struct world *w, const struct plain_k *k, const bool *keep, const struct question *q,
                          const struct plain_candidate *expected) {
    assert_int_equal(q->option_count, __builtin_popcount(expected->shown));
    for (unsigned i = 0; i < q->option_count; i++) {
        int o = option_of(f, q, expected->attr, i);
        struct plain_k with = k_with(w, k, expected, o);
        struct knowledge again;
        struct fitment found;
        unsigned kept = 0;
        if (!(expected->shown >> o & 1)) fail_msg("an option that is none");
        if (q->options[i].count != expected->possible[o]) fail_msg("option %d: %u, expected %u", o, q->options[i].count, expected->possible[o]);
        assert_true(k_build(f, w, &with, &again));
        assert_int_equal(fitment_find(f->view, &again, 0, true, &found), ERR_OK);
        for (int p = 0; p < PRODUCTS; p++) {
            uint32_t id = product_id(f, p);
            for (unsigned m = 0; m < found.count; m++) kept += keep[p] && found.matches[m].product == id;
        }
        assert_int_equal(q->options[i].count, kept);
    }
}

static unsigned question_check(struct fixture *f, struct world *w, const struct plain_k *plain, const struct knowledge *k, bool some) {
    struct fitment found;
    struct question *q;
    struct plain_candidate expected = {0};
    bool keep[PRODUCTS];
    uint8_t *bytes = some ? ARENA_ARRAY(&f->arena, uint8_t, PRODUCTS) : NULL;
    unsigned all, open;
    assert_int_equal(fitment_find(f->view, k, 0, true, &found), ERR_OK);
    for (int p = 0; p < PRODUCTS; p++) {
        uint32_t id = product_id(f, p);
        keep[p] = !some || draw(&w->rng, 2);
        for (unsigned m = 0; m < found.count && some; m++)
            if (found.matches[m].product == id) bytes[m] = keep[p];
    }
    assert_int_equal(fitment_question(f->view, &found, bytes, &q), ERR_OK);
    bool any = plain_question(f, w, plain, keep, &expected);
    count_products(w, plain, keep, &all, &open);
    if (open == 0) assert_null(q);
    assert_int_equal(q != NULL, any);
    if (!q) return 0;
    if (q->asks_level ? (int)q->level != expected.level : expected.level != NO_LEVEL)
        fail_msg("level %d is asked, expected %d, which leaves %f", q->asks_level ? (int)q->level : NO_LEVEL, expected.level, expected.left);
    if (q->asks_level) assert_true(q->attr == 0 && q->condition == 0);
    else if (expected.attr >= 0 ? q->attr != attr_id(f, expected.attr) : q->attr || q->condition != condition_id(f, expected.condition))
        fail_msg("attribute %u or condition %u is asked, expected %d or %d, which leaves %f", q->attr, q->condition, expected.attr, expected.condition,
                 expected.left);
    options_check(f, w, plain, keep, q, &expected);
    return 1;
}

static void question_is_the_best_once(struct fixture *f, struct world *w, int n, struct counts *counts) {
    struct plain_k plain;
    struct knowledge k;
    k_random(w, &plain);
    if (!k_build(f, w, &plain, &k)) return;
    unsigned one = question_check(f, w, &plain, &k, n % 3 == 0);
    counts->asked += one;
    counts->several += one && plain.count > 1;
    counts->wide += one && plain.count > QUESTION_VEHICLES;
}

static void test_question_is_the_best(void **state) {
    (void)state;
    struct counts counts = {0};
    worlds_each(21, 25, 80, question_is_the_best_once, &counts);
    assert_true(counts.asked > 150 && counts.several > 20 && counts.wide > 3);
}

// ---- a car named by words ------------------------------------------------------------------------------------------------------------------
// Which cars "make1 model0 2011-2013" are, with a customer's own answers; the years may be open.
static void words_random(struct fixture *f, struct world *w, struct plain_k *plain, struct car_reading *r) {
    int make = (int)draw(&w->rng, MAKES), model = draw(&w->rng, 3) ? (int)draw(&w->rng, MODELS) : -1;
    int from = draw(&w->rng, 2) ? 2010 + (int)draw(&w->rng, YEARS) : 0, to = from && draw(&w->rng, 2) ? from + (int)draw(&w->rng, 3) : from;
    k_random(w, plain);
    plain->only = -1;
    plain->count = 0;
    *r = (struct car_reading){.model_count = 1, .from = (uint16_t)from, .to = (uint16_t)to};
    assert_int_equal(make_find(f->view, make_name(&f->arena, make), &r->models[0].make), ERR_OK);
    if (model >= 0) assert_int_equal(model_find(f->view, r->models[0].make, model_name(&f->arena, model), &r->models[0].model), ERR_OK);
    for (int car = 0; car < CARS; car++)
        if (make_of(car) == make && (model < 0 || model_of(car) == model) && (!from || (year_of(car) >= from && year_of(car) <= to)))
            plain->cars[plain->count++] = car;
}

static void cars_named_by_words_once(struct fixture *f, struct world *w, int n, struct counts *counts) {
    struct plain_k plain;
    struct car_reading r;
    struct knowledge k;
    struct fault why = {0};
    words_random(f, w, &plain, &r);
    enum err e = knowledge_of_words(f->view, &r, attrs_words(f, &plain), SLICE_NONE, &k, &why);
    cars_drop(w, &plain);
    assert_int_equal(e, plain.count ? ERR_OK : ERR_BAD_REQUEST);
    counts->nothing_left += plain.count == 0;
    counts->several += plain.count > 1;
    if (plain.count == 0) return;
    assert_int_equal(k.vehicle_count, plain.count);
    for (int t = -1; t < TYPES; t++) list_check(f, w, &plain, &k, t, t < 0);
    assert_true(question_check(f, w, &plain, &k, n % 3 == 0) <= 1);
}

static void test_cars_named_by_words(void **state) {
    (void)state;
    struct counts counts = {0};
    worlds_each(41, 43, 80, cars_named_by_words_once, &counts);
    assert_true(counts.several > 100 && counts.nothing_left > 0);
}

// ---- what is kept of a wide K ---------------------------------------------------------------------------------------------------------------
static void questions_same(struct fixture *f, struct world *w, const struct fitment *x, const struct fitment *y) {
    uint8_t keep[PRODUCTS];
    struct question *a, *b;
    for (int n = 0; n < 3; n++) {
        for (unsigned i = 0; i < x->count; i++) keep[i] = n == 0 || draw(&w->rng, 3) > 0;
        assert_int_equal(fitment_question(f->view, x, n == 2 ? NULL : keep, &a), ERR_OK);
        assert_int_equal(fitment_question(f->view, y, n == 2 ? NULL : keep, &b), ERR_OK);
        assert_int_equal(a != NULL, b != NULL);
        if (!a) continue;
        assert_int_equal(a->asks_level, b->asks_level);
        assert_int_equal(a->level, b->level);
        assert_int_equal(a->option_count, b->option_count);
        for (unsigned i = 0; i < a->option_count; i++) assert_memory_equal(&a->options[i], &b->options[i], sizeof *a->options);
    }
}

// Whether the second answer came from what the first one left; both are the one found anew.
static bool kept_check(struct fixture *f, struct world *w, const struct knowledge *k, bool universal) {
    struct fitment anew, first, again;
    assert_int_equal(fitment_find(f->view, k, 0, universal, &anew), ERR_OK);
    assert_int_equal(fitment_find_types(f->view, k, NULL, 0, universal, &first), ERR_OK);
    assert_int_equal(fitment_find_types(f->view, k, NULL, 0, universal, &again), ERR_OK);
    const struct fitment *both[] = {&first, &again};
    for (unsigned n = 0; n < 2; n++) {
        assert_int_equal(both[n]->count, anew.count);
        for (unsigned i = 0; i < anew.count; i++) assert_memory_equal(&both[n]->matches[i], &anew.matches[i], sizeof *anew.matches);
        questions_same(f, w, &anew, both[n]);
    }
    return again.levels && !again.parts.count;
}

static void rule_out(struct fixture *f, int car) {
    struct txn *t;
    struct fault why = {0};
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    for (int p = 0; p < PRODUCTS; p++)
        assert_int_equal(exclusion_put(t, &f->arena, product_name(&f->arena, p), car_slug(&f->arena, car), 1, SLICE("me"), SLICE("tried it"), &why), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    fixture_refresh(f);
}

// Whole makes and models with answers: each asked for twice, then again after an owner has ruled something out.
static void kept_is_found_anew_once(struct fixture *f, struct world *w, int n, struct counts *counts) {
    struct plain_k plain;
    struct knowledge k;
    if (n == 31) rule_out(f, (int)draw(&w->rng, CARS));
    k_random(w, &plain);
    if (n % 10 == 0) plain = (struct plain_k){0}; // the same before and after
    plain.count = 0;
    plain.only = -1;
    for (int car = 0; car < CARS; car++) plain.cars[plain.count++] = car;
    if (!k_build(f, w, &plain, &k) || k.vehicle_count <= QUESTION_VEHICLES) return;
    counts->asked++;
    counts->kept += kept_check(f, w, &k, n % 2 == 0);
}

static void test_kept_is_found_anew(void **state) {
    (void)state;
    struct counts counts = {0};
    worlds_each(61, 64, 60, kept_is_found_anew_once, &counts);
    assert_true(counts.asked > 50 && counts.kept > counts.asked / 2);
}

// ---- where questions lead -------------------------------------------------------------------------------------------------------------------
// One product alone, as its own page asks: the question is about it.
static void product_question_check(struct fixture *f, const struct world *w, const struct plain_k *plain, const struct knowledge *k, int p) {
    bool keep[PRODUCTS] = {false};
    struct plain_candidate expected = {0};
    struct fitment found;
    struct match m;
    struct question *q;
    keep[p] = true;
    assert_int_equal(fitment_of_product(f->view, k, product_id(f, p), &m, &found), ERR_OK);
    assert_int_equal(fitment_question(f->view, &found, NULL, &q), ERR_OK);
    assert_int_equal(q != NULL, plain_question(f, w, plain, keep, &expected));
    if (!q) return;
    if (expected.attr >= 0) assert_int_equal(q->attr, attr_id(f, expected.attr));
    else assert_int_equal(q->condition, condition_id(f, expected.condition));
    for (unsigned i = 0; i < q->option_count; i++)
        assert_int_equal(q->options[i].count, expected.possible[option_of(f, q, expected.attr, i)]);
}

struct truth { int configuration; unsigned value[ATTRS]; char condition[CONDITIONS]; };

static void truth_random(struct world *w, int car, struct truth *t) {
    t->configuration = (int)draw(&w->rng, (unsigned)w->counts[car]);
    for (int a = 0; a < ATTRS; a++) {
        t->value[a] = w->cars[car][t->configuration][a];
        if (!t->value[a]) t->value[a] = 1u << draw(&w->rng, 3);
    }
    for (int c = 0; c < CONDITIONS; c++) t->condition[c] = draw(&w->rng, 2) ? 'y' : 'n';
}

// Nothing may be left undecided but what an owner has ruled out for a configuration that no attribute tells from the rest.
static void nothing_left_check(const struct world *w, const struct plain_k *k, int car) {
    for (int p = 0; p < PRODUCTS; p++) {
        bool is_out = false;
        unsigned known[ATTRS] = {0};
        if (plain_verdict(w, k, p) != VERDICT_CONDITIONAL) continue;
        for (int c = 0; c < w->counts[car]; c++) {
            if (!possible(w, k, car, c)) continue;
            is_out |= excluded(w, p, car, c);
            for (int a = 0; a < ATTRS; a++) known[a] |= w->cars[car][c][a];
        }
        if (!is_out) fail_msg("product %d of car %d is still conditional and nothing is asked", p, car);
        for (int a = 0; a < ATTRS; a++) assert_true(__builtin_popcount(known[a]) < 2);
    }
}

// The customer whose car is `t` answers what is asked, or now and then that they do not know. Returns how many questions.
static unsigned drive(struct fixture *f, struct world *w, int car, const struct truth *t, bool shrugs) {
    struct plain_k plain = {.count = 1, .cars = {car}, .only = -1};
    bool asked[ATTRS + CONDITIONS] = {false}, unknown = false;
    for (unsigned n = 0;; n++) {
        struct knowledge k;
        struct fitment found;
        struct question *q;
        int at = -1;
        assert_true(n <= ATTRS + CONDITIONS);
        assert_true(k_build(f, w, &plain, &k));
        assert_true(possible(w, &plain, car, t->configuration));
        assert_int_equal(fitment_find(f->view, &k, 0, true, &found), ERR_OK);
        assert_int_equal(fitment_question(f->view, &found, NULL, &q), ERR_OK);
        product_question_check(f, w, &plain, &k, (int)draw(&w->rng, PRODUCTS));
        if (!q && !unknown) nothing_left_check(w, &plain, car);
        if (!q) return n;
        for (int a = 0; a < ATTRS; a++)
            if (q->attr && q->attr == attr_id(f, a)) at = a;
        for (int c = 0; c < CONDITIONS; c++)
            if (!q->attr && q->condition == condition_id(f, c)) at = ATTRS + c;
        assert_true(at >= 0 && !asked[at]);
        asked[at] = true;
        bool shrug = shrugs && draw(&w->rng, 3) == 0;
        unknown |= shrug;
        if (at >= ATTRS) plain.condition[at - ATTRS] = shrug ? '?' : t->condition[at - ATTRS];
        else if (shrug) plain.dont_know[at] = true;
        else plain.answer[at] = t->value[at];
    }
}

static void questions_lead_to_an_end_once(struct fixture *f, struct world *w, int n, struct counts *counts) {
    struct truth t;
    int car = (int)draw(&w->rng, CARS);
    truth_random(w, car, &t);
    counts->questions += drive(f, w, car, &t, n % 3 == 0);
}

static void test_questions_lead_to_an_end(void **state) {
    (void)state;
    struct counts counts = {0};
    worlds_each(31, 34, 60, questions_lead_to_an_end_once, &counts);
    assert_true(counts.questions > 300);
}

// ---- which position, how many ----------------------------------------------------------------------------------------------------------------
static void choices_of(const struct world *w, const struct plain_k *k, int p, unsigned *places, unsigned *numbers) {
    *places = *numbers = 0;
    for (int j = 0; j < w->products[p].count; j++) {
        const struct plain_application *a = &w->products[p].list[j];
        if (application_standing(w, k, p, a) == 0) continue;
        *places |= 1u << a->position;
        *numbers |= 1u << a->quantity;
    }
}

static unsigned question_options(struct fixture *f, const struct question *q) {
    unsigned bits = 0;
    for (unsigned i = 0; i < q->option_count; i++) {
        unsigned value = q->options[i].value, bit = 1u << value;
        if (!q->quantity) {
            struct slice name = value ? names_text(f->view, NAMES_POSITION, value) : SLICE_NONE;
            bit = !value ? 1 : slice_is(name, "front") ? 2 : 4;
        }
        assert_false(bits & bit);
        bits |= bit;
    }
    return bits;
}

// Asks and answers until nothing is asked; what is answered holds of every application left.
static unsigned choose(struct fixture *f, struct world *w, struct plain_k plain, int p) {
    for (unsigned n = 0;; n++) {
        struct knowledge k;
        struct question *q;
        unsigned places, numbers;
        assert_true(n < 3);
        assert_true(k_build(f, w, &plain, &k));
        choices_of(w, &plain, p, &places, &numbers);
        assert_int_equal(fitment_choice_question(f->view, &k, product_id(f, p), &q), ERR_OK);
        bool place = !plain.position_asked && __builtin_popcount(places) > 1, number = !plain.quantity_asked && __builtin_popcount(numbers) > 1;
        assert_int_equal(q != NULL, place || number);
        if (!q) return n;
        assert_false(q->attr || q->condition);
        assert_int_equal(q->quantity, !place);
        unsigned options = question_options(f, q), answer = draw(&w->rng, 4) ? 1u << bit_index(options) : 0;
        assert_int_equal(options, place ? places : numbers);
        if (answer && draw(&w->rng, 2)) answer = options & ~answer;
        if (place) plain.position_asked = true, plain.position = answer;
        else plain.quantity_asked = true, plain.quantity = answer;
        struct match m;
        assert_true(k_build(f, w, &plain, &k));
        assert_int_equal(fitment_verdict(f->view, &k, product_id(f, p), &m), ERR_OK);
        assert_int_equal(m.verdict, plain_verdict(w, &plain, p));
        assert_true(m.verdict >= VERDICT_CONDITIONAL);
        match_check(f, w, &plain, p, &m);
    }
}

static void position_and_quantity_once(struct fixture *f, struct world *w, int n, struct counts *counts) {
    struct plain_k plain;
    struct knowledge k;
    (void)n;
    k_random(w, &plain);
    if (!k_build(f, w, &plain, &k)) return;
    for (int p = 0; p < PRODUCTS; p++) {
        if (plain_verdict(w, &plain, p) != VERDICT_FITS) continue;
        counts->fits++;
        counts->asked += choose(f, w, plain, p);
    }
}

static void test_position_and_quantity(void **state) {
    (void)state;
    struct counts counts = {0};
    worlds_each(41, 43, 60, position_and_quantity_once, &counts);
    assert_true(counts.fits > 200 && counts.asked > 30);
}

// ---- a combination that nobody built -------------------------------------------------------------------------------------------------------
// The manual gearbox M91A came in the coupe alone: "M91A" and "four doors" are each true of some 2008 Accord, together of none.
static void accord_load(struct fixture *f) {
    static const char *const built[][3] = {
        {"2", "M91A", "3.5"}, {"2", "B90A", "2.4"}, {"2", "B97A", "3.5"}, {"4", "B90A", "2.4"}, {"4", "B97A", "3.5"}, {"4", "M92A", "2.4"}};
    struct vehicle_loader *vl = vehicle_loader_new(f->db);
    struct vehicle_load_report vehicles;
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    for (size_t i = 0; i < sizeof built / sizeof *built; i++) {
        struct vehicle_attribute attrs[] = {{SLICE("doors"), slice_str(built[i][0])}, {SLICE("transmission"), slice_str(built[i][1])},
                                            {SLICE("displacement"), slice_str(built[i][2])}};
        struct vehicle_configuration v = {.make = SLICE("Honda"), .model = SLICE("Accord"), .source = SLICE("test"), .year = 2008,
                                          .attributes = attrs, .attribute_count = 3};
        if (vehicle_loader_add(vl, &v, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    assert_int_equal(vehicle_loader_finish(vl, &vehicles, NULL, NULL, &why), ERR_OK);
    vehicle_loader_free(vl);
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (int doors = 2; doors <= 4; doors += 2) {
        struct pair attrs[] = {{SLICE("transmission"), SLICE("M91A")}, {SLICE("doors"), arena_printf(&f->arena, "%d", doors)}};
        struct vehicle_doc car = {.make = SLICE("Honda"), .model = SLICE("Accord"), .year_from = 2008, .year_to = 2008, .attr_count = 2, .attrs = attrs};
        struct application_doc app = {.quantity = 1, .source = SLICE("t"), .vehicle_count = 1, .vehicles = &car};
        struct product_doc d = {.id = arena_printf(&f->arena, "clutch-%d", doors), .brand = SLICE("b"), .number = arena_printf(&f->arena, "C%d", doors),
                                .type = SLICE("clutch"), .title = SLICE("t"), .cny_fen = -1, .usd_cents = -1, .application_count = 1,
                                .applications = &app};
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(f);
}

static uint32_t clutch_of(struct fixture *f, const char *id) {
    uint32_t product;
    assert_int_equal(product_find(f->view, slice_str(id), &product), ERR_OK);
    return product;
}

static void clutch_check(struct fixture *f, const char *attrs, enum verdict two, enum verdict four) {
    struct knowledge k;
    struct match m;
    struct fitment all;
    struct fault why = {0};
    if (knowledge_parse(f->view, SLICE("2008-honda-accord"), slice_str(attrs), SLICE_NONE, &k, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(fitment_verdict(f->view, &k, clutch_of(f, "clutch-2"), &m), ERR_OK);
    assert_int_equal(m.verdict, two);
    assert_int_equal(fitment_verdict(f->view, &k, clutch_of(f, "clutch-4"), &m), ERR_OK);
    assert_int_equal(m.verdict, four);
    assert_int_equal(fitment_find(f->view, &k, 0, true, &all), ERR_OK);
    assert_int_equal(all.count, (two >= VERDICT_CONDITIONAL) + (four >= VERDICT_CONDITIONAL));
}

static void refused_check(struct fixture *f, const char *attrs, const char *legal, const char *illegal) {
    struct knowledge k;
    struct fault why = {0};
    assert_int_equal(knowledge_parse(f->view, SLICE("2008-honda-accord"), slice_str(attrs), SLICE_NONE, &k, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "attrs");
    assert_non_null(strstr(why.message, legal));
    assert_null(strstr(why.message, illegal));
}

static void test_combination_nobody_built(void **state) {
    (void)state;
    struct fixture f;
    struct product_lines lines;
    struct knowledge k;
    struct question *q;
    struct buf b;
    fixture_open(&f);
    accord_load(&f);
    clutch_check(&f, "", VERDICT_CONDITIONAL, VERDICT_NO);
    clutch_check(&f, "transmission:M91A", VERDICT_FITS, VERDICT_NO);
    clutch_check(&f, "transmission:M91A,doors:2", VERDICT_FITS, VERDICT_NO);
    clutch_check(&f, "transmission:M91A,doors:2|4", VERDICT_FITS, VERDICT_NO);
    clutch_check(&f, "doors:4", VERDICT_NO, VERDICT_NO);
    clutch_check(&f, "transmission:M91A|B90A,doors:4", VERDICT_NO, VERDICT_NO);
    refused_check(&f, "transmission:M91A,doors:4", "doors of 2008-honda-accord can be: 2", "4");
    refused_check(&f, "doors:4,transmission:M91A", "B90A", "M91A");
    assert_int_equal(product_lines(f.view, clutch_of(&f, "clutch-4"), &lines), ERR_OK);
    assert_int_equal(lines.count, 0);
    assert_int_equal(lines.vehicles, 0);
    assert_int_equal(product_lines(f.view, clutch_of(&f, "clutch-2"), &lines), ERR_OK);
    assert_int_equal(lines.count, 1);
    assert_int_equal(lines.vehicles, 1);
    assert_false(lines.list[0].whole);
    // Nor is its position or quantity one to choose from, and its reason names what failed.
    struct match m;
    assert_int_equal(knowledge_parse(f.view, SLICE("2008-honda-accord"), SLICE_NONE, SLICE_NONE, &k, NULL), ERR_OK);
    assert_int_equal(fitment_choice_question(f.view, &k, clutch_of(&f, "clutch-4"), &q), ERR_OK);
    assert_null(q);
    assert_int_equal(fitment_verdict(f.view, &k, clutch_of(&f, "clutch-4"), &m), ERR_OK);
    buf_init(&b, &f.arena, 1024);
    struct json_writer json = json_writer_of(&b);
    assert_int_equal(fitment_explain(f.view, &k, &m, 10, NULL, false, &json), ERR_OK);
    buf_char(&b, 0);
    assert_non_null(strstr(b.p, "\"failed\":[\"doors\",\"transmission\"]"));
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_both_directions),
        cmocka_unit_test(test_question_is_the_best), cmocka_unit_test(test_cars_named_by_words),
        cmocka_unit_test(test_kept_is_found_anew),
        cmocka_unit_test(test_questions_lead_to_an_end),
        cmocka_unit_test(test_position_and_quantity),
        cmocka_unit_test(test_combination_nobody_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
