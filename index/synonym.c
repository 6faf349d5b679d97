#include "synonym.h"

#include "base/limits.h"
#include "word_tokens.h"

#define RULE_KEY 'r'
#define PHRASE_KEY 'p'
#define KEY_MAX (1 + SYNONYM_PHRASE_BYTES + 1 + LIMIT_EXTERNAL_ID_BYTES)

_Static_assert(KEY_MAX <= LIMIT_KEY_BYTES, "a phrase and an id make a key");

enum err synonym_phrase(struct arena *a, struct slice text, struct slice *out) {
    struct slice folded;
    struct word_piece *pieces;
    unsigned count;
    struct buf b;
    TRY(text_fold(a, text, &folded));
    TRY(word_pieces(a, folded, &pieces, &count));
    buf_init(&b, a, folded.n + 1);
    for (unsigned i = 0; i < count; i++) {
        if (i) buf_char(&b, ' ');
        buf_slice_put(&b, pieces[i].text);
    }
    *out = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- JSON -------------------------------------------------------------------------------------------------------------------
static enum err strings_from(struct arena *a, const struct json *body, const char *key, struct synonym_rule *out, struct fault *why) {
    const struct json *list = NULL;
    TRY(json_get_array(body, key, &list, why));
    if (!list) return ERR_OK;
    if (list->count > SYNONYM_PHRASES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, key, "a rule has at most %d phrases", SYNONYM_PHRASES_MAX);
    out->phrases = ARENA_ARRAY(a, struct slice, list->count + 1);
    if (!out->phrases) return ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].type != JSON_STRING) return fault_set(why, ERR_BAD_REQUEST, key, "%s is a list of texts", key);
        out->phrases[out->phrase_count++] = list->items[i].string;
    }
    return ERR_OK;
}

static enum err phrase_check(struct arena *a, const char *field, struct slice text, struct fault *why) {
    struct slice phrase;
    unsigned words = 1;
    if (text.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, field, "a phrase is too long");
    TRY(synonym_phrase(a, text, &phrase));
    for (size_t i = 0; i < phrase.n; i++) words += phrase.p[i] == ' ';
    if (phrase.n == 0) return fault_set(why, ERR_BAD_REQUEST, field, "'%.*s' has no word", (int)(text.n < 60 ? text.n : 60), text.p);
    if (phrase.n > SYNONYM_PHRASE_BYTES || words > SYNONYM_WORDS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, field, "a phrase has at most %d words and %d bytes", SYNONYM_WORDS_MAX, SYNONYM_PHRASE_BYTES);
    return ERR_OK;
}

