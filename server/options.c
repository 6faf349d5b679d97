#include "server/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "index/base/limits.h"
#include "index/base/slice.h"
#include "server/listener.h"

#define REQUEST_TIME_MS 2000 // clients of search give up about here; queued work older than that is not worth starting
#define COMPUTE_QUEUE 256

struct option_row {
    const char *name; // the flag is --name, the variable RIGHTFIT_NAME with '-' as '_'
    const char *value;
    size_t text_at, number_at; // offset into struct options; the other is NONE
    unsigned min, max;
    const char *initial;
    const char *help;
};

#define NONE ((size_t)-1)
#define TEXT(field) offsetof(struct options, field), NONE, 0, 0
#define NUMBER(field, min, max) NONE, offsetof(struct options, field), (min), (max)
#define STRING_(x) #x
#define STRING(x) STRING_(x)

static const struct option_row table[] = {
    {"listen", "HOST:PORT", TEXT(listen), "127.0.0.1:7700",
     "address to listen on; another than loopback needs --keys; port 0 takes any free one"},
    {"data", "DIR", TEXT(data), "data", "folder of the database"},
    {"web", "DIR", TEXT(web), "", "folder of the page's files; empty looks beside the program and below the working directory"},
    {"workers", "N", NUMBER(workers, 0, 256), "0", "event loops, each a thread; 0 is one per core"},
    {"market", "CODE", TEXT(market), "", "default market (US, CN, EU, ...); empty leaves it to the question"},
    {"keys", "FILE", TEXT(keys), "", "key file (mode 0600, made by `rightfit keys`); SIGHUP reads it again"},
    {"cors", "ORIGINS", TEXT(cors), "", "origins that pages may call from, comma-separated, or *"},
    {"request-log", "FILE", TEXT(request_log), "", "one JSON line a request, - is stdout; SIGHUP opens it again"},
    {"log-level", "LEVEL", TEXT(log_level), "info", "debug, info, warn or error"},
    {"compute-threads", "N", NUMBER(compute_threads, 1, 256), "1", "threads for work over a millisecond"},
    {"compute-queue", "N", NUMBER(compute_queue, 1, 65536), STRING(COMPUTE_QUEUE),
     "jobs that may wait for a compute thread; above that the answer is 429"},
    {"connections", "N", NUMBER(connections, 1, 1000000), STRING(LIMIT_CONNECTIONS), "open connections at most"},
    {"requests-per-connection", "N", NUMBER(requests_per_connection, 1, 1000000000),
     STRING(LIMIT_REQUESTS_PER_CONNECTION), "then the connection is closed politely"},
    {"header-time-ms", "MS", NUMBER(header_time_ms, 1, 3600000), STRING(LIMIT_HEADER_TIME_MS),
     "from the first byte of a request to the end of its header"},
    {"idle-time-ms", "MS", NUMBER(idle_time_ms, 1, 3600000), STRING(LIMIT_IDLE_TIME_MS),
     "between two requests of a connection"},
    {"progress-time-ms", "MS", NUMBER(progress_time_ms, 1, 3600000), STRING(LIMIT_PROGRESS_TIME_MS),
     "without a byte of body arriving, or of response leaving"},
    {"request-time-ms", "MS", NUMBER(request_time_ms, 1, 3600000), STRING(REQUEST_TIME_MS),
     "a queued request older than that is answered 429"},
    {"drain-time-ms", "MS", NUMBER(drain_time_ms, 1, 3600000), STRING(LIMIT_DRAIN_TIME_MS),
     "for requests in flight at SIGTERM"},
};
#define ROWS (sizeof table / sizeof *table)

static enum err set(struct options *o, const struct option_row *row, const char *text, struct fault *why) {
    if (row->text_at != NONE) {
        if (strlen(text) >= OPTIONS_TEXT_MAX)
            return fault_set(why, ERR_BAD_REQUEST, row->name, "%s is longer than %d bytes", row->name,
                             OPTIONS_TEXT_MAX - 1);
        memcpy((char *)o + row->text_at, text, strlen(text) + 1);
        return ERR_OK;
    }
    uint64_t number = 0;
    if (!slice_u64(slice_str(text), &number) || number < row->min || number > row->max)
        return fault_set(why, ERR_BAD_REQUEST, row->name, "%s must be a number from %u to %u, not \"%.64s\"", row->name,
                         row->min, row->max, text);
    unsigned value = (unsigned)number;
    memcpy((char *)o + row->number_at, &value, sizeof value);
    return ERR_OK;
}

