#include "text.h"

#include <assert.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "base/buf.h"
#include "text_tables.h"

enum err text_init(void) { return text_tables_build(); }

bool text_valid_utf8(struct slice s) {
    const uint8_t *p = (const uint8_t *)s.p;
    size_t i = 0;
    while (i < s.n) {
        if (p[i] < 0x80) {
            i++;
            continue;
        }
        UChar32 c;
        U8_NEXT(p, i, s.n, c);
        if (c < 0) return false;
    }
    return true;
}

// ---- folding --------------------------------------------------------------------------------------------------------
static void put_blank(struct buf *out) {
    if (out->n > 0 && out->p[out->n - 1] != ' ') buf_char(out, ' ');
}

static void put_folded(struct buf *out, const char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == ' ') put_blank(out);
        else buf_char(out, bytes[i]);
    }
}

static void fold_ascii(struct buf *out, uint8_t c, bool *wordy) {
    if (c >= 'A' && c <= 'Z') c = (uint8_t)(c | 0x20);
    if (c <= ' ' || c == 0x7F) {
        put_blank(out);
        return;
    }
    *wordy |= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    buf_char(out, (char)c);
}

static bool any_wordy(const char *bytes, size_t n) {
    for (size_t i = 0; i < n;) {
        UChar32 c;
        U8_NEXT((const uint8_t *)bytes, i, n, c);
        if (c >= 0 && u_isalnum(c)) return true;
    }
    return false;
}

// One pass over the text. Returns false when a combining character asks for ICU's view of it and what it combines with first
// (`composed` says that this has been done). `wordy`: a letter or a digit came out.
static bool fold_pass(const struct text_tables *t, struct slice s, bool composed, struct buf *out, bool *wordy) {
    const uint8_t *p = (const uint8_t *)s.p;
    size_t i = 0;
    while (i < s.n) {
        if (p[i] < 0x80) {
            fold_ascii(out, p[i++], wordy);
            continue;
        }
        size_t start = i;
        UChar32 c;
        U8_NEXT(p, i, s.n, c);
        if (c < 0) {
            put_blank(out);
            continue;
        }
        uint32_t entry = c < TEXT_TABLE_SIZE ? t->fold[c] : 0;
        if ((entry & TEXT_COMBINES) && !composed) return false;
        const char *folded = t->pool + (entry & ~TEXT_COMBINES);
        *wordy = *wordy || (entry ? any_wordy(folded + 1, (uint8_t)folded[0]) : u_isalnum(c));
        if (entry) put_folded(out, folded + 1, (uint8_t)folded[0]);
        else buf_put(out, s.p + start, i - start);
    }
    return true;
}

// The text in ICU's composed form, as UTF-8 in the arena; for the rare text with combining characters.
static enum err compose(struct arena *a, struct slice s, struct slice *out) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&status);
    int32_t capacity = (int32_t)s.n * 2 + 64, n = 0, length = 0;
    UChar *wide = ARENA_ARRAY(a, UChar, (size_t)capacity), *normal = ARENA_ARRAY(a, UChar, (size_t)capacity * 2);
    char *bytes = arena_alloc(a, (size_t)capacity * 6);
    if (wide == NULL || normal == NULL || bytes == NULL) return ERR_NO_MEMORY;
    u_strFromUTF8WithSub(wide, capacity, &n, s.p, (int32_t)s.n, ' ', NULL, &status);
    n = unorm2_normalize(casefold, wide, n, normal, capacity * 2, &status);
    u_strToUTF8(bytes, capacity * 6, &length, normal, n, &status);
    if (U_FAILURE(status)) return ERR_TOO_LARGE;
    *out = slice_of(bytes, (size_t)length);
    return ERR_OK;
}

// The end of the characters from `at` on that fold together.
static size_t cluster_end(const struct text_tables *t, struct slice s, size_t at) {
    size_t end = at;
    UChar32 c;
    U8_NEXT((const uint8_t *)s.p, end, s.n, c);
    while (end < s.n && (uint8_t)s.p[end] >= 0x80) {
        size_t next = end;
        U8_NEXT((const uint8_t *)s.p, next, s.n, c);
        if (c < 0 || c >= TEXT_TABLE_SIZE || !(t->fold[c] & TEXT_COMBINES)) break;
        end = next;
    }
    return end;
}

