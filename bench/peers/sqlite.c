// SQLite, asked the same: products of one type for one car, over a covering index (vehicle, type, product). The table is made
// from the same database, by asking fitment_find() for every car, into a temporary file that is gone afterwards; so both
// answer the same questions with the same rows, in the same process and run. SQLite is given what it does not have to
// work out: ids instead of names, verdicts ready-made, one statement prepared once, one read transaction throughout.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "index/vehicle.h"

static struct peer {
    sqlite3 *db;
    sqlite3_stmt *insert, *ask;
    char path[64];
    double rows;
    const char *failed;
} peer;

static bool run(const char *sql) { return sqlite3_exec(peer.db, sql, NULL, NULL, NULL) == SQLITE_OK; }

static bool create(void) {
    snprintf(peer.path, sizeof peer.path, "/tmp/rightfit-bench-XXXXXX");
    int fd = mkstemp(peer.path);
    if (fd < 0) return false;
    close(fd);
    return sqlite3_open(peer.path, &peer.db) == SQLITE_OK &&
           run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; PRAGMA mmap_size=8000000000;"
               "CREATE TABLE fitment(vehicle INT, type INT, product INT, verdict INT, PRIMARY KEY(vehicle, type, product))"
               " WITHOUT ROWID; BEGIN") &&
           sqlite3_prepare_v2(peer.db, "INSERT INTO fitment VALUES(?,?,?,?)", -1, &peer.insert, NULL) == SQLITE_OK;
}

static bool insert(uint32_t vehicle, const struct match *m) {
    sqlite3_bind_int64(peer.insert, 1, vehicle);
    sqlite3_bind_int64(peer.insert, 2, m->type);
    sqlite3_bind_int64(peer.insert, 3, m->product);
    sqlite3_bind_int(peer.insert, 4, m->verdict);
    peer.rows++;
    return sqlite3_step(peer.insert) == SQLITE_DONE && sqlite3_reset(peer.insert) == SQLITE_OK;
}

static int by_type(const void *a, const void *b) {
    const struct match *x = a, *y = b;
    return x->type != y->type ? (x->type > y->type) - (x->type < y->type) : (x->product > y->product) - (x->product < y->product);
}

// Universal products are listed once, under vehicle 0, as the index does.
static bool fill_vehicle(struct bench_data *d, uint32_t id) {
    struct vehicle *car;
    struct knowledge k;
    struct fitment found;
    struct fault why = {ERR_OK, "", ""};
    bench_new_request(d);
    if (vehicle_load(d->view, id, &car) != ERR_OK) return false;
    if (knowledge_parse(d->view, car->slug, SLICE_NONE, SLICE_NONE, &k, &why) != ERR_OK) return false;
    if (fitment_find(d->view, &k, 0, false, &found) != ERR_OK) return false;
    if (found.count) qsort(found.matches, found.count, sizeof *found.matches, by_type);
    bool good = true;
    for (unsigned i = 0; good && i < found.count; i++) good = insert(id, &found.matches[i]);
    return good;
}

static bool fill_universal(struct bench_data *d) {
    struct knowledge nothing = {0};
    struct fitment found;
    bench_new_request(d);
    bool good = fitment_find(d->view, &nothing, 0, true, &found) == ERR_OK;
    for (unsigned i = 0; good && i < found.count; i++) good = insert(0, &found.matches[i]);
    return good;
}

static bool highest(void *arg, const struct picker_row *row) {
    uint32_t *most = arg;
    if (row->is.vehicle > *most) *most = row->is.vehicle;
    return true;
}