static void resolve(struct options *o) {
    if (o->workers > 0) return;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    o->workers = cores > 0 ? (unsigned)cores : 1;
}

static void defaults(struct options *o) {
    memset(o, 0, sizeof *o);
    for (size_t i = 0; i < ROWS; i++) (void)set(o, &table[i], table[i].initial, NULL);
    o->clock = &clock_system;
}

void options_init(struct options *o) {
    defaults(o);
    resolve(o);
}

static void variable_name(const char *name, char out[64]) {
    size_t n = (size_t)snprintf(out, 64, "RIGHTFIT_%s", name);
    for (size_t i = 0; i < n; i++) out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

static enum err from_environment(struct options *o, char **env, struct fault *why) {
    for (size_t i = 0; i < ROWS; i++) {
        char name[64];
        variable_name(table[i].name, name);
        size_t n = strlen(name);
        for (char **e = env; e && *e; e++)
            if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') TRY(set(o, &table[i], *e + n + 1, why));
    }
    return ERR_OK;
}

static const struct option_row *find(struct slice name) {
    for (size_t i = 0; i < ROWS; i++)
        if (slice_is(name, table[i].name)) return &table[i];
    return NULL;
}

static enum err from_arguments(struct options *o, int argc, char **argv, struct fault *why) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            o->help = true;
            continue;
        }
        struct slice rest = slice_str(argv[i]);
        if (!slice_starts(rest, SLICE("--")))
            return fault_set(why, ERR_BAD_REQUEST, "", "what is \"%.64s\"? see --help", argv[i]);
        struct slice value = slice_from(rest, 2);
        struct slice name = slice_cut(&value, '=');
        const struct option_row *row = find(name);
        if (!row) return fault_set(why, ERR_BAD_REQUEST, "", "there is no option %.64s; see --help", argv[i]);
        const char *text = value.p ? value.p : (i + 1 < argc ? argv[++i] : NULL);
        if (!text) return fault_set(why, ERR_BAD_REQUEST, row->name, "--%s needs a value (%s)", row->name, row->value);
        TRY(set(o, row, text, why));
    }
    return ERR_OK;
}

enum err options_parse(struct options *o, int argc, char **argv, char **env, struct fault *why) {
    defaults(o);
    TRY(from_environment(o, env, why));
    TRY(from_arguments(o, argc, argv, why));
    resolve(o);
    return ERR_OK;
}

static bool level_of(const char *text, enum log_level *out) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < 4; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

enum log_level options_log_level(const struct options *o) {
    enum log_level level = LOG_INFO;
    (void)level_of(o->log_level, &level);
    return level;
}

enum err options_check(const struct options *o, struct fault *why) {
    enum log_level level;
    if (!level_of(o->log_level, &level))
        return fault_set(why, ERR_BAD_REQUEST, "log-level", "log-level must be debug, info, warn or error");
    struct listener_address address;
    TRY(listener_address_parse(slice_str(o->listen), &address, why));
    if (!listener_address_is_loopback(&address) && o->keys[0] == 0)
        return fault_set(why, ERR_BAD_REQUEST, "keys",
                         "%s can be reached from other machines, so a key file is needed: make one with `rightfit keys "
                         "add` and pass --keys FILE, or listen on 127.0.0.1",
                         o->listen);
    return ERR_OK;
}

void options_help(FILE *out) {
    fputs("rightfitd: what fits this car, and which of it is right for this person\n\nUsage: rightfitd [--option value]...\n\n", out);
    for (size_t i = 0; i < ROWS; i++) {
        char name[64], flag[64];
        variable_name(table[i].name, name);
        snprintf(flag, sizeof flag, "--%s %s", table[i].name, table[i].value);
        fprintf(out, "  %-30s %s\n%33s%s, default %s\n", flag, table[i].help, "", name,
                table[i].initial[0] ? table[i].initial : "empty");
    }
    fputs("  --help                         this text\n\n"
          "SIGTERM and SIGINT drain and end; SIGHUP reads the key file and opens the request log again.\n", out);
}
