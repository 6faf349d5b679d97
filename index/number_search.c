#include "number_search.h"

#include <ctype.h>
#include <stdlib.h>

#include "assortment.h"
#include "base/limits.h"
#include "number_grams.h"

struct finder {
    struct view *view;
    const struct number_query *query;
    struct slice text, folded; // canonical; and with look-alikes folded, which may be the same
    char text_space[LIMIT_PART_NUMBER_BYTES + 1], folded_space[LIMIT_PART_NUMBER_BYTES];
    struct buf found;          // of struct number_found; in the arena until it is large
    bool truncated;
};

static bool brand_is_asked(const struct finder *f, uint32_t brand) {
    for (unsigned i = 0; i < f->query->brand_count; i++)
        if (f->query->brands[i] == brand) return true;
    return f->query->brand_count == 0;
}

// A beginning that a whole catalogue shares gives as many entries as it has numbers, before there is one for each product: more than
// a request's arena should hold.
#define FOUND_LARGE_BYTES (64 * 1024)

static void found_to_heap(struct finder *f) {
    struct buf heap;
    buf_init(&heap, NULL, 4 * FOUND_LARGE_BYTES);
    buf_slice_put(&heap, buf_slice(&f->found));
    f->found = heap;
}

static void found_add(struct finder *f, uint32_t product, uint32_t brand, uint16_t quantity, uint8_t relation, enum number_tier tier) {
    if (assortment_hides(f->view, product)) return;
    if (!brand_is_asked(f, brand) && !brand_is_asked(f, columns_facts(f->view, product)->brand)) return;
    struct number_found found = {product, brand, quantity, (uint8_t)tier, relation};
    if (f->found.arena && f->found.n > FOUND_LARGE_BYTES) found_to_heap(f);
    buf_put(&f->found, &found, sizeof found);
}

static struct number_found *found_list(const struct finder *f, unsigned *count) {
    *count = (unsigned)(f->found.n / sizeof(struct number_found));
    return (struct number_found *)(void *)f->found.p;
}

