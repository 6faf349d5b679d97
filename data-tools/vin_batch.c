#include "vin_batch.h"

#include <pthread.h>
#include <stdlib.h>

#include "index/names.h"

struct model_name { struct slice make, model; };

struct part { // one thread's
    pthread_t thread;
    struct vin_batch *batch;
    struct snapshot *snapshot;
    struct buf out;
    const struct slice *vins;
    unsigned count;
    enum err result;
};

struct vin_batch {
    struct db *db;
    struct arena names;
    struct model_name *models; // by 'm' id
    struct slice *makes;       // by NAMES_MAKE id
    uint32_t model_count, make_count;
    unsigned threads, newest_year;
    struct part parts[VIN_BATCH_THREADS_MAX];
};

// ---- names -------------------------------------------------------------------------------------------------------------------
static enum err make_names(struct vin_batch *b, struct view *v) {
    b->make_count = names_count(v->snapshot, NAMES_MAKE);
    b->makes = ARENA_ARRAY(&b->names, struct slice, (size_t)b->make_count + 1);
    if (!b->makes) return ERR_NO_MEMORY;
    for (uint32_t i = 1; i <= b->make_count; i++) {
        struct make make;
        if (make_load(v, i, &make) == ERR_OK) b->makes[i] = arena_copy(&b->names, make.name);
    }
    return ERR_OK;
}

static enum err model_name(struct vin_batch *b, struct view *v, uint16_t id) {
    char key[3] = {'m', (char)(id >> 8), (char)id};
    struct slice record;
    struct vin_model m;
    struct model model;
    enum err e = db_get(v->snapshot, TABLE_VIN, slice_of(key, sizeof key), &record);
    if (e == ERR_NOT_FOUND) return e;
    TRY(e);
    TRY(vin_model_decode(record, &m));
    bool known = m.make && m.model && model_load(v, m.make, m.model, &model) == ERR_OK;
    b->models[id].make = m.make && m.make <= b->make_count ? b->makes[m.make] : arena_copy(&b->names, m.make_name);
    b->models[id].model = arena_copy(&b->names, known && model.name.n ? model.name : m.model_name);
    return b->models[id].model.p ? ERR_OK : ERR_NO_MEMORY;
}

