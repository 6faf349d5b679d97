#include "handover.h"

#include <curl/curl.h>
#include <stdio.h>

enum { URL_BYTES = 1024, ANSWER_BYTES = 200, TIMEOUT_S = 60 };

struct answer { char text[ANSWER_BYTES]; size_t n; };

static size_t answer_take(char *bytes, size_t size, size_t count, void *arg) {
    struct answer *a = arg;
    size_t n = size * count, room = sizeof a->text - 1 - a->n;
    memcpy(a->text + a->n, bytes, n < room ? n : room);
    a->n += n < room ? n : room;
    a->text[a->n] = 0;
    return n;
}

static struct curl_slist *headers_make(const char *key) {
    char bearer[512];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (key) {
        snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", key);
        headers = curl_slist_append(headers, bearer);
    }
    return headers;
}

static enum err post(CURL *curl, const char *url, struct curl_slist *headers, const char *body, struct fault *why) {
    struct answer answer = {.n = 0};
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) return fault_set(why, ERR_IO, "server", "%s: %s", url, curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status / 100 == 2 ? ERR_OK : fault_set(why, ERR_IO, "server", "%s answered %ld: %s", url, status, answer.text);
}

enum err handover_generation(const char *server, const char *key, uint64_t id, struct fault *why) {
    char url[URL_BYTES], body[64];
    bool scheme = strstr(server, "://") != NULL;
    snprintf(url, sizeof url, "%s%s/v1/generations", scheme ? "" : "http://", server);
    snprintf(body, sizeof body, "{\"id\":\"%016llx\"}", (unsigned long long)id);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_make(key);
    enum err err = curl && headers ? post(curl, url, headers, body, why) : ERR_NO_MEMORY;
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return err;
}
