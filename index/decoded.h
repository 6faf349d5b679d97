// decoded.h: records of vehicles and groups as the last requests decoded them, so that asking again for the same car neither
// looks them up, nor verifies, nor decodes them.
//
// A ring of fixed size per view, written in order: what was written longest ago is overwritten first, and comes back in when it is
// asked for again. Everything in it belongs to one version of the tables VEHICLE, VEHICLE_ID and GROUP (snapshot_version);
// when one of them was written, all of it is gone. Events and users do not touch it. Views inside a transaction have none.
//
// What is found or placed stays where it is until view_end: a request places at most a quarter of the ring, and what the next
// quarter would overwrite is not found any more.
#ifndef RF_INDEX_DECODED_H
#define RF_INDEX_DECODED_H

#include "base/limits.h"
#include "view.h"

#define DECODED_RING_BYTES ((uint64_t)256 << 20) // taken from the system as it fills
#define DECODED_BLOCK_MAX LIMIT_KEPT_FITMENT_BYTES // larger ones are not kept

struct decoded *decoded_new(void); // NULL: out of memory
void decoded_free(struct decoded *d);
void decoded_begin(struct view *v); // by view_begin

// Keys never mean two things: vehicle and type for groups (0, 0: all universal products), the hash of a slug for vehicles (whoever
// finds one compares the slug), their id, make and model for the lists of their vehicles, the hash of a K for what fits it (whoever finds one compares all of the hash).
static inline uint64_t decoded_group_key(uint32_t vehicle, uint32_t type) { return (uint64_t)vehicle << 32 | type; }
static inline uint64_t decoded_vehicle_key(uint32_t vehicle) { return (uint64_t)vehicle << 32; } // as of a group of no type
static inline uint64_t decoded_model_key(uint32_t make, uint32_t model) { // the two top bits are 01: a vehicle's id has fewer
    return UINT64_C(1) << 62 | (uint64_t)(make & 0x3FFFFFFF) << 32 | model;
}
static inline uint64_t decoded_slug_key(uint64_t hash) { return hash >> 2 | UINT64_C(2) << 62; } // 10
static inline uint64_t decoded_fitment_key(uint64_t hash) { return hash >> 2 | UINT64_C(3) << 62; } // 11

const void *decoded_find(struct view *v, uint64_t key); // NULL: not kept
// Starts to fetch what is kept under two keys that will both be asked for, so that the waiting for them overlaps. Only for speed.
void decoded_expect(struct view *v, uint64_t first, uint64_t second);
// Room under a key, 16-byte aligned, for the caller to fill at once; NULL: nothing is kept (no ring, too large, a busy request).
void *decoded_place(struct view *v, uint64_t key, size_t bytes);

// Whether no product of a type (0 = of any) waits to be folded into its groups: remembered from who looked.
bool decoded_clean(const struct view *v, uint32_t type);
void decoded_set_clean(struct view *v, uint32_t type);

#endif
