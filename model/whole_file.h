// whole_file.h: writes a file so that it is there wholly or not at all, and on disk when the call returns.
#ifndef RF_MODEL_WHOLE_FILE_H
#define RF_MODEL_WHOLE_FILE_H

#include "index/base/err.h"
#include "index/base/slice.h"

// Makes the folder unless it is there. ERR_STORAGE_FULL, ERR_IO.
enum err whole_file_folder(const char *folder, struct fault *why);
// The pieces one after the other as `path`, which lies in `folder`; replaces what was there. ERR_STORAGE_FULL, ERR_IO,
// ERR_TOO_LARGE for a path of more than 4 KB. A failed attempt leaves nothing behind, a killed one a file ending in ".tmp".
enum err whole_file_write(const char *folder, const char *path, const struct slice *pieces, size_t count, struct fault *why);

#endif
