// knowledge_attrs.c: answers, in the text form of attrs= and as JSON.
#include <ctype.h>

#include "attribute.h"
#include "base/limits.h"
#include "knowledge_internal.h"
#include "names.h"

// ---- the text form -------------------------------------------------------------------------------------------------------------
struct parse {
    struct view *view;
    struct fault *why;
    struct answer *answers;
    struct condition_answer *conditions;
    unsigned answer_count, condition_count;
    uint16_t quantities[LIMIT_TERM_VALUES];
    struct knowledge *out;
};

// Where a product sits is not an attribute of the car; the answer picks among the applications.
static enum err parse_positions(struct parse *p, struct slice values) {
    bool dont_know = false;
    p->out->position_asked = true;
    while (values.p) {
        struct slice one = slice_trim(slice_cut(&values, '|'));
        uint32_t id = 0;
        dont_know |= slice_is(one, "?");
        if (slice_is(one, "?")) continue;
        enum err e = names_look_up(p->view, NAMES_POSITION, one, &id);
        if (e == ERR_NOT_FOUND && slice_is(one, "none")) e = ERR_OK;
        if (e == ERR_NOT_FOUND)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "no position is called '%.*s'", SLICE_ARGS(one));
        TRY(e);
        bits_set(p->out->positions, id & 0xFF);
    }
    p->out->position_given = !dont_know;
    return ERR_OK;
}

// How many a car needs is said by the applications as well.
static enum err parse_quantities(struct parse *p, struct slice values) {
    bool dont_know = false;
    p->out->quantity_asked = true;
    while (values.p) {
        struct slice one = slice_trim(slice_cut(&values, '|'));
        uint64_t number;
        dont_know |= slice_is(one, "?");
        if (slice_is(one, "?")) continue;
        if (!slice_u64(one, &number) || number == 0 || number > UINT16_MAX)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "quantity takes whole numbers from 1 to %d or ?, not '%.*s'", UINT16_MAX,
                             SLICE_ARGS(one));
        if (p->out->quantity_count == LIMIT_TERM_VALUES)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "more than %d quantities", LIMIT_TERM_VALUES);
        p->quantities[p->out->quantity_count++] = (uint16_t)number;
    }
    if (dont_know) p->out->quantity_count = 0;
    return ERR_OK;
}

static enum err quantities_out(const struct parse *p) {
    if (p->out->quantity_count == 0) return ERR_OK;
    uint16_t *list = ARENA_ARRAY(p->view->arena, uint16_t, p->out->quantity_count);
    if (!list) return ERR_NO_MEMORY;
    memcpy(list, p->quantities, p->out->quantity_count * sizeof *list);
    p->out->quantities = list;
    return ERR_OK;
}

static int hex_digit(char c) {
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

struct slice knowledge_unescape(struct arena *a, struct slice value) {
    if (value.n == 0 || !memchr(value.p, '%', value.n)) return value;
    char *out = arena_alloc(a, value.n);
    size_t n = 0;
    if (!out) return SLICE_NONE;
    for (size_t i = 0; i < value.n; i++) {
        int high = i + 2 < value.n && value.p[i] == '%' ? hex_digit(value.p[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(value.p[i + 2]) : -1;
        char c = value.p[i];
        if (low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    return slice_of(out, n);
}

static enum err parse_condition(struct parse *p, struct slice name, struct slice value) {
    if (p->condition_count == LIMIT_QUERY_PARAMS)
        return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "more than %d conditions answered", LIMIT_QUERY_PARAMS);
    char answer = slice_is(value, "yes") ? 'y' : slice_is(value, "no") ? 'n' : slice_is(value, "?") ? '?' : 0;
    if (!answer)
        return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "%.*s takes yes, no or ?", SLICE_ARGS(name));
    uint32_t id;
    enum err e = condition_find(p->view, slice_from(name, 5), &id);
    if (e == ERR_NOT_FOUND)
        return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "no condition is called %.*s", SLICE_ARGS(name));
    TRY(e);
    p->conditions[p->condition_count++] = (struct condition_answer){id, answer};
    return ERR_OK;
}

static void value_insert(uint16_t *values, struct slice *texts, uint16_t *count, uint16_t value, struct slice text) {
    unsigned at = *count;
    for (; at > 0 && values[at - 1] > value; at--) {
        values[at] = values[at - 1];
        texts[at] = texts[at - 1];
    }
    values[at] = value;
    texts[at] = text;
    ++*count;
}

static enum err parse_values(struct parse *p, struct slice name, struct slice values, struct answer *out) {
    uint16_t *list = ARENA_ARRAY(p->view->arena, uint16_t, LIMIT_TERM_VALUES);
    struct slice *texts = ARENA_ARRAY(p->view->arena, struct slice, LIMIT_TERM_VALUES);
    if (!list || !texts) return ERR_NO_MEMORY;
    while (values.p) {
        struct slice one = slice_trim(slice_cut(&values, '|')), normal;
        if (slice_is(one, "?")) {
            out->dont_know = true;
            continue;
        }
        if (out->count == LIMIT_TERM_VALUES)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "more than %d values of one attribute", LIMIT_TERM_VALUES);
        one = knowledge_unescape(p->view->arena, one);
        if (one.n == 0 || attribute_normalise(p->view, name, one, &normal) != ERR_OK)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "%.*s cannot be '%.*s'", SLICE_ARGS(name), SLICE_ARGS(one));
        uint32_t id;
        enum err e = names_look_up(p->view, NAMES_VALUE + out->attr, normal, &id);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        if (e == ERR_NOT_FOUND) id = VALUE_UNHEARD;
        value_insert(list, texts, &out->count, (uint16_t)id, normal);
    }
    if (out->dont_know) out->count = 0;
    out->values = list;
    out->texts = texts;
    return ERR_OK;
}

