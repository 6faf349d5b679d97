#include "vehicle_suggest.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "text.h"

// Bounds of one query: everything below is a loop of at most this many steps.
enum {
    FOUND_MAX = 256,       // models considered
    FEW = 5,               // models; a beginning that so few have may be a misspelt one of others
    NEAR_MAX = 24,         // texts one typing error away that are looked up
    WORDS_MAX = SUGGEST_WORDS_MAX,
    EXPAND_MAX = LIMIT_HITS_MAX,
};
// A name of a single letter typed in full is more likely the beginning of another.
enum { SCORE_EXACT = 1000, SCORE_MARKET = 200, SCORE_SECOND_LIST = -500, SCORE_OPEN_YEARS = -5, SCORE_GARAGE = 10000,
       PENALTY_BEHIND = 400 };

struct found { uint32_t make, model; int score; bool exact; };
struct search {
    struct view *v;
    uint8_t market;
    const struct suggest_query *query;
    unsigned year; // 0: any
    struct found found[FOUND_MAX];
    unsigned count;
};

// ---- candidates -----------------------------------------------------------------------------------------------------
static void add_found(struct search *s, uint32_t make, uint32_t model, struct suggest_value is, bool exact,
                      int penalty) {
    int score = is.weight - penalty + (exact ? SCORE_EXACT : 0) + (is.markets & s->market ? SCORE_MARKET : 0) +
                (is.flags & SUGGEST_SECOND_LIST ? SCORE_SECOND_LIST : 0);
    for (unsigned i = 0; i < s->count; i++) {
        if (s->found[i].model != model) continue;
        if (score > s->found[i].score) s->found[i].score = score;
        s->found[i].exact |= exact;
        return;
    }
    if (s->count < FOUND_MAX) s->found[s->count++] = (struct found){make, model, score, exact};
}

static bool split_name(struct slice key, struct slice *text, uint32_t *make, uint32_t *model) {
    if (key.n < 9 || (uint8_t)key.p[0] <= SUGGEST_NEAR) return false;
    *text = slice_of(key.p, key.n - 9);
    struct reader r = reader_of(slice_from(key, key.n - 8));
    *make = reader_u32be(&r);
    *model = reader_u32be(&r);
    return true;
}

static bool read_value(struct slice value, struct suggest_value *out) {
    struct reader r = reader_of(value);
    return reader_take(&r, out, sizeof *out);
}

// The list of a short prefix, when there is one.
static bool collect_listed(struct search *s, struct slice prefix, int penalty) {
    char key[SUGGEST_KEY_MAX + 1] = {SUGGEST_LISTED_KEY};
    struct slice list;
    struct suggest_listed one;
    memcpy(key + 1, prefix.p, prefix.n);
    if (db_get(s->v->snapshot, TABLE_VEHICLE_NAME, slice_of(key, prefix.n + 1), &list) != ERR_OK) return false;
    for (struct reader r = reader_of(list); reader_left(&r) >= sizeof one && reader_take(&r, &one, sizeof one);)
        add_found(s, one.make, one.model, one.is, (one.is.flags & SUGGEST_EXACT) && prefix.n > 1, penalty);
    return true;
}

