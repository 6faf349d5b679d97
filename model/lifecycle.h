// lifecycle.h: where a person stands (O-A-I-D-L) and what kind of driver they are (eight segments), by rules in two
// readable tables, from their garage and their newest LIMIT_USER_EVENTS events. Computed when asked for, never stored.
//
// Stages, strongest first; the first rule that holds decides:
//     loyal         bought twice within two years, or bought and came back a week or more later
//     deciding      cart or accepted offer within 30 days; one purchase so far; three clicks on one type within 14 days
//     interested    a click or a search within 90 days
//     aware         any event at all
//     opportunity   none: we know their car at most
// "Bought" is a purchase, installation, service or redeemed voucher.
//
// Segments: each rule that holds gives its points, most points win, ties go to the earlier segment of the table; without
// any point there is no segment. The slugs are those of segments.tsv.
//
// Value score, 0..100: 40 exp(-days since the newest event / 90) + 40 min(1, bought / 6) + 20 min(1, types bought / 4),
// over two years: how recent, how often, how broad.
#ifndef RF_MODEL_LIFECYCLE_H
#define RF_MODEL_LIFECYCLE_H

#include "index/event.h"
#include "index/user.h"

enum lifecycle_stage { STAGE_OPPORTUNITY, STAGE_AWARE, STAGE_INTERESTED, STAGE_DECIDING, STAGE_LOYAL };
const char *lifecycle_stage_name(enum lifecycle_stage stage);

struct lifecycle {
    enum lifecycle_stage stage;
    struct slice stage_why;     // one sentence
    int64_t stage_since_ms;     // of the oldest event that the rule looked at; 0 = not known
    struct slice segment;       // slug, empty for none
    struct slice segment_why;   // what spoke for it, joined by "; "
    double value_score;
};

// `events` newest first, as event_recent() gives them. Texts in the view's arena, in Chinese if so asked. ERR_NO_MEMORY and
// what reading vehicles and products gives; garage entries that no longer lead to a vehicle are passed over.
enum err lifecycle_compute(struct view *v, const struct user *user, const struct event *events, unsigned count, bool chinese,
                           struct lifecycle *out);

// lifecycle_segment.c
enum err lifecycle_segment(struct view *v, const struct user *user, const struct event *events, unsigned count, bool chinese,
                           struct lifecycle *out);
bool lifecycle_bought(enum event_type type);

#endif
