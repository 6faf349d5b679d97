#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "rerank_run.h"

#define THREADS_MAX 256

static const char HELP[] =
    "usage: rightfit rerank [OPTION...] [FILE] [--out FILE]\n\n"
    "Puts lists in their people's order, one list in, one answer out, in order, on all cores. Reads FILE or stdin, writes stdout.\n"
    "  in   {\"user\":\"u1\",\"vehicle\":\"2018-volkswagen-golf\",\"attrs\":{...},\"market\":\"CN\",\"items\":[\"p1\",\"p2\"],\"limit\":10}\n"
    "  out  {\"user\":\"u1\",\"items\":[{\"id\":\"p2\",\"score\":0.81,\"verdict\":\"fits\"}],\"dropped\":[{\"id\":\"p1\",\"why\":\"no\"}]}\n"
    "With a car, what does not fit it is dropped. Without items the whole catalogue is meant, with a car all of it that fits; then limit\n"
    "is needed. Everything but the items may be left out. A list that cannot be used is answered by {\"line\":n,\"error\":{...}} and makes the\n"
    "exit status 1. The binary form (data-tools/README.md) is told by its first bytes and answered in kind. Only reads the database.\n\n"
    "  --out FILE      write there\n"
    "  --resume        go on with an --out that was cut short, behind its last whole answer; the input and the options must be the same\n"
    "  --shard I/N     only lists of users whose id's XXH3-64, modulo N, is I (0 to N-1); lists without a user belong to the empty id\n"
    "  --as-of TIME    the moment that ages of events and products are counted to (RFC 3339 or Unix ms); now, unless said\n"
    "  --format F      ndjson or binary: refuse the other\n"
    "  --convert       rank nothing, write the same lists in the other form; answers in the binary form become lines of JSON\n"
    "  --threads N     as many (all cores)\n"
    "  --market NAME   for lists that name none\n"
    "  --shares        say at the end what the time went into\n" COMMON_HELP;

enum { MARKET = OPTION_OWN, OUT, RESUME, SHARD, AS_OF, FORMAT, CONVERT, THREADS, SHARES };
enum form { ANY, NDJSON, BINARY };

struct asked {
    struct common common;
    struct rerank_options run;
    enum form form;
    bool convert;
};

static bool take_shard(const char *text, struct rerank_options *o) {
    struct slice rest = slice_str(text), shard = slice_cut(&rest, '/');
    uint64_t i, n;
    if (!slice_u64(shard, &i) || !rest.p || !slice_u64(rest, &n) || n == 0 || n > 1000000 || i >= n) return false;
    o->shard = (uint32_t)i;
    o->shards = (uint32_t)n;
    return true;
}

static bool take_form(const char *text, enum form *out) {
    *out = strcmp(text, "ndjson") == 0 ? NDJSON : strcmp(text, "binary") == 0 ? BINARY : ANY;
    return *out != ANY;
}

static bool take(struct asked *a, int option) {
    uint64_t threads;
    switch (option) {
    case MARKET: a->run.market = slice_str(optarg); return true;
    case OUT: a->run.out = optarg; return true;
    case RESUME: a->run.resume = true; return true;
    case SHARD: return take_shard(optarg, &a->run);
    case AS_OF: a->run.as_of_given = true; return clock_parse_ms(slice_str(optarg), &a->run.as_of_ms);
    case FORMAT: return take_form(optarg, &a->form);
    case CONVERT: a->convert = true; return true;
    case SHARES: a->run.shares = true; return true;
    case THREADS:
        if (!command_number(optarg, 1, THREADS_MAX, &threads)) return false;
        a->run.threads = (unsigned)threads;
        return true;
    default: return common_take(&a->common, option);
    }
}

static enum err run_form(const struct asked *a, struct rerank_run *r, struct fault *why) {
    TRY(rerank_tell_form(r, why));
    if (a->form != ANY && a->form != (r->binary ? BINARY : NDJSON))
        return fault_set(why, ERR_BAD_REQUEST, "", r->binary ? "the lists are in the binary form" : "the lists are not in the binary form");
    if (a->convert) return rerank_convert(r, why);
    return r->binary ? rerank_binary(r, why) : rerank_ndjson(r, why);
}

int command_rerank(int argc, char **argv) {
    static const struct option OPTIONS[] = {COMMON_OPTIONS,
                                            {"market", required_argument, NULL, MARKET}, {"out", required_argument, NULL, OUT},
                                            {"resume", no_argument, NULL, RESUME},       {"shard", required_argument, NULL, SHARD},
                                            {"as-of", required_argument, NULL, AS_OF},   {"format", required_argument, NULL, FORMAT},
                                            {"convert", no_argument, NULL, CONVERT},     {"threads", required_argument, NULL, THREADS},
                                            {"shares", no_argument, NULL, SHARES},       {0}};
    struct asked a = {.common = common_defaults()};
    struct rerank_run r;
    struct fault why = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    a.run.threads = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
    a.run.shards = 1;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        if (!take(&a, o)) return command_usage("rerank");
    }
    if (argc - optind > 1 || (a.run.resume && (!a.run.out || a.convert))) return command_usage("rerank");
    a.run.in = optind < argc ? argv[optind] : NULL;
    a.run.quiet = a.common.quiet;
    enum err e = rerank_run_open(a.convert ? NULL : a.common.data, &a.run, &r, &why);
    if (e == ERR_OK) e = run_form(&a, &r, &why);
    if (e == ERR_OK && !r.options.quiet && !a.convert) rerank_summary(&r);
    rerank_run_close(&r);
    return e != ERR_OK ? command_failed(&why, e) : r.failed ? EXIT_LOOK : EXIT_DONE;
}
