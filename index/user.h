// user.h: a person as all their identities together: garage, consent, identities. Events are in event.h; the vector,
// stage and segment are computed by model/ and never stored.
//
// Users come into being with their first event or PUT. TABLE_USER value: external id, flags u8 (1: a home follows as lat and lon, f64
// bits), then counted lists: identities {kind, value}, garage {vehicle, attrs, odometer varint, since u64}, consents {purpose,
// granted u8}.
#ifndef RF_INDEX_USER_H
#define RF_INDEX_USER_H

#include "base/json.h"
#include "geo.h"
#include "view.h"

struct garage_entry {
    struct slice vehicle;   // base vehicle slug, never a configuration id: those may be recompiled
    struct slice attrs;     // "displacement:1.4,fuel:gasoline", the form of the query parameter
    uint32_t odometer_km;
    int64_t since_ms;       // 0 = not given
};
struct identity { struct slice kind, value; }; // "app", "phone_hash", "vin", ...
struct consent { struct slice purpose; bool granted; };

#define USER_IDENTITIES_MAX 64
#define USER_CONSENTS_MAX 32

enum { USER_KEEP_IDENTITIES = 1, USER_KEEP_GARAGE = 2, USER_KEEP_CONSENTS = 4, USER_KEEP_HOME = 8 };

struct user {
    uint32_t id;
    unsigned keep;          // user_put leaves these lists as they are stored (USER_KEEP_*); 0 when loaded
    struct slice external_id;
    unsigned identity_count, garage_count, consent_count;
    const struct identity *identities;
    const struct garage_entry *garage;
    const struct consent *consents;
    bool has_home;
    struct geo home;        // where the person lives, or where most services are wanted
    uint64_t last_sequence; // of the newest event; 0 = none
};

enum err user_find(struct view *v, struct slice external_id, uint32_t *id); // ERR_NOT_FOUND
// What user_find has found, per view, while TABLE_USER_ID stays as it is.
struct user_cache *user_cache_new(void); // NULL: out of memory
void user_cache_free(struct user_cache *c);
enum err user_load(struct view *v, uint32_t id, struct user **out);         // arena
enum err user_home(struct view *v, uint32_t id, struct geo *out); // ERR_NOT_FOUND: no such user, or no home is known
uint32_t users_highest(struct view *v);                           // ids are 1..that, erased ones included
uint64_t user_last_sequence(struct view *v, uint32_t id);                   // one short read

// Body of PUT /v1/users/{id}: {identities:[{kind,value}]?, garage:[{vehicle, attrs, odometer_km, since}]?,
// consent:{}?, home:{near:[lat,lon], datum?}? (null forgets it)}. Members that are absent keep what is stored: they become `keep` bits, so that the merge happens in
// user_put's transaction and two concurrent PUTs do not undo each other. attrs is the object form; stored in the text
// form. Validated against the index (unknown vehicle or attribute: ERR_BAD_REQUEST field garage). Arena.
enum err user_from_json(struct view *v, struct slice external_id, const struct json *body, struct user *out,
                        struct fault *why);
enum err user_put(struct txn *t, struct arena *scratch, const struct user *user, uint32_t *id);
enum err user_intern(struct txn *t, struct slice external_id, uint32_t *id); // finds or creates an empty one
// Erases the user with all events and identities; ERR_NOT_FOUND. The dense id is not used again.
enum err user_delete(struct txn *t, struct arena *scratch, struct slice external_id);

#endif
