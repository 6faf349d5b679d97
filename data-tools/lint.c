#include "lint.h"

#include <stdlib.h>

#include "index/interner.h"
#include "lint_group.h"

// A finding about one row, before those of one subject are brought together.
struct note { uint32_t check, subject, line; };

struct lint {
    struct interner texts; // id 0 is the empty text
    uint32_t *shown;       // by id of a set of qualifiers: the text for people; 0: not known
    size_t shown_count;
    struct buf scratch;
    struct lint_kept *rows;
    size_t row_count, row_capacity;
    struct note *notes;
    size_t note_count, note_capacity;
    struct lint_groups groups; // findings, and their members: indices of rows, or lines
    enum lint_severity severity[LINT_CHECKS];
};

struct lint *lint_new(void) {
    struct lint *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    interner_init(&l->texts);
    buf_init(&l->scratch, NULL, 256);
    for (enum lint_check c = 0; c < LINT_CHECKS; c++) l->severity[c] = lint_check_severity(c);
    if (interner_id(&l->texts, SLICE("")) == 0) return l;
    lint_free(l);
    return NULL;
}

void lint_free(struct lint *l) {
    if (!l) return;
    interner_destroy(&l->texts);
    buf_free(&l->scratch);
    free(l->shown);
    free(l->rows);
    free(l->notes);
    lint_groups_destroy(&l->groups);
    free(l);
}

void lint_set_severity(struct lint *l, enum lint_check check, enum lint_severity severity) { l->severity[check] = severity; }
enum lint_severity lint_severity(const struct lint *l, enum lint_check check) { return l->severity[check]; }

// ---- taking rows ----------------------------------------------------------------------------------------------------
static uint32_t clip(uint64_t n) { return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n; }
static uint16_t clip_year(unsigned year) { return year > UINT16_MAX ? UINT16_MAX : (uint16_t)year; }

static bool intern(struct lint *l, struct slice text, uint32_t *id) {
    *id = text.n ? interner_id(&l->texts, text) : 0;
    return *id != INTERNER_FULL;
}

static int compare_attributes(const void *a, const void *b) {
    const struct lint_attribute *x = a, *y = b;
    int order = slice_cmp(x->name, y->name);
    return order ? order : slice_cmp(x->value, y->value);
}

// "BodyType=5, SubModel=20", sorted, each once. 0x1F, which no XML text can contain, keeps "a=b, c" from being two.
static bool attributes_intern(struct lint *l, const struct lint_row *row, uint32_t *id) {
    struct lint_attribute sorted[LINT_ATTRIBUTES_MAX];
    unsigned n = row->attribute_count;
    buf_clear(&l->scratch);
    if (n) memcpy(sorted, row->attributes, n * sizeof *sorted);
    if (n > 1) qsort(sorted, n, sizeof *sorted, compare_attributes);
    for (unsigned i = 0; i < n; i++) {
        if (i && compare_attributes(&sorted[i - 1], &sorted[i]) == 0) continue;
        if (i) buf_char(&l->scratch, 0x1F);
        buf_slice_put(&l->scratch, sorted[i].name);
        buf_char(&l->scratch, '=');
        buf_slice_put(&l->scratch, sorted[i].value);
    }
    return !l->scratch.bad && intern(l, buf_slice(&l->scratch), id);
}

// Small letters, and one blank for any run of white space and control characters.
static void qualifier_fold(struct buf *out, struct slice text) {
    bool blank = false;
    text = slice_trim(text);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool white = c == ' ' || (unsigned char)c < ' ';
        if (!white) buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
        else if (!blank) buf_char(out, ' ');
        blank = white;
    }
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

// What people read for a set, as its first row says it.
static bool shown_keep(struct lint *l, const struct lint_row *row, uint32_t set) {
    if (set == 0 || (set < l->shown_count && l->shown[set])) return true;
    if (set >= l->shown_count) {
        size_t count = set + set / 2 + 1024;
        uint32_t *grown = realloc(l->shown, count * sizeof *grown);
        if (!grown) return false;
        memset(grown + l->shown_count, 0, (count - l->shown_count) * sizeof *grown);
        l->shown = grown;
        l->shown_count = count;
    }
    buf_clear(&l->scratch);
    for (unsigned i = 0; i < row->qualifier_count; i++) {
        if (l->scratch.n) buf_char(&l->scratch, 0x1F);
        buf_slice_put(&l->scratch, slice_trim(row->qualifiers[i].text));
    }
    return !l->scratch.bad && intern(l, buf_slice(&l->scratch), &l->shown[set]);
}

