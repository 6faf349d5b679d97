#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data-tools/lint.h"
#include "data-tools/lint_ids.h"

#define NOTE(text) {SLICE(text), SLICE(text)}

static void add(struct lint *l, const struct lint_row *row) { assert_int_equal(lint_add(l, row), ERR_OK); }

static const struct lint_finding *only(const struct lint *l, enum lint_check check) {
    size_t n;
    const struct lint_finding *f = lint_findings(l, &n), *found = NULL;
    for (size_t i = 0; i < n; i++) {
        if (f[i].check != check) continue;
        assert_null(found);
        found = &f[i];
    }
    assert_non_null(found);
    return found;
}

static void expect_message(const struct lint *l, enum lint_check check, const char *text) {
    struct buf b;
    buf_init(&b, NULL, 64);
    lint_message(l, only(l, check), &b);
    buf_char(&b, 0);
    assert_string_equal(b.p, text);
    buf_free(&b);
}

static struct lint_row row_of(uint64_t line, const char *vehicle, const char *part) {
    return (struct lint_row){.line = line, .vehicle = slice_str(vehicle), .type = SLICE("PartType 6832"), .part = slice_str(part),
                             .quantity = 1};
}

// ---- single cases ---------------------------------------------------------------------------------------------------
static void groups_and_their_messages(void **state) {
    (void)state;
    const struct lint_attribute body[] = {{SLICE("SubModel"), SLICE("20")}, {SLICE("BodyType"), SLICE("5")}};
    const struct lint_attribute turned[] = {{SLICE("BodyType"), SLICE("5")}, {SLICE("SubModel"), SLICE("20")}};
    const struct lint_qualifier note[] = {NOTE("Carbon  version"), NOTE("LHD")}, other[] = {
        NOTE("lhd"), NOTE(" carbon version "), NOTE("LHD")};
    struct lint *l = lint_new();
    struct lint_row a = row_of(40, "BaseVehicle 1", "P1"), b = row_of(10, "BaseVehicle 1", "P2");
    a.attributes = body, a.attribute_count = 2, a.qualifiers = note, a.qualifier_count = 2;
    b.attributes = turned, b.attribute_count = 2, b.qualifiers = other, b.qualifier_count = 3;
    add(l, &a);
    add(l, &b);
    struct lint_row c = row_of(20, "BaseVehicle 1", "P3");
    add(l, &c);
    assert_int_equal(lint_finish(l), ERR_OK);
    const struct lint_finding *overlap = only(l, LINT_OVERLAP);
    assert_int_equal(overlap->count, 2);
    assert_int_equal(lint_line(l, overlap, 0), 10);
    assert_int_equal(lint_line(l, overlap, 1), 40);
    assert_int_equal(only(l, LINT_COMMENT_NO_COMMENT)->count, 3);
    expect_message(l, LINT_OVERLAP, "BaseVehicle 1, PartType 6832, BodyType=5, SubModel=20, \"Carbon  version, LHD\": P2, P1");
    expect_message(l, LINT_COMMENT_NO_COMMENT,
                   "BaseVehicle 1, PartType 6832: P3 for all of them, but P2, BodyType=5, SubModel=20, \"Carbon  version, LHD\"");
    assert_int_equal(lint_total(l, LINT_DUPLICATE).groups, 0);
    lint_free(l);
}

static void duplicates_and_quantities(void **state) {
    (void)state;
    struct lint *l = lint_new();
    struct lint_row a = row_of(1, "BaseVehicle 1", "P1"), b = row_of(2, "BaseVehicle 1", "P1"), c = row_of(3, "BaseVehicle 1", "P1");
    c.quantity = 2;
    add(l, &a);
    add(l, &b);
    add(l, &c);
    assert_int_equal(lint_finish(l), ERR_OK);
    expect_message(l, LINT_DUPLICATE, "BaseVehicle 1, PartType 6832: P1 2 times");
    expect_message(l, LINT_QUANTITY_CONFLICT, "BaseVehicle 1, PartType 6832: P1 in quantities 1, 2");
    assert_int_equal(lint_total(l, LINT_OVERLAP).groups, 0);
    lint_free(l);
}

static void years_meet_or_do_not(void **state) {
    (void)state;
    static const struct { unsigned from, to; const char *part; } ROWS[] = {
        {2000, 2005, "P1"}, {2006, 2009, "P2"}, {2009, 2012, "P3"}, {2012, 2015, "P3"}, {2020, 2020, "P4"}};
    struct lint *l = lint_new();
    for (unsigned i = 0; i < 5; i++) {
        struct lint_row r = row_of(i + 1, "Make 47", ROWS[i].part);
        r.year_from = ROWS[i].from;
        r.year_to = ROWS[i].to;
        add(l, &r);
    }
    assert_int_equal(lint_finish(l), ERR_OK);
    assert_int_equal(only(l, LINT_OVERLAP)->count, 3);
    assert_int_equal(lint_line(l, only(l, LINT_OVERLAP), 0), 2);
    expect_message(l, LINT_DUPLICATE, "2009-2012 Make 47, PartType 6832: P3 2 times");
    lint_free(l);
}

