// query_meaning.c: what the spans of the path ask for (query_sense.h).
#include "base/buf.h"
#include "base/limits.h"
#include "car_word.h"
#include "names.h"
#include "query_sense.h"
#include "spec_tokens.h"
#include "text.h"
#include "vocabulary.h"

static void id_add(uint32_t *list, unsigned *count, uint32_t id) {
    for (unsigned i = 0; i < *count; i++)
        if (list[i] == id) return;
    if (*count < QUERY_MEANINGS_MAX) list[(*count)++] = id;
}

static struct slice sense_text(const struct sense *s, const struct query_span *span) {
    return slice_of(s->spans.text.p + span->at, span->n);
}

static enum err group_types(struct sense *s, uint32_t group) {
    struct group_info g;
    enum err e = group_load(s->view, group, &g);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    for (uint32_t id = 1, n = names_count(s->view->snapshot, NAMES_TYPE); id <= n; id++) {
        struct type_info t;
        if (type_load(s->view, id, &t) == ERR_OK && slice_eq(t.group, g.slug)) id_add(s->out->types, &s->out->type_count, id);
    }
    return ERR_OK;
}

static void types_take(struct sense *s, const struct query_span *span) {
    unsigned best = span_weight(span, LEXICON_TYPE);
    for (unsigned i = 0; best && i < span->entry_count; i++) {
        const struct lexicon_entry *e = &span->entries[i];
        if (e->kind == LEXICON_TYPE && e->weight == best) id_add(s->out->types, &s->out->type_count, e->id);
    }
}

// "engine", "滤清器": a whole group, where no type of it is named.
static enum err groups_take(struct sense *s) {
    bool named = s->out->type_count > 0;
    for (unsigned i = 0; i < s->count && !named; i++) {
        const struct query_span *span = &s->spans.list[s->order[i]];
        for (unsigned e = 0; span->source == SPAN_PHRASE && e < span->entry_count; e++)
            if (span->entries[e].kind == LEXICON_GROUP) TRY(group_types(s, span->entries[e].id));
    }
    return ERR_OK;
}

static void brands_take(struct sense *s, const struct query_span *span) {
    unsigned best = span_weight(span, LEXICON_BRAND);
    for (unsigned i = 0; i < span->entry_count; i++)
        if (span->entries[i].kind == LEXICON_BRAND && span->entries[i].weight == best)
            id_add(s->out->brands, &s->out->brand_count, span->entries[i].id);
}

static enum err form_take(struct sense *s, struct query_span *span) {
    struct understood *out = s->out;
    struct slice text = slice_str(span->form.text);
    switch (sense_form_role(span->form.kind)) {
    case ROLE_CODE:
        if (out->code_count == QUERY_CODES_MAX) return ERR_OK;
        TRY(trouble_code_load(s->view, text, &out->codes[out->code_count]));
        out->code_count++;
        return ERR_OK;
    case ROLE_VIN: out->vin = text; return ERR_OK;
    case ROLE_DISTANCE:
        if (span->form.kind == PATTERN_DISTANCE) out->distance_km = span->form.from;
        return ERR_OK;
    case ROLE_SPEC:
        if (out->spec_count < QUERY_SPECS_MAX) out->specs[out->spec_count++] = span->form;
        return ERR_OK;
    default: return ERR_OK;
    }
}

static struct slice meaning_of(const struct sense *s, const struct query_span *span, enum query_role role) {
    if (span->source == SPAN_FORM) return slice_str(span->form.text);
    if (span->how != SPAN_EXACT) return span->means;
    for (unsigned i = 0; i < span->entry_count; i++) {
        const struct lexicon_entry *e = &span->entries[i];
        if (role == ROLE_TYPE && e->kind == LEXICON_TYPE) return names_text(s->view, NAMES_TYPE, e->id);
        if (role == ROLE_BRAND && e->kind == LEXICON_BRAND) return names_text(s->view, NAMES_BRAND, e->id);
        if (role == ROLE_MAKE && e->kind == LEXICON_MAKE) return names_text(s->view, NAMES_MAKE, e->id);
        if (role == ROLE_MODEL && e->kind == LEXICON_MODEL) return names_text(s->view, NAMES_MODEL, e->id);
    }
    return sense_text(s, span);
}

