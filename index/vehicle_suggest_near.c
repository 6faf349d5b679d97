// vehicle_suggest_near.c: beginnings of names that are one typing error away from a text (vehicle_suggest.h).
//
// One error is a character inserted, left out, replaced, or two neighbours swapped. Where it stands within the first characters (the
// window, 6 or 4), symmetric deletion finds it: every name's window is kept under itself and under each form with one character left out,
// the text's window is taken apart the same way, and what meets is verified. Where it stands further back, the text shares a beginning
// with the name that is at least as long: from the longest that any name has, back to the window, each place is tried with every
// character that goes on there. Every correction returned begins at least one name. Work: NEAR_SEEKS look-ups.
#include "base/buf.h"
#include "text.h"
#include "vehicle_suggest.h"

enum {
    NEAR_SEEKS = 400,
    NEAR_FORMS = 48,     // records read under one form
    CHARACTERS_MAX = 40, // of the text; longer ones are not corrected
    QUERY_MIN = 4,
    PENALTY = 30, PENALTY_FIRST = 20, PENALTY_DIGIT = 15,
};

struct characters { unsigned count; uint8_t at[CHARACTERS_MAX + 1]; struct slice text; }; // at: byte offsets, with the end

static bool characters_of(struct slice text, struct characters *out) {
    size_t at = 0;
    *out = (struct characters){.text = text};
    if (text.n > SUGGEST_KEY_MAX) return false;
    while (at < text.n) {
        if (out->count == CHARACTERS_MAX) return false;
        out->at[out->count++] = (uint8_t)at;
        at += text_char_bytes((uint8_t)text.p[at]);
    }
    out->at[out->count] = (uint8_t)text.n;
    return at == text.n;
}

static struct slice part(const struct characters *c, unsigned from, unsigned end) {
    if (end > c->count) end = c->count;
    return from >= end ? SLICE_NONE : slice_of(c->text.p + c->at[from], (size_t)(c->at[end] - c->at[from]));
}

struct joined { char bytes[2 * SUGGEST_KEY_MAX + 8]; size_t n; };

static struct slice join(struct joined *j, struct slice a, struct slice b, struct slice c, struct slice d) {
    struct buf out = {.p = j->bytes, .capacity = sizeof j->bytes};
    const struct slice parts[] = {a, b, c, d};
    for (unsigned i = 0; i < 4; i++)
        if (out.n + parts[i].n <= sizeof j->bytes) buf_slice_put(&out, parts[i]);
    return buf_slice(&out);
}

// ---- the index ------------------------------------------------------------------------------------------------------------------------
struct slice suggest_form_key(struct suggest_form *f, unsigned window, struct slice a, struct slice b) {
    f->bytes[0] = SUGGEST_NEAR;
    f->bytes[1] = (char)window;
    if (a.n) memcpy(f->bytes + 2, a.p, a.n);
    if (b.n) memcpy(f->bytes + 2 + a.n, b.p, b.n);
    f->n = 2 + a.n + b.n;
    f->bytes[f->n++] = 0;
    return slice_of(f->bytes, f->n);
}

enum err suggest_forms(struct slice name, unsigned window, suggest_form_fn *each, void *arg) {
    struct characters c;
    struct suggest_form f;
    if (!characters_of(name, &c) && c.count <= window) return ERR_OK;
    if (c.count + 1 < window) return ERR_OK;
    struct slice whole = part(&c, 0, window);
    unsigned n = c.count < window ? c.count : window;
    (void)suggest_form_key(&f, window, whole, SLICE_NONE);
    TRY(each(arg, &f, whole));
    for (unsigned skip = 0; skip < n; skip++) {
        (void)suggest_form_key(&f, window, part(&c, 0, skip), part(&c, skip + 1, n));
        TRY(each(arg, &f, whole));
    }
    return ERR_OK;
}

// ---- the search -----------------------------------------------------------------------------------------------------------------------
struct near {
    struct view *view;
    struct db_cursor *cursor;
    struct characters query;
    unsigned seeks, count, max;
    struct suggest_near *out;
};

