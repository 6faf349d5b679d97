// supply_text.h: members that the records of supply.h have in common, read out of their JSON.
#ifndef RF_INDEX_SUPPLY_TEXT_H
#define RF_INDEX_SUPPLY_TEXT_H

#include "base/json.h"
#include "db.h"

// A text of at most `max_bytes`; with `required` it must be there. ERR_BAD_REQUEST with the member's name.
enum err supply_text(const struct json *body, const char *key, size_t max_bytes, bool required, struct slice *out, struct fault *why);
enum err supply_id(const struct json *body, struct slice *out, struct fault *why); // the member id, required
// A list of non-empty texts, joined by '|' in the arena; absent leaves *out alone.
enum err supply_list(struct arena *a, const struct json *body, const char *key, size_t count_max, struct slice *out, struct fault *why);
// A factor such as 0.95 as thousandths, 1 to 10,000; absent leaves *out alone.
enum err supply_permille(const struct json *body, const char *key, uint16_t *out, struct fault *why);
// A brand by its slug, its name, a translation or an alias. ERR_BAD_REQUEST with `key` when nobody knows it.
enum err supply_brand(struct snapshot *s, struct arena *a, const char *key, struct slice text, uint32_t *out, struct fault *why);

#endif