static enum err fold_cluster(struct arena *a, const struct text_tables *t, struct slice s, struct buf *out, bool *wordy) {
    size_t before = out->n;
    bool wordy_before = *wordy;
    if (fold_pass(t, s, false, out, wordy)) return ERR_OK;
    out->n = before;
    *wordy = wordy_before;
    TRY(compose(a, s, &s));
    fold_pass(t, s, true, out, wordy);
    return ERR_OK;
}

// Piece by piece, so that a character that combines changes nothing but its own; `from`: the origin of each byte put, or NULL.
static enum err fold_clusters(struct arena *a, const struct text_tables *t, struct slice s, struct buf *out, struct buf *from, bool *wordy) {
    for (size_t at = 0, end; at < s.n; at = end) {
        size_t before = out->n;
        end = cluster_end(t, s, at);
        TRY(fold_cluster(a, t, slice_of(s.p + at, end - at), out, wordy));
        struct text_origin here = {(uint32_t)at, (uint32_t)end};
        for (size_t i = before; from && i < out->n; i++) buf_put(from, &here, sizeof here);
    }
    return ERR_OK;
}

static struct slice fold_end(struct buf *folded, bool wordy) {
    if (folded->n > 0 && folded->p[folded->n - 1] == ' ') folded->n--;
    return wordy ? buf_slice(folded) : SLICE_NONE;
}

