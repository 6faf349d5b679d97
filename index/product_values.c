#include "product_values.h"

#include <stdlib.h>

#include "base/limits.h"
#include "columns.h"
#include "names.h"

#define HEADER_BYTES PRODUCT_VALUES_EMPTY_BYTES

struct pair_ids { uint16_t attribute; uint32_t value; };
enum { PAIR_BYTES = sizeof(uint16_t) + sizeof(uint32_t) };

static uint32_t start_of(const char *chunk, unsigned row) {
    uint32_t at;
    memcpy(&at, chunk + row * sizeof at, sizeof at);
    return at;
}

bool product_values_sound(struct slice chunk) {
    if (chunk.n < HEADER_BYTES) return false;
    uint32_t last = 0;
    bool sound = start_of(chunk.p, 0) == 0;
    for (unsigned i = 1; i <= PRODUCT_VALUES_CHUNK; i++) {
        uint32_t at = start_of(chunk.p, i);
        sound = sound && at >= last;
        last = at;
    }
    return sound && chunk.n - HEADER_BYTES == (size_t)last * PAIR_BYTES;
}

struct value_row product_values_of_chunk(const char *chunk, unsigned row) {
    uint32_t from = start_of(chunk, row), to = start_of(chunk, row + 1), total = start_of(chunk, PRODUCT_VALUES_CHUNK);
    const char *attributes = chunk + HEADER_BYTES, *values = attributes + total * sizeof(uint16_t);
    return (struct value_row){to - from, attributes + from * sizeof(uint16_t), values + from * sizeof(uint32_t)};
}

void product_values_of(struct view *v, const uint32_t *products, unsigned count, struct value_row *out) {
    const char *chunk = NULL;
    uint32_t last = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t at = products[i] / PRODUCT_VALUES_CHUNK;
        if (!chunk || at != last) chunk = columns_values(v, last = at);
        out[i] = product_values_of_chunk(chunk, products[i] % PRODUCT_VALUES_CHUNK);
    }
}

// ---- names ----------------------------------------------------------------------------------------------------------------------
static struct slice value_name(struct arena *a, uint32_t attribute, struct slice text) {
    struct buf b;
    buf_init(&b, a, text.n + 8);
    buf_printf(&b, "%u:", attribute);
    buf_slice_put(&b, text);
    return b.bad ? SLICE_NONE : buf_slice(&b);
}

static enum err found_or_none(enum err e) { return e == ERR_NOT_FOUND ? ERR_OK : e; }

enum err product_attribute_find(struct view *v, struct slice name, uint32_t *attribute) {
    return found_or_none(names_find(v->snapshot, NAMES_PRODUCT_ATTRIBUTE, name, attribute));
}

enum err product_value_find(struct view *v, uint32_t attribute, struct slice text, uint32_t *value) {
    *value = 0;
    if (!attribute) return ERR_OK;
    struct slice name = value_name(v->arena, attribute, text);
    return name.p ? found_or_none(names_find(v->snapshot, NAMES_PRODUCT_VALUE, name, value)) : ERR_NO_MEMORY;
}

struct slice product_value_text(struct view *v, uint32_t value) {
    struct slice text = names_text(v, NAMES_PRODUCT_VALUE, value);
    (void)slice_cut(&text, ':');
    return text;
}

// ---- the record's attributes ----------------------------------------------------------------------------------------------------
static char unescaped(const char *at, size_t left, size_t *used) {
    static const char plain[] = "nrtbf", meant[] = "\n\r\t\b\f";
    *used = 2;
    const char *known = left > 1 ? memchr(plain, at[1], sizeof plain - 1) : NULL;
    if (known) return meant[known - plain];
    if (left < 6 || at[1] != 'u') return left > 1 ? at[1] : '\\';
    unsigned code = 0; // what the writer escapes this way is below a space
    for (unsigned i = 4; i < 6; i++) {
        unsigned digit = (unsigned)(at[i] | 0x20);
        code = code * 16 + (digit >= 'a' ? digit - 'a' + 10 : digit - '0') % 16;
    }
    *used = 6;
    return (char)code;
}

