// Does the index decay? Random changes go through the functions HTTP uses, in group commits as the writer makes them, with the
// background merge in between, until all is folded in; then size and speed stand beside those of a fresh import of the same content
// (the catalogue rebuilt into its other slot). Writes into the database it is given: hand it a copy (`make decay` does).
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "index/base/limits.h"
#include "index/catalog.h"
#include "index/exclusion.h"
#include "index/names.h"
#include "index/search.h"
#include "index/text.h"
#include "index/vehicle_put.h"

#define GROUP_COMMIT 512 // changes of one transaction: the writer takes up to LIMIT_WRITE_BATCH
#define MERGES_PER_COMMIT 16
#define ASKS 65536
#define WARM_ASKS 2048
#define QUERIES 2048
#define KEPT_EXCLUSIONS 4096
#define NEW_VEHICLES 200

struct ask { struct slice slug; uint32_t vehicle, type; };
struct figures {
    uint64_t pages[TABLE_COUNT], entries[TABLE_COUNT], live_pages, used_bytes;
    double uniform_us, warm_us, all_us, words_us;
    uint64_t matches; // of the uniform asks: equal for equal content
};
struct excluded { uint32_t product, vehicle; };
struct campaign {
    struct db *db;
    struct arena keep, scratch, upkeep; // the program's, a change's, the background's
    struct json_parser *parser;
    struct ask *asks;
    struct slice *queries;
    uint32_t *cars, car_count, car_capacity, products;
    struct excluded *excluded;
    struct db_pack pack;
    unsigned excluded_count, new_vehicles;
    uint64_t random;
    uint64_t refused, done[8];
};

static void die(const char *what, enum err e, const struct fault *why) {
    fprintf(stderr, "decay: %s: %s %s\n", what, err_name(e), why ? why->message : "");
    exit(1);
}

static void need(const char *what, enum err e) {
    if (e != ERR_OK) die(what, e, NULL);
}

