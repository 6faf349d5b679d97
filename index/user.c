#include "user.h"

#include <sys/mman.h>

#include "base/hash.h"
#include "base/limits.h"
#include "event.h"
#include "knowledge.h"
#include "slot.h"

#define USER_COUNTER "users"

// ---- finding ------------------------------------------------------------------------------------------------------

#define CACHE_SLOTS 65536u // a cache line each, touched as they are used
#define CACHE_ID_BYTES 51  // longer ids are looked up each time

struct known_user {
    uint64_t version; // of TABLE_USER_ID, counted by the cache; 0: empty
    uint32_t id;
    uint8_t n;
    char external_id[CACHE_ID_BYTES];
};
_Static_assert(sizeof(struct known_user) == 64, "one cache line");

struct user_cache {
    uint64_t snapshot; // the snapshot id that was looked at last
    uint64_t stored;   // TABLE_USER_ID's version as it said
    uint64_t version;  // counts the versions seen, from 1
    struct known_user slots[CACHE_SLOTS] __attribute__((aligned(64)));
};

struct user_cache *user_cache_new(void) {
    void *p = mmap(NULL, sizeof(struct user_cache), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // zeros
    return p == MAP_FAILED ? NULL : p;
}

void user_cache_free(struct user_cache *c) {
    if (c) munmap(c, sizeof *c);
}

// The slot of an external id, of the version that the snapshot shows; NULL: not to be kept.
static struct known_user *known_slot(struct view *v, struct slice external_id) {
    struct user_cache *c = v->users;
    uint64_t at, stored;
    if (!c || external_id.n > CACHE_ID_BYTES) return NULL;
    at = snapshot_id(v->snapshot);
    if (c->snapshot != at) {
        if (snapshot_version(v->snapshot, TABLE_USER_ID, &stored) != ERR_OK) return NULL;
        c->version += c->version == 0 || stored != c->stored;
        c->stored = stored;
        c->snapshot = at;
    }
    return &c->slots[hash64(external_id) % CACHE_SLOTS];
}

enum err user_find(struct view *v, struct slice external_id, uint32_t *id) {
    struct slice value;
    *id = 0;
    if (external_id.n == 0 || external_id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    struct known_user *known = known_slot(v, external_id);
    if (known && known->version == v->users->version && slice_eq(slice_of(known->external_id, known->n), external_id)) {
        *id = known->id;
        return ERR_OK;
    }
    TRY(db_get(v->snapshot, TABLE_USER_ID, external_id, &value));
    struct reader r = reader_of(value);
    *id = reader_u32(&r);
    if (r.bad) return ERR_DAMAGED;
    if (!known) return ERR_OK;
    known->version = v->users->version;
    known->id = *id;
    known->n = (uint8_t)external_id.n;
    memcpy(known->external_id, external_id.p, external_id.n);
    return ERR_OK;
}

// ---- records ------------------------------------------------------------------------------------------------------

enum { FLAG_HOME = 1 };

static void user_encode(struct buf *out, const struct user *u) {
    buf_string(out, u->external_id);
    buf_u8(out, u->has_home ? FLAG_HOME : 0);
    if (u->has_home) buf_put(out, &u->home, sizeof u->home);
    buf_varint(out, u->identity_count);
    for (unsigned i = 0; i < u->identity_count; i++) {
        buf_string(out, u->identities[i].kind);
        buf_string(out, u->identities[i].value);
    }
    buf_varint(out, u->garage_count);
    for (unsigned i = 0; i < u->garage_count; i++) {
        const struct garage_entry *g = &u->garage[i];
        buf_string(out, g->vehicle);
        buf_string(out, g->attrs);
        buf_varint(out, g->odometer_km);
        buf_u64(out, (uint64_t)g->since_ms);
    }
    buf_varint(out, u->consent_count);
    for (unsigned i = 0; i < u->consent_count; i++) {
        buf_string(out, u->consents[i].purpose);
        buf_u8(out, u->consents[i].granted);
    }
}

// A list's length, refused where it cannot be true: every entry takes at least two bytes.
static unsigned list_length(struct reader *r, unsigned max) {
    uint64_t count = reader_varint(r);
    if (count > max || count * 2 > reader_left(r)) r->bad = true;
    return r->bad ? 0 : (unsigned)count;
}

static enum err decode_identities(struct reader *r, struct arena *a, struct user *out) {
    out->identity_count = list_length(r, USER_IDENTITIES_MAX);
    struct identity *list = ARENA_ARRAY(a, struct identity, out->identity_count);
    if (list == NULL && out->identity_count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->identity_count; i++) {
        list[i].kind = reader_string(r);
        list[i].value = reader_string(r);
    }
    out->identities = list;
    return ERR_OK;
}

static enum err decode_garage(struct reader *r, struct arena *a, struct user *out) {
    out->garage_count = list_length(r, LIMIT_GARAGE);
    struct garage_entry *list = ARENA_ARRAY(a, struct garage_entry, out->garage_count);
    if (list == NULL && out->garage_count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->garage_count; i++) {
        list[i].vehicle = reader_string(r);
        list[i].attrs = reader_string(r);
        list[i].odometer_km = (uint32_t)reader_varint(r);
        list[i].since_ms = (int64_t)reader_u64(r);
    }
    out->garage = list;
    return ERR_OK;
}

static enum err decode_consents(struct reader *r, struct arena *a, struct user *out) {
    out->consent_count = list_length(r, USER_CONSENTS_MAX);
    struct consent *list = ARENA_ARRAY(a, struct consent, out->consent_count);
    if (list == NULL && out->consent_count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < out->consent_count; i++) {
        list[i].purpose = reader_string(r);
        list[i].granted = reader_u8(r) != 0;
    }
    out->consents = list;
    return ERR_OK;
}

static void decode_home(struct reader *r, struct user *out) {
    out->has_home = reader_u8(r) & FLAG_HOME;
    if (out->has_home) reader_take(r, &out->home, sizeof out->home);
}

static enum err user_decode(struct slice record, struct arena *a, struct user *out) {
    struct reader r = reader_of(record);
    out->external_id = reader_string(&r);
    decode_home(&r, out);
    TRY(decode_identities(&r, a, out));
    TRY(decode_garage(&r, a, out));
    TRY(decode_consents(&r, a, out));
    return r.bad || reader_left(&r) != 0 ? ERR_DAMAGED : ERR_OK;
}

static enum err user_read(struct snapshot *s, uint32_t id, struct arena *a, struct user *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    *out = (struct user){.id = id};
    TRY(db_get(s, TABLE_USER, slice_of(&key, sizeof key), &value));
    return user_decode(value, a, out);
}

enum err user_load(struct view *v, uint32_t id, struct user **out) {
    *out = ARENA_NEW(v->arena, struct user);
    if (*out == NULL) return ERR_NO_MEMORY;
    TRY(user_read(v->snapshot, id, v->arena, *out));
    (*out)->last_sequence = user_last_sequence(v, id);
    return ERR_OK;
}

enum err user_home(struct view *v, uint32_t id, struct geo *out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice value;
    struct user u;
    TRY(db_get(v->snapshot, TABLE_USER, slice_of(&key, sizeof key), &value));
    struct reader r = reader_of(value);
    (void)reader_string(&r);
    decode_home(&r, &u);
    if (r.bad) return ERR_DAMAGED;
    if (u.has_home) *out = u.home;
    return u.has_home ? ERR_OK : ERR_NOT_FOUND;
}

uint32_t users_highest(struct view *v) {
    uint64_t next = 0;
    (void)db_meta_u64(v->snapshot, USER_COUNTER, &next);
    return (uint32_t)next;
}

// ---- from JSON ----------------------------------------------------------------------------------------------------

static enum err get_list(const struct json *body, const char *key, size_t max, const struct json **out,
                         struct fault *why) {
    *out = NULL;
    TRY(json_get_array(body, key, out, why));
    if (*out && (*out)->count > max)
        return fault_set(why, ERR_BAD_REQUEST, key, "%s must have at most %zu entries", key, max);
    return ERR_OK;
}

static enum err get_text(const struct json *object, const char *list, const char *key, struct slice *out,
                         struct fault *why) {
    TRY(json_get_string(object, key, out, why));
    if (out->n > 0 && out->n <= LIMIT_EXTERNAL_ID_BYTES) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, list, "%s: %s must be 1 to %d bytes", list, key, LIMIT_EXTERNAL_ID_BYTES);
}

static enum err identities_from_json(struct view *v, const struct json *body, struct user *out, struct fault *why) {
    static const char *const keys[] = {"kind", "value", NULL};
    const struct json *list;
    TRY(get_list(body, "identities", USER_IDENTITIES_MAX, &list, why));
    if (list == NULL) {
        out->keep |= USER_KEEP_IDENTITIES;
        return ERR_OK;
    }
    struct identity *entries = ARENA_ARRAY(v->arena, struct identity, list->count);
    if (entries == NULL && list->count) return ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) {
        TRY(json_only_keys(&list->items[i], keys, why));
        TRY(get_text(&list->items[i], "identities", "kind", &entries[i].kind, why));
        TRY(get_text(&list->items[i], "identities", "value", &entries[i].value, why));
    }
    out->identities = entries;
    out->identity_count = (unsigned)list->count;
    return ERR_OK;
}