enum err synonym_from_json(struct arena *a, const struct json *body, struct synonym_rule *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "phrases", "from", "to", NULL};
    *out = (struct synonym_rule){0};
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a synonym is an object");
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "id", &out->id, why));
    if (out->id.n == 0 || out->id.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "id", "id must be 1 to %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    TRY(json_get_string(body, "from", &out->from, why));
    const char *field = out->from.n ? "to" : "phrases";
    if (json_get(body, out->from.n ? "phrases" : "to"))
        return fault_set(why, ERR_BAD_REQUEST, out->from.n ? "phrases" : "to", "a rule has either phrases, or from and to");
    TRY(strings_from(a, body, field, out, why));
    if (out->phrase_count < (out->from.n ? 1u : 2u))
        return fault_set(why, ERR_BAD_REQUEST, field, "a rule has two phrases or more, or from and to");
    if (out->from.n) TRY(phrase_check(a, "from", out->from, why));
    for (unsigned i = 0; i < out->phrase_count; i++) TRY(phrase_check(a, field, out->phrases[i], why));
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

void synonym_json(struct json_writer *w, const struct synonym_rule *rule) {
    json_open(w, '{');
    json_key_string(w, "id", rule->id);
    if (rule->from.n) json_key_string(w, "from", rule->from);
    json_key_open(w, rule->from.n ? "to" : "phrases", '[');
    for (unsigned i = 0; i < rule->phrase_count; i++) json_string(w, rule->phrases[i]);
    json_close(w, ']');
    json_close(w, '}');
}

// ---- records ----------------------------------------------------------------------------------------------------------------
static struct slice rule_key(char space[KEY_MAX], struct slice id) {
    struct buf b = {.p = space, .capacity = KEY_MAX};
    buf_char(&b, RULE_KEY);
    buf_slice_put(&b, id);
    return buf_slice(&b);
}

static struct slice phrase_key(char space[KEY_MAX], struct slice phrase, struct slice id) {
    struct buf b = {.p = space, .capacity = KEY_MAX};
    buf_char(&b, PHRASE_KEY);
    buf_slice_put(&b, phrase);
    buf_u8(&b, 0);
    buf_slice_put(&b, id);
    return buf_slice(&b);
}

static void strings_encode(struct buf *out, const struct slice *list, unsigned count) {
    buf_varint(out, count);
    for (unsigned i = 0; i < count; i++) buf_string(out, list[i]);
}

static enum err strings_decode(struct arena *a, struct reader *r, struct slice **out, unsigned *count) {
    uint64_t n = reader_varint(r);
    if (r->bad || n > SYNONYM_PHRASES_MAX) return ERR_DAMAGED;
    *out = ARENA_ARRAY(a, struct slice, n + 1);
    if (!*out) return ERR_NO_MEMORY;
    for (*count = 0; *count < n; ++*count) (*out)[*count] = reader_string(r);
    return r->bad ? ERR_DAMAGED : ERR_OK;
}

static enum err rule_decode(struct arena *a, struct slice id, struct slice value, struct synonym_rule *out) {
    struct reader r = reader_of(value);
    *out = (struct synonym_rule){.id = id};
    out->from = reader_string(&r);
    return strings_decode(a, &r, &out->phrases, &out->phrase_count);
}

// ---- writing ----------------------------------------------------------------------------------------------------------------
// The phrases of a rule as look-ups know them: all[0] is `from`, or all are alike.
struct folded { unsigned count; struct slice all[SYNONYM_PHRASES_MAX + 1]; };

static enum err fold_rule(struct arena *a, const struct synonym_rule *rule, struct folded *out) {
    out->count = 0;
    if (rule->from.n) TRY(synonym_phrase(a, rule->from, &out->all[out->count++]));
    for (unsigned i = 0; i < rule->phrase_count && out->count <= SYNONYM_PHRASES_MAX; i++)
        TRY(synonym_phrase(a, rule->phrases[i], &out->all[out->count++]));
    for (unsigned i = 0; i < out->count; i++)
        if (out->all[i].n == 0 || out->all[i].n > SYNONYM_PHRASE_BYTES) return ERR_BAD_REQUEST;
    return ERR_OK;
}

static enum err phrases_delete(struct txn *t, struct arena *scratch, const struct synonym_rule *rule) {
    struct folded f;
    char space[KEY_MAX];
    TRY(fold_rule(scratch, rule, &f));
    for (unsigned i = 0; i < (rule->from.n ? 1 : f.count); i++) {
        enum err e = txn_delete(t, TABLE_SYNONYM, phrase_key(space, f.all[i], rule->id));
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    }
    return ERR_OK;
}

// A phrase leads to the others; to `to` alone when the rule goes one way.
static enum err phrases_put(struct txn *t, struct arena *scratch, const struct synonym_rule *rule) {
    struct folded f;
    char space[KEY_MAX];
    TRY(fold_rule(scratch, rule, &f));
    for (unsigned i = 0; i < (rule->from.n ? 1 : f.count); i++) {
        struct slice others[SYNONYM_PHRASES_MAX];
        unsigned count = 0;
        for (unsigned k = 0; k < f.count; k++)
            if (!slice_eq(f.all[k], f.all[i]) && count < SYNONYM_PHRASES_MAX) others[count++] = f.all[k];
        struct buf b;
        buf_init(&b, scratch, 256);
        strings_encode(&b, others, count);
        if (b.bad) return ERR_NO_MEMORY;
        TRY(txn_put(t, TABLE_SYNONYM, phrase_key(space, f.all[i], rule->id), buf_slice(&b)));
    }
    return ERR_OK;
}

// The rule as it is stored, copied: the pages it lies in are about to change.
static enum err stored(struct txn *t, struct arena *scratch, struct slice id, struct synonym_rule *out) {
    struct slice value;
    char space[KEY_MAX];
    if (id.n == 0 || id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(txn_snapshot(t), TABLE_SYNONYM, rule_key(space, id), &value));
    value = arena_copy(scratch, value);
    return value.p ? rule_decode(scratch, id, value, out) : ERR_NO_MEMORY;
}

enum err synonym_put(struct txn *t, struct arena *scratch, const struct synonym_rule *rule, struct fault *why) {
    struct synonym_rule old;
    char space[KEY_MAX];
    struct buf b;
    if (rule->id.n == 0 || rule->id.n > LIMIT_EXTERNAL_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "id", "a synonym needs an id");
    enum err e = stored(t, scratch, rule->id, &old);
    if (e == ERR_OK) TRY(phrases_delete(t, scratch, &old));
    else if (e != ERR_NOT_FOUND) return e;
    buf_init(&b, scratch, 256);
    buf_string(&b, rule->from);
    strings_encode(&b, rule->phrases, rule->phrase_count);
    if (b.bad) return ERR_NO_MEMORY;
    TRY(txn_put(t, TABLE_SYNONYM, rule_key(space, rule->id), buf_slice(&b)));
    return phrases_put(t, scratch, rule);
}

enum err synonym_delete(struct txn *t, struct arena *scratch, struct slice id, struct fault *why) {
    struct synonym_rule old;
    char space[KEY_MAX];
    enum err e = stored(t, scratch, id, &old);
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "id", "no synonym is called '%.*s'", (int)(id.n < 100 ? id.n : 100), id.p);
    TRY(e);
    TRY(phrases_delete(t, scratch, &old));
    return txn_delete(t, TABLE_SYNONYM, rule_key(space, id));
}

