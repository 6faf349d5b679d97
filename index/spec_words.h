// spec_words.h: a specification's text as upper case words. Private to spec*.c.
#ifndef RF_INDEX_SPEC_WORDS_H
#define RF_INDEX_SPEC_WORDS_H

#include <stdio.h>

#include "spec.h"

#define SPEC_WORDS_MAX 48
struct spec_words {
    char text[SPEC_TEXT_MAX + 1]; // upper case ASCII, full-width folded; other bytes as they are
    unsigned count;
    struct slice word[SPEC_WORDS_MAX];
};
// Cut at white space and any of `cuts`. False: too long, too many, or empty.
bool spec_words(struct slice text, const char *cuts, struct spec_words *out);
// A decimal at the start of *rest, which moves on. False: none.
bool spec_number(struct slice *rest, double *out);
// The reason in both languages, of the same arguments; with terms of art for arguments, one or two of them (strings).
struct spec_result spec_say(enum spec_answer answer, const char *en, const char *zh, ...) __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
struct spec_term { const char *en, *zh; };
struct spec_result spec_say_terms(enum spec_answer answer, const char *en, const char *zh, struct spec_term a, struct spec_term b);
static inline struct spec_result spec_unread(struct slice text) {
    return spec_say(SPEC_MAYBE, "'%.*s' cannot be read", "无法识别“%.*s”", text.n < 40 ? (int)text.n : 40, text.p);
}

struct spec_result spec_tyre_compare(struct slice product, struct slice car);
bool spec_tyre_same(struct slice a, struct slice b);
struct spec_result spec_wheel_compare(enum spec_kind kind, struct slice product, struct slice car);
struct spec_result spec_oil_compare(struct slice product, struct slice car);
struct spec_result spec_fluid_compare(enum spec_kind kind, struct slice product, struct slice car);
struct spec_result spec_part_compare(enum spec_kind kind, struct slice product, struct slice car);

#endif
