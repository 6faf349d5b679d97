// api_search.h: the calls that rank: search, recommendations, batch re-ranking.
#ifndef RF_SERVER_API_SEARCH_H
#define RF_SERVER_API_SEARCH_H

#include "server/router.h"

enum err api_search(struct request *rq, struct fault *why);
extern const char *const api_search_params[];

enum err api_suggest(struct request *rq, struct fault *why);
extern const char *const api_suggest_params[];

enum err api_recommend(struct request *rq, struct fault *why);
extern const char *const api_recommend_params[];

extern const struct stream api_rerank; // POST /v1/rerank
extern const char *const api_rerank_params[];

#endif
