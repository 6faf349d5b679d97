// lint.h: is fitment data any good? Rows go in one by one, findings come out: rows that contradict or repeat each other, and whatever
// the reader of a format notices in a single row. Knows no file format and no database.
//
// A row is kept in 48 bytes, its texts interned; one sort brings rows of one vehicle, type and position together, and every check that
// compares rows is one pass over the sorted rows. Nothing is quadratic. Not thread-safe.
//
// Which rows meet. Rows of one vehicle, part type, position and product line (label) compete with each other when they also meet in
// time: rows that give years meet when their ranges share a year, and what meets in a chain is one group. Among them
//   comment-no-comment  some row is bare, without attribute and qualifier, so it claims every car, and some row is not;
// and among those of them with the same attributes and the same qualifiers
//   overlap             there are two different parts or more: nothing says which one to sell;
//   quantity-conflict   one part, two quantities;
//   duplicate           one part, one quantity, twice.
// Order never matters, neither of rows nor of attributes nor of qualifiers; nor do case and white space of a qualifier. Deletions
// contradict nothing but can be duplicates of each other. Rows without vehicle, type or part take part in nothing.
#ifndef RF_TOOLS_LINT_H
#define RF_TOOLS_LINT_H

#include "index/base/buf.h"
#include "index/base/err.h"

enum lint_check {
    LINT_DUPLICATE, LINT_OVERLAP, LINT_COMMENT_NO_COMMENT, LINT_QUANTITY_CONFLICT, LINT_UNKNOWN_ID, LINT_SUSPICIOUS_ID, LINT_INVALID_ID,
    LINT_IMPOSSIBLE_POSITION, LINT_NEEDLESS_POSITION, LINT_OVER_MAPPING, LINT_BAD_YEAR, LINT_MISSING_VEHICLE, LINT_MISSING_PART_TYPE,
    LINT_MISSING_PART, LINT_MISSING_BRAND, LINT_MISSING_HEADER, LINT_RECORD_COUNT, LINT_DUPLICATE_ID, LINT_ODD_QUANTITY,
    LINT_INVALID_BRAND, LINT_PART_NUMBER_CHARSET, LINT_PART_NUMBER_LENGTH, LINT_LONG_TEXT, LINT_DELETION_IN_FULL, LINT_BROKEN_ROW,
    LINT_CHECKS
};
enum lint_severity { LINT_INFO, LINT_WARNING, LINT_ERROR };

const char *lint_check_name(enum lint_check check);     // "overlap"
const char *lint_check_meaning(enum lint_check check);  // one line for --help and the summary
enum lint_severity lint_check_severity(enum lint_check check); // unless a document's version says otherwise
const char *lint_severity_name(enum lint_severity severity);

enum { LINT_ATTRIBUTES_MAX = 128, LINT_QUALIFIERS_MAX = 64 };
struct lint_attribute { struct slice name, value; };
struct lint_qualifier { struct slice key, text; }; // equal keys mean the same; text is what people read. A note is its own key
struct lint_row {
    uint64_t line;
    struct slice vehicle;            // what it fits, without the years where there are years; as people will read it
    unsigned year_from, year_to;     // 0: the vehicle's name says it all
    unsigned attribute_count, qualifier_count; // what is beyond the MAX above is refused
    const struct lint_attribute *attributes;
    const struct lint_qualifier *qualifiers;
    struct slice type, position, label, part; // as people will read them; label: product line, with the brand where brands meet
    uint64_t quantity;
    bool deletion;
};

struct lint;
struct lint *lint_new(void); // NULL: out of memory
void lint_free(struct lint *l);

void lint_set_severity(struct lint *l, enum lint_check check, enum lint_severity severity);
enum lint_severity lint_severity(const struct lint *l, enum lint_check check);

// Both copy what they are given. ERR_NO_MEMORY; ERR_TOO_LARGE for too many attributes or qualifiers.
enum err lint_add(struct lint *l, const struct lint_row *row);
// A finding about one row. Those of one check and subject become one finding; `subject` is its message.
enum err lint_note(struct lint *l, enum lint_check check, struct slice subject, uint64_t line);

// Compares the rows. After it nothing can be added, and findings stand in the order of checks, then of their first lines.
enum err lint_finish(struct lint *l);
struct lint_finding { enum lint_check check; uint32_t subject, first, count; }; // count: rows in it
const struct lint_finding *lint_findings(const struct lint *l, size_t *count);
uint32_t lint_line(const struct lint *l, const struct lint_finding *f, uint32_t i); // ascending in i
void lint_message(const struct lint *l, const struct lint_finding *f, struct buf *out);
// Rows a check found something in, and how many findings.
struct lint_total { uint64_t groups, rows; };
struct lint_total lint_total(const struct lint *l, enum lint_check check);

#endif
