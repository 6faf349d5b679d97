#include "index_fixture.h"

#include <string.h>

#include "index/base/limits.h"
#include "index/columns.h"
#include "index/product.h"
#include "index/product_ids.h"

#define PRODUCTS 5000u

static struct slice id_of(uint32_t product, char *text) { // some of one byte, some as long as may be
    int n = snprintf(text, LIMIT_EXTERNAL_ID_BYTES + 1, "%x", product * 2654435761u >> 3);
    if (product % 100 == 7) {
        memset(text + n, 'x', (size_t)(LIMIT_EXTERNAL_ID_BYTES - n));
        n = LIMIT_EXTERNAL_ID_BYTES;
    }
    return slice_of(text, (size_t)n);
}

static void put_products(struct fixture *f) {
    struct txn *t;
    char text[LIMIT_EXTERNAL_ID_BYTES + 1];
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    for (uint32_t p = 1; p <= PRODUCTS; p++) {
        struct product_facts facts = {.type = 1, .flags = p % 10 == 3 ? FACT_DELETED : 0};
        assert_int_equal(columns_set_facts(t, p, &facts), ERR_OK);
        assert_int_equal(txn_put(t, TABLE_PRODUCT_ID, id_of(p, text), slice_of(&p, sizeof p)), ERR_OK);
    }
    assert_int_equal(columns_set_products(t, PRODUCTS), ERR_OK);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
}

static void test_the_same_as_product_find(void **state) {
    struct fixture f;
    struct product_ids *ids;
    static char texts[PRODUCTS + 2][LIMIT_EXTERNAL_ID_BYTES + 1];
    static struct slice asked[PRODUCTS + 2];
    static uint32_t found[PRODUCTS + 2];
    (void)state;
    fixture_open(&f);
    assert_int_equal(product_ids_load(f.view, &ids), ERR_OK); // of nothing
    asked[0] = SLICE("a");
    product_ids_find(ids, asked, 1, found);
    assert_int_equal(found[0], 0);
    product_ids_free(ids);
    put_products(&f);
    fixture_refresh(&f);
    assert_int_equal(product_ids_load(f.view, &ids), ERR_OK);
    for (uint32_t p = 0; p < PRODUCTS; p++) asked[p] = id_of(p + 1, texts[p]);
    asked[PRODUCTS] = SLICE("nothing");
    asked[PRODUCTS + 1] = SLICE("");
    product_ids_find(ids, asked, PRODUCTS + 2, found);
    for (uint32_t i = 0; i < PRODUCTS + 2; i++) {
        uint32_t product = 0;
        if (product_find(f.view, asked[i], &product) != ERR_OK) product = 0;
        assert_int_equal(found[i], product);
        if (product) assert_true(slice_eq(product_ids_text(ids, product), asked[i]));
    }
    assert_int_equal(product_ids_text(ids, 3).n, 0); // deleted
    assert_int_equal(product_ids_text(ids, 0).n, 0);
    assert_int_equal(product_ids_text(ids, PRODUCTS + 1).n, 0);
    product_ids_free(ids);
    product_ids_free(NULL);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_same_as_product_find)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
