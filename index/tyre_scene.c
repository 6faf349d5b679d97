#include "tyre_scene.h"

#include <ctype.h>

#include "assortment.h"
#include "product_values.h"

// ---- records ----------------------------------------------------------------------------------------------------------------------
static enum err decode(struct arena *a, struct slice id, struct slice value, struct tyre_scene *out) {
    struct reader r = reader_of(value);
    *out = (struct tyre_scene){.id = id, .own = reader_u8(&r) != 0};
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    uint64_t count = reader_varint(&r);
    if (r.bad || count > TYRE_SCENE_RULES_MAX) return ERR_DAMAGED;
    out->rule_count = (unsigned)count;
    out->rules = ARENA_ARRAY(a, struct tyre_scene_rule, count + 1); // room for the row that is added next
    if (!out->rules) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->rule_count; i++) {
        struct tyre_scene_rule *rule = &out->rules[i];
        rule->attribute = reader_string(&r);
        rule->value = reader_string(&r);
        rule->weight = reader_f32(&r);
        rule->reason = reader_string(&r);
        rule->reason_zh = reader_string(&r);
    }
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err tyre_scene_load(struct view *v, struct slice id, struct tyre_scene *out) {
    struct slice value;
    if (id.n == 0 || id.n > TYRE_SCENE_ID_BYTES || !assortment_admits_id(v, id)) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_TYRE_SCENE, id, &value));
    return decode(v->arena, id, value, out);
}

enum err tyre_scene_each(struct view *v, enum err (*each)(void *arg, const struct tyre_scene *scene), void *arg) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_TYRE_SCENE);
    struct slice key, value;
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, SLICE_NONE, &key, &value);
    for (; e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        struct tyre_scene scene;
        if (!assortment_admits_id(v, key)) continue;
        if ((e = decode(v->arena, key, value, &scene)) != ERR_OK || (e = each(arg, &scene)) != ERR_OK) break;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err tyre_scene_put(struct txn *t, struct arena *scratch, const struct tyre_scene *scene, struct fault *why) {
    struct buf b;
    if (scene->rule_count > TYRE_SCENE_RULES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "rules", "a scene has at most %d rules", TYRE_SCENE_RULES_MAX);
    buf_init(&b, scratch, 1024);
    buf_u8(&b, scene->own);
    buf_string(&b, scene->name);
    buf_string(&b, scene->name_zh);
    buf_varint(&b, scene->rule_count);
    for (unsigned i = 0; i < scene->rule_count; i++) {
        const struct tyre_scene_rule *rule = &scene->rules[i];
        buf_string(&b, rule->attribute);
        buf_string(&b, rule->value);
        buf_f32(&b, rule->weight);
        buf_string(&b, rule->reason);
        buf_string(&b, rule->reason_zh);
    }
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_TYRE_SCENE, scene->id, buf_slice(&b));
}

enum err tyre_scene_delete(struct txn *t, struct slice id, struct fault *why) {
    enum err e = id.n && id.n <= TYRE_SCENE_ID_BYTES ? txn_delete(t, TABLE_TYRE_SCENE, id) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "id", "there is no scene \"%.*s\"", SLICE_ARGS(id));
    return e;
}

// ---- from outside -----------------------------------------------------------------------------------------------------------------
static bool id_is(struct slice id) {
    for (size_t i = 0; i < id.n; i++)
        if (!isalnum((unsigned char)id.p[i]) && !memchr("_-:", id.p[i], 3)) return false;
    return id.n > 0 && id.n <= TYRE_SCENE_ID_BYTES;
}

// "<=68" as '<' and 68; 0 for words.
static char bound_of(struct slice value, double *limit) {
    bool bound = value.n > 2 && (value.p[0] == '<' || value.p[0] == '>') && value.p[1] == '=';
    return bound && slice_f64(slice_trim(slice_from(value, 2)), limit) ? value.p[0] : 0;
}

static unsigned words_of(struct slice value) {
    unsigned count = 0;
    for (struct slice rest = value; rest.p; count++) (void)slice_cut(&rest, '|');
    return count;
}

