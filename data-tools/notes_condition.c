#include <ctype.h>

#include "index/base/limits.h"
#include "notes.h"

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

static void words_skip(struct slice *rest, const char *const *words) {
    while (word_take_any(rest, words)) {}
}

static bool word_drop_end(struct slice *text, const char *word) {
    struct slice w = slice_str(word);
    if (!slice_ends(*text, w)) return false;
    if (text->n > w.n && isalnum((unsigned char)text->p[text->n - w.n - 1]) && isalnum((unsigned char)word[0])) return false;
    *text = slice_trim(slice_of(text->p, text->n - w.n));
    return true;
}

static void words_drop_end(struct slice *text, const char *const *words) {
    for (const char *const *w = words; *w;) w = word_drop_end(text, *w) ? words : w + 1;
}

// A number of at most four digits that is not cut out of a longer one.
static bool number_take(struct slice *rest, unsigned *out, unsigned *digits) {
    unsigned n = 0, value = 0;
    for (; n < rest->n && isdigit((unsigned char)rest->p[n]); n++) {
        if (n == 4) return false;
        value = value * 10 + (unsigned)(rest->p[n] - '0');
    }
    *rest = slice_from(*rest, n);
    *out = value;
    *digits = n;
    return n > 0;
}

static bool char_take(struct slice *rest, char c) {
    if (!rest->n || rest->p[0] != c) return false;
    *rest = slice_from(*rest, 1);
    return true;
}

// ---- dates ------------------------------------------------------------------------------------------------------------------
struct date { unsigned year, month, day; }; // day 0: the month alone

static bool date_make(struct arena *a, struct date d, struct slice *out) {
    static const unsigned DAYS[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d.year < LIMIT_YEAR_MIN || d.year > LIMIT_YEAR_MAX || d.month < 1 || d.month > 12 || d.day > DAYS[d.month - 1]) return false;
    *out = d.day ? arena_printf(a, "%04u-%02u-%02u", d.year, d.month, d.day) : arena_printf(a, "%04u-%02u", d.year, d.month);
    return out->n > 0;
}

// 05/31/2017 and 31/05/2017 say which is the month, 05/06/2017 does not; with points the day comes first.
static bool day_month(unsigned first, unsigned second, char separator, struct date *d) {
    bool month_first = separator != '.' && second > 12, day_first = separator == '.' || first > 12 || first == second;
    if (!month_first && !day_first) return false;
    d->month = month_first ? first : second;
    d->day = month_first ? second : first;
    return d->day > 0;
}

// "2017-05", "2017-05-31", "05/2017", "5.2017", "2017/05", "31.05.2017"
static bool date_of_numbers(struct slice *rest, struct date *d) {
    unsigned numbers[3] = {0}, digits[3] = {0}, n = 1;
    if (!number_take(rest, &numbers[0], &digits[0]) || !rest->n || !strchr("-/.", rest->p[0])) return false;
    char separator = rest->p[0];
    while (n < 3) {
        struct slice before = *rest;
        if (char_take(rest, separator) && number_take(rest, &numbers[n], &digits[n])) n++;
        else {
            *rest = before;
            break;
        }
    }
    if (n < 2) return false;
    if (digits[0] == 4) {
        if (n == 3 && numbers[2] == 0) return false;
        *d = (struct date){numbers[0], numbers[1], numbers[2]};
        return digits[1] <= 2 && digits[2] <= 2;
    }
    d->year = numbers[n - 1];
    if (digits[n - 1] != 4) return false;
    if (n == 3) return day_month(numbers[0], numbers[1], separator, d);
    d->month = numbers[0];
    d->day = 0;
    return true;
}