static void notes_of_one_subject_are_one_finding(void **state) {
    (void)state;
    struct lint *l = lint_new();
    assert_int_equal(lint_note(l, LINT_INVALID_BRAND, SLICE("AAAA"), 9), ERR_OK);
    assert_int_equal(lint_note(l, LINT_INVALID_BRAND, SLICE("QQQQ"), 7), ERR_OK);
    assert_int_equal(lint_note(l, LINT_INVALID_BRAND, SLICE("AAAA"), 3), ERR_OK);
    assert_int_equal(lint_finish(l), ERR_OK);
    size_t n;
    const struct lint_finding *f = lint_findings(l, &n);
    assert_int_equal(n, 2);
    assert_int_equal(f[0].count, 2);
    assert_int_equal(lint_line(l, &f[0], 0), 3);
    assert_int_equal(lint_line(l, &f[1], 0), 7);
    assert_int_equal(lint_total(l, LINT_INVALID_BRAND).rows, 3);
    lint_free(l);
}

static void too_much_is_refused(void **state) {
    (void)state;
    struct lint *l = lint_new();
    struct lint_qualifier notes[LINT_QUALIFIERS_MAX + 1] = {{{0}, {0}}};
    struct lint_row r = row_of(1, "BaseVehicle 1", "P1");
    r.qualifiers = notes;
    r.qualifier_count = LINT_QUALIFIERS_MAX + 1;
    assert_int_equal(lint_add(l, &r), ERR_TOO_LARGE);
    assert_int_equal(lint_finish(l), ERR_OK);
    lint_free(l);
}

// ---- against every pair of rows -------------------------------------------------------------------------------------
// The same semantics said slowly: rows are neighbours when their key is the same and their years meet; the groups are what hangs together;
// a group counts when two neighbours in it contradict each other.
enum { SMALL = 40 };
struct small { unsigned vehicle, type, position, label, attributes, notes, part, quantity, from, to; bool deletion; };

static bool same_place(const struct small *a, const struct small *b) {
    return a->vehicle == b->vehicle && a->type == b->type && a->position == b->position && a->label == b->label &&
           a->deletion == b->deletion;
}
static bool same_narrowing(const struct small *a, const struct small *b) { return a->attributes == b->attributes && a->notes == b->notes; }
static bool meet(const struct small *a, const struct small *b) { return a->from <= b->to && b->from <= a->to; }

static bool neighbours(enum lint_check check, const struct small *a, const struct small *b) {
    if (!same_place(a, b) || !meet(a, b)) return false;
    if (check == LINT_COMMENT_NO_COMMENT) return !a->deletion;
    if (!same_narrowing(a, b)) return false;
    if (check == LINT_OVERLAP) return !a->deletion;
    if (a->part != b->part) return false;
    return check == LINT_DUPLICATE ? a->quantity == b->quantity : !a->deletion;
}
static bool bare(const struct small *a) { return a->attributes == 0 && a->notes == 0; }
static bool contradict(enum lint_check check, const struct small *a, const struct small *b) {
    if (check == LINT_COMMENT_NO_COMMENT) return bare(a) != bare(b);
    if (check == LINT_OVERLAP) return a->part != b->part;
    if (check == LINT_QUANTITY_CONFLICT) return a->quantity != b->quantity;
    return true;
}

static unsigned root(const unsigned *up, unsigned i) { return up[i] == i ? i : root(up, up[i]); }

static struct lint_total slow(enum lint_check check, const struct small *rows, unsigned n) {
    unsigned up[SMALL];
    bool bad[SMALL] = {false};
    struct lint_total t = {0};
    for (unsigned i = 0; i < n; i++) up[i] = i;
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < i; k++)
            if (neighbours(check, &rows[i], &rows[k])) up[root(up, i)] = root(up, k);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < i; k++)
            if (neighbours(check, &rows[i], &rows[k]) && contradict(check, &rows[i], &rows[k])) bad[root(up, i)] = true;
    for (unsigned i = 0; i < n; i++) {
        t.groups += bad[i] && up[i] == i;
        t.rows += bad[root(up, i)];
    }
    return t;
}

static unsigned draw(uint64_t *seed, unsigned n) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33) % n;
}

static struct small small_draw(uint64_t *seed, bool years) {
    struct small s = {.vehicle = 1 + draw(seed, 3), .type = 1 + draw(seed, 2), .position = draw(seed, 2), .label = draw(seed, 2),
                      .attributes = draw(seed, 3), .notes = draw(seed, 3), .part = 1 + draw(seed, 3), .quantity = 1 + draw(seed, 2),
                      .deletion = draw(seed, 8) == 0};
    if (years) s.from = 2000 + draw(seed, 10);
    if (years) s.to = s.from + draw(seed, 4);
    return s;
}

