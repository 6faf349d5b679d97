#include "handover.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "index/base/json.h"

enum { URL_BYTES = 1024, PATH_BYTES = 4096, WORDS_MAX = 200, ANSWER_MAX = 64 << 20, TIMEOUT_S = 60 };

static bool first_line(const char *path, char *out, size_t size) {
    FILE *f = fopen(path, "re");
    bool ok = f && fgets(out, (int)size, f) != NULL;
    if (f) fclose(f);
    if (ok) out[strcspn(out, "\r\n")] = 0;
    return ok && out[0];
}

void handover_address(const char *told, const char *data, char out[HANDOVER_ADDRESS_BYTES]) {
    char path[PATH_BYTES];
    const char *listen = getenv("RIGHTFIT_LISTEN");
    if (!told || !*told) told = listen;
    if (!told || !*told) {
        snprintf(path, sizeof path, "%s/server.addr", data);
        if (first_line(path, out, HANDOVER_ADDRESS_BYTES)) return;
        told = "127.0.0.1:7700";
    }
    snprintf(out, HANDOVER_ADDRESS_BYTES, "%s", told);
}

// ---- one request ------------------------------------------------------------------------------------------------------------------
static size_t answer_take(char *bytes, size_t size, size_t count, void *arg) {
    struct buf *answer = arg;
    if (answer->n + size * count > ANSWER_MAX) return 0;
    buf_put(answer, bytes, size * count);
    return answer->bad ? 0 : size * count;
}

static struct curl_slist *headers_make(const char *key) {
    char bearer[512];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (key && headers) {
        snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", key);
        headers = curl_slist_append(headers, bearer);
    }
    return headers;
}

// The message of an error body, else the body.
static struct slice words_of(const struct buf *answer) {
    static const char MEMBER[] = "\"message\":\"";
    struct slice text = buf_slice(answer);
    const char *at = text.n ? memmem(text.p, text.n, MEMBER, sizeof MEMBER - 1) : NULL;
    if (at) {
        text = slice_from(text, (size_t)(at - text.p) + sizeof MEMBER - 1);
        text = slice_cut(&text, '"');
    }
    if (text.n > WORDS_MAX) text.n = WORDS_MAX;
    return text;
}

static enum err perform(CURL *curl, const char *url, struct curl_slist *headers, const char *body, struct buf *answer, struct fault *why) {
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (body) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) return fault_set(why, ERR_IO, "server", "%.120s: %s", url, curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 == 2) return ERR_OK;
    struct slice words = words_of(answer);
    enum err err = status == 404 ? ERR_NOT_FOUND : status == 409 ? ERR_CONFLICT : ERR_IO;
    return fault_set(why, err, "server", "the server answered %ld: %.*s", status, SLICE_ARGS(words));
}

enum err handover_call(const char *server, const char *key, const char *path, const char *body, struct buf *answer, struct fault *why) {
    char url[URL_BYTES];
    bool scheme = strstr(server, "://") != NULL;
    snprintf(url, sizeof url, "%s%s%s", scheme ? "" : "http://", server, path);
    buf_clear(answer);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_make(key);
    enum err err = curl && headers ? perform(curl, url, headers, body, answer, why) : ERR_NO_MEMORY;
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return err;
}

enum err handover_generation(const char *server, const char *key, uint64_t id, bool force, struct fault *why) {
    char body[64];
    struct buf answer;
    buf_init(&answer, NULL, 0);
    snprintf(body, sizeof body, "{\"id\":\"%016llx\",\"force\":%s}", (unsigned long long)id, force ? "true" : "false");
    enum err err = handover_call(server, key, "/v1/generations", body, &answer, why);
    buf_free(&answer);
    return err;
}
