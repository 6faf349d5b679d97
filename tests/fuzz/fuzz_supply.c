// fuzz_supply.c: lines from outside about workshops, depots, districts, dealers, price bands and stock, put into a small database and taken back;
// whatever was put must be written out as lines that can be put. The same bytes as opening hours, as a position, as stored hours: hours
// that were understood must say the same when they are written and read again, and what decodes must answer every question.
#include <stdlib.h>

#include "index/bulk.h"
#include "index/geo.h"
#include "index/hours.h"
#include "index/names.h"
#include "index/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct hours *h) {
    for (int64_t at = -INT64_C(5000000000); at < INT64_C(4000000000000); at += INT64_C(123456789012)) {
        int64_t open = hours_next_open(h, at);
        if (h->count == 0 ? open != -1 : open < at) abort();
        if (hours_span_at(h, at) && open != at) abort();
    }
}

static void same_again(const struct hours *h) {
    struct hours again = *h;
    struct buf b;
    buf_init(&b, NULL, 64);
    hours_put_text(h, &b);
    if (b.n <= HOURS_TEXT_BYTES) {
        if (hours_parse(buf_slice(&b), &again, NULL) != ERR_OK || again.count != h->count) abort();
        if (memcmp(again.spans, h->spans, h->count * sizeof *h->spans) != 0) abort();
    }
    buf_free(&b);
}

static void as_text(struct slice text) {
    struct hours h = {.utc_offset_min = 480, .saving = SAVING_EU};
    struct reader r = reader_of(text);
    struct geo g;
    if (hours_parse(text, &h, NULL) == ERR_OK) {
        same_again(&h);
        ask(&h);
    }
    if (geo_parse(text, &g)) {
        struct geo there = geo_to_gcj02(g), back = geo_from_gcj02(there);
        if (!geo_valid(g) || back.lat != back.lat || back.lon != back.lon) abort();
    }
    hours_decode(&r, &h);
    if (!r.bad) ask(&h);
}

// ---- lines ----------------------------------------------------------------------------------------------------------------------
struct place { struct db *db; struct arena line, scratch; struct json_parser *parser; };

static struct place *place(void) {
    static struct place p;
    char dir[] = "/tmp/rightfit-fuzz-XXXXXX";
    struct txn *t;
    uint32_t id;
    if (p.db) return &p;
    arena_init(&p.line, 1 << 16, 64 << 20);
    arena_init(&p.scratch, 1 << 16, 64 << 20);
    p.parser = json_parser_new();
    if (text_init() != ERR_OK || !mkdtemp(dir) || db_open(dir, DB_CREATE, &p.db, NULL) != ERR_OK || txn_begin(p.db, &t, NULL) != ERR_OK) abort();
    if (names_intern(t, NAMES_TYPE, SLICE("oil"), &id) != ERR_OK || names_intern(t, NAMES_MAKE, SLICE("a"), &id) != ERR_OK ||
        names_intern(t, NAMES_BRAND, SLICE("b"), &id) != ERR_OK || txn_commit(t, NULL) != ERR_OK)
        abort();
    return &p;
}

static enum err apply(struct place *p, struct txn *t, struct slice line) {
    struct bulk_op op;
    struct fault why = {0};
    TRY(bulk_decode(&p->line, p->parser, line, SLICE("fuzz"), 1, &op, &why));
    if (op.kind != BULK_SUPPLY) return ERR_END;
    return bulk_apply(t, &p->scratch, &op, 0, &why);
}

struct line_run { struct place *p; struct txn *t; };

// {"kind":...} becomes {"op":"put","kind":...}.
static enum err put_again(void *arg, struct slice line) {
    const struct line_run *a = arg;
    struct slice again = arena_printf(&a->p->line, "{\"op\":\"put\",%.*s", (int)line.n - 2, line.p + 1);
    enum err e = apply(a->p, a->t, again);
    if (e != ERR_OK && e != ERR_NO_MEMORY) abort();
    return ERR_END; // the cursor stands on what has changed
}

static void as_line(struct slice text) {
    struct line_run a = {.p = place()};
    struct view v;
    arena_reset(&a.p->line);
    arena_reset(&a.p->scratch);
    if (txn_begin(a.p->db, &a.t, NULL) != ERR_OK) abort();
    if (apply(a.p, a.t, text) == ERR_OK && view_of_txn(a.t, &a.p->scratch, &clock_system, &v) == ERR_OK) {
        enum err e = supply_lines(&v, put_again, &a);
        if (e != ERR_OK && e != ERR_END && e != ERR_NO_MEMORY) abort();
        view_of_txn_end(&v);
    }
    txn_abort(a.t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice text = slice_of(data, size);
    as_text(text);
    if (size && data[0] == '{') as_line(text);
    return 0;
}
