#include "fitment_csv.h"

#include <stdio.h>
#include <stdlib.h>

#include "fitment_row.h"
#include "vehicles_columns.h"

enum { ROW_ARENA_BYTES = 4 << 20, TICK_ROWS = 4096, IDS_MAX = 32 };

struct fitment_table {
    const struct attribute_words *words;
    const struct notes *notes;
    const struct fitment_options *options;
    const struct sink *sink;
    struct fitment_result *result;
    struct slice source;
    struct fitment_columns columns;
    struct fitment_items items;
    struct delimited *rows;
    struct arena arena; // of one row
    struct fitment_row row;
};

enum err fitment_input_all(struct input *in, char **out, size_t *n, struct fault *why) {
    size_t capacity = 1 << 16, got = 1;
    char *bytes = malloc(capacity);
    enum err err = bytes ? ERR_OK : ERR_NO_MEMORY;
    *n = 0;
    while (err == ERR_OK && got) {
        if (*n == capacity) {
            char *grown = capacity < DELIMITED_FILE_BYTES_MAX ? realloc(bytes, capacity * 2) : NULL;
            if (!grown) {
                err = capacity < DELIMITED_FILE_BYTES_MAX ? ERR_NO_MEMORY : fault_set(why, ERR_TOO_LARGE, "", "%s is too large for a table",
                                                                                      input_name(in));
                break;
            }
            bytes = grown;
            capacity *= 2;
        }
        err = input_read(in, bytes + *n, capacity - *n, &got, why);
        *n += err == ERR_OK ? got : 0;
    }
    if (err != ERR_OK) free(bytes);
    else *out = bytes;
    return err;
}

// ---- a row's vehicle --------------------------------------------------------------------------------------------------------------
static struct slice cell(const struct fitment_table *t, enum fitment_place place) { return fitment_cell(t->rows, &t->columns, place); }

// "from" and "to"; an empty end is open where there is a column for it.
static struct slice years_cell(struct fitment_table *t) {
    struct slice year = cell(t, FITMENT_YEAR), from = cell(t, FITMENT_FROM), to = cell(t, FITMENT_TO);
    if (year.n || (from.n == 0 && to.n == 0)) return year;
    if (slice_is(from, "*")) from = SLICE_NONE;
    if (slice_is(to, "*")) to = SLICE_NONE;
    if (from.n == 0 && to.n == 0) return SLICE("*");
    return t->columns.at[FITMENT_TO] < 0 ? from : arena_printf(&t->arena, "%.*s-%.*s", SLICE_ARGS(from), SLICE_ARGS(to));
}

static enum err attributes_read(struct fitment_table *t, struct fault *why) {
    struct fitment_row *r = &t->row;
    for (unsigned i = 0; i < t->columns.attribute_count; i++) {
        struct slice name = t->columns.attributes[i].name, text = delimited_cell(t->rows, t->columns.attributes[i].column);
        TRY(t->columns.attributes[i].verbatim ? fitment_row_verbatim(r, name, text, why) : fitment_row_attribute(r, name, text, why));
    }
    TRY(fitment_row_engine(r, cell(t, FITMENT_ENGINE), why));
    TRY(fitment_row_trim(r, cell(t, FITMENT_TRIM), why));
    for (unsigned i = 0; i < t->columns.unknown_count; i++)
        TRY(fitment_row_unknown(r, delimited_column_name(t->rows, (unsigned)t->columns.unknown[i]),
                                delimited_cell(t->rows, t->columns.unknown[i]), why));
    return ERR_OK;
}

