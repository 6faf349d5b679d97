#include "eval_policy.h"

#include <stdio.h>

static void print_value(const char *name, const struct off_policy_value *v) {
    printf("  %-14s %.6f  %.6f to %.6f\n", name, v->value, v->low, v->high);
}

static void print_report(const struct eval_policy *p, const struct off_policy_report *r) {
    printf("%s as %s: %zu rows, %.0f effective, largest weight %.3g, %.2f %% of rows clipped\n", p->log, p->as, r->rows, r->effective_rows,
           r->largest_weight, 100 * r->clipped);
    print_value("IPS", &r->ips);
    print_value("SNIPS", &r->snips);
    print_value("doubly robust", &r->doubly_robust);
    print_value("direct", &r->direct);
    print_value("the log itself", &r->logged);
}

static enum err value(const struct eval_policy *p, const struct off_policy_log *log, const struct off_policy_log *other, struct fault *why) {
    struct off_policy_table policy = {0};
    struct off_policy_report report;
    uint32_t places = log->places, actions = log->actions;
    if (other && other->places > places) places = other->places;
    if (other && other->actions > actions) actions = other->actions;
    enum err e = other ? off_policy_shares(other, places, actions, &policy) : off_policy_uniform(places, actions, &policy);
    if (e != ERR_OK) fault_set(why, e, "", "%u places and %u actions are too many", places, actions);
    else e = off_policy_estimate(log, &policy, &p->options, &report, why);
    if (e == ERR_OK) print_report(p, &report);
    if (e == ERR_OK && other) e = off_policy_estimate(other, &policy, &p->options, &report, why);
    if (e == ERR_OK && other) print_value("the other log", &report.logged);
    off_policy_table_free(&policy);
    return e;
}

enum err eval_policy_run(const struct eval_policy *p, struct fault *why) {
    struct off_policy_log log, other = {0};
    bool uniform = slice_is(SLICE("uniform"), p->as);
    TRY(off_policy_read(p->log, &log, why));
    enum err e = uniform ? ERR_OK : off_policy_read(p->as, &other, why);
    if (e == ERR_OK) e = value(p, &log, uniform ? NULL : &other, why);
    off_policy_log_free(&log);
    off_policy_log_free(&other);
    return e;
}
