#include "query_span.h"

#include <ctype.h>

#include "base/limits.h"
#include "number_search.h"
#include "text.h"
#include "vin.h"

#define PHRASE_CHARS_MAX 32
#define NUMBER_WORDS 5 // "06A 115 561 B", and one more

// ---- borders ---------------------------------------------------------------------------------------------------------------------
static bool is_word(char c) { return isalnum((unsigned char)c); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return isalpha((unsigned char)c); }

// "1.4t" or "2018" with nothing of a word behind it: a car's name may stand right before it.
static bool detail_begins(struct slice s, size_t at) {
    size_t digits = 0;
    while (at + digits < s.n && is_digit(s.p[at + digits])) digits++;
    size_t end = at + digits;
    if (digits == 1 && end + 1 < s.n && s.p[end] == '.' && is_digit(s.p[end + 1])) return true;
    return digits == 4 && (s.p[at] == '1' || s.p[at] == '2') && (end == s.n || !is_word(s.p[end]));
}

bool span_border(struct slice s, size_t at) {
    if (at == 0 || at >= s.n) return true;
    if (!is_word(s.p[at - 1]) || !is_word(s.p[at])) return true;
    return is_letter(s.p[at - 1]) && is_digit(s.p[at]) && detail_begins(s, at);
}

unsigned span_units(struct slice s) {
    unsigned units = 0;
    for (size_t i = 0; i < s.n; i += text_char_bytes((uint8_t)s.p[i])) units += s.p[i] == ' ' ? 0 : (uint8_t)s.p[i] >= 0xE0 ? 2 : 1;
    return units;
}

unsigned span_weight(const struct query_span *s, enum lexicon_kind kind) {
    unsigned best = 0;
    for (unsigned i = 0; s->source == SPAN_PHRASE && i < s->entry_count; i++)
        if (s->entries[i].kind == kind && s->entries[i].weight > best) best = s->entries[i].weight;
    return best;
}

bool span_means(const struct query_span *s, enum lexicon_kind kind, uint32_t id) {
    bool means = false;
    for (unsigned i = 0; s->source == SPAN_PHRASE && i < s->entry_count && !means; i++) means = s->entries[i].kind == kind && s->entries[i].id == id;
    return means;
}

// ---- what a span is worth ---------------------------------------------------------------------------------------------------------
enum {
    WORTH_UNIT = 10,
    COST_SPAN = 8,       // fewer, longer phrases
    COST_GUESS = 10,     // a misspelt phrase, and
    COST_EDIT = 12,      // each of its edits
    COST_SOUND = 14,
    COST_LEFT = 2,       // a unit of text that nothing explains
    WORTH_NUMBER = 10,   // a number that exists is hardly anything else
    WORTH_CERTAIN = 4,
};

static int worth(const struct query_span *s, struct slice text) {
    int units = (int)span_units(slice_of(text.p + s->at, s->n)), value = units * WORTH_UNIT - COST_SPAN;
    if (s->source == SPAN_NUMBER) return value + WORTH_NUMBER;
    if (s->source == SPAN_FORM) return s->form.certain ? value + WORTH_CERTAIN : value - units * WORTH_UNIT / 4;
    unsigned best = 0;
    bool filler = true;
    for (unsigned i = 0; i < s->entry_count; i++) {
        if (s->entries[i].weight > best) best = s->entries[i].weight;
        filler &= s->entries[i].kind == LEXICON_FILLER;
    }
    value += (int)best / 25;
    if (filler) return value > COST_SPAN ? value - COST_SPAN : 1; // only where the text is nothing else
    if (s->how == SPAN_NEAR) value -= COST_GUESS + COST_EDIT * s->edits;
    if (s->how == SPAN_SOUND) value -= COST_SOUND;
    if (s->how == SPAN_INITIALS) value = value / 2;
    if (s->how == SPAN_BEGUN) value = value / 2 + (memchr(text.p + s->at, ' ', s->n) ? units * WORTH_UNIT / 4 : 0); // "oil fil" rather than "oil"
    return value;
}

