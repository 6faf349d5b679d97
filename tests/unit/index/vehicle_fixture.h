// vehicle_fixture.h: a handful of vehicles of both markets, with their vocabulary, for the tests of vehicle*.c.
#ifndef RF_TESTS_VEHICLE_FIXTURE_H
#define RF_TESTS_VEHICLE_FIXTURE_H

#include "index_fixture.h"

#include "index/vehicle.h"
#include "index/vocabulary.h"

static inline void fixture_vocabulary(struct fixture *f) {
    struct fault why = {0};
    fixture_fact(
        f, "attributes.tsv",
        "name\tlabel\tlabel_zh\tunit\torder\tkind\tvalues\n"
        "market\tMarket\t销售市场\t\t1\tenum\tUS=United States=美国|CN=China=中国\n"
        "displacement\tEngine size\t排量\tL\t2\tnumber\t\n"
        "fuel\tFuel\t能源类型\t\t4\tenum\tgasoline=Gasoline=汽油|electric=Electric=纯电\n"
        "aspiration\tAspiration\t进气形式\t\t5\tenum\tna=Naturally aspirated=自然吸气|turbo=Turbocharged=涡轮增压\n"
        "transmission\tTransmission\t变速箱\t\t9\tenum\tMT5=5-speed manual=5挡手动|AT6=6-speed "
        "automatic=6挡自动|DCT7=7-speed dual-clutch=7挡双离合\n"
        "drive\tDrive\t驱动方式\t\t10\tenum\tfwd=Front-wheel drive=前驱|awd=All-wheel drive=四驱\n"
        "trim\tTrim\t配置版本\t\t13\ttext\t\n");
    fixture_fact(
        f, "makes.tsv",
        "make\tname_zh\taliases\tpinyin_sort\tcn_order\nVolkswagen\t大众\tVW|大眾\tD\t2\nBYD\t比亚迪\t\tB\t1\n"
        "Audi\t奥迪\t\tA\t\nHonda\t本田\t\tB\t\nFord\t福特\t\tF\t\nTesla\t特斯拉\t\tT\t\nPeugeot\t标致\t\tB\t\n");
    const char *dir =
        fixture_fact(f, "models_zh.tsv",
                     "make\tmodel\tname_zh\taliases\nVolkswagen\tGolf\t高尔夫\t小钢炮\n"
                     "Volkswagen\tTiguan L\t途观L\t\nBYD\tQin PLUS\t秦PLUS\t\nAudi\tA4L\t奥迪A4L\tA4\nNobody\tX\t\t\n");
    if (vocabulary_load(f->db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
}

// "displacement=1.4|trim=S": attributes of one configuration.
static inline void fixture_add(struct vehicle_loader *l, const char *make, const char *model, unsigned year,
                               const char *attributes, const char *source, uint16_t flags) {
    struct vehicle_attribute list[8];
    struct vehicle_configuration c = {.make = slice_str(make),
                                      .model = slice_str(model),
                                      .year = year,
                                      .source = slice_str(source),
                                      .flags = flags,
                                      .attributes = list};
    struct fault why = {0};
    for (struct slice rest = slice_str(attributes); rest.n > 0;) {
        struct slice value = slice_cut(&rest, '|'), name = slice_cut(&value, '=');
        list[c.attribute_count++] = (struct vehicle_attribute){name, value};
    }
    if (vehicle_loader_add(l, &c, &why) != ERR_OK) fail_msg("%s", why.message);
}

static inline struct vehicle_load_report fixture_finish(struct fixture *f, struct vehicle_loader *l) {
    struct vehicle_load_report report;
    struct fault why = {0};
    if (vehicle_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicle_loader_free(l);
    fixture_refresh(f);
    return report;
}

static inline struct vehicle *fixture_vehicle(struct fixture *f, const char *slug) {
    struct vehicle *vehicle;
    uint32_t id;
    if (vehicle_find(f->view, slice_str(slug), &id) != ERR_OK) fail_msg("no %s", slug);
    assert_int_equal(vehicle_load(f->view, id, &vehicle), ERR_OK);
    return vehicle;
}

#endif
