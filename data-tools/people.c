#include "people.h"

#include <stdlib.h>

#include "index/catalog.h"
#include "index/dealer_price.h"
#include "index/event.h"
#include "index/key_view.h"
#include "index/user.h"

enum { ROWS_PER_TRANSACTION = 20000, SCRATCH_BYTES = 16 << 20 };

struct people_writer {
    struct db *db;
    struct txn *txn;   // NULL between transactions
    struct view view;  // of it
    struct arena arena; // reset per row
    unsigned rows;
    uint64_t duplicates;
};

enum err people_writer_new(struct db *db, struct people_writer **out) {
    struct people_writer *w = calloc(1, sizeof *w);
    if (!w) return ERR_NO_MEMORY;
    w->db = db;
    arena_init(&w->arena, 64 * 1024, SCRATCH_BYTES);
    *out = w;
    return ERR_OK;
}

void people_writer_free(struct people_writer *w) {
    if (!w) return;
    if (w->txn) {
        view_of_txn_end(&w->view);
        txn_abort(w->txn);
    }
    arena_destroy(&w->arena);
    free(w);
}

uint64_t people_duplicates(const struct people_writer *w) { return w->duplicates; }

enum err people_finish(struct people_writer *w, struct fault *why) {
    if (!w->txn) return ERR_OK;
    struct txn *t = w->txn;
    view_of_txn_end(&w->view);
    w->txn = NULL;
    w->rows = 0;
    return txn_commit(t, why);
}

static enum err row_begin(struct people_writer *w, struct fault *why) {
    if (w->rows == ROWS_PER_TRANSACTION) TRY(people_finish(w, why));
    arena_reset(&w->arena);
    w->rows++;
    if (w->txn) return ERR_OK;
    TRY(txn_begin(w->db, &w->txn, why));
    enum err err = view_of_txn(w->txn, &w->arena, &clock_system, &w->view);
    if (err == ERR_OK) return ERR_OK;
    txn_abort(w->txn);
    w->txn = NULL;
    return err;
}

enum err people_supply(struct people_writer *w, enum supply_kind kind, const struct json *body, struct fault *why) {
    TRY(row_begin(w, why));
    return supply_put(w->txn, &w->arena, kind, body, why);
}

static enum err dealer_offer(struct people_writer *w, const struct json *body, struct fault *why) {
    static const char *const KEYS[] = {"dealer", "id", "price", "prices", NULL};
    struct slice dealer = SLICE_NONE, id = SLICE_NONE;
    int64_t cny_fen = -1, usd_cents = -1;
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "dealer", &dealer, why));
    TRY(json_get_string(body, "id", &id, why));
    TRY(prices_from_json(body, &cny_fen, &usd_cents, why));
    return dealer_price_put(w->txn, &w->arena, dealer, id, cny_fen, usd_cents, why);
}

enum err people_entry(struct people_writer *w, const char *kind, const struct json *body, struct fault *why) {
    struct key_view view;
    TRY(row_begin(w, why));
    if (strcmp(kind, "view") != 0) return dealer_offer(w, body, why);
    TRY(key_view_from_json(body, &view, why));
    return key_view_put(w->txn, &w->arena, &view, why);
}

enum err people_user(struct people_writer *w, struct slice id, const struct json *body, struct fault *why) {
    struct user user = {0};
    uint32_t number;
    TRY(row_begin(w, why));
    TRY(user_from_json(&w->view, id, body, &user, why));
    return user_put(w->txn, &w->arena, &user, &number);
}

enum err people_event(struct people_writer *w, const struct json *body, struct fault *why) {
    struct event event;
    bool duplicate = false;
    TRY(row_begin(w, why));
    TRY(event_from_json(body, clock_unix_ms(&clock_system), &event, why));
    TRY(event_put(w->txn, &w->arena, &event, &duplicate));
    w->duplicates += duplicate;
    return ERR_OK;
}
