#include "index_fixture.h"

#include "index/car_word.h"
#include "index/knowledge.h"
#include "index/names.h"
#include "index/trouble_code.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"

static unsigned rejected;
static char last_rejected[256];

static void count_rejected(void *arg, const char *file, uint64_t line, const char *message) {
    (void)arg;
    rejected++;
    snprintf(last_rejected, sizeof last_rejected, "%s:%llu: %s", file, (unsigned long long)line, message);
}

static void load(struct fixture *f, const char *dir) {
    struct fault why = {0};
    rejected = 0;
    if (vocabulary_load(f->db, dir, count_rejected, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
}

static int setup(void **state) {
    static struct fixture f;
    fixture_open(&f);
    fixture_fact(&f, "attributes.tsv",
                 "name\tlabel\tlabel_zh\tunit\torder\tkind\tvalues\n"
                 "displacement\tEngine size\t排量\tL\t2\tnumber\t\n"
                 "fuel\tFuel\t能源类型\t\t4\tenum\tgasoline=Gasoline=汽油|electric=Electric=纯电\n"
                 "power_kw\tPower\t功率\tkW\t8\tnumber\t\n"
                 "trim\tTrim\t配置版本\t\t13\ttext\t\n");
    fixture_fact(&f, "types.tsv",
                 "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_"
                 "months\tpositions\tattributes\tparent\n"
                 "oil_filter\tpart\tOil Filter\t机油滤清器\tengine oil filter|lube "
                 "filter\t机滤|机油格|機油格\t5340\t10000\t12\t\tdisplacement|fuel\tfilters\n"
                 "oil_change\tservice\tOil Change\t更换机油\t\t换机油\t\t10000\t12\t\t\tservices\n"
                 "broken\tgadget\tBroken\t\t\t\t\t\t\t\t\t\n");
    fixture_fact(&f, "type_groups.tsv", "id\tname\tname_zh\torder\nfilters\tFilters\t滤清器\t1\n");
    fixture_fact(&f, "brands.tsv", "id\tname\tname_zh\taliases\ttypes\ttier\tcountry\tmarkets\n"
                                   "mann-filter\tMANN-FILTER\t曼牌\tMann|曼牌滤清器\toil_filter\tbest\tDE\tboth\n");
    fixture_fact(&f, "makes.tsv", "make\tname_zh\taliases\tpinyin_sort\tcn_order\nVolkswagen\t大众\tVW|大眾\tD\t3\n");
    fixture_fact(&f, "models_zh.tsv", "make\tmodel\tname_zh\taliases\nVolkswagen\tGolf\t高尔夫\t小钢炮\nNobody\tX\t无\t\n");
    fixture_fact(&f, "segments.tsv",
                 "id\tname\tname_zh\tdescription\tdescription_zh\npioneer\tPioneer\t先锋玩家\tFirst\t先\n");
    *state = &f;
    return 0;
}
static int teardown(void **state) {
    fixture_close(*state);
    return 0;
}
static const char *facts(struct fixture *f) { return arena_printf(&f->arena, "%s/facts", f->dir).p; }

static void records(void **state) {
    struct fixture *f = *state;
    struct type_info type;
    struct brand_info brand;
    struct group_info group;
    struct segment_info segment;
    struct make make;
    uint32_t id;
    load(f, facts(f));
    assert_int_equal(names_find(f->view->snapshot, NAMES_TYPE, SLICE("oil_filter"), &id), ERR_OK);
    assert_int_equal(type_load(f->view, id, &type), ERR_OK);
    assert_int_equal(type.kind, KIND_PART);
    assert_int_equal(type.pcdb, 5340);
    assert_int_equal(type.interval_km, 10000);
    assert_string_equal(fixture_string(f, type.name_zh), "机油滤清器");
    assert_string_equal(fixture_string(f, type.group), "filters");
    assert_int_equal(names_find(f->view->snapshot, NAMES_BRAND, SLICE("mann-filter"), &id), ERR_OK);
    assert_int_equal(brand_load(f->view, id, &brand), ERR_OK);
    assert_string_equal(fixture_string(f, brand.tier), "best");
    assert_int_equal(group_load(f->view, 1, &group), ERR_OK);
    assert_int_equal(group.order, 1);
    assert_int_equal(segment_load(f->view, 1, &segment), ERR_OK);
    assert_string_equal(fixture_string(f, segment.name_zh), "先锋玩家");
    assert_int_equal(make_find(f->view, SLICE("VW"), &id), ERR_OK);
    assert_int_equal(make_load(f->view, id, &make), ERR_OK);
    assert_string_equal(fixture_string(f, make.slug), "volkswagen");
    assert_int_equal(make.initial, 'D');
    assert_int_equal(make.cn_order, 3);
}

// ---- car words --------------------------------------------------------------------------------------------------------
// The car words of a phrase, in the order of their ids.
static unsigned words_of(struct fixture *f, const char *phrase, struct car_word out[8]) {
    struct lexicon_entry found[16];
    struct slice folded;
    unsigned count, words = 0;
    bool longer;
    assert_int_equal(text_fold(&f->arena, slice_str(phrase), &folded), ERR_OK);
    assert_int_equal(lexicon_lookup(f->view, folded, found, 16, &count, &longer), ERR_OK);
    for (unsigned i = 0; i < count && words < 8; i++) {
        if (found[i].kind < LEXICON_CAR) continue;
        assert_int_equal(car_word_load(f->view, found[i].id, &out[words]), ERR_OK);
        assert_int_equal(car_word_kind(out[words].role), found[i].kind);
        words++;
    }
    return words;
}

#define CAR_WORD_COLUMNS "phrases\tmake\tmodels\tfrom\tto\tattrs\trole\tmarket\n"

static void car_words_replace_what_was_there(void **state) {
    struct fixture *f = *state;
    struct car_word words[8];
    uint32_t golf;
    const char *dir = fixture_fact(f, "car_words.tsv",
                                   CAR_WORD_COLUMNS "高7|Golf 7\tVolkswagen\tGolf|Nothing\t2013\t2020\tfuel:gasoline\tgeneration\tCN\n"
                                                    "B8\tVolkswagen\tPassat\t\t\t\tgeneration\t\n"
                                                    "B8\tNobody\t\t\t\t\tgeneration\t\n"
                                                    "电动|ev\t\t\t\t\tfuel:electric,displacement:1.4|2\tattribute\t\n"
                                                    "x\t\tGolf\t\t\t\tgeneration\t\n"
                                                    "x\t\t\t2013\t2012\t\tgeneration\t\n"
                                                    "x\t\t\t\t\tcolour:red\tattribute\t\n"
                                                    "x\t\t\t\t\tfuel:coal\tattribute\t\n"
                                                    "x\t\t\t\t\t\tfiller\t\n");
    fixture_fact(f, "positions.tsv", "positions\tphrases\nfront_left|front\t左前|fl\n");
    fixture_fact(f, "fillers.tsv", "phrases\n适用|my\n");
    load(f, dir);
    assert_int_equal(rejected, 2 + 5);
    assert_int_equal(words_of(f, "GOLF 7", words), 1);
    assert_int_equal(names_find(f->view->snapshot, NAMES_MODEL, SLICE("volkswagen/golf"), &golf), ERR_OK);
    assert_int_equal(words[0].role, CAR_WORD_GENERATION);
    assert_int_equal(words[0].model_count, 1);
    assert_int_equal(words[0].models[0], golf);
    assert_int_equal(words[0].from, 2013);
    assert_int_equal(words[0].to, 2020);
    assert_false(words[0].lost);
    assert_string_equal(fixture_string(f, words[0].market), "CN");
    assert_int_equal(words_of(f, "b8", words), 2);
    assert_true(words[0].lost && words[0].make != 0); // a make that is there, a model that is not
    assert_true(words[1].lost && words[1].make == 0);
    assert_int_equal(words_of(f, "电动", words), 1);
    assert_int_equal(words[0].make, 0);
    assert_false(words[0].lost);
    assert_int_equal(words_of(f, "左前", words), 1);
    assert_string_equal(fixture_string(f, words[0].attrs), "position:front_left|front");
    assert_int_equal(words_of(f, "my", words), 1);
    assert_int_equal(words[0].role, CAR_WORD_FILLER);
    assert_int_equal(words_of(f, "x", words), 0);

    fixture_fact(f, "car_words.tsv", CAR_WORD_COLUMNS "b8\t\t\t\t\t\tgeneration\t\n");
    load(f, dir);
    assert_int_equal(words_of(f, "高7", words), 0);
    assert_int_equal(words_of(f, "b8", words), 1);
    assert_int_equal(words_of(f, "左前", words), 1); // of a file of its own
}

// What a car word says is what knowledge takes; a position it names is one.
static void attributes_of_car_words_are_answers(void **state) {
    struct fixture *f = *state;
    struct car_word words[8];
    struct knowledge k;
    struct fault why = {0};
    fixture_fact(f, "positions.tsv", "positions\tphrases\nrear_right|rear\t右后\n");
    load(f, fixture_fact(f, "car_words.tsv", CAR_WORD_COLUMNS "纯电\t\t\t\t\tfuel:electric,displacement:1.4|2\tattribute\t\n"));
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(words_of(f, i ? "右后" : "纯电", words), 1);
        if (knowledge_parse(f->view, SLICE_NONE, words[0].attrs, SLICE_NONE, &k, &why) != ERR_OK) fail_msg("%s", why.message);
    }
}

// ---- trouble codes ------------------------------------------------------------------------------------------------------
static void trouble_codes(void **state) {
    struct fixture *f = *state;
    struct trouble_code code;
    load(f, fixture_fact(f, "trouble_codes.tsv", "code\turgency\ttypes\ttext\ttext_zh\n"
                                                 "P0300\tstop\toil_filter|unheard|oil_change\tMisfires\t失火\n"
                                                 "P03\tstop\t\tx\tx\nP0301\tnever\t\tx\tx\nP0302\tsoon\t\t\tx\n"));
    assert_int_equal(rejected, 2 + 3);
    assert_int_equal(trouble_code_load(f->view, SLICE("p0300"), &code), ERR_OK);
    assert_true(code.known);
    assert_int_equal(code.urgency, TROUBLE_STOP);
    assert_string_equal(code.code, "P0300");
    assert_string_equal(fixture_string(f, code.text_zh), "失火");
    assert_int_equal(code.type_count, 2); // the one nobody knows is passed over
    assert_string_equal(fixture_string(f, names_text(f->view, NAMES_TYPE, code.types[0])), "oil_filter");

    static const struct { const char *code, *says; } families[] = {
        {"P0399", "Powertrain code: ignition or misfire, defined by the standard"},
        {"p07ff", "Powertrain code: transmission, defined by the standard"},
        {"P1234", "Powertrain code, defined by the vehicle's maker"},
        {"P2345", "Powertrain code, defined by the standard"},
        {"P3000", "Powertrain code, defined by the vehicle's maker"},
        {"P34FF", "Powertrain code, defined by the standard"},
        {"P0F12", "Powertrain code, defined by the standard"},
        {"B1479", "Body code, defined by the vehicle's maker"},
        {"C0999", "Chassis code, defined by the standard"},
        {"U3000", "Network code, defined by the standard"},
    };
    for (unsigned i = 0; i < sizeof families / sizeof *families; i++) {
        assert_int_equal(trouble_code_load(f->view, slice_str(families[i].code), &code), ERR_OK);
        assert_false(code.known);
        assert_string_equal(fixture_string(f, code.text), families[i].says);
        assert_int_equal(code.type_count, 0);
    }
    static const char *const none[] = {"", "P", "P030", "P03000", "P4300", "X0300", "PO300", "P03G0", "03000"};
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(trouble_code_load(f->view, slice_str(none[i]), &code), ERR_BAD_REQUEST);
}

static void unusable_lines_are_reported(void **state) {
    struct fixture *f = *state;
    load(f, facts(f));
    assert_int_equal(rejected, 2); // the kind "gadget"; the model of a make nobody named
    assert_string_equal(last_rejected, "models_zh.tsv:3: \"Nobody\" is not in makes.tsv");
}

static void loading_again_changes_nothing(void **state) {
    struct fixture *f = *state;
    struct db_stats before, after;
    load(f, facts(f));
    assert_int_equal(db_stats(f->db, &before), ERR_OK);
    load(f, facts(f));
    assert_int_equal(db_stats(f->db, &after), ERR_OK);
    assert_memory_equal(before.entries, after.entries, sizeof before.entries);
}

static void a_folder_without_files_is_an_error(void **state) {
    struct fixture *f = *state;
    struct fault why = {0};
    assert_int_equal(vocabulary_load(f->db, "/nonexistent", NULL, NULL, &why), ERR_NOT_FOUND);
    assert_non_null(strstr(why.message, "/nonexistent"));
}

// ---- attributes -----------------------------------------------------------------------------------------------------
static void assert_normal(struct fixture *f, const char *name, const char *value, const char *expected) {
    struct slice out;
    enum err err = attribute_normalise(f->view, slice_str(name), slice_str(value), &out);
    if (expected == NULL) {
        assert_int_equal(err, ERR_BAD_REQUEST);
        return;
    }
    assert_int_equal(err, ERR_OK);
    assert_string_equal(fixture_string(f, out), expected);
}

static void values_have_one_spelling(void **state) {
    struct fixture *f = *state;
    load(f, facts(f));
    static const char *const two[] = {"2",    "2.0",    "2.00", "2.0L",  "2.0 l", "1.984",
                                      "1998", "1984cc", "2.0T", "2.0升", "１.984"};
    for (size_t i = 0; i < sizeof two / sizeof *two; i++) assert_normal(f, "displacement", two[i], "2.0");
    assert_normal(f, "displacement", "1.798", "1.8");
    assert_normal(f, "displacement", "1.25", "1.3"); // half up
    assert_normal(f, "displacement", "1.85173823", "1.9");
    assert_normal(f, "displacement", "0", NULL);
    assert_normal(f, "displacement", "big", NULL);
    assert_normal(f, "displacement", "", NULL);
    assert_normal(f, "fuel", "Gasoline", "gasoline");
    assert_normal(f, "fuel", "汽油", "gasoline");
    assert_normal(f, "fuel", "ELECTRIC", "electric");
    assert_normal(f, "fuel", "steam", NULL);
    assert_normal(f, "power_kw", "077", "77");
    assert_normal(f, "power_kw", "132.50 kW", "132.5");
    assert_normal(f, "power_kw", "100", "100");
    assert_normal(f, "trim", "  King \t Ranch ", "King Ranch");
    assert_normal(f, "nobody_described_this", " a  b ", "a b");
    assert_normal(f, "排量", "1.4T", "1.4"); // attributes go by their labels, too
}

static void labels(void **state) {
    struct fixture *f = *state;
    struct attribute_info info;
    uint32_t id;
    load(f, facts(f));
    assert_int_equal(attribute_find(f->view, SLICE("fuel"), &id), ERR_OK);
    assert_int_equal(attribute_load(f->view, id, &info), ERR_OK);
    assert_int_equal(info.kind, 'e');
    assert_int_equal(info.order, 4);
    assert_string_equal(fixture_string(f, attribute_value_label(f->view, id, SLICE("electric"), true)), "纯电");
    assert_string_equal(fixture_string(f, attribute_value_label(f->view, id, SLICE("electric"), false)), "Electric");
    assert_string_equal(fixture_string(f, attribute_value_label(f->view, id, SLICE("other"), false)), "other");
    assert_int_equal(attribute_load(f->view, 60, &info), ERR_NOT_FOUND);
}

static void a_changed_vocabulary_is_seen(void **state) {
    struct fixture *f = *state;
    load(f, facts(f));
    assert_normal(f, "fuel", "steam", NULL);
    fixture_fact(f, "attributes.tsv", "name\tlabel\tlabel_zh\tunit\torder\tkind\tvalues\n"
                                      "fuel\tFuel\t能源\t\t4\tenum\tgasoline=Gasoline=汽油|steam=Steam=蒸汽\n");
    load(f, facts(f));
    assert_normal(f, "fuel", "蒸汽", "steam");
}

// ---- phrases --------------------------------------------------------------------------------------------------------
static bool means(struct fixture *f, const char *phrase, enum lexicon_kind kind, const char *slug, bool *longer) {
    struct lexicon_entry found[16];
    unsigned count;
    static const unsigned dictionaries[] = {0, NAMES_TYPE, NAMES_BRAND, NAMES_MAKE, NAMES_MODEL, NAMES_GROUP};
    assert_int_equal(lexicon_lookup(f->view, slice_str(phrase), found, 16, &count, longer), ERR_OK);
    for (unsigned i = 0; i < count; i++)
        if (found[i].kind == kind && slice_is(names_text(f->view, dictionaries[kind], found[i].id), slug)) return true;
    return false;
}

static void phrases(void **state) {
    struct fixture *f = *state;
    bool longer;
    load(f, facts(f));
    assert_true(means(f, "机滤", LEXICON_TYPE, "oil_filter", &longer));
    assert_true(means(f, "机油格", LEXICON_TYPE, "oil_filter", &longer)); // its traditional form folds to the same
    assert_true(means(f, "oil filter", LEXICON_TYPE, "oil_filter", &longer));
    assert_true(means(f, "mann", LEXICON_BRAND, "mann-filter", &longer));
    assert_true(longer);
    assert_true(means(f, "mann filter", LEXICON_BRAND, "mann-filter", &longer));
    assert_true(means(f, "mannfilter", LEXICON_BRAND, "mann-filter", &longer));
    assert_true(means(f, "大众", LEXICON_MAKE, "volkswagen", &longer));
    assert_true(means(f, "vw", LEXICON_MAKE, "volkswagen", &longer));
    assert_false(longer);
    assert_true(means(f, "gaoerfu", LEXICON_MODEL, "volkswagen/golf", &longer));
    assert_true(means(f, "滤清器", LEXICON_GROUP, "filters", &longer));
    assert_false(means(f, "机", LEXICON_TYPE, "oil_filter", &longer));
    assert_true(longer);
}

static void kinds(void **state) {
    (void)state;
    enum product_kind kind;
    assert_true(product_kind_parse(SLICE("tyre"), &kind));
    assert_int_equal(kind, KIND_TYRE);
    assert_false(product_kind_parse(SLICE("tires"), &kind));
    assert_string_equal(product_kind_name(KIND_PACKAGE), "package");
    assert_string_equal(product_kind_name((enum product_kind)0), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records, setup, teardown),
        cmocka_unit_test_setup_teardown(unusable_lines_are_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(loading_again_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_without_files_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(values_have_one_spelling, setup, teardown),
        cmocka_unit_test_setup_teardown(labels, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_vocabulary_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(phrases, setup, teardown),
        cmocka_unit_test_setup_teardown(car_words_replace_what_was_there, setup, teardown),
        cmocka_unit_test_setup_teardown(attributes_of_car_words_are_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(trouble_codes, setup, teardown),
        cmocka_unit_test(kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
