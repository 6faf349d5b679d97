// Texts of specifications, as files and customers write them: every comparison, both ways round. First byte chooses the attribute, a
// zero byte parts the product's text from the car's.
#include <stdlib.h>

#include "index/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct spec_tyre tyre;
    if (size == 0) return 0;
    struct slice rest = slice_of(data + 1, size - 1), product = slice_cut(&rest, 0);
    enum spec_kind kind = data[0] % (SPEC_ATF + 1);
    struct spec_result one = spec_compare(kind, product, rest), other = spec_compare(kind, rest, product);
    if (one.answer > SPEC_YES || other.answer > SPEC_YES) abort();
    if (!one.reason[0] || !one.reason_zh[0]) abort();
    if (spec_same(kind, product, rest) != spec_same(kind, rest, product)) abort();
    if (spec_tyre_parse(product, &tyre) && tyre.diameter_mm <= tyre.rim_in * 25.4) abort();
    return 0;
}
