#include "text_tables.h"

#include <pthread.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/buf.h"

enum { UNITS_MAX = 64 }; // UTF-16 units one character can become

static struct text_tables tables;
static pthread_once_t folding_once = PTHREAD_ONCE_INIT;
static enum err folding_result;
static pthread_t pinyin_thread;
static bool pinyin_threaded;
static pthread_once_t pinyin_once = PTHREAD_ONCE_INIT;

static UTransliterator *transliterator(const char *name) {
    UErrorCode status = U_ZERO_ERROR;
    UChar id[64];
    u_uastrcpy(id, name);
    UTransliterator *t = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    return U_SUCCESS(status) ? t : NULL;
}

// ---- folding --------------------------------------------------------------------------------------------------------
struct folding {
    const UNormalizer2 *casefold, *nfd, *nfc;
    UTransliterator *simplified;
    struct buf pool;
};

static int32_t drop_accents(UChar *text, int32_t n) { // combining marks of Latin; kana and Indic marks stay
    int32_t kept = 0;
    for (int32_t i = 0; i < n; i++)
        if (text[i] < 0x300 || text[i] > 0x36F) text[kept++] = text[i];
    return kept;
}

// The folded form of one character as UTF-16; returns its length.
static int32_t fold_character(const struct folding *f, UChar32 c, UChar *out) {
    UErrorCode status = U_ZERO_ERROR;
    UChar one[4], step[UNITS_MAX];
    int32_t n = 0;
    if (u_isUWhiteSpace(c) || u_iscntrl(c) || c == 0x2122 || c == 0x2120) { // a trade mark sign is not the letters "tm"
        out[0] = ' ';
        return 1;
    }
    U16_APPEND_UNSAFE(one, n, (uint32_t)c);
    n = unorm2_normalize(f->casefold, one, n, out, UNITS_MAX, &status);
    n = unorm2_normalize(f->nfd, out, n, step, UNITS_MAX, &status);
    n = unorm2_normalize(f->nfc, step, drop_accents(step, n), out, UNITS_MAX, &status);
    if (n == 1 && out[0] >= TEXT_HAN_FIRST && out[0] < TEXT_HAN_END) {
        int32_t limit = n;
        utrans_transUChars(f->simplified, out, &n, UNITS_MAX, 0, &limit, &status);
    }
    return U_SUCCESS(status) ? n : 0;
}

static void fold_range(struct folding *f, UChar32 from, UChar32 end) {
    for (UChar32 c = from; c < end; c++) {
        if (!u_isdefined(c) || U_IS_SURROGATE((uint32_t)c)) continue;
        UChar units[UNITS_MAX];
        char bytes[UNITS_MAX * 3];
        uint8_t self[4];
        int32_t n = fold_character(f, c, units), length = 0, self_length = 0;
        UErrorCode status = U_ZERO_ERROR;
        u_strToUTF8(bytes, sizeof bytes, &length, units, n, &status);
        U8_APPEND_UNSAFE(self, self_length, (uint32_t)c);
        bool combines = !unorm2_hasBoundaryBefore(f->casefold, c);
        if (!combines && length == self_length && memcmp(bytes, self, (size_t)length) == 0) continue;
        tables.fold[c] = (uint32_t)f->pool.n | (combines ? TEXT_COMBINES : 0);
        buf_u8(&f->pool, (uint8_t)length);
        buf_put(&f->pool, bytes, (size_t)length);
    }
}

