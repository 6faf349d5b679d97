#include "history.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "index/base/hash.h"
#include "index/base/limits.h"

#define WEEK_MS (7 * 24 * 3600 * INT64_C(1000))
#define USUAL_WEEKS 8
#define RETURN_REACH 256 // purchases looked back over for the one that is returned

void history_free(struct history *h) {
    free(h->user_ids);
    free(h->start);
    free(h->acts);
    free(h->markets);
    free(h->user_sequence);
    free(h->purchases);
    *h = (struct history){0};
}

static bool room_for_user(struct history *h) {
    if (h->users + 1 < h->users_held) return true;
    size_t held = h->users_held ? h->users_held * 2 : 1024;
    uint32_t *ids = realloc(h->user_ids, held * sizeof *ids);
    if (ids == NULL) return false;
    h->user_ids = ids;
    uint64_t *start = realloc(h->start, held * sizeof *start); // one more than users: held is compared with users + 1
    if (start == NULL) return false;
    h->start = start;
    uint64_t *sequence = realloc(h->user_sequence, held * sizeof *sequence);
    if (sequence == NULL) return false;
    h->user_sequence = sequence;
    if (h->users == 0) h->start[0] = 0;
    h->users_held = held;
    return true;
}

static bool room_for_act(struct history *h, uint64_t count) {
    if (count < h->acts_held) return true;
    size_t held = h->acts_held ? h->acts_held * 2 : 4096;
    struct act *acts = realloc(h->acts, held * sizeof *acts);
    if (acts == NULL) return false;
    h->acts = acts;
    uint8_t *markets = realloc(h->markets, held * sizeof *markets);
    if (markets == NULL) return false;
    h->markets = markets;
    h->acts_held = held;
    return true;
}

enum err history_add_in(struct history *h, uint32_t user, struct act act, enum market market) {
    bool same = h->users > 0 && h->user_ids[h->users - 1] == user;
    assert(same || h->users == 0 || h->user_ids[h->users - 1] < user);
    uint64_t count = h->users ? h->start[h->users] : 0;
    if (!room_for_act(h, count) || (!same && !room_for_user(h))) return ERR_NO_MEMORY;
    if (!same) {
        h->user_ids[h->users] = user;
        h->user_sequence[h->users++] = 0;
    }
    h->acts[count] = act;
    h->markets[count] = (uint8_t)market;
    h->start[h->users] = count + 1;
    if (act.unix_ms > h->newest_ms) h->newest_ms = act.unix_ms;
    return ERR_OK;
}

static bool is_purchase(enum event_type type) {
    return type == EVENT_PURCHASE || type == EVENT_INSTALL || type == EVENT_SERVICE;
}

// A return takes back the person's last purchase of the product.
static void take_back(struct history *h, uint32_t user, uint32_t product) {
    for (size_t i = h->purchase_count; i > 0 && i + RETURN_REACH > h->purchase_count && h->purchases[i - 1].user == user; i--) {
        if (h->purchases[i - 1].label != product) continue;
        memmove(&h->purchases[i - 1], &h->purchases[i], (h->purchase_count - i) * sizeof *h->purchases);
        h->purchase_count--;
        return;
    }
}

static enum err add_purchase(struct history *h, uint32_t user, const struct event *e) {
    if (h->purchase_count == h->purchases_held) {
        size_t held = h->purchases_held ? h->purchases_held * 2 : 1024;
        struct purchase *more = realloc(h->purchases, held * sizeof *more);
        if (more == NULL) return ERR_NO_MEMORY;
        h->purchases = more;
        h->purchases_held = held;
    }
    uint32_t car = e->vehicle.n ? (uint32_t)hash64(e->vehicle) | 1 : 0;
    h->purchases[h->purchase_count++] = (struct purchase){user, e->product, car, e->unix_ms};
    return ERR_OK;
}

static int by_user_and_time(const void *a, const void *b) {
    const struct purchase *x = a, *y = b;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    if (x->unix_ms != y->unix_ms) return x->unix_ms < y->unix_ms ? -1 : 1;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return x->car < y->car ? -1 : x->car > y->car;
}

struct loading {
    struct history *history;
    struct market_reader *markets;
    enum err result;
};

static enum err load_act(const struct loading *l, uint32_t user, const struct event *e) {
    struct history *h = l->history;
    enum market market;
    float weight = interaction_weight(e->type, e->value);
    if (weight == 0.0f || e->product == 0) return ERR_OK;
    if (e->type == EVENT_RETURN) take_back(h, user, e->product);
    if (is_purchase(e->type)) TRY(add_purchase(h, user, e));
    TRY(market_of_event(l->markets, user, e->vehicle, &market));
    return history_add_in(h, user, (struct act){e->product, weight, e->unix_ms}, market);
}

