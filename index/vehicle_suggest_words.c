// vehicle_suggest_words.c: cars a text names by what is no name: generations, chassis, badges, engines (vehicle_suggest.h).
#include "base/limits.h"
#include "query.h"
#include "vehicle_suggest.h"

enum { MEANINGS = 16 };

// A phrase that speaks of cars and is not the name of one as well.
static enum err phrase_says_car(struct view *v, struct slice phrase, bool *out) {
    struct lexicon_entry found[MEANINGS];
    unsigned count;
    bool longer, car = false, name = false;
    TRY(lexicon_lookup(v, phrase, found, MEANINGS, &count, &longer));
    for (unsigned i = 0; i < count; i++) {
        car |= found[i].kind == LEXICON_CAR;
        name |= found[i].kind == LEXICON_MODEL && found[i].weight > LEXICON_SOUND;
    }
    *out |= car && !name;
    return ERR_OK;
}

enum err suggest_says_car(struct view *v, struct slice folded, bool *out) {
    struct slice rest = folded;
    *out = false;
    TRY(phrase_says_car(v, folded, out));
    for (unsigned i = 0; i < SUGGEST_WORDS_MAX && rest.n > 0 && rest.n < folded.n + 1 && !*out; i++) {
        struct slice word = slice_cut(&rest, ' ');
        if (word.n > 0 && word.n < folded.n) TRY(phrase_says_car(v, word, out));
    }
    return ERR_OK;
}

static bool listed(const uint32_t *list, unsigned count, uint32_t id) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == id) return true;
    return false;
}

// Newest first, so that each of several models is seen before any of them a second time.
static enum err reading_take(struct view *v, const struct car_reading *reading, unsigned max, uint32_t *out, unsigned *count) {
    struct knowledge k;
    const struct vehicle *best[LIMIT_HITS_MAX];
    unsigned n = 0, room = max > LIMIT_HITS_MAX ? LIMIT_HITS_MAX : max;
    enum err e = knowledge_of_words(v, reading, SLICE_NONE, SLICE_NONE, &k, NULL);
    if (e == ERR_BAD_REQUEST) return ERR_OK;
    TRY(e);
    for (unsigned i = 0; k.resolved && i < k.vehicle_count; i++) {
        const struct vehicle *car = k.vehicles[i].vehicle;
        unsigned at = n;
        while (at > 0 && car->year > best[at - 1]->year) at--;
        if (at == room) continue;
        if (n < room) n++;
        memmove(best + at + 1, best + at, (n - 1 - at) * sizeof *best);
        best[at] = car;
    }
    for (unsigned i = 0; i < n && *count < max; i++)
        if (!listed(out, *count, best[i]->id)) out[(*count)++] = best[i]->id;
    return ERR_OK;
}

// All of a make is a list nobody reads, and a long one to make; its name leads to its best models (vehicle_suggest.c).
static bool names_models(const struct car_reading *r) {
    for (unsigned i = 0; i < r->model_count; i++)
        if (r->models[i].model == 0) return false;
    return r->model_count > 0;
}

// Half of the room is the first reading's, so that what else the words may mean is seen.
enum err suggest_by_words(struct view *v, struct slice query, unsigned max, uint32_t *out, unsigned *count) {
    struct understood *u = ARENA_NEW(v->arena, struct understood);
    *count = 0;
    if (!u) return ERR_NO_MEMORY;
    TRY(query_understand(v, query, false, u));
    if (u->unknown_car.n) return ERR_OK;
    for (unsigned i = 0; i < u->reading_count && *count < max; i++) {
        if (!names_models(&u->readings[i])) continue;
        bool last = i + 1 == u->reading_count;
        TRY(reading_take(v, &u->readings[i], last ? max : *count + (max - *count + 1) / 2, out, count));
    }
    return ERR_OK;
}
