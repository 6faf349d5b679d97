#include "server/fleet.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/push.h"

struct fleet_stream {
    struct request *rq;
    struct fleet_stream *next;
    struct fleet_note *waiting; // a ring of FLEET_WAITING_MAX
    unsigned first, count, user_count;
    bool gap, replaced;
    struct fleet_user { char id[FLEET_ID_BYTES + 1]; } *users;
    struct fleet_told told[FLEET_TOLD];
};
struct fleet {
    pthread_mutex_t lock;
    struct fleet_stream *streams;
    unsigned stream_count; // without those that are replaced
    uint64_t replaced, gaps;
    uint64_t last_id, first_id; // ids given; the oldest one the ring still knows
    unsigned ring_at;
    struct fleet_note *ring;
};

struct fleet *fleet_new(const struct clock *clock) {
    struct fleet *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    f->ring = calloc(FLEET_RING, sizeof *f->ring);
    pthread_mutex_init(&f->lock, NULL);
    f->last_id = (uint64_t)clock_unix_ms(clock) * 1000;
    f->first_id = f->last_id + 1;
    if (f->ring) return f;
    fleet_free(f);
    return NULL;
}

void fleet_free(struct fleet *f) {
    if (!f) return;
    pthread_mutex_destroy(&f->lock);
    free(f->ring);
    free(f);
}

// ---- what waits, under the lock -------------------------------------------------------------------------------------------------------
static bool hears(const struct fleet_stream *s, const struct fleet_note *n) {
    if (s->replaced || strcmp(s->rq->key_id, n->key_id) != 0) return false;
    for (unsigned i = 0; i < s->user_count; i++)
        if (strcmp(s->users[i].id, n->user) == 0) return true;
    return s->user_count == 0;
}

static void lost(struct fleet *f, struct fleet_stream *s) {
    f->gaps += !s->gap;
    s->gap = true;
}

// A person waits once for each car.
static void add(struct fleet *f, struct fleet_stream *s, const struct fleet_note *n) {
    for (unsigned i = 0; i < s->count; i++) {
        struct fleet_note *w = &s->waiting[(s->first + i) % FLEET_WAITING_MAX];
        if (strcmp(w->user, n->user) != 0 || strcmp(w->vehicle, n->vehicle) != 0) continue;
        return; // its news are read when its turn comes; the id of the first one loses nothing
    }
    if (s->count == FLEET_WAITING_MAX) {
        lost(f, s);
        return;
    }
    s->waiting[(s->first + s->count++) % FLEET_WAITING_MAX] = *n;
}

static void note_text(char to[FLEET_ID_BYTES + 1], struct slice text) {
    if (text.n && text.n <= FLEET_ID_BYTES) memcpy(to, text.p, text.n);
}

static void publish(struct fleet *f, const char *key_id, const struct event *e) {
    struct fleet_note *n = &f->ring[f->ring_at++ % FLEET_RING];
    if (n->id) f->first_id = n->id + 1;
    *n = (struct fleet_note){.id = ++f->last_id};
    note_text(n->user, e->user);
    note_text(n->vehicle, e->vehicle);
    memcpy(n->key_id, key_id, sizeof n->key_id);
    for (struct fleet_stream *s = f->streams; s; s = s->next) {
        if (!hears(s, n)) continue;
        add(f, s, n);
        request_poke(s->rq);
    }
}

void fleet_publish(struct fleet *f, const char *key_id, const struct event *list, size_t count) {
    bool locked = false;
    for (size_t i = 0; i < count; i++) {
        if (list[i].type != EVENT_TELEMETRY && list[i].type != EVENT_INSPECTION) continue;
        if (!locked) pthread_mutex_lock(&f->lock);
        locked = true;
        publish(f, key_id, &list[i]);
    }
    if (locked) pthread_mutex_unlock(&f->lock);
}

// ---- streams ------------------------------------------------------------------------------------------------------------------------------
static enum err users_parse(struct request *rq, struct slice users, struct fleet_stream *s, struct fault *why) {
    s->users = ARENA_ARRAY(&rq->arena, struct fleet_user, FLEET_USERS_MAX);
    if (!s->users) return ERR_NO_MEMORY;
    while (users.p && users.n) {
        struct slice one = slice_trim(slice_cut(&users, ','));
        if (s->user_count == FLEET_USERS_MAX || one.n == 0 || one.n > FLEET_ID_BYTES)
            return fault_set(why, ERR_BAD_REQUEST, "users", "users is at most %d ids with commas between", FLEET_USERS_MAX);
        note_text(s->users[s->user_count++].id, one);
    }
    if (s->user_count || rq->key_id[0]) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "users", "users is missing: without keys a stream names the people it is about");
}

