// rightfitd: parse options, open the application, serve until told to stop.
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/app.h"

#define LOG_PATIENCE_MS 100
#define STOP_REST_S 10 // beyond the drain's time: an import that is given up, the writer's queue, closing

extern char **environ;

static int failed(const struct fault *why) {
    log_error("rightfitd", "%s", why->message);
    return why->code == ERR_BAD_REQUEST ? 2 : 1;
}

// The page's folder: as told, or server/web below the working directory, or web/ next to the executable. Empty: none.
static void find_web(const char *told, char out[PATH_MAX]) {
    out[0] = 0;
    if (told[0]) {
        snprintf(out, PATH_MAX, "%s", told);
        return;
    }
    snprintf(out, PATH_MAX, "server/web");
    if (access(out, R_OK) == 0) return;
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - sizeof "/web");
    if (n < 0) n = 0;
    out[n] = 0;
    char *slash = strrchr(out, '/');
    if (slash) memcpy(slash, "/web", sizeof "/web");
    if (access(out, R_OK) != 0) out[0] = 0;
}

// <data>/server.addr says where this server is, so that commands find the one that holds the database.
static void address_path(const struct options *options, char out[PATH_MAX]) { snprintf(out, PATH_MAX, "%s/server.addr", options->data); }

static bool address_tell(const struct options *options, unsigned port) {
    char path[PATH_MAX], new[PATH_MAX + sizeof ".new"];
    const char *colon = strrchr(options->listen, ':');
    address_path(options, path);
    snprintf(new, sizeof new, "%s.new", path);
    FILE *f = fopen(new, "we");
    bool ok = f && fprintf(f, "%.*s:%u\n", colon ? (int)(colon - options->listen) : 0, options->listen, port) > 0;
    if (f && fclose(f) != 0) ok = false;
    ok = ok && rename(new, path) == 0;
    if (!ok) log_warn("rightfitd", "%s cannot be written; commands need --server", path);
    return ok;
}

static void address_forget(const struct options *options) {
    char path[PATH_MAX];
    address_path(options, path);
    (void)unlink(path);
}

// ---- the end, whatever happens ------------------------------------------------------------------------------------------------------------

static void cut(int number) { // only what a signal handler may do
    static const char text[] = "rightfitd: something did not end in time; the process ends now, nothing that was acknowledged is lost\n";
    struct pollfd room = {STDERR_FILENO, POLLOUT, 0};
    ssize_t n = poll(&room, 1, 0) > 0 ? write(STDERR_FILENO, text, sizeof text - 1) : 0;
    (void)n, (void)number;
    _exit(1);
}

static void end_at_latest(const struct options *options) {
    const struct sigaction action = {.sa_handler = cut};
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(options->drain_time_ms / 1000 + 1 + STOP_REST_S);
}

static int serve(const struct options *options, struct app *app) {
    struct fault why = {ERR_OK, "", ""};
    struct server *server;
    const struct server_app callbacks = app_callbacks(app);
    if (server_start(options, routes, routes_count, &callbacks, &server, &why) != ERR_OK) return failed(&why);
    if (app_register_metrics(app, server_metrics(server)) != ERR_OK) log_error("rightfitd", "no memory for all metrics");
    const char *colon = strrchr(options->listen, ':');
    log_info("rightfitd", "listening on http://%.*s:%u/ (port %u, %u workers)", colon ? (int)(colon - options->listen) : 0,
             options->listen, server_port(server), server_port(server), options->workers);
    bool told = address_tell(options, server_port(server));
    server_run(server);
    end_at_latest(options);
    app_drain(app);
    if (told) address_forget(options);
    log_info("rightfitd", "draining");
    server_stop(server);
    return 0;
}

int main(int argc, char **argv) {
    static struct options options;
    static char web[PATH_MAX];
    struct fault why = {ERR_OK, "", ""};
    if (options_parse(&options, argc, argv, environ, &why) != ERR_OK) return failed(&why);
    if (options.help) {
        options_help(stdout);
        return 0;
    }
    if (options_check(&options, &why) != ERR_OK) return failed(&why);
    log_set_level(options_log_level(&options));
    log_set_patience(LOG_PATIENCE_MS);
    server_block_signals();
    find_web(options.web, web);
    if (!web[0]) log_warn("rightfitd", "no folder with the page was found; --web names it");
    struct app *app;
    if (app_open(&options, web, &app, &why) != ERR_OK) return failed(&why);
    int status = serve(&options, app);
    if (!app_close(app)) _exit(status); // a thread is still in the database
    return status;
}
