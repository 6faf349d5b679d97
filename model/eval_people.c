#include "eval_people.h"

#include <stdlib.h>

#include "index/base/limits.h"
#include "lifecycle.h"

void eval_people_free(struct eval_people *p) {
    free(p->stage);
    free(p->kind);
    *p = (struct eval_people){0};
}

static uint32_t last_wanted(const struct history *h, uint32_t u) {
    for (uint64_t i = h->start[u + 1]; i > h->start[u]; i--)
        if (h->acts[i - 1].weight > 0.0f) return h->acts[i - 1].product;
    return 0;
}

static unsigned without_product(struct event *events, unsigned count, uint32_t product) {
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++)
        if (product == 0 || events[i].product != product) events[kept++] = events[i];
    return kept;
}

static uint8_t number_of(struct eval_people *p, struct slice slug) {
    for (unsigned i = 0; i < p->kinds; i++)
        if (slice_is(slug, p->kind_name[i])) return (uint8_t)i;
    if (slug.n == 0 || slug.n >= EVAL_PEOPLE_KIND_BYTES || p->kinds == EVAL_PEOPLE_KINDS_MAX) return (uint8_t)SEGMENT_NONE;
    slice_copy(slug, p->kind_name[p->kinds], EVAL_PEOPLE_KIND_BYTES);
    return (uint8_t)p->kinds++;
}

static enum err label_person(struct view *v, const struct history *h, uint32_t u, struct eval_people *out) {
    struct user *user;
    struct event *events;
    struct lifecycle life;
    unsigned count;
    enum err e = user_load(v, h->user_ids[u], &user);
    out->stage[u] = out->kind[u] = (uint8_t)SEGMENT_NONE;
    if (e == ERR_NOT_FOUND) return ERR_OK; // erased since
    TRY(e);
    TRY(event_recent(v, h->user_ids[u], LIMIT_USER_EVENTS, &events, &count));
    TRY(lifecycle_compute(v, user, events, without_product(events, count, last_wanted(h, u)), false, &life));
    out->stage[u] = (uint8_t)life.stage;
    out->kind[u] = number_of(out, life.segment);
    return ERR_OK;
}

enum err eval_people_load(struct view *v, const struct history *h, struct eval_people *out) {
    struct arena *before = v->arena, own;
    enum err e = ERR_OK;
    *out = (struct eval_people){.users = h->users};
    out->stage = malloc((size_t)h->users + 1);
    out->kind = malloc((size_t)h->users + 1);
    if (!out->stage || !out->kind) return ERR_NO_MEMORY;
    arena_init(&own, 64 * 1024, LIMIT_REQUEST_ARENA_BYTES);
    v->arena = &own;
    for (uint32_t u = 0; e == ERR_OK && u < h->users; u++) {
        e = label_person(v, h, u, out);
        arena_reset(&own);
    }
    v->arena = before;
    arena_destroy(&own);
    return e;
}
