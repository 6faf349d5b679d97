// api_vocabulary.c: the words of the trade: types with their groups, brands, attributes with their legal values.
#include <stdlib.h>

#include "index/attribute.h"
#include "index/knowledge.h"
#include "index/names.h"
#include "index/vocabulary.h"
#include "server/api.h"
#include "server/api_routes.h"

// ---- types --------------------------------------------------------------------------------------------------------------------

static void interval_json(struct json_writer *w, const struct type_info *type) {
    json_key(w, "interval_km");
    if (type->interval_km) json_int(w, type->interval_km);
    else json_null(w);
    json_key(w, "interval_months");
    if (type->interval_months) json_int(w, type->interval_months);
    else json_null(w);
}

static void type_json(struct json_writer *w, const struct type_info *type) {
    json_open(w, '{');
    json_key_string(w, "id", type->slug);
    json_key_string(w, "name", type->name.n ? type->name : type->slug);
    api_key_text(w, "name_zh", type->name_zh);
    json_key_str(w, "kind", product_kind_name(type->kind));
    api_key_text(w, "group", type->group);
    api_list(w, "synonyms", type->synonyms);
    api_list(w, "synonyms_zh", type->synonyms_zh);
    api_list(w, "attributes", type->attributes);
    api_list(w, "positions", type->positions);
    json_key(w, "pcdb");
    if (type->pcdb) json_int(w, type->pcdb);
    else json_null(w);
    interval_json(w, type);
    json_close(w, '}');
}

static int group_order(const void *a, const void *b) {
    const struct group_info *x = a, *y = b;
    return x->order != y->order ? (int)x->order - (int)y->order : (x->id > y->id) - (x->id < y->id);
}

static enum err groups(struct request *rq, struct app_worker *w, struct json_writer *out) {
    uint32_t all = names_count(w->view->snapshot, NAMES_GROUP);
    unsigned count = 0;
    struct group_info *list = ARENA_ARRAY(&rq->arena, struct group_info, (size_t)all + 1);
    if (!list) return ERR_NO_MEMORY;
    for (uint32_t id = 1; id <= all; id++)
        if (group_load(w->view, id, &list[count]) == ERR_OK) count++;
    qsort(list, count, sizeof *list, group_order);
    json_key_open(out, "groups", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(out, '{');
        json_key_string(out, "id", list[i].slug);
        json_key_string(out, "name", list[i].name);
        api_key_text(out, "name_zh", list[i].name_zh);
        json_close(out, '}');
    }
    json_close(out, ']');
    return ERR_OK;
}

static enum err types(struct request *rq, struct app_worker *w, struct fault *why) {
    (void)why;
    uint32_t all = names_count(w->view->snapshot, NAMES_TYPE);
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "types", '[');
    for (uint32_t id = 1; id <= all; id++) {
        struct type_info type;
        enum err e = type_load(w->view, id, &type);
        if (e == ERR_NOT_FOUND) type = (struct type_info){.id = id, .slug = names_text(w->view, NAMES_TYPE, id)};
        else TRY(e);
        type_json(&out, &type);
    }
    json_close(&out, ']');
    TRY(groups(rq, w, &out));
    return api_end(rq, &out);
}
enum err api_types(struct request *rq, struct fault *why) { return api_read(rq, why, types); }

// ---- brands -------------------------------------------------------------------------------------------------------------------

// Makers of original parts stand in the same dictionary; those the vocabulary does not describe are named by their slug.
static enum err brands(struct request *rq, struct app_worker *w, struct fault *why) {
    (void)why;
    uint32_t all = names_count(w->view->snapshot, NAMES_BRAND);
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "brands", '[');
    for (uint32_t id = 1; id <= all; id++) {
        struct brand_info brand;
        enum err e = brand_load(w->view, id, &brand);
        if (e == ERR_NOT_FOUND) brand = (struct brand_info){.id = id, .slug = names_text(w->view, NAMES_BRAND, id)};
        else TRY(e);
        json_open(&out, '{');
        json_key_string(&out, "id", brand.slug);
        json_key_string(&out, "name", brand.name.n ? brand.name : brand.slug);
        api_key_text(&out, "name_zh", brand.name_zh);
        api_list(&out, "aliases", brand.aliases);
        api_key_text(&out, "tier", brand.tier);
        api_list(&out, "types", brand.types);
        api_key_text(&out, "country", brand.country);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_brands(struct request *rq, struct fault *why) { return api_read(rq, why, brands); }

// ---- attributes -----------------------------------------------------------------------------------------------------------------

static void values_json(struct json_writer *w, struct slice joined) { // value=label=label_zh, joined by '|'
    json_key_open(w, "values", '[');
    while (joined.p && joined.n > 0) {
        struct slice label = slice_cut(&joined, '|'), value = slice_cut(&label, '='), zh = label;
        if (label.p) label = slice_cut(&zh, '=');
        json_open(w, '{');
        json_key_string(w, "value", value);
        json_key_string(w, "label", label.n ? label : value);
        api_key_text(w, "label_zh", zh);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void attribute_json(struct json_writer *w, const struct attribute_info *info) {
    json_open(w, '{');
    json_key_string(w, "name", info->name);
    json_key_string(w, "label", info->label.n ? info->label : info->name);
    api_key_text(w, "label_zh", info->label_zh);
    api_key_text(w, "unit", info->unit);
    json_key_str(w, "kind", info->kind == 'e' ? "enum" : info->kind == 'n' ? "number" : "text");
    values_json(w, info->kind == 'e' ? info->values : SLICE_NONE);
    json_close(w, '}');
}

// What chooses among base vehicles is answered in attrs= as well.
static void level_json(struct json_writer *w, enum car_level level) {
    struct attribute_info info = {.name = slice_str(car_level_names[level]), .label = slice_str(car_level_labels[level]),
                                  .label_zh = slice_str(car_level_labels_zh[level]), .kind = level == CAR_YEAR ? 'n' : 't'};
    attribute_json(w, &info);
}

static int attribute_order(const void *a, const void *b) {
    const struct attribute_info *x = a, *y = b;
    return x->order != y->order ? (int)x->order - (int)y->order : (x->id > y->id) - (x->id < y->id);
}

static enum err attributes(struct request *rq, struct app_worker *w, struct fault *why) {
    (void)why;
    uint32_t all = names_count(w->view->snapshot, NAMES_ATTRIBUTE);
    struct attribute_info *list = ARENA_ARRAY(&rq->arena, struct attribute_info, (size_t)all + 1);
    if (!list) return ERR_NO_MEMORY;
    for (uint32_t id = 1; id <= all; id++) TRY(attribute_load(w->view, id, &list[id - 1]));
    qsort(list, all, sizeof *list, attribute_order);
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "attributes", '[');
    for (uint32_t i = 0; i < all; i++) attribute_json(&out, &list[i]);
    for (unsigned i = 0; i < CAR_LEVELS; i++) level_json(&out, (enum car_level)i);
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_attributes(struct request *rq, struct fault *why) { return api_read(rq, why, attributes); }
