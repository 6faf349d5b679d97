// VIN text, and VIN records with a right checksum and wrong contents: refused, never overrun.
#include "index/vin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vin_text vin, loose;
    struct vin_match match;
    struct vin_model model;
    struct vin_wmi wmi;
    unsigned years[VIN_YEARS_MAX];
    size_t n = size < 24 ? size : 24;
    struct slice record = slice_of(data + n, size - n);
    (void)vin_read_loose(slice_of(data, n), &loose);
    if (!vin_read(slice_of(data, n), &vin)) (void)vin_read(SLICE("WVWB2HAA2JW000001"), &vin);
    (void)vin_years(&vin, n & 1, 2027, years);
    (void)vin_check_ok(&vin);
    (void)vin_match(record, &vin, &match);
    (void)vin_model_decode(record, &model);
    (void)vin_wmi_decode(record, &wmi);
    return 0;
}
