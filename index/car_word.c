#include "car_word.h"

#include "attribute.h"
#include "base/buf.h"
#include "base/limits.h"
#include "names.h"

enum { MODELS_MAX = 128, ROW_BYTES = 512 };

static const char *const role_names[CAR_WORD_ROLE_COUNT] = {
    [CAR_WORD_GENERATION] = "generation", [CAR_WORD_BADGE] = "badge", [CAR_WORD_ATTRIBUTE] = "attribute",
    [CAR_WORD_POSITION] = "position", [CAR_WORD_FILLER] = "filler",
};

bool car_word_role_parse(struct slice text, enum car_word_role *out) {
    for (unsigned role = 1; role < CAR_WORD_ROLE_COUNT; role++)
        if (slice_is(text, role_names[role])) {
            *out = (enum car_word_role)role;
            return true;
        }
    return false;
}

enum lexicon_kind car_word_kind(enum car_word_role role) {
    return role == CAR_WORD_POSITION ? LEXICON_POSITION : role == CAR_WORD_FILLER ? LEXICON_FILLER : LEXICON_CAR;
}

// ---- reading --------------------------------------------------------------------------------------------------------
struct record { uint8_t role; uint16_t from, to; struct slice phrases, make, models, attrs, market; };

static enum err record_read(struct slice value, struct record *out) {
    struct reader r = reader_of(value);
    out->role = reader_u8(&r);
    out->from = reader_u16(&r);
    out->to = reader_u16(&r);
    out->phrases = reader_string(&r);
    out->make = reader_string(&r);
    out->models = reader_string(&r);
    out->attrs = reader_string(&r);
    out->market = reader_string(&r);
    return r.bad || out->role == 0 || out->role >= CAR_WORD_ROLE_COUNT ? ERR_DAMAGED : ERR_OK;
}

static enum err models_find(struct view *v, const struct record *record, struct car_word *out) {
    uint32_t *models = ARENA_ARRAY(v->arena, uint32_t, MODELS_MAX);
    if (models == NULL) return ERR_NO_MEMORY;
    struct buf path;
    buf_init(&path, v->arena, record->make.n + record->models.n + 2);
    for (struct slice rest = record->models; rest.n > 0 && out->model_count < MODELS_MAX;) {
        buf_clear(&path);
        buf_slice_put(&path, record->make);
        buf_char(&path, '/');
        buf_slice_put(&path, slice_cut(&rest, '|'));
        if (path.bad) return ERR_NO_MEMORY;
        enum err err = names_look_up(v, NAMES_MODEL, buf_slice(&path), &models[out->model_count]);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
        out->model_count += err == ERR_OK;
    }
    out->models = models;
    out->lost = out->model_count == 0;
    return ERR_OK;
}

static enum err record_load(struct view *v, uint32_t id, struct record *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_CAR_WORD, slice_of(&key, sizeof key), &value));
    return record_read(value, out);
}

enum err car_word_role_load(struct view *v, uint32_t id, enum car_word_role *out) {
    struct record record;
    TRY(record_load(v, id, &record));
    *out = (enum car_word_role)record.role;
    return ERR_OK;
}

enum err car_word_load(struct view *v, uint32_t id, struct car_word *out) {
    struct record record;
    *out = (struct car_word){.id = id};
    TRY(record_load(v, id, &record));
    out->role = (enum car_word_role)record.role;
    out->from = record.from;
    out->to = record.to;
    out->phrases = record.phrases;
    out->attrs = record.attrs;
    out->market = record.market;
    if (record.make.n == 0) return ERR_OK;
    enum err err = names_look_up(v, NAMES_MAKE, record.make, &out->make);
    out->lost = err == ERR_NOT_FOUND;
    if (err != ERR_OK) return out->lost ? ERR_OK : err;
    return record.models.n > 0 ? models_find(v, &record, out) : ERR_OK;
}

// ---- writing --------------------------------------------------------------------------------------------------------
static enum err check_position(struct txn *t, struct slice values) {
    while (values.n > 0) {
        uint32_t id;
        TRY(names_intern(t, NAMES_POSITION, slice_trim(slice_cut(&values, '|')), &id));
    }
    return ERR_OK;
}

static enum err check_values(struct view *v, struct slice name, struct slice values, struct fault *why) {
    while (values.n > 0) {
        struct slice one = slice_trim(slice_cut(&values, '|')), normal;
        if (one.n == 0 || attribute_normalise(v, name, one, &normal) != ERR_OK)
            return fault_set(why, ERR_BAD_REQUEST, "attrs", "%.*s cannot be \"%.*s\"", SLICE_ARGS(name), SLICE_ARGS(one));
    }
    return ERR_OK;
}