static void small_add(struct lint *l, const struct small *s, unsigned line) {
    static const char *const TEXTS[] = {"", "one", "two", "three"};
    const struct lint_attribute a[] = {{SLICE("SubModel"), slice_str(TEXTS[s->attributes])}};
    const struct lint_qualifier q[] = {{slice_str(TEXTS[s->notes]), slice_str(TEXTS[s->notes])}};
    struct lint_row r = {.line = line, .vehicle = slice_str(TEXTS[s->vehicle]), .year_from = s->from, .year_to = s->to, .attributes = a,
                         .attribute_count = s->attributes > 0, .qualifiers = q, .qualifier_count = 1, .type = slice_str(TEXTS[s->type]),
                         .position = slice_str(TEXTS[s->position]), .label = slice_str(TEXTS[s->label]), .part = slice_str(TEXTS[s->part]),
                         .quantity = s->quantity, .deletion = s->deletion};
    add(l, &r);
}

static void as_slow_as_it_can_be(void **state) {
    (void)state;
    uint64_t seed = 20240607, found[LINT_QUANTITY_CONFLICT + 1] = {0};
    for (unsigned round = 0; round < 2000; round++) {
        struct small rows[SMALL];
        unsigned n = 2 + draw(&seed, SMALL - 1);
        struct lint *l = lint_new();
        for (unsigned i = 0; i < n; i++) {
            rows[i] = small_draw(&seed, round % 2);
            small_add(l, &rows[i], i + 1);
        }
        assert_int_equal(lint_finish(l), ERR_OK);
        for (enum lint_check c = LINT_DUPLICATE; c <= LINT_QUANTITY_CONFLICT; c++) {
            struct lint_total fast = lint_total(l, c), plain = slow(c, rows, n);
            if (fast.groups != plain.groups || fast.rows != plain.rows)
                fail_msg("round %u, %s: %llu groups, %llu rows; all pairs say %llu, %llu", round, lint_check_name(c),
                         (unsigned long long)fast.groups, (unsigned long long)fast.rows, (unsigned long long)plain.groups,
                         (unsigned long long)plain.rows);
            found[c] += plain.groups;
        }
        lint_free(l);
    }
    for (unsigned c = 0; c <= LINT_QUANTITY_CONFLICT; c++) assert_true(found[c] > 100);
}

// ---- ids ------------------------------------------------------------------------------------------------------------
static void use(struct lint_ids *ids, const char *element, uint64_t id, unsigned line) {
    char text[32];
    enum lint_id_state *s;
    snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    assert_int_equal(lint_ids_use(ids, slice_str(element), slice_str(text), line, &s), ERR_OK);
    if (*s == LINT_ID_UNSEEN) *s = LINT_ID_OPEN;
}

static void far_ids_are_suspicious(void **state) {
    (void)state;
    struct lint *l = lint_new();
    struct lint_ids *ids = lint_ids_new();
    for (unsigned i = 1; i <= 2000; i++) {
        use(ids, "BaseVehicle", 100 + i * 7, i);
        use(ids, "Position", i % 500 == 0 ? 22 : 1, i); // rare, but what is 22 beside 1?
        use(ids, "SubModel", i % 50 == 0 ? 900000 + i % 7 : 20, i); // far, but too often: another series of numbers
    }
    use(ids, "BaseVehicle", 588922, 3001);
    use(ids, "BaseVehicle", 588822, 3000);
    use(ids, "BaseVehicle", 588822, 3002);
    use(ids, "BaseVehicle", 20000, 3003); // newer than all others, as one car has to be
    use(ids, "Position", 341221, 3000);
    assert_int_equal(lint_ids_judge(ids, l), ERR_OK);
    assert_int_equal(lint_finish(l), ERR_OK);
    size_t n;
    const struct lint_finding *f = lint_findings(l, &n);
    assert_int_equal(n, 3);
    assert_int_equal(lint_total(l, LINT_SUSPICIOUS_ID).rows, 4);
    assert_int_equal(lint_line(l, &f[2], 0), 3001);
    lint_ids_free(ids);
    lint_free(l);
}

static void little_evidence_is_none(void **state) {
    (void)state;
    assert_false(lint_id_suspicious(0, 0, 588822));
    assert_false(lint_id_suspicious(5911, 2, 588822)); // two ids below say little
    assert_true(lint_id_suspicious(5911, 3, 588822));
    assert_true(lint_id_suspicious(1, 1, 341221));
    assert_false(lint_id_suspicious(140945, 4809, 300000));
    assert_false(lint_id_suspicious(140945, 4809, 140000));
}

static void checks_have_names(void **state) {
    (void)state;
    for (enum lint_check c = 0; c < LINT_CHECKS; c++) {
        assert_non_null(lint_check_name(c));
        assert_non_null(lint_check_meaning(c));
        for (enum lint_check k = 0; k < c; k++) assert_string_not_equal(lint_check_name(c), lint_check_name(k));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_and_their_messages),
        cmocka_unit_test(duplicates_and_quantities),
        cmocka_unit_test(years_meet_or_do_not),
        cmocka_unit_test(notes_of_one_subject_are_one_finding),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(as_slow_as_it_can_be),
        cmocka_unit_test(far_ids_are_suspicious),
        cmocka_unit_test(little_evidence_is_none),
        cmocka_unit_test(checks_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
