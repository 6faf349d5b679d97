#include "server/keys.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct table {
    struct keyfile file; // sorted by id
    unsigned users;      // under keys.lock
};

struct keys {
    const char *path;
    pthread_mutex_t lock; // guards current and every table's users
    struct table *current;
    _Atomic uint64_t generation;
};

struct keys_checker {
    struct keys *keys;
    struct table *table;
    uint64_t generation;
};

static int by_id(const void *a, const void *b) {
    return memcmp(((const struct key *)a)->id, ((const struct key *)b)->id, KEY_ID_CHARS);
}

static enum err load(const char *path, struct table **out, struct fault *why) {
    struct table *t = calloc(1, sizeof *t);
    if (!t) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    t->users = 1;
    enum err code = path[0] ? keyfile_load(path, &t->file, why) : ERR_OK;
    if (code == ERR_OK && path[0] && t->file.count == 0)
        code = fault_set(why, ERR_BAD_REQUEST, "keys", "the key file %.100s holds no key", path);
    if (code != ERR_OK) {
        keyfile_destroy(&t->file);
        free(t);
        return code;
    }
    if (t->file.count > 0) qsort(t->file.keys, t->file.count, sizeof *t->file.keys, by_id);
    *out = t;
    return ERR_OK;
}

static void drop(struct table *t) { // under the lock
    if (--t->users > 0) return;
    keyfile_destroy(&t->file);
    free(t);
}

enum err keys_open(const char *path, struct keys **out, struct fault *why) {
    struct table *t = NULL;
    TRY(load(path, &t, why));
    struct keys *k = calloc(1, sizeof *k);
    if (!k) {
        drop(t);
        return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    }
    k->path = path;
    k->current = t;
    pthread_mutex_init(&k->lock, NULL);
    *out = k;
    return ERR_OK;
}

void keys_close(struct keys *k) {
    if (!k) return;
    drop(k->current);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

enum err keys_reload(struct keys *k, struct fault *why) {
    struct table *t = NULL;
    TRY(load(k->path, &t, why));
    pthread_mutex_lock(&k->lock);
    drop(k->current);
    k->current = t;
    atomic_fetch_add(&k->generation, 1);
    pthread_mutex_unlock(&k->lock);
    return ERR_OK;
}

bool keys_required(const struct keys *k) { return k->path[0] != 0; }

// ---- checking -----------------------------------------------------------------------------------------------------

static void take_up(struct keys_checker *c) {
    pthread_mutex_lock(&c->keys->lock);
    if (c->table) drop(c->table);
    c->table = c->keys->current;
    c->table->users++;
    c->generation = atomic_load(&c->keys->generation);
    pthread_mutex_unlock(&c->keys->lock);
}

struct keys_checker *keys_checker_new(struct keys *k) {
    struct keys_checker *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->keys = k;
    take_up(c);
    return c;
}

void keys_checker_free(struct keys_checker *c) {
    if (!c) return;
    pthread_mutex_lock(&c->keys->lock);
    drop(c->table);
    pthread_mutex_unlock(&c->keys->lock);
    free(c);
}

void keys_checker_refresh(struct keys_checker *c) {
    if (atomic_load_explicit(&c->keys->generation, memory_order_relaxed) != c->generation) take_up(c);
}

static const struct key *find(const struct table *t, struct slice id) {
    struct key wanted = {0};
    memcpy(wanted.id, id.p, KEY_ID_CHARS);
    return t->file.count ? bsearch(&wanted, t->file.keys, t->file.count, sizeof wanted, by_id) : NULL;
}

static void granted(const struct key *key, uint32_t *scopes, char view[KEY_VIEW_BYTES + 1]) {
    *scopes = key->view[0] ? key->scopes & ~(uint32_t)SCOPE_ADMIN : key->scopes & SCOPE_ADMIN ? SCOPE_ALL : key->scopes;
    memcpy(view, key->view, sizeof key->view);
}

bool keys_lookup(struct keys_checker *c, const char id[KEY_ID_CHARS + 1], uint32_t *scopes, char view[KEY_VIEW_BYTES + 1]) {
    const struct key *key = find(c->table, slice_of(id, KEY_ID_CHARS));
    if (key) granted(key, scopes, view);
    return key != NULL;
}

bool keys_check(struct keys_checker *c, struct slice text, uint32_t *scopes, char id_out[KEY_ID_CHARS + 1], char view_out[KEY_VIEW_BYTES + 1]) {
    static const struct key nobody; // an all-zero digest, which no secret has
    struct slice id, secret;
    uint8_t have[KEY_DIGEST_BYTES];
    if (!key_split(text, &id, &secret)) return false;
    key_digest(secret, have);
    const struct key *key = find(c->table, id);
    bool equal = key_digest_equal(have, key ? key->digest : nobody.digest);
    if (!key || !equal) return false;
    granted(key, scopes, view_out);
    memcpy(id_out, key->id, sizeof key->id);
    return true;
}