// A car word as its row writes it: "280TSI" for "280tsi".
static struct slice car_word_name(struct sense *s, const struct query_span *span) {
    struct slice text = span->how == SPAN_EXACT ? sense_text(s, span) : span->means;
    for (unsigned i = 0; i < span->entry_count; i++) {
        struct car_word w;
        if (span->entries[i].kind != LEXICON_CAR || car_word_load(s->view, span->entries[i].id, &w) != ERR_OK) continue;
        for (struct slice rest = w.phrases; rest.n > 0;) {
            struct slice one = slice_cut(&rest, '|'), folded;
            if (text_fold(s->view->arena, one, &folded) == ERR_OK && slice_eq(folded, text)) return one;
        }
    }
    return text;
}

void sense_chip_add(struct sense *s, const struct query_span *span, enum query_role role) {
    struct understood *out = s->out;
    if (out->chip_count < QUERY_MEANINGS_MAX)
        out->chips[out->chip_count++] =
            (struct query_chip){(uint8_t)role, span->how, span->at, span->n, meaning_of(s, span, role)};
    if ((span->how >= SPAN_NEAR) && out->correction_count < QUERY_MEANINGS_MAX)
        out->corrections[out->correction_count++] = (struct query_correction){sense_text(s, span), span->means};
}

// "4万公里保养" is the name of a service and says the kilometres as well.
static void distance_within(struct sense *s, const struct query_span *span) {
    for (unsigned i = 0; i < s->spans.count; i++) {
        const struct query_span *form = &s->spans.list[i];
        if (form->source == SPAN_FORM && form->form.kind == PATTERN_DISTANCE && form->at >= span->at && form->at + form->n <= span->at + span->n)
            s->out->distance_km = form->form.from;
    }
}

// The words of the car, at most what a query may have (vehicle_suggest reads them again).
static void car_put(struct buf *car, struct slice words) {
    if (car->n + 1 + words.n > LIMIT_QUERY_BYTES) return;
    if (car->n) buf_char(car, ' ');
    buf_slice_put(car, words);
}

enum err sense_meanings(struct sense *s) {
    struct buf car;
    buf_init(&car, s->view->arena, s->spans.text.n + 8);
    for (unsigned i = 0; i < s->count; i++) {
        struct query_span *span = &s->spans.list[s->order[i]];
        enum query_role role = sense_role(s->view, span);
        sense_chip_add(s, span, role);
        if (role == ROLE_BADGE) s->out->badge = car_word_name(s, span);
        if (role == ROLE_GENERATION) s->out->generation = car_word_name(s, span);
        if (sense_role_of_car(role)) {
            car_put(&car, span->how == SPAN_EXACT || !span->means.n ? sense_text(s, span) : span->means);
        } else if (role == ROLE_TYPE) {
            types_take(s, span);
            distance_within(s, span);
        } else if (role == ROLE_BRAND) brands_take(s, span);
        else if (role == ROLE_POSITION && !s->out->position.n) s->out->position = sense_position(s->view, span);
        else if (role == ROLE_NUMBER && !s->out->part_number.n) s->out->part_number = sense_text(s, span);
        else if (span->source == SPAN_FORM) TRY(form_take(s, span));
    }
    s->out->car = buf_slice(&car);
    return car.bad ? ERR_NO_MEMORY : groups_take(s);
}

// A size, a grade or a code stands for what it belongs to where nothing else is said.
enum err sense_types_imply(struct sense *s) {
    struct understood *out = s->out;
    if (out->type_count || out->part_number.n) return ERR_OK;
    for (unsigned i = 0; i < out->spec_count; i++) {
        const char *const *slugs = pattern_types(&out->specs[i]);
        uint32_t id;
        for (unsigned t = 0; slugs[t]; t++)
            if (names_find(s->view->snapshot, NAMES_TYPE, slice_str(slugs[t]), &id) == ERR_OK) id_add(out->types, &out->type_count, id);
    }
    for (unsigned i = 0; i < out->code_count; i++)
        for (unsigned t = 0; t < out->codes[i].type_count; t++) id_add(out->types, &out->type_count, out->codes[i].types[t]);
    out->types_implied = out->type_count > 0;
    return ERR_OK;
}
