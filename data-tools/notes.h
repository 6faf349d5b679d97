// notes.h: what the free text beside an application means: a typed condition where the text says a date, a chassis
// number, an option code or the side of the steering wheel; nothing where it is on the list of informational notes; else a
// question a person has to answer.
//
// A text is typed only when all of it is understood. "from 05/2017, with sunroof" stays text: typing half of a
// condition would lose the other half; so does "Exc. LHD", and 05/06/2017, which is a day in May or in June. English and Chinese:
// "Prod. Date 2014-03 to 2016-07", "vehicles built before June 15, 2015", "2015年6月以前", "车架号LSV123456之后", "w/RPO Z51", "仅限右舵". The
// words before and after do not shift the date: the text beside it says them.
#ifndef RF_TOOLS_NOTES_H
#define RF_TOOLS_NOTES_H

#include "index/catalog.h"

struct notes;

// The editable list: one note a line, case and white space do not matter, a '*' at the end stands for any
// rest. A missing file is an empty list. `path` may be NULL.
enum err notes_open(const char *path, struct notes **out, struct fault *why);
void notes_close(struct notes *n);
bool notes_informational(const struct notes *n, struct slice text);

// Lower case (ASCII), runs of white space as one blank, no full stop at the end; cut at `size`.
struct slice notes_squeeze(struct slice text, char *out, size_t size);

// Types a text; always succeeds (CONDITION_TEXT is the last resort). Slices point into `text` or the arena. Dates become
// "YYYY-MM" or "YYYY-MM-DD"; steering is "left" or "right" in `from`.
struct condition_doc notes_condition(struct arena *a, struct slice text);

#endif
