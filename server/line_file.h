// line_file.h: a file of lines, read in constant memory.
#ifndef RF_SERVER_LINE_FILE_H
#define RF_SERVER_LINE_FILE_H

#include "index/base/buf.h"
#include "index/base/err.h"

#define LINE_FILE_MAX_BYTES (16u * 1024 * 1024) // one product of LIMIT_APPLICATIONS is a tenth of it

struct line_file {
    int fd;
    struct buf in; // heap
    size_t at;     // of the next line in it
    bool eof;
    uint64_t number, offset; // of the line given last, from 1; bytes up to its end
};

enum err line_file_open(struct line_file *f, const char *path, struct fault *why); // ERR_IO
void line_file_close(struct line_file *f);
// A line without its end, valid until the next call. ERR_END; ERR_TOO_LARGE for a line that is skipped; ERR_IO, ERR_NO_MEMORY.
enum err line_file_next(struct line_file *f, struct slice *line);

#endif