static enum err since_from_json(const struct json *object, int64_t *out, struct fault *why) {
    const struct json *since = json_get(object, "since");
    if (since == NULL || since->type != JSON_STRING) return json_get_integer(object, "since", 0, INT64_MAX, out, why);
    if (clock_parse_ms(since->string, out)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "garage", "garage: since must be RFC 3339 or Unix milliseconds");
}

// The vehicle must be one we know, and the attributes must leave something of it.
static enum err check_vehicle(struct view *v, const struct garage_entry *g, struct fault *why) {
    uint32_t id;
    struct knowledge k;
    enum err e = vehicle_find(v, g->vehicle, &id);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, ERR_BAD_REQUEST, "garage", "garage: unknown vehicle \"%.*s\"", SLICE_ARGS(g->vehicle));
    TRY(e);
    e = knowledge_parse(v, g->vehicle, g->attrs, SLICE_NONE, &k, why);
    if (e == ERR_BAD_REQUEST && why) slice_copy(SLICE("garage"), why->field, sizeof why->field);
    return e;
}

static enum err garage_entry_from_json(struct view *v, const struct json *object, struct garage_entry *out,
                                       struct fault *why) {
    static const char *const keys[] = {"vehicle", "attrs", "odometer_km", "since", NULL};
    const struct json *attrs = NULL;
    int64_t odometer_km = 0;
    TRY(json_only_keys(object, keys, why));
    TRY(get_text(object, "garage", "vehicle", &out->vehicle, why));
    TRY(json_get_object(object, "attrs", &attrs, why));
    TRY(json_get_integer(object, "odometer_km", 0, UINT32_MAX, &odometer_km, why));
    TRY(since_from_json(object, &out->since_ms, why));
    out->odometer_km = (uint32_t)odometer_km;
    if (attrs) TRY(knowledge_attrs_from_json(v->arena, attrs, &out->attrs, why));
    return check_vehicle(v, out, why);
}

