#include "fitment_columns.h"

#include "index/text.h"
#include "vehicles_columns.h"

enum { BRAND_OR_MAKE = FITMENT_PLACES, MODEL_OR_TRIM, NOT_USED };

static const struct { const char *name; int place; } NAMES[] = {
    {"sku", FITMENT_SKU}, {"商品编码", FITMENT_SKU}, {"商品编号", FITMENT_SKU}, {"货号", FITMENT_SKU}, {"商品货号", FITMENT_SKU}, {"产品编码", FITMENT_SKU},
    {"product_sku", FITMENT_SKU}, {"productsku", FITMENT_SKU}, {"product sku", FITMENT_SKU}, {"item", FITMENT_SKU},
        {"item_number", FITMENT_SKU},
    {"variant sku", FITMENT_SKU}, {"custom label", FITMENT_SKU}, {"product_id", FITMENT_SKU}, {"id", NOT_USED},
    {"part_number", FITMENT_NUMBER}, {"part number", FITMENT_NUMBER}, {"partnumber", FITMENT_NUMBER}, {"part_no", FITMENT_NUMBER},
    {"part no", FITMENT_NUMBER}, {"mpn", FITMENT_NUMBER}, {"number", FITMENT_NUMBER}, {"零件号", FITMENT_NUMBER}, {"配件号", FITMENT_NUMBER},
    {"产品型号", FITMENT_NUMBER}, {"厂家编码", FITMENT_NUMBER},
    {"oe", FITMENT_OE}, {"oem", FITMENT_OE}, {"oe号", FITMENT_OE}, {"oem号", FITMENT_OE}, {"oe码", FITMENT_OE}, {"oe_number", FITMENT_OE},
    {"oe number", FITMENT_OE}, {"oem_number", FITMENT_OE}, {"oem number", FITMENT_OE}, {"原厂编码", FITMENT_OE}, {"原厂号", FITMENT_OE},
    {"零件号/oe号", FITMENT_OE},
    {"brand", BRAND_OR_MAKE}, {"品牌", BRAND_OR_MAKE},
    {"product_brand", FITMENT_BRAND}, {"product brand", FITMENT_BRAND}, {"part_brand", FITMENT_BRAND}, {"part brand", FITMENT_BRAND},
    {"manufacturer", FITMENT_BRAND}, {"产品品牌", FITMENT_BRAND}, {"商品品牌", FITMENT_BRAND}, {"配件品牌", FITMENT_BRAND},
    {"make", FITMENT_MAKE}, {"vehicle_make", FITMENT_MAKE}, {"vehicle make", FITMENT_MAKE}, {"car make", FITMENT_MAKE},
    {"vehicle brand", FITMENT_MAKE}, {"car brand", FITMENT_MAKE}, {"车型品牌", FITMENT_MAKE}, {"车品牌", FITMENT_MAKE}, {"车辆品牌", FITMENT_MAKE},
    {"汽车品牌", FITMENT_MAKE}, {"适用品牌", FITMENT_MAKE}, {"适配品牌", FITMENT_MAKE}, {"适用车型品牌", FITMENT_MAKE},
    {"model", FITMENT_MODEL}, {"vehicle_model", FITMENT_MODEL}, {"vehicle model", FITMENT_MODEL}, {"series", FITMENT_MODEL},
    {"车系", FITMENT_MODEL}, {"适用车系", FITMENT_MODEL}, {"车型", MODEL_OR_TRIM}, {"适用车型", MODEL_OR_TRIM},
    {"year", FITMENT_YEAR}, {"years", FITMENT_YEAR}, {"model_year", FITMENT_YEAR}, {"model year", FITMENT_YEAR},
        {"year_range", FITMENT_YEAR},
    {"year range", FITMENT_YEAR}, {"年款", FITMENT_YEAR}, {"年份", FITMENT_YEAR}, {"适用年份", FITMENT_YEAR}, {"适用年款", FITMENT_YEAR},
    {"year_start", FITMENT_FROM}, {"year_from", FITMENT_FROM}, {"start_year", FITMENT_FROM}, {"start year", FITMENT_FROM},
    {"year start", FITMENT_FROM}, {"from_year", FITMENT_FROM}, {"year from", FITMENT_FROM}, {"from", FITMENT_FROM},
    {"起始年份", FITMENT_FROM}, {"开始年份", FITMENT_FROM}, {"起始年款", FITMENT_FROM},
    {"year_end", FITMENT_TO}, {"year_to", FITMENT_TO}, {"end_year", FITMENT_TO}, {"end year", FITMENT_TO}, {"year end", FITMENT_TO},
    {"to_year", FITMENT_TO}, {"year to", FITMENT_TO}, {"to", FITMENT_TO}, {"结束年份", FITMENT_TO}, {"截止年份", FITMENT_TO}, {"结束年款", FITMENT_TO},
    {"type", FITMENT_TYPE}, {"part_type", FITMENT_TYPE}, {"part type", FITMENT_TYPE}, {"product_type", FITMENT_TYPE},
    {"product type", FITMENT_TYPE}, {"category", FITMENT_TYPE}, {"类目", FITMENT_TYPE}, {"品类", FITMENT_TYPE}, {"分类", FITMENT_TYPE},
    {"产品类型", FITMENT_TYPE}, {"商品类目", FITMENT_TYPE}, {"类型", FITMENT_TYPE},
    {"title", FITMENT_TITLE}, {"name", FITMENT_TITLE}, {"product_name", FITMENT_TITLE}, {"product name", FITMENT_TITLE},
    {"title_zh", FITMENT_TITLE_ZH}, {"标题", FITMENT_TITLE_ZH}, {"名称", FITMENT_TITLE_ZH}, {"商品名称", FITMENT_TITLE_ZH},
    {"产品名称", FITMENT_TITLE_ZH}, {"商品标题", FITMENT_TITLE_ZH}, {"品名", FITMENT_TITLE_ZH},
    {"price", FITMENT_PRICE}, {"regular_price", FITMENT_PRICE}, {"price_usd", FITMENT_PRICE_USD}, {"price_cny", FITMENT_PRICE_CNY},
    {"价格", FITMENT_PRICE_CNY}, {"售价", FITMENT_PRICE_CNY}, {"单价", FITMENT_PRICE_CNY}, {"零售价", FITMENT_PRICE_CNY},
    {"currency", FITMENT_CURRENCY}, {"币种", FITMENT_CURRENCY}, {"货币", FITMENT_CURRENCY}, {"stock", FITMENT_STOCK}, {"库存", FITMENT_STOCK},
    {"image", FITMENT_IMAGE}, {"image_url", FITMENT_IMAGE}, {"图片", FITMENT_IMAGE}, {"主图", FITMENT_IMAGE},
    {"position", FITMENT_POSITION}, {"位置", FITMENT_POSITION}, {"安装位置", FITMENT_POSITION},
    {"qty", FITMENT_QUANTITY}, {"quantity", FITMENT_QUANTITY}, {"数量", FITMENT_QUANTITY}, {"用量", FITMENT_QUANTITY},
    {"notes", FITMENT_NOTES}, {"note", FITMENT_NOTES}, {"comment", FITMENT_NOTES}, {"comments", FITMENT_NOTES},
        {"fitment notes", FITMENT_NOTES},
    {"fitment_notes", FITMENT_NOTES}, {"备注", FITMENT_NOTES}, {"说明", FITMENT_NOTES}, {"适配备注", FITMENT_NOTES}, {"适配说明", FITMENT_NOTES},
    {"universal", FITMENT_UNIVERSAL}, {"fitmenttype", FITMENT_UNIVERSAL}, {"fitment_type", FITMENT_UNIVERSAL},
        {"fitment type", FITMENT_UNIVERSAL},
    {"通用", FITMENT_UNIVERSAL}, {"是否通用", FITMENT_UNIVERSAL}, {"通用件", FITMENT_UNIVERSAL},
    {"label", FITMENT_LABEL}, {"product_line", FITMENT_LABEL}, {"engine", FITMENT_ENGINE}, {"发动机", FITMENT_ENGINE},
    {"trim", FITMENT_TRIM}, {"submodel", FITMENT_TRIM}, {"sub model", FITMENT_TRIM}, {"款型", FITMENT_TRIM}, {"配置", FITMENT_TRIM},
    {"版本", FITMENT_TRIM}, {"pack_quantity", FITMENT_PACK}, {"包装数量", FITMENT_PACK},
    // of the shop, not of the car
    {"fitmentcode", NOT_USED}, {"fitment_code", NOT_USED}, {"fitment code", NOT_USED}, {"barcode", NOT_USED}, {"ean", NOT_USED},
        {"upc", NOT_USED},
    {"gtin", NOT_USED}, {"条码", NOT_USED}, {"条形码", NOT_USED}, {"weight", NOT_USED}, {"重量", NOT_USED}, {"cost", NOT_USED}, {"成本", NOT_USED},
    {"supplier", NOT_USED}, {"供应商", NOT_USED}, {"warehouse", NOT_USED}, {"仓库", NOT_USED}, {"url", NOT_USED}, {"link", NOT_USED},
        {"链接", NOT_USED},
    {"description", NOT_USED}, {"描述", NOT_USED}, {"详情", NOT_USED}, {"厂商", NOT_USED}, {"序号", NOT_USED}, {"更新时间", NOT_USED},
        {"创建时间", NOT_USED},
    {"created", NOT_USED}, {"updated", NOT_USED}, {"status", NOT_USED}, {"状态", NOT_USED}, {"单位", NOT_USED}, {"unit", NOT_USED},
};
// Beside names and labels of attributes.tsv.
static const struct { const char *name, *attribute; } SYNONYMS[] = {
    {"变速器", "transmission"}, {"变速箱类型", "transmission"}, {"gearbox", "transmission"}, {"驱动", "drive"}, {"驱动形式", "drive"},
        {"drive type", "drive"},
    {"drivetrain", "drive"}, {"燃料", "fuel"}, {"燃油类型", "fuel"}, {"fuel type", "fuel"}, {"fuel_type", "fuel"}, {"能源", "fuel"}, {"车身", "body"},
        {"车身结构", "body"},
    {"body type", "body"}, {"body_type", "body"}, {"body style", "body"}, {"发动机型号", "engine_code"}, {"engine code", "engine_code"},
        {"进气", "aspiration"}, {"气缸", "cylinders"},
    {"缸数", "cylinders"}, {"市场", "market"}, {"liters", "displacement"}, {"liter", "displacement"}, {"底盘号", "generation"},
        {"代", "generation"},
};
static const char *const BUILT_IN[] = {"displacement", "fuel", "drive", "transmission", "body", "aspiration", "cylinders", "engine_code",
    "doors",
                                       "market", "generation", NULL}; // known without attributes.tsv

