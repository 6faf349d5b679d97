// supply_lines.c: what supply.h holds, written out again.
#include "dealer.h"
#include "depot.h"
#include "district.h"
#include "names.h"
#include "price_band.h"
#include "product.h"
#include "stock.h"
#include "supply.h"
#include "supply_table.h"
#include "workshop.h"

enum { STOCK_LINE_PRODUCTS = 1024 };

struct lines {
    struct view *v;
    struct view inner; // the same with an arena of a line's own
    struct arena arena;
    enum err (*each)(void *arg, struct slice line);
    void *arg;
    struct buf line;
    struct json_writer w;
};

static struct json_writer *line_begin(struct lines *l, enum supply_kind kind) {
    arena_reset(&l->arena);
    buf_init(&l->line, &l->arena, 1024);
    l->w = json_writer_of(&l->line);
    json_open(&l->w, '{');
    json_key_str(&l->w, "kind", supply_kind_name(kind));
    return &l->w;
}

static enum err line_end(struct lines *l) {
    json_close(&l->w, '}');
    buf_char(&l->line, '\n');
    return l->line.bad ? ERR_NO_MEMORY : l->each(l->arg, buf_slice(&l->line));
}

static enum err district_line(void *arg, const struct district *d) {
    struct lines *l = arg;
    district_json_members(line_begin(l, SUPPLY_DISTRICT), d);
    return line_end(l);
}

static enum err depot_line(void *arg, struct slice rest, struct slice value) {
    struct lines *l = arg;
    struct reader r = reader_of(rest);
    struct depot d;
    (void)value;
    TRY(depot_load(l->v, reader_u32be(&r), &d));
    depot_json_members(line_begin(l, SUPPLY_DEPOT), &d);
    return line_end(l);
}

static enum err dealer_line(void *arg, struct slice rest, struct slice value) {
    struct lines *l = arg;
    struct dealer d;
    (void)value;
    TRY(dealer_load(l->v->snapshot, rest, &d));
    dealer_json_members(line_begin(l, SUPPLY_DEALER), &d);
    return line_end(l);
}

static enum err band_line(void *arg, const struct price_band *b) {
    struct lines *l = arg;
    price_band_json_members(l->v, line_begin(l, SUPPLY_PRICE_BAND), b);
    return line_end(l);
}

// ---- stock: as many lines as keep each short ------------------------------------------------------------------------------------
struct stock_lines { struct lines *l; const char *of; struct slice id; enum err e; };

static enum err stock_line(const struct stock_lines *s, const struct stock_item *items, unsigned count) {
    struct json_writer *w = line_begin(s->l, SUPPLY_STOCK);
    json_key_string(w, s->of, s->id);
    json_key_open(w, "items", '{');
    for (unsigned i = 0; i < count; i++) {
        struct product p;
        enum err e = product_load(&s->l->inner, items[i].product, &p);
        if (e == ERR_NOT_FOUND) continue; // deleted since
        TRY(e);
        json_key_slice(w, p.external_id);
        json_int(w, items[i].pieces);
    }
    json_close(w, '}');
    return line_end(s->l);
}

static bool stock_block(void *arg, const struct stock_item *items, unsigned count) {
    struct stock_lines *s = arg;
    for (unsigned i = 0; i < count && s->e == ERR_OK; i += STOCK_LINE_PRODUCTS)
        s->e = stock_line(s, items + i, count - i < STOCK_LINE_PRODUCTS ? count - i : STOCK_LINE_PRODUCTS);
    return s->e == ERR_OK;
}

static enum err stock_of(struct lines *l, const char *of, struct slice id, uint32_t place) {
    struct stock_lines s = {l, of, id, ERR_OK};
    struct arena blocks;
    arena_init(&blocks, 64 * 1024, 64u << 20);
    enum err e = stock_each(l->v->snapshot, place, stock_block, &s, &blocks);
    arena_destroy(&blocks);
    return e == ERR_OK ? s.e : e;
}

static enum err depot_stock(void *arg, struct slice rest, struct slice value) {
    struct lines *l = arg;
    struct reader r = reader_of(rest);
    uint32_t id = reader_u32be(&r);
    (void)value;
    return stock_of(l, "depot", names_text(l->v, NAMES_DEPOT, id), stock_of_depot(id));
}

static enum err workshop_line(void *arg, const struct workshop *w) {
    struct lines *l = arg;
    workshop_json_members(&l->inner, line_begin(l, SUPPLY_WORKSHOP), w);
    TRY(line_end(l));
    return stock_of(l, "workshop", w->external_id, stock_of_workshop(w->id));
}

static enum err all_lines(struct lines *l) {
    struct snapshot *s = l->v->snapshot;
    TRY(district_each(l->v, district_line, l));
    TRY(supply_each(s, SUPPLY_AT_DEPOT, depot_line, l));
    TRY(supply_each(s, SUPPLY_AT_DEALER, dealer_line, l));
    TRY(price_band_each(s, band_line, l));
    TRY(supply_each(s, SUPPLY_AT_DEPOT, depot_stock, l));
    return workshops_each(l->v, workshop_line, l);
}

enum err supply_lines(struct view *v, enum err (*each)(void *arg, struct slice line), void *arg) {
    struct lines l = {.v = v, .inner = *v, .each = each, .arg = arg};
    arena_init(&l.arena, 64 * 1024, 64u << 20);
    l.inner.arena = &l.arena;
    enum err e = all_lines(&l);
    arena_destroy(&l.arena);
    return e;
}
