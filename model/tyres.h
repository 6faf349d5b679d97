// tyres.h: tyres for a car in a driving scene, in one person's order.
//
// Candidates are tyres that fit or may fit (index/fitment.h) and whose size is permitted on the car's wheels (index/tyre.h). Order: the
// car's own size, sizes it may have been delivered with, permitted substitutes; within these fits > universal > conditional; then
// score = X . w of rank.h + TYRES_SCENE_WEIGHT * the scene's score. What speaks against the scene is left out and counted. Where the
// axles differ, tyres come in pairs of one brand and line, front before rear.
#ifndef RF_MODEL_TYRES_H
#define RF_MODEL_TYRES_H

#include "index/tyre.h"
#include "index/tyre_scene.h"
#include "rank.h"

#define TYRES_SCENE_WEIGHT 2.0f // about what separates a person's favourite brand from the average

struct tyre_hit {
    struct match match;
    float score, scene;                   // the sum, and the scene's score in it
    enum tyre_relation relation;
    const struct tyre_size *size;         // of the query's; NULL: nothing is known of the car's sizes
    struct spec_tyre tyre;                // the product's own, where it could be read
    struct spec_result why;               // how that compares with the size
    const struct tyre_scene_rule *because; // of the scene; NULL: no rule speaks for it
    uint32_t pair;                        // the other axle's product; 0: none
};

struct tyres_query {
    struct ranker *ranker;             // between rank_begin and rank_end
    struct view *view;
    const struct rank_person *person;
    enum rank_surface surface;
    const struct fitment *fitment;     // of tyres
    const struct tyre_sizes *sizes;    // none: every tyre that fits is offered
    const struct tyre_scene_tests *scene; // NULL: no scene
    bool (*keep)(void *arg, const struct match *m); // NULL: all
    void *keep_arg;
};

// All that is offered, best first, in the arena. *left_out: those that speak against the scene.
enum err tyres_rank(const struct tyres_query *q, struct tyre_hit **out, unsigned *count, unsigned *left_out);

#endif