static int place_of(struct slice folded) {
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (slice_is(folded, NAMES[i].name)) return NAMES[i].place;
    return -1;
}

static struct slice attribute_of(const struct attribute_words *words, struct slice folded) {
    for (size_t i = 0; i < sizeof SYNONYMS / sizeof *SYNONYMS; i++)
        if (slice_is(folded, SYNONYMS[i].name)) return slice_str(SYNONYMS[i].attribute);
    for (unsigned i = 0; BUILT_IN[i]; i++)
        if (slice_is(folded, BUILT_IN[i])) return slice_str(BUILT_IN[i]);
    return attribute_words_find(words, folded);
}

// Takes the column, or an earlier one keeps the place.
static void place_take(struct fitment_columns *c, int place, int column) {
    if (c->at[place] < 0) c->at[place] = column;
}

static enum err column_read(const struct attribute_words *words, struct slice folded, int column, struct fitment_columns *c, int *brand,
                            int *model) {
    bool spelled = slice_starts(folded, SLICE(FITMENT_ATTRIBUTE_PREFIX)); // "attr.submodel": the attribute and nothing else
    int place = spelled ? -1 : place_of(folded);
    const char *scheme = place < 0 ? vehicles_external_scheme(folded) : NULL;
    struct slice name = place < 0 && !scheme ? attribute_of(words, folded) : SLICE_NONE;
    if (spelled) name = slice_from(folded, strlen(FITMENT_ATTRIBUTE_PREFIX));
    unsigned used = c->attribute_count + c->external_count + c->unknown_count;
    if (place == BRAND_OR_MAKE && *brand < 0) *brand = column;
    else if (place == MODEL_OR_TRIM && *model < 0) *model = column;
    else if (place >= 0 && place < FITMENT_PLACES) place_take(c, place, column);
    else if (place >= 0) return ERR_OK;
    else if (used == FITMENT_COLUMNS_MAX) return ERR_TOO_LARGE;
    else if (scheme) c->externals[c->external_count].scheme = scheme, c->externals[c->external_count++].column = column;
    else if (name.n) {
        c->attributes[c->attribute_count].verbatim = spelled;
        c->attributes[c->attribute_count].name = name;
        c->attributes[c->attribute_count++].column = column;
    }
    else c->unknown[c->unknown_count++] = column;
    return ERR_OK;
}

