#include "server/bulk_group.h"

#include <stdlib.h>

#include "index/base/limits.h"
#include "index/view.h"
#include "server/jobs.h"

#define ARENA_FIRST_BYTES (64u * 1024)
#define ARENA_LIMIT_BYTES (64u * 1024 * 1024) // of one group's documents and of what may fit its vehicles

struct bulk_group *bulk_group_new(struct writer *writer, struct jobs *jobs) {
    struct bulk_group *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->writer = writer;
    g->jobs = jobs;
    g->parser = json_parser_new();
    arena_init(&g->arena, ARENA_FIRST_BYTES, ARENA_LIMIT_BYTES);
    if (g->parser) return g;
    bulk_group_free(g);
    return NULL;
}

void bulk_group_free(struct bulk_group *g) {
    if (!g) return;
    json_parser_free(g->parser);
    arena_destroy(&g->arena);
    free(g);
}

void bulk_group_clear(struct bulk_group *g) {
    g->count = g->vehicles = 0;
    g->bytes = 0;
    arena_reset(&g->arena);
}

// ---- gathering ----------------------------------------------------------------------------------------------------------------

static struct bulk_line *line_new(struct bulk_group *g, uint64_t number) {
    struct bulk_line *line = &g->lines[g->count++];
    *line = (struct bulk_line){.group = g, .number = number};
    return line;
}

bool bulk_group_add(struct bulk_group *g, struct slice text, struct slice source, uint64_t number, struct slice who) {
    struct bulk_line *line = line_new(g, number);
    struct command *c = &line->command;
    uint32_t at = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    c->result = bulk_decode(&g->arena, g->parser, text, source, at, &line->op, &c->why);
    if (c->result == ERR_OK && line->op.kind == BULK_EXCLUSION && line->op.who.n == 0) line->op.who = who;
    if (c->result == ERR_OK) g->vehicles += line->op.kind == BULK_VEHICLE;
    g->bytes += text.n;
    return g->count == BULK_GROUP_LINES || g->bytes >= BULK_GROUP_BYTES;
}

void bulk_group_refuse(struct bulk_group *g, uint64_t number, const struct fault *why) {
    struct bulk_line *line = line_new(g, number);
    line->command.result = why->code;
    line->command.why = *why;
}

static bool is_vehicle(const struct bulk_line *line) { return line->command.result == ERR_OK && line->op.kind == BULK_VEHICLE; }

void bulk_group_fail_vehicles(struct bulk_group *g, const struct fault *why) {
    for (unsigned i = 0; i < g->count; i++) {
        if (!is_vehicle(&g->lines[i])) continue;
        g->lines[i].command.result = why->code;
        g->lines[i].command.why = *why;
    }
}

static enum err prepare_all(struct bulk_group *g, struct view *v) {
    TRY(view_begin(v, &g->arena));
    for (unsigned i = 0; i < g->count; i++) {
        struct bulk_line *line = &g->lines[i];
        if (is_vehicle(line)) line->command.result = vehicle_put_prepare(v, &line->op.vehicle, &line->command.why);
    }
    view_end(v);
    return ERR_OK;
}

void bulk_group_prepare(struct bulk_group *g, struct db *db, const struct clock *clock) {
    struct view *v = NULL;
    struct fault why;
    if (g->vehicles == 0) return;
    g->placed = jobs_placed(g->jobs); // before the snapshot: what is placed anew afterwards is noticed
    enum err e = view_open(db, clock, &v);
    if (e == ERR_OK) e = prepare_all(g, v);
    view_close(v);
    if (e == ERR_OK) return;
    fault_set(&why, e, "", "the data could not be read (%s)", err_name(e));
    bulk_group_fail_vehicles(g, &why);
}

// ---- writing ------------------------------------------------------------------------------------------------------------------

static void one_less(struct bulk_group *g, unsigned n) {
    if (atomic_fetch_sub(&g->left, n) == n) g->done(g->arg);
}

static void explain(struct command *c) {
    if (c->result != ERR_OK && c->why.code != c->result)
        fault_set(&c->why, c->result, "", "the line could not be written (%s)", err_name(c->result));
}

static void written(struct command *self) {
    const struct bulk_line *line = (struct bulk_line *)(void *)self;
    if (self->result == ERR_OK && line->op.kind == BULK_VEHICLE) jobs_vehicles_changed(line->group->jobs);
    explain(self);
    one_less(line->group, 1);
}

enum err bulk_vehicle_apply(struct txn *t, struct arena *scratch, struct jobs *jobs, uint64_t placed, const struct vehicle_put *put,
                            struct fault *why) {
    if (!jobs_vehicles_may_change(jobs, placed))
        return fault_set(why, ERR_RATE_LIMITED, "", "an import is being written; put the vehicle again in a moment");
    return vehicle_put_apply(t, scratch, put, why);
}

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    struct bulk_line *line = (struct bulk_line *)(void *)self;
    struct bulk_group *g = line->group;
    if (line->op.kind == BULK_VEHICLE) return bulk_vehicle_apply(t, scratch, g->jobs, g->placed, &line->op.vehicle, &self->why);
    return bulk_apply(t, scratch, &line->op, g->at_ms, &self->why);
}

void bulk_group_submit(struct bulk_group *g) {
    struct fault busy = {ERR_OK, "", ""};
    unsigned settled = 1; // the submitter itself, so that `done` waits for the loop to end
    atomic_store(&g->left, g->count + 1);
    for (unsigned i = 0, count = g->count; i < count; i++) {
        struct command *c = &g->lines[i].command;
        bool good = c->result == ERR_OK;
        if (good && busy.code == ERR_OK) {
            c->apply = apply;
            c->done = written;
            if (writer_submit(g->writer, c) == ERR_OK) continue;
            fault_set(&busy, ERR_RATE_LIMITED, "", "too many writes are waiting, send the line again later");
        }
        if (good) {
            c->result = busy.code;
            c->why = busy;
        }
        explain(c);
        settled++;
    }
    one_less(g, settled);
}