static struct slice unescape(struct arena *a, struct slice text) {
    char *out = memchr(text.p, '\\', text.n) ? arena_alloc(a, text.n) : NULL;
    size_t n = 0, used;
    if (!out) return text;
    for (size_t at = 0; at < text.n; at += used) {
        used = 1;
        out[n++] = text.p[at] == '\\' ? unescaped(text.p + at, text.n - at, &used) : text.p[at];
    }
    return slice_of(out, n);
}

static bool take_string(struct arena *a, struct product_pairs *i, struct slice *out) {
    struct slice s = i->json;
    if (i->at >= s.n || s.p[i->at] != '"') return false;
    size_t from = ++i->at;
    while (i->at < s.n && s.p[i->at] != '"') i->at += s.p[i->at] == '\\' ? 2 : 1;
    if (i->at >= s.n) return false;
    *out = unescape(a, slice_of(s.p + from, i->at - from));
    i->at++;
    return true;
}

static bool take_char(struct product_pairs *i, char c) {
    if (i->at >= i->json.n || i->json.p[i->at] != c) return false;
    i->at++;
    return true;
}

bool product_pairs_next(struct arena *a, struct product_pairs *i, struct slice *name, struct slice *value) {
    bool more = i->at > 0 && take_char(i, ',');
    if (i->list && !more) {
        i->list = !take_char(i, ']');
        more = take_char(i, ',');
    }
    if (i->at == 0) more = take_char(i, '{');
    if (!more) return false;
    if (!i->list) {
        if (!take_string(a, i, &i->name) || !take_char(i, ':')) return false;
        i->list = take_char(i, '[');
    }
    *name = i->name;
    return take_string(a, i, value);
}

// ---- rows to be written -----------------------------------------------------------------------------------------------------------
static int compare_pairs(const void *a, const void *b) {
    const struct pair_ids *x = a, *y = b;
    if (x->attribute != y->attribute) return x->attribute < y->attribute ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

// `known` (may be NULL) keeps what was looked up.
static enum err intern(struct txn *t, struct map *known, unsigned dictionary, struct slice name, uint32_t *id) {
    if (!name.p) return ERR_NO_MEMORY;
    if (!known) return names_intern(t, dictionary, name, id);
    struct hash128 key = hash128(name);
    key.low ^= dictionary;
    const uint64_t *found = map_find(known, key);
    *id = found ? (uint32_t)*found : 0;
    if (found) return ERR_OK;
    TRY(names_intern(t, dictionary, name, id));
    return map_put(known, key, *id) ? ERR_OK : ERR_NO_MEMORY;
}

// An attribute without a name, or with one no dictionary takes, has no id.
static enum err row_make(struct txn *t, struct map *known, struct arena *scratch, struct slice attributes, struct pair_ids **out, unsigned *count) {
    struct pair_ids *list = arena_alloc(scratch, LIMIT_PRODUCT_VALUES * sizeof *list);
    struct product_pairs i = product_pairs_of(attributes);
    struct slice name, text, last = SLICE_NONE;
    uint32_t attribute = 0;
    unsigned n = 0, kept = 0;
    if (!list) return ERR_NO_MEMORY;
    while (n < LIMIT_PRODUCT_VALUES && product_pairs_next(scratch, &i, &name, &text)) {
        if (name.n == 0 || name.p[0] == 0) continue;
        if (!slice_eq(name, last)) TRY(intern(t, known, NAMES_PRODUCT_ATTRIBUTE, name, &attribute));
        last = name;
        list[n].attribute = (uint16_t)attribute;
        TRY(intern(t, known, NAMES_PRODUCT_VALUE, value_name(scratch, attribute, text), &list[n++].value));
    }
    if (n > 1) qsort(list, n, sizeof *list, compare_pairs);
    for (unsigned k = 0; k < n; k++)
        if (kept == 0 || list[k].value != list[kept - 1].value) list[kept++] = list[k];
    *out = list;
    *count = kept;
    return ERR_OK;
}

static bool row_equal(struct value_row old, const struct pair_ids *list, unsigned n) {
    if (old.n != n) return false;
    for (unsigned i = 0; i < n; i++)
        if (value_row_value(&old, i) != list[i].value) return false;
    return true;
}

// The chunk with another row in it.
static void chunk_with(const char *old, unsigned row, const struct pair_ids *list, unsigned n, struct buf *out) {
    uint32_t from = start_of(old, row), to = start_of(old, row + 1), total = start_of(old, PRODUCT_VALUES_CHUNK);
    const char *attributes = old + HEADER_BYTES, *values = attributes + total * sizeof(uint16_t);
    for (unsigned i = 0; i <= PRODUCT_VALUES_CHUNK; i++) buf_u32(out, start_of(old, i) + (i > row ? n - (to - from) : 0));
    buf_put(out, attributes, from * sizeof(uint16_t));
    for (unsigned i = 0; i < n; i++) buf_u16(out, list[i].attribute);
    buf_put(out, attributes + to * sizeof(uint16_t), (total - to) * sizeof(uint16_t));
    buf_put(out, values, from * sizeof(uint32_t));
    for (unsigned i = 0; i < n; i++) buf_u32(out, list[i].value);
    buf_put(out, values + to * sizeof(uint32_t), (total - to) * sizeof(uint32_t));
}

enum err product_values_put(struct txn *t, struct arena *scratch, uint32_t product, struct slice attributes) {
    static const char empty[HEADER_BYTES];
    uint32_t key = __builtin_bswap32(product / PRODUCT_VALUES_CHUNK);
    struct slice stored, k = slice_of(&key, sizeof key);
    struct pair_ids *list;
    unsigned n, row = product % PRODUCT_VALUES_CHUNK;
    TRY(row_make(t, NULL, scratch, attributes, &list, &n));
    enum err e = db_get(txn_snapshot(t), TABLE_VALUE, k, &stored);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    if (e == ERR_OK && !product_values_sound(stored)) return ERR_DAMAGED;
    const char *old = e == ERR_OK ? stored.p : empty;
    if (row_equal(product_values_of_chunk(old, row), list, n)) return ERR_OK;
    struct buf b;
    buf_init(&b, scratch, (e == ERR_OK ? stored.n : HEADER_BYTES) + n * PAIR_BYTES);
    chunk_with(old, row, list, n, &b);
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_VALUE, k, buf_slice(&b));
}

