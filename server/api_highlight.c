#include "server/api_highlight.h"

#include "index/base/limits.h"
#include "index/number_grams.h"
#include "index/product.h"
#include "index/product_values.h"
#include "index/vehicle.h"

#define NAME_BYTES 2 // shorter names of cars mark too much
#define PLURAL_LETTERS 3
#define CAR_MODELS 8

// ---- terms --------------------------------------------------------------------------------------------------------------------------
static enum err term_add(struct arena *a, struct highlight_terms *t, struct highlight_term term) {
    if (term.text.n == 0) return ERR_OK;
    if (t->count == t->capacity) {
        unsigned capacity = t->capacity * 2 + 32;
        struct highlight_term *grown = arena_alloc(a, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (t->count) memcpy(grown, t->list, t->count * sizeof *grown);
        t->list = grown;
        t->capacity = capacity;
    }
    t->list[t->count++] = term;
    return ERR_OK;
}

static enum err squeezed(struct arena *a, struct slice text, struct slice *out) {
    TRY(text_fold(a, text, out));
    return text_squeeze(a, *out, out);
}

// A name and, in English, one and several of it.
static enum err name_add(struct arena *a, struct highlight_terms *t, struct slice name) {
    struct slice text;
    TRY(squeezed(a, name, &text));
    TRY(term_add(a, t, (struct highlight_term){.text = text}));
    if (text.n < PLURAL_LETTERS || (uint8_t)text.p[text.n - 1] >= 0x80) return ERR_OK;
    if (text.p[text.n - 1] == 's') return term_add(a, t, (struct highlight_term){.text = slice_of(text.p, text.n - 1)});
    return term_add(a, t, (struct highlight_term){.text = arena_printf(a, "%.*ss", SLICE_ARGS(text))});
}

static enum err names_add(struct arena *a, struct highlight_terms *t, struct slice list) {
    while (list.n > 0) TRY(name_add(a, t, slice_cut(&list, '|')));
    return ERR_OK;
}

static enum err car_name_add(struct arena *a, struct highlight_terms *t, struct slice name) {
    struct slice text;
    TRY(squeezed(a, name, &text));
    return text.n < NAME_BYTES ? ERR_OK : term_add(a, t, (struct highlight_term){.text = text});
}

static enum err car_add(struct view *v, struct highlight_terms *t, const struct understood *u) {
    for (unsigned i = 0; u->reading_count && i < u->readings[0].model_count && i < CAR_MODELS; i++) {
        struct make make;
        struct model model;
        uint32_t make_id = u->readings[0].models[i].make, model_id = u->readings[0].models[i].model;
        if (make_load(v, make_id, &make) == ERR_OK) {
            TRY(car_name_add(v->arena, t, make.name));
            TRY(car_name_add(v->arena, t, make.name_zh));
        }
        if (!model_id || model_load(v, make_id, model_id, &model) != ERR_OK) continue;
        TRY(car_name_add(v->arena, t, model.name));
        TRY(car_name_add(v->arena, t, model.name_zh));
    }
    return ERR_OK;
}

static enum err brands_add(struct view *v, struct highlight_terms *t, const struct understood *u) {
    for (unsigned i = 0; i < u->brand_count; i++) {
        struct brand_info brand;
        if (brand_load(v, u->brands[i], &brand) != ERR_OK) continue;
        TRY(car_name_add(v->arena, t, brand.name));
        TRY(car_name_add(v->arena, t, brand.name_zh));
        for (struct slice rest = brand.aliases; rest.n > 0;) TRY(car_name_add(v->arena, t, slice_cut(&rest, '|')));
    }
    return ERR_OK;
}

// What was typed itself, where a title may repeat it.
static enum err chips_add(struct arena *a, struct highlight_terms *t, const struct understood *u) {
    for (unsigned i = 0; i < u->chip_count; i++) {
        const struct query_chip *c = &u->chips[i];
        if (c->role == ROLE_FILLER || c->role == ROLE_DISTANCE || c->role == ROLE_VIN || c->role == ROLE_UNKNOWN_CAR) continue;
        bool as_typed = c->how == SPAN_EXACT || c->how == SPAN_BEGUN;
        struct slice text;
        TRY(squeezed(a, as_typed ? slice_of(u->folded.p + c->at, c->n) : c->means, &text));
        if (text.n >= NAME_BYTES) TRY(term_add(a, t, (struct highlight_term){.text = text, .prefix = c->how == SPAN_BEGUN}));
    }
    return ERR_OK;
}

static enum err specs_add(struct arena *a, struct highlight_terms *t, const struct understood *u) {
    for (unsigned i = 0; i < u->spec_count; i++) {
        struct slice text;
        TRY(squeezed(a, slice_str(u->specs[i].text), &text));
        TRY(term_add(a, t, (struct highlight_term){.text = text, .piece = u->specs[i].kind == PATTERN_TYRE})); // "P205/55R16"
    }
    return ERR_OK;
}

static enum err number_add(struct arena *a, struct highlight_terms *t, const struct understood *u) {
    struct slice number = u->part_number.n ? u->part_number : u->number_like, text;
    if (!number.n) return ERR_OK;
    TRY(squeezed(a, number, &text));
    bool partial = !u->part_number.n;
    TRY(term_add(a, t, (struct highlight_term){.text = text, .prefix = partial}));
    return partial && text.n >= NUMBER_INFIX_MIN ? term_add(a, t, (struct highlight_term){.text = text, .piece = true}) : ERR_OK;
}

enum err highlights_begin(struct view *v, const struct search_result *r, struct highlights *out) {
    const struct understood *u = &r->understood;
    *out = (struct highlights){.view = v, .result = r};
    if (r->words) {
        const struct highlight_term *words;
        unsigned count;
        TRY(words_highlight(v, r->words, &words, &count));
        for (unsigned i = 0; i < count; i++) TRY(term_add(v->arena, &out->common, words[i]));
    }
    TRY(chips_add(v->arena, &out->common, u));
    TRY(brands_add(v, &out->common, u));
    TRY(car_add(v, &out->common, u));
    TRY(specs_add(v->arena, &out->common, u));
    return number_add(v->arena, &out->common, u);
}

static enum err type_terms(struct highlights *h, uint32_t type, const struct highlight_terms **out) {
    const struct understood *u = &h->result->understood;
    struct arena *a = h->view->arena;
    struct type_info info;
    unsigned i = 0;
    while (i < u->type_count && u->types[i] != type) i++;
    *out = i < u->type_count ? &h->of_type[i] : &h->common;
    if (i == u->type_count || h->of_type[i].capacity) return ERR_OK;
    struct highlight_terms *t = &h->of_type[i];
    for (unsigned k = 0; k < h->common.count; k++) TRY(term_add(a, t, h->common.list[k]));
    enum err e = type_load(h->view, type, &info);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    TRY(name_add(a, t, info.name));
    TRY(name_add(a, t, info.name_zh));
    TRY(names_add(a, t, info.synonyms));
    return names_add(a, t, info.synonyms_zh);
}

// The product's number as it is where the query's has O for 0 or I for 1.
static enum err lookalike(struct highlights *h, const struct product *p, struct highlight_term *out) {
    char asked[LIMIT_PART_NUMBER_BYTES + 1], own[LIMIT_PART_NUMBER_BYTES + 1], folded[2][LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(h->result->understood.part_number, asked, sizeof asked);
    *out = (struct highlight_term){0};
    if (!n || number_canonical(p->number, own, sizeof own) != n || memcmp(asked, own, n) == 0) return ERR_OK;
    number_lookalike(slice_of(asked, n), folded[0]);
    number_lookalike(slice_of(own, n), folded[1]);
    return memcmp(folded[0], folded[1], n) == 0 ? squeezed(h->view->arena, slice_of(own, n), &out->text) : ERR_OK;
}

// ---- output -------------------------------------------------------------------------------------------------------------------------
static enum err ranges_find(struct highlights *h, struct slice text, const struct highlight_terms *t, struct highlight_range **out, unsigned *count) {
    *count = 0;
    return text.n && t->count ? highlight(h->view->arena, text, t->list, t->count, out, count) : ERR_OK;
}

void highlight_ranges_json(struct json_writer *j, const char *key, const struct highlight_range *ranges, unsigned count) {
    json_key_open(j, key, '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(j, '[');
        json_int(j, ranges[i].at);
        json_int(j, ranges[i].length);
        json_close(j, ']');
    }
    json_close(j, ']');
}

static enum err text_json(struct highlights *h, struct json_writer *j, const char *key, struct slice text, const struct highlight_terms *t) {
    struct highlight_range *ranges = NULL;
    unsigned count;
    TRY(ranges_find(h, text, t, &ranges, &count));
    highlight_ranges_json(j, key, ranges, count);
    return ERR_OK;
}

// The value alone, for a key that stands already.
static enum err snippet_json(struct highlights *h, struct json_writer *j, struct slice text, const struct highlight_terms *t) {
    struct highlight_snippet cut;
    struct highlight_range *ranges = NULL;
    unsigned count;
    TRY(highlight_snippet(h->view->arena, text, t->list, t->count, h->snippet_units, &cut));
    TRY(ranges_find(h, cut.text, t, &ranges, &count));
    json_open(j, '{');
    json_key_string(j, "text", cut.text);
    json_key_int(j, "at", cut.at);
    json_key_int(j, "length", cut.length);
    json_key_bool(j, "cut_before", cut.cut_before);
    json_key_bool(j, "cut_after", cut.cut_after);
    highlight_ranges_json(j, "highlights", ranges, count);
    json_close(j, '}');
    return ERR_OK;
}

static enum err title_snippet_json(struct highlights *h, struct json_writer *j, const char *key, struct slice text, const struct highlight_terms *t) {
    json_key(j, key);
    if (text.n) return snippet_json(h, j, text, t);
    json_null(j);
    return ERR_OK;
}

static enum err attribute_snippets_json(struct highlights *h, struct json_writer *j, const struct product *p, const struct highlight_terms *t) {
    struct product_pairs i = product_pairs_of(p->attributes);
    struct slice name, text, last = SLICE_NONE;
    json_key_open(j, "attributes", '{');
    while (product_pairs_next(h->view->arena, &i, &name, &text)) {
        struct highlight_range *ranges = NULL;
        unsigned count;
        if (last.p && slice_eq(name, last)) continue;
        TRY(ranges_find(h, text, t, &ranges, &count));
        if (count == 0) continue;
        last = name;
        json_key_slice(j, name);
        TRY(snippet_json(h, j, text, t));
    }
    json_close(j, '}');
    return ERR_OK;
}

static enum err snippets_json(struct highlights *h, struct json_writer *j, const struct product *p, const struct highlight_terms *t) {
    json_key_open(j, "snippets", '{');
    TRY(title_snippet_json(h, j, "title", p->title, t));
    TRY(title_snippet_json(h, j, "title_zh", p->title_zh, t));
    TRY(attribute_snippets_json(h, j, p, t));
    json_close(j, '}');
    return ERR_OK;
}

enum err highlights_json(struct highlights *h, struct json_writer *j, uint32_t product, uint32_t type) {
    const struct highlight_terms *shared;
    struct highlight_term own;
    struct product p;
    TRY(product_load(h->view, product, &p));
    TRY(type_terms(h, type, &shared));
    TRY(lookalike(h, &p, &own));
    struct highlight_terms t = *shared;
    t.capacity = t.count; // a term of this hit alone must not be written behind those of all
    TRY(term_add(h->view->arena, &t, own));
    json_key_open(j, "highlights", '{');
    TRY(text_json(h, j, "title", p.title, &t));
    TRY(text_json(h, j, "title_zh", p.title_zh, &t));
    TRY(text_json(h, j, "number", p.number, &t));
    json_close(j, '}');
    return h->snippet_units ? snippets_json(h, j, &p, &t) : ERR_OK;
}
