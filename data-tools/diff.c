#include "diff.h"

#include <stdlib.h>

#include "application_words.h"

enum diff_weight diff_weight_of(unsigned from, unsigned to) {
    bool fitted = from == VERDICT_FITS || from == VERDICT_UNIVERSAL, fits = to == VERDICT_FITS || to == VERDICT_UNIVERSAL;
    bool listed = fits || to == VERDICT_CONDITIONAL; // a car's owner still sees it
    if (fitted && !listed) return DIFF_LOST;
    if ((fitted && !fits) || (from == VERDICT_CONDITIONAL && !listed)) return DIFF_DOUBT;
    if (from == VERDICT_NO && listed) return DIFF_LOOK;
    return listed ? DIFF_GAINED : DIFF_OTHER;
}

// ---- making and ending ---------------------------------------------------------------------------------------------------------
static enum err cars_open(struct diff *d, struct db *db, struct fault *why) {
    const char *path = d->options.cars_path;
    if (path) TRY(common_cars_read(db, path, &d->cars, why));
    else TRY(common_cars_choose(db, d->options.cars, &d->cars, why));
    uint32_t *vehicles = calloc((size_t)d->cars.count + 1, sizeof *vehicles);
    if (!vehicles) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < d->cars.count; i++) vehicles[i] = d->cars.list[i].vehicle;
    enum err e = fitment_changes_new(db, vehicles, d->cars.count, &d->verdicts);
    free(vehicles);
    return e;
}

enum err diff_new(struct db *db, const struct diff_options *options, struct diff **out, struct fault *why) {
    struct diff *d = calloc(1, sizeof *d);
    *out = NULL;
    if (!d) return ERR_NO_MEMORY;
    d->options = *options;
    arena_init(&d->scratch, 1 << 20, 256u << 20);
    buf_init(&d->waiting, NULL, 0);
    d->products = calloc((size_t)options->shown + 1, sizeof(struct diff_product *));
    enum err e = d->products ? cars_open(d, db, why) : ERR_NO_MEMORY;
    if (e == ERR_OK) *out = d;
    else diff_free(d);
    return e != ERR_OK && !why->code ? fault_set(why, e, "", "the comparison cannot be made ready (%s)", err_name(e)) : e;
}

static void product_free(struct diff_product *p) {
    if (p) arena_destroy(&p->memory);
    free(p);
}

void diff_free(struct diff *d) {
    if (!d) return;
    for (unsigned i = 0; i < d->product_count; i++) product_free(d->products[i]);
    free((void *)d->products);
    fitment_changes_free(d->verdicts);
    common_cars_free(&d->cars);
    arena_destroy(&d->scratch);
    buf_free(&d->waiting);
    free(d);
}

// ---- the most serious products ---------------------------------------------------------------------------------------------------
static bool before(const struct diff_product *a, const struct diff_product *b) {
    if (a->worst != b->worst) return a->worst < b->worst;
    if (a->reach != b->reach) return a->reach > b->reach;
    return slice_cmp(a->id, b->id) < 0;
}

static void weigh(const struct diff *d, const struct fitment_change *changes, unsigned count, struct diff_product *out) {
    out->worst = DIFF_OTHER;
    out->reach = 0;
    for (unsigned i = 0; i < count; i++) {
        enum diff_weight weight = diff_weight_of(changes[i].from, changes[i].to);
        uint32_t garages = d->cars.list[changes[i].car].garages;
        if (weight > out->worst) continue;
        if (weight < out->worst) out->reach = 0;
        out->worst = weight;
        out->reach += garages ? garages : 1;
    }
}

static unsigned place_of(const struct diff *d, const struct diff_product *p) {
    unsigned low = 0, high = d->product_count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (before(d->products[mid], p)) low = mid + 1;
        else high = mid;
    }
    return low;
}

static void insert(struct diff *d, struct diff_product *p) {
    unsigned at = place_of(d, p);
    if (d->product_count == d->options.shown) product_free(d->products[--d->product_count]);
    memmove((void *)&d->products[at + 1], (const void *)&d->products[at], (d->product_count - at) * sizeof *d->products);
    d->products[at] = p;
    d->product_count++;
}

// ---- one product ------------------------------------------------------------------------------------------------------------------
struct words { struct view *view; struct diff_product *product; };

static void application_keep(void *arg, bool added, struct slice encoded, unsigned year_from, unsigned year_to) {
    struct words *w = arg;
    struct slice *list = added ? w->product->added : w->product->removed;
    struct application a;
    struct buf text;
    unsigned i = 0;
    while (i < DIFF_APPLICATIONS_SHOWN && list[i].n) i++;
    if (i == DIFF_APPLICATIONS_SHOWN || application_decode(w->view->arena, encoded, &a) != ERR_OK) return;
    a.year_from = (uint16_t)year_from;
    a.year_to = (uint16_t)year_to;
    buf_init(&text, w->view->arena, 256);
    application_words(w->view, &a, &text);
    if (!text.bad) list[i] = arena_copy(&w->product->memory, buf_slice(&text));
}

struct pair_of { const struct product_version *before, *after; };

static struct slice applications_of(const struct product_version *version) { return version->exists ? version->applications : SLICE_NONE; }

