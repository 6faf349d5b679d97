// query_pattern_scan.h: reading folded text from one place on. Private to query_pattern*.c.
#ifndef RF_INDEX_QUERY_PATTERN_SCAN_H
#define RF_INDEX_QUERY_PATTERN_SCAN_H

#include "query_pattern.h"

struct scan { struct slice s; size_t at; };

static inline bool scan_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool scan_letter(char c) { return c >= 'a' && c <= 'z'; }
static inline bool scan_latin(char c) { return scan_digit(c) || scan_letter(c); }
static inline char scan_char(const struct scan *c, size_t ahead) { return c->at + ahead < c->s.n ? c->s.p[c->at + ahead] : 0; }

// Whether a run of Latin letters and digits may begin or end at the place. `loose`: a joining sign beside it is as good as a blank.
bool scan_begins(struct slice s, size_t at);
bool scan_ends(const struct scan *c);
bool scan_begins_loose(struct slice s, size_t at);
bool scan_ends_loose(const struct scan *c);
// The same for what may stand behind a word: "golf1.4t", "途观l2.0t". Between two digits never.
bool scan_begins_after_word(struct slice s, size_t at);

bool scan_take(struct scan *c, const char *word);                          // exactly this
bool scan_take_any(struct scan *c, const char *const *words);              // the first that stands there; the list ends with NULL
bool scan_take_word(struct scan *c, const char *const *words);             // the same, and a border after it
void scan_blank(struct scan *c);                                           // folded text has one at most
unsigned scan_digits(struct scan *c, unsigned max, unsigned *value);       // how many were taken: at most `max`, and all that stand there
// Thousandths of a decimal of at most `whole` digits before the point and three after; false, nothing taken: none.
bool scan_decimal(struct scan *c, unsigned whole, unsigned *thousandths);
bool scan_times(struct scan *c);                                           // x * ×

struct patterns { struct pattern *list; unsigned count; struct slice s; size_t at; unsigned last_year; };
// NULL when there is no room. `end`: where the text it takes ends.
struct pattern *pattern_add(struct patterns *p, enum pattern_kind kind, const struct scan *end, bool certain, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

void pattern_year(struct patterns *p);
void pattern_displacement(struct patterns *p);
void pattern_distance(struct patterns *p);
void pattern_months(struct patterns *p);
void pattern_codes(struct patterns *p); // trouble codes and VINs
void pattern_tyre(struct patterns *p);  // sizes, rims, run-flat words
void pattern_oil(struct patterns *p);   // grades, standards, volumes
void pattern_part(struct patterns *p);  // bulbs, belts, bolt patterns, batteries, wipers

#endif
