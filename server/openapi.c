#include "server/openapi.h"

#include "server/api_routes.h"
#include "server/app.h"
#include "server/respond.h"

// ---- schemas: "id*:string,value:number" as an object's ----------------------------------------------------------------------

static void schema_json(struct json_writer *w, const char *members) {
    struct slice rest = slice_str(members);
    json_open(w, '{');
    json_key_str(w, "type", "object");
    json_key_open(w, "properties", '{');
    while (rest.p) {
        struct slice type = slice_cut(&rest, ','), name = slice_cut(&type, ':');
        if (slice_ends(name, SLICE("*"))) name.n--;
        json_key_slice(w, name);
        json_open(w, '{');
        json_key_string(w, "type", type);
        if (openapi_member(name)) json_key_str(w, "description", openapi_member(name));
        json_close(w, '}');
    }
    json_close(w, '}');
    json_key_open(w, "required", '[');
    for (rest = slice_str(members); rest.p;) {
        struct slice type = slice_cut(&rest, ','), name = slice_cut(&type, ':');
        if (!slice_ends(name, SLICE("*"))) continue;
        name.n--;
        json_string(w, name);
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void content_json(struct json_writer *w, const char *type, const char *members) {
    json_key_open(w, "content", '{');
    json_key_open(w, type, '{');
    json_key(w, "schema");
    schema_json(w, members);
    json_close(w, '}');
    json_close(w, '}');
}

// ---- one call -----------------------------------------------------------------------------------------------------------------

static bool names(const char *list, struct slice name) {
    struct slice rest = slice_str(list);
    while (rest.p)
        if (slice_eq(slice_cut(&rest, ','), name)) return true;
    return false;
}

static void parameter_json(struct json_writer *w, struct slice name, const char *in, bool required, const char *means) {
    json_open(w, '{');
    json_key_string(w, "name", name);
    json_key_str(w, "in", in);
    json_key_bool(w, "required", required);
    if (means) json_key_str(w, "description", means);
    json_key_open(w, "schema", '{');
    json_key_str(w, "type", "string");
    json_close(w, '}');
    json_close(w, '}');
}

static void parameters_json(struct json_writer *w, const struct route *route, const struct openapi_call *call) {
    json_key_open(w, "parameters", '[');
    for (struct slice rest = slice_str(route->pattern); rest.p;) {
        struct slice part = slice_cut(&rest, '/');
        if (part.n < 3 || part.p[0] != '{') continue;
        struct slice name = slice_of(part.p + 1, part.n - 2);
        if (slice_ends(name, SLICE("..."))) name.n -= 3;
        parameter_json(w, name, "path", true, NULL);
    }
    for (const char *const *p = route->params; p && *p; p++)
        parameter_json(w, slice_str(*p), "query", call->required && names(call->required, slice_str(*p)), openapi_param(*p));
    json_close(w, ']');
}

static void response_json(struct json_writer *w, const char *status, const char *means, const char *type, const char *members) {
    json_key_open(w, status, '{');
    json_key_str(w, "description", means);
    if (members) content_json(w, type, members);
    json_close(w, '}');
}

static void call_json(struct json_writer *w, const struct route *route, const struct openapi_call *call) {
    static const char *const verbs[METHOD_COUNT] = {"get", "head", "post", "put", "delete", "patch", "options"};
    const char *type = route->stream ? "application/x-ndjson" : "application/json";
    bool empty = route->method == METHOD_DELETE;
    json_key_open(w, verbs[route->method], '{');
    json_key_str(w, "summary", call->summary);
    parameters_json(w, route, call);
    if (call->body && *call->body) {
        json_key_open(w, "requestBody", '{');
        json_key_bool(w, "required", true);
        content_json(w, type, call->body);
        json_close(w, '}');
    }
    json_key_open(w, "responses", '{');
    response_json(w, empty ? "204" : "200", empty ? "Done" : "The answer", type, call->answer);
    response_json(w, "default", "An error", "application/json", "error*:object");
    json_close(w, '}');
    json_key_open(w, "security", '[');
    for (unsigned bit = SCOPE_SEARCH; bit <= SCOPE_ADMIN; bit <<= 1) {
        if (!(route->scope & bit)) continue;
        json_open(w, '{');
        json_key_open(w, "bearer", '[');
        json_str(w, key_scope_name((enum key_scope)bit));
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

// ---- the document -------------------------------------------------------------------------------------------------------------

static void path_key(struct json_writer *w, const char *pattern) { // "{path...}" is ours, not OpenAPI's
    struct slice path = slice_str(pattern);
    char text[128];
    if (slice_ends(path, SLICE("...}"))) {
        size_t n = slice_copy(slice_of(path.p, path.n - 4), text, sizeof text - 1);
        text[n++] = '}';
        path = slice_of(text, n);
    }
    json_key_slice(w, path);
}

static bool first_of_path(const struct route *list, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(list[k].pattern, list[i].pattern) == 0) return false;
    return true;
}

static void paths_json(struct json_writer *w, const struct route *list, size_t count) {
    json_key_open(w, "paths", '{');
    for (size_t i = 0; i < count; i++) {
        if (!first_of_path(list, i)) continue;
        path_key(w, list[i].pattern);
        json_open(w, '{');
        for (size_t k = i; k < count; k++) {
            const struct openapi_call *call = openapi_find(&list[k]);
            if (call && strcmp(list[k].pattern, list[i].pattern) == 0) call_json(w, &list[k], call);
        }
        json_close(w, '}');
    }
    json_close(w, '}');
}

void openapi_write(struct buf *out, const struct route *list, size_t count) {
    struct json_writer w = json_writer_of(out);
    json_open(&w, '{');
    json_key_str(&w, "openapi", "3.1.0");
    json_key_open(&w, "info", '{');
    json_key_str(&w, "title", "rightfit");
    json_key_str(&w, "version", "1");
    json_key_str(&w, "description", "What fits this car, and which of it is right for this person. An unknown query parameter "
                                    "or body member is an error 400 that names it.");
    json_close(&w, '}');
    paths_json(&w, list, count);
    json_key_open(&w, "components", '{');
    json_key_open(&w, "securitySchemes", '{');
    json_key_open(&w, "bearer", '{');
    json_key_str(&w, "type", "http");
    json_key_str(&w, "scheme", "bearer");
    json_key_str(&w, "description", "A key made by `rightfit keys`; on a loopback address the server may run without.");
    json_close(&w, '}');
    json_close(&w, '}');
    json_close(&w, '}');
    json_close(&w, '}');
}

enum err openapi_get(struct request *rq, struct fault *why) {
    (void)why;
    openapi_write(&rq->out, routes, routes_count);
    return respond_json(rq, 200);
}
