#include "export.h"
#include "index/supply.h"

struct lines { struct output *out; struct export_report *report; };

static enum err line_out(void *arg, struct slice line) {
    struct lines *l = arg;
    buf_slice_put(&l->out->buf, line);
    output_flush(l->out);
    l->report->lines++;
    return ERR_OK;
}

enum err export_supply(struct view *v, const struct export_options *o, struct output *out, struct export_report *report, struct fault *why) {
    struct lines l = {out, report};
    if (o->brand || o->type) return fault_set(why, ERR_BAD_REQUEST, "", "supply is exported whole, without --brand and --type");
    return supply_lines(v, line_out, &l);
}