// ---- whole numbers and beginnings -----------------------------------------------------------------------------------------------
// Records whose number is `number`, then, unless `whole`, those whose number begins with it.
static enum err records_find(struct finder *f, struct slice number, bool whole, enum number_tier own, enum number_tier other) {
    struct slice key, value, canonical;
    struct number_hit hit;
    struct db_cursor *c = db_cursor_begin(f->view->snapshot, TABLE_NUMBER);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, number, &key, &value);
    for (; e == ERR_OK && slice_starts(key, number); e = db_cursor_next(c, &key, &value)) {
        if (!number_record_read(key, value, &canonical, &hit)) e = ERR_DAMAGED;
        bool same = canonical.n == number.n;
        if (e != ERR_OK || (!same && whole)) break;
        if (hit.relation > NUMBER_SUPERSEDED_BY) continue;
        enum number_tier tier = !same ? NUMBER_PREFIX : hit.relation == NUMBER_OWN ? own : other;
        found_add(f, hit.product, hit.brand, hit.quantity, hit.relation, tier);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

static bool same_spelling(struct slice a, struct slice b) {
    a = slice_trim(a);
    b = slice_trim(b);
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (tolower((unsigned char)a.p[i]) != tolower((unsigned char)b.p[i])) return false;
    return true;
}

// Which of the own numbers are spelt as the text is; only own numbers are CANONICAL.
static enum err spellings_compare(struct finder *f) {
    unsigned count;
    struct number_found *list = found_list(f, &count);
    for (unsigned i = 0; i < count; i++) {
        struct product_numbers numbers;
        if (list[i].tier != NUMBER_CANONICAL) continue;
        TRY(product_numbers_open(f->view, list[i].product, &numbers));
        if (same_spelling(numbers.own.number, f->query->text)) list[i].tier = NUMBER_EXACT;
    }
    return ERR_OK;
}

// ---- a product's numbers, read one by one ------------------------------------------------------------------------------------------
static bool is_lookalike(const struct finder *f, struct slice canonical) {
    char folded[LIMIT_PART_NUMBER_BYTES];
    if (canonical.n != f->text.n || slice_eq(canonical, f->text)) return false;
    number_lookalike(canonical, folded);
    return slice_eq(slice_of(folded, canonical.n), f->folded);
}

static bool is_inside(const struct finder *f, struct slice canonical) {
    return canonical.n > f->text.n && memmem(canonical.p + 1, canonical.n - 1, f->text.p, f->text.n) != NULL;
}

static enum err product_compare(struct finder *f, uint32_t product, enum number_tier tier) {
    struct product_numbers numbers;
    struct product_number n;
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    TRY(product_numbers_open(f->view, product, &numbers));
    while (product_numbers_next(&numbers, &n)) {
        struct slice number = slice_of(canonical, number_canonical(n.number, canonical, sizeof canonical));
        if (n.relation > NUMBER_SUPERSEDED_BY) continue;
        if (tier == NUMBER_LOOKALIKE ? is_lookalike(f, number) : is_inside(f, number))
            found_add(f, product, n.brand, n.quantity, (uint8_t)n.relation, tier);
    }
    return numbers.rest.bad ? ERR_DAMAGED : ERR_OK;
}

// ---- look-alikes -----------------------------------------------------------------------------------------------------------------
// A number is stored under its folded form only where that is another one; where it is not, it is the number itself.
static enum err lookalikes_find(struct finder *f) {
    struct posting p;
    if (!slice_eq(f->text, f->folded)) TRY(records_find(f, f->folded, true, NUMBER_LOOKALIKE, NUMBER_LOOKALIKE));
    struct slice token = posting_number_lookalike(f->view->arena, f->folded);
    if (!token.n) return ERR_NO_MEMORY;
    TRY(posting_open(f->view, token, &p));
    enum err e = ERR_OK;
    for (; p.product != UINT32_MAX && e == ERR_OK; posting_next(&p)) e = product_compare(f, p.product, NUMBER_LOOKALIKE);
    enum err closed = posting_close(&p);
    return e != ERR_OK ? e : closed;
}

// ---- one entry per product ---------------------------------------------------------------------------------------------------------
#define SORT_BITS 11
#define SORT_SMALL 256

static int compare_found(const void *x, const void *y) {
    const struct number_found *a = x, *b = y;
    if (a->product != b->product) return a->product < b->product ? -1 : 1;
    if (a->tier != b->tier) return a->tier < b->tier ? -1 : 1;
    if (a->relation != b->relation) return a->relation < b->relation ? -1 : 1;
    return (a->brand > b->brand) - (a->brand < b->brand);
}

// Many are sorted by product only.
static enum err found_sort(struct number_found *list, unsigned count) {
    if (count <= SORT_SMALL) {
        if (count) qsort(list, count, sizeof *list, compare_found);
        return ERR_OK;
    }
    struct number_found *space = malloc((size_t)count * sizeof *space), *from = list, *to = space;
    if (!space) return ERR_NO_MEMORY;
    for (unsigned shift = 0; shift < 32; shift += SORT_BITS) {
        uint32_t at[(1 << SORT_BITS) + 1] = {0};
        for (unsigned i = 0; i < count; i++) at[((from[i].product >> shift) & ((1 << SORT_BITS) - 1)) + 1]++;
        for (unsigned i = 1; i <= 1 << SORT_BITS; i++) at[i] += at[i - 1];
        for (unsigned i = 0; i < count; i++) to[at[(from[i].product >> shift) & ((1 << SORT_BITS) - 1)]++] = from[i];
        struct number_found *swap = from;
        from = to;
        to = swap;
    }
    if (from != list) memcpy(list, from, (size_t)count * sizeof *list);
    free(space);
    return ERR_OK;
}

// Ascending by product; of each product the best.
static enum err found_settle(struct finder *f) {
    unsigned count, kept = 0;
    struct number_found *list = found_list(f, &count);
    if (f->found.bad) return ERR_NO_MEMORY;
    TRY(found_sort(list, count));
    for (unsigned i = 0; i < count; i++) {
        if (kept == 0 || list[kept - 1].product != list[i].product) list[kept++] = list[i];
        else if (compare_found(&list[i], &list[kept - 1]) < 0) list[kept - 1] = list[i];
    }
    f->found.n = kept * sizeof *list;
    return ERR_OK;
}

// ---- pieces ------------------------------------------------------------------------------------------------------------------------
// Entries are ascending by product when this begins; it appends those of further products, ascending as well.
static enum err pieces_compare(struct finder *f, struct number_grams *g) {
    unsigned known, at = 0, compared = 0;
    bool proven = f->text.n == NUMBER_GRAM && f->query->brand_count == 0;
    found_list(f, &known);
    for (uint32_t product = 0; (product = number_grams_next(g, product)) != UINT32_MAX; product++) {
        const struct number_found *list = found_list(f, &(unsigned){0});
        if (assortment_hides(f->view, product)) continue;
        while (at < known && list[at].product < product) at++;
        if (at < known && list[at].product == product) continue;
        f->truncated = compared == NUMBER_COMPARED_MAX && !proven;
        if (f->truncated) break;
        if (proven && compared >= NUMBER_NAMED_MAX) found_add(f, product, 0, 1, 0, NUMBER_INFIX);
        else TRY(product_compare(f, product, NUMBER_INFIX));
        compared++;
        if (f->found.bad) return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

static enum err pieces_find(struct finder *f) {
    struct number_grams g;
    TRY(number_grams_open(f->view, f->text, &g));
    enum err e = pieces_compare(f, &g), closed = number_grams_close(&g);
    return e != ERR_OK ? e : closed;
}

static enum err find(struct finder *f) {
    bool beginnings = f->query->partial && f->text.n >= NUMBER_PREFIX_MIN;
    TRY(records_find(f, f->text, !beginnings, NUMBER_CANONICAL, NUMBER_CROSS));
    if (f->found.bad) return ERR_NO_MEMORY;
    TRY(spellings_compare(f));
    TRY(lookalikes_find(f));
    TRY(found_settle(f));
    if (f->query->partial && f->text.n >= NUMBER_INFIX_MIN) {
        TRY(pieces_find(f));
        TRY(found_settle(f));
    }
    return ERR_OK;
}

enum err number_find(struct view *v, const struct number_query *query, struct number_answer *out) {
    struct finder f = {.view = v, .query = query};
    *out = (struct number_answer){0};
    f.text = slice_of(f.text_space, number_canonical(query->text, f.text_space, sizeof f.text_space));
    if (f.text.n == 0) return ERR_OK;
    number_lookalike(f.text, f.folded_space);
    f.folded = slice_of(f.folded_space, f.text.n);
    buf_init(&f.found, v->arena, 32 * sizeof(struct number_found));
    enum err e = find(&f);
    const struct number_found *list = found_list(&f, &out->count);
    if (e == ERR_OK) out->list = arena_alloc(v->arena, (out->count + 1) * sizeof *list);
    if (out->list && out->count) memcpy(out->list, list, out->count * sizeof *list);
    out->truncated = f.truncated;
    buf_free(&f.found);
    return e == ERR_OK && !out->list ? ERR_NO_MEMORY : e;
}

enum err number_search(struct view *v, struct slice text, bool partial, struct number_found **out, unsigned *count) {
    struct number_query query = {.text = text, .partial = partial};
    struct number_answer answer;
    enum err e = number_find(v, &query, &answer);
    *out = answer.list;
    *count = answer.count;
    return e;
}

// ---- while it is being typed ---------------------------------------------------------------------------------------------------------
enum err number_begins(struct view *v, struct slice text, unsigned looks, struct number_found *out, unsigned max, unsigned *count) {
    char space[LIMIT_PART_NUMBER_BYTES + 1];
    struct slice begin = slice_of(space, number_canonical(text, space, sizeof space)), key, value, canonical;
    struct number_hit hit;
    *count = 0;
    if (begin.n < NUMBER_PREFIX_MIN || begin.n > LIMIT_PART_NUMBER_BYTES) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_NUMBER);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, begin, &key, &value);
    for (; e == ERR_OK && looks > 0 && *count < max && slice_starts(key, begin); looks--) {
        bool there = !number_record_read(key, value, &canonical, &hit);
        if (there) e = ERR_DAMAGED;
        else there = assortment_hides(v, hit.product);
        for (unsigned i = 0; i < *count && !there; i++) there = out[i].product == hit.product;
        uint8_t tier = canonical.n > begin.n ? NUMBER_PREFIX : hit.relation == NUMBER_OWN ? NUMBER_CANONICAL : NUMBER_CROSS;
        if (!there && hit.relation <= NUMBER_SUPERSEDED_BY)
            out[(*count)++] = (struct number_found){hit.product, hit.brand, hit.quantity, tier, hit.relation};
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// ---- whether there is one -----------------------------------------------------------------------------------------------------------
// Of what the request sees: found, not only known.
static enum err number_seen(struct view *v, struct slice text, bool *out) {
    struct number_found *list;
    unsigned count;
    TRY(number_search(v, text, false, &list, &count));
    *out = count > 0;
    return ERR_OK;
}

enum err number_known(struct view *v, struct slice text, bool *out) {
    char space[LIMIT_PART_NUMBER_BYTES + 1], folded_space[LIMIT_PART_NUMBER_BYTES];
    struct slice canonical = slice_of(space, number_canonical(text, space, sizeof space)), folded = slice_of(folded_space, canonical.n);
    struct number_hit hit;
    struct posting p;
    unsigned count;
    *out = false;
    if (canonical.n == 0) return ERR_OK;
    if (v->assortment) return number_seen(v, text, out);
    TRY(number_lookup(v, canonical, 1, &hit, &count));
    bool other = number_lookalike(canonical, folded_space);
    if (!count && other) TRY(number_lookup(v, folded, 1, &hit, &count));
    *out = count > 0;
    if (*out) return ERR_OK;
    struct slice token = posting_number_lookalike(v->arena, folded);
    if (!token.n) return ERR_NO_MEMORY;
    TRY(posting_open(v, token, &p));
    *out = p.product != UINT32_MAX;
    return posting_close(&p);
}
