#include "product_ids.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "base/limits.h"
#include "columns.h"

#define HUGE_PAGE (2u << 20)
#define AHEAD 64 // ids whose reads are in flight together

struct slot { // open addressing; the text decides, the hash only spares looking at it
    uint64_t hash;
    uint32_t product; // 0: empty
    uint32_t text;
};

struct product_ids {
    struct slot *slots;
    uint64_t mask;
    char *texts;        // length u8, then the bytes, one id behind the other; offset 0 is the empty text
    size_t texts_bytes, texts_held;
    uint32_t *text_of;  // by product
    uint32_t products;
};
_Static_assert(LIMIT_EXTERNAL_ID_BYTES <= UINT8_MAX, "a length is one byte");

void product_ids_free(struct product_ids *ids) {
    if (!ids) return;
    free(ids->slots);
    free(ids->texts);
    free(ids->text_of);
    free(ids);
}

static void *zeroed_pages(size_t bytes) { // read here and there: finding the page would cost as much as reading it
    size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *p = aligned_alloc(HUGE_PAGE, whole);
    if (!p) return NULL;
    (void)madvise(p, whole, MADV_HUGEPAGE);
    return memset(p, 0, whole);
}

static enum err add_text(struct product_ids *ids, struct slice text, uint32_t *at) {
    size_t needed = ids->texts_bytes + 1 + text.n;
    if (needed > UINT32_MAX) return ERR_TOO_LARGE;
    if (needed > ids->texts_held) {
        size_t held = (ids->texts_held ? ids->texts_held * 2 : 4096) + LIMIT_EXTERNAL_ID_BYTES;
        char *grown = realloc(ids->texts, held);
        if (!grown) return ERR_NO_MEMORY;
        ids->texts = grown;
        ids->texts_held = held;
    }
    *at = (uint32_t)ids->texts_bytes;
    ids->texts[*at] = (char)text.n;
    memcpy(ids->texts + *at + 1, text.p, text.n);
    ids->texts_bytes = needed;
    return ERR_OK;
}

static struct slice text_at(const struct product_ids *ids, uint32_t at) {
    return slice_of(ids->texts + at + 1, (uint8_t)ids->texts[at]);
}

static void put(struct product_ids *ids, struct slot slot) {
    uint64_t at = slot.hash & ids->mask;
    while (ids->slots[at].product) at = (at + 1) & ids->mask;
    ids->slots[at] = slot;
}

static enum err add(struct product_ids *ids, struct view *v, struct slice text, struct slice value) {
    struct reader r = reader_of(value);
    struct slot slot = {.hash = hash64(text), .product = reader_u32(&r)};
    if (r.bad || slot.product > ids->products || text.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_DAMAGED;
    if (slot.product == 0 || columns_facts(v, slot.product)->flags & FACT_DELETED) return ERR_OK;
    TRY(add_text(ids, text, &slot.text));
    if (ids->text_of[slot.product]) return ERR_DAMAGED; // two ids for one product
    ids->text_of[slot.product] = slot.text;
    put(ids, slot);
    return ERR_OK;
}

static enum err add_all(struct product_ids *ids, struct view *v) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_PRODUCT_ID);
    if (!c) return ERR_NO_MEMORY;
    uint64_t room = ids->mask; // a table that is fuller than its products is damaged, and would never find an end
    enum err e = db_cursor_next(c, &key, &value);
    for (; e == ERR_OK && room > 0; room--) {
        e = add(ids, v, key, value);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e == ERR_OK ? ERR_DAMAGED : e;
}

static enum err settle_texts(struct product_ids *ids) { // they do not grow any more
    char *texts = zeroed_pages(ids->texts_bytes);
    if (!texts) return ERR_NO_MEMORY;
    memcpy(texts, ids->texts, ids->texts_bytes);
    free(ids->texts);
    ids->texts = texts;
    ids->texts_held = ids->texts_bytes;
    return ERR_OK;
}

enum err product_ids_load(struct view *v, struct product_ids **out) {
    struct product_ids *ids = calloc(1, sizeof *ids);
    uint32_t none;
    uint64_t capacity = 64;
    *out = NULL;
    if (!ids) return ERR_NO_MEMORY;
    ids->products = columns_products(v);
    while (capacity < (uint64_t)ids->products * 2) capacity *= 2;
    ids->mask = capacity - 1;
    ids->slots = zeroed_pages(capacity * sizeof *ids->slots);
    ids->text_of = zeroed_pages(((size_t)ids->products + 1) * sizeof *ids->text_of);
    enum err e = ids->slots && ids->text_of ? add_text(ids, SLICE(""), &none) : ERR_NO_MEMORY;
    if (e == ERR_OK) e = add_all(ids, v);
    if (e == ERR_OK) e = settle_texts(ids);
    if (e == ERR_OK) *out = ids;
    else product_ids_free(ids);
    return e;
}

static uint32_t find(const struct product_ids *ids, uint64_t hash, struct slice text) {
    for (uint64_t at = hash & ids->mask; ids->slots[at].product; at = (at + 1) & ids->mask)
        if (ids->slots[at].hash == hash && slice_eq(text_at(ids, ids->slots[at].text), text)) return ids->slots[at].product;
    return 0;
}

// In three loops, each of which starts what the next one reads.
static void find_some(const struct product_ids *ids, const struct slice *texts, size_t n, uint32_t *out) {
    uint64_t hashes[AHEAD];
    for (size_t i = 0; i < n; i++) {
        hashes[i] = hash64(texts[i]);
        __builtin_prefetch(&ids->slots[hashes[i] & ids->mask]);
    }
    for (size_t i = 0; i < n; i++) __builtin_prefetch(ids->texts + ids->slots[hashes[i] & ids->mask].text);
    for (size_t i = 0; i < n; i++) out[i] = find(ids, hashes[i], texts[i]);
}

void product_ids_find(const struct product_ids *ids, const struct slice *texts, size_t n, uint32_t *out) {
    for (size_t done = 0; done < n; done += AHEAD)
        find_some(ids, texts + done, n - done < AHEAD ? n - done : AHEAD, out + done);
}

struct slice product_ids_text(const struct product_ids *ids, uint32_t product) {
    return product <= ids->products ? text_at(ids, ids->text_of[product]) : SLICE("");
}