static bool load_event(void *arg, uint32_t user, const struct event *e) {
    struct loading *l = arg;
    struct history *h = l->history;
    if (e->sequence > h->last_sequence) h->last_sequence = e->sequence;
    l->result = load_act(l, user, e);
    if (h->users && h->user_ids[h->users - 1] == user && e->sequence > h->user_sequence[h->users - 1])
        h->user_sequence[h->users - 1] = e->sequence;
    return l->result == ERR_OK;
}

enum err history_load(struct view *v, struct history *out) {
    *out = (struct history){0};
    struct loading l = {out, market_reader_new(v), ERR_OK};
    enum err e = l.markets ? event_each(v, load_event, &l) : ERR_NO_MEMORY;
    market_reader_free(l.markets);
    if (e == ERR_OK) e = l.result;
    if (e != ERR_OK) history_free(out);
    else if (out->purchase_count) qsort(out->purchases, out->purchase_count, sizeof *out->purchases, by_user_and_time);
    return e;
}

static enum err load_under_snapshot(struct view *v, struct history *out) {
    struct arena arena;
    arena_init(&arena, 4096, LIMIT_REQUEST_ARENA_BYTES);
    enum err e = view_begin(v, &arena);
    if (e == ERR_OK) {
        e = history_load(v, out);
        view_end(v);
    }
    arena_destroy(&arena);
    return e;
}

enum err history_read(struct db *db, struct history *out, struct fault *why) {
    struct view *v;
    *out = (struct history){0};
    enum err e = view_open(db, &clock_system, &v);
    if (e == ERR_OK) {
        e = load_under_snapshot(v, out);
        view_close(v);
    }
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot read the events: %s", err_name(e));
}

// ---- matrices -----------------------------------------------------------------------------------------------------

static size_t longest_row(const struct history *h) {
    uint64_t most = 0;
    for (uint32_t u = 0; u < h->users; u++)
        if (h->start[u + 1] - h->start[u] > most) most = h->start[u + 1] - h->start[u];
    return (size_t)most;
}

// The user's merged interactions without product `except` (0: none).
static size_t merge_user(const struct history *h, uint32_t u, int64_t now_ms, uint32_t except, struct interaction *list) {
    size_t n = 0;
    for (uint64_t i = h->start[u]; i < h->start[u + 1]; i++) {
        const struct act *a = &h->acts[i];
        if (a->product != except)
            list[n++] = (struct interaction){a->product, a->weight * interaction_decay(now_ms - a->unix_ms)};
    }
    return interaction_merge(list, n);
}

uint32_t history_newest_product(const struct history *h, uint32_t u) {
    uint32_t newest = 0;
    bool several = false;
    int64_t at = INT64_MIN;
    for (uint64_t i = h->start[u]; i < h->start[u + 1]; i++) {
        const struct act *a = &h->acts[i];
        if (a->weight <= 0.0f) continue;
        several = several || (newest != 0 && a->product != newest);
        if (a->unix_ms < at) continue;
        at = a->unix_ms;
        newest = a->product;
    }
    return several ? newest : 0;
}

// held[u] receives each user's held-out product; NULL: nothing is held out.
static enum err build(const struct history *h, int64_t now_ms, uint32_t *held, struct interactions *out) {
    *out = (struct interactions){0};
    struct interaction_builder *b = interaction_builder_new();
    struct interaction *list = malloc((longest_row(h) + 1) * sizeof *list);
    enum err e = b && list ? ERR_OK : ERR_NO_MEMORY;
    for (uint32_t u = 0; e == ERR_OK && u < h->users; u++) {
        if (held) held[u] = history_newest_product(h, u);
        e = interaction_builder_add(b, h->user_ids[u], list, merge_user(h, u, now_ms, held ? held[u] : 0, list));
    }
    if (e == ERR_OK) e = interaction_builder_finish(b, out);
    interaction_builder_free(b);
    free(list);
    return e;
}

enum err history_interactions(const struct history *h, int64_t now_ms, struct interactions *out) {
    return build(h, now_ms, NULL, out);
}

static bool find_id(const uint32_t *ids, uint32_t count, uint32_t id, uint32_t *at) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ids[middle] < id) low = middle + 1;
        else high = middle;
    }
    *at = low;
    return low < count && ids[low] == id;
}

static enum err collect_held_out(const struct history *h, const uint32_t *held, const struct interactions *train,
                                 struct sparse *out) {
    uint32_t rows = train->by_user.rows, columns = train->by_user.columns;
    if (!sparse_take(out, rows, columns, rows)) return ERR_NO_MEMORY;
    uint64_t n = 0;
    for (uint32_t row = 0, u = 0; row < rows; row++) {
        uint32_t column;
        while (h->user_ids[u] != train->user_ids[row]) u++;
        if (held[u] != 0 && find_id(train->product_ids, columns, held[u], &column)) {
            out->column[n] = column;
            out->weight[n++] = 1.0f;
        }
        out->start[row + 1] = n;
    }
    return ERR_OK;
}

