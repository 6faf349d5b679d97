#include "synth.h"

#include <stdio.h>

enum { PATH_BYTES = 4096, STEPS = 6 };
#define DAYS_PER_YEAR 365.2425

struct files { char aces[PATH_BYTES], pies[PATH_BYTES], map[PATH_BYTES], goods[PATH_BYTES], offers[PATH_BYTES], workshops[PATH_BYTES],
               users[PATH_BYTES], events[PATH_BYTES]; };

static bool path_make(char out[PATH_BYTES], const char *dir, const char *name) {
    int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);
    return n > 0 && n < PATH_BYTES;
}

static bool files_make(struct files *f, const char *dir) {
    return path_make(f->aces, dir, "sample-aces.xml.zst") && path_make(f->pies, dir, "sample-pies.xml.zst") && path_make(f->map, dir, "map.tsv") &&
           path_make(f->goods, dir, "goods.jsonl.zst") && path_make(f->offers, dir, "offers.jsonl.zst") &&
           path_make(f->workshops, dir, "workshops.jsonl.zst") && path_make(f->users, dir, "users.jsonl.zst") &&
           path_make(f->events, dir, "events.jsonl.zst");
}

static void step(const struct synth_options *o, uint64_t done) {
    if (o->progress) o->progress(o->arg, done, STEPS);
}

static enum err files_write(const struct synth_plan *p, const struct files *f, const struct synth_options *o, struct synth_counts *c,
                            struct fault *why) {
    step(o, 1);
    TRY(synth_map_write(p, f->map, why));
    TRY(synth_aces_write(p, f->aces, c, why));
    step(o, 2);
    TRY(synth_pies_write(p, f->pies, c, why));
    step(o, 3);
    TRY(synth_goods_write(p, f->goods, c, why));
    step(o, 4);
    TRY(synth_offers_write(p, f->offers, c, why));
    TRY(synth_supply_write(p, f->workshops, c, why));
    step(o, 5);
    TRY(synth_people_write(p, f->users, f->events, c, why));
    step(o, STEPS);
    return ERR_OK;
}

static enum err planned_write(struct db *db, const struct facts *facts, const struct synth_options *o, const struct files *f,
                              struct synth_counts *out, struct fault *why) {
    struct synth_world *world;
    struct synth_plan *plan;
    struct synth_world_options options = {.max_vehicles = o->scale->vehicles, .second_list = o->scale->second_list,
                                          .year_now = 1970 + (unsigned)(o->today / DAYS_PER_YEAR)};
    TRY(synth_world_open(db, &options, &world, why));
    enum err err = synth_plan_make(o->scale, facts, world, o->seed, o->today, &plan, why);
    if (err == ERR_OK) {
        err = files_write(plan, f, o, out, why);
        out->products = plan->product_count;
        synth_plan_free(plan);
    }
    synth_world_close(world);
    return err;
}

enum err synth_run(struct db *db, const struct synth_options *o, struct synth_counts *out, struct fault *why) {
    struct files f;
    struct facts *facts;
    *out = (struct synth_counts){0};
    if (!files_make(&f, o->out_dir)) return fault_set(why, ERR_BAD_REQUEST, "out", "the path is too long");
    step(o, 0);
    TRY(facts_open(o->facts_dir, &facts, why));
    enum err err = planned_write(db, facts, o, &f, out, why);
    facts_close(facts);
    return err;
}