enum err text_fold(struct arena *a, struct slice s, struct slice *out) {
    const struct text_tables *t = text_tables();
    assert(t->pool != NULL); // text_init() was called
    *out = SLICE_NONE;
    if (s.n > INT32_MAX / 16) return ERR_TOO_LARGE;
    struct buf folded;
    bool wordy = false;
    buf_init(&folded, a, s.n + 16);
    if (!fold_pass(t, s, false, &folded, &wordy)) {
        buf_clear(&folded);
        wordy = false;
        TRY(fold_clusters(a, t, s, &folded, NULL, &wordy));
    }
    *out = fold_end(&folded, wordy);
    return folded.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err text_fold_mapped(struct arena *a, struct slice s, struct slice *out, struct text_origin **origin) {
    const struct text_tables *t = text_tables();
    struct buf folded, from;
    bool wordy = false;
    assert(t->pool != NULL);
    *out = SLICE_NONE;
    *origin = NULL;
    if (s.n > INT32_MAX / 16) return ERR_TOO_LARGE;
    buf_init(&folded, a, s.n + 16);
    buf_init(&from, a, (s.n + 16) * sizeof **origin);
    TRY(fold_clusters(a, t, s, &folded, &from, &wordy));
    if (folded.bad || from.bad) return ERR_NO_MEMORY;
    *origin = (struct text_origin *)(void *)from.p;
    *out = fold_end(&folded, wordy);
    return ERR_OK;
}

uint32_t text_utf16_units(struct slice s) {
    uint32_t n = 0;
    for (size_t at = 0; at < s.n;) {
        UChar32 c;
        size_t next = at;
        U8_NEXT((const uint8_t *)s.p, next, s.n, c);
        n += c > 0xFFFF ? 2 : 1;
        at = c < 0 ? at + 1 : next;
    }
    return n;
}

enum err text_squeeze(struct arena *a, struct slice folded, struct slice *out) {
    struct buf b;
    buf_init(&b, a, folded.n + 1);
    for (size_t i = 0; i < folded.n;) {
        size_t start = i;
        UChar32 c;
        U8_NEXT((const uint8_t *)folded.p, i, folded.n, c);
        if (c >= 0 && u_isalnum(c)) buf_put(&b, folded.p + start, i - start);
    }
    *out = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- pinyin ---------------------------------------------------------------------------------------------------------
enum err text_pinyin(struct arena *a, struct slice folded, struct slice *full, struct slice *initials) {
    const struct text_tables *t = text_tables_pinyin();
    struct buf syllables, letters;
    bool han = false;
    *full = *initials = SLICE_NONE;
    buf_init(&syllables, a, folded.n * 2 + 16);
    buf_init(&letters, a, folded.n + 1);
    for (size_t i = 0; i < folded.n;) {
        size_t start = i;
        UChar32 c;
        U8_NEXT((const uint8_t *)folded.p, i, folded.n, c);
        uint16_t at = c >= TEXT_HAN_FIRST && c < TEXT_HAN_END ? t->pinyin[c - TEXT_HAN_FIRST] : 0;
        if (at) {
            const char *syllable = t->pinyin_pool + at;
            buf_put(&syllables, syllable, strlen(syllable));
            buf_char(&letters, syllable[0]);
            han = true;
        } else if (c >= 0 && u_isalnum(c)) {
            buf_put(&syllables, folded.p + start, i - start);
            buf_put(&letters, folded.p + start, i - start);
        }
    }
    if (syllables.bad || letters.bad) return ERR_NO_MEMORY;
    if (!han) return ERR_OK;
    *full = buf_slice(&syllables);
    *initials = buf_slice(&letters);
    return ERR_OK;
}

// ---- encodings ------------------------------------------------------------------------------------------------------
enum err text_to_utf8(struct arena *a, struct slice bytes, struct slice *out) {
    if (slice_starts(bytes, SLICE("\xEF\xBB\xBF"))) bytes = slice_from(bytes, 3);
    *out = bytes;
    if (text_valid_utf8(bytes)) return ERR_OK;
    if (bytes.n > INT32_MAX / 4) return ERR_TOO_LARGE;
    int32_t capacity = (int32_t)bytes.n * 2 + 16;
    char *target = arena_alloc(a, (size_t)capacity);
    if (target == NULL) return ERR_NO_MEMORY;
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = ucnv_convert("UTF-8", "gb18030", target, capacity, bytes.p, (int32_t)bytes.n, &status);
    if (U_FAILURE(status)) return ERR_BAD_REQUEST;
    *out = slice_of(target, (size_t)n);
    return ERR_OK;
}

// ---- words ----------------------------------------------------------------------------------------------------------
enum { CLASS_NONE, CLASS_MARK, CLASS_LATIN, CLASS_HAN, CLASS_OTHER }; // CLASS_OTHER + script

static int class_of(UChar32 c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? CLASS_LATIN : CLASS_NONE;
    if (text_is_han(c)) return CLASS_HAN;
    int type = u_charType(c);
    if (type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK) return CLASS_MARK;
    if (!u_isalnum(c)) return CLASS_NONE;
    UErrorCode status = U_ZERO_ERROR;
    UScriptCode script = uscript_getScript(c, &status);
    return script == USCRIPT_LATIN || script == USCRIPT_COMMON ? CLASS_LATIN : CLASS_OTHER + (int)script;
}

struct word_list { struct text_word *words; unsigned count; struct slice text; };

static void add_word(struct word_list *l, size_t at, size_t end, bool han) {
    l->words[l->count++] = (struct text_word){slice_of(l->text.p + at, end - at), (uint16_t)at, han};
}

// A run of Han as overlapping pairs; `run` holds the byte offset after each of its characters seen last.
struct han_run { size_t previous, before; unsigned length; };

static void han_step(struct word_list *l, struct han_run *run, size_t start, size_t end) {
    if (run->length > 0) add_word(l, run->previous, end, true);
    run->previous = start;
    run->before = end;
    run->length++;
}

static void han_finish(struct word_list *l, struct han_run *run) {
    if (run->length == 1) add_word(l, run->previous, run->before, true);
    run->length = 0;
}

enum err text_words(struct arena *a, struct slice folded, struct text_word **out, unsigned *count) {
    *out = NULL;
    *count = 0;
    if (folded.n > UINT16_MAX) return ERR_TOO_LARGE;
    struct word_list list = {ARENA_ARRAY(a, struct text_word, folded.n + 1), 0, folded}; // a word takes a byte at least
    if (list.words == NULL) return ERR_NO_MEMORY;
    struct han_run run = {0, 0, 0};
    int class = CLASS_NONE; // of the word being read
    size_t word_at = 0, i = 0;
    while (i <= folded.n) {
        size_t start = i;
        UChar32 c = 0;
        if (i < folded.n) U8_NEXT((const uint8_t *)folded.p, i, folded.n, c);
        else i++;
        int next = c <= 0 ? CLASS_NONE : class_of(c);
        if (next == CLASS_MARK) continue;
        if (next != class) {
            if (class == CLASS_HAN) han_finish(&list, &run);
            else if (class != CLASS_NONE) add_word(&list, word_at, start, false);
            word_at = start;
            class = next;
        }
        if (class == CLASS_HAN) han_step(&list, &run, start, i);
    }
    *out = list.words;
    *count = list.count;
    return ERR_OK;
}
