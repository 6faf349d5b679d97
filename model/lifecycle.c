#include "lifecycle.h"

#include <math.h>

#include "index/columns.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define TWO_YEARS_MS (730 * DAY_MS)
#define RETURN_AFTER_MS (7 * DAY_MS)
#define TYPES_MAX 64 // distinct types looked at; more tell nothing new

const char *lifecycle_stage_name(enum lifecycle_stage stage) {
    static const char *const names[] = {"opportunity", "aware", "interested", "deciding", "loyal"};
    return names[stage];
}

// ---- what is measured -------------------------------------------------------------------------------------------------------

enum measure { BOUGHT, RETURNED, DECIDED, COMPARED, LOOKED, SEEN, MEASURES };

struct behaviour {
    unsigned count[MEASURES];
    int64_t first_ms[MEASURES];
    int64_t newest_ms;
    unsigned types_bought;
};

bool lifecycle_bought(enum event_type type) {
    return type == EVENT_PURCHASE || type == EVENT_INSTALL || type == EVENT_SERVICE || type == EVENT_REDEEM;
}

static bool looked(enum event_type type) { return type == EVENT_CLICK || type == EVENT_SEARCH; }
static bool decided(enum event_type type) { return type == EVENT_CART || type == EVENT_ACCEPT; }

static void note(struct behaviour *b, enum measure m, int64_t at_ms) {
    if (b->count[m]++ == 0 || at_ms < b->first_ms[m]) b->first_ms[m] = at_ms;
}

struct type_list {
    uint32_t ids[TYPES_MAX];
    unsigned clicks[TYPES_MAX];
    unsigned count;
};

static unsigned *clicks_of(struct type_list *l, uint32_t type) {
    unsigned i = 0;
    while (i < l->count && l->ids[i] != type) i++;
    if (i == TYPES_MAX) return NULL;
    if (i == l->count) {
        l->ids[l->count] = type;
        l->clicks[l->count++] = 0;
    }
    return &l->clicks[i];
}

static uint32_t type_of(struct view *v, const struct event *e) { return e->product ? columns_facts(v, e->product)->type : 0; }

// Clicks of the last 14 days on the type that has most of them.
static void measure_compared(struct view *v, const struct event *events, unsigned count, int64_t now_ms, struct behaviour *b) {
    struct type_list seen = {.count = 0};
    for (unsigned i = 0; i < count; i++) {
        uint32_t type = type_of(v, &events[i]);
        if (events[i].type != EVENT_CLICK || type == 0 || now_ms - events[i].unix_ms > 14 * DAY_MS) continue;
        unsigned *clicks = clicks_of(&seen, type);
        if (!clicks || ++*clicks <= b->count[COMPARED]) continue;
        b->count[COMPARED] = *clicks;
        b->first_ms[COMPARED] = events[i].unix_ms;
    }
}

static void measure_one(const struct event *e, int64_t now_ms, struct behaviour *b) {
    int64_t age_ms = now_ms - e->unix_ms;
    note(b, SEEN, e->unix_ms);
    if (e->unix_ms > b->newest_ms) b->newest_ms = e->unix_ms;
    if (lifecycle_bought(e->type) && age_ms <= TWO_YEARS_MS) note(b, BOUGHT, e->unix_ms);
    if (decided(e->type) && age_ms <= 30 * DAY_MS) note(b, DECIDED, e->unix_ms);
    if (looked(e->type) && age_ms <= 90 * DAY_MS) note(b, LOOKED, e->unix_ms);
}

