// query_guess.c: spans for words that mean nothing as they stand: misspelt, in pinyin, or only begun (query_span.h).
#include <ctype.h>

#include "lexicon_near.h"
#include "lexicon_sound.h"
#include "query_span.h"
#include "text.h"

#define NEAR_MAX 16
#define NEAR_PHRASES 3      // of one window, the nearest
#define NEAR_LOOKS 20       // what asking for likeness counts against SPAN_LOOKS_MAX
#define SOUND_MAX 48
#define SOUND_RUN_MAX 40    // letters of one word that are walked for pinyin
#define INITIALS_MEANINGS 8 // more things of the same initials: they say nothing
#define INITIALS_LETTERS 3
#define BEGUN_MAX 8         // more phrases of a kind that begin so: too early to say
#define BEGUN_LETTERS 3
#define BEGUN_CAR_LETTERS 4
#define NAME_LETTERS 7      // from so many on the first letter may be the wrong one
#define HAN_WINDOW 6        // characters
#define NEIGHBOURS 2
#define HAN_NEIGHBOURS 5
#define HAN_BYTES 3

static bool latin(struct slice s) {
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] >= 0x80) return false;
    return s.n > 0;
}

// ---- likeness -----------------------------------------------------------------------------------------------------------------------
static bool make_before(const struct span_list *l, size_t at) {
    for (unsigned i = 0; i < l->count; i++) {
        const struct query_span *s = &l->list[i];
        if (s->how == SPAN_EXACT && s->at + s->n + 1u >= at && s->at + s->n <= at && span_weight(s, LEXICON_MAKE)) return true;
    }
    return false;
}

// A short name with another first letter is another name, unless it is a model behind its make ("ford docus"); a brand of several words is
// its name and what it makes.
static bool far_fetched(const struct span_list *l, size_t at, struct slice window, const struct lexicon_near *n) {
    bool name = n->entry.kind == LEXICON_MAKE || n->entry.kind == LEXICON_MODEL || n->entry.kind == LEXICON_BRAND;
    if (!latin(window) || !name) return false;
    if (n->entry.kind == LEXICON_BRAND && memchr(window.p, ' ', window.n)) return true;
    if (window.n >= NAME_LETTERS || window.p[0] == n->phrase.p[0]) return false;
    return n->entry.kind != LEXICON_MODEL || !make_before(l, at);
}

// Adds the nearest phrases of one window, each with all it may mean.
static enum err near_window(struct span_list *l, size_t at, size_t end) {
    struct lexicon_near found[NEAR_MAX];
    unsigned count, phrases = 0;
    if (l->looks + NEAR_LOOKS > SPAN_LOOKS_MAX) return ERR_OK;
    l->looks += NEAR_LOOKS;
    TRY(lexicon_near_again(l->view, l->near, slice_of(l->text.p + at, end - at), NEAR_EDITS_MAX, found, NEAR_MAX, &count));
    for (unsigned i = 0; i < count && found[i].edits == found[0].edits && phrases < NEAR_PHRASES; i++) {
        if (far_fetched(l, at, slice_of(l->text.p + at, end - at), &found[i])) continue;
        struct lexicon_entry entries[NEAR_MAX];
        unsigned n = 0;
        bool seen = false;
        for (unsigned k = 0; k < i; k++) seen |= slice_eq(found[k].phrase, found[i].phrase);
        if (seen) continue;
        for (unsigned k = i; k < count; k++)
            if (slice_eq(found[k].phrase, found[i].phrase)) entries[n++] = found[k].entry;
        TRY(span_phrase_add(l, at, end - at, entries, n, SPAN_NEAR, found[i].edits, found[i].phrase));
        phrases++;
    }
    return ERR_OK;
}

static size_t word_before(struct slice s, size_t at) { // where the word before this one begins; `at` when there is none
    if (at < 2 || s.p[at - 1] != ' ') return at;
    size_t from = at - 1;
    while (from > 0 && s.p[from - 1] != ' ' && (uint8_t)s.p[from - 1] < 0x80) from--;
    return from == at - 1 ? at : from;
}

static size_t word_after(struct slice s, size_t end) {
    if (end + 1 >= s.n || s.p[end] != ' ') return end;
    size_t to = end + 1;
    while (to < s.n && s.p[to] != ' ' && (uint8_t)s.p[to] < 0x80) to++;
    return to == end + 1 ? end : to;
}

// The word alone, and with up to two words on either side: "timingg belt replacement".
static enum err near_latin(struct span_list *l, size_t from, size_t to) {
    size_t starts[NEIGHBOURS + 1] = {from}, ends[NEIGHBOURS + 1] = {to};
    unsigned before = 1, after = 1;
    for (size_t at; before <= NEIGHBOURS && (at = word_before(l->text, starts[before - 1])) < starts[before - 1]; before++) starts[before] = at;
    for (size_t at; after <= NEIGHBOURS && (at = word_after(l->text, ends[after - 1])) > ends[after - 1]; after++) ends[after] = at;
    for (unsigned b = 0; b < before; b++)
        for (unsigned a = 0; a < after && a + b <= NEIGHBOURS; a++) TRY(near_window(l, starts[b], ends[a]));
    return ERR_OK;
}

