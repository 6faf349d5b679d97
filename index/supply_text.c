#include "supply_text.h"

#include "base/limits.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"

enum err supply_text(const struct json *body, const char *key, size_t max_bytes, bool required, struct slice *out, struct fault *why) {
    TRY(json_get_string(body, key, out, why));
    if (required && out->n == 0) return fault_set(why, ERR_BAD_REQUEST, key, "%s is missing", key);
    if (out->n <= max_bytes) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, key, "%s must have at most %zu bytes", key, max_bytes);
}

enum err supply_id(const struct json *body, struct slice *out, struct fault *why) {
    return supply_text(body, "id", LIMIT_EXTERNAL_ID_BYTES, true, out, why);
}

enum err supply_list(struct arena *a, const struct json *body, const char *key, size_t count_max, struct slice *out, struct fault *why) {
    const struct json *list = NULL;
    struct buf joined;
    TRY(json_get_array(body, key, &list, why));
    if (!list) return ERR_OK;
    if (list->count > count_max) return fault_set(why, ERR_BAD_REQUEST, key, "%s has at most %zu entries", key, count_max);
    buf_init(&joined, a, 256);
    for (size_t i = 0; i < list->count; i++) {
        struct slice text = list->items[i].string;
        if (list->items[i].type != JSON_STRING || text.n == 0 || text.n > LIMIT_EXTERNAL_ID_BYTES || memchr(text.p, '|', text.n))
            return fault_set(why, ERR_BAD_REQUEST, key, "%s is a list of short texts without '|'", key);
        if (i) buf_char(&joined, '|');
        buf_slice_put(&joined, text);
    }
    *out = buf_slice(&joined);
    return joined.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err supply_permille(const struct json *body, const char *key, uint16_t *out, struct fault *why) {
    double factor = *out / 1000.0;
    TRY(json_get_number(body, key, &factor, why));
    if (!(factor >= 0.001 && factor <= 10)) return fault_set(why, ERR_BAD_REQUEST, key, "%s is a factor from 0.001 to 10", key);
    *out = (uint16_t)(factor * 1000 + 0.5);
    return ERR_OK;
}

static enum err brand_find(struct snapshot *s, struct arena *a, struct slice text, uint32_t *out) {
    struct view v = {.snapshot = s, .arena = a};
    struct lexicon_entry found[16];
    struct slice folded;
    unsigned count;
    bool longer;
    enum err e = names_find(s, NAMES_BRAND, text, out);
    if (e == ERR_NOT_FOUND) e = names_find(s, NAMES_BRAND, names_slug(a, text), out);
    if (e != ERR_NOT_FOUND) return e;
    TRY(text_fold(a, text, &folded));
    TRY(lexicon_lookup(&v, folded, found, 16, &count, &longer));
    for (unsigned i = 0; i < count; i++)
        if (found[i].kind == LEXICON_BRAND) {
            *out = found[i].id;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

enum err supply_brand(struct snapshot *s, struct arena *a, const char *key, struct slice text, uint32_t *out, struct fault *why) {
    enum err e = brand_find(s, a, text, out);
    return e == ERR_NOT_FOUND ? fault_set(why, ERR_BAD_REQUEST, key, "no brand is called '%.*s'", SLICE_ARGS(text)) : e;
}
