// eval_people.h: where people stood before they wanted what evaluation holds out: their stage and their kind (lifecycle.h),
// as labels for segments.h.
#ifndef RF_MODEL_EVAL_PEOPLE_H
#define RF_MODEL_EVAL_PEOPLE_H

#include "history.h"
#include "segments.h"

#define EVAL_PEOPLE_STAGES 5
#define EVAL_PEOPLE_KINDS_MAX 16
#define EVAL_PEOPLE_KIND_BYTES 32

struct eval_people { // by place in the history
    uint32_t users;
    uint8_t *stage, *kind;
    unsigned kinds;
    char kind_name[EVAL_PEOPLE_KINDS_MAX][EVAL_PEOPLE_KIND_BYTES];
};
// By their newest LIMIT_USER_EVENTS events without those on the last product they wanted. The view's clock decides what is
// recent; its arena is not used. The caller's to free, whatever comes back. ERR_NO_MEMORY, ERR_DAMAGED.
enum err eval_people_load(struct view *v, const struct history *h, struct eval_people *out);
void eval_people_free(struct eval_people *p);

#endif