static void measure(struct view *v, const struct event *events, unsigned count, int64_t now_ms, struct behaviour *b) {
    struct type_list bought = {.count = 0};
    for (unsigned i = 0; i < count; i++) measure_one(&events[i], now_ms, b);
    for (unsigned i = 0; i < count; i++) {
        const struct event *e = &events[i];
        bool deliberate = looked(e->type) || decided(e->type) || lifecycle_bought(e->type);
        if (b->count[BOUGHT] && deliberate && e->unix_ms >= b->first_ms[BOUGHT] + RETURN_AFTER_MS) note(b, RETURNED, e->unix_ms);
        if (lifecycle_bought(e->type) && now_ms - e->unix_ms <= TWO_YEARS_MS) (void)clicks_of(&bought, type_of(v, e));
    }
    b->types_bought = bought.count;
    measure_compared(v, events, count, now_ms, b);
}

// ---- the rules of the stages --------------------------------------------------------------------------------------------------

static const struct stage_rule {
    enum lifecycle_stage stage;
    enum measure measure;
    unsigned at_least;
    const char *why, *why_zh;
} rules[] = {
    {STAGE_LOYAL, BOUGHT, 2, "bought %u times within two years", "两年内购买%u次"},
    {STAGE_LOYAL, RETURNED, 1, "came back after buying, %u times", "购买后回访%u次"},
    {STAGE_DECIDING, DECIDED, 1, "put %u things into the cart or accepted offers within 30 days", "30天内加购或接受报价%u次"},
    {STAGE_DECIDING, BOUGHT, 1, "bought %u time and has not been back", "购买过%u次，尚未回访"},
    {STAGE_DECIDING, COMPARED, 3, "compared products of one type %u times within 14 days", "14天内比较同类商品%u次"},
    {STAGE_INTERESTED, LOOKED, 1, "searched or looked at products %u times within 90 days", "90天内搜索或浏览%u次"},
    {STAGE_AWARE, SEEN, 1, "has met us, %u events", "有过%u次接触"},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" // the formats are those of the table above
static struct slice said(struct view *v, const struct stage_rule *rule, unsigned count, bool chinese) {
    return arena_printf(v->arena, chinese ? rule->why_zh : rule->why, count);
}
#pragma GCC diagnostic pop

static int64_t oldest_car_ms(const struct user *user) {
    int64_t oldest = 0;
    for (unsigned i = 0; i < user->garage_count; i++)
        if (user->garage[i].since_ms && (!oldest || user->garage[i].since_ms < oldest)) oldest = user->garage[i].since_ms;
    return oldest;
}

static void choose_stage(struct view *v, const struct user *user, const struct behaviour *b, bool chinese, struct lifecycle *out) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct stage_rule *rule = &rules[i];
        if (b->count[rule->measure] < rule->at_least) continue;
        out->stage = rule->stage;
        out->stage_why = said(v, rule, b->count[rule->measure], chinese);
        out->stage_since_ms = b->first_ms[rule->measure];
        return;
    }
    bool car = user->garage_count > 0;
    out->stage = STAGE_OPPORTUNITY;
    out->stage_since_ms = oldest_car_ms(user);
    if (chinese) out->stage_why = car ? SLICE("拥有已知车型，尚无互动") : SLICE("尚无互动");
    else out->stage_why = car ? SLICE("owns a car we know and has not met us") : SLICE("has not met us");
}

static double value_score(const struct behaviour *b, int64_t now_ms) {
    if (b->count[SEEN] == 0) return 0;
    double days = (double)(now_ms > b->newest_ms ? now_ms - b->newest_ms : 0) / (double)DAY_MS;
    return 40 * exp(-days / 90) + 40 * fmin(1, b->count[BOUGHT] / 6.0) + 20 * fmin(1, b->types_bought / 4.0);
}

enum err lifecycle_compute(struct view *v, const struct user *user, const struct event *events, unsigned count, bool chinese,
                           struct lifecycle *out) {
    struct behaviour b = {.newest_ms = 0};
    int64_t now_ms = clock_unix_ms(v->clock);
    *out = (struct lifecycle){0};
    measure(v, events, count, now_ms, &b);
    choose_stage(v, user, &b, chinese, out);
    out->value_score = value_score(&b, now_ms);
    return lifecycle_segment(v, user, events, count, chinese, out);
}