static enum err collect(struct search *s, struct slice prefix, int penalty) {
    struct slice key, value, text;
    struct suggest_value is;
    uint32_t make, model;
    if (prefix.n == 0 || prefix.n > SUGGEST_KEY_MAX || collect_listed(s, prefix, penalty)) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(s->v->snapshot, TABLE_VEHICLE_NAME);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = db_cursor_seek(c, prefix, &key, &value);
    // A prefix without a list has at most SUGGEST_SCAN_MAX names; the bound guards against a table half rebuilt.
    for (unsigned i = 0; err == ERR_OK && i <= SUGGEST_SCAN_MAX && slice_starts(key, prefix); i++) {
        if (split_name(key, &text, &make, &model) && read_value(value, &is))
            add_found(s, make, model, is, text.n == prefix.n && prefix.n > 1, penalty);
        err = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

// ---- one typing error -----------------------------------------------------------------------------------------------
static bool named(const struct search *s) {
    for (unsigned i = 0; i < s->count; i++)
        if (s->found[i].exact) return true;
    return false;
}

static enum err collect_fuzzy(struct search *s, struct slice squeezed) {
    struct suggest_near near[NEAR_MAX];
    unsigned count;
    int behind = s->count > 0 ? PENALTY_BEHIND : 0; // what begins as typed stays first
    TRY(suggest_near(s->v, squeezed, NEAR_MAX, near, &count));
    for (unsigned i = 0; i < count; i++) TRY(collect(s, near[i].text, near[i].penalty + behind));
    return ERR_OK;
}

// ---- the year -------------------------------------------------------------------------------------------------------
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static unsigned year_of_digits(struct slice text, size_t at, size_t n) {
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) value = value * 10 + (unsigned)(text.p[at + i] - '0');
    if (n == 2) value += value < 50 ? 2000 : 1900;
    return (n == 2 || n == 4) && value >= 1950 && value < 2050 ? value : 0;
}

// "18 golf", "2018款高尔夫", "golf 2018", "98年": a run of two or four digits standing alone. Returns the text without it.
// *certain: a suffix says that it is a year.
static bool cut_year(struct arena *a, struct slice folded, unsigned *year, bool *certain, struct slice *rest) {
    for (size_t at = 0; at < folded.n;) {
        size_t end = at;
        while (end < folded.n && is_digit(folded.p[end])) end++;
        bool starts = at == 0 || folded.p[at - 1] == ' ' || (uint8_t)folded.p[at - 1] >= 0x80;
        bool ends = end == folded.n || folded.p[end] == ' ' || (uint8_t)folded.p[end] >= 0x80;
        *year = end > at && starts && ends ? year_of_digits(folded, at, end - at) : 0;
        if (*year != 0) {
            struct slice after = slice_from(folded, end);
            size_t suffix = slice_starts(after, SLICE("年款")) ? 6
                            : slice_starts(after, SLICE("年")) ? 3
                            : slice_starts(after, SLICE("款")) ? 3
                                                               : 0;
            *certain = suffix > 0;
            *rest = arena_printf(a, "%.*s %.*s", (int)at, folded.p, SLICE_ARGS(slice_from(after, suffix)));
            return rest->p != NULL;
        }
        at = end > at ? end : at + 1;
    }
    return false;
}

// ---- words in another order -----------------------------------------------------------------------------------------
static unsigned split_words(struct slice text, struct slice *words) {
    unsigned count = 0;
    while (text.n > 0 && count < WORDS_MAX) {
        struct slice word = slice_cut(&text, ' ');
        if (word.n > 0) words[count++] = word;
    }
    return count;
}

static enum err collect_words(struct search *s, const struct slice *words, unsigned count, unsigned first,
                              int penalty) {
    struct slice prefix;
    struct buf b;
    buf_init(&b, s->v->arena, SUGGEST_KEY_MAX);
    for (unsigned i = 0; i < count; i++) buf_slice_put(&b, words[(first + i) % count]);
    if (b.bad) return ERR_NO_MEMORY;
    TRY(text_squeeze(s->v->arena, buf_slice(&b), &prefix));
    return collect(s, prefix, penalty);
}

// The text as typed; then its words turned ("golf vw"); then homophones; then one typing error.
static enum err collect_text(struct search *s, struct slice text) {
    struct slice words[WORDS_MAX], squeezed, full, initials;
    unsigned before = s->count, count = split_words(text, words);
    TRY(text_squeeze(s->v->arena, text, &squeezed));
    TRY(collect(s, squeezed, 0));
    for (unsigned i = 1; s->count == before && i < count; i++) TRY(collect_words(s, words, count, i, 5));
    if (s->query->as_typed) return ERR_OK;
    if (s->count == before) {
        TRY(text_pinyin(s->v->arena, squeezed, &full, &initials));
        TRY(collect(s, full, 10));
    }
    if (s->count < before + FEW && !named(s)) TRY(collect_fuzzy(s, squeezed));
    return ERR_OK;
}

static enum err collect_fewer(struct search *s, struct slice text) {
    struct slice words[WORDS_MAX];
    for (unsigned n = split_words(text, words); s->count == 0 && n > 1; n--) TRY(collect_words(s, words, n - 1, 0, 50));
    return ERR_OK;
}

// ---- base vehicles --------------------------------------------------------------------------------------------------
struct expansion {
    struct vehicle_suggestion *out;
    unsigned count, max;
};

static bool add_row(struct expansion *e, struct slice value, const struct found *f, unsigned year_rank) {
    struct picker_value is;
    struct reader r = reader_of(value);
    if (e->count >= e->max || !reader_take(&r, &is, sizeof is)) return false;
    for (unsigned i = 0; i < e->count; i++)
        if (e->out[i].vehicle == is.vehicle) return true;
    float score = (float)f->score - (float)year_rank * 0.1f + (is.flags & VEHICLE_OPEN_YEARS ? SCORE_OPEN_YEARS : 0);
    e->out[e->count++] = (struct vehicle_suggestion){is.vehicle, score};
    return true;
}

// The newest `years` base vehicles of a model, or the one of the year asked for.
static enum err expand(struct search *s, struct db_cursor *c, const struct found *f, unsigned years,
                       struct expansion *e) {
    struct slice key, value;
    uint8_t wanted[10];
    uint32_t ids[2] = {__builtin_bswap32(f->make), __builtin_bswap32(f->model)};
    uint16_t year = __builtin_bswap16((uint16_t)(s->year != 0 ? s->year : UINT16_MAX));
    memcpy(wanted, ids, sizeof ids);
    memcpy(wanted + sizeof ids, &year, sizeof year);
    enum err err = db_cursor_seek(c, slice_of(wanted, sizeof wanted), &key, &value);
    if (s->year != 0) {
        if (err == ERR_OK && slice_eq(key, slice_of(wanted, sizeof wanted))) add_row(e, value, f, 0);
        return err == ERR_END ? ERR_OK : err;
    }
    err = err == ERR_END ? db_cursor_last(c, &key, &value) : err == ERR_OK ? db_cursor_prev(c, &key, &value) : err;
    for (unsigned i = 0; err == ERR_OK && i < years && key.n == sizeof wanted && memcmp(key.p, ids, sizeof ids) == 0;
         i++) {
        if (!add_row(e, value, f, i)) break;
        err = db_cursor_prev(c, &key, &value);
    }
    return err == ERR_END ? ERR_OK : err;
}

static int by_score(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->score != y->score) return y->score - x->score;
    return x->model < y->model ? -1 : x->model > y->model;
}

