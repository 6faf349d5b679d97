// log.h: lines for the operator, one line a message, to stderr: "2026-11-22T10:00:00.123Z info server: text".
//
// log_line formats on the caller's thread and writes with one write(2). The request log is not this: see server/.
#ifndef RF_BASE_LOG_H
#define RF_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);
void log_set_patience(int ms); // for a reader of stderr that has stopped; then the line is dropped. -1, as it begins: for ever
void log_line(enum log_level level, const char *area, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_info(area, ...) log_line(LOG_INFO, area, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_WARN, area, __VA_ARGS__)
#define log_error(area, ...) log_line(LOG_ERROR, area, __VA_ARGS__)

#endif