static bool han_at(struct slice s, size_t at) { return at + HAN_BYTES <= s.n && (uint8_t)s.p[at] >= 0xE0 && (uint8_t)s.p[at] < 0xF0; }

// Every window of two characters and more that touches a run of Han, and some beyond it: what is wrong may be the last character of a long phrase.
static enum err near_run(struct span_list *l, size_t from, size_t to) {
    struct slice s = l->text;
    size_t first = from, last = to;
    for (unsigned i = 0; i < HAN_NEIGHBOURS && first >= HAN_BYTES && han_at(s, first - HAN_BYTES); i++) first -= HAN_BYTES;
    for (unsigned i = 0; i < HAN_NEIGHBOURS && han_at(s, last); i++) last += HAN_BYTES;
    for (size_t at = first; at < to; at += HAN_BYTES)
        for (size_t n = 2 * HAN_BYTES; n <= HAN_WINDOW * HAN_BYTES && at + n <= last; n += HAN_BYTES)
            if (at + n > from) TRY(near_window(l, at, at + n));
    return ERR_OK;
}

// A stretch may hold letters of other scripts and emoji beside Han, of two and of four bytes.
static enum err near_han(struct span_list *l, size_t from, size_t to) {
    for (size_t at = from; at < to;) {
        size_t end = at;
        while (end < to && han_at(l->text, end)) end += HAN_BYTES;
        if (end > at) TRY(near_run(l, at, end));
        at = end > at ? end : at + text_char_bytes((uint8_t)l->text.p[at]);
    }
    return ERR_OK;
}

// "oli filter": three letters have too many neighbours, but two of them changed about beside the right word have not.
static enum err swapped_window(struct span_list *l, size_t from, size_t to, size_t at, size_t end) {
    char space[64];
    if (end - at > sizeof space) return ERR_OK;
    for (size_t i = from; i + 1 < to; i++) {
        struct lexicon_entry found[NEAR_MAX];
        unsigned count;
        bool longer;
        memcpy(space, l->text.p + at, end - at);
        space[i - at] = l->text.p[i + 1];
        space[i + 1 - at] = l->text.p[i];
        l->looks++;
        TRY(lexicon_lookup(l->view, slice_of(space, end - at), found, NEAR_MAX, &count, &longer));
        if (count) TRY(span_phrase_add(l, at, end - at, found, count, SPAN_NEAR, 1, arena_copy(l->view->arena, slice_of(space, end - at))));
    }
    return ERR_OK;
}

static enum err near_short(struct span_list *l, size_t from, size_t to) {
    size_t before = word_before(l->text, from), after = word_after(l->text, to);
    if (before < from) TRY(swapped_window(l, from, to, before, to));
    if (after > to) TRY(swapped_window(l, from, to, from, after));
    return ERR_OK;
}

// ---- sound --------------------------------------------------------------------------------------------------------------------------
static enum err sound_add(struct span_list *l, size_t at, size_t end, const struct lexicon_sound *found, unsigned count) {
    struct lexicon_entry entries[SOUND_MAX];
    unsigned n = 0;
    bool initials = found[0].initials; // full pinyin comes first and needs no help of initials
    for (unsigned i = 0; i < count; i++)
        if (found[i].initials == initials) entries[n++] = found[i].entry;
    if (initials && (n > INITIALS_MEANINGS || end - at < INITIALS_LETTERS)) return ERR_OK;
    return span_phrase_add(l, at, end - at, entries, n, initials ? SPAN_INITIALS : SPAN_SOUND, 0, found[0].phrase);
}

// A run of letters as one phrase after the other, so that no letter is left: "langyijilv". Those that lead to the run's end are added.
// Blanks between syllables ("lang yi") do not count: `letters` are the others, at[i] is where the i-th of them stands in the text.
static enum err sounds_walk(struct span_list *l, size_t from, size_t to) {
    char letters[SOUND_RUN_MAX];
    size_t where[SOUND_RUN_MAX + 1], n = 0;
    for (size_t i = from; i < to; i++) {
        if (l->text.p[i] == ' ') continue;
        if (n == SOUND_RUN_MAX) return ERR_OK;
        where[n] = i;
        letters[n++] = l->text.p[i];
    }
    where[n] = to;
    bool reached[SOUND_RUN_MAX + 1] = {true}, leads[SOUND_RUN_MAX + 1] = {false};
    struct { uint8_t at, end; struct lexicon_sound *found; unsigned count; } steps[SOUND_RUN_MAX * 2] = {{0}};
    unsigned step_count = 0;
    for (size_t at = 0; at < n; at++) {
        if (!reached[at]) continue;
        bool longer = true;
        for (size_t end = at + 2; end <= n && longer && l->looks < SPAN_LOOKS_MAX && step_count < SOUND_RUN_MAX * 2; end++) {
            struct lexicon_sound found[SOUND_MAX];
            unsigned count;
            l->looks++;
            TRY(lexicon_sounds(l->view, slice_of(letters + at, end - at), found, SOUND_MAX, &count, &longer));
            if (count == 0 || (found[0].initials && end - at < n)) continue; // initials only as a whole word
            struct lexicon_sound *kept = arena_alloc(l->view->arena, count * sizeof *kept);
            if (!kept) return ERR_NO_MEMORY;
            memcpy(kept, found, count * sizeof *kept);
            steps[step_count].at = (uint8_t)at;
            steps[step_count].end = (uint8_t)end;
            steps[step_count].found = kept;
            steps[step_count++].count = count;
            reached[end] = true;
        }
    }
    leads[n] = true;
    for (unsigned i = step_count; i-- > 0;) // steps are in the order of where they begin
        leads[steps[i].at] |= leads[steps[i].end];
    for (unsigned i = 0; i < step_count; i++)
        if (leads[steps[i].end]) TRY(sound_add(l, where[steps[i].at], where[steps[i].end - 1] + 1, steps[i].found, steps[i].count));
    return ERR_OK;
}

