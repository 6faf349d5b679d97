#include "fitment_items.h"

#include <math.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/number.h"
#include "index/text.h"

void fitment_items_init(struct fitment_items *f) {
    *f = (struct fitment_items){.count = 0};
    arena_init(&f->arena, 256 * 1024, (size_t)4 << 30);
    map_init(&f->by_key);
    map_init(&f->by_sku);
    map_init(&f->by_number);
}

void fitment_items_destroy(struct fitment_items *f) {
    arena_destroy(&f->arena);
    map_destroy(&f->by_key);
    map_destroy(&f->by_sku);
    map_destroy(&f->by_number);
    free(f->list);
}

// ---- keys -----------------------------------------------------------------------------------------------------------------------
static struct hash128 key_of(struct slice brand, struct slice sku) {
    struct hash128 a = hash128(brand), b = hash128(sku);
    return (struct hash128){a.low * 31 + b.low, a.high * 31 + b.high};
}

static struct slice first_of(struct slice a, struct slice b) { return a.n ? a : b; }

// What a row calls its product, and the part number: the column of its own, else the sku, else an OE number.
static void names_of(const struct delimited *d, const struct fitment_columns *c, const struct fitment_options *o, struct slice *sku,
                     struct slice *number) {
    struct slice oe = fitment_cell(d, c, FITMENT_OE), first_oe = slice_trim(slice_cut(&oe, '|'));
    *sku = fitment_cell(d, c, FITMENT_SKU);
    *number = fitment_cell(d, c, FITMENT_NUMBER);
    bool own_number = c->at[FITMENT_NUMBER] >= 0;
    if (sku->n == 0) *sku = first_of(*number, slice_str(o->sku));
    if (sku->n == 0 && c->at[FITMENT_SKU] < 0 && !own_number) *sku = first_oe;
    if (!own_number) *number = *sku;
}

static struct slice brand_of(const struct delimited *d, const struct fitment_columns *c, const struct fitment_options *o) {
    return first_of(fitment_cell(d, c, FITMENT_BRAND), slice_str(o->brand));
}

static struct fitment_item *item_find(const struct fitment_items *f, struct slice brand, struct slice sku) {
    const uint64_t *found = brand.n ? map_find(&f->by_key, key_of(brand, sku)) : map_find(&f->by_sku, hash128(sku));
    return found ? f->list[*found] : NULL;
}

// ---- cells ------------------------------------------------------------------------------------------------------------------------
static bool price_read(struct arena *a, struct slice text, struct slice currency, bool cny, int64_t *cny_fen, int64_t *usd_cents) {
    struct slice folded;
    char digits[32];
    size_t n = 0;
    double amount;
    if (text.n == 0) return true;
    if (text_fold(a, text, &folded) != ERR_OK || folded.n > sizeof digits - 1) return false;
    bool dollars = memchr(folded.p, '$', folded.n) || slice_ends(folded, SLICE("usd")) || slice_is(currency, "USD") ||
        slice_is(currency, "usd");
    for (size_t i = 0; i < folded.n; i++)
        if ((folded.p[i] >= '0' && folded.p[i] <= '9') || folded.p[i] == '.') digits[n++] = folded.p[i];
        else if (folded.p[i] == '-') return false;
    if (!slice_f64(slice_of(digits, n), &amount) || amount * 100 > UINT32_MAX) return false;
    *(dollars && !(cny && currency.n == 0) ? usd_cents : cny_fen) = llround(amount * 100);
    return true;
}

static bool prices_read(struct arena *a, const struct delimited *d, const struct fitment_columns *c, int64_t *cny_fen, int64_t *usd_cents) {
    struct slice currency = fitment_cell(d, c, FITMENT_CURRENCY);
    return price_read(a, fitment_cell(d, c, FITMENT_PRICE), currency, false, cny_fen, usd_cents) &&
           price_read(a, fitment_cell(d, c, FITMENT_PRICE_CNY), currency, true, cny_fen, usd_cents) &&
           price_read(a, fitment_cell(d, c, FITMENT_PRICE_USD), SLICE("USD"), false, cny_fen, usd_cents);
}

static bool count_read(struct slice text, uint64_t max, uint64_t *out) { return text.n == 0 || (slice_u64(text, out) && *out <= max); }