static enum err rule_check(const struct tyre_scene_rule *rule, struct fault *why) {
    double limit;
    if (rule->attribute.n == 0) return fault_set(why, ERR_BAD_REQUEST, "attribute", "a rule needs an attribute");
    if (rule->value.n == 0 || (strchr("<>", rule->value.p[0]) && !bound_of(rule->value, &limit)) || words_of(rule->value) > TYRE_SCENE_VALUES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "value", "\"%.*s\" is not at most %d words joined by '|', or a number after <= or >=",
                         SLICE_ARGS(rule->value), TYRE_SCENE_VALUES_MAX);
    if (!(rule->weight >= -10 && rule->weight <= 10) || rule->weight == 0)
        return fault_set(why, ERR_BAD_REQUEST, "weight", "weight is a number from -10 to 10 and not 0");
    return ERR_OK;
}

static enum err rule_from_json(const struct json *body, struct tyre_scene_rule *out, struct fault *why) {
    static const char *const keys[] = {"attribute", "value", "weight", "reason", "reason_zh", NULL};
    double weight = 0;
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "rules", "rules are objects");
    TRY(json_only_keys(body, keys, why));
    TRY(json_get_string(body, "attribute", &out->attribute, why));
    TRY(json_get_string(body, "value", &out->value, why));
    TRY(json_get_number(body, "weight", &weight, why));
    TRY(json_get_string(body, "reason", &out->reason, why));
    TRY(json_get_string(body, "reason_zh", &out->reason_zh, why));
    out->weight = (float)weight;
    return rule_check(out, why);
}

enum err tyre_scene_from_json(struct arena *a, const struct json *body, struct tyre_scene *out, struct fault *why) {
    static const char *const keys[] = {"id", "name", "name_zh", "rules", NULL};
    const struct json *rules = NULL;
    *out = (struct tyre_scene){.own = true};
    TRY(json_only_keys(body, keys, why));
    TRY(json_get_string(body, "id", &out->id, why));
    TRY(json_get_string(body, "name", &out->name, why));
    TRY(json_get_string(body, "name_zh", &out->name_zh, why));
    TRY(json_get_array(body, "rules", &rules, why));
    if (!id_is(out->id)) return fault_set(why, ERR_BAD_REQUEST, "id", "id is 1 to %d letters, digits, '_', '-' or ':'", TYRE_SCENE_ID_BYTES);
    if (out->name.n == 0) return fault_set(why, ERR_BAD_REQUEST, "name", "a scene needs a name");
    if (!rules || rules->count == 0 || rules->count > TYRE_SCENE_RULES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "rules", "a scene has 1 to %d rules", TYRE_SCENE_RULES_MAX);
    out->rules = ARENA_ARRAY(a, struct tyre_scene_rule, rules->count);
    if (!out->rules) return ERR_NO_MEMORY;
    out->rule_count = (unsigned)rules->count;
    for (unsigned i = 0; i < out->rule_count; i++) TRY(rule_from_json(&rules->items[i], &out->rules[i], why));
    return ERR_OK;
}

