#include "knowledge.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/limits.h"
#include "group_cache.h"
#include "names.h"
#include "spec_match.h"
#include "vin.h"
#include "vocabulary.h"

// ---- answers -------------------------------------------------------------------------------------------------------------
struct parse {
    struct view *view;
    struct fault *why;
    struct answer *answers;
    struct condition_answer *conditions;
    unsigned answer_count, condition_count;
    bool position_given, position_asked, quantity_asked;
    uint64_t positions[4];
    uint16_t quantities[LIMIT_TERM_VALUES];
    unsigned quantity_count;
};

// Where a product sits is not an attribute of the car; the answer picks among the applications.
static enum err parse_positions(struct parse *p, struct slice values) {
    bool dont_know = false;
    p->position_asked = true;
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
        bits_set(p->positions, id & 0xFF);
    }
    p->position_given = !dont_know;
    return ERR_OK;
}

// How many a car needs is said by the applications as well.
static enum err parse_quantities(struct parse *p, struct slice values) {
    bool dont_know = false;
    p->quantity_asked = true;
    while (values.p) {
        struct slice one = slice_trim(slice_cut(&values, '|'));
        uint64_t number;
        dont_know |= slice_is(one, "?");
        if (slice_is(one, "?")) continue;
        if (!slice_u64(one, &number) || number == 0 || number > UINT16_MAX)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "quantity takes whole numbers from 1 to %d or ?, not '%.*s'", UINT16_MAX,
                             SLICE_ARGS(one));
        if (p->quantity_count == LIMIT_TERM_VALUES)
            return fault_set(p->why, ERR_BAD_REQUEST, "attrs", "more than %d quantities", LIMIT_TERM_VALUES);
        p->quantities[p->quantity_count++] = (uint16_t)number;
    }
    if (dont_know) p->quantity_count = 0;
    return ERR_OK;
}

static enum err quantities_out(const struct parse *p, struct knowledge *out) {
    out->quantity_asked = p->quantity_asked;
    out->quantity_count = p->quantity_count;
    if (p->quantity_count == 0) return ERR_OK;
    uint16_t *list = ARENA_ARRAY(p->view->arena, uint16_t, p->quantity_count);
    if (!list) return ERR_NO_MEMORY;
    memcpy(list, p->quantities, p->quantity_count * sizeof *list);
    out->quantities = list;
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
    p->answers = arena_alloc(p->view->arena, (LIMIT_ATTRIBUTES + 1) * sizeof *p->answers); // each is written whole
    p->conditions = arena_alloc(p->view->arena, LIMIT_QUERY_PARAMS * sizeof *p->conditions);
    if (!p->answers || !p->conditions) return ERR_NO_MEMORY;
    struct slice rest = attrs;
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
        else TRY(parse_answer(p, name, values));
    }
    uint32_t attr;
    if (market.n == 0 || names_look_up(p->view, NAMES_ATTRIBUTE, SLICE("market"), &attr) != ERR_OK) return ERR_OK;
    for (unsigned i = 0; i < p->answer_count; i++)
        if (p->answers[i].attr == attr) return ERR_OK; // attrs override the market
    return parse_answer(p, SLICE("market"), market);
}

const struct answer *knowledge_answer(const struct knowledge *k, uint8_t attr) {
    for (unsigned i = 0; i < k->answer_count; i++)
        if (k->answers[i].attr == attr) return &k->answers[i];
    return NULL;
}

char knowledge_condition(const struct knowledge *k, uint32_t condition) {
    for (unsigned i = 0; i < k->condition_count; i++)
        if (k->conditions[i].condition == condition) return k->conditions[i].answer;
    return 0;
}

// ---- vehicles --------------------------------------------------------------------------------------------------------------
const uint16_t *knowledge_column(const struct knowledge_vehicle *kv, uint8_t attr) {
    for (unsigned i = 0; i < kv->vehicle->attr_count; i++)
        if (kv->vehicle->attrs[i] == attr) return kv->columns + (size_t)i * kv->vehicle->count;
    return NULL;
}

static bool answer_has(struct view *v, const struct answer *a, uint16_t value) {
    for (unsigned i = 0; i < a->count; i++)
        if (a->values[i] == value || spec_agrees(v, a->attr, value, a->texts ? a->texts[i] : SLICE_NONE)) return true;
    return false;
}

