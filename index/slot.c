#include "slot.h"

#include "base/limits.h"
#include "slot_record.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (1440 * MINUTE_MS)

static int64_t ceil_minute(int64_t ms) { return (ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS; } // of moments since 1970

const char *part_source_name(enum part_source s) {
    return s == PART_LOCAL ? "local" : s == PART_DEPOT ? "depot" : s == PART_SHIPPED ? "shipped" : NULL;
}

// ---- the grid ------------------------------------------------------------------------------------------------------------------
bool slot_begins(const struct workshop *w, int64_t start_ms) {
    const struct hours_span *span = hours_span_at(&w->hours, start_ms);
    if (!span || start_ms % MINUTE_MS) return false;
    unsigned minute = hours_week_minute(&w->hours, start_ms);
    return (minute - span->from) % w->slot_minutes == 0 && minute + w->slot_minutes <= span->to;
}

// The first beginning of a slot at or after `from_ms`, full or not; -1: none until `end_ms`.
static int64_t next_slot(const struct workshop *w, int64_t from_ms, int64_t end_ms) {
    int64_t at = ceil_minute(from_ms);
    while (at >= 0 && at < end_ms) {
        const struct hours_span *span = hours_span_at(&w->hours, at);
        if (!span) {
            at = hours_next_open(&w->hours, at);
            continue;
        }
        unsigned minute = hours_week_minute(&w->hours, at), into = (minute - span->from) % w->slot_minutes;
        unsigned wait = into ? w->slot_minutes - into : 0;
        if (minute + wait + w->slot_minutes <= span->to) {
            at += wait * MINUTE_MS;
            return at < end_ms ? at : -1;
        }
        at += (span->to - minute) * MINUTE_MS; // what is left of the span is too short
    }
    return -1;
}

// ---- what is taken -----------------------------------------------------------------------------------------------------------------
static enum err taken_at(struct snapshot *s, uint32_t workshop, int64_t start_ms, int64_t now_ms, unsigned *out) {
    struct slot_holds holds;
    struct hold h;
    *out = 0;
    TRY(slot_holds_open(s, workshop, start_ms, &holds));
    while (slot_holds_next(&holds, &h)) *out += hold_counts(&h, now_ms);
    return holds.rest.bad ? ERR_DAMAGED : ERR_OK;
}

enum err slot_first_free(struct snapshot *s, const struct workshop *w, int64_t from_ms, int64_t now_ms, int64_t *out) {
    enum { TRIED_MAX = 1024 };
    int64_t end_ms = now_ms + SLOT_AHEAD_DAYS * DAY_MS;
    *out = -1;
    if (w->bays == 0) return ERR_OK;
    for (unsigned i = 0; i < TRIED_MAX; i++) {
        unsigned taken;
        int64_t start_ms = next_slot(w, from_ms, end_ms);
        if (start_ms < 0) return ERR_OK;
        TRY(taken_at(s, w->id, start_ms, now_ms, &taken));
        if (taken < w->bays) {
            *out = start_ms;
            return ERR_OK;
        }
        from_ms = start_ms + MINUTE_MS;
    }
    return ERR_OK;
}

enum err slots_of_day(struct snapshot *s, const struct workshop *w, int64_t day_ms, int64_t now_ms, struct slot out[SLOTS_OF_DAY_MAX],
                      unsigned *count) {
    int64_t midnight = day_ms / DAY_MS * DAY_MS, first = midnight - hours_offset_min(&w->hours, midnight) * MINUTE_MS;
    int64_t next = midnight + DAY_MS, end = next - hours_offset_min(&w->hours, next) * MINUTE_MS;
    *count = 0;
    for (int64_t at = first > now_ms ? first : now_ms; *count < SLOTS_OF_DAY_MAX; at += MINUTE_MS) {
        at = next_slot(w, at, end);
        if (at < 0) break;
        struct slot *slot = &out[*count];
        slot->start_ms = at;
        TRY(taken_at(s, w->id, at, now_ms, &slot->taken));
        ++*count;
    }
    return ERR_OK;
}

enum err stock_free(struct snapshot *s, uint32_t place, uint32_t product, uint32_t pieces, int64_t now_ms, uint32_t *out) {
    struct reservations list;
    struct reservation r;
    *out = pieces;
    TRY(reservations_open(s, place, product, &list));
    while (reservations_next(&list, &r))
        if (r.expires_ms > now_ms) *out -= r.pieces < *out ? r.pieces : *out;
    return list.rest.bad ? ERR_DAMAGED : ERR_OK;
}

// ---- names of holds ----------------------------------------------------------------------------------------------------------------
struct slice hold_id(struct arena *a, const struct hold *h) {
    return arena_printf(a, "%lld-%u", (long long)(h->start_ms / MINUTE_MS), h->sequence);
}

bool hold_id_parse(struct slice id, int64_t *start_ms, uint32_t *sequence) {
    struct slice rest = id, minute = slice_cut(&rest, '-');
    uint64_t m, n;
    if (!rest.p || !slice_u64(minute, &m) || !slice_u64(rest, &n) || m > UINT32_MAX || n > UINT32_MAX) return false;
    *start_ms = (int64_t)m * MINUTE_MS;
    *sequence = (uint32_t)n;
    return true;
}