// ---- bulk -------------------------------------------------------------------------------------------------------------------------
void product_values_loader_init(struct product_values_loader *l) {
    *l = (struct product_values_loader){0};
    map_init(&l->ids);
    buf_init(&l->attributes, NULL, 4096);
    buf_init(&l->values, NULL, 4096);
}

void product_values_loader_destroy(struct product_values_loader *l) {
    map_destroy(&l->ids);
    buf_free(&l->attributes);
    buf_free(&l->values);
}

static void rows_until(struct product_values_loader *l, unsigned row) {
    while (l->rows < row) l->starts[++l->rows] = (uint32_t)(l->values.n / sizeof(uint32_t));
}

enum err product_values_loader_finish(struct product_values_loader *l, struct txn *t) {
    uint32_t key = __builtin_bswap32(l->chunk);
    struct buf b;
    if (l->values.n == 0) return ERR_OK;
    rows_until(l, PRODUCT_VALUES_CHUNK);
    buf_init(&b, NULL, sizeof l->starts + l->attributes.n + l->values.n);
    buf_put(&b, l->starts, sizeof l->starts);
    buf_slice_put(&b, buf_slice(&l->attributes));
    buf_slice_put(&b, buf_slice(&l->values));
    enum err e = b.bad || l->attributes.bad || l->values.bad ? ERR_NO_MEMORY
                                                             : txn_append(t, TABLE_VALUE, slice_of(&key, sizeof key), buf_slice(&b));
    buf_free(&b);
    buf_clear(&l->attributes);
    buf_clear(&l->values);
    return e;
}

enum err product_values_loader_add(struct product_values_loader *l, struct txn *t, struct arena *scratch, uint32_t product, struct slice attributes) {
    struct pair_ids *list;
    unsigned n;
    if (product / PRODUCT_VALUES_CHUNK != l->chunk) {
        TRY(product_values_loader_finish(l, t));
        l->chunk = product / PRODUCT_VALUES_CHUNK;
        l->rows = 0;
    }
    TRY(row_make(t, &l->ids, scratch, attributes, &list, &n));
    rows_until(l, product % PRODUCT_VALUES_CHUNK);
    for (unsigned i = 0; i < n; i++) {
        buf_u16(&l->attributes, list[i].attribute);
        buf_u32(&l->values, list[i].value);
    }
    rows_until(l, product % PRODUCT_VALUES_CHUNK + 1);
    return l->values.bad ? ERR_NO_MEMORY : ERR_OK;
}
