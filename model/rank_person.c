#include "rank_internal.h"

#include <assert.h>
#include <math.h>

#include "index/assortment.h"
#include "index/user.h"

// ---- events -------------------------------------------------------------------------------------------------------

static void add_event(struct ranker *r, struct person_event e) {
    r->events[r->event_count++] = e;
    r->wishes[r->wish_count++] = (struct interaction){e.product, e.weight};
}

// The newest first, like stored events: the session's last product is what was looked at last.
static void session_events(struct ranker *r, int64_t now_ms, const uint32_t *session, unsigned n) {
    float click = interaction_weight(EVENT_CLICK, NAN);
    for (unsigned i = n; i > 0 && n - i < RANK_SESSION_MAX; i--)
        add_event(r, (struct person_event){session[i - 1], click, EVENT_CLICK, now_ms});
}

static enum err stored_events(struct ranker *r, struct view *v, const struct rank_person *of) {
    const struct event *events = of->events;
    unsigned n = of->event_count;
    int64_t today_ms = rank_today_ms(v);
    if (!events) {
        struct event *read;
        TRY(event_recent(v, of->user, LIMIT_USER_EVENTS, &read, &n));
        events = read;
    }
    for (unsigned i = 0; i < n; i++) {
        float weight = interaction_weight(events[i].type, events[i].value);
        if (weight == 0.0f || events[i].product == 0) continue;
        weight *= interaction_decay(today_ms - events[i].unix_ms);
        add_event(r, (struct person_event){events[i].product, weight, events[i].type, events[i].unix_ms});
    }
    return ERR_OK;
}

static enum err ready_foldin(struct ranker *r) {
    if (r->pinned == NULL || r->dimension == generation_dimension(r->pinned)) return ERR_OK;
    foldin_free(r->foldin);
    r->dimension = 0;
    r->foldin = foldin_new(generation_dimension(r->pinned));
    if (r->foldin == NULL) return ERR_NO_MEMORY;
    r->dimension = generation_dimension(r->pinned);
    return ERR_OK;
}

enum err rank_events_load(struct ranker *r, struct view *v, const struct rank_person *of) {
    _Static_assert(PERSON_EVENTS_MAX == LIMIT_USER_EVENTS + RANK_SESSION_MAX, "room for both");
    r->event_count = r->wish_count = 0;
    TRY(ready_foldin(r));
    session_events(r, clock_unix_ms(v->clock), of->session, of->session_count);
    if (of->user != 0) TRY(stored_events(r, v, of));
    r->wish_count = (unsigned)interaction_merge(r->wishes, r->wish_count);
    return ERR_OK;
}

// ---- persons ------------------------------------------------------------------------------------------------------

static enum err compute_person(struct ranker *r, struct view *v, const struct rank_person *of, struct person *out) {
    TRY(rank_events_load(r, v, of));
    struct assortment *was = assortment_lift(v); // kept for every request of this person
    person_compute(r->pinned, r->foldin, v, r->wishes, r->wish_count, r->events, r->event_count, out);
    assortment_put_back(v, was);
    out->stamp = ++r->stamps;
    return ERR_OK;
}

static enum err cached_person(struct ranker *r, struct view *v, uint32_t user, struct person **out) {
    bool found;
    uint64_t snapshot = snapshot_id(v->snapshot);
    uint64_t newer = r->pinned ? generation_newer(r->pinned) : 0; // events may be on products that were taken in
    struct person_key key = {0, rank_generation(r) + newer * UINT64_C(0x9E3779B97F4A7C15), user, (uint32_t)(rank_today_ms(v) / RANK_DAY_MS)};
    *out = person_cache_again(r->cache, snapshot, &key);
    if (*out) return ERR_OK;
    key.sequence = user_last_sequence(v, user);
    *out = person_cache_entry(r->cache, &key, &found);
    enum err e = found ? ERR_OK : compute_person(r, v, &(struct rank_person){.user = user}, *out);
    if (e == ERR_OK) person_cache_seen(r->cache, snapshot, *out);
    else person_cache_forget(r->cache, user);
    return e;
}

static const struct covisit *covisit_of(struct ranker *r, const struct person *person) {
    bool found;
    if (!r->pinned || person->row_count == 0) return NULL;
    struct covisit *c = covisit_cache_entry(r->covisits, person->stamp, &found);
    if (!found) covisit_fill(c, r->pinned, &r->scale, person->rows, person->row_count);
    return c;
}

enum err rank_person_load(struct ranker *r, struct view *v, uint32_t user, const uint32_t *session,
                          unsigned session_count, struct rank_person *out) {
    assert(r->magic == RANKER_MAGIC);
    struct person *person = &r->session;
    *out = (struct rank_person){.user = user, .session = session, .session_count = session_count};
    if (user == 0 && session_count == 0) return ERR_OK;
    if (session_count > 0) TRY(compute_person(r, v, out, person));
    else TRY(cached_person(r, v, user, &person));
    if (person->has_vector) out->vector = person->vector;
    out->length = person->has_vector ? person->length : 0.0f;
    if (person->has_tastes) out->tastes = &person->tastes;
    out->covisit = covisit_of(r, person);
    return ERR_OK;
}
