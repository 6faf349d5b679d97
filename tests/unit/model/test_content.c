// Content vectors: the ridge regression is that of the normal equations, and finds what vectors were made of.
#include "planted.h"

#include <math.h>
#include <string.h>

#include "model/content.h"

#define D 16
#define PRODUCTS 300
#define FEATURES 24 // hashes 1 .. FEATURES; 0 is the one that all have

struct made {
    struct content_rows rows;
    float truth[FEATURES + 1][D], vectors[PRODUCTS * D], touched[PRODUCTS];
    uint32_t row_of[PRODUCTS];
};

static float noise(uint64_t *state) { return (float)(planted_random(state) % 2001) / 1000.0f - 1.0f; }

static void make(struct made *m, float spread) {
    uint64_t state = 7;
    memset(m, 0, sizeof *m);
    for (unsigned f = 0; f <= FEATURES; f++)
        for (unsigned k = 0; k < D; k++) m->truth[f][k] = noise(&state);
    assert_ok(content_rows_add(&m->rows, NULL)); // product 0 is nobody
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct content_features f = {.count = 0};
        f.list[f.count++] = (struct content_feature){CONTENT_ALL, 1.0f};
        uint64_t hash = 0;
        for (unsigned n = 0; n < 4 && hash < FEATURES; n++) {
            hash += 1 + planted_random(&state) % 8;
            if (hash <= FEATURES) f.list[f.count++] = (struct content_feature){hash, n % 2 ? 0.5f : 1.0f};
        }
        assert_ok(content_rows_add(&m->rows, &f));
        m->row_of[i] = i + 1;
        m->touched[i] = 1.0f + (float)(i % 9);
        for (unsigned k = 0; k < D; k++) {
            for (unsigned n = 0; n < f.count; n++) m->vectors[i * D + k] += f.list[n].value * m->truth[f.list[n].hash][k];
            m->vectors[i * D + k] += spread * noise(&state);
        }
    }
}

static void test_finds_what_vectors_are_made_of(void **state) {
    (void)state;
    struct made m;
    struct content_map map;
    struct content_options o = {.ridge = 1e-4f, .steps = 60, .threads = 2, .least = 1};
    make(&m, 0.0f);
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, PRODUCTS, D, &o, &map));
    assert_int_equal(map.features, FEATURES + 1);
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        float out[D];
        uint64_t at = m.rows.start[i + 1];
        assert_true(content_apply(&map, m.rows.list + at, m.rows.start[i + 2] - at, out));
        for (unsigned k = 0; k < D; k++) assert_true(fabsf(out[k] - m.vectors[i * D + k]) < 1e-2f);
    }
    content_map_free(&map);
    content_rows_free(&m.rows);
}

// The gradient of the objective, in double precision by its formula: zero where it is least.
static double gradient(const struct made *m, const struct content_map *map, const struct content_options *o, uint32_t f, unsigned k) {
    double sum = (double)(o->ridge * map->vectors[f * D + k]);
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        double predicted = 0, own = 0;
        for (uint64_t n = m->rows.start[i + 1]; n < m->rows.start[i + 2]; n++) {
            const struct content_feature *x = &m->rows.list[n];
            predicted += (double)(x->value * map->vectors[x->hash * D + k]); // hashes are 0 .. FEATURES here
            if (x->hash == map->hashes[f]) own = (double)x->value;
        }
        sum += (double)(m->touched[i] / (m->touched[i] + CONTENT_TOUCHED)) * own * (predicted - (double)m->vectors[i * D + k]);
    }
    return sum;
}

static void test_is_least_where_the_gradient_is_zero(void **state) {
    (void)state;
    struct made m;
    struct content_map map;
    struct content_options o = {.ridge = 2.0f, .steps = 60, .threads = 2, .least = 1};
    make(&m, 0.5f);
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, PRODUCTS, D, &o, &map));
    for (uint32_t f = 0; f < map.features; f++)
        for (unsigned k = 0; k < D; k++) assert_true(fabs(gradient(&m, &map, &o, f, k)) < 1e-2);
    content_map_free(&map);
    content_rows_free(&m.rows);
}

static void test_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    struct made m;
    struct content_map one, three;
    struct content_options o = content_defaults();
    make(&m, 0.5f);
    o.threads = 1;
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, PRODUCTS, D, &o, &one));
    o.threads = 3;
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, PRODUCTS, D, &o, &three));
    assert_int_equal(one.features, three.features);
    assert_memory_equal(one.vectors, three.vectors, (size_t)one.features * D * sizeof(float));
    content_map_free(&one);
    content_map_free(&three);
    content_rows_free(&m.rows);
}

static void test_nothing_and_the_unknown(void **state) {
    (void)state;
    struct made m;
    struct content_map map;
    struct content_options o = content_defaults();
    struct content_feature strange[] = {{CONTENT_ALL, 1.0f}, {99, 1.0f}};
    float out[D];
    make(&m, 0.0f);
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, PRODUCTS, D, &o, &map));
    assert_false(content_apply(&map, strange, 2, out)); // like nothing that was trained on
    for (unsigned k = 0; k < D; k++) assert_true(out[k] == 0.0f);
    content_map_free(&map);
    memset(m.touched, 0, sizeof m.touched);
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, PRODUCTS, D, &o, &map));
    assert_int_equal(map.features, 0);
    content_map_free(&map);
    assert_ok(content_fit(&m.rows, m.row_of, m.touched, m.vectors, 0, D, &o, &map));
    assert_int_equal(map.features, 0);
    content_map_free(&map);
    content_rows_free(&m.rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_vectors_are_made_of), cmocka_unit_test(test_is_least_where_the_gradient_is_zero),
        cmocka_unit_test(test_same_bits_for_any_number_of_threads), cmocka_unit_test(test_nothing_and_the_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
