// query_text.c: a folded query as it is read: words apart, signs between them gone, years in digits (query_sense.h).
#include <ctype.h>

#include "base/buf.h"
#include "query_sense.h"

bool sense_has_digit(struct slice word) {
    for (size_t i = 0; i < word.n; i++)
        if (isdigit((unsigned char)word.p[i])) return true;
    return false;
}

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

// Punctuation between words is none to us (full-width signs have been folded to these); years are set apart and written in digits.
enum err sense_read(struct arena *a, struct slice folded, struct slice *out) {
    static const char signs[] = "+,;:!?()[]{}<>|\"=~`^$@";
    struct buf b;
    buf_init(&b, a, folded.n * 2 + 1);
    for (size_t i = 0; i < folded.n; i++) {
        char digits[4];
        size_t han = (uint8_t)folded.p[i] >= 0xE0 ? year_in_han(folded, i, digits) : 0;
        if (han) {
            buf_put(&b, digits, sizeof digits);
            i += han - 1;
            continue;
        }
        bool apart = i && isalnum((unsigned char)folded.p[i - 1]) && isalnum((unsigned char)folded.p[i]) &&
                     !isdigit((unsigned char)folded.p[i - 1]) != !isdigit((unsigned char)folded.p[i]) && year_touches(folded, i);
        char c = folded.p[i] && strchr(signs, folded.p[i]) ? ' ' : folded.p[i];
        if (apart) buf_char(&b, ' ');
        if (c != ' ' || (b.n && b.p[b.n - 1] != ' ')) buf_char(&b, c);
    }
    while (b.n && b.p[b.n - 1] == ' ') b.n--;
    *out = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}
