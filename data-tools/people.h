// people.h: writes workshops and their supply, views, dealers' prices, users and events of an import, some thousand rows to a transaction, so that a large file neither
// holds the database for long nor pays a commit per row.
#ifndef RF_TOOLS_PEOPLE_H
#define RF_TOOLS_PEOPLE_H

#include "index/base/json.h"
#include "index/supply.h"

struct people_writer;

enum err people_writer_new(struct db *db, struct people_writer **out);
void people_writer_free(struct people_writer *w); // what has not been finished is given up
enum err people_supply(struct people_writer *w, enum supply_kind kind, const struct json *body, struct fault *why);
enum err people_entry(struct people_writer *w, const char *kind, const struct json *body, struct fault *why); // sink.h
enum err people_user(struct people_writer *w, struct slice id, const struct json *body, struct fault *why);
enum err people_event(struct people_writer *w, const struct json *body, struct fault *why);
enum err people_finish(struct people_writer *w, struct fault *why); // commits the rest
uint64_t people_duplicates(const struct people_writer *w);          // events that were there already

#endif