// What knowledge_parse() would refuse is refused when it is loaded, not when somebody searches.
static enum err check_attrs(struct txn *t, struct view *v, struct slice attrs, struct fault *why) {
    while (attrs.n > 0) {
        struct slice values = slice_trim(slice_cut(&attrs, ',')), name = slice_trim(slice_cut(&values, ':'));
        uint32_t id;
        bool position = slice_is(name, "position");
        enum err err = position ? ERR_OK : names_find(v->snapshot, NAMES_ATTRIBUTE, name, &id);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
        if (err == ERR_NOT_FOUND || values.n == 0)
            return fault_set(why, ERR_BAD_REQUEST, "attrs", "\"%.*s\" is no attribute with a value", SLICE_ARGS(name));
        TRY(position ? check_position(t, values) : check_values(v, name, values, why));
    }
    return ERR_OK;
}

static struct slice slugs_of(struct arena *a, struct slice names) {
    struct buf b;
    buf_init(&b, a, names.n + 16);
    for (unsigned i = 0; names.n > 0 && i < MODELS_MAX; i++) {
        struct slice slug = names_slug(a, slice_cut(&names, '|'));
        if (b.n > 0 && slug.n > 0) buf_char(&b, '|');
        buf_slice_put(&b, slug);
    }
    return buf_slice(&b);
}

enum err car_word_put(struct txn *t, struct view *v, const struct car_word_row *row, struct fault *why) {
    struct buf record;
    uint32_t id;
    if (row->phrases.n == 0) return fault_set(why, ERR_BAD_REQUEST, "phrases", "no phrase is given");
    if (row->from && row->to && row->from > row->to)
        return fault_set(why, ERR_BAD_REQUEST, "from", "the years %u to %u run backwards", row->from, row->to);
    if (row->models.n > 0 && row->make.n == 0) return fault_set(why, ERR_BAD_REQUEST, "make", "models need their make");
    TRY(check_attrs(t, v, row->attrs, why));
    buf_init(&record, v->arena, ROW_BYTES);
    buf_u8(&record, (uint8_t)row->role);
    buf_u16(&record, row->from);
    buf_u16(&record, row->to);
    buf_string(&record, row->phrases);
    buf_string(&record, names_slug(v->arena, row->make));
    buf_string(&record, slugs_of(v->arena, row->models));
    buf_string(&record, row->attrs);
    buf_string(&record, row->market);
    if (record.bad) return ERR_NO_MEMORY;
    TRY(txn_next_id(t, "car_word", 1, &id));
    uint32_t key = __builtin_bswap32(id + 1); // 0 is none
    return txn_put(t, TABLE_CAR_WORD, slice_of(&key, sizeof key), buf_slice(&record));
}

// Ids of the table's rows with one of the roles, in the arena.
static enum err ids_of_roles(struct txn *t, struct buf *ids, unsigned roles) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_CAR_WORD);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = db_cursor_next(c, &key, &value);
    for (; err == ERR_OK; err = db_cursor_next(c, &key, &value)) {
        struct record record;
        if (key.n == sizeof(uint32_t) && record_read(value, &record) == ERR_OK && (roles >> record.role & 1)) buf_slice_put(ids, key);
    }
    db_cursor_end(c);
    return err != ERR_END ? err : ids->bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err car_words_clear(struct txn *t, unsigned roles) {
    struct buf ids;
    buf_init(&ids, NULL, 4096);
    enum err err = ids_of_roles(t, &ids, roles);
    for (size_t at = 0; err == ERR_OK && at < ids.n; at += sizeof(uint32_t))
        err = txn_delete(t, TABLE_CAR_WORD, slice_of(ids.p + at, sizeof(uint32_t)));
    buf_free(&ids);
    return err;
}

enum err car_word_phrases(struct txn *t, struct view *v) {
    struct buf ids;
    buf_init(&ids, v->arena, 4096);
    TRY(ids_of_roles(t, &ids, ~0u));
    for (size_t at = 0; at < ids.n; at += sizeof(uint32_t)) {
        struct slice value;
        struct record record;
        uint32_t id;
        TRY(db_get(txn_snapshot(t), TABLE_CAR_WORD, slice_of(ids.p + at, sizeof id), &value));
        TRY(record_read(arena_copy(v->arena, value), &record)); // what is read moves with the next put
        memcpy(&id, ids.p + at, sizeof id);
        enum lexicon_kind kind = car_word_kind((enum car_word_role)record.role);
        TRY(lexicon_put_list(t, v->arena, record.phrases, kind, __builtin_bswap32(id), LEXICON_NAME));
    }
    return ERR_OK;
}
