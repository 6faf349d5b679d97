// Oils and other fluids: what a text states, class by class, and which classes include others.
#include <ctype.h>

#include "spec_words.h"

#define CLAIMS_MAX 32

enum claim_class { CLAIM_VISCOSITY, CLAIM_API, CLAIM_API_DIESEL, CLAIM_ILSAC, CLAIM_ACEA, CLAIM_APPROVAL, CLAIM_CLASSES };
static const struct spec_term class_names[] = {{"viscosity", "粘度"}, {"API class", "API级别"}, {"API diesel class", "API柴机油级别"},
                                               {"ILSAC class", "ILSAC级别"}, {"ACEA class", "ACEA级别"}, {"approval", "认证"}};

struct claim { enum claim_class class; char text[24]; };
struct claims { unsigned count; struct claim list[CLAIMS_MAX]; bool full; };

static void claim_add(struct claims *c, enum claim_class class, const char *prefix, struct slice text) {
    if (c->count == CLAIMS_MAX) {
        c->full = true;
        return;
    }
    struct claim *out = &c->list[c->count++];
    size_t n = 0;
    out->class = class;
    for (; *prefix && n + 1 < sizeof out->text; prefix++) out->text[n++] = *prefix;
    for (size_t i = 0; i < text.n && n + 1 < sizeof out->text; i++) // 504.00 = 504 00, 5W-30 = 5W30
        if (isalnum((unsigned char)text.p[i]) || text.p[i] == '+' || text.p[i] == '/') out->text[n++] = text.p[i];
    out->text[n] = 0;
}

// ---- engine oil ----------------------------------------------------------------------------------------------------------------
static bool is_viscosity(struct slice w) {
    size_t n = 0;
    while (n < w.n && n < 2 && isdigit((unsigned char)w.p[n])) n++;
    if (n == 0 || n >= w.n || w.p[n++] != 'W') return false;
    if (n < w.n && w.p[n] == '-') n++;
    size_t from = n;
    while (n < w.n && isdigit((unsigned char)w.p[n])) n++;
    return n == w.n && n - from >= 1 && n - from <= 2;
}

static bool is_api(struct slice w) { return w.n == 2 && w.p[0] == 'S' && w.p[1] >= 'F' && w.p[1] <= 'Q'; }
static bool is_api_diesel(struct slice w) {
    return (w.n == 4 || w.n == 3) && w.p[0] == 'C' && w.p[1] >= 'F' && w.p[1] <= 'K' && w.p[w.n - 1] == '4' && (w.n == 3 || w.p[2] == '-');
}
static bool is_ilsac(struct slice w) { return w.n >= 4 && w.n <= 5 && slice_starts(w, SLICE("GF-")) && isdigit((unsigned char)w.p[3]); }
static bool is_acea(struct slice w) {
    bool one = w.n >= 2 && w.n <= 3 && strchr("ACE", w.p[0]) && isdigit((unsigned char)w.p[1]);
    return one || (w.n == 5 && w.p[0] == 'A' && isdigit((unsigned char)w.p[1]) && w.p[2] == '/' && w.p[3] == 'B');
}

static const char *const plain_words[] = {"API", "ILSAC", "ACEA", "SAE", "OIL", "FULL", "FULLY", "SYNTHETIC", "RC", "PLUS", "OR", "AND", "L", "APPROVED",
                                          "APPROVAL"};
static const char *const makers[] = {"VW", "MB", "BMW", "PORSCHE", "FORD", "GM", "RN", "RENAULT", "PSA", "FIAT", "VOLVO", "VCC", "MS", "CHRYSLER",
                                     "OPEL", "JLR", "STJLR", "TOYOTA", "HONDA", "NISSAN", "HYUNDAI", "KIA", "MAN", "SCANIA", "CUMMINS"};

// "504 00": the rest of the number before it.
static bool approval_goes_on(struct claims *c, const char *maker, struct slice w) {
    struct claim *last = c->count ? &c->list[c->count - 1] : NULL;
    size_t n = last ? strlen(last->text) : 0;
    if (!last || last->class != CLAIM_APPROVAL || !*maker || w.n != 2 || !isdigit((unsigned char)w.p[0]) || !isdigit((unsigned char)w.p[1])) return false;
    if (n != strlen(maker) + 3 || n + 2 >= sizeof last->text) return false;
    memcpy(last->text + n, w.p, 2);
    last->text[n + 2] = 0;
    return true;
}

static bool listed(struct slice w, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (slice_is(w, list[i])) return true;
    return false;
}

