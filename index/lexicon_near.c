#include "lexicon_near.h"

#include <unicode/utf8.h>

#include "base/buf.h"
#include "base/limits.h"
#include "letters.h"
#include "lexicon_sound.h"
#include "text.h"
#include "text_tables.h"

// TABLE_LEXICON_SPELL: form u8, letters, 0, word (Latin) or phrase (Han) -> empty.
enum { FORM_LATIN = 'l', FORM_HAN = 'h' };
enum {
    WORD_MAX = LETTERS_MAX,
    HAN_MIN = 3, HAN_MAX = 12, // characters of a phrase that is found by one character
    HAN_BYTES_MAX = 4 * (HAN_MAX + 1),
    READS_MAX = 3000,          // records of one question
    LOOKUPS_MAX = 120,         // of phrases made of them
    MEANINGS_MAX = 32,
};

static bool latin_word(struct slice word) {
    if (word.n == 0 || word.n > WORD_MAX) return false;
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] < 'a' || word.p[i] > 'z') return false;
    return true;
}

static bool separator(char c) { return c == ' ' || c == '-' || c == '/' || c == '_' || c == '.' || c == '&' || c == ',' || c == '+'; }

// The next word of folded text and what follows it; empty at the end.
static struct slice word_cut(struct slice *rest) {
    while (rest->n > 0 && separator(rest->p[0])) *rest = slice_from(*rest, 1);
    size_t n = 0;
    while (n < rest->n && !separator(rest->p[n])) n++;
    struct slice word = slice_of(rest->p, n);
    *rest = slice_from(*rest, n);
    return word;
}

// ---- Han ------------------------------------------------------------------------------------------------------------------
struct han { unsigned count; UChar32 c[HAN_MAX]; uint16_t at[HAN_MAX + 1]; }; // at: byte offsets, with the end

static bool han_split(struct slice s, struct han *out) {
    size_t i = 0;
    out->count = 0;
    out->at[0] = 0;
    while (i < s.n) {
        UChar32 c;
        U8_NEXT((const uint8_t *)s.p, i, s.n, c);
        if (c < 0 || !text_is_han(c) || out->count == HAN_MAX) return false;
        out->c[out->count++] = c;
        out->at[out->count] = (uint16_t)i;
    }
    return out->count > 0;
}

static struct slice han_without(const struct han *h, struct slice s, unsigned skip, char *bytes) {
    memcpy(bytes, s.p, h->at[skip]);
    memcpy(bytes + h->at[skip], s.p + h->at[skip + 1], s.n - h->at[skip + 1]);
    return slice_of(bytes, s.n - (size_t)(h->at[skip + 1] - h->at[skip]));
}

// Characters that tell one thing from another: a phrase with another one is another thing, not a slip.
static bool telling(UChar32 c) {
    static const char list[] = "零〇一二三四五六七八九十百千两双单前后左右上下内外里大小新老旧长短高低汽柴油气电水进排冷热暖主副手自全半轻重";
    const uint8_t *p = (const uint8_t *)list;
    for (size_t i = 0; i < sizeof list - 1;) {
        UChar32 one;
        U8_NEXT(p, i, sizeof list - 1, one);
        if (one == c) return true;
    }
    return false;
}

// Whether b is a with one character replaced, left out or inserted, none of them telling.
static bool han_near(const struct han *a, const struct han *b) {
    unsigned left = 0, right = 0, shorter = a->count < b->count ? a->count : b->count;
    unsigned longer = a->count + b->count - shorter;
    if (longer - shorter > 1) return false;
    while (left < shorter && a->c[left] == b->c[left]) left++;
    while (right < shorter - left && a->c[a->count - 1 - right] == b->c[b->count - 1 - right]) right++;
    if (left + right + 1 != longer) return false;
    bool a_has = left < a->count - right, b_has = left < b->count - right;
    return !(a_has && telling(a->c[left])) && !(b_has && telling(b->c[left]));
}

// ---- writing --------------------------------------------------------------------------------------------------------------
static enum err put_form(struct txn *t, char form, struct slice letters, struct slice whole) {
    char bytes[LIMIT_KEY_BYTES];
    if (letters.n + whole.n + 2 > sizeof bytes) return ERR_OK;
    bytes[0] = form;
    memcpy(bytes + 1, letters.p, letters.n);
    bytes[1 + letters.n] = 0;
    memcpy(bytes + 2 + letters.n, whole.p, whole.n);
    return txn_put(t, TABLE_LEXICON_SPELL, slice_of(bytes, letters.n + whole.n + 2), SLICE_NONE);
}

