// delimited.h: tables in text files with a header line: TSV, and CSV with ',' or ';' and quoted cells, in UTF-8 or GBK.
//
// The whole file is held in memory (LIMIT below). The separator is the header line's: tab, else ';' without a ',',
// else ','. Quotes count in CSV only. Blank lines and lines that begin with '#' are skipped. Cells are trimmed.
#ifndef RF_INDEX_DELIMITED_H
#define RF_INDEX_DELIMITED_H

#include "base/err.h"
#include "base/slice.h"

enum { DELIMITED_COLUMNS_MAX = 128 };
#define DELIMITED_FILE_BYTES_MAX (1ull << 30)

struct delimited;

// ERR_NOT_FOUND when there is no such file, ERR_TOO_LARGE, ERR_BAD_REQUEST for an empty file or too many columns.
enum err delimited_open(const char *path, struct delimited **out, struct fault *why);
// The same out of memory, which is copied; `name` is for messages. As shops write tables: a '#' below the header is data (part numbers
// begin like that), and quotes count with tabs too.
enum err delimited_of_bytes(struct slice bytes, const char *name, struct delimited **out, struct fault *why);
void delimited_close(struct delimited *d); // NULL is fine
unsigned delimited_columns(const struct delimited *d);
struct slice delimited_column_name(const struct delimited *d, unsigned column);
int delimited_column(const struct delimited *d, const char *name); // -1: there is none
// The next row; false at the end. A short row reads as empty cells.
bool delimited_next(struct delimited *d);
struct slice delimited_cell(const struct delimited *d, int column); // empty for column -1; valid until delimited_close
bool delimited_unclosed(const struct delimited *d);                 // a quote of the row was open at the end of the file
uint64_t delimited_line(const struct delimited *d);                 // of the row's first character, from 1

#endif