static const char *fill(struct bench_data *d) {
    uint32_t last = 0;
    if (!create()) return "SQLite: cannot make the temporary database";
    if (vehicle_each(d->view, 0, 0, 0, 0, highest, &last) != ERR_OK) return "SQLite: cannot list the vehicles";
    if (!fill_universal(d)) return "SQLite: cannot write the universal products";
    for (uint32_t id = 1; id <= last; id++) {
        struct vehicle *car;
        bench_new_request(d);
        if (vehicle_load(d->view, id, &car) == ERR_OK && !fill_vehicle(d, id)) return "SQLite: cannot write the rows of a car";
    }
    if (!run("COMMIT; ANALYZE; BEGIN") ||
        sqlite3_prepare_v2(peer.db,
                           "SELECT product, verdict FROM fitment WHERE vehicle=?1 AND type=?2"
                           " UNION ALL SELECT product, verdict FROM fitment WHERE vehicle=0 AND type=?2",
                           -1, &peer.ask, NULL) != SQLITE_OK)
        return "SQLite: cannot prepare the question";
    return NULL;
}

static bool ready(struct gbench *g, struct bench_data *d) {
    static bool tried;
    if (!d) return false;
    if (!tried) peer.failed = fill(d);
    tried = true;
    if (peer.failed) gbench_skip(g, peer.failed);
    return !peer.failed;
}

static void of_type(struct gbench *g, long order) {
    struct bench_data *d = bench_data(g);
    double matches = 0;
    bool good = ready(g, d);
    for (unsigned i = 0; good && gbench_next(g); i++) {
        const struct bench_ask *ask = &d->asks[order][i % BENCH_CARS];
        uint64_t sum = 0;
        sqlite3_bind_int64(peer.ask, 1, ask->vehicle);
        sqlite3_bind_int64(peer.ask, 2, ask->type);
        while (sqlite3_step(peer.ask) == SQLITE_ROW) {
            sum += (uint64_t)sqlite3_column_int64(peer.ask, 0) * 8 + (uint64_t)sqlite3_column_int(peer.ask, 1);
            matches++;
        }
        sqlite3_reset(peer.ask);
        gbench_use(&sum);
    }
    if (!good) return;
    gbench_average(g, "products", matches);
    gbench_label(g, "SQLite covering index");
}

// Not a speed: both must give the same products and verdicts, or comparing their speed means nothing.
static void same_answers(struct gbench *g, long asks) {
    struct bench_data *d = bench_data(g);
    double different = 0, compared = 0;
    bool good = ready(g, d);
    while (good && gbench_next(g))
        for (long i = 0; i < asks; i++) {
            const struct bench_ask *ask = &d->asks[BENCH_UNIFORM][i];
            struct knowledge k;
            struct fitment found;
            bench_new_request(d);
            if (!bench_knowledge(g, d, ask, &k) || fitment_find(d->view, &k, ask->type, true, &found) != ERR_OK) return;
            uint64_t ours = found.count, theirs = 0;
            for (unsigned m = 0; m < found.count; m++) ours += (uint64_t)found.matches[m].product * 8 + found.matches[m].verdict;
            sqlite3_bind_int64(peer.ask, 1, ask->vehicle);
            sqlite3_bind_int64(peer.ask, 2, ask->type);
            while (sqlite3_step(peer.ask) == SQLITE_ROW)
                theirs += 1 + (uint64_t)sqlite3_column_int64(peer.ask, 0) * 8 + (uint64_t)sqlite3_column_int(peer.ask, 1);
            sqlite3_reset(peer.ask);
            different += ours != theirs;
            compared++;
        }
    if (!good) return;
    gbench_average(g, "different", different);
    gbench_average(g, "compared", compared);
    if (different > 0) gbench_skip(g, "SQLite and the index disagree");
}

void bench_sqlite_add(void) {
    gbench_add("fitment/sqlite_agrees", same_answers, 2000);
    for (long o = 0; o < BENCH_ORDERS; o++) {
        char name[64];
        snprintf(name, sizeof name, "fitment/sqlite_of_type/%s", bench_order_names[o]);
        gbench_add(name, of_type, o);
    }
}

void bench_sqlite_close(void) {
    sqlite3_finalize(peer.insert);
    sqlite3_finalize(peer.ask);
    sqlite3_close(peer.db);
    if (peer.path[0]) unlink(peer.path);
}