static enum err garage_from_json(struct view *v, const struct json *body, struct user *out, struct fault *why) {
    const struct json *list;
    TRY(get_list(body, "garage", LIMIT_GARAGE, &list, why));
    if (list == NULL) {
        out->keep |= USER_KEEP_GARAGE;
        return ERR_OK;
    }
    struct garage_entry *entries = ARENA_ARRAY(v->arena, struct garage_entry, list->count);
    if (entries == NULL && list->count) return ERR_NO_MEMORY;
    for (size_t i = 0; i < list->count; i++) TRY(garage_entry_from_json(v, &list->items[i], &entries[i], why));
    out->garage = entries;
    out->garage_count = (unsigned)list->count;
    return ERR_OK;
}

static enum err consents_from_json(struct view *v, const struct json *body, struct user *out, struct fault *why) {
    const struct json *object = NULL;
    TRY(json_get_object(body, "consent", &object, why));
    if (object == NULL) {
        out->keep |= USER_KEEP_CONSENTS;
        return ERR_OK;
    }
    if (object->count > USER_CONSENTS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "consent", "consent must have at most %d members", USER_CONSENTS_MAX);
    struct consent *entries = ARENA_ARRAY(v->arena, struct consent, object->count);
    if (entries == NULL && object->count) return ERR_NO_MEMORY;
    for (size_t i = 0; i < object->count; i++) {
        entries[i] = (struct consent){object->keys[i], object->items[i].boolean};
        if (object->items[i].type != JSON_BOOL || object->keys[i].n == 0 || object->keys[i].n > LIMIT_EXTERNAL_ID_BYTES)
            return fault_set(why, ERR_BAD_REQUEST, "consent", "consent must be an object of purpose: true or false");
    }
    out->consents = entries;
    out->consent_count = (unsigned)object->count;
    return ERR_OK;
}

