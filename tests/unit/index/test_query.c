// What queries mean, over a small vocabulary and catalogue: every role, guesses, doubts, readings, what is given up; the best path
// beside a brute force over all segmentations; and that no text, however hostile, breaks the bounds.
#include "index_fixture.h"

#include <string.h>

#include "index/catalog.h"
#include "index/query_sense.h"
#include "index/search.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"

static const char types_tsv[] =
    "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
    "oil_filter\tpart\tOil Filter\t机油滤清器\tengine oil filter\t机滤|机油格\t\t10000\t12\t\t\tfilters\n"
    "brake_pad\tpart\tBrake Pads\t刹车片\tbrake pad\t刹车皮|來令片\t\t40000\t36\tfront|rear\t\tbrakes\n"
    "spark_plug\tpart\tSpark Plug\t火花塞\t\t\t\t0\t0\t\t\tignition\n"
    "tyre\ttyre\tTyre\t轮胎\ttire\t\t\t0\t0\t\tsize\ttyres\n"
    "engine_oil\tfluid\tEngine Oil\t机油\t\t\t\t0\t0\t\tgrade\tfluids\n"
    "headlight_bulb\tpart\tHeadlight Bulb\t大灯灯泡\t\t\t\t0\t0\t\tbulb\tlights\n"
    "maintenance\tservice\tMaintenance\t保养\t\t小保养|4万公里保养\t\t0\t0\t\t\tservices\n";
static const char brands_tsv[] = "id\tname\tname_zh\taliases\ttypes\ttier\tcountry\n"
                                 "alpha\tAlpha\t阿尔法\tAlpha火花塞\toil_filter\t2\tDE\nbeta\tBeta\t贝塔\t\tbrake_pad\t2\tDE\n";
static const char makes_tsv[] = "make\tname_zh\taliases\tpinyin_sort\tcn_order\nVolkswagen\t大众\tVW\tD\t2\nAudi\t奥迪\t\tA\t3\n"
                                "Honda\t本田\t\tB\t4\nPeugeot\t标致\t\tB\t5\nLexus\t雷克萨斯\t\tL\t6\n";
static const char models_tsv[] = "make\tmodel\tname_zh\taliases\nVolkswagen\tGolf\t高尔夫\t\nVolkswagen\tPassat\t帕萨特\t\n"
                                 "Honda\tCivic\t思域\t\n";
static const char car_words_tsv[] = "phrases\tmake\tmodels\tfrom\tto\tattrs\trole\tmarket\n"
                                    "高7|golf 7|mk7\tVolkswagen\tGolf\t2013\t2019\t\tgeneration\t\n"
                                    "b8\tAudi\tA4\t2008\t2015\t\tgeneration\t\nb8\tVolkswagen\tPassat\t2015\t2019\t\tgeneration\t\n"
                                    "280tsi\tVolkswagen\tGolf|Passat\t\t\tdisplacement:1.4\tbadge\t\n"
                                    "柴油|diesel\t\t\t\t\tfuel:diesel\tattribute\t\n"
                                    "twins\t\t\t\t\tfuel:diesel\tattribute\t\ntwins\t\t\t\t\tfuel:gasoline\tattribute\t\n";
static const char positions_tsv[] = "positions\tphrases\nfront|front_left|front_right\t前|front\nrear|rear_left|rear_right\t后|rear\n";
static const char fillers_tsv[] = "phrases\n适用|for|的\n";
static const char codes_tsv[] = "code\turgency\ttypes\ttext\ttext_zh\nP0300\tsoon\tspark_plug\tMisfire\t失火\n";

struct car_row { const char *make, *model; unsigned from, to; const char *displacement; };
static const struct car_row car_rows[] = {
    {"Volkswagen", "Golf", 2010, 2020, "1.4"}, {"Volkswagen", "Golf", 2010, 2020, "2.0"}, {"Volkswagen", "Passat", 2010, 2019, "1.4"},
    {"Audi", "A4", 2008, 2018, "2.0"},         {"Honda", "Civic", 2010, 2018, "1.5"},     {"Peugeot", "2008", 2014, 2019, "1.6"},
    {"Lexus", "ES", 2012, 2018, "2.5"},       {"Audi", "MK7", 2010, 2015, "2.0"}};