// "2015年6月", "2015年06月15日"
static bool date_of_chinese(struct slice *rest, struct date *d) {
    unsigned digits;
    if (!number_take(rest, &d->year, &digits) || digits != 4 || !word_take(rest, "年")) return false;
    if (!number_take(rest, &d->month, &digits)) return false;
    *rest = slice_trim(*rest);
    if (!word_take(rest, "月份") && !word_take(rest, "月")) return false;
    struct slice before = *rest;
    if (number_take(rest, &d->day, &digits) && d->day && (word_take(rest, "日") || word_take(rest, "号"))) return true;
    *rest = before;
    d->day = 0;
    return true;
}

static unsigned month_take(struct slice *rest) {
    static const char *const MONTHS[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                                         "november", "december"};
    size_t n = 0;
    while (n < rest->n && isalpha((unsigned char)rest->p[n])) n++;
    for (unsigned m = 0; m < 12 && n >= 3; m++) {
        bool whole = slice_is(slice_of(rest->p, n), MONTHS[m]), sept = m == 8 && slice_is(slice_of(rest->p, n), "sept");
        if (!whole && !sept && !(n == 3 && memcmp(rest->p, MONTHS[m], 3) == 0)) continue;
        *rest = slice_from(*rest, n);
        while (rest->n && strchr(".,-/ ", rest->p[0])) *rest = slice_from(*rest, 1);
        return m + 1;
    }
    return 0;
}

// "May 2017", "Jun-2015", "June 15, 2015", "15 June 2015"
static bool date_of_names(struct slice *rest, struct date *d) {
    unsigned digits = 0, number = 0;
    d->day = 0;
    if (rest->n && isdigit((unsigned char)rest->p[0])) {
        if (!number_take(rest, &d->day, &digits) || digits > 2 || !d->day) return false;
        while (rest->n && strchr(".- ", rest->p[0])) *rest = slice_from(*rest, 1);
    }
    if ((d->month = month_take(rest)) == 0 || !number_take(rest, &number, &digits)) return false;
    if (digits <= 2 && !d->day && number) { // "June 15, 2015"
        d->day = number;
        while (rest->n && strchr(", ", rest->p[0])) *rest = slice_from(*rest, 1);
        if (!number_take(rest, &number, &digits)) return false;
    }
    d->year = number;
    return digits == 4;
}

static bool date_take(struct arena *a, struct slice *rest, struct slice *out) {
    bool (*const forms[])(struct slice *, struct date *) = {date_of_numbers, date_of_chinese, date_of_names};
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct slice left = *rest;
        struct date d = {0};
        if (!forms[i](&left, &d) || (left.n && isalnum((unsigned char)left.p[0]))) continue;
        if (!date_make(a, d, out)) return false;
        *rest = slice_trim(left);
        return true;
    }
    return false;
}

// ---- numbers of cars, codes of equipment ------------------------------------------------------------------------------------
static bool upper_copy(struct arena *a, struct slice text, struct slice *out) {
    char *upper = arena_alloc(a, text.n);
    if (!upper) return false;
    for (size_t i = 0; i < text.n; i++) upper[i] = (char)toupper((unsigned char)text.p[i]);
    *out = slice_of(upper, text.n);
    return true;
}

// At least four letters and digits, "1K-8-123456"; wildcards and Chinese are no part of it.
static bool chassis_take(struct arena *a, struct slice *rest, struct slice *out) {
    size_t n = 0, digits = 0;
    for (; n < rest->n && (isalnum((unsigned char)rest->p[n]) || rest->p[n] == '-'); n++) digits += isdigit((unsigned char)rest->p[n]) != 0;
    while (n && rest->p[n - 1] == '-') n--; // "123456-" is an open end
    if (!digits || n < 4 || (n < rest->n && strchr("*#?_/", rest->p[n])) || !upper_copy(a, slice_of(rest->p, n), out)) return false;
    *rest = slice_trim(slice_from(*rest, n));
    return true;
}

// ---- the four kinds -------------------------------------------------------------------------------------------------------
// Longer words stand before those they begin with.
static const char *const FROM_WORDS[] = {"from and including", "from", "on or after", "after", "since", "starting with", "starting from", "starting",
                                         "beginning with", "beginning", "as of", ">=", "≥", ">", "从", "自", NULL};
