#include "diff_print.h"

#include <inttypes.h>

enum { CARS_SHOWN = 5, CARS_LISTED = 100 }; // of one change: in text, in JSON

// ---- changes of one product, by transition -------------------------------------------------------------------------------------
struct transition { unsigned from, to; };

static unsigned transition_count(const struct diff_product *p, struct transition t) {
    unsigned n = 0;
    for (unsigned i = 0; i < p->change_count; i++) n += p->changes[i].from == t.from && p->changes[i].to == t.to;
    return n;
}

// All transitions there are, the most serious first; 0: no more.
static bool transition_next(unsigned *at, struct transition *out) {
    for (; *at < (DIFF_OTHER + 1) * FITMENT_STATES * FITMENT_STATES; ++*at) {
        unsigned pair = *at % (FITMENT_STATES * FITMENT_STATES);
        *out = (struct transition){FITMENT_STATES - 1 - pair / FITMENT_STATES, pair % FITMENT_STATES};
        if (out->from == out->to || diff_weight_of(out->from, out->to) != *at / (FITMENT_STATES * FITMENT_STATES)) continue;
        ++*at;
        return true;
    }
    return false;
}

// ---- text ------------------------------------------------------------------------------------------------------------------------
static void counts_text(const struct diff *d, struct buf *b) {
    const struct catalog_report *r = &d->report;
    const struct diff_counts *c = &d->counts;
    buf_printf(b, "what the import would change (nothing was written)\n\n");
    buf_printf(b, "  %-14s %10" PRIu64 " new     %10" PRIu64 " changed %10" PRIu64 " removed %10" PRIu64 " same\n", "products", r->products_new,
               r->products_changed, r->products_removed, r->products_same);
    buf_printf(b, "  %-14s %10" PRIu64 " in what they fit, %" PRIu64 " in text or facts, %" PRIu64 " in price or stock, %" PRIu64
                  " in file or line alone\n", "  changed", c->of_applications, c->of_facts, c->of_offer, c->of_source);
    buf_printf(b, "  %-14s %10" PRIu64 " added   %10" PRIu64 " removed\n", "applications", c->added, c->removed);
    buf_printf(b, "  %-14s %10" PRIu64 " added   %10" PRIu64 " removed\n", "  parked", c->parked_added, c->parked_removed);
    buf_printf(b, "  %-14s %10" PRIu64 " changed\n", "offers", r->offers_changed);
    if (r->removals_missed) buf_printf(b, "  %-14s %10" PRIu64 " found nothing to delete\n", "deletions", r->removals_missed);
}

static void transitions_text(const struct diff *d, struct buf *b) {
    struct transition t;
    uint64_t all = 0;
    buf_printf(b, "\nverdicts that would change on the %u %s cars (%" PRIu64 " pairs of product and car looked at)\n\n", d->cars.count,
               d->options.cars_path ? "given" : "most common", fitment_changes_judged(d->verdicts));
    for (unsigned at = 0; transition_next(&at, &t);) {
        uint64_t n = fitment_changes_count(d->verdicts, t.from, t.to);
        if (n) buf_printf(b, "  %-11s -> %-11s %10" PRIu64 "\n", fitment_state_name(t.from), fitment_state_name(t.to), n);
        all += n;
    }
    if (!all) buf_printf(b, "  none\n");
}

static void cars_text(const struct diff *d, const struct diff_product *p, struct transition t, unsigned count, struct buf *b) {
    unsigned shown = 0;
    for (unsigned i = 0; i < p->change_count && shown < CARS_SHOWN; i++)
        if (p->changes[i].from == t.from && p->changes[i].to == t.to)
            buf_printf(b, "%s%s", shown++ ? ", " : "", d->cars.list[p->changes[i].car].slug);
    if (count > shown) buf_printf(b, " and %u more", count - shown);
}

static void words_text(const char *what, const struct slice *list, unsigned count, struct buf *b) {
    unsigned i = 0;
    for (; i < DIFF_APPLICATIONS_SHOWN && list[i].n; i++) buf_printf(b, "      %s %.*s\n", what, SLICE_ARGS(list[i]));
    if (count > i && i) buf_printf(b, "      %s and %u more\n", what, count - i);
}

static void product_text(const struct diff *d, const struct diff_product *p, struct buf *b) {
    struct transition t;
    buf_printf(b, "  %.*s  (%.*s %.*s, %.*s)\n", SLICE_ARGS(p->id), SLICE_ARGS(p->brand), SLICE_ARGS(p->number), SLICE_ARGS(p->type));
    for (unsigned at = 0; transition_next(&at, &t);) {
        unsigned n = transition_count(p, t);
        if (!n) continue;
        buf_printf(b, "    %s -> %s on ", fitment_state_name(t.from), fitment_state_name(t.to));
        cars_text(d, p, t, n, b);
        buf_char(b, '\n');
    }
    words_text("-", p->removed, p->applications.removed, b);
    words_text("+", p->added, p->applications.added, b);
}

