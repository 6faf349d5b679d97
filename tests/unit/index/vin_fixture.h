// vin_fixture.h: a few VIN patterns around the vehicles of a test: WVW, model years 2010 to 2026. Position 4 B is a Golf, C a Passat; A is
// said to be both. Position 5: 1 is a 1.4, 2 a 1.8. Position 6: H is a hatchback. Position 11 W is Wolfsburg.
#ifndef RF_TESTS_VIN_FIXTURE_H
#define RF_TESTS_VIN_FIXTURE_H

#include "index/vehicle.h"
#include "index/vin_build.h"

static inline uint64_t vin_fixture_mask(const char *characters) {
    uint64_t mask = 0;
    for (; *characters; characters++) mask |= 1ull << vin_code(*characters);
    return mask;
}

static inline struct vin_pattern vin_fixture_pattern(enum vin_field field, uint16_t value, unsigned position, const char *characters) {
    struct vin_pattern p = {.field = field};
    for (unsigned i = 0; i < VIN_POSITIONS; i++) p.mask[i] = VIN_MASK_ANY;
    p.mask[position] = vin_fixture_mask(characters);
    memset(&p.value, 0, sizeof p.value);
    p.value.value = value;
    return p;
}

static inline void vin_fixture_model(struct txn *t, struct view *v, struct buf *scratch, uint16_t id, const char *make, const char *model) {
    struct vin_model m = {.make_name = slice_str(make), .model_name = slice_str(model)};
    assert_int_equal(make_find(v, m.make_name, &m.make), ERR_OK);
    assert_int_equal(model_find_named(v, m.make, m.model_name, &m.model), ERR_OK);
    assert_int_equal(vin_model_put(t, scratch, id, &m), ERR_OK);
}

static inline void vin_fixture_write(struct db *db, struct view *v) {
    struct vin_pattern patterns[] = {
        vin_fixture_pattern(VIN_MODEL, 1, 0, "AB"),
        vin_fixture_pattern(VIN_MODEL, 2, 0, "AC"),
        vin_fixture_pattern(VIN_LITRES, 14, 1, "1"),
        vin_fixture_pattern(VIN_LITRES, 18, 1, "2"),
        vin_fixture_pattern(VIN_LITRES, 30, 1, "3"),
        vin_fixture_pattern(VIN_FUEL, FUEL_GASOLINE, 1, "123"),
        vin_fixture_pattern(VIN_BODY, BODY_HATCHBACK, 2, "H"),
        vin_fixture_pattern(VIN_BODY, BODY_SEDAN, 2, "S"),
        vin_fixture_pattern(VIN_PLANTS, 1, 6, "W"),
    };
    const struct vin_wmi wmi = {.kind = 2, .maker = SLICE("Volkswagen"), .country = SLICE("GERMANY"), .makes = SLICE("Volkswagen")};
    const struct vin_wmi own = {.maker = SLICE("SAIC Volkswagen"), .maker_zh = SLICE("上汽大众"), .country = SLICE("CHINA"),
                                .makes = SLICE("Volkswagen|Skoda"), .plants = SLICE("2=Anting")};
    struct buf block, scratch;
    struct txn *t;
    uint32_t make;
    buf_init(&block, NULL, 256);
    buf_init(&scratch, NULL, 256);
    assert_int_equal(make_find(v, SLICE("Volkswagen"), &make), ERR_OK);
    uint16_t makes[1] = {(uint16_t)make};
    assert_int_equal(vin_block_add(&block, patterns, sizeof patterns / sizeof *patterns, makes, 1), ERR_OK);
    struct slice blocks[1] = {buf_slice(&block)};
    assert_int_equal(txn_begin(db, &t, NULL), ERR_OK);
    vin_fixture_model(t, v, &scratch, 1, "Volkswagen", "Golf");
    vin_fixture_model(t, v, &scratch, 2, "Volkswagen", "Passat");
    assert_int_equal(vin_text_put(t, 1, SLICE("WOLFSBURG")), ERR_OK);
    assert_int_equal(vin_patterns_put(t, &scratch, SLICE("WVW"), 2010, 2026, blocks, 1), ERR_OK);
    assert_int_equal(vin_wmi_put(t, &scratch, false, SLICE("WVW"), &wmi), ERR_OK);
    assert_int_equal(vin_wmi_put(t, &scratch, true, SLICE("LSV"), &own), ERR_OK);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    buf_free(&block);
    buf_free(&scratch);
}

#endif