// Cars of the one who asks whose model was found.
static enum err expand_garage(struct search *s, struct expansion *e) {
    for (unsigned g = 0; g < s->query->garage_count && e->count < e->max; g++) {
        struct vehicle *car;
        bool found = false;
        enum err err = vehicle_load(s->v, s->query->garage[g], &car);
        if (err == ERR_NOT_FOUND) continue;
        TRY(err);
        for (unsigned i = 0; i < s->count && !found; i++) found = s->found[i].model == car->model;
        if (!found || (s->year != 0 && car->year != s->year)) continue;
        e->out[e->count++] = (struct vehicle_suggestion){car->id, SCORE_GARAGE - (float)g};
    }
    return ERR_OK;
}

// A model named in full gets half of the room for its years; the others show their newest one, more if there is room.
static enum err expand_all(struct search *s, struct expansion *e) {
    struct db_cursor *c = db_cursor_begin(s->v->snapshot, TABLE_PICKER);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = ERR_OK;
    unsigned left = s->count;
    for (unsigned i = 0; err == ERR_OK && i < s->count && e->count < e->max; i++, left--) {
        unsigned room = e->max - e->count, half = (room + 1) / 2, fair = room / left;
        unsigned years = s->found[i].exact && i == 0 && half > fair ? half : fair > 0 ? fair : 1;
        err = expand(s, c, &s->found[i], years, e);
    }
    db_cursor_end(c);
    return err;
}

