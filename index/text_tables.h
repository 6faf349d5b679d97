// text_tables.h: what ICU knows about single characters, as flat tables. For text.c only.
//
// A character's folded form is a string in a pool; most characters are their own. Characters that combine with the one
// before them (accents, kana marks, Hangul jamo) are flagged: with that one they go through ICU first.
// Building the Han -> pinyin table takes ICU 200 ms, which a start in 100 ms cannot wait for, so a thread does it.
#ifndef RF_INDEX_TEXT_TABLES_H
#define RF_INDEX_TEXT_TABLES_H

#include "base/err.h"
#include "base/slice.h"

enum { TEXT_TABLE_SIZE = 0x30000, TEXT_HAN_FIRST = 0x3400, TEXT_HAN_END = 0xA000 };

struct text_tables {
    uint32_t fold[TEXT_TABLE_SIZE];                       // 0: itself; else TEXT_COMBINES | offset into pool
    uint16_t pinyin[TEXT_HAN_END - TEXT_HAN_FIRST];       // 0: none; else offset into pinyin_pool
    char *pool;                                           // length byte, then the folded bytes
    char *pinyin_pool;                                    // zero-terminated syllables
};
#define TEXT_COMBINES 0x80000000u

static inline bool text_is_han(int32_t c) {
    return (c >= TEXT_HAN_FIRST && c < 0x4DC0) || (c >= 0x4E00 && c < TEXT_HAN_END) || c == 0x3007 ||
           (c >= 0x20000 && c < 0x32400);
}

enum err text_tables_build(void);
const struct text_tables *text_tables(void);        // after text_tables_build
const struct text_tables *text_tables_pinyin(void); // the same, with pinyin: waits for the thread the first time

#endif
