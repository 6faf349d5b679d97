// app_metrics.c: what /metrics says about the data (app.h). All figures of one scrape come from one measurement.
#include "index/fitment.h"
#include "server/app.h"
#include "server/fleet.h"
#include "server/jobs.h"
#include "server/misses.h"

#define MEASURE_EVERY_US 1000000

static void measure_vehicles(struct app *a) {
    struct arena arena;
    arena_init(&arena, 4096, 1024 * 1024);
    if (view_begin(a->stats_view, &arena) == ERR_OK) {
        if (vehicle_stats_load(a->stats_view, &a->stats.vehicles) != ERR_OK)
            a->stats.vehicles = (struct vehicle_stats){0};
        view_end(a->stats_view);
    }
    arena_destroy(&arena);
}

static struct app_stats measured(struct app *a) {
    uint64_t now_us = clock_monotonic_us(a->clock);
    pthread_mutex_lock(&a->measuring);
    if (a->stats.at_us == 0 || now_us - a->stats.at_us > MEASURE_EVERY_US) {
        a->stats.at_us = now_us;
        (void)db_stats(a->db, &a->stats.db); // on failure the figures stay as they were
        writer_stats(a->writer, &a->stats.writer);
        measure_vehicles(a);
    }
    struct app_stats copy = a->stats;
    pthread_mutex_unlock(&a->measuring);
    return copy;
}

static double map_bytes(void *a) { return (double)measured(a).db.map_bytes; }
static double used_bytes(void *a) { return (double)measured(a).db.used_bytes; }
static double free_bytes(void *a) {
    struct app_stats s = measured(a);
    return (double)s.db.free_pages * (double)s.db.page_bytes;
}
static double reader_lag(void *a) { return (double)measured(a).db.oldest_reader_lag; }
static double readers(void *a) { return measured(a).db.readers; }
static double damaged_reads(void *a) { return (double)measured(a).db.damaged_reads; }

static double queue_length(void *a) { return (double)measured(a).writer.queue_length; }
static double commands(void *a) { return (double)measured(a).writer.commands; }
static double commits(void *a) { return (double)measured(a).writer.commits; }
static double failed_commits(void *a) { return (double)measured(a).writer.failed_commits; }
static double commit_last(void *a) { return (double)measured(a).writer.commit_us_last / 1e6; }
static double commit_max(void *a) { return (double)measured(a).writer.commit_us_max / 1e6; }

static double products(void *a) { return (double)measured(a).db.entries[TABLE_PRODUCT]; }
static double changed_products(void *a) { return (double)measured(a).db.entries[TABLE_DIRTY]; }
static double users(void *a) { return (double)measured(a).db.entries[TABLE_USER]; }
static double events(void *a) { return (double)measured(a).db.entries[TABLE_EVENT]; }
static double workshops(void *a) { return (double)measured(a).db.entries[TABLE_WORKSHOP]; }

static double batches(void *a) { return (double)measured(a).db.entries[TABLE_BATCH]; }
static double exclusions(void *a) { return (double)measured(a).db.entries[TABLE_EXCLUSION]; }
static double import_running(void *a) { return jobs_running(((struct app *)a)->jobs); }

static double vehicles_of(void *a, enum stats_market market, unsigned open, unsigned second) {
    return (double)measured(a).vehicles.counts[market][open][second].vehicles;
}
static double us_closed(void *a) { return vehicles_of(a, STATS_US, 0, 0); }
static double us_open(void *a) { return vehicles_of(a, STATS_US, 1, 0); }
static double us_closed_second(void *a) { return vehicles_of(a, STATS_US, 0, 1); }
static double us_open_second(void *a) { return vehicles_of(a, STATS_US, 1, 1); }
static double cn_vehicles(void *a) {
    struct app_stats s = measured(a);
    return (double)vehicle_stats_sum(&s.vehicles, STATS_CN).vehicles;
}
static double all_vehicles(void *a) { return (double)measured(a).db.entries[TABLE_VEHICLE]; }
static double configurations(void *a) {
    struct app_stats s = measured(a);
    return (double)vehicle_stats_sum(&s.vehicles, STATS_ANY).configurations;
}

static double generation_age(void *arg) {
    struct app *a = arg;
    struct generation *g = generations_acquire(a->generations);
    if (!g) return -1;
    double seconds = (double)(clock_unix_ms(a->clock) - generation_created_ms(g)) / 1000;
    generations_release(a->generations, g);
    return seconds;
}

static double generation_trained(void *arg) {
    struct app *a = arg;
    struct generation *g = generations_acquire(a->generations);
    if (!g) return 0;
    double rows = generation_rows(g);
    generations_release(a->generations, g);
    return rows;
}

// A gauge holds 53 bits, an id has 64: the upper 48 tell generations apart as well.
static double generation_number(void *arg) {
    struct app *a = arg;
    struct generation *g = generations_acquire(a->generations);
    if (!g) return 0;
    double id = (double)(generation_id(g) >> 16);
    generations_release(a->generations, g);
    return id;
}

static double verdicts(struct app *a, enum verdict verdict) {
    uint64_t sum = 0;
    pthread_mutex_lock(&a->measuring);
    for (const struct app_worker *w = a->threads; w; w = w->next)
        sum += atomic_load_explicit(&w->verdicts[verdict], memory_order_relaxed);
    pthread_mutex_unlock(&a->measuring);
    return (double)sum;
}
static double verdicts_fits(void *a) { return verdicts(a, VERDICT_FITS); }
static double verdicts_conditional(void *a) { return verdicts(a, VERDICT_CONDITIONAL); }
static double verdicts_universal(void *a) { return verdicts(a, VERDICT_UNIVERSAL); }
static double verdicts_no(void *a) { return verdicts(a, VERDICT_NO); }
static double verdicts_unknown(void *a) { return verdicts(a, VERDICT_UNKNOWN); }