// ---- reading ----------------------------------------------------------------------------------------------------------------
enum err synonym_get(struct view *v, struct slice id, struct synonym_rule *out) {
    struct slice value;
    char space[KEY_MAX];
    if (id.n == 0 || id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_SYNONYM, rule_key(space, id), &value));
    return rule_decode(v->arena, id, value, out);
}

enum err synonym_each(struct view *v, bool (*each)(void *arg, const struct synonym_rule *rule), void *arg) {
    struct slice key, value, first = slice_of((char[]){RULE_KEY}, 1);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_SYNONYM);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, first, &key, &value);
    while (e == ERR_OK && slice_starts(key, first)) {
        struct synonym_rule rule;
        e = rule_decode(v->arena, slice_from(key, 1), value, &rule);
        if (e != ERR_OK || !each(arg, &rule)) break;
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

static enum err meanings_add(struct view *v, struct slice value, struct slice *out, unsigned max, unsigned *count) {
    struct reader r = reader_of(value);
    struct slice *list;
    unsigned n;
    TRY(strings_decode(v->arena, &r, &list, &n));
    for (unsigned i = 0; i < n && *count < max; i++) {
        unsigned known = 0;
        while (known < *count && !slice_eq(out[known], list[i])) known++;
        if (known == *count) out[(*count)++] = list[i];
    }
    return ERR_OK;
}

enum err synonym_lookup(struct view *v, struct slice phrase, struct slice *out, unsigned max, unsigned *count) {
    struct slice key, value;
    char space[KEY_MAX];
    *count = 0;
    if (phrase.n == 0 || phrase.n > SYNONYM_PHRASE_BYTES) return ERR_OK;
    struct slice first = phrase_key(space, phrase, SLICE_NONE);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_SYNONYM);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, first, &key, &value);
    while (e == ERR_OK && slice_starts(key, first) && *count < max) {
        e = meanings_add(v, value, out, max, count);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}
