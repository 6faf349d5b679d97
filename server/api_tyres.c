// api_tyres.c: GET /v1/tyres: tyres for a car by driving scene; and /v1/tyres/scenes, what a scene asks for, as data.
#include <stdio.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/filter.h"
#include "index/fitting.h"
#include "index/names.h"
#include "index/user.h"
#include "model/tyres.h"
#include "server/api.h"
#include "server/api_hit.h"
#include "server/api_near.h"
#include "server/api_routes.h"

#define REASONS_PER_HIT 1

struct tyres {
    struct request *rq;
    struct app_worker *w;
    struct knowledge k;
    struct filter filter;
    struct hit_style style;
    struct api_page page;
    struct api_near near;
    struct tyre_scene scene; // id empty: none asked for
    struct tyre_scene_tests tests;
    struct rank_person person;
    struct tyre_sizes sizes, planned;
    struct fitment fitment;
    struct question *question;
    uint32_t user;
    unsigned plus, left_out;
    unsigned count;
    struct offer *offers;
};
struct offer {
    struct tyre_hit hit;
    const struct knowledge *k; // it was tested with
};

// ---- parameters -----------------------------------------------------------------------------------------------------------------
static enum err scene_param(struct tyres *t, struct fault *why) {
    struct slice id = request_param(t->rq, "scene");
    if (id.n == 0) return ERR_OK;
    enum err e = tyre_scene_load(t->w->view, id, &t->scene);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, ERR_BAD_REQUEST, "scene", "there is no scene \"%.*s\": /v1/tyres/scenes lists them", SLICE_ARGS(id));
    TRY(e);
    return tyre_scene_tests_begin(t->w->view, &t->scene, &t->tests);
}

static enum err params(struct tyres *t, struct fault *why) {
    int64_t plus = 0;
    if (request_param(t->rq, "vehicle").n == 0) return fault_set(why, ERR_BAD_REQUEST, "vehicle", "vehicle is required");
    TRY(api_knowledge(t->rq, t->w, &t->k, why));
    TRY(api_page(t->rq, &t->page, why));
    TRY(api_currency(t->rq, &t->style.currency, why));
    TRY(api_user(t->w, request_param(t->rq, "user"), &t->user, why));
    TRY(filter_parse(t->w->view, request_param(t->rq, "filters"), t->style.currency, &t->filter, why));
    TRY(request_param_int(t->rq, "plus", 0, TYRE_PLUS_INCHES, &plus, why));
    TRY(scene_param(t, why));
    TRY(api_near_params(t->rq, &t->near, why));
    t->plus = (unsigned)plus;
    t->style.zh = api_zh(t->rq);
    t->style.reasons = REASONS_PER_HIT;
    t->style.near = &t->near;
    return ERR_OK;
}

// ---- what is offered --------------------------------------------------------------------------------------------------------------
static bool keep(void *arg, const struct match *m) {
    struct tyres *t = arg;
    return filter_passes(t->w->view, &t->filter, m);
}

static enum err add_offers(struct tyres *t, const struct tyres_query *q, const struct knowledge *k, bool own_only) {
    struct tyre_hit *hits;
    unsigned count, left_out;
    TRY(tyres_rank(q, &hits, &count, &left_out));
    struct offer *all = ARENA_ARRAY(&t->rq->arena, struct offer, t->count + count + 1);
    if (!all) return ERR_NO_MEMORY;
    if (t->count) memcpy(all, t->offers, t->count * sizeof *all);
    t->offers = all;
    for (unsigned i = 0; i < count; i++)
        if (!own_only || hits[i].relation == TYRE_OWN) all[t->count++] = (struct offer){hits[i], k};
    t->left_out += own_only ? 0 : left_out;
    return ERR_OK;
}

