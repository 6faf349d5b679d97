// eval_policy.h: `rightfit eval --off-policy`: estimates from a log of impressions, printed.
#ifndef RF_TOOLS_EVAL_POLICY_H
#define RF_TOOLS_EVAL_POLICY_H

#include "model/off_policy.h"

struct eval_policy {
    const char *log, *as; // as: another log's file, or "uniform"
    struct off_policy_options options;
};
enum err eval_policy_run(const struct eval_policy *p, struct fault *why);

#endif
