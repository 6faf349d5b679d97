#include "application_set.h"

#include "base/hash.h"
#include "base/limits.h"

#define NONE UINT32_MAX

struct application_member {
    struct slice bytes;
    uint64_t content;
    uint16_t year_from, year_to; // empty (from > to): gone
    uint32_t next;               // of the same slot
};

void application_set_init(struct application_set *s, struct arena *arena) { *s = (struct application_set){.arena = arena}; }

// ---- members ----------------------------------------------------------------------------------------------------------------
static enum err slots_grow(struct application_set *s) {
    unsigned count = s->slot_count ? s->slot_count * 4 : 16;
    uint32_t *slots = arena_alloc(s->arena, count * sizeof *slots);
    if (!slots) return ERR_NO_MEMORY;
    memset(slots, 0xFF, count * sizeof *slots);
    for (unsigned i = 0; i < s->count; i++) {
        struct application_member *m = &s->members[i];
        m->next = slots[m->content & (count - 1)];
        slots[m->content & (count - 1)] = i;
    }
    s->slots = slots;
    s->slot_count = count;
    return ERR_OK;
}

static enum err member_add(struct application_set *s, const struct application_member *m) {
    if (s->count == s->capacity) {
        unsigned capacity = s->capacity ? s->capacity * 2 : 16;
        struct application_member *grown = arena_alloc(s->arena, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (s->count) memcpy(grown, s->members, s->count * sizeof *grown);
        s->members = grown;
        s->capacity = capacity;
    }
    if (s->count >= s->slot_count) TRY(slots_grow(s));
    uint32_t *slot = &s->slots[m->content & (s->slot_count - 1)];
    s->members[s->count] = *m;
    s->members[s->count].next = *slot;
    *slot = s->count++;
    return ERR_OK;
}

static bool gone(const struct application_member *m) { return m->year_from > m->year_to; }

enum err application_set_add(struct application_set *s, struct slice list) {
    struct reader r = reader_of(list);
    while (reader_left(&r)) {
        struct application_member m;
        TRY(application_content(&r, &m.bytes, &m.content, &m.year_from, &m.year_to));
        uint32_t at = s->slot_count ? s->slots[m.content & (s->slot_count - 1)] : NONE;
        for (; at != NONE; at = s->members[at].next) {
            struct application_member *old = &s->members[at];
            if (old->content == m.content && old->year_from == m.year_from && old->year_to == m.year_to) break;
        }
        if (at == NONE) TRY(member_add(s, &m));
        else s->members[at].bytes = m.bytes; // the newer source and line
    }
    return ERR_OK;
}

// ---- removing ------------------------------------------------------------------------------------------------------------------
static struct application_member *member_covering(struct application_set *s, uint64_t content, unsigned year) {
    uint32_t at = s->slot_count ? s->slots[content & (s->slot_count - 1)] : NONE;
    for (; at != NONE; at = s->members[at].next) {
        struct application_member *m = &s->members[at];
        if (m->content == content && !gone(m) && year >= m->year_from && year <= m->year_to) return m;
    }
    return NULL;
}

enum err application_set_remove(struct application_set *s, struct slice encoded) {
    struct reader r = reader_of(encoded);
    struct application_member out;
    TRY(application_content(&r, &out.bytes, &out.content, &out.year_from, &out.year_to));
    for (unsigned year = out.year_from; year <= out.year_to;) {
        const struct application_member *m = member_covering(s, out.content, year);
        if (!m) return ERR_NOT_FOUND;
        year = m->year_to + 1u;
    }
    struct application_member *m;
    for (unsigned year = out.year_from; year <= out.year_to;) {
        if (!(m = member_covering(s, out.content, year))) {
            year++; // went with the member before
            continue;
        }
        struct application_member rest = *m;
        unsigned last = m->year_to;
        rest.year_from = (uint16_t)(out.year_to + 1u);
        m->year_to = (uint16_t)(out.year_from - 1u); // empty when it began there
        if (m->year_from >= out.year_from) m->year_from = 1, m->year_to = 0;
        if (last > out.year_to) TRY(member_add(s, &rest));
        // Another member may cover the same years; look again from here.
    }
    return ERR_OK;
}

// ---- out --------------------------------------------------------------------------------------------------------------------------
enum err application_set_list(const struct application_set *s, struct buf *out, unsigned *count, unsigned *unresolved) {
    *count = *unresolved = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const struct application_member *m = &s->members[i];
        if (gone(m)) continue;
        struct application a;
        struct reader r = reader_of(m->bytes);
        uint64_t content;
        struct slice same;
        uint16_t from, to;
        TRY(application_content(&r, &same, &content, &from, &to));
        *unresolved += (m->bytes.p[0] & APPLICATION_UNRESOLVED) != 0;
        ++*count;
        if (from == m->year_from && to == m->year_to) {
            buf_slice_put(out, m->bytes);
            continue;
        }
        TRY(application_decode(s->arena, m->bytes, &a));
        a.year_from = m->year_from;
        a.year_to = m->year_to;
        application_encode(out, &a);
    }
    return out->bad ? ERR_NO_MEMORY : ERR_OK;
}
