#include "catalog_resolve.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/limits.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"
#include "vehicle.h"
#include "vehicle_external.h"

enum err resolver_init(struct resolver *r, struct txn *t, struct arena *scratch) {
    *r = (struct resolver){.txn = t};
    map_init(&r->memo);
    TRY(text_init());
    return view_of_txn(t, scratch, &clock_system, &r->view);
}

void resolver_destroy(struct resolver *r) {
    view_of_txn_end(&r->view);
    map_destroy(&r->memo);
    if (r->parser) json_parser_free(r->parser);
}

// ---- what has been looked up before --------------------------------------------------------------------------------------
#define MEMO_NONE UINT32_MAX // looked up and not there

static struct hash128 memo_key(char kind, uint32_t scope, struct slice text) {
    char space[LIMIT_KEY_BYTES];
    struct buf b = {.p = space, .capacity = sizeof space};
    buf_char(&b, kind);
    buf_u32(&b, scope);
    if (text.n < sizeof space - 8) {
        buf_slice_put(&b, text);
        return hash128(buf_slice(&b));
    }
    struct hash128 h = hash128(text);
    h.low ^= hash64(buf_slice(&b));
    return h;
}

static bool memo_get(const struct resolver *r, struct hash128 key, uint32_t *id) {
    const uint64_t *found = map_find(&r->memo, key);
    if (found) *id = (uint32_t)*found;
    return found != NULL;
}

static enum err memo_set(struct resolver *r, struct hash128 key, uint32_t id) {
    return map_put(&r->memo, key, id) ? ERR_OK : ERR_NO_MEMORY;
}

static enum err intern(struct resolver *r, char kind, unsigned dictionary, struct slice text, uint32_t *id) {
    *id = 0;
    if (text.n == 0) return ERR_OK;
    struct hash128 key = memo_key(kind, dictionary, text);
    if (memo_get(r, key, id)) return ERR_OK;
    TRY(names_intern(r->txn, dictionary, text, id));
    return memo_set(r, key, *id);
}

