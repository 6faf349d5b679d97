#include "facet.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "names.h"
#include "product.h"
#include "product_class.h"

enum facet_kind { FACET_BRAND, FACET_TYPE, FACET_KIND, FACET_CLASS, FACET_FIT, FACET_RATING, FACET_IN_STOCK, FACET_ATTRIBUTE };
static const char *const facet_names[] = {"brand", "type", "kind", "class", "fit", "rating", "in_stock"};

// Open addressing over ids, or over texts of one attribute.
struct facet_table {
    enum facet_kind kind;
    struct slice key;      // of an attribute: "name":
    uint32_t capacity;
    struct facet_value *slots; // count 0: free
};

enum err facet_begin(struct view *v, struct slice field, uint32_t mask, struct facet *out, struct fault *why) {
    struct facet_table *t = ARENA_NEW(v->arena, struct facet_table);
    if (!t) return ERR_NO_MEMORY;
    *out = (struct facet){.field = field, .mask = mask, .table = t};
    t->kind = FACET_BRAND;
    while (t->kind < FACET_ATTRIBUTE && !slice_is(field, facet_names[t->kind])) t->kind++;
    if (t->kind == FACET_ATTRIBUTE) {
        if (!slice_starts(field, SLICE("attributes.")) || field.n == 11)
            return fault_set(why, ERR_BAD_REQUEST, "facets", "'%.*s' is no facet; brand, type, kind, class, fit, rating, in_stock and attributes.<name> are",
                             SLICE_ARGS(field));
        struct buf b;
        buf_init(&b, v->arena, field.n + 16);
        struct json_writer w = json_writer_of(&b);
        json_key_slice(&w, slice_from(field, 11));
        t->key = buf_slice(&b);
    }
    t->capacity = 64;
    t->slots = ARENA_ARRAY(v->arena, struct facet_value, t->capacity);
    return t->slots ? ERR_OK : ERR_NO_MEMORY;
}

static uint32_t slot_hash(const struct facet_value *x) {
    return x->text.p ? (uint32_t)hash64(x->text) : x->id * 2654435761u;
}

static struct facet_value *slot_of(const struct facet_table *t, const struct facet_value *x) {
    for (uint32_t i = slot_hash(x) & (t->capacity - 1);; i = (i + 1) & (t->capacity - 1)) {
        struct facet_value *s = &t->slots[i];
        if (s->count == 0 || (s->id == x->id && slice_eq(s->text, x->text))) return s;
    }
}

static enum err table_grow(struct view *v, struct facet_table *t) {
    struct facet_table old = *t;
    t->capacity *= 4;
    t->slots = ARENA_ARRAY(v->arena, struct facet_value, t->capacity);
    if (!t->slots) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].count) *slot_of(t, &old.slots[i]) = old.slots[i];
    return ERR_OK;
}

static enum err count_one(struct view *v, struct facet *f, struct facet_value x) {
    if (f->count * 2 >= f->table->capacity) TRY(table_grow(v, f->table));
    struct facet_value *s = slot_of(f->table, &x);
    if (s->count == 0) {
        x.count = 1;
        *s = x;
        f->count++;
    } else {
        s->count++;
    }
    return ERR_OK;
}

// The text of a JSON string: quotes and backslashes as people write them.
static struct slice string_text(struct view *v, struct slice json) {
    struct slice text = slice_of(json.p + 1, json.n - 2);
    char *out = memchr(text.p, '\\', text.n) ? arena_alloc(v->arena, text.n) : NULL;
    size_t n = 0;
    if (!out) return text;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == '"' || text.p[i + 1] == '\\')) i++;
        out[n++] = text.p[i];
    }
    return slice_of(out, n);
}

static enum err count_attribute(struct view *v, struct facet *f, uint32_t product) {
    struct product p;
    struct slice json;
    TRY(product_load(v, product, &p));
    for (struct product_values i = product_values_of(&p, f->table->key); product_values_next(&i, &json);)
        TRY(count_one(v, f, (struct facet_value){.text = string_text(v, json)}));
    return ERR_OK;
}

enum err facet_add(struct view *v, struct facet *f, const struct match *m) {
    const struct product_facts *facts = columns_facts(v, m->product);
    struct facet_value x = {0};
    switch (f->table->kind) {
    case FACET_BRAND: x.id = facts->brand; break;
    case FACET_TYPE: x.id = facts->type; break;
    case FACET_KIND: x.id = facts->kind; break;
    case FACET_CLASS: x.id = product_class_of(facts); break;
    case FACET_FIT: x.id = m->verdict; break;
    case FACET_RATING: x.id = facts->rating_x100 / 100u; break;
    case FACET_IN_STOCK: x.id = columns_offer(v, m->product)->stock > 0; break;
    case FACET_ATTRIBUTE: return count_attribute(v, f, m->product);
    }
    return count_one(v, f, x);
}

static struct slice value_text(struct view *v, enum facet_kind kind, const struct facet_value *x) {
    struct brand_info brand;
    switch (kind) {
    case FACET_BRAND:
        return brand_load(v, x->id, &brand) == ERR_OK && brand.name.n ? brand.name : names_text(v, NAMES_BRAND, x->id);
    case FACET_TYPE: return names_text(v, NAMES_TYPE, x->id);
    case FACET_KIND: return slice_str(product_kind_name(x->id));
    case FACET_CLASS: return slice_str(product_class_name(x->id));
    case FACET_FIT: return slice_str(verdict_name(x->id));
    case FACET_RATING: return arena_printf(v->arena, "%u", x->id);
    case FACET_IN_STOCK: return x->id ? SLICE("true") : SLICE("false");
    case FACET_ATTRIBUTE: break;
    }
    return x->text;
}

static int compare_values(const void *a, const void *b) {
    const struct facet_value *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return slice_cmp(x->text, y->text);
}

enum err facet_finish(struct view *v, struct facet *f) {
    f->values = ARENA_ARRAY(v->arena, struct facet_value, f->count + 1);
    if (!f->values) return ERR_NO_MEMORY;
    unsigned n = 0;
    for (uint32_t i = 0; i < f->table->capacity; i++) {
        if (f->table->slots[i].count == 0) continue;
        f->values[n] = f->table->slots[i];
        f->values[n].text = value_text(v, f->table->kind, &f->values[n]);
        n++;
    }
    qsort(f->values, n, sizeof *f->values, compare_values);
    f->count = n < LIMIT_FACET_VALUES ? n : LIMIT_FACET_VALUES;
    return ERR_OK;
}