static bool oil_claims(struct slice text, struct claims *out) {
    struct spec_words w;
    char maker[16] = "";
    *out = (struct claims){0};
    if (!spec_words(text, ",()", &w)) return false;
    for (unsigned i = 0; i < w.count; i++) {
        struct slice x = w.word[i];
        bool dexos = slice_starts(x, SLICE("DEXOS"));
        if (is_viscosity(x)) claim_add(out, CLAIM_VISCOSITY, "", x);
        else if (is_api(x)) claim_add(out, CLAIM_API, "", x);
        else if (is_api_diesel(x)) claim_add(out, CLAIM_API_DIESEL, "", x);
        else if (approval_goes_on(out, maker, x)) continue;
        else if (is_ilsac(x)) claim_add(out, CLAIM_ILSAC, "", x);
        else if (is_acea(x)) claim_add(out, CLAIM_ACEA, "", x);
        else if (listed(x, makers, sizeof makers / sizeof *makers)) slice_copy(x, maker, sizeof maker);
        else if (slice_starts(x, SLICE("GEN")) || (i && slice_is(w.word[i - 1], "GEN"))) continue; // of the dexos before it
        else if (listed(x, plain_words, sizeof plain_words / sizeof *plain_words)) continue;
        else if (dexos) {
            char generation = '1';
            if (i + 1 < w.count && slice_starts(w.word[i + 1], SLICE("GEN"))) {
                struct slice g = w.word[i + 1].n > 3 ? w.word[i + 1] : i + 2 < w.count ? w.word[i + 2] : SLICE("1");
                generation = g.p[g.n - 1];
            }
            char name[16];
            snprintf(name, sizeof name, "%.*sGEN%c", x.n < 8 ? (int)x.n : 8, x.p, generation);
            claim_add(out, CLAIM_APPROVAL, "", slice_str(name));
        } else { // "VW 504.00/507.00": each number is one of that maker's
            for (struct slice rest = x; rest.p;) {
                struct slice one = slice_cut(&rest, '/');
                if (one.n) claim_add(out, CLAIM_APPROVAL, maker, one);
            }
        }
    }
    return !out->full;
}

// Which claims of a product include the one a car asks for, beside the same one.
static const struct { const char *product, *car; } includes[] = {
    {"A7/B7", "A5/B5"}, {"A7/B7", "A1/B1"}, {"A5/B5", "A1/B1"}, {"A3/B4", "A3/B3"}, {"C6", "C5"}, {"E8", "E6"}, {"E11", "E9"},
    {"GF6A", "GF5"}, {"GF6A", "GF4"}, {"GF5", "GF4"}, {"GF7A", "GF6A"}, {"GF7A", "GF5"}, {"GF7A", "GF4"}, {"GF7B", "GF6B"},
    {"MB22952", "MB22951"}, {"MB22952", "MB22931"}, {"MB22951", "MB22931"}, {"MB2295", "MB2293"}, {"MB2295", "MB2291"}, {"MB2293", "MB2291"},
    {"DEXOS1GEN3", "DEXOS1GEN2"}, {"DEXOS1GEN3", "DEXOS1GEN1"}, {"DEXOS1GEN2", "DEXOS1GEN1"},
};
static const struct { const char *ilsac, *api; } implied[] = {{"GF4", "SM"}, {"GF5", "SN"}, {"GF6A", "SP"}, {"GF6B", "SP"}, {"GF7A", "SQ"}, {"GF7B", "SQ"}};

static bool claim_covers(const struct claim *p, const struct claim *c) {
    if (p->class == CLAIM_ILSAC && c->class == CLAIM_API)
        for (size_t i = 0; i < sizeof implied / sizeof *implied; i++)
            if (strcmp(implied[i].ilsac, p->text) == 0) return strcmp(implied[i].api, c->text) >= 0;
    if (p->class != c->class) return false;
    if (strcmp(p->text, c->text) == 0) return true;
    if (p->class == CLAIM_API || p->class == CLAIM_API_DIESEL) return strcmp(p->text, c->text) > 0; // later letters cover earlier ones
    for (size_t i = 0; i < sizeof includes / sizeof *includes; i++)
        if (strcmp(includes[i].product, p->text) == 0 && strcmp(includes[i].car, c->text) == 0) return true;
    return false;
}

static struct spec_result claim_met(const struct claims *p, const struct claim *c) {
    const struct spec_term text = {c->text, c->text};
    bool stated = false;
    for (unsigned i = 0; i < p->count; i++) {
        if (claim_covers(&p->list[i], c)) return spec_say(SPEC_YES, "%s", "%s", c->text);
        stated |= p->list[i].class == c->class;
    }
    if (stated) return spec_say_terms(SPEC_NO, "the car asks for %s %s", "原车要求%s%s", class_names[c->class], text);
    return spec_say_terms(SPEC_MAYBE, "the car asks for %s %s, which the oil does not state", "原车要求%s%s，机油未标明", class_names[c->class], text);
}

