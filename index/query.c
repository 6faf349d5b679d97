#include "query.h"

#include <ctype.h>

#include "base/limits.h"
#include "number.h"
#include "posting.h"
#include "query_car.h"
#include "query_sense.h"
#include "text.h"

#define NUMBER_LENGTH 5 // canonical characters of a word that is a number rather than text

// The stretches no span covers, with the words in them.
typedef enum err stretch_fn(struct sense *s, size_t from, size_t to);

static enum err each_stretch(struct sense *s, stretch_fn *each) {
    size_t at = 0;
    for (unsigned i = 0; i <= s->count; i++) {
        const struct query_span *span = i < s->count ? &s->spans.list[s->order[i]] : NULL;
        size_t end = span ? span->at : s->spans.text.n;
        if (end > at) TRY(each(s, at, end));
        if (span) at = span->at + span->n;
    }
    return ERR_OK;
}

static enum err word_exists(struct view *v, struct slice word, bool *out) {
    struct posting p;
    TRY(posting_open(v, posting_word(v->arena, word), &p));
    *out = p.product != UINT32_MAX;
    return posting_close(&p);
}

// Whether products have all of it, or, of a run of Han characters, every two neighbours.
static enum err typed_word_exists(struct sense *s, struct slice typed, bool *out, unsigned *count) {
    struct text_word *words;
    *out = true;
    TRY(text_words(s->view->arena, typed, &words, count));
    for (unsigned i = 0; i < *count && *out; i++) TRY(word_exists(s->view, words[i].word, out));
    return ERR_OK;
}

// Words no title has may be misspelt or pinyin.
static enum err guess_stretch(struct sense *s, size_t from, size_t to) {
    for (size_t at = from; at < to;) {
        struct slice typed = sense_typed_word(slice_of(s->spans.text.p + at, to - at));
        bool exists;
        unsigned count;
        if (typed.n) {
            TRY(typed_word_exists(s, typed, &exists, &count));
            bool crumb = (uint8_t)typed.p[0] >= 0x80 && typed.n <= 6; // one or two characters may be the end of a misspelt word
            if (!exists || crumb) TRY(span_list_guess(&s->spans, at, at + typed.n));
        }
        at += typed.n ? typed.n : 1;
    }
    return ERR_OK;
}

// ---- what stays over is text --------------------------------------------------------------------------------------------------------------
// Long enough for a number, even where a title repeats it as a word.
static bool number_looks(struct slice typed) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    return slice_has_digit(typed) && number_canonical(typed, canonical, sizeof canonical) >= NUMBER_LENGTH;
}

static enum err typed_word_keep(struct sense *s, struct slice typed) {
    struct understood *out = s->out;
    unsigned count;
    bool known;
    unsigned year;
    if (s->car_named && sense_impossible_year(typed, &year)) return ERR_OK; // sense_impossible_years() took it
    TRY(typed_word_exists(s, typed, &known, &count));
    if (count) {
        bool unknown;
        TRY(sense_unknown_model(s, typed, known, &unknown));
        if (unknown) return ERR_OK;
    }
    known = known && !number_looks(typed);
    if (!known && !out->number_like.n && !out->part_number.n && number_plausible(typed)) {
        out->number_like = typed;
        return ERR_OK;
    }
    if (count && out->word_count < QUERY_MEANINGS_MAX) {
        out->words[out->word_count++] = typed;
        out->word_open = slice_end(typed) == slice_end(s->spans.text);
    }
    return ERR_OK;
}

// "06a 115 561 b": short words, some of digits, that are nothing else, are taken for one number.
static bool number_in_words(struct slice stretch) {
    unsigned words = 0, with_digits = 0;
    for (struct slice rest = slice_trim(stretch); rest.n > 0;) {
        struct slice word = slice_cut(&rest, ' ');
        bool digits = slice_has_digit(word);
        for (size_t i = 0; i < word.n; i++)
            if ((uint8_t)word.p[i] >= 0x80) return false;
        if (word.n > 8 || (!digits && word.n > 2)) return false;
        words++;
        with_digits += digits;
    }
    return words > 1 && with_digits > 1;
}

static enum err keep_stretch(struct sense *s, size_t from, size_t to) {
    struct slice rest = slice_of(s->spans.text.p + from, to - from);
    if (!s->out->number_like.n && !s->out->part_number.n && number_in_words(rest)) {
        s->out->number_like = slice_trim(rest);
        return ERR_OK;
    }
    while (rest.n > 0) {
        struct slice typed = sense_typed_word(rest);
        if (typed.n) TRY(typed_word_keep(s, typed));
        rest = slice_from(rest, typed.n ? typed.n : 1);
    }
    return ERR_OK;
}

// Somebody who puts words in quotes wants these words; 17" is in inches.
static bool literal(struct slice query) {
    const char *first = memchr(query.p, '"', query.n);
    return first && (first == query.p || !isdigit((unsigned char)first[-1])) && first + 1 < slice_end(query) && memchr(first + 1, '"', (size_t)(slice_end(query) - first - 1));
}

enum err query_understand(struct view *v, struct slice query, bool car_given, struct understood *out) {
    struct sense *s = ARENA_NEW(v->arena, struct sense);
    *out = (struct understood){0};
    if (!s) return ERR_NO_MEMORY;
    *s = (struct sense){.view = v, .out = out, .car_given = car_given};
    TRY(sense_read(v, query, out));
    TRY(span_list_begin(v, out->folded, &s->spans));
    TRY(sense_path(s));
    unsigned before = s->spans.count;
    if (!literal(query)) TRY(each_stretch(s, guess_stretch));
    if (s->spans.count > before) TRY(sense_path(s));
    TRY(sense_meanings(s));
    TRY(each_stretch(s, sense_impossible_years));
    TRY(query_car_read(&s->spans, &s->cars, out));
    TRY(sense_types_imply(s));
    for (unsigned i = 0; i < out->type_count; i++) out->position_tells |= sense_type_has_position(v, out->types[i], out->position);
    return each_stretch(s, keep_stretch);
}