static uint32_t below(struct campaign *c, uint32_t n) {
    uint64_t z = c->random += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static double cpu_s(void) { // of this thread: other processes share the machine
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double wall_s(void) { return (double)clock_monotonic_us(&clock_system) * 1e-6; }

// ---- cars and words to ask for ------------------------------------------------------------------------------------------------
static bool car_found(void *arg, const struct picker_row *row) {
    struct campaign *c = arg;
    if (c->car_count == c->car_capacity) {
        c->car_capacity = c->car_capacity ? c->car_capacity * 2 : 65536;
        c->cars = realloc(c->cars, c->car_capacity * sizeof *c->cars);
        if (!c->cars) return false;
    }
    c->cars[c->car_count++] = row->is.vehicle;
    return true;
}

static uint32_t type_of_car(struct campaign *c, struct view *v, uint32_t vehicle) {
    uint32_t prefix = __builtin_bswap32(vehicle), found[256], count = 0;
    struct slice key, value;
    struct db_cursor *cursor = db_cursor_begin(v->snapshot, TABLE_GROUP);
    enum err e = cursor ? db_cursor_seek(cursor, slice_of(&prefix, sizeof prefix), &key, &value) : ERR_NO_MEMORY;
    for (; e == ERR_OK && count < 256; e = db_cursor_next(cursor, &key, &value)) {
        struct reader k = reader_of(key);
        if (reader_u32be(&k) != vehicle) break;
        found[count++] = reader_u32be(&k);
    }
    if (cursor) db_cursor_end(cursor);
    return count ? found[below(c, count)] : 0;
}

static struct slice word_of_title(struct campaign *c, struct view *v) {
    struct product product;
    struct slice folded;
    struct text_word *words;
    unsigned count;
    for (;;) {
        if (product_load(v, 1 + below(c, c->products), &product) != ERR_OK || product.title.n == 0) continue;
        need("text", text_fold(v->arena, product.title, &folded));
        need("text", text_words(v->arena, folded, &words, &count));
        if (count) return words[below(c, count)].word;
    }
}

static void asks_draw(struct campaign *c) {
    struct view *v;
    need("view", view_open(c->db, &clock_system, &v));
    need("view", view_begin(v, &c->scratch));
    c->products = columns_products(v);
    need("cars", vehicle_each(v, 0, 0, 0, 0, car_found, c));
    c->asks = ARENA_ARRAY(&c->keep, struct ask, ASKS);
    c->queries = ARENA_ARRAY(&c->keep, struct slice, QUERIES);
    if (!c->asks || !c->queries) die("asks", ERR_NO_MEMORY, NULL);
    for (unsigned i = 0; i < ASKS;) {
        struct vehicle *car;
        struct ask a = {.vehicle = c->cars[below(c, c->car_count)]};
        if (!(a.type = type_of_car(c, v, a.vehicle))) continue;
        need("vehicle", vehicle_load(v, a.vehicle, &car));
        a.slug = arena_copy(&c->keep, car->slug);
        c->asks[i++] = a;
    }
    for (unsigned i = 0; i < QUERIES; i++) c->queries[i] = arena_copy(&c->keep, word_of_title(c, v));
    view_end(v);
    view_close(v);
    arena_reset(&c->scratch);
}

// ---- figures ---------------------------------------------------------------------------------------------------------------------
static uint64_t ask(struct campaign *c, struct view *v, const struct ask *a, uint32_t type) {
    struct knowledge k;
    struct fitment found;
    struct fault why = {0};
    need("view", view_begin(v, &c->scratch));
    enum err e = knowledge_parse(v, a->slug, SLICE_NONE, SLICE_NONE, &k, &why);
    if (e == ERR_OK) e = fitment_find(v, &k, type, true, &found);
    if (e != ERR_OK) die("a question", e, &why);
    view_end(v);
    arena_reset(&c->scratch);
    return found.count;
}

static double asks_us(struct campaign *c, struct view *v, unsigned total, unsigned distinct, bool all, uint64_t *matches) {
    double began = cpu_s();
    for (unsigned i = 0; i < total; i++) *matches += ask(c, v, &c->asks[i % distinct], all ? 0 : c->asks[i % distinct].type);
    return (cpu_s() - began) * 1e6 / total;
}

static double words_us(struct campaign *c, struct view *v) {
    struct knowledge nothing = {0};
    struct filter none = {0};
    double began = cpu_s();
    for (unsigned i = 0; i < QUERIES; i++) {
        struct search_result found;
        struct search_query q = {.q = c->queries[i], .k = &nothing, .filter = &none};
        need("view", view_begin(v, &c->scratch));
        need("search", search_run(v, &q, &found, &(struct fault){0}));
        view_end(v);
        arena_reset(&c->scratch);
    }
    return (cpu_s() - began) * 1e6 / QUERIES;
}

static void measure(struct campaign *c, struct figures *f) {
    struct db_stats stats;
    struct view *v;
    uint64_t ignored = 0;
    *f = (struct figures){0};
    need("stats", db_stats(c->db, &stats));
    for (unsigned t = 0; t < TABLE_COUNT; t++) {
        f->pages[t] = stats.pages[t];
        f->entries[t] = stats.entries[t];
        f->live_pages += stats.pages[t];
    }
    f->used_bytes = stats.used_bytes - stats.free_pages * stats.page_bytes;
    need("view", view_open(c->db, &clock_system, &v));
    (void)asks_us(c, v, ASKS, ASKS, false, &ignored); // pages into memory
    view_close(v);
    need("view", view_open(c->db, &clock_system, &v)); // nothing decoded yet: every ask is the first of its car and type
    f->uniform_us = asks_us(c, v, ASKS, ASKS, false, &f->matches);
    (void)asks_us(c, v, WARM_ASKS, WARM_ASKS, false, &ignored);
    f->warm_us = asks_us(c, v, ASKS, WARM_ASKS, false, &ignored);
    f->all_us = asks_us(c, v, 4096, ASKS, true, &ignored);
    (void)words_us(c, v);
    f->words_us = words_us(c, v);
    view_close(v);
}

// ---- a document out of what is stored --------------------------------------------------------------------------------------------
static struct application_doc application_of(struct campaign *c, struct view *v, const struct application *a) {
    struct application_doc doc = {0};
    struct buf text;
    const struct json *body;
    struct fault why = {0};
    buf_init(&text, v->arena, 512);
    struct json_writer w = json_writer_of(&text);
    application_json(v, &w, a);
    enum err e = json_parse(c->parser, buf_slice(&text), v->arena, &body, &why);
    if (e == ERR_OK) e = application_doc_from_json(v->arena, body, SLICE("PUT"), 0, &doc, &why);
    if (e != ERR_OK) die("an application as a document", e, &why);
    return doc;
}

static unsigned attributes_of(struct campaign *c, struct arena *arena, struct slice object, const struct pair **out) {
    const struct json *body;
    struct fault why = {0};
    unsigned count = 0;
    if (object.n == 0) return 0;
    enum err e = json_parse(c->parser, object, arena, &body, &why);
    if (e != ERR_OK) die("attributes", e, &why);
    struct pair *pairs = ARENA_ARRAY(arena, struct pair, 64);
    for (size_t i = 0; i < body->count; i++) {
        const struct json *value = &body->items[i];
        for (size_t k = 0; count < 64 && k < (value->type == JSON_ARRAY ? value->count : 1); k++)
            pairs[count++] = (struct pair){body->keys[i], value->type == JSON_ARRAY ? value->items[k].string : value->string};
    }
    *out = pairs;
    return count;
}

static void document_of(struct campaign *c, struct view *v, uint32_t id, struct slice record, const struct product_facts *facts,
                        struct product_doc *out) {
    struct product p;
    struct application *list;
    unsigned count;
    need("product", product_decode(v->arena, record, &p));
    *out = (struct product_doc){.id = p.external_id, .brand = p.brand, .number = p.number, .type = p.type, .title = p.title,
        .title_zh = p.title_zh, .image = p.image, .kind = p.kind, .universal = facts->flags & FACT_UNIVERSAL,
        .non_vehicle = facts->flags & FACT_NON_VEHICLE, .rating_x100 = facts->rating_x100, .pack_quantity = p.pack_quantity,
        .rating_count = facts->rating_count, .created_day = facts->created_day, .popularity = facts->popularity,
        .stock = 1 + below(c, 100), .cny_fen = 1000 + (int64_t)below(c, 100000), .usd_cents = 100 + (int64_t)below(c, 20000)};
    out->attr_count = attributes_of(c, v->arena, p.attributes, &out->attrs);
    struct number_doc *numbers = ARENA_ARRAY(v->arena, struct number_doc, p.number_count + 1);
    for (unsigned i = 0; i < p.number_count; i++)
        numbers[i] = (struct number_doc){p.numbers[i].relation, names_text(v, NAMES_BRAND, p.numbers[i].brand), p.numbers[i].number,
                                         p.numbers[i].note, p.numbers[i].quantity};
    struct component_doc *parts = ARENA_ARRAY(v->arena, struct component_doc, p.component_count + 1);
    for (unsigned i = 0; i < p.component_count; i++)
        parts[i] = (struct component_doc){p.components[i].brand, p.components[i].number, p.components[i].quantity,
                                          p.components[i].sold_separately};
    need("applications", applications_load(v, id, &list, &count));
    struct application_doc *docs = ARENA_ARRAY(v->arena, struct application_doc, count + 2); // room for one more
    for (unsigned i = 0; i < count; i++) docs[i] = application_of(c, v, &list[i]);
    out->numbers = numbers;
    out->number_count = p.number_count;
    out->components = parts;
    out->component_count = p.component_count;
    out->applications = docs;
    out->application_count = count;
}

static bool stored_record(struct view *v, uint32_t id, struct slice *out) { // a deleted product's is still there
    uint32_t key = __builtin_bswap32(id);
    if (db_get(v->snapshot, TABLE_PRODUCT, slice_of(&key, sizeof key), out) != ERR_OK) return false;
    *out = arena_copy(v->arena, *out);
    return true;
}

// An application of some other product of the type.
static bool application_elsewhere(struct campaign *c, struct view *v, uint32_t type, struct application_doc *out) {
    for (unsigned tries = 0; tries < 64; tries++) {
        uint32_t id = 1 + below(c, c->products);
        const struct product_facts *facts = columns_facts(v, id);
        struct application *list;
        unsigned count;
        if (facts->flags & FACT_DELETED || (type && facts->type != type)) continue;
        need("applications", applications_load(v, id, &list, &count));
        if (count == 0) continue;
        *out = application_of(c, v, &list[below(c, count)]);
        return true;
    }
    return false;
}

// ---- the changes ---------------------------------------------------------------------------------------------------------------------
// Each reads in a view of the transaction, so that changes of one group commit build on each other.
static enum err change_put(struct campaign *c, struct txn *t, struct view *v, uint32_t id) {
    struct slice record;
    struct product_doc doc;
    struct fault why = {0};
    if (!stored_record(v, id, &record)) return ERR_NOT_FOUND;
    const struct product_facts facts = *columns_facts(v, id);
    document_of(c, v, id, record, &facts, &doc);
    struct application_doc *docs = (struct application_doc *)(uintptr_t)doc.applications; // made by document_of
    unsigned kind = below(c, 4);
    if (kind < 2) { // another word at the title's end
        struct slice at = doc.title;
        size_t end = at.n;
        while (end > 0 && at.p[end - 1] != ' ') end--;
        struct slice word = word_of_title(c, v);
        doc.title = arena_printf(v->arena, "%.*s%.*s", (int)end, at.p, SLICE_ARGS(word));
    }
    if (kind != 0 && doc.application_count > 1 && below(c, 2)) {
        doc.application_count--;
        docs[below(c, doc.application_count + 1)] = docs[doc.application_count];
    } else if (kind != 0 && !doc.universal && application_elsewhere(c, v, facts.type, &docs[doc.application_count])) {
        doc.application_count++;
    }
    return catalog_put(t, v->arena, &doc, &id, &why);
}

static enum err change_application(struct campaign *c, struct txn *t, struct view *v, uint32_t id) {
    struct product p;
    struct application *list;
    struct application_doc doc;
    struct fault why = {0};
    unsigned count;
    const struct product_facts facts = *columns_facts(v, id);
    if (facts.flags & (FACT_DELETED | FACT_UNIVERSAL)) return ERR_NOT_FOUND;
    TRY(product_load(v, id, &p));
    p.brand = arena_copy(v->arena, p.brand);
    p.number = arena_copy(v->arena, p.number);
    p.type = arena_copy(v->arena, p.type);
    need("applications", applications_load(v, id, &list, &count));
    bool remove = count > 1 && below(c, 2);
    if (remove) doc = application_of(c, v, &list[below(c, count)]);
    else if (!application_elsewhere(c, v, facts.type, &doc)) return ERR_NOT_FOUND;
    enum catalog_change what = remove ? CATALOG_REMOVE : CATALOG_ADD;
    return catalog_put_application(t, v->arena, what, p.brand, p.number, p.type, &doc, &why);
}

static enum err change_delete(struct txn *t, struct view *v, uint32_t id) {
    struct product p;
    if (columns_facts(v, id)->flags & FACT_DELETED) return ERR_NOT_FOUND;
    TRY(product_load(v, id, &p));
    return catalog_delete(t, v->arena, arena_copy(v->arena, p.external_id));
}

static enum err change_offer(struct campaign *c, struct txn *t, struct view *v, uint32_t id) {
    struct product p;
    struct fault why = {0};
    if (columns_facts(v, id)->flags & FACT_DELETED) return ERR_NOT_FOUND;
    TRY(product_load(v, id, &p));
    return catalog_put_offer(t, v->arena, arena_copy(v->arena, p.external_id), -1, 100 + (int64_t)below(c, 20000), below(c, 100), &why);
}

static enum err change_exclusion(struct campaign *c, struct txn *t, struct view *v, uint32_t id) {
    struct product p;
    struct vehicle *car;
    struct fault why = {0};
    bool full = c->excluded_count == KEPT_EXCLUSIONS;
    struct excluded *x = &c->excluded[full ? below(c, KEPT_EXCLUSIONS) : c->excluded_count];
    if (!full && columns_facts(v, id)->flags & FACT_DELETED) return ERR_NOT_FOUND;
    if (!full) *x = (struct excluded){id, c->cars[below(c, c->car_count)]};
    TRY(product_load(v, x->product, &p));
    TRY(vehicle_load(v, x->vehicle, &car));
    struct slice product = arena_copy(v->arena, p.external_id), slug = arena_copy(v->arena, car->slug);
    if (!full) {
        c->excluded_count++;
        return exclusion_put(t, v->arena, product, slug, 1, SLICE("decay"), SLICE("drawn"), &why);
    }
    enum err e = exclusion_delete(t, v->arena, product, slug, &why);
    *x = c->excluded[--c->excluded_count];
    return e;
}

// An existing base vehicle gets a configuration; a new one is a year that its model has not had.
static enum err change_vehicle(struct campaign *c, struct txn *t, struct view *v) {
    struct vehicle *car;
    struct make make;
    struct model model;
    struct fault why = {0};
    bool new = c->new_vehicles < NEW_VEHICLES && below(c, 2);
    TRY(vehicle_load(v, c->cars[below(c, c->car_count)], &car));
    TRY(make_load(v, car->make, &make));
    TRY(model_load(v, car->make, car->model, &model));
    struct slice trim = arena_printf(v->arena, "special %u", below(c, 20));
    struct vehicle_attribute attribute = {SLICE("trim"), trim};
    struct vehicle_configuration configuration = {.attribute_count = 1, .attributes = &attribute};
    struct vehicle_put put = {.make = arena_copy(v->arena, make.name), .model = arena_copy(v->arena, model.name),
                              .year = new ? 2031 : car->year, .configuration_count = 1, .configurations = &configuration};
    TRY(vehicle_put_prepare(v, &put, &why));
    c->new_vehicles += new;
    return vehicle_put_apply(t, v->arena, &put, &why);
}

enum { DO_PUT, DO_APPLICATION, DO_DELETE, DO_OFFER, DO_EXCLUSION, DO_VEHICLE, DO_KINDS };
static const char *const do_names[DO_KINDS] = {"put", "application", "delete", "offer", "exclusion", "vehicle"};

static unsigned draw_kind(struct campaign *c) {
    unsigned n = below(c, 10000);
    if (n < 1) return DO_VEHICLE;
    return n < 5000 ? DO_PUT : n < 7000 ? DO_APPLICATION : n < 7500 ? DO_DELETE : n < 9700 ? DO_OFFER : DO_EXCLUSION;
}

static void change(struct campaign *c, struct txn *t) {
    struct view v;
    uint32_t id = 1 + below(c, c->products);
    unsigned kind = draw_kind(c);
    enum err e = ERR_OK;
    need("view", view_of_txn(t, &c->scratch, &clock_system, &v));
    if (columns_facts(&v, id)->flags & FACT_DELETED) kind = DO_PUT; // put again
    switch (kind) {
        case DO_PUT: e = change_put(c, t, &v, id); break;
        case DO_APPLICATION: e = change_application(c, t, &v, id); break;
        case DO_DELETE: e = change_delete(t, &v, id); break;
        case DO_OFFER: e = change_offer(c, t, &v, id); break;
        case DO_EXCLUSION: e = change_exclusion(c, t, &v, id); break;
        default: e = change_vehicle(c, t, &v);
    }
    view_of_txn_end(&v);
    arena_reset(&c->scratch);
    if (e != ERR_OK && e != ERR_NOT_FOUND && e != ERR_BAD_REQUEST) die(do_names[kind], e, NULL);
    c->refused += e != ERR_OK;
    c->done[kind] += e == ERR_OK;
}

// ---- the campaign ----------------------------------------------------------------------------------------------------------------------
struct spent { double put_s, put_cpu_s, merge_s, merge_cpu_s, merge_max_ms, pack_s, pack_cpu_s, pack_max_ms; uint64_t merges, packs, dirty_max; };

static uint64_t dirty_now(struct campaign *c) {
    struct db_stats stats;
    need("stats", db_stats(c->db, &stats));
    return stats.entries[TABLE_DIRTY];
}

static bool merge_once(struct campaign *c, struct spent *s) {
    bool more;
    double wall = wall_s(), cpu = cpu_s();
    need("merge", catalog_merge(c->db, &c->upkeep, &more));
    arena_reset(&c->upkeep);
    double ms = (wall_s() - wall) * 1e3;
    if (ms > s->merge_max_ms) s->merge_max_ms = ms;
    s->merge_s += ms / 1e3;
    s->merge_cpu_s += cpu_s() - cpu;
    s->merges++;
    return more;
}

// As the server's idle time: pages are filled again when nothing is left to fold in.
static bool pack_once(struct campaign *c, struct spent *s) {
    bool more;
    double wall = wall_s(), cpu = cpu_s();
    need("pack", db_pack_some(c->db, &c->pack, &more));
    double ms = (wall_s() - wall) * 1e3;
    if (ms > s->pack_max_ms) s->pack_max_ms = ms;
    s->pack_s += ms / 1e3;
    s->pack_cpu_s += cpu_s() - cpu;
    s->packs++;
    return more;
}

static void changes_run(struct campaign *c, uint64_t total, struct spent *s) {
    for (uint64_t at = 0; at < total;) {
        struct txn *t;
        double wall = wall_s(), cpu = cpu_s();
        need("begin", txn_begin(c->db, &t, NULL));
        for (unsigned i = 0; i < GROUP_COMMIT && at < total; i++, at++) change(c, t);
        need("commit", txn_commit(t, NULL));
        s->put_s += wall_s() - wall;
        s->put_cpu_s += cpu_s() - cpu;
        bool behind = true;
        for (unsigned i = 0; i < MERGES_PER_COMMIT && behind; i++) behind = merge_once(c, s);
        if (!behind) (void)pack_once(c, s);
        if (at / GROUP_COMMIT % 8) continue;
        uint64_t dirty = dirty_now(c);
        if (dirty > s->dirty_max) s->dirty_max = dirty;
        fprintf(stderr, "\r%llu of %llu changes, %llu products not folded in ", (unsigned long long)at, (unsigned long long)total,
                (unsigned long long)dirty);
    }
    while (merge_once(c, s)) {}
    c->pack = (struct db_pack){0};
    while (pack_once(c, s)) {}
    fprintf(stderr, "\n");
}

static void import_anew(struct campaign *c) {
    struct catalog_load_options options = {.sources = SLICE("decay"), .rebuild = true};
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    need("import", catalog_loader_new(c->db, &options, &l));
    enum err e = catalog_loader_finish(l, &report, NULL, NULL, &why);
    if (e != ERR_OK) die("import", e, &why);
    catalog_loader_free(l);
}

// ---- the table -------------------------------------------------------------------------------------------------------------------------
static void row(const char *name, double before, double after, double anew) {
    printf("%-24s %12.2f %12.2f %12.2f %9.2f\n", name, before, after, anew, anew > 0 ? after / anew : 0);
}

static double megabytes(uint64_t pages) { return (double)(pages * 4096) / 1e6; }

static void table_print(const struct figures *before, const struct figures *after, const struct figures *anew) {
    uint64_t sums[3] = {0};
    printf("%-24s %12s %12s %12s %9s\n", "", "before", "changed", "anew", "ratio");
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        sums[0] += before->pages[t];
        sums[1] += after->pages[t];
        sums[2] += anew->pages[t];
        if (anew->pages[t] < 64 && after->pages[t] < 64) continue;
        char name[64];
        snprintf(name, sizeof name, "MB of %s", db_table_name(t));
        row(name, megabytes(before->pages[t]), megabytes(after->pages[t]), megabytes(anew->pages[t]));
    }
    row("MB of live pages", megabytes(sums[0]), megabytes(sums[1]), megabytes(sums[2]));
    row("us of one type, uniform", before->uniform_us, after->uniform_us, anew->uniform_us);
    row("us of one type, warm", before->warm_us, after->warm_us, anew->warm_us);
    row("us of all types", before->all_us, after->all_us, anew->all_us);
    row("us of a search", before->words_us, after->words_us, anew->words_us);
    printf("%s: the same questions find %llu products, %llu after the import anew\n",
           after->matches == anew->matches ? "equal" : "DIFFERENT",
           (unsigned long long)after->matches, (unsigned long long)anew->matches);
}

static void spent_print(const struct campaign *c, uint64_t total, const struct spent *s) {
    printf("%llu changes (%llu had nothing to change):", (unsigned long long)total, (unsigned long long)c->refused);
    for (unsigned i = 0; i < DO_KINDS; i++) printf(" %s %llu", do_names[i], (unsigned long long)c->done[i]);
    printf("\nchanges %.1f s (%.1f s CPU): %.0f/s; merges %.1f s (%.1f s CPU), %llu, longest %.1f ms; "
           "at most %llu products not folded in\n",
           s->put_s, s->put_cpu_s, (double)total / s->put_s, s->merge_s, s->merge_cpu_s, (unsigned long long)s->merges, s->merge_max_ms,
           (unsigned long long)s->dirty_max);
    printf("packing %.1f s (%.1f s CPU), %llu, longest %.1f ms\n", s->pack_s, s->pack_cpu_s, (unsigned long long)s->packs, s->pack_max_ms);
}

int main(int argc, char **argv) {
    static struct figures before, after, anew;
    struct campaign c = {.random = 20261123};
    struct spent spent = {0};
    struct fault why = {0};
    const char *given = getenv("RIGHTFIT_DECAY_CHANGES");
    uint64_t total = given ? strtoull(given, NULL, 10) : 100000;
    if (argc != 2) return fprintf(stderr, "usage: rightfit-decay DATA   (a copy: it is changed)\n"), 2;
    arena_init(&c.keep, 8 << 20, SIZE_MAX);
    arena_init(&c.scratch, 4 << 20, SIZE_MAX);
    arena_init(&c.upkeep, 4 << 20, 256u << 20);
    c.parser = json_parser_new();
    c.excluded = calloc(KEPT_EXCLUSIONS, sizeof *c.excluded);
    if (!c.parser || !c.excluded) die("start", ERR_NO_MEMORY, NULL);
    need("text", text_init());
    enum err e = db_open(argv[1], DB_WRITE, &c.db, &why);
    if (e != ERR_OK) die(argv[1], e, &why);
    asks_draw(&c);
    measure(&c, &before);
    changes_run(&c, total, &spent);
    measure(&c, &after);
    import_anew(&c);
    measure(&c, &anew);
    spent_print(&c, total, &spent);
    table_print(&before, &after, &anew);
    db_close(c.db);
    json_parser_free(c.parser);
    free(c.cars);
    free(c.excluded);
    arena_destroy(&c.keep);
    arena_destroy(&c.scratch);
    arena_destroy(&c.upkeep);
    bool holds = after.matches == anew.matches;
    return holds ? 0 : 1;
}
