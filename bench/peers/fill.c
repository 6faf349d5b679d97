// Fills the peers: SQLite through prepared inserts, PostgreSQL through one COPY per table, Redis through pipelined ZADDs.
#include <hiredis/hiredis.h>
#include <postgresql/libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/peers/peers.h"

#define TABLES 8
#define COPY_BYTES (1 << 16)
#define REDIS_BATCH 1000

static const char *const table_names[TABLES] = {"product", "vehicle", "configuration", "configuration_value", "application",
                                                "application_value", "application_condition", "covering"};
static const unsigned table_columns[TABLES] = {3, 4, 2, 3, 7, 3, 2, 4}; // in SQLite: without the external id

struct fill {
    sqlite3 *sqlite;
    sqlite3_stmt *insert[TABLES];
    PGconn *postgres[TABLES];
    struct buf copy[TABLES];
    redisContext *redis;
    unsigned waiting; // Redis replies
    uint64_t rows;
};

static unsigned table_of(const char *name) {
    for (unsigned t = 0; t < TABLES; t++)
        if (strcmp(table_names[t], name) == 0) return t;
    peers_fail(name, "no such table");
}

// ---- SQLite --------------------------------------------------------------------------------------------------------------------
static void sqlite_run(struct fill *f, const char *sql) {
    char *why = NULL;
    if (sqlite3_exec(f->sqlite, sql, NULL, NULL, &why) != SQLITE_OK) peers_fail("SQLite", why);
}

static void sqlite_begin(struct fill *f, const char *path) {
    static const char covering[] = "DROP TABLE covering; CREATE TABLE covering(car INTEGER, type INTEGER, product INTEGER, score REAL,"
                                   " PRIMARY KEY(car, type, score DESC, product)) WITHOUT ROWID;";
    if (sqlite3_open(path, &f->sqlite) != SQLITE_OK) peers_fail("SQLite", path);
    sqlite_run(f, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; BEGIN");
    sqlite_run(f, peers_sql_schema);
    sqlite_run(f, covering);
    for (unsigned t = 0; t < TABLES; t++) {
        char sql[128];
        // A product's row ends in its external id; the dense one is enough here.
        snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(%.*s%s)", table_names[t], (int)(2 * table_columns[t] - 1), "?,?,?,?,?,?,?",
                 t == 0 ? ",''" : "");
        if (sqlite3_prepare_v2(f->sqlite, sql, -1, &f->insert[t], NULL) != SQLITE_OK) peers_fail("SQLite", sqlite3_errmsg(f->sqlite));
    }
}

static void sqlite_row(struct fill *f, unsigned t, const int64_t *columns, unsigned count, const float *score) {
    sqlite3_stmt *s = f->insert[t];
    for (unsigned i = 0; i < count; i++) sqlite3_bind_int64(s, (int)i + 1, columns[i]);
    if (score) sqlite3_bind_double(s, (int)count + 1, (double)*score);
    if (sqlite3_step(s) != SQLITE_DONE) peers_fail("SQLite", sqlite3_errmsg(f->sqlite));
    sqlite3_reset(s);
}

static void sqlite_end(struct fill *f) {
    for (unsigned t = 0; t < TABLES; t++) sqlite3_finalize(f->insert[t]);
    sqlite_run(f, peers_sql_indexes);
    sqlite_run(f, "COMMIT; ANALYZE");
    sqlite3_close(f->sqlite);
}

// ---- PostgreSQL ----------------------------------------------------------------------------------------------------------------
static void postgres_run(PGconn *c, const char *sql, ExecStatusType wanted) {
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != wanted) peers_fail("PostgreSQL", PQerrorMessage(c));
    PQclear(r);
}

static void postgres_begin(struct fill *f, const char *where) {
    for (unsigned t = 0; t < TABLES; t++) {
        char sql[64];
        f->postgres[t] = PQconnectdb(where);
        if (PQstatus(f->postgres[t]) != CONNECTION_OK) peers_fail("PostgreSQL", PQerrorMessage(f->postgres[t]));
        if (t == 0) postgres_run(f->postgres[0], peers_sql_schema, PGRES_COMMAND_OK);
        snprintf(sql, sizeof sql, "COPY %s FROM STDIN", table_names[t]);
        postgres_run(f->postgres[t], sql, PGRES_COPY_IN);
        buf_init(&f->copy[t], NULL, COPY_BYTES + 4096);
    }
}

