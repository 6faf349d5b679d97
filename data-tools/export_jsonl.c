#include "export.h"
#include "index/base/limits.h"
#include "index/names.h"

struct lines {
    struct view *view;
    struct output *out;
    struct export_report *report;
};

// ---- attributes of the product ----------------------------------------------------------------------------------------------------------
static void attributes_put(struct json_writer *w, struct slice object) {
    if (object.n <= 2) return; // "{}"
    json_key(w, "attributes");
    json_raw(w, object);
}

// ---- facts ----------------------------------------------------------------------------------------------------------------------------
static void text_put(struct json_writer *w, const char *key, struct slice text) {
    if (text.n) json_key_string(w, key, text);
}

static void price_put(struct json_writer *w, uint32_t amount, const char *currency) {
    if (amount == 0) return;
    json_open(w, '{');
    json_key_int(w, "amount", amount);
    json_key_str(w, "currency", currency);
    json_close(w, '}');
}

static void offer_put(struct json_writer *w, const struct product_offer *offer) {
    if (offer->cny_fen || offer->usd_cents) {
        json_key_open(w, "prices", '[');
        price_put(w, offer->cny_fen, "CNY");
        price_put(w, offer->usd_cents, "USD");
        json_close(w, ']');
    }
    if (offer->stock) json_key_int(w, "stock", offer->stock);
}

static void facts_put(struct lines *l, struct json_writer *w, const struct product_facts *f) {
    char created[CLOCK_TEXT_BYTES];
    if (f->rating_x100 || f->rating_count) {
        json_key_open(w, "rating", '{');
        json_key_double(w, "value", f->rating_x100 / 100.0);
        json_key_int(w, "count", f->rating_count);
        json_close(w, '}');
    }
    if (f->flags & FACT_UNIVERSAL) json_key_bool(w, "universal", true);
    if (f->flags & FACT_NON_VEHICLE) json_key_bool(w, "non_vehicle", true);
    if (f->popularity > 0) { // nine digits bring a float back exactly
        json_key(w, "popularity");
        json_raw(w, arena_printf(l->view->arena, "%.9g", (double)f->popularity));
    }
    if (!f->created_day) return;
    clock_format_ms((int64_t)f->created_day * 86400000, created);
    json_key_string(w, "created", slice_of(created, 10));
}

static struct slice owner_of(struct view *v, uint32_t brand) {
    struct brand_info info;
    return brand_load(v, brand, &info) == ERR_OK && info.name.n ? info.name : names_text(v, NAMES_BRAND, brand);
}

static bool plain_oe(const struct product_number *n) { return n->relation == NUMBER_OE && n->quantity <= 1 && n->note.n == 0; }