static struct misses_stats misses_of(const struct app *a) {
    struct misses_stats s;
    misses_stats(a->misses, &s);
    return s;
}
static double searches_nothing(void *a) { return (double)misses_of(a).nothing; }
static double searches_rescued(void *a) { return (double)misses_of(a).rescued; }
static struct fleet_stats fleet_of(void *a) {
    struct fleet_stats s;
    fleet_stats(((struct app *)a)->fleet, &s);
    return s;
}
static double streams_replaced(void *a) { return (double)fleet_of(a).replaced; }
static double stream_gaps(void *a) { return (double)fleet_of(a).gaps; }

static double searches_unnoted(void *a) { return (double)misses_of(a).dropped_notes; }

struct figure {
    const char *name, *help;
    double (*fn)(void *app);
};

#define VEHICLES_HELP "Base vehicles by market, by whether more than an open-ended range says the year, and by list."

static const struct figure gauges[] = {
    {"rightfit_db_map_bytes", "The most the data file can grow to.", map_bytes},
    {"rightfit_db_used_bytes", "Bytes of the data file in use.", used_bytes},
    {"rightfit_db_free_bytes", "Bytes of the data file that wait to be used again.", free_bytes},
    {"rightfit_db_oldest_reader_lag", "Commits since the oldest live snapshot.", reader_lag},
    {"rightfit_db_readers", "Reader slots taken.", readers},
    {"rightfit_writer_queue", "Writes waiting.", queue_length},
    {"rightfit_writer_commit_seconds_last", "How long the last commit took.", commit_last},
    {"rightfit_writer_commit_seconds_max", "How long the slowest commit took.", commit_max},
    {"rightfit_products", "Products, deleted ones included until the data is compacted.", products},
    {"rightfit_products_changed", "Products not yet folded into their groups.", changed_products},
    {"rightfit_users", "Users.", users},
    {"rightfit_events", "Events.", events},
    {"rightfit_workshops", "Workshops.", workshops},
    {"rightfit_exclusions", "Products somebody said do not fit a car.", exclusions},
    {"rightfit_import_running", "1 while a file is being imported.", import_running},
    {"rightfit_vehicles_all", "Base vehicles, all lists and markets.", all_vehicles},
    {"rightfit_configurations", "Configurations of base vehicles.", configurations},
    {"rightfit_vehicles{market=\"US\",years=\"evidenced\",list=\"first\"}", VEHICLES_HELP, us_closed},
    {"rightfit_vehicles{market=\"US\",years=\"open\",list=\"first\"}", VEHICLES_HELP, us_open},
    {"rightfit_vehicles{market=\"US\",years=\"evidenced\",list=\"second\"}", VEHICLES_HELP, us_closed_second},
    {"rightfit_vehicles{market=\"US\",years=\"open\",list=\"second\"}", VEHICLES_HELP, us_open_second},
    {"rightfit_vehicles{market=\"CN\",years=\"any\",list=\"any\"}", VEHICLES_HELP, cn_vehicles},
    {"rightfit_generation", "The current generation: the upper 48 bits of its id, 0 for none.", generation_number},
    {"rightfit_generation_age_seconds", "Time since the current generation was trained, -1 for none.", generation_age},
    {"rightfit_generation_products", "Products the current generation knows.", generation_trained},
};

#define VERDICTS_HELP "Verdicts given in answers."

#define MISSED_HELP "Searches that found nothing, or something only after words of them were given up."

static const struct figure counters[] = {
    {"rightfit_verdicts_total{verdict=\"fits\"}", VERDICTS_HELP, verdicts_fits},
    {"rightfit_verdicts_total{verdict=\"conditional\"}", VERDICTS_HELP, verdicts_conditional},
    {"rightfit_verdicts_total{verdict=\"universal\"}", VERDICTS_HELP, verdicts_universal},
    {"rightfit_verdicts_total{verdict=\"no\"}", VERDICTS_HELP, verdicts_no},
    {"rightfit_verdicts_total{verdict=\"unknown\"}", VERDICTS_HELP, verdicts_unknown},
    {"rightfit_searches_missed_total{how=\"nothing\"}", MISSED_HELP, searches_nothing},
    {"rightfit_searches_missed_total{how=\"words_dropped\"}", MISSED_HELP, searches_rescued},
    {"rightfit_searches_unnoted_total", "Such searches that the report of zero results does not have: too many different ones at once.", searches_unnoted},
    {"rightfit_cockpit_streams_replaced_total", "Streams that ended because another was opened with their key.", streams_replaced},
    {"rightfit_cockpit_stream_gaps_total", "Times a stream lost something: too many waited for its reader, or it came back too late.", stream_gaps},
    {"rightfit_imports_total", "Imports that changed the catalogue.", batches},
    {"rightfit_writer_commands_total", "Writes applied.", commands},
    {"rightfit_writer_commits_total", "Transactions committed.", commits},
    {"rightfit_writer_failed_commits_total", "Transactions that could not be committed.", failed_commits},
    {"rightfit_db_damaged_reads_total", "Records read whose checksum was wrong.", damaged_reads},
};

enum err app_register_metrics(struct app *a, struct metrics *m) {
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++)
        TRY(metrics_add_gauge(m, gauges[i].name, gauges[i].help, gauges[i].fn, a));
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        TRY(metrics_add_counter(m, counters[i].name, counters[i].help, counters[i].fn, a));
    return ERR_OK;
}