static enum err parse_answer(struct parse *p, struct slice name, struct slice values) {
    uint32_t attr;
    enum err e = names_look_up(p->view, NAMES_ATTRIBUTE, name, &attr);
    if (e == ERR_NOT_FOUND)
        return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "no attribute is called '%.*s'; /v1/attributes lists them",
                         SLICE_ARGS(name));
    TRY(e);
    for (unsigned i = 0; i < p->answer_count; i++)
        if (p->answers[i].attr == attr)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "%.*s is given twice", SLICE_ARGS(name));
    struct answer *out = &p->answers[p->answer_count++];
    *out = (struct answer){.attr = (uint8_t)attr};
    return parse_values(p, name, values, out);
}

static enum err parse_attrs(struct parse *p, struct slice attrs, struct slice market) {
    p->answers = ARENA_ARRAY(p->view->arena, struct answer, LIMIT_ATTRIBUTES + 1);
    p->conditions = ARENA_ARRAY(p->view->arena, struct condition_answer, LIMIT_QUERY_PARAMS);
    if (!p->answers || !p->conditions) return ERR_NO_MEMORY;
    struct slice rest = attrs;
    enum car_level level;
    while (rest.p && rest.n) {
        struct slice pair = slice_trim(slice_cut(&rest, ','));
        if (pair.n == 0) continue;
        struct slice values = pair, name = slice_trim(slice_cut(&values, ':'));
        if (!values.p || name.n == 0)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "'%.*s' is not name:value", SLICE_ARGS(pair));
        if (p->answer_count == LIMIT_ATTRIBUTES)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "more than %d attributes", LIMIT_ATTRIBUTES);
        if (slice_is(name, "position")) TRY(parse_positions(p, values));
        else if (slice_is(name, "quantity")) TRY(parse_quantities(p, values));
        else if (slice_starts(name, SLICE("cond."))) TRY(parse_condition(p, name, values));
        else if (knowledge_level(name, &level)) TRY(knowledge_level_parse(p->view, level, values, &p->out->car[level], p->why));
        else TRY(parse_answer(p, name, values));
    }
    uint32_t attr;
    if (market.n == 0 || names_look_up(p->view, NAMES_ATTRIBUTE, SLICE("market"), &attr) != ERR_OK) return ERR_OK;
    for (unsigned i = 0; i < p->answer_count; i++)
        if (p->answers[i].attr == attr) return ERR_OK; // attrs override the market
    return parse_answer(p, SLICE("market"), market);
}

enum err knowledge_answers_parse(struct view *v, struct slice attrs, struct slice market, struct knowledge *out, struct answer **answers,
                                 struct fault *why) {
    struct parse p = {.view = v, .why = why, .out = out};
    TRY(parse_attrs(&p, attrs, market));
    out->answers = *answers = p.answers;
    out->answer_count = p.answer_count;
    out->conditions = p.conditions;
    out->condition_count = p.condition_count;
    return quantities_out(&p);
}

// ---- the JSON form ----------------------------------------------------------------------------------------------------------
static bool plain_value(const struct json *value) {
    return value->type == JSON_STRING || value->type == JSON_INTEGER || value->type == JSON_NUMBER;
}

static void put_escaped(struct buf *b, struct slice s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && strchr(",:|%", s.p[i])) buf_printf(b, "%%%02X", (unsigned)(uint8_t)s.p[i]);
        else buf_char(b, s.p[i]);
    }
}

static void put_value(struct buf *b, const struct json *value) {
    if (value->type == JSON_STRING) put_escaped(b, value->string);
    else if (value->type == JSON_INTEGER) buf_printf(b, "%lld", (long long)value->integer);
    else buf_printf(b, "%g", value->number);
}

enum err knowledge_attrs_from_json(struct arena *a, const struct json *object, struct slice *out, struct fault *why) {
    struct buf b;
    buf_init(&b, a, 256);
    for (size_t i = 0; object && i < object->count; i++) {
        const struct json *value = &object->items[i];
        if (b.n) buf_char(&b, ',');
        buf_slice_put(&b, object->keys[i]);
        buf_char(&b, ':');
        if (plain_value(value)) {
            put_value(&b, value);
            continue;
        }
        bool list = value->type == JSON_ARRAY && value->count > 0;
        for (size_t k = 0; list && k < value->count; k++) {
            list = plain_value(&value->items[k]);
            if (k) buf_char(&b, '|');
            if (list) put_value(&b, &value->items[k]);
        }
        if (!list)
            return fault_set(why, ERR_BAD_REQUEST, "attrs", "%.*s takes a string, a number or a list of them",
                             SLICE_ARGS(object->keys[i]));
    }
    *out = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}