// ---- brands and types ------------------------------------------------------------------------------------------------------
static enum err by_phrase(struct resolver *r, struct slice text, enum lexicon_kind kind, uint32_t *id) {
    struct lexicon_entry found[16];
    unsigned count;
    bool longer;
    struct slice folded;
    TRY(text_fold(r->view.arena, text, &folded));
    TRY(lexicon_lookup(&r->view, folded, found, 16, &count, &longer));
    for (unsigned i = 0; i < count; i++)
        if (found[i].kind == kind) {
            *id = found[i].id;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

static enum err brand_find_or_add(struct resolver *r, struct slice text, uint32_t *id) {
    enum err e = names_find(r->view.snapshot, NAMES_BRAND, text, id);
    if (e == ERR_NOT_FOUND) e = by_phrase(r, text, LEXICON_BRAND, id);
    if (e != ERR_NOT_FOUND) return e;
    struct brand_info brand = {.slug = names_slug(r->view.arena, text), .name = text};
    if (brand.slug.n == 0) brand.slug = text;
    TRY(brand_put(r->txn, r->view.arena, &brand));
    *id = brand.id;
    return ERR_OK;
}

enum err resolve_brand(struct resolver *r, struct slice text, uint32_t *id, struct slice *name) {
    struct hash128 key = memo_key('b', 0, text);
    if (!memo_get(r, key, id)) {
        TRY(brand_find_or_add(r, text, id));
        TRY(memo_set(r, key, *id));
    }
    struct brand_info info;
    if (!name) return ERR_OK;
    *name = brand_load(&r->view, *id, &info) == ERR_OK && info.name.n ? info.name : text;
    return ERR_OK;
}

enum err resolve_type(struct resolver *r, struct slice text, uint32_t *id) {
    struct hash128 key = memo_key('t', 0, text);
    if (memo_get(r, key, id)) return ERR_OK;
    enum err e = names_find(r->view.snapshot, NAMES_TYPE, text, id);
    if (e == ERR_NOT_FOUND) e = by_phrase(r, text, LEXICON_TYPE, id);
    if (e == ERR_NOT_FOUND) e = names_intern(r->txn, NAMES_TYPE, text, id);
    TRY(e);
    return memo_set(r, key, *id);
}

// ---- vehicles of an application -------------------------------------------------------------------------------------------------
static enum err resolve_make(struct resolver *r, struct slice text, uint32_t *id) {
    struct hash128 key = memo_key('m', 0, text);
    if (memo_get(r, key, id)) return ERR_OK;
    enum err e = make_find(&r->view, text, id);
    if (e == ERR_NOT_FOUND) *id = MEMO_NONE;
    else if (e != ERR_OK) return e;
    return memo_set(r, key, *id);
}

static enum err resolve_model(struct resolver *r, uint32_t make, struct slice text, uint32_t *id) {
    *id = 0;
    if (text.n == 0) return ERR_OK;
    struct hash128 key = memo_key('M', make, text);
    if (memo_get(r, key, id)) return ERR_OK;
    enum err e = model_find(&r->view, make, text, id);
    if (e == ERR_NOT_FOUND) *id = MEMO_NONE;
    else if (e != ERR_OK) return e;
    return memo_set(r, key, *id);
}

// A value no vehicle carries is a value all the same (a file may know brake sizes that configurations do not).
static enum err resolve_value(struct resolver *r, const struct pair *p, uint8_t *attr, uint16_t *value) {
    uint32_t attribute, id = MEMO_NONE;
    if (p->name.n && p->name.p[0] == '?') return ERR_NOT_FOUND; // an id nobody could explain
    TRY(intern(r, 'a', NAMES_ATTRIBUTE, p->name, &attribute));
    *attr = (uint8_t)attribute;
    struct hash128 key = memo_key('v', attribute, p->value);
    if (!memo_get(r, key, &id)) {
        struct slice normal;
        enum err e = attribute_normalise(&r->view, p->name, p->value, &normal);
        if (e == ERR_BAD_REQUEST || e == ERR_TOO_LARGE) id = MEMO_NONE;
        else if (e != ERR_OK) return e;
        else TRY(names_intern(r->txn, NAMES_VALUE + attribute, normal, &id));
        TRY(memo_set(r, key, id));
    }
    if (id == MEMO_NONE) return ERR_NOT_FOUND;
    *value = (uint16_t)id;
    return ERR_OK;
}

static void value_insert(uint16_t *values, uint8_t *count, uint16_t value) {
    unsigned at = 0;
    while (at < *count && values[at] < value) at++;
    if (at < *count && values[at] == value) return;
    memmove(values + at + 1, values + at, (*count - at) * sizeof *values);
    values[at] = value;
    ++*count;
}

struct terms {
    struct term list[LIMIT_PREDICATE_TERMS];
    uint16_t values[LIMIT_PREDICATE_TERMS][LIMIT_TERM_VALUES];
    unsigned count;
};

static enum err term_add(struct terms *t, uint8_t attr, bool spec, uint16_t value, struct fault *why) {
    unsigned at = 0;
    while (at < t->count && t->list[at].attr != attr) at++;
    if (at == t->count) {
        if (t->count == LIMIT_PREDICATE_TERMS)
            return fault_set(why, ERR_BAD_REQUEST, "applications", "more than %d attributes in one application", LIMIT_PREDICATE_TERMS);
        t->list[t->count++] = (struct term){.attr = attr, .spec = spec, .values = t->values[at]};
    }
    if (t->list[at].spec != spec)
        return fault_set(why, ERR_BAD_REQUEST, "spec", "one attribute is named both in attrs and in spec");
    if (t->list[at].count == LIMIT_TERM_VALUES - 1)
        return fault_set(why, ERR_BAD_REQUEST, "applications", "more than %d values of one attribute", LIMIT_TERM_VALUES - 1);
    value_insert(t->values[at], &t->list[at].count, value);
    return ERR_OK;
}

static int compare_terms(const void *a, const void *b) {
    return (int)((const struct term *)a)->attr - (int)((const struct term *)b)->attr;
}

// The vehicle as the document said it, but for the years, so that it can be resolved later and written out again.
static struct slice vehicle_raw(struct arena *a, const struct vehicle_doc *d) {
    struct buf b;
    buf_init(&b, a, 256);
    struct json_writer w = json_writer_of(&b);
    if (d->make.n) json_key_string(&w, "make", d->make);
    if (d->model.n) json_key_string(&w, "model", d->model);
    if (d->external.n) json_key_string(&w, "external", d->external);
    pairs_json(&w, "attrs", d->attrs, d->attr_count, true);
    if (d->spec_count) pairs_json(&w, "spec", d->specs, d->spec_count, true);
    return b.bad ? SLICE_NONE : buf_slice(&b);
}

static enum err resolve_terms(struct resolver *r, const struct vehicle_doc *d, struct terms *terms, bool *known, struct fault *why) {
    terms->count = 0;
    for (unsigned i = 0; i < d->attr_count + d->spec_count && *known; i++) {
        bool spec = i >= d->attr_count;
        uint8_t attr = 0;
        uint16_t value = 0;
        enum err e = resolve_value(r, spec ? &d->specs[i - d->attr_count] : &d->attrs[i], &attr, &value);
        if (e == ERR_NOT_FOUND) *known = false;
        else if (e != ERR_OK) return e;
        else TRY(term_add(terms, attr, spec, value, why));
    }
    return ERR_OK;
}

static void application_terms(struct application *a, struct terms *terms) {
    qsort(terms->list, terms->count, sizeof *terms->list, compare_terms);
    a->terms = terms->list;
    a->term_count = (uint8_t)terms->count;
}

static enum err application_park(struct resolver *r, const struct vehicle_doc *d, struct application *a, struct buf *out) {
    a->flags |= APPLICATION_UNRESOLVED;
    a->make = a->model = 0;
    a->year_from = d->year_from;
    a->year_to = d->year_to < d->year_from ? d->year_from : d->year_to;
    a->term_count = 0;
    a->raw = vehicle_raw(r->view.arena, d);
    if (a->raw.n == 0) return ERR_NO_MEMORY;
    application_encode(out, a);
    return ERR_OK;
}

// The words of a document: one record.
static enum err vehicle_of_words(struct resolver *r, const struct vehicle_doc *d, struct application *a, bool *known) {
    a->year_from = d->year_from;
    a->year_to = d->year_to < d->year_from ? d->year_from : d->year_to;
    a->make = a->model = 0;
    if (slice_is(d->make, "*")) {
        if (a->year_to == 0) a->year_to = APPLICATION_ANY_YEAR;
        *known = d->model.n == 0; // a model of any make is nothing one could look up
        return ERR_OK;
    }
    *known = d->year_from > 0;
    if (!*known) return ERR_OK;
    TRY(resolve_make(r, d->make, &a->make));
    if (a->make != MEMO_NONE) TRY(resolve_model(r, a->make, d->model, &a->model));
    *known = a->make != MEMO_NONE && a->model != MEMO_NONE;
    return ERR_OK;
}

// Another catalogue's id may stand for several base vehicles: a record for each run of years of one model.
static enum err vehicles_of_external(struct resolver *r, const struct vehicle_doc *d, struct application *a, struct terms *terms,
                                     struct buf *out, unsigned *count, struct fault *why) {
    const uint32_t *ids;
    unsigned n;
    TRY(vehicle_external_find(&r->view, d->external, &ids, &n));
    struct slice id = d->external, attribute = vehicle_external_attribute(id);
    if (attribute.n) {
        struct pair own = {attribute, (slice_cut(&id, ':'), id)};
        uint8_t attr;
        uint16_t value;
        TRY(resolve_value(r, &own, &attr, &value));
        TRY(term_add(terms, attr, false, value, why));
    }
    application_terms(a, terms);
    a->make = 0;
    for (unsigned i = 0; i < n; i++) {
        struct vehicle *car;
        TRY(vehicle_load(&r->view, ids[i], &car));
        bool joins = a->make == car->make && a->model == car->model && car->year == a->year_to + 1;
        if (!joins && a->make) {
            application_encode(out, a);
            ++*count;
        }
        if (!joins) a->year_from = car->year;
        a->year_to = car->year;
        a->make = car->make;
        a->model = car->model;
    }
    application_encode(out, a);
    ++*count;
    return ERR_OK;
}

// Appends the records of one vehicle of a document; parks what its words or ids lead nowhere.
static enum err resolve_vehicle(struct resolver *r, const struct vehicle_doc *d, struct application *a, struct buf *out,
                                unsigned *count, unsigned *unresolved, struct fault *why) {
    struct terms terms;
    bool known = true;
    TRY(resolve_terms(r, d, &terms, &known, why));
    if (known && d->external.n) {
        enum err e = vehicles_of_external(r, d, a, &terms, out, count, why);
        if (e != ERR_NOT_FOUND) return e;
        known = false;
    } else if (known) {
        TRY(vehicle_of_words(r, d, a, &known));
    }
    ++*count;
    if (!known) {
        ++*unresolved;
        return application_park(r, d, a, out);
    }
    if (a->make == 0 && !application_any_year(a) && terms.count == LIMIT_PREDICATE_TERMS) // years take a term's place in groups
        return fault_set(why, ERR_BAD_REQUEST, "applications", "more than %d attributes beside years", LIMIT_PREDICATE_TERMS - 1);
    application_terms(a, &terms);
    application_encode(out, a);
    return ERR_OK;
}

// "Front Left" and "front-left" are front_left.
static struct slice position_slug(struct arena *a, struct slice text) {
    struct slice s = arena_copy(a, slice_trim(text));
    char *p = (char *)(uintptr_t)s.p;
    for (size_t i = 0; p && i < s.n; i++) p[i] = p[i] == ' ' || p[i] == '-' ? '_' : (char)tolower((unsigned char)p[i]);
    return s;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

enum err resolve_application(struct resolver *r, const struct application_doc *doc, struct buf *out, unsigned *count,
                             unsigned *unresolved, struct fault *why) {
    struct application a = {.quantity = doc->quantity ? doc->quantity : 1, .line = doc->line};
    uint32_t conditions[LIMIT_CONDITIONS], position;
    if (doc->condition_count > LIMIT_CONDITIONS)
        return fault_set(why, ERR_BAD_REQUEST, "applications", "more than %d conditions", LIMIT_CONDITIONS);
    TRY(intern(r, 'p', NAMES_POSITION, position_slug(r->view.arena, doc->position), &position));
    TRY(intern(r, 's', NAMES_SOURCE, doc->source, &a.source));
    TRY(intern(r, 'l', NAMES_LABEL, doc->label, &a.label));
    a.position = (uint8_t)position;
    for (unsigned i = 0; i < doc->condition_count; i++) {
        const struct condition_doc *c = &doc->conditions[i];
        TRY(condition_intern(r->txn, c->type, c->text, c->from, c->to, &conditions[i]));
    }
    qsort(conditions, doc->condition_count, sizeof *conditions, compare_u32);
    a.conditions = conditions;
    a.condition_count = (uint8_t)doc->condition_count;
    for (unsigned i = 0; i < doc->vehicle_count; i++) {
        a.flags = doc->flags;
        TRY(resolve_vehicle(r, &doc->vehicles[i], &a, out, count, unresolved, why));
    }
    return out->bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err resolve_parked(struct resolver *r, const struct application *parked, struct buf *out, unsigned *count, unsigned *unresolved,
                        struct fault *why) {
    const struct json *body;
    struct vehicle_doc doc = {0};
    struct application a = *parked;
    if (!r->parser && !(r->parser = json_parser_new())) return ERR_NO_MEMORY;
    struct slice object = arena_printf(r->view.arena, "{\"unresolved\":true,%.*s}", SLICE_ARGS(parked->raw));
    if (!object.p) return ERR_NO_MEMORY;
    TRY(json_parse(r->parser, object, r->view.arena, &body, why));
    TRY(vehicle_doc_from_json(r->view.arena, body, &doc, why));
    doc.year_from = parked->year_from;
    doc.year_to = parked->year_to;
    a.flags &= (uint8_t)~APPLICATION_UNRESOLVED;
    return resolve_vehicle(r, &doc, &a, out, count, unresolved, why);
}

// ---- the product itself -----------------------------------------------------------------------------------------------------------
static unsigned same_name(const struct product_doc *doc, unsigned from, unsigned to, struct slice name) {
    unsigned n = 0;
    for (unsigned i = from; i < to; i++) n += slice_eq(doc->attrs[i].name, name);
    return n;
}

// Several pairs of one name become a list.
static enum err attributes_json(struct arena *a, const struct product_doc *doc, struct slice *out) {
    struct buf b;
    buf_init(&b, a, 256);
    struct json_writer w = json_writer_of(&b);
    json_open(&w, '{');
    for (unsigned i = 0; i < doc->attr_count; i++) {
        struct slice name = doc->attrs[i].name;
        bool list = same_name(doc, i + 1, doc->attr_count, name) > 0;
        if (same_name(doc, 0, i, name)) continue; // written with the first of its name
        json_key_slice(&w, name);
        if (list) json_open(&w, '[');
        for (unsigned k = i; k < doc->attr_count; k++)
            if (slice_eq(doc->attrs[k].name, name)) json_string(&w, doc->attrs[k].value);
        if (list) json_close(&w, ']');
    }
    json_close(&w, '}');
    *out = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}

// The limits of what filters and facets keep of attributes (product_values.h) are met here, by the document at fault.
static enum err attributes_check(struct resolver *r, const struct product_doc *doc, struct fault *why) {
    uint32_t id;
    if (doc->attr_count > LIMIT_PRODUCT_VALUES)
        return fault_set(why, ERR_BAD_REQUEST, "attributes", "more than %d values of attributes", LIMIT_PRODUCT_VALUES);
    for (unsigned i = 0; i < doc->attr_count; i++) {
        if (doc->attrs[i].name.n == 0 || doc->attrs[i].name.p[0] == 0) continue;
        enum err e = intern(r, 'p', NAMES_PRODUCT_ATTRIBUTE, doc->attrs[i].name, &id);
        if (e == ERR_TOO_LARGE) return fault_set(why, ERR_BAD_REQUEST, "attributes", "the catalogue has too many names of attributes");
        TRY(e);
    }
    return ERR_OK;
}

static enum err resolve_numbers(struct resolver *r, const struct product_doc *doc, struct product *out) {
    struct product_number *numbers = ARENA_ARRAY(r->view.arena, struct product_number, doc->number_count);
    if (!numbers && doc->number_count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < doc->number_count; i++) {
        const struct number_doc *n = &doc->numbers[i];
        numbers[i] = (struct product_number){.relation = n->relation, .number = n->number, .note = n->note,
                                             .quantity = n->quantity ? n->quantity : 1};
        // An OE number belongs to a maker; makers share the brands' dictionary so that a number's owner is one id.
        TRY(resolve_brand(r, n->brand, &numbers[i].brand, NULL));
    }
    out->numbers = numbers;
    out->number_count = doc->number_count;
    return ERR_OK;
}

static enum err components_copy(struct resolver *r, const struct product_doc *doc, struct product *out) {
    struct product_component *list = ARENA_ARRAY(r->view.arena, struct product_component, doc->component_count);
    if (!list && doc->component_count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < doc->component_count; i++) {
        const struct component_doc *c = &doc->components[i];
        list[i] = (struct product_component){.brand = c->brand, .number = c->number, .quantity = c->quantity ? c->quantity : 1,
                                             .sold_separately = c->sold_separately};
        TRY(resolve_brand(r, c->brand, &list[i].brand_id, NULL));
    }
    out->components = list;
    out->component_count = doc->component_count;
    return ERR_OK;
}

static enum err default_id(struct resolver *r, const struct product_doc *doc, struct slice *out) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(doc->number, canonical, sizeof canonical);
    struct slice brand = names_slug(r->view.arena, doc->brand);
    *out = arena_printf(r->view.arena, "%.*s-%.*s", SLICE_ARGS(brand), (int)n, canonical);
    return out->p ? ERR_OK : ERR_NO_MEMORY;
}

enum err resolve_product(struct resolver *r, const struct product_doc *doc, struct resolved *out, struct fault *why) {
    *out = (struct resolved){0};
    struct product *p = &out->record;
    if (doc->brand.n == 0) return fault_set(why, ERR_BAD_REQUEST, "brand", "a product needs a brand");
    if (doc->type.n == 0) return fault_set(why, ERR_BAD_REQUEST, "type", "a product needs a type");
    if (doc->number_count > LIMIT_PRODUCT_NUMBERS)
        return fault_set(why, ERR_BAD_REQUEST, "interchange", "a product has at most %d numbers", LIMIT_PRODUCT_NUMBERS);
    p->external_id = doc->id;
    if (doc->id.n == 0) TRY(default_id(r, doc, &p->external_id));
    if (p->external_id.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "id", "an id has at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    TRY(resolve_brand(r, doc->brand, &out->facts.brand, &p->brand));
    TRY(resolve_type(r, doc->type, &out->facts.type));
    struct type_info type;
    bool described = type_load(&r->view, out->facts.type, &type) == ERR_OK;
    p->type = names_text(&r->view, NAMES_TYPE, out->facts.type);
    p->kind = doc->kind ? doc->kind : described ? type.kind : KIND_PART;
    p->number = doc->number;
    p->title = doc->title.n ? doc->title : arena_printf(r->view.arena, "%.*s %.*s", SLICE_ARGS(p->brand), SLICE_ARGS(doc->number));
    p->title_zh = doc->title_zh;
    p->image = doc->image;
    TRY(attributes_check(r, doc, why));
    TRY(attributes_json(r->view.arena, doc, &p->attributes));
    TRY(resolve_numbers(r, doc, p));
    TRY(components_copy(r, doc, p));
    p->pack_quantity = doc->pack_quantity ? doc->pack_quantity : 1;
    out->facts.kind = (uint8_t)p->kind;
    out->facts.flags = (uint8_t)((doc->universal ? FACT_UNIVERSAL : 0) | (doc->non_vehicle ? FACT_NON_VEHICLE : 0) |
                                   (p->pack_quantity > 1 ? FACT_PACKED : 0));
    out->facts.rating_x100 = doc->rating_x100;
    out->facts.rating_count = doc->rating_count;
    out->facts.popularity = doc->popularity;
    out->facts.created_day = doc->created_day;
    out->offer = (struct product_offer){.cny_fen = doc->cny_fen > 0 ? (uint32_t)doc->cny_fen : 0,
                                        .usd_cents = doc->usd_cents > 0 ? (uint32_t)doc->usd_cents : 0, .stock = doc->stock};
    return ERR_OK;
}
