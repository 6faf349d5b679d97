// text.h: one normal form for words, by ICU: NFKC, case folding, accents off, Traditional to Simplified Chinese.
//
// Not for part numbers (number.h). ICU's tables are flattened once at start (text_tables.h), so that a request costs a
// look-up per character; ASCII takes a short path. After text_init() everything here is read-only and thread-safe.
#ifndef RF_INDEX_TEXT_H
#define RF_INDEX_TEXT_H

#include "base/arena.h"
#include "base/err.h"

enum err text_init(void); // before threads; more calls do nothing. Pinyin goes on loading in the background
bool text_valid_utf8(struct slice s);
// Folded text in the arena: NFKC, case folded, Latin accents removed ("Citroën" -> "citroen"), Simplified, runs of
// white space made one blank, none at the ends; punctuation stays, bytes that are no UTF-8 become a blank. *out is
// empty (n = 0) for text without any letter or digit.
enum err text_fold(struct arena *a, struct slice s, struct slice *out);
// The same text with, for each byte of it, the stretch of `s` it comes from: a character with the marks that combine with it ("e" and its
// accent, syllables from their parts), or the first blank of a run. Ascending; the stretches of two bytes are equal or apart.
struct text_origin { uint32_t from, to; }; // bytes
enum err text_fold_mapped(struct arena *a, struct slice s, struct slice *out, struct text_origin **origin);
// UTF-16 code units of any text; bytes that are no UTF-8 count as one each, as when shown replaced.
uint32_t text_utf16_units(struct slice s);
// Letters and digits of folded text only: "f-150 xlt" -> "f150xlt".
enum err text_squeeze(struct arena *a, struct slice folded, struct slice *out);
// Pinyin of the Han characters, other letters and digits kept: "高尔夫" -> full "gaoerfu", initials "gef"; "途观l" ->
// "tuguanl", "tgl". ü is written v. Input is folded text. A character has one reading here, the one car names use (长 is
// chang). Both are empty when there is no Han character. The first call may wait for the tables.
enum err text_pinyin(struct arena *a, struct slice folded, struct slice *full, struct slice *initials);
// Any encoding a shop's file comes in: UTF-8 (with or without BOM) is returned as it is, GBK/GB18030 is converted.
enum err text_to_utf8(struct arena *a, struct slice bytes, struct slice *out);

// Words of folded text: a run of letters/digits of one script is a word; Han runs come as overlapping pairs of
// characters (a single Han character stands alone). Positions are byte offsets into the folded text, which must be
// shorter than 64 KB (ERR_TOO_LARGE).
struct text_word { struct slice word; uint16_t at; bool han; };
enum err text_words(struct arena *a, struct slice folded, struct text_word **out, unsigned *count);

static inline unsigned text_char_bytes(uint8_t lead) { // length of a UTF-8 sequence from its first byte, valid text
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

#endif