static enum err assumed(struct tyres *t, const struct knowledge *k, const char *attribute, const char *size, struct knowledge *out) {
    uint32_t id;
    enum err e = names_look_up(t->w->view, NAMES_ATTRIBUTE, slice_str(attribute), &id);
    if (e == ERR_NOT_FOUND) { // no product states it, so it decides nothing
        *out = *k;
        return ERR_OK;
    }
    return e == ERR_OK ? knowledge_assume(t->w->view, k, (uint8_t)id, slice_str(size), out) : e;
}

// One plan: a size for both axles, or the nearest larger one of each.
static enum err planned_offers(struct tyres *t, const struct tyres_query *q, uint32_t type, const struct tyre_size *front, const struct tyre_size *rear) {
    struct knowledge *k = ARENA_ARRAY(&t->rq->arena, struct knowledge, 2);
    struct tyre_sizes *sizes = ARENA_NEW(&t->rq->arena, struct tyre_sizes);
    struct fitment *f = ARENA_NEW(&t->rq->arena, struct fitment);
    if (!k || !sizes || !f) return ERR_NO_MEMORY;
    sizes->list[sizes->count++] = *front;
    if (rear != front) sizes->list[sizes->count++] = *rear;
    TRY(assumed(t, &t->k, "tyre_size", front->text, &k[0]));
    TRY(assumed(t, &k[0], "tyre_size_rear", rear->text, &k[1]));
    TRY(fitment_find(t->w->view, &k[1], type, true, f));
    struct tyres_query plan = *q;
    plan.sizes = sizes;
    plan.fitment = f;
    return add_offers(t, &plan, &k[1], true);
}

static enum err plus_offers(struct tyres *t, const struct tyres_query *q, uint32_t type) {
    tyre_plus_sizes(&t->sizes, t->plus, &t->planned);
    for (unsigned i = 0; i < t->planned.count; i++) {
        const struct tyre_size *front = &t->planned.list[i], *rear = front->axle == TYRE_BOTH ? front : NULL;
        for (unsigned n = 0; n < t->planned.count && !rear && front->axle == TYRE_FRONT; n++)
            if (t->planned.list[n].axle == TYRE_REAR) rear = &t->planned.list[n];
        if (rear) TRY(planned_offers(t, q, type, front, rear));
    }
    return ERR_OK;
}

// Only workshops that mount tyres take one of the places.
static enum err near_begin(struct tyres *t, uint32_t type) {
    struct fitting any = {0};
    if (t->near.given) TRY(fitting_of(t->w->view, type, &any));
    return api_near_begin(t->w, t->rq, &t->k, &any, t->style.currency, &t->near);
}

static enum err find(struct tyres *t) {
    struct view *v = t->w->view;
    uint32_t type;
    enum err e = names_look_up(v, NAMES_TYPE, SLICE(TYRE_TYPE), &type);
    if (e == ERR_NOT_FOUND || !t->k.resolved) return ERR_OK; // a vocabulary without tyres, a car nobody knows
    TRY(e);
    TRY(near_begin(t, type));
    TRY(fitment_find(v, &t->k, type, true, &t->fitment));
    TRY(tyre_sizes_of(v, &t->k, &t->fitment, &t->sizes));
    TRY(rank_person_load(t->w->ranker, v, t->user, NULL, 0, &t->person));
    struct tyres_query q = {.ranker = t->w->ranker, .view = v, .person = &t->person, .surface = RANK_STOREFRONT, .fitment = &t->fitment,
                            .sizes = &t->sizes, .scene = t->scene.id.n ? &t->tests : NULL, .keep = keep, .keep_arg = t};
    if (t->plus) TRY(plus_offers(t, &q, type));
    TRY(add_offers(t, &q, &t->k, false));
    return fitment_question(v, &t->fitment, NULL, &t->question);
}

// ---- words ----------------------------------------------------------------------------------------------------------------------------
static double larger_percent(const struct spec_tyre *a, const struct spec_tyre *b) { return (a->diameter_mm / b->diameter_mm - 1) * 100; }