static struct query_span *span_add(struct span_list *l, size_t at, size_t n) {
    if (l->count == SPANS_MAX || n == 0) return NULL;
    struct query_span *s = &l->list[l->count++];
    *s = (struct query_span){.at = (uint16_t)at, .n = (uint16_t)n};
    return s;
}

enum err span_phrase_add(struct span_list *l, size_t at, size_t n, const struct lexicon_entry *entries, unsigned count,
                         enum span_how how, unsigned edits, struct slice means) {
    struct query_span *s = span_add(l, at, n);
    if (!s) return ERR_OK;
    s->entries = arena_alloc(l->view->arena, count * sizeof *entries);
    if (!s->entries) return ERR_NO_MEMORY;
    memcpy(s->entries, entries, count * sizeof *entries);
    s->entry_count = count;
    s->how = (uint8_t)how;
    s->edits = (uint8_t)edits;
    s->means = means;
    s->value = worth(s, l->text);
    return ERR_OK;
}

// ---- as it stands -----------------------------------------------------------------------------------------------------------------
static bool lettered(struct slice s) {
    for (size_t i = 0; i < s.n; i++)
        if (is_letter(s.p[i]) || (uint8_t)s.p[i] >= 0x80) return true;
    return false;
}

static struct slice joined(struct slice s, char *space) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ') space[n++] = s.p[i];
    return slice_of(space, n);
}

// Leaves out what the phrase is in pinyin only; sounds are guesses.
static unsigned written(struct lexicon_entry *list, unsigned count) {
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++)
        if (list[i].weight > LEXICON_SOUND) list[kept++] = list[i];
    return kept;
}

// Two or three letters between signs, "%ff", are not a word somebody typed.
static bool spoken(struct slice phrase, size_t at, struct slice text) {
    static const char good[] = " ,-/()+&'\"";
    if (phrase.n > 3 || (uint8_t)phrase.p[0] >= 0x80) return true;
    char before = at ? text.p[at - 1] : ' ', after = at + phrase.n < text.n ? text.p[at + phrase.n] : ' ';
    return ((uint8_t)before >= 0x80 || is_word(before) || strchr(good, before)) && ((uint8_t)after >= 0x80 || is_word(after) || strchr(good, after));
}

static enum err phrases_at(struct span_list *l, size_t at) {
    struct slice s = l->text;
    char space[PHRASE_CHARS_MAX * 4];
    size_t end = at;
    for (unsigned chars = 0; chars < PHRASE_CHARS_MAX && end < s.n && l->looks < SPAN_LOOKS_MAX; chars++) {
        end += text_char_bytes((uint8_t)s.p[end]);
        if (end > s.n || !span_border(s, end) || s.p[end - 1] == ' ') continue;
        struct lexicon_entry found[SPAN_ENTRIES_MAX];
        unsigned count;
        bool longer, longer_joined = false;
        struct slice text = slice_of(s.p + at, end - at);
        l->looks++;
        TRY(lexicon_lookup(l->view, text, found, SPAN_ENTRIES_MAX, &count, &longer));
        if (!count && lettered(text) && memchr(text.p, ' ', text.n)) { // "宏光 s": the lexicon has phrases without their separators as well
            l->looks++;
            TRY(lexicon_lookup(l->view, joined(text, space), found, SPAN_ENTRIES_MAX, &count, &longer_joined));
        }
        count = written(found, count);
        if (count && spoken(text, at, l->text)) TRY(span_phrase_add(l, at, end - at, found, count, SPAN_EXACT, 0, SLICE_NONE));
        if (!longer && !longer_joined) break;
    }
    return ERR_OK;
}

static void forms_at(struct span_list *l, size_t at) {
    struct pattern found[PATTERN_MAX];
    unsigned count = pattern_at(l->text, at, l->last_year, found);
    for (unsigned i = 0; i < count; i++) {
        struct query_span *s = span_add(l, at, found[i].n);
        if (!s) return;
        s->source = SPAN_FORM;
        s->form = found[i];
        s->value = worth(s, l->text);
    }
}

// A word for part numbers: everything up to a blank or a Han character.
static size_t number_word_end(struct slice s, size_t at) {
    while (at < s.n && s.p[at] != ' ' && (uint8_t)s.p[at] < 0x80) at++;
    return at;
}