struct row { const char *id, *brand, *number, *type, *title, *model; const char *attr, *value; unsigned from, to; };
static const struct row rows[] = {
    {"f1", "Alpha", "W 719/30", "oil_filter", "Alpha Oil Filter W719/30", "Golf", NULL, NULL, 2013, 2020},
    {"f2", "Alpha", "W 712/52", "oil_filter", "Alpha Oil Filter W712/52", "Golf", NULL, NULL, 2010, 2012},
    {"p1", "Beta", "BP-10001", "brake_pad", "Beta Ceramic Brake Pads", "Golf", NULL, NULL, 2010, 2020},
    {"t1", "Beta", "T-20555", "tyre", "Beta Sport 205/55R16", NULL, "size", "205/55R16", 0, 0},
    {"t2", "Beta", "T-22545", "tyre", "Beta Sport 225/45R17", NULL, "size", "225/45R17", 0, 0},
    {"s1", "Alpha", "SP-30001", "spark_plug", "Alpha Iridium Spark Plug", "Golf", NULL, NULL, 2010, 2020}};
enum { CARS = sizeof car_rows / sizeof *car_rows, ROWS = sizeof rows / sizeof *rows };

// ---- the catalogue ----------------------------------------------------------------------------------------------------------------
static void vehicles_load(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (unsigned i = 0; i < CARS; i++)
        for (unsigned year = car_rows[i].from; year <= car_rows[i].to; year++) {
            struct vehicle_attribute attrs[2] = {{SLICE("displacement"), slice_str(car_rows[i].displacement)}, {SLICE("fuel"), SLICE("gasoline")}};
            struct vehicle_configuration c = {.make = slice_str(car_rows[i].make), .model = slice_str(car_rows[i].model),
                                              .source = SLICE("test"), .year = year, .attribute_count = 2, .attributes = attrs};
            assert_int_equal(vehicle_loader_add(l, &c, &why), ERR_OK);
        }
    if (vehicle_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicle_loader_free(l);
}

static void product_add(struct fixture *f, struct catalog_loader *l, const struct row *r) {
    struct fault why = {0};
    struct vehicle_doc car = {.make = SLICE("Volkswagen"), .model = slice_str(r->model ? r->model : ""), .year_from = (uint16_t)r->from,
                              .year_to = (uint16_t)r->to};
    struct application_doc app = {.quantity = 1, .source = SLICE("test"), .vehicle_count = 1, .vehicles = &car};
    struct pair attr = {slice_str(r->attr ? r->attr : ""), slice_str(r->value ? r->value : "")};
    struct product_doc d = {.id = slice_str(r->id), .brand = slice_str(r->brand), .number = slice_str(r->number), .type = slice_str(r->type),
                            .title = slice_str(r->title), .cny_fen = 100, .usd_cents = -1, .attrs = &attr, .attr_count = r->attr != NULL,
                            .applications = &app, .application_count = r->model != NULL};
    if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
}

static int setup(void **state) {
    struct fixture *f = fixture_begin(state);
    struct fault why = {0};
    struct catalog_loader *l;
    struct catalog_report report;
    const char *dir = fixture_fact(f, "types.tsv", types_tsv);
    fixture_fact(f, "brands.tsv", brands_tsv);
    fixture_fact(f, "makes.tsv", makes_tsv);
    fixture_fact(f, "models_zh.tsv", models_tsv);
    fixture_fact(f, "car_words.tsv", car_words_tsv);
    fixture_fact(f, "positions.tsv", positions_tsv);
    fixture_fact(f, "fillers.tsv", fillers_tsv);
    fixture_fact(f, "trouble_codes.tsv", codes_tsv);
    fixture_fact(f, "attributes.tsv", "name\tlabel\tlabel_zh\tunit\torder\tkind\tvalues\ndisplacement\tEngine size\t排量\tL\t2\tnumber\t\n"
                                       "fuel\tFuel\t燃料\t\t3\tenum\tgasoline=Gasoline=汽油|diesel=Diesel=柴油\n"
                                       "aspiration\tAspiration\t进气\t\t4\tenum\tna=Natural=自吸|turbo=Turbo=涡轮\n");
    if (vocabulary_load(f->db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicles_load(f);
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (unsigned i = 0; i < ROWS; i++) product_add(f, l, &rows[i]);
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    if (vehicle_names_rebuild(f->db, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
    return 0;
}

// ---- roles ------------------------------------------------------------------------------------------------------------------------
static struct understood understand(struct fixture *f, const char *q) {
    struct understood u;
    assert_int_equal(query_understand(f->view, slice_str(q), false, &u), ERR_OK);
    return u;
}

// "type:机滤 year:18款 text:x": chips, then what stays over.
static const char *told(struct fixture *f, const char *q) {
    static const char *const hows[SPAN_HOWS] = {"", "+", "~", "*", "^"};
    struct understood u = understand(f, q);
    struct buf b;
    buf_init(&b, &f->arena, 128);
    for (unsigned i = 0; i < u.chip_count; i++)
        buf_printf(&b, "%s%s%s:%.*s", b.n ? " " : "", hows[u.chips[i].how], query_role_name(u.chips[i].role), (int)u.chips[i].n, u.folded.p + u.chips[i].at);
    if (u.unknown_car.n) buf_printf(&b, " unknown:%.*s", SLICE_ARGS(u.unknown_car));
    for (unsigned i = 0; i < u.word_count; i++) buf_printf(&b, "%stext:%.*s", b.n ? " " : "", SLICE_ARGS(u.words[i]));
    if (u.number_like.n) buf_printf(&b, "%spiece:%.*s", b.n ? " " : "", SLICE_ARGS(u.number_like));
    buf_char(&b, 0);
    return b.p;
}

static void roles(void **state) {
    static const char *const cases[][2] = {
        {"18款高尔夫1.4T机滤", "year:18款 model:高尔夫 attribute:1.4t type:机滤"},
        {"golf 7 oil filter", "generation:golf 7 type:oil filter"},
        {"vw golf 280TSI 前刹车片", "make:vw model:golf badge:280tsi position:前 type:刹车片"},
        {"alpha 机油格", "brand:alpha type:机油格"},
        {"Alpha火花塞", "brand:alpha type:火花塞"}, // a brand's alias that holds its type
        {"205 55 16", "spec:205 55 16"},
        {"5W-30 机油", "spec:5w-30 type:机油"},
        {"H7 大灯灯泡", "spec:h7 type:大灯灯泡"},
        {"P0300 golf", "trouble_code:p0300 model:golf"},
        {"4万公里保养 思域", "type:4万公里保养 model:思域"},
        {"W719/30", "number:w719/30"},
        {"alpha w 719/30", "brand:alpha number:w 719/30"},
        {"ceramic 刹车片", "type:刹车片 text:ceramic"},
        {"適用 高爾夫 機油濾清器", "filler:适用 model:高尔夫 type:机油滤清器"}, // Traditional
        {"柴油 golf", "attribute:柴油 model:golf"},
        {"2018golf", "year:2018 model:golf"},
        {"二零一八款高尔夫", "year:2018款 model:高尔夫"},
        {"", ""},
        {"?!(),", ""},
    };
    struct fixture *f = *state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(told(f, cases[i][0]), cases[i][1]) != 0) fail_msg("'%s': '%s', expected '%s'", cases[i][0], told(f, cases[i][0]), cases[i][1]);
}

static void guesses(void **state) {
    static const char *const cases[][2] = {
        {"golf oil filtr", "model:golf ~type:oil filtr"}, {"volkswagan golf", "~make:volkswagan model:golf"},
        {"gaoerfu jilv", "*model:gaoerfu *type:jilv"},    {"gaoerfujilv", "*model:gaoerfu *type:jilv"},
        {"golf oil fil", "model:golf +type:oil fil"},     {"oli filter", "~type:oli filter"},
        {"高而夫 机滤", "~model:高而夫 type:机滤"}};
    struct fixture *f = *state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(told(f, cases[i][0]), cases[i][1]) != 0) fail_msg("'%s': '%s', expected '%s'", cases[i][0], told(f, cases[i][0]), cases[i][1]);
    struct understood u = understand(f, "golf oil filtr");
    assert_int_equal(u.correction_count, 1);
    assert_true(slice_is(u.corrections[0].from, "oil filtr") && slice_is(u.corrections[0].to, "oil filter"));
}

// What means a car only where something says so.
static void doubts(void **state) {
    struct fixture *f = *state;
    assert_int_equal(understand(f, "es 刹车片").reading_count, 0);
    assert_int_equal(understand(f, "雷克萨斯es 刹车片").readings[0].model_count, 1);
    struct understood u = understand(f, "2008 思域"); // a year beside another make's model
    assert_int_equal(u.readings[0].from, 2008);
    assert_int_equal(u.readings[0].model_count, 1);
    u = understand(f, "标致2008"); // the model beside its make
    assert_int_equal(u.readings[0].model_count, 1);
    assert_int_not_equal(u.readings[0].models[0].model, 0);
    assert_int_equal(u.readings[0].from, 0);
    u = understand(f, "audi mk7"); // a generation of another make's, and a model of this one's
    assert_true(u.readings[0].model_count == 1 && u.readings[0].models[0].model != 0 && !u.unknown_car.n);
    assert_int_equal(understand(f, "h7").spec_count, 1);   // all of the query
    assert_int_equal(understand(f, "奥迪h7").spec_count, 0); // rather a model nobody knows
}

static void readings(void **state) {
    struct fixture *f = *state;
    struct understood u = understand(f, "b8 刹车片");
    assert_int_equal(u.reading_count, 2); // an A4 or a Passat
    assert_int_equal(understand(f, "奥迪 b8").reading_count, 1);
    assert_int_equal(understand(f, "passat b8").reading_count, 1);
    u = understand(f, "golf 7 2012"); // excluded by the generation's years
    assert_true(u.unknown_car.n > 0);
    u = understand(f, "golf 280tsi 2.0"); // a badge and an engine that differ: either may be, in any order
    assert_true(slice_is(u.readings[0].attrs, "displacement:2.0|1.4"));
    assert_true(slice_is(u.certain_attrs[0], "displacement:2.0"));
    u = understand(f, "2015-2018 golf");
    assert_true(u.readings[0].from == 2015 && u.readings[0].to == 2018);
    u = understand(f, "后 刹车片");
    assert_true(u.position_tells && slice_starts(u.position, SLICE("rear")));
    assert_false(understand(f, "后 火花塞").position_tells);
    u = understand(f, "P0300");
    assert_true(u.code_count == 1 && u.types_implied && u.type_count == 1);
    assert_int_equal(understand(f, "4万公里保养").distance_km, 40000);
}

// ---- the search -------------------------------------------------------------------------------------------------------------------
static struct search_result search(struct fixture *f, const char *q, const char *vehicle, const char *attrs) {
    struct fault why = {0};
    struct knowledge *k = ARENA_NEW(&f->arena, struct knowledge);
    struct filter *filter = ARENA_NEW(&f->arena, struct filter);
    struct search_result r;
    if (*vehicle && knowledge_parse(f->view, slice_str(vehicle), slice_str(attrs), SLICE_NONE, k, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(filter_parse(f->view, SLICE_NONE, CURRENCY_CNY, filter, &why), ERR_OK);
    struct search_query query = {.q = slice_str(q), .k = k, .vehicle = slice_str(vehicle), .attrs = slice_str(attrs), .filter = filter};
    if (search_run(f->view, &query, &r, &why) != ERR_OK) fail_msg("'%s': %s", q, why.message);
    return r;
}

static bool found(struct fixture *f, const struct search_result *r, const char *id, enum verdict verdict) {
    for (unsigned i = 0; i < r->count; i++) {
        struct product p;
        assert_int_equal(product_load(f->view, r->hits[i].match.product, &p), ERR_OK);
        if (slice_is(p.external_id, id)) return r->hits[i].match.verdict == verdict;
    }
    return false;
}

static unsigned fits(const struct search_result *r) {
    unsigned n = 0;
    for (unsigned i = 0; i < r->count; i++) n += r->hits[i].match.verdict == VERDICT_FITS;
    return n;
}

// A car in words is the same car as in vehicle=; of a car nobody knows nothing is said to fit.
static void cars_in_words(void **state) {
    struct fixture *f = *state;
    struct search_result r = search(f, "2018 golf 机滤", "", "");
    assert_int_equal(r.count, 1);
    assert_true(found(f, &r, "f1", VERDICT_FITS));
    r = search(f, "golf 机滤", "", ""); // some of the years each
    assert_int_equal(r.count, 2);
    assert_true(found(f, &r, "f1", VERDICT_CONDITIONAL) && found(f, &r, "f2", VERDICT_CONDITIONAL));
    r = search(f, "高7 机滤", "", "");
    assert_true(r.count == 1 && found(f, &r, "f1", VERDICT_FITS));
    static const char *const unknown[] = {"2005 golf 机滤", "2031 golf 机滤", "golf 9 机滤", "奥迪Q9 机滤",
                                          "本田 高尔夫 机滤", "golf 7 2012 机滤", "golf 5.7 机滤", "奥迪 golf 机滤"};
    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        r = search(f, unknown[i], "", "");
        if (fits(&r) || r.k->resolved) fail_msg("'%s' is a car nobody knows", unknown[i]);
        if (!r.understood.unknown_car.n) fail_msg("'%s' is not said to be unknown", unknown[i]);
    }
}

static void cars_given(void **state) {
    struct fixture *f = *state;
    struct search_result r = search(f, "golf 1.4 机滤", "2018-volkswagen-golf", "");
    assert_false(r.car_conflict);
    assert_int_equal(r.k->vehicles[0].count, 1); // narrowed
    static const char *const others[] = {"思域 机滤", "2012 golf 机滤", "2012 机滤", "golf 2.5 机滤"};
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        r = search(f, others[i], "2018-volkswagen-golf", "");
        if (!r.car_conflict) fail_msg("'%s' is no 2018 Golf", others[i]);
        assert_int_equal(r.k->vehicle_count, 1);
        assert_int_equal(r.k->vehicles[0].count, 2); // the car given stands
    }
    r = search(f, "b8 刹车片", "2016-volkswagen-passat", ""); // its second reading
    assert_false(r.car_conflict);
    r = search(f, "b8 刹车片", "2010-audi-a4", "");
    assert_false(r.car_conflict);
    r = search(f, "b8 刹车片", "2018-honda-civic", "");
    assert_true(r.car_conflict);
}

static void dropped(struct fixture *f, const char *q, unsigned count, const char *const *what) {
    struct search_result r = search(f, q, "", "");
    if (r.dropped_count != count) fail_msg("'%s': %u given up", q, r.dropped_count);
    for (unsigned i = 0; i < count; i++)
        if (!slice_is(r.dropped[i], what[i])) fail_msg("'%s': '%.*s' given up, not '%s'", q, SLICE_ARGS(r.dropped[i]), what[i]);
}

// In the order search.h states.
static void given_up(void **state) {
    struct fixture *f = *state;
    dropped(f, "ceramic 刹车片", 0, NULL);
    dropped(f, "qqqq 刹车片 wwww", 2, (const char *const[]){"qqqq", "wwww"});
    dropped(f, "iridium sport 刹车片", 2, (const char *const[]){"sport", "iridium"});
    dropped(f, "beta 机滤", 1, (const char *const[]){"beta"});
    dropped(f, "ceramic alpha 刹车片", 2, (const char *const[]){"ceramic", "alpha"});
    struct search_result r = search(f, "W719/31", "", ""); // a number is never given up
    assert_int_equal(r.count, 0);
    r = search(f, "205 55 16 轮胎", "", "");
    assert_true(r.count == 1 && found(f, &r, "t1", VERDICT_UNKNOWN));
    r = search(f, "W712/52", "2018-volkswagen-golf", ""); // leads there, and does not fit
    assert_int_equal(r.count, 0);
    assert_int_equal(r.number_match_count, 1);
    r = search(f, "w719", "", ""); // a beginning
    assert_true(r.count == 1 && found(f, &r, "f1", VERDICT_UNKNOWN));
    r = search(f, "golf 前 刹车片", "", ""); // no application says where: the position is given up
    assert_true(r.count == 1 && found(f, &r, "p1", VERDICT_FITS));
}

// ---- the path ---------------------------------------------------------------------------------------------------------------------
static uint32_t random_next(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

static int left_of(char c) { return c == ' ' ? 0 : 2; } // what an unexplained byte of ASCII costs (query_span.c)

// The best worth of the text from `at` on, by trying everything.
static int slow_best(const struct span_list *l, size_t at) {
    if (at == l->text.n) return 0;
    int best = slow_best(l, at + 1) - left_of(l->text.p[at]);
    for (unsigned i = 0; i < l->count; i++) {
        if (l->list[i].at != at || l->list[i].banned || l->list[i].value <= 0) continue;
        int value = l->list[i].value + slow_best(l, at + l->list[i].n);
        if (value > best) best = value;
    }
    return best;
}

static void paths(void **state) {
    struct fixture *f = *state;
    struct query_span spans[12];
    uint16_t order[SPANS_MAX];
    uint32_t seed = 11;
    for (unsigned round = 0; round < 3000; round++) {
        char text[10];
        unsigned count;
        struct span_list l = {.view = f->view, .text = slice_of(text, 1 + random_next(&seed) / 65536 % sizeof text), .list = spans, .count = random_next(&seed) / 65536 % 12};
        for (size_t i = 0; i < l.text.n; i++) text[i] = random_next(&seed) / 65536 % 4 ? 'a' : ' ';
        for (unsigned i = 0; i < l.count; i++) {
            size_t at = random_next(&seed) / 65536 % l.text.n, n = 1 + random_next(&seed) / 65536 % (l.text.n - at);
            spans[i] = (struct query_span){.at = (uint16_t)at, .n = (uint16_t)n, .value = (int)(random_next(&seed) / 65536 % 60) - 8, .banned = random_next(&seed) / 65536 % 8 == 0};
        }
        assert_int_equal(span_path(&l, order, &count), ERR_OK);
        int worth = 0;
        size_t at = 0;
        for (unsigned i = 0; i < count; i++) {
            const struct query_span *s = &spans[order[i]];
            assert_true(s->at >= at && !s->banned);
            for (; at < s->at; at++) worth -= left_of(text[at]);
            worth += s->value;
            at += s->n;
        }
        for (; at < l.text.n; at++) worth -= left_of(text[at]);
        assert_int_equal(worth, slow_best(&l, 0));
    }
}

// ---- hostile texts ----------------------------------------------------------------------------------------------------------------
static bool inside(struct slice part, struct slice whole) { return part.n == 0 || (part.p >= whole.p && slice_end(part) <= slice_end(whole)); }

static void in_bounds(const struct understood *u) {
    assert_true(u->type_count <= QUERY_MEANINGS_MAX && u->brand_count <= QUERY_MEANINGS_MAX && u->word_count <= QUERY_MEANINGS_MAX);
    assert_true(u->chip_count <= QUERY_MEANINGS_MAX && u->correction_count <= QUERY_MEANINGS_MAX && u->reading_count <= QUERY_READINGS_MAX);
    assert_true(u->spec_count <= QUERY_SPECS_MAX && u->code_count <= QUERY_CODES_MAX);
    assert_true(text_valid_utf8(u->folded));
    for (unsigned i = 0; i < u->chip_count; i++) {
        assert_true((size_t)u->chips[i].at + u->chips[i].n <= u->folded.n && u->chips[i].n > 0);
        assert_true(text_valid_utf8(slice_of(u->folded.p + u->chips[i].at, u->chips[i].n)));
    }
    for (unsigned i = 0; i < u->word_count; i++) assert_true(inside(u->words[i], u->folded) && text_valid_utf8(u->words[i]));
    for (unsigned i = 0; i < u->reading_count; i++) assert_true(u->readings[i].model_count <= CAR_READING_MODELS);
}

static const char *const pieces[] = {"golf", "高尔夫", "b8", "twins", "280tsi", "2018", "18款", "1.4t", "机滤", "oil filter", "filtr", "alpha", "w719/30", "p0300",
                                     "205/55r16", "5w-30", " ", " ", "-", "/", "ф", "🚗", "\xF0\x9F", "é", "ﷺ", "\x01", "二零一八款", "gaoerfu", "前", "的", "a1"};

static void begin_again(struct fixture *f) { // as a server's next request
    view_end(f->view);
    arena_reset(&f->arena);
    assert_int_equal(view_begin(f->view, &f->arena), ERR_OK);
}

static void any_text(void **state) {
    struct fixture *f = *state;
    uint32_t seed = 3;
    for (unsigned round = 0; round < 4000; round++) {
        char text[512];
        size_t n = 0, want = random_next(&seed) / 65536 % (round % 50 ? 60 : sizeof text);
        while (n < want) {
            const char *piece = pieces[random_next(&seed) / 65536 % (sizeof pieces / sizeof *pieces)];
            char byte[2] = {(char)(random_next(&seed) >> 24), 0};
            if (round % 4 == 0) piece = byte[0] ? byte : " ";
            if (n + strlen(piece) > sizeof text) break;
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        struct understood u;
        assert_int_equal(query_understand(f->view, slice_of(text, n), round % 2, &u), ERR_OK);
        in_bounds(&u);
        begin_again(f);
    }
}

// Work is counted in look-ups and kept in memory that no repetition of pieces can make large.
static void bounded_work(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (unsigned spaced = 0; spaced < 2; spaced++) {
            char text[512];
            size_t n = 0, one = strlen(pieces[i]);
            while (n + one + spaced <= sizeof text) {
                memcpy(text + n, pieces[i], one);
                n += one;
                if (spaced) text[n++] = ' ';
            }
            struct understood u;
            begin_again(f);
            assert_int_equal(query_understand(f->view, slice_of(text, n), false, &u), ERR_OK);
            in_bounds(&u);
            if (f->arena.used_bytes > 2u << 20) fail_msg("'%s': %zu bytes", pieces[i], f->arena.used_bytes);
            struct span_list l;
            assert_int_equal(span_list_begin(f->view, u.folded, &l), ERR_OK);
            assert_true(l.looks <= SPAN_LOOKS_MAX + 64 && l.count <= SPANS_MAX);
            assert_int_equal(span_list_guess(&l, 0, u.folded.n), ERR_OK);
            assert_true(l.looks <= SPAN_LOOKS_MAX + 64 && l.count <= SPANS_MAX);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles),    cmocka_unit_test(guesses),  cmocka_unit_test(doubts), cmocka_unit_test(readings), cmocka_unit_test(cars_in_words),
        cmocka_unit_test(cars_given), cmocka_unit_test(given_up), cmocka_unit_test(paths),  cmocka_unit_test(any_text), cmocka_unit_test(bounded_work),
    };
    return cmocka_run_group_tests(tests, setup, fixture_end);
}