static void resume(struct fleet *f, struct fleet_stream *s, uint64_t since) {
    bool known = since + 1 >= f->first_id && since <= f->last_id;
    for (unsigned i = 0; i < FLEET_RING; i++) {
        const struct fleet_note *n = &f->ring[(f->ring_at + i) % FLEET_RING];
        if (n->id && (n->id > since || !known) && hears(s, n)) add(f, s, n);
    }
    if (known) return;
    lost(f, s);
    for (unsigned i = 0; i < s->user_count; i++) {
        struct fleet_note n = {0};
        memcpy(n.user, s->users[i].id, sizeof n.user);
        add(f, s, &n);
    }
}

// The streams of the same key end; what waits for them waits for `s`, unless that goes on by itself from where its client was.
static void replace(struct fleet *f, struct fleet_stream *s, bool inherits) {
    for (struct fleet_stream *old = f->streams; old && s->rq->key_id[0]; old = old->next) {
        if (old->replaced || strcmp(old->rq->key_id, s->rq->key_id) != 0) continue;
        for (unsigned i = 0; inherits && i < old->count; i++) {
            const struct fleet_note *n = &old->waiting[(old->first + i) % FLEET_WAITING_MAX];
            if (hears(s, n)) add(f, s, n);
        }
        s->gap = s->gap || (inherits && old->gap);
        old->replaced = true;
        f->replaced++;
        f->stream_count--;
        request_poke(old->rq);
    }
}

// False: there are too many.
static bool enter(struct fleet *f, struct fleet_stream *s, bool has_since, uint64_t since) {
    pthread_mutex_lock(&f->lock);
    replace(f, s, !has_since);
    bool room = f->stream_count < FLEET_STREAMS_MAX;
    if (room) {
        s->next = f->streams;
        f->streams = s;
        f->stream_count++;
        if (has_since) resume(f, s, since);
    }
    pthread_mutex_unlock(&f->lock);
    return room;
}

enum err fleet_open(struct fleet *f, struct request *rq, struct slice users, bool has_since, uint64_t since, struct fleet_stream **out, struct fault *why) {
    struct fleet_stream *s = ARENA_NEW(&rq->arena, struct fleet_stream);
    struct fleet_note *waiting = s ? ARENA_ARRAY(&rq->arena, struct fleet_note, FLEET_WAITING_MAX) : NULL;
    if (!waiting) return ERR_NO_MEMORY;
    s->rq = rq;
    s->waiting = waiting;
    TRY(users_parse(rq, users, s, why));
    *out = s;
    return enter(f, s, has_since, since) ? ERR_OK : fault_set(why, ERR_RATE_LIMITED, "", "%d streams are open", FLEET_STREAMS_MAX);
}

void fleet_close(struct fleet *f, struct fleet_stream *s) {
    pthread_mutex_lock(&f->lock);
    struct fleet_stream **at = &f->streams;
    while (*at != s) at = &(*at)->next;
    *at = s->next;
    f->stream_count -= !s->replaced;
    pthread_mutex_unlock(&f->lock);
}

static enum fleet_news next(struct fleet_stream *s, struct fleet_note *out) {
    if (s->replaced) return FLEET_REPLACED;
    if (s->gap) {
        s->gap = false;
        return FLEET_GAP;
    }
    if (s->count == 0) return FLEET_NOTHING;
    *out = s->waiting[s->first];
    s->first = (s->first + 1) % FLEET_WAITING_MAX;
    s->count--;
    return FLEET_NOTE;
}

enum fleet_news fleet_next(struct fleet *f, struct fleet_stream *s, struct fleet_note *out) {
    pthread_mutex_lock(&f->lock);
    enum fleet_news news = next(s, out);
    pthread_mutex_unlock(&f->lock);
    return news;
}

uint64_t fleet_reached(struct fleet *f, struct fleet_stream *s) {
    pthread_mutex_lock(&f->lock);
    uint64_t id = s->count || s->gap || s->replaced ? 0 : f->last_id;
    pthread_mutex_unlock(&f->lock);
    return id;
}

void fleet_stats(struct fleet *f, struct fleet_stats *out) {
    pthread_mutex_lock(&f->lock);
    *out = (struct fleet_stats){f->stream_count, f->replaced, f->gaps};
    pthread_mutex_unlock(&f->lock);
}

struct fleet_told *fleet_told(struct fleet_stream *s, struct slice user) {
    uint64_t h = 14695981039346656037u; // FNV-1a
    for (size_t i = 0; i < user.n; i++) h = (h ^ (unsigned char)user.p[i]) * 1099511628211u;
    struct fleet_told *t = &s->told[h % FLEET_TOLD];
    if (t->user != h) *t = (struct fleet_told){.user = h};
    return t;
}