// Removes the configurations whose known value is not among the answers. Returns how many remain.
static unsigned narrow(struct view *v, struct knowledge_vehicle *kv, uint64_t *possible, const struct answer *a) {
    const uint16_t *column = knowledge_column(kv, a->attr);
    unsigned left = 0;
    for (unsigned i = 0; i < kv->vehicle->count; i++) {
        if (column && column[i] && !a->dont_know && !answer_has(v, a, column[i])) possible[i / 64] &= ~((uint64_t)1 << (i % 64));
        left += bits_get(possible, i);
    }
    return left;
}

static enum err vehicle_enter(struct view *v, const struct car *car, int only, struct knowledge_vehicle *kv, uint64_t **possible) {
    const struct vehicle *vehicle = &car->vehicle;
    kv->vehicle = vehicle;
    kv->words = (vehicle->count + 63) / 64;
    kv->count = only >= 0 ? 1 : vehicle->count;
    *possible = ARENA_ARRAY(v->arena, uint64_t, kv->words ? kv->words : 1);
    if (!*possible) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < vehicle->count; i++)
        if (only < 0 || (unsigned)only == i) bits_set(*possible, i);
    kv->columns = car->columns;
    kv->possible = *possible;
    return ERR_OK;
}

static enum err no_value_left(struct view *v, const struct knowledge_vehicle *kv, const uint64_t *before, const struct answer *a,
                              bool by_market, struct fault *why) {
    struct buf list;
    buf_init(&list, v->arena, 128);
    const uint16_t *column = knowledge_column(kv, a->attr);
    for (unsigned i = 0; column && i < kv->vehicle->count && list.n < 120; i++) {
        bool seen = !bits_get(before, i) || !column[i];
        for (unsigned j = 0; j < i && !seen; j++) seen = bits_get(before, j) && column[j] == column[i];
        if (seen) continue;
        if (list.n) buf_put(&list, ", ", 2);
        buf_slice_put(&list, names_text(v, NAMES_VALUE + a->attr, column[i]));
    }
    struct slice name = names_text(v, NAMES_ATTRIBUTE, a->attr);
    return fault_set(why, ERR_BAD_REQUEST, by_market ? "market" : "attrs", "%.*s of %.*s can be: %.*s", SLICE_ARGS(name),
                     SLICE_ARGS(kv->vehicle->slug), (int)list.n, list.p);
}

// "2018-volkswagen-golf~1a2b3c4d" names one configuration; *only stays -1 for a base vehicle.
static enum err find_configuration(const struct vehicle *vehicle, struct slice hash, int *only, struct fault *why) {
    uint32_t wanted = 0;
    for (size_t i = 0; i < hash.n && hash.n == 8; i++) {
        int c = tolower((unsigned char)hash.p[i]);
        if (!isxdigit(c)) break;
        wanted = wanted << 4 | (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
    }
    for (unsigned i = 0; i < vehicle->count; i++)
        if (hash.n == 8 && vehicle->hashes[i] == wanted) {
            *only = (int)i;
            return ERR_OK;
        }
    return fault_set(why, ERR_BAD_REQUEST, "vehicle", "%.*s has no configuration '%.*s'", SLICE_ARGS(vehicle->slug),
                     SLICE_ARGS(hash));
}

static enum err add_vehicle(struct view *v, struct slice slug, struct slice hash, struct slice market, struct knowledge *out,
                            struct fault *why) {
    const struct car *car;
    enum err e = car_of(v, slug, &car);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, ERR_BAD_REQUEST, "vehicle", "no vehicle is called '%.*s'", SLICE_ARGS(slug));
    TRY(e);
    int only = -1;
    if (hash.p) TRY(find_configuration(&car->vehicle, hash, &only, why));
    struct knowledge_vehicle *kv = ARENA_NEW(v->arena, struct knowledge_vehicle);
    uint64_t *possible;
    if (!kv) return ERR_NO_MEMORY;
    TRY(vehicle_enter(v, car, only, kv, &possible));
    uint64_t *before = ARENA_ARRAY(v->arena, uint64_t, kv->words + 1);
    if (!before) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->answer_count; i++) {
        memcpy(before, possible, kv->words * sizeof *before);
        kv->count = narrow(v, kv, possible, &out->answers[i]);
        bool by_market = market.n && slice_is(names_text(v, NAMES_ATTRIBUTE, out->answers[i].attr), "market");
        if (kv->count == 0) return no_value_left(v, kv, before, &out->answers[i], by_market, why);
    }
    out->vehicles = kv;
    out->vehicle_count = 1;
    return ERR_OK;
}