static enum err product_fill(struct view *v, const struct pair_of *versions, const struct product *shown, struct diff_product *out) {
    struct words w = {v, out};
    struct arena *a = &out->memory;
    struct fitment_change *changes = ARENA_ARRAY(a, struct fitment_change, out->change_count);
    if (!changes) return ERR_NO_MEMORY;
    memcpy(changes, out->changes, out->change_count * sizeof *changes);
    out->changes = changes;
    out->id = arena_copy(a, shown->external_id);
    out->brand = arena_copy(a, shown->brand);
    out->number = arena_copy(a, shown->number);
    out->type = arena_copy(a, shown->type);
    TRY(applications_compare(v->arena, applications_of(versions->before), applications_of(versions->after), application_keep, &w,
                             &out->applications));
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

// Kept when it is more serious than the last one kept.
static enum err product_keep(struct diff *d, struct view *v, const struct pair_of *versions, const struct fitment_change *changes,
                             unsigned count) {
    struct diff_product weighed = {.changes = changes, .change_count = count};
    const struct product_version *shown = versions->after->exists ? versions->after : versions->before;
    struct product p;
    TRY(product_decode(v->arena, shown->record, &p));
    weigh(d, changes, count, &weighed);
    weighed.id = p.external_id;
    if (d->options.shown == 0 || (d->product_count == d->options.shown && !before(&weighed, d->products[d->product_count - 1]))) return ERR_OK;
    struct diff_product *kept = malloc(sizeof *kept);
    if (!kept) return ERR_NO_MEMORY;
    *kept = weighed;
    arena_init(&kept->memory, 1024, 64u << 20);
    enum err e = product_fill(v, versions, &p, kept);
    if (e == ERR_OK) insert(d, kept);
    else product_free(kept);
    return e;
}

static enum err applications_count(struct diff *d, struct view *v, const struct pair_of *versions, bool *changed) {
    struct application_difference a;
    TRY(applications_compare(v->arena, applications_of(versions->before), applications_of(versions->after), NULL, NULL, &a));
    d->counts.added += a.added;
    d->counts.removed += a.removed;
    d->counts.parked_added += a.parked_added;
    d->counts.parked_removed += a.parked_removed;
    *changed = a.added || a.removed;
    return ERR_OK;
}

static enum err product_count(struct diff *d, struct view *v, const struct pair_of *versions) {
    const struct product_version *old = versions->before, *new = versions->after;
    bool applications;
    TRY(applications_count(d, v, versions, &applications));
    if (!old->exists || !new->exists) return ERR_OK;
    bool facts = memcmp(&old->facts, &new->facts, sizeof old->facts) != 0 || !slice_eq(old->record, new->record);
    bool offer = memcmp(&old->offer, &new->offer, sizeof old->offer) != 0;
    d->counts.of_applications += applications;
    d->counts.of_facts += facts;
    d->counts.of_offer += offer;
    d->counts.of_source += !applications && !facts && !offer;
    return ERR_OK;
}

struct waiting { uint32_t product; struct fitment_change change; };

// A product counts as shifted at once where a change is certain; else its changes wait for the end.
static enum err shifted_count(struct diff *d, uint32_t serial, const struct fitment_change *changes, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (!changes[i].undecided || (changes[i].from != VERDICT_NO && changes[i].from != VERDICT_UNKNOWN)) {
            d->counts.products_shifted++;
            return ERR_OK;
        }
    for (unsigned i = 0; i < count; i++) {
        struct waiting w = {serial, changes[i]};
        buf_put(&d->waiting, &w, sizeof w);
    }
    return d->waiting.bad ? ERR_NO_MEMORY : ERR_OK;
}

static void waiting_count(struct diff *d) {
    uint32_t counted = 0;
    for (size_t at = 0; at < d->waiting.n; at += sizeof(struct waiting)) {
        struct waiting w;
        memcpy(&w, d->waiting.p + at, sizeof w);
        if (w.product == counted || fitment_change_to(d->verdicts, &w.change) == w.change.from) continue;
        counted = w.product;
        d->counts.products_shifted++;
    }
}

static enum err product_take(struct diff *d, struct view *v, uint32_t product, const struct pair_of *versions) {
    const struct fitment_change *changes;
    unsigned count;
    TRY(product_count(d, v, versions));
    TRY(fitment_changes_of(d->verdicts, product, versions->before, versions->after, &changes, &count));
    TRY(shifted_count(d, ++d->serial, changes, count));
    return count ? product_keep(d, v, versions, changes, count) : ERR_OK;
}

void diff_compare(struct diff *d, struct view *v, uint32_t product, const struct product_version *before_load, const struct product_version *after) {
    struct pair_of versions = {before_load, after};
    struct view mine = *v; // results go to an arena of our own
    if (d->err != ERR_OK) return;
    arena_reset(&d->scratch);
    mine.arena = &d->scratch;
    d->err = product_take(d, &mine, product, &versions);
}

// ---- after all -----------------------------------------------------------------------------------------------------------------------
// Changes that came to nothing go, and products that are left without any; the rest is weighed by what is known now.
static void product_settle(struct diff *d, struct diff_product *p) {
    struct fitment_change *changes = (struct fitment_change *)(uintptr_t)p->changes; // the arena's copy
    unsigned kept = 0;
    for (unsigned i = 0; i < p->change_count; i++) {
        changes[kept] = changes[i];
        changes[kept].to = (uint8_t)fitment_change_to(d->verdicts, &changes[i]);
        kept += changes[kept].from != changes[kept].to;
    }
    p->change_count = kept;
    weigh(d, changes, kept, p);
}

static void products_settle(struct diff *d) {
    unsigned count = d->product_count;
    d->product_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct diff_product *p = d->products[i];
        product_settle(d, p);
        if (p->change_count) insert(d, p);
        else product_free(p);
    }
}

enum err diff_finish(struct diff *d, const struct catalog_report *report, struct fault *why) {
    d->report = *report;
    if (d->err == ERR_OK) d->err = fitment_changes_settle(d->verdicts);
    if (d->err != ERR_OK) return fault_set(why, d->err, "", "the import cannot be compared with what is there (%s)", err_name(d->err));
    products_settle(d);
    waiting_count(d);
    return ERR_OK;
}
