#include "vin_text.h"

bool vin_read_loose(struct slice text, struct vin_text *out) {
    bool good = true;
    text = slice_trim(text);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < text.n && i < VIN_CHARS; i++) {
        char c = text.p[i];
        out->c[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        good &= vin_code(out->c[i]) >= 0;
    }
    return good && text.n == VIN_CHARS;
}

bool vin_read(struct slice text, struct vin_text *out) {
    bool good = vin_read_loose(text, out);
    for (unsigned i = 0; i < VIN_CHARS && good; i++) good = vin_value(out->c[i]) >= 0;
    return good;
}

// ---- the check digit -------------------------------------------------------------------------------------------------------
int vin_value(char c) {
    static const int8_t letters[26] = {1, 2, 3, 4, 5, 6, 7, 8, -1, 1, 2, 3, 4, 5, -1, 7, -1, 9, 2, 3, 4, 5, 6, 7, 8, 9};
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'Z' ? letters[c - 'A'] : -1;
}

unsigned vin_weight(unsigned position) {
    static const uint8_t weights[VIN_CHARS] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    return weights[position];
}

unsigned vin_sum(const struct vin_text *v) {
    unsigned sum = 0;
    for (unsigned i = 0; i < VIN_CHARS; i++) sum += (unsigned)vin_value(v->c[i]) * vin_weight(i);
    return sum % 11;
}

char vin_check_digit(const struct vin_text *v) { return "0123456789X"[vin_sum(v)]; }
bool vin_check_ok(const struct vin_text *v) { return v->c[VIN_CHECK] == vin_check_digit(v); }

// ---- years -------------------------------------------------------------------------------------------------------------------
unsigned vin_years(const struct vin_text *v, bool by_position_7, unsigned newest, unsigned out[VIN_YEARS_MAX]) {
    static const char codes[] = "ABCDEFGHJKLMNPRSTVWXY123456789"; // 1980 and 2010 are A
    enum { CHINA_FIRST = 1997 };
    const char *at = strchr(codes, v->c[VIN_YEAR]);
    if (!v->c[VIN_YEAR] || !at) return 0;
    unsigned count = 0, older = 1980 + (unsigned)(at - codes), newer = older + 30;
    if (vin_chinese(v) && !by_position_7) {
        unsigned year = newer <= newest ? newer : older;
        const unsigned china[VIN_YEARS_MAX] = {year, year + 1, year - 1};
        for (unsigned i = 0; i < VIN_YEARS_MAX; i++)
            if (china[i] >= CHINA_FIRST && china[i] <= newest) out[count++] = china[i];
        return count;
    }
    bool old_first = by_position_7 && v->c[6] >= '0' && v->c[6] <= '9';
    if (old_first) out[count++] = older;
    if (newer <= newest) out[count++] = newer;
    if (!old_first) out[count++] = older;
    return count;
}

// ---- where -------------------------------------------------------------------------------------------------------------------
const char *vin_region(const struct vin_text *v) {
    char c = v->c[0];
    if (c >= 'A' && c <= 'H') return "africa";
    if (c >= 'J' && c <= 'R') return "asia";
    if (c >= 'S' && c <= 'Z') return "europe";
    if ((c >= '1' && c <= '5') || c == '7') return "north_america";
    if (c == '6') return "oceania";
    return c == '8' || c == '9' ? "south_america" : NULL;
}

bool vin_check_required(const struct vin_text *v) {
    char c = v->c[0];
    return (c >= '1' && c <= '5') || c == '7' || c == 'L';
}

unsigned vin_maker(const struct vin_text *v, char out[6]) {
    memcpy(out, v->c, 3);
    if (v->c[2] != '9') return 3;
    memcpy(out + 3, v->c + VIN_SERIAL, 3);
    return 6;
}

// ---- misreadings ---------------------------------------------------------------------------------------------------------------
static bool paired(const char *pairs, char a, char b) { // "8B 5S": pairs in either order
    for (const char *p = pairs; p[0] && p[1]; p += p[2] ? 3 : 2)
        if ((p[0] == a && p[1] == b) || (p[0] == b && p[1] == a)) return true;
    return false;
}

static bool neighbours(char a, char b) {
    static const char *const rows[] = {"1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"};
    int row_a = -1, row_b = -1, at_a = 0, at_b = 0;
    for (int r = 0; r < 4; r++) {
        const char *p = strchr(rows[r], a), *q = strchr(rows[r], b);
        if (p) row_a = r, at_a = (int)(p - rows[r]);
        if (q) row_b = r, at_b = (int)(q - rows[r]);
    }
    if (row_a < 0 || row_b < 0) return false;
    if (row_a == row_b) return at_a - at_b == 1 || at_b - at_a == 1;
    if (row_a > row_b) return neighbours(b, a);
    return row_b - row_a == 1 && (at_b == at_a || at_b == at_a - 1); // a key touches two of the row below
}

unsigned vin_confusion(char typed, char meant) {
    static const char look[] = "8B 5S 2Z 1I 1L 0O 0Q 0D 6G UV 17 7T 38 EF CG MN VW VY KX PR 9Q DQ DO CO HM HN 49 4A 3B 56 IJ 9G 36 HK WM GQ JL IT 9P IL 69 08 8S YX FP 27 B6 GO";
    static const char sound[] = "MN BP DT BD CE DE BV PT GJ SF AK 59 AH CZ GC CS";
    if (paired(look, typed, meant)) return 0;
    if (paired(sound, typed, meant) || neighbours(typed, meant)) return 1;
    return (typed <= '9') == (meant <= '9') ? 2 : 3;
}