static enum err order_and_expand(struct search *s, struct expansion *e) {
    qsort(s->found, s->count, sizeof *s->found, by_score);
    TRY(expand_garage(s, e));
    return expand_all(s, e);
}

static int by_suggestion(const void *a, const void *b) {
    const struct vehicle_suggestion *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return x->vehicle < y->vehicle ? 1 : x->vehicle > y->vehicle ? -1 : 0;
}

// What the words say of a car, its owner's first.
static enum err by_words(struct search *s, struct expansion *e) {
    uint32_t list[EXPAND_MAX];
    unsigned count;
    TRY(suggest_by_words(s->v, s->query->text, e->max, list, &count));
    for (unsigned i = 0; i < count; i++) {
        float score = (float)(count - i);
        for (unsigned g = 0; g < s->query->garage_count; g++)
            if (s->query->garage[g] == list[i]) score += SCORE_GARAGE;
        e->out[e->count++] = (struct vehicle_suggestion){list[i], score};
    }
    return ERR_OK;
}

// By names; digits may be a year or the name itself: "peugeot 2008", "saab 93".
static enum err by_names(struct search *s, struct slice folded, struct expansion *e) {
    struct slice rest, squeezed;
    unsigned year;
    bool certain = false, dated = cut_year(s->v->arena, folded, &year, &certain, &rest);
    if (dated) {
        s->year = year;
        TRY(collect_text(s, rest));
        TRY(order_and_expand(s, e));
    }
    s->year = 0;
    s->count = 0;
    if (certain || (dated && e->count == e->max)) return ERR_OK;
    TRY(text_squeeze(s->v->arena, folded, &squeezed));
    if (dated) TRY(collect(s, squeezed, 0));
    else TRY(collect_text(s, folded));
    return order_and_expand(s, e);
}

static enum err by_fewer_words(struct search *s, struct slice folded, struct expansion *e) {
    struct slice rest = folded;
    bool certain = false;
    s->count = 0;
    if (!cut_year(s->v->arena, folded, &s->year, &certain, &rest)) s->year = 0;
    TRY(collect_fewer(s, rest));
    return order_and_expand(s, e);
}

// Years, engines and generations have digits; Han is not cut into words.
static bool says_more(struct slice folded) {
    for (size_t i = 0; i < folded.n; i++)
        if (is_digit(folded.p[i]) || (uint8_t)folded.p[i] >= 0x80) return true;
    return false;
}

enum err vehicle_suggest_for(struct view *v, const struct suggest_query *query, struct vehicle_suggestion *out, unsigned *count) {
    struct search *s = ARENA_NEW(v->arena, struct search);
    struct expansion e = {out, 0, query->max > EXPAND_MAX ? EXPAND_MAX : query->max};
    struct slice folded;
    bool says_car;
    *count = 0;
    if (s == NULL) return ERR_NO_MEMORY;
    if (query->text.n > LIMIT_QUERY_BYTES) return ERR_TOO_LARGE;
    TRY(text_fold(v->arena, query->text, &folded));
    if (folded.n == 0 || e.max == 0) return ERR_OK;
    *s = (struct search){.v = v, .market = query->prefer_market, .query = query};
    TRY(suggest_says_car(v, folded, &says_car));
    if (says_car) TRY(by_words(s, &e));
    if (e.count == 0) TRY(by_names(s, folded, &e));
    if (e.count == 0 && !says_car && says_more(folded)) TRY(by_words(s, &e));
    if (e.count == 0) TRY(by_fewer_words(s, folded, &e));
    qsort(out, e.count, sizeof *out, by_suggestion);
    *count = e.count;
    return ERR_OK;
}

enum err vehicle_suggest(struct view *v, struct slice query, uint8_t prefer_market, unsigned max,
                         struct vehicle_suggestion *out, unsigned *count) {
    struct suggest_query q = {.text = query, .prefer_market = prefer_market, .max = max};
    return vehicle_suggest_for(v, &q, out, count);
}
