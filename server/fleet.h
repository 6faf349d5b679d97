// fleet.h: who listens to which cars, between the writers of events and the open streams of cockpits.
//
// A stream hears of the people named in users=, and with keys only of events that came with its own key: those are the key's fleet. One
// stream per key: a new one takes over what waits for the old one, which is told so and ends. What waits for a slow reader is a set of people,
// each once for a car: FLEET_WAITING_MAX at most, beyond which FLEET_GAP says that some were lost. The last FLEET_RING notes are kept for
// those that come back. Ids rise, over a restart as well, as they begin with the clock's microseconds; one that this process did not give is a
// gap.
#ifndef RF_SERVER_FLEET_H
#define RF_SERVER_FLEET_H

#include "index/event.h"
#include "server/request.h"

enum { FLEET_STREAMS_MAX = 256, FLEET_USERS_MAX = 64, FLEET_WAITING_MAX = 256, FLEET_RING = 1024, FLEET_TOLD = 512, FLEET_ID_BYTES = 128 };

struct fleet_note { // empty vehicle: the first of the garage; id 0: of a gap's consequences, nobody can go on from there
    uint64_t id;
    char user[FLEET_ID_BYTES + 1], vehicle[FLEET_ID_BYTES + 1], key_id[KEY_ID_CHARS + 1];
};
struct fleet_told { // which services a person was told of, by their place in the book; a slot another person takes may repeat them
    uint64_t user, services[2];
};
struct fleet;
struct fleet_stream;
enum fleet_news { FLEET_NOTHING, FLEET_NOTE, FLEET_GAP, FLEET_REPLACED };
struct fleet_stats { uint64_t streams, replaced, gaps; }; // open now; ever

struct fleet *fleet_new(const struct clock *clock); // NULL: out of memory
void fleet_free(struct fleet *f);
// Telemetry and inspections that are on disk; others are skipped. Any thread.
void fleet_publish(struct fleet *f, const char *key_id, const struct event *list, size_t count);
// `users` joined by commas, empty for all of the key; `since`: what came after this id waits already, and where that is not known any more
// those named do, with a gap. ERR_BAD_REQUEST `users`; ERR_RATE_LIMITED.
enum err fleet_open(struct fleet *f, struct request *rq, struct slice users, bool has_since, uint64_t since, struct fleet_stream **out, struct fault *why);
void fleet_close(struct fleet *f, struct fleet_stream *s);
// The next that waits. FLEET_NOTE: in *out. FLEET_GAP: some were lost, told once and before what waits. FLEET_REPLACED: the end.
enum fleet_news fleet_next(struct fleet *f, struct fleet_stream *s, struct fleet_note *out);
uint64_t fleet_reached(struct fleet *f, struct fleet_stream *s); // who goes on from this id misses nothing; 0: something waits
void fleet_stats(struct fleet *f, struct fleet_stats *out);
struct fleet_told *fleet_told(struct fleet_stream *s, struct slice user);          // of the stream's own thread

#endif