static enum err home_from_json(const struct json *body, struct user *out, struct fault *why) {
    static const char *const keys[] = {"near", "datum", NULL};
    const struct json *home = json_get(body, "home");
    if (home == NULL) out->keep |= USER_KEEP_HOME;
    if (home == NULL || home->type == JSON_NULL) return ERR_OK;
    TRY(json_get_object(body, "home", &home, why));
    TRY(json_only_keys(home, keys, why));
    TRY(geo_from_json(home, &out->home, &out->has_home, why));
    return out->has_home ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "home", "home: near must be [lat,lon]");
}

enum err user_from_json(struct view *v, struct slice external_id, const struct json *body, struct user *out,
                        struct fault *why) {
    static const char *const keys[] = {"identities", "garage", "consent", "home", NULL};
    *out = (struct user){.external_id = external_id};
    if (external_id.n == 0 || external_id.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "id", "id must be 1 to %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    TRY(json_only_keys(body, keys, why));
    TRY(identities_from_json(v, body, out, why));
    TRY(garage_from_json(v, body, out, why));
    TRY(home_from_json(body, out, why));
    return consents_from_json(v, body, out, why);
}

// ---- writing ------------------------------------------------------------------------------------------------------

static enum err write_record(struct txn *t, struct arena *scratch, uint32_t id, const struct user *user) {
    uint32_t key = __builtin_bswap32(id);
    struct buf record;
    buf_init(&record, scratch, 512);
    user_encode(&record, user);
    enum err e = record.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_USER, slice_of(&key, sizeof key), buf_slice(&record));
    buf_free(&record);
    return e;
}

static enum err find_id(struct txn *t, struct slice external_id, uint32_t *id) {
    struct view v = {.snapshot = txn_snapshot(t)};
    return user_find(&v, external_id, id);
}

static enum err create(struct txn *t, struct slice external_id, uint32_t *id) {
    TRY(txn_next_id(t, USER_COUNTER, 1, id));
    ++*id; // counters start at 0, which means nobody
    return txn_put(t, TABLE_USER_ID, external_id, slice_of(id, sizeof *id));
}

enum err user_intern(struct txn *t, struct slice external_id, uint32_t *id) {
    if (external_id.n == 0 || external_id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_BAD_REQUEST;
    enum err e = find_id(t, external_id, id);
    if (e != ERR_NOT_FOUND) return e;
    TRY(create(t, external_id, id));
    return write_record(t, NULL, *id, &(struct user){.external_id = external_id});
}

// The lists that are to be kept, from what is stored.
static void keep_stored(struct user *user, const struct user *stored) {
    if (user->keep & USER_KEEP_IDENTITIES) {
        user->identities = stored->identities;
        user->identity_count = stored->identity_count;
    }
    if (user->keep & USER_KEEP_GARAGE) {
        user->garage = stored->garage;
        user->garage_count = stored->garage_count;
    }
    if (user->keep & USER_KEEP_HOME) {
        user->has_home = stored->has_home;
        user->home = stored->home;
    }
    if (user->keep & USER_KEEP_CONSENTS) {
        user->consents = stored->consents;
        user->consent_count = stored->consent_count;
    }
}

enum err user_put(struct txn *t, struct arena *scratch, const struct user *user, uint32_t *id) {
    struct user merged = *user, stored;
    TRY(user_intern(t, user->external_id, id));
    TRY(user_read(txn_snapshot(t), *id, scratch, &stored));
    keep_stored(&merged, &stored);
    return write_record(t, scratch, *id, &merged);
}

enum err user_delete(struct txn *t, struct arena *scratch, struct slice external_id) {
    uint32_t id, key;
    TRY(find_id(t, external_id, &id));
    TRY(event_delete_user(t, scratch, id));
    TRY(holds_forget_user(t, scratch, external_id));
    key = __builtin_bswap32(id);
    TRY(txn_delete(t, TABLE_USER, slice_of(&key, sizeof key)));
    return txn_delete(t, TABLE_USER_ID, external_id);
}