static enum err build_folding(void) {
    UErrorCode status = U_ZERO_ERROR;
    struct folding f = {.casefold = unorm2_getNFKCCasefoldInstance(&status), .nfd = unorm2_getNFDInstance(&status),
                        .nfc = unorm2_getNFCInstance(&status), .simplified = transliterator("Traditional-Simplified")};
    if (U_FAILURE(status) || f.simplified == NULL) return ERR_INTERNAL;
    buf_init(&f.pool, NULL, 128 * 1024);
    buf_u8(&f.pool, 0); // offset 0 means "itself"
    fold_range(&f, 0x80, 0xAC00);
    fold_range(&f, 0xD7B0, 0xE000);   // past the Hangul syllables, which fold to themselves
    fold_range(&f, 0xF900, 0x10000);  // compatibility forms, full width
    fold_range(&f, 0x1D400, 0x1D800); // mathematical letters
    fold_range(&f, 0x1F100, 0x1F300); // enclosed letters
    fold_range(&f, 0x2F800, 0x2FA20); // compatibility ideographs
    utrans_close(f.simplified);
    tables.pool = f.pool.p;
    return f.pool.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- pinyin ---------------------------------------------------------------------------------------------------------
// Readings the trade uses where ICU's most frequent one differs: 长安, 空调, 成都, 乐驰, 拓界.
static const struct { UChar32 c; const char *reading; } trade_readings[] = {
    {0x957F, "chang"}, {0x8C03, "tiao"}, {0x90FD, "du"}, {0x4E50, "le"}, {0x62D3, "tuo"}, {0x85CF, "zang"},
};

// "gāo" -> "gao", "lǜ" -> "lv": ICU writes tones as accents.
static size_t plain_syllable(const UNormalizer2 *nfd, const UChar *text, int32_t n, char *out, size_t size) {
    UErrorCode status = U_ZERO_ERROR;
    UChar step[UNITS_MAX];
    n = unorm2_normalize(nfd, text, n, step, UNITS_MAX, &status);
    size_t length = 0;
    for (int32_t i = 0; U_SUCCESS(status) && i < n && length + 1 < size; i++) {
        if (step[i] >= 'a' && step[i] <= 'z') out[length++] = (char)step[i];
        else if (step[i] == 0x308 && length > 0 && out[length - 1] == 'u') out[length - 1] = 'v';
    }
    out[length] = 0;
    return length;
}

static void add_syllable(struct buf *pool, UChar32 c, const char *syllable, size_t length) {
    if (length == 0 || pool->n + length >= UINT16_MAX) return;
    // Four hundred syllables serve all characters; sharing them keeps offsets in 16 bits.
    for (size_t at = 1; at < pool->n; at += strlen(pool->p + at) + 1)
        if (strcmp(pool->p + at, syllable) == 0) {
            tables.pinyin[c - TEXT_HAN_FIRST] = (uint16_t)at;
            return;
        }
    tables.pinyin[c - TEXT_HAN_FIRST] = (uint16_t)pool->n;
    buf_put(pool, syllable, length + 1);
}

static void *build_pinyin(void *unused) {
    (void)unused;
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
    UTransliterator *latin = transliterator("Han-Latin");
    struct buf pool;
    buf_init(&pool, NULL, 4096);
    buf_u8(&pool, 0);
    for (UChar32 c = TEXT_HAN_FIRST; latin != NULL && c < TEXT_HAN_END; c++) {
        UChar text[UNITS_MAX] = {(UChar)c, 0};
        char syllable[16];
        int32_t n = 1, limit = 1;
        status = U_ZERO_ERROR;
        utrans_transUChars(latin, text, &n, UNITS_MAX, 0, &limit, &status);
        if (U_FAILURE(status) || (n == 1 && text[0] == (UChar)c)) continue;
        add_syllable(&pool, c, syllable, plain_syllable(nfd, text, n, syllable, sizeof syllable));
    }
    for (size_t i = 0; i < sizeof trade_readings / sizeof *trade_readings; i++)
        add_syllable(&pool, trade_readings[i].c, trade_readings[i].reading, strlen(trade_readings[i].reading));
    if (latin != NULL) utrans_close(latin);
    tables.pinyin_pool = pool.p;
    return NULL;
}

static void wait_for_pinyin(void) {
    if (pinyin_threaded) pthread_join(pinyin_thread, NULL);
    else build_pinyin(NULL);
}

// A process that never asked for pinyin ends with its thread all the same.
static void finish_pinyin(void) {
    (void)text_tables_pinyin();
}

static void build_all(void) {
    folding_result = build_folding();
    pinyin_threaded = pthread_create(&pinyin_thread, NULL, build_pinyin, NULL) == 0;
    if (pinyin_threaded) (void)atexit(finish_pinyin);
}

enum err text_tables_build(void) {
    pthread_once(&folding_once, build_all);
    return folding_result;
}

const struct text_tables *text_tables(void) { return &tables; }

const struct text_tables *text_tables_pinyin(void) {
    pthread_once(&pinyin_once, wait_for_pinyin);
    return &tables;
}
