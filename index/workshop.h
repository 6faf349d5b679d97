// workshop.h: workshops: where they are, what they can do on which makes, when, and from where parts reach them.
//
// Only a workshop that is qualified and whose deposit is settled is shown; it alone stands in the spatial index (place_index.h), so no
// search can come across another. What it can do stands there as bits: a type's number modulo 128, a make's modulo 64 (all ones for every
// make), and each hour of the week, of UTC, in which it may be open. The bits sort out most, the record decides.
//
// TABLE_WORKSHOP value: qualification u8, deposit u8, bays u16, slot minutes u16, lat and lon as f64 bits, rating u16, count u32, hours
// (hours.h), services (u32 each), makes (u32 each), depots (u32 and minutes u16 each) as strings, then external id, name, name_zh, city,
// district, country, dealer.
#ifndef RF_INDEX_WORKSHOP_H
#define RF_INDEX_WORKSHOP_H

#include "fitting.h"
#include "geo.h"
#include "hours.h"
#include "place_index.h"

enum { WORKSHOP_SERVICES_MAX = 256, WORKSHOP_MAKES_MAX = 256, WORKSHOP_DEPOTS_MAX = 8, WORKSHOP_BAYS_MAX = 1000 };

enum qualification { QUALIFIED, QUALIFICATION_PENDING, QUALIFICATION_SUSPENDED };
enum deposit { DEPOSIT_PAID, DEPOSIT_WAIVED, DEPOSIT_UNPAID };

struct workshop_depot { uint32_t depot; uint16_t minutes; };
struct workshop {
    uint32_t id;
    struct slice external_id, name, name_zh, city, district, country, dealer;
    struct geo at;
    enum qualification qualification;
    enum deposit deposit;
    uint16_t bays, slot_minutes; // how many cars at once, and how long one stays
    uint16_t rating_x100;        // 0: not rated
    uint32_t rating_count;
    struct hours hours;
    unsigned service_count, make_count, depot_count; // no makes: all of them
    struct slice services, makes;                    // u32 each, unaligned, ascending
    struct workshop_depot depots[WORKSHOP_DEPOTS_MAX];
};

enum err workshop_find(struct snapshot *s, struct slice external_id, uint32_t *id); // ERR_NOT_FOUND
// Slices into the snapshot. ERR_NOT_FOUND: there is none, or none that the request may see (assortment.h), which are alike for all who ask.
enum err workshop_load(struct view *v, uint32_t id, struct workshop *out);
// For workshop_kept.c: its bytes, ERR_NOT_FOUND; what they say, but for the id, ERR_DAMAGED; whether the request may see it.
enum err workshop_record(struct snapshot *s, uint32_t id, struct slice *out);
enum err workshop_decode(struct slice record, struct workshop *out);
bool workshop_admitted(const struct view *v, const struct workshop *w);
// By its external id, as above. ERR_NOT_FOUND with `id`; the second one also for what is not shown.
enum err workshop_named(struct view *v, struct slice external_id, struct workshop *out, struct fault *why);
enum err workshop_shown_named(struct view *v, struct slice external_id, struct workshop *out, struct fault *why);
static inline bool workshop_shown(const struct workshop *w) { return w->qualification == QUALIFIED && w->deposit != DEPOSIT_UNPAID; }
uint32_t workshop_service(const struct workshop *w, unsigned i);
bool workshop_does(const struct workshop *w, const struct fitting *any); // one of these services; true for none
bool workshop_takes(const struct workshop *w, uint32_t make);            // true for make 0
// Of the spatial index. `open_at_ms` 0: whenever.
struct place_filter workshop_filter(const struct fitting *any, uint32_t make, int64_t open_at_ms);
enum err workshops_each(struct view *v, enum err (*each)(void *arg, const struct workshop *w), void *arg); // by id, those the request may see

// ---- from JSON and back (workshop_json.c) -----------------------------------------------------------------------------------------
// {id, name, name_zh, city, district, country, near:[lat,lon], datum, services:[type], makes:[make], bays, slot_minutes, hours,
//  utc_offset (minutes), daylight_saving: "eu"|"us", rating:{value,count}, qualification: "qualified"|"pending"|"suspended",
//  deposit: "paid"|"waived"|"unpaid", dealer, depots:[{id, minutes}]}.
// id, name, near and hours are required. Left out are: bays 1, slot_minutes 60, qualified, paid, the offset 480 in China, else that of the
// meridian to the full hour. Lists live in the view's arena. ERR_BAD_REQUEST with the member, for names nobody knows too.
enum err workshop_from_json(struct view *v, const struct json *body, struct workshop *out, struct fault *why);
void workshop_json_members(struct view *v, struct json_writer *w, const struct workshop *shop); // reads back as it was put
bool qualification_parse(struct slice text, enum qualification *out);
bool deposit_parse(struct slice text, enum deposit *out);

// ---- writing ------------------------------------------------------------------------------------------------------------------------
enum err workshop_put(struct txn *t, struct arena *scratch, const struct workshop *w, uint32_t *id); // replaces; stock stays
enum err workshop_delete(struct txn *t, struct arena *scratch, struct slice external_id);            // with its stock; ERR_NOT_FOUND

#endif
