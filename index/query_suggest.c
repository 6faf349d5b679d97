#include "query_suggest.h"

#include "assortment.h"
#include "columns.h"
#include "event.h"
#include "query_log.h"
#include "text.h"

struct list { struct query_suggestion *out; struct slice folded[QUERY_SUGGEST_MAX]; unsigned count, max; };

static bool listed(const struct list *l, struct slice folded) {
    for (unsigned i = 0; i < l->count; i++)
        if (slice_eq(l->folded[i], folded)) return true;
    return false;
}

static void add(struct view *v, struct list *l, const struct query_stat *q, struct slice text, bool own) {
    uint32_t type = q->product ? columns_facts(v, q->product)->type : 0;
    l->folded[l->count] = q->folded;
    l->out[l->count++] = (struct query_suggestion){text, q->searches, type, own};
}

static enum err own(struct view *v, uint32_t user, struct slice begin, struct list *l) {
    struct event *events;
    unsigned count;
    TRY(event_recent(v, user, QUERY_SUGGEST_EVENTS, &events, &count));
    for (unsigned i = 0; i < count && l->count < l->max && l->count < QUERY_SUGGEST_OWN; i++) {
        struct query_stat q = {0};
        struct slice folded;
        if (events[i].type != EVENT_SEARCH || events[i].query.n == 0 || events[i].value == 0) continue;
        TRY(text_fold(v->arena, events[i].query, &folded));
        if (!slice_starts(folded, begin) || slice_eq(folded, begin) || listed(l, folded)) continue;
        enum err e = query_log_load(v->snapshot, folded, &q);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        if (e == ERR_OK && q.results == 0) continue;
        q.folded = folded;
        add(v, l, &q, events[i].query, true);
    }
    return ERR_OK;
}

enum err query_suggest(struct view *v, uint32_t user, struct slice folded, unsigned max, struct query_suggestion *out, unsigned *count) {
    struct query_stat best[QUERY_SUGGEST_MAX + QUERY_SUGGEST_OWN + 1];
    struct list l = {.out = out, .max = max < QUERY_SUGGEST_MAX ? max : QUERY_SUGGEST_MAX};
    unsigned found;
    *count = 0;
    if (folded.n == 0 || v->assortment) return ERR_OK; // what others searched for may name what this request does not see
    if (user) TRY(own(v, user, folded, &l));
    TRY(query_log_complete(v, folded, l.max + l.count + 1, best, &found));
    for (unsigned i = 0; i < found && l.count < l.max; i++)
        if (!slice_eq(best[i].folded, folded) && !listed(&l, best[i].folded)) add(v, &l, &best[i], best[i].text, false);
    *count = l.count;
    return ERR_OK;
}