enum err history_split(const struct history *h, int64_t now_ms, struct interactions *train, struct sparse *held_out) {
    uint32_t *held = calloc((size_t)h->users + 1, sizeof *held);
    if (held == NULL) return ERR_NO_MEMORY;
    enum err e = build(h, now_ms, held, train);
    if (e == ERR_OK) {
        e = collect_held_out(h, held, train, held_out);
        if (e != ERR_OK) interactions_free(train);
    }
    free(held);
    return e;
}

static void copy_acts(const struct history *h, uint32_t user, const struct interactions *m, struct sequences *out,
                      uint64_t *n) {
    for (uint64_t i = h->start[user]; i < h->start[user + 1]; i++) {
        uint32_t column;
        if (h->acts[i].weight <= 0.0f || !find_id(m->product_ids, m->by_user.columns, h->acts[i].product, &column)) continue;
        out->item[*n] = column;
        out->unix_ms[(*n)++] = h->acts[i].unix_ms;
    }
}

enum err history_sequences(const struct history *h, const struct interactions *m, struct sequences *out) {
    uint64_t count = h->users ? h->start[h->users] : 0, n = 0;
    if (!sequences_take(out, m->by_user.rows, m->by_user.columns, count, true)) return ERR_NO_MEMORY;
    for (uint32_t row = 0, user = 0; row < out->rows; row++) {
        while (h->user_ids[user] != m->user_ids[row]) user++;
        copy_acts(h, user, m, out, &n);
        out->start[row + 1] = n;
    }
    return ERR_OK;
}

enum err history_last_sequences(const struct history *h, const struct interactions *m, struct sequences *out) {
    uint64_t *last = calloc((size_t)m->by_user.columns + 1, sizeof *last), n = 0; // place + 1 of a column in this row
    enum err e = last ? history_sequences(h, m, out) : ERR_NO_MEMORY;
    uint64_t place = 0;
    for (uint32_t row = 0; e == ERR_OK && row < out->rows; row++) {
        uint64_t end = out->start[row + 1];
        for (uint64_t i = place; i < end; i++) last[out->item[i]] = i + 1;
        out->start[row] = n;
        for (; place < end; place++) {
            if (last[out->item[place]] != place + 1) continue;
            out->item[n] = out->item[place];
            out->unix_ms[n++] = out->unix_ms[place];
        }
    }
    if (e == ERR_OK) out->start[out->rows] = n;
    free(last);
    return e;
}

// ---- popularity and trend -----------------------------------------------------------------------------------------

void history_popularity(const struct history *h, int64_t now_ms, uint32_t product_max, float *popularity) {
    memset(popularity, 0, sizeof *popularity * ((size_t)product_max + 1));
    for (uint64_t i = 0; h->users > 0 && i < h->start[h->users]; i++) {
        const struct act *a = &h->acts[i];
        if (a->product <= product_max) popularity[a->product] += a->weight * interaction_decay(now_ms - a->unix_ms);
    }
    float most = 0.0f;
    for (uint32_t p = 0; p <= product_max; p++) {
        popularity[p] = popularity[p] > 0.0f ? log1pf(popularity[p]) : 0.0f;
        if (popularity[p] > most) most = popularity[p];
    }
    for (uint32_t p = 0; most > 0.0f && p <= product_max; p++) popularity[p] /= most;
}

static bool counts_in(const struct history *h, uint64_t act, enum market market) {
    return market == MARKET_ANY || h->markets[act] == MARKET_ANY || h->markets[act] == market;
}

enum err history_trend(const struct history *h, int64_t now_ms, enum market market, uint32_t product_max, float *trend) {
    float *usual = calloc((size_t)product_max + 1, sizeof *usual);
    if (usual == NULL) return ERR_NO_MEMORY;
    memset(trend, 0, sizeof *trend * ((size_t)product_max + 1));
    for (uint64_t i = 0; h->users > 0 && i < h->start[h->users]; i++) {
        const struct act *a = &h->acts[i];
        int64_t age_ms = now_ms > a->unix_ms ? now_ms - a->unix_ms : 0;
        if (a->product > product_max || age_ms >= (USUAL_WEEKS + 1) * WEEK_MS || !counts_in(h, i, market)) continue;
        trend[a->product] += a->weight * expf(-(float)age_ms / (float)WEEK_MS);
        if (age_ms >= WEEK_MS) usual[a->product] += a->weight / USUAL_WEEKS;
    }
    for (uint32_t p = 0; p <= product_max; p++) {
        float expected = usual[p] > 0.0f ? usual[p] : 0.0f;
        trend[p] = (trend[p] - expected) / sqrtf(expected + 1.0f);
    }
    free(usual);
    return ERR_OK;
}