bool fitment_row_universal(const struct delimited *d, const struct fitment_columns *c) {
    static const char *const YES[] = {"1", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "universal", "Universal", "是", "通用",
        "all", NULL};
    struct slice cell = fitment_cell(d, c, FITMENT_UNIVERSAL);
    if (slice_is(fitment_cell(d, c, FITMENT_MAKE), "*") || slice_is(fitment_cell(d, c, FITMENT_MAKE), "通用")) return true;
    for (unsigned i = 0; YES[i]; i++)
        if (slice_is(cell, YES[i])) return true;
    return false;
}

// ---- gathering ----------------------------------------------------------------------------------------------------------------------
static enum err item_new(struct fitment_items *f, struct slice brand, struct slice sku, struct slice number, struct fitment_item **out) {
    if (f->count == f->capacity) {
        unsigned more = f->capacity ? f->capacity * 2 : 1024;
        struct fitment_item **grown = realloc(f->list, more * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        f->list = grown;
        f->capacity = more;
    }
    struct fitment_item *item = ARENA_NEW(&f->arena, struct fitment_item);
    if (!item || !map_put(&f->by_key, key_of(brand, sku), f->count) || !map_put(&f->by_sku, hash128(sku), f->count)) return ERR_NO_MEMORY;
    *item = (struct fitment_item){.sku = sku, .number = number, .brand = brand, .cny_fen = -1, .usd_cents = -1, .stock = -1};
    f->list[f->count++] = *out = item;
    return ERR_OK;
}

// A number two items share leads to neither.
static enum err number_claim(struct fitment_items *f, struct fitment_item *item) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(item->number, canonical, sizeof canonical);
    item->apart = n > 0;
    if (n == 0) return ERR_OK;
    struct hash128 key = key_of(item->brand, slice_of(canonical, n));
    uint64_t *other = map_find(&f->by_number, key);
    if (!other) return map_put(&f->by_number, key, f->count - 1) ? ERR_OK : ERR_NO_MEMORY;
    f->list[*other]->apart = item->apart = false;
    f->list[*other]->described = item->described = true;
    return ERR_OK;
}

static void take(struct slice *field, struct slice cell) {
    if (field->n == 0) *field = cell;
}

static enum err oe_add(struct fitment_items *f, struct fitment_item *item, struct slice maker, struct slice number) {
    struct fitment_oe **at = &item->oe;
    for (; *at; at = &(*at)->next)
        if (slice_eq((*at)->number, number) && slice_eq((*at)->maker, maker)) return ERR_OK;
    if (item->oe_count == FITMENT_OE_MAX) return ERR_OK;
    *at = ARENA_NEW(&f->arena, struct fitment_oe);
    if (!*at) return ERR_NO_MEMORY;
    **at = (struct fitment_oe){.maker = maker, .number = number};
    item->oe_count++;
    item->described = true;
    return ERR_OK;
}

// OE numbers belong to the maker of the row's vehicle.
static enum err oe_gather(struct fitment_items *f, struct fitment_item *item, const struct delimited *d, const struct fitment_columns *c) {
    struct slice maker = fitment_cell(d, c, FITMENT_MAKE), cell = fitment_cell(d, c, FITMENT_OE);
    if (maker.n == 0 || fitment_row_universal(d, c)) return ERR_OK;
    while (cell.n) {
        size_t n = 0;
        while (n < cell.n && !strchr("|,;", cell.p[n])) n++;
        struct slice one = slice_trim(slice_of(cell.p, n));
        cell = slice_from(cell, n + 1);
        if (one.n && one.n <= LIMIT_PART_NUMBER_BYTES) TRY(oe_add(f, item, maker, one));
    }
    return ERR_OK;
}

static enum err facts_gather(struct fitment_items *f, struct fitment_item *item, const struct delimited *d,
                             const struct fitment_columns *c) {
    uint64_t stock = 0, pack = 0;
    int64_t cny = -1, usd = -1;
    take(&item->type, fitment_cell(d, c, FITMENT_TYPE));
    take(&item->title, fitment_cell(d, c, FITMENT_TITLE));
    take(&item->title_zh, fitment_cell(d, c, FITMENT_TITLE_ZH));
    take(&item->image, fitment_cell(d, c, FITMENT_IMAGE));
    (void)prices_read(&f->arena, d, c, &cny, &usd);
    if (item->cny_fen < 0) item->cny_fen = cny;
    if (item->usd_cents < 0) item->usd_cents = usd;
    struct slice cell = fitment_cell(d, c, FITMENT_STOCK);
    if (item->stock < 0 && cell.n && count_read(cell, UINT32_MAX, &stock)) item->stock = (int64_t)stock;
    if (!item->pack_quantity && count_read(fitment_cell(d, c, FITMENT_PACK), UINT16_MAX, &pack)) item->pack_quantity = (uint16_t)pack;
    item->universal |= fitment_row_universal(d, c);
    item->described |= item->title.n || item->title_zh.n || item->image.n || item->cny_fen >= 0 || item->usd_cents >= 0 ||
        item->stock >= 0 ||
                       item->pack_quantity || item->universal;
    return oe_gather(f, item, d, c);
}