static struct slice size_why(struct tyres *t, const struct tyre_size *s) {
    struct arena *a = &t->rq->arena;
    bool zh = t->style.zh;
    switch (s->source) {
    case TYRE_OF_VEHICLE:
        if (s->open) return zh ? SLICE("该车型可能的规格之一") : SLICE("one of the sizes the car's record leaves open");
        return zh ? SLICE("车辆资料所载规格") : SLICE("what the car's record says");
    case TYRE_OF_ANSWER: return zh ? SLICE("您填写的规格") : SLICE("your own answer");
    case TYRE_OF_CATALOGUE:
        if (s->open) return arena_printf(a, zh ? "目录中%u款此规格轮胎在特定条件下适配" : "%u tyres of this size fit the car under a condition", s->products);
        return arena_printf(a, zh ? "目录中%u款此规格轮胎适配该车" : "%u tyres of this size fit the car by the catalogue", s->products);
    default: break;
    }
    return arena_printf(a, zh ? "轮毂加大%u英寸，外径变化%+.1f%%" : "for wheels %u inch larger, overall diameter %+.1f %%", t->plus,
                        larger_percent(&s->tyre, &t->sizes.list[0].tyre));
}

static struct slice substitute_reason(struct tyres *t, const struct tyre_hit *h) {
    double off = larger_percent(&h->tyre, &h->size->tyre);
    return arena_printf(&t->rq->arena, t->style.zh ? "可替代%s，外径变化%+.1f%%" : "Permitted instead of %s, overall diameter %+.1f %%", h->size->text, off);
}

static struct slice size_reason(struct tyres *t, const struct tyre_hit *h) {
    bool zh = t->style.zh;
    if (h->size && h->size->source == TYRE_PLANNED)
        return arena_printf(&t->rq->arena, zh ? "适配加大%u英寸的轮毂" : "For wheels %u inch larger", t->plus);
    if (h->relation == TYRE_SUBSTITUTE) return substitute_reason(t, h);
    if (h->relation == TYRE_OPTION) return zh ? SLICE("您爱车可能的规格，请确认") : SLICE("A size your car may have, please check");
    if (h->relation == TYRE_OWN && h->size->source != TYRE_OF_CATALOGUE) return zh ? SLICE("您爱车的规格") : SLICE("Your car's own size");
    return zh ? SLICE("适配您爱车的规格") : SLICE("A size that fits your car");
}

static struct slice reason(struct tyres *t, const struct tyre_hit *h) {
    struct slice size = size_reason(t, h), scene = SLICE_NONE;
    if (h->because) scene = api_name(t->rq, h->because->reason, h->because->reason_zh);
    if (scene.n == 0) return size;
    return arena_printf(&t->rq->arena, t->style.zh ? "%.*s；%.*s" : "%.*s; %.*s", SLICE_ARGS(size), SLICE_ARGS(scene));
}

// ---- output -----------------------------------------------------------------------------------------------------------------------------
static void sizes_json(struct tyres *t, struct json_writer *j, const struct tyre_sizes *sizes) {
    for (unsigned i = 0; i < sizes->count; i++) {
        const struct tyre_size *s = &sizes->list[i];
        json_open(j, '{');
        json_key_str(j, "axle", tyre_axle_name(s->axle));
        json_key_str(j, "size", s->text);
        json_key_bool(j, "oe", s->source == TYRE_OF_VEHICLE && !s->open); // nothing else is a maker's word
        json_key_str(j, "source", tyre_source_name(s->source));
        json_key_bool(j, "open", s->open);
        json_key_string(j, "why", size_why(t, s));
        json_close(j, '}');
    }
}

static enum err offer_json(struct tyres *t, struct json_writer *j, const struct offer *o) {
    struct hit hit = {.match = o->hit.match, .score = o->hit.score};
    struct hit_style style = t->style;
    style.k = o->k;
    TRY(hit_json(t->w, j, &hit, &style));
    json_key_string(j, "reason", reason(t, &o->hit));
    json_key_open(j, "size", '{');
    json_key_str(j, "relation", o->hit.size && o->hit.size->source == TYRE_PLANNED ? "plus" : tyre_relation_name(o->hit.relation));
    json_key_str(j, "of", o->hit.size ? o->hit.size->text : NULL);
    json_key_str(j, "why", !o->hit.size ? NULL : t->style.zh ? o->hit.why.reason_zh : o->hit.why.reason);
    json_close(j, '}');
    json_key_double(j, "scene_score", (double)o->hit.scene);
    json_key(j, "pair");
    if (o->hit.pair) TRY(product_id_json(t->w->view, j, o->hit.pair));
    else json_null(j);
    json_close(j, '}');
    return ERR_OK;
}

