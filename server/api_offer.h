// api_offer.h: services with their offers as JSON: the same in the plan, in the cockpit and among a person's needs.
#ifndef RF_SERVER_API_OFFER_H
#define RF_SERVER_API_OFFER_H

#include "model/service_offer.h"
#include "server/api_hit.h"

// "hits":[hit + {cost, tier, buy:[{product, count}]}], "labour":[the same], "cost", "question".
enum err offer_members_json(struct app_worker *w, struct json_writer *j, const struct service_offer *o, const struct hit_style *style);
// {amount, currency}; amount null when nothing of it is known.
void money_json(struct json_writer *j, const char *key, uint64_t amount, bool known, enum currency currency);
// {attribute, text, options:[{value, label, count}]}: count = configurations with that value; null for attr 0.
void service_question_json(struct view *v, struct json_writer *j, const struct knowledge *k, uint8_t attr, bool chinese);

#endif
