// lint_checks.c: the names of the checks and how bad each is (lint.h).
#include "lint.h"

static const struct { const char *name; enum lint_severity severity; const char *meaning; } CHECKS[LINT_CHECKS] = {
    [LINT_DUPLICATE] = {"duplicate", LINT_ERROR, "the same application twice"},
    [LINT_OVERLAP] = {"overlap", LINT_WARNING, "two parts where nothing says which one"},
    [LINT_COMMENT_NO_COMMENT] = {"comment-no-comment", LINT_WARNING, "an unconditional row beside conditional ones"},
    [LINT_QUANTITY_CONFLICT] = {"quantity-conflict", LINT_ERROR, "one application with two quantities"},
    [LINT_UNKNOWN_ID] = {"unknown-id", LINT_ERROR, "ids that map and database do not know"},
    [LINT_SUSPICIOUS_ID] = {"suspicious-id", LINT_WARNING, "ids far beyond all others of their element"},
    [LINT_INVALID_ID] = {"invalid-id", LINT_ERROR, "ids that are not positive numbers"},
    [LINT_IMPOSSIBLE_POSITION] = {"impossible-position", LINT_ERROR, "positions the part type cannot have"},
    [LINT_NEEDLESS_POSITION] = {"needless-position", LINT_WARNING, "a position on a part type that has none"},
    [LINT_OVER_MAPPING] = {"over-mapping", LINT_WARNING, "attributes no configuration of the vehicle has together"},
    [LINT_BAD_YEAR] = {"bad-year", LINT_ERROR, "years out of order or out of range"},
    [LINT_MISSING_VEHICLE] = {"missing-vehicle", LINT_ERROR, "no base vehicle, no years and make"},
    [LINT_MISSING_PART_TYPE] = {"missing-part-type", LINT_ERROR, "no part type"},
    [LINT_MISSING_PART] = {"missing-part", LINT_ERROR, "no part number"},
    [LINT_MISSING_BRAND] = {"missing-brand", LINT_WARNING, "no brand on the part, none in the header"},
    [LINT_MISSING_HEADER] = {"missing-header", LINT_WARNING, "the header lacks what readers go by"},
    [LINT_RECORD_COUNT] = {"record-count", LINT_ERROR, "the footer counts other than there are"},
    [LINT_DUPLICATE_ID] = {"duplicate-id", LINT_WARNING, "an application's number given twice"},
    [LINT_ODD_QUANTITY] = {"odd-quantity", LINT_WARNING, "none, or more than a vehicle takes"},
    [LINT_INVALID_BRAND] = {"invalid-brand", LINT_WARNING, "brand codes that cannot be"},
    [LINT_PART_NUMBER_CHARSET] = {"part-number-charset", LINT_WARNING, "characters part numbers must not have"},
    [LINT_PART_NUMBER_LENGTH] = {"part-number-length", LINT_ERROR, "part numbers longer than allowed"},
    [LINT_LONG_TEXT] = {"long-text", LINT_WARNING, "notes too long to be shown"},
    [LINT_DELETION_IN_FULL] = {"deletion-in-full", LINT_ERROR, "a deletion in a file that replaces everything"},
    [LINT_BROKEN_ROW] = {"broken-row", LINT_ERROR, "rows no application can be made of"},
};

const char *lint_check_name(enum lint_check check) { return CHECKS[check].name; }
const char *lint_check_meaning(enum lint_check check) { return CHECKS[check].meaning; }
enum lint_severity lint_check_severity(enum lint_check check) { return CHECKS[check].severity; }
const char *lint_severity_name(enum lint_severity severity) {
    return severity == LINT_ERROR ? "error" : severity == LINT_WARNING ? "warning" : "info";
}
