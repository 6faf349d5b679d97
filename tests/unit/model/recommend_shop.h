// recommend_shop.h: what of shop.h's shop is recommended: the query of a request and the lists it answers.
#ifndef RF_TESTS_RECOMMEND_SHOP_H
#define RF_TESTS_RECOMMEND_SHOP_H

#include "shop.h"

#include "model/recommend.h"

#define SHOP_LIST 20

static inline struct recommend_query shop_query(struct shop *s, const struct rank_person *person) {
    return (struct recommend_query){.ranker = s->ranker, .view = s->view, .person = person, .surface = RANK_STOREFRONT,
                                    .whole_catalogue = true, .limit = SHOP_LIST};
}

// A list of a model about at most one product, 0: none; prepared anew each time, so that the query can be changed in between.
static inline size_t shop_list(struct recommend_query *q, enum recommend_model model, uint32_t about, struct recommendation *out) {
    static uint32_t product;
    size_t count;
    product = about;
    q->model = model;
    q->about = &product;
    q->about_count = about != 0;
    assert_ok(recommend_prepare(q));
    assert_ok(recommend_list(q, out, &count));
    return count;
}

#endif
