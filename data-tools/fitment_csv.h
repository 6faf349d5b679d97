// fitment_csv.h: fitment tables as shops keep them (`--format csv`): a row says that a product fits a make, model and years.
//
// Columns in any order, English or Chinese (fitment_columns.h); ',', ';' or tab; UTF-8 or GBK; quotes as in RFC 4180. Years: "2012",
// "2012-2018", "12-18", "2012,2014-2016", "2012+", "18款"; empty or "*": all. A model that is empty or "*": all models of the make; make
// "*" or universal=1: fits anything. A row without a make may have an id of another catalogue instead (ktype, vcdb, level_id, vin_prefix).
// Where the file has columns about products (title, price, stock, OE numbers, ...), each product is handed over once, before its
// applications; else the applications alone, which make bare products of those nobody described.
#ifndef RF_TOOLS_FITMENT_CSV_H
#define RF_TOOLS_FITMENT_CSV_H

#include "fitment_items.h"
#include "input.h"
#include "notes.h"

struct fitment_result { uint64_t rows, products, applications, rejected; };

// The file is held in memory, twice. ERR_BAD_REQUEST for a header that names no vehicles; rows that cannot be used are reported.
enum err fitment_csv_read(struct input *in, const struct attribute_words *words, const struct notes *notes,
                          const struct fitment_options *options,
                          const struct sink *sink, struct fitment_result *out, struct fault *why);
// All of a file, decompressed; *out is the caller's to free. ERR_TOO_LARGE beyond DELIMITED_FILE_BYTES_MAX.
enum err fitment_input_all(struct input *in, char **out, size_t *n, struct fault *why);

#endif
