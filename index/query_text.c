// query_text.c: a folded query as it is read: words apart, signs between them gone, years in digits (query_sense.h).
#include <ctype.h>

#include "base/buf.h"
#include "query_sense.h"
#include "text.h"

// A word as people type it: up to a blank or a Han character, "8e0-121/2".
struct slice sense_typed_word(struct slice rest) {
    size_t n = 0;
    while (n < rest.n && rest.p[n] != ' ' && ((uint8_t)rest.p[n] < 0x80) == ((uint8_t)rest.p[0] < 0x80)) n++;
    return slice_of(rest.p, n);
}

// Chinese numerals of a year, "二零一八": four of them before 款 or 年 become digits.
static size_t year_in_han(struct slice s, size_t at, char digits[4]) {
    static const char *const numerals[] = {"零〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    size_t i = at;
    for (unsigned n = 0; n < 4; n++, i += 3) {
        if (i + 3 > s.n) return 0;
        unsigned value = 0;
        while (value < 10 && !memmem(numerals[value], strlen(numerals[value]), s.p + i, 3)) value++;
        if (value == 10) return 0;
        digits[n] = (char)('0' + value);
    }
    struct slice after = slice_from(s, i);
    return slice_starts(after, SLICE("款")) || slice_starts(after, SLICE("年")) ? i - at : 0;
}

// Where the run of digits, or of letters, around this byte begins and ends.
static void run_of(struct slice s, size_t at, size_t *from, size_t *to) {
    bool digits = isdigit((unsigned char)s.p[at]);
    *from = *to = at;
    while (*from > 0 && isalnum((unsigned char)s.p[*from - 1]) && !isdigit((unsigned char)s.p[*from - 1]) == !digits) --*from;
    while (*to < s.n && isalnum((unsigned char)s.p[*to]) && !isdigit((unsigned char)s.p[*to]) == !digits) ++*to;
}

// "2018golf", "golf2018": letters and digits meet here, and all there is on both sides is a year and a name of three letters or more.
static bool year_touches(struct slice s, size_t at) {
    size_t from, left_end, right, to;
    run_of(s, at - 1, &from, &left_end);
    run_of(s, at, &right, &to);
    bool digits_first = isdigit((unsigned char)s.p[from]);
    const char *year = s.p + (digits_first ? from : at);
    if ((from > 0 && isalnum((unsigned char)s.p[from - 1])) || (to < s.n && isalnum((unsigned char)s.p[to]))) return false;
    if ((digits_first ? at - from : to - at) != 4 || to - from < 7) return false;
    return memcmp(year, "19", 2) == 0 || memcmp(year, "20", 2) == 0;
}

// Whether the letters that touch the year are a name: "golf2018" has a year, the number "smpsc1952" has none.
static enum err name_touched(struct view *v, struct slice s, size_t at, bool *out) {
    struct lexicon_entry found;
    unsigned count;
    size_t from = at, to = at;
    bool longer;
    if (isdigit((unsigned char)s.p[at])) while (from > 0 && isalnum((unsigned char)s.p[from - 1])) from--;
    else while (to < s.n && isalnum((unsigned char)s.p[to])) to++;
    TRY(lexicon_lookup(v, slice_of(s.p + from, to - from), &found, 1, &count, &longer));
    *out = count > 0;
    return ERR_OK;
}

// Text as it is read, with where each byte of it comes from.
struct reading_text { struct buf text; struct text_origin *origin; };

static void read_char(struct reading_text *r, char c, struct text_origin from) {
    r->origin[r->text.n] = from;
    buf_char(&r->text, c);
}

// Punctuation between words is none to us (full-width signs have been folded to these); years are set apart and written in digits.
enum err sense_read(struct view *v, struct slice query, struct understood *out) {
    struct arena *a = v->arena;
    static const char signs[] = "+,;:!?()[]{}<>|\"=~`^$@";
    struct slice folded;
    struct text_origin *origin;
    TRY(text_fold_mapped(a, query, &folded, &origin));
    struct reading_text r = {.origin = arena_alloc(a, (folded.n * 2 + 1) * sizeof *origin)};
    buf_init(&r.text, a, folded.n * 2 + 1);
    if (!r.origin || r.text.bad) return ERR_NO_MEMORY;
    for (size_t i = 0; i < folded.n; i++) {
        char digits[4];
        size_t han = (uint8_t)folded.p[i] >= 0xE0 ? year_in_han(folded, i, digits) : 0;
        if (han) {
            for (unsigned n = 0; n < sizeof digits; n++) read_char(&r, digits[n], origin[i + n * (han / sizeof digits)]);
            i += han - 1;
            continue;
        }
        bool apart = i && isalnum((unsigned char)folded.p[i - 1]) && isalnum((unsigned char)folded.p[i]) &&
                     !isdigit((unsigned char)folded.p[i - 1]) != !isdigit((unsigned char)folded.p[i]) && year_touches(folded, i);
        if (apart) TRY(name_touched(v, folded, i, &apart));
        bool inches = folded.p[i] == '"' && i && isdigit((unsigned char)folded.p[i - 1]);
        char c = folded.p[i] && strchr(signs, folded.p[i]) && !inches ? ' ' : folded.p[i];
        if (apart) read_char(&r, ' ', origin[i]);
        if (c != ' ' || (r.text.n && r.text.p[r.text.n - 1] != ' ')) read_char(&r, c, origin[i]);
    }
    while (r.text.n && r.text.p[r.text.n - 1] == ' ') r.text.n--;
    out->folded = buf_slice(&r.text);
    out->origin = r.origin;
    return ERR_OK;
}
