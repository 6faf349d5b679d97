#include "lint_print.h"

#include <inttypes.h>

#include "index/base/json.h"

enum { LINES_SHOWN = 8 }; // of one finding, in text

uint64_t lint_count(const struct lint *l, enum lint_severity severity) {
    size_t count;
    uint64_t n = 0;
    const struct lint_finding *f = lint_findings(l, &count);
    for (size_t i = 0; i < count; i++) n += lint_severity(l, f[i].check) == severity;
    return n;
}

// ---- text -----------------------------------------------------------------------------------------------------------
static void lines_put(const struct lint *l, const struct lint_finding *f, struct buf *out) {
    if (f->count < 2) return;
    buf_slice_put(out, f->count == 2 ? SLICE(" (also line ") : SLICE(" (also lines "));
    for (uint32_t i = 1; i < f->count && i < LINES_SHOWN; i++) buf_printf(out, "%s%u", i > 1 ? ", " : "", lint_line(l, f, i));
    if (f->count > LINES_SHOWN) buf_printf(out, " and %u more", f->count - LINES_SHOWN);
    buf_char(out, ')');
}

static void finding_put(const struct lint *l, const struct lint_subject *s, const struct lint_finding *f, struct buf *out) {
    buf_printf(out, "%s:%u: %s: %s: ", s->file, lint_line(l, f, 0), lint_severity_name(lint_severity(l, f->check)),
               lint_check_name(f->check));
    lint_message(l, f, out);
    lines_put(l, f, out);
    buf_char(out, '\n');
}

static enum err flush(struct buf *b, FILE *out) {
    bool ok = !b->bad && fwrite(b->p, 1, b->n, out) == b->n;
    bool memory = b->bad;
    buf_clear(b);
    return ok ? ERR_OK : memory ? ERR_NO_MEMORY : ERR_IO;
}

static enum err findings_text(const struct lint *l, const struct lint_subject *s, struct buf *b, FILE *out) {
    size_t count;
    const struct lint_finding *f = lint_findings(l, &count);
    for (size_t i = 0, end; i < count; i = end) {
        uint64_t shown = 0;
        for (end = i; end < count && f[end].check == f[i].check; end++)
            if (shown++ < s->max) finding_put(l, s, &f[end], b);
        if (shown > s->max) buf_printf(b, "%s: %s: %" PRIu64 " more; --all shows them\n", s->file, lint_check_name(f[i].check),
                                       shown - s->max);
        TRY(flush(b, out));
    }
    return ERR_OK;
}

static void table_put(const struct lint *l, const struct lint_subject *s, struct buf *b) {
    buf_printf(b, "%s: %" PRIu64 " applications, %" PRIu64 " parts\n", s->file, s->applications, s->parts);
    buf_printf(b, "  %-20s %-8s %10s %10s\n", "check", "severity", "findings", "rows");
    for (enum lint_check c = 0; c < LINT_CHECKS; c++) {
        struct lint_total t = lint_total(l, c);
        if (t.groups == 0 && c > LINT_QUANTITY_CONFLICT) continue; // nothing found says something where rows are compared
        const char *severity = lint_severity_name(lint_severity(l, c));
        buf_printf(b, "  %-20s %-8s %10" PRIu64 " %10" PRIu64 "  %s\n", lint_check_name(c), severity, t.groups, t.rows, lint_check_meaning(c));
    }
}

enum err lint_print_text(const struct lint *l, const struct lint_subject *s, FILE *out) {
    struct buf b;
    buf_init(&b, NULL, 64 * 1024);
    enum err err = findings_text(l, s, &b, out);
    table_put(l, s, &b);
    if (err == ERR_OK) err = flush(&b, out);
    buf_free(&b);
    return err;
}

// ---- JSON -----------------------------------------------------------------------------------------------------------
static void checks_json(const struct lint *l, struct json_writer *w) {
    json_key_open(w, "checks", '{');
    for (enum lint_check c = 0; c < LINT_CHECKS; c++) {
        struct lint_total t = lint_total(l, c);
        json_key_open(w, lint_check_name(c), '{');
        json_key_int(w, "groups", (int64_t)t.groups);
        json_key_int(w, "rows", (int64_t)t.rows);
        json_key_str(w, "severity", lint_severity_name(lint_severity(l, c)));
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void finding_json(const struct lint *l, const struct lint_finding *f, uint64_t max, struct buf *message, struct json_writer *w) {
    buf_clear(message);
    lint_message(l, f, message);
    json_open(w, '{');
    json_key_str(w, "check", lint_check_name(f->check));
    json_key_str(w, "severity", lint_severity_name(lint_severity(l, f->check)));
    json_key_string(w, "message", buf_slice(message));
    json_key_int(w, "rows", f->count);
    json_key_open(w, "lines", '[');
    for (uint32_t i = 0; i < f->count && i < max; i++) json_int(w, lint_line(l, f, i));
    json_close(w, ']');
    json_close(w, '}');
}

static enum err findings_json(const struct lint *l, const struct lint_subject *s, struct json_writer *w, FILE *out) {
    size_t count;
    uint64_t shown = 0;
    enum err err = ERR_OK;
    const struct lint_finding *f = lint_findings(l, &count);
    struct buf message;
    buf_init(&message, NULL, 256);
    json_key_open(w, "findings", '[');
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        shown = i && f[i].check == f[i - 1].check ? shown + 1 : 1;
        if (shown > s->max) continue;
        finding_json(l, &f[i], s->max, &message, w);
        if (message.bad) err = ERR_NO_MEMORY;
        else if (w->out->n > 32 * 1024) err = flush(w->out, out);
    }
    json_close(w, ']');
    buf_free(&message);
    return err;
}

enum err lint_print_json(const struct lint *l, const struct lint_subject *s, FILE *out) {
    struct buf b;
    buf_init(&b, NULL, 64 * 1024);
    struct json_writer w = json_writer_of(&b);
    json_open(&w, '{');
    json_key_str(&w, "file", s->file);
    json_key_str(&w, "format", s->format);
    json_key_int(&w, "applications", (int64_t)s->applications);
    json_key_int(&w, "parts", (int64_t)s->parts);
    json_key_int(&w, "errors", (int64_t)lint_count(l, LINT_ERROR));
    json_key_int(&w, "warnings", (int64_t)lint_count(l, LINT_WARNING));
    checks_json(l, &w);
    enum err err = findings_json(l, s, &w, out);
    json_close(&w, '}');
    buf_char(&b, '\n');
    if (err == ERR_OK) err = flush(&b, out);
    buf_free(&b);
    return err;
}