// The folded keys, each as an id, ascending.
static bool keys_intern(struct lint *l, const struct lint_row *row, uint32_t *ids, unsigned *count) {
    *count = 0;
    for (unsigned i = 0; i < row->qualifier_count; i++) {
        buf_clear(&l->scratch);
        qualifier_fold(&l->scratch, row->qualifiers[i].key);
        if (l->scratch.bad || !intern(l, buf_slice(&l->scratch), &ids[*count])) return false;
        if (ids[*count]) ++*count;
    }
    if (*count > 1) qsort(ids, *count, sizeof *ids, compare_ids);
    return true;
}

// The set as one text; it is ordered by the ids its texts were given, which is as good an order as any.
static bool qualifiers_intern(struct lint *l, const struct lint_row *row, uint32_t *id) {
    uint32_t ids[LINT_QUALIFIERS_MAX];
    unsigned n;
    *id = 0;
    if (!keys_intern(l, row, ids, &n)) return false;
    if (n == 0) return true;
    buf_clear(&l->scratch);
    for (unsigned i = 0; i < n; i++) {
        if (i && ids[i] == ids[i - 1]) continue;
        if (i) buf_char(&l->scratch, 0x1F);
        buf_slice_put(&l->scratch, interner_text(&l->texts, ids[i]));
    }
    return !l->scratch.bad && intern(l, buf_slice(&l->scratch), id) && shown_keep(l, row, *id);
}

// Room for one more of `size` bytes.
static bool array_room(void **array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return true;
    size_t wanted = *capacity ? *capacity + *capacity / 2 : 1024;
    void *grown = realloc(*array, wanted * size);
    if (!grown) return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

enum err lint_add(struct lint *l, const struct lint_row *row) {
    if (row->attribute_count > LINT_ATTRIBUTES_MAX || row->qualifier_count > LINT_QUALIFIERS_MAX) return ERR_TOO_LARGE;
    if (row->vehicle.n == 0 || row->type.n == 0 || row->part.n == 0) return ERR_OK;
    if (l->row_count >= UINT32_MAX || !array_room((void **)&l->rows, l->row_count, &l->row_capacity, sizeof *l->rows)) return ERR_NO_MEMORY;
    struct lint_kept *k = &l->rows[l->row_count];
    *k = (struct lint_kept){.quantity = clip(row->quantity), .line = clip(row->line), .deletion = row->deletion,
                            .year_from = clip_year(row->year_from), .year_to = clip_year(row->year_to)};
    bool ok = intern(l, row->vehicle, &k->vehicle) && intern(l, row->type, &k->type) && intern(l, row->position, &k->position) &&
              intern(l, row->label, &k->label) && intern(l, row->part, &k->part) && attributes_intern(l, row, &k->attributes) &&
              qualifiers_intern(l, row, &k->qualifiers);
    if (ok) l->row_count++;
    return ok ? ERR_OK : ERR_NO_MEMORY;
}

enum err lint_note(struct lint *l, enum lint_check check, struct slice subject, uint64_t line) {
    if (!array_room((void **)&l->notes, l->note_count, &l->note_capacity, sizeof *l->notes)) return ERR_NO_MEMORY;
    struct note *n = &l->notes[l->note_count];
    *n = (struct note){.check = check, .line = clip(line)};
    if (!intern(l, subject, &n->subject)) return ERR_NO_MEMORY;
    l->note_count++;
    return ERR_OK;
}

// ---- findings -------------------------------------------------------------------------------------------------------
static int compare_notes(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->check != y->check) return x->check < y->check ? -1 : 1;
    if (x->subject != y->subject) return x->subject < y->subject ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static enum err notes_gather(struct lint *l) {
    if (l->note_count > 1) qsort(l->notes, l->note_count, sizeof *l->notes, compare_notes);
    for (size_t i = 0, end; i < l->note_count; i = end) {
        const struct note *n = &l->notes[i];
        TRY(lint_groups_open(&l->groups, (enum lint_check)n->check, n->subject));
        for (end = i; end < l->note_count && l->notes[end].check == n->check && l->notes[end].subject == n->subject; end++)
            TRY(lint_groups_put(&l->groups, l->notes[end].line));
    }
    return ERR_OK;
}

static bool compares_rows(enum lint_check check) { return check <= LINT_QUANTITY_CONFLICT; }

uint32_t lint_line(const struct lint *l, const struct lint_finding *f, uint32_t i) {
    uint32_t member = l->groups.members[f->first + i];
    return compares_rows(f->check) ? l->rows[member].line : member;
}

static int compare_findings(const void *a, const void *b, void *arg) {
    const struct lint_finding *x = a, *y = b;
    const struct lint *l = arg;
    if (x->check != y->check) return x->check < y->check ? -1 : 1;
    uint32_t p = lint_line(l, x, 0), q = lint_line(l, y, 0);
    if (p != q) return p < q ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first; // never equal: every member belongs to one finding
}

enum err lint_finish(struct lint *l) {
    TRY(notes_gather(l));
    TRY(lint_group_rows(l->rows, l->row_count, &l->groups));
    if (l->groups.count > 1) qsort_r(l->groups.findings, l->groups.count, sizeof *l->groups.findings, compare_findings, l);
    return ERR_OK;
}

const struct lint_finding *lint_findings(const struct lint *l, size_t *count) {
    *count = l->groups.count;
    return l->groups.findings;
}

struct lint_total lint_total(const struct lint *l, enum lint_check check) {
    struct lint_total t = {0};
    for (size_t i = 0; i < l->groups.count; i++) {
        if (l->groups.findings[i].check != check) continue;
        t.groups++;
        t.rows += l->groups.findings[i].count;
    }
    return t;
}

// ---- messages -------------------------------------------------------------------------------------------------------
enum { NAMED_MAX = 6 }; // parts or quantities a message names

static void list_put(struct buf *out, struct slice list) {
    for (size_t i = 0; i < list.n; i++) {
        if (list.p[i] == 0x1F) buf_slice_put(out, SLICE(", "));
        else buf_char(out, list.p[i]);
    }
}

// "2012-2018 Make 47 Model 9, PartType 6832, Position 1"
static void place_put(const struct lint *l, const struct lint_kept *k, struct buf *out) {
    if (k->year_from) buf_printf(out, k->year_to > k->year_from ? "%u-%u " : "%u ", k->year_from, k->year_to);
    buf_slice_put(out, interner_text(&l->texts, k->vehicle));
    buf_printf(out, ", %.*s", SLICE_ARGS(interner_text(&l->texts, k->type)));
    if (k->position) buf_printf(out, ", %.*s", SLICE_ARGS(interner_text(&l->texts, k->position)));
    if (k->label) buf_printf(out, ", product line %.*s", SLICE_ARGS(interner_text(&l->texts, k->label)));
}

static void narrowing_put(const struct lint *l, const struct lint_kept *k, struct buf *out) {
    if (k->attributes) buf_slice_put(out, SLICE(", "));
    list_put(out, interner_text(&l->texts, k->attributes));
    if (k->qualifiers) buf_slice_put(out, SLICE(", \""));
    if (k->qualifiers) list_put(out, interner_text(&l->texts, l->shown[k->qualifiers]));
    if (k->qualifiers) buf_char(out, '"');
}

static const struct lint_kept *member(const struct lint *l, const struct lint_finding *f, uint32_t i) {
    return &l->rows[l->groups.members[f->first + i]];
}

// The different parts (or quantities) of a group in the order of their lines, the first few.
static void different_put(const struct lint *l, const struct lint_finding *f, struct buf *out, bool quantities) {
    uint32_t seen[NAMED_MAX];
    unsigned n = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        const struct lint_kept *k = member(l, f, i);
        uint32_t value = quantities ? k->quantity : k->part;
        unsigned at = 0;
        while (at < n && seen[at] != value) at++;
        if (at < n) continue;
        if (n == NAMED_MAX) {
            buf_slice_put(out, SLICE(", ..."));
            return;
        }
        seen[n++] = value;
        if (n > 1) buf_slice_put(out, SLICE(", "));
        if (quantities) buf_printf(out, "%u", value);
        else buf_slice_put(out, interner_text(&l->texts, value));
    }
}