void tyre_scene_json(struct json_writer *w, const struct tyre_scene *scene) {
    json_open(w, '{');
    json_key_string(w, "id", scene->id);
    json_key_string(w, "name", scene->name);
    json_key_string(w, "name_zh", scene->name_zh);
    json_key_bool(w, "own", scene->own);
    json_key_open(w, "rules", '[');
    for (unsigned i = 0; i < scene->rule_count; i++) {
        const struct tyre_scene_rule *rule = &scene->rules[i];
        json_open(w, '{');
        json_key_string(w, "attribute", rule->attribute);
        json_key_string(w, "value", rule->value);
        json_key_double(w, "weight", (double)rule->weight);
        json_key_string(w, "reason", rule->reason);
        json_key_string(w, "reason_zh", rule->reason_zh);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

// ---- the facts' file --------------------------------------------------------------------------------------------------------------
enum err tyre_scenes_clear(struct txn *t, struct arena *scratch) {
    struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_TYRE_SCENE);
    struct slice key, value;
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, SLICE_NONE, &key, &value);
    while (e == ERR_OK) {
        struct slice id = arena_copy(scratch, key);
        bool own = value.n > 0 && value.p[0] != 0;
        if (!own) e = id.p ? txn_delete(t, TABLE_TYRE_SCENE, id) : ERR_NO_MEMORY;
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

static enum err duplicate(struct arena *a, struct tyre_scene *s) { // a write may move what was read
    struct slice *texts[3] = {&s->id, &s->name, &s->name_zh};
    for (unsigned i = 0; i < 3; i++) *texts[i] = arena_copy(a, *texts[i]);
    for (unsigned i = 0; i < s->rule_count; i++) {
        struct tyre_scene_rule *r = &s->rules[i];
        r->attribute = arena_copy(a, r->attribute);
        r->value = arena_copy(a, r->value);
        r->reason = arena_copy(a, r->reason);
        r->reason_zh = arena_copy(a, r->reason_zh);
    }
    return s->id.p ? ERR_OK : ERR_NO_MEMORY;
}

enum err tyre_scene_row(struct txn *t, struct view *v, const struct slice cells[8], struct fault *why) {
    struct tyre_scene scene;
    double weight = 0;
    if (!id_is(cells[0])) return fault_set(why, ERR_BAD_REQUEST, "scene", "\"%.*s\" is no scene's id", SLICE_ARGS(cells[0]));
    enum err e = tyre_scene_load(v, cells[0], &scene);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    if (e == ERR_OK && scene.own) return ERR_OK;
    if (cells[3].n == 0) {
        scene = (struct tyre_scene){.id = cells[0], .name = cells[1], .name_zh = cells[2]};
        return tyre_scene_put(t, v->arena, &scene, why);
    }
    if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, "scene", "\"%.*s\" has no line with its name before", SLICE_ARGS(cells[0]));
    if (!slice_f64(cells[5], &weight)) return fault_set(why, ERR_BAD_REQUEST, "weight", "\"%.*s\" is no number", SLICE_ARGS(cells[5]));
    struct tyre_scene_rule rule = {cells[3], cells[4], (float)weight, cells[6], cells[7]};
    TRY(rule_check(&rule, why));
    TRY(duplicate(v->arena, &scene));
    scene.rules[scene.rule_count++] = rule;
    return tyre_scene_put(t, v->arena, &scene, why);
}

// ---- products -----------------------------------------------------------------------------------------------------------------------
static enum err test_begin(struct view *v, const struct tyre_scene_rule *rule, struct tyre_scene_test *out) {
    *out = (struct tyre_scene_test){.bound = 0};
    TRY(product_attribute_find(v, rule->attribute, &out->attribute));
    out->bound = bound_of(rule->value, &out->limit);
    if (out->bound || !out->attribute) return ERR_OK;
    for (struct slice rest = rule->value; rest.p && out->value_count < TYRE_SCENE_VALUES_MAX;) {
        uint32_t value;
        TRY(product_value_find(v, out->attribute, slice_trim(slice_cut(&rest, '|')), &value));
        if (value) out->values[out->value_count++] = value;
    }
    return ERR_OK;
}

enum err tyre_scene_tests_begin(struct view *v, const struct tyre_scene *scene, struct tyre_scene_tests *out) {
    *out = (struct tyre_scene_tests){.scene = scene, .tests = ARENA_ARRAY(v->arena, struct tyre_scene_test, scene->rule_count + 1)};
    if (!out->tests) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < scene->rule_count; i++) {
        TRY(test_begin(v, &scene->rules[i], &out->tests[i]));
        if (scene->rules[i].weight > 0) out->most += scene->rules[i].weight;
    }
    return ERR_OK;
}

static bool holds(struct view *v, const struct tyre_scene_test *t, const struct value_row *row) {
    for (unsigned i = 0; i < row->n; i++) {
        double number;
        if (value_row_attribute(row, i) != t->attribute) continue;
        uint32_t value = value_row_value(row, i);
        for (unsigned k = 0; k < t->value_count; k++)
            if (t->values[k] == value) return true;
        if (t->bound && slice_f64(product_value_text(v, value), &number) && (t->bound == '<' ? number <= t->limit : number >= t->limit)) return true;
    }
    return false;
}

float tyre_scene_score(struct view *v, const struct tyre_scene_tests *t, uint32_t product, const struct tyre_scene_rule **best) {
    struct value_row row;
    float sum = 0;
    *best = NULL;
    product_values_of(v, &product, 1, &row);
    for (unsigned i = 0; i < t->scene->rule_count; i++) {
        const struct tyre_scene_rule *rule = &t->scene->rules[i];
        if (!t->tests[i].attribute || !holds(v, &t->tests[i], &row)) continue;
        sum += rule->weight;
        if (rule->weight > 0 && (!*best || rule->weight > (*best)->weight)) *best = rule;
    }
    return t->most > 0 ? sum / t->most : sum;
}
