#include "vpic_keys.h"

#define ANY VPIC_ANY
const struct vpic_box vpic_any = {{ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY}};

static int character_index(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
}

static bool class_mask(struct slice inside, uint64_t *mask) {
    *mask = 0;
    for (size_t i = 0; i < inside.n; i++) {
        int from = character_index(inside.p[i]), to = from;
        if (i + 2 < inside.n && inside.p[i + 1] == '-') {
            to = character_index(inside.p[i + 2]);
            i += 2;
        }
        if (from < 0 || to < from) return false;
        for (int c = from; c <= to; c++) *mask |= 1ull << c;
    }
    return *mask != 0;
}

// The set at key.p[*at]; moves on behind it.
static bool next_mask(struct slice key, size_t *at, uint64_t *mask) {
    char c = key.p[(*at)++];
    if (c == '*') {
        *mask = VPIC_ANY;
        return true;
    }
    if (c == '#') {
        *mask = (1ull << 10) - 1;
        return true;
    }
    if (c == '[') {
        size_t start = *at;
        while (*at < key.n && key.p[*at] != ']') ++*at;
        if (*at == key.n) return false;
        return class_mask(slice_of(key.p + start, (*at)++ - start), mask);
    }
    int index = character_index(c);
    if (index < 0) return false;
    *mask = 1ull << index;
    return true;
}

bool vpic_key_compile(struct slice key, struct vpic_box *out) {
    unsigned position = 0;
    *out = vpic_any;
    key = slice_trim(key);
    for (size_t at = 0; at < key.n;) {
        if (key.p[at] == '|') {
            position = VPIC_YEAR_POSITION;
            at++;
            continue;
        }
        uint64_t mask;
        if (!next_mask(key, &at, &mask)) return false;
        if (position < VPIC_POSITIONS) out->at[position] = mask;
        position++;
    }
    return true;
}

unsigned vpic_box_literals(const struct vpic_box *b) {
    unsigned count = 0;
    for (unsigned i = 0; i < VPIC_POSITIONS; i++) count += b->at[i] != VPIC_ANY;
    return count;
}

uint64_t vpic_year_mask(unsigned model_year) {
    static const char codes[] = "ABCDEFGHJKLMNPRSTVWXY123456789"; // 1980 and 2010 are A
    return 1ull << character_index(codes[model_year % 30]);
}

bool vpic_box_without(const struct vpic_box *a, const struct vpic_box *b, struct vpic_box *out) {
    unsigned outside = 0, where = 0;
    *out = *a;
    for (unsigned i = 0; i < VPIC_POSITIONS; i++) {
        if ((a->at[i] & ~b->at[i]) == 0) continue;
        outside++;
        where = i;
    }
    if (outside == 0) return false;
    if (outside == 1) out->at[where] &= ~b->at[where];
    return true;
}