static enum err known(struct txn *t, char form, struct slice letters, struct slice whole, bool *out) {
    char bytes[LIMIT_KEY_BYTES];
    struct slice value;
    size_t n = letters.n + whole.n + 2;
    if (n > sizeof bytes) return ERR_OK;
    bytes[0] = form;
    memcpy(bytes + 1, letters.p, letters.n);
    bytes[1 + letters.n] = 0;
    memcpy(bytes + 2 + letters.n, whole.p, whole.n);
    enum err err = db_get(txn_snapshot(t), TABLE_LEXICON_SPELL, slice_of(bytes, n), &value);
    *out = err == ERR_OK;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err put_word(struct txn *t, struct slice word) {
    struct letters l;
    struct deletions d;
    bool there = false;
    letters_of(word, &l);
    deletions_of(word, &l, letters_edits_found(l.count), &d);
    TRY(known(t, FORM_LATIN, deletion(&d, 0), word, &there));
    for (unsigned i = 0; !there && i < d.count; i++) TRY(put_form(t, FORM_LATIN, deletion(&d, i), word));
    return ERR_OK;
}

static enum err put_han(struct txn *t, struct slice folded, const struct han *h) {
    char bytes[HAN_BYTES_MAX];
    bool there = false;
    TRY(known(t, FORM_HAN, folded, folded, &there));
    if (there) return ERR_OK;
    TRY(put_form(t, FORM_HAN, folded, folded));
    for (unsigned i = 0; i < h->count; i++) TRY(put_form(t, FORM_HAN, han_without(h, folded, i, bytes), folded));
    return ERR_OK;
}

enum err lexicon_near_put(struct txn *t, struct slice folded, enum lexicon_kind kind) {
    struct han h;
    if (kind == LEXICON_FILLER) return ERR_OK;
    if (han_split(folded, &h)) return h.count >= HAN_MIN ? put_han(t, folded, &h) : ERR_OK;
    for (unsigned i = 0; folded.n > 0 && i < NEAR_WORDS_MAX; i++) {
        struct slice word = word_cut(&folded);
        if (latin_word(word)) TRY(put_word(t, word));
    }
    return ERR_OK;
}

// ---- words ------------------------------------------------------------------------------------------------------------------
struct near_list { struct near_word *words; unsigned count, max; struct arena *arena; };

static int near_word_cmp(const struct near_word *a, const struct near_word *b) {
    return a->edits != b->edits ? (int)a->edits - (int)b->edits : slice_cmp(a->word, b->word);
}

// Keeps the nearest `max`, each once.
static void list_add(struct near_list *l, struct slice word, unsigned edits) {
    struct near_word one = {word, (uint8_t)edits};
    unsigned at = l->count;
    while (at > 0 && near_word_cmp(&one, &l->words[at - 1]) < 0) at--;
    if (at == l->max || (at > 0 && near_word_cmp(&one, &l->words[at - 1]) == 0)) return;
    one.word = arena_copy(l->arena, word);
    if (l->count < l->max) l->count++;
    for (unsigned i = l->count - 1; i > at; i--) l->words[i] = l->words[i - 1];
    l->words[at] = one;
}

// Calls `add` for what stands under one form; *reads counts down.
struct visit { void (*add)(void *arg, struct slice whole); void *arg; unsigned reads; };

static enum err visit_form(struct db_cursor *c, char form, struct slice letters, struct visit *visit) {
    char bytes[LIMIT_KEY_BYTES];
    struct slice key, value;
    if (letters.n + 2 > sizeof bytes) return ERR_OK;
    bytes[0] = form;
    memcpy(bytes + 1, letters.p, letters.n);
    bytes[1 + letters.n] = 0;
    struct slice start = slice_of(bytes, letters.n + 2);
    enum err err = db_cursor_seek(c, start, &key, &value);
    for (; err == ERR_OK && visit->reads > 0 && slice_starts(key, start); visit->reads--) {
        visit->add(visit->arg, slice_from(key, start.n));
        err = db_cursor_next(c, &key, &value);
    }
    return err == ERR_END ? ERR_OK : err;
}

struct word_search { struct letters letters; unsigned edits; struct near_list *list; };

static void word_consider(void *arg, struct slice whole) {
    struct word_search *s = arg;
    struct letters l;
    if (whole.n > s->letters.count + s->edits || whole.n + s->edits < s->letters.count) return; // a letter is a byte here
    letters_of(whole, &l);
    unsigned edits = letters_distance(&s->letters, &l, s->edits);
    if (edits <= s->edits) list_add(s->list, whole, edits);
}

enum err lexicon_near_words(struct view *v, struct slice word, unsigned max_edits, struct near_word *out, unsigned max, unsigned *count) {
    struct near_list list = {.words = out, .max = max, .arena = v->arena};
    struct word_search search = {.list = &list};
    struct deletions d;
    *count = 0;
    if (!latin_word(word) || max == 0) return ERR_OK;
    letters_of(word, &search.letters);
    search.edits = letters_edits(word.n) < max_edits ? letters_edits(word.n) : max_edits;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_LEXICON_SPELL);
    if (c == NULL) return ERR_NO_MEMORY;
    struct visit visit = {word_consider, &search, READS_MAX};
    enum err err = ERR_OK;
    deletions_of(word, &search.letters, search.edits, &d);
    for (unsigned i = 0; err == ERR_OK && i < d.count; i++) err = visit_form(c, FORM_LATIN, deletion(&d, i), &visit);
    db_cursor_end(c);
    *count = list.count;
    return err;
}