// ---- a VIN -----------------------------------------------------------------------------------------------------------------
// Attributes of an engine come together: where a VIN's are none of the table's, the table does not know this engine.
static bool of_engine(struct view *v, uint8_t attr) {
    static const char *const names[] = {"displacement", "fuel", "cylinders", "aspiration", "engine_code"};
    struct slice name = names_text(v, NAMES_ATTRIBUTE, attr);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i])) return true;
    return false;
}

struct vin_narrowing {
    struct view *view;
    struct knowledge_vehicle *kv;
    uint64_t *possible, *before;
};

static void forget_column(struct vin_narrowing *n, uint8_t attr) {
    uint16_t *column = (uint16_t *)knowledge_column(n->kv, attr); // the copy made for this K
    if (column) memset(column, 0, n->kv->vehicle->count * sizeof *column);
}

// Narrows by the answers chosen. When no configuration agrees with them, all of them stay possible, and what they say of these
// attributes is forgotten, so that the VIN's own answers stand in: a car our table does not know must not borrow another's engine.
static void narrow_or_forget(struct vin_narrowing *n, const struct answer *answers, unsigned count, bool engine) {
    memcpy(n->before, n->possible, n->kv->words * sizeof *n->before);
    unsigned before = n->kv->count;
    for (unsigned i = 0; i < count; i++)
        if (!engine || of_engine(n->view, answers[i].attr)) n->kv->count = narrow(n->view, n->kv, n->possible, &answers[i]);
    if (n->kv->count > 0) return;
    memcpy(n->possible, n->before, n->kv->words * sizeof *n->before);
    n->kv->count = before;
    for (unsigned i = 0; i < count; i++)
        if (!engine || of_engine(n->view, answers[i].attr)) forget_column(n, answers[i].attr);
}

// A car whose columns may be written to; those that car_of() gives are everybody's.
static enum err car_of_its_own(struct view *v, uint32_t id, struct car **out) {
    struct vehicle *vehicle;
    const struct car *shared;
    TRY(vehicle_load(v, id, &vehicle));
    TRY(car_of(v, vehicle->slug, &shared));
    size_t bytes = (size_t)vehicle->attr_count * vehicle->count * sizeof(uint16_t);
    struct car *own = ARENA_NEW(v->arena, struct car);
    uint16_t *columns = arena_alloc(v->arena, bytes + 1);
    if (!own || !columns) return ERR_NO_MEMORY;
    if (bytes) memcpy(columns, shared->columns, bytes);
    *own = *shared;
    own->columns = columns;
    *out = own;
    return ERR_OK;
}

// One base vehicle the VIN can be. Without a configuration that the customer's own answers leave, it is not it: *left stays 0.
static enum err enter_vin_vehicle(struct view *v, uint32_t id, const struct knowledge *k, unsigned own, struct knowledge_vehicle *kv,
                                  const struct answer **failed, uint64_t **before) {
    struct vin_narrowing n = {.view = v, .kv = kv};
    struct car *car;
    TRY(car_of_its_own(v, id, &car));
    TRY(vehicle_enter(v, car, -1, kv, &n.possible));
    *before = n.before = ARENA_ARRAY(v->arena, uint64_t, kv->words + 1);
    if (!n.before) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < own; i++) {
        memcpy(n.before, n.possible, kv->words * sizeof *n.before);
        kv->count = narrow(v, kv, n.possible, &k->answers[i]);
        if (kv->count > 0) continue;
        *failed = &k->answers[i];
        return ERR_OK;
    }
    narrow_or_forget(&n, k->answers + own, k->answer_count - own, true);
    for (unsigned i = own; i < k->answer_count; i++)
        if (!of_engine(v, k->answers[i].attr)) narrow_or_forget(&n, &k->answers[i], 1, false);
    return ERR_OK;
}