static const char *const TO_WORDS[] = {"up to and including", "up to", "to", "until", "till", "thru", "through", "on or before", "before", "prior to",
                                       "ending with", "ending", "<=", "≤", "<", "->", "→", "-", "–", "—", "~", "～", "至", "到", "截至", "截止到", NULL};
static const char *const ONWARDS[] = {"onwards", "onward", "on", "and up", "& up", "and later", "or later", "and newer", "and after", "->", "→", "-", "及以后",
                                      "及之后", "以后", "之后", "以来", "开始", "起", "后", NULL};
static const char *const BACKWARDS[] = {"and earlier", "or earlier", "and before", "or before", "and older", "及以前", "及之前", "以前", "之前", "为止", "止", "前", NULL};
static const char *const DATE_WORDS[] = {"production date", "production", "prod. date", "prod date", "prod.", "build date", "built", "build", "manufactured",
                                         "manufacture date", "mfg. date", "mfg date", "mfd.", "date", "生产日期", "出厂日期", "制造日期", "生产", "出厂", "制造", NULL};
static const char *const CHASSIS_WORDS[] = {"chassis number", "chassis no.", "chassis no", "chassis", "vin number", "vin range", "vin no.", "vin no", "vin码",
                                            "vin", "frame number", "frame no.", "frame no", "车架号码", "车架号", "底盘号", "车辆识别代号", NULL};
static const char *const CODE_WORDS[] = {"pr number", "pr no.", "pr-no.", "pr code", "pr-", "pr号", "pr码", "pr", "option code", "rpo code", "rpo", "sales code",
                                         "选装代码", "选装码", NULL};
static const char *const OPTION_WORDS[] = {"option", NULL};
static const char *const LEFT_WORDS[] = {"lhd", "left-hand drive", "left hand drive", "left-hand-drive", "左舵", "左驾", "左侧驾驶", NULL};
static const char *const RIGHT_WORDS[] = {"rhd", "right-hand drive", "right hand drive", "right-hand-drive", "右舵", "右驾", "右侧驾驶", NULL};
// Words around a condition that add nothing to it.
static const char *const BEFORE_WORDS[] = {"for vehicles", "for models", "for cars", "vehicles", "models", "for", "only", "仅适用于", "仅限", "仅", "适用于", "(", "（", NULL};
static const char *const BEHIND_WORDS[] = {"only", "vehicles", "vehicle", "models", "model", "cars", "versions", "version", "的车辆", "的车型", "的车", "车辆", "车型",
                                           "车", ".", ",", ";", ")", "）", "。", NULL};
static const char *const WITH_WORDS[] = {"with", "w/", "带", "配", NULL};
static const char *const COLONS[] = {":", "#", "：", "=", NULL};
static const char *const COMMAS[] = {",", ";", "，", "；", "、", NULL};

typedef bool value_fn(struct arena *a, struct slice *rest, struct slice *out);
struct grammar { const char *const *subject; value_fn *value; bool needs_subject; };

static bool in_order(struct slice from, struct slice to) {
    size_t n = from.n < to.n ? from.n : to.n;
    return memcmp(from.p, to.p, n) <= 0;
}

static bool subject_take(const struct grammar *g, struct slice *text) {
    bool taken = word_take_any(text, g->subject);
    words_skip(text, COLONS);
    return taken;
}

// "VALUE onwards", "VALUE and up": nothing but a subject may follow.
static bool onwards_take(const struct grammar *g, struct slice *text, bool *named) {
    struct slice left = *text;
    if (!word_take_any(&left, ONWARDS)) return false;
    *named |= subject_take(g, &left);
    if (left.n) return false;
    *text = left;
    return true;
}