// ---- phrases ----------------------------------------------------------------------------------------------------------------
struct phrase_list { struct view *view; struct lexicon_near *out; unsigned count, max; };

static int near_cmp(const struct lexicon_near *a, const struct lexicon_near *b) {
    if (a->edits != b->edits) return (int)a->edits - (int)b->edits;
    if (a->sound != b->sound) return a->sound ? -1 : 1;
    if (a->entry.weight != b->entry.weight) return a->entry.weight > b->entry.weight ? -1 : 1;
    if (a->entry.kind != b->entry.kind) return (int)a->entry.kind - (int)b->entry.kind;
    return (a->entry.id > b->entry.id) - (a->entry.id < b->entry.id);
}

// Keeps the best `max`, of one thing the nearest phrase.
static void phrase_add(struct phrase_list *l, const struct lexicon_near *one) {
    unsigned at = l->count;
    for (unsigned i = 0; i < l->count; i++) {
        bool same = l->out[i].entry.kind == one->entry.kind && l->out[i].entry.id == one->entry.id;
        if (same && near_cmp(&l->out[i], one) <= 0) return;
        if (!same) continue;
        memmove(l->out + i, l->out + i + 1, (l->count - i - 1) * sizeof *l->out);
        at = --l->count;
        break;
    }
    while (at > 0 && near_cmp(one, &l->out[at - 1]) < 0) at--;
    if (at == l->max) return;
    if (l->count < l->max) l->count++;
    memmove(l->out + at + 1, l->out + at, (l->count - 1 - at) * sizeof *l->out);
    l->out[at] = *one;
}

static enum err phrase_entries(struct phrase_list *l, struct slice phrase, unsigned edits, bool *longer) {
    struct lexicon_entry found[MEANINGS_MAX];
    unsigned count;
    TRY(lexicon_lookup(l->view, phrase, found, MEANINGS_MAX, &count, longer));
    if (edits == 0 || count == 0) return ERR_OK;
    struct slice kept = arena_copy(l->view->arena, phrase);
    if (kept.p == NULL) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++)
        if (found[i].kind != LEXICON_FILLER && found[i].weight > LEXICON_SOUND)
            phrase_add(l, &(struct lexicon_near){found[i], kept, (uint8_t)edits, false});
    return ERR_OK;
}

struct han_search { const struct han *han; struct slice phrase; struct slice found[MEANINGS_MAX]; unsigned count; struct arena *arena; };

static void han_consider(void *arg, struct slice whole) {
    struct han_search *s = arg;
    struct han other;
    if (s->count == MEANINGS_MAX || slice_eq(whole, s->phrase) || !han_split(whole, &other) || !han_near(s->han, &other)) return;
    for (unsigned i = 0; i < s->count; i++)
        if (slice_eq(s->found[i], whole)) return;
    s->found[s->count++] = arena_copy(s->arena, whole);
}

static enum err han_by_character(struct phrase_list *l, struct slice folded, const struct han *h) {
    struct han_search search = {.han = h, .phrase = folded, .arena = l->view->arena};
    struct visit visit = {han_consider, &search, READS_MAX};
    char bytes[HAN_BYTES_MAX];
    struct db_cursor *c = db_cursor_begin(l->view->snapshot, TABLE_LEXICON_SPELL);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = visit_form(c, FORM_HAN, folded, &visit);
    for (unsigned i = 0; err == ERR_OK && i < h->count; i++) err = visit_form(c, FORM_HAN, han_without(h, folded, i, bytes), &visit);
    db_cursor_end(c);
    for (unsigned i = 0; err == ERR_OK && i < search.count; i++) {
        bool longer;
        err = phrase_entries(l, search.found[i], 1, &longer);
    }
    return err;
}

static enum err han_by_sound(struct phrase_list *l, struct slice folded, const struct han *h) {
    struct lexicon_sound sounds[2 * MEANINGS_MAX];
    struct slice full, initials;
    unsigned count;
    bool longer;
    TRY(text_pinyin(l->view->arena, folded, &full, &initials));
    TRY(lexicon_sounds(l->view, full, sounds, 2 * MEANINGS_MAX, &count, &longer));
    for (unsigned i = 0; i < count && !sounds[i].initials; i++) {
        struct han other;
        if (slice_eq(sounds[i].phrase, folded) || !han_split(sounds[i].phrase, &other) || other.count != h->count) continue;
        struct slice kept = arena_copy(l->view->arena, sounds[i].phrase);
        phrase_add(l, &(struct lexicon_near){sounds[i].entry, kept, 1, true});
    }
    return ERR_OK;
}

