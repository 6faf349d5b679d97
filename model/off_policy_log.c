// off_policy_log.c: logs of impressions with the probability each was shown with, out of comma-separated text.
#include "off_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void off_policy_log_free(struct off_policy_log *log) {
    free(log->rows);
    *log = (struct off_policy_log){0};
}

enum column { COLUMN_ACTION, COLUMN_PLACE, COLUMN_REWARD, COLUMN_PROBABILITY, COLUMNS };

static bool column_of(struct slice name, enum column *out) {
    static const struct { const char *name; enum column is; } NAMES[] = {
        {"item_id", COLUMN_ACTION}, {"position", COLUMN_PLACE}, {"click", COLUMN_REWARD}, {"reward", COLUMN_REWARD},
        {"propensity_score", COLUMN_PROBABILITY}, {"action_prob", COLUMN_PROBABILITY},
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (!slice_is(slice_trim(name), NAMES[i].name)) continue;
        *out = NAMES[i].is;
        return true;
    }
    return false;
}

static bool number(struct slice text, double *out) { // with an exponent, as small probabilities are written
    char copy[64], *end;
    text = slice_trim(text);
    if (text.n == 0 || text.n >= sizeof copy) return false;
    slice_copy(text, copy, sizeof copy);
    *out = strtod(copy, &end);
    return *end == 0 && isfinite(*out);
}

static bool read_header(struct slice line, unsigned place[COLUMNS]) {
    unsigned found = 0;
    for (unsigned i = 0; i < COLUMNS; i++) place[i] = UINT32_MAX;
    for (unsigned i = 0; line.p != NULL; i++) {
        enum column is;
        if (!column_of(slice_cut(&line, ','), &is) || place[is] != UINT32_MAX) continue;
        place[is] = i;
        found++;
    }
    return found == COLUMNS;
}

static bool read_row(struct slice line, const unsigned place[COLUMNS], struct off_policy_row *out) {
    double value[COLUMNS] = {0};
    unsigned found = 0;
    for (unsigned i = 0; line.p != NULL && found < COLUMNS; i++) {
        struct slice text = slice_cut(&line, ',');
        for (unsigned c = 0; c < COLUMNS; c++) {
            if (place[c] != i) continue;
            if (!number(text, &value[c])) return false;
            found++;
        }
    }
    if (found < COLUMNS) return false;
    double action = value[COLUMN_ACTION], where = value[COLUMN_PLACE], p = value[COLUMN_PROBABILITY];
    if (!(action >= 0 && action < OFF_POLICY_ACTIONS_MAX && where >= 0 && where < OFF_POLICY_PLACES_MAX && p > 0 && p <= 1) ||
        fabs(value[COLUMN_REWARD]) > 1e6)
        return false;
    *out = (struct off_policy_row){(uint32_t)action, (uint32_t)where, (float)value[COLUMN_REWARD], (float)p};
    return out->probability > 0.0f;
}

static bool room(struct off_policy_log *log, size_t *held) {
    if (log->count < *held) return true;
    size_t more = *held ? *held * 2 : 4096;
    struct off_policy_row *rows = realloc(log->rows, more * sizeof *rows);
    if (rows == NULL) return false;
    log->rows = rows;
    *held = more;
    return true;
}

static enum err parse_rows(struct slice text, const char *name, struct off_policy_log *out, struct fault *why) {
    unsigned place[COLUMNS];
    size_t held = 0;
    if (!read_header(slice_cut(&text, '\n'), place))
        return fault_set(why, ERR_BAD_REQUEST, "", "%s: the header must name item_id, position, click and propensity_score", name);
    for (unsigned long line = 2; text.p != NULL; line++) {
        struct slice row = slice_trim(slice_cut(&text, '\n'));
        if (row.n == 0) continue;
        if (!room(out, &held)) return fault_set(why, ERR_NO_MEMORY, "", "%s: no memory", name);
        struct off_policy_row *r = &out->rows[out->count];
        if (!read_row(row, place, r)) return fault_set(why, ERR_BAD_REQUEST, "", "%s:%lu: not a row of a log", name, line);
        if (r->action >= out->actions) out->actions = r->action + 1;
        if (r->place >= out->places) out->places = r->place + 1;
        out->count++;
    }
    return ERR_OK;
}

enum err off_policy_parse(struct slice text, const char *name, struct off_policy_log *out, struct fault *why) {
    *out = (struct off_policy_log){0};
    enum err e = parse_rows(text, name, out, why);
    if (e != ERR_OK) off_policy_log_free(out);
    return e;
}

enum err off_policy_read(const char *path, struct off_policy_log *out, struct fault *why) {
    struct stat stat;
    *out = (struct off_policy_log){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fault_set(why, ERR_NOT_FOUND, "", "cannot open %s: %s", path, strerror(errno));
    void *bytes = MAP_FAILED;
    if (fstat(fd, &stat) == 0 && stat.st_size > 0) bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) return fault_set(why, ERR_IO, "", "cannot read %s, or it is empty", path);
    enum err e = off_policy_parse(slice_of(bytes, (size_t)stat.st_size), path, out, why);
    munmap(bytes, (size_t)stat.st_size);
    return e;
}
