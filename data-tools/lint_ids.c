#include "lint_ids.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "index/interner.h"

#define SUSPECT_CHANCE 1e-5
enum { RARE_SHARE = 100 }; // one use in so many

struct id_use {
    uint64_t number;
    uint32_t element, uses;
    uint32_t last; // its latest place + 1 in `places`
    enum lint_id_state state;
};
struct place { uint32_t line, before; }; // before: the place before it of the same id, + 1

struct lint_ids {
    struct interner elements, keys; // keys: element number, then the id's text
    struct id_use *uses;            // by key
    size_t use_capacity;
    struct place *places;
    size_t place_count, place_capacity;
    struct buf key, text;
};

struct lint_ids *lint_ids_new(void) {
    struct lint_ids *ids = calloc(1, sizeof *ids);
    if (!ids) return NULL;
    interner_init(&ids->elements);
    interner_init(&ids->keys);
    buf_init(&ids->key, NULL, 64);
    buf_init(&ids->text, NULL, 128);
    return ids;
}

void lint_ids_free(struct lint_ids *ids) {
    if (!ids) return;
    interner_destroy(&ids->elements);
    interner_destroy(&ids->keys);
    buf_free(&ids->key);
    buf_free(&ids->text);
    free(ids->uses);
    free(ids->places);
    free(ids);
}

static bool room(void **array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return true;
    size_t wanted = *capacity ? *capacity + *capacity / 2 : 1024;
    void *grown = wanted > UINT32_MAX ? NULL : realloc(*array, wanted * size);
    if (!grown) return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

static enum err place_keep(struct lint_ids *ids, struct id_use *use, uint64_t line) {
    if (!room((void **)&ids->places, ids->place_count, &ids->place_capacity, sizeof *ids->places)) return ERR_NO_MEMORY;
    ids->places[ids->place_count++] = (struct place){line > UINT32_MAX ? UINT32_MAX : (uint32_t)line, use->last};
    use->last = (uint32_t)ids->place_count;
    return ERR_OK;
}

enum err lint_ids_use(struct lint_ids *ids, struct slice element, struct slice id, uint64_t line, enum lint_id_state **state) {
    uint32_t e = interner_id(&ids->elements, element), known = ids->keys.count;
    buf_clear(&ids->key);
    buf_u32(&ids->key, e);
    buf_slice_put(&ids->key, id);
    uint32_t at = e == INTERNER_FULL || ids->key.bad ? INTERNER_FULL : interner_id(&ids->keys, buf_slice(&ids->key));
    if (at == INTERNER_FULL || !room((void **)&ids->uses, at, &ids->use_capacity, sizeof *ids->uses)) return ERR_NO_MEMORY;
    struct id_use *use = &ids->uses[at];
    if (at == known) {
        *use = (struct id_use){.element = e};
        if (!slice_u64(id, &use->number) || use->number == 0) use->state = LINT_ID_INVALID;
    }
    use->uses++;
    *state = &use->state;
    return place_keep(ids, use, line);
}

// ---- the judgement --------------------------------------------------------------------------------------------------
bool lint_id_suspicious(uint64_t greatest, size_t others, uint64_t id) {
    if (others == 0 || id <= greatest) return false;
    double evidence = others > SUSPECT_EVIDENCE ? SUSPECT_EVIDENCE : (double)others;
    return pow((double)greatest / (double)id, evidence) < SUSPECT_CHANCE;
}

static int compare_uses(const void *a, const void *b) {
    const struct id_use *x = a, *y = b;
    if (x->element != y->element) return x->element < y->element ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static enum err use_note(struct lint_ids *ids, const struct id_use *use, uint64_t greatest, struct lint *l) {
    struct slice element = interner_text(&ids->elements, use->element);
    buf_clear(&ids->text);
    buf_printf(&ids->text, "%.*s %" PRIu64 " is far beyond all others, which end at %" PRIu64, SLICE_ARGS(element), use->number, greatest);
    for (uint32_t at = use->last; at; at = ids->places[at - 1].before)
        TRY(lint_note(l, LINT_SUSPICIOUS_ID, buf_slice(&ids->text), ids->places[at - 1].line));
    return ids->text.bad ? ERR_NO_MEMORY : ERR_OK;
}

// The ids of one element, ascending: how many at the end are too far off.
static size_t suspects(const struct id_use *uses, size_t count) {
    uint64_t total = 0, few = 0;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) total += uses[i].uses;
    for (size_t k = count - 1; k > 0; k--) {
        few += uses[k].uses;
        if (few > 1 && few * RARE_SHARE > total) break;
        if (lint_id_suspicious(uses[k - 1].number, k, uses[k].number)) found = count - k;
    }
    return found;
}

static enum err element_judge(struct lint_ids *ids, const struct id_use *uses, size_t count, struct lint *l) {
    size_t found = suspects(uses, count);
    for (size_t i = count - found; i < count; i++)
        if (uses[i].state == LINT_ID_OPEN) TRY(use_note(ids, &uses[i], uses[count - found - 1].number, l));
    return ERR_OK;
}

enum err lint_ids_judge(struct lint_ids *ids, struct lint *l) {
    size_t n = 0, all = ids->keys.count;
    for (size_t i = 0; i < all; i++) // ids that are no numbers have no place in the order
        if (ids->uses[i].state != LINT_ID_INVALID) ids->uses[n++] = ids->uses[i];
    if (n > 1) qsort(ids->uses, n, sizeof *ids->uses, compare_uses);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && ids->uses[end].element == ids->uses[i].element; end++) continue;
        TRY(element_judge(ids, &ids->uses[i], end - i, l));
    }
    return ERR_OK;
}
