// query_unknown.c: words that name a car nobody knows, so that its neighbour is not taken for it (query_sense.h).
#include "query_sense.h"

// "2031 golf": a year no pattern takes for one, because nothing was built then. It makes the car one that nobody knows.
bool sense_impossible_year(struct slice typed, unsigned *year) {
    uint64_t n;
    if (typed.n != 4 || !slice_u64(typed, &n) || n < 1800 || n >= 2100) return false;
    *year = (unsigned)n;
    return true;
}

enum err sense_impossible_years(struct sense *s, size_t from, size_t to) {
    struct slice rest = slice_of(s->spans.text.p + from, to - from);
    while (rest.n > 0 && s->car_named) {
        struct slice typed = sense_typed_word(rest);
        unsigned year;
        if (sense_impossible_year(typed, &year) && s->cars.count < CAR_SPANS_MAX) {
            struct query_span *span = ARENA_NEW(s->view->arena, struct query_span);
            if (!span) return ERR_NO_MEMORY;
            *span = (struct query_span){.at = (uint16_t)(typed.p - s->spans.text.p), .n = 4, .source = SPAN_FORM};
            span->form = (struct pattern){.kind = PATTERN_YEAR, .n = 4, .from = year, .to = year};
            slice_copy(typed, span->form.text, sizeof span->form.text);
            s->cars.spans[s->cars.count++] = span;
            sense_chip_add(s, span, ROLE_YEAR);
        }
        rest = slice_from(rest, typed.n ? typed.n : 1);
    }
    return ERR_OK;
}

// The span of a car that ends right before this byte, fillers and blanks between left out; NULL when something else stands there.
static const struct query_span *car_before(const struct sense *s, size_t at) {
    for (unsigned i = s->count; i-- > 0;) {
        const struct query_span *span = &s->spans.list[s->order[i]];
        if (span->at >= at) continue;
        if (span->at + span->n + 1u < at) return NULL;
        enum query_role role = sense_role(s->view, span);
        if (role == ROLE_MAKE || role == ROLE_MODEL) return span;
        if (role != ROLE_FILLER) return NULL;
        at = span->at;
    }
    return NULL;
}

static bool model_named(const struct sense *s) {
    for (unsigned i = 0; i < s->count; i++) {
        enum query_role role = sense_role(s->view, &s->spans.list[s->order[i]]);
        if (role == ROLE_MODEL || role == ROLE_GENERATION || role == ROLE_BADGE) return true;
    }
    return false;
}

// "toyota hilux", "golf 9", "奥迪Q9": a word right behind a make or a model that means nothing else is a model or a generation that is not
// known here. A word being typed may still become one that is.
enum err sense_unknown_model(struct sense *s, struct slice typed, bool exists, bool *out) {
    size_t at = (size_t)(typed.p - s->spans.text.p);
    const struct query_span *before = car_before(s, at);
    *out = false;
    if (!before || s->car_given) return ERR_OK;
    bool named = model_named(s), short_number = typed.n <= 2 && slice_has_digit(typed), short_word = typed.n <= 2 && (uint8_t)typed.p[0] < 0x80;
    if (named ? !short_number : exists && !short_word) return ERR_OK;
    if (slice_end(typed) == slice_end(s->spans.text)) {
        uint32_t model;
        unsigned count;
        TRY(lexicon_prefix(s->view, typed, LEXICON_MODEL, &model, 1, &count));
        if (count) return ERR_OK;
    }
    *out = true;
    if (!s->out->unknown_car.n)
        s->out->unknown_car = slice_of(s->spans.text.p + before->at, at + typed.n - before->at);
    return ERR_OK;
}
