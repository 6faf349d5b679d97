// The relational form of the data, and its rows.
//
// Normalised (third normal form): who asks joins the car's configuration with the applications of its make, model and year, these with
// products of the type, and every term of an application must list the configuration's value. `typed` is the same where applications
// repeat their product's type, as an ACES file has it, so that the index narrows to the type at once.
// Covering: one row for each car and product that fits, in the order of the answer, so that the question is one range of one index.
#include <stdio.h>
#include <stdlib.h>

#include "bench/peers/peers.h"
#include "index/names.h"
#include "index/product.h"
#include "index/vehicle.h"

const char peers_sql_schema[] =
    "CREATE TABLE product(id INTEGER, type INTEGER, score REAL, external_id TEXT);"
    "CREATE TABLE vehicle(id INTEGER, make INTEGER, model INTEGER, year INTEGER);"
    "CREATE TABLE configuration(id INTEGER, vehicle INTEGER);"
    "CREATE TABLE configuration_value(configuration INTEGER, attribute INTEGER, value INTEGER);"
    "CREATE TABLE application(id INTEGER, product INTEGER, type INTEGER, make INTEGER, model INTEGER, year_from INTEGER, year_to INTEGER);"
    "CREATE TABLE application_value(application INTEGER, attribute INTEGER, value INTEGER);"
    "CREATE TABLE application_condition(application INTEGER, condition INTEGER);"
    "CREATE TABLE covering(car INTEGER, type INTEGER, product INTEGER, score REAL, external_id TEXT);";

const char peers_sql_indexes[] =
    "CREATE UNIQUE INDEX product_id ON product(id);"
    "CREATE INDEX application_of_car ON application(make, model, year_from, year_to, product, id);"
    "CREATE UNIQUE INDEX vehicle_id ON vehicle(id);"
    "CREATE UNIQUE INDEX configuration_id ON configuration(id);"
    "CREATE UNIQUE INDEX configuration_value_key ON configuration_value(configuration, attribute, value);"
    "CREATE INDEX application_of ON application(make, model, type, year_from, year_to, id, product);"
    "CREATE UNIQUE INDEX application_value_key ON application_value(application, attribute, value);"
    "CREATE UNIQUE INDEX application_condition_key ON application_condition(application, condition);";

#define NORMALISED(id, of_type, limit)                                                                                        \
    "SELECT p." id ", p.score FROM configuration c JOIN vehicle v ON v.id = c.vehicle"                                        \
    " JOIN application a ON a.make = v.make AND a.model = v.model AND v.year BETWEEN a.year_from AND a.year_to"               \
    " JOIN product p ON p.id = a.product AND " of_type " = $2"                                                                \
    " WHERE c.id = $1"                                                                                                        \
    " AND NOT EXISTS (SELECT 1 FROM application_condition d WHERE d.application = a.id)"                                      \
    " AND NOT EXISTS (SELECT 1 FROM application_value t WHERE t.application = a.id AND NOT EXISTS"                            \
    " (SELECT 1 FROM application_value o JOIN configuration_value h"                                                          \
    " ON h.configuration = c.id AND h.attribute = o.attribute AND h.value = o.value"                                          \
    " WHERE o.application = a.id AND o.attribute = t.attribute))"                                                             \
    " GROUP BY p." id ", p.score ORDER BY p.score DESC LIMIT " limit
#define COVERING(id, limit) "SELECT " id ", score FROM covering WHERE car = $1 AND type = $2 ORDER BY score DESC LIMIT " limit

#define SQL(id, covering_id, limit) {NORMALISED(id, "p.type", limit), NORMALISED(id, "a.type", limit), COVERING(covering_id, limit)}
const struct peers_sql peers_ids = SQL("id", "product", "20"), peers_ids_all = SQL("id", "product", "1000000");
const struct peers_sql peers_names = SQL("external_id", "external_id", "20"),
                       peers_names_all = SQL("external_id", "external_id", "1000000");

struct export {
    struct peers *p;
    const float *scores;
    peers_row_fn *row;
    void *arg;
    int64_t applications;
};

static void give(struct export *x, const char *table, const int64_t *columns, unsigned count) {
    x->row(x->arg, table, columns, count, NULL, SLICE_NONE);
}

static void application_give(struct export *x, const struct application *a, uint32_t product, uint32_t type) {
    int64_t id = ++x->applications;
    if (a->model == 0) peers_fail("the data", "an application to all models of a make: the join does not know those");
    give(x, "application", (const int64_t[]){id, product, type, a->make, a->model, a->year_from, a->year_to}, 7);
    for (unsigned t = 0; t < a->term_count; t++)
        for (unsigned i = 0; i < a->terms[t].count; i++)
            give(x, "application_value", (const int64_t[]){id, a->terms[t].attr, a->terms[t].values[i]}, 3);
    for (unsigned i = 0; i < a->condition_count; i++) give(x, "application_condition", (const int64_t[]){id, a->conditions[i]}, 2);
}

static struct slice *products_give(struct export *x) {
    uint32_t count = columns_products(x->p->view);
    struct slice *names = ARENA_ARRAY(&x->p->keep, struct slice, count + 1);
    if (!names) peers_fail("products", "out of memory");
    for (uint32_t id = 1; id <= count; id++) {
        struct product product;
        struct application *list;
        unsigned n;
        peers_request(x->p);
        const struct product_facts *facts = columns_facts(x->p->view, id);
        if (facts->flags & (FACT_DELETED | FACT_UNIVERSAL)) continue;
        peers_check(product_load(x->p->view, id, &product), "a product");
        peers_check(applications_load(x->p->view, id, &list, &n), "applications");
        names[id] = arena_copy(&x->p->keep, product.external_id);
        x->row(x->arg, "product", (const int64_t[]){id, facts->type}, 2, &x->scores[id], names[id]);
        for (unsigned i = 0; i < n; i++)
            if (!(list[i].flags & APPLICATION_UNRESOLVED)) application_give(x, &list[i], id, facts->type);
    }
    return names;
}

static void car_give(struct export *x, const struct peers_car *car, const struct slice *names) {
    struct vehicle *v;
    unsigned at;
    struct fitment found;
    peers_request(x->p);
    peers_check(vehicle_find_configuration(x->p->view, car->id, &v, &at), "a configuration");
    give(x, "vehicle", (const int64_t[]){v->id, v->make, v->model, v->year}, 4);
    give(x, "configuration", (const int64_t[]){car->configuration, v->id}, 2);
    for (unsigned i = 0; i < v->attr_count; i++) {
        uint16_t value = vehicle_value(v, at, v->attrs[i]);
        if (value) give(x, "configuration_value", (const int64_t[]){car->configuration, v->attrs[i], value}, 3);
    }
    peers_fitting(x->p, car->id, 0, &found);
    for (unsigned i = 0; i < found.count; i++) {
        const struct match *m = &found.matches[i];
        const int64_t columns[] = {car->configuration, m->type, m->product};
        x->row(x->arg, "covering", columns, 3, &x->scores[m->product], names[m->product]);
    }
}

void peers_export(struct peers *p, const float *scores, peers_row_fn *row, void *arg) {
    struct export x = {.p = p, .scores = scores, .row = row, .arg = arg};
    const struct slice *names = products_give(&x);
    for (uint32_t i = 0; i < p->car_count; i++) car_give(&x, &p->cars[i], names);
}
