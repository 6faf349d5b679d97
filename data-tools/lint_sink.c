#include "lint_sink.h"

#include <inttypes.h>
#include <stdlib.h>

#include "index/interner.h"

enum { QUANTITY_MAX = 100 }; // of one part in one vehicle

struct lint_sink {
    struct lint_sink_options options;
    struct lint *lint;
    struct interner parts;
    struct buf vehicle, label, message;
    struct lint_sink_result result;
    enum err failed; // in a callback that cannot say so
};

struct lint_sink *lint_sink_new(const struct lint_sink_options *options, struct lint *l) {
    struct lint_sink *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->options = *options;
    s->lint = l;
    interner_init(&s->parts);
    buf_init(&s->vehicle, NULL, 128);
    buf_init(&s->label, NULL, 128);
    buf_init(&s->message, NULL, 256);
    return s;
}

void lint_sink_free(struct lint_sink *s) {
    if (!s) return;
    interner_destroy(&s->parts);
    buf_free(&s->vehicle);
    buf_free(&s->label);
    buf_free(&s->message);
    free(s);
}

enum err lint_sink_end(const struct lint_sink *s, struct lint_sink_result *out) {
    *out = s->result;
    return s->failed;
}

// ---- one application ------------------------------------------------------------------------------------------------
static struct lint_qualifier qualifier(const struct condition_doc *c, struct arena *a) {
    struct slice text = c->text.n ? c->text : arena_printf(a, "%d %.*s to %.*s", (int)c->type, SLICE_ARGS(c->from), SLICE_ARGS(c->to));
    return (struct lint_qualifier){text, text};
}

static enum err position_check(struct lint_sink *s, struct slice type, const struct application_doc *doc) {
    struct slice allowed;
    if (!s->options.positions || doc->position.n == 0) return ERR_OK;
    enum lint_position_verdict v = lint_position(s->options.positions, type, doc->position, &allowed);
    if (v != POSITION_NEEDLESS && v != POSITION_IMPOSSIBLE) return ERR_OK;
    bool impossible = v == POSITION_IMPOSSIBLE;
    buf_clear(&s->message);
    buf_printf(&s->message, impossible ? "%.*s cannot be at position %.*s, only " : "%.*s at position %.*s: there is only one of it",
               SLICE_ARGS(type), SLICE_ARGS(doc->position));
    if (impossible) buf_slice_put(&s->message, allowed);
    return lint_note(s->lint, impossible ? LINT_IMPOSSIBLE_POSITION : LINT_NEEDLESS_POSITION, buf_slice(&s->message), doc->line);
}

static enum err quantity_check(struct lint_sink *s, const struct application_doc *doc) {
    if (doc->quantity <= QUANTITY_MAX) return ERR_OK;
    buf_clear(&s->message);
    buf_printf(&s->message, "%u pieces of a part in one vehicle", doc->quantity);
    return lint_note(s->lint, LINT_ODD_QUANTITY, buf_slice(&s->message), doc->line);
}

static enum err mapping_check(struct lint_sink *s, const struct application_doc *doc, const struct vehicle_doc *vehicle) {
    struct slice complaint;
    if (!s->options.vehicles || (doc->flags & APPLICATION_NOT_VALIDATED)) return ERR_OK;
    TRY(lint_vehicles_check(s->options.vehicles, vehicle, &complaint));
    return complaint.n ? lint_note(s->lint, LINT_OVER_MAPPING, complaint, doc->line) : ERR_OK;
}

// The row of one of the application's vehicles; `row` has what they share.
static enum err vehicle_add(struct lint_sink *s, const struct vehicle_doc *v, struct lint_row row) {
    struct lint_attribute attributes[LINT_ATTRIBUTES_MAX];
    if (v->attr_count > LINT_ATTRIBUTES_MAX) return ERR_TOO_LARGE;
    for (unsigned i = 0; i < v->attr_count; i++) attributes[i] = (struct lint_attribute){v->attrs[i].name, v->attrs[i].value};
    buf_clear(&s->vehicle);
    if (v->external.n) buf_slice_put(&s->vehicle, v->external);
    else buf_printf(&s->vehicle, "%.*s%s%.*s", SLICE_ARGS(v->make), v->model.n ? " " : "", SLICE_ARGS(v->model));
    if (s->vehicle.bad) return ERR_NO_MEMORY;
    row.vehicle = buf_slice(&s->vehicle);
    row.year_from = v->year_from;
    row.year_to = v->year_to;
    row.attributes = attributes;
    row.attribute_count = v->attr_count;
    return lint_add(s->lint, &row);
}