// What follows the first value of a range that has a beginning: its end, if it has one. False: not understood.
static bool end_take(struct arena *a, const struct grammar *g, struct slice *text, bool between, struct condition_doc *c, bool *named) {
    static const char *const SINCE[] = {"起", NULL}, *const UNTIL[] = {"为止", "止", NULL};
    (void)word_take_any(text, SINCE);
    if (between ? !word_take(text, "and") : !word_take_any(text, TO_WORDS)) return !between;
    *named |= subject_take(g, text);
    if (!g->value(a, text, &c->to)) return false;
    (void)word_take_any(text, UNTIL);
    return true;
}

// [subject] [from|to] [subject] VALUE [onwards|and earlier] [to [subject] VALUE] [subject]; all of the text or nothing.
static bool range_parse(struct arena *a, struct slice text, const struct grammar *g, struct condition_doc *c) {
    c->from = c->to = SLICE_NONE;
    bool named = subject_take(g, &text), between = word_take(&text, "between");
    bool to = !between && word_take_any(&text, TO_WORDS), from = !to && (between || word_take_any(&text, FROM_WORDS));
    named |= subject_take(g, &text);
    if (!g->value(a, &text, to ? &c->to : &c->from)) return false;
    if (!from && word_take_any(&text, BACKWARDS)) {
        if (!to) c->to = c->from, c->from = SLICE_NONE;
        to = true;
    }
    if (!to) {
        words_skip(&text, COMMAS);
        if (onwards_take(g, &text, &named)) from = !between;
        else if (!end_take(a, g, &text, between, c, &named)) return false;
    }
    named |= subject_take(g, &text);
    if (text.n || !(from || to || c->to.n) || (g->needs_subject && !named)) return false;
    return !c->from.n || !c->to.n || g->needs_subject || in_order(c->from, c->to);
}

// A word for codes, then one code. Where the word is an everyday one the code has to look like one.
static bool option_parse(struct arena *a, struct slice text, struct condition_doc *c) {
    c->from = c->to = SLICE_NONE;
    words_skip(&text, WITH_WORDS);
    bool code_word = word_take_any(&text, CODE_WORDS);
    if (!code_word && !word_take_any(&text, OPTION_WORDS)) return false;
    words_skip(&text, COLONS);
    bool digit = false;
    for (size_t i = 0; i < text.n; i++) {
        if (!isalnum((unsigned char)text.p[i])) return false;
        digit |= isdigit((unsigned char)text.p[i]) != 0;
    }
    if (text.n < 2 || text.n > 8 || !(digit || (code_word && text.n <= 4))) return false;
    return upper_copy(a, text, &c->from);
}

static bool is_one_of(struct slice text, const char *const *words) {
    for (; *words; words++)
        if (slice_is(text, *words)) return true;
    return false;
}

struct condition_doc notes_condition(struct arena *a, struct slice text) {
    static const struct grammar DATES = {DATE_WORDS, date_take, false}, CHASSIS = {CHASSIS_WORDS, chassis_take, true};
    char buffer[LIMIT_TEXT_BYTES];
    struct condition_doc c = {.text = text};
    struct slice low = notes_squeeze(text, buffer, sizeof buffer);
    words_skip(&low, BEFORE_WORDS);
    words_drop_end(&low, BEHIND_WORDS);
    c.type = CONDITION_PRODUCTION_DATE;
    if (range_parse(a, low, &DATES, &c)) return c;
    c.type = CONDITION_CHASSIS;
    if (range_parse(a, low, &CHASSIS, &c)) return c;
    c.type = CONDITION_OPTION;
    if (option_parse(a, low, &c)) return c;
    c.type = CONDITION_STEERING;
    c.from = is_one_of(low, LEFT_WORDS) ? SLICE("left") : is_one_of(low, RIGHT_WORDS) ? SLICE("right") : SLICE_NONE;
    c.to = SLICE_NONE;
    if (c.from.n) return c;
    return (struct condition_doc){.type = CONDITION_TEXT, .text = text};
}