// What the customer says himself goes before what the VIN says.
static unsigned add_vin_answers(const struct vin_car *car, struct answer *answers, struct knowledge *out) {
    unsigned own = out->answer_count;
    for (unsigned i = 0; i < car->answer_count; i++) {
        bool said = false;
        for (unsigned k = 0; k < own; k++) said |= answers[k].attr == car->answers[i].attr;
        if (!said && out->answer_count < LIMIT_ATTRIBUTES + 1) answers[out->answer_count++] = car->answers[i];
    }
    return own;
}

static enum err add_vin(struct view *v, const struct vin_car *car, struct answer *answers, struct slice market, struct knowledge *out,
                        struct fault *why) {
    struct knowledge_vehicle last = {0}, *list = ARENA_ARRAY(v->arena, struct knowledge_vehicle, car->vehicle_count + 1);
    const struct answer *failed = NULL;
    uint64_t *before = NULL;
    if (!list) return ERR_NO_MEMORY;
    unsigned own = add_vin_answers(car, answers, out);
    out->vehicles = list;
    for (unsigned i = 0; i < car->vehicle_count; i++) {
        struct knowledge_vehicle *kv = &list[out->vehicle_count];
        TRY(enter_vin_vehicle(v, car->vehicles[i], out, own, kv, &failed, &before));
        if (kv->count) out->vehicle_count++;
        else last = *kv;
    }
    out->resolved = out->vehicle_count > 0;
    if (out->resolved || !failed) return ERR_OK;
    bool by_market = market.n && slice_is(names_text(v, NAMES_ATTRIBUTE, failed->attr), "market");
    return no_value_left(v, &last, before, failed, by_market, why);
}

// A VIN, unless a vehicle is called so. *car stays NULL for other names.
static enum err find_vin(struct view *v, struct slice vehicle, struct vin_car **car) {
    struct vin_text text;
    struct vin vin;
    uint32_t id;
    if (!vin_read(vehicle, &text)) return ERR_OK;
    enum err e = vehicle_find(v, vehicle, &id);
    if (e != ERR_NOT_FOUND) return e;
    TRY(vin_decode(v->snapshot, vin_newest_year(v->clock), &text, &vin));
    *car = ARENA_NEW(v->arena, struct vin_car);
    return *car ? vin_resolve(v, &vin, *car) : ERR_NO_MEMORY;
}

static bool vin_says(struct view *v, const struct vin_car *car, const char *name) {
    for (unsigned i = 0; car && i < car->answer_count; i++)
        if (slice_is(names_text(v, NAMES_ATTRIBUTE, car->answers[i].attr), name)) return true;
    return false;
}

enum err knowledge_of_vehicle(struct view *v, uint32_t vehicle, struct knowledge *out) {
    struct vehicle *plain;
    const struct car *car;
    uint64_t *possible;
    *out = (struct knowledge){.view = v, .given = true, .resolved = true, .vehicle_count = 1};
    TRY(vehicle_load(v, vehicle, &plain));
    TRY(car_of(v, plain->slug, &car));
    out->vehicles = ARENA_NEW(v->arena, struct knowledge_vehicle);
    return out->vehicles ? vehicle_enter(v, car, -1, out->vehicles, &possible) : ERR_NO_MEMORY;
}

enum err knowledge_parse(struct view *v, struct slice vehicle, struct slice attrs, struct slice market,
                         struct knowledge *out, struct fault *why) {
    *out = (struct knowledge){.view = v};
    struct parse p = {.view = v, .why = why};
    struct vin_car *car = NULL;
    vehicle = slice_trim(vehicle);
    TRY(find_vin(v, vehicle, &car));
    TRY(parse_attrs(&p, attrs, vin_says(v, car, "market") ? SLICE_NONE : market));
    out->answers = p.answers;
    out->answer_count = p.answer_count;
    out->conditions = p.conditions;
    out->condition_count = p.condition_count;
    out->position_given = p.position_given;
    out->position_asked = p.position_asked;
    TRY(quantities_out(&p, out));
    memcpy(out->positions, p.positions, sizeof out->positions);
    if (vehicle.n == 0) return ERR_OK;
    out->given = true;
    if (car) return add_vin(v, car, p.answers, market, out, why);
    struct slice hash = vehicle, slug = slice_cut(&hash, '~');
    TRY(add_vehicle(v, slug, hash, market, out, why));
    out->resolved = true;
    return ERR_OK;
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