// The phrase's words, each with what it may stand for.
struct choice { struct near_word words[NEAR_CHOICES_MAX]; unsigned count; };
struct combination {
    struct phrase_list *list;
    struct near_memo *memo;    // NULL: none
    struct choice choices[NEAR_WORDS_MAX];
    unsigned words, max_edits, lookups;
    char text[NEAR_WORDS_MAX * (WORD_MAX + 1)];
};

// The words near one word, remembered.
static enum err words_near(struct view *v, struct near_memo *memo, struct slice word, unsigned max_edits, struct choice *out) {
    for (unsigned i = 0; memo && i < NEAR_MEMO_WORDS; i++) {
        if (memo->kept[i].max_edits != max_edits || !slice_eq(memo->kept[i].word, word)) continue;
        out->count = memo->kept[i].count;
        memcpy(out->words, memo->kept[i].words, sizeof out->words);
        return ERR_OK;
    }
    TRY(lexicon_near_words(v, word, max_edits, out->words, NEAR_CHOICES_MAX, &out->count));
    if (!memo) return ERR_OK;
    unsigned at = memo->next++ % NEAR_MEMO_WORDS;
    memo->kept[at].word = word;
    memo->kept[at].max_edits = max_edits;
    memo->kept[at].count = out->count;
    memcpy(memo->kept[at].words, out->words, out->count * sizeof *out->words);
    return ERR_OK;
}

static enum err choices_make(struct view *v, struct slice folded, struct combination *c) {
    while (folded.n > 0) {
        struct slice word = word_cut(&folded);
        if (word.n == 0) continue;
        if (c->words == NEAR_WORDS_MAX || word.n > WORD_MAX) {
            c->words = 0;
            return ERR_OK;
        }
        struct choice *choice = &c->choices[c->words++];
        TRY(words_near(v, c->memo, word, c->max_edits, choice));
        if (choice->count > 0 && choice->words[0].edits == 0) continue;
        if (choice->count == NEAR_CHOICES_MAX) choice->count--; // as it stands a word is always worth a try: "q5"
        memmove(choice->words + 1, choice->words, choice->count * sizeof *choice->words);
        choice->words[0] = (struct near_word){word, 0};
        choice->count++;
    }
    return ERR_OK;
}

// Goes on only where some phrase begins with the words chosen so far. Depth: NEAR_WORDS_MAX.
static enum err combine(struct combination *c, unsigned word, size_t n, unsigned edits) {
    const struct choice *choice = &c->choices[word];
    for (unsigned i = 0; i < choice->count && c->lookups > 0; i++) {
        unsigned now = edits + choice->words[i].edits;
        size_t end = n;
        bool longer, last = word + 1 >= c->words || word + 1 == NEAR_WORDS_MAX;
        if (now > c->max_edits) break; // the rest are no nearer
        if (word > 0) c->text[end++] = ' ';
        memcpy(c->text + end, choice->words[i].word.p, choice->words[i].word.n);
        end += choice->words[i].word.n;
        c->lookups--;
        TRY(phrase_entries(c->list, slice_of(c->text, end), last ? now : 0, &longer));
        if (!last && longer) TRY(combine(c, word + 1, end, now));
    }
    return ERR_OK;
}

enum err lexicon_near(struct view *v, struct slice folded, unsigned max_edits, struct lexicon_near *out, unsigned max, unsigned *count) {
    return lexicon_near_again(v, NULL, folded, max_edits, out, max, count);
}

enum err lexicon_near_again(struct view *v, struct near_memo *memo, struct slice folded, unsigned max_edits, struct lexicon_near *out, unsigned max,
                            unsigned *count) {
    struct phrase_list list = {.view = v, .out = out, .max = max};
    struct han h;
    *count = 0;
    if (max == 0 || max_edits == 0 || folded.n == 0) return ERR_OK;
    if (han_split(folded, &h)) {
        if (h.count > 1) TRY(han_by_sound(&list, folded, &h));
        if (h.count >= HAN_MIN) TRY(han_by_character(&list, folded, &h));
    } else if (folded.n <= NEAR_WORDS_MAX * (WORD_MAX + 1)) {
        struct combination c = {.list = &list, .memo = memo, .max_edits = max_edits < NEAR_EDITS_MAX ? max_edits : NEAR_EDITS_MAX, .lookups = LOOKUPS_MAX};
        TRY(choices_make(v, folded, &c));
        if (c.words > 0) TRY(combine(&c, 0, 0, 0));
    }
    *count = list.count;
    return ERR_OK;
}