static enum err begins_a_name(struct near *s, struct slice text, bool *out) {
    struct slice key, value;
    *out = false;
    if (s->seeks == 0 || text.n == 0 || text.n > SUGGEST_KEY_MAX) return ERR_OK;
    s->seeks--;
    enum err e = db_cursor_seek(s->cursor, text, &key, &value);
    *out = e == ERR_OK && slice_starts(key, text);
    return e == ERR_END ? ERR_OK : e;
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

// `place`: of the error, in characters.
static enum err consider(struct near *s, struct slice text, unsigned place) {
    bool there;
    if (s->count == s->max || slice_eq(text, s->query.text)) return ERR_OK;
    for (unsigned i = 0; i < s->count; i++)
        if (slice_eq(s->out[i].text, text)) return ERR_OK;
    TRY(begins_a_name(s, text, &there));
    if (!there) return ERR_OK;
    struct slice old = part(&s->query, place, place + 1), new = slice_from(text, s->query.at[place]);
    bool about_digit = (old.n && digit(old.p[0])) || (new.n && digit(new.p[0]));
    int penalty = PENALTY + (place == 0 ? PENALTY_FIRST : 0) + (about_digit ? PENALTY_DIGIT : 0);
    s->out[s->count] = (struct suggest_near){arena_copy(s->view->arena, text), penalty};
    return s->out[s->count++].text.p ? ERR_OK : ERR_NO_MEMORY;
}

static unsigned shared(const struct characters *a, const struct characters *b) {
    unsigned i = 0;
    while (i < a->count && i < b->count && slice_eq(part(a, i, i + 1), part(b, i, i + 1))) i++;
    return i;
}

// What the text becomes when a name's window, of `w` characters, is right: four ways in which it can be one error away.
static enum err consider_window(struct near *s, struct slice window) {
    const struct characters *q = &s->query;
    struct characters w;
    struct joined j;
    if (!characters_of(window, &w)) return ERR_OK;
    unsigned n = w.count, i = shared(&w, q);
    if (i >= n) return ERR_OK; // the error stands further back
    struct slice tail = part(&w, i + 1, n), whole = window;
    if (slice_eq(tail, part(q, i + 1, n))) TRY(consider(s, join(&j, whole, part(q, n, q->count), SLICE_NONE, SLICE_NONE), i));
    if (slice_eq(tail, part(q, i, n - 1))) TRY(consider(s, join(&j, whole, part(q, n - 1, q->count), SLICE_NONE, SLICE_NONE), i));
    if (slice_eq(part(&w, i, n), part(q, i + 1, n + 1))) TRY(consider(s, join(&j, whole, part(q, n + 1, q->count), SLICE_NONE, SLICE_NONE), i));
    bool swapped = i + 1 < q->count && slice_eq(part(&w, i, i + 1), part(q, i + 1, i + 2));
    if (swapped && i + 1 < n && slice_eq(part(&w, i + 1, i + 2), part(q, i, i + 1)) && slice_eq(part(&w, i + 2, n), part(q, i + 2, n)))
        TRY(consider(s, join(&j, whole, part(q, n, q->count), SLICE_NONE, SLICE_NONE), i));
    if (swapped && i + 1 == n) TRY(consider(s, join(&j, whole, part(q, i, i + 1), part(q, i + 2, q->count), SLICE_NONE), i));
    return ERR_OK;
}

static enum err probe(struct near *s, unsigned window, struct slice a, struct slice b) {
    struct suggest_form f;
    struct slice key, value, start = suggest_form_key(&f, window, a, b), found[NEAR_FORMS];
    unsigned count = 0;
    if (s->seeks == 0) return ERR_OK;
    s->seeks--;
    enum err e = db_cursor_seek(s->cursor, start, &key, &value);
    for (; e == ERR_OK && count < NEAR_FORMS && slice_starts(key, start); e = db_cursor_next(s->cursor, &key, &value))
        found[count++] = slice_from(key, start.n);
    if (e != ERR_OK && e != ERR_END) return e;
    for (unsigned i = 0; i < count; i++) TRY(consider_window(s, found[i]));
    return ERR_OK;
}

static enum err within_window(struct near *s, unsigned window) {
    const struct characters *q = &s->query;
    TRY(probe(s, window, part(q, 0, window - 1), SLICE_NONE));
    for (unsigned skip = 0; skip + 1 < window; skip++) TRY(probe(s, window, part(q, 0, skip), part(q, skip + 1, window)));
    for (unsigned skip = 0; skip < window && q->count > window; skip++)
        TRY(probe(s, window, part(q, 0, skip), part(q, skip + 1, window + 1)));
    return ERR_OK;
}

// How many characters of the text some name begins with.
static enum err longest_beginning(struct near *s, unsigned *out) {
    struct slice key, value;
    *out = 0;
    enum err e = db_cursor_seek(s->cursor, s->query.text, &key, &value);
    for (unsigned i = 0; i < 2; i++) {
        if (e == ERR_OK && key.n > 9) {
            struct slice text = slice_of(key.p, key.n - 9);
            size_t n = 0;
            while (n < text.n && n < s->query.text.n && text.p[n] == s->query.text.p[n]) n++;
            unsigned whole = 0;
            while (whole < s->query.count && s->query.at[whole + 1] <= n) whole++;
            if (whole > *out) *out = whole;
        }
        if (i == 0) e = e == ERR_END ? db_cursor_last(s->cursor, &key, &value) : e == ERR_OK ? db_cursor_prev(s->cursor, &key, &value) : e;
    }
    return e == ERR_END ? ERR_OK : e;
}

// Every character that some name has at this place, after the beginning all share.
static enum err at_place(struct near *s, unsigned place) {
    const struct characters *q = &s->query;
    struct slice beginning = part(q, 0, place), key, value;
    struct joined j;
    TRY(consider(s, join(&j, beginning, part(q, place + 1, q->count), SLICE_NONE, SLICE_NONE), place));
    if (place + 1 < q->count)
        TRY(consider(s, join(&j, beginning, part(q, place + 1, place + 2), part(q, place, place + 1), part(q, place + 2, q->count)), place));
    char from[SUGGEST_KEY_MAX + 8];
    memcpy(from, beginning.p, beginning.n);
    size_t n = beginning.n;
    from[n++] = 1; // past the names that end here
    while (s->seeks > 0) {
        s->seeks--;
        enum err e = db_cursor_seek(s->cursor, slice_of(from, n), &key, &value);
        if (e == ERR_END || (e == ERR_OK && !slice_starts(key, beginning))) break;
        TRY(e);
        unsigned bytes = text_char_bytes((uint8_t)key.p[beginning.n]);
        if (beginning.n + bytes > key.n || bytes > 4) break;
        memcpy(from + beginning.n, key.p + beginning.n, bytes);
        n = beginning.n + bytes;
        struct slice character = slice_of(from + beginning.n, bytes);
        TRY(consider(s, join(&j, beginning, character, part(q, place + 1, q->count), SLICE_NONE), place));
        TRY(consider(s, join(&j, beginning, character, part(q, place, q->count), SLICE_NONE), place));
        from[n++] = (char)0xFF;
    }
    return ERR_OK;
}

static enum err search(struct near *s) {
    unsigned window = s->query.count < SUGGEST_WINDOW_LONG ? SUGGEST_WINDOW_SHORT : SUGGEST_WINDOW_LONG, longest;
    TRY(within_window(s, window));
    TRY(longest_beginning(s, &longest));
    unsigned place = longest < s->query.count ? longest : s->query.count - 1;
    for (; place >= window; place--) TRY(at_place(s, place));
    return ERR_OK;
}

enum err suggest_near(struct view *v, struct slice squeezed, unsigned max, struct suggest_near *out, unsigned *count) {
    struct near s = {.view = v, .seeks = NEAR_SEEKS, .max = max, .out = out};
    *count = 0;
    if (!characters_of(squeezed, &s.query) || s.query.count < QUERY_MIN) return ERR_OK;
    s.cursor = db_cursor_begin(v->snapshot, TABLE_VEHICLE_NAME);
    if (!s.cursor) return ERR_NO_MEMORY;
    enum err e = search(&s);
    db_cursor_end(s.cursor);
    *count = s.count;
    return e;
}
