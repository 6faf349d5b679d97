#include "server/api_offer.h"

#include "index/names.h"

#define QUESTION_OPTIONS 32

void money_json(struct json_writer *j, const char *key, uint64_t amount, bool known, enum currency currency) {
    json_key_open(j, key, '{');
    json_key(j, "amount");
    if (known) json_int(j, (int64_t)amount);
    else json_null(j);
    json_key_str(j, "currency", currency_name(currency));
    json_close(j, '}');
}

// ---- offers -----------------------------------------------------------------------------------------------------------------------------
static enum err choice_json(struct app_worker *w, struct json_writer *j, const struct offer_choice *c, const struct hit_style *style) {
    struct hit hit = {c->match, c->score};
    TRY(hit_json(w, j, &hit, style));
    json_key_str(j, "tier", offer_tier_name(c->tier));
    money_json(j, "cost", c->cost, c->cost != 0, style->currency);
    json_key_open(j, "buy", '[');
    for (unsigned i = 0; i < c->pack_count; i++) {
        json_open(j, '{');
        json_key(j, "product");
        TRY(product_id_json(w->view, j, c->packs[i].product));
        json_key_int(j, "count", c->packs[i].count);
        json_close(j, '}');
    }
    json_close(j, ']');
    if (c->amount_milli) json_key_double(j, "litres", c->amount_milli / 1000.0);
    json_close(j, '}');
    return ERR_OK;
}

static enum err lines_json(struct app_worker *w, struct json_writer *j, const struct service_offer *o, bool labour, const struct hit_style *style) {
    json_key_open(j, labour ? "labour" : "hits", '[');
    for (unsigned i = 0; i < o->line_count; i++)
        for (unsigned c = 0; o->lines[i].labour == labour && c < o->lines[i].choice_count; c++)
            TRY(choice_json(w, j, &o->lines[i].choices[c], style));
    json_close(j, ']');
    return ERR_OK;
}

enum err offer_members_json(struct app_worker *w, struct json_writer *j, const struct service_offer *o, const struct hit_style *style) {
    struct question *question = NULL;
    TRY(lines_json(w, j, o, false, style));
    TRY(lines_json(w, j, o, true, style));
    for (unsigned i = 0; i < o->line_count && !question; i++) question = o->lines[i].question;
    json_key(j, "product_question");
    question_json(w->view, j, question, style->zh);
    money_json(j, "cost", o->cost, o->cost != 0, style->currency);
    json_key_bool(j, "cost_complete", o->complete);
    return ERR_OK;
}

// ---- what would decide whether a service is meant at all ------------------------------------------------------------------------------------
struct option_count { uint16_t value; unsigned count; };

static unsigned options_of(const struct knowledge *k, uint8_t attr, struct option_count list[QUESTION_OPTIONS]) {
    unsigned n = 0;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const uint16_t *column = knowledge_column(&k->vehicles[i], attr);
        for (unsigned c = 0; column && c < k->vehicles[i].vehicle->count; c++) {
            if (!bits_get(k->vehicles[i].possible, c) || column[c] == 0) continue;
            unsigned at = 0;
            while (at < n && list[at].value != column[c]) at++;
            if (at == QUESTION_OPTIONS) continue;
            if (at == n) list[n++] = (struct option_count){column[c], 0};
            list[at].count++;
        }
    }
    return n;
}

void service_question_json(struct view *v, struct json_writer *j, const struct knowledge *k, uint8_t attr, bool chinese) {
    struct attribute_info info;
    struct option_count list[QUESTION_OPTIONS];
    if (attr == 0 || attribute_load(v, attr, &info) != ERR_OK) {
        json_null(j);
        return;
    }
    struct slice label = chinese && info.label_zh.n ? info.label_zh : info.label.n ? info.label : info.name;
    unsigned n = options_of(k, attr, list);
    json_open(j, '{');
    json_key_string(j, "attribute", info.name);
    json_key_string(j, "text", arena_printf(v->arena, chinese ? "您的车是哪种%.*s？" : "Which %.*s does your car have?", SLICE_ARGS(label)));
    json_key_open(j, "options", '[');
    for (unsigned i = 0; i < n; i++) {
        struct slice value = names_text(v, NAMES_VALUE + attr, list[i].value);
        json_open(j, '{');
        json_key_string(j, "value", value);
        json_key_string(j, "label", attribute_value_label(v, attr, value, chinese));
        json_key_int(j, "count", list[i].count);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}