static void numbers_put(struct lines *l, struct json_writer *w, const struct product *p) {
    unsigned oe = 0;
    for (unsigned i = 0; i < p->number_count; i++) oe += plain_oe(&p->numbers[i]);
    if (oe) json_key_open(w, "oe", '[');
    for (unsigned i = 0; i < p->number_count; i++) {
        if (!plain_oe(&p->numbers[i])) continue;
        json_open(w, '{');
        json_key_string(w, "maker", owner_of(l->view, p->numbers[i].brand));
        json_key_string(w, "number", p->numbers[i].number);
        json_close(w, '}');
    }
    if (oe) json_close(w, ']');
    if (oe == p->number_count) return;
    json_key_open(w, "interchange", '[');
    for (unsigned i = 0; i < p->number_count; i++) {
        const struct product_number *n = &p->numbers[i];
        if (plain_oe(n)) continue;
        json_open(w, '{');
        json_key_string(w, "brand", owner_of(l->view, n->brand));
        json_key_string(w, "number", n->number);
        json_key_str(w, "relation", number_relation_name(n->relation));
        if (n->quantity > 1) json_key_int(w, "quantity", n->quantity);
        text_put(w, "note", n->note);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void kit_put(struct json_writer *w, const struct product *p) {
    if (p->pack_quantity > 1) json_key_int(w, "pack_quantity", p->pack_quantity);
    if (p->component_count == 0) return;
    json_key_open(w, "kit", '[');
    for (unsigned i = 0; i < p->component_count; i++) {
        const struct product_component *c = &p->components[i];
        json_open(w, '{');
        json_key_string(w, "brand", c->brand);
        json_key_string(w, "number", c->number);
        json_key_int(w, "quantity", c->quantity);
        if (c->sold_separately) json_key_bool(w, "sold_separately", true);
        json_close(w, '}');
    }
    json_close(w, ']');
}

// ---- applications -----------------------------------------------------------------------------------------------------------------------
// The terms of one sort, as a member of their own; none is no member.
static enum err terms_put(struct lines *l, struct json_writer *w, const struct application *a, const char *key, bool spec) {
    unsigned *order, count = 0;
    struct slice *values;
    for (unsigned i = 0; i < a->term_count; i++) count += a->terms[i].spec == spec;
    if (count == 0) return ERR_OK;
    TRY(export_terms(l->view, a, &order));
    json_key_open(w, key, '{');
    for (unsigned i = 0; i < a->term_count; i++) {
        const struct term *t = &a->terms[order[i]];
        if (t->spec != spec) continue;
        TRY(export_values(l->view, t, &values));
        json_key_slice(w, names_text(l->view, NAMES_ATTRIBUTE, t->attr));
        if (t->count == 1) {
            json_string(w, values[0]);
            continue;
        }
        json_open(w, '[');
        for (unsigned k = 0; k < t->count; k++) json_string(w, values[k]);
        json_close(w, ']');
    }
    json_close(w, '}');
    return ERR_OK;
}

static void years_put(struct json_writer *w, const struct application *a) {
    json_key_open(w, "years", '[');
    json_int(w, a->year_from);
    json_int(w, a->year_to);
    json_close(w, ']');
}

static enum err vehicle_put(struct lines *l, struct json_writer *w, const struct application *a) {
    json_open(w, '{');
    if (a->flags & APPLICATION_UNRESOLVED) {
        if (a->raw.n) json_raw_members(w, a->raw);
        if (a->year_from) years_put(w, a);
        json_key_bool(w, "unresolved", true);
        json_close(w, '}');
        return ERR_OK;
    }
    json_key_string(w, "make", a->make ? export_make(l->view, a->make) : SLICE("*"));
    text_put(w, "model", export_model(l->view, a->make, a->model));
    if (!application_any_year(a)) years_put(w, a);
    TRY(terms_put(l, w, a, "attrs", false));
    TRY(terms_put(l, w, a, "spec", true));
    json_close(w, '}');
    return ERR_OK;
}

static enum err conditions_put(struct lines *l, struct json_writer *w, const struct application *a) {
    struct condition *list;
    unsigned count;
    if (a->condition_count == 0) return ERR_OK;
    TRY(export_conditions(l->view, a, &list, &count));
    json_key_open(w, "conditions", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(w, '{');
        json_key_str(w, "type", condition_type_name(list[i].type));
        json_key_string(w, "text", list[i].text);
        text_put(w, "from", list[i].from);
        text_put(w, "to", list[i].to);
        json_close(w, '}');
    }
    json_close(w, ']');
    return ERR_OK;
}

// Whether two records say the same of their vehicles, so that one object can list both.
static bool same_but_vehicle(const struct application *a, const struct application *b) {
    const uint8_t own = APPLICATION_NOT_VALIDATED;
    return a->position == b->position && a->quantity == b->quantity && a->label == b->label && (a->flags & own) == (b->flags & own) &&
           a->condition_count == b->condition_count &&
           (a->condition_count == 0 || memcmp(a->conditions, b->conditions, a->condition_count * sizeof *a->conditions) == 0);
}

static enum err applications_put(struct lines *l, struct json_writer *w, uint32_t product) {
    struct application *list;
    unsigned count;
    TRY(applications_load(l->view, product, &list, &count));
    if (count == 0) return ERR_OK;
    l->report->applications += count;
    json_key_open(w, "applications", '[');
    for (unsigned i = 0; i < count;) {
        const struct application *a = &list[i];
        json_open(w, '{');
        if (a->position) json_key_string(w, "position", names_text(l->view, NAMES_POSITION, a->position));
        if (a->quantity != 1) json_key_int(w, "quantity", a->quantity);
        if (a->label) json_key_string(w, "label", names_text(l->view, NAMES_LABEL, a->label));
        if (a->flags & APPLICATION_NOT_VALIDATED) json_key_bool(w, "validated", false);
        json_key_open(w, "vehicles", '[');
        do TRY(vehicle_put(l, w, &list[i++]));
        while (i < count && same_but_vehicle(a, &list[i]));
        json_close(w, ']');
        TRY(conditions_put(l, w, a));
        json_close(w, '}');
    }
    json_close(w, ']');
    return ERR_OK;
}

// ---- the line
// -----------------------------------------------------------------------------------------------------------------------------
static enum err line_put(void *arg, const struct product *p) {
    struct lines *l = arg;
    const struct product_facts facts = *columns_facts(l->view, p->id);
    size_t from = l->out->buf.n;
    struct json_writer w = json_writer_of(&l->out->buf);
    json_open(&w, '{');
    json_key_str(&w, "kind", product_kind_name(p->kind));
    json_key_string(&w, "id", p->external_id);
    json_key_string(&w, "brand", p->brand);
    text_put(&w, "number", p->number);
    json_key_string(&w, "type", p->type);
    text_put(&w, "title", p->title);
    text_put(&w, "title_zh", p->title_zh);
    text_put(&w, "image", p->image);
    offer_put(&w, columns_offer(l->view, p->id));
    facts_put(l, &w, &facts);
    attributes_put(&w, p->attributes);
    numbers_put(l, &w, p);
    kit_put(&w, p);
    TRY(applications_put(l, &w, p->id));
    json_close(&w, '}');
    l->report->too_long += l->out->buf.n - from > LIMIT_BULK_BODY_BYTES;
    buf_char(&l->out->buf, '\n');
    l->report->products++;
    output_flush(l->out);
    return ERR_OK;
}

enum err export_jsonl(struct view *v, const struct export_options *o, struct output *out, struct export_report *report, struct fault *why) {
    struct lines l = {v, out, report};
    return export_each(v, o, "products", line_put, &l, why);
}