static void copy_flush(struct fill *f, unsigned t) {
    struct buf *b = &f->copy[t];
    if (b->n && PQputCopyData(f->postgres[t], b->p, (int)b->n) != 1) peers_fail("PostgreSQL", PQerrorMessage(f->postgres[t]));
    buf_clear(b);
}

static void postgres_row(struct fill *f, unsigned t, const int64_t *columns, unsigned count, const float *score, struct slice text) {
    struct buf *b = &f->copy[t];
    for (unsigned i = 0; i < count; i++) buf_printf(b, "%s%lld", i ? "\t" : "", (long long)columns[i]);
    if (score) buf_printf(b, "\t%.9g\t%.*s", (double)*score, SLICE_ARGS(text));
    buf_char(b, '\n');
    if (b->n > COPY_BYTES) copy_flush(f, t);
}

static void postgres_end(struct fill *f) {
    for (unsigned t = 0; t < TABLES; t++) {
        PGconn *c = f->postgres[t];
        copy_flush(f, t);
        buf_free(&f->copy[t]);
        if (PQputCopyEnd(c, NULL) != 1) peers_fail("PostgreSQL", PQerrorMessage(c));
        for (PGresult *r; (r = PQgetResult(c)); PQclear(r))
            if (PQresultStatus(r) != PGRES_COMMAND_OK) peers_fail("PostgreSQL", PQerrorMessage(c));
        if (t) PQfinish(c);
    }
    postgres_run(f->postgres[0], peers_sql_indexes, PGRES_COMMAND_OK);
    postgres_run(f->postgres[0], "CREATE INDEX covering_key ON covering(car, type, score DESC) INCLUDE (product, external_id)",
                 PGRES_COMMAND_OK);
    postgres_run(f->postgres[0], "VACUUM (ANALYZE, FREEZE)", PGRES_COMMAND_OK);
    PQfinish(f->postgres[0]);
}

// ---- Redis ---------------------------------------------------------------------------------------------------------------------
static void redis_drain(struct fill *f) {
    for (; f->waiting; f->waiting--) {
        redisReply *r;
        if (redisGetReply(f->redis, (void **)&r) != REDIS_OK || r->type == REDIS_REPLY_ERROR) peers_fail("Redis", f->redis->errstr);
        freeReplyObject(r);
    }
}

static void redis_begin(struct fill *f, const char *port) {
    f->redis = redisConnect("127.0.0.1", (int)strtol(port, NULL, 10));
    if (!f->redis || f->redis->err) peers_fail("Redis", "cannot connect");
}

static void redis_row(struct fill *f, const int64_t *columns, float score, struct slice text) {
    redisAppendCommand(f->redis, "ZADD f:%d:%d %f %b", (int)columns[0], (int)columns[1], (double)score, text.p, text.n);
    if (++f->waiting == REDIS_BATCH) redis_drain(f);
}

// ---- all of them -----------------------------------------------------------------------------------------------------------------
static void row(void *arg, const char *table, const int64_t *columns, unsigned count, const float *score, struct slice text) {
    struct fill *f = arg;
    unsigned t = table_of(table);
    f->rows++;
    if (f->sqlite) sqlite_row(f, t, columns, count, score);
    if (f->postgres[0]) postgres_row(f, t, columns, count, score, text);
    if (f->redis && t == TABLES - 1) redis_row(f, columns, *score, text);
}

int peers_fill(struct peers *p, const char *sqlite, const char *postgres, const char *redis_port) {
    struct fill f = {0};
    float *scores = peers_scores(p);
    if (sqlite) sqlite_begin(&f, sqlite);
    if (postgres) postgres_begin(&f, postgres);
    if (redis_port) redis_begin(&f, redis_port);
    peers_export(p, scores, row, &f);
    if (f.redis) {
        redis_drain(&f);
        redisFree(f.redis);
    }
    if (f.sqlite) sqlite_end(&f);
    if (f.postgres[0]) postgres_end(&f);
    printf("%u cars, one configuration each; %llu rows written\n", p->car_count, (unsigned long long)f.rows);
    free(scores);
    return 0;
}
