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

static enum err reading_take(struct view *v, const struct car_reading *reading, unsigned max, uint32_t *out, unsigned *count) {
    struct knowledge k;
    enum err e = knowledge_of_words(v, reading, SLICE_NONE, SLICE_NONE, &k, NULL);
    if (e == ERR_BAD_REQUEST) return ERR_OK;
    TRY(e);
    for (unsigned i = k.resolved ? k.vehicle_count : 0; i-- > 0 && *count < max;) {
        uint32_t id = k.vehicles[i].vehicle->id;
        bool there = false;
        for (unsigned m = 0; m < *count; m++) there |= out[m] == id;
        if (!there) out[(*count)++] = id;
    }
    return ERR_OK;
}

// Half of the room is the first reading's, so that what else the words may mean is seen.
enum err suggest_by_words(struct view *v, struct slice query, unsigned max, uint32_t *out, unsigned *count) {
    struct understood *u = ARENA_NEW(v->arena, struct understood);
    *count = 0;
    if (!u) return ERR_NO_MEMORY;
    TRY(query_understand(v, query, u));
    if (u->unknown_car.n) return ERR_OK;
    for (unsigned i = 0; i < u->reading_count && *count < max; i++) {
        if (u->readings[i].model_count == 0) continue;
        bool last = i + 1 == u->reading_count;
        TRY(reading_take(v, &u->readings[i], last ? max : *count + (max - *count + 1) / 2, out, count));
    }
    return ERR_OK;
}
