#include "notes.h"

#include <ctype.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "input.h"

struct notes {
    struct arena arena;
    struct slice *lines; // squeezed; a last '*' marks a prefix
    size_t count, capacity;
};

// Lower case, runs of white space as one blank, no full stop at the end.
static struct slice squeeze(struct slice text, char *out, size_t size) {
    size_t n = 0;
    text = slice_trim(text);
    for (size_t i = 0; i < text.n && n < size; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (isspace(c) && n && out[n - 1] == ' ') continue;
        out[n++] = isspace(c) ? ' ' : (char)tolower(c);
    }
    if (n && out[n - 1] == '.') n--;
    return slice_of(out, n);
}

static enum err notes_add(struct notes *n, struct slice text) {
    char squeezed[LIMIT_TEXT_BYTES];
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? n->capacity * 2 : 64;
        struct slice *lines = realloc(n->lines, capacity * sizeof *lines);
        if (!lines) return ERR_NO_MEMORY;
        n->lines = lines;
        n->capacity = capacity;
    }
    n->lines[n->count++] = arena_copy(&n->arena, squeeze(text, squeezed, sizeof squeezed));
    return n->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

static enum err notes_read(struct notes *n, const char *path, struct fault *why) {
    struct input *in;
    struct slice line;
    uint64_t number;
    if (input_open(path, &in, NULL) != ERR_OK) return ERR_OK;
    enum err err;
    while ((err = input_line(in, &line, &number, why)) == ERR_OK) {
        line = slice_trim(line);
        if (line.n && line.p[0] != '#' && (err = notes_add(n, line)) != ERR_OK) break;
    }
    input_close(in);
    return err == ERR_END ? ERR_OK : err;
}

enum err notes_open(const char *path, struct notes **out, struct fault *why) {
    struct notes *n = calloc(1, sizeof *n);
    if (!n) return ERR_NO_MEMORY;
    arena_init(&n->arena, 16 * 1024, 64u << 20);
    enum err err = path ? notes_read(n, path, why) : ERR_OK;
    if (err == ERR_OK) *out = n;
    else notes_close(n);
    return err;
}

void notes_close(struct notes *n) {
    if (!n) return;
    arena_destroy(&n->arena);
    free(n->lines);
    free(n);
}

bool notes_informational(const struct notes *n, struct slice text) {
    char buffer[LIMIT_TEXT_BYTES];
    struct slice wanted = squeeze(text, buffer, sizeof buffer);
    for (size_t i = 0; n && i < n->count; i++) {
        struct slice line = n->lines[i];
        bool prefix = line.n && line.p[line.n - 1] == '*';
        if (prefix ? slice_starts(wanted, slice_of(line.p, line.n - 1)) : slice_eq(wanted, line)) return true;
    }
    return false;
}

// ---- reading a text word by word ------------------------------------------------------------------------------------------
static bool word_take(struct slice *rest, const char *word) {
    struct slice w = slice_str(word);
    if (!slice_starts(*rest, w)) return false;
    if (rest->n > w.n && isalnum((unsigned char)rest->p[w.n]) && isalnum((unsigned char)word[w.n - 1])) return false;
    *rest = slice_trim(slice_from(*rest, w.n));
    return true;
}

static bool word_take_any(struct slice *rest, const char *const *words) {
    for (; *words; words++)
        if (word_take(rest, *words)) return true;
    return false;
}

static struct slice token_take(struct slice *rest) {
    size_t n = 0;
    while (n < rest->n && !isspace((unsigned char)rest->p[n]) && rest->p[n] != ',' && rest->p[n] != ';') n++;
    struct slice token = slice_of(rest->p, n);
    *rest = slice_trim(slice_from(*rest, n));
    return token;
}

// "2017-05", "2017-05-31", "05/2017", "5.2017", "2017/05" -> "2017-05"; false for anything else.
static bool date_take(struct arena *a, struct slice *rest, struct slice *out) {
    struct slice left = *rest, token = token_take(&left), part = token;
    uint64_t numbers[3] = {0};
    unsigned n = 0;
    char separator = 0;
    for (size_t i = 0; i < token.n && !separator; i++)
        if (strchr("-/.", token.p[i])) separator = token.p[i];
    if (!separator) return false;
    while (part.p && n < 3)
        if (!slice_u64(slice_cut(&part, separator), &numbers[n++])) return false;
    if (part.p || n < 2) return false;
    uint64_t year = numbers[0], month = numbers[1], day = numbers[2];
    if (n == 2 && year <= 12) year = numbers[1], month = numbers[0];
    if (year < LIMIT_YEAR_MIN || year > LIMIT_YEAR_MAX || month < 1 || month > 12 || (n == 3 && (day < 1 || day > 31))) return false;
    *out = n == 3 ? arena_printf(a, "%04u-%02u-%02u", (unsigned)year, (unsigned)month, (unsigned)day)
                  : arena_printf(a, "%04u-%02u", (unsigned)year, (unsigned)month);
    *rest = left;
    return true;
}

