#include "lint_ids.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "index/base/hash.h"
#include "index/interner.h"

#define SUSPECT_CHANCE 1e-5
enum { RARE_SHARE = 100 }; // one use in so many

struct id_use { // one id of one element; uses == 0: a free slot
    uint64_t number;
    uint32_t element, uses;
    uint32_t last; // its latest place + 1 in `places`
    enum lint_id_state state;
};
struct place { uint32_t line, before; }; // before: the place before it of the same id, + 1

enum { FIRST_SLOTS = 1024 }; // a power of two

struct lint_ids {
    struct interner elements;
    struct id_use *uses; // open addressing by element and number, at most four fifths full
    size_t slot_count, use_count;
    struct place *places;
    size_t place_count, place_capacity;
    struct buf text;
    enum lint_id_state invalid; // the state of every id that is no number
};

struct lint_ids *lint_ids_new(void) {
    struct lint_ids *ids = calloc(1, sizeof *ids);
    if (!ids) return NULL;
    interner_init(&ids->elements);
    buf_init(&ids->text, NULL, 128);
    ids->slot_count = FIRST_SLOTS;
    ids->uses = calloc(ids->slot_count, sizeof *ids->uses);
    if (ids->uses) return ids;
    lint_ids_free(ids);
    return NULL;
}

void lint_ids_free(struct lint_ids *ids) {
    if (!ids) return;
    interner_destroy(&ids->elements);
    buf_free(&ids->text);
    free(ids->uses);
    free(ids->places);
    free(ids);
}

// ---- the table ------------------------------------------------------------------------------------------------------
static struct id_use *slot_of(struct id_use *uses, size_t slot_count, uint32_t element, uint64_t number) {
    uint64_t key[2] = {element, number};
    size_t at = hash64(slice_of(key, sizeof key)) & (slot_count - 1);
    while (uses[at].uses && (uses[at].number != number || uses[at].element != element)) at = (at + 1) & (slot_count - 1);
    return &uses[at];
}

static bool slots_grow(struct lint_ids *ids) {
    if (5 * ids->use_count < 4 * ids->slot_count) return true;
    size_t count = ids->slot_count * 2;
    struct id_use *grown = calloc(count, sizeof *grown);
    if (!grown) return false;
    for (size_t i = 0; i < ids->slot_count; i++)
        if (ids->uses[i].uses) *slot_of(grown, count, ids->uses[i].element, ids->uses[i].number) = ids->uses[i];
    free(ids->uses);
    ids->uses = grown;
    ids->slot_count = count;
    return true;
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
    uint64_t number;
    if (!slice_u64(id, &number) || number == 0) {
        ids->invalid = LINT_ID_INVALID;
        *state = &ids->invalid;
        return ERR_OK;
    }
    uint32_t e = interner_id(&ids->elements, element);
    if (e == INTERNER_FULL || !slots_grow(ids)) return ERR_NO_MEMORY;
    struct id_use *use = slot_of(ids->uses, ids->slot_count, e, number);
    if (use->uses == 0) {
        *use = (struct id_use){.element = e, .number = number};
        ids->use_count++;
    }
    if (use->uses < UINT32_MAX) use->uses++;
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
    size_t n = 0;
    for (size_t i = 0; i < ids->slot_count; i++) // the table is given up for a list
        if (ids->uses[i].uses) ids->uses[n++] = ids->uses[i];
    if (n > 1) qsort(ids->uses, n, sizeof *ids->uses, compare_uses);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && ids->uses[end].element == ids->uses[i].element; end++) continue;
        TRY(element_judge(ids, &ids->uses[i], end - i, l));
    }
    return ERR_OK;
}