static enum err application_add(struct lint_sink *s, bool deletion, struct slice brand, struct slice number, struct slice type,
                                const struct application_doc *doc) {
    struct lint_qualifier qualifiers[LINT_QUALIFIERS_MAX];
    struct arena arena;
    if (doc->condition_count > LINT_QUALIFIERS_MAX) return ERR_TOO_LARGE;
    arena_init(&arena, 1024, 1 << 20);
    for (unsigned i = 0; i < doc->condition_count; i++) qualifiers[i] = qualifier(&doc->conditions[i], &arena);
    buf_clear(&s->label);
    buf_printf(&s->label, "%.*s%s%.*s", SLICE_ARGS(brand), doc->label.n ? " " : "", SLICE_ARGS(doc->label));
    struct lint_row row = {.line = doc->line, .qualifiers = qualifiers, .qualifier_count = doc->condition_count, .type = type,
                           .position = doc->position, .label = buf_slice(&s->label), .part = number,
                           .quantity = doc->quantity ? doc->quantity : 1, .deletion = deletion};
    enum err err = s->label.bad || arena.full ? ERR_NO_MEMORY : ERR_OK;
    for (unsigned i = 0; i < doc->vehicle_count && err == ERR_OK; i++) {
        err = vehicle_add(s, &doc->vehicles[i], row);
        if (err == ERR_OK) err = mapping_check(s, doc, &doc->vehicles[i]);
    }
    arena_destroy(&arena);
    return err;
}

static enum err application_take(struct lint_sink *s, bool deletion, struct slice brand, struct slice number, struct slice type,
                                 const struct application_doc *doc) {
    s->result.applications++;
    if (brand.n == 0) TRY(lint_note(s->lint, LINT_MISSING_BRAND, SLICE("the part has no brand"), doc->line));
    if (number.n == 0) TRY(lint_note(s->lint, LINT_MISSING_PART, SLICE("the part has no number"), doc->line));
    if (type.n == 0) TRY(lint_note(s->lint, LINT_MISSING_PART_TYPE, SLICE("the part has no type"), doc->line));
    if (doc->vehicle_count == 0) TRY(lint_note(s->lint, LINT_MISSING_VEHICLE, SLICE("an application without vehicles"), doc->line));
    TRY(position_check(s, type, doc));
    TRY(quantity_check(s, doc));
    return application_add(s, deletion, brand, number, type, doc);
}

// ---- the sink -------------------------------------------------------------------------------------------------------
static enum err part_count(struct lint_sink *s, struct slice brand, struct slice number) {
    buf_clear(&s->message);
    buf_string(&s->message, brand);
    buf_slice_put(&s->message, number);
    if (s->message.bad || interner_id(&s->parts, buf_slice(&s->message)) == INTERNER_FULL) return ERR_NO_MEMORY;
    s->result.parts = s->parts.count;
    return ERR_OK;
}

static enum err on_product(void *arg, const struct product_doc *doc, struct fault *why) {
    struct lint_sink *s = arg;
    (void)why;
    TRY(part_count(s, doc->brand, doc->number));
    for (unsigned i = 0; i < doc->application_count; i++)
        TRY(application_take(s, false, doc->brand, doc->number, doc->type, &doc->applications[i]));
    return ERR_OK;
}

static enum err on_application(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                               const struct application_doc *doc, struct fault *why) {
    struct lint_sink *s = arg;
    (void)why;
    TRY(part_count(s, brand, number));
    return application_take(s, change == CATALOG_REMOVE, brand, number, type, doc);
}

static enum err on_brand(void *arg, struct slice brand, struct fault *why) { return (void)arg, (void)brand, (void)why, ERR_OK; }
static enum err on_remove(void *arg, struct slice brand, struct slice number, struct fault *why) {
    return (void)arg, (void)brand, (void)number, (void)why, ERR_OK;
}
static enum err on_offer(void *arg, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock, struct fault *why) {
    return (void)arg, (void)id, (void)cny_fen, (void)usd_cents, (void)stock, (void)why, ERR_OK;
}

static void on_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct lint_sink *s = arg;
    enum err err = what == SINK_REJECTED ? lint_note(s->lint, LINT_BROKEN_ROW, slice_str(message), line) : ERR_OK;
    if (err != ERR_OK) s->failed = err;
}
static void on_tick(void *arg) {
    struct lint_sink *s = arg;
    if (s->options.tick) s->options.tick(s->options.arg);
}

struct sink lint_sink_of(struct lint_sink *s) {
    return (struct sink){.arg = s, .product = on_product, .application = on_application, .full = on_brand, .remove = on_remove,
                         .offer = on_offer, .report = on_report, .tick = on_tick};
}
