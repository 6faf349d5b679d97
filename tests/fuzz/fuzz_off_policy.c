// fuzz_off_policy.c: bytes from outside as a log of impressions; what is read can be estimated from.
#include <math.h>
#include <stdlib.h>

#include "model/off_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct off_policy_log log;
    struct off_policy_table policy;
    struct off_policy_report report;
    struct off_policy_options o = {.clip = 100, .resamples = 3};
    if (off_policy_parse(slice_of(data, size), "log", &log, NULL) != ERR_OK) return 0;
    if (log.count > 0 && log.actions < 1000 && off_policy_shares(&log, log.places, log.actions, &policy) == ERR_OK) {
        if (off_policy_estimate(&log, &policy, &o, &report, NULL) != ERR_OK || !isfinite(report.snips.value)) abort();
        off_policy_table_free(&policy);
    }
    off_policy_log_free(&log);
    return 0;
}
