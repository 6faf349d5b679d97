// Words against a plain reference that reads every text: random titles of Latin words, numbers and Han runs, random queries with typos,
// open ends, joined and split words and synonyms; after a load and after random puts and deletions.
#include "index_fixture.h"

#include "index/catalog.h"
#include "index/columns.h"
#include "index/highlight.h"
#include "index/product.h"
#include "index/spell.h"
#include "index/synonym.h"
#include "index/vocabulary.h"
#include "index/words.h"

enum { PRODUCTS = 250, TEXT_WORDS = 128, QUERIES = 4000, RULES = 12 };

static uint64_t seed = 0x5eed;
static unsigned draw(unsigned n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

// ---- random texts ---------------------------------------------------------------------------------------------------------
static const char *const han[] = {"机", "油", "滤", "清", "器", "刹", "车", "片"};

static void random_word(struct buf *b) {
    switch (draw(9)) {
    case 8: buf_printf(b, "bacsac"); break; // common
    case 0: buf_printf(b, "%u", draw(40)); break;
    case 1: buf_printf(b, "w%u", draw(400)); break;
    case 2:
    case 3:
        for (unsigned n = 1 + draw(draw(3) ? 3 : 6); n; n--) buf_printf(b, "%s", han[draw(8)]);
        break;
    default:
        for (unsigned n = 1 + draw(9); n; n--) buf_char(b, "abcs"[draw(4)]);
        break;
    }
}

static struct slice random_text(struct arena *a, unsigned words) {
    static const char *const between[] = {" ", " ", "-", " / ", ""};
    struct buf b;
    buf_init(&b, a, 64);
    for (unsigned i = 0; i < words; i++) {
        if (i) buf_printf(&b, "%s", between[draw(5)]);
        random_word(&b);
    }
    return buf_slice(&b);
}

// ---- the reference ----------------------------------------------------------------------------------------------------------
struct piece { struct slice s; bool han; };
struct text { unsigned count; struct piece pieces[TEXT_WORDS]; };
struct item { uint32_t id; struct text texts[3]; };
struct world { struct fixture *f; unsigned count; struct item items[PRODUCTS + 50]; struct synonym_rule rules[RULES]; unsigned rule_count; };

static bool is_han(const char *p) { return (uint8_t)*p >= 0x80; }
static bool is_word(const char *p) { return (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9'); }

static struct text cut(struct slice folded) {
    struct text t = {0};
    for (size_t i = 0; i < folded.n;) {
        size_t from = i;
        while (i < folded.n && is_han(folded.p + i)) i++;
        bool chinese = i > from;
        while (!chinese && i < folded.n && is_word(folded.p + i)) i++;
        if (i > from) t.pieces[t.count++] = (struct piece){slice_of(folded.p + from, i - from), chinese};
        else i++;
        assert_true(t.count < TEXT_WORDS);
    }
    return t;
}

static struct text cut_text(struct fixture *f, struct slice s) {
    struct slice folded;
    assert_int_equal(text_fold(&f->arena, s, &folded), ERR_OK);
    return cut(folded);
}

static void world_read(struct world *w) {
    w->count = 0;
    for (uint32_t id = 1; id <= columns_products(w->f->view); id++) {
        struct product p;
        if (columns_facts(w->f->view, id)->flags & FACT_DELETED) continue;
        assert_int_equal(product_load(w->f->view, id, &p), ERR_OK);
        struct item *item = &w->items[w->count++];
        item->id = id;
        item->texts[0] = cut_text(w->f, p.title);
        item->texts[1] = cut_text(w->f, p.title_zh);
        item->texts[2] = cut_text(w->f, p.brand);
    }
}

static bool has_digit(struct slice s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9') return true;
    return false;
}

typedef bool (*test_fn)(struct slice word, struct slice wanted);
static bool equal(struct slice word, struct slice wanted) { return slice_eq(word, wanted); }
static bool longer(struct slice word, struct slice wanted) { return word.n > wanted.n && slice_starts(word, wanted); }

static bool item_word(const struct item *item, struct slice wanted, test_fn test) {
    for (unsigned t = 0; t < 3; t++)
        for (unsigned i = 0; i < item->texts[t].count; i++)
            if (!item->texts[t].pieces[i].han && test(item->texts[t].pieces[i].s, wanted)) return true;
    return false;
}

static bool item_run(const struct item *item, struct slice wanted) {
    for (unsigned t = 0; t < 3; t++)
        for (unsigned i = 0; i < item->texts[t].count; i++) {
            struct piece p = item->texts[t].pieces[i];
            if (p.han && memmem(p.s.p, p.s.n, wanted.p, wanted.n)) return true;
        }
    return false;
}

static bool item_joined(const struct item *item, struct slice wanted) {
    if (wanted.n > (has_digit(wanted) ? 10u : 24u)) return false;
    for (unsigned t = 0; t < 3; t++)
        for (unsigned i = 1; i < item->texts[t].count; i++) {
            struct piece a = item->texts[t].pieces[i - 1], b = item->texts[t].pieces[i];
            if (!a.han && !b.han && a.s.n + b.s.n == wanted.n && slice_starts(wanted, a.s) && slice_ends(wanted, b.s)) return true;
        }
    return false;
}

static bool item_piece(const struct item *item, struct piece p) { return p.han ? item_run(item, p.s) : item_word(item, p.s, equal); }

// Damerau and Levenshtein's distance, as the textbook has it (optimal string alignment).
static unsigned distance(struct slice a, struct slice b) {
    unsigned d[40][40];
    assert_true(a.n < 40 && b.n < 40);
    for (size_t i = 0; i <= a.n; i++) d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= b.n; j++) d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++)
        for (size_t j = 1; j <= b.n; j++) {
            unsigned best = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < best) best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[a.n][b.n];
}

static unsigned allowed(struct slice q) { return q.n > 32 || has_digit(q) ? 0 : q.n >= 8 ? 2 : q.n >= 4 ? 1 : 0; }

static unsigned typo_cost(struct slice q, struct slice word) { // 1000: none
    if (word.n < 3 || word.n > 32 || has_digit(word)) return 1000;
    unsigned d = distance(q, word);
    return d > allowed(q) ? 1000 : d * 2 + (q.p[0] != word.p[0]);
}

static bool near_beginning(struct slice q, struct slice word) {
    if (q.n < 4 || q.n > 32 || has_digit(q) || word.p[0] != q.p[0]) return false;
    for (size_t n = 1; n <= word.n && !has_digit(slice_of(word.p, n)) && n <= 32; n++)
        if (distance(q, slice_of(word.p, n)) <= 1) return true;
    return false;
}

struct query { struct text t; bool open; };

static void lower(uint8_t *best, uint8_t tier, bool has) {
    if (has && tier < *best) *best = tier;
}

// The query's end written as one from word `from` on, when that is two or three words and covers word `at`; else empty.
static struct slice joined_end(const struct query *q, unsigned from, unsigned at) {
    static char space[200];
    size_t n = 0;
    bool covers = false;
    if (from + 3 < q->t.count) return SLICE_NONE;
    for (unsigned i = from; i < q->t.count; i++) {
        if (q->t.pieces[i].han) return SLICE_NONE;
        memcpy(space + n, q->t.pieces[i].s.p, q->t.pieces[i].s.n);
        n += q->t.pieces[i].s.n;
        covers |= slice_eq(q->t.pieces[i].s, q->t.pieces[at].s);
        if (n >= 64) return SLICE_NONE;
    }
    return covers ? slice_of(space, n) : SLICE_NONE;
}

// The best tier of one word for one product by everything but typos; *known: some product has it in some way.
static uint8_t word_tier_of(const struct query *q, unsigned at, const struct item *item, bool *sure) {
    struct slice s = q->t.pieces[at].s;
    uint8_t best = 0xFF;
    bool open = q->open && slice_eq(s, q->t.pieces[q->t.count - 1].s);
    lower(&best, 0, item_word(item, s, equal));
    if (s.n >= 3 && s.n <= 32 && !has_digit(s)) {
        char space[40];
        memcpy(space, s.p, s.n);
        memcpy(space + s.n, "es", 2);
        lower(&best, 1, item_word(item, slice_of(space, s.n + 2), equal));
        space[s.n] = 's';
        lower(&best, 1, item_word(item, slice_of(space, s.n + 1), equal));
        lower(&best, 1, s.n >= 4 && slice_ends(s, SLICE("s")) && item_word(item, slice_of(s.p, s.n - 1), equal));
        lower(&best, 1, s.n >= 5 && slice_ends(s, SLICE("es")) && item_word(item, slice_of(s.p, s.n - 2), equal));
    }
    lower(&best, 1, item_joined(item, s));
    for (unsigned from = 0; from < q->t.count; from++) { // written as one in the title
        char space[128];
        size_t n = 0;
        bool covers = false;
        for (unsigned i = from; i < q->t.count && i < from + 3 && !q->t.pieces[i].han; i++) {
            memcpy(space + n, q->t.pieces[i].s.p, q->t.pieces[i].s.n);
            n += q->t.pieces[i].s.n;
            covers |= slice_eq(q->t.pieces[i].s, s);
            if (n >= 64) break;
            if (i == from || !covers) continue;
            lower(&best, 1, item_word(item, slice_of(space, n), equal));
        }
    }
    *sure |= best != 0xFF;
    lower(&best, 1, open && item_word(item, s, longer));
    for (unsigned from = 0; q->open && from + 1 < q->t.count; from++) {
        struct slice joined = joined_end(q, from, at);
        lower(&best, 1, joined.n && item_word(item, joined, longer));
    }
    return best;
}

static unsigned products_with(const struct world *w, struct slice s, test_fn test) {
    unsigned n = 0;
    for (unsigned k = 0; k < w->count; k++) n += item_word(&w->items[k], s, test);
    return n;
}

// Products under the lists that are read for a beginning, a product as often as it is listed.
static unsigned begun_by(const struct world *w, struct slice s) {
    char space[80];
    if (s.n <= 4 || (s.n % 2 == 0 && s.n <= 32)) return products_with(w, s, longer);
    unsigned n = 0;
    memcpy(space, s.p, s.n);
    for (const char *c = "abcsw0123456789"; *c; c++) {
        space[s.n] = *c;
        n += products_with(w, slice_of(space, s.n + 1), equal) + products_with(w, slice_of(space, s.n + 1), longer);
    }
    return n;
}

static uint8_t run_tier_of(const struct world *w, struct slice run, const struct item *item) {
    if (item_run(item, run)) return 0;
    size_t from = 0;
    bool all = true;
    for (size_t i = 0; i + 3 < run.n; i += 3) {
        bool known = false;
        for (unsigned k = 0; k < w->count && !known; k++) known = item_run(&w->items[k], slice_of(run.p + i, 6));
        if (known) continue;
        all = all && item_run(item, slice_of(run.p + from, i + 3 - from));
        from = i + 3;
    }
    return from && all && item_run(item, slice_of(run.p + from, run.n - from)) ? 1 : 0xFF;
}

// `from` as it stands among the query's words and covers word `at`.
static bool stands(struct world *w, const struct query *q, unsigned at, struct slice phrase) {
    struct text p = cut_text(w->f, phrase);
    for (unsigned from = 0; from + p.count <= q->t.count; from++) {
        bool same = p.count > 0, covers = false;
        for (unsigned i = 0; i < p.count && same; i++) {
            same = slice_eq(p.pieces[i].s, q->t.pieces[from + i].s);
            covers |= slice_eq(p.pieces[i].s, q->t.pieces[at].s);
        }
        if (same && covers) return true;
    }
    return false;
}

static bool phrase_equal(struct world *w, struct slice a, struct slice b) {
    struct text x = cut_text(w->f, a), y = cut_text(w->f, b);
    bool same = x.count == y.count;
    for (unsigned i = 0; i < x.count && same; i++) same = slice_eq(x.pieces[i].s, y.pieces[i].s);
    return same;
}

static bool item_phrase(struct world *w, const struct item *item, struct slice phrase) {
    struct text p = cut_text(w->f, phrase);
    for (unsigned i = 0; i < p.count; i++)
        if (!item_piece(item, p.pieces[i])) return false;
    return true;
}

// Pieces each known somewhere, if not in one product: then no typo is tried. Of a run its pairs count.
static bool phrase_known(struct world *w, struct slice phrase) {
    struct text p = cut_text(w->f, phrase);
    for (unsigned i = 0; i < p.count; i++) {
        struct piece piece = p.pieces[i];
        for (size_t at = 0; at == 0 || (piece.han && at + 3 < piece.s.n); at += 3) {
            struct piece part = piece;
            if (piece.han && piece.s.n > 6) part.s = slice_of(piece.s.p + at, 6);
            bool known = false;
            for (unsigned k = 0; k < w->count && !known; k++) known = item_piece(&w->items[k], part);
            if (!known) return false;
        }
    }
    return true;
}

// By synonyms; item NULL: whether any applies at all.
static bool by_synonym(struct world *w, const struct query *q, unsigned at, const struct item *item) {
    for (unsigned r = 0; r < w->rule_count; r++) {
        const struct synonym_rule *rule = &w->rules[r];
        for (unsigned i = 0; i < (rule->from.n ? 1 : rule->phrase_count); i++) {
            struct slice from = rule->from.n ? rule->from : rule->phrases[i];
            if (!stands(w, q, at, from)) continue;
            for (unsigned k = 0; k < rule->phrase_count; k++) {
                if (phrase_equal(w, rule->phrases[k], from) || !phrase_known(w, rule->phrases[k])) continue;
                if (!item || item_phrase(w, item, rule->phrases[k])) return true;
            }
        }
    }
    return false;
}

struct typos { unsigned cost; bool whole, beginnings; };

static struct typos typos_of(const struct world *w, const struct query *q, unsigned at) {
    struct slice s = q->t.pieces[at].s;
    struct typos t = {1000, false, false};
    bool open = q->open && slice_eq(s, q->t.pieces[q->t.count - 1].s);
    for (unsigned k = 0; k < w->count; k++)
        for (unsigned x = 0; x < 3; x++)
            for (unsigned i = 0; i < w->items[k].texts[x].count; i++) {
                struct piece p = w->items[k].texts[x].pieces[i];
                if (p.han) continue;
                unsigned cost = typo_cost(s, p.s);
                if (cost < t.cost) t.cost = cost;
                t.beginnings |= open && near_beginning(s, p.s);
            }
    t.whole = t.cost < 1000 && !(t.beginnings && t.cost > 2);
    return t;
}

static bool item_typo(const struct item *item, struct slice s, const struct typos *t) {
    for (unsigned x = 0; x < 3; x++)
        for (unsigned i = 0; i < item->texts[x].count; i++) {
            struct piece p = item->texts[x].pieces[i];
            if (p.han) continue;
            if (t->whole && typo_cost(s, p.s) == t->cost) return true;
            if (t->beginnings && near_beginning(s, p.s)) return true;
        }
    return false;
}

// A word one edit away, the first letter kept, that ten times as many products have as words that begin so.
static bool item_common(const struct world *w, const struct item *item, struct slice s, unsigned begun) {
    for (unsigned x = 0; x < 3; x++)
        for (unsigned i = 0; i < item->texts[x].count; i++) {
            struct piece p = item->texts[x].pieces[i];
            if (!p.han && typo_cost(s, p.s) == 2 && products_with(w, p.s, equal) >= 10 * begun) return true;
        }
    return false;
}

static void reference(struct world *w, const struct query *q, uint8_t *tiers) {
    memset(tiers, q->t.count ? 0 : 0xFF, w->count);
    for (unsigned at = 0; at < q->t.count; at++) {
        struct piece p = q->t.pieces[at];
        uint8_t best[PRODUCTS + 50];
        bool known = by_synonym(w, q, at, NULL), sure = known;
        for (unsigned k = 0; k < w->count; k++) {
            best[k] = p.han ? run_tier_of(w, p.s, &w->items[k]) : word_tier_of(q, at, &w->items[k], &sure);
            lower(&best[k], 1, by_synonym(w, q, at, &w->items[k]));
            known |= best[k] != 0xFF;
        }
        if (known && !sure && q->open && slice_eq(p.s, q->t.pieces[q->t.count - 1].s)) {
            unsigned begun = begun_by(w, p.s);
            for (unsigned from = 0; from + 1 < q->t.count; from++) {
                struct slice joined = joined_end(q, from, at);
                if (joined.n) begun += begun_by(w, arena_copy(&w->f->arena, joined));
            }
            for (unsigned k = 0; k < w->count; k++) lower(&best[k], 2, item_common(w, &w->items[k], p.s, begun));
        }
        if (!known && !p.han) {
            struct typos t = typos_of(w, q, at);
            for (unsigned k = 0; k < w->count; k++) lower(&best[k], 2, item_typo(&w->items[k], p.s, &t));
        }
        for (unsigned k = 0; k < w->count; k++)
            if (best[k] > tiers[k]) tiers[k] = best[k];
    }
}

// ---- queries ----------------------------------------------------------------------------------------------------------------
static void misspell(struct buf *b) {
    size_t at = draw((unsigned)b->n);
    if (is_han(b->p) || b->n < 2) return;
    switch (draw(4)) {
    case 0: b->p[at] = "abcs"[draw(4)]; break;
    case 1: memmove(b->p + at, b->p + at + 1, b->n - at - 1); b->n--; break;
    case 2: buf_char(b, "abcs"[draw(4)]); break;
    default:
        if (at + 1 == b->n) at--;
        char c = b->p[at];
        b->p[at] = b->p[at + 1];
        b->p[at + 1] = c;
    }
}

static struct slice random_query(struct world *w) {
    struct buf b;
    buf_init(&b, &w->f->arena, 64);
    for (unsigned n = 1 + draw(3), i = 0; i < n; i++) {
        const struct text *t = &w->items[draw(w->count)].texts[draw(2)];
        if (i && draw(5)) buf_char(&b, ' ');
        if (t->count && draw(6)) {
            struct piece p = t->pieces[draw(t->count)];
            struct buf word;
            buf_init(&word, &w->f->arena, 64);
            buf_slice_put(&word, p.s);
            if (p.han && draw(2)) word.n -= draw((unsigned)word.n / 3) * 3;
            for (unsigned k = draw(3); k; k--) misspell(&word);
            if (!p.han && word.n > 2 && draw(3) == 0) word.n -= 1 + draw((unsigned)word.n - 2);
            buf_slice_put(&b, buf_slice(&word));
        } else {
            random_word(&b);
        }
    }
    return buf_slice(&b);
}

static unsigned compare(struct world *w, struct slice q, bool open) {
    static uint8_t expected[PRODUCTS + 50];
    struct view *v = w->f->view;
    struct slice folded;
    struct word_query *plan;
    uint32_t *products;
    uint8_t *tiers;
    unsigned count, at = 0, universe = 0;
    assert_int_equal(text_fold(&w->f->arena, q, &folded), ERR_OK);
    struct query query = {cut(folded), open};
    if (query.t.count && query.t.pieces[query.t.count - 1].han) query.open = false;
    reference(w, &query, expected);
    assert_int_equal(words_prepare(v, &folded, 1, open, &plan), ERR_OK);
    assert_int_equal(words_find(v, plan, &products, &tiers, &count), ERR_OK);
    uint32_t some[PRODUCTS + 50];
    uint8_t filtered[PRODUCTS + 50], wanted[PRODUCTS + 50];
    for (unsigned k = 0; k < w->count; k++) {
        uint8_t got = at < count && products[at] == w->items[k].id ? tiers[at++] : 0xFF;
        if (got != expected[k])
            fail_msg("'%.*s'%s: product %u has tier %u, expected %u", SLICE_ARGS(q), open ? " open" : "", w->items[k].id, got, expected[k]);
        if (draw(3)) continue;
        some[universe] = w->items[k].id;
        wanted[universe++] = query.t.count ? expected[k] : 0;
    }
    assert_int_equal(at, count);
    assert_int_equal(words_filter(v, plan, some, universe, filtered), ERR_OK);
    assert_memory_equal(filtered, wanted, universe);
    return count;
}

// The texts and rules live in the arena.
static void world_again(struct world *w) {
    arena_reset(&w->f->arena);
    fixture_refresh(w->f);
    world_read(w);
    for (unsigned r = 0; r < w->rule_count; r++)
        assert_int_equal(synonym_get(w->f->view, arena_printf(&w->f->arena, "r%u", r), &w->rules[r]), ERR_OK);
}

static void compare_many(struct world *w, unsigned queries) {
    unsigned found = 0;
    world_read(w);
    for (unsigned i = 0; i < queries; i++) {
        bool open = draw(2);
        struct slice q = random_query(w);
        unsigned n = compare(w, q, open);
        found += n > 0;
        if (i % 20 == 19) world_again(w);
    }
    assert_true(found > queries / 4); // the queries are about something
}

// ---- the catalogue ------------------------------------------------------------------------------------------------------------
static struct product_doc random_doc(struct arena *a, unsigned i) {
    return (struct product_doc){.id = arena_printf(a, "p%u", i), .brand = i % 3 ? SLICE("Acab") : SLICE("Bass Cab"), .number = arena_printf(a, "N-%u", i),
                                .type = SLICE("oil_filter"), .title = random_text(a, 1 + draw(6)), .title_zh = random_text(a, draw(6)),
                                .cny_fen = -1, .usd_cents = -1};
}

static void catalogue_load(struct fixture *f) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    struct catalog_load_options options = {.rebuild = true};
    const char *dir = fixture_fact(f, "types.tsv",
                                   "id\tkind\tname\tname_zh\tsynonyms\tsynonyms_zh\tpcdb\tinterval_km\tinterval_months\tpositions\tattributes\tparent\n"
                                   "oil_filter\tpart\tOil Filter\t机油滤清器\t\t\t\t10000\t12\t\t\tfilters\n");
    if (vocabulary_load(f->db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(catalog_loader_new(f->db, &options, &l), ERR_OK);
    for (unsigned i = 0; i < PRODUCTS; i++) {
        struct product_doc d = random_doc(&f->arena, i);
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(f);
}

static void change_some(struct fixture *f) {
    struct txn *t;
    struct fault why = {0};
    struct arena scratch;
    arena_init(&scratch, 1 << 16, 64 << 20);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    for (unsigned i = 0; i < 120; i++) {
        uint32_t id;
        arena_reset(&scratch);
        struct product_doc d = random_doc(&scratch, draw(PRODUCTS + 40));
        if (draw(3)) assert_int_equal(catalog_put(t, &scratch, &d, &id, &why), ERR_OK);
        else (void)catalog_delete(t, &scratch, d.id);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    arena_destroy(&scratch);
    fixture_refresh(f);
}

static void rules_put(struct world *w) {
    struct fixture *f = w->f;
    struct txn *t;
    struct fault why = {0};
    struct arena scratch;
    arena_init(&scratch, 1 << 16, 64 << 20);
    assert_int_equal(txn_begin(f->db, &t, &why), ERR_OK);
    for (unsigned r = 0; r < RULES; r++) {
        arena_reset(&scratch);
        struct synonym_rule *rule = &w->rules[r];
        *rule = (struct synonym_rule){.id = arena_printf(&f->arena, "r%u", r), .phrases = ARENA_ARRAY(&f->arena, struct slice, 4)};
        if (r % 2) rule->from = random_text(&f->arena, 1 + draw(2));
        for (unsigned i = 0; i < 2 + r % 2; i++) rule->phrases[rule->phrase_count++] = random_text(&f->arena, 1 + draw(2));
        assert_int_equal(synonym_put(t, &scratch, rule, &why), ERR_OK);
    }
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    w->rule_count = RULES;
    arena_destroy(&scratch);
    fixture_refresh(f);
}

static void test_random(void **state) {
    struct fixture *f = *state;
    struct world *w = calloc(1, sizeof *w);
    w->f = f;
    compare_many(w, QUERIES);
    for (unsigned round = 0; round < 4; round++) {
        change_some(f);
        compare_many(w, QUERIES / 8);
    }
    rules_put(w);
    // queries that hold the rules' phrases
    world_read(w);
    for (unsigned i = 0; i < 600; i++) {
        const struct synonym_rule *rule = &w->rules[draw(RULES)];
        struct slice phrase = rule->from.n && draw(2) ? rule->from : rule->phrases[draw(rule->phrase_count)];
        struct slice more = draw(3) ? SLICE("") : random_query(w);
        compare(w, arena_printf(&f->arena, "%.*s %.*s", SLICE_ARGS(phrase), SLICE_ARGS(more)), draw(2));
        if (i % 20 == 19) world_again(w);
    }
    free(w);
}

// ---- what is said and what is refused -----------------------------------------------------------------------------------------
static void test_bounds(void **state) {
    struct fixture *f = *state;
    struct word_query *q;
    uint32_t *products;
    uint8_t *tiers;
    unsigned count;
    static char text[10240];
    memset(text, 'a', sizeof text);
    struct slice one = slice_of(text, sizeof text); // one letter repeated: a word nobody has
    assert_int_equal(words_prepare(f->view, &one, 1, true, &q), ERR_OK);
    assert_int_equal(words_find(f->view, q, &products, &tiers, &count), ERR_OK);
    assert_int_equal(count, 0);
    struct buf b;
    buf_init(&b, &f->arena, 8192);
    for (unsigned i = 0; i < 1000; i++) buf_printf(&b, "x%u ", i);
    struct slice many = buf_slice(&b);
    assert_int_equal(words_prepare(f->view, &many, 1, true, &q), ERR_TOO_LARGE);
    buf_clear(&b);
    for (unsigned i = 0; i < 200; i++) buf_printf(&b, "a ");
    struct slice same = buf_slice(&b);
    assert_int_equal(words_prepare(f->view, &same, 1, true, &q), ERR_OK);
    buf_clear(&b);
    for (unsigned i = 0; i < 3000; i++) buf_printf(&b, "机");
    struct slice run = buf_slice(&b);
    assert_int_equal(words_prepare(f->view, &run, 1, true, &q), ERR_TOO_LARGE);
    assert_int_equal(words_prepare(f->view, NULL, 0, true, &q), ERR_OK);
    assert_int_equal(words_find(f->view, q, &products, &tiers, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static int setup(void **state) {
    catalogue_load(fixture_begin(state));
    return 0;
}

int main(void) {
    const char *given = getenv("RIGHTFIT_TEST_SEED");
    if (given) seed = strtoull(given, NULL, 0);
    print_message("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_bounds)};
    return cmocka_run_group_tests(tests, setup, fixture_end);
}
