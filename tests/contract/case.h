// case.h: reading and checking *.case files; README.md tells their form.
#ifndef RF_TESTS_CONTRACT_CASE_H
#define RF_TESTS_CONTRACT_CASE_H

#include <ctype.h>

#include "index/base/json.h"
#include "tests/unit/server/client.h"

#define CASE_LINE_MAX 8192
#define CASE_SAVED_MAX 16

struct case_run {
    const char *file;
    unsigned line, steps;
    unsigned port;
    struct arena arena; // reset with every step
    struct json_parser *parser;
    struct { char name[32], value[256]; } saved[CASE_SAVED_MAX];
    unsigned saved_count;

    char request[CASE_LINE_MAX]; // method and target
    char headers[CASE_LINE_MAX];
    char *body;
    size_t body_n;
    bool sent;
    struct answer answer;
    const struct json *json; // NULL: the answer's body is not JSON
};

static void case_fail(const struct case_run *r, const char *expected) {
    fail_msg("%s:%u: %s\n  request: %s\n  answer: %d %s", r->file, r->line, expected, r->request, r->answer.status,
             r->answer.body ? r->answer.body : "");
}

// ---- values -------------------------------------------------------------------------------------------------------------------

// "hits[0].fit.verdict"; a name may hold dots when it stands in quotes: attrs."a.b".
static const struct json *case_at(const struct json *from, struct slice path) {
    const struct json *at = from;
    while (at && path.n > 0) {
        if (path.p[0] == '.') path = slice_from(path, 1);
        if (path.n > 0 && path.p[0] == '[') {
            size_t i = strtoul(path.p + 1, NULL, 10), skip = (size_t)((const char *)memchr(path.p, ']', path.n) - path.p) + 1;
            at = at->type == JSON_ARRAY && i < at->count ? &at->items[i] : NULL;
            path = slice_from(path, skip);
            continue;
        }
        size_t n = 0;
        char key[128];
        while (n < path.n && path.p[n] != '.' && path.p[n] != '[') n++;
        assert_true(slice_copy(slice_of(path.p, n), key, sizeof key) == n);
        at = json_get(at, key);
        path = slice_from(path, n);
    }
    return at;
}

static bool case_equal(const struct json *a, const struct json *b) {
    bool numbers = (a->type == JSON_INTEGER || a->type == JSON_NUMBER) && (b->type == JSON_INTEGER || b->type == JSON_NUMBER);
    if (numbers) return a->number == b->number || (a->number - b->number < 1e-6 && b->number - a->number < 1e-6);
    if (a->type != b->type) return false;
    if (a->type == JSON_STRING) return slice_eq(a->string, b->string);
    if (a->type == JSON_BOOL) return a->boolean == b->boolean;
    if (a->type == JSON_NULL) return true;
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        char key[128] = "";
        if (a->type == JSON_OBJECT) slice_copy(a->keys[i], key, sizeof key);
        const struct json *other = a->type == JSON_OBJECT ? json_get(b, key) : &b->items[i];
        if (!other || !case_equal(&a->items[i], other)) return false;
    }
    return true;
}

// ---- sending ------------------------------------------------------------------------------------------------------------------

static void case_parse_answer(struct case_run *r) {
    struct slice text = slice_of(r->answer.body, r->answer.n);
    const char *type = answer_header(&r->answer, "Content-Type");
    r->json = NULL;
    if (type && strstr(type, "ndjson")) {
        struct buf list;
        buf_init(&list, &r->arena, text.n + 16);
        buf_char(&list, '[');
        while (text.p) {
            struct slice line = slice_cut(&text, '\n');
            if (line.n && list.n > 1) buf_char(&list, ',');
            buf_slice_put(&list, line);
        }
        buf_char(&list, ']');
        text = buf_slice(&list);
    }
    if (json_parse(r->parser, text, &r->arena, &r->json, NULL) != ERR_OK) r->json = NULL;
}