struct spec_result spec_oil_compare(struct slice product, struct slice car) {
    struct claims p, c;
    if (!oil_claims(product, &p) || p.count == 0) return spec_unread(product);
    if (!oil_claims(car, &c) || c.count == 0) return spec_unread(car);
    struct spec_result worst = spec_say(SPEC_YES, "all the car asks for is stated", "原车要求均已标明");
    for (unsigned i = 0; i < c.count; i++) {
        struct spec_result r = claim_met(&p, &c.list[i]);
        if (r.answer < worst.answer) worst = r;
    }
    return worst;
}

// ---- other fluids ----------------------------------------------------------------------------------------------------------------
// Letters and digits alone: "Dexron VI" = "DEXRON-VI".
static void squeezed(struct slice text, char *out, size_t size) {
    struct spec_words w;
    size_t n = 0;
    if (spec_words(text, "-_.", &w))
        for (unsigned i = 0; i < w.count; i++)
            for (size_t k = 0; k < w.word[i].n && n + 1 < size; k++) out[n++] = w.word[i].p[k];
    out[n] = 0;
}

// Chains in which a later one covers the earlier.
static const char *const coolants[] = {"G12", "G12+", "G12++", "G13", "G12EVO", NULL};
static const char *const dexron[] = {"DEXRONII", "DEXRONIII", "DEXRONVI", NULL};
static const char *const atf_plus[] = {"ATF+3", "ATF+4", NULL};
static const char *const sp[] = {"SPII", "SPIII", "SPIV", NULL};
static const char *const ns[] = {"NS1", "NS2", "NS3", NULL};
static const char *const mercon[] = {"MERCON", "MERCONV", NULL}; // LV is another
static const char *const *const coolant_chains[] = {coolants, NULL};
static const char *const *const atf_chains[] = {dexron, atf_plus, sp, ns, mercon, NULL};

static int place_in(const char *const *chain, const char *text) {
    for (int i = 0; chain[i]; i++)
        if (strcmp(chain[i], text) == 0) return i;
    return -1;
}

static bool chain_covers(const char *const *const *chains, const char *product, const char *car) {
    for (unsigned i = 0; chains[i]; i++) {
        int p = place_in(chains[i], product), c = place_in(chains[i], car);
        if (p >= 0 && c >= 0) return p >= c;
    }
    return strcmp(product, car) == 0;
}

static struct spec_result family_compare(const char *const *const *chains, struct slice product, struct slice car) {
    char c[SPEC_TEXT_MAX + 1], one[SPEC_TEXT_MAX + 1];
    squeezed(car, c, sizeof c);
    if (!c[0]) return spec_unread(car);
    for (struct slice rest = product; rest.p;) { // "Dexron VI, Mercon LV"
        struct slice piece = slice_trim(slice_cut(&rest, ','));
        squeezed(piece, one, sizeof one);
        if (one[0] && chain_covers(chains, one, c)) return spec_say(SPEC_YES, "covers %.60s", "满足%.60s", c);
    }
    return spec_say(SPEC_NO, "the car asks for %.60s", "原车要求%.60s", c);
}

// 30, 40, 41 (low viscosity), 51, 50 (silicone); 0: not read
static int dot_of(struct slice text) {
    char s[SPEC_TEXT_MAX + 1];
    squeezed(text, s, sizeof s);
    const char *dot = strstr(s, "DOT");
    const char *at = dot ? dot + 3 : s;
    if (*at == '3') return 30;
    if (*at == '4') return strstr(at, "LV") || strstr(at, "CLASS6") || at[1] == '+' ? 41 : 40;
    if (*at == '5') return at[1] == '1' ? 51 : 50;
    return 0;
}

static struct spec_result brake_fluid_compare(struct slice product, struct slice car) {
    int p = dot_of(product), c = dot_of(car);
    if (!p) return spec_unread(product);
    if (!c) return spec_unread(car);
    if ((p == 50) != (c == 50)) return spec_say(SPEC_NO, "DOT 5 is silicone and never mixes with the others", "DOT 5为硅基，不可与其他制动液混用");
    if (p == c) return spec_say(SPEC_YES, "as the car asks", "与原车要求一致");
    if (c == 41 && p == 51) return spec_say(SPEC_MAYBE, "the car asks for low viscosity", "原车要求低粘度");
    if (p < c || (c == 51 && p == 41)) return spec_say(SPEC_NO, "below what the car asks for", "低于原车要求");
    return spec_say(SPEC_YES, "above what the car asks for", "高于原车要求");
}

struct spec_result spec_fluid_compare(enum spec_kind kind, struct slice product, struct slice car) {
    if (kind == SPEC_BRAKE_FLUID) return brake_fluid_compare(product, car);
    return family_compare(kind == SPEC_COOLANT ? coolant_chains : atf_chains, product, car);
}
