#include "ebay.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "fitment_row.h"
#include "vehicles_columns.h"

enum { ROW_ARENA_BYTES = 4 << 20, TICK_ROWS = 4096, DETAILS_MAX = 32 };
enum place { SKU, RELATIONSHIP, DETAILS, NOTES, TITLE, BRAND, NUMBER, TYPE, PRICE, CURRENCY, PLACES };

struct listing { struct slice sku, title, brand, number, type; int64_t cny_fen, usd_cents; bool told, refused; };
struct ebay {
    const struct attribute_words *words;
    const struct notes *notes;
    const struct fitment_options *options;
    const struct sink *sink;
    struct fitment_result *result;
    struct slice source;
    struct delimited *rows;
    int at[PLACES];
    struct arena arena, listings; // of a row; of the file
    struct map by_sku;            // -> address in listings
    struct listing *current;
    struct fitment_row row;
};

// ---- columns --------------------------------------------------------------------------------------------------------------------
// "*C:Brand" and "Custom label (SKU)" by their letters and digits: "cbrand", "customlabelsku".
static const struct { const char *letters; enum place place; } COLUMNS[] = {
    {"sku", SKU}, {"customlabel", SKU}, {"customlabelsku", SKU}, {"relationship", RELATIONSHIP}, {"relationshipdetails", DETAILS},
    {"compatibilitynotes", NOTES}, {"notes", NOTES}, {"title", TITLE}, {"itemtitle", TITLE}, {"cbrand", BRAND}, {"brand", BRAND},
    {"cmanufacturerpartnumber", NUMBER}, {"productmpn", NUMBER}, {"mpn", NUMBER}, {"manufacturerpartnumber", NUMBER}, {"ctype", TYPE},
        {"type", TYPE},
    {"startprice", PRICE}, {"price", PRICE}, {"currency", CURRENCY},
};

static size_t letters_of(struct slice name, char out[], size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < name.n && n + 1 < size; i++)
        if (isalnum((unsigned char)name.p[i])) out[n++] = (char)tolower((unsigned char)name.p[i]);
    out[n] = 0;
    return n;
}

static void columns_read(struct ebay *e) {
    for (unsigned i = 0; i < PLACES; i++) e->at[i] = -1;
    for (unsigned i = 0; i < delimited_columns(e->rows); i++) {
        char letters[64];
        letters_of(delimited_column_name(e->rows, i), letters, sizeof letters);
        for (size_t k = 0; k < sizeof COLUMNS / sizeof *COLUMNS; k++)
            if (strcmp(letters, COLUMNS[k].letters) == 0 && e->at[COLUMNS[k].place] < 0) e->at[COLUMNS[k].place] = (int)i;
    }
}

bool ebay_header(struct slice header) {
    char letters[4096];
    letters_of(header, letters, sizeof letters);
    return strstr(letters, "relationshipdetails") != NULL;
}

static struct slice cell(const struct ebay *e, enum place place) { return delimited_cell(e->rows, e->at[place]); }

// ---- listings ---------------------------------------------------------------------------------------------------------------------
static enum err listing_find(struct ebay *e, struct slice sku, struct listing **out) {
    const uint64_t *found = map_find(&e->by_sku, hash128(sku));
    *out = found ? (struct listing *)(uintptr_t)*found : NULL;
    if (*out) return ERR_OK;
    *out = ARENA_NEW(&e->listings, struct listing);
    if (!*out || !map_put(&e->by_sku, hash128(sku), (uint64_t)(uintptr_t)*out)) return ERR_NO_MEMORY;
    **out = (struct listing){.sku = sku, .cny_fen = -1, .usd_cents = -1};
    return ERR_OK;
}

static enum err price_take(struct ebay *e, struct listing *l, struct fault *why) {
    struct slice text = cell(e, PRICE);
    double amount;
    if (text.n == 0) return ERR_OK;
    if (!slice_f64(text, &amount) || amount < 0 || amount * 100 > UINT32_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "price", "the price is not an amount");
    if (slice_is(cell(e, CURRENCY), "CNY")) l->cny_fen = llround(amount * 100);
    else if (e->at[CURRENCY] < 0 || slice_is(cell(e, CURRENCY), "USD")) l->usd_cents = llround(amount * 100);
    return ERR_OK; // prices in other currencies have no place
}