static bool chassis_take(struct arena *a, struct slice *rest, struct slice *out) {
    struct slice left = *rest, token = token_take(&left);
    bool digit = false;
    for (size_t i = 0; i < token.n; i++) digit |= isdigit((unsigned char)token.p[i]) != 0;
    if (!digit || token.n < 4) return false;
    char *upper = arena_alloc(a, token.n);
    if (!upper) return false;
    for (size_t i = 0; i < token.n; i++) upper[i] = (char)toupper((unsigned char)token.p[i]);
    *out = slice_of(upper, token.n);
    *rest = left;
    return true;
}

// ---- the four kinds -------------------------------------------------------------------------------------------------------
static const char *const FROM_WORDS[] = {"from", "after", "since", "starting", ">=", NULL};
static const char *const TO_WORDS[] = {"up to", "to", "until", "till", "thru", "through", "before", "<=", "-", NULL};
static const char *const DATE_WORDS[] = {"production date", "prod. date", "build date", "built", "manufactured", "production",
                                         "build", "date", NULL};
static const char *const CHASSIS_WORDS[] = {"chassis number", "chassis no.", "chassis no", "chassis", "vin number", "vin no.", "vin",
                                            NULL};
static const char *const OPTION_WORDS[] = {"pr number", "pr no.", "pr-no.", "pr code", "pr", "option code", "rpo code", "rpo", "sales code",
                                           "option", NULL};
static const char *const LEFT_WORDS[] = {"lhd", "left-hand drive", "left hand drive", "for left-hand drive", "left hand drive vehicles",
                                         "for left-hand drive vehicles", NULL};
static const char *const RIGHT_WORDS[] = {"rhd", "right-hand drive", "right hand drive", "for right-hand drive",
                                          "right hand drive vehicles", "for right-hand drive vehicles", NULL};

static void colon_take(struct slice *rest) {
    while (rest->n && (rest->p[0] == ':' || rest->p[0] == '#')) *rest = slice_trim(slice_from(*rest, 1));
}

// [subject] [from] [subject] VALUE [to [subject] VALUE], or "VALUE -" for an open end; all of the text or nothing.
typedef bool value_fn(struct arena *a, struct slice *rest, struct slice *out);
static bool range_parse(struct arena *a, struct slice text, const char *const *subject, value_fn *value, struct condition_doc *c) {
    c->from = c->to = SLICE_NONE;
    bool named = word_take_any(&text, subject);
    colon_take(&text);
    bool to_only = word_take_any(&text, TO_WORDS), from = !to_only && word_take_any(&text, FROM_WORDS);
    named |= word_take_any(&text, subject);
    colon_take(&text);
    struct slice first;
    if (!value(a, &text, &first)) return false;
    c->from = to_only ? SLICE_NONE : first;
    c->to = to_only ? first : SLICE_NONE;
    if (text.n == 0) return named ? to_only || from : (to_only || from) && value != chassis_take;
    if (to_only || !word_take_any(&text, TO_WORDS)) return false;
    if (text.n == 0) return named || from;
    named |= word_take_any(&text, subject);
    colon_take(&text);
    return (named || value != chassis_take) && value(a, &text, &c->to) && text.n == 0;
}

static bool option_parse(struct arena *a, struct slice text, struct condition_doc *c) {
    c->from = c->to = SLICE_NONE;
    if (!word_take_any(&text, OPTION_WORDS)) return false;
    colon_take(&text);
    struct slice code = token_take(&text);
    if (code.n < 2 || code.n > 8 || text.n) return false;
    char *upper = arena_alloc(a, code.n);
    if (!upper) return false;
    for (size_t i = 0; i < code.n; i++) {
        if (!isalnum((unsigned char)code.p[i])) return false;
        upper[i] = (char)toupper((unsigned char)code.p[i]);
    }
    c->from = slice_of(upper, code.n);
    return true;
}

static bool is_one_of(struct slice text, const char *const *words) {
    for (; *words; words++)
        if (slice_is(text, *words)) return true;
    return false;
}

struct condition_doc notes_condition(struct arena *a, struct slice text) {
    char *buffer = arena_alloc(a, LIMIT_TEXT_BYTES);
    struct condition_doc c = {.text = text};
    struct slice low = buffer ? squeeze(text, buffer, LIMIT_TEXT_BYTES) : SLICE_NONE;
    c.type = CONDITION_PRODUCTION_DATE;
    if (range_parse(a, low, DATE_WORDS, date_take, &c)) return c;
    c.type = CONDITION_CHASSIS;
    if (range_parse(a, low, CHASSIS_WORDS, chassis_take, &c)) return c;
    c.type = CONDITION_OPTION;
    if (option_parse(a, low, &c)) return c;
    c.type = CONDITION_STEERING;
    c.from = is_one_of(low, LEFT_WORDS) ? SLICE("left") : is_one_of(low, RIGHT_WORDS) ? SLICE("right") : SLICE_NONE;
    if (c.from.n) return c;
    return (struct condition_doc){.type = CONDITION_TEXT, .text = text};
}
