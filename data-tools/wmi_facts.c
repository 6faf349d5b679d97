#include "wmi_facts.h"

#include "index/delimited.h"
#include "index/vin_build.h"

struct columns { int wmi, maker, maker_zh, makes, country, plants; };

static enum err columns_find(const struct delimited *d, struct columns *c, struct fault *why) {
    *c = (struct columns){delimited_column(d, "wmi"),   delimited_column(d, "maker"),   delimited_column(d, "maker_zh"),
                          delimited_column(d, "makes"), delimited_column(d, "country"), delimited_column(d, "plants")};
    if (c->wmi >= 0 && c->maker >= 0 && c->makes >= 0) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "", "wmi.tsv needs the columns wmi, maker and makes");
}

static bool is_code(struct slice code) {
    for (size_t i = 0; i < code.n; i++)
        if (vin_code(code.p[i]) < 0 || vin_value(code.p[i]) < 0) return false;
    return code.n == 3 || (code.n == 6 && code.p[2] == '9');
}

static enum err rows_put(struct txn *t, struct delimited *d, const struct columns *c, const char *path, struct import_report *report) {
    struct buf record;
    enum err e = ERR_OK;
    buf_init(&record, NULL, 256);
    while (e == ERR_OK && delimited_next(d)) {
        struct slice code = delimited_cell(d, c->wmi);
        const struct vin_wmi wmi = {.maker = delimited_cell(d, c->maker), .maker_zh = delimited_cell(d, c->maker_zh),
                                    .country = delimited_cell(d, c->country), .makes = delimited_cell(d, c->makes),
                                    .plants = delimited_cell(d, c->plants)};
        report->rows++;
        if (!is_code(code) || wmi.maker.n == 0)
            report_reject(report, path, delimited_line(d), "'%.*s' is no maker's code, or has no maker", SLICE_ARGS(code));
        else e = vin_wmi_put(t, &record, true, code, &wmi);
    }
    buf_free(&record);
    return e;
}

static enum err table_put(struct db *db, struct delimited *d, const char *path, struct import_report *report, struct fault *why) {
    struct columns columns;
    struct txn *t;
    TRY(columns_find(d, &columns, why));
    TRY(txn_begin(db, &t, why));
    enum err e = vin_clear(t, "f");
    if (e == ERR_OK) e = rows_put(t, d, &columns, path, report);
    if (e == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return e;
}

enum err wmi_facts_import(struct db *db, const char *facts_dir, struct import_report *report, struct fault *why) {
    char path[4096];
    struct delimited *d;
    if ((size_t)snprintf(path, sizeof path, "%s/wmi.tsv", facts_dir) >= sizeof path)
        return fault_set(why, ERR_TOO_LARGE, "", "the facts folder's path is too long");
    TRY(delimited_open(path, &d, why));
    enum err e = table_put(db, d, path, report, why);
    delimited_close(d);
    return e;
}