static enum err listing_read(struct ebay *e, struct fault *why) {
    struct slice sku = cell(e, SKU).n ? cell(e, SKU) : cell(e, NUMBER);
    if (sku.n == 0) return fault_set(why, ERR_BAD_REQUEST, "sku", "a listing without custom label or part number");
    TRY(listing_find(e, sku, &e->current));
    struct listing *l = e->current;
    if (cell(e, TITLE).n) l->title = cell(e, TITLE);
    if (cell(e, BRAND).n) l->brand = cell(e, BRAND);
    if (cell(e, NUMBER).n) l->number = cell(e, NUMBER);
    if (cell(e, TYPE).n) l->type = cell(e, TYPE);
    return price_take(e, l, why);
}

static enum err listing_complete(struct ebay *e, struct listing *l, struct fault *why) {
    if (l->number.n == 0) l->number = l->sku;
    if (l->brand.n == 0) l->brand = slice_str(e->options->brand);
    if (l->type.n == 0) l->type = slice_str(e->options->type);
    if (l->brand.n == 0)
        return fault_set(why, ERR_BAD_REQUEST, "brand",
                         "no brand of the product: add the column C:Brand, or give one for the file with --brand");
    if (l->type.n == 0)
        return fault_set(why, ERR_BAD_REQUEST, "type",
                         "no type of the product: add the column C:Type, or give one for the file with --type");
    if (l->number.n > LIMIT_PART_NUMBER_BYTES || l->brand.n > LIMIT_EXTERNAL_ID_BYTES || l->type.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "sku", "part number, brand or type is too long");
    return ERR_OK;
}

// The product itself where the listing describes it; bare ones come with their applications.
static enum err listing_tell(struct ebay *e, struct listing *l, struct fault *why) {
    if (l->refused) return fault_set(why, ERR_BAD_REQUEST, "sku", "its listing was refused");
    if (l->told || (l->title.n == 0 && l->usd_cents < 0 && l->cny_fen < 0)) return ERR_OK;
    struct product_doc doc = {.brand = l->brand, .number = l->number, .type = l->type, .title = l->title, .cny_fen = l->cny_fen,
        .usd_cents = l->usd_cents};
    l->told = true;
    enum err err = e->sink->product(e->sink->arg, &doc, why);
    l->refused = err != ERR_OK;
    e->result->products += err == ERR_OK;
    return err;
}

// ---- one application ------------------------------------------------------------------------------------------------------------------
struct details { struct slice names[DETAILS_MAX], values[DETAILS_MAX]; unsigned count; };

static enum err details_read(struct slice text, struct details *d, struct fault *why) {
    d->count = 0;
    while (text.n) {
        struct slice value = slice_trim(slice_cut(&text, '|')), name = slice_trim(slice_cut(&value, '='));
        value = slice_trim(value);
        if (name.n == 0 || value.n == 0) continue;
        if (d->count == DETAILS_MAX) return fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "more than %d names", DETAILS_MAX);
        d->names[d->count] = name;
        d->values[d->count++] = value;
    }
    return d->count ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "RelationshipDetails says no Name=Value");
}

static enum err external_take(struct ebay *e, const char *scheme, struct slice value, struct fault *why) {
    bool known = strcmp(scheme, "epid") != 0;
    if (known && vehicles_external_id(&e->arena, scheme, value, &e->row.external) != ERR_OK)
        return fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "\"%.*s\" is no %s", (int)(value.n < 60 ? value.n : 60), value.p,
                         scheme);
    if (!known) e->row.external = arena_printf(&e->arena, "%s:%.*s", scheme, SLICE_ARGS(value));
    if (!e->row.external.p || e->row.external.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "the id is too long");
    return ERR_OK;
}

static enum err detail_take(struct ebay *e, struct slice name, struct slice value, struct fault *why) {
    char letters[32];
    struct fitment_row *r = &e->row;
    letters_of(name, letters, sizeof letters);
    if (strcmp(letters, "year") == 0 || strcmp(letters, "years") == 0) return fitment_row_years(r, value, why);
    if (strcmp(letters, "make") == 0 || strcmp(letters, "carmake") == 0) return r->make = value, ERR_OK;
    if (strcmp(letters, "model") == 0) return r->model = value, ERR_OK;
    if (strcmp(letters, "trim") == 0) {
        struct vehicle_words w;
        TRY(vehicle_words_trim(r->arena, value, &w));
        return fitment_row_words(r, SLICE("Body"), &w, why);
    }
    if (strcmp(letters, "submodel") == 0) return fitment_row_attribute(r, SLICE("submodel"), value, why);
    if (strcmp(letters, "engine") == 0) return fitment_row_engine(r, value, why);
    if (strcmp(letters, "notes") == 0 || strcmp(letters, "compatibilitynotes") == 0) return fitment_row_notes(r, value, why);
    if (strcmp(letters, "ktype") == 0) return external_take(e, "ktype", value, why);
    if (strcmp(letters, "epid") == 0) return external_take(e, "epid", value, why);
    return fitment_row_unknown(r, name, value, why);
}

