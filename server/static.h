// static.h: the page's files, read and compressed once at start and served from memory.
//
// The folder's whole tree is loaded, up to limits that a page never meets; names that begin with a dot and node_modules are
// left out. A file "js/app.js" is served at /js/app.js and at /web/js/app.js, index.html at / as well. Every file has an
// ETag and is asked for again each time, mostly answered 304, so a new version shows at once.
#ifndef RF_SERVER_STATIC_H
#define RF_SERVER_STATIC_H

#include "server/respond.h"

#define STATIC_FILES_MAX 512
#define STATIC_TOTAL_BYTES (64u * 1024 * 1024)

struct static_files;

// ERR_NOT_FOUND: no such folder. ERR_TOO_LARGE: more files or bytes than the limits. ERR_IO, ERR_NO_MEMORY.
enum err static_files_load(const char *dir, struct static_files **out, struct fault *why);
void static_files_free(struct static_files *f); // NULL is fine
const struct static_file *static_files_find(const struct static_files *f, struct slice path); // "js/app.js"; NULL: none

// Handlers: the page itself, and a file by the path's last capture below the folder that the route's pattern names.
enum err static_index(struct request *rq, struct fault *why);    // GET /
enum err static_file_get(struct request *rq, struct fault *why); // GET /{file}, /web/{path...}
enum err static_js_get(struct request *rq, struct fault *why);   // GET /js/{path...}

#endif
