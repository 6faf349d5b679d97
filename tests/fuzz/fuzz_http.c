// libFuzzer target over server/http.c. The first byte says in what pieces the rest is fed. Checked beside memory safety:
// the pieces must not matter, and a body that we accept must be the body that llhttp alone finds in the same bytes.
// `make fuzz` builds and runs it.
#include <stdlib.h>

#include <../share/include/llhttp/llhttp.h>

#include "server/http.h"

#define INPUT_MAX 8192
#define BODY_LIMIT 4096

struct result {
    int status; // 0 accepted, -1 incomplete
    size_t end, body_bytes;
    char buffer[INPUT_MAX];
    size_t n, head_bytes;
};

static void check(bool holds) {
    if (!holds) abort();
}

static enum http_step advance(struct http *h, struct http_head *head, struct result *out) {
    enum http_step step = http_scan(h, out->buffer, out->n);
    if (step == HTTP_READY && !http_body_begun(h)) {
        bool good = http_parse(slice_of(out->buffer, h->head_bytes), head, &h->problem);
        if (!good || !http_body_begin(h, head, BODY_LIMIT)) return HTTP_BAD;
    }
    return step == HTTP_READY ? http_body(h, out->buffer, &out->n) : step;
}

static void feed(const uint8_t *data, size_t size, size_t piece, struct result *out) {
    struct http h;
    struct http_head head;
    http_next(&h);
    out->n = 0;
    out->status = -1;
    for (size_t at = 0; at < size && out->status == -1; at += piece) {
        size_t take = size - at < piece ? size - at : piece;
        memcpy(out->buffer + out->n, data + at, take);
        out->n += take;
        enum http_step step = advance(&h, &head, out);
        if (step == HTTP_BAD) check(h.problem.status >= 400 && h.problem.why != NULL);
        if (step != HTTP_MORE) out->status = step == HTTP_BAD ? h.problem.status : 0;
        check(http_end(&h) <= out->n || step == HTTP_BAD);
    }
    out->end = http_end(&h);
    out->head_bytes = h.head_bytes;
    out->body_bytes = (size_t)h.body_bytes;
    check(out->status != 0 || out->body_bytes <= BODY_LIMIT);
}

struct peer {
    char body[INPUT_MAX];
    size_t n;
    bool complete;
};

static int on_body(llhttp_t *parser, const char *at, size_t n) {
    struct peer *peer = parser->data;
    memcpy(peer->body + peer->n, at, n);
    peer->n += n;
    return 0;
}

static int on_complete(llhttp_t *parser) {
    ((struct peer *)parser->data)->complete = true;
    return HPE_PAUSED;
}

static void compare_with_llhttp(const uint8_t *data, size_t size, const struct result *ours) {
    static struct peer peer;
    peer.n = 0;
    peer.complete = false;
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_body = on_body;
    settings.on_message_complete = on_complete;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &peer;
    (void)llhttp_execute(&parser, (const char *)data, size);
    // llhttp does not read every chunk extension that RFC 9112 allows (";a=b;c", "; a"); ours skips them all.
    size_t head_bytes = ours->head_bytes;
    if (!peer.complete && memchr(data + head_bytes, ';', size - head_bytes)) return;
    check(peer.complete);
    check(peer.n == ours->body_bytes && memcmp(peer.body, ours->buffer + ours->head_bytes, peer.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct result whole, pieces;
    if (size < 2 || size > INPUT_MAX) return 0;
    size_t piece = data[0] % 32u + 1;
    data++;
    size--;
    feed(data, size, size, &whole);
    feed(data, size, piece, &pieces);
    // Bytes behind a request that was refused midway may be seen or not: only the verdict is compared.
    check(whole.status == pieces.status);
    if (whole.status != 0) return 0;
    check(whole.head_bytes == pieces.head_bytes && whole.body_bytes == pieces.body_bytes);
    check(memcmp(whole.buffer, pieces.buffer, whole.end) == 0);
    compare_with_llhttp(data, size, &whole);
    return 0;
}
