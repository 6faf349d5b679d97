// fleet.h: who listens to which cars, between the writers of events and the open streams of cockpits.
//
// A stream hears of the people named in users=, and with keys only of events that came with its own key: those are the key's fleet. One
// stream per key; a new one ends the old one's news. What waits for a slow reader is a set of people, each once: FLEET_WAITING_MAX at most,
// beyond which `gap` says that some were lost. The last FLEET_RING notes are kept for those that come back; ids go on over a restart, as they
// begin with the clock's microseconds.
#ifndef RF_SERVER_FLEET_H
#define RF_SERVER_FLEET_H

#include "index/event.h"
#include "server/request.h"

enum { FLEET_STREAMS_MAX = 256, FLEET_USERS_MAX = 64, FLEET_WAITING_MAX = 256, FLEET_RING = 1024, FLEET_TOLD = 512, FLEET_ID_BYTES = 128 };

struct fleet_note { // empty vehicle: the first of the garage
    uint64_t id;
    char user[FLEET_ID_BYTES + 1], vehicle[FLEET_ID_BYTES + 1], key_id[KEY_ID_CHARS + 1];
};
struct fleet_told { // which services a person was told of, by their place in the book; a slot another person takes may repeat them
    uint64_t user, services[2];
};
struct fleet;
struct fleet_stream;

struct fleet *fleet_new(const struct clock *clock); // NULL: out of memory
void fleet_free(struct fleet *f);
// Telemetry and inspections that are on disk; others are skipped. Any thread.
void fleet_publish(struct fleet *f, const char *key_id, const struct event *list, size_t count);
// `users` joined by commas, empty for all of the key; `since`: what came after this id waits already, and where that is not known any more
// those named do, with a gap. ERR_BAD_REQUEST `users`; ERR_RATE_LIMITED.
enum err fleet_open(struct fleet *f, struct request *rq, struct slice users, bool has_since, uint64_t since, struct fleet_stream **out, struct fault *why);
void fleet_close(struct fleet *f, struct fleet_stream *s);
bool fleet_take(struct fleet *f, struct fleet_stream *s, struct fleet_note *out); // the next that waits
bool fleet_gap(struct fleet *f, struct fleet_stream *s, uint64_t *id);            // once: some were lost
struct fleet_told *fleet_told(struct fleet_stream *s, struct slice user);          // of the stream's own thread

#endif