enum err fitment_items_gather(struct fitment_items *f, const struct delimited *d, const struct fitment_columns *c,
                              const struct fitment_options *o) {
    struct slice sku, number, brand = brand_of(d, c, o);
    names_of(d, c, o, &sku, &number);
    if (sku.n == 0 && number.n == 0) return ERR_OK;
    struct fitment_item *item = item_find(f, brand, sku);
    if (!item && brand.n == 0) return ERR_OK;
    if (!item) {
        TRY(item_new(f, brand, sku, number, &item));
        TRY(number_claim(f, item));
    }
    return facts_gather(f, item, d, c);
}

// ---- the second reading -----------------------------------------------------------------------------------------------------------
enum err fitment_items_find(const struct fitment_items *f, const struct delimited *d, const struct fitment_columns *c,
                            const struct fitment_options *o, struct fitment_item **out, struct fault *why) {
    struct slice sku, number;
    struct arena scratch;
    int64_t cny, usd;
    uint64_t count;
    names_of(d, c, o, &sku, &number);
    if (sku.n == 0)
        return fault_set(why, ERR_BAD_REQUEST, "sku", "no sku: the row needs one (sku, 货号), or give one for the file with --sku");
    if (sku.n > LIMIT_EXTERNAL_ID_BYTES || number.n > LIMIT_PART_NUMBER_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "sku", "a part number has at most %d bytes", LIMIT_PART_NUMBER_BYTES);
    *out = item_find(f, brand_of(d, c, o), sku);
    if (!*out)
        return fault_set(why, ERR_BAD_REQUEST, "brand",
                         "no brand of the product: add a column (brand, 产品品牌), or give one for the file with --brand");
    if ((*out)->brand.n > LIMIT_EXTERNAL_ID_BYTES || (*out)->type.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "brand", "names have at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    if ((*out)->type.n == 0 && !o->type)
        return fault_set(why, ERR_BAD_REQUEST, "type",
                         "no type of the product: add a column (type, 类目), or give one for the file with --type");
    arena_init(&scratch, 4096, 1 << 20);
    bool prices = prices_read(&scratch, d, c, &cny, &usd);
    arena_destroy(&scratch);
    if (!prices) return fault_set(why, ERR_BAD_REQUEST, "price", "the price is not an amount");
    if (!count_read(fitment_cell(d, c, FITMENT_STOCK), UINT32_MAX, &count))
        return fault_set(why, ERR_BAD_REQUEST, "stock", "the stock is not a number");
    if (!count_read(fitment_cell(d, c, FITMENT_PACK), UINT16_MAX, &count))
        return fault_set(why, ERR_BAD_REQUEST, "pack_quantity", "pack_quantity is not a number");
    return ERR_OK;
}

enum err fitment_item_document(const struct fitment_item *item, struct arena *a, struct product_doc *out) {
    struct number_doc *numbers = ARENA_ARRAY(a, struct number_doc, item->oe_count + 1);
    struct application_doc *docs = ARENA_ARRAY(a, struct application_doc, item->application_count + 1);
    unsigned n = 0, k = 0;
    if (!numbers || !docs) return ERR_NO_MEMORY;
    for (const struct fitment_oe *oe = item->oe; oe; oe = oe->next)
        numbers[n++] = (struct number_doc){.relation = NUMBER_OE, .brand = oe->maker, .number = oe->number, .quantity = 1};
    for (const struct fitment_application *x = item->first; x; x = x->next) docs[k++] = x->doc;
    *out = (struct product_doc){.id = slice_eq(item->sku, item->number) ? SLICE_NONE : item->sku, .brand = item->brand,
        .number = item->number,
                                .type = item->type, .title = item->title, .title_zh = item->title_zh, .image = item->image,
                                .universal = item->universal, .pack_quantity = item->pack_quantity, .cny_fen = item->cny_fen,
                                .usd_cents = item->usd_cents, .stock = item->stock < 0 ? 0 : (uint32_t)item->stock, .keeps_stock = item->stock < 0, .number_count = n,
                                .numbers = numbers, .application_count = k, .applications = docs};
    return ERR_OK;
}
