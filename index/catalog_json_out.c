// Documents as the contract's JSON objects: what catalog_json.c reads.
#include <stdio.h>

#include "base/clock.h"
#include "catalog.h"

static void text(struct json_writer *w, const char *key, struct slice value) {
    if (value.n) json_key_string(w, key, value);
}

void pairs_json(struct json_writer *w, const char *key, const struct pair *list, unsigned count, bool lists) {
    json_key_open(w, key, '{');
    for (unsigned i = 0; i < count; i++) {
        unsigned first = 0, same = 0;
        while (!slice_eq(list[first].name, list[i].name)) first++;
        if (first < i) continue; // written with the first of its name
        for (unsigned k = i; k < count; k++) same += slice_eq(list[k].name, list[i].name);
        json_key_slice(w, list[i].name);
        if (lists || same > 1) json_open(w, '[');
        for (unsigned k = i; k < count; k++)
            if (slice_eq(list[k].name, list[i].name)) json_string(w, list[k].value);
        if (lists || same > 1) json_close(w, ']');
    }
    json_close(w, '}');
}

static void vehicle(struct json_writer *w, const struct vehicle_doc *d) {
    json_open(w, '{');
    text(w, "make", d->make);
    text(w, "model", d->model);
    text(w, "external", d->external);
    if (d->year_from) {
        json_key_open(w, "years", '[');
        json_int(w, d->year_from);
        json_int(w, d->year_to < d->year_from ? d->year_from : d->year_to);
        json_close(w, ']');
    } else if (!d->external.n && !slice_is(d->make, "*")) {
        json_key_bool(w, "unresolved", true); // nobody could say which years
    }
    if (d->attr_count) pairs_json(w, "attrs", d->attrs, d->attr_count, false);
    if (d->spec_count) pairs_json(w, "spec", d->specs, d->spec_count, false);
    json_close(w, '}');
}

void application_doc_json(struct json_writer *w, const struct application_doc *doc) {
    json_open(w, '{');
    text(w, "position", doc->position);
    text(w, "label", doc->label);
    json_key_int(w, "quantity", doc->quantity ? doc->quantity : 1);
    if (doc->flags & APPLICATION_NOT_VALIDATED) json_key_bool(w, "validated", false);
    json_key_open(w, "vehicles", '[');
    for (unsigned i = 0; i < doc->vehicle_count; i++) vehicle(w, &doc->vehicles[i]);
    json_close(w, ']');
    json_key_open(w, "conditions", '[');
    for (unsigned i = 0; i < doc->condition_count; i++) {
        const struct condition_doc *c = &doc->conditions[i];
        json_open(w, '{');
        json_key_str(w, "type", condition_type_name(c->type));
        json_key_string(w, "text", c->text);
        text(w, "from", c->from);
        text(w, "to", c->to);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void price(struct json_writer *w, int64_t amount, const char *currency) {
    if (amount < 0) return;
    json_open(w, '{');
    json_key_int(w, "amount", amount);
    json_key_str(w, "currency", currency);
    json_close(w, '}');
}

void prices_json(struct json_writer *w, int64_t cny_fen, int64_t usd_cents) {
    if (cny_fen < 0 && usd_cents < 0) return;
    json_key_open(w, "prices", '[');
    price(w, cny_fen, "CNY");
    price(w, usd_cents, "USD");
    json_close(w, ']');
}

static void numbers(struct json_writer *w, const struct product_doc *doc, bool oe) {
    bool opened = false;
    for (unsigned i = 0; i < doc->number_count; i++) {
        const struct number_doc *n = &doc->numbers[i];
        // An OE number with a quantity or a note needs the form that has room for them.
        bool plain = n->relation == NUMBER_OE && n->quantity <= 1 && n->note.n == 0;
        if (plain != oe) continue;
        if (!opened) json_key_open(w, oe ? "oe" : "interchange", '[');
        opened = true;
        json_open(w, '{');
        json_key_string(w, oe ? "maker" : "brand", n->brand);
        json_key_string(w, "number", n->number);
        if (!oe) json_key_str(w, "relation", number_relation_name(n->relation));
        if (!oe) json_key_int(w, "quantity", n->quantity ? n->quantity : 1);
        text(w, "note", n->note);
        json_close(w, '}');
    }
    if (opened) json_close(w, ']');
}

static void kit(struct json_writer *w, const struct product_doc *doc) {
    if (doc->component_count == 0) return;
    json_key_open(w, "kit", '[');
    for (unsigned i = 0; i < doc->component_count; i++) {
        const struct component_doc *c = &doc->components[i];
        json_open(w, '{');
        json_key_string(w, "brand", c->brand);
        json_key_string(w, "number", c->number);
        json_key_int(w, "quantity", c->quantity ? c->quantity : 1);
        json_key_bool(w, "sold_separately", c->sold_separately);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void figures(struct json_writer *w, const struct product_doc *doc) {
    if (doc->rating_count || doc->rating_x100) {
        json_key_open(w, "rating", '{');
        json_key_double(w, "value", doc->rating_x100 / 100.0);
        json_key_int(w, "count", doc->rating_count);
        json_close(w, '}');
    }
    if (doc->universal) json_key_bool(w, "universal", true);
    if (doc->non_vehicle) json_key_bool(w, "non_vehicle", true);
    if (doc->stock || !doc->keeps_stock) json_key_int(w, "stock", doc->stock);
    if (doc->pack_quantity > 1) json_key_int(w, "pack_quantity", doc->pack_quantity);
    if (doc->popularity > 0) {
        char digits[32];
        snprintf(digits, sizeof digits, "%.9g", (double)doc->popularity); // the very float
        json_key(w, "popularity");
        json_raw(w, slice_str(digits));
    }
    if (doc->created_day) {
        char day[CLOCK_TEXT_BYTES];
        clock_format_ms((int64_t)doc->created_day * 86400000, day);
        json_key_string(w, "created", slice_of(day, 10));
    }
}

void product_doc_json_members(struct json_writer *w, const struct product_doc *doc) {
    text(w, "id", doc->id);
    text(w, "brand", doc->brand);
    text(w, "number", doc->number);
    text(w, "type", doc->type);
    text(w, "title", doc->title);
    text(w, "title_zh", doc->title_zh);
    text(w, "image", doc->image);
    prices_json(w, doc->cny_fen, doc->usd_cents);
    figures(w, doc);
    if (doc->attr_count) pairs_json(w, "attributes", doc->attrs, doc->attr_count, false);
    numbers(w, doc, true);
    numbers(w, doc, false);
    kit(w, doc);
    if (doc->application_count == 0) return;
    json_key_open(w, "applications", '[');
    for (unsigned i = 0; i < doc->application_count; i++) application_doc_json(w, &doc->applications[i]);
    json_close(w, ']');
}
