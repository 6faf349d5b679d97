// shop.h: a small shop in a database of its own: products with facts and offers, events, a trained generation.
#ifndef RF_TESTS_SHOP_H
#define RF_TESTS_SHOP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/columns.h"
#include "index/event.h"
#include "index/user.h"
#include "model/rank.h"
#include "model/publish.h"
#include "model/train.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)
#define SHOP_NOW_MS INT64_C(1790000000000)
#define SHOP_PRODUCTS 300
#define SHOP_TYPES 5
#define SHOP_BRANDS 10

struct shop {
    char dir[64];
    struct db *db;
    struct view *view;
    struct arena arena, scratch;
    struct generations *generations;
    struct ranker *ranker;
    unsigned events; // put so far
};

static inline int64_t shop_time(void *state) {
    (void)state;
    return SHOP_NOW_MS;
}
static inline uint64_t shop_monotonic(void *state) {
    (void)state;
    return 0;
}
static const struct clock shop_clock = {shop_time, shop_monotonic, NULL};

// Product p is of type 1 + (p - 1) / 60 and brand 1 + p % 10; all else is equal, so that only persons make a difference.
static inline struct product_facts shop_facts(uint32_t p) {
    return (struct product_facts){.type = 1 + (p - 1) / (SHOP_PRODUCTS / SHOP_TYPES),
                                  .brand = 1 + p % SHOP_BRANDS,
                                  .kind = 1,
                                  .created_day = 20000};
}

static inline void shop_products(struct shop *s, struct txn *t) {
    (void)s;
    for (uint32_t p = 1; p <= SHOP_PRODUCTS; p++) {
        struct product_facts facts = shop_facts(p);
        struct product_offer offer = {.cny_fen = 10000, .stock = 50};
        char id[16];
        snprintf(id, sizeof id, "p%u", p);
        assert_ok(columns_set_facts(t, p, &facts));
        assert_ok(columns_set_offer(t, p, &offer));
        assert_ok(txn_put(t, TABLE_PRODUCT_ID, slice_str(id), slice_of(&p, sizeof p)));
    }
    assert_ok(columns_set_products(t, SHOP_PRODUCTS));
}

static inline void shop_event(struct shop *s, struct txn *t, const char *user, uint32_t product, enum event_type type,
                              int64_t age_ms) {
    char id[16], product_id[16];
    bool duplicate;
    snprintf(id, sizeof id, "e%u", s->events++);
    snprintf(product_id, sizeof product_id, "p%u", product);
    struct event e = {.unix_ms = SHOP_NOW_MS - age_ms, .type = type, .value = __builtin_nanf(""), .id = slice_str(id),
                      .user = slice_str(user), .product_id = slice_str(product_id)};
    assert_ok(event_put(t, &s->scratch, &e, &duplicate));
    assert_false(duplicate);
    arena_reset(&s->scratch);
}

static inline void shop_click(struct shop *s, const char *user, uint32_t product, unsigned times) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned i = 0; i < times; i++) shop_event(s, t, user, product, EVENT_CLICK, 0);
    assert_ok(txn_commit(t, NULL));
}

// 200 users, each of one of ten groups; a group wants products p with p % 10 == group in every type.
static inline void shop_history(struct shop *s) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    shop_products(s, t);
    for (unsigned u = 0; u < 200; u++) {
        char user[16];
        snprintf(user, sizeof user, "u%u", u);
        for (unsigned i = 0; i < 8; i++) {
            uint32_t product = ((u * 8 + i) * 2654435761u >> 16) % (SHOP_PRODUCTS / 10) * 10 + u % 10;
            shop_event(s, t, user, product ? product : 10, i % 4 ? EVENT_CLICK : EVENT_PURCHASE,
                       (int64_t)i * 3600 * 1000);
        }
    }
    assert_ok(txn_commit(t, NULL));
}

static inline uint64_t shop_train(struct shop *s, unsigned dimension) {
    struct train_options o = train_defaults();
    struct train_report report;
    struct fault why = {0};
    struct txn *t;
    o.als.dimension = dimension;
    o.als.epochs = 6;
    o.clock = &shop_clock;
    if (train_run(s->db, &o, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_ok(publish_verify(s->dir, report.id, &why));
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(publish_switch(t, report.id));
    assert_ok(txn_commit(t, NULL));
    return report.id;
}

static inline int shop_open_empty(void **state) {
    struct shop *s = calloc(1, sizeof *s);
    *state = s;
    strcpy(s->dir, "/tmp/rightfit-test-shop-XXXXXX");
    if (!mkdtemp(s->dir)) return -1;
    arena_init(&s->arena, 1 << 16, 1 << 24);
    arena_init(&s->scratch, 1 << 16, 1 << 24);
    assert_ok(db_open(s->dir, DB_CREATE, &s->db, NULL));
    assert_ok(view_open(s->db, &shop_clock, &s->view));
    return 0;
}

static inline int shop_open(void **state) {
    if (shop_open_empty(state) != 0) return -1;
    struct shop *s = *state;
    shop_history(s);
    shop_train(s, 32);
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    return 0;
}

static inline void shop_begin(struct shop *s) { // one request
    assert_ok(view_begin(s->view, &s->arena));
    if (s->ranker) rank_begin(s->ranker);
}

static inline void shop_end(struct shop *s) {
    if (s->ranker) rank_end(s->ranker);
    view_end(s->view);
    arena_reset(&s->arena);
}

static inline uint32_t shop_user(struct shop *s, const char *name) {
    uint32_t id;
    assert_ok(user_find(s->view, slice_str(name), &id));
    return id;
}

static inline struct rank_person shop_person(struct shop *s, const char *name) { // NULL: nobody known
    struct rank_person person;
    assert_ok(rank_person_load(s->ranker, s->view, name ? shop_user(s, name) : 0, NULL, 0, &person));
    return person;
}

static inline int shop_close(void **state) {
    struct shop *s = *state;
    char command[128];
    if (s->ranker) rank_end(s->ranker); // a test that failed may have left its request open
    ranker_close(s->ranker);
    generations_close(s->generations);
    view_close(s->view);
    db_close(s->db);
    arena_destroy(&s->arena);
    arena_destroy(&s->scratch);
    snprintf(command, sizeof command, "rm -rf %s", s->dir);
    int removed = system(command);
    free(s);
    return removed;
}

#endif
