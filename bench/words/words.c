// words.c: prefix queries over titles, ours in process, and the same titles and queries as files for the peers beside it (run.sh).
//
//   rightfit-words DATA titles            "product <tab> folded title" lines
//   rightfit-words DATA queries N         N queries: one to three neighbouring words of a title, the last cut short
//   rightfit-words DATA run FILE SECONDS  asks them in turn; prints queries/s and the average number of products
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "index/columns.h"
#include "index/product.h"
#include "index/text.h"
#include "index/word_tokens.h"
#include "index/words.h"

enum { QUERIES_MAX = 20000 };

struct bench { struct view *v; struct arena arena; };

static void die(const char *what, enum err e) {
    fprintf(stderr, "rightfit-words: %s: %s\n", what, err_name(e));
    exit(2);
}

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void again(struct bench *b) {
    view_end(b->v);
    arena_reset(&b->arena);
    enum err e = view_begin(b->v, &b->arena);
    if (e != ERR_OK) die("view", e);
}

// Letters and digits of an English title, single blanks between its words: what every engine gets.
static struct slice title_of(struct bench *b, uint32_t id) {
    struct product p;
    struct slice folded;
    struct word_piece *pieces;
    struct buf out;
    unsigned n;
    if (columns_facts(b->v, id)->flags & FACT_DELETED || product_load(b->v, id, &p) != ERR_OK) return SLICE_NONE;
    if (text_fold(&b->arena, p.title, &folded) != ERR_OK || word_pieces(&b->arena, folded, &pieces, &n) != ERR_OK) return SLICE_NONE;
    buf_init(&out, &b->arena, 256);
    for (unsigned i = 0; i < n; i++) {
        if (i) buf_char(&out, ' ');
        buf_slice_put(&out, pieces[i].text);
    }
    return buf_slice(&out);
}

static void titles(struct bench *b) {
    for (uint32_t id = 1, n = columns_products(b->v); id <= n; id++) {
        again(b);
        struct slice t = title_of(b, id);
        if (t.n) printf("%u\t%.*s\n", id, SLICE_ARGS(t));
    }
}

static uint64_t seed = 42;
static unsigned draw(unsigned n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void query(struct bench *b) {
    struct slice words[64], rest = title_of(b, 1 + draw(columns_products(b->v)));
    unsigned n = 0;
    while (rest.p && rest.n && n < 64) words[n++] = slice_cut(&rest, ' ');
    if (n == 0) return;
    unsigned wanted = 1 + draw(3), first = draw(n);
    if (first + wanted > n) wanted = n - first;
    for (unsigned i = 0; i < wanted; i++) {
        struct slice w = words[first + i];
        if (i + 1 == wanted) w.n = 1 + draw((unsigned)w.n);
        printf("%s%.*s", i ? " " : "", SLICE_ARGS(w));
    }
    printf("\n");
}

static uint64_t ask(struct bench *b, struct slice text) {
    struct word_query *q;
    uint32_t *products;
    uint8_t *tiers;
    unsigned count = 0;
    again(b);
    enum err e = words_prepare(b->v, &text, 1, true, &q);
    if (e == ERR_OK) e = words_find(b->v, q, &products, &tiers, &count);
    if (e != ERR_OK) die("query", e);
    return count;
}

static void run(struct bench *b, const char *path, double seconds) {
    static char lines[QUERIES_MAX][256];
    FILE *f = fopen(path, "r");
    unsigned n = 0;
    if (!f) die(path, ERR_IO);
    while (n < QUERIES_MAX && fgets(lines[n], sizeof lines[n], f)) {
        lines[n][strcspn(lines[n], "\n")] = 0;
        n += lines[n][0] != 0;
    }
    fclose(f);
    if (n == 0) die(path, ERR_NOT_FOUND);
    uint64_t hits = 0, asked = 0;
    for (unsigned i = 0; i < n; i++) hits += ask(b, slice_str(lines[i])); // warm
    double slowest = 0, began = cpu_seconds(), now = began;
    for (unsigned i = 0; now - began < seconds; i = (i + 1) % n, asked++) {
        (void)ask(b, slice_str(lines[i]));
        double before = now;
        now = cpu_seconds();
        if (now - before > slowest) slowest = now - before;
    }
    printf("rightfit\t%.0f\t%.1f\t%.3f\n", (double)asked / (now - began), (double)hits / n, slowest * 1e3);
}

int main(int argc, char **argv) {
    struct bench b;
    struct db *db;
    struct fault why;
    if (argc < 3) return fprintf(stderr, "usage: rightfit-words DATA titles | queries N | run FILE SECONDS\n"), 2;
    if (text_init() != ERR_OK) die("text", ERR_INTERNAL);
    if (db_open(argv[1], DB_READ, &db, &why) != ERR_OK) return fprintf(stderr, "%s\n", why.message), 2;
    arena_init(&b.arena, 1 << 20, 256u << 20);
    enum err e = view_open(db, &clock_system, &b.v);
    if (e == ERR_OK) e = view_begin(b.v, &b.arena);
    if (e != ERR_OK) die("view", e);
    if (strcmp(argv[2], "titles") == 0) titles(&b);
    if (strcmp(argv[2], "queries") == 0 && argc > 3)
        for (unsigned long i = strtoul(argv[3], NULL, 10); i > 0; i--) again(&b), query(&b);
    if (strcmp(argv[2], "run") == 0 && argc > 4) run(&b, argv[3], strtod(argv[4], NULL));
    view_end(b.v);
    view_close(b.v);
    db_close(db);
    arena_destroy(&b.arena);
    return 0;
}