static void case_send(struct case_run *r) {
    struct client c = client_open(r->port);
    struct buf out;
    buf_init(&out, NULL, 0);
    buf_printf(&out, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", r->request, r->headers);
    if (r->body_n || strncmp(r->request, "P", 1) == 0) buf_printf(&out, "Content-Length: %zu\r\n", r->body_n);
    buf_put(&out, "\r\n", 2);
    buf_put(&out, r->body, r->body_n);
    client_send(&c, out.p, out.n);
    buf_free(&out);
    client_answer(&c, &r->answer, strncmp(r->request, "HEAD ", 5) == 0);
    client_close(&c);
    case_parse_answer(r);
    r->sent = true;
    r->steps++;
}

// ---- one line -----------------------------------------------------------------------------------------------------------------

// The string at a path of the answer, or a header's value: "header ETag".
static struct slice case_text_at(const struct case_run *r, struct slice path) {
    char name[64];
    if (slice_starts(path, SLICE("header "))) {
        slice_copy(slice_from(path, 7), name, sizeof name);
        return slice_str(answer_header(&r->answer, name));
    }
    const struct json *value = case_at(r->json, path);
    return value && value->type == JSON_STRING ? value->string : SLICE_NONE;
}

static void case_save(struct case_run *r, struct slice rest) {
    struct slice path = rest, name = slice_trim(slice_cut(&path, '='));
    struct slice text = case_text_at(r, slice_trim(path));
    assert_true(r->saved_count < CASE_SAVED_MAX);
    if (text.n == 0) case_fail(r, "there is nothing to save");
    slice_copy(name, r->saved[r->saved_count].name, sizeof r->saved[0].name);
    slice_copy(text, r->saved[r->saved_count].value, sizeof r->saved[0].value);
    r->saved_count++;
}

static void case_compare(struct case_run *r, struct slice path, char op, struct slice wanted, const char *line) {
    const struct json *value = case_at(r->json, path), *expected = NULL;
    double number = 0;
    bool ok = value != NULL;
    char text[CASE_LINE_MAX];
    if (op == '!') ok = !ok;
    if (ok && op == '=')
        ok = json_parse(r->parser, wanted, &r->arena, &expected, NULL) == ERR_OK && case_equal(value, expected);
    if (ok && op == '#') ok = slice_f64(wanted, &number) && (value->type == JSON_STRING ? value->string.n : value->count) == (size_t)number;
    if (ok && op == '>') ok = slice_f64(wanted, &number) && value->number >= number;
    if (ok && op == '~') {
        slice_copy(wanted, text, sizeof text);
        ok = value->type == JSON_STRING && memmem(value->string.p, value->string.n, text, strlen(text)) != NULL;
    }
    if (!ok) case_fail(r, line);
}

static bool case_word(struct slice line, const char *word, struct slice *rest) {
    if (!slice_starts(line, slice_str(word))) return false;
    *rest = slice_from(line, strlen(word));
    return true;
}

static void case_header(struct case_run *r, struct slice rest, const char *line) {
    char name[64], value[512];
    struct slice text = rest;
    slice_copy(slice_trim(slice_cut(&text, ':')), name, sizeof name);
    slice_copy(slice_trim(text), value, sizeof value);
    const char *found = answer_header(&r->answer, name);
    if (!found || strcmp(found, value) != 0) case_fail(r, line);
}

static void case_expect(struct case_run *r, struct slice line) {
    char text[CASE_LINE_MAX], needle[CASE_LINE_MAX];
    struct slice rest;
    slice_copy(line, text, sizeof text);
    if (!r->sent) case_send(r);
    if (isdigit((unsigned char)text[0])) {
        if (atoi(text) != r->answer.status) case_fail(r, text);
    } else if (case_word(line, "has ", &rest) || case_word(line, "lacks ", &rest)) {
        slice_copy(rest, needle, sizeof needle);
        if ((strstr(r->answer.body, needle) != NULL) != (text[0] == 'h')) case_fail(r, text);
    } else if (case_word(line, "header ", &rest)) {
        case_header(r, rest, text);
    } else if (case_word(line, "save ", &rest)) {
        case_save(r, rest);
    } else {
        struct slice wanted = line, path = slice_cut(&wanted, ' ');
        if (!wanted.p || !strchr("=#>~?!", wanted.p[0])) case_fail(r, text);
        size_t skip = wanted.p[0] == '>' ? 2 : 1;
        case_compare(r, path, wanted.p[0], slice_trim(slice_from(wanted, skip)), text);
    }
}

static void case_step_end(struct case_run *r) {
    if (r->request[0] && !r->sent) case_fail(r, "nothing is expected of this step");
    r->request[0] = r->headers[0] = 0;
    r->body_n = 0;
    r->sent = false;
    arena_reset(&r->arena);
}

static void case_add_body(struct case_run *r, const char *line) {
    size_t n = strlen(line);
    r->body = realloc(r->body, r->body_n + n + 2);
    assert_non_null(r->body);
    memcpy(r->body + r->body_n, line, n);
    r->body[r->body_n + n] = '\n';
    r->body_n += n + 1;
}

static void case_line(struct case_run *r, const char *line) {
    if (line[0] == '#') return;
    if (line[0] == 0) case_step_end(r);
    else if (line[0] == '>') case_expect(r, slice_trim(slice_str(line + 1)));
    else if (!r->request[0]) snprintf(r->request, sizeof r->request, "%s", line);
    else if (line[0] == '<') snprintf(r->headers + strlen(r->headers), sizeof r->headers - strlen(r->headers), "%s\r\n", line + 2);
    else case_add_body(r, line);
}

// ${name} becomes what was saved under it.
static void case_substitute(const struct case_run *r, const char *line, char out[CASE_LINE_MAX]) {
    size_t n = 0;
    while (*line && n + 256 < CASE_LINE_MAX) {
        const char *end = strncmp(line, "${", 2) == 0 ? strchr(line, '}') : NULL;
        unsigned i = 0;
        while (end && i < r->saved_count && strncmp(r->saved[i].name, line + 2, (size_t)(end - line - 2)) != 0) i++;
        if (end && i < r->saved_count) {
            n += (size_t)snprintf(out + n, CASE_LINE_MAX - n, "%s", r->saved[i].value);
            line = end + 1;
        } else {
            out[n++] = *line++;
        }
    }
    out[n] = 0;
}

static void case_run_file(const char *path, unsigned port, unsigned *steps) {
    struct case_run *r = calloc(1, sizeof *r);
    static char line[CASE_LINE_MAX], ready[CASE_LINE_MAX];
    FILE *file = fopen(path, "re");
    assert_non_null(r);
    assert_non_null(file);
    r->file = path;
    r->port = port;
    r->parser = json_parser_new();
    arena_init(&r->arena, 65536, 64 * 1024 * 1024);
    while (fgets(line, sizeof line, file)) {
        r->line++;
        line[strcspn(line, "\r\n")] = 0;
        case_substitute(r, line, ready);
        case_line(r, ready);
    }
    case_step_end(r);
    *steps = r->steps;
    fclose(file);
    json_parser_free(r->parser);
    arena_destroy(&r->arena);
    free(r->answer.body);
    free(r->body);
    free(r);
}

#endif