static enum err row_details(struct ebay *e, const struct details *d, struct fault *why) {
    struct fitment_row *r = &e->row;
    fitment_row_start(r, &e->arena, e->words, e->notes);
    for (unsigned i = 0; i < d->count; i++) TRY(detail_take(e, d->names[i], d->values[i], why));
    TRY(fitment_row_notes(r, cell(e, NOTES), why));
    if (r->make.n > LIMIT_EXTERNAL_ID_BYTES || r->model.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "Make or Model is too long");
    if (r->external.n || r->make.n) return r->external.n || r->year_count ? ERR_OK : fitment_row_years(r, SLICE_NONE, why);
    return fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "RelationshipDetails names no Make, KType or ePID");
}

static enum err compatibility_read(struct ebay *e, struct fault *why) {
    struct details d;
    struct application_doc doc;
    if (cell(e, SKU).n) TRY(listing_find(e, cell(e, SKU), &e->current));
    if (!e->current) return fault_set(why, ERR_BAD_REQUEST, "sku", "a compatibility row before any listing");
    TRY(listing_complete(e, e->current, why));
    TRY(listing_tell(e, e->current, why));
    TRY(details_read(cell(e, DETAILS), &d, why));
    TRY(row_details(e, &d, why));
    TRY(fitment_row_application(&e->row, e->source, delimited_line(e->rows), &doc));
    TRY(e->sink->application(e->sink->arg, CATALOG_ADD, e->current->brand, e->current->number, e->current->type, &doc, why));
    e->result->applications++;
    return ERR_OK;
}

static enum err row_take(struct ebay *e, struct fault *why) {
    if (delimited_unclosed(e->rows)) return fault_set(why, ERR_BAD_REQUEST, "", "a quote that begins in this row is never closed");
    struct slice relationship = cell(e, RELATIONSHIP);
    if (slice_is(relationship, "Compatibility") || slice_is(relationship, "compatibility") ||
        (e->at[RELATIONSHIP] < 0 && cell(e, DETAILS).n))
        return compatibility_read(e, why);
    if (relationship.n == 0) {
        enum err err = listing_read(e, why);
        if (err != ERR_OK) e->current = NULL; // what follows is not the listing before
        return err;
    }
    return fault_set(why, ERR_BAD_REQUEST, "Relationship", "Relationship \"%.*s\" is not Compatibility",
                     (int)(relationship.n < 60 ? relationship.n : 60), relationship.p);
}

static enum err rows_take(struct ebay *e, struct fault *why) {
    while (delimited_next(e->rows)) {
        struct fault row = {0};
        arena_reset(&e->arena);
        e->result->rows++;
        enum err err = row_take(e, &row);
        if (err != ERR_OK && !sink_rejects(err)) {
            if (why) *why = row;
            return err;
        }
        if (err != ERR_OK) {
            e->result->rejected++;
            e->sink->report(e->sink->arg, SINK_REJECTED, delimited_line(e->rows), row.message[0] ? row.message : err_name(err));
        }
        if (e->sink->tick && e->result->rows % TICK_ROWS == 0) e->sink->tick(e->sink->arg);
    }
    return ERR_OK;
}

enum err ebay_read(struct input *in, const struct attribute_words *words, const struct notes *notes, const struct fitment_options *options,
                   const struct sink *sink, struct fitment_result *out, struct fault *why) {
    struct ebay e = {.words = words, .notes = notes, .options = options, .sink = sink, .result = out, .source = slice_str(input_name(in))};
    char *bytes = NULL;
    size_t n = 0;
    memset(out, 0, sizeof *out);
    TRY(fitment_input_all(in, &bytes, &n, why));
    arena_init(&e.arena, 64 * 1024, ROW_ARENA_BYTES);
    arena_init(&e.listings, 64 * 1024, (size_t)1 << 30);
    map_init(&e.by_sku);
    enum err err = delimited_of_bytes(slice_of(bytes, n), input_name(in), &e.rows, why);
    free(bytes);
    if (err == ERR_OK) columns_read(&e);
    if (err == ERR_OK && e.at[DETAILS] < 0)
        err = fault_set(why, ERR_BAD_REQUEST, "RelationshipDetails", "%s has no column RelationshipDetails", input_name(in));
    if (err == ERR_OK) err = rows_take(&e, why);
    delimited_close(e.rows);
    map_destroy(&e.by_sku);
    arena_destroy(&e.listings);
    arena_destroy(&e.arena);
    return err;
}