// Numbers that exist, of up to NUMBER_WORDS words from here on.
static enum err numbers_at(struct span_list *l, size_t at) {
    struct slice s = l->text;
    size_t end = at;
    for (unsigned words = 0; words < NUMBER_WORDS && end < s.n && l->looks < SPAN_LOOKS_MAX; words++) {
        if (words && s.p[end] == ' ') end++;
        size_t next = number_word_end(s, end);
        if (next == end) break;
        end = next;
        struct slice text = slice_of(s.p + at, end - at);
        char canonical[LIMIT_PART_NUMBER_BYTES + 1];
        bool known;
        if (!number_plausible(text)) continue;
        size_t n = number_canonical(text, canonical, sizeof canonical);
        // Three digits or a model's name are a number only where they are all of the query.
        if (n == 0 || (n < 5 && text.n != s.n)) continue;
        l->looks++;
        TRY(number_known(l->view, text, &known));
        struct query_span *span = known ? span_add(l, at, text.n) : NULL;
        if (!span) continue;
        span->source = SPAN_NUMBER;
        span->value = worth(span, s);
    }
    return ERR_OK;
}

enum err span_list_begin(struct view *v, struct slice folded, struct span_list *out) {
    *out = (struct span_list){.view = v, .text = folded, .last_year = vin_newest_year(v->clock), .list = arena_alloc(v->arena, SPANS_MAX * sizeof *out->list),
                              .near = ARENA_NEW(v->arena, struct near_memo)};
    if (!out->list || !out->near) return ERR_NO_MEMORY;
    bool after_blank = true;
    for (size_t at = 0; at < folded.n; at += text_char_bytes((uint8_t)folded.p[at])) {
        bool here = folded.p[at] != ' ' && span_border(folded, at);
        bool word = here && (after_blank || (uint8_t)folded.p[at - 1] >= 0x80) && (uint8_t)folded.p[at] < 0x80;
        after_blank = folded.p[at] == ' ';
        if (!here) continue;
        TRY(phrases_at(out, at));
        forms_at(out, at);
        if (word) TRY(numbers_at(out, at));
    }
    return ERR_OK;
}

// Of a byte: a Han character is two units and begins with a byte from E0 on.
static int left_cost(uint8_t byte) {
    return byte == ' ' || (byte >= 0x80 && byte < 0xC0) ? 0 : byte >= 0xE0 ? 2 * COST_LEFT : COST_LEFT;
}

// ---- the best path ------------------------------------------------------------------------------------------------------------------
enum err span_path(const struct span_list *l, uint16_t *order, unsigned *count) {
    size_t n = l->text.n;
    int *best = arena_alloc(l->view->arena, (n + 1) * sizeof *best);
    uint16_t *by = arena_alloc(l->view->arena, (n + 1) * sizeof *by), *first = arena_alloc(l->view->arena, (n + 1) * sizeof *first);
    uint16_t *next = arena_alloc(l->view->arena, (l->count + 1) * sizeof *next);
    const uint16_t NONE = UINT16_MAX;
    *count = 0;
    if (!best || !by || !first || !next) return ERR_NO_MEMORY;
    for (size_t i = 0; i <= n; i++) first[i] = NONE;
    for (unsigned i = l->count; i-- > 0;) {
        if (l->list[i].banned || l->list[i].value <= 0) continue;
        next[i] = first[l->list[i].at];
        first[l->list[i].at] = (uint16_t)i;
    }
    // From the end: best[i] is what the text from i on is worth, by[i] the span that begins there.
    best[n] = 0;
    for (size_t i = n; i-- > 0;) {
        best[i] = best[i + 1] - left_cost((uint8_t)l->text.p[i]);
        by[i] = NONE;
        for (uint16_t s = first[i]; s != NONE; s = next[s]) {
            int value = l->list[s].value + best[i + l->list[s].n];
            if (value <= best[i]) continue;
            best[i] = value;
            by[i] = s;
        }
    }
    for (size_t i = 0; i < n;) {
        if (by[i] == NONE) {
            i++;
            continue;
        }
        order[(*count)++] = by[i];
        i += l->list[by[i]].n;
    }
    return ERR_OK;
}