// ---- beginnings -----------------------------------------------------------------------------------------------------------------------
static enum err begun_window(struct span_list *l, size_t at, size_t end) {
    static const enum lexicon_kind kinds[] = {LEXICON_TYPE, LEXICON_MODEL, LEXICON_MAKE, LEXICON_BRAND};
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds && l->looks < SPAN_LOOKS_MAX; k++) {
        bool car = kinds[k] == LEXICON_MODEL || kinds[k] == LEXICON_MAKE;
        if (car && end - at < BEGUN_CAR_LETTERS) continue; // too bold
        uint32_t ids[BEGUN_MAX];
        struct lexicon_entry entries[BEGUN_MAX];
        unsigned count;
        l->looks++;
        TRY(lexicon_prefix(l->view, slice_of(l->text.p + at, end - at), kinds[k], ids, BEGUN_MAX, &count));
        if (count == 0 || count == BEGUN_MAX) continue;
        for (unsigned i = 0; i < count; i++) entries[i] = (struct lexicon_entry){kinds[k], ids[i], LEXICON_SLUG};
        return span_phrase_add(l, at, end - at, entries, count, SPAN_BEGUN, 0, SLICE_NONE);
    }
    return ERR_OK;
}

// The run of Latin words a word stands in.
static void latin_run(struct slice s, size_t *from, size_t *to) {
    while (*from > 0 && (uint8_t)s.p[*from - 1] < 0x80) --*from;
    while (*to < s.n && (uint8_t)s.p[*to] < 0x80) ++*to;
    while (*from < *to && s.p[*from] == ' ') ++*from;
    while (*to > *from && s.p[*to - 1] == ' ') --*to;
}

// "宝马3膝": letters and digits that touch Han characters are of the same name; by sound they are found together.
static enum err near_mixed(struct span_list *l, size_t from, size_t to) {
    struct slice s = l->text;
    size_t before = from, after = to;
    while (before > 0 && isalnum((unsigned char)s.p[before - 1])) before--;
    while (after < s.n && isalnum((unsigned char)s.p[after])) after++;
    for (unsigned side = 1; side < 4; side++) {
        size_t at = side & 1 ? before : from, end = side & 2 ? after : to;
        struct slice full, initials;
        struct lexicon_sound found[SOUND_MAX];
        struct lexicon_entry entries[SOUND_MAX];
        unsigned count, n = 0;
        bool longer, new = (side & 1 ? before < from : true) && (side & 2 ? after > to : true);
        if (!new || end - at > SOUND_RUN_MAX || l->looks >= SPAN_LOOKS_MAX) continue;
        l->looks++;
        TRY(text_pinyin(l->view->arena, slice_of(s.p + at, end - at), &full, &initials));
        if (full.n) TRY(lexicon_sounds(l->view, full, found, SOUND_MAX, &count, &longer));
        for (unsigned i = 0; full.n && i < count; i++)
            if (!found[i].initials) entries[n++] = found[i].entry;
        if (n) TRY(span_phrase_add(l, at, end - at, entries, n, SPAN_NEAR, 1, found[0].phrase));
    }
    return ERR_OK;
}

enum err span_list_guess(struct span_list *l, size_t from, size_t to) {
    struct slice word = slice_of(l->text.p + from, to - from);
    size_t run_from = from, run_to = to;
    if (!latin(word)) {
        TRY(near_mixed(l, from, to));
        return near_han(l, from, to);
    }
    TRY(sounds_walk(l, from, to));
    if (slice_has_digit(word)) return ERR_OK;
    TRY(to - from == 3 ? near_short(l, from, to) : near_latin(l, from, to));
    latin_run(l->text, &run_from, &run_to);
    if (run_to - run_from > to - from && l->run_walked != run_to) { // once for all the words of a run
        TRY(sounds_walk(l, run_from, run_to));
        l->run_walked = run_to;
    }
    if (to != l->text.n || to - from < BEGUN_LETTERS) return ERR_OK;
    size_t before = word_before(l->text, from);
    if (before < from) TRY(begun_window(l, before, to));
    return begun_window(l, from, to);
}
