// vin_repair.c: one wrong character of a VIN, found by what decodes (vin.h).
//
// About fifty VINs at distance one have a right check digit; what tells them apart is which of them is a VIN at all. An error among the
// maker's code, the description, the year or the plant is seen because no pattern holds it; an error that turns a digit of the serial
// number into a letter because serial numbers are digits. A digit for a digit in a serial number leaves no trace: then only how easily
// the two are confused speaks for one repair.
#include "vin.h"

enum { // how much speaks against a repair; a step of vin_confusion is 4
    COST_CONFUSION = 4,
    COST_NO_PATTERNS = 80,
    COST_NO_MODEL = 30,
    COST_LACK = 12,
    COST_NO_YEAR = 60,
    COST_SERIAL_LETTER = 30, // positions 13 to 17: digits for every maker of more than a few cars a year
    COST_FIRST_LETTER = 6,   // position 12: some makers number with a letter
};

static bool full(const struct vin *v) { return v->match.model_count > 0 && v->match.lacks == 0 && v->year; }

static unsigned cost(const struct vin *v) {
    unsigned sum = 0;
    if (v->match.blocks == 0) sum += COST_NO_PATTERNS;
    else if (v->match.model_count == 0) sum += COST_NO_MODEL;
    if (v->year == 0) sum += COST_NO_YEAR;
    sum += v->match.lacks * COST_LACK;
    for (unsigned i = VIN_SERIAL; i < VIN_CHARS; i++)
        if (v->text.c[i] > '9') sum += i == VIN_SERIAL ? COST_FIRST_LETTER : COST_SERIAL_LETTER;
    return sum;
}

struct repair {
    struct snapshot *snapshot;
    unsigned newest_year;
    bool strict; // only repairs that explain the VIN in full
    struct vin_text given;
    struct vin_suggestion *out;
    unsigned count;
};

static void keep(struct repair *r, const struct vin_suggestion *s) {
    unsigned at = r->count < VIN_SUGGESTIONS ? r->count++ : VIN_SUGGESTIONS;
    for (; at > 0 && r->out[at - 1].score > s->score; at--)
        if (at < VIN_SUGGESTIONS) r->out[at] = r->out[at - 1];
    if (at < VIN_SUGGESTIONS) r->out[at] = *s;
}

static enum err try_character(struct repair *r, unsigned position, char c) {
    struct vin vin;
    struct vin_suggestion s = {r->given, 0, position};
    s.text.c[position] = c;
    if (!vin_check_ok(&s.text)) return ERR_OK;
    TRY(vin_decode(r->snapshot, r->newest_year, &s.text, &vin));
    if ((r->strict || position < 3) && !full(&vin)) return ERR_OK;
    s.score = cost(&vin) + COST_CONFUSION * vin_confusion(r->given.c[position], c);
    keep(r, &s);
    return ERR_OK;
}

static enum err try_position(struct repair *r, unsigned position) {
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
    static const char checks[] = "0123456789X";
    for (const char *c = position == VIN_CHECK ? checks : alphabet; *c; c++)
        if (*c != r->given.c[position]) TRY(try_character(r, position, *c));
    return ERR_OK;
}

static enum err maker_known(struct snapshot *s, const struct vin_text *text, bool *known) {
    static const char letters[] = "wf";
    char key[7];
    struct slice record;
    unsigned n = vin_maker(text, key + 1);
    *known = false;
    for (unsigned i = 0; i < 2 && !*known; i++) {
        key[0] = letters[i];
        enum err e = db_get(s, TABLE_VIN, slice_of(key, n + 1), &record);
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
        *known = e == ERR_OK;
    }
    return ERR_OK;
}

// I, O and Q stand for what they look like. One of them is where the error is; several are all replaced.
static enum err repair_letters(struct repair *r, unsigned count, unsigned position) {
    if (count == 1) return try_position(r, position);
    struct vin_suggestion s = {r->given, 0, position};
    for (unsigned i = 0; i < VIN_CHARS; i++)
        if (vin_value(s.text.c[i]) < 0) s.text.c[i] = s.text.c[i] == 'I' ? '1' : '0';
    if (vin_check_ok(&s.text)) keep(r, &s);
    return ERR_OK;
}

enum err vin_repair(struct snapshot *s, unsigned newest_year, const struct vin_text *text, struct vin_suggestion out[VIN_SUGGESTIONS],
                    unsigned *count) {
    struct repair r = {.snapshot = s, .newest_year = newest_year, .given = *text, .out = out};
    unsigned letters = 0, letter_at = 0;
    struct vin vin;
    bool known;
    *count = 0;
    for (unsigned i = 0; i < VIN_CHARS; i++) {
        if (vin_code(text->c[i]) < 0) return ERR_OK;
        if (vin_value(text->c[i]) >= 0) continue;
        letters++;
        letter_at = i;
    }
    if (letters) {
        enum err e = repair_letters(&r, letters, letter_at);
        *count = r.count;
        return e;
    }
    if (vin_check_ok(text)) return ERR_OK;
    TRY(vin_decode(s, newest_year, text, &vin));
    TRY(maker_known(s, text, &known));
    r.strict = !known || !(vin_check_required(text) || full(&vin));
    for (unsigned i = 0; i < VIN_CHARS; i++) TRY(try_position(&r, i));
    *count = r.count;
    return ERR_OK;
}