static enum err answer(struct tyres *t) {
    struct json_writer j = api_begin(t->rq);
    json_key(&j, "vehicle");
    if (t->k.resolved && t->k.vehicle_count == 1) vehicle_json(t->w->view, &j, t->k.vehicles[0].vehicle, t->k.vehicles[0].possible, false);
    else json_null(&j);
    api_key_text(&j, "scene", t->scene.id);
    json_key_open(&j, "sizes", '[');
    sizes_json(t, &j, &t->sizes);
    sizes_json(t, &j, &t->planned);
    json_close(&j, ']');
    json_key_bool(&j, "staggered", tyre_sizes_staggered(&t->sizes));
    json_key_int(&j, "total", t->count);
    json_key_int(&j, "left_out", t->left_out);
    json_key_open(&j, "hits", '[');
    for (size_t i = t->page.offset; i < t->count && i - t->page.offset < t->page.limit; i++) TRY(offer_json(t, &j, &t->offers[i]));
    json_close(&j, ']');
    json_key(&j, "question");
    question_json(t->w->view, &j, t->question, t->style.zh);
    api_query_members(t->rq, &j);
    json_close(&j, '}');
    return t->rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err tyres(struct request *rq, struct app_worker *w, struct fault *why) {
    struct tyres *t = ARENA_NEW(&rq->arena, struct tyres);
    if (!t) return ERR_NO_MEMORY;
    t->rq = rq;
    t->w = w;
    TRY(params(t, why));
    rank_begin(w->ranker);
    enum err e = find(t);
    if (e == ERR_OK) e = answer(t);
    api_near_end(w);
    rank_end(w->ranker);
    return e == ERR_OK ? respond_json(rq, 200) : e;
}

enum err api_tyres(struct request *rq, struct fault *why) { return api_read(rq, why, tyres); }

// ---- scenes -----------------------------------------------------------------------------------------------------------------------------
static enum err list_one(void *arg, const struct tyre_scene *scene) {
    tyre_scene_json(arg, scene);
    return ERR_OK;
}

static enum err scenes(struct request *rq, struct app_worker *w, struct fault *why) {
    struct json_writer out = api_begin(rq);
    (void)why;
    json_key_open(&out, "scenes", '[');
    TRY(tyre_scene_each(w->view, list_one, &out));
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_tyre_scenes_get(struct request *rq, struct fault *why) { return api_read(rq, why, scenes); }

struct change {
    struct api_write write;
    struct tyre_scene scene;
};

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    return tyre_scene_put(t, scratch, &((const struct change *)(void *)self)->scene, &self->why);
}

static enum err put_done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    struct json_writer out = json_writer_of(&rq->out);
    tyre_scene_json(&out, &((const struct change *)rq->stream_state)->scene);
    return respond_json(rq, 200);
}

enum err api_tyre_scenes_put(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    const struct json *body;
    if (!c) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(tyre_scene_from_json(&rq->arena, body, &c->scene, why));
    TRY(api_owned(rq, "id", c->scene.id, why));
    rq->stream_state = c;
    return api_submit(rq, &c->write, apply_put, put_done);
}

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    (void)scratch;
    return tyre_scene_delete(t, ((const struct change *)(void *)self)->scene.id, &self->why);
}

enum err api_tyre_scenes_delete(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    c->scene.id = request_param(rq, "id");
    if (c->scene.id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    TRY(api_owned(rq, "id", c->scene.id, why));
    return api_submit(rq, &c->write, apply_delete, api_written);
}