static enum err columns_tell(struct arena *a, const struct delimited *d, const struct attribute_words *words, struct fitment_columns *out) {
    int brand = -1, model = -1;
    *out = (struct fitment_columns){.attribute_count = 0};
    for (unsigned i = 0; i < FITMENT_PLACES; i++) out->at[i] = -1;
    for (unsigned i = 0; i < delimited_columns(d); i++) {
        struct slice folded;
        TRY(text_fold(a, delimited_column_name(d, i), &folded));
        if (folded.n) TRY(column_read(words, folded, (int)i, out, &brand, &model));
    }
    if (brand >= 0) place_take(out, out->at[FITMENT_MAKE] < 0 ? FITMENT_MAKE : FITMENT_BRAND, brand);
    if (model >= 0) place_take(out, out->at[FITMENT_MODEL] < 0 ? FITMENT_MODEL : FITMENT_TRIM, model);
    return ERR_OK;
}

enum err fitment_columns_read(struct arena *a, const struct delimited *d, const struct attribute_words *words, struct fitment_columns *out,
                              struct fault *why) {
    enum err err = columns_tell(a, d, words, out);
    if (err == ERR_TOO_LARGE) return fault_set(why, ERR_BAD_REQUEST, "", "more than %d columns beside the known ones", FITMENT_COLUMNS_MAX);
    TRY(err);
    // A table of universal products, or of K-types, names no make: then a lone "brand" is the product's.
    bool vehicles = out->at[FITMENT_MODEL] >= 0;
    if (!vehicles && out->at[FITMENT_BRAND] < 0 && (out->external_count || out->at[FITMENT_UNIVERSAL] >= 0)) {
        out->at[FITMENT_BRAND] = out->at[FITMENT_MAKE];
        out->at[FITMENT_MAKE] = -1;
    }
    if (out->at[FITMENT_MAKE] < 0 && !out->external_count && out->at[FITMENT_UNIVERSAL] < 0)
        return fault_set(why, ERR_BAD_REQUEST, "make",
                         "no column says which vehicles: make (车型品牌), an id (ktype, vcdb), or universal (通用)");
    return ERR_OK;
}

bool fitment_columns_plain(struct slice attribute) {
    static const char *const PLAIN[] = {"displacement", "fuel", "aspiration", "cylinders", "trim", "body", "market", "engine_code", NULL};
    for (unsigned i = 0; PLAIN[i]; i++)
        if (slice_is(attribute, PLAIN[i])) return true;
    return false;
}

bool fitment_columns_header(struct arena *a, const struct delimited *d) {
    struct fitment_columns c;
    if (columns_tell(a, d, NULL, &c) != ERR_OK) return false;
    bool product = c.at[FITMENT_SKU] >= 0 || c.at[FITMENT_NUMBER] >= 0 || c.at[FITMENT_OE] >= 0;
    return product && (c.at[FITMENT_MODEL] >= 0 || c.at[FITMENT_MAKE] >= 0 || c.external_count || c.at[FITMENT_UNIVERSAL] >= 0);
}
