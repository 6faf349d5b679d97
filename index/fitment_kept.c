#include "fitment_kept.h"

#include "base/buf.h"
#include "base/limits.h"
#include "decoded.h"
#include "fitment_level.h"

struct kept { // then the matches, the options of the levels, their pairs
    struct hash128 hash;
    unsigned count;
    bool rows_left_out;
    struct level_answers levels;
};

// ---- the key --------------------------------------------------------------------------------------------------------------------
static void put_u32(struct buf *b, uint32_t x) { buf_put(b, &x, sizeof x); }

static void put_answers(struct buf *b, const struct knowledge *k) {
    put_u32(b, k->answer_count);
    for (unsigned i = 0; i < k->answer_count; i++) {
        const struct answer *a = &k->answers[i];
        put_u32(b, (uint32_t)a->attr << 24 | (uint32_t)a->dont_know << 16 | a->count);
        put_u32(b, a->texts != NULL);
        buf_put(b, a->values, a->count * sizeof *a->values);
        for (unsigned n = 0; a->texts && n < a->count; n++) {
            put_u32(b, (uint32_t)a->texts[n].n);
            buf_put(b, a->texts[n].p, a->texts[n].n);
        }
    }
    put_u32(b, k->condition_count);
    for (unsigned i = 0; i < k->condition_count; i++) {
        put_u32(b, k->conditions[i].condition);
        put_u32(b, (uint8_t)k->conditions[i].answer);
    }
    put_u32(b, k->position_given);
    if (k->position_given) buf_put(b, k->positions, sizeof k->positions);
    put_u32(b, k->quantity_count);
    buf_put(b, k->quantities, k->quantity_count * sizeof *k->quantities);
}

static void put_cars(struct buf *b, const struct knowledge *k) {
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &k->vehicles[i];
        put_u32(b, kv->vehicle->id);
        put_u32(b, kv->words);
        buf_put(b, kv->possible, kv->words * sizeof *kv->possible);
    }
}

enum err fitment_key_of(struct view *v, const struct knowledge *k, const uint32_t *types, unsigned count, bool universal, struct fitment_key *out) {
    uint64_t exclusions;
    struct buf b;
    *out = (struct fitment_key){.usable = false};
    if (!v->decoded || v->assortment || !k->resolved || k->vehicle_count <= QUESTION_VEHICLES) return ERR_OK;
    if (snapshot_version(v->snapshot, TABLE_EXCLUSION, &exclusions) != ERR_OK) return ERR_OK;
    buf_init(&b, v->arena, k->vehicle_count * (size_t)24 + 256);
    buf_put(&b, &exclusions, sizeof exclusions);
    put_u32(&b, count << 1 | universal);
    buf_put(&b, types, count * sizeof *types);
    put_answers(&b, k);
    put_cars(&b, k);
    if (b.bad) return ERR_NO_MEMORY;
    *out = (struct fitment_key){.hash = hash128(buf_slice(&b)), .usable = true};
    return ERR_OK;
}

// ---- kept -----------------------------------------------------------------------------------------------------------------------
static bool clean(const struct view *v, const uint32_t *types, unsigned count) {
    bool all = count > 0 || decoded_clean(v, 0);
    for (unsigned i = 0; i < count && all; i++) all = decoded_clean(v, types[i]) || decoded_clean(v, 0);
    return all;
}

bool fitment_kept(struct view *v, const struct fitment_key *key, const struct knowledge *k, struct fitment *out) {
    const struct kept *kept = key->usable ? decoded_find(v, decoded_fitment_key(key->hash.low)) : NULL;
    if (!kept || kept->hash.low != key->hash.low || kept->hash.high != key->hash.high) return false;
    *out = (struct fitment){.k = k,
                            .matches = (struct match *)(uintptr_t)(kept + 1), // nobody writes to what was found
                            .count = kept->count,
                            .rows_left_out = kept->rows_left_out,
                            .levels = &kept->levels};
    return true;
}

static void *copied(char **at, const void *from, size_t bytes) {
    void *to = *at;
    if (bytes) memcpy(to, from, bytes);
    *at += (bytes + 15) & ~(size_t)15;
    return to;
}

enum err fitment_keep(struct view *v, const struct fitment_key *key, const uint32_t *types, unsigned count, struct fitment *f) {
    if (!key->usable || (f->open_count && !f->rows_left_out) || !clean(v, types, count)) return ERR_OK;
    struct level_answers *found;
    TRY(level_answers_of(v, f, NULL, &found));
    f->levels = found;
    size_t bytes = sizeof(struct kept) + f->count * sizeof *f->matches + 16;
    for (unsigned i = 0; i < CAR_LEVELS; i++)
        bytes += found->of[i].option_count * sizeof *found->of[i].options + found->of[i].pair_count * sizeof *found->of[i].pairs + 32;
    if (bytes > LIMIT_KEPT_FITMENT_BYTES) return ERR_OK;
    struct kept *kept = decoded_place(v, decoded_fitment_key(key->hash.low), bytes);
    if (!kept) return ERR_OK;
    char *at = (char *)(kept + 1);
    *kept = (struct kept){.hash = key->hash, .count = f->count, .rows_left_out = f->rows_left_out, .levels = *found};
    copied(&at, f->matches, f->count * sizeof *f->matches);
    for (unsigned i = 0; i < CAR_LEVELS; i++) {
        struct level_answer_list *l = &kept->levels.of[i];
        l->options = copied(&at, l->options, l->option_count * sizeof *l->options);
        l->pairs = copied(&at, l->pairs, l->pair_count * sizeof *l->pairs);
    }
    return ERR_OK;
}
