// ratings.h: plain public tables of who took what and when, such as MovieLens': a line "user item rating timestamp", separated by tabs,
// commas, "::" or blanks; quotes are not understood. Ids are any text, numbered as they come; a first line without a number for a
// rating is a header. The timestamp may be missing: then the order of lines is the order of things.
#ifndef RF_MODEL_RATINGS_H
#define RF_MODEL_RATINGS_H

#include "sequences.h"

#define RATINGS_LINES_MAX (1u << 30)

// Those rated at least `least`, each person's oldest first with times in seconds x 1000. ERR_BAD_REQUEST names the line, NaN included.
enum err ratings_parse(struct slice text, const char *name, double least, struct sequences *out, struct fault *why);
enum err ratings_read(const char *path, double least, struct sequences *out, struct fault *why); // also ERR_NOT_FOUND, ERR_IO

// The newest `share` of all (by time) into `newer`, without what the person had before; the rest into `older`. Same rows and columns.
// ERR_BAD_REQUEST without times or a share outside (0, 1), ERR_NO_MEMORY.
enum err ratings_split(const struct sequences *all, double share, struct sequences *older, struct sequences *newer);

#endif