static enum err row_read(struct fitment_table *t, struct fault *why) {
    struct fitment_row *r = &t->row;
    r->make = cell(t, FITMENT_MAKE);
    r->model = cell(t, FITMENT_MODEL);
    if (slice_is(r->model, "*") || slice_is(r->model, "全部") || slice_is(r->model, "全系")) r->model = SLICE_NONE;
    if (r->make.n > LIMIT_EXTERNAL_ID_BYTES || r->model.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "model", "names of makes and models have at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    r->position = vehicle_words_position(cell(t, FITMENT_POSITION));
    if (slice_is(r->position, "*")) r->position = SLICE_NONE;
    r->label = cell(t, FITMENT_LABEL);
    if (r->position.n > 64 || r->label.n > 256) return fault_set(why, ERR_BAD_REQUEST, "position", "position or product line is too long");
    TRY(fitment_row_quantity(r, cell(t, FITMENT_QUANTITY), why));
    TRY(attributes_read(t, why));
    TRY(fitment_row_notes(r, cell(t, FITMENT_NOTES), why));
    struct slice years = years_cell(t);
    return r->make.n || years.n ? fitment_row_years(r, years, why) : ERR_OK;
}

// Ids of other catalogues: of a row that names its vehicle, attributes of it; of another, the vehicles themselves.
static enum err ids_read(struct fitment_table *t, struct slice ids[], unsigned *count, struct fault *why) {
    *count = 0;
    for (unsigned i = 0; i < t->columns.external_count; i++) {
        const char *scheme = t->columns.externals[i].scheme;
        struct slice text = delimited_cell(t->rows, t->columns.externals[i].column);
        if (*count && !t->row.make.n) break; // one scheme says it all
        while (text.n) {
            size_t n = 0;
            while (n < text.n && !strchr("|,; ", text.p[n])) n++;
            struct slice one = slice_of(text.p, n), id;
            text = slice_from(text, n + 1);
            if (one.n == 0) continue;
            if (vehicles_external_id(t->row.arena, scheme, one, &id) != ERR_OK)
                return fault_set(why, ERR_BAD_REQUEST, scheme, "\"%.*s\" is no %s id", (int)(one.n < 60 ? one.n : 60), one.p, scheme);
            if (*count == IDS_MAX) return fault_set(why, ERR_BAD_REQUEST, scheme, "more than %d ids in one row", IDS_MAX);
            ids[(*count)++] = id;
        }
    }
    return ERR_OK;
}

static enum err ids_as_attributes(struct fitment_table *t, const struct slice ids[], unsigned count, struct fault *why) {
    for (unsigned i = 0; i < count; i++) {
        struct slice id = ids[i], scheme = slice_cut(&id, ':');
        if (slice_is(scheme, "vcdb")) continue; // the base vehicle, which the row names
        if (t->row.pair_count == FITMENT_PAIRS_MAX) return fault_set(why, ERR_BAD_REQUEST, "", "too many attributes");
        t->row.pairs[t->row.pair_count++] = (struct pair){scheme, id};
    }
    return ERR_OK;
}

// ---- handing over -----------------------------------------------------------------------------------------------------------------
static enum err product_deliver(struct fitment_table *t, struct fitment_item *item, struct fault *why) {
    struct product_doc doc;
    TRY(fitment_item_document(item, &t->arena, &doc));
    if (doc.type.n == 0) doc.type = slice_str(t->options->type);
    item->delivered = true;
    enum err err = t->sink->product(t->sink->arg, &doc, why);
    item->refused = err != ERR_OK;
    t->result->products += err == ERR_OK;
    return err;
}

static enum err application_deliver(struct fitment_table *t, struct fitment_item *item, struct fault *why) {
    struct application_doc doc;
    TRY(fitment_row_application(&t->row, t->source, delimited_line(t->rows), &doc));
    t->result->applications++;
    if (item->apart) {
        struct slice type = item->type.n ? item->type : slice_str(t->options->type);
        enum err err = t->sink->application(t->sink->arg, CATALOG_ADD, item->brand, item->number, type, &doc, why);
        t->result->applications -= err != ERR_OK;
        return err;
    }
    struct fitment_application *kept = ARENA_NEW(&t->items.arena, struct fitment_application);
    if (!kept) return ERR_NO_MEMORY;
    kept->doc = doc;
    if (item->last) item->last->next = kept;
    else item->first = kept;
    item->last = kept;
    item->application_count++;
    return ERR_OK;
}

static enum err vehicles_deliver(struct fitment_table *t, struct fitment_item *item, struct fault *why) {
    struct slice ids[IDS_MAX];
    unsigned count;
    fitment_row_start(&t->row, item->apart ? &t->arena : &t->items.arena, t->words, t->notes);
    TRY(row_read(t, why));
    TRY(ids_read(t, ids, &count, why));
    if (t->row.make.n) {
        TRY(ids_as_attributes(t, ids, count, why));
        return application_deliver(t, item, why);
    }
    if (count == 0)
        return fault_set(why, ERR_BAD_REQUEST, "make",
                         "no make: the row names no vehicle; a product that fits anything has universal=1 or make *");
    for (unsigned i = 0; i < count; i++) {
        t->row.external = ids[i];
        TRY(application_deliver(t, item, why));
    }
    return ERR_OK;
}

static enum err row_take(struct fitment_table *t, struct fault *why) {
    struct fitment_item *item;
    if (delimited_unclosed(t->rows)) return fault_set(why, ERR_BAD_REQUEST, "", "a quote that begins in this row is never closed");
    if (delimited_cell(t->rows, (int)delimited_columns(t->rows)).n)
        return fault_set(why, ERR_BAD_REQUEST, "", "more cells than the header has columns");
    TRY(fitment_items_find(&t->items, t->rows, &t->columns, t->options, &item, why));
    if (item->described && item->apart && !item->delivered) TRY(product_deliver(t, item, why));
    if (item->refused) return fault_set(why, ERR_BAD_REQUEST, "sku", "its product was refused");
    bool vehicle = cell(t, FITMENT_MODEL).n || years_cell(t).n;
    if (fitment_row_universal(t->rows, &t->columns)) return ERR_OK;
    // A row about the product alone.
    if (item->described && !vehicle && cell(t, FITMENT_MAKE).n == 0 && t->columns.external_count == 0) return ERR_OK;
    return vehicles_deliver(t, item, why);
}

static enum err row_settle(struct fitment_table *t, enum err err, uint64_t line, const struct fault *row, struct fault *why) {
    if (err == ERR_OK) return ERR_OK;
    if (!sink_rejects(err)) {
        if (why) *why = *row;
        return err;
    }
    t->result->rejected++;
    t->sink->report(t->sink->arg, SINK_REJECTED, line, row->message[0] ? row->message : err_name(err));
    return ERR_OK;
}

static enum err rows_take(struct fitment_table *t, struct fault *why) {
    while (delimited_next(t->rows)) {
        struct fault row = {0};
        arena_reset(&t->arena);
        t->result->rows++;
        TRY(row_settle(t, row_take(t, &row), delimited_line(t->rows), &row, why));
        if (t->sink->tick && t->result->rows % TICK_ROWS == 0) t->sink->tick(t->sink->arg);
    }
    for (unsigned i = 0; i < t->items.count; i++) { // those whose applications had to come with them
        struct fitment_item *item = t->items.list[i];
        struct fault row = {0};
        arena_reset(&t->arena);
        bool usable = (item->type.n || t->options->type) && item->sku.n <= LIMIT_EXTERNAL_ID_BYTES &&
            item->number.n <= LIMIT_PART_NUMBER_BYTES;
        if (!item->apart && usable) TRY(row_settle(t, product_deliver(t, item, &row), 0, &row, why));
    }
    return ERR_OK;
}

// ---- the two readings -----------------------------------------------------------------------------------------------------------------
static void unknown_columns_tell(const struct fitment_table *t) {
    char message[512];
    for (unsigned i = 0; i < t->columns.unknown_count; i++) {
        struct slice name = delimited_column_name(t->rows, (unsigned)t->columns.unknown[i]);
        snprintf(message, sizeof message,
                 "column \"%.*s\" is not known: what it says becomes a condition; leave it out if it narrows nothing",
                 (int)(name.n < 200 ? name.n : 200), name.p);
        t->sink->report(t->sink->arg, SINK_WARNING, 1, message);
    }
}

static enum err gather(struct fitment_table *t, struct slice bytes, const char *name, struct delimited **first, struct fault *why) {
    TRY(delimited_of_bytes(bytes, name, first, why));
    t->rows = *first;
    TRY(fitment_columns_read(&t->items.arena, t->rows, t->words, &t->columns, why));
    unknown_columns_tell(t);
    while (delimited_next(t->rows))
        if (!delimited_unclosed(t->rows)) TRY(fitment_items_gather(&t->items, t->rows, &t->columns, t->options));
    return ERR_OK;
}

enum err fitment_csv_read(struct input *in, const struct attribute_words *words, const struct notes *notes,
                          const struct fitment_options *options,
                          const struct sink *sink, struct fitment_result *out, struct fault *why) {
    struct fitment_table t = {.words = words, .notes = notes, .options = options, .sink = sink, .result = out,
        .source = slice_str(input_name(in))};
    struct delimited *first = NULL, *second = NULL;
    char *bytes = NULL;
    size_t n = 0;
    memset(out, 0, sizeof *out);
    TRY(fitment_input_all(in, &bytes, &n, why));
    arena_init(&t.arena, 64 * 1024, ROW_ARENA_BYTES);
    fitment_items_init(&t.items);
    enum err err = gather(&t, slice_of(bytes, n), input_name(in), &first, why);
    if (err == ERR_OK) err = delimited_of_bytes(slice_of(bytes, n), input_name(in), &second, why);
    free(bytes);
    t.rows = second;
    if (err == ERR_OK) err = rows_take(&t, why);
    delimited_close(second);
    delimited_close(first); // what the items say points into it
    fitment_items_destroy(&t.items);
    arena_destroy(&t.arena);
    return err;
}
