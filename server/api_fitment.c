// api_fitment.c: does this product fit this car: the verdict, its reasons, and the question that would decide it.
#include "server/api.h"
#include "server/api_routes.h"

#define REASONS_MAX 10

static enum err fitment(struct request *rq, struct app_worker *w, struct fault *why) {
    struct knowledge k;
    struct match match;
    struct fitment found;
    struct question *question = NULL;
    uint32_t product;
    if (!request_param(rq, "product").p) return fault_set(why, ERR_BAD_REQUEST, "product", "product is required");
    if (request_param(rq, "vehicle").n == 0) return fault_set(why, ERR_BAD_REQUEST, "vehicle", "vehicle is required");
    TRY(api_product(w, "product", request_param(rq, "product"), &product, why));
    TRY(api_knowledge(rq, w, &k, why));
    TRY(fitment_of_product(w->view, &k, product, &match, &found));
    if (match.verdict == VERDICT_CONDITIONAL) TRY(fitment_question(w->view, &found, NULL, &question));
    if (match.verdict == VERDICT_FITS) TRY(fitment_choice_question(w->view, &k, product, &question));
    struct json_writer out = json_writer_of(&rq->out);
    TRY(fitment_explain(w->view, &k, &match, REASONS_MAX, question, api_zh(rq), &out));
    api_count_verdict(w, match.verdict);
    return respond_json(rq, 200);
}
enum err api_fitment(struct request *rq, struct fault *why) { return api_read(rq, why, fitment); }
