#include "market.h"

#include <stdlib.h>

#include "index/base/hash.h"
#include "index/base/limits.h"
#include "index/user.h"
#include "index/vehicle.h"

#define REMEMBERED 65536u // cars; another one with the same low bits of its hash takes the place
#define SCRATCH_FIRST_BYTES (64 * 1024)

enum market market_of_bits(uint8_t bits) {
    if (bits == VEHICLE_MARKET_US) return MARKET_US;
    return bits == VEHICLE_MARKET_CN ? MARKET_CN : MARKET_ANY;
}

enum market market_of_attrs(struct slice attrs) {
    uint8_t bits = 0;
    while (attrs.p) {
        struct slice values = slice_cut(&attrs, ','), name = slice_cut(&values, ':');
        if (!slice_is(name, "market")) continue;
        while (values.p) bits |= vehicle_market_bit(slice_cut(&values, '|'));
    }
    return market_of_bits(bits);
}

struct remembered { uint64_t hash; enum market market; }; // hash 0: empty
struct market_reader {
    struct view *view;
    struct arena arena;       // of one car or person at a time
    uint32_t user;            // whose garage was looked at
    enum market of_user;
    struct remembered cars[REMEMBERED];
};

struct market_reader *market_reader_new(struct view *v) {
    struct market_reader *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->view = v;
    arena_init(&m->arena, SCRATCH_FIRST_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    return m;
}

void market_reader_free(struct market_reader *m) {
    if (!m) return;
    arena_destroy(&m->arena);
    free(m);
}

// Cars nobody knows (any more) are of no market.
static enum err market_of_slug(struct market_reader *m, struct slice slug, enum market *out) {
    struct arena *was = m->view->arena;
    struct vehicle *car;
    uint32_t id;
    *out = MARKET_ANY;
    arena_reset(&m->arena);
    m->view->arena = &m->arena;
    enum err e = vehicle_find(m->view, slug, &id);
    if (e == ERR_OK) e = vehicle_load(m->view, id, &car);
    if (e == ERR_OK) *out = market_of_bits(vehicle_markets(m->view, car, NULL));
    m->view->arena = was;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err market_of_car(struct market_reader *m, struct slice vehicle, enum market *out) {
    struct slice slug = slice_cut(&vehicle, '~');
    uint64_t hash = slug.n ? hash64(slug) : 0;
    struct remembered *car = &m->cars[hash % REMEMBERED];
    *out = MARKET_ANY;
    if (hash == 0) return ERR_OK;
    if (car->hash != hash) {
        TRY(market_of_slug(m, slug, &car->market));
        car->hash = hash;
    }
    *out = car->market;
    return ERR_OK;
}

static enum err market_of_garage(struct market_reader *m, uint32_t id, enum market *out) {
    struct arena own, *was = m->view->arena;
    struct user *user;
    *out = MARKET_ANY;
    arena_init(&own, SCRATCH_FIRST_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    m->view->arena = &own;
    enum err e = user_load(m->view, id, &user);
    m->view->arena = was;
    for (unsigned i = 0; e == ERR_OK && i < user->garage_count && *out == MARKET_ANY; i++) {
        *out = market_of_attrs(user->garage[i].attrs);
        if (*out == MARKET_ANY) e = market_of_car(m, user->garage[i].vehicle, out);
    }
    arena_destroy(&own);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err market_of_event(struct market_reader *m, uint32_t user, struct slice vehicle, enum market *out) {
    TRY(market_of_car(m, vehicle, out));
    if (*out != MARKET_ANY || user == 0) return ERR_OK;
    if (m->user != user) {
        TRY(market_of_garage(m, user, &m->of_user));
        m->user = user;
    }
    *out = m->of_user;
    return ERR_OK;
}
