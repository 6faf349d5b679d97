// VINs: decoding one after the other, and the repair of one wrong character. The VINs are drawn from the database's own patterns.
#include "bench/bench.h"
#include "index/vin.h"

enum { VINS = 16384, NEWEST = 2027 };

// Makers' codes with patterns, drawn with their years; the rest of a VIN is drawn until it has a model.
static bool draw_one(struct bench_data *d, struct bench_random *r, struct slice code, unsigned year, struct vin_text *out) {
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", years[] = "ABCDEFGHJKLMNPRSTVWXY123456789";
    struct vin vin;
    memset(out, 0, sizeof *out);
    memcpy(out->c, code.p, 3);
    for (unsigned tries = 0; tries < 400; tries++) {
        for (unsigned i = 3; i < VIN_CHARS; i++) out->c[i] = alphabet[bench_below(r, i > VIN_PLANT ? 10 : 33)];
        out->c[VIN_YEAR] = years[year % 30];
        out->c[VIN_CHECK] = vin_check_digit(out);
        if (vin_decode(d->view->snapshot, NEWEST, out, &vin) == ERR_OK && vin.match.model_count) return true;
    }
    return false;
}

static unsigned draw(struct bench_data *d, struct vin_text *vins) {
    struct bench_random r = {17};
    struct slice key, record;
    unsigned count = 0;
    struct db_cursor *c = db_cursor_begin(d->view->snapshot, TABLE_VIN);
    if (!c) return 0;
    enum err e = db_cursor_seek(c, SLICE("p"), &key, &record);
    for (; e == ERR_OK && key.p[0] == 'p' && count < VINS; e = db_cursor_next(c, &key, &record)) {
        unsigned from = UINT16_MAX - (unsigned)((uint8_t)key.p[key.n - 2] << 8 | (uint8_t)key.p[key.n - 1]);
        if (key.n == 6 && from >= 2000) count += draw_one(d, &r, slice_from(key, 1), from, &vins[count]);
    }
    db_cursor_end(c);
    for (unsigned i = count; i > 1; i--) { // any order
        unsigned k = bench_below(&r, i);
        struct vin_text other = vins[k];
        vins[k] = vins[i - 1];
        vins[i - 1] = other;
    }
    return count;
}

static unsigned vins_of(struct gbench *g, struct bench_data *d, struct vin_text **out) {
    static struct vin_text vins[VINS];
    static unsigned count;
    if (d && !count) count = draw(d, vins);
    if (d && !count) gbench_skip(g, "the database has no VIN patterns");
    *out = vins;
    return count;
}

static void decode(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    struct vin_text *vins;
    unsigned count = vins_of(g, d, &vins);
    for (unsigned i = 0; count && gbench_next(g); i++) {
        struct vin vin;
        enum err e = vin_decode(d->view->snapshot, NEWEST, &vins[i % count], &vin);
        if (e != ERR_OK) {
            bench_failed(g, "vin_decode", e);
            return;
        }
        gbench_use(&vin);
    }
}

static void repair(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    struct vin_text *vins;
    unsigned count = vins_of(g, d, &vins);
    double found = 0;
    for (unsigned i = 0; count && gbench_next(g); i++) {
        struct vin_text bad = vins[i % count];
        struct vin_suggestion list[VIN_SUGGESTIONS];
        unsigned n;
        bad.c[3 + i % 4] = bad.c[3 + i % 4] == 'Z' ? '1' : 'Z';
        enum err e = vin_repair(d->view->snapshot, NEWEST, &bad, list, &n);
        if (e != ERR_OK) {
            bench_failed(g, "vin_repair", e);
            return;
        }
        found += n;
    }
    gbench_average(g, "suggestions", found);
}

void bench_vin_add(void) {
    gbench_add("vin/decode", decode, 0);
    gbench_add("vin/repair", repair, 0);
}