static enum err names_read(struct vin_batch *b, struct view *v) {
    TRY(make_names(b, v));
    b->models = ARENA_ARRAY(&b->names, struct model_name, UINT16_MAX + 1);
    if (!b->models) return ERR_NO_MEMORY;
    enum err e = ERR_OK;
    for (uint32_t id = 1; e == ERR_OK && id <= UINT16_MAX; id++) { // ids are dense
        e = model_name(b, v, (uint16_t)id);
        if (e == ERR_OK) b->model_count = id;
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err names_load(struct vin_batch *b) {
    enum { ARENA_BYTES = 64 << 20 };
    struct arena arena;
    struct view *view;
    TRY(view_open(b->db, &clock_system, &view));
    arena_init(&arena, 1 << 16, ARENA_BYTES);
    b->newest_year = vin_newest_year(&clock_system);
    enum err e = view_begin(view, &arena);
    if (e == ERR_OK) {
        e = names_read(b, view);
        view_end(view);
    }
    view_close(view);
    arena_destroy(&arena);
    return e;
}

// ---- lines -------------------------------------------------------------------------------------------------------------------
static struct slice make_of(const struct part *p, const struct vin *vin, char room[256]) {
    const struct vin_batch *b = p->batch;
    struct slice first = SLICE_NONE, record;
    for (unsigned i = 0; i < vin->match.model_count; i++) {
        if (vin->match.models[i] > b->model_count) return SLICE_NONE;
        struct slice make = b->models[vin->match.models[i]].make;
        if (i > 0 && !slice_eq(first, make)) return SLICE_NONE;
        first = make;
    }
    if (first.n || vin->match.model_count) return first;
    if (vin->match.make_count)
        return vin->match.make_count == 1 && vin->match.makes[0] <= b->make_count ? b->makes[vin->match.makes[0]] : SLICE_NONE;
    char key[7] = {'f'};
    struct vin_wmi wmi;
    unsigned n = vin_maker(&vin->text, key + 1);
    enum err e = db_get(p->snapshot, TABLE_VIN, slice_of(key, n + 1), &record);
    key[0] = 'w';
    if (e != ERR_OK) e = db_get(p->snapshot, TABLE_VIN, slice_of(key, n + 1), &record);
    if (e != ERR_OK || vin_wmi_decode(record, &wmi) != ERR_OK || wmi.makes.n >= 256 || memchr(wmi.makes.p, '|', wmi.makes.n)) return SLICE_NONE;
    return slice_of(room, slice_copy(wmi.makes, room, 256));
}

static void put_number(struct buf *out, unsigned n) {
    char text[12];
    unsigned at = sizeof text;
    do text[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    buf_put(out, text + at, sizeof text - at);
}

static uint16_t one(const struct vin *vin, enum vin_attr attr) {
    const struct vin_values *values = &vin->match.attrs[attr];
    return vin->match.model_count && values->count == 1 ? values->at[0] : 0;
}

static void put_word(struct buf *out, const char *const *words, unsigned count, unsigned value) {
    buf_char(out, '\t');
    if (value < count) buf_slice_put(out, slice_str(words[value]));
}

static void put_attributes(struct buf *out, const struct vin *vin) {
    unsigned tenths = one(vin, VIN_A_DISPLACEMENT), cylinders = one(vin, VIN_A_CYLINDERS);
    buf_char(out, '\t');
    if (tenths) {
        put_number(out, tenths / 10);
        buf_char(out, '.');
        put_number(out, tenths % 10);
    }
    buf_char(out, '\t');
    if (cylinders) put_number(out, cylinders);
    put_word(out, vpic_fuel_names, FUEL_COUNT, one(vin, VIN_A_FUEL));
    put_word(out, vpic_body_names, BODY_COUNT, one(vin, VIN_A_BODY));
    put_word(out, vpic_drive_names, DRIVE_COUNT, one(vin, VIN_A_DRIVE));
}

static enum err line_write(struct part *p, struct slice text) {
    static const struct slice EMPTY = {"\t0\t0\t\t\t\t\t\t\t\t\n", 13};
    const struct vin_batch *b = p->batch;
    struct vin_text read;
    struct vin vin;
    char room[256];
    if (!vin_read(text, &read)) {
        for (size_t i = 0; i < text.n; i++) buf_char(&p->out, text.p[i] == '\t' ? ' ' : text.p[i]);
        buf_slice_put(&p->out, EMPTY);
        return ERR_OK;
    }
    TRY(vin_decode(p->snapshot, b->newest_year, &read, &vin));
    buf_put(&p->out, read.c, VIN_CHARS);
    buf_put(&p->out, vin_valid(&vin) ? "\t1\t" : "\t0\t", 3);
    buf_put(&p->out, vin.check_ok ? "1\t" : "0\t", 2);
    if (vin.year) put_number(&p->out, vin.year);
    buf_char(&p->out, '\t');
    buf_slice_put(&p->out, make_of(p, &vin, room));
    buf_char(&p->out, '\t');
    if (vin.match.model_count == 1 && vin.match.models[0] <= b->model_count) buf_slice_put(&p->out, b->models[vin.match.models[0]].model);
    put_attributes(&p->out, &vin);
    buf_char(&p->out, '\n');
    return ERR_OK;
}

static void *part_run(void *arg) {
    struct part *p = arg;
    buf_clear(&p->out);
    p->result = snapshot_renew(p->snapshot);
    for (unsigned i = 0; p->result == ERR_OK && i < p->count; i++) p->result = line_write(p, p->vins[i]);
    if (p->result == ERR_OK && p->out.bad) p->result = ERR_NO_MEMORY;
    return NULL;
}

// ---- all of it ---------------------------------------------------------------------------------------------------------------
enum err vin_batch_new(struct db *db, unsigned threads, struct vin_batch **out, struct fault *why) {
    struct vin_batch *b = calloc(1, sizeof *b);
    if (!b) return ERR_NO_MEMORY;
    b->db = db;
    arena_init(&b->names, 1 << 20, 64 << 20);
    enum err e = names_load(b);
    for (; e == ERR_OK && b->threads < threads && b->threads < VIN_BATCH_THREADS_MAX; b->threads++) {
        struct part *p = &b->parts[b->threads];
        p->batch = b;
        buf_init(&p->out, NULL, 1 << 20);
        e = snapshot_open(db, &p->snapshot);
    }
    if (e == ERR_OK) *out = b;
    else vin_batch_free(b);
    return e == ERR_OK ? e : fault_set(why, e, "", "the names of makes and models cannot be read");
}

void vin_batch_free(struct vin_batch *b) {
    if (!b) return;
    for (unsigned i = 0; i < b->threads; i++) {
        snapshot_close(b->parts[i].snapshot);
        buf_free(&b->parts[i].out);
    }
    arena_destroy(&b->names);
    free(b);
}

enum err vin_batch_run(struct vin_batch *b, const struct slice *vins, unsigned count, struct slice *out, struct fault *why) {
    enum err e = ERR_OK;
    unsigned started = 0, done = 0;
    for (; started < b->threads; started++) {
        struct part *p = &b->parts[started];
        p->vins = vins + done;
        p->count = (count - done) / (b->threads - started);
        done += p->count;
        if (started + 1 == b->threads) part_run(p); // the last piece is this thread's own
        else if (pthread_create(&p->thread, NULL, part_run, p) != 0) break;
    }
    if (started < b->threads) e = fault_set(why, ERR_NO_MEMORY, "", "no thread can be started");
    for (unsigned i = 0; i < started; i++) {
        struct part *p = &b->parts[i];
        if (i + 1 < b->threads) (void)pthread_join(p->thread, NULL);
        if (p->result != ERR_OK && e == ERR_OK) e = fault_set(why, p->result, "", "a VIN could not be decoded: %s", err_name(p->result));
        out[i] = buf_slice(&p->out);
    }
    return e;
}
