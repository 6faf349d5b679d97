#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

#define LOG_LINE_BYTES 1024

// The one piece of process-wide state: stderr is process-wide too.
static _Atomic int least_level = LOG_INFO, patience_ms = -1;

void log_set_level(enum log_level least) { least_level = (int)least; }
void log_set_patience(int ms) { patience_ms = ms; }

static const char *level_name(enum log_level level) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    return names[level];
}

// A message may quote what came from outside; control bytes must not forge lines or drive the terminal.
static void make_one_line(char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) text[i] = ' ';
}

static size_t cap(int printed, size_t room) {
    if (printed < 0) return 0;
    return (size_t)printed < room ? (size_t)printed : room - 1;
}

void log_line(enum log_level level, const char *area, const char *format, ...) {
    char line[LOG_LINE_BYTES], now[CLOCK_TEXT_BYTES];
    int saved_errno = errno;
    if ((int)level < least_level) return;
    clock_format_ms(clock_unix_ms(&clock_system), now);
    size_t n = cap(snprintf(line, sizeof line, "%s %s %s: ", now, level_name(level), area), sizeof line);
    va_list args;
    va_start(args, format);
    n += cap(vsnprintf(line + n, sizeof line - n, format, args), sizeof line - n);
    va_end(args);
    make_one_line(line, n);
    line[n++] = '\n';
    struct pollfd room = {STDERR_FILENO, POLLOUT, 0}; // a pipe that is ready takes a line of LOG_LINE_BYTES whole
    ssize_t written = patience_ms >= 0 && poll(&room, 1, patience_ms) == 0 ? 0 : write(STDERR_FILENO, line, n);
    (void)written; // there is nowhere left to report a broken stderr
    errno = saved_errno;
}