static void mixed_put(const struct lint *l, const struct lint_finding *f, struct buf *out) {
    const struct lint_kept *bare = NULL, *narrow = NULL;
    for (uint32_t i = 0; i < f->count && (!bare || !narrow); i++) {
        const struct lint_kept *k = member(l, f, i);
        if (lint_kept_bare(k)) bare = bare ? bare : k;
        else narrow = narrow ? narrow : k;
    }
    if (!bare || !narrow) return;
    buf_printf(out, ": %.*s for all of them, but %.*s", SLICE_ARGS(interner_text(&l->texts, bare->part)),
               SLICE_ARGS(interner_text(&l->texts, narrow->part)));
    narrowing_put(l, narrow, out);
}

void lint_message(const struct lint *l, const struct lint_finding *f, struct buf *out) {
    if (!compares_rows(f->check)) {
        list_put(out, interner_text(&l->texts, f->subject));
        return;
    }
    place_put(l, member(l, f, 0), out);
    if (f->check == LINT_COMMENT_NO_COMMENT) {
        mixed_put(l, f, out);
        return;
    }
    narrowing_put(l, member(l, f, 0), out);
    buf_slice_put(out, SLICE(": "));
    different_put(l, f, out, false);
    if (f->check == LINT_DUPLICATE) buf_printf(out, " %u times", f->count);
    if (f->check == LINT_QUANTITY_CONFLICT) buf_slice_put(out, SLICE(" in quantities "));
    if (f->check == LINT_QUANTITY_CONFLICT) different_put(l, f, out, true);
}