enum err diff_print_text(const struct diff *d, FILE *out) {
    struct buf b;
    buf_init(&b, NULL, 64 * 1024);
    counts_text(d, &b);
    transitions_text(d, &b);
    if (d->product_count)
        buf_printf(&b, "\nproducts behind them, what is lost first (%u of %" PRIu64 ")\n\n", d->product_count, d->counts.products_shifted);
    for (unsigned i = 0; i < d->product_count; i++) product_text(d, d->products[i], &b);
    if (d->product_count) buf_char(&b, '\n');
    enum err err = b.bad ? ERR_NO_MEMORY : fwrite(b.p, 1, b.n, out) == b.n ? ERR_OK : ERR_IO;
    buf_free(&b);
    return err;
}

// ---- JSON ------------------------------------------------------------------------------------------------------------------------
static void counts_json(const struct diff *d, struct json_writer *w) {
    const struct catalog_report *r = &d->report;
    const struct diff_counts *c = &d->counts;
    json_key_open(w, "products", '{');
    json_key_int(w, "new", (int64_t)r->products_new);
    json_key_int(w, "changed", (int64_t)r->products_changed);
    json_key_int(w, "removed", (int64_t)r->products_removed);
    json_key_int(w, "same", (int64_t)r->products_same);
    json_key_int(w, "changed_fitment", (int64_t)c->of_applications);
    json_key_int(w, "changed_facts", (int64_t)c->of_facts);
    json_key_int(w, "changed_offer", (int64_t)c->of_offer);
    json_key_int(w, "changed_source", (int64_t)c->of_source);
    json_close(w, '}');
    json_key_open(w, "applications", '{');
    json_key_int(w, "added", (int64_t)c->added);
    json_key_int(w, "removed", (int64_t)c->removed);
    json_key_int(w, "parked_added", (int64_t)c->parked_added);
    json_key_int(w, "parked_removed", (int64_t)c->parked_removed);
    json_key_int(w, "removals_missed", (int64_t)r->removals_missed);
    json_close(w, '}');
    json_key_open(w, "offers", '{');
    json_key_int(w, "changed", (int64_t)r->offers_changed);
    json_close(w, '}');
}

static void transition_json(struct json_writer *w, struct transition t) {
    json_key_str(w, "from", fitment_state_name(t.from));
    json_key_str(w, "to", fitment_state_name(t.to));
}

static void verdicts_json(const struct diff *d, struct json_writer *w) {
    struct transition t;
    json_key_open(w, "verdicts", '{');
    json_key_int(w, "cars", d->cars.count);
    json_key_int(w, "judged", (int64_t)fitment_changes_judged(d->verdicts));
    json_key_int(w, "products", (int64_t)d->counts.products_shifted);
    json_key_open(w, "transitions", '[');
    for (unsigned at = 0; transition_next(&at, &t);) {
        uint64_t n = fitment_changes_count(d->verdicts, t.from, t.to);
        if (!n) continue;
        json_open(w, '{');
        transition_json(w, t);
        json_key_int(w, "count", (int64_t)n);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void change_json(const struct diff *d, const struct diff_product *p, struct transition t, unsigned count, struct json_writer *w) {
    unsigned shown = 0;
    json_open(w, '{');
    transition_json(w, t);
    json_key_int(w, "count", count);
    json_key_open(w, "cars", '[');
    for (unsigned i = 0; i < p->change_count && shown < CARS_LISTED; i++) {
        if (p->changes[i].from != t.from || p->changes[i].to != t.to) continue;
        json_str(w, d->cars.list[p->changes[i].car].slug);
        shown++;
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void words_json(struct json_writer *w, const char *key, unsigned count, const struct slice *list) {
    json_key_open(w, key, '{');
    json_key_int(w, "count", count);
    json_key_open(w, "examples", '[');
    for (unsigned i = 0; i < DIFF_APPLICATIONS_SHOWN && list[i].n; i++) json_string(w, list[i]);
    json_close(w, ']');
    json_close(w, '}');
}

static void product_json_put(const struct diff *d, const struct diff_product *p, struct json_writer *w) {
    struct transition t;
    json_open(w, '{');
    json_key_string(w, "product", p->id);
    json_key_string(w, "brand", p->brand);
    json_key_string(w, "number", p->number);
    json_key_string(w, "type", p->type);
    json_key_open(w, "verdicts", '[');
    for (unsigned at = 0; transition_next(&at, &t);) {
        unsigned n = transition_count(p, t);
        if (n) change_json(d, p, t, n, w);
    }
    json_close(w, ']');
    words_json(w, "applications_removed", p->applications.removed, p->removed);
    words_json(w, "applications_added", p->applications.added, p->added);
    json_close(w, '}');
}

void diff_json_members(const struct diff *d, struct json_writer *w) {
    counts_json(d, w);
    verdicts_json(d, w);
    json_key_open(w, "changes", '[');
    for (unsigned i = 0; i < d->product_count; i++) product_json_put(d, d->products[i], w);
    json_close(w, ']');
}
