// backup.h: a database as a folder to keep: data.mdb (a consistent, compacted copy), the current generation's vectors, and a
// manifest with size and XXH3 of every file. A snapshot may be taken while a server runs; a restore needs the
// database for itself, verifies everything it is about to put in place, and replaces by renames only.
#ifndef RF_TOOLS_BACKUP_H
#define RF_TOOLS_BACKUP_H

#include "index/db.h"

#define BACKUP_MANIFEST "manifest.tsv"

struct backup_report { unsigned files; uint64_t bytes; };

// `to_dir` is made; ERR_CONFLICT when it is there and not empty.
enum err backup_make(struct db *db, const char *to_dir, struct backup_report *out, struct fault *why);
// ERR_DAMAGED names the file whose size or sum is wrong, ERR_NOT_FOUND a missing one.
enum err backup_verify(const char *dir, struct backup_report *out, struct fault *why);
// Puts the snapshot in place of the database in `data_dir` (made when missing). ERR_LOCKED while anybody has it open for writing.
enum err backup_restore(const char *dir, const char *data_dir, struct backup_report *out, struct fault *why);

#endif
